"""Rows of who takes part: active members, what they do, how often, how lately, how evenly.

Uses `survey.estimation.intervals`, `engagement.inequality` and this package's `setting`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.activity.setting import Log, month_name
from ksn_research.analyse.engagement.inequality import gini, jackknife_interval, top_share
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import number
from ksn_research.results import Row

ACTIVE = "distinct members with at least one event of any kind, views included"
GINI = "Gini coefficient of events per active member; delete-one jackknife, t interval"
TOP = "share of events made by the most active tenth of active members; delete-one jackknife, t interval"
MEDIAN = (
    "median number of events per active member of the year; interval between two of the ordered numbers, by "
    "the binomial distribution"
)
MONTHS = "mean number of calendar months of the year with any event, per active member; t interval"
LATELY = (
    "share of the year's active members whose last month with any event lies so long before the last month "
    "that the log of the year has; Wilson interval"
)
SINCE = {
    0: "in the last month",
    1: "1 or 2 months before",
    3: "3 to 5 months before",
    6: "6 or more months before",
}
FEW = "fewer than 2 active members"


def monthly_rows(log: Log) -> list[Row]:
    """Active members of each month."""
    found = log.of_shown(ask.active_by_month(log.tally, log.homes))
    return [
        log.row(year, "monthly_active_members", "people", float(people), category=month_name(month), n=people,
                method=ACTIVE, count=people, people=people, organisations=log.known(places))
        for year, month, people, places in _plain(found, "year", "month", "people", "organisations")
    ]  # fmt: skip


def action_rows(log: Log) -> list[Row]:
    """Events and distinct members by kind of action."""
    found = log.of_shown(ask.active_by_action(log.tally, log.homes))
    rows = []
    for year, action, events, people, places in _plain(
        found, "year", "action", "events", "people", "organisations"
    ):
        fields: dict[str, Any] = {"category": action, "count": people, "people": people}
        fields["organisations"] = log.known(places)
        rows += [
            log.row(year, "events", "count", float(events), n=events, unit="events",
                    method="events of this kind", **fields),
            log.row(year, "events", "people", float(people), n=people,
                    method="distinct members with such an event", **fields),
        ]  # fmt: skip
    return rows


def member_rows(log: Log) -> list[Row]:
    """Active members of a year and their share of the roster; how often, how lately, how evenly."""
    found = log.of_shown(ask.active_by_year(log.tally, log.homes))
    whole = {
        year: log.row(year, "active_members", "people", float(people), n=people, method=ACTIVE, count=people,
                      people=people, organisations=log.known(places))
        for year, people, places in _plain(found, "year", "people", "organisations")
    }  # fmt: skip
    amounts = ask.by_amount(log.tally)
    rows = [*whole.values(), *_roster_rows(log), *_recency(log, whole)]
    for year, row in whole.items():
        support = {"people": row.people, "organisations": row.organisations}
        x = _spread(amounts, "events", year)
        rows += [_evenness(log, year, "gini", GINI, x, support)]
        rows += [_evenness(log, year, "top_tenth_share", TOP, x, support)]
        rows += [
            _median_events(log, year, x, support),
            _mean_months(log, year, _spread(amounts, "months", year), support),
        ]
    return rows


def _roster_rows(log: Log) -> list[Row]:
    active = ask.active_of_roster(log.tally, log.listed).set_index("year")["people"]
    rows = []
    for year, support in log.roster.items():
        size, count = int(support["people"] or 0), int(active.get(year, 0))
        method = f"{ACTIVE}, as a share of the roster of the year; a full record, no interval"
        fields: dict[str, Any] = {"n": size, "population": size, "count": count, **support}
        rows.append(log.row(year, "active_members", "share", count / size, method=method, **fields))
    return rows


def _recency(log: Log, whole: dict[int, Row]) -> list[Row]:
    found = ask.by_silence(log.tally, log.homes, log.last, tuple(SINCE))
    rows = []
    for year, since, count in _plain(found, "year", "since", "people"):
        all_ = whole[year]
        low, high = wilson(count, all_.people or 0)
        rows.append(
            log.row(year, "recency", "share", count / float(all_.people or 1), category=SINCE[since],
                    n=all_.people, ci_low=float(low), ci_high=float(high), method=LATELY, count=count,
                    people=all_.people, organisations=all_.organisations, parents=(all_.id,))
        )  # fmt: skip
    return rows


def _evenness(
    log: Log, year: int, statistic: str, method: str, x: np.ndarray, support: dict[str, Any]
) -> Row:
    fields = {"n": len(x), "method": method, **support}
    if len(x) < 2:
        return log.row(year, "participation", statistic, None, status="undefined", note=FEW, **fields)
    value, left_out = gini(x) if statistic == "gini" else top_share(x)
    se, low, high = jackknife_interval(value, left_out)
    interval = {"se": number(se), "ci_low": max(0.0, low), "ci_high": min(1.0, high)}
    return log.row(year, "participation", statistic, value, **interval, **fields)


def _median_events(log: Log, year: int, x: np.ndarray, support: dict[str, Any]) -> Row:
    low, high = median_interval(x)
    return log.row(year, "frequency", "median_events", float(np.median(x)), ci_low=low, ci_high=high,
                   n=len(x), method=MEDIAN, **support)  # fmt: skip


def median_interval(x: np.ndarray, confidence: float = 0.95) -> tuple[float | None, float | None]:
    """Interval of a median between the j-th smallest and the j-th largest, j by Binomial(n, 1/2).

    Source: Conover (1999), Practical Nonparametric Statistics, section 3.2. (None, None) below 6 numbers,
    where no two of them are far enough apart.

    >>> median_interval(np.arange(1.0, 11))
    (2.0, 9.0)
    """
    from scipy.stats import binom

    rank = int(binom.ppf((1 - confidence) / 2, len(x), 0.5))
    if rank < 1:
        return None, None
    ordered = np.sort(x)
    return float(ordered[rank - 1]), float(ordered[-rank])


def _mean_months(log: Log, year: int, x: np.ndarray, support: dict[str, Any]) -> Row:
    from scipy.stats import t

    n, mean = len(x), float(x.mean())
    fields: dict[str, Any] = {"n": n, "method": MONTHS, **support}
    if n > 1:
        se = float(x.std(ddof=1)) / n**0.5
        half = float(t.ppf(0.975, n - 1)) * se
        fields |= {"se": se, "ci_low": mean - half, "ci_high": mean + half}
    return log.row(year, "frequency", "mean_active_months", mean, **fields)


def _spread(counted: pd.DataFrame, amount: str, year: int) -> np.ndarray:
    """One amount per member, from how many have each."""
    part = counted[counted["year"] == year]
    return np.repeat(part[amount].to_numpy(dtype=float), part["members"].to_numpy(dtype=int))


def _plain(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return list(zip(*(frame[name].tolist() for name in columns), strict=True))
