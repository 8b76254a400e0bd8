"""What is scored: mean or share of each group, against everybody else who answered.

Imports `declared`, and of `survey` what counts and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.mixed.declared import OTHERS, Joint, wanting
from ksn_research.analyse.survey.comparison import compare
from ksn_research.analyse.survey.comparison.changes import (
    Compared,
    change_rows,
    compared,
    comparison_row,
    successive,
)
from ksn_research.analyse.survey.groups import (
    NOT_KNOWN,
    Grouping,
    Sample,
    members,
    of_wave,
    of_year,
    sample,
)
from ksn_research.analyse.survey.proportions import share_rows
from ksn_research.analyse.survey.scale.scales import MEAN, mean_rows
from ksn_research.plan import Instrument, Wave
from ksn_research.results import Row

NO_WAVE = "no answers of this survey"
NO_MEASURE = "the questionnaire of this wave does not have it"
NO_GROUPS = "nobody's group is known in this survey"
ONE_YEAR = "no wave before"
TOLD_BY = ("region", "type")  # columns whose levels stand among the results of every survey
MEANS = f"mean of the group minus mean of the others, Welch's t interval; {OTHERS}"
SHARES = f"share of the group minus share of the others; hybrid score interval (Newcombe 1998); {OTHERS}"


def score_by_group(
    one: Joint, responses: pd.DataFrame, people: pd.DataFrame, waves: Sequence[Wave]
) -> list[Row]:
    """Mean of a scale, or declared share, of each group of the newest wave, and its difference to all others.

    people  the roster, where a group that the answers do not tell is looked up

    The numbers are those of respondents, each counted once, as in the analyses "scales" and "shares"; where
    the group is no column by which these are told anyway, their rows by group are given too.
    """
    source, measure = one.score
    wave = waves[-1] if waves else None
    if wave is None or wave.instrument is None:
        return [wanting(one, source, measure, None, "people", NO_WAVE)]
    given = of_wave(responses, wave)
    told = one.by in TOLD_BY and _known(given, one.by)
    frame = given if _known(given, one.by) else _with_groups(given, people, wave, one.by)
    item = _item(wave.instrument, measure)
    if frame.empty or item is None:
        why = NO_WAVE if frame.empty else NO_MEASURE
        return [wanting(one, source, measure, wave.year, "people", why)]
    whole = sample(frame, source=source, year=wave.year, wave=wave.name, by=(one.by,))
    if len(whole.groupings) < 2:
        return [wanting(one, source, measure, wave.year, "people", NO_GROUPS)]
    levels = [row for row in _values(whole, wave.instrument, measure) if row.group]
    return [*([] if told else levels), *_lined(one, whole, item, levels)]


def score_by_year(one: Joint, responses: pd.DataFrame, waves: Sequence[Wave], linked: bool) -> list[Row]:
    """Mean or share of the newest wave, and its change from the wave before."""
    source, measure = one.score
    wave = waves[-1] if waves else None
    if wave is None or wave.instrument is None or _item(wave.instrument, measure) is None:
        why = NO_MEASURE if wave is not None and wave.instrument is not None else NO_WAVE
        return [wanting(one, source, measure, wave.year if wave else None, "people", why)]
    whole = sample(of_wave(responses, wave), source=source, year=wave.year, wave=wave.name, by=())
    rows = [one.told(row, measure=measure) for row in _values(whole, wave.instrument, measure)]
    before = list(successive(list(waves)))[-1:]
    made = [row for pair in before for row in change_rows(source, responses, *pair, linked=linked)]
    wanted = "difference_same_members" if wave.name else "difference"
    changes = [row for row in made if row.measure == measure and row.statistic == wanted]
    if not changes:
        return [*rows, wanting(one, source, measure, wave.year, "people", ONE_YEAR)]
    return [*rows, *(one.told(row, statistic="difference") for row in changes)]


def _known(frame: pd.DataFrame, by: str) -> bool:
    return by in frame and bool(frame[by].notna().any())


def _with_groups(frame: pd.DataFrame, people: pd.DataFrame, wave: Wave, by: str) -> pd.DataFrame:
    """The answers with a column of groups, looked up on the roster."""
    known = of_year(people, wave.year).drop_duplicates("member").set_index("member")
    own = known[by] if by in known else pd.Series(dtype="str")
    return frame.assign(**{by: members(frame).map(own)})


def _item(instrument: Instrument, measure: str) -> Compared | None:
    return next((item for item in compared(instrument) if item.name == measure), None)


def _values(whole: Sample, instrument: Instrument, measure: str) -> list[Row]:
    """Means of a scale, or the declared share, whole and by level."""
    if measure in instrument.scales:
        item = _item(instrument, measure)
        scores = item.values(whole.frame) if item else np.full(len(whole.frame), np.nan)
        rows = mean_rows(whole, scores, analysis="scales", measure=measure, method=MEAN)
        return [row for row in rows if row.statistic == "mean"]
    declared = instrument.measures[measure]
    return share_rows(whole, instrument.questions[declared.question], declared)


def _lined(one: Joint, whole: Sample, item: Compared, levels: list[Row]) -> list[Row]:
    values, grouping = item.values(whole.frame), whole.groupings[1]
    rows: list[Row] = []
    for code, level in enumerate(grouping.levels):
        if level == NOT_KNOWN:
            continue
        own = next(row for row in levels if row.level == level)
        rows.append(one.told(own, parents=(own.id,)))
        rows.append(_difference(rows[-1], values, grouping, code))
    return rows


def _difference(own: Row, values: np.ndarray, grouping: Grouping, code: int) -> Row:
    """The group less all others. It rests on the group, and tells nothing of the others that the whole and
    the group's own number do not."""
    sides = values[grouping.codes == code], values[grouping.codes != code]
    share = own.statistic == "share"
    found = compare.share_difference(*sides) if share else compare.welch(*sides)
    kept = ("year", "wave", "source", "analysis", "measure", "category", "group", "level", "unit")
    support = ("people", "organisations", "count", "binary", "parents")
    fields: dict[str, Any] = {name: getattr(own, name) for name in (*kept, *support)}
    row = comparison_row(
        found, statistic="difference", n=sum(found.n), method=SHARES if share else MEANS, **fields
    )
    return row if row.status == "published" else replace(row, note=row.note or own.note)
