"""Omega total: the reliability of a sum of items that one factor stands behind.

Uses `factor` and `reliability`. Items come as respondents x items, already reversed where needed, nan where
missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ksn_research.analyse.survey.scale.factor import OneFactor, one_factor_ml
from ksn_research.analyse.survey.scale.reliability import (
    FEW_PEOPLE,
    SEED,
    complete_rows,
    percentiles,
    resampled_sums,
)

FEW_FOR_OMEGA = "fewer than 3 items: one factor is not identified"
SINGULAR = "an item does not vary, or follows from the others: no factor can be fitted"
NOT_CONVERGED = "the one-factor model did not converge"
HEYWOOD = "an item's unique variance stopped at its lower bound (Heywood case): read with care"
OMEGA = {
    "covariances": "omega total, one-factor maximum likelihood on covariances, variance implied by the model",
    "observed": "omega total, one-factor maximum likelihood on covariances, variance as observed",
    "correlations": "omega total, one-factor maximum likelihood on correlations",
}


@dataclass(frozen=True)
class Omega:
    """Omega total and the factor it comes from (loadings in the items' units, variances with divisor n).

    `note` says why it is undefined, or what to mind (a Heywood case); `draws` the bootstrap draws used.
    """

    omega: float
    low: float
    high: float
    n: int
    items: int
    loadings: np.ndarray = field(default_factory=lambda: np.empty(0))
    draws: int = 0
    note: str = ""


def omega_total(
    items: np.ndarray, kind: str = "covariances", draws: int = 0, seed: int = SEED, confidence: float = 0.95
) -> Omega:
    """Omega total of a one-factor model fitted by maximum likelihood, respondents who answered every item.

    kind   what the model is fitted to, and whose variance is divided by (`OMEGA`): "covariances" concerns
           the sum of the items as they are, "correlations" that of standardised items
    draws  respondents resampled for a percentile interval, each draw fitted anew; 0: no interval
    Undefined, with a note, for fewer than 3 items or respondents, items without variation, or no solution.
    Sources: McDonald (1999), Test Theory, ch. 6; Revelle & Zinbarg (2009), Psychometrika 74, 145-154.

    >>> x = np.random.default_rng(1).normal(size=(4000, 1)) + np.random.default_rng(2).normal(size=(4000, 4))
    >>> omega_total(x).omega.__round__(2)  # 4 / (4 + 1)
    0.8
    """
    rows, k = complete_rows(items), items.shape[1]
    n, nan = len(rows), np.nan
    note = FEW_FOR_OMEGA if k < 3 else FEW_PEOPLE if n < 3 else ""
    if note:
        return Omega(nan, nan, nan, n, k, note=note)
    S = np.cov(rows.T, bias=True)
    fit = one_factor_ml(S)
    if not fit.converged:
        unfit = not np.isfinite(fit.loadings).all()
        return Omega(nan, nan, nan, n, k, note=SINGULAR if unfit else NOT_CONVERGED)
    values = _omega_draws(rows, fit, kind, draws, seed)
    interval, used = percentiles(values, confidence), int(np.isfinite(values).sum())
    value = float(_omega(fit, S, n, kind))
    return Omega(value, *interval, n, k, fit.loadings, used, HEYWOOD if fit.heywood else "")


def _omega(fit: OneFactor, S: np.ndarray, n: int, kind: str) -> np.ndarray:
    loadings, unique = fit.loadings, fit.uniquenesses
    if kind == "correlations":
        variances = np.einsum("...ii->...i", S)
        loadings, unique = loadings / np.sqrt(variances), unique / variances
    true = loadings.sum(axis=-1) ** 2
    return true / (S.sum(axis=(-2, -1)) * n / (n - 1) if kind == "observed" else true + unique.sum(axis=-1))


def _omega_draws(rows: np.ndarray, fit: OneFactor, kind: str, draws: int, seed: int) -> np.ndarray:
    """Omega of each draw, fitted from the whole sample's solution on; nan where a draw has none."""
    n, k = rows.shape
    x, (i, j) = rows - rows.mean(axis=0), np.triu_indices(k)
    moments = resampled_sums(np.column_stack([x, x[:, i] * x[:, j]]), draws, seed) / n
    S = np.empty((draws, k, k))
    S[:, i, j] = S[:, j, i] = moments[:, k:] - moments[:, i] * moments[:, j]
    fit = one_factor_ml(S, start=fit, close=1e-4)
    return np.where(fit.converged, _omega(fit, S, n, kind), np.nan)
