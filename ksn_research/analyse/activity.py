"""Activity on digital platforms: who takes part, how evenly, how long, and who answers whom.

Uses `survey.groups`, `survey.proportions` and `inequality`. The log may be large: Ibis expressions count on
the database, and only tables with one row per member, month and kind of action, or one row per number of
directions, come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ksn_research.analyse.inequality import gini, jackknife_interval, top_share
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import distinct, number, of_year
from ksn_research.prepared import Prepared
from ksn_research.results import Row

if TYPE_CHECKING:
    import ibis

REPLY = "reply"
AFTER = (1, 3, 6)  # months since joining that are reported; the curve has all
ACTIVE = "distinct members with at least one event of any kind, views included"
GINI = "Gini coefficient of events per active member; delete-one jackknife, t interval"
TOP = "share of events made by the most active tenth of active members; delete-one jackknife, t interval"
RECIPROCITY = "share of ordered pairs (one replied to the other at least once) that are returned; no interval"
RETENTION = (
    "share of a joining cohort with any event in the calendar month so many months after joining; members "
    "whose month lies outside the log or after the year are left out; Wilson interval"
)


def analyse_activity(prepared: Prepared) -> list[Row]:
    """Monthly and yearly active members, inequality, reply reciprocity and retention.

    Comes in: everything the study prepared; without a log there are no rows.
    Goes out: rows of source "activity" with analysis "activity" and "retention".
    """
    if prepared.activity is None:
        return []
    counts = member_months(prepared.activity)
    homes = _homes(prepared)
    rows: list[Row] = []
    for year in newest(counts, prepared.year):
        part = counts[counts["year"] == year]
        rows += monthly_rows(part, homes, year)
        rows += action_rows(part, homes, year)
        rows += member_rows(part, homes, of_year(prepared.people, year), year)
        rows.append(reciprocity_row(prepared.activity, year))
        rows += retention_rows(counts, prepared.people, homes, year)
    return rows


def member_months(events: ibis.Table) -> pd.DataFrame:
    """Events per member, month and action, counted on the database.

    Comes in: columns year, member, time, action. Goes out: year, month (first day), member, action, events.
    """
    import ibis

    grouped = (
        dated(events)
        .group_by(
            year=ibis._.year, month=ibis._.time.truncate("M"), member=ibis._.member, action=ibis._.action
        )
        .agg(events=ibis._.count())
    )
    return grouped.order_by("year", "month", "member", "action").to_pandas()


def reply_directions(events: ibis.Table, year: int) -> pd.DataFrame:
    """Pairs of members by how many of the two replied to the other: columns directions (1 or 2), pairs."""
    import ibis

    replies = replies_of(events, year)
    pairs = replies.group_by(
        low=ibis.least(replies.member, replies.target), high=ibis.greatest(replies.member, replies.target)
    ).agg(directions=replies.member.nunique())
    return pairs.group_by("directions").agg(pairs=ibis._.count()).order_by("directions").to_pandas()


def dated(events: ibis.Table) -> ibis.Table:
    """Events of known members and times; the year is that of the time where the study gives none."""
    import ibis

    known = events.drop_null(["member", "time"])
    return known.mutate(year=ibis.coalesce(known.year, known.time.year()))


def replies_of(events: ibis.Table, year: int) -> ibis.Table:
    """Replies of one year; those to oneself and to nobody known are left out."""
    known = dated(events).drop_null("target")
    return known.filter(known.year == year, known.action == REPLY, known.member != known.target)


def newest(counts: pd.DataFrame, until: int, how_many: int = 2) -> list[int]:
    """The newest years of the log not after `until`, oldest first."""
    return sorted({int(year) for year in counts["year"].dropna() if year <= until})[-how_many:]


def monthly_rows(part: pd.DataFrame, homes: pd.Series, year: int) -> list[Row]:
    """Active members of each month of one year."""
    rows = []
    for month, people in part.groupby("month", sort=True)["member"]:
        support = _support(people, homes)
        rows.append(
            _row(
                year,
                "monthly_active_members",
                "people",
                float(support["people"] or 0),
                category=f"{month:%Y-%m}",
                n=support["people"],
                method=ACTIVE,
                count=support["people"],
                **support,
            )
        )
    return rows


def action_rows(part: pd.DataFrame, homes: pd.Series, year: int) -> list[Row]:
    """Events and distinct members by kind of action."""
    rows = []
    for action, done in part.groupby("action", sort=True):
        support, name = _support(done["member"], homes), str(action)
        total, people = int(done["events"].sum()), support["people"]
        rows += [
            _row(year, "events", "count", float(total), category=name, n=total, unit="events",
                 method="events of this kind", count=people, **support),
            _row(year, "events", "people", float(people or 0), category=name, n=people,
                 method="distinct members with such an event", count=people, **support),
        ]  # fmt: skip
    return rows


def member_rows(part: pd.DataFrame, homes: pd.Series, roster: pd.DataFrame, year: int) -> list[Row]:
    """Active members of a year, their share of the roster, and how unevenly events are spread over them."""
    events = part.groupby("member")["events"].sum()
    support = _support(events.index.to_series(), homes)
    n = len(events)
    rows = [_row(year, "active_members", "people", float(n), n=n, method=ACTIVE, count=n, **support)]
    listed = roster["member"].dropna().unique()
    if len(listed):
        active = int(np.isin(listed, events.index.to_numpy(dtype=object)).sum())
        method = f"{ACTIVE}, as a share of the roster of the year; a full record, no interval"
        size = len(listed)
        on_roster = {**_support(pd.Series(listed), homes), "people": size}
        fields: dict[str, Any] = {"n": size, "population": size, "count": active, **on_roster}
        rows.append(_row(year, "active_members", "share", active / size, method=method, **fields))
    for statistic, method in (("gini", GINI), ("top_tenth_share", TOP)):
        rows.append(_inequality(statistic, method, events.to_numpy(dtype=float), support, year))
    return rows


def _inequality(statistic: str, method: str, x: np.ndarray, support: dict[str, Any], year: int) -> Row:
    fields = {"n": len(x), "method": method, **support}
    if len(x) < 2:
        note = "fewer than 2 active members"
        return _row(year, "participation", statistic, None, status="undefined", note=note, **fields)
    value, left_out = gini(x) if statistic == "gini" else top_share(x)
    se, low, high = jackknife_interval(value, left_out)
    interval = {"se": number(se), "ci_low": max(0.0, low), "ci_high": min(1.0, high)}
    return _row(year, "participation", statistic, value, **interval, **fields)


def reciprocity_row(events: ibis.Table, year: int) -> Row:
    """The share of reply relations that are returned within the year."""
    found = reply_directions(events, year).set_index("directions")["pairs"]
    mutual, single = int(found.get(2, 0)), int(found.get(1, 0))
    ordered = 2 * mutual + single
    people = _repliers(events, year)
    fields = {"n": ordered, "unit": "dyads", "method": RECIPROCITY, "people": people}
    if ordered == 0:
        return _row(year, "replies", "reciprocity", None, status="undefined", note="nobody replied", **fields)
    return _row(year, "replies", "reciprocity", 2 * mutual / ordered, **fields)


def _repliers(events: ibis.Table, year: int) -> int:
    return int(replies_of(events, year).member.nunique().to_pandas())


def retention_rows(counts: pd.DataFrame, people: pd.DataFrame, homes: pd.Series, year: int) -> list[Row]:
    """Retention 1, 3 and 6 months after joining, for each cohort of one year and for the year together."""
    # Months after the year are left to later editions' curves: a published figure must not change its value.
    known = retention_table(counts[counts["month"].dt.year <= year], people)
    known = known[known["cohort"].dt.year == year]
    rows: list[Row] = []
    for after in AFTER:
        at = known[known["month"] == after]
        if at.empty:
            continue
        whole = _retained(at, after, "", homes, year, ())
        rows.append(whole)
        rows += [
            _retained(part, after, f"{cohort:%Y-%m}", homes, year, (whole.id,))
            for cohort, part in at.groupby("cohort", sort=True)
        ]
    return rows


def _retained(
    part: pd.DataFrame, after: int, cohort: str, homes: pd.Series, year: int, parents: tuple[str, ...]
) -> Row:
    count, n = int(part["active"].sum()), len(part)
    low, high = wilson(count, n)
    return _row(
        year, "activity", "share", count / n, analysis="retention", category=f"month {after}",
        group="cohort" if cohort else "", level=cohort, n=n, ci_low=low, ci_high=high, method=RETENTION,
        count=count, binary=bool(cohort), parents=parents, **_support(part["member"], homes),
    )  # fmt: skip


def retention_curve(prepared: Prepared) -> pd.DataFrame:
    """Columns cohort (first day of the joining month), month (months since joining), share, n."""
    if prepared.activity is None:
        return pd.DataFrame({"cohort": pd.Series(dtype="datetime64[s]"), "month": [], "share": [], "n": []})
    table = retention_table(member_months(prepared.activity), prepared.people)
    grouped = table.groupby(["cohort", "month"])["active"]
    return grouped.agg(share="mean", n="size").reset_index()


def retention_table(counts: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Was each member active so many months after joining? Columns member, cohort, month, active.

    Joining is the roster's `joined` where any is known there, else the month of the first event in the log
    (then those of the log's first month are no cohort: most of them were there before).
    Months before the log begins or after it ends have no row: nothing was recorded then. Joining before the
    log begins is no cohort here, since those who had gone by then would be missed.
    """
    joined = joining_month(counts, people)
    seen = counts[["member", "month"]].drop_duplicates()
    first, last = _serial(seen["month"]).min(), _serial(seen["month"]).max()
    start = _serial(joined)
    begun = start >= first if people["joined"].notna().any() else start > first
    joined, start = joined[begun], start[begun]
    span = (last - start).clip(lower=-1).to_numpy() + 1
    place = np.repeat(np.arange(len(joined)), span)
    month = np.arange(len(place)) - np.repeat(np.cumsum(span) - span, span)
    members = joined.index.to_numpy(dtype=object)[place]
    table = pd.DataFrame({"member": members, "cohort": joined.to_numpy()[place], "month": month})
    there = pd.MultiIndex.from_arrays([seen["member"], _serial(seen["month"])])
    asked = pd.MultiIndex.from_arrays([table["member"], start.to_numpy()[place] + month])
    return table.assign(active=asked.isin(there))


