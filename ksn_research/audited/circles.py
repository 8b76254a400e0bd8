"""The audit of circle pages: an item says its word, and of how many answers, as its review has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ksn_research.audited.leaks import Leak, Published, found
from ksn_research.audited.numbers import TOLD, Element, tree
from ksn_research.render.circle_data import files_of

QUOTED = re.compile("\u201c[^\u201d]*\u201d")  # words of the questionnaire
# What the paragraphs of an item may say in numbers: of its answers, of the circle's respondents, of a pool.
BAND = re.compile(r"(\d+)(?: to (\d+))? of (\d+) answers were")
ANSWERED = re.compile(r"[Qq]uestionnaire: (\d+)(?: of (\d+))? people")
COUNTED = re.compile(r"^(\d+) answers")
POOL = re.compile(r"in (\d+) small circles together \((\d+) answers\)")
YEARS = re.compile(r"\b(?:19|20)\d\d\b")
FREE = frozenset({"level", "up", "down"})  # what became of the word since a year, and why there is none
Facts = set[tuple[str, tuple[int, ...]]]


def audit_circles(staging: Path, known: Published) -> list[Leak]:
    """Leaks of the pages in `circles/`; of a page whose circle has no review, every one of its items."""
    reviews = known.publishable.reviews
    circles = {file: circle for circle, file in files_of(reviews.circles["circle"]).items()}
    made: list[Leak | None] = []
    for path in sorted((staging / "circles").glob("*.html")):
        if path.name != "index.html":
            page = tree(path.read_text(encoding="utf-8"))
            made += _page(page, circles.get(path.name, ""), known, f"circles/{path.name}")
    return found(made)


def _page(page: Element, circle: str, known: Published, file: str) -> Iterator[Leak | None]:
    facts = _facts(circle, known)
    for item in page.iter("article"):
        measure = (item.get("id") or "").removeprefix("q-")
        for one in item.iter("p"):
            if one.get("class") not in FREE:
                left = one.text_content()
                for fact, words in _said(QUOTED.sub("", left)):
                    if (measure, fact) not in facts and ("", fact) not in facts:
                        yield Leak(
                            file,
                            measure,
                            "another number",
                            f"its review does not say {words}",
                        )
                if TOLD.search(_rest(QUOTED.sub("", left))):
                    yield Leak(file, measure, "unmarked number", "a number that its review does not have")


def _said(text: str) -> Iterator[tuple[tuple[int, ...], str]]:
    """The facts that a paragraph of an item states, each with what it is about."""
    for match in BAND.finditer(text):
        low, high, n = match.groups()
        yield (int(low), int(high or low), int(n)), "how many answers were favourable"
    for match in ANSWERED.finditer(text):
        yield tuple(int(one) for one in match.groups() if one), "how many answered the questionnaire"
    for match in POOL.finditer(text):
        yield (int(match[1]), int(match[2])), "how many answers a pool has"
    for match in COUNTED.finditer(text.strip()):
        yield (int(match[1]),), "how many answers there are"


def _rest(text: str) -> str:
    for known in (BAND, ANSWERED, POOL, COUNTED, YEARS):
        text = known.sub("", text.strip())
    return text


def _facts(circle: str, known: Published) -> Facts:
    """All that the review of a circle says in numbers: (measure, numbers), or ("", numbers) of every item."""
    reviews = known.publishable.reviews
    facts: Facts = set()
    for row in _of(reviews.items, circle):
        numbers = [row[name] for name in ("low", "high", "n")]
        if row["band"] and not pd.isna(row["n"]):
            facts.add((row["measure"], (int(row["n"]),)))
            if not any(pd.isna(one) for one in numbers):
                facts.add((row["measure"], (int(row["low"]), int(row["high"]), int(row["n"]))))
    for row in _of(reviews.response, circle):
        if not pd.isna(row["n"]):
            facts.add(("", tuple(int(row[name]) for name in ("n", "of") if not pd.isna(row[name]))))
    for row in _of(reviews.pooled, circle):
        facts.add((row["measure"], (int(row["circles"]), int(row["n"]))))
    return facts


def _of(table: pd.DataFrame, circle: str) -> list[dict]:
    return table[table["circle"] == circle].to_dict("records")
