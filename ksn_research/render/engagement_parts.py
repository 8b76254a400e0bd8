"""The parts of the engagement section, and how its tables are written down.

Imports specs.
"""

from __future__ import annotations

from typing import Any

from ksn_research.render.specs import Column, TableSpec

GATHERINGS = "Who comes to gatherings"
AGAIN = "Who comes again"
GUESTS = "Guests who became members"
SESSIONS = "Sessions: how they are rated, what people bring and take"
THANKS = "Who is thanked"
PLATFORM = "Who is active on the platform"
LASTING = "How long members stay active"
AFTERWARDS = "What is used of a gathering, and afterwards"

PLAIN = {"group": ""}


def table(
    name: str, part: str, title: str, where: dict[str, Any], *columns: Column, **more: Any
) -> TableSpec:
    """A table of a part of the section."""
    return TableSpec(name, "engagement", title, where, columns, part=part, **more)


def annex(name: str, title: str, where: dict[str, Any], *columns: Column, **more: Any) -> TableSpec:
    """A table of the workbook."""
    return TableSpec(name, "annex", title, where, columns, annex=True, **more)
