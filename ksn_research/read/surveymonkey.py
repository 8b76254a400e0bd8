"""SurveyMonkey's CSV.

Expanded: two header rows, the question over the first of its columns, the answer's own label (or
"Response", "Open-Ended Response") below it. Condensed: one header row, "Question - Choice".
"""

from __future__ import annotations

from ksn_research.errors import ReadError
from ksn_research.read.export import Export, build
from ksn_research.read.sheet import Sheet

OPEN = ("response", "open-ended response", "multiple choice response", "other (please specify)")


def looks_so(rows: list[list[str]]) -> bool:
    """Whether the second record is a header row: it says "Response" somewhere, and nothing of its own in
    the first column, where a record has its identifier.

    >>> looks_so([["Respondent ID", "Do you?"], ["", "Response"], ["117", "Yes"]])
    True
    >>> looks_so([["Respondent ID", "Do you?"], ["117", "Yes"]])
    False
    >>> looks_so([["Respondent ID", "What helped?"], ["117", "Other (please specify)"]])
    False
    """
    if len(rows) < 2 or not rows[1] or rows[1][0] not in ("", rows[0][0]):
        return False
    return any(cell.lower() in OPEN for cell in rows[1][1:])


def surveymonkey(records: Sheet) -> Export:
    """Two header rows; an empty cell in the first continues the question on its left."""
    rows = records.head(2)
    if len(rows) < 2:
        raise ReadError(
            "the file has no second header row",
            remedy='export it again as "all responses data", or declare format = "csv"',
            file=records.file,
        )
    headings, last = [], ""
    for cell in rows[0]:
        last = cell or last
        headings.append(last)
    return build(records, 2, format="surveymonkey", columns={"heading": headings, "item": rows[1]})
