"""One network seen as another: collapsed, completed, as a graph with lengths. (imports `structure`)"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ksn_research.analyse.network.cells import Cells, joined
from ksn_research.analyse.network.structure import LargeNetwork, Network

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@lru_cache(maxsize=2)  # several measures of one network need it one after the other
def collapsed(network: Network) -> Network:
    """The undirected network in which two are tied when at least one of them said so.

    A pair without a reported tie is "no tie" only where both directions were observed: one "no" beside
    one silence is not observed. (`adjacency` with directed=False is for relations of which one
    report settles the matter, and takes that "no" at its word.)

    >>> said = np.array([[np.nan, 1, 0], [0, np.nan, 0], [np.nan, np.nan, np.nan]])
    >>> both = np.array([True, True, False])
    >>> collapsed(Network(np.array(["a", "b", "c"]), True, said, both)).A
    array([[nan,  1., nan],
           [ 1., nan, nan],
           [nan, nan, nan]])
    """
    ties = network.symmetrised
    return network.undirected(ties, ties | (network.observed & network.observed.T))


def completed(network: Network, tie: bool) -> Network:
    """The network if every unobserved pair had a tie, or if none had: the two ends of what may be true.

    Of a network that has a matrix; `tied_if_hidden` serves larger ones too.
    """
    A = np.where(network.observed, network.A, float(tie))
    np.fill_diagonal(A, np.nan)
    return replace(network, A=A, senders=np.ones(network.size, dtype=bool))


def tied_if_hidden(network: Network) -> csr_array:
    """A graph with the components that the network would have if every unobserved pair had a tie.

    Of those that did not answer a large network has all pairs hidden (undirected: those among them): a star
    joins the same nodes.
    """
    if not isinstance(network, LargeNetwork):
        return joined(network.ties | network.hidden)
    hidden, silent = network.hidden, np.nonzero(~network.senders)[0]
    rows, columns = hidden.places()
    if len(silent):
        ends = np.arange(network.size) if network.directed else silent
        rows, columns = np.append(rows, np.repeat(silent[0], len(ends))), np.append(columns, ends)
    return joined(network.ties | Cells.at(network.size, rows, columns))


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

    rows, columns = ends(network)
    edges = np.column_stack([rows, columns]).tolist()  # igraph takes ten times as long over an array
    graph = igraph.Graph(n=network.size, edges=edges, directed=network.directed)
    if distance is not None:
        graph.es["distance"] = _lengths(distance[rows, columns]).tolist()
    return graph


@lru_cache(maxsize=1)  # cores, points and parts of one network need it one after the other
def collapsed_graph(network: Network) -> Any:
    """`as_igraph` of `collapsed`; not to be changed."""
    return as_igraph(collapsed(network))


def ends(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The two ends of every observed tie, undirected ones once, in order of the nodes."""
    rows, columns = network.ties.nonzero()
    once = np.ones(len(rows), dtype=bool) if network.directed else rows < columns
    return rows[once], columns[once]


def path_lengths(network: Network, distance: np.ndarray | None = None) -> np.ndarray:
    """n x n lengths of shortest paths along observed ties, infinite where none leads there, 0 to itself.

    distance  n x n lengths of the ties; None counts steps
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    if distance is None:
        return dijkstra(joined(network.ties), directed=True, unweighted=True)
    ties = network.ties
    _lengths(distance[ties])
    return dijkstra(csr_array(np.where(ties, distance, 0.0)), directed=True)


def reachable(network: Network) -> np.ndarray:
    """n x n booleans: a path of observed ties leads from row to column; everybody reaches itself."""
    return np.isfinite(path_lengths(network))


def _lengths(lengths: np.ndarray) -> np.ndarray:
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ValueError("a tie has no length: distances of ties are finite and above zero")
    return lengths
