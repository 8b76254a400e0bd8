"""What to look at in a questionnaire before it is fielded: pyxform's warnings, and what survey tools and
spreadsheets make of names. Imports specs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from ksn_research.errors import SEVERITIES, Finding
from ksn_research.plan.specs import Choice, Instrument, Question

# By the reading of `recorded`: what somebody answers, and no analysis reads.
ASKED = (
    "rank", "osm", "geopoint", "geoshape", "geotrace", "photo", "image", "audio", "video", "file",
    "location", "gps",
)  # fmt: skip
ROW = re.compile(r"\[row : (\d+)\]\s*")
SAFE = re.compile(r"[\w.-]+")

# What is wrong with a choice's name, how bad it is, and what to do.
NAMES: tuple[tuple[Callable[[str], bool], str, str, str], ...] = (
    (
        lambda name: len(name.split()) > 1,
        "block",
        "has a space in its name, which Kobo and ODK read as two answers",
        "use an underscore",
    ),
    (
        lambda name: name.startswith("-"),
        "warn",
        "is a negative code, which spreadsheets take for a formula and expressions for a subtraction",
        "use letters or digits (dont_know, 99), and list it under [missing]",
    ),
    (
        lambda name: not SAFE.fullmatch(name),
        "warn",
        "has a sign in its name that separates answers or columns in exports",
        "use letters, digits, _ and -",
    ),
)

# Severity, problem, remedy, column, row.
_Said = tuple[str, str, str, str, int | None]


def form_findings(instrument: Instrument, year: int | None = None) -> list[Finding]:
    """What is odd about a form that pyxform accepts, worst first. What blocks cannot be fielded as it is.

    `source` of the findings is the instrument's name.
    """
    questions = instrument.questions.values()
    said = [
        *_names(questions),
        *_cases("question", [q.name for q in questions], ""),
        *_same_words(questions),
        *_untranslated(instrument),
        *_unread(instrument),
        *_of_pyxform(instrument.warnings),
    ]
    found = [
        Finding(
            severity=severity,
            source=instrument.name,
            year=year,
            file=instrument.file,
            row=row,
            column=column,
            problem=problem,
            remedy=remedy,
        )
        for severity, problem, remedy, column, row in said
    ]
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))


def _names(questions: Iterable[Question]) -> Iterator[_Said]:
    """Choice names that a tool would refuse or change, each once, at the first question that offers it."""
    first: dict[str, str] = {}
    for question in questions:
        for choice in question.choices:
            first.setdefault(choice.name, question.name)
    for name, where in first.items():
        for wrong, severity, problem, remedy in NAMES:
            if wrong(name):
                yield severity, f"the choice `{name}` {problem}", remedy, where, None
                break


def _same_words(questions: Iterable[Question]) -> Iterator[_Said]:
    lists: dict[tuple[Choice, ...], str] = {}
    for question in questions:
        lists.setdefault(question.choices, question.name)
    for choices, where in lists.items():
        yield from _cases("choice", [choice.name for choice in choices], where)
        for label, count in Counter(choice.label.casefold() for choice in choices).items():
            if count > 1:
                names = ", ".join(c.name for c in choices if c.label.casefold() == label)
                problem = (
                    f"the choices {names} have the same words: an export of words cannot tell them apart"
                )
                yield "warn", problem, "give each its own words", where, None


def _cases(what: str, names: Iterable[str], column: str) -> Iterator[_Said]:
    said: dict[str, str] = {}
    for name in names:
        other = said.setdefault(name.casefold(), name)
        if other != name:
            problem = f"the {what}s `{other}` and `{name}` differ in capitals only"
            yield "warn", problem, "rename one of them", column or name, None


def _untranslated(instrument: Instrument) -> Iterator[_Said]:
    """How many labels each language lacks; the default language's words stand for them."""
    labels = [
        label
        for question in instrument.questions.values()
        for label in (question.labels, *(choice.labels for choice in question.choices))
        if label
    ]
    for language in instrument.languages:
        lacking = sum(not dict(label).get(language) for label in labels)
        if lacking and len(instrument.languages) > 1:
            problem = f"{lacking} of {len(labels)} labels are not translated into {language}"
            yield "warn", problem, "translate them; until then another language's words stand there", "", None


def _unread(instrument: Instrument) -> Iterator[_Said]:
    for name, kind in instrument.recorded.items():
        if kind in ASKED:
            problem = f"`{name}` is asked as {kind}, which no analysis reads"
            yield "note", problem, "nothing, or ask it as a choice or a text", name, None
    for repeat, names in instrument.repeats.items():
        problem = f"the repeat `{repeat}` has several answers a respondent to {', '.join(names)}"
        yield "note", problem, "read its own sheet or file as a source of records", repeat, None


def _of_pyxform(warnings: Iterable[str]) -> Iterator[_Said]:
    for warning in warnings:
        row = ROW.search(warning)
        words = " ".join(ROW.sub("", warning).split())
        remedy = "see https://xlsform.org"
        yield "warn", f"pyxform warns: {words}", remedy, "", int(row[1]) if row else None
