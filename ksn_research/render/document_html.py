"""The report's own HTML as pieces of a document.

Sections are shown as HTML, in which every label and answer is escaped; what is read here is only that: text
stays text. Elements that only a screen needs (drawings inside a line, signs hidden from screen readers) are
left out, unknown elements are looked through.

Imports document_ast, document_table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from ksn_research.render.document_ast import (
    LEFT,
    RIGHT,
    Node,
    attributes,
    header,
    node,
    paragraph,
    said,
    text,
)
from ksn_research.render.document_table import Grid, tables_of

EMPTY = ("br", "hr", "img", "input", "meta", "link", "col")
HIDDEN = ("svg", "img", "script", "style", "template")
BLOCKS = ("p", "ul", "ol", "dl", "table", "blockquote", "div", "section", "footer", "header", "article",
          "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "figure")  # fmt: skip
STYLES = {"source": "Note", "how": "Note", "not-collected": "Note", "finding": "Finding"}
WRAPS = {
    "strong": "Strong",
    "b": "Strong",
    "em": "Emph",
    "i": "Emph",
    "sup": "Superscript",
    "sub": "Subscript",
}
NUMBER = re.compile(r"[\d.,\u2212\u2013%\u00a0]*")


@dataclass
class Element:
    """An element with what stands in it: text and elements."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attrs.get("class", "").split()

    def every(self, *tags: str) -> list[Element]:
        """Elements of a kind below, but not those inside each other."""
        found: list[Element] = []
        for one in self.inside:
            if isinstance(one, Element):
                found += [one] if one.tag in tags else one.every(*tags)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("body")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(made)
        if tag not in EMPTY:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        at = next((i for i in range(len(self.open) - 1, 0, -1) if self.open[i].tag == tag), 0)
        del self.open[at or len(self.open) :]

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read(html: str) -> Element:
    """HTML as a tree."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.open[0]


def inlines(html: str) -> list[Node]:
    """A piece of a line.

    >>> inlines("was <strong>41 %</strong> &lt;b&gt;")
    [{'t': 'Str', 'c': 'was '}, {'t': 'Strong', 'c': [{'t': 'Str', 'c': '41 %'}]}, {'t': 'Str', 'c': ' <b>'}]
    """
    return _inlines(read(html).inside)


def blocks(html: str) -> list[Node]:
    """Blocks, headings at the level that they have in the HTML.

    >>> blocks('<ul><li>one</li></ul>')
    [{'t': 'BulletList', 'c': [[{'t': 'Plain', 'c': [{'t': 'Str', 'c': 'one'}]}]]}]
    """
    return _blocks(read(html))


def _inlines(inside: list[Element | str]) -> list[Node]:
    made: list[Node] = []
    for one in inside:
        made += [text(one)] if isinstance(one, str) else _inline(one)
    return made


def _inline(one: Element) -> list[Node]:
    if one.tag in HIDDEN or one.attrs.get("aria-hidden") == "true":
        return []
    if one.tag == "br":
        return [node("LineBreak")]
    within = _inlines(one.inside)
    if one.tag == "code":
        return [node("Code", attributes(), "".join(part for part in one.inside if isinstance(part, str)))]
    if one.tag in WRAPS:
        return [node(WRAPS[one.tag], within)]
    if one.tag == "a" and one.attrs.get("href", "").startswith(("#", "https://", "http://", "mailto:")):
        return [node("Link", attributes(), within, [one.attrs["href"], ""])]
    if "ci" in one.classes:
        return [node("Span", attributes(classes=["ci"]), within)]
    if {"part", "beside"} & set(one.classes) and within:  # a line of its own
        return [*within, node("LineBreak")] if "part" in one.classes else [node("LineBreak"), *within]
    return within


def _blocks(whole: Element) -> list[Node]:
    made: list[Node] = []
    line: list[Element | str] = []
    for one in [*whole.inside, Element("hr")]:  # a last block, so that the last line ends
        if isinstance(one, str) or one.tag not in BLOCKS:
            line.append(one)
            continue
        found = _trimmed(_inlines(line))
        made += [node("Plain", found)] if found else []
        line = []
        made += _block(one)
    return made[:-1]


def _block(one: Element) -> list[Node]:
    if one.tag == "p":
        style = next((STYLES[name] for name in one.classes if name in STYLES), "")
        found = _trimmed(_inlines(one.inside))
        return [] if not found else [paragraph(style, found) if style else node("Para", found)]
    if one.tag[0] == "h" and one.tag[1:].isdigit():
        return [header(int(one.tag[1]), _trimmed(_inlines(one.inside)), one.attrs.get("id", ""))]
    if one.tag in ("ul", "ol"):
        items = [_blocks(item) for item in one.every("li")]
        start = [1, node("Decimal"), node("Period")]
        return [node("BulletList", items) if one.tag == "ul" else node("OrderedList", start, items)]
    if one.tag == "dl":
        return [node("DefinitionList", _definitions(one))]
    if one.tag == "table":
        return _table(one)
    if one.tag == "hr":
        return [node("HorizontalRule")]
    if one.tag == "pre":
        return [node("Para", _inlines(one.inside))]
    return [node("BlockQuote", _blocks(one))] if one.tag == "blockquote" else _blocks(one)


def _definitions(one: Element) -> list[Any]:
    terms = [_inlines(term.inside) for term in one.every("dt")]
    said = [[_blocks(definition)] for definition in one.every("dd")]
    return [[term, definition] for term, definition in zip(terms, said, strict=False)]


def _table(one: Element) -> list[Node]:
    """A table of words: a line of headings, then lines whose first cell names them."""
    first, *rows = [
        [_trimmed(_inlines(part.inside)) for part in tr.every("th", "td")] for tr in one.every("tr")
    ]
    caption = [part for found in one.every("caption") for part in _inlines(found.inside)]
    align = [_side([line[at] for line in rows if at < len(line)]) for at in range(1, len(first))]
    return tables_of(Grid(caption, [("", head) for head in first], [("", rows)], align))


def _side(cells: list[list[Node]]) -> str:
    """Numbers stand at the right, words at the left."""
    return RIGHT if cells and all(NUMBER.fullmatch(said(one)) for one in cells) else LEFT


def _trimmed(found: list[Node]) -> list[Node]:
    """A line without breaks and blanks at its ends."""
    while found and (found[-1]["t"] == "LineBreak" or _blank(found[-1])):
        found = found[:-1]
    while found and (found[0]["t"] == "LineBreak" or _blank(found[0])):
        found = found[1:]
    if found and found[0]["t"] == "Str":
        found = [text(found[0]["c"].lstrip(" ")), *found[1:]]
    return found


def _blank(one: Node) -> bool:
    return bool(one["t"] == "Str" and not one["c"].strip(" "))
