"""How near a network is to a pure hierarchy, an out-tree. (imports `structure`, `graphs` and `cohesion`)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.cohesion import components
from ksn_research.analyse.network.graphs import reachable, tied_if_hidden
from ksn_research.analyse.network.structure import MATRIX_NODES, Estimate, LargeNetwork, Network

UNDIRECTED = Estimate(None, why="not defined: the network is undirected")
# Who reaches whom is a matrix with few zeros, and superiors a product of two: 32 MB, half a minute there
TOO_MANY = Estimate(
    None,
    why=f"not computed for more than {MATRIX_NODES:,} nodes: analyse one region, or draw a sample of nodes",
)
TOO_FEW = Estimate(None, why="undefined: fewer than two nodes")


@dataclass(frozen=True)
class Krackhardt:
    """Krackhardt's (1994) graph-theoretical dimensions: all are 1 in an out-tree, ties leading downwards.

    connectedness  share of pairs joined by a path, direction set aside; rises with ties
    hierarchy      share of the pairs joined by a directed path in which it leads one way only
    efficiency     1 - ties beyond those a tree needs / those there could be beyond, over components
    lub            least upper boundedness: 1 - pairs of a component without a common superior whom all
                   their other common superiors reach / (N - 1)(N - 2) / 2. A node is among its own
                   superiors
    common_top     the same with "who reaches all their other common superiors": what sna's lubness
                   computes (2.7), against its own documentation
    """

    connectedness: Estimate
    hierarchy: Estimate
    efficiency: Estimate
    lub: Estimate
    common_top: Estimate


def krackhardt(network: Network) -> Krackhardt:
    """Krackhardt's dimensions of the observed ties; directed networks only.

    Unobserved pairs carry no tie; only connectedness has bounds.

    >>> tree = np.array([[np.nan, 1, 1], [0, np.nan, 0], [0, 0, np.nan]])
    >>> found = krackhardt(Network(np.array(["a", "b", "c"]), True, tree, np.ones(3, dtype=bool)))
    >>> found.connectedness.value, found.hierarchy.value, found.efficiency.value, found.lub.value
    (1.0, 1.0, 1.0, 1.0)
    """
    if not network.directed:
        return Krackhardt(*[UNDIRECTED] * 5)
    if network.size < 2:
        return Krackhardt(*[TOO_FEW] * 5)
    member = components(network)
    size = np.bincount(member)
    if isinstance(network, LargeNetwork):
        paths = dict.fromkeys(("hierarchy", "lub", "common_top"), TOO_MANY)
        return Krackhardt(_connectedness(size), efficiency=_efficiency(network.tie_count, size), **paths)
    reach = reachable(network)
    inside = np.equal.outer(member, member)
    common = (above := reach.astype(np.float32)).T @ above
    return Krackhardt(
        connectedness=_connectedness(size),
        hierarchy=_hierarchy(reach),
        efficiency=_efficiency(network.tie_count, size),
        lub=_bounded((common > 0) & (common == _most_superiors(reach)), inside, size),
        common_top=_bounded(_tops(reach) == 1, inside, size),
    )


def connectedness(network: Network) -> Estimate:
    """Share of pairs joined by a path, direction set aside; more ties only raise it."""
    return _connectedness(np.bincount(components(network))) if network.size > 1 else TOO_FEW


def connectedness_bounds(network: Network) -> tuple[float, float] | None:
    """Connectedness if no unobserved pair had a tie, and if every one had; None for fewer than two nodes."""
    from scipy.sparse.csgraph import connected_components

    low = connectedness(network).value
    if low is None:
        return None
    high = _connectedness(np.bincount(connected_components(tied_if_hidden(network), directed=False)[1])).value
    return None if high is None else (low, high)


def _connectedness(size: np.ndarray) -> Estimate:
    n = size.sum()
    return Estimate(float((size * (size - 1)).sum() / (n * (n - 1))))


def _hierarchy(reach: np.ndarray) -> Estimate:
    joined = int((reach | reach.T).sum()) - len(reach)
    if not joined:
        return Estimate(None, why="undefined: nobody reaches anybody")
    return Estimate(1 - (int((reach & reach.T).sum()) - len(reach)) / joined)


def _efficiency(ties: int, size: np.ndarray) -> Estimate:
    needed, possible = int((size - 1).sum()), int((size * (size - 1)).sum())
    if possible == needed:
        return Estimate(None, why="undefined: no component could have ties to spare")
    return Estimate(1 - (ties - needed) / (possible - needed))


def _bounded(has: np.ndarray, inside: np.ndarray, size: np.ndarray) -> Estimate:
    """1 - pairs of a component of three or more that lack what `has` says / (N - 1)(N - 2) / 2 of each."""
    possible = int(((size - 1) * (size - 2) // 2).sum())
    if not possible:
        return Estimate(None, why="undefined: no component of three or more")
    return Estimate(1 - int(np.triu(inside & ~has, 1).sum()) / possible)


def _most_superiors(reach: np.ndarray) -> np.ndarray:
    """Per pair, the most superiors that any of its common superiors has: all of them if one is the least.

    Who reaches a common superior reaches both below it, so that it never has more superiors than the pair
    has in common, and as many exactly where all the others reach it.
    """
    most = np.zeros(reach.shape, dtype=np.float32)
    superiors = reach.sum(axis=0)
    for node in sorted(_one_of_each(reach), key=lambda i: superiors[i]):
        below = np.nonzero(reach[node])[0]
        most[np.ix_(below, below)] = superiors[node]
    return most


def _tops(reach: np.ndarray) -> np.ndarray:
    """Per pair, how many of its common superiors nobody stands above, sets that reach one another as one.

    Whoever stands above a common superior is one too, so that with a single such top it reaches them all.
    """
    each = _one_of_each(reach)
    mutual = (reach & reach.T).sum(axis=0)
    tops = each[reach.sum(axis=0)[each] == mutual[each]]
    above = reach[tops].astype(np.float32)
    return above.T @ above


def _one_of_each(reach: np.ndarray) -> np.ndarray:
    """One node of each set of nodes that reach one another."""
    return np.unique((reach & reach.T).argmax(axis=1))
