"""What changed from one wave to the next: overlapping samples, the same members, those who dropped out.

Uses `compare`, `families`, `groups`, `overlap`, `proportions` and `scales`. What the plan marks as reworded
is not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison import overlap
from ksn_research.analyse.survey.comparison.compare import Comparison
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.analyse.survey.groups import members, number, of_wave, sample
from ksn_research.analyse.survey.proportions import measure_values, two_sided
from ksn_research.analyse.survey.scale.scales import score_values
from ksn_research.plan import Instrument, Wave
from ksn_research.results import Row

NO_MEMBERS = "answers carry no member code: the same people cannot be found again"


@dataclass(frozen=True)
class Compared:
    """Something with one number per respondent that can be compared: a scale score or a declared share.
    `change` says why it may not be compared with the wave before, `mark` what to say where it is."""

    name: str
    change: str
    mark: str
    values: Callable[[pd.DataFrame], np.ndarray]


def successive(waves: list[Wave]) -> Iterator[tuple[Wave, Wave]]:
    """Pairs to compare: the newest two years, or, where a year has several waves, those of the newest year
    one after the other.

    >>> from pathlib import Path
    >>> names = [Wave(2024, "closing", Path()), Wave(2025, "kick-off", Path()), Wave(2025, "closing", Path())]
    >>> [(a.name, b.name) for a, b in successive(names)]
    [('kick-off', 'closing')]
    """
    if any(wave.name for wave in waves):
        waves = [wave for wave in waves if wave.year == waves[-1].year]
    return pairwise(waves[-2:] if waves and not waves[-1].name else waves)


def compared(instrument: Instrument) -> list[Compared]:
    """Scales and declared shares of an instrument, with what stands against comparing them."""
    scales = [
        Compared(
            scale.name,
            scale.change,
            scale.mark,
            lambda frame, name=scale.name: score_values(frame, name),  # type: ignore[misc]
        )
        for scale in instrument.scales.values()
    ]
    shares = []
    for measure in instrument.measures.values():
        question = instrument.questions[measure.question]
        shares.append(
            Compared(
                measure.name,
                question.change,
                question.mark,
                lambda frame, q=question, m=measure: measure_values(frame, q, m),  # type: ignore[misc]
            )
        )
    return [*scales, *shares]


def change_rows(
    source: str, responses: pd.DataFrame, earlier: Wave, later: Wave, linked: bool = True
) -> list[Row]:
    """What changed from one wave to the next, and for waves within a year how many dropped out.

    Values are computed by each wave's own instrument; what the plan marks as changed is not compared.
    """
    if earlier.instrument is None or later.instrument is None:
        return []
    first, second = of_wave(responses, earlier), of_wave(responses, later)
    if first.empty or second.empty:
        return []
    # Without the study's secret nobody is found again in another year: two samples, as though of strangers.
    strangers = not linked and earlier.year != later.year
    if strangers:
        first, second = (f.assign(member=pd.Series(pd.NA, f.index, dtype="str")) for f in (first, second))
    key = {"source": source, "year": later.year, "wave": later.name}
    before = {item.name: item for item in compared(earlier.instrument)}
    rows = _drop_out(first, second, later, key) if later.name else []
    for item in compared(later.instrument):
        if item.name in before:
            rows += _change(item, before[item.name], first, second, earlier, key)
    return [row for row in rows if not (strangers and row.statistic == "difference_same_members")]


def _change(
    item: Compared,
    before: Compared,
    first: pd.DataFrame,
    second: pd.DataFrame,
    earlier: Wave,
    key: dict[str, Any],
) -> list[Row]:
    since = f" since {earlier.name or earlier.year}" if earlier.name or earlier.year else ""
    x1, x2 = before.values(first), item.values(second)
    # Waves within a year lose people who differ from those who stay: only the same people are compared.
    kinds = ["difference_same_members"] if key["wave"] else ["difference", "difference_same_members"]
    rows = []
    for statistic in kinds:
        same = statistic == "difference_same_members"
        fields = {**key, "analysis": "change", "measure": item.name, "statistic": statistic, "unit": "people",
                  "method": (overlap.PAIRED if same else overlap.OVERLAP) + since}  # fmt: skip
        if item.change and earlier.year != key["year"]:  # waves of one year have one form
            support = _both(first, second, x1, x2, same)
            rows.append(Row(**fields, estimate=None, status="not comparable", note=item.change, **support))
            continue
        result = (
            overlap.paired(*overlap.matched(*_valued(first, x1), *_valued(second, x2)))
            if same
            else overlap.change(x1, x2, _ids(first), _ids(second))
        )
        no_ids = same and members(second).notna().sum() == 0
        rows.append(
            _noted(comparison_row(result, **fields, **_both(first, second, x1, x2, same)), item, earlier)
            if not no_ids
            else Row(**fields, estimate=None, n=0, people=0, status="undefined", note=NO_MEMBERS)
        )
    return rows


def _noted(row: Row, item: Compared, earlier: Wave) -> Row:
    """The row with what was reviewed as worth a mark: the difference stands, and the reader is told."""
    if not item.mark or earlier.year == row.year:
        return row
    return replace(row, note="; ".join(filter(None, (row.note, item.mark))))


def comparison_row(result: Comparison, **fields: Any) -> Row:
    """A row from a comparison; a difference without variation keeps its value and loses interval and p."""
    lost = number(result.difference) is None
    return Row(
        estimate=number(result.difference), se=number(result.se), ci_low=number(result.ci_low),
        ci_high=number(result.ci_high), p=number(result.p), note=result.note,
        status="undefined" if lost else "published", **fields,
    )  # fmt: skip


def _both(
    first: pd.DataFrame, second: pd.DataFrame, x1: np.ndarray, x2: np.ndarray, same: bool
) -> dict[str, Any]:
    """n and support of a change: the smaller of two waves, or those who stand in both."""
    a, b = first[~np.isnan(x1)], second[~np.isnan(x2)]
    if same:
        b = b[members(b).notna() & members(b).isin(members(a).dropna())]
        a = b
    sides = [sample(side, source="", year=None, by=()) for side in (a, b)]
    supports = [s.support(s.groupings[0], np.ones(len(s.frame), dtype=bool))[0] for s in sides]
    smaller = min(supports, key=lambda s: s["people"] or 0)
    return {"n": len(b), **smaller}


def _drop_out(first: pd.DataFrame, second: pd.DataFrame, later: Wave, key: dict[str, Any]) -> list[Row]:
    ids = members(first)
    if not ids.notna().any():
        return []
    gone = np.where(ids.notna(), ~ids.isin(members(second).dropna()), np.nan).astype(float)
    method = (
        f"share of those who answered the wave before that did not answer at {later.name}; Wilson interval"
    )
    whole = sample(first, by=(), **key)
    return two_sided(whole, gone, analysis="drop_out", measure="drop_out", method=method)


def adjusted(rows: list[Row], headline: tuple[str, ...]) -> list[Row]:
    """Holm's correction over the headline changes of one source; other rows keep no adjusted p."""

    def declared(row: Row) -> bool:
        wanted = "difference_same_members" if row.wave else "difference"
        return (
            row.analysis == "change" and row.statistic == wanted and f"{row.source}.{row.measure}" in headline
        )

    return corrected(rows, declared, "declared headline changes of this source")


def _ids(frame: pd.DataFrame) -> np.ndarray:
    return members(frame).to_numpy(dtype=object)


def _valued(frame: pd.DataFrame, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = ~np.isnan(values)
    return values[keep], _ids(frame)[keep]
