"""The waves of a measure as a figure shows them, those of earlier editions included.

Imports chosen, specs, view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from ksn_research.render.chosen import frame, mark
from ksn_research.render.formats import Result
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View, wave_label, wave_of, wave_order, waves
from ksn_research.results import slug

SHORTEST = 3  # waves from which a course is drawn


def courses(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """A measure's waves, those of earlier editions included, where there are at least three."""
    rows = sorted((r for r in seen.rows(**spec.where) if spec.kind in ("", r["kind"])), key=seen.rank)
    found: list[dict[str, Any]] = []
    for source in seen.foremost({str(row["source"]) for row in rows}):
        ours = [row for row in rows if row["source"] == source]
        for measure in dict.fromkeys(row["measure"] for row in ours):
            own = [row for row in ours if row["measure"] == measure]
            found += _course(seen, spec, own)
    return frame(found, "at", "broken")


def _course(seen: View, spec: FigureSpec, own: Sequence[Result]) -> Iterator[dict[str, Any]]:
    last = waves(own)[-1]
    named = any(name for _, name in waves(own))
    every: list[Result] = (
        [r for r in own if wave_of(r)[0] == last[0]] if named else [*_before(seen, own), *own]
    )
    every.sort(key=lambda row: wave_order(wave_of(row)))
    shown = [row for row in every if row["status"] == "published"]
    for place, row in enumerate(every if len(shown) >= SHORTEST else []):
        broken = _break(seen, row) if place else ""
        wave = wave_label(wave_of(row))
        yield {
            **mark(seen, spec, row),
            "published": row["status"] == "published" and not pd.isna(row["estimate"]),
            "remark": f"{wave} is not comparable with the wave before ({broken})" if broken else "",
            "newest": wave_of(row) == last,
            "at": wave_order(wave_of(row)),
            "broken": broken,
        }


def _before(seen: View, own: Sequence[Result]) -> Iterator[Result]:
    """The same result of years that only earlier editions show, as they published it."""
    newest = own[-1]
    first, _, tail = str(own[0]["id"]).partition(".")
    for year, past in seen.earlier.get(tail, {}).items():
        if str(year) < first:
            yield {**newest, **past, "year": year}


def _break(seen: View, row: Result) -> str:
    """Why a wave's result cannot be compared with the wave before; empty where it can."""
    change = seen.rows(analysis="change", source=row["source"], measure=row["measure"], group="",
                       status="not comparable")  # fmt: skip
    here = [str(one["note"]) for one in change if wave_of(one) == wave_of(row)]
    if here:
        return here[0]
    past = seen.earlier.get(f"{slug(row['source'])}.change.{slug(row['measure'])}.difference", {})
    told = past.get(wave_of(row)[0] or 0)
    return str(told["note"]) if told is not None and told["status"] == "not comparable" else ""
