"""How far the pairs that were not observed could move the E-I index. (imports `cells`, `homophily`)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.cells import own_group
from ksn_research.analyse.network.homophily import NO_GROUPS, balance, labelled
from ksn_research.analyse.network.structure import Estimate, Network


@dataclass(frozen=True)
class Bounds:
    """The least and the largest E-I index that what was not observed allows.

    low, high       the index if every unsettled pair inside (across) the groups were tied and no other
    inside, across  unsettled pairs: no tie was seen, and at least one side was not observed
    """

    low: Estimate
    high: Estimate
    inside: int
    across: int


def e_i_bounds(network: Network, labels: np.ndarray) -> Bounds:
    """Between which values the E-I index (symmetrised) of the nodes of known group must lie.

    A pair is connected if either side says so: a tie that was seen stays one, two "no" settle that there
    is none, and one "no" beside one silence settles nothing (undirected: one report does). The index falls
    with every tie inside the groups and rises with every tie across, so that its extremes are had by
    filling all unsettled pairs of one kind and none of the other. Where that leaves no tie at all, any tie
    there may be is of the other kind.

    >>> said = np.array([[np.nan, 1, 0], [0, np.nan, 0], [np.nan, np.nan, np.nan]])
    >>> line = Network(np.array(["a", "b", "c"]), True, said, np.array([True, True, False]))
    >>> found = e_i_bounds(line, np.array(["North", "North", "South"]))
    >>> found.low.value, round(found.high.value, 3), found.inside, found.across
    (-1.0, 0.333, 0, 2)
    """
    inner, codes = labelled(network, labels)
    tied = inner.symmetrised
    unsettled = ~(tied | (inner.observed & inner.observed.T))  # and every node with itself
    inside = (round(own_group(unsettled, codes).sum()) - inner.size) // 2
    across = (round(unsettled.sum()) - inner.size) // 2 - inside
    if len(np.unique(codes)) < 2:
        nothing = Estimate(None, why=NO_GROUPS)
        return Bounds(nothing, nothing, inside, across)
    internal = round(own_group(tied, codes).sum()) // 2
    external = round(tied.sum()) // 2 - internal
    low = balance(external, internal + inside) if external + internal + inside else balance(across, 0)
    high = balance(external + across, internal) if external + internal + across else balance(0, inside)
    return Bounds(low, high, inside, across)
