"""All tables as one workbook: contents, a sheet per table, notes; the same bytes each time.

Cells hold the numbers as they are, with a number format that prints them as the report does, so they can be
computed with; marks stay words.

Imports formats, layouts, quotes, tables, text, view.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ksn_research.render import formats, quotes
from ksn_research.render.layouts import ESTIMATES, Cell
from ksn_research.render.tables import Table, build
from ksn_research.render.text import cell as safe
from ksn_research.render.view import View, view

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

EPOCH = (1980, 1, 1, 0, 0, 0)
BOUNDS = ("ci_low", "ci_high")
ENDS = {"": "", "ci_low": ", low", "ci_high": ", high", "n": ", n", "population": ", of", "unit": ", unit"}
FORMATS = {
    "percent": "0%",
    "rare": "0.0%",
    "count": "#,##0",
    "density": "0.000",
    "density change": "+0.000;-0.000;0.000",
    "fit": "0.000",
    "fit change": "+0.000;-0.000;0.000",
    "change": "+0.00;-0.00;0.00",
    "points": "+0%;-0%;0%",
}


def as_workbook(publishable: object) -> bytes:
    """The bytes of `tables.xlsx`; the same edition gives the same bytes."""
    from openpyxl import Workbook

    seen = view(publishable)
    made = build(seen)
    book = Workbook()
    _contents(book, seen, list(made.values()))
    for table in made.values():
        _sheet(book.create_sheet(_name(table)), table)
    if len(seen.publishable.quotes.frame):
        _quotes(book.create_sheet("Quotes"), seen)
    _notes(book.create_sheet("Notes"), seen)
    return _fixed(book)


def _name(table: Table) -> str:
    return f"Table {table.number}"


def _contents(book: Workbook, seen: View, made: list[Table]) -> None:
    sheet: Any = book.worksheets[0]
    sheet.title = "Contents"
    study = seen.publishable.study
    _write(sheet, [[f"{study.title}, {study.year}"], [study.publisher], []])
    for table in made:
        _write(sheet, [[_name(table), table.title]])
        sheet.cell(sheet.max_row, 1).hyperlink = f"#'{_name(table)}'!A1"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 14, 70


def _sheet(sheet: Worksheet, table: Table) -> None:
    """Caption, heading lines, one line per line of the table, then source, method and legend."""
    from openpyxl.styles import Font

    places = _places(table)
    heads = [f"{above}: {heading}" if above else heading for above, heading in table.columns]
    first = ["", table.stub_heading, *(heads[at] + ENDS[part] for at, part in places)]
    _write(sheet, [[f"Table {table.number}. {table.title}"], [], first])
    for line in table.lines:
        _write(sheet, [[line.head, line.label]])
        for column, (at, part) in enumerate(places, start=3):
            _put(sheet, sheet.max_row, column, line.cells[at], part)
    notes = [f"Source: {table.source}.", *table.method, table.note, *table.legend]
    _write(sheet, [[], *([note] for note in notes if note)])
    for row in (1, 3):
        for cell in sheet[row]:
            cell.font = Font(bold=True)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 42
    sheet.freeze_panes = "C4"


def _places(table: Table) -> list[tuple[int, str]]:
    """Columns of the sheet: an estimate with an interval takes three, so does what a number rests on, the
    others one."""
    made: list[tuple[int, str]] = []
    for at in range(len(table.columns)):
        bounded = any(_bounded(line.cells[at]) for line in table.lines)
        if any(line.cells[at].part == "n of what" for line in table.lines):
            made += [(at, part) for part in ("n", "population", "unit")]
            continue
        if any(line.cells[at].part == "share of n" for line in table.lines):
            made += [(at, ""), (at, "n")]
            continue
        made += [(at, part) for part in ("", "ci_low", "ci_high") if part == "" or bounded]
    return made


def _bounded(cell: Cell) -> bool:
    return cell.part == "with interval" and cell.row is not None and not pd.isna(cell.row["ci_low"])


def _put(sheet: Worksheet, row: int, column: int, cell: Cell, part: str) -> None:
    if cell.row is None:
        return
    if part == "unit":
        _said(sheet.cell(row, column), formats.unit_of(cell.row))
        return
    plain = cell.part in ESTIMATES
    name = part or ("estimate" if plain else cell.part)
    if part in BOUNDS and not _bounded(cell):
        return
    if plain and cell.row["status"] != "published":
        _said(sheet.cell(row, column), "" if part else formats.MARKS[cell.row["status"]])
        return
    if pd.isna(cell.row[name]):
        return
    made = sheet.cell(row, column, float(cell.row[name]))
    kind = "count" if name in ("n", "population") else formats.kind_of(cell.row)
    made.number_format = "0.000" if name in ("p", "p_adjusted") else FORMATS.get(kind, "0.00")


def _quotes(sheet: Worksheet, seen: View) -> None:
    """The report's quotes: those that passed their gate."""
    heads = ["Theme", "Quote", "Who said it", "Source"]
    _write(sheet, [heads, *quotes.lines(seen)])
    sheet.freeze_panes = "A2"
    for column, width in zip("ABCD", (28, 90, 28, 36), strict=True):
        sheet.column_dimensions[column].width = width


def _notes(sheet: Worksheet, seen: View) -> None:
    study = seen.publishable.study
    said = [
        f"s: suppressed; rests on {seen.rule}, or would let such a number be worked out.",
        "not defined: the statistic does not exist for these records.",
        "not comparable: the question changed between the waves.",
        "An empty cell: no such result. low, high: ends of the 95 % confidence interval.",
        "Shares are fractions, shown as percentages.",
        f"{study.title}. {study.publisher}, {study.year}.",
    ]
    _write(sheet, [[line] for line in said])
    sheet.column_dimensions["A"].width = 100


def _write(sheet: Worksheet, lines: Sequence[Sequence[str]]) -> None:
    """Lines of words below what the sheet holds, a word a cell."""
    from openpyxl.cell import Cell as Place

    for line in lines:
        sheet.append([_said(Place(sheet), words) for words in line])


def _said(place: Any, words: str) -> Any:
    """A cell that holds words, as words: openpyxl would take some for an error or a formula."""
    if words:
        place.value, place.data_type = safe(words), "s"
    return place


def _fixed(book: Workbook) -> bytes:
    """The workbook with fixed times, in its properties and in its zip entries."""
    moment = datetime.datetime(*EPOCH)
    book.properties.created = book.properties.modified = moment
    book.properties.creator = "ksn_research"
    raw = io.BytesIO()
    book.save(raw)
    made = io.BytesIO()
    with zipfile.ZipFile(raw) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in sorted(before.namelist()):
            data = before.read(name)
            if name == "docProps/core.xml":
                data = _without_clock(data)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, data)
    return made.getvalue()


def _without_clock(core: bytes) -> bytes:
    """openpyxl writes the moment of saving as `modified`, whatever was set."""
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", core)
