"""What was asked of whom, in which year: frozen specs of a study and of its instruments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = (
    "organisations",
    "people",
    "circles",
    "survey",
    "nominations",
    "edges",
    "interviews",
    "attendance",
    "activity",
    "records",
)


# Why there is no answer: the choice or question was not in that version of the form; branching did not show
# it; it was shown and left empty; the respondent had stopped before it; answers that stand for no answer.
MISSING = ("not_offered", "not_shown", "skipped", "stopped", "dont_know", "refused")
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Choice:
    """One offered answer. `value` is its number where the choices are a numbered scale, else None.
    `missing` names the kind of missing it stands for ("dont_know", "refused"), else empty.
    `labels` holds its words by language; empty in a form of one language."""

    name: str
    label: str
    value: float | None = None
    missing: str = ""
    labels: Labels = ()


@dataclass(frozen=True)
class Question:
    """One question. `heading` is the label of the group it stands in (a grid's stem), else empty.
    `relevant`, `constraint` are XLSForm expressions: when it is shown (its groups' conditions included), and
    what holds for an allowed answer `.`.
    `change` says in words why its answers cannot be compared with the wave before, else empty.
    `reported` is False for a question that serves the study (a permission, a check) and is no result.
    `labels`, `headings` hold words by language; empty in a form of one language."""

    name: str
    type: str
    label: str
    choices: tuple[Choice, ...] = ()
    heading: str = ""
    relevant: str = ""
    required: bool = False
    change: str = ""
    reported: bool = True
    constraint: str = ""
    labels: Labels = ()
    headings: Labels = ()


@dataclass(frozen=True)
class Scale:
    """Items averaged to one score. `low`, `high` are the declared anchors (reverse = low + high - x);
    a score needs `min_answered` of the items; `change` as in Question, when any item changed."""

    name: str
    label: str
    items: tuple[str, ...]
    reverse: tuple[str, ...] = ()
    low: float = 1.0
    high: float = 5.0
    min_answered: float = 0.8
    source: str = ""
    change: str = ""


@dataclass(frozen=True)
class Measure:
    """A share that the report states: how many of those who answered chose one of `choices`.

    denominator  "answered": everyone who answered the question, don't-know included;
                 "substantive": without answers that stand for a kind of missing
    """

    name: str
    label: str
    question: str
    choices: tuple[str, ...]
    denominator: str = "answered"


@dataclass(frozen=True)
class Instrument:
    """A questionnaire of one wave, with what XLSForm does not say."""

    name: str
    title: str
    questions: Mapping[str, Question]
    scales: Mapping[str, Scale] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wave:
    """One fielding of one source. `year` is None for a source of no year; `name` is empty unless a year
    has several waves ("kick-off", "midpoint", "closing")."""

    year: int | None
    name: str
    file: Path
    instrument: Instrument | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """One source of records and its waves, oldest first."""

    name: str
    kind: str
    label: str
    waves: tuple[Wave, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A study: its folder, its years, its sources and the rules of its report.

    people, organisations  disclosure thresholds (distinct people, distinct organisations)
    headline               "source.measure" names declared before the data came
    """

    name: str
    folder: Path
    title: str
    publisher: str
    years: tuple[int, ...]
    sources: Mapping[str, Source]
    headline: tuple[str, ...] = ()
    people: int = 5
    organisations: int = 3
