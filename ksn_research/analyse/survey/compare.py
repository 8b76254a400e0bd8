"""Comparisons: two groups (Welch), two overlapping samples, the same people twice, and Holm's correction.

pingouin is called here and nowhere else. Its t test rounds the interval and leaves the effect size unsigned,
so only T, degrees of freedom and p are taken from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

import numpy as np

NO_VARIATION = "no variation: no interval and no test"
TOO_FEW = "fewer than 2 people on one side"
TOO_FEW_PAIRS = "fewer than 3 people answered in both waves"
OVERLAP = (
    "difference of means of two overlapping samples, standard error with the covariance of those who "
    "answered twice (Derrick et al. 2017, unequal variances); t interval"
)
PAIRED = "mean difference of those who answered both times; paired t interval"
WELCH = "difference of means, Welch t test; those who came minus those who did not"
HEDGES = (
    "Hedges' g, standardised by the pooled standard deviation, exact small-sample factor; normal interval"
)


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


def welch(a: np.ndarray, b: np.ndarray, confidence: float = 0.95) -> Comparison:
    """Difference of means a - b, variances free to differ, with a signed Hedges' g.

    Parameters: two arrays of values, nan left out. Fewer than 2 values on a side, or no variation on
    both, is undefined with a note.
    Sources: Welch (1947), Biometrika 34, 28-35; Hedges (1981), Journal of Educational Statistics 6, 107-128.
    """
    a, b = _known(a), _known(b)
    sizes = (len(a), len(b))
    if min(sizes) < 2:
        return _undefined(sizes, TOO_FEW)
    difference = float(a.mean() - b.mean())
    se = sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    if se == 0:
        return _undefined(sizes, NO_VARIATION, difference)
    import pingouin

    test = pingouin.ttest(a, b, correction=True).iloc[0]
    low, high = _interval(difference, se, float(test["dof"]), confidence)
    g, g_se = hedges_g(a, b)
    half = _normal(confidence) * g_se
    return Comparison(
        difference, se, low, high, float(test["p_val"]), float(test["dof"]), sizes,
        hedges_g=g, g_low=g - half, g_high=g + half,
    )  # fmt: skip


def hedges_g(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Signed Hedges' g of a - b and its large-sample standard error.

    The factor is the exact one, Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)) with m = n1 + n2 - 2.
    Source: Hedges (1981), eq. 6e; standard error: Hedges & Olkin (1985), ch. 5, eq. 14.

    >>> g, se = hedges_g(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))
    >>> round(g, 4)
    -1.5958
    """
    n1, n2 = len(a), len(b)
    m = n1 + n2 - 2
    pooled = sqrt(((n1 - 1) * a.var(ddof=1) + (n2 - 1) * b.var(ddof=1)) / m)
    factor = exp(lgamma(m / 2) - lgamma((m - 1) / 2) - log(sqrt(m / 2))) if m > 1 else np.nan
    g = float(factor * (a.mean() - b.mean()) / pooled) if pooled > 0 else np.nan
    return g, sqrt((n1 + n2) / (n1 * n2) + g**2 / (2 * (n1 + n2)))


def change(
    earlier: np.ndarray,
    later: np.ndarray,
    earlier_ids: np.ndarray,
    later_ids: np.ndarray,
    confidence: float = 0.95,
) -> Comparison:
    """Difference of means, later - earlier, of two samples that share some people.

    Parameters: values (scores, or 0 and 1 for a share; nan left out) and an id per value; an id that is
    None or nan stands for nobody else's. Each id at most once on a side.
    var = s1^2/n1 + s2^2/n2 - 2 r s1 s2 n12/(n1 n2), r from the n12 who stand on both sides (0 for fewer
    than 3 of them, or where they do not vary). No overlap: Welch's test; full overlap: the paired one.
    Source: Derrick, Russ, Toher & White (2017), Journal of Modern Applied Statistical Methods 16(1), T_new2.
    """
    (x1, id1), (x2, id2) = _valued(earlier, earlier_ids), _valued(later, later_ids)
    n1, n2 = len(x1), len(x2)
    if min(n1, n2) < 2:
        return _undefined((n1, n2), TOO_FEW)
    first, second = matched(x1, id1, x2, id2)
    n12 = len(first)
    v1, v2 = x1.var(ddof=1) / n1, x2.var(ddof=1) / n2
    r = _correlation(first, second)
    variance = v1 + v2 - 2 * r * sqrt(x1.var(ddof=1) * x2.var(ddof=1)) * n12 / (n1 * n2)
    difference = float(x2.mean() - x1.mean())
    if variance <= 1e-15:
        return _undefined((n1, n2), NO_VARIATION, difference, n12)
    welch_dof = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    alone = n1 + n2 - 2 * n12
    dof = n12 - 1 + (welch_dof - n12 + 1) / (alone + 2 * n12) * alone
    return _tested(difference, sqrt(variance), dof, (n1, n2), n12, confidence)


def paired(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Comparison:
    """Mean of second - first over the same people in the same order, with the paired t interval.
    Fewer than 3 pairs or no variation is undefined with a note."""
    steps = _known(second - first)
    n = len(steps)
    if n < 3:
        return _undefined((n, n), TOO_FEW_PAIRS, pairs=n)
    difference, se = float(steps.mean()), float(steps.std(ddof=1) / sqrt(n))
    if se < 1e-15:
        return _undefined((n, n), NO_VARIATION, difference, n)
    return _tested(difference, se, n - 1, (n, n), n, confidence)


def matched(
    x1: np.ndarray, id1: np.ndarray, x2: np.ndarray, id2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values of the ids that stand on both sides, in one order; missing ids match nobody.

    >>> a, b = matched(np.array([1.0, 2]), np.array(["x", "y"]), np.array([5.0, 6]), np.array(["y", None]))
    >>> a.tolist(), b.tolist()
    ([2.0], [5.0])
    """
    import pandas as pd

    left, right = pd.Series(x1, index=pd.Index(id1)), pd.Series(x2, index=pd.Index(id2))
    left, right = left[left.index.notna()], right[right.index.notna()]
    both = left.index.intersection(right.index)
    return left[both].to_numpy(dtype=float), right[both].to_numpy(dtype=float)


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p values; a missing p is no test and stays missing.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    >>> holm([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    tests = sorted((value, place) for place, value in enumerate(p) if value is not None)
    adjusted: list[float | None] = [None] * len(p)
    highest = 0.0
    for rank, (value, place) in enumerate(tests):
        highest = max(highest, min(1.0, (len(tests) - rank) * value))
        adjusted[place] = highest
    return adjusted


def _tested(
    difference: float, se: float, dof: float, n: tuple[int, int], pairs: int, confidence: float
) -> Comparison:
    from scipy.stats import t

    low, high = _interval(difference, se, dof, confidence)
    p = float(2 * t.sf(abs(difference) / se, dof))
    return Comparison(difference, se, low, high, p, dof, n, pairs)


def _interval(difference: float, se: float, dof: float, confidence: float) -> tuple[float, float]:
    from scipy.stats import t

    half = float(t.ppf(0.5 + confidence / 2, dof)) * se
    return difference - half, difference + half


def _normal(confidence: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _known(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return values[~np.isnan(values)]


def _valued(values: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = ~np.isnan(values)
    return values[keep], np.asarray(ids, dtype=object)[keep]


def _undefined(n: tuple[int, int], note: str, difference: float = np.nan, pairs: int = 0) -> Comparison:
    return Comparison(difference, np.nan, np.nan, np.nan, np.nan, np.nan, n, pairs, note=note)
