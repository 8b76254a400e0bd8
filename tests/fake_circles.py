"""Circle reviews made by hand or by lot, as `disclose.circles` gives them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from fake_publishable import publishable

from ksn_research.disclose import Publishable
from ksn_research.disclose.circles import CircleReviews
from ksn_research.disclose.circles.bands import band_of
from ksn_research.disclose.circles.frames import COLUMNS

# `scale`: which scale a question belongs to, where the reviews tell it.
FIELDS: dict[str, dict[str, str]] = {name: dict(kinds) for name, kinds in COLUMNS.items()}
FIELDS["items"].setdefault("scale", "str")
PLAIN: dict[str, Any] = {"str": "", "bool": True}
AGREED = "Agree;Strongly agree"
SOURCE = {"source": "feedback", "year": 2025, "wave": ""}


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows with the columns and types of one frame; what a row leaves out is missing, "" or True."""
    kinds = FIELDS[name]
    strange = {key for row in rows for key in row} - set(kinds)
    assert not strange, strange
    return pd.DataFrame(
        {
            column: pd.Series([row.get(column, PLAIN.get(kind)) for row in rows], dtype=kind)
            for column, kind in kinds.items()
        }
    )


def reviews(**rows: list[dict[str, Any]]) -> CircleReviews:
    """Reviews of the given rows; circles that are only named somewhere are added."""
    named = {row["circle"] for part in rows.values() for row in part if "circle" in row}
    listed = {row["circle"] for row in rows.get("circles", [])}
    extra = [
        {"circle": circle, "name": f"Circle {circle}", "year": 2025} for circle in sorted(named - listed)
    ]
    given = {**rows, "circles": [*rows.get("circles", []), *extra]}
    return CircleReviews(**{name: frame(name, given.get(name, [])) for name in FIELDS})


def edition(labels: dict[str, str] | None = None, **rows: list[dict[str, Any]]) -> Publishable:
    """An edition with these reviews."""
    return with_reviews(reviews(**rows), labels or {})


@cache
def _base() -> Publishable:
    return publishable()


def with_reviews(made: CircleReviews, labels: dict[str, str] | None = None) -> Publishable:
    base = _base()
    words = {**base.labels, "feedback": "Circle feedback", **(labels or {})}
    return replace(base, reviews=made, labels=words)


def response(circle: str, n: int | None, of: int | None = 12, **more: Any) -> dict[str, Any]:
    return {"circle": circle, **SOURCE, "n": n, "of": of,
            "note": "" if n is not None else "fewer than 5 people answered", **more}  # fmt: skip


def item(circle: str, measure: str, count: int | None, n: int | None = 8, **more: Any) -> dict[str, Any]:
    """One question; `count` favourable answers among n become a word, None is not shown."""
    row = {"circle": circle, **SOURCE, "measure": measure, "kind": "question", "order": 1,
           "label_positive": AGREED}  # fmt: skip
    found = None if count is None or n is None else band_of(count, n)
    if found is None:
        return {**row, "note": "fewer than 5 answers", **more}
    return {**row, "band": found.word, "n": n, "low": found.low, "high": found.high, **more}


def network(measure: str, **words: int) -> list[dict[str, Any]]:
    """How many circles have each word; an underscore stands for a space."""
    return [{**SOURCE, "measure": measure, "band": word.replace("_", " "), "circles": count}
            for word, count in words.items()]  # fmt: skip


def meeting(
    circle: str, month: int, came: int | None, members: int | None = 12, **more: Any
) -> dict[str, Any]:
    when = pd.Timestamp(2025, month, 12)
    return {"circle": circle, "year": 2025, "event": f"{circle}-{month:02}", "date": when, "came": came,
            "members": members, **more}  # fmt: skip


QUESTIONS = {
    "safe": "I can say that something went wrong without it being held against me, whoever is in the room",
    "heard": "I am heard",
    "between": "What is said among us stays among us",
    "useful": "What we talk about is useful in my work",
    "pace": "The pace is right for me",
    "bring": "I bring questions of my own",
    "time": "We keep to our time",
    "next": "I know what I will try until we meet again",
}
TRUST = ("safe", "heard", "between")
BEFORE = ("few", "most", "nearly all")
REWORDED = "question reworded in 2025"
WRITTEN = ("More time for each question, please.", "I learned to ask before I answer.")


