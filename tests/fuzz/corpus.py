"""The seeds of fuzzing: one small file for every way in which a tool, or an analyst, hands over its records.

All is made here and holds nobody's answers. Open answers hold `SENTINEL`, which no message may show; the
first records do not, since a file that has lost its header would have them for its headings.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import openpyxl
import pandas as pd
from export_writers import WRITERS, Answer, separated

from ksn_research.plan import Choice, Instrument, Question, Scale
from ksn_research.plan.session_form import CircleList
from ksn_research.plan.session_sheet import GUESTS, NOTE, session_workbook
from ksn_research.plan.xlsform import xlsform_csv, xlsform_markdown, xlsform_workbook
from ksn_research.read.codebook import write_codebook
from ksn_research.read.segments import CODES

SENTINEL = "xyzzyplugh"
PEOPLE = 24
FIRST = 6  # records without a sentinel
# Header rows above the records.
HEADERS = {"qualtrics": 3, "surveymonkey": 2}
MARKS = {"limesurvey": ";", "kobo": ";"}

FIVE = tuple(Choice(str(i), label, float(i)) for i, label in enumerate(("None", "Little", "Some", "Much"), 1))
TOPICS = (Choice("data", "Data"), Choice("equity", "Equity, access"), Choice("tea", "Tea; coffee"))
ASKED = (
    Question("q1", "select_one", "How much do you trust them?", FIVE),
    Question("q2", "select_one", "How much do they trust you?", FIVE),
    Question("q3", "select_multiple", "Which topics matter?", TOPICS),
    Question("q4", "integer", "How many are you?"),
    Question("q5", "decimal", "How many hours?"),
    Question("q6", "date", "Since when?"),
    Question("q7", "text", "What else?"),
)
SURVEY = Instrument(
    "survey",
    "Survey",
    {question.name: question for question in ASKED},
    {"trust": Scale("trust", "Trust", ("q1", "q2"), ("q2",), 1.0, 4.0)},
)


@dataclass(frozen=True)
class Seed:
    """A good file, and how it is read.

    how       "export", or what else it is: "dictionary", "form", "draft", "project", "segments", "coded",
              "codebook", "sessions"
    format    as it would be declared
    mark      what separates the cells of a text, "" where it is none
    headers   header rows of a text
    beside    further files that it is read with, by the option that names them
    """

    name: str
    file: str
    data: bytes
    how: str = "export"
    format: str = ""
    mark: str = ""
    headers: int = 1
    options: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What its bytes are: "text", "zip", "xml", "json", "database" or "binary"."""
        if self.data.startswith(b"SQLite format 3"):
            return "database"
        if self.data.startswith(b"PK"):
            return "zip"
        if self.data.startswith(b"$FL"):
            return "binary"
        start = self.data.lstrip(b"\xef\xbb\xbf \r\n")[:1]
        return {b"<": "xml", b"{": "json", b"[": "json"}.get(start, "text")


def responses() -> list[dict[str, Answer]]:
    """Answers of invented people; some give none to a question."""
    return [
        {
            "q1": None if i % 7 == 6 else str(i % 4 + 1),
            "q2": str(i % 3 + 1),
            "q3": None if i % 5 == 4 else tuple(c.name for j, c in enumerate(TOPICS) if (i >> j) % 2 == 0),
            "q4": str(i * 3),
            "q5": f"{i / 8}",
            "q6": f"2025-03-{i + 1:02}",
            "q7": f"{SENTINEL} {i}, and\nmore" if i >= FIRST else None,
        }
        | ({"q3": ("data",)} if i % 5 != 4 and i % 8 == 7 else {})
        for i in range(PEOPLE)
    ]


def _exports() -> Iterator[Seed]:
    for tool, (file, write) in WRITERS.items():
        declared = {"surveymonkey_condensed": "surveymonkey", "xlsx": "csv"}.get(tool, tool)
        mark = "" if tool in ("xlsx", "spss") else MARKS.get(tool, ",")
        data = fixed(write(SURVEY, responses()))
        yield Seed(tool, file, data, format=declared, mark=mark, headers=HEADERS.get(tool, 1))


# --- repeats, dictionaries -----------------------------------------------------------------------------


def _repeats() -> Iterator[Seed]:
    above = [
        ["SubmissionDate", "place", "KEY"],
        *([f"2025-03-01T10:00:{i:02}Z", "x", f"u{i}"] for i in range(9)),
    ]
    below = [
        ["q4", "q7", "PARENT_KEY", "KEY"],
        *([str(i), _said(i), f"u{i}", f"u{i}/r[1]"] for i in range(9)),
    ]
    parent = {"parent": ("above.csv", separated(above))}
    yield Seed("odk repeat", "x.csv", separated(below), format="odk", mark=",", beside=parent)
    book = openpyxl.Workbook()
    book.active.title = "top"
    book.active.append(["place", "_index", "_uuid"])
    page = book.create_sheet("member")
    page.append(["q4", "q7", "_index", "_parent_table_name", "_parent_index"])
    for i in range(9):
        book["top"].append(["x", i, f"u{i}"])
        page.append([i, _said(i), i, "top", i])
    yield Seed("kobo repeat", "x.xlsx", _saved(book), format="kobo", options={"sheet": "member"})


