"""Whether ratings rise or fall in the course of a year, when people rate several times."""

import numpy as np
import pandas as pd
import pytest
from survey_study import pick, prepared, roster

from ksn_research.analyse.engagement.ratings import clustered_slope, rating_trend_rows


def test_the_slope_and_its_error_are_those_of_statsmodels():
    import statsmodels.api as sm

    random = np.random.default_rng(4)
    person = np.repeat(np.arange(25), 4)
    x = random.uniform(0, 12, 100)
    y = 3 + 0.1 * x + random.normal(size=25)[person] + random.normal(size=100)
    theirs = sm.OLS(y, sm.add_constant(x)).fit(cov_type="cluster", cov_kwds={"groups": person}, use_t=True)
    slope, se, low, high = clustered_slope(x, y, person)
    assert (slope, se) == (pytest.approx(theirs.params[1]), pytest.approx(theirs.bse[1]))
    assert [low, high] == pytest.approx(theirs.conf_int()[1])


def sheets(values, months, people):
    return pd.DataFrame({
        "year": pd.array([2025] * len(values), "Int64"), "member": people,
        "event": [f"e{m}" for m in months], "rating": np.asarray(values, dtype=float),
    })  # fmt: skip


EVENTS = roster("attendance", {
    "year": [2025] * 12, "event": [f"e{m}" for m in range(1, 13)],
    "date": pd.to_datetime([f"2025-{m:02d}-01" for m in range(1, 13)]),
})  # fmt: skip


def rows(frame):
    return rating_trend_rows(prepared(attendance=EVENTS, records={"sessions": frame}))


def test_quarters_have_means_and_a_flat_line_has_no_clear_trend():
    made = rows(sheets([2, 4, 4, 2], [1, 2, 4, 5], ["a", "b", "a", "b"]))
    assert pick(made, category="2025-Q1").estimate == pick(made, category="2025-Q2").estimate == 3
    trend = pick(made, statistic="slope_per_month")
    assert (trend.note, trend.n, trend.people, trend.unit) == ("no clear trend", 4, 2, "answers")
    assert trend.ci_low < 0 < trend.ci_high


@pytest.mark.parametrize(
    ("frame", "left"),
    [
        (sheets([2, 4], [1, 2], ["a", "b"]), 0),  # one quarter only
        (sheets([2, 4, 5], [1, 4, 99], ["a", "b", "a"]), 2),  # nobody knows when e99 was
        (sheets([2, 4], [1, 4], ["a", "b"]).drop(columns="event"), 0),
    ],
    ids=["one quarter", "an unknown event", "no date at all"],
)
def test_only_ratings_that_can_be_dated_count(frame, left):
    made = rows(frame)
    assert (pick(made, statistic="slope_per_month").n if made else 0) == left


def test_ratings_by_one_person_have_a_slope_without_interval():
    trend = pick(rows(sheets([2, 3, 4], [1, 4, 7], ["a"] * 3)), statistic="slope_per_month")
    assert (trend.ci_low, trend.note) == (None, "rated by one person: no interval")
    # 181 days from January to July: 2 points in 181 / 30.4375 months, least squares over days 0, 90, 181
    assert trend.estimate == pytest.approx(2 / (181 / 30.4375), rel=1e-3)


def test_a_planted_slope_is_covered_by_the_interval():
    random, hits = np.random.default_rng(6), 0
    for _ in range(500):
        person = np.repeat(np.arange(40), 5)
        x = random.uniform(0, 12, 200)
        own = random.normal(0, 0.7, 40)[person]
        _, _, low, high = clustered_slope(x, 3 + 0.05 * x + own + random.normal(0, 0.7, 200), person)
        hits += low <= 0.05 <= high
    assert hits / 500 == pytest.approx(0.95, abs=0.03)
