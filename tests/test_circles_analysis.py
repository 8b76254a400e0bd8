"""Circles: what each one's page needs, and the spread of circles beside it."""

import numpy as np
import pandas as pd
import pytest
from survey_study import answers, instrument, pick, prepared, roster, wave

from ksn_research.analyse.circles import (
    analyse_circles,
    circle_attendance,
    circle_items,
    positive_values,
)
from ksn_research.results import collect


def feedback(scores, anonymous=True):
    """Answers by circle: for each score one respondent whose items are that score."""
    made = [
        [
            2025,
            None if anonymous else f"{circle}{i}",
            circle,
            str(s),
            str(6 - s),
            "yes" if s > 3 else "no",
            float(s),
        ]
        for circle, values in scores.items()
        for i, s in enumerate(values)
    ]
    return answers(made, ["year", "member", "circle", "safe_1", "safe_2", "again", "safety"])


SCORES = {"c1": [5, 4, 5, 3, 4], "c2": [1, 2, 2, 3, 2, 1], "c3": [1, 1]}


def study_of(frame, **more):
    return prepared(kinds={"feedback": "survey"}, responses={"feedback": frame},
                    waves={"feedback": (wave(2025),)}, **more)  # fmt: skip


ROWS = analyse_circles(study_of(feedback(SCORES)))


def test_rows_keep_the_contract_and_stand_under_their_circle():
    evidence = collect(ROWS)
    items = evidence.results[evidence.results["analysis"] == "circle_items"]
    assert set(items["group"]) == {"circle"}
    assert evidence.support["people"].notna().all()


@pytest.mark.parametrize(
    ("circle", "measure", "statistic", "value"),
    [
        ("c1", "response", "respondents", 5),
        ("c1", "safe_1", "mean", 4.2),
        ("c1", "safe_1", "share_positive", 0.8),
        ("c2", "safe_1", "share_positive", 0.0),
        ("c1", "again", "share_positive", 0.8),
        ("c1", "safety", "mean", 4.2),
        ("c3", "safe_1", "respondents", 2),
    ],
)
def test_a_circle_is_told_what_it_answered(circle, measure, statistic, value):
    row = pick(ROWS, level=circle, measure=measure, statistic=statistic)
    assert row.estimate == pytest.approx(value)
    assert row.people == len(SCORES[circle])


def test_a_question_nobody_was_asked_and_a_yes_or_no_have_no_mean():
    measures = {row.measure for row in ROWS if row.statistic == "mean"}
    assert measures == {"safe_1", "safe_2", "safety"}


def test_dont_know_is_no_opinion_for_a_positive_share():
    plan = instrument()
    frame = pd.DataFrame({"valuable": ["5", "3", "dont_know", None]})
    values = positive_values(frame, plan.questions["valuable"])
    assert values[:2].tolist() == [1, 0]
    assert np.isnan(values[2:]).all()


def test_low_circles_are_counted_only_among_those_with_enough_answers():
    row = pick(ROWS, statistic="low_circles")
    assert (row.estimate, row.n, row.unit, row.people, row.group) == (1, 2, "circles", 11, "")
    few = analyse_circles(study_of(feedback({"c3": [1, 1]})))
    assert pick(few, statistic="low_circles").status == "undefined"


def test_planted_low_circles_are_found():
    rng = np.random.default_rng(8)
    scores = {f"c{i}": rng.choice([3, 4, 5], 8).tolist() for i in range(12)}
    scores |= {f"low{i}": rng.choice([1, 2], 8).tolist() for i in range(2)}
    assert pick(analyse_circles(study_of(feedback(scores))), statistic="low_circles").estimate == 2


def test_the_strip_has_every_circle_once_per_measure():
    strip = circle_items(study_of(feedback(SCORES)))
    assert not strip.duplicated(["circle", "measure"]).any()
    one = strip[(strip["circle"] == "c2") & (strip["measure"] == "safety")]
    assert one[["value", "n"]].to_numpy().tolist() == [[pytest.approx(11 / 6), 6]]


SHEET = roster(
    "attendance",
    {
        "year": [2025] * 6,
        "event": ["s1", "s1", "s1", "s2", "s2", "x"],
        "kind": ["session"] * 5 + ["social"],
        "circle": ["c1"] * 5 + [None],
        "date": pd.to_datetime(["2025-01-10"] * 3 + ["2025-02-10"] * 2 + ["2025-01-01"]),
        "member": ["a", "b", "guest", "a", "a", "b"],
    },
)
SEATS = roster("circles", {"year": [2025] * 4, "circle": ["c1"] * 4, "member": ["a", "b", "c", "d"]})


def test_circle_attendance_is_the_share_of_its_own_members():
    made = prepared(attendance=SHEET, circles=SEATS)
    rows = analyse_circles(made)
    share = pick(rows, analysis="circle_attendance", statistic="mean_share")
    assert (share.estimate, share.n, share.people, share.organisations) == (0.375, 2, 4, None)
    curve = circle_attendance(made)
    assert curve[["event", "came", "members", "share"]].to_numpy().tolist() == [
        ["s1", 2, 4, 0.5],
        ["s2", 1, 4, 0.25],
    ]


def test_a_member_survey_finds_its_circles_through_membership():
    frame = feedback({"c1": [5, 4], "c2": [3]}, anonymous=False).assign(circle=None)
    seats = roster(
        "circles", {"year": [2025] * 3, "circle": ["x", "x", "y"], "member": ["c10", "c11", "c10"]}
    )
    rows = analyse_circles(study_of(frame, circles=seats))
    assert pick(rows, level="x", measure="safety", statistic="mean").estimate == 4.5
    assert pick(rows, level="x", measure="response").population == 2
    assert pick(rows, level="y", measure="safety", statistic="mean").estimate == 5


def test_without_circles_there_is_nothing():
    assert analyse_circles(study_of(feedback(SCORES).assign(circle=None))) == []
    assert circle_attendance(prepared()).empty
