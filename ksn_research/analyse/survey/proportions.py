"""Proportions: the Wilson interval, shares that the plan declares, distributions of answers.

Uses `groups` (who a statistic rests on). Denominators are said in `method`; which one holds is the
plan's decision per measure.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ksn_research.analyse.survey.groups import Grouping, Sample, distinct, number, whole_part
from ksn_research.plan import Measure, Question
from ksn_research.results import Row

DENOMINATOR = {
    "answered": "share of everyone who answered the question, don't-know included; Wilson interval",
    "substantive": "share of those who answered with an opinion, don't-know excluded; Wilson interval",
}
TICKED = "share of those who ticked at least one option; Wilson interval"
NOBODY = "nobody answered"


def wilson(count: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Any, Any]:
    """Wilson score interval for a proportion.

    Parameters: `count` successes out of `n` (ints or arrays of one shape), `confidence` of the interval.
    Returns (low, high); numbers for numbers, arrays for arrays. n = 0 gives nan: nothing was asked.
    Raises ValueError when a count lies outside 0..n.
    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    k, total = np.asarray(count, dtype=float), np.asarray(n, dtype=float)
    if np.any((k < 0) | (k > total)):
        raise ValueError("wilson: every count must lie between 0 and n")
    z2 = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2
    safe = np.where(total > 0, total, np.nan)
    share, scale = k / safe, 1 / (1 + z2 / safe)
    centre = (share + z2 / (2 * safe)) * scale
    half = np.sqrt(z2 * (share * (1 - share) + z2 / (4 * safe)) / safe) * scale
    # At 0 and n the algebra gives exactly 0 and 1; floating point only nearly.
    low = np.where((k == 0) & (total > 0), 0.0, centre - half)
    high = np.where((k == total) & (total > 0), 1.0, centre + half)
    if k.ndim == 0 and total.ndim == 0:
        return float(low), float(high)
    return low, high


def measure_values(frame: pd.DataFrame, question: Question, measure: Measure) -> np.ndarray:
    """1 where a respondent chose one of the measure's choices, 0 where not, nan outside its denominator.

    For a select-multiple question: any of the choices ticked, among those who ticked at least one option.
    """
    if question.type == "select_multiple":
        ticks, ticked = _ticks(frame, question)
        names = [choice.name for choice in question.choices]
        wanted = [i for i, name in enumerate(names) if name in measure.choices]
        return np.where(ticked, ticks[:, wanted].any(axis=1), np.nan)
    if question.name not in frame:
        return np.full(len(frame), np.nan)
    kinds = {c.name for c in question.choices if c.missing} if measure.denominator == "substantive" else set()
    answers = frame[question.name]
    inside = (answers.notna() & ~answers.isin(kinds)).to_numpy(dtype=bool)
    return np.where(inside, answers.isin(measure.choices).to_numpy(dtype=bool), np.nan)


def share_rows(sample: Sample, question: Question, measure: Measure) -> list[Row]:
    """The share of a declared measure, whole and by level, with its Wilson interval."""
    values = measure_values(sample.frame, question, measure)
    method = TICKED if question.type == "select_multiple" else DENOMINATOR[measure.denominator]
    return two_sided(sample, values, analysis="shares", measure=measure.name, method=method)


def two_sided(sample: Sample, values: np.ndarray, **fields: Any) -> list[Row]:
    """Shares of 1 among the 0s and 1s in `values` (nan left out), whole and by level."""
    found: dict[tuple[str, str], Row] = {}
    for grouping in sample.groupings:
        inside, size = ~np.isnan(values), len(grouping.levels)
        n = np.bincount(grouping.codes[inside], minlength=size)
        hits = np.bincount(grouping.codes[values == 1], minlength=size)
        people = distinct(np.where(values == 1, grouping.codes, -1), sample.person, size)
        low, high = wilson(hits, n)
        for i, support in enumerate(sample.support(grouping, inside)):
            found[grouping.group, grouping.levels[i]] = sample.row(
                group=grouping.group, level=grouping.levels[i], parents=whole_part(found, grouping),
                statistic="share", n=int(n[i]), unit="people", count=int(people[i]), binary=True,
                **_estimate(hits[i], n[i], low[i], high[i]), **support, **fields,
            )  # fmt: skip
    return list(found.values())


