"""A declared joint display: what is said, what is scored and where people stand, beside each other.

Imports no sibling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from ksn_research.plan import Analysis, Wave
from ksn_research.plan.joint import parts
from ksn_research.prepared import Prepared
from ksn_research.results import Row

OTHERS = "the others are all of the rest, those whose group is not known too"
COLUMNS = (
    "name",
    "by",
    "expects",
    "theme_source",
    "theme",
    "score_source",
    "score",
    "position_source",
    "position",
    "position_measure",
)


@dataclass(frozen=True)
class Joint:
    """One declared joint display; see `plan.joint` for what its parts mean."""

    name: str
    by: str
    theme: tuple[str, str]
    score: tuple[str, str]
    position: tuple[str, str, str] | None
    expects: str
    attribute: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)

    def told(self, row: Row, **more: object) -> Row:
        """A result of a strand as one of this display: its category is the display's name."""
        return replace(row, analysis="joint", category=self.name, **more)  # type: ignore[arg-type]


def joints(prepared: Prepared) -> Iterator[Joint]:
    """The joint displays that the plan declares."""
    for analysis in prepared.study.analyses.values():
        if analysis.kind == "joint":
            yield _joint(analysis)


def joint_table(prepared: Prepared) -> pd.DataFrame:
    """One row per declared joint display, texts: what stands in it, so that the page can name its strands and
    knows what was expected. Columns `COLUMNS`; "" where there is no position."""
    rows = [
        (one.name, one.by, one.expects, *one.theme, *one.score, *(one.position or ("", "", "")))
        for one in joints(prepared)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def chosen_waves(prepared: Prepared, one: Joint) -> dict[str, list[Wave]]:
    """By source: the waves up to the newest year that all its sources have (each its own newest where they
    have none in common), oldest first."""
    sources = [one.theme[0], one.score[0], *([one.position[0]] if one.position else [])]
    held = {source: list(prepared.waves.get(source, ())) for source in sources}
    years = [{wave.year for wave in waves if wave.year is not None} for waves in held.values() if waves]
    common = set.intersection(*years) if years else set()
    if not common:
        return held
    return {
        s: [w for w in waves if w.year is not None and w.year <= max(common)] for s, waves in held.items()
    }


def wanting(one: Joint, source: str, measure: str, year: int | None, unit: str, why: str) -> Row:
    """That a strand has nothing to say, and why."""
    return Row(
        year=year,
        source=source,
        analysis="joint",
        measure=measure,
        category=one.name,
        group=one.by,
        statistic="difference",
        estimate=None,
        n=None,
        unit=unit,
        status="undefined",
        note=why,
        method="",
    )


def _joint(analysis: Analysis) -> Joint:
    told = analysis.options
    position = None
    if told.get("position"):
        source, rest = parts(str(told["position"]))
        relation, _, measure = rest.rpartition(".")
        position = (source, relation, measure)
    return Joint(
        name=analysis.name,
        by=str(told["by"]),
        theme=parts(str(told["theme"])),
        score=parts(str(told["score"])),
        position=position,
        expects=str(told.get("expects", "same")),
        attribute=str(told.get("attribute", "")),
        mapping=dict(told.get("mapping", {})),
    )
