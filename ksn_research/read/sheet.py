"""Records of text, whatever they were read from: the form that every reader of a table starts with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ksn_research.errors import Finding, ReadError

LOOKED_AT = 5  # records by which a format is recognised
AT_ONCE = 5000  # records turned into columns at a time, which keeps memory near that of the columns
CELLS_AT_ONCE = 2_000_000  # in wide tables
MAX_COLUMNS = 10_000  # no survey has as many; a line of a million commas would take minutes


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
        if records > LOOKED_AT:
            return _lists(self.frame.head(records))
        return [list(record) for record in self._start[:records]]

    @cached_property
    def _start(self) -> list[list[str]]:
        return _lists(self.frame.head(LOOKED_AT))

    def __len__(self) -> int:
        return len(self.frame)


def sheet(
    records: Iterable[list[str]], *, file: str, name: str = "", findings: Iterable[Finding] = ()
) -> Sheet:
    """Records into columns of text.

    Short records are filled with empty cells, as spreadsheets drop trailing ones. Cells stay in dictionaries
    until the end: survey answers repeat, and a million Python texts would cost many times the table.

    Raises ReadError for a first record of more than `MAX_COLUMNS` cells.
    """
    source = _without_tail(records)
    first = list(islice(source, 1))
    width, overlong, done = len(first[0]) if first else 0, None, 0
    if width > MAX_COLUMNS:
        raise ReadError(
            f"the header has {width} cells, more than the {MAX_COLUMNS} columns that are read",
            remedy="look for an unclosed quotation mark or a wrong separator, or export fewer columns",
            file=file,
            row=1,
        )
    parts: list[list[pa.Array]] = [[] for _ in range(width)]
    at_once = max(1, min(AT_ONCE, CELLS_AT_ONCE // max(width, 1)))
    source = chain(first, source)
    while chunk := list(islice(source, at_once)):
        if any(len(record) != width for record in chunk):
            overlong = overlong or _overlong(chunk, width, done)
            chunk = [(record + [""] * width)[:width] for record in chunk]
        for part, cells in zip(parts, zip(*chunk, strict=True), strict=True):
            part.append(pa.array(cells, pa.string()).dictionary_encode())
        done += len(chunk)
    table = pa.table({str(i): _text(part) for i, part in enumerate(parts)})
    frame = (
        table.to_pandas(self_destruct=True).astype("str", copy=False).set_axis(pd.RangeIndex(width), axis=1)
    )
    frame.index = pd.RangeIndex(1, done + 1, name="row")
    return Sheet(file, frame, name, overlong, tuple(findings))


def _lists(frame: pd.DataFrame) -> list[list[str]]:
    return frame.to_numpy(dtype=object).tolist()


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


def _text(part: list[pa.Array]) -> pa.Array:
    cells = []
    for array in part:
        trimmed = pc.utf8_trim_whitespace(array.dictionary)
        cells.append(pa.DictionaryArray.from_arrays(array.indices, trimmed).dictionary_decode())
    part.clear()
    return pa.concat_arrays(cells)
