"""Mixed models: values of people measured again, or of people in groups.

One function fits, `mixed_model`; what it finds is tested by `contrast` or, from a resampling of whole groups,
by `resample.bootstrap` (few groups). With a random intercept alone there is one unknown, the share of
variance between groups, and it is searched here: statsmodels' MixedLM takes 6 to 26 s for 3,000 people and
stops at the fifth digit. Random slopes are searched by MixedLM. Either way the likelihood, the coefficients
and their standard errors are then computed here from the variances found, all groups at once. Uses `compare`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.comparison.compare import Comparison, undefined

FEW_GROUPS = "fewer than 2 groups"
FEW_ROWS = "too few values for the model"
ONE_EACH = "no person or group has two values: what lies between them cannot be told from the rest"
TIED = "columns of the model repeat one another"
NO_VARIATION = "no variation"
NO_SPREAD = "groups differ no more than chance would have them: their variance is estimated as nought"
NOT_CONVERGED = "the search for the variances did not converge"
STEP = 1e-3  # of the logarithm of the ratio of variances, for derivatives


@dataclass(frozen=True)
class MixedModel:
    """A fitted model y = X b + Z u + e, u of each group with covariance `group_covariance`, e independent.

    Numbers are nan, and `note` says why, where the model is undefined; a `note` with numbers is a warning.
    `turns` (v, k, k) are derivatives of `covariance` by the logarithms of the ratio of variances and of the
    residual variance, `doubt` (v, v) the covariance with which these are estimated; None with slopes.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    group_covariance: np.ndarray
    residual_variance: float
    log_likelihood: float
    n: int
    groups: int
    converged: bool = True
    note: str = ""
    turns: np.ndarray | None = None
    doubt: np.ndarray | None = None

    @property
    def se(self) -> np.ndarray:
        """Standard errors of the coefficients, the variances taken as known."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def icc(self) -> float:
        """Share of the variance that lies between groups (random intercepts)."""
        between = float(self.group_covariance[0, 0])
        total = between + self.residual_variance
        return between / total if total > 0 else np.nan

    @property
    def defined(self) -> bool:
        return bool(np.isfinite(self.coefficients).all())


@dataclass(frozen=True)
class _Sums:
    """What the likelihood needs of the data: per group Z'Z and Z'[X y], over all [X y]'[X y]; X orthonormal.
    `turn` brings coefficients back to the columns as given, `base` is their least-squares solution."""

    zz: np.ndarray
    zw: np.ndarray
    ww: np.ndarray
    turn: np.ndarray
    base: np.ndarray
    n: int

    @property
    def columns(self) -> int:
        return self.ww.shape[0] - 1


@dataclass(frozen=True)
class _Profile:
    """Likelihood and coefficients at one value of the relative covariance of the groups."""

    deviance: float
    beta: np.ndarray
    covariance: np.ndarray
    sigma2: float


def mixed_model(
    y: np.ndarray,
    x: np.ndarray,
    groups: np.ndarray,
    slopes: np.ndarray | None = None,
    reml: bool = True,
    names: Sequence[str] = (),
) -> MixedModel:
    """A linear mixed model with a random intercept per group, and random slopes where given.

    Parameters: `y` (n,) values; `x` (n, k) columns of the model, the intercept's ones among them; `groups`
    (n,) whose value it is; `slopes` (n,) or (n, q) columns whose coefficient differs between groups, their
    covariance with the intercept free. Rows with nan are left out. `reml`: restricted maximum likelihood
    (False: maximum likelihood). Undefined, with a note, for fewer than 2 groups, no group with two values,
    fewer rows than needed, columns that repeat one another, or no variation.
    Standard errors are those of generalised least squares at the variances found, as lme4 gives them.
    Sources: Laird & Ware (1982), Biometrics 38, 963-974; the profiled likelihood: Bates, Maechler, Bolker &
    Walker (2015), Journal of Statistical Software 67(1), eq. 31-42.

    >>> y, who = np.array([1.0, 2, 4, 5, 2, 4]), np.array([1, 1, 2, 2, 3, 3])
    >>> model = mixed_model(y, np.column_stack([np.ones(6), [0, 1, 0, 1, 0, 1]]), who)
    >>> model.coefficients.round(4).tolist(), round(model.icc, 4)
    ([2.3333, 1.3333], 0.9286)
    """
    y, x, codes, z = complete(y, x, groups, slopes)
    names = tuple(names) or tuple(f"x{i}" for i in range(x.shape[1]))
    sums, note = _sums(y, x, codes, z)
    if sums is None:
        return _undefined(names, z.shape[1], len(y), len(np.unique(codes)), note)
    if z.shape[1] == 1:
        relative, converged = _one_ratio(sums, reml), True
    else:
        relative, converged = _searched(y, x, codes, z, reml)
    found = _profile(sums, relative, reml)
    singular = np.linalg.eigvalsh(relative)[0] < 1e-9
    return MixedModel(
        names,
        sums.base + sums.turn @ found.beta,
        sums.turn @ found.covariance @ sums.turn.T,
        relative * found.sigma2,
        found.sigma2,
        _log_likelihood(found, sums, reml),
        len(y),
        len(sums.zz),
        converged,
        NO_SPREAD if singular else "" if converged else NOT_CONVERGED,
        *(_doubts(sums, float(relative[0, 0]), found, reml) if z.shape[1] == 1 else ()),
    )


def contrast(model: MixedModel, weights: Sequence[float] | np.ndarray) -> Comparison:
    """A weighted sum of a model's coefficients with its t interval and test.

    Degrees of freedom are Satterthwaite's for random intercepts, as lmerTest has them: twice the squared
    variance of the sum over the variance with which that is estimated. With slopes none are worked out: z.
    Sources: Satterthwaite (1946), Biometrics Bulletin 2, 110-114; Kuznetsova, Brockhoff & Christensen (2017),
    Journal of Statistical Software 82(13), sec. 2.

    >>> y, who = np.array([1.0, 2, 4, 5, 2, 4]), np.array([1, 1, 2, 2, 3, 3])
    >>> found = contrast(mixed_model(y, np.column_stack([np.ones(6), [0, 1] * 3]), who), [0, 1])
    >>> round(found.difference, 4), round(found.dof, 2), round(found.p, 4)
    (1.3333, 2.0, 0.0572)
    """
    from scipy.stats import norm, t

    c = np.asarray(weights, dtype=float)
    size = (model.n, model.groups)
    if not model.defined:
        return undefined(size, model.note)
    estimate, variance = float(c @ model.coefficients), float(c @ model.covariance @ c)
    dof, se = _degrees_of_freedom(model, c, variance), float(np.sqrt(variance))
    law = norm if np.isinf(dof) else t(dof)
    half = float(law.ppf(0.975)) * se
    return Comparison(
        estimate, se, estimate - half, estimate + half, float(2 * law.sf(abs(estimate) / se)), dof, size
    )


def complete(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, slopes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows that have everything, their groups as codes, and the columns of the random effects."""
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    z = np.ones((len(y), 1))
    if slopes is not None:
        z = np.column_stack([z, np.asarray(slopes, dtype=float)])
    keep = np.isfinite(y) & np.isfinite(x).all(axis=1) & np.isfinite(z).all(axis=1)
    codes = np.unique(np.asarray(groups)[keep], return_inverse=True)[1]
    return y[keep], x[keep], codes, z[keep]


