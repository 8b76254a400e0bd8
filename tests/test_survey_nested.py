"""People in groups, before and after: the rows, against the analysis of variance and the planted truth."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.survey.course.mixed import FEW_GROUPS, NO_SPREAD, contrast, mixed_model
from ksn_research.analyse.survey.course.nested import ALONE, nested_rows
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.scale.icc import icc1
from ksn_research.plan.specs import Analysis
from ksn_research.results import collect
from tests.survey_study import pick, prepared, roster

COVERED: tuple[str, ...] = ()  # mixed models of reference.json are in test_survey_mixed
PLAN = Analysis(
    "mentoring", "nested", "Mentoring",
    {"source": "groups", "group": "team", "before": "first", "after": "last", "where": {"role": "mentee"},
     "expected": "wanted", "received": "got"},
)  # fmt: skip


def records(groups=12, size=6, change=0.5, between=0.3, within=0.45, seed=3, year=2025) -> pd.DataFrame:
    """Mentees of teams of one size, and a mentor in each who has no scores."""
    random = np.random.default_rng(seed)
    team = np.repeat([f"T{g:02}" for g in range(groups)], size + 1)
    mentor = np.tile(np.arange(size + 1) == 0, groups)
    n = len(team)
    first = random.normal(3, 0.6, n)
    last = (
        first + change + np.repeat(random.normal(0, between, groups), size + 1) + random.normal(0, within, n)
    )
    wanted = random.integers(3, 6, n).astype(float)
    frame = pd.DataFrame(
        {"first": first, "last": last, "wanted": wanted, "got": wanted - random.integers(-1, 2, n)}
    )
    words = {
        "team": team,
        "role": np.where(mentor, "mentor", "mentee"),
        "member": [f"M{i:03}" for i in range(n)],
    }
    texts = pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in words.items()})
    return pd.concat(
        [texts, frame.set_axis(range(n)).where(np.repeat(~mentor[:, None], 4, axis=1))], axis=1
    ).assign(year=pd.array([year] * n, dtype="Int64"))


def rows_of(frame: pd.DataFrame, plan: Analysis = PLAN, **tables):
    made = prepared(records={"groups": frame}, kinds={"groups": "records"}, **tables)
    return nested_rows(replace(made, study=replace(made.study, analyses={plan.name: plan})))


def mentees(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["role"] == "mentee"]


def test_the_rows_have_their_names_and_can_be_collected() -> None:
    ids = set(collect(rows_of(records())).results["id"])
    assert ids == {f"2025.groups.nested.mentoring.{s}" for s in ("change", "icc1", "icc_modelled", "met")}


def test_change_is_the_mixed_models_mean_with_its_test() -> None:
    frame = records()
    own = mentees(frame)
    y = (own["last"] - own["first"]).to_numpy()
    expected = contrast(mixed_model(y, np.ones((len(y), 1)), own["team"].to_numpy()), [1.0])
    row = pick(rows_of(frame), statistic="change")
    assert (row.estimate, row.se, row.p) == pytest.approx((expected.difference, expected.se, expected.p))
    assert (row.n, row.people) == (72, 72) and "12 groups" in row.method


def test_with_groups_of_one_size_both_correlations_are_the_same() -> None:
    frame = records()
    own = mentees(frame)
    expected = icc1((own["last"] - own["first"]).to_numpy(), pd.factorize(own["team"])[0])
    rows = rows_of(frame)
    assert pick(rows, statistic="icc1").estimate == pytest.approx(expected.icc)
    assert pick(rows, statistic="icc1").ci_low == pytest.approx(expected.low)
    assert pick(rows, statistic="icc_modelled").estimate == pytest.approx(expected.icc, abs=1e-5)


def test_expectations_are_met_pair_by_pair() -> None:
    own = mentees(frame := records())
    met = int((own["got"] >= own["wanted"]).sum())
    row = pick(rows_of(frame), statistic="met")
    assert (row.estimate, row.count, row.binary, row.n) == (met / 72, met, True, 72)
    assert (row.ci_low, row.ci_high) == pytest.approx(wilson(met, 72))
    assert row.note == ALONE


@pytest.mark.parametrize(
    ("column", "lost"), [("first", "change"), ("last", "change"), ("team", "change"), ("got", "met")]
)
def test_a_row_that_lacks_something_is_left_out_of_what_needs_it(column, lost) -> None:
    frame = records()
    frame.loc[1:4, column] = pd.NA if column == "team" else np.nan
    n = {r.statistic: r.n for r in rows_of(frame)}
    assert n[lost] == 68
    assert sorted({n["change"], n["met"]}) == [68, 72]


def test_only_the_rows_that_the_plan_picks_count() -> None:
    everybody = replace(PLAN, options={k: v for k, v in PLAN.options.items() if k != "where"})
    frame = records().assign(last=5.0, first=4.0, wanted=3.0, got=3.0)
    assert pick(rows_of(frame, everybody), statistic="met").n == 84


def test_without_expectations_nothing_is_said_of_them() -> None:
    bare = {k: v for k, v in PLAN.options.items() if k not in ("expected", "received")}
    assert "met" not in {r.statistic for r in rows_of(records(), replace(PLAN, options=bare))}


@pytest.mark.parametrize(
    ("frame", "note"),
    [(records(groups=1), FEW_GROUPS), (records(groups=3, size=1), "two values"), (records().iloc[:0], "")],
    ids=["one group", "groups of one", "nobody"],
)
def test_what_cannot_be_stated_is_undefined_and_says_why(frame, note) -> None:
    rows = [r for r in rows_of(frame) if r.statistic != "met"]
    assert all(r.status == "undefined" and r.note for r in rows)
    assert not note or note in pick(rows, statistic="change").note
    assert bool(rows) == bool(len(frame))


def test_groups_that_differ_by_chance_only_are_said() -> None:
    frame = records(between=0.0)
    own = mentees(frame)
    centred = (
        frame["last"] - (own["last"] - own["first"]).groupby(own["team"]).mean().reindex(frame["team"]).array
    )
    row = pick(rows_of(frame.assign(last=centred)), statistic="icc_modelled")
    assert row.estimate == 0 and row.note == NO_SPREAD


def test_organisations_come_from_the_roster() -> None:
    frame = records()
    ids = frame["member"]
    people = roster(
        "people",
        {"year": [2025] * len(ids), "member": ids, "organisation": [f"O{i % 4}" for i in range(len(ids))]},
    )
    assert pick(rows_of(frame, people=people), statistic="change").organisations == 4
    assert pick(rows_of(frame), statistic="change").organisations is None


def test_each_year_has_its_rows() -> None:
    both = pd.concat([records(year=2024, seed=1), records(year=2025)])
    assert {r.year for r in rows_of(both)} == {2024, 2025}
    assert pick(rows_of(both), year=2025, statistic="change") == pick(rows_of(records()), statistic="change")


def test_the_order_of_rows_changes_nothing() -> None:
    frame = records()
    shuffled = rows_of(frame.sample(frac=1, random_state=1))
    assert [r.estimate for r in rows_of(frame)] == pytest.approx([r.estimate for r in shuffled], abs=1e-8)


@pytest.mark.parametrize("between", [0.3, 0.1])
def test_intervals_hold_the_planted_change(between) -> None:
    # 16 groups of four to seven, as small as they come; groups that hardly differ make intervals no shorter.
    count, held = (1000 if os.environ.get("KSN_SOAK") else 300), 0
    random = np.random.default_rng(5)
    for _ in range(count):
        who = np.repeat(np.arange(16), random.integers(4, 8, 16))
        y = 0.5 + between * random.normal(size=16)[who] + random.normal(0, 0.45, len(who))
        found = contrast(mixed_model(y, np.ones((len(y), 1)), who), [1.0])
        held += found.ci_low <= 0.5 <= found.ci_high
    assert abs(held / count - 0.95) < 0.02 + 3 * np.sqrt(0.95 * 0.05 / count)
