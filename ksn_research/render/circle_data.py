"""What each circle's page is made of, cut once out of the edition: a plain value a page.

The frames are read through once, whatever the number of circles, so that what a page costs does not depend on
how many others there are; a `PageInput` holds texts and numbers only and can be sent to another process.

Imports view.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from ksn_research.disclose import StudyInfo
from ksn_research.render.view import View, readable, sentence_case, view, wave_label, wave_of, wave_order
from ksn_research.results import slug

Record = Mapping[str, Any]
OWN = "circle_suggestions."  # what the study's own texts of suggestions stand under among the labels
BY_CIRCLE = ("response", "items", "pooled", "themes", "comments", "sessions")


@dataclass(frozen=True)
class PageInput:
    """All that one page shows, as plain values. Records have the columns of `CircleReviews`' frames with None
    for what is missing, and besides: label (of source, measure or theme), title (of the source) and when
    (the wave in words); items and pooled have network (by word how many circles).

    file   the page's name in the edition
    rule   the small-cell rule in words
    own    the study's own texts of suggestions, by "rule.do" and "rule.because"
    """

    circle: str
    file: str
    head: Record
    study: StudyInfo
    rule: str
    response: tuple[Record, ...] = ()
    items: tuple[Record, ...] = ()
    pooled: tuple[Record, ...] = ()
    themes: tuple[Record, ...] = ()
    comments: tuple[Record, ...] = ()
    sessions: tuple[Record, ...] = ()
    own: Mapping[str, str] | None = None


@dataclass(frozen=True)
class PageData:
    """The inputs of all pages, in the order in which circles are listed: by name."""

    study: StudyInfo
    rule: str
    pages: Mapping[str, PageInput]


def pages_of(publishable: object) -> PageData:
    """Cut an edition into its pages. Raises DisclosureError for what has not passed disclosure control."""
    return _pages_of(view(publishable))


@lru_cache(maxsize=2)
def _pages_of(seen: View) -> PageData:
    publishable, reviews = seen.publishable, seen.publishable.reviews
    heads = {row["circle"]: row for row in sorted(plain(reviews.circles), key=lambda row: row["year"] or 0)}
    ids = sorted(heads, key=lambda circle: (_bare(str(heads[circle]["name"] or circle)), circle))
    network = _network(plain(reviews.network))
    parts = {name: _of_circles(seen, plain(getattr(reviews, name)), network) for name in BY_CIRCLE}
    own = {name.removeprefix(OWN): words for name, words in seen.publishable.labels.items()
           if name.startswith(OWN)}  # fmt: skip
    common: dict[str, Any] = {"study": publishable.study, "rule": seen.rule, "own": own or None}
    files = files_of(ids)
    pages = {}
    for circle in ids:
        own_parts: dict[str, Any] = {name: tuple(part.get(circle, ())) for name, part in parts.items()}
        pages[circle] = PageInput(circle, files[circle], heads[circle], **common, **own_parts)  # fmt: skip
    return PageData(publishable.study, seen.rule, pages)


def _bare(name: str) -> str:
    """A name as it is put in order: without accents and case."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame's rows as plain values: None where a number, a date or a text is missing.

    >>> plain(pd.DataFrame({"n": pd.array([3, None], dtype="Int64")}))
    [{'n': 3}, {'n': None}]
    """
    columns = {str(name): _column(frame[name]) for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _column(values: pd.Series) -> list[Any]:
    missing = values.isna().tolist()
    if pd.api.types.is_datetime64_any_dtype(values):
        made: list[Any] = [None if pd.isna(at) else at.to_pydatetime() for at in values]
        return made
    return [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]


def files_of(circles: Iterable[str]) -> dict[str, str]:
    """The file of each circle's page; circles whose ids differ in signs only get a number, in the order of
    their ids, and none is called as the index is.

    >>> files_of(["A b", "a_b", "index", "C"])
    {'A b': 'a_b.html', 'C': 'c.html', 'a_b': 'a_b_2.html', 'index': 'index_2.html'}
    """
    taken, files = {"index"}, {}
    for circle in sorted(circles):
        base = slug(circle)[:80] or "circle"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        files[circle] = f"{name}.html"
    return files


def _network(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, int]]:
    made: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for row in rows:
        made[_measure(row)][row["band"]] = int(row["circles"])
    return dict(made)


def _measure(row: Record) -> tuple[Any, ...]:
    return row["source"], row["year"], row["wave"], row["measure"]


def _of_circles(
    seen: View, rows: list[dict[str, Any]], network: Mapping[tuple[Any, ...], dict[str, int]]
) -> dict[str, list[dict[str, Any]]]:
    """Records by circle, with their words. One wording is looked up once, not once a circle."""
    made: dict[str, list[dict[str, Any]]] = defaultdict(list)
    words = _Words(seen)
    for row in rows:
        if "source" in row:
            row["title"], row["when"] = words.source(row["source"]), words.wave(row["year"], row["wave"])
            row["age"] = wave_order((row["year"], str(row["wave"] or "")))
        row["label"] = words.measure(row["measure"], row["source"]) if "measure" in row else words.theme(row)
        if "measure" in row:
            row["network"] = network.get(_measure(row), {})
        made[row["circle"]].append(row)
    return dict(made)


class _Words:
    """Labels that were looked up already."""

    def __init__(self, seen: View) -> None:
        self.seen = seen
        self.known: dict[tuple[Any, ...], str] = {}

    def source(self, name: str) -> str:
        return self._once(("source", name), lambda: self.seen.label(name))

    def measure(self, name: str, source: str) -> str:
        return self._once((name, source), lambda: sentence_case(self.seen.measure(name, source)))

    def theme(self, row: Record) -> str:
        """A theme's own words; a question of the same name does not lend it its wording."""
        if "theme" not in row:
            return str(row.get("title", ""))
        named = self.seen.publishable.labels.get(f"{row['source']}.{row['theme']}")
        return sentence_case(named or readable(row["theme"]))

    def wave(self, year: int | None, wave: str | None) -> str:
        return self._once(
            ("wave", year, wave), lambda: wave_label(wave_of({"year": year, "wave": wave or ""}))
        )

    def _once(self, key: tuple[Any, ...], look_up: Any) -> str:
        if key not in self.known:
            self.known[key] = str(look_up())
        return self.known[key]


def current(page: PageInput, rows: Iterable[Record]) -> list[Record]:
    """Records of the wave that the page is about: of each source the newest that the circle answered."""
    now = {row["source"]: row["age"] for row in newest(page.response)}
    return [row for row in newest(rows) if row["age"] == now.get(row["source"], row["age"])]


def newest(rows: Iterable[Record]) -> list[Record]:
    """Records of each source's newest wave; sources without a mark of it, by the wave itself."""
    kept = list(rows)
    last: dict[str, Any] = {}
    for row in kept:
        last[row["source"]] = max(last.get(row["source"], row["age"]), row["age"])
    return [row for row in kept if row.get("newest", row["age"] == last[row["source"]])]
