"""Leaving out one node at a time, in closed form, for the headlines that are no ratio of pairs.

Imports `structure`, `graphs`, `cohesion`, `hierarchy` and `robustness`, whose `node_jackknife` gives the
same numbers for any statistic, slowly.
"""

from __future__ import annotations

import numpy as np

from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.cohesion import components
from ksn_research.analyse.network.graphs import as_igraph, collapsed
from ksn_research.analyse.network.hierarchy import connectedness
from ksn_research.analyse.network.robustness import jackknife_interval
from ksn_research.analyse.network.structure import Estimate, Network


def degree_centralisation_jackknife(network: Network) -> Estimate:
    """Freeman (1979) centralisation of in-degree (undirected: of degree) with a node-jackknife interval.

    The number is that of `structure`. It rests on the largest degree, which a single node decides, so that
    the interval is rough. Without an interval where leaving out some node leaves another that nobody
    observed could have named.

    >>> star = np.array([[np.nan, 0, 0], [1, np.nan, 0], [1, 0, np.nan]])
    >>> asked = Network(np.array(["a", "b", "c"]), True, star, np.ones(3, dtype=bool))
    >>> degree_centralisation_jackknife(asked).value
    1.0
    """
    whole = shape.in_degree_centralisation if network.directed else shape.degree_centralisation
    found, n = whole(network), network.size
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

    Without a node its component has one node less, unless it falls apart: only then are the components
    found again.
    """
    found, n = connectedness(network), network.size
    if found.value is None or n < 4:
        return found
    member = components(network)
    size = np.bincount(member)[member]
    joined = found.value * n * (n - 1) - 2 * (size - 1)
    graph = as_igraph(collapsed(network))
    for node in graph.articulation_points():
        parts = graph.copy()
        parts.delete_vertices(node)
        joined[node] = sum(many * (many - 1) for many in parts.connected_components().sizes())
    return jackknife_interval(found.value, joined / ((n - 1) * (n - 2)), 0.0, 1.0)
