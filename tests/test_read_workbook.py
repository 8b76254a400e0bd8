"""Excel workbooks as a CSV export would read, and what is refused before it does harm."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ksn_research.errors import KsnError, ReadError
from ksn_research.read import google_forms
from ksn_research.read.cells import Texts
from ksn_research.read.workbook import looks_so, sheets


def book(*rows: list[object], **others: list[list[object]]) -> bytes:
    """A workbook of one worksheet, and others by name."""
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for name, table in others.items():
        further = made.create_sheet(name)
        for row in table:
            further.append(row)
    return saved(made)


def saved(made: Workbook) -> bytes:
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def patched(data: bytes, member: str, change: tuple[str, str] | bytes) -> bytes:
    """The archive with one member changed: a pattern replaced, or its whole content."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == member:
                content = change if isinstance(change, bytes) else re.sub(*change, content.decode()).encode()
            new.writestr(name, content)
    return out.getvalue()


def cells(data: bytes) -> list[list[str]]:
    (only,) = sheets(data, "x.xlsx")
    return only.head(100)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        (-99, "-99"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.3"),
        (47.115097045898, "47.115097045898"),
        (0.0000001, "0.0000001"),
        (0.25, "0.25"),
        ("00712", "00712"),
        ("114398765432109876", "114398765432109876"),
        ("None", "None"),
        ("N/A", "N/A"),
        ("2,5", "2,5"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("#N/A", "#N/A"),
        ("a_x000D_\nb", "a\r\nb"),
        ("_x0000_a_xD800_", "a"),
        (datetime(2026, 10, 5, 9, 15), "2026-10-05 09:15:00"),
        (datetime(2026, 10, 5, 9, 15, 0, 500000), "2026-10-05 09:15:00.500"),
        (date(2026, 10, 5), "2026-10-05"),
        (time(9, 15), "09:15:00"),
        (timedelta(hours=30, minutes=5), "30:05:00"),
        (None, ""),
    ],
)
def test_a_cell_reads_as_a_csv_export_would_hold_it(value, text) -> None:
    assert cells(book(["h", "end"], [value, "x"]))[1] == [text, "x"]


def test_a_percentage_is_its_number_and_an_error_is_named() -> None:
    made = Workbook()
    made.active.append(["share", "error"])
    made.active.append([0.125, "#DIV/0!"])
    made.active["A2"].number_format = "0.0%"
    made.active["B2"].data_type = "e"
    assert cells(saved(made))[1] == ["0.125", "#DIV/0!"]


@pytest.mark.parametrize(
    ("written", "text", "warned"),
    [
        ("114398765432109876", "114398765432109876", False),
        ("114398765432109000", "114398765432109000", True),
        ("1.14398765432109E+17", "114398765432109000", True),
        ("1.1439876543210987E+17", "114398765432109870", True),
        ("999999999999999", "999999999999999", False),
        ("1E+15", "1000000000000000", True),
    ],
)
def test_a_number_that_excel_has_rounded_is_a_finding(written, text, warned) -> None:
    data = patched(book(["name", "id"], ["a", 1], ["b", 2]), SHEET, ("<v>2</v>", f"<v>{written}</v>"))
    (only,) = sheets(data, "x.xlsx", "survey")
    assert only.head()[2] == ["b", text]
    said = [(f.severity, f.source, f.row, f.column, f.count) for f in only.findings]
    assert said == ([("warn", "survey", 3, "id", 1)] if warned else [])


@pytest.mark.parametrize(
    ("result", "text", "warned"),
    [("", "", True), ("<v></v>", "", True), ("<v>3</v>", "3", False)],
)
def test_a_formula_is_its_saved_value_and_without_one_a_finding(result, text, warned) -> None:
    data = book(["a", "b"], ["x", "=1+2"], ["y", "=1+2"])
    (only,) = sheets(patched(data, SHEET, (r"<v ?/>|<v></v>", result)), "x.xlsx")
    assert [row[1] for row in only.head()[1:]] == [text, text]
    said = [(f.row, f.column, f.count) for f in only.findings if "formula" in f.problem]
    assert said == ([(2, "b", 2)] if warned else [])


def test_a_formula_whose_result_is_an_empty_text_has_a_value() -> None:
    data = patched(book(["a", "b"], ["x", "=1+2"]), SHEET, (r'(<c r="B2")([^>]*>)', r'\1 t="str"\2'))
    assert not sheets(data, "x.xlsx")[0].findings


