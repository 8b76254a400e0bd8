"""A review page per learning circle, for its facilitator.

A circle page is read by people who know each other: it shows words that stand for several counts instead of
shares, and no question with fewer answers than the rule asks for. Everything on it comes from
`CircleReviews`; nothing is computed here but what stands beside what.

Imports circle_data, circle_items, circle_strips, circle_suggestions, circle_words, templates.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ksn_research.disclose.circles.bands import bands
from ksn_research.errors import EditionError, KsnError
from ksn_research.executors import ALONE, Crew, failure, parts_of, submitted
from ksn_research.render import circle_words
from ksn_research.render.circle_data import PageInput, current, pages_of
from ksn_research.render.circle_items import Entry, sections, span
from ksn_research.render.circle_strips import columns
from ksn_research.render.circle_suggestions import Rules, rules_of, stated, suggestions
from ksn_research.render.templates import source, template

BATCH = 25  # pages to a task: about a tenth of a second, and 150 kB to send
RULES = "circle_suggestions.toml"


class PageError(Exception):
    """One page could not be made; the message holds no answer and no name."""


def circle_page(publishable: object, circle: str) -> str:
    """One circle's page as a self-contained HTML file. Raises EditionError when there is no such circle."""
    return page(_input(publishable, circle))


def page(given: PageInput) -> str:
    """A page from its input alone."""
    return template("circle.html").render(context(given))


@dataclass(frozen=True)
class CircleReview:
    """One circle's page as a value that a notebook shows."""

    circle: str
    html: str

    def _repr_html_(self) -> str:
        return self.html


def show_circle(publishable: object, circle: str = "") -> CircleReview:
    """The content of one circle's page, for a notebook; without a circle, of the first by name."""
    known = pages_of(publishable).pages
    if not circle and not known:
        return CircleReview("", '<p class="not-collected">This edition has no learning circles.</p>')
    given = _input(publishable, circle or next(iter(known)))
    style = "".join(template(name).render() for name in ("style.css", "circle.css"))
    shown = template("circle_body.html").render(context(given))
    return CircleReview(given.circle, f"<style>{style}</style>{shown}")


def _input(publishable: object, circle: str) -> PageInput:
    known = pages_of(publishable).pages
    if circle not in known:
        raise EditionError("there is no page for this circle", remedy="see circles/index.html")
    return known[circle]


def render_pages(inputs: Collection[PageInput], crew: Crew = ALONE) -> Iterator[tuple[str, str | PageError]]:
    """File name and page of each input; where one fails, a PageError stands in its place.

    crew  makes them where they are many, else they are made here. In the order of the inputs, but for pages
          whose worker ended: they come last, made again one at a time
    Raises EditionError where the cluster has gone.
    """
    if not crew.worth(len(inputs)):
        yield from attempts(inputs)
        return
    lost: list[PageInput] = []
    with crew.pool() as executor:
        for part, future in crew.ended(executor, attempts, parts_of(inputs, BATCH)):
            if failure(future):
                lost += part
            else:
                yield from future.result()
    yield from _singly(lost, crew)


def _singly(lost: Sequence[PageInput], crew: Crew) -> Iterator[tuple[str, str | PageError]]:
    """Pages made one at a time while nothing else is: whichever ends its worker now is the one that does."""
    left = iter(lost)
    while (given := next(left, None)) is not None:
        with crew.pool(workers=1) as executor:
            while given is not None:
                future = submitted(executor, attempts, [given])
                if error := failure(future):
                    yield given.file, PageError(f"the worker ended without a page ({type(error).__name__})")
                    break  # of processes here a new one is needed
                yield from future.result()
                given = next(left, None)


def attempts(part: Iterable[PageInput]) -> list[tuple[str, str | PageError]]:
    """File name and page of each, or why there is none."""
    return [(given.file, attempt(given)) for given in part]


def attempt(given: PageInput) -> str | PageError:
    """A page, or why there is none. Nothing but our own messages is repeated: others may hold an answer."""
    try:
        return page(given)
    except KsnError as error:
        return PageError(str(error))
    except Exception as error:  # noqa: BLE001 - one page must not stop the others
        last = traceback.extract_tb(error.__traceback__)[-1]
        return PageError(f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}")


def context(given: PageInput) -> dict[str, Any]:
    """What the template is filled with."""
    parts, rules = sections(given), _rules(given)
    sessions = sorted(given.sessions, key=lambda one: (one["date"] is None, one["date"], one["event"] or ""))
    last_year = [one for one in sessions if one["year"] == max((s["year"] or 0 for s in sessions), default=0)]
    kept = last_year or sessions
    return {
        "page": given,
        "head": given.head,
        "words": circle_words,
        "sections": parts,
        "sessions": kept,
        "columns": columns(kept, given.head["members"]) if kept else "",
        "came": _came(kept),
        "notes": [one for one in sessions if one.get("note")],
        "themes": _themes(given),
        "comments": sorted(
            {one["text"] for one in current(given, given.comments)}, key=lambda text: (text.casefold(), text)
        ),
        "suggestions": suggestions(given, parts, rules),
        "stated": stated(rules),
        "meanings": meanings([entry for part in parts for entry in part.entries]),
        "hidden": [(part, part.hidden) for part in parts if part.hidden],
        "shown": any(part.shown for part in parts),
    }


def _came(sessions: Sequence[Any]) -> str:
    """ "5 to 9" """
    came = [int(one["came"]) for one in sessions if one["came"] is not None]
    if not came:
        return ""
    return str(came[0]) if min(came) == max(came) else f"{min(came)} to {max(came)}"


def _themes(given: PageInput) -> list[tuple[str, int | None, list[Any]]]:
    """By questionnaire: its name, how many commented, and its themes, the most frequent first."""
    rows = current(given, given.themes)
    return [
        (title, max((row["commented"] or 0 for row in own), default=0) or None,
         sorted(own, key=lambda row: (-(row["count"] or 0), row["label"])))
        for title in dict.fromkeys(row["title"] for row in rows)
        for own in [[row for row in rows if row["title"] == title and row["count"] is not None]]
    ]  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What each word stands for among n answers; single: one answer only is favourable."""

    n: int
    single: bool
    bands: tuple[tuple[str, str], ...]


def meanings(entries: Sequence[Entry]) -> list[Meaning]:
    """The words' counts for each number of answers that the page has."""
    told = {(e.n, e.said, e.low, e.high) for e in entries if e.said and e.n is not None and e.low is not None}
    used = {(n, not any((b.word, b.low, b.high) == (word, low, high) for b in bands(n)))
            for n, word, low, high in told if n is not None}  # fmt: skip
    return [
        Meaning(n, single, tuple((band.word, span(band.low, band.high)) for band in bands(n, single)))
        for n, single in sorted(used, key=lambda one: (-one[0], one[1]))
    ]


def _rules(given: PageInput) -> Rules:
    return _own_rules(tuple(sorted((given.own or {}).items())))


@cache
def _own_rules(own: tuple[tuple[str, str], ...]) -> Rules:
    return rules_of(source(RULES), dict(own))
