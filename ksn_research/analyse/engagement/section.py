"""All rows of engagement, from what is always read and from what the plan declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ksn_research.analyse.engagement.attendance import (
    attendance_rows,
    came_as_rows,
    kinds,
    return_row,
)
from ksn_research.analyse.engagement.conversion import conversion_rows, time_to_member_rows
from ksn_research.analyse.engagement.declared import Asked, declared
from ksn_research.analyse.engagement.exchange import exchange_rows
from ksn_research.analyse.engagement.funnels import funnel_rows
from ksn_research.analyse.engagement.mixing_at_events import event_mixing_rows
from ksn_research.analyse.engagement.ratings import rating_rows, rating_trend_rows
from ksn_research.analyse.engagement.reach import reach_rows
from ksn_research.analyse.engagement.recency import frequency_rows, recency_rows
from ksn_research.analyse.engagement.recognition import recognition_rows
from ksn_research.analyse.engagement.retention import retention_rows
from ksn_research.analyse.survey.groups import of_year, years
from ksn_research.prepared import Prepared
from ksn_research.results import Row

DECLARED: Mapping[str, Callable[[Asked], Iterator[Row]]] = {
    "recognition": recognition_rows,
    "exchange": exchange_rows,
    "funnel": funnel_rows,
}


def analyse_engagement(prepared: Prepared) -> list[Row]:
    """Who came and came again, in which role and how mixed; guests; ratings; declared analyses.

    Comes in: everything the study prepared; without attendance there are only ratings and what is declared.
    Goes out: rows with analysis "reach", "attendance", "came_as", "return", "coming_again", "lasting",
    "frequency", "recency", "event_mixing", "conversion", "conversion_by_kind", "conversion_time", "ratings"
    and "rating_trend"; source and measure of declared ones as
    `declared.Asked` says, analysis "recognition", "exchange" or "funnel".
    """
    rows: list[Row] = []
    for year in years(prepared.attendance, prepared.year):
        came = of_year(prepared.attendance, year)
        rows += reach_rows(prepared, came, year)
        for kind, part in kinds(came):
            rows += attendance_rows(part, kind, year)
            rows += came_as_rows(part, kind, year)
            rows.append(return_row(part, kind, year))
            rows += retention_rows(part, kind, year)
            rows += frequency_rows(part, kind, year)
            rows += recency_rows(part, kind, year)
        rows += event_mixing_rows(came, year)
        rows += conversion_rows(prepared, year)
        rows += time_to_member_rows(prepared, year)
    rows += rating_rows(prepared)
    rows += rating_trend_rows(prepared)
    asked = declared(prepared, tuple(DECLARED))
    return rows + [row for one in asked for row in DECLARED[one.analysis.kind](one)]
