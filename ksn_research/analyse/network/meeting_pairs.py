"""Pairs that met and pairs that did not, compared and permuted. (imports `structure` and `mixing`)

The arithmetic behind `attendance_effect`: Mantel and Haenszel's ratio and difference over strata of nodes,
and permutations of the nodes' attendance, all together or within strata.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ksn_research.analyse.network.mixing import CLOSE, EXACT, permutation_p, relabellings
from ksn_research.analyse.network.structure import Estimate, with_interval
from ksn_research.executors import each

CELLS = 8_000_000  # look-ups held at one time
NO_ORDER = "no permutation within strata changes how many new ties fall on pairs that met"


@dataclass(frozen=True, eq=False)
class Pairs:
    """What is compared: n x n booleans each, one stratum number per node, and a pair's name in words."""

    eligible: np.ndarray
    formed: np.ndarray
    met: np.ndarray
    codes: np.ndarray
    directed: bool
    noun: str


def share(formed: int, pairs: int, why: str) -> Estimate:
    """formed / pairs, or in words why not."""
    return Estimate(formed / pairs) if pairs else Estimate(None, why=why)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Sums over the receivers of one stratum: by sender (n x S), and by stratum of the sender (S x S)."""

    by_sender: np.ndarray
    codes: np.ndarray

    @property
    def whole(self) -> np.ndarray:
        return np.asarray(_members(self.codes).T @ self.by_sender)

    @property
    def cell(self) -> np.ndarray:
        """n x S: the whole cell in which each sender's pairs lie."""
        return np.asarray(self.whole[self.codes])


def _members(codes: np.ndarray) -> np.ndarray:
    return np.equal.outer(codes, np.arange(int(codes.max(initial=0)) + 1)).astype(float)


def _crossed(a: _Cells, b: _Cells, n: _Cells) -> tuple[float, np.ndarray]:
    """Sum over cells of a b / n, and each sender's influence on it."""
    share_a, share_b = _over(a.cell, n.cell), _over(b.cell, n.cell)
    score = a.by_sender * share_b + b.by_sender * share_a - n.by_sender * share_a * share_b
    return float((a.whole * _over(b.whole, n.whole)).sum()), np.asarray(score.sum(axis=1))


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def compared(pairs: Pairs, among: Estimate, others: Estimate, stratified: bool) -> tuple[Estimate, Estimate]:
    """Ratio and difference, by Mantel and Haenszel, which without strata are the crude ones."""
    if among.value is None or others.value is None:
        nothing = Estimate(None, why=among.why or others.why)
        return nothing, nothing
    members, met, pairless = _members(pairs.codes), pairs.met, ~pairs.met
    a, b, n1, n0, n = (
        _Cells(x @ members, pairs.codes)
        for x in (
            pairs.formed & met,
            pairs.formed & pairless,
            pairs.eligible & met,
            pairs.eligible & pairless,
            pairs.eligible,
        )
    )
    (first, s1), (second, s2), (weight, sw) = _crossed(a, n0, n), _crossed(b, n1, n), _crossed(n1, n0, n)
    if not weight:
        nothing = Estimate(None, why=f"no stratum has both a {pairs.noun} that met and one that did not")
        return nothing, nothing
    asked = pairs.eligible.any(axis=1)
    difference = (first - second) / weight if stratified else among.value - others.value
    gap = _interval(difference, (s1 - s2 - difference * sw)[asked] / weight, pairs.directed)
    if not second:
        kind = "ties" if pairs.noun.startswith("observed") else "new ties"
        return Estimate(None, why=f"no {kind} among pairs that did not meet"), gap
    ratio = first / second if stratified else among.value / others.value
    if not pairs.directed or not first:
        return Estimate(ratio), gap
    return _log_interval(ratio, (s1 / first - s2 / second)[asked]), gap


def _interval(value: float, score: np.ndarray, directed: bool) -> Estimate:
    m = len(score)
    if not directed or m < 2:
        return Estimate(value)
    return with_interval(value, float((m / (m - 1) * (score**2).sum()) ** 0.5), m - 1, -1.0, 1.0)


def _log_interval(ratio: float, score: np.ndarray) -> Estimate:
    from scipy.stats import t

    m = len(score)
    if m < 2:
        return Estimate(ratio)
    se = float((m / (m - 1) * (score**2).sum()) ** 0.5)
    reach = float(np.exp(t.ppf(0.975, m - 1) * se))
    return Estimate(ratio, ratio * se, ratio / reach, ratio * reach)


def permuted(pairs: Pairs, seed: int, draws: int, batch: int) -> tuple[float, bool]:
    """Two-sided p on the difference of the two shares."""
    eligible, formed, met = pairs.eligible, pairs.formed, pairs.met
    nodes = np.arange(len(met), dtype=np.int16)
    many, ties = int(eligible.sum()), int(formed.sum())
    seen = _difference(int((formed & met).sum()), int((eligible & met).sum()), ties, many)
    far = abs(seen) - CLOSE
    placed = relabellings(nodes, seed, draws, min(batch, _batch(pairs)))
    counted = _counts(pairs, np.ones(len(met)), placed)
    extreme = (~(np.abs(_difference(a, b, ties, many)) < far) for a, b in counted)
    return permutation_p(extreme, nodes)


