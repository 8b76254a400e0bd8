"""People and the circles they sit in: who links circles, and what holds if those people leave.

Imports `structure`. Two modes: people and circles; a seat joins one of each. A list of seats is taken as
whole: who is not on it does not sit there, so that nothing here has "not observed" pairs or an interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ksn_research.analyse.network.structure import Estimate
from ksn_research.executors import each

DRAWS = 200
ONE_CIRCLE = "fewer than two circles: nothing to link"
NO_PATH = "no path over three seats: nobody of a circle of two or more sits in a second circle"
NO_BRIDGES = "nobody sits in two circles"


@dataclass(frozen=True, eq=False)
class TwoMode:
    """Seats of p people in c circles.

    people, circles  names, in order of name
    seats            p x c booleans: the person sits in the circle
    """

    people: np.ndarray
    circles: np.ndarray
    seats: np.ndarray

    @property
    def circles_of(self) -> np.ndarray:
        """In how many circles each person sits."""
        return np.asarray(self.seats.sum(axis=1))

    @property
    def bridging(self) -> np.ndarray:
        """p booleans: the person sits in two circles or more."""
        return self.circles_of >= 2

    @cached_property
    def shared(self) -> np.ndarray:
        """c x c whole numbers: people who sit in both circles; the diagonal is 0. The projection of the two
        modes on circles (Breiger 1974, Social Forces 53, 181-190)."""
        counted = np.rint(self.seats.T.astype(float) @ self.seats.astype(float)).astype(int)
        np.fill_diagonal(counted, 0)
        return counted

    @property
    def linked(self) -> np.ndarray:
        """c x c booleans: the two circles share a member."""
        return self.shared > 0


@dataclass(frozen=True, eq=False)
class Leaving:
    """Circles in the largest connected part as people leave one by one.

    largest    draws x (steps + 1): column k after k people left
    circles    c
    """

    largest: np.ndarray
    circles: int

    @property
    def mean(self) -> np.ndarray:
        """Over draws, one number per step."""
        return np.asarray(self.largest.mean(axis=0))

    @property
    def reach(self) -> tuple[np.ndarray, np.ndarray]:
        """The middle 95 % of the draws, per step."""
        low, high = np.percentile(self.largest, [2.5, 97.5], axis=0)
        return low, high

    @property
    def robustness(self) -> Estimate:
        """Mean over the steps of the share of circles in the largest part: R of Schneider et al. (2011),
        PNAS 108, 3838-3841, with bridging people as what is removed and circles as what is counted."""
        if self.largest.shape[1] < 2:
            return Estimate(None, why=NO_BRIDGES)
        return Estimate(float(self.mean[1:].mean()) / self.circles)


def two_mode(seats: pd.DataFrame) -> TwoMode:
    """People by circles from a table of seats, columns circle and member; repeated seats are one.

    A circle all of whose seats lack their member stays, without anybody; a seat without a circle is left out.

    >>> two_mode(pd.DataFrame({"circle": ["A", "A", "B"], "member": ["x", "y", "y"]})).seats.tolist()
    [[True, False], [True, True]]
    """
    known = seats.dropna(subset=["circle"])
    circles = np.asarray(sorted(known["circle"].unique()), dtype=object)
    people = np.asarray(sorted(known["member"].dropna().unique()), dtype=object)
    known = known.dropna(subset=["member"])
    table = np.zeros((len(people), len(circles)), dtype=bool)
    table[pd.Index(people).get_indexer(known["member"]), pd.Index(circles).get_indexer(known["circle"])] = 1
    return TwoMode(people, circles, table)


def projection_density(net: TwoMode) -> Estimate:
    """Pairs of circles that share at least one member / pairs of circles.

    >>> one = two_mode(pd.DataFrame({"circle": ["A", "A", "B", "C"], "member": ["x", "y", "y", "z"]}))
    >>> round(projection_density(one).value, 4)
    0.3333
    """
    return _per_pair(net, net.linked)


def mean_shared_members(net: TwoMode) -> Estimate:
    """People who sit in both of two circles, mean over pairs of circles: the valued projection's density."""
    return _per_pair(net, net.shared)


