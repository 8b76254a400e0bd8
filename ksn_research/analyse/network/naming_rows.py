"""Rows of how the names in network answers were matched to the roster: the audit that the appendix prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ksn_research.prepared import Prepared
from ksn_research.results import Row

# What is counted in the audit (see `score.named.AUDIT_COLUMNS`) -> of which total it is a part.
COUNTED = {
    "rows": "",
    "rows_used": "rows",
    "rows_unknown": "rows",
    "rows_again": "rows",
    "answered_twice": "",
    "respondents": "",
    "refused": "rows",
    "nobody": "rows",
    "silent": "rows",
    "named": "",
    "exact": "named",
    "alias": "named",
    "reviewed": "named",
    "spelling": "named",
    "self": "named",
    "outside": "named",
    "unreadable": "named",
    "again": "named",
    "below": "named",
    "ties": "",
}
UNITS = {"rows": "rows", "answered_twice": "respondents", "respondents": "respondents"}


def naming_rows(prepared: Prepared) -> list[Row]:
    """Rows of the analysis naming: measure the relation, category its topic, a statistic per fate.

    Counts of records and of names given, not of people: nothing is said of who it was.
    """
    return [row for line in prepared.naming.to_dict("records") for row in _of_line(line)]


def _of_line(line: dict[Any, Any]) -> Iterator[Row]:
    rule = f"two rows of one respondent: {line['rule']}" if line["rule"] and pd.notna(line["rule"]) else ""
    for name, of in COUNTED.items():
        yield Row(
            year=None if pd.isna(line["year"]) else int(line["year"]),
            wave="" if pd.isna(line["wave"]) else str(line["wave"]),
            source=str(line["source"]),
            analysis="naming",
            measure=str(line["relation"]),
            category="" if pd.isna(line["topic"]) else str(line["topic"]),
            statistic=name,
            estimate=float(line[name]),
            n=int(line[of or name]),
            unit=UNITS.get(of or name, "names"),
            method="count of the file's records, and of the names given in them, by what became of them",
            note=rule if name == "answered_twice" else "",
        )
