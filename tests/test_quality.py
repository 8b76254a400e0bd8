"""Flags of responses: what each marks, what it does not, and what the analyst is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import FIVE, KNOW

from ksn_research.errors import Origin
from ksn_research.plan import Choice, Instrument, Question, Scale
from ksn_research.read.export import Export, build
from ksn_research.read.sheet import sheet
from ksn_research.score.quality import FLAGS, findings, flags

ORIGIN = Origin("pulse", 2025, "", "x.csv")
NOTHING = Instrument("pulse", "Pulse", {})


def recorded(rows: list[list[str]], roles: list[str], format: str = "csv") -> Export:
    """An export whose columns have the given roles."""
    made = sheet([["head"] * len(roles), *rows], file="x.csv")
    return build(made, 1, format=format, columns={"role": roles})


def flagged(name: str, column: list[str], role: str, format: str = "csv") -> list[bool]:
    # A second column keeps rows from being blank.
    export = recorded([[cell, "x"] for cell in column], [role, ""], format)
    return flags(export, pd.DataFrame(index=export.frame.index), NOTHING)[name].tolist()


# Words and codes of Qualtrics' Status as its SPSS export labels them: 0 IP Address, 1 Survey Preview,
# 2 Survey Test, 4 Imported, 8 Spam, 9 Survey Preview Spam, 12 Imported Spam, 16 Offline, 17 Offline Survey
# Preview, 32 EX, 40 EX Spam, 48 EX Offline, 256 Synthetic. ODK Central's ReviewState, its Status and Kobo's.
@pytest.mark.parametrize(
    ("status", "format", "preview"),
    [
        ("IP Address", "qualtrics", False), ("Survey Preview", "qualtrics", True),
        ("Spam", "qualtrics", True), ("Survey Test", "qualtrics", True), ("Imported", "qualtrics", False),
        ("Offline", "qualtrics", False), ("Imported Spam", "qualtrics", True),
        ("Offline Survey Preview", "qualtrics", True), ("0", "qualtrics", False), ("1", "qualtrics", True),
        ("2", "qualtrics", True), ("4", "qualtrics", False), ("8", "qualtrics", True),
        ("9", "qualtrics", True), ("12", "qualtrics", True), ("16", "qualtrics", False),
        ("17", "qualtrics", True), ("32", "qualtrics", False), ("40", "qualtrics", True),
        ("", "qualtrics", False), ("48", "qualtrics", False), ("256", "qualtrics", True),
        ("1", "qualtrics_legacy", True), ("1", "csv", False), ("Survey Preview", "csv", True),
        ("Latest", "csv", False), ("rejected", "odk", True), ("approved", "odk", False),
        ("hasIssues", "odk", False), ("missing encrypted form data", "odk", False),
        ("validation_status_not_approved", "kobo", True), ("validation_status_approved", "kobo", False),
        ("Not approved", "kobo", True),
    ],
)  # fmt: skip
def test_a_status_that_says_preview_test_spam_or_rejected_is_flagged(status, format, preview) -> None:
    assert flagged("preview", [status, "0"], "status", format) == [preview, False]


@pytest.mark.parametrize(
    ("column", "role", "format", "unfinished"),
    [
        (["TRUE", "FALSE", ""], "finished", "qualtrics", [False, True, True]),
        (["1", "0", "True"], "finished", "qualtrics", [False, True, False]),
        (["completed", "partial"], "finished", "csv", [False, True]),
        (["", ""], "finished", "csv", [False, False]),
        (["2", "1", "0", ""], "finished", "redcap", [False, True, True, False]),
        (["Complete", "Incomplete", "Unverified"], "finished", "redcap", [False, True, True]),
        (["100", "99", "0", ""], "progress", "qualtrics", [False, True, True, False]),
        (["100%", "40 %"], "progress", "csv", [False, True]),
        (["7", "3"], "progress", "limesurvey", [False, False]),
        (["2025-01-02 10:00:00", "", "1980-01-01 00:00:00"], "submitted", "limesurvey", [False, True, False]),
        (["", ""], "submitted", "limesurvey", [True, True]),
        (["2025-01-02 10:00:00", ""], "submitted", "csv", [False, True]),
        (["", ""], "submitted", "csv", [False, False]),
        (["2025-01-02 10:00:00", "[not completed]"], "submitted", "redcap", [False, True]),
        (["x", ""], "meta", "csv", [False, False]),
    ],
)
def test_what_was_not_finished_is_flagged_as_the_tool_writes_it(column, role, format, unfinished) -> None:
    assert flagged("unfinished", column, role, format) == unfinished


def test_several_columns_of_a_role_count_together() -> None:
    export = recorded(
        [["", "rejected", "2"], ["x", "", "2"], ["x", "", "0"]], ["status", "status", "finished"]
    )
    made = flags(export, pd.DataFrame(index=export.frame.index), NOTHING)
    assert made["preview"].tolist() == [True, False, False]
    assert made["unfinished"].tolist() == [False, False, True]


USUAL = ["300"] * 10 + ["330"] * 9


@pytest.mark.parametrize(
    ("took", "fast"),
    [
        (["100", *USUAL], False),  # a third of the median of 300
        (["99", *USUAL], True),
        (["99,5", *USUAL], True),
        (["", *USUAL, "300"], False),
        (["0", *USUAL, "300"], True),
        (["99", *USUAL[1:]], False),  # 19 durations say little
        (["soon", *USUAL, "300"], False),
    ],
)
def test_below_a_third_of_the_median_is_too_fast(took, fast) -> None:
    assert flagged("too_fast", took, "duration") == [fast] + [False] * (len(took) - 1)


def test_the_median_is_that_of_finished_responses() -> None:
    rows = [["300", "TRUE", ""]] * 20 + [["30", "FALSE", ""]] * 30 + [["31", "TRUE", "Survey Preview"]] * 30
    export = recorded([[*row, "x"] for row in rows], ["duration", "finished", "status", ""])
    fast = flags(export, pd.DataFrame(index=export.frame.index), NOTHING)["too_fast"]
    assert fast.tolist() == [False] * 20 + [True] * 60


def test_without_a_duration_start_and_end_tell_it() -> None:
    rows = [["2025-03-01T10:00:00.000-05:00", "2025-03-01T16:00:00Z"]] * 20
    rows += [
        ["2025-03-01T10:00:00Z", "2025-03-01T10:19:59Z"],
        ["2025-03-01T10:00:00Z", ""],
        ["long ago", "x"],
    ]
    export = recorded(rows, ["started", "ended"])
    fast = flags(export, pd.DataFrame(index=export.frame.index), NOTHING)["too_fast"]
    assert fast.tolist() == [False] * 20 + [True, False, False]


ITEMS = tuple(f"s{i}" for i in range(1, 6))
HEADING = "Do you agree?"


def grid(count: int, choices=FIVE, heading: str = HEADING) -> Instrument:
    asked = [Question(f"g{i}", "select_one", f"G {i}", (*choices, KNOW), heading) for i in range(count)]
    return Instrument("pulse", "Pulse", {q.name: q for q in asked})


def scale(reverse: tuple[str, ...], heading: str = "") -> Instrument:
    asked = {name: Question(name, "select_one", name, (*FIVE, KNOW), heading) for name in ITEMS[:4]}
    return Instrument("pulse", "Pulse", asked, {"s": Scale("s", "S", ITEMS[:4], reverse)})


def straight(asked: Instrument, answers: list[str | None], categorical: bool = False) -> bool:
    frame = pd.DataFrame([answers, ["1", "2", "3", "4", "5", "1"][: len(answers)]], index=[2, 3], dtype="str")
    frame.columns = list(asked.questions)[: len(answers)]
    if categorical:
        frame = frame.apply(lambda column: pd.Categorical(column, [c.name for c in (*FIVE, KNOW)]))
    export = recorded([["x"], ["x"]], [""])
    made = flags(export, frame, asked)["straight_line"].tolist()
    assert made[1] is False
    return made[0]


@pytest.mark.parametrize("categorical", [False, True])
@pytest.mark.parametrize(
    ("asked", "answers", "line"),
    [
        (grid(6), ["4"] * 6, True),
        (grid(6), ["4"] * 5 + [None], True),
        (grid(6), ["4"] * 4 + [None] * 2, False),
        (grid(6), ["4"] * 5 + ["5"], False),
        (grid(6), ["3"] * 6, True),
        (grid(6), ["dont_know"] * 6, False),
        (grid(6), ["4"] * 5 + ["dont_know"], True),
        (grid(4), ["4"] * 4, False),
        (grid(6, heading=""), ["4"] * 6, False),
        (grid(6, FIVE[:2]), ["1"] * 6, False),
        (scale(("s2",)), ["5"] * 4, True),
        (scale(("s2",)), ["5"] * 3 + [None], True),
        (scale(("s2",)), ["5", None, "5", "5"], False),
        (scale(("s2",)), ["5", "5", None, None], False),
        (scale(("s2",)), ["3"] * 4, False),
        (scale(("s2",)), ["5", "1", "5", "5"], False),
        (scale(()), ["5"] * 4, False),
        (scale(ITEMS[:4]), ["5"] * 4, False),
    ],
    ids=[
        "a whole grid", "five of six", "four of six", "one differs", "the middle in a grid", "never known",
        "once not known", "four in a grid", "no grid", "two points", "scale turned round", "three of it",
        "none turned round answered", "two of it", "the middle agrees with itself", "consistent",
        "a scale all one way", "all turned round",
    ],
)  # fmt: skip
def test_one_answer_to_all_items_of_a_block_is_a_straight_line(asked, answers, line, categorical) -> None:
    assert straight(asked, answers, categorical) == line


def test_a_grid_of_different_points_is_no_block() -> None:
    half = {f"h{i}": Question(f"h{i}", "select_one", "H", FIVE[:4], HEADING) for i in range(3)}
    rest = {f"i{i}": Question(f"i{i}", "select_one", "I", FIVE, HEADING) for i in range(3)}
    assert not straight(Instrument("p", "P", half | rest), ["4"] * 6)


@pytest.mark.parametrize(
    ("device", "same"),
    [
        (["10.0.0.1", "10.0.0.2", "10.0.0.1"], [True, False, True]),
        (["AB", "ab", ""], [True, True, False]),
        (["", "", ""], [False, False, False]),
        (["0.0.0.0", "0.0.0.0", "Anonymous", "anonymous"], [False] * 4),
    ],
)
def test_a_device_that_recorded_more_than_one_is_flagged(device, same) -> None:
    assert flagged("same_device", device, "device") == same


def answered(rows: list[list[str | None]], apart: tuple[str, ...] = ()) -> list[bool]:
    """Eight text questions and a select-multiple of two, whose booleans come last."""
    names = [f"t{i}" for i in range(len(rows[0]) - 2)]
    asked = {name: Question(name, "text", name) for name in names}
    asked["m"] = Question("m", "select_multiple", "M", (Choice("a", "A"), Choice("b", "B")))
    frame = pd.DataFrame(rows, columns=[*names, "m/a", "m/b"], index=range(2, 2 + len(rows)))
    frame = frame.astype({**dict.fromkeys(names, "str"), "m/a": "boolean", "m/b": "boolean"})
    export = recorded([["x"]] * len(rows), [""])
    return flags(export, frame.assign(score=1.0), Instrument("p", "P", asked), apart)["same_answers"].tolist()


EIGHT = [*"abcdefg", True, False]


@pytest.mark.parametrize(
    ("rows", "same"),
    [
        ([EIGHT, EIGHT, [*"abcdefh", True, False]], [True, True, False]),
        ([EIGHT, [*"abcdefg", False, True]], [False, False]),
        ([EIGHT, [*"abcdefg", None, None]], [False, False]),
        ([[*"abcdef", None, True, False]] * 2, [False, False]),
        ([[*"abcdefg", None, None]] * 2, [False, False]),
        ([[None] * 9] * 2, [False, False]),
    ],
    ids=["the same", "another tick", "one skipped", "seven answered", "seven texts", "nothing"],
)
def test_the_same_in_all_of_eight_answers_is_flagged(rows, same) -> None:
    assert answered(rows) == same


def test_a_code_that_says_who_answers_is_no_answer() -> None:
    rows = [["M1", *EIGHT], ["M2", *EIGHT]]
    assert answered(rows) == [False, False]
    assert answered(rows, ("t0",)) == [True, True]


def test_what_an_export_does_not_record_is_not_flagged() -> None:
    export = recorded([["x"], ["y"]], [""])
    made = flags(export, pd.DataFrame(index=export.frame.index), NOTHING)
    assert list(made.columns) == list(FLAGS)
    assert made.index.equals(export.frame.index) and set(made.dtypes.astype(str)) == {"bool"}
    assert not made.to_numpy().any()


def test_an_empty_export_has_no_flags() -> None:
    export = recorded([], ["status", "finished", "duration", "device", "submitted", "progress"], "limesurvey")
    made = flags(export, pd.DataFrame(index=export.frame.index), grid(6))
    assert made.shape == (0, len(FLAGS))
    assert findings(made, ORIGIN) == []


def test_each_flag_is_one_finding_with_the_rule_that_would_leave_the_rows_out() -> None:
    made = pd.DataFrame(False, index=pd.Index([2, 5, 9], name="row"), columns=list(FLAGS))
    made.loc[[5, 9], "preview"] = True
    made.loc[9, "too_fast"] = True
    told = findings(made, ORIGIN)
    assert [(f.severity, f.row, f.count) for f in told] == [("warn", 5, 2), ("note", 9, 1)]
    assert str(told[0]) == (
        "x.csv, row 5: 2 of 3 responses are previews, tests, spam or rejected, as the survey tool says "
        "(flag preview); they are used; to leave them out, write under the source in study.toml "
        'exclude = [{ flag = "preview", reason = "..." }]'
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from(["", "1", "FALSE", "Spam", "2025-01-01", "x"])] * 3), max_size=6),
    st.permutations(
        ["status", "finished", "submitted", "device", "duration", "progress", "started", "ended"]
    ),
    st.sampled_from(["csv", "qualtrics", "redcap", "limesurvey"]),
    st.randoms(use_true_random=False),
)
def test_flags_do_not_depend_on_the_order_of_rows(rows, roles, format, random) -> None:
    def counted(order) -> dict:
        export = recorded([[*row, "x"] for row in order], [*roles[:3], ""], format)
        return flags(export, pd.DataFrame(index=export.frame.index), NOTHING).sum().to_dict()

    assert counted(rows) == counted(random.sample(rows, len(rows)))


# The data folder's README: 2 previews, 6 unfinished (TRUE 94, FALSE 6), of 100 simulated respondents.
def test_a_published_example_has_its_previews_and_unfinished(shared) -> None:
    import csv

    path = shared / "data" / "exports" / "qualtrics" / "excluder_qualtrics_numeric.csv"
    if not path.is_file():
        pytest.skip("the published example is not here")
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    told = {"Status": "status", "Finished": "finished", "Progress": "progress", "IPAddress": "device"}
    told |= {"Duration (in seconds)": "duration"}
    export = recorded(rows[1:], [told.get(name, "") for name in rows[0]], "qualtrics")
    made = flags(export, pd.DataFrame(index=export.frame.index), NOTHING)
    assert made[["preview", "unfinished"]].sum().tolist() == [2, 6]
    took = np.array([float(row[rows[0].index("Duration (in seconds)")]) for row in rows[1:]])
    # The rule written out: usual are the finished that are no previews.
    usual = np.median(took[~(made["preview"] | made["unfinished"])])
    assert made["too_fast"].tolist() == (took < usual / 3).tolist()
    addresses = [row[rows[0].index("IPAddress")] for row in rows[1:]]
    assert made["same_device"].tolist() == [bool(a) and addresses.count(a) > 1 for a in addresses]