def _said(i: int) -> str:
    return f"{SENTINEL} {i}" if i >= FIRST else "plain"


def _saved(book: Any) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return fixed(held.getvalue())


def fixed(data: bytes) -> bytes:
    """A workbook or an SPSS file without the moment at which it was written."""
    if data.startswith(b"$FL"):
        return data[:84] + b"01 Mar 2510:00:00" + data[101:]
    if not data.startswith(b"PK"):
        return data
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in sorted(before.namelist()):
            cells = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>2025-03-01T10:00:00Z", before.read(name))
            after.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), cells, zipfile.ZIP_DEFLATED)
    return made.getvalue()


FIELDS = ["Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
          "Choices, Calculations, OR Slider Labels", "Field Note",
          "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
          "Identifier?", "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment",
          "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
          "Field Annotation"]  # fmt: skip


def redcap_fields() -> bytes:
    kinds = {"select_one": "radio", "select_multiple": "checkbox"}
    told = {"integer": "integer", "decimal": "number_comma_decimal", "date": "date_ymd"}
    lines = [["record_id", "survey", "", "text", "Record ID", *[""] * 13]]
    for question in ASKED:
        offered = " | ".join(f"{choice.name}, {choice.label}" for choice in question.choices)
        asked = [question.name, "survey", "", kinds.get(question.type, "text"), question.label, offered, ""]
        line = [*asked, told.get(question.type, ""), *[""] * 10]
        lines.append(
            [*line[:11], "[q1] > 1 and [q3(data)] = '1'" if question.name == "q7" else "", *line[12:]]
        )
    return separated([FIELDS, *lines])


def lss() -> bytes:
    types = {
        "select_one": "L",
        "select_multiple": "M",
        "integer": "N",
        "decimal": "N",
        "date": "D",
        "text": "T",
    }
    asked, parts, answers = [], [], []
    for number, q in enumerate(ASKED, 1):
        row = {"qid": number, "parent_qid": 0, "gid": 1, "type": types[q.type], "title": q.name}
        asked.append({**row, "question": f"<p>{q.label}</p>", "mandatory": "N", "relevance": "1"})
        for place, c in enumerate(q.choices, 1):
            if q.type == "select_one":
                answers.append({"qid": number, "code": c.name, "answer": c.label, "sortorder": place})
            else:
                below = {"qid": 100 + place, "parent_qid": number, "gid": 1, "type": "T", "title": c.name}
                parts.append({**below, "question": c.label, "question_order": place})
    tables = {"groups": [{"gid": 1, "group_order": 1, "group_name": "g"}], "questions": asked,
              "subquestions": parts, "answers": answers}  # fmt: skip
    body = "".join(
        f"<{name}><rows>{''.join(map(_row, rows))}</rows></{name}>" for name, rows in tables.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<document><LimeSurveyDocType>Survey</LimeSurveyDocType>'
        f"<DBVersion>359</DBVersion><languages><language>en</language></languages>{body}</document>"
    ).encode()


def _row(row: Mapping[str, object]) -> str:
    cells = {"language": "en", **row}
    return f"<row>{''.join(f'<{key}><![CDATA[{value}]]></{key}>' for key, value in cells.items())}</row>"


def lime_structure() -> bytes:
    head = ["id", "related_id", "class", "type/scale", "name", "relevance", "text", "language"]
    lines = [["", "", "S", "", "language", "", "en", ""], ["1", "", "G", "", "g", "1", "", "en"]]
    for number, q in enumerate(ASKED):
        many = q.type == "select_multiple"
        kind = "M" if many else "L" if q.choices else "T"
        lines.append([str(number), "", "Q", kind, q.name, "1", q.label, "en"])
        lines += [["", "", "SQ" if many else "A", "0", c.name, "1", c.label, "en"] for c in q.choices]
    return separated([head, *lines], "\t", "utf-8-sig")


