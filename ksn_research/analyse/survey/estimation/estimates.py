"""Means, totals, ratios, shares and contrasts of a designed sample, for all items in all groups at once.

Domain estimation: an answer that is missing, or that belongs to another group, counts as 0 in a sample
that stays whole. Uses `design` and `stages`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.estimation.design import Design, as_columns, covariance, domain_variance
from ksn_research.analyse.survey.estimation.stages import group_sums, level_rows

BLOCK = 1_000_000  # numbers worked on at a time, so that memory stays near that of the answers
ROUNDING = 1e-12  # residuals below this share of the largest answer are none

# From rows and columns: the estimate (k,), its linearised values u (m, k), already weighted, whose total
# has the variance of the estimate, and which answers are there (m, k), or (m, 1) for all items alike.
Linearised = Callable[[np.ndarray, slice], tuple[np.ndarray, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Estimates:
    """Estimates of k items in `size` levels; every array is (size, k).

    n         answers, unweighted
    weighted  the sum of their weights
    degf      degrees of freedom: clusters with an answer less strata with one
    unvaried  all answers are equal and some were not asked: the standard error of 0 says nothing

    Where nobody answered, estimate and standard error are nan.
    """

    estimate: np.ndarray
    se: np.ndarray
    n: np.ndarray
    weighted: np.ndarray
    degf: np.ndarray
    unvaried: np.ndarray

    def interval(self, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        """The t interval with `degf`; nan without variation, and with no degree of freedom."""
        return t_interval(self.estimate, np.where(self.unvaried, np.nan, self.se), self.degf, confidence)


@dataclass(frozen=True)
class Contrast:
    """Linear combinations of means, their standard errors and degrees of freedom."""

    estimate: np.ndarray
    se: np.ndarray
    degf: int


def means(design: Design, values: np.ndarray, codes: np.ndarray | None = None, size: int = 1) -> Estimates:
    """Weighted means of every item in every level.

    Parameters: `values` (n,) or (n, k), nan for no answer; `codes` (n,) the level of each row, negative
    for none (without them the whole sample), `size` levels. Standard errors are linearised (Taylor),
    residuals on the margins after calibration.
    Sources: Särndal, Swensson & Wretman (1992), eq. 5.8.6 (Hájek's mean); R `svyby(svymean, na.rm = TRUE)`.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> found = means(survey_design(4, population=8), np.array([1.0, 2, 3, np.nan]))
    >>> found.estimate.tolist(), found.se.round(4).tolist(), found.n.tolist()
    ([[2.0]], [[0.3849]], [[3]])
    """
    y = as_columns(values)

    def linear(rows: np.ndarray, columns: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        part, w = y[rows, columns], design.weights[rows]
        part, known = _filled(part, ~np.isnan(part))
        with np.errstate(invalid="ignore", divide="ignore"):
            mass = w @ known
            mean = (w @ part) / mass
            u = part - mean
            u *= known * (w[:, None] / mass)
        return mean, u, known

    return _by_level(design, linear, y.shape[1], codes, size)


def ratios(
    design: Design,
    numerator: np.ndarray,
    denominator: np.ndarray,
    codes: np.ndarray | None = None,
    size: int = 1,
) -> Estimates:
    """Weighted totals of `numerator` over those of `denominator`, pair by pair, both (n,) or (n, k).

    A pair with a missing half is left out. Source: Särndal, Swensson & Wretman (1992), result 5.6.2;
    R `survey::svyratio`.
    """
    top, bottom = as_columns(numerator), as_columns(denominator)

    def linear(rows: np.ndarray, columns: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        y, x, w = top[rows, columns], bottom[rows, columns], design.weights[rows]
        known = ~(np.isnan(y) | np.isnan(x))
        (y, _), (x, known) = _filled(y, known), _filled(x, known)
        with np.errstate(invalid="ignore", divide="ignore"):
            mass = w @ x
            ratio = (w @ y) / mass
            return ratio, (y - ratio * x) * (w[:, None] / mass), known

    return _by_level(design, linear, top.shape[1], codes, size)


def totals(design: Design, values: np.ndarray, codes: np.ndarray | None = None, size: int = 1) -> Estimates:
    """Weighted totals of every item in every level; parameters as of `means`. R `survey::svytotal`.

    The weights must add up to the population, as those of a design with a population or margins do.
    """
    y = as_columns(values)

    def linear(rows: np.ndarray, columns: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        part = y[rows, columns]
        part, known = _filled(part, ~np.isnan(part))
        u = part * design.weights[rows][:, None]
        return np.where(known.any(axis=0), u.sum(axis=0), np.nan), u, known

    found = _by_level(design, linear, y.shape[1], codes, size)
    # That equal answers have no spread is no defect of a total: how many there are is what varies.
    return Estimates(
        found.estimate, found.se, found.n, found.weighted, found.degf, np.zeros_like(found.unvaried)
    )


def shares(
    design: Design, chosen: np.ndarray, choices: int, codes: np.ndarray | None = None, size: int = 1
) -> Estimates:
    """Weighted shares of each of `choices` answers to one question in every level, arrays (size, choices).

    Parameters: `chosen` (n,) the position of the answer, negative for none; levels as in `means`.
    """
    ticks = (chosen[:, None] == np.arange(choices)).astype(float)
    ticks[chosen < 0] = np.nan
    return means(design, ticks, codes, size)


def design_effect(
    design: Design,
    values: np.ndarray,
    codes: np.ndarray | None = None,
    size: int = 1,
    replacement: bool = False,
) -> np.ndarray:
    """How many times the variance of a mean is that of a simple random sample of as many, (size, k).

    `replacement` compares with a sample without finite-population correction; otherwise the weights must
    add up to the population. Source: Kish (1965), section 8.2; R `svymean(deff = TRUE)` and `"replace"`.
    """
    y = as_columns(values)
    found = means(design, y, codes, size)
    level = np.zeros(design.n, dtype=int) if codes is None else codes
    inside = level >= 0
    residual = np.where(inside[:, None], y - found.estimate[level], np.nan)
    known = ~np.isnan(residual) & (design.weights > 0)[:, None]
    squares = np.where(known, residual, 0.0) ** 2 * design.weights[:, None]
    at = level[inside]
    n = group_sums(at, known[inside].astype(float), size)
    with np.errstate(invalid="ignore", divide="ignore"):
        simple = group_sums(at, squares[inside], size) / found.weighted / (n - 1)
        return found.se**2 / (simple if replacement else simple * (1 - n / found.weighted))


def influence(
    design: Design, values: np.ndarray, codes: np.ndarray | None = None, size: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Means (size, k), and what each row adds to the error of its own level's mean, (n, k): the
    linearised values of `covariance`, from which any smooth function of means gets its variance."""
    y = as_columns(values)
    level = np.zeros(design.n, dtype=int) if codes is None else codes
    known = ~np.isnan(y) & (level >= 0)[:, None]
    w = design.weights[:, None] * known
    at = np.maximum(level, 0)
    mass = group_sums(at, w, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = group_sums(at, w * np.where(known, y, 0.0), size) / mass
        u = np.where(known, w * (y - mean[at]) / mass[at], 0.0)
    return mean, u


def contrast(
    design: Design,
    values: np.ndarray,
    coefficients: np.ndarray,
    codes: np.ndarray | None = None,
    size: int = 1,
) -> Contrast:
    """Linear combinations of means, with the covariance the design gives them.

    Parameters: as of `means`; `coefficients` (size,) combines the levels, item by item, and gives arrays
    (k,); (size, k) combines levels and items into one. R `survey::svycontrast`.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> y = np.array([1.0, 2, 3, 5])
    >>> found = contrast(survey_design(4), y, np.array([-1.0, 1]), np.array([0, 0, 1, 1]), 2)
    >>> found.estimate.tolist(), found.se.round(4).tolist()
    ([2.5], [0.9129])
    """
    mean, u = influence(design, values, codes, size)
    c = np.asarray(coefficients, dtype=float)
    level = np.zeros(design.n, dtype=int) if codes is None else np.maximum(codes, 0)
    used = (u != 0).any(axis=1) if c.ndim > 1 else c[level] != 0
    if codes is not None:
        used = used & (codes >= 0)
    if c.ndim > 1:
        estimate, u = (c * mean).sum(), (c[level] * u).sum(axis=1)
    else:
        estimate, u = c @ mean, c[level][:, None] * u
    se = np.sqrt(np.diag(covariance(design, u)))
    return Contrast(np.asarray(estimate), se if c.ndim == 1 else se[0], design.degf_of(used))


def t_interval(
    estimate: np.ndarray, se: np.ndarray, degf: np.ndarray | int, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """estimate -+ t se with `degf` degrees of freedom; nan where there are none. R `confint(df = degf)`."""
    from scipy.stats import t

    half = t.ppf(0.5 + confidence / 2, np.where(np.asarray(degf) > 0, degf, np.nan)) * se
    return estimate - half, estimate + half


def z_interval(
    estimate: np.ndarray, se: np.ndarray, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """estimate -+ z se, the normal interval: R's default `confint`, too narrow for few clusters."""
    from statistics import NormalDist

    half = NormalDist().inv_cdf(0.5 + confidence / 2) * se
    return estimate - half, estimate + half


def _filled(part: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Answers with 0 for what is missing; where nothing is, one column says so for all items."""
    return (part, known[:, :1]) if known.all() else (np.where(known, part, 0.0), known)


def _by_level(design: Design, linear: Linearised, k: int, codes: np.ndarray | None, size: int) -> Estimates:
    blank = np.full((size, k), np.nan)
    none = np.zeros((size, k), dtype=int)
    found = Estimates(blank, blank.copy(), none, np.zeros((size, k)), none.copy(), none.astype(bool))
    for level, rows in enumerate([np.arange(design.n)] if codes is None else level_rows(codes, size)):
        step = max(1, BLOCK // max(len(rows), 1))
        for first in range(0, k if len(rows) else 0, step):
            _estimate(found, design, linear, level, rows, slice(first, first + step))
    return found


def _estimate(
    found: Estimates, design: Design, linear: Linearised, level: int, rows: np.ndarray, columns: slice
) -> None:
    """Fill in some items of one level."""
    at, w = (level, columns), design.weights[rows]
    estimate, u, known = linear(rows, columns)
    found.estimate[at], found.n[at], found.weighted[at] = estimate, known.sum(axis=0), w @ known
    if (nobody := found.weighted[at] == 0).any():
        u[:, nobody] = 0.0
    clusters, found.degf[at] = _degrees(design, rows, known)
    variance = domain_variance(design, rows, u)
    if design.factors is not None:
        variance = variance * _own_degrees(design, clusters, found.degf[at])
    found.se[at] = np.where(nobody, np.nan, np.sqrt(variance))
    if (still := ~nobody & (np.sqrt(variance) <= 1e-9 * abs(estimate))).any():
        # No residual in units of the estimate; sums of equal answers are equal only nearly.
        largest = abs(u[:, still]).max(axis=0) * found.weighted[at][still] / w.max()
        still[still] = (largest <= ROUNDING * abs(estimate[still])) & design.sampled[rows].any()
        found.unvaried[at] = still


def _degrees(design: Design, rows: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clusters with an answer of some weight, and these less their strata, per item."""
    stage, there = design.stages[0], known & (design.weights[rows] > 0)[:, None]
    cluster = stage.cluster[rows]
    if not stage.single:
        cluster, inverse = np.unique(cluster, return_inverse=True)
        there = group_sums(inverse, there, len(cluster)) > 0
    strata = group_sums(stage.stratum[cluster], there, len(stage.sampled)) > 0
    clusters = there.sum(axis=0)
    return clusters, np.maximum(clusters - strata.sum(axis=0), 0)


def _own_degrees(design: Design, clusters: np.ndarray, degf: np.ndarray) -> np.ndarray:
    """c/(c - h) of the domain over that of the sample: a small domain's spread about its own mean is too
    small by its own degrees of freedom, which the factor of a large sample does not make good."""
    whole = len(design.stages[0].stratum)
    return clusters / np.maximum(degf, 1) * (whole - len(design.stages[0].sampled)) / whole
