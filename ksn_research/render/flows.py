"""What became of the nodes of a network between two waves, as ribbons between two columns of states.

A ribbon's height is the number of nodes that went from a state to a state, which stands at both of its ends.
A suppressed ribbon is hatched, of a height that tells nothing; nothing is drawn where nobody went.

Imports canvas, chosen, network_maps, specs, view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from ksn_research.render.canvas import FAINT, INK, NOW, OLDER, SOFT, WIDTH, marks, style, wrapped
from ksn_research.render.chosen import frame, mark
from ksn_research.render.network_maps import main_relations
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View, newest

JOINT = " > "
STATES = ("largest part", "smaller part", "no tie", "not on the roster")
SHADES = {"largest part": NOW, "smaller part": "#5b8fb0", "no tie": OLDER, "not on the roster": "#b9b9b9"}
LEFT, RIGHT, BAR = 1.35, 3.45, 0.12  # inches: the two columns and their width
LEAST, GAP = 0.17, 0.12  # inches: the lowest ribbon, the room between two states


@dataclass(frozen=True)
class Ribbon:
    """Nodes that went from one state to another: how many (None: suppressed) and how high it is drawn."""

    before: str
    after: str
    count: int | None
    said: str
    high: float


def membership(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """Flows of the main relations' newest wave; the total is none."""
    rows = [row for row in main_relations(seen, spec) if JOINT in row["category"]]
    return frame([{**mark(seen, spec, row), "newest": True} for row in newest(rows)])


def flow_words(data: pd.DataFrame) -> str:
    """The alternative text: every flow that is not nil."""
    some = data[~data["published"].astype(bool) | (data["estimate"] != 0)]
    said = [f"from {' to '.join(_ends(row.label))}: {row.text}" for row in marks(some)]
    return f"Flows between two waves, {data['wave'].iloc[0]} the newer. {'; '.join(said)}."


def flows(data: pd.DataFrame, quantity: str) -> Canvas:
    """Two columns of states, the older wave on the left, joined by ribbons."""
    ribbons = _ribbons(data)
    sides = [_stack(ribbons, side) for side in ("before", "after")]
    deep = max(bottom for side in sides for _, bottom in side.values())
    top, foot = 0.3, 0.42 if any(r.count is None for r in ribbons) else 0.24
    whole = top + deep + foot
    with style():
        canvas = Canvas(figsize=(WIDTH, whole))
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(whole - top, -top))
        axes.axis("off")
        for x, side, said in ((LEFT, "before", "wave before"), (RIGHT, "after", str(data["wave"].iloc[0]))):
            align = "right" if side == "before" else "left"
            axes.text(x, -0.1, said, ha=align, va="center", fontweight="bold")
            for state, (low, high) in sides[side == "after"].items():
                _column(axes, x, state, low, high, align)
        _bands(axes, ribbons, *sides)
        _foot(axes, ribbons, quantity, deep)
    return canvas


def _ends(label: str) -> list[str]:
    """ "Largest part > no tie" as the names of states.

    >>> _ends("Largest part > no tie")
    ['largest part', 'no tie']
    """
    before, _, after = (label[:1].lower() + label[1:]).partition(JOINT)
    return [before, after]


def _ribbons(data: pd.DataFrame) -> list[Ribbon]:
    rows = marks(data)
    counts = [int(row.estimate) if row.published else None for row in rows]
    whole = sum(count or 0 for count in counts)
    per = 2.6 / max(whole, 1)
    made = [
        Ribbon(
            _ends(row.label)[0],
            _ends(row.label)[1],
            count,
            str(row.short),
            max(LEAST, per * count) if count else LEAST,
        )
        for row, count in zip(rows, counts, strict=True)
        if count != 0
    ]
    return sorted(made, key=lambda r: (_place(r.before), _place(r.after)))


def _place(state: str) -> tuple[int, str]:
    return (STATES.index(state) if state in STATES else len(STATES), state)


def _stack(ribbons: list[Ribbon], side: str) -> dict[str, tuple[float, float]]:
    """Top and bottom of each state of a column, in inches."""
    made, deep = {}, 0.0
    for state in sorted({getattr(r, side) for r in ribbons}, key=_place):
        high = sum(r.high for r in ribbons if getattr(r, side) == state)
        made[state] = (deep, deep + high)
        deep += high + GAP
    return made or {"": (0.0, 0.0)}


def _column(axes: Axes, x: float, state: str, low: float, high: float, align: str) -> None:
    left = x - BAR if align == "right" else x
    axes.add_patch(Rectangle((left, low), BAR, high - low, facecolor=SHADES.get(state, SOFT), linewidth=0))
    at = left - 0.07 if align == "right" else left + BAR + 0.07
    said = wrapped(state, 17)
    axes.text(at, (low + high) / 2, said, ha=align, va="center", fontsize=8.5, linespacing=1.1)


def _bands(
    axes: Axes,
    ribbons: list[Ribbon],
    before: dict[str, tuple[float, float]],
    after: dict[str, tuple[float, float]],
) -> None:
    left, right = ({state: low for state, (low, _) in side.items()} for side in (before, after))
    for r in ribbons:
        a, b = left[r.before], right[r.after]
        left[r.before], right[r.after] = a + r.high, b + r.high
        hidden = r.count is None
        axes.add_patch(
            PathPatch(
                _band(a, b, r.high),
                facecolor="white" if hidden else SHADES.get(r.before, SOFT),
                edgecolor=OLDER if hidden else "white",
                alpha=1.0 if hidden else 0.45 if r.before == r.after else 0.7,
                hatch="////" if hidden else None,
                linewidth=0.6,
                zorder=2 if hidden else 1,
            )
        )
        _say(axes, a + r.high / 2, r.said, "left", LEFT + 0.07)
        _say(axes, b + r.high / 2, r.said, "right", RIGHT - 0.07)


def _say(axes: Axes, y: float, said: str, align: str, x: float) -> None:
    clear = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    axes.text(x, y, said, ha=align, va="center", fontsize=8, color=INK, bbox=clear, zorder=4)


def _band(a: float, b: float, high: float) -> Path:
    """From the left column to the right one, level at both ends."""
    x = np.array([LEFT, (LEFT + RIGHT) / 2, (LEFT + RIGHT) / 2, RIGHT])
    there, back = (
        np.column_stack([x, [a, a, b, b]]),
        np.column_stack([x[::-1], [b + high] * 2 + [a + high] * 2]),
    )
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return Path([*there, *back, there[0]], codes)


def _foot(axes: Axes, ribbons: list[Ribbon], quantity: str, deep: float) -> None:
    axes.plot([LEFT, RIGHT], [deep + 0.06] * 2, color=FAINT, linewidth=0.6)
    lines = [quantity]
    if any(r.count is None for r in ribbons):
        lines.append("hatched, s: suppressed, of no meaning in its height")
    for place, line in enumerate(lines):
        axes.text(
            (LEFT + RIGHT) / 2,
            deep + 0.17 + 0.16 * place,
            line,
            ha="center",
            va="center",
            fontsize=8,
            color=SOFT,
        )
