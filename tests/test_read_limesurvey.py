"""LimeSurvey's responses under every kind of heading, and its questionnaires in both forms."""

from __future__ import annotations

import csv
import io

import pytest

from ksn_research.errors import ReadError
from ksn_research.read.dictionary import describe
from ksn_research.read.limesurvey import limesurvey, looks_so
from ksn_research.read.limesurvey_form import questionnaire
from ksn_research.read.sheet import Sheet, sheet
from ksn_research.read.text import text_sheet

OWN = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
FULL = ["Response ID", "Date submitted", "Last page", "Start language", "Seed"]


def table(*rows: list[str]) -> Sheet:
    return sheet([list(row) for row in rows], file="x.csv")


def told(export, *names: str) -> list[list[str]]:
    return export.columns[list(names)].to_numpy().tolist()


@pytest.mark.parametrize(
    ("header", "so"),
    [
        ([*OWN, "Q1"], True),
        (["Q1", "seed", "lastpage"], True),
        (FULL, True),
        (["Seed", "Q", "Last page"], True),
        (["Response_ID", "Date_submitted"], True),
        (["Response ID", "Date last actio..", "Start langua.."], True),
        (["id. Response ID", "submitdate. Date submitted"], True),
        (["Antwort ID", "Datum Abgeschickt", "Letzte Seite"], True),
        (["id", "class", "type/scale", "name", "relevance", "text"], True),
        (["id", "token", "Q1"], False),
        (["submitdate", "Q1"], False),
        (["Timestamp", "How? [a]", "How? [b]"], False),
    ],
)
def test_limesurvey_is_known_by_its_own_columns_in_any_order(header, so) -> None:
    assert looks_so([header]) is so


ROLES = ["id", "submitted", "meta", "language", "meta"]


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ([*OWN, "startdate", "datestamp", "ipaddr", "token", "interviewtime", "groupTime7", "Q1", "Q1Time"],
         [*ROLES, "started", "ended", "device", "meta", "duration", "meta", "", "meta"]),
        ([*FULL, "Date started", "Date last action", "IP address", "Total time", "Group time: g", "Why?"],
         [*ROLES, "started", "ended", "device", "duration", "meta", ""]),
        (["Seed", "Datum letzte Aktivität", "Gesamtzeit", "Start-Sprache", "Frage-Zeit: Q1"],
         ["meta", "ended", "duration", "language", "meta"]),
        (["id", "submitdate", "courseTime", "x" * 300 + "Time"], ["id", "submitted", "", ""]),
    ],
)  # fmt: skip
def test_limesurveys_own_columns_have_roles(header, roles) -> None:
    assert limesurvey(table(header, ["1"] * len(header))).columns["role"].tolist() == roles


def test_codes_give_question_and_part() -> None:
    head = ["id", "submitdate", "Q1", "Q2[SQ001]", "Q2[other]", "Q3[Y_X]", "Q4[SQ1][2]", "Q5_SQ1"]
    assert told(limesurvey(table(head, ["1"] * 8)), "name", "group", "choice")[2:] == [
        ["Q1", "", ""],
        ["Q2[SQ001]", "Q2", "SQ001"],
        ["Q2[other]", "Q2", "other"],
        ["Q3[Y_X]", "Q3", "Y_X"],
        ["Q4[SQ1][2]", "Q4", "SQ1_2"],
        ["Q5_SQ1", "", ""],
    ]


def test_texts_are_taken_apart_where_a_neighbour_has_the_same_question() -> None:
    head = [*FULL, "Which [one]?", "Plans? [Bar]", "Plans? [Other [say]]", "", "[Other]", "Use? []",
            "Pick [x]", "Grid [a][b]", "Grid [a][c]", "If I get help, ...", "If I get help, ..."]  # fmt: skip
    assert told(limesurvey(table(head, ["1"] * len(head))), "heading", "item", "name")[5:] == [
        ["Which [one]?", "", ""],
        ["Plans?", "Bar", ""],
        ["Plans?", "Other [say]", ""],
        ["", "", ""],
        ["", "Other", ""],
        ["Use?", "", ""],
        ["Pick [x]", "", ""],
        ["Grid", "a | b", ""],
        ["Grid", "a | c", ""],
        ["If I get help, ...", "", ""],
        ["If I get help, ...", "", ""],
    ]


