"""Pieces of a document as pandoc's abstract syntax tree, in the form that its JSON has.

A document is made once in this form; DOCX and PDF are written from it. Text is text: whatever stands in a
label or an answer becomes one `Str`, which no writer reads as markup. The names are those of pandoc-types
1.23 (Block, Inline, Table, Row, Cell).

Imports text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ksn_research.render.text import shown

VERSION = [1, 23, 1]
Node = dict[str, Any]
STYLE = "custom-style"
RIGHT, LEFT = "AlignRight", "AlignLeft"


def node(kind: str, *content: Any) -> Node:
    """A node of the tree."""
    if not content:
        return {"t": kind}
    return {"t": kind, "c": content[0] if len(content) == 1 else list(content)}


def attributes(name: str = "", classes: Sequence[str] = (), **more: str) -> list[Any]:
    """Identifier, classes and key-value pairs; an underscore in a key stands for a hyphen."""
    return [name, list(classes), [[key.replace("_", "-"), value] for key, value in more.items()]]


def visible(words: str) -> str:
    """Words on one line in which nothing is hidden (see `text.shown`); blanks are single, as on a page.

    >>> visible("a\\n b\\x07c\\u202ed\\u00a0e")
    'a b[U+0007]c[U+202E]d\\xa0e'
    """
    return re.sub(r"[ \n]+", " ", shown(words))


def text(words: str) -> Node:
    """Words as they are."""
    return node("Str", visible(words))


def plain(words: str) -> list[Node]:
    """Words as the only block of a cell or a caption."""
    return [node("Plain", [text(words)])] if words else []


def strong(words: str) -> Node:
    return node("Strong", [text(words)])


def header(level: int, inlines: list[Node], name: str = "") -> Node:
    return node("Header", level, attributes(name), inlines)


def styled(style: str, blocks: list[Node]) -> Node:
    """Blocks in a paragraph style of the reference document."""
    return node("Div", attributes(custom_style=style), blocks)


def paragraph(style: str, inlines: list[Node]) -> Node:
    return styled(style, [node("Para", inlines)])


def cell(blocks: list[Node], align: str = "AlignDefault", *, rows: int = 1, columns: int = 1) -> list[Any]:
    """A cell over so many rows and columns."""
    return [attributes(), node(align), rows, columns, blocks]


def row(cells: Iterable[list[Any]]) -> list[Any]:
    return [attributes(), list(cells)]


def body(rows: list[Any], heads: Sequence[list[Any]] = ()) -> list[Any]:
    """A part of a table, whose first column names its rows, under lines that head it."""
    return [attributes(), 1, list(heads), rows]


def table(
    caption: list[Node],
    columns: Sequence[tuple[str, float]],
    heads: list[Any],
    bodies: list[Any],
    *,
    name: str = "",
    classes: Sequence[str] = (),
    style: str = "",
) -> Node:
    """A table with its caption.

    columns  alignment and share of the width of each
    heads    rows at the top, repeated on each page
    """
    attr = attributes(name, classes, **({"custom_style": style} if style else {}))
    places = [[node(align), node("ColWidth", round(share, 4))] for align, share in columns]
    return node("Table", attr, [None, caption], places, [attributes(), heads], bodies, [attributes(), []])


def figure(
    source: str, alt: str, caption: list[Node], *, name: str = "", inches: tuple[float, float]
) -> Node:
    """A picture with its caption and its alternative text, so many inches wide and high."""
    size = attributes(width=f"{inches[0]:.3f}in", height=f"{inches[1]:.3f}in")
    image = node("Image", size, [text(alt)], [source, ""])
    return node("Figure", attributes(name), [None, [node("Plain", caption)]], [node("Plain", [image])])


def said(nodes: Any) -> str:
    """All words below nodes, in their order.

    >>> said([text("a "), strong("b")])
    'a b'
    """
    return "".join(_words(nodes))


def _words(nodes: Any) -> Iterator[str]:
    if isinstance(nodes, list):
        for one in nodes:
            yield from _words(one)
    elif isinstance(nodes, dict) and nodes["t"] in ("Str", "Code"):
        yield nodes["c"] if nodes["t"] == "Str" else nodes["c"][1]
    elif isinstance(nodes, dict) and nodes["t"] in ("Space", "SoftBreak", "LineBreak"):
        yield " "
    elif isinstance(nodes, dict) and nodes["t"] not in ("RawInline", "RawBlock", "Math"):
        yield from _words(nodes.get("c", []))


def walk(nodes: Any) -> Iterator[Node]:
    """Every node at or below, outermost first."""
    if isinstance(nodes, list):
        for one in nodes:
            yield from walk(one)
    elif isinstance(nodes, dict) and "t" in nodes:
        yield nodes
        yield from walk(nodes.get("c", []))
