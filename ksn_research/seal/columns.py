"""Which columns of a year's files hold member codes, and which are read by no analysis."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ksn_research import read
from ksn_research.errors import Origin, PlanError
from ksn_research.intake import TOLD
from ksn_research.plan import Source, Study, Wave
from ksn_research.prepared import TABLES
from ksn_research.read.events import COLUMNS as EVENT
from ksn_research.read.text import decoded, separator
from ksn_research.score.answers import fits, plain
from ksn_research.score.columns import locate, unplanned
from ksn_research.score.panel import member_columns

FILE = "study.toml"
TEXT = (".csv", ".tsv", ".txt")
# What a tool or a device recorded of a person and no analysis reads: roles, and types of an XLSForm.
NOT_READ = ("meta", "device")
HALF = 0.5
OF_DEVICE = ("username", "email", "phonenumber", "deviceid", "subscriberid", "simserial")


@dataclass(frozen=True)
class Task:
    """One file to seal. `keyed` are positions of codes, `kept` of what stays; the other columns are emptied.
    Records before `start` are headers."""

    source: Source
    wave: Wave
    keyed: frozenset[int]
    kept: frozenset[int]
    start: int

    @property
    def path(self) -> Path:
        return self.wave.file

    @property
    def staged(self) -> Path:
        return self.path.with_name(f".sealed-{self.path.name}")


def tasks_of(study: Study, year: int) -> list[Task]:
    if study.panel is None:
        raise PlanError("there is no [panel]", remedy="declare one, see docs/handover.md", file=FILE)
    if year in study.panel.sealed or year not in study.years:
        known = [y for y in study.years if y not in study.panel.sealed]
        said = "is sealed already" if year in study.panel.sealed else "is no year of the study"
        raise PlanError(f"{year} {said}", remedy=f"name one of {known}", file=FILE)
    sources = [source for source in study.sources.values() if member_columns(source)]
    _refuse_shared(study, sources, year)
    tasks = [_task(s, wave) for s in sources for wave in s.waves if wave.year == year and _has_codes(s, wave)]
    _refuse_no_codes(tasks, _members(study, year))
    return tasks


def _has_codes(source: Source, wave: Wave) -> bool:
    return source.kind != "survey" or bool(wave.options.get("respondent"))


def _refuse_shared(study: Study, sources: list[Source], year: int) -> None:
    """Codes that other years read too cannot become keys of one year."""
    own = {wave.file for s in sources for wave in s.waves if wave.year == year}
    for source in sources:
        if any(wave.year is None or (wave.year != year and wave.file in own) for wave in source.waves):
            raise PlanError(
                f"[sources.{source.name}] holds member codes and is not of one year",
                remedy="give each year a file of its own",
                file=FILE,
            )
        if source.kind == "people" and {wave.year for wave in source.waves} < set(study.years):
            raise PlanError(
                f"[sources.{source.name}] does not list the members of every year",
                remedy="add the list of each year: members are looked up in their own year's",
                file=FILE,
            )


def _members(study: Study, year: int) -> set[str]:
    """The codes on the year's list of people, empty where the study has none."""
    found: set[str] = set()
    for source in study.sources.values():
        for wave in source.waves:
            if source.kind == "people" and wave.year == year:
                export = read_again(source, wave, wave.file)
                heads = [plain(head) for head in export.columns["heading"]]
                for position in _positions(heads, wave, ["member"]):
                    found.update(export.frame[position].str.strip())
    return found - {""}


def _refuse_no_codes(tasks: list[Task], members: set[str]) -> None:
    """A cell becomes one key: several codes in a cell, or ratings under names, would be lost in it."""
    for task in tasks:
        if task.source.kind != "nominations" or not members:
            continue
        frame = read_again(task.source, task.wave, task.path).frame[sorted(task.keyed)]
        codes = frame.apply(lambda column: column.str.strip())
        if any(_strange(codes[place], members) for place in codes):
            raise PlanError(
                f"[sources.{task.source.name}] has no single member code in most of its cells",
                remedy="export it with one code in a cell (as an edge list), and name that in study.toml",
                file=task.path.name,
            )


