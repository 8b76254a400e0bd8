"""Whether kinds of interviewee differ in what they speak of: one exact test per theme and attribute.

Imports `cases`, `exact`, `presence` and `themes`, and `families` of `survey.comparison`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from ksn_research.analyse.interviews import exact
from ksn_research.analyse.interviews.cases import counted
from ksn_research.analyse.interviews.presence import presence
from ksn_research.analyse.interviews.themes import NOT_STATED, OF, levels, support
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.results import Row

ONE_LEVEL = "undefined because fewer than 2 kinds are known"
V = "Cramér's V of the code's presence by kind"


def theme_differences(
    segments: pd.DataFrame,
    interviews: pd.DataFrame,
    *,
    source: str,
    year: int | None,
    groups: Sequence[str] = ("operator_type",),
) -> list[Row]:
    """Differences between the levels of each attribute in how many interviews hold a code.

    Takes what `themes` takes. Gives, analysis "theme_differences", per code with `group` the attribute and no
    level: of two levels the difference of shares (first minus second in the alphabet), of more Cramér's V;
    p exact, p_adjusted by Holm over the codes of one attribute. Interviews whose level is not stated are left
    out. Where no outcome could be significant there is no p, and the note says so.
    """
    held = counted(segments, interviews)
    table = presence(segments, held)
    rows: list[Row] = []
    for group in groups:
        parts = [(level, part) for name, level, part in levels(held, [group]) if name]
        if not parts:
            continue
        base = {"source": source, "year": year, "group": group, "analysis": "theme_differences"}
        counts = {level: table.loc[list(part["interview"])].sum() for level, part in parts}
        sizes = {level: len(part) for level, part in parts}
        base["organisations"] = _fewest(part for _, part in parts)
        found = [
            _row(code, [(level, int(counts[level][code]), n) for level, n in sizes.items()], base)
            for code in table.columns
        ]
        rows += corrected(found, lambda row: row.p is not None, f"codes by {group.replace('_', ' ')}")
    return rows


def _row(code: str, cells: list[tuple[str, int, int]], base: dict[str, Any]) -> Row:
    stated = [cell for cell in cells if cell[0] != NOT_STATED]
    shared = {
        **base,
        "measure": code,
        "unit": "interviews",
        "n": sum(n for *_, n in stated),
        **_weakest(cells),
    }
    if len(stated) < 2:
        return _undefined(V, ONE_LEVEL, shared)
    return _two(stated, shared) if len(stated) == 2 else _many(stated, shared)


def _two(stated: list[tuple[str, int, int]], shared: dict[str, Any]) -> Row:
    (first, *one), (second, *other) = stated
    found = exact.difference((one[0], one[1]), (other[0], other[1]))
    return Row(
        statistic="difference",
        estimate=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        p=found.p,
        note=found.note,
        method=f"share of {first} minus share of {second}, {OF}; {exact.NEWCOMBE}; {exact.FISHER}",
        **shared,
    )


def _many(stated: list[tuple[str, int, int]], shared: dict[str, Any]) -> Row:
    counts, sizes = [k for _, k, _ in stated], [n for *_, n in stated]
    method = f"{V} ({len(stated)} kinds), {OF}"
    if sum(counts) in (0, sum(sizes)):
        return _undefined(method, "undefined because all interviews, or none, hold it", shared)
    made, note = exact.p_value(counts, sizes)
    return Row(
        statistic="cramers_v",
        estimate=exact.cramers_v(counts, sizes),
        p=made.p if made else None,
        note=note,
        method=f"{method}; {exact.FREEMAN_HALTON[made.how]}" if made else method,
        **shared,
    )


def _undefined(method: str, note: str, shared: dict[str, Any]) -> Row:
    return Row(statistic="cramers_v", estimate=None, status="undefined", note=note, method=method, **shared)


def _weakest(cells: list[tuple[str, int, int]]) -> dict[str, Any]:
    """What disclosure must know: with the known sizes of the levels a test gives their cells away, so it is
    no safer than the smallest level and the smallest cell, of those not stated too."""
    uniform = any(k in (0, n) for _, k, n in cells)
    return {
        "people": min(n for *_, n in cells),
        "count": 0 if uniform else min(min(k, n - k) for _, k, n in cells),
        "binary": uniform,
    }


def _fewest(parts: Iterable[pd.DataFrame]) -> int | None:
    known = [number for part in parts if (number := support(part)["organisations"]) is not None]
    return min(known, default=None)
