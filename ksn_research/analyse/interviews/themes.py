"""Themes: in how many interviews each code occurs, over all and by attributes of the interview.

A theme is counted once per interview, whoever coded it and however often: "18 of 24 interviews". N is the
interviews that were coded and not withdrawn. Imports `cases` and `presence`, and `wilson` of
`survey.estimation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews.cases import counted
from ksn_research.analyse.interviews.presence import families, presence, together
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.results import Row, slug

WHOLE = "whole-sample theme count"
NOT_STATED = "not stated"
OF = "of the interviews coded and not withdrawn"
THEME = (
    f"interviews with at least one passage of the code, by any coder, {OF}; a passage of a sub-code counts "
    "for the sub-code only"
)
FAMILY = f"interviews with at least one passage of the code or of a code below it, by any coder, {OF}"


def themes(
    segments: pd.DataFrame,
    interviews: pd.DataFrame,
    *,
    source: str,
    year: int | None,
    groups: Sequence[str] = ("operator_type",),
) -> list[Row]:
    """How many interviews hold each code, over all and by attributes of the interview.

    segments    columns interview, code
    interviews  one row per interview: interview, coders, withdrawn, and the attributes named in `groups`
                (one that is absent or wholly empty is passed over; missing becomes "not stated", so that
                levels add up to the whole); a column organisation is used for disclosure where there is one

    Gives count and share (Wilson interval) per code, and the number of interviews. Codes are not additive.
    """
    held = counted(segments, interviews)
    if held.empty:
        return []
    table = presence(segments, held)
    rows: list[Row] = []
    for group, level, part in levels(held, groups):
        base = {"source": source, "year": year, "group": group, "level": level, **support(part)}
        rows.append(_number(len(part), base))
        rows += _counts(table.loc[list(part["interview"])], "themes", THEME, base)
    return _with_parents(rows)


def theme_families(
    segments: pd.DataFrame,
    interviews: pd.DataFrame,
    codes: pd.DataFrame,
    *,
    source: str,
    year: int | None,
) -> list[Row]:
    """How many interviews hold a code or any code below it, for every code that has sub-codes.

    codes  code, parent. Analysis "theme_families", measure the upper code: count and share as in `themes`.
    Over the whole sample only: by group, a family and its codes would tell of each other's small cells.
    """
    held = counted(segments, interviews)
    if held.empty:
        return []
    parts = families(codes)
    table = together(presence(segments, held), parts)
    base = {"source": source, "year": year, "group": "", "level": "", **support(held)}
    rows = _counts(table, "theme_families", FAMILY, base)
    return [replace(r, method=f"{r.method}; {_codes(len(parts[r.measure]))}") for r in rows]


def levels(held: pd.DataFrame, groups: Sequence[str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Group, level and interviews of it: first all of them, then each level of each attribute that is known.
    "Company" and "company" are one level, called as it is written first."""
    yield "", "", held
    for group in groups:
        if group in held and held[group].notna().any():
            said = held[group].astype("str").fillna(NOT_STATED).replace("", NOT_STATED)
            alike = said.groupby(said.map(slug)).transform("first")
            for level, part in held.groupby(alike, sort=True):
                yield group, str(level), part


def support(part: pd.DataFrame) -> dict[str, int | None]:
    """People and organisations that these interviews rest on; one interview is one person."""
    known = "organisation" in part and part["organisation"].notna().any()
    return {
        "people": len(part),
        "organisations": int(part["organisation"].nunique()) if known else None,
    }


def _codes(number: int) -> str:
    return f"{number} codes" if number > 1 else "1 code"


def _number(n: int, base: dict[str, Any]) -> Row:
    return Row(
        analysis="interviews",
        measure="interviews",
        statistic="count",
        estimate=float(n),
        n=n,
        unit="interviews",
        count=n,
        method="interviews coded and not withdrawn",
        exempt="" if base["group"] else WHOLE,
        **base,
    )


def _counts(table: pd.DataFrame, analysis: str, method: str, base: dict[str, Any]) -> list[Row]:
    n, counts = len(table), table.sum()
    low, high = wilson(counts.to_numpy(), np.full(len(counts), n))
    rows: list[Row] = []
    for code, count, a, b in zip(table.columns, counts, low, high, strict=True):
        shared = {**base, "analysis": analysis, "measure": code, "method": method}
        rows += _theme(int(count), n, (float(a), float(b)), shared)
    return rows


def _theme(count: int, n: int, interval: tuple[float, float], base: dict[str, Any]) -> list[Row]:
    method = base.pop("method")
    shared = {
        **base,
        "n": n,
        "unit": "interviews",
        "count": count,
        "binary": True,
        "exempt": "" if base["group"] else WHOLE,
    }
    low, high = interval
    share = Row(
        statistic="share",
        estimate=count / n,
        ci_low=low,
        ci_high=high,
        method=f"{method}; Wilson interval",
        **shared,
    )
    return [Row(statistic="count", estimate=float(count), method=method, **shared), share]


def _with_parents(rows: list[Row]) -> list[Row]:
    """Each row of a level names the whole-sample row of its statistic: levels of one group add up to it."""
    wholes = {(r.analysis, r.measure, r.statistic): r.id for r in rows if not r.group}
    return [replace(r, parents=(wholes[r.analysis, r.measure, r.statistic],)) if r.group else r for r in rows]
