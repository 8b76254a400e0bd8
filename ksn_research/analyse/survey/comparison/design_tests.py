"""Tests of groups in a sample with a design: means, ranks, and tables of two questions.

Uses `design`. Each statistic is written as a total of what every respondent adds to it (linearised); its
variance is then that of the design: weights, strata, clusters, finite population and calibration included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.estimation.design import Design, covariance

ONE_GROUP = "fewer than 2 groups with answers"
NO_VARIATION = "no variation: no test"
NO_DEGREES = "too few clusters for a test"
T_TEST = "design-based t test of the difference of weighted means"
RANK_TEST = "design-based rank test (Lumley & Scott 2013)"
RAO_SCOTT = "Pearson's chi-square with the second-order correction of Rao & Scott (1984), as F"


@dataclass(frozen=True)
class DesignTest:
    """One test. `dof` is that of the t, or the two of the F; `estimate` the difference (first minus second;
    of mean rank shares for a rank test), nan for more than two groups. `n` counts the answers used. Numbers
    are nan, and `note` says why, where they are undefined."""

    statistic: float
    dof: tuple[float, ...]
    p: float
    n: int
    estimate: float = np.nan
    se: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    note: str = ""


def design_ttest(
    design: Design, values: np.ndarray, first: np.ndarray, confidence: float = 0.95
) -> DesignTest:
    """Difference of two weighted means with the design's standard error.

    Parameters: `values` one per row, nan where there is no answer; `first` 1 or True for the first group, 0
    for the second, nan for neither. t has the design's degrees of freedom less one, those of the clusters
    that answered. Source: R `survey::svyttest` (regression on a dummy); Binder (1983), International
    Statistical Review 51, 279-292.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> test = design_ttest(survey_design(4), np.array([3.0, 5, 1, 3]), np.array([1, 1, 0, 0]))
    >>> test.estimate, test.dof
    (2.0, (2,))
    """
    first = np.asarray(first, dtype=float)
    codes = np.where(np.isnan(first), -1, np.where(first == 1, 0, 1)).astype(int)
    inside = _inside(design, values, codes)
    if note := _why_not(values, codes, inside):
        return _undefined(inside, note)
    means, u = _level_means(design, np.where(inside, values, 0.0), codes, inside, 2)
    variance = float(covariance(design, u @ np.array([1.0, -1.0]))[0, 0])
    return _t(float(means[0] - means[1]), variance, design.degf_of(inside) - 1, inside, confidence)


def design_ranktest(
    design: Design, values: np.ndarray, codes: np.ndarray, confidence: float = 0.95, ties: str = "mass"
) -> DesignTest:
    """Rank test of two or more levels: weighted midrank shares of the population, compared as means.

    Parameters: `values` one per row, nan where there is no answer; `codes` the level of each row from 0,
    negative for none. Two levels: a t test, the lower code minus the other; more: Wald's F. `ties`: "mass"
    gives tied answers the middle of the population they stand for; "rows" the plain mean over their rows, as
    R's `survey::svyranktest` does, which differs with the order of rows where weights do.
    Source: Lumley & Scott (2013), Biometrika 100, 831-842: the ranks' own sampling error may be left out.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> ranked = design_ranktest(survey_design(4), np.array([3.0, 5, 1, 3]), np.array([0, 0, 1, 1]))
    >>> ranked.estimate
    0.375
    """
    inside = _inside(design, values, np.asarray(codes))
    if note := _why_not(values, np.asarray(codes), inside):
        return _undefined(inside, note)
    levels, codes = np.unique(np.where(inside, codes, codes[inside].min()), return_inverse=True)
    size = len(levels)
    means, u = _level_means(design, _midranks(design, values, inside, ties), codes, inside, size)
    contrast = np.vstack([-np.ones(size - 1), np.eye(size - 1)])
    degf = design.degf_of(inside)
    if size == 2:
        variance = float(covariance(design, u @ -contrast[:, 0])[0, 0])
        return _t(float(means[0] - means[1]), variance, degf - 1, inside, confidence)
    return _wald(means @ contrast, covariance(design, u @ contrast), degf - size + 1, inside)


def rao_scott(design: Design, rows: np.ndarray, columns: np.ndarray) -> DesignTest:
    """Whether two classifications are independent: Pearson's chi-square of the weighted table as an F.

    Parameters: `rows`, `columns` codes per respondent from 0, negative where unknown; empty levels are left
    out. X^2 (from shares, times n) is divided by the trace of the design-effect matrix of the interactions in
    the saturated log-linear model; degrees of freedom trace^2 / trace of the square, and that times the
    design's. Undefined for fewer than 2 levels on a side. Cells nobody is in add nothing to the matrix.
    Sources: Rao & Scott (1984), Annals of Statistics 12, 46-60; Thomas & Rao (1987), JASA 82, 630-636;
    R `survey::svychisq`, statistic "F".

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> test = rao_scott(survey_design(8), np.repeat([0, 1], 4), np.array([0, 0, 0, 1, 1, 1, 1, 0]))
    >>> round(test.statistic, 4), [round(dof, 4) for dof in test.dof]
    (1.75, [1.0, 7.0])
    """
    rows, columns = np.asarray(rows), np.asarray(columns)
    inside = (rows >= 0) & (columns >= 0) & (design.weights > 0)
    r, nr = _dense(rows, inside)
    c, nc = _dense(columns, inside)
    if min(nr, nc) < 2:
        return _undefined(inside, ONE_GROUP)
    n, shares, v = _cell_shares(design, r * nc + c, inside, nr * nc)
    table = shares.reshape(nr, nc)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    pearson = n * float(((table - expected) ** 2 / expected).sum())
    effects = _design_effects(shares, v, n, _interactions(nr, nc))
    if effects is None:
        return _undefined(inside, NO_VARIATION)
    trace, degf = float(np.trace(effects)), design.degf_of(inside)
    if trace <= 0 or degf < 1:
        return _undefined(inside, NO_VARIATION if degf > 0 else NO_DEGREES)
    numerator = trace**2 / float(np.trace(effects @ effects))
    return _f(pearson / trace, (numerator, numerator * degf), inside)


def _inside(design: Design, values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return ~np.isnan(values) & (codes >= 0) & (design.weights > 0)


def _why_not(values: np.ndarray, codes: np.ndarray, inside: np.ndarray) -> str:
    if len(np.unique(codes[inside])) < 2:
        return ONE_GROUP
    return NO_VARIATION if np.ptp(values[inside]) == 0 else ""


def _dense(codes: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, int]:
    levels, dense = np.unique(codes[inside], return_inverse=True)
    found = np.zeros(len(codes), dtype=int)
    found[inside] = dense
    return found, len(levels)


def _level_means(
    design: Design, values: np.ndarray, codes: np.ndarray, inside: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means by level, and what each row adds to the error of each, (n, levels)."""
    weights = np.where(inside, design.weights, 0.0)
    of = np.where(inside, codes, 0)
    total = np.bincount(of, weights, size)
    means = np.bincount(of, weights * values, size) / total
    u = np.zeros((len(values), size))
    u[np.arange(len(values)), of] = weights * (values - means[of]) / total[of]
    return means, u


