"""Records of text, whatever they were read from: the form that every reader of a table starts with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ksn_research.errors import Finding

LOOKED_AT = 5  # records by which a format is recognised
AT_ONCE = 5000  # records turned into columns at a time, which keeps memory near that of the columns


@dataclass(frozen=True)
class Sheet:
    """A file's records (or one worksheet's), nothing interpreted.

    frame     text without spaces around it, "" for an empty cell; as wide as the first record; the index
              `row` is the record's number, from 1
    name      the worksheet, "" where a file has but one
    overlong  record and number of cells of the first record that has text beyond the first one's width
    """

    file: str
    frame: pd.DataFrame
    name: str = ""
    overlong: tuple[int, int] | None = None
    findings: tuple[Finding, ...] = ()

    def head(self, records: int = LOOKED_AT) -> list[list[str]]:
        """The first records as lists."""
        return self.frame.head(records).to_numpy(dtype=object).tolist()

    def __len__(self) -> int:
        return len(self.frame)


def sheet(
    records: Iterable[list[str]], *, file: str, name: str = "", findings: Iterable[Finding] = ()
) -> Sheet:
    """Records into columns of text.

    Short records are filled with empty cells, as spreadsheets drop trailing ones. Cells stay in dictionaries
    until the end: survey answers repeat, and a million Python texts would cost many times the table.
    """
    source = _without_tail(records)
    width, overlong, done = 0, None, 0
    parts: list[list[pa.Array]] = []
    while chunk := list(islice(source, AT_ONCE)):
        if not done:
            width, parts = len(chunk[0]), [[] for _ in chunk[0]]
        if any(len(record) != width for record in chunk):
            overlong = overlong or _overlong(chunk, width, done)
            chunk = [(record + [""] * width)[:width] for record in chunk]
        for part, cells in zip(parts, zip(*chunk, strict=True), strict=True):
            part.append(pa.array(cells, pa.string()).dictionary_encode())
        done += len(chunk)
    index = pd.RangeIndex(1, done + 1, name="row")
    frame = pd.DataFrame({i: _text(part).set_axis(index) for i, part in enumerate(parts)}, index=index)
    return Sheet(file, frame, name, overlong, tuple(findings))


def _without_tail(records: Iterable[list[str]]) -> Iterator[list[str]]:
    """The records without empty lines at the end, which are no records."""
    held: list[list[str]] = []
    for record in records:
        if len(record) < 2 and not "".join(record).strip():
            held.append(record)
            continue
        yield from held
        held.clear()
        yield record


def _overlong(chunk: list[list[str]], width: int, before: int) -> tuple[int, int] | None:
    found = ((i, len(record)) for i, record in enumerate(chunk, before + 1) if any(record[width:]))
    return next(found, None)


def _text(part: list[pa.Array]) -> pd.Series:
    cells = []
    for array in part:
        trimmed = pc.utf8_trim_whitespace(array.dictionary)
        cells.append(pa.DictionaryArray.from_arrays(array.indices, trimmed).dictionary_decode())
    part.clear()
    return pa.chunked_array(cells, pa.string()).to_pandas().astype("str")
