"""Numbers in a page: which carry their result, and which stand there without one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

from lxml import html as parser  # type: ignore[import-untyped]

Element: TypeAlias = Any  # of lxml, which has no types
# Words that come from a plan or a record, years, table and figure numbers; what a person typed and the checks
# of the text have judged.
SKIPPED = frozenset({"label", "year", "number", "see", "typed"})
MARKED = frozenset({"data", "caption", "th", "style", "script", "title"})
PICTURE = re.compile(r"base64,[A-Za-z0-9+/=]+")
TOLD = re.compile(r"[-+\u2212]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)")
DIGITS = 6  # of a published number
HALF = 0.5 + 1e-6  # of the last digit, and what a processor rounds


@dataclass(frozen=True)
class Marked:
    """A number that carries its result: the result's id, which part of it (`estimate`, `n`, `ci_low`, ...),
    the raw value, the printed text."""

    id: str
    part: str
    value: str
    text: str


@dataclass(frozen=True)
class Numbers:
    """What a piece of HTML holds. `left`: its text without marked numbers, labels, years and captions; `ids`:
    of each marked number the result's id, the part of it, the raw value."""

    left: str
    ids: tuple[tuple[str, str, str], ...]


def tree(html: str) -> Element:
    """The page as elements, its pictures left out.

    >>> tree("<p>Hello</p>").text_content()
    'Hello'
    """
    # Whole pages and pieces alike; lxml would take a lone piece for the page's only child.
    return parser.document_fromstring(PICTURE.sub("", html) or "<p></p>")


def numbers(html: str, *skipped: str) -> Numbers:
    """What is left of the text without numbers that carry their result, and these numbers.

    skipped  classes that are left out besides

    >>> found = numbers('<p><data value="0.5" data-id="a.b">50 %</data> in <span class="year">2025</span>, 7')
    >>> found.left, found.ids
    (' in , 7', (('a.b', 'estimate', '0.5'),))
    """
    whole = tree(html)
    ids = tuple((one.id, one.part, one.value) for one in marked(whole))
    return Numbers("".join(unmarked(whole, SKIPPED | set(skipped))), ids)


def marked(element: Element) -> Iterator[Marked]:
    """The numbers below an element that carry their result."""
    for one in element.iter("data"):
        part = one.get("data-part") or "estimate"
        yield Marked(one.get("data-id") or "", part, one.get("value") or "", one.text or "")


def unmarked(element: Element, skipped: Set[str] = SKIPPED) -> Iterator[str]:
    """The text below an element, without what is marked or of a class that is skipped."""
    if not isinstance(element.tag, str) or element.tag in MARKED or element.get("class") in skipped:
        return
    if element.text:
        yield element.text
    for child in element:
        yield from unmarked(child, skipped)
        if child.tail:
            yield child.tail


def equal(shown: float, published: float) -> bool:
    """Whether a number is the published one, as it is or rounded to six significant digits.

    >>> equal(0.333333, 1 / 3), equal(0.3333, 1 / 3), equal(0.0, 0.0)
    (True, False, True)
    """
    if published == 0:
        return shown == 0
    unit: float = 10.0 ** (math.floor(math.log10(abs(published))) + 1 - DIGITS)
    return abs(shown - published) <= HALF * unit


def says(text: str, value: float) -> bool:
    """Whether a printed number is the value, rounded as it is printed; a share may stand in per cent.

    >>> says("58 %", 0.5806), says("57 %", 0.5806), says("+0.21", 0.2104), says("under 1 %", 0.004)
    (True, False, True, True)
    """
    found = TOLD.findall(text)
    if len(found) != 1:
        return False
    shown = float(found[0].replace(",", "").replace("\u2212", "-"))
    places = len(found[0].partition(".")[2])
    sides = {"under": -1, "<": -1, "over": 1, ">": 1}
    side = next((sign for word, sign in sides.items() if text.strip().startswith(word)), 0)
    scaled = (value * scale for scale in (1, 100))
    if side:
        return any((real - shown) * side > 0 for real in scaled)
    return any(abs(real - shown) <= 0.5 * 10**-places + 1e-9 for real in scaled)
