"""The public map of a network: a panel a wave, an unnamed dot for each node, a line for each tie.

Every node has the same place in all panels. Ties in both waves are dark and thin, dissolved ones orange and
dashed, new ones blue and thicker, ties of which one wave knows nothing grey and dotted, so that they stay
apart in grey too. Larger networks stand one panel above the other.

Imports canvas, chosen, specs, view.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from ksn_research.render.canvas import BEFORE, INK, NOW, OLDER, SOFT, WIDTH, style, wrapped
from ksn_research.render.chosen import KEPT, NAMES, PLACED
from ksn_research.render.formats import Result, number
from ksn_research.render.specs import FigureSpec
from ksn_research.render.view import View, wave_label, wave_of, waves

BESIDE = 60  # so many dots still stand legibly in half the width
MARGIN, HEAD = 0.02, 0.24  # beside the outermost dots, as a share of the map; above a panel, in inches
DOT, TIE = "dot", "tie"
CURVES = ("network_map", "network_map_ties", "network_map_counts")
CONSENTED = "Only ties are shown whose two ends both consented to a public map"
MARKS = ["mark", "dot", "x", "y", "from", "to"]
# State of a tie: words of the key, colour, width in points, dashes; in the order in which they are drawn.
LINES: dict[str, tuple[str, str, float, Any]] = {
    "one wave only": ("seen in one wave only", OLDER, 0.7, (0, (1, 1.6))),
    "dissolved": ("dissolved since", BEFORE, 0.9, (0, (4, 1.8))),
    "new": ("new", NOW, 1.25, "solid"),
    "kept": ("in both waves", INK, 0.6, "solid"),
}


def main_relations(seen: View, spec: FigureSpec) -> list[Result]:
    """Results that `where` names, of the relations that headline measures name; without one, of each source's
    first relation. Of sources that do not stand apart, the one that headline measures name first."""
    found = sorted(seen.of_headline(seen.rows(**spec.where)), key=seen.rank)
    declared = {tuple(name.split(".")[:2]) for name in seen.publishable.study.headline}
    sources = seen.foremost({str(row["source"]) for row in found})
    shown = sources if "source" in spec.apart else sources[:1]
    first: dict[str, str] = {}
    for row in found:
        first.setdefault(row["source"], row["measure"])
    return [
        row
        for row in found
        if row["source"] in shown
        and ((row["source"], row["measure"]) in declared or row["measure"] == first[row["source"]])
    ]


def map_marks(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """Dots and ties of the maps of the main relations, each with the id of the result that counts its ties.
    The first mark of a map says in its remark what share of the ties is shown."""
    found: dict[tuple[str, str], list[Result]] = {}
    for row in main_relations(seen, spec) if set(CURVES) <= set(seen.publishable.curves) else []:
        found.setdefault(_map_of(row), []).append(row)
    made = [one for rows in found.values() for one in _of_map(seen, rows)]
    whole = pd.concat(made, ignore_index=True) if made else pd.DataFrame()
    return whole.reindex(columns=[*NAMES, *MARKS, *PLACED, *KEPT])


def _of_map(seen: View, rows: list[Result]) -> list[pd.DataFrame]:
    counts = {row["id"]: _counts(seen, row) for row in rows}
    known = [row for row in rows if len(counts[row["id"]])]
    made = [_of_wave(seen, row, wave_of(row) == waves(known)[-1]) for row in known]
    if made:
        said = [_share(wave_label(wave_of(row)), counts[row["id"]].iloc[0]) for row in known]
        made[0].loc[made[0].index[0], "remark"] = f"{CONSENTED}: {'; '.join(said)}"
    return made


def _map_of(row: Result) -> tuple[str, str]:
    return str(row["source"]), str(row["measure"])


def _of_wave(seen: View, row: Result, newest: bool) -> pd.DataFrame:
    curves, (source, relation) = seen.publishable.curves, _map_of(row)
    dots, ties = _wave(curves["network_map"], row), _wave(curves["network_map_ties"], row)
    ties = ties[ties["relation"] == relation]
    marks = pd.concat([dots.assign(mark=DOT), ties.assign(mark=TIE)], ignore_index=True)
    marks = marks.reindex(columns=[*MARKS, "state"]).rename(columns={"state": "series"})
    wave = wave_label(wave_of(row))
    same: dict[str, Any] = {
        **dict.fromkeys(("block", "text", "short", "remark"), ""),
        **dict.fromkeys(("estimate", "ci_low", "ci_high"), np.nan),
        "source": seen.label(source),
        "wave": wave,
        "label": wave,
        "origin": source,
        "id": row["id"],
        "n": pd.NA,
        "published": True,
        "newest": newest,
        "status": "published",
        "kind": "count",
    }
    key = pd.Series([(source, relation)] * len(marks), marks.index, dtype=object)
    return marks.assign(series=marks["series"].fillna("").astype("str"), key=key, **same)


def _counts(seen: View, row: Result) -> pd.DataFrame:
    counts = _wave(seen.publishable.curves["network_map_counts"], row)
    return counts[counts["relation"] == row["measure"]]


def _wave(curve: pd.DataFrame, row: Result) -> pd.DataFrame:
    year, wave = wave_of(row)
    when = curve["year"].isna() if year is None else (curve["year"] == year).fillna(False)
    return curve[when.astype(bool) & (curve["source"] == row["source"]) & (curve["wave"] == wave)]


def _share(wave: str, count: pd.Series) -> str:
    ties, known, dots, nodes = (
        number(float(count[name]), "count") for name in ("ties_shown", "ties", "nodes_shown", "nodes")
    )
    return f"in {wave} {ties} of {known} known ties, among {dots} of {nodes} nodes of the roster"


def map_words(data: pd.DataFrame) -> str:
    """The alternative text of a map."""
    told = []
    for wave in dict.fromkeys(data["label"]):
        own = data[data["label"] == wave]
        states = own.loc[own["mark"] == TIE, "series"].value_counts()
        listed = ", ".join(f"{states[name]} {LINES[name][0]}" for name in reversed(LINES) if name in states)
        alone = len(_alone(own))
        without = f", {alone} dots without a tie that is shown" if alone else ""
        told.append(f"{wave}: {(own['mark'] == DOT).sum()} unnamed dots{without}; ties: {listed or 'none'}")
    return "Network map, a panel a wave, every dot in the same place in each. " + ". ".join(told) + "."


def _alone(own: pd.DataFrame) -> set[int]:
    ties = own[own["mark"] == TIE]
    return set(own.loc[own["mark"] == DOT, "dot"]) - set(ties["from"]) - set(ties["to"])


def network_map(data: pd.DataFrame, quantity: str) -> Canvas:
    """A panel a wave, oldest first, side by side or, where there are many dots, below each other."""
    panels = list(dict.fromkeys(data.sort_values("newest", kind="stable")["label"]))
    dots = data[data["mark"] == DOT].drop_duplicates("dot").set_index("dot")[["x", "y"]].astype(float)
    across = len(panels) > 1 and len(dots) <= BESIDE
    wide = WIDTH / len(panels) if across else WIDTH
    low, high = (dots.min() - MARGIN).to_numpy(), (dots.max() + MARGIN).to_numpy()
    deep = wide * float((high - low)[1] / (high - low)[0])
    step = deep + HEAD
    states = [name for name in reversed(LINES) if name in set(data["series"])]
    whole = (step if across else step * len(panels)) + 0.2 * -(-(len(states) + 1) // 2) + 0.32
    with style():
        canvas = Canvas(figsize=(WIDTH, whole))
        for place, name in enumerate(panels):
            left, top = (place * wide, 0.0) if across else (0.0, place * step)
            box = (left / WIDTH, 1 - (top + step) / whole, wide / WIDTH, deep / whole)
            axes = canvas.add_axes(box)
            axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
            axes.axis("off")
            axes.set_title(wrapped(name, 30), fontsize=9, fontweight="bold", pad=1)
            _panel(axes, data[data["label"] == name], dots, wide / float(high[0] - low[0]))
        _key(
            canvas, states, any(len(_alone(data[data["label"] == name])) for name in panels), quantity, whole
        )
    return canvas


def _panel(axes: Axes, own: pd.DataFrame, dots: pd.DataFrame, scale: float) -> None:
    """scale: inches of the map's whole square."""
    ties = own[own["mark"] == TIE]
    crowd = float(np.clip(scale / 4.2 * (300 / max(len(ties), 1)) ** 0.4, 0.35, 1.2))
    for rank, (state, (_, colour, width, dashes)) in enumerate(LINES.items()):
        some = _drawn(ties, state)
        lines = np.stack([dots.reindex(some[end]).to_numpy() for end in ("from", "to")], axis=1)
        axes.add_collection(
            LineCollection(
                list(lines),
                colors=colour,
                linewidths=width * crowd,
                linestyles=[dashes],
                alpha=0.35 + 0.4 * crowd / 1.2,
                zorder=1 + rank / 10,
            )
        )
    here = own[own["mark"] == DOT]
    alone = here["dot"].isin(_alone(own))
    size = float(np.clip(scale * (120 / max(len(dots), 1)) ** 0.35, 2.0, 5.0)) ** 2
    for some, face, edge in ((here[~alone], INK, "white"), (here[alone], "white", INK)):
        x, y = some["x"].astype(float), some["y"].astype(float)
        axes.scatter(x, y, s=size, color=face, edgecolors=edge, linewidths=0.6, zorder=3)


