"""How evenly something is spread over people: Gini coefficient, share of the top, jackknife intervals."""

from __future__ import annotations

import numpy as np


def gini(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Gini coefficient of positive amounts, and its value with each one left out (in ascending order).

    G = 2 sum_i i x_(i) / (n sum x) - (n + 1)/n, without the n/(n-1) correction.
    Source: Gini (1914); Sen (1973), On Economic Inequality, p. 31.

    >>> value, left_out = gini(np.array([1.0, 3]))
    >>> value, left_out.tolist()
    (0.25, [0.0, 0.0])
    """
    x = np.sort(x)
    n, rank = len(x), np.arange(1, len(x) + 1)
    total, weighted = x.sum(), (rank * x).sum()
    value = 2 * weighted / (n * total) - (n + 1) / n
    # Leaving one out lowers the rank of everything above it by one.
    above = total - np.cumsum(x)
    less = weighted - rank * x - above
    left_out = 2 * less / ((n - 1) * (total - x)) - n / (n - 1)
    return float(value), left_out


def top_share(x: np.ndarray, top: float = 0.1) -> tuple[float, np.ndarray]:
    """The share of the total held by the largest `top` of the units (Lorenz curve, interpolated between
    units), and its value with each unit left out (in ascending order).

    >>> value, _ = top_share(np.array([1.0] * 9 + [11]))
    >>> value
    0.55
    """
    x = np.sort(x)
    n, rank = len(x), np.arange(len(x))
    sums = np.concatenate([[0.0], np.cumsum(x)])
    padded = np.append(x, 0.0)
    below, part = _position((1 - top) * n)
    value = 1 - (sums[below] + part * padded[below]) / sums[-1]
    below, part = _position((1 - top) * (n - 1))
    removed = rank < below
    lower = np.where(removed, sums[min(below + 1, n)] - x, sums[below])
    following = np.where(rank <= below, padded[min(below + 1, n)], padded[below])
    left_out = 1 - (lower + part * following) / (sums[-1] - x)
    return float(value), left_out


def _position(place: float) -> tuple[int, float]:
    below = int(np.floor(place + 1e-9))
    return below, max(0.0, place - below)


def jackknife_interval(
    value: float, left_out: np.ndarray, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Delete-one jackknife: se^2 = (n-1)/n sum (t_-i - mean)^2, t interval with n - 1 degrees of freedom.
    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 11.5."""
    from scipy.stats import t

    n = len(left_out)
    se = float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))
    half = float(t.ppf(0.5 + confidence / 2, n - 1)) * se
    return se, value - half, value + half
