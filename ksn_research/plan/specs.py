"""What was asked of whom, in which year: frozen specs of a study and of its instruments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
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
    `change` says in words why its answers cannot be compared with the wave before, else empty; `mark` what
    the report has to say beside a comparison that may be drawn.
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
    mark: str = ""


@dataclass(frozen=True)
class Scale:
    """Items averaged to one score. `low`, `high` are the declared anchors (reverse = low + high - x);
    a score needs `min_answered` of the items; `change` and `mark` as in Question, when any item changed;
    `source` and `licence` are those of the wording."""

    name: str
    label: str
    items: tuple[str, ...]
    reverse: tuple[str, ...] = ()
    low: float = 1.0
    high: float = 5.0
    min_answered: float = 0.8
    source: str = ""
    change: str = ""
    mark: str = ""
    licence: str = ""


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
class Change:
    """What was reviewed about one question since the wave before.

    comparable  "yes", "label-change" (compared, and marked), "no", or "review" (a draft: not compared)
    was         its name in the earlier form, "" where it kept its name
    choices     this form's choice -> the earlier form's; several may stand for one earlier choice
    """

    question: str
    comparable: str
    was: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Instrument:
    """A questionnaire of one wave, with what XLSForm does not say. `changes` is what was reviewed about it
    since the wave before, by question.

    language, languages  the one that `label`s are in, and all that the form names, its default first; both
                         empty in a form that names none
    recorded      what the form holds beside questions, name -> XLSForm type: calculated, recorded by the
                  device, or answered by something that no analysis reads (a place, a picture, a ranking)
    calculations  the expressions of what is calculated
    repeats       a repeat's name -> its questions, which have several answers a respondent
    versions      a version of the form -> the questions that it did not offer
    unanswered    texts that stand for no answer in any cell -> kind of missing ("-99" -> "skipped")
    file, sheets, warnings  the form as it was written: its name, its sheets' rows with the header first, and
                  what pyxform said about it
    """

    name: str
    title: str
    questions: Mapping[str, Question]
    scales: Mapping[str, Scale] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)
    unanswered: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    languages: tuple[str, ...] = ()
    recorded: Mapping[str, str] = field(default_factory=dict)
    calculations: Mapping[str, str] = field(default_factory=dict)
    repeats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: str = field(default="", compare=False)
    sheets: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict, compare=False, repr=False)
    warnings: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Wave:
    """One fielding of one source. `year` is None for a source of no year; `name` is empty unless a year
    has several waves ("kick-off", "midpoint", "closing"). `table` is what holds the records where no file
    does: a table of the study's engine, or the address of a file that the engine reads; `file` then only
    names it."""

    year: int | None
    name: str
    file: Path
    instrument: Instrument | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    table: str = ""


@dataclass(frozen=True)
class Source:
    """One source of records and its waves, oldest first."""

    name: str
    kind: str
    label: str
    waves: tuple[Wave, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Analysis:
    """What is compared beyond the usual, declared before the data came; its tests are one family.

    kind     "groups" (levels of a column), "adjusted" (members of something and others, adjusted by
             covariates, with dose), "nested" (people in groups, before and after); of networks "two_mode"
             (people and circles), "spread" (ideas), "informal" (help beside a scheme), "expertise" (topics),
             "explained" (which ties there are); of interviews "two_sources" and
             "joint" (beside scores and positions); of engagement "recognition", "exchange", "funnel"
    options  what the kind needs; see `plan.analyses`
    """

    name: str
    kind: str
    label: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """How members are found again in other years: by keyed hashes of their codes in one survey.

    secret, fingerprint  the name of the secret, which lies outside the study, and what it is recognised by
    sealed               years in whose files the codes have been replaced by keys
    """

    source: str
    secret: str
    fingerprint: str
    sealed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Study:
    """A study: its folder, its years, its sources and the rules of its report.

    people, organisations  disclosure thresholds (distinct people, distinct organisations)
    rounding               the base that published counts are rounded to, 0: not rounded
    corrected              (source, year) of which earlier records were wrong
    headline               "source.measure" names declared before the data came
    panel                  how members are linked across years; None: by their codes as they stand
    analyses               further comparisons, by name
    dates                  the day on which a year's edition is published, for embargoes on quotes
    coreq                  how the interviews were done: answers by name of a COREQ item
    suggestions            own texts of what circle pages suggest, by "circle_suggestions.rule.key"
    memory                 the folder of what the study remembers of its editions, where it is not its own
    engine                 the address of what counts the platform's log, "" for the embedded engine
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
    rounding: int = 0
    corrected: tuple[tuple[str, int | None], ...] = ()
    panel: Panel | None = None
    analyses: Mapping[str, Analysis] = field(default_factory=dict)
    dates: Mapping[int, date] = field(default_factory=dict)
    coreq: Mapping[str, str] = field(default_factory=dict)
    suggestions: Mapping[str, str] = field(default_factory=dict)
    memory: Path | None = None
    engine: str = ""

    @property
    def remembered(self) -> Path:
        """The folder of what the study remembers of its editions: its own, or an edition's copy."""
        return self.memory or self.folder
