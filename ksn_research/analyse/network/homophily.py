"""Is like with like? Indices beside the E-I index, each by its name. (imports `structure` and `mixing`)

Nodes without a label are left out. "Symmetrised": two nodes are connected when at least one observed tie
joins them; the pair is seen when at least one of its two directions was. Other measures read arcs, and
then only observed arcs are in the denominator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.mixing import (
    BATCH,
    DRAWS,
    EXACT,
    group_codes,
    internal_ties,
    labellings,
    relabellings,
)
from ksn_research.analyse.network.structure import Estimate, Network, with_interval

NO_GROUPS = "no variation: fewer than two groups"
NO_TIES = "no ties between nodes whose group is known"


@dataclass(frozen=True)
class Rescaled:
    """The E-I index between the lowest and the highest it could be with this many ties.

    index      2 (EI - lowest) / (highest - lowest) - 1, from -1 to 1
    lowest, highest  of EI, given the number of ties and of pairs inside and across the groups
    """

    index: Estimate
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class Shuffled:
    """The E-I index when the labels are placed at random and the graph is held fixed.

    mean, sd     exact moments over all placings (formula, not simulation)
    lowest, highest, p_ge, p_le  over every labelling (`exact`), else over seeded draws with
                 (1 + k) / (1 + R); p_ge is the share of indices at least as large as the one seen
    count        labellings looked at
    """

    mean: float
    sd: float
    lowest: float
    highest: float
    p_ge: float
    p_le: float
    count: int
    exact: bool


@dataclass(frozen=True)
class GroupMixing:
    """The ties of one group.

    internal, external  connected pairs inside the group, and with one end in it
    index               (external - internal) / (external + internal), every pair once
    index_of_ends       the same with internal pairs twice, as UCINET counts tie ends
    coleman             Coleman's homophily index of the group, on ties sent (undirected: ties)
    """

    group: object
    size: int
    internal: int
    external: int
    index: Estimate
    index_of_ends: Estimate
    coleman: Estimate


def e_i_directed(network: Network, labels: np.ndarray) -> Estimate:
    """(E - I) / (E + I) over arcs: a returned tie counts twice, unlike in the symmetrised index."""
    inner, codes = labelled(network, labels)
    same = np.equal.outer(codes, codes)
    external, internal = int((inner.ties & ~same).sum()), int((inner.ties & same).sum())
    return balance(external, internal)


def balance(external: float, internal: float) -> Estimate:
    """(E - I) / (E + I), undefined without ties."""
    both = external + internal
    return Estimate((external - internal) / both) if both else Estimate(None, why=NO_TIES)


def labelled(network: Network, labels: np.ndarray) -> tuple[Network, np.ndarray]:
    """The network among the nodes of known group, and their groups as numbers in order of name."""
    codes, known = group_codes(labels)
    return network.restricted(known), codes[known]


def rescaled_e_i(network: Network, labels: np.ndarray) -> Rescaled:
    """The E-I index (symmetrised) on the scale of what its number of ties allows (UCINET).

    With L connected pairs and Ep, Ip seen pairs across and inside: highest (2 min(L, Ep) - L) / L,
    lowest (L - 2 min(L, Ip)) / L. Undefined where both are the same.
    """
    inner, codes = labelled(network, labels)
    same, ties = np.equal.outer(codes, codes), np.triu(inner.symmetrised)
    seen = np.triu(inner.observed | inner.observed.T)
    L, internal = int(ties.sum()), int((ties & same).sum())
    if not L:
        return Rescaled(Estimate(None, why=NO_TIES), None, None)
    highest = (2 * min(L, int((seen & ~same).sum())) - L) / L
    lowest = (L - 2 * min(L, int((seen & same).sum()))) / L
    if highest <= lowest:
        why = "the number of ties and of pairs leaves one value only"
        return Rescaled(Estimate(None, why=why), lowest, highest)
    share = ((L - 2 * internal) / L - lowest) / (highest - lowest)
    return Rescaled(Estimate(2 * share - 1), lowest, highest)


def e_i_shuffled(
    network: Network, labels: np.ndarray, seed: int = 1, draws: int = DRAWS, batch: int = BATCH
) -> Shuffled | None:
    """Distribution of the E-I index (symmetrised) over placings of the labels; None where undefined."""
    inner, codes = labelled(network, labels)
    ties = inner.symmetrised
    u, v = np.nonzero(np.triu(ties))
    if not len(u) or len(np.unique(codes)) < 2:
        return None
    seen = int((codes[u] == codes[v]).sum())
    lowest, highest, fewer, more, count = len(u), 0, 0, 0, 0
    for placed in relabellings(codes, seed, draws, batch):
        internal = internal_ties(u, v, placed)
        lowest, highest = min(lowest, int(internal.min())), max(highest, int(internal.max()))
        fewer, more = fewer + int((internal <= seen).sum()), more + int((internal >= seen).sum())
        count += len(placed)
    exact = labellings(codes) <= EXACT
    p_ge, p_le = (k / count if exact else (1 + k) / (1 + count) for k in (fewer, more))
    mean, sd = internal_moments(ties, codes)
    L = len(u)
    return Shuffled(
        1 - 2 * mean / L, 2 * sd / L, 1 - 2 * highest / L, 1 - 2 * lowest / L, p_ge, p_le, count, exact
    )


def internal_moments(ties: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
    """Exact mean and standard deviation of the ties inside groups when labels are placed at random.

    Two ties share a node or they do not: the chances that both lie inside follow from the group sizes
    (join counts without replacement; Cliff & Ord 1981, section 2.3). ties is symmetric.

    >>> line = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    >>> mean, sd = internal_moments(line, np.array([0, 0, 1]))
    >>> round(mean, 4), round(sd, 4)
    (0.6667, 0.4714)
    """
    size = np.unique(codes, return_counts=True)[1].astype(float)
    n, degree = float(len(codes)), ties.sum(axis=1).astype(float)
    L = degree.sum() / 2
    meeting = float((degree * (degree - 1)).sum())  # ordered pairs of ties that share one node
    two = size * (size - 1)
    pair = two.sum() / (n * (n - 1))
    three = (two * (size - 2)).sum() / max(n * (n - 1) * (n - 2), 1.0)
    both_in_one = (two * (size - 2) * (size - 3)).sum()
    four = (both_in_one + two.sum() ** 2 - (two**2).sum()) / max(n * (n - 1) * (n - 2) * (n - 3), 1.0)
    apart = L * (L - 1) - meeting
    variance = L * pair + meeting * three + apart * four - (L * pair) ** 2
    return float(L * pair), math.sqrt(max(variance, 0.0))


def group_mixing(network: Network, labels: np.ndarray) -> list[GroupMixing]:
    """E-I and Coleman's index of every group, in order of name."""
    inner, codes = labelled(network, labels)
    member = np.equal.outer(codes, np.arange(codes.max(initial=-1) + 1)).astype(float)
    joined, ties, seen = (
        member.T @ cells @ member for cells in (inner.symmetrised, inner.ties, inner.observed)
    )
    names = sorted(set(labels[group_codes(labels)[1]]))
    return [
        _group(name, int(member[:, g].sum()), joined[g], ties[g], seen[g], g) for g, name in enumerate(names)
    ]


