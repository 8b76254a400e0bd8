"""Saturation (Guest, Namey & Chen 2020): after how many interviews nothing much new was heard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.interviews.saturation import (
    BY_DATE,
    BY_FILE,
    course,
    in_order,
    saturation,
    saturation_curve,
    saturation_point,
)
from ksn_research.analyse.interviews.themes import WHOLE
from ksn_research.results import Row, collect

WHO = {"source": "operators", "year": 2025}


def talks(new: list[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Interviews that bring so many codes of their own each, and all hold one more."""
    names = [f"I{i:02d}" for i in range(len(new))]
    pairs = [(name, "common") for name in names]
    pairs += [(name, f"{name}-{j}") for name, count in zip(names, new, strict=True) for j in range(count)]
    interviews = pd.DataFrame({"interview": names, "coders": "A", "withdrawn": False})
    return pd.DataFrame(pairs, columns=["interview", "code"]).assign(coder="A"), interviews


def the(rows: list[Row], **wanted: object) -> Row:
    found = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    assert len(found) == 1, f"{len(found)} rows"
    return found[0]


# The base of four holds 37 codes and the run of interviews 5 and 6 brings 7 new ones, 19 %, as in the worked
# example of Guest, Namey & Chen (2020); the runs after it are ours: (4 + 1), (1 + 0) and (0 + 0) new codes.
WORKED = [16, 9, 6, 5, 3, 4, 1, 0, 0]


def test_the_worked_example_and_what_follows_it():
    segments, interviews = talks(WORKED)
    curve = saturation_curve(segments, interviews)
    assert curve["total"].tolist()[3] == 37 and round(curve["ratio"][5], 2) == 0.19
    assert curve["ratio"].round(6).fillna(-1).tolist() == [
        -1, -1, -1, -1, -1, *(round(new / 37, 6) for new in (7, 5, 1, 0)),
    ]  # fmt: skip
    rows = saturation(segments, interviews, **WHO)
    five = the(rows, measure="5 % new information", statistic="interviews")
    # 1 / 37 is 2.7 %: the run of interviews 7 and 8 is the first, so six interviews and two that confirm.
    assert (five.estimate, five.note) == (6, "6 + 2 interviews: the 2 confirm it")
    assert five.exempt == WHOLE and BY_FILE in five.method
    assert the(rows, measure="0 % new information", statistic="interviews").estimate == 7
    assert the(rows, measure="codes", statistic="in_base").estimate == 37
    assert the(rows, measure="codes", statistic="in_all").estimate == 45
    assert len(collect(rows).results) == len(rows)


def test_what_is_not_reached_is_undefined():
    segments, interviews = talks([3] * 8)
    rows = saturation(segments, interviews, **WHO)
    row = the(rows, measure="5 % new information", statistic="interviews")
    assert (row.status, row.estimate) == ("undefined", None) and "not reached within 8" in row.note
    assert the(rows, measure="0 % new information", statistic="orders_reaching").estimate == 0
    assert the(rows, measure="0 % new information", statistic="interviews_over_orders").status == "undefined"


@pytest.mark.parametrize("new", [[2, 1, 0, 0, 1], [0]])
def test_fewer_interviews_than_base_and_run_are_too_few(new):
    rows = saturation(*talks(new), **WHO)
    assert {(r.status, r.statistic) for r in rows} == {("undefined", "interviews")} and len(rows) == 2
    assert "fewer than 6 interviews" in rows[0].note


def test_a_base_without_codes_is_undefined():
    segments, interviews = talks([0] * 4 + [1] * 4)
    rows = saturation(segments[segments["interview"] > "I03"], interviews, **WHO)
    assert {r.status for r in rows} == {"undefined"}


def test_withdrawn_interviews_are_nowhere_in_it():
    segments, interviews = talks(WORKED)
    interviews.loc[0, "withdrawn"] = True
    assert the(saturation(segments, interviews, **WHO), statistic="in_base").estimate == 9 + 6 + 5 + 3 + 1


