"""The institute's list of circles: one line a circle, to search and to sort, each with its page.

The list is a plain table, whole without a script; the script of the page only hides and orders its lines.
Imports circle_data, circle_items, circle_pages, circle_words, templates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ksn_research.render.circle_data import PageInput, Record, newest, pages_of
from ksn_research.render.circle_pages import PageError
from ksn_research.render.circle_words import day
from ksn_research.render.templates import template

SHOWN = 3  # questionnaires that have a column of their own


@dataclass(frozen=True)
class Cell:
    """How many of a circle answered one questionnaire; `key` sorts, the lowest response first."""

    text: str
    key: str
    why: str = ""


@dataclass(frozen=True)
class Line:
    """One circle. `key` is what its name is sorted by; led_by are ids, for the institute only."""

    circle: str
    name: str
    file: str
    members: int | None
    cells: tuple[Cell, ...]
    sessions: int | None
    last: str
    last_key: str
    led_by: tuple[str, ...]
    failed: str = ""


def circle_index(publishable: object, pages: Mapping[str, str | PageError] | None = None) -> str:
    """The index as a self-contained HTML file.

    pages  what became of each page, by file: one that could not be made stands in the list without a link
    """
    data = pages_of(publishable)
    inputs = list(data.pages.values())
    columns = _columns(inputs)
    failed = {file: str(made) for file, made in (pages or {}).items() if isinstance(made, PageError)}
    lines = [_line(page, columns, failed.get(page.file, "")) for page in inputs]
    return template("circle_index.html").render(
        study=data.study, rule=data.rule, lines=lines, columns=[title for _, title in columns],
        leading=leading(lines), led=any(line.led_by for line in lines), failed=[x for x in lines if x.failed],
        met=any(line.last or line.sessions for line in lines),
        listed=any(line.members is not None for line in lines),
    )  # fmt: skip


def leading(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Facilitators of several circles, each with them."""
    by_person: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for person in line.led_by:
            by_person[person].append(line)
    return [(person, own) for person, own in sorted(by_person.items()) if len(own) > 1]


def _columns(inputs: Sequence[PageInput]) -> list[tuple[str, str]]:
    """The questionnaires that most circles answered: id and title."""
    told = Counter(
        pair for page in inputs for pair in {(row["source"], row["title"]) for row in newest(page.response)}
    )
    return [pair for pair, _ in sorted(told.items(), key=lambda one: (-one[1], one[0]))[:SHOWN]]


def _line(page: PageInput, columns: Sequence[tuple[str, str]], failed: str) -> Line:
    told = {row["source"]: row for row in newest(page.response)}
    head = page.head
    return Line(
        page.circle, str(head["name"] or page.circle), page.file, head["members"],
        tuple(_cell(told.get(source)) for source, _ in columns),
        head["sessions"], day(head["last"]), f"{head['last']:%Y-%m-%d}" if head["last"] else "",
        tuple(part.strip() for part in str(head.get("led_by") or "").split(";") if part.strip()), failed,
    )  # fmt: skip


def _cell(row: Record | None) -> Cell:
    """
    >>> _cell({"n": 8, "of": 12, "note": ""}), _cell({"n": 8, "of": None, "note": ""}).text
    (Cell(text='8 of 12', key='0.6667', why=''), '8')
    """
    if row is None:
        return Cell("\u2013", "")
    if row["n"] is None:
        return Cell("not shown", "0", str(row["note"] or ""))
    n, of = row["n"], row["of"]
    return Cell(f"{n} of {of}", f"{n / of:.4f}") if of and n <= of else Cell(str(n), str(n))
