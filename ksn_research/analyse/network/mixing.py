"""Do ties stay inside a region, a type, or reach across? (imports `cells` and `structure`)

Everything about ties here is read from the symmetrised observed ties, so that a pair is connected when
at least one of the two said so. Permutation tests shuffle the labels and hold the graph fixed: they
ask whether who sits where explains the pattern, given the structure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import combinations

import numpy as np
import pandas as pd

from ksn_research.analyse.network.cells import Table, by_group, inside
from ksn_research.analyse.network.structure import (
    Estimate,
    LargeNetwork,
    Network,
    ratio_by_node,
    with_interval,
)
from ksn_research.executors import each

DRAWS = 10_000
EXACT = 100_000
BATCH = 500
CLOSE = 1e-9


@dataclass(frozen=True)
class Mixing:
    """How the ties of one network divide between inside and outside the groups of one attribute.

    index, within  E-I index and the share of connected pairs inside a group
    expected       mean E-I index over all ways of placing the labels
    p              two-sided permutation p, None where the index is undefined
    exact          True where every way of placing the labels was counted
    left_out       nodes without a label
    pairs          connected pairs of nodes with a label
    """

    index: Estimate
    expected: float | None
    within: Estimate
    p: float | None
    exact: bool
    left_out: int
    pairs: int


@dataclass(frozen=True)
class Cell:
    """Observed ties, and observed pairs, from one group to another."""

    sender: str
    receiver: str
    ties: int
    pairs: int


@dataclass(frozen=True)
class Spanning:
    """Difference of mean ego E-I between nodes that came to a gathering and the others."""

    difference: Estimate
    p: float | None
    came: int
    others: int
    exact: bool = False


def e_i_index(ties: np.ndarray, labels: np.ndarray) -> float | None:
    """(E - I) / (E + I): -1 all ties inside the groups, +1 all ties across (Krackhardt & Stern 1988).

    ties    n x n symmetric booleans
    labels  n labels, none missing

    >>> line = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    >>> e_i_index(line, np.array(["North", "North", "South"]))
    0.0
    """
    same = np.equal.outer(labels, labels)
    internal, external = int((ties & same).sum()), int((ties & ~same).sum())
    return (external - internal) / (external + internal) if external + internal else None


def e_i_expected(labels: np.ndarray) -> float | None:
    """(Ep - Ip) / (Ep + Ip) over possible pairs: the mean index when labels are placed at random."""
    sizes = np.unique(labels, return_counts=True)[1]
    possible = math.comb(len(labels), 2)
    inside = sum(math.comb(int(size), 2) for size in sizes)
    return (possible - 2 * inside) / possible if possible else None


def mixing(
    network: Network, labels: np.ndarray, seed: int = 1, draws: int = DRAWS, batch: int = BATCH
) -> Mixing:
    """E-I index, its expectation and its permutation p; nodes without a label are left out.

    labels  one label per node, None or NaN where not known

    Two-sided p: the share of labellings at least as far from the expected index as the one seen; every
    labelling where there are at most 100,000, else (1 + k) / (1 + R) over R seeded draws; of a
    `LargeNetwork` the normal approximation with the exact moments of `internal_moments`. The same numbers
    come out whatever the batch.
    """
    codes, known = group_codes(labels)
    inner, codes = network.restricted(known), codes[known]
    ties = inner.symmetrised
    pairs, left_out = int(ties.sum()) // 2, int((~known).sum())
    why = _why_not(pairs, codes)
    if why:
        nothing = Estimate(None, why=why)
        return Mixing(nothing, None, nothing, None, False, left_out, pairs)
    within = ratio_by_node(inside(ties, codes).astype(float), ties.astype(float))
    if isinstance(inner, LargeNetwork):
        p, exact = _normal_p(ties, codes), False
    else:
        p, exact = _mixing_p(ties, codes, seed, draws, batch)
    return Mixing(_balance_of(within), e_i_expected(codes), within, p, exact, left_out, pairs)


def _balance_of(within: Estimate) -> Estimate:
    """The E-I index, 1 - 2 * the share inside, with its interval."""
    value, low, high = (None if x is None else 1 - 2 * x for x in (within.value, within.high, within.low))
    return Estimate(value, None if within.se is None else 2 * within.se, low, high, within.why, within.df)


def group_codes(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labels as numbers in order of name (-1 where not known), and who has one."""
    codes, levels = pd.factorize(pd.Series(labels, dtype=object), sort=True)
    codes = codes.astype(np.int16 if len(levels) < 2**15 else np.int32)
    return codes, codes >= 0


