"""Suppression of small cells: on by default, at, below and above the threshold, and not undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.disclose import Publishable, StudyInfo, publish
from ksn_research.disclose.cells import NUMBERS, note
from ksn_research.results import Row, collect
from tests.conftest import modest

T = 5


def row(**given: Any) -> Row:
    base: dict[str, Any] = {
        "year": 2025,
        "source": "member_survey",
        "analysis": "scales",
        "measure": "trust",
        "statistic": "mean",
        "estimate": 3.5,
        "n": 40,
        "unit": "people",
        "method": "mean of the items",
        "people": 40,
    }
    return Row(**{**base, **given})


def published(*rows: Row, curves: dict[str, pd.DataFrame] | None = None, **study: Any) -> Publishable:
    empty = pd.DataFrame(columns=["severity", "source", "problem", "remedy", "count"])
    info = StudyInfo("demo", "Demo", "", 2025, **study)
    return publish(
        collect(rows, curves), info, labels={}, waves=pd.DataFrame(), findings=empty, earlier=pd.DataFrame()
    )


def status(shown: Publishable, row_: Row) -> str:
    return str(shown.results.set_index("id").loc[row_.id, "status"])


@pytest.mark.parametrize(
    ("people", "organisations", "expected"),
    [
        (T - 1, 3, "suppressed"),
        (T, 3, "published"),
        (T + 1, 3, "published"),
        (T + 1, 2, "suppressed"),
        (T, 4, "published"),
        (0, 0, "published"),  # nobody is a fact about no one
        (T, None, "published"),  # the study knows no organisations
    ],
)
def test_a_group_is_published_from_the_threshold_on(
    people: int, organisations: int | None, expected: str
) -> None:
    one = row(group="region", level="North", people=people, organisations=organisations)
    assert status(published(one), one) == expected


@pytest.mark.parametrize(
    ("threshold", "people", "expected"), [(10, 9, "suppressed"), (10, 10, "published"), (2, 2, "published")]
)
def test_the_study_sets_the_threshold(threshold: int, people: int, expected: str) -> None:
    one = row(group="region", level="North", people=people)
    assert status(published(one, people=threshold), one) == expected


@pytest.mark.parametrize(
    ("count", "people", "binary", "expected"),
    [
        (T - 1, 40, False, "suppressed"),
        (T, 40, False, "published"),
        (0, 40, False, "published"),
        (40 - T + 1, 40, True, "suppressed"),  # all but four
        (40 - T, 40, True, "published"),
        (40 - T + 1, 40, False, "published"),
    ],
)
def test_a_share_is_judged_by_its_cell_and_where_it_tells_as_much_by_the_rest(
    count: int, people: int, binary: bool, expected: str
) -> None:
    one = row(statistic="share", estimate=count / people, count=count, people=people, binary=binary)
    assert status(published(one), one) == expected


def test_the_same_answer_from_everybody_in_a_group_is_suppressed_but_not_in_the_whole_sample() -> None:
    group = row(
        statistic="share", estimate=1.0, count=8, people=8, binary=True, group="region", level="North"
    )
    whole = row(statistic="share", estimate=1.0, count=40, people=40, binary=True, measure="other")
    shown = published(group, whole)
    assert (status(shown, group), status(shown, whole)) == ("suppressed", "published")


def test_a_suppressed_row_has_no_number_and_says_why() -> None:
    one = row(people=T - 1, se=0.2, ci_low=3.0, ci_high=4.0, p=0.04, population=9)
    shown = published(one).results.iloc[0]
    assert shown[NUMBERS].isna().all()
    assert shown["note"] == note(5, 3)


def test_every_statistic_of_a_suppressed_cell_goes_with_it() -> None:
    count = row(statistic="count", estimate=3.0, count=3, category="often")
    share = row(statistic="share", estimate=0.075, category="often")
    assert status(published(count, share), share) == "suppressed"


@pytest.mark.parametrize(("twin", "kept"), [("roster", "suppressed"), ("participation", "published")])
def test_an_estimate_for_the_roster_goes_with_the_answers_it_is_made_of(twin: str, kept: str) -> None:
    small = row(group="region", level="West", people=T - 1)
    other = row(group="region", level="West", people=T + 1, analysis=twin, estimate=3.6, population=9)
    assert status(published(small, other), other) == kept


def test_whole_sample_theme_counts_are_exempt_and_themes_by_group_are_not() -> None:
    theme: dict[str, Any] = {"source": "interviews", "analysis": "themes", "statistic": "count", "count": 2}
    whole = row(**theme, people=24, exempt="whole-sample theme count")
    group = row(**theme, people=9, group="operator_type", level="company")
    shown = published(whole, group)
    assert (status(shown, whole), status(shown, group)) == ("published", "suppressed")


def regions(*people: int) -> tuple[Row, list[Row]]:
    total = row(statistic="count", estimate=float(sum(people)), people=sum(people), count=sum(people))
    parts = [
        row(
            statistic="count",
            estimate=float(n),
            people=n,
            count=n,
            group="region",
            level=f"R{i}",
            parents=(total.id,),
        )
        for i, n in enumerate(people)
    ]
    return total, parts


def test_a_single_suppressed_part_takes_the_smallest_other_part_with_it() -> None:
    total, parts = regions(3, 30, 12, 25)
    shown = published(total, *parts)
    assert [status(shown, p) for p in parts] == ["suppressed", "published", "suppressed", "published"]
    assert status(shown, total) == "published"


def test_two_suppressed_parts_protect_each_other() -> None:
    total, parts = regions(3, 30, 4, 25)
    assert [status(published(total, *parts), p) for p in parts].count("suppressed") == 2


def test_regions_and_types_are_two_ways_to_divide_a_total_and_each_is_protected() -> None:
    total, parts = regions(3, 30, 12, 25)
    types = [
        row(
            statistic="count",
            estimate=float(n),
            people=n,
            count=n,
            group="type",
            level=f"T{i}",
            parents=(total.id,),
        )
        for i, n in enumerate((2, 40, 28))
    ]
    shown = published(total, *parts, *types)
    assert [status(shown, p) for p in parts].count("suppressed") == 2
    assert [status(shown, p) for p in types].count("suppressed") == 2


def test_a_suppressed_total_of_published_parts_is_protected_too() -> None:
    total = row(statistic="count", estimate=20.0, people=20, organisations=2, count=20)
    parts = [
        row(
            statistic="count",
            estimate=10.0,
            people=10,
            count=10,
            group="type",
            level=f"T{i}",
            parents=(total.id,),
        )
        for i in range(2)
    ]
    shown = published(total, *parts)
    assert status(shown, total) == "suppressed"
    assert "suppressed" in [status(shown, p) for p in parts]


@settings(max_examples=modest(8, 12), deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=9))
def test_no_total_with_one_missing_part_is_ever_published(people: list[int]) -> None:
    total, parts = regions(*people)
    shown = published(total, *parts).results.set_index("id")
    lost = [p for p in parts if shown.loc[p.id, "status"] == "suppressed"]
    filled = [p for p in parts if (p.estimate or 0) > 0]
    if shown.loc[total.id, "status"] == "published" and len(filled) > 1:
        assert len(lost) != 1
    for part in parts:
        if 0 < (part.estimate or 0) < T:
            assert np.isnan(shown.loc[part.id, "estimate"])


def test_rows_of_single_circles_are_in_no_public_frame() -> None:
    one = row(group="circle", level="C01", people=8)
    shown = published(one, row())
    assert (shown.results["group"] != "circle").all()
    assert list(shown.circles["id"]) == [one.id]


def test_points_of_a_curve_that_rest_on_too_few_are_taken_out_not_set_to_zero() -> None:
    curve = pd.DataFrame(
        {"cohort": ["a", "a", "b"], "month": [1, 2, 1], "share": [0.5, 1.0, 0.9], "n": [4, 5, 0]}
    )
    shown = published(row(), curves={"retention": curve}).curves["retention"]
    assert shown["share"].isna().tolist() == [True, False, False]
    assert shown["n"].isna().tolist() == [True, False, False]
    assert shown["month"].tolist() == [1, 2, 1]


def test_a_point_of_a_curve_whose_share_stands_for_too_few_is_taken_out() -> None:
    curve = pd.DataFrame({"cohort": ["a", "b"], "month": [1, 1], "share": [1 / 7, 5 / 12], "n": [7, 12]})
    shown = published(row(), curves={"retention": curve}).curves["retention"]
    assert shown["share"].isna().tolist() == [True, False]
