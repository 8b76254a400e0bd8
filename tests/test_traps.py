"""The traps of survey exports, one test each: from the bytes of a raw file to typed answers and findings."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from ksn_research.errors import PlanError
from ksn_research.plan import Choice, Instrument, Question, Wave, load_study
from ksn_research.plan.instrument import load_instrument
from ksn_research.prepared import blank
from ksn_research.read import read_export
from ksn_research.score.responses import Scored, responses

YES, NO = Choice("yes", "Yes"), Choice("no", "No")
TALKS, PEERS, OTHER = Choice("talks", "Talks"), Choice("peers", "My peers"), Choice("other", "Other")
NAME = Question("name", "text", "Who?")
LADDER = (Choice("1", "No", 1.0), Choice("2", "Partly", 2.0), Choice("3", "Yes", 3.0))
AGREE = Question("agree", "select_one", "Do you agree?", LADDER)
HELPED = Question("helped", "select_multiple", "What helped?", (TALKS, PEERS))


class Reading:
    """What became of one raw file."""

    def __init__(self, made: Scored, questions: dict[str, Question]) -> None:
        self.made, self.questions = made, questions

    def __getitem__(self, name: str) -> list:
        """A question's answers, None where there is none; of a select-multiple what was taken."""
        question = self.questions[name]
        if question.type == "select_multiple":
            names = [choice.name for choice in question.choices]
            table = self.made.frame[[f"{name}/{choice}" for choice in names]]
            return [
                [n for n, taken in zip(names, row, strict=True) if taken is True]
                if pd.notna(row).any()
                else None
                for row in table.astype(object).where(table.notna(), None).to_numpy()
            ]
        return [None if pd.isna(value) else value for value in self.made.frame[name]]

    def tick(self, name: str) -> list:
        return [None if pd.isna(value) else bool(value) for value in self.made.frame[name]]

    def why(self, name: str) -> list[str]:
        return ["" if pd.isna(kind) else str(kind) for kind in self.made.missing[name]]

    def said(self, severity: str = "block") -> list[str]:
        return [str(f) for f in self.made.findings if f.severity == severity]

    def count(self, question: str, kind: str) -> int:
        return int(self.made.answers.set_index("question").loc[question, kind])


@pytest.fixture
def read(tmp_path):
    """Reads and scores a file. `how` is passed to `read_export`, `options` are the wave's."""

    def reading(
        data: bytes,
        *questions: Question,
        file: str = "x.csv",
        how: dict | None = None,
        sidecar=None,
        **options,
    ) -> Reading:
        path = tmp_path / file
        path.write_bytes(data)
        asked = {q.name: q for q in questions}
        instrument = Instrument("s", "S", asked, **(sidecar or {}))
        export = read_export(path, "s", **(how or {}))
        wave = Wave(2025, "", path, instrument, options)
        return Reading(responses(export, wave, "s", blank("people"), blank("circles")), asked)

    return reading


