"""Words of others as text: what would act instead of being read is made visible, and no spreadsheet computes.

Imports no sibling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from ksn_research.disclose import Publishable
from ksn_research.disclose.circles import CircleReviews
from ksn_research.disclose.quotes import reopened

BREAKS = "\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]"
# Control characters, halves of surrogate pairs, what no XML may hold, and marks that turn the direction of
# what follows them. Hebrew and Arabic, and their marks, need none of these.
ACTING = "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
TURNING = "\u202a-\u202e\u2066-\u2069"
_BREAKS, _HIDDEN = re.compile(BREAKS), re.compile(f"[{ACTING}{TURNING}]")
_ANY = re.compile(f"[\t\r\v\f\x1c-\x1e\x85\u2028\u2029{ACTING}{TURNING}]")
# What spreadsheets take for a formula: at the start, behind blanks and quotation marks, and where a program
# that parts cells at semicolons would start one. The wide forms act in East Asian editions.
_FORMULA = re.compile('(^|;)(?=[\\s"\u201c]*[=+\\-@\uff1d\uff0b\uff0d\uff20])')


def shown(text: str) -> str:
    """Words as they are to be read: lines end in a newline, a tab is a blank, and what acts instead of being
    read stands as its code point in brackets. Markup stays markup.

    >>> shown("a\\tb\\r\\nc\\x07 \\u202ed")
    'a b\\nc[U+0007] [U+202E]d'
    """
    if not _ANY.search(text):
        return text
    said = _HIDDEN.sub(lambda found: stand_in(found[0]), _BREAKS.sub("\n", text).replace("\t", " "))
    return Markup(said) if isinstance(text, Markup) else said  # noqa: S704 - no sign of markup was added


def stand_in(character: str) -> str:
    """What is shown for a character that cannot be.

    >>> stand_in("\\x07")
    '[U+0007]'
    """
    return f"[U+{ord(character):04X}]"


def cell(text: str) -> str:
    """Words for a cell of a spreadsheet or a CSV: on one line, and never a formula. An apostrophe stands
    before what would be taken for one, in a workbook too: cells are copied, and saved as CSV.

    >>> cell("=1+1"), cell(" -2"), cell("Ann; =B2"), cell("A-B")
    ("'=1+1", "' -2", "Ann;' =B2", 'A-B')
    """
    return _FORMULA.sub(r"\1'", re.sub("\n+", " ", shown(text)))


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame for CSV: every text, headings too, as `cell` writes it; numbers stay numbers."""
    return _words(frame, cell).rename(columns=lambda name: cell(name) if isinstance(name, str) else name)


def as_text(content: Any) -> Any:
    """Text, or the texts in a frame, a mapping, a list or a tuple, as `shown` shows them; all else as it is.

    Where nothing has to be changed in a frame, it is the same frame.
    """
    if isinstance(content, str):
        return shown(content)
    if isinstance(content, pd.DataFrame):
        return _words(content, shown)
    if isinstance(content, Mapping):
        return {as_text(name): as_text(value) for name, value in content.items()}
    if type(content) in (list, tuple):
        return type(content)(as_text(value) for value in content)
    return content


def edition_as_text(publishable: Publishable) -> Publishable:
    """The edition with every word in it as it is to be read; identifiers alike, so that they still meet."""
    plain = {
        one.name: as_text(getattr(publishable, one.name))
        for one in fields(publishable)
        if one.name not in ("study", "quotes", "reviews")
    }
    study, reviews = publishable.study, publishable.reviews
    return replace(
        publishable,
        **plain,
        study=replace(study, **{one.name: as_text(getattr(study, one.name)) for one in fields(study)}),
        quotes=reopened(as_text(publishable.quotes.frame)),
        reviews=CircleReviews(**{one.name: as_text(getattr(reviews, one.name)) for one in fields(reviews)}),
    )


def _words(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """The frame with its texts changed, each different text once."""
    changed: dict[str, Any] = {}
    for name in map(str, frame.select_dtypes(["object", "str", "string", "category"])):
        words = [one for one in frame[name].dropna().unique() if isinstance(one, str)]
        other = {one: said for one in words if (said := change(one)) != one}
        if other:
            changed[name] = frame[name].map(partial(_or_itself, other))
    return frame.assign(**changed) if changed else frame


def _or_itself(other: Mapping[str, str], one: Any) -> Any:
    return other.get(one, one) if isinstance(one, str) else one
