"""Active members and the others, in what surveys ask: the log gives what a table of the same counts does."""

from __future__ import annotations

from dataclasses import replace

import ibis
import pandas as pd
import pytest
from survey_study import pick

from ksn_research.analyse.activity.section import analyse_activity
from ksn_research.analyse.survey.comparison.adjusted import adjusted_rows
from ksn_research.errors import PlanError
from ksn_research.plan import Source
from ksn_research.plan.analyses import _check_records
from ksn_research.read.engines import engine
from tests.test_survey_adjusted import PLAN, made, told

ibis.set_backend(engine())
LOG = Source("activity", "activity", "Platform", ())


def on_line(dose: str, people: int = 120):
    """The study of peer support groups, told by a log: two events in each of so many months as sessions were
    attended, by somebody who answered nothing too."""
    study = made(people=people)
    table = study.records["peer_support"]
    events = pd.DataFrame(
        [
            (2025, member, pd.Timestamp(2025, month, day), "view", "a page", None)
            for member, sessions in [*table[["member", "sessions"]].to_numpy(), ("M999", 3)]
            for month in range(1, int(sessions) + 1)
            for day in (3, 4)
        ],
        columns=["year", "member", "time", "action", "object", "target"],
    ).astype({"target": "object"})
    plan = told(members="activity", dose=dose)
    wired = replace(study.study, sources={"activity": LOG}, analyses={plan.name: plan})
    return study, replace(study, study=wired, records={}, activity=ibis.memtable(events))


def test_the_log_gives_what_a_table_of_the_same_people_gives() -> None:
    table, log = on_line("months")
    expected = {row.id: row for row in adjusted_rows(table)}
    found = {row.id: row for row in analyse_activity(log) if row.analysis == "adjusted"}
    assert set(found) == set(expected)
    for name, row in found.items():
        one = expected[name]
        assert (row.estimate, row.ci_low, row.n, row.people) == pytest.approx(
            (one.estimate, one.ci_low, one.n, one.people)
        )
        assert "an effect" in row.note


def test_of_two_events_a_month_one_goes_with_half_as_much() -> None:
    months, events = (pick(analyse_activity(on_line(d)[1]), measure="safety", statistic="dose")
                      for d in ("months", "events"))  # fmt: skip
    assert events.estimate == pytest.approx(months.estimate / 2)
    assert events.method != months.method


def test_what_is_told_by_the_log_is_left_to_it() -> None:
    assert adjusted_rows(on_line("months")[1]) == []


def test_nothing_is_compared_where_nothing_is_declared() -> None:
    _, log = on_line("months")
    bare = replace(log, study=replace(log.study, analyses={}))
    assert not [row for row in analyse_activity(bare) if row.analysis == "adjusted"]


@pytest.mark.parametrize("dose", ["months", "events"])
def test_the_plan_takes_what_the_log_knows(dose: str) -> None:
    _check_records("adjusted", PLAN.options | {"members": "activity", "dose": dose}, {"activity": LOG}, "x")


def test_the_plan_refuses_what_the_log_does_not_know() -> None:
    with pytest.raises(PlanError, match="sessions"):
        _check_records("adjusted", PLAN.options | {"members": "activity"}, {"activity": LOG}, "x")
