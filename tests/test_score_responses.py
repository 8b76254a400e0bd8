"""Survey exports into typed answers and scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from exports import export, said, wave
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import FIVE, KNOW, roster

from ksn_research.errors import Origin
from ksn_research.plan import Choice, Instrument, Question, Scale, load_study
from ksn_research.read.export import Export
from ksn_research.score.accounts import accounts_frame
from ksn_research.score.answers import numbers, plain
from ksn_research.score.columns import locate
from ksn_research.score.dates import dates
from ksn_research.score.responses import responses, score
from tests.conftest import modest

ORIGIN = Origin("pulse", 2025, "", "x.csv")
HELPED = (Choice("talks", "Talks"), Choice("peers", "My peers"), Choice("other", "Other"))
QUESTIONS = (
    Question("code", "text", "Your code"),
    Question("safe_1", "select_one", "I can speak", (*FIVE, KNOW), heading="Agree?"),
    Question("safe_2", "select_one", "I hold back", (*FIVE, KNOW), heading="Agree?"),
    Question("helped", "select_multiple", "What helped?", HELPED),
    Question("hours", "decimal", "How many hours?"),
    Question("say", "text", "Say more"),
)
SAFE = Scale("safe", "Safety", ("safe_1", "safe_2"), ("safe_2",))


def instrument(*questions: Question, scales: tuple[Scale, ...] = (), **rest) -> Instrument:
    return Instrument("pulse", "Pulse", {q.name: q for q in questions}, {s.name: s for s in scales}, **rest)


LISTED = 20  # unknown answers shown one by one
PULSE = instrument(*QUESTIONS, scales=(SAFE,))
NOBODY, NO_CIRCLES = roster("people", {"member": []}), roster("circles", {"member": []})


def scored(made: Export, asked: Instrument = PULSE, people=NOBODY, circles=NO_CIRCLES, **options):
    made = responses(made, wave(instrument=asked, **options), "pulse", people, circles)
    return made.frame, made.account, made.findings


def one(question: Question, *cells: str, rest: dict | None = None):
    """A question's typed column and the findings, from one column of text headed with its name."""
    frame, _, findings = scored(
        export([question.name, "say"], *([cell, "x"] for cell in cells)),
        instrument(question, Question("say", "text", "Say"), **(rest or {})),
    )
    return frame, said(findings)


MONKEY = (
    ["Respondent ID", "Your code", "What helped?", "What helped?", "What helped?", "Agree?", "Agree?",
     "How many hours?", "Say more"],
    ["", "Open-Ended Response", "Talks", "My peers", "Other (please specify)", "I can speak", "I hold back",
     "Response", "Open-Ended Response"],
)  # fmt: skip


def test_a_surveymonkey_export_is_typed_whole() -> None:
    made = export(
        *MONKEY,
        ["1", "M1", "Talks", "", "a walk", "Point 4", "point 2", "1,5", "ok"],
        ["2", "M2", "", "", "", "Don’t know", "point 1", "", ""],
        headers=2,
    )
    frame, account, findings = scored(made, respondent="code")
    assert said(findings) == []
    assert frame["row"].tolist() == [3, 4]
    assert frame["member"].tolist() == ["M1", "M2"]
    assert frame["safe_1"].tolist() == ["4", "dont_know"]
    ticks = frame[["helped/talks", "helped/peers", "helped/other"]]
    assert ticks.loc[0].tolist() == [True, False, True]
    assert ticks.loc[1].isna().all()
    assert frame["hours"].tolist()[0] == 1.5
    # 4 and, reversed, 6 - 2; one of two is fewer than eight tenths.
    assert frame["safe"].tolist()[0] == 4.0
    assert frame["safe"].isna().tolist() == [False, True]
    assert (account.read, account.used) == (2, 2)
    assert [str(f) for f in findings] == [
        "x.csv, row 1: 1 of 9 columns belong to no question and are not read: Respondent ID; "
        "add questions to the instrument if they are wanted"
    ]


