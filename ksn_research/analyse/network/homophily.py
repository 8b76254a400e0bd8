"""Is like with like? Indices beside the E-I index, each by its name.
(imports `cells`, `structure` and `mixing`)

Nodes without a label are left out. "Symmetrised": two nodes are connected when at least one observed tie
joins them; the pair is seen when at least one of its two directions was. Other measures read arcs, and
then only observed arcs are in the denominator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from ksn_research.analyse.network.cells import Table, by_group, inside, own_group
from ksn_research.analyse.network.mixing import (
    BATCH,
    DRAWS,
    EXACT,
    group_codes,
    internal_moments,
    internal_ties,
    labellings,
    relabellings,
)
from ksn_research.analyse.network.structure import Estimate, Network, with_interval
from ksn_research.executors import each

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
    internal = round(inside(inner.ties, codes).sum())
    return balance(round(inner.ties.sum()) - internal, internal)


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
    ties, seen = inner.symmetrised, inner.observed | inner.observed.T
    L, internal = round(ties.sum()) // 2, round(inside(ties, codes).sum()) // 2
    if not L:
        return Rescaled(Estimate(None, why=NO_TIES), None, None)
    pairs = round(own_group(seen, codes).sum()) // 2
    highest = (2 * min(L, round(seen.sum()) // 2 - pairs) - L) / L
    lowest = (L - 2 * min(L, pairs)) / L
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
    for internal in each(partial(internal_ties, u, v), relabellings(codes, seed, draws, batch)):
        lowest, highest = min(lowest, int(internal.min())), max(highest, int(internal.max()))
        fewer, more = fewer + int((internal <= seen).sum()), more + int((internal >= seen).sum())
        count += len(internal)
    exact = labellings(codes) <= EXACT
    p_ge, p_le = (k / count if exact else (1 + k) / (1 + count) for k in (fewer, more))
    mean, sd = internal_moments(ties, codes)
    L = len(u)
    return Shuffled(
        1 - 2 * mean / L, 2 * sd / L, 1 - 2 * highest / L, 1 - 2 * lowest / L, p_ge, p_le, count, exact
    )


def group_mixing(network: Network, labels: np.ndarray) -> list[GroupMixing]:
    """E-I and Coleman's index of every group, in order of name."""
    inner, codes = labelled(network, labels)
    names = sorted(set(labels[group_codes(labels)[1]]))
    joined, ties, seen = (
        by_group(cells, codes, len(names)) for cells in (inner.symmetrised, inner.ties, inner.observed)
    )
    size = np.bincount(codes, minlength=len(names))
    return [_group(name, int(size[g]), joined[g], ties[g], seen[g], g) for g, name in enumerate(names)]


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
    seen, tied_in = own_group(inner.observed, codes).sum(), inside(inner.ties, codes).sum()
    tied_out, seen_out = inner.ties.sum() - tied_in, inner.observed.sum() - seen
    cells = [round(count) // inner.pairs_per_cell
             for count in (tied_in, seen - tied_in, tied_out, seen_out - tied_out)]  # fmt: skip
    if len(np.unique(codes)) < 2:
        return Estimate(None, why=NO_GROUPS)
    if not all(cells):
        where = ("tie inside", "untied pair inside", "tie across", "untied pair across")
        return Estimate(None, why=f"no {where[cells.index(0)]} the groups was observed")
    tied, untied, tied_across, untied_across = cells
    ratio = tied * untied_across / (untied * tied_across)
    return _log_interval(ratio, _dyadic_se(inner, codes), inner.size - 1)


def _log_interval(ratio: float, se: float, df: int) -> Estimate:
    log = with_interval(math.log(ratio), se, df, -math.inf, math.inf)
    if log.low is None or log.high is None:
        return Estimate(ratio)
    return Estimate(ratio, ratio * se, math.exp(log.low), math.exp(log.high))


def _dyadic_se(network: Network, codes: np.ndarray) -> float:
    """Standard error of the log odds ratio.

    In small networks the sum over pairs with a shared node can come out below the one over the dyads
    alone, even below zero; then dyads count as independent. So the interval errs to the long side.

    Inside the groups, and across, the influence of an observed pair is (tie - share) * weight.
    """
    ties, seen = network.ties, network.observed
    both = seen & seen.T
    sent = ties & both
    alone, of_node = 0.0, np.zeros(network.size)
    tables = (
        _inside_and_across(table, codes) for table in (ties, ties.T, seen, seen.T, both, sent, sent & sent.T)
    )
    for sign, (tied, named, asked, could, paired, said, mutual) in zip(
        (1.0, -1.0), zip(*tables, strict=True), strict=True
    ):
        share = tied.sum() / asked.sum()
        weight = 1 / (asked.sum() * share * (1 - share))
        of_node += sign * weight * (tied + named - share * (asked + could))
        own = tied.sum() * (1 - share) ** 2 + (asked - tied).sum() * share**2
        with_return = mutual.sum() - 2 * share * said.sum() + share**2 * paired.sum()
        alone += weight**2 * (own + with_return)
    shared, n = float((of_node**2).sum()) - alone, network.size
    return (max(shared, alone) * n / (n - 1)) ** 0.5


def _inside_and_across(table: Table, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per node the sums of its row over its own group, and over the others."""
    own = own_group(table, codes)
    return own, table.sum(axis=1) - own


def block_densities(network: Network, labels: np.ndarray) -> dict[tuple[object, object], Estimate]:
    """Observed ties / observed pairs from group (first) to group (second), in order of name."""
    inner, codes = labelled(network, labels)
    names = sorted(set(labels[group_codes(labels)[1]]))
    ties, pairs = (by_group(cells, codes, len(names)) for cells in (inner.ties, inner.observed))
    none = Estimate(None, why="no pair was observed")
    return {
        (a, b): Estimate(float(ties[g, h] / pairs[g, h])) if pairs[g, h] else none
        for g, a in enumerate(names)
        for h, b in enumerate(names)
    }
