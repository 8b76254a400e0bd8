"""KoboToolbox's and ODK Central's tables: what is recognised, what is said of the columns, repeats."""

from __future__ import annotations

import pytest

from ksn_research.errors import ReadError
from ksn_research.read.kobo import kobo
from ksn_research.read.kobo import looks_so as looks_kobo
from ksn_research.read.odk import looks_so as looks_odk
from ksn_research.read.odk import odk
from ksn_research.read.repeats import join_parent, with_parents
from ksn_research.read.sheet import Sheet, sheet
from ksn_research.read.text import text_sheet

CENTRAL = ["KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status",
           "ReviewState", "DeviceID", "Edits", "FormVersion"]  # fmt: skip


def table(*rows: list[str], name: str = "") -> Sheet:
    return sheet([list(row) for row in rows], file="x.csv", name=name)


def told(export, *names: str) -> list[list[str]]:
    return export.columns[list(names)].to_numpy().tolist()


@pytest.mark.parametrize(
    ("header", "record", "so"),
    [
        (["name", "_uuid"], ["a", "b"], True),
        (["name", "_submission_time"], ["a", "b"], True),
        (["name", "__version__"], ["a", "v1"], True),
        (["name", "_version___001"], ["a", "v1"], True),
        (["egg", "_parent_table_name", "_parent_index"], ["a", "t", "1"], True),
        (["where", "_where_latitude", "_where_longitude"], ["1 2", "1", "2"], True),
        (["q", "q/a", "q/b"], ["a", "1", "0"], True),
        (["q/a", "q/b"], ["yes", "no"], True),
        (["What?", "What?/An apple", "What?/A pear"], ["A pear", "", ""], True),
        (["What?/An apple", "What?/A pear"], ["0", "1"], True),
        (["What?/An apple", "What?/A pear"], ["", ""], False),
        (["Do you swim/run?", "Do you swim/row?"], ["Yes", "No"], False),
        (["in/out of town? [x]", "in/out of town? [y]"], ["1", "0"], False),
        (["q/a", "r/b"], ["1", "0"], False),
        (["01/02", "01/03"], ["4", "5"], False),
        (["_id", "name"], ["a", "b"], False),
        (["q", "q/a", "q/b", "SubmissionDate", "KEY"], ["", "0", "0", "", "k"], False),
    ],
)
def test_kobo_is_known_by_its_own_columns_or_by_split_choices(header, record, so) -> None:
    assert looks_kobo([header, record]) is so


def test_kobos_own_columns_have_roles_and_utc() -> None:
    head = ["start", "end", "today", "deviceid", "name", "_id", "_uuid", "_submission_time",
            "_validation_status", "__version__", "meta/instanceName", "_submitted_by"]  # fmt: skip
    row = ["2025-01-02T10:00:00.000+03:00", "2025-01-02T10:09:00.000+03:00", "2025-01-02", "d", "Ada", "7",
           "u-7", "2025-01-02T07:10:00", "Approved", "v2", "x", "me"]  # fmt: skip
    export = kobo(table(head, row))
    assert export.columns["role"].tolist() == [
        "started", "ended", "meta", "device", "", "meta", "id", "submitted", "status", "version",
        "meta", "meta",
    ]  # fmt: skip
    assert export.columns["zone"].tolist() == ["UTC" if h == "_submission_time" else "" for h in head]


def test_a_question_named_start_that_holds_no_moment_is_a_question() -> None:
    assert kobo(table(["start", "_uuid"], ["at home", "u"])).columns["role"].tolist() == ["", "id"]


def test_empty_and_zero_stay_apart_in_a_choice_of_another_version() -> None:
    # Measured on formpack's `favorite_coffee`: British was offered from the second version on.
    export = kobo(table(["q", "q/fr", "q/br"], ["fr", "1", ""], ["fr", "1", "0"], ["br", "0", "1"]))
    assert export.frame[2].tolist() == ["", "0", "1"]
    assert told(export, "name", "group", "choice") == [
        ["q", "", ""],
        ["q/fr", "q", "fr"],
        ["q/br", "q", "br"],
    ]


