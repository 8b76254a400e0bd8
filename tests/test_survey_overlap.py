"""Two overlapping samples: special cases, finite rosters by enumeration, weights, planted changes covered."""

import os
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ksn_research.analyse.survey.comparison.overlap import Rosters, change, design_change, matched, paired
from ksn_research.analyse.survey.estimation.design import survey_design
from ksn_research.analyse.survey.estimation.weights import rake

SOAK = bool(os.environ.get("KSN_SOAK"))
IDS = np.array([f"m{i}" for i in range(20)], dtype=object)


def exactly(n, mean, sd, seed):
    """Seeded values with exactly this mean and standard deviation."""
    x = np.random.default_rng(seed).normal(size=n)
    return (x - x.mean()) / x.std(ddof=1) * sd + mean


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


def covariances(values: np.ndarray, n1: int, n2: int) -> dict[int, float]:
    """Exact covariance of two means, by how many stand in both, over all pairs of samples of one roster."""
    means: dict[int, list[tuple[float, float]]] = {}
    people = range(len(values))
    for one in combinations(people, n1):
        for other in combinations(people, n2):
            pair = values[list(one), 0].mean(), values[list(other), 1].mean()
            means.setdefault(len({*one} & {*other}), []).append(pair)
    return {both: float(np.cov(np.array(pairs).T, ddof=0)[0, 1]) for both, pairs in means.items()}


@pytest.mark.parametrize(("size", "n1", "n2"), [(6, 3, 3), (6, 4, 3), (7, 2, 5), (5, 5, 3)])
def test_the_covariance_within_one_roster_is_exact_over_all_pairs_of_samples(size, n1, n2):
    # Tam (1984): (n12/(n1 n2) - 1/N) S12, S12 with divisor N - 1
    values = np.random.default_rng(size).normal(size=(size, 2)) @ np.array([[1.0, 0.7], [0.0, 0.5]])
    s12 = np.cov(values.T)[0, 1]
    for both, found in covariances(values, n1, n2).items():
        assert found == pytest.approx((both / (n1 * n2) - 1 / size) * s12, abs=1e-12)


@pytest.mark.parametrize(("size", "shared", "n"), [(7, 7, 5), (8, 7, 6)])
def test_over_all_pairs_of_samples_the_stated_variance_is_the_true_one(size, shared, n):
    """The product r s1 s2 stands for s12, so in the mean it is near, not exact."""
    rng, everybody = np.random.default_rng(0), 2 * size - shared
    values = rng.normal(size=(everybody, 2)) + rng.normal(size=(everybody, 1))
    made, stated = [], []
    for one in combinations(range(size), n):
        for other in combinations(range(size - shared, everybody), n):
            a, b = (values[list(ids), wave] for wave, ids in enumerate((one, other)))
            found = change(a, b, np.array(one), np.array(other), rosters=Rosters(size, size, shared))
            made.append(found.difference)
            stated.append(found.se**2)
    assert np.mean(stated) == pytest.approx(np.var(made), rel=0.03)


def test_a_census_of_both_rosters_has_no_error_and_anything_less_has():
    a, b = exactly(20, 3, 1, 1), exactly(20, 3.4, 1, 2)
    whole = change(a, b, IDS, IDS, rosters=Rosters(20, 20, 20))
    assert (whole.se, whole.ci_low, whole.ci_high) == (0, whole.difference, whole.difference)
    assert whole.note.startswith("everybody on both rosters answered")
    assert np.isnan(whole.p)
    assert change(a, b, IDS, IDS, rosters=Rosters(20, 21, 20)).se > 0
    assert change(a[:-1], b, IDS[:-1], IDS, rosters=Rosters(20, 20, 20)).se > 0


@given(st.integers(0, 10_000), st.integers(0, 12), st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_rosters_so_large_that_samples_are_nothing_change_nothing(seed, both, extra):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=12), rng.normal(size=15)
    ids1, ids2 = np.arange(12), np.arange(15) + 12 - both
    plain = change(a, b, ids1, ids2)
    large = change(a, b, ids1, ids2, rosters=Rosters(10**12, 10**12, 10**12))
    small = change(a, b, ids1, ids2, rosters=Rosters(13 + extra, 16 + extra, 12))
    assert large.se == pytest.approx(plain.se, rel=1e-5)
    assert small.difference == plain.difference
    assert np.isnan(small.se) or small.se >= 0
    order1, order2 = rng.permutation(12), rng.permutation(15)
    again = change(a[order1], b[order2], ids1[order1], ids2[order2])
    assert (again.se, again.p) == pytest.approx((plain.se, plain.p))


@pytest.mark.parametrize(
    ("counts", "match"), [((10, 20, 11), "on either"), ((19, 20, 19), "than stand on the roster")]
)
def test_rosters_that_cannot_be_are_refused(counts, match):
    with pytest.raises(ValueError, match=match):
        change(np.ones(20), np.ones(20), IDS, IDS, rosters=Rosters(*counts))


