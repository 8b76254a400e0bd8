"""Which answers to a question are favourable, and which are the others. Imports no sibling.

A question has two sides only where its answers run from one end to the other, or where somebody said which
answers are meant: of "too slow, about right, too fast" nothing is better by its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ksn_research.plan import Choice, Instrument, Question

YES = "yes"
POINTS = range(3, 12)  # as many numbered answers are a rating without being an item of a scale


@dataclass(frozen=True)
class Sides:
    """The answers of a question that are an opinion: the favourable ones and all others."""

    positive: tuple[Choice, ...]
    others: tuple[Choice, ...]

    @property
    def label(self) -> str:
        """The favourable answers in words, split by ";"."""
        return ";".join(choice.label.replace(";", ",") for choice in self.positive)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(choice.name for choice in self.positive)


def sides(question: Question, instrument: Instrument) -> Sides | None:
    """The sides of a question; None where it has none.

    Numbered answers, in order: those above the middle are favourable, of k answers the upper k // 2; below
    the middle for an item that its scale turns round. Among numbered answers one without a number is no
    opinion. Otherwise "yes", whatever else is offered; otherwise what a declared measure counts, the first
    that leaves something over. Answers that stand for none (don't know) are on no side.
    """
    if question.type != "select_one":
        return None
    offered = [choice for choice in question.choices if not choice.missing]
    numbered = sorted((c for c in offered if c.value is not None), key=lambda c: c.value or 0.0)
    turned = _turned(question.name, instrument)
    if _rating([c.value for c in numbered if c.value is not None], turned is not None):
        half = len(numbered) // 2
        up, down = numbered[-half:], numbered[:half]
        return _split(numbered, [c.name for c in (down if turned else up)])
    agreed = [c.name for c in offered if YES in (c.name.casefold(), c.label.strip().casefold())]
    if agreed:
        return _split(offered, agreed)
    declared = [m.choices for m in instrument.measures.values() if m.question == question.name]
    return next(filter(None, (_split(offered, names) for names in declared)), None)


def _split(offered: Sequence[Choice], names: Sequence[str]) -> Sides | None:
    positive = tuple(c for c in offered if c.name in names)
    others = tuple(c for c in offered if c.name not in names)
    return Sides(positive, others) if positive and others else None


def _turned(name: str, instrument: Instrument) -> bool | None:
    """Whether the scale of an item turns it round; None where it belongs to no scale."""
    return next((name in scale.reverse for scale in instrument.scales.values() if name in scale.items), None)


def _rating(values: Sequence[float], of_scale: bool) -> bool:
    """Whether numbered answers are points from low to high: a list of years is none."""
    if of_scale:
        return len(values) > 1
    running = [values[0] + step for step in range(len(values))] if values else []
    return len(values) in POINTS and list(values) == running and values[0] in (0, 1)
