"""The results frame: one row per statistic, the same columns everywhere.

Analyses return `Row`s, `collect` makes the frames, disclosure decides what of them may be shown, and
tables, figures, sentences and the published `results.csv` all read the same frame, so that no number
of a report exists in two places. Estimates are kept as computed (proportions as fractions); formatting
is the business of `render`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import pandas as pd

COLUMNS: dict[str, str] = {
    "id": "str",
    "year": "Int64",
    "wave": "str",
    "source": "str",
    "analysis": "str",
    "measure": "str",
    "category": "str",
    "group": "str",
    "level": "str",
    "statistic": "str",
    "estimate": "float64",
    "se": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "n": "Int64",
    "unit": "str",
    "population": "Int64",
    "p": "float64",
    "p_adjusted": "float64",
    "method": "str",
    "status": "str",
    "note": "str",
}
KEY = ["year", "wave", "source", "analysis", "measure", "category", "group", "level", "statistic"]
SUPPORT = {
    "people": "Int64",
    "organisations": "Int64",
    "count": "Int64",
    "binary": "bool",
    "exempt": "str",
    "low": "float64",
    "high": "float64",
    "largest": "float64",
    "second": "float64",
}
STATUSES = ("published", "suppressed", "undefined", "not comparable")
UNITS = (
    "people",
    "organisations",
    "circles",
    "dyads",
    "ties",
    "triples",
    "names",
    "respondents",
    "interviews",
    "segments",
    "decisions",
    "events",
    "answers",
    "rows",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One statistic, and what disclosure control must know about it.

    The fields up to `note` are the columns of the results frame (`id` is derived). A missing number is
    None; `status` "undefined" or "not comparable" always comes with a `note` saying why in words.

    people, organisations  distinct people and organisations the statistic rests on. None only where the
                           statistic is about neither (rows of a file) or the study knows no organisations.
    count                  distinct people in the cell itself, for a share or a count; None for a mean.
    binary                 True where the complement (people - count) is as telling as the cell: a top-box
                           share, one option of a select-multiple question.
    exempt                 why the small-cell rule does not apply, in words; empty where it does.
    low, high              the least and the most that one person's value can be, for a mean of answers.
    largest, second        the two largest contributions of one person to a sum.
    parents                ids of rows of which this one is a part, for the disclosure audit.
    """

    year: int | None
    source: str
    analysis: str
    measure: str
    statistic: str
    estimate: float | None
    n: int | None
    unit: str
    method: str
    wave: str = ""
    category: str = ""
    group: str = ""
    level: str = ""
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    population: int | None = None
    p: float | None = None
    p_adjusted: float | None = None
    status: str = "published"
    note: str = ""
    people: int | None = None
    organisations: int | None = None
    count: int | None = None
    binary: bool = False
    exempt: str = ""
    low: float | None = None
    high: float | None = None
    largest: float | None = None
    second: float | None = None
    parents: tuple[str, ...] = ()

    @cached_property
    def id(self) -> str:
        """The readable key, see `result_id`."""
        return result_id(**{name: getattr(self, name) for name in KEY})


@dataclass(frozen=True)
class Evidence:
    """All that the analyses of one edition found, before disclosure control.

    results  one row per statistic, columns `COLUMNS`, sorted by `KEY`
    totals   (parent, child): ids of rows that add up
    support  per id: columns `SUPPORT` (see `Row`)
    curves   typed tables behind curves and maps, by name; their columns are given where they are made
    """

    results: pd.DataFrame
    totals: pd.DataFrame
    support: pd.DataFrame
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def result_id(
    *,
    year: int | None,
    wave: str,
    source: str,
    analysis: str,
    measure: str,
    category: str,
    group: str,
    level: str,
    statistic: str,
) -> str:
    """The readable key of a result.

    >>> result_id(year=2025, wave="", source="member_survey", analysis="scales", measure="trust",
    ...           category="", group="region", level="Cape & Islands", statistic="mean")
    '2025.member_survey.scales.trust@region=cape_islands.mean'
    """
    when = "undated" if year is None or pd.isna(year) else str(int(year))
    when += f"-{slug(wave)}" if wave else ""
    what = slug(measure) + (f"[{slug(category)}]" if category else "")
    whom = f"@{slug(group)}={slug(level)}" if group else ""
    return f"{when}.{slug(source)}.{slug(analysis)}.{what}{whom}.{slug(statistic)}"


@cache
def slug(text: str) -> str:
    """Lower case, letters and digits of any script kept, anything else one underscore.

    >>> slug("More than 10,000")
    'more_than_10_000'
    """
    return re.sub(r"[\W_]+", "_", str(text).lower()).strip("_")


def collect(rows: Iterable[Row], curves: Mapping[str, pd.DataFrame] | None = None) -> Evidence:
    """Frames from rows: built, checked, sorted.

    Raises ValueError when two rows have one id, a status or a unit is unknown, or an undefined
    statistic does not say why: those are defects of an analysis, not of a study.
    """
    kept = sorted(rows, key=lambda row: row.id)
    results = _typed([{**_values(row, list(COLUMNS)[1:]), "id": row.id} for row in kept], COLUMNS)
    support = _typed([{**_values(row, SUPPORT), "id": row.id} for row in kept], {"id": "str", **SUPPORT})
    pairs = [(parent, row.id) for row in kept for parent in row.parents]
    totals = pd.DataFrame(pairs, columns=["parent", "child"], dtype="str")
    check(results)
    return Evidence(sort(results), totals, support.set_index("id"), dict(curves or {}))


def check(results: pd.DataFrame) -> None:
    """Raise ValueError unless the frame keeps the contract of this module."""
    if list(results.columns) != list(COLUMNS):
        raise ValueError(f"columns are {list(results.columns)}")
    twice = results.loc[results["id"].duplicated(), "id"]
    if len(twice):
        raise ValueError(f"{len(twice)} result ids are not unique, first {twice.iloc[0]}")
    for column, allowed in (("status", STATUSES), ("unit", UNITS)):
        odd = sorted(set(results[column]) - set(allowed))
        if odd:
            raise ValueError(f"unknown {column} {odd}")
    unsaid = results["status"].isin(["undefined", "not comparable"]) & (results["note"] == "")
    if unsaid.any():
        raise ValueError(f"{results.loc[unsaid, 'id'].iloc[0]} does not say why it is undefined")


def sort(results: pd.DataFrame) -> pd.DataFrame:
    """The one order of a results frame: by its key."""
    return results.sort_values([*KEY, "id"], kind="stable", na_position="first").reset_index(drop=True)


def empty() -> pd.DataFrame:
    """A results frame with no rows."""
    return _typed([], COLUMNS)


def find(results: pd.DataFrame, **wanted: str | int | Sequence[str] | Sequence[int] | None) -> pd.DataFrame:
    """Rows whose columns equal the wanted values; a sequence means any of them.

    >>> find(empty(), measure="trust").empty
    True
    """
    mask = pd.Series(True, index=results.index)
    for column, value in wanted.items():
        if value is None:
            mask &= results[column].isna()
        elif isinstance(value, str | int):
            mask &= results[column] == value
        else:
            mask &= results[column].isin(list(value))
    return results[mask.fillna(False).astype(bool)]


def _values(row: Row, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def _typed(records: list[dict[str, object]], types: Mapping[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(records, columns=list(types), dtype=object)
    for name, kind in types.items():
        column = frame[name].fillna("") if kind == "str" else frame[name]
        frame[name] = column.astype(kind)  # type: ignore[call-overload]
    return frame
