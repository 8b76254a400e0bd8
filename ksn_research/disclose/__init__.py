"""Results into publishable results: the one gate between what was computed and what is shown.

`publish` suppresses small cells and what would give them away, and separates rows about single circles,
which stand on circle pages only. Rendering accepts nothing but its result, `Publishable`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.disclose.audit import audit
from ksn_research.disclose.cells import SUPPRESSED, suppress
from ksn_research.disclose.circles import TABLES, CircleReviews, Said, circle_reviews, nothing
from ksn_research.disclose.curves import safe_curve
from ksn_research.disclose.leak import Leak
from ksn_research.disclose.quotes import Judged, Printed, printed
from ksn_research.disclose.rounding import rounded
from ksn_research.errors import DisclosureError
from ksn_research.results import Evidence

__all__ = ["SUPPRESSED", "Leak", "Publishable", "StudyInfo", "publish"]


@dataclass(frozen=True)
class StudyInfo:
    """What the report says about itself.

    people, organisations  the disclosure thresholds
    narrative              the analyst's text of the edition as its file holds it, "" where there is none
    rounding               the base that counts are rounded to, 0 where they are not
    corrected              (source, year) of which earlier records were wrong: their numbers may change
    """

    name: str
    title: str
    publisher: str
    year: int
    headline: tuple[str, ...] = ()
    people: int = 5
    organisations: int = 3
    narrative: str = ""
    rounding: int = 0
    corrected: tuple[tuple[str, int | None], ...] = ()


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
    earlier   what earlier editions published: columns of `results.COLUMNS` and edition, oldest first
    reasons   why each suppressed row is suppressed, by id: internal, since it tells what must not be told
    public    what is suppressed though an earlier edition published it as it is now: ids, internal
    pictures  drawings of figures that were made already, as SVG, by the figure's name
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
    reasons: pd.Series = field(default_factory=lambda: pd.Series(dtype="str"))
    public: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)


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
    bars = study.people, study.organisations
    safe, reasons = suppress(
        evidence.results, evidence.support, evidence.totals, *bars, earlier, corrected=study.corrected
    )
    of_circle = safe["group"] == "circle"
    results = rounded(safe[~of_circle].reset_index(drop=True), study.rounding)
    leaks = audit(results, evidence, earlier, *bars, rounding=study.rounding, corrected=study.corrected)
    _refuse([leak for leak in leaks if leak.kind != "public"])
    hidden = evidence.results[(safe["status"] == SUPPRESSED).to_numpy()]
    return Publishable(
        results=results,
        circles=safe[of_circle].reset_index(drop=True),
        curves={
            name: safe_curve(table, study.people, hidden)
            for name, table in evidence.curves.items()
            if name not in TABLES
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
        reasons=reasons[reasons != ""],
        public=tuple(leak.id for leak in leaks if leak.kind == "public"),
    )


def _refuse(leaks: Sequence[Leak]) -> None:
    """Raise DisclosureError, naming rows, where anything that must not be known can be worked out."""
    if leaks:
        named = "; ".join(f"{leak.id} ({leak.kind}: {leak.why})" for leak in leaks[:5])
        more = f" and {len(leaks) - 5} more" if len(leaks) > 5 else ""
        raise DisclosureError(
            f"the audit finds {len(leaks)} rows that give something away: {named}{more}",
            remedy="nothing was written; leave out the analysis that these rows come from, or, where earlier "
            "runs of this year were handed to nobody, forget them with --anew",
        )
