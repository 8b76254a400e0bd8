"""Rows of who answers whom. Uses `network.robustness` for the interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.activity.setting import Log
from ksn_research.analyse.network.robustness import jackknife_interval
from ksn_research.analyse.network.structure import Estimate
from ksn_research.results import Row

RECIPROCITY = (
    "share of ordered pairs (one replied to the other at least once) that are returned within the year; "
    "node jackknife, t interval"
)


def reply_rows(log: Log) -> list[Row]:
    """The share of reply relations that are returned, of each year shown."""
    found = ask.repliers(log.prepared.activity, log.years)
    counted, who = ask.by_ties(found), ask.who_replied(found, log.homes).set_index("year")
    return [_row(log, year, counted[counted["year"] == year], who) for year in log.years]


def _row(log: Log, year: int, counted: pd.DataFrame, who: pd.DataFrame) -> Row:
    # Every relation is counted at both of its ends.
    ordered = int((counted["ties"] * counted["members"]).sum()) // 2
    known = log.known(int(who["organisations"].get(year, 0)))
    fields: dict[str, Any] = {
        "n": ordered, "unit": "dyads", "method": RECIPROCITY, "people": int(who["people"].get(year, 0)),
        "organisations": known,
    }  # fmt: skip
    if ordered == 0:
        return log.row(
            year, "replies", "reciprocity", None, status="undefined", note="nobody replied", **fields
        )
    made = reciprocity(counted)
    interval = {"se": made.se, "ci_low": made.low, "ci_high": made.high}
    return log.row(year, "replies", "reciprocity", made.value, **interval, **fields)


def reciprocity(counted: pd.DataFrame) -> Estimate:
    """Share of ordered pairs that are returned, with a node-jackknife interval.

    Comes in: how many members (`members`) have how many relations, either way round (`ties`), and how many
    others with whom both replied (`returned`). Leaving out a member takes its relations away. Without an
    interval where one member has all of them. Source: Wasserman & Faust (1994), p. 515, as arc reciprocity;
    Snijders & Borgatti (1999).

    >>> reciprocity(pd.DataFrame({"ties": [3, 2, 1], "returned": [1, 1, 0], "members": [1, 1, 1]})).value
    0.6666666666666666
    """
    ties, returned, members = (counted[name].to_numpy(dtype=int) for name in ("ties", "returned", "members"))
    ordered, both = (ties * members).sum() // 2, (returned * members).sum()
    value = float(both / ordered)
    if (ties == ordered).any():
        return Estimate(value)
    left_out = (both - 2 * returned) / (ordered - ties)
    return jackknife_interval(value, np.repeat(left_out, members), 0.0, 1.0)
