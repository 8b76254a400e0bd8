"""Small exports and waves in memory, for the tests of reading and scoring."""

from __future__ import annotations

from pathlib import Path

from ksn_research.errors import Finding
from ksn_research.plan import Instrument, Wave
from ksn_research.read.export import Export, build
from ksn_research.read.sheet import sheet


def export(*rows: list[str], headers: int = 1, file: str = "x.csv") -> Export:
    """An export whose first record (or two) is the header."""
    records = sheet([list(row) for row in rows], file=file)
    items = {"item": list(rows[1])} if headers == 2 else {}
    return build(records, headers, format="csv", columns=items)


def wave(year: int | None = 2025, instrument: Instrument | None = None, **options: object) -> Wave:
    return Wave(year, "", Path("x.csv"), instrument, options)


def said(findings: list[Finding], severity: str = "block") -> list[str]:
    """The findings of one severity as a screen shows them."""
    return [str(f) for f in findings if f.severity == severity]
