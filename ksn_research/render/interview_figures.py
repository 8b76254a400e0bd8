"""Figures of coded interviews: themes counted, two sources beside each other, changes, agreement, saturation.

The saturation curve is no row of the results; every mark of it carries the id of the result that sums it up.

Imports canvas, chosen, drawing, effects, formats, interview_tables, specs, view.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ksn_research.render import drawing, formats
from ksn_research.render.canvas import BEFORE, FAINT, NOW, OLDER, SOFT, WIDTH, board, marks, style, wrapped
from ksn_research.render.chosen import chosen, frame
from ksn_research.render.effects import effects
from ksn_research.render.formats import Result
from ksn_research.render.interview_tables import FIVE
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View

TENTATIVE, RELIABLE = 0.667, 0.8  # Krippendorff (2004), Content Analysis, chapter 11
NUMBER = 0.86  # inches at the right for "18 of 23"
LOOKS = ((NOW, NOW), (BEFORE, "white"))
CURVE = ["source", "year", "interview", "total", "low_total", "high_total", "suppressed"]


def by_kind(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """The newest counts of every kind of interviewee, of every attribute there is."""
    data = chosen(seen, spec)
    kept = pd.Series([group != "" for _, group in data["key"]], index=data.index, dtype=bool)
    return data[kept].reset_index(drop=True)


def beside(data: pd.DataFrame, quantity: str) -> Canvas:
    """Counts of two sources on a line as shares of their interviews, joined; "18 of 23" stands at the right.

    data  two series. A theme that one source has alone is one dot, and its line is without the other.
    """
    own = str(data["source"].iloc[0])  # the source that the analysis names first stands first
    names = sorted(dict.fromkeys(data["series"]), key=lambda name: name != own)[:2]
    share = data["estimate"] / data["n"].astype("Float64").astype("float64")
    some = data.assign(share=share.where(data["published"].astype(bool)))
    labels = _by_gap(some, names)
    with style():
        made = board(labels, [""] * len(labels), top=0.62, right=2 * NUMBER, least=0.27)
        some = some.assign(y=some["label"].map(dict(zip(labels, made.y, strict=True))))
        _joined(made.axes, some)
        for place, (name, (colour, face)) in enumerate(zip(names, LOOKS, strict=False)):
            own = some[some["series"] == name]
            right = WIDTH - 0.04 - NUMBER * (len(names) - 1 - place)
            look: dict[str, Any] = {"markerfacecolor": face, "markersize": 6, "zorder": 3}
            made.axes.plot(own["share"], own["y"], "o", color=colour, **look)
            words = {"ha": "right", "color": colour, "linespacing": 1.05}
            made.write(right, -0.02, wrapped(str(name), 14, 4), va="bottom", fontsize=7, **words)
            for row in marks(own):
                made.write(right, row.y, said_of(row), fontsize=8.5, **words)
        _share_axis(made.axes, quantity)
    return made.canvas


def said_of(row: Any) -> str:
    """ "18 of 23", or the mark alone."""
    return f"{row.text} of {int(row.n)}" if row.published and not pd.isna(row.n) else str(row.text)


def beside_words(data: pd.DataFrame) -> str:
    """The alternative text: every theme with its counts in either source."""
    told: dict[str, list[str]] = {}
    for row in marks(data):
        told.setdefault(row.label, []).append(f"{row.series} {said_of(row)}")
    lines = [f"{label}: {', '.join(said)}" for label, said in told.items()]
    return f"Paired dots. {'; '.join(lines)}."


def _by_gap(some: pd.DataFrame, names: list[str]) -> list[str]:
    """Themes that both have, widest gap first; then those of one source, most frequent first."""
    wide = some.pivot_table(index="label", columns="series", values="share", sort=False, dropna=False)
    wide = wide.reindex(columns=names)
    gap = wide[names[0]] - wide[names[-1]] if len(names) > 1 else wide[names[0]]
    alone = wide.isna().any(axis=1)
    order = pd.DataFrame({"alone": alone, "own": wide.notna().iloc[:, 0].eq(False), "by": -gap.where(
        ~alone, wide.max(axis=1)).fillna(0.0)})  # fmt: skip
    return [str(name) for name in order.sort_values(["alone", "own", "by"], kind="stable").index]


def _joined(axes: Axes, shown: pd.DataFrame) -> None:
    for _, line in shown.dropna(subset=["share"]).groupby("label", sort=False):
        axes.plot(line["share"], line["y"], color=FAINT, linewidth=3, zorder=1, solid_capstyle="butt")


def _share_axis(axes: Axes, quantity: str) -> None:
    axes.set_xlim(-0.04, 1.04)
    axes.set_xticks([0, 0.5, 1])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.0f}\u00a0%"))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlabel(quantity, fontsize=8.5)


def banded(data: pd.DataFrame, quantity: str) -> Canvas:
    """Alpha of every code with its interval, about the two values that part what it allows."""
    canvas = effects(data, quantity)
    (axes,) = canvas.axes
    low, high = axes.get_xlim()
    low, high = max(min(low, 0.5), -0.35), max(high, 1.02)
    axes.set_xlim(low, high)
    axes.axvspan(low, TENTATIVE, color="#f3ece4", zorder=0, linewidth=0)
    for at, said in ((TENTATIVE, ".667"), (RELIABLE, ".8")):
        axes.axvline(at, color=OLDER, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        axes.text(at, -0.03, said, va="bottom", ha="center", fontsize=7.5, color=SOFT)
    return canvas


def heard(data: pd.DataFrame, quantity: str) -> Canvas:
    """Codes heard so far, interview by interview, a line a year; the band is of random orders, newest year.

    data  besides the usual columns: interview (its place), reached (interviews before the run that brought
          little new; nan where it was not reached)
    """
    with style():
        canvas = Canvas(figsize=(WIDTH, 2.7), layout="constrained")
        axes = canvas.subplots()
        names = list(dict.fromkeys(data["label"]))
        for place, name in enumerate(names):
            own = data[data["label"] == name].sort_values("interview")
            newest = place == len(names) - 1
            colour, line = (NOW, "-") if newest else (BEFORE, (0, (4, 2)))
            look: dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": 1.5, "label": str(name)}
            axes.step(own["interview"], own["estimate"], where="post", **look)
            if newest:
                band: dict[str, Any] = {"alpha": 0.16, "color": colour, "linewidth": 0, "step": "post"}
                axes.fill_between(own["interview"], own["ci_low"], own["ci_high"], **band)
                _reached(axes, own)
        axes.set_xlabel("Interviews, in the order in which they were held or filed", fontsize=8.5)
        axes.set_ylabel(quantity, fontsize=8.5)
        axes.set_ylim(0, float(np.nanmax(data[["estimate", "ci_high"]].to_numpy(dtype=float))) * 1.14)
        axes.set_xlim(left=0.5)
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, integer=True))
        if len(names) > 1:
            canvas.legend(loc="outside upper left", ncols=len(names), frameon=False, fontsize=8.5)
    return canvas


def _reached(axes: Axes, own: pd.DataFrame) -> None:
    at = float(own["reached"].iloc[0])
    if not np.isnan(at):
        axes.axvline(at, color=OLDER, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
        words: dict[str, Any] = {"fontsize": 7.5, "color": SOFT, "va": "bottom"}
        axes.annotate(
            "little new after this",
            (at, 0),
            (4, 3),
            textcoords="offset points",
            annotation_clip=False,
            **words,
        )


def curves(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """The saturation curves of every source and year, a mark an interview."""
    told = {(r["source"], r["year"]): r for r in seen.rows(**spec.where)}
    points = {
        (r["source"], r["year"]): r["estimate"]
        for r in seen.rows(analysis="saturation", measure=FIVE, statistic="interviews", status="published")
    }
    held = seen.publishable.curves.get("saturation", pd.DataFrame()).reindex(columns=CURVE)
    made = []
    for point in marks(held):
        row = told.get((point.source, point.year))
        if row is not None and row["status"] == "published" and not pd.isna(point.total):
            made.append(_point(seen, row, point, points.get((point.source, point.year), np.nan)))
    return frame(made, "interview", "reached")


def _point(seen: View, row: Result, point: Any, reached: float) -> dict[str, Any]:
    said = formats.number(float(point.total), "count")
    numbers = {"estimate": point.total, "ci_low": point.low_total, "ci_high": point.high_total}
    return {"label": seen.words(row, "wave"), "block": "", "series": f"{point.interview:.0f} interviews",
            "source": seen.label(row["source"]), "wave": seen.words(row, "wave"), "text": said, "short": said,
            "remark": "", "published": True, "newest": row["year"] == seen.year, "key": (row["source"],),
            "origin": str(row["source"]), "n": row["n"], "status": "published", "kind": "count",
            "id": row["id"], "interview": point.interview, "reached": reached, **numbers}  # fmt: skip


def curve_words(data: pd.DataFrame) -> str:
    """The alternative text: codes in the first, a middle and the last interviews of each year."""
    told = []
    for name, own in data.groupby("label", sort=False):
        few = own.iloc[sorted({min(i, len(own) - 1) for i in (0, 3, len(own) // 2, len(own) - 1)})]
        said = ", ".join(f"{row.text} after {row.series}" for row in marks(few))
        told.append(f"{name}: {said}")
    return f"Line chart. Codes heard so far. {'; '.join(told)}. The others are in the data of this figure."


INTERVIEW_FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec(
        "themes",
        "interviews",
        "Themes, by the number of interviews",
        "Interviews",
        "themes",
        {"analysis": "themes", "statistic": "count", "group": ""},
        "measure",
        drawing.n_of_n,
        form="Bar chart",
        newest=True,
        apart=("source",),
        most=30,
    ),
    FigureSpec(
        "themes_by_group",
        "interviews",
        "Themes by kind of interviewee",
        "Interviews",
        "themes_by_group",
        {"analysis": "themes", "statistic": "count"},
        "measure",
        drawing.grid,
        series="level",
        form="Dot matrix",
        newest=True,
        apart=("source", "group"),
        most=30,
        choose=by_kind,
    ),
    FigureSpec(
        "two_sources",
        "interviews",
        "Themes in two sources",
        "Share of the interviews of each source",
        "two_sources",
        {"analysis": "two_sources", "statistic": "count", "group": "source"},
        "measure",
        beside,
        series="level",
        form="Paired dots",
        newest=True,
        apart=("source", "category"),
        most=30,
        bars="",
        remarks=False,
        alt=beside_words,
    ),
    FigureSpec(
        "theme_change",
        "interviews",
        "Themes, this year minus the year before",
        "Difference of the shares of interviews",
        "theme_change",
        {"analysis": "theme_change", "statistic": "difference"},
        "measure",
        effects,
        form="Dot plot",
        newest=True,
        apart=("source",),
        most=30,
        remarks=False,
    ),
    FigureSpec(
        "agreement",
        "interviews",
        "How far coders agree, code by code",
        "Krippendorff's alpha",
        "agreement",
        {"analysis": "agreement", "statistic": "alpha", "group": ""},
        "measure",
        banded,
        newest=True,
        apart=("source",),
        most=30,
        remarks=False,
        bars="Bars are 95 % confidence intervals. Shaded: do not rest on the code.",
    ),
    FigureSpec(
        "saturation",
        "interviews",
        "Codes heard so far, interview by interview",
        "Codes heard so far",
        "saturation",
        {"analysis": "saturation", "measure": "codes", "statistic": "in_all"},
        "wave",
        heard,
        form="Line chart",
        apart=("source",),
        bars="The band holds the middle 90 % of random orders of the newest year's interviews.",
        choose=curves,
        alt=curve_words,
    ),
)
