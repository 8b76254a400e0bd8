"""Logistic regression of a 0/1 matrix on matrices, with errors clustered by both nodes of a pair.

Imports `logistic`. The permutation test of the same model is in `mrqap_logistic`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ksn_research.analyse.network.logistic import Fit, logistic_fit, separating

LEAST_EVENTS = 5
ENOUGH_EVENTS = 10
ENOUGH_NODES = 100
INTERCEPT = "(intercept)"
SEPARATED = "separation: alone or with others it tells the two outcomes apart without exception"
CERTAIN = 1e-8
FAR = 30.0  # log odds
MORE_STEPS = 25
NOT_POSITIVE = "the variance clustered by nodes is not positive: too few nodes for it"


@dataclass(frozen=True)
class Coefficient:
    """One predictor of a model, on the log-odds scale.

    estimate   log odds ratio for one unit more; None where `why` says why
    classical  standard error as if pairs were independent, which they are not
    clustered  standard error that allows pairs with a node in common to hang together
    low, high  95 % interval, by the clustered error
    p          two-sided, by the clustered error
    """

    name: str
    estimate: float | None
    classical: float | None = None
    clustered: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    why: str = ""

    @property
    def odds_ratio(self) -> float | None:
        return None if self.estimate is None else float(np.exp(self.estimate))


@dataclass(frozen=True, eq=False)
class DyadModel:
    """One logistic regression over pairs.

    coefficients  the intercept first; empty where `why` says why there is no model
    outcome       n x n: 1 the event, 0 not, NaN a pair that is not at risk or was not observed (what a
                  permutation test needs beside the predictors)
    pairs         at risk, observed in both waves, with every predictor known; events among them
    left_out      pairs at risk and observed of which a predictor is not known
    nodes         nodes in at least one of the pairs
    deviance, aic of the fit; note: what a reader must know, empty if nothing
    """

    coefficients: tuple[Coefficient, ...]
    outcome: np.ndarray
    pairs: int
    events: int
    left_out: int
    nodes: int
    deviance: float | None = None
    aic: float | None = None
    note: str = ""
    why: str = ""

    def __getitem__(self, name: str) -> Coefficient:
        """The coefficient of that name; KeyError where there is none."""
        found = {c.name: c for c in self.coefficients}
        return found[name]


def dyad_model(
    outcome: np.ndarray,
    predictors: Mapping[str, np.ndarray],
    directed: bool = True,
    least_events: float = LEAST_EVENTS,
) -> DyadModel:
    """Logistic regression of a 0/1 matrix on matrices.

    outcome  n x n of 1, 0 and NaN (the pair does not count); undirected: symmetric

    Undefined, in words: no pairs; fewer than `least_events` of the rarer outcome per predictor (10: Peduzzi
    et al. 1996; 5 to 9 often do: Vittinghoff & McCulloch 2007, and are noted); a constant predictor or one
    that follows from the others; a predictor that separates the outcomes (its estimate is endless and
    has no number; those of the others stand). Standard errors: the inverse information, and
    beside it the sandwich with every two pairs that share a node as one cluster. With few nodes the latter is
    too small: in simulations with sender and receiver effects a true null was rejected at the 5 % level in 9
    to 18 % of networks of 25 nodes, 8 to 10 % of 60, 4 to 9 % of 110; `note` says so, and a
    permutation of `outcome` (double semi-partialing) is the test to trust.

    Raises ValueError as `separable` does.

    >>> y = np.array([[np.nan, 1, 0], [1, np.nan, 0], [0, 1, np.nan]])
    >>> dyad_model(y, {"x": y.T}).why
    '3 of the rarer outcome for 1 predictor: fewer than 5 for each'
    """
    stack = _stack(outcome, predictors, directed)
    counts = ~np.isnan(outcome) & (
        _off_diagonal(outcome) if directed else np.tri(len(outcome), k=-1, dtype=bool)
    )
    known = ~np.isnan(stack).any(axis=0)
    senders, receivers = np.nonzero(counts & known)
    y, X = outcome[senders, receivers], stack[:, senders, receivers].T
    events = int(y.sum())
    shared: dict[str, Any] = {
        "outcome": outcome,
        "pairs": len(y),
        "events": events,
        "left_out": int((counts & ~known).sum()),
        "nodes": len(np.union1d(senders, receivers)),
    }
    rare = min(events, len(y) - events)
    why = _why_not(X, rare, tuple(predictors), least_events)
    if why:
        return DyadModel((), why=why, **shared)
    X = np.column_stack([np.ones(len(y)), X])
    fit = to_the_last_digit(logistic_fit(X, y), X, y)
    return DyadModel(
        _coefficients((INTERCEPT, *predictors), X, y, (senders, receivers), fit),
        deviance=fit.deviance,
        aic=fit.deviance + 2 * X.shape[1],
        note="; ".join(_notes(rare, len(predictors), shared["nodes"])),
        **shared,
    )


def _off_diagonal(A: np.ndarray) -> np.ndarray:
    return ~np.eye(len(A), dtype=bool)


def _stack(outcome: np.ndarray, predictors: Mapping[str, np.ndarray], directed: bool) -> np.ndarray:
    """Predictors x n x n."""
    n = len(outcome)
    for name, given in predictors.items():
        x = np.asarray(given, dtype=float)
        if x.shape != (n, n):
            raise ValueError(
                f"predictor {name!r} is {' x '.join(map(str, x.shape))}, not {n} x {n}: "
                "it takes one row and one column per node that stands in both waves, in that of `aligned`"
            )
        where = _off_diagonal(x)
        if not directed and not np.array_equal(x[where], x.T[where], equal_nan=True):
            raise ValueError(
                f"predictor {name!r} is not symmetric, though the networks are undirected: give the mean, "
                "the sum or the difference of the two nodes' values"
            )
    return np.array([np.asarray(x, dtype=float) for x in predictors.values()]).reshape(-1, n, n)


def _why_not(X: np.ndarray, rare: int, names: tuple[str, ...], least: float) -> str:
    if not len(X):
        return "no pair is at risk and observed in both waves, with every predictor known"
    many = max(1, len(names))
    if rare < max(1, least * many):
        return f"{_rarer(rare, many)} {least:g} for each"
    constant = [name for name, column in zip(names, X.T, strict=True) if np.ptp(column) == 0]
    if constant:
        return f"no variation over these pairs: {', '.join(constant)}"
    centred = (X - X.mean(axis=0)) / X.std(axis=0)
    follows = [names[j] for j in range(1, X.shape[1]) if np.linalg.matrix_rank(centred[:, : j + 1]) <= j]
    return f"follows from the predictors before it: {follows[0]}" if follows else ""


def _notes(rare: int, many: int, nodes: int) -> Iterator[str]:
    if many and rare < ENOUGH_EVENTS * many:
        yield f"{_rarer(rare, many)} {ENOUGH_EVENTS} for each, read with care"
    if nodes < ENOUGH_NODES:
        yield f"{nodes} nodes: clustered errors are too small below {ENOUGH_NODES}, read the permutation p"


def _rarer(rare: int, many: int) -> str:
    noun = "predictor" if many == 1 else "predictors"
    return f"{rare} of the rarer outcome for {many} {noun}: fewer than"


def clustered_covariance(
    X: np.ndarray, residual: np.ndarray, bread: np.ndarray, senders: np.ndarray, receivers: np.ndarray
) -> np.ndarray:
    """Covariance of coefficients where every two pairs with a node in common may hang together.

    X                   pairs x columns; `residual` outcome minus fitted; `bread` inverse information
    senders, receivers  the two nodes of each pair, as numbers

    B M B, where M sums x_d e_d e_c x_c' over all pairs d, c that share at least one node (Aronow, Samii &
    Assenova 2015, Political Analysis 23:4, eq. 5; Fafchamps & Gubert 2007): sums per node, squared, less
    the sums per two nodes, which they hold twice. No small-sample factor. The diagonal can be negative.

    >>> X, e, ends = np.ones((3, 1)), np.array([1.0, 1, -2]), np.array([[0, 0, 1], [1, 2, 2]])
    >>> clustered_covariance(X, e, np.eye(1), *ends).round(6).tolist()  # all three pairs touch: (1+1-2)^2
    [[0.0]]
    """
    scores = X * residual[:, None]
    n = int(max(senders.max(), receivers.max())) + 1
    by_node = _sums(scores, senders, n) + _sums(scores, receivers, n)
    two = np.minimum(senders, receivers) * n + np.maximum(senders, receivers)
    found, place = np.unique(two, return_inverse=True)
    by_two = _sums(scores, place, len(found))
    meat = by_node.T @ by_node - by_two.T @ by_two
    return np.asarray(bread @ meat @ bread)


def _sums(rows: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    return np.column_stack([np.bincount(group, weights=column, minlength=groups) for column in rows.T])


def to_the_last_digit(fit: Fit, X: np.ndarray, y: np.ndarray) -> Fit:
    """The fit after further steps of Newton's, with the covariance at its end.

    `logistic_fit` stops where glm in R does, and has its weights of the step before. Where outcomes are
    separated the steps drive the chances of the certain pairs on to nought and one.
    """
    scale = np.sqrt((X**2).mean(axis=0))
    Z, b = X / scale, fit.b * scale
    for _ in range(MORE_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(Z @ b, -40, 40)))
        information = (Z * (chance * (1 - chance))[:, None]).T @ Z
        step = np.linalg.lstsq(information, Z.T @ (y - chance), rcond=None)[0]
        if np.abs(step).max() < 1e-12 or np.abs(Z @ b).max() > FAR:
            break
        b = b + step
    covariance = np.linalg.pinv(information, hermitian=True) / np.outer(scale, scale)
    return replace(fit, b=b / scale, covariance=covariance, chance=chance)


def _coefficients(
    names: tuple[str, ...], X: np.ndarray, y: np.ndarray, ends: tuple[np.ndarray, np.ndarray], fit: Fit
) -> tuple[Coefficient, ...]:
    if fit.doubtful and (apart := separating(X, y)).any():
        return _separated(names, X, y, ends, fit, apart)
    variance = np.diag(clustered_covariance(X, y - fit.chance, fit.covariance, *ends))
    nodes = len(np.union1d(*ends))
    each = zip(names, fit.b, fit.se, variance, strict=True)
    return tuple(_coefficient(name, b, classical, v, nodes) for name, b, classical, v in each)


def _separated(
    names: tuple[str, ...],
    X: np.ndarray,
    y: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    fit: Fit,
    apart: np.ndarray,
) -> tuple[Coefficient, ...]:
    """Coefficients where some are endless: pairs whose outcome is certain say nothing about the others,
    whose limits are those of a fit without these pairs."""
    open_ = np.minimum(fit.chance, 1 - fit.chance) > CERTAIN
    left = X[open_].any(axis=0)
    X, y, ends = X[open_][:, left], y[open_], (ends[0][open_], ends[1][open_])
    found: dict[str, Coefficient] = {}
    if len(np.unique(y)) == 2 and not separating(X, y).any():
        settled = to_the_last_digit(logistic_fit(X, y), X, y)
        kept = tuple(name for name, here in zip(names, left, strict=True) if here)
        found = {c.name: c for c in _coefficients(kept, X, y, ends, settled)}
    endless = [Coefficient(name, None, why=SEPARATED) for name in names]
    return tuple(
        none if gone else found.get(none.name, none) for none, gone in zip(endless, apart, strict=True)
    )


def _coefficient(name: str, b: float, classical: float, variance: float, nodes: int) -> Coefficient:
    from scipy.stats import t

    if variance <= 0 or nodes < 3:
        return Coefficient(name, float(b), float(classical), why=NOT_POSITIVE)
    se = float(variance) ** 0.5
    reach, p = float(t.ppf(0.975, nodes - 1)) * se, float(2 * t.sf(abs(b) / se, nodes - 1))
    return Coefficient(name, float(b), float(classical), se, float(b - reach), float(b + reach), p)
