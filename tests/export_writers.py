"""Answers to a questionnaire as survey tools export them, for tests that read them back.

An answer is None (none given), a choice's name, a tuple of names, or text (a number or open answer).
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pandas as pd

from ksn_research.plan import Instrument, Question

Answer = str | tuple[str, ...] | None
Response = Mapping[str, Answer]
Table = list[list[str]]


def separated(
    table: Table,
    mark: str = ",",
    encoding: str = "utf-8",
    end: str = "\r\n",
    quoting: int = csv.QUOTE_MINIMAL,
) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, lineterminator=end, quoting=quoting).writerows(table)
    return text.getvalue().encode(encoding)


def label(question: Question, name: str) -> str:
    return next(choice.label for choice in question.choices if choice.name == name)


def _labels(question: Question, answer: Answer, between: str) -> str:
    if isinstance(answer, tuple):
        return between.join(label(question, name) for name in answer)
    return label(question, answer) if answer and question.choices else answer or ""


def _names(answer: Answer) -> str:
    return " ".join(answer) if isinstance(answer, tuple) else answer or ""


def _asked(instrument: Instrument) -> list[Question]:
    return [q for q in instrument.questions.values() if q.type != "note"]


def plain(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    """One header row with the questions' words, labels in the cells."""
    asked = _asked(instrument)
    rows = [[_labels(q, response[q.name], "; ") for q in asked] for response in responses]
    return separated([["No.", *(q.label for q in asked)], *([str(i), *row] for i, row in enumerate(rows, 1))])


