"""The quote gate under attack: no planted leak passes, and hardly a harmless quote is held back."""

from __future__ import annotations

from datetime import date

import pytest
from quote_corpus import CLEARED, ORGANISATIONS, PEOPLE, Case, harmless, leaks, tables

from ksn_research.disclose.quotes import Gated, gate, roster
from ksn_research.plan.quotes import Rules, Terms

ROSTER = roster(PEOPLE, ORGANISATIONS, cleared=CLEARED)
TERMS = Terms(cleared=CLEARED)
RULES = Rules(per_code=0, per_speaker=99, words_per_speaker=9999, on=date(2026, 6, 1))


def judged(cases: list[Case]) -> Gated:
    return gate(*tables(cases), ROSTER, TERMS, RULES)


def passed(cases: list[Case]) -> set[int]:
    return {int(one.id[2:]) for one in judged(cases).passed.quotes}


def test_no_planted_leak_passes() -> None:
    cases = list(leaks())
    through = [(cases[at].kind, cases[at].text) for at in sorted(passed(cases))]
    assert len(cases) >= 300
    assert through == []


def test_harmless_quotes_pass() -> None:
    cases = list(harmless())
    through = passed(cases)
    held = [case.text for at, case in enumerate(cases) if at not in through]
    print(f"{len(list(leaks()))} leaks, 0 passed; {len(cases)} harmless, {len(cases) - len(held)} passed")
    assert len(cases) >= 100
    assert len(held) <= 0.05 * len(cases), held


@pytest.mark.parametrize("seed", range(3))
def test_other_sentences_with_the_same_plants_do_not_pass_either(seed: int) -> None:
    assert passed(list(leaks(seed + 100))) == set()
