"""What changed between two years of a questionnaire, as reviewed: `crosswalks/<instrument>.toml`.

    [[change]]
    year = 2026                      # the year that asks it so
    question = "belonging_02"        # its name in that year's form
    was = "belonging_2"              # its earlier name, when it was renamed
    choices = { 1 = "5", 5 = "1" }   # this form's choice = the earlier form's; several may map to one
    comparable = "label-change"      # "yes", "label-change" (compared and marked), "no"; "review" in a draft
    reason = "shorter wording, same meaning"

A change that matches nothing is an error: it would otherwise stand for a review that never took place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.drift import changed, earlier_name, reused
from ksn_research.plan.known import known
from ksn_research.plan.specs import Change, Instrument, Question, Scale

CHANGE = {"year": int, "question": str, "was": str, "choices": dict, "comparable": str, "reason": str}
COMPARABLE = ("yes", "label-change", "review", "no")
UNDECLARED = "does not say whether it may be compared"


def load_changes(crosswalk: Path) -> dict[int, dict[str, Change]]:
    """The changes of a crosswalk, by year and question; none where there is no such file.

    Raises PlanError for an unknown key, a change of no question or no year, two changes of one question in
    one year, and a change that does not say whether it is comparable.
    """
    if not crosswalk.exists():
        return {}
    top = toml.table(toml.load(crosswalk), {"change": list}, file=crosswalk.name, where="the crosswalk")
    changes: dict[int, dict[str, Change]] = {}
    for table in top.get("change", []):
        year, change = _change(table, crosswalk.name)
        of_year = changes.setdefault(year, {})
        if change.question in of_year:
            raise PlanError(
                f"`{change.question}` stands twice for {year}", remedy="keep one of them", file=crosswalk.name
            )
        of_year[change.question] = change
    return changes


def _change(table: Any, file: str) -> tuple[int, Change]:
    toml.table(table, CHANGE, file=file, where="a change")
    question = toml.required(table, "question", str, file=file, where="a change")
    where = f"the change of `{question}`"
    year = toml.required(table, "year", int, file=file, where=where)
    if table.get("comparable") not in COMPARABLE:
        raise PlanError(
            f"{where} does not say whether it is comparable",
            remedy='add comparable = "yes", "label-change" or "no"',
            file=file,
        )
    choices = toml.words(table.get("choices", {}), file=file, where=f"{where}: choices")
    was, reason = table.get("was", ""), table.get("reason", "")
    if table["comparable"] == "label-change" and not reason:
        raise PlanError(
            f"{where} has no reason", remedy="say what the report should print beside it", file=file
        )
    return year, Change(question, table["comparable"], was, choices, reason)


def reviewed(
    now: Instrument,
    before: Instrument | None,
    crosswalk: Path,
    year: int | None,
    years: Iterable[int | None] = (),
) -> Instrument:
    """A year's instrument with what was reviewed about it since the wave before.

    now, before  this wave's instrument, and that of the wave before of another year (None for the first)
    crosswalk    the file, which may be absent
    years        those of the study: a change of any other year is an error

    `changes` holds the reviewed changes; `change` of a question says why it is not compared, `mark` what is
    printed beside a comparison; scales have both from their items. What changed without a word in the
    crosswalk, and what is still a draft, is not compared. Raises PlanError for a change that matches nothing.
    """
    declared = load_changes(crosswalk)
    _refuse_years(declared, set(years), crosswalk.name)
    own = declared.get(year, {}) if year is not None else {}
    known(own, now.questions, crosswalk.name, "a change")
    if before is None:
        return now
    for change in own.values():
        _check(change, before, now, own, crosswalk.name)
    return mark_changes(replace(now, changes=own), before, crosswalk.name)


def mark_changes(now: Instrument, before: Instrument, crosswalk: str) -> Instrument:
    """The instrument with `change` and `mark` set on its questions and on the scales that use them."""
    questions = {name: _marked(question, before, now, crosswalk) for name, question in now.questions.items()}
    scales = {name: _of_items(scale, questions) for name, scale in now.scales.items()}
    return replace(now, questions=questions, scales=scales)


def composed(path: Iterable[Instrument]) -> dict[str, Change]:
    """The changes of several years in a row as one, oldest instrument first: names and choices followed
    back to the form before the first, the worst verdict, all reasons."""
    steps = list(path)
    if not steps:
        return {}
    changes: dict[str, Change] = {}
    for name in steps[-1].questions:
        found, at = Change(name, "yes"), name
        for step in reversed(steps):
            if at not in step.questions:
                break
            found = _before(found, _verdict(step, at))
            at = earlier_name(at, step.changes)
        if found != Change(name, "yes"):
            changes[name] = replace(found, was="" if at == name else at)
    return changes


def _verdict(step: Instrument, name: str) -> Change:
    silent = "review" if step.questions[name].change else "yes"
    return step.changes.get(name, Change(name, silent, reason=step.questions[name].change))


def _before(later: Change, earlier: Change) -> Change:
    """A change and the one that went before it as one."""
    names = {**{new: new for new in earlier.choices}, **later.choices}
    choices = {new: earlier.choices.get(middle, middle) for new, middle in names.items()}
    worst = max(later.comparable, earlier.comparable, key=COMPARABLE.index)
    reasons = "; ".join(dict.fromkeys(filter(None, (earlier.reason, later.reason))))
    return replace(later, comparable=worst, choices=choices, reason=reasons)


def _marked(question: Question, before: Instrument, now: Instrument, crosswalk: str) -> Question:
    change = now.changes.get(question.name)
    if change is None:
        then = before.questions.get(earlier_name(question.name, now.changes))
        if then is None or not changed(then, question):
            return question
        return replace(
            question, change=f"wording or choices changed and the crosswalk {crosswalk} {UNDECLARED}"
        )
    if change.comparable == "review":
        return replace(question, change=f"not reviewed: the draft in the crosswalk {crosswalk} {UNDECLARED}")
    if change.comparable == "no":
        return replace(question, change=change.reason or "the question changed")
    return replace(question, mark=change.reason if change.comparable == "label-change" else "")


def _of_items(scale: Scale, questions: Mapping[str, Question]) -> Scale:
    def said(what: str) -> str:
        return "; ".join(
            dict.fromkeys(filter(None, (getattr(questions[item], what) for item in scale.items)))
        )

    return replace(scale, change=said("change"), mark=said("mark"))


def _refuse_years(declared: Mapping[int, Mapping[str, Change]], years: set[int | None], file: str) -> None:
    # A change of a year before the first is about a form that this study no longer takes.
    first = min((year for year in years if year is not None), default=None)
    for year in declared:
        if first is not None and year >= first and year not in years:
            raise PlanError(
                f"a change is of {year}, which is no year of the study",
                remedy="correct the year, or add it to years in study.toml",
                file=file,
            )


def _check(change: Change, before: Instrument, now: Instrument, own: Mapping[str, Change], file: str) -> None:
    """Raise PlanError for a change that matches nothing, or that would turn answers round unseen."""
    problem, remedy = _unmatched(change, before, now, own)
    if problem:
        raise PlanError(f"the change of `{change.question}` {problem}", remedy=remedy, file=file)


def _unmatched(
    change: Change, before: Instrument, now: Instrument, own: Mapping[str, Change]
) -> tuple[str, str]:
    question = now.questions[change.question]
    if change.was and change.was not in before.questions:
        return f"says that it was `{change.was}`, which is no question of the earlier form", "correct `was`"
    if change.was == change.question:
        return "says that it was what it is", "remove `was`"
    if change.was and any(o.was == change.was and o is not change for o in own.values()):
        return f"says that it was `{change.was}`, as another change does", "keep one of them"
    then = before.questions.get(earlier_name(change.question, own))
    if then is None:
        if change.comparable in ("no", "review") and not change.choices:
            return "", ""
        return "is of a question that the earlier form does not have", "name its earlier name under `was`"
    if not change.was and not changed(then, question):
        return "is of a question that both forms ask alike", "remove it, or correct the year or the name"
    return _unmatched_choices(change, then, question)


def _unmatched_choices(change: Change, then: Question, now: Question) -> tuple[str, str]:
    offered = ({c.name for c in now.choices}, {c.name for c in then.choices})
    for new, old in change.choices.items():
        for name, names, form in ((new, offered[0], "this"), (old, offered[1], "the earlier")):
            if name not in names:
                return f"maps the choice `{name}`, which {form} form does not have", "correct `choices`"
    silent = [name for name in reused(then, now) if name not in change.choices]
    if silent and change.comparable in ("yes", "label-change"):
        return (
            f"is comparable, but the choice `{silent[0]}` stands for another answer than before",
            "map it under `choices` (this form's choice = the earlier form's)",
        )
    return "", ""