@pytest.mark.parametrize(
    ("header", "record", "expected"),
    [
        (["g/age", "g/q", "g/q/a"], ["4", "a", "1"], [["age", ""], ["q", ""], ["q/a", "q"]]),
        (["g/name", "h/name", "_uuid"], ["x", "y", "u"], [["g/name", ""], ["h/name", ""], ["_uuid", ""]]),
        (["g/q/a", "g/q/b"], ["1", "0"], [["a", "q"], ["b", "q"]]),
        (["g/q/a", "g/q/b"], ["3", "0"], [["a", ""], ["b", ""]]),
        (["g/q", "g/q/a", "h/q", "h/q/a"], ["a", "1", "a", "1"],
         [["g/q", ""], ["g/q/a", "g/q"], ["h/q", ""], ["h/q/a", "h/q"]]),
    ],
)  # fmt: skip
def test_xml_names_lose_their_groups_unless_two_questions_would_share_them(header, record, expected) -> None:
    assert told(kobo(table(header, record)), "name", "group") == expected


def test_labels_give_words_of_question_and_choice_and_no_codes() -> None:
    head = [
        "start",
        "Body/Which shape?",
        "Body/Which shape?/Round or oval",
        "Body/How many parts?",
        "role/post?",
    ]
    export = kobo(table(head, ["", "Round or oval", "1", "4", "x"]))
    assert told(export, "heading", "item", "choice") == [
        ["start", "", ""],
        ["Which shape?", "", ""],
        ["Which shape?", "Round or oval", ""],
        ["How many parts?", "", ""],
        ["role/post?", "", ""],
    ]
    assert export.columns["name"].tolist() == head


def test_a_repeats_own_number_identifies_its_rows_not_the_submissions() -> None:
    head = ["egg", "_index", "_parent_table_name", "_parent_index", "_submission__uuid"]
    assert kobo(table(head, ["a", "1", "t", "1", "u"])).columns["role"].tolist() == [
        "", "id", "meta", "meta", "meta",
    ]  # fmt: skip
    joined = ["egg", "_parent_table_name", "_parent_index", "name", "_index", "_uuid"]
    assert "id" not in kobo(table(joined, ["a", "t", "1", "b", "1", "u"])).columns["role"].tolist()


@pytest.mark.parametrize("mark", ["/" * 100_000, "a/" * 100_000, "_" * 100_000, "[" * 100_000])
def test_a_monstrous_heading_is_only_a_heading(mark) -> None:
    rows = table([mark, "KEY", "SubmissionDate", "_uuid"], ["1", "k", "", "u"])
    looks_kobo(rows.head())
    assert kobo(rows).columns["heading"].tolist()[0] == odk(rows).columns["heading"].tolist()[0] == mark


# --- ODK ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "so"),
    [
        (["SubmissionDate", "name", *CENTRAL], True),
        (["SubmissionDate", "name", "KEY"], True),
        (["name", "PARENT_KEY", "KEY"], True),
        (["KEY", "VALUE"], False),
        (["SubmissionDate", "name"], False),
    ],
)
def test_odk_is_known_by_its_key(header, so) -> None:
    assert looks_odk([header]) is so


def test_a_question_named_like_one_of_centrals_columns_stays_a_question() -> None:
    head = ["SubmissionDate", "meta-instanceID", "Status", "start", *CENTRAL]
    row = ["2025-01-02T07:10:00.000Z", "uuid:1", "fine", "2025-01-02T10:00:00.000+03:00", "uuid:1", "4", "d",
           "0", "0", "", "approved", "dev", "0", "v1"]  # fmt: skip
    export = odk(table(head, row))
    assert export.columns["role"].tolist() == [
        "submitted", "meta", "", "started", "id", "meta", "meta", "meta", "meta", "meta", "status", "device",
        "meta", "version",
    ]  # fmt: skip
    assert export.columns["zone"].tolist()[0] == "UTC"


def test_split_columns_places_and_groups_are_named_after_their_question() -> None:
    head = ["SubmissionDate", "g1-q2", "g1-q2/m", "a-name", "b-name", "at-Latitude", "at-Longitude", "KEY"]
    export = odk(table(head, ["", "x m", "1", "p", "q", "1.5", "2.5", "k"]))
    assert told(export, "name", "group", "choice", "item")[1:7] == [
        ["q2", "", "", ""],
        ["q2/m", "q2", "m", ""],
        ["a-name", "", "", ""],
        ["b-name", "", "", ""],
        ["at-Latitude", "at", "", "Latitude"],
        ["at-Longitude", "at", "", "Longitude"],
    ]


def test_a_zero_in_odk_stays_although_the_question_may_not_have_been_shown() -> None:
    # Central's own test data: choices that the form does not have stand in the one cell only.
    export = odk(table(["SubmissionDate", "q1", "q1/x", "KEY"], ["d", "a b", "0", "k"]))
    assert export.frame.to_numpy().tolist() == [["d", "a b", "0", "k"]]


