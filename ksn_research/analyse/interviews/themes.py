"""Themes: in how many interviews each code occurs, over all and by attributes of the interview.

A theme is counted once per interview, whoever coded it and however often: "18 of 24 interviews". N is the
interviews that were coded and not withdrawn. Imports `cases`, and `wilson` of `survey.estimation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews.cases import counted
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.results import Row, slug

WHOLE = "whole-sample theme count"
NOT_STATED = "not stated"
THEME = (
    "interviews with at least one passage of the code, by any coder, of the interviews coded and not "
    "withdrawn; a passage of a sub-code counts for the sub-code only"
)


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
    pairs = segments[segments["interview"].isin(held["interview"])]
    codes = sorted(set(pairs["code"]))
    present = pd.crosstab(pairs["interview"], pairs["code"]).gt(0)
    present = present.reindex(index=held["interview"], columns=codes, fill_value=False)
    rows: list[Row] = []
    for group, level, part in _levels(held, groups):
        base = {"source": source, "year": year, "group": group, "level": level, **_support(part)}
        rows.append(_number(len(part), base))
        counts = present.loc[list(part["interview"])].sum()
        low, high = wilson(counts.to_numpy(), np.full(len(counts), len(part)))
        for code, count, a, b in zip(codes, counts, low, high, strict=True):
            rows += _theme(code, int(count), len(part), (float(a), float(b)), base)
    return _with_parents(rows)


def _levels(held: pd.DataFrame, groups: Sequence[str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "", "", held
    for group in groups:
        if group in held and held[group].notna().any():
            said = held[group].astype("str").fillna(NOT_STATED).replace("", NOT_STATED)
            alike = said.groupby(said.map(slug)).transform("first")  # "Company" and "company" are one level
            for level, part in held.groupby(alike, sort=True):
                yield group, str(level), part


def _support(part: pd.DataFrame) -> dict[str, int | None]:
    known = "organisation" in part and part["organisation"].notna().any()
    return {
        "people": len(part),
        "organisations": int(part["organisation"].nunique()) if known else None,
    }


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


def _theme(code: str, count: int, n: int, interval: tuple[float, float], base: dict[str, Any]) -> list[Row]:
    shared = {
        **base,
        "analysis": "themes",
        "measure": code,
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
        method=f"{THEME}; Wilson interval",
        **shared,
    )
    return [Row(statistic="count", estimate=float(count), method=THEME, **shared), share]


def _with_parents(rows: list[Row]) -> list[Row]:
    """Each row of a level names the whole-sample row of its statistic: levels of one group add up to it."""
    wholes = {(r.analysis, r.measure, r.statistic): r.id for r in rows if not r.group}
    return [replace(r, parents=(wholes[r.analysis, r.measure, r.statistic],)) if r.group else r for r in rows]
