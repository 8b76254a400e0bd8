"""Whether a quote stands in its transcript, word for word.

Typography and white space do not matter, every letter does. What was left out is marked by `[..]`, `[...]`,
`…` or `...`; a word that would identify somebody may be replaced by words in square brackets. What is left
out must be short, must not be what turns the sentence round, and what remains must be more than single words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ksn_research.disclose.quotes.folding import folded

OMITTED = re.compile(r"\s*(?:[\[(]\s*\.{2,}\s*[\])]|\.(?:\s?\.){1,3})\s*")
REPLACED = re.compile(r"\s*\[([^\[\].]{1,60})\]")
TURN = 2000  # letters before a quote in which the label of its turn is looked for
LONGEST = 500  # letters that may be left out
SHORTEST = 2  # words of a piece
REPLACEABLE = 80  # letters that a bracket may stand for
NEGATION = re.compile(
    r"\b(?:not|no|nor|never|nobody|none|nothing|neither|hardly|without|cannot|ain't|\w+n't|unless|rarely|seldom|refuse[sd]?)\b",
    re.IGNORECASE,
)
BEFORE_NEGATION = re.compile(
    r"\b(?:not|never|hardly|cannot|no|nor|without|\w+n't)(?:\s+(?:really|even|ever|always|actually|to|fully|a|the|be|been|do|just))?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Place:
    """Where a quote stands in the folded transcript; `starts` says whether a sentence starts there."""

    start: int
    end: int
    starts: bool


@dataclass(frozen=True)
class Misfit:
    """Why a quote is not taken for the speaker's words."""

    rule: str


NOT_FOUND, TURNED, SHREDS, ASKED = (
    "not verbatim", "sense may be turned round", "too few words", "words of the interviewer",
)  # fmt: skip
INSIDE_BEFORE, INSIDE_AFTER = re.compile(r"(?:\w|\w['-])$"), re.compile(r"\w|['-]\w")
LABEL = re.compile(r"(?:(?<=\s)|^)\[?([A-Za-z][\w.]{0,20}(?: [A-Z0-9][\w.]{0,20})?)\]?$")
ASKS = re.compile(
    r"(?:int(?:erviewer)?|moderator|mod|facilitator|researcher|q|i|iv|host)\.? ?\d*", re.IGNORECASE
)
SPEAKER = re.compile(r"[A-Z]{1,4}\d{0,3}|[A-Z][\w.]*(?: [A-Z0-9][\w.]*)?|" + ASKS.pattern)


def place_of(text: str, transcript: str) -> Place | Misfit:
    """Where a quote stands in a transcript that was `folded`, or why it does not.

    >>> place_of("We met weekly", "Well, we met weekly until spring.")
    Place(start=6, end=19, starts=False)
    >>> place_of("we met daily", "Well, we met weekly."), place_of("trust them", "We do not trust them.")
    (Misfit(rule='not verbatim'), Misfit(rule='sense may be turned round'))
    """
    quote = _trimmed(folded(text))
    if not quote:
        return Misfit(NOT_FOUND)
    whole = _search(quote, transcript)
    if whole:
        return _judged(whole, transcript)
    if not (OMITTED.search(quote) or REPLACED.search(quote)):
        return Misfit(NOT_FOUND)
    return _edited(quote, transcript)


def _trimmed(quote: str) -> str:
    """The quote without quotation marks round it and edit marks at its ends."""
    before = None
    while before != quote:
        before = quote
        quote = re.sub(
            r"^(?:[\[(]\s*\.{2,}\s*[\])]|\.(?:\s?\.){1,3})\s*|\s*[\[(]\s*\.{2,}\s*[\])]$", "", quote
        ).strip()
        quote = re.sub(r"\s*(?:\.\s?){2,3}\.?$", "", quote) if quote.endswith("..") else quote
        if len(quote) > 1 and quote[0] == quote[-1] == '"' and quote.count('"') == 2:
            quote = quote[1:-1].strip()
    return quote


def _piece(text: str) -> str:
    """A pattern for one piece: its letters, the first of which may have been given a capital."""
    first = text[0]
    head = f"[{first}{first.lower()}]" if first.isalpha() and first.isupper() else re.escape(first)
    start = r"(?<!\w)(?<!\w['-])" if first.isalnum() else ""
    end = r"(?!\w)(?!['-]\w)" if text[-1].isalnum() else ""
    return f"{start}{head}{re.escape(text[1:])}{end}"


