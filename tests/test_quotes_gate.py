"""The quote gate rule by rule: consent, words, attribution, selection, terms, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quote_corpus import CLEARED, ORGANISATIONS, PEOPLE, harmless, leaks, tables

from ksn_research.disclose.quotes import Printable, Quote, gate, roster
from ksn_research.disclose.quotes.attribution import NOBODY, coarsened, worded
from ksn_research.disclose.quotes.consent import consents
from ksn_research.disclose.quotes.folding import folded
from ksn_research.disclose.quotes.selection import Candidate, select
from ksn_research.disclose.quotes.verbatim import Misfit, Place, place_of
from ksn_research.errors import DisclosureError, PlanError
from ksn_research.plan.quotes import Rules, Term, Terms, load_terms, read_rules, terms_file, with_drafts

NONE = roster(PEOPLE.iloc[:0], ORGANISATIONS.iloc[:0])
ROSTER = roster(PEOPLE, ORGANISATIONS)
RULES = Rules(on=date(2026, 6, 1))
NO_TERMS = Terms()
TALK = "We met every week and it was good for all of us."


def interviews(number: int = 1, **told: object) -> pd.DataFrame:
    allowed = {
        "consent": "role", "withdrawn": False, "embargo_until": "", "review_before_publication": "n",
        "approved_quote_ids": "",
    }  # fmt: skip
    frame = pd.DataFrame({"interview": [f"I{at}" for at in range(number)]})
    return frame.assign(**{**allowed, **told})


def one_quote(text: str = TALK, said: str = TALK, *, id_: str = "Q1", people=NONE, terms=NO_TERMS, **told):
    quotes = pd.DataFrame({"id": [id_], "interview": ["I0"], "code": ["trust"], "text": [text]})
    return gate(quotes, interviews(**told), {"I0": said}, people, terms, RULES)


def rules_of(gated) -> list[str]:
    return [one.rule for one in gated.refused]


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"consent": "none"}, "no consent to quote"),
        ({"consent": "perhaps"}, "no consent to quote"),
        ({"withdrawn": True}, "consent withdrawn"),
        ({"withdrawn": None}, "consent withdrawn"),
        ({"embargo_until": "2026-06-02"}, "embargo"),
        ({"embargo_until": "next year"}, "embargo"),
        ({"embargo_until": "2026-06-01"}, ""),
        ({"review_before_publication": "y"}, "wants to see it first"),
        ({"review_before_publication": ""}, "wants to see it first"),
        ({"review_before_publication": "y", "approved_quote_ids": "Q7; Q1"}, ""),
        ({"consent": "role+type"}, ""),
        ({"consent": "named"}, ""),
        ({"consent": "anonymous"}, ""),
    ],
)
def test_what_the_record_says_decides_before_anything_else(told: dict, rule: str) -> None:
    gated = one_quote(**told)
    assert rules_of(gated) == ([rule] if rule else [])
    assert len(gated.passed.quotes) == (not rule)


def test_an_embargo_never_ends_where_the_edition_has_no_date() -> None:
    assert consents(interviews(embargo_until="2001-01-01"), None)["I0"].refused == "embargo"


def test_an_interview_without_record_or_transcript_is_not_quoted() -> None:
    quotes = pd.DataFrame({"interview": ["I9", "I0"], "code": "trust", "text": TALK})
    gated = gate(quotes, interviews(), None, NONE, Terms(), RULES)
    assert rules_of(gated) == ["no consent record", "no transcript"]


def test_a_ledger_that_lacks_a_column_stops_everything() -> None:
    with pytest.raises(DisclosureError, match="embargo_until"):
        consents(interviews().drop(columns="embargo_until"), None)


def test_two_records_of_one_interview_open_nothing() -> None:
    twice = pd.concat([interviews(), interviews()], ignore_index=True)
    assert consents(twice, None)["I0"].refused == "two consent records"


@pytest.mark.parametrize(
    ("text", "said", "wanted"),
    [
        ("we met weekly", "Yes, we met weekly.", ""),
        ("We met weekly", "Yes, we met weekly.", ""),
        ("we Met weekly", "Yes, we met weekly.", "not verbatim"),
        ("we met “weekly”", 'we met\n  "weekly"', ""),
        ("trust them", "we distrust them", "not verbatim"),
        ("we can", "we can't", "not verbatim"),
        ("we [..] trust the group", "we all trust the group", "too few words"),
        ("I think we [..] trust the group", "I think we all trust the group", ""),
        ("I think we [..] trust the group", "I think we never trust the group", "sense may be turned round"),
        ("I asked [a friend] for help", "I asked Olga for help", ""),
        ("I asked [nobody] for help", "I asked everybody for help", "not verbatim"),
        ("why did you leave", "INT: why did you leave? P: I was tired.", "words of the interviewer"),
        ("I was tired", "INT: why did you leave? P: I was tired.", ""),
    ],
)
def test_a_quote_stands_in_its_transcript_word_for_word(text: str, said: str, wanted: str) -> None:
    found = place_of(text, folded(said))
    assert (found.rule if isinstance(found, Misfit) else "") == wanted


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["we", "met", "often", "and", "talked", "long", "about", "trust", "in", "rooms"]),
        min_size=3,
    ),
    st.data(),
)
def test_any_run_of_whole_words_is_found_and_no_other(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 3))
    piece = " ".join(words[start : start + 3])
    assert isinstance(place_of(piece, " ".join(words)), Place)
    assert isinstance(place_of(piece.replace(words[start], "xyzzy"), " ".join(words)), Misfit)


def test_a_name_is_held_back_although_somebody_cleared_it() -> None:
    said = "We met Sarah every week in the room."
    gated = one_quote(said, said, people=ROSTER, terms=Terms(cleared=frozenset({"sarah"})))
    assert rules_of(gated) == ["name of a person"]


def test_a_cleared_term_passes_an_undecided_one_goes_to_review_and_an_identifying_one_never_passes() -> None:
    said = "We took the bus to Brooklyn every week."
    assert one_quote(said, said, terms=Terms(cleared=frozenset({"brooklyn"}))).refused == ()
    open_ = one_quote(said, said)
    assert rules_of(open_) == ["capitalised term nobody has cleared"]
    assert open_.review == (Term("Brooklyn", 1, 1, 1),)
    low = said.replace("Brooklyn", "brooklyn")
    assert rules_of(one_quote(low, low, terms=Terms(identifying=frozenset({"brooklyn"})))) == [
        "term decided to be identifying"
    ]


def test_every_quote_is_passed_or_refused_and_every_refusal_has_a_remedy_and_none_of_its_words() -> None:
    cases = [*leaks(), *harmless()]
    gated = gate(*tables(cases), ROSTER, Terms(cleared=CLEARED), replace(RULES, per_code=0))
    passed, refused = {q.id for q in gated.passed.quotes}, {r.id for r in gated.refused}
    assert not passed & refused
    assert len(passed | refused) == len(cases)
    assert all(len(one.remedy) > 10 for one in gated.refused)
    told = " ".join(f"{one.id} {one.rule} {one.remedy}" for one in gated.refused).casefold()
    assert not [w for w in ("lindqvist", "bramwell", "harrowgate", "katya", "555-0142") if w in told]


def test_errors_hold_none_of_the_words() -> None:
    quotes = pd.DataFrame({"id": ["Q1", "Q1"], "interview": "I0", "code": "trust", "text": "Olga said so"})
    with pytest.raises(DisclosureError) as error:
        gate(quotes, interviews(), {"I0": "Olga said so"}, NONE, Terms(), RULES)
    assert "Olga" not in str(error.value)


def test_only_the_gate_makes_what_can_be_printed() -> None:
    with pytest.raises(DisclosureError, match="did not pass"):
        Printable((Quote("words", "", "trust", "Q1"),))
    passed = one_quote().passed
    assert passed.table()["text"].tolist() == [TALK]
    with pytest.raises((DisclosureError, ValueError)):
        replace(passed, quotes=(Quote("other", "", "trust", "Q1"),))


CROWD = {f"I{at}": (f"p{at}", "") for at in range(30)}
NOBODY_KNOWN = pd.DataFrame()


def line(kind: str, role: str) -> tuple[tuple[str, str], ...]:
    return (("type", kind), ("role", role))


def test_a_line_is_coarsened_until_enough_bear_it() -> None:
    own = {f"I{at}": line("company", "mentor" if at < 7 else "owner") for at in range(12)}
    now = coarsened(own, CROWD, NOBODY_KNOWN, RULES)
    assert {worded(one) for one in now.values()} == {"mentor, company", "owner, company"}
    fewer = coarsened({k: v for k, v in own.items() if k != "I11"}, CROWD, NOBODY_KNOWN, RULES)
    # Four owners: without their role they would be the only ones said to be of a "company" alone.
    assert set(fewer.values()) == {NOBODY}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=30))
def test_whoever_bears_a_line_shares_it_with_enough(pairs: list[tuple[str, str]]) -> None:
    now = coarsened({f"I{at}": line(*pair) for at, pair in enumerate(pairs)}, CROWD, NOBODY_KNOWN, RULES)
    counts = pd.Series([worded(one) for one in now.values()]).value_counts()
    assert (counts.drop("", errors="ignore") >= 5).all()
    assert counts.get("", 5) >= 5 or len(counts) == 1


def test_a_line_needs_enough_people_of_the_population_and_enough_organisations() -> None:
    own = {f"I{at}": (("role", "owner"),) for at in range(6)}
    few = pd.DataFrame({"member": list("abcdef"), "role": ["owner"] * 4 + ["mentor"] * 2})
    assert set(coarsened(own, CROWD, few, RULES).values()) == {NOBODY}
    two_houses = {name: (person, f"O{at % 2}") for at, (name, (person, _)) in enumerate(CROWD.items())}
    assert set(coarsened(own, two_houses, NOBODY_KNOWN, RULES).values()) == {NOBODY}


def test_several_interviews_of_one_person_are_one_person() -> None:
    own = {f"I{at}": (("role", "owner"),) for at in range(6)}
    assert set(coarsened(own, dict.fromkeys(own, ("p1", "")), NOBODY_KNOWN, RULES).values()) == {NOBODY}


@pytest.mark.parametrize(
    ("level", "wanted"),
    [("anonymous", ""), ("role", "owner"), ("role+type", "owner"), ("organisation", "Quillmere University")],
)
def test_a_line_shows_what_its_speaker_allowed(level: str, wanted: str) -> None:
    said = "We met every week in the room."
    frame = interviews(8, role="owner", organisation="O13")
    frame.loc[0, "consent"] = level
    frame["organisation"] = [f"O1{at % 6 + 1}" if at else "O13" for at in range(8)]
    quotes = pd.DataFrame({"interview": ["I0"], "code": ["trust"], "text": [said]})
    people = replace(ROSTER, population=pd.DataFrame())
    gated = gate(quotes, frame, {"I0": said}, people, Terms(), replace(RULES, attribution=("role",)))
    assert [one.attribution for one in gated.passed.quotes] == [wanted]


def candidates(number: int = 12) -> list[Candidate]:
    return [
        Candidate(
            f"Q{at}",
            f"I{at % 4}",
            f"p{at % 4}",
            f"code {at % 3}",
            20,
            (at * 10, at * 10 + 9),
            "a" if at % 4 else "b",
        )
        for at in range(number)
    ]


def test_selection_is_the_same_whatever_the_order_and_changes_with_the_seed() -> None:
    first = select(candidates(), Rules())[0]
    assert select(candidates()[::-1], Rules())[0] == first
    assert len({tuple(select(candidates(), Rules(seed=seed))[0]) for seed in range(20)}) > 1


def test_selection_keeps_the_caps_and_spreads_over_speakers() -> None:
    rules = Rules(per_speaker=2, per_code=2)
    chosen, left = select(candidates(), rules)
    speakers = pd.Series({one.id: one.speaker for one in candidates()})[chosen].value_counts()
    assert (speakers <= 2).all()
    assert len(speakers) == 4
    assert len(chosen) + len(left) == 12
    assert select(candidates(), Rules(words_per_speaker=20))[0].__len__() == 4


def test_dissent_is_heard_first_declared_or_of_the_smaller_group() -> None:
    declared, _ = select(candidates(), Rules(per_code=1, dissent=frozenset({"code 2"})))
    assert {one.id: one.code for one in candidates()}[declared[0]] == "code 2"
    smaller, _ = select(candidates(), Rules(per_code=1, per_speaker=9))
    assert {one.group for one in candidates() if one.id in smaller} == {"b"}


def test_words_that_overlap_are_printed_once() -> None:
    two = [replace(one, interview="I1", span=(0, 9)) for one in candidates(2)]
    assert len(select(two, Rules())[0]) == 1


def test_terms_are_drafted_read_and_left_as_they_stand(tmp_path: Path) -> None:
    path = terms_file(tmp_path, "interviews")
    path.parent.mkdir()
    text, new = with_drafts(path, [Term("Brooklyn", 3, 3, 2), Term('The "Yard"', 1, 1, 1)])
    path.write_text(text, encoding="utf-8")
    assert new == 2
    assert load_terms(path).drafts == {"brooklyn", 'the "yard"'}
    path.write_text(text.replace('"Brooklyn" = "?"', '"Brooklyn" = "cleared"'), encoding="utf-8")
    assert load_terms(path).cleared == {"brooklyn"}
    assert with_drafts(path, [Term("brooklyn")])[1] == 0
    assert load_terms(tmp_path / "none.toml") == Terms(file="none.toml")


@pytest.mark.parametrize("line_", ['"Olga" = "yes"', '"Olga" = "cleared"\n"olga" = "identifying"'])
def test_a_wrong_line_of_the_terms_is_said_without_its_word(tmp_path: Path, line_: str) -> None:
    path = tmp_path / "t.toml"
    path.write_text(line_, encoding="utf-8")
    with pytest.raises(PlanError) as error:
        load_terms(path)
    assert "olga" not in str(error.value).casefold()


def test_rules_are_read_and_never_below_the_threshold() -> None:
    rules = read_rules({"words": 40, "dissent": ["no time"]}, file="study.toml", where="[x]")
    assert (rules.words, rules.dissent, rules.k) == (40, frozenset({"no time"}), 5)
    with pytest.raises(PlanError, match="fewer than 5"):
        read_rules({"k": 2}, file="study.toml", where="[x]")
    with pytest.raises(PlanError, match="unknown key"):
        read_rules({"wordz": 2}, file="study.toml", where="[x]")
