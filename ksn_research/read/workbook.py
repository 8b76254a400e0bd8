"""Worksheets of an Excel workbook as records of text, cells as a CSV export of them would read.

openpyxl knows the container, the styles and the cells. Its own loops over a worksheet are not used: they
fill gaps between row numbers and leave out rows and cells that stand out of order, so a damaged file could
fill the memory or lose answers unsaid. Its parser of one row says where everything stands. Nothing is
unpacked to disk. Formulas are not computed: the value that was saved with them is read.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, NoReturn

from ksn_research.errors import Finding, ReadError
from ksn_research.read.cells import Noted, Texts
from ksn_research.read.sheet import Sheet, sheet

MAX_BYTES = 200 * 2**20  # of all members, unpacked
MAX_RATIO, RATIO_FROM = 200, 2**20  # a worksheet packs about 30 to 1; a bomb nears 1000 to 1
MAX_MEMBERS = 10_000
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384  # of Excel
MAX_CELLS = 25_000_000  # empty ones included
PIECE = 2**20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What openpyxl and the libraries below it raise on damaged files.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,  # ElementTree's ParseError is one
    TypeError,
    ValueError,
)


def looks_so(data: bytes) -> bool:
    """Whether the bytes are a zip archive or an old Office file, which `sheets` reads or refuses.

    >>> looks_so(b"PK\\x03\\x04..."), looks_so(b"a,b\\n1,2\\n")
    (True, False)
    """
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", OLE))


def sheets(data: bytes, file: str, source: str = "") -> list[Sheet]:
    """The worksheets that hold anything, in their order; row 1 is the first of the worksheet.

    Numbers without needless decimals (7, not 7.0) and never as powers of ten, percentages as their number
    (0.25), dates and times as ISO 8601, booleans TRUE and FALSE, Excel's errors by their name (#N/A). Text
    cells stay as they are ("00712"). Of merged cells the first holds the value. Formulas without a saved
    value, and numbers of more than 15 digits, which Excel has rounded, are findings of the worksheet.

    Raises ReadError for what is no .xlsx (an old .xls, a password, an OpenDocument file), an archive that is
    damaged, too large or declares entities, an empty workbook, and an XLSForm, which holds no responses.
    """
    _refuse_others(data, file)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_members(archive, file)
            _refuse_entities(archive, file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = list(_worksheets(data, file, source))
    except DAMAGED as problem:
        raise ReadError(
            "the workbook is damaged or encrypted",
            remedy="open it in a spreadsheet program and save it again as .xlsx, or export CSV",
            file=file,
        ) from problem
    if not found:
        raise ReadError("the workbook holds no worksheet with cells", remedy="export it again", file=file)
    _refuse_form(found, file)
    return found


# --- what is no workbook of responses ------------------------------------------------------------------


def _refuse_others(data: bytes, file: str) -> None:
    if data.startswith(OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        problem = "the workbook has a password" if locked else "this is an old Excel file (.xls)"
        raise ReadError(
            problem, remedy="save it as .xlsx, without a password, or export it as CSV", file=file
        )
    if not data.startswith(b"PK"):
        raise ReadError(
            "this is no Excel workbook", remedy="save it as .xlsx, or export it as CSV", file=file
        )


def _refuse_members(archive: zipfile.ZipFile, file: str) -> None:
    members = archive.infolist()
    names = {member.filename.lower() for member in members}
    if not any(re.fullmatch(r"xl/workbook\w*\.xml", name) for name in names):
        kind = "a binary workbook (.xlsb)" if "xl/workbook.bin" in names else "no Excel workbook (.xlsx)"
        raise ReadError(f"this is {kind}", remedy="save it as .xlsx, or export it as CSV", file=file)
    if any(member.flag_bits & 1 for member in members):
        raise ReadError("the archive has a password", remedy="save it without one", file=file)
    packed_hard = any(
        member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(member.compress_size, 1)
        for member in members
    )
    too_large = len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_BYTES
    if packed_hard or too_large:
        raise ReadError(
            f"the workbook unpacks to more than {MAX_BYTES // 2**20} MB, or is packed beyond belief",
            remedy="export it as CSV",
            file=file,
        )


def _refuse_entities(archive: zipfile.ZipFile, file: str) -> None:
    """Reads every XML member once, which checks its sum as well. Zero bytes are left out, so that UTF-16
    hides nothing."""
    for member in archive.infolist():
        if not member.filename.lower().endswith((".xml", ".rels")):
            continue
        with archive.open(member) as stream:
            before = b""
            while piece := stream.read(PIECE):
                seen = before + piece.replace(b"\x00", b"")
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                    raise ReadError(
                        "its XML declares a DOCTYPE or entities, which a workbook never needs",
                        remedy="export it again",
                        file=file,
                    )
                before = seen[-16:]


def _refuse_form(found: list[Sheet], file: str) -> None:
    named = {sheet.name.strip().lower(): sheet for sheet in found}
    head = [cell.lower() for row in named["survey"].head(1) for cell in row] if "survey" in named else []
    of_form = {"choices", "settings"} & set(named) or any(cell.startswith("label") for cell in head)
    if of_form and {"type", "name"} <= set(head):
        raise ReadError(
            "this is an XLSForm, which holds no responses",
            remedy="name it as the source's instrument, and the export of the responses as its file",
            file=file,
        )


# --- worksheets ----------------------------------------------------------------------------------------


def _worksheets(data: bytes, file: str, source: str) -> Iterator[Sheet]:
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet

    reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    for listed, part in reader.parser.find_sheets():
        if "chartsheet" in part.Type:
            continue
        texts, uncomputed = Texts(), Noted()
        with reader.archive.open(part.target) as stream:
            records = _records(_rows(stream, reader, uncomputed), texts, file)
        if records:
            findings = _findings(records, texts.rounded, uncomputed, (file, source))
            yield sheet(iter(records), file=file, name=listed.name, findings=findings)


def _records(rows: Iterator[tuple[int, list[dict[str, Any]]]], texts: Texts, file: str) -> list[list[str]]:
    """The rows up to the last filled one, the first as wide as the widest."""
    records: list[list[str]] = []
    filled = width = 0
    for number, cells in rows:
        if number <= len(records) or number > MAX_ROWS:
            _refuse_order(number, file)
        records.extend([] for _ in range(number - len(records) - 1))
        record = _record(number, cells, texts, file)
        records.append(record)
        filled = number if record else filled
        width = max(width, len(record))
        if filled * width > MAX_CELLS:
            raise ReadError(
                f"the table spans {filled} rows and {width} columns, empty cells included",
                remedy="delete what stands far from the table, or export it as CSV",
                file=file,
                row=number,
            )
    del records[filled:]
    if records:
        records[0] += [""] * (width - len(records[0]))
    return records


def _rows(stream: IO[bytes], reader: Any, uncomputed: Noted) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Row numbers and their cells. The parser is the fast one: entities have been refused before."""
    from xml.etree.ElementTree import iterparse

    from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, ROW_TAG, WorkSheetParser

    class Parser(WorkSheetParser):  # type: ignore[misc]
        def parse_cell(self, element: Any) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            # An empty text is a formula's result as any other.
            lacks = cell["value"] is None and element.get("t") != "str"
            if lacks and element.find(FORMULA_TAG) is not None:
                uncomputed.at(cell["row"], cell["column"])
            return cell

    book = reader.wb
    formats = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}
    parser = Parser(stream, reader.shared_strings, data_only=True, epoch=book.epoch, **formats)
    for _, element in iterparse(stream):  # noqa: S314
        if element.tag == ROW_TAG:
            yield parser.parse_row(element)
            element.clear()
        elif element.tag == DATA_TAG:
            return


