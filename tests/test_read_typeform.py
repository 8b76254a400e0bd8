"""Typeform's JSON, alone and inside a platform's dump, and JSON that holds no responses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.errors import KsnError, ReadError
from ksn_research.read.export import Export
from ksn_research.read.typeform import looks_so, typeform

FORM: dict[str, Any] = {
    "id": "F1",
    "title": "Learners",
    "fields": [
        {
            "id": "a",
            "ref": "ra",
            "type": "multiple_choice",
            "title": "In {{hidden:course}}, *what* [helped](https://x.org)?",
            "properties": {"choices": [{"ref": "p", "label": "Peers"}, {"ref": "t", "label": "Talks; tea"}]},
        },
        {"id": "b", "ref": "rb", "type": "opinion_scale", "title": "How<br>far?"},
        {"id": "s", "type": "statement", "title": "Thank you"},
        {
            "id": "g",
            "type": "group",
            "title": "About you",
            "properties": {"fields": [{"id": "c", "ref": "rc", "type": "yes_no", "title": "New?"}]},
        },
        {
            "id": "m",
            "ref": "rm",
            "type": "matrix",
            "title": "How was",
            "properties": {
                "choices": [{"label": "Good"}, {"label": "Bad"}],
                "fields": [
                    {"id": "m1", "ref": "rm1", "type": "multiple_choice", "title": "pace"},
                    {"id": "m2", "ref": "rm2", "type": "multiple_choice", "title": "place"},
                ],
            },
        },
    ],
}


def answer(field: str, kind: str, value: object) -> dict[str, Any]:
    return {"field": {"id": field, "ref": f"r{field}"}, "type": kind, kind: value}


def response(*answers: dict[str, Any], **more: object) -> dict[str, Any]:
    times = {"landed_at": "2026-01-01T10:00:00Z", "submitted_at": "2026-01-01T10:05:00Z"}
    return {"token": "t1", **times, "answers": list(answers), **more}


def read(value: object, form: str | None = None) -> Export:
    return typeform(json.dumps(value).encode(), "x.json", form, "survey")


def record(model: str, survey: object, answered: object, **fields: object) -> dict[str, Any]:
    return {"model": model, "pk": 1, "fields": {"survey": survey, "response": answered, **fields}}


GIVEN = response(
    answer("a", "choices", {"labels": ["Peers", "Talks; tea"], "other": "Cake"}),
    answer("b", "number", 7.0),
    answer("c", "boolean", False),
    answer("m2", "choice", {"label": "Good"}),
    hidden={"course": "Spanish"},
    metadata={"network_id": "n1", "user_agent": "M"},
    calculated={"score": 0},
)


def test_one_row_is_a_response_and_one_column_a_field() -> None:
    export = read({"form": FORM, "items": [GIVEN]})
    assert (export.format, export.frame.index.tolist(), export.findings) == ("typeform", [2], ())
    names = ["heading", "item", "name", "group", "role", "zone"]
    assert [tuple(line) for line in export.columns[names].to_numpy().tolist()] == [
        ("token", "", "token", "", "id", ""),
        ("landed_at", "", "landed_at", "", "started", "UTC"),
        ("submitted_at", "", "submitted_at", "", "submitted", "UTC"),
        ("network_id", "", "network_id", "", "device", ""),
        ("user_agent", "", "user_agent", "", "meta", ""),
        ("score", "", "score", "", "meta", ""),
        ("course", "", "hidden:course", "", "", ""),
        ("In, what helped?", "", "ra", "", "", ""),
        ("How far?", "", "rb", "", "", ""),
        ("New?", "", "rc", "", "", ""),
        ("How was", "pace", "rm1", "rm", "", ""),
        ("How was", "place", "rm2", "rm", "", ""),
    ]
    assert export.frame.to_numpy().tolist()[0][3:] == [
        "n1", "M", "0", "Spanish", "Peers; Talks; tea; Cake", "7", "No", "", "Good",
    ]  # fmt: skip
    assert export.codes == {
        7: {"Peers": "Peers", "Talks; tea": "Talks; tea"},
        10: {"Good": "Good", "Bad": "Bad"},
        11: {"Good": "Good", "Bad": "Bad"},
    }


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (answer("b", "text", " 00712 "), "00712"),
        (answer("b", "text", "None"), "None"),
        (answer("b", "number", 2.5), "2.5"),
        (answer("b", "date", "2026-01-01"), "2026-01-01"),
        (answer("b", "choice", {"label": "Yes", "ref": "r"}), "Yes"),
        (answer("b", "choice", {"other": "Mine"}), "Mine"),
        (answer("b", "choices", {"labels": ["A", "B"]}), "A; B"),
        (answer("b", "payment", {"amount": "5.00", "last4": "1234", "name": "Ann"}), "5.00"),
        (answer("b", "multi_format", ["x", "y"]), "x; y"),
        (answer("b", "text", "a\x00\ud800"), "a\ufffd"),
        (answer("b", "boolean", True), "Yes"),
        ({"field": {"ref": "rb"}, "type": "text", "text": "by ref"}, "by ref"),
        ({"field": {"id": "b"}, "type": "text"}, ""),
    ],
)
def test_an_answer_is_text_whatever_its_type(given, text) -> None:
    export = read({"form": FORM, "items": [response(given)]})
    assert export.frame.iloc[0][export.columns.index[export.columns["name"] == "rb"][0]] == text
    assert len(export.columns) == 3 + 5


SHAPES = {
    "payload with a form": {"form": FORM, "items": [GIVEN]},
    "payload that is the form": {**FORM, "responses": [GIVEN]},
    "pages": [{"form": FORM, "items": [GIVEN]}, {"form": FORM, "items": []}],
    "webhook": {"event_type": "form_response", "form_response": {**GIVEN, "definition": FORM}},
    "webhooks": [{"form_response": {**GIVEN, "definition": FORM}}],
    "dump of texts": [record("a.b", json.dumps(FORM), json.dumps(GIVEN))],
    "dump of objects": [record("a.b", FORM, GIVEN)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_responses_are_found_in_every_shape(shape) -> None:
    export = read(SHAPES[shape])
    assert export.frame.shape == (1, 12)
    assert export.columns["heading"].tolist()[-1] == "How was"


@pytest.mark.parametrize("shape", [[GIVEN], {"items": [GIVEN]}])
def test_without_a_form_answers_stand_under_their_reference_and_a_note_says_so(shape) -> None:
    export = read(shape)
    assert export.columns["heading"].tolist()[-4:] == ["ra", "rb", "rc", "rm2"]
    assert [(f.severity, f.source, f.count) for f in export.findings] == [("note", "survey", 4)]
    assert "stand in no form" in export.findings[0].problem


def test_versions_of_a_form_have_the_fields_of_all() -> None:
    later = {**FORM, "fields": [*FORM["fields"], {"id": "z", "ref": "rz", "type": "email", "title": "Mail?"}]}
    export = read([record("m", FORM, GIVEN), record("m", later, response(answer("z", "email", "a@b.c")))])
    assert export.frame.shape == (2, 13)
    assert export.columns["heading"].tolist()[-1] == "Mail?"
    assert export.frame[12].tolist() == ["", "a@b.c"]


TWO = [
    record("s.learnerresponse", FORM, GIVEN, study_group=3, typeform_key="t1", form_id="F1", tags=["x"]),
    record("s.leaderresponse", {"id": "F2", "title": "Leaders", "fields": []}, response(), form_id="F1"),
    {"model": "s.team", "pk": 1, "fields": {"name": "x"}},
]


@pytest.mark.parametrize("form", ["F1", "Learners", " learners ", "s.learnerresponse", "learnerresponse"])
def test_one_of_several_forms_is_named_by_id_title_or_model(form) -> None:
    export = read(TWO, form)
    assert (len(export.frame), export.unread) == (1, ("F2",))
    beside = export.columns[export.columns["name"].isin(["study_group", "typeform_key", "form_id"])]
    assert dict(zip(beside["name"], beside["role"], strict=True)) == {
        "study_group": "",
        "typeform_key": "meta",
        "form_id": "meta",
    }
    assert export.frame.iloc[0][beside.index[0]] == "3"
    assert [str(f) for f in export.findings] == [
        "x.json: 1 records of the file are no responses and are not read; look whether any was meant"
    ]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (None, "the file holds 2 forms (Learners, Leaders); name one in study.toml: sheet = \"Learners\""),
        ("Nobody", "0 forms are called so (Learners, Leaders)"),
    ],
)  # fmt: skip
def test_several_forms_are_listed_when_none_is_named(form, words) -> None:
    with pytest.raises(ReadError) as error:
        read(TWO, form)
    assert words in str(error.value)


def test_forms_of_one_title_are_listed_by_their_id() -> None:
    twin = record("m", {**FORM, "id": "F9"}, GIVEN)
    with pytest.raises(ReadError, match=r"2 forms \(F1, F9\).*sheet = \"F1\""):
        read([TWO[0], twin])
    with pytest.raises(ReadError, match="2 forms are called so"):
        read([TWO[0], twin], "Learners")
    assert len(read([TWO[0], twin], "F9").frame) == 1


DEEP = b'{"a":' * 100_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"items": [', "no proper JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (DEEP, "no proper JSON"),
        (b"[" * 100_000, "no proper JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "no proper JSON"),
        (b"{}", "holds no Typeform responses"),
        (b"[]", "holds no Typeform responses"),
        (b"[[1], 2, null]", "holds no Typeform responses"),
        (b'{"items": [{"a": 1}]}', "holds no Typeform responses"),
        (b'{"subissions": [{"q1": "x"}]}', "holds no Typeform responses"),
        (b'[{"model": "m", "fields": {"response": "{"}}]', "holds no Typeform responses"),
        (b'[{"model": "m", "fields": {"response": 3}}]', "holds no Typeform responses"),
        (b'{"version": "v1", "content": {"survey": []}}', "a form definition, which holds no responses"),
        (b'[{"version": "v1", "survey": []}]', "a form definition, which holds no responses"),
        (json.dumps(FORM).encode(), "a form definition, which holds no responses"),
    ],
)
def test_other_json_is_refused_with_a_remedy(data, words) -> None:
    assert looks_so(data)
    with pytest.raises(ReadError, match=words) as error:
        typeform(data, "x.json")
    assert error.value.file == "x.json"
    assert error.value.remedy


def test_responses_with_ever_new_fields_do_not_fill_the_memory() -> None:
    items = [response(hidden={f"k{i}": 1}) for i in range(17_000)]
    with pytest.raises(ReadError, match=r"17000 responses have 170\d\d fields"):
        read({"items": items})


@pytest.mark.parametrize(
    ("data", "so"),
    [
        (b"\xef\xbb\xbf\n [ {", True),
        (b'{"a"', True),
        (b"a,b\n", False),
        (b"[Which?],b\n", False),
        (b"", False),
    ],
)
def test_json_is_known_by_its_first_letters(data, so) -> None:
    assert looks_so(data) is so


# --- properties ----------------------------------------------------------------------------------------

TEXT = json.dumps(SHAPES["dump of texts"] + TWO).encode()


@given(st.integers(0, len(TEXT) - 1), st.binary(max_size=4), st.integers(0, 40))
def test_json_with_changed_bytes_is_read_or_refused(at, put, cut) -> None:
    try:
        assert len(typeform(TEXT[:at] + put + TEXT[at + cut :], "x.json", "F1").frame) <= 3
    except KsnError as error:
        assert error.remedy


KEYS = (
    "items", "answers", "field", "id", "type", "text", "model", "fields", "response", "survey", "properties",
    "choices", "label", "labels", "token", "landed_at", "hidden", "form", "title",
)  # fmt: skip
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(ODD, ODD)
def test_json_of_any_shape_is_read_or_refused(outer, inner) -> None:
    for value in (outer, {"items": [{"answers": [inner], "hidden": outer}], "form": inner}):
        try:
            read(value)
        except KsnError as error:
            assert error.remedy


# --- samples -------------------------------------------------------------------------------------------

DUMPS = [
    # file, form, responses, fields of the form, columns from the record itself
    ("studygroups_fixtures_test_survey_responses.json", "Learner Feedback", 2, 28, 5),
    ("studygroups_fixtures_test_survey_responses.json", "facilitatorsurveyresponse", 1, 22, 4),
    ("surveys_fixtures_test_survey_responses.json", "VA1aVz", 2, 28, 4),
    ("surveys_fixtures_test_survey_responses.json", "Facilitator Feedback", 1, 22, 3),
]


@pytest.mark.parametrize(("name", "form", "rows", "fields", "beside"), DUMPS)
def test_sample_dumps(shared, name, form, rows, fields, beside) -> None:
    path = shared / "data/circle-survey" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    export = typeform(path.read_bytes(), name, form)
    assert len(export.frame) == rows
    assert export.columns["name"].str.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").sum() == fields
    own = ["study_group", "learner", "typeform_key", "form_id", "responded_at"]
    assert export.columns["name"].isin(own).sum() == beside
    assert {"id", "started", "submitted", "device"} <= set(export.columns["role"])
    assert not export.findings
    assert not export.columns["heading"].str.contains("{{", regex=False).any()
    with pytest.raises(ReadError, match=r"2 forms \(Facilitator Feedback, Learner Feedback\)"):
        typeform(path.read_bytes(), name)


def test_sample_forms_hold_no_responses(shared) -> None:
    found = sorted((shared / "data/exports/kobo").glob("*.json"))
    if not found:
        pytest.skip("there is no kobo/*.json")
    for path in found:
        with pytest.raises(ReadError, match="holds no"):
            typeform(path.read_bytes(), path.name)
