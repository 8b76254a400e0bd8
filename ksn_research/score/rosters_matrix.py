"""Cells under names: roster matrices (a column per organisation) and square matrices (a row for each too).

A cell says Yes or No, is a rating, or is ticked. What an empty cell means differs: where some cell says that
there is no tie, an empty one was not answered; where cells are only ever ticked, one that is not ticked says
no, but a row without any tick says nothing. Uses `named`, `nominations`, `names` and `lists`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.plan.drift import plain
from ksn_research.read import Export
from ksn_research.score import answers as typing
from ksn_research.score.lists import Words, words
from ksn_research.score.named import Given, Rows, stranger
from ksn_research.score.names import Names
from ksn_research.score.nominations import Answers, meanings

YES = frozenset({"yes", "y", "true", "x", "✓", "✔", "checked", "ticked", "selected"})
NO = frozenset({"no", "n", "false", "unchecked", "not checked", "not selected", "never", "none"})
BLANK, TIE, UNTIED, UNSAID, BAD = range(5)


@dataclass(frozen=True)
class Column:
    """One column of a matrix: its place in the file, what it is called, the node that it is about (None off
    the roster) and "nobody" or "unsaid" for one that stands for no node."""

    at: int
    label: str
    node: str | None
    kind: str = ""


def columns_of(export: Export, pattern: str, names: Names, marks: Words) -> list[Column]:
    """The columns of a grid: those whose heading, with the line or choice behind it, fits the pattern.

    The organisation is the line of the grid, the choice, or what stands in place of the pattern's first `*`.
    """
    found = []
    for at, column in export.columns.iterrows():
        labels = [text for text in (column["item"], column["choice"]) if text]
        part = next((p for head in _heads(column) if (p := part_of(head, pattern)) is not None), None)
        if part is None:
            continue
        labels += [part] if part else []
        label = next((t for t in labels if names.find(t)[0] is not None), labels[0] if labels else "")
        if label:
            found.append(Column(int(str(at)), label, names.find(label)[0], marks.kind(label, names)))
    return found


def part_of(heading: str, pattern: str) -> str | None:
    """What stands in place of the first `*` ("" where a pattern has none); None for a heading that does not
    fit. Brackets stand for themselves.

    >>> part_of("Advice [Alder House]", "advice [*]"), part_of("Advice", "advice"), part_of("Help", "advice")
    ('Alder House', '', None)
    """
    for clean in (str, plain):  # as it is written where that fits, else without its typography
        text, wanted = (" ".join(clean(one).split()) for one in (heading, pattern))
        stars = "".join({"*": "(.*)", "?": "."}.get(letter, re.escape(letter)) for letter in wanted)
        match = re.fullmatch(stars, text, re.IGNORECASE)
        if match is not None:
            return match.group(1).strip() if match.groups() else ""
    return None


def looks_so(columns: Sequence[Column], cells: pd.DataFrame, names: Names) -> bool:
    """Whether columns are a roster matrix beyond doubt: two or more, each about another node of the roster by
    a name with a letter in it, and no cell names a node of another column."""
    about = [column for column in columns if not column.kind]
    if len(about) < 2 or not all(c.node and re.search(r"[^\W\d]", c.label) for c in about):
        return False
    texts = {(column.node, text) for column in about for text in cells[column.at].unique() if text}
    return all(names.find(text)[0] in (None, node) for node, text in texts)


def cells_given(
    cells: pd.DataFrame,
    columns: Sequence[Column],
    rows: Rows,
    names: Names,
    wave: Wave,
    origin: Origin,
    relation: str,
) -> tuple[Given, list[Finding]]:
    """What the respondents said in the cells of a matrix.

    wave.options  answers (words -> strength, 0 for no tie, "refused"), least (the smallest rating that is a
                  tie), empty ("no tie" or "not observed"), none, refused

    An unknown answer blocks, and so do ratings without a zero where nobody said which are ties: 1 and 2 may
    stand for yes and no.
    """
    about = [column for column in columns if not column.kind]
    marked = {
        kind: _ticked(cells[[c.at for c in columns if c.kind == kind]]) for kind in ("nobody", "unsaid")
    }
    body = cells[[column.at for column in about]]
    read, strength = _read(body, about, names, wave)
    own = rows.nodes.to_numpy(dtype=object)[:, None] == np.array([c.node for c in about], dtype=object)
    read = np.where(own & (read != TIE), BLANK, read)
    found = _findings(body, read, about, names, wave, origin, relation)
    silent = (read == BLANK).all(axis=1) & ~marked["nobody"] & ~marked["unsaid"]
    empty = _empty(read, wave)
    blank = (read == BLANK) & (
        np.full(len(read), empty == "no tie")[:, None]
        | (empty == "ticks") & ((read == TIE).any(axis=1) | marked["nobody"])[:, None]
        | marked["nobody"][:, None]
    )
    told = ((read == TIE) | (read == UNTIED) | blank) & ~(marked["unsaid"][:, None] & (read == BLANK))
    nodes = pd.Index(names.nodes)
    seen = np.zeros((len(nodes), len(nodes)), dtype=bool)
    ego = nodes.get_indexer(pd.Index(rows.nodes))
    alter = nodes.get_indexer(pd.Index([c.node for c in about], dtype=object))
    where = told & (alter >= 0)[None, :]
    i, j = np.nonzero(where)
    seen[ego[i], alter[j]] = True
    answered = np.zeros(len(nodes), dtype=bool)
    answered[ego[(told & ~own).any(axis=1) | marked["nobody"]]] = True
    refused = marked["unsaid"] | (read == UNSAID).any(axis=1)
    said = _said(read, strength, about, rows)
    counts = (int(x.sum()) for x in (refused, marked["nobody"], silent))
    return Given(said, answered, seen, *counts), found


def _heads(column: pd.Series) -> list[str]:
    head, item = column["heading"], column["item"]
    joined = [f"{head} [{item}]", f"{head} {item}"] if item else []
    return [*joined, *(text for text in (head, column["group"], column["name"]) if text)]


def _ticked(cells: pd.DataFrame) -> np.ndarray:
    """Rows in which such a column is ticked, with whatever words."""
    text = cells.map(plain)
    return np.asarray(((text != "") & ~text.isin([*NO, "0"])).any(axis=1), dtype=bool)


def _read(
    cells: pd.DataFrame, columns: Sequence[Column], names: Names, wave: Wave
) -> tuple[np.ndarray, np.ndarray]:
    """Per cell what it says (`BLANK` to `BAD`) and its strength."""
    marks, known, least = words(wave.options), meanings(wave.options), wave.options.get("least")
    read = np.full(cells.shape, BLANK)
    strength = np.full(cells.shape, np.nan)
    for k, column in enumerate(columns):
        where, texts = pd.factorize(cells[column.at])
        said = [_cell(str(text), column, names, marks, known, least) for text in texts]
        read[:, k] = np.array([kind for kind, _ in said], dtype=int)[where]
        strength[:, k] = np.array([value for _, value in said], dtype=float)[where]
    return read, strength


def _cell(
    text: str, column: Column, names: Names, marks: Words, known: Answers, least: float | None
) -> tuple[int, float]:
    said = plain(text)
    meant = known.get(said)
    if not said:
        return BLANK, np.nan
    if isinstance(meant, str) or (meant is None and said in marks.unsaid):
        return UNSAID, np.nan
    if meant is None and said in NO | marks.nobody:
        return UNTIED, np.nan
    # A box that was ticked is often exported as its own label.
    if meant is None and (said in YES or said == plain(column.label) or _is(names, text, column.node)):
        return TIE, np.nan
    value = number(said) if meant is None else float(meant)
    if np.isnan(value):
        return BAD, np.nan
    return (TIE if value > 0 and (least is None or value >= least) else UNTIED), value


@lru_cache(maxsize=4096)
def number(text: str) -> float:
    """A rating of at least 0, written as a number; NaN for any other text.

    >>> number("3"), number("0,5"), number("often")
    (3.0, 0.5, nan)
    """
    value = float(typing.numbers(pd.Series([text]))[0].iloc[0])
    return value if value >= 0 else float("nan")


def _is(names: Names, text: str, node: str | None) -> bool:
    return node is not None and names.find(text)[0] == node


def _empty(read: np.ndarray, wave: Wave) -> str:
    return str(wave.options.get("empty") or ("not observed" if (read == UNTIED).any() else "ticks"))


def _said(read: np.ndarray, strength: np.ndarray, columns: Sequence[Column], rows: Rows) -> pd.DataFrame:
    i, j = np.nonzero((read == TIE) | (read == BAD))
    labels = np.array([column.label for column in columns], dtype=object)
    return pd.DataFrame(
        {
            "row": rows.nodes.index.to_numpy()[i],
            "ego": rows.nodes.to_numpy(dtype=object)[i],
            "raw": labels[j],
            "strength": strength[i, j],
            "readable": read[i, j] == TIE,
        }
    ).astype({"ego": "str", "raw": "str"})


def _findings(
    cells: pd.DataFrame,
    read: np.ndarray,
    columns: Sequence[Column],
    names: Names,
    wave: Wave,
    origin: Origin,
    relation: str,
) -> list[Finding]:
    found = []
    if _undecided(cells, read, wave):
        remedy = "say from which rating on a tie is meant (least = ...), or what each answer means (answers)"
        problem = "the ratings have no zero, so that it is not known which are ties"
        found.append(origin.finding("block", problem, remedy, column=relation))
    for k, column in enumerate(columns):
        bad = pd.Series(read[:, k] == BAD, index=cells.index)
        remedy = f"correct the cell, or declare it under answers (sources.{origin.source})"
        found += typing.unknown(
            cells[column.at], bad, "neither yes nor no nor a rating", remedy, origin=origin, name=relation
        )
        problem, advice = stranger(column.label, names) if column.node is None else ("", "")
        if problem:
            n = int((read[:, k] == TIE).sum())
            problem = f"the column's organisation: {problem}"
            found.append(
                origin.finding("warn", problem, advice, row=1, column=relation, count=n, answer=column.label)
            )
    lacking = sorted(set(names.nodes) - {column.node for column in columns})
    if lacking:
        problem = f"{len(lacking)} of the roster have no column (the first is {lacking[0]})"
        remedy = "pairs with them count as not observed; look whether they were asked about"
        found.append(origin.finding("warn", problem, remedy, row=1, column=relation, count=len(lacking)))
    return found


def _undecided(cells: pd.DataFrame, read: np.ndarray, wave: Wave) -> bool:
    """Numbers beyond 1 that nobody declared, none of them 0, and no other word for "no"."""
    if "least" in wave.options or (read == UNTIED).any():
        return False
    declared = meanings(wave.options)
    texts = {plain(text) for name in cells for text in cells[name].unique()} - declared.keys()
    return any(number(text) > 1 for text in texts)
