"""Comparisons of two groups: means (Welch, Hedges' g), one or many in one pass, and shares (Newcombe).

Uses `intervals` (Wilson's). Arithmetic is ours: a pass over all items and levels at once, intervals
not rounded, effect sizes with their sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Any

import numpy as np

from ksn_research.analyse.survey.estimation.intervals import wilson

NO_VARIATION = "no variation: no interval and no test"
TOO_FEW = "fewer than 2 people on one side"
WELCH = "difference of means, Welch t test; those who came minus those who did not"
HEDGES = (
    "Hedges' g, standardised by the pooled standard deviation, exact small-sample factor; normal interval"
)
NEWCOMBE = "difference of shares; hybrid score interval (Newcombe 1998, method 10), p of Pearson's chi-square"
SAME_ANSWER = "everybody answered alike: no test"
OTHERS = -1  # as second of a contrast: everybody whose level is known and is not the first

Contrasts = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Comparison:
    """A difference (first minus second, or later minus earlier) with its interval and test.

    `n` counts the values of the two sides, `pairs` those who stand on both. Numbers are nan, and `note`
    says why, where they are undefined. Hedges' g has the sign of the difference.
    """

    difference: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    dof: float
    n: tuple[int, int]
    pairs: int = 0
    hedges_g: float = np.nan
    g_low: float = np.nan
    g_high: float = np.nan
    note: str = ""


@dataclass(frozen=True)
class WelchGrid:
    """Welch's test of every contrast and item; arrays of shape (contrasts, items), nan where undefined."""

    difference: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    t: np.ndarray
    dof: np.ndarray
    p: np.ndarray
    hedges_g: np.ndarray
    g_low: np.ndarray
    g_high: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def comparison(self, contrast: int, item: int = 0) -> Comparison:
        """One cell, with a note where it is undefined."""
        names = ("difference", "se", "ci_low", "ci_high", "p", "dof", "hedges_g", "g_low", "g_high")
        cell: dict[str, Any] = {name: float(getattr(self, name)[contrast, item]) for name in names}
        n = (int(self.first[contrast, item]), int(self.second[contrast, item]))
        note = TOO_FEW if min(n) < 2 else NO_VARIATION if np.isnan(cell["se"]) else ""
        return Comparison(**cell, n=n, note=note)


def welch(a: np.ndarray, b: np.ndarray, confidence: float = 0.95) -> Comparison:
    """Difference of means a - b, variances free to differ, with a signed Hedges' g.

    Parameters: two arrays of values, nan left out. Fewer than 2 values on a side, or no variation on
    both, is undefined with a note.
    Sources: Welch (1947), Biometrika 34, 28-35; Hedges (1981), Journal of Educational Statistics 6, 107-128.

    >>> found = welch(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))
    >>> found.difference, round(found.dof, 6), round(found.p, 4)
    (-2.0, 4.0, 0.0705)
    """
    values = np.concatenate([np.asarray(a, dtype=float), np.asarray(b, dtype=float)])
    codes = np.repeat([0, 1], [len(a), len(b)])
    return welch_grid(values[:, None], codes, ((0, 1),), confidence).comparison(0)


