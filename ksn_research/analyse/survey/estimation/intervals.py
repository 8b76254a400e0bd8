"""Every interval of a proportion, vectorised over cells, and the bounds that need no assumption.

Three kinds of knowledge give three kinds of interval: answers drawn independently (`wilson`,
`clopper_pearson`), answers of part of a small known roster (`hypergeometric`), an estimate with a
design-based standard error (`wilson_effective`; `logit`, `beta`, `asin`, `likelihood` and `mean` for
comparison). All take numbers or arrays and give (low, high); nan where nothing was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Interval = tuple[Any, Any]
HALVINGS = 60  # an interval of length 1 is then known to the last bit


def wilson(count: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interval:
    """Wilson score interval for a proportion.

    Parameters: `count` successes out of `n` (ints or arrays of one shape), `confidence` of the interval.
    Returns (low, high); numbers for numbers, arrays for arrays. n = 0 gives nan: nothing was asked.
    Raises ValueError when a count lies outside 0..n.
    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    k, total = _counts("wilson", count, n)
    share = k / np.where(total > 0, total, np.nan)
    return _said(*_score(share, total, NormalDist().inv_cdf(0.5 + confidence / 2)))


def wilson_effective(
    share: ArrayLike, se: ArrayLike, degf: ArrayLike, n: ArrayLike = np.nan, confidence: float = 0.95
) -> Interval:
    """Wilson interval of an estimate with a design-based standard error: n_eff = p (1 - p) / se^2, t for z.

    Parameters: the `share`, its standard error (finite-population correction included, if any), the degrees
    of freedom of the design. A share of 0 or 1 has no standard error that tells anything: there `n`, an
    effective number of answers from elsewhere, is used, and without it the interval is nan.
    A standard error of 0 at any other share is a census: the interval is a point.
    Sources: Wilson (1927); effective n: Kott & Carr (1997), Journal of Official Statistics 13, 367-383;
    Dean & Pagano (2015), Journal of Survey Statistics and Methodology 3, 484-503.

    >>> low, high = wilson_effective(0.8279480114158, 0.02434478011307, 197)
    >>> round(low, 7), round(high, 7)
    (0.7748146, 0.8706376)
    """
    p, error = _shapes(share, se)
    inner = (p > 0) & (p < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(inner, p * (1 - p) / error**2, n)
    low, high = _score(p, effective, _t(degf, confidence))
    census = inner & (error == 0)
    return _said(np.where(census, p, low), np.where(census, p, high))


def clopper_pearson(count: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> Interval:
    """Exact binomial interval, for answers drawn independently (no known roster): covers at least as often
    as it says. Parameters, result and errors as `wilson`.
    Source: Clopper & Pearson (1934), Biometrika 26, 404-413.

    >>> low, high = clopper_pearson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4439, 0.9748)
    """
    from scipy.special import betaincinv

    k, total = _counts("clopper_pearson", count, n)
    tail, asked = (1 - confidence) / 2, total > 0
    with np.errstate(invalid="ignore"):
        low = np.where(k == 0, 0.0, betaincinv(k, total - k + 1, tail))
        high = np.where(k == total, 1.0, betaincinv(k + 1, total - k, 1 - tail))
    return _said(np.where(asked, low, np.nan), np.where(asked, high, np.nan))


def hypergeometric(
    count: ArrayLike, n: ArrayLike, population: ArrayLike, *, mid_p: bool = False, confidence: float = 0.95
) -> Interval:
    """Exact interval of the share in a known roster of which `n` answered and `count` of them said yes.

    Every number of people in the roster that the two one-sided hypergeometric tests do not reject at
    (1 - confidence) / 2 each, divided by `population`. It covers at least as often as it says; with `mid_p`
    half of the observed outcome's probability is counted, which covers about as often as it says.
    Assumes that those who did not answer resemble those who did. It never leaves what is still possible
    (`count` to `count` plus all who did not answer), is a point when everybody answered, and only then.
    Raises ValueError unless 0 <= count <= n <= population.
    Sources: Katz (1953), Journal of the American Statistical Association 48, 256-261; Wright (1991), Exact
    confidence bounds when sampling from small finite universes; mid-p: Berry & Armitage (1995), The
    Statistician 44, 417-423.

    >>> hypergeometric(3, 10, 12)  # of 12 people 10 answered, 3 said yes: 3, 4 or 5 of 12
    (0.25, 0.4166666666666667)
    >>> hypergeometric(3, 10, 10)
    (0.3, 0.3)
    """
    k, asked, roster = np.broadcast_arrays(*(np.asarray(x, dtype=int) for x in (count, n, population)))
    if np.any((k < 0) | (k > asked) | (asked > roster)):
        raise ValueError("hypergeometric: need 0 <= count <= n <= population")
    cells = np.stack([k.ravel(), asked.ravel(), roster.ravel()])
    unique, where = np.unique(cells, axis=1, return_inverse=True)
    low, high = _accepted(unique[0], unique[1], unique[2], (1 - confidence) / 2, mid_p)
    share = np.where(unique[1] > 0, unique[2], np.nan)
    found = (np.reshape((bound / share)[where], k.shape) for bound in (low, high))
    return _said(*found)


def _accepted(
    k: np.ndarray, n: np.ndarray, population: np.ndarray, tail: float, mid_p: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and largest number of people in the roster that is not rejected."""
    low = _smallest(k, n, population, tail, mid_p)
    high = population - _smallest(n - k, n, population, tail, mid_p)
    # Nearly everybody answered, and only one number is left: say at least its neighbours.
    alone = (low >= high) & (n < population)
    return np.where(alone, np.maximum(k, low - 1), low), np.where(
        alone, np.minimum(k + population - n, high + 1), high
    )


def _smallest(k: np.ndarray, n: np.ndarray, population: np.ndarray, tail: float, mid_p: bool) -> np.ndarray:
    """The smallest M for which `k` or more of `n` out of M in `population` is not too rare, by bisection."""
    # Once k + 1 is no more than is to be expected, half of all samples have more than k: not rare.
    common = -(-(k + 1) * population // np.maximum(n, 1))
    low, high = k.copy(), np.minimum(k + population - n, common)
    while (open_ := low < high).any():
        m = (low[open_] + high[open_]) // 2
        kept = _at_least(k[open_], n[open_], population[open_], m, mid_p) > tail
        high[open_] = np.where(kept, m, high[open_])
        low[open_] = np.where(kept, low[open_], m + 1)
    return low


def _at_least(k: np.ndarray, n: np.ndarray, population: np.ndarray, m: np.ndarray, mid_p: bool) -> np.ndarray:
    """P(X >= k) when n are drawn from a population in which m say yes; with `mid_p`, X = k counts half.

    Each probability follows from the one before it, so the sum costs a few operations a term; scipy's
    distribution is exact too, and twenty times slower.
    """
    term = _exactly(k, n, population, m)
    total, x = term / 2 if mid_p else term, k.astype(float)
    while (term > 1e-17 * total).any():
        term = term * (m - x) * (n - x) / ((x + 1) * (population - m - n + x + 1))
        x, total = x + 1, total + term
    return total


def _exactly(k: np.ndarray, n: np.ndarray, population: np.ndarray, m: np.ndarray) -> np.ndarray:
    """P(X = k) of the hypergeometric distribution, for possible k only."""
    from scipy.special import gammaln

    def ways(all_: np.ndarray, some: np.ndarray) -> np.ndarray:
        return gammaln(all_ + 1) - gammaln(some + 1) - gammaln(all_ - some + 1)

    return np.exp(ways(m, k) + ways(population - m, n - k) - ways(population, n))


def logit(share: ArrayLike, se: ArrayLike, degf: ArrayLike, confidence: float = 0.95) -> Interval:
    """Interval of t on the logit, turned back; nan at 0 and 1. R survey: svyciprop "logit" and "xlogit".
    Source: Korn & Graubard (1999), Analysis of Health Surveys, section 2.3."""
    p, error = _inner(share, se)
    middle, half = np.log(p / (1 - p)), _t(degf, confidence) * error / (p * (1 - p))
    return _said(*(1 / (1 + np.exp(-(middle + sign * half))) for sign in (-1, 1)))


def asin(share: ArrayLike, se: ArrayLike, degf: ArrayLike, confidence: float = 0.95) -> Interval:
    """Interval of t on the arcsine of the root, which steadies the variance; the angle is kept within 0 and
    90 degrees. R survey: svyciprop "asin". Source: Anscombe (1948), Biometrika 35, 246-254."""
    p, error = _inner(share, se)
    middle = np.arcsin(np.sqrt(p))
    half = _t(degf, confidence) * error / (2 * np.sqrt(p * (1 - p)))
    return _said(*(np.sin(np.clip(middle + sign * half, 0, np.pi / 2)) ** 2 for sign in (-1, 1)))


def mean(share: ArrayLike, se: ArrayLike, degf: ArrayLike, confidence: float = 0.95) -> Interval:
    """Interval of t on the share itself (Wald), not cut off at 0 and 1. R survey: svyciprop "mean"."""
    p, error = _shapes(share, se)
    half = _t(degf, confidence) * error
    return _said(p - half, p + half)


def beta(
    share: ArrayLike, se: ArrayLike, degf: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Clopper-Pearson interval on the effective n, lessened by the t quantiles at n - 1 and `degf`.
    `n` counts the respondents. R survey: svyciprop "beta".
    Source: Korn & Graubard (1998), Survey Methodology 24, 193-201."""
    from scipy.special import betaincinv

    p, error = _inner(share, se)
    ratio = _t(np.asarray(n) - 1, confidence) / _t(degf, confidence)
    effective = p * (1 - p) / error**2 * ratio**2
    yes, no, tail = effective * p, effective * (1 - p), (1 - confidence) / 2
    return _said(betaincinv(yes, no + 1, tail), betaincinv(yes + 1, no, 1 - tail))


def likelihood(
    share: ArrayLike, se: ArrayLike, degf: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Shares whose binomial deviance, divided by the design effect, is not above the squared t quantile.

    2 n_eff (p ln(p / x) + (1 - p) ln((1 - p) / (1 - x))) = t^2 n / (n - 1) is solved for x to the last bit;
    n / (n - 1) is R's dispersion of the intercept-only model, for n respondents.
    R survey: svyciprop "likelihood", which interpolates the same curve (last digits differ: about 3e-6).
    Sources: Rao & Scott (1984), Annals of Statistics 12, 46-60; Lumley & Scott (2014), Australian & New
    Zealand Journal of Statistics 56, 1-14.
    """
    p, error, size = np.broadcast_arrays(*_inner(share, se), np.asarray(n, dtype=float))
    limit = _t(degf, confidence) ** 2 * size / (size - 1) * error**2 / (p * (1 - p)) / 2

    def inside(x: np.ndarray) -> np.ndarray:
        return p * np.log(p / x) + (1 - p) * np.log((1 - p) / (1 - x)) <= limit

    return _said(_edge(inside, p, np.zeros_like(p)), _edge(inside, p, np.ones_like(p)))


def worst_case(
    total: ArrayLike, answered: ArrayLike, population: ArrayLike, low: float = 0.0, high: float = 1.0
) -> Interval:
    """Bounds of a mean over a known roster that need no assumption: all who did not answer stand at `low`,
    or all at `high`. `total` is the sum of the answers that are there. Nobody on the roster gives nan.
    Source: Manski (1990), American Economic Review 80, 319-323; Cochran (1977), section 13.2.

    >>> worst_case(60, 80, 100)
    (0.6, 0.8)
    """
    known, n, everyone = (np.asarray(x, dtype=float) for x in (total, answered, population))
    silent, over = everyone - n, np.where(everyone > 0, everyone, np.nan)
    return _said((known + silent * low) / over, (known + silent * high) / over)


def _counts(name: str, count: ArrayLike, n: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    k, total = np.asarray(count, dtype=float), np.asarray(n, dtype=float)
    if np.any((k < 0) | (k > total)):
        raise ValueError(f"{name}: every count must lie between 0 and n")
    return k, total


def _shapes(share: ArrayLike, se: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(share, dtype=float), np.asarray(se, dtype=float)


def _inner(share: ArrayLike, se: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Share and standard error, nan where these say nothing about each other: a share of 0 or 1."""
    p, error = _shapes(share, se)
    return np.where((p > 0) & (p < 1), p, np.nan), error


def _t(degf: ArrayLike, confidence: float) -> np.ndarray:
    """The two-sided t quantile; nan without degrees of freedom."""
    from scipy.special import stdtrit

    freedom = np.asarray(degf, dtype=float)
    return np.asarray(stdtrit(np.where(freedom > 0, freedom, np.nan), 0.5 + confidence / 2))


def _score(share: np.ndarray, n: np.ndarray, quantile: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The score interval: all proportions that `share` of `n` lies within `quantile` standard errors of."""
    safe, z2 = np.where(n > 0, n, np.nan), quantile**2
    scale = 1 / (1 + z2 / safe)
    centre = (share + z2 / (2 * safe)) * scale
    half = np.sqrt(z2 * (share * (1 - share) + z2 / (4 * safe)) / safe) * scale
    # At 0 and 1 the algebra gives exactly 0 and 1; floating point only nearly.
    known = ~np.isnan(centre)
    return np.where((share == 0) & known, 0.0, centre - half), np.where(
        (share == 1) & known, 1.0, centre + half
    )


def _edge(inside: Callable[[np.ndarray], np.ndarray], within: np.ndarray, without: np.ndarray) -> np.ndarray:
    """The edge of an interval between a point `within` and one outside it, by bisection."""
    near, far = within, without
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(HALVINGS):
            middle = (near + far) / 2
            kept = inside(middle)
            near, far = np.where(kept, middle, near), np.where(kept, far, middle)
    return np.where(np.isnan(within), np.nan, near)


def _said(low: np.ndarray, high: np.ndarray) -> Interval:
    """Numbers for numbers, arrays for arrays."""
    return (float(low), float(high)) if np.ndim(low) == 0 else (low, high)
