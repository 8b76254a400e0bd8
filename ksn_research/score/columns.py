"""Which exported column holds which question.

In this order: the column the sidecar names; a column headed with the question's name (tools that field
an XLSForm); within a grid, stem and row label; a column whose heading, or second heading, is the question's
label. A question
that finds no column, or more than one, is a blocking finding: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Instrument, Question
from ksn_research.read import Export
from ksn_research.score.answers import fits as named
from ksn_research.score.answers import is_other, plain

UNREAD = ("note",)


@dataclass(frozen=True)
class Located:
    """Where a question's answers are: positions by choice name ("" where one column holds the answer),
    and the position of the text beside "Other" (None where there is none)."""

    positions: Mapping[str, int]
    other: int | None = None


def locate(
    export: Export, instrument: Instrument, origin: Origin
) -> tuple[dict[str, Located], list[Finding]]:
    """Columns of every question of the instrument, and a blocking finding for each not found."""
    heads = _heads(export.columns)
    places, findings = {}, []
    for question in instrument.questions.values():
        if question.type in UNREAD:
            continue
        candidates = _candidates(heads, question, instrument.columns.get(question.name))
        if question.type == "select_multiple":
            place, problem = _of_choices(candidates, question)
        else:
            place, problem = _of_one(candidates, question)
        if place is not None:
            places[question.name] = place
        else:
            findings.append(_missing(question, problem, instrument, origin))
    return places, findings


def unplanned(export: Export, places: Mapping[str, Located]) -> list[int]:
    """Positions of columns that no question reads."""
    read = {p for place in places.values() for p in place.positions.values()}
    read |= {place.other for place in places.values() if place.other is not None}
    return [p for p in export.columns.index if p not in read]


def _heads(columns: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"heading": columns["heading"].map(plain), "item": columns["item"].map(plain)})


def _candidates(heads: pd.DataFrame, question: Question, declared: str | None) -> pd.DataFrame:
    if declared is not None:
        heading, _, item = declared.partition("|")
        fits = heads["heading"].map(lambda text: named(text, heading))
        if item:
            fits &= heads["item"].map(lambda text: named(text, item))
        return heads[fits]
    name, label, stem = plain(question.name), plain(question.label), plain(question.heading)
    for fits in (
        (heads["heading"] == name) | heads["heading"].str.startswith(name + "/"),
        (heads["heading"] == stem) & (heads["item"] == label)
        if stem
        else heads["heading"] != heads["heading"],
        heads["heading"] == label,
        heads["heading"].isin([f"{stem} [{label}]", f"{stem} - {label}"]),
        heads["item"] == label,
    ):
        if fits.any():
            return heads[fits]
    return heads.iloc[:0]


def _of_one(candidates: pd.DataFrame, question: Question) -> tuple[Located | None, str]:
    if len(candidates) > 1:
        # A choice question's "Other" text stands beside it under the same heading.
        answers = candidates[~candidates["item"].map(is_other)]
        candidates = answers if question.type == "select_one" and len(answers) == 1 else candidates
    if len(candidates) == 1:
        return Located({"": int(candidates.index[0])}), ""
    return None, "no column holds it" if candidates.empty else f"{len(candidates)} columns could hold it"


def _of_choices(candidates: pd.DataFrame, question: Question) -> tuple[Located | None, str]:
    if len(candidates) == 1 and candidates["item"].iloc[0] in ("", "response", "open-ended response"):
        return Located({"": int(candidates.index[0])}), ""
    positions: dict[str, int] = {}
    rest = list(candidates.index)
    for choice in question.choices:
        names = {plain(choice.label), plain(f"{question.name}/{choice.name}")}
        found = [p for p in rest if candidates["item"][p] in names or candidates["heading"][p] in names]
        if found:
            positions[choice.name] = int(found[0])
            rest.remove(found[0])
    lacking = [choice for choice in question.choices if choice.name not in positions]
    other = next((int(p) for p in rest if is_other(candidates["item"][p])), None)
    if other is not None and len(lacking) == 1 and is_other(lacking[0].label):
        positions[lacking[0].name], other = other, None
        lacking = []
    if lacking:
        return None, f"no column for the choice {lacking[0].name}" if positions else "no column holds it"
    return Located(positions, other), ""


def _missing(question: Question, problem: str, instrument: Instrument, origin: Origin) -> Finding:
    remedy = f"name its column under [columns.{origin.year}] in {instrument.name}.toml, or correct the export"
    return origin.finding("block", problem, remedy, row=1, column=question.name)
