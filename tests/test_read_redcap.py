"""REDCap's records and data dictionaries, and an export described by a dictionary."""

from __future__ import annotations

import pytest

from ksn_research.errors import ReadError
from ksn_research.read.dictionary import SHOWN, describe
from ksn_research.read.redcap import choices, is_dictionary, looks_so, redcap, redcap_dictionary
from ksn_research.read.sheet import Sheet, sheet
from ksn_research.read.text import text_sheet

DOWNLOADED = ["Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
              "Choices, Calculations, OR Slider Labels", "Field Note",
              "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
              "Identifier?", "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment",
              "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
              "Field Annotation"]  # fmt: skip
API = ["field_name", "form_name", "section_header", "field_type", "field_label",
       "select_choices_or_calculations", "field_note", "text_validation_type_or_show_slider_number",
       "text_validation_min", "text_validation_max", "identifier", "branching_logic", "required_field",
       "custom_alignment", "question_number", "matrix_group_name", "matrix_ranking",
       "field_annotation"]  # fmt: skip


def table(*rows: list[str]) -> Sheet:
    return sheet([list(row) for row in rows], file="x.csv")


def entry(name: str, kind: str = "text", label: str = "", offered: str = "", **more: str) -> list[str]:
    """One line of a dictionary; `more` by the API's names."""
    line = dict.fromkeys(API, "") | {"field_name": name, "form_name": "f", "field_type": kind}
    line |= {"field_label": label, "select_choices_or_calculations": offered} | more
    return [line[key] for key in API]


@pytest.mark.parametrize(
    ("header", "record", "so"),
    [
        (["record_id", "age", "form_1_complete"], ["1", "34", "2"], True),
        (["record_id", "age", "form_1_complete"], ["1", "34", "Complete"], True),
        (["name", "course_complete"], ["Ada", "yes"], False),
        (["record_id", "redcap_event_name", "age"], ["1", "baseline_arm_1", "3"], True),
        (["record_id", "why___1", "why___2"], ["1", "0", "1"], True),
        (["record_id", "why___1", "why___2"], ["1", "a", "b"], False),
        (["Record ID", "Age", "Complete?"], ["1", "34", "Complete"], True),
        (["Record ID", "Complete?"], ["1", "more or less"], False),
        (["Record ID", "form_1_complete"], ["1", "2"], False),
        (DOWNLOADED, [], True),
        (API, [], True),
        (["arm_num", "name"], ["1", "Drug A"], True),
        (["id", "name"], ["1", "Ada"], False),
    ],
)
def test_redcap_is_known_by_its_own_columns(header, record, so) -> None:
    assert looks_so([header, [*record, *[""] * (len(header) - len(record))]]) is so


def test_redcaps_own_columns_have_roles_and_its_checkboxes_a_question() -> None:
    head = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance",
            "redcap_survey_identifier", "f_timestamp", "stamp_timestamp", "why___a", "why____1", "f_complete",
            "course_complete"]  # fmt: skip
    row = ["1", "base", "f", "2", "", "[not completed]", "noon", "1", "0", "2", "yes"]
    export = redcap(table(head, row))
    assert export.columns["role"].tolist() == [
        "id", "meta", "meta", "meta", "meta", "submitted", "", "", "", "finished", "",
    ]  # fmt: skip
    assert export.columns[["group", "choice"]].to_numpy().tolist()[7:9] == [["why", "a"], ["why", "-1"]]
    assert export.frame[5].tolist() == ["[not completed]"]
    assert export.codes[9] == {"0": "Incomplete", "1": "Unverified", "2": "Complete"}


def test_labels_are_taken_apart_into_question_and_choice() -> None:
    head = ["Record ID", "Survey Timestamp", "Why (really)? (choice=To (re)learn)", "Complete?", "Odd (x)"]
    export = redcap(table(head, ["1", "[not completed]", "Checked", "Complete", ""]))
    assert export.columns[["heading", "item"]].to_numpy().tolist()[2:] == [
        ["Why (really)?", "To (re)learn"],
        ["Complete?", ""],
        ["Odd (x)", ""],
    ]
    assert export.columns["role"].tolist() == ["id", "submitted", "", "finished", ""]


@pytest.mark.parametrize(
    ("header", "words"),
    [(DOWNLOADED, "a data dictionary"), (API, "a data dictionary"), (["arm_num", "name"], "arms or events"),
     (["event_name", "arm_num", "unique_event_name"], "arms or events")],
)  # fmt: skip
def test_a_table_of_the_projects_structure_is_refused_as_records(header, words) -> None:
    with pytest.raises(ReadError, match=f"{words}.*holds no records"):
        redcap(table(header, ["x"] * len(header)))


# --- dictionaries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1, one|2, two", {"1": "one", "2": "two"}),
        ("0, No | 1, Yes, often | -9, <b>Don't know</b>", {"0": "No", "1": "Yes, often", "-9": "Don't know"}),
        ("a | a, again | ", {"a": "a"}),
        ("", {}),
    ],
)
def test_choices_are_codes_and_labels(text, expected) -> None:
    assert choices(text) == expected


