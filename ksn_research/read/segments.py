"""Coded interviews as tables, and the plain sheet of coded passages that many analysts keep instead of a
project file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.errors import Finding, ReadError
from ksn_research.results import slug

SEGMENTS = {
    "interview": "str",
    "coder": "str",
    "code": "str",
    "start": "Int64",
    "end": "Int64",
    "unit": "Int64",
    "unit_last": "Int64",
    "text": "str",
}
INTERVIEWS = {"interview": "str", "name": "str", "length": "Int64", "units": "Int64", "coders": "str"}
CODES = {"code": "str", "parent": "str", "description": "str", "codable": "bool"}
RESERVED = {*INTERVIEWS, "year", "source", "consent", "withdrawn"}


@dataclass(frozen=True)
class CodedProject:
    """Coded interviews, as read.

    segments    one coded passage: interview, coder ("" where the file names none), code, start, end (code
                points of the transcript with line ends as one, from 0, end exclusive; NA for a whole
                interview), unit, unit_last (first and last paragraph touched, from 0; NA where not known),
                text (NA unless its position was verified)
    interviews  one interview: interview, name, length (code points), units (paragraphs; both NA where there
                is no text), coders (names of those who coded it, split by ";"), one text column per attribute
    codes       one code: code, parent ("" at the top), description, codable
    notes       what the file holds that is not carried, and what to know about what is
    match_rate  share of checkable passages found where the file says; None where nothing could be checked
    convention  how positions were counted in the file, in words
    texts       the transcript by interview, where the file holds one: what positions count on. A document of
                several texts has them one after another, and positions count in each
    findings    what is wrong with the file's columns
    """

    segments: pd.DataFrame
    interviews: pd.DataFrame
    codes: pd.DataFrame
    notes: tuple[str, ...] = ()
    match_rate: float | None = None
    convention: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def typed(frame: pd.DataFrame, types: dict[str, str]) -> pd.DataFrame:
    """The frame with the declared columns first and of their types; missing columns are added, missing."""
    held = frame.reindex(columns=[*types, *(name for name in frame if name not in types)])
    return held.astype(types)


def attribute_name(name: str) -> str:
    """The column an interview's attribute goes to; never one of the package's own.

    >>> attribute_name("Operator type"), attribute_name("Cases:Age group"), attribute_name("Name")
    ('operator_type', 'age_group', 'attribute_name')
    """
    column = slug(name.removeprefix("Cases:")) or "unnamed"
    return f"attribute_{column}" if column in RESERVED else column


def coders_of(segments: pd.DataFrame) -> pd.Series:
    """Names of the coders of each interview, sorted, split by ";"; those without a name left out."""
    pairs = segments.loc[segments["coder"] != "", ["interview", "coder"]].drop_duplicates()
    return pairs.sort_values("coder").groupby("interview")["coder"].agg(";".join)


def segments_from_table(frame: pd.DataFrame, *, file: str = "") -> CodedProject:
    """Read a sheet with one row per coded passage.

    frame  text columns interview, code, and where there are some coder, text, start, end; every further
           column is an attribute of the interview and must be the same on all its rows. A row with an
           interview and no code says that the interview was coded and holds nothing.

    Texts are carried as the sheet has them: there is no transcript to hold them against. Raises ReadError
    where a column is missing, a row names no interview, a position is no whole number or an attribute
    differs within an interview.

    >>> sheet = pd.DataFrame({"interview": ["n1", "n1"], "code": ["trust", "time"], "role": ["mentor"] * 2})
    >>> segments_from_table(sheet).segments["code"].tolist()
    ['trust', 'time']
    """
    clean = _clean(frame, file)
    known = [name for name in clean if name in SEGMENTS]
    coded = clean.loc[clean["code"] != "", known].reset_index(drop=True)
    segments = typed(coded, SEGMENTS)
    named = sorted(set(coded["code"]))
    _refuse_alike(named, file)
    codes = pd.DataFrame({"code": named}).assign(parent="", description="", codable=True)
    notes = ("Texts are the coding sheet's own: there is no transcript to hold them against.",)
    return CodedProject(
        segments, _interviews(clean, file), typed(codes, CODES), notes, convention="as the sheet has it"
    )


def segments_to_table(project: CodedProject) -> pd.DataFrame:
    """The sheet of a project's coded passages, as `segments_from_table` reads it: text, "" for what is
    missing. Who coded an interview and found nothing in it has one row there, without a code.

    >>> sheet = pd.DataFrame({"interview": ["n1", "n2"], "code": ["trust", ""], "role": ["mentor", "guest"]})
    >>> segments_to_table(segments_from_table(sheet))[["interview", "code", "role"]].to_numpy().tolist()
    [['n1', 'trust', 'mentor'], ['n2', '', 'guest']]
    """
    attributes = [name for name in project.interviews if name not in INTERVIEWS]
    seen = project.interviews[["interview", "coders"]].rename(columns={"coders": "coder"})
    seen["coder"] = seen["coder"].str.split(";")
    pairs = pd.concat([project.segments[["interview", "coder"]], seen.explode("coder")])
    bare = pairs.iloc[len(project.segments) :][~pairs.duplicated().iloc[len(project.segments) :]]
    idle = bare[(bare["coder"] != "") | ~bare["interview"].isin(project.segments["interview"])]
    rows = pd.concat([project.segments, idle]).reindex(columns=list(SEGMENTS))
    told = rows.merge(project.interviews[["interview", *attributes]], on="interview", how="left")
    order = ["interview", "start", "end", "coder", "code"]
    sheet = told.sort_values(order, kind="stable", ignore_index=True)
    return (
        sheet.astype({name: "Int64" for name, kind in SEGMENTS.items() if kind == "Int64"})
        .astype("str")
        .fillna("")
    )


def _refuse_alike(named: list[str], file: str) -> None:
    if len({slug(code) for code in named}) < len(named):
        raise ReadError(
            "two codes differ in capitals or punctuation only",
            remedy="write them alike",
            file=file,
            column="code",
        )


def _clean(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    for column in ("interview", "code"):
        if column not in frame:
            raise ReadError(
                "the column is missing",
                remedy="name it under columns in study.toml",
                file=file,
                column=column,
            )
    text = frame.astype("str").fillna("").apply(lambda column: column.str.strip())
    text = text[(text != "").any(axis=1)]
    unnamed = text.index[text["interview"] == ""]
    if len(unnamed):
        raise ReadError(
            "no interview is named", remedy="fill it in", file=file, row=_row(unnamed), column="interview"
        )
    if "coder" not in text:
        text = text.assign(coder="")
    for column in text.columns.intersection(["start", "end", "unit", "unit_last"]):
        text[column] = _whole(text[column], file)
    if "text" in text:
        text["text"] = text["text"].mask(text["text"] == "")
    return text


def _whole(column: pd.Series, file: str) -> pd.Series:
    odd = column.index[~column.str.fullmatch(r"\d*")]
    if len(odd):
        raise ReadError(
            "a position is not a whole number",
            remedy="mend or empty the cell",
            file=file,
            row=_row(odd),
            column=str(column.name),
        )
    return pd.to_numeric(column.mask(column == "")).astype("Int64")


def _row(index: pd.Index) -> int:
    """The row as a spreadsheet counts it: an export's own number, else below one header row."""
    return int(index[0]) + (0 if index.name == "row" else 2)


