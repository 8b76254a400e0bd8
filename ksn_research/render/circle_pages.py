"""A review page per learning circle, for its facilitator, and an index page for the institute.

A circle page is read by people who know each other: it shows bands instead of shares, means in halves, and no
item with fewer answers than the rule asks for. The other circles appear as counts of circles per band.
A circle below the rule gets a page too: it says why its own answers are not there and shows the network's.

Imports formats, view.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.view import View, records, sentence_case, view, wave_of, wave_order, waves
from ksn_research.results import find, slug

BANDS: tuple[tuple[float, str], ...] = ((0.9, "nearly all"), (0.6, "most"), (0.4, "about half"), (0.0, "few"))
WORDS = tuple(word for _, word in BANDS)
CIRCLES = 3  # fewer circles beside it would point at one of them
LONG = 10  # more items than this are folded away under the scales


@dataclass(frozen=True)
class Item:
    """One question or scale as a circle page shows it.

    said     the band ("most") or the mean in halves ("4\u00bd"); empty where it is not shown
    network  how many circles are in each band or half, in the order of `bands`
    """

    label: str
    said: str
    bands: tuple[str, ...]
    network: tuple[int, ...]
    share: bool = True

    @property
    def compared(self) -> int:
        """+1 above the middle circle of the network, -1 below, 0 there or not shown."""
        if not self.said or sum(self.network) < CIRCLES:
            return 0
        spread = [band for band, count in zip(self.bands, self.network, strict=True) for _ in range(count)]
        middle, ours = self.bands.index(spread[len(spread) // 2]), self.bands.index(self.said)
        return (ours > middle) - (ours < middle)

    def strip(self) -> Markup:
        """The picture beside the item; nothing where too few circles stand in it."""
        return strip(self) if sum(self.network) >= CIRCLES else Markup("")


def circle_pages(publishable: object) -> dict[str, str]:
    """All pages of the newest waves, by file name, with "index.html" for the institute."""
    seen = _newest(publishable)
    network = _network(seen)
    pages = {f"{slug(circle)}.html": _page(seen, circle, network) for circle in circles_of(seen)}
    return {**pages, "index.html": _index(seen)}


def circle_page(publishable: object, circle: str) -> str:
    """One circle's page as a self-contained HTML file."""
    seen = _newest(publishable)
    return _page(seen, circle, _network(seen))


@dataclass(frozen=True)
class CircleReview:
    """One circle's page as a value that a notebook shows."""

    circle: str
    html: str

    def _repr_html_(self) -> str:
        return self.html


def show_circle(publishable: object, circle: str) -> CircleReview:
    """The content of one circle's page, for a notebook."""
    seen = _newest(publishable)
    shown = _template("circle_body.html").render(**_context(seen, circle, _network(seen)))
    return CircleReview(circle, f"<style>{_template('style.css').render()}</style>{shown}")


def circle_index(publishable: object) -> str:
    """The institute's list of circles: a table to search and to sort, each line with its page."""
    return _index(_newest(publishable))


def _index(seen: View) -> str:
    lines = [{"file": f"{slug(circle)}.html", **_summary(seen, circle)} for circle in circles_of(seen)]
    return _template("circle_index.html").render(study=seen.publishable.study, lines=lines, rule=seen.rule)


def circles_of(seen: View) -> list[str]:
    """Ids of the circles of the newest waves, by name."""
    ids = set(_rows(seen)["level"]) | set(_curve(seen)["circle"])
    return sorted(ids, key=lambda circle: (seen.label(circle), circle))


def band(share: float) -> str:
    """A share in words.

    >>> band(0.9), band(0.6), band(0.5), band(0.39)
    ('nearly all', 'most', 'about half', 'few')
    """
    return next(word for least, word in BANDS if share >= least)


def halves(mean: float) -> str:
    """A mean rounded to halves, without decimals.

    >>> halves(4.26), halves(3.8)
    ('4\u00bd', '4')
    """
    twice = int(mean * 2 + 0.5)
    return f"{twice // 2}" + "\u00bd" * (twice % 2)


def strip(item: Item) -> Markup:
    """How many circles are in each band, as a small picture; this circle's band is dark."""
    most, width = max((*item.network, 1)), 240 / len(item.bands)
    parts = []
    for place, (name, count) in enumerate(zip(item.bands, item.network, strict=True)):
        height, ours = 26 * count / most, name == item.said
        x, role, weight = place * width, "ours" if ours else "others", "700" if ours else "400"
        parts.append(_bar(x + 3, 38 - height, width - 6, max(height, 0.8), role))
        parts.append(_text(x + width / 2, 34 - height, str(count or "")))
        parts.append(_text(x + width / 2, 50, name, weight=weight))
    said = ", ".join(f"{name}: {count}" for name, count in zip(item.bands, item.network, strict=True))
    alt = f"Circles of the network: {said}." + (f" This circle: {item.said}." if item.said else "")
    return Markup('<svg class="strip" viewBox="0 0 240 54" role="img" aria-label="{}">{}</svg>').format(
        alt, Markup("").join(parts)
    )


