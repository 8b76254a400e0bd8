"""Members and others, adjusted: against R's lm with HC3 worked out by hand, and the rows."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.survey.comparison.adjusted import (
    NO_MEMBERS,
    NO_OVERLAP,
    NO_SPREAD,
    NO_VARIATION,
    NOBODY,
    NOT_AN_EFFECT,
    TOO_FEW,
    adjusted_difference,
    adjusted_rows,
)
from ksn_research.analyse.survey.comparison.compare import hedges_g
from ksn_research.plan.specs import Analysis
from ksn_research.results import collect
from tests.survey_study import answers, pick, prepared, roster, wave

FOLDER = Path(__file__).parent / "reference" / "survey"
EXPECTED = json.loads((FOLDER / "models.json").read_text())  # R 4.2.2, by models.R
COVERED: tuple[str, ...] = ()  # reference.json has no adjusted comparisons; these stand in models.json
CALLS = {
    "hc3_member": "lm(api00 ~ member + stype + yr.rnd, apistrat)",
    "hc3_dose": "lm(api00 ~ meals + stype, apistrat, subset = member == 1)",
    "hc3_bare": "lm(api00 ~ member, apistrat)",
}
NONE = np.empty((6, 0))


def dummies(frame: pd.DataFrame) -> np.ndarray:
    return pd.get_dummies(frame, drop_first=True, dtype=float).to_numpy()


def model_of(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, x and covariates of an R call of the table above."""
    frame = pd.read_csv(FOLDER / "apistrat.csv")
    member = (frame["awards"] == "Yes").to_numpy(dtype=float)
    y = frame["api00"].to_numpy(dtype=float)
    if name == "hc3_dose":
        own = member == 1
        return y[own], frame["meals"].to_numpy(dtype=float)[own], dummies(frame[["stype"]])[own]
    held = {"hc3_member": ["stype", "yr.rnd"], "hc3_bare": []}[name]
    return y, member, dummies(frame[held]) if held else np.empty((len(y), 0))


@pytest.mark.parametrize("name", CALLS)
def test_a_coefficient_and_its_robust_interval_are_those_of_r(name) -> None:
    told, found = EXPECTED[name], adjusted_difference(*model_of(name))
    assert found.difference == pytest.approx(told["est"], rel=1e-9)
    assert found.se == pytest.approx(told["se"], rel=1e-9)
    assert found.dof == told["df"]
    assert [found.ci_low, found.ci_high] == pytest.approx(told["ci"], rel=1e-9)
    assert found.p == pytest.approx(told["p"], rel=1e-6)


def test_statsmodels_finds_the_same() -> None:
    import statsmodels.api as sm

    y, x, held = model_of("hc3_member")
    fit = sm.OLS(y, np.column_stack([x, np.ones(len(y)), held])).fit(cov_type="HC3", use_t=True)
    found = adjusted_difference(y, x, held)
    assert (found.difference, found.se) == pytest.approx((fit.params[0], fit.bse[0]), rel=1e-9)


def test_covariates_that_repeat_one_another_change_nothing() -> None:
    y, x, held = model_of("hc3_member")
    twice = np.column_stack([held, held[:, 0], 1 - held[:, 1]])
    assert adjusted_difference(y, x, twice).se == pytest.approx(adjusted_difference(y, x, held).se)
    assert adjusted_difference(y, x, twice).dof == adjusted_difference(y, x, held).dof


def test_a_person_alone_in_a_level_says_nothing() -> None:
    y, x, held = model_of("hc3_member")
    more = np.zeros((len(y) + 1, held.shape[1] + 1))
    more[:-1, :-1], more[-1, -1] = held, 1
    found = adjusted_difference(np.append(y, 9999.0), np.append(x, 1.0), more)
    alike = adjusted_difference(y, x, held)
    assert (found.difference, found.se, found.dof) == pytest.approx((alike.difference, alike.se, alike.dof))