def _per_pair(net: TwoMode, values: np.ndarray) -> Estimate:
    c = len(net.circles)
    return Estimate(float(values.sum()) / (c * (c - 1))) if c > 1 else Estimate(None, why=ONE_CIRCLE)


def part_sizes(net: TwoMode) -> np.ndarray:
    """Sizes, in circles, of the parts that shared members connect, largest first; an unlinked circle is 1."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not len(net.circles):
        return np.array([], dtype=int)
    _, part = connected_components(csr_array(net.linked), directed=False)
    return np.sort(np.bincount(part))[::-1]


def connected_pairs(net: TwoMode) -> Estimate:
    """Share of the pairs of circles that a chain of shared members connects: connectedness of the
    projection (Krackhardt 1994)."""
    c, sizes = len(net.circles), part_sizes(net)
    return (
        Estimate(float((sizes * (sizes - 1)).sum()) / (c * (c - 1)))
        if c > 1
        else Estimate(None, why=ONE_CIRCLE)
    )


def two_mode_clustering(net: TwoMode) -> Estimate:
    """Closed share of the paths over three seats, 4 * cycles of four seats / paths of three seats.

    1 where whoever shares one circle with somebody shares every other circle of that person, too; 0 where
    no two people share two circles. The projection's own transitivity is no measure of it, because one
    person in three circles makes a triangle there. Source: Robins & Alexander (2004), Computational and
    Mathematical Organization Theory 10, 69-94.

    >>> both = pd.DataFrame({"circle": ["A", "A", "B", "B"], "member": ["x", "y", "x", "y"]})
    >>> two_mode_clustering(two_mode(both)).value
    1.0
    """
    held = net.seats[net.bridging].astype(float)
    by_circle = net.seats.sum(axis=0)
    paths = float(((net.circles_of[:, None] - 1) * (by_circle[None, :] - 1))[net.seats].sum())
    if not paths:
        return Estimate(None, why=NO_PATH)
    together = held @ held.T
    np.fill_diagonal(together, 0)
    cycles = float((together * (together - 1) / 2).sum()) / 2
    return Estimate(4 * cycles / paths)


def bridges_leave(net: TwoMode, targeted: bool, seed: int = 1, draws: int = DRAWS) -> Leaving:
    """Circles still connected as people leave, from nobody to as many as sit in two circles.

    targeted  True: those in most circles first, people of one number of circles in an order drawn by lot.
              False: anybody of the circles, in an order drawn by lot
    Seeded; an order by lot is drawn `draws` times. Seats of those who left stay empty.
    """
    order = np.random.default_rng(seed).random((draws, len(net.people)))
    if targeted:
        order = order - net.circles_of
    rank = np.argsort(np.argsort(order, axis=1), axis=1)
    steps = range(int(net.bridging.sum()) + 1)
    largest = list(each(lambda k: _largest_part(net, rank >= k), steps))
    return Leaving(np.column_stack(largest), len(net.circles))


def _largest_part(net: TwoMode, stay: np.ndarray) -> np.ndarray:
    """Per draw (row of `stay`, draws x p), circles in the largest connected part.

    All draws are one graph of separate blocks, so that the parts of every draw are found in one pass.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    draws, c = len(stay), len(net.circles)
    if not c:
        return np.zeros(draws, dtype=int)
    bridges = np.flatnonzero(net.bridging)
    person, circle = np.nonzero(net.seats[bridges])
    draw, seat = np.nonzero(stay[:, bridges[person]])
    ends = draw * c + circle[seat], draws * c + draw * len(bridges) + person[seat]
    size = draws * (c + len(bridges))
    graph = coo_array((np.ones(len(draw), dtype=np.int8), ends), shape=(size, size))
    part = connected_components(graph, directed=False)[1][: draws * c]
    return np.asarray(np.bincount(part)[part].reshape(draws, c).max(axis=1))