def _dictionaries() -> Iterator[Seed]:
    made = {name: write(SURVEY, responses()) for name, (_, write) in WRITERS.items()}
    fields, form, structure = redcap_fields(), lss(), lime_structure()
    beside = {"dictionary": ("fields.csv", fields)}
    yield Seed("redcap described", "x.csv", made["redcap"], format="redcap", mark=",", beside=beside)
    for name, data in (("form.lss", form), ("form.txt", structure)):
        beside = {"dictionary": (name, data)}
        seed = Seed("limesurvey described", "x.csv", made["limesurvey"], format="limesurvey", mark=";")
        yield Seed(f"{seed.name} {name}", seed.file, seed.data, format=seed.format, mark=";", beside=beside)
    for how in ("dictionary", "draft"):
        yield Seed(f"{how} redcap", "fields.csv", fields, how, mark=",")
        yield Seed(f"{how} lss", "form.lss", form, how)
        yield Seed(f"{how} structure", "form.txt", structure, how, mark="\t")


# --- Typeform, forms, interviews -----------------------------------------------------------------------


def _typeform() -> Iterator[Seed]:
    types = {"select_one": "multiple_choice", "select_multiple": "multiple_choice", "integer": "number",
             "decimal": "number", "date": "date", "text": "long_text"}  # fmt: skip
    fields = [
        {"id": q.name, "ref": q.name, "type": types[q.type], "title": q.label}
        | ({"properties": {"choices": [{"label": c.label} for c in q.choices]}} if q.choices else {})
        for q in ASKED
    ]
    form = {"id": "F1", "title": "Survey", "fields": fields}
    items = [
        {
            "token": f"t{i}",
            "landed_at": "2025-03-01T10:00:00Z",
            "submitted_at": "2025-03-01T10:05:00Z",
            "metadata": {"platform": "other"},
            "hidden": {"course": "c"},
            "answers": [a for q in ASKED if (a := _answered(q, given[q.name])) is not None],
        }
        for i, given in enumerate(responses())
    ]
    yield Seed("typeform", "x.json", _json({"form": form, "items": items}), format="typeform")
    dump = [
        {"model": "app.answer", "pk": i, "fields": {"survey": json.dumps(form), "response": json.dumps(item)}}
        for i, item in enumerate(items)
    ]
    yield Seed("typeform dump", "x.json", _json(dump), format="typeform")


def _answered(question: Question, given: Answer) -> dict[str, Any] | None:
    if given is None:
        return None
    labels = {choice.name: choice.label for choice in question.choices}
    value: dict[str, Any] = {"type": "text", "text": given}
    if isinstance(given, tuple):
        value = {"type": "choices", "choices": {"labels": [labels[name] for name in given]}}
    elif labels:
        value = {"type": "choice", "choice": {"label": labels[given]}}
    elif question.type in ("integer", "decimal"):
        value = {"type": "number", "number": float(given)}
    elif question.type == "date":
        value = {"type": "date", "date": given}
    return {"field": {"id": question.name, "ref": question.name}, **value}


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


def _forms() -> Iterator[Seed]:
    yield Seed("form xlsx", "form.xlsx", xlsform_workbook(SURVEY), "form")
    yield Seed("form md", "form.md", xlsform_markdown(SURVEY).encode(), "form", mark="|")
    yield Seed("form csv", "form.csv", xlsform_csv(SURVEY).encode(), "form", mark=",")


TALK = "We met in March.\nTrust came with time, she said.\nThen we shared the work. 😀 More of it.\n"


def qde(path: str = ' plainTextPath="internal://D1.txt"', inside: str = "") -> str:
    spans = [("Trust", "C1", "U1"), ("shared the work", "C2", "U2"), ("Trust came", "C1", "U2")]
    marked = "".join(
        f'<PlainTextSelection guid="S{i}" name="{text}" startPosition="{TALK.index(text)}" '
        f'endPosition="{TALK.index(text) + len(text)}"><Coding guid="X{i}" creatingUser="{user}">'
        f'<CodeRef targetGUID="{code}"/></Coding></PlainTextSelection>'
        for i, (text, code, user) in enumerate(spans)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="p" origin="T">'
        '<Users><User guid="{U1}" name="A"/><User guid="U2" name="B"/></Users><CodeBook><Codes>'
        '<Code guid="C1" name="trust" isCodable="true"><Description>safe</Description>'
        '<Code guid="C2" name="work"/></Code></Codes></CodeBook>'
        '<Variables><Variable guid="V1" name="Role" typeOfVariable="Text"/></Variables>'
        '<Cases><Case guid="K1" name="c"><VariableValue><VariableRef targetGUID="V1"/><TextValue>mentor'
        '</TextValue></VariableValue><SourceRef targetGUID="D1"/></Case></Cases>'
        f'<Sources><TextSource guid="D1" name="I01.txt"{path}>{inside}{marked}</TextSource></Sources>'
        '<Sets><Set guid="T1" name="age: 25"><MemberSource targetGUID="D1"/></Set></Sets></Project>'
    )