def _why_not(pairs: int, codes: np.ndarray) -> str:
    if len(np.unique(codes)) < 2:
        return "no variation: fewer than two groups"
    return "" if pairs else "no ties between nodes whose group is known"


def _mixing_p(ties: np.ndarray, codes: np.ndarray, seed: int, draws: int, batch: int) -> tuple[float, bool]:
    u, v = np.nonzero(np.triu(ties))
    possible = math.comb(len(codes), 2) * (1 - (e_i_expected(codes) or 0.0)) / 2
    centre = len(u) * possible / math.comb(len(codes), 2)
    far = abs(int((codes[u] == codes[v]).sum()) - centre) - CLOSE
    counted = each(partial(internal_ties, u, v), relabellings(codes, seed, draws, batch))
    return permutation_p((np.abs(internal - centre) >= far for internal in counted), codes)


def _normal_p(ties: Table, codes: np.ndarray) -> float | None:
    mean, sd = internal_moments(ties, codes)
    return two_sided(inside(ties, codes).sum() / 2 - mean, sd)


def two_sided(gap: float, sd: float) -> float | None:
    """P of a normal variable at least as far from its mean; None where it does not vary."""
    from scipy.stats import norm

    return float(2 * norm.sf(abs(gap) / sd)) if sd > CLOSE else None


def internal_moments(ties: Table, codes: np.ndarray) -> tuple[float, float]:
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


