"""How a sample came about, and what follows for the variance of anything computed from it.

Several stages of clusters within strata, a finite-population correction at each, and the margins the
weights were calibrated to. Whatever is linear in the answers, or was linearised, has the variance that
`covariance`, `variances` and `domain_variance` give. Uses `stages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ksn_research.analyse.survey.estimation.stages import (
    Codes,
    Stage,
    at_stratum,
    check_stage,
    count_stage,
    group_sums,
    inner,
    label_codes,
    nested,
    orthonormal,
    sampled_per_stratum,
)

LEVERAGE = 0.9  # leverages count up to here: a row that is alone in its level has residual 0 anyway


@dataclass(frozen=True)
class Projection:
    """Residuals of u on the calibration margins: u - back @ (onto.T @ u), both (n, r)."""

    onto: np.ndarray
    back: np.ndarray


@dataclass(frozen=True)
class Design:
    """A sample of n rows.

    weights      (n,) final weights, after calibration and trimming; never negative
    base         (n,) weights before calibration; the regression on the margins is weighted with them
    strata       per stage, (n,) codes; those of a later stage are nested in the clusters of the one before
    clusters     per stage, (n,) codes, nested in the strata of their stage
    populations  per stage, (n,) units in the population of the row's stratum; from the first stage without
                 one, the stages below add nothing (sampling with replacement, the ultimate clusters)
    margins      (n, q) variables the weights were calibrated to, None where there are none
    calibrated   (n,) weights as calibration left them, where they were trimmed since; else None
    factors      (n,) what multiplies the squares of first-stage totals instead of the stratum's factor, see
                 `small_sample`; None for R's definition
    """

    weights: np.ndarray
    base: np.ndarray
    strata: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...]
    populations: tuple[np.ndarray, ...]
    margins: np.ndarray | None = None
    calibrated: np.ndarray | None = None
    factors: np.ndarray | None = None

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.weights)

    @property
    def degf(self) -> int:
        """Degrees of freedom: clusters of the first stage less its strata, among rows of some weight."""
        return self.degf_of(self.weights > 0)

    def degf_of(self, rows: np.ndarray) -> int:
        """Degrees of freedom of the part of the sample that `rows`, a mask, marks."""
        return len(np.unique(self.clusters[0][rows])) - len(np.unique(self.strata[0][rows]))

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that add to the variance."""
        stages, share = [], np.ones(self.n)
        for k, (strata, clusters) in enumerate(zip(self.strata, self.clusters, strict=True)):
            population = self.populations[k] if k < len(self.populations) else None
            stages.append(count_stage(strata, clusters, population, share))
            if population is None:
                break
            share = share * stages[-1].sampled[strata] / population
        if self.factors is not None:
            scale = np.zeros(len(stages[0].stratum))
            scale[stages[0].cluster] = self.factors
            stages[0] = replace(stages[0], scale=scale)
        return tuple(stages)

    @cached_property
    def sampled(self) -> np.ndarray:
        """(n,) whether the row's place in the sample was left to chance at some stage; False for a census."""
        return np.any([stage.scale[stage.cluster] > 0 for stage in self.stages], axis=0)

    @cached_property
    def projection(self) -> Projection | None:
        """How the variance takes the calibration into account, None where there is none.

        With v = u / w the variable that was weighted, the residual is v - x B, B from the regression of v
        on the margins with the base weights, weighted again by the calibrated weights.
        """
        if self.margins is None:
            return None
        half = np.sqrt(self.base)
        basis = orthonormal(self.margins * half[:, None])
        weights = self.weights if self.calibrated is None else self.calibrated
        with np.errstate(divide="ignore", invalid="ignore"):
            onto, back = (np.where(b > 0, a / b, 0.0) for a, b in ((half, weights), (weights, half)))
        return Projection(basis * onto[:, None], basis * back[:, None])

    @cached_property
    def margin_totals(self) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]:
        """Per stage, centred and scaled cluster totals of what `projection` takes away (C, r), their
        variance (r, r) and their sums per stratum (H, r)."""
        back = np.zeros((self.n, 0)) if self.projection is None else self.projection.back
        found = []
        for stage in self.stages:
            centred = stage.centred(stage.totals(back))
            scaled = centred * stage.scale[:, None]
            sums = group_sums(stage.stratum, scaled, len(stage.sampled))
            found.append((scaled, inner(scaled, centred), sums))
        return tuple(found)


