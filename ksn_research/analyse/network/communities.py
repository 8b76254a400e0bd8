"""Which nodes stick together, whatever their region or type. (imports `structure` and `mixing`)

Communities are looked for in the symmetrised observed ties. The search is random: many seeded runs are
made, the best is kept, and what is said of it includes how far the runs agree. igraph does the search.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ksn_research.analyse.network.cells import Table
from ksn_research.analyse.network.mixing import group_codes
from ksn_research.analyse.network.structure import Estimate, Network

NO_TIES = "no ties"
RUNS = 100
FEWEST, SEARCHED = 2, 2_000_000  # runs, and runs times ties: a run over a million ties takes five seconds
# More bring little and cost in proportion; "until nothing changes" (-1) may never end in igraph 1.0, where
# rounding makes equal moves look better
ITERATIONS = 5
SAME = 1e-12  # of two modularities: rounding, not another partition
SEARCHES: dict[str, Callable[[Any], Any]] = {
    "leiden": lambda graph: graph.community_leiden(
        objective_function="modularity", n_iterations=ITERATIONS if graph.ecount() <= SEARCHED // RUNS else 2
    ),
    "louvain": lambda graph: graph.community_multilevel(),
    "fast greedy": lambda graph: graph.community_fastgreedy().as_clustering(),
}


@dataclass(frozen=True, eq=False)
class Communities:
    """The best partition of many runs.

    membership  per node in the network's order, 0 the largest community; a node without ties is one
                of its own
    modularity  of that partition (undirected)
    runs        modularity of every run
    stability   mean adjusted Rand index over all pairs of runs, among nodes with ties: 1 all alike
    best_runs   share of the runs that reached the best modularity
    best_known  different partitions among those; 1 is a unique best
    """

    membership: np.ndarray
    modularity: Estimate
    runs: np.ndarray
    stability: Estimate
    best_runs: float
    best_known: int

    @property
    def sizes(self) -> np.ndarray:
        return np.bincount(self.membership)


@dataclass(frozen=True)
class Agreement:
    """How far communities and an attribute divide the same nodes alike; n nodes of known group."""

    adjusted_rand: Estimate
    mutual_information: Estimate
    n: int


@dataclass(frozen=True)
class NullModularity:
    """Best modularity of the network beside that of networks with the same degrees and ties at random.

    seen       best over as many runs as each random network got
    mean, sd   of the best in the random networks
    z, p       (seen - mean) / sd; (1 + networks at least as modular) / (1 + networks)
    """

    seen: Estimate
    mean: float | None
    sd: float | None
    z: Estimate
    p: float | None
    networks: int


def communities(network: Network, search: str = "leiden", runs: int = RUNS, seed: int = 1) -> Communities:
    """Search for the partition of highest modularity, many times.

    search  "leiden" (Traag, Waltman & van Eck 2019), "louvain" (Blondel et al. 2008) or "fast greedy"
            (Clauset, Newman & Moore 2004; not random). Nodes are put in order of name first, so that
            the order of the rows changes nothing; among equally good partitions the one found most often

    Raises ValueError for another search, or for fewer than two runs.
    """
    if search not in SEARCHES or runs < 2:
        raise ValueError(f"choose one of {', '.join(SEARCHES)}, and at least two runs")
    order = np.argsort(network.nodes.astype(str), kind="stable")
    ties = network.restricted(order).symmetrised
    graph = graph_of(ties)
    with seeded(seed):
        found = np.array([SEARCHES[search](graph).membership for _ in range(runs)], dtype=int)
    if not ties.any():
        nothing = Estimate(None, why=NO_TIES)
        return Communities(np.arange(network.size), nothing, np.zeros(runs), nothing, 1.0, 1)
    found = np.array([renumbered(row) for row in found])
    quality = np.array([undirected_modularity(ties, row) for row in found])
    best = quality >= quality.max() - SAME
    partitions, often = np.unique(found[best], axis=0, return_counts=True)
    membership = np.empty(network.size, dtype=int)
    membership[order] = partitions[np.argmax(often)]
    stability = run_agreement(found[:, ties.any(axis=1)])
    return Communities(
        membership, Estimate(float(quality.max())), quality, stability, float(best.mean()), len(partitions)
    )


def runs_for(network: Network) -> int:
    """How many runs a network gets: `RUNS`, and fewer where a run takes long."""
    return max(FEWEST, min(RUNS, SEARCHED // max(1, network.tie_count)))


def graph_of(ties: Table) -> Any:
    """The igraph graph of a symmetric matrix."""
    import igraph

    u, v = ties.nonzero()
    return igraph.Graph(n=len(ties), edges=np.column_stack([u, v])[u < v].tolist())


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """igraph draws from a seeded source inside, and from the usual one again afterwards."""
    import igraph

    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - a search, not a secret
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def renumbered(membership: np.ndarray) -> np.ndarray:
    """The same partition numbered by size, largest first, then by its first node.

    >>> renumbered(np.array([7, 2, 2, 9])).tolist()
    [1, 0, 0, 2]
    """
    _, first, code, size = np.unique(membership, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(size), dtype=int)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    return rank[code]


def undirected_modularity(ties: Table, membership: np.ndarray) -> float:
    """Q of a partition (Newman & Girvan 2004) from degrees and inside ties; ties is symmetric."""
    degree = ties.sum(axis=1)
    m2 = float(degree.sum())
    u, v = ties.nonzero()
    inside = float((membership[u] == membership[v]).sum())
    return inside / m2 - float((np.bincount(membership, weights=degree) ** 2).sum()) / m2**2


def run_agreement(partitions: np.ndarray) -> Estimate:
    """Mean adjusted Rand index over all pairs of rows (one partition per row); undefined ones count as 0.

    >>> round(run_agreement(np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 2]])).value, 4)
    0.7143
    """
    different, often = np.unique(partitions, axis=0, return_counts=True)
    runs = len(partitions)
    index = rand_indices(different)
    np.fill_diagonal(index, 1.0)
    agreed = float(often @ index @ often) - runs
    return Estimate(agreed / (runs * (runs - 1)))


def rand_indices(partitions: np.ndarray) -> np.ndarray:
    """Adjusted Rand index (see `adjusted_rand`) of every two rows; 0 where it is undefined.

    Pairs of nodes that are together in both are counted from the groups' common nodes.
    """
    from scipy.sparse import csr_array

    many, n = partitions.shape
    width = partitions.max(axis=1, initial=0) + 1
    start = np.cumsum(width) - width
    places = ((partitions + start[:, None]).T.ravel(), np.arange(n + 1) * many)
    member = csr_array((np.ones(n * many), *places), shape=(n, int(width.sum())))
    shared = csr_array(member.T @ member).tocoo()  # nodes in a group of one partition and a group of another
    of = np.repeat(np.arange(many), width)
    both = np.zeros((many, many))
    np.add.at(both, (of[shared.row], of[shared.col]), shared.data * (shared.data - 1) / 2)
    own, pairs = np.diag(both), n * (n - 1) / 2
    chance = np.multiply.outer(own, own) / pairs if pairs else np.zeros_like(both)
    most = np.add.outer(own, own) / 2
    defined = np.abs(most - chance) >= SAME
    return np.divide(both - chance, most - chance, out=np.zeros_like(both), where=defined)


def contingency(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Nodes by group of `one` (row) and of `other` (column); both numbered from 0."""
    width = int(other.max(initial=0)) + 1
    counted = np.bincount(one * width + other, minlength=(int(one.max(initial=0)) + 1) * width)
    return counted.reshape(-1, width)


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> Estimate:
    """Adjusted Rand index of two partitions (Hubert & Arabie 1985): 1 the same, 0 as by chance.

    >>> round(adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])).value, 4)
    0.5714
    """
    table = contingency(one, other)
    both, rows, columns = (
        float((x * (x - 1) / 2).sum()) for x in (table, table.sum(axis=1), table.sum(axis=0))
    )
    pairs = len(one) * (len(one) - 1) / 2
    chance, most = (rows * columns / pairs if pairs else 0.0), (rows + columns) / 2
    if abs(most - chance) < SAME:
        return Estimate(None, why="both hold one group, or only groups of one")
    return Estimate((both - chance) / (most - chance))


