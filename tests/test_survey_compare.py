"""Comparisons against R, pingouin and scipy, with their signs; planted changes recovered."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ksn_research.analyse.survey.compare import change, hedges_g, holm, matched, paired, welch

R = json.loads((Path(__file__).parent / "reference" / "survey_r.json").read_text())


def exactly(n, mean, sd, seed):
    """Seeded values with exactly this mean and standard deviation."""
    x = np.random.default_rng(seed).normal(size=n)
    return (x - x.mean()) / x.std(ddof=1) * sd + mean


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


IDS = np.array([f"m{i}" for i in range(20)], dtype=object)


def test_change_without_overlap_is_welch_later_minus_earlier():
    a, b = exactly(20, 3, 1, 1), exactly(15, 3.5, 2, 2)
    result = change(a, b, IDS, np.array([None] * 15, dtype=object))
    expected = stats.ttest_ind(b, a, equal_var=False)
    assert (result.p, result.pairs) == (pytest.approx(expected.pvalue), 0)
    assert result.difference == pytest.approx(0.5)
    assert result.ci_low == pytest.approx(expected.confidence_interval(0.95).low)


def test_change_with_full_overlap_is_the_paired_test():
    a = exactly(20, 3, 1, 1)
    b = a + exactly(20, 0.5, 0.7, 2)
    shuffled = np.random.default_rng(0).permutation(20)
    result = change(a, b[shuffled], IDS, IDS[shuffled])
    assert result.p == pytest.approx(stats.ttest_rel(b, a).pvalue)
    assert (result.difference, result.pairs, result.dof) == (pytest.approx(0.5), 20, pytest.approx(19))


def test_overlap_narrows_the_interval_when_people_stay_alike():
    a, noise = exactly(20, 3, 1, 1), exactly(20, 0.2, 0.2, 3)
    half = IDS.copy()
    half[10:] = None
    widths = [
        (lambda r: r.ci_high - r.ci_low)(change(a, a + noise, IDS, ids))
        for ids in (IDS, half, np.full(20, None))
    ]
    assert widths[0] < widths[1] < widths[2]


def test_change_covers_a_planted_rise_with_partial_overlap():
    rng, hits = np.random.default_rng(21), 0
    for _ in range(1500):
        person = rng.normal(size=60)
        a, b = person[:40] + rng.normal(size=40), person[15:] + rng.normal(size=45) + 0.3
        result = change(a, b, np.arange(40), np.arange(15, 60))
        hits += result.ci_low <= 0.3 <= result.ci_high
    assert hits / 1500 == pytest.approx(0.95, abs=0.017)


def test_change_of_shares_without_variation_keeps_the_difference_and_loses_the_test():
    result = change(np.ones(5), np.ones(6), np.arange(5), np.arange(6))
    assert (result.difference, result.note) == (0, "no variation: no interval and no test")
    assert np.isnan(result.ci_low)


def test_paired_is_scipys_and_needs_three():
    a = exactly(9, 2, 1, 5)
    b = a + exactly(9, -0.4, 0.5, 6)
    result, expected = paired(a, b), stats.ttest_rel(b, a)
    assert result.p == pytest.approx(expected.pvalue)
    assert result.ci_high == pytest.approx(expected.confidence_interval(0.95).high)
    assert result.difference == pytest.approx(-0.4)
    assert paired(a[:2], b[:2]).note == "fewer than 3 people answered in both waves"


def test_missing_ids_match_nobody():
    first, second = matched(
        np.array([1.0, 2, 3]), np.array(["a", None, "c"], dtype=object),
        np.array([7.0, 8, 9]), np.array(["c", None, np.nan], dtype=object),
    )  # fmt: skip
    assert (first.tolist(), second.tolist()) == ([3.0], [7.0])


def test_holm_is_what_r_gives_and_a_missing_p_is_no_test():
    assert holm(R["holm"]["p"]) == pytest.approx(R["holm"]["adjusted"])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(p):
    adjusted = holm(p)
    assert all(b >= a for a, b in zip(p, adjusted, strict=True))
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(np.array(adjusted, dtype=float)[order]) >= 0)
