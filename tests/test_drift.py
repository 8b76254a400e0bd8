"""What differs between two years' forms: every kind of change is found once, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.plan import Choice, Instrument, Question
from ksn_research.plan.drift import KINDS, drift
from ksn_research.plan.proposals import proposals
from ksn_research.plan.specs import Change
from ksn_research.render.drift import drift_page

FIVE = ("Never", "Rarely", "Sometimes", "Often", "Always")


def labelled(number: str, label: str) -> Choice:
    return Choice(number, label, float(number))


def offered(**labels: str) -> tuple[Choice, ...]:
    """Choices by name; numbered where the name is _1, _2, ..."""
    made = []
    for name, label in labels.items():
        short = name.removeprefix("_")
        made.append(Choice(short, label, float(short) if short.isdigit() else None))
    return tuple(made)


SCALE = tuple(Choice(str(i), label, float(i)) for i, label in enumerate(FIVE, 1))
TURNED = tuple(Choice(str(i), label, float(i)) for i, label in enumerate(reversed(FIVE), 1))
DONT = Choice("dk", "Don't know", None, "dont_know")
ASKED = Question("q", "select_one", "How often?", SCALE, heading="At work")
TICKS = replace(ASKED, type="select_multiple", choices=offered(a="Apples", b="Bread", c="Cheese"))


def form(*questions: Question) -> Instrument:
    return Instrument("pulse", "Pulse", {question.name: question for question in questions})


def kinds(before: Question, now: Question, *changes: Change) -> list[tuple[str, str]]:
    found = drift(form(before), form(now), {change.question: change for change in changes})
    return list(zip(found["kind"], found["choice"], strict=True))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (ASKED, []),
        (replace(ASKED, label="How\u00a0often? "), []),
        (replace(ASKED, label="HOW  often?"), []),
        (replace(ASKED, label="How often"), [("reworded", "")]),
        (replace(ASKED, heading="At home"), [("stem reworded", "")]),
        (replace(ASKED, heading="At home", label="How much?"), [("stem reworded", ""), ("reworded", "")]),
        (replace(ASKED, type="select_multiple"), [("type changed", "")]),
        (replace(ASKED, choices=(*SCALE, DONT)), [("choice added", "dk")]),
        (replace(ASKED, choices=SCALE[:4]), [("choice removed", "5")]),
        (replace(ASKED, choices=(*SCALE[:4], labelled("5", "Every time"))), [("choice relabelled", "5")]),
        (replace(ASKED, choices=SCALE[::-1]), [("choices reordered", "")]),
        (replace(ASKED, choices=TURNED), [("scale turned round", "")]),
        (replace(ASKED, choices=TURNED[::-1]), [("scale turned round", ""), ("choices reordered", "")]),
        (
            replace(ASKED, choices=(*SCALE[:3], labelled("4", "Always"))),
            [("code re-used", "4"), ("choice removed", "5")],
        ),
        (replace(ASKED, relevant="${a} = 'yes'"), [("condition changed", "")]),
        (replace(ASKED, constraint=". > 1"), [("constraint changed", "")]),
        (replace(ASKED, required=True), [("required changed", "")]),
    ],
    ids=[
        "same", "typography", "case and spaces", "a mark fewer", "stem", "stem and label", "type", "added",
        "removed", "relabelled", "listed the other way", "turned", "turned and listed the other way",
        "a code with another's label", "condition", "constraint", "required",
    ],
)  # fmt: skip
def test_every_kind_of_change_is_found_once(now, expected) -> None:
    assert kinds(ASKED, now) == expected


def test_a_choice_that_kept_its_words_under_another_name_is_renamed() -> None:
    now = replace(TICKS, choices=offered(a="Apples", loaf="Bread", c="Cheese"))
    assert kinds(TICKS, now) == [("renamed", "loaf")]


def test_a_turned_scale_keeps_its_dont_know_and_is_told_by_its_ends() -> None:
    before = replace(ASKED, choices=(*SCALE, DONT))
    found = drift(form(before), form(replace(ASKED, choices=(*TURNED, DONT))), {})
    assert found[["kind", "before", "after"]].to_numpy().tolist() == [
        ["scale turned round", "never ... always", "always ... never"]
    ]


def test_the_order_of_ticks_is_reported_and_harms_nothing() -> None:
    found = drift(form(TICKS), form(replace(TICKS, choices=TICKS.choices[::-1])), {})
    assert found[["kind", "comparable", "effect"]].to_numpy().tolist() == [
        ["choices reordered", "yes", "unchanged"]
    ]


def test_a_new_translation_of_the_same_words_is_told_and_the_report_s_own_language_is_not_told_twice() -> (
    None
):
    before = replace(ASKED, labels=(("en", "How often?"), ("es", "¿Con qué frecuencia?")))
    translated = replace(ASKED, labels=(("en", "How often?"), ("es", "¿Cuántas veces?")))
    reworded = replace(ASKED, label="How much?", labels=(("en", "How much?"), ("es", "¿Con qué frecuencia?")))
    assert kinds(before, translated) == [("translation changed", "")]
    assert kinds(before, reworded) == [("reworded", "")]


def test_without_a_word_a_renamed_question_is_dropped_and_added_and_with_one_it_is_renamed() -> None:
    now = replace(ASKED, name="frequency")
    assert kinds(ASKED, now) == [("added", ""), ("dropped", "")]
    assert kinds(ASKED, now, Change("frequency", "yes", was="q")) == [("renamed", "")]


@pytest.mark.parametrize(
    ("change", "comparable", "effect"),
    [
        (None, "review", "the line is broken"),
        (Change("q", "review"), "review", "the line is broken"),
        (Change("q", "no", reason="meaning"), "no", "the line is broken"),
        (Change("q", "label-change", reason="shorter"), "label-change", "marked"),
        (Change("q", "yes", reason="typo"), "yes", "unchanged"),
    ],
)
def test_what_was_reviewed_decides_what_becomes_of_the_line(change, comparable, effect) -> None:
    found = drift(form(ASKED), form(replace(ASKED, label="How much?")), {"q": change} if change else {})
    assert (found["comparable"][0], found["effect"][0]) == (comparable, effect)


texts = st.text("abc ,.", max_size=6)
choices = st.dictionaries(st.sampled_from("12345xy"), texts, max_size=5).map(
    lambda made: tuple(Choice(n, t, float(n) if n.isdigit() else None) for n, t in made.items())
)
questions = st.builds(
    Question,
    st.sampled_from("pqr"),
    st.sampled_from(["select_one", "select_multiple"]),
    texts,
    choices,
    texts,
)
forms = st.lists(questions, max_size=3).map(lambda made: form(*made))


@given(forms, forms)
def test_a_form_does_not_differ_from_itself_and_a_difference_is_seen_from_both_sides(one, other) -> None:
    assert drift(one, one, {}).empty
    there, back = drift(one, other, {}), drift(other, one, {})
    assert there.empty == back.empty
    assert set(there["kind"]) <= set(KINDS)
    mirror = {
        "added": "dropped",
        "dropped": "added",
        "choice added": "choice removed",
        "choice removed": "choice added",
        "code re-used": "choice relabelled",
    }
    assert sorted(there["kind"].replace(mirror)) == sorted(
        back["kind"].replace({"code re-used": "choice relabelled"})
    )


def test_a_draft_proposes_names_and_choices_and_never_a_verdict() -> None:
    now = replace(ASKED, name="often", label="How often ?", choices=TURNED)
    (draft,) = proposals(form(ASKED), form(now))
    assert (draft.question, draft.was) == ("often", "q")
    assert dict(draft.choices) == {"1": "5", "2": "4", "4": "2", "5": "1"}
    assert "scale turned round" in draft.said
    other = Question("else", "select_one", "Which tool do you use most?", SCALE)
    assert proposals(form(ASKED), form(other)) == []


def test_the_page_counts_first_and_shows_only_the_words_that_differ() -> None:
    now = replace(ASKED, label="How very often?")
    found = drift(form(ASKED), form(now), {})
    trends = found[["kind", "question", "effect", "reason"]].set_axis(
        ["kind", "name", "effect", "why"], axis=1
    )
    lines = list(drift_page({"pulse": (found, trends)}, 2024, 2025, width=100))
    assert lines[0] == "Questionnaires 2024 and 2025: 1 in both years, 1 changed"
    assert lines[1] == "  pulse: 1 changes (1 reworded)"
    assert "How [nothing -> very] often?" in "\n".join(lines)
    assert max(map(len, lines)) <= 100