def test_submissions_that_arrived_encrypted_are_counted() -> None:
    rows = [["d", "", f"k{i}", "", "", "0", "0", status, "", "", "0", "v"]
            for i, status in enumerate(["", "missing encrypted form data", "not decrypted"])]  # fmt: skip
    (found,) = odk(table(["SubmissionDate", "name", *CENTRAL], *rows)).findings
    assert (found.severity, found.row, found.count) == ("warn", 3, 2)


# --- repeats --------------------------------------------------------------------------------------------

CHILD = table(
    ["egg", "PARENT_KEY", "KEY"], ["a", "2", "2/1"], ["b", "9", "9/1"], ["c", "1", "1/1"], ["d", "2", ""]
)
PARENT = table(["name", "KEY"], ["Ada", "1"], ["Bo", "2"], ["Cy", ""])


def test_a_repeats_rows_get_their_parents_cells_behind_their_own() -> None:
    joined = join_parent(CHILD, PARENT, "PARENT_KEY", "KEY")
    assert joined.frame.to_numpy().tolist() == [
        ["egg", "PARENT_KEY", "KEY", "name", "KEY"],
        ["a", "2", "2/1", "Bo", "2"],
        ["b", "9", "9/1", "", ""],
        ["c", "1", "1/1", "Ada", "1"],
        ["d", "2", "", "Bo", "2"],
    ]
    assert joined.frame.index.tolist() == [1, 2, 3, 4, 5]
    assert odk(joined).columns["role"].tolist() == ["", "meta", "id", "", "meta"]


def test_a_row_of_a_repeat_without_parent_is_kept_and_counted() -> None:
    (found,) = join_parent(CHILD, PARENT, "PARENT_KEY", "KEY").findings
    assert (found.severity, found.row, found.column, found.count) == ("warn", 3, "PARENT_KEY", 1)


@pytest.mark.parametrize(
    ("parent", "row", "words"),
    [
        (table(["name", "KEY"], ["a", "1"], ["b", "1"]), 3, "two rows have the same key"),
        (table(["name"], ["a"]), 1, "there is no column `KEY`"),
        (table(["name", "KEY"], ["a", "1", "more"]), 2, "the row has 3 cells"),
        (table(), 1, "there is no column `KEY`"),
    ],
)
def test_a_parent_that_cannot_be_joined_is_named(parent, row, words) -> None:
    with pytest.raises(ReadError, match=words) as error:
        join_parent(CHILD, parent, "PARENT_KEY", "KEY")
    assert error.value.row == row


LONG = "A survey of birds' nests with repeats"
ABOVE = ["_parent_table_name", "_parent_index"]
NESTED = [
    table(["start", "_index"], ["s1", "1"], ["s2", "2"], name=LONG[:28] + "..."),
    table(["tree", "_index", "_parent_table_name", "_parent_index"], ["oak", "1", LONG, "2"], name="trees"),
    table(["nest", "_index", "_parent_table_name", "_parent_index"], ["n1", "1", "trees", "1"], name="nests"),
    table(
        ["egg", "_parent_table_name", "_parent_index"],
        ["e1", "nests", "1"],
        ["e2", "nests", "1"],
        name="eggs",
    ),
]


def test_nested_repeats_are_joined_up_to_the_submission() -> None:
    joined = with_parents(NESTED, "eggs").frame.to_numpy().tolist()
    assert joined[0] == [
        "egg", "_parent_table_name", "_parent_index", "nest", "_index", "_parent_table_name", "_parent_index",
        "tree", "_index", "_parent_table_name", "_parent_index", "start", "_index",
    ]  # fmt: skip
    assert [[row[0], row[3], row[7], row[11]] for row in joined[1:]] == [
        ["e1", "n1", "oak", "s2"],
        ["e2", "n1", "oak", "s2"],
    ]


def test_a_table_in_no_other_stays_as_it_is() -> None:
    assert with_parents(NESTED, NESTED[0].name) is NESTED[0]


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ([table(["a", "_index", "_parent_table_name", "_parent_index"], ["x", "1", "t", "1"], name="t")],
         "stand in each other"),
        ([table(["a", "_parent_table_name", "_parent_index"], ["x", "u", "1"], ["y", "v", "1"], name="t")],
         "several tables"),
        ([table(["a", *ABOVE], ["x", "u", "1"], name="t")], "no worksheet `u`"),
        ([], "no worksheet `t`"),
    ],
)  # fmt: skip
def test_repeats_that_have_no_one_parent_table_are_refused(sheets, words) -> None:
    with pytest.raises(ReadError, match=words):
        with_parents(sheets, "t")


