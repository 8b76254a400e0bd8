"""One relation of one wave as a matrix, and what can be said of its shape.

Every ordered pair has one of three states: a tie, no tie, or not observed because the sender did not
answer. Nothing here turns "not observed" into "no tie".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

JACKKNIFE = "interval by node jackknife (Snijders & Borgatti 1999), t with n - 1 degrees of freedom"


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error and 95 % interval; `why` says in words why there is no number.

    df  degrees of freedom of the t that the interval rests on
    """

    value: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""
    df: int | None = None

    @property
    def p(self) -> float | None:
        """Two-sided p of no difference, by the t of the interval; None where there is no interval."""
        from scipy.stats import t

        if self.value is None or self.se is None or self.df is None:
            return None
        return float(2 * t.sf(abs(self.value) / self.se, self.df))

    def scaled(self, factor: float) -> Estimate:
        """The same estimate in another unit; `factor` is positive."""
        value, se, low, high = (
            None if x is None else x * factor for x in (self.value, self.se, self.low, self.high)
        )
        return Estimate(value, se, low, high, self.why, self.df)


@dataclass(frozen=True, eq=False)
class Network:
    """One relation among n nodes.

    nodes     n names, in order of name
    directed  False where a tie has no sender (one report of a pair suffices)
    A         n x n floats, row names column: 1 tie, 0 no tie, NaN not observed; the diagonal is NaN,
              because a node and itself are no pair. Symmetric when undirected
    senders   n booleans: True where the node answered, whether or not it named anyone
    """

    nodes: np.ndarray
    directed: bool
    A: np.ndarray
    senders: np.ndarray

    @property
    def size(self) -> int:
        return len(self.nodes)

    @property
    def observed(self) -> np.ndarray:
        """n x n booleans: the pair's state is known."""
        return ~np.isnan(self.A)

    @property
    def ties(self) -> np.ndarray:
        """n x n booleans: an observed tie from row to column."""
        return np.equal(self.A, 1)

    @property
    def symmetrised(self) -> np.ndarray:
        """n x n booleans: an observed tie in at least one direction."""
        return self.ties | self.ties.T

    @property
    def pairs_per_cell(self) -> int:
        """How often the matrix holds one pair: twice when undirected."""
        return 1 if self.directed else 2

    @property
    def observed_pairs(self) -> int:
        return int(self.observed.sum()) // self.pairs_per_cell

    @property
    def possible_pairs(self) -> int:
        return self.size * (self.size - 1) // self.pairs_per_cell

    @property
    def tie_count(self) -> int:
        return int(self.ties.sum()) // self.pairs_per_cell

    def restricted(self, keep: np.ndarray) -> Network:
        """The network among the nodes where `keep` (n booleans or positions) holds."""
        A = self.A[keep][:, keep]
        return replace(self, nodes=self.nodes[keep], A=A, senders=self.senders[keep])


def adjacency(
    ties: pd.DataFrame,
    senders: pd.DataFrame,
    nodes: np.ndarray | list[str],
    relation: str,
    directed: bool | None = None,
    unseen: pd.DataFrame | None = None,
) -> Network:
    """The matrix of one relation, from the ties and senders of one wave of one source.

    ties      columns relation, directed, ego, alter; repeated nominations are one tie
    senders   columns relation, node, observed. Without any row of this relation nobody knows who was
              asked: then those that named somebody count as observed (undirected: those in any tie)
    nodes     the roster; ties with an end outside it, and ties of a node with itself, are left out
    directed  None takes it from `ties` (True where there are none)
    unseen    columns relation, ego, alter: pairs that are not observed although ego answered. Undirected: a
              pair that the other end reported is

    >>> ties = pd.DataFrame({"relation": "advice", "directed": True, "ego": ["a"], "alter": ["b"]})
    >>> asked = pd.DataFrame({"relation": "advice", "node": ["a", "b", "c"], "observed": [True, True, False]})
    >>> adjacency(ties, asked, ["a", "b", "c"], "advice").A
    array([[nan,  1.,  0.],
           [ 0., nan,  0.],
           [nan, nan, nan]])
    """
    names = np.asarray(sorted(nodes), dtype=object)
    ours = ties[ties["relation"] == relation]
    is_directed = bool(ours["directed"].all()) if directed is None else directed
    ego, alter = _ends(ours, names)
    answered = _answered(senders[senders["relation"] == relation], names, ego, alter, is_directed)
    tied = np.zeros((len(names), len(names)), dtype=bool)
    tied[ego, alter] = True
    known = np.repeat(answered[:, None], len(names), axis=1)
    if unseen is not None and len(unseen):
        known[_ends(unseen[unseen["relation"] == relation], names)] = False
    if not is_directed:
        tied, known = tied | tied.T, known | known.T
    A = np.where(known, tied.astype(float), np.nan)
    np.fill_diagonal(A, np.nan)
    return Network(names, is_directed, A, answered)


