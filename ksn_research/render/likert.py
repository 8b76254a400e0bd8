"""Diverging bars of answers on an ordered set of choices, a line per question.

Bars are centred on the middle choice, which is split, or stand between the halves where there is none. What
is no opinion stands apart at the right, as a share of all who answered. What is suppressed is hatched: on its
side there is no more than that.

Imports canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from ksn_research.render.canvas import (
    DIGIT,
    INK,
    LABELS,
    SOFT,
    WIDTH,
    Board,
    board,
    marks,
    style,
    wrapped,
)

LOW, HIGH, MIDDLE, GONE = ("#f0c08a", "#8a4208"), ("#a9cde4", "#0b4a6f"), "#dcdcdc", "#9a9a9a"
Colour = tuple[float, float, float]
BAR, BESIDE, COUNTS = 0.19, 0.2, 0.42  # inches: a bar's height, room for a number beside it, the column of n
INSIDE, ABOVE = 8.0, 7.5  # points


@dataclass(frozen=True)
class Item:
    """One question. `shares`: a mark per choice, lowest first; `gone`: one per choice that is no opinion."""

    label: str
    block: str
    shares: tuple[Any, ...]
    gone: tuple[Any, ...]

    @property
    def shown(self) -> bool:
        """Whether anything of it is published."""
        return any(one.published for one in self.shares)

    @property
    def rest(self) -> float:
        """What the published shares leave to those that are suppressed."""
        return max(0.0, 1 - sum(float(one.estimate) for one in self.shares if one.published))

    @property
    def n(self) -> str:
        known = [one.n for one in self.shares if one.published and not pd.isna(one.n)]
        return f"{int(known[0]):,}" if known else str(self.shares[0].text)


@dataclass(frozen=True)
class Piece:
    """One part of a bar, `low` to `high`; `place` is its choice's, `said` its number, "s" for suppressed."""

    low: float
    high: float
    place: int
    said: str
    outer: bool

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def likert(data: pd.DataFrame, quantity: str) -> Canvas:
    """Diverging bars, one line per label in the order of the data.

    data  besides the usual columns: block, short (the number alone), place (of the choice, lowest 0; -1: no
          opinion)
    """
    items = _items(data)
    choices = _choices(data)
    gone = list(dict.fromkeys(data.loc[data["place"] < 0, "series"]))
    with style():
        top, made = _framed(items, choices, gone)
        scale, ends = _scaled(made.axes, items, gone)
        for item, y in zip(items, made.y, strict=True):
            _bar(made.axes, item, y, scale, len(choices))
            _apart(made.axes, item, y, gone, ends)
            made.write(WIDTH - 0.04, y, item.n, ha="right", fontsize=8.5)
        _heads(made, gone, ends)
        _key(made.canvas, choices, top)
        made.axes.set_xlabel(quantity, fontsize=8.5)
    return made.canvas


def shades(many: int) -> list[Colour]:
    """Colours of so many choices, lowest first: two hues, darker towards the ends, grey in the middle."""
    half = many // 2
    low = [_between(*LOW, (half - i) / half) for i in range(half)]
    high = [_between(*HIGH, (i + 1) / half) for i in range(half)]
    return [*low, *([to_rgb(MIDDLE)] if many % 2 else []), *high]


def _between(pale: str, deep: str, at: float) -> Colour:
    red, green, blue = (a + (b - a) * at for a, b in zip(to_rgb(pale), to_rgb(deep), strict=True))
    return red, green, blue


def _items(data: pd.DataFrame) -> list[Item]:
    made = []
    for (block, label), some in data.groupby(["block", "label"], sort=False):
        rows = marks(some.sort_values("place", kind="stable"))
        shares = tuple(row for row in rows if row.place >= 0)
        made.append(Item(str(label), str(block), shares, tuple(row for row in rows if row.place < 0)))
    return made


def pieces(item: Item) -> list[Piece]:
    """The parts of an item's bar from left to right; what is suppressed is as wide as it could be."""
    many = len(item.shares)
    half, odd = many // 2, many % 2
    middle = item.shares[half] if odd else None
    wide = 0.0 if middle is None else float(middle.estimate) if middle.published else item.rest
    said = "" if middle is None else str(middle.short) if middle.published else "s"
    made = [Piece(-wide / 2, wide / 2, half, said, False)] if wide > 0 else []
    left = _side(item, range(half - 1, -1, -1), wide / 2)
    right = _side(item, range(half + odd, many), wide / 2)
    return [*(Piece(-p.high, -p.low, p.place, p.said, p.outer) for p in reversed(left)), *made, *right]