# --- real files -----------------------------------------------------------------------------------------

# Rows and columns as the files have them; the columns that have a role, by position from the READMEs' tools.
REAL = [
    ("kobo/dietary_needs__label_both.csv", "kobo", 3, 6, 0),
    ("kobo/dietary_needs__xml_both.csv", "kobo", 3, 6, 0),
    ("kobo/dietary_needs__xml_details.csv", "kobo", 3, 5, 0),
    ("kobo/dietary_needs__xml_summary.csv", "", 3, 2, 0),
    ("kobo/favorite_coffee__all_versions_label.csv", "kobo", 5, 6, 0),
    ("kobo/favorite_coffee__all_versions_xml.csv", "kobo", 5, 6, 0),
    ("kobo/grouped_translated__all_versions_label.csv", "kobo", 3, 9, 2),
    ("kobo/grouped_translated__all_versions_xml.csv", "kobo", 3, 9, 2),
    ("kobo/or_other__label_both.csv", "kobo", 3, 9, 0),
    ("kobo/or_other__xml_both.csv", "kobo", 3, 9, 0),
    ("kobo/or_other__xml_details.csv", "kobo", 3, 8, 0),
    ("kobo/or_other__xml_summary.csv", "", 3, 4, 0),
    ("kobo/restaurant_profile__all_versions_label.csv", "kobo", 8, 9, 4),
    ("kobo/restaurant_profile__all_versions_xml.csv", "kobo", 8, 9, 4),
    ("odk-central/all-data-types_0.csv", "odk", 1, 25, 12),
    ("odk-central/ambiguous-entry~1_0.csv", "odk", 3, 3, 2),
    ("odk-central/ambiguous-entry~2_0.csv", "odk", 3, 3, 2),
    ("odk-central/ambiguous_0.csv", "odk", 3, 13, 12),
    ("odk-central/multirepeat-child_0.csv", "odk", 4, 4, 2),
    ("odk-central/multirepeat-toy_0.csv", "odk", 6, 3, 2),
    ("odk-central/multirepeat_0.csv", "odk", 3, 14, 12),
    ("odk-central/mytestform_0.csv", "odk", 3, 14, 11),
    ("odk-central/mytestform_1.csv", "odk", 3, 14, 11),
    ("odk-central/mytestform_2.csv", "odk", 3, 14, 11),
    ("odk-central/mytestform_3.csv", "odk", 2, 14, 11),
    ("odk-central/mytestform_4.csv", "odk", 1, 14, 11),
    ("odk-central/mytestform_5.csv", "odk", 1, 14, 11),
    ("odk-central/mytestform_6.csv", "odk", 2, 14, 11),
    ("odk-central/mytestform_7.csv", "odk", 1, 14, 11),
    ("odk-central/mytestform_8.csv", "odk", 3, 17, 11),
    ("odk-central/pathprefix-children_0.csv", "odk", 2, 3, 2),
    ("odk-central/pathprefix_0.csv", "odk", 1, 13, 11),
    ("odk-central/selectMultiple_0.csv", "odk", 2, 19, 12),
    ("odk-central/selectMultiple_1.csv", "odk", 2, 19, 12),
    ("odk-central/singlerepeat-child_0.csv", "odk", 3, 4, 2),
    ("odk-central/singlerepeat_0.csv", "odk", 3, 14, 12),
    ("odk-central/structuredform_0.csv", "odk", 3, 16, 12),
    ("odk-central/structuredform_1.csv", "odk", 3, 16, 12),
]


@pytest.mark.parametrize(("name", "format", "rows", "columns", "roles"), REAL)
def test_real_exports_are_read(shared, name, format, rows, columns, roles) -> None:
    path = shared / "data" / "exports" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    records = text_sheet(path.read_bytes(), path.name, "s")
    assert looks_kobo(records.head()) is (format == "kobo")
    assert looks_odk(records.head()) is (format == "odk")
    if format:
        export = (kobo if format == "kobo" else odk)(records)
        assert (*export.frame.shape, int((export.columns["role"] != "").sum())) == (rows, columns, roles)
    else:
        assert (len(records) - 1, records.frame.shape[1]) == (rows, columns)
