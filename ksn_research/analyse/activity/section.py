"""All rows of the platform's log, and the curves behind its figures."""

from __future__ import annotations

from ksn_research.analyse.activity.members import action_rows, member_rows, monthly_rows
from ksn_research.analyse.activity.replies import reply_rows
from ksn_research.analyse.activity.retention import lasting_curves, retention_curve, retention_rows
from ksn_research.analyse.activity.setting import log_of
from ksn_research.prepared import Prepared
from ksn_research.results import Row

__all__ = ["analyse_activity", "lasting_curves", "retention_curve"]


def analyse_activity(prepared: Prepared) -> list[Row]:
    """Who takes part, how often and how evenly, who answers whom, who stays, of the newest two years.

    Comes in: everything the study prepared; without a log there are no rows.
    Goes out: rows of source "activity" with analysis "activity", "retention" and "lasting".
    """
    if prepared.activity is None:
        return []
    log = log_of(prepared)
    if not log.years:
        return []
    return [*monthly_rows(log), *action_rows(log), *member_rows(log), *reply_rows(log), *retention_rows(log)]
