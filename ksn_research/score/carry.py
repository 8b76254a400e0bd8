"""An older wave in the newer one's names, so that a trend has one name for one thing.

Pure: what was reviewed (`Change`) decides. A question whose answers may not be compared keeps its own name
and answers; its line is broken anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ksn_research.plan import Choice, Instrument, Measure, Question, Scale
from ksn_research.plan.drift import earlier_name
from ksn_research.plan.specs import Change
from ksn_research.score.responses import score

CARRIED = ("yes", "label-change")
BEFORE = "_before"


def carry(
    frame: pd.DataFrame, older: Instrument, newer: Instrument, changes: Mapping[str, Change]
) -> tuple[pd.DataFrame, Instrument]:
    """An older wave's `responses` and instrument in the newer one's names.

    frame    the older wave's table (see `prepared`); columns that belong to no question stay as they are
    changes  what was reviewed since, by question of the newer form; only "yes" and "label-change" are carried

    Questions are renamed, answers mapped (also the columns `question/choice`), and scales scored again by
    the newer wave's own directions. An earlier choice for which several now stand keeps its own name, so
    that nobody is counted for an answer that was not offered; it counts in a measure where all of them do.
    An earlier name that now means something else gets the ending `_before`.
    """
    names = question_names(older, newer, changes)
    choices = {old: _choice_names(older.questions[old], newer, new, changes) for old, new in names.items()}
    questions = {
        new: _question(older.questions[old], newer.questions.get(new), new, choices[old])
        for old, new in names.items()
    }
    carried = replace(older, questions=questions, measures={}, scales={}, changes={})
    carried = replace(
        carried,
        measures=_measures(older, newer, names, choices, changes),
        scales=_scales(older, newer, names, carried, changes),
    )
    table = _mapped(frame, older, names, choices, carried)
    return _scored(table, carried), carried


def question_names(older: Instrument, newer: Instrument, changes: Mapping[str, Change]) -> dict[str, str]:
    """What each question of the older form is called once it is carried: old name -> name."""
    taken = {earlier_name(name, changes): name for name in newer.questions if _may(name, changes)}
    names = {
        old: taken[old]
        for old, question in older.questions.items()
        if old in taken and _alike(question, newer.questions[taken[old]])
    }
    for old in older.questions:
        if old not in names:
            now = newer.questions.get(old)
            other = old in names.values() or (now is not None and not _alike(older.questions[old], now))
            names[old] = f"{old}{BEFORE}" if other else old
    return {old: names[old] for old in older.questions}


def _alike(one: Question, other: Question) -> bool:
    """Whether answers of both can stand in one column."""
    return one.type == other.type or {one.type, other.type} <= {"integer", "decimal"}


def _may(name: str, changes: Mapping[str, Change]) -> bool:
    return name not in changes or changes[name].comparable in CARRIED


def _choice_names(
    question: Question, newer: Instrument, name: str, changes: Mapping[str, Change]
) -> dict[str, str]:
    """Old choice -> its name once carried."""
    change = changes.get(name)
    offered = [choice.name for choice in question.choices]
    now = newer.questions.get(name)
    if now is None or change is None or not change.choices or change.comparable not in CARRIED:
        return {choice: choice for choice in offered}
    stands = _stands_for(question, now, change)
    taken = {news[0] for news in stands.values() if len(news) == 1}
    names = {}
    for choice in offered:
        news = stands.get(choice, [])
        meant = {new for old, others in stands.items() if old != choice for new in others} | taken
        names[choice] = news[0] if len(news) == 1 else f"{choice}{BEFORE}" if choice in meant else choice
    return names


def _stands_for(question: Question, now: Question, change: Change) -> dict[str, list[str]]:
    """Old choice -> the choices that stand for it now; what is not mapped stands for its own name."""
    offered = {choice.name for choice in question.choices}
    spoken_for = set(change.choices.values())
    stands: dict[str, list[str]] = {}
    for choice in now.choices:
        own = choice.name if choice.name in offered - spoken_for else ""
        old = change.choices.get(choice.name, own)
        if old:
            stands.setdefault(old, []).append(choice.name)
    return stands


def _question(older: Question, now: Question | None, name: str, names: Mapping[str, str]) -> Question:
    known = {choice.name: choice for choice in now.choices} if now is not None else {}
    choices = [_choice(choice, names[choice.name], known.get(names[choice.name])) for choice in older.choices]
    order = {choice: i for i, choice in enumerate(known)}
    # In the newer form's order; what it no longer has comes last.
    choices.sort(key=lambda choice: order.get(choice.name, len(order)))
    return replace(older, name=name, choices=tuple(choices))


def _choice(older: Choice, name: str, now: Choice | None) -> Choice:
    if name == older.name:
        return older
    return replace(older, name=name, value=None if now is None else now.value)


def _measures(
    older: Instrument,
    newer: Instrument,
    names: Mapping[str, str],
    choices: Mapping[str, Mapping[str, str]],
    changes: Mapping[str, Change],
) -> dict[str, Measure]:
    made = {}
    for measure in older.measures.values():
        of = choices[measure.question]
        counted = tuple(of[choice] for choice in measure.choices)
        made[measure.name] = replace(measure, question=names[measure.question], choices=counted)
    back = {new: old for old, new in names.items()}
    for measure in newer.measures.values():
        old = back.get(measure.question)
        if measure.name in made or old is None or earlier_name(measure.question, changes) != old:
            continue
        stands = _stands_for(
            older.questions[old],
            newer.questions[measure.question],
            changes.get(measure.question, Change(measure.question, "yes")),
        )
        counted = _counted(measure, stands, choices[old])
        if counted:
            made[measure.name] = replace(measure, choices=counted)
    return made


def _counted(measure: Measure, stands: Mapping[str, list[str]], names: Mapping[str, str]) -> tuple[str, ...]:
    """A newer measure's choices among the older answers; none where an older answer is only partly in it."""
    wanted, counted = set(measure.choices), []
    met: set[str] = set()
    for old, news in stands.items():
        if wanted.isdisjoint(news):
            continue
        if not wanted.issuperset(news):
            return ()
        counted.append(names[old])
        met.update(news)
    return tuple(counted) if met == wanted else ()