def _midranks(design: Design, values: np.ndarray, inside: np.ndarray, ties: str) -> np.ndarray:
    """For each answer the share of the population below it, its own value counted half."""
    weights = design.weights[inside]
    _, place = np.unique(values[inside], return_inverse=True)
    if ties == "rows":
        order = np.argsort(place, kind="stable")
        middle = np.empty(len(weights))
        middle[order] = np.cumsum(weights[order]) - weights[order] / 2
        ranks = np.bincount(place, middle) / np.bincount(place)
    else:
        mass = np.bincount(place, weights)
        ranks = np.cumsum(mass) - mass / 2
    found = np.zeros(len(values))
    found[inside] = ranks[place] / weights.sum()
    return found


def _cell_shares(
    design: Design, cells: np.ndarray, inside: np.ndarray, size: int
) -> tuple[int, np.ndarray, np.ndarray]:
    """Answers, the weighted share of every cell, and the design covariance of the shares."""
    weights = np.where(inside, design.weights, 0.0)
    total = float(weights.sum())
    shares = np.bincount(np.where(inside, cells, 0), weights, size) / total
    marks = (cells[:, None] == np.arange(size)).astype(float)
    return int(inside.sum()), shares, covariance(design, weights[:, None] * (marks - shares) / total)


def _interactions(nr: int, nc: int) -> np.ndarray:
    """Contrasts of the cells that rows and columns alone cannot make, (cells, (nr - 1)(nc - 1))."""
    a, b = (np.vstack([-np.ones(size - 1), np.eye(size - 1)]) for size in (nr, nc))
    return np.kron(a, b)


def _design_effects(shares: np.ndarray, v: np.ndarray, n: int, contrasts: np.ndarray) -> np.ndarray | None:
    """Covariance of the interactions under the design against that of a simple random sample of n."""
    weights = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)[:, None]
    simple = contrasts.T @ (contrasts * weights) / n
    actual = (contrasts * weights).T @ v @ (contrasts * weights)
    if np.linalg.matrix_rank(simple) < len(simple):
        return None
    return np.linalg.solve(simple, actual)


def _t(estimate: float, variance: float, dof: int, inside: np.ndarray, confidence: float) -> DesignTest:
    from scipy.special import stdtr, stdtrit

    if variance <= 0 or dof < 1:
        return _undefined(inside, NO_DEGREES if dof < 1 else NO_VARIATION, estimate)
    se = float(np.sqrt(variance))
    half = float(stdtrit(dof, 0.5 + confidence / 2)) * se
    p = float(2 * stdtr(dof, -abs(estimate) / se))
    return DesignTest(
        estimate / se, (dof,), p, int(inside.sum()), estimate, se, estimate - half, estimate + half
    )


def _wald(estimates: np.ndarray, v: np.ndarray, dof: int, inside: np.ndarray) -> DesignTest:
    if dof < 1 or np.linalg.matrix_rank(v) < len(v):
        return _undefined(inside, NO_DEGREES)
    k = len(estimates)
    return _f(float(estimates @ np.linalg.solve(v, estimates)) / k, (float(k), float(dof)), inside)


def _f(statistic: float, dof: tuple[float, float], inside: np.ndarray) -> DesignTest:
    from scipy.special import fdtrc

    return DesignTest(statistic, dof, float(fdtrc(*dof, statistic)), int(inside.sum()))


def _undefined(inside: np.ndarray, note: str, estimate: float = np.nan) -> DesignTest:
    return DesignTest(np.nan, (), np.nan, int(inside.sum()), estimate, note=note)