def _group(
    name: object, size: int, joined: np.ndarray, ties: np.ndarray, seen: np.ndarray, g: int
) -> GroupMixing:
    ends, external = int(joined[g]), int(joined.sum() - joined[g])
    return GroupMixing(
        group=name,
        size=size,
        internal=ends // 2,
        external=external,
        index=balance(external, ends / 2),
        index_of_ends=balance(external, ends),
        coleman=coleman_index(ties[g], ties.sum(), seen[g], seen.sum()),
    )


def coleman_index(inside: float, ties: float, possible_inside: float, possible: float) -> Estimate:
    """Coleman's (1958) homophily index of a group: 0 as by chance, 1 only inside, -1 never inside.

    s = inside / ties, w = possible_inside / possible (observed pairs of the group's members; all
    observed: (n_g - 1) / (n - 1)). (s - w) / (1 - w) where s >= w, else (s - w) / w.

    >>> round(coleman_index(8, 10, 3, 9).value, 3)
    0.7
    """
    if not ties:
        return Estimate(None, why="the group has no ties")
    s, w = inside / ties, possible_inside / possible
    if not 0 < w < 1:
        return Estimate(None, why="no pair inside the group, or none across, was observed")
    return Estimate(float((s - w) / (1 - w if s >= w else w)))


