"""One relation of one wave as a matrix, and what can be said of its shape. (imports `cells`)

Every ordered pair has one of three states: a tie, no tie, or not observed because the sender did not
answer. Nothing here turns "not observed" into "no tie".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ksn_research.analyse.network.cells import Cells, Table, joined
from ksn_research.errors import KsnError

# One matrix of so many nodes holds 32 MB, and the methods that need matrices take two to three minutes for
# one relation on one core. A larger network is a `LargeNetwork`, of which they say that it is too large.
MATRIX_NODES = 2_000
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
    def observed(self) -> Table:
        """n x n booleans: the pair's state is known."""
        return ~np.isnan(self.A)

    @property
    def hidden(self) -> Table:
        """n x n booleans: the pair's state is not known."""
        return np.isnan(self.A) & ~np.eye(self.size, dtype=bool)

    @property
    def ties(self) -> Table:
        """n x n booleans: an observed tie from row to column."""
        return np.equal(self.A, 1)

    @property
    def symmetrised(self) -> Table:
        """n x n booleans: an observed tie in at least one direction."""
        return self.ties | self.ties.T

    @property
    def pairs_per_cell(self) -> int:
        """How often the matrix holds one pair: twice when undirected."""
        return 1 if self.directed else 2

    @property
    def observed_pairs(self) -> int:
        return round(self.observed.sum()) // self.pairs_per_cell

    @property
    def possible_pairs(self) -> int:
        return self.size * (self.size - 1) // self.pairs_per_cell

    @property
    def tie_count(self) -> int:
        return round(self.ties.sum()) // self.pairs_per_cell

    def restricted(self, keep: np.ndarray) -> Network:
        """The network among the nodes where `keep` (n booleans or positions) holds."""
        A = self.A[keep][:, keep]
        return replace(self, nodes=self.nodes[keep], A=A, senders=self.senders[keep])

    def undirected(self, ties: Table, known: Table) -> Network:
        """The same nodes with ties that have no sender; both tables symmetric, ties only where known."""
        return replace(self, directed=False, A=np.where(known, ties.astype(float), np.nan))


class LargeNetwork(Network):
    """A network without its matrix: `ties` and `observed` are `Cells`, and no method may ask for `A`."""

    def __init__(
        self, nodes: np.ndarray, directed: bool, ties: Cells, observed: Cells, senders: np.ndarray
    ) -> None:
        told = {
            "nodes": nodes,
            "directed": directed,
            "senders": senders,
            "_ties": ties,
            "_observed": observed,
        }
        self.__dict__.update(told)

    _ties: Cells
    _observed: Cells

    def __repr__(self) -> str:
        return f"LargeNetwork of {self.size:,} nodes and {self.tie_count:,} ties"

    @property
    def A(self) -> np.ndarray:  # noqa: N802
        raise KsnError(
            f"a method needs the matrix of a network of {self.size:,} nodes, which would not fit into memory",
            remedy="analyse one region, or draw a sample of nodes",
        )

    @property
    def observed(self) -> Table:
        return self._observed

    @property
    def hidden(self) -> Table:
        return ~(self._observed | Cells.diagonal(self.size))

    @property
    def ties(self) -> Table:
        return self._ties

    @cached_property
    def symmetrised(self) -> Table:
        return self._ties | self._ties.T

    def restricted(self, keep: np.ndarray) -> Network:
        ties, observed = self._ties.among(keep), self._observed.among(keep)
        return LargeNetwork(self.nodes[keep], self.directed, ties, observed, self.senders[keep])

    def undirected(self, ties: Table, known: Table) -> Network:
        return LargeNetwork(self.nodes, False, ties, known, self.senders)


def ratio_by_node(part: Table, whole: Table, low: float = 0.0, high: float = 1.0) -> Estimate:
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
    mutual, one_way = round((sent & returned).sum()) // 2, round((sent & ~returned).sum())
    return mutual, one_way, round(both.sum()) // 2 - mutual - one_way


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
    from scipy.sparse.csgraph import connected_components

    if not network.size:
        return np.array([], dtype=int)
    _, member_of = connected_components(joined(network.ties), directed=False)
    return np.sort(np.bincount(member_of))[::-1]
