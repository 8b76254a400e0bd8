"""One common factor by maximum likelihood, for one matrix or for a whole stack of them at once.

Uses nothing. The loadings are concentrated out, so that a stack of covariance matrices (bootstrap draws,
say) is fitted by a few vectorised Newton steps in the logarithms of the unique variances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMALLEST = 0.005  # of an item's variance: below this a unique variance is not believed (Heywood)
LOWEST = np.log(SMALLEST)
STEPS = 80


@dataclass(frozen=True)
class OneFactor:
    """Loadings and unique variances (in the units of the matrix) of one or many fitted matrices.

    loadings, uniquenesses  (..., k)
    discrepancy             (...,) the minimum of the likelihood's discrepancy function
    converged, heywood      (...,) bool; Heywood: a unique variance stopped at its lower bound
    """

    loadings: np.ndarray
    uniquenesses: np.ndarray
    discrepancy: np.ndarray
    converged: np.ndarray
    heywood: np.ndarray

    @property
    def variances(self) -> np.ndarray:
        """The items' variances, as the model has them."""
        return self.loadings**2 + self.uniquenesses


def one_factor_ml(covariances: np.ndarray, start: OneFactor | None = None, close: float = 1e-9) -> OneFactor:
    """Maximum-likelihood one-factor solution of covariance or correlation matrices, (..., k, k), k >= 3.

    The solution does not depend on the items' units: loadings of covariances are those of correlations
    times the standard deviations. Loadings are signed so that their sum is not negative. Unique variances
    stay above half a per cent of the item's variance; one that stops there is a Heywood case and is said.
    Matrices that are singular give nan and have not converged. `start` is one solution to begin from,
    `close` the largest slope that counts as none.
    Source: Joereskog (1967), Psychometrika 32, 443-482; exact second derivatives after Clarke (1970),
    British Journal of Mathematical and Statistical Psychology 23, 43-52.

    >>> R = np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]])
    >>> one_factor_ml(R).loadings.round(6).tolist()
    [0.8, 0.7, 0.6]
    """
    S = np.asarray(covariances, dtype=float)
    shape, k = S.shape[:-2], S.shape[-1]
    S = S.reshape(-1, k, k)
    sd = np.sqrt(np.einsum("bii->bi", S))
    fit = _empty(len(S), k)
    with np.errstate(invalid="ignore", divide="ignore"):
        R = S / sd[:, :, None] / sd[:, None, :]
    usable = np.isfinite(R).all(axis=(1, 2))
    usable[usable] = np.linalg.eigvalsh(R[usable])[:, 0] > 1e-10
    if usable.any():
        first = _start(R[usable]) if start is None else np.log(start.uniquenesses / start.variances)
        x, converged = _newton(R[usable], np.broadcast_to(first, sd[usable].shape), close)
        value, _, _, theta, omega = _derivatives(R[usable], x)
        loadings = np.exp(x / 2) * np.sqrt(np.maximum(theta[:, -1:] - 1, 0)) * omega[:, :, -1]
        loadings *= np.where(loadings.sum(axis=1, keepdims=True) < 0, -1, 1)
        fit.loadings[usable], fit.uniquenesses[usable] = loadings * sd[usable], np.exp(x) * sd[usable] ** 2
        fit.discrepancy[usable], fit.converged[usable] = value, converged
        fit.heywood[usable] = (x <= LOWEST + 1e-9).any(axis=1)
    return OneFactor(
        fit.loadings.reshape(*shape, k), fit.uniquenesses.reshape(*shape, k), fit.discrepancy.reshape(shape),
        fit.converged.reshape(shape), fit.heywood.reshape(shape),
    )  # fmt: skip


def _empty(size: int, k: int) -> OneFactor:
    nothing, no = np.full((size, k), np.nan), np.zeros(size, dtype=bool)
    return OneFactor(nothing, nothing.copy(), np.full(size, np.nan), no, no.copy())


def _start(R: np.ndarray) -> np.ndarray:
    # Joereskog's: a little below the part of each item that the others do not explain.
    unexplained = 1 / np.einsum("bii->bi", np.linalg.inv(R))
    return np.clip(np.log((1 - 0.5 / R.shape[-1]) * unexplained), LOWEST, 0)


def _newton(R: np.ndarray, x: np.ndarray, close: float) -> tuple[np.ndarray, np.ndarray]:
    """Log unique variances of each matrix, and whether the slope vanished there. A step after which the
    discrepancy has risen is taken back and halved."""
    x, value = x.copy(), np.full(len(R), np.inf)
    todo, done = np.arange(len(R)), np.zeros(len(R), dtype=bool)
    trial, step, length = x.copy(), np.zeros_like(x), np.ones((len(R), 1))
    for _ in range(STEPS):
        there, slope, curve, _, _ = _derivatives(R[todo], trial[todo])
        fell = there <= value[todo] + 1e-12
        down, length[todo[~fell]] = todo[fell], length[todo[~fell]] / 2
        x[down], value[down], length[down] = trial[down], there[fell], 1
        held = (x[down] <= LOWEST + 1e-12) & (slope[fell] > 0)
        slope = np.where(held, 0, slope[fell])
        done[down] = np.abs(slope).max(axis=1, initial=0) < close
        step[down] = _step(slope, curve[fell], held)
        todo = todo[~done[todo]]
        if not len(todo):
            break
        trial[todo] = np.maximum(x[todo] + length[todo] * step[todo], LOWEST)
    return x, done


def _derivatives(R: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Discrepancy, its slope and curvature in the log unique variances, eigenvalues and eigenvectors."""
    scale = np.exp(-x / 2)
    theta, omega = np.linalg.eigh(R * scale[:, :, None] * scale[:, None, :])
    rest, last, w, f = theta[:, :-1], theta[:, -1:], omega[:, :, :-1], omega[:, :, -1]
    value = (rest - np.log(rest) - 1).sum(axis=1)
    slope = ((1 - rest)[:, None, :] * w**2).sum(axis=2)
    turned = np.swapaxes(w, 1, 2)
    mixed = (1 - rest) * (rest + last) / np.maximum(last - rest, 1e-12)
    curve = ((w * rest[:, None, :]) @ turned) * (w @ turned)
    curve += ((w * mixed[:, None, :]) @ turned) * f[:, :, None] * f[:, None, :]
    return value, slope, curve, theta, omega


def _step(slope: np.ndarray, curve: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Newton's step, no unique variance changed by more than a factor of e; where the surface does not
    curve upwards along it, its eigenvalues are turned up."""
    free = ~held
    curve = curve * (free[:, :, None] & free[:, None, :]) + held[:, :, None] * np.eye(held.shape[1])
    curve = curve + 1e-12 * np.eye(held.shape[1])
    step = -np.linalg.solve(curve, slope[:, :, None])[:, :, 0]
    up = (step * slope).sum(axis=1) >= 0
    if up.any():
        values, vectors = np.linalg.eigh(curve[up])
        along = np.einsum("bij,bi->bj", vectors, slope[up]) / np.maximum(np.abs(values), 1e-4)
        step[up] = -np.einsum("bij,bj->bi", vectors, along)
    return step / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1)
