"""All rows of the platform's log, and the curves behind its figures."""

from __future__ import annotations

from ksn_research.analyse.activity.members import action_rows, member_rows, monthly_rows
from ksn_research.analyse.activity.outcomes import outcome_rows
from ksn_research.analyse.activity.replies import reply_rows
from ksn_research.analyse.activity.retention import lasting_curves, retention_rows
from ksn_research.analyse.activity.setting import log_of
from ksn_research.prepared import Prepared
from ksn_research.results import Row

__all__ = ["analyse_activity", "lasting_curves"]


def analyse_activity(prepared: Prepared) -> list[Row]:
    """Who takes part, how often and how evenly, who answers whom, who stays, of the newest two years.

    Comes in: everything the study prepared; without a log there are no rows.
    Goes out: rows of source "activity" with analysis "activity", "retention" and "lasting"; of surveys those
    of analysis "adjusted" that compare who is active with the others.
    """
    if prepared.activity is None:
        return []
    log = log_of(prepared)
    if not log.years:
        return []
    parts = (monthly_rows, action_rows, member_rows, reply_rows, retention_rows, outcome_rows)
    return [row for part in parts for row in part(log)]
