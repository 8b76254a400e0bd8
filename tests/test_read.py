"""Bytes into cells of text, and what is said of a file that is not what it should be."""

from __future__ import annotations

import csv
import io

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.errors import ReadError
from ksn_research.read import read_export
from ksn_research.read.events import events
from ksn_research.read.surveymonkey import expanded as looks_so
from ksn_research.read.text import separator, text_sheet

# Any letters but control signs and halves of surrogate pairs; all that may matter to a separator or quote.
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"), max_size=6)
MARKS = st.sampled_from([",", ";", "\t", "|", '"', "\n", " ", "é", "😀", "'"])
CELL = st.lists(TEXT | MARKS, max_size=4).map("".join)
NAME = st.text("abcdefgh ÄßЖ", min_size=1, max_size=6).filter(str.strip)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header of plain names and records of anything."""
    width = draw(st.integers(1, 5))
    header = draw(st.lists(NAME, min_size=width, max_size=width))
    body = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))
    return [header, *body]


def written(table: list[list[str]], mark: str, quoting: int, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, quoting=quoting).writerows(table)
    return text.getvalue().encode(encoding)


def without_tail(table: list[list[str]]) -> list[list[str]]:
    """A table without what looks like empty lines at its end: those are no records."""
    while table[-1] == [""]:
        table = table[:-1]
    return table


@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_read_back_whatever_the_separator_and_encoding(
    table, mark, quoting, encoding
) -> None:
    read = text_sheet(written(table, mark, quoting, encoding), "x.csv", "s")
    assert read.head(len(table)) == without_tail([[cell.strip() for cell in row] for row in table])
    assert not read.findings


@given(tables(), st.sampled_from(",;\t|"))
def test_a_header_may_hold_any_separator_when_everything_is_quoted(table, mark) -> None:
    table[0] = ["".join(",;\t|"[: i + 1]) + cell for i, cell in enumerate(table[0])]
    read = text_sheet(written(table, mark, csv.QUOTE_ALL, "utf-8"), "x.csv", "s")
    assert read.head(len(table)) == without_tail([[cell.strip() for cell in row] for row in table])


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("Tea, coffee, or milk?;Why?\nTea;hot\n", ";"),
        ('"Which\nline?";b\n1;2\n', ";"),
        ("a,b,c\n1\n2\n", ","),
        ("comment\nwell, yes\n", ";"),
        ("comment\n", ","),
    ],
)
def test_the_separator_is_the_one_that_the_records_bear_out(text, mark) -> None:
    assert separator(text) == mark


def read(tmp_path, data: bytes, **options):
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    return read_export(path, "s", **options)


@pytest.mark.parametrize(
    ("data", "options", "row", "words"),
    [
        (b"", {}, None, "the file is empty"),
        (b" \n\n", {}, None, "the file is empty"),
        (b"\xef\xbb\xbf", {}, None, "the file is empty"),
        (b"\xff\xfe", {}, None, "the file is empty"),
        (b'""\n', {}, 1, "the first row is empty"),
        (b",,\n1,2,3\n", {}, 1, "the first row is empty"),
        (b"a,b\n1,2\n1,2,3\n", {}, 3, "the row has 3 cells and the header 2"),
        (b'a,b\n1,2\n3,"4\n', {}, 3, "not a proper separated-values file"),
        (b"a\x00b\x00,\x00\n\x00", {}, None, "it holds zero bytes"),
        ("é,b\n1,2\n".encode("utf-16-le"), {}, None, "it holds zero bytes"),
        (b"a,b\n\x00,1\n", {"encoding": "cp1252"}, None, "it holds zero bytes"),
        (b"\xff\xfea", {}, None, "the file is not utf-16"),
        (b"a,b\n1,\xe9\n", {"encoding": "utf-8"}, None, "the file is not utf-8"),
        (b"a,b\n", {"encoding": "latin-99"}, None, "the encoding `latin-99` is unknown"),
        (b"a,b\n", {"format": "excel"}, None, "the format `excel` is unknown"),
        (b"a,b\n", {"format": "surveymonkey"}, None, "no second header row"),
    ],
)
def test_a_file_that_is_none_is_named_with_row_and_remedy(tmp_path, data, options, row, words) -> None:
    with pytest.raises(ReadError) as error:
        read(tmp_path, data, **options)
    assert words in str(error.value)
    assert (error.value.file, error.value.row) == ("x.csv", row)
    assert error.value.remedy


@pytest.mark.parametrize("name", ["none.csv", "folder", "file/below.csv"])
def test_a_file_that_is_not_there_says_where_it_belongs(tmp_path, name) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadError, match="there is no such file; put the export at"):
        read_export(tmp_path / name, "s")


@pytest.mark.parametrize(
    ("data", "row", "column", "count"),
    [
        ("name,said\nA,yes\nB,café\nC,é\n".encode("cp1252"), 3, "said", 2),
        ("näme,said\nA,é\n".encode("cp1252"), 1, "1", 2),
        ("a,größe\nb,x\nc,é\n".encode("cp1252"), 1, "2", 2),
        (b"a,b\n1,2,\xe9\n", 2, "3", 1),
    ],
)
def test_windows_1252_is_read_with_a_warning_at_the_first_place(data, row, column, count) -> None:
    findings = text_sheet(data, "x.csv", "s").findings
    assert [(f.severity, f.row, f.column, f.count, f.answer) for f in findings] == [
        ("warn", row, column, count, "")
    ]


def test_windows_1252_letters_arrive(tmp_path) -> None:
    assert read(tmp_path, "a,b\ncafé,’\n".encode("cp1252")).frame.to_numpy().tolist() == [["café", "’"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_byte_order_mark_never_becomes_part_of_a_heading(tmp_path, encoding) -> None:
    export = read(tmp_path, "\ufeffa,b\n1,2\n".encode(encoding), encoding=encoding)
    assert export.columns["heading"].tolist() == ["a", "b"]


def test_rows_keep_their_number_in_the_file_and_blank_ones_are_counted(tmp_path) -> None:
    export = read(tmp_path, b'a,b\n1,\n,\n\n"x\ny",2\n3\n,\n\n')
    assert export.frame.index.tolist() == [2, 5, 6]
    assert export.frame.to_numpy().tolist() == [["1", ""], ["x\ny", "2"], ["3", ""]]
    assert export.blank == 3


def test_a_file_of_a_header_only_has_no_rows(tmp_path) -> None:
    export = read(tmp_path, b"a,b\n")
    assert export.frame.shape == (0, 2)


MONKEY = (
    b'Respondent ID,What helped?,,,"How do you agree?",,Say more\n'
    b",Talks,Peers,Other (please specify),I can speak,I hold back,Open-Ended Response\n"
    b"117,Talks,,,Agree,Disagree,\n"
)


def test_surveymonkeys_empty_headings_continue_the_question_on_their_left(tmp_path) -> None:
    export = read(tmp_path, MONKEY)
    assert export.format == "surveymonkey"
    assert export.columns["heading"].tolist() == [
        "Respondent ID", *["What helped?"] * 3, *["How do you agree?"] * 2, "Say more",
    ]  # fmt: skip
    assert export.columns["item"].tolist()[:3] == ["", "Talks", "Peers"]
    assert export.frame.index.tolist() == [3]


@pytest.mark.parametrize(
    ("second", "so"),
    [
        (["", "Response"], True),
        (["", "Open-Ended Response"], True),
        (["Respondent ID", "Response"], True),
        (["117", "Other (please specify)"], False),
        (["117", "Response"], False),
        (["", "Yes"], False),
        ([], False),
    ],
)
def test_an_answer_is_not_taken_for_a_second_header(second, so) -> None:
    assert looks_so([["Respondent ID", "Do you?"], second]) is so


def log(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="object")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_activity_is_read_lazily_as_text(tmp_path, suffix) -> None:
    path = tmp_path / f"log.{suffix}"
    frame = log(who=["M1", "007"], time=["2025-01-01", "soon"], action=["post", "reply"])
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    table = events(path, {"member": "who"}, 2025)
    assert isinstance(table, ibis.Table)
    read = table.execute()
    assert read[["year", "member", "time", "action"]].to_numpy().tolist() == [
        [2025, "M1", "2025-01-01", "post"],
        [2025, "007", "soon", "reply"],
    ]
    assert read[["object", "target"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("name", "data", "columns", "words"),
    [
        ("none.csv", None, {}, "there is no such file"),
        ("log.csv", b"who,time,action\n1,2,3\n", {}, "there is no column `member`"),
        ("log.csv", b"member,time,action\n1,2,3\n", {"object": "thing"}, "there is no column `thing`"),
        ("log.parquet", b"no parquet", {}, "not a proper CSV or Parquet file"),
        ("log.csv", b"", {}, "there is no column|not a proper"),
    ],
)
def test_a_log_that_is_none_is_named_without_its_lines(tmp_path, name, data, columns, words) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ReadError, match=words) as error:
        events(tmp_path / name, columns, 2025)
    assert error.value.file == name


# Records and formats as the folders' READMEs give them; the blank rows of ospo/ likewise.
REAL = [
    ("exports/surveymonkey/comma-survey_comma-survey.csv", "surveymonkey", 1129, 0),
    ("exports/surveymonkey/steak-survey_steak-risk-survey.csv", "surveymonkey", 550, 0),
    ("exports/surveymonkey/thanksgiving-2015_thanksgiving-2015-poll-data.csv", "surveymonkey", 1058, 0),
    ("ospo/2020.csv", "surveymonkey", 1026, 378),
    ("ospo/2021.csv", "surveymonkey", 1141, 5),
]


@pytest.mark.parametrize(("name", "format", "rows", "blank"), REAL)
def test_real_exports_are_read(shared, name, format, rows, blank) -> None:
    path = shared / "data" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    export = read_export(path, "s")
    assert (export.format, len(export.frame), export.blank) == (format, rows, blank)
    assert not export.findings