@pytest.mark.parametrize(
    ("cell", "ticked"),
    [
        ("Talks;My peers", ["talks", "peers"]),
        ("Talks | Other", ["talks", "other"]),
        ("talks peers", ["talks", "peers"]),
        ("My peers", ["peers"]),
        ("MY  PEERS", ["peers"]),
        ("Old name of talks", ["talks"]),
        ("Old name of talks; peers", ["talks", "peers"]),
    ],
)
def test_several_answers_in_one_cell_are_told_apart(cell, ticked) -> None:
    rest = {"answers": {"helped": {"Old name of talks": "talks"}}}
    frame, blocked = one(QUESTIONS[3], cell, "", rest=rest)
    assert blocked == []
    assert [c.name for c in HELPED if frame[f"helped/{c.name}"][0]] == ticked
    assert frame.filter(like="helped/").loc[1].isna().all()


def test_an_answer_that_was_not_offered_blocks_and_is_not_repeated() -> None:
    asked = Question("helped", "select_multiple", "What helped?", HELPED[:2])
    frame, blocked = one(asked, "Talks;sentinel", "Talks")
    assert len(blocked) == 1 and "row 2, column helped" in blocked[0] and "sentinel" not in blocked[0]
    assert frame["helped/talks"].fillna(False).tolist() == [False, True]


@pytest.mark.parametrize(
    ("cell", "ticked", "severity"),
    [
        ("Talks; a walk, in the rain", ["talks", "other"], "warn"),
        ("Other: peer, group", ["other"], "warn"),
        ("Other", ["other"], ""),
        ("Talk; My peers", [], "block"),
        ("talks walks", [], "block"),
    ],
)
def test_words_of_ones_own_count_as_other_and_a_misspelt_choice_does_not(cell, ticked, severity) -> None:
    made = export(["helped", "say"], [cell, "x"])
    frame, _, findings = scored(made, instrument(QUESTIONS[3], QUESTIONS[5]))
    assert [c.name for c in HELPED if frame[f"helped/{c.name}"].fillna(False)[0]] == ticked
    assert [f.severity for f in findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("cells", "expected", "bad_row"),
    [
        (["Talks", "", "1", "TRUE", "0"], [True, None, True, True, None], None),
        (["Talks", "sentinel"], [True, None], 3),
    ],
)
def test_a_column_per_choice_is_ticked_or_blocks(cells, expected, bad_row) -> None:
    ask = instrument(Question("m", "select_multiple", "M", HELPED[:2]), Question("say", "text", "Say"))
    made = export(["m/talks", "m/peers", "say"], *([cell, "", "x"] for cell in cells))
    frame, _, findings = scored(made, ask)
    assert [None if pd.isna(v) else v for v in frame["m/talks"]] == expected
    assert [f.row for f in findings if f.severity == "block"] == ([bad_row] if bad_row else [])
    assert "sentinel" not in " ".join(said(findings))


def test_only_a_choice_called_other_takes_free_text() -> None:
    another = (Choice("a", "Another mentor"), Choice("b", "Talks"))
    ask = instrument(Question("m", "select_multiple", "M", another))
    _, _, findings = scored(export(["m/a", "m/b"], ["a friend", "1"]), ask)
    assert len(said(findings)) == 1


def test_a_column_missing_for_one_choice_blocks() -> None:
    ask = instrument(QUESTIONS[3])
    made = export(["What helped?", ""], ["Talks", "Other"], ["Talks", ""], headers=2)
    _, _, findings = scored(export(["What helped?", "What helped?"], ["Talks", "Other"], headers=2), ask)
    assert "no column for the choice peers" in said(findings)[0]
    assert made.columns["item"].tolist() == ["Talks", "Other"]


@pytest.mark.parametrize("count", [1, LISTED, LISTED + 7])
def test_unknown_answers_are_listed_and_the_rest_are_counted(count) -> None:
    made = export(["safe_1"], *([f"odd {i}"] for i in range(count)))
    _, _, findings = scored(made, instrument(QUESTIONS[1]))
    blocked = [f for f in findings if f.severity == "block"]
    assert sum(f.count for f in blocked) == count
    assert [f.answer for f in blocked[:LISTED]] == [f"odd {i}" for i in range(min(count, LISTED))]
    assert [f.row for f in blocked[:2]] == [2, 3][:count]
    assert len(blocked) == min(count, LISTED + 1)
    if count > LISTED:
        assert (blocked[-1].count, blocked[-1].answer) == (7, "")
    assert all("odd" not in str(f) for f in blocked)