def test_interviews_are_taken_by_date_where_each_has_one():
    segments, interviews = talks(list(reversed(WORKED)))
    dates = [f"2025-03-{20 - i:02d}" for i in range(len(WORKED))]
    dated = interviews.assign(date=dates)
    row = the(saturation(segments, dated, **WHO), measure="5 % new information", statistic="interviews")
    assert row.estimate == 6 and BY_DATE in row.method
    assert in_order(interviews.assign(date=[*dates[:-1], None]))[1] == BY_FILE
    assert in_order(interviews.assign(date=[*dates[:-1], "3/4/2025"]))[1] == BY_FILE


def test_the_mean_over_orders_is_seeded_and_near_the_exact_mean():
    # One code in all interviews and one in a single one: an order reaches 0 % at the first run without a
    # new code. The odd interview stands in the base with 4/7 (then 4), at place 5, 6 or 7 with 1/7 each. At 5
    # and 6 it is in the first run; runs are (5, 6) and (6, 7): at 5 the second run is clean (5), at 6 none
    # is, at 7 the first is (4). Mean of those that reach it: (4 * 4 + 5 + 4) / 6.
    segments, interviews = talks([0] * 6 + [1])
    rows = saturation(segments, interviews, **WHO)
    mean = the(rows, measure="0 % new information", statistic="interviews_over_orders")
    share = the(rows, measure="0 % new information", statistic="orders_reaching")
    assert mean.estimate == pytest.approx((4 * 4 + 5 + 4) / 6, abs=0.05)
    assert share.estimate == pytest.approx(6 / 7, abs=0.04)
    assert saturation(segments, interviews, **WHO) == rows
    assert saturation(segments, interviews, **WHO, seed=2) != rows


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=6, max_size=15))
def test_the_course_is_what_a_plain_walk_finds(rows):
    table, heard, new = np.array(rows), set(), []
    for held in rows:
        own = {i for i, there in enumerate(held) if there}
        new.append(len(own - heard))
        heard |= own
    found = course(table)
    assert found.new.tolist() == new and found.total[-1] == len(heard)
    base = sum(new[:4])
    want = [sum(new[i - 1 : i + 1]) / base if base else np.nan for i in range(5, len(new))]
    assert found.ratio[5:] == pytest.approx(np.array(want), nan_ok=True)
    points = [i - 1 + 5 for i, ratio in enumerate(want) if ratio <= 0.05]
    point = saturation_point(found.ratio[None, :], 0.05)[0]
    assert (np.isnan(point) and not points) or point == points[0]


def test_a_planted_saturation_is_recovered():
    # Ten themes, each in 60 % of interviews: after n interviews a theme is unheard with 0.4 ** n.
    rng = np.random.default_rng(3)
    held = rng.random((200, 10)) < 0.6
    pairs = [(f"I{i:03d}", f"c{j}") for i, j in zip(*np.nonzero(held), strict=True)]
    interviews = pd.DataFrame(
        {"interview": [f"I{i:03d}" for i in range(200)], "coders": "A", "withdrawn": False}
    )
    curve = saturation_curve(pd.DataFrame(pairs, columns=["interview", "code"]), interviews)
    places = np.arange(1, 9)
    assert curve["mean_total"].to_numpy()[:8] == pytest.approx(10 * (1 - 0.4**places), abs=0.25)
    early = curve.head(3)
    assert (early["low_total"] < early["mean_total"]).all() and (
        early["mean_total"] < early["high_total"]
    ).all()


def test_nothing_coded_gives_no_rows_and_an_empty_curve():
    segments, interviews = talks([1])
    nothing = interviews.assign(coders="")
    assert saturation(segments.iloc[:0], nothing, **WHO) == []
    assert saturation_curve(segments.iloc[:0], nothing).empty
