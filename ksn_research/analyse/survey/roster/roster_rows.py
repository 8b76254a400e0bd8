"""What a wave says about this year's members: every scale and declared share, for all and by region and type.

Uses `roster_design` (weights), `roster_cells` (the numbers) and, for the values, `proportions` and `scales`.
Beside every estimate stand the bounds that need no assumption about those who did not answer. Whoever left
out a question counts as one who did not answer: the sample of a question are those of whom it is known, so
that nothing but a census of its answers has no sampling error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.estimation.weights import diagnose
from ksn_research.analyse.survey.groups import number, whole_part
from ksn_research.analyse.survey.proportions import measure_values
from ksn_research.analyse.survey.roster.roster_cells import Cells, Item, cells
from ksn_research.analyse.survey.roster.roster_design import Matched, Weighting, match, weighting
from ksn_research.analyse.survey.scale.scales import score_values
from ksn_research.plan import Instrument, Measure, Scale
from ksn_research.results import Row

ASSUMED = "estimate for this year's members if those who did not answer resemble those who did"
T = "t interval with finite-population correction (1 - 1/w of each answer), kept within the worst cases"
MARGINS = "residuals on the margins divided by 1 less their leverage (HC3)"
EXACT = "exact hypergeometric interval"
EFFECTIVE = "Wilson interval on the effective n, with finite-population correction"
CENSUS = "everybody answered: no sampling error"
SCORE = "mean of scale scores"
SHARE = {
    "answered": "share of everyone who answers the question, don't-know included",
    "substantive": "share of those with an opinion, don't-know excluded (how many of the roster have one is "
    "taken in proportion to the answers)",
}
TICKED = "share of those who tick at least one option"
WORST = "worst case: everyone on the roster who did not answer stands at {}; no assumption, no interval"
NOBODY = "nobody answered"
ONE = "one answer: no interval"
NO_VARIATION = "no variation: no interval"
TOO_FEW = "too few answers in the strata: no interval"
FEW = 10  # below this a t interval on a bounded scale is said to be doubtful
DOUBTFUL = "fewer than {} answers on a scale with ends: the interval may cover less than it says"
WEIGHTS = {
    "kish_deff": "Kish's design effect of unequal weights, 1 + cv^2",
    "effective_n": "answers divided by Kish's design effect",
    "smallest": "smallest weight relative to the mean weight",
    "largest": "largest weight relative to the mean weight",
    "trimmed": "share of respondents whose weight was cut",
}


def roster_rows(
    answers: pd.DataFrame,
    roster: pd.DataFrame,
    instrument: Instrument,
    *,
    source: str,
    year: int | None,
    design: Mapping[str, Any] | None = None,
    gaps: pd.DataFrame | None = None,
) -> list[Row]:
    """Estimates for the members of the year, their worst cases, and what the weighting cost.

    answers  one row per respondent of the wave; a respondent is found on the roster by `member`
    roster   people of the year: member, organisation, region, type
    design   as the plan declares it (`rake`, `poststratify`, `strata`, `clusters`, `trim`); None: equal
             weights
    gaps     the rows of `answers`: why there is no answer, per question; None where the records do not tell
    Goes out: analysis "roster" (mean or share, lowest, highest per scale and declared share, whole and by
    region and type) and, with a design, "weights". Nothing when no respondent is on the roster.
    Sources: Cochran (1977), Sampling Techniques, ch. 2 and 3; worst cases: section 13.2.
    """
    matched = match(answers, roster, {"source": source, "year": year, "wave": ""})
    if matched is None:
        return []
    rows = _weight_rows(matched, design) if design else []
    for weighted, items in _same_known(items_of(matched, instrument, gaps), matched, design):
        rows += _rows(matched, weighted, items)
    return rows


def items_of(matched: Matched, instrument: Instrument, gaps: pd.DataFrame | None = None) -> list[Item]:
    """Every scale and declared share of an instrument that a matched respondent has answered."""
    own = gaps.iloc[matched.rows].reset_index(drop=True) if gaps is not None else pd.DataFrame()
    scales = [_score(matched, scale, own) for scale in instrument.scales.values()]
    shares = [_share(matched, instrument, measure, own) for measure in instrument.measures.values()]
    return [item for item in (*scales, *shares) if not np.isnan(item.values).all()]


def _score(matched: Matched, scale: Scale, gaps: pd.DataFrame) -> Item:
    asked = [name for name in scale.items if name in gaps]
    hidden = (gaps[asked] == "not_shown").all(axis=1).to_numpy(dtype=bool) if asked else False
    values = score_values(matched.sample.frame, scale.name)
    return Item(scale.name, "mean", values, hidden & np.isnan(values), scale.low, scale.high, SCORE)


def _share(matched: Matched, instrument: Instrument, measure: Measure, gaps: pd.DataFrame) -> Item:
    question, frame = instrument.questions[measure.question], matched.sample.frame
    values = measure_values(frame, question, measure)
    kinds = ["not_shown"] + (["dont_know"] if measure.denominator == "substantive" else [])
    outside = np.isnan(values) & _is(gaps, question.name, kinds)
    if measure.denominator == "substantive" and question.name in frame:
        unsure = [c.name for c in question.choices if c.missing == "dont_know"]
        outside = outside | frame[question.name].isin(unsure).to_numpy(dtype=bool)
    what = TICKED if question.type == "select_multiple" else SHARE[measure.denominator]
    return Item(measure.name, "share", values, outside, 0.0, 1.0, what)


def _is(gaps: pd.DataFrame, question: str, kinds: list[str]) -> np.ndarray | bool:
    return gaps[question].isin(kinds).to_numpy(dtype=bool) if question in gaps else False


def _same_known(
    items: list[Item], matched: Matched, options: Mapping[str, Any] | None
) -> Iterator[tuple[Weighting, list[Item]]]:
    """Items that the same people answered, with the one weighting of those people."""
    patterns: dict[bytes, list[Item]] = {}
    for item in items:
        patterns.setdefault(item.known.tobytes(), []).append(item)
    for same in patterns.values():
        yield weighting(matched, same[0].known, options), same


def _rows(matched: Matched, weighted: Weighting, items: list[Item]) -> list[Row]:
    made: list[dict[str, dict[tuple[str, str], Row]]] = [{} for _ in items]
    for at in range(len(matched.sample.groupings)):
        for item, found, rows in zip(items, cells(matched, weighted, items, at), made, strict=True):
            _add(rows, matched, weighted, item, found, at)
    return [row for by_statistic in made for found in by_statistic.values() for row in found.values()]


def _add(
    made: dict[str, dict[tuple[str, str], Row]],
    matched: Matched,
    weighted: Weighting,
    item: Item,
    found: Cells,
    at: int,
) -> None:
    """The rows of one item in one grouping: the estimate and its two worst cases per level."""
    grouping, sample = matched.sample.groupings[at], matched.sample
    for i, support in enumerate(sample.support(grouping, ~np.isnan(item.values))):
        share = item.statistic == "share"
        cell = {"group": grouping.group, "level": grouping.levels[i], "unit": "people", **support,
                "analysis": "roster", "measure": item.name, "n": int(found.n[i]), "binary": share,
                "population": int(found.population[i]),
                "count": int(found.total[i]) if share else None}  # fmt: skip
        told = {
            item.statistic: _estimate(matched, weighted, item, found, i),
            "lowest": _worst(found, item.low, found.worst[0], i),
            "highest": _worst(found, item.high, found.worst[1], i),
        }
        for statistic, values in told.items():
            rows = made.setdefault(statistic, {})
            rows[grouping.group, grouping.levels[i]] = sample.row(
                statistic=statistic, parents=whole_part(rows, grouping), **cell, **values
            )


def _estimate(matched: Matched, weighted: Weighting, item: Item, found: Cells, i: int) -> dict[str, Any]:
    census = found.asked[i] == found.population[i]
    interval = CENSUS if census else T if item.statistic == "mean" else EXACT if found.exact[i] else EFFECTIVE
    parts = [ASSUMED, item.what, weighted.said, interval]
    parts += [MARGINS] if weighted.design.margins is not None and not census else []
    said: dict[str, Any] = {"method": "; ".join(parts)}
    if found.n[i] == 0:
        return {**said, "estimate": None, "status": "undefined", "note": NOBODY}
    low, high = (number(end[i]) for end in found.interval)
    notes = [weighted.note, _off(matched), _doubt(item, found, i, low is None, bool(census))]
    return {**said, "estimate": float(found.estimate[i]), "se": number(found.se[i]), "ci_low": low,
            "ci_high": high, "note": "; ".join(filter(None, notes))}  # fmt: skip


def _doubt(item: Item, found: Cells, i: int, no_interval: bool, census: bool) -> str:
    """Why there is no interval, or why it is to be read with care."""
    if census:
        return ""
    if no_interval:
        return ONE if found.n[i] == 1 else NO_VARIATION if found.degf[i] > 0 else TOO_FEW
    return DOUBTFUL.format(FEW) if item.statistic == "mean" and found.n[i] < FEW else ""


def _worst(found: Cells, end: float, values: np.ndarray, i: int) -> dict[str, Any]:
    said = {"method": WORST.format(f"{end:g}")}
    if found.n[i] == 0:
        return {**said, "estimate": None, "status": "undefined", "note": NOBODY}
    return {**said, "estimate": float(values[i])}


def _off(matched: Matched) -> str:
    return f"{matched.off} who answered are not on the roster and left out" if matched.off else ""


def _weight_rows(matched: Matched, options: Mapping[str, Any]) -> list[Row]:
    """Range of the weights of everybody who answered, and what their differences cost."""
    everybody = np.ones(len(matched.rows), dtype=bool)
    weighted = weighting(matched, everybody, options)
    told = diagnose(weighted.design)
    support = matched.sample.support(matched.sample.groupings[0], everybody)[0]
    return [
        matched.sample.row(
            analysis="weights", measure="weights", statistic=statistic, n=told.n, unit="people",
            estimate=float(getattr(told, statistic)), population=len(matched.roster),
            method=f"{what}; {weighted.said}",
            note="; ".join(filter(None, (weighted.note, _off(matched)))), **support,
        )
        for statistic, what in WEIGHTS.items()
    ]  # fmt: skip