def dictionary(*lines: list[str], header: list[str] = API):
    return redcap_dictionary(table(header, *lines))


@pytest.mark.parametrize(
    ("kind", "validation", "type", "decimal"),
    [
        ("text", "", "text", ""),
        ("text", "integer", "integer", ""),
        ("text", "number", "decimal", ""),
        ("text", "number_1dp", "decimal", ""),
        ("text", "number_comma_decimal", "decimal", ","),
        ("text", "number_2dp_comma_decimal", "decimal", ","),
        ("text", "date_dmy", "date", ""),
        ("text", "datetime_ymd", "text", ""),
        ("text", "email", "text", ""),
        ("notes", "", "text", ""),
        ("file", "", "text", ""),
        ("sql", "", "text", ""),
        ("slider", "number", "integer", ""),
        ("calc", "", "decimal", ""),
        ("descriptive", "", "note", ""),
        ("radio", "", "select_one", ""),
        ("checkbox", "", "select_multiple", ""),
    ],
)
def test_types_are_said_in_xlsforms_words(kind, validation, type, decimal) -> None:
    read = dictionary(entry("q", kind, text_validation_type_or_show_slider_number=validation))
    assert read.fields[["type", "decimal"]].to_numpy().tolist() == [[type, decimal]]


def test_sliders_and_sums_have_no_choices_and_yes_no_has_its_own() -> None:
    read = dictionary(
        entry("s", "slider", "", "Sad | Happy"), entry("c", "calc", "", "[a] | 2"), entry("y", "yesno"),
        entry("t", "truefalse"),
    )  # fmt: skip
    assert read.choices == {"y": {"1": "Yes", "0": "No"}, "t": {"1": "True", "0": "False"}}


def test_a_section_heads_its_fields_and_a_matrix_only_its_own() -> None:
    read = dictionary(
        entry("a", section_header="Who <i>you</i> are"),
        entry("b"),
        entry("m1", "radio", section_header="How true?", matrix_group_name="m"),
        entry("m2", "radio", matrix_group_name="m"),
        entry("c", branching_logic="[a] = '1'", required_field="y"),
        entry("d", section_header="Last"),
        entry("e", form_name="g"),
    )
    assert read.fields["heading"].tolist() == [
        "Who you are", "Who you are", "How true?", "How true?", "", "Last", "",
    ]  # fmt: skip
    assert read.fields["required"].tolist() == [False] * 4 + [True] + [False] * 2
    assert read.fields["relevant"].tolist()[4] == "[a] = '1'"


def test_na_is_empty_in_the_apis_form_and_a_word_in_the_other() -> None:
    line = entry("q", "text", "Label", section_header="NA", required_field="NA")
    assert dictionary(line).fields[["heading", "required"]].to_numpy().tolist() == [["", False]]
    assert dictionary(line, header=DOWNLOADED).fields["heading"].tolist() == ["NA"]


def test_a_mark_at_the_start_and_bad_letters_are_survived() -> None:
    read = dictionary(entry("v1", label="On the shark?\ufffd\x92"), header=["\ufefffield_name", *API[1:]])
    assert read.fields[["name", "label"]].to_numpy().tolist() == [["v1", "On the shark?\ufffd\x92"]]


@pytest.mark.parametrize(
    ("rows", "row", "words"),
    [
        ([["a", "b"], ["1", "2"]], 1, "no data dictionary"),
        ([API, entry("")[:1] + entry("q")[1:]], 2, "a field has no name"),
        ([API, [*entry("q"), "more"]], 2, "more cells than the header"),
    ],
)
def test_what_is_no_dictionary_is_refused_with_its_row(rows, row, words) -> None:
    with pytest.raises(ReadError, match=words) as error:
        redcap_dictionary(table(*rows))
    assert error.value.row == row


def test_an_empty_table_is_no_dictionary() -> None:
    assert not is_dictionary([])


# --- an export and its dictionary -----------------------------------------------------------------------

FIELDS = (
    entry("record_id"),
    entry("why", "checkbox", "Why do you come?", "A, To learn | -1, Other"),
    entry("tall", "text", "How tall?", text_validation_type_or_show_slider_number="number_comma_decimal"),
    entry("mood", "radio", "Today", "1, Low | 2, High", section_header="Mood", matrix_group_name="m"),
    entry("course_complete", "yesno", "Course done?"),
    entry("intro", "descriptive", "Welcome"),
    entry("lost", "text", "Asked elsewhere"),
)