def _interviews() -> Iterator[Seed]:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", qde())
        archive.writestr("sources/D1.txt", "\ufeff" + TALK)
    yield Seed("project", "x.qdpx", fixed(held.getvalue()), "project")
    inside = f"<PlainTextContent>{TALK}</PlainTextContent>"
    yield Seed("project xml", "x.qde", qde("", inside).encode(), "project")
    lines = [
        [
            f"n{i // 3}",
            "bo" if i % 2 else "ann",
            "trust" if i % 3 else "time",
            str(i),
            str(i + 9),
            _said(i),
            "x",
        ]
        for i in range(12)
    ]
    head = ["interview", "coder", "code", "start", "end", "text", "role"]
    yield Seed("segments", "x.csv", separated([head, *lines]), "segments", mark=",")
    yield Seed("segments recognised", "x.csv", separated([head, *lines]), "coded", mark=",")
    for tool, script in (("qualcoder", QUALCODER), ("taguette", TAGUETTE)):
        yield Seed(tool, "x.sqlite3", _database(script), "coded")
    book = pd.DataFrame([("trust", "", "safe", True), ("work", "trust", "hours", False)], columns=list(CODES))
    yield Seed("codebook", "x.qdc", write_codebook(book), "codebook")


WORDS = "Trust came with time, she said."
QUALCODER = f"""
CREATE TABLE source (id integer primary key, name text, fulltext text, av_text_id integer);
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, supercid integer);
CREATE TABLE code_cat (catid integer primary key, name text, memo text, supercatid integer);
CREATE TABLE code_text (cid integer, fid integer, seltext text, pos0 integer, pos1 integer, owner text,
  memo text);
CREATE TABLE attribute (name text, attr_type text, value text, id integer);
CREATE TABLE case_text (caseid integer, fid integer);
INSERT INTO source VALUES (1, 'I01', '{WORDS} {SENTINEL}', NULL), (2, 'I02', '{SENTINEL}', NULL);
INSERT INTO code_cat VALUES (1, 'all', '', NULL); INSERT INTO code_name VALUES (1, 'trust', 'safe', 1, NULL);
INSERT INTO code_text VALUES (1, 1, 'Trust', 0, 5, 'A', ''), (1, 1, '{SENTINEL}', {len(WORDS) + 1},
  {len(WORDS) + 1 + len(SENTINEL)}, 'B', '{SENTINEL}');
INSERT INTO case_text VALUES (1, 1); INSERT INTO attribute VALUES ('Role', 'case', 'mentor', 1);
"""
TAGUETTE = f"""
CREATE TABLE projects (id integer primary key, name text); INSERT INTO projects VALUES (1, 'p');
CREATE TABLE documents (id integer primary key, name text, project_id integer, contents text);
CREATE TABLE tags (id integer primary key, project_id integer, path text, description text);
CREATE TABLE highlights (id integer primary key, document_id integer, start_offset integer,
  end_offset integer, snippet text);
CREATE TABLE highlight_tags (highlight_id integer, tag_id integer);
CREATE TABLE commands (id integer primary key, user_login text, project_id integer, payload text);
INSERT INTO documents VALUES (1, 'I01', 1, '<p>{WORDS} é</p><p>{SENTINEL}</p>');
INSERT INTO tags VALUES (1, 1, 'trust', 'safe'); INSERT INTO highlight_tags VALUES (1, 1);
INSERT INTO highlights VALUES (1, 1, 0, 5, '<p>Trust</p>');
INSERT INTO commands VALUES (1, 'A', 1, '{{"type": "highlight_add", "highlight_id": 1}}');
"""


def _database(script: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as base:
        base.executescript(script)
        return base.serialize()


def _sessions() -> Iterator[Seed]:
    """A facilitator's attendance sheet, filled."""
    seats = tuple((f"M{i}", "facilitator" if i == 3 else "member") for i in range(9))
    lists = [CircleList("C01", "First steps", seats), CircleList("C02", "Books", seats[:5])]
    book = openpyxl.load_workbook(io.BytesIO(session_workbook(lists, 2025)))
    for page in book.worksheets[1:]:
        rows = {page.cell(row, 1).value: row for row in range(1, page.max_row + 1)}
        for column in range(3, 9):
            page.cell(2, column).value = f"2025-0{column}-14"
            page.cell(rows[GUESTS], column).value = column
            page.cell(rows[NOTE], column).value = f"{SENTINEL} {column}"
            for i in range(column % 3, 5):
                page.cell(rows[f"M{i}"], column).value = "x"
    yield Seed("session sheet", "x.xlsx", _saved(book), "sessions")


@cache
def seeds() -> tuple[Seed, ...]:
    """All seeds, always in the same order."""
    return (*_exports(), *_repeats(), *_dictionaries(), *_typeform(), *_forms(), *_interviews(), *_sessions())
