"""The section for an annual index: findings, headline measures, one or two key figures, how it was done.

It stands alone and never takes more than four pages, whatever the study: lists are capped, and it says where
the report has more. Its findings are those of the executive page.

Imports document, document_ast, document_html, document_table, figures, formats, narrative, sentences, view.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from ksn_research.render import formats
from ksn_research.render.document import figure_blocks
from ksn_research.render.document_ast import RIGHT, Node, header, node, paragraph, said, text
from ksn_research.render.document_html import blocks, inlines
from ksn_research.render.document_table import Grid, Inlines, note, tables_of
from ksn_research.render.figures import Figure
from ksn_research.render.formats import Result
from ksn_research.render.narrative import executive
from ksn_research.render.sentences import Found, found
from ksn_research.render.view import View, sentence_case, view, wave_label, wave_of

LETTERS = 3000  # of findings in all, about two thirds of a page
MEASURES, LABEL, SOURCES = 10, 80, 8
DRAWN, FIGURES, TALL = 2, 7.0, 4.4  # key figures; inches of all, and of one
NOTED = 400  # letters of a figure's source line
UNDECLARED = "This study declares no headline measure; what it found stands in the report."
MORE = "More findings stand in the report."


def index_blocks(publishable: object, drawn: Mapping[str, Figure]) -> list[Node]:
    """The section as blocks of a document, its headings at the level of the page's sections.

    drawn  the report's figures by name
    Raises DisclosureError for anything that has not passed disclosure control.
    """
    seen = view(publishable)
    told = [one for one in found(seen) if one.ids]
    shown = _key_figures(drawn, {name for one in told for name in one.ids})
    figured = [part for one in shown for part in _drawn(one)]
    return [
        header(2, [text("What was found")]),
        *_findings(blocks(str(executive(seen)))),
        *_measures(seen, told),
        *([header(2, [text("In pictures")]), *figured] if figured else []),
        header(2, [text("How this was done")]),
        *(paragraph("Box", [text(words)]) for words in _method(seen)),
    ]


def shortened(words: str, most: int) -> str:
    """Words, cut at a blank where they are longer than so many letters.

    >>> shortened("one two three", 9)
    'one two…'
    """
    return words if len(words) <= most else words[: most - 1].rpartition(" ")[0].rstrip(",;:") + "\u2026"


def _findings(told: list[Node]) -> list[Node]:
    """Findings while there is room; one that does not fit is left to the report, never cut."""
    if not told:
        return [node("Para", [text(UNDECLARED)])]
    room, kept, left = LETTERS, [], False
    for one in _pieces(told):
        if len(said(one)) > room:
            left = True
            continue
        room -= len(said(one)) + 60  # a started line, and the space below
        kept.append(one)
    return [*_joined(kept), *([node("Para", [text(MORE)])] if left else [])]


def _pieces(told: list[Node]) -> list[Node]:
    """Lists as lists of one, so that each item is a finding; headings of the analyst's text as sentences."""
    made: list[Node] = []
    for one in told:
        if one["t"] == "BulletList":
            made += [node("BulletList", [item]) for item in one["c"]]
        else:
            made.append(node("Para", [node("Strong", one["c"][2])]) if one["t"] == "Header" else one)
    return made


def _joined(kept: list[Node]) -> list[Node]:
    made: list[Node] = []
    for one in kept:
        if made and one["t"] == made[-1]["t"] == "BulletList":
            made[-1] = node("BulletList", [*made[-1]["c"], *one["c"]])
        else:
            made.append(one)
    return made


def _key_figures(drawn: Mapping[str, Figure], ids: set[str]) -> list[Figure]:
    """Figures that show the most results of headline measures, as many as there is room for."""
    shown = [one for one in drawn.values() if ids & set(one.ids)]
    shown.sort(key=lambda one: -len(ids & set(one.ids)))
    chosen: list[Figure] = []
    room = FIGURES
    for one in shown:
        high = one.size[1]
        if high <= min(TALL, room) and len(chosen) < DRAWN:
            chosen.append(one)
            room -= high
    return chosen


def _drawn(one: Figure) -> list[Node]:
    picture, _ = figure_blocks(one)
    return [picture, note([text(shortened(one.source, NOTED))])]


def _measures(seen: View, told: list[Found]) -> list[Node]:
    """The table of headline measures: newest value, interval, n, and the value of the wave before."""
    if not told:
        return []
    lines = [_line(one) for one in told[:MEASURES]]
    heads = ["Measure", "Year", "Value", "95 % interval", "n", "Before"]
    beyond = len(told) - MEASURES
    below = [
        "All results of these measures, by group and with their methods, stand in the report.",
        f"{beyond} more in the report." if beyond > 0 else "",
        f"s: suppressed; rests on {seen.rule}, or would let such a number be worked out.",
    ]
    grid = Grid(
        [text("Headline measures, declared before the records came")],
        [("", [text(head)]) for head in heads],
        [("", lines)],
        [RIGHT] * 5,
        notes=[note([text(" ".join(filter(None, below)))])],
    )
    return [header(2, [text("In numbers")]), *tables_of(grid)]


def _line(one: Found) -> list[Inlines]:
    newest = one.parts[0].rows[0]
    before = next((row for row in _later(one) if _same(row, newest)), None)
    cells = [
        formats.data(newest),
        formats.data(newest, "interval"),
        formats.data(newest, "n"),
        formats.absent() if before is None else formats.data(before),
    ]
    when = "" if before is None else f" ({wave_label(wave_of(before))})"
    made = [inlines(str(cell)) for cell in cells]
    return [
        [text(shortened(sentence_case(one.label), LABEL))],
        [text(wave_label(wave_of(newest)))],
        *made[:3],
        [*made[3], text(when)] if when else made[3],
    ]


def _later(one: Found) -> list[Result]:
    return list(chain.from_iterable(part.rows for part in one.parts[1:]))


def _same(row: Result, newest: Result) -> bool:
    """Whether it is the same statistic of the same measure, of another wave and of everybody."""
    fields = ("source", "analysis", "measure", "statistic", "group", "level", "category")
    return all(row[name] == newest[name] for name in fields) and wave_of(row) != wave_of(newest)


def _method(seen: View) -> list[str]:
    """How it was done, what is not shown, and where the rest is."""
    study = seen.publishable.study
    frame = seen.publishable.waves
    waves = {str(row.source): f"{row.label} ({row.waves})" for row in frame.itertuples() if row.collected}
    used = [waves[source] for source in seen.foremost(waves)]
    more = f" and {len(used) - SOURCES} more" if len(used) > SOURCES else ""
    listed = "; ".join(shortened(one, LABEL) for one in used[:SOURCES]) + more
    publisher = f", {shortened(study.publisher, LABEL)}" if study.publisher else ""
    return [
        *([f"Records: {listed}."] if used else []),
        "Value: share, mean or count of those who answered; n: how many these are. 95 % interval: where the "
        "value lies if those who did not answer resemble those who did. A difference between years is named "
        "where its interval and its test agree that there is one; it does not show why.",
        f"Not shown: numbers that rest on {seen.rule}, or would let such a number be worked out. They are "
        "marked s. Quotes stand in the report only where their speakers allow it.",
        f"The whole report: {shortened(study.title, 2 * LABEL)}, edition {study.year}{publisher}: "
        "report.html, report.pdf and report.docx, with every table in tables.xlsx and every result in "
        "results.csv. Tables that are named here stand there.",
    ]