def _side(item: Item, places: Sequence[int], start: float) -> list[Piece]:
    """One side from the middle outwards; neighbours that are suppressed are one part."""
    made: list[Piece] = []
    for place in places:
        row = item.shares[place]
        if not row.published and any(piece.said == "s" for piece in made):
            continue
        wide = float(row.estimate) if row.published else item.rest
        if wide > 0:
            made.append(Piece(start, start + wide, place, str(row.short) if row.published else "s", False))
            start += wide
    return (
        [*made[:-1], Piece(made[-1].low, made[-1].high, made[-1].place, made[-1].said, True)] if made else []
    )


def _choices(data: pd.DataFrame) -> list[str]:
    """The words of each place of the scale, lowest first; two places may have the same words."""
    words = data.loc[data["place"] >= 0].drop_duplicates("place").set_index("place")["series"]
    return [str(words.get(place, "")) for place in range(int(words.index.max()) + 1)]


def _framed(items: list[Item], choices: list[str], gone: list[str]) -> tuple[float, Board]:
    """The empty board, and how deep the key above it is."""
    key = 0.36 + 0.13 * max(wrapped(c, _letters(len(choices)), 4).count("\n") + 1 for c in choices)
    heads = 0.06 + 0.13 * max([wrapped(g, 9, 3).count("\n") + 1 for g in gone], default=1)
    labels, blocks = [item.label for item in items], [item.block for item in items]
    return key, board(labels, blocks, top=key + heads, right=COUNTS, least=0.35)


def _letters(many: int) -> int:
    """How many letters of the key fit below one of so many colours."""
    return max(8, int((WIDTH - 0.1) / many / 0.072))


def _scaled(axes: Axes, items: list[Item], gone: list[str]) -> tuple[float, list[float]]:
    """Set the measure, the same for bars and for what stands apart. Returns inches per whole, and where each
    column that stands apart begins."""
    drawn = [pieces(item) for item in items if item.shown]
    left = max((-p.low for bar in drawn for p in bar), default=0.5)
    right = max((p.high for bar in drawn for p in bar), default=0.5)
    apart = [max([_share(item, name) for item in items], default=0.0) for name in gone]
    free = WIDTH - LABELS - COUNTS - 2 * BESIDE - (BESIDE + 0.14) * len(gone)
    scale = free / max(left + right + sum(apart), 0.2)
    ends, at = [], right + (BESIDE + 0.08) / scale
    for wide in apart:
        ends.append(at)
        at += wide + (BESIDE + 0.14) / scale
    axes.set_xlim(-left - BESIDE / scale, max(at, right + BESIDE / scale))
    step = 0.25 if 0.25 * scale > 0.36 else 0.5
    ticks = [step * i for i in range(-8, 9) if -left - 0.02 <= step * i <= right + 0.02]
    axes.set_xticks(ticks, [f"{100 * abs(tick):.0f}\u00a0%" for tick in ticks], fontsize=8)
    axes.spines["bottom"].set_bounds(-left, right)
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=1)
    return scale, ends


def _share(item: Item, name: str) -> float:
    return sum(float(one.estimate) for one in item.gone if one.series == name and one.published)


def _bar(axes: Axes, item: Item, y: float, scale: float, many: int) -> None:
    if not item.shown:
        said = {"s": "suppressed"}.get(str(item.shares[0].text), str(item.shares[0].text))
        axes.text(0.02, y, said, va="center", fontsize=8.5, style="italic", color=SOFT)
        return
    colours, narrow = shades(many), []
    for piece in pieces(item):
        hidden = piece.said == "s"
        face = to_rgb("white") if hidden else colours[piece.place]
        look: dict[str, Any] = (
            {"edgecolor": GONE, "hatch": "/////", "linestyle": (0, (2, 1.5))} if hidden else {}
        )
        box = Rectangle((piece.low, y - BAR / 2), piece.high - piece.low, BAR, facecolor=face, zorder=2,
                        **{"edgecolor": "white", "linewidth": 0.6, **look})  # fmt: skip
        axes.add_patch(box)
        room = (piece.high - piece.low) * scale
        if room >= DIGIT * INSIDE * len(piece.said) + 0.02:
            _inside(axes, piece, y, _ink(face), hidden)
        elif piece.outer:
            _outside(axes, piece, y, scale)
        else:
            narrow.append(piece)
    _above(axes, narrow, y, scale)


