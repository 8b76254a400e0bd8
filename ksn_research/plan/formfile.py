"""The file of an XLSForm: pyxform's reading of it, and its sheets as they stand.

A form is a workbook, or Markdown or CSV with one table a sheet, which diff well. Files are bounded before
they are parsed, since a workbook is an archive that may unpack to anything.
"""

from __future__ import annotations

import copy
import csv
import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from ksn_research.errors import PlanError

LONGEST = 300  # letters of what pyxform says that are passed on: it may repeat a whole cell
SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
LARGEST, UNPACKED, CELL, CELLS = 5 << 20, 30 << 20, 32_767, 100_000
# What the libraries below pyxform let out when a workbook is damaged; it has no error of its own for these.
DAMAGED = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, ExpatError, csv.Error, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip

# Rows of cells by sheet, the header first.
Sheets = Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True)
class Parsed:
    """A form as pyxform understands it, its sheets' rows, and pyxform's warnings."""

    form: Mapping[str, Any]
    sheets: Sheets
    warnings: tuple[str, ...]


def parse_form(path: Path) -> Parsed:
    """Parse and validate a form. Raises PlanError when pyxform refuses it, or when it is no form at all."""
    data = _bytes(path)
    # pyxform takes two seconds to import; only studies with an instrument pay for it.
    from pyxform.errors import PyXFormError
    from pyxform.xls2json_backends import DefinitionData, SupportedFileTypes, get_xlsform
    from pyxform.xls2xform import convert
    from xlrd.biffh import XLRDError  # type: ignore[import-untyped]
    from xlrd.compdoc import CompDocError  # type: ignore[import-untyped]

    kind = path.suffix.lower()
    known = {one.value for one in SupportedFileTypes}
    said: list[str] = []
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):  # xlrd prints what it dislikes
            warnings.simplefilter("ignore")  # openpyxl's, about what it does not keep of a workbook
            book = get_xlsform(data, file_type=kind if kind in known else None)
            book.fallback_form_name = path.stem
            sheets = _sheets(book, path.name)
            parts = {field.name: copy.deepcopy(getattr(book, field.name)) for field in fields(DefinitionData)}
            form = convert(parts, warnings=said)._pyxform
    except PyXFormError as error:
        raise PlanError(
            f"pyxform refuses the form ({' '.join(str(error).split())[:LONGEST]})",
            remedy="mend the form",
            file=path.name,
        ) from None
    except PlanError:
        raise
    except (*DAMAGED, XLRDError, CompDocError):
        raise PlanError(
            "the file cannot be read as an XLSForm",
            remedy="look whether it has a sheet `survey` with the columns type, name and label, and save it "
            "as UTF-8 or as a workbook",
            file=path.name,
        ) from None
    if form is None:
        raise PlanError("the form is empty", remedy="add a sheet `survey`", file=path.name)
    return Parsed(form, sheets, tuple(dict.fromkeys(said)))


def _bytes(path: Path) -> bytes:
    """The file's bytes, when it is of a size and a making that a form can have."""
    try:
        if path.stat().st_size > LARGEST:
            raise PlanError(
                "the form is larger than 5 MB", remedy="look whether it is a form", file=path.name
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise PlanError(
            "there is no such instrument", remedy="put the XLSForm there", file=path.name
        ) from None
    except OSError as error:
        raise PlanError(
            f"the form cannot be opened ({error.strerror})", remedy="look who may read it", file=path.name
        ) from None
    if data.startswith(b"PK"):
        _refuse_bomb(data, path.name)
    elif path.suffix.lower() in (".md", ".csv"):
        _refuse_twice(data, path)
    return data


def _refuse_bomb(data: bytes, file: str) -> None:
    """No workbook of a form unpacks to tens of megabytes or declares entities of its own."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            large = sum(part.file_size for part in parts) > UNPACKED
            hostile = not large and any(
                b"<!DOCTYPE" in packed.read(part)[:4096] for part in parts if part.filename.endswith(".xml")
            )
    except DAMAGED:
        raise PlanError(
            "the workbook is damaged", remedy="open it, save it again as .xlsx", file=file
        ) from None
    if large or hostile:
        raise PlanError(
            "the workbook unpacks to more than 30 MB" if large else "the workbook declares entities",
            remedy="look whether it is a form, and save it again from a spreadsheet program",
            file=file,
        )


def _refuse_twice(data: bytes, path: Path) -> None:
    """pyxform finds a repeated column in workbooks only; in text the later one would win without a word."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise PlanError("the form is not UTF-8 text", remedy="save it as UTF-8", file=path.name) from None
    headers = list(_headers(text.removeprefix("\ufeff"), path.suffix.lower() == ".md"))
    if "survey" not in (name for name, _, _ in headers):
        # Responses, perhaps: what stands in them is not shown, by pyxform neither.
        raise PlanError(
            "the file cannot be read as an XLSForm: it has no sheet `survey`",
            remedy="name the questionnaire here, and the responses as the source's file",
            file=path.name,
        )
    for _, number, cells in headers:
        named = [cell for cell in cells if cell]
        twice = next((cell for i, cell in enumerate(named) if cell in named[:i]), None)
        if twice is not None:
            raise PlanError(
                "the column stands twice", remedy="remove one", file=path.name, row=number, column=twice[:60]
            )


def _headers(text: str, markdown: bool) -> Iterator[tuple[str, int, list[str]]]:
    """Each sheet in a form of text: its name in small letters, the line of its header, and the header, which
    is the first line of cells after the name."""
    waiting = ""
    for number, line in enumerate(text.splitlines() if markdown else _records(text), start=1):
        cells = _cells(line) if isinstance(line, str) else [cell.strip() for cell in line]
        name, rest = next(iter(cells), ""), cells[1:]
        waiting = name.lower() or waiting
        if waiting and any(rest):
            yield waiting, number, rest
            waiting = ""


def _records(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error:
        return  # pyxform reads the same text and says what is wrong with it


def _cells(line: str) -> list[str]:
    inner = line.strip()
    if not inner.startswith("|"):
        return []
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", inner.removesuffix("|")[1:])]


def _sheets(book: Any, file: str) -> Sheets:
    """The sheets' rows, header first, as text; columns that hold nothing are left out."""
    made: dict[str, tuple[tuple[str, ...], ...]] = {}
    count = 0
    for name in SHEETS:
        rows = [{str(k): str(v) for k, v in row.items()} for row in getattr(book, name) or []]
        for number, row in enumerate(rows, start=2):
            count += len(row)
            wide = next((key for key, cell in row.items() if len(cell) > CELL), None)
            if wide is not None or count > CELLS:
                raise PlanError(
                    "the form is larger than a spreadsheet program allows",
                    remedy="look whether it is a form",
                    file=file,
                    row=number,
                    column=(wide or "")[:40],
                )
        heads = tuple(dict.fromkeys(key for row in rows for key in row))
        if heads:
            made[name] = (heads, *(tuple(row.get(head, "") for head in heads) for row in rows))
    return made