@pytest.mark.parametrize(
    ("y", "x", "covariates", "note"),
    [
        ([1, 2], [0, 1], np.empty((2, 0)), TOO_FEW),
        ([], [], np.empty((0, 2)), TOO_FEW),
        ([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1], np.array([[0], [0], [0], [1], [1], [1]]), NO_OVERLAP),
        ([1, 2, 3, 4, 5, 6], [3, 3, 3, 3, 3, 3], NONE, NO_SPREAD),
        ([1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 1], NONE, TOO_FEW),
        ([2, 2, 2, 2, 2, 2], [0, 0, 0, 1, 1, 1], NONE, NO_VARIATION),
    ],
    ids=["too few", "nobody", "no overlap", "one dose", "one member", "all alike"],
)
def test_what_cannot_be_compared_is_undefined_and_says_why(y, x, covariates, note) -> None:
    found = adjusted_difference(*(np.array(a, dtype=float) for a in (y, x, covariates)))
    assert found.note == note
    assert np.isnan([found.se, found.ci_low, found.p]).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-100, 100))
def test_order_and_units_change_nothing(seed, scale, shift) -> None:
    random = np.random.default_rng(seed)
    y, x = random.normal(size=30), (random.random(30) < 0.4).astype(float)
    held = np.eye(3)[random.integers(0, 3, 30)][:, 1:]
    order = random.permutation(30)
    one = adjusted_difference(y, x, held)
    other = adjusted_difference((y * scale + shift)[order], x[order], held[order])
    assert other.note == one.note
    for name in ("difference", "se", "ci_low"):
        assert getattr(other, name) == pytest.approx(
            getattr(one, name) * scale, rel=1e-7, abs=1e-9, nan_ok=True
        )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_what_covariates_alone_explain_is_taken_out(seed) -> None:
    # Adding any function of the covariates to the values leaves the comparison as it is.
    random = np.random.default_rng(seed)
    level = random.integers(0, 4, 40)
    held, x, y = np.eye(4)[level][:, 1:], np.tile([0.0, 1.0], 20), random.normal(size=40)
    one, other = (
        adjusted_difference(y, x, held),
        adjusted_difference(y + 50 * random.normal(size=4)[level], x, held),
    )
    assert (one.difference, one.se) == pytest.approx((other.difference, other.se), abs=1e-9)


def test_intervals_hold_the_planted_difference_though_variances_differ() -> None:
    count, held = (2000 if os.environ.get("KSN_SOAK") else 300), 0
    random = np.random.default_rng(11)
    for _ in range(count):
        level = random.integers(0, 3, 80)
        x = (random.random(80) < np.array([0.15, 0.4, 0.6])[level]).astype(float)
        y = 0.4 * x + 0.7 * level + random.normal(size=80) * np.where(x == 1, 1.5, 0.6)
        found = adjusted_difference(y, x, np.eye(3)[level][:, 1:])
        held += found.ci_low <= 0.4 <= found.ci_high
    assert abs(held / count - 0.95) < 0.015 + 3 * np.sqrt(0.95 * 0.05 / count)


# --- rows

REGION, TYPE = ("East", "North", "West"), ("company", "nonprofit")
PLAN = Analysis(
    "peers", "adjusted", "Peers",
    {"of": ["pulse.safety", "pulse.valued"], "members": "peer_support", "dose": "sessions",
     "covariates": ["region", "type"]},
)  # fmt: skip