def permuted_within_strata(pairs: Pairs, seed: int, draws: int, batch: int) -> tuple[float | None, bool, str]:
    """Two-sided p on new ties among those that met minus those expected, by orders within strata.

    Expected is the share of new ties of a cell times its pairs that met; over all orders the difference
    has mean nought. The third element says why there is no p.
    """
    members = _members(pairs.codes)
    formed, eligible = (members.T @ x @ members for x in (pairs.formed, pairs.eligible))
    chance = _over(formed, eligible)[pairs.codes][:, pairs.codes]
    seen = float((pairs.formed & pairs.met).sum() - (chance * (pairs.eligible & pairs.met)).sum())
    placed, exact = orders(pairs.codes, seed, draws, min(batch, _batch(pairs)))
    hits, total, varied = 0, 0, False
    for formed_met, by_chance in _counts(pairs, chance, placed):
        drawn = formed_met - by_chance
        hits, total = hits + int((np.abs(drawn) >= abs(seen) - CLOSE).sum()), total + len(drawn)
        varied = varied or bool((np.abs(drawn - seen) > CLOSE).any())
    if not varied:
        return None, False, NO_ORDER
    return (hits / total if exact else (1 + hits) / (1 + total)), exact, ""


def orders(codes: np.ndarray, seed: int, draws: int, batch: int) -> tuple[Iterator[np.ndarray], bool]:
    """Orders of the nodes within strata, in batches of rows: all of them where at most 100,000, else drawn.

    codes  one stratum number per node. Element i of a row is the node whose place node i takes

    >>> batches, exact = orders(np.array([0, 1, 0]), seed=1, draws=9, batch=5)
    >>> [rows.tolist() for rows in batches], exact
    ([[[0, 1, 2], [2, 1, 0]]], True)
    """
    ways = 1
    for size in np.bincount(codes):
        ways *= math.factorial(min(int(size), 10))
    if ways > EXACT:
        return _drawn_orders(codes, seed, draws, batch), False
    every = np.arange(len(codes))[None, :]
    for code in np.unique(codes):
        members = np.flatnonzero(codes == code)
        turns = np.array(list(permutations(members)))
        every = np.repeat(every, len(turns), axis=0)
        every[:, members] = np.tile(turns, (len(every) // len(turns), 1))
    return (every[start : start + batch] for start in range(0, len(every), batch)), True


def _drawn_orders(codes: np.ndarray, seed: int, draws: int, batch: int) -> Iterator[np.ndarray]:
    """Sorting random numbers within strata: the same orders whatever the batch."""
    random, slots = np.random.default_rng(seed), np.argsort(codes, kind="stable")
    for start in range(0, draws, batch):
        rows = np.empty((min(batch, draws - start), len(codes)), dtype=np.int64)
        rows[:, slots] = np.argsort(codes + random.random(rows.shape), axis=1)
        yield rows


def _batch(pairs: Pairs) -> int:
    """Orders at one time, so that the look-ups stay small."""
    return max(1, CELLS // max(1, int(pairs.formed.sum() + (~pairs.eligible).sum())))


def _counts(
    pairs: Pairs, weight: np.ndarray, placed: Iterable[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Per permutation, new ties among those that met, and the weights of the eligible pairs that met.

    weight  n x n, the same for two nodes of one stratum, or ones (n,)

    Whole rows are counted by the weight of the others a node met, then the few pairs of these rows that are
    not eligible are taken off: sparse work instead of n * n look-ups per permutation.
    """
    eligible, met, n = pairs.eligible, pairs.met, len(pairs.met)
    weight = np.broadcast_to(weight, met.shape)
    rows = np.nonzero(eligible.any(axis=1))[0]
    not_eligible = ~eligible & ~np.eye(n, dtype=bool)
    off = np.isin(np.arange(n), rows)[:, None] & not_eligible
    (fu, fv), (xu, xv) = np.nonzero(pairs.formed), np.nonzero(off)
    flat, degree, lost = met.ravel(), (met * weight).sum(axis=1), weight[xu, xv]

    def counted(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seat = np.ascontiguousarray(batch.T).astype(np.int32)
        taken_off = lost @ flat.take(seat[xu] * n + seat[xv])
        return flat.take(seat[fu] * n + seat[fv]).sum(axis=0), degree[seat[rows]].sum(axis=0) - taken_off

    return each(counted, placed)


def _difference(formed: np.ndarray | int, met: np.ndarray | int, ties: int, pairs: int) -> np.ndarray:
    """Difference of the two shares; NaN (counted as extreme) where one side has no pairs."""
    a, b = np.asarray(formed, dtype=float), np.asarray(met, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return a / b - (ties - a) / (pairs - b)