def lines(*rows: Sequence[str], mark: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows of cells, every cell quoted."""
    quoted = (mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return ("\r\n".join(quoted) + "\r\n").encode(encoding)


def workbook(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sav(folder: Path, columns: dict[str, list], **options) -> bytes:
    path = folder / "made.sav"
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), **options)
    return path.read_bytes()


# --- texts that parsers change -------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["None", "N/A", "NA", "null", "nan", "-", "#N/A"])
def test_words_that_parsers_take_for_nothing_are_answers(read, word) -> None:
    asked = Question("own", "select_one", "Own?", (Choice("a", word), YES))
    made = read(lines(["Who?", "Own?"], [word, word], ["x", "Yes"]), NAME, asked)
    assert (made["name"], made["own"]) == ([word, "x"], ["a", "yes"])
    assert made.said() == []


def test_leading_zeros_stay_in_a_code_and_in_a_choice(read) -> None:
    asked = (
        Question("code", "integer", "Code?"),
        Question("unit", "select_one", "Unit?", (Choice("00712", "North"),)),
    )
    data = lines(["Who?", "Code?", "Unit?"], ["00712", "007", "00712"])
    made = read(data, NAME, *asked, respondent="code")
    assert (made["name"], made["code"], made["unit"]) == (["00712"], ["007"], ["00712"])
    assert made.made.frame["member"].tolist() == ["007"]


def test_eighteen_digits_beside_a_blank_stay_as_they_are(read) -> None:
    made = read(lines(["Who?", "Do you agree?"], ["114398765432109876", "Yes"], ["", "No"]), NAME, AGREE)
    assert made["name"] == ["114398765432109876", None]


def test_digits_that_excel_lost_are_told(read) -> None:
    made = read(workbook(["Who?"], [114398765432109876], ["00712"]), NAME, file="x.xlsx")
    assert made["name"][1] == "00712"
    assert any("more than 15 digits" in line and "row 2, column Who?" in line for line in made.said("warn"))


def test_headings_that_stand_twice_are_told_apart_by_order_or_asked_about(read) -> None:
    data = lines(
        ["Timestamp", "Untitled Question", "Untitled Question"], ["2026/09/27 3:00:00 PM GMT+3", "a", "b"]
    )
    asked = Question("one", "text", "Untitled Question"), Question("two", "text", "Second")
    open_ = read(data, *asked, sidecar={"columns": {"two": "Untitled Question"}})
    assert [line.split(": ")[1].split(";")[0] for line in open_.said()] == ["2 columns could hold it"] * 2
    named = {"one": "Untitled Question #1", "two": "untitled question #2"}
    made = read(data, *asked, sidecar={"columns": named})
    assert (made["one"], made["two"], made.said()) == (["a"], ["b"], [])
    beyond = read(data, *asked, sidecar={"columns": {**named, "two": "Untitled Question #3"}})
    assert len(beyond.said()) == 1 and "column two" in beyond.said()[0]


@pytest.mark.parametrize(
    ("cell", "taken"), [("2,5", ["2", "5"]), ("25", ["25"]), ("5", ["5"]), ("2,5,25", ["2", "5", "25"])]
)
def test_two_codes_with_a_comma_are_two_answers_never_25(read, cell, taken) -> None:
    asked = Question(
        "m", "select_multiple", "Which?", tuple(Choice(n, f"Word {n}") for n in ("2", "5", "25"))
    )
    made = read(lines(["Who?", "Which?"], ["x", cell]), NAME, asked)
    assert (made["m"], made.said()) == ([taken], [])


def test_two_and_a_half_is_no_whole_number_and_is_not_rounded(read) -> None:
    asked = Question("n", "integer", "How many?")
    made = read(lines(["Who?", "How many?"], ["x", "2.5"], ["y", "2.0"]), NAME, asked)
    assert made["n"] == [None, 2.0]
    assert "row 2, column n: not a whole number" in made.said()[0] and "2.5" not in made.said()[0]
    assert (made.count("n", "read"), made.count("n", "typed"), made.count("n", "unknown")) == (2, 1, 1)


def test_a_comma_before_three_digits_is_asked_about(read) -> None:
    asked = Question("n", "decimal", "How many?")
    made = read(lines(["Who?", "How many?"], ["x", "1,000"], ["y", "1,5"]), NAME, asked)
    assert made["n"] == [None, 1.5]
    assert "row 2, column n: not a number" in made.said()[0]


def test_text_that_looks_like_a_formula_stays_text_and_is_told(read) -> None:
    said = '=HYPERLINK("http://x.example","y")'
    made = read(lines(["Who?", "Do you agree?"], [said, "Yes"]), NAME, AGREE)
    assert (made["name"], made.said()) == ([said], [])
    assert any("a spreadsheet formula" in line and "HYPERLINK" not in line for line in made.said("warn"))


# --- dates ---------------------------------------------------------------------------------------------

WHEN = Question("when", "datetime", "When?")


def test_gmt_plus_three_lies_east_of_greenwich(read) -> None:
    data = lines(["Timestamp", "Who?"], ["2026/09/27 3:00:00 PM GMT+3", "x"])
    made = read(data, WHEN, NAME, sidecar={"columns": {"when": "Timestamp"}})
    assert made["when"] == [pd.Timestamp("2026-09-27 12:00:00")]


def test_a_zone_that_is_only_named_is_asked_about(read) -> None:
    data = lines(
        ["Timestamp", "Who?"], ["2026/09/27 3:00:00 PM MDT", "x"], ["2026/09/27 3:00:00 PM GMT-6", "y"]
    )
    made = read(data, WHEN, NAME, sidecar={"columns": {"when": "Timestamp"}})
    assert made["when"] == [None, pd.Timestamp("2026-09-27 21:00:00")]
    assert "row 2, column when: a time in a zone that is only named" in made.said()[0]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["03/04/2026", "13/04/2026"], ["2026-04-03", "2026-04-13"]),
        (["03/04/2026", "04/13/2026"], ["2026-03-04", "2026-04-13"]),
        (["03/04/2026", "05/05/2026"], [None, None]),
        (["05/05/2026", "05/05/2026"], ["2026-05-05", "2026-05-05"]),
    ],
    ids=["day first", "month first", "either", "the same both ways"],
)  # fmt: skip
def test_day_and_month_are_told_apart_by_the_column_or_asked_about(read, cells, expected) -> None:
    asked = Question("day", "date", "Which day?")
    made = read(lines(["Who?", "Which day?"], *(["x", cell] for cell in cells)), NAME, asked)
    assert made["day"] == [None if day is None else pd.Timestamp(day) for day in expected]
    assert ["cannot be told apart" in line for line in made.said()] == [True] * (2 if None in expected else 0)


# --- encodings -----------------------------------------------------------------------------------------

FRENCH = "Who?,Do you agree?\r\nBjørn Œuvré,Yes\r\nx,No\r\n"


def test_mac_roman_is_read_as_declared(read) -> None:
    made = read(FRENCH.encode("mac_roman"), NAME, AGREE, how={"encoding": "mac_roman"})
    assert (made["name"][0], made.said("warn")) == ("Bjørn Œuvré", [])


def test_mac_roman_that_is_not_declared_is_told_with_its_place(read) -> None:
    made = read(FRENCH.encode("mac_roman"), NAME, AGREE)
    assert made["agree"] == ["3", "1"]
    assert "row 2, column Who?: the file is not UTF-8" in made.said("warn")[0]
    assert "mac_roman" in made.said("warn")[0]


def test_bytes_that_break_the_promise_of_a_byte_order_mark_are_told(read) -> None:
    data = b"\xef\xbb\xbf" + "Who?,Do you agree?\r\nJosé,Yes\r\n".encode() + b"Jos\xe9,Ye\xff\r\n"
    made = read(data, NAME, AGREE)
    assert made["name"] == ["José", "Jos�"]
    assert "row 3, column Who?: the file says that it is UTF-8" in made.said("warn")[0]
    # An answer that lost a letter is not guessed.
    assert "row 3, column agree: not one of the 3 allowed answers" in made.said()[0]


# --- codes for no answer -------------------------------------------------------------------------------


def test_excels_negative_code_is_never_a_number_to_average(read) -> None:
    asked = Question("hours", "decimal", "How many hours?")
    data = workbook(["Who?", "How many hours?", "Do you agree?"], ["x", -99, 3], ["y", 7.5, -99])
    open_ = read(data, NAME, asked, AGREE, file="x.xlsx")
    assert ["column hours" in open_.said()[0], "column agree" in open_.said()[1], len(open_.said())] == [
        True,
        True,
        2,
    ]
    assert "[unanswered]" in open_.said()[0]
    made = read(data, NAME, asked, AGREE, file="x.xlsx", sidecar={"unanswered": {"-99": "refused"}})
    assert (made.said(), made["hours"], made["agree"]) == ([], [None, 7.5], ["3", None])
    assert (made.why("hours"), made.why("agree")) == (["refused", ""], ["", "refused"])
    assert (made.count("hours", "read"), made.count("hours", "typed")) == (2, 2)
    assert (made.count("hours", "said_missing"), made.count("hours", "refused")) == (1, 1)


def test_a_negative_number_that_the_form_allows_is_one(read) -> None:
    asked = Question("degrees", "decimal", "How cold?", constraint=". >= -60")
    made = read(lines(["Who?", "How cold?"], ["x", "-9"]), NAME, asked)
    assert (made["degrees"], made.said()) == ([-9.0], [])


def test_a_sidecar_says_which_texts_are_no_answer(tmp_path) -> None:
    form = "| survey |\n| | type | name | label |\n| | integer | n | N |\n"
    sidecar = '[unanswered]\n-99 = "skipped"\n"-8" = "dont_know"\n[unanswered.2024]\n"-8" = "refused"\n'
    (tmp_path / "f.md").write_text(form)
    (tmp_path / "f.toml").write_text(sidecar)
    load = {y: load_instrument(tmp_path / "f.md", tmp_path / "f.toml", y).unanswered for y in (2024, 2025)}
    assert load[2025] == {"-99": "skipped", "-8": "dont_know"}
    assert load[2024] == {"-99": "skipped", "-8": "refused"}


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        ('[unanswered]\n-99 = "skiped"\n', "unanswered has the unknown kind `skiped`"),
        ('[unanswered.2024]\n-99 = "skiped"\n', "unanswered.2024 has the unknown kind"),
        ("[unanswered]\n-99 = 1\n", "unanswered.-99 must be text"),
        ('[unanswered]\n" " = "skipped"\n', "names the empty cell"),
    ],
)
def test_a_sidecar_with_another_kind_of_no_answer_is_refused(tmp_path, sidecar, words) -> None:
    (tmp_path / "f.md").write_text("| survey |\n| | type | name | label |\n| | integer | n | N |\n")
    (tmp_path / "f.toml").write_text(sidecar)
    with pytest.raises(PlanError) as error:
        load_instrument(tmp_path / "f.md", tmp_path / "f.toml", 2025)
    assert words in str(error.value) and error.value.file == "f.toml"


# --- KoboToolbox ---------------------------------------------------------------------------------------


def test_kobos_empty_cell_is_not_offered_and_its_zero_is_a_no(read) -> None:
    data = lines(
        ["name", "helped", "helped/talks", "helped/peers", "_uuid", "__version__"],
        ["a", "talks", "1", "", "u1", "v1"],
        ["b", "talks", "1", "0", "u2", "v2"],
        ["c", "", "", "", "u3", "v0"],
        ["d", "", "0", "0", "u4", "v2"],
        mark=";",
    )
    made = read(data, NAME, HELPED)
    assert made["helped"] == [["talks"], ["talks"], None, None]
    assert made.tick("helped/peers") == [None, False, None, None]
    # Nothing tells whether the last was asked to the end.
    assert made.why("helped") == ["", "", "not_offered", "stopped"]
    assert (made.said(), made.said("warn")) == ([], [])


def test_kobos_empty_cells_are_not_shown_where_branching_says_so(read) -> None:
    went = Question("went", "select_one", "Did you go?", (YES, NO))
    helped = Question("helped", "select_multiple", "What helped?", (TALKS, PEERS), relevant="${went} = 'yes'")
    head = ["name", "went", "helped", "helped/talks", "helped/peers", "_uuid"]
    rows = [["a", "yes", "talks", "1", "0", "u1"], ["b", "no", "", "", "", "u2"]]
    assert read(lines(head, *rows, mark=";"), NAME, went, helped).why("helped") == ["", "not_shown"]


def test_kobos_question_that_was_of_one_answer_in_an_earlier_version_is_not_lost(read) -> None:
    # restaurant_profile__all_versions_xml.csv of KoboToolbox's formpack (GPL-3.0) has such rows.
    data = lines(
        ["name", "helped", "helped/talks", "helped/peers", "_uuid"],
        ["old", "peers", "", "", "u1"],
        ["new", "talks peers", "1", "1", "u2"],
        ["new", "talks", "1", "0", "u3"],
        mark=";",
    )
    made = read(data, NAME, HELPED)
    assert made["helped"] == [["peers"], ["talks", "peers"], ["talks"]]
    assert (made.count("helped", "read"), made.said("warn")) == (3, [])


# --- ODK Central ---------------------------------------------------------------------------------------

CENTRAL = ["SubmissionDate", "g1-name", "g1-went", "g1-helped", "g1-helped/talks", "g1-helped/peers", "KEY"]
WENT = Question("went", "select_one", "Did you go?", (YES, NO))
IF_WENT = Question("helped", "select_multiple", "What helped?", (TALKS, PEERS), relevant="${went} = 'yes'")


def test_odks_zeros_are_no_answer_where_the_question_was_not_shown(read) -> None:
    data = lines(
        CENTRAL,
        ["2025-03-01T10:00:00.000Z", "a", "yes", "talks", "1", "0", "uuid:1"],
        ["2025-03-01T10:00:00.000Z", "b", "no", "", "0", "0", "uuid:2"],
        ["2025-03-01T10:00:00.000Z", "c", "yes", "", "0", "0", "uuid:3"],
    )
    made = read(data, NAME, WENT, IF_WENT)
    assert made["helped"] == [["talks"], None, None]
    assert made.why("helped") == ["", "not_shown", "skipped"]
    assert made.tick("helped/peers") == [False, None, None]


def test_odks_unknown_code_stands_in_the_one_cell_only_and_is_found(read) -> None:
    data = lines(
        CENTRAL,
        ["2025-03-01T10:00:00.000Z", "a", "yes", "talks sentinel", "1", "0", "uuid:1"],
        ["2025-03-01T10:00:00.000Z", "b", "yes", "sentinel", "0", "0", "uuid:2"],
    )
    made = read(data, NAME, WENT, IF_WENT)
    assert [line.split(": ")[0] for line in made.said()] == [
        "x.csv, row 2, column helped",
        "x.csv, row 3, column helped",
    ]
    assert not any("sentinel" in line for line in made.said())
    assert (made.count("helped", "unknown"), made.count("helped", "read")) == (1, 2)


# --- REDCap --------------------------------------------------------------------------------------------

DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note",'
    '"Text Validation Type OR Show Slider Number","Branching Logic (Show field only if...)"\r\n'
    "record_id,f,,text,Record,,,,\r\n"
    "spent,f,,text,How much?,,,number_2dp_comma_decimal,\r\n"
    "hours,f,,text,How long?,,,number,\r\n"
)


def test_redcaps_decimal_comma_is_one_fields_and_not_the_next_ones(read, tmp_path) -> None:
    (tmp_path / "dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
    asked = Question("spent", "decimal", "How much?"), Question("hours", "decimal", "How long?")
    data = lines(
        ["record_id", "spent", "hours", "f_complete"], ["1", "1,250", "1.5", "2"], ["2", "0,5", "1,250", "2"]
    )
    made = read(data, *asked, how={"dictionary": tmp_path / "dictionary.csv"})
    assert (made["spent"], made["hours"]) == ([1.25, 0.5], [1.5, None])
    assert [line.split(";")[0] for line in made.said()] == ["x.csv, row 3, column hours: not a number"]


def test_redcaps_checkbox_that_nobody_saw_holds_zero(read) -> None:
    data = lines(
        ["record_id", "went", "helped___talks", "helped___peers", "f_complete"],
        ["1", "no", "0", "0", "2"],
        ["2", "yes", "0", "1", "2"],
        ["3", "yes", "0", "0", "2"],
    )
    made = read(data, WENT, IF_WENT)
    assert made["helped"] == [None, ["peers"], None]
    assert made.why("helped") == ["not_shown", "", "skipped"]


def test_redcaps_not_completed_is_no_date_and_marks_the_row_unfinished(read) -> None:
    data = lines(
        ["record_id", "name", "agree", "f_timestamp", "f_complete"],
        ["1", "a", "2", "2025-03-01 10:00:00", "2"],
        ["2", "b", "", "[not completed]", "0"],
    )
    made = read(data, NAME, AGREE)
    assert (made.why("agree"), made.said()) == (["", "stopped"], [])
    left = read(data, NAME, AGREE, exclude=[{"flag": "unfinished", "reason": "not completed"}])
    assert (left["name"], left.made.account.aside["not completed"]) == (["a"], 1)


@pytest.mark.parametrize(
    ("head", "first"),
    [
        (["record_id", "redcap_event_name", "name", "agree", "f_complete"], "baseline_arm_1"),
        (["Record", "Event Name", "Who?", "Do you agree?", "Complete?"], "Baseline"),
    ],
)
def test_redcaps_events_in_one_file_ask_which_are_meant(read, head, first) -> None:
    done = "2" if head[0] == "record_id" else "Complete"
    data = lines(head, ["1", first, "a", "2", done], ["1", "later", "b", "3", done])
    open_ = read(data, NAME, AGREE)
    assert (
        len(open_.said()) == 1 and f"column {head[1]}: the file holds records of 2 kinds" in open_.said()[0]
    )
    made = read(data, NAME, AGREE, keep={head[1]: [first]})
    assert (made.said(), made["name"]) == ([], ["a"])
    assert made.made.account.aside[f"not of the kept {head[1]}"] == 1


def test_redcaps_repeating_instrument_beside_the_record_asks_which_are_meant(read) -> None:
    head = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "name", "agree", "f_complete"]
    data = lines(
        head,
        ["1", "", "", "a", "", "2"],
        ["1", "visit", "1", "", "2", "2"],
        ["1", "visit", "2", "", "3", "2"],
    )
    assert '"", "visit"' in read(data, NAME, AGREE).said()[0]
    made = read(data, NAME, AGREE, keep={"redcap_repeat_instrument": ["visit"]})
    assert (made["agree"], made.said()) == (["2", "3"], [])
    assert read(data, NAME, AGREE, keep={"redcap_repeat_instrument": [""]})["name"] == ["a"]


# --- SPSS ----------------------------------------------------------------------------------------------


def test_spss_user_missing_is_kept_apart_by_the_kind_its_label_names(read, tmp_path) -> None:
    data = sav(
        tmp_path,
        {"name": ["a", "b", "c", "d"], "agree": [1.0, -9.0, -8.0, None], "hours": [1.5, -9.0, 2.0, 3.0]},
        variable_value_labels={"agree": {1: "No", 2: "Partly", 3: "Yes", -9: "Refused", -8: "Don't know"}},
        missing_ranges={"agree": [{"lo": -9, "hi": -8}], "hours": [{"lo": -9, "hi": -9}]},
    )
    made = read(data, NAME, AGREE, Question("hours", "decimal", "hours"), file="x.sav")
    assert (made["agree"], made["hours"]) == (["1", None, None, None], [1.5, None, 2.0, 3.0])
    assert made.why("agree") == ["", "refused", "dont_know", "skipped"]
    assert made.said() == []


def test_spss_user_missing_in_the_columns_of_several_answers_is_no_answer(read, tmp_path) -> None:
    data = sav(
        tmp_path,
        {"name": ["a", "b"], "h_1": [1.0, -9.0], "h_2": [0.0, -9.0]},
        column_labels={"h_1": "What helped? - Talks", "h_2": "What helped? - My peers"},
        variable_value_labels={"h_1": {-9: "Refused"}, "h_2": {-9: "Refused"}},
        missing_ranges={"h_1": [{"lo": -9, "hi": -9}], "h_2": [{"lo": -9, "hi": -9}]},
    )
    made = read(data, NAME, HELPED, file="x.sav")
    assert (made["helped"], made.why("helped"), made.said()) == ([["talks"], None], ["", "refused"], [])
    assert (made.count("helped", "read"), made.count("helped", "said_missing")) == (2, 1)


@pytest.mark.parametrize(
    ("labels", "agree", "severity", "words"),
    [
        ({1: "Yes", 2: "Partly", 3: "No"}, ["3", "1"], "note", "2 codes mean other answers in the file"),
        (
            {1: "No", 2: "Mostly", 3: "Yes"},
            ["1", "3"],
            "block",
            "own labels of 1 codes (2) are not the form's",
        ),
    ],
    ids=["turned round", "used again"],
)
def test_spss_codes_that_mean_something_else_than_in_the_form_are_found(
    read, tmp_path, labels, agree, severity, words
) -> None:
    columns = {"name": ["a", "b"], "agree": [1.0, 3.0]}
    made = read(sav(tmp_path, columns, variable_value_labels={"agree": labels}), NAME, AGREE, file="x.sav")
    assert made["agree"] == agree
    assert [words in line for line in made.said(severity)] == [True]


def test_spss_code_without_a_label_is_the_choice_of_that_name_or_asked_about(read, tmp_path) -> None:
    columns = {"name": ["a", "b", "c"], "agree": [1.0, 2.0, 7.0]}
    data = sav(tmp_path, columns, variable_value_labels={"agree": {1: "No", 3: "Yes"}})
    made = read(data, NAME, AGREE, file="x.sav")
    assert made["agree"] == ["1", "2", None]
    assert [line.split(":")[0] for line in made.said()] == ["x.sav, row 3, column agree"]


# --- LimeSurvey ----------------------------------------------------------------------------------------

LIME = ["id", "submitdate", "lastpage", "startlanguage", "name", "helped[talks]", "helped[peers]", "agree"]


@pytest.mark.parametrize(("no", "peers"), [("", [False, None]), ("N", [False, None])], ids=["Y/empty", "Y/N"])
def test_limesurveys_no_is_empty_or_n(read, no, peers) -> None:
    date = "2025-03-01 10:00:00"
    data = lines(LIME, ["1", date, "3", "en", "a", "Y", no, "2"], ["2", date, "3", "en", "b", no, no, "2"])
    made = read(data, NAME, HELPED, AGREE)
    assert (made["helped"], made.tick("helped/peers"), made.why("helped")) == (
        [["talks"], None],
        peers,
        ["", "skipped"],
    )


def test_limesurveys_n_is_a_no_under_a_choice_called_n_too(read) -> None:
    asked = Question(
        "helped", "select_multiple", "What helped?", (Choice("n", "Nothing"), Choice("y", "Yoga"))
    )
    head = ["id", "submitdate", "lastpage", "startlanguage", "name", "helped[n]", "helped[y]"]
    date = "2025-03-01 10:00:00"
    data = lines(head, ["1", date, "3", "en", "a", "N", "Y"], ["2", date, "3", "en", "b", "Y", "N"])
    assert read(data, NAME, asked)["helped"] == [["y"], ["n"]]


def test_limesurveys_hidden_date_of_submission_is_a_finished_response(read) -> None:
    data = lines(
        LIME,
        ["1", "1980-01-01 00:00:00", "3", "en", "a", "Y", "", "2"],
        ["2", "", "1", "en", "b", "", "", ""],
    )
    made = read(data, NAME, HELPED, AGREE, exclude=[{"flag": "unfinished", "reason": "stopped"}])
    assert (made["name"], made.made.account.aside["stopped"]) == (["a"], 1)
    assert any("1980-01-01" in line for line in made.said("note"))
    whole = read(data, NAME, HELPED, AGREE)
    assert (whole.why("helped"), whole.why("agree")) == (["", "stopped"], ["", "stopped"])


def test_limesurveys_quotation_mark_before_a_formula_is_no_part_of_a_closed_answer(read) -> None:
    grow = Question("grow", "select_one", "Grow?", (Choice("a", "+ more"), Choice("b", "- less")))
    degrees = Question("degrees", "decimal", "How cold?", constraint=". > -60")
    data = lines(
        ["id", "submitdate", "lastpage", "name", "grow", "degrees"],
        ["1", "2025-03-01 10:00:00", "3", "'=x", "'+ more", "'-5"],
    )
    made = read(data, NAME, grow, degrees)
    assert (made["grow"], made["degrees"], made.said()) == (["a"], [-5.0], [])
    assert made["name"] == ["'=x"]  # an open answer stays as it was exported


# --- Qualtrics -----------------------------------------------------------------------------------------


QUALTRICS = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "Progress": ("Progress", "progress"),
    "Finished": ("Finished", "finished"),
    "ResponseId": ("Response ID", "_recordId"),
    "name": ("Who?", "QID1_TEXT"),
    "agree": ("Do you agree?", "QID2"),
    "helped_1": ("What helped? - Talks", "QID3_1"),
    "helped_2": ("What helped? - My peers", "QID3_2"),
}


def qualtrics(*rows: Sequence[str], headers: int = 3) -> bytes:
    """A status and the answers of each response, under three header rows or the first two."""
    words, ids = zip(*QUALTRICS.values(), strict=True)
    top = [list(QUALTRICS), words, [json.dumps({"ImportId": i, "timeZone": "UTC"}) for i in ids]]
    times = ["2025-03-01 10:00:00", "2025-03-01 10:09:00"]
    told = [[*times, row[0], "100", "1", f"R_{i}", *row[1:]] for i, row in enumerate(rows)]
    return lines(*top[:headers], *told)


@pytest.mark.parametrize("headers", [3, 2])
def test_qualtrics_header_rows_are_no_responses(read, headers) -> None:
    made = read(qualtrics(["0", "a", "3", "1", ""], headers=headers), NAME, AGREE, HELPED)
    assert (made["name"], made["agree"], made["helped"]) == (["a"], ["3"], [["talks"]])
    assert made.made.frame["row"].tolist() == [headers + 1]


def test_qualtrics_preview_is_used_until_a_rule_leaves_it_out_and_then_does_not_block(read) -> None:
    data = qualtrics(
        ["0", "a", "3", "1", ""], ["1", "me@x.example", "odd", "", ""], ["Survey Preview", "z", "2", "", "1"]
    )
    open_ = read(data, NAME, AGREE, HELPED)
    assert len(open_["name"]) == 3 and "column agree" in open_.said()[0]
    assert any(
        "2 of 3 responses are previews" in line and "flag preview" in line for line in open_.said("warn")
    )
    made = read(data, NAME, AGREE, HELPED, exclude=[{"flag": "preview", "reason": "test of the form"}])
    assert (made["name"], made.said(), made.said("warn")) == (["a"], [], [])
    assert made.made.account.aside["test of the form"] == 2
    assert (made.count("agree", "read"), made.count("agree", "set_aside")) == (3, 2)


def test_qualtrics_code_for_seen_but_unanswered_is_skipped(read) -> None:
    data = qualtrics(["0", "a", "-99", "-99", "-99"], ["0", "b", "2", "1", "-99"], ["0", "-99", "3", "", ""])
    assert len(read(data, NAME, AGREE, HELPED).said()) > 1
    made = read(data, NAME, AGREE, HELPED, sidecar={"unanswered": {"-99": "skipped"}})
    assert (made.said(), made["name"], made["agree"]) == ([], ["a", "b", None], [None, "2", "3"])
    assert made["helped"] == [None, ["talks"], None]
    assert (made.why("helped")[0], made.why("agree"), made.why("name")[2]) == (
        "skipped",
        ["skipped", "", ""],
        "skipped",
    )
    assert (made.count("helped", "said_missing"), made.count("helped", "read")) == (1, 2)


# --- SurveyMonkey --------------------------------------------------------------------------------------

WITH_OTHER = Question("helped", "select_multiple", "What helped?", (TALKS, PEERS, OTHER))


def test_surveymonkeys_empty_heading_continues_the_question_on_its_left(read) -> None:
    data = lines(
        ["Respondent ID", "Who?", "What helped?", "", "", "Do you agree?"],
        ["", "Open-Ended Response", "Talks", "My peers", "Other (please specify)", "Response"],
        ["118000000000000001", "a", "Talks", "", "long walks", "Yes"],
        ["118000000000000002", "b", "", "My peers", "", "No"],
    )
    made = read(data, NAME, WITH_OTHER, AGREE)
    assert made["helped"] == [["talks", "other"], ["peers"]]
    assert (made["agree"], made.said()) == (["3", "1"], [])


def test_surveymonkeys_condensed_heading_holds_question_and_choice(read) -> None:
    data = lines(
        ["RespondentID", "Who?", "What helped? - Talks", "What helped? - My peers", "Do you agree?"],
        ["118000000000000001", "a", "Talks", "", "Yes"],
        ["118000000000000002", "b", "", "My peers", "No"],
    )
    made = read(data, NAME, HELPED, AGREE)
    assert (made["helped"], made["agree"], made.said()) == ([["talks"], ["peers"]], ["3", "1"], [])


# --- Google --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", ["; ", ", ", ";"], ids=["Forms", "Sheets", "Forms without a space"])
def test_googles_choices_that_hold_commas_are_taken_whole(read, between) -> None:
    choices = (
        Choice("data", "Data"),
        Choice("equity", "Data, Equity"),
        Choice("walks", "Walks; long, slow"),
        OTHER,
    )
    asked = Question("m", "select_multiple", "Which?", choices)
    data = lines(
        ["Timestamp", "Who?", "Which?"],
        ["2026/09/27 3:00:00 PM GMT+3", "a", between.join(["Data, Equity", "Walks; long, slow"])],
        ["2026/09/27 3:01:00 PM GMT+3", "b", between.join(["Data", "Walks; long, slow"])],
        ["2026/09/27 3:02:00 PM GMT+3", "c", between.join(["Data", "tea with friends"])],
    )
    made = read(data, NAME, asked)
    assert made["m"] == [["equity", "walks"], ["data", "walks"], ["data", "other"]]
    assert made.said() == []
    assert [line.split(": ")[0] for line in made.said("warn")] == ["x.csv, row 4, column m"]
    assert not any("friends" in line for line in made.said("warn"))


# --- languages -----------------------------------------------------------------------------------------

TWO_LANGUAGES = """| survey |
| | type | name | label::English (en) | label::Español (es) |
| | text | name | Who? | ¿Quién? |
| | select_one agree | agree | Do you agree? | ¿Está de acuerdo? |
| | select_multiple help | helped | What helped? | ¿Qué ayudó? |
| choices |
| | list_name | name | label::English (en) | label::Español (es) |
| | agree | yes | Yes | Sí |
| | agree | no | No | No |
| | help | talks | Talks | Charlas |
| | help | peers | My peers, all | Mis pares, todos |
"""


@pytest.mark.parametrize(
    ("language", "label", "choice"),
    [("Español (es)", "¿Quién?", "Sí"), ("English (en)", "Who?", "Yes"), ("", "Who?", "Yes")],
)
@pytest.mark.parametrize("exported", ["English", "Español"])
def test_an_export_in_either_language_is_understood_and_the_study_picks_the_words(
    tmp_path, language, label, choice, exported
) -> None:
    (tmp_path / "f-2025.md").write_text(TWO_LANGUAGES, encoding="utf-8")
    told = f'language = "{language}"\n' if language else ""
    (tmp_path / "study.toml").write_text(
        f'[study]\ntitle = "T"\nyears = [2025]\n{told}[sources.s]\nkind = "survey"\nfile = "x.csv"\n'
        'instrument = "f-{year}.md"\n',
        encoding="utf-8",
    )
    rows = {
        "English": (["Who?", "Do you agree?", "What helped?"], ["a", "Yes", "Talks, My peers, all"]),
        "Español": (
            ["¿Quién?", "¿Está de acuerdo?", "¿Qué ayudó?"],
            ["a", "Sí", "Charlas, Mis pares, todos"],
        ),
    }
    (tmp_path / "x.csv").write_bytes(lines(*rows[exported]))
    wave = load_study(tmp_path).sources["s"].waves[0]
    assert wave.instrument is not None
    made = Reading(
        responses(read_export(wave.file, "s"), wave, "s", blank("people"), blank("circles")),
        dict(wave.instrument.questions),
    )
    assert (made["agree"], made["helped"], made.said()) == (["yes"], [["talks", "peers"]], [])
    assert wave.instrument.questions["name"].label == label
    assert wave.instrument.questions["agree"].choices[0].label == choice
