"""Where each node stands: named, naming, between, near. (imports `structure`, `graphs` and `pivots`)

One number per node, in the network's order; NaN where the node did not answer and the measure rests on its
own answers. Paths run along observed ties: a pair not observed carries none, which `bounds` in
`robustness` makes visible for closeness, and which no bound covers for betweenness and PageRank, because
a further tie can raise or lower them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.analyse.network.graphs import as_igraph, completed, path_lengths
from ksn_research.analyse.network.pivots import sampled
from ksn_research.analyse.network.structure import LargeNetwork, Network, popularity


def in_degree(network: Network) -> np.ndarray:
    """How many observed others name each node; NaN where nobody who could name it was observed.

    `structure.popularity` divides it by those who could have named the node.
    """
    return _where(_answered(network, 0), network.ties.sum(axis=0))


def out_degree(network: Network) -> np.ndarray:
    """How many others each node names; NaN for a node that did not answer."""
    return _where(_answered(network, 1), network.ties.sum(axis=1))


def expansiveness(network: Network) -> np.ndarray:
    """Per node, the share of the others about whom it answered that it names; NaN without an answer."""
    asked = network.observed.sum(axis=1)
    return np.divide(network.ties.sum(axis=1), asked, out=np.full(network.size, np.nan), where=asked > 0)


def in_degree_bounds(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """In-degree if no unobserved pair had a tie, and if every one had."""
    low = network.ties.sum(axis=0)
    return low, low + network.hidden.sum(axis=0)


def out_degree_bounds(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Out-degree if no unobserved pair had a tie, and if every one had."""
    low = network.ties.sum(axis=1)
    return low, low + network.hidden.sum(axis=1)


def rank_range(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best and the worst rank (1 is the largest) that values between `low` and `high` allow.

    >>> best, worst = rank_range(np.array([5, 1, 2]), np.array([6, 4, 2]))
    >>> best.tolist(), worst.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    best = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    above = high[None, :] > low[:, None]
    np.fill_diagonal(above, False)
    return best, 1 + above.sum(axis=1)


def betweenness(network: Network, normalised: bool = False, distance: np.ndarray | None = None) -> np.ndarray:
    """Shortest paths of others that pass through a node, a pair with several counted in parts.

    Freeman (1977); computed as in Brandes (2001). `normalised` divides by the pairs of others:
    (n - 1)(n - 2), or half of it in an undirected network. distance: lengths of ties, see
    `strength_to_distance`; None counts steps. Of a `LargeNetwork` it is estimated (`pivots`),
    in steps. Not observed is NaN for a node that named nobody because it did not answer: nothing can pass
    through it.

    >>> line = np.array([[np.nan, 1, 0], [0, np.nan, 1], [0, 0, np.nan]])
    >>> betweenness(Network(np.array(["a", "b", "c"]), True, line, np.ones(3, dtype=bool))).tolist()
    [0.0, 1.0, 0.0]
    """
    if isinstance(network, LargeNetwork):
        found = sampled(network).betweenness.mean(axis=0)
    else:
        graph = as_igraph(network, distance)
        weights = None if distance is None else "distance"
        found = np.array(graph.betweenness(directed=network.directed, weights=weights), dtype=float)
    if normalised:
        pairs = (network.size - 1) * (network.size - 2) / network.pairs_per_cell
        found = found / pairs if pairs > 0 else np.full(network.size, np.nan)
    return _where(_answered(network, 1), found)


def harmonic_closeness(
    network: Network, direction: str = "in", distance: np.ndarray | None = None
) -> np.ndarray:
    """Mean of 1 / distance over all others, 0 for those not reached: 1 where everybody is one step away.

    direction  "in": how near the others are to the node (paths that end there); "out": how near the node
               is to them. The same in undirected networks

    Marchiori & Latora (2000); Rochat (2009). Divided by n - 1, so that it is defined beside isolates and
    across components. Of a `LargeNetwork` estimated (`pivots`), "in" only; packages differ in
    direction and divisor (igraph: out, n - 1; networkx: in, undivided).
    """
    if isinstance(network, LargeNetwork) and direction == "in":
        return _where(_answered(network, 0), sampled(network).harmonic.mean(axis=0))
    return harmonic_from_lengths(network, path_lengths(network, distance), direction)


def harmonic_from_lengths(network: Network, lengths: np.ndarray, direction: str = "in") -> np.ndarray:
    """`harmonic_closeness` where the lengths of paths are there already."""
    axis = {"in": 0, "out": 1}.get(direction)
    if axis is None:
        raise ValueError('direction is "in" or "out"')
    if network.size < 2:
        return np.full(network.size, np.nan)
    near = np.divide(1.0, lengths, out=np.zeros(lengths.shape), where=lengths > 0)
    return _where(_answered(network, axis), near.sum(axis=axis) / (network.size - 1))


def harmonic_closeness_bounds(network: Network, direction: str = "in") -> tuple[np.ndarray, np.ndarray]:
    """Harmonic closeness if no unobserved pair had a tie, and if every one had: ties only shorten paths."""
    low, high = (harmonic_closeness(completed(network, tie), direction) for tie in (False, True))
    return low, high


def pagerank(network: Network, damping: float = 0.85) -> np.ndarray:
    """Share of time a walk along ties spends at each node, jumping anywhere with probability 1 - damping.

    Brin & Page (1998). From a node that names nobody, answered or not, the walk jumps anywhere.
    """
    if not network.size:
        return np.array([], dtype=float)
    return np.array(as_igraph(network).pagerank(damping=damping), dtype=float)


def position_table(network: Network) -> pd.DataFrame:
    """One row per node, in the network's order: the measures of this module, and in-degree's range.

    Columns: node, answered, in_degree, in_degree_low, in_degree_high, rank_best, rank_worst, popularity,
    out_degree, betweenness (normalised), harmonic_in, harmonic_out, pagerank. Of an undirected network
    in_degree is the degree, and the two directions are equal.
    """
    lengths = path_lengths(network)
    low, high = in_degree_bounds(network)
    best, worst = rank_range(low, high)
    return pd.DataFrame(
        {
            "node": network.nodes,
            "answered": network.senders,
            "in_degree": in_degree(network),
            "in_degree_low": low,
            "in_degree_high": high,
            "rank_best": best,
            "rank_worst": worst,
            "popularity": popularity(network),
            "out_degree": out_degree(network),
            "betweenness": betweenness(network, normalised=True),
            "harmonic_in": harmonic_from_lengths(network, lengths, "in"),
            "harmonic_out": harmonic_from_lengths(network, lengths, "out"),
            "pagerank": pagerank(network),
        }
    )


def _answered(network: Network, axis: int) -> np.ndarray:
    """n booleans: some pair was observed that starts (axis 1) or ends (axis 0) at the node."""
    return np.asarray(network.observed.any(axis=axis))


def _where(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where(known, values, np.nan)
