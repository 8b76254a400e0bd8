"""Platform activity: rows without a member or a time are set aside by expression, counted, never fetched.

The engine counts a file once, by month, member and kind of action. The account is taken from those counts,
and so are the analyses (`tally_of`): most of what is asked of a log needs no second pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.read.engines import unshown
from ksn_research.score.accounts import Account

if TYPE_CHECKING:
    import ibis

NO_MEMBER, NO_TIME, STRANGER = "no member", "time not understood", "member not on the roster"
GRAPHIC = "!"  # the first character that is no blank, where text is compared byte by byte
# A date, a time of day; then, not taken: a fraction, a zone. No backslash, which engines read differently.
TIME = (
    "^([12][0-9]{3}[-/][01]?[0-9][-/][0-3]?[0-9]"
    "(?:[ T](?:[01]?[0-9]|2[0-3]):[0-5]?[0-9](?::[0-5]?[0-9])?)?)"
    "(?:[.][0-9]*)?(?: ?(?:[A-Za-z_/]+|[+-][0-9]{2}:?(?:[0-9]{2})?))?$"
)


class Counted(NamedTuple):
    """Events by number, kept in the engine. A combination may stand in several rows, to be added up.

    months   year, month (12 * year + month - 1), member, action, events
    actions  year, action, member, events
    """

    months: ibis.Table
    actions: ibis.Table


# What was counted of a table while it was read; an entry goes with its table.
_COUNTED: WeakKeyDictionary[Any, Counted] = WeakKeyDictionary()


def activity(
    events: ibis.Table, origin: Origin, people: pd.DataFrame
) -> tuple[ibis.Table, Account, list[Finding]]:
    """The `activity` table of one file (see `prepared`): `time` typed, unusable rows left out.

    Set aside: no member, a time that is none, a member who is not on the roster (where there is one).
    Trimming and looking people up is done to the counts. What a later pass must do to each event it does
    only where these showed that it is needed.
    """
    timed = events.mutate(time=_time(events.time))
    with unshown(origin.file):
        counted = _count(timed)
        untidy = bool(_blank(timed.target).any().fill_null(False).execute())
        row = _account(counted.actions, people).execute().iloc[0]
    untidy |= bool(row["untidy"])
    aside = {NO_MEMBER: int(row["no_member"]), NO_TIME: int(row["no_time"])}
    if not people.empty:
        aside[STRANGER] = int(row["stranger"])
    account = Account(origin, int(row["total"]), int(row["total"]) - sum(aside.values()), aside)
    strangers = people if aside.get(STRANGER) else None
    kept = _usable(timed.mutate(object=_trimmed(timed.object)), "time", untidy, strangers)
    _COUNTED[kept.op()] = Counted(
        _usable(counted.months, "month", untidy, strangers),
        _usable(counted.actions, "events", untidy, strangers),
    )
    return kept, account, _said(aside, origin)


def counted(events: ibis.Table) -> Counted:
    """How many events each member made, by month and kind of action.

    Comes in: an `activity` table of `prepared`. What was counted while it was read is taken from there; what
    was made of it since is counted now.
    """
    return _known(events.op()) or _count(events.drop_null(["member", "time"]))


def _known(op: Any) -> Counted | None:
    import ibis.expr.operations as ops

    if op in _COUNTED:
        return _COUNTED[op]
    if isinstance(op, ops.Union) and not op.distinct:
        left, right = _known(op.left), _known(op.right)
        if left is not None and right is not None:
            return Counted(left.months.union(right.months), left.actions.union(right.actions))
    return None


def kept(table: ibis.Table) -> ibis.Table:
    """A result kept by its engine while it is connected, so that it is computed once: a temporary table, or
    in Spark, which has none, a cached view. (Ibis's own cache drops what it holds when Python collects
    garbage, which may be in the midst of writing another statement.)"""
    from ibis.util import gen_name

    backend, name = table.get_backend(), gen_name("ksn")
    try:
        return backend.create_table(name, table, temp=True)
    except NotImplementedError:  # by Ibis, before anything is asked of Spark
        view = backend.create_view(name, table)
        backend.raw_sql(f"CACHE TABLE {name}")
        return view


def _count(timed: ibis.Table) -> Counted:
    """The one pass over the events. Those without a time are counted as `untimed`."""
    import ibis

    month = timed.time.year().cast("int32") * 12 + timed.time.month().cast("int32") - 1
    year = ibis.coalesce(timed.year, timed.time.year().cast("int64"))
    keys = {"year": year, "month": month, "member": timed.member, "action": timed.action}
    months = kept(timed.group_by(**keys).agg(events=timed.count()))
    when = {"events": months.month.notnull(), "untimed": months.month.isnull()}  # noqa: PD003, PD004 (Ibis)
    sums = {name: months.events.sum(where=rows).cast("int64") for name, rows in when.items()}
    return Counted(months, kept(months.group_by("year", "action", "member").agg(**sums)))


def _time(column: Any) -> Any:
    """A time as it stands; text by its date and time of day, without a fraction and as the clock there showed
    it. What an engine takes for a time differs (a bare year, `now`), so the form is looked at first."""
    if column.type().is_timestamp():
        return column
    text = column.strip().re_extract(TIME, 1).replace("/", "-")
    return text.nullif("").try_cast("timestamp")


def _trimmed(column: Any) -> Any:
    return column.strip().nullif("")


def _blank(column: Any) -> Any:
    return (column < GRAPHIC) | (column.right(1) < GRAPHIC)


def _usable(table: ibis.Table, when: str, untidy: bool, people: pd.DataFrame | None) -> ibis.Table:
    """Rows of a known member and time, of those on the roster where some are not."""
    import ibis

    if untidy:
        text = [name for name in ("member", "action", "target") if name in table.columns]
        table = table.mutate(**{name: _trimmed(table[name]) for name in text})
    known = table.drop_null(["member", when])
    return known if people is None else known.semi_join(ibis.memtable(_listed(people)[["member"]]), "member")


def _account(actions: ibis.Table, people: pd.DataFrame) -> ibis.Table:
    """One row: events in all, and set aside for each reason; are there members or actions to be trimmed?"""
    import ibis

    found = actions.group_by("member").agg(
        timed=actions.events.sum().fill_null(0),
        untimed=actions.untimed.sum().fill_null(0),
        untidy=_blank(actions.action).fill_null(False).any(),
    )
    found = found.mutate(name=_trimmed(found.member), total=found.timed + found.untimed)
    if people.empty:
        known = found.mutate(listed=True)
    else:
        listed = ibis.memtable(_listed(people).rename(columns={"member": "on_list"}))
        known = found.left_join(listed, found.name == listed.on_list)
    named = known.name.notnull()  # noqa: PD004 (Ibis)
    stranger = named & ~known.listed.fill_null(False)
    reasons = {
        "total": known.total.sum(),
        "no_member": known.total.sum(where=~named),
        "no_time": known.untimed.sum(where=named),
        "stranger": known.timed.sum(where=stranger),
    }
    whole = {name: number.fill_null(0).cast("int64") for name, number in reasons.items()}
    untidy = known.untidy | (known.member != known.name.fill_null(" "))
    return known.agg(**whole, untidy=untidy.fill_null(False).any().fill_null(False))


def _listed(people: pd.DataFrame) -> pd.DataFrame:
    members = people["member"].dropna().drop_duplicates()
    return pd.DataFrame({"member": members.astype("str"), "listed": True}).reset_index(drop=True)


def _said(aside: dict[str, int], origin: Origin) -> list[Finding]:
    return [
        origin.finding("warn", f"{n} events: {reason}", "they are set aside; correct the log", count=n)
        for reason, n in aside.items()
        if n
    ]
