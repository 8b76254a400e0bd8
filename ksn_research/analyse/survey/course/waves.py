"""Waves and years with drop-out: what changed, from everybody's answers and not only from those who stayed.

People who stop answering differ from those who go on, so that means of whoever answered do not show change.
A mixed model of every answer, with an intercept a person, does, if dropping out is explained by earlier
answers; beside it stand those who answered every time, how those lost differed at the start, and what were
to follow if they had fared worse than their earlier answers say. Uses `changes`, `compare`, `groups`,
`mixed`, `overlap`, `resample` and `scales`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison import compare, overlap
from ksn_research.analyse.survey.comparison.changes import NO_MEMBERS, comparison_row
from ksn_research.analyse.survey.course import mixed, resample
from ksn_research.analyse.survey.groups import members, number, of_wave, person_codes, sample
from ksn_research.analyse.survey.scale.scales import score_values
from ksn_research.plan import Scale, Wave
from ksn_research.results import Row

FEW = 30  # people below which the model's own standard errors are not relied on
FEWEST = 5  # scores a wave needs to have its place in the model
DELTA = 0.5  # standard deviations of the first wave by which those who dropped out are shifted
FEW_SCORES = f"fewer than {FEWEST} people have a score in every wave's part of the model"
HOLDS = "holds if drop-out is explained by earlier answers"
UNCODED = "answers without a member code count as a person each"
MODEL = "mixed model of all answers, waves as categories, an intercept for each person (REML)"
T = "; t interval and test, Satterthwaite's degrees of freedom"
RESAMPLED = "; interval and test from resampling people (bootstrap-t), there being fewer than 30"
COMPLETE = "mean difference of those who answered every wave; paired t interval"
LOST = (
    "score at the first wave of those who answered this one minus those who did not: difference of means, "
    "Welch t test"
)
SHIFTED = (
    f"modelled change if those who dropped out stood {DELTA} standard deviations of the first wave nearer to "
    "no change than their earlier answers say (delta adjustment)"
)
NOBODY_LOST = "nobody dropped out: nothing to shift"


@dataclass(frozen=True)
class _Course:
    """The waves of a course, the first to compare with: all answers in one frame, `position` the wave of
    each, `person` whose it is (the same number in every wave)."""

    waves: tuple[Wave, ...]
    key: dict[str, Any]
    frame: pd.DataFrame
    position: np.ndarray
    person: np.ndarray

    @property
    def coded(self) -> bool:
        """Whether every wave has member codes: without them nobody is found again."""
        known = members(self.frame).notna().to_numpy(dtype=bool)
        return len(np.unique(self.position[known])) == len(self.waves)

    def support(self, mask: np.ndarray) -> dict[str, Any]:
        """Distinct people and organisations of some answers."""
        own = sample(self.frame[mask], source="", year=None, by=())
        return own.support(own.groupings[0], np.ones(len(own.frame), dtype=bool))[0]


@dataclass(frozen=True)
class _Scores:
    """One scale over a course: `values` per answer, `table` people by waves, nan where there is none."""

    scale: Scale
    values: np.ndarray
    table: np.ndarray

    @property
    def people(self) -> int:
        return int((~np.isnan(self.table)).any(axis=1).sum())

    def lost(self, k: int) -> np.ndarray:
        """Per person who has a first score: 1 where there is none at wave `k`, else 0; nan for the others."""
        return np.where(np.isnan(self.table[:, 0]), np.nan, np.isnan(self.table[:, k]).astype(float))


def wave_rows(source: str, responses: pd.DataFrame, waves: Sequence[Wave], linked: bool = True) -> list[Row]:
    """How each scale went on from wave to wave, by everybody's answers.

    Parameters: all answers of a survey and its waves that have an instrument, oldest first: the named waves
    of the newest year, else the newest two years. `linked`: whether people are found again across years.
    Goes out, analysis "waves", category the wave's name or year: mean_modelled; and of every wave but the
    first change_modelled (since the first), change_complete (those who answered all), drop_out_difference
    (first scores, stayed minus lost) and change_shifted (delta adjustment, the tipping point in its note).
    What the plan marks as changed between years is "not comparable". Answers that carry no member code at
    all give undefined changes.
    Sources: Laird & Ware (1982), Biometrics 38, 963-974; drop-out explained by earlier answers ("missing at
    random"): Rubin (1976), Biometrika 63, 581-592; shifts of those lost: Little (1993), Journal of the
    American Statistical Association 88, 125-134.
    """
    course = _course(source, responses, waves)
    if course is None or (not linked and course.waves[0].year != course.waves[-1].year):
        return []
    instrument = course.waves[-1].instrument
    rows: list[Row] = []
    for scale in instrument.scales.values() if instrument else ():
        if all(wave.instrument and scale.name in wave.instrument.scales for wave in course.waves):
            rows += _scale_rows(course, _scores(course, scale))
    return rows


def _course(source: str, responses: pd.DataFrame, waves: Sequence[Wave]) -> _Course | None:
    """The waves to follow that were answered; None for fewer than two."""
    newest = waves[-1] if waves else None
    if newest is None:
        return None
    own = [wave for wave in waves if wave.year == newest.year] if newest.name else list(waves[-2:])
    frames = [of_wave(responses, wave) for wave in own]
    answered = [(wave, frame) for wave, frame in zip(own, frames, strict=True) if len(frame)]
    if len(answered) < 2:
        return None
    chosen = tuple(wave for wave, _ in answered)
    frame = pd.concat([frame for _, frame in answered], ignore_index=True)
    position = np.repeat(np.arange(len(answered)), [len(frame) for _, frame in answered])
    key = {"source": source, "year": newest.year, "analysis": "waves", "unit": "people"}
    return _Course(chosen, key, frame, position, person_codes(frame))


def _scores(course: _Course, scale: Scale) -> _Scores:
    values = score_values(course.frame, scale.name)
    table = np.full((int(course.person.max()) + 1, len(course.waves)), np.nan)
    table[course.person, course.position] = values
    return _Scores(scale, values, table)


def _scale_rows(course: _Course, scores: _Scores) -> Iterator[Row]:
    """All rows of one scale: modelled means, then each later wave against the first."""
    across = course.waves[0].year != course.waves[-1].year
    if across and scores.scale.change:
        yield from _bare(course, scores, "not comparable", scores.scale.change)
    elif not course.coded:
        yield from _bare(course, scores, "undefined", NO_MEMBERS)
    else:
        means, changes, said = _modelled(course, scores)
        mark = scores.scale.mark if across else ""
        holds = (HOLDS, UNCODED if members(course.frame).isna().any() else "", mark)
        for k in range(len(course.waves)):
            yield _noted(_row(course, scores, k, "mean_modelled", means[k], said, [k]), *holds)
        for k, change in enumerate(changes, start=1):
            modelled = _row(course, scores, k, "change_modelled", change, said + _since(course), [0, k])
            yield _noted(modelled, *holds)
            yield _noted(_complete(course, scores, k), mark)
            yield _noted(_shifted(course, scores, k, modelled), mark)
    if course.coded:
        yield from (_lost(course, scores, k) for k in range(1, len(course.waves)))


def _modelled(
    course: _Course, scores: _Scores
) -> tuple[list[compare.Comparison], list[compare.Comparison], str]:
    """Each wave's mean, each later wave's change since the first, and how they were found."""
    waves = len(course.waves)
    x = (course.position[:, None] == np.arange(waves)).astype(float)
    weights = np.vstack([np.eye(waves), np.eye(waves)[1:] - np.eye(waves)[:1]])
    if (~np.isnan(scores.table)).sum(axis=0).min() < FEWEST:
        nothing = compare.undefined((0, 0), FEW_SCORES)
        return [nothing] * waves, [nothing] * (waves - 1), MODEL
    if scores.people < FEW:
        found, said = resample.bootstrap(scores.values, x, course.person, weights), MODEL + RESAMPLED
    else:
        model = mixed.mixed_model(scores.values, x, course.person)
        found, said = [mixed.contrast(model, w) for w in weights], MODEL + T
    return found[:waves], found[waves:], said


def _row(
    course: _Course,
    scores: _Scores,
    k: int,
    statistic: str,
    result: compare.Comparison,
    method: str,
    rests_on: list[int],
) -> Row:
    """A modelled row; it rests on the wave of those in `rests_on` that fewest people answered."""
    valued = ~np.isnan(scores.values)
    supports = [course.support(valued & (course.position == wave)) for wave in rests_on]
    n = int((~np.isnan(scores.table[:, k])).sum()) if statistic == "mean_modelled" else scores.people
    # A mean is not tested against nought.
    result = replace(result, p=np.nan) if statistic == "mean_modelled" else result
    return comparison_row(
        result, **course.key, measure=scores.scale.name, category=_name(course.waves[k]),
        statistic=statistic, method=method, n=n, **min(supports, key=lambda s: s["people"] or 0),
    )  # fmt: skip


def _complete(course: _Course, scores: _Scores, k: int) -> Row:
    """The change of those who have a score in every wave."""
    stayed = ~np.isnan(scores.table).any(axis=1)
    result = overlap.paired(scores.table[stayed, 0], scores.table[stayed, k])
    support = course.support(stayed[course.person] & (course.position == k))
    return comparison_row(
        result, **course.key, measure=scores.scale.name, category=_name(course.waves[k]),
        statistic="change_complete", method=COMPLETE + _since(course), n=int(stayed.sum()), **support,
    )  # fmt: skip


def _shifted(course: _Course, scores: _Scores, k: int, modelled: Row) -> Row:
    """The modelled change with those who dropped out by wave `k` shifted towards no change.

    The model says what those lost would have answered; standing lower by d, they lower the wave's mean by d
    times their share m of all people. Variance: of the change, plus d^2 m (1 - m) / people for the share.
    """
    row = replace(modelled, statistic="change_shifted", method=SHIFTED + _since(course), p=None)
    if modelled.estimate is None or modelled.se is None or modelled.ci_high is None:
        return row
    share = float(np.nansum(scores.lost(k))) / scores.people
    spread = float(np.nanstd(scores.table[:, 0], ddof=1))
    if share == 0:
        return replace(row, note=NOBODY_LOST)
    delta = DELTA * spread
    estimate = modelled.estimate - np.sign(modelled.estimate) * delta * share
    se = float(np.hypot(modelled.se, delta * np.sqrt(share * (1 - share) / scores.people)))
    half = (modelled.ci_high - modelled.estimate) / modelled.se * se
    low, high = number(estimate - half), number(estimate + half)
    return replace(
        row, estimate=number(estimate), se=se, ci_low=low, ci_high=high,
        note=_tipping(abs(modelled.estimate) / share, spread),
    )  # fmt: skip


def _tipping(points: float, spread: float) -> str:
    """How far those lost would have to stand from what their earlier answers say for nothing to be left."""
    sds = f" ({points / spread:.1f} standard deviations)" if spread > 0 else ""
    return f"tipping point: no change if those who dropped out stood {points:.2f} points{sds} nearer to none"


def _lost(course: _Course, scores: _Scores, k: int) -> Row:
    """First scores of those who answered wave `k` minus those who did not."""
    lost = scores.lost(k)
    first = scores.table[:, 0]
    result = compare.welch(first[lost == 0], first[lost == 1])
    at_first = (course.position == 0) & ~np.isnan(scores.values)
    sides = [course.support(at_first & (lost[course.person] == side)) for side in (0, 1)]
    return comparison_row(
        result, **course.key, measure=scores.scale.name, category=_name(course.waves[k]),
        statistic="drop_out_difference", method=LOST, n=sum(result.n),
        **min(sides, key=lambda s: s["people"] or 0),
    )  # fmt: skip


def _bare(course: _Course, scores: _Scores, status: str, note: str) -> Iterator[Row]:
    """Changes that cannot be stated, and why."""
    said = {"change_modelled": MODEL, "change_complete": COMPLETE}
    for k, wave in enumerate(course.waves[1:], start=1):
        valued = (course.position == k) & ~np.isnan(scores.values)
        for statistic, method in said.items():
            yield Row(
                **course.key, measure=scores.scale.name, category=_name(wave), statistic=statistic,
                estimate=None, n=int(valued.sum()), method=method + _since(course), status=status, note=note,
                **course.support(valued),
            )  # fmt: skip


def _noted(row: Row, *notes: str) -> Row:
    return replace(row, note="; ".join(filter(None, (row.note, *notes))))


def _since(course: _Course) -> str:
    return f"; since {_name(course.waves[0])}"


def _name(wave: Wave) -> str:
    return wave.name or str(wave.year)
