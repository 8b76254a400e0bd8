"""What differs between two years' forms of one questionnaire, and what that does to its trends.

Two texts are the same when they differ only in typography, case or white space (curly quotes, dashes,
no-break spaces, trailing blanks): that is also how answers are matched to choices. A comma more is a change.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace

import pandas as pd

from ksn_research.plan.specs import Change, Instrument, Labels, Question

KINDS = (
    "added", "dropped", "renamed", "reworded", "stem reworded", "type changed",
    "choice added", "choice removed", "choice relabelled", "choices reordered",
    "scale turned round", "code re-used",
    "condition changed", "constraint changed", "required changed", "translation changed",
)  # fmt: skip
TYPOGRAPHY = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-"}
)
# What becomes of a trend, worst first.
BROKEN, ENDS, BEGINS, MARKED, UNCHANGED = (
    "the line is broken", "the line ends", "a line begins", "marked", "unchanged",
)  # fmt: skip
EFFECTS = {"yes": UNCHANGED, "label-change": MARKED, "no": BROKEN, "review": BROKEN}
SILENT = "not reviewed: the crosswalk does not say whether it may be compared"


@dataclass(frozen=True)
class Difference:
    """One change. `choice` is empty where the change is the question's; `before`, `after` are the words (or
    names) of the older and the newer form; `effect` is what becomes of the question's trend."""

    kind: str
    question: str
    choice: str = ""
    before: str = ""
    after: str = ""
    comparable: str = "review"
    reason: str = SILENT
    effect: str = BROKEN


HARMLESS = {
    "required changed": "whether an answer is required does not change what was asked",
    "choices reordered": "the order of answers of which several may be ticked",
}


def same(one: str, other: str) -> bool:
    """Whether two texts say the same to a respondent.

    >>> same("Don\\u2019t\\u00a0know ", "don't know"), same("Culture change", "Culture, change")
    (True, False)
    """
    return plain(one) == plain(other)


def plain(text: str) -> str:
    """Text as it is compared: typography, case and runs of white space do not matter.

    >>> plain("Don\\u2019t\\u00a0know ") == plain("don't know")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).translate(TYPOGRAPHY).split()).casefold()


def drift(older: Instrument, newer: Instrument, changes: Mapping[str, Change]) -> pd.DataFrame:
    """One row per real change between two forms, in the newer form's order, dropped questions last.

    changes  what was reviewed, by question of the newer form

    Columns are the fields of `Difference`; `kind` is one of `KINDS`, `comparable` yes, label-change, no or
    review (nobody has said yet), `effect` what becomes of the trend in words.
    """
    columns = [field.name for field in fields(Difference)]
    rows = [asdict(found) for found in differences(older, newer, changes)]
    return pd.DataFrame(rows, columns=columns).astype("str")


def differences(older: Instrument, newer: Instrument, changes: Mapping[str, Change]) -> list[Difference]:
    """The rows of `drift`."""
    found: list[Difference] = []
    for question in newer.questions.values():
        change = changes.get(question.name)
        before = older.questions.get(earlier_name(question.name, changes))
        if before is None:
            found.append(_told(Difference("added", question.name, after=_words(question)), change, BEGINS))
        else:
            found += [_judged(one, change) for one in between(before, question)]
    for name, question in older.questions.items():
        if name not in carried_names(newer, changes):
            gone = Difference("dropped", name, before=_words(question))
            found.append(replace(gone, comparable="no", reason="", effect=ENDS))
    return found


def earlier_name(name: str, changes: Mapping[str, Change]) -> str:
    """What a question was called in the earlier form; "" where its name was another question's then."""
    change = changes.get(name)
    if change is not None and change.was:
        return change.was
    return "" if any(other.was == name for other in changes.values()) else name


def carried_names(newer: Instrument, changes: Mapping[str, Change]) -> set[str]:
    """The earlier names of all questions of the newer form."""
    return {earlier_name(name, changes) for name in newer.questions}


def between(before: Question, now: Question) -> Iterator[Difference]:
    """What changed from one question to the question that took its place, whatever was said about it."""
    texts = (
        ("renamed", before.name, now.name),
        ("type changed", before.type, now.type),
        ("stem reworded", before.heading, now.heading),
        ("reworded", before.label, now.label),
    )
    for kind, was, is_ in texts:
        if was != is_ if kind in ("renamed", "type changed") else not same(was, is_):
            yield Difference(kind, now.name, before=was, after=is_)
    yield from _of_choices(before, now)
    for kind, was, is_ in (
        ("condition changed", before.relevant, now.relevant),
        ("constraint changed", before.constraint, now.constraint),
    ):
        if was.split() != is_.split():
            yield Difference(kind, now.name, before=was, after=is_)
    if before.required != now.required:
        told = {True: "required", False: "may be left out"}
        found = Difference(
            "required changed", now.name, before=told[before.required], after=told[now.required]
        )
        yield _settled(found)
    yield from _of_translations(before, now)


def changed(before: Question, now: Question) -> list[Difference]:
    """The changes between two questions that a person has to judge before their answers are compared."""
    return [found for found in between(before, now) if found.comparable != "yes"]


