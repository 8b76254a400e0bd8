"""The sheet in which people code the open comments of a survey: one line a comment, `.csv` or `.xlsx`.

Columns: key (by which a comment is found again, see `score.comments`), response (its row in the export),
wave, circle, question, comment, theme_1, theme_2, theme_3 (more may be added, and a cell may hold several,
split by semicolons), coder, note. A workbook has a second sheet `themes` for a list of the themes that may be
used.

A comment may begin as a formula does. In a workbook it is written as text; in a CSV an apostrophe is put
before what a spreadsheet would run, at the start and after every sign that may separate cells
(OWASP, "CSV Injection"). Comparing takes these apostrophes out again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ksn_research.errors import ReadError
from ksn_research.plan.drift import plain
from ksn_research.plan.xlsform import FORBIDDEN, fixed
from ksn_research.read import read_file
from ksn_research.read.plain import plain_table
from ksn_research.read.text import decoded, separator, text_sheet
from ksn_research.read.workbook import looks_so, sheets

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEAD = (
    "key", "response", "wave", "circle", "question", "comment", "theme_1", "theme_2", "theme_3", "coder",
    "note",
)  # fmt: skip
NEEDED = ("key", "circle", "question", "comment", "theme_1")
THEME = re.compile(r"theme_?\d*")
COMMENTS, THEMES = "comments", "themes"  # worksheets
LONGEST = 30_000  # letters of a comment; a cell of a workbook holds 32,767
SIGNS = "=+@\\-\uff1d\uff0b\uff0d\uff20"
RUN = re.compile(rf"(^|[\n\t;,|])([\s\"]*)(?=[{SIGNS}])")
GUARD = re.compile(rf"'(?=[{SIGNS}])")
WIDTHS = {"key": 15, "comment": 70, "note": 30}
SPARE = 500  # rows below the comments that offer the themes too


@dataclass(frozen=True)
class CodingSheet:
    """A coding sheet, as read.

    lines   text, "" for an empty cell; columns key, circle, question, comment, coder ("" where there is none)
            and the columns of themes; the index is the line's number in the file, the header being 1
    themes  the workbook's own list of themes; empty where it has none
    blank   lines that hold nothing
    """

    file: str
    lines: pd.DataFrame
    themes: tuple[str, ...] = ()
    blank: int = 0

    @property
    def theme_columns(self) -> list[str]:
        return [str(name) for name in self.lines if THEME.fullmatch(str(name))]


def load_sheet(path: Path, source: str) -> CodingSheet:
    """A coding sheet. Raises ReadError where it cannot be read, or lacks a column."""
    data = read_file(path)
    pages = sheets(data, path.name, source) if looks_so(data) else [text_sheet(data, path.name, source)]
    by_name = {plain(page.name): page for page in pages}
    export = plain_table(by_name.get(COMMENTS, pages[0]))
    lines = export.frame.set_axis([_head(text) for text in export.columns["heading"]], axis="columns")
    lines = lines.loc[:, ~lines.columns.duplicated()]
    lacking = [name for name in NEEDED if name not in lines]
    if lacking:
        raise ReadError(
            f"the coding sheet lacks the column `{lacking[0]}`",
            remedy="leave the header as `ksn instrument coding-sheet` wrote it",
            file=path.name,
            row=1,
        )
    listed = by_name.get(THEMES)
    themes = () if listed is None else tuple(text for text in listed.frame.iloc[1:, 0] if text)
    kept = [name for name in lines if name in (*NEEDED, "coder") or THEME.fullmatch(str(name))]
    whole = lines[kept].assign(coder=lines.get("coder", ""))
    return CodingSheet(path.name, whole, themes, export.blank)


def compared(text: str) -> str:
    """A comment as it is held against another: as a sheet would show it, case and white space apart.

    >>> compared("'=1+1;\\n'-2") == compared("=1+1; -2")
    True
    """
    return GUARD.sub("", plain(as_written(text)))


def as_written(text: str) -> str:
    """A comment without what no workbook can hold."""
    return FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST]


def guarded(text: str) -> str:
    """Text that a spreadsheet takes for text, whatever separator it expects.

    >>> guarded('=HYPERLINK("x")'), guarded("no;=1+1"), guarded("well - done")
    ('\\'=HYPERLINK("x")', "no;'=1+1", 'well - done')
    """
    return RUN.sub(r"\1\2'", as_written(text))


def sheet_bytes(
    file: str,
    before: bytes | None,
    lines: pd.DataFrame,
    changed: Mapping[int, Mapping[str, str]],
    themes: Sequence[str] = (),
) -> bytes:
    """A coding sheet with further lines below those that it has; whatever stands in it stays.

    file     its name, which says the kind
    before   the file as it stands, None for a new one
    lines    columns among `HEAD`, text
    changed  line number -> column -> text, for cells that tell where a comment is: never for codes
    themes   the list of themes for a new workbook
    """
    if Path(file).suffix.lower() == ".xlsx":
        return _workbook(before, lines, changed, themes)
    return _csv(file, before, lines, changed)


def _csv(
    file: str, before: bytes | None, lines: pd.DataFrame, changed: Mapping[int, Mapping[str, str]]
) -> bytes:
    mark, rows = ",", [[name for name in HEAD if name != "wave" or "wave" in lines]]
    if before is not None:
        text, _ = decoded(before, file, "")
        mark = separator(text)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
        while not any(cell.strip() for cell in rows[-1]):
            rows.pop()
    heads = [_head(text) for text in rows[0]]
    for number, cells in changed.items():
        rows[number - 1] += [""] * (len(heads) - len(rows[number - 1]))
        for name, text in cells.items():
            rows[number - 1][heads.index(name)] = guarded(text)
    rows += [[guarded(line.get(name, "")) for name in heads] for line in _lines(lines)]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows(rows)
    # With the mark: without it a spreadsheet takes the letters for those of another encoding.
    return out.getvalue().encode("utf-8-sig")


def _workbook(
    before: bytes | None,
    lines: pd.DataFrame,
    changed: Mapping[int, Mapping[str, str]],
    themes: Sequence[str],
) -> bytes:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(before)) if before is not None else _new_book(lines, themes)
    page = next((one for one in book.worksheets if plain(one.title) == COMMENTS), book.worksheets[0])
    heads = [_head(str(cell.value or "")) for cell in page[1]]
    for number, cells in changed.items():
        for name, text in cells.items():
            _put(page, number, heads.index(name) + 1, text)
    last = page.max_row
    while last > 1 and all(cell.value is None for cell in page[last]):
        last -= 1
    for number, line in enumerate(_lines(lines), start=last + 1):
        for column, name in enumerate(heads, start=1):
            _put(page, number, column, line.get(name, ""))
    return fixed(book)


def _put(page: Worksheet, row: int, column: int, text: str) -> None:
    """A cell of text that stays text when somebody edits it."""
    if text:
        from openpyxl.styles import Alignment

        cell: Any = page.cell(row, column)
        cell.value, cell.data_type, cell.quotePrefix = as_written(text), "s", True
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _new_book(lines: pd.DataFrame, themes: Sequence[str]) -> Any:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    page, listed = book.worksheets[0], book.create_sheet(THEMES)
    page.title = COMMENTS
    heads = [name for name in HEAD if name != "wave" or "wave" in lines]
    tables = ((page, [heads]), (listed, [["theme", "what it means"], *([one] for one in themes)]))
    for sheet, rows in tables:
        for row, cells in enumerate(rows, start=1):
            for column, text in enumerate(cells, start=1):
                _put(sheet, row, column, text)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    for column, name in enumerate(heads, start=1):
        page.column_dimensions[get_column_letter(column)].width = WIDTHS.get(name, 16)
    listed.column_dimensions["A"].width, listed.column_dimensions["B"].width = 24, 70
    # A warning that may be passed over: a theme nobody thought of before has to be possible.
    offered = DataValidation(
        "list", f"{THEMES}!$A$2:$A$200", allow_blank=True, errorStyle="warning", showErrorMessage=True
    )
    offered.errorTitle, offered.error = "A new theme", "It is not on the sheet `themes`. Add it there too."
    page.add_data_validation(offered)
    for column, name in enumerate(heads, start=1):
        if THEME.fullmatch(name):
            letter = get_column_letter(column)
            offered.add(f"{letter}2:{letter}{len(lines) + SPARE}")
    return book


def _head(text: str) -> str:
    """A heading as columns are named here.

    >>> _head("Theme 1"), _head("key ")
    ('theme_1', 'key')
    """
    return "_".join(re.findall(r"\w+", plain(text)))


def _lines(frame: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {str(k): "" if pd.isna(v) else str(v) for k, v in row.items()} for row in frame.to_dict("records")
    ]
