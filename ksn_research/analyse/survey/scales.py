"""Scale statistics: reliability, means with intervals, and how much of the spread lies between circles.

Uses `groups`. Scores were made before (`score`); here item values are needed only for reliability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.groups import Sample, number, whole_part
from ksn_research.plan import Instrument, Question, Scale
from ksn_research.results import Row

NO_VARIATION = "no variation"
FEW_ITEMS = "fewer than 2 items"
FEW_PEOPLE = "fewer than 3 respondents"
FEW_FOR_ALPHA = 30  # below this the coefficient is shown with a warning (methods of the study)
MEAN = "arithmetic mean of scale scores; t interval, no finite population correction"


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha with its interval; `note` says why it is undefined (then numbers are nan)."""

    alpha: float
    low: float
    high: float
    n: int
    items: int
    note: str = ""


@dataclass(frozen=True)
class Icc:
    """ICC(1) with its interval, the F ratio and the mean group size n0; `note` as in `Alpha`."""

    icc: float
    low: float
    high: float
    f: float
    n: int
    groups: int
    n0: float
    note: str = ""


@dataclass(frozen=True)
class Means:
    """Per level: n, mean, standard deviation (n - 1), standard error and t interval; nan where undefined."""

    n: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray


def cronbach_alpha(items: np.ndarray, confidence: float = 0.95) -> Alpha:
    """Cronbach's alpha over respondents who answered every item (listwise), with Feldt's interval.

    Parameters: `items` respondents x items, already reversed where needed, nan where missing.
    Undefined, with a note, for fewer than 2 items, fewer than 3 respondents, or no variation.
    Sources: Cronbach (1951), Psychometrika 16, 297-334; Feldt (1965), Psychometrika 30, 357-370.

    >>> result = cronbach_alpha(np.array([[1, 2], [2, 2], [3, 4], [4, 5]], dtype=float))
    >>> round(result.alpha, 4), result.n
    (0.967, 4)
    """
    complete = items[~np.isnan(items).any(axis=1)] if items.size else items
    n, k = len(complete), items.shape[1]
    note = FEW_ITEMS if k < 2 else FEW_PEOPLE if n < 3 else ""
    total = complete.sum(axis=1).var(ddof=1) if not note else np.nan
    if not note and np.isclose(total, 0):
        note = NO_VARIATION
    if note:
        return Alpha(np.nan, np.nan, np.nan, n, k, note)
    alpha = k / (k - 1) * (1 - complete.var(axis=0, ddof=1).sum() / total)
    from scipy.stats import f

    tail = (1 - confidence) / 2
    upper, lower = (float(f.ppf(q, n - 1, (n - 1) * (k - 1))) for q in (1 - tail, tail))
    return Alpha(float(alpha), float(1 - (1 - alpha) * upper), float(1 - (1 - alpha) * lower), n, k)


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


def icc1(values: np.ndarray, groups: np.ndarray, confidence: float = 0.95) -> Icc:
    """How alike two members of one group are: intraclass correlation of a one-way random-effects analysis
    of variance, groups of unequal size.

    Parameters: `values` one score per person (nan left out), `groups` their group codes (negative left out).
    ICC = (MSB - MSW) / (MSB + (n0 - 1) MSW), n0 = (N - sum n_j^2 / N) / (J - 1). It may be negative.
    The F interval is exact for equal sizes, approximate with n0 otherwise.
    Undefined, with a note, for fewer than 2 groups, no group of 2, or no variation.
    Sources: Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428, ICC(1,1); n0: Snijders & Bosker
    (2012), ch. 3.

    >>> round(icc1(np.array([1.0, 2, 3, 3, 5, 4]), np.array([0, 0, 1, 1, 2, 2])).icc, 6)
    0.862069
    """
    keep = ~np.isnan(values) & (groups >= 0)
    x, codes = values[keep], np.unique(groups[keep], return_inverse=True)[1]
    n, sizes = len(x), np.bincount(codes)
    j = len(sizes)
    note = "fewer than 2 groups" if j < 2 else "no group has 2 answers" if n <= j else ""
    if not note and np.ptp(x) == 0:
        note = NO_VARIATION
    if note:
        return Icc(np.nan, np.nan, np.nan, np.nan, n, j, np.nan, note)
    n0 = (n - (sizes**2).sum() / n) / (j - 1)
    within_means = np.bincount(codes, weights=x) / sizes
    between = (sizes * (within_means - x.mean()) ** 2).sum() / (j - 1)
    within = ((x - within_means[codes]) ** 2).sum() / (n - j)
    value = (between - within) / (between + (n0 - 1) * within)
    low, high, ratio = _icc_interval(between, within, n0, j, n, confidence)
    return Icc(float(value), low, high, ratio, n, j, float(n0))


def _icc_interval(
    between: float, within: float, n0: float, j: int, n: int, confidence: float
) -> tuple[float, float, float]:
    from scipy.stats import f

    if within == 0:
        return 1.0, 1.0, float("inf")
    ratio, tail = between / within, (1 - confidence) / 2
    upper, lower = (float(f.ppf(q, j - 1, n - j)) for q in (1 - tail, tail))
    low, high = ((ratio / q - 1) / (ratio / q + n0 - 1) for q in (upper, lower))
    return float(low), float(high), float(ratio)


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
    """Mean, standard deviation and reliability of one scale, whole and by level; by circle the mean only."""
    scores = score_values(sample.frame, scale.name)
    items = item_values(sample.frame, instrument, scale)
    rows = mean_rows(sample, scores, analysis="scales", measure=scale.name, method=MEAN)
    for grouping in sample.groupings:
        if grouping.group == "circle":
            continue
        for i, level in enumerate(grouping.levels):
            place = {"group": grouping.group, "level": level}
            rows.append(_alpha_row(sample, items, grouping.codes == i, scale, place))
    return rows


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


def _alpha_row(
    sample: Sample, items: np.ndarray, mask: np.ndarray, scale: Scale, place: dict[str, str]
) -> Row:
    result = cronbach_alpha(items[mask])
    complete = mask & ~np.isnan(items).any(axis=1)
    support = sample.support(sample.groupings[0], complete)[0]
    note = result.note or (
        "two items: a Spearman-Brown coefficient would serve better" if result.items == 2
        else f"fewer than {FEW_FOR_ALPHA} complete answers: read with care" if result.n < FEW_FOR_ALPHA
        else ""
    )  # fmt: skip
    return sample.row(
        analysis="scales", measure=scale.name, statistic="alpha", estimate=number(result.alpha),
        ci_low=number(result.low), ci_high=number(result.high), n=result.n, unit="people", note=note,
        method=f"Cronbach's alpha of {result.items} items, complete answers only (listwise); Feldt interval",
        status="undefined" if result.note else "published", **place, **support,
    )  # fmt: skip


def icc_row(sample: Sample, scores: np.ndarray, circles: np.ndarray, measure: str, note: str = "") -> Row:
    """The share of a scale's variance that lies between circles. `circles` are codes, -1 for no circle."""
    result = icc1(scores, circles)
    support = sample.support(sample.groupings[0], ~np.isnan(scores) & (circles >= 0))[0]
    return sample.row(
        analysis="scales", measure=measure, statistic="icc1", estimate=number(result.icc),
        ci_low=number(result.low), ci_high=number(result.high), n=result.n, unit="people",
        method=f"intraclass correlation ICC(1), one-way analysis of variance over {result.groups} circles of "
        "unequal size; F interval", note=result.note or note,
        status="undefined" if result.note else "published", **support,
    )  # fmt: skip
