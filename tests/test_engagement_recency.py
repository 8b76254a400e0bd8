"""How often, how long ago, and whether guests joined: on sheets that fit on a page."""

import numpy as np
import pandas as pd
import pytest
from survey_study import pick, prepared, roster

from ksn_research.analyse.engagement.conversion import conversion_rows, time_to_member, time_to_member_rows
from ksn_research.analyse.engagement.recency import frequency_rows, recency_rows
from ksn_research.results import collect

# five events, one a month from January; a came to all, b to two, c once, and somebody without a code once
SHEET = roster(
    "attendance",
    {
        "year": [2025] * 9,
        "event": ["e1", "e2", "e3", "e4", "e5", "e1", "e2", "e1", "e5"],
        "kind": ["session"] * 9,
        "date": pd.to_datetime([f"2025-0{m}-01" for m in (1, 2, 3, 4, 5, 1, 2, 1, 5)]),
        "member": ["a"] * 5 + ["b"] * 2 + ["c", None],
    },
)


@pytest.mark.parametrize(("band", "count"), [("1", 2), ("2-3", 1), ("4 or more", 1)])
def test_bands_of_frequency_are_of_distinct_people(band, count):
    rows = frequency_rows(SHEET, "session", 2025)
    share = pick(rows, category=band, statistic="share")
    assert (share.estimate, share.n, share.count, share.unit) == (count / 4, 4, count, "people")
    assert pick(rows, statistic="median_events").estimate == 1.5


def test_entering_somebody_twice_at_one_event_is_one_attendance():
    twice = pd.concat([SHEET, SHEET[SHEET["member"] == "c"]], ignore_index=True)
    assert pick(frequency_rows(twice, "session", 2025), category="1", statistic="count").estimate == 2


@pytest.mark.parametrize(
    ("band", "count"),
    [("up to 30 days", 2), ("31-90 days", 1), ("91-180 days", 1), ("longer", 0)],
    ids=["a and the one without a code on the last day", "b 89 days before", "c 120 days before", "nobody"],
)
def test_bands_of_recency_count_from_the_last_event_of_the_year(band, count):
    rows = recency_rows(SHEET, "session", 2025)
    assert pick(rows, category=band, statistic="count").estimate == count
    assert pick(rows, statistic="median_days").estimate == (0 + 89) / 2


def test_one_event_says_nothing_of_frequency_or_recency():
    one = SHEET[SHEET["event"] == "e1"]
    assert frequency_rows(one, "session", 2025) == recency_rows(one, "session", 2025) == []


GUESTS = roster(
    "attendance",
    {
        "year": [2025] * 6,
        "event": ["s1", "s1", "s2", "l1", "s2", "s2"],
        "kind": ["social", "social", "social", "lunch", "social", "social"],
        "date": pd.to_datetime(["2025-01-10"] * 2 + ["2025-06-01", "2025-03-01"] + ["2025-06-01"] * 2),
        "member": ["G1", "G2", "G1", "G2", "G3", "G4"],
        "came_as": ["guest"] * 6,
    },
)
# G1 joins 20 days after the first time, G3 had joined before, G4 on a day that nobody wrote down
JOINED = roster(
    "people",
    {
        "year": [2025] * 3,
        "member": ["m1", "m3", "m4"],
        "joined": pd.to_datetime(["2025-01-30", "2025-02-01", None]),
    },
).assign(guest_code=["G1", "G3", "G4"])


def test_conversion_by_kind_counts_a_guest_of_two_kinds_in_both():
    rows = conversion_rows(prepared(attendance=GUESTS, people=JOINED), 2025)
    social = pick(rows, analysis="conversion_by_kind", category="social")
    assert (social.estimate, social.n, social.count) == (3 / 4, 4, 3)
    # Wilson (1927) by hand: (3/4 + z2/8 -+ z sqrt(3/64 + z2/64)) / (1 + z2/4), z2 = 3.841459
    assert (social.ci_low, social.ci_high) == (
        pytest.approx(0.300636, abs=1e-5),
        pytest.approx(0.954414, abs=1e-5),
    )
    lunch = pick(rows, analysis="conversion_by_kind", category="lunch")
    assert (lunch.estimate, lunch.n) == (0, 1)
    assert collect(rows).totals["parent"].isin(collect(rows).results["id"]).all()


def test_time_to_joining_leaves_out_whose_day_is_unknown_or_was_before():
    made = prepared(attendance=GUESTS, people=JOINED)
    time, joined = time_to_member(made, 2025)
    # G1 after 20 days; G2 not until 31 December, 355 days
    assert sorted(zip(time.tolist(), joined.tolist(), strict=True)) == [(20, True), (355, False)]
    rows = time_to_member_rows(made, 2025)
    assert pick(rows, category="within 30 days").estimate == 0.5
    assert pick(rows, statistic="median_days").estimate == 20


def test_a_median_that_was_not_reached_is_undefined_in_words():
    rows = time_to_member_rows(prepared(attendance=GUESTS, people=JOINED.iloc[1:]), 2025)
    median = pick(rows, statistic="median_days")
    assert (median.estimate, median.status) == (None, "undefined")
    assert median.note == "fewer than half joined while they could be followed"
    assert time_to_member_rows(prepared(attendance=GUESTS), 2025) == []


def test_a_planted_rate_of_joining_is_recovered():
    random = np.random.default_rng(5)
    wait = random.exponential(120, 600).round()
    day = pd.Timestamp("2025-03-01")
    joined = day + pd.to_timedelta(wait, "D")
    sheet = roster("attendance", {
        "year": [2025] * 600, "event": "s", "kind": "social", "date": [day] * 600,
        "member": [f"G{i}" for i in range(600)], "came_as": "guest",
    })  # fmt: skip
    people = roster(
        "people", {"year": [2025] * 600, "member": [f"m{i}" for i in range(600)], "joined": joined}
    )
    people = people.assign(guest_code=sheet["member"])[lambda known: known["joined"] < "2026"]
    row = pick(
        time_to_member_rows(prepared(attendance=sheet, people=people), 2025), category="within 90 days"
    )
    assert row.ci_low < 1 - np.exp(-90 / 120) < row.ci_high
    assert row.estimate == pytest.approx(1 - np.exp(-90 / 120), abs=0.05)