def internal_ties(u: np.ndarray, v: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """Per labelling (row of `placed`), how many of the ties u-v join two nodes of one label."""
    by_node = np.ascontiguousarray(placed.T)
    return (by_node[u] == by_node[v]).sum(axis=0)


def relabellings(
    codes: np.ndarray, seed: int, draws: int = DRAWS, batch: int = BATCH
) -> Iterator[np.ndarray]:
    """Ways of placing the labels, in batches of rows: all of them where few enough, else seeded draws."""
    if labellings(codes) <= EXACT:
        every = every_labelling(codes)
        yield from (every[start : start + batch] for start in range(0, len(every), batch))
        return
    drawn = _permutations(len(codes), seed, draws)
    yield from (codes[drawn[start : start + batch]] for start in range(0, draws, batch))


@lru_cache(maxsize=4)
def _permutations(n: int, seed: int, draws: int) -> np.ndarray:
    """Seeded permutations of n positions, one per row; kept, because every test of a roster needs them."""
    order = np.tile(np.arange(n, dtype=np.int16), (draws, 1))
    return np.random.default_rng(seed).permuted(order, axis=1)


def labellings(codes: np.ndarray) -> int:
    """In how many ways the labels can be placed (multinomial coefficient), counted up to beyond `EXACT`.

    >>> labellings(np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]))
    210
    """
    ways, left = 1, len(codes)
    for size in sorted(np.unique(codes, return_counts=True)[1]):
        ways *= math.comb(left, int(size))
        left -= int(size)
        if ways > EXACT:
            break
    return ways


def every_labelling(codes: np.ndarray) -> np.ndarray:
    """All distinct ways of placing the labels, one per row.

    >>> every_labelling(np.array([0, 1, 1])).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    levels, sizes = np.unique(codes, return_counts=True)
    order = np.argsort(sizes, kind="stable")
    placed = np.full((1, len(codes)), levels[order[-1]], dtype=codes.dtype)
    free = np.arange(len(codes))[None, :]
    for k in order[:-1]:
        picks = np.array(list(combinations(range(free.shape[1]), int(sizes[k]))))
        chosen = free[:, picks].reshape(-1, int(sizes[k]))
        placed = np.repeat(placed, len(picks), axis=0)
        np.put_along_axis(placed, chosen, levels[k], axis=1)
        if k != order[-2]:
            rest = np.ones((len(picks), free.shape[1]), dtype=bool)
            np.put_along_axis(rest, picks, False, axis=1)
            others = np.nonzero(rest)[1].reshape(len(picks), -1)
            free = free[:, others].reshape(len(placed), -1)
    return placed


def permutation_p(extreme: Iterator[np.ndarray], codes: np.ndarray) -> tuple[float, bool]:
    """The p of a permutation test from batches of booleans, and whether it is exact."""
    hits = total = 0
    for batch in extreme:
        hits, total = hits + int(batch.sum()), total + len(batch)
    exact = labellings(codes) <= EXACT
    return (hits / total if exact else (1 + hits) / (1 + total)), exact


def mixing_matrix(network: Network, labels: np.ndarray) -> list[Cell]:
    """Observed ties from group to group, one cell per pair of groups, in order of name.

    Undirected: each pair of groups once.
    """
    codes, known = group_codes(labels)
    names = sorted(set(labels[known]))
    ties, pairs = (by_group(counted, codes, len(names)) for counted in (network.ties, network.observed))
    if not network.directed:
        halves = np.where(np.eye(len(names), dtype=bool), 0.5, 1.0)
        ties, pairs = ties * halves, pairs * halves
    cells = np.ndindex(ties.shape) if network.directed else zip(*np.triu_indices(len(names)), strict=True)
    return [Cell(names[a], names[b], int(ties[a, b]), int(pairs[a, b])) for a, b in cells]


def ego_e_i(network: Network, labels: np.ndarray) -> np.ndarray:
    """Per node, (E - I) / (E + I) over its partners of known group.

    NaN for a node without such partners, without a label, or that did not answer: what others said of
    it is only one side of its ties.
    """
    ego, _, across = _partners(network, labels)
    found = _balance(
        np.bincount(ego[across], minlength=network.size), np.bincount(ego, minlength=network.size)
    )
    return np.where(network.senders, found, np.nan)


def _partners(network: Network, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every two partners of known group, in both orders, and whether their groups differ."""
    codes, known = group_codes(labels)
    ego, alter = network.symmetrised.nonzero()
    both = known[ego] & known[alter]
    ego, alter = ego[both], alter[both]
    return ego, alter, codes[ego] != codes[alter]


def _balance(external: np.ndarray, partners: np.ndarray) -> np.ndarray:
    """(E - I) / (E + I) of so many partners; NaN of none."""
    found = np.full(partners.shape, np.nan)
    return np.divide(2 * external - partners, partners, out=found, where=partners > 0)


def spanning(
    network: Network,
    labels: np.ndarray,
    came: np.ndarray,
    seed: int = 1,
    draws: int = DRAWS,
    batch: int = BATCH,
) -> Spanning:
    """Do nodes that came to gatherings reach across groups more than the others?

    came  n booleans. Difference of the mean ego E-I of those that came and of those that did not; p by
    shuffling who came among the egos, two-sided on the difference (of a `LargeNetwork` the normal
    approximation with the exact variance over all ways of it); interval by leaving out one node at a
    time (the ordinary jackknife, (n - 1) / n times the sum of squares), because a tie counts in two egos.
    """
    scores = ego_e_i(network, labels)
    has = ~np.isnan(scores)
    x, c = scores[has], came[has].astype(np.int16)
    many = int(c.sum())
    if min(many, len(c) - many) < 2:
        why = "fewer than two with partners among those that came, or among the others"
        return Spanning(Estimate(None, why=why), None, many, len(c) - many)
    value = _mean_difference(x, c[None, :])[0]
    if isinstance(network, LargeNetwork):
        spread = float(x.var(ddof=1) * (1 / many + 1 / (len(c) - many))) ** 0.5
        p, exact = two_sided(float(value), spread), False
    else:
        far = abs(value) - CLOSE
        drawn = each(partial(_mean_difference, x), relabellings(c, seed, draws, batch))
        p, exact = permutation_p((np.abs(d) >= far for d in drawn), c)
    estimate = with_interval(float(value), _spanning_se(network, labels, came), network.size - 1, -2.0, 2.0)
    return Spanning(estimate, p, many, len(c) - many, exact)


def _mean_difference(x: np.ndarray, came: np.ndarray) -> np.ndarray:
    """Mean of x among those that came minus the mean among the others, per row of `came`."""
    many = came[0].sum()
    total = came @ x
    return total / many - (x.sum() - total) / (len(x) - many)


def _spanning_se(network: Network, labels: np.ndarray, came: np.ndarray) -> float:
    """Without a node only its partners' indices change, and its own is gone."""
    ego, alter, across = _partners(network, labels)
    external, partners = (np.bincount(of, minlength=network.size) for of in (ego[across], ego))
    scores = np.where(network.senders, _balance(external, partners), np.nan)
    after = _balance(external[ego] - across, partners[ego] - 1)
    means = []
    for side in (came, np.logical_not(came)):
        counted = side & ~np.isnan(scores)
        own = np.where(counted, scores, 0.0)
        here = counted[ego]
        change = np.nan_to_num(after[here]) - scores[ego[here]]
        total = own.sum() - own + np.bincount(alter[here], change, network.size)
        gone = np.bincount(alter[here], np.isnan(after[here]), network.size)
        means.append(total / (counted.sum() - counted - gone))
    differences, n = means[0] - means[1], network.size
    return float(((n - 1) / n * ((differences - differences.mean()) ** 2).sum()) ** 0.5)