@pytest.mark.parametrize("text", ["Point 3", " point  3", "3", "POINT\u00a03", "middling"])
def test_answers_are_known_by_label_name_or_sidecar(text) -> None:
    frame, blocked = one(QUESTIONS[1], text, rest={"answers": {"safe_1": {"Middling": "3"}}})
    assert (frame["safe_1"].tolist(), blocked) == (["3"], [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3.0), ("-1.5", -1.5), ("1,5", 1.5), ("0,125", 0.125), ("", None),
        ("1,000", "bad"), ("12,345,678", "bad"), ("1.000,5", "bad"), ("three", "bad"), ("inf", "bad"),
        ("nan", "bad"), ("0x1F", "bad"), ("1 000", "bad"),
    ],
)  # fmt: skip
def test_numbers_take_a_decimal_comma_and_guess_nothing(text, value) -> None:
    values, bad = numbers(pd.Series([text], dtype="str"))
    assert bad.tolist() == [value == "bad"]
    assert pd.isna(values[0]) if value in (None, "bad") else values[0] == value


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("2025-03-01", None, "2025-03-01"),
        ("2025-03-01T23:30:00-02:00", None, "2025-03-02 01:30"),
        ("01/03/2025", "%d/%m/%Y", "2025-03-01"),
        ("03/01/2025", "%m/%d/%Y", "2025-03-01"),
        ("", None, None),
        ("01/03/2025", None, "bad"),
        ("2025-02-30", None, "bad"),
        ("44361.86", None, "bad"),
        ("31/31/2025", "%d/%m/%Y", "bad"),
    ],
)
def test_dates_are_iso_unless_declared(text, form, value) -> None:
    values, bad, _ = dates(pd.Series([text], dtype="str"), form)
    assert bad.tolist() == [value == "bad"]
    assert values.isna()[0] if value in (None, "bad") else values[0] == pd.Timestamp(value)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["5", "1", "1", "1", "1"], 5.0),
        (["5", "1", "1", "1", ""], 5.0),
        (["5", "1", "1", "", ""], None),
        (["5", "1", "1", "dont_know", "1"], 5.0),
        (["1", "5", "5", "5", "5"], 1.0),
        (["3", "", "3", "3", "4"], (3 + 3 + 3 + 2) / 4),
    ],
    ids=["all five", "four of five", "three of five", "don't know", "reversed", "a mean"],
)
def test_a_score_needs_eight_tenths_of_its_items(answers, expected) -> None:
    names = tuple(f"i{k}" for k in range(5))
    items = [Question(name, "select_one", name, (*FIVE, KNOW)) for name in names]
    scale = Scale("s", "S", names, names[1:])
    frame = pd.DataFrame([answers], columns=list(names), dtype="str").replace("", None)
    made = score(frame, scale, instrument(*items, scales=(scale,)))[0]
    assert pd.isna(made) if expected is None else made == pytest.approx(expected)


def test_reversing_uses_the_declared_anchors_not_the_answers_seen() -> None:
    frame = pd.DataFrame({"a": [0.0, 10.0]})
    scale = Scale("s", "S", ("a",), ("a",), low=0, high=10)
    assert score(frame, scale, instrument(Question("a", "integer", "A"))).tolist() == [10, 0]


TWICE = (["code", "say"], ["M1", "first"], ["M2", "x"], ["M1", "second"], ["", "y"], ["", "z"])
CODED = instrument(QUESTIONS[0], QUESTIONS[5])


@pytest.mark.parametrize(
    ("rule", "kept", "blocking"),
    [
        ({"duplicates": "first"}, ["first", "x", "y", "z"], []),
        ({"duplicates": "last"}, ["x", "second", "y", "z"], []),
        ({}, ["first", "x", "y", "z"], [4]),
    ],
)
def test_a_member_who_answers_twice_counts_once_by_the_declared_rule(rule, kept, blocking) -> None:
    frame, account, findings = scored(export(*TWICE), CODED, respondent="code", **rule)
    assert frame["say"].tolist() == kept
    assert account.aside["answered again by the same member"] == 1
    assert [(f.row, f.column) for f in findings if f.severity == "block"] == [(r, "code") for r in blocking]
    assert not any("M1" in str(f) or f.answer for f in findings)


