"""Several answers to one question: in one cell, in a column each, or both."""

from __future__ import annotations

import pandas as pd
import pytest
from exports import export, said, wave
from hypothesis import given
from hypothesis import strategies as st
from survey_study import roster

from ksn_research.errors import Origin
from ksn_research.plan import Choice, Instrument, Question
from ksn_research.score.responses import responses
from ksn_research.score.ticks import LONGEST, in_columns, in_one_cell, split

ORIGIN = Origin("s", 2025, "", "x.csv")
ABC = (Choice("a", "Talks"), Choice("b", "Tea, coffee"), Choice("c", "Tea"))
M = Question("m", "select_multiple", "Which?", ABC)
WITH_OTHER = Question("m", "select_multiple", "Which?", (*ABC, Choice("other", "Other (please say)")))
CODES = Question(
    "m", "select_multiple", "Which?", tuple(Choice(n, f"Word {n}") for n in ("1", "2", "25", "5"))
)


@pytest.mark.parametrize(
    ("cell", "question", "expected"),
    [
        ("Talks", M, ["a"]),
        ("a", M, ["a"]),
        ("Tea, coffee", M, ["b"]),
        ("Tea, coffee, Tea", M, ["b", "c"]),
        ("Tea, Talks", M, ["c", "a"]),
        ("Tea;Talks", M, ["c", "a"]),
        ("Tea | Talks\nTea, coffee", M, ["c", "a", "b"]),
        ("a b c", M, ["a", "b", "c"]),
        ("Talks Tea", M, ["a", "c"]),
        (" talks ,, TEA ; ", M, ["a", "c"]),
        ("2,5", CODES, ["2", "5"]),
        ("25", CODES, ["25"]),
        ("25 5", CODES, ["25", "5"]),
        ("1;25", CODES, ["1", "25"]),
        ("2.5", CODES, None),
        ("Rain", M, None),
        ("Talks; rain", M, None),
        ("a zz", M, None),
        ("Talks; rain", WITH_OTHER, ["a", "other"]),
        ("Talkz; Tea", WITH_OTHER, None),
        ("x" * (LONGEST + 1), WITH_OTHER, None),
        (";;;", M, []),
    ],
)
def test_one_cell_is_taken_apart_in_the_one_way_there_is(cell, question, expected) -> None:
    assert split(cell, question) == expected


def test_labels_between_spaces_that_can_be_cut_in_two_ways_are_not_guessed() -> None:
    choices = tuple(
        Choice(n, w) for n, w in (("a", "Big"), ("b", "Big tea"), ("c", "tea party"), ("d", "party"))
    )
    asked = Question("m", "select_multiple", "Which?", choices)
    assert split("Big tea party", asked) is None
    assert split("Big tea", asked) == ["b"]
    assert split("Big party", asked) == ["a", "d"]


def test_words_of_the_sidecar_and_of_the_file_are_known() -> None:
    assert split("Old talks; Tea", M, {"Old talks": "a"}) == ["a", "c"]
    made = in_one_cell(pd.Series(["11,12", ""], dtype="str"), M, {}, {"11": "Talks", "12": "Tea"})
    assert made.chosen.loc[0].tolist() == [True, False, True] and not made.bad.any()
    assert made.filled.tolist() == [True, False]


def test_a_cell_with_words_of_ones_own_is_marked() -> None:
    cells = pd.Series(["Talks; rain", "Other (please say)", "Talks", "zz"], dtype="str")
    made = in_one_cell(cells, WITH_OTHER, {})
    assert made.own.tolist() == [True, False, False, True]
    assert made.chosen["other"].tolist() == [True, True, False, True]


YN = Question("m", "select_multiple", "Which?", (Choice("n", "Nothing"), Choice("y", "Yoga")))


@pytest.mark.parametrize(
    ("question", "cells", "expected"),
    [
        (M, [["Talks", "", ""]], [[True, False, False]]),
        (M, [["1", "0", ""]], [[True, False, None]]),
        (M, [["Y", "", ""], ["", "", ""]], [[True, False, False], [False, False, False]]),
        (M, [["Y", "N", "N"], ["", "", ""]], [[True, False, False], [None, None, None]]),
        (M, [["Checked", "Unchecked", "Unchecked"]], [[True, False, False]]),
        (M, [["TRUE", "FALSE", ""]], [[True, False, None]]),
        (YN, [["N", "Y"], ["Y", "N"]], [[False, True], [True, False]]),
        (YN, [["n", ""], ["", "y"]], [[True, False], [False, True]]),
        (CODES, [["1", "", "", "5"]], [[True, False, False, True]]),
    ],
    ids=[
        "labels", "ones and noughts", "Y and empty", "Y and N", "REDCap's labels", "a spreadsheet's",
        "N is a no under a choice called n", "names of choices", "codes",
    ],
)  # fmt: skip
def test_a_column_each_is_ticked_a_no_or_not_offered(question, cells, expected) -> None:
    frame = pd.DataFrame(cells, dtype="str")
    places = {choice.name: i for i, choice in enumerate(question.choices)}
    made = in_columns(frame, question, places, ORIGIN)
    rows = [[None if pd.isna(cell) else bool(cell) for cell in row] for row in made.chosen.to_numpy()]
    assert (rows, made.findings) == (expected, [])


