"""One exported column into typed answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Question

QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-"}
)
TICKED = {
    "1": True,
    "true": True,
    "yes": True,
    "y": True,
    "0": False,
    "false": False,
    "no": False,
    "n": False,
}
OTHER = re.compile(r"\bothers?\b")
# Either 1 000 or 1.000 may be meant; 0,125 and 1,5 are decimals.
THOUSANDS = r"[+-]?[1-9]\d{0,2}(,\d{3})+"
SHOWN = 20  # unknown answers listed one by one in the internal table; the rest are counted


def plain(text: str) -> str:
    """Text as it is compared: typography, case and runs of white space do not matter.

    >>> plain("Don\\u2019t\\u00a0know ") == plain("don't know")
    True
    """
    folded = unicodedata.normalize("NFKC", text).translate(QUOTES)
    return " ".join(folded.split()).casefold()


def fits(heading: str, pattern: str) -> bool:
    """Whether a heading is what a pattern names; `*` and `?` stand for anything, as does a plain heading
    for itself, brackets and all.

    >>> fits("How was it? [pace]", "How was it? [pace]"), fits("Advice 3", "advice *")
    (True, True)
    """
    own, wanted = plain(heading), plain(pattern)
    return own == wanted or fnmatchcase(own, wanted)


def is_other(text: str) -> bool:
    """Whether a label (or the line under a heading) is that of an "Other" answer.

    >>> is_other("Other (please specify)"), is_other("Another mentor")
    (True, False)
    """
    return bool(OTHER.search(plain(text)))


def plain_column(column: pd.Series) -> pd.Series:
    """`plain` over a column, each distinct text worked on once."""
    return column.map({text: plain(text) for text in column.unique()}).astype("str")


def choose(column: pd.Series, question: Question, said: Mapping[str, str]) -> tuple[pd.Series, pd.Series]:
    """Choice names for a column of labels or names, and which filled cells are no offered answer.

    said  answers as exported -> choice name, from the sidecar (a label the platform changed)
    """
    known = {plain(choice.label): choice.name for choice in question.choices}
    known |= {plain(choice.name): choice.name for choice in question.choices}
    known |= {plain(text): name for text, name in said.items()}
    filled = column != ""
    names = plain_column(column).map(known)
    return names.astype("str").where(filled), filled & names.isna()


def split(cell: str, question: Question, said: Mapping[str, str] | None = None) -> list[str]:
    """The answers in one select-multiple cell: labels between ";" or "|", else names between spaces.

    >>> q = Question("m", "select_multiple", "", ())
    >>> split("Peers; My mentor", q), split("peers mentor", q)
    (['Peers', 'My mentor'], ['peers', 'mentor'])
    """
    if re.search(r"[;|]", cell):
        return [part.strip() for part in re.split(r"[;|]", cell) if part.strip()]
    offered = {plain(text) for text in [*(choice.label for choice in question.choices), *(said or {})]}
    return [cell] if plain(cell) in offered else cell.split()


def numbers(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers for a column of text, and which filled cells are none. A decimal comma is understood;
    a comma before three digits is not ("1,000"), since it may separate thousands."""
    filled = column != ""
    clear = column.where(filled & ~column.str.fullmatch(THOUSANDS))
    values = pd.to_numeric(clear.str.replace(",", ".", regex=False), errors="coerce").astype("float64")
    values = values.where(np.isfinite(values))
    return values, filled & values.isna()


def dates(column: pd.Series, form: str | None = None) -> tuple[pd.Series, pd.Series]:
    """Dates (to the second) for a column of text, ISO 8601 unless a `strptime` form is declared, and
    which filled cells are none. A time zone is dropped after conversion to UTC."""
    filled = column != ""
    texts = column.where(filled)
    parsed = pd.to_datetime(texts, format=form or "ISO8601", errors="coerce", utc=True)
    return parsed.dt.tz_localize(None).astype("datetime64[s]"), filled & parsed.isna()


def unknown(
    column: pd.Series, bad: pd.Series, problem: str, remedy: str, *, origin: Origin, name: str
) -> list[Finding]:
    """Blocking findings for the cells marked `bad`: the first `SHOWN` with their row, the rest in one."""
    rows = column.index[bad.to_numpy(dtype=bool)]
    found = [
        origin.finding("block", problem, remedy, row=row, column=name, answer=str(column[row]))
        for row in rows[:SHOWN]
    ]
    rest = len(rows) - len(found)
    more = origin.finding("block", f"{rest} more answers: {problem}", remedy, column=name, count=rest)
    return [*found, more] if rest else found
