"""Every measure of the platform's log as an Ibis expression: the engine counts, small tables come back.

The log is read twice: once into events per member, month and kind of action (when it was scored, see
`score.events.counted`), once into who replied to whom (`repliers`). Both stay in the engine; everything
else is an expression over them. Only what Ibis knows on every engine is used (no function of one engine), so
that another engine is another connection. Months are counted as 12 * year + month - 1, so that the next one
is one more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ksn_research.score.events import counted, kept

if TYPE_CHECKING:
    import ibis

REPLY = "reply"
QUIET = 3  # months without an event, in a row, after which somebody is taken to have gone quiet


@dataclass(frozen=True, eq=False)
class Tally:
    """What the engine holds of a log after one pass. A combination of `actions` may stand in several rows.

    actions  year, action, member, events
    months   year, month, member, events
    years    year, member, events, months (with any event), last (month with an event)

    `year` is the study's, `month` the calendar's.
    """

    actions: ibis.Table
    months: ibis.Table
    years: ibis.Table


def tallied(events: ibis.Table) -> Tally:
    """What the engine has counted of a log."""
    import ibis

    _, found = ibis._, counted(events)
    months = kept(found.months.group_by("year", "month", "member").agg(events=_sum(_.events)))
    years = months.group_by("year", "member").agg(
        events=_sum(_.events), months=_.month.nunique(), last=_.month.max()
    )
    return Tally(found.actions, months, kept(years))


def dated(events: ibis.Table) -> ibis.Table:
    """Events of known members and times; the year is that of the time where the study gives none."""
    import ibis

    known = events.drop_null(["member", "time"])
    return known.mutate(year=ibis.coalesce(known.year, known.time.year().cast("int64")))


def spans(tally: Tally) -> pd.DataFrame:
    """First and last month of the log in each year of the study and of the calendar:
    year, calendar, first, last."""
    seen = tally.months.group_by("year", "month").agg(members=tally.months.count())
    found = seen.mutate(calendar=(seen.month - seen.month % 12) // 12).group_by("year", "calendar")
    return _fetched(found.agg(first=seen.month.min(), last=seen.month.max()), "year", "calendar")


def active_by_month(tally: Tally, homes: ibis.Table) -> pd.DataFrame:
    """Distinct active members of each month: year, month, people, organisations."""
    return _fetched(_people(tally.months, homes, "year", "month"), "year", "month")


def active_by_action(tally: Tally, homes: ibis.Table) -> pd.DataFrame:
    """Events and members by kind of action: year, action, events, people, organisations."""
    each = tally.actions.group_by("year", "action", "member").agg(events=_sum(tally.actions.events))
    done = each.filter(each.action.notnull())  # noqa: PD004 (Ibis)
    total = done.group_by("year", "action").agg(events=_sum(done.events))
    people = _people(done, homes, "year", "action")
    return _fetched(people.inner_join(total, ["year", "action"]), "year", "action")


def active_by_year(tally: Tally, homes: ibis.Table) -> pd.DataFrame:
    """Distinct active members of each year: year, people, organisations."""
    return _fetched(_people(tally.years, homes, "year"), "year")


def active_of_roster(tally: Tally, listed: ibis.Table) -> pd.DataFrame:
    """How many on the roster (columns year, member) were active: year, people."""
    both = tally.years.semi_join(listed, ["year", "member"])
    return _fetched(both.group_by("year").agg(people=both.count()), "year")


def active_among(tally: Tally, members: Sequence[str]) -> pd.DataFrame:
    """Events and months with any event of these members: year, member, events, months."""
    import ibis

    named = ibis.memtable(pd.DataFrame({"member": pd.Series(members, dtype="str")}))
    years = tally.years.semi_join(named, "member").select("year", "member", "events", "months")
    return _fetched(years, "year", "member")


def by_amount(tally: Tally) -> pd.DataFrame:
    """How many members have each number of events and of months: year, events, months, members."""
    found = tally.years.group_by("year", "events", "months").agg(members=tally.years.count())
    return _fetched(found, "year", "events", "months")


def by_silence(
    tally: Tally, homes: ibis.Table, last: Mapping[int, int], edges: tuple[int, ...]
) -> pd.DataFrame:
    """Members by how long ago, seen from the last month of the log, they were active last.

    last   last month by year
    edges  how many months ago each class begins, ascending from 0

    Goes out: year, since (the edge at which the class begins), people, organisations.
    """
    import ibis

    years = tally.years
    end = ibis.cases(*((years.year == year, month) for year, month in last.items()), else_=None)
    told = years.mutate(ago=end - years.last).filter(ibis._.ago >= edges[0])
    since = ibis.cases(*((told.ago >= edge, edge) for edge in edges[:0:-1]), else_=edges[0])
    return _fetched(_people(told.mutate(since=since), homes, "year", "since"), "year", "since")


def first_months(tally: Tally) -> pd.DataFrame:
    """The month of each member's first event: member, start."""
    months = tally.months
    return _fetched(months.group_by("member").agg(start=months.month.min()), "member")


