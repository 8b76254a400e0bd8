"""Rosters, circle membership, attendance and other records: declared columns into typed tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.prepared import TABLES
from ksn_research.read import Export
from ksn_research.score import answers as typing
from ksn_research.score.accounts import Account
from ksn_research.score.dates import dates as read_dates
from ksn_research.score.ticks import TICKED

KEYS: Mapping[str, tuple[str, ...]] = {
    "organisations": ("organisation",),
    "people": ("member",),
    "circles": ("circle", "member"),
    "attendance": ("event", "member"),
}
CAME_AS = ("current", "alumni", "guest", "facilitator")
Read = tuple[pd.DataFrame, Account, list[Finding]]


def table(export: Export, wave: Wave, source: str, kind: str) -> Read:
    """One of the tables `organisations`, `people`, `circles`, `attendance` for one wave.

    Columns come from `columns` in study.toml (ours = theirs; ours = ours where not declared). A row without
    its key is set aside; a repeated key blocks in a roster and is set aside in attendance. A word
    that is neither yes nor no where it must be one of them is a finding, and counts as no.
    """
    origin = Origin(source, wave.year, wave.name, export.file)
    types = {name: kind_ for name, kind_ in TABLES[kind].items() if name != "year"}
    declared = wave.options.get("columns", {})
    extra = [*wave.options.get("attributes", []), *(name for name in declared if name not in types)]
    needed = [*KEYS[kind], *wave.options.get("attributes", [])]
    frame, findings = pick(export, wave, origin, [*types, *extra], needed)
    dated = [name for name, dtype in types.items() if dtype.startswith("datetime") and name in frame]
    frame, found = convert(frame, wave, origin, dates=dated)
    frame = _complete(frame, types)
    words = wave.options.get("values", {})
    found += [_no_column(f"values.{name}", origin) for name in words if name not in frame]
    frame = _relabel(frame, {name: said for name, said in words.items() if name in frame})
    found += _yes_or_no(frame, [name for name, dtype in types.items() if dtype == "boolean"], origin)
    if kind == "attendance":
        found += _came_as(frame, wave, origin)
    kept, account, twice = _keyed(frame, export.blank, wave, origin, kind)
    kept.insert(0, "year", pd.Series(wave.year, index=kept.index, dtype="Int64"))
    return kept, account, [*export.findings, *findings, *found, *twice]


def records(export: Export, wave: Wave, source: str) -> Read:
    """A further table: exactly the declared columns, numbers and dates typed as declared."""
    origin = Origin(source, wave.year, wave.name, export.file)
    declared = wave.options.get("columns", {})
    names = list(declared) or [typing.plain(name) for name in export.columns["heading"]]
    frame, findings = pick(export, wave, origin, names, names)
    dates, numbers = wave.options.get("dates", []), wave.options.get("numbers", [])
    findings += [_no_column(name, origin) for name in [*dates, *numbers] if name not in names]
    frame, found = convert(frame, wave, origin, dates, numbers)
    frame.insert(0, "year", pd.Series(wave.year, index=frame.index, dtype="Int64"))
    account = Account(origin, len(frame) + export.blank, len(frame), {"blank row": export.blank})
    return frame.reset_index(drop=True), account, [*export.findings, *findings, *found]


def pick(
    export: Export, wave: Wave, origin: Origin, names: Iterable[str], needed: Iterable[str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The wanted columns as text (NA for empty cells), and a blocking finding for each that is declared
    or needed and not in the file."""
    declared, needed = wave.options.get("columns", {}), set(needed)
    heads = {typing.plain(head): i for i, head in reversed(list(enumerate(export.columns["heading"])))}
    columns, findings = {}, []
    for name in dict.fromkeys(names):
        theirs = declared.get(name, name)
        position = heads.get(typing.plain(theirs))
        if position is not None:
            text = export.frame[position]
            columns[name] = text.where(text != "")
        elif name in declared or name in needed:
            remedy = f"correct the header, or name the column that holds `{name}` in study.toml"
            findings.append(origin.finding("block", "there is no such column", remedy, row=1, column=theirs))
    return pd.DataFrame(columns, index=export.frame.index, dtype="str"), findings


