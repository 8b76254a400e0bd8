"""Mixed models against lme4 and lmerTest, their properties, and the resampling of groups."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.survey.course.mixed import (
    FEW_GROUPS,
    FEW_ROWS,
    NO_SPREAD,
    NO_VARIATION,
    ONE_EACH,
    TIED,
    MixedModel,
    contrast,
    mixed_model,
)
from ksn_research.analyse.survey.course.resample import bootstrap

FOLDER = Path(__file__).parent / "reference" / "survey"
EXPECTED = json.loads((FOLDER / "reference.json").read_text())
MORE = json.loads((FOLDER / "models.json").read_text())  # lme4 1.1.31 and lmerTest 3.1.3, by models.R

# Entry of reference.json -> R call, the data as `data` names them.
CALLS = {
    "sleepstudy.slope_REML": "lmer(Reaction ~ Days + (Days | Subject), sleepstudy)",
    "sleepstudy.slope_ML": "lmer(Reaction ~ Days + (Days | Subject), sleepstudy, REML = FALSE)",
    "sleepstudy.int_REML": "lmer(Reaction ~ Days + (1 | Subject), sleepstudy)",
    "waves": "lmer(y ~ factor(wave) + (1 | id), waves)",
}
COVERED: tuple[str, ...] = tuple(CALLS)
MORE_CALLS = {
    "waves_ML": "lmer(y ~ factor(wave) + (1 | id), waves, REML = FALSE)",
    "waves_trend": "lmer(y ~ wave + (1 | id), waves)",
    "sleep_int_ML": "lmer(Reaction ~ Days + (1 | Subject), sleepstudy, REML = FALSE)",
    "clus_gain": "lmer(I(api00 - api99) ~ 1 + (1 | dnum), apiclus1)",
    "singular": "lmer(mobility ~ 1 + (1 | even), apiclus1)  # even: row parity",
}


def ones(n: int, *columns: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(n), *columns]).astype(float)


def sleep() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frame = pd.read_csv(FOLDER / "sleepstudy.csv")
    return frame["Reaction"].to_numpy(), ones(len(frame), frame["Days"]), frame["Subject"].to_numpy()


def waves() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frame = pd.read_csv(FOLDER / "waves.csv")
    return (
        frame["y"].to_numpy(),
        ones(len(frame), *(frame["wave"] == k for k in (1, 2))),
        frame["id"].to_numpy(),
    )


def fitted(call: str) -> MixedModel:
    """The model of an R call of the tables above."""
    reml = "REML = FALSE" not in call
    if "sleepstudy" in call:
        y, x, who = sleep()
        return mixed_model(y, x, who, x[:, 1] if "Days |" in call else None, reml)
    if "apiclus1" in call:
        frame = pd.read_csv(FOLDER / "apiclus1.csv")
        even, gain = (np.arange(len(frame)) + 1) % 2, frame["api00"] - frame["api99"]
        y, who = (frame["mobility"], even) if "even" in call else (gain, frame["dnum"])
        return mixed_model(y.to_numpy(dtype=float), ones(len(frame)), np.asarray(who), reml=reml)
    y, x, who = waves()
    return mixed_model(y, x if "factor" in call else ones(len(y), x @ [0, 1, 2]), who, reml=reml)


def variances(model: MixedModel) -> list[float]:
    """In lme4's order: variances of intercept and slope, their covariance, residual."""
    g = model.group_covariance
    return [*np.diag(g), *g[np.triu_indices(len(g), 1)], model.residual_variance]


def entry(name: str) -> tuple[str, list[float], list[float], list[float], float | None]:
    """R call, coefficients, standard errors, variances and log-likelihood of a reference."""
    if name in MORE_CALLS:
        told = MORE[name]
        fix, se = ([one] if isinstance(one, float) else one for one in (told["fix"], told["se"]))
        return MORE_CALLS[name], fix, se, told["vcov"], told["logLik"]
    told = EXPECTED
    for part in name.split("."):
        told = told[part]
    fix, se = (list(told[key].values()) for key in ("fix", "se"))
    return CALLS[name], fix, se, told["vc"]["vcov"], told.get("logLik")


@pytest.mark.parametrize("name", [*COVERED, *MORE_CALLS])
def test_a_model_is_that_of_lme4(name) -> None:
    call, fix, se, vcov, likelihood = entry(name)
    model = fitted(call)
    assert model.coefficients == pytest.approx(fix, abs=1e-6)
    assert model.se == pytest.approx(se, rel=5e-5)
    assert variances(model) == pytest.approx(vcov, rel=2e-4, abs=1e-9)
    if likelihood is not None:
        assert model.log_likelihood == pytest.approx(likelihood, abs=1e-6)
    assert model.converged and model.note == (NO_SPREAD if name == "singular" else "")


