"""Two groups compared: against R, pingouin, scipy and published examples, with signs; planted truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ksn_research.analyse.survey.comparison.compare import (
    OTHERS,
    all_pairs,
    hedges_g,
    share_difference,
    small_sample_factor,
    welch,
    welch_grid,
)

HERE = Path(__file__).parent / "reference"
R = json.loads((HERE / "survey_r.json").read_text())
REFERENCE = json.loads((HERE / "survey" / "reference.json").read_text())["groups"]
# g <- na.omit(bfi[, c("A2", "gender", "education")]); t.test(A2 ~ gender, g); d and g from its means
R_CALLS = {
    "groups.n": lambda found: found.n,
    "groups.welch_t": lambda found: found.difference / found.se,
    "groups.welch_df": lambda found: found.dof,
    "groups.welch_p": lambda found: found.p,
    "groups.cohen_d": lambda found: found.hedges_g / small_sample_factor(sum(found.n) - 2),
    "groups.hedges_g_exact": lambda found: found.hedges_g,
}
COVERED: tuple[str, ...] = tuple(R_CALLS)


def exactly(n, mean, sd, seed):
    """Seeded values with exactly this mean and standard deviation."""
    x = np.random.default_rng(seed).normal(size=n)
    return (x - x.mean()) / x.std(ddof=1) * sd + mean


@pytest.mark.parametrize("entry", COVERED)
def test_two_groups_are_what_r_gives(entry):
    bfi = pd.read_csv(HERE / "survey" / "bfi.csv")[["A2", "gender", "education"]].dropna()
    found = welch(*(bfi.loc[bfi["gender"] == code, "A2"].to_numpy(dtype=float) for code in (1, 2)))
    expected = REFERENCE[entry.removeprefix("groups.")]
    assert R_CALLS[entry](found) == pytest.approx(expected, rel=1e-9)


def test_welch_and_hedges_are_what_r_gives_sign_included():
    case = R["welch"]
    a, b = (
        exactly(n, m, s, i)
        for i, (n, m, s) in enumerate(zip(case["n"], case["mean"], case["sd"], strict=True))
    )
    result = welch(a, b)
    assert result.difference / result.se == pytest.approx(case["welch_t"], abs=1e-9)
    assert result.dof == pytest.approx(case["welch_df"], abs=1e-6)
    assert result.p == pytest.approx(case["welch_p"], rel=1e-6)
    assert result.hedges_g == pytest.approx(case["hedges_g_exact"], abs=1e-9)
    assert result.hedges_g < 0
    assert result.difference < 0


def test_the_welch_interval_is_scipys_unrounded():
    a, b = exactly(12, 3, 1, 1), exactly(30, 2.2, 0.5, 2)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    result = welch(a, b)
    assert (result.ci_low, result.ci_high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_hedges_g_is_near_pingouins_and_has_the_sign_pingouin_drops():
    pingouin = pytest.importorskip("pingouin")
    a, b = exactly(12, 3, 1, 1), exactly(14, 4, 1, 2)
    assert hedges_g(a, b)[0] == pytest.approx(pingouin.compute_effsize(a, b, eftype="hedges"), rel=1e-3)
    assert hedges_g(a, b)[0] < 0 < hedges_g(b, a)[0]


@pytest.mark.parametrize(
    ("a", "b", "note"),
    [
        ([1.0], [1.0, 2], "fewer than 2 people on one side"),
        ([1.0, np.nan], [1.0, 2], "fewer than 2 people on one side"),
        ([2.0, 2], [3.0, 3], "no variation: no interval and no test"),
    ],
)
def test_welch_says_why_it_is_undefined(a, b, note):
    result = welch(np.array(a), np.array(b))
    assert result.note == note
    assert np.isnan(result.p)


def many(n=60, items=7, levels=3, seed=5):
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 6, (n, items)).astype(float)
    values[rng.random(values.shape) < 0.1] = np.nan
    codes = rng.integers(-1, levels, n)
    return values, codes


@pytest.mark.parametrize("contrasts", [None, all_pairs(3)], ids=["against the others", "all pairs"])
def test_a_grid_is_pingouins_test_of_every_item_and_contrast(contrasts):
    pingouin = pytest.importorskip("pingouin")
    values, codes = many()
    grid = welch_grid(values, codes, contrasts)
    for i, (one, other) in enumerate(contrasts or [(level, OTHERS) for level in range(3)]):
        sides = codes == one, (codes >= 0) & (codes != one) if other == OTHERS else codes == other
        for j in range(values.shape[1]):
            a, b = (values[side & ~np.isnan(values[:, j]), j] for side in sides)
            peer = pingouin.ttest(a, b, correction=True).iloc[0]
            assert grid.t[i, j] == pytest.approx(peer["T"], abs=1e-10)
            assert grid.dof[i, j] == pytest.approx(peer["dof"], abs=1e-10)
            assert grid.p[i, j] == pytest.approx(peer["p_val"], abs=1e-10)
            assert grid.comparison(i, j).n == (len(a), len(b))
            assert grid.hedges_g[i, j] == pytest.approx(hedges_g(a, b)[0], abs=1e-12)


def test_a_grid_says_what_is_undefined_cell_by_cell():
    values = np.array([[1.0, 2, 0.1], [np.nan, 2, 0.1], [3, 2, 0.3], [4, 2, 0.3]])
    grid = welch_grid(values, np.array([0, 0, 1, 1]), ((0, 1), (0, 2)))
    notes = [[grid.comparison(i, j).note for j in range(3)] for i in range(2)]
    few, flat = "fewer than 2 people on one side", "no variation: no interval and no test"
    assert notes == [[few, flat, flat], [few] * 3]
    assert grid.comparison(0, 2).difference == pytest.approx(-0.2)
    assert np.isnan(grid.hedges_g[0, 1:]).all()


@given(st.integers(0, 10_000), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
@settings(max_examples=40, deadline=None)
def test_a_grid_does_not_change_with_order_and_moves_with_place_and_unit(seed, shift, unit):
    values, codes = many(seed=seed)
    order = np.random.default_rng(seed).permutation(len(codes))
    grid, other = welch_grid(values, codes), welch_grid(values[order] * unit + shift, codes[order])
    np.testing.assert_allclose(other.difference, grid.difference * unit, atol=1e-8 * (abs(shift) + unit))
    np.testing.assert_allclose(other.hedges_g, grid.hedges_g, atol=1e-6 * (abs(shift) / unit + 1))


# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
NEWCOMBE = {
    "a": ((56, 70), (48, 80), (0.0524, 0.3339)),
    "b": ((9, 10), (3, 10), (0.1705, 0.8090)),
    "c": ((6, 7), (2, 7), (0.0582, 0.8062)),
    "d": ((5, 56), (0, 29), (-0.0381, 0.1926)),
    "f": ((0, 10), (0, 10), (-0.2775, 0.2775)),
    "h": ((10, 10), (0, 10), (0.6075, 1.0)),
}


def answers(count, n):
    return np.repeat([1.0, 0.0, np.nan], [count, n - count, 2])


@pytest.mark.parametrize("case", NEWCOMBE)
def test_the_interval_of_a_difference_of_shares_is_newcombes(case):
    first, second, interval = NEWCOMBE[case]
    found = share_difference(answers(*first), answers(*second))
    assert (found.ci_low, found.ci_high) == pytest.approx(interval, abs=5.1e-5)
    assert found.n == (first[1], second[1])


def test_the_p_of_a_difference_of_shares_is_that_of_pearsons_chi_square():
    table = [[56, 14], [48, 32]]
    found = share_difference(answers(56, 70), answers(48, 80))
    assert found.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)


@pytest.mark.parametrize(
    ("first", "second", "note"),
    [((0, 0), (1, 5), "nobody on one side"), ((4, 4), (6, 6), "everybody answered alike: no test")],
)
def test_a_difference_of_shares_says_why_it_has_no_test(first, second, note):
    found = share_difference(answers(*first), answers(*second))
    assert found.note == note
    assert np.isnan(found.p)


@given(st.integers(0, 9), st.integers(0, 8))
@settings(max_examples=40, deadline=None)
def test_a_difference_of_shares_turns_round_and_doubling_rows_leaves_it(x, y):
    one, other = answers(x, 9), answers(y, 8)
    found, turned, doubled = (
        share_difference(one, other),
        share_difference(other, one),
        share_difference(np.tile(one, 2), np.tile(other, 2)),
    )
    assert found.difference == -turned.difference == doubled.difference
    assert (found.ci_low, found.ci_high) == pytest.approx((-turned.ci_high, -turned.ci_low))
    assert found.ci_low <= found.difference <= found.ci_high
    assert doubled.ci_high - doubled.ci_low < found.ci_high - found.ci_low


def test_a_planted_difference_is_covered_as_often_as_said():
    rng, draws = np.random.default_rng(3), 4000
    values = np.where(
        np.arange(60)[:, None] < 20, rng.normal(0.4, 2, (60, draws)), rng.normal(0, 1, (60, draws))
    )
    grid = welch_grid(values, (np.arange(60) >= 20).astype(int), ((0, 1),))
    hit = (grid.ci_low <= 0.4) & (grid.ci_high >= 0.4)
    assert hit.mean() == pytest.approx(0.95, abs=0.014)  # four Monte-Carlo standard errors
