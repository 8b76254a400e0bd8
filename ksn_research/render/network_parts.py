"""The parts of the network section, and how its tables are written down.

Imports specs.
"""

from __future__ import annotations

from typing import Any

from ksn_research.render.specs import Column, TableSpec

SHAPE = "Shape, and how far the silent could change it"
POSITIONS = "Positions, without names"
BOUNDARIES = "Across boundaries"
TIES = "What goes with ties"
CHANGE = "What became of ties"
GATHERINGS = "Gatherings and new ties"
CIRCLES = "Circles and ideas"
HELP = "Help beside the official scheme"
EXPERTISE = "Who knows what"


PLAIN = {"group": ""}
WHOLE = {"category": "", **PLAIN}
RELATION = ("source", "measure")


def table(
    name: str, part: str, title: str, where: dict[str, Any], *columns: Column, **more: Any
) -> TableSpec:
    """A table of a part of the section."""
    return TableSpec(name, "network", title, where, columns, part=part, **more)


def annex(name: str, title: str, where: dict[str, Any], *columns: Column, **more: Any) -> TableSpec:
    """A table of the workbook."""
    return TableSpec(name, "annex", title, where, columns, annex=True, **more)
