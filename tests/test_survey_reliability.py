"""Reliability of scales against R psych and lavaan, planted values, and what never changes it."""

from __future__ import annotations

import os
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scale_data import MORE, REVERSED, R, names, one_factor, table, turned

from ksn_research.analyse.survey.scale.factor import one_factor_ml
from ksn_research.analyse.survey.scale.omega import HEYWOOD, NOT_CONVERGED, SINGULAR, omega_total
from ksn_research.analyse.survey.scale.reliability import (
    alpha_of,
    alpha_se,
    average_correlation,
    bootstrap_alpha,
    complete_rows,
    correlations,
    cronbach_alpha,
    guttman_lambda4,
    guttman_lambda6,
    ordinal_alpha,
    pairwise_covariance,
    resampled_sums,
    spearman_brown,
)
from ksn_research.analyse.survey.scale.scales import item_values, means
from ksn_research.plan import Instrument, Question, Scale

SOAK = bool(os.environ.get("KSN_SOAK"))


def listwise(x):
    return pairwise_covariance(complete_rows(x))


def interval(result):
    return [result.low, result.high]


# x: the items as turned. x_ <- na.omit(x). psych 2.2.9, lavaan 0.6.14; see reference.R.
BIG_FIVE = {
    "n_all": ("nrow(x)", lambda x: cronbach_alpha(x, pairwise=True).n, 0),
    "n_complete": ("nrow(x_)", lambda x: cronbach_alpha(x).n, 0),
    "alpha_pairwise": ("alpha(x)$total$raw_alpha", lambda x: cronbach_alpha(x, pairwise=True).alpha, 1e-6),
    "std_alpha_pairwise": (
        "alpha(x)$total$std.alpha",
        lambda x: alpha_of(correlations(pairwise_covariance(x))),
        1e-6,
    ),
    "G6_pairwise": ("alpha(x)$total$`G6(smc)`", lambda x: guttman_lambda6(pairwise_covariance(x)), 1e-6),
    "avg_r": ("alpha(x)$total$average_r", lambda x: average_correlation(pairwise_covariance(x)), 1e-6),
    "ase": ("alpha(x)$total$ase", lambda x: alpha_se(pairwise_covariance(x), len(x)), 1e-6),
    "alpha_listwise": ("alpha(x_)$total$raw_alpha", lambda x: cronbach_alpha(x).alpha, 1e-6),
    "std_alpha_listwise": ("alpha(x_)$total$std.alpha", lambda x: alpha_of(correlations(listwise(x))), 1e-6),
    "ase_listwise": ("alpha(x_)$total$ase", lambda x: alpha_se(listwise(x), len(complete_rows(x))), 1e-6),
    "feldt_ci_listwise": (
        "1-(1-alpha)*qf(c(.975,.025),n-1,(n-1)*4)",
        lambda x: interval(cronbach_alpha(x)),
        1e-6,
    ),
    "alphaci_psych_pairwise": (
        "alpha.ci(alpha, n.obs=nrow(x), n.var=5)",
        lambda x: interval(cronbach_alpha(x, pairwise=True)),
        1e-6,
    ),
    "omega_total_1f_ml_corr_listwise": (
        'l<-fa(x_,1,fm="ml")$loadings; sum(l)^2/(sum(l)^2+sum(1-l^2))',
        lambda x: omega_total(x, "correlations").omega,
        1e-5,
    ),
    "omega_cfa_cov_listwise": (
        "cfa(std.lv=TRUE): sum(lam)^2/(sum(lam)^2+sum(th))",
        lambda x: omega_total(x, "covariances").omega,
        1e-5,
    ),
    "omega_cfa_obsvar_listwise": (
        "cfa(std.lv=TRUE): sum(lam)^2/sum(cov(x_))",
        lambda x: omega_total(x, "observed").omega,
        1e-5,
    ),
    "cfa_loadings": (
        "parameterEstimates(cfa(std.lv=TRUE))",
        lambda x: omega_total(x).loadings,
        1e-5,
    ),
    "guttman_l6": ("splitHalf(x_)$lambda6", lambda x: guttman_lambda6(listwise(x)), 1e-6),
    "mean_listwise": ("mean(rowMeans(x_))", lambda x: of_scores(x).mean[0], 1e-6),
    "sd_listwise": ("sd(rowMeans(x_))", lambda x: of_scores(x).sd[0], 1e-6),
}
ATTITUDE = {  # psych::alpha(attitude)$total
    "raw": lambda x: cronbach_alpha(x).alpha,
    "std": lambda x: alpha_of(correlations(listwise(x))),
    "g6": lambda x: guttman_lambda6(listwise(x)),
    "ase": lambda x: alpha_se(listwise(x), len(x)),
}
COVERED: tuple[str, ...] = (
    *(f"bfi.{scale}.{entry}" for scale in REVERSED for entry in (*BIG_FIVE, "lambda4_max")),
    *(f"attitude_alpha.{entry}" for entry in ATTITUDE),
    *(f"{entry}.{scale}" for entry in ("scoreItems_means", "scoreItems_alpha") for scale in REVERSED),
)