def test_a_dictionary_fills_words_decimals_and_codes_by_name() -> None:
    head = ["record_id", "why___a", "why____1", "tall", "mood", "course_complete", "f_complete"]
    export = describe(redcap(table(head, ["1", "1", "0", "1,54", "2", "1", "2"])), dictionary(*FIELDS), "s")
    assert export.columns[["heading", "item", "group", "choice", "decimal", "role"]].to_numpy().tolist() == [
        ["record_id", "", "", "", "", "id"],
        ["Why do you come?", "To learn", "why", "A", "", ""],
        ["Why do you come?", "Other", "why", "-1", "", ""],
        ["How tall?", "", "", "", ",", ""],
        ["Mood", "Today", "", "", "", ""],
        ["Course done?", "", "", "", "", ""],
        ["f_complete", "", "", "", "", "finished"],
    ]
    assert export.codes[4] == {"1": "Low", "2": "High"}
    assert export.codes[5] == {"1": "Yes", "0": "No"}
    (found,) = export.findings
    assert (found.severity, found.source, found.column) == ("note", "s", "lost")


def test_many_fields_without_a_column_are_counted() -> None:
    fields = [entry(f"q{i}") for i in range(SHOWN + 5)]
    export = describe(redcap(table(["record_id", "f_complete"], ["1", "2"])), dictionary(*fields))
    assert [f.count for f in export.findings] == [1] * SHOWN + [5]


def test_an_export_in_words_is_described_by_words_that_fit_one_field() -> None:
    fields = (*FIELDS, entry("p", "text", "Same words"), entry("q", "text", "Same words"))
    head = ["Record ID", "Why do you come? (choice=To learn)", "Same words", "Complete?"]
    export = describe(redcap(table(head, ["1", "Checked", "x", "Complete"])), dictionary(*fields))
    assert export.columns[["group", "choice", "name"]].to_numpy().tolist()[1:3] == [
        ["why", "A", ""],
        ["", "", ""],
    ]


# --- real files -----------------------------------------------------------------------------------------

REAL = [  # rows, columns, columns with a role; fields of the dictionary, fields that the data lacks
    ("checkboxes-1", "data.csv", "dictionary.csv", (4, 13, 3), 4, 0),
    ("decimal-comma", "data.csv", "dictionay.csv", (4, 6, 2), 5, 0),
    ("decimal-comma-and-dot", "data.csv", "dictionary.csv", (4, 9, 2), 8, 0),
    ("decimal-comma-and-dot", "data.csv", "metadata.csv", (4, 9, 2), 8, 0),
    ("longitudinal", "data.csv", "dictionary.csv", (18, 125, 11), 95, 0),
    ("multilevel-model-1", "data.csv", "dictionary.csv", (220, 19, 5), 15, 0),
    ("potentially-problematic-values", "data.csv", "dictionary.csv", (2, 5, 2), 4, 0),
    ("simple", "data.csv", "dictionary.csv", (5, 24, 4), 16, 0),
    ("simple", "data.csv", "metadata.csv", (5, 24, 4), 16, 0),
    ("survey", "data.csv", "dictionary.csv", (2, 33, 9), 25, 0),
]  # fmt: skip


@pytest.mark.parametrize(("folder", "data", "fields", "shape", "count", "lost"), REAL)
def test_real_projects_are_read(shared, folder, data, fields, shape, count, lost) -> None:
    place = shared / "data" / "exports" / "redcap" / folder
    if not place.exists():
        pytest.skip(f"{folder} is not here")
    read = redcap_dictionary(text_sheet((place / fields).read_bytes(), fields, "s"))
    export = redcap(text_sheet((place / data).read_bytes(), data, "s"))
    assert (*export.frame.shape, int((export.columns["role"] != "").sum())) == shape
    described = describe(export, read)
    assert (len(read.fields), sum(f.severity == "note" for f in described.findings)) == (count, lost)


def test_the_real_decimal_comma_stands_in_its_own_fields_only(shared) -> None:
    place = shared / "data" / "exports" / "redcap" / "decimal-comma-and-dot"
    if not place.exists():
        pytest.skip("the file is not here")
    read = redcap_dictionary(text_sheet((place / "dictionary.csv").read_bytes(), "d.csv", "s"))
    assert read.fields.set_index("name")["decimal"].loc[lambda d: d == ","].index.tolist() == [
        "height_comma", "weight_comma",
    ]  # fmt: skip


def test_the_real_dictionary_with_a_mark_and_bad_bytes_is_read(shared) -> None:
    path = shared / "data" / "exports" / "redcap" / "potentially-problematic-dictionary" / "dictionary.csv"
    if not path.exists():
        pytest.skip("the file is not here")
    read = redcap_dictionary(text_sheet(path.read_bytes(), path.name, "s"))
    assert read.choices["v1"] == {"0": "No", "1": "Yes", "3": "I should find out"}


def test_a_real_empty_data_file_is_refused(shared) -> None:
    path = shared / "data" / "exports" / "redcap" / "potentially-problematic-dictionary" / "data.csv"
    if not path.exists():
        pytest.skip("the file is not here")
    with pytest.raises(ReadError, match="the file is empty"):
        text_sheet(path.read_bytes(), path.name, "s")
