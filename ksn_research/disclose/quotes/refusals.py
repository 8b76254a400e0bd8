"""Why a quote is not printed, and what to do about it, for the analyst's internal page; never its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CUT = "choose a part of it without that, or put a neutral word in [square brackets] in its place"
DO: Mapping[str, str] = {
    "no consent record": "add the interview to the consent ledger",
    "two consent records": "keep the record that holds",
    "no consent to quote": "nothing: the speaker does not wish to be quoted",
    "consent withdrawn": "nothing: what was withdrawn is not used",
    "embargo": "wait until the embargo of the ledger has passed, or mend its date (YYYY-MM-DD)",
    "wants to see it first": "show it to the speaker and enter its id under approved_quote_ids; where the "
    "speaker did not ask for that, write n under review_before_publication",
    "no transcript": "give the transcript whose positions were verified; without one nothing is quoted",
    "not verbatim": "copy the words from the transcript; mark what you leave out by [..]",
    "sense may be turned round": "begin earlier, or keep the words of negation that were left out",
    "words of the interviewer": "nothing: the speaker did not say them",
    "too few words": "leave out less: every piece between two marks needs two words",
    "too long": "choose a shorter part of it",
    "too short": "choose a longer part of it",
    "e-mail address": CUT,
    "web address": CUT,
    "account name": CUT,
    "number": CUT,
    "date": CUT + "; a year or a season may stay",
    "address": CUT,
    "time mark": "leave the marks of the transcript out",
    "speaker label": "leave the speaker's label out",
    "spelled out": CUT,
    "title with a name": CUT,
    "identifier": CUT,
    "odd characters": "mend the transcript: a character stands inside a word that belongs to no word",
    "letters of several alphabets in one word": "mend the transcript: write the word in one alphabet",
    "name of a person": CUT,
    "name of an organisation": CUT,
    "acronym": CUT,
    "web domain": CUT,
    "initials": CUT,
    "term decided to be identifying": CUT,
    "unique combination": "too few people of the population are what the quote says of its speaker: " + CUT,
    "capitalised term nobody has cleared": "look at the draft of the terms: clear the term, or write that "
    "it is identifying",
    "the code's own name": "rename the code: its name leads to somebody",
    "enough of this speaker": "nothing: others are heard as well",
    "enough words of this speaker": "nothing: others are heard as well",
    "enough of this code": "nothing: this code has its quotes",
    "printed already": "nothing: the words stand in another quote",
}


@dataclass(frozen=True)
class Refusal:
    """One rule that one quote did not pass."""

    id: str
    rule: str
    remedy: str


def refusal(id_: str, rule: str) -> Refusal:
    """A refusal with its remedy. Every rule has one: a rule without is an error of this package."""
    return Refusal(id_, rule, DO[rule])
