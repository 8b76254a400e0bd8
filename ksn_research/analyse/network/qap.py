"""Permutations of the nodes of a network, the p values they give, and the correlation of two relations.

Imports `structure`; `mrqap` and `mrqap_logistic` import from here. A permutation moves rows and columns
together, so that every node keeps its ties and only changes its name: dyads that share a node stay
dependent, which is what an ordinary test of dyads forgets (Mantel 1967; Hubert & Schultz 1976;
Krackhardt 1987).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ksn_research.analyse.network.structure import Network

DRAWS = 5_000
EVERY = 400_000  # enumerated unasked: 9! = 362,880
MOST = 4_000_000  # enumerated when asked: 10! = 3,628,800
UNIT = 64  # permutations that share one seed
PAIRS = 8_192  # pairs gathered at a time, so that their vectors stay in the processor's cache
CELLS = 80_000  # pairs times permutations at a time, so that these stay there too
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


def permuted(
    seen: np.ndarray, statistic: Statistic, places: Shuffle, batch: int, workers: int = 1
) -> list[Permuted]:
    """One `Permuted` per entry of `seen`.

    statistic  from orders (permutations x n) to values (permutations x statistics). NaN, where a
               permutation leaves nothing to compute, counts as extreme
    batch      how many permutations at once; workers threads. Neither changes a p
    """

    def counted(start: int) -> np.ndarray:
        order = places.orders(start, min(start + unit, places.count))
        parts = (order[i : i + batch] for i in range(0, len(order), batch))
        return np.sum([_counts(seen, statistic(part)) for part in parts], axis=0)

    unit = UNIT * UNIT if places.exact else UNIT
    with ThreadPoolExecutor(workers) as pool:
        total = np.sum(list(pool.map(counted, range(0, places.count, unit))), axis=0)
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


@dataclass(frozen=True, eq=False)
class Moved:
    """A matrix whose nodes change places, and the vectors over pairs with which its products are wanted.

    table    n * n values, 0 where there is none
    basis    pairs x vectors
    weights  one per pair: the weighted sum of squares is wanted too; None where it stays the same
    """

    table: np.ndarray
    basis: np.ndarray
    weights: np.ndarray | None = None


def products(
    parts: Sequence[Moved], order: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per matrix, for each permutation: its products with the vectors, and its sum of squares."""
    n = order.shape[1]
    above = order * n
    found = [(np.zeros((len(order), part.basis.shape[1])), np.zeros(len(order))) for part in parts]
    for start in range(0, len(rows), PAIRS):
        some = slice(start, start + PAIRS)
        place = above.take(rows[some], axis=1)
        place += order.take(columns[some], axis=1)
        for part, (sums, squares) in zip(parts, found, strict=True):
            values = part.table.take(place)
            sums += values @ part.basis[some]
            if part.weights is not None:
                squares += (values * values) @ part.weights[some]
    return found


def blocks_of(n: int, groups: np.ndarray | None = None, *seen: np.ndarray) -> np.ndarray:
    """n codes: nodes of one group whose rows, and columns, are either wholly unobserved or not.

    groups  one label per node (None: one group); seen  n x n booleans each

    A node that did not answer changes places only with others that did not, so that answers stay where
    answers were.
    """
    labels = (
        np.zeros(n, dtype=int)
        if groups is None
        else np.unique(np.asarray(groups, str), return_inverse=True)[1]
    )
    silent = [part for mask in seen for part in (~mask.any(axis=1), ~mask.any(axis=0))]
    return np.unique(np.stack([labels, *silent], axis=1), axis=0, return_inverse=True)[1].ravel()


def steady(mask: np.ndarray, blocks: np.ndarray) -> bool:
    """Whether `mask` stays as it is when nodes change places inside their blocks."""
    sizes = np.bincount(blocks)
    member = np.equal.outer(blocks, np.arange(len(sizes))).astype(float)
    possible = np.outer(sizes, sizes) - np.diag(sizes)
    inside = member.T @ mask.astype(float) @ member
    return bool(((inside == 0) | (inside == possible)).all())


def matrix_of(relation: Network | np.ndarray, directed: bool | None) -> tuple[np.ndarray, bool]:
    """n x n floats with NaN where not observed and on the diagonal, and whether pairs are ordered.

    Raises ValueError where the pairs are said to have no order and the matrix is not symmetric.
    """
    own = isinstance(relation, Network)
    A = np.array(relation.A if isinstance(relation, Network) else relation, dtype=float)
    ordered = (relation.directed if isinstance(relation, Network) else True) if directed is None else directed
    np.fill_diagonal(A, np.nan)
    if not ordered and not np.allclose(A, A.T, equal_nan=True):
        told = "the network" if own else "the matrix"
        raise ValueError(f"{told} is not symmetric, so it has a direction; symmetrise it first")
    return A, ordered