def survey_design(
    n: int | None = None,
    *,
    weights: ArrayLike | None = None,
    strata: Any = None,
    clusters: Any = None,
    population: Any = None,
) -> Design:
    """A design from what is known of each row; nothing known is a simple random sample.

    Parameters: `n` rows, only needed where no array is given. `weights` of inverse probabilities; without
    them N/n of each stage with a population, else 1. `strata`, `clusters`, `population` (units in the
    row's stratum) are one array of n, or a sequence of arrays for several stages; `population` may also
    be one number. Clusters are told apart within their stratum, as with R's `nest = TRUE`.
    Raises ValueError, with the remedy: labels or weights that are missing, weights below 0, a population
    smaller than its sample or different within a stratum, and a stratum with one sampled cluster (whose
    variance cannot be estimated) unless that cluster is all there is.
    Source: Särndal, Swensson & Wretman (1992), ch. 2-4; R `survey::svydesign`.

    >>> design = survey_design(strata=["E", "E", "W", "W"], population=[10, 10, 6, 6])
    >>> design.weights.tolist(), design.degf
    ([5.0, 5.0, 3.0, 3.0], 2)
    """
    strata, clusters = _per_stage(strata), _per_stage(clusters)
    one = population is not None and np.ndim(population) == 0
    populations = () if one else _per_stage(population)
    size = _rows(n, weights, *strata, *clusters, *populations)
    known = tuple(map(_population, [np.full(size, population)] if one else populations))
    codes = nested(
        [label_codes(labels, "stratum") for labels in strata],
        [label_codes(labels, "cluster") for labels in clusters],
        size,
    )
    for k, (stratum, cluster) in enumerate(zip(*codes, strict=True)):
        if k <= len(known):  # below the first stage without a population nothing is estimated
            check_stage(stratum, cluster, known[k] if k < len(known) else None)
    w = _inverse_probabilities(codes, known, size) if weights is None else _weights(weights)
    return Design(w, w, *codes, known)


def covariance(design: Design, u: np.ndarray) -> np.ndarray:
    """Design covariance matrix of the totals of u.

    Parameters: `u` (n,) or (n, k), already weighted; a row outside a domain holds 0. Calibrated designs
    use the residuals on the margins. Returns (k, k).
    Per stage, over clusters c of stratum h: scale_h sum_c (u_c - mean_h)(u_c - mean_h)'.
    Sources: Särndal, Swensson & Wretman (1992), ch. 4 (stages) and 6 (residuals); Deville & Särndal (1992),
    Journal of the American Statistical Association 87, 376-382.

    >>> u = np.array([1.0, 2.0, 3.0, 4.0])
    >>> covariance(survey_design(4, population=8), u).round(6).tolist()
    [[3.333333]]
    """
    u = as_columns(u)
    if (projection := design.projection) is not None:
        u = u - projection.back @ inner(projection.onto, u)
    found = np.zeros((u.shape[1], u.shape[1]))
    for stage in design.stages:
        centred = stage.centred(stage.totals(u))
        found += inner(centred * stage.scale[:, None], centred)
    return found


def variances(design: Design, u: np.ndarray) -> np.ndarray:
    """The diagonal of `covariance`, (k,), without the rest."""
    return domain_variance(design, np.arange(design.n), as_columns(u))


