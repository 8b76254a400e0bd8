"""One level of a column against all others, by mean and by rank, in a plain sample or one with a design.

Uses `compare`, `design`, `design_tests` and `rank`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.comparison import compare, design_tests
from ksn_research.analyse.survey.comparison.compare import Comparison, Contrasts
from ksn_research.analyse.survey.comparison.rank import mann_whitney_grid
from ksn_research.analyse.survey.estimation.design import Design


@dataclass(frozen=True)
class Against:
    """A level minus the others: the difference with Hedges' g, and Cliff's delta with its interval and p."""

    difference: Comparison
    delta: float
    delta_low: float
    delta_high: float
    delta_p: float


def scale_contrasts(values: np.ndarray, codes: np.ndarray, contrasts: Contrasts) -> list[list[Against]]:
    """Every contrast of every item, (contrasts, items), in a plain sample.

    Parameters: as `compare.welch_grid`; it and `rank.mann_whitney_grid` do the work.
    """
    means = compare.welch_grid(values, codes, contrasts)
    ranks = mann_whitney_grid(values, codes, contrasts)
    parts = (ranks.delta, ranks.ci_low, ranks.ci_high, ranks.p)
    return [
        [
            Against(means.comparison(i, j), *(float(part[i, j]) for part in parts))
            for j in range(values.shape[1])
        ]
        for i in range(len(contrasts))
    ]


def weighted_contrasts(
    design: Design, values: np.ndarray, codes: np.ndarray, contrasts: Contrasts
) -> list[list[Against]]:
    """Every contrast of every item in a sample with a design; a contrast is a level with all others."""
    return [[weighted_contrast(design, item, codes, level) for item in values.T] for level, _ in contrasts]


def weighted_contrast(design: Design, values: np.ndarray, codes: np.ndarray, level: int) -> Against:
    """One level minus the others by the design-based t and rank tests, with weighted effect sizes.

    Parameters: a value per row, nan where there is none (for a share 0 and 1), the level of each row,
    negative where it is not known. The interval of g is that of the difference, the standard deviation
    taken as known.
    """
    first = np.where(codes < 0, np.nan, (codes == level).astype(float))
    known = ~np.isnan(values) & ~np.isnan(first)
    n = (int((known & (first == 1)).sum()), int((known & (first == 0)).sum()))
    if min(n) < 2:
        return Against(compare.undefined(n, compare.TOO_FEW), *[np.nan] * 4)
    t = design_tests.design_ttest(design, values, first)
    factor = _standardised(design, values, first, known)
    difference = Comparison(
        t.estimate, t.se, t.ci_low, t.ci_high, t.p, t.dof[0] if t.dof else np.nan, n,
        hedges_g=factor * t.estimate, g_low=factor * t.ci_low, g_high=factor * t.ci_high, note=t.note,
    )  # fmt: skip
    ranks = design_tests.design_ranktest(
        design, values, np.where(codes < 0, -1, (codes != level).astype(int))
    )
    # The mean rank shares of two groups differ by half of Cliff's delta.
    delta, low, high = (
        float(np.clip(2 * part, -1, 1)) for part in (ranks.estimate, ranks.ci_low, ranks.ci_high)
    )
    return Against(difference, delta, low, high, ranks.p)


def _standardised(design: Design, values: np.ndarray, first: np.ndarray, known: np.ndarray) -> float:
    """What turns a weighted difference into Hedges' g."""
    sides = [known & (first == side) & (design.weights > 0) for side in (0, 1)]
    m = sum(int(side.sum()) for side in sides) - 2
    squares = sum(_spread(values[side], design.weights[side]) * int(side.sum()) for side in sides)
    return float(compare.small_sample_factor(m) / np.sqrt(squares / m)) if squares > 0 and m > 0 else np.nan


def _spread(x: np.ndarray, weights: np.ndarray) -> float:
    if not len(x):
        return 0.0
    return float(np.average((x - np.average(x, weights=weights)) ** 2, weights=weights))
