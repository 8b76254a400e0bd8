"""Where a coded passage lies in its transcript, whichever way the tool that coded it counted.

Tools that write coded interviews agree on "a start and an end position" and on little else: some count a
Windows line end as one character and some as two, some count an emoji as two or letters by their bytes, some
count the byte order mark, some count from one, some give the last character instead of the one after it.
`settle` finds out by trying: where a selection's name repeats the coded words, the way of counting under
which most names fit is the one that was used. Everything else of the package sees one way only: code points
of `canonical` text, from 0, end exclusive. Imports nothing of the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BOM = "\ufeff"
STORED, ONE, TWO = "as stored", "as one", "as two"
PARAGRAPH = re.compile(r"[^\n]*[^\s][^\n]*")
CUT = ("…", "...")
ELLIPSIS = re.compile(r"(?:…|\.\.\.)$")
UNITS = (("utf8", ("utf-8", "u1")), ("utf16", ("utf-16-le", "<u2")), (None, ("utf-32-le", "<u4")))
NOT_ASCII = re.compile(r"[^\x00-\x7f]")
LINE = re.compile(r"line:(\d{1,9})")
MATCH_RATE = 0.95
SHORTEST_CUT = 20  # a cut name shorter than this is a label that happens to end in dots


@dataclass(frozen=True)
class Convention:
    """One way of counting positions.

    utf16      characters beyond the basic plane (most emoji) count as two
    newline    a line end counts "as stored", "as one" or "as two" characters
    bom        a byte order mark at the start of the text is counted
    inclusive  the end position is the last character, not the one after it
    utf8       bytes of UTF-8 are counted, not characters
    first      the number of the first character, 0 or 1
    """

    utf16: bool = False
    newline: str = STORED
    bom: bool = False
    inclusive: bool = False
    utf8: bool = False
    first: int = 0

    def __str__(self) -> str:
        unit = "UTF-8 bytes" if self.utf8 else "UTF-16 units" if self.utf16 else "code points"
        mark = ", byte order mark counted" if self.bom else ""
        start = f" from {self.first}" if self.first else ""
        end = "inclusive" if self.inclusive else "exclusive"
        return f"{unit}{start}, line ends {self.newline}{mark}, end {end}"


def canonical(raw: str) -> str:
    """The text without byte order mark and with every line end as one newline.

    >>> canonical("\\ufeffone\\r\\ntwo\\rthree")
    'one\\ntwo\\nthree'
    """
    return raw.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def ruler(raw: str, convention: Convention) -> NDArray[np.int64]:
    """For each position that the convention knows, the position in `canonical(raw)`.

    >>> ruler("a\\r\\nb", Convention()).tolist()
    [0, 1, 2, 2, 3]
    >>> ruler("a\\nb", Convention(newline="as two")).tolist()
    [0, 1, 2, 2, 3]
    >>> ruler("é!", Convention(utf8=True)).tolist()
    [0, 1, 1, 2]
    """
    text = _as_counted(raw, convention)
    coding, kind = next(how for unit, how in UNITS if unit is None or getattr(convention, unit))
    marks = np.frombuffer(text.encode(coding, "surrogatepass"), dtype=kind)
    step = np.ones(len(marks), dtype=np.int64)
    step[1:][(marks[1:] == 10) & (marks[:-1] == 13)] = 0
    if convention.utf16:
        step[(marks >= 0xDC00) & (marks < 0xE000)] = 0
    if convention.utf8:
        step[(marks & 0xC0) == 0x80] = 0
    if text.startswith(BOM):
        step[0] = 0
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(step)])


def _as_counted(raw: str, convention: Convention) -> str:
    mark = BOM if convention.bom and raw.startswith(BOM) else ""
    if convention.newline == STORED:
        return mark + raw.removeprefix(BOM)
    plain = canonical(raw)
    return mark + (plain if convention.newline == ONE else plain.replace("\n", "\r\n"))


def possible(texts: Iterable[str], firsts: Iterable[int] = (0,)) -> list[Convention]:
    """The conventions that can differ on these texts, the plainest first.

    firsts  the numbers that the first character may have
    """
    whole = list(texts)
    widest = max((max(text, default="") for text in whole), default="")
    wide = widest > "\uffff"
    broken = any("\n" in text or "\r" in text for text in whole)
    marked = any(text.startswith(BOM) for text in whole)
    units = [(False, False), *[(True, False)] * wide, *[(False, True)] * (widest > "\x7f")]
    newlines = (STORED, ONE, TWO) if broken else (STORED,)
    marks = (False, True) if marked else (False,)
    ways = product(firsts, (False, True), marks, units, newlines)
    return [Convention(wide, n, b, i, narrow, f) for f, i, b, (wide, narrow), n in ways]


def locate(selections: pd.DataFrame, texts: Mapping[str, str], convention: Convention) -> pd.DataFrame:
    """Canonical positions and words of selections.

    selections  columns source, start, end (Int64, as the file has them; NA for a whole source)
    texts       raw text by source; a source without text is left out

    Returns start, end (Int64) and passage (str), on the index of `selections`. Where a source has no text the
    positions are kept, the end made exclusive, and the passage is missing; a position outside its text
    becomes NA.
    """
    start = _floats(selections["start"]) - convention.first
    end = _floats(selections["end"]) - convention.first + convention.inclusive
    words = np.full(len(selections), None, dtype=object)
    for source, at in selections.groupby("source").indices.items():
        if source in texts:
            start[at], end[at], words[at] = _measured(start[at], end[at], texts[str(source)], convention)
    found = pd.DataFrame({"start": start, "end": end}, index=selections.index).astype("Int64")
    return found.assign(passage=pd.Series(words, index=selections.index, dtype=object))


def _floats(column: pd.Series) -> NDArray[np.float64]:
    """Positions as numbers, missing as nan."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)


