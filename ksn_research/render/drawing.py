"""Drawings: a small table of marks in, a matplotlib figure out; the same bytes each time.

Every drawing takes the columns label, series, estimate, ci_low, ci_high, n, text, published, newest (see
`figures.chosen`) and the quantity's name. The older wave is drawn hollow.

Imports canvas.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ksn_research.render.canvas import BEFORE, FAINT, NOW, OLDER, WIDTH, marks, style, wrapped


def dots(data: pd.DataFrame, quantity: str) -> Canvas:
    """Dot and whisker: one line per label, the newest wave filled, earlier ones hollow above it."""
    labels, series = _labels(data), _series(data)
    with style():
        canvas, axes = _lying(labels, 0.22 + 0.14 * len(series))
        for place, name in enumerate(series):
            some = _placed(data[data["series"] == name], labels, place, len(series))
            _whiskers(axes, some, *_mark(place, len(series)), name)
        _percent(axes, data, quantity)
        _say(axes, data, labels, series)
        _key(canvas, axes, series)
    return canvas


def bars(data: pd.DataFrame, quantity: str) -> Canvas:
    """Lying bars with the number at their end, the newest wave filled."""
    labels, series = _labels(data), _series(data)
    with style():
        canvas, axes = _lying(labels, 0.26 + 0.17 * len(series))
        for place, name in enumerate(series):
            some = _placed(data[data["series"] == name], labels, place, len(series))
            colour, filled = _mark(place, len(series))
            face = colour if filled else "white"
            height = 0.72 / len(series)
            axes.barh(some["y"], some["estimate"].fillna(0), height, color=face, edgecolor=colour, label=name)
            for row in marks(some):
                _beside(axes, float(np.nan_to_num(row.estimate)), float(row.y), str(row.text))
        axes.margins(x=0.16)
        _percent(axes, data, quantity, zero=True)
        _key(canvas, axes, series)
    return canvas


def n_of_n(data: pd.DataFrame, quantity: str) -> Canvas:
    """ "18 of 24": a bar of what was found inside a pale one of what was looked at, most frequent first."""
    ordered = data.sort_values("estimate", ascending=False, kind="stable", na_position="last")
    labels = _labels(ordered)
    with style():
        canvas, axes = _lying(labels, 0.32)
        some = _placed(ordered, labels, 0, 1)
        whole = some["n"].astype("Float64").astype("float64").fillna(0)
        axes.barh(some["y"], whole, 0.62, color="#ececec", edgecolor="#bbbbbb", linewidth=0.5)
        axes.barh(some["y"], some["estimate"].fillna(0), 0.62, color=NOW)
        for row, of in zip(marks(some), whole, strict=True):
            said = f"{row.text} of {int(of)}" if row.published and of else str(row.text)
            _beside(axes, float(max(of, np.nan_to_num(row.estimate))), float(row.y), said)
        axes.margins(x=0.2)
        _percent(axes, data, quantity, zero=True)
    return canvas


def course(data: pd.DataFrame, quantity: str) -> Canvas:
    """A line over months; gaps where a value is suppressed; first, highest and last values said."""
    months = sorted(set(data["label"]))
    with style():
        canvas = Canvas(figsize=(WIDTH, 2.5), layout="constrained")
        axes = canvas.subplots()
        by_month = data.drop_duplicates("label").set_index("label").reindex(months)
        y = by_month["estimate"].where(by_month["published"].fillna(False).astype(bool))
        x = np.arange(len(months))
        axes.plot(x, y, color=NOW, marker="o", markersize=3.2, linewidth=1.4)
        known = np.flatnonzero(y.notna())
        for place in dict.fromkeys(
            [*known[:1], *known[-1:], *([int(np.nanargmax(y))] if len(known) else [])]
        ):
            said = str(by_month["text"].iloc[place])
            axes.annotate(said, (place, y.iloc[place]), (0, 6), textcoords="offset points", ha="center")
        step = max(1, int(np.ceil(len(months) / 6)))
        axes.set_xticks(x[::step], months[::step])
        axes.set_ylim(0, (float(np.nanmax(y)) if len(known) else 1) * 1.2)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set_ylabel(quantity)
    return canvas


def changes(data: pd.DataFrame, quantity: str) -> Canvas:
    """Differences with their intervals about a line at no change; reasons stand where there is none."""
    labels = _labels(data)
    with style():
        canvas, axes = _lying(labels, 0.36)
        some = _placed(data, labels, 0, 1)
        axes.axvline(0, color=OLDER, linewidth=0.8, linestyle=(0, (4, 3)))
        _whiskers(axes, some, NOW, True, "")
        for row in marks(some[~some["published"].astype(bool)]):
            axes.text(0, float(row.y), f" {row.text}", va="center", color="#555555", style="italic")
        axes.margins(x=0.12)
        _say(axes, data, labels, _series(data))
        axes.set_xlabel(quantity)
    return canvas


def against_chance(data: pd.DataFrame, quantity: str) -> Canvas:
    """The index of each network (filled) and the value expected by chance (an upright stroke)."""
    labels = _labels(data)
    with style():
        canvas, axes = _lying(labels, 0.42)
        some = _placed(data, labels, 0, 1)
        chance = some["series"] == "e_i_expected"
        axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
        _whiskers(axes, some[~chance], NOW, True, "found")
        stroke = some[chance & some["published"]]
        axes.scatter(
            stroke["estimate"],
            stroke["y"],
            marker="|",
            s=190,
            color=BEFORE,
            linewidths=2.2,
            label="by chance",
        )
        axes.set_xlim(-1.05, 1.05)
        axes.set_xlabel(f"{quantity} ({chr(0x2212)}1 all ties within, +1 all ties across)")
        _say(axes, data[data["series"] == "e_i_index"], labels, ["e_i_index"])
        _key(canvas, axes, ["found", "by chance"])
    return canvas


def grid(data: pd.DataFrame, quantity: str) -> Canvas:
    """Themes down, groups across; a disc's area is the share of the group, the count stands beside it."""
    labels, groups = _labels(data), sorted(set(data["series"]))
    with style():
        canvas, axes = _lying(labels, 0.34)
        some = _placed(data, labels, 0, 1)
        x = some["series"].map({name: i for i, name in enumerate(groups)}).astype(float)
        n = some["n"].astype("Float64").astype("float64")
        share = (some["estimate"] / n).where(some["published"])
        axes.scatter(x, some["y"], s=150 * share.fillna(0), color=NOW, alpha=0.85)
        for row, at, of in zip(marks(some), x, n, strict=True):
            said = f"{row.text}/{int(of)}" if row.published and of else str(row.text)
            axes.annotate(said, (at, row.y), (9, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_xlim(-0.35, len(groups) - 0.25)
        axes.set_xticks(range(len(groups)), [wrapped(name, 11) for name in groups])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(f"{quantity} with the theme, of all in the group")
    return canvas


def _labels(data: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(data["label"]))


def _series(data: pd.DataFrame) -> list[str]:
    """Waves oldest first, so that the newest is drawn lowest and filled."""
    return list(dict.fromkeys(data.sort_values("newest", kind="stable")["series"]))


def _lying(labels: list[str], inches: float) -> tuple[Canvas, Axes]:
    """A canvas high enough for its lines, long labels wrapped, first label on top."""
    words = [wrapped(label) for label in labels]
    lines = sum(max(1.0, 0.5 + 0.5 * (text.count("\n") + 1)) for text in words)
    canvas = Canvas(figsize=(WIDTH, 0.75 + max(inches * lines, 0.5)), layout="constrained")
    axes = canvas.subplots()
    axes.set_yticks(range(len(labels)), words)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    return canvas, axes


def _placed(some: pd.DataFrame, labels: list[str], place: int, of: int) -> pd.DataFrame:
    step = 0.5 / max(of, 2)
    y = some["label"].map({label: i for i, label in enumerate(labels)}).astype(float)
    return some.assign(y=y + step * (place - (of - 1) / 2) * 1.3)


def _mark(place: int, of: int) -> tuple[str, bool]:
    return (NOW, True) if place == of - 1 else (BEFORE if place == of - 2 else OLDER, False)


def _whiskers(axes: Axes, some: pd.DataFrame, colour: str, filled: bool, name: str) -> None:
    shown = some[some["published"].astype(bool)]
    ends = shown.dropna(subset=["ci_low", "ci_high"])
    axes.hlines(ends["y"], ends["ci_low"], ends["ci_high"], color=colour, linewidth=1.3)
    face = colour if filled else "white"
    whole: dict[str, Any] = {"markersize": 5.5, "clip_on": False, "zorder": 3}  # at the end of a scale too
    axes.plot(shown["estimate"], shown["y"], "o", color=colour, markerfacecolor=face, label=name, **whole)


def _say(axes: Axes, data: pd.DataFrame, labels: list[str], series: list[str]) -> None:
    """The newest value of each line at the right edge, where it never meets a mark."""
    newest = data[data["series"] == series[-1]].drop_duplicates("label").set_index("label")
    if len(series) > 1:
        top = (1.03, 1.0)
        axes.annotate(series[-1], top, xycoords="axes fraction", va="bottom", fontsize=8, color="#555555")
    for place, label in enumerate(labels):
        if label in newest.index and newest.loc[label, "status"] != "not comparable":
            at = (1.03, place)
            said = str(newest.loc[label, "text"])
            axes.annotate(
                said, at, xycoords=("axes fraction", "data"), va="center", fontsize=9, annotation_clip=False
            )


def _beside(axes: Axes, x: float, y: float, said: str) -> None:
    axes.annotate(said, (x, y), (4, 0), textcoords="offset points", va="center", fontsize=8.5)


def _percent(axes: Axes, data: pd.DataFrame, quantity: str, zero: bool = False) -> None:
    percent = bool((data["kind"] == "percent").any())
    if percent:
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.0f}\u00a0%"))
    elif zero:
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    else:
        axes.margins(x=0.08)
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(quantity)


def _key(canvas: Canvas, axes: Axes, series: list[str]) -> None:
    if len(series) > 1:
        handles, names = axes.get_legend_handles_labels()
        canvas.legend(handles, names, loc="outside upper right", ncols=len(series), frameon=False, fontsize=9)