def of(prefix: str, without: str = "?") -> list[str]:
    return [name for name in COVERED if name.startswith(prefix) and not name.endswith(without)]


def of_scores(x):
    scores = complete_rows(x).mean(axis=1)
    return means(scores, np.zeros(len(scores), dtype=int), 1)


@pytest.mark.parametrize("name", of("bfi", without="lambda4_max"))
def test_big_five_as_in_r(name):
    _, scale, entry = name.split(".")
    expected = R["bfi"][scale][entry]
    expected = list(expected.values()) if isinstance(expected, dict) else expected
    _, ours, tolerance = BIG_FIVE[entry]
    assert ours(turned(scale)) == pytest.approx(expected, abs=tolerance)


def first_half_of_the_splits(covariance):
    r, k = correlations(covariance), len(covariance)
    splits = list(combinations(range(k), k // 2))
    rest = [[j for j in range(k) if j not in split] for split in splits]
    found = [4 * r[np.ix_(a, b)].sum() / r.sum() for a, b in zip(splits, rest, strict=True)]
    return max(found[: len(found) // 2])


@pytest.mark.parametrize("name", [name for name in COVERED if name.endswith("lambda4_max")])
def test_lambda_4_is_the_best_of_all_splits_where_psych_looks_at_half_of_them(name):
    scale = name.split(".")[1]
    C = listwise(turned(scale))
    # splitHalf(x_)$maxrb of psych 2.2.9, which for 5 items tries 5 of the 10 splits; scales.R tries all.
    assert first_half_of_the_splits(C) == pytest.approx(R["bfi"][scale]["lambda4_max"], abs=1e-6)
    assert guttman_lambda4(C) == pytest.approx(MORE["lambda4_all_splits"][scale], abs=1e-6)


@pytest.mark.parametrize("name", of("attitude_alpha"))
def test_attitude_as_in_r(name):
    items = table("attitude").to_numpy(dtype=float)
    entry = name.split(".")[1]
    assert ATTITUDE[entry](items) == pytest.approx(R["attitude_alpha"][entry], abs=1e-6)


@pytest.mark.parametrize("name", of("scoreItems"))
def test_scores_by_r_s_score_items(name):
    # scoreItems(keys, bfi, impute="none", missing=TRUE): means of whatever was answered, alpha pairwise
    entry, scale = name.split(".")
    questions = {item: Question(item, "integer", item) for item in names(scale)}
    plan = Instrument("bfi", "Big Five", questions)
    items = item_values(table("bfi"), plan, Scale(scale, scale, names(scale), REVERSED[scale], low=1, high=6))
    ours = (
        np.nanmean(items, axis=1).mean()
        if entry == "scoreItems_means"
        else cronbach_alpha(items, pairwise=True).alpha
    )
    assert ours == pytest.approx(R[entry][scale], abs=1e-6)


def test_alpha_of_unreversed_items_is_not_what_it_seems():
    # psych::alpha(na.omit(bfi[,1:5]))$total$raw_alpha, A1 not turned: .431 (the study's notes on methods)
    items = turned("A")
    items[:, 0] = 7 - items[:, 0]
    assert cronbach_alpha(items).alpha == pytest.approx(0.431, abs=1e-3)


@pytest.mark.parametrize("name", MORE["omega"])
def test_omega_of_other_sets_as_in_lavaan(name):
    sets = {
        "N123": turned("N")[:, :3],  # saturated: three items determine one factor
        "E1234": turned("E")[:, :4],
        "holzinger": table("holzinger")[[f"x{i}" for i in range(1, 10)]].to_numpy(dtype=float),
    }
    assert omega_total(sets[name]).omega == pytest.approx(MORE["omega"][name], abs=1e-5)


def test_spearman_brown_as_in_r():
    expected = MORE["spearman_brown"]  # 2r/(1+r) and psych::r.con of r, carried over
    result = spearman_brown(turned("N")[:, :2])
    assert result.n == expected["n"]
    assert [result.alpha, result.low, result.high] == pytest.approx(
        [expected["value"], *expected["ci"]], abs=1e-9
    )


@pytest.mark.parametrize(
    ("items", "note"),
    [
        (np.ones((5, 3)), "not two items"),
        (np.array([[1.0, 2], [2, 1]]), "fewer than 3 respondents"),
        (np.column_stack([np.arange(5.0), np.ones(5)]), "no variation"),
        (np.column_stack([np.arange(5.0), -np.arange(5.0)]), "the two items are exact opposites"),
    ],
)
def test_spearman_brown_says_why_it_is_undefined(items, note):
    result = spearman_brown(items)
    assert result.note == note
    assert np.isnan(result.alpha)


@pytest.mark.parametrize(
    ("items", "note"),
    [
        (np.ones((5, 2)), "fewer than 3 items: one factor is not identified"),
        (np.ones((2, 4)), "fewer than 3 respondents"),
        (np.ones((9, 4)), SINGULAR),
        (one_factor(1, 40)[:, [0, 0, 1, 2]], SINGULAR),
    ],
)
def test_omega_says_why_it_is_undefined(items, note):
    result = omega_total(items, draws=20)
    assert result.note == note
    assert np.isnan([result.omega, result.low, result.high]).all()


def test_a_heywood_case_is_said():
    R_ = np.array([[1, 0.9, 0.8], [0.9, 1, 0.5], [0.8, 0.5, 1]])  # wants a loading of 1.2
    rng = np.random.default_rng(4).normal(size=(60, 3))
    white = (rng - rng.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(rng.T))).T
    result = omega_total(white @ np.linalg.cholesky(R_).T)
    assert result.note == HEYWOOD
    assert 0 < result.omega < 1


def test_no_common_factor_is_no_crash():
    result = omega_total(np.random.default_rng(5).normal(size=(200, 4)), draws=50)
    assert result.note in ("", HEYWOOD, NOT_CONVERGED)


def test_one_factor_solution_has_no_slope():
    # The score equations of the model: the diagonal of Sigma^-1 (S - Sigma) Sigma^-1 vanishes.
    S = np.cov(one_factor(2, 300).T)
    fit = one_factor_ml(S)
    model = np.outer(fit.loadings, fit.loadings) + np.diag(fit.uniquenesses)
    inverse = np.linalg.inv(model)
    assert np.diag(inverse @ (S - model) @ inverse) == pytest.approx(np.zeros(5), abs=1e-8)
    assert inverse @ (S - model) @ inverse @ fit.loadings == pytest.approx(np.zeros(5), abs=1e-8)


def test_a_stack_is_fitted_as_each_alone():
    stack = np.array([np.cov(one_factor(seed, 80).T) for seed in range(12)])
    together = one_factor_ml(stack)
    alone = [one_factor_ml(S) for S in stack]
    assert together.converged.all()
    assert together.loadings == pytest.approx(np.array([fit.loadings for fit in alone]), abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0.2, 5), min_size=5, max_size=5))
def test_loadings_follow_the_units_of_the_items(seed, units):
    S = np.cov(one_factor(seed, 60).T)
    fit, scaled = one_factor_ml(S), one_factor_ml(S * np.outer(units, units))
    assert scaled.loadings == pytest.approx(fit.loadings * units, rel=1e-4, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_reliability_does_not_depend_on_the_order_of_rows_or_items(seed):
    items = one_factor(seed, 50)
    other = np.random.default_rng(seed).permutation(items)[:, ::-1]
    for coefficient in (lambda x: cronbach_alpha(x).alpha, lambda x: omega_total(x).omega):
        assert coefficient(other) == pytest.approx(coefficient(items), abs=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_doubling_every_row_changes_neither_alpha_nor_omega(seed):
    items = one_factor(seed, 40)
    twice = np.repeat(items, 2, axis=0)
    assert cronbach_alpha(twice).alpha == pytest.approx(cronbach_alpha(items).alpha, abs=1e-12)
    assert omega_total(twice).omega == pytest.approx(omega_total(items).omega, abs=1e-7)


def test_omega_recovers_a_planted_reliability_where_alpha_falls_short():
    loadings = np.array([0.9, 0.8, 0.7, 0.4, 0.3])
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    items = one_factor(7, 40_000, loadings)
    assert omega_total(items).omega == pytest.approx(true, abs=0.005)
    assert cronbach_alpha(items).alpha < true - 0.01  # unequal loadings: a lower bound


def test_pairwise_alpha_says_both_numbers_of_respondents():
    items = turned("A")
    result = cronbach_alpha(items, pairwise=True)
    assert (result.n, result.complete) == (2800, 2709)  # nrow(bfi); nrow(na.omit(bfi[,1:5]))


def test_bootstrap_draws_are_those_of_a_loop():
    items = one_factor(8, 60)
    n, rng = len(items), np.random.default_rng(3)
    drawn = rng.integers(0, n, (200, n))
    loop = [cronbach_alpha(items[rows]).alpha for rows in drawn]
    assert bootstrap_alpha(items, draws=200, seed=3) == pytest.approx(np.quantile(loop, [0.025, 0.975]))


def test_bootstrap_in_parts_draws_as_many_rows():
    sums = resampled_sums(np.ones((900_000, 1)), draws=5, seed=1)  # more than one part
    assert sums.ravel().tolist() == [900_000] * 5


def test_bootstrap_of_what_does_not_vary_is_undefined():
    assert np.isnan(bootstrap_alpha(np.ones((10, 3)))).all()


def test_omega_interval_is_that_of_refitted_draws():
    items = one_factor(9, 80)
    n, rng = len(items), np.random.default_rng(1)
    loop = [omega_total(items[rows]).omega for rows in rng.integers(0, n, (60, n))]
    result = omega_total(items, draws=60, seed=1)
    assert result.draws == 60
    assert [result.low, result.high] == pytest.approx(np.quantile(loop, [0.025, 0.975]), abs=1e-6)


def test_intervals_cover_a_planted_reliability():
    runs, n, loadings = (1000, 120, (0.7,) * 5) if SOAK else (120, 120, (0.7,) * 5)
    true = 5 * 0.49 / (1 + 4 * 0.49)  # equal loadings: alpha and omega are the same
    samples = [one_factor(1000 + run, n, loadings) for run in range(runs)]
    feldt = [interval(cronbach_alpha(x)) for x in samples]
    drawn = [bootstrap_alpha(x, draws=400, seed=run) for run, x in enumerate(samples)]
    slack = 3 * np.sqrt(0.95 * 0.05 / runs)
    for found in (feldt, drawn):
        covered = np.mean([low <= true <= high for low, high in found])
        assert 0.935 - slack <= covered <= 0.965 + slack


def test_ordinal_alpha_sees_through_coarse_steps():
    latent = one_factor(11, 4000, (0.7,) * 4)
    steps = np.digitize(latent, [-0.5, 0.8]).astype(float)
    true = alpha_of(np.full((4, 4), 0.49) + 0.51 * np.eye(4))
    assert ordinal_alpha(steps).alpha == pytest.approx(true, abs=0.02)
    assert cronbach_alpha(steps).alpha < true - 0.03


def test_ordinal_alpha_of_many_answers_is_undefined():
    assert ordinal_alpha(one_factor(1, 50)).note == "a pair of items has no polychoric correlation"
