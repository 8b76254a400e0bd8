"""Which themes meet: pairs of codes in one interview, and in one paragraph of it.

Explorative: no tests. Imports `cases`, `presence` and `themes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews.cases import column, counted
from ksn_research.analyse.interviews.presence import presence
from ksn_research.analyse.interviews.themes import OF, support
from ksn_research.results import Row

FEWEST = 5  # a code in fewer interviews has no pair that may be told
MOST = 60  # the codes in most interviews: 1,770 pairs
MEET = f"interviews that hold both codes, {OF}"
JACCARD = "interviews that hold both codes / interviews that hold either (Jaccard 1901)"
EXPECTED = "interviews that would hold both if the codes were independent: a * b / N"
PARAGRAPHS_EXPECTED = "paragraphs of both if the codes were independent within each interview"


def co_occurrence(
    segments: pd.DataFrame, interviews: pd.DataFrame, *, source: str, year: int | None
) -> list[Row]:
    """Pairs of codes that meet in an interview, and in a paragraph where paragraphs are known.

    segments    interview, code and, where known, unit and unit_last (first and last paragraph)
    interviews  interview, coders, withdrawn and, where known, units (number of paragraphs)

    Measure and category are the two codes in the alphabet's order. Analysis "co_occurrence": count
    (interviews that hold both, n = N), jaccard, expected (a * b / N). Analysis
    "co_occurrence_in_paragraphs", over the n interviews in which the place of every passage is known: count
    (interviews in which both touch one paragraph), paragraphs, expected (paragraphs, summed over interviews:
    a_i * b_i / paragraphs_i), jaccard.

    Pairs of codes in at least `FEWEST` interviews each (that share a paragraph in as many), of the `MOST`
    most frequent. Not exempt from disclosure: who is known to have said the one would be known to have said
    the other.
    """
    held = counted(segments, interviews)
    table = presence(segments, held)
    often = table.sum().pipe(lambda n: n[n >= FEWEST]).sort_values(ascending=False, kind="stable")
    table = table[sorted(often.index[:MOST])]
    base = {"source": source, "year": year, "analysis": "co_occurrence", "unit": "interviews"}
    spread = _paragraphs(segments, held, table.columns)
    whole = {**base, **support(held)}
    return [*_in_interviews(table, whole), *_in_paragraphs(spread, table.columns, base)]


def co_occurrence_table(segments: pd.DataFrame, interviews: pd.DataFrame) -> pd.DataFrame:
    """Codes by codes: how many interviews hold both; on the diagonal, how many hold the code. Internal:
    small cells are in it."""
    table = presence(segments, counted(segments, interviews))
    return pd.DataFrame(_met(table.to_numpy()), index=table.columns, columns=table.columns).rename_axis(
        columns=None
    )


def _met(present: np.ndarray) -> np.ndarray:
    # Products of whole numbers in float64 are exact, and many times faster than in integers.
    return np.rint(present.T.astype(float) @ present.astype(float)).astype(np.int64)


def _pairs(codes: pd.Index) -> Iterator[tuple[int, int, dict[str, str]]]:
    for (i, one), (j, other) in combinations(enumerate(codes), 2):
        yield i, j, {"measure": str(one), "category": str(other)}


def _in_interviews(table: pd.DataFrame, base: dict[str, Any]) -> Iterator[Row]:
    n, met = len(table), _met(table.to_numpy())
    own = np.diag(met)
    for i, j, pair in _pairs(table.columns):
        both, either = int(met[i, j]), int(own[i] + own[j] - met[i, j])
        shared = {**base, **pair, "n": n, "count": both, "binary": True}
        yield Row(statistic="count", estimate=float(both), method=MEET, **shared)
        yield Row(statistic="jaccard", estimate=both / either, method=JACCARD, **shared)
        yield Row(statistic="expected", estimate=float(own[i] * own[j] / n), method=EXPECTED, **shared)


@dataclass(frozen=True)
class _Spread:
    """Paragraphs by codes, of the interviews in which the place of every passage is known; their own rows of
    `held`, where the paragraphs of each begin, and how many they are."""

    table: np.ndarray
    held: pd.DataFrame
    starts: np.ndarray
    units: np.ndarray


def _paragraphs(segments: pd.DataFrame, held: pd.DataFrame, codes: pd.Index) -> _Spread | None:
    coded = segments[segments["interview"].isin(held["interview"])]
    lost = coded.loc[column(coded, "unit", pd.NA).isna(), "interview"]
    units = column(held, "units", pd.NA).astype("Int64")
    known = held[(units.fillna(0) > 0) & ~held["interview"].isin(lost)]
    if known.empty:
        return None
    lengths = units[known.index].to_numpy(dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    table = np.zeros((lengths.sum(), len(codes)), dtype=bool)
    inside = coded[coded["interview"].isin(known["interview"]) & coded["code"].isin(codes)]
    place = pd.Index(known["interview"]).get_indexer(pd.Index(inside["interview"]))
    row, passage = _touched(inside, lengths[place])
    table[starts[place][passage] + row, codes.get_indexer(pd.Index(inside["code"]))[passage]] = True
    return _Spread(table, known, starts, lengths)


def _touched(passages: pd.DataFrame, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every paragraph that a passage touches, and which passage it is; none past the end of its interview."""
    first = passages["unit"].to_numpy(dtype=np.int64)
    until = column(passages, "unit_last", pd.NA).astype("Int64").fillna(passages["unit"])
    last = np.minimum(np.maximum(until.to_numpy(dtype=np.int64), first), lengths - 1)
    long = np.maximum(last - first + 1, 0)
    passage = np.repeat(np.arange(len(passages)), long)
    return first[passage] + np.arange(long.sum()) - (np.cumsum(long) - long)[passage], passage


def _in_paragraphs(spread: _Spread | None, codes: pd.Index, base: dict[str, Any]) -> Iterator[Row]:
    if spread is None or len(codes) < 2:
        return
    held, n = spread.held, len(spread.held)
    each = np.stack([_met(part) for part in np.split(spread.table, spread.starts[1:])])
    same, met = (each > 0).sum(axis=0), each.sum(axis=0)
    own = np.diagonal(each, axis1=1, axis2=2).astype(float)
    expected = own.T @ (own / spread.units[:, None])
    of = f"of {len(spread.table)} paragraphs of the {n} interviews that know the place of every passage"
    base = {**base, "analysis": "co_occurrence_in_paragraphs", "n": n, **support(held)}
    for i, j, pair in _pairs(codes):
        if same[i, j] < FEWEST:
            continue
        both, either = int(met[i, j]), int(met[i, i] + met[j, j] - met[i, j])
        shared = {**base, **pair, "count": int(same[i, j]), "binary": True}
        told = {
            "count": (float(same[i, j]), "interviews in which passages of both codes touch one paragraph"),
            "paragraphs": (float(both), f"paragraphs that passages of both codes touch, {of}"),
            "expected": (float(expected[i, j]), f"{PARAGRAPHS_EXPECTED}, {of}"),
            "jaccard": (both / either, f"paragraphs of both / of either code, {of}"),
        }
        for statistic, (value, method) in told.items():
            yield Row(statistic=statistic, estimate=value, method=method, **shared)
