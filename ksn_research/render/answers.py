"""Answers to ordered questions as a figure shows them: per set of choices, the questions by scale.

Imports chosen, specs, view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ksn_research.render.chosen import BETWEEN, frame, mark
from ksn_research.render.formats import Result
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View, wave_of, waves

CHOICES = ["source", "year", "wave", "scale", "reversed", "question", "choice", "place", "opinion"]
REVERSED = " (reversed)"
SINGLE = "Single questions"


def answers(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """Shares of the choices of ordered questions, each source's newest wave: per set of choices, the
    questions by scale, and within a scale those first on which most agree.

    Opinions are shares of those who have one; what is no opinion is a share of all who answered.
    """
    asked = seen.publishable.curves.get("choices", pd.DataFrame(columns=CHOICES))
    at = {(r.source, _year(r.year), r.wave, r.question, r.choice): r for r in asked.itertuples()}
    rows = [row for row in seen.rows(**spec.where) if row["category"]]
    found: list[dict[str, Any]] = []
    for source in seen.foremost({str(row["source"]) for row in rows}):
        ours = [row for row in rows if row["source"] == source]
        last = waves(ours)[-1]
        pairs = [(row, at.get((source, *last, row["measure"], row["category"]))) for row in ours]
        known = [(row, choice) for row, choice in pairs if choice is not None and wave_of(row) == last]
        found += _of_source(seen, spec, _based(known))
    of_scales = {one["key"] for one in found if one["block"] != SINGLE}
    headed = [one if one["key"] in of_scales else {**one, "block": ""} for one in found]
    return frame(headed, "place")


def _year(year: object) -> int | None:
    return None if pd.isna(year) else int(year)  # type: ignore[call-overload]


def _based(known: Sequence[tuple[Result, Any]]) -> dict[str, list[tuple[Result, Any]]]:
    """By question: its choices, lowest first, opinions on the base of those who have one."""
    some = {row["measure"] for row, _ in known if row["statistic"] == "share_substantive"}
    made: dict[str, list[tuple[Result, Any]]] = {}
    for row, choice in known:
        substantive = choice.opinion and row["measure"] in some
        if row["statistic"] == ("share_substantive" if substantive else "share"):
            made.setdefault(row["measure"], []).append((row, choice))
    return {q: sorted(own, key=lambda one: (not one[1].opinion, one[1].place)) for q, own in made.items()}


def _of_source(
    seen: View, spec: FigureSpec, questions: dict[str, list[tuple[Result, Any]]]
) -> list[dict[str, Any]]:
    places = {name: place for place, name in enumerate(questions)}
    order = {q: seen.order.get(q, len(seen.order) + places[q]) for q in questions}
    scales: dict[str, int] = {}
    for question in sorted(questions, key=lambda q: order[q]):
        scales.setdefault(questions[question][0][1].scale, len(scales))

    def rank(question: str) -> tuple[Any, ...]:
        scale = questions[question][0][1].scale
        return (scale == "", scales[scale], -_agreeing(questions[question]), order[question])

    return [
        _answer(seen, spec, row, choice, _offered(seen, questions[question]))
        for question in sorted(questions, key=rank)
        for row, choice in questions[question]
    ]


def _agreeing(own: list[tuple[Result, Any]]) -> float:
    """How much of an item's bar stands right of the middle, as far as it is shown."""
    opinions = [row for row, choice in own if choice.opinion]
    upper = opinions[(len(opinions) + 1) // 2 :]
    return sum(float(row["estimate"]) for row in upper if row["status"] == "published")


def _offered(seen: View, own: list[tuple[Result, Any]]) -> tuple[str, ...]:
    return tuple(seen.words(row, "category") for row, choice in own if choice.opinion)


def _answer(
    seen: View, spec: FigureSpec, row: Result, choice: Any, offered: tuple[str, ...]
) -> dict[str, Any]:
    made = mark(seen, spec, row)
    place = int(choice.place) if choice.opinion else -1
    return {
        **made,
        "label": made["label"] + REVERSED * bool(choice.reversed),
        "block": seen.label(choice.scale, row["source"]) if choice.scale else SINGLE,
        "series": seen.words(row, "category"),
        "key": (str(row["source"]), BETWEEN.join(offered)),
        "newest": True,
        "place": place,
    }