def domain_variance(design: Design, rows: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Variances, (k,), of the totals of u where it is 0 outside a domain.

    Parameters: `rows` (m,) the rows of the domain, `u` (m, k) already weighted. The design stays whole:
    clusters without a row in the domain count with total 0, and after calibration every row has a
    residual; yet only the domain's own rows are gone through.
    Source: Särndal, Swensson & Wretman (1992), section 10.3.
    """
    found = np.zeros(u.shape[1])
    onto = None if design.projection is None else inner(design.projection.onto[rows], u)
    for stage, (margins, square, sums) in zip(design.stages, design.margin_totals, strict=True):
        cluster, totals = stage.cluster[rows], u
        if not stage.single:
            cluster, inverse = np.unique(cluster, return_inverse=True)
            totals = group_sums(inverse, u, len(cluster))
        stratum = stage.stratum[cluster]
        means = group_sums(stratum, totals, len(stage.sampled)) / stage.sampled[:, None]
        found += _squares(stage, cluster, stratum, totals - at_stratum(means, stratum), means)
        if onto is not None:  # of residuals s - m B: s's less 2 B' m's and more by B' m'm B
            cross = inner(margins[cluster], totals) - sums.T @ means
            found += (onto * (square @ onto - 2 * cross)).sum(axis=0)
    return np.maximum(found, 0.0)


def small_sample(design: Design) -> Design:
    """The design whose variances are meant for intervals of weighted samples of a few dozen to hundreds.

    The residuals on q margins are too small by what the regression fitted, and one finite-population
    correction for all takes no notice of levels that answered less. So residuals are divided by one less
    their leverage (HC3; of a cluster, the sum of its rows' leverages), and where rows were sampled from a
    known population, each has its own correction, 1 - 1/w. `estimates` widens domains by their own
    degrees of freedom. A design without margins keeps its variances: they are unbiased as they are.
    Sources: MacKinnon & White (1985), Journal of Econometrics 29, 305-325 (HC3); Hájek (1964), Annals of
    Mathematical Statistics 35, 1491-1523 (1 - 1/w). Why: tests/test_survey_coverage.py.
    """
    first = replace(design, factors=None).stages[0]
    factors = first.scale[first.cluster]
    if design.projection is None:
        return replace(design, factors=factors)
    left = factors * (1 - 1 / first.sampled)[first.stratum[first.cluster]]
    if first.single and design.populations:
        left = _not_answered(design)
    return replace(design, factors=left * widened(design) ** 2)


def widened(design: Design) -> np.ndarray:
    """By what each residual on the margins is too small, 1 / (1 - leverage), (n,); 1 without margins. Of a
    cluster the leverages of its rows add up."""
    if design.projection is None:
        return np.ones(design.n)
    first = replace(design, factors=None).stages[0]
    leverage = (design.projection.onto * design.projection.back).sum(axis=1, keepdims=True)
    return 1 / (1 - np.minimum(first.totals(leverage)[first.cluster, 0], LEVERAGE))


def _not_answered(design: Design) -> np.ndarray:
    """1 - 1/w: of those a row stands for, the share that was not asked or did not answer."""
    heads = np.unique(design.strata[0], return_index=True)[1]
    stands_for = design.weights * design.populations[0][heads].sum() / design.weights.sum()
    return np.maximum(1 - 1 / np.maximum(stands_for, 1), 0.0)


def _squares(
    stage: Stage, cluster: np.ndarray, stratum: np.ndarray, centred: np.ndarray, means: np.ndarray
) -> np.ndarray:
    scale, size = stage.scale[cluster], len(stage.sampled)
    # Clusters of a stratum without a row in the domain have total 0: they lie `means` away from the mean.
    absent = np.bincount(stage.stratum, stage.scale, size) - np.bincount(stratum, scale, size)
    return np.einsum("i,ij,ij->j", scale, centred, centred) + np.maximum(absent, 0) @ means**2


def as_columns(values: ArrayLike) -> np.ndarray:
    """Numbers as (n, k), one column from (n,)."""
    array = np.asarray(values, dtype=float)
    return array[:, None] if array.ndim == 1 else array


def _per_stage(given: Any) -> tuple[Any, ...]:
    if given is None:
        return ()
    several = isinstance(given, list | tuple) and len(given) > 0 and np.ndim(given[0]) == 1
    return tuple(given) if several else (given,)


def _rows(n: int | None, *arrays: ArrayLike | None) -> int:
    sizes = {len(np.asarray(a)) for a in arrays if a is not None} | ({n} if n is not None else set())
    if len(sizes) != 1 or sizes == {0}:
        told = ", ".join(map(str, sorted(sizes))) or "none"
        raise ValueError(f"one number of rows, at least 1, must hold for all that is given, not {told}")
    return sizes.pop()


def _population(values: ArrayLike) -> np.ndarray:
    population = np.asarray(values, dtype=float)
    if not (population > 0).all():
        raise ValueError("every row needs the number of units in its population, above 0")
    return population


def _weights(weights: ArrayLike) -> np.ndarray:
    w = np.asarray(weights, dtype=float)
    if not (np.isfinite(w).all() and (w >= 0).all() and w.any()):
        raise ValueError("weights must be numbers of at least 0, and not all of them 0")
    return w


def _inverse_probabilities(codes: tuple[Codes, Codes], known: Sequence[np.ndarray], n: int) -> np.ndarray:
    w = np.ones(n)
    for stratum, cluster, population in zip(*codes, known, strict=False):
        w *= population / sampled_per_stratum(stratum, cluster)[stratum]
    return w