def within_odds_ratio(network: Network, labels: np.ndarray) -> Estimate:
    """Odds of a tie inside groups divided by the odds across, over observed pairs.

    Unlike the E-I index it does not depend on the sizes of the groups. The interval is taken on the
    logarithm; its variance adds up every two pairs that have a node in common, so that senders who name
    many, receivers whom many name, and returned ties are allowed for (dyadic clusters: Fafchamps &
    Gubert 2007; Aronow, Samii & Assenova 2015), with n / (n - 1) and t of n - 1 degrees of freedom.
    """
    inner, codes = labelled(network, labels)
    same, seen = np.equal.outer(codes, codes), inner.observed
    cells = [int((seen & group & state).sum()) // inner.pairs_per_cell
             for group in (same, ~same) for state in (inner.ties, ~inner.ties)]  # fmt: skip
    if len(np.unique(codes)) < 2:
        return Estimate(None, why=NO_GROUPS)
    if not all(cells):
        where = ("tie inside", "untied pair inside", "tie across", "untied pair across")
        return Estimate(None, why=f"no {where[cells.index(0)]} the groups was observed")
    tied, untied, tied_across, untied_across = cells
    ratio = tied * untied_across / (untied * tied_across)
    return _log_interval(ratio, _dyadic_se(inner, same), inner.size - 1)


def _log_interval(ratio: float, se: float, df: int) -> Estimate:
    log = with_interval(math.log(ratio), se, df, -math.inf, math.inf)
    if log.low is None or log.high is None:
        return Estimate(ratio)
    return Estimate(ratio, ratio * se, math.exp(log.low), math.exp(log.high))


def _dyadic_se(network: Network, same: np.ndarray) -> float:
    """Standard error of the log odds ratio.

    In small networks the sum over pairs with a shared node can come out below the one over the dyads
    alone, even below zero; then dyads count as independent. So the interval errs to the long side.
    """
    influence = np.zeros(same.shape)
    for group, sign in ((same, 1.0), (~same, -1.0)):
        cells = network.observed & group
        share = network.ties[cells].mean()
        influence[cells] = sign * (network.ties[cells] - share) / (cells.sum() * share * (1 - share))
    dyad, n = influence + influence.T, network.size
    alone = float((np.triu(dyad) ** 2).sum())
    shared = float((dyad.sum(axis=1) ** 2).sum()) - alone
    return (max(shared, alone) * n / (n - 1)) ** 0.5


def block_densities(network: Network, labels: np.ndarray) -> dict[tuple[object, object], Estimate]:
    """Observed ties / observed pairs from group (first) to group (second), in order of name."""
    inner, codes = labelled(network, labels)
    member = np.equal.outer(codes, np.arange(codes.max(initial=-1) + 1)).astype(float)
    names = sorted(set(labels[group_codes(labels)[1]]))
    ties, pairs = (member.T @ cells @ member for cells in (inner.ties, inner.observed))
    none = Estimate(None, why="no pair was observed")
    return {
        (a, b): Estimate(float(ties[g, h] / pairs[g, h])) if pairs[g, h] else none
        for g, a in enumerate(names)
        for h, b in enumerate(names)
    }
