"""COREQ's 32 items, answered by the study and, where they can, by its records: a table for the appendix.

Imports `cases` and `saturation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from ksn_research.analyse.interviews.cases import counted
from ksn_research.analyse.interviews.saturation import BASE, GUEST, RUN
from ksn_research.plan.coreq import ITEMS
from ksn_research.plan.specs import Source
from ksn_research.prepared import Prepared

COLUMNS = {"item": "int64", "name": "str", "domain": "str", "asks": "str", "study": "str", "records": "str"}
# Tools that a file's format gives away; a REFI-QDA project or a table may come from any.
TOOLS = {"qualcoder": "QualCoder", "taguette": "Taguette", "requal": "requal", "rqda": "RQDA"}
ENDINGS = {".qda": "QualCoder", ".rqda": "RQDA", ".requal": "requal", ".nvpx": "NVivo"}


def coreq(prepared: Prepared, told: Mapping[str, str]) -> pd.DataFrame:
    """COREQ's items with their answers: item, name, domain, asks, study, records.

    told  what the study says, by name (see `plan.coreq.load_coreq`)

    study, records  the answer in the study's own words, and what the records say; both "" where the item is
                    not answered. No rows where no source of coded interviews has any. Whole samples only: how
                    many interviews each source has, never of which kind.
    """
    sources = [s for s in _sources(prepared) if len(_newest(prepared, s, prepared.interviews))]
    if not sources:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    answers = {item.name: (told.get(item.name, ""), _said(prepared, sources, item.name)) for item in ITEMS}
    rows = [(item.number, item.name, item.domain, item.asks, *answers[item.name]) for item in ITEMS]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _said(prepared: Prepared, sources: list[Source], item: str) -> str:
    if item in EVERYWHERE:
        return EVERYWHERE[item]
    if item not in RECORDS:
        return ""
    told = [(source.label, RECORDS[item](prepared, source)) for source in sources]
    known = [(label, said) for label, said in told if said]
    return "; ".join(f"{label}: {said}" for label, said in known)


def _sources(prepared: Prepared) -> list[Source]:
    return [source for source in prepared.study.sources.values() if source.kind == "interviews"]


def _newest(prepared: Prepared, source: Source, frame: pd.DataFrame) -> pd.DataFrame:
    """A table's rows of the source's newest year."""
    years = [wave.year for wave in prepared.waves.get(source.name, ())][-1:]
    own = frame[frame["source"] == source.name]
    return own[own["year"].isna() | own["year"].isin([year for year in years if year is not None])]


def _size(prepared: Prepared, source: Source) -> str:
    years = [wave.year for wave in prepared.waves.get(source.name, ())][-1:]
    n = len(_held(prepared, source))
    when = f" in {years[0]}" if years and years[0] is not None else ""
    return f"{n} interviews{when}, coded and not withdrawn"


def _held(prepared: Prepared, source: Source) -> pd.DataFrame:
    tables = (_newest(prepared, source, frame) for frame in (prepared.segments, prepared.interviews))
    return counted(*tables)


def _kinds(prepared: Prepared, source: Source) -> str:
    held = _held(prepared, source)
    groups = source.options.get("groups", ("operator_type",))
    known = [name for name in groups if name in held and held[name].fillna("").astype("str").ne("").any()]
    named = " and ".join(name.replace("_", " ") for name in known)
    return f"by {named}, with the tables by kind of interviewee" if named else ""


def _saturation(prepared: Prepared, source: Source) -> str:
    enough = len(_held(prepared, source)) >= BASE + RUN
    return f"after {GUEST}, see \u201cHave we heard enough?\u201d" if enough else ""


def _coders(prepared: Prepared, source: Source) -> str:
    held = _held(prepared, source)
    each = (
        held["coders"]
        .fillna("")
        .astype("str")
        .str.split(";")
        .map(lambda names: {n.strip() for n in names} - {""})
    )
    coders = set().union(*each) if len(each) else set()
    if not coders:
        return ""
    twice = int((each.map(len) > 1).sum())
    if len(coders) == 1:
        return "one coder"
    return f"{len(coders)} coders, {twice} of {len(held)} interviews coded by two or more"


def _tree(prepared: Prepared, source: Source) -> str:
    book = _newest(prepared, source, prepared.codes).drop_duplicates("code")
    if book.empty:
        return ""
    defined = int(book["description"].fillna("").str.strip().ne("").sum())
    return f"{len(book)} codes, {defined} of them with a definition, printed as the codebook"


def _software(prepared: Prepared, source: Source) -> str:
    named = dict.fromkeys(_tools(prepared, source))
    return f"passages were coded in {' and '.join(named)}" if named else ""


def _tools(prepared: Prepared, source: Source) -> Iterator[str]:
    for wave in prepared.waves.get(source.name, ())[-1:]:
        tool = TOOLS.get(str(source.options.get("format", wave.options.get("format", ""))))
        tool = tool or ENDINGS.get(wave.file.suffix.lower())
        if tool:
            yield tool


RECORDS: Mapping[str, Callable[[Prepared, Source], str]] = {
    "sample_size": _size,
    "sample": _kinds,
    "saturation": _saturation,
    "coders": _coders,
    "coding_tree": _tree,
    "software": _software,
}
EVERYWHERE: Mapping[str, str] = {
    "consistency": "every theme is counted from the coded passages, as n of N interviews, by one program; "
    "every number of the report stands in results.csv with its method",
    "major_themes": "all themes are listed by the number of interviews that hold them",
    "minor_themes": "themes of few interviews are listed with the others, none is left out",
}