def surveymonkey(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    top, below, columns = ["Respondent ID"], [""], []
    for q in _asked(instrument):
        if q.type == "select_multiple":
            top += [q.label, *[""] * (len(q.choices) - 1)]
            below += [choice.label for choice in q.choices]
            columns += [(q, choice.name) for choice in q.choices]
        else:
            top.append(q.label)
            below.append("Response" if q.choices else "Open-Ended Response")
            columns.append((q, ""))
    rows = [
        [str(118_000_000 + i), *(_cell(r[q.name], q, name) for q, name in columns)]
        for i, r in enumerate(responses)
    ]
    return separated([top, below, *rows])


def surveymonkey_condensed(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    heads, columns = ["RespondentID"], []
    for q in _asked(instrument):
        split = (
            [(f"{q.label} - {c.label}", c.name) for c in q.choices]
            if q.type == "select_multiple"
            else [(q.label, "")]
        )
        heads += [head for head, _ in split]
        columns += [(q, name) for _, name in split]
    rows = [
        [str(118_000_000 + i), *(_cell(r[q.name], q, name) for q, name in columns)]
        for i, r in enumerate(responses)
    ]
    return separated([heads, *rows])


def _cell(answer: Answer, question: Question, name: str) -> str:
    if not name:
        return _labels(question, answer, "; ")
    return label(question, name) if answer and name in answer else ""


def qualtrics(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    """Three header rows; choice names as recode values, several in one cell."""
    asked = _asked(instrument)
    tags = ["StartDate", "EndDate", "Status", "Progress", "Duration (in seconds)", "Finished", "ResponseId"]
    imports = ["startDate", "endDate", "status", "progress", "duration", "finished", "_recordId"]
    words = [
        "Start Date",
        "End Date",
        "Response Type",
        "Progress",
        "Duration (in seconds)",
        "Finished",
        "Response ID",
    ]
    ids = [json.dumps({"ImportId": i}) for i in [*imports, *(f"QID{i}" for i in range(len(asked)))]]
    told = ["2025-03-01 10:00:00", "2025-03-01 10:05:00", "0", "100", "300", "1"]
    rows = [
        [
            *told,
            f"R_{i}",
            *(_names(r[q.name]).replace(" ", ",") if q.choices else _names(r[q.name]) for q in asked),
        ]
        for i, r in enumerate(responses)
    ]
    return separated([[*tags, *(q.name for q in asked)], [*words, *(q.label for q in asked)], ids, *rows])


def google_forms(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    asked = _asked(instrument)
    rows = [
        [f"2026/09/27 3:{i % 60:02}:00 PM GMT+3", *(_labels(q, r[q.name], ";") for q in asked)]
        for i, r in enumerate(responses)
    ]
    return separated([["Timestamp", *(q.label for q in asked)], *rows], quoting=csv.QUOTE_ALL)


def limesurvey(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    heads, columns = [], []
    for q in _asked(instrument):
        split = (
            [(f"{q.name}[{c.name}]", c.name) for c in q.choices]
            if q.type == "select_multiple"
            else [(q.name, "")]
        )
        heads += [head for head, _ in split]
        columns += [(q, name) for _, name in split]
    told = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
    rows = [
        [
            str(i),
            "1980-01-01 00:00:00",
            "3",
            "en",
            "99",
            *(_coded(r[q.name], name, "Y", "") for q, name in columns),
        ]
        for i, r in enumerate(responses, 1)
    ]
    data = separated([[*told, *heads], *rows], ";", "utf-8-sig", quoting=csv.QUOTE_ALL)
    return data + b"\r\n"


def _coded(answer: Answer, name: str, yes: str, no: str) -> str:
    if not name:
        return _names(answer)
    return yes if answer and name in answer else no


def kobo(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    """XML values, select-multiple both in one cell and in columns, empty where nothing was given."""
    heads, columns = ["start"], []
    for q in _asked(instrument):
        columns.append((q, ""))
        heads.append(q.name)
        if q.type == "select_multiple":
            columns += [(q, c.name) for c in q.choices]
            heads += [f"{q.name}/{c.name}" for c in q.choices]
    body = []
    for i, response in enumerate(responses, 1):
        cells = [
            _coded(response[q.name], name, "1", "0") if response[q.name] or not name else ""
            for q, name in columns
        ]
        body.append(
            [
                "2025-03-01T10:00:00.000-05:00",
                *cells,
                str(1000 + i),
                f"uuid-{i}",
                "2025-03-01T16:00:00",
                str(i),
            ]
        )
    table = [[*heads, "_id", "_uuid", "_submission_time", "_index"], *body]
    return separated(table, ";", quoting=csv.QUOTE_ALL, end="\n")


def odk(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    """One cell and columns with a 0 in every one that was not ticked, whether or not it was seen."""
    heads, columns = [], []
    for q in _asked(instrument):
        columns.append((q, ""))
        heads.append(f"g1-{q.name}")
        if q.type == "select_multiple":
            columns += [(q, c.name) for c in q.choices]
            heads += [f"g1-{q.name}/{c.name}" for c in q.choices]
    after = ["KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status"]
    after += ["ReviewState", "DeviceID", "Edits", "FormVersion"]
    told = ["", "", "0", "0", "", "", "", "0", "1"]
    rows = [
        [
            "2025-03-01T10:00:00.000Z",
            *(_coded(r[q.name], n, "1", "0") for q, n in columns),
            f"uuid:{i}",
            *told,
        ]
        for i, r in enumerate(responses)
    ]
    return separated([["SubmissionDate", *heads, *after], *rows], end="\n")


def redcap(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    heads, columns = [], []
    for q in _asked(instrument):
        split = (
            [(f"{q.name}___{c.name}", c.name) for c in q.choices]
            if q.type == "select_multiple"
            else [(q.name, "")]
        )
        heads += [head for head, _ in split]
        columns += [(q, name) for _, name in split]
    rows = [
        [str(i), *(_coded(r[q.name], n, "1", "0") for q, n in columns), "2"]
        for i, r in enumerate(responses, 1)
    ]
    return separated([["record_id", *heads, "survey_complete"], *rows], end="\n")


def workbook(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    """One worksheet; numbers as numbers."""
    book = openpyxl.Workbook()
    page = book.active
    asked = _asked(instrument)
    page.append(["No.", *(q.label for q in asked)])
    for i, response in enumerate(responses, 1):
        cells = [_labels(q, response[q.name], "; ") for q in asked]
        page.append([i, *(_as_number(cell, q) for cell, q in zip(cells, asked, strict=True))])
    for cell in (cell for line in page.iter_rows() for cell in line):
        if isinstance(cell.value, str):
            cell.data_type = "s"  # "= plus" is words, no formula
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_number(cell: str, question: Question) -> str | int | float | None:
    if cell == "" or question.type not in ("integer", "decimal"):
        return cell or None
    return int(cell) if question.type == "integer" else float(cell)


def spss(instrument: Instrument, responses: Sequence[Response]) -> bytes:
    """Choices as numbers with value labels, one variable per choice of a select-multiple question."""
    import pyreadstat

    columns: dict[str, list[object]] = {}
    labels: dict[str, dict[float, str]] = {}
    heads: dict[str, str] = {}
    for q in _asked(instrument):
        codes = {choice.name: i for i, choice in enumerate(q.choices, 1)}
        if q.type == "select_multiple":
            for choice in q.choices:
                columns[f"{q.name}_{codes[choice.name]}"] = [
                    None if r[q.name] is None else float(choice.name in (r[q.name] or ())) for r in responses
                ]
                heads[f"{q.name}_{codes[choice.name]}"] = f"{q.label} - {choice.label}"
        elif q.choices:
            columns[q.name] = [None if r[q.name] is None else float(codes[str(r[q.name])]) for r in responses]
            labels[q.name] = {float(codes[c.name]): c.label for c in q.choices}
            heads[q.name] = q.label
        else:
            number = q.type in ("integer", "decimal")
            columns[q.name] = [_as_value(r[q.name], number) for r in responses]
            heads[q.name] = q.label
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sav"
        frame = pd.DataFrame(columns)
        pyreadstat.write_sav(frame, str(path), column_labels=heads, variable_value_labels=labels)
        return path.read_bytes()


def _as_value(answer: Answer, number: bool) -> object:
    if number:
        return None if answer is None else float(str(answer))
    return "" if answer is None else str(answer)


WRITERS: Mapping[str, tuple[str, Callable[[Instrument, Sequence[Response]], bytes]]] = {
    "csv": ("x.csv", plain),
    "surveymonkey": ("x.csv", surveymonkey),
    "surveymonkey_condensed": ("x.csv", surveymonkey_condensed),
    "qualtrics": ("x.csv", qualtrics),
    "google_forms": ("x.csv", google_forms),
    "limesurvey": ("x.csv", limesurvey),
    "kobo": ("x.csv", kobo),
    "odk": ("x.csv", odk),
    "redcap": ("x.csv", redcap),
    "xlsx": ("x.xlsx", workbook),
    "spss": ("x.sav", spss),
}
