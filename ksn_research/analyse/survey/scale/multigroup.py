"""Confirmatory factor models of several groups by maximum likelihood, every item on one factor.

Uses `factor` for a start. Factors correlate freely; what the groups share is one of `LEVELS`. Minimised by
scoring (the expected second derivatives), with analytic derivatives of covariances and means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.scale.factor import one_factor_ml

LEVELS = ("configural", "metric", "scalar", "strict")  # each shares what the one before does, and more
SHARED = {"loadings": LEVELS[1:], "intercepts": LEVELS[2:], "residuals": LEVELS[3:]}
STEPS = 200
NOT_CONVERGED = "the model did not converge"
NEGATIVE = "a residual variance is negative (Heywood case): read with care"


@dataclass(frozen=True)
class Moments:
    """What a model is fitted to: n complete answers, their means and covariances (divisor n)."""

    n: int
    mean: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True)
class Fit:
    """How well a model fits; numbers are nan where it did not converge (then `note` says so).

    chi_squared  n times the discrepancy, on `df` degrees of freedom; `p` its tail
    cfi          against the model in which no items correlate; rmsea: times the root of the number of groups
    srmr         mean structure included where means were fitted
    """

    level: str
    chi_squared: float
    df: int
    p: float
    cfi: float
    rmsea: float
    srmr: float
    parameters: int
    n: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True)
class _Layout:
    """Which free parameter stands for each of a group's: `index` (groups, q), -1 for what is fixed at
    `fixed` (q,). A group has loadings, residuals, factor (co)variances, intercepts and factor means."""

    factors: np.ndarray
    index: np.ndarray
    fixed: np.ndarray
    size: int

    @property
    def p(self) -> int:
        return len(self.factors)

    @property
    def m(self) -> int:
        return int(self.factors.max()) + 1


def moments(items: np.ndarray) -> Moments:
    """Moments of the complete answers in `items`, respondents x items, nan where missing."""
    rows = items[~np.isnan(items).any(axis=1)]
    return Moments(len(rows), rows.mean(axis=0), np.cov(rows.T, bias=True))


def fit_groups(
    groups: Sequence[Moments], level: str = "configural", factors: Sequence[int] | None = None,
    means: bool = True,
) -> Fit:  # fmt: skip
    """Fit one model to all groups.

    Parameters: `groups` with the same items, at least 3; `level` one of `LEVELS`; `factors` the factor of
    each item (0, 1, ..; default: one factor); `means` False leaves the means out (configural and metric,
    where they are free anyway; it matters for the SRMR and the count of parameters).
    Sources: Joereskog (1971), Psychometrika 36, 409-426; Bentler (1990), Psychological Bulletin 107, 238-246
    (CFI); Steiger (1998), Structural Equation Modeling 5, 411-419 (RMSEA of several groups).
    """
    p = len(groups[0].mean)
    layout = _layout(groups, level, np.zeros(p, dtype=int) if factors is None else np.asarray(factors))
    n = tuple(group.n for group in groups)
    saturated = 0 if means else len(groups) * p
    free, df = layout.size - saturated, len(groups) * p * (p + 3) // 2 - layout.size
    if any(np.linalg.eigvalsh(group.covariance)[0] < 1e-10 * group.covariance.max() for group in groups):
        note = "an item does not vary, or follows from the others, in a group"
        return Fit(level, np.nan, df, np.nan, np.nan, np.nan, np.nan, free, n, note)
    x, converged = _scoring(groups, layout, _start(groups, layout))
    if not converged:
        return Fit(level, np.nan, df, np.nan, np.nan, np.nan, np.nan, free, n, NOT_CONVERGED)
    return _judged(groups, layout, x, level, df, free, means)


def _layout(groups: Sequence[Moments], level: str, factors: np.ndarray) -> _Layout:
    p, m = len(factors), int(factors.max()) + 1
    blocks = {"loadings": p, "residuals": p, "factors": m * (m + 1) // 2, "intercepts": p, "means": m}
    size, index = 0, []
    first: dict[str, np.ndarray] = {}
    markers = _markers(groups, factors)
    for g in range(len(groups)):
        row = []
        for name, width in blocks.items():
            if g and level in SHARED.get(name, ()):
                row.append(first[name])
                continue
            numbers, free = np.full(width, -1), np.ones(width, dtype=bool)
            if name == "loadings":
                free[markers] = False
            if name == "means":  # latent means can be told apart only where intercepts are shared
                free[:] = g > 0 and level in SHARED["intercepts"]
            numbers[free] = size + np.arange(free.sum())
            size += int(free.sum())
            first.setdefault(name, numbers)
            row.append(numbers)
        index.append(np.concatenate(row))
    fixed = np.zeros(sum(blocks.values()))
    fixed[markers] = 1
    return _Layout(factors, np.array(index), fixed, size)


def _markers(groups: Sequence[Moments], factors: np.ndarray) -> list[int]:
    """The item of each factor whose loading is set to 1: the strongest, since a weak one would hardly do."""
    pooled = np.average([g.covariance for g in groups], axis=0, weights=[g.n for g in groups])
    loadings = _loadings(pooled, factors)
    return [int(np.flatnonzero(factors == f)[np.abs(loadings[factors == f]).argmax()])
            for f in range(int(factors.max()) + 1)]  # fmt: skip


def _loadings(covariance: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Loadings of each factor's items on their own, to start from."""
    loadings = 0.7 * np.sqrt(np.diag(covariance))
    for f in range(int(factors.max()) + 1):
        mine = np.flatnonzero(factors == f)
        if len(mine) > 2:
            fit = one_factor_ml(covariance[np.ix_(mine, mine)])
            loadings[mine] = fit.loadings if fit.converged else loadings[mine]
    return loadings


