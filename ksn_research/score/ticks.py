"""Select-multiple questions: several answers in one cell, or one column per choice, or both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Choice, Question
from ksn_research.score import answers as typing

YES = ("1", "true", "yes", "y", "x", "checked", "selected", "on", "ja", "oui", "sí", "si")
NO = ("0", "false", "no", "n", "unchecked", "not selected", "off", "nein", "nee", "non")
TICKED = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
BETWEEN = re.compile(r"[;|,\n]")
LONGEST = 5000  # letters of a cell that is taken apart


@dataclass(frozen=True)
class Ticks:
    """A select-multiple question, typed.

    chosen      one boolean column a choice, NA for a choice that this row was not offered
    bad         rows with an answer that is no choice
    own         rows with words of their own, counted as "Other"
    filled      rows whose cells hold anything
    explicit    whether the tool writes a no where a choice was offered and not taken, so that an empty cell
                is none
    """

    chosen: pd.DataFrame
    bad: pd.Series
    own: pd.Series
    filled: pd.Series
    explicit: bool
    findings: list[Finding]


def split(cell: str, question: Question, said: Mapping[str, str] | None = None) -> list[str] | None:
    """Choice names in one cell; None when it holds what is no choice.

    Separators are ; | , and line breaks; since labels may hold them too, the longest choice that fits is
    taken first (both Google's "; " and ", " are read so). Names or labels between spaces are taken apart
    where that can be done in exactly one way. What is left over is an "Other" answer where one is offered.

    >>> from ksn_research.plan import Choice
    >>> q = Question("m", "select_multiple", "", (Choice("peers", "Peers"), Choice("eq", "Equity, access")))
    >>> split("Equity, access, Peers", q), split("peers eq", q), split("Peers; rain", q)
    (['eq', 'peers'], ['peers', 'eq'], None)
    """
    return _split(cell, question, typing.names_of(question, said))


def _split(cell: str, question: Question, known: Mapping[str, str]) -> list[str] | None:
    cell = cell if typing.plain(cell) in known else typing.unguarded(cell)
    whole = known.get(typing.plain(cell))
    if whole is not None:
        return [whole]
    if len(cell) > LONGEST:
        return None
    found, rest = _longest_first(cell, known)
    if not rest:
        return found
    if not found:
        words, names = cell.split(), {typing.plain(choice.name) for choice in question.choices}
        by_words = _by_words(words, known)
        if by_words or any(typing.plain(word) in names for word in words):
            return by_words or None
    other = next((choice.name for choice in question.choices if typing.is_other(choice.label)), None)
    # A misspelt choice is not somebody's own words.
    if other is None or any(typing.nearest(piece, question) for piece in rest):
        return None
    return [*found, other]


def _readings(
    texts: Sequence[str], question: Question, known: Mapping[str, str], apart: Mapping[str, str]
) -> list[list[str] | None]:
    """Choice names in each distinct cell.

    known, apart  every word for a choice; and those that are neither its name nor its label

    A tool writes names or labels. Where all cells can be read as names, or all as labels, they are; a cell
    that then still means two things ("2,5": two names, or one label) is not understood.
    """
    ways = [
        [_wholly(text, {**words, **apart}) if text else [] for text in texts]
        for words in typing.names_and_labels(question)
    ]
    whole = [all(found is not None for found in way) for way in ways]
    if all(whole):
        return [one if one == other else None for one, other in zip(*ways, strict=True)]
    if any(whole):
        return ways[whole.index(True)]
    return [_split(text, question, known) if text else [] for text in texts]


def _wholly(cell: str, known: Mapping[str, str]) -> list[str] | None:
    """Choices in a cell that holds nothing else; None where it does."""
    cell = cell if typing.plain(cell) in known else typing.unguarded(cell)
    whole = known.get(typing.plain(cell))
    if whole is not None or len(cell) > LONGEST:
        return None if whole is None else [whole]
    found, rest = _longest_first(cell, known)
    return found if not rest else _by_words(cell.split(), known) or None


def _longest_first(cell: str, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Choices between separators, and the pieces that are left over."""
    cuts = [(m.start(), m.end()) for m in BETWEEN.finditer(cell)]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(cell)]
    reach = 1 + max((len(BETWEEN.findall(text)) for text in known), default=0)
    found: list[str] = []
    rest: list[str] = []
    i = 0
    while i < len(starts):
        for j in range(min(i + reach, len(starts)), i, -1):
            name = known.get(typing.plain(cell[starts[i] : ends[j - 1]]))
            if name is not None:
                found.append(name)
                i = j
                break
        else:
            rest += filter(None, [cell[starts[i] : ends[i]].strip()])
            i += 1
    return found, rest


def _by_words(words: list[str], known: Mapping[str, str]) -> list[str]:
    """The one way to read words as choices; empty where there is none, or more than one."""
    reach = max((len(text.split()) for text in known), default=1)
    ways: list[list[list[str]]] = [[] for _ in range(len(words) + 1)]
    ways[0] = [[]]
    for end in range(1, len(words) + 1):
        for start in range(max(0, end - reach), end):
            name = known.get(typing.plain(" ".join(words[start:end])))
            if name is not None:
                ways[end] += [[*way, name] for way in ways[start][:2]]
        ways[end] = ways[end][:2]
    return ways[-1][0] if len(ways[-1]) == 1 else []


