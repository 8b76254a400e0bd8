"""Results into publishable results: the one gate between what was computed and what is shown.

`publish` suppresses small cells and what would give them away, and separates rows about single circles,
which stand on circle pages only. Rendering accepts nothing but its result, `Publishable`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.disclose.cells import SUPPRESSED, suppress
from ksn_research.disclose.circles import TABLES, CircleReviews, Said, circle_reviews, nothing
from ksn_research.disclose.quotes import Judged, Printed, printed
from ksn_research.results import Evidence

__all__ = ["SUPPRESSED", "Publishable", "StudyInfo", "publish"]


@dataclass(frozen=True)
class StudyInfo:
    """What the report says about itself. `people` and `organisations` are the disclosure thresholds."""

    name: str
    title: str
    publisher: str
    year: int
    headline: tuple[str, ...] = ()
    people: int = 5
    organisations: int = 3


@dataclass(frozen=True, eq=False)
class Publishable:
    """Everything that may be shown, and nothing else. Two are equal only if they are one.

    results   columns of `results.COLUMNS`; a suppressed row has no number and says why in `note`
    circles   the same columns: rows of single circles, internal, never for a public file or a page
    reviews   what the pages of single circles show
    curves    typed tables behind curves and maps, small cells already taken out
    labels    words for identifiers of sources, measures, questions and choices
    waves     source, label, kind, waves (in words), collected (bool)
    findings  severity, source, problem, remedy, count: without rows and without answers
    earlier   what earlier editions published: id, estimate, edition
    quotes    quotes that passed their gate: `quotes.frame` has source, year, code, text, attribution, id
    """

    results: pd.DataFrame
    circles: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]
    study: StudyInfo
    labels: Mapping[str, str]
    waves: pd.DataFrame
    findings: pd.DataFrame
    earlier: pd.DataFrame
    quotes: Printed = field(default_factory=Printed)
    reviews: CircleReviews = field(default_factory=nothing)


def publish(
    evidence: Evidence,
    study: StudyInfo,
    *,
    labels: Mapping[str, str],
    waves: pd.DataFrame,
    findings: pd.DataFrame,
    earlier: pd.DataFrame,
    quotes: Mapping[str, Judged] | None = None,
    said: Said | None = None,
) -> Publishable:
    """Disclosure control over one edition; on, always, with the thresholds of `study`.

    quotes  by source, as `quotes.judged` gives them: those that passed are taken, none without
    said    what of single circles is not worked out from the evidence; nothing without
    """
    safe = suppress(evidence.results, evidence.support, evidence.totals, study.people, study.organisations)
    of_circle = safe["group"] == "circle"
    return Publishable(
        results=safe[~of_circle].reset_index(drop=True),
        circles=safe[of_circle].reset_index(drop=True),
        curves={
            name: _curve(table, study.people) for name, table in evidence.curves.items() if name not in TABLES
        },
        study=study,
        labels=dict(labels),
        waves=waves,
        findings=findings[["severity", "source", "problem", "remedy", "count"]].reset_index(drop=True),
        earlier=earlier,
        quotes=printed(quotes or {}),
        reviews=circle_reviews(
            evidence.curves, said or Said(), people=study.people, organisations=study.organisations
        ),
    )


def _curve(table: pd.DataFrame, people: int) -> pd.DataFrame:
    """A curve without the points that rest on too few people: their values are taken out, not set to zero."""
    small = pd.Series(False, index=table.index)
    for name in ("n", "people"):
        if name in table:
            small |= table[name].between(1, people - 1)
    if {"share", "n"} <= set(table.columns) and "circle" not in table:
        small |= (table["share"] * table["n"]).round().between(1, people - 1)
    numbers = [str(c) for c in table.select_dtypes("number") if c not in ("year", "month")]
    return table.assign(**{name: table[name].mask(small) for name in numbers}, suppressed=small)
