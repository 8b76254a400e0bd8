"""Dates and times as survey tools write them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.errors import Origin
from ksn_research.read.export import build
from ksn_research.read.sheet import sheet
from ksn_research.score.clocks import clocks
from ksn_research.score.dates import ZONED, dates


def column(*cells: str) -> pd.Series:
    return pd.Series(list(cells), dtype="str")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-01", "2025-03-01"),
        ("20250301", "2025-03-01"),
        ("2025/3/1", "2025-03-01"),
        ("2025.03.01 10:15", "2025-03-01 10:15"),
        ("2025-03-01T10:15:30.250Z", "2025-03-01 10:15:30"),
        ("2025-03-01T23:30:00-0200", "2025-03-02 01:30"),
        ("2025-03-01 10:15:00.000-05:00", "2025-03-01 15:15"),
        ("2026/09/27 3:00:00 PM GMT+3", "2026-09-27 12:00"),
        ("2026/09/27 3:00:00 AM GMT-7", "2026-09-27 10:00"),
        ("2026/09/27 3:00:00 PM GMT+5:30", "2026-09-27 09:30"),
        ("2026/09/27 3:00:00 PM GMT", "2026-09-27 15:00"),
        ("2026/09/27 15:00 UTC", "2026-09-27 15:00"),
        ("2026/09/27 12:00:00 AM GMT+0", "2026-09-27 00:00"),
        ("2026/09/27 12:00:00 p.m. GMT+0", "2026-09-27 12:00"),
        ("27.09.2026", "2026-09-27"),
        ("3.4.2026 9:05", "2026-04-03 09:05"),
        ("27-09-2026 09:05:01", "2026-09-27 09:05:01"),
        ("27/09/2026, 9:05:01 pm", "2026-09-27 21:05:01"),
        ("05/05/2026", "2026-05-05"),
        ("", None),
    ],
)
def test_a_date_in_one_of_the_tools_forms(text, expected) -> None:
    made, bad, _ = dates(column(text))
    assert not bad[0]
    assert pd.isna(made[0]) if expected is None else made[0] == pd.Timestamp(expected)


@pytest.mark.parametrize(
    "text",
    [
        "2025", "2025-03", "44361.86", "44361", "2025-02-30", "2025-13-01", "3/4/26", "March 3, 2026",
        "2026-09-27 13:00 PM", "2026-09-27 0:00 AM", "2026-09-27 25:00", "tomorrow", "GMT+3", "10:15",
        "2026-09-27" + "0" * 70, "1/2/3/2026", "-99",
    ],
)  # fmt: skip
def test_what_is_no_date_is_asked_about(text) -> None:
    made, bad, why = dates(column(text))
    assert (pd.isna(made[0]), bad[0], why) == (True, True, "not a date")


@pytest.mark.parametrize("zone", ["MDT", "CET", "EST", "(IST)", "AM MDT"])
def test_a_zone_that_is_only_named_is_no_offset(zone) -> None:
    made, bad, why = dates(column(f"2026/09/27 3:00:00 {zone}"))
    assert (pd.isna(made[0]), bad[0], why) == (True, True, ZONED)


@pytest.mark.parametrize(
    ("cells", "expected", "why"),
    [
        (["03/04/2026", "13/04/2026"], ["2026-04-03", "2026-04-13"], "not a date"),
        (["03/04/2026", "04/13/2026"], ["2026-03-04", "2026-04-13"], "not a date"),
        (
            ["03/04/2026", "2026-04-13"],
            [None, "2026-04-13"],
            "a date whose day and month cannot be told apart",
        ),
        (["13/04/2026", "04/13/2026"], ["2026-04-13", None], "not a date"),
        (["03.04.2026", "04/13/2026"], ["2026-04-03", "2026-04-13"], "not a date"),
        (["05/05/2026", "06/06/2026"], ["2026-05-05", "2026-06-06"], "not a date"),
    ],
    ids=["day first", "month first", "either", "both", "points are day first", "no matter"],
)
def test_day_and_month_are_judged_by_the_whole_column(cells, expected, why) -> None:
    made, bad, said = dates(column(*cells))
    assert [None if pd.isna(day) else day for day in made] == [d and pd.Timestamp(d) for d in expected]
    assert (bad.tolist(), said) == ([day is None for day in expected], why)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d/%m/%Y", "03/04/2026", "2026-04-03"),
        ("%m/%d/%Y", "03/04/2026", "2026-03-04"),
        ("%d/%m/%y %H:%M", "03/04/26 09:05", "2026-04-03 09:05"),
        ("%d/%m/%Y", "04/13/2026", None),
        ("%d/%m/%Y", "2026-04-03", None),
    ],
)
def test_a_declared_form_is_the_only_one(form, text, expected) -> None:
    made, bad, _ = dates(column(text), form)
    assert bad[0] == (expected is None)
    assert bad[0] or made[0] == pd.Timestamp(expected)


def test_a_day_that_somebody_stated_keeps_its_clock() -> None:
    text = "2026-09-27T23:30:00-05:00"
    assert dates(column(text), wall=True)[0][0] == pd.Timestamp("2026-09-27 23:30")
    assert dates(column(text))[0][0] == pd.Timestamp("2026-09-28 04:30")


def test_an_empty_column_has_no_dates() -> None:
    made, bad, _ = dates(column())
    assert (len(made), len(bad)) == (0, 0)


@given(st.datetimes(pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")), st.integers(-11, 14))
def test_the_same_moment_in_any_form_is_the_same(moment, hours) -> None:
    moment = moment.replace(microsecond=0)
    local = moment + pd.Timedelta(hours=hours)
    half = f"{(local.hour + 11) % 12 + 1}:{local:%M:%S} {'PM' if local.hour > 11 else 'AM'}"
    day = f"{local.year:04}/{local.month:02}/{local.day:02}"
    forms = [
        moment.isoformat(), f"{local.isoformat()}{'+' if hours >= 0 else '-'}{abs(hours):02}:00",
        f"{day} {half} GMT{hours:+}", f"{moment.day}.{moment.month}.{moment.year} {moment:%H:%M:%S}",
    ]  # fmt: skip
    made, bad, _ = dates(column(*forms))
    assert not bad.any() and set(made) == {pd.Timestamp(moment)}


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_bad(text) -> None:
    made, bad, why = dates(column(text, "2025-03-01"))
    assert made[1] == pd.Timestamp("2025-03-01")
    assert bad[0] == (text != "" and pd.isna(made[0])) and why


@pytest.mark.parametrize(
    ("times", "severity", "words"),
    [
        (["2026/09/27 3:00:00 PM GMT+3", "2026/09/28 9:09:50 AM MDT"], "warn", "only named"),
        (["2025-03-01 10:00", "soon"], "warn", "not a date"),
        (["5/10/2026 09:15:00", "6/10/2026 10:30:00"], "warn", "day and month cannot be told apart"),
        (["2025-03-01T10:00:00Z", "2025-03-01T10:00:00+02:00"], "note", "in 2 zones (+02:00, Z)"),
        (["2025-03-01T10:00:00Z", "", "[not completed]"], None, ""),
    ],
)
def test_times_that_the_tool_recorded_are_looked_at(times, severity, words) -> None:
    records = sheet([["submitted", "say"], *([time, "x"] for time in times)], file="x.csv")
    export = build(records, 1, format="csv", columns={"role": ["submitted", ""]})
    found = clocks(export, Origin("s", 2025, "", "x.csv"))
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(words in finding.problem and finding.column == "submitted" for finding in found)