def _strange(cells: pd.Series, members: set[str]) -> bool:
    said = cells[cells != ""]
    return len(said) > 0 and bool(said.isin(members).mean() < HALF)


def _task(source: Source, wave: Wave) -> Task:
    if source.kind == "activity":
        return _of_events(source, wave)
    if wave.file.suffix.lower() not in TEXT:
        raise PlanError(
            f"[sources.{source.name}] holds member codes in a file that cannot be sealed",
            remedy="export it as CSV, and name that in study.toml",
            file=wave.file.name,
        )
    export = read_again(source, wave, wave.file)
    heads = [plain(head) for head in export.columns["heading"]]
    if source.kind == "survey":
        keyed, kept = _of_survey(export, source, wave)
    else:
        keyed = _positions(heads, wave, member_columns(source))
        kept = _positions(heads, wave, _kept_names(source, wave, heads))
    if source.kind == "nominations":
        named = [plain(p) for p in wave.options["relations"].values()]
        keyed = {i for i, head in enumerate(heads) if any(fits(head, p) for p in named)}
        keyed |= {i for i, head in enumerate(heads) if head == plain(wave.options["ego"])}
        kept = set(keyed)
    if not keyed:
        raise PlanError("no column of member codes is found", remedy="run `ksn check`", file=wave.file.name)
    start = int(export.frame.index[0]) if len(export.frame) else 2
    return Task(source, wave, frozenset(keyed), frozenset(kept | keyed), start)


def _of_survey(export: read.Export, source: Source, wave: Wave) -> tuple[set[int], set[int]]:
    assert wave.instrument is not None
    places, _ = locate(export, wave.instrument, Origin(source.name, wave.year, wave.name, export.file))
    place = places.get(wave.options["respondent"])
    roles, own = export.columns["role"], export.columns["name"].map(wave.instrument.recorded)
    emptied = {*unplanned(export, places, wave.instrument)}
    emptied |= {*roles.index[roles.isin(NOT_READ) | own.isin(OF_DEVICE)]}
    keyed = set(place.positions.values()) if place is not None else set()
    return keyed, {int(i) for i in roles.index} - emptied


def _kept_names(source: Source, wave: Wave, heads: list[str]) -> list[str]:
    declared = list(wave.options.get("columns", {}))
    if source.kind == "people":  # a name, or another code of the person, would undo the key
        return list(TABLES["people"])
    if source.kind in ("edges", "nominations"):
        return ["ego", "alter", "topic", "strength", "date"]
    if source.kind == "records":
        return declared or heads
    if source.kind == "interviews":
        return [*declared, *heads]
    return [*TABLES[source.kind], *declared, *wave.options.get("attributes", [])]


def _positions(heads: list[str], wave: Wave, names: Collection[str]) -> set[int]:
    declared = wave.options.get("columns", {})
    theirs = {plain(declared.get(name, name)) for name in names}
    return {heads.index(name) for name in theirs if name in heads}


def _of_events(source: Source, wave: Wave) -> Task:
    """A log is not read into a frame: its first record is its header."""
    if wave.table:
        raise PlanError(
            f"[sources.{source.name}] holds member codes in a table of an engine, which cannot be sealed",
            remedy="export it as CSV, and name that as `file` in study.toml",
            file=wave.table,
        )
    heads = [plain(head) for head in _columns_of(wave)]
    keyed, kept = (_positions(heads, wave, names) for names in (member_columns(source), EVENT))
    if not keyed:
        raise PlanError("no column of member codes is found", remedy="run `ksn check`", file=wave.file.name)
    return Task(source, wave, frozenset(keyed), frozenset(kept), 2)


def _columns_of(wave: Wave) -> list[str]:
    if wave.file.suffix == ".parquet":
        import pyarrow.parquet as pq

        read.read_file(wave.file)
        return list(pq.read_schema(wave.file).names)
    text, _ = decoded(read.read_file(wave.file), wave.file.name, "", wave.options.get("encoding"))
    return next(iter(records_of(text)), [])


def read_again(source: Source, wave: Wave, path: Path) -> read.Export:
    told = {name: wave.options[name] for name in TOLD if name in wave.options}
    return read.read_export(path, source.name, **told)


def records_of(text: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=True)
