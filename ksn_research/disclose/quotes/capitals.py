"""Terms with a capital that nobody has looked at: what no roster holds, such as the name of a neighbour.

A word with a capital in the middle of a sentence is a term; at the head of a sentence it is one unless it is
everyday English or stands in the transcripts without a capital. So is every word of an alphabet without
capitals, and letters with figures among them. A term passes once somebody has cleared it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ksn_research.disclose.quotes.folding import WORD, Word, alphabet, bare, latin, words
from ksn_research.disclose.quotes.words import AMBIGUOUS, CAPITAL, FUNCTION, QUALITIES, SPEAKS, everyday
from ksn_research.plan.drift import plain

RAISED = re.compile(r"(?<![^\W_])[^\W\d_a-zß-öø-ÿ][^\W_]*")
STARTS = re.compile(r"(?:^|[.!?:]['\")\]]*\s*|\n\s*)['\"(\[]*$")
TITLES = re.compile(r"(?:\.\.|\b(?:Mr|Mrs|Ms|Dr|St|Prof|Rev|Jr|Sr|vs|e\.g|i\.e|No|[A-Z]))\.\s*$")
PRONOUNS = frozenset({"i", "you", "we", "they", "he", "she", "it"})
LINKS = re.compile(r"\s+|\s*[&-]\s*|'s?\s*|\.\s?|\s+(?:of|and|for|de|la|van|von)\s+(?:the\s+)?")
ACTS = SPEAKS | {
    "is",
    "was",
    "has",
    "had",
    "will",
    "would",
    "can",
    "could",
    "and",
    "does",
    "did",
    "always",
    "never",
}
SHOUTED = 5  # letters from which a word all in capitals is a word said loudly, where it is everyday


@dataclass(frozen=True)
class Vocabulary:
    """Words that the transcripts themselves use without a capital, and never with one inside a sentence."""

    ordinary: frozenset[str] = frozenset()


def vocabulary(transcripts: Iterable[str], least: int = 3) -> Vocabulary:
    """The everyday words of the talk itself.

    least  how often a word must stand without a capital
    """
    lower: Counter[str] = Counter()
    raised: set[str] = set()
    for text in transcripts:
        clean = latin(text)
        lower.update(word for word in WORD.findall(clean) if word.islower())
        raised.update(m[0] for m in RAISED.finditer(clean) if not _starts(clean, m.start()))
    kept = {bare(word) for word, times in lower.items() if times >= least and word.isalpha()}
    return Vocabulary(frozenset(kept - {bare(word) for word in raised} - AMBIGUOUS))


def terms(text: str, cleared: frozenset[str], known: Vocabulary, *, starts: bool = True) -> Iterator[str]:
    """Terms of `latin` text that want clearing, as written.

    cleared  terms in `plan.drift.plain` form
    starts   whether the text begins where a sentence begins in its transcript

    >>> list(terms("We moved to Brooklyn with Dana. Everybody came.", frozenset({"brooklyn"}), Vocabulary()))
    ['Dana']
    """
    run: list[Word] = []
    for word in words(text):
        wants = _wants(word, text, known, starts)
        if run and not (wants and LINKS.fullmatch(text[run[-1].end : word.start])):
            yield from _term(text, run, cleared)
            run = []
        if wants:
            run.append(word)
    yield from _term(text, run, cleared)


def _term(text: str, run: Sequence[Word], cleared: frozenset[str]) -> Iterator[str]:
    if not run:
        return
    term = " ".join(text[run[0].start : run[-1].end].split())
    if plain(term) not in cleared and plain(re.sub(r"'s?$", "", term)) not in cleared:
        yield term


def _wants(word: Word, text: str, known: Vocabulary, starts: bool) -> bool:
    """Whether a word has to be cleared."""
    if not word.said.isascii() and any(c.isalpha() and alphabet(c) != "LATIN" for c in word.said):
        return True
    if word.said.islower() or (not word.said[0].isalpha() and word.said.upper() == word.said.lower()):
        return False
    if not any(letter.isupper() for letter in word.said) or word.bare in CAPITAL:
        return False
    if word.said.isdigit() or _clitic(word, text):
        return False
    if not word.said[0].isupper() or (not word.said[1:].islower() and len(word.said) > 1):
        # Capitals inside or throughout: an acronym or a brand, unless a word is said loudly.
        return not (word.said.isupper() and _loud(word))
    begins = _starts(text, word.start) if word.start else starts
    if text[: word.start].strip(" '\"([") == "":
        begins = starts
    return not _head(word, text, known) if begins else word.bare not in FUNCTION or _lone(word)


def _loud(word: Word) -> bool:
    return (word.bare in FUNCTION and word.bare not in ("us", "it", "or", "ok")) or (
        len(word.said) >= SHOUTED and everyday(word.bare) and word.bare not in AMBIGUOUS
    )


def _head(word: Word, text: str, known: Vocabulary) -> bool:
    """Whether a word at the head of a sentence is everyday."""
    if word.bare in AMBIGUOUS:
        # "Will you", "May I", "Young people": not what somebody named so did.
        after = words(text[word.end : word.end + 40])
        if (
            not after
            or not text[word.end : word.end + after[0].start].isspace()
            or after[0].said[0].isupper()
        ):
            return bool(after) and after[0].said == "I"
        return after[0].bare in PRONOUNS or (word.bare in QUALITIES and after[0].bare not in ACTS)
    return (everyday(word.bare) and not _lone(word)) or word.said == "A" or word.bare in known.ordinary


def _lone(word: Word) -> bool:
    return len(word.said) == 1


def _clitic(word: Word, text: str) -> bool:
    """The end of a contraction: "I'M", "WE'RE"."""
    return word.bare in ("s", "t", "m", "re", "ve", "ll", "d") and text[word.start - 1 : word.start] == "'"


def _starts(text: str, at: int) -> bool:
    before = text[max(0, at - 12) : at]
    if at <= 12 and not before.strip(" '\"(["):
        return True
    return (
        STARTS.search(before) is not None
        and TITLES.search(before) is None
        and not before.rstrip().endswith("..")
    )