def _drawn(ties: pd.DataFrame, state: str) -> pd.DataFrame:
    """Ties of a state, one line a pair: of two ties that run both ways, the one that is drawn last shows."""
    ends = ties[["from", "to"]].astype(int)
    pair = list(zip(ends.min(axis=1), ends.max(axis=1), strict=True))
    rank = ties["series"].map({name: at for at, name in enumerate(LINES)})
    top = rank.groupby(pd.Series(pair, index=ties.index)).transform("max") if len(ties) else rank
    kept = ties[(rank == top) & (ties["series"] == state)]
    return kept.loc[~pd.Series(pair, index=ties.index).loc[kept.index].duplicated()]


def _key(canvas: Canvas, states: list[str], alone: bool, title: str, whole: float) -> None:
    samples = [
        Line2D([], [], color=colour, linewidth=max(width * 1.2, 0.9), linestyle=dashes)
        for _, colour, width, dashes in (LINES[name] for name in states)
    ]
    words = [LINES[name][0] for name in states]
    if alone:
        samples.append(
            Line2D([], [], linestyle="", marker="o", color=INK, markerfacecolor="white", markersize=5)
        )
        words.append("no tie that is shown")
    canvas.legend(
        samples,
        words,
        title=title,
        title_fontsize=9,
        loc="lower center",
        ncols=2,
        frameon=False,
        fontsize=9,
        labelcolor=SOFT,
        bbox_to_anchor=(0.5, 0.02 / whole),
        borderaxespad=0,
        handlelength=2.6,
        labelspacing=0.3,
    )
