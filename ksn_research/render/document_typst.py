"""A document as the source of typst, which sets the PDF.

Everything is written as calls with strings, nothing as typst's markup: a string cannot become code, whatever
it holds, since only its quotation marks and backslashes have a meaning, and these are escaped. What looks how
is said in `templates/report.typ`, whose functions are `small`, `whole`, `turned`, `note` and `finding`.

Imports document_ast, text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from ksn_research.render.document_ast import Node, said
from ksn_research.render.text import stand_in

SOFT = "\u200b"  # where a line may break
LONG, STEP = 26, 12
SHORT = 10  # lines of a table that stays on one page
ALIGN = {"AlignLeft": "left", "AlignRight": "right", "AlignCenter": "center", "AlignDefault": "auto"}
WRAPS = {"Strong": "strong", "Emph": "emph", "Superscript": "super", "Subscript": "sub",
         "Underline": "underline", "Strikeout": "strike"}  # fmt: skip
QUOTES = {"SingleQuote": "\u2018\u2019", "DoubleQuote": "\u201c\u201d"}
DIVS = {"Note": "note", "Finding": "finding"}


def source(blocks: Iterable[Node], known: frozenset[int]) -> str:
    """Blocks as a typst expression, to stand in code.

    known  code points that the fonts can draw; any other is shown as its code point in brackets

    >>> source([{"t": "Para", "c": [{"t": "Str", "c": 'a "b" #c $d$'}]}], frozenset(range(128)))
    '{par("a \\\\"b\\\\" #c $d$")}'
    """
    return _blocks([_drawable(one, known) for one in blocks])


def string(words: str) -> str:
    """A typst string that holds exactly these words.

    >>> string('"#\\\\')
    '"\\\\"#\\\\\\\\"'
    """
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\u{{{ord(c[0]):x}}}", escaped) + '"'


def drawn(words: str, known: frozenset[int]) -> str:
    """Words that the fonts can draw, with places to break in those that no line could hold.

    >>> drawn("a\\u4e00", frozenset(range(128)))
    'a[U+4E00]'
    """
    shown = "".join(c if ord(c) in known else stand_in(c) for c in words)
    return re.sub(rf"[^\s\u00a0]{{{LONG},}}", lambda word: _softened(word[0]), shown)


def _softened(word: str) -> str:
    return SOFT.join(word[at : at + STEP] for at in range(0, len(word), STEP))


def _drawable(one: Any, known: frozenset[int]) -> Any:
    """The tree with words that can be drawn; what is only read aloud stays as it is."""
    if isinstance(one, list):
        return [_drawable(part, known) for part in one]
    if not isinstance(one, dict) or "c" not in one or one["t"] == "Image":
        return one
    if one["t"] == "Str":
        return {"t": "Str", "c": drawn(one["c"], known)}
    if one["t"] == "Code":
        return {"t": "Str", "c": drawn(one["c"][1], known)}
    return {"t": one["t"], "c": _drawable(one["c"], known)}


def _blocks(blocks: Iterable[Node]) -> str:
    return "{" + "\n".join(filter(None, (BLOCKS[one["t"]](one.get("c")) for one in blocks))) + "}"


def _line(inlines: Iterable[Node]) -> str:
    made = [INLINES.get(one["t"], _looked_through)(one) for one in inlines]
    return made[0] if len(made) == 1 else "{" + ";".join(made) + "}"


def _looked_through(one: Node) -> str:
    return string(said(one))


def _wrap(one: Node) -> str:
    return f"{WRAPS[one['t']]}({_line(one['c'])})"


def _quoted(one: Node) -> str:
    marks = QUOTES[one["c"][0]["t"]]
    return f"{{{string(marks[0])};{_line(one['c'][1])};{string(marks[1])}}}"


def _link(one: Node) -> str:
    _, inlines, (target, _) = one["c"]
    place = f"label({string(target[1:])})" if target.startswith("#") else string(target)
    return f"link({place}, {_line(inlines)})"


def _image(one: Node) -> str:
    attr, alt, (place, _) = one["c"]
    size = dict(attr[2])
    return f"image({string(place + '.svg')}, alt: {string(said(alt))}, width: {size['width']})"


def _named(name: str, made: str) -> str:
    return f"[#{made}#label({string(name)})]" if name else made


def _header(c: Any) -> str:
    level, attr, inlines = c
    return _named(attr[0], f"heading(level: {level}, {_line(inlines)})")


def _div(c: Any) -> str:
    attr, blocks = c
    style = dict(attr[2]).get("custom-style", "")
    if "turned" in attr[1]:
        return f"turned({_blocks(blocks)})"
    return f"{DIVS[style]}({_blocks(blocks)})" if style in DIVS else _blocks(blocks)


def _figure(c: Any) -> str:
    attr, (_, caption), blocks = c
    return _named(attr[0], f"figure(kind: image, caption: {_blocks(caption)}, {_blocks(blocks)})")


def _list(name: str, items: Iterable[list[Node]]) -> str:
    return f"{name}({', '.join(_blocks(item) for item in items)})"


def _definitions(c: Any) -> str:
    told = (f"terms.item({_line(term)}, {_blocks(chain.from_iterable(said_))})" for term, said_ in c)
    return f"terms({', '.join(told)})"


def _table(c: Any) -> str:
    """A figure that may break between lines; lines that head others stay with them on the next page."""
    attr, (_, caption), places, (_, heads), bodies, _ = c
    columns = "".join(f"{share['c'] * 100:.2f}%, " for _, share in places)
    align = "".join(f"{ALIGN[side['t']]}, " for side, _ in places)
    parts = [f"table.header({_rows(heads)})"] if heads else []
    for _, _, above, rows in bodies:
        parts += [f"table.header(level: 2, {_rows(above)})"] if above else []
        parts += [_rows(rows)] if rows else []
    inner = f"table(columns: ({columns}), align: ({align}), {', '.join(parts)})"
    made = _named(attr[0], f"figure(kind: table, caption: {_blocks(caption)}, {inner})")
    made = f"whole({made})" if sum(len(rows) for _, _, _, rows in bodies) <= SHORT else made
    return f"small({made})" if "small" in attr[1] else made


def _rows(rows: Iterable[Any]) -> str:
    return ", ".join(_cell(one) for _, cells in rows for one in cells)


def _cell(one: Any) -> str:
    _, align, down, across, blocks = one
    inside = _line(blocks[0]["c"]) if len(blocks) == 1 and blocks[0]["t"] == "Plain" else _blocks(blocks)
    told = {"rowspan": down, "colspan": across}
    spans = "".join(f"{name}: {count}, " for name, count in told.items() if count > 1)
    side = "align: center, " if align["t"] == "AlignCenter" else ""
    return f"table.cell({spans}{side}{inside})" if spans or side else inside


BLOCKS: Mapping[str, Callable[[Any], str]] = {
    "Para": lambda c: f"par({_line(c)})",
    "Plain": lambda c: _line(c),
    "Header": _header,
    "Div": _div,
    "BlockQuote": lambda c: f"quote(block: true, {_blocks(c)})",
    "BulletList": lambda c: _list("list", c),
    "OrderedList": lambda c: _list("enum", c[1]),
    "DefinitionList": _definitions,
    "Figure": _figure,
    "Table": _table,
    "CodeBlock": lambda c: f"par({string(c[1])})",
    "LineBlock": lambda c: ";".join(f"par({_line(line)})" for line in c),
    "HorizontalRule": lambda _: "",
    "RawBlock": lambda _: "",
}
INLINES: Mapping[str, Callable[[Node], str]] = {
    **dict.fromkeys(WRAPS, _wrap),
    "Str": lambda one: string(one["c"]),
    "Space": lambda _: '" "',
    "SoftBreak": lambda _: '" "',
    "LineBreak": lambda _: "linebreak()",
    "Link": _link,
    "Image": _image,
    "Span": lambda one: _line(one["c"][1]),
    "Quoted": _quoted,
}
