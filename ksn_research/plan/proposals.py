"""Drafts for a crosswalk: every change that nobody has spoken of, and what it looks like. Never a verdict."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ksn_research.plan.drift import between, changed, earlier_name, moved, plain
from ksn_research.plan.specs import Instrument, Question

NEAR = 0.8  # how alike two wordings are that may be one question under two names
LONGEST = 60  # letters of a wording that a draft quotes


@dataclass(frozen=True)
class Draft:
    """A change to be reviewed: `was` and `choices` as a crosswalk takes them, and in words what differs."""

    question: str
    said: str
    was: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


def proposals(older: Instrument, newer: Instrument) -> list[Draft]:
    """A draft for every change of the newer form that its crosswalk says nothing of.

    A question without a namesake in the earlier form is taken to be renamed where an earlier question that is
    gone has equal or nearly equal words (the nearest first, each once); otherwise it is new, and there is
    nothing to review. Choices that kept their label under another name are mapped.
    """
    renamed = _renamed(older, newer)
    drafts = []
    for name, question in newer.questions.items():
        then = older.questions.get(renamed.get(name, earlier_name(name, newer.changes)))
        if name not in newer.changes and then is not None and changed(then, question):
            drafts.append(Draft(name, _said(then, question), renamed.get(name, ""), moved(then, question)))
    return drafts


def _renamed(older: Instrument, newer: Instrument) -> dict[str, str]:
    named = {earlier_name(name, newer.changes) for name in newer.questions}
    gone = [name for name in older.questions if name not in named]
    new = [name for name in newer.questions if name not in older.questions and name not in newer.changes]
    pairs = [(_alike(older.questions[old], newer.questions[name]), old, name) for old in gone for name in new]
    found: dict[str, str] = {}
    for alike, old, name in sorted(pairs, key=lambda pair: -pair[0]):
        if alike >= NEAR and name not in found and old not in found.values():
            found[name] = old
    return found


def _alike(one: Question, other: Question) -> float:
    """From 0 to 1; questions of different types are not the same question."""
    if one.type != other.type:
        return 0.0
    first, second = (plain(f"{question.heading} {question.label}") for question in (one, other))
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()


def _said(then: Question, now: Question) -> str:
    kinds: dict[str, list[str]] = {}
    for one in between(then, now):
        words = " -> ".join(f'"{_short(text)}"' for text in (one.before, one.after) if text)
        kinds.setdefault(one.kind, []).append(f"{one.choice} {words}".strip())
    return "; ".join(f"{kind} {', '.join(words)}" for kind, words in kinds.items())


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST else f"{one_line[: LONGEST - 3]}..."
