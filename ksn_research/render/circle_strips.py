"""The pictures of circle pages: where the network's circles stand, and how many came to each session.

Both are SVG in the page, with their content in words for who does not see them. Imports circle_words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from ksn_research.render.circle_words import SPANS, day

CIRCLES = 3  # fewer circles beside it would point at one of them
WIDE, BAR = 240, 26  # the strip's width, and the height of its tallest column
NARROW = 11  # a column that has no room for its number, which the table has too
ALWAYS = ("few", "about half", "most", "nearly all")


def columns_of(networks: Sequence[Mapping[str, int]], own: Sequence[str]) -> tuple[str, ...]:
    """The words of all strips of a questionnaire, lowest first: one set for all, so that a column is one
    word down the page. Words that nobody has are left out unless they are the usual ones."""
    used = {word for network in networks for word, count in network.items() if count} | set(own)
    if not used & {"few", "about half"} and used & {"about half or fewer", "not all"}:
        usual = tuple(word for word in ALWAYS if word not in ("few", "about half"))
    else:
        usual = ALWAYS
    return tuple(word for word in SPANS if word in used or word in usual)


def strip(network: Mapping[str, int], own: str, words: Sequence[str]) -> Markup:
    """How many circles have each word; this circle's is dark. Nothing where too few circles stand in it."""
    if sum(network.values()) < CIRCLES:
        return Markup("")
    return _strip(tuple(network.get(word, 0) for word in words), own, tuple(words))


@lru_cache(maxsize=4096)  # a network has few different ones, its pages many
def _strip(counts: tuple[int, ...], own: str, words: tuple[str, ...]) -> Markup:
    most, width = max(counts), WIDE / len(words)
    parts = []
    for place, (word, count) in enumerate(zip(words, counts, strict=True)):
        ours, height = word == own, BAR * count / most
        middle = place * width + width / 2
        bar = _bar(place * width + 3, 38 - height, width - 6, max(height, 0.8), "ours" if ours else "")
        number = _text(middle, 34 - height, str(count)) if count else ""
        lines = [_text(middle, 48 + 10 * line, part, ours) for line, part in enumerate(_lines(word))]
        parts += [bar, number, *lines]
    said = ", ".join(f"{word}: {count}" for word, count in zip(words, counts, strict=True))
    alt = f"Circles of the network: {said}." + (f" This circle: {own}." if own else "")
    return _picture("strip", f"0 0 {WIDE} 62", alt, parts)


def _lines(word: str) -> tuple[str, ...]:
    """A word on two lines where it is long.

    >>> _lines("about half or fewer"), _lines("most"), _lines("nearly all")
    (('about half', 'or fewer'), ('most',), ('nearly', 'all'))
    """
    parts = word.split(" ")
    cuts = [(" ".join(parts[:at]), " ".join(parts[at:])) for at in range(1, len(parts))]
    return min(cuts, key=lambda pair: max(map(len, pair)), default=(word,))


def columns(sessions: Sequence[Mapping[str, object]], members: int | None) -> Markup:
    """Who came to each session as columns, under a line at the number of members."""
    came = [_count(session["came"]) for session in sessions]
    most = max([n or 0 for n in came] + [members or 0, 1])
    width = min(34.0, 330 / max(len(came), 1))
    wide = max(width * len(came), 130.0)
    parts = [_line(wide, 74 - 60 * members / most)] if members else []
    for place, (n, session) in enumerate(zip(came, sessions, strict=True)):
        height, x = 60 * (n or 0) / most, place * width
        parts.append(_bar(x + 2, 74 - height, width - 4, max(height, 0.8), "came"))
        # In the column, where the line of all people is not; above it where it is low.
        at, role = (84 - height, "in") if height > 12 else (70 - height, "")
        if width > NARROW:
            parts.append(_text(x + width / 2, at, "?" if n is None else str(n), role=role))
        if place in (0, len(came) - 1) and (place == 0 or len(came) > 2):
            side = "start" if place == 0 else "end"
            edge = 2 if place == 0 else width * len(came) - 2
            parts.append(_text(edge, 87, day(session["date"], short=True), role=side))  # type: ignore[arg-type]
    said = "; ".join(_told(n, session) for n, session in zip(came, sessions, strict=True))
    whole = f" The line is at all {members} people of the circle." if members else ""
    alt = f"How many came to each session. {said}.{whole}"
    return _picture("columns", f"0 -8 {round(wide)} 100", alt, parts, f"max-width:{round(wide * 1.7)}px")


def _told(n: int | None, session: Mapping[str, object]) -> str:
    when = day(session["date"], short=True) or "undated"  # type: ignore[arg-type]
    return f"{when}: {'not shown' if n is None else n}"


def _count(value: object) -> int | None:
    return None if value is None else int(value)  # type: ignore[call-overload]


def _number(value: float) -> str:
    """
    >>> _number(12.0), _number(3.25)
    ('12', '3.2')
    """
    return f"{value:.1f}".removesuffix(".0")


def _picture(name: str, box: str, alt: str, parts: Sequence[str], style: str = "") -> Markup:
    """The SVG element of parts that are escaped already."""
    styled = f' style="{style}"' if style else ""
    head = f'<svg class="{name}" viewBox="{box}"{styled} role="img" aria-label="{escape(alt)}">'
    return Markup(f"{head}{''.join(parts)}</svg>")  # noqa: S704


def _bar(x: float, y: float, width: float, height: float, role: str) -> str:
    left, top, wide, high = (_number(number) for number in (x, y, width, height))
    return f'<rect x="{left}" y="{top}" width="{wide}" height="{high}"{_role(role)}/>'


def _line(width: float, y: float) -> str:
    return f'<line x1="0" x2="{_number(width)}" y1="{_number(y)}" y2="{_number(y)}"/>'


def _text(x: float, y: float, words: str, bold: bool = False, role: str = "") -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{_number(x)}" y="{_number(y)}"{weight}{_role(role)}>{escape(words)}</text>'


def _role(role: str) -> str:
    return f' class="{role}"' if role else ""