def answer_rows(sample: Sample, question: Question, shares: dict[str, list[Row]] | None = None) -> list[Row]:
    """How the answers to one closed question are distributed, whole and by level.

    `shares` are the rows of declared measures by choice name: they are parents of the choices they sum.
    Open and numeric questions give no rows.
    """
    if question.type == "select_one" and question.name in sample.frame:
        return _one_of(sample, question, shares or {})
    if question.type == "select_multiple":
        return _any_of(sample, question)
    return []


def _one_of(sample: Sample, question: Question, shares: dict[str, list[Row]]) -> list[Row]:
    names = [choice.name for choice in question.choices]
    codes = pd.Index(names).get_indexer(pd.Index(sample.frame[question.name]))
    found: dict[tuple[str, str], Row] = {}
    rows: dict[str, dict[tuple[str, str], Row]] = {name: {} for name in names}
    for grouping in sample.groupings:
        answered = _answered(sample, question, grouping, codes >= 0, found)
        cells = np.where(codes >= 0, grouping.codes * len(names) + codes, -1)
        size = len(grouping.levels) * len(names)
        counts = np.bincount(cells[cells >= 0], minlength=size).reshape(-1, len(names))
        people = distinct(cells, sample.person, size).reshape(-1, len(names))
        n = counts.sum(axis=1, keepdims=True)
        low, high = wilson(counts, np.broadcast_to(n, counts.shape))
        for (i, whole), (j, name) in (
            (a, b) for a in enumerate(answered) for b in enumerate(names) if whole_answers(a[1])
        ):
            sums = tuple(
                r.id for r in shares.get(name, ()) if (r.group, r.level) == (whole.group, whole.level)
            )
            rows[name][whole.group, whole.level] = sample.row(
                analysis="answers", measure=question.name, category=name, statistic="share", n=whole.n,
                group=whole.group, level=whole.level, unit="people", count=int(people[i, j]),
                people=whole.people, organisations=whole.organisations,
                parents=(whole.id, *sums, *whole_part(rows[name], grouping)),
                method=DENOMINATOR["answered"], **_estimate(counts[i, j], n[i, 0], low[i, j], high[i, j]),
            )  # fmt: skip
    return [*found.values(), *(row for by_level in rows.values() for row in by_level.values())]


def whole_answers(answered: Row) -> bool:
    """Whether a level has answers to distribute: an empty one is said once, not once per choice."""
    return bool(answered.n)


def _any_of(sample: Sample, question: Question) -> list[Row]:
    ticks, ticked = _ticks(sample.frame, question)
    if not ticked.any():
        return []
    found: dict[tuple[str, str], Row] = {}
    for grouping in sample.groupings:
        _answered(sample, question, grouping, ticked, found)
    rows = list(found.values())
    for i, choice in enumerate(question.choices):
        values = np.where(ticked, ticks[:, i], np.nan)
        fields = {"analysis": "answers", "measure": question.name, "category": choice.name}
        rows += [row for row in two_sided(sample, values, method=TICKED, **fields) if row.n]
    return rows


def _ticks(frame: pd.DataFrame, question: Question) -> tuple[np.ndarray, np.ndarray]:
    """Which options each respondent ticked (rows x choices), and who ticked any."""
    columns = [f"{question.name}/{choice.name}" for choice in question.choices]
    options = frame.reindex(columns=columns)
    ticked = options.notna().any(axis=1).to_numpy(dtype=bool)
    return options.eq(True).fillna(False).to_numpy(dtype=bool), ticked


def _answered(
    sample: Sample,
    question: Question,
    grouping: Grouping,
    mask: np.ndarray,
    found: dict[tuple[str, str], Row],
) -> list[Row]:
    """How many answered, per level; they are added to `found` and returned."""
    made = []
    for level, support in zip(grouping.levels, sample.support(grouping, mask), strict=True):
        row = sample.row(
            analysis="answers", measure=question.name, group=grouping.group, level=level,
            statistic="answered", estimate=float(support["people"] or 0), n=support["people"],
            count=support["people"], unit="people", parents=whole_part(found, grouping),
            method="people who answered the question, don't-know included", **support,
        )  # fmt: skip
        found[grouping.group, level] = row
        made.append(row)
    return made


def _estimate(count: float, n: float, low: float, high: float) -> dict[str, Any]:
    if n == 0:
        return {"estimate": None, "status": "undefined", "note": NOBODY}
    return {"estimate": float(count / n), "ci_low": number(low), "ci_high": number(high)}