def _ends(ties: pd.DataFrame, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    index = pd.Index(names)
    ego, alter = index.get_indexer(ties["ego"]), index.get_indexer(ties["alter"])
    inside = (ego >= 0) & (alter >= 0) & (ego != alter)
    return ego[inside], alter[inside]


def _answered(
    senders: pd.DataFrame, names: np.ndarray, ego: np.ndarray, alter: np.ndarray, directed: bool
) -> np.ndarray:
    """Who was observed; a node that named somebody was, whatever the list of senders says."""
    answered = pd.Index(names).isin(senders.loc[senders["observed"].astype(bool), "node"])
    answered[ego] = True
    if senders.empty and not directed:
        answered[alter] = True
    return answered


def ratio_by_node(part: np.ndarray, whole: np.ndarray, low: float = 0.0, high: float = 1.0) -> Estimate:
    """sum(part) / sum(whole) over the pairs of a network, with a node-jackknife interval.

    part, whole  n x n numbers, zero where a pair does not count; symmetric matrices may hold each pair
                 twice
    low, high    the range of the ratio, to which the interval is cut

    se^2 = (n - 2) / (2n) * sum_i (z_(-i) - mean z_(-i))^2, where z_(-i) leaves out node i with its row
    and column (Snijders & Borgatti 1999, Connections 22(2)). The factor 1/2 is there because every pair
    leaves with either of its ends; it supposes that pairs depend little on one another, so that strong
    differences between senders make the interval too short. No interval where leaving out some node
    leaves nothing, or where every node leaves the same ratio.
    """
    total = float(whole.sum())
    if not total:
        return Estimate(None, why="no pairs to count")
    value = float(part.sum()) / total
    n = len(whole)
    rest = total - whole.sum(axis=0) - whole.sum(axis=1)
    if n < 4 or not (rest > 0).all():
        return Estimate(value)
    left_out = (part.sum() - part.sum(axis=0) - part.sum(axis=1)) / rest
    squares = float(((left_out - left_out.mean()) ** 2).sum())
    return with_interval(value, ((n - 2) / (2 * n) * squares) ** 0.5, n - 1, low, high)


def ratio_by_sender(part: np.ndarray, whole: np.ndarray, low: float = -1.0, high: float = 1.0) -> Estimate:
    """sum(part) / sum(whole) over clusters, with the linearised interval of a ratio.

    part, whole  one number per sender. se^2 = m/(m-1) * sum (part_s - ratio * whole_s)^2 / sum(whole)^2
    (Cochran 1977, eq. 6.9, without the finite-population factor), t with m - 1 degrees of freedom.
    """
    total = float(whole.sum())
    if not total:
        return Estimate(None, why="no pairs to count")
    value = float(part.sum()) / total
    m = int((whole > 0).sum())
    if m < 2:
        return Estimate(value)
    squares = float(((part - value * whole) ** 2).sum())
    return with_interval(value, (m / (m - 1) * squares) ** 0.5 / total, m - 1, low, high)


def with_interval(value: float, se: float, df: int, low: float, high: float) -> Estimate:
    """value -+ t * se, cut to the range; without an interval where the standard error is nil."""
    from scipy.stats import t

    if se < 1e-12:
        return Estimate(value)
    reach = float(t.ppf(0.975, df)) * se
    return Estimate(value, se, max(low, value - reach), min(high, value + reach), df=df)


def density(network: Network) -> Estimate:
    """Observed ties / observed pairs, with a node-jackknife interval.

    A sender who did not answer is left out of the denominator; putting zeros for it would shrink the
    density by the response rate.
    """
    found = ratio_by_node(network.ties.astype(float), network.observed.astype(float))
    return found if found.value is not None else Estimate(None, why="no pair was observed")


def density_bounds(network: Network) -> tuple[float, float] | None:
    """Density of the whole roster if no unobserved pair had a tie, and if every one had.

    None for fewer than two nodes.
    """
    possible = network.possible_pairs
    if not possible:
        return None
    hidden = possible - network.observed_pairs
    return network.tie_count / possible, (network.tie_count + hidden) / possible


def dyad_census(network: Network) -> tuple[int, int, int]:
    """Mutual, asymmetric and null dyads among those whose two ends both answered."""
    both = network.observed & network.observed.T
    sent, returned = network.ties & both, network.ties.T & both
    mutual, one_way = int((sent & returned).sum()) // 2, int((sent & ~returned).sum())
    return mutual, one_way, int(both.sum()) // 2 - mutual - one_way


def reciprocity(network: Network) -> Estimate:
    """Edge-wise reciprocity 2M / (2M + As): the share of ties that are returned.

    M mutual and As asymmetric dyads, of those whose two ends both answered (Wasserman & Faust 1994,
    section 13.3). Other packages print other numbers under the same name.
    """
    if not network.directed:
        return Estimate(None, why="not defined: the network is undirected")
    both = network.observed & network.observed.T
    sent = network.ties & both
    found = ratio_by_node((sent & sent.T).astype(float), sent.astype(float))
    return found if found.value is not None else Estimate(None, why="no ties between two that both answered")


def mean_in_degree(network: Network) -> Estimate:
    """Observed ties per observed sender, which is density * (n - 1).

    With full response it is the mean number of times a node is named; with less it is that number if
    those who did not answer name as many others as those who did.
    """
    if not network.directed:
        return Estimate(None, why="not defined: the network is undirected")
    return density(network).scaled(network.size - 1)


def mean_degree(network: Network) -> Estimate:
    """Mean number of partners in an undirected network, density * (n - 1)."""
    return density(network).scaled(network.size - 1)


def popularity(network: Network) -> np.ndarray:
    """Per node, the share of the observed others that have a tie to it; NaN where nobody was observed."""
    asked = network.observed.sum(axis=0)
    return np.divide(network.ties.sum(axis=0), asked, out=np.full(network.size, np.nan), where=asked > 0)


def in_degree_centralisation(network: Network) -> Estimate:
    """Freeman (1979) centralisation of in-degree: 0 all are named alike, 1 everybody names one node only.

    sum_i (max - c_i) / (n - 1)^2 without loops, where c_i is the popularity of node i times n - 1, so
    that a node is measured by those who could have named it.
    """
    if not network.directed:
        return Estimate(None, why="not defined: the network is undirected")
    return _centralisation(network, network.size - 1)


def degree_centralisation(network: Network) -> Estimate:
    """Freeman (1979) centralisation of degree in an undirected network, denominator (n - 1)(n - 2)."""
    return _centralisation(network, network.size - 2)


def _centralisation(network: Network, most: int) -> Estimate:
    if most < 1:
        return Estimate(None, why="too few nodes")
    named = popularity(network)
    if np.isnan(named).any():
        return Estimate(None, why="some nodes could not be named by anybody observed")
    return Estimate(float((named.max() - named).sum()) / most)


def isolates(network: Network) -> np.ndarray:
    """n booleans: no observed tie leads to or from the node."""
    return np.logical_not(network.symmetrised.any(axis=1))


def component_sizes(network: Network) -> np.ndarray:
    """Sizes of the components of the symmetrised observed ties, largest first; isolates are of size 1."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not network.size:
        return np.array([], dtype=int)
    _, member_of = connected_components(csr_array(network.symmetrised), directed=False)
    return np.sort(np.bincount(member_of))[::-1]