def test_the_criterion_is_minus_twice_the_log_likelihood() -> None:
    told = EXPECTED["sleepstudy"]["slope_REML"]
    model = fitted(CALLS["sleepstudy.slope_REML"])
    assert -2 * model.log_likelihood == pytest.approx(told["REMLcrit"], abs=1e-6)


def test_the_waves_file_has_the_people_and_naive_means_that_r_counted() -> None:
    told, (y, x, who) = EXPECTED["waves"], waves()
    wave = x @ [0, 1, 2]
    model = mixed_model(y, x, who)
    assert (model.n, model.groups) == (told["n"], told["n_id"])
    complete = np.isin(who, [w for w in np.unique(who) if (who == w).sum() == 3])
    assert len(np.unique(who[complete])) == told["n_cc"]
    for kept, means in ((wave >= 0, told["naive_means"]), (complete, told["complete_case_means"])):
        own = [y[kept & (wave == k)].mean() for k in range(3)]
        assert own == pytest.approx(list(means.values()), abs=1e-9)


def test_degrees_of_freedom_and_p_are_those_of_lmertest() -> None:
    found = [contrast(fitted(CALLS["waves"]), c) for c in np.eye(3)]
    assert [one.dof for one in found] == pytest.approx(MORE["waves_df"]["df"], rel=1e-4)
    assert [one.p for one in found] == pytest.approx(MORE["waves_df"]["p"], rel=1e-3)
    few = contrast(fitted(MORE_CALLS["clus_gain"]), [1.0])
    assert few.dof == pytest.approx(MORE["clus_gain"]["satterthwaite_df"], rel=1e-4)


def test_statsmodels_finds_the_same_random_intercepts() -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, x, who = waves()
    fit = MixedLM(y, x, groups=who).fit(method="bfgs", gtol=1e-8)
    model = mixed_model(y, x, who)
    assert model.coefficients == pytest.approx(fit.fe_params, abs=1e-6)
    assert model.group_covariance[0, 0] == pytest.approx(fit.cov_re[0, 0], rel=1e-4)
    assert model.log_likelihood == pytest.approx(fit.llf, abs=1e-6)


def test_with_equal_groups_the_mean_has_groups_minus_one_degrees_of_freedom() -> None:
    # Balanced one-way analysis of variance: the mean of groups is tested against their spread, exactly.
    y = np.random.default_rng(1).normal(0, 1, (9, 4)) + np.arange(9)[:, None]
    found = contrast(mixed_model(y.ravel(), ones(36), np.repeat(np.arange(9), 4)), [1.0])
    assert found.dof == pytest.approx(8, rel=1e-4)
    assert found.se == pytest.approx(y.mean(axis=1).std(ddof=1) / 3, rel=1e-6)


@pytest.mark.parametrize(
    ("y", "groups", "columns", "note"),
    [
        ([1, 2, 3], [1, 1, 1], [], FEW_GROUPS),
        ([], [], [], FEW_GROUPS),
        ([1, 2, 4], [1, 2, 3], [], ONE_EACH),
        ([1, 2], [1, 2], [[0, 1]], FEW_ROWS),
        ([1, 2, 4, 3], [1, 1, 2, 2], [[1, 1, 1, 1]], TIED),
        ([2, 2, 2, 2], [1, 1, 2, 2], [], NO_VARIATION),
    ],
    ids=["one group", "nothing", "one value each", "as many columns as rows", "tied columns", "all alike"],
)
def test_what_cannot_be_fitted_is_undefined_and_says_why(y, groups, columns, note) -> None:
    x = ones(len(y), *map(np.array, columns))
    model = mixed_model(np.array(y, dtype=float), x, np.array(groups))
    found = contrast(model, np.eye(x.shape[1])[0])
    assert not model.defined and model.note == found.note == note
    assert np.isnan([found.difference, found.se, found.p]).all()
    assert bootstrap(np.array(y, dtype=float), x, np.array(groups), np.eye(x.shape[1])[:1])[0].note == note