def _scales(
    older: Instrument,
    newer: Instrument,
    names: Mapping[str, str],
    carried: Instrument,
    changes: Mapping[str, Change],
) -> dict[str, Scale]:
    """The older scales by the carried names; the newer form's own where all of its items are carried."""
    made = {}
    for scale in older.scales.values():
        items, turned = (tuple(names[item] for item in group) for group in (scale.items, scale.reverse))
        made[scale.name] = replace(scale, items=items, reverse=turned, change="", mark="")
    for scale in newer.scales.values():
        if all(item in carried.questions and _may(item, changes) for item in scale.items):
            made[scale.name] = replace(scale, change="", mark="")
    return made


def _mapped(
    frame: pd.DataFrame,
    older: Instrument,
    names: Mapping[str, str],
    choices: Mapping[str, Mapping[str, str]],
    carried: Instrument,
) -> pd.DataFrame:
    table, renamed = {}, {}
    for old, new in names.items():
        renamed[old] = new
        renamed |= {f"{old}/{choice}": f"{new}/{name}" for choice, name in choices[old].items()}
    for name in map(str, frame):
        column = frame[name]
        if name in names and older.questions[name].type == "select_one":
            column = _answers(column, choices[name], carried.questions[names[name]])
        table[renamed.get(name, name)] = column
    return pd.DataFrame(table, index=frame.index)


def _answers(column: pd.Series, names: Mapping[str, str], question: Question) -> pd.Series:
    """A column of choice names in their new names; ordered categories stay so, in the new order."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.map({**{text: text for text in column.dropna().unique()}, **names}).astype(column.dtype)
    offered = [choice.name for choice in question.choices]
    place = {name: i for i, name in enumerate(offered)}
    # A position of -1 is a missing answer; the last entry of the list stands for it.
    where = np.array([place[names[name]] for name in column.cat.categories] + [-1], dtype=np.int64)
    kind = pd.CategoricalDtype(pd.Index(offered, dtype="str"), ordered=True)
    return pd.Series(
        pd.Categorical.from_codes(where[column.cat.codes.to_numpy()], dtype=kind), index=column.index
    )


def _scored(frame: pd.DataFrame, carried: Instrument) -> pd.DataFrame:
    scores = {
        scale.name: score(frame, scale, carried)
        for scale in carried.scales.values()
        if set(scale.items) <= set(frame.columns)
    }
    kept = [name for name in frame if name not in scores]
    return pd.concat([frame[kept], pd.DataFrame(scores, index=frame.index)], axis=1)
