"""Random small studies whose tables are linked, in two editions: what disclosure control is tried on.

A study is one set of people with a region, a type, an answer to one question and perhaps a score. Two to four
tables are made of them, as the analyses of surveys make them (the same ids, totals and supports). The second
edition makes the tables of the first year again, with a few late answers or without a few that were
withdrawn, and those of a second year beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.results import Row

SOURCE, QUESTION, TOP, SCALE = "survey", "valuable", "high", "trust"
DONT_KNOW, SILENT = "dont_know", ""
LOW, HIGH = 1.0, 5.0  # of the score
TABLES = ("region x answer", "type x answer", "region x type", "top share", "mean by region")
YEARS = (2024, 2025)


@dataclass(frozen=True, eq=False)
class Study:
    """A random study.

    people   one row a person: year, region, type, answer ("" of who gave none), score (NaN likewise), first
             and second: whether the person is in the first and in the second edition
    tables   which of `TABLES` are published
    options  the answers that are opinions; the top ones are summed in the top share
    """

    seed: int
    people: pd.DataFrame
    tables: tuple[str, ...]
    options: tuple[str, ...]

    @property
    def top(self) -> tuple[str, ...]:
        return self.options[-2:]

    def edition(self, name: str) -> list[Row]:
        """The rows of the edition "first" (the first year alone) or "second" (both years)."""
        years = YEARS[:1] if name == "first" else YEARS
        known = self.people[self.people[name]]
        return [row for year in years for row in self._rows(known[known["year"] == year], year)]

    def _rows(self, people: pd.DataFrame, year: int) -> Iterator[Row]:
        groups = [("", ""), *((g, x) for g in ("region", "type") for x in sorted(self.people[g].unique()))]
        for group, level in groups:
            own = people if not group else people[people[group] == level]
            if not group or f"{group} x answer" in self.tables:
                yield from self._answers(own, year, group, level)
            if "top share" in self.tables and group != "type":
                yield from self._top(own, year, group, level)
            if "mean by region" in self.tables and group != "type":
                yield from self._mean(own, year, group, level)
        if "region x type" in self.tables:
            yield from self._crossed(people, year)

    def _answers(self, own: pd.DataFrame, year: int, group: str, level: str) -> Iterator[Row]:
        """How many answered, and the share of each answer of them, don't-know included; of the whole also how
        many have an opinion, and the shares among them."""
        answered, opinions = own[own["answer"] != SILENT], self._opinions(own)
        place = {"year": year, "analysis": "answers", "measure": QUESTION, "group": group, "level": level}
        every = id_of(**{**place, "group": "", "level": ""}, statistic="answered")
        yield counted({**place, "statistic": "answered"}, len(answered), *((every,) if group else ()))
        if not group:
            yield counted({**place, "statistic": "answered_substantive"}, opinions)
        for option in (*self.options, DONT_KNOW) if len(answered) else ():
            yield self._answer(place, option, answered, opinions)
        for option in self.options if opinions and not group else ():
            count = int((own["answer"] == option).sum())
            above = id_of(**place, statistic="answered_substantive")
            yield row(**place, category=option, statistic="share_substantive", estimate=count / opinions,
                      n=opinions, count=count, people=opinions, parents=(above,))  # fmt: skip

    def _answer(self, place: dict[str, Any], option: str, answered: pd.DataFrame, opinions: int) -> Row:
        """One answer's share: a part of who answered (of the whole: of who has an opinion), of the same
        answer of the whole, and of the top share. Don't-know is item nonresponse: no cell of its own."""
        count, n = int((answered["answer"] == option).sum()), len(answered)
        whole = {**place, "group": "", "level": ""}
        based = "answered" if place["group"] else "answered_substantive"
        parents = [id_of(**place, statistic=based)] if place["group"] or option != DONT_KNOW else []
        parents += [id_of(**whole, category=option, statistic="share")] if place["group"] else []
        if option in self.top and "top share" in self.tables and place["group"] != "type" and opinions:
            parents.append(id_of(**{**place, "analysis": "shares", "measure": TOP}, statistic="share"))
        return row(**place, category=option, statistic="share", estimate=count / n, n=n, people=n,
                   count=None if option == DONT_KNOW else count, parents=tuple(parents))  # fmt: skip

    def _opinions(self, own: pd.DataFrame) -> int:
        return int(own["answer"].isin(self.options).sum())

    def _top(self, own: pd.DataFrame, year: int, group: str, level: str) -> Iterator[Row]:
        """The share of the two top answers among those with an opinion."""
        n, count = self._opinions(own), int(own["answer"].isin(self.top).sum())
        place = {"year": year, "analysis": "shares", "measure": TOP, "statistic": "share"}
        above = (id_of(**place),) if group else ()
        if n:
            yield row(**place, group=group, level=level, estimate=count / n, n=n, count=count, people=n,
                      binary=True, parents=above)  # fmt: skip

    def _mean(self, own: pd.DataFrame, year: int, group: str, level: str) -> Iterator[Row]:
        scores = own["score"].dropna()
        place = {"year": year, "analysis": "scales", "measure": SCALE, "statistic": "mean"}
        above = (id_of(**place),) if group else ()
        if len(scores):
            yield row(**place, group=group, level=level, estimate=float(scores.mean()), n=len(scores),
                      people=len(scores), low=LOW, high=HIGH, parents=above)  # fmt: skip

    def _crossed(self, people: pd.DataFrame, year: int) -> Iterator[Row]:
        """How many took part, by region and type, with both margins."""
        place = {"year": year, "analysis": "response", "measure": "response", "statistic": "respondents"}
        regions, types = (sorted(self.people[g].unique()) for g in ("region", "type"))
        every = id_of(**place)
        yield counted(place, len(people))
        for region in regions:
            yield counted({**place, "group": "region", "level": region}, _sized(people, region), every)
        for kind in types:
            own = int((people["type"] == kind).sum())
            yield counted({**place, "group": "type", "level": kind}, own, every)
        for region in regions:
            for kind in types:
                margins = (
                    id_of(**place, group="region", level=region),
                    id_of(**place, group="type", level=kind),
                )
                own = int(((people["region"] == region) & (people["type"] == kind)).sum())
                crossed = {**place, "group": "region and type", "level": f"{region}, {kind}"}
                yield counted(crossed, own, *margins)


