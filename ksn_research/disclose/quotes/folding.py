"""Text as it is compared: what a reader sees, however it was typed.

A name can be hidden from a comparison by letters that only look alike, by letters that nobody sees, by full
width, by accents or by a line end. All of these are undone here, before anything is looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ksn_research.score.names import LETTERS

TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u0060\u00b4\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
        "\u2026": "...",
        "\u2024": ".",
        "\u2025": "..",
        "\u3002": ".",
    }
)
# Letters of other alphabets that look like Latin ones (after Unicode's list of confusables, in part).
LIKE = (
    "АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT ХX УY ԚQ ԜW аa бb ԁd еe һh іi јj кk ӏl мm оo рp сc ԛq тt ѵv "
    "ԝw хx уy ґr иu нh вb гr пn ѕs ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa βb γy δd εe ηn ιi κk νv "
    "οo ρp σo τt υu χx ωw ϲc ϳj ɡg ɑa ɩi ʏy ոn օo հh ցg սu ѐe ёe їi ӧo ӓa ɴN ʀR ᴀA ᴇE ᴏO ѡw"
)
LOOKALIKE = str.maketrans({pair[0]: pair[1] for pair in LIKE.split()})
PLAIN = re.compile(r"[ -~\n\t]*")
EDGE_HYPHEN = re.compile(r"(?<=\w)-[^\S\n]*\n\s*(?=\w)")
# A word: letters and digits, without what joins two of them.
WORD = re.compile(r"[^\W_]+")
INVISIBLE = ("Cf", "Cc", "Cs", "Co", "Cn")


class Word(NamedTuple):
    """One word of a text: as written, folded, and where it lies."""

    said: str
    bare: str
    start: int
    end: int


@lru_cache(maxsize=65536)
def visible(text: str) -> str:
    """The text without characters that nobody sees, compatibility forms as plain ones; line ends stay.

    >>> visible("S\\u200dar\\u00adah \\uff33arah"), visible("one\\r\\ntwo")
    ('Sarah Sarah', 'one\\ntwo')
    """
    if PLAIN.fullmatch(text):
        return text.replace("`", "'")
    plain = unicodedata.normalize(
        "NFKC", text.replace("\r\n", "\n").replace("\r", "\n").translate(TYPOGRAPHY)
    )
    plain = plain.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    kept = [letter for letter in plain.translate(TYPOGRAPHY) if letter in "\n\t" or _seen(letter)]
    return "".join(kept)


def _seen(letter: str) -> bool:
    # What NFKC left uncomposed is a mark put on a letter to disguise it; blanks such as U+3164 are letters.
    kind = unicodedata.category(letter)
    return (
        kind not in INVISIBLE and kind not in ("Mn", "Me") and letter not in "\u115f\u1160\u3164\uffa0\u2800"
    )


def folded(text: str) -> str:
    """Visible text with typography and white space as one, as it is held against a transcript.

    >>> folded("“We\\n  can’t” — yes")
    '"We can\\'t" - yes'
    """
    return " ".join(visible(text).split())


def latin(text: str) -> str:
    """Visible text with look-alike letters as Latin ones; one character stays one character."""
    seen = visible(text)
    return seen if seen.isascii() else seen.translate(LOOKALIKE)


@lru_cache(maxsize=65536)
def bare(word: str) -> str:
    """A word without case, accents and look-alikes.

    >>> bare("José"), bare("S\\u0430rah"), bare("Øystein")
    ('jose', 'sarah', 'oystein')
    """
    if word.isascii():
        return word.lower()
    spread = unicodedata.normalize("NFD", latin(word).casefold().translate(LETTERS))
    return "".join(letter for letter in spread if unicodedata.category(letter) not in ("Mn", "Me"))


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words of `latin` text, in order.

    >>> [one.bare for one in words("O’Brien's-led")]
    ['o', 'brien', 's', 'led']
    """
    return tuple(Word(m[0], bare(m[0]), *m.span()) for m in WORD.finditer(text))


def joined(text: str) -> str:
    """The text with words that were broken at a line end put together again."""
    return EDGE_HYPHEN.sub("", text)


def mixed(text: str) -> Iterator[str]:
    """Words of visible text whose letters come from more than one alphabet."""
    for match in WORD.finditer(visible(text)):
        if not match[0].isascii() and len({alphabet(letter) for letter in match[0] if letter.isalpha()}) > 1:
            yield match[0]


@lru_cache(maxsize=4096)
def alphabet(letter: str) -> str:
    """The first word of a letter's Unicode name: LATIN, CYRILLIC, GREEK, CJK and so on."""
    return unicodedata.name(letter, "NONE").split()[0]
