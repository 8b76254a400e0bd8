"""Figures of the report: what each one shows, its alternative text and its data.

A `FigureSpec` chooses results and names a drawing; `figures` draws those that have rows and numbers them.
Drawings live in `drawing`. The data behind a figure are the chosen results, with the words that the
figure shows, so a figure can be checked or drawn again.

Imports drawing, formats, view.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure as Canvas

from ksn_research.render import drawing, formats
from ksn_research.render.view import View, sentence_case, view, wave_of, waves

MOST_SAID = 14


@dataclass(frozen=True)
class FigureSpec:
    """What a figure shows.

    where    equalities on results columns; label: the field whose words name a mark
    beside   the table that shows the same results
    kind     results of one format only (see `formats.kinds`)
    series   what separates the marks of one label: "wave", or a field
    draw     a drawing: (data, quantity) -> matplotlib Figure
    """

    name: str
    section: str
    title: str
    quantity: str
    beside: str
    where: dict[str, str | list[str]]
    label: str
    draw: Callable[[pd.DataFrame, str], Canvas]
    series: str = "wave"
    form: str = "Dot plot"
    newest: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure ready to be shown. `data`: one row per mark, with its result's id; `ids`: these ids."""

    name: str
    section: str
    number: str
    title: str
    alt: str
    source: str
    svg: str
    png: bytes
    data: pd.DataFrame
    ids: tuple[str, ...]

    @property
    def anchor(self) -> str:
        return f"figure-{self.name.replace('_', '-')}"

    @property
    def csv(self) -> str:
        """The data behind the figure."""
        return str(self.data.to_csv(index=False, lineterminator="\n"))

    def _repr_html_(self) -> str:
        return str(as_html(self))


FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec(
        "response",
        "participation",
        "Response rate by region",
        "Response rate",
        "response",
        {"analysis": "response", "statistic": "rate", "group": ["", "region"]},
        "level",
        drawing.dots,
    ),
    FigureSpec(
        "reach",
        "participation",
        "People who came to at least one gathering, by region",
        "Share of people",
        "reach",
        {"analysis": "reach", "measure": "people", "statistic": "share", "group": ["", "region"]},
        "level",
        drawing.dots,
    ),
    FigureSpec(
        "attendance",
        "engagement",
        "Attendances by kind of gathering",
        "Attendances",
        "attendance",
        {"analysis": "attendance", "statistic": "attendances", "group": ""},
        "measure",
        drawing.bars,
        form="Bar chart",
    ),
    FigureSpec(
        "monthly_active_members",
        "engagement",
        "Members active on the platform, month by month",
        "People",
        "activity",
        {"analysis": "activity", "measure": "monthly_active_members", "statistic": "people", "group": ""},
        "category",
        drawing.course,
        form="Line chart",
    ),
    FigureSpec(
        "retention",
        "engagement",
        "Share still active some months after joining",
        "Share still active",
        "retention",
        {"analysis": "retention", "statistic": "share", "group": ""},
        "category",
        drawing.dots,
    ),
    FigureSpec(
        "scales",
        "outcomes",
        "Scale means",
        "Mean score",
        "scales",
        {"analysis": "scales", "statistic": "mean", "group": ""},
        "measure",
        drawing.dots,
    ),
    FigureSpec(
        "measures",
        "outcomes",
        "Shares the report states",
        "Share",
        "measures",
        {"analysis": "shares", "statistic": "share", "group": ""},
        "measure",
        drawing.dots,
    ),
    FigureSpec(
        "change",
        "outcomes",
        "Change of scale means from the wave before",
        "Difference of means",
        "change",
        {"analysis": "change", "statistic": "difference", "group": ""},
        "measure",
        drawing.changes,
        newest=True,
        kind="change",
    ),
    FigureSpec(
        "density",
        "network",
        "Density of each network",
        "Density",
        "network",
        {"analysis": "network", "statistic": "density", "group": ""},
        "measure",
        drawing.dots,
    ),
    FigureSpec(
        "e_i_index",
        "network",
        "E-I index by region, and what chance would give",
        "E-I index",
        "mixing",
        {
            "analysis": "mixing",
            "statistic": ["e_i_index", "e_i_expected"],
            "category": "",
            "group": "region",
            "level": "",
        },
        "measure",
        drawing.against_chance,
        series="statistic",
        newest=True,
    ),
    FigureSpec(
        "mixing",
        "network",
        "Ties from region to region",
        "Ties",
        "mixing_matrix",
        {"analysis": "mixing", "statistic": "ties", "group": "region"},
        "category",
        drawing.heat,
        series="measure",
        form="Heat map",
        newest=True,
    ),
    FigureSpec(
        "themes",
        "interviews",
        "Themes: in how many interviews",
        "Interviews",
        "themes",
        {"analysis": "themes", "statistic": "count", "group": ""},
        "measure",
        drawing.n_of_n,
        form="Bar chart",
        newest=True,
    ),
    FigureSpec(
        "themes_by_group",
        "interviews",
        "Themes by kind of interviewee",
        "Interviews",
        "themes_by_group",
        {"analysis": "themes", "statistic": "count", "group": "operator_type"},
        "measure",
        drawing.grid,
        series="level",
        form="Dot matrix",
        newest=True,
    ),
)


