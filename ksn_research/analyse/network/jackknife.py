"""Leaving out one node at a time, in closed form, for the headlines that are no ratio of pairs.

Imports `structure`, `graphs`, `cohesion`, `hierarchy` and `robustness`, whose `node_jackknife` gives the
same numbers for any statistic, slowly.
"""

from __future__ import annotations

import numpy as np

from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.cohesion import components
from ksn_research.analyse.network.graphs import collapsed_graph
from ksn_research.analyse.network.hierarchy import connectedness
from ksn_research.analyse.network.robustness import jackknife_interval
from ksn_research.analyse.network.structure import Estimate, LargeNetwork, Network


def degree_centralisation_jackknife(network: Network) -> Estimate:
    """Freeman (1979) centralisation of in-degree (undirected: of degree) with a node-jackknife interval.

    The number is that of `structure`. It rests on the largest degree, which a single node decides, so that
    the interval is rough. Without an interval for a `LargeNetwork`, or where leaving out some node
    leaves another that nobody observed could have named.

    >>> star = np.array([[np.nan, 0, 0], [1, np.nan, 0], [1, 0, np.nan]])
    >>> asked = Network(np.array(["a", "b", "c"]), True, star, np.ones(3, dtype=bool))
    >>> degree_centralisation_jackknife(asked).value
    1.0
    """
    whole = shape.in_degree_centralisation if network.directed else shape.degree_centralisation
    found, n = whole(network), network.size
    if isinstance(network, LargeNetwork):
        return found
    named = (network.ties.sum(axis=0) - network.ties).astype(float)
    asked = network.observed.sum(axis=0) - network.observed
    others = ~np.eye(n, dtype=bool)
    most = n - 2 if network.directed else n - 3
    if found.value is None or most < 1 or not (asked[others] > 0).all():
        return found
    share = np.divide(named, asked, out=np.zeros((n, n)), where=others)
    left_out = ((n - 1) * share.max(axis=1) - share.sum(axis=1)) / most
    return jackknife_interval(found.value, left_out, 0.0, 1.0)


def connectedness_jackknife(network: Network) -> Estimate:
    """Share of pairs joined by a path, direction set aside, with a node-jackknife interval.

    Without a node its component has one node less, unless it falls apart (`parts_without`).
    """
    found, n = connectedness(network), network.size
    if found.value is None or n < 4:
        return found
    member = components(network)
    size = np.bincount(member)[member]
    joined = found.value * n * (n - 1) - 2 * (size - 1)
    for node, parts in parts_without(network).items():
        whole = parts.sum() + 1
        joined[node] += (parts * (parts - 1)).sum() - (whole - 1) * (whole - 2)
    return jackknife_interval(found.value, joined / ((n - 1) * (n - 2)), 0.0, 1.0)


def parts_without(network: Network) -> dict[int, np.ndarray]:
    """Per articulation point, the sizes of the parts into which its component falls without it.

    Blocks (sets of nodes that no single node holds together) and the points they share form a tree per
    component; what hangs below a block is one part of the point above it, and the rest another.
    """
    blocks, points = collapsed_graph(network).biconnected_components(return_articulation_points=True)
    cut = dict.fromkeys(sorted(points))
    around: dict[int, list[int]] = {point: [] for point in cut}
    shared = [[node for node in block if node in cut] for block in blocks]
    for at, own in enumerate(shared):
        for point in own:
            around[point].append(at)
    below = _below(around, shared, [len(block) for block in blocks])
    size = np.bincount(member := components(network))
    found = {}
    for point in cut:
        parts = [below[point, at] for at in around[point] if (point, at) in below]
        rest = int(size[member[point]]) - 1 - sum(parts)
        found[point] = np.array([*parts, rest] if rest else parts)
    return found


def _below(
    around: dict[int, list[int]], shared: list[list[int]], sizes: list[int]
) -> dict[tuple[int, int], int]:
    """Per point and block below it, how many nodes hang there, in the tree from the first point of each."""
    order, seen = [], set()
    for root in around:
        waiting = [] if root in seen else [(root, -1)]
        seen.add(root)
        while waiting:
            point, above = waiting.pop()
            for at in around[point]:
                if at != above:
                    order.append((point, at))
                    waiting += [(node, at) for node in shared[at] if node != point]
                    seen.update(shared[at])
    found: dict[tuple[int, int], int] = {}
    for point, at in reversed(order):
        others = (node for node in shared[at] if node != point)
        found[point, at] = (
            sizes[at] - 1 + sum(found[node, b] for node in others for b in around[node] if b != at)
        )
    return found
