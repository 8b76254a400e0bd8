"""The mixing matrix as a heat map: how dense ties are from each group to each, with the counts beside.

A cell's shade and large number are the density in per cent, below it stand ties of pairs. A cell without a
tie is white with a nought, a suppressed one hatched, one of which no pair was observed crossed.

Imports canvas, chosen, formats, network_maps, specs, view.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from ksn_research.render.canvas import FAINT, INK, OLDER, SOFT, WIDTH, marks, style, wrapped
from ksn_research.render.chosen import frame, mark
from ksn_research.render.formats import number
from ksn_research.render.network_maps import main_relations
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View, newest, sentence_case

JOINT = " > "
PALEST, DARKEST = 0.08, 0.85  # of the colours, for the least dense cell with a tie and the densest
LETTERS = 15  # of a group's name, a line


def matrix(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """Density and ties of each cell, of the main relations' newest wave."""
    rows = [row for row in main_relations(seen, spec) if JOINT in row["category"]]
    return frame([{**mark(seen, spec, row), "newest": True} for row in newest(rows)])


def matrix_words(data: pd.DataFrame) -> str:
    """The alternative text: the densest cells, and how many have no tie or are suppressed."""
    cells = data[data["kind"] == ("density" if (data["kind"] == "density").any() else "count")]
    shown = cells[cells["published"].astype(bool)]
    first = shown.sort_values("estimate", ascending=False, kind="stable").head(5)
    said = [f"{row.label} {_per_cent(float(row.estimate))}" for row in marks(first)]
    none, hidden = int((shown["estimate"] == 0).sum()), int((cells["status"] == "suppressed").sum())
    return (
        f"Heat map, senders down and receivers across. Of {len(cells)} cells the densest: {', '.join(said)}. "
        f"Without a tie: {none}; suppressed: {hidden}. The others stand in the data of this figure."
    )


def heat(data: pd.DataFrame, quantity: str) -> Canvas:
    """A cell for each group (down) and each group (across); the first relation only."""
    first = data[data["series"] == data["series"].iloc[0]]
    ends = first["label"].str.split(JOINT, n=1, expand=True).reindex(columns=[0, 1]).fillna("")
    ends = ends.map(sentence_case)  # a label begins with a capital, its second name may not
    names = sorted({*ends[0], *ends[1]} - {""})
    density = _cells(first[first["kind"] == "density"], ends)
    ties = _cells(first[first["kind"] != "density"], ends)
    known = [float(c.estimate) for c in density.values() if c.published]
    top = max(known, default=0.0)
    with style():
        canvas = Canvas(figsize=(WIDTH, 1.75 + 0.46 * len(names)), layout="constrained")
        axes = canvas.subplots()
        for place in ((a, b) for a in names for b in names):
            _cell(
                axes, names.index(place[1]), names.index(place[0]), density.get(place), ties.get(place), top
            )
        _frame(axes, names, f"{quantity.lower()}; {first['series'].iloc[0]}")
    return canvas


def _cells(some: pd.DataFrame, ends: pd.DataFrame) -> dict[tuple[str, str], Any]:
    at = ends.loc[some.index]
    return dict(zip(zip(at[0], at[1], strict=True), marks(some), strict=True))


def _cell(axes: Axes, x: int, y: int, density: Any, ties: Any, top: float) -> None:
    from matplotlib import colormaps

    one = density or ties
    if one is None:
        return
    box: dict[str, Any] = {"xy": (x - 0.5, y - 0.5), "width": 1, "height": 1, "linewidth": 0.8}
    if one.status == "suppressed":
        axes.add_patch(Rectangle(**box, facecolor="white", edgecolor=OLDER, hatch="////"))
        clear = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        axes.text(x, y, "s", ha="center", va="center", fontsize=9, color=INK, bbox=clear)
        return
    if not one.published:
        axes.add_patch(Rectangle(**box, facecolor="white", edgecolor=FAINT))
        axes.plot([x - 0.2, x + 0.2], [y - 0.2, y + 0.2], color=OLDER, linewidth=0.8)
        axes.plot([x - 0.2, x + 0.2], [y + 0.2, y - 0.2], color=OLDER, linewidth=0.8)
        return
    value = float(one.estimate) if density is not None else np.nan
    share = value / top if top and value > 0 else 0.0
    face = colormaps["Blues"](PALEST + (DARKEST - PALEST) * share) if share else "white"
    axes.add_patch(Rectangle(**box, facecolor=face, edgecolor=FAINT))
    ink = "white" if share > 0.75 else INK
    if density is not None:
        said = "0" if value == 0 else _per_cent(value)
        axes.text(x, y - 0.14, said, ha="center", va="center", fontsize=8.5, color=ink)
    counted = _of(ties)
    soft = ink if share > 0.15 else SOFT
    axes.text(
        x,
        y + (0.24 if density is not None else 0),
        counted,
        ha="center",
        va="center",
        fontsize=6.5,
        color=soft,
    )


def _per_cent(value: float) -> str:
    return number(value, "rare", unit=True).replace("under ", "<")


def _of(ties: Any) -> str:
    if ties is None or not ties.published:
        return ""
    return f"{ties.short}/{number(float(ties.n), 'count')}" if not pd.isna(ties.n) else str(ties.short)


def _frame(axes: Axes, names: list[str], said: str) -> None:
    words = [wrapped(name, LETTERS) for name in names]
    axes.set_xlim(-0.5, max(len(names), 1) - 0.5)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.set_xticks(range(len(names)), words, rotation=90, fontsize=8)
    axes.set_yticks(range(len(names)), words, fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_ylabel("from")
    axes.set_xlabel(f"to ({said})")
