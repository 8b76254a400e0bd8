"""The correlation of two relations, tested by permuting nodes. (imports `dyads` and `permutations`)"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.dyads import Moved, blocks_of, matrix_of, pairs_of, products, steady
from ksn_research.analyse.network.permutations import DRAWS, Permuted, Statistic, batch_of, permuted, shuffle
from ksn_research.analyse.network.structure import Network


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
    test = permuted(seen, statistic, places, batch or batch_of(len(rows)))[0]
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
