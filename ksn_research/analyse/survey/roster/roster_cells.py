"""The numbers of a known roster, one question in all levels of a grouping at a time, before they become rows.

Uses `roster_design`, `estimates` and `intervals`. Within a level the number of people on the roster is known,
so the finite-population correction is the level's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ksn_research.analyse.survey.estimation.design import Design, variances, widened
from ksn_research.analyse.survey.estimation.estimates import Estimates, influence, means, t_interval
from ksn_research.analyse.survey.estimation.intervals import (
    Interval,
    hypergeometric,
    wilson_effective,
    worst_case,
)
from ksn_research.analyse.survey.roster.roster_design import Matched, Weighting

SMALL = 100  # people on a roster up to which a share gets its exact interval, which is never too short


@dataclass(frozen=True)
class Item:
    """Something with one number per matched respondent.

    values   nan where there is none
    outside  known not to belong to the denominator: it was not shown, or the answer is no opinion
    """

    name: str
    statistic: str
    values: np.ndarray
    outside: np.ndarray
    low: float
    high: float
    what: str

    @property
    def known(self) -> np.ndarray:
        """Of whom it is known what they answered, or that they stand outside."""
        return ~np.isnan(self.values) | self.outside


@dataclass(frozen=True)
class Cells:
    """One item in the levels of one grouping; every array has a value per level.

    n, total      answers and their sum, unweighted
    asked         answers and those known to stand outside the denominator
    population    people on the roster
    estimate, se  weighted; `se` is nan where it says nothing, 0 only when everybody answered
    degf          degrees of freedom of `se`
    interval      (low, high), nan where there is none
    exact         whether it is the hypergeometric one
    worst         (lowest, highest) without any assumption
    """

    n: np.ndarray
    total: np.ndarray
    asked: np.ndarray
    population: np.ndarray
    estimate: np.ndarray
    se: np.ndarray
    degf: np.ndarray
    interval: Interval
    exact: np.ndarray
    worst: Interval


def cells(matched: Matched, weighted: Weighting, items: list[Item], at: int) -> list[Cells]:
    """Items that the same people answered, in the levels of grouping `at` (0 is the whole)."""
    grouping = matched.sample.groupings[at]
    codes, size = grouping.codes[weighted.rows], len(grouping.levels)
    values = np.column_stack([item.values[weighted.rows] for item in items])
    asked, population = np.bincount(codes, minlength=size), matched.population(at)
    found = means(weighted.design, values, codes, size)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(_variances(weighted.design, values, codes, population))
        se *= np.sqrt(_small(weighted.design, values, codes, found))
    se = np.where(found.unvaried | (found.degf <= 0), np.nan, se)
    se = np.where(asked[:, None] == population[:, None], 0.0, se)
    like = _alike(weighted, codes, size)
    return [
        _cell(item, values[:, j], codes, found, se[:, j], j, (asked, population), like, weighted)
        for j, item in enumerate(items)
    ]


def _cell(
    item: Item,
    values: np.ndarray,
    codes: np.ndarray,
    found: Estimates,
    se: np.ndarray,
    j: int,
    counted: tuple[np.ndarray, np.ndarray],
    like: np.ndarray,
    weighted: Weighting,
) -> Cells:
    (asked, population), inside = counted, ~np.isnan(values)
    n = np.bincount(codes[inside], minlength=len(asked))
    total = np.bincount(codes[inside], weights=values[inside], minlength=len(asked))
    worst = worst_case(total, n, n + population - asked, item.low, item.high)
    # Of equal weights, and of 0 and n, the sums would leave the share a little off.
    plain = like | (total == 0) | (total == n * item.high) if item.statistic == "share" else like & False
    with np.errstate(invalid="ignore"):
        estimate = np.where(plain, total / np.where(n > 0, n, np.nan), found.estimate[:, j])
    degf = found.degf[:, j]
    if item.statistic == "mean":
        exact, ends = like & False, _within(t_interval(estimate, se, degf), estimate, worst)
    else:
        few = _effective(weighted, codes, inside, degf, asked / population)
        drawn = hypergeometric(total, n, _inside(population, n, asked))
        exact, design = like & (population <= SMALL), wilson_effective(estimate, se, degf, few)
        ends = tuple(np.where(exact, a, b) for a, b in zip(drawn, design, strict=True))
    census = asked == population
    interval = np.where(census, estimate, ends[0]), np.where(census, estimate, ends[1])
    return Cells(n, total, asked, population, estimate, se, degf, interval, exact, worst)


def _variances(design: Design, values: np.ndarray, codes: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Variances of the means of every level, (size, k), with a finite-population correction of each answer.

    Who answered stands for w people on the roster, w the weight brought to the size of its level: the
    residual on the margins counts 1 - 1 / w, which is 1 - n / N for equal weights and in strata, and nothing
    where everybody answered. A single 1 - n / N would be too small where few answered, whose weights are the
    largest. Residuals on margins are divided by 1 less their leverage, as in `design.small_sample`.
    Source: Särndal & Lundström (2005), Estimation in Surveys with Nonresponse, ch. 11.
    """
    size, w = len(population), design.weights
    bare, projection = replace(design, margins=None), design.projection
    wider = widened(design) * np.sqrt(_fitted(design))
    linear = np.nan_to_num(influence(design, values, codes, size)[1])
    own = w * (population / np.maximum(np.bincount(codes, w, size), 1e-300))[codes]
    found = np.empty((size, values.shape[1]))
    for i in range(size):
        inside = codes == i
        u = linear * inside[:, None]
        if projection is not None:
            u = u - projection.back @ (projection.onto.T @ u)
        left = 1 - 1 / np.maximum(np.where(inside, own, w), 1)
        found[i] = variances(bare, u * (wider * np.sqrt(left))[:, None])
    return found


