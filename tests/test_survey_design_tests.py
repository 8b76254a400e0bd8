"""Tests in samples with a design against R survey, and what never changes them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ksn_research.analyse.survey.comparison.design_tests import design_ranktest, design_ttest, rao_scott
from ksn_research.analyse.survey.estimation.design import Design, survey_design
from ksn_research.analyse.survey.estimation.weights import rake

PLACE = Path(__file__).parent / "reference" / "survey"
REFERENCE = json.loads((PLACE / "reference.json").read_text())["survey"]
MORE = json.loads((PLACE / "comparisons.json").read_text())
FILES = {
    "strat": "apistrat",
    "clus1": "apiclus1",
    "clus1n": "apiclus1",
    "clus2": "apiclus2",
    "raked": "apiclus1",
    "iid": "apisrs",
}
TYPES = {"E": 4421, "H": 755, "M": 1018}


def design_of(name: str, data: pd.DataFrame) -> Design:
    if name == "strat":  # svydesign(id=~1, strata=~stype, weights=~pw, data=apistrat, fpc=~fpc)
        return survey_design(weights=data["pw"], strata=data["stype"], population=data["fpc"])
    if name == "clus2":  # svydesign(id=~dnum+snum, fpc=~fpc1+fpc2, data=apiclus2)
        return survey_design(clusters=[data["dnum"], data["snum"]], population=[data["fpc1"], data["fpc2"]])
    if name == "iid":  # svydesign(id=~1, weights=~1, data=apisrs)
        return survey_design(len(data))
    fpc = None if name == "clus1n" else data["fpc"]  # svydesign(id=~dnum, weights=~pw, data=apiclus1, ...)
    design = survey_design(weights=data["pw"], clusters=data["dnum"], population=fpc)
    if name == "raked":  # rake(dclus1, list(~stype, ~sch.wide), ..., control=list(epsilon=1e-12))
        return rake(design, [(data["stype"], TYPES), (data["sch.wide"], {"No": 1072, "Yes": 5122})])
    return design


def loaded(name: str) -> tuple[Design, pd.DataFrame]:
    data = pd.read_csv(PLACE / f"{FILES[name]}.csv")
    return design_of(name, data), data


def codes(data: pd.DataFrame, column: str) -> np.ndarray:
    return pd.factorize(data[column], sort=True)[0]


# entry: (test, design, answers, groups); R subtracts the first level from the second
T_TESTS = {
    "survey.clus1_ttest_enroll_compimp": ("clus1", "enroll", "comp.imp"),  # svyttest(enroll~comp.imp, dclus1)
    "ttest.strat_api00_schwide": ("strat", "api00", "sch.wide"),
    "ttest.raked_api00_compimp": ("raked", "api00", "comp.imp"),
    "ttest.clus2_api00_schwide": ("clus2", "api00", "sch.wide"),
}
RANK_TESTS = {
    "survey.clus1_ranktest": ("clus1", "api00", "comp.imp"),  # svyranktest(api00~comp.imp, dclus1)
    "ranktest.strat_api00_schwide": ("strat", "api00", "sch.wide"),
    "ranktest.raked_api00_compimp": ("raked", "api00", "comp.imp"),
    "ranktest.clus2_api00_schwide": ("clus2", "api00", "sch.wide"),
    "ranktest.strat_api00_stype": ("strat", "api00", "stype"),  # test="KruskalWallis"
    "ranktest.clus1_api00_stype": ("clus1n", "api00", "stype"),
}
TABLES = {
    "survey.strat_chisq_F": ("strat", "sch.wide", "stype"),  # svychisq(~sch.wide+stype, dstrat)
    "chisq.clus1_schwide_stype": ("clus1", "sch.wide", "stype"),
    "chisq.clus2_schwide_stype": ("clus2", "sch.wide", "stype"),
    "chisq.raked_compimp_stype": ("raked", "comp.imp", "stype"),
    "chisq.raked_compimp_awards": ("raked", "comp.imp", "awards"),
    "chisq.iid_schwide_stype": ("iid", "sch.wide", "stype"),
}
COVERED: tuple[str, ...] = tuple(
    entry for entry in (*T_TESTS, *RANK_TESTS, *TABLES) if entry.startswith("survey.")
)


def expected(entry: str) -> dict:
    kind, _, name = entry.partition(".")
    return REFERENCE[name] if kind == "survey" else MORE[kind][name]


# A raking stops when it has converged to 1e-9; R's here went on to 1e-12.
def close(entry: str) -> float:
    return 1e-6 if "raked" in entry else 1e-9


@pytest.mark.parametrize("entry", T_TESTS)
def test_means_of_two_groups_are_compared_as_r_does(entry):
    name, answer, group = T_TESTS[entry]
    design, data = loaded(name)
    found = design_ttest(design, data[answer].to_numpy(dtype=float), codes(data, group) == 1)
    wanted = expected(entry)
    numbers = [
        wanted.get("t", wanted.get("statistic")),
        wanted.get("df", wanted.get("parameter")),
        wanted["p"],
    ]
    estimate = wanted.get("est", wanted.get("estimate"))
    assert [found.statistic, *found.dof, found.p, found.estimate] == pytest.approx(
        [*numbers, estimate], rel=close(entry)
    )
    if "ci" in wanted:
        assert [found.ci_low, found.ci_high] == pytest.approx(wanted["ci"], rel=close(entry))


@pytest.mark.parametrize("entry", RANK_TESTS)
def test_ranks_are_compared_as_r_does(entry):
    name, answer, group = RANK_TESTS[entry]
    design, data = loaded(name)
    found = design_ranktest(design, data[answer].to_numpy(dtype=float), codes(data, group), ties="rows")
    wanted = expected(entry)
    assert found.p == pytest.approx(wanted["p"], rel=close(entry))
    if group == "stype":  # R gives the chi-square as parameter, its degrees of freedom as statistic
        assert found.statistic * found.dof[0] == pytest.approx(wanted["parameter"], rel=close(entry))
    else:
        assert -found.statistic == pytest.approx(wanted.get("t", wanted.get("statistic")), rel=close(entry))
        assert found.dof == (wanted.get("df", wanted.get("parameter")),)


@pytest.mark.parametrize("entry", TABLES)
def test_tables_are_tested_as_r_does(entry):
    name, row, column = TABLES[entry]
    design, data = loaded(name)
    found = rao_scott(design, codes(data, row), codes(data, column))
    wanted = expected(entry)
    dof = wanted.get("parameter") or [wanted["ndf"], wanted["ddf"]]
    statistic = wanted.get("F", wanted.get("statistic"))
    assert [found.statistic, *found.dof, found.p] == pytest.approx(
        [statistic, *dof, wanted["p"]], rel=close(entry)
    )


def seeded(seed: int, n: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.5, 3, n), rng.integers(1, 6, n).astype(float), rng.integers(0, 3, n)


@given(st.integers(0, 10_000), st.floats(0.01, 100))
@settings(max_examples=30, deadline=None)
def test_neither_the_scale_of_weights_nor_the_order_of_rows_matters(seed, factor):
    weights, values, groups = seeded(seed)
    order = np.random.default_rng(seed).permutation(len(values))
    one, other = survey_design(weights=weights), survey_design(weights=weights[order] * factor)
    first = [design_ttest(one, values, groups == 0), design_ranktest(one, values, groups),
             rao_scott(one, (values > 2).astype(int), groups)]  # fmt: skip
    v, g = values[order], groups[order]
    second = [design_ttest(other, v, g == 0), design_ranktest(other, v, g),
              rao_scott(other, (v > 2).astype(int), g)]  # fmt: skip
    for a, b in zip(first, second, strict=True):
        assert (a.statistic, a.p) == pytest.approx((b.statistic, b.p), rel=1e-6, nan_ok=True)


def test_a_plain_sample_gives_the_classical_tests_but_for_their_divisors():
    _, values, groups = seeded(4, 400)
    design, two = survey_design(400), groups < 2
    a, b = values[groups == 0], values[groups == 1]
    t = design_ttest(design, values, np.where(two, groups == 0, np.nan))
    assert t.statistic == pytest.approx(stats.ttest_ind(a, b, equal_var=False).statistic, rel=0.01)
    ranks = design_ranktest(design, values, np.where(two, groups, -1))
    assert ranks.p == pytest.approx(stats.brunnermunzel(a, b).pvalue, rel=0.05)
    delta = np.sign(a[:, None] - b[None, :]).mean()
    assert ranks.estimate == pytest.approx(delta / 2)
    table = rao_scott(design, (values > 2).astype(int), groups)
    pearson = stats.chi2_contingency(pd.crosstab(values > 2, groups), correction=False)
    assert table.statistic * 2 == pytest.approx(pearson.statistic, rel=0.02)


def test_repeated_rows_in_a_cluster_tell_nothing_new():
    _, values, groups = seeded(6)
    alone = survey_design(40)
    twice = survey_design(clusters=np.repeat(np.arange(40), 3))
    v, g = np.repeat(values, 3), np.repeat(groups, 3)
    assert design_ttest(twice, v, g == 0).p == pytest.approx(design_ttest(alone, values, groups == 0).p)
    assert design_ranktest(twice, v, g).p == pytest.approx(design_ranktest(alone, values, groups).p)
    rows, many = (values > 2).astype(int), (v > 2).astype(int)
    assert rao_scott(twice, many, g).p == pytest.approx(rao_scott(alone, rows, groups).p)


def test_those_outside_the_comparison_change_nothing_but_stay_in_the_design():
    _, values, groups = seeded(7)
    design = survey_design(40)
    missing = values.copy()
    missing[groups == 2] = np.nan
    marked = np.where(groups == 2, np.nan, groups == 0)
    assert design_ttest(design, values, marked) == design_ttest(design, missing, marked)
    assert design_ranktest(design, missing, groups) == design_ranktest(
        design, values, np.where(groups == 2, -1, groups)
    )


@pytest.mark.parametrize(
    ("test", "note"),
    [
        (lambda d: design_ttest(d, np.array([1.0, 2, 3, 4]), np.ones(4)), "fewer than 2 groups with answers"),
        (lambda d: design_ttest(d, np.ones(4), np.array([1, 1, 0, 0])), "no variation: no test"),
        (lambda d: design_ranktest(d, np.full(4, np.nan), np.arange(4)), "fewer than 2 groups with answers"),
        (lambda d: rao_scott(d, np.zeros(4, dtype=int), np.arange(4)), "fewer than 2 groups with answers"),
        (lambda d: design_ranktest(d, np.arange(4.0), np.arange(4)), "too few clusters for a test"),
    ],
    ids=["one group", "no variation", "nobody answered", "one row of the table", "more levels than people"],
)
def test_what_cannot_be_tested_says_why(test, note):
    found = test(survey_design(4))
    assert found.note == note
    assert np.isnan(found.p)


def test_under_no_difference_p_is_below_a_twentieth_as_often_as_said():
    """Clusters of 4 that answer alike: the plain tests would reject far too often."""
    rng, low, plain = np.random.default_rng(12), [], []
    clusters = np.repeat(np.arange(40), 4)
    design = survey_design(clusters=clusters)
    groups = (np.arange(40) % 2)[clusters]
    for _ in range(250):
        values = rng.normal(size=40)[clusters] + 0.3 * rng.normal(size=160)
        rows = (values > 0).astype(int)
        found = (design_ttest(design, values, groups), design_ranktest(design, values, groups),
                 rao_scott(design, rows, groups))  # fmt: skip
        low.append([test.p < 0.05 for test in found])
        plain.append(stats.ttest_ind(values[groups == 0], values[groups == 1]).pvalue < 0.05)
    assert np.all(np.mean(low, axis=0) < 0.11)  # four Monte-Carlo standard errors above 0.05
    assert np.mean(plain) > 0.2