@pytest.mark.parametrize("mark", [". ", ": ", " - "])
def test_code_and_text_are_told_apart_by_what_stands_between_them(mark) -> None:
    head = [f"id{mark}Response ID", f"submitdate{mark}Date submitted", f"Q2[SQ1]{mark}Why? [Cost]",
            f"Q2[SQ2]{mark}Why? [Time]"]  # fmt: skip
    assert told(limesurvey(table(head, ["1"] * 4)), "name", "group", "choice", "heading", "item") == [
        ["id", "", "", "Response ID", ""],
        ["submitdate", "", "", "Date submitted", ""],
        ["Q2[SQ1]", "Q2", "SQ1", "Why?", "Cost"],
        ["Q2[SQ2]", "Q2", "SQ2", "Why?", "Time"],
    ]


def test_finished_on_no_known_date_is_noted_and_unfinished_stays_empty() -> None:
    rows = [["1", "1980-01-01 00:00:00", "3"], ["2", "", "1"], ["3", "1980-01-01 00:00:00", "3"]]
    export = limesurvey(table(["id", "submitdate", "lastpage"], *rows))
    assert export.frame[1].tolist() == ["1980-01-01 00:00:00", "", "1980-01-01 00:00:00"]
    (found,) = export.findings
    assert (found.severity, found.row, found.column, found.count) == ("note", 2, "submitdate", 2)
    assert not limesurvey(table(["id", "lastpage"], ["1", "2"])).findings


@pytest.mark.parametrize("mark", [",", ";"])
def test_both_separators_and_the_blank_line_at_the_end(mark) -> None:
    data = "\ufeff" + "\r\n".join(
        mark.join(f'"{c}"' for c in row) for row in [OWN, ["1", "", "2", "en", "5"]]
    )
    export = limesurvey(text_sheet(f"{data}\r\n\r\n".encode(), "x.csv", "s"))
    assert (export.frame.shape, export.blank) == ((1, 5), 0)


@pytest.mark.parametrize("heading", ["[" * 50_000, "]" * 50_000, "[a]" * 50_000, "group time" + ":" * 50_000])
def test_a_monstrous_heading_is_only_a_heading(heading) -> None:
    rows = table([*FULL, heading], ["1"] * 6)
    assert looks_so(rows.head())
    assert limesurvey(rows).columns["role"].tolist() == [*ROLES, ""]


# --- questionnaires -------------------------------------------------------------------------------------


def xml(kind: str = "Survey", languages: tuple[str, ...] = ("en",), **tables: list[dict[str, str]]) -> bytes:
    spoken = "".join(f"<language>{name}</language>" for name in languages)
    body = "".join(
        f"<{name}><rows>"
        + "".join(
            "<row>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in row.items()) + "</row>"
            for row in rows
        )
        + f"</rows></{name}>"
        for name, rows in tables.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><document><LimeSurveyDocType>{kind}</LimeSurveyDocType>'
        f"<languages>{spoken}</languages>{body}</document>"
    ).encode()


def asked(type: str, *, lines=(), answers=(), **more: str) -> bytes:
    """A survey of one question Q; lines and answers are (code, scale, text)."""
    question = {"qid": "1", "parent_qid": "0", "gid": "1", "type": type, "title": "Q", "question_order": "1"}
    subs = [{"qid": str(i), "parent_qid": "1", "title": c, "scale_id": s, "question_order": str(i)}
            for i, (c, s, _) in enumerate(lines, 10)]  # fmt: skip
    texts = [{"qid": "1", "question": "<p>Why?</p>", "language": "en"}]
    texts += [{"qid": str(i), "question": text, "language": "en"} for i, (*_, text) in enumerate(lines, 10)]
    offered = [{"aid": str(i), "qid": "1", "code": c, "scale_id": s, "sortorder": str(i)}
               for i, (c, s, _) in enumerate(answers)]  # fmt: skip
    said = [{"aid": str(i), "answer": text, "language": "en"} for i, (*_, text) in enumerate(answers)]
    return xml(
        questions=[question | more],
        subquestions=subs,
        question_l10ns=texts,
        answers=offered,
        answer_l10ns=said,
    )


AB = [("a", "0", "Aye"), ("b", "0", "Bee")]
CELLS = [("y", "0", "Row"), ("x", "1", "Column")]


