"""Engagement on an attendance sheet that fits on a page."""

import numpy as np
import pandas as pd
import pytest
from survey_study import pick, prepared, roster

from ksn_research.analyse.engagement.attendance import ALL, attendance_curve, attendance_rows
from ksn_research.analyse.engagement.ratings import clustered_interval
from ksn_research.analyse.engagement.section import analyse_engagement
from ksn_research.results import collect

SHEET = roster(
    "attendance",
    {
        "year": [2024, 2024, 2025, 2025, 2025, 2025, 2025, 2025, 2025],
        "event": ["e0", "e0", "e1", "e1", "e1", "e2", "e2", "e3", "e3"],
        "kind": ["social"] * 2 + ["social"] * 5 + ["session"] * 2,
        "date": pd.to_datetime(
            ["2024-03-01"] * 2 + ["2025-02-01"] * 3 + ["2025-05-01"] * 2 + ["2025-04-01"] * 2
        ),
        "member": ["m1", "G1", "m1", "m2", "G2", "m1", "G3", "m1", "m1"],  # the last one was entered twice
        "came_as": [
            "current",
            "guest",
            "current",
            "alumni",
            "guest",
            "current",
            "guest",
            "facilitator",
            "facilitator",
        ],
        "organisation": ["o1", None, "o1", None, None, "o1", None, "o1", "o1"],
    },
)
PEOPLE = roster(
    "people",
    {
        "year": [2024, 2025, 2025, 2025, 2025],
        "member": ["m1", "m1", "m2", "m3", "m9"],
        "organisation": ["o1", "o1", "o2", "o3", "o1"],
        "region": ["East", "East", "West", "West", "East"],
    },
).assign(guest_code=[None, None, None, None, "G1"])
ORGANISATIONS = roster(
    "organisations",
    {"year": [2025] * 3, "organisation": ["o1", "o2", "o3"], "region": ["East", "West", "West"]},
)


def rows(**more):
    tables = {"attendance": SHEET, "people": PEOPLE, "organisations": ORGANISATIONS, **more}
    return analyse_engagement(prepared(**tables))


def test_all_rows_keep_the_contract_and_name_parents_that_exist():
    evidence = collect(rows())
    assert evidence.totals["parent"].isin(evidence.results["id"]).all()


@pytest.mark.parametrize(
    ("kind", "statistic", "value"),
    [
        (ALL, "attendances", 6),
        (ALL, "people", 4),
        (ALL, "events", 3),
        ("social", "attendances", 5),
        ("social", "mean_per_event", 2.5),
        ("social", "mean_per_person", 5 / 4),
        ("session", "attendances", 1),
    ],
)
def test_a_person_counts_once_at_each_event(kind, statistic, value):
    row = pick(rows(), analysis="attendance", year=2025, measure=kind, statistic=statistic)
    assert row.estimate == pytest.approx(value)
    assert row.people == (1 if kind == "session" else 4)


@pytest.mark.parametrize(
    ("measure", "level", "estimate", "population"),
    [
        ("people", "", 2 / 4, 4),
        ("people", "East", 1 / 2, 2),
        ("people", "West", 1 / 2, 2),
        ("organisations", "", 2 / 3, 3),  # o2 through m2, whose organisation only the roster knows
        ("organisations", "West", 1 / 2, 2),
    ],
)
def test_reach_is_against_the_roster_not_against_those_who_came(measure, level, estimate, population):
    row = pick(rows(), analysis="reach", year=2025, measure=measure, level=level)
    assert (row.estimate, row.population, row.unit) == (pytest.approx(estimate), population, measure)


def test_roles_are_shares_of_attendances_and_rest_on_distinct_people():
    guests = pick(
        rows(), analysis="came_as", year=2025, measure="social", category="guest", statistic="share"
    )
    assert (guests.estimate, guests.n, guests.count) == (2 / 5, 5, 2)
    current = pick(
        rows(), analysis="came_as", year=2025, measure="social", category="current", statistic="count"
    )
    assert (current.estimate, current.count) == (2, 1)


