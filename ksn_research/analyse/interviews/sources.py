"""Two sources of coded talk compared: what operators say beside what experts say.

Codes are the same by name, or where a crosswalk says so. Imports `cases`, `exact`, `presence` and `themes`,
and `families` of `survey.comparison`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews import exact
from ksn_research.analyse.interviews.cases import counted
from ksn_research.analyse.interviews.presence import presence
from ksn_research.analyse.interviews.themes import OF, WHOLE
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.plan.coded import CodeCrosswalk
from ksn_research.plan.drift import plain
from ksn_research.results import Row


@dataclass(frozen=True)
class Talk:
    """One source of coded interviews in a year: its name, its codes, passages and interviews, and what was
    reviewed about its codes."""

    source: str
    codes: pd.DataFrame
    segments: pd.DataFrame
    interviews: pd.DataFrame
    crosswalk: CodeCrosswalk = field(default_factory=CodeCrosswalk)


def shared_codes(first: Talk, second: Talk) -> list[tuple[str, str, str]]:
    """Name, the first source's code and the second's ("" where it has none), of every code of either.

    A crosswalk of either source goes before names. Two codes of one source that are the same as one code of
    the other are refused by nobody: the first of them in the alphabet is taken, the other stands alone.
    """
    there = {plain(code): code for code in second.codes["code"]}
    back = {plain(is_): code for code, is_ in second.crosswalk.same_as.get(first.source, {}).items()}
    named = {code: plain(is_) for code, is_ in first.crosswalk.same_as.get(second.source, {}).items()}
    taken = {*named.values(), *back.values()}
    pairs, used = [], set()
    for code in sorted(first.codes["code"]):
        key = plain(code)
        # A code that a crosswalk pairs with another is no longer the partner of its namesake.
        wanted = named.get(key) or back.get(key) or (key if key not in taken else "")
        other = there.get(wanted, "") if wanted not in used else ""
        used |= {wanted} if other else set()
        pairs.append((code, code, other))
    alone = [code for key, code in there.items() if key not in used]
    names = {plain(code) for code, *_ in pairs}
    return [*pairs, *((_apart(code, second.source, names), "", code) for code in sorted(alone))]


def _apart(code: str, source: str, names: set[str]) -> str:
    return f"{code} ({source})" if plain(code) in names else code


def two_sources(first: Talk, second: Talk, *, name: str, year: int | None) -> list[Row]:
    """Rows of analysis "two_sources", category `name` (the declared analysis), source the first of the two.

    Per code, group "source", level each source that has it: count and share (Wilson interval) of its
    interviews; per code of both: difference (first minus second; Newcombe's interval, exact p, p_adjusted by
    Holm over the analysis). A code that one source has only gets an undefined difference that says so.
    """
    talks = (first, second)
    held = [counted(talk.segments, talk.interviews) for talk in talks]
    if not len(held[0]) or not len(held[1]):
        return []
    tables = [presence(talk.segments, own, talk.codes["code"]) for talk, own in zip(talks, held, strict=True)]
    base = {"source": first.source, "year": year, "analysis": "two_sources", "category": name}
    base |= {"unit": "interviews", "exempt": WHOLE}
    rows: list[Row] = []
    for label, *codes in shared_codes(first, second):
        cells = [(talk.source, code, table) for talk, code, table in zip(talks, codes, tables, strict=True)]
        for source, code, table in cells:
            rows += _shares(source, table[code], {**base, "measure": label}) if code else []
        rows.append(_difference(cells, {**base, "measure": label}))
    return corrected(rows, lambda row: row.p is not None, "codes of both sources")


def _shares(source: str, present: pd.Series, base: dict[str, Any]) -> list[Row]:
    count, n = int(present.sum()), len(present)
    low, high = wilson(np.array([count]), np.array([n]))
    shared = {**base, "group": "source", "level": source, "n": n, "people": n, "count": count, "binary": True}
    method = f"interviews of this source with at least one passage of the code, {OF}"
    return [
        Row(statistic="count", estimate=float(count), method=method, **shared),
        Row(
            statistic="share",
            estimate=count / n,
            ci_low=float(low[0]),
            ci_high=float(high[0]),
            method=f"{method}; Wilson interval",
            **shared,
        ),
    ]


def _difference(cells: list[tuple[str, str, pd.DataFrame]], base: dict[str, Any]) -> Row:
    (one, code, table), (two, other, second) = cells
    shared = {
        **base,
        "statistic": "difference",
        "n": len(table) + len(second),
        "people": min(len(table), len(second)),
        "method": f"share of interviews of {one} minus that of {two}, {OF}; {exact.NEWCOMBE}; {exact.FISHER}",
    }
    if not code or not other:
        note = f"undefined because only {one if code else two} has this code"
        return Row(estimate=None, status="undefined", note=note, **shared)
    found = exact.difference((int(table[code].sum()), len(table)), (int(second[other].sum()), len(second)))
    renamed = f"in {two}: {other}" if plain(code) != plain(other) else ""
    return Row(
        estimate=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        p=found.p,
        note="; ".join(filter(None, [renamed, found.note])),
        **shared,
    )
