"""What every reader of a survey tool's export gives: a frame of text and a description of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, ReadError
from ksn_research.read.sheet import Sheet

# What is known of an exported column; all text, "" where the file does not say.
COLUMNS = ("heading", "item", "name", "group", "choice", "role", "zone", "decimal")
# What a tool records about a response. A column with a role is no answer.
ROLES = (
    "id", "started", "ended", "submitted", "duration", "status", "progress", "finished", "language",
    "version", "device", "meta",
)  # fmt: skip


@dataclass(frozen=True)
class Export:
    """One export, nothing interpreted.

    frame     text, "" for an empty cell; one column per exported column (0, 1, ...); the index `row` is the
              record's number in the file, the header being row 1
    columns   one line per exported column:
              heading  the question's words as exported (a grid's stem), or whatever heads the column
              item     the line of a grid, or the choice, in words
              name     the tool's own name of the column (export tag, field name, path)
              group    for one of several columns of one question: the tool's name of that question
              choice   for one column per offered choice: the choice's code
              role     what the tool recorded here about the response (one of `ROLES`), "" for an answer
              zone     time zone of its times ("America/Chicago", "UTC")
              decimal  "," where the file's own dictionary says that numbers have a decimal comma
    blank     rows that hold nothing at all (they are not in `frame`)
    codes     by column: code -> label, where the file (or its dictionary) says what its codes mean
    missing   by column: text -> kind of missing that the file declares for it (an SPSS user-missing value)
    unread    names of further worksheets or tables of the file that were not read
    """

    file: str
    format: str
    frame: pd.DataFrame
    columns: pd.DataFrame
    blank: int
    findings: tuple[Finding, ...] = ()
    codes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    def role(self, name: str) -> pd.Series | None:
        """The first column that has a role, None where none has it."""
        found = self.columns.index[self.columns["role"] == name]
        return self.frame[found[0]] if len(found) else None


def build(
    records: Sheet,
    headers: int,
    *,
    format: str,
    columns: Mapping[str, Iterable[str]] | None = None,
    **more: Any,
) -> Export:
    """An Export from records whose first `headers` are header rows.

    columns  what is known of the columns, by the names in `COLUMNS`; `heading` is the first record where it
             is not given
    more     `codes`, `missing`, `unread` of the Export

    Raises ReadError with the row for a record that has text beyond the header's width, since it cannot be
    placed.
    """
    if records.overlong is not None:
        row, cells = records.overlong
        raise ReadError(
            f"the row has {cells} cells and the header {records.frame.shape[1]}",
            remedy="look for an unquoted separator in that row",
            file=records.file,
            row=row,
        )
    body = records.frame.iloc[headers:]
    filled = np.zeros(len(body), dtype=bool)
    for name in body:
        filled |= np.asarray(body[name].array != "")
    known = {"heading": records.head(1)[0] if len(records) else [], **(columns or {})}
    described = pd.DataFrame({name: list(known.get(name, [])) or "" for name in COLUMNS}, index=body.columns)
    return Export(
        records.file,
        format,
        body if filled.all() else body[filled],
        described.astype("str"),
        int((~filled).sum()),
        records.findings,
        **more,
    )
