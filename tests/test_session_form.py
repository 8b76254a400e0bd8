"""The facilitator's session form and attendance sheet: what is ticked comes back, nothing is lost unsaid."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from export_writers import kobo, odk, plain, separated, workbook
from exports import said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ksn_research.cli import cli
from ksn_research.disclose.notes import gated_notes
from ksn_research.errors import Origin, PlanError, ReadError
from ksn_research.intake import prepare
from ksn_research.plan import Study, load_study
from ksn_research.plan.form import read_form
from ksn_research.plan.session_form import CircleList, session_form
from ksn_research.plan.session_sheet import DATE, GUESTS, GUIDE, NOTE, RATING, session_workbook
from ksn_research.prepared import TABLES, Prepared, blank
from ksn_research.read import read_export
from ksn_research.read.session_sheet import read_session_sheet
from ksn_research.scaffold import export_instrument
from ksn_research.score.session_exports import of_export
from ksn_research.score.session_sheets import of_sheet
from ksn_research.score.sessions import Sessions, lists_of, matched, tables
from tests.conftest import modest

SEATS = [
    ("C01", "First steps", "M001", "facilitator"),
    ("C01", "First steps", "M002", "member"),
    ("C01", "First steps", "00712", "member"),
    ("C 2", "=Books, and more", "M001", "member"),
    ("C 2", "=Books, and more", "M 4", "facilitator"),
]
CIRCLES = pd.DataFrame(
    [(2025, *seat) for seat in SEATS], columns=["year", "circle", "circle_name", "member", "role"]
).astype(TABLES["circles"])
PEOPLE = pd.DataFrame({"year": 2025, "member": ["M001", "M002", "00712", "M 4", "M9"]}).reindex(
    columns=[*TABLES["people"]]
)
PEOPLE = PEOPLE.astype(TABLES["people"])
LISTS = lists_of(CIRCLES)
FORM = session_form(LISTS)
ORIGIN = Origin("attendance", 2025, "", "x")
NOTHING = dict.fromkeys(FORM.questions)


def sent(circle: str, day: str, *came: str, **more: object) -> dict:
    """One submission, by the names of choices."""
    return {**NOTHING, "circle_code": circle, "met_on": day, "came": came or None, **more}


MEETINGS = [
    sent("C01", "2025-03-14", "M001", "M002", guests="2", rating="4", note="We spoke of trust, at last.",
         brought=("project", "nothing")),
    sent("C01", "2025-04-11", "M001", "00712"),
    sent("C_2", "2025-03-14", "M_4", rating="1"),
    sent("C_2", "2025-05-02", guests="3"),
]  # fmt: skip
CAME = [
    ("C 2-2025-03-14", "M 4", "facilitator"),
    ("C01-2025-03-14", "M001", "facilitator"),
    ("C01-2025-03-14", "M002", "current"),
    ("C01-2025-04-11", "00712", "current"),
    ("C01-2025-04-11", "M001", "facilitator"),
]


def scored(folder: Path, name: str, data: bytes, circles: pd.DataFrame = CIRCLES, **more) -> Sessions:
    path = folder / name
    path.write_bytes(data)
    made = of_export(read_export(path, "attendance"), circles, ORIGIN, **more)
    return tables(made, circles, PEOPLE, ORIGIN)


def balanced(made: Sessions) -> bool:
    """Whether every meeting and every mark was used or set aside."""
    account = made.account
    return account.read == account.used + sum(account.aside.values()) and account.used == len(
        made.attendance
    ) + len(made.notes)


def came(made: Sessions) -> list[tuple[str, str, str]]:
    return sorted(made.attendance[["event", "member", "came_as"]].itertuples(index=False, name=None))


def split_only(data: bytes, mark: str) -> bytes:
    """The export without the cells that hold all choices of a question."""
    lines = [line.split(mark) for line in data.decode().split("\n") if line]
    drop = [i for i, head in enumerate(lines[0]) if head.strip('"') in ("came", "brought")]
    kept = [[cell for i, cell in enumerate(line) if i not in drop] for line in lines]
    return "\n".join(mark.join(line) for line in kept).encode()


# --- the form ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("kobo.csv", kobo(FORM, MEETINGS)),
        ("kobo split only.csv", split_only(kobo(FORM, MEETINGS), ";")),
        ("odk.csv", odk(FORM, MEETINGS)),
        ("one cell.csv", separated([["circle_code", "met_on", "came", "guests", "brought", "rating", "note"],
                                    *([" ".join(v) if isinstance(v, tuple) else v or "" for v in
                                       (m[q] for q in FORM.questions)] for m in MEETINGS)])),
        ("labels.csv", plain(FORM, [MEETINGS[0], MEETINGS[1], *MEETINGS[3:]])),
        ("labels.xlsx", workbook(FORM, [MEETINGS[0], MEETINGS[1], *MEETINGS[3:]])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_who_was_ticked_came(tmp_path, name, data) -> None:
    made = scored(tmp_path, name, data)
    assert said(made.findings) == said(made.findings, "warn") == []
    # A code with a blank cannot be told from two codes where several labels stand in one cell.
    assert came(made) == (CAME[1:] if "labels" in name else CAME)
    first = made.notes[made.notes["event"] == "C01-2025-03-14"].iloc[0]
    assert (first["guests"], first["rating"], first["note"], first["brought"]) == (
        2, 4, "We spoke of trust, at last.", "project;nothing",
    )  # fmt: skip
    assert made.notes["guests"].sum() == 5
    assert balanced(made)
    assert list(made.notes) == [*TABLES["notes"]] and list(made.attendance) == [*TABLES["attendance"]]
    assert made.notes.dtypes.astype(str).to_dict() == TABLES["notes"]
    assert set(made.attendance["kind"]) == {"session"}


def changed(data: bytes, *pairs: tuple[str, str]) -> bytes:
    for old, new in pairs:
        assert old.encode() in data
        data = data.replace(old.encode(), new.encode(), 1)
    return data


ONE = separated(
    [["circle_code", "met_on", "came", "guests", "rating", "note"],
     ["C01", "2025-03-14", "M001 M002", "2", "4", "secret words"],
     ["C_2", "2025-03-14", "M_4", "", "", ""]], end="\n",
)  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "severity", "place", "rows", "aside"),
    [
        ((("C01,", "C99,"),), "block", (2, "circle_code"), 2, {"circle not understood, or none": 3}),
        ((("C01,", ","),), "block", (2, "circle_code"), 2, {"circle not understood, or none": 3}),
        ((("2025-03-14", "14 sec"),), "block", (2, "met_on"), 2, {"date not understood, or none": 3}),
        ((("2025-03-14", ""),), "block", (2, "met_on"), 2, {"date not understood, or none": 3}),
        ((("M002", "SEC9"),), "block", (2, "came"), 4, {"member not on the roster": 1}),
        ((("M002", "M9"),), "warn", (2, "came"), 5, {}),
        ((("M002", "M 4"),), "block", (2, "came"), 4, {"member not on the roster": 2}),
        ((("M002", "m001"),), None, None, 4, {}),
        ((("C_2", "C01"),), "block", (3, "met_on"), 3,
         {"second meeting of a circle on one date": 2}),
        ((("2025-03-14", "2024-03-14"),), "warn", (2, "met_on"), 5, {}),
        (((",2,4", ",many,4"),), "block", (2, "guests"), 5, {}),
        (((",2,4", ",2,9"),), "block", (2, "rating"), 5, {}),
        ((("M_4", ""),), "warn", (3, "came"), 4, {}),
        ((("came,", "who,"),), "block", (1, "came"), 2, {}),
        ((("met_on,", "day,"),), "block", (1, "met_on"), 0, {"date not understood, or none": 5}),
        (((",note", ",remark"),), "note", (1, "note"), 5, {}),
    ],
)  # fmt: skip
def test_bad_submissions_are_told_of_and_counted(tmp_path, pairs, severity, place, rows, aside) -> None:
    made = scored(tmp_path, "x.csv", changed(ONE, *pairs))
    own = [f for f in made.findings if f.severity == severity and severity]
    assert place is None or place in [(f.row, f.column) for f in own]
    assert bool(own) == bool(severity)
    assert made.account.used == rows
    assert {reason: n for reason, n in made.account.aside.items() if n} == aside
    assert balanced(made)
    told = " ".join(str(f) for f in made.findings)
    assert "SEC9" not in told and "secret" not in told and "14 sec" not in told
    assert all(f.remedy for f in made.findings)


def test_a_member_who_has_left_the_list_is_not_lost_from_columns_of_single_members(tmp_path) -> None:
    left = CIRCLES[CIRCLES["member"] != "00712"]
    made = scored(tmp_path, "x.csv", split_only(kobo(FORM, MEETINGS), ";"), left)
    assert [f.severity for f in made.findings] == ["warn"]  # still on the list of people
    path = tmp_path / "x.csv"
    gone = tables(
        of_export(read_export(path, "a"), left, ORIGIN), left, PEOPLE[PEOPLE["member"] != "00712"], ORIGIN
    )
    assert [(f.severity, f.row) for f in gone.findings] == [("block", 3)]
    assert gone.account.aside["member not on the roster"] == 1
    assert balanced(gone)


def test_without_a_list_of_circles_codes_are_taken_as_written(tmp_path) -> None:
    none = blank("circles")
    path = tmp_path / "x.csv"
    path.write_bytes(ONE)
    made = tables(of_export(read_export(path, "a"), none, ORIGIN), none, blank("people"), ORIGIN)
    assert said(made.findings) == []
    assert made.attendance["member"].tolist() == ["M001", "M002", "M_4"]
    assert set(made.attendance["came_as"]) == {"current"}


def test_a_question_may_be_called_otherwise(tmp_path) -> None:
    data = changed(ONE, ("came", "Present"), ("met_on", "Day"))
    made = scored(tmp_path, "x.csv", data, columns={"came": "present", "met_on": "Day"})
    assert said(made.findings) == []
    assert len(made.attendance) == 3


def test_the_form_is_one_that_pyxform_takes_and_lists_members_by_circle(tmp_path) -> None:
    path = tmp_path / "session_form.xlsx"
    export_instrument(FORM, path)
    again = read_form(path)
    assert again.warnings == () and again.recorded == {}  # no device, no clock
    assert list(again.questions) == list(FORM.questions)
    assert [c.label for c in again.questions["circle_code"].choices] == [
        "=Books, and more (C 2)",
        "First steps (C01)",
    ]
    sheet = openpyxl.load_workbook(path)["choices"]
    listed = {row[1]: row[3] for row in sheet.iter_rows(values_only=True) if row[0] == "member"}
    assert listed == {"M001": "C_2 C01", "M_4": "C_2", "M002": "C01", "00712": "C01"}
    formulas = [c for page in openpyxl.load_workbook(path) for row in page for c in row if c.data_type == "f"]
    assert formulas == []


def test_codes_alike_but_for_blanks_make_no_form() -> None:
    with pytest.raises(PlanError, match="1 member codes are the same"):
        session_form([CircleList("C1", "", (("M 1", ""), ("M_1", "")))])


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("M1", "M1"),
        (" m1", "M1"),
        ("M_2", "M 2"),
        ("Ｍ1", "M1"),
        ("a", "a"),
        ("A", "A"),
        ("M3", None),
        ("", None),
    ],
)
def test_codes_are_matched_but_never_guessed(code, found) -> None:
    made = matched(pd.Series([code], dtype="str"), ["M1", "M 2", "a", "A"])
    assert (None if made.isna().iloc[0] else made.iloc[0]) == found


# --- the sheet -----------------------------------------------------------------------------------------

LABELS = {"date": DATE, "guests": GUESTS, "rating": RATING, "note": NOTE}


def rows_of(page) -> dict[str, int]:
    return {
        str(page.cell(row, 1).value): row for row in range(page.max_row, 0, -1) if page.cell(row, 1).value
    }


def filled(lists=LISTS, *cells: tuple[str, str, int, object]) -> bytes:
    """The workbook with cells filled: sheet, line (short for its label, or a member code), column, value."""
    book = openpyxl.load_workbook(io.BytesIO(session_workbook(lists, 2025)))
    for sheet, line, column, value in cells:
        page = book[sheet]
        row = int(line[1:]) if line.startswith("#") else rows_of(page)[LABELS.get(line, line)]
        page.cell(row, column).value = value  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def from_sheet(folder: Path, data: bytes, circles=CIRCLES, people=PEOPLE, known=()) -> Sessions:
    path = folder / "sheet.xlsx"
    path.write_bytes(data)
    return tables(of_sheet(read_session_sheet(path, "a"), circles, ORIGIN), circles, people, ORIGIN, known)


DAY = datetime.date(2025, 3, 14)
WELL = (
    ("C01", "date", 3, DAY), ("C01", "M001", 3, "x"), ("C01", "00712", 3, "X "), ("C01", "guests", 3, 2),
    ("C01", "rating", 3, 5), ("C01", "note", 3, "=A quiet one."), ("C01", "date", 5, "2025-04-11"),
    ("C01", "M002", 5, "x"), ("C 2", "date", 3, DAY), ("C 2", "M 4", 3, "x"),
)  # fmt: skip


def test_an_x_is_somebody_who_came(tmp_path) -> None:
    data = filled(LISTS, *WELL[:5], *WELL[6:])
    made = from_sheet(tmp_path, data)
    assert made.findings == []
    assert came(made) == [
        ("C 2-2025-03-14", "M 4", "facilitator"),
        ("C01-2025-03-14", "00712", "current"),
        ("C01-2025-03-14", "M001", "facilitator"),
        ("C01-2025-04-11", "M002", "current"),
    ]
    assert made.notes["guests"].tolist() == [pd.NA, 2, pd.NA]
    assert made.account.used == 7 and balanced(made)


@pytest.mark.parametrize(
    ("cells", "severity", "place", "used", "aside"),
    [
        ([("C01", "#1", 2, "C99")], "block", (2, "C of sheet C01"), 2,
         {"circle not on the list of circles": 5}),
        ([("C01", "#1", 2, None)], "block", (1, "B of sheet C01"), 2, {"no circle": 5}),
        ([("C01", "date", 3, "spring")], "block", (2, "C of sheet C01"), 4, {"date not understood": 3}),
        ([("C01", "date", 3, 45000)], "warn", (2, "C of sheet C01"), 7, {}),  # 15 March 2023, by its format
        ([("C01", "date", 3, None)], "block", (None, "C of sheet C01"), 4, {"no date": 3}),
        ([("C01", "date", 5, DAY)], "block", (2, "E of sheet C01"), 5,
         {"second meeting of a circle on one date": 2}),
        ([("C01", "M002", 3, "ill")], "block", (6, "C of sheet C01"), 7, {"mark not understood": 1}),
        ([("C01", "#7", 3, "x")], "block", (7, "C of sheet C01"), 7, {"no member code": 1}),
        ([("C01", "#7", 1, "M77"), ("C01", "#7", 3, "x")], "block", (7, "C of sheet C01"), 7,
         {"member not on the roster": 1}),
        ([("C01", "#7", 1, "m002"), ("C01", "#7", 3, "x")], "block", (7, "A of sheet C01"), 7,
         {"second line of a member": 1}),
        ([("C01", "#7", 1, "M9"), ("C01", "#7", 3, "x")], "warn", (7, "C of sheet C01"), 8, {}),
        ([("C01", "#3", 4, "x")], "block", (3, "D of sheet C01"), 7, {}),
        ([("C01", "guests", 3, "some")], "block", (10, "C of sheet C01"), 7, {}),
        ([("C01", "rating", 3, 6)], "block", (11, "C of sheet C01"), 7, {}),
        ([("C01", "date", 6, "2025-06-13")], "note", (2, "F of sheet C01"), 7,
         {"nothing entered for the date": 1}),
        ([("C01", "date", 5, "2026-04-11")], "warn", (2, "E of sheet C01"), 7, {}),
        ([("C 2", "M 4", 3, None), ("C 2", "date", 3, None)], "note", (None, "A of sheet C 2"), 5, {}),
        ([(GUIDE, "#1", 1, "Guide")], None, None, 7, {}),
        ([("C01", "#2", 1, "When")], "block", (None, "A of sheet C01"), 2, {"no date": 7}),
    ],
)  # fmt: skip
def test_what_does_not_belong_is_told_of_and_counted(tmp_path, cells, severity, place, used, aside) -> None:
    made = from_sheet(tmp_path, filled(LISTS, *WELL[:5], *WELL[6:], *cells))
    own = [f for f in made.findings if f.severity == severity and severity]
    assert place is None or place in [(f.row, f.column) for f in own]
    assert bool(own) == bool(severity)
    assert made.account.used == used
    assert {reason: n for reason, n in made.account.aside.items() if n} == aside
    assert balanced(made)
    told = " ".join(str(f) for f in made.findings)
    assert not {"spring", "ill", "M77", "C99", "some"} & set(told.replace(",", " ").split())


def test_a_meeting_that_another_file_told_of_is_not_counted_again(tmp_path) -> None:
    made = from_sheet(tmp_path, filled(LISTS, *WELL[:5]), known={"C01-2025-03-14"})
    assert len(made.attendance) == len(made.notes) == 0
    assert [f.severity for f in made.findings if f.row == 2] == ["block"]
    assert balanced(made)


def test_a_sheet_of_a_circle_that_is_not_known_to_the_plan_may_stand_twice_under_two_days(tmp_path) -> None:
    """Without a roster the template has empty lines; codes are taken as they are written."""
    cells = [("My circle", "#1", 2, "K"), ("My circle", "date", 3, DAY), ("My circle", "#4", 1, "00712"),
             ("My circle", "#4", 3, "x")]  # fmt: skip
    made = from_sheet(tmp_path, filled((), *cells), blank("circles"), blank("people"))
    assert made.findings == []
    assert came(made) == [("K-2025-03-14", "00712", "current")]


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"PK\x03\x04 no workbook", "damaged"),
        (b"a,b\n", "no Excel workbook"),
        (workbook(FORM, MEETINGS), "no sheet has `Circle` in its first cell"),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path, data, match) -> None:
    (tmp_path / "x.xlsx").write_bytes(data)
    with pytest.raises(ReadError, match=match):
        read_session_sheet(tmp_path / "x.xlsx")


def test_the_workbook_computes_nothing_and_locks_all_but_what_is_filled_in() -> None:
    lists = (CircleList("=1+1", "@SUM(A1)", (("-M1", "+x"), ("=cmd|' /C calc'!A0", "member"))),)
    data = session_workbook(lists, 2025)
    assert data == session_workbook(lists, 2025)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)
    book = openpyxl.load_workbook(io.BytesIO(data))
    page = book[book.sheetnames[1]]
    odd = [c for row in page for c in row if isinstance(c.value, str) and c.value[0] in "=+-@"]
    assert len(odd) == 5 and all(c.data_type == "s" and c.quotePrefix for c in odd)
    assert all(p.protection.sheet for p in book)
    rows = rows_of(page)
    closed = [page.cell(1, 1), page.cell(1, 2), page.cell(rows["-M1"], 1), page.cell(rows["-M1"], 2)]
    assert all(c.protection.locked for c in closed)
    assert not any(page.cell(row, 3).protection.locked for row in (2, *range(4, rows[NOTE] + 1)))
    assert {rule.type for rule in page.data_validations.dataValidation} >= {"date", "list", "whole"}


@pytest.mark.parametrize("circle", ["a/b:c*[d]?", "x" * 40, "history", "Read me", "'", "C1"])
def test_any_circle_has_a_page(circle) -> None:
    lists = [CircleList(circle, "", (("M1", ""),)), CircleList(circle + "é", "", (("M1", ""),))]
    book = openpyxl.load_workbook(io.BytesIO(session_workbook(lists)))
    assert [book[name]["B1"].value for name in book.sheetnames[1:]] == [circle, circle + "é"]


FAST = settings(max_examples=modest(8, 15), deadline=None, suppress_health_check=list(HealthCheck))
DAYS = st.lists(st.dates(datetime.date(2025, 1, 1), datetime.date(2025, 12, 31)), max_size=4, unique=True)


@FAST
@given(data=st.data())
def test_a_filled_sheet_reads_as_it_was_filled(tmp_path, data) -> None:
    cells: list[tuple[str, str, int, object]] = []
    wanted, guests, notes = set(), 0, 0
    for one in LISTS:
        for column, day in enumerate(data.draw(DAYS), start=3):
            there = data.draw(st.sets(st.sampled_from([code for code, _ in one.members]), min_size=1))
            number = data.draw(st.none() | st.integers(0, 500))
            words = data.draw(st.none() | st.text("abc =+é\n'\"", min_size=1).filter(str.strip))
            written = data.draw(
                st.sampled_from([day, day.isoformat(), datetime.datetime(day.year, day.month, day.day)])
            )
            cells += [(one.circle, "date", column, written), *((one.circle, m, column, "x") for m in there)]
            cells += [
                (one.circle, "guests", column, number),
                (one.circle, "rating", column, None if number is None else number % 5 + 1),
            ]
            # Words are put in as words: a formula that somebody typed would be read by its saved value.
            cells += [(one.circle, "note", column, (words and words.lstrip("= \n").strip()) or None)]
            wanted |= {(f"{one.circle}-{day}", code) for code in there}
            guests, notes = guests + (number or 0), notes + 1
    made = from_sheet(tmp_path, filled(LISTS, *cells))
    assert said(made.findings) == said(made.findings, "warn") == []
    assert set(made.attendance[["event", "member"]].itertuples(index=False, name=None)) == wanted
    assert (len(made.attendance), len(made.notes)) == (len(wanted), notes)
    assert made.notes["guests"].sum() == guests
    assert balanced(made)


# --- a study -------------------------------------------------------------------------------------------

PLAN = """
[study]
title = "T"
years = [2025]
[sources.people]
kind = "people"
file = "people.csv"
[sources.circles]
kind = "circles"
file = "circles.csv"
[sources.attendance]
kind = "attendance"
file = "session_sheet.xlsx"
format = "session_sheet"
[sources.form]
kind = "attendance"
file = "kobo.csv"
format = "session_form"
"""


def study(folder: Path) -> Study:
    (folder / "study.toml").write_text(PLAN, encoding="utf-8")
    PEOPLE[["member"]].assign(name=["Ann Quill", "Bo Finch", "Cy Heron", "Di Wren", "Ed Rook"]).to_csv(
        folder / "people.csv", index=False
    )
    CIRCLES[["circle", "circle_name", "member", "role"]].to_csv(folder / "circles.csv", index=False)
    (folder / "session_sheet.xlsx").write_bytes(filled(LISTS, *WELL[:5], *WELL[8:]))
    (folder / "kobo.csv").write_bytes(kobo(FORM, MEETINGS[1:2] + MEETINGS[3:]))
    return load_study(folder)


def test_sheet_and_form_give_one_table_of_attendance(tmp_path) -> None:
    made = prepare(study(tmp_path), 2025)
    assert said(list(made.findings)) == []
    assert sorted(made.notes["event"]) == [
        "C 2-2025-03-14", "C 2-2025-05-02", "C01-2025-03-14", "C01-2025-04-11",
    ]  # fmt: skip
    assert len(made.attendance) == 5
    held = made.accounts.set_index("source").loc[["attendance", "form"]]
    assert (held["read"] == held["used"]).all()


def test_a_meeting_in_both_files_stops_the_run(tmp_path) -> None:
    plan = study(tmp_path)
    (tmp_path / "kobo.csv").write_bytes(kobo(FORM, MEETINGS))
    made = prepare(plan, 2025)
    assert len([f for f in made.findings if f.severity == "block"]) == 2  # both circles met on 14 March
    assert not made.attendance.duplicated(["event", "member"]).any()


def test_the_command_writes_both_and_they_read_back(tmp_path) -> None:
    plan = study(tmp_path)
    done = CliRunner().invoke(
        cli, ["instrument", "session-form", str(plan.folder), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.output
    assert "2 circles, 4 members" in done.output
    assert read_form(tmp_path / "out" / "session_form.xlsx").questions["came"].type == "select_multiple"
    assert read_session_sheet(tmp_path / "out" / "session_sheet.xlsx").cells.empty
    names = [path.read_bytes() for path in (tmp_path / "out").iterdir()]
    assert not any(b"Quill" in zipfile.ZipFile(io.BytesIO(d)).read(n) for d in names
                   for n in zipfile.ZipFile(io.BytesIO(d)).namelist())  # fmt: skip


@pytest.mark.parametrize(
    ("told", "code", "output"),
    [
        (["--circle", "C01"], 0, "1 circles, 3 members"),
        (["--circle", "C7"], 1, "no circle `C7`"),
        (["--year", "2024"], 0, "no list of circles: empty lines"),
    ],
)
def test_a_circle_gets_its_own_and_a_year_without_a_list_empty_lines(tmp_path, told, code, output) -> None:
    plan = study(tmp_path)
    command = ["instrument", "session-form", str(plan.folder), "--out", str(tmp_path / "out"), *told]
    done = CliRunner().invoke(cli, command)
    assert (done.exit_code != 0) == bool(code)
    assert output in (done.output + str(done.exception or ""))
    if not code:
        book = openpyxl.load_workbook(tmp_path / "out" / "session_sheet.xlsx")
        assert book.sheetnames[1:] == (["C01"] if "--circle" in told else ["My circle"])


def test_the_example_of_the_manual_is_one(tmp_path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "sessions.md").read_text(encoding="utf-8")
    block = text.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "study.toml").write_text('[study]\ntitle = "T"\nyears = [2026]\n' + block, encoding="utf-8")
    sources = load_study(tmp_path).sources
    assert [one.options["format"] for one in sources.values()] == [
        "session_sheet",
        "session_form",
        "session_sheet",
    ]
    assert [wave.file.name for wave in sources["session_files"].waves] == ["C01.xlsx", "C02.xlsx"]
    assert [name for name in (*FORM.questions, DATE, GUESTS) if name not in text] == []


# --- notes ---------------------------------------------------------------------------------------------


def noted(plan: Study, *notes: str | None) -> Prepared:
    days = [datetime.datetime(2025, 3, i) for i in range(1, len(notes) + 1)]
    frame = pd.DataFrame({"year": 2025, "circle": "C01", "date": days, "note": notes}).reindex(
        columns=[*TABLES["notes"]]
    )
    people = pd.concat([PEOPLE, PEOPLE.assign(member="M" + PEOPLE["member"])], ignore_index=True)
    people = people.assign(
        name=["Ann Quill", "Bo Finch", "Cy Heron", "Di Wren", "Ed Rook"] * 2, role="mentor"
    )
    people.loc[people["member"] == "M002", "role"] = "librarian"
    organisations = pd.DataFrame({"year": [2025], "organisation": ["O1"], "name": ["Arbor Tool Works"]})
    organisations = organisations.reindex(columns=[*TABLES["organisations"]])
    return Prepared(plan, 2025, {}, notes=frame.astype(TABLES["notes"]), people=people, circles=CIRCLES,
                    organisations=organisations.astype(TABLES["organisations"]))  # fmt: skip


@pytest.mark.parametrize(
    ("note", "refused"),
    [
        ("We spoke of trust and it went well.", ""),
        ("We call ourselves First Steps.", ""),
        ("Ann said nothing today.", "name of a person"),
        ("quill was late", "name of a person"),
        ("M002 was late", "name of a person"),
        ("Arbor Tool Works hosted us.", "name of an organisation"),
        ("Write to ann@arbor.org", "e-mail address"),
        ("We then called Zebediah.", "capitalised term nobody has cleared"),
        ("The librarian was unhappy with the others.", "unique combination"),
    ],
)
def test_a_note_that_leads_to_somebody_is_not_shown(tmp_path, note, refused) -> None:
    made = gated_notes(noted(study(tmp_path), note)).iloc[0]
    assert refused in made["refused"] and bool(made["refused"]) == bool(refused)
    assert made["note"] == ("" if refused else note)


def test_only_notes_are_judged_and_each_keeps_its_meeting(tmp_path) -> None:
    made = gated_notes(noted(study(tmp_path), None, "  ", "It went  well.", "Bo came."))
    assert made["note"].tolist() == ["It went well.", ""]
    assert made["date"].dt.day.tolist() == [3, 4]
    assert gated_notes(noted(study(tmp_path))).empty
