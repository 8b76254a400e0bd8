"""Permutations of the nodes of a network, and the p values they give.

A permutation moves rows and columns together, so that every node keeps its ties and only changes its name:
dyads that share a node stay dependent, which is what an ordinary test of dyads forgets (Mantel 1967; Hubert &
Schultz 1976; Krackhardt 1987). Imports no sibling.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ksn_research.executors import each

DRAWS = 5_000
EVERY = 400_000  # enumerated unasked: 9! = 362,880
MOST = 4_000_000  # enumerated when asked: 10! = 3,628,800
UNIT = 64  # permutations that share one seed
CELLS = 80_000  # pairs times permutations at a time, so that they stay in the processor's cache
TAIL = 7  # positions whose permutations are kept ready, 7! = 5,040
CLOSE = 1e-9

Statistic = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Shuffle:
    """The permutations a test runs through: all of them, or seeded draws.

    blocks  n codes; nodes change places inside their block only
    count   how many permutations; the same ones come out however the work is divided
    """

    blocks: np.ndarray
    count: int
    seed: int
    exact: bool

    def orders(self, start: int, stop: int) -> np.ndarray:
        """Permutations start..stop, one per row; `start` is a multiple of `UNIT`."""
        order = np.tile(np.arange(len(self.blocks)), (stop - start, 1))
        rng = np.random.default_rng([self.seed, start // UNIT])
        ranks = np.arange(start, stop)
        for code in np.unique(self.blocks):
            seats = np.nonzero(self.blocks == code)[0]
            if self.exact:
                ways = math.factorial(len(seats))
                order[:, seats] = seats[unranked(ranks % ways, len(seats))]
                ranks = ranks // ways
            else:
                order[:, seats] = rng.permuted(order[:, seats], axis=1)
        return order


def shuffle(blocks: np.ndarray, draws: int = DRAWS, seed: int = 1, exact: bool | None = None) -> Shuffle:
    """All permutations within the blocks where there are at most 400,000 (nine nodes), else seeded draws.

    exact  True asks for all of up to four million (ten nodes), False for draws whatever the number

    Raises ValueError when all are asked for and there are more.
    """
    ways = math.prod(math.factorial(int(size)) for size in np.unique(blocks, return_counts=True)[1])
    if exact and ways > MOST:
        raise ValueError(f"there are more than {MOST:,} permutations; draw some of them (exact=False)")
    every = ways <= EVERY if exact is None else exact
    return Shuffle(np.asarray(blocks), ways if every else draws, seed, every)


def unranked(ranks: np.ndarray, n: int) -> np.ndarray:
    """The permutations of n positions with these numbers in dictionary order, one per row.

    >>> unranked(np.arange(6), 3).tolist()
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    """
    tail = min(n, TAIL)
    every = math.factorial(tail)
    heads, which = np.unique(ranks // every, return_inverse=True)
    order = _lehmer(heads * every, n)[which]
    order[:, n - tail :] = np.take_along_axis(order[:, n - tail :], _all(tail)[ranks % every], axis=1)
    return order


@lru_cache(maxsize=TAIL + 1)
def _all(n: int) -> np.ndarray:
    return _lehmer(np.arange(math.factorial(n)), n)


def _lehmer(ranks: np.ndarray, n: int) -> np.ndarray:
    """Permutations by rank from their Lehmer code, whose digit i counts smaller entries further on."""
    order = np.stack([ranks // math.factorial(n - 1 - i) % (n - i) for i in range(n)], axis=1)
    for i in range(n - 2, -1, -1):
        order[:, i + 1 :] += order[:, i + 1 :] >= order[:, i : i + 1]
    return order


@dataclass(frozen=True)
class Permuted:
    """What the permutations say of one statistic.

    p, p_greater, p_less  share of permutations as far from nought, as great, as small as what was seen:
                          (1 + count) / (1 + draws), or count / all where all were counted
    p_se                  Monte-Carlo standard error of p; None where all were counted
    mean, sd              of the statistic over the permutations
    """

    p: float
    p_greater: float
    p_less: float
    p_se: float | None
    mean: float
    sd: float


def permuted(seen: np.ndarray, statistic: Statistic, places: Shuffle, batch: int) -> list[Permuted]:
    """One `Permuted` per entry of `seen`.

    statistic  from orders (permutations x n) to values (permutations x statistics). NaN, where a
               permutation leaves nothing to compute, counts as extreme
    batch      how many permutations at once; it changes no p, nor does who does the work (`executors.each`)
    """

    def counted(start: int) -> np.ndarray:
        order = places.orders(start, min(start + unit, places.count))
        parts = (order[i : i + batch] for i in range(0, len(order), batch))
        return np.sum([_counts(seen, statistic(part)) for part in parts], axis=0)

    unit = UNIT * UNIT if places.exact else UNIT
    total = np.sum(list(each(counted, range(0, places.count, unit))), axis=0)
    return [_permuted(column, places) for column in total.T]


def batch_of(pairs: int) -> int:
    """How many permutations of so many pairs are handled best at once."""
    return min(max(CELLS // max(pairs, 1), 8), UNIT * UNIT)


def _counts(seen: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Per statistic: as far, as great, as small; how many there are, their sum and sum of squares."""
    close = CLOSE * np.maximum(1.0, np.abs(seen))
    far = np.logical_not(np.abs(drawn) < np.abs(seen) - close)
    great = np.logical_not(drawn < seen - close)
    small = np.logical_not(drawn > seen + close)
    there = np.logical_not(np.isnan(drawn))
    kept = np.where(there, drawn, 0.0)
    return np.stack([x.sum(axis=0) for x in (far, great, small, there, kept, kept**2)]).astype(float)


def _permuted(column: np.ndarray, places: Shuffle) -> Permuted:
    far, great, small, there, total, squares = column.tolist()
    extra = 0 if places.exact else 1
    p, p_greater, p_less = ((extra + x) / (extra + places.count) for x in (far, great, small))
    se = None if places.exact else math.sqrt(p * (1 - p) / places.count)
    mean = total / there if there else math.nan
    sd = math.sqrt(max(0.0, squares / there - mean**2)) if there else math.nan
    return Permuted(p, p_greater, p_less, se, mean, sd)
