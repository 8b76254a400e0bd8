"""REDCap's data (raw codes, or labels) and its data dictionary (the 18-column CSV, or the API's metadata).

A checkbox is one column per choice ("field___code", in small letters, "-" written as "_"); it holds 0 also
where nobody saw it. Numbers may have a decimal comma in one field and a point in the next: the dictionary
says which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from ksn_research.errors import ReadError
from ksn_research.read.dictionary import Dictionary, Draft, holds_only
from ksn_research.read.export import Export, build
from ksn_research.read.markup import plain_words
from ksn_research.read.sheet import Sheet

NAME = re.compile(r"[a-z][a-z0-9_]*")
TICK = " (choice="
COMPLETE = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
NOT_YET = "[not completed]"
OWN = {
    "redcap_event_name": "meta",
    "redcap_repeat_instrument": "meta",
    "redcap_repeat_instance": "meta",
    "redcap_data_access_group": "meta",
    "redcap_survey_identifier": "meta",
}
LABELLED = {
    "Event Name": "meta",
    "Repeat Instrument": "meta",
    "Repeat Instance": "meta",
    "Data Access Group": "meta",
    "Survey Identifier": "meta",
    "Survey Timestamp": "submitted",
    "Complete?": "finished",
}
# The dictionary's columns as downloaded, and as the API calls them.
HEADINGS = {
    "variable / field name": "field_name",
    "form name": "form_name",
    "section header": "section_header",
    "field type": "field_type",
    "field label": "field_label",
    "choices, calculations, or slider labels": "select_choices_or_calculations",
    "choices or calculations": "select_choices_or_calculations",
    "text validation type or show slider number": "text_validation_type_or_show_slider_number",
    "branching logic (show field only if...)": "branching_logic",
    "required field?": "required_field",
    "matrix group name": "matrix_group_name",
}
NEEDED = ("field_name", "field_type", "field_label", "select_choices_or_calculations")
# Other tables of a project's structure, by their first headings.
STRUCTURE = (("arm_num", "name"), ("event_name", "arm_num"), ("arm_num", "unique_event_name"))
TYPES = {
    "radio": "select_one",
    "dropdown": "select_one",
    "yesno": "select_one",
    "truefalse": "select_one",
    "checkbox": "select_multiple",
    "slider": "integer",
    "calc": "decimal",
    "descriptive": "note",
}
FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}


# --- data ----------------------------------------------------------------------------------------------


def looks_so(rows: list[list[str]]) -> bool:
    """Whether a header is REDCap's: field names with a form's status or REDCap's own columns, labels with
    "Complete?", or a table of the project's structure (which `redcap` refuses).

    >>> looks_so([["record_id", "age", "form_1_complete"], ["1", "34", "2"]])
    True
    >>> looks_so([["name", "course_complete"], ["Ada", "yes"]])
    False
    """
    headers = rows[0]
    if is_dictionary(rows) or tuple(headers[:2]) in STRUCTURE:
        return True
    if "Complete?" in headers:
        return _cells(rows, headers.index("Complete?")) <= set(COMPLETE.values())
    if not all(NAME.fullmatch(header) for header in headers):
        return False
    if OWN.keys() & set(headers):
        return True
    status = [i for i, header in enumerate(headers) if i and header.endswith("_complete")]
    ticks = [i for i, header in enumerate(headers) if _split(header)[1]]
    return any(_cells(rows, i) <= {*COMPLETE, *COMPLETE.values()} for i in status) or (
        len(ticks) >= 2 and all(_cells(rows, i) <= {"0", "1", "Checked", "Unchecked"} for i in ticks)
    )


def _cells(rows: list[list[str]], position: int) -> set[str]:
    return {row[position] for row in rows[1:]} - {""}


def redcap(records: Sheet) -> Export:
    """One header row of field names or labels; the first column identifies the record.

    A form's status has the role "finished" and codes (2 is Complete), a survey's timestamp the role
    "submitted"; "[not completed]" stays as it stands. Raises ReadError for tables that hold no records.
    """
    headers = records.head(1)[0]
    if is_dictionary(records.head()):
        raise _no_records("a data dictionary", records.file)
    if tuple(headers[:2]) in STRUCTURE:
        raise _no_records("a table of the project's arms or events", records.file)
    body = records.frame.iloc[1:]
    has_labels = not all(NAME.fullmatch(header) for header in headers)
    columns = _labelled(headers) if has_labels else _named(headers, body)
    status = [i for i, role in enumerate(columns["role"]) if role == "finished"]
    codes = {i: COMPLETE for i in status if not has_labels}
    return build(records, 1, format="redcap", columns=columns, codes=codes)


def _no_records(what: str, file: str) -> ReadError:
    return ReadError(
        f"this is {what} of REDCap and holds no records",
        remedy="export the records themselves; a dictionary is named beside them",
        file=file,
    )


def _named(headers: Sequence[str], body: pd.DataFrame) -> dict[str, list[str]]:
    splits = [_split(header) for header in headers]
    known = set(headers)
    return {
        "name": list(headers),
        "group": [group for group, _ in splits],
        "choice": [_code(choice) for _, choice in splits],
        "role": ["id", *(_role(header, body[i], known) for i, header in enumerate(headers) if i)],
    }


def _split(header: str) -> tuple[str, str]:
    """Field and code of a checkbox's column.

    >>> _split("why____1"), _split("age")
    (('why', '_1'), ('', ''))
    """
    field, _, code = header.partition("___")
    return (field, code) if field and code and NAME.fullmatch(header) else ("", "")


def _code(written: str) -> str:
    """The code of a checkbox: a minus before a number is written "_" in the column's name."""
    return f"-{written[1:]}" if re.fullmatch(r"_\d+", written) else written


