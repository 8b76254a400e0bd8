"""Rows and curves of how long members stay active after joining.

Uses `engagement.survival`, `survey.estimation.intervals` and this package's `setting`. Two questions, two
answers: who is active in the so-manieth month (a share that may rise again, `retention`), and who has not
yet gone quiet for a quarter (a Kaplan-Meier curve that only falls, `lasting`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.activity.setting import Joiners, Log, first_day, log_of, month_name
from ksn_research.analyse.engagement.survival import KAPLAN_MEIER, Survival, kaplan_meier
from ksn_research.analyse.network.structure import Estimate
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.prepared import Prepared
from ksn_research.results import Row

AFTER = (1, 3, 6)  # months since joining that are reported; the curves have all
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


def retention_rows(log: Log) -> list[Row]:
    """Rows "retention" (active in the month) and "lasting" (not yet quiet) 1, 3 and 6 months after joining,
    of each year's joiners together and by month of joining.

    Months after the year are left to later editions: a published figure must not change its value.
    """
    found = log.joiners
    if found is None:
        return []
    rows: list[Row] = []
    for year in log.years:
        span = log.months(year)
        if span is None:
            continue
        cohorts = np.array(found.of_year(year), dtype=int)
        rows += [
            *_retention(log, found, year, cohorts, span[1]),
            *_lasting(log, found, year, cohorts, span[1]),
        ]
    return rows


def retention_table(found: Joiners) -> pd.DataFrame:
    """One row per cohort and month since joining: start, after, active, n."""
    sizes = found.sizes
    span = found.until - sizes.index.to_numpy(dtype=int) + 1
    place = np.repeat(np.arange(len(sizes)), span)
    after = np.arange(len(place)) - np.repeat(np.cumsum(span) - span, span)
    asked = pd.DataFrame(
        {"start": sizes.index.to_numpy()[place], "after": after, "n": sizes.to_numpy()[place]}
    )
    seen = found.active.astype({"start": asked["start"].dtype, "after": "int64"})
    table = asked.merge(seen, on=["start", "after"], how="left")
    return table.assign(active=table["active"].fillna(0).astype("int64"))


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


def retention_curve(prepared: Prepared) -> pd.DataFrame:
    """The heat map: cohort (first day of the joining month), month (months since joining), share, n."""
    found = None if prepared.activity is None else log_of(prepared).joiners
    if found is None:
        return pd.DataFrame({"cohort": pd.Series(dtype="datetime64[s]"), "month": [], "share": [], "n": []})
    table = retention_table(found)
    share = table["active"] / table["n"]
    made = {"cohort": first_day(table["start"]), "month": table["after"], "share": share, "n": table["n"]}
    return pd.DataFrame(made)


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


def _retention(log: Log, found: Joiners, year: int, cohorts: np.ndarray, until: int) -> Iterator[Row]:
    table = retention_table(found)
    for after in AFTER:
        in_time = cohorts[cohorts + after <= until]
        at = table[(table["after"] == after) & table["start"].isin(in_time)].set_index("start")
        if at.empty:
            continue
        base = _base(found, year, in_time, f"month {after}", "retention")
        whole = _share(log, base, int(at["active"].sum()), ())
        yield whole
        for start in in_time:
            base = _base(found, year, in_time, f"month {after}", "retention", int(start))
            yield _share(log, base, int(at["active"][start]), (whole.id,))


def _share(log: Log, base: dict[str, Any], count: int, parents: tuple[str, ...]) -> Row:
    low, high = wilson(count, base["n"])
    return log.row(
        statistic="share", estimate=count / base["n"], ci_low=float(low), ci_high=float(high),
        method=RETENTION, count=count, parents=parents, **base,
    )  # fmt: skip


def _lasting(log: Log, found: Joiners, year: int, cohorts: np.ndarray, until: int) -> Iterator[Row]:
    followed = cohorts[cohorts + ask.QUIET - 1 <= until]
    if not len(followed):
        return
    curve = lasting_curve(found, followed, until)
    for after in AFTER:
        base = _base(found, year, followed, _after(after), "lasting")
        whole = _estimate(log, base, curve.lasting(after), "share", LASTING, curve.n - curve.ended_by(after))
        yield whole
        for start in followed[followed + after + ask.QUIET - 1 <= until]:
            own = lasting_curve(found, np.array([start]), until)
            base = _base(found, year, followed, _after(after), "lasting", int(start))
            count = own.n - own.ended_by(after)
            yield _estimate(log, base, own.lasting(after), "share", LASTING, count, (whole.id,))
    base = _base(found, year, followed, "", "lasting")
    yield _estimate(log, base, curve.median, "median_months", MEDIAN)


def _estimate(
    log: Log,
    base: dict[str, Any],
    found: Estimate,
    statistic: str,
    method: str,
    count: int | None = None,
    parents: tuple[str, ...] = (),
) -> Row:
    status = "undefined" if found.value is None else "published"
    return log.row(
        statistic=statistic, estimate=found.value, se=found.se, ci_low=found.low, ci_high=found.high,
        status=status, note=found.why, method=method, count=count, parents=parents, **base,
    )  # fmt: skip


def _base(
    found: Joiners, year: int, cohorts: np.ndarray, category: str, analysis: str, start: int | None = None
) -> dict[str, Any]:
    support = found.support(cohorts.tolist() if start is None else [start])
    group = {} if start is None else {"group": "cohort", "level": month_name(start), "binary": True}
    return {
        "year": year, "measure": "activity", "analysis": analysis, "category": category,
        "n": support["people"], **group, **support,
    }  # fmt: skip


def _after(months: int) -> str:
    return "after 1 month" if months == 1 else f"after {months} months"
