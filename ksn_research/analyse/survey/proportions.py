"""Proportions: the Wilson interval, shares that the plan declares, distributions of answers.

Uses `groups` (who a statistic rests on). Denominators are said in `method`; which one holds is the
plan's decision per measure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import Grouping, Sample, distinct, number, whole_part
from ksn_research.plan import Measure, Question
from ksn_research.results import Row

DENOMINATOR = {
    "answered": "share of everyone who answered the question, don't-know included; Wilson interval",
    "substantive": "share of those who answered with an opinion, don't-know excluded; Wilson interval",
}
TICKED = "share of those who ticked at least one option; Wilson interval"
NOBODY = "nobody answered"
NO_OPINION = "no opinion, counted like an answer not given"


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
    Where some choices are no opinion, the whole sample's rows are also based on those who have one
    (`opinion_rows`). Open and numeric questions give no rows.
    """
    if question.type == "select_one" and question.name in sample.frame:
        return opinion_rows(sample, question, _one_of(sample, question, shares or {}))
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


def opinion_rows(sample: Sample, question: Question, rows: list[Row]) -> list[Row]:
    """The rows of a question; where it offers choices that are no opinion, of the whole sample also the
    shares of the others among those who have one (`share_substantive`, Wilson interval).

    How many have no opinion follows from the two bases, in a group as in the whole. It is told as what it is,
    item nonresponse: neither judged as a small cell nor able to protect one. Opinions add up to those who
    have one, so that the audit of totals never leaves a single one to be worked out; share and
    share_substantive are one cell.
    """
    gone = {choice.name for choice in question.choices if choice.missing}
    whole = {row.category: row for row in rows if not row.group}
    if not gone or "" not in whole or not whole[""].n:
        return rows
    answers = sample.frame[question.name]
    mask = (answers.notna() & ~answers.isin(gone)).to_numpy(dtype=bool)
    support: dict[str, Any] = {**sample.support(sample.groupings[0], mask)[0]}
    based = replace(
        whole[""], statistic="answered_substantive", estimate=float(mask.sum()), n=int(mask.sum()),
        count=support["people"], parents=(), method="people who answered the question with an opinion",
        **support,
    )  # fmt: skip
    opinions = [row for name, row in whole.items() if name and name not in gone]
    made = [_rebased(row, gone, whole[""].id, based.id) for row in rows]
    return [*made, based, *(_substantive(row, based) for row in opinions)]


def _rebased(row: Row, gone: set[str], answered: str, based: str) -> Row:
    """A row, of the whole sample in the family it belongs to: no opinion in none, opinions in one."""
    if row.category in gone:
        return replace(row, count=None, parents=row.parents if row.group else (), note=NO_OPINION)
    if row.group or not row.category:
        return row
    return replace(row, parents=tuple(based if parent == answered else parent for parent in row.parents))


def _substantive(row: Row, based: Row) -> Row:
    """A choice's share of those who have an opinion."""
    count = round((row.estimate or 0.0) * (row.n or 0))
    low, high = wilson(count, based.n or 0)
    return replace(
        row, statistic="share_substantive", n=based.n, people=based.people, organisations=based.organisations,
        parents=(based.id,), method=DENOMINATOR["substantive"],
        **{"ci_low": None, "ci_high": None, **_estimate(count, based.n or 0, low, high)},
    )  # fmt: skip


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
