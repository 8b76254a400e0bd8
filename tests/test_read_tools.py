"""Exports of Qualtrics, Google Forms and SurveyMonkey: what is recognised, and what is known of columns."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.errors import ReadError
from ksn_research.read import LAYOUTS, google_forms, qualtrics, surveymonkey
from ksn_research.read.export import Export
from ksn_research.read.markup import plain_words
from ksn_research.read.sheet import sheet
from ksn_research.read.text import text_sheet

TOOLS = {
    "qualtrics": (qualtrics.looks_so, qualtrics.qualtrics),
    "google_forms": (google_forms.looks_so, google_forms.google_forms),
    "surveymonkey": (surveymonkey.looks_so, surveymonkey.surveymonkey),
}
RECOGNISERS = {name: looks_so for name, (looks_so, _) in {**LAYOUTS, **TOOLS}.items()}


def claimed(head: list[list[str]]) -> list[str]:
    return [name for name, looks_so in RECOGNISERS.items() if looks_so(head)]


def read(*rows: list[str]) -> Export:
    """An export by whichever one tool recognises it."""
    records = sheet([list(row) for row in rows], file="x.csv")
    (name,) = claimed(records.head())
    return TOOLS[name][1](records)


def told(export: Export, *names: str) -> list[tuple[str, ...]]:
    return [tuple(line) for line in export.columns[list(names)].to_numpy().tolist()]


# --- Qualtrics -----------------------------------------------------------------------------------------


def inner(key: str, **more: str) -> str:
    return json.dumps({"ImportId": key, **more})


QUALTRICS = [
    # tag, words, JSON, then what is to be known: item, group, choice, role
    ("StartDate", "Anfangsdatum", inner("startDate", timeZone="Europe/Paris"), "", "", "", "started"),
    ("ResponseId", "Antwort-ID", inner("_recordId"), "", "", "", "id"),
    ("ExternalReference", "Externe", inner("externalDataReference"), "", "", "", "meta"),
    ("Q1_1", "Which? - Selected Choice - Peers", inner("QID1_1"), "Peers", "Q1", "1", ""),
    ("Q1_4", "Which? - Selected Choice - 18 - 24", inner("QID1_4"), "18 - 24", "Q1", "4", ""),
    ("Q1_4_TEXT", "Which? - 18 - 24 - Text", inner("QID1_4_TEXT"), "18 - 24 - Text", "Q1", "", ""),
    ("Q2", "Why - if ever?", inner("QID2_TEXT"), "", "", "", ""),
    ("Q3_1", "How far? - I belong", inner("QID3", choiceId="7"), "I belong", "Q3", "7", ""),
    ("Q3_2", "How far? - I give", inner("QID3", choiceId="8"), "I give", "Q3", "8", ""),
    ("Q4#1_1", "Both - Now - Trust", inner("QID4#1_1"), "Trust", "Q4#1", "1", ""),
    ("Q4#1_2", "Both - Now - Time", inner("QID4#1_2"), "Time", "Q4#1", "2", ""),
    ("Q5_x1", "Of those - Talks", inner("QID5_x1"), "", "Q5", "x1", ""),
    ("1_Q6_2", "Of each - Lead", inner("1_QID6_2"), "", "1_Q6", "2", ""),
    ("trust_2024", "Trust?", inner("QID9"), "", "", "", ""),
    ("Q7_NPS_GROUP", "Recommend? - Group", inner("QID7_NPS_GROUP"), "", "", "", "meta"),
    ("Q7", "Recommend?", inner("QID7"), "", "", "", ""),
    ("Q8_First Click", "Timing - First Click", inner("QID8_FIRST_CLICK"), "", "", "", "meta"),
    ("Q2 - Topics", "Q2 - Topics", inner("QID2_TEXT_eae5Topics"), "", "", "", "meta"),
    ("Q1_DO", "Which? - Display Order", inner("QID1_DO"), "", "", "", "meta"),
    ("WHAT_DO_YOU_DO", "What do you do?", inner("QID11"), "", "", "", ""),
    ("FavouriteTopics", "FavouriteTopics", inner("FavouriteTopics"), "", "", "", ""),
    ("circle", "circle", inner("circle"), "", "", "", ""),
    ("Q_Quota", "Q_Quota", inner("Q_QuotaHit"), "", "", "", "meta"),
]  # fmt: skip


def test_qualtrics_third_row_says_which_columns_belong_together_and_which_are_no_answers() -> None:
    tags, words, keys = ([line[i] for line in QUALTRICS] for i in range(3))
    export = read(tags, words, keys, ["a"] * len(tags))
    assert (export.format, export.frame.index.tolist()) == ("qualtrics", [4])
    assert export.columns["name"].tolist() == tags
    assert export.columns["heading"].tolist() == words
    assert told(export, "item", "group", "choice", "role") == [line[3:] for line in QUALTRICS]
    assert export.columns["zone"].tolist() == ["Europe/Paris", *[""] * (len(tags) - 1)]


def test_qualtrics_shared_question_of_a_single_answer_and_its_other_text() -> None:
    export = read(
        ["Q2", "Q2_5_TEXT"],
        ["Why? - Selected Choice", "Why? - Other - Text"],
        [inner("QID2"), inner("QID2_5_TEXT")],
    )
    assert told(export, "item", "group", "choice") == [("", "Q2", ""), ("Other - Text", "Q2", "")]


@pytest.mark.parametrize(
    ("rows", "headers", "roles", "headings"),
    [
        # The tool's own names stand in the second row; a question called "Status" or "Name" is none of them.
        (
            [
                ["V1", "V7", "V8", "V9", "V10", "Q1", "LocationLatitude", ""],
                ["ResponseID", "Status", "StartDate", "EndDate", "Finished", "Name", "LocationLatitude", ""],
                ["R_1", "0", "2017-07-18 08:28:09", "2017-07-18 08:28:48", "1", "Ann", "47.1", ""],
            ],
            2,
            ["id", "status", "started", "ended", "finished", "", "meta"],
            ["ResponseID", "Status", "StartDate", "EndDate", "Finished", "Name", "LocationLatitude"],
        ),
        # One row, as packages write it.
        (
            [
                [
                    "StartDate",
                    "EndDate",
                    "Finished",
                    "ResponseId",
                    "Q1_1",
                    "Q1_2",
                    "Q2",
                    "Q1_DO_1",
                    "Browser",
                ],
                ["2020-12-11 12:06:52", "2020-12-11 12:06:59", "1", "R_1", "1", "", "x", "2", "y"],
            ],
            1,
            ["started", "ended", "finished", "id", "", "", "", "meta", ""],
            ["StartDate", "EndDate", "Finished", "ResponseId", "Q1_1", "Q1_2", "Q2", "Q1_DO_1", "Browser"],
        ),
        # The third row was deleted: words stand where a time would.
        (
            [
                ["StartDate", "EndDate", "Finished", "ResponseId", "Q1"],
                ["Anfangsdatum", "Enddatum", "Beendet", "Antwort-ID", "Warum?"],
                ["2020-12-11 12:06:52", "2020-12-11 12:06:59", "1", "R_1", "1"],
            ],
            2,
            ["started", "ended", "finished", "id", ""],
            ["Anfangsdatum", "Enddatum", "Beendet", "Antwort-ID", "Warum?"],
        ),
        # The second row was deleted.
        (
            [
                ["RecordedDate", "Q1"],
                [inner("recordedDate", timeZone="UTC"), inner("QID1")],
                ["2020-12-11", "1"],
            ],
            2,
            ["submitted", ""],
            ["RecordedDate", "Q1"],
        ),
        # JSON that is none leaves the tag to speak.
        (
            [["RecordedDate", "Q1"], ["When", "Why"], ["{" * 9, inner("QID1")], ["2020-12-11", "1"]],
            3,
            ["submitted", ""],
            ["When", "Why"],
        ),
    ],
)
def test_qualtrics_forms_with_fewer_header_rows(rows, headers, roles, headings) -> None:
    export = read(*rows)
    assert export.format == "qualtrics"
    assert export.frame.index.tolist() == [headers + 1]
    assert export.columns["role"].tolist() == roles
    assert export.columns["heading"].tolist() == headings


def test_qualtrics_tags_alone_group_columns_that_differ_in_their_last_number() -> None:
    export = read(
        ["StartDate", "EndDate", "Status", "ResponseId", "Q1_1", "Q1_2", "Q2_5_TEXT", "Q2", "trust_2024"],
        ["2020-12-11 12:06:52", "", "", "R", "1", "", "", "", "4"],
    )
    assert told(export, "group", "choice")[4:] == [
        ("Q1", "1"), ("Q1", "2"), ("Q2", ""), ("Q2", ""), ("", ""),
    ]  # fmt: skip


def test_qualtrics_browser_columns_are_known_by_being_four() -> None:
    browser = ["Q3_Browser", "Q3_Version", "Q3_Operating System", "Q3_Resolution"]
    export = read(["StartDate", "EndDate", "Status", "ResponseId", *browser, "Version"], ["2020-01-01"] * 9)
    assert export.columns["role"].tolist()[4:] == ["meta"] * 4 + [""]


def test_qualtrics_trailing_column_is_kept_when_it_holds_anything() -> None:
    rows = [["Q1", ""], ["Why?", ""], [inner("QID1"), ""]]
    assert read(*rows, ["1", ""]).frame.shape == (1, 1)
    assert read(*rows, ["1", "odd"]).frame.shape == (1, 2)


# --- Google Forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "time", "so"),
    [
        ("Timestamp", "2026/09/27 3:00:00 PM GMT+3", True),
        ("Timestamp", "5/10/2026 09:15:00", True),
        ("Timestamp", "2026-10-05 09:15:00", True),
        ("Zeitstempel", "13.10.2026 10:30:00", True),
        ("タイムスタンプ", "2026/10/05 9:15:00", True),
        ("타임스탬프", "2026. 10. 5 오후 3:00:00", True),
        ("Timestamp", "", True),
        ("Timestamp", "2026-10-05T09:15:00Z", False),
        ("Timestamp", "1700000000", False),
        ("timestamp", "5/10/2026 09:15:00", False),
        ("Time", "5/10/2026 09:15:00", False),
    ],
)
def test_google_forms_is_known_by_its_first_column(heading, time, so) -> None:
    assert google_forms.looks_so([[heading, "Do you?"], [time, "Yes"]]) is so
    assert google_forms.looks_so([[heading], [time]]) is False


def test_google_grids_have_a_stem_and_a_lone_bracket_belongs_to_its_question() -> None:
    row = [
        "Timestamp", "Email Address", "How far? [I belong]", "How far? [we [all] give]",
        "Which? [all that fit]", "Same", "Same", "Sum?", "Sum? [Score]", "Sum? [Feedback]",
        "Email Address", "odd]",
    ]  # fmt: skip
    export = read(row, ["5/10/2026 09:15:00", *[""] * 11])
    assert export.format == "google_forms"
    assert told(export, "heading", "item", "role") == [
        ("Timestamp", "", "submitted"),
        ("Email Address", "", "meta"),
        ("How far?", "I belong", ""),
        ("How far?", "we [all] give", ""),
        ("Which? [all that fit]", "", ""),
        ("Same", "", ""),
        ("Same", "", ""),
        ("Sum?", "", ""),
        ("Sum?", "Score", "meta"),
        ("Sum?", "Feedback", "meta"),
        ("Email Address", "", ""),
        ("odd]", "", ""),
    ]


# --- SurveyMonkey --------------------------------------------------------------------------------------

RECORDED = ["Respondent ID", "Collector ID", "Date Created", "Date Modified", "IP Address", "Email Address"]
RECORDED_ROLES = ["id", "meta", "started", "ended", "device", "meta"]


def test_surveymonkeys_condensed_headings_are_split_where_columns_share_the_question() -> None:
    row = [
        *RECORDED, "First Name", "LastName", "Custom Data 1", "Dish?", "Dish? - Other (please specify)",
        "Age? - 18 - 24", "Age? - 25 - 34", "Peers - why?", "Part 1 - Do you?", "Part 1 - Did you?",
        "Rate - Speed - Now", "Rate - Price - Now", "First Name",
    ]  # fmt: skip
    export = read(row, ["117", *["x"] * 18])
    assert export.columns["role"].tolist() == [*RECORDED_ROLES, *["meta"] * 3, *[""] * 10]
    assert told(export, "heading", "item")[9:] == [
        ("Dish?", ""),
        ("Dish?", "Other (please specify)"),
        ("Age?", "18 - 24"),
        ("Age?", "25 - 34"),
        ("Peers - why?", ""),
        ("Part 1 - Do you?", ""),
        ("Part 1 - Did you?", ""),
        ("Rate", "Speed - Now"),
        ("Rate", "Price - Now"),
        ("First Name", ""),
    ]
    assert export.frame.index.tolist() == [2]


def test_surveymonkeys_two_rows_have_roles_before_the_first_question_only() -> None:
    export = read(
        [*RECORDED, "Lottery A: <br>50&nbsp;%?", "Tell us", "", "First Name"],
        ["", "", "", "", "", "", "Response", "Name", "E-mail", "Open-Ended Response"],
        ["117", *["x"] * 9],
    )
    assert export.columns["role"].tolist() == [*RECORDED_ROLES, "", "", "", ""]
    assert told(export, "heading", "item")[6:] == [
        ("Lottery A: 50 %?", "Response"),
        ("Tell us", "Name"),
        ("Tell us", "E-mail"),
        ("First Name", "Open-Ended Response"),
    ]


@pytest.mark.parametrize(
    ("rows", "expanded"),
    [
        ([["Respondent ID", "Was?", ""], ["", "Kollegen", "Antwort"], ["1", "", ""]], True),
        ([["Respondent ID", "Was?", "Wo?"], ["", "Kollegen", "Hier"], ["1", "", ""]], False),
        ([["RespondentID", "Was?"], ["117", "Response"]], False),
    ],
)
def test_surveymonkeys_second_row_is_known_by_words_or_by_what_it_continues(rows, expanded) -> None:
    assert surveymonkey.looks_so(rows)
    assert surveymonkey.expanded(rows) is expanded
    assert read(*rows).frame.index[0] == (3 if expanded else 2)


def test_surveymonkey_without_either_header_is_refused() -> None:
    with pytest.raises(ReadError, match="no second header row"):
        surveymonkey.surveymonkey(sheet([["a", "b"]], file="x.csv"))


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("a<br/>b<BR >c", "a b c"),
        ('<p style="x">Why&#63;</p><!-- <b> --><script>x</script>', "Why?"),
        ("R&D, Q&notes, a &lt; b", "R&D, Q&notes, a < b"),
        ("under <20 hours, <x> and a <b", "under <20 hours, <x> and a <b"),
    ],
)
def test_only_markup_is_taken_from_headings(heading, words) -> None:
    assert plain_words(heading) == words


# --- all of them ---------------------------------------------------------------------------------------

CELLS = st.sampled_from([
    "Timestamp", "Respondent ID", "StartDate", "ResponseId", "Response", "", "Q1_1", "Q1_2", "How? [a]",
    "a - b", "a - c", inner("QID1_1"), "{", "5/10/2026 09:15:00", "<br>", "_DO_" * 50, "[" * 50, " - " * 50,
])  # fmt: skip


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1)))
def test_whatever_the_cells_every_row_is_there_or_the_file_is_refused(rows) -> None:
    records = sheet([list(row) for row in rows], file="x.csv")
    for looks_so, reader in TOOLS.values():
        assert looks_so(records.head()) in (True, False)
        try:
            export = reader(records)
        except ReadError:
            continue
        headers = len(records) - len(export.frame) - export.blank
        assert headers in (1, 2, 3) or len(records) < 3
        assert len(export.columns) == export.frame.shape[1]


EXPECTED = [
    # file, format, rows, columns, columns with a role, some roles
    ("google-forms/SYNTHETIC_forms_download.csv", "google_forms", 3, 8, 2, ["submitted"]),
    ("google-forms/SYNTHETIC_sheets_download.csv", "google_forms", 2, 8, 2, ["submitted"]),
    ("qualtrics/excluder_qualtrics_numeric.csv", "qualtrics", 100, 16, 16, ["started", "id", "language"]),
    ("qualtrics/excluder_qualtrics_raw.csv", "qualtrics", 100, 16, 16, ["status", "progress", "duration"]),
    ("qualtrics/sample.csv", "qualtrics", 1, 20, 18, ["submitted", "finished", "device"]),
    ("qualtrics/sample_legacy.csv", "qualtrics", 1, 15, 13, ["id", "started", "ended", "finished"]),
    ("surveymonkey/comma-survey_comma-survey.csv", "surveymonkey", 1129, 13, 1, ["id"]),
    ("surveymonkey/steak-survey_steak-risk-survey.csv", "surveymonkey", 550, 15, 1, ["id"]),
    ("surveymonkey/thanksgiving-2015_thanksgiving-2015-poll-data.csv", "surveymonkey", 1058, 65, 1, ["id"]),
]


@pytest.mark.parametrize(("name", "format", "rows", "columns", "with_role", "roles"), EXPECTED)
def test_sample_exports(shared, name, format, rows, columns, with_role, roles) -> None:
    """Rows and header rows as the folders' READMEs give them."""
    path = shared / "data/exports" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    records = text_sheet(path.read_bytes(), path.name, "s")
    assert claimed(records.head()) == [format]
    export = TOOLS[format][1](records)
    assert (export.format, *export.frame.shape) == (format, rows, columns)
    assert (export.columns["role"] != "").sum() == with_role
    assert set(roles) <= set(export.columns["role"])


