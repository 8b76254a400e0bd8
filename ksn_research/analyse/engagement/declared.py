"""Declared analyses of recognition, give and take, and funnels, each in the newest two years of its records.
(imports `declared` of `network`, which holds what an analysis in one year is)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pandas as pd

from ksn_research.analyse.network.declared import Asked
from ksn_research.analyse.survey.groups import years
from ksn_research.plan import Analysis
from ksn_research.prepared import Prepared

__all__ = ["Asked", "declared"]


def declared(prepared: Prepared, kinds: Collection[str]) -> Iterator[Asked]:
    """The declared analyses of these kinds; the source of their rows is the records that the plan names, for
    a gathering without any the attendance."""
    for analysis in prepared.study.analyses.values():
        if analysis.kind in kinds:
            source = str(analysis.options.get("source", "attendance"))
            for year in years(_table(prepared, analysis, source), prepared.year):
                yield Asked(prepared, analysis, source, year)


def _table(prepared: Prepared, analysis: Analysis, source: str) -> pd.DataFrame:
    if analysis.kind == "recognition":
        return prepared.ties[prepared.ties["source"] == source]
    if analysis.kind == "funnel":
        seen = prepared.attendance
        return seen[seen["kind"] == analysis.options["gathering"]]
    return prepared.records.get(source, pd.DataFrame())
