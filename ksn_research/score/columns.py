"""Which exported column holds which question.

In this order: the column the sidecar names (by the tool's own name; by heading, "heading|line of a grid", or
"heading #2" for the second of two headings alike); a column of the
question's name (tools that field an XLSForm); within a grid, stem and row label; a column whose heading, or
second heading, is the question's label in one of its languages. A question that finds no column, or more
than one, is a blocking finding: nothing is guessed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Choice, Instrument, Question
from ksn_research.read import Export
from ksn_research.score.answers import fits as named
from ksn_research.score.answers import is_other, plain

UNREAD = ("note",)
NUMBERED = re.compile(r"(.+) #([1-9]\d{0,3})")


@dataclass(frozen=True)
class Located:
    """Where a question's answers are: positions by choice name ("" where one column holds the answer),
    the positions of texts beside "Other", and of the column that holds all answers in one cell beside
    those of the choices (None where there is none). `gathered` are columns that hold one answer each, of
    which a respondent may have given several (first, second, ...)."""

    positions: Mapping[str, int]
    others: tuple[int, ...] = ()
    summary: int | None = None
    gathered: tuple[int, ...] = ()


def locate(
    export: Export, instrument: Instrument, origin: Origin
) -> tuple[dict[str, Located], list[Finding]]:
    """Columns of every question of the instrument, and a blocking finding for each not found."""
    heads = _heads(export.columns)
    places, findings = {}, []
    # A repeat's answers stand in a table of their own; read as one, its questions are found.
    repeated = {name for names in instrument.repeats.values() for name in names}
    for question in instrument.questions.values():
        if question.type in UNREAD or instrument.columns.get(question.name) == "":
            continue  # a note, or declared to be left out of the export
        candidates = _candidates(heads, question, instrument.columns.get(question.name))
        if question.type == "select_multiple":
            place, problem = _of_choices(candidates, question, instrument)
        else:
            place, problem = _of_one(candidates, question)
        if place is not None:
            places[question.name] = place
        elif question.name not in repeated:
            findings.append(_missing(question, problem, export, instrument, origin))
    return places, findings


def unplanned(export: Export, places: Mapping[str, Located], instrument: Instrument) -> list[int]:
    """Positions of columns that no question reads, nor the tool or the form's own calculations wrote."""
    read = {p for place in places.values() for p in (*place.positions.values(), *place.gathered)}
    read |= {p for place in places.values() for p in place.others}
    read |= {place.summary for place in places.values() if place.summary is not None}
    told = (export.columns["role"] != "") | export.columns["name"].isin(instrument.recorded)
    return [p for p in export.columns.index if p not in read and not told[p]]


@dataclass(frozen=True)
class _Heads:
    """The columns' words and names as they are compared, and where each stands."""

    frame: pd.DataFrame
    places: Mapping[str, Mapping[str, list[int]]]

    def at(self, where: str, texts: Iterable[str]) -> list[int]:
        """Positions of the columns that have one of the texts there, in the file's order."""
        return sorted({p for text in texts for p in self.places[where].get(text, [])})


def _heads(columns: pd.DataFrame) -> _Heads:
    words = ("heading", "item", "name", "group", "choice")
    heads = pd.DataFrame({name: columns[name].map(plain) for name in words})
    # A path's last step is a name too (Kobo, ODK).
    heads["last"] = heads["name"].str.rpartition("/")[2] if len(heads) else ""
    heads["group_last"] = heads["group"].str.rpartition("/")[2] if len(heads) else ""
    # `question/choice` is how tools that field an XLSForm head a choice's column.
    heads["before"] = heads["heading"].str.partition("/")[0] if len(heads) else ""
    places: dict[str, dict[str, list[int]]] = {}
    for name in heads:
        for p, text in heads[name].items():
            if text:
                places.setdefault(str(name), {}).setdefault(text, []).append(int(str(p)))
        places.setdefault(str(name), {})
    return _Heads(heads, places)


def _candidates(heads: _Heads, question: Question, declared: str | None) -> pd.DataFrame:
    found = _declared(heads, declared) if declared is not None else _found(heads, question)
    return heads.frame.loc[found]


def _declared(heads: _Heads, declared: str) -> list[int]:
    own = heads.at("name", [plain(declared)]) or heads.at("group", [plain(declared)])
    if own:
        return own
    heading, _, item = declared.partition("|")
    found = _headed(heads, heading, item)
    numbered = NUMBERED.fullmatch(declared)
    if found or not numbered:
        return found
    # Where a tool heads several questions alike (Google's "Untitled Question"), their order tells them apart.
    return _headed(heads, numbered[1], "")[int(numbered[2]) - 1 :][:1]


def _headed(heads: _Heads, heading: str, item: str) -> list[int]:
    fit = heads.frame["heading"].map(lambda text: named(text, heading)).astype(bool)
    if item:
        fit &= heads.frame["item"].map(lambda text: named(text, item)).astype(bool)
    return [int(p) for p in heads.frame.index[fit]]


