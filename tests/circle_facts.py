"""What is known about the answers to one question: who is alike, what circle pages say, what is published.

What couples questions (means of scales, alphas, correlations), people and waves (change of the same members)
is not modelled; of weighted shares no more than the unweighted ones say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.circles.answering import Fielding, fieldings
from ksn_research.analyse.circles.counts import asked
from ksn_research.disclose.circles import CircleReviews, bands
from ksn_research.prepared import Prepared
from ksn_research.results import slug

SILENT = ""  # no answer
PLACES = ("region", "type")
DIGITS = 6  # of a published number
Cell = tuple[frozenset[str], str, str]  # circles, region, type


@dataclass(frozen=True, eq=False)
class Asked:
    """One question of a wave as it was answered.

    options        the answers, the last `SILENT`
    up, opinion    which of them are favourable, and which are an opinion
    cells, counts  who is alike, and how many of them chose what: cells x options
    """

    source: str
    year: int
    wave: str
    measure: str
    options: tuple[str, ...]
    up: np.ndarray
    opinion: np.ndarray
    cells: tuple[Cell, ...]
    counts: np.ndarray

    @cached_property
    def circles(self) -> list[str]:
        return sorted(frozenset().union(*(cell[0] for cell in self.cells)))

    def of(self, circle: str) -> np.ndarray:
        """Which cells are of a circle."""
        return np.array([circle in cell[0] for cell in self.cells])

    def at(self, place: str, level: str) -> np.ndarray:
        """Which cells are in a region or of a type."""
        return np.array([cell[1 + PLACES.index(place)] == level for cell in self.cells])


@dataclass(frozen=True, eq=False)
class Fact:
    """Something known: the people of some cells (how often each counts) who chose one of some answers (what
    each counts) are `low` to `high`."""

    cells: np.ndarray
    weights: np.ndarray
    low: float
    high: float

    def holds(self, counts: np.ndarray) -> bool:
        return bool(self.low - 1e-6 <= self.cells @ counts @ self.weights <= self.high + 1e-6)


def questions(prepared: Prepared) -> Iterator[tuple[Fielding, Asked]]:
    """Every question on a circle page, as the whole network answered it."""
    for one in fieldings(prepared):
        cells = _cells(prepared, one)
        names = sorted(set(cells), key=lambda cell: (sorted(cell[0]), cell[1:]))
        code = pd.Series(cells).map({cell: place for place, cell in enumerate(names)}).to_numpy()
        for name, both in asked(one).items():
            offered = [choice.name for choice in one.instrument.questions[name].choices]
            options = (*offered, SILENT)
            given = one.network[name].astype(object).where(one.network[name].notna(), SILENT)
            chosen = given.map({option: place for place, option in enumerate(options)}).to_numpy(dtype=int)
            counts = np.zeros((len(names), len(options)), dtype=int)
            np.add.at(counts, (code, chosen), 1)
            others = {choice.name for choice in both.others}
            up = np.array([option in both.names for option in options])
            opinion = up | np.array([option in others for option in options])
            key = one.sample.key
            yield (
                one,
                Asked(
                    key["source"],
                    int(key["year"]),
                    key["wave"],
                    name,
                    options,
                    up,
                    opinion,
                    tuple(names),
                    counts,
                ),
            )


def _cells(prepared: Prepared, one: Fielding) -> list[Cell]:
    """Circles, region and type of each respondent of a wave, as the analyses have them."""
    answer = ["year", "wave", "row"]
    sits = one.sample.frame.astype({"circle": "str"}).groupby(answer, dropna=False)["circle"].agg(frozenset)
    keyed = one.network[answer].merge(sits.rename("circles").reset_index(), on=answer, how="left")
    circles = [each if isinstance(each, frozenset) else frozenset() for each in keyed["circles"]]
    region, type_ = (one.network[place].astype("str").fillna("").tolist() for place in PLACES)
    return list(zip(circles, region, type_, strict=True))


def words(asked_: Asked, reviews: CircleReviews) -> list[Fact]:
    """What the pages of all circles say of a question: how many answered it, and the word."""
    items = reviews.items
    here = items[
        (items["source"] == asked_.source)
        & (items["year"] == asked_.year)
        & (items["wave"] == asked_.wave)
        & (items["measure"] == asked_.measure)
        & (items["kind"] == "question")
        & (items["band"] != "")
    ]
    told = [
        said(asked_, asked_.of(str(line.circle)), int(line.n), int(line.low), int(line.high))
        for line in here.itertuples(index=False)
    ]
    return [fact for facts in (*told, _pooled(asked_, reviews)) for fact in facts]


def _pooled(asked_: Asked, reviews: CircleReviews) -> list[Fact]:
    """The word for all circles together that show none of their own."""
    pools = reviews.pooled
    here = pools[
        (pools["source"] == asked_.source)
        & (pools["year"] == asked_.year)
        & (pools["wave"] == asked_.wave)
        & (pools["measure"] == asked_.measure)
    ]
    if here.empty:
        return []
    n, word = int(here["n"].iloc[0]), here["band"].iloc[0]
    band = next(one for one in bands(n) if one.word == word)
    seats = np.sum([asked_.of(circle) for circle in here["circle"]], axis=0)
    return said(asked_, seats, n, band.low, band.high)


def said(asked_: Asked, seats: np.ndarray, n: int, low: int, high: int) -> list[Fact]:
    """One word on a page, of the people of these cells."""
    return [
        Fact(seats, asked_.opinion.astype(float), n, n),
        Fact(seats, asked_.up.astype(float), low, high),
    ]


def margins(asked_: Asked) -> list[Fact]:
    """How many chose each answer, in all, in each region and of each type: more than is ever published, since
    small cells are published nowhere. Means, top boxes and deviations of a question follow from it."""
    everybody = np.ones(len(asked_.cells), dtype=bool)
    groups = [everybody, *(asked_.at(p, x) for p in PLACES for x in _levels(asked_, p))]
    return [
        Fact(group, weight, count, count)
        for group in groups
        for weight, count in zip(np.eye(len(asked_.options)), asked_.counts[group].sum(axis=0), strict=True)
    ]


def published(asked_: Asked, one: Fielding, results: pd.DataFrame) -> list[Fact]:
    """What the public results say of a question: answers, shares and declared shares of all, by region and by
    type, to their published digits; of a small cell that it is one.

    results  of one study, as published
    """
    here = results[
        (results["source"] == asked_.source)
        & (results["year"] == asked_.year)
        & (results["wave"] == asked_.wave)
        & results["group"].isin(["", *PLACES])
    ]
    own = here[(here["measure"] == asked_.measure) & (here["analysis"] == "answers")]
    facts = [fact for row in own.itertuples(index=False) for fact in _of_answers(asked_, row)]
    for measure in one.instrument.measures.values():
        if measure.question == asked_.measure:
            rows = here[(here["measure"] == measure.name) & (here["analysis"] == "shares")]
            top = np.array([option in measure.choices for option in asked_.options])
            facts += [fact for row in rows.itertuples(index=False) for fact in _share(asked_, row, top)]
    return facts


def _of_answers(asked_: Asked, row: Any) -> list[Fact]:
    if row.statistic in ("answered", "answered_substantive"):
        some = asked_.opinion if row.statistic != "answered" else np.array(asked_.options) != SILENT
        low = row.estimate if row.status == "published" else 0
        high = row.estimate if row.status == "published" else np.inf
        return [Fact(_group(asked_, row), some.astype(float), low, high)]
    return _share(asked_, row, np.array([slug(option) == slug(row.category) for option in asked_.options]))


def _share(asked_: Asked, row: Any, chosen: np.ndarray) -> list[Fact]:
    group, weights = _group(asked_, row), chosen.astype(float)
    if row.status == "published":
        near = row.n * 10.0 ** (np.floor(np.log10(max(abs(row.estimate), 1e-9))) - DIGITS)
        return [Fact(group, weights, row.n * row.estimate - near, row.n * row.estimate + near)]
    if row.note.endswith("in the cell") and row.note.startswith("fewer"):
        return [Fact(group, weights, 1, int(row.note.split()[2]) - 1)]
    return []


def _group(asked_: Asked, row: Any) -> np.ndarray:
    if not row.group:
        return np.ones(len(asked_.cells), dtype=bool)
    return asked_.at(row.group, row.level)


def _levels(asked_: Asked, place: str) -> list[str]:
    return sorted({str(cell[1 + PLACES.index(place)]) for cell in asked_.cells})
