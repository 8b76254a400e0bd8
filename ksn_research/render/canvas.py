"""What all drawings share: colours, sizes, bytes that are the same each time, and a board of lines.

The letters are those of the package's own font; what it lacks comes from the font that matplotlib brings, so
that no machine's fonts are asked for. Text is drawn as outlines, as it stands: a dollar sign is no formula.
Colours stay apart for colour-blind readers and in grey. Text is 9-10 pt in a figure 4.8 inches wide, so that
it can be read on a phone.

Imports no sibling.
"""

from __future__ import annotations

import io
import re
import struct
import textwrap
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
import typst
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.transforms import Transform, blended_transform_factory

from ksn_research import resources

WIDTH = 4.8
INK, NOW, BEFORE, OLDER, FAINT = "#222222", "#0b4a6f", "#9a4f10", "#767676", "#d9d9d9"
SOFT = "#555555"
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "ksn",
    "svg.fonttype": "path",
    "font.family": ["Inter", "DejaVu Sans"],
    "text.parse_math": False,
    "font.size": 9,
    "hatch.linewidth": 0.6,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "figure.dpi": 100,
}
# Of the board, in inches: the labels' column, one line of a label, what a row has besides, a block's heading.
LABELS, LINE, AIR, HEAD = 1.76, 0.135, 0.13, 0.27
LETTERS = 26  # of a label, a line
# As a picture of dots. A file begins with a signature and its measures; typst says nothing of dots to the
# inch, without which a word processor takes the picture for twice as large.
DPI = 200
PAGE = b"""#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""
HEAD_ENDS = 33
SIZE = re.compile(r'viewBox="0 0 (?P<wide>[0-9.]+) (?P<high>[0-9.]+)"')
DIGIT = 0.0083  # the width of a digit in inches, per point of the font
for _face in ("Regular", "Bold", "Italic"):
    font_manager.fontManager.addfont(resources.PACKAGE / "templates" / "fonts" / f"Inter-{_face}.otf")


@contextmanager
def style() -> Iterator[None]:
    """matplotlib as every drawing wants it, and as it was afterwards. A letter that neither font has is drawn
    as a box, without a warning: the words stand in the alternative text and in the data."""
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        yield


def svg_of(canvas: Canvas) -> str:
    """The drawing as SVG text, without date or version."""
    made = io.StringIO()
    with style():
        FigureCanvasAgg(canvas)
        canvas.savefig(made, format="svg", metadata={"Date": None, "Creator": None})
    return made.getvalue()


def png_of(svg: str) -> bytes:
    """The drawing as PNG bytes, without date or version: the same outlines, 200 dots to the inch.

    typst draws them four times as fast as matplotlib, and holds no lock of Python's meanwhile.
    """
    made = typst.compile(PAGE, format="png", ppi=DPI, sys_inputs={"svg": svg}, ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made[:HEAD_ENDS] + _density() + made[HEAD_ENDS:]


def size_of(svg: str) -> tuple[float, float]:
    """Width and height of a drawing in inches.

    >>> size_of('<svg viewBox="0 0 360 72">')
    (5.0, 1.0)
    """
    found = SIZE.search(svg)
    assert found is not None
    return float(found["wide"]) / 72, float(found["high"]) / 72


def _density() -> bytes:
    """The part of a PNG file that tells the dots to the metre (ISO/IEC 15948, 11.3.5.3)."""
    told = b"pHYs" + struct.pack(">IIB", *2 * [round(DPI / 0.0254)], 1)
    return struct.pack(">I", len(told) - 4) + told + struct.pack(">I", zlib.crc32(told))


def marks(data: pd.DataFrame) -> list[Any]:
    """The rows of a figure's data as named tuples."""
    return list(data.itertuples(index=False))


def wrapped(text: str, width: int = 24, lines: int = 3) -> str:
    """Words in lines of a width; of what is longer than so many lines, the end is left out.

    >>> wrapped("one two three four five", 8, 2)
    'one two\\nthree...'
    """
    made = textwrap.wrap(text, width) or [text]
    if len(made) <= lines:
        return "\n".join(made)
    rest = " ".join(made[lines - 1 :])
    return "\n".join([*made[: lines - 1], textwrap.shorten(rest, width, placeholder="...")])


@dataclass(frozen=True)
class Board:
    """A figure of lines, its vertical measure in inches from the top.

    y       the middle of each line; height: how much room it has
    left    a point of the figure given in inches from its left edge and in `y`
    """

    canvas: Canvas
    axes: Axes
    y: tuple[float, ...]
    height: tuple[float, ...]
    left: Transform

    def write(self, inches: float, y: float, said: str, **kind: Any) -> None:
        """Words beside the drawing, `inches` from the figure's left edge."""
        self.axes.text(inches, y, said, transform=self.left, va=kind.pop("va", "center"), **kind)


def board(
    labels: Sequence[str], blocks: Sequence[str], *, top: float = 0.1, right: float = 0.9, least: float = 0.26
) -> Board:
    """A board with a line per label, headed wherever the block changes.

    top, right  inches left free above and beside the drawing; least: the lowest that a line may be
    """
    words = [wrapped(label, LETTERS, 5) for label in labels]
    height = [max(least, AIR + LINE * (text.count("\n") + 1)) for text in words]
    heads = [wrapped(block, 58, 2) for block in blocks]
    y, headed, deep = [], [], 0.06
    for place, high in enumerate(height):
        if heads[place] and (not place or heads[place] != heads[place - 1]):
            headed.append((deep + HEAD - 0.06, heads[place]))
            deep += HEAD + LINE * heads[place].count("\n")
        y.append(deep + high / 2)
        deep += high
    below = 0.52
    whole = top + deep + below
    canvas = Canvas(figsize=(WIDTH, whole))
    box = (LABELS / WIDTH, below / whole, (WIDTH - LABELS - right) / WIDTH, deep / whole)
    axes = canvas.add_axes(box)
    axes.set_ylim(deep, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    left = blended_transform_factory(canvas.dpi_scale_trans, axes.transData)
    made = Board(canvas, axes, tuple(y), tuple(height), left)
    for place, text in enumerate(words):
        made.write(LABELS - 0.1, y[place], text, ha="right", fontsize=8, linespacing=1.1)
    clear = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    for at, text in headed:
        made.write(0.02, at, text, ha="left", va="bottom", fontsize=9, fontweight="bold", bbox=clear)
    return made