def test_rows_with_a_missing_value_are_left_out() -> None:
    y, x, who = waves()
    gaps = np.append(y, [np.nan, 3.0]), np.vstack([x, x[0], [1, np.nan, 0]]), np.append(who, [1, 999])
    assert mixed_model(*gaps).coefficients == pytest.approx(mixed_model(y, x, who).coefficients, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_order_and_units_change_nothing(seed, scale, shift) -> None:
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(12), 3)
    x = ones(36, random.normal(size=36))
    y = random.normal(size=36) + random.normal(size=12)[who]
    order = random.permutation(36)
    one = mixed_model(y, x, who)
    other = mixed_model((y * scale + shift)[order], x[order], np.array([f"p{w}" for w in who])[order])
    assert other.coefficients == pytest.approx(
        one.coefficients * scale + [shift, 0], rel=1e-5, abs=1e-5 * scale
    )
    assert other.se == pytest.approx(one.se * scale, rel=1e-4)
    assert other.icc == pytest.approx(one.icc, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_no_other_variance_is_likelier(seed) -> None:
    from ksn_research.analyse.survey.course import mixed

    random = np.random.default_rng(seed)
    who = random.integers(0, 8, 30)
    y = random.normal(size=30) + random.choice([0.0, 1.0]) * random.normal(size=8)[who]
    model = mixed_model(y, ones(30), who)
    sums, _ = mixed._sums(y, ones(30), np.unique(who, return_inverse=True)[1], ones(30))
    assert sums is not None
    heights = [mixed._profile(sums, np.array([[r]]), True).deviance for r in np.geomspace(1e-4, 1e3, 200)]
    constant = -2 * np.linalg.slogdet(sums.turn)[1]
    assert -2 * model.log_likelihood <= min(heights) + constant + 1e-7


# --- few groups


def test_resampling_gives_the_same_from_one_seed_and_the_models_estimate() -> None:
    y, x, who = waves()
    one, other = (bootstrap(y, x, who, np.eye(3), draws=299) for _ in range(2))
    assert one == other
    assert [found.difference for found in one] == pytest.approx(mixed_model(y, x, who).coefficients, abs=1e-9)


def test_with_many_people_resampling_agrees_with_the_model() -> None:
    y, x, who = waves()
    drawn, modelled = bootstrap(y, x, who, [0, 0, 1])[0], contrast(mixed_model(y, x, who), [0, 0, 1])
    assert drawn.se == pytest.approx(modelled.se, rel=0.06)
    assert [drawn.ci_low, drawn.ci_high] == pytest.approx([modelled.ci_low, modelled.ci_high], abs=0.02)


def test_a_test_and_its_interval_agree_about_nought() -> None:
    y, x, who = waves()
    for found in bootstrap(y, x, who, [[0, 1, 0], [0, 0, 1]]):
        assert (found.p < 0.05) == (found.ci_low > 0 or found.ci_high < 0)


def dropped(random: np.random.Generator, people: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three waves rising by 0.15 each; who is low at first tends to be lost."""
    y = 3 + 0.15 * np.arange(3) + random.normal(0, 0.6, (people, 1)) + random.normal(0, 0.5, (people, 3))
    stay = random.random(people) < 1 / (1 + np.exp(-(1.2 + 1.5 * (y[:, 0] - 3))))
    seen = np.column_stack([np.ones(people, dtype=bool), stay, stay & (random.random(people) < 0.85)])
    wave, who = np.tile(np.arange(3), people)[seen.ravel()], np.repeat(np.arange(people), 3)[seen.ravel()]
    return y.ravel()[seen.ravel()], ones(len(wave), wave == 1, wave == 2), who


@pytest.mark.parametrize(("people", "few"), [(12, True), (20, True), (29, True), (40, False), (120, False)])
def test_intervals_of_a_change_hold_what_is_planted(people, few) -> None:
    # 95 %, give or take three Monte-Carlo standard errors; too long is allowed for a dozen people.
    count = 1000 if os.environ.get("KSN_SOAK") else 120
    random, held = np.random.default_rng(people), 0
    for _ in range(count):
        y, x, who = dropped(random, people)
        c = np.array([0, 0, 1.0])
        found = bootstrap(y, x, who, c, draws=399)[0] if few else contrast(mixed_model(y, x, who), c)
        held += found.ci_low <= 0.3 <= found.ci_high
    error = np.sqrt(0.95 * 0.05 / count)
    assert 0.945 - 3 * error < held / count < (0.99 if few else 0.955) + 3 * error


def test_the_model_recovers_a_change_that_naive_means_overstate() -> None:
    random = np.random.default_rng(7)
    y, x, who = dropped(random, 4000)
    naive = y[x[:, 2] == 1].mean() - y[(x[:, 1:] == 0).all(axis=1)].mean()
    found = contrast(mixed_model(y, x, who), [0, 0, 1])
    assert naive > 0.3 + 4 * found.se
    assert found.difference == pytest.approx(0.3, abs=3 * found.se)
