"""Rows of where the nodes of two waves stood: in the largest part, a smaller one, without a tie, not there.

Imports `setting`, `structure`, `cohesion` (components) and `change_rows` (words).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

from ksn_research.analyse.network.change_rows import ONE_WAVE
from ksn_research.analyse.network.cohesion import components
from ksn_research.analyse.network.setting import Setting, undefined
from ksn_research.analyse.network.structure import Network, isolates
from ksn_research.results import Row

LARGEST, SMALLER, NO_TIE, ABSENT = STATES = ("largest part", "smaller part", "no tie", "not on the roster")
HOW = (
    "parts are components of the symmetrised observed ties; the largest is each of the greatest size; "
    "no tie is no observed tie in either direction"
)


def standing(network: Network) -> pd.Series:
    """Where each node stands: "largest part", "smaller part" or "no tie"; index the nodes.

    >>> A = np.array([[np.nan, 1, 0], [0, np.nan, 0], [0, 0, np.nan]])
    >>> standing(Network(np.array(["a", "b", "c"]), True, A, np.ones(3, dtype=bool))).tolist()
    ['largest part', 'largest part', 'no tie']
    """
    alone, part = isolates(network), components(network)
    sizes = np.bincount(part, minlength=1)
    where = np.where(sizes[part] == sizes.max(), LARGEST, SMALLER)
    return pd.Series(np.where(alone, NO_TIE, where), index=pd.Index(network.nodes), dtype="str")


def membership_rows(before: Setting | None, after: Setting) -> Iterator[Row]:
    """Nodes by where they stood in the wave before and in this one.

    The total, and its parts "before > after", those of nobody too. Each knows its nodes, so that disclosure
    can hide small ones.
    """
    if before is None:
        why = undefined(ONE_WAVE)
        yield after.row("membership", "nodes", why, n=0, unit=after.units, method=HOW)
        return
    stood = {"before": standing(before.network), "after": standing(after.network)}
    both = pd.DataFrame(stood).fillna(ABSENT)
    shared = {"n": len(both), "unit": after.units}
    method = f"{after.units} on either wave's roster; {HOW}"
    whole = after.row("membership", "nodes", len(both), method=method, note=_silent(before, after), **shared)
    yield whole
    for was, now in list(product(STATES, STATES))[:-1]:
        here = both.index[(both["before"] == was) & (both["after"] == now)].to_numpy()
        known = before if now == ABSENT else after
        yield after.row(
            "membership",
            "nodes",
            len(here),
            category=f"{was} > {now}",
            method=f"{method}; where they stood in the wave before > in this wave",
            parents=(whole.id,),
            **shared,
            **known.support_of(here),
        )


def _silent(before: Setting, after: Setting) -> str:
    """How many of those without a tie did not answer: they may have some."""
    quiet = [int((isolates(s.network) & ~s.network.senders).sum()) for s in (before, after)]
    if not any(quiet):
        return ""
    return f"of those without a tie {quiet[0]} did not answer in the wave before, {quiet[1]} in this one"
