"""Coded interviews from whatever a wave names: one function that looks what it is and reads it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ksn_research.errors import Finding, ReadError
from ksn_research.read import qualcoder, read_export, read_file, requal, rqda, taguette
from ksn_research.read.codebook import defined, read_codebook
from ksn_research.read.database import MAGIC, Base, database_bytes, opened
from ksn_research.read.export import Export
from ksn_research.read.placing import interviews_frame
from ksn_research.read.qdpx import DAMAGED
from ksn_research.read.refi_qda import read_project
from ksn_research.read.segments import SEGMENTS, CodedProject, segments_from_table, typed
from ksn_research.results import slug

FORMATS = ("segments", "refi_qda", "qualcoder", "taguette", "requal", "rqda")
TOOLS: Mapping[str, tuple[str, ...]] = {
    "qualcoder": qualcoder.TABLES,
    "taguette": taguette.TABLES,
    "requal": requal.TABLES,
    "rqda": rqda.TABLES,
}
DATABASES: Mapping[str, Callable[[Base, str, str], CodedProject]] = {
    "qualcoder": lambda base, file, _: qualcoder.qualcoder(base, file),
    "taguette": taguette.taguette,
    "requal": requal.requal,
    "rqda": lambda base, file, _: rqda.rqda(base, file),
}
ELSEWHERE = "export the project as REFI-QDA (.qdpx), or its coded passages as a table (CSV or .xlsx)"


def read_coded(path: Path, source: str, options: Mapping[str, Any]) -> CodedProject:
    """The coded interviews of one wave.

    path     a REFI-QDA project (.qdpx, .qde), a QualCoder project (its folder, or `data.qda` in it), a
             database of Taguette, requal or RQDA, Taguette's exported highlights, or a table of passages
             (CSV or .xlsx, see `segments_from_table`)
    options  of the source: `format` (one of `FORMATS`, recognised where it is not declared), `columns`,
             `encoding`, `sheet` (the worksheet, or of several projects in one database the one that is
             meant), `codebook` (a file with definitions), `coders` (name -> file: one project per coder,
             read instead of `path`)

    Raises ReadError (file, row, column, remedy) where it is none of them, or not usable as it is.
    """
    projects = {name: _one(file, source, options) for name, file in options.get("coders", {}).items()}
    project = several(projects) if projects else _one(path, source, options)
    if "codebook" not in options:
        return project
    codes, notes = read_codebook(read_file(options["codebook"]), options["codebook"].name)
    return replace(defined(project, codes), notes=(*project.notes, *notes))


def _one(path: Path, source: str, options: Mapping[str, Any]) -> CodedProject:
    declared = {"csv": "segments", "xlsx": "segments", "refi-qda": "refi_qda"}.get(
        options.get("format", ""), options.get("format")
    )
    if declared is not None and declared not in FORMATS:
        raise ReadError(
            f"the format `{declared}` is unknown", remedy=f"use one of {', '.join(FORMATS)}", file=path.name
        )
    place = _inside(path)
    name = path.parent.name if path.name == "data.qda" else path.name
    data, wal = database_bytes(place) if _is_database(place) else (read_file(place), b"")
    if declared == "segments":
        return _segments(place, source, options)
    if data.startswith(MAGIC) or declared in DATABASES:
        return _database(data, wal, name, declared, options.get("sheet", ""))
    if declared == "refi_qda" or _is_project(data, path):
        return read_project(data, path.name)
    return _segments(place, source, options)


def _inside(path: Path) -> Path:
    """The file that is read: of a QualCoder project's folder its database."""
    if not path.is_dir():
        return path
    if path.is_symlink() or (path / "data.qda").is_file() is False:
        raise ReadError(
            "this is a folder, but no QualCoder project (it holds no data.qda), or a link to one",
            remedy="name the project's own folder or file; " + ELSEWHERE,
            file=path.name,
        )
    return path / "data.qda"


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as held:
            return held.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _is_project(data: bytes, path: Path) -> bool:
    """Whether these are bytes of a REFI-QDA project; a zip of something else is refused by name."""
    if not data.startswith(b"PK"):
        start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        return start == b"<" or data[:4] in (b"\xff\xfe<\x00", b"\xfe\xff\x00<") or _named_so(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except DAMAGED:
        return _named_so(path)
    if any(name.endswith("data.qda") for name in names):
        raise ReadError(
            "this is a packed QualCoder project", remedy="unpack it and name its folder", file=path.name
        )
    return _named_so(path) or any(name.endswith(".qde") for name in names)


def _named_so(path: Path) -> bool:
    return path.suffix.lower() in (".qdpx", ".qde", ".qdc")


def _database(data: bytes, wal: bytes, file: str, declared: str | None, project: str) -> CodedProject:
    with opened(data, file, wal) as base:
        tool = next((name for name, tables in TOOLS.items() if base.has(*tables)), None)
        if tool is None or declared not in (None, tool):
            known = f"a database of {tool}" if tool else "a database, but of none of the tools that are known"
            raise ReadError(f"this is {known}", remedy=ELSEWHERE, file=file)
        return DATABASES[tool](base, file, project)


# --- tables --------------------------------------------------------------------------------------------


def _segments(path: Path, source: str, options: Mapping[str, Any]) -> CodedProject:
    export = read_export(path, source, "csv", options.get("encoding"), sheet=options.get("sheet"))
    frame, findings = _picked(export, options.get("columns", {}), source)
    if findings:
        nothing = pd.DataFrame({"interview": [], "code": []}, dtype="str")
        return replace(segments_from_table(nothing, file=path.name), findings=findings)
    project = segments_from_table(frame, file=path.name)
    alone = "coder" not in frame and "tag" in {slug(head) for head in export.columns["heading"]}
    notes = (*project.notes, *([taguette.UNKNOWN] if alone else []))
    return replace(project, notes=notes, findings=export.findings)


def _picked(
    export: Export, declared: Mapping[str, str], source: str
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The sheet under this package's names, and a blocking finding per column that is named and not there.
    Taguette's exported highlights need no naming."""
    heads = [slug(str(head)) for head in export.columns["heading"]]
    if not declared and set(heads) == taguette.HIGHLIGHTS:
        declared = {"interview": "document", "code": "tag", "text": "content"}
        export, heads = replace(export, frame=export.frame.drop(columns=heads.index("id"))), heads
    theirs = {slug(head): name for name, head in declared.items()}
    wanted = {
        name: slug(declared.get(name, name)) for name in dict.fromkeys([*declared, "interview", "code"])
    }
    findings = tuple(
        Finding(
            severity="block",
            source=source,
            file=export.file,
            row=1,
            column=declared.get(name, name),
            problem="there is no such column",
            remedy=f"correct the header, or name the column that holds `{name}` in study.toml",
        )
        for name, head in wanted.items()
        if head not in heads
    )
    frame = pd.DataFrame(index=export.frame.index)
    said = [str(heading) for heading in export.columns["heading"]]
    for at in map(int, export.frame.columns.tolist()):
        name = theirs.get(heads[at], heads[at] if heads[at] in SEGMENTS else said[at])
        if name not in frame and name.strip():
            frame[name] = export.frame[at]
    return frame, findings


# --- several coders ------------------------------------------------------------------------------------


def several(projects: Mapping[str, CodedProject]) -> CodedProject:
    """One project of several that coded the same interviews, by the coders' names.

    A segment without a coder, or a project of one coder only, takes the name that the plan gives. Raises
    ReadError where transcripts differ: positions in them would not mean the same.
    """
    _refuse_different(projects)
    every = [_by(name, project) for name, project in projects.items()]
    segments = pd.concat([project.segments for project in every], ignore_index=True)
    order = ["interview", "start", "end", "coder", "code"]
    segments = segments.drop_duplicates(ignore_index=True).sort_values(
        order, kind="stable", ignore_index=True
    )
    texts = {key: text for project in every for key, text in project.texts.items()}
    interviews = pd.concat([project.interviews for project in every], ignore_index=True)
    merged = interviews.groupby("interview", sort=True).first()
    documents = pd.DataFrame({"key": merged.index, "interview": merged.index, "name": merged["name"]})
    attributes = merged.drop(columns=["name", "length", "units", "coders"])
    frame = interviews_frame(
        documents.reset_index(drop=True), {key: [text] for key, text in texts.items()}, attributes, segments
    )
    codes = pd.concat([project.codes for project in every], ignore_index=True)
    known = codes.assign(key=codes["code"].map(slug), told=codes["description"] == "")
    first = known.sort_values("told", kind="stable").drop_duplicates("key").sort_index()
    rates = [project.match_rate for project in every if project.match_rate is not None]
    return CodedProject(
        segments,
        frame,
        first.drop(columns=["key", "told"]).reset_index(drop=True),
        tuple(f"{name}: {note}" for name, project in projects.items() for note in project.notes
              if note != taguette.UNKNOWN),
        min(rates, default=None),
        every[0].convention,
        texts,
        tuple(finding for project in every for finding in project.findings),
    )  # fmt: skip


def _by(name: str, project: CodedProject) -> CodedProject:
    coders = set(project.segments["coder"])
    alone = project.segments["coder"].mask(project.segments["coder"] == "", name) if len(coders) > 1 else name
    segments = typed(project.segments.assign(coder=alone), SEGMENTS)
    return replace(project, segments=segments)


def _refuse_different(projects: Mapping[str, CodedProject]) -> None:
    seen: dict[str, str] = {}
    odd = {
        interview
        for project in projects.values()
        for interview, text in project.texts.items()
        if seen.setdefault(interview, text) != text
    }
    if odd:
        raise ReadError(
            f"{len(odd)} transcripts are not the same in every coder's project",
            remedy="let all code the same transcripts, and do not edit them meanwhile",
            file=", ".join(projects),
        )