def mutual_information(one: np.ndarray, other: np.ndarray) -> Estimate:
    """Normalised mutual information 2 I / (H1 + H2) (Danon et al. 2005): 1 the same, 0 unrelated."""
    share = contingency(one, other) / len(one) if len(one) else np.zeros((1, 1))
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    entropies = _entropy(rows) + _entropy(columns)
    if entropies < SAME:
        return Estimate(None, why="both hold one group")
    return Estimate(2 * (entropies - _entropy(share.ravel())) / entropies)


def _entropy(shares: np.ndarray) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def agreement(membership: np.ndarray, labels: np.ndarray) -> Agreement:
    """Communities beside region or type; nodes without a label (None, NaN) are left out."""
    codes, known = group_codes(labels)
    one = np.unique(membership[known], return_inverse=True)[1]
    other = codes[known].astype(int)
    return Agreement(adjusted_rand(one, other), mutual_information(one, other), int(known.sum()))


def null_modularity(
    network: Network, search: str = "leiden", networks: int = 100, runs: int = 10, seed: int = 1
) -> NullModularity:
    """Is the network more modular than its degrees make it?

    Random networks by switching ties, which keeps every degree (Maslov & Sneppen 2002): 10 tries per
    tie, each from the network before. Random networks have communities too: only the excess is news.
    """
    order = np.argsort(network.nodes.astype(str), kind="stable")
    ties = network.restricted(order).symmetrised
    if not ties.any():
        nothing = Estimate(None, why=NO_TIES)
        return NullModularity(nothing, None, None, nothing, None, 0)
    graph = graph_of(ties)
    with seeded(seed):
        seen = _best(graph, search, runs)
        null = np.array([_best(_switched(graph), search, runs) for _ in range(networks)])
    mean, sd = float(null.mean()), float(null.std(ddof=1))
    none = Estimate(None, why="no variation: the degrees allow one modularity only")
    z = Estimate((seen - mean) / sd) if sd > SAME else none
    p = (1 + int((null >= seen - SAME).sum())) / (1 + networks)
    return NullModularity(Estimate(seen), mean, sd, z, p, networks)


def _best(graph: Any, search: str, runs: int) -> float:
    return max(float(SEARCHES[search](graph).modularity) for _ in range(runs))


def _switched(graph: Any) -> Any:
    graph.rewire(n=10 * graph.ecount())
    return graph