def test_without_a_respondent_column_nobody_is_linked_or_twice() -> None:
    frame, account, _ = scored(export(*TWICE), CODED)
    assert (len(frame), frame["member"].isna().all(), sum(account.aside.values())) == (5, True, 0)


def test_a_first_answer_that_is_empty_does_not_count_as_the_first() -> None:
    made = export(["code", "say"], ["M1", ""], ["M1", "second"])
    frame, account, findings = scored(made, CODED, respondent="code")
    assert frame["say"].tolist() == ["second"]
    assert account.aside["no question answered"] == 1
    assert said(findings) == []


PEOPLE = roster(
    "people",
    {"member": ["M1", "007"], "organisation": ["A", "B"], "region": ["north", "south"], "type": ["x", "y"]},
)


def test_the_roster_tells_the_region_and_sets_strangers_aside() -> None:
    made = export(["code", "say"], ["M1", "x"], ["M9", "x"], ["", "x"], ["M8", "x"])
    frame, account, findings = scored(made, CODED, PEOPLE, respondent="code")
    assert frame["region"].fillna("-").tolist() == ["north", "-"]
    assert frame["row"].tolist() == [2, 4]
    assert account.aside["member code not on the roster"] == 2
    warned = [f for f in findings if f.severity == "warn"]
    assert [(f.row, f.column, f.count) for f in warned] == [(3, "code", 2)]
    assert "M9" not in str(warned[0])


def test_a_code_stays_text_even_where_the_form_calls_it_a_number() -> None:
    ask = instrument(Question("code", "integer", "Code"), QUESTIONS[5])
    made = export(["code", "say"], ["007", "x"], ["", "x"])
    frame, _, findings = scored(made, ask, PEOPLE, respondent="code")
    assert frame["organisation"].fillna("-").tolist() == ["B", "-"]
    assert said(findings, "warn") == []


def test_the_circle_is_the_one_named_unless_it_is_none() -> None:
    ask = instrument(Question("mine", "text", "Circle"), QUESTIONS[5])
    made = export(["mine", "say"], ["C  1", "x"], ["Not listed", "x"], ["", "x"], ["c2", ""])
    frame, account, _ = scored(made, ask, circle="mine", not_a_circle=["not LISTED"])
    assert frame["circle"].fillna("-").tolist() == ["C 1", "-", "-"]
    assert account.aside["no question answered"] == 1


def test_without_a_circle_column_the_membership_list_tells_it_once() -> None:
    circles = roster("circles", {"circle": ["C1", "C2"], "member": ["M1", "M1"]})
    frame, _, _ = scored(export(["code", "say"], ["M1", "x"]), CODED, PEOPLE, circles, respondent="code")
    assert frame["circle"].tolist() == ["C1"]


@pytest.mark.parametrize(
    ("heads", "items", "declared", "problem"),
    [
        (["safe_1"], [""], {}, ""),
        (["I can speak"], [""], {}, ""),
        (["Agree? [I can speak]"], [""], {}, ""),
        (["agree? - i can  speak"], [""], {}, ""),
        (["Agree?"], ["I can speak"], {}, ""),
        (["Q7 [speak]"], [""], {"safe_1": "Q7 [speak]"}, ""),
        (["Q7 speak", "Q8"], ["", ""], {"safe_1": "q7*"}, ""),
        (["Q7", "Q7"], ["one", "two"], {"safe_1": "Q7|two"}, ""),
        (["Agree?", "Agree?"], ["I can speak", "Other (please specify)"], {"safe_1": "Agree?"}, ""),
        (["Q7", "Q7"], ["", ""], {"safe_1": "Q7"}, "2 columns could hold it"),
        (["safe_1", "safe_1"], ["", ""], {}, "2 columns could hold it"),
        (["else"], [""], {}, "no column holds it"),
    ],
)
def test_a_question_finds_its_column_or_says_why_not(heads, items, declared, problem) -> None:
    places, findings = locate(
        export(heads, items, headers=2), instrument(QUESTIONS[1], columns=declared), ORIGIN
    )
    assert ("safe_1" in places) == (not problem)
    assert [(f.problem, f.row, f.column) for f in findings] == ([(problem, 1, "safe_1")] if problem else [])


