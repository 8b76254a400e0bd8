"""SPSS files: values as text, what is missing, multiple-response sets, and files that are damaged."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest

from ksn_research.errors import KsnError, ReadError
from ksn_research.read import spss as module
from ksn_research.read import spss_process
from ksn_research.read.spss import duration, kind, looks_so, moment, number, spss


def save(path: Path, frame: pd.DataFrame, **options) -> Path:
    pyreadstat.write_sav(frame, str(path), **options)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    frame = pd.DataFrame(
        {
            "who": ["007", "00712 ", ""],
            "trust": [1.0, -9.0, None],
            "size": [0.1, -1000.0, 1e15],
            "seen": [pd.Timestamp("2025-03-01").date(), None, pd.Timestamp("1880-05-06").date()],
        }
    )
    return save(
        tmp_path_factory.mktemp("sav") / "made.sav",
        frame,
        column_labels=["Code", "I trust <b>them</b>", "", "Last seen"],
        variable_value_labels={"trust": {1: "No", 5: "Yes", -9: "Refused", -8: "Don't know"}},
        missing_ranges={
            "trust": [{"lo": -9, "hi": -9}, {"lo": -8, "hi": -8}],
            "size": [{"lo": -2000, "hi": -1}],
        },
    )


def test_values_are_text_as_a_person_would_write_them(made) -> None:
    export = spss(made)
    assert export.frame.to_numpy().tolist() == [
        ["007", "1", "0.1", "2025-03-01"],
        ["00712", "-9", "-1000", ""],
        ["", "", "1000000000000000", "1880-05-06"],
    ]
    assert (export.format, export.frame.index.tolist(), export.blank) == ("spss", [1, 2, 3], 0)


def test_user_missing_values_stay_and_are_named_by_their_labels(made) -> None:
    export = spss(made)
    assert export.missing == {1: {"-8": "dont_know", "-9": "refused"}, 2: {"-1000": "skipped"}}
    assert export.codes == {1: {"-9": "Refused", "-8": "Don't know", "1": "No", "5": "Yes"}}


def test_names_and_labels_become_name_and_heading(made) -> None:
    assert spss(made).columns[["name", "heading"]].to_numpy().tolist() == [
        ["who", "Code"], ["trust", "I trust them"], ["size", "size"], ["seen", "Last seen"],
    ]  # fmt: skip


def test_a_file_of_no_cases_has_columns(tmp_path) -> None:
    export = spss(save(tmp_path / "x.sav", pd.DataFrame({"a": pd.Series([], dtype="float64"), "b": []})))
    assert (export.frame.shape, export.columns["name"].tolist()) == ((0, 2), ["a", "b"])


def test_a_blank_case_is_counted(tmp_path) -> None:
    export = spss(save(tmp_path / "x.sav", pd.DataFrame({"a": [1.0, None, 2.0], "b": ["x", "", ""]})))
    assert (export.frame.index.tolist(), export.blank) == ([1, 3], 1)


def test_qualtrics_own_columns_have_roles(tmp_path) -> None:
    export = spss(
        save(tmp_path / "x.sav", pd.DataFrame({"ResponseId": ["R_1"], "Finished": [1.0], "Q1": [2.0]}))
    )
    assert export.columns["role"].tolist() == ["id", "finished", ""]


def test_batches_join_to_the_whole(tmp_path, monkeypatch) -> None:
    # One case at a time, and then more cells than a file of its size may have.
    path = save(tmp_path / "x.sav", pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "z"]}))
    monkeypatch.setattr(spss_process, "CELLS", 2)
    assert [batch.num_rows for batch in spss_process._batches(str(path), None)] == [1, 1, 1, 0]
    monkeypatch.setattr(spss_process, "MANY", 1)
    monkeypatch.setattr(spss_process, "PER_BYTE", 0)
    with pytest.raises(spss_process._BombError):
        spss_process._write(str(path), None)


# --- multiple-response sets -----------------------------------------------------------------------------


def held(sets: dict, columns: dict[str, list], **about):
    """An export of cells as the process hands them over."""
    table = pa.table({name: pa.array(cells) for name, cells in columns.items()})
    known = {"labels": [None] * len(columns), "formats": ["F8.2"] * len(columns), "values": {}, "missing": {}}
    return module._export(table, {**known, "sets": sets, "rows": table.num_rows, **about}, "x.sav", [])


def multiple(label: str, counted, *names: str) -> dict:
    return {"is_dichotomy": counted is not None, "counted_value": counted, "label": label,
            "variable_list": list(names)}  # fmt: skip


def test_sets_of_ticks_are_one_column_per_choice_whatever_value_is_counted() -> None:
    export = held(
        {"why": multiple("Why come?", 2, "w1", "w2"), "again": multiple("", 1, "w2")},
        {"w1": [1.0, 2.0, None, 9.0], "w2": [2.0, 2.0, 1.0, 1.0]},
        labels=["To learn", ""],
        values={"w1": [[1.0, "No"], [2.0, "Yes"]]},
        missing={"w1": [{"lo": 9.0, "hi": 9.0}]},
    )
    assert export.frame.to_numpy().tolist() == [["0", "1"], ["1", "1"], ["", "0"], ["9", "0"]]
    assert export.columns[["heading", "item", "group", "choice"]].to_numpy().tolist() == [
        ["Why come?", "To learn", "why", "w1"],
        ["Why come?", "w2", "why", "w2"],
    ]
    assert (export.codes, export.missing) == ({}, {0: {"9": "skipped"}})


def test_ticks_of_texts_are_counted_as_texts() -> None:
    export = held({"s": multiple("S", "Y ", "a")}, {"a": ["Y", "N", ""]})
    assert export.frame[0].tolist() == ["1", "0"]


def test_sets_of_answers_keep_their_codes() -> None:
    values = {"a1": [["x", "Ex"]], "a2": [["x", "Ex"]]}
    export = held({"c": multiple("", None, "a1", "a2")}, {"a1": ["x", "y"], "a2": ["", "x"]}, values=values)
    assert export.frame.to_numpy().tolist() == [["x", ""], ["y", "x"]]
    assert export.columns[["heading", "group", "choice"]].to_numpy().tolist() == [["c", "c", ""]] * 2
    assert export.codes == {0: {"x": "Ex"}, 1: {"x": "Ex"}}


def test_a_missing_value_in_a_column_of_dates_is_no_date() -> None:
    missing = {"d": [{"lo": -9.0, "hi": -9.0}]}
    export = held({}, {"d": [13166064000.0, -9.0]}, formats=["ADATE10"], missing=missing)
    assert (export.frame[0].tolist(), export.missing) == (["2000-01-01", "-9"], {0: {"-9": "skipped"}})


def test_a_text_may_be_missing_by_declaration() -> None:
    export = held({}, {"t": ["Z", "a"]}, formats=["A8"], missing={"t": [{"lo": "Z", "hi": "Z"}]})
    assert export.missing == {0: {"Z": "skipped"}}


def test_fewer_cases_than_the_file_promises_are_said() -> None:
    (found,) = held({}, {"a": [1.0]}, rows=3).findings
    assert (found.severity, found.count) == ("warn", 2)
    assert not held({}, {"a": [1.0]}, rows=-1).findings


# --- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (-9.0, "-9"),
        (2.5, "2.5"),
        (1e-5, "0.00001"),
        (114398765432109.0, "114398765432109"),
    ],
)
def test_a_number_has_no_needless_point_and_no_exponent(value, text) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "days", "text"),
    [
        (0.0, True, "1582-10-14"),
        (13744980610.0, False, "2018-05-06T10:10:10"),
        (13744980610.25, False, "2018-05-06T10:10:10.250000"),
        (1.9999999, False, "1582-10-14T00:00:02.000000"),
        (-1.0, True, "-1"),
        (1e300, False, number(1e300)),
        (float("inf"), True, "inf"),
    ],
)
def test_a_moment_is_iso_8601_and_no_moment_a_number(value, days, text) -> None:
    assert moment(value, days=days) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(36610.0, "10:10:10"), (0.0, "00:00:00"), (0.5, "00:00:00.5"), (90000.0, "25:00:00"),
     (-60.0, "-00:01:00"), (float("inf"), "inf")],
)  # fmt: skip
def test_a_duration_is_hours_minutes_seconds(value, text) -> None:
    assert duration(value) == text


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Refused", "refused"),
        ("REFUSAL", "refused"),
        ("Prefer not to answer", "refused"),
        ("Don’t know", "dont_know"),
        ("Does not know / DK", "dont_know"),
        ("Weiß nicht", "dont_know"),
        ("No answer", "skipped"),
        ("", "skipped"),
    ],
)
def test_a_kind_of_missing_is_named_only_where_the_label_says_so(label, expected) -> None:
    assert kind(label) == expected


# --- files that are none --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no SPSS file"),
        (b"a,b\n1,2\n", "no SPSS file"),
        (b"ENCRYPTEDSAV" + bytes(40), "encrypted"),
        (b"$FL2", "damaged or incomplete"),
        (b"$FL3" + bytes(400), "damaged or incomplete"),
    ],
)
def test_what_is_no_spss_file_is_refused(tmp_path, data, words) -> None:
    path = tmp_path / "x.sav"
    path.write_bytes(data)
    with pytest.raises(ReadError, match=words) as error:
        spss(path)
    assert (error.value.file, bool(error.value.remedy)) == ("x.sav", True)
    assert looks_so(data) is (words != "no SPSS file")


def test_a_damaged_file_never_takes_the_reader_along(made, tmp_path) -> None:
    # In about one of 300 such files the library crashes or asks for all memory: see spss_process.
    data, chance, path = made.read_bytes(), random.Random(3), tmp_path / "x.sav"
    for i in range(12):
        spoiled = bytearray(data[: chance.randrange(8, len(data))] if i % 2 else data)
        for _ in range(10 if i % 2 == 0 else 0):
            spoiled[chance.randrange(8, len(spoiled))] = chance.randrange(256)
        path.write_bytes(spoiled)
        try:
            assert len(spss(path).columns) <= 4
        except KsnError as error:
            assert error.file == "x.sav"


@pytest.mark.parametrize("status", [-11, -9, 1, spss_process.REASONS["damaged"]])
def test_a_crash_of_the_process_is_a_damaged_file(made, monkeypatch, status) -> None:
    monkeypatch.setattr(
        module.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=status, stdout=b"")
    )
    with pytest.raises(ReadError, match="damaged or incomplete"):
        spss(made)


def test_half_an_answer_of_the_process_is_a_damaged_file(made, monkeypatch) -> None:
    monkeypatch.setattr(
        module.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0, stdout=b"\xff")
    )
    with pytest.raises(ReadError, match="damaged or incomplete"):
        spss(made)


@pytest.mark.parametrize("reason", ["bomb", "memory"])
def test_a_file_that_wants_too_much_is_refused(made, monkeypatch, reason) -> None:
    status = spss_process.REASONS[reason]
    monkeypatch.setattr(
        module.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=status, stdout=b"")
    )
    with pytest.raises(ReadError, match=module.PROBLEMS[reason][0]):
        spss(made)


def test_a_file_that_takes_too_long_is_refused(made, monkeypatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0)
    with pytest.raises(ReadError, match="too long"):
        spss(made)


def test_texts_in_another_encoding_than_named_are_read_with_a_warning(made, monkeypatch) -> None:
    run, asked = module._run, []

    def twice(path, encoding):
        asked.append(encoding)
        return run(path, encoding) if encoding else ("encoding", None)

    monkeypatch.setattr(module, "_run", twice)
    (found,) = spss(made).findings
    assert (found.severity, asked) == ("warn", ["", "windows-1252"])


# --- real files -----------------------------------------------------------------------------------------

# Rows, columns, columns with codes, with missing values, with a group: by pyreadstat's metadata.
REAL = [
    ("missing_char.sav", 2, 1, 1, 1, 0),
    ("missing_test.sav", 2, 1, 1, 1, 0),
    ("ordered_category.sav", 4, 1, 1, 0, 0),
    ("sample.sav", 5, 7, 2, 0, 0),
    ("sample_missing.sav", 7, 7, 2, 3, 0),
    ("simple_alltypes.sav", 6, 12, 5, 2, 6),
    ("test_width.sav", 5, 4, 1, 0, 0),
]


@pytest.mark.parametrize(("name", "rows", "columns", "codes", "missing", "grouped"), REAL)
def test_real_files_are_read(shared, name, rows, columns, codes, missing, grouped) -> None:
    path = shared / "data" / "exports" / "spss" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    export = spss(path)
    assert (*export.frame.shape, len(export.codes), len(export.missing)) == (rows, columns, codes, missing)
    assert (export.blank, int((export.columns["group"] != "").sum()), export.findings) == (0, grouped, ())


def test_the_real_missing_values_are_those_of_its_csv(shared) -> None:
    # sample_missing_user.csv, made with SPSS: -1 and 2500 stay where plain reading would drop them.
    path = shared / "data" / "exports" / "spss" / "sample_missing.sav"
    if not path.exists():
        pytest.skip("the file is not here")
    export = spss(path)
    assert export.frame[1].tolist() == ["1.1", "1.2", "-1000.3", "-1.4", "1000.3", "-1", "2500"]
    assert export.missing[1] == {"-1": "skipped", "2500": "skipped"}