def test_a_cell_that_is_neither_is_found_without_its_words() -> None:
    frame = pd.DataFrame(
        [["sentinel", ""], ["Talks", ""]], dtype="str", index=pd.RangeIndex(2, 4, name="row")
    )
    made = in_columns(frame, M, {"a": 0, "b": 1}, ORIGIN)
    assert [(f.row, f.severity, f.answer) for f in made.findings] == [(2, "block", "sentinel")]
    assert "sentinel" not in str(made.findings[0])
    assert made.chosen["c"].isna().all()  # no column holds it


def test_no_in_words_of_ones_own_does_not_turn_labels_into_codes() -> None:
    asked = Question("m", "select_multiple", "Which?", (Choice("no", "No"), Choice("o", "Other")))
    made = in_columns(
        pd.DataFrame([["No", "no"], ["", "yes"]], dtype="str"), asked, {"no": 0, "o": 1}, ORIGIN
    )
    assert made.chosen["no"].tolist()[0] is True


def scored(head: list[str], *rows: list[str], **rest):
    asked = Instrument("s", "S", {"m": M, "say": Question("say", "text", "Say")}, **rest)
    made = export([*head, "say"], *([*row, "x"] for row in rows))
    return responses(made, wave(instrument=asked), "s", roster("people", {}), roster("circles", {}))


BOTH = ["m", "m/a", "m/b", "m/c"]


def test_columns_and_the_cell_beside_them_are_compared() -> None:
    made = scored(BOTH, ["a c", "1", "0", "1"], ["a", "1", "1", "0"])
    assert [f.row for f in made.findings if f.severity == "warn"] == [3]
    assert made.frame["m/b"].tolist() == [False, True]


def test_a_row_with_empty_columns_is_read_from_the_cell() -> None:
    made = scored(BOTH, ["a", "1", "0", "0"], ["b c", "", "", ""], ["", "", "", ""], ["zz", "", "", ""])
    assert made.frame.loc[1, ["m/a", "m/b", "m/c"]].tolist() == [False, True, True]
    assert made.frame.loc[2, ["m/a", "m/b", "m/c"]].isna().all()
    line = made.answers.set_index("question").loc["m"]
    assert (line["read"], line["typed"], line["unknown"]) == (3, 2, 1)
    assert [f.row for f in made.findings if f.severity == "block"] == [5]


def test_a_choice_that_its_column_leaves_empty_is_taken_where_the_cell_names_it() -> None:
    made = scored(BOTH, ["a b", "1", "", "0"])
    assert made.frame.loc[0, ["m/a", "m/b", "m/c"]].tolist() == [True, True, False]
    assert said(made.findings, "warn") == []


def test_declared_codes_are_no_answer_in_columns_and_in_a_cell() -> None:
    apart = scored(BOTH[1:], ["-99", "-99", "-99"], ["1", "0", "-99"], unanswered={"-99": "refused"})
    assert apart.missing["m"].tolist()[0] == "refused" and pd.isna(apart.missing["m"][1])
    whole = scored(["m"], ["-99"], ["a"], unanswered={"-99": "refused"})
    assert whole.missing["m"].tolist()[0] == "refused" and said([*apart.findings, *whole.findings]) == []
    for made in (apart, whole):
        line = made.answers.set_index("question").loc["m"]
        assert (line["read"], line["said_missing"], line["answered"]) == (2, 1, 1)


@given(
    st.lists(st.sets(st.sampled_from(["a", "b", "c"])), min_size=1, max_size=6),
    st.sampled_from([("1", "0"), ("Y", "N"), ("TRUE", "FALSE"), ("x", ""), ("label", ""), ("name", "")]),
    st.sampled_from(["; ", ", ", "|", "\n", " "]),
)
def test_however_ticks_are_written_they_come_back(rows, marks, between) -> None:
    yes, no = marks
    words = {c.name: {"label": c.label, "name": c.name}.get(yes, yes) for c in ABC}
    table = pd.DataFrame([[words[c.name] if c.name in row else no for c in ABC] for row in rows], dtype="str")
    apart = in_columns(table, M, {"a": 0, "b": 1, "c": 2}, ORIGIN)
    cells = [
        between.join(c.name if between == " " else c.label for c in ABC if c.name in row) for row in rows
    ]
    whole = in_one_cell(pd.Series(cells, dtype="str"), M, {})
    wanted = [[name in row for name in "abc"] for row in rows]
    assert apart.chosen.fillna(False).to_numpy().tolist() == wanted
    assert whole.chosen.to_numpy().tolist() == wanted
    assert not apart.bad.any() and not whole.bad.any() and not apart.findings


@pytest.mark.parametrize(
    ("cells", "ticked"),
    [
        (["2,5"], [None]),
        (["2,5", "1"], [["2", "5"], ["1"]]),
        (["2,5", "Yes"], [["5"], ["2"]]),
    ],
    ids=["names or a label", "names throughout", "labels throughout"],
)
def test_a_cell_that_means_two_things_is_asked_about(cells, ticked) -> None:
    choices = (Choice("1", "No"), Choice("2", "Yes"), Choice("5", "2,5"))
    asked = Question("m", "select_multiple", "M", choices)
    ticks = in_one_cell(pd.Series(cells, dtype="str"), asked, {})
    found = [[name for name in ticks.chosen if ticks.chosen[name].iloc[i]] for i in range(len(cells))]
    assert [None if bad else one for bad, one in zip(ticks.bad, found, strict=True)] == ticked
