"""Figures of circles, ideas, help, expertise and brokers: two numbers of a line, courses from curves.

A curve is no row of the results; every mark of it carries the id of the result that sums its curve up.

Imports canvas, chosen, drawing, formats, specs, view.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ksn_research.render import drawing, formats
from ksn_research.render.canvas import BEFORE, FAINT, NOW, WIDTH, board, marks, style
from ksn_research.render.chosen import frame
from ksn_research.render.formats import Result
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View

TARGETED = "most bridging first"
SHARES = ("percent", "rare")
LONG = 9  # letters of a heading that stands in one line
FAR = 0.64  # inches at the right: the number and the number it is held against
BEGUN = "what reached no further circle yet may still do so"


def pairs(data: pd.DataFrame, quantity: str) -> Canvas:
    """Two numbers of every line, joined; the first series is filled. Lines with the widest gap stand on top.

    data  besides the usual columns: short (the number alone); two series, in their order. What is suppressed
          has no dot and its mark at the right.
    """
    first, *others = dict.fromkeys(data["series"])
    wide = data.pivot_table(index="label", columns="series", values="estimate", sort=False, dropna=False)
    gap = (wide[first] - wide[others[0]]) if others and others[0] in wide and first in wide else None
    labels = list(dict.fromkeys(data["label"]))
    if gap is not None:
        labels = sorted(labels, key=lambda name: -float(np.nan_to_num(gap.get(name, 0.0))))
    with style():
        made = board(labels, [""] * len(labels), top=0.42, right=2 * FAR, least=0.27)
        at = dict(zip(labels, made.y, strict=True))
        some = data.assign(y=data["label"].map(at))
        _joined(made.axes, some[some["published"].astype(bool)])
        for place, name in enumerate([first, *others]):
            own = some[some["series"] == name]
            shown, right = own[own["published"].astype(bool)], WIDTH - 0.06 - FAR * (len(others) - place)
            colour, face = (NOW, NOW) if not place else (BEFORE, "white")
            look: dict[str, Any] = {"markerfacecolor": face, "markersize": 6, "zorder": 3}
            made.axes.plot(shown["estimate"], shown["y"], "o", color=colour, label=name, **look)
            made.write(right, -0.02, _broken(str(name)), ha="right", va="bottom", fontsize=8, color=colour)
            for row in marks(own):
                said = row.text if row.kind in SHARES else row.short
                made.write(right, row.y, str(said), ha="right", fontsize=8.5, color=colour)
        _measure(made.axes, data, quantity)
    return made.canvas


def _broken(name: str) -> str:
    return "\n".join(name.split(" ", 1)) if len(name) > LONG else name


def _joined(axes: Axes, shown: pd.DataFrame) -> None:
    for _, line in shown.groupby("label", sort=False):
        axes.plot(line["estimate"], line["y"], color=FAINT, linewidth=3, zorder=1, solid_capstyle="butt")


def _measure(axes: Axes, data: pd.DataFrame, quantity: str) -> None:
    share = bool(data["kind"].isin(SHARES).any())
    top = float(np.nanmax([*data["estimate"].astype(float), 0.0])) or 1.0
    axes.set_xlim(-0.04 * top, 1.08 * top)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=not share))
    if share:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.3g}\u00a0%"))
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel(quantity, fontsize=8.5)


def leaving(data: pd.DataFrame, quantity: str) -> Canvas:
    """Two falling lines with their bands: those who bridge most leave first, or anybody by lot.

    data  besides the usual columns: removed (how many have left)
    """
    with style():
        canvas, axes = _room(quantity, "People who have left")
        for place, name in enumerate(dict.fromkeys(data["label"])):
            own = data[(data["label"] == name) & data["published"].astype(bool)].sort_values("removed")
            colour, line = ((NOW, "-"), (BEFORE, (0, (4, 2))))[place % 2]
            run = (own["removed"].diff() > 1).cumsum()
            for _, piece in own.groupby(run):
                look: dict[str, Any] = {"alpha": 0.16, "color": colour, "linewidth": 0}
                axes.fill_between(piece["removed"], piece["ci_low"], piece["ci_high"], **look)
                axes.plot(piece["removed"], piece["estimate"], color=colour, linestyle=line, linewidth=1.5)
            axes.plot(own["removed"], own["estimate"], "os"[place % 2], color=colour, markersize=3)
            axes.plot([], [], "os"[place % 2], color=colour, linestyle=line, markersize=3, label=str(name))
            _ending(axes, own, "removed", colour)
        _closed(canvas, axes)
    return canvas


def spreading(data: pd.DataFrame, quantity: str) -> Canvas:
    """Rising steps, a line a year, the newest dark.

    data  besides the usual columns: days (since an idea's first circle)
    """
    with style():
        canvas, axes = _room(quantity, "Days since an idea's first circle")
        names = list(dict.fromkeys(data["wave"]))
        for place, name in enumerate(names):
            own = data[(data["wave"] == name) & data["published"].astype(bool)].sort_values("days")
            newest = place == len(names) - 1
            colour, line = (NOW, "-") if newest else (BEFORE, (0, (4, 2)))
            look: dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": 1.5, "label": str(name)}
            axes.step(own["days"], own["estimate"], where="post", **look)
            _ending(axes, own, "days", colour)
        _closed(canvas, axes)
    return canvas


def _room(quantity: str, across: str) -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(WIDTH, 2.9), layout="constrained")
    axes = canvas.subplots()
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(across, fontsize=8.5)
    axes.set_ylabel(quantity, fontsize=8.5)
    axes.tick_params(labelsize=8)
    return canvas, axes


def _ending(axes: Axes, own: pd.DataFrame, x: str, colour: str) -> None:
    """The last number of a line, beside its end."""
    for last in marks(own.tail(1)):
        at = (getattr(last, x), last.estimate)
        axes.annotate(
            str(last.text), at, (5, 0), textcoords="offset points", va="center", fontsize=8, color=colour
        )


def _closed(canvas: Canvas, axes: Axes) -> None:
    """The measures, room for the last numbers, and which line is which."""
    axes.set_ylim(0, None)
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    handles, names = axes.get_legend_handles_labels()
    canvas.legend(handles, names, loc="outside upper left", ncols=len(names), frameon=False, fontsize=8.5)


def bridges(seen: View, _spec: FigureSpec) -> pd.DataFrame:
    """The newest year's curve of circles still connected, of the source that is shown first."""
    curve = _curve(seen, "bridges_leave")
    told = {(r["source"], r["measure"], r["year"], r["category"]): r
            for r in seen.rows(analysis="two_mode", statistic="robustness")}  # fmt: skip
    made = []
    for point in curve[curve["year"] == curve["year"].max()].itertuples():
        row = told.get((point.source, point.measure, point.year, point.removal))
        # A suppressed point has lost its place with its number.
        if row is not None and row["status"] == "published" and not point.suppressed:
            about = {"label": seen.words(row, "category"), "series": f"{point.removed:.0f} left"}
            number = {"estimate": point.circles, "ci_low": point.low, "ci_high": point.high}
            made.append(_point(seen, row, **about, **number, removed=point.removed))
    return _first(seen, made, "removed")


def ideas(seen: View, _spec: FigureSpec) -> pd.DataFrame:
    """The curves of how far ideas came, a line a year, of the source that is shown first."""
    told = {(r["source"], r["measure"], r["year"]): r
            for r in seen.rows(analysis="spread", statistic="circles_reached")}  # fmt: skip
    made = []
    for point in _curve(seen, "idea_spread").itertuples():
        row = told.get((point.source, point.measure, point.year))
        if row is not None and row["status"] == "published" and not point.suppressed:
            wave = seen.words(row, "wave")
            about = {"label": wave, "series": f"{point.days:.0f} days", "remark": BEGUN}
            number = {"estimate": point.circles, "ci_low": np.nan, "ci_high": np.nan}
            made.append(_point(seen, row, **about, **number, days=point.days))
    return _first(seen, made, "days")


def _curve(seen: View, name: str) -> pd.DataFrame:
    columns = [
        "year",
        "source",
        "measure",
        "removal",
        "removed",
        "days",
        "circles",
        "low",
        "high",
        "suppressed",
    ]
    found = seen.publishable.curves.get(name, pd.DataFrame()).reindex(columns=columns)
    return found.assign(suppressed=found["suppressed"].fillna(False).astype(bool))


def _point(seen: View, row: Result, **more: Any) -> dict[str, Any]:
    """A mark of a curve, with the id of the result that sums the curve up."""
    text = formats.number(float(more["estimate"]))
    newest = row["year"] == seen.year
    return {"block": "", "remark": "", "source": seen.label(row["source"]), "wave": seen.words(row, "wave"),
            "text": text, "short": text, "published": True, "newest": newest, "key": (row["measure"],),
            "origin": str(row["source"]), "n": row["n"], "status": "published", "kind": "mean",
            "id": row["id"], **more}  # fmt: skip


def _first(seen: View, made: list[dict[str, Any]], *more: str) -> pd.DataFrame:
    sources = seen.foremost({one["origin"] for one in made})[:1]
    return frame([one for one in made if one["origin"] in sources], *more)


_BROKERS = ["coordinator", "consultant", "representative", "gatekeeper", "representative or gatekeeper",
            "liaison"]  # fmt: skip

NETWORK_FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec(
        "brokerage",
        "network",
        "Brokers within and between regions, and what regions dealt out by lot would give",
        "Triads",
        "brokerage",
        {
            "analysis": "brokerage",
            "statistic": ["triads", "reshuffled"],
            "category": _BROKERS,
            "group": "region",
            "level": "",
        },
        "category",
        pairs,
        series="statistic",
        newest=True,
        headline=True,
        apart=("measure",),
        bars="",
    ),
    FigureSpec(
        "co_attendance",
        "network",
        "New ties among pairs that came to the same gathering, and among the others",
        "Share of pairs without a tie before that have one now",
        "co_attendance",
        {
            "analysis": "co_attendance",
            "statistic": ["risk_co_attending", "risk_others"],
            "category": "",
            "group": "",
        },
        "measure",
        pairs,
        series="statistic",
        newest=True,
        bars="",
        remarks=False,
    ),
    FigureSpec(
        "bridges_leave",
        "network",
        "Circles still connected as people leave",
        "Circles in the largest connected part",
        "bridges_leave",
        {"analysis": "two_mode", "statistic": "robustness"},
        "category",
        leaving,
        form="Line chart",
        apart=("measure",),
        bars="Bands hold the middle 95 % of the orders in which people were made to leave; nothing is drawn "
        "where fewer people have left than a number may rest on.",
        choose=bridges,
    ),
    FigureSpec(
        "idea_spread",
        "network",
        "How many circles have adopted an idea, by the days since its first",
        "Circles, mean over ideas",
        "ideas",
        {"analysis": "spread", "statistic": "circles_reached"},
        "wave",
        spreading,
        form="Line chart",
        apart=("measure",),
        choose=ideas,
    ),
    FigureSpec(
        "outside_share",
        "network",
        "Help outside the official scheme, by kind of community",
        "Share of help ties",
        "informal_by_formality",
        {"analysis": "informal", "statistic": "outside_share", "category": "", "group": ["", "formality"]},
        "level",
        drawing.dots,
        apart=("measure",),
    ),
    FigureSpec(
        "topics",
        "network",
        "Who needs and who offers, by topic",
        "People",
        "expertise_topics",
        {"analysis": "expertise", "statistic": ["needs", "offers"], "group": "topic"},
        "level",
        pairs,
        series="statistic",
        newest=True,
        apart=("measure",),
        bars="",
        hidden="s: suppressed, not drawn.",
    ),
)