def test_thanksgivings_other_answers_stand_under_their_question(shared) -> None:
    path = shared / "data/exports/surveymonkey/thanksgiving-2015_thanksgiving-2015-poll-data.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    columns = surveymonkey.surveymonkey(text_sheet(path.read_bytes(), path.name, "s")).columns
    # In the file: 13 side dishes, 11 pies, 10 desserts; "Other" is twice in each, its tick and its text.
    assert columns["heading"].value_counts().head(3).tolist() == [13 + 2, 11 + 2, 10 + 2]
    # One programme was offered, so nothing shares its question.
    assert columns["heading"].str.endswith("Macy's Parade").sum() == 1


def test_no_sample_is_claimed_by_two_tools(shared) -> None:
    folder = shared / "data/exports"
    if not folder.exists():
        pytest.skip("there is no ../shared/data/exports")
    tables = [path for path in sorted(folder.rglob("*.csv")) if path.read_bytes().strip()]
    assert len(tables) > 50
    several = {}
    for path in tables:
        tools = claimed(text_sheet(path.read_bytes(), path.name, "s").head())
        wrong = set(tools) & set(TOOLS) and path.relative_to(folder).parts[0].replace("-", "_") not in tools
        if len(tools) > 1 or wrong:
            several[path.name] = tools
    assert not several
