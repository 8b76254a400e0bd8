"""Activity: the Ibis counts against a pandas recomputation of a seeded log, indices by enumeration."""

from itertools import combinations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import pick, prepared, roster

from ksn_research.analyse.activity import (
    analyse_activity,
    joining_month,
    member_months,
    reply_directions,
    retention_curve,
    retention_table,
)
from ksn_research.analyse.inequality import gini, jackknife_interval, top_share
from ksn_research.results import collect


def log(n=6000, seed=4) -> pd.DataFrame:
    """A seeded log of two years, uneven over 60 members, with self-replies and missing targets."""
    rng = np.random.default_rng(seed)
    weight = rng.pareto(1.2, 60) + 0.05
    member = rng.choice(60, n, p=weight / weight.sum())
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 731 * 86400, n)), unit="s")
    action = rng.choice(["post", "reply", "view"], n, p=[0.2, 0.3, 0.5])
    target = np.where(rng.random(n) < 0.9, rng.integers(0, 60, n), -1)
    frame = pd.DataFrame(
        {"year": time.year, "member": [f"m{i}" for i in member], "time": time, "action": action}
    )
    frame["object"] = "thread"
    frame["target"] = pd.Series([f"m{i}" if i >= 0 else None for i in target], dtype="object")
    frame.loc[frame["action"] != "reply", "target"] = None
    return frame


LOG = log()
PEOPLE = roster("people", {"year": [2025] * 50, "member": [f"m{i}" for i in range(50)],
                           "organisation": [f"o{i % 7}" for i in range(50)]})  # fmt: skip


def rows(frame=LOG, people=PEOPLE):
    return analyse_activity(prepared(year=2026, activity=ibis.memtable(frame), people=people))


ROWS = rows()


def test_rows_keep_the_contract():
    evidence = collect(ROWS)
    assert set(evidence.results["analysis"]) == {"activity", "retention"}
    assert evidence.totals["parent"].isin(evidence.results["id"]).all()


def test_only_counts_leave_the_database_and_they_add_up_to_the_log():
    counts = member_months(ibis.memtable(LOG))
    assert counts["events"].sum() == len(LOG)
    assert not counts.duplicated(["year", "month", "member", "action"]).any()


def test_monthly_active_members_are_what_pandas_counts():
    expected = LOG.groupby(LOG["time"].dt.strftime("%Y-%m"))["member"].nunique()
    made = {row.category: row.estimate for row in ROWS if row.measure == "monthly_active_members"}
    assert made == expected.to_dict()


@pytest.mark.parametrize("action", ["post", "reply", "view"])
def test_events_by_action_are_what_pandas_counts(action):
    part = LOG[(LOG["year"] == 2025) & (LOG["action"] == action)]
    assert pick(ROWS, measure="events", category=action, statistic="count", year=2025).estimate == len(part)
    people = pick(ROWS, measure="events", category=action, statistic="people", year=2025)
    assert people.estimate == part["member"].nunique()
    assert people.organisations == 7


def test_the_share_of_the_roster_leaves_out_members_of_nowhere():
    active = set(LOG.loc[LOG["year"] == 2025, "member"])
    share = pick(ROWS, measure="active_members", statistic="share", year=2025)
    assert (share.count, share.population) == (len(active & set(PEOPLE["member"])), 50)
    assert pick(ROWS, measure="active_members", statistic="people", year=2025).estimate == len(active)


def test_reply_reciprocity_is_what_counting_ordered_pairs_gives():
    replies = LOG[(LOG["year"] == 2025) & (LOG["action"] == "reply")].dropna(subset=["target"])
    pairs = {(a, b) for a, b in zip(replies["member"], replies["target"], strict=True) if a != b}
    row = pick(ROWS, statistic="reciprocity", year=2025)
    assert row.n == len(pairs)
    assert row.estimate == pytest.approx(sum((b, a) in pairs for a, b in pairs) / len(pairs))


def test_a_log_without_replies_has_no_reciprocity_and_says_so():
    row = pick(rows(LOG[LOG["action"] != "reply"]), statistic="reciprocity", year=2025)
    assert (row.status, row.note) == ("undefined", "nobody replied")


def test_replies_to_oneself_are_no_pair():
    frame = LOG.head(2).assign(action="reply", member=["a", "b"], target=["a", "a"], year=2025)
    assert reply_directions(ibis.memtable(frame), 2025).to_dict("records") == [{"directions": 1, "pairs": 1}]


def by_enumeration(x):
    """Mean absolute difference over all ordered pairs, over twice the mean."""
    differences = sum(abs(a - b) for a in x for b in x)
    return differences / (2 * len(x) ** 2 * (sum(x) / len(x)))


@settings(max_examples=60)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=12))
def test_gini_and_each_left_out_gini_are_what_enumeration_gives(amounts):
    value, left_out = gini(np.array(amounts, dtype=float))
    assert value == pytest.approx(by_enumeration(amounts))
    expected = sorted(by_enumeration(list(part)) for part in combinations(amounts, len(amounts) - 1))
    assert sorted(left_out) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 50), min_size=3, max_size=25))
