"""Give and take: what people bring to a session, and whether they take something away.

Imports `attendance`, `declared` and `ratings` (its clustered interval); uses `survey.groups` and
`survey.estimation`. One sheet is what one person said of one session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import everyone
from ksn_research.analyse.engagement.declared import Asked
from ksn_research.analyse.engagement.ratings import clustered_interval
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import Sample, of_year, sample
from ksn_research.results import Row

BROUGHT, TOOK, BOTH = "brought", "took away", "both"
CLUSTERED = "t interval, standard error clustered by person"
SHEETS = "share of sheets (one person at one session) that say so, of those that answer"
BALANCE = (
    "share of sheets that say that something was taken away less the share that say that something was "
    f"brought, of sheets that answer both; {CLUSTERED}"
)
EVER = "share of people who said so on at least one of their sheets; Wilson interval"
SESSIONS = "share of sessions of which at least one sheet says so; a full record, no interval"


def exchange_rows(asked: Asked) -> Iterator[Row]:
    """Rows of one kind of session sheet in one year: shares of sheets, people and sessions that bring, take
    away, do both, one only or neither; what is brought; the balance."""
    frame = asked.records("source")
    counted = _sample(asked, frame)
    nothing = {str(word).casefold() for word in asked.told["nothing"]}
    brought, took = (given(frame[asked.told[option]], nothing) for option in (BROUGHT, "took_away"))
    answered = ~np.isnan(brought + took)
    yield from _shares(asked, counted, BROUGHT, brought)
    yield from _shares(asked, counted, TOOK, took)
    both = np.where(answered, brought * took, np.nan)
    yield from _shares(asked, counted, BOTH, both)
    kinds = {
        "only brought": brought * (1 - took),
        "only took away": (1 - brought) * took,
        "neither": (1 - brought) * (1 - took),
    }
    for name, values in kinds.items():
        yield _sheets(counted, asked, name, np.where(answered, values, np.nan))
    words = frame[asked.told[BROUGHT]].astype("str")
    for word in sorted(words[brought == 1].unique()):
        values = np.where(np.isnan(brought), np.nan, (words == word).to_numpy(dtype=float))
        yield _sheets(counted, asked, f"{BROUGHT}: {word}", values)
    yield _balance(asked, counted, took - brought)


def given(column: pd.Series, nothing: set[str]) -> np.ndarray:
    """Per sheet 1 where the cell names something, 0 where it holds a word for nothing, nan where it is empty.

    >>> given(pd.Series(["a tool", "Nothing", None]), {"nothing"}).tolist()
    [1.0, 0.0, nan]
    """
    words = column.astype("str").str.strip().str.casefold()
    empty = words.isna() | (words == "")
    return np.where(empty, np.nan, (~words.isin(nothing)).astype(float))


def _sample(asked: Asked, frame: pd.DataFrame) -> Sample:
    """The sheets with the organisation of each person, of the roster of the year."""
    people = of_year(asked.prepared.people, asked.year).drop_duplicates("member")
    home = frame["member"].map(people.set_index("member")["organisation"])
    return sample(frame.assign(organisation=home), source=asked.source, year=asked.year, by=())


def _kept(counted: Sample, keep: np.ndarray) -> Sample:
    frame = counted.frame[keep]
    return sample(frame, source=str(counted.key["source"]), year=counted.key["year"], by=())


def _shares(asked: Asked, counted: Sample, name: str, values: np.ndarray) -> Iterator[Row]:
    """Of sheets, of people, of sessions."""
    yield _sheets(counted, asked, name, values)
    if np.isnan(values).all():
        return
    kept, yes = _kept(counted, ~np.isnan(values)), values[~np.isnan(values)]
    ever = np.zeros(int(kept.person.max()) + 1)
    np.maximum.at(ever, kept.person, yes)
    count, n = int(ever[np.unique(kept.person)].sum()), len(np.unique(kept.person))
    low, high = wilson(count, n)
    base: dict[str, Any] = {**_named(asked, name), **everyone(kept)}
    # A cell of its own: that all but a few ever did so must not hide what is said sheet by sheet.
    apart = {**base, "category": f"{name} at least once"}
    yield kept.row(statistic="people_share", estimate=count / n, ci_low=low, ci_high=high, n=n, unit="people",
                   count=count, binary=True, method=EVER, **apart)  # fmt: skip
    if "event" in kept.frame:
        sessions = pd.Series(yes).groupby(kept.frame["event"].to_numpy()).max()
        yield kept.row(statistic="sessions_share", estimate=float(sessions.mean()), n=len(sessions),
                       unit="events", method=SESSIONS, **base)  # fmt: skip


def _sheets(counted: Sample, asked: Asked, name: str, values: np.ndarray) -> Row:
    kept, yes = _kept(counted, ~np.isnan(values)), values[~np.isnan(values)]
    fields: dict[str, Any] = {**_named(asked, name), "statistic": "share", "n": len(yes), "unit": "answers",
                              "method": f"{SHEETS}; {CLUSTERED}", **everyone(kept)}  # fmt: skip
    return _mean(kept, yes, fields, 0.0, len(np.unique(kept.person[yes == 1])))


def _balance(asked: Asked, counted: Sample, values: np.ndarray) -> Row:
    kept, known = _kept(counted, ~np.isnan(values)), values[~np.isnan(values)]
    fields: dict[str, Any] = {**_named(asked, ""), "statistic": "balance", "n": len(known), "unit": "answers",
                              "method": BALANCE, **everyone(kept)}  # fmt: skip
    return _mean(kept, known, fields, -1.0, None)


def _mean(kept: Sample, values: np.ndarray, fields: dict[str, Any], least: float, count: int | None) -> Row:
    if not len(values):
        return kept.row(estimate=None, status="undefined", note="no sheet answers", **fields)
    se, low, high = clustered_interval(values, kept.person)
    if not np.isfinite(se) or se == 0:
        note = "one person answered: no interval" if not np.isfinite(se) else "no variation: no interval"
        return kept.row(estimate=float(values.mean()), note=note, count=count, **fields)
    return kept.row(
        estimate=float(values.mean()), se=se, ci_low=max(least, low), ci_high=min(1.0, high), count=count,
        **fields,
    )  # fmt: skip


def _named(asked: Asked, category: str) -> dict[str, Any]:
    return {"analysis": asked.analysis.kind, "measure": asked.analysis.name, "category": category}
