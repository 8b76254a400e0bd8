"""Planning: against R's arithmetic, against each other, and what is said while a survey is in the field."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_study
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import answers, prepared, roster, wave

from ksn_research.analyse.survey.roster.planning import (
    answers_needed,
    fieldwork_findings,
    margin_of_error,
    shortfalls,
)
from tests.editions import ksn, must

R = json.loads((Path(__file__).parent / "reference" / "survey" / "intervals.json").read_text())
COVERED: tuple[str, ...] = ()  # nothing of reference.json is about planning


@pytest.mark.parametrize("case", R["needed"], ids=lambda c: f"{c['margin']}of{c['population']}")
def test_answers_needed_follow_cochran(case):  # intervals.R: need()
    given_ = (case["margin"], case["population"], case["p"], case["design_effect"])
    assert answers_needed(*given_) == case["needed"]


@pytest.mark.parametrize("case", R["margin"], ids=lambda c: f"{c['n']}of{c['population']}")
def test_the_margin_of_error_follows_cochran(case):  # intervals.R: margin()
    found = margin_of_error(case["n"], case["population"], case["p"], case["design_effect"])
    assert found == pytest.approx(case["margin"], rel=1e-9)


@settings(max_examples=60)
@given(st.integers(2, 5000), st.floats(0.01, 0.4), st.floats(1, 3))
def test_the_answers_needed_reach_the_margin_and_one_fewer_does_not(population, margin, deff):
    needed = answers_needed(margin, population, design_effect=deff)
    assert 1 <= needed <= population
    assert margin_of_error(needed, population, design_effect=deff) <= margin + 1e-6
    if needed > 1:
        assert margin_of_error(needed - 1, population, design_effect=deff) > margin - 1e-6


def test_a_census_has_no_margin_and_nothing_less_has():
    n = np.arange(31)
    margins = margin_of_error(n, np.full(31, 30))
    assert margins[30] == 0
    assert np.isnan(margins[0])
    assert (margins[1:30] > 0).all()


@pytest.mark.parametrize("margin", [0, 1, -0.1])
def test_a_margin_that_is_no_fraction_is_refused(margin):
    with pytest.raises(ValueError, match="between 0 and 1"):
        answers_needed(margin, 100)


@pytest.mark.parametrize("n", [-1, 11])
def test_more_answers_than_people_are_refused(n):
    with pytest.raises(ValueError, match="0 <= n <= population"):
        margin_of_error(n, 10)


def listed(east=40, west=30):
    members = [f"e{i}" for i in range(east)] + [f"w{i}" for i in range(west)]
    regions = ["East"] * east + ["West"] * west
    return roster("people", {"year": [2025] * (east + west), "member": members, "region": regions})


CAME = pd.Series([*(f"e{i}" for i in range(35)), *(f"w{i}" for i in range(4)), "w0", "stranger", None])


def test_groups_that_fall_short_are_counted_on_the_roster_alone():
    table = shortfalls(listed(), CAME).set_index("level")
    # answers_needed(.1, ...): 40.9 of 70, 28.4 of 40, 23.04 of 30, rounded up
    assert table["needed"].to_dict() == {"": 41, "East": 29, "West": 24}
    assert table["answered"].to_dict() == {"": 39, "East": 35, "West": 4}
    assert table["to_come"].to_dict() == {"": 2, "East": 0, "West": 20}
    assert table.loc["West", "margin_now"] == pytest.approx(margin_of_error(4, 30))


def field(members, year=2025, name=""):
    frame = answers([[2025, member] for member in members], ["year", "member"])
    frame["wave"] = pd.Series([name] * len(frame), dtype="str")
    return prepared(
        kinds={"pulse": "survey"},
        responses={"pulse": frame},
        waves={"pulse": (wave(2024), wave(year, name))},
        people=listed(),
    )


def test_the_check_says_which_regions_fall_short_while_the_survey_is_in_the_field():
    said = [finding.problem for finding in fieldwork_findings(field(CAME.dropna()))]
    assert said == [
        "all members fall short of ±10 percentage points: 39 of 70 answered, 2 more needed",
        "region: 1 of 2 fall short of ±10 percentage points: West 4 of 30 answered, 20 more needed",
    ]
    finding = fieldwork_findings(field(CAME.dropna()))[1]
    assert (finding.severity, finding.source, finding.year, finding.count) == ("note", "pulse", 2025, 1)
    assert finding.answer == ""


@pytest.mark.parametrize(
    ("members", "year", "name", "reason"),
    [
        ([f"e{i}" for i in range(40)] + [f"w{i}" for i in range(30)], 2025, "", "everybody answered"),
        ([None, None], 2025, "", "no member codes"),
        (["e1"], 2024, "", "not the newest year"),
        (["e1"], 2025, "kick-off", "whom a wave within a year asked is not recorded"),
    ],
)
def test_nothing_is_said_where_nothing_falls_short_or_is_known(members, year, name, reason):
    assert fieldwork_findings(field(members, year, name)) == [], reason


def test_many_groups_are_cut_short_with_the_worst_first():
    people = pd.DataFrame(
        {"member": [f"m{i}" for i in range(80)], "region": [f"r{i // 10}" for i in range(80)]}
    )
    frame = answers([[2025, f"m{i}"] for i in range(75)], ["year", "member"])
    made = prepared(
        kinds={"pulse": "survey"}, responses={"pulse": frame[::2]}, waves={"pulse": (wave(2025),)},
        people=roster("people", {"year": [2025] * 80, **people}),
    )  # fmt: skip
    said = fieldwork_findings(made)[-1].problem
    assert "8 of 8 fall short" in said
    assert "r7 3 of 10 answered, 7 more needed; " in said
    assert said.index("r7") < said.index("r0")
    assert said.endswith("; and 3 more")


def test_ksn_check_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("KSN_SECRETS", str(tmp_path / "secrets"))
    study = small_study.whole(tmp_path / "small")
    export = study / "2025" / "member_survey.csv"
    lines = export.read_text(encoding="utf-8").splitlines(keepends=True)
    export.write_text("".join(lines[:12]), encoding="utf-8")  # eleven answers are in so far
    must(ksn("check", study, "--out", tmp_path / "checks"))
    told = pd.read_csv(tmp_path / "checks" / "checks.csv")
    assert told["problem"].str.contains("fall short of ±10 percentage points: 11 of ").any()
    assert "fall short" in (tmp_path / "checks" / "checks.html").read_text(encoding="utf-8")
