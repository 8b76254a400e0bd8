"""Members who are active on the platform and the others: how they differ in what surveys ask, and whether
more activity goes with more of it.

Uses `survey.comparison.adjusted`, which takes who is a member of something from a table: here from the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.activity.setting import Log
from ksn_research.analyse.survey.comparison.adjusted import adjusted_rows
from ksn_research.analyse.survey.groups import members
from ksn_research.plan import Analysis
from ksn_research.prepared import Prepared
from ksn_research.results import Row


def outcome_rows(log: Log) -> list[Row]:
    """Rows of the declared analyses of the kind "adjusted" whose `members` is the platform's log.

    Goes out: as of `adjusted_rows`. A member is who has any event in the year; `dose` is "months" with any
    event, or "events". Association, not effect: who is keen may be both active and doing well.
    """
    prepared, asked = log.prepared, dict(_asked(log.prepared))
    if not asked:
        return []
    active = ask.active_among(log.tally, _respondents(prepared, asked.values()))
    tables = {str(one.options["members"]): active for one in asked.values()}
    study = replace(prepared.study, analyses=asked)
    return adjusted_rows(replace(prepared, study=study, records=tables))


def _asked(prepared: Prepared) -> Iterator[tuple[str, Analysis]]:
    sources = prepared.study.sources
    for name, one in prepared.study.analyses.items():
        source = sources.get(str(one.options.get("members", ""))) if one.kind == "adjusted" else None
        if source is not None and source.kind == "activity":
            yield name, one


def _respondents(prepared: Prepared, asked: Iterable[Analysis]) -> list[str]:
    """Member codes of those who answered: nobody else's counts leave the engine."""
    names = {str(measure).partition(".")[0] for one in asked for measure in one.options["of"]}
    codes = [members(prepared.responses[name]) for name in sorted(names) if name in prepared.responses]
    known = pd.concat(codes).dropna() if codes else pd.Series(dtype="str")
    return sorted(set(known.astype("str")))
