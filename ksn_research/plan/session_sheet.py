"""The facilitator's attendance sheet: a workbook with a page for each circle and a column for each meeting.

What is to be filled in is open, all else is locked (without a password). The words in the first column say
what a line is, so `read.session_sheet` finds its lines by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ksn_research.plan.session_form import FACILITATOR, MOST_GUESTS, CircleList
from ksn_research.plan.xlsform import FORBIDDEN, fixed

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

GUIDE = "Read me"
CIRCLE, MEMBERS = "Circle", "Member code"
DATE, GUESTS, RATING, NOTE = (
    "Date of the meeting",
    "Guests, how many",
    "How did it go? 1 poor to 5 very good",
    "Note (no names, please)",
)
LINES: Mapping[str, str] = {DATE: "date", GUESTS: "guests", RATING: "rating", NOTE: "note"}
MARK = "x"
MEETINGS, SPARE, BLANK = 26, 3, 15  # columns for meetings; empty lines below the members; and without any
FIRST = 3  # the first column of a meeting
LONGEST = 31  # letters of a worksheet's name
HEAD, OPEN, GREY = "DCE6EE", "FFFBE6", "F3F3F3"
WORDS = """\
Who came to the meetings of your circle
One page per circle. One column per meeting. Nothing else is needed.

1. Go to the page of your circle (the tabs at the bottom).
2. Write the date of the meeting into the line "{date}", like 2025-03-14.
3. Put an x for everybody who came, yourself included. Leave the others empty.
4. Guests are people who are not on the list: write how many there were. They are counted, not named.
5. If you like, say how it went (1 to 5) and leave a note, two or three sentences.