@pytest.mark.parametrize(
    ("type", "more", "fields", "column"),
    [
        ("T", {}, [("Q", "text")], ("Q", "Q", "")),
        ("S", {}, [("Q", "text")], ("Q", "Q", "")),
        ("*", {}, [("Q", "text")], ("Q", "Q", "")),
        ("N", {}, [("Q", "decimal")], ("Q", "Q", "")),
        ("D", {}, [("Q", "date")], ("Q", "Q", "")),
        ("X", {}, [("Q", "note")], ("Q", "Q", "")),
        ("I", {}, [("Q", "text")], ("Q", "Q", "")),
        ("|", {}, [("Q", "text"), ("Q[filecount]", "text")], ("Q_filecount", "Q[filecount]", "")),
        ("Y", {}, [("Q", "select_one")], ("Q", "Q", "")),
        ("5", {}, [("Q", "select_one")], ("Q", "Q", "")),
        ("G", {}, [("Q", "select_one")], ("Q", "Q", "")),
        ("L", {"answers": AB}, [("Q", "select_one")], ("Q", "Q", "")),
        ("!", {"answers": AB, "other": "Y"}, [("Q", "select_one"), ("Q[other]", "text")],
         ("Q_other", "Q[other]", "")),
        ("O", {"answers": AB}, [("Q", "select_one"), ("Q[comment]", "text")],
         ("Q[comment]", "Q[comment]", "")),
        ("M", {"lines": AB, "other": "Y"}, [("Q", "select_multiple")], ("Q_other", "Q", "other")),
        ("P", {"lines": AB[:1]}, [("Q", "select_multiple"), ("Q[acomment]", "text")],
         ("Q_acomment", "Q[acomment]", "")),
        ("K", {"lines": AB[:1]}, [("Q[a]", "decimal")], ("Q_a", "Q[a]", "")),
        ("Q", {"lines": AB[:1]}, [("Q[a]", "text")], ("Q_a", "Q[a]", "")),
        ("F", {"lines": AB[:1], "answers": AB}, [("Q[a]", "select_one")], ("Q_a", "Q[a]", "")),
        ("H", {"lines": AB[:1], "answers": AB}, [("Q[a]", "select_one")], ("Q_a", "Q[a]", "")),
        ("A", {"lines": AB[:1]}, [("Q[a]", "select_one")], ("Q_a", "Q[a]", "")),
        ("B", {"lines": AB[:1]}, [("Q[a]", "select_one")], ("Q_a", "Q[a]", "")),
        ("C", {"lines": AB[:1]}, [("Q[a]", "select_one")], ("Q_a", "Q[a]", "")),
        ("E", {"lines": AB[:1]}, [("Q[a]", "select_one")], ("Q_a", "Q[a]", "")),
        ("R", {"answers": AB}, [("Q[1]", "select_one"), ("Q[2]", "select_one")], ("Q_2", "Q[2]", "")),
        ("1", {"lines": AB[:1], "answers": [("l", "0", "Low"), ("h", "1", "High")]},
         [("Q[a][1]", "select_one"), ("Q[a][2]", "select_one")], ("Q_a_1", "Q[a][2]", "")),
        (";", {"lines": CELLS}, [("Q[y_x]", "text")], ("Q_y_x", "Q[y_x]", "")),
        (":", {"lines": CELLS}, [("Q[y_x]", "decimal")], ("Q_y_x", "Q[y_x]", "")),
    ],
)  # fmt: skip
def test_every_type_of_question_becomes_fields_and_names_its_columns(type, more, fields, column) -> None:
    read = questionnaire(asked(type, **more), "x.lss")
    assert list(zip(read.fields["name"], read.fields["type"], strict=True)) == fields
    assert read.columns[column[0]] == column[1:]


@pytest.mark.parametrize(
    ("type", "more", "name", "choices"),
    [
        ("Y", {}, "Q", {"Y": "Yes", "N": "No"}),
        ("5", {}, "Q", {str(i): str(i) for i in range(1, 6)}),
        ("L", {"answers": AB, "other": "Y"}, "Q", {"a": "Aye", "b": "Bee", "-oth-": "Other"}),
        ("M", {"lines": AB, "other": "Y"}, "Q", {"a": "Aye", "b": "Bee", "other": "Other"}),
        ("E", {"lines": AB}, "Q[b]", {"I": "Increase", "S": "Same", "D": "Decrease"}),
        ("1", {"lines": AB, "answers": [("l", "0", "Low"), ("h", "1", "High")]}, "Q[a][2]", {"h": "High"}),
        ("R", {"answers": AB}, "Q[1]", {"a": "Aye", "b": "Bee"}),
    ],
)
def test_choices_are_those_offered(type, more, name, choices) -> None:
    assert questionnaire(asked(type, **more), "x.lss").choices[name] == choices


