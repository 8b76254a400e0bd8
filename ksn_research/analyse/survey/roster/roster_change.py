"""How this year's members differ from last year's: two overlapping rosters, each with its weighted answers.

Uses `changes` (what may be compared), `overlap`, `roster` and `roster_design`. A statement about exactly
these two sets of people; whether the process behind the answers changed is what `changes` asks and tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison import overlap
from ksn_research.analyse.survey.comparison.changes import compared, comparison_row
from ksn_research.analyse.survey.estimation.design import Design, small_sample
from ksn_research.analyse.survey.roster.roster_cells import Item
from ksn_research.analyse.survey.roster.roster_design import Matched, Weighting, match, weighting
from ksn_research.analyse.survey.roster.roster_rows import items_of
from ksn_research.plan import Instrument
from ksn_research.results import Row

NOT_COUNTED = "clusters get no finite-population correction"


@dataclass(frozen=True)
class Asked:
    """One year's answers (a row per respondent), the roster of that year, the instrument, and why there is no
    answer, per question, in the rows of the answers (None: not known)."""

    year: int
    answers: pd.DataFrame
    roster: pd.DataFrame
    instrument: Instrument
    gaps: pd.DataFrame | None = None
    design: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _Side:
    """A year's respondents that are on its roster, and every item by name."""

    matched: Matched
    items: Mapping[str, Item]
    design: Mapping[str, Any] | None

    def sampled(self, item: Item) -> tuple[Weighting, Design, np.ndarray, np.ndarray]:
        """The weighting for an item, its design with the roster's correction, values and ids."""
        made = weighting(self.matched, item.known, self.design)
        ids = self.matched.sample.frame["member"].to_numpy(dtype=object)[made.rows]
        return made, _finite(made), item.values[made.rows], ids


def roster_changes(source: str, earlier: Asked, later: Asked) -> list[Row]:
    """Difference between the two years' members, per scale and declared share that may be compared.

    Goes out: analysis "roster", statistic "difference", for the whole, without a test; n answers of the later
    year, population its roster. Nothing where a year has nobody on its roster. What the plan marks as
    changed is "not comparable".
    Sources: Tam (1984), The American Statistician 38, 288-289; Qualité & Tillé (2008), Survey Methodology
    34, 173-181.
    """
    first, second = _side(source, earlier), _side(source, later)
    if first is None or second is None:
        return []
    return [*_rows(first, second, earlier, later)]


def _side(source: str, asked: Asked) -> _Side | None:
    key = {"source": source, "year": asked.year, "wave": ""}
    matched = match(asked.answers, asked.roster, key)
    if matched is None:
        return None
    items = {item.name: item for item in items_of(matched, asked.instrument, asked.gaps)}
    return _Side(matched, items, asked.design)


def _rows(first: _Side, second: _Side, earlier: Asked, later: Asked) -> Iterator[Row]:
    both = set(first.matched.roster["member"]) & set(second.matched.roster["member"])
    rosters = overlap.Rosters(len(first.matched.roster), len(second.matched.roster), len(both))
    for what in compared(later.instrument):
        before, now = first.items.get(what.name), second.items.get(what.name)
        if before is None or now is None:
            continue
        one, other = first.sampled(before), second.sampled(now)
        said = "; ".join(
            [overlap.ROSTERS, f"since {earlier.year}", *dict.fromkeys((one[0].said, other[0].said))]
        )
        fields: dict[str, Any] = {
            **second.matched.sample.key, "analysis": "roster", "measure": what.name, "unit": "people",
            "statistic": "difference", "population": rosters.later, "n": int((~np.isnan(other[2])).sum()),
            "method": said, **_fewer(first, before, second, now),
        }  # fmt: skip
        if what.change:
            yield Row(**fields, estimate=None, status="not comparable", note=what.change)
            continue
        result = overlap.design_change(
            one[1], other[1], (one[2], other[2]), (one[3], other[3]), rosters=rosters
        )
        row = comparison_row(result, **fields)
        clustered = NOT_COUNTED if one[0].clustered or other[0].clustered else ""
        yield replace(row, p=None, note="; ".join(filter(None, (row.note, what.mark, clustered))))


def _finite(made: Weighting) -> Design:
    """The design with the size of each stratum on the roster; people of one cluster are not drawn singly."""
    if len(made.design.weights) < 2:
        return made.design
    strata = made.design.strata[0]
    sizes = () if made.clustered else (np.bincount(strata, made.design.base)[strata],)
    return small_sample(replace(made.design, populations=sizes))


def _fewer(first: _Side, before: Item, second: _Side, now: Item) -> dict[str, Any]:
    """People and organisations of the year with fewer."""
    found = [
        side.matched.sample.support(side.matched.sample.groupings[0], ~np.isnan(item.values))[0]
        for side, item in ((first, before), (second, now))
    ]
    return min(found, key=lambda support: support["people"] or 0)