def small_network() -> Publishable:
    """Nine circles of every kind: one with everything, one too small, one without a list of its people."""
    rng = np.random.default_rng(7)
    ids = [f"C{i:02}" for i in range(1, 10)]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FIELDS}
    for place, circle in enumerate(ids):
        small, unlisted = circle == "C04", circle == "C09"
        n = 3 if small else int(rng.integers(6, 12))
        rows["circles"].append({
            "circle": circle, "name": NAMES[place], "year": 2025, "members": None if unlisted else 13,
            "facilitators": None if unlisted else 1 + place % 2, "sessions": 6,
            "led_by": LED[place],
            "last": pd.Timestamp(2025, 6 + place % 5, 12)})  # fmt: skip
        rows["response"].append(response(circle, None if small else n, None if unlisted else 13))
        rows["response"].append(response(circle, 9, 12, year=2024, newest=False))
        for order, name in enumerate(QUESTIONS):
            count = None if small else int(rng.binomial(n, 0.35 + 0.08 * order))
            last = {} if small else {"before": BEFORE[order % 3], "before_wave": "2024"}
            last |= {"remark": REWORDED} if name == "pace" else {}
            scale = "trust" if name in TRUST else ""
            rows["items"].append(item(circle, name, count, n, order=order, scale=scale, **last))
            if small:
                rows["pooled"].append({"circle": circle, **SOURCE, "measure": name, "band": "most", "n": 14,
                                       "circles": 4})  # fmt: skip
        if not small:
            rows["items"].append({"circle": circle, **SOURCE, "measure": "trust", "kind": "scale", "order": 0,
                                  "band": "about half", "n": n})  # fmt: skip
        fall = range(12, 6, -1) if circle == "C01" else rng.integers(6, 13, 6)
        rows["sessions"] += [meeting(circle, month, int(came), None if unlisted else 13)
                             for month, came in zip(range(1, 12, 2), fall, strict=True)]  # fmt: skip
    for name in (*QUESTIONS, "trust"):
        rows["network"] += network(name, few=1, about_half=2, most=4, nearly_all=1)
    rows["sessions"][2]["note"] = "We talked long about time. Next time we start with it."
    of_first = {"circle": "C01", **SOURCE}
    rows["themes"] = [
        {**of_first, "theme": "time", "count": 5, "more": False, "commented": 7},
        {**of_first, "theme": "openness", "count": 3, "more": True, "commented": 7},
    ]
    rows["comments"] = [{**of_first, "text": text} for text in WRITTEN]
    return with_reviews(reviews(**rows), {**QUESTIONS, "trust": "Trust and safety"})


LED = ("P01", "P01;P02", "P03", "P01;P04", "P05", "P06;P05", "P07", "P08;P09", "")
NAMES = (
    "Circle of the First Hour",
    "Rural <b>mentors</b>",
    "North Shore",
    "Small circle",
    "\u00c9lan & Co",
    "Boards and volunteers across regions and kinds of organisation",
    "Health",
    "Schools",
    "Open circle",
)


def many(circles: int, items: int = 20, scales: int = 4) -> Publishable:
    """Circles by lot: last time's words, six sessions, a few themes and comments each."""
    rng = np.random.default_rng(11)
    ids = [f"K{i:05}" for i in range(circles)]
    n = rng.integers(5, 13, circles)
    counts = rng.binomial(n[:, None], 0.7, (circles, items))
    came = rng.integers(4, 12, (circles, 6))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FIELDS}
    for place, circle in enumerate(ids):
        k = int(n[place])
        of = {"circle": circle, **SOURCE}
        led = f"P{place % 300:04};P{(place + 7) % 300:04}"
        rows["circles"].append({"circle": circle, "name": f"Circle {circle}", "year": 2025, "members": k + 2,
                                "facilitators": 2, "led_by": led, "sessions": 6,
                                "last": pd.Timestamp(2025, 11, 12)})  # fmt: skip
        rows["response"].append(response(circle, k, k + 2))
        rows["items"] += [{**of, "measure": f"s{i}", "kind": "scale", "order": i, "band": "most", "n": k,
                           "before": "most", "before_wave": "2024"} for i in range(scales)]  # fmt: skip
        rows["items"] += [item(circle, f"q{i:02}", int(count), k, order=i, scale=f"s{i % scales}",
                               before=BEFORE[i % 3], before_wave="2024")
                          for i, count in enumerate(counts[place])]  # fmt: skip
        rows["sessions"] += [meeting(circle, 2 * i + 1, int(c), k + 2) for i, c in enumerate(came[place])]
        rows["themes"] += [{**of, "theme": theme, "count": 4, "more": False, "commented": 6}
                           for theme in ("time", "openness", "pace")]  # fmt: skip
        rows["comments"] += [{**of, "text": f"Comment {i}: more time, please."} for i in range(3)]
    told = frame("items", rows["items"]).groupby(["measure", "band"]).size().reset_index(name="circles")
    rows["network"] = [{**SOURCE, **{str(k): v for k, v in row.items()}} for row in told.to_dict("records")]
    words = {f"q{i:02}": f"Question {i} about what the circle gives and what it takes" for i in range(items)}
    return with_reviews(reviews(**rows), words | {f"s{i}": f"Scale {i}" for i in range(scales)})