def test_each_left_out_top_share_is_the_top_share_without_that_one(amounts):
    x = np.sort(np.array(amounts, dtype=float))
    expected = [top_share(np.delete(x, i))[0] for i in range(len(x))]
    assert top_share(x)[1] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("amounts", "share"),
    [([1] * 10, 0.1), ([1] * 9 + [11], 0.55), ([0.001] * 99 + [100], 100.009 / 100.099), ([3, 3], 0.1)],
)
def test_the_top_tenth_holds_what_it_holds(amounts, share):
    assert top_share(np.array(amounts, dtype=float))[0] == pytest.approx(share, abs=1e-12)


def test_the_jackknife_interval_covers_a_planted_gini():
    rng, hits = np.random.default_rng(17), 0
    for _ in range(400):
        value, left_out = gini(rng.exponential(size=300))  # the Gini coefficient of an exponential is 1/2
        _, low, high = jackknife_interval(value, left_out)
        hits += low <= 0.5 <= high
    assert hits / 400 == pytest.approx(0.95, abs=0.03)


def test_participation_is_the_gini_of_events_per_active_member():
    events = LOG[LOG["year"] == 2025].groupby("member").size().to_numpy(dtype=float)
    row = pick(ROWS, statistic="gini", year=2025)
    assert row.estimate == pytest.approx(by_enumeration(list(events)))
    assert row.ci_low < row.estimate < row.ci_high
    assert pick(ROWS, statistic="top_tenth_share", year=2025).estimate > 0.3


def times(pairs):
    frame = pd.DataFrame(pairs, columns=["member", "time"]).assign(action="view", object="x", target=None)
    frame["time"] = pd.to_datetime(frame["time"])
    return frame.assign(year=frame["time"].dt.year)


JOINED = roster(
    "people",
    {
        "year": [2025] * 5,
        "member": ["old", "a", "b", "c", "d"],
        "joined": pd.to_datetime(["2020-05-01", "2025-01-10", "2025-01-20", "2025-02-01", "2025-04-01"]),
    },
)
SMALL = times([("old", "2025-01-01"), ("a", "2025-01-11"), ("a", "2025-02-01"), ("b", "2025-03-01"),
               ("c", "2025-03-31"), ("old", "2025-04-30")])  # fmt: skip


def test_retention_counts_only_months_that_lie_within_the_log():
    curve = retention_curve(prepared(activity=ibis.memtable(SMALL), people=JOINED))
    table = {(f"{c:%m}", m): (s, n) for c, m, s, n in curve.itertuples(index=False)}
    assert table == {
        ("01", 0): (0.5, 2), ("01", 1): (0.5, 2), ("01", 2): (0.5, 2), ("01", 3): (0.0, 2),
        ("02", 0): (0.0, 1), ("02", 1): (1.0, 1), ("02", 2): (0.0, 1), ("04", 0): (0.0, 1),
    }  # fmt: skip


def test_retention_rows_pool_the_cohorts_of_a_year_and_split_them():
    made = rows(SMALL, JOINED)
    pooled = pick(made, analysis="retention", category="month 1", group="")
    assert (pooled.count, pooled.n, pooled.estimate) == (2, 3, pytest.approx(2 / 3))
    cohort = pick(made, analysis="retention", category="month 1", level="2025-01")
    assert (cohort.count, cohort.n, cohort.parents) == (1, 2, (pooled.id,))
    assert not [row for row in made if row.category == "month 6"]


def test_a_years_retention_does_not_change_when_the_log_grows():
    later = pd.concat([SMALL, times([("d", "2026-02-01"), ("b", "2026-03-01")])])
    assert [r for r in rows(later, JOINED) if r.analysis == "retention" and r.year == 2025] == [
        r for r in rows(SMALL, JOINED) if r.analysis == "retention"
    ]


def test_without_joining_dates_the_first_event_is_joining_and_the_first_month_is_no_cohort():
    counts = member_months(ibis.memtable(SMALL))
    nobody = roster("people", {"year": [2025], "member": ["a"]})
    assert joining_month(counts, nobody)["b"] == pd.Timestamp("2025-03-01")
    assert set(retention_table(counts, nobody)["member"]) == {"b", "c"}


def test_retention_recovers_a_planted_constant_rate():
    rng = np.random.default_rng(6)
    people = [(f"m{i}", pd.Timestamp(2025, 1 + i % 6, 1)) for i in range(600)]
    events = [
        (m, j + pd.DateOffset(months=k)) for m, j in people for k in range(7) if k == 0 or rng.random() < 0.4
    ]
    joined = roster(
        "people", {"year": [2025] * 600, "member": [m for m, _ in people], "joined": [j for _, j in people]}
    )
    for after in (1, 3, 6):
        row = pick(rows(times(events), joined), analysis="retention", category=f"month {after}", group="")
        assert row.ci_low - 0.02 < 0.4 < row.ci_high + 0.02


def test_without_a_log_there_are_no_rows_and_an_empty_curve():
    assert analyse_activity(prepared()) == []
    assert list(retention_curve(prepared()).columns) == ["cohort", "month", "share", "n"]
