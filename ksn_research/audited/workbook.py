"""The audit of `tables.xlsx`, read as the XML that it is: what was written, not what was meant."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

from ksn_research.audited.leaks import Leak, Published, found
from ksn_research.audited.numbers import TOLD, Element, equal
from ksn_research.disclose import SUPPRESSED
from ksn_research.render.tables import Table, tables

FILE = "public/tables.xlsx"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FIRST = 4  # the row of a table's first line
NUMBERED = re.compile(r"Table (A?\d+)\.")


def audit_workbook(staging: Path, known: Published) -> list[Leak]:
    """The numbers in a line of a table are those of the published results that the line shows."""
    path = staging / FILE
    if not path.exists():
        return []
    made = {table.number: table for table in tables(known.publishable).values()}
    return found(leak for rows in _sheets(path) for leak in _sheet(rows, made, known))


def _sheets(path: Path) -> Iterator[dict[int, list[tuple[float | None, str]]]]:
    """Every sheet: by row the cells, each a number or words."""
    with zipfile.ZipFile(path) as book:
        names = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        shared = _shared(book)
        for name in sorted(names):
            rows = etree.fromstring(book.read(name)).iter(f"{MAIN}row")
            yield {int(row.get("r")): [_cell(cell, shared) for cell in row] for row in rows}


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    return ["".join(one.itertext()) for one in etree.fromstring(book.read("xl/sharedStrings.xml"))]


def _cell(cell: Element, shared: list[str]) -> tuple[float | None, str]:
    kind, words = cell.get("t", "n"), "".join(cell.itertext())
    if kind == "s":
        return None, shared[int(words)]
    return (float(words), "") if kind == "n" and words else (None, words)


def _sheet(
    rows: dict[int, list[tuple[float | None, str]]], made: dict[str, Table], known: Published
) -> Iterator[Leak | None]:
    title = rows[1][0][1] if rows.get(1) else ""
    number = NUMBERED.match(title)
    table = made.get(number[1]) if number else None
    lines = table.lines if table else ()
    for at, cells in rows.items():
        place = at - FIRST
        if not 0 <= place < len(lines):
            if any(value is not None for value, _ in cells):
                yield Leak(
                    FILE, "", "unmarked number", f"{title or 'a sheet'}: row {at} is no line of a table"
                )
            continue
        ids = [str(cell.row["id"]) for cell in lines[place].cells if cell.row is not None]
        allowed = [value for id_ in ids for value in known.numbers(id_)]
        for value, words in cells[2:]:
            if value is not None and not any(equal(value, one) for one in allowed):
                yield _leak(known, ids, title, at)
            if TOLD.search(words):
                yield Leak(FILE, "", "unmarked number", f"{title}: words of row {at} hold a number")


def _leak(known: Published, ids: list[str], title: str, at: int) -> Leak:
    hidden = [id_ for id_ in ids if known.now.status.get(id_) == SUPPRESSED]
    kind = SUPPRESSED if hidden else "another number"
    named = (hidden or ids or [""])[0]
    return Leak(FILE, named, kind, f"{title}: row {at} holds a number that is not published")
