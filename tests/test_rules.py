"""Which rows are left out, by whose rule, and how they are counted."""

from __future__ import annotations

import pandas as pd
import pytest
from exports import export, said, wave
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import roster

from ksn_research.errors import Origin
from ksn_research.plan import Instrument, Question
from ksn_research.read.export import Export, build
from ksn_research.read.sheet import sheet
from ksn_research.score.responses import responses
from ksn_research.score.rules import first_reason, kept_out
from tests.conftest import modest

ORIGIN = Origin("s", 2025, "", "x.csv")
HEAD = ["event", "say", "say"]
ROWS = [["baseline", "a", ""], ["Follow-up", "b", ""], ["", "c", ""], ["baseline", "d", "x"]]
FLAGS = {"preview": [False, True, False, False], "unfinished": [False, True, True, False]}


def left_out(made: Export, flags: dict[str, list[bool]] | None = None, **options):
    """Reason -> rows, and the findings."""
    table = pd.DataFrame(flags or FLAGS, index=made.frame.index)
    out, findings = kept_out(made, table, wave(**options), ORIGIN)
    return {str(reason): out.index[out[reason]].tolist() for reason in out}, findings


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"keep": {"event": ["baseline"]}}, {"not of the kept event": [3, 4]}),
        ({"keep": {"EVENT ": ["BASELINE", "follow-up"]}}, {"not of the kept EVENT ": [4]}),
        ({"keep": {"event": [""]}}, {"not of the kept event": [2, 3, 5]}),
        ({"exclude": [{"flag": "preview", "reason": "a test"}]}, {"a test": [3]}),
        ({"exclude": [{"flag": "preview"}]}, {"excluded: preview": [3]}),
        ({"exclude": [{"column": "event", "values": ["baseline"]}]}, {"excluded: event": [2, 5]}),
        (
            {"exclude": [{"flag": "preview", "reason": "r"}, {"flag": "unfinished", "reason": "r"}]},
            {"r": [3, 4]},
        ),
        (
            {"keep": {"event": ["baseline"]}, "exclude": [{"column": "ev*", "values": ["follow-up"]}]},
            {"not of the kept event": [3, 4], "excluded: ev*": [3]},
        ),
    ],
)
def test_rules_leave_out_the_rows_they_name(options, expected) -> None:
    reasons, findings = left_out(export(HEAD, *ROWS), **options)
    assert (reasons, [str(f) for f in findings]) == (expected, [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"keep": {"evnt": ["baseline"]}}, "keep.evnt: `evnt` names no column of the file"),
        ({"keep": {"say": ["a"]}}, "keep.say: `say` names 2 columns of the file"),
        ({"keep": {"event": ["basline"]}}, "keep.event: no row holds `basline`"),
        ({"exclude": [{"column": "evnt", "values": ["x"]}]}, "exclude: `evnt` names no column of the file"),
        ({"exclude": [{"column": "say", "values": ["x"]}]}, "exclude: `say` names 2 columns of the file"),
        ({"exclude": [{"flag": "prevew"}]}, "exclude: `prevew` is no flag; use one of preview, unfinished"),
    ],
)
def test_a_rule_that_matches_nothing_or_too_much_blocks_and_leaves_nothing_out(options, words) -> None:
    reasons, findings = left_out(export(HEAD, *ROWS), **options)
    assert [words in line for line in said(findings)] == [True]
    assert list(reasons) == (["not of the kept event"] if "no row holds" in words else [])


@pytest.mark.parametrize(
    "options",
    [
        {"keep": {"event": ["baseline", "endline"]}},
        {"exclude": [{"column": "event", "values": ["endline"], "reason": "later"}]},
    ],
)
def test_a_value_that_no_row_holds_is_warned_of(options) -> None:
    _, findings = left_out(export(HEAD, *ROWS), **options)
    assert [(f.severity, "no row holds `endline`" in f.problem) for f in findings] == [("warn", True)]


def test_a_flag_that_marks_no_row_is_no_error() -> None:
    none = {"preview": [False] * 4}
    assert left_out(export(HEAD, *ROWS), none, exclude=[{"flag": "preview"}]) == (
        {"excluded: preview": []},
        [],
    )


def test_rules_over_a_file_without_rows_say_nothing() -> None:
    empty = {"preview": [], "unfinished": []}
    options = {"keep": {"event": ["x"]}, "exclude": [{"column": "event", "values": ["y"]}]}
    assert left_out(export(HEAD), empty, **options)[1] == []


def test_the_tools_own_name_of_a_column_comes_before_headings() -> None:
    records = sheet([["Round", "Which round?"], ["1", "2"]], file="x.csv")
    made = build(
        records, 1, format="csv", columns={"heading": ["round", "Which round?"], "name": ["q1", "round"]}
    )
    flags = {"preview": [False]}
    assert left_out(made, flags, keep={"round": ["2"]}) == ({"not of the kept round": []}, [])


@pytest.mark.parametrize(
    ("name", "format", "asked"),
    [
        ("redcap_event_name", "redcap", True),
        ("redcap_repeat_instrument", "csv", True),
        ("Event Name", "redcap", True),
        ("Repeat Instrument", "redcap", True),
        ("Event Name", "csv", False),
    ],
)
def test_records_of_several_kinds_ask_which_are_meant(name, format, asked) -> None:
    records = sheet([[name, "say"], ["a", "x"], ["b", "y"]], file="x.csv")
    made, flags = build(records, 1, format=format), {"preview": [False, False]}
    assert [f.column for f in left_out(made, flags)[1]] == ([name] if asked else [])
    assert left_out(made, flags, keep={name: ["a"]})[1] == []
    one = build(sheet([[name, "say"], ["a", "x"]], file="x.csv"), 1, format=format)
    assert left_out(one, {"preview": [False]})[1] == []


def test_a_row_counts_once_under_its_first_reason() -> None:
    aside = pd.DataFrame({"first": [True, True, False], "second": [True, False, True], "third": [False] * 3})
    assert first_reason(aside) == {"first": 2, "second": 1, "third": 0}
    assert first_reason(pd.DataFrame(index=range(2))) == {}


CODED = Instrument("s", "S", {n: Question(n, "text", n) for n in ("code", "event", "say")})
ROW = st.tuples(
    st.sampled_from(["", "M1", "M2"]), st.sampled_from(["a", "b", ""]), st.sampled_from(["", "x"])
)


@settings(max_examples=modest(10, 25), deadline=None)
@given(st.lists(ROW, max_size=8), st.sampled_from(["a", "b"]), st.booleans())
def test_every_row_is_used_or_counted_under_one_reason(rows, event, keeps) -> None:
    rule = (
        {"keep": {"event": [event]}}
        if keeps
        else {"exclude": [{"column": "event", "values": [event], "reason": "r"}]}
    )
    made = export(["code", "event", "say"], *map(list, rows))
    people = roster("people", {"member": ["M1"]})
    got = responses(
        made,
        wave(instrument=CODED, respondent="code", duplicates="first", **rule),
        "s",
        people,
        roster("circles", {}),
    )
    aside = got.account.aside
    assert got.account.read == len(rows) == len(got.frame) + sum(aside.values())
    # A row that holds nothing is set aside before any rule sees it.
    filled = [row for row in rows if any(row)]
    outside = sum((row[1] != event) == keeps for row in filled)
    assert aside["not of the kept event" if keeps else "r"] == outside
    line = got.answers.set_index("question")
    assert (line["read"] == line["typed"] + line["unknown"] + line["set_aside"]).all()
