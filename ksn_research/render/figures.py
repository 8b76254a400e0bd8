"""Figures of the report: what each one shows, its alternative text and its data.

`figures` takes the specs that have results, in the order of the tables beside which they stand, and
numbers them. A figure is drawn when its picture is asked for, unless it was drawn already. The data behind a
figure are the chosen results, with the words that the figure shows, so that it can be checked or drawn again.

Imports canvas, catalogue, chosen, figure_specs, formats, specs, text, view.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pandas as pd
from markupsafe import Markup

from ksn_research.render import canvas, formats
from ksn_research.render.catalogue import TABLES
from ksn_research.render.chosen import parts
from ksn_research.render.figure_specs import FIGURES
from ksn_research.render.formats import DIGITS
from ksn_research.render.specs import FigureSpec
from ksn_research.render.text import cells
from ksn_research.render.view import View, sentence_case, view

MOST_SAID = 14
HIDDEN = ["published", "newest", "kind", "short", "key", "origin", "place", "at"]


@dataclass(frozen=True)
class Figure:
    """A figure ready to be shown. `data`: one row per mark, with its result's id; `ids`: these ids; `beside`:
    names of the table that shows the same results, the first that there is."""

    name: str
    section: str
    number: str
    title: str
    alt: str
    source: str
    beside: tuple[str, ...]
    data: pd.DataFrame
    ids: tuple[str, ...]
    draw: Callable[[], str]

    @property
    def anchor(self) -> str:
        return f"figure-{self.name.replace('_', '-')}"

    @cached_property
    def svg(self) -> str:
        """The drawing as SVG; made when it is asked for."""
        return self.draw()

    @cached_property
    def png(self) -> bytes:
        """The drawing as PNG; made when it is asked for."""
        return canvas.png_of(self.svg)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        return canvas.size_of(self.svg)

    @property
    def csv(self) -> str:
        """The data behind the figure, a row per mark with its result's id."""
        return str(cells(self.data).to_csv(index=False, lineterminator="\n", float_format=DIGITS))

    def _repr_html_(self) -> str:
        return str(as_html(self))


def figures(
    publishable: object, specs: Sequence[FigureSpec] = FIGURES, pictures: Mapping[str, str] | None = None
) -> dict[str, Figure]:
    """All figures that have something to show, by name, numbered in the order in which they stand.

    pictures  drawings made already, by name; without, those that the edition brings
    """
    return build(view(publishable), specs, pictures=pictures)


def build(
    seen: View,
    specs: Sequence[FigureSpec] = FIGURES,
    section: str = "",
    pictures: Mapping[str, str] | None = None,
) -> dict[str, Figure]:
    """As `figures`, from a view; with a section, only its figures, numbered as among all."""
    placed = _placed(seen, tuple(specs))
    made = seen.publishable.pictures if pictures is None else pictures
    return {
        spec.name: _figure(spec, data, number, made)
        for number, (spec, data) in enumerate(placed, start=1)
        if section in ("", spec.section)
    }


@lru_cache(maxsize=2)
def _placed(seen: View, specs: tuple[FigureSpec, ...]) -> list[tuple[FigureSpec, pd.DataFrame]]:
    """Every figure with its data, in the order in which the tables beside them stand: by source within."""
    made = [part for spec in specs for part in parts(seen, spec)]
    tables = [spec.name for spec in TABLES]
    sources = seen.foremost({str(data["origin"].iloc[0]) for _, data in made})
    return sorted(
        made, key=lambda one: (tables.index(one[0].beside), sources.index(one[1]["origin"].iloc[0]))
    )


def as_html(figure: Figure) -> Markup:
    """The figure with its caption and source; the picture stands in the page itself."""
    picture = base64.b64encode(figure.svg.encode()).decode()
    return Markup(
        '<figure class="block" id="{}"><img src="data:image/svg+xml;base64,{}" alt="{}">'
        '<figcaption><span class="number">Figure {}.</span> <span class="label">{}</span>. '
        '<span class="source">{}</span></figcaption></figure>'
    ).format(figure.anchor, picture, figure.alt, figure.number, figure.title, figure.source)


def alternative_text(spec: FigureSpec, data: pd.DataFrame) -> str:
    """What the figure shows, in a sentence per line; beyond the first marks it points to the data."""
    shown = data.head(MOST_SAID)
    told: dict[str, list[str]] = {}
    for row in canvas.marks(shown):
        bounded = not pd.isna(row.ci_low) and spec.form != "Diverging bars"
        said = f"{row.text} ({formats.interval(row.ci_low, row.ci_high, row.kind)})" if bounded else row.text
        about = row.label + (f", {row.block}" if row.block not in ("", row.label) else "")
        apart = row.series not in ("", row.label, row.source)
        told.setdefault(about, []).append(f"{row.series} {said}" if apart else said)
    more = len(data) - len(shown)
    rest = f" And {more} more, in the data of this figure." if more > 0 else ""
    lines = "; ".join(f"{about}: {', '.join(said)}" for about, said in told.items())
    return f"{spec.form}. {spec.quantity}. {lines}.{rest}"


def _figure(spec: FigureSpec, data: pd.DataFrame, number: int, made: Mapping[str, str]) -> Figure:
    def draw() -> str:
        return made.get(spec.name) or canvas.svg_of(spec.draw(data, spec.quantity))

    return Figure(
        name=spec.name,
        section=spec.section,
        number=str(number),
        title=spec.title,
        alt=spec.alt(data) if spec.alt else alternative_text(spec, data),
        source=_source(spec, data),
        beside=(f"{spec.beside}_{data['origin'].iloc[0]}", spec.beside),
        data=data.drop(columns=[*HIDDEN], errors="ignore"),
        ids=tuple(data["id"]),
        draw=draw,
    )


def _source(spec: FigureSpec, data: pd.DataFrame) -> str:
    counts = data.loc[data["published"], "n"].dropna()
    least, most = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
    n = f", n = {least:,}" if least == most else f", n from {least:,} to {most:,}"
    when = ", ".join(dict.fromkeys(data["wave"]))
    lost = (data["status"] == "suppressed").any()
    bounded = data["ci_low"].notna().any()
    told = [
        spec.bars if bounded and spec.bars else "",
        spec.hidden if lost else "",
        _remarks(data),
    ]
    source = "; ".join(dict.fromkeys(data["source"]))
    return " ".join(filter(None, [f"Source: {source} ({when}){n if most else ''}.", *told]))


def _remarks(data: pd.DataFrame) -> str:
    """What the stars stand for; without a star what is said of every mark."""
    some = data[data["remark"] != ""]
    if some["text"].empty:
        return ""
    if not some["text"].str.endswith(" *").any():
        return "; ".join(f"{sentence_case(said).rstrip('.')}." for said in dict.fromkeys(some["remark"]))
    told: dict[str, list[str]] = {}  # a remark once, and all it is said of
    for block, label, said in zip(some["block"], some["label"], some["remark"], strict=True):
        of = f"{block}: {label}" if block and block != label else label
        told.setdefault(said, []).append(of)
    listed = (f"{', '.join(dict.fromkeys(of))}: {said.rstrip('.')}" for said, of in told.items())
    return f"* {'; '.join(listed)}."
