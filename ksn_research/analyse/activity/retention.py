"""Rows and curves of how long members stay active after joining.

Uses `engagement.survival`, `survey.estimation.intervals` and this package's `setting`. Two questions, two
answers: who is active in the so-manieth month (a share that may rise again, `retention`), and who has not
yet gone quiet for a quarter (a Kaplan-Meier curve that only falls, `lasting`). Both of a year's joiners
together and by cohort: the months of joining, pooled until a cohort is wide enough to be shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.activity.setting import Joiners, Log, log_of, month_name
from ksn_research.analyse.engagement.survival import KAPLAN_MEIER, Survival, kaplan_meier
from ksn_research.analyse.network.structure import Estimate
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.prepared import Prepared
from ksn_research.results import Row

AFTER = (1, 3, 6)  # months since joining that "lasting" reports; its curve has all
WIDTHS = (1, 3, 6, 12)  # months of joining that may be one cohort
ENOUGH = 4  # times the people a cell must have: so many has the middle cohort
RETENTION = (
    "share of a joining cohort with any event in the calendar month so many months after joining; members "
    "whose month lies outside the log or after the year are left out; Wilson interval"
)
LASTING = (
    "share of a joining cohort not yet quiet so many months after joining; quiet from the first of "
    f"{ask.QUIET} calendar months in a row without any event, seen within the year; {KAPLAN_MEIER}; members "
    f"who joined so late that {ask.QUIET} months could not be seen are left out"
)
MEDIAN = f"months after joining by which half of a cohort have gone quiet; {LASTING}"


@dataclass(frozen=True, eq=False)
class _Year:
    """A year's joiners, their months of joining `starts`, seen until its last month `until`."""

    log: Log
    found: Joiners
    year: int
    width: int
    starts: np.ndarray
    until: int


def retention_rows(log: Log) -> list[Row]:
    """Rows "retention" (active in the month), for each month since joining, and "lasting" (not yet quiet),
    1, 3 and 6 months after joining, of each year's joiners together and by cohort.

    The month of joining itself has no row: nearly everybody is active in it. Later in the year fewer of a
    cohort have come so far; its share is then of those (`n`), so that the cohorts of a month add up to the
    whole. Months after the year are left to later editions: a published figure must not change its value.
    """
    found = log.joiners
    if found is None:
        return []
    enough = ENOUGH * log.prepared.study.people
    rows: list[Row] = []
    for year in log.years:
        span, starts = log.months(year), np.array(found.of_year(year), dtype=int)
        if span is not None and len(starts):
            # Each year's own joiners decide: cut anew by a later year's, cohorts that were published before
            # and those that are now would give others away.
            width = cohort_width(found.sizes.loc[starts], enough)
            seen = _Year(log, found, year, width, starts, span[1])
            rows += [*_retention(seen), *_lasting(seen)]
    return rows


