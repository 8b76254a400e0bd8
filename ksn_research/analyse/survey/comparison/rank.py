"""Comparisons by rank: Mann-Whitney's test with Cliff's delta, for one item or many.

Uses `compare` (contrasts of levels). All that ranks tell stands in how often each distinct value occurs in
each group: memory grows with the number of answers, never with that of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.comparison.compare import OTHERS, Contrasts, against_others

MANN_WHITNEY = (
    "Cliff's delta: how often one of the first is higher minus how often lower; interval of Feng & Cliff "
    "(2004), unbiased variance; p of the Mann-Whitney test, ties and continuity corrected"
)
STATISTICS = 7  # fields of a RankGrid
SMALL_RANGE = 64  # whole numbers within so wide a range are counted without sorting


@dataclass(frozen=True)
class RankGrid:
    """Mann-Whitney's test of every contrast and item; arrays of shape (contrasts, items), nan where
    undefined.

    u      pairs in which the first is higher, ties half: R's W
    delta  Cliff's delta, 2 U / (n1 n2) - 1, with its interval
    p      two-sided, normal approximation, ties and continuity corrected
    """

    u: np.ndarray
    delta: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    p: np.ndarray
    first: np.ndarray
    second: np.ndarray


def mann_whitney(a: np.ndarray, b: np.ndarray, confidence: float = 0.95) -> RankGrid:
    """Mann-Whitney's test of a against b as a grid of one cell; nan is left out. See `mann_whitney_grid`.

    >>> found = mann_whitney(np.array([3.0, 4, 5]), np.array([1.0, 2, 3]))
    >>> float(found.u[0, 0]), round(float(found.delta[0, 0]), 4)
    (8.5, 0.8889)
    """
    values = np.concatenate([np.asarray(a, dtype=float), np.asarray(b, dtype=float)])
    return mann_whitney_grid(values[:, None], np.repeat([0, 1], [len(a), len(b)]), ((0, 1),), confidence)


def mann_whitney_grid(
    values: np.ndarray, codes: np.ndarray, contrasts: Contrasts | None = None, confidence: float = 0.95
) -> RankGrid:
    """Mann-Whitney's test with Cliff's delta for every item and contrast of levels.

    Parameters: as `compare.welch_grid`: `values` (people, items), nan where there is no answer; `codes` the
    level of each person from 0, negative where it is not known; `contrasts` pairs of levels, None: each level
    against all others. Works item by item, so that memory is that of one item's counts.
    Undefined (nan): an empty side; p where all values are equal; the interval for a side of one.
    Sources: Mann & Whitney (1947), Annals of Mathematical Statistics 18, 50-60; Cliff (1993), Psychological
    Bulletin 114, 494-509, eq. 8 (unbiased variance); interval: Feng & Cliff (2004), Journal of Modern Applied
    Statistical Methods 3(2), with the t quantile of n1 + n2 - 2 degrees of freedom. Where nobody of one side
    overlaps with the other, the bound is Wilson's for all of the smaller side.
    """
    values, codes = np.asarray(values, dtype=float), np.asarray(codes)
    size = int(codes.max(initial=0)) + 1
    pairs = np.array(against_others(size) if contrasts is None else contrasts, dtype=int).reshape(-1, 2)
    cells = [_item(counts(column, codes, size), pairs, confidence) for column in values.T]
    table = np.array(cells, dtype=float).reshape(values.shape[1], len(pairs), STATISTICS)
    return RankGrid(*table.transpose(2, 1, 0))


def counts(values: np.ndarray, codes: np.ndarray, size: int) -> np.ndarray:
    """How often each distinct value, in rising order, occurs in each of `size` levels: (size, values).
    Missing values and negative codes are left out.

    >>> counts(np.array([2.0, 1, 2, np.nan]), np.array([0, 1, 1, 0]), 2).tolist()
    [[0, 1], [1, 1]]
    """
    keep = ~np.isnan(values) & (codes >= 0)
    known, of = values[keep], codes[keep].astype(np.int64)
    place, width = _places(known)
    table = np.bincount(of * width + place, minlength=size * width).reshape(size, width)
    return np.asarray(table[:, table.any(axis=0)])


def _places(known: np.ndarray) -> tuple[np.ndarray, int]:
    """The place of each value among the distinct ones (for a small range of whole numbers: among all)."""
    if not len(known):
        return np.zeros(0, dtype=np.int64), 1
    low, high = known.min(), known.max()
    if high - low < SMALL_RANGE and np.array_equal(known, np.rint(known)):
        return (known - low).astype(np.int64), int(high - low) + 1
    order = np.argsort(known)
    ranked = known[order]
    place = np.empty(len(known), dtype=np.int64)
    place[order] = np.cumsum(np.r_[False, ranked[1:] != ranked[:-1]])
    return place, int(place.max()) + 1


def _item(table: np.ndarray, pairs: np.ndarray, confidence: float) -> list[tuple[float, ...]]:
    """U, delta, its interval, p and both sizes of every contrast of one item."""
    whole, found = table.sum(axis=0), []
    for one, other in pairs:
        a = _level(table, one)
        b = whole - a if other == OTHERS else _level(table, other)
        found.append(_cell(a, b, confidence))
    return found


def _level(table: np.ndarray, level: int) -> np.ndarray:
    return table[level] if level < len(table) else np.zeros(table.shape[1], dtype=table.dtype)


def _cell(a: np.ndarray, b: np.ndarray, confidence: float) -> tuple[float, ...]:
    n1, n2 = int(a.sum()), int(b.sum())
    if min(n1, n2) == 0:
        return (np.nan, np.nan, np.nan, np.nan, np.nan, n1, n2)
    # Of the other side, the share below minus the share above each value.
    of_a = (2 * np.cumsum(b) - b - n2) / n2
    of_b = (n1 - 2 * np.cumsum(a) + a) / n1
    delta = float(np.clip(a @ of_a / n1, -1, 1))
    low, high = _interval(a, b, (of_a, of_b), delta, confidence)
    u = (delta + 1) * n1 * n2 / 2
    return (u, delta, low, high, _p(a + b, round(2 * u) / 2, n1, n2), n1, n2)


def _interval(
    a: np.ndarray, b: np.ndarray, of: tuple[np.ndarray, np.ndarray], delta: float, confidence: float
) -> tuple[float, float]:
    """Feng & Cliff's interval, which is not symmetric and stays within -1 and 1."""
    from scipy.special import stdtrit

    n1, n2 = int(a.sum()), int(b.sum())
    if min(n1, n2) < 2:
        return np.nan, np.nan
    q2 = float(stdtrit(n1 + n2 - 2, 0.5 + confidence / 2)) ** 2
    if abs(delta) == 1:
        smaller = min(n1, n2)
        bound = (smaller - q2) / (smaller + q2)
        return (bound, 1.0) if delta > 0 else (-1.0, -bound)
    spread = q2 * _variance(a, b, of, delta)
    half = np.sqrt(spread * ((1 - delta**2) ** 2 + spread))
    centre, scale = delta - delta**3, 1 - delta**2 + spread
    return float((centre - half) / scale), float((centre + half) / scale)


def _variance(a: np.ndarray, b: np.ndarray, of: tuple[np.ndarray, np.ndarray], delta: float) -> float:
    """Unbiased variance of Cliff's delta, at least what it could be."""
    n1, n2 = int(a.sum()), int(b.sum())
    rows, columns = a @ (of[0] - delta) ** 2, b @ (of[1] - delta) ** 2
    cells = n1 * n2 - float(a.astype(float) @ b) - n1 * n2 * delta**2
    found = (n2**2 * rows + n1**2 * columns - cells) / (n1 * n2 * (n1 - 1) * (n2 - 1))
    return max(float(found), (1 - delta**2) / (n1 * n2 - 1))


def _p(ties: np.ndarray, u: float, n1: int, n2: int) -> float:
    from scipy.special import ndtr

    n = float(n1 + n2)
    t = ties[ties > 1].astype(float)
    variance = n1 * n2 / 12 * (n + 1 - float(np.sum(t**3 - t)) / (n * (n - 1)))
    if variance <= 0:
        return np.nan
    off = u - n1 * n2 / 2
    return float(2 * ndtr(-max(abs(off) - 0.5, 0.0) / np.sqrt(variance)))
