"""Drawings of courses: curves with bands, quarters with whiskers, weeks as columns, cohorts as a grid.

Every drawing takes the usual columns (see `chosen`), curves and grids besides `time`. Imports canvas.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ksn_research.render.canvas import BEFORE, FAINT, INK, NOW, OLDER, SOFT, WIDTH, marks, style

LOOKS: tuple[tuple[str, Any], ...] = (
    (NOW, "-"),
    (BEFORE, (0, (4, 2))),
    (OLDER, (0, (1, 1))),
    ("#3f7f3f", (0, (5, 1, 1, 1))),
    ("#8a4b8f", (0, (3, 1))),
)
MOST = len(LOOKS)
DARKEST = 0.8  # of the colours, for a share of one
LETTERS = 26  # of a line's name in the key


def months(data: pd.DataFrame, quantity: str) -> Canvas:
    """Falling steps over months since joining, the newest wave dark; its band is its interval."""
    return _steps(data, quantity, "Months since joining")


def days(data: pd.DataFrame, quantity: str) -> Canvas:
    """Rising steps over days since the first time, a line per label."""
    return _steps(data, quantity, "Days since the first time in the year")


def _steps(data: pd.DataFrame, quantity: str, across: str) -> Canvas:
    shown = data[data["published"].astype(bool)]
    names = list(dict.fromkeys(shown.sort_values("newest", ascending=False, kind="stable")["label"]))
    with style():
        canvas = Canvas(figsize=(WIDTH, 3.0), layout="constrained")
        axes = canvas.subplots()
        ends = []
        for name, (colour, line) in zip(names, LOOKS, strict=False):
            own = shown[shown["label"] == name].sort_values("time", kind="stable")
            band: dict[str, Any] = {"alpha": 0.13, "color": colour, "linewidth": 0, "step": "post"}
            axes.fill_between(own["time"], own["ci_low"], own["ci_high"], **band)
            look: dict[str, Any] = {"where": "post", "color": colour, "linestyle": line, "linewidth": 1.6}
            axes.step(own["time"], own["estimate"], label=str(name)[:LETTERS], **look)
            last = own.iloc[-1]
            ends.append((float(last["time"]), float(last["estimate"]), str(last["text"]), colour))
        _said(axes, ends)
        axes.set_ylim(0, 1.04)
        axes.set_xlim(left=0)
        axes.margins(x=0.1)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        _framed(axes, quantity, across)
        handles, told = axes.get_legend_handles_labels()
        canvas.legend(
            handles,
            told,
            loc="outside upper left",
            ncols=2 + (len(told) in (3, 5, 6)),
            frameon=False,
            fontsize=8.5,
        )
    return canvas


def _said(axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """The last number of each line beside its end; numbers that would touch are moved apart."""
    at = 0.0
    for x, y, said, colour in sorted(ends, key=lambda end: end[1]):
        at = max(y, at + 0.062 if at else y)
        clear = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
        axes.annotate(said, (x, at), (5, 0), textcoords="offset points", va="center", fontsize=8,
                      color=colour, bbox=clear)  # fmt: skip


def _framed(axes: Axes, quantity: str, across: str) -> None:
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.0f}\u00a0%"))
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(across, fontsize=8.5)
    axes.set_ylabel(quantity, fontsize=8.5)
    axes.tick_params(labelsize=8)


def quarters(data: pd.DataFrame, quantity: str) -> Canvas:
    """Means with their intervals from quarter to quarter; a line joins those of one year."""
    ordered = data.sort_values("label", kind="stable").reset_index(drop=True)
    shown = ordered[ordered["published"].astype(bool)]
    with style():
        canvas = Canvas(figsize=(WIDTH, 2.7), layout="constrained")
        axes = canvas.subplots()
        for _, own in shown.groupby("wave", sort=False):
            axes.plot(own.index, own["estimate"], color=FAINT, linewidth=1.4, zorder=1)
        ends = shown.dropna(subset=["ci_low", "ci_high"])
        axes.vlines(ends.index, ends["ci_low"], ends["ci_high"], color=NOW, linewidth=1.3)
        axes.plot(shown.index, shown["estimate"], "o", color=NOW, markersize=5)
        for place, row in enumerate(marks(ordered)):
            top = row.ci_high if row.published and not pd.isna(row.ci_high) else row.estimate
            at = (place, top if row.published else float(shown["estimate"].mean()))
            axes.annotate(str(row.short), at, (0, 4), textcoords="offset points", ha="center", fontsize=8)
        axes.set_xticks(range(len(ordered)), [_quarter(str(label)) for label in ordered["label"]])
        axes.margins(x=0.06, y=0.16)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
        axes.set_ylabel(quantity, fontsize=8.5)
        axes.tick_params(labelsize=8)
    return canvas


def _quarter(label: str) -> str:
    """ "2025-Q1" in two lines."""
    year, _, quarter = label.partition("-")
    return f"{quarter}\n{year}" if quarter else label


def weeks(data: pd.DataFrame, quantity: str) -> Canvas:
    """A column per week with its number; a suppressed one has its mark only."""
    with style():
        canvas = Canvas(figsize=(WIDTH, 2.5), layout="constrained")
        axes = canvas.subplots()
        shown = data["published"].astype(bool)
        axes.bar(range(len(data)), data["estimate"].where(shown).fillna(0), 0.72, color=NOW)
        for place, row in enumerate(marks(data)):
            high = float(row.estimate) if row.published else 0.0
            axes.annotate(str(row.short), (place, high), (0, 2), textcoords="offset points", ha="center",
                          fontsize=8, style="normal" if row.published else "italic")  # fmt: skip
        names = [str(label).removeprefix("Week ") for label in data["label"]]
        axes.set_xticks(range(len(data)), names)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.margins(y=0.12)
        axes.set_xlabel("Week after the gathering", fontsize=8.5)
        axes.set_ylabel(quantity, fontsize=8.5)
        axes.tick_params(labelsize=8)
    return canvas


def cohorts(data: pd.DataFrame, quantity: str) -> Canvas:
    """A line per cohort, a column per month since joining; a suppressed cell is hatched and says s, one of
    which there is no result is left blank."""
    names, last = list(dict.fromkeys(data["label"])), int(data["time"].max())
    with style():
        canvas = Canvas(figsize=(WIDTH, 0.95 + 0.25 * len(names)), layout="constrained")
        axes = canvas.subplots()
        for row in marks(data):
            _cell(axes, row, names.index(row.label))
        axes.set_xlim(0.5, last + 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xticks(range(1, last + 1), [str(month) for month in range(1, last + 1)], fontsize=8)
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_ylabel("Joined in", fontsize=8.5)
        axes.set_xlabel(f"Months since joining ({quantity.lower()}, %)", fontsize=8.5)
    return canvas


def _cell(axes: Axes, row: Any, y: int) -> None:
    from matplotlib import colormaps

    box: dict[str, Any] = {"xy": (row.time - 0.5, y - 0.5), "width": 1, "height": 1, "linewidth": 0.6}
    at: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5}
    if not row.published:
        axes.add_patch(Rectangle(**box, facecolor="white", edgecolor=FAINT, hatch="////"))
        axes.text(row.time, y, "s", color=SOFT, **at)
        return
    share = float(np.clip(row.estimate, 0, 1))
    axes.add_patch(Rectangle(**box, facecolor=colormaps["Blues"](DARKEST * share), edgecolor=FAINT))
    axes.text(row.time, y, str(row.short), color="white" if share > 0.72 else INK, **at)
