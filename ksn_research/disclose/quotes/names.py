"""Names of the roster in a quote: one pass over its words, longest names first, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ksn_research.disclose.quotes.folding import Word, bare, joined, words
from ksn_research.disclose.quotes.roster import INITIALS, PERSON, Roster
from ksn_research.disclose.quotes.words import AMBIGUOUS, FUNCTION, SPEAKS, bag, everyday

PREFIX = 6  # letters of a name from which a longer word is taken for a form of it ("Bramblers")
ENDING = 4  # letters that such a form may have more
BEFORE = bag(
    "the a an our my his her their its your this that any no some of more less every each good great"
)
DOTTED = re.compile(r"(?<![^\W_])((?:[^\W\d_]\s?[.\-]\s?){1,3}[^\W\d_])\.?(?![^\W_])")
SHORTENED = re.compile(r"(?<![^\W_])([^\W\d_])\.?\s+(?=[^\W\d_]{2})")
USUAL = bag("eg ie am pm ps aka us uk vs it tv ok")


def named(text: str, roster: Roster) -> Iterator[str]:
    """The rules that `latin` text offends by naming somebody of the roster; each once.

    text  with its line ends: a name broken over two lines is put together
    """
    found: dict[str, None] = {}
    whole = words(text)
    for rule in (*_phrases(whole, roster), *_joined(whole, text, roster), *_capitals(whole, text, roster)):
        found[rule] = None
    again = joined(text)
    if again != text:
        found |= dict.fromkeys(_phrases(words(again), roster))
    if _has_initials(text, roster):
        found[INITIALS] = None
    yield from found


def _phrases(found: Sequence[Word], roster: Roster) -> Iterator[str]:
    said = [word.bare for word in found]
    for at, word in enumerate(said):
        for rest, rule in roster.phrases.get(word, ()):
            if tuple(said[at + 1 : at + 1 + len(rest)]) == rest:
                yield rule
                break
        if len(word) > PREFIX:
            yield from _forms(word, roster)


def _forms(word: str, roster: Roster) -> Iterator[str]:
    """A longer form of a long name: "Hazelholters"."""
    for size in range(max(PREFIX, len(word) - ENDING), len(word)):
        if word[:size] in roster.joined and not everyday(word):
            yield roster.joined[word[:size]]


def _joined(found: Sequence[Word], text: str, roster: Roster) -> Iterator[str]:
    """Names written apart: "Sa-rah", "s a r a h", "bramble thwaite"; and names written as one word."""
    for at, word in enumerate(found):
        if word.bare in roster.joined:
            yield roster.joined[word.bare]
        whole, tight = word.bare, True
        for before, after in zip(found[at : at + 11], found[at + 1 : at + 12], strict=False):
            gap = text[before.end : after.start]
            if whole not in roster.beginnings or len(gap.strip()) > 2 or len(gap) > 4:
                break
            whole += after.bare
            tight = tight and not (gap.isspace() and "\n" not in gap)
            if whole in roster.joined and (tight or not (everyday(before.bare) and everyday(after.bare))):
                yield roster.joined[whole]
            if tight and len(whole) < 5 and ((), PERSON) in roster.phrases.get(whole, ()):
                yield PERSON


def _capitals(found: Sequence[Word], text: str, roster: Roster) -> Iterator[str]:
    """Everyday words that are names: with a capital, or where they do what only people do."""
    said = ["", *[word.bare for word in found], ""]
    for at, word in enumerate(found, start=1):
        rule = roster.capital.get(word.bare) or roster.capital.get(word.bare.removesuffix("s"))
        if rule is None:
            continue
        if word.bare in FUNCTION:
            # "WE" may be an organisation's letters, "we" never is.
            if word.said.isupper() and len(word.said) > 1:
                yield rule
            continue
        own = text[word.end : word.end + 2].casefold() == "'s" and word.bare in AMBIGUOUS
        speaks = said[at + 1] in SPEAKS or own
        if word.said[0].isupper() or (speaks and said[at - 1] not in BEFORE):
            yield rule


def _has_initials(text: str, roster: Roster) -> bool:
    """Initials with dots in any case, or a lone letter before a family name of the roster."""
    for hit in DOTTED.finditer(text):
        letters = bare("".join(letter for letter in hit[1] if letter.isalpha()))
        if letters in roster.initials and letters not in USUAL:
            return True
    shouted = (word.bare for word in words(text) if word.said.isupper() and 1 < len(word.said) < 5)
    if any(one in roster.initials and one not in USUAL for one in shouted):
        return True
    return any(_before_a_family_name(hit, text, roster) for hit in SHORTENED.finditer(text))


def _before_a_family_name(hit: re.Match[str], text: str, roster: Roster) -> bool:
    after = words(text[hit.end() : hit.end() + 40])
    return hit[1].isupper() and hit[1] not in "IA" and bool(after) and after[0].bare in roster.capital