@pytest.mark.parametrize(
    ("group", "own", "mandatory", "relevant", "required"),
    [
        ("", "1", "N", "", False),
        ("1", "Q1 == 'Y'", "Y", "Q1 == 'Y'", True),
        ("a > 1", "", "S", "a > 1", False),
        ("a > 1", "b < 2", "", "(a > 1) and (b < 2)", False),
    ],
)
def test_conditions_of_group_and_question_both_hold(group, own, mandatory, relevant, required) -> None:
    question = {"qid": "1", "gid": "1", "type": "T", "title": "Q", "relevance": own, "mandatory": mandatory}
    data = xml(groups=[{"gid": "1", "grelevance": group}], questions=[question])
    line = questionnaire(data, "x.lss").fields.iloc[0]
    assert (line["relevant"], bool(line["required"])) == (relevant, required)


def test_questions_come_in_the_order_of_groups_and_of_their_own() -> None:
    places = [("c", "2", "1"), ("b", "1", "10"), ("a", "1", "9")]
    rows = [{"qid": code, "gid": gid, "type": "T", "title": code, "question_order": order}
            for code, gid, order in places]  # fmt: skip
    groups = [{"gid": "2", "group_order": "2"}, {"gid": "1", "group_order": "1"}]
    assert questionnaire(xml(questions=rows, groups=groups), "x").fields["name"].tolist() == ["a", "b", "c"]


def older() -> bytes:
    """As version 359 has it: a question and an answer once in each language, texts beside them."""
    rows = [{"qid": "1", "parent_qid": "0", "type": "L", "title": "Q", "question": text, "language": language}
            for text, language in (("Warum?", "de"), ("Why?", "en"))]  # fmt: skip
    said = [{"qid": "1", "code": "a", "answer": text, "language": language}
            for text, language in (("Ja", "de"), ("Aye", "en"))]  # fmt: skip
    base = [{"sid": "1", "language": "en"}]
    return xml(languages=("de", "en"), questions=rows, answers=said, surveys=base)


def newer() -> bytes:
    rows = [{"qid": "1", "parent_qid": "0", "type": "L", "title": "Q"}]
    texts = [{"qid": "1", "question": text, "language": language}
             for text, language in (("Warum?", "de"), ("Why?", "en"))]  # fmt: skip
    said = [
        {"aid": "7", "answer": text, "language": language} for text, language in (("Ja", "de"), ("Aye", "en"))
    ]
    return xml(
        languages=("de", "en"), questions=rows, question_l10ns=texts, answer_l10ns=said,
        answers=[{"aid": "7", "qid": "1", "code": "a"}], surveys=[{"sid": "1", "language": "en"}],
    )  # fmt: skip


def structure() -> bytes:
    head = [
        "id",
        "related_id",
        "class",
        "type/scale",
        "name",
        "relevance",
        "text",
        "help",
        "language",
        "mandatory",
    ]
    rows = [["", "", "S", "", "language", "", "en", "", "", ""]]
    for language, texts in (("en", ("First group", "Why?", "Aye")), ("de", ("Gruppe", "Warum?", "Ja"))):
        rows += [
            ["1", "", "G", "0", texts[0], "1", "", "", language, ""],
            ["1", "", "Q", "L", "Q", "1", texts[1], "", language, "N"],
            ["1", "", "A", "0", "a", "", texts[2], "", language, ""],
        ]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter="\t").writerows([head, *rows])
    return text.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize("form", [older, newer, structure])
@pytest.mark.parametrize(
    ("language", "label", "answer"), [(None, "Why?", "Aye"), ("en", "Why?", "Aye"), ("de", "Warum?", "Ja")]
)
def test_texts_come_in_the_surveys_language_or_the_one_asked_for(form, language, label, answer) -> None:
    read = questionnaire(form(), "x", language)
    assert (read.fields["label"].tolist(), read.choices) == ([label], {"Q": {"a": answer}})


