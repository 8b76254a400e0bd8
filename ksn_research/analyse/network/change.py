"""The same relation in two waves: which ties were kept, dissolved, created. (imports `cells` and `structure`)

Only pairs seen in both waves count: both ends stand in both rosters and the pair was observed twice.
Ties of whoever joined or left, and ties whose pair was seen once only, are counted apart, so that a
changed membership or a changed response is not read as changed behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.cells import Table, by_group
from ksn_research.analyse.network.structure import Estimate, Network, ratio_by_node, ratio_by_sender

BY_SENDER = "interval linearised with senders as clusters, t with m - 1 degrees of freedom"
NO_PAIR = "no pair was seen in both waves"
NO_TIE_BEFORE = "no ties in the first wave"
ALL_TIED = "every pair seen in both waves had a tie in the first"


@dataclass(frozen=True)
class Change:
    """Pairs seen in both waves, by what became of them, with the roster's own changes beside.

    senders            nodes that answered in both waves
    pairs              pairs seen in both waves = kept + dissolved + created + absent
    jaccard            kept / (kept + dissolved + created)
    persistence        kept / (kept + dissolved), of the ties of the first wave
    creation           created / (created + absent), of the pairs without a tie in the first wave
    hamming            dissolved + created: the pairs that changed
    hamming_normalised hamming / pairs
    correlation        of the two waves over the pairs (the QAP correlation, phi of the fourfold table)
    density_difference (created - dissolved) / pairs
    joined, left       nodes of one roster only
    """

    senders: int
    pairs: int
    kept: int
    dissolved: int
    created: int
    absent: int
    jaccard: Estimate
    density_difference: Estimate
    joined: int
    left: int
    persistence: Estimate
    creation: Estimate
    hamming_normalised: Estimate
    correlation: Estimate

    @property
    def hamming(self) -> int:
        return self.dissolved + self.created


@dataclass(frozen=True)
class Turnover:
    """Ties of one wave that no comparison of pairs can hold.

    nodes       names of the nodes on this wave's roster only: joined in the later, left after the earlier
    sent        observed ties from one of them to a node of both rosters (undirected: all between the two)
    received    observed ties to one of them from a node of both rosters (undirected: 0, all stand in sent)
    among       observed ties between two of them
    seen_once   ties between two nodes of both rosters whose pair was not observed in the other wave

    Ties of the wave = sent + received + among + seen_once + those counted in `Change`.
    """

    nodes: tuple[str, ...]
    sent: int
    received: int
    among: int
    seen_once: int

    @property
    def total(self) -> int:
        return self.sent + self.received + self.among + self.seen_once


def aligned(before: Network, after: Network) -> tuple[Network, Network]:
    """Both networks among the nodes that stand in both, in one order."""
    _, first, second = np.intersect1d(before.nodes, after.nodes, assume_unique=True, return_indices=True)
    return before.restricted(first), after.restricted(second)


def comparable(before: Network, after: Network) -> tuple[Network, Network]:
    """`aligned`, once it is sure that the two can be compared.

    Raises ValueError when one network is directed and the other is not.
    """
    if before.directed != after.directed:
        raise ValueError(
            "a directed and an undirected network cannot be compared; declare `directed` alike in both waves"
        )
    return aligned(before, after)


def network_change(before: Network, after: Network) -> Change:
    """Compare two waves of one relation.

    The Jaccard index is kept / (kept + dissolved + created) (Jaccard 1901; Snijders, van de Bunt & Steglich
    2010 advise at least .3 before change is modelled), Hamming's distance the number of pairs that changed
    (1950). Persistence and creation are the two halves of a separable view of change (Krivitsky & Handcock
    2014). Everything is over the same pairs in both waves; a pair missing in either is in none of them.
    Intervals: senders as clusters (directed), node jackknife (undirected).

    Raises ValueError when one network is directed and the other is not.

    >>> one, two = np.array([[[np.nan, 1, 1], [0, np.nan, 0], [0, 0, np.nan]],
    ...                      [[np.nan, 1, 0], [0, np.nan, 1], [0, 0, np.nan]]])
    >>> waves = [Network(np.array(["a", "b", "c"]), True, A, np.ones(3, dtype=bool)) for A in (one, two)]
    >>> found = network_change(*waves)
    >>> found.kept, found.dissolved, found.created, found.absent, found.hamming
    (1, 1, 1, 3, 2)
    """
    one, two = comparable(before, after)
    seen = one.observed & two.observed
    was, now = one.ties & seen, two.ties & seen
    each = one.pairs_per_cell
    kept, dissolved, created, absent = (
        int(x.sum()) // each for x in (was & now, was & ~now, now & ~was, seen & ~was & ~now)
    )
    ratio = one.directed, was & now, was | now, "no ties in either wave"
    return Change(
        senders=int((one.senders & two.senders).sum()),
        pairs=int(seen.sum()) // each,
        kept=kept,
        dissolved=dissolved,
        created=created,
        absent=absent,
        jaccard=_ratio(*ratio),
        density_difference=_ratio(one.directed, now.astype(float) - was, seen, NO_PAIR, low=-1.0),
        joined=after.size - two.size,
        left=before.size - one.size,
        persistence=_ratio(one.directed, was & now, was, NO_TIE_BEFORE),
        creation=_ratio(one.directed, now & ~was, seen & ~was, ALL_TIED if seen.any() else NO_PAIR),
        hamming_normalised=_ratio(one.directed, (was | now) & ~(was & now), seen, NO_PAIR),
        correlation=fourfold_correlation(kept, dissolved, created, absent),
    )


def fourfold_correlation(kept: int, dissolved: int, created: int, absent: int) -> Estimate:
    """Pearson's correlation of two 0/1 columns, from the fourfold table of their pairs (Pearson's phi).

    Over all ordered pairs of two fully observed networks it is the graph correlation (`gcor` of sna) that
    a QAP test permutes. Undefined where one wave has no ties, or nothing but ties.

    >>> round(fourfold_correlation(35, 20, 22, 229).value, 12)
    0.541162046288
    """
    sizes = kept + dissolved, created + absent, kept + created, dissolved + absent
    if not all(sizes):
        return Estimate(None, why="one of the waves has no ties among these pairs, or nothing but ties")
    first, first_not, second, second_not = map(float, sizes)
    return Estimate((kept * absent - dissolved * created) / (first * first_not * second * second_not) ** 0.5)


def turnover(before: Network, after: Network) -> tuple[Turnover, Turnover]:
    """Ties of those that left (of the earlier wave), and of those that joined (of the later one).

    Only observed ties: what those that did not answer would have named is in neither.
    Raises ValueError when one network is directed and the other is not.
    """
    one, two = comparable(before, after)
    seen = one.observed & two.observed
    once = [int((wave.ties & ~seen).sum()) // wave.pairs_per_cell for wave in (one, two)]
    return _turnover(before, one.nodes, once[0]), _turnover(after, two.nodes, once[1])


def _turnover(network: Network, stayed: np.ndarray, seen_once: int) -> Turnover:
    moved = ~np.isin(network.nodes, stayed)
    ties = by_group(network.ties, moved.astype(int), 2).round().astype(int)
    received, among = int(ties[0, 1]) if network.directed else 0, int(ties[1, 1]) // network.pairs_per_cell
    return Turnover(tuple(map(str, network.nodes[moved])), int(ties[1, 0]), received, among, seen_once)


def _ratio(directed: bool, part: Table, whole: Table, why: str, low: float = 0.0) -> Estimate:
    part, whole = part.astype(float), whole.astype(float)
    if directed:
        found = ratio_by_sender(part.sum(axis=1), whole.sum(axis=1), low)
    else:
        found = ratio_by_node(part, whole, low)
    return found if found.value is not None else Estimate(None, why=why)