def _interviews(clean: pd.DataFrame, file: str) -> pd.DataFrame:
    grouped = clean.groupby("interview", sort=True)
    attributes = [str(name) for name in clean if name not in SEGMENTS]
    columns = [attribute_name(name) for name in attributes]
    if len(set(columns)) < len(columns):
        twice = next(name for at, name in enumerate(attributes) if columns[at] in columns[:at])
        raise ReadError(
            "two columns have this name, but for capitals and punctuation",
            remedy="name them apart, or remove one",
            file=file,
            row=1,
            column=twice,
        )
    for name in attributes:
        _same_within(clean, name, file)
    held = grouped[attributes].first() if attributes else pd.DataFrame(index=list(grouped.groups))
    held = held.mask(held == "").rename(columns=attribute_name).rename_axis("interview")
    coders = coders_of(clean).reindex(held.index).fillna("")
    frame = held.assign(coders=coders, name=held.index).reset_index()
    return typed(frame, INTERVIEWS)


def _same_within(clean: pd.DataFrame, name: str, file: str) -> None:
    first = clean.groupby("interview")[name].transform("first")
    odd = clean.index[clean[name] != first]
    if len(odd):
        raise ReadError(
            "the attribute differs between rows of one interview",
            remedy="make it the same on every row",
            file=file,
            row=_row(odd),
            column=name,
        )
