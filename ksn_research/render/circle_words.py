"""The words of circle pages: which of two says more, counts of people in words, dates.

A word of a band may take in others ("about half or fewer" is few or about half), so two different words need
not differ: they are called higher and lower only where the shares that they stand for do not meet.

Imports nothing of this room.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import accumulate

# Which natural bands a word takes in: few 0, about half 1, most 2, nearly all 3.
SPANS: Mapping[str, tuple[int, int]] = {
    "few": (0, 0),
    "about half or fewer": (0, 1),
    "not all": (0, 2),
    "about half": (1, 1),
    "most": (2, 2),
    "most or all": (2, 3),
    "nearly all": (3, 3),
}
LOW = ("few", "about half or fewer")
HIGH = ("most", "most or all", "nearly all")
SHARES = ((0.9, "nearly all"), (0.6, "most"), (0.4, "about half"), (0.0, "fewer than half"))


def order(word: str) -> int:
    """The place of a word in the pictures, lowest first.

    >>> sorted(["nearly all", "about half or fewer", "about half", "few"], key=order)
    ['few', 'about half or fewer', 'about half', 'nearly all']
    """
    return list(SPANS).index(word)


def compared(word: str, other: str) -> str:
    """Where a word stands beside another: "higher", "lower", "same", or "unclear" where their shares meet.

    >>> compared("most", "about half or fewer"), compared("few", "about half or fewer")
    ('higher', 'unclear')
    """
    if word == other:
        return "same"
    (low, high), (from_, to) = SPANS[word], SPANS[other]
    if low > to:
        return "higher"
    return "lower" if high < from_ else "unclear"


def middle(counts: Mapping[str, int]) -> str:
    """The word of the middle circle, the lower of two; empty where there are none.

    >>> middle({"few": 1, "most": 2, "nearly all": 1})
    'most'
    """
    up_to = list(accumulate(counts.get(word, 0) for word in SPANS))
    half = (up_to[-1] + 1) // 2
    return next(word for word, reached in zip(SPANS, up_to, strict=True) if reached >= half) if half else ""


def how_many(n: int, of: int) -> str:
    """A count of people in words.

    >>> how_many(12, 12), how_many(8, 12), how_many(0, 12)
    ('all', 'most', 'nobody')
    """
    if n in (0, of):
        return "all" if n else "nobody"
    return next(word for least, word in SHARES if n >= least * of)


def people(n: int) -> str:
    """
    >>> people(1), people(12)
    ('1 person', '12 people')
    """
    return f"{n} person" if n == 1 else f"{n} people"


def plural(n: int, one: str, many: str = "") -> str:
    """
    >>> plural(1, "session"), plural(3, "session")
    ('1 session', '3 sessions')
    """
    return f"{n} {one if n == 1 else many or one + 's'}"


def day(when: date | None, short: bool = False) -> str:
    """A date in words, empty where it is not known.

    >>> day(date(2025, 3, 4)), day(date(2025, 3, 4), short=True)
    ('4 March 2025', '4 Mar')
    """
    return f"{when:%d %b}".lstrip("0") if when and short else f"{when:%d %B %Y}".lstrip("0") if when else ""


def quoted(labels: tuple[str, ...]) -> str:
    """Answers as they are said in a sentence.

    >>> quoted(("Agree", "Strongly agree"))
    '“Agree” or “Strongly agree”'
    """
    marked = [f"\u201c{label}\u201d" for label in labels]
    return " or ".join([", ".join(marked[:-1]), marked[-1]] if len(marked) > 2 else marked)


def listed(parts: list[str]) -> str:
    """
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
