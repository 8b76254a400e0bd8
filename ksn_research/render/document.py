"""A section of the report as blocks of a document: headings, sentences, tables, figures.

What a notebook shows carries these blocks beside its HTML, so that PDF and DOCX are made from the notebook
that was run, as the page is. Tables and figures are taken from the things themselves, words from their HTML.
Figures are named; who writes the document has the pictures.

Imports document_ast, document_html, document_table, figures, tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ksn_research.render.document_ast import RIGHT, Node, figure, header, node, said, text, walk
from ksn_research.render.document_html import blocks, inlines
from ksn_research.render.document_table import Grid, Inlines, note, tables_of
from ksn_research.render.figures import Figure
from ksn_research.render.tables import Table

MIME = "application/vnd.ksn.section+json"
WIDEST, TALLEST = 6.2, 8.2  # inches that a picture may take of a page
FOLDER = "figures"


def blocks_of(thing: Table | Figure | None, html: str) -> list[Node]:
    """One piece of a section: a table or a figure, else its words.

    Headings keep the levels that they have on the page, where a section's own is 2.
    """
    if isinstance(thing, Table):
        return table_blocks(thing)
    if isinstance(thing, Figure):
        return figure_blocks(thing)
    return blocks(html)


def table_blocks(table: Table) -> list[Node]:
    """A table with its notes below, laid out for a printed page."""
    grid = Grid(
        caption=_captioned("Table", table.number, table.title),
        heads=[("", _words(table.stub_heading)), *((above, _words(head)) for above, head in table.columns)],
        groups=_groups(table),
        align=[RIGHT] * len(table.columns),
        name=table.anchor,
        notes=[note([text(words)]) for words in _notes(table)],
    )
    return tables_of(grid)


def figure_blocks(one: Figure) -> list[Node]:
    """A figure at the size at which it was drawn, or smaller where a page is; its source below."""
    wide, high = one.size
    scale = min(1.0, WIDEST / wide, TALLEST / high)
    caption = _captioned("Figure", one.number, f"{one.title}.")
    size = (wide * scale, high * scale)
    drawn = figure(f"{FOLDER}/{one.name}", one.alt, caption, name=one.anchor, inches=size)
    return [drawn, note([text(one.source)])]


def levelled(whole: Sequence[Node]) -> list[Node]:
    """Blocks with headings one level higher, since the title is none of them, and no level left out.

    >>> [one["c"][0] for one in levelled([header(2, []), header(4, []), header(3, [])])]
    [1, 2, 2]
    """
    made, before = [], 0
    for one in whole:
        if one["t"] == "Header":
            before = max(1, min(one["c"][0] - 1, before + 1))
            one = header(before, one["c"][2], one["c"][1][0])
        made.append(one)
    return made


def bound(whole: Sequence[Node]) -> list[Node]:
    """Blocks in which a link leads to something in them; where its target is not there, its words stay."""
    there = {name for one in walk(list(whole)) if (name := _name(one))}
    return [_bound(one, there) for one in whole]


def pictures(whole: Sequence[Node]) -> list[str]:
    """Names of the pictures that blocks show, in order."""
    shown = (one["c"][2][0] for one in walk(list(whole)) if one["t"] == "Image")
    return list(dict.fromkeys(str(source).removeprefix(f"{FOLDER}/") for source in shown))


def contents(whole: Sequence[Node], deepest: int = 2) -> list[tuple[int, str, str]]:
    """Level, name and words of each heading down to a level."""
    heads = [one["c"] for one in whole if one["t"] == "Header" and one["c"][0] <= deepest]
    return [(level, attr[0], said(words)) for level, attr, words in heads]


def named(whole: Iterable[Node]) -> list[Node]:
    """Blocks whose headings all have names that a contents list can lead to."""
    return [
        header(one["c"][0], one["c"][2], one["c"][1][0] or f"part-{place}") if one["t"] == "Header" else one
        for place, one in enumerate(whole)
    ]


def _words(words: str) -> Inlines:
    return [text(words)] if words else []


def _captioned(kind: str, number: str, title: str) -> Inlines:
    return [node("Strong", [text(f"{kind} {number}.")]), text(f" {title}")]


def _groups(table: Table) -> list[tuple[str, list[list[Inlines]]]]:
    """The lines under their heads; a table with one head only goes without, as its HTML does."""
    several = len({line.head for line in table.lines}) > 1
    made = []
    for head, lines in groupby(table.lines, key=lambda line: line.head):
        cells = [[_words(line.label), *(inlines(str(c.html())) for c in line.cells)] for line in lines]
        made.append((head if several else "", cells))
    return made


def _notes(table: Table) -> list[str]:
    """Source and method, then what the table's marks mean."""
    told = [f"Source: {table.source}.", *table.method], [table.note, *table.legend]
    return [words for words in (" ".join(filter(None, one)) for one in told) if words]


def _name(one: Node) -> str:
    attr = {"Header": 1, "Table": 0, "Figure": 0, "Div": 0, "Span": 0}.get(one["t"])
    return "" if attr is None else str(one["c"][attr][0])


def _bound(one: object, there: set[str]) -> Node:
    if isinstance(one, list):
        return [_bound(part, there) for part in one]  # type: ignore[return-value]
    if not isinstance(one, dict) or "c" not in one:
        return one  # type: ignore[return-value]
    if one["t"] == "Link" and one["c"][2][0].startswith("#") and one["c"][2][0][1:] not in there:
        return node("Span", ["", [], []], _bound(one["c"][1], there))
    return {"t": one["t"], "c": _bound(one["c"], there)}
