"""The survey part of an edition: every wave of every survey source turned into results.

Uses `groups`, `proportions` and the packages beside it: estimation, roster, scale, comparison, course.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison import compare
from ksn_research.analyse.survey.comparison.adjusted import adjusted_rows
from ksn_research.analyse.survey.comparison.changes import adjusted, change_rows, comparison_row, successive
from ksn_research.analyse.survey.comparison.group_blocks import Sampled
from ksn_research.analyse.survey.comparison.group_tests import group_rows
from ksn_research.analyse.survey.course.nested import nested_rows
from ksn_research.analyse.survey.course.waves import wave_rows
from ksn_research.analyse.survey.groups import Sample, members, number, of_wave, of_year, sample, with_circles
from ksn_research.analyse.survey.proportions import answer_rows, share_rows
from ksn_research.analyse.survey.roster.response import (
    missing_of,
    observed_nodes,
    population_rows,
    response_rows,
    stopped_early,
)
from ksn_research.analyse.survey.roster.roster_change import Asked, roster_changes
from ksn_research.analyse.survey.roster.roster_design import match, weighting
from ksn_research.analyse.survey.roster.roster_rows import roster_rows
from ksn_research.analyse.survey.scale.coefficients import circle_rows
from ksn_research.analyse.survey.scale.invariance import invariance_rows
from ksn_research.analyse.survey.scale.scales import item_values, scale_rows, score_values
from ksn_research.plan import Instrument, Wave
from ksn_research.prepared import Prepared
from ksn_research.results import Row

IN_TWO = "people who sit in two circles count in each"
CHOSEN = "who came was not drawn by lot: a difference, not an effect"


def analyse_population(prepared: Prepared) -> list[Row]:
    """Roster counts (organisations, people, joined, left) and the response of every source.

    Comes in: everything the study prepared. Goes out: rows with analysis "population" and "response".
    """
    rows = population_rows(prepared)
    for name, waves in prepared.waves.items():
        kind = prepared.study.sources[name].kind
        for wave in waves:
            if kind == "survey" and name in prepared.responses:
                answers = of_wave(prepared.responses[name], wave)
                stopped = stopped_early(missing_of(prepared, name, wave))
                key: dict[str, Any] = {"source": name, "year": wave.year, "wave": wave.name}
                rows += response_rows(prepared, members(answers), stopped=stopped, **key)
            elif kind == "nominations":
                unit = str(prepared.study.sources[name].options.get("units", "organisations"))
                nodes = observed_nodes(prepared, name, wave.year, wave.name)
                rows += response_rows(prepared, nodes, source=name, year=wave.year, wave=wave.name, unit=unit)
    return rows


def analyse_surveys(prepared: Prepared) -> list[Row]:
    """Everything about every survey source: what was answered, what it says of the roster, what changed.

    Comes in: everything the study prepared; waves without an instrument or without answers give no rows.
    Goes out: rows with analysis "scales", "items", "answers", "shares", "roster", "weights", "change",
    "drop_out", "invariance", "waves" and "participation".
    """
    rows: list[Row] = []
    for source, responses in prepared.responses.items():
        waves = [wave for wave in prepared.waves.get(source, ()) if wave.instrument is not None]
        for wave in waves:
            rows += _wave_rows(prepared, source, responses, wave)
        made: list[Row] = []
        for earlier, later in successive(waves):
            made += change_rows(source, responses, earlier, later, prepared.linked)
            rows += invariance_rows(source, responses, earlier, later)
            rows += _roster_changes(prepared, source, earlier, later)
        rows += adjusted(made, prepared.study.headline)
        rows += wave_rows(source, responses, waves, prepared.linked)
    return rows


def analyse_declared(prepared: Prepared) -> list[Row]:
    """The comparisons that the plan declares beyond the usual, each kind by its own module.

    Comes in: everything the study prepared. Goes out: rows with analysis "groups", "adjusted" and "nested".
    """
    designs = dict(_designs(prepared))
    return [*group_rows(prepared, designs), *adjusted_rows(prepared), *nested_rows(prepared)]


def _designs(prepared: Prepared) -> Iterator[tuple[str, Sampled]]:
    """The respondents of the newest wave of every survey with a design, weighted to the roster. Without a
    finite-population correction: that groups differ is a statement about the process."""
    for source, responses in prepared.responses.items():
        waves = prepared.waves.get(source, ())
        if not waves or not waves[-1].options.get("design"):
            continue
        answers = of_wave(responses, waves[-1])
        matched = match(answers, of_year(prepared.people, waves[-1].year), {})
        if matched is not None:
            everybody = np.ones(len(matched.rows), dtype=bool)
            made = weighting(matched, everybody, waves[-1].options["design"])
            yield source, Sampled(matched.rows, made.design, made.said)


def _wave_rows(prepared: Prepared, source: str, responses: pd.DataFrame, wave: Wave) -> list[Row]:
    answers = of_wave(responses, wave)
    instrument = wave.instrument
    if answers.empty or instrument is None:
        return []
    key: dict[str, Any] = {"source": source, "year": wave.year, "wave": wave.name}
    whole, circles = sample(answers, **key), with_circles(answers, prepared.circles, wave.year)
    rows: list[Row] = []
    for scale in instrument.scales.values():
        rows += scale_rows(whole, instrument, scale)
    rows += _circle_rows(circles, instrument, key)
    rows += _answers_and_shares(whole, instrument)
    if not wave.name:
        rows += _of_the_roster(prepared, source, wave)
        rows += participation_rows(prepared, whole, instrument)
    return rows


def _of_the_roster(prepared: Prepared, source: str, wave: Wave) -> list[Row]:
    """What the answers say of this year's members; a wave within a year was asked of a part of them."""
    asked = _asked(prepared, source, wave)
    if asked is None:
        return []
    return roster_rows(
        asked.answers,
        asked.roster,
        asked.instrument,
        source=source,
        year=wave.year,
        design=asked.design,
        gaps=asked.gaps,
    )