def joining_month(counts: pd.DataFrame, people: pd.DataFrame) -> pd.Series:
    """First day of the month in which each member joined, by member."""
    known = people.dropna(subset=["member", "joined"])
    if known.empty:
        return counts.groupby("member")["month"].min()
    first = known.groupby("member")["joined"].min()
    return first.dt.to_period("M").dt.to_timestamp()


def _serial(months: pd.Series) -> pd.Series:
    return months.dt.year * 12 + months.dt.month


def _homes(prepared: Prepared) -> pd.Series:
    """Organisation by member, from the newest roster that knows it."""
    known = prepared.people.dropna(subset=["member", "organisation"]).sort_values("year", kind="stable")
    return known.drop_duplicates("member", keep="last").set_index("member")["organisation"]


def _support(people: pd.Series, homes: pd.Series) -> dict[str, int | None]:
    unique = people.drop_duplicates()
    if homes.empty:
        return {"people": len(unique), "organisations": None}
    codes = pd.factorize(unique.map(homes))[0]
    return {
        "people": len(unique),
        "organisations": int(distinct(np.zeros(len(codes), dtype=int), codes, 1)[0]),
    }


def _row(year: int, measure: str, statistic: str, estimate: float | None, **fields: Any) -> Row:
    base: dict[str, Any] = {"source": "activity", "analysis": "activity", "unit": "people"}
    return Row(year=year, measure=measure, statistic=statistic, estimate=estimate, **{**base, **fields})
