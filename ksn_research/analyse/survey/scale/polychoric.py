"""Polychoric correlations: how what stands behind two stepped answers goes together.

Uses nothing. Two steps: thresholds from each item's own distribution, then the correlation of each pair by
maximum likelihood; all pairs at once.
"""

from __future__ import annotations

import numpy as np

LIMIT = 0.9999
MOST = 10  # different answers beyond which an item is no longer taken for ordinal
STEPS = 100


def polychoric(items: np.ndarray) -> np.ndarray:
    """Polychoric correlation matrix, (k, k), of items (respondents x items, nan where missing).

    Thresholds are those of each item over everybody who answered it; a pair uses whoever answered both; no
    cell is corrected. A pair whose likelihood rises to the edge gets 0.9999; nan where an item does not vary
    or has more than 10 different answers. The matrix is not smoothed.
    Source: Olsson (1979), Psychometrika 44, 443-460, two-step estimator.

    >>> x = np.repeat([[0.0, 0], [1, 1], [0, 1], [1, 0]], [30, 30, 10, 10], axis=0)
    >>> float(polychoric(x)[0, 1].round(4))  # of two halved items: sin(pi (p - 1/2)), p = 3/4 agree
    0.7071
    """
    k = items.shape[1]
    codes, cuts, usable = _thresholds(items)
    R = np.where(np.eye(k, dtype=bool), 1.0, np.nan)
    i, j = np.triu_indices(k, 1)
    use = usable[i] & usable[j]
    i, j = i[use], j[use]
    if len(i):
        tables = np.stack(
            [_table(codes[:, a], codes[:, b], cuts.shape[1] + 1) for a, b in zip(i, j, strict=True)]
        )
        R[i, j] = R[j, i] = _pairs(tables, cuts[i], cuts[j])
    return R


def _thresholds(items: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes 0, 1, .. (-1 missing), normal thresholds filled up with infinity, and which items can be used."""
    from scipy.special import ndtri

    values = [np.unique(x[~np.isnan(x)], return_inverse=True) for x in items.T]
    sizes = np.array([len(levels) for levels, _ in values])
    usable = (sizes > 1) & (sizes <= MOST)
    most = int(sizes[usable].max()) if usable.any() else 2
    codes = np.full(items.shape, -1)
    cuts = np.full((items.shape[1], most - 1), np.inf)
    for j, (levels, code) in enumerate(values):
        codes[~np.isnan(items[:, j]), j] = code
        if usable[j]:
            shares = np.cumsum(np.bincount(code, minlength=len(levels))) / len(code)
            cuts[j, : len(levels) - 1] = ndtri(shares[:-1])
    return codes, cuts, usable


def _table(a: np.ndarray, b: np.ndarray, size: int) -> np.ndarray:
    both = (a >= 0) & (b >= 0)
    return np.bincount(a[both] * size + b[both], minlength=size * size).reshape(size, size)


def _pairs(tables: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Correlation of each table (m, c, c) with its thresholds (m, c - 1), by scoring kept inside a bracket.

    The slope of the log-likelihood is positive to the left of its maximum, so each slope shortens the
    bracket; a scoring step that leaves the bracket is replaced by its middle.
    """
    low, high = np.full(len(tables), -LIMIT), np.full(len(tables), LIMIT)
    r = np.zeros(len(tables))
    for _ in range(STEPS):
        slope, information = _score(tables, rows, columns, r)
        low, high = np.where(slope > 0, r, low), np.where(slope > 0, high, r)
        with np.errstate(invalid="ignore", divide="ignore"):
            there = r + slope / information
        inside = np.isfinite(there) & (there > low) & (there < high)
        there = np.where(inside, there, (low + high) / 2)
        moved, r = np.abs(there - r).max(), there
        if moved < 1e-10:
            break
    return np.where(tables.sum(axis=(1, 2)) > 1, r, np.nan)


def _score(
    tables: np.ndarray, rows: np.ndarray, columns: np.ndarray, r: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slope of the log-likelihood in the correlation, and its expected curvature."""
    place = rows[:, :, None], columns[:, None, :], r[:, None, None]
    cells = np.maximum(_cells(bivariate_normal(*place), _normal(rows), _normal(columns), 1), 1e-12)
    # The derivative of the distribution function in r is the density (Plackett 1954); the margins have none.
    still = np.zeros_like(rows)
    slopes = _cells(_density(*place), still, still, 0)
    n = tables.sum(axis=(1, 2))
    return (tables * slopes / cells).sum(axis=(1, 2)), n * (slopes**2 / cells).sum(axis=(1, 2))


def _cells(joint: np.ndarray, rows: np.ndarray, columns: np.ndarray, corner: float) -> np.ndarray:
    """Differences of a function on the grid of thresholds, given its values at the far edges and corner."""
    m, a, b = joint.shape
    full = np.zeros((m, a + 2, b + 2))
    full[:, 1:-1, 1:-1] = joint
    full[:, 1:-1, -1], full[:, -1, 1:-1] = rows, columns
    full[:, -1, -1] = corner
    return np.diff(np.diff(full, axis=1), axis=2)


def _normal(x: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(x)


def _density(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Density of two standard normals that correlate by r; 0 at infinity."""
    finite = np.isfinite(h) & np.isfinite(k)
    h, k = np.where(finite, h, 0), np.where(finite, k, 0)
    rest = 1 - r**2
    return np.where(
        finite, np.exp(-(h**2 - 2 * r * h * k + k**2) / (2 * rest)) / (2 * np.pi * np.sqrt(rest)), 0
    )


def bivariate_normal(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """P(X < h, Y < k) for two standard normals that correlate by r, |r| < 1; arrays that broadcast.
    Source: Owen (1956), Annals of Mathematical Statistics 27, 1075-1090, eq. 2.1.

    >>> float(bivariate_normal(np.array(0.0), np.array(0.0), np.array(0.5)).round(6))  # 1/4 + asin(1/2)/2 pi
    0.333333
    """
    from scipy.special import ndtr, owens_t

    h, k, r = np.broadcast_arrays(h, k, r)
    finite = np.isfinite(h) & np.isfinite(k)
    # A zero is moved by next to nothing, so that the formula's quotients have their limits.
    a, b = (np.where(finite & (x != 0), x, 1e-300) for x in (h, k))
    root = np.sqrt(1 - r**2)
    with np.errstate(over="ignore"):
        inner = owens_t(a, (b / a - r) / root) + owens_t(b, (a / b - r) / root)
    value = (ndtr(a) + ndtr(b)) / 2 - inner - np.where((a > 0) == (b > 0), 0, 0.5)
    # Where one threshold lies at infinity, only the other divides.
    return np.where(finite, value, np.where(np.isneginf(h) | np.isneginf(k), 0, ndtr(np.minimum(h, k))))