def _bar(x: float, y: float, width: float, height: float, role: str) -> Markup:
    sizes = (f"{number:.1f}" for number in (x, y, width, height))
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"/>').format(*sizes, role)


def _text(x: float, y: float, words: str, at: str = "middle", weight: str = "400") -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}" font-size="9" font-weight="{}">{}</text>').format(
        f"{x:.1f}", f"{y:.1f}", at, weight, words
    )


def _page(seen: View, circle: str, network: _Network) -> str:
    return _template("circle.html").render(**_context(seen, circle, network))


def _context(seen: View, circle: str, network: _Network) -> dict[str, Any]:
    found = [_section(source, listed, circle) for source, listed in network]
    found = [part for part in found if part["items"] or part["folded"]]
    items = [item for part in found for item in (*part["items"], *part["folded"])]
    return {
        "study": seen.publishable.study,
        "rule": seen.rule,
        "circle": _summary(seen, circle),
        "sections": found,
        "shown": any(item.said for item in items),
        "well": [item.label for item in items if item.compared > 0],
        "worth": [item.label for item in items if item.compared < 0],
        "attendance": _attendance(seen, circle),
        "comments": _comments(seen, circle),
    }


def _section(source: str, listed: list[_Measure], circle: str) -> dict[str, Any]:
    """One questionnaire of a page; where it is long and has scales, its single questions are folded away."""
    scales = [measure for measure in listed if measure.scale]
    fold = bool(scales) and len(listed) > LONG
    shown = scales if fold else listed
    folded = [measure for measure in listed if fold and not measure.scale]
    items, rest = ([measure.of(circle) for measure in part] for part in (shown, folded))
    return {"source": source, "items": _worth_showing(items), "folded": _worth_showing(rest)}


def _worth_showing(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.said or sum(item.network) >= CIRCLES]


def _summary(seen: View, circle: str) -> dict[str, Any]:
    rows = find(_rows(seen, circle), analysis="circle_items", statistic="respondents", measure="response")
    curve = _curve(seen, circle)
    members = int(curve["members"].max()) if len(curve) and curve["members"].notna().any() else None
    newest = {row["source"]: row for row in sorted(records(rows), key=lambda row: wave_order(wave_of(row)))}
    answers = [_answered(seen, row, members) for row in newest.values()]
    most = max((answer["n"] or 0 for answer in answers), default=0)
    return {
        "name": seen.label(circle),
        "answers": answers,
        "answered": most,
        "members": members,
        "sessions": int(curve["event"].nunique()) if "event" in curve else len(curve),
        "last": f"{curve['date'].max():%Y-%m-%d}" if len(curve) and curve["date"].notna().any() else "",
    }


def _answered(seen: View, row: Mapping[str, Any], members: int | None) -> dict[str, Any]:
    hidden = row["status"] != "published" or pd.isna(row["estimate"])
    of = members if pd.isna(row["population"]) else int(row["population"])
    return {"source": seen.label(row["source"]), "n": None if hidden else int(row["estimate"]), "of": of}


@dataclass(frozen=True)
class _Measure:
    """One item over the network: each circle's band or half in words, and their order."""

    label: str
    words: pd.Series
    bands: tuple[str, ...]
    share: bool
    scale: bool

    def of(self, circle: str) -> Item:
        counts, own = Counter(self.words), list(self.words[self.words.index == circle])
        return Item(
            self.label, own[0] if own else "", self.bands, tuple(counts[b] for b in self.bands), self.share
        )


_Network = list[tuple[str, list[_Measure]]]


def _network(seen: View) -> _Network:
    """Items by source, in the plan's order; the shortest questionnaire, the circles' own, comes first."""
    every = find(_rows(seen), analysis="circle_items", statistic=["mean", "share_positive"])
    made = []
    for source in sorted(set(every["source"])):
        ours = every[every["source"] == source]
        first = sorted(records(ours.drop_duplicates("measure")), key=seen.rank)
        listed = [_measure(seen, row, ours[ours["measure"] == row["measure"]]) for row in first]
        made.append((seen.label(source), [item for item in listed if item is not None]))
    return sorted([(source, listed) for source, listed in made if listed], key=lambda part: len(part[1]))


