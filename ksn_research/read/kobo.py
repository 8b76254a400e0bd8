"""KoboToolbox's tables (CSV, or a worksheet), under XML names or labels.

Group separator "/". A select-multiple is one cell ("a b"), or one column per choice ("q/a", "q/b"), or both.
In a column of a choice an empty cell means that the choice, or the question, was not in that version of the
form, and 0 that it was offered and not chosen. In label mode the one cell joins labels by spaces, which
cannot be taken apart: the columns of the choices can.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import pandas as pd

from ksn_research.read.export import Export, build
from ksn_research.read.sheet import Sheet
from ksn_research.read.xforms import METADATA, TICKS, metadata_role, prefixes, short_names, summarised, ticked

SIGNS = {
    "_uuid", "_submission_time", "__version__", "_index", "_parent_index", "_parent_table_name",
    "_submission__id", "_submission__uuid", "_xform_id_string", "_validation_status", "formhub/uuid",
}  # fmt: skip
META = (
    "_id", "_uuid", "_index", "_parent_index", "_parent_table_name", "_notes", "_status", "_tags",
    "_submitted_by", "_attachments", "_geolocation", "_xform_id_string", "_media_count", "_total_media",
    "_media_all_received", "_date_modified", "_bamboo_dataset_id", "_deleted_at", "_edited", "_duration",
)  # fmt: skip
OWN = {
    "_submission_time": "submitted",
    "_validation_status": "status",
    "__version__": "version",
    "formhub/uuid": "meta",
    **dict.fromkeys(META, "meta"),
}
VERSION = re.compile(r"_+version_+(\d+)?")
PARENT = re.compile(r"_submission__\w+|meta/(root)?(instance\w*|uuid|deprecatedID|audit)", re.IGNORECASE)
POINT = re.compile(r"_(.+)_(latitude|longitude|altitude|precision)")
XML_NAME = re.compile(r"[^\W\d][\w.-]*(/\w[\w.-]*)*")


def looks_so(rows: list[list[str]]) -> bool:
    """Whether a header has Kobo's own columns, or columns of choices under one question.

    Headings with a slash are no sign by themselves: their question must be a column, or their cells be
    ticks, or all be names under one name.

    >>> looks_so([["name", "_uuid"]]), looks_so([["diet/vegan", "diet/none"], ["1", "0"]])
    (True, True)
    >>> looks_so([["Do you swim/run?", "Do you swim/row?"], ["Yes", "No"]])
    False
    """
    headers = rows[0]
    if "KEY" in headers and {"PARENT_KEY", "SubmissionDate"} & set(headers):
        return False
    if SIGNS & set(headers) or any(VERSION.fullmatch(header) for header in headers):
        return True
    points = Counter(match[1] for header in headers if (match := POINT.fullmatch(header)))
    if any(count >= 2 for count in points.values()):
        return True
    return any(
        len(columns) >= 2 and _is_split(stem, columns, rows) for stem, columns in _siblings(headers).items()
    )


def _siblings(headers: Sequence[str]) -> dict[str, list[int]]:
    """Columns by what stands before their last "/"."""
    found: dict[str, list[int]] = defaultdict(list)
    for position, header in enumerate(headers):
        stem, mark, end = header.rpartition("/")
        if mark and stem and end:
            found[stem].append(position)
    return found


def _is_split(stem: str, columns: list[int], rows: list[list[str]]) -> bool:
    if stem in rows[0] or all(XML_NAME.fullmatch(rows[0][i]) for i in columns):
        return True
    cells = {row[i] for row in rows[1:] for i in columns} - {""}
    return bool(cells) and cells <= set(TICKS) and _differ([rows[0][i] for i in columns], stem)


def _differ(headers: Sequence[str], stem: str) -> bool:
    """Whether headings part right behind their common "/"; where they go on alike, it stands in a sentence.

    >>> _differ(["a/b?/Yes", "a/b?/No"], "a/b?"), _differ(["in/out of town [x]", "in/out of town [y]"], "in")
    (True, False)
    """
    ends = [header[len(stem) + 1 :] for header in headers]
    alike = next((i for i, letters in enumerate(zip(*ends, strict=False)) if len(set(letters)) > 1), 0)
    return " " not in ends[0][:alike]


def kobo(records: Sheet) -> Export:
    """One header row. See `named` and `labelled` for what is said of the columns."""
    headers = records.head(1)[0]
    body = records.frame.iloc[1:]
    roles = [_role(header, body[i]) for i, header in enumerate(headers)]
    _number(headers, roles)
    asked = [header for header, role in zip(headers, roles, strict=True) if not role]
    splits = _splits(headers, roles, body)
    is_labelled = any(not XML_NAME.fullmatch(header) for header in asked)
    columns = labelled(headers, splits) if is_labelled else named(headers, splits)
    columns |= {"role": roles, "zone": ["UTC" if h == "_submission_time" else "" for h in headers]}
    return build(records, 1, format="kobo", columns=columns)


def _role(header: str, column: pd.Series) -> str:
    if VERSION.fullmatch(header):
        return "version"
    if PARENT.fullmatch(header) or POINT.fullmatch(header):
        return "meta"
    return OWN.get(header) or metadata_role(header, column)


def _number(headers: Sequence[str], roles: list[str]) -> None:
    """Gives one column the role of identifier: in a table of repeats the row's own number, as the
    submission's stands in several rows."""
    inside = headers.index("_parent_index") if "_parent_index" in headers else 0
    wanted = ("_index",) if "_parent_index" in headers else ("_uuid", "_id")
    found = next((headers.index(name) for name in wanted if name in headers), None)
    if found is not None and (not inside or found < inside):
        roles[found] = "id"