def test_what_is_not_translated_stays_in_the_surveys_language() -> None:
    rows = [{"qid": "1", "parent_qid": "0", "type": "T", "title": "Q"}]
    texts = [{"qid": "1", "question": "Why?", "language": "en"}]
    data = xml(languages=("en", "de"), questions=rows, question_l10ns=texts)
    assert questionnaire(data, "x", "de").fields["label"].tolist() == ["Why?"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><document>&b;</document>'


@pytest.mark.parametrize(
    ("data", "language", "words"),
    [
        (BOMB, None, "declares a DOCTYPE or entities"),
        (b"<document><a></document>", None, "the XML cannot be read"),
        (b"<document/>", None, "no questionnaire of LimeSurvey"),
        (b"<html><LimeSurveyDocType>Label set</LimeSurveyDocType></html>", None, "no questionnaire"),
        (b"<d>" * 60 + b"</d>" * 60, None, "nested too deeply"),
        (b"PK\x03\x04", None, "an archive"),
        (b"", None, "the file is empty"),
        (b"a\tb\n1\t2\n", None, "no questionnaire of LimeSurvey"),
        (newer(), "fr", "no texts in `fr`; use one of en, de"),
        (structure(), "fr", "no texts in `fr`; use one of en, de"),
        (newer()[:200], None, "the XML cannot be read"),
    ],
)
def test_what_is_no_questionnaire_is_refused(data, language, words) -> None:
    with pytest.raises(ReadError, match=words) as error:
        questionnaire(data, "x.lss", language)
    assert error.value.remedy


def test_a_questionnaire_that_is_too_large_is_not_parsed(monkeypatch) -> None:
    monkeypatch.setattr("ksn_research.read.limesurvey_xml.MAX_BYTES", 10)
    with pytest.raises(ReadError, match="too large"):
        questionnaire(newer(), "x.lss")


def test_a_structure_is_no_table_of_responses() -> None:
    with pytest.raises(ReadError, match="a survey's structure and holds no responses"):
        limesurvey(text_sheet(structure(), "x.txt", "s"))


@pytest.mark.parametrize(
    "head",
    [["id", "submitdate", "Q[a]", "Q[b]"], ["id", "submitdate", "Q_a", "Q_b"],
     ["Response ID", "Date submitted", "Why? [Aye]", "Why? [Bee]"]],
)  # fmt: skip
def test_a_questionnaire_describes_the_responses_under_any_heading(head) -> None:
    export = describe(
        limesurvey(table(head, ["1", "", "Y", ""])), questionnaire(asked("M", lines=AB), "x.lss")
    )
    assert told(export, "heading", "item", "group", "choice")[2:] == [
        ["Why?", "Aye", "Q", "a"],
        ["Why?", "Bee", "Q", "b"],
    ]


def test_a_grids_lines_are_no_choices_once_the_questionnaire_says_so() -> None:
    data = asked("F", lines=AB, answers=[("1", "0", "Low"), ("2", "0", "High")])
    export = describe(
        limesurvey(table(["id", "submitdate", "Q[a]"], ["1", "", "2"])), questionnaire(data, "x")
    )
    assert told(export, "name", "heading", "item", "choice")[2] == ["Q[a]", "Why?", "Aye", ""]
    assert export.codes == {2: {"1": "Low", "2": "High"}}


# --- real files -----------------------------------------------------------------------------------------

# Fields by name and type as the files' tables of questions have them.
FORMS = [
    ("survey.lss", {"G01Q01": "text", "G01Q02": "select_one", "G02Q03": "text", "G02Q03[filecount]": "text",
                    "G02Q04": "select_one"}),
    ("answers.lss", {"Q01": "select_multiple", **{f"Q02[SQ00{i}]": "select_one" for i in range(1, 6)}}),
    ("limesurvey_survey_432535.lss", {"G01Q01": "select_one", "G01Q02": "text"}),
    ("group.lsg", {"G01Q02": "select_one", "G01Q01": "text"}),
    ("free_text.lsq", {"FREETEXTEXAMPLE": "text"}),
    ("limonaid_export-of-survey-with-one-multi-choice-question-as-tsv.txt",
     {"onlyQuestion": "select_multiple"}),
    ("limonaid_testing-multilingual-export.txt", {"onlyQuestion": "select_one"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields"), FORMS)
def test_real_questionnaires_are_read(shared, name, fields) -> None:
    path = shared / "data" / "exports" / "limesurvey" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    read = questionnaire(path.read_bytes(), name)
    assert dict(zip(read.fields["name"], read.fields["type"], strict=True)) == fields
    assert (read.fields["label"] != "").all()


def test_the_real_responses_are_read(shared) -> None:
    # 646 columns of which 10 headings stand over 27; 7 own columns and 336 times, by the file's header.
    path = shared / "data" / "exports" / "limesurvey" / "limonaid_survey_100001_R_data_file.csv"
    if not path.exists():
        pytest.skip("the file is not here")
    records = text_sheet(path.read_bytes(), path.name, "s")
    assert looks_so(records.head())
    export = limesurvey(records)
    asked = export.columns[export.columns["role"] == ""]
    assert (export.frame.shape, export.blank, len(asked)) == ((3, 646), 0, 303)
    assert int((export.columns["item"] == "Bar").sum()) == 1