def _measure(seen: View, first: formats.Result, rows: pd.DataFrame) -> _Measure | None:
    """The share's band or the mean in halves, whichever may be shown of more circles; newest wave."""
    usable = rows[(rows["status"] == "published") & rows["estimate"].notna()]
    usable = usable[usable["n"].fillna(0).astype(int) >= seen.publishable.study.people]
    if usable.empty:
        return None
    usable = usable[usable["wave"] == waves(records(usable))[-1][1]]
    shares, means = (usable[usable["statistic"] == name] for name in ("share_positive", "mean"))
    banded = len(shares) >= len(means)
    used = shares if banded else means
    words = used["estimate"].map(band if banded else halves).set_axis(used["level"])
    bands = WORDS[::-1] if banded else _all_halves(used["estimate"])
    scale = not (rows["statistic"] == "share_positive").any()
    return _Measure(sentence_case(seen.heading(first)), words, bands, banded, scale)


def _all_halves(values: pd.Series) -> tuple[str, ...]:
    low, high = int(values.min() * 2 + 0.5), int(values.max() * 2 + 0.5)
    return tuple(halves(twice / 2) for twice in range(low, high + 1))


def _attendance(seen: View, circle: str) -> dict[str, Any] | None:
    """The circle's sessions as columns: how many of its people came to each."""
    curve = _curve(seen, circle).sort_values("date")
    if curve.empty:
        return None
    came = [None if pd.isna(n) else int(n) for n in curve["came"]]
    days = [f"{date:%d %b}".lstrip("0") for date in curve["date"]]
    rows = records(find(_rows(seen, circle), analysis="circle_attendance", statistic="mean_share"))
    share = formats.show(rows[0]) if rows and rows[0]["status"] == "published" else ""
    return {"picture": _columns(came, days), "sessions": len(came), "share": share}


def _columns(came: Sequence[int | None], days: Sequence[str]) -> Markup:
    most, width = max([n or 0 for n in came] + [1]), min(34.0, 330 / len(came))
    shown = ["s" if n is None else str(n) for n in came]
    parts = []
    for place, n in enumerate(came):
        x, height = place * width, 60 * (n or 0) / most
        parts.append(_bar(x + 2, 74 - height, width - 4, height, "came"))
        parts.append(_text(x + width / 2, 70 - height, shown[place]))
    wide = max(width * len(came), 120)
    parts.append(_text(2, 88, days[0], "start"))
    parts += [_text(wide - 2, 88, days[-1], "end")] if len(came) > 2 else []
    said = "; ".join(f"{day}: {n}" for day, n in zip(days, shown, strict=True))
    return Markup(
        '<svg class="columns" viewBox="0 0 {0} 92" style="max-width:{1}px" role="img" '
        'aria-label="People who came to each session. {2}.">{3}</svg>'
    ).format(round(wide), round(wide * 1.7), said, Markup("").join(parts))


def _comments(seen: View, circle: str) -> list[tuple[str, int]]:
    """Themes of the comments with their counts, where a coding sheet was kept and the counts may be shown."""
    rows = find(_rows(seen, circle), analysis="circle_comments", statistic="count", status="published")
    return [(seen.heading(row), int(row["estimate"])) for row in records(rows)]


def _rows(seen: View, circle: str = "") -> pd.DataFrame:
    rows = seen.publishable.circles
    return rows[rows["level"] == circle] if circle else rows


def _curve(seen: View, circle: str = "") -> pd.DataFrame:
    curve = seen.publishable.curves["circle_attendance"]
    return curve[curve["circle"] == circle] if circle else curve


def _newest(publishable: object) -> View:
    """The edition with the rows and sessions of each source's newest wave only: sources of one edition may
    be of different years."""
    seen = view(publishable)
    rows = find(seen.publishable.circles, group="circle")
    for source in rows["source"].unique():
        told = rows.loc[rows["source"] == source, ["year", "wave"]].drop_duplicates()
        year, wave = waves(records(told))[-1]
        rows = rows.drop(find(rows, source=source).index.difference(find(rows, year=year, wave=wave).index))
    names = ["year", "circle", "event", "date", "came", "members"]
    curve = seen.publishable.curves.get("circle_attendance", pd.DataFrame(columns=names))
    kept = {"circle_attendance": curve[curve["year"] == curve["year"].max()]}
    return replace(seen, publishable=replace(seen.publishable, circles=rows, curves=kept))


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("ksn_research", "templates")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)
