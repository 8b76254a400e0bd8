"""Scale statistics against R psych, pingouin, and numbers worked out by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import FIVE, answers, instrument, pick

from ksn_research.analyse.survey.groups import sample
from ksn_research.analyse.survey.scale.coefficients import AGAINST, NO_INTERVAL
from ksn_research.analyse.survey.scale.icc import icc1
from ksn_research.analyse.survey.scale.omega import omega_total
from ksn_research.analyse.survey.scale.reliability import cronbach_alpha, ordinal_alpha
from ksn_research.analyse.survey.scale.scales import item_values, means, scale_rows
from ksn_research.plan import Instrument, Question, Scale

R = json.loads((Path(__file__).parent / "reference" / "survey_r.json").read_text())


def with_covariance(covariance, n):
    """Seeded answers whose sample covariance is exactly the given one: alpha depends on nothing else."""
    raw = np.random.default_rng(1).normal(size=(n, len(covariance)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return white @ np.linalg.cholesky(np.array(covariance)).T


@pytest.mark.parametrize("name", R["alpha"])
def test_alpha_is_what_r_psych_gives_listwise(name):
    case = R["alpha"][name]
    result = cronbach_alpha(with_covariance(case["covariance"], case["n"]))
    assert result.alpha == pytest.approx(case["alpha"], abs=1e-9)
    if "feldt" in case:
        assert (result.low, result.high) == pytest.approx(tuple(case["feldt"]), abs=1e-8)


def test_alpha_is_what_pingouin_gives():
    pingouin = pytest.importorskip("pingouin")
    items = np.random.default_rng(3).integers(1, 6, (40, 4)).astype(float)
    items[:, 1] = items[:, 0]
    alpha, interval = pingouin.cronbach_alpha(pd.DataFrame(items))
    result = cronbach_alpha(items)
    assert result.alpha == pytest.approx(alpha, abs=1e-12)
    assert (result.low, result.high) == pytest.approx(tuple(interval), abs=6e-4)  # pingouin rounds to 3


@pytest.mark.parametrize(
    ("items", "note"),
    [
        (np.arange(5.0)[:, None], "fewer than 2 items"),
        (np.array([[1.0, 2], [2, 3]]), "fewer than 3 respondents"),
        (np.array([[1.0, 2], [2, 3], [np.nan, 1]]), "fewer than 3 respondents"),
        (np.full((5, 3), 4.0), "no variation"),
        (np.empty((0, 3)), "fewer than 3 respondents"),
    ],
)
def test_alpha_says_why_it_is_undefined(items, note):
    result = cronbach_alpha(items)
    assert result.note == note
    assert np.isnan(result.alpha)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(-5, 5), st.floats(0.1, 4))
def test_alpha_does_not_move_with_shift_scale_or_order(seed, shift, factor):
    items = np.random.default_rng(seed).normal(size=(12, 3)) + np.arange(12)[:, None] / 4
    base = cronbach_alpha(items).alpha
    assert cronbach_alpha(items[::-1, ::-1] * factor + shift).alpha == pytest.approx(base)


def test_alpha_recovers_a_planted_reliability():
    rng = np.random.default_rng(11)
    items = rng.normal(size=(20_000, 1)) + rng.normal(scale=1.5, size=(20_000, 4))
    assert cronbach_alpha(items).alpha == pytest.approx(4 / (4 + 1.5**2), abs=0.01)  # Spearman-Brown


def test_means_by_level_are_those_of_each_level_alone():
    from scipy import stats

    values, codes = np.array([1.0, 2, 4, 5, 5, np.nan]), np.array([0, 0, 0, 1, 1, 1])
    m = means(values, codes, 3)
    low, high = stats.t.interval(0.95, 2, loc=7 / 3, scale=stats.sem([1, 2, 4]))
    assert (m.mean[0], m.sd[0], m.low[0], m.high[0]) == pytest.approx((7 / 3, 1.5275252, low, high))
    assert (m.n.tolist(), m.sd[1]) == ([3, 2, 0], 0)
    assert np.isnan(m.mean[2])


def test_icc1_is_what_pingouin_gives_for_equal_groups():
    pingouin = pytest.importorskip("pingouin")
    rng = np.random.default_rng(5)
    y = rng.normal(size=(9, 1)) + rng.normal(size=(9, 4))
    long = pd.DataFrame(y).rename_axis("t").reset_index().melt("t", var_name="r", value_name="y")
    expected = pingouin.intraclass_corr(long, "t", "r", "y").iloc[0]
    result = icc1(y.ravel(), np.repeat(np.arange(9), 4))
    assert (result.icc, result.f) == pytest.approx((expected["ICC"], expected["F"]), abs=1e-9)
    assert [result.low, result.high] == pytest.approx(list(expected["CI95"]), abs=6e-3)  # rounded to 2


def test_icc1_of_unequal_groups_worked_out_by_hand():
    # Groups (1, 3), (4, 6, 8), (9): grand mean 31/6; SSB = 2(2-31/6)^2 + 3(6-31/6)^2 + (9-31/6)^2 = 36.8333,
    # MSB = 18.41667; SSW = 2 + 8 = 10, MSW = 10/3; n0 = (6 - 14/6)/2 = 1.83333.
    # ICC = (18.41667 - 3.33333) / (18.41667 + 0.83333 * 3.33333) = 15.08333 / 21.19444
    result = icc1(np.array([1.0, 3, 4, 6, 8, 9]), np.array([4, 4, 7, 7, 7, 9]))
    assert result.icc == pytest.approx(15.0833333 / 21.1944444)
    assert result.n0 == pytest.approx(11 / 6)
    assert result.groups == 3


@pytest.mark.parametrize(
    ("values", "groups", "note"),
    [
        ([1.0, 2, 3], [0, 0, 0], "fewer than 2 groups"),
        ([1.0, 2, 3], [0, 1, 2], "no group has 2 answers"),
        ([2.0, 2, 2, 2], [0, 0, 1, 1], "no variation"),
        ([], [], "fewer than 2 groups"),
    ],
)
def test_icc1_says_why_it_is_undefined(values, groups, note):
    assert icc1(np.array(values, dtype=float), np.array(groups, dtype=int)).note == note


def test_icc1_recovers_a_planted_between_circle_share():
    rng = np.random.default_rng(13)
    circles = np.repeat(np.arange(400), rng.integers(3, 12, 400))
    values = rng.normal(scale=0.5, size=400)[circles] + rng.normal(size=len(circles))
    result = icc1(values, circles)
    assert result.icc == pytest.approx(0.25 / 1.25, abs=0.04)
    assert result.low < 0.2 < result.high


def test_reversed_items_are_turned_and_dont_know_is_no_number():
    plan = instrument()
    frame = answers([[2025, "5", "1"], [2025, "2", None]], ["year", "safe_1", "safe_2"])
    items = item_values(frame, plan, plan.scales["safety"])
    assert items[0].tolist() == [5, 5]
    assert items[1][0] == 2
    assert np.isnan(items[1][1])


def test_scale_rows_say_what_they_rest_on_and_what_is_undefined():
    plan = instrument()
    frame = answers(
        [[2025, f"m{i}", f"o{i % 2}", "East", str(1 + i), str(5 - i), 1.0 + i] for i in range(4)],
        ["year", "member", "organisation", "region", "safe_1", "safe_2", "safety"],
    )
    rows = scale_rows(sample(frame, source="pulse", year=2025), plan, plan.scales["safety"])
    mean = pick(rows, statistic="mean", group="")
    assert (mean.estimate, mean.n, mean.people, mean.organisations) == (2.5, 4, 4, 2)
    assert mean.ci_low < 2.5 < mean.ci_high
    assert pick(rows, statistic="mean", level="East").parents == (mean.id,)
    assert pick(rows, statistic="spearman_brown", group="").estimate == pytest.approx(1)  # of two items
    alone = scale_rows(sample(frame.iloc[:1], source="pulse", year=2025), plan, plan.scales["safety"])
    assert pick(alone, statistic="spearman_brown", group="").note == "fewer than 3 respondents"
    assert pick(alone, statistic="sd", group="").status == "undefined"


def four_items(n, regions=("East",)):
    """Seeded five-point answers to four items of one factor; people in `regions` in turn."""
    rng = np.random.default_rng(21)
    latent = rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, 4))
    steps = np.clip(np.rint(3 + latent), 1, 5).astype(int)
    names = ("q1", "q2", "q3", "q4")
    scale = Scale("s", "S", names)
    plan = Instrument("i", "I", {q: Question(q, "select_one", q, FIVE) for q in names}, {"s": scale})
    rows = [
        [2025, f"m{i}", regions[i % len(regions)], *map(str, row), float(np.mean(row))]
        for i, row in enumerate(steps.tolist())
    ]
    return answers(rows, ["year", "member", "region", *names, "s"]), plan, scale, steps.astype(float)


def test_omega_has_an_interval_for_the_whole_and_stands_where_a_level_has_30_answers():
    frame, plan, scale, items = four_items(89, ("East", "West", "West"))  # 30 and 59
    rows = scale_rows(sample(frame, source="pulse", year=2025), plan, scale)
    whole = pick(rows, statistic="omega", group="")
    assert whole.estimate == pytest.approx(omega_total(items).omega)
    assert whole.ci_low < whole.estimate < whole.ci_high
    assert "1000 draws" in whole.method
    assert pick(rows, statistic="omega", level="East").note == NO_INTERVAL
    fewer = four_items(88, ("West", "East", "West"))  # 29 in the East
    rows = scale_rows(sample(fewer[0], source="pulse", year=2025), plan, scale)
    assert [row.level for row in rows if row.statistic == "omega" and row.group] == ["West"]
    assert [row.level for row in rows if row.statistic == "alpha" and row.group] == ["East", "West"]


def test_ordinal_alpha_and_items_are_of_the_whole_sample_only():
    frame, plan, scale, items = four_items(60, ("East", "West"))
    rows = scale_rows(sample(frame, source="pulse", year=2025), plan, scale)
    assert pick(rows, statistic="ordinal_alpha").estimate == pytest.approx(ordinal_alpha(items).alpha)
    per_item = {"item_total", "alpha_if_dropped", "floor", "ceiling", "missing"}
    assert {row.statistic for row in rows if row.category} == per_item
    assert {row.group for row in rows if row.category} == {""}
    by_circle = sample(frame.assign(circle="C1"), source="pulse", year=2025, by=("circle",))
    alone = replace(by_circle, groupings=by_circle.groupings[1:])
    assert {row.statistic for row in scale_rows(alone, plan, scale)} == {"mean"}


def test_a_forgotten_reversal_is_said_beside_alpha():
    frame, plan, scale, _ = four_items(90)
    frame["q2"] = (6 - frame["q2"].astype(int)).astype(str)
    rows = scale_rows(sample(frame, source="pulse", year=2025), plan, scale)
    assert pick(rows, statistic="alpha", group="").note == f"q2 {AGAINST}"


def test_alpha_stands_with_both_its_intervals_for_the_whole_and_one_for_a_region():
    rng = np.random.default_rng(7)
    table = np.clip(np.rint(3 + rng.normal(size=(90, 1)) + rng.normal(size=(90, 3))), 1, 5).astype(int)
    names = ["a", "b", "c"]
    questions = {name: Question(name, "select_one", name, FIVE) for name in names}
    plan = Instrument("i", "I", questions, {"s": Scale("s", "S", tuple(names))})
    frame = pd.DataFrame(table.astype(str), columns=names).assign(
        s=table.mean(axis=1), member=[f"m{i}" for i in range(90)], region=["East", "West"] * 45
    )
    rows = scale_rows(sample(frame, source="x", year=2025), plan, plan.scales["s"])
    plain, drawn = (pick(rows, statistic=name, group="") for name in ("alpha", "alpha_bootstrap"))
    assert drawn.estimate == plain.estimate
    assert (drawn.ci_low, drawn.ci_high) == pytest.approx((plain.ci_low, plain.ci_high), abs=0.08)
    assert drawn.ci_low != plain.ci_low and "1000 draws" in drawn.method
    assert {row.group for row in rows if row.statistic == "alpha_bootstrap"} == {""}
