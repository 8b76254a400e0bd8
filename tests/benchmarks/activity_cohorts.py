"""Who stays on a platform, by cohort and by hand, from counts that `activity_log` asks of its engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

Months = list[tuple[Any, ...]]  # month of joining first
Names = Mapping[int, str]
Years = tuple[int, ...]
Answers = Iterator[tuple[Any, tuple[float, ...]]]


def month_name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"


def _organisations(places: pd.DataFrame, starts: list[int]) -> float:
    return float(places.loc[places["start"].isin(starts), "organisation"].nunique())


def pooled(heat: Months, year: int, enough: int) -> dict[int, str]:
    """The cohort of each month of joining, as narrow as leaves the middle one of `year` wide enough."""
    size = {start: n for start, _, n, _ in heat}
    halves = ("first half", "second half")
    names = {
        1: {start: month_name(start) for start in size},
        3: {start: f"{start // 12} Q{start % 12 // 3 + 1}" for start in size},
        6: {start: f"{start // 12} {halves[start % 12 // 6]}" for start in size},
        12: {start: str(start // 12) for start in size},
    }
    for own in names.values():
        last = [start for start in size if start // 12 == year]
        sizes = [sum(size[s] for s in last if own[s] == name) for name in {own[s] for s in last}]
        if np.median(sizes) >= enough:
            break
    return own


def retention(heat: Months, places: pd.DataFrame, names: Names, years: Years) -> Answers:
    """Who is active, by month since joining."""
    for year in years:
        for after in range(1, 12):
            own = [x for x in heat if x[0] // 12 == year and x[1] == after and x[0] + after < (year + 1) * 12]
            key = (year, "retention", "activity", f"month {after}")
            levels = dict.fromkeys(names[x[0]] for x in own)
            for level, part in [("", own), *((n, [x for x in own if names[x[0]] == n]) for n in levels)]:
                if part:
                    n = sum(x[2] for x in part)
                    known = _organisations(places, [x[0] for x in part])
                    yield (*key, level, "share"), (sum(x[3] for x in part) / n, n, n, known)


def lasting(quiet: Months, places: pd.DataFrame, names: Names, years: Years) -> Answers:
    """Who has not yet gone quiet: Kaplan-Meier by the product itself, month by month."""
    for year in years:
        own = [x for x in quiet if x[0] // 12 == year and x[0] <= year * 12 + 9]
        starts = sorted({x[0] for x in own})
        cut = {names[start] for start in (year * 12 + 10, year * 12 + 11) if start in names}
        levels = [name for name in dict.fromkeys(names[start] for start in starts) if name not in cut]
        for level, cohorts in [("", starts), *((n, [s for s in starts if names[s] == n]) for n in levels)]:
            part = [x for x in own if x[0] in cohorts]
            n, share, middle = sum(x[2] for x in part), 1.0, None
            known = _organisations(places, cohorts)
            for month in range((year * 12 + 9) - (max(cohorts) if level else min(cohorts)) + 1):
                followed = [x for x in part if x[0] + month <= year * 12 + 9]
                at_risk = sum(x[2] for x in followed if x[1] is None or x[1] >= month)
                gone = sum(x[2] for x in followed if x[1] == month)
                share *= 1 - gone / at_risk if at_risk else 1
                middle = month if middle is None and share <= 0.5 else middle
                # A curve has a point where somebody goes quiet or is followed no longer.
                last = [
                    x for x in followed if x[0] + month == year * 12 + 9 and (x[1] is None or x[1] > month)
                ]
                if not level and (gone or last):
                    yield ("lasting", year, month), (share, at_risk)
                if month in (1, 3, 6):
                    said = f"after {month} month" + "s" * (month > 1)
                    yield (year, "lasting", "activity", said, level, "share"), (share, n, n, known)
            if not level and middle is not None:
                yield (year, "lasting", "activity", "", "", "median_months"), (middle, n, n, known)