def _role(header: str, column: pd.Series, headers: set[str]) -> str:
    form, _, end = header.rpartition("_")
    if end == "complete" and holds_only(column, {*COMPLETE, *COMPLETE.values()}.__contains__):
        return "finished"
    if end == "timestamp" and (f"{form}_complete" in headers or (column == NOT_YET).any()):
        return "submitted"
    return OWN.get(header, "")


def _labelled(headers: Sequence[str]) -> dict[str, list[str]]:
    ticks = [header.rpartition(TICK) if header.endswith(")") else ("", "", "") for header in headers]
    return {
        "heading": [stem if mark else h for (stem, mark, _), h in zip(ticks, headers, strict=True)],
        "item": [choice[:-1] if mark else "" for _, mark, choice in ticks],
        "role": ["id", *(LABELLED.get(header, "") for header in headers[1:])],
    }


# --- dictionary ----------------------------------------------------------------------------------------


def is_dictionary(rows: list[list[str]]) -> bool:
    """Whether a header is that of a data dictionary, as downloaded or from the API.

    >>> is_dictionary([["field_name", "form_name", "field_type", "field_label",
    ...                 "select_choices_or_calculations"]])
    True
    """
    return bool(rows) and set(NEEDED) <= set(_headings(rows[0]))


def _headings(header: Sequence[str]) -> list[str]:
    plain = [heading.strip("\ufeff\"' ").lower() for heading in header]
    return [HEADINGS.get(heading, heading) for heading in plain]


def redcap_dictionary(records: Sheet) -> Dictionary:
    """A project's data dictionary. "NA" in the API's form is an empty cell.

    The heading of a field is its section's, of a line of a matrix the matrix's. Conditions stay in REDCap's
    own words. Raises ReadError where the file is none, or a field has no name.
    """
    head = records.head(1)
    if not is_dictionary(head):
        raise ReadError(
            "this is no data dictionary of REDCap",
            remedy="download it from the project's designer, or export its metadata",
            file=records.file,
            row=1,
        )
    if records.overlong is not None:
        raise ReadError(
            "the row has more cells than the header",
            remedy="look for an unquoted separator in that row",
            file=records.file,
            row=records.overlong[0],
        )
    draft, section, place, matrix = Draft(), "", "", ""
    for row, line in _lines(records, is_api="field_name" in head[0]):
        if not line.get("field_name"):
            raise ReadError("a field has no name", remedy="export it again", file=records.file, row=row)
        own = line.get("matrix_group_name", "")
        if line.get("section_header"):
            section = plain_words(line["section_header"])
        elif line.get("form_name", "") != place or (own != matrix and matrix):
            section = ""
        place, matrix = line.get("form_name", ""), own
        _add(draft, line, section)
    return draft.finish(records.file, "redcap", records.findings)


def _lines(records: Sheet, *, is_api: bool) -> list[tuple[int, dict[str, str]]]:
    names = _headings(records.head(1)[0])
    frame = records.frame.iloc[1:]
    frame = frame[(frame != "").any(axis=1)]
    if is_api:
        frame = frame.replace("NA", "")
    lines = frame.to_numpy(dtype=object).tolist()
    return [
        (int(row), dict(zip(names, cells, strict=True)))
        for row, cells in zip(frame.index, lines, strict=True)
    ]


def _add(draft: Draft, line: Mapping[str, str], section: str) -> None:
    name, kind = line["field_name"], line["field_type"]
    offered = FIXED.get(kind) or (
        choices(line["select_choices_or_calculations"]) if kind in ("radio", "dropdown", "checkbox") else {}
    )
    form, decimal = _type(kind, line.get("text_validation_type_or_show_slider_number", ""))
    draft.add(
        name,
        form,
        plain_words(line["field_label"]),
        heading=section,
        relevant=line.get("branching_logic", ""),
        required=line.get("required_field", "").lower() == "y",
        decimal=decimal,
        choices=offered,
    )
    if form == "select_multiple":
        for code in offered:
            written = code.lower().replace("-", "_")
            draft.name_column(name, code, f"{name}___{code}", f"{name}___{written}")


def _type(kind: str, validation: str) -> tuple[str, str]:
    """The type in XLSForm's words, and "," for numbers with a decimal comma.

    >>> _type("text", "number_2dp_comma_decimal"), _type("text", "date_dmy"), _type("text", "")
    (('decimal', ','), ('date', ''), ('text', ''))
    """
    if kind != "text":
        return TYPES.get(kind, "text"), ""
    if validation.startswith("number"):
        return "decimal", "," if validation.endswith("comma_decimal") else ""
    if validation == "integer":
        return "integer", ""
    return ("date" if validation.startswith("date_") else "text"), ""


def choices(text: str) -> dict[str, str]:
    """Codes and labels; a label may hold commas, and an entry without one is its own code.

    >>> choices("1, one|2, two, or more | x")
    {'1': 'one', '2': 'two, or more', 'x': 'x'}
    """
    found: dict[str, str] = {}
    for part in re.split(r"\||\n", text):
        code, mark, label = (piece.strip() for piece in part.partition(","))
        if code:
            found.setdefault(code, plain_words(label) if mark else plain_words(code))
    return found