def pairs_of(mask: np.ndarray, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pairs that count: all cells of `mask`, or those below the diagonal."""
    rows, columns = np.nonzero(mask if directed else np.tril(mask, -1))
    return rows, columns


@dataclass(frozen=True)
class Qap:
    """The correlation of two relations over pairs, with its permutation p.

    r      None where undefined, and `why` says so
    pairs  pairs observed in both; draws permutations; exact whether these were all
    """

    r: float | None
    test: Permuted | None
    pairs: int
    draws: int
    exact: bool
    why: str = ""


def qap_correlation(
    y: Network | np.ndarray,
    x: Network | np.ndarray,
    *,
    directed: bool | None = None,
    groups: np.ndarray | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    exact: bool | None = None,
    workers: int = 1,
    batch: int | None = None,
) -> Qap:
    """Pearson correlation of two relations over pairs of different nodes, p by permuting the nodes of x.

    y, x      networks, or n x n numbers with NaN where not observed; the same nodes in the same order
    directed  False counts each pair once; None takes it from `y` (True for a bare matrix)
    groups    n labels: nodes change places inside their group only
    exact     see `shuffle`

    The quadratic assignment procedure (Hubert & Schultz 1976; Krackhardt 1987, Social Networks 9:171).
    Pairs not observed in both are left out, of every permutation too; nodes that did not answer change
    places among themselves.

    Raises ValueError for matrices of different size, or not symmetric though without direction.

    >>> star = np.array([[0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    >>> found = qap_correlation(star, star, directed=False)
    >>> round(found.r, 9), found.test.p, found.draws
    (1.0, 0.25, 24)
    """
    (A, ordered), (B, _) = matrix_of(y, directed), matrix_of(x, directed)
    if A.shape != B.shape:
        raise ValueError(f"the relations have {len(A)} and {len(B)} nodes; align them first")
    if not ordered:
        matrix_of(x, False)
    seen_a, seen_b = ~np.isnan(A), ~np.isnan(B)
    rows, columns = pairs_of(seen_a & seen_b, ordered)
    why = _why_not(A[rows, columns], B[rows, columns])
    if why:
        return Qap(None, None, len(rows), 0, False, why)
    blocks = blocks_of(len(A), groups, seen_a, seen_b)
    statistic = _correlation(A, B, ordered, steady(seen_a, blocks) and steady(seen_b, blocks))
    places = shuffle(blocks, draws, seed, exact)
    seen = statistic(np.arange(len(A))[None, :])[0]
    test = permuted(seen, statistic, places, batch or batch_of(len(rows)), workers)[0]
    return Qap(float(seen[0]), test, len(rows), places.count, places.exact)


def _why_not(a: np.ndarray, b: np.ndarray) -> str:
    if len(a) < 3:
        return "fewer than three pairs were observed in both relations"
    flat = [np.ptp(values) == 0 for values in (a, b)]
    return "no variation: every pair has the same value in one of the relations" if any(flat) else ""


def _correlation(A: np.ndarray, B: np.ndarray, directed: bool, fixed: bool) -> Statistic:
    """From orders to correlations; `fixed` where the same pairs count in every permutation."""
    seen_a, seen_b = ~np.isnan(A), ~np.isnan(B)
    rows, columns = pairs_of(seen_a & seen_b if fixed else seen_a, directed)
    a, b = A[rows, columns], np.where(seen_b, B - np.nanmean(B), 0.0).ravel()
    a = a - a.mean()
    ones = np.ones((len(a), 1))
    if fixed:
        inside = b.reshape(B.shape)[rows, columns]
        whole = math.sqrt(float((a**2).sum()) * float(((inside - inside.mean()) ** 2).sum()))
        only = [Moved(b, a[:, None])]
        return lambda order: products(only, order, rows, columns)[0][0] / whole
    parts = [
        Moved(b, np.stack([a, ones[:, 0]], axis=1)),
        Moved(b**2, ones),
        Moved(seen_b.astype(float).ravel(), np.stack([a, ones[:, 0], a**2], axis=1)),
    ]

    def available(order: np.ndarray) -> np.ndarray:
        (ab, bb, mm) = (sums for sums, _ in products(parts, order, rows, columns))
        many = mm[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = (many * mm[:, 2] - mm[:, 0] ** 2) * (many * bb[:, 0] - ab[:, 1] ** 2)
            return ((many * ab[:, 0] - mm[:, 0] * ab[:, 1]) / np.sqrt(spread))[:, None]

    return available
