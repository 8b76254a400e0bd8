"""SurveyMonkey's CSV.

Expanded: two header rows, the question over the first of its columns, the answer's own label (or
"Response", "Open-Ended Response") below it. Condensed: one header row, "Question - Choice". Both begin with
what the tool recorded about the response.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, pairwise

from ksn_research.errors import ReadError
from ksn_research.read.export import Export, build
from ksn_research.read.markup import plain_words
from ksn_research.read.sheet import Sheet

OPEN = ("response", "open-ended response", "multiple choice response", "other (please specify)")
# By the heading's letters alone: the tool has written them with and without spaces.
ROLES = {
    "respondentid": "id",
    "collectorid": "meta",
    "datecreated": "started",
    "startdate": "started",
    "datemodified": "ended",
    "enddate": "ended",
    "ipaddress": "device",
    "emailaddress": "meta",
    "firstname": "meta",
    "lastname": "meta",
    "customdata": "meta",
    "customdata1": "meta",
    "customvalue": "meta",
}
DASH = re.compile(r" - ")
DASHES = 20  # looked at in a heading
CLOSED = "?:.!…"  # what a question's words end with


def looks_so(rows: list[list[str]]) -> bool:
    """Whether the records are SurveyMonkey's: two header rows, or one that begins with the respondent's id.

    >>> looks_so([["Respondent ID", "Do you?"], ["117", "Yes"]])
    True
    >>> looks_so([["Name", "Do you?"], ["117", "Yes"]])
    False
    """
    return expanded(rows) or bool(rows and rows[0] and _letters(rows[0][0]) == "respondentid")


def expanded(rows: list[list[str]]) -> bool:
    """Whether the second record is a header row: nothing of its own in the first column, where a record has
    its identifier, and "Response" somewhere or a label under a heading that continues the one on its left.

    >>> expanded([["Respondent ID", "Do you?"], ["", "Response"], ["117", "Yes"]])
    True
    >>> expanded([["Respondent ID", "Do you?"], ["117", "Yes"]])
    False
    >>> expanded([["Respondent ID", "What helped?"], ["117", "Other (please specify)"]])
    False
    """
    if len(rows) < 2 or not rows[1] or rows[1][0] not in ("", rows[0][0]):
        return False
    if any(cell.lower() in OPEN for cell in rows[1][1:]):
        return True
    known = _letters(rows[0][0]) == "respondentid"
    return known and any(below and not above for above, below in zip(*rows[:2], strict=False))


def surveymonkey(records: Sheet) -> Export:
    """Either form. In the expanded one an empty cell continues the question on its left; in the condensed one
    a heading is split where columns beside each other share its first part. HTML in headings is removed.

    Raises ReadError where the first column is no respondent's id and there is no second header row.
    """
    rows = [[plain_words(cell) for cell in row] for row in records.head(2)]
    condensed = looks_so(records.head()) and not expanded(records.head())
    if len(rows) < 2 and not condensed:
        raise ReadError(
            "the file has no second header row",
            remedy='export it again as "all responses data", or declare format = "csv"',
            file=records.file,
        )
    headings, items = _split(rows[0]) if condensed else (_continued(rows[0]), rows[1])
    columns = {"heading": headings, "item": items, "role": _roles(headings, items)}
    return build(records, 1 if condensed else 2, format="surveymonkey", columns=columns)


def _letters(heading: str) -> str:
    return heading.replace(" ", "").replace("_", "").lower()


def _roles(headings: list[str], items: list[str]) -> list[str]:
    """Roles of the columns before the first question; behind it, "First name" is one."""
    found = []
    for heading, item in zip(headings, items, strict=True):
        role = ROLES.get(_letters(heading), "") if item in ("", heading) else ""
        if not role:
            break
        found.append(role)
    return found + [""] * (len(headings) - len(found))


def _continued(row: list[str]) -> list[str]:
    headings, last = [], ""
    for cell in row:
        last = cell or last
        headings.append(last)
    return headings


def _split(row: list[str]) -> tuple[list[str], list[str]]:
    """Stem and choice of every heading; a lone " - " is part of the question.

    >>> _split(["Which pie? - Apple", "Which pie? - Pecan", "Peers - why?"])
    (['Which pie?', 'Which pie?', 'Peers - why?'], ['Apple', 'Pecan', ''])
    """
    shared = [set(_stems(cell)) for cell in row]
    times = Counter(stem for run in _runs(shared) for stem in run)
    headings, items = [], []
    for cell in row:
        stem = _stem(cell, times)
        headings.append(stem or cell)
        items.append(cell[len(stem) + 3 :] if stem else "")
    return headings, items


def _stems(cell: str) -> list[str]:
    """What may be the question: everything before each dash, and the whole."""
    dashes = islice(DASH.finditer(cell), DASHES)
    return [*(cell[: dash.start()] for dash in dashes), cell] if cell else []


def _runs(shared: list[set[str]]) -> list[set[str]]:
    """The stems that each column shares with the one on its left or its right."""
    pairs = [left & right for left, right in pairwise(shared)]
    return [before | after for before, after in zip([set(), *pairs], [*pairs, set()], strict=True)]


def _stem(cell: str, times: Counter[str]) -> str:
    """The shortest shared stem that ends as a question does, else the shortest whose rest is no question
    of its own ("Part 1 - Do you?"); "" where there is none."""
    found = [stem for stem in _stems(cell)[:-1] if times[stem] > 1]
    closed = [stem for stem in found if stem.endswith(tuple(CLOSED))]
    open_ended = found if not cell.endswith("?") else []
    return next(iter(closed or open_ended), "")