def test_merged_headers_hold_their_value_first_and_the_table_is_as_wide_as_its_rows() -> None:
    made = Workbook()
    for row in (["Id", "How far?"], ["", "I belong", "I give"], ["1", "4", "5"]):
        made.active.append(row)
    made.active.merge_cells("B1:C1")
    assert cells(saved(made)) == [["Id", "How far?", ""], ["", "I belong", "I give"], ["1", "4", "5"]]


def test_texts_that_cells_share_are_found_by_their_number() -> None:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    held = f'<sst {space} count="2"><si><t>00712</t></si><si><r><t>one </t></r><r><t>two</t></r></si></sst>'
    listed = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = f'<Override PartName="/xl/theme/theme1.xml" ContentType="{listed}"/></Types>'
    data = patched(book(["a", "b"], [0, 1]), SHEET, ('t="n"', 't="s"'))
    data = patched(data, "xl/theme/theme1.xml", held.encode())
    assert cells(patched(data, "[Content_Types].xml", ("</Types>", part)))[1] == ["00712", "one two"]


def test_rows_keep_their_number_and_formatted_but_empty_ones_at_the_end_are_none() -> None:
    made = Workbook()
    made.active["A1"], made.active["B4"] = "a", "x"
    made.active["C9"].number_format = "0.0"
    (only,) = sheets(saved(made), "x.xlsx")
    assert only.head() == [["a", ""], ["", ""], ["", ""], ["", "x"]]
    assert only.frame.index.tolist() == [1, 2, 3, 4]


def test_worksheets_come_in_order_and_empty_ones_are_left_out() -> None:
    found = sheets(book(["a"], ["1"], Empty=[], Further=[["b"], ["2"]]), "x.xlsx")
    assert [(one.name, one.file, len(one)) for one in found] == [
        ("Sheet", "x.xlsx", 2),
        ("Further", "x.xlsx", 2),
    ]


def test_a_download_from_sheets_is_recognised_as_its_csv_is() -> None:
    row = ["Timestamp", "How far? [I belong]", "How far? [I give]"]
    (only,) = sheets(book(row, [datetime(2026, 10, 5, 9, 15), "Agree", "None"]), "x.xlsx")
    assert google_forms.looks_so(only.head())
    assert google_forms.google_forms(only).columns["item"].tolist() == ["", "I belong", "I give"]


# --- refused -------------------------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
GOOD = book(["a", "b"], ["x", 1], ["y", 2])


