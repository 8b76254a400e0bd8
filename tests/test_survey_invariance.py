"""Measurement invariance against R lavaan, planted differences between years, and rows."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scale_data import MORE, R, one_factor, table, turned
from survey_study import FIVE, answers, pick

from ksn_research.analyse.survey.scale.invariance import (
    TOO_FEW,
    TOO_FEW_ITEMS,
    decision,
    invariance,
    invariance_rows,
)
from ksn_research.analyse.survey.scale.multigroup import LEVELS, fit_groups, moments
from ksn_research.plan import Instrument, Question, Scale, Wave
from ksn_research.results import collect

SOAK = bool(os.environ.get("KSN_SOAK"))
COVERED: tuple[str, ...] = (
    *(f"invariance.{level}" for level in (*LEVELS, "overall")),
    *(f"invariance_bfiA_gender.{level}" for level in LEVELS[:3]),
)
# Their name in fitMeasures(fit) and ours.
NAMES = {"chisq": "chi_squared", "df": "df", "pvalue": "p", "cfi": "cfi", "rmsea": "rmsea", "srmr": "srmr",
         "npar": "parameters"}  # fmt: skip
CLOSE = {"chisq": 1e-3, "df": 0, "npar": 0, "pvalue": 1e-6, "cfi": 1e-5, "rmsea": 1e-5, "srmr": 1e-5}
THREE = (0, 0, 0, 1, 1, 1, 2, 2, 2)  # visual =~ x1+x2+x3; textual =~ x4+x5+x6; speed =~ x7+x8+x9


def by(items, groups):
    return [items[groups == group] for group in pd.unique(groups) if group == group]


def holzinger():
    frame = table("holzinger")
    return by(frame[[f"x{i}" for i in range(1, 10)]].to_numpy(dtype=float), frame["school"].to_numpy())


def ours(name):
    entry, level = name.split(".")
    if entry == "invariance_bfiA_gender":  # cfa("A=~A1+A2+A3+A4+A5", xb, group="gender", group.equal=..)
        return invariance(by(turned("A"), table("bfi")["gender"].to_numpy()))[level]
    if level == "overall":  # cfa(mo, HS)
        return fit_groups([moments(np.concatenate(holzinger()))], factors=THREE, means=False)
    return invariance(holzinger(), THREE, LEVELS)[level]  # cfa(mo, HS, group="school", group.equal=..)


def assert_fits_like(fit, expected):
    for theirs, mine in NAMES.items():
        assert asdict(fit)[mine] == pytest.approx(expected[theirs], abs=CLOSE[theirs]), theirs


@pytest.mark.parametrize("name", COVERED)
def test_fit_as_in_r_lavaan(name):
    entry, level = name.split(".")
    assert_fits_like(ours(name), R[entry][level])


@pytest.mark.parametrize("scale", MORE["invariance_gender"])
def test_other_scales_by_gender_as_in_r_lavaan(scale):
    fits = invariance(by(turned(scale), table("bfi")["gender"].to_numpy()), levels=LEVELS)
    for level, fit in fits.items():
        assert_fits_like(fit, MORE["invariance_gender"][scale][level])


def test_five_groups_as_in_r_lavaan():
    fits = invariance(by(turned("E"), table("bfi")["education"].to_numpy()), levels=LEVELS)
    for level, fit in fits.items():
        assert_fits_like(fit, MORE["invariance_E_education"][level])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_each_level_fits_no_better_than_the_one_before(seed):
    groups = [one_factor(seed, 120), one_factor(seed + 1, 150) + 0.3]
    fits = list(invariance(groups, levels=LEVELS).values())
    for looser, tighter in pairwise(fits):
        assert tighter.chi_squared >= looser.chi_squared - 1e-6
        assert tighter.df > looser.df


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0.2, 5), min_size=5, max_size=5))
def test_fit_depends_on_neither_units_nor_order(seed, units):
    groups = [one_factor(seed, 120), one_factor(seed + 1, 150)]
    other = [np.random.default_rng(seed).permutation(x)[:, ::-1] * units + 1 for x in groups[::-1]]
    for level in ("metric", "scalar"):
        there, here = (fit_groups([moments(x) for x in both], level) for both in (other, groups))
        assert there.chi_squared == pytest.approx(here.chi_squared, abs=1e-5)


def test_a_planted_difference_of_loadings_and_of_intercepts_is_found():
    base, shifted = one_factor(1, 900), one_factor(2, 900)
    same = invariance([base, shifted + 0.5 * np.array([0.8, 0.7, 0.6, 0.7, 0.5])])  # the factor's mean moved
    assert same["scalar"].cfi > same["configural"].cfi - 0.005
    moved = shifted.copy()
    moved[:, 0] += 0.6
    found = invariance([base, moved])
    assert found["metric"].cfi > found["configural"].cfi - 0.01
    assert found["scalar"].cfi < found["metric"].cfi - 0.01
    weaker = invariance([base, one_factor(3, 900, (0.2, 0.7, 0.6, 0.7, 0.5))])
    assert weaker["metric"].cfi < weaker["configural"].cfi - 0.01


def test_chi_squared_keeps_its_level_where_the_model_holds():
    runs = 400 if SOAK else 100
    fits = [
        fit_groups([moments(one_factor(2 * run, 200)), moments(one_factor(2 * run + 1, 200))], "scalar")
        for run in range(runs)
    ]
    hits = np.mean([fit.p < 0.05 for fit in fits])
    assert 0.05 - 3 * np.sqrt(0.0475 / runs) <= hits <= 0.065 + 3 * np.sqrt(0.0475 / runs)


def test_groups_without_a_factor_give_words_and_no_crash():
    constant = one_factor(1, 120)
    constant[:, 2] = 1
    fit = fit_groups([moments(one_factor(2, 120)), moments(constant)])
    assert "does not vary" in fit.note
    assert np.isnan(fit.chi_squared)
    noise = fit_groups([moments(np.random.default_rng(s).normal(size=(150, 4))) for s in (1, 2)])
    assert noise.note or np.isfinite(noise.chi_squared)


@pytest.mark.parametrize(
    ("cfi", "rmsea", "n", "said"),
    [
        (-0.010, 0.020, 301, "holds"),  # Cheung & Rensvold (2002) look at CFI alone
        (-0.011, 0.000, 301, "does not hold"),
        (-0.005, 0.009, 300, "holds"),  # Chen (2007), total n up to 300
        (-0.006, 0.009, 300, "unclear"),
        (-0.005, 0.010, 300, "unclear"),
        (-0.006, 0.010, 300, "does not hold"),
        (0.002, -0.010, 250, "holds"),
    ],
)
def test_rules_of_decision_at_their_figures(cfi, rmsea, n, said):
    assert decision(cfi, rmsea, n) == said


ITEMS = ("a", "b", "c", "d")


def plan(names=ITEMS, **scale):
    declared = Scale("trust", "Trust", tuple(names), **scale)
    questions = {name: Question(name, "select_one", name, FIVE) for name in names}
    return Instrument("i", "I", questions, {"trust": declared})


def two_years(first, second, before=None, now=None):
    columns = (list((before or plan()).questions), list((now or plan()).questions))
    years = []
    for year, items, names in zip((2024, 2025), (first, second), columns, strict=True):
        steps = np.clip(np.rint(3 + items), 1, 5).astype(int).astype(str)
        rows = [[year, f"m{year}{i}", *row] for i, row in enumerate(steps.tolist())]
        years.append(answers(rows, ["year", "member", *names]))
    waves = [Wave(y, "", Path("x"), p) for y, p in ((2024, before or plan()), (2025, now or plan()))]
    return pd.concat(years, ignore_index=True), *waves


def four(seed, n):
    return 1.2 * one_factor(seed, n, (0.8, 0.7, 0.6, 0.7))


def test_rows_hold_each_level_its_changes_and_a_decision():
    rows = invariance_rows("pulse", *two_years(four(1, 260), four(2, 240)))
    assert len(collect(rows).results) == 3 + 2 * 5
    assert {(row.n, row.people, row.year) for row in rows} == {(500, 240, 2025)}
    chi = pick(rows, category="scalar", statistic="chi_squared")
    assert 0 < chi.p < 1
    assert "different people" in chi.note
    fall = pick(rows, category="metric", statistic="cfi_change")
    assert fall.estimate == pytest.approx(
        pick(rows, category="metric", statistic="cfi").estimate
        - pick(rows, category="configural", statistic="cfi").estimate
    )
    assert "holds (Cheung & Rensvold (2002)" in fall.note


def test_fewer_than_100_complete_answers_are_not_tested():
    for n, published in ((99, False), (100, True)):
        rows = invariance_rows("pulse", *two_years(four(1, 300), four(2, n)))
        assert {row.status == "published" for row in rows} == {published}
    assert {row.note for row in invariance_rows("pulse", *two_years(four(1, 300), four(2, 99)))} == {TOO_FEW}
    assert TOO_FEW == "not tested: n below 100"


def test_a_reworded_scale_is_not_comparable():
    now = plan(change="item b was reworded")
    rows = invariance_rows("pulse", *two_years(four(1, 150), four(2, 150), now=now))
    assert {(row.status, row.note) for row in rows} == {("not comparable", "item b was reworded")}


def test_waves_within_a_year_have_one_form():
    frame, earlier, later = two_years(four(1, 120), four(2, 120), now=plan(change="reworded since 2023"))
    frame = frame.assign(year=2025, wave=np.where(frame["year"] == 2024, "kick-off", "closing"))
    waves = replace(earlier, year=2025, name="kick-off"), replace(later, name="closing")
    assert {row.status for row in invariance_rows("pulse", frame, *waves)} == {"published"}


def test_items_are_matched_by_name_and_new_ones_left_out():
    now = plan(("a", "b", "c", "new"))
    turned_round = plan(ITEMS[::-1])
    whole = invariance_rows("pulse", *two_years(four(1, 200), four(2, 200)))
    again = invariance_rows("pulse", *two_years(four(1, 200), four(2, 200)[:, ::-1], now=turned_round))
    for row, same in zip(whole, again, strict=True):
        assert same.estimate == pytest.approx(row.estimate, abs=1e-5)
    three = invariance_rows("pulse", *two_years(four(1, 200), four(2, 200), now=now))
    lost = pick(three, category="configural", statistic="rmsea")  # three items determine one factor
    assert (lost.status, lost.note) == ("undefined", "a model without degrees of freedom")
    assert pick(three, category="metric", statistic="rmsea_change").estimate is not None
    two = plan(("a", "b", "x", "y"))
    few = invariance_rows("pulse", *two_years(four(1, 200), four(2, 200), now=two))
    assert {row.note for row in few} == {TOO_FEW_ITEMS}


def test_years_without_answers_or_instrument_give_no_rows():
    frame, earlier, later = two_years(four(1, 120), four(2, 120))
    assert invariance_rows("pulse", frame, replace(earlier, year=2020), later) == []
    assert invariance_rows("pulse", frame, replace(earlier, instrument=None), later) == []
