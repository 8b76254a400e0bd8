"""Intervals of proportions: against R, by complete enumeration, and how often they hold what they promise."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from ksn_research.analyse.survey.estimation import intervals
from ksn_research.analyse.survey.estimation.intervals import (
    clopper_pearson,
    hypergeometric,
    wilson,
    wilson_effective,
    worst_case,
)

FOLDER = Path(__file__).parent / "reference" / "survey"
REFERENCE = json.loads((FOLDER / "reference.json").read_text())
OWN = json.loads((FOLDER / "intervals.json").read_text())  # the R calls: intervals.R beside it
SOAK = bool(os.environ.get("KSN_SOAK"))

# dstrat <- svydesign(id=~1, strata=~stype, weights=~pw, data=apistrat, fpc=~fpc): p, se, degf, n
STRAT = (0.8279480114158, 0.02434478011307, 197, 200)
SVYCIPROP = {
    # entry: (our function, what it takes, R call, tolerance)
    "logit": (intervals.logit, 3, "svyciprop(~I(sch.wide=='Yes'), dstrat, method='logit')", 1e-6),
    "xlogit": (intervals.logit, 3, "svyciprop(..., method='xlogit')", 1e-6),
    # R ends its iterations early and interpolates the profile: 3e-6 from the solution of its own equation,
    # which is given below to 1e-9.
    "likelihood": (intervals.likelihood, 4, "svyciprop(..., method='likelihood')", 5e-6),
    "beta": (intervals.beta, 4, "svyciprop(..., method='beta')", 1e-6),
    "mean": (intervals.mean, 3, "svyciprop(..., method='mean')", 1e-6),
    "asin": (intervals.asin, 3, "svyciprop(..., method='asin')", 1e-6),
}
COVERED = ("wilson", *(f"survey.strat_ciprop_schwide_{method}" for method in SVYCIPROP))


@pytest.mark.parametrize("entry", COVERED)
def test_an_entry_of_the_reference_is_reproduced(entry):
    if entry == "wilson":  # prop.test(x, n, correct=FALSE)$conf.int and binom.test(x, n)$conf.int
        for case in REFERENCE["wilson"]:
            assert wilson(case["x"], case["n"]) == pytest.approx(tuple(case["ci"]), abs=1e-6)
            assert clopper_pearson(case["x"], case["n"]) == pytest.approx(tuple(case["cp"]), abs=1e-6)
        return
    name = entry.rpartition("_")[2]
    function, takes, _, tolerance = SVYCIPROP[name]
    expected = REFERENCE["survey"][entry.partition(".")[2]]
    assert (expected["est"], expected["se"]) == pytest.approx(STRAT[:2], abs=1e-8)
    assert function(*STRAT[:takes]) == pytest.approx(tuple(expected["ci"]), abs=tolerance)


@pytest.mark.parametrize("method", SVYCIPROP)
def test_fifteen_clusters_have_the_same_intervals_in_r(method):
    # intervals.R: svyciprop(~I(yes==1), d, method=...), d with id=~dnum and fpc
    function, takes, _, tolerance = SVYCIPROP[method]
    case = OWN["clus1"]
    given_ = [case[name] for name in ("est", "se", "degf", "n")][:takes]
    assert function(*given_) == pytest.approx(tuple(case[method]), abs=tolerance)


@pytest.mark.parametrize(("sample", "given_"), [("strat", STRAT), ("clus1", None)])
def test_the_likelihood_interval_solves_its_equation(sample, given_):
    given_ = given_ or [OWN["clus1"][name] for name in ("est", "se", "degf", "n")]
    expected = OWN["likelihood_solved"][sample]  # intervals.R: uniroot on the converged fit
    assert intervals.likelihood(*given_) == pytest.approx(tuple(expected), abs=1e-9)


def test_wilson_on_the_effective_n_is_what_svy_gives():
    # svy (Python), ci_method="wilson" on the same sample: .7748146, .8706376
    assert wilson_effective(*STRAT[:3]) == pytest.approx((0.7748146, 0.8706376), abs=5e-8)


def test_wilson_on_the_effective_n_is_wilson_for_independent_answers():
    k, n = np.arange(1, 40), 40
    p = k / n
    ours = wilson_effective(p, np.sqrt(p * (1 - p) / n), 1e9)
    assert np.allclose(ours, wilson(k, np.full(39, n)), atol=1e-8)


@pytest.mark.parametrize(
    "case", OWN["hypergeometric"], ids=lambda c: f"{c['count']}of{c['n']}of{c['population']}"
)
@pytest.mark.parametrize("kind", ["exact", "mid_p"])
def test_the_exact_interval_holds_every_number_that_r_does_not_reject(case, kind):
    low, high = hypergeometric(case["count"], case["n"], case["population"], mid_p=kind == "mid_p")
    people = [round(end * case["population"]) for end in (low, high)]
    assert people == case[kind]  # intervals.R: phyper for every number


def _chance(counts, low, high, n, population, share):
    """The chance that an interval holds the share of a roster in which that many say yes, summed exactly."""
    holds = (low <= share + 1e-9) & (share - 1e-9 <= high)
    return float(hypergeom.pmf(counts, population, round(share * population), n) @ holds)


def test_the_exact_interval_covers_at_least_as_often_as_it_says_for_every_small_roster():
    worst = 1.0
    for population in range(1, 31 if SOAK else 16):
        for n in range(1, population + 1):
            counts = np.arange(n + 1)
            low, high = hypergeometric(counts, n, population)
            shares = np.arange(population + 1) / population
            worst = min(worst, *(_chance(counts, low, high, n, population, share) for share in shares))
    assert 0.95 <= worst < 0.96


# Rosters of 1.25 n, 2 n and 5 n; numbers who say yes within 2 of 5, 50 and 95 % of the roster.
SIZES = [(n, int(n * times)) for n in ((40, 120, 400) if SOAK else (40, 120)) for times in (1.25, 2, 5)]


@pytest.mark.parametrize(("n", "population"), SIZES)
def test_intervals_of_a_share_cover_as_often_as_they_say(n, population):
    counts = np.arange(n + 1)
    p, left = counts / n, 1 - n / population
    made = {
        "exact": hypergeometric(counts, n, population),
        "mid-p": hypergeometric(counts, n, population, mid_p=True),
        "effective": wilson_effective(p, np.sqrt(left * p * (1 - p) / (n - 1)), n - 1, n / left),
    }
    found = {name: [] for name in made}
    for share in (0.05, 0.5, 0.95):
        near = range(int(np.ceil(share * population - 2)), int(share * population + 2) + 1)
        for name, (low, high) in made.items():
            chances = [_chance(counts, low, high, n, population, m / population) for m in near]
            found[name].append(np.mean(chances))
            if name == "exact":
                assert min(chances) >= 0.95
    assert all(0.93 <= mean <= 0.98 for mean in found["effective"])
    # Mid-p errs on the safe side where few say yes (up to 98.4 % at n = 40).
    assert all(0.93 <= mean <= 0.985 for mean in found["mid-p"])
    assert 0.93 <= np.mean(found["mid-p"]) <= 0.98


CELLS = st.integers(1, 60).flatmap(
    lambda population: st.integers(1, population).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n), st.just(population))
    )
)


@settings(max_examples=60, deadline=None)
@given(CELLS, st.booleans())
def test_the_interval_of_a_roster_stays_within_what_is_possible(cell, mid_p):
    count, n, population = cell
    low, high = hypergeometric(count, n, population, mid_p=mid_p)
    lowest, highest = worst_case(count, n, population)
    assert lowest - 1e-12 <= low <= high <= highest + 1e-12
    assert low - 1e-12 <= count / n <= high + 1e-12
    assert (low == high) == (n == population)  # a point for a census, and only then
    mirrored = hypergeometric(n - count, n, population, mid_p=mid_p)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)
    exact = hypergeometric(count, n, population)
    assert exact[0] <= low + 1e-12
    assert high <= exact[1] + 1e-12


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 39), st.floats(0.2, 5), st.integers(2, 100))
def test_an_effective_n_as_large_as_n_gives_wilsons_width_and_a_census_a_point(count, deff, degf):
    p = count / 40
    se = np.sqrt(deff * p * (1 - p) / 40)
    low, high = wilson_effective(p, se, degf)
    assert 0 < low < p < high < 1
    wider = wilson_effective(p, se * 1.1, degf)
    assert wider[0] < low
    assert high < wider[1]
    assert wilson_effective(p, 0.0, degf) == (p, p)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_where_all_answer_alike_the_effective_n_must_come_from_elsewhere(p):
    assert np.isnan(wilson_effective(p, 0.0, 10)).all()
    low, high = wilson_effective(p, 0.0, 10, n=20)
    assert (low, high)[int(p)] == p
    assert 0.1 < high - low < 0.3
    assert np.isnan(intervals.logit(p, 0.0, 10)).all()


def test_intervals_take_arrays_and_nobody_asked_is_undefined():
    low, high = hypergeometric([0, 2, 5], [0, 4, 5], [9, 8, 5])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert (low[1], high[1]) == hypergeometric(2, 4, 8)
    assert (low[2], high[2]) == (1.0, 1.0)
    assert np.isnan(clopper_pearson(0, 0)).all()


@pytest.mark.parametrize(("count", "n", "population"), [(-1, 5, 9), (6, 5, 9), (2, 5, 4)])
def test_a_count_that_cannot_be_is_refused(count, n, population):
    with pytest.raises(ValueError, match="0 <= count <= n <= population"):
        hypergeometric(count, n, population)


def test_worst_cases_put_all_who_did_not_answer_at_one_end():
    # 8 of 10 answered, their scores add up to 28 on a scale from 1 to 5: (28 + 2) / 10 and (28 + 10) / 10
    assert worst_case(28, 8, 10, 1, 5) == pytest.approx((3.0, 3.8))
    assert worst_case(28, 8, 8, 1, 5) == (3.5, 3.5)