def figures(publishable: object, specs: Sequence[FigureSpec] = FIGURES) -> dict[str, Figure]:
    """All figures that have something to show, by name, numbered in the order of the specs."""
    return build(view(publishable), specs)


def build(seen: View, specs: Sequence[FigureSpec] = FIGURES, section: str = "") -> dict[str, Figure]:
    """As `figures`, from a view; with a section, only its figures, numbered as among all."""
    made: dict[str, Figure] = {}
    number = 0
    for spec in specs:
        data = chosen(seen, spec)
        if not data["published"].any():
            continue
        number += 1
        if section in ("", spec.section):
            made[spec.name] = _figure(spec, data, number)
    return made


def chosen(seen: View, spec: FigureSpec) -> pd.DataFrame:
    """The results a figure shows, with words.

    Columns: label, series, source, wave, estimate, ci_low, ci_high, n, status, kind, text (the estimate in
    print, with a star where there is a remark), remark, published, newest, id. What is not comparable with
    the newest wave is not drawn beside it. A figure of the newest wave has each source's newest wave only;
    where several sources have such rows, the one that headline measures name first is shown.
    """
    rows = sorted(seen.rows(**spec.where), key=seen.rank)
    rows = [row for row in rows if spec.kind in ("", row["kind"])]
    if spec.draw is drawing.heat:  # a matrix has no place for the total of its ties
        rows = [row for row in rows if row["category"]]
    names = ["label", "series", "source", "wave", "text", "remark", "published", "newest"]
    kept = ["estimate", "ci_low", "ci_high", "n", "status", "kind", "id"]
    last = waves(rows)[-1] if rows else None
    records = [
        {
            "label": sentence_case(seen.words(row, spec.label)) or "All",
            "series": seen.words(row, spec.series),
            "source": seen.label(row["source"]),
            "wave": seen.words(row, "wave"),
            "text": formats.show(row),
            "remark": seen.remark(row),
            "published": row["status"] == "published"
            and not pd.isna(row["estimate"])
            and not _apart(seen, row),
            "newest": wave_of(row) == last,
            **{name: row[name] for name in kept},
        }
        for row in rows
    ]
    frame = pd.DataFrame(records, columns=[*names, *kept])
    frame["published"] = frame["published"].astype(bool)
    starred = frame["label"].isin(frame.loc[frame["remark"] != "", "label"])
    frame["text"] = frame["text"].mask(starred, frame["text"] + " *")
    frame = frame[frame["newest"].astype(bool)] if spec.newest else frame
    first = [seen.label(source) for source in seen.foremost({str(row["source"]) for row in rows})[:1]]
    return frame[frame["source"].isin(first)].reset_index(drop=True)


def _apart(seen: View, row: formats.Result) -> bool:
    """Whether a result must not stand beside the newest wave's."""
    return row["analysis"] in ("scales", "shares") and seen.remark(row) != ""


def as_html(figure: Figure) -> Markup:
    """The figure with its caption and source; the picture stands in the page itself."""
    picture = base64.b64encode(figure.svg.encode()).decode()
    return Markup(
        '<figure class="block" id="{}"><img src="data:image/svg+xml;base64,{}" alt="{}">'
        '<figcaption><span class="number">Figure {}.</span> {}. <span class="source">{}</span>'
        "</figcaption></figure>"
    ).format(figure.anchor, picture, figure.alt, figure.number, figure.title, figure.source)


def alternative_text(spec: FigureSpec, data: pd.DataFrame) -> str:
    """What the figure shows, in a sentence per mark; beyond the first marks it points to the data."""
    said = [
        f"{row.label}{f', {row.series}' if row.series and row.series != row.label else ''}: {row.text}"
        + (f" ({formats.interval(row.ci_low, row.ci_high, row.kind)})" if not pd.isna(row.ci_low) else "")
        for row in drawing.marks(data.head(MOST_SAID))
    ]
    more = len(data) - len(said)
    rest = f" And {more} more, in the data of this figure." if more > 0 else ""
    return f"{spec.form}. {spec.quantity}. {'; '.join(said)}.{rest}"


def _figure(spec: FigureSpec, data: pd.DataFrame, number: int) -> Figure:
    svg, png = drawing.render(spec.draw(data, spec.quantity))
    return Figure(
        name=spec.name,
        section=spec.section,
        number=str(number),
        title=spec.title,
        alt=alternative_text(spec, data),
        source=_source(data),
        svg=svg,
        png=png,
        data=data.drop(columns=["published", "newest", "kind"]),
        ids=tuple(data["id"]),
    )


def _source(data: pd.DataFrame) -> str:
    counts = data.loc[data["published"], "n"].dropna()
    least, most = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
    n = f", n = {least:,}" if least == most else f", n from {least:,} to {most:,}"
    when = ", ".join(dict.fromkeys(data["wave"]))
    hidden = " Suppressed values are not drawn." if (data["status"] == "suppressed").any() else ""
    bars = " Bars are 95 % confidence intervals." if data["ci_low"].notna().any() else ""
    some = data[data["remark"] != ""]
    told = dict.fromkeys(
        f"{label}, {said}" for label, said in zip(some["label"], some["remark"], strict=True)
    )
    stars = f" * {'; '.join(told)}." if told else ""
    source = "; ".join(dict.fromkeys(data["source"]))
    return f"Source: {source} ({when}){n if most else ''}.{bars}{hidden}{stars}"