def cohort_width(sizes: pd.Series, enough: int) -> int:
    """How many months of joining are one cohort: the fewest of `WIDTHS` with which the middle one of a
    year's cohorts has at least `enough` members, twelve where none has.

    sizes  members by month of joining, the months without any left out

    The rule looks at how many joined, which is public, and never at what they did.

    >>> cohort_width(pd.Series(7, index=range(12 * 2025, 12 * 2025 + 12)), 20)
    3
    """
    for width in WIDTHS:
        if sizes.groupby(sizes.index // width).sum().median() >= enough:
            return width
    return WIDTHS[-1]


def cohort_name(start: int, width: int) -> str:
    """The cohort of `width` months that a month of joining (12 * year + month - 1) lies in.

    >>> [cohort_name(12 * 2025 + 4, width) for width in WIDTHS]
    ['2025-05', '2025 Q2', '2025 first half', '2025']
    """
    year, place = start // 12, start % 12 // width
    return {
        1: month_name(start),
        3: f"{year} Q{place + 1}",
        6: f"{year} {('first', 'second')[place % 2]} half",
        12: str(year),
    }[width]


def pooled(starts: np.ndarray, width: int) -> dict[str, np.ndarray]:
    """Months of joining by the cohort they lie in, in order of time."""
    return {
        cohort_name(int(first) * width, width): starts[starts // width == first]
        for first in np.unique(starts // width)
    }


def lasting_curve(found: Joiners, cohorts: np.ndarray, until: int) -> Survival:
    """Kaplan-Meier curve, in months since joining, of the first month of silence of these cohorts.

    Silence is seen when `QUIET` months of it lie in the log, so that a cohort is followed up to that many
    months before its end, every member alike: nobody's leaving decides how long they are followed.
    """
    part = found.quiet[found.quiet["start"].isin(cohorts)]
    limit = until - part["start"].to_numpy(dtype=int) + 1 - ask.QUIET
    quiet = part["after"].to_numpy(dtype=float)  # nan: never
    seen = quiet <= limit
    time, members = np.where(seen, quiet, limit), part["members"].to_numpy(dtype=int)
    in_time = limit >= 0
    return kaplan_meier(
        np.repeat(time[in_time], members[in_time]), np.repeat(seen[in_time], members[in_time])
    )


def lasting_curves(prepared: Prepared) -> pd.DataFrame:
    """Kaplan-Meier curves, a year's joiners each: year, month (since joining), share, low, high, n (members
    followed so long)."""
    log = log_of(prepared)
    found = None if prepared.activity is None else log.joiners
    parts = [] if found is None else list(_curves(log, found))
    names = ["year", "month", "share", "low", "high", "n"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def _curves(log: Log, found: Joiners) -> Iterator[pd.DataFrame]:
    for year in log.years:
        span, cohorts = log.months(year), np.array(found.of_year(year), dtype=int)
        curve = lasting_curve(found, cohorts, span[1]) if span else None
        if curve is not None and curve.n:
            yield pd.DataFrame({
                "year": year, "month": curve.times.astype(int), "share": curve.share, "low": curve.low,
                "high": curve.high, "n": curve.at_risk,
            })  # fmt: skip


def _retention(seen: _Year) -> Iterator[Row]:
    for after in range(1, seen.until - int(seen.starts.min()) + 1):
        in_time = seen.starts[seen.starts + after <= seen.until]
        # Late in the year the whole is some months' joiners, whose complement tells as much as they do.
        base = _base(seen, f"month {after}", "retention", in_time) | {"binary": True}
        whole = _share(seen, base, in_time, after)
        yield whole
        for name, own in pooled(in_time, seen.width).items():
            base = _base(seen, f"month {after}", "retention", in_time, name, own)
            yield _share(seen, base | {"parents": (whole.id,)}, own, after)


def _share(seen: _Year, base: dict[str, Any], starts: np.ndarray, after: int) -> Row:
    count = seen.found.active_after(starts.tolist(), after)
    low, high = wilson(count, base["n"])
    return seen.log.row(
        statistic="share", estimate=count / base["n"], ci_low=float(low), ci_high=float(high),
        method=RETENTION, count=count, **base,
    )  # fmt: skip


def _lasting(seen: _Year) -> Iterator[Row]:
    limit = seen.until + 1 - ask.QUIET  # the last month in which silence can begin to be seen
    followed = seen.starts[seen.starts <= limit]
    if not len(followed):
        return
    curve = lasting_curve(seen.found, followed, seen.until)
    for after in AFTER:
        whole = _still(seen, curve, after, _base(seen, _after(after), "lasting", followed))
        yield whole
        for name, own in pooled(seen.starts, seen.width).items():
            if own.max() + after <= limit:
                base = _base(seen, _after(after), "lasting", followed, name, own)
                alone = lasting_curve(seen.found, own, seen.until)
                yield _still(seen, alone, after, base | {"parents": (whole.id,)})
    yield _estimate(seen, _base(seen, "", "lasting", followed), curve.median, "median_months", MEDIAN)


def _still(seen: _Year, curve: Survival, after: int, base: dict[str, Any]) -> Row:
    count = curve.n - curve.ended_by(after)
    return _estimate(seen, base | {"count": count}, curve.lasting(after), "share", LASTING)


def _estimate(seen: _Year, base: dict[str, Any], found: Estimate, statistic: str, method: str) -> Row:
    return seen.log.row(
        statistic=statistic, estimate=found.value, se=found.se, ci_low=found.low, ci_high=found.high,
        status="undefined" if found.value is None else "published", note=found.why, method=method, **base,
    )  # fmt: skip


def _base(
    seen: _Year,
    category: str,
    analysis: str,
    whole: np.ndarray,
    level: str = "",
    own: np.ndarray | None = None,
) -> dict[str, Any]:
    """What rows of the members `whole`, or of the cohort `own` among them, have in common."""
    support = seen.found.support((whole if own is None else own).tolist())
    # A cohort that is the whole is suppressed where the whole is and nowhere else: it is the same number.
    alone = own is None or len(own) == len(whole)
    group = {} if own is None else {"group": "cohort", "level": level, "binary": not alone}
    return {
        "year": seen.year, "measure": "activity", "analysis": analysis, "category": category,
        "n": support["people"], **group, **support,
    }  # fmt: skip


def _after(months: int) -> str:
    return "after 1 month" if months == 1 else f"after {months} months"
