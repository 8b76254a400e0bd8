"""Dots with their intervals, a line per comparison: the number and its n stand at the right.

Imports canvas.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ksn_research.render.canvas import BEFORE, FAINT, INK, NOW, OLDER, SOFT, WIDTH, Board, board, marks, style

NUMBER, COUNT, STEP = 0.62, 0.42, 0.14  # inches: the columns at the right; from one series to the next
LOOKS = ((NOW, "o", True), (BEFORE, "D", False), (OLDER, "s", False))
WHOLE = "All"
SIGNED = ("change", "points", "density change")
_SCALES = {"points": (100, ""), "percent": (100, "\u00a0%")}


def effects(data: pd.DataFrame, quantity: str) -> Canvas:
    """A line per label, headed by block; the first series is filled, the numbers stand at the right.

    data  besides the usual columns: block, short (the number alone). Differences have a line at zero; levels
          one at the value of the whole, where it is drawn.
    """
    lines = data.drop_duplicates(["block", "label"])
    series = list(dict.fromkeys(data["series"]))
    with style():
        made = board(list(lines["label"]), list(lines["block"]), top=0.3 + 0.22 * (len(series) > 1),
                     right=NUMBER + COUNT, least=0.12 + STEP * len(series))  # fmt: skip
        some = _placed(data, lines, made)
        _reference(made.axes, some)
        for name, look in zip(series, LOOKS, strict=False):
            _dots(made.axes, some[some["series"] == name], name, *look)
        _numbers(made, some, dict(zip(series, (colour for colour, *_ in LOOKS), strict=False)))
        _measured(made.axes, some, quantity)
        if len(series) > 1:
            _key(made, len(series))
    return made.canvas


def _key(made: Board, many: int) -> None:
    handles, names = made.axes.get_legend_handles_labels()
    close = {"borderpad": 0, "borderaxespad": 0.3, "handletextpad": 0.3}
    made.canvas.legend(handles, names, loc="upper right", ncols=many, frameon=False, fontsize=8.5, **close)


def _placed(data: pd.DataFrame, lines: pd.DataFrame, made: Board) -> pd.DataFrame:
    """The data with each mark's own place about the middle of its line."""
    at = dict(zip(zip(lines["block"], lines["label"], strict=True), made.y, strict=True))
    middle = np.array([at[key] for key in zip(data["block"], data["label"], strict=True)])
    line = data.groupby(["block", "label"], sort=False)["series"]
    place, many = line.cumcount().to_numpy(), line.transform("size").to_numpy()
    return data.assign(y=middle + STEP * (place - (many - 1) / 2))


def _dots(axes: Axes, some: pd.DataFrame, name: str, colour: str, shape: str, filled: bool) -> None:
    shown = some[some["published"].astype(bool)]
    ends = shown.dropna(subset=["ci_low", "ci_high"])
    axes.hlines(ends["y"], ends["ci_low"], ends["ci_high"], color=colour, linewidth=1.3)
    face = colour if filled else "white"
    axes.plot(
        shown["estimate"], shown["y"], shape, color=colour, markerfacecolor=face, markersize=5, label=name
    )


def _reference(axes: Axes, some: pd.DataFrame) -> None:
    """The line to read from: no difference, or, of a block of levels, the whole."""
    if some["kind"].isin(SIGNED).any():
        axes.axvline(0, color=OLDER, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        return
    for _, block in some.groupby("block", sort=False):
        whole = block[(block["label"] == WHOLE) & block["published"].astype(bool)]
        if len(whole) and len(block) > 1:
            ends = [whole["y"].iloc[0], block["y"].max() + 0.08]
            axes.plot([whole["estimate"].iloc[0]] * 2, ends, color=FAINT, linewidth=1.2, zorder=0)


def _numbers(made: Board, some: pd.DataFrame, colours: dict[str, str]) -> None:
    """Number and n of every mark; in words why there is none."""
    at, one = (WIDTH - COUNT - 0.04, WIDTH - 0.04), len(colours) == 1
    made.write(at[1], -0.02, "n", ha="right", va="bottom", fontsize=8, color=SOFT)
    for row in marks(some):
        look = {
            "ha": "right",
            "color": INK if one else colours.get(row.series, INK),
            "fontsize": 8.5 if one else 8,
        }
        if row.status in ("undefined", "not comparable"):
            made.write(at[1], row.y, str(row.text), style="italic", **look)
            continue
        made.write(at[0], row.y, str(row.short), **look)
        made.write(at[1], row.y, "" if pd.isna(row.n) else f"{int(row.n):,}", **look)


def _measured(axes: Axes, some: pd.DataFrame, quantity: str) -> None:
    """The measure below: wide enough for every interval, a share never beyond none or all."""
    kind = next(iter(some["kind"]), "")
    times, sign = _SCALES.get(kind, (1, ""))
    plus = "+" if kind in SIGNED else ""
    shown = some[some["published"].astype(bool)]
    every = shown[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float).ravel()
    ends = [*every[~np.isnan(every)], *([0.0] if plus else [])] or [0.0, 1.0]
    low, high = min(ends), max(ends)
    pad = 0.06 * (high - low) or 0.1
    bounds = (max(0.0, low - pad), min(1.0, high + pad)) if kind == "percent" else (low - pad, high + pad)
    axes.set_xlim(*bounds)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    places = 0 if times > 1 else 1 if bounds[1] - bounds[0] > 0.6 else 2
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(x * times, places, plus) + sign))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel(quantity + (", percentage points" if kind == "points" else ""), fontsize=8.5)


def _tick(value: float, places: int, plus: str) -> str:
    said = f"{abs(value):.{places}f}"
    if float(said) == 0:
        return "0"
    return ("\u2212" if value < 0 else plus) + said
