"""How long people keep coming: Kaplan-Meier curves, and the two that are drawn of an attendance sheet."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from survey_study import pick, prepared, roster

from ksn_research.analyse.engagement.retention import (
    came_again,
    followed,
    retention_curves,
    retention_rows,
    still_coming,
    visits_of,
)
from ksn_research.analyse.engagement.survival import NOBODY, TOO_SHORT, kaplan_meier

# Maintenance chemotherapy for acute myelogenous leukaemia, maintained group (Miller 1981, Survival Analysis).
WEEKS = np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], dtype=float)
RELAPSED = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0], dtype=bool)
# R survival: summary(survfit(Surv(time, status) ~ 1, aml[aml$x == "Maintained", ], conf.type = "log-log"))
PRINTED = [
    (9, 0.909, 0.0867, 0.5081, 0.987),
    (13, 0.818, 0.1163, 0.4474, 0.951),
    (18, 0.716, 0.1397, 0.3502, 0.899),
    (23, 0.614, 0.1526, 0.2658, 0.835),
    (31, 0.491, 0.1642, 0.1673, 0.753),
    (34, 0.368, 0.1627, 0.0928, 0.657),
    (48, 0.184, 0.1535, 0.0117, 0.525),
]


@pytest.mark.parametrize(("week", "share", "se", "low", "high"), PRINTED)
def test_the_curve_is_the_one_that_r_prints(week, share, se, low, high):
    found = kaplan_meier(WEEKS, RELAPSED).lasting(week)
    assert (found.value, found.se) == (pytest.approx(share, abs=5e-4), pytest.approx(se, abs=5e-5))
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-4))


def test_the_median_is_where_the_curve_and_its_interval_pass_one_half():
    # by the table above: 0.491 first at 31, 0.447 at 13; the upper end 0.525 never passes
    median = kaplan_meier(WEEKS, RELAPSED).median
    assert (median.value, median.low, median.high) == (31, 13, None)


def test_the_curve_and_its_error_are_those_of_statsmodels():
    from statsmodels.duration.survfunc import SurvfuncRight

    random = np.random.default_rng(3)
    time, ended = random.integers(1, 40, 120).astype(float), random.random(120) < 0.6
    theirs, ours = SurvfuncRight(time, ended), kaplan_meier(time, ended)
    at = np.isin(ours.times, theirs.surv_times)
    np.testing.assert_allclose(ours.share[at], theirs.surv_prob)
    np.testing.assert_allclose(ours.se[at], theirs.surv_prob_se)


@pytest.mark.parametrize(
    ("time", "ended", "at", "value", "why"),
    [
        ([], [], 1, None, NOBODY),
        ([1, 2], [1, 0], 2, 0.5, ""),
        ([1, 2], [1, 0], 3, None, TOO_SHORT),  # the one still there was last seen at 2
        ([1, 2], [1, 1], 3, 0.0, ""),  # nobody is left, whenever one asks
        ([5, 6], [0, 0], 4, 1.0, ""),
        ([0, 3], [1, 0], 0, 0.5, ""),  # ends on the day it begins
    ],
)
def test_nothing_is_said_beyond_what_was_followed(time, ended, at, value, why):
    found = kaplan_meier(np.array(time, dtype=float), np.array(ended, dtype=bool)).lasting(at)
    assert (found.value, found.why) == (value, why)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40), st.integers(0, 20))
def test_without_censoring_it_is_the_share_that_lasted_longer(times, at):
    time = np.array(times, dtype=float)
    found = kaplan_meier(time, np.ones(len(time), dtype=bool))
    assert found.lasting(at).value == pytest.approx((time > at).mean())
    assert found.ending(at).value == pytest.approx((time <= at).mean())


def test_the_interval_covers_a_planted_share_that_is_partly_censored():
    random, hits = np.random.default_rng(11), 0
    for _ in range(600):
        end, censored = random.exponential(100, 60), random.uniform(20, 200, 60)
        found = kaplan_meier(np.minimum(end, censored), end <= censored).lasting(60)
        hits += found.low <= np.exp(-0.6) <= found.high
    assert hits / 600 == pytest.approx(0.95, abs=0.025)


SHEET = roster(
    "attendance",
    {
        "year": [2025] * 9,
        "event": ["a", "b", "c", "a", "b", "a", "c", "c", "c"],
        "kind": ["social"] * 9,
        "date": pd.to_datetime([f"2025-{d}" for d in (
            "01-01", "02-10", "12-31", "01-01", "02-10", "01-01", "12-31", "12-31", "12-31")]),
        "member": ["stays", "stays", "stays", "goes", "goes", "once", "late", None, "late"],
    },
)  # fmt: skip


def test_who_came_late_in_the_year_is_not_followed_and_who_stayed_has_not_gone():
    visits = followed(visits_of(SHEET))
    assert sorted(visits.index) == ["goes", "once", "stays"]
    curve = still_coming(visits)
    # until 92 days before 31 December, day 272 of the year counted from 1 January
    assert curve.times.tolist() == [0, 40, 272]
    assert curve.ended.tolist() == [1, 1, 0]
    assert curve.share.tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3])


def test_coming_again_counts_from_the_first_day_and_is_followed_to_the_last_event():
    curve = came_again(visits_of(SHEET))
    assert curve.times.tolist() == [0, 40, 364]
    assert (curve.at_risk.tolist(), curve.ended.tolist()) == ([4, 3, 1], [0, 2, 0])
    assert curve.ending(40).value == pytest.approx(2 / 3)


def test_rows_say_how_many_were_followed_and_why_there_is_no_number():
    rows = retention_rows(SHEET, "social", 2025)
    again = pick(rows, analysis="coming_again", category="within 90 days")
    assert (again.estimate, again.n, again.people, again.count) == (pytest.approx(2 / 3), 4, 4, 2)
    lasting = pick(rows, analysis="lasting", category="after 30 days")
    assert (lasting.estimate, lasting.n, lasting.people, lasting.count) == (pytest.approx(2 / 3), 3, 3, 2)
    assert pick(rows, analysis="lasting", statistic="median_days").estimate == 40
    brief = retention_rows(SHEET[SHEET["date"] < "2025-03-01"], "social", 2025)
    assert not [row for row in brief if row.analysis == "lasting"]  # too short to see anybody gone
    assert retention_rows(SHEET[SHEET["event"] == "a"], "social", 2025) == []


def test_curves_have_both_kinds_for_every_kind_of_event():
    curves = retention_curves(prepared(attendance=SHEET))
    assert set(curves["curve"]) == {"came again", "still coming"}
    assert set(curves["kind"]) == {"all gatherings", "social"}
    assert curves["share"].between(0, 1).all()
    assert retention_curves(prepared()).empty


def test_a_planted_rate_of_leaving_is_recovered():
    # Weekly events; after each a person leaves for good with probability 0.05.
    random = np.random.default_rng(8)
    weeks = np.minimum(random.geometric(0.05, 500), 50)
    member = np.repeat([f"m{i}" for i in range(500)], weeks)
    week = np.concatenate([np.arange(n) for n in weeks])
    sheet = roster("attendance", {
        "year": np.full(len(week), 2025), "event": [f"e{w}" for w in week], "kind": "session",
        "date": pd.Timestamp("2025-01-01") + pd.to_timedelta(week * 7, "D"), "member": member,
    })  # fmt: skip
    found = still_coming(followed(visits_of(sheet))).lasting(90)  # the 13th week still came
    assert found.value == pytest.approx(0.95**13, abs=0.05)
    assert found.low < 0.95**13 < found.high