def _record(number: int, cells: list[dict[str, Any]], texts: Texts, file: str) -> list[str]:
    record: list[str] = []
    for cell in cells:
        column = cell["column"]
        if column <= len(record) or column > MAX_COLUMNS:
            _refuse_order(number, file)
        if cell["value"] is not None:
            record.extend([""] * (column - len(record) - 1))
            record.append(texts.of(cell["value"], number, column))
    return record


def _refuse_order(number: int, file: str) -> NoReturn:
    raise ReadError(
        "the worksheet's rows or cells stand twice, out of order or beyond Excel's last",
        remedy="open it in a spreadsheet program and save it again",
        file=file,
        row=number,
    )


def _findings(
    records: list[list[str]], rounded: Noted, uncomputed: Noted, where: tuple[str, str]
) -> list[Finding]:
    file, source = where
    said: Mapping[tuple[str, str], Noted] = {
        (
            "a number has more than 15 digits, of which Excel keeps 15: the rest is lost",
            "if it identifies something, export it as text",
        ): rounded,
        (
            "a formula was saved without its value and is read as empty",
            "open the workbook in a spreadsheet program and save it, or export CSV",
        ): uncomputed,
    }
    return [
        Finding(
            severity="warn",
            source=source,
            file=file,
            row=noted.row,
            column=_heading(records, noted),
            problem=problem,
            remedy=remedy,
            count=noted.count,
        )
        for (problem, remedy), noted in said.items()
        if noted.count
    ]


def _heading(records: list[list[str]], noted: Noted) -> str:
    from openpyxl.utils import get_column_letter

    heading = records[0][noted.column - 1] if noted.row > 1 and noted.column <= len(records[0]) else ""
    return heading or str(get_column_letter(noted.column))
