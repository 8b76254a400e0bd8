"""Who a statistic rests on: groups of rows, distinct people and distinct organisations in each.

Every analysis of people counts in the same three steps: which level each row belongs to (`groupings`),
whom each row stands for (`person_codes`, `organisation_codes`), how many of them stand in each cell
(`distinct`). Nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.plan import Wave
from ksn_research.results import Row

NOT_KNOWN = "not known"  # a level of its own, so that levels add up to the whole and nobody is lost silently

MANY = 50_000_000  # cells x values up to which a table of marks is used


@dataclass(frozen=True)
class Grouping:
    """One way of dividing rows: `codes` says for each row the position of its level."""

    group: str
    levels: tuple[str, ...]
    codes: np.ndarray


@dataclass(frozen=True)
class Sample:
    """The respondents of one wave of one source, ready to be counted.

    frame          one row per respondent
    key            year, wave and source of the rows made from it
    person         a code per row, the same for the same person
    organisation   a code per row (-1 not known), or None where no organisation is known at all
    groupings      the whole sample first
    """

    frame: pd.DataFrame
    key: Mapping[str, Any]
    person: np.ndarray
    organisation: np.ndarray | None
    groupings: tuple[Grouping, ...] = field(default_factory=tuple)

    def row(self, **values: Any) -> Row:
        """A result of this wave and source."""
        return Row(**{**self.key, **values})

    def support(self, grouping: Grouping, mask: np.ndarray) -> list[dict[str, int | None]]:
        """For each level, the distinct people and organisations among the rows of `mask`."""
        cells, size = np.where(mask, grouping.codes, -1), len(grouping.levels)
        people = distinct(cells, self.person, size)
        if self.organisation is None:
            return [{"people": int(n), "organisations": None} for n in people]
        known = distinct(cells, self.organisation, size)
        return [{"people": int(n), "organisations": int(m)} for n, m in zip(people, known, strict=True)]


def sample(
    frame: pd.DataFrame,
    *,
    source: str,
    year: int | None,
    wave: str = "",
    by: Sequence[str] = ("region", "type"),
) -> Sample:
    """Rows with `member`, `organisation` and the columns in `by` (each may be missing) as a Sample."""
    return Sample(
        frame,
        {"source": source, "year": year, "wave": wave},
        person_codes(frame),
        organisation_codes(frame),
        groupings(frame, by),
    )


def groupings(frame: pd.DataFrame, by: Sequence[str] = ("region", "type")) -> tuple[Grouping, ...]:
    """The whole, then one grouping per column that is known for anybody; missing is the level "not known".

    >>> [g.levels for g in groupings(pd.DataFrame({"region": ["West", None, "East"]}), ["region", "type"])]
    [('',), ('East', 'West', 'not known')]
    """
    whole = Grouping("", ("",), np.zeros(len(frame), dtype=int))
    return whole, *(_by(frame[name], name) for name in by if name in frame and frame[name].notna().any())


def _by(column: pd.Series, name: str) -> Grouping:
    codes, levels = pd.factorize(column, sort=True)
    names = [str(level) for level in levels]
    if (codes < 0).any():
        codes, names = np.where(codes < 0, len(names), codes), [*names, NOT_KNOWN]
    return Grouping(name, tuple(names), codes)


def person_codes(frame: pd.DataFrame) -> np.ndarray:
    """A code per row, equal for the same `member`; a row without one stands for a person of its own."""
    if "member" not in frame:
        return np.arange(len(frame))
    codes, known = pd.factorize(frame["member"])
    return np.where(codes < 0, len(known) + np.arange(len(frame)), codes)


def organisation_codes(frame: pd.DataFrame) -> np.ndarray | None:
    """A code per row, -1 where its organisation is not known; None where none is."""
    if "organisation" not in frame or not frame["organisation"].notna().any():
        return None
    return np.asarray(pd.factorize(frame["organisation"])[0])


def distinct(cells: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """How many distinct values stand in each of `size` cells; negative cells and values are left out.

    >>> distinct(np.array([0, 0, 1, -1]), np.array([7, 7, 7, 8]), 2).tolist()
    [1, 1]
    """
    keep = (cells >= 0) & (values >= 0)
    if not keep.any():
        return np.zeros(size, dtype=int)
    width = int(values[keep].max()) + 1
    pairs = cells[keep].astype(np.int64) * width + values[keep]
    if size * width > MANY:
        return np.bincount(np.unique(pairs) // width, minlength=size)
    # Marking a table is linear and needs no sort; it fits unless there are very many cells and people.
    seen = np.zeros(size * width, dtype=bool)
    seen[pairs] = True
    return np.asarray(seen.reshape(size, width).sum(axis=1))


def largest_two(person: np.ndarray) -> dict[str, float]:
    """How many rows the two people with most rows have, as disclosure control must know of a sum of rows.

    >>> largest_two(np.array([4, 4, 4, 7, 9]))
    {'largest': 3.0, 'second': 1.0}
    """
    most = np.sort(np.bincount(person[person >= 0], minlength=2))[::-1]
    return {"largest": float(most[0]), "second": float(most[1])}


def number(value: Any) -> float | None:
    """A float, or None for a missing or infinite one."""
    return float(value) if value is not None and np.isfinite(value) else None


def whole_part(found: Mapping[tuple[str, str], Row], grouping: Grouping) -> tuple[str, ...]:
    """The id of the whole-sample row among `found`, for a row of a level; empty for the whole itself."""
    return (found["", ""].id,) if grouping.group and ("", "") in found else ()


def of_year(frame: pd.DataFrame, year: int | None) -> pd.DataFrame:
    """Rows of a year; for None, and for a table without years, the rows of no year."""
    if "year" not in frame:
        return frame
    missing = frame["year"].isna()
    chosen = missing if year is None else (frame["year"] == year).fillna(False)
    return frame[chosen if chosen.any() else missing]


def years(frame: pd.DataFrame, until: int, newest: int = 2) -> list[int | None]:
    """The newest years of a table not after `until`, oldest first; [None] for a table of no year."""
    if frame.empty:
        return []
    known = sorted({int(year) for year in frame["year"].dropna()})
    within: list[int | None] = [year for year in known if year <= until]
    return within[-newest:] or ([] if known else [None])


def of_wave(responses: pd.DataFrame, wave: Wave) -> pd.DataFrame:
    """The answers of one wave, with a fresh index."""
    chosen = of_year(responses, wave.year)
    return chosen[chosen["wave"].fillna("") == wave.name].reset_index(drop=True)


def with_circles(answers: pd.DataFrame, circles: pd.DataFrame, year: int | None) -> pd.DataFrame:
    """Answers with a circle: as given in the survey, or by membership, one row per respondent and circle.
    Answers of nobody's circle are left out."""
    if "circle" in answers and answers["circle"].notna().any():
        return answers[answers["circle"].notna()].reset_index(drop=True)
    if "member" not in answers or circles.empty:
        return answers.iloc[:0]
    seats = of_year(circles, year)[["member", "circle"]].drop_duplicates()
    return answers.drop(columns="circle", errors="ignore").merge(seats, on="member", how="inner")


def members(frame: pd.DataFrame) -> pd.Series:
    """The member column, or one of missing values where the table has none."""
    return frame["member"] if "member" in frame else pd.Series(pd.NA, index=frame.index, dtype="str")
