"""Scales of a survey: their scores and items as numbers, means with intervals, and all rows about them.

Uses `groups` and `coefficients`. Scores were made before (`score`); items are needed only for reliability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.groups import Sample, number, whole_part
from ksn_research.analyse.survey.scale.coefficients import item_rows, reliability_rows
from ksn_research.plan import Instrument, Question, Scale
from ksn_research.results import Row

MEAN = "arithmetic mean of scale scores; t interval, no finite population correction"


@dataclass(frozen=True)
class Means:
    """Per level: n, mean, standard deviation (n - 1), standard error and t interval; nan where undefined."""

    n: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray


def means(values: np.ndarray, codes: np.ndarray, size: int, confidence: float = 0.95) -> Means:
    """Means of `values` (nan left out) in each of `size` levels, with t intervals (n - 1 degrees of freedom).

    The standard deviation is undefined (nan) for one value, the mean for none.
    """
    from scipy.stats import t

    keep = ~np.isnan(values) & (codes >= 0)
    x, c = values[keep], codes[keep]
    n = np.bincount(c, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(c, weights=x, minlength=size) / n
        # Two passes: sums of squares about the mean do not cancel.
        squares = np.bincount(c, weights=(x - mean[c]) ** 2, minlength=size)
        sd = np.sqrt(squares / np.where(n > 1, n - 1, np.nan))
        se = sd / np.sqrt(n)
    half = t.ppf(0.5 + confidence / 2, np.maximum(n - 1, 1)) * se
    return Means(n, mean, sd, se, mean - half, mean + half)


def question_values(frame: pd.DataFrame, question: Question) -> np.ndarray:
    """A question's answers as numbers: the values of its choices, or the number itself; nan for missing
    kinds and for choices without a value."""
    if question.name not in frame:
        return np.full(len(frame), np.nan)
    if not question.choices:
        return pd.to_numeric(frame[question.name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    values = {c.name: c.value for c in question.choices if c.value is not None and not c.missing}
    return frame[question.name].map(values).to_numpy(dtype=float, na_value=np.nan)


def score_values(frame: pd.DataFrame, scale: str) -> np.ndarray:
    """Scores of a scale as numbers, nan where there is none."""
    return question_values(frame, Question(scale, "decimal", scale))


def item_values(frame: pd.DataFrame, instrument: Instrument, scale: Scale) -> np.ndarray:
    """Respondents x items of a scale, reversed items turned about the declared anchors."""
    columns = [question_values(frame, instrument.questions[name]) for name in scale.items]
    turned = [
        scale.low + scale.high - x if name in scale.reverse else x
        for name, x in zip(scale.items, columns, strict=True)
    ]
    return np.column_stack(turned) if turned else np.empty((len(frame), 0))


def scale_rows(sample: Sample, instrument: Instrument, scale: Scale) -> list[Row]:
    """Mean, standard deviation, reliability and items of one scale: means whole and by level, reliability
    as in `reliability_rows`, items for the whole sample; by circle the mean only."""
    scores = score_values(sample.frame, scale.name)
    items = item_values(sample.frame, instrument, scale)
    rows = mean_rows(
        sample, scores, analysis="scales", measure=scale.name, method=MEAN, low=scale.low, high=scale.high
    )
    rows += reliability_rows(sample, items, scale)
    whole = any(not grouping.group for grouping in sample.groupings)
    return rows + (item_rows(sample, items, instrument, scale) if whole else [])


def mean_rows(sample: Sample, scores: np.ndarray, **fields: Any) -> list[Row]:
    """Mean and standard deviation of `scores`, whole and by level (of a circle, the mean only)."""
    found: dict[tuple[str, str], Row] = {}
    spread = []
    for grouping in sample.groupings:
        m = means(scores, grouping.codes, len(grouping.levels))
        for i, support in enumerate(sample.support(grouping, ~np.isnan(scores))):
            common = {"group": grouping.group, "level": grouping.levels[i], "unit": "people",
                      "n": int(m.n[i]), **support, **fields}  # fmt: skip
            parents = whole_part(found, grouping) if grouping.group != "circle" else ()
            found[grouping.group, grouping.levels[i]] = sample.row(
                statistic="mean", parents=parents, **_mean(m, i), **common
            )
            if grouping.group != "circle":
                sd = number(m.sd[i])
                said = {} if sd is not None else {"status": "undefined", "note": "fewer than 2 respondents"}
                common["method"] = "standard deviation of scale scores (n - 1)"
                spread.append(sample.row(statistic="sd", estimate=sd, **said, **common))
    return [*found.values(), *spread]


def _mean(m: Means, i: int) -> dict[str, Any]:
    if m.n[i] == 0:
        return {"estimate": None, "status": "undefined", "note": "nobody has a score"}
    if m.n[i] > 1 and m.sd[i] == 0:
        return {"estimate": float(m.mean[i]), "note": "no variation: no interval"}
    interval = {"se": number(m.se[i]), "ci_low": number(m.low[i]), "ci_high": number(m.high[i])}
    return {"estimate": float(m.mean[i]), **interval}
