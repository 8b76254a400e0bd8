"""How far ties join like with like, as a correlation or as a modularity.
(imports `cells`, `structure` and `homophily`)

`directed` None follows the network; False reads a directed network symmetrised (connected when at least
one observed tie joins the two), which gives another number. Unobserved pairs hold no tie here: these
measures are made of ties alone, and say nothing of pairs without one.
"""

from __future__ import annotations

import numpy as np

from ksn_research.analyse.network.cells import Table, by_group
from ksn_research.analyse.network.homophily import NO_GROUPS, NO_TIES, labelled
from ksn_research.analyse.network.structure import Estimate, Network


def arcs(network: Network, directed: bool | None = None) -> Table:
    """n x n booleans of ties; symmetric, each pair twice, where ties have no sender."""
    return network.ties if (network.directed if directed is None else directed) else network.symmetrised


def mixing_shares(ties: Table, codes: np.ndarray) -> np.ndarray:
    """e_ab, the share of ties from group a to group b (Newman 2003, eq. 1); each undirected tie both ways."""
    counted = by_group(ties, codes, int(codes.max(initial=-1)) + 1)
    return counted / max(float(counted.sum()), 1.0)


def assortativity(network: Network, labels: np.ndarray, directed: bool | None = None) -> Estimate:
    """Newman's (2003, eq. 2) coefficient for groups: 1 only inside, 0 as the groups' ties by chance.

    r = (sum e_aa - sum a_a b_a) / (1 - sum a_a b_a).

    >>> A = np.where(np.eye(4), np.nan, np.kron(np.eye(2), np.ones((2, 2))))
    >>> pairs = Network(np.array(list("abcd")), False, A, np.ones(4, dtype=bool))
    >>> assortativity(pairs, np.array(["x", "x", "y", "y"])).value
    1.0
    """
    inner, codes = labelled(network, labels)
    ties = arcs(inner, directed)
    if not ties.any():
        return Estimate(None, why=NO_TIES)
    e = mixing_shares(ties, codes)
    chance = float(e.sum(axis=1) @ e.sum(axis=0))
    if chance > 1 - 1e-12:
        return Estimate(None, why="all ties join one pair of groups" if len(e) > 1 else NO_GROUPS)
    return Estimate(float((np.trace(e) - chance) / (1 - chance)))


def modularity(network: Network, groups: np.ndarray, directed: bool | None = None) -> Estimate:
    """Share of ties inside groups minus what the degrees alone would put there.

    Q = 1/m sum_ij (A_ij - k_i(out) k_j(in) / m) for i, j of one group (Leicht & Newman 2008); undirected
    the same with m = twice the ties (Newman & Girvan 2004). One group holding all gives 0.
    """
    inner, codes = labelled(network, groups)
    ties = arcs(inner, directed)
    if not ties.any():
        return Estimate(None, why=NO_TIES)
    e = mixing_shares(ties, codes)
    return Estimate(float(np.trace(e) - e.sum(axis=1) @ e.sum(axis=0)))


def degree_assortativity(network: Network, directed: bool | None = None) -> Estimate:
    """Do the much connected connect with each other? Correlation of degrees over ties (Newman 2003).

    Directed: out-degree of the sender with in-degree of the receiver (eq. 26); undirected: the degrees of
    both ends, each tie both ways. Degrees count observed ties.
    """
    ties = arcs(network, directed)
    return _correlation(ties, ties.sum(axis=1), ties.sum(axis=0))


def numeric_assortativity(network: Network, values: np.ndarray, directed: bool | None = None) -> Estimate:
    """Correlation of a number at the two ends of ties (Newman 2003, eq. 21); nodes of NaN are left out."""
    numbers = np.asarray(values, dtype=float)
    known = ~np.isnan(numbers)
    ties, numbers = arcs(network.restricted(known), directed), numbers[known]
    return _correlation(ties, numbers, numbers)


def _correlation(ties: Table, sent: np.ndarray, received: np.ndarray) -> Estimate:
    u, v = ties.nonzero()
    if not len(u):
        return Estimate(None, why="no ties")
    x, y = sent[u] - sent[u].mean(), received[v] - received[v].mean()
    spread = float(((x**2).sum() * (y**2).sum()) ** 0.5)
    if spread < 1e-12:
        return Estimate(None, why="no variation: one end of every tie has the same value")
    return Estimate(float((x * y).sum() / spread))