def _sized(people: pd.DataFrame, region: str) -> int:
    return int((people["region"] == region).sum())


def counted(place: dict[str, Any], count: int, *parents: str) -> Row:
    return row(**place, estimate=float(count), n=count, count=count, people=count, parents=parents)


def row(**given: Any) -> Row:
    return Row(**{"source": SOURCE, "unit": "people", "method": "counted", **given})


def id_of(**given: Any) -> str:
    """The id of the row at a place."""
    return row(**{"estimate": None, "n": None, **given}).id


def study(seed: int) -> Study:
    """The random study of a seed: 20 to 300 people a year, 2 to 5 regions, 2 to 4 types, 3 to 5 answers."""
    rng = np.random.default_rng([8, seed])
    regions, types, options = (int(rng.integers(2, most + 1)) for most in (5, 4, 4))
    names = tuple(str(k) for k in range(1, options + 2))
    tables = rng.choice(len(TABLES), size=int(rng.integers(2, 5)), replace=False)
    frames = [
        _people(rng, int(rng.integers(20, 301)), regions, types, names).assign(year=year) for year in YEARS
    ]
    frames[0] = _changed(frames[0], rng)
    people = pd.concat(frames, ignore_index=True)
    return Study(seed, people, tuple(TABLES[k] for k in sorted(tables)), names)


def _people(
    rng: np.random.Generator, size: int, regions: int, types: int, options: tuple[str, ...]
) -> pd.DataFrame:
    """Uneven regions and types; answers that differ between regions: some cells are small or empty."""
    every = (*options, DONT_KNOW, SILENT)
    region = rng.choice(regions, size=size, p=rng.dirichlet(np.full(regions, 1.5)))
    kind = rng.choice(types, size=size, p=rng.dirichlet(np.full(types, 1.5)))
    odds = np.column_stack(
        [
            rng.dirichlet(np.full(len(options), 0.8), size=regions) * 0.9,
            np.tile([0.06, 0.04], (regions, 1)),
        ]
    )
    answer = [every[rng.choice(len(every), p=odds[r])] for r in region]
    score = np.round(rng.uniform(LOW, HIGH, size) * 4) / 4
    return pd.DataFrame(
        {
            "region": [f"Region {r + 1}" for r in region],
            "type": [f"Type {k + 1}" for k in kind],
            "answer": answer,
            "score": np.where(rng.random(size) < 0.1, np.nan, score),
            "first": True,
            "second": True,
        }
    )


def _changed(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """None to eight people who answered late (only the second edition has them) or were withdrawn."""
    some = rng.choice(len(people), size=int(rng.integers(0, 9)), replace=False)
    lost = "second" if rng.random() < 0.3 else "first"
    return people.assign(**{lost: ~people.index.isin(some)})