def made(people=120, plan=PLAN, seed=5, year=2025, **changes):
    """A study in which members, commoner in the West, score 0.5 higher and 0.05 a session on top."""
    random = np.random.default_rng(seed)
    ids = [f"M{i:03}" for i in range(people)]
    region, type_ = random.integers(0, 3, people), random.integers(0, 2, people)
    inside = random.random(people) < np.array([0.2, 0.4, 0.6])[region]
    sessions = np.where(inside, random.integers(1, 11, people), 0)
    y = 2 + 0.5 * region + 0.5 * inside + 0.05 * sessions + random.normal(0, 0.4, people)
    frame = answers(
        {
            "year": year, "member": ids, "region": np.array(REGION)[region], "type": np.array(TYPE)[type_],
            "safety": y, "valuable": pd.Categorical(np.where(y > 3, "5", "2"), categories=[*"12345"]),
        },
        None,
    )  # fmt: skip
    records = pd.DataFrame({"year": pd.array([year] * int(inside.sum()), dtype="Int64"),
                            "member": pd.Series(np.array(ids)[inside], dtype="str"),
                            "sessions": sessions[inside].astype(float)})  # fmt: skip
    tables = {"responses": {"pulse": frame}, "records": {"peer_support": records}} | changes
    study = prepared(year=2025, waves={"pulse": (wave(year),)}, kinds={"pulse": "survey"}, **tables)
    return replace(study, study=replace(study.study, analyses={plan.name: plan}))


def told(**options) -> Analysis:
    return replace(PLAN, options={**PLAN.options, **options})


def test_the_rows_have_their_names_and_can_be_collected() -> None:
    ids = set(collect(adjusted_rows(made())).results["id"])
    both = ("difference", "difference_adjusted", "dose")
    wanted = {f"2025.pulse.adjusted.{m}[peers].{s}" for m in ("safety", "valued") for s in both}
    assert ids == wanted | {
        f"2025.pulse.adjusted.safety[peers].{g}" for g in ("hedges_g", "hedges_g_adjusted")
    }


def test_adjusting_takes_out_what_regions_explain() -> None:
    rows = adjusted_rows(made(people=3000))
    planted = 0.5 + 0.05 * 5.5
    raw, fair, dose = (
        pick(rows, measure="safety", statistic=s) for s in ("difference", "difference_adjusted", "dose")
    )
    assert raw.estimate > planted + 4 * raw.se
    assert fair.estimate == pytest.approx(planted, abs=3 * fair.se)
    assert dose.estimate == pytest.approx(0.05, abs=3 * dose.se)


def test_effects_are_differences_in_pooled_standard_deviations() -> None:
    study = made()
    rows = adjusted_rows(study)
    frame = study.responses["pulse"]
    inside = frame["member"].isin(study.records["peer_support"]["member"]).to_numpy()
    y = frame["safety"].to_numpy()
    g, _ = hedges_g(y[inside], y[~inside])
    raw, fair = (pick(rows, measure="safety", statistic=s) for s in ("difference", "difference_adjusted"))
    assert pick(rows, statistic="hedges_g").estimate == pytest.approx(g)
    scaled = pick(rows, statistic="hedges_g_adjusted")
    assert scaled.estimate == pytest.approx(fair.estimate * g / raw.estimate)
    assert scaled.ci_low == pytest.approx(fair.ci_low * g / raw.estimate)


def test_a_family_is_what_one_analysis_declares() -> None:
    rows = [r for r in adjusted_rows(made()) if r.statistic == "difference_adjusted"]
    p = sorted(r.p for r in rows)
    assert sorted(r.p_adjusted for r in rows) == pytest.approx([min(1, 2 * p[0]), max(2 * p[0], p[1])])
    assert all("Holm over 2 declared" in r.method for r in rows)


def test_every_row_says_that_it_is_no_effect() -> None:
    assert all(NOT_AN_EFFECT in r.note for r in adjusted_rows(made()))


def test_a_share_is_compared_as_a_share() -> None:
    rows = adjusted_rows(made())
    assert "Newcombe" in pick(rows, measure="valued", statistic="difference").method
    assert not [r for r in rows if r.measure == "valued" and r.statistic.startswith("hedges")]


