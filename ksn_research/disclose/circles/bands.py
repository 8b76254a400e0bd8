"""Counts of favourable answers into words that give nobody's answer away.

A word stands for a set of counts. What somebody learns from it depends on what else they know: the
facilitator knows how many answered, and two members who put their heads together know two answers besides.
The lowest word therefore always covers the counts 0 to 3: two who both answered favourably still cannot tell
whether everybody else did not. Where the favourable side of a question is a single answer ("yes"), the
highest word covers n-3 to n for the same reason; elsewhere "nearly all" says no more than that people chose
one of several answers. The sets depend on n and on the question only, never on the answers, so that what is
not shown tells nothing either (Kenthapadi, Mishra & Nissim 2005, "Simulatable auditing": a refusal must not
depend on the secret).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

COLLUDING = 2  # members who pool their own answers
HELD = COLLUDING + 1  # counts beside the extreme one that the extreme word has to cover
NATURAL = ("few", "about half", "most", "nearly all")
LOWEST = ("few", "about half or fewer", "not all")  # the lowest word, by how many natural ones it takes in
HIGHEST = ("nearly all", "most or all")
WORDS = ("few", "about half or fewer", "not all", "about half", "most", "most or all", "nearly all")


@dataclass(frozen=True)
class Band:
    """A word and the counts, from `low` to `high`, that it stands for."""

    word: str
    low: int
    high: int


@cache
def bands(n: int, single: bool = False) -> tuple[Band, ...]:
    """The words for a count among n answers, lowest first; empty where no division protects everybody.

    By share, few is below 0.4, about half from 0.4 to 0.6, nearly all from 0.9. Neighbouring words are put
    together until the lowest covers 0 to 3, and with `single` the highest n-3 to n.

    single  whether the favourable side of the question is one answer

    >>> [(band.word, band.low, band.high) for band in bands(8)]
    [('few', 0, 3), ('about half', 4, 4), ('most', 5, 7), ('nearly all', 8, 8)]
    >>> [(band.word, band.low, band.high) for band in bands(5)]
    [('about half or fewer', 0, 3), ('most', 4, 4), ('nearly all', 5, 5)]
    >>> [(band.word, band.low, band.high) for band in bands(8, single=True)]
    [('few', 0, 3), ('about half', 4, 4), ('most or all', 5, 8)]
    >>> bands(7, single=True)
    ()
    """
    tops = ((4 * n - 1) // 10, 6 * n // 10, (9 * n - 1) // 10, n)
    low = next(place for place, top in enumerate(tops) if top >= min(HELD, n))
    high = len(tops) - 1
    while single and high > 0 and tops[high - 1] + 1 > n - HELD:
        high -= 1
    if low >= high or low >= len(LOWEST) or len(tops) - 1 - high >= len(HIGHEST):
        return ()
    words = (LOWEST[low], *NATURAL[low + 1 : high], HIGHEST[len(tops) - 1 - high])
    ends = (*tops[low:high], n)
    starts = (0, *(end + 1 for end in ends[:-1]))
    return tuple(Band(w, a, b) for w, a, b in zip(words, starts, ends, strict=True) if a <= b)


def band_of(count: int, n: int, single: bool = False) -> Band | None:
    """The word for a count among n answers; None where none may be said."""
    return next((band for band in bands(n, single) if band.low <= count <= band.high), None)


def rank(word: str) -> int:
    """The place of a word among all words, lowest first."""
    return WORDS.index(word)
