"""The `design` of a survey in study.toml: by what its respondents are weighted to the roster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml

DESIGN = {"rake": list, "poststratify": list, "strata": str, "clusters": str, "trim": float}
DESIGN_COLUMNS = {
    "rake": ("region", "type", "role"),
    "poststratify": ("region", "type", "role"),
    "strata": ("region", "type", "role"),
    "clusters": ("organisation", "circle"),
}


def check_design(own: Mapping[str, Any], where: str, file: str) -> None:
    """How the respondents stand for the roster: only by what the roster knows of everybody.

    Raises PlanError for a column that the roster does not have for everybody, and what does not go together.
    """
    design = toml.table(own.get("design", {}), DESIGN, file=file, where=f"{where}.design")
    for option, allowed in DESIGN_COLUMNS.items():
        given = design.get(option, [])
        for column in given if isinstance(given, list) else [given]:
            if column not in allowed:
                raise PlanError(
                    f"{where}.design.{option} names `{column}`",
                    remedy=f"use one of {', '.join(allowed)}",
                    file=file,
                )
    if "rake" in design and "poststratify" in design:
        raise PlanError(
            f"{where}.design has both `rake` and `poststratify`",
            remedy="rake to several margins, or post-stratify by cells of the roster; keep one",
            file=file,
        )
    if design and not own.get("respondent"):
        raise PlanError(
            f"{where} has a design but no `respondent`",
            remedy="name the question with the member code: without it nobody is found on the roster",
            file=file,
        )
    if design.get("trim", 2.0) <= 1:
        raise PlanError(f"{where}.design.trim must be over 1", remedy="e.g. 5.0", file=file)
