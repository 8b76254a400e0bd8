"""Few groups: coefficients of a mixed model tested by drawing whole groups anew.

Uses `compare` and `mixed`.
"""

from __future__ import annotations

import numpy as np

from ksn_research.analyse.survey.comparison.compare import Comparison, undefined
from ksn_research.analyse.survey.course.mixed import MixedModel, by_group, complete, mixed_model
from ksn_research.executors import each

FEW_DRAWS = "too few people for resampling: most draws lack a wave"
NO_VARIATION = "no variation"
SEED, DRAWS = 20160921, 1999
BLOCK = 200_000  # draws times groups held at a time


def bootstrap(
    y: np.ndarray,
    x: np.ndarray,
    groups: np.ndarray,
    weights: np.ndarray,
    draws: int = DRAWS,
    seed: int = SEED,
    confidence: float = 0.95,
) -> list[Comparison]:
    """Weighted sums of coefficients of a random-intercept model, tested by drawing whole groups anew.

    For few groups, whose variances are known badly. In each draw as many groups as there are stand
    in the sample, each as often as it was drawn; generalised least squares at the ratio of variances of the
    whole sample, and the sandwich standard error over groups, give t of the draw about the estimate. The
    interval is the estimate plus and minus the 95 % quantile of |t| standard errors, p how often |t| of the
    draws reaches that of the estimate. `weights` (m, k): one row a sum.
    Sources: Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90, 414-427, sec. III
    (pairs cluster bootstrap-t); Davison & Hinkley (1997), Bootstrap Methods, sec. 3.8 and 5.2.
    """
    model = mixed_model(y, x, groups)
    weights = np.atleast_2d(np.asarray(weights, dtype=float))
    size = (model.n, model.groups)
    if not model.defined:
        return [undefined(size, model.note) for _ in weights]
    a, b = _normal_equations(y, x, groups, model)
    beta, se = _drawn(a, b, np.ones((1, len(a))), weights)
    random = np.random.default_rng(seed)
    t = _t_of_draws(a, b, random, draws, weights, beta[0])
    return [
        _resampled(float(estimate), float(error), column[np.isfinite(column)], draws, size, confidence)
        for estimate, error, column in zip(beta[0], se[0], t.T, strict=True)
    ]


def _normal_equations(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, model: MixedModel
) -> tuple[np.ndarray, np.ndarray]:
    """Per group X'V^-1 X and X'V^-1 y of a random-intercept model at its ratio of variances."""
    y, x, codes, _ = complete(y, x, groups, None)
    size = np.bincount(codes)
    ratio = model.group_covariance[0, 0] / model.residual_variance
    shrink = ratio / (1 + size * ratio)
    xs = np.stack([np.bincount(codes, weights=column) for column in x.T], axis=1)
    ys = np.bincount(codes, weights=y)
    a = by_group(x, x, codes, len(size)) - shrink[:, None, None] * xs[:, :, None] * xs[:, None, :]
    b = by_group(x, y[:, None], codes, len(size))[:, :, 0] - (shrink * ys)[:, None] * xs
    return a, b


def _t_of_draws(
    a: np.ndarray,
    b: np.ndarray,
    random: np.random.Generator,
    draws: int,
    weights: np.ndarray,
    centre: np.ndarray,
) -> np.ndarray:
    """t of every draw about the estimate of the whole sample: (draws, sums)."""
    groups = len(a)
    step = max(1, BLOCK // groups)
    even = np.full(groups, 1 / groups)

    def t(times: np.ndarray) -> np.ndarray:
        beta, se = _drawn(a, b, times.astype(float), weights)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((beta - centre) / se)

    sizes = (min(step, draws - start) for start in range(0, draws, step))
    return np.concatenate(list(each(t, (random.multinomial(groups, even, size=size) for size in sizes))))


def _drawn(
    a: np.ndarray, b: np.ndarray, times: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of coefficients and their sandwich standard errors, each group counted as often as drawn.

    A draw in which a column has no rows left has no estimate: nan."""
    groups, k = b.shape
    total = (times @ a.reshape(groups, -1)).reshape(-1, k, k)
    fine = np.linalg.cond(total) < 1e12
    bread = np.full_like(total, np.nan)
    bread[fine] = np.linalg.inv(total[fine])
    beta = np.einsum("dij,dj->di", bread, times @ b)
    score = b[None] - np.einsum("gij,dj->dgi", a, beta)
    sides = np.einsum("mi,dij->dmj", weights, bread)
    se = np.sqrt(np.einsum("dg,dmg->dm", times, np.einsum("dmi,dgi->dmg", sides, score) ** 2))
    return beta @ weights.T, se * np.sqrt(groups / (groups - 1))


def _resampled(
    estimate: float, se: float, t: np.ndarray, draws: int, size: tuple[int, int], confidence: float
) -> Comparison:
    if len(t) < 0.9 * draws or se < 1e-12:
        return undefined(size, FEW_DRAWS if se >= 1e-12 else NO_VARIATION, estimate)
    half = float(np.quantile(np.abs(t), confidence)) * se
    p = (1 + int((np.abs(t) >= abs(estimate) / se).sum())) / (1 + len(t))
    return Comparison(estimate, se, estimate - half, estimate + half, p, np.nan, size)