def _inside(axes: Axes, piece: Piece, y: float, ink: str, hidden: bool) -> None:
    back = {"facecolor": "white", "edgecolor": "none", "pad": 0.8} if hidden else None
    axes.text(piece.middle, y, piece.said, ha="center", va="center_baseline", fontsize=INSIDE, color=ink,
              bbox=back, zorder=4)  # fmt: skip


def _outside(axes: Axes, piece: Piece, y: float, scale: float) -> None:
    left = piece.middle < 0
    at = piece.low - 0.03 / scale if left else piece.high + 0.03 / scale
    axes.text(at, y, piece.said, ha="right" if left else "left", va="center_baseline", fontsize=INSIDE)


def _above(axes: Axes, narrow: list[Piece], y: float, scale: float) -> None:
    """Numbers of parts too narrow for them: above the bar, each with a line to its part."""
    for piece, at in zip(narrow, spread([p.middle for p in narrow], BESIDE * 0.9 / scale), strict=True):
        axes.plot([piece.middle, at], [y - BAR / 2 + 0.02, y - BAR / 2 - 0.035], color=SOFT, linewidth=0.6)
        axes.text(at, y - BAR / 2 - 0.03, piece.said, ha="center", va="bottom", fontsize=ABOVE)


def spread(places: Sequence[float], least: float) -> list[float]:
    """Places moved apart, in their order, until each is at least so far from the next; their mean stays.

    >>> spread([0.0, 0.1], 0.5)
    [-0.2, 0.3]
    """
    made: list[float] = []
    for place in places:
        made.append(max(place, made[-1] + least) if made else place)
    shift = (sum(places) - sum(made)) / len(made) if made else 0.0
    return [round(place + shift, 9) for place in made]


def _ink(face: Colour) -> str:
    red, green, blue = face
    return "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else INK


def _apart(axes: Axes, item: Item, y: float, gone: list[str], ends: list[float]) -> None:
    """What is no opinion: a grey bar on a line of its own, on the same measure."""
    by_name = {one.series: one for one in item.gone}
    for at, row in ((at, by_name.get(name)) for name, at in zip(gone, ends, strict=True)):
        if row is None:
            continue
        wide = float(row.estimate) if row.published else 0.0
        axes.add_patch(Rectangle((at, y - BAR * 0.3), wide, BAR * 0.6, facecolor=GONE, linewidth=0))
        axes.annotate(
            str(row.short), (at + wide, y), (2, 0), textcoords="offset points", va="center_baseline",
            fontsize=INSIDE, color=SOFT,
        )  # fmt: skip


def _heads(made: Board, gone: list[str], ends: list[float]) -> None:
    """Words above the columns at the right."""
    made.write(WIDTH - 0.04, -0.02, "n", ha="right", va="bottom", fontsize=8, color=SOFT)
    for name, at in zip(gone, ends, strict=True):
        made.axes.text(at, -0.02, wrapped(name, 9, 3), va="bottom", fontsize=8, color=SOFT, linespacing=1.05)
        made.axes.plot([at, at], [0, made.axes.get_ylim()[0]], color="#bbbbbb", linewidth=0.7)


def _key(canvas: Canvas, choices: list[str], top: float) -> None:
    """The choices as a row of colours, lowest at the left."""
    deep = canvas.get_figheight()
    axes = canvas.add_axes((0, 1 - top / deep, 1, top / deep))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(top, 0)
    axes.set_axis_off()
    wide = (WIDTH - 0.1) / len(choices)
    for place, (choice, colour) in enumerate(zip(choices, shades(len(choices)), strict=True)):
        x = 0.05 + place * wide
        axes.add_patch(Rectangle((x, 0.08), wide - 0.02, 0.13, facecolor=colour, linewidth=0))
        said = wrapped(choice, _letters(len(choices)), 4)
        axes.text(x + wide / 2, 0.25, said, ha="center", va="top", fontsize=8, linespacing=1.05)
