"""Guests who became members: how many, after which kind of event, and how soon.

Imports `attendance` and `survival`; uses `survey.groups` and `survey.estimation`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import RECORD
from ksn_research.analyse.engagement.survival import KAPLAN_MEIER, kaplan_meier
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import of_year
from ksn_research.prepared import Prepared
from ksn_research.results import Row

CONVERSION = (
    f"share of guests of the year whose guest code is a member's on the roster of that year; {RECORD}"
)
LATER = (
    "share of guests of the year before, not on the roster then, whose guest code is a member's on the "
    f"roster of this year; {RECORD}"
)
BY_KIND = (
    "share of guests of such an event in the year whose guest code is a member's on the roster of that year, "
    "a guest of several kinds counted in each; Wilson interval"
)
JOINED_WITHIN = (30, 90, 180)
FOLLOWED = "guests of the year, from the first time they came as one to its last day"
TIME = f"share that joined within so many days of coming as a guest; {KAPLAN_MEIER}; {FOLLOWED}"
MEDIAN = f"days after which half of the guests have joined; {KAPLAN_MEIER}; {FOLLOWED}"


def conversion_rows(prepared: Prepared, year: int | None) -> list[Row]:
    """Guests who became members: a guest's code now stands as a member's guest code on the roster.

    Category "" are guests of the year itself, "guests of the year before" those of the year before who had
    not joined by then. Without guests, or without guest codes on the roster, there is no row.
    """
    codes = _guest_codes(prepared, year)
    if not len(codes):
        return []
    rows = _converted(_guests(prepared, year), codes, year, "", CONVERSION)
    rows += _by_kind(prepared, codes, year, tuple(row.id for row in rows if row.statistic == "share"))
    if year is not None:
        waiting = np.setdiff1d(_guests(prepared, year - 1), _guest_codes(prepared, year - 1))
        rows += _converted(waiting, codes, year, "guests of the year before", LATER)
    return rows


def _converted(
    guests: np.ndarray, codes: np.ndarray, year: int | None, category: str, method: str
) -> list[Row]:
    if not len(guests):
        return []
    joined = int(np.isin(guests, codes).sum())
    common: dict[str, Any] = {
        "year": year, "source": "attendance", "analysis": "conversion", "measure": "guest_to_member",
        "category": category, "n": len(guests), "unit": "people", "method": method, "people": len(guests),
        "count": joined,
    }  # fmt: skip
    return [
        Row(statistic="share", estimate=joined / len(guests), **common),
        Row(statistic="count", estimate=float(joined), **common),
    ]


def _by_kind(prepared: Prepared, codes: np.ndarray, year: int | None, parents: tuple[str, ...]) -> list[Row]:
    """The same by the kind of event they came to."""
    rows = []
    for kind, part in _as_guests(prepared, year).groupby("kind", sort=True):
        guests = part["member"].unique()
        joined, n = int(np.isin(guests, codes).sum()), len(guests)
        low, high = wilson(joined, n)
        rows.append(Row(
            year=year, source="attendance", analysis="conversion_by_kind", measure="guest_to_member",
            category=str(kind), statistic="share", estimate=joined / n, ci_low=low, ci_high=high, n=n,
            unit="people", method=BY_KIND, people=n, count=joined, parents=parents,
        ))  # fmt: skip
    return rows


def time_to_member_rows(prepared: Prepared, year: int | None) -> list[Row]:
    """How soon guests of the year join: within 30, 90, 180 days, and the median.

    A guest joins on the day that the roster gives to the member with the guest's code; one who had joined
    before, or whose day of joining is not known, is left out. Without dates, or without guest codes on the
    roster, there is no row.
    """
    time, joined = time_to_member(prepared, year)
    if not len(time):
        return []
    found, rows = kaplan_meier(time, joined), []
    base: dict[str, Any] = {
        "year": year, "source": "attendance", "analysis": "conversion_time", "measure": "guest_to_member",
        "n": len(time), "unit": "people", "people": len(time),
    }  # fmt: skip
    for days in JOINED_WITHIN:
        e = found.ending(days)
        rows.append(Row(
            category=f"within {days} days", statistic="share", estimate=e.value, se=e.se, ci_low=e.low,
            ci_high=e.high, note=e.why, status="undefined" if e.value is None else "published", method=TIME,
            count=found.ended_by(days), **base,
        ))  # fmt: skip
    half = found.median
    why = "" if half.value is not None else "fewer than half joined while they could be followed"
    return [*rows, Row(
        statistic="median_days", estimate=half.value, ci_low=half.low, ci_high=half.high, note=why,
        status="undefined" if why else "published", method=MEDIAN, **base,
    )]  # fmt: skip


def time_to_member(prepared: Prepared, year: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Per guest of a year, days until joining or until the year's end, and whether they joined by then."""
    guests = _as_guests(prepared, year).dropna(subset=["date"])
    roster = of_year(prepared.people, year)
    if guests.empty or "guest_code" not in roster or year is None:
        return np.zeros(0), np.zeros(0, dtype=bool)
    first = guests.groupby("member")["date"].min()
    known = roster[roster["guest_code"].isin(first.index)].drop_duplicates("guest_code")
    joined = known.set_index("guest_code")["joined"]
    unknown = first.index.isin(joined.index[joined.isna()])
    joined = joined.reindex(first.index)
    end = pd.Timestamp(year=year, month=12, day=31)
    use = ~unknown & ~(joined < first).to_numpy(dtype=bool)
    seen = (joined <= end).to_numpy(dtype=bool)
    until = joined.where(seen, end)
    return ((until - first).dt.days.to_numpy(dtype=float))[use], seen[use]


def _as_guests(prepared: Prepared, year: int | None) -> pd.DataFrame:
    """Attendances of a year by guests with a code."""
    seen = prepared.attendance
    then = seen["year"].isna() if year is None else (seen["year"] == year).fillna(False)
    return seen[then.astype(bool) & (seen["came_as"] == "guest")].dropna(subset=["member"])


def _guests(prepared: Prepared, year: int | None) -> np.ndarray:
    return np.asarray(_as_guests(prepared, year)["member"].unique(), dtype=object)


def _guest_codes(prepared: Prepared, year: int | None) -> np.ndarray:
    roster = of_year(prepared.people, year)
    known = roster["guest_code"].dropna() if "guest_code" in roster else pd.Series(dtype="str")
    return np.asarray(known[known != ""].unique(), dtype=object)