No names in the note, please, of people or of organisations.
The note stands on your own circle's page, unless it holds a name: then it is left out.
Somebody has joined the circle? Write the member code into one of the empty lines below the others.
The next meeting goes into the next column. Only the yellow cells are for you; the others are locked.
Two meetings on one day: write them as one.
Keep the list of who has which code apart from this file.
"""


def session_workbook(lists: Sequence[CircleList], year: int | None = None) -> bytes:
    """The workbook (.xlsx); the same lists give the same bytes. Without lists one page with empty lines.

    year  dates of other years are asked about as they are typed in
    """
    from openpyxl import Workbook

    book = Workbook()
    _guide(book.worksheets[0])
    taken = {GUIDE.casefold()}
    for one in lists or [CircleList("")]:
        _page(book.create_sheet(_page_name(one.circle, taken)), one, year)
    return fixed(book)


def _page_name(circle: str, taken: set[str]) -> str:
    """A worksheet's name: the circle's code as far as a workbook can hold it, each but once."""
    clean = re.sub(r"[\[\]:*?/\\]", " ", FORBIDDEN.sub("", circle)).strip(" '")[:LONGEST] or "My circle"
    name, i = clean, 1
    while name.casefold() in {*taken, "history"}:
        i += 1
        name = f"{clean[: LONGEST - len(str(i)) - 1]} {i}"
    taken.add(name.casefold())
    return name


def _guide(page: Worksheet) -> None:
    from openpyxl.styles import Alignment, Font

    page.title = GUIDE
    for i, line in enumerate(WORDS.format(date=DATE).splitlines(), start=1):
        cell = _put(page, i, 1, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=i == 1, size=14 if i == 1 else 11)
    page.column_dimensions["A"].width = 100
    page.protection.sheet = True


def _page(page: Worksheet, one: CircleList, year: int | None) -> None:
    from openpyxl.styles import Font

    spare = SPARE if one.members else BLANK
    # Whoever leads the circle stands first, the others in the order of their codes.
    members = sorted(one.members, key=lambda pair: (pair[1] != FACILITATOR, pair[0]))
    listed = [*members, *[("", "")] * spare]
    first = 4
    rows = {DATE: 2, GUESTS: first + len(listed), RATING: first + len(listed) + 1}
    rows[NOTE] = rows[RATING] + 1
    for row, words in ((1, CIRCLE), (3, MEMBERS), *((row, label) for label, row in rows.items())):
        _put(page, row, 1, words).font = Font(bold=True)
    _put(page, 3, 2, "Role").font = Font(bold=True)
    _put(page, 1, 2, one.circle).font = Font(bold=True)
    _put(page, 1, FIRST, one.name if one.name != one.circle else "")
    for row, (code, role) in enumerate(listed, start=first):
        _put(page, row, 1, code)
        _put(page, row, 2, role)
    _dress(page, rows, first)
    open_lines = range(first + len(members), first + len(listed))
    _open(page, [(row, 1) for row in open_lines] + ([] if one.circle else [(1, 2)]))
    _open(page, [(row, column) for row in (2, *range(first, rows[NOTE] + 1)) for column in _meetings()])
    _ask(page, rows, first, first + len(listed) - 1, year)
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = False  # False: may be done


def _meetings() -> range:
    return range(FIRST, FIRST + MEETINGS)


def _put(page: Worksheet, row: int, column: int, words: str) -> Any:
    """A cell that holds words, whatever they look like: "=..." computes nothing, now or once it is edited."""
    cell: Any = page.cell(row, column)
    clean = FORBIDDEN.sub("", words)
    if clean:
        cell.value, cell.data_type, cell.number_format = clean, "s", "@"
        cell.quotePrefix = clean[0] in "=+-@"
    return cell


def _dress(page: Worksheet, rows: Mapping[str, int], first: int) -> None:
    """What a page looks like: widths, lines, the heads in view while it is scrolled; across when printed."""
    from openpyxl.styles import Alignment, Border, PatternFill, Side
    from openpyxl.utils import get_column_letter

    thin = Side(style="thin", color="BBBBBB")
    end = FIRST + MEETINGS
    for row in range(1, rows[NOTE] + 1):
        for column in range(1, end if row > 1 else FIRST):
            cell: Any = page.cell(row, column)
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            cell.fill = PatternFill("solid", fgColor=GREY if row == 3 and column >= FIRST else HEAD)
            if column >= FIRST:
                wraps = row == rows[NOTE]
                cell.alignment = Alignment(
                    horizontal="left" if wraps else "center", vertical="top", wrap_text=wraps
                )
    for column, width in ((1, 38), (2, 13), *((c, 20) for c in _meetings())):
        page.column_dimensions[get_column_letter(column)].width = width
    for column in _meetings():
        page.cell(rows[DATE], column).number_format = "yyyy-mm-dd"
        page.cell(rows[NOTE], column).number_format = "@"
    page.cell(rows[NOTE], 1).alignment = Alignment(vertical="top")
    page.row_dimensions[rows[NOTE]].height = 110
    page.freeze_panes = page.cell(first, FIRST)
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_cols = "A:B"


def _open(page: Worksheet, cells: Sequence[tuple[int, int]]) -> None:
    from openpyxl.styles import PatternFill, Protection

    for row, column in cells:
        cell: Any = page.cell(row, column)
        cell.protection, cell.fill = Protection(locked=False), PatternFill("solid", fgColor=OPEN)
        if column == 1:
            cell.number_format = "@"  # a code of figures keeps its noughts


def _ask(page: Worksheet, rows: Mapping[str, int], first: int, last: int, year: int | None) -> None:
    """What may be typed in where, with words for what may not."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    low, high = (year or 2000), (year or 2100)
    rules = (
        (rows[DATE], rows[DATE], "date", "between", f"DATE({low},1,1)", f"DATE({high},12,31)",
         "warning" if year else "stop", f"A date{f' of {year}' if year else ''}, like {year or 2025}-03-14."),
        (first, last, "list", None, f'"{MARK}"', None, "stop", f"An {MARK} for who came, else nothing."),
        (rows[GUESTS], rows[GUESTS], "whole", "between", "0", str(MOST_GUESTS), "stop",
         f"A whole number, 0 to {MOST_GUESTS}."),
        (rows[RATING], rows[RATING], "whole", "between", "1", "5", "stop", "A whole number, 1 to 5."),
    )  # fmt: skip
    start, end = (get_column_letter(c) for c in (FIRST, FIRST + MEETINGS - 1))
    for top, bottom, kind, operator, one, other, style, words in rules:
        asked = DataValidation(
            type=kind, operator=operator, formula1=one, formula2=other, allow_blank=True,
            errorStyle=style, errorTitle="Not understood", error=words, showErrorMessage=True,
        )  # fmt: skip
        asked.add(f"{start}{top}:{end}{bottom}")
        page.add_data_validation(asked)
    told = DataValidation(promptTitle="A note", prompt="No names, please.", showInputMessage=True)
    told.add(f"{start}{rows[NOTE]}:{end}{rows[NOTE]}")
    page.add_data_validation(told)