@pytest.mark.parametrize(
    ("region", "said"),
    [("members", "1 of 2 combinations of region hold members only or none"), ("both", "")],
)
def test_where_members_and_others_do_not_meet_is_said(region, said) -> None:
    study = made(people=40, plan=told(covariates=["region"]))
    frame = study.responses["pulse"]
    inside = frame["member"].isin(study.records["peer_support"]["member"])
    place = (
        np.where(inside & (np.arange(40) % 2 == 0), "A", "B")
        if said
        else np.where(np.arange(40) % 2, "A", "B")
    )
    frame["region"] = pd.Series(place, dtype="str")
    row = pick(adjusted_rows(study), measure="safety", statistic="difference_adjusted")
    assert said in row.note and ("combinations" in row.note) == bool(said)


def test_a_missing_covariate_is_a_level_of_its_own() -> None:
    study = made()
    frame = study.responses["pulse"]
    frame["region"] = frame["region"].mask(frame["region"] == "East")
    assert pick(
        adjusted_rows(study), measure="safety", statistic="difference_adjusted"
    ).estimate == pytest.approx(
        pick(adjusted_rows(made()), measure="safety", statistic="difference_adjusted").estimate
    )


def test_a_covariate_that_the_answers_lack_comes_from_the_roster() -> None:
    study = made(plan=told(covariates=["role"]))
    ids = study.responses["pulse"]["member"]
    role = np.where(np.arange(len(ids)) % 3, "staff", "head")
    people = roster("people", {"year": [2025] * len(ids), "member": ids, "role": role})
    bare = pick(
        adjusted_rows(made(plan=told(covariates=[]))), measure="safety", statistic="difference_adjusted"
    )
    held = pick(
        adjusted_rows(replace(study, people=people)), measure="safety", statistic="difference_adjusted"
    )
    assert "same role" in held.method and held.estimate != pytest.approx(bare.estimate, abs=1e-6)


def test_without_covariates_the_adjusted_difference_is_the_raw_one() -> None:
    rows = adjusted_rows(made(plan=told(covariates=[])))
    raw, fair = (pick(rows, measure="safety", statistic=s) for s in ("difference", "difference_adjusted"))
    assert fair.estimate == pytest.approx(raw.estimate)


def test_sessions_of_one_member_in_two_rows_add_up() -> None:
    study = made()
    records = study.records["peer_support"]
    halves = pd.concat([records, records]).assign(sessions=lambda f: f["sessions"] / 2)
    again = replace(study, records={"peer_support": halves})
    one, other = (pick(adjusted_rows(s), measure="safety", statistic="dose") for s in (study, again))
    assert (one.estimate, one.n) == pytest.approx((other.estimate, other.n))


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda s: s.responses["pulse"].__setitem__("member", pd.NA), NO_MEMBERS),
        (lambda s: s.records["peer_support"].__setitem__("member", "somebody else"), NOBODY),
    ],
    ids=["no codes", "no member answered"],
)
def test_what_cannot_be_linked_is_undefined_and_says_why(change, note) -> None:
    study = made()
    change(study)
    rows = adjusted_rows(study)
    assert {r.status for r in rows} == {"undefined"}
    assert all(r.note.startswith(note) for r in rows)


def test_who_has_no_code_is_on_neither_side() -> None:
    study = made()
    frame = study.responses["pulse"]
    frame["member"] = frame["member"].mask(np.arange(len(frame)) < 20)
    assert pick(adjusted_rows(study), measure="safety", statistic="difference").n == 100


def test_only_members_of_the_same_year_count() -> None:
    study = made()
    study.records["peer_support"]["year"] = 2024
    assert all(r.status == "undefined" for r in adjusted_rows(study))


def test_support_is_that_of_the_smaller_side() -> None:
    study = made()
    inside = study.responses["pulse"]["member"].isin(study.records["peer_support"]["member"])
    assert pick(adjusted_rows(study), measure="safety", statistic="difference").people == min(
        inside.sum(), (~inside).sum()
    )
    assert pick(adjusted_rows(study), measure="safety", statistic="dose").people == inside.sum()


def test_other_kinds_of_analysis_give_no_rows() -> None:
    assert adjusted_rows(made(plan=replace(PLAN, kind="groups"))) == []
