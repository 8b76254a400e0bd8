"""Corrections for many tests against R, and what holds for each of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.survey.comparison.families import NAMES, adjust, corrected
from ksn_research.results import Row

PLACE = Path(__file__).parent / "reference"
REFERENCE = json.loads((PLACE / "survey" / "reference.json").read_text())["padjust"]
# p.adjust(p, method): our name of it
R_METHODS = {
    "holm": "holm",
    "BH": "benjamini-hochberg",
    "BY": "benjamini-yekutieli",
    "hommel": "hommel",
    "bonf": "bonferroni",
}
COVERED: tuple[str, ...] = ("padjust.p", *(f"padjust.{name}" for name in R_METHODS))


@pytest.mark.parametrize("entry", COVERED)
def test_adjusted_p_values_are_what_r_gives_and_a_missing_one_is_no_test(entry):
    name = entry.removeprefix("padjust.")
    methods = NAMES if name == "p" else [R_METHODS[name]]
    for method in methods:
        found = adjust(REFERENCE["p"], method)
        assert found[-1] is None
        if name == "p":  # the raw values: never lowered
            assert all(a >= p for a, p in zip(found[:-1], REFERENCE["p"][:-1], strict=True))
        else:
            assert found[:-1] == pytest.approx(REFERENCE[name][:-1], rel=1e-12)


def test_holm_is_what_r_gives_for_the_older_case_too():
    case = json.loads((PLACE / "survey_r.json").read_text())["holm"]
    assert adjust(case["p"]) == pytest.approx(case["adjusted"])


@pytest.mark.parametrize("method", NAMES)
@given(st.lists(st.none() | st.floats(0, 1), max_size=8))
@settings(max_examples=40, deadline=None)
def test_no_correction_lowers_a_p_or_changes_their_order(method, p):
    found = adjust(p, method)
    raw = np.array([one for one in p if one is not None])
    made = np.array([one for one in found if one is not None])
    assert [one is None for one in p] == [one is None for one in found]
    assert np.all(made >= raw - 1e-15)
    assert np.all(made <= 1)
    assert np.all(np.diff(made[np.argsort(raw, kind="stable")]) >= 0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7))
@settings(max_examples=40, deadline=None)
def test_the_stricter_correction_is_never_below_the_finer_one(p):
    holm, hommel, bonferroni, bh = (
        np.array(adjust(p, m)) for m in ("holm", "hommel", "bonferroni", "benjamini-hochberg")
    )
    slack = 1e-12
    assert np.all(bonferroni >= holm - slack)
    assert np.all(holm >= hommel - slack)
    assert np.all(hommel >= bh - slack)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_hommel_is_the_closed_test_with_simes_test_of_every_intersection(p):
    p = np.array(p)
    expected = np.zeros(len(p))
    for subset in range(1, 2 ** len(p)):
        inside = [i for i in range(len(p)) if subset >> i & 1]
        chosen = np.sort(p[inside])
        simes = np.min(len(chosen) * chosen / np.arange(1, len(chosen) + 1))
        expected[inside] = np.maximum(expected[inside], simes)
    assert adjust(list(p), "hommel") == pytest.approx(list(np.minimum(expected, 1)), abs=1e-12)


@pytest.mark.parametrize(("p", "method"), [([0.1], "sidak"), ([1.2], "holm"), ([-0.1], "holm")])
def test_what_cannot_be_adjusted_is_refused(p, method):
    with pytest.raises(ValueError, match="adjust"):
        adjust(p, method)


def row(measure, p):
    return Row(
        year=2025, source="s", analysis="change", measure=measure, statistic="difference",
        estimate=1.0, n=9, unit="people", method="Welch", p=p,
    )  # fmt: skip


def test_a_family_is_told_by_what_and_over_how_many_and_others_are_left_alone():
    rows = [row("a", 0.01), row("b", None), row("c", 0.03), row("d", 0.5)]
    made = corrected(rows, lambda r: r.measure != "d", "declared things", "benjamini-hochberg")
    assert [r.p_adjusted for r in made] == [0.02, None, 0.03, None]
    assert made[0].method == "Welch; p adjusted by Benjamini & Hochberg over 2 declared things"
    assert [made[1], made[3]] == [rows[1], rows[3]]
