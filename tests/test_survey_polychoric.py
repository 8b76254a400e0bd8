"""Polychoric correlations against R psych, exact cases, and planted correlations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scale_data import MORE, R, turned
from scipy.stats import multivariate_normal

from ksn_research.analyse.survey.scale.polychoric import bivariate_normal, polychoric
from ksn_research.analyse.survey.scale.reliability import complete_rows, ordinal_alpha

COVERED: tuple[str, ...] = ("bfiA_polychoric", "bfiA_ordinal_alpha")
OURS = {  # psych::polychoric(xb[,1:5])$rho; psych::alpha(rho)$total$std.alpha
    "bfiA_polychoric": polychoric,
    "bfiA_ordinal_alpha": lambda x: ordinal_alpha(x).alpha,
}


@pytest.mark.parametrize("name", COVERED)
def test_as_in_r_psych(name):
    ours, expected = OURS[name](complete_rows(turned("A"))), np.array(R[name])
    # psych stops at 1e-4 of the correlation (optimize's tolerance).
    assert ours == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("scale", MORE["polychoric"])
def test_other_scales_as_in_r_psych(scale):
    items = complete_rows(turned(scale))
    assert polychoric(items) == pytest.approx(np.array(MORE["polychoric"][scale]), abs=1e-4)
    assert ordinal_alpha(items).alpha == pytest.approx(MORE["ordinal_alpha"][scale], abs=1e-4)


@pytest.mark.parametrize("agree", [0.55, 0.75, 0.95])
def test_two_halved_items_have_an_exact_solution(agree):
    # P(both below the median) = 1/4 + asin(r) / 2 pi (Sheppard 1899)
    n = 2000
    same, other = round(n * agree / 2), round(n * (1 - agree) / 2)
    x = np.repeat([[0.0, 0], [1, 1], [0, 1], [1, 0]], [same, same, other, other], axis=0)
    assert polychoric(x)[0, 1] == pytest.approx(np.sin(np.pi * (agree - 0.5)), abs=1e-8)


@pytest.mark.parametrize("r", [-0.95, -0.3, 0.0, 0.6, 0.99])
def test_bivariate_normal_is_scipy_s(r):
    h, k = (grid.ravel() for grid in np.meshgrid([-2.5, -0.4, 0.0, 1.1], [-1.7, 0.0, 0.3, 2.2]))
    expected = [multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([a, b]) for a, b in zip(h, k, strict=True)]
    assert bivariate_normal(h, k, np.array(r)) == pytest.approx(np.array(expected), abs=1e-7)


def test_a_planted_correlation_is_found_whatever_the_steps():
    rng = np.random.default_rng(3)
    x = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=20_000)
    steps = np.column_stack([np.digitize(x[:, 0], [-1, 0.2]), np.digitize(x[:, 1], [0.1, 0.5, 1.4, 2.0])])
    assert polychoric(steps.astype(float))[0, 1] == pytest.approx(0.6, abs=0.02)


def test_missing_answers_leave_out_pairs_not_people():
    items = turned("A")
    items[:300, 0] = np.nan
    both = polychoric(items)
    assert both[1, 2] == pytest.approx(polychoric(turned("A"))[1, 2], abs=1e-12)
    assert both[0, 1] != pytest.approx(polychoric(turned("A"))[0, 1], abs=1e-6)


def test_what_cannot_be_estimated_is_nan():
    constant, many = np.ones(30), np.arange(30.0)
    half, perfect = np.repeat([0.0, 1], 15), np.repeat([0.0, 1], 15)
    R_ = polychoric(np.column_stack([half, perfect, constant, many]))
    assert R_[0, 1] > 0.99
    assert np.isnan(R_[0, 2:]).all()
    assert np.diag(R_).tolist() == [1, 1, 1, 1]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_turning_an_item_turns_the_sign(seed):
    items = np.random.default_rng(seed).integers(1, 5, (60, 3)).astype(float)
    items[:, 1] = np.clip(items[:, 0] + np.random.default_rng(seed + 1).integers(-1, 2, 60), 1, 4)
    before = polychoric(items)
    after = polychoric(items * [1, -1, 1])
    assert after[0, 1] == pytest.approx(-before[0, 1], abs=1e-6)
    assert after[0, 2] == pytest.approx(before[0, 2], abs=1e-9)
    assert (np.abs(before) <= 1).all()