def _sums(y: np.ndarray, x: np.ndarray, codes: np.ndarray, z: np.ndarray) -> tuple[_Sums | None, str]:
    """Sums over groups of the data turned so that nothing cancels: X orthonormal, y without its fit."""
    n, k = x.shape
    groups = int(codes.max()) + 1 if n else 0
    note = FEW_GROUPS if groups < 2 else FEW_ROWS if n <= k + z.shape[1] - 1 else ""
    note = note or (ONE_EACH if groups == n else "")
    if note:
        return None, note
    q, r = np.linalg.qr(x)
    if np.abs(np.diag(r)).min() <= 1e-10 * np.abs(np.diag(r)).max():
        return None, TIED
    fit = q.T @ y
    rest = y - q @ fit
    if rest @ rest <= 1e-20 * max(float(y @ y), 1e-300):
        return None, NO_VARIATION
    turn = np.linalg.inv(r)
    w = np.column_stack([q, rest])
    return _Sums(
        by_group(z, z, codes, groups), by_group(z, w, codes, groups), w.T @ w, turn, turn @ fit, n
    ), ""


def by_group(a: np.ndarray, b: np.ndarray, codes: np.ndarray, groups: int) -> np.ndarray:
    """Per group the sum of outer products of rows of `a` and `b`: (groups, columns of a, columns of b)."""
    made = np.empty((groups, a.shape[1], b.shape[1]))
    for i in range(a.shape[1]):
        for j in range(b.shape[1]):
            made[:, i, j] = np.bincount(codes, weights=a[:, i] * b[:, j], minlength=groups)
    return made


