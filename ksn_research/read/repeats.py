"""Rows of a repeat with the columns of what they stand in.

Kobo puts each repeat on its own worksheet (`_parent_index` names a row's `_index` in the table
`_parent_table_name`), ODK into its own file (`PARENT_KEY`, `KEY`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ksn_research.errors import Finding, ReadError
from ksn_research.read.sheet import Sheet

CUT = 31  # a worksheet's name is no longer; Kobo shortens it and ends it with dots
DEEPEST = 20  # repeats in repeats


def join_parent(child: Sheet, parent: Sheet, child_key: str, parent_key: str) -> Sheet:
    """The child's rows, each with its parent's cells behind its own; names unchanged, the child's first.

    child_key, parent_key  headings in the first row of each; the first column so headed counts

    A row without a parent is kept, with empty cells, and counted in a finding. Raises ReadError where a key
    has no column, or two parents have the same key.
    """
    _refuse_overlong(parent)
    own, other = _key(child, child_key), _key(parent, parent_key)
    filled = other != ""
    twice = other[filled].duplicated()
    if twice.any():
        raise ReadError(
            "two rows have the same key, so that the rows of a repeat have no one parent",
            remedy="export the form again, or remove one of them",
            file=parent.file,
            row=int(twice.index[twice][0]),
            column=parent_key,
        )
    place = pd.Index(other[filled]).get_indexer(pd.Index(own))
    joined = _behind(child, parent, parent.frame.loc[other.index[filled]], place)
    lost = own.index[place < 0]
    findings = (*child.findings, *parent.findings, *_orphans(child, parent, lost, child_key))
    return Sheet(child.file, joined, child.name, child.overlong, findings)


def with_parents(sheets: Sequence[Sheet], name: str, inside: tuple[str, ...] = ()) -> Sheet:
    """A worksheet of Kobo's workbook, joined with all that it stands in; a table that is in none stays.

    inside  the tables below it, when it is joined to them

    Raises ReadError where there is no such worksheet, a parent is missing, or tables stand in each other.
    """
    table = _named(sheets, name)
    above = _parent_name(table)
    if not above:
        return table
    if table.name in inside or len(inside) > DEEPEST:
        raise ReadError("the repeats stand in each other", remedy="export the form again", file=table.file)
    parent = with_parents(sheets, above, (*inside, table.name))
    return join_parent(table, parent, "_parent_index", "_index")


def _refuse_overlong(parent: Sheet) -> None:
    if parent.overlong is not None:
        raise ReadError(
            f"the row has {parent.overlong[1]} cells and the header {parent.frame.shape[1]}",
            remedy="look for an unquoted separator in that row",
            file=parent.file,
            row=parent.overlong[0],
        )


def _key(table: Sheet, heading: str) -> pd.Series:
    headers = table.head(1)[0] if len(table) else []
    if heading not in headers:
        raise ReadError(
            f"there is no column `{heading}`, which a repeat is joined by",
            remedy="export the form with its repeats again",
            file=table.file,
            row=1,
            column=heading,
        )
    return table.frame.iloc[1:][headers.index(heading)]


def _behind(child: Sheet, parent: Sheet, rows: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    """The child's columns and the parents' at `place` (-1 for none), headings included."""
    cells = {}
    for i in parent.frame:
        taken = rows[i].reset_index(drop=True).reindex(place).fillna("")
        cells[i] = [parent.frame[i].iloc[0], *taken]
    added = pd.DataFrame(cells, index=child.frame.index).astype("str")
    return _renumbered(pd.concat([child.frame, added], axis=1))


def _renumbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(frame.shape[1]), axis=1)


def _orphans(child: Sheet, parent: Sheet, lost: pd.Index, key: str) -> list[Finding]:
    if not len(lost):
        return []
    return [
        Finding(
            severity="warn",
            source="",
            file=child.file,
            row=int(lost[0]),
            column=key,
            problem=f"rows of the repeat have no parent in {parent.name or parent.file}",
            remedy="export the form and its repeats at the same time",
            count=len(lost),
        )
    ]


def _parent_name(table: Sheet) -> str:
    headers = table.head(1)[0] if len(table) else []
    if "_parent_table_name" not in headers or "_parent_index" not in headers:
        return ""
    named = [text for text in table.frame.iloc[1:][headers.index("_parent_table_name")].unique() if text]
    if len(named) > 1:
        raise ReadError(
            "the rows of this repeat stand in several tables", remedy="export the form again", file=table.file
        )
    return named[0] if named else ""


def _named(sheets: Sequence[Sheet], name: str) -> Sheet:
    found = [sheet for sheet in sheets if sheet.name == name] or [
        sheet for sheet in sheets if _is_cut(sheet.name, name)
    ]
    if len(found) != 1:
        raise ReadError(
            f"there is no worksheet `{name}`, or more than one",
            remedy=f"use one of {', '.join(sheet.name for sheet in sheets)}",
            file=sheets[0].file if sheets else "",
        )
    return found[0]


def _is_cut(short: str, name: str) -> bool:
    return (
        len(name) > CUT and len(short) <= CUT and name.startswith(short.rstrip(".")) and len(short) >= CUT - 3
    )
