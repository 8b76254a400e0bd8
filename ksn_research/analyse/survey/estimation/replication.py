"""The jackknife over clusters, a check on linearised standard errors. Uses `design` and `stages`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.estimation.design import Design, as_columns
from ksn_research.analyse.survey.estimation.stages import group_sums


@dataclass(frozen=True)
class Replicated:
    """Estimates (m,) and their covariance (m, m) from replicates."""

    estimate: np.ndarray
    covariance: np.ndarray

    @property
    def se(self) -> np.ndarray:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))


def jackknife(design: Design, u: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> Replicated:
    """Leave out one first-stage cluster after the other (JK1; with strata JKn).

    Parameters: `u` (n, k) weighted variables; `statistic` from totals (r, k), one row a replicate, to
    estimates (r, m). The other clusters of the stratum weigh n/(n - 1); squares about the mean of the
    replicates count (n - 1)/n (1 - n/N).
    Raises ValueError for calibrated weights: each replicate would have to be calibrated anew.
    Sources: Wolter (2007), ch. 4; R `as.svrepdesign(type = "JK1")` and `"JKn"`.

    >>> from ksn_research.analyse.survey.estimation.design import survey_design
    >>> u = np.array([[1.0, 1], [2, 1], [3, 1], [6, 1]])
    >>> jackknife(survey_design(4), u, lambda totals: totals[:, :1] / totals[:, 1:]).se.round(6).tolist()
    [1.080123]
    """
    if design.margins is not None:
        raise ValueError("jackknife: the weights are calibrated; take the linearised standard errors")
    u, stage = as_columns(u), design.stages[0]
    totals, n = stage.totals(u), stage.sampled[stage.stratum][:, None]
    of_stratum = group_sums(stage.stratum, totals, len(stage.sampled))[stage.stratum]
    some = (n > 1)[:, 0] & (stage.scale > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        replicates = statistic((u.sum(axis=0) + (of_stratum - totals) * n / (n - 1) - of_stratum)[some])
    centred = replicates - replicates.mean(axis=0)
    factor = (stage.scale * ((n[:, 0] - 1) / n[:, 0]) ** 2)[some]
    whole = statistic(u.sum(axis=0, keepdims=True))[0]
    return Replicated(whole, (centred * factor[:, None]).T @ centred)