def _splits(headers: Sequence[str], roles: Sequence[str], body: pd.DataFrame) -> list[tuple[str, bool]]:
    """By column: the question whose choice it holds ("" for none), and whether that question is itself a
    column. Where it is not, two or more columns of ticks under one name are taken for its choices."""
    splits = [(stem, bool(stem)) for stem in summarised(headers)]
    for stem, columns in _siblings(headers).items():
        loose = [i for i in columns if not splits[i][0] and not roles[i]]
        if len(loose) >= 2 and _differ([headers[i] for i in loose], stem) and ticked(body[i] for i in loose):
            for i in loose:
                splits[i] = (stem, False)
    return splits


def named(headers: Sequence[str], splits: Sequence[tuple[str, bool]]) -> dict[str, list[str]]:
    """Columns under XML names: the question's name without its groups unless two questions share it.

    Ticks under a name that is no column may be choices of one question or questions of one group; they have
    the choice's name as well as question and choice.
    """
    questions = [h for h, (stem, sure) in zip(headers, splits, strict=True) if not sure]
    short = short_names(questions, "/")
    stems = short_names([*short, *(stem for stem, _ in splits if stem)], "/")
    columns: dict[str, list[str]] = {"name": [], "group": [], "choice": []}
    for header, (stem, sure) in zip(headers, splits, strict=True):
        choice = header[len(stem) + 1 :] if stem else ""
        group = stems[stem] if stem else ""
        columns["name"].append(f"{group}/{choice}" if sure else short[header])
        columns["group"].append(group)
        columns["choice"].append(choice)
    return columns


def labelled(headers: Sequence[str], splits: Sequence[tuple[str, bool]]) -> dict[str, list[str]]:
    """Columns under labels: the question's words, and the choice's words below them. Codes are not known.

    Words before a "/" are the group's when several questions have them, and part of a label otherwise.
    """
    plain = [h for h, (stem, _) in zip(headers, splits, strict=True) if not stem and h not in METADATA]
    shared = Counter(prefix for header in plain for prefix in prefixes(header))

    def question(path: str) -> str:
        group = next((prefix for prefix in prefixes(path) if shared[prefix] >= 2), "")
        return path[len(group) + 1 :] if group else path

    stems = [stem for stem, _ in splits]
    return {
        "heading": [question(stem or h) for h, stem in zip(headers, stems, strict=True)],
        "item": [h[len(stem) + 1 :] if stem else "" for h, stem in zip(headers, stems, strict=True)],
        "name": list(headers),
        "group": stems,
    }
