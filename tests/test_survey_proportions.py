"""Proportions: Wilson against R, shares and distributions on rows that can be counted by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from survey_study import answers, instrument, pick

from ksn_research.analyse.survey import groups
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import NOT_KNOWN, distinct, groupings, sample
from ksn_research.analyse.survey.proportions import answer_rows, measure_values, share_rows
from ksn_research.results import collect

R = json.loads((Path(__file__).parent / "reference" / "survey_r.json").read_text())


@pytest.mark.parametrize("case", R["wilson"], ids=lambda c: f"{c['x']}of{c['n']}")
def test_wilson_is_what_r_prop_test_gives(case):
    assert wilson(case["x"], case["n"]) == pytest.approx(tuple(case["ci"]), abs=1e-9)


def test_wilson_of_arrays_is_wilson_of_each_and_undefined_for_nobody():
    low, high = wilson([0, 5, 10, 0], [10, 10, 10, 0])
    assert np.isnan(low[3])
    assert np.isnan(high[3])
    assert (low[0], high[2]) == (0.0, 1.0)
    assert (low[1], high[1]) == wilson(5, 10)


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5)])
def test_a_count_outside_its_denominator_is_refused(count, n):
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson(count, n)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_contains_the_share_and_mirrors(case):
    count, n = case
    low, high = wilson(count, n)
    assert 0 <= low <= count / n <= high <= 1
    assert wilson(n - count, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_wilson_covers_a_planted_share_about_as_often_as_it_says():
    counts = np.random.default_rng(7).binomial(60, 0.3, 4000)
    low, high = wilson(counts, np.full(4000, 60))
    assert np.mean((low <= 0.3) & (high >= 0.3)) == pytest.approx(0.95, abs=0.015)


FIVE_ROWS = answers(
    [
        [2025, "m1", "o1", "East", "5", "yes", True, False],
        [2025, "m2", "o1", "East", "4", "no", True, True],
        [2025, "m3", "o2", "West", "2", "yes", False, True],
        [2025, "m4", "o2", "West", "dont_know", "dont_know", None, None],
        [2025, "m5", "o3", None, None, "yes", None, None],
    ],
    ["year", "member", "organisation", "region", "valuable", "again", "helped/talks", "helped/peers"],
)
WHOLE = sample(FIVE_ROWS, source="pulse", year=2025)
PLAN = instrument()


@pytest.mark.parametrize(
    ("measure", "group", "level", "count", "n", "people", "organisations"),
    [
        ("valued", "", "", 2, 3, 3, 2),  # the don't-know is no opinion
        ("valued_all", "", "", 2, 4, 4, 2),  # the don't-know is an answer
        ("valued", "region", "East", 2, 2, 2, 1),
        ("valued", "region", "West", 0, 1, 1, 1),
        ("any_help", "", "", 3, 3, 3, 2),  # of those who ticked at least one option
    ],
)
def test_a_declared_share_has_the_declared_denominator(
    measure, group, level, count, n, people, organisations
):
    declared = PLAN.measures[measure]
    rows = share_rows(WHOLE, PLAN.questions[declared.question], declared)
    row = pick(rows, group=group, level=level)
    assert (row.count, row.n, row.people, row.organisations) == (count, n, people, organisations)
    assert row.estimate == pytest.approx(count / n)
    assert (row.ci_low, row.ci_high) == pytest.approx(wilson(count, n))
    assert row.binary
    assert ("excluded" in row.method) == (measure == "valued")


def test_a_level_where_nobody_answered_is_undefined_and_says_so():
    row = pick(share_rows(WHOLE, PLAN.questions["valuable"], PLAN.measures["valued"]), level=NOT_KNOWN)
    assert (row.status, row.estimate, row.note) == ("undefined", None, "nobody answered")


def test_the_choices_of_a_question_add_up_to_those_who_answered_at_every_level():
    made = share_rows(WHOLE, PLAN.questions["valuable"], PLAN.measures["valued"])
    rows = answer_rows(WHOLE, PLAN.questions["valuable"], {"4": made, "5": made})
    collect([*made, *rows])
    for level in ("", "East", "West"):
        choices = [row for row in rows if row.statistic == "share" and row.level == level]
        answered = pick(rows, statistic="answered", level=level)
        assert sum(row.estimate * row.n for row in choices) == pytest.approx(answered.n)
        assert level == "" or all(answered.id in row.parents for row in choices)
    four = pick(rows, category="4", group="", statistic="share")
    assert pick(made, group="").id in four.parents
    assert pick(rows, category="4", level="East").parents[-1] == four.id


def test_options_of_a_multiple_question_are_shares_of_those_who_ticked_any():
    rows = answer_rows(WHOLE, PLAN.questions["helped"])
    assert pick(rows, statistic="answered", group="").n == 3
    talks = pick(rows, category="talks", group="")
    assert (talks.count, talks.n, talks.binary) == (2, 3, True)


def test_a_question_nobody_was_asked_gives_nan_not_zero():
    values = measure_values(
        FIVE_ROWS.drop(columns="valuable"), PLAN.questions["valuable"], PLAN.measures["valued"]
    )
    assert np.isnan(values).all()


def test_missing_levels_are_a_level_so_that_levels_add_up():
    assert groupings(FIVE_ROWS, ["region", "type"])[1].levels == ("East", "West", NOT_KNOWN)


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 5)), max_size=30))
def test_distinct_counts_what_sets_count(pairs):
    cells, values = (np.array([p[i] for p in pairs], dtype=int) for i in (0, 1))
    expected = [len({v for c, v in pairs if c == cell and v >= 0}) for cell in range(4)]
    assert distinct(cells, values, 4).tolist() == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "MANY", 0)  # the way for very many cells counts the same
        assert distinct(cells, values, 4).tolist() == expected
