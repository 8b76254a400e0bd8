"""What sentences are made of: words of the rules, words of the study, numbers of results.

The same pieces become HTML, where every number is a `<data>` element with its result's id, and Markdown for
the analyst's file, where every number is `{{ id }}`. Words of the study are only ever text in both.

Imports formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.claims import LEVEL
from ksn_research.render.formats import NBSP, Result

PARTS = ("estimate", "interval", "n", "population", "p", "p_adjusted")
_ONE = {"people": "person", "replies": "reply"}


@dataclass(frozen=True)
class Label:
    """Words of the study; their digits are no results. `kind` is the class in HTML: "label" or "year"."""

    text: str
    kind: str = "label"


@dataclass(frozen=True, eq=False)
class Number:
    """One part (see `PARTS`) of a result."""

    row: Result
    part: str = "estimate"
    strong: bool = False


Piece = str | Label | Number


def html(pieces: Iterable[Piece]) -> Markup:
    """Pieces as HTML, all words escaped."""
    return Markup("").join(_html(piece) for piece in pieces)


def markdown(pieces: Iterable[Piece]) -> str:
    """Pieces as the analyst's Markdown: numbers as `{{ id }}`, all words escaped.

    >>> markdown(["of ", Label("a *b* {{ c }} <!-- d")])
    'of a \\\\*b\\\\* \\\\{\\\\{ c \\\\}\\\\} &lt;!-- d'
    """
    made = "".join(_markdown(piece) for piece in pieces)
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", made)  # what would begin a list


def inserted(row: Result, part: str = "estimate") -> Markup:
    """One part of a result inside a sentence: as `formats.data`, with "percentage points" in full, a p with
    its sign, and a mark with its reason in words."""
    if row["status"] != "published" and part in ("estimate", "interval"):
        return Markup('{} (<span class="label">{}</span>)').format(formats.data(row, part), _why(row))
    shown = formats.data(row, part)
    if part in ("p", "p_adjusted") and not pd.isna(row[part]):
        return _signed(shown, float(row[part]))
    if part == "estimate" and formats.kind_of(row) == "points":
        return Markup(str(shown).replace(" point", " percentage point"))  # noqa: S704 - formats escaped it
    return shown


def text_of(pieces: Iterable[Piece]) -> str:
    """Pieces as plain text: what a reader sees."""
    return str(html(pieces).striptags())


def unit(words: str, count: float) -> str:
    """A unit that agrees with its number.

    >>> unit("people", 1), unit("people", 2), unit("pairs that replied", 1), unit("thanks", 1)
    ('person', 'people', 'pair that replied', 'thanks')
    """
    if count != 1 or words == "thanks":
        return words
    first, blank, rest = words.partition(" ")
    return _ONE.get(first, first.removesuffix("s")) + blank + rest


def rests_on(row: Result) -> tuple[Piece, ...]:
    """ "n = 234", or with what is counted where that is not people; nothing where there is no n."""
    if pd.isna(row["n"]):
        return ()
    counted = "" if row["unit"] == "people" else f" {unit(formats.unit_of(row), float(row['n']))}"
    return (f"n{NBSP}={NBSP}", Number(row, "n"), counted)


def listed(parts: Sequence[Sequence[Piece]], joint: str = "; ") -> tuple[Piece, ...]:
    """Several runs of pieces as one, those without pieces left out."""
    made: list[Piece] = []
    for part in (part for part in parts if part):
        made += [*([joint] if made else []), *part]
    return tuple(made)


def _html(piece: Piece) -> Markup:
    if isinstance(piece, Number):
        shown = inserted(piece.row, piece.part)
        return Markup("<strong>{}</strong>").format(shown) if piece.strong else shown
    if isinstance(piece, Label):
        return Markup('<span class="{}">{}</span>').format(piece.kind, piece.text)
    return Markup("{}").format(piece)


def _markdown(piece: Piece) -> str:
    if isinstance(piece, Number):
        part = "" if piece.part == "estimate" else f" | {piece.part}"
        mark = "**" if piece.strong else ""
        return f"{mark}{{{{ {piece.row['id']}{part} }}}}{mark}"
    return _plain(piece.text if isinstance(piece, Label) else piece)


def _plain(words: str) -> str:
    """Words that Markdown and the filling-in of numbers leave as they are."""
    flat = re.sub(r"[^\S\xa0]+", " ", words)
    return re.sub(r"([\\`*_\[\]{}&#>~|])", r"\\\1", flat).replace("<", "&lt;")


def _signed(shown: Markup, p: float) -> Markup:
    """A p behind its sign; one that is below the level and prints as the level is said to be below it."""
    if p < 0.001:  # its own text begins with the sign
        return shown
    below = p < LEVEL and formats.p_value(p) == formats.p_value(LEVEL)
    return Markup("{}{}{}").format("<" if below else "=", NBSP, shown)


def _why(row: Result) -> str:
    return str(row["note"]).rstrip(".") or str(row["status"])
