"""Answers on ordered choices: shares of those with an opinion, and that no base gives a hidden cell away."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import FIVE, KNOW, answers, instrument, pick, prepared, wave

from ksn_research.analyse.survey.choices import choice_table, ordered
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import sample
from ksn_research.analyse.survey.proportions import NO_OPINION, answer_rows
from ksn_research.disclose import StudyInfo, publish
from ksn_research.plan import Choice, Question
from ksn_research.results import Row, collect
from tests.conftest import modest

VALUABLE = instrument().questions["valuable"]
NAMES = ("1", "2", "3", "4", "5", "dont_know")


def rows_of(counts: list[int]) -> list[Row]:
    """The rows of a question whose choices were chosen so many times, `dont_know` last."""
    given = [name for name, count in zip(NAMES, counts, strict=True) for _ in range(count)]
    frame = answers([[2025, f"m{i}", f"o{i}", name] for i, name in enumerate(given)],
                    ["year", "member", "organisation", "valuable"])  # fmt: skip
    return answer_rows(sample(frame, source="pulse", year=2025), VALUABLE)


def shown(counts: list[int]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=["severity", "source", "problem", "remedy", "count"])
    made = publish(collect(rows_of(counts)), StudyInfo("t", "T", "", 2025), labels={}, waves=empty,
                   findings=empty, earlier=empty)  # fmt: skip
    return made.results.set_index(["category", "statistic"])


def test_shares_of_those_with_an_opinion_leave_out_the_others_and_say_so() -> None:
    rows = rows_of([6, 8, 10, 12, 4, 10])
    four = pick(rows, category="4", statistic="share_substantive")
    assert (four.estimate, four.n, four.people) == (pytest.approx(12 / 40), 40, 40)
    assert (four.ci_low, four.ci_high) == pytest.approx(wilson(12, 40))
    assert "excluded" in four.method and pick(rows, statistic="answered_substantive").n == 40
    assert pick(rows, category="4", statistic="share").estimate == pytest.approx(12 / 50)
    assert not [row for row in rows if row.category == "dont_know" and row.statistic != "share"]


def test_a_question_that_offers_opinions_only_has_one_base() -> None:
    frame = answers([[2025, "m1", "3"], [2025, "m2", "4"]], ["year", "member", "safe_1"])
    rows = answer_rows(sample(frame, source="pulse", year=2025), instrument().questions["safe_1"])
    assert {row.statistic for row in rows} == {"share", "answered"}


def test_shares_of_those_with_an_opinion_are_of_the_whole_sample_only() -> None:
    frame = answers([[2025, "m1", "North", "3"], [2025, "m2", "South", "dont_know"]],
                    ["year", "member", "region", "valuable"])  # fmt: skip
    rows = answer_rows(sample(frame, source="pulse", year=2025), VALUABLE)
    assert {row.group for row in rows if row.statistic.endswith("substantive")} == {""}


def test_nobody_with_an_opinion_is_undefined_and_says_so() -> None:
    row = pick(rows_of([0, 0, 0, 0, 0, 9]), category="3", statistic="share_substantive")
    assert (row.status, row.note, row.ci_low) == ("undefined", "nobody answered", None)


def test_a_few_without_an_opinion_are_told_and_hide_nothing_else() -> None:
    found = shown([20, 20, 20, 20, 20, 3])
    assert found.loc[("dont_know", "share"), "status"] == "published"
    assert found.loc[("dont_know", "share"), "note"] == NO_OPINION
    assert (found["status"] == "published").all()


def test_a_single_small_opinion_takes_another_opinion_with_it_never_those_without() -> None:
    found = shown([2, 9, 20, 20, 20, 6])
    hidden = set(found.index[found["status"] == "suppressed"])
    assert hidden == {(choice, base) for choice in "12" for base in ("share", "share_substantive")}


@settings(max_examples=modest(24, 60), deadline=None)
@given(st.lists(st.integers(0, 14), min_size=6, max_size=6))
def test_no_hidden_share_can_be_worked_out_from_the_other_base(counts: list[int]) -> None:
    found = shown(counts)
    statuses = {name: {found.loc[(name, s), "status"] for s in ("share", "share_substantive")}
                for name in NAMES[:-1] if (name, "share_substantive") in found.index}  # fmt: skip
    # A choice is hidden on both bases or on neither (on one it may be undefined: nobody has an opinion).
    assert all(len(both - {"undefined"}) == 1 for both in statuses.values())
    lost = [name for name, both in statuses.items() if "suppressed" in both]
    filled = [count for count in counts[:-1] if count]
    if lost and len(filled) > 1 and found.loc[("", "answered_substantive"), "status"] == "published":
        assert len(lost) > 1
    if lost and found.loc[("", "answered"), "status"] == "published":
        for name, count in zip(NAMES[:-1], counts[:-1], strict=True):
            assert not (name in statuses and 0 < count < 5) or name in lost


@pytest.mark.parametrize(
    ("choices", "found"),
    [
        pytest.param(FIVE, ["1", "2", "3", "4", "5"], id="five points"),
        pytest.param(FIVE[::-1], ["1", "2", "3", "4", "5"], id="highest first"),
        pytest.param((*FIVE, KNOW), ["1", "2", "3", "4", "5"], id="don't know is no point"),
        pytest.param(FIVE[:2], [], id="two points"),
        pytest.param(tuple(Choice(str(i), "", float(i)) for i in range(8)), [], id="eight points"),
        pytest.param((*FIVE, Choice("other", "Other")), [], id="a choice without a number"),
    ],
)
def test_which_choices_are_ordered(choices: tuple[Choice, ...], found: list[str]) -> None:
    question = Question("q", "select_one", "?", choices)
    assert [choice.name for choice in ordered(question)] == found
    assert ordered(replace(question, reported=False)) == []


def test_the_table_of_choices_names_scale_and_reversal() -> None:
    made = choice_table(prepared(waves={"pulse": (wave(2025),)}, responses={"pulse": pd.DataFrame()}))
    assert set(made["question"]) == {"safe_1", "safe_2", "valuable"}
    two = made[made["question"] == "safe_2"]
    assert two["scale"].eq("safety").all() and two["reversed"].all()
    assert two["place"].tolist() == [0, 1, 2, 3, 4]
    know = made[made["choice"] == "dont_know"]
    assert know["place"].isna().all() and not know["opinion"].any()
