"""What study.toml says of a network: what it is, and how the cells are read that say who is tied to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml

FILE = "study.toml"
# predictor: a network that explains others, such as a distance, and has no results of its own.
NETWORK = {
    "units": str, "directed": bool, "predictor": bool, "attributes": list, "gatherings": list, "seed": int
}  # fmt: skip
# How cells are read that say who is tied to whom.
CELLS = {
    "ego": str,
    "shape": str,
    "duplicates": str,
    "answers": dict,
    "least": float,
    "empty": str,
    "none": list,
    "refused": list,
}


def check_cells(own: Mapping[str, Any], where: str) -> None:
    """What answers mean in a network's cells, and of which relations there are strengths.

    own    a network's options in one year
    Raises PlanError for an answer that means nothing, and for a strength of no relation.
    """
    for text, meant in own.get("answers", {}).items():
        number = isinstance(meant, int | float) and not isinstance(meant, bool) and meant >= 0
        if not number and meant != "refused":
            raise PlanError(
                f"{where}.answers.{text} is neither a number from 0 on nor `refused`",
                remedy='write e.g. { Never = 0, Monthly = 2, "Rather not say" = "refused" }',
                file=FILE,
            )
    if own["kind"] == "nominations":
        for relation in toml.words(own.get("strength", {}), file=FILE, where=f"{where}.strength"):
            if relation not in own["relations"]:
                raise PlanError(
                    f"{where}.strength names `{relation}`, which is no relation",
                    remedy="name one of relations",
                    file=FILE,
                )
