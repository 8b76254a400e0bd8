"""A table laid out for a printed page: how wide each column, how large the letters, upright or turned.

Widths are reckoned in letters. A table that does not fit upright, intervals beside their estimates, gets
smaller letters and the intervals below; one that does not fit so either stands on a turned page; one that
is too wide for that is divided by columns, each part with the first column again. Nothing is cut off.

Imports document_ast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ksn_research.render.document_ast import (
    LEFT,
    Node,
    body,
    cell,
    node,
    plain,
    row,
    said,
    strong,
    styled,
    table,
    text,
)

UPRIGHT, SMALL, TURNED = 96, 126, 188  # letters on a line: of usual size, small, and small on a turned page
AIR = 3  # letters between columns
STUB, WORDS, NUMBER = 34, 30, 22  # what a first column, words and numbers may take before they are broken
WORD = 16  # a longer word is broken
STYLE, STYLE_SMALL = "ReportTable", "ReportTableSmall"  # ids in the reference document
Inlines = list[Node]


@dataclass(frozen=True)
class Grid:
    """A table before it is laid out.

    heads   words above and heading of each column, the first names the lines
    groups  words that head some lines (or none), and these lines: one list of inlines per column
    align   of the columns after the first
    notes   blocks below
    """

    caption: Inlines
    heads: Sequence[tuple[str, Inlines]]
    groups: Sequence[tuple[str, Sequence[Sequence[Inlines]]]]
    align: Sequence[str]
    name: str = ""
    notes: Sequence[Node] = ()

    @property
    def lines(self) -> list[Sequence[Inlines]]:
        return [line for _, lines in self.groups for line in lines]


@dataclass(frozen=True)
class Need:
    """Letters that a column takes: unbroken, with intervals below estimates, and of its longest word."""

    whole: int
    stacked: int
    word: int


def tables_of(grid: Grid) -> list[Node]:
    """The table, or its parts, as blocks with their notes."""
    needs = [_need(grid, at) for at in range(len(grid.heads))]
    every = list(range(len(needs)))
    if sum(_wanted(needs, stacked=False)) <= UPRIGHT:
        return [_made(grid, every, _wanted(needs, stacked=False), UPRIGHT), *grid.notes]
    wanted = _wanted(needs, stacked=True)
    if sum(wanted) <= SMALL:
        return [_made(grid, every, wanted, SMALL), *grid.notes]
    parts = _parts(wanted)
    made = [
        _made(grid, part, [wanted[at] for at in part], TURNED, _which(part, len(every), len(parts)))
        for part in parts
    ]
    return [node("Div", ["", ["turned"], []], [*made, *grid.notes])]


def stacked(inlines: Inlines) -> Inlines:
    """A cell with its interval on a line of its own."""
    made: Inlines = []
    for one in inlines:
        if one["t"] == "Span" and "ci" in one["c"][0][1] and made:
            if made[-1]["t"] == "Str":
                made[-1] = text(made[-1]["c"].rstrip(" "))
            made.append(node("LineBreak"))
        made.append(one)
    return made


def _need(grid: Grid, at: int) -> Need:
    cells = [line[at] for line in grid.lines if at < len(line)]
    words = [len(word) for one in cells for word in said(one).split(" ")]
    words += [round(1.2 * len(word)) for word in said(grid.heads[at][1]).split(" ")]  # bold in a DOCX
    return Need(
        max((len(said(one)) for one in cells), default=1),
        max((_longest(stacked(one)) for one in cells), default=1),
        min(max(words, default=1), WORD),
    )


def _longest(inlines: Inlines) -> int:
    """The longest of the lines into which breaks divide a cell."""
    lines, last = [0], 0
    for one in inlines:
        last = 0 if one["t"] == "LineBreak" else last + len(said(one))
        lines.append(last)
    return max(lines)


def _wanted(needs: Sequence[Need], *, stacked: bool) -> list[float]:
    """Letters for each column: a number whole, words as far as they may be broken."""
    made = []
    for at, need in enumerate(needs):
        letters = need.stacked if stacked else need.whole
        most = STUB if not at else NUMBER if letters <= NUMBER else WORDS
        made.append(max(need.word, min(letters, most)) + AIR - stacked)
    return [float(one) for one in made]


def _parts(wanted: Sequence[float]) -> list[list[int]]:
    """Columns in parts that each fit a turned page, the first column in all of them."""
    parts, room = [[0]], TURNED - wanted[0]
    for at, letters in enumerate(wanted[1:], start=1):
        if room < letters and len(parts[-1]) > 1:
            parts, room = [*parts, [0]], TURNED - wanted[0]
        parts[-1].append(at)
        room -= letters
    return parts


def _which(part: Sequence[int], columns: int, parts: int) -> str:
    return f" (columns {part[1]}\u2013{part[-1]} of {columns - 1})" if parts > 1 else ""


def _made(grid: Grid, part: Sequence[int], wanted: Sequence[float], room: int, which: str = "") -> Node:
    """The chosen columns as a table; what room is left goes to columns of words."""
    small = room != UPRIGHT
    shares = _shares(grid, part, wanted, room)
    align = [LEFT, *(grid.align[at - 1] for at in part[1:])]
    caption = [node("Plain", [*grid.caption, *([text(which)] if which else [])])]
    bodies = [_body(head, lines, part, small) for head, lines in grid.groups]
    first = part[1] == 1 if len(part) > 1 else True
    return table(
        caption,
        list(zip(align, shares, strict=True)),
        _heads([grid.heads[at] for at in part], align),
        bodies,
        name=grid.name if first else "",
        classes=["small"] if small else [],
        style=STYLE_SMALL if small else STYLE,
    )


def _shares(grid: Grid, part: Sequence[int], wanted: Sequence[float], room: int) -> list[float]:
    natural = [float(min(_need(grid, at).whole, 3 * WORDS) + AIR) for at in part]
    lacking = [max(n - w, 0.0) for n, w in zip(natural, wanted, strict=True)]
    free = max(room - sum(wanted), 0.0)
    more = min(1.0, free / sum(lacking)) if sum(lacking) else 0.0
    letters = [w + more * lack for w, lack in zip(wanted, lacking, strict=True)]
    return [one / max(room, sum(letters)) for one in letters]


def _heads(heads: Sequence[tuple[str, Inlines]], align: Sequence[str]) -> list[object]:
    """One line of headings, or two where words stand above some columns; a heading without any spans both."""
    if not any(above for above, _ in heads):
        return [row(cell(_plain(head), side) for (_, head), side in zip(heads, align, strict=True))]
    upper, lower = [], []
    for above, run in groupby(zip(heads, align, strict=True), key=lambda one: one[0][0]):
        own = list(run)
        if above:
            upper.append(cell(plain(above), "AlignCenter", columns=len(own)))
            lower += [cell(_plain(head), side) for (_, head), side in own]
        else:
            upper += [cell(_plain(head), side, rows=2) for (_, head), side in own]
    return [row(upper), row(lower)]


def _body(head: str, lines: Sequence[Sequence[Inlines]], part: Sequence[int], small: bool) -> list[object]:
    shown = [[line[at] if at < len(line) else [] for at in part] for line in lines]
    rows = [row(cell(_plain(stacked(one) if small else one)) for one in line) for line in shown]
    above = [row([cell([node("Plain", [strong(head)])], LEFT, columns=len(part))])] if head else []
    return body(rows, above)


def _plain(inlines: Inlines) -> list[Node]:
    return [node("Plain", inlines)] if inlines else []


def note(inlines: Inlines) -> Node:
    """A line below a table."""
    return styled("Note", [node("Para", inlines)])
