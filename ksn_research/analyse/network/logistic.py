"""Logistic regression by maximum likelihood, and whether the data allow one. Imports no sibling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEPS = 25
SETTLED = 1e-8
CERTAIN = 1e-7


@dataclass(frozen=True, eq=False)
class Fit:
    """Maximum likelihood: coefficients, their covariance, chances per pair, deviance."""

    b: np.ndarray
    covariance: np.ndarray
    chance: np.ndarray
    deviance: float
    settled: bool

    @property
    def se(self) -> np.ndarray:
        return np.sqrt(np.diag(self.covariance))

    @property
    def z(self) -> np.ndarray:
        return self.b / self.se

    @property
    def doubtful(self) -> bool:
        """Some chance is all but nought or one, or the steps did not settle: look for separation."""
        return not self.settled or bool((np.minimum(self.chance, 1 - self.chance) < CERTAIN).any())


def logistic_fit(X: np.ndarray, y: np.ndarray) -> Fit:
    """Logistic regression by iterated least squares (McCullagh & Nelder 1989, section 2.5).

    X  pairs x columns, the intercept among them; y booleans or 0 and 1

    Start, stopping rule and covariance (of the weights that the last step used) are those of glm in R, so
    that z is the same number; settled to the last digit it would differ in the fifth.

    >>> X = np.array([[1.0, 0], [1, 0], [1, 0], [1, 1], [1, 1], [1, 1]])
    >>> logistic_fit(X, np.array([0, 0, 1, 1, 1, 0])).b.round(6).tolist()
    [-0.693147, 1.386294]
    """
    scale = np.sqrt((X**2).mean(axis=0))
    Z, settled = X / scale, False
    chance = (y + 0.5) / 2
    eta = np.log(chance / (1 - chance))
    before = _deviance(eta, y)
    for _ in range(STEPS):
        weight = chance * (1 - chance)
        information = (Z * weight[:, None]).T @ Z
        b = np.linalg.lstsq(information, Z.T @ (weight * eta + y - chance), rcond=None)[0]
        eta = Z @ b
        chance, deviance = chances(eta), _deviance(eta, y)
        settled = abs(deviance - before) < SETTLED * (abs(deviance) + 0.1)
        before = deviance
        if settled:
            break
    covariance = np.linalg.pinv(information, hermitian=True) / np.outer(scale, scale)
    return Fit(b / scale, covariance, chance, deviance, settled)


def chances(eta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(eta, -40, 40)))


def _deviance(eta: np.ndarray, y: np.ndarray) -> float:
    return float(2 * np.logaddexp(0, np.where(y, -eta, eta)).sum())


def separating(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which columns take part in a direction that never points from no tie to tie wrongly.

    A direction d with x d >= 0 for every tie and <= 0 for every other pair, not nought everywhere, makes
    the maximum likelihood estimate endless (Albert & Anderson 1984, Biometrika 71:1); found as a linear
    programme (Konis 2007).
    """
    from scipy.optimize import linprog

    signed = np.where(np.asarray(y, bool)[:, None], 1.0, -1.0) * (X / np.abs(X).max(axis=0))
    rows = np.unique(signed, axis=0)
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=[(-1, 1)] * rows.shape[1])
    if found.x is None or float(np.asarray(found.fun)) > -1e-7:
        return np.zeros(X.shape[1], dtype=bool)
    return np.abs(found.x) > 1e-7
