"""The same relation in two waves: which ties were kept, dissolved, created. (imports `structure`)

Only pairs seen in both waves count: both ends stand in both rosters and the sender answered twice.
Whoever joined or left is counted apart, so that a changed membership is not read as changed behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.structure import Estimate, Network, ratio_by_node, ratio_by_sender

BY_SENDER = "interval linearised with senders as clusters, t with m - 1 degrees of freedom"


@dataclass(frozen=True)
class Change:
    """Pairs seen in both waves, by what became of them, with the roster's own changes beside.

    senders       nodes that answered in both waves
    pairs         pairs seen in both waves = kept + dissolved + created + absent
    joined, left  nodes of one roster only
    """

    senders: int
    pairs: int
    kept: int
    dissolved: int
    created: int
    absent: int
    jaccard: Estimate
    density_difference: Estimate
    joined: int
    left: int


def aligned(before: Network, after: Network) -> tuple[Network, Network]:
    """Both networks among the nodes that stand in both, in one order."""
    _, first, second = np.intersect1d(before.nodes, after.nodes, assume_unique=True, return_indices=True)
    return before.restricted(first), after.restricted(second)


def network_change(before: Network, after: Network) -> Change:
    """Compare two waves of one relation.

    The Jaccard index is kept / (kept + dissolved + created) (Snijders, van de Bunt & Steglich 2010);
    the difference of densities is (created - dissolved) / pairs, on the same pairs in both waves.
    Intervals: senders as clusters (directed), node jackknife (undirected).

    Raises ValueError when one network is directed and the other is not.
    """
    if before.directed != after.directed:
        raise ValueError("a directed and an undirected network cannot be compared")
    one, two = aligned(before, after)
    seen = one.observed & two.observed
    was, now = one.ties & seen, two.ties & seen
    either = was | now
    each = one.pairs_per_cell
    kept, dissolved, created = ((x).sum() // each for x in (was & now, was & ~now, now & ~was))
    pairs = int(seen.sum()) // each
    return Change(
        senders=int((one.senders & two.senders).sum()),
        pairs=pairs,
        kept=int(kept),
        dissolved=int(dissolved),
        created=int(created),
        absent=pairs - int(either.sum()) // each,
        jaccard=_ratio(one.directed, was & now, either, "no ties in either wave"),
        density_difference=_ratio(
            one.directed, now.astype(float) - was, seen, "no pair was seen in both waves", low=-1.0
        ),
        joined=after.size - two.size,
        left=before.size - one.size,
    )


def _ratio(directed: bool, part: np.ndarray, whole: np.ndarray, why: str, low: float = 0.0) -> Estimate:
    part, whole = part.astype(float), whole.astype(float)
    if directed:
        found = ratio_by_sender(part.sum(axis=1), whole.sum(axis=1), low)
    else:
        found = ratio_by_node(part, whole, low)
    return found if found.value is not None else Estimate(None, why=why)