def _found(heads: _Heads, question: Question) -> list[int]:
    name = [plain(question.name)]
    labels = {plain(text) for text in (question.label, *(label for _, label in question.labels))} - {""}
    stems = {plain(text) for text in (question.heading, *(text for _, text in question.headings))} - {""}
    in_grid = {f"{stem}{row}" for stem in stems for label in labels for row in (f" [{label}]", f" - {label}")}
    lines = set(heads.at("item", labels))
    ways = (
        sorted({*heads.at("heading", name), *heads.at("before", name)}),
        sorted({*heads.at("name", name), *heads.at("group", name)}),
        sorted({*heads.at("last", name), *heads.at("group_last", name)}),
        [p for p in heads.at("heading", stems) if p in lines],
        heads.at("heading", labels),
        heads.at("heading", {text for choice in question.choices for text in _in_words(question, choice)}),
        heads.at("heading", in_grid),
        sorted(lines),
    )
    return next((way for way in ways if way), [])


def _of_one(candidates: pd.DataFrame, question: Question) -> tuple[Located | None, str]:
    if len(candidates) > 1:
        # A choice question's "Other" text stands beside it under the same heading.
        answers = candidates[~candidates["item"].map(is_other)]
        candidates = answers if question.type == "select_one" and len(answers) == 1 else candidates
    if len(candidates) == 1:
        return Located({"": int(candidates.index[0])}), ""
    return None, "no column holds it" if candidates.empty else f"{len(candidates)} columns could hold it"


def _of_choices(
    candidates: pd.DataFrame, question: Question, instrument: Instrument
) -> tuple[Located | None, str]:
    if len(candidates) == 1 and _is_whole(candidates.iloc[0]):
        return Located({"": int(candidates.index[0])}), ""
    positions, rest = _placed(candidates, question, instrument)
    left_out = [c.name for c in question.choices if instrument.columns.get(f"{question.name}/{c.name}") == ""]
    lacking = [c for c in question.choices if c.name not in positions and c.name not in left_out]
    others = tuple(p for p in rest if is_other(candidates["item"][p]))
    summary = next((p for p in rest if _is_whole(cast("pd.Series", candidates.loc[p]))), None)
    if others and len(lacking) == 1 and is_other(lacking[0].label):
        positions[lacking[0].name], others, lacking = others[0], others[1:], []
    if not positions and summary is not None and len(rest) == 1:
        return Located({"": summary}), ""
    if not positions and len(rest) > 1 and _one_each(candidates):
        return Located({"": int(rest[0])}, gathered=tuple(int(p) for p in rest)), ""
    if not positions:
        return None, "no column holds it"
    if lacking and summary is None:
        return None, f"no column for the choice {lacking[0].name}"
    return Located(positions, others, summary), ""


def _placed(
    candidates: pd.DataFrame, question: Question, instrument: Instrument
) -> tuple[dict[str, int], list[int]]:
    """Columns by choice name, and the columns that are no choice's. Words come before codes: a tool may
    number choices by their place, which need not be the form's number."""
    positions: dict[str, int] = {}
    rest = [int(p) for p in candidates.index]
    exported = instrument.answers.get(question.name, {})
    for by_code in (False, True):
        for choice in question.choices:
            if choice.name in positions:
                continue
            said = {plain(text) for text, name in exported.items() if name == choice.name}
            for p in rest:
                head = cast("pd.Series", candidates.loc[p])
                if _of_code(head, choice) if by_code else _of_words(head, question, choice, said):
                    positions[choice.name] = p
                    rest.remove(p)
                    break
    return positions, rest


def _one_each(candidates: pd.DataFrame) -> bool:
    """Whether the columns are of one set, each with an answer and none for a certain choice (SPSS)."""
    groups = candidates["group"].unique()
    return len(groups) == 1 and groups[0] != "" and not candidates["choice"].any()


def _is_whole(head: pd.Series) -> bool:
    """Whether a column holds all of a question's answers."""
    return not head["choice"] and head["item"] in ("", "response", "open-ended response")


def _in_words(question: Question, choice: Choice) -> set[str]:
    """How a column of one choice is headed in words: question and choice."""
    if question.type != "select_multiple":
        return set()
    asked = [plain(text) for text in (question.label, *(text for _, text in question.labels))]
    told = [plain(text) for text in (choice.label, *(text for _, text in choice.labels))]
    return {f"{q}{form}" for q in asked for c in told for form in (f" - {c}", f" [{c}]", f": {c}")}


def _of_words(head: pd.Series, question: Question, choice: Choice, said: set[str]) -> bool:
    """Whether a column's words are the choice's."""
    words = {plain(text) for text in (choice.label, *(label for _, label in choice.labels))}
    words |= {plain(f"{question.name}/{choice.name}"), *_in_words(question, choice), *said}
    return head["item"] in words or head["heading"] in words


def _of_code(head: pd.Series, choice: Choice) -> bool:
    """Whether a column's code, as the tool numbers choices, is the choice's."""
    words = (choice.name, choice.label, *(label for _, label in choice.labels))
    return head["choice"] != "" and head["choice"] in {plain(text) for text in words}


def _missing(
    question: Question, problem: str, export: Export, instrument: Instrument, origin: Origin
) -> Finding:
    heads = {plain(head): head for head in export.columns["heading"] if head}
    near = difflib.get_close_matches(plain(question.label), heads, n=1, cutoff=0.75)
    hint = f" (a heading like its words: `{heads[near[0]]}`)" if near else ""
    remedy = f"name its column under [columns.{origin.year}] in {instrument.name}.toml, or correct the export"
    return origin.finding("block", problem, remedy + hint, row=1, column=question.name)
