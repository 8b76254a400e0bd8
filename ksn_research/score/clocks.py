"""The times that a survey tool recorded: whether they are understood, and in how many zones they are."""

from __future__ import annotations

import re

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.read import Export
from ksn_research.score.dates import LONGEST, OFFSET, dates

TIMES = ("started", "ended", "submitted")
NOT_YET = ("", "[not completed]")
ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")


def clocks(export: Export, origin: Origin) -> list[Finding]:
    """A finding per recorded time that cannot be read, or whose rows are in several zones.

    Such a time is used for how long somebody took, and for nothing else.
    """
    found = []
    for role in TIMES:
        column = export.role(role)
        if column is None:
            continue
        heading = str(export.columns.loc[export.columns["role"] == role, "heading"].iloc[0])
        column = column.mask(column.isin(NOT_YET), "")
        made, bad, why = dates(column)
        if bad.any():
            problem = f"{int(bad.sum())} of the tool's own times are not understood ({why})"
            remedy = (
                "they are left out where it matters how long somebody took; else nothing needs to be done"
            )
            row = bad.index[bad][0]
            found.append(
                origin.finding("warn", problem, remedy, row=row, column=heading, count=int(bad.sum()))
            )
        zones = _zones(column[made.notna()])
        if len(zones) > 1:
            problem = f"the tool's own times are in {len(zones)} zones ({', '.join(sorted(zones))})"
            found.append(
                origin.finding("note", problem, "none needed: they are compared in UTC", column=heading)
            )
    return found


def _zones(column: pd.Series) -> set[str]:
    texts = [str(text) for text in column.unique() if len(text) <= LONGEST]
    matches = [OFFSET.search(text) or ZONE.search(text) for text in texts]
    return {match[0].strip() for match in matches if match}