def _search(quote: str, transcript: str) -> tuple[int, int] | None:
    """Where the words stand whole, not just behind a negation if anywhere; its first letter may be raised."""
    hits: list[tuple[int, int]] = []
    at = transcript.find(quote[1:], 1)
    while at >= 0:
        span = (at - 1, at - 1 + len(quote))
        if transcript[at - 1] in (quote[0], quote[0].lower()) and _whole(span, transcript):
            hits.append(span)
        at = transcript.find(quote[1:], at + 1)
    return next((span for span in hits if not _cut(span[0], transcript)), hits[0] if hits else None)


def _whole(span: tuple[int, int], text: str) -> bool:
    """Whether a span neither begins nor ends inside a word: "can" is none of "can't"."""
    start, end = span
    open_ = text[start].isalnum() and start > 0 and INSIDE_BEFORE.search(text[max(0, start - 2) : start])
    shut = text[end - 1].isalnum() and INSIDE_AFTER.match(text[end : end + 2])
    return not (open_ or shut)


def _edited(quote: str, transcript: str) -> Place | Misfit:
    pieces, gaps = _divided(quote)
    if any(
        len(re.findall(r"\w+", piece)) < SHORTEST
        for piece, gap in zip(pieces, [*gaps, ""], strict=True)
        if not gap.startswith("[")
    ) and not all(g.startswith("[") for g in gaps):
        return Misfit(SHREDS)
    pattern = _pattern(pieces, gaps)
    hit = re.search(pattern, transcript) if all(piece[1:] in transcript for piece in pieces) else None
    if hit is None:
        return Misfit(NOT_FOUND)
    for gap, gone in zip(gaps, hit.groups(), strict=True):
        if gap.startswith("["):
            # A bracket may hide who is meant, not change what was said.
            if (
                not re.search(r"[^\W\d_]*[A-Z0-9]", gone or "")
                or NEGATION.search(gone)
                or NEGATION.search(gap)
            ):
                return Misfit(NOT_FOUND)
        elif NEGATION.search(gone or ""):
            return Misfit(TURNED)
    return _judged(hit.span(), transcript)


def _divided(quote: str) -> tuple[list[str], list[str]]:
    """The pieces between edit marks, and the marks: "..." or a bracket with its words."""
    marks = sorted([*OMITTED.finditer(quote), *REPLACED.finditer(quote)], key=lambda hit: hit.start())
    pieces, gaps, at = [], [], 0
    for mark in marks:
        if mark.start() < at:
            continue
        pieces.append(quote[at : mark.start()].strip())
        gaps.append(f"[{mark[1]}]" if mark.re is REPLACED else "...")
        at = mark.end()
    pieces.append(quote[at:].strip())
    if pieces and not pieces[0] and gaps and gaps[0].startswith("["):
        return pieces, gaps
    return pieces, gaps


def _pattern(pieces: list[str], gaps: list[str]) -> str:
    parts = [_piece(pieces[0]) if pieces[0] else r"(?<!\w)"]
    for gap, piece in zip(gaps, pieces[1:], strict=True):
        size = REPLACEABLE if gap.startswith("[") else LONGEST
        parts.append(rf"(.{{0,{size}}}?)")
        parts.append(_piece(piece) if piece else r"(?!\w)")
    return r"\s*".join(parts)


def _judged(span: tuple[int, int], transcript: str) -> Place | Misfit:
    if _cut(span[0], transcript):
        return Misfit(TURNED)
    if _asked(span, transcript):
        return Misfit(ASKED)
    before = transcript[max(0, span[0] - 20) : span[0]].rstrip(" \"'([")
    starts = not before or (before[-1] in ".!?:" and not before.endswith(".."))
    return Place(*span, starts)


def _asked(span: tuple[int, int], transcript: str) -> bool:
    """Whether the turn in which a quote begins is the interviewer's, or a turn of theirs lies within."""
    turn = next(_labels(transcript, max(0, span[0] - TURN), span[0]), "")
    return any(ASKS.fullmatch(label) for label in (turn, *_labels(transcript, *span)))


def _labels(text: str, start: int, end: int) -> Iterator[str]:
    """The labels of turns between two places, the last first."""
    at = text.rfind(": ", start, end)
    while at >= 0:
        label = LABEL.search(text[max(start, at - 45) : at])
        if label and SPEAKER.fullmatch(label[1]):
            yield label[1]
        at = text.rfind(": ", start, at)


def _cut(start: int, transcript: str) -> bool:
    """Whether the quote starts just behind a negation."""
    return BEFORE_NEGATION.search(transcript[max(0, start - 40) : start]) is not None