def _start(groups: Sequence[Moments], layout: _Layout) -> np.ndarray:
    p, m = layout.p, layout.m
    x = np.zeros(layout.size)
    on = layout.factors[:, None] == np.arange(m)
    markers = np.flatnonzero(layout.fixed[:p] == 1)
    for group, index in zip(groups, layout.index, strict=True):
        loadings = _loadings(group.covariance, layout.factors)
        scale = loadings[markers][np.argsort(layout.factors[markers])]
        variances = np.diag(group.covariance)
        a, b = np.triu_indices(m)
        values = np.concatenate([
            loadings / (on @ scale), np.maximum(variances - loadings**2, 0.2 * variances),
            np.where(a == b, scale[a] ** 2, 0.3 * scale[a] * scale[b]), group.mean, np.zeros(m),
        ])  # fmt: skip
        x[index[index >= 0]] = values[index >= 0]
    return x


def _implied(layout: _Layout, x: np.ndarray, g: int) -> tuple[np.ndarray, ...]:
    """A group's implied covariance and mean, and its loadings, factor covariances, factor means."""
    p, m, index = layout.p, layout.m, layout.index[g]
    own = np.where(index >= 0, x[index], layout.fixed)
    loadings, residuals, between, intercepts, means = np.split(own, np.cumsum([p, p, m * (m + 1) // 2, p]))
    L = np.where(layout.factors[:, None] == np.arange(m), loadings[:, None], 0)
    P = np.zeros((m, m))
    P[np.triu_indices(m)] = between
    P = P + np.triu(P, 1).T
    return L @ P @ L.T + np.diag(residuals), intercepts + L @ means, L, P, means


def _derivatives(layout: _Layout, L: np.ndarray, P: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of the implied covariances (q, p, p) and means (q, p) in a group's own parameters."""
    p, m, f = layout.p, layout.m, layout.factors
    a, b = np.triu_indices(m)
    q, i = 3 * p + len(a) + m, np.arange(p)
    D, M = np.zeros((q, p, p)), np.zeros((q, p))
    D[i, i, :] = (L @ P)[:, f].T
    D[i] += np.swapaxes(D[i], 1, 2)
    M[i, i] = means[f]
    D[p + i, i, i] = 1
    outer = L.T[a][:, :, None] * L.T[b][:, None, :]
    D[2 * p : 2 * p + len(a)] = np.where((a == b)[:, None, None], outer, outer + np.swapaxes(outer, 1, 2))
    M[2 * p + len(a) + i, i] = 1
    M[3 * p + len(a) :] = L.T
    return D, M


def _discrepancy(groups: Sequence[Moments], layout: _Layout, x: np.ndarray) -> float:
    """Chi-squared at x; infinite where an implied covariance is not positive definite."""
    total = 0.0
    for g, group in enumerate(groups):
        S, mean, *_ = _implied(layout, x, g)
        sign, size = np.linalg.slogdet(S)
        if sign <= 0 or np.linalg.eigvalsh(S)[0] <= 0:
            return np.inf
        apart = group.mean - mean
        W = group.covariance + np.outer(apart, apart)
        fit = size + np.trace(np.linalg.solve(S, W)) - np.linalg.slogdet(group.covariance)[1] - layout.p
        total += group.n * fit
    return float(total)


def _scoring(groups: Sequence[Moments], layout: _Layout, x: np.ndarray) -> tuple[np.ndarray, bool]:
    value = _discrepancy(groups, layout, x)
    for _ in range(STEPS):
        slope, information = _slope(groups, layout, x)
        step = np.linalg.lstsq(information, slope, rcond=1e-12)[0]
        if slope @ step < 1e-9:  # twice what chi-squared could still fall by
            return x, bool(np.isfinite(value))
        length = 1.0
        while length > 1e-8 and (there := _discrepancy(groups, layout, x + length * step)) > value:
            length /= 2
        if length <= 1e-8:
            return x, bool(slope @ step < 1e-6)
        x, value = x + length * step, there
    return x, False


def _slope(groups: Sequence[Moments], layout: _Layout, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of the log-likelihood in the free parameters, and the expected information."""
    slope, information = np.zeros(layout.size), np.zeros((layout.size, layout.size))
    for g, group in enumerate(groups):
        S, mean, L, P, means = _implied(layout, x, g)
        D, M = _derivatives(layout, L, P, means)
        inverse, apart = np.linalg.inv(S), group.mean - mean
        excess = inverse @ (group.covariance + np.outer(apart, apart) - S) @ inverse
        turned = inverse @ D
        own = group.n * (np.einsum("qij,ij->q", D, excess) / 2 + M @ inverse @ apart)
        flat, back = turned.reshape(len(D), -1), np.swapaxes(turned, 1, 2).reshape(len(D), -1)
        curve = group.n * (flat @ back.T / 2 + M @ inverse @ M.T)
        free = np.flatnonzero(layout.index[g] >= 0)
        at = layout.index[g][free]
        slope[at] += own[free]
        information[np.ix_(at, at)] += curve[np.ix_(free, free)]
    return slope, information


def _judged(
    groups: Sequence[Moments], layout: _Layout, x: np.ndarray, level: str, df: int, free: int, means: bool
) -> Fit:
    from scipy.stats import chi2

    n, p = tuple(group.n for group in groups), layout.p
    # A saturated model fits to rounding error, which may be negative.
    chi = max(_discrepancy(groups, layout, x), 0.0)
    alone = sum(
        g.n * (np.log(np.diag(g.covariance)).sum() - np.linalg.slogdet(g.covariance)[1]) for g in groups
    )
    excess, worst = max(chi - df, 0), max(alone - len(n) * p * (p - 1) / 2, chi - df, 0)
    cfi = float(1 - excess / worst) if worst > 0 else 1.0
    rmsea = float(np.sqrt(len(n) * excess / (df * sum(n)))) if df else np.nan
    implied = [_implied(layout, x, g) for g in range(len(n))]
    residuals = [_srmr(group, S, mean, means) for group, (S, mean, *_) in zip(groups, implied, strict=True)]
    negative = (_residuals(layout, x) < 0).any()
    return Fit(
        level, chi, df, float(chi2.sf(chi, df)) if df else np.nan, cfi,
        rmsea, float(np.average(residuals, weights=n)), free, n, NEGATIVE if negative else "",
    )  # fmt: skip


def _residuals(layout: _Layout, x: np.ndarray) -> np.ndarray:
    return x[layout.index[:, layout.p : 2 * layout.p]]


def _srmr(group: Moments, S: np.ndarray, mean: np.ndarray, means: bool) -> float:
    """Root of the mean squared residual, covariances and means in units of the observed deviations."""
    sd = np.sqrt(np.diag(group.covariance))
    parts = ((group.covariance - S) / np.outer(sd, sd))[np.tril_indices(len(sd))]
    if means:
        parts = np.concatenate([parts, (group.mean - mean) / sd])
    return float(np.sqrt((parts**2).mean()))
