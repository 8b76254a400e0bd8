"""What changed between two years of a questionnaire, as reviewed: `crosswalks/<instrument>.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.known import known
from ksn_research.plan.specs import Instrument, Question

CHANGE = {"year": int, "question": str, "comparable": str, "reason": str}
UNDECLARED = "does not say whether it may be compared"


def reviewed(instrument: Instrument, crosswalk: Path, year: int | None) -> Instrument:
    """The instrument of one year with its declared changes; `crosswalk` may be absent."""
    return mark_changes(instrument, _declared(crosswalk, instrument.questions, year))


def mark_changes(instrument: Instrument, changes: Mapping[str, str]) -> Instrument:
    """The instrument with `change` set on the given questions and on every scale that uses them."""
    questions = {n: replace(q, change=changes.get(n, q.change)) for n, q in instrument.questions.items()}
    scales = {
        name: replace(
            scale, change="; ".join(dict.fromkeys(filter(None, (questions[i].change for i in scale.items))))
        )
        for name, scale in instrument.scales.items()
    }
    return replace(instrument, questions=questions, scales=scales)


def undeclared_changes(
    older: Instrument, newer: Instrument, crosswalk: Path, year: int | None
) -> dict[str, str]:
    """Questions whose wording or choices differ between two waves without a word in the crosswalk.

    Such a question is not compared: the reason says what an analyst has to add.
    """
    declared = {change.get("question") for change in _changes(crosswalk) if change.get("year") == year}
    found = {}
    for name, now in newer.questions.items():
        before = older.questions.get(name)
        if before is None or name in declared or (_asked(before) == _asked(now)):
            continue
        found[name] = f"wording or choices changed and the crosswalk {crosswalk.name} {UNDECLARED}"
    return found


def _asked(question: Question) -> tuple[object, ...]:
    offered = tuple((choice.name, choice.label) for choice in question.choices)
    return question.type, question.label, question.heading, offered


def _changes(crosswalk: Path) -> list[dict[str, Any]]:
    if not crosswalk.exists():
        return []
    top = toml.load(crosswalk)
    return toml.table(top, {"change": list}, file=crosswalk.name, where="the crosswalk").get("change", [])


def _declared(crosswalk: Path, questions: Mapping[str, Question], year: int | None) -> dict[str, str]:
    """Reasons by question, for this year's changes after which answers may not be compared."""
    reasons = {}
    for change in _changes(crosswalk):
        toml.table(change, CHANGE, file=crosswalk.name, where="a change")
        question = toml.required(change, "question", str, file=crosswalk.name, where="a change")
        if change.get("year") == year:
            known([question], questions, crosswalk.name, "a change")
        if change.get("comparable") not in ("yes", "label", "no"):
            raise PlanError(
                f"the change of `{change['question']}` does not say whether it is comparable",
                remedy='add comparable = "yes", "label" or "no"',
                file=crosswalk.name,
            )
        if change.get("year") == year and change["comparable"] == "no":
            reasons[change["question"]] = change.get("reason", f"question changed in {year}")
    return reasons
