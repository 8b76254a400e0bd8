"""Reach: who of the roster came to anything, and who is not reached yet. (imports `attendance`; uses
`survey.groups`)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import RECORD
from ksn_research.analyse.survey.groups import Sample, distinct, of_year, sample, whole_part
from ksn_research.prepared import Prepared
from ksn_research.results import Row

REACH = f"share of the roster that came to at least one recorded event of the year; {RECORD}"


def reach_rows(prepared: Prepared, came: pd.DataFrame, year: int | None) -> list[Row]:
    """The share of organisations and of people of the roster that came to anything, by region and type.

    An organisation came when one of its people did; for people without an organisation in the attendance
    table the roster's is used.
    """
    people, organisations = of_year(prepared.people, year), of_year(prepared.organisations, year)
    home = people.drop_duplicates("member").set_index("member")["organisation"]
    there = pd.concat([came["organisation"], came["member"].map(home)]).dropna().unique()
    rows: list[Row] = []
    if len(people):
        mask = people["member"].isin(came["member"].dropna()).to_numpy(dtype=bool)
        rows += _reach(sample(people, source="attendance", year=year), mask, "people")
    if len(organisations):
        mask = organisations["organisation"].isin(there).to_numpy(dtype=bool)
        rows += _reach(sample(organisations, source="attendance", year=year), mask, "organisations")
    return rows


def _reach(roster: Sample, mask: np.ndarray, unit: str) -> list[Row]:
    people = unit == "people"
    codes = roster.person if people else roster.organisation
    if codes is None:
        return []
    found: dict[tuple[str, str], Row] = {}
    for grouping in roster.groupings:
        size = len(grouping.levels)
        reached = distinct(np.where(mask, grouping.codes, -1), codes, size)
        everyone = distinct(grouping.codes, codes, size)
        for i, support in enumerate(roster.support(grouping, np.ones(len(mask), dtype=bool))):
            if not people:
                support["people"] = None
            found[grouping.group, grouping.levels[i]] = roster.row(
                analysis="reach", measure=unit, group=grouping.group, level=grouping.levels[i],
                statistic="share", estimate=float(reached[i] / everyone[i]), n=int(everyone[i]),
                population=int(everyone[i]), unit=unit, method=REACH,
                count=int(reached[i]) if people else None,
                parents=whole_part(found, grouping), **support,
            )  # fmt: skip
    return list(found.values())
