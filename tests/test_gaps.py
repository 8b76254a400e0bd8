"""Why an answer is missing: each kind, and which of two explanations wins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as draws
from hypothesis import strategies as st

from ksn_research.plan import Choice, Instrument, Question
from ksn_research.plan.specs import MISSING
from ksn_research.score.gaps import (
    ANSWERED,
    EMPTY,
    KIND,
    NOT_THERE,
    UNKNOWN,
    as_said,
    gaps,
    said_together,
    shown,
)

YES_NO = (Choice("yes", "Yes"), Choice("no", "No"))
WENT = Question("went", "select_one", "Went?", YES_NO)
HOW = Question("how", "select_one", "How?", YES_NO, relevant="${went} = 'yes'")
HELPED = Question("helped", "select_multiple", "Helped?", (Choice("a", "A"), Choice("b", "B")))
SAY = Question("say", "text", "Say")


def instrument(*questions: Question, **rest) -> Instrument:
    return Instrument("s", "S", {q.name: q for q in questions}, **rest)


CODES = {
    "x": ANSWERED, "": EMPTY, "?": UNKNOWN, "absent: not offered": NOT_THERE["not_offered"],
    "absent: not shown": NOT_THERE["not_shown"], **KIND,
}  # fmt: skip


def why(
    cells: list[str], asked: Instrument, unfinished: bool | None = None, version: str | None = None, **typed
):
    """The kinds of one row, "" where there is an answer."""
    given = {n: np.array([CODES[c]], dtype="int8") for n, c in zip(asked.questions, cells, strict=True)}
    frame = pd.DataFrame({name: [value] for name, value in typed.items()}, index=[0])
    made = gaps(
        given,
        frame,
        asked,
        None if unfinished is None else pd.Series([unfinished]),
        None if version is None else pd.Series([version], dtype="str"),
    )
    return ["" if pd.isna(kind) else str(kind) for kind in made.loc[0]]


THREE = instrument(*(Question(f"q{i}", "integer", "Q") for i in range(3)))
LAST_OPEN = instrument(WENT, Question("n", "integer", "N"), SAY)


@pytest.mark.parametrize(
    ("cells", "asked", "unfinished", "expected"),
    [
        (["x", "x", "x"], THREE, None, ["", "", ""]),
        (["x", "", "x"], THREE, None, ["", "skipped", ""]),
        (["x", "?", "x"], THREE, None, ["", "", ""]),
        (["x", "", ""], THREE, None, ["", "stopped", "stopped"]),
        (["x", "", ""], THREE, False, ["", "skipped", "skipped"]),
        (["x", "", ""], THREE, True, ["", "stopped", "stopped"]),
        (["", "x", ""], THREE, True, ["skipped", "", "stopped"]),
        (["", "", ""], THREE, None, ["stopped"] * 3),
        (["", "", ""], THREE, False, ["skipped"] * 3),
        (["x", "x", ""], LAST_OPEN, None, ["", "", "skipped"]),
        (["x", "", ""], LAST_OPEN, None, ["", "stopped", "stopped"]),
        (["x", "x", ""], LAST_OPEN, True, ["", "", "stopped"]),
        (["dont_know", "refused", "skipped"], THREE, True, ["dont_know", "refused", "skipped"]),
        (["", "skipped", ""], THREE, True, ["skipped", "skipped", "stopped"]),
        (["", "?", ""], THREE, True, ["skipped", "", "stopped"]),
        (["x", "", "not_shown"], THREE, True, ["", "stopped", "not_shown"]),
        (["x", "", "not_offered"], THREE, True, ["", "stopped", "not_offered"]),
        (["x", "absent: not offered", "x"], THREE, None, ["", "not_offered", ""]),
        (["x", "absent: not shown", "x"], THREE, True, ["", "not_shown", ""]),
        (["x", "", "absent: not shown"], THREE, True, ["", "stopped", "stopped"]),
        (["x", "", "absent: not shown"], THREE, False, ["", "skipped", "not_shown"]),
        (["x", "x", "absent: not offered"], THREE, None, ["", "", "not_offered"]),
    ],
    ids=[
        "all answered", "left out", "not understood is no gap", "stopped, as far as one can tell",
        "finished, as the tool says", "unfinished, as the tool says", "stopped later", "nothing",
        "nothing, but finished", "a last comment left empty", "stopped before the comment",
        "unfinished before the comment", "said so", "a declared code was reached", "an odd one was reached",
        "a declared kind is not reached and stays", "so does the other", "no column filled: another version",
        "no column filled: not there", "no column filled, since the respondent had stopped",
        "no column filled in a finished response", "no column filled at the end, and no word of an end",
    ],
)  # fmt: skip
def test_each_kind_of_missing(cells, asked, unfinished, expected) -> None:
    assert why(cells, asked, unfinished) == expected


@pytest.mark.parametrize(
    ("cell", "went", "expected"),
    [
        ("", "no", "not_shown"),
        ("", "yes", "stopped"),
        ("", None, "not_shown"),
        ("absent: not offered", "no", "not_shown"),
        ("absent: not offered", "yes", "stopped"),
        ("refused", "no", "refused"),
        ("x", "no", ""),
    ],
)
def test_branching_explains_what_is_empty_and_nothing_else(cell, went, expected) -> None:
    asked = instrument(WENT, HOW)
    first = "" if went is None else "x"
    # An unanswered condition is the empty text to the form, which then does not show the question.
    assert why([first, cell], asked, True, went=pd.Series([went], dtype="str")[0])[1] == expected


def test_a_condition_that_cannot_be_worked_out_explains_nothing() -> None:
    asked = instrument(WENT, Question("how", "integer", "How?", relevant="${gone} = 'yes'"))
    assert why(["x", ""], asked, False, went="no") == ["", "skipped"]
    assert shown(asked.questions["how"], pd.DataFrame({"went": ["no"]}), asked) is None


@pytest.mark.parametrize(
    ("version", "cell", "expected"),
    [("v1", "", "not_offered"), ("v2", "", "skipped"), (None, "", "skipped"), ("v1", "x", ""),
     ("v1", "absent: not shown", "not_offered"), ("v1", "refused", "refused")],
)  # fmt: skip
def test_a_version_explains_what_it_did_not_offer(version, cell, expected) -> None:
    asked = instrument(WENT, HOW, SAY, versions={"v1": ("how",)})
    assert why(["x", cell, "x"], asked, False, version, went="yes")[1] == expected


def test_the_version_comes_before_branching() -> None:
    asked = instrument(WENT, HOW, versions={"v1": ("how",)})
    assert why(["x", ""], asked, False, "v1", went="no")[1] == "not_offered"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("selected(${helped}, 'a')", [True, False, False]),
        ("not(selected(${helped}, 'b'))", [True, False, True]),
        ("${helped} = ''", [False, False, True]),
    ],
)
def test_branching_on_several_answers(condition, expected) -> None:
    frame = pd.DataFrame({"helped/a": [True, False, None], "helped/b": [False, True, None]}).astype("boolean")
    asked = instrument(HELPED, Question("how", "text", "How?", relevant=condition))
    seen = shown(asked.questions["how"], frame, asked)
    assert seen is not None and seen.tolist() == expected


def test_several_answers_are_said_between_spaces() -> None:
    frame = pd.DataFrame({"helped/a": [True, False, None], "helped/b": [True, True, None]}).astype("boolean")
    said = as_said(frame, HELPED)
    assert said is not None and said.tolist() == ["a b", "b", ""]
    assert said_together(pd.DataFrame(index=[0, 1])).tolist() == ["", ""]
    assert as_said(frame, WENT) is None


def test_a_frame_without_rows_or_questions_has_no_gaps() -> None:
    assert gaps({}, pd.DataFrame(index=range(3)), THREE, None, None).shape == (3, 0)
    none = {name: np.array([], dtype="int8") for name in THREE.questions}
    assert gaps(none, pd.DataFrame(index=range(0)), THREE, None, None).shape == (0, 3)


@draws(
    st.lists(st.lists(st.sampled_from(sorted(CODES.values())), min_size=3, max_size=3), max_size=8), st.data()
)
def test_every_cell_is_answered_or_has_exactly_one_kind(rows, data) -> None:
    codes = np.array(rows, dtype="int8").reshape(len(rows), 3)
    told = data.draw(st.none() | st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    given = {name: codes[:, i] for i, name in enumerate(THREE.questions)}
    before = codes.copy()
    unfinished = None if told is None else pd.Series(told, dtype=bool)
    made = gaps(given, pd.DataFrame(index=range(len(rows))), THREE, unfinished, None)
    assert (codes == before).all()
    answered = np.isin(codes, (ANSWERED, UNKNOWN))
    assert (made.isna().to_numpy() == answered).all()
    assert all(tuple(made[name].cat.categories) == MISSING for name in made)
    # What somebody said stays.
    for kind in ("dont_know", "refused"):
        assert (made.to_numpy(dtype=object)[codes == KIND[kind]] == kind).all()
    if told is not None:
        stopped = (made == "stopped").to_numpy() & (codes != KIND["stopped"])
        assert not stopped[~np.array(told, dtype=bool)].any()
