"""Names in a plan that must be questions of the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ksn_research.errors import PlanError
from ksn_research.plan.specs import Question


def known(names: Iterable[str], questions: Mapping[str, Question], file: str, where: str) -> None:
    """Raise PlanError for the first name that is no question."""
    for name in names:
        if name not in questions:
            raise PlanError(
                f"{where} names `{name}`, which is no question of the form",
                remedy="correct the name, add the question, or say under `years` when it is asked",
                file=file,
            )