def test_a_missing_column_blocks_and_the_rest_is_still_read() -> None:
    frame, _, findings = scored(export(["code", "say"], ["M1", "x"]))
    assert [f.column for f in findings if f.severity == "block"] == ["safe_1", "safe_2", "helped", "hours"]
    assert frame["say"].tolist() == ["x"] and "safe" not in frame


def test_a_header_without_records_gives_an_empty_table() -> None:
    frame, account, findings = scored(export(*MONKEY, headers=2), respondent="code")
    assert (len(frame), account.read, account.used, said(findings)) == (0, 0, 0, [])


ROWS = st.lists(
    st.tuples(st.sampled_from(["", "M1", "007", "M9"]), st.sampled_from(["", "said"])), max_size=12
)


@settings(max_examples=modest(8, 20), deadline=None)
@given(ROWS, st.sampled_from([None, "first", "last"]), st.booleans(), st.randoms(use_true_random=False))
def test_every_row_is_used_or_set_aside_in_any_order(rows, rule, with_roster, random) -> None:
    options = {"respondent": "code", **({"duplicates": rule} if rule else {})}
    people = PEOPLE if with_roster else NOBODY
    accounts = []
    for shuffled in (rows, random.sample(rows, len(rows))):
        made = export(["code", "say"], *map(list, shuffled))
        frame, account, _ = scored(made, CODED, people, **options)
        assert account.used == len(frame)
        assert account.read == len(rows) == account.used + sum(account.aside.values())
        accounts.append(accounts_frame([account]))
    pd.testing.assert_frame_equal(*accounts)


@given(st.text(max_size=8))
def test_padding_and_typography_do_not_matter_to_a_comparison(text) -> None:
    assert plain(f" {text}\t") == plain(text)
    assert plain(f"{text}’") == plain(f"{text}'")


def test_scores_recover_planted_values() -> None:
    random = np.random.default_rng(7)
    truth = random.integers(1, 6, size=(200, 2))
    made = export(["safe_1", "safe_2"], *([f"point {a}", f"point {b}"] for a, b in truth))
    frame, _, _ = scored(made, instrument(*QUESTIONS[1:3], scales=(SAFE,)))
    assert np.allclose(frame["safe"], (truth[:, 0] + 6 - truth[:, 1]) / 2)


# The owners' published figures of 2020 and 2021, as the data folder's README gives them (percent of those
# who answered the question); `formal` is the raw file's 53.8: the owners' 58 rests on an exclusion that it
# does not spell out.
@pytest.mark.parametrize(
    ("year", "question", "choices", "percent", "n"),
    [
        (2020, "criticality", ["extremely", "very"], 56, 274),
        (2020, "size", ["over_10000"], 24, 1021),
        (2020, "size", ["2_50", "51_250"], 37, 1021),
        (2021, "criticality", ["extremely", "very"], 63, 241),
        (2021, "formal", ["yes"], 54, 312),
    ],
)
def test_published_figures_of_a_real_survey_come_out(
    shared, ospo, year, question, choices, percent, n
) -> None:
    column = ospo[year][question].dropna()
    assert len(column) == n
    assert round(100 * column.isin(choices).mean()) == percent


@pytest.fixture(scope="module")
def ospo(request) -> dict[int, pd.DataFrame]:
    from ksn_research.read import read_export

    shared = request.getfixturevalue("shared")
    if not (shared / "data" / "ospo").is_dir():
        pytest.skip("the real survey is not here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KSN_SHARED", str(shared))
        study = load_study(request.config.rootpath / "surveys" / "field-trial")
    frames = {}
    for one_wave in study.sources["practice_survey"].waves:
        made = read_export(one_wave.file, "practice_survey", "surveymonkey")
        made = responses(made, one_wave, "practice_survey", NOBODY, NO_CIRCLES)
        assert said(made.findings) == []
        frames[one_wave.year] = made.frame
    return frames