def archive(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return data.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>'
# The declaration lies across the border of two pieces of the stream.
LATE = (
    b'<?xml version="1.0"?><!--'
    + Random(1).randbytes(2**19).hex().encode()[: 2**20 - 30]
    + b"-->"
    + ENTITY[21:]
)
BODY = GOOD.index(SHEET.encode()) + len(SHEET) + 40


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a,b\n1,2\n", "this is no Excel workbook"),
        (OLE, "an old Excel file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "no Excel workbook"),
        (archive(**{"xl/workbook.bin": b"x"}), "a binary workbook"),
        (archive(**{"xl/workbook.xml": b"x" * 2**23}), "packed beyond belief"),
        (archive(**{"xl/workbook.xml": b"<a/>"}), "damaged or encrypted"),
        (GOOD[: len(GOOD) // 2], "damaged or encrypted"),
        (GOOD[:BODY] + b"\xff\xff" + GOOD[BODY + 2 :], "damaged or encrypted"),
        (patched(GOOD, SHEET, ENTITY), "a DOCTYPE or entities"),
        (patched(GOOD, SHEET, ENTITY.decode().encode("utf-16")), "a DOCTYPE or entities"),
        (patched(GOOD, SHEET, LATE), "a DOCTYPE or entities"),
        (patched(GOOD, SHEET, b"<worksheet"), "damaged or encrypted"),
        (patched(GOOD, SHEET, ("<v>2</v>", '<v>x</v>')), "damaged or encrypted"),
        (patched(GOOD, SHEET, ('t="n"><v>2', 't="s"><v>99')), "damaged or encrypted"),
        (patched(GOOD, SHEET, ('row r="3"', 'row r="2"')), "stand twice, out of order"),
        (patched(GOOD, SHEET, ('row r="3"', 'row r="99999999999"')), "beyond Excel's last"),
        (patched(GOOD, SHEET, ('r="A3"', 'r="B3"')), "stand twice, out of order"),
        (patched(GOOD, SHEET, ('r="B3"', 'r="XFE3"')), "beyond Excel's last"),
        (
            patched(GOOD, SHEET, ('row r="3"(.*)r="B3"', r'row r="2000"\1r="XFD3"')),
            "spans 2000 rows and 16384 columns",
        ),
        (book(), "no worksheet with cells"),
        (book(["x"], survey=[["type", "name"], ["text", "q"]], choices=[["list_name"]]), "an XLSForm"),
        (book(["x"], survey=[["Type", "Name", "label::English"], ["text", "q", "Q"]]), "an XLSForm"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_of_responses_is_refused_with_a_remedy(data, words) -> None:
    with pytest.raises(ReadError, match=re.escape(words)) as error:
        sheets(data, "x.xlsx")
    assert error.value.file == "x.xlsx"
    assert error.value.remedy


def test_a_sheet_of_responses_may_be_called_survey() -> None:
    found = sheets(book(["x"], survey=[["id", "name"], ["1", "q"]], choices=[["a"]]), "x.xlsx")
    assert [one.name for one in found] == ["Sheet", "survey", "choices"]


def test_an_archive_with_a_password_is_refused() -> None:
    locked = bytearray(GOOD)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), GOOD):
            locked[found.start() + offset] |= 1
    with pytest.raises(ReadError, match="the archive has a password"):
        sheets(bytes(locked), "x.xlsx")


@pytest.mark.parametrize(("data", "so"), [(GOOD, True), (OLE, True), (b"PK,b\n", False), (b"", False)])
def test_a_workbook_is_known_by_its_first_bytes(data, so) -> None:
    assert looks_so(data) is so


def test_an_infinite_number_stays_text() -> None:
    assert Texts().of(float("inf"), 2, 1) == "inf"


# --- properties ----------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="_="), max_size=5)


@given(st.lists(st.lists(WORDS | st.integers(-(10**14), 10**14), min_size=3, max_size=3), max_size=5))
def test_what_was_written_is_read_back(rows) -> None:
    read = cells(book(["a", "b", "c"], *rows))
    written = [[str(cell).strip() for cell in row] for row in rows]
    while written and not any(written[-1]):
        written.pop()
    assert read[1:] == written


XML = zipfile.ZipFile(io.BytesIO(GOOD)).read(SHEET)


@given(st.integers(0, len(XML) - 1), st.binary(max_size=4), st.integers(0, 30))
def test_a_worksheet_with_changed_bytes_is_read_or_refused(at, put, cut) -> None:
    try:
        for one in sheets(patched(GOOD, SHEET, XML[:at] + put + XML[at + cut :]), "x.xlsx"):
            assert len(one) <= 3
    except KsnError as error:
        assert error.remedy


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=4), st.integers(0, 30))
def test_an_archive_with_changed_bytes_is_read_or_refused(at, put, cut) -> None:
    try:
        sheets(GOOD[:at] + put + GOOD[at + cut :], "x.xlsx")
    except KsnError as error:
        assert error.remedy


# --- samples -------------------------------------------------------------------------------------------

FORMS = [
    "attribute_columns_test", "bug_ODKValidateWarnings", "bug_duplicate_columns", "bug_xl_date_ambiguous",
    "case_insensitivity", "choice_filter_test", "or_other", "pull_data", "specify_other", "xlsform_spec_test",
]  # fmt: skip
BOOKS = [
    ("kobo/grouped_repeatable.xlsx", [(7, 4), (14, 3)]),
    ("kobo/nested_grouped_repeatable.xlsx", [(5, 3), (7, 4), (9, 5), (15, 3)]),
    ("kobo/restaurant_profile.xlsx", [(9, 9)]),
    *((f"xlsform/{name}.xlsx", None) for name in FORMS),
]


@pytest.mark.parametrize(("name", "shapes"), BOOKS)
def test_sample_workbooks(shared, name, shapes) -> None:
    path = shared / "data/exports" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    if shapes is None:
        with pytest.raises(ReadError, match="this is an XLSForm, which holds no responses"):
            sheets(path.read_bytes(), path.name)
    else:
        assert [one.frame.shape for one in sheets(path.read_bytes(), path.name)] == shapes