def in_one_cell(
    column: pd.Series, question: Question, said: Mapping[str, str], codes: Mapping[str, str] | None = None
) -> Ticks:
    """Ticks of a column that holds all of a respondent's answers. `codes` is what the file says its codes
    mean, code -> label."""
    known = typing.names_of(question, said)
    by_code = {typing.plain(code): known.get(typing.plain(label)) for code, label in (codes or {}).items()}
    apart = {code: name for code, name in by_code.items() if name is not None}
    known |= apart
    apart |= {typing.plain(text): name for text, name in said.items()}
    positions, distinct = pd.factorize(column)
    texts = [str(text) for text in distinct]
    made = _readings(texts, question, known, apart)
    names = [choice.name for choice in question.choices]
    table = np.zeros((len(made) + 1, len(names)), dtype=bool)
    for i, found in enumerate(made):
        table[i] = np.isin(names, found or [])
    odd = np.array([found is None for found in made] + [False])
    other = {choice.name for choice in question.choices if typing.is_other(choice.label)}
    said_other = [bool(found and other & {*found}) for found in made]
    own = np.array([*(said and _has_own(t, known) for said, t in zip(said_other, texts, strict=True)), False])
    chosen = pd.DataFrame(table[positions], index=column.index, columns=names).astype("boolean")
    bad, free = (pd.Series(mask[positions], index=column.index) for mask in (odd, own))
    return Ticks(chosen, bad, free, column != "", False, [])


def _has_own(cell: str, known: Mapping[str, str]) -> bool:
    return known.get(typing.plain(cell)) is None and bool(_longest_first(cell, known)[1])


def in_columns(
    frame: pd.DataFrame,
    question: Question,
    positions: Mapping[str, int],
    origin: Origin,
    said: Mapping[str, str] | None = None,
) -> Ticks:
    """Ticks of one column per choice. `said` as in `answers.names_of`.

    Where the tool writes a no (0, N) an empty cell means that the choice was not offered; where it writes
    only what was ticked, an empty cell is a no.
    """
    columns = {c.name: frame[positions[c.name]] for c in question.choices if c.name in positions}
    own = {c.name: _own(c, said or {}) for c in question.choices}
    # Where any column says yes or no in other words than its own, "N" is a no also under a choice called N.
    closed = [c.name for c in question.choices if c.name in columns and not typing.is_other(c.label)]
    coded = any(_says_otherwise(columns[name], own[name]) for name in closed)
    ticks = {
        c.name: _tick(columns[c.name], c, own[c.name], coded) for c in question.choices if c.name in columns
    }
    explicit = any((tick == 0).any() for tick in ticks.values())
    chosen, bad, filled, findings = {}, _none(frame), _none(frame), []
    for choice in question.choices:
        tick = ticks.get(choice.name)
        if tick is None:
            chosen[choice.name] = pd.Series(pd.NA, index=frame.index, dtype="boolean")
            continue
        column = columns[choice.name]
        odd = (column != "") & (tick == NOT_UNDERSTOOD)
        empty = (tick == EMPTY).to_numpy()
        values = pd.array((tick == 1).to_numpy(), dtype="boolean")
        if explicit:
            values[empty] = pd.NA
        chosen[choice.name] = pd.Series(values, index=frame.index)
        bad, filled = bad | odd, filled | (column != "")
        problem, remedy = f"neither empty nor the label of {choice.name}", "correct the cell or the label"
        findings += typing.unknown(column, odd, problem, remedy, origin=origin, name=question.name)
    return Ticks(pd.DataFrame(chosen, index=frame.index), bad, _none(frame), filled, explicit, findings)


EMPTY, NOT_UNDERSTOOD = -1, -2


def _own(choice: Choice, exported: Mapping[str, str]) -> set[str]:
    """What stands for a choice in its own column: its label, its name, and what the sidecar says."""
    words = {choice.label, choice.name, *(label for _, label in choice.labels)}
    return {
        typing.plain(text) for text in (*words, *(t for t, name in exported.items() if name == choice.name))
    }


def _says_otherwise(column: pd.Series, own: set[str]) -> bool:
    return any(said in TICKED and said not in own for said in map(typing.plain, column.unique()))


def _tick(column: pd.Series, choice: Choice, own: set[str], coded: bool) -> pd.Series:
    """1, 0, EMPTY or NOT_UNDERSTOOD per cell; any text beside "Other" ticks it."""
    other = typing.is_other(choice.label)

    def read(text: str) -> int:
        said = typing.plain(text)
        if said == "":
            return EMPTY
        if said in TICKED and (coded or said not in own - {"0"}):
            return int(TICKED[said])
        if said in own or typing.plain(typing.unguarded(text)) in own:
            return 1
        return 1 if other else NOT_UNDERSTOOD

    made, positions = typing.by_text(column, read)
    return pd.Series(np.append(made.astype("int8"), np.int8(EMPTY))[positions], index=column.index)


def _none(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(False, index=frame.index)
