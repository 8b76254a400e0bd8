"""Threes: which kinds there are, and whether partners of partners are partners.
(imports `structure` and `graphs`)

A triple counts only where each pair it needs was observed.
"""

from __future__ import annotations

import numpy as np

from ksn_research.analyse.network.graphs import collapsed
from ksn_research.analyse.network.structure import Estimate, Network, with_interval

DIRECTED = (
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U",
    "030T", "030C", "201", "120D", "120U", "120C", "210", "300",
)  # fmt: skip
UNDIRECTED = ("0", "1", "2", "3")
NO_TRIPLE = "undefined: no triple of the kind was observed"


def triad_census(network: Network) -> dict[str, int]:
    """How many triples of nodes are of each of the 16 kinds, undirected by their number of ties.

    Kinds in M-A-N notation, mutual, asymmetric and null dyads, with D(own), U(p), C(ycle), T(ransitive)
    (Davis & Leinhardt 1972); counted by products of matrices (Moody 1998). Triples with an unobserved pair
    are in no kind, so that the counts sum to n(n - 1)(n - 2) / 6 only when everything was observed.
    """
    both = network.observed & network.observed.T
    ties = network.ties & both
    M, E = (ties & ties.T).astype(float), (ties & ~ties.T).astype(float)
    N = (both & ~ties & ~ties.T).astype(float)
    if not network.directed:
        return dict(zip(UNDIRECTED, _symmetric_census(M, N), strict=True))
    return dict(zip(DIRECTED, _census(M, E, N), strict=True))


def _symmetric_census(M: np.ndarray, N: np.ndarray) -> list[int]:
    two = M @ M
    none = N @ N
    return [_count(none, N, 6), _count(none, M, 2), _count(two, N, 2), _count(two, M, 6)]


def _census(M: np.ndarray, E: np.ndarray, N: np.ndarray) -> list[int]:
    """The kinds in the order of `DIRECTED`: each is a pair of dyads seen from one end, and the third dyad."""
    counts = {"003": _count(P := N @ N, N, 6), "012": _count(P, E), "102": _count(P, M, 2)}
    counts |= {"021D": _count(P := E.T @ E, N, 2), "120D": _count(P, M, 2)}
    counts |= {"021U": _count(P := E @ E.T, N, 2), "120U": _count(P, M, 2)}
    P = E @ E
    counts |= {"021C": _count(P, N), "120C": _count(P, M), "030T": _count(P, E), "030C": _count(P, E.T, 3)}
    counts |= {"111U": _count(M @ E, N), "111D": _count(E @ M, N)}
    counts |= {"201": _count(P := M @ M, N, 2), "210": _count(P, E), "300": _count(P, M, 6)}
    return [counts[kind] for kind in DIRECTED]


def _count(paths: np.ndarray, third: np.ndarray, each: int = 1) -> int:
    """Triples, of which the sum holds every one `each` times."""
    return round(float(np.vdot(paths, third))) // each


def weak_transitivity(network: Network) -> Estimate:
    """Of i -> j -> k with the pair i, k observed, the share in which i -> k.

    Holland & Leinhardt (1971); sna's gtrans "weak", directed. Interval by node jackknife. Equal to
    `transitivity` in an undirected network.
    """
    A, O = network.ties.astype(float), network.observed.astype(float)  # noqa: E741
    return _ratio_of_triples(triples(A, A, A), triples(A, A, O))


def strong_transitivity(network: Network) -> Estimate:
    """Share of ordered triples in which i -> k exactly if i -> j -> k, all three observed.

    sna's gtrans "strong"; high in any sparse network, because nearly every triple has neither.
    """
    A, O = network.ties.astype(float), network.observed.astype(float)  # noqa: E741
    whole, both = triples(O, O, O), triples(A, A, A)
    agreeing = whole - triples(A, A, O) - triples(O, O, A) + 2 * both
    return _ratio_of_triples(agreeing, whole)


def transitivity(network: Network) -> Estimate:
    """Three times the triangles / connected triples, direction set aside (Newman, Watts & Strogatz 2002).

    Of a directed network on the collapsed one, where networkx.transitivity of a DiGraph counts something
    else. A connected triple counts where it is known whether its ends are tied. Interval by node
    jackknife.
    """
    joined = collapsed(network)
    S, K = joined.ties.astype(float), joined.observed.astype(float)
    return _ratio_of_triples(triples(S, S, S), triples(S, S, K))


def local_clustering(network: Network) -> np.ndarray:
    """Per node, the share of the pairs of its partners that are tied, of those known; NaN without such.

    Watts & Strogatz (1998), direction set aside.
    """
    joined = collapsed(network)
    S, K = joined.ties.astype(float), joined.observed.astype(float)
    tied, known = ((S @ S) * S).sum(axis=1), ((S @ K) * S).sum(axis=1)
    return np.divide(tied, known, out=np.full(len(S), np.nan), where=known > 0)


def mean_local_clustering(network: Network) -> Estimate:
    """Mean of `local_clustering` over the nodes with two partners or more."""
    local = local_clustering(network)
    has = np.logical_not(np.isnan(local))
    if not has.any():
        return Estimate(None, why="undefined: no node has two partners")
    return Estimate(float(local[has].mean()))


def triples(X: np.ndarray, Y: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """sum X_ij Y_jk Z_ik over triples, then what is left of it without each node: 1 + n numbers.

    The diagonals are zero, so that the three differ.
    """
    closed = (X @ Y) * Z
    total = closed.sum()
    with_node = closed.sum(axis=1) + closed.sum(axis=0)
    del closed  # two matrices of this size at a time are enough
    with_node += (X * (Z @ Y.T)).sum(axis=0)
    return np.concatenate([[total], total - with_node])


def _ratio_of_triples(part: np.ndarray, whole: np.ndarray) -> Estimate:
    if not whole[0]:
        return Estimate(None, why=NO_TRIPLE)
    value, n = float(part[0] / whole[0]), len(whole) - 1
    if n < 5 or not (whole[1:] > 0.5).all():
        return Estimate(value)
    left_out = part[1:] / whole[1:]
    squares = float(((left_out - left_out.mean()) ** 2).sum())
    return with_interval(value, ((n - 2) / (2 * n) * squares) ** 0.5, n - 1, 0.0, 1.0)
