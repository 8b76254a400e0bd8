"""How far one node stands out: Freeman's centralisation of several measures.
(imports `structure`, `pivots` and `positions`)

sum_i (max - c_i) / the most that sum can be, which a star reaches (Freeman 1979). Loops are no ties:
igraph's default counts them as possible, which makes its number smaller by the factor that
`loops_factor` gives. In-degree and degree stand in `structure`, with nodes measured by those who could
have named them.
"""

from __future__ import annotations

import numpy as np

from ksn_research.analyse.network.pivots import sampled
from ksn_research.analyse.network.positions import (
    betweenness,
    expansiveness,
    in_degree_bounds,
    out_degree_bounds,
)
from ksn_research.analyse.network.structure import Estimate, LargeNetwork, Network, popularity

UNDIRECTED = "not defined: the network is undirected"


def centralisation(values: np.ndarray, most: float) -> Estimate:
    """sum(max - values) / most; `most` is what a star would give.

    >>> centralisation(np.array([3.0, 1.0, 1.0, 1.0]), 6.0).value
    1.0
    """
    if most <= 0 or not len(values):
        return Estimate(None, why="undefined: too few nodes")
    return Estimate(float((values.max() - values).sum()) / most)


def out_degree_centralisation(network: Network) -> Estimate:
    """Out-degree among the r nodes that answered, denominator (r - 1)(n - 1): one names all, others none."""
    if not network.directed:
        return Estimate(None, why=UNDIRECTED)
    share = expansiveness(network)
    named = share[~np.isnan(share)]
    return centralisation(named * (network.size - 1), (len(named) - 1) * (network.size - 1))


def total_degree_centralisation(network: Network) -> Estimate:
    """In-degree + out-degree among the r nodes that answered, denominator (r - 1)(2n - 4); sna "freeman".

    Both degrees are shares of those observed, times n - 1.
    """
    if not network.directed:
        return Estimate(None, why=UNDIRECTED)
    total = (expansiveness(network) + popularity(network)) * (network.size - 1)
    known = total[~np.isnan(total)]
    return centralisation(known, (len(known) - 1) * (2 * network.size - 4))


def betweenness_centralisation(network: Network) -> Estimate:
    """Betweenness among the r nodes that answered, denominator (r - 1)(n - 1)(n - 2), undirected half.

    With full response (n - 1)^2 (n - 2). Isolates count among n: the Florentine families give .3835 with
    Pucci, .437 without. Paths run along observed ties; nothing can pass through who did not answer.
    """
    found, n = betweenness(network), network.size
    known = found[~np.isnan(found)]
    if isinstance(network, LargeNetwork) and len(known) > 1:
        return _by_pivots(network, ~np.isnan(found))
    return centralisation(known, (len(known) - 1) * (n - 1) * (n - 2) / network.pairs_per_cell)


def _by_pivots(network: Network, known: np.ndarray) -> Estimate:
    """The error is that of the node which comes out first: who that is, the pivots decide too."""
    paths, n = sampled(network), network.size
    first = int(np.argmax(np.where(known, paths.betweenness.mean(axis=0), -1.0)))
    gaps = paths.betweenness[:, [first]] - paths.betweenness[:, known]
    per = (int(known.sum()) - 1) * (n - 1) * (n - 2) / network.pairs_per_cell
    return paths.of_parts(gaps.sum(axis=1) / per)


def loops_factor(network: Network) -> float:
    """What igraph's degree centralisation, loops counted as possible, is of the one without loops.

    Directed (n - 1) / n; undirected (n - 2) / n.
    """
    return (network.size - network.pairs_per_cell) / network.size


def in_degree_centralisation_bounds(network: Network) -> tuple[float, float] | None:
    """Least and most the centralisation of in-degree can be, whatever the unobserved answers.

    The most: they all name one node and no other. The least: they name whoever is named less than the
    first, up to it. None for an undirected network or fewer than two nodes.
    """
    return _bounds(network, *in_degree_bounds(network))


def out_degree_centralisation_bounds(network: Network) -> tuple[float, float] | None:
    """The same for out-degree."""
    return _bounds(network, *out_degree_bounds(network))


def _bounds(network: Network, low: np.ndarray, high: np.ndarray) -> tuple[float, float] | None:
    if not network.directed or network.size < 2:
        return None
    first = low.max()
    least = (first - np.minimum(first, high)).sum()
    most = (network.size * high - (low.sum() - low + high)).max()
    return float(least) / (network.size - 1) ** 2, float(most) / (network.size - 1) ** 2
