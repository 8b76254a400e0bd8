"""One quote against everything that it must not hold; which rules it offends, and which terms are unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ksn_research.disclose.quotes.attribution import Values
from ksn_research.disclose.quotes.capitals import Vocabulary, terms
from ksn_research.disclose.quotes.folding import joined, latin, mixed, words
from ksn_research.disclose.quotes.identifiers import identifiers
from ksn_research.disclose.quotes.names import named
from ksn_research.disclose.quotes.roster import Roster
from ksn_research.plan.quotes import Terms

ALPHABETS, DECIDED, UNIQUE, UNKNOWN = (
    "letters of several alphabets in one word", "term decided to be identifying", "unique combination",
    "capitalised term nobody has cleared",
)  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """What quotes of one source are held against."""

    roster: Roster
    terms: Terms
    known: Vocabulary
    values: Values
    k: int


def offences(text: str, screen: Screen) -> Iterator[str]:
    """The rules that a text offends by what it holds, those of `capitals` apart.

    text  as it would be printed, its line ends as in the file
    """
    seen = latin(text)
    again = joined(seen)
    yield from dict.fromkeys([*identifiers(seen), *(identifiers(again) if again != seen else ())])
    yield from named(seen, screen.roster)
    if next(mixed(text), None) is not None:
        yield ALPHABETS
    said = " ".join(word.bare for word in words(seen))
    if any(f" {term} " in f" {said} " for term in _decided(screen.terms)):
        yield DECIDED
    if screen.values.telling(screen.values.mentions(said), screen.k):
        yield UNIQUE


def unknown(text: str, screen: Screen, *, starts: bool) -> list[str]:
    """The terms of a text that nobody has cleared, as written.

    starts  whether the text begins where a sentence begins in its transcript
    """
    return list(terms(latin(text), screen.terms.cleared, screen.known, starts=starts))


def _decided(decided: Terms) -> tuple[str, ...]:
    forms = (" ".join(word.bare for word in words(term)) for term in decided.identifying)
    return tuple(form + end for form in forms if form for end in ("", "s"))
