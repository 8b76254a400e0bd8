"""Item analysis against R psych, items turned the wrong way, and use of scores for circles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scale_data import MORE, REVERSED, R, names, one_factor, raw, table, turned
from survey_study import FIVE, answers, pick

from ksn_research.analyse.survey.groups import sample
from ksn_research.analyse.survey.scale.coefficients import AGAINST, circle_rows, item_rows
from ksn_research.analyse.survey.scale.icc import icc1, icc2, rwg_j, uniform_variance
from ksn_research.analyse.survey.scale.items import (
    alpha_if_dropped,
    item_statistics,
    item_total,
    not_reversed,
)
from ksn_research.analyse.survey.scale.reliability import cronbach_alpha
from ksn_research.analyse.survey.scale.scales import item_values
from ksn_research.plan import Instrument, Question, Scale

# psych::alpha(na.omit(x)): alpha.drop$raw_alpha, item.stats$r.drop
ENTRIES = ("alpha_if_dropped", "r_drop")
COVERED: tuple[str, ...] = tuple(f"bfi.{scale}.{entry}" for scale in REVERSED for entry in ENTRIES)


@pytest.mark.parametrize("name", COVERED)
def test_items_as_in_r_psych(name):
    _, scale, entry = name.split(".")
    found = item_statistics(turned(scale), 1, 6)
    ours = found.alpha_if_dropped if entry == "alpha_if_dropped" else found.item_total
    assert ours == pytest.approx(list(R["bfi"][scale][entry].values()), abs=1e-6)


@pytest.mark.parametrize("scale", REVERSED)
def test_items_left_unreversed_are_found_and_no_others(scale):
    assert not_reversed(raw(scale), names(scale)) == REVERSED[scale]
    assert not_reversed(turned(scale), names(scale)) == ()


@pytest.mark.parametrize("scale", REVERSED)
@pytest.mark.parametrize("n", [40, 150])
def test_small_samples_raise_no_false_alarm_on_turned_items(scale, n):
    rows = np.random.default_rng(1).permutation(turned(scale))
    alarms = [not_reversed(rows[i * n : (i + 1) * n], names(scale)) for i in range(15)]
    assert sum(map(bool, alarms)) <= 1


def test_an_item_of_something_else_is_no_alarm():
    # 200 samples with an item that has nothing to do with the others: named in about one of forty
    rng = np.random.default_rng(2)
    samples = [np.column_stack([one_factor(seed, 80), rng.normal(size=80)]) for seed in range(200)]
    alarms = [not_reversed(items, "abcdef") for items in samples]
    assert sum(map(bool, alarms)) <= 16
    assert set().union(*alarms) <= {"f"}


@pytest.mark.parametrize(
    "items", [np.empty((0, 4)), np.ones((9, 4)), np.arange(12.0).reshape(6, 2), np.full((9, 4), np.nan)]
)
def test_too_little_to_say_which_item_runs_against_the_others(items):
    assert not_reversed(items, "abcd") == ()


def test_item_statistics_worked_out_by_hand():
    items = np.array([[1.0, 5, 2], [1, 4, 2], [3, 5, np.nan], [5, 2, 5]])
    found = item_statistics(items, 1, 5)
    assert found.floor.tolist() == [0.5, 0, 0]
    assert found.ceiling == pytest.approx([0.25, 0.5, 1 / 3])
    assert found.missing.tolist() == [0, 0, 0.25]
    assert (found.n, found.answered.tolist()) == (3, [4, 4, 3])
    complete = items[[0, 1, 3]]
    assert found.item_total[0] == pytest.approx(
        np.corrcoef(complete[:, 0], complete[:, 1:].sum(axis=1))[0, 1]
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 7))
def test_item_statistics_are_those_of_each_item_alone(seed, k):
    items = one_factor(seed, 30, (0.6,) * k)
    C = np.cov(items.T)
    for i in range(k):
        others = np.delete(items, i, axis=1)
        assert item_total(C)[i] == pytest.approx(np.corrcoef(items[:, i], others.sum(axis=1))[0, 1])
        assert alpha_if_dropped(C)[i] == pytest.approx(cronbach_alpha(others).alpha)


def test_an_item_without_variation_has_no_item_total():
    items = np.column_stack([one_factor(1, 20, (0.6, 0.6)), np.ones(20)])
    assert np.isnan(item_total(np.cov(items.T))[2])
    assert not np.isnan(item_total(np.cov(items.T))[0])


def scale_and_plan(reverse=("q2",), many=FIVE):
    scale = Scale("s", "S", ("q1", "q2", "q3"), reverse)
    questions = {name: Question(name, "select_one", name, many) for name in scale.items}
    return scale, Instrument("i", "I", questions, {"s": scale})


def respondents(columns):
    rows = [[2025, f"m{i}", *map(str, row)] for i, row in enumerate(zip(*columns, strict=True))]
    return answers(rows, ["year", "member", "q1", "q2", "q3"])


def test_item_rows_point_at_the_choices_that_say_the_same():
    scale, plan = scale_and_plan()
    frame = respondents([[1, 1, 2, 3, 5, 5], [5, 4, 4, 3, 1, 1], [1, 2, 2, 4, 4, 5]])
    rows = item_rows(sample(frame, source="pulse", year=2025), item_values(frame, plan, scale), plan, scale)
    floor = pick(rows, category="q2", statistic="floor")  # reversed: the lowest is the choice 5
    assert (floor.estimate, floor.count, floor.n, floor.binary) == (1 / 6, 1, 6, True)
    assert floor.parents == ("2025.pulse.answers.q2[5].share",)
    assert pick(rows, category="q1", statistic="floor").parents == ("2025.pulse.answers.q1[1].share",)
    assert pick(rows, category="q1", statistic="missing").exempt
    assert all(row.note == "" for row in rows if row.statistic == "item_total")


def test_item_rows_say_what_runs_against_the_others():
    scale, plan = scale_and_plan(reverse=())
    columns = np.clip(np.rint(3 + 1.5 * one_factor(5, 90, (0.8,) * 3)), 1, 5).astype(int).T
    frame = respondents([columns[0], 6 - columns[1], columns[2]])
    rows = item_rows(sample(frame, source="pulse", year=2025), item_values(frame, plan, scale), plan, scale)
    said = {row.category: row.note for row in rows if row.statistic == "item_total"}
    assert said == {"q1": "", "q2": AGAINST, "q3": ""}


def test_icc_1_and_2_as_an_analysis_of_variance_in_r():
    # anova(lm(y ~ factor(g))), y the N score, g age: scales.R
    expected = MORE["icc_by_age"]
    y, g = turned("N").mean(axis=1), table("bfi")["age"].to_numpy(dtype=int)
    one, two = icc1(y, g), icc2(y, g)
    assert (one.n, one.groups, one.n0) == (expected["n"], expected["groups"], pytest.approx(expected["n0"]))
    assert (one.icc, two.icc, two.f) == pytest.approx(
        (expected["icc1"], expected["icc2"], expected["F"]), abs=1e-9
    )


def test_icc_2_and_its_interval_are_what_pingouin_gives_for_equal_groups():
    pingouin = pytest.importorskip("pingouin")
    import pandas as pd

    rng = np.random.default_rng(5)
    y = rng.normal(size=(9, 1)) + rng.normal(size=(9, 4))
    long = pd.DataFrame(y).rename_axis("t").reset_index().melt("t", var_name="r", value_name="y")
    expected = pingouin.intraclass_corr(long, "t", "r", "y").set_index("Type").loc["ICC(1,k)"]
    result = icc2(y.ravel(), np.repeat(np.arange(9), 4))
    assert result.icc == pytest.approx(expected["ICC"], abs=1e-9)
    assert [result.low, result.high] == pytest.approx(list(expected["CI95"]), abs=6e-3)  # rounded to 2


def test_icc_2_says_why_it_is_undefined():
    assert icc2(np.array([1.0, 2]), np.array([0, 1])).note == "no group has 2 answers"


def test_rwg_as_by_formula_in_r():
    expected = MORE["rwg_by_age"]
    ages = table("bfi")["age"].to_numpy(dtype=int)
    found = rwg_j(turned("N"), ages, uniform_variance(1, 6))
    used = ~np.isnan(found.values)
    assert (used.sum(), found.cut) == (expected["groups"], expected["cut"])
    assert found.values[used].mean() == pytest.approx(expected["mean"], abs=1e-9)
    assert found.values[expected["ages"]] == pytest.approx(expected["first"], abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "value", "cut"),
    [
        ([[4.0, 4]] * 5, 1, 0),  # no variance at all
        ([[1.0, 1]] * 3 + [[5.0, 5]] * 3, 0, 1),  # variance 4.8 of 2: cut
        # variances .3 and .3 of 2: 2(1 - .15) / (2(1 - .15) + .15)
        ([[4.0, 2], [4, 2], [4, 3], [5, 3], [5, 2]], 1.7 / 1.85, 0),
    ],
)
def test_rwg_worked_out_by_hand(rows, value, cut):
    found = rwg_j(np.array(rows), np.zeros(len(rows), dtype=int), uniform_variance(1, 5))
    assert (found.values.tolist(), found.cut) == ([pytest.approx(value)], cut)


def test_rwg_leaves_out_small_circles_and_incomplete_answers():
    items = np.array([[4.0, 4]] * 5 + [[2.0, 2]] * 4 + [[2, np.nan]])
    found = rwg_j(items, np.repeat([0, 1], 5), 2.0)
    assert found.n.tolist() == [5, 4]
    assert (found.values[0], np.isnan(found.values[1])) == (1, True)
    assert rwg_j(items, np.full(10, -1), 2.0).note == "no circle has 5 complete answers"


def test_circle_rows_say_how_many_circles_agree():
    scale, plan = scale_and_plan()
    frame = respondents([[4] * 5 + [1, 5] * 3, [2] * 5 + [1, 5] * 3, [4] * 5 + [1, 5] * 3])
    items = item_values(frame, plan, scale)
    circles = np.repeat([0, 1], [5, 6])
    rows = circle_rows(sample(frame, source="pulse", year=2025), items.mean(axis=1), items, circles, scale)
    agreed = pick(rows, statistic="rwg")
    assert (agreed.estimate, agreed.n, agreed.unit, agreed.people) == (0.5, 2, "circles", 11)
    assert agreed.note == "disagreement beyond chance, set to 0: 1 of these circles"
    assert {row.statistic for row in rows} == {"icc1", "icc2", "rwg"}
