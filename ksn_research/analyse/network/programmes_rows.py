"""Rows and curves of declared analyses of people and circles: links between circles, spread of ideas, help
beside an official scheme, who knows what.

Imports `declared`, `circle_rows`, `help_rows` and `two_mode`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from ksn_research.analyse.network import two_mode
from ksn_research.analyse.network.circle_rows import AT_RANDOM, TARGETED, adopted, spread_rows, two_mode_rows
from ksn_research.analyse.network.declared import Asked, declared
from ksn_research.analyse.network.help_rows import expertise_rows, informal_rows
from ksn_research.prepared import Prepared
from ksn_research.results import Row

ROWS: Mapping[str, Callable[[Asked], Iterator[Row]]] = {
    "two_mode": two_mode_rows,
    "spread": spread_rows,
    "informal": informal_rows,
    "expertise": expertise_rows,
}


def programme_rows(prepared: Prepared) -> list[Row]:
    """Rows of every declared analysis of the kinds two_mode, spread, informal and expertise.

    Comes in: circles, ties, attendance and the records that the plan names, of the newest two years. Goes
    out: source the records, analysis the kind, measure the analysis's name; groups "formality" and "topic".
    """
    return [row for asked in declared(prepared) for row in ROWS[asked.analysis.kind](asked)]


def bridges_leave_curve(prepared: Prepared) -> pd.DataFrame:
    """Circles still connected as people leave: columns year, source, measure, removal, removed, circles (mean
    size of the largest connected part over draws), low, high (middle 95 %), people, n.

    people is whom a point is about: those who left, where the most bridging leave first, so that no point
    tells of a few; n is all who sit in two circles.
    """
    parts = []
    for asked in declared(prepared, ("two_mode",)):
        net = two_mode.two_mode(asked.seats())
        for targeted, name in ((True, TARGETED), (False, AT_RANDOM)):
            left = two_mode.bridges_leave(net, targeted, asked.seed)
            removed = np.arange(left.largest.shape[1])
            low, high = left.reach
            people = removed if targeted else np.full(len(removed), len(net.people))
            parts.append(pd.DataFrame({
                "year": asked.year, "source": asked.source, "measure": asked.analysis.name, "removal": name,
                "removed": removed, "circles": left.mean, "low": low, "high": high, "people": people,
                "n": int(net.bridging.sum()),
            }))  # fmt: skip
    names = ["year", "source", "measure", "removal", "removed", "circles", "low", "high", "people", "n"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def idea_spread_curve(prepared: Prepared) -> pd.DataFrame:
    """How far ideas have come some days after their first circle: columns year, source, measure, days,
    circles (mean number that adopted an idea by then), n (people in circles)."""
    parts = []
    for asked in declared(prepared, ("spread",)):
        table = adopted(asked)
        known, ideas = table["days"].dropna().sort_values(), table["idea"].nunique()
        days = np.unique(known)
        seated = asked.seats()["member"].nunique()
        by_then = np.searchsorted(known.to_numpy(), days, side="right") / max(ideas, 1)
        parts.append(pd.DataFrame({
            "year": asked.year, "source": asked.source, "measure": asked.analysis.name, "days": days,
            "circles": by_then, "n": seated,
        }))  # fmt: skip
    names = ["year", "source", "measure", "days", "circles", "n"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
