"""Rows of the results frame for every source of coded interviews. Imports `themes` and `agreement_rows`."""

from __future__ import annotations

import pandas as pd

from ksn_research.analyse.interviews.agreement_rows import agreement
from ksn_research.analyse.interviews.themes import themes
from ksn_research.prepared import Prepared
from ksn_research.results import Row


def analyse_interviews(prepared: Prepared) -> list[Row]:
    """Themes and agreement of every source of coded interviews, for each of its newest two waves."""
    rows: list[Row] = []
    for name, source in prepared.study.sources.items():
        if source.kind != "interviews":
            continue
        groups = tuple(source.options.get("groups", ("operator_type",)))
        for wave in prepared.waves.get(name, ())[-2:]:
            segments = _of(prepared.segments, name, wave.year)
            interviews = _of(prepared.interviews, name, wave.year)
            rows += themes(segments, interviews, source=name, year=wave.year, groups=groups)
            rows += agreement(segments, interviews, source=name, year=wave.year)
    return rows


def _of(frame: pd.DataFrame, source: str, year: int | None) -> pd.DataFrame:
    same = frame["year"].isna() if year is None else (frame["year"] == year).fillna(False)
    return frame[(frame["source"] == source) & same]