@pytest.mark.parametrize(
    ("category", "joined", "guests"),
    [("", 1, 3), ("guests of the year before", 1, 1)],
    ids=["of the year itself", "of the year before, once they are on the roster"],
)
def test_a_guest_whose_code_is_now_a_members_is_converted(category, joined, guests):
    known = PEOPLE.assign(guest_code=[None, None, None, "G2", "G1"])
    sheet = SHEET.assign(member=[*SHEET["member"][:-1], "G4"], came_as=[*SHEET["came_as"][:-1], "guest"])
    made = rows(people=known, attendance=sheet)
    share = pick(made, analysis="conversion", year=2025, category=category, statistic="share")
    assert (share.estimate, share.n, share.count) == (pytest.approx(joined / guests), guests, joined)
    assert not [row for row in made if row.analysis == "conversion" and row.year == 2024]  # no codes then


def test_a_guest_who_was_a_member_already_is_not_converted_again():
    known = PEOPLE.assign(guest_code=["G1", "G1", None, None, None])
    made = rows(people=known)
    assert not [row for row in made if row.analysis == "conversion" and row.year == 2025 and row.category]
    assert pick(made, analysis="conversion", year=2024, statistic="share").estimate == 1


def test_coming_again_is_among_those_who_came_and_undefined_for_a_single_event():
    made = rows()
    social = pick(made, analysis="return", year=2025, measure="social")
    assert (social.estimate, social.n, social.count) == (1 / 4, 4, 1)
    assert pick(made, analysis="return", year=2025, measure="session").status == "undefined"


def test_people_without_a_code_are_not_merged_into_one():
    sheet = roster(
        "attendance", {"year": [2025] * 3, "event": ["e"] * 3, "kind": "social", "member": [None] * 3}
    )
    assert pick(attendance_rows(sheet, "social", 2025), statistic="attendances").estimate == 3


def test_the_curve_has_one_row_per_event_in_order_of_date():
    curve = attendance_curve(prepared(attendance=SHEET))
    assert curve["event"].tolist() == ["e0", "e1", "e3", "e2"]
    assert curve["people"].tolist() == [2, 3, 1, 2]


def test_without_attendance_there_is_nothing_to_say():
    assert analyse_engagement(prepared()) == []


def test_ratings_are_clustered_by_person():
    frame = pd.DataFrame(
        {"year": pd.array([2025] * 4, "Int64"), "member": ["a", "a", "b", "c"], "rating": [5, 5, 3, 1.0]}
    )
    row = pick(analyse_engagement(prepared(records={"sessions": frame})), analysis="ratings")
    # Sums of deviations from 3.5 by person: 3, -0.5, -2.5; se^2 = 3/2 * (9 + .25 + 6.25) / 16 = 1.453125
    assert (row.estimate, row.n, row.people, row.unit) == (3.5, 4, 3, "answers")
    assert row.se == pytest.approx(1.453125**0.5)


def test_a_rating_by_one_person_has_no_interval():
    frame = pd.DataFrame({"year": pd.array([2025], "Int64"), "member": ["a"], "rating": [5.0]})
    row = pick(analyse_engagement(prepared(records={"sessions": frame})), analysis="ratings")
    assert (row.estimate, row.ci_low, row.note) == (5.0, None, "rated by one person: no interval")


def test_the_clustered_interval_covers_a_planted_mean():
    rng, hits = np.random.default_rng(9), 0
    for _ in range(800):
        people = np.repeat(np.arange(40), rng.integers(1, 6, 40))
        values = 4 + rng.normal(scale=0.7, size=40)[people] + rng.normal(scale=0.4, size=len(people))
        _, low, high = clustered_interval(values, people)
        hits += low <= 4 <= high
    assert hits / 800 == pytest.approx(0.95, abs=0.025)
