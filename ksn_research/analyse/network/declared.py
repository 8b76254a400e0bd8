"""One declared analysis of people and circles in one year, with what its rows need. (imports `structure`, and
`groups` of `survey`)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ksn_research.analyse.network.structure import Estimate
from ksn_research.analyse.survey.groups import of_year, years
from ksn_research.plan import Analysis
from ksn_research.prepared import Prepared
from ksn_research.results import Row

# The option that names the records an analysis is of: they are the source of its rows.
MAIN = {"two_mode": "circles", "spread": "source", "informal": "help", "expertise": "source"}


@dataclass(frozen=True, eq=False)
class Asked:
    """One declared analysis in one year, and the organisation of each person then."""

    prepared: Prepared
    analysis: Analysis
    source: str
    year: int | None

    @property
    def told(self) -> Mapping[str, Any]:
        return self.analysis.options

    @property
    def seed(self) -> int:
        return int(self.told.get("seed", 1))

    def support(self, people: Iterable[Any]) -> dict[str, int | None]:
        """Distinct people and organisations; people of no known organisation add none."""
        who = pd.Index(pd.unique(pd.Series(list(people), dtype=object).dropna()))
        known = int(self._homes.reindex(who).nunique()) if self._homes.notna().any() else None
        return {"people": len(who), "organisations": known}

    @cached_property
    def _homes(self) -> pd.Series:
        """The organisation of each person on the roster of the year."""
        roster = of_year(self.prepared.people, self.year).drop_duplicates("member")
        return roster.set_index("member")["organisation"].astype(object)

    def edges(self, names: Iterable[Any]) -> pd.DataFrame:
        """Ties of the year of these sources."""
        ties = self.prepared.ties
        return of_year(ties[ties["source"].isin(list(names))], self.year).reset_index(drop=True)

    def records(self, option: str) -> pd.DataFrame:
        """The records that the option names, of the year."""
        found = self.prepared.records.get(str(self.told.get(option)))
        return pd.DataFrame() if found is None else of_year(found, self.year).reset_index(drop=True)

    def seats(self) -> pd.DataFrame:
        """Who sits in which circle."""
        return of_year(self.prepared.circles, self.year)

    def row(self, statistic: str, found: Estimate | float, people: Iterable[Any], **more: Any) -> Row:
        """A row of this analysis; an estimate without a value says why in its note."""
        e = found if isinstance(found, Estimate) else Estimate(float(found))
        note = "; ".join(filter(None, (e.why, more.pop("note", ""))))
        return Row(
            year=self.year, source=self.source, analysis=self.analysis.kind, measure=self.analysis.name,
            statistic=statistic, estimate=e.value, se=e.se, ci_low=e.low, ci_high=e.high, note=note,
            status="undefined" if e.value is None else "published", **{**self.support(people), **more},
        )  # fmt: skip


def declared(prepared: Prepared, kinds: Collection[str] = tuple(MAIN)) -> Iterator[Asked]:
    """The declared analyses of these kinds, in each of the newest two years of their records."""
    for analysis in prepared.study.analyses.values():
        if analysis.kind in kinds:
            source = str(analysis.options[MAIN[analysis.kind]])
            for year in years(_table(prepared, analysis.kind, source), prepared.year):
                yield Asked(prepared, analysis, source, year)


def _table(prepared: Prepared, kind: str, source: str) -> pd.DataFrame:
    if kind == "two_mode":
        return prepared.circles
    if kind == "informal":
        return prepared.ties[prepared.ties["source"] == source]
    return prepared.records.get(source, pd.DataFrame())