def _measured(
    start: NDArray[np.float64], end: NDArray[np.float64], raw: str, convention: Convention
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    scale, text = ruler(raw, convention), canonical(raw)
    inside = (start >= 0) & (end > start) & (end < len(scale))
    first = scale[np.where(inside, start, 0).astype(np.int64)]
    after = scale[np.where(inside, end, 0).astype(np.int64)]
    words = np.full(len(start), None, dtype=object)
    words[:] = [text[a:b] if fit else None for a, b, fit in zip(first, after, inside, strict=True)]
    return np.where(inside, first, np.nan), np.where(inside, after, np.nan), words


def settle(
    selections: pd.DataFrame, texts: Mapping[str, str], *, exact: bool = False, firsts: Iterable[int] = (0,)
) -> tuple[Convention, float | None]:
    """The convention under which most selection names fit their passages, and the share that fits.

    selections has columns source, start, end, name. The share is None where no name repeats coded words, or
    there is no text to hold them against: then nothing is verified, and only the lengths of the names say
    whether ends are inclusive.

    exact   every name repeats the coded words (a database that keeps them), none is a label
    firsts  the numbers that the first character may have
    """
    checked = selections[checkable(selections, exact)]
    with_text = checked[checked["source"].isin(list(texts))]
    if with_text.empty:
        return Convention(inclusive=_longer_by_one(checked)), None
    best, score = Convention(), (-1, -1)
    for option in possible(texts.values(), firsts):
        found = _score(with_text, texts, option)
        best, score = (option, found) if found > score else (best, score)
        if score == (len(with_text), 2 * len(with_text)):
            break
    rate = score[0] / len(with_text)
    named = (selections["source"].isin(list(texts)) & (selections["name"] != "")).sum()
    if rate == 0 and not exact and len(with_text) < 0.2 * named:
        return Convention(), None
    return best, rate


def with_lines(selections: pd.DataFrame, texts: Mapping[str, str]) -> pd.DataFrame:
    """Selections of which names that tell a line ("line:6", as qc writes) are that line's words.

    Lines are counted from 0 or from 1, whichever puts 95 % of them where the file says; where neither does,
    names stay labels, which verify nothing.
    """
    numbers = selections["name"].str.extract(f"^{LINE.pattern}$")[0]
    told = numbers.notna() & selections["source"].isin(list(texts))
    for first in (0, 1) if told.any() else ():
        lines = {key: canonical(text).split("\n") for key, text in texts.items()}
        pairs = zip(selections.loc[told, "source"], numbers[told].astype("int64") - first, strict=True)
        words = [lines[key][at] + "\n" if 0 <= at < len(lines[key]) else "" for key, at in pairs]
        tried = selections.assign(
            name=selections["name"].mask(told, pd.Series(words, index=numbers[told].index))
        )
        rate = settle(tried[told], texts, exact=True)[1]
        if rate is not None and rate >= MATCH_RATE and "" not in words:
            return tried
    return selections


def checkable(selections: pd.DataFrame, exact: bool = False) -> pd.Series:
    """Which names can be held against their passage: all that there are, or those that repeat the words."""
    if exact:
        return (selections["name"] != "") & selections["start"].notna() & selections["end"].notna()
    return repeats_words(selections)


def _score(checked: pd.DataFrame, texts: Mapping[str, str], convention: Convention) -> tuple[int, int]:
    passages = locate(checked, texts, convention)["passage"]
    fit = [fits(name, words) for name, words in zip(checked["name"], passages, strict=True)]
    return sum(f > 0 for f in fit), sum(fit)


def fits(name: str, passage: str | None) -> int:
    """How a name fits a passage: 2 to the letter, 1 but for blanks, 0 not.

    XML keeps no line ends in attributes, so any white space equals any other.

    >>> fits("one two", "one\\ntwo"), fits("one two", "one  two "), fits("one", "two")
    (2, 1, 0)
    """
    if passage is None or not isinstance(passage, str):
        return 0
    if name == passage:
        return 2
    if not name.endswith(CUT) and name.split() != passage.split():  # most are unlike, and splitting is quick
        return 0
    said, words = _blank(name), _blank(passage)
    cut = ELLIPSIS.sub("", said)
    if said == words or (len(SHORTEST_CUT * " ") <= len(cut) < len(said) and words.startswith(cut)):
        return 2
    return int(" ".join(said.split()) == " ".join(words.split()))


def _blank(text: str) -> str:
    return re.sub(r"\r\n|\s", " ", text)


def repeats_words(selections: pd.DataFrame) -> pd.Series:
    """Which names can be the coded words: as long as the passage, or its beginning followed by dots."""
    length = (selections["end"] - selections["start"]).astype("float64")
    said = selections["name"].str.len()
    cut = selections["name"].str.contains(ELLIPSIS.pattern, regex=True) & said.between(SHORTEST_CUT, length)
    # A passage may count longer than its name: an emoji as two, a blank that was a line end as two.
    spare = selections["name"].str.count("[\\s\U00010000-\U0010ffff]") + 3
    near = (said - length <= 3) & (length - said <= spare)
    near |= ((length - _bytes(selections["name"])).abs() <= 3) & selections["name"].str.contains(NOT_ASCII)
    return (said > 0) & length.notna() & (cut | near)


def _bytes(names: pd.Series) -> pd.Series:
    sizes = [len(str(name).encode("utf-8", "surrogatepass")) for name in names]
    return pd.Series(sizes, index=names.index, dtype="float64")


def _longer_by_one(checked: pd.DataFrame) -> bool:
    """Whether, more often than not, names are one longer than end minus start."""
    extra = checked["name"].str.len() - (checked["end"] - checked["start"]).astype("float64")
    return bool((extra == 1).sum() > (extra == 0).sum())


def paragraphs(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends of the paragraphs of canonical text: its lines that are not blank.

    >>> [edge.tolist() for edge in paragraphs("A: hello\\n\\nB: yes")]
    [[0, 10], [8, 16]]
    """
    spans = [match.span() for match in PARAGRAPH.finditer(text)]
    edges = np.array(spans, dtype=np.int64).reshape(-1, 2)
    return edges[:, 0], edges[:, 1]


def units_of(text: str, start: pd.Series, end: pd.Series) -> pd.DataFrame:
    """First and last paragraph (from 0) that passages of canonical text touch; nan where there is none."""
    starts, ends = paragraphs(text)
    at, until = _floats(start), _floats(end)
    first = np.searchsorted(ends, np.nan_to_num(at), side="right")
    last = np.maximum(first, np.searchsorted(starts, np.nan_to_num(until) - 1, side="right") - 1)
    known = np.isfinite(at) & np.isfinite(until) & (first < len(ends))
    touched = np.where(known[:, None], np.stack([first, last], axis=1), np.nan)
    return pd.DataFrame(touched, index=start.index, columns=["unit", "unit_last"])


def plain(raw: str) -> bool:
    """Whether every convention puts starts at the same place: no mark, no line end but "\\n", no emoji.

    A tool that counts "\\n" as two still differs; only a name that repeats the words can show that.
    """
    return not raw.startswith(BOM) and "\r" not in raw and max(raw, default="") <= "\uffff"
