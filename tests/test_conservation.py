"""Nothing is lost and nothing guessed: whatever tool exported them, answers come back as they were given."""

from __future__ import annotations

import csv

import pandas as pd
import pytest
from export_writers import WRITERS, plain, separated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ksn_research.plan import Choice, Instrument, Question, Wave
from ksn_research.prepared import blank
from ksn_research.read import read_export
from ksn_research.score.responses import Scored, responses

# Labels hold what makes cells hard to take apart.
LABELS = (
    "Yes", "No", "Talks, and more", "Peers", "Tea; coffee", "A \"quoted\" word", "2,5", "None", "N/A", "007",
    "Très bien", "同意", "- minus", "= plus", "Data", "Data, Equity",
)  # fmt: skip
NAMES = ("1", "2", "5", "a", "b1", "none", "na", "x_y", "00712")
WORDS = st.sampled_from(
    ["", "None", "N/A", "null", "00712", "114398765432109876", "a, b; c", "line\nbreak", "é 😀", "'", '"']
)
FAST = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def questions(draw: st.DrawFn, i: int) -> Question:
    kind = draw(st.sampled_from(["select_one", "select_multiple", "integer", "decimal", "text"]))
    choices = ()
    if kind.startswith("select"):
        names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True))
        # A label that reads as other choices' names is asked about, never guessed: see test_ticks.
        clear = [label for label in LABELS if not {*label.casefold().split(",")} <= {*names}]
        labels = draw(st.lists(st.sampled_from(clear), min_size=len(names), max_size=len(names), unique=True))
        choices = tuple(Choice(name, label) for name, label in zip(names, labels, strict=True))
    return Question(f"q{i}", kind, f"Question {i}, is it so?", choices)


@st.composite
def surveys(draw: st.DrawFn) -> tuple[Instrument, list[dict]]:
    asked = [draw(questions(i)) for i in range(draw(st.integers(1, 4)))]
    instrument = Instrument("s", "S", {q.name: q for q in asked})
    rows = draw(st.lists(st.fixed_dictionaries({q.name: answers(q) for q in asked}), min_size=1, max_size=5))
    return instrument, rows


def answers(question: Question) -> st.SearchStrategy:
    names = [choice.name for choice in question.choices]
    if question.type == "select_one":
        return st.none() | st.sampled_from(names)
    if question.type == "select_multiple":
        order = st.lists(st.sampled_from(names), min_size=1, unique=True)
        return st.none() | order.map(lambda own: tuple(sorted(own, key=names.index)))
    if question.type == "integer":
        return st.none() | st.integers(0, 10**6).map(str)
    if question.type == "decimal":
        # Numbers such as -9 stand for no answer in many tools, and are asked about.
        return st.none() | st.integers(-500, 500).filter(lambda n: n % 8).map(lambda n: f"{n / 8}")
    return WORDS.map(lambda text: text or None)


def scored(folder, name: str, data: bytes, instrument: Instrument, format: str | None = None) -> Scored:
    path = folder / name
    path.write_bytes(data)
    export = read_export(path, "s", format)
    return responses(export, Wave(2025, "", path, instrument), "s", blank("people"), blank("circles"))


def said(made: Scored, question: Question, row: int):
    """The answer that a respondent is held to have given, in the form it was written in."""
    if question.type == "select_multiple":
        ticked = [
            c.name
            for c in question.choices
            if made.frame[f"{question.name}/{c.name}"].fillna(False).iloc[row]
        ]
        return tuple(ticked) or None
    value = made.frame[question.name].iloc[row]
    if pd.isna(value):
        return None
    return float(value) if question.type in ("integer", "decimal") else str(value)


@pytest.mark.parametrize("tool", list(WRITERS))
@FAST
@given(surveys())
def test_answers_in_are_answers_typed(tmp_path, tool, survey) -> None:
    instrument, rows = survey
    name, write = WRITERS[tool]
    format = {"csv": "csv", "surveymonkey_condensed": "surveymonkey", "xlsx": "csv"}.get(tool, tool)
    made = scored(tmp_path, name, write(instrument, rows), instrument, format)
    blocked = [str(f) for f in made.findings if f.severity == "block"]
    assert blocked == []
    used = made.frame["row"].tolist()
    given_rows = [row for row in rows if any(answer is not None for answer in row.values())]
    assert len(used) == len(given_rows) and made.account.read == made.account.used + sum(
        made.account.aside.values()
    )
    for name_, question in instrument.questions.items():
        for i, row in enumerate(given_rows):
            expected = row[name_]
            if question.type in ("integer", "decimal") and expected is not None:
                expected = float(expected)
            assert said(made, question, i) == expected, question
    line = made.answers.set_index("question")
    for name_ in instrument.questions:
        count = sum(row[name_] is not None for row in rows)
        assert line["read"][name_] == count == line["typed"][name_] + line["set_aside"][name_]
        assert line["unknown"][name_] == 0


@FAST
@given(surveys(), st.data())
def test_an_answer_that_is_none_is_counted_and_blocks(tmp_path, survey, data) -> None:
    instrument, rows = survey
    closed = [q for q in instrument.questions.values() if q.type in ("select_one", "integer")]
    if not closed:
        return
    question = data.draw(st.sampled_from(closed))
    odd = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    instrument_without = Instrument(
        "s", "S", {**instrument.questions, question.name: Question(question.name, "text", question.label)}
    )
    spoilt = [
        {**row, question.name: "zzqx"} if out else {**row, question.name: None}
        for row, out in zip(rows, odd, strict=True)
    ]
    made = scored(tmp_path, "x.csv", plain(instrument_without, spoilt), instrument, "csv")
    line = made.answers.set_index("question").loc[question.name]
    assert line["read"] == sum(odd) == line["typed"] + line["unknown"] + line["set_aside"]
    found = [f for f in made.findings if f.severity == "block"]
    assert sum(f.count for f in found) == sum(odd)
    assert not any("zzqx" in str(f) for f in found) and all(f.answer == "zzqx" for f in found)


@FAST
@given(
    surveys(),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.randoms(use_true_random=False),
)
def test_how_a_file_was_written_makes_no_difference(
    tmp_path, survey, mark, encoding, end, quoting, random
) -> None:
    instrument, rows = survey
    asked = list(instrument.questions.values())
    table = [["No.", *(q.label for q in asked)]]
    table += [[str(i), *_cells(row, asked)] for i, row in enumerate(rows, 1)]
    order = random.sample(range(len(table[0])), len(table[0]))
    moved = [[line[i] for i in order] for line in table]
    path = tmp_path / "y.csv"
    # With a bare carriage return between records the writer leaves other line breaks unquoted.
    path.write_bytes(separated(moved, mark, encoding, end, csv.QUOTE_ALL if end == "\r" else quoting))
    export = read_export(path, "s", "csv", "utf-16-le" if encoding == "utf-16-le" else None)
    other = responses(export, Wave(2025, "", path, instrument), "s", blank("people"), blank("circles"))
    one = scored(tmp_path, "x.csv", separated(table), instrument, "csv")
    pd.testing.assert_frame_equal(one.frame[other.frame.columns], other.frame)
    pd.testing.assert_frame_equal(one.missing[other.missing.columns], other.missing)


def _cells(row: dict, asked: list[Question]) -> list[str]:
    return ["; ".join(row[q.name]) if isinstance(row[q.name], tuple) else row[q.name] or "" for q in asked]
