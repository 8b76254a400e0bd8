"""How far scores may be used for circles: alikeness within, reliability of means, agreement.

Uses nothing. ICC(1) and ICC(2) ask whether circles differ, r_wg(j) whether the members of one agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

NO_VARIATION = "no variation"


@dataclass(frozen=True)
class Icc:
    """An intraclass correlation with its interval, the F ratio and the mean group size n0; `note` says why
    it is undefined (then numbers are nan)."""

    icc: float
    low: float
    high: float
    f: float
    n: int
    groups: int
    n0: float
    note: str = ""


@dataclass(frozen=True)
class Agreement:
    """r_wg(j) of each group, (groups,), nan below the smallest number of answers; how many answered each.

    `cut` counts the groups set to 0 because they disagree more than by chance.
    """

    values: np.ndarray
    n: np.ndarray
    cut: int
    note: str = ""


def icc1(values: np.ndarray, groups: np.ndarray, confidence: float = 0.95) -> Icc:
    """How alike two members of one group are: intraclass correlation of a one-way random-effects analysis
    of variance, groups of unequal size.

    Parameters: `values` one score per person (nan left out), `groups` their group codes (negative left out).
    ICC = (MSB - MSW) / (MSB + (n0 - 1) MSW), n0 = (N - sum n_j^2 / N) / (J - 1). It may be negative.
    The F interval is exact for equal sizes, approximate with n0 otherwise.
    Undefined, with a note, for fewer than 2 groups, no group of 2, or no variation.
    Sources: Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428, ICC(1,1); n0: Snijders & Bosker
    (2012), ch. 3.

    >>> round(icc1(np.array([1.0, 2, 3, 3, 5, 4]), np.array([0, 0, 1, 1, 2, 2])).icc, 6)
    0.862069
    """
    keep = ~np.isnan(values) & (groups >= 0)
    x, codes = values[keep], np.unique(groups[keep], return_inverse=True)[1]
    n, sizes = len(x), np.bincount(codes)
    j = len(sizes)
    note = "fewer than 2 groups" if j < 2 else "no group has 2 answers" if n <= j else ""
    if not note and np.ptp(x) == 0:
        note = NO_VARIATION
    if note:
        return Icc(np.nan, np.nan, np.nan, np.nan, n, j, np.nan, note)
    n0 = (n - (sizes**2).sum() / n) / (j - 1)
    within_means = np.bincount(codes, weights=x) / sizes
    between = (sizes * (within_means - x.mean()) ** 2).sum() / (j - 1)
    within = ((x - within_means[codes]) ** 2).sum() / (n - j)
    value = (between - within) / (between + (n0 - 1) * within)
    low, high, ratio = _icc_interval(between, within, n0, j, n, confidence)
    return Icc(float(value), low, high, ratio, n, j, float(n0))


def _icc_interval(
    between: float, within: float, n0: float, j: int, n: int, confidence: float
) -> tuple[float, float, float]:
    from scipy.stats import f

    if within == 0:
        return 1.0, 1.0, float("inf")
    ratio, tail = between / within, (1 - confidence) / 2
    upper, lower = (float(f.ppf(q, j - 1, n - j)) for q in (1 - tail, tail))
    low, high = ((ratio / q - 1) / (ratio / q + n0 - 1) for q in (upper, lower))
    return float(low), float(high), float(ratio)


def icc2(values: np.ndarray, groups: np.ndarray, confidence: float = 0.95) -> Icc:
    """How reliable the groups' means are: ICC(2) = (MSB - MSW) / MSB = 1 - 1/F, groups of unequal size.

    It is the reliability of the mean of a group of the size n0 (Spearman-Brown of ICC(1)); means of smaller
    groups are less reliable. Parameters, notes and interval (exact for equal sizes) as in `icc1`.
    Sources: Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428, ICC(1,k); Bliese (2000), in Klein &
    Kozlowski (eds), Multilevel Theory, Research, and Methods in Organizations, ch. 8.

    >>> round(icc2(np.array([1.0, 2, 3, 3, 5, 4]), np.array([0, 0, 1, 1, 2, 2])).icc, 6)
    0.925926
    """
    one = icc1(values, groups, confidence)
    if one.note:
        return one
    mean, low, high = (_of_means(r, one.n0) for r in (one.icc, one.low, one.high))
    return replace(one, icc=1 - 1 / one.f if one.f > 0 else mean, low=low, high=high)


def _of_means(r: float, size: float) -> float:
    whole = 1 + (size - 1) * r
    return float(size * r / whole) if whole > 1e-12 else float("nan")


def uniform_variance(low: float, high: float) -> float:
    """Variance of answers given by chance, every step from `low` to `high` as likely: (A^2 - 1) / 12.

    >>> uniform_variance(1, 5)
    2.0
    """
    return ((high - low + 1) ** 2 - 1) / 12


def rwg_j(items: np.ndarray, groups: np.ndarray, chance: float, smallest: int = 5) -> Agreement:
    """How far the members of each group agree on the items: r_wg(j), 1 where they agree wholly.

    r = J (1 - v/chance) / (J (1 - v/chance) + v/chance), v the mean over the J items of the variance
    (n - 1) of the group's complete answers, `chance` the variance were answers given by chance
    (`uniform_variance`). Groups that disagree more than by chance (v > chance) are set to 0, as the authors
    do, and counted. Parameters: items respondents x items, nan where missing; groups codes 0, 1, ..
    (negative left out); `smallest` number of complete answers for which a group has a value.
    Source: James, Demaree & Wolf (1984), Journal of Applied Psychology 69, 85-98, eq. 3.

    >>> items = np.array([[4.0, 4], [4, 5], [5, 4]])
    >>> rwg_j(items, np.zeros(3, dtype=int), chance=2.0, smallest=3).values.round(4).tolist()
    [0.9091]
    """
    keep = ~np.isnan(items).any(axis=1) & (groups >= 0)
    x, codes, size = items[keep], groups[keep], int(groups.max(initial=-1)) + 1
    n = np.bincount(codes, minlength=size)
    spread = np.zeros(size)
    with np.errstate(invalid="ignore", divide="ignore"):
        for column in x.T:
            centre = np.bincount(codes, weights=column, minlength=size) / n
            spread += np.bincount(codes, weights=(column - centre[codes]) ** 2, minlength=size) / (n - 1)
        ratio = spread / x.shape[1] / chance
    enough = n >= max(smallest, 2)
    j, less = x.shape[1], np.clip(1 - ratio, 0, None)
    values = np.where(enough, j * less / (j * less + ratio), np.nan)
    note = "" if enough.any() else f"no circle has {smallest} complete answers"
    return Agreement(values, n, int((enough & (ratio > 1)).sum()), note)
