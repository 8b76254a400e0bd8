"""Designs and estimates against R's survey, what a design refuses, and what must not change a result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_reference import column, data, design, expected, types

from ksn_research.analyse.survey.estimation.design import covariance, small_sample, survey_design, variances
from ksn_research.analyse.survey.estimation.estimates import (
    Estimates,
    contrast,
    design_effect,
    influence,
    means,
    ratios,
    shares,
    t_interval,
    totals,
    z_interval,
)
from ksn_research.analyse.survey.estimation.quantiles import quantiles
from ksn_research.analyse.survey.estimation.regression import regression
from ksn_research.analyse.survey.estimation.replication import Replicated, jackknife
from ksn_research.analyse.survey.estimation.weights import calibrate, poststratify

NAN = np.nan
few = settings(max_examples=40, deadline=None)


def wide(sample: str) -> np.ndarray:
    return (data(sample)["sch.wide"] == "Yes").to_numpy(dtype=int)


def replicated(name: str) -> Replicated:
    d = design(name)
    y = column({"dclus1": "apiclus1", "dstrat": "apistrat"}[name], "api00")
    return jackknife(d, np.column_stack([d.weights * y, d.weights]), lambda t: t[:, :1] / t[:, 1:])


# entry of reference.json: (R call, ours); estimates, standard errors and normal intervals are compared
CASES: dict[str, tuple[str, Callable[[], Estimates | Replicated]]] = {
    "srs_fpc_mean_api00": ("svymean(~api00, dsrs)", lambda: means(design("dsrs"), column("apisrs", "api00"))),
    "srs_nofpc_mean_api00": (
        "svymean(~api00, dsrs0)",
        lambda: means(design("dsrs0"), column("apisrs", "api00")),
    ),
    "srs_fpc_total_enroll": (
        "svytotal(~enroll, dsrs)",
        lambda: totals(design("dsrs"), column("apisrs", "enroll")),
    ),
    "strat_mean_api00_api99": (
        "svymean(~api00+api99, dstrat)",
        lambda: means(design("dstrat"), column("apistrat", "api00", "api99")),
    ),
    "strat_nofpc_mean_api00": (
        "svymean(~api00, dstrat0)",
        lambda: means(design("dstrat0"), column("apistrat", "api00")),
    ),
    "strat_total_enroll": (
        "svytotal(~enroll, dstrat, na.rm=TRUE)",
        lambda: totals(design("dstrat"), column("apistrat", "enroll")),
    ),
    "strat_mean_stype": ("svymean(~stype, dstrat)", lambda: shares(design("dstrat"), types("apistrat"), 3)),
    "strat_prop_schwide": (
        "svymean(~sch.wide, dstrat)",
        lambda: shares(design("dstrat"), wide("apistrat"), 2),
    ),
    "clus1_mean_api00": (
        "svymean(~api00, dclus1)",
        lambda: means(design("dclus1"), column("apiclus1", "api00")),
    ),
    "clus1_nofpc_mean_api00": (
        "svymean(~api00, dclus1n)",
        lambda: means(design("dclus1n"), column("apiclus1", "api00")),
    ),
    "clus1_total_enroll": (
        "svytotal(~enroll, dclus1)",
        lambda: totals(design("dclus1"), column("apiclus1", "enroll")),
    ),
    "clus2_mean_api00": (
        "svymean(~api00, dclus2)",
        lambda: means(design("dclus2"), column("apiclus2", "api00")),
    ),
    "clus2_total_enroll_narm": (
        "svytotal(~enroll, dclus2, na.rm=TRUE)",
        lambda: totals(design("dclus2"), column("apiclus2", "enroll")),
    ),
    "clus1_jk1_mean_api00": (
        "svymean(~api00, as.svrepdesign(dclus1, type='JK1'))",
        lambda: replicated("dclus1"),
    ),
    "strat_jkn_mean_api00": (
        "svymean(~api00, as.svrepdesign(dstrat, type='JKn'))",
        lambda: replicated("dstrat"),
    ),
}
BY = {
    "strat_by_stype_api00": "svyby(~api00, ~stype, dstrat, svymean)",
    "strat_by_stype_schwide": "svyby(~sch.wide, ~stype, dstrat, svymean)",
}
T_INTERVALS = {
    "clus1_mean_api00_tdf": ("confint(svymean(~api00, dclus1), df=degf(dclus1))", "dclus1", "apiclus1"),
    "strat_mean_api00_tdf": ("confint(svymean(~api00, dstrat), df=degf(dstrat))", "dstrat", "apistrat"),
}
ALONE = ("strat_diff_total", "clus1_deff_api00", "strat_quantile_api00", "strat_glm")
COVERED: tuple[str, ...] = tuple(f"survey.{name}" for name in (*CASES, *BY, *T_INTERVALS, *ALONE))


def entry(name: str) -> dict:
    return expected("reference")["survey"][name]


@pytest.mark.parametrize("name", CASES)
def test_estimates_are_rs(name):
    wanted, found = entry(name), CASES[name][1]()
    estimate, se = np.ravel(found.estimate), np.ravel(found.se)
    low, high = z_interval(estimate, se)
    for ours, theirs in (("est", estimate), ("se", se), ("lo", low), ("hi", high)):
        assert theirs == pytest.approx(list(wanted[ours].values()), rel=1e-6, abs=1e-12)


def test_means_of_domains_are_rs():
    wanted = entry("strat_by_stype_api00")
    found = means(design("dstrat"), column("apistrat", "api00"), types("apistrat"), 3)
    assert found.estimate[:, 0] == pytest.approx(wanted["mean"], rel=1e-6)
    assert found.se[:, 0] == pytest.approx(wanted["se"], rel=1e-6)


def test_shares_of_domains_are_rs():
    wanted = entry("strat_by_stype_schwide")
    found = shares(design("dstrat"), wide("apistrat"), 2, types("apistrat"), 3)
    for j, choice in enumerate(("No", "Yes")):
        assert found.estimate[:, j] == pytest.approx(wanted[f"sch.wide{choice}"], rel=1e-6)
        assert found.se[:, j] == pytest.approx(wanted[f"se.sch.wide{choice}"], rel=1e-6)


@pytest.mark.parametrize("name", T_INTERVALS)
def test_t_intervals_are_rs(name):
    _, made, sample = T_INTERVALS[name]
    found = means(design(made), column(sample, "api00"))
    assert found.degf[0, 0] == design(made).degf == entry(name)["degf"]
    assert [end[0, 0] for end in found.interval()] == pytest.approx(entry(name)["ci"], rel=1e-6)


def test_a_difference_of_means_is_rs():  # svycontrast(svymean(~api00+api99, dstrat), c(1,-1))
    found = contrast(design("dstrat"), column("apistrat", "api00", "api99"), np.array([[1.0, -1.0]]))
    assert found.estimate == pytest.approx(entry("strat_diff_total")["est"], rel=1e-6)
    assert found.se == pytest.approx(entry("strat_diff_total")["se"], rel=1e-6)


def test_the_design_effect_is_rs():  # deff(svymean(~api00, dclus1, deff=TRUE))
    found = design_effect(design("dclus1"), column("apiclus1", "api00"))
    assert found[0, 0] == pytest.approx(entry("clus1_deff_api00"), rel=1e-6)


def test_quantiles_are_rs():  # svyquantile(~api00, dstrat, c(.25,.5,.75), ci=TRUE)
    wanted, found = entry("strat_quantile_api00"), quantiles(design("dstrat"), column("apistrat", "api00"))
    for ours, name in ((found.estimate, "quantile"), (found.low, "ci.2.5"), (found.high, "ci.97.5")):
        assert ours[0].tolist() == wanted[name]
    assert found.se[0] == pytest.approx(wanted["se"], rel=1e-6)


def test_a_regression_is_rs():  # svyglm(api00~ell+meals+mobility, dstrat)
    x = np.column_stack([np.ones(200), column("apistrat", "ell", "meals", "mobility")])
    wanted, found = entry("strat_glm"), regression(design("dstrat"), x, column("apistrat", "api00"))
    assert found.coefficients == pytest.approx(list(wanted["coef"].values()), rel=1e-6)
    assert found.se == pytest.approx(list(wanted["se"].values()), rel=1e-6)
    assert found.degf == wanted["df"]


# entry of design.json (made by design.R, where the calls stand): ours
def clus2_by(name: str) -> Estimates:
    return means(design("dclus2"), column("apiclus2", name), types("apiclus2"), 3)


MORE = {
    "clus2_by_stype": lambda: clus2_by("api00"),
    "clus2_by_stype_enroll_missing": lambda: clus2_by("enroll"),
    "clus1_ratio_by_stype": lambda: ratios(
        design("dclus1"), column("apiclus1", "api00"), column("apiclus1", "api99"), types("apiclus1"), 3
    ),
    "clus1_total_by_stype": lambda: totals(
        design("dclus1"), column("apiclus1", "enroll"), types("apiclus1"), 3
    ),
}


@pytest.mark.parametrize("name", MORE)
def test_domains_of_clusters_in_one_and_two_stages_are_rs(name):
    wanted, found = expected("design")[name], MORE[name]()
    assert found.estimate[:, 0] == pytest.approx(wanted["est"], rel=1e-6)
    assert found.se[:, 0] == pytest.approx(wanted["se"], rel=1e-6)


def test_design_effects_of_domains_and_with_replacement_are_rs():
    y, wanted = column("apiclus1", "api00"), expected("design")
    by_type = design_effect(design("dclus1"), y, types("apiclus1"), 3)
    assert by_type[:, 0] == pytest.approx(wanted["clus1_deff_by_stype"], rel=1e-6)
    simple = design_effect(design("dclus1"), y, replacement=True)
    assert simple[0, 0] == pytest.approx(wanted["clus1_deff_replace"], rel=1e-6)


def test_quantiles_of_clusters_are_rs():
    wanted = expected("design")["clus1_quantile"]
    found = quantiles(design("dclus1"), column("apiclus1", "api00"), (0.1, 0.5))
    assert found.estimate[0].tolist() == wanted["quantile"]
    assert (found.low[0].tolist(), found.high[0].tolist()) == (wanted["ci.2.5"], wanted["ci.97.5"])
    assert found.se[0] == pytest.approx(wanted["se"], rel=1e-6)


def test_a_regression_in_a_domain_of_two_stages_is_rs():
    y = np.where(types("apiclus2") == 0, column("apiclus2", "api00"), NAN)
    x = np.column_stack([np.ones(len(y)), column("apiclus2", "ell", "meals")])
    wanted, found = expected("design")["clus2_glm_domain"], regression(design("dclus2"), x, y)
    assert found.coefficients == pytest.approx(wanted["est"], rel=1e-6)
    assert found.se == pytest.approx(wanted["se"], rel=1e-6)
    assert found.degf == wanted["df"]


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"strata": ["a", "a", "b"]}, "1 of 2 strata have one sampled unit"),
        ({"n": 1}, "1 of 1 strata have one sampled unit"),
        ({"n": 3, "population": 2}, "3 units were sampled of a population of 2"),
        ({"strata": ["a", "a"], "population": [5, 6]}, "differs within a stratum"),
        ({"strata": ["a", None, "a"]}, "1 rows have no stratum"),
        ({"clusters": ["a", None, "b"]}, "1 rows have no cluster"),
        ({"weights": [1.0, NAN]}, "weights must be numbers"),
        ({"weights": [1.0, -1.0]}, "weights must be numbers"),
        ({"weights": [1.0, 1.0], "n": 3}, "one number of rows"),
        ({}, "one number of rows"),
        ({"n": 3, "population": 0}, "above 0"),
        ({"strata": [["a", "a"], ["b", "b"]], "clusters": [["c", "d"]]}, "more stages than clusters"),
    ],
)
def test_what_no_design_can_be_is_refused_with_a_remedy(given_, said):
    with pytest.raises(ValueError, match=said):
        survey_design(**given_)


def test_a_stratum_of_one_that_is_all_there_is_adds_nothing():
    design_ = survey_design(strata=["a", "a", "b"], population=[4, 4, 1])
    alone = survey_design(2, population=4)
    assert variances(design_, np.array([1.0, 2, 9]))[0] == pytest.approx(
        variances(alone, np.array([1.0, 2]))[0]
    )


def test_one_number_of_clusters_in_two_strata_is_two_clusters():
    assert survey_design(strata=list("aabb"), clusters=[1, 2, 1, 2]).degf == 2


def test_nobody_answering_is_nan_and_one_answer_has_no_interval():
    found = means(survey_design(4, population=9), np.array([NAN, 2, 3, 4]), np.array([0, 1, 2, 2]), 4)
    assert found.n[:, 0].tolist() == [0, 1, 2, 0]
    assert np.isnan(found.estimate[[0, 3], 0]).all() and np.isnan(found.se[[0, 3], 0]).all()
    assert found.unvaried[1, 0] and np.isnan(found.interval()[0][1, 0])
    assert found.estimate[2, 0] == 3.5 and found.degf[:, 0].tolist() == [0, 0, 1, 0]


def test_equal_answers_of_a_part_have_no_interval_and_of_a_census_a_sure_one():
    y = np.full(5, 0.1)
    part, census = means(survey_design(5, population=6), y), means(survey_design(5, population=5), y)
    assert part.unvaried.all() and np.isnan(part.interval()[0]).all()
    assert not census.unvaried.any() and census.interval()[0][0, 0] == pytest.approx(0.1)


def test_a_regression_whose_columns_imply_each_other_is_refused():
    x = np.column_stack([np.ones(4), [0, 1, 0, 1], [1, 0, 1, 0]])
    with pytest.raises(ValueError, match="cannot be told apart"):
        regression(survey_design(4), x, np.arange(4.0))


def test_a_jackknife_of_calibrated_weights_is_refused():
    weighted = poststratify(survey_design(4), list("aabb"), {"a": 5, "b": 7})
    with pytest.raises(ValueError, match="calibrated"):
        jackknife(weighted, np.ones(4), lambda t: t)


def test_a_planted_mean_lies_in_the_interval_of_a_large_clustered_sample():
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(400), 25)
    y = 3.0 + rng.normal(0, 0.5, 400)[school] + rng.normal(size=10_000)
    found = means(survey_design(clusters=school), y)
    assert abs(found.estimate[0, 0] - 3.0) < 4 * found.se[0, 0]
    assert found.se[0, 0] == pytest.approx(np.sqrt(0.25 / 400 + 1 / 10_000), rel=0.1)
    assert design_effect(survey_design(clusters=school), y, replacement=True)[0, 0] == pytest.approx(
        1 + 24 * 0.2, rel=0.2
    )


@st.composite
def samples(draw):
    """Answers with gaps, weights, two strata of clusters, levels; every stratum has several clusters."""
    n = draw(st.integers(8, 24))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    y = np.where(rng.random((n, 2)) < 0.2, NAN, rng.integers(1, 6, (n, 2)).astype(float))
    weights, stratum = rng.uniform(0.5, 3, n), np.arange(n) % 2
    cluster = (np.arange(n) // 2) % draw(st.integers(2, n // 4 + 1))
    return y, weights, stratum, cluster, rng.integers(-1, 3, n)


def found_in(sample, order=slice(None), scale=1.0):
    y, w, stratum, cluster, codes = (part[order] for part in sample)
    made = survey_design(weights=scale * w, strata=stratum, clusters=cluster, population=50)
    return means(made, y, codes, 3)


@few
@given(samples(), st.floats(1e-3, 1e3))
def test_the_scale_of_weights_changes_no_mean(sample, scale):
    a, b = found_in(sample), found_in(sample, scale=scale)
    np.testing.assert_allclose(a.estimate, b.estimate, rtol=1e-9)
    np.testing.assert_allclose(a.se, b.se, rtol=1e-7, atol=1e-9)


@few
@given(samples(), st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(sample, seed):
    order = np.random.default_rng(seed).permutation(len(sample[1]))
    a, b = found_in(sample), found_in(sample, order)
    np.testing.assert_allclose(a.estimate, b.estimate, rtol=1e-9)
    np.testing.assert_allclose(a.se, b.se, rtol=1e-7, atol=1e-9)
    assert (a.degf == b.degf).all() and (a.n == b.n).all()


@few
@given(samples(), st.integers(0, 60))
def test_a_census_has_no_sampling_error_and_nothing_less_has(sample, more):
    y, n = sample[0], len(sample[0])
    found = means(survey_design(n, population=n + more), y)
    if more == 0:
        assert (found.se == 0).all()
    else:
        assert ((found.se > 0) | found.unvaried).all()


@few
@given(samples())
def test_doubling_every_row_leaves_shares_as_they_are(sample):
    y, w, _, _, codes = sample
    chosen = np.where(np.isnan(y[:, 0]), -1, y[:, 0] - 1).astype(int)
    once = shares(survey_design(weights=w), chosen, 5, codes, 3)
    twice = shares(survey_design(weights=np.tile(w, 2)), np.tile(chosen, 2), 5, np.tile(codes, 2), 3)
    np.testing.assert_allclose(once.estimate, twice.estimate, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.nansum(once.estimate, axis=1)[once.n[:, 0] > 0], 1)


@few
@given(samples())
def test_domains_at_once_are_domains_one_by_one(sample):
    """The fast way through the rows of a domain against zeros outside it, margins included."""
    y, w, stratum, cluster, codes = sample
    base = survey_design(weights=w, strata=stratum, clusters=cluster, population=50)
    x = np.column_stack([np.ones(len(w)), np.arange(len(w)) % 3 == 0]).astype(float)
    for made in (base, small_sample(calibrate(base, x, 1.2 * (w @ x), "raking"))):
        u = np.nan_to_num(y) * made.weights[:, None]
        fast = totals(made, np.nan_to_num(y), codes, 3)
        for level in range(3):
            inside = u * (codes == level)[:, None]
            slow = np.sqrt(np.maximum(np.diag(covariance(made, inside)), 0))
            if made is base and fast.n[level, 0]:
                np.testing.assert_allclose(fast.se[level], slow, rtol=1e-7, atol=1e-9)
            np.testing.assert_allclose(variances(made, inside), slow**2, rtol=1e-7, atol=1e-9)


@few
@given(samples())
def test_a_contrast_with_one_level_is_its_mean(sample):
    y, w, stratum, cluster, codes = sample
    made = survey_design(weights=w, strata=stratum, clusters=cluster)
    found = means(made, y, codes, 3)
    mean, u = influence(made, y, codes, 3)
    if (found.n > 0).all():
        one = contrast(made, y, np.array([0.0, 1, 0]), codes, 3)
        np.testing.assert_allclose(one.estimate, found.estimate[1])
        np.testing.assert_allclose(one.se, found.se[1], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(u.sum(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(mean, found.estimate)


def test_without_margins_small_samples_change_only_domains():
    y = column("apistrat", "api00")
    default, small = design("dstrat"), small_sample(design("dstrat"))
    assert means(small, y).se[0, 0] == pytest.approx(means(default, y).se[0, 0], rel=1e-12)
    level = np.where(np.arange(200) < 5, 0, 1)
    few_, many = (means(d, y, level, 2).se[0, 0] for d in (default, small))
    assert many / few_ == pytest.approx(np.sqrt(5 / 4 * 197 / 200), rel=1e-9)


def test_t_intervals_without_degrees_of_freedom_are_none():
    low, high = t_interval(np.array([1.0]), np.array([1.0]), np.array([0]))
    assert np.isnan(low[0]) and np.isnan(high[0])