def convert(
    frame: pd.DataFrame,
    wave: Wave,
    origin: Origin,
    dates: Iterable[str] = (),
    numbers: Iterable[str] = (),
) -> tuple[pd.DataFrame, list[Finding]]:
    """The frame with its date and number columns typed, and a blocking finding per cell that is neither.
    Names that are no column are passed over: `pick` said that they are lacking."""
    form = wave.options.get("date_format")
    typed, findings = frame.copy(), []
    for names, what, remedy in (
        (dates, "not a date", "write YYYY-MM-DD, or declare date_format in study.toml"),
        (numbers, "not a number", "correct the cell"),
    ):
        for name in frame.columns.intersection(list(names), sort=False):
            text = frame[name].fillna("")
            if what == "not a date":
                made, bad, problem = read_dates(text, form, wall=True)
            else:
                (made, bad), problem = typing.numbers(text), what
            typed[name] = made
            findings += typing.unknown(text, bad, problem, remedy, origin=origin, name=name)
    return typed, findings


def _no_column(name: str, origin: Origin) -> Finding:
    remedy = "correct the name in study.toml, or declare it under columns"
    return origin.finding("block", "it names no column of the table", remedy, column=name)


def _complete(frame: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    for name, dtype in types.items():
        if name not in frame:
            gap = pd.NaT if dtype.startswith("datetime") else pd.NA
            frame[name] = pd.Series(gap, index=frame.index, dtype="str" if dtype == "boolean" else dtype)
    return frame[[*types, *(name for name in frame if name not in types)]]


def _relabel(frame: pd.DataFrame, values: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Codes into words, for rosters that hold 1, 2, 3 where the report must say what they mean."""
    return frame.assign(**{name: frame[name].replace(dict(words)) for name, words in values.items()})


def _yes_or_no(frame: pd.DataFrame, names: Iterable[str], origin: Origin) -> list[Finding]:
    """The columns `names` of `frame` as booleans, NA where nothing stands."""
    found = []
    for name in names:
        text = frame[name].fillna("")
        said = typing.plain_column(text)
        bad = ~said.isin([*TICKED, ""])
        meant = said.map(TICKED).astype("boolean")
        frame[name] = meant.where(~bad, False)
        remedy = "write yes or no, or map the word under values in study.toml; until then it counts as no"
        found += typing.unknown(
            text, bad, "neither yes nor no", remedy, origin=origin, name=name, severity="warn"
        )
    return found


def _came_as(frame: pd.DataFrame, wave: Wave, origin: Origin) -> list[Finding]:
    words = wave.options.get("came_as", {})
    said = frame["came_as"].fillna("").map(lambda text: words.get(text, text.lower()))
    frame["came_as"] = said.where(said != "")
    bad = ~said.isin([*CAME_AS, ""])
    remedy = f"use one of {', '.join(CAME_AS)}, or map it under came_as in study.toml"
    return typing.unknown(said, bad, "not a way to come", remedy, origin=origin, name="came_as")


def _keyed(frame: pd.DataFrame, blank: int, wave: Wave, origin: Origin, kind: str) -> Read:
    key = list(KEYS[kind])
    said = " and ".join(key)
    lacking = frame[key].isna().any(axis=1)
    twice = frame.duplicated(key) & ~lacking
    reasons = {"blank row": blank, f"no {said}": int(lacking.sum()), f"repeated {said}": int(twice.sum())}
    severity, remedy = "warn", "look whether the row is meant; it is set aside"
    if kind in ("organisations", "people"):
        severity, remedy = "block", "remove one of the rows"
    column = wave.options.get("columns", {}).get(key[-1], key[-1])
    findings = [
        origin.finding(severity, f"the same {said} stands above", remedy, row=row, column=column)
        for row in frame.index[twice]
    ]
    kept = frame[~lacking & ~twice].reset_index(drop=True)
    return kept, Account(origin, len(frame) + blank, len(kept), reasons), findings
