"""A filled attendance sheet (`plan.session_sheet`) as text: every cell to the right of its line's head.

Nothing is interpreted and nothing passed over: what stands where the sheet has no place for it is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ksn_research.errors import Finding, ReadError
from ksn_research.plan.drift import plain
from ksn_research.plan.session_sheet import CIRCLE, DATE, FIRST, GUIDE, LINES, MEMBERS
from ksn_research.read import read_file, workbook
from ksn_research.read.sheet import Sheet

FORMAT = "session_sheet"
COLUMNS = {
    "sheet": "str", "circle": "str", "column": "str", "row": "Int64", "line": "str", "head": "str",
    "text": "str",
}  # fmt: skip
HEADS = {plain(label): line for label, line in {**LINES, MEMBERS: "members"}.items()}
LONGEST = 31  # letters of a worksheet's name, in what is said of it


@dataclass(frozen=True)
class SessionBook:
    """The filled cells of a workbook's circle pages.

    cells     sheet, circle (as the page says), column (its letters), row, line ("date", "guests", "rating",
              "note", or "member"), head (what stands in the line's first cell: a member code, or "") and text
    """

    file: str
    cells: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def place(column: str, sheet: str) -> str:
    """Where a cell stands, as findings say it.

    >>> place("D", "C01")
    'D of sheet C01'
    """
    return f"{column} of sheet {sheet[:LONGEST]}"


def read_session_sheet(path: Path, source: str = "") -> SessionBook:
    """The workbook's pages with a circle in their first line.

    Raises ReadError when it is no .xlsx workbook, or has no such page.
    """
    return session_book(workbook.sheets(read_file(path), path.name, source), path.name, source)


def session_book(pages: list[Sheet], file: str, source: str = "") -> SessionBook:
    """See `read_session_sheet`."""
    filled = [page for page in pages if page.frame.size]
    ours = [page for page in filled if _is_ours(page)]
    if not ours:
        raise ReadError(
            f"no sheet has `{CIRCLE}` in its first cell",
            remedy="take the sheets that `ksn instrument session-form` writes, and change no locked cell",
            file=file,
        )
    frames = [_cells(page) for page in ours]
    cells = pd.concat(frames, ignore_index=True)
    told = _Told(file, source)
    findings = [
        *(told.unread(page) for page in filled if not _is_ours(page) and page.name != GUIDE),
        *(replace(one, column=place(one.column, page.name)) for page in ours for one in page.findings),
        *(found for page in ours for found in (*told.lacking(page), *told.untold(page))),
        *told.misplaced(cells),
    ]
    return SessionBook(file, cells[~cells["line"].isin(MISPLACED)].reset_index(drop=True), tuple(findings))


MISPLACED = ("members",)


def _cells(page: Sheet) -> pd.DataFrame:
    """The filled cells of one page from the third column on, the first line's apart."""
    from openpyxl.utils import get_column_letter

    frame = page.frame.iloc[1:]
    heads = frame[0].map(lambda text: HEADS.get(plain(text), "member"))
    right = frame.iloc[:, FIRST - 1 :].rename_axis(index="row").reset_index()
    long = right.melt("row", var_name="column", value_name="text")
    long = long[long["text"] != ""]
    made = long.assign(
        sheet=page.name,
        circle=_circle(page),
        line=long["row"].map(heads),
        head=long["row"].map(frame[0]),
        column=long["column"].map(lambda i: get_column_letter(int(i) + 1)),
    )
    made["head"] = made["head"].where(made["line"] == "member", "")
    return made[[*COLUMNS]].astype(COLUMNS)


def _is_ours(page: Sheet) -> bool:
    return plain(str(page.frame.iloc[0, 0])) == plain(CIRCLE)


def _circle(page: Sheet) -> str:
    return str(page.frame.iloc[0, 1]) if page.frame.shape[1] > 1 else ""


@dataclass(frozen=True)
class _Told:
    """What is odd about the pages."""

    file: str
    source: str

    def finding(self, severity: str, problem: str, remedy: str, row: int | None, column: str) -> Finding:
        return Finding(
            severity=severity, source=self.source, file=self.file, row=row, column=column,
            problem=problem, remedy=remedy,
        )  # fmt: skip

    def unread(self, page: Sheet) -> Finding:
        problem = f"the sheet is not read: its first cell is not `{CIRCLE}`"
        remedy = "write the meetings into the circle's own sheet; otherwise none needed"
        return self.finding("warn", problem, remedy, None, place("A", page.name))

    def untold(self, page: Sheet) -> Iterator[Finding]:
        """A page that says of no circle, and is not empty."""
        if not _circle(page) and (page.frame.iloc[1:, FIRST - 1 :] != "").any(axis=None):
            yield self.finding(
                "block", "the sheet does not say which circle it is of", "write the circle's code there", 1,
                place("B", page.name),
            )  # fmt: skip

    def lacking(self, page: Sheet) -> Iterator[Finding]:
        """The line of dates must stand there, and each line that is not a member's but once."""
        lines = page.frame.iloc[1:][0].map(lambda text: HEADS.get(plain(text), ""))
        if not (lines == "date").any():
            problem, remedy = f"there is no line `{DATE}`", "write it into the first column again"
            yield self.finding("block", problem, remedy, None, place("A", page.name))
        told = lines[lines != ""]
        for row in told.index[told.duplicated()]:
            problem, remedy = "the same line stands above", "keep one of the two"
            yield self.finding("block", problem, remedy, int(row), place("A", page.name))
        if not (page.frame.iloc[1:, FIRST - 1 :] != "").any(axis=None):
            problem, remedy = "no meeting is entered", "none needed, if the circle did not meet"
            yield self.finding("note", problem, remedy, None, place("A", page.name))

    def misplaced(self, cells: pd.DataFrame) -> Iterator[Finding]:
        """Text beside the heading of the members, where nothing belongs."""
        own = cells[cells["line"].isin(MISPLACED)]
        for row, column, sheet in zip(own["row"], own["column"], own["sheet"], strict=True):
            problem, remedy = "nothing belongs there, and it is not read", "move it to the line it belongs in"
            yield self.finding("block", problem, remedy, int(row), place(column, sheet))
