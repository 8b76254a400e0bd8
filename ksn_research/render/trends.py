"""Waves as lines, a small panel per measure; a line breaks where its waves cannot be compared.

Imports canvas.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ksn_research.render.canvas import BEFORE, NOW, WIDTH, marks, style, wrapped

PANEL, BELOW = 1.62, 0.3  # inches: a panel with its heading, and the room for the quantity's name
TITLE, REASON = 30, 40  # letters of a line


def trends(data: pd.DataFrame, quantity: str) -> Canvas:
    """A panel per label, the waves from left to right in the order of `at`.

    data  besides the usual columns: short (the number alone), at (the wave's place), broken (why the wave
          cannot be compared with the one before; empty where it can)
    """
    labels = list(dict.fromkeys(data["label"]))
    waves = list(dict.fromkeys(data.sort_values("at", kind="stable")["series"]))
    rows = -(-len(labels) // 2)
    with style():
        canvas = Canvas(figsize=(WIDTH, rows * PANEL + BELOW), layout="constrained")
        grid = canvas.subplots(rows, 2, sharey=True, squeeze=False)
        for axes, label in zip(grid.flat, labels, strict=False):
            _panel(axes, data[data["label"] == label], str(label), waves)
        for axes in grid.flat[len(labels) :]:
            axes.set_visible(False)
        for axes in grid.flat[max(0, len(labels) - 2) : len(labels)]:
            axes.tick_params(labelbottom=True)
        _measured(grid.flat[0], data)
        canvas.supxlabel(quantity, fontsize=8.5)
    return canvas


def _panel(axes: Axes, data: pd.DataFrame, label: str, waves: list[str]) -> None:
    some = data.assign(x=data["series"].map({wave: i for i, wave in enumerate(waves)})).sort_values("x")
    shown = some[some["published"].astype(bool)]
    for a, b in pairwise(marks(some)):
        if a.published and b.published and not b.broken and b.x == a.x + 1:
            axes.plot([a.x, b.x], [a.estimate, b.estimate], color=NOW, linewidth=1.4, zorder=2)
    ends = shown.dropna(subset=["ci_low", "ci_high"])
    axes.vlines(ends["x"], ends["ci_low"], ends["ci_high"], color=NOW, linewidth=1.1)
    axes.plot(shown["x"], shown["estimate"], "o", color=NOW, markersize=4.2, zorder=3)
    _breaks(axes, some[some["broken"] != ""])
    _say(axes, shown, some)
    said = wrapped(label, TITLE, 3)
    axes.set_title(said, fontsize=8.5, fontweight="bold", loc="left", linespacing=1.1)
    step = max(1, int(np.ceil(len(waves) / 4)))
    axes.set_xticks(range(0, len(waves), step), [wrapped(w, 9, 2) for w in waves[::step]], fontsize=8)
    axes.set_xlim(-0.4, len(waves) - 0.6)
    axes.tick_params(axis="y", labelsize=8)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)


def _breaks(axes: Axes, broken: pd.DataFrame) -> None:
    """A line across wherever two waves cannot be compared, and below why not."""
    for row in marks(broken):
        axes.axvline(row.x - 0.5, color=BEFORE, linewidth=1.1, linestyle=(0, (2, 2)), zorder=1)
    if len(broken):
        told = [wrapped(f"{row.series}: {row.broken}", REASON, 2) for row in marks(broken.tail(2))]
        reason = "\n".join(told)
        look: dict[str, Any] = {
            "fontsize": 7.5,
            "color": BEFORE,
            "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1},
        }
        axes.text(0.02, 0.02, reason, transform=axes.transAxes, va="bottom", zorder=4, **look)


def _say(axes: Axes, shown: pd.DataFrame, some: pd.DataFrame) -> None:
    """The first and the last number, and the mark of what is not shown."""
    ends = {row.x: row for row in [*marks(shown.head(1)), *marks(shown.tail(1))]}
    for x, row in ends.items():
        top = row.estimate if pd.isna(row.ci_high) else row.ci_high
        side = "left" if x == 0 else "center"
        axes.annotate(str(row.short), (x, top), (0, 3), textcoords="offset points", ha=side, fontsize=8)
    for row in marks(some[~some["published"].astype(bool)]):
        at = (row.x, 0.5)
        axes.annotate(
            str(row.short), at, xycoords=("data", "axes fraction"), ha="center", fontsize=8, style="italic"
        )


def _measured(axes: Axes, data: pd.DataFrame) -> None:
    """One measure for all panels, with room below for a reason."""
    shown = data[data["published"].astype(bool)]
    every = shown[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float).ravel()
    every = every[~np.isnan(every)]
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    room = (high - low) or 0.2
    axes.set_ylim(low - room * (0.45 if (data["broken"] != "").any() else 0.12), high + room * 0.22)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if (data["kind"] == "percent").any():
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.0f}\u00a0%"))
