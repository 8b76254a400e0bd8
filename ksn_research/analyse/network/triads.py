"""Threes: which kinds there are, and whether partners of partners are partners.
(imports `cells`, `structure` and `graphs`)

A triple counts only where each pair it needs was observed.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ksn_research.analyse.network.cells import Table, chains
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
    N = (both & ~(ties | ties.T)).astype(float)
    if not network.directed:
        return dict(zip(UNDIRECTED, _symmetric_census(M, N), strict=True))
    return dict(zip(DIRECTED, _census(M, E, N), strict=True))


def _symmetric_census(M: Table, N: Table) -> list[int]:
    return [_count(N, N, N, 6), _count(N, N, M, 2), _count(M, M, N, 2), _count(M, M, M, 6)]


def _census(M: Table, E: Table, N: Table) -> list[int]:
    """The kinds in the order of `DIRECTED`: each is a pair of dyads seen from one end, and the third dyad."""
    counts = {
        "003": _count(N, N, N, 6), "012": _count(N, N, E), "102": _count(N, N, M, 2),
        "021D": _count(E.T, E, N, 2), "120D": _count(E.T, E, M, 2),
        "021U": _count(E, E.T, N, 2), "120U": _count(E, E.T, M, 2),
        "021C": _count(E, E, N), "120C": _count(E, E, M),
        "030T": _count(E, E, E), "030C": _count(E, E, E.T, 3),
        "111U": _count(M, E, N), "111D": _count(E, M, N),
        "201": _count(M, M, N, 2), "210": _count(M, M, E), "300": _count(M, M, M, 6),
    }  # fmt: skip
    return [counts[kind] for kind in DIRECTED]


def _count(one: Table, other: Table, third: Table, each: int = 1) -> int:
    """Triples, of which the sum holds every one `each` times."""
    return round(float(chains(one, other, third).sum())) // each


@lru_cache(maxsize=2)  # a share and its denominator
def chains_seen(network: Network) -> np.ndarray:
    """Per node i how many i -> j -> k there are of which it is known whether i -> k."""
    A = network.ties.astype(float)
    return chains(A, A, network.observed.astype(float))


def weak_transitivity(network: Network) -> Estimate:
    """Of i -> j -> k with the pair i, k observed, the share in which i -> k.

    Holland & Leinhardt (1971); sna's gtrans "weak", directed. Interval by node jackknife. Equal to
    `transitivity` in an undirected network.
    """
    A, O = network.ties.astype(float), network.observed.astype(float)  # noqa: E741
    first = chains_seen(network)
    rest = first.sum() - first - chains(A, O.T, A.T) - chains(O.T, A, A.T)
    return _ratio_of_triples(triples(A, A, A), np.append(first.sum(), rest))


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
    closed, ended = chains(S, S, S), chains_seen(joined)
    # Both ends of a chain are alike in symmetric tables, and of a triangle all three nodes
    part, whole = closed.sum(), ended.sum()
    of_node = 2 * ended + chains(S, K, S)
    return _ratio_of_triples(np.append(part, part - 3 * closed), np.append(whole, whole - of_node))


def local_clustering(network: Network) -> np.ndarray:
    """Per node, the share of the pairs of its partners that are tied, of those known; NaN without such.

    Watts & Strogatz (1998), direction set aside.
    """
    joined = collapsed(network)
    S, K = joined.ties.astype(float), joined.observed.astype(float)
    tied, known = chains(S, S, S), chains(S, K, S)
    return np.divide(tied, known, out=np.full(len(S), np.nan), where=known > 0)


def mean_local_clustering(network: Network) -> Estimate:
    """Mean of `local_clustering` over the nodes with two partners or more."""
    local = local_clustering(network)
    has = np.logical_not(np.isnan(local))
    if not has.any():
        return Estimate(None, why="undefined: no node has two partners")
    return Estimate(float(local[has].mean()))


def triples(X: Table, Y: Table, Z: Table) -> np.ndarray:
    """sum X_ij Y_jk Z_ik over triples, then what is left of it without each node: 1 + n numbers.

    The diagonals are zero, so that the three differ.
    """
    first = chains(X, Y, Z)
    total = first.sum()
    return np.concatenate([[total], total - first - chains(Y, Z.T, X.T) - chains(Z.T, X, Y.T)])


def _ratio_of_triples(part: np.ndarray, whole: np.ndarray) -> Estimate:
    if not whole[0]:
        return Estimate(None, why=NO_TRIPLE)
    value, n = float(part[0] / whole[0]), len(whole) - 1
    if n < 5 or not (whole[1:] > 0.5).all():
        return Estimate(value)
    left_out = part[1:] / whole[1:]
    squares = float(((left_out - left_out.mean()) ** 2).sum())
    return with_interval(value, ((n - 2) / (2 * n) * squares) ** 0.5, n - 1, 0.0, 1.0)
