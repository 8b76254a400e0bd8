"""What every reader of a survey tool's export gives: a frame of text and a description of its columns."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ksn_research.errors import Finding, ReadError


@dataclass(frozen=True)
class Export:
    """One export, nothing interpreted.

    frame     text, "" for an empty cell; one column per exported column (0, 1, ...); the index `row` is the
              record's number in the file, the header being row 1
    columns   one line per exported column: heading (first header row), item (second header row, else "")
    blank     rows that hold nothing at all (they are not in `frame`)
    """

    file: str
    format: str
    frame: pd.DataFrame
    columns: pd.DataFrame
    blank: int
    findings: tuple[Finding, ...] = ()


def build(rows: list[list[str]], headers: int, *, file: str, format: str, findings: list[Finding]) -> Export:
    """An Export from records of text whose first `headers` records are header rows (1 or 2).

    A record shorter than the header is filled with empty cells, as spreadsheets drop trailing ones; one
    that is longer cannot be placed and raises ReadError with its row.
    """
    width = len(rows[0])
    body = rows[headers:]
    for i, row in enumerate(body, headers + 1):
        if any(row[width:]):
            raise ReadError(
                f"the row has {len(row)} cells and the header {width}",
                remedy="look for an unquoted separator in that row",
                file=file,
                row=i,
            )
    frame = pd.DataFrame([(row + [""] * width)[:width] for row in body], dtype="str", columns=range(width))
    frame.index = pd.RangeIndex(headers + 1, headers + 1 + len(body), name="row")
    filled = (frame != "").any(axis=1)
    items = (rows[1] + [""] * width)[:width] if headers == 2 else [""] * width
    columns = pd.DataFrame({"heading": rows[0], "item": items}, dtype="str")
    return Export(file, format, frame[filled], columns, int((~filled).sum()), tuple(findings))