def _profile(sums: _Sums, relative: np.ndarray, reml: bool) -> _Profile:
    """Generalised least squares with V = I + Z P Z' per group, P the covariance of the groups relative to
    the residual variance, which is profiled out; V is inverted by Woodbury's identity."""
    k = sums.columns
    values, vectors = np.linalg.eigh(relative)
    root = vectors * np.sqrt(np.maximum(values, 0))
    inner = np.eye(len(relative)) + root.T @ sums.zz @ root
    side = root.T @ sums.zw
    m = sums.ww - np.einsum("gqi,gqj->ij", side, np.linalg.solve(inner, side))
    beta = np.linalg.solve(m[:k, :k], m[:k, k])
    dof = sums.n - k * reml
    sigma2 = max(float(m[k, k] - m[:k, k] @ beta), 1e-300) / dof
    deviance = dof * (1 + np.log(2 * np.pi * sigma2)) + np.linalg.slogdet(inner)[1].sum()
    if reml:
        deviance += np.linalg.slogdet(m[:k, :k])[1]
    return _Profile(float(deviance), beta, sigma2 * np.linalg.inv(m[:k, :k]), sigma2)


def _log_likelihood(found: _Profile, sums: _Sums, reml: bool) -> float:
    """With the constant of the columns as given: they were made orthonormal for the sums."""
    scale = -2 * np.linalg.slogdet(sums.turn)[1] if reml else 0.0
    return -0.5 * (found.deviance + float(scale))


def _one_ratio(sums: _Sums, reml: bool) -> np.ndarray:
    """The likeliest variance of the groups relative to the residual one, searched over the share of variance
    that lies between groups; nought where nothing above it is likelier."""
    from scipy.optimize import minimize_scalar

    def deviance(share: float) -> float:
        return _profile(sums, np.array([[share / (1 - share)]]), reml).deviance

    grid = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1 - 1e-9])
    heights = [deviance(share) for share in grid]
    best = int(np.argmin(heights))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    found = minimize_scalar(deviance, bounds=bounds, method="bounded", options={"xatol": 1e-11})
    share = float(found.x) if found.fun < heights[0] - 1e-9 else 0.0
    return np.array([[share / (1 - share)]])


def _doubts(sums: _Sums, ratio: float, at: _Profile, reml: bool) -> tuple[np.ndarray, np.ndarray]:
    """How the coefficients' covariance turns with the two variances, and how well these are known: first
    derivatives, and the inverse of the deviance's second ones, by the logarithms of ratio and residual."""
    dof = sums.n - sums.columns * reml
    cov = sums.turn @ at.covariance @ sums.turn.T
    if ratio == 0:
        return cov[None], np.array([[2 / dof]])
    near = [_profile(sums, np.array([[ratio * np.exp(h)]]), reml) for h in (-STEP, STEP)]
    rest = [one.sigma2 / at.sigma2 * dof for one in near]  # residual sums of squares over the variance
    below, above = (
        one.deviance - dof * (1 + np.log(2 * np.pi * one.sigma2)) + r
        for one, r in zip(near, rest, strict=True)
    )
    middle = at.deviance - dof * np.log(2 * np.pi * at.sigma2)
    mixed = -(rest[1] - rest[0]) / (2 * STEP)
    hessian = np.array([[(above - 2 * middle + below) / STEP**2, mixed], [mixed, dof]])
    unscaled = [one.covariance / one.sigma2 for one in near]
    by_ratio = sums.turn @ ((unscaled[1] - unscaled[0]) / (2 * STEP) * at.sigma2) @ sums.turn.T
    return np.stack([by_ratio, cov]), 2 * np.linalg.inv(hessian)


def _degrees_of_freedom(model: MixedModel, c: np.ndarray, variance: float) -> float:
    if model.turns is None or model.doubt is None:
        return np.inf
    gradient = np.einsum("i,vij,j->v", c, model.turns, c)
    doubt = float(gradient @ model.doubt @ gradient)
    return 2 * variance**2 / doubt if doubt > 0 else np.inf


def _searched(
    y: np.ndarray, x: np.ndarray, codes: np.ndarray, z: np.ndarray, reml: bool
) -> tuple[np.ndarray, bool]:
    """The relative covariance of intercepts and slopes by statsmodels, columns brought to one scale."""
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM

    scale = np.sqrt((z**2).mean(axis=0))
    turned = np.linalg.qr(x)[0] * np.sqrt(len(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say comes back as `converged`
        model = MixedLM(y / y.std(), turned, groups=codes, exog_re=z / scale)
        fit = model.fit(reml=reml, method=["bfgs", "powell"], gtol=1e-9)
    return np.asarray(fit.cov_re) / fit.scale / np.outer(scale, scale), bool(fit.converged)


def _undefined(names: tuple[str, ...], effects: int, n: int, groups: int, note: str) -> MixedModel:
    k = len(names)
    return MixedModel(
        names, np.full(k, np.nan), np.full((k, k), np.nan), np.full((effects, effects), np.nan),
        np.nan, np.nan, n, groups, False, note,
    )  # fmt: skip
