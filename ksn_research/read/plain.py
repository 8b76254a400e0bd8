"""Any table with one header row that no tool's layout is recognised in, and tables that hold no responses."""

from __future__ import annotations

import re

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


def offers_choices(rows: list[list[str]]) -> bool:
    """Whether a table lists a form's choices, which a device looks up: a name, the list that it is on or the
    key that it is found by, and nothing else but labels.

    >>> [offers_choices([head]) for head in (["name_key", "name"], ["list_name", "name", "label"])]
    [True, True]
    >>> [offers_choices([head]) for head in (["name", "label"], ["name_key", "name", "age"])]
    [False, False]
    """
    heads = {re.sub(r"\s+", "_", cell.lower()) for cell in rows[0]}
    keys = {head for head in heads if head == "list_name" or head in ("name_key", "label_key")}
    rest = heads - keys - {"name"}
    return (
        "name" in heads
        and bool(keys)
        and all(re.fullmatch(r"(label|image|media|hint)(::.*)?", head) for head in rest)
    )
