"""Weighting to a roster against R's survey, what cannot be weighted, and what weights must keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_reference import IMPROVED, TYPES, WIDE, column, data, design, expected, types

from ksn_research.analyse.survey.estimation.design import Design, replace, small_sample, survey_design
from ksn_research.analyse.survey.estimation.estimates import Estimates, means, totals
from ksn_research.analyse.survey.estimation.regression import regression
from ksn_research.analyse.survey.estimation.weights import (
    calibrate,
    collapse,
    diagnose,
    poststratify,
    rake,
    trim,
)

few = settings(max_examples=40, deadline=None)


def raked(tolerance: float = 1e-9) -> Design:
    x = data("apiclus1")
    return rake(design("dclus1"), [(x["stype"], TYPES), (x["sch.wide"], WIDE)], tolerance)


def by_type() -> Design:
    return poststratify(design("dclus1"), data("apiclus1")["stype"], TYPES)


def columns(sample: str, *of: str) -> np.ndarray:
    """A column of ones, H and M, and whether the answers of `of` are Yes."""
    x = data(sample)
    return np.column_stack([np.ones(len(x)), *(x[name] == "Yes" for name in of)]).astype(float)


def calibrated(method: str) -> Design:
    kind, ones = types("apiclus1"), columns("apiclus1", "sch.wide")
    x = np.column_stack([ones[:, 0], kind == 1, kind == 2, ones[:, 1]]).astype(float)
    size = 3 if method == "linear" else 4
    return calibrate(design("dclus1"), x[:, :size], np.array([6194, 755, 1018, 5122])[:size], method)


def mean(made: Design) -> Estimates:
    return means(made, column("apiclus1", "api00"))


def of_types(made: Design) -> Estimates:
    return means(made, column("apiclus1", "api00"), types("apiclus1"), 3)


def total(made: Design) -> Estimates:
    return totals(made, column("apiclus1", "enroll"))


# entry of reference.json: (R call, ours). R's rake stops early by default; a tolerance of 1e-4 stops there
# too, so that the weights which R then trims are these.
CASES: dict[str, tuple[str, Callable[[], Estimates]]] = {
    "clus1_ps_mean_api00": (
        "svymean(~api00, postStratify(dclus1, ~stype, pop.types))",
        lambda: mean(by_type()),
    ),
    "clus1_ps_total_enroll": ("svytotal(~enroll, ps)", lambda: total(by_type())),
    "clus1_cal_linear_mean_api00": (
        "svymean(~api00, calibrate(dclus1, ~stype, ...))",
        lambda: mean(calibrated("linear")),
    ),
    "clus1_cal_linear_total_enroll": ("svytotal(~enroll, cal)", lambda: total(calibrated("linear"))),
    "clus1_cal_raking_mean_api00": (
        "svymean(~api00, calibrate(dclus1, ~stype+sch.wide, ..., calfun='raking'))",
        lambda: mean(calibrated("raking")),
    ),
    "clus1_cal_raking_total_enroll": ("svytotal(~enroll, calr)", lambda: total(calibrated("raking"))),
    "clus1_trim_mean_api00": (
        "svymean(~api00, trimWeights(rk, upper=45, lower=20, strict=TRUE))",
        lambda: mean(trim(raked(1e-4), 45, 20)),
    ),
}
# R's weights after its early stop, with residuals that R finishes no more than the weights.
EARLY: dict[str, tuple[str, Callable[[], Estimates]]] = {
    "clus1_rake_mean_api00": ("svymean(~api00, rk)", lambda: mean(raked(1e-4))),
    "clus1_rake_total_enroll": ("svytotal(~enroll, rk)", lambda: total(raked(1e-4))),
    "clus1_rake_by_stype_api00": ("svyby(~api00, ~stype, rk, svymean)", lambda: of_types(raked(1e-4))),
}
EXEMPT = dict.fromkeys(
    (f"survey.{name}" for name in EARLY),
    "R's raking stops early by default: its estimates are met, its standard errors to 2e-5 only",
)
ALONE = ("clus1_ps_by_stype_api00", "clus1_rake_control_tight", "clus1_rake_kish_deff")
COVERED: tuple[str, ...] = tuple(f"survey.{name}" for name in (*CASES, *ALONE))


def entry(name: str) -> dict:
    return expected("reference")["survey"][name]


@pytest.mark.parametrize("name", CASES)
def test_weighted_estimates_are_rs(name):
    wanted, found = entry(name), CASES[name][1]()
    assert found.estimate[0] == pytest.approx(list(wanted["est"].values()), rel=1e-6)
    assert found.se[0] == pytest.approx(list(wanted["se"].values()), rel=1e-6)


@pytest.mark.parametrize("name", EARLY)
def test_raking_stopped_early_has_rs_estimates_and_nearly_its_errors(name):
    wanted, found = entry(name), EARLY[name][1]()
    estimates = wanted["mean"] if "mean" in wanted else list(wanted["est"].values())
    errors = wanted["se"] if "mean" in wanted else list(wanted["se"].values())
    assert np.ravel(found.estimate) == pytest.approx(estimates, rel=1e-6)
    assert np.ravel(found.se) == pytest.approx(errors, rel=2e-5)


def test_converged_raking_is_rs():  # rake(..., control=list(maxit=200, epsilon=1e-10))
    wanted, made = entry("clus1_rake_control_tight"), raked()
    assert mean(made).estimate[0, 0] == pytest.approx(wanted["est"]["api00"], rel=1e-9)
    assert mean(made).se[0, 0] == pytest.approx(wanted["se"]["api00"], rel=1e-9)
    enrolled = wanted["total_enroll"]
    assert total(made).estimate[0, 0] == pytest.approx(enrolled["est"]["enroll"], rel=1e-9)
    assert total(made).se[0, 0] == pytest.approx(enrolled["se"]["enroll"], rel=1e-9)
    assert made.weights == pytest.approx(data("apiclus1_weights")["w_rake"], rel=1e-9)


def test_post_stratified_means_of_domains_are_rs():  # svyby(~api00, ~stype, ps, svymean)
    wanted, found = entry("clus1_ps_by_stype_api00"), of_types(by_type())
    assert found.estimate[:, 0] == pytest.approx(wanted["mean"], rel=1e-6)
    assert found.se[:, 0] == pytest.approx(wanted["se"], rel=1e-6)


def test_the_kish_design_effect_is_rs():
    found = diagnose(raked())
    assert found.kish_deff == pytest.approx(entry("clus1_rake_kish_deff"), rel=1e-9)
    assert found.effective_n == pytest.approx(183 / found.kish_deff)


def strat(*margins: tuple[str, dict[str, float]], method: str = "") -> Design:
    """apistrat raked, or calibrated with dummies."""
    if not method:
        return rake(design("dstrat"), [(data("apistrat")[name], known) for name, known in margins])
    known = np.array([6194.0, *(sizes["Yes"] for _, sizes in margins)])
    return calibrate(design("dstrat"), columns("apistrat", *(name for name, _ in margins)), known, method)


def test_post_stratification_of_unequal_weights_is_rs():
    wanted = expected("design")["strat_ps_mean"]
    found = means(strat(("sch.wide", WIDE)), column("apistrat", "api00"))
    assert (found.estimate[0, 0], found.se[0, 0]) == pytest.approx((wanted["est"], wanted["se"]), rel=1e-6)


@pytest.mark.parametrize("method", ["", "raking"])
def test_raking_of_unequal_weights_is_calibration_in_r(method):
    made = strat(("sch.wide", WIDE), ("comp.imp", IMPROVED), method=method)
    wanted, found = (
        expected("design")["strat_cal_raking_mean"],
        means(made, column("apistrat", "api00", "enroll")),
    )
    assert found.estimate[0] == pytest.approx(wanted["est"], rel=1e-6)
    assert found.se[0] == pytest.approx(wanted["se"], rel=1e-6)
    wanted = expected("design")["strat_cal_raking_by_stype"]
    found = means(made, column("apistrat", "api00"), types("apistrat"), 3)
    assert found.estimate[:, 0] == pytest.approx(wanted["est"], rel=1e-6)
    assert found.se[:, 0] == pytest.approx(wanted["se"], rel=1e-6)


def test_rs_rake_has_an_unweighted_regression():
    made = replace(strat(("sch.wide", WIDE), ("comp.imp", IMPROVED)), base=np.ones(200))
    wanted, found = (
        expected("design")["strat_rake_unweighted_regression"],
        means(made, column("apistrat", "api00")),
    )
    assert (found.estimate[0, 0], found.se[0, 0]) == pytest.approx((wanted["est"], wanted["se"]), rel=1e-6)


def test_calibration_to_a_number_is_rs():
    x = np.column_stack(
        [np.ones(200), column("apistrat", "api99"), *(types("apistrat") == i for i in (1, 2))]
    )
    made = calibrate(design("dstrat"), x.astype(float), np.array([6194, 3914069, 755, 1018]))
    wanted, found = expected("design")["strat_cal_linear_numeric"], means(made, column("apistrat", "api00"))
    assert (found.estimate[0, 0], found.se[0, 0]) == pytest.approx((wanted["est"], wanted["se"]), rel=1e-6)


def test_post_stratification_in_two_stages_is_rs():
    made = poststratify(design("dclus2"), data("apiclus2")["stype"], TYPES)
    wanted, found = expected("design")["clus2_ps_total"], totals(made, column("apiclus2", "api00"))
    assert (found.estimate[0, 0], found.se[0, 0]) == pytest.approx((wanted["est"], wanted["se"]), rel=1e-6)


def test_trimming_after_post_stratification_is_rs():
    wanted = expected("design")["clus1_trim_upper"]
    found = means(trim(by_type(), 40), column("apiclus1", "api00", "enroll"))
    assert found.estimate[0] == pytest.approx(wanted["est"], rel=1e-6)
    assert found.se[0] == pytest.approx(wanted["se"], rel=1e-6)


def test_a_regression_with_calibrated_weights_is_rs():
    made = strat(("sch.wide", WIDE), ("comp.imp", IMPROVED))
    x = np.column_stack([np.ones(200), column("apistrat", "ell", "meals")])
    wanted, found = expected("design")["strat_cal_glm"], regression(made, x, column("apistrat", "api00"))
    assert found.coefficients == pytest.approx(wanted["est"], rel=1e-6)
    assert found.se == pytest.approx(wanted["se"], rel=1e-6)
    assert found.degf == wanted["df"]


@pytest.mark.parametrize(
    ("margins", "said"),
    [
        ([(["a", "b", "c"], {"a": 4, "b": 4})], "no population is known of `c`"),
        ([(["a", "b", "b"], {"a": 4, "b": 4, "c": 2})], "nobody of `c` answered"),
        ([(["a", "b", None], {"a": 4, "b": 4})], "1 rows have no level"),
        ([(["a", "b", "b"], {"a": 4, "b": 4}), (["x", "y", "y"], {"x": 5, "y": 4})], "different populations"),
        ([(["a", "b", "b"], {"a": 4, "b": 4}), (["x", "y", "y"], {"x": 5, "y": 3})], "did not converge"),
    ],
)
def test_what_cannot_be_raked_is_said_with_a_remedy(margins, said):
    with pytest.raises(ValueError, match=said):
        rake(survey_design(3), margins)


def test_levels_of_nobody_need_no_answers():
    made = poststratify(survey_design(2), ["a", "a"], {"a": 6, "b": 0})
    assert made.weights.tolist() == [3.0, 3.0]


def test_calibration_says_when_weights_would_be_negative_or_there_are_none():
    x = np.column_stack([np.ones(3), [0.0, 1, 9]])
    with pytest.raises(ValueError, match="below 0"):
        calibrate(survey_design(3), x, np.array([3.0, 0.5]))
    with pytest.raises(ValueError, match="no weights meet the totals"):
        calibrate(survey_design(3), x, np.array([3.0, 40.0]), "raking")
    with pytest.raises(ValueError, match="linear or raking"):
        calibrate(survey_design(3), x, np.array([3.0, 5.0]), "logit")


def test_trimming_refuses_limits_without_room_and_counts_what_it_cut():
    made = survey_design(weights=[1, 1, 1, 5, 0])
    with pytest.raises(ValueError, match="outside the limits"):
        trim(made, 1.5)
    cut = trim(made, 3)
    assert cut.weights[-1] == 0 and cut.weights.sum() == pytest.approx(8)
    assert diagnose(trim(survey_design(weights=[1, 1, 1, 5]), 3)).trimmed == 0.25
    assert diagnose(made).trimmed == 0


@pytest.mark.parametrize(
    ("labels", "population", "smallest", "levels"),
    [
        ("aaabbb", {"a": 5, "b": 6}, 3, {"a": 5, "b": 6}),
        ("aaabbc", {"a": 5, "b": 6, "c": 2}, 2, {"a": 5, "b + c": 8}),
        ("aaabb", {"a": 5, "b": 6, "c": 2, "d": 1}, 2, {"a": 5, "b + c + d": 9}),
        ("aab", {"a": 5, "b": 6}, 9, {"a + b": 11}),
        ("aaa", {"a": 5}, 9, {"a": 5}),
    ],
    ids=["none too few", "one with the next smallest", "empty ones too", "all", "one level"],
)
def test_small_levels_are_joined_and_said(labels, population, smallest, levels):
    found = collapse(list(labels), population, smallest)
    assert found.totals == levels
    assert bool(found.joined) == any("+" in level for level in levels)
    assert set(found.labels) <= set(levels)


def test_raking_undoes_nonresponse_that_depends_on_its_margins():
    rng = np.random.default_rng(8)
    region, kind = rng.integers(0, 3, (2, 60_000))
    y = region + 2.0 * kind + rng.normal(size=60_000)
    answered = rng.random(60_000) < 0.2 * 1.8**region / 1.5**kind
    sizes = [dict(zip("012", np.bincount(c).tolist(), strict=True)) for c in (region, kind)]
    labels = [c[answered].astype(str) for c in (region, kind)]
    base = survey_design(int(answered.sum()), population=60_000)
    found = means(small_sample(rake(base, list(zip(labels, sizes, strict=True)))), y[answered])
    assert abs(found.estimate[0, 0] - y.mean()) < 4 * found.se[0, 0]
    assert abs(y[answered].mean() - y.mean()) > 10 * found.se[0, 0]


@st.composite
def rakeable(draw):
    """Two margins that a hidden weight meets, and base weights."""
    n = draw(st.integers(6, 30))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    codes = [np.arange(n) % 3, rng.permutation(n) % 2]
    hidden = rng.uniform(0.5, 4, n)
    margins = [
        (c.astype(str), dict(zip("012", np.bincount(c, hidden).tolist(), strict=False))) for c in codes
    ]
    return rng.uniform(0.5, 2, n), margins, rng.integers(1, 6, n).astype(float)


@few
@given(rakeable(), st.floats(1e-3, 1e3))
def test_raked_weights_meet_every_margin_whatever_the_scale_of_the_base(sample, scale):
    base, margins, y = sample
    a, b = (rake(survey_design(weights=k * base), margins) for k in (1.0, scale))
    for labels, sizes in margins:
        for level, size in sizes.items():
            assert a.weights[labels == level].sum() == pytest.approx(size, rel=1e-8)
    np.testing.assert_allclose(a.weights, b.weights, rtol=1e-7)
    np.testing.assert_allclose(means(a, y).se, means(b, y).se, rtol=1e-6, atol=1e-7)


@few
@given(rakeable())
def test_what_the_margins_know_has_no_sampling_error(sample):
    base, margins, _ = sample
    labels, sizes = margins[0]
    made = rake(survey_design(weights=base), margins)
    found = means(made, (labels == "1").astype(float))
    assert found.estimate[0, 0] == pytest.approx(sizes["1"] / sum(sizes.values()), rel=1e-7)
    assert found.se[0, 0] < 1e-7


@few
@given(rakeable())
def test_raking_twice_or_without_need_changes_nothing(sample):
    base, margins, _ = sample
    once = rake(survey_design(weights=base), margins)
    np.testing.assert_allclose(rake(once, margins).weights, once.weights, rtol=1e-7)
    assert diagnose(once).kish_deff >= 1 - 1e-12


@few
@given(rakeable(), st.floats(1.05, 4))
def test_trimming_keeps_the_total_and_the_limit(sample, times):
    made = survey_design(weights=sample[0])
    limit = times * made.weights.mean()
    cut = trim(made, limit)
    assert cut.weights.sum() == pytest.approx(made.weights.sum(), rel=1e-9)
    assert cut.weights.max() <= limit * (1 + 1e-9)


@few
@given(rakeable())
def test_a_census_raked_to_its_own_roster_has_no_error(sample):
    _, margins, y = sample
    sizes = [(labels, {k: int((labels == k).sum()) for k in known}) for labels, known in margins]
    made = small_sample(rake(survey_design(len(y), population=len(y)), sizes))
    assert means(made, y).se[0, 0] < 1e-9