def turned(before: Question, now: Question) -> bool:
    """Whether the same labels stand in the opposite order at the same choice names, kinds of missing aside.

    An order of its own for numbers (1 always, 5 never; then 1 never, 5 always) is what matters, so numbered
    choices are read in the order of their numbers.
    """
    then, after = _ladder(before), _ladder(now)
    names = [name for name, _ in then]
    words = [label for _, label in then]
    return (
        len(then) > 1
        and names == [name for name, _ in after]
        and words != words[::-1]
        and [label for _, label in after] == words[::-1]
    )


def reused(before: Question, now: Question) -> list[str]:
    """Choice names that were kept although their label is now another choice's former label."""
    then = {choice.name: plain(choice.label) for choice in before.choices}
    return [
        choice.name
        for choice in now.choices
        if choice.name in then
        and then[choice.name] != plain(choice.label)
        and plain(choice.label) in then.values()
    ]


def moved(before: Question, now: Question) -> dict[str, str]:
    """Choices that have another name than the earlier choice of the same label: new name -> old name. A label
    that stands twice in a form tells nothing."""
    then, after = ({plain(c.label): c.name for c in question.choices} for question in (before, now))
    if len(then) < len(before.choices) or len(after) < len(now.choices):
        return {}
    return {name: then[label] for label, name in after.items() if then.get(label, name) != name}


def _ladder(question: Question) -> list[tuple[str, str]]:
    asked = [choice for choice in question.choices if not choice.missing]
    if all(choice.value is not None for choice in asked):
        asked = sorted(asked, key=lambda choice: choice.value or 0.0)
    return [(choice.name, plain(choice.label)) for choice in asked]


def _of_choices(before: Question, now: Question) -> Iterator[Difference]:
    then = {choice.name: choice.label for choice in before.choices}
    after = {choice.name: choice.label for choice in now.choices}
    turn = turned(before, now)
    if turn:
        ends = [" ... ".join((steps[0][1], steps[-1][1])) for steps in (_ladder(before), _ladder(now))]
        yield Difference("scale turned round", now.name, before=ends[0], after=ends[1])
    again = set() if turn else set(reused(before, now))
    renamed = {new: old for new, old in moved(before, now).items() if new not in then and old not in after}
    for name, label in after.items():
        if name in again:
            yield Difference("code re-used", now.name, name, then[name], label)
        elif name in renamed:
            yield Difference("renamed", now.name, name, renamed[name], name)
        elif name not in then:
            yield Difference("choice added", now.name, name, after=label)
        elif not same(then[name], label) and not (turn and name in dict(_ladder(now))):
            yield Difference("choice relabelled", now.name, name, then[name], label)
    for name, label in then.items():
        if name not in after and name not in renamed.values():
            yield Difference("choice removed", now.name, name, before=label)
    yield from _of_order(before, now)


def _of_order(before: Question, now: Question) -> Iterator[Difference]:
    names = {choice.name for choice in before.choices} & {choice.name for choice in now.choices}
    orders = [[c.name for c in question.choices if c.name in names] for question in (before, now)]
    if orders[0] != orders[1]:
        one, other = (", ".join(order) for order in orders)
        # Only where several may be ticked is the order chance; elsewhere it may lead the answer.
        chance = now.type == before.type == "select_multiple"
        found = Difference("choices reordered", now.name, before=one, after=other)
        yield _settled(found) if chance else found


def _settled(found: Difference) -> Difference:
    """A change that needs no review: what was asked, of whom and with which answers is the same."""
    return replace(found, comparable="yes", reason=HARMLESS[found.kind], effect=UNCHANGED)


def _of_translations(before: Question, now: Question) -> Iterator[Difference]:
    pairs: list[tuple[str, Labels, Labels]] = [
        ("", before.labels, now.labels),
        ("", before.headings, now.headings),
    ]
    then = {choice.name: choice.labels for choice in before.choices}
    pairs += [(c.name, then[c.name], c.labels) for c in now.choices if c.name in then]
    for choice, was, is_ in pairs:
        first, second = dict(was), dict(is_)
        for language in first.keys() & second.keys():
            one, other = first[language], second[language]
            if not same(one, other) and not _shown(one, other, choice, before, now):
                yield Difference("translation changed", now.name, choice, one, other)


def _shown(one: str, other: str, choice: str, before: Question, now: Question) -> bool:
    """Whether the pair is that of the report's own language, which is told as reworded already."""
    if choice:
        labels = [next(c.label for c in q.choices if c.name == choice) for q in (before, now)]
        return [one, other] == labels
    return (one, other) in ((before.label, now.label), (before.heading, now.heading))


def _judged(found: Difference, change: Change | None) -> Difference:
    if found.comparable == "yes":
        return found
    return _told(found, change, EFFECTS[change.comparable] if change else BROKEN)


def _told(found: Difference, change: Change | None, effect: str) -> Difference:
    if change is None:
        silent = {"comparable": "no", "reason": ""} if found.kind == "added" else {}
        return replace(found, effect=effect, **silent)
    said = change.reason or (SILENT if change.comparable == "review" else "")
    return replace(found, comparable=change.comparable, reason=said, effect=effect)


def _words(question: Question) -> str:
    return f"{question.heading} - {question.label}" if question.heading else question.label
