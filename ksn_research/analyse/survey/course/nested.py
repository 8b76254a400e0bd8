"""People in groups, before and after: how far they came, how much of it lies between groups, and who got
what they expected. Uses `changes`, `groups`, `icc`, `mixed` and `proportions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison.changes import comparison_row
from ksn_research.analyse.survey.course import mixed
from ksn_research.analyse.survey.groups import Sample, number, of_year, sample, years
from ksn_research.analyse.survey.proportions import two_sided
from ksn_research.analyse.survey.scale.icc import icc1
from ksn_research.plan import Analysis
from ksn_research.prepared import Prepared
from ksn_research.results import Row

CHANGE = "mean of after minus before from a mixed model with an intercept for each of {groups} groups (REML)"
T = "; t interval and test, Satterthwaite's degrees of freedom"
ICC = (
    "intraclass correlation ICC(1) of after minus before, one-way analysis of variance over {groups} groups "
    "of unequal size; F interval"
)
MODELLED = (
    "share of the variance of after minus before that lies between {groups} groups, from the mixed model "
    "(REML); no interval"
)
MET = "share of pairs of answers in which what was received is at least what was expected; Wilson interval"
ALONE = "people of one group count as though each were drawn alone"


def nested_rows(prepared: Prepared) -> list[Row]:
    """Change of people in groups, for every declared analysis of the kind "nested".

    Comes in: records with the columns that the analysis names: `group`, numbers `before` and `after`, where
    declared `expected` and `received`; `where` picks rows whose columns have the given words. A row without
    a group, or without one of two numbers, is left out of what needs them; n says how many there are.
    Goes out, of each year, source the records, measure the analysis: change (mixed model with group
    intercepts), icc1 (of the change, between groups), icc_modelled (the same from the mixed model), and met
    (share that received at least what they expected). Of the whole only: groups are small.
    Sources: Laird & Ware (1982), Biometrics 38, 963-974; Shrout & Fleiss (1979), Psychological Bulletin 86,
    420-428; Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    rows: list[Row] = []
    for analysis in prepared.study.analyses.values():
        records = prepared.records.get(str(analysis.options.get("source")))
        if analysis.kind == "nested" and records is not None:
            for year in years(records, prepared.year):
                rows += _year_rows(prepared, analysis, of_year(records, year), year)
    return rows


def _year_rows(prepared: Prepared, analysis: Analysis, records: pd.DataFrame, year: int | None) -> list[Row]:
    told = analysis.options
    own = _with_organisation(_where(records, told.get("where", {})), prepared.people, year)
    whole = sample(own, source=str(told["source"]), year=year, by=())
    groups = pd.factorize(own[told["group"]])[0]
    change = np.where(groups >= 0, _numbers(own, told["after"]) - _numbers(own, told["before"]), np.nan)
    rows = _change_rows(whole, change, groups, analysis.name)
    if "expected" in told:
        rows += _met_rows(whole, _numbers(own, told["expected"]), _numbers(own, told["received"]), analysis)
    return rows


def _where(records: pd.DataFrame, wanted: Mapping[str, str]) -> pd.DataFrame:
    keep = np.ones(len(records), dtype=bool)
    for column, word in wanted.items():
        keep &= records[column].eq(word).fillna(False).to_numpy(dtype=bool)
    return records[keep].reset_index(drop=True)


def _with_organisation(records: pd.DataFrame, people: pd.DataFrame, year: int | None) -> pd.DataFrame:
    """Records with the organisation of their member, where the roster knows it."""
    if "member" not in records or people.empty:
        return records
    roster = of_year(people, year).drop_duplicates("member").set_index("member")["organisation"]
    return records.assign(organisation=records["member"].map(roster))


def _numbers(records: pd.DataFrame, name: str) -> np.ndarray:
    return pd.to_numeric(records[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _change_rows(whole: Sample, change: np.ndarray, groups: np.ndarray, name: str) -> list[Row]:
    known = ~np.isnan(change)
    model = mixed.mixed_model(change[known], np.ones((int(known.sum()), 1)), groups[known])
    between = icc1(change, groups)
    support = whole.support(whole.groupings[0], known)[0]
    fields: dict[str, Any] = {**whole.key, "analysis": "nested", "measure": name, "unit": "people",
                              "n": int(known.sum()), **support}  # fmt: skip
    of = {"groups": model.groups}
    mean = comparison_row(
        mixed.contrast(model, [1.0]), statistic="change",
        method=CHANGE.format(**of) + T, **fields,
    )  # fmt: skip
    warned = "" if mean.note or not model.defined else model.note
    icc = Row(
        statistic="icc1", estimate=number(between.icc), ci_low=number(between.low), note=between.note,
        ci_high=number(between.high), status="undefined" if between.note else "published",
        method=ICC.format(**of), **fields,
    )  # fmt: skip
    modelled = Row(
        statistic="icc_modelled", estimate=number(model.icc), note=model.note, method=MODELLED.format(**of),
        status="published" if model.defined else "undefined", **fields,
    )  # fmt: skip
    return [replace(mean, note=mean.note or warned), icc, modelled]


def _met_rows(whole: Sample, expected: np.ndarray, received: np.ndarray, analysis: Analysis) -> list[Row]:
    both = ~np.isnan(expected) & ~np.isnan(received)
    met = np.where(both, received >= expected, np.nan)
    made = two_sided(whole, met, analysis="nested", measure=analysis.name, method=MET)
    rows = [replace(row, statistic="met") for row in made]
    return [replace(row, note=ALONE) if row.n else row for row in rows]
