"""Platform activity: rows without a member or a time are set aside by expression, counted, never fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ksn_research.errors import Finding, Origin, ReadError
from ksn_research.score.accounts import Account

if TYPE_CHECKING:
    import ibis


def activity(
    events: ibis.Table, origin: Origin, people: pd.DataFrame
) -> tuple[ibis.Table, Account, list[Finding]]:
    """The `activity` table of one file (see `prepared`): `time` typed, unusable rows left out.

    Set aside: no member, a time that is none, a member who is not on the roster (where there is one).
    """
    import ibis

    typed = events.mutate(time=events.time.try_cast("timestamp"))
    reasons = {
        "no member": typed.member.fill_null("") == "",
        "time not understood": typed.time.isnull(),  # noqa: PD003 (Ibis),
    }
    if not people.empty:
        reasons["member not on the roster"] = ~typed.member.isin(list(people["member"]))
    seen = ibis.literal(False)
    first = {}
    for reason, bad in reasons.items():
        first[reason] = bad.fill_null(True) & ~seen
        seen = seen | bad.fill_null(True)
    counts = typed.aggregate(
        total=typed.count(),
        used=(~seen).sum(),
        **{f"r{i}": cond.sum() for i, cond in enumerate(first.values())},
    )
    row = _counted(counts, origin)
    aside = {reason: int(row[f"r{i}"] or 0) for i, reason in enumerate(first)}
    account = Account(origin, int(row["total"]), int(row["used"] or 0), aside)
    return typed.filter(~seen), account, _said(aside, origin)


def _counted(counts: ibis.Table, origin: Origin) -> pd.Series:
    import duckdb

    try:
        return counts.execute().iloc[0]
    except duckdb.Error:  # its message holds a line of the log
        raise ReadError(
            "the log is not a proper CSV or Parquet file",
            remedy="export it again, as CSV in UTF-8 or as Parquet",
            file=origin.file,
        ) from None


def _said(aside: dict[str, int], origin: Origin) -> list[Finding]:
    return [
        origin.finding("warn", f"{n} events: {reason}", "they are set aside; correct the log", count=n)
        for reason, n in aside.items()
        if n
    ]