def _roster_changes(prepared: Prepared, source: str, earlier: Wave, later: Wave) -> list[Row]:
    """This year's members against last year's, where both years have a roster and people are found again."""
    asked = [_asked(prepared, source, wave) for wave in (earlier, later)]
    if not prepared.linked or earlier.name or later.name or None in asked:
        return []
    return roster_changes(source, *asked)  # type: ignore[arg-type]


def _asked(prepared: Prepared, source: str, wave: Wave) -> Asked | None:
    roster, answers = of_year(prepared.people, wave.year), of_wave(prepared.responses[source], wave)
    if roster.empty or answers.empty or wave.instrument is None or wave.year is None:
        return None
    gaps = missing_of(prepared, source, wave)
    return Asked(wave.year, answers, roster, wave.instrument, gaps, wave.options.get("design"))


def _circle_rows(answers: pd.DataFrame, instrument: Instrument, key: Mapping[str, Any]) -> list[Row]:
    if answers.empty:
        return []
    circles = sample(answers, by=("circle",), **key)
    codes = circles.groupings[1].codes
    note = IN_TWO if len(np.unique(circles.person)) < len(answers) else ""
    rows: list[Row] = []
    for scale in instrument.scales.values():
        scores = score_values(answers, scale.name)
        by_circle = replace(circles, groupings=circles.groupings[1:])
        rows += [row for row in scale_rows(by_circle, instrument, scale) if row.group]
        items = item_values(answers, instrument, scale)
        rows += circle_rows(circles, scores, items, codes, scale, note)
    return rows


def _answers_and_shares(whole: Sample, instrument: Instrument) -> list[Row]:
    rows: list[Row] = []
    sums: dict[str, dict[str, list[Row]]] = {}
    for measure in instrument.measures.values():
        question = instrument.questions[measure.question]
        made = share_rows(whole, question, measure)
        rows += made
        for choice in measure.choices:
            sums.setdefault(question.name, {}).setdefault(choice, []).extend(made)
    for question in filter(lambda asked: asked.reported, instrument.questions.values()):
        rows += answer_rows(whole, question, sums.get(question.name))
    return rows


def participation_rows(prepared: Prepared, whole: Sample, instrument: Instrument) -> list[Row]:
    """Scale scores of those who came to a recorded event of the year against those who did not."""
    came = of_year(prepared.attendance, whole.key["year"])["member"].dropna()
    ids = members(whole.frame)
    if came.empty or not ids.notna().any():
        return []
    known, took_part = ids.notna().to_numpy(dtype=bool), ids.isin(came).to_numpy(dtype=bool)
    rows = []
    for scale in instrument.scales.values():
        scores = score_values(whole.frame, scale.name)
        result = compare.welch(scores[known & took_part], scores[known & ~took_part])
        sides = [
            whole.support(whole.groupings[0], known & side & ~np.isnan(scores))[0]
            for side in (took_part, ~took_part)
        ]
        support = min(sides, key=lambda s: s["people"] or 0)
        fields = {**whole.key, "analysis": "participation", "measure": scale.name, "unit": "people",
                  "n": sum(result.n), **support}  # fmt: skip
        rows += _welch_rows(result, fields)
    return rows


def _welch_rows(result: compare.Comparison, fields: dict[str, Any]) -> list[Row]:
    note = "; ".join(part for part in (result.note, CHOSEN) if part)
    difference = comparison_row(result, statistic="difference", method=compare.WELCH, **fields)
    g = number(result.hedges_g)
    effect = Row(
        statistic="hedges_g", estimate=g, ci_low=number(result.g_low), ci_high=number(result.g_high),
        note=note, status="published" if g is not None else "undefined", method=compare.HEDGES, **fields,
    )  # fmt: skip
    return [replace(difference, note=note), effect]
