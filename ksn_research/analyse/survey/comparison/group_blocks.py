"""Declared blocks of comparisons: whose answers, divided how, and whom the levels rest on.

Uses `changes` (what can be compared), `compare`, `design` and `groups`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison import compare
from ksn_research.analyse.survey.comparison.changes import Compared, compared
from ksn_research.analyse.survey.estimation.design import Design
from ksn_research.analyse.survey.groups import (
    NOT_KNOWN,
    Grouping,
    Sample,
    groupings,
    members,
    of_wave,
    of_year,
    sample,
)
from ksn_research.plan import Analysis, Wave
from ksn_research.prepared import Prepared
from ksn_research.results import Row

FEW = 5  # answers of a level that an approximate p of all levels needs at least


@dataclass(frozen=True)
class Sampled:
    """A wave's answers as a sample with a design: `rows` of `of_wave` that are in it, and how they were
    weighted, in words."""

    rows: np.ndarray
    design: Design
    said: str = ""


@dataclass(frozen=True)
class Block:
    """One declared block in one survey: whose answers, in which levels (-1: level not known), how sampled.
    A test of all levels takes those of at least `fewest` answers."""

    analysis: Analysis
    whole: Sample
    grouping: Grouping
    design: Design | None
    fewest: int
    said: str = ""

    @property
    def contrasts(self) -> list[tuple[int, int]]:
        """Each level with the others; of two levels the second would only repeat the first."""
        size = len(self.grouping.levels)
        return compare.against_others(size)[: 1 if size == 2 else size]

    @property
    def told(self) -> dict[str, Any]:
        """What all rows of the block share."""
        named = {"category": self.analysis.name, "group": self.grouping.group}
        return {**self.whole.key, **named, "analysis": "groups", "unit": "people"}

    def row(self, **values: Any) -> Row:
        """A result of this block."""
        return Row(**{**self.told, **values})

    def weighted(self, row: Row) -> Row:
        """The row with how the answers were weighted, where they were."""
        return replace(row, method=f"{row.method}; {self.said}") if self.said else row


def blocks(
    prepared: Prepared, analysis: Analysis, designs: Mapping[str, Sampled]
) -> Iterator[tuple[Block, list[Compared], list[Compared]]]:
    """Per survey that the analysis names, newest wave: the block, its scales and its shares."""
    wanted: dict[str, list[str]] = {}
    for of in analysis.options["of"]:
        source, _, measure = str(of).partition(".")
        wanted.setdefault(source, []).append(measure)
    for source, names in wanted.items():
        wave = _newest(prepared, source)
        if wave is None or wave.instrument is None:
            continue
        items = {item.name: item for item in compared(wave.instrument)}
        own = [items[name] for name in names if name in items]
        scales = [item for item in own if item.name in wave.instrument.scales]
        block = _block(prepared, analysis, source, wave, designs.get(source))
        yield block, scales, [item for item in own if item not in scales]


def _newest(prepared: Prepared, source: str) -> Wave | None:
    waves = [wave for wave in prepared.waves.get(source, ()) if wave.instrument is not None]
    return waves[-1] if waves and source in prepared.responses else None


def _block(prepared: Prepared, analysis: Analysis, source: str, wave: Wave, sampled: Sampled | None) -> Block:
    frame, by = of_wave(prepared.responses[source], wave), str(analysis.options["by"])
    if sampled is not None:
        frame = frame.iloc[sampled.rows].reset_index(drop=True)
    if by not in frame:
        known = of_year(prepared.people, wave.year).drop_duplicates("member").set_index("member")
        own = known[by] if by in known else pd.Series(dtype="str")
        frame = frame.assign(**{by: members(frame).map(own)})
    whole = sample(frame, source=source, year=wave.year, wave=wave.name, by=())
    made = groupings(frame, (by,))
    levels = _known(made[1]) if len(made) > 1 else Grouping(by, (), np.full(len(frame), -1))
    design, said = (sampled.design, sampled.said) if sampled is not None else (None, "")
    return Block(analysis, whole, levels, design, max(FEW, prepared.study.people), said)


def _known(grouping: Grouping) -> Grouping:
    """The grouping without the level of those whose level is not known."""
    if NOT_KNOWN not in grouping.levels:
        return grouping
    place = grouping.levels.index(NOT_KNOWN)
    levels = grouping.levels[:place]
    return Grouping(grouping.group, levels, np.where(grouping.codes == place, -1, grouping.codes))


def weakest(block: Block, levels: Grouping, mask: np.ndarray) -> dict[str, Any]:
    """The fewest people and organisations among the levels that have any."""
    found = [cell for cell in block.whole.support(levels, mask) if cell["people"]]
    organisations = [cell["organisations"] for cell in found if cell["organisations"] is not None]
    people = min((cell["people"] or 0 for cell in found), default=0)
    return {"people": people, "organisations": min(organisations, default=None)}


def rarest(block: Block, levels: Grouping, known: np.ndarray, hit: np.ndarray) -> dict[str, Any]:
    """People and count of the level in which one of the two answers was given least."""
    people = [cell["people"] or 0 for cell in block.whole.support(levels, known)]
    counts = [cell["people"] or 0 for cell in block.whole.support(levels, known & hit)]
    pairs = [(min(count, n - count), n, count) for n, count in zip(people, counts, strict=True) if n]
    if not pairs:
        return {"count": 0, "binary": True}
    _, n, count = min(pairs)
    return {"people": n, "count": count, "binary": True}
