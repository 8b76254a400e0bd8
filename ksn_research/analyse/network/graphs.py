"""One network seen as another: collapsed, completed, as a graph with lengths. (imports `structure`)"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ksn_research.analyse.network.structure import Network


def collapsed(network: Network) -> Network:
    """The undirected network in which two are tied when at least one of them said so.

    A pair without a reported tie is "no tie" only where both directions were observed: one "no" beside
    one silence is not observed. (`structure.adjacency` with directed=False is for relations of which one
    report settles the matter, and takes that "no" at its word.)

    >>> said = np.array([[np.nan, 1, 0], [0, np.nan, 0], [np.nan, np.nan, np.nan]])
    >>> both = np.array([True, True, False])
    >>> collapsed(Network(np.array(["a", "b", "c"]), True, said, both)).A
    array([[nan,  1., nan],
           [ 1., nan, nan],
           [nan, nan, nan]])
    """
    ties = network.symmetrised
    known = ties | (network.observed & network.observed.T)
    return replace(network, directed=False, A=np.where(known, ties.astype(float), np.nan))


def completed(network: Network, tie: bool) -> Network:
    """The network if every unobserved pair had a tie, or if none had: the two ends of what may be true."""
    A = np.where(network.observed, network.A, float(tie))
    np.fill_diagonal(A, np.nan)
    return replace(network, A=A, senders=np.ones(network.size, dtype=bool))


def strength_to_distance(
    strength: np.ndarray, how: Literal["inverse", "reversed"], most: float | None = None
) -> np.ndarray:
    """Lengths for path measures out of strengths: strong ties are short, no tie is infinitely long.

    strength  n x n numbers, larger is stronger; 0 or NaN is no (observed) tie
    how       "inverse": 1 / w (Newman 2001; Opsahl, Agneessens & Skvoretz 2010, Social Networks 32);
              "reversed": most + 1 - w, for ratings from 1 to `most`
    most      the top of the scale of ratings, not the strongest that was given

    Raises ValueError for negative strengths, and for strengths above `most`.

    >>> strength_to_distance(np.array([[0.0, 2.0], [4.0, 0.0]]), "inverse")
    array([[ inf, 0.5 ],
           [0.25,  inf]])
    """
    w = np.nan_to_num(strength, nan=0.0)
    if (w < 0).any():
        raise ValueError("a strength is negative: distances are defined for strengths above zero")
    tied = w > 0
    if how == "inverse":
        return np.divide(1.0, w, out=np.full(w.shape, np.inf), where=tied)
    if most is None or (w > most).any():
        raise ValueError("reversed strengths need the top of the scale (most), and none above it")
    return np.where(tied, most + 1 - w, np.inf)


def as_igraph(network: Network, distance: np.ndarray | None = None) -> Any:
    """An igraph graph of the observed ties, its nodes in the network's order; unobserved pairs have none.

    distance  n x n lengths, used where there is a tie, stored as the edge attribute "distance"
    """
    import igraph

    ties = network.ties if network.directed else np.triu(network.ties)
    graph = igraph.Graph(n=network.size, edges=np.argwhere(ties), directed=network.directed)
    if distance is not None:
        graph.es["distance"] = _lengths(distance, ties).tolist()
    return graph


def path_lengths(network: Network, distance: np.ndarray | None = None) -> np.ndarray:
    """n x n lengths of shortest paths along observed ties, infinite where none leads there, 0 to itself.

    distance  n x n lengths of the ties; None counts steps
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    ties = network.ties
    if distance is None:
        return dijkstra(csr_array(ties.astype(float)), directed=True, unweighted=True)
    _lengths(distance, ties)
    return dijkstra(csr_array(np.where(ties, distance, 0.0)), directed=True)


def reachable(network: Network) -> np.ndarray:
    """n x n booleans: a path of observed ties leads from row to column; everybody reaches itself."""
    return np.isfinite(path_lengths(network))


def _lengths(distance: np.ndarray, ties: np.ndarray) -> np.ndarray:
    lengths = distance[ties]
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ValueError("a tie has no length: distances of ties are finite and above zero")
    return lengths
