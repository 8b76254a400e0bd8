"""Rows of the results frame for every source of coded interviews, and the declared comparisons of two.

Imports every module of rows beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ksn_research.analyse.interviews.agreement_rows import agreement
from ksn_research.analyse.interviews.change import Wave, codebook_changes, theme_changes
from ksn_research.analyse.interviews.codebook import codebook_table
from ksn_research.analyse.interviews.cooccurrence import co_occurrence
from ksn_research.analyse.interviews.saturation import saturation, saturation_curve
from ksn_research.analyse.interviews.sources import Talk, two_sources
from ksn_research.analyse.interviews.theme_differences import theme_differences
from ksn_research.analyse.interviews.themes import theme_families, themes
from ksn_research.plan import Source
from ksn_research.plan.coded import CodeCrosswalk
from ksn_research.prepared import Prepared
from ksn_research.results import Row

CODES = {"code": "str", "parent": "str", "description": "str", "codable": "bool"}
CHANGES = ("code", "was", "change", "comparable", "note")
CURVE = ("interview", "new", "total", "ratio", "mean_total", "low_total", "high_total")


def analyse_interviews(prepared: Prepared) -> list[Row]:
    """All that is counted of every source of coded interviews, for each of its newest two years, what changed
    between them, and the declared comparisons of two sources."""
    rows: list[Row] = []
    for source in _sources(prepared):
        groups = tuple(source.options.get("groups", ("operator_type",)))
        waves = {year: _wave(prepared, source.name, year) for year in _years(prepared, source.name)}
        for year, wave in waves.items():
            rows += _counted(wave, source.name, year, groups)
        years = [year for year in waves if year is not None]
        if len(years) == 2:
            before, now = (waves[year] for year in years)
            rows += theme_changes(now, before, _crosswalk(source), source=source.name)
    return [*rows, *_declared(prepared)]


def saturation_curves(prepared: Prepared) -> pd.DataFrame:
    """The curve of saturation of every source and year, see `saturation_curve`, with source and year."""
    frames = [
        saturation_curve(wave.segments, wave.interviews).assign(source=source.name, year=year)
        for source in _sources(prepared)
        for year in _years(prepared, source.name)
        for wave in [_wave(prepared, source.name, year)]
    ]
    told = ["source", "year", *CURVE]
    return pd.concat(frames, ignore_index=True)[told] if frames else pd.DataFrame(columns=told)


def codebooks(prepared: Prepared) -> pd.DataFrame:
    """The codebook of every source in its newest year, see `codebook_table`, with source and year."""
    frames = []
    for source in _sources(prepared):
        for year in _years(prepared, source.name)[-1:]:
            wave = _wave(prepared, source.name, year)
            frames.append(codebook_table(wave.codes, wave.segments).assign(source=source.name, year=year))
    return (
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["source", "year", *CODES])
    )


def changed_codes(prepared: Prepared) -> pd.DataFrame:
    """What became of the codes of every source between its newest two years, see `codebook_changes`, with
    source and year (the later one)."""
    frames = []
    for source in _sources(prepared):
        years = [year for year in _years(prepared, source.name) if year is not None]
        if len(years) == 2:
            before, now = (_wave(prepared, source.name, year) for year in years)
            changed = codebook_changes(now, before, _crosswalk(source))
            frames.append(changed.assign(source=source.name, year=years[1]))
    told = ["source", "year", *CHANGES]
    return pd.concat(frames, ignore_index=True)[told] if frames else pd.DataFrame(columns=told)


def _counted(wave: Wave, source: str, year: int | None, groups: Sequence[str]) -> list[Row]:
    segments, interviews = wave.segments, wave.interviews
    return [
        *themes(segments, interviews, source=source, year=year, groups=groups),
        *theme_differences(segments, interviews, source=source, year=year, groups=groups),
        *theme_families(segments, interviews, wave.codes, source=source, year=year),
        *co_occurrence(segments, interviews, source=source, year=year),
        *saturation(segments, interviews, source=source, year=year),
        *agreement(segments, interviews, source=source, year=year),
    ]


def _declared(prepared: Prepared) -> list[Row]:
    """Rows of the declared `two_sources`, for the newest year that both sources have."""
    rows: list[Row] = []
    for analysis in prepared.study.analyses.values():
        if analysis.kind == "two_sources":
            names = [str(name) for name in analysis.options["sources"]]
            years = [set(_years(prepared, name)) for name in names]
            both = sorted(years[0] & years[1], key=lambda year: year or 0)
            if both:
                first, second = (_talk(prepared, name, both[-1]) for name in names)
                rows += two_sources(first, second, name=analysis.name, year=both[-1])
    return rows


def _sources(prepared: Prepared) -> list[Source]:
    return [source for source in prepared.study.sources.values() if source.kind == "interviews"]


def _years(prepared: Prepared, source: str) -> list[int | None]:
    """The newest two years of a source; several waves of one year are one."""
    return list(dict.fromkeys(wave.year for wave in prepared.waves.get(source, ())))[-2:]


def _crosswalk(source: Source) -> CodeCrosswalk:
    found = source.options.get("code_changes")
    return found if isinstance(found, CodeCrosswalk) else CodeCrosswalk()


def _talk(prepared: Prepared, name: str, year: int | None) -> Talk:
    wave = _wave(prepared, name, year)
    codes = wave.codes[wave.codes["codable"]]  # a category that holds codes is none itself
    return Talk(name, codes, wave.segments, wave.interviews, _crosswalk(prepared.study.sources[name]))


def _wave(prepared: Prepared, source: str, year: int | None) -> Wave:
    """One year's interviews; its codes are those of the codebook, and any that passages alone know."""
    segments = _of(prepared.segments, source, year)
    book = pd.DataFrame(columns=list(CODES), dtype="str")
    if len(prepared.codes):
        book = _of(prepared.codes, source, year)[list(CODES)].drop_duplicates("code")
    more = sorted(set(segments["code"].dropna()) - set(book["code"]))
    bare = pd.DataFrame({"code": more, "parent": "", "description": "", "codable": True}, dtype=object)
    codes = pd.concat([book, bare], ignore_index=True).astype(CODES)
    return Wave(year or 0, codes, segments, _of(prepared.interviews, source, year))


def _of(frame: pd.DataFrame, source: str, year: int | None) -> pd.DataFrame:
    same = frame["year"].isna() if year is None else (frame["year"] == year).fillna(False)
    return frame[(frame["source"] == source) & same]
