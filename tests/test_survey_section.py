"""The survey section of an edition on small studies whose answers are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey_study import answers, pick, prepared, roster, wave

from ksn_research.analyse.survey.comparison.changes import successive
from ksn_research.analyse.survey.section import analyse_population, analyse_surveys
from ksn_research.prepared import blank
from ksn_research.results import collect

COLUMNS = ["year", "member", "organisation", "region", "safe_1", "safe_2", "valuable", "safety"]


def two_years(n=40, rise=0.5, seed=3):
    """Two waves of n respondents, half of them the same, with a planted rise of the scale score."""
    rng = np.random.default_rng(seed)
    steady = rng.normal(scale=0.6, size=2 * n)
    rows = []
    for year, start, extra in ((2024, 0, 0.0), (2025, n // 2, rise)):
        for i in range(start, start + n):
            score = 3 + steady[i] + extra + rng.normal(scale=0.3)
            point = str(int(np.clip(np.rint(score), 1, 5)))
            region = "East" if i % 2 else "West"
            rows.append([year, f"m{i}", f"o{i % 9}", region, point, str(6 - int(point)), point, score])
    return answers(rows, COLUMNS)


def study_of(responses, waves=None, **more):
    return prepared(
        kinds={"pulse": "survey", "net": "nominations", "organisations": "organisations", "people": "people"},
        responses={"pulse": responses},
        waves={"pulse": waves or (wave(2024), wave(2025))},
        **more,
    )


def test_every_row_of_a_survey_keeps_the_contract_of_the_results_frame():
    evidence = collect(analyse_surveys(study_of(two_years())))
    assert set(evidence.results["analysis"]) == {
        "answers", "change", "invariance", "items", "scales", "shares", "waves",
    }  # fmt: skip
    assert evidence.support["people"].notna().all()
    parents = evidence.totals["parent"]
    assert parents.isin(evidence.results["id"]).all()


def test_a_planted_rise_is_found_with_its_sign_in_both_ways_of_looking():
    rows = analyse_surveys(study_of(two_years(n=200)))
    for statistic, n in (("difference", 200), ("difference_same_members", 100)):
        row = pick(rows, analysis="change", measure="safety", statistic=statistic)
        assert row.ci_low < 0.5 < row.ci_high
        assert row.ci_low > 0
        assert (row.n, row.year, row.p < 0.001) == (n, 2025, True)
    same = pick(rows, analysis="change", measure="safety", statistic="difference_same_members")
    assert "2024" in same.method


def test_a_reworded_item_makes_its_scale_not_comparable_and_leaves_the_rest():
    changed = wave(2025, change="question reworded in 2025")
    rows = analyse_surveys(study_of(two_years(), waves=(wave(2024), changed)))
    row = pick(rows, analysis="change", measure="safety", statistic="difference")
    assert (row.status, row.estimate, row.p, row.note) == (
        "not comparable", None, None, "question reworded in 2025",
    )  # fmt: skip
    assert pick(rows, analysis="change", measure="valued", statistic="difference").status == "published"
    assert pick(rows, analysis="scales", measure="safety", statistic="mean", group="", year=2025).estimate


def test_only_declared_headline_changes_are_adjusted_and_by_how_many_they_are():
    rows = analyse_surveys(study_of(two_years(), headline=("pulse.safety", "pulse.valued")))
    p = {
        name: pick(rows, analysis="change", measure=name, statistic="difference")
        for name in ("safety", "valued")
    }
    low, high = sorted(p.values(), key=lambda row: row.p)
    assert low.p_adjusted == pytest.approx(min(1, 2 * low.p))
    assert high.p_adjusted == pytest.approx(max(high.p, low.p_adjusted))
    assert "Holm over 2" in low.method
    assert sum(row.p_adjusted is not None for row in rows) == 2


def test_anonymous_answers_are_compared_as_samples_and_never_as_the_same_people():
    rows = analyse_surveys(study_of(two_years().assign(member=None, organisation=None)))
    assert pick(rows, analysis="change", measure="safety", statistic="difference").organisations is None
    row = pick(rows, analysis="change", measure="safety", statistic="difference_same_members")
    assert row.status == "undefined"
    assert "no member code" in row.note


def test_waves_within_a_year_are_compared_on_the_same_people_and_drop_out_is_told():
    frame = two_years(n=20)
    frame["wave"] = frame["year"].map({2024: "kick-off", 2025: "closing"}).astype("str")
    frame["year"] = pd.array([2025] * len(frame), dtype="Int64")
    waves = (wave(2025, "kick-off"), wave(2025, "closing"))
    rows = analyse_surveys(study_of(frame, waves=waves))
    change = [row for row in rows if row.analysis == "change" and row.measure == "safety"]
    assert [(row.wave, row.statistic, row.n) for row in change] == [
        ("closing", "difference_same_members", 10)
    ]
    gone = pick(rows, analysis="drop_out")
    assert (gone.estimate, gone.count, gone.n) == (0.5, 10, 20)


def test_named_waves_are_paired_within_the_newest_year_only():
    waves = [wave(2024, "a"), wave(2024, "b"), wave(2025, "a"), wave(2025, "b"), wave(2025, "c")]
    assert [(a.year, a.name, b.name) for a, b in successive(waves)] == [(2025, "a", "b"), (2025, "b", "c")]
    assert list(successive([wave(2025)])) == []


def test_those_who_came_are_compared_with_those_who_did_not_signed_and_without_a_causal_word():
    frame = two_years(n=60, rise=0)
    came = [f"m{i}" for i in range(30, 60)]
    new = frame["year"].eq(2025)
    frame.loc[new & frame["member"].isin(came), "safety"] += 1
    sheet = roster("attendance", {"year": [2025] * 30, "event": "e", "kind": "social", "member": came})
    rows = analyse_surveys(study_of(frame, attendance=sheet))
    row = pick(rows, analysis="participation", statistic="difference", year=2025)
    assert row.ci_low > 0
    assert row.n == 60
    assert "not an effect" in row.note
    assert pick(rows, analysis="participation", statistic="hedges_g", year=2025).estimate > 0.5


def test_a_planted_circle_share_is_recovered_through_membership_of_circles():
    rng = np.random.default_rng(2)
    level = rng.normal(scale=0.5, size=80)
    rows = [
        [2025, f"m{i}", "o", "East", "3", "3", "3", 3 + level[i // 10] + rng.normal()] for i in range(800)
    ]
    seats = roster("circles", {"year": [2025] * 800, "circle": [f"c{i // 10}" for i in range(800)],
                               "member": [f"m{i}" for i in range(800)]})  # fmt: skip
    made = analyse_surveys(study_of(answers(rows, COLUMNS), circles=seats))
    row = pick(made, statistic="icc1")
    assert row.estimate == pytest.approx(0.2, abs=0.06)
    by_circle = [r for r in made if r.group == "circle"]
    assert {r.statistic for r in by_circle} == {"mean"}
    assert all(r.parents == () for r in by_circle)


def test_a_wave_without_answers_and_a_survey_without_waves_give_no_rows():
    empty = two_years().iloc[:0]
    assert analyse_surveys(study_of(empty)) == []
    assert analyse_surveys(replace(study_of(two_years()), waves={})) == []


PEOPLE = roster(
    "people",
    {
        "year": [2025] * 5,
        "member": ["m1", "m2", "m3", "m4", "m5"],
        "organisation": ["o1", "o1", "o2", "o3", None],
        "region": ["East", "East", "West", "West", "West"],
        "joined": pd.to_datetime(["2020-01-01", "2025-03-01", None, "2024-12-31", "2025-12-31"]),
    },
)
ORGANISATIONS = roster("organisations", {"year": [2025] * 3, "organisation": ["o1", "o2", "o3"],
                                         "region": ["East", "West", "West"]})  # fmt: skip


def population(**more):
    frame = answers([[2025, "m1"], [2025, "m3"], [2025, "m4"], [2025, "stranger"]], ["year", "member"])
    return study_of(frame, waves=(wave(2025),), **more)


@pytest.mark.parametrize(
    ("source", "measure", "level", "count"),
    [
        ("people", "people", "", 5),
        ("people", "people", "West", 3),
        ("people", "joined", "", 2),
        ("people", "joined", "East", 1),
        ("organisations", "organisations", "", 3),
        ("organisations", "organisations", "West", 2),
    ],
)
def test_the_population_is_counted(source, measure, level, count):
    rows = analyse_population(population(people=PEOPLE, organisations=ORGANISATIONS))
    row = pick(rows, source=source, analysis="population", measure=measure, level=level)
    assert (row.estimate, row.n, row.unit) == (count, count, source)


@pytest.mark.parametrize(("level", "n", "roster_size"), [("", 3, 5), ("East", 1, 2), ("West", 2, 3)])
def test_the_response_rate_counts_the_roster_and_only_the_roster(level, n, roster_size):
    rows = analyse_population(population(people=PEOPLE))
    row = pick(rows, analysis="response", statistic="rate", level=level)
    assert (row.n, row.population, row.people, row.count) == (n, roster_size, roster_size, n)
    assert row.estimate == pytest.approx(n / roster_size)
    assert row.ci_low is None
    assert "AAPOR RR2" in row.method
    assert "1 who answered are not on the roster" in row.note
    assert pick(rows, analysis="response", statistic="respondents").estimate == 4


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (lambda: population(), "no roster: response rate not collected"),
        (
            lambda: study_of(
                answers([[2025, None], [2025, None]], ["year", "member"]), waves=(wave(2025),), people=PEOPLE
            ),
            "answers carry no member code: response rate not collected",
        ),
    ],
)
def test_without_a_roster_or_codes_only_respondents_are_counted(make, note):
    row = pick(analyse_population(make()), analysis="response")
    assert (row.statistic, row.note) == ("respondents", note)


def test_the_response_to_a_network_question_counts_those_who_named_nobody_too():
    senders = roster("senders", {"year": [2025] * 3, "wave": "", "source": "net", "relation": "advice",
                                 "node": ["o1", "o2", "o3"], "observed": [True, True, False]})  # fmt: skip
    made = prepared(kinds={"net": "nominations"}, waves={"net": (wave(2025),)}, senders=senders,
                    organisations=ORGANISATIONS)  # fmt: skip
    row = pick(analyse_population(made), statistic="rate", group="")
    assert (row.n, row.population, row.unit, row.people) == (2, 3, "organisations", None)
    assert row.estimate == pytest.approx(2 / 3)


def test_an_empty_study_has_no_population_rows():
    assert analyse_population(prepared(people=blank("people"))) == []
