"""Weighted quantiles with Woodruff's interval. Uses `design` and `estimates`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.estimation.design import Design
from ksn_research.analyse.survey.estimation.estimates import means
from ksn_research.analyse.survey.estimation.stages import level_rows


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of one item, arrays (size, p): estimate, interval, and the interval's width over 2 t as a
    standard error. An end is nan where the interval of the share below leaves 0 to 1."""

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    se: np.ndarray


def quantiles(
    design: Design,
    values: np.ndarray,
    p: Sequence[float] = (0.25, 0.5, 0.75),
    codes: np.ndarray | None = None,
    size: int = 1,
    confidence: float = 0.95,
) -> Quantiles:
    """Quantiles of `values` (n,), nan for no answer, in every level.

    The quantile is the smallest answer with at least a share p of the weight at or below it. Its interval
    ends where that rule puts the ends of the t interval of the share at or below the estimate, the t
    distribution with the degrees of freedom of the level.
    Sources: Woodruff (1952), Journal of the American Statistical Association 47, 635-646; R
    `svyquantile(qrule = "math", interval.type = "mean")`.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> quantiles(survey_design(5), np.array([1.0, 2, 3, 4, 9]), [0.5]).estimate.tolist()
    [[3.0]]
    """
    from scipy.stats import t

    shape = (size, len(p))
    found = Quantiles(*(np.full(shape, np.nan) for _ in range(4)))
    levels = [np.arange(design.n)] if codes is None else level_rows(codes, size)
    for i, rows in enumerate(levels):
        rows = rows[~np.isnan(values[rows]) & (design.weights[rows] > 0)]
        if not len(rows):
            continue
        order = rows[np.argsort(values[rows], kind="stable")]
        x, below = values[order], np.cumsum(design.weights[order])
        found.estimate[i] = _inverse(x, below, np.asarray(p, dtype=float))
        at_most = np.full((design.n, len(p)), np.nan)
        at_most[rows] = values[rows, None] <= found.estimate[i]
        share = means(design, at_most)
        low, high = (end[0] for end in share.interval(confidence))
        found.low[i], found.high[i] = _inverse(x, below, low), _inverse(x, below, high)
        critical = t.ppf(0.5 + confidence / 2, np.maximum(share.degf[0], 1))
        found.se[i] = (found.high[i] - found.low[i]) / (2 * critical)
    return found


def _inverse(x: np.ndarray, below: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The smallest x with a share p of the weight at or below it; nan for a p outside 0 to 1."""
    inside = (p >= 0) & (p <= 1)
    wanted = np.where(inside, p, 0.0) * below[-1]
    at = np.searchsorted(below, wanted * (1 - 1e-14), side="left")
    return np.where(inside, x[np.minimum(at, len(x) - 1)], np.nan)