def test_equal_weights_give_what_no_weights_give():
    a, b = exactly(20, 3, 1, 1), exactly(20, 3.4, 1.4, 2)
    ids = np.r_[IDS[10:], np.array([f"n{i}" for i in range(10)], dtype=object)]
    a[3] = b[4] = np.nan
    plain = change(a, b, IDS, ids)
    weighted = design_change(
        survey_design(20), survey_design(20, weights=np.full(20, 7.0)), (a, b), (IDS, ids)
    )
    assert weighted.difference == pytest.approx(plain.difference)
    assert (weighted.se, weighted.pairs) == (pytest.approx(plain.se, rel=0.03), plain.pairs)


def test_full_overlap_with_one_set_of_weights_is_the_weighted_mean_of_the_steps():
    rng = np.random.default_rng(5)
    weights, a = rng.uniform(1, 4, 30), rng.normal(size=30)
    b = a + rng.normal(0.3, 0.5, 30)
    design, ids = survey_design(weights=weights), np.arange(30)
    found = design_change(design, design, (a, b), (ids, ids))
    steps = b - a
    u = weights * (steps - np.average(steps, weights=weights)) / weights.sum()
    assert found.difference == pytest.approx(np.average(steps, weights=weights))
    assert found.se**2 == pytest.approx(30 * u.var(ddof=1))
    assert found.dof == pytest.approx(29)


def test_clusters_that_last_are_found_again_as_units():
    """Organisations answer alike in both years, with other people: the change is that of organisations."""
    rng = np.random.default_rng(6)
    homes = np.repeat(np.arange(30), 4)
    level = rng.normal(size=30)[homes]
    a, b = level + 0.2 * rng.normal(size=120), level + 0.5 + 0.2 * rng.normal(size=120)
    design = survey_design(clusters=homes)
    by_home = design_change(design, design, (a, b), (homes, homes))
    by_nobody = design_change(design, design, (a, b), (np.arange(120), np.arange(120) + 500))
    steps = np.bincount(homes, b - a) / 4
    assert by_home.se == pytest.approx(steps.std(ddof=1) / np.sqrt(30))
    assert by_home.se < by_nobody.se / 3


def test_a_margin_that_was_raked_to_takes_its_error_out_of_the_change():
    rng = np.random.default_rng(7)
    region = np.repeat(["n", "s"], [40, 20])
    a, b = ((region == "s") * 2.0 + 0.1 * rng.normal(size=60) for _ in range(2))
    plain = survey_design(60, population=120)
    raked = rake(plain, [(region, {"n": 60, "s": 60})])
    found = [design_change(d, d, (a, b), (np.arange(60), np.arange(60) + 500)).se for d in (plain, raked)]
    assert found[1] < found[0] / 5


LEVELS = np.arange(1, 6)


def mean_of_likert(mu: float) -> float:
    return float(np.diff(stats.norm.cdf(np.r_[-np.inf, LEVELS[:-1] + 0.5, np.inf] - mu)) @ LEVELS)


def draw(rng: np.random.Generator, n: int, overlap: str) -> tuple[np.ndarray, ...]:
    """Ids of two rosters of 2 n and of two samples of n that share nobody, half, or nearly all."""
    size, stay = 2 * n, 2 * n if overlap == "nearly all" else int(1.6 * n)
    one, two = np.arange(size), np.arange(size - stay, 2 * size - stay)
    first = rng.permutation(one)[:n]
    again = np.isin(first, two)
    wanted = {"none": 0, "half": n // 2, "nearly all": round(0.95 * n)}[overlap]
    kept = rng.permutation(first[again])[:wanted]
    second = np.r_[kept, rng.permutation(np.setdiff1d(two, first))[: n - len(kept)]]
    return one, two, first, second


def coverage(n: int, overlap: str, draws: int, seed: int = 0) -> tuple[float, float]:
    """How often the intervals cover: the change of the process, and that of the two rosters."""
    rng, hit = np.random.default_rng(seed), np.zeros(2)
    process = mean_of_likert(3.7) - mean_of_likert(3.5)
    for _ in range(draws):
        one, two, first, second = draw(rng, n, overlap)
        person = np.sqrt(0.6) * rng.normal(size=4 * n)
        y1, y2 = (
            np.clip(np.rint(mu + person + np.sqrt(0.4) * rng.normal(size=4 * n)), 1, 5) for mu in (3.5, 3.7)
        )
        rosters = Rosters(len(one), len(two), len(np.intersect1d(one, two)))
        for k, (given_rosters, truth) in enumerate(
            [(None, process), (rosters, y2[two].mean() - y1[one].mean())]
        ):
            found = change(y1[first], y2[second], first, second, rosters=given_rosters)
            hit[k] += found.ci_low <= truth <= found.ci_high
    return tuple(hit / draws)


@pytest.mark.parametrize("overlap", ["none", "half", "nearly all"])
@pytest.mark.parametrize("n", [40, 120, 400])
def test_intervals_of_a_change_cover_as_often_as_said_for_both_statements(n, overlap):
    draws = 2500 if SOAK else 150
    slack = 4 * np.sqrt(0.05 * 0.95 / draws)  # four Monte-Carlo standard errors
    for found in coverage(n, overlap, draws):
        assert 0.93 - (0 if SOAK else slack) <= found <= (0.97 if SOAK else 1)
