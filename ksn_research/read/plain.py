"""Any table with one header row that no tool's layout is recognised in."""

from __future__ import annotations

from ksn_research.errors import ReadError
from ksn_research.read.export import Export, build
from ksn_research.read.sheet import Sheet


def plain_table(records: Sheet) -> Export:
    """One header row. Raises ReadError for a table of results, which holds no responses."""
    if aggregated(records.head()):
        raise ReadError(
            "the first row groups the columns of the second: a table of results, not of responses",
            remedy="export the responses themselves, one row a respondent",
            file=records.file,
            row=1,
        )
    return build(records, 1, format="csv")


def aggregated(rows: list[list[str]]) -> bool:
    """Whether a row of group headings stands over the header: the first has gaps from its first cell on, the
    second is a full row of words.

    >>> aggregated([["", "", "Women", ""], ["Team", "All", "Yes", "No"], ["A", "4", "3", "1"]])
    True
    >>> aggregated([["", "a", "b"], ["1", "x", ""]])
    False
    """
    if len(rows) < 3 or rows[0][0] or sum(not cell for cell in rows[0]) < 2:
        return False
    return all(cell and not cell.replace(".", "").isdigit() for cell in rows[1])