def active_since_joining(tally: Tally, joined: ibis.Table, until: int) -> pd.DataFrame:
    """Who was active so many months after joining (`joined`: member, start): start, after, active."""
    found = _since(tally, joined, until).group_by("start", "after")
    return _fetched(found.agg(active=_distinct("member")), "start", "after")


def quiet_since_joining(tally: Tally, joined: ibis.Table, until: int) -> pd.DataFrame:
    """When members went quiet for the first time: start, after, members; missing where they did not.

    Going quiet is the first of `QUIET` months in a row without an event, all of them in the log; `after`
    counts them from the month of joining, which is 0.
    """
    import ibis

    there = _since(tally, joined, until).select("member", "start", "after")
    # The month before joining and the one after the log stand for events, so that every silence has two ends.
    begin = joined.select("member", "start", after=ibis.literal(-1, "int32"))
    each = ibis.window(group_by="member", order_by="after")
    marks = there.union(begin)
    marks = marks.mutate(following=marks.after.lead().over(each))
    following = ibis.coalesce(marks.following, (until + 1 - marks.start).cast("int32"))
    silent = following - marks.after - 1 >= QUIET
    quiet = marks.group_by("member", "start").agg(after=(marks.after + 1).min(where=silent))
    return _fetched(quiet.group_by("start", "after").agg(members=quiet.count()), "start", "after")


def repliers(events: ibis.Table, years: list[int]) -> ibis.Table:
    """Everybody who replied or was replied to, kept in the engine.

    Goes out: year, member, replied_to (others), ties (reply relations, either way round), returned (others
    with whom both replied). Replies to oneself and to nobody known are left out.
    """
    import ibis

    known = dated(events).drop_null("target")
    said = known.filter(known.action == REPLY, known.member != known.target, known.year.isin(years))
    upward = (said.member < said.target).cast("int8")
    pairs = said.group_by(
        "year", low=ibis.least(said.member, said.target), high=ibis.greatest(said.member, said.target)
    ).agg(up=upward.max(), down=(1 - upward).cast("int8").max())
    ends = pairs.select("year", member=pairs.low, to=pairs.up, back=pairs.down).union(
        pairs.select("year", member=pairs.high, to=pairs.down, back=pairs.up)
    )
    sums = {"replied_to": ends.to, "ties": ends.to + ends.back, "returned": ends.to * ends.back}
    return kept(ends.group_by("year", "member").agg(**{n: _sum(c) for n, c in sums.items()}))


def by_ties(found: ibis.Table) -> pd.DataFrame:
    """How many repliers have each number of ties, and of them returned: year, ties, returned, members."""
    counted = found.group_by("year", "ties", "returned").agg(members=found.count())
    return _fetched(counted, "year", "ties", "returned")


def who_replied(found: ibis.Table, homes: ibis.Table) -> pd.DataFrame:
    """Distinct members who replied to another: year, people, organisations."""
    return _fetched(_people(found.filter(found.replied_to > 0), homes, "year"), "year")


def _since(tally: Tally, joined: ibis.Table, until: int) -> ibis.Table:
    """The months of the log up to `until` in which members were active, counted from joining."""
    months = tally.months.filter(tally.months.month <= until)
    both = months.inner_join(joined, "member")
    return both.mutate(after=(both.month - both.start).cast("int32")).filter(both.month >= both.start)


def _people(table: ibis.Table, homes: ibis.Table, *keys: str) -> ibis.Table:
    """Distinct members, and organisations where known (`homes`: member, organisation), by `keys`."""
    once = table.select(*keys, "member").left_join(homes, "member")
    return once.group_by(*keys).agg(people=once.count(), organisations=once.organisation.nunique())


def _distinct(name: str) -> Any:
    import ibis

    return ibis._[name].nunique()


def _sum(column: Any) -> Any:
    return column.sum().cast("int64")


def _fetched(table: ibis.Table, *order: str) -> pd.DataFrame:
    return table.order_by(*order).to_pandas()