def welch_grid(
    values: np.ndarray, codes: np.ndarray, contrasts: Contrasts | None = None, confidence: float = 0.95
) -> WelchGrid:
    """Welch's test with Hedges' g for every item and contrast of levels, in one pass.

    Parameters: `values` (people, items), nan where there is no answer; `codes` the level of each person from
    0, negative where it is not known (those are in no group); `contrasts` pairs of levels, `OTHERS` as second
    for all other levels together; None: each level against the others.
    Fewer than 2 values on a side, or no variation on both, is nan; the difference stays where there are 2.
    Sources: as `welch`; standard error of g: Hedges & Olkin (1985), ch. 5, eq. 14.

    >>> grid = welch_grid(np.array([[1.0], [2], [3], [3], [4], [5]]), np.array([0, 0, 0, 1, 1, 1]))
    >>> grid.difference.tolist()
    [[-2.0], [2.0]]
    """
    from scipy.special import stdtr, stdtrit

    codes = np.asarray(codes)
    size = int(codes.max(initial=0)) + 1
    pairs = np.array(against_others(size) if contrasts is None else contrasts, dtype=int).reshape(-1, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        n, mean, squares, smallest = _moments(np.asarray(values, dtype=float), codes, size)
        (n1, m1, q1), (n2, m2, q2) = _sides(n, mean, squares, pairs)
        difference = np.where((n1 > 1) & (n2 > 1), m1 - m2, np.nan)
        v1, v2 = q1 / (n1 - 1) / n1, q2 / (n2 - 1) / n2
        variance = np.where((v1 + v2 > smallest) & ~np.isnan(difference), v1 + v2, np.nan)
        se, dof = np.sqrt(variance), variance**2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
        g, g_se = _g(difference, n1, n2, q1 + q2)
        g = np.where(np.isnan(se), np.nan, g)
        t = difference / se
        half, g_half = stdtrit(dof, 0.5 + confidence / 2) * se, _normal(confidence) * g_se
        return WelchGrid(
            difference, se, difference - half, difference + half, t, dof, 2 * stdtr(dof, -np.abs(t)),
            g, g - g_half, g + g_half, n1, n2,
        )  # fmt: skip


def against_others(size: int) -> list[tuple[int, int]]:
    """Contrasts of each of `size` levels with all others together.

    >>> against_others(2)
    [(0, -1), (1, -1)]
    """
    return [(level, OTHERS) for level in range(size)]


def all_pairs(size: int) -> list[tuple[int, int]]:
    """Contrasts of every two of `size` levels.

    >>> all_pairs(3)
    [(0, 1), (0, 2), (1, 2)]
    """
    return list(combinations(range(size), 2))


def hedges_g(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Signed Hedges' g of a - b and its large-sample standard error.

    The factor is the exact one, Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)) with m = n1 + n2 - 2.
    Source: Hedges (1981), eq. 6e; standard error: Hedges & Olkin (1985), ch. 5, eq. 14.

    >>> g, se = hedges_g(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))
    >>> round(g, 4)
    -1.5958
    """
    squares = np.asarray(a.var(ddof=0) * len(a) + b.var(ddof=0) * len(b))
    with np.errstate(divide="ignore", invalid="ignore"):
        g, se = _g(np.asarray(a.mean() - b.mean()), np.asarray(len(a)), np.asarray(len(b)), squares)
    return float(g), float(se)


def small_sample_factor(m: Any) -> Any:
    """What takes the bias out of a standardised difference of `m` degrees of freedom; nan for fewer than 2.

    >>> round(float(small_sample_factor(4)), 6)
    0.797885
    """
    from scipy.special import gammaln

    m = np.where(np.asarray(m) > 1, m, np.nan)
    return np.exp(gammaln(m / 2) - gammaln((m - 1) / 2) - np.log(np.sqrt(m / 2)))


def share_difference(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Comparison:
    """Difference of two shares, first - second, with Newcombe's hybrid score interval.

    Parameters: arrays of 0 and 1, nan left out. p is that of Pearson's chi-square without a correction (the
    score test, pooled share). An empty side is undefined; so is p where everybody answered alike.
    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    >>> found = share_difference(np.repeat([1.0, 0], [56, 14]), np.repeat([1.0, 0], [48, 32]))
    >>> round(found.difference, 4), round(found.ci_low, 4), round(found.ci_high, 4)
    (0.2, 0.0524, 0.3339)
    """
    a, b = (side[~np.isnan(side)] for side in (np.asarray(s, dtype=float) for s in (first, second)))
    n = (len(a), len(b))
    if min(n) < 1:
        return undefined(n, "nobody on one side")
    p1, p2 = float(a.mean()), float(b.mean())
    (l1, u1), (l2, u2) = (wilson(int(side.sum()), len(side), confidence) for side in (a, b))
    low, high = sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2), sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    pooled = float((a.sum() + b.sum()) / sum(n))
    spread = pooled * (1 - pooled) * (1 / n[0] + 1 / n[1])
    p = _two_sided((p1 - p2) / sqrt(spread)) if spread > 0 else np.nan
    # Differences stay within -1 and 1; floating point may pass them by its last digit.
    interval = max(-1.0, p1 - p2 - low), min(1.0, p1 - p2 + high)
    se = sqrt(p1 * (1 - p1) / n[0] + p2 * (1 - p2) / n[1])
    return Comparison(p1 - p2, se, *interval, p, np.inf, n, note="" if spread > 0 else SAME_ANSWER)


def undefined(n: tuple[int, int], note: str, difference: float = np.nan, pairs: int = 0) -> Comparison:
    """A comparison that cannot be made, and why."""
    return Comparison(difference, np.nan, np.nan, np.nan, np.nan, np.nan, n, pairs, note=note)


Moments = tuple[np.ndarray, np.ndarray, np.ndarray]


def _moments(
    values: np.ndarray, codes: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Count, mean and sum of squares about the mean of every level and item, and what is no variation."""
    marks = (codes[None, :] == np.arange(size)[:, None]).astype(float)
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    n = marks @ known
    mean = (marks @ filled) / n
    rest = np.where(known, filled - np.where(n > 0, mean, 0.0)[codes], 0.0)
    # A second pass takes out what the first left by rounding.
    slip = (marks @ rest) / n
    scale = np.abs(filled).max(axis=0, initial=0.0)
    return n, mean + slip, marks @ rest**2 - n * slip**2, (1e-13 * scale) ** 2


def _sides(
    n: np.ndarray, mean: np.ndarray, squares: np.ndarray, pairs: np.ndarray
) -> tuple[Moments, Moments]:
    """The moments of both sides of every contrast, those of the others joined from their levels."""
    first, second = pairs.T
    sides = []
    for levels in (first, second):
        marks = np.where(
            levels[:, None] == OTHERS,
            np.arange(len(n)) != first[:, None],
            np.arange(len(n)) == levels[:, None],
        )
        counts, means = np.where(n > 0, n, 0.0), np.where(n > 0, mean, 0.0)
        total = marks @ counts
        centre = (marks @ (counts * means)) / total
        between = marks[:, :, None] * counts * (means - np.nan_to_num(centre)[:, None, :]) ** 2
        sides.append((total, centre, marks @ np.where(n > 0, squares, 0.0) + between.sum(axis=1)))
    return sides[0], sides[1]


def _g(
    difference: np.ndarray, n1: np.ndarray, n2: np.ndarray, squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m = np.asarray(n1 + n2 - 2, dtype=float)
    pooled = np.sqrt(squares / m)
    g = np.where(pooled > 0, small_sample_factor(m) * difference / pooled, np.nan)
    return g, np.sqrt((n1 + n2) / (n1 * n2) + g**2 / (2 * (n1 + n2)))


def _two_sided(z: float) -> float:
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(z)))


def _normal(confidence: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + confidence / 2)
