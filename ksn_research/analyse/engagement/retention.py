"""How long people keep coming in the course of a year, and how soon they come again.

Imports `attendance` and `survival`; uses `survey.groups`. Time runs from a person's first day of the year at
a kind of event; nobody can be followed beyond the last such event of the year. Whether somebody has gone is
only known some time later: last attendances are followed up to `GAP` days before that event, and who first
came after that day is not. People without a code cannot be followed and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import everyone, kinds, once
from ksn_research.analyse.engagement.survival import KAPLAN_MEIER, Survival, kaplan_meier
from ksn_research.analyse.network.structure import Estimate
from ksn_research.analyse.survey.groups import of_year, sample, years
from ksn_research.prepared import Prepared
from ksn_research.results import Row

GAP = 92  # days of absence after which somebody counts as gone; a quarter, so that a summer is none
AGAIN_WITHIN = (30, 90, 180)
LASTING_OVER = (30, 90, 180, 270)
RETURN = (
    f"share that came again on a later day within so many days of the first; {KAPLAN_MEIER}; people with a "
    "code, from their first day of the year to the year's last such event"
)
LASTING = (
    f"share that still came more than so many days after the first time; gone are those absent from {GAP} "
    f"days before the year's last such event on; {KAPLAN_MEIER}; people with a code who first came before "
    "that day, followed up to it"
)
MEDIAN = f"days from the first to the last time that half of the people outlast; {LASTING}"


def retention_rows(came: pd.DataFrame, kind: str, year: int | None) -> list[Row]:
    """Rows "coming_again" (came again within 30, 90, 180 days) and "lasting" (still came after so many days).

    came   attendance of one kind in one year; a kind that took place on a single day has no rows: the row
           "return" says so
    """
    visits = visits_of(came)
    if visits.empty or visits["end"].iloc[0] == visits["first"].min():
        return []
    return [*_return_rows(came, visits, kind, year), *_lasting_rows(came, visits, kind, year)]


def visits_of(came: pd.DataFrame) -> pd.DataFrame:
    """Per person with a code: first, second and last day at these events (second missing for one day only),
    and `end`, the day of the last event."""
    days = came.dropna(subset=["member", "date"])[["member", "date"]].drop_duplicates().sort_values("date")
    days = days.assign(nth=days.groupby("member").cumcount())
    visits = days.groupby("member")["date"].agg(first="min", last="max")
    second = days[days["nth"] == 1].set_index("member")["date"]
    return visits.assign(second=second.reindex(visits.index), end=came["date"].max())


def came_again(visits: pd.DataFrame) -> Survival:
    """The curve of those who have not yet come again."""
    again = visits["second"].notna().to_numpy()
    until = visits["second"].where(visits["second"].notna(), visits["end"])
    return kaplan_meier(_days(until - visits["first"]), again)


def still_coming(visits: pd.DataFrame, gap: int = GAP) -> Survival:
    """The curve of those whose last time is yet to come, of `followed` visits: who came within `gap` days of
    the end was there when following ended, all others have gone on the day they last came."""
    until = visits["end"] - pd.Timedelta(days=gap)
    gone = (visits["last"] < until).to_numpy(dtype=bool)
    return kaplan_meier(_days(visits["last"].where(gone, until) - visits["first"]), gone)


def followed(visits: pd.DataFrame, gap: int = GAP) -> pd.DataFrame:
    """Visits of those who first came so early that it can be seen whether they have gone."""
    return visits[visits["first"] < visits["end"] - pd.Timedelta(days=gap)]


def retention_curves(prepared: Prepared) -> pd.DataFrame:
    """Both curves of every kind of event: columns year, kind, curve ("came again" or "still coming"), days,
    share, low, high, n (people followed so long)."""
    names = ["year", "kind", "curve", "days", "share", "low", "high", "n"]
    parts = [part[names] for part in _curves(prepared)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def _curves(prepared: Prepared) -> Iterator[pd.DataFrame]:
    for year in years(prepared.attendance, prepared.year):
        for kind, part in kinds(of_year(prepared.attendance, year)):
            visits = visits_of(part)
            if visits.empty or visits["end"].iloc[0] == visits["first"].min():
                continue
            again, lasting = came_again(visits), still_coming(followed(visits))
            for name, found, (share, low, high) in (
                ("came again", again, (1 - again.share, 1 - again.high, 1 - again.low)),
                ("still coming", lasting, (lasting.share, lasting.low, lasting.high)),
            ):
                yield pd.DataFrame({
                    "year": year, "kind": kind, "curve": name, "days": found.times, "share": share,
                    "low": low, "high": high, "n": found.at_risk,
                })  # fmt: skip


def _return_rows(came: pd.DataFrame, visits: pd.DataFrame, kind: str, year: int | None) -> Iterator[Row]:
    found, base = came_again(visits), _base(came, visits, kind, year)
    for days in AGAIN_WITHIN:
        yield _row(
            base, "coming_again", "share", found.ending(days), category=f"within {days} days", method=RETURN,
            count=found.ended_by(days),
        )  # fmt: skip


def _lasting_rows(came: pd.DataFrame, visits: pd.DataFrame, kind: str, year: int | None) -> Iterator[Row]:
    visits = followed(visits)
    if visits.empty:
        return
    found = still_coming(visits)
    base = _base(came[came["member"].isin(visits.index)], visits, kind, year)
    for days in LASTING_OVER:
        longer = int((_days(visits["last"] - visits["first"]) > days).sum())
        yield _row(
            base, "lasting", "share", found.lasting(days), category=f"after {days} days", method=LASTING,
            count=longer,
        )  # fmt: skip
    yield _row(base, "lasting", "median_days", found.median, method=MEDIAN)


def _base(came: pd.DataFrame, visits: pd.DataFrame, kind: str, year: int | None) -> dict[str, Any]:
    counted = sample(once(came.dropna(subset=["member", "date"])), source="attendance", year=year, by=())
    return {**counted.key, "measure": kind, "n": len(visits), "unit": "people", **everyone(counted)}


def _row(base: dict[str, Any], analysis: str, statistic: str, found: Estimate, **more: Any) -> Row:
    said = {"estimate": found.value, "se": found.se, "ci_low": found.low, "ci_high": found.high,
            "note": found.why, "status": "undefined" if found.value is None else "published"}  # fmt: skip
    return Row(analysis=analysis, statistic=statistic, **{**base, **said, **more})


def _days(span: pd.Series) -> np.ndarray:
    return (span.dt.total_seconds() / 86400).to_numpy(dtype=float)