def _fitted(design: Design) -> np.ndarray:
    """1 - 1/n of each row's stratum where there are margins: the leverages make up for the n/(n - 1)."""
    if design.projection is None:
        return np.ones(design.n)
    first = design.stages[0]
    return (1 - 1 / first.sampled)[first.stratum[first.cluster]]


def _inside(population: np.ndarray, n: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """People on the roster inside a denominator, in proportion to those who answered, rounded up."""
    return np.where(asked > 0, -(-population * n // np.maximum(asked, 1)), population)


def _within(interval: Interval, estimate: np.ndarray, worst: Interval) -> Interval:
    """An interval cut off where nothing is possible; the estimate itself is never cut off."""
    low, high = np.minimum(worst[0], estimate), np.maximum(worst[1], estimate)
    return np.maximum(interval[0], low), np.minimum(interval[1], high)


def _alike(weighted: Weighting, codes: np.ndarray, size: int) -> np.ndarray:
    """Levels in which everybody has one weight and stands alone: a simple sample of the level's roster."""
    w, low, high = weighted.design.weights, np.full(size, np.inf), np.zeros(size)
    np.minimum.at(low, codes, w)
    np.maximum.at(high, codes, w)
    return (high <= low * (1 + 1e-9)) & (not weighted.clustered)


def _effective(
    weighted: Weighting, codes: np.ndarray, inside: np.ndarray, degf: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    """How many answers those of a level are worth where all are the same, so that their spread is no guide:
    clusters count once, unequal weights by Kish's design effect, `asked` is the fraction of the roster."""
    w, at, size = weighted.design.weights[inside], codes[inside], len(asked)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.bincount(at, w, size) ** 2 / np.bincount(at, w**2, size)
        if weighted.clustered:
            worth = np.minimum(worth, degf + 1)
        return worth / (1 - asked)


def _small(design: Design, values: np.ndarray, codes: np.ndarray, found: Estimates) -> np.ndarray:
    """m / (m - H) of a level's own m clusters in H strata instead of the whole sample's: with n of N known
    for the level, its answers are a sample by themselves. (size, k); 1 where there is no freedom."""
    factor = np.ones(found.n.shape)
    strata, known = design.strata[0], ~np.isnan(values)
    first = np.unique(design.clusters[0], return_index=True)[1]
    sampled = np.bincount(strata[first])  # clusters per stratum
    for i, j in np.argwhere(found.degf > 0):
        touched = np.bincount(strata[(codes == i) & known[:, j]], minlength=len(sampled)) > 0
        whole, own = sampled[touched].sum(), found.degf[i, j] + touched.sum()
        factor[i, j] = own / found.degf[i, j] * (whole - touched.sum()) / whole
    return factor
