"""Tables of the report: frozen specs applied to the results, shown through great-tables.

A `TableSpec` says which results become lines and which statistics become columns; `tables` applies all
of them, leaves out those without rows and numbers the rest. A `Table` is data (every cell is a result and a
part of it), so the workbook and other formats can be made from it too.

Imports catalogue, formats, layouts, specs, view.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.catalogue import TABLES
from ksn_research.render.formats import Result
from ksn_research.render.layouts import LAYOUTS, Cell, Grid, Line, without_empty
from ksn_research.render.specs import TableSpec
from ksn_research.render.view import View, sentence_case, view, wave_label, waves

MOST = 6  # columns beside each other with their intervals
SIGNS = "*\u2020\u2021\u00a7\u00b6"


@dataclass(frozen=True)
class Table:
    """A table ready to be shown. `columns` are (spanner, heading) pairs, one per cell of a line."""

    name: str
    section: str
    number: str
    title: str
    stub_heading: str
    columns: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    source: str
    method: tuple[str, ...]
    legend: tuple[str, ...]
    note: str = ""
    annex: bool = False
    part: str = ""

    @property
    def anchor(self) -> str:
        return f"table-{self.name.replace('_', '-')}"

    @property
    def wide(self) -> bool:
        """Whether its intervals have to stand below their estimates."""
        parts = [{line.cells[i].part for line in self.lines} for i in range(len(self.columns))]
        bounded = sum("with interval" in own for own in parts)
        least = 1 if any("n of what" in own for own in parts) else 2
        return len(self.columns) > MOST or bounded > least

    def _repr_html_(self) -> str:
        return str(as_html(self))


def tables(publishable: object, specs: Sequence[TableSpec] = TABLES) -> dict[str, Table]:
    """All tables that have rows, by name, numbered in order ("1", "2", ... and "A1", ...)."""
    return build(view(publishable), specs)


def build(seen: View, specs: Sequence[TableSpec] = TABLES, section: str = "") -> dict[str, Table]:
    """As `tables`, from a view; with a section, only its tables, numbered as among all."""
    made: dict[str, Table] = {}
    numbers = {False: 0, True: 0}
    for one, rows in _placed(seen, tuple(specs)):
        numbers[one.annex] += 1
        if section in ("", one.section):
            made[one.name] = _table(seen, one, rows, f"{'A' if one.annex else ''}{numbers[one.annex]}")
    return made


def as_html(table: Table) -> Markup:
    """A table with caption, scoped headings, and its source, method and legend below.

    The table scrolls inside its own box when the page is narrower than it.
    """
    caption = Markup('<caption><span class="number">Table {}.</span> {}</caption>')
    inner = _great_table(table, caption.format(table.number, table.title))
    notes = [
        " ".join([f"Source: {table.source}.", *table.method]),
        " ".join([table.note, *table.legend]).strip(),
    ]
    below = Markup("").join(Markup('<p class="source">{}</p>').format(note) for note in notes if note)
    return Markup(
        '<div class="block table{5}" id="{0}"><div class="table-box" role="region" tabindex="0" '
        'aria-label="Table {1}: {2}">{3}</div>{4}</div>'
    ).format(table.anchor, table.number, table.title, inner, below, " stacked" if table.wide else "")


def legend(seen: View, cells: Sequence[Cell]) -> tuple[str, ...]:
    """What the marks mean that these cells show, in words; reasons come from the results' notes."""
    rows = [cell.row for cell in cells if cell.row is not None]
    said: list[str] = []
    if any(row["status"] == "suppressed" for row in rows):
        notes = sorted({str(row["note"]) for row in rows if row["status"] == "suppressed" and row["note"]})
        said.append(f"s suppressed: {'; '.join(notes) or seen.rule}.")
    for status in ("undefined", "not comparable"):
        notes = sorted({_reason(str(row["note"])) for row in rows if row["status"] == status})
        said += [f"{formats.MARKS[status].capitalize()}: {'; '.join(notes)}."] if notes else []
    if any(cell.row is None for cell in cells):
        said.append(f"{formats.ABSENT} no such result.")
    if any(cell.part == "with interval" and not pd.isna(cell.row["ci_low"]) for cell in cells if cell.row):
        said.append("In brackets: 95 % confidence interval.")
    return tuple(said)


def _reason(note: str) -> str:
    """Why there is no number; what a note counts besides, each time something else, is left out."""
    parts = note.split("; ")
    return "; ".join(part for part in parts if not part[:1].isdigit()) or note


@lru_cache(maxsize=2)
def _placed(seen: View, specs: tuple[TableSpec, ...]) -> list[tuple[TableSpec, list[Result]]]:
    """Every table with its results; in the annex where another shows the same and more, those last."""
    chosen = {spec.name: _chosen(seen, spec) for spec in specs}
    made = []
    for spec in specs:
        less = spec.annex or bool(chosen.get(spec.unless))
        for one, rows in _split(seen, spec, chosen[spec.name]):
            made.append((replace(one, annex=True, section="annex") if less else one, rows))
    return sorted(made, key=lambda pair: pair[0].annex)


def _chosen(seen: View, spec: TableSpec) -> list[Result]:
    statistics = sorted({name for column in spec.columns for name in column.every})
    found = seen.rows(**{"statistic": statistics, **spec.where})
    rows: list[Result] = [
        row
        for row in found
        if row["group"] != "circle"
        and (row["level"] or not spec.grouped)
        and str(row["category"]).startswith(spec.begins or "")
    ]
    rows = seen.of_headline(rows) if spec.headline else rows
    some = {(row["source"], row["measure"]) for row in rows if row["analysis"] == spec.needs}
    return [row for row in rows if (row["source"], row["measure"]) in some] if spec.needs else rows


def _split(seen: View, spec: TableSpec, rows: list[Result]) -> list[tuple[TableSpec, list[Result]]]:
    """One table, or one per source where sources stand apart; headline sources come first."""
    if not rows or not spec.apart:
        return [(spec, rows)] if rows else []
    made = []
    for place, source in enumerate(seen.foremost({str(row["source"]) for row in rows})):
        ours = [row for row in rows if row["source"] == source]
        name = spec.name if not place else f"{spec.name}_{source}"
        title = f"{spec.title}: {seen.label(source)}"
        made.append((replace(spec, name=name, title=title), ours))
    return made if len(made) > 1 else [(spec, rows)]


def _table(seen: View, spec: TableSpec, rows: list[Result], number: str) -> Table:
    layout = LAYOUTS[spec.layout]
    grid, remarks = _signed(seen, without_empty(layout(seen, spec, rows)))
    cells = [cell for line in grid.lines for cell in line.cells]
    shown = {str(cell.row["id"]): cell.row for cell in cells if cell.row is not None}
    sources = dict.fromkeys(str(row["source"]) for row in shown.values())
    return Table(
        name=spec.name,
        section=spec.section,
        number=number,
        title=spec.title,
        stub_heading=spec.stub_heading,
        columns=grid.columns,
        lines=grid.lines,
        source="; ".join(_source(seen, source, list(shown.values())) for source in sources),
        method=(spec.method,) if spec.method else _methods(list(shown.values())),
        legend=(*remarks, *legend(seen, cells)),
        note=spec.note,
        annex=spec.annex,
        part=spec.part,
    )


def _source(seen: View, source: str, rows: list[Result]) -> str:
    years = ", ".join(wave_label(wave) for wave in waves([r for r in rows if r["source"] == source]))
    return f"{seen.label(source)} ({years})"


def _methods(rows: list[Result]) -> tuple[str, ...]:
    """What the methods say, each part of it once: most share some."""
    parts = (part for row in rows for part in str(row["method"]).rstrip(".").split("; "))
    said = dict.fromkeys(part for part in parts if part)
    return (f"Method: {'; '.join(said)}.",) if said else ()


def _signed(seen: View, grid: Grid) -> tuple[Grid, tuple[str, ...]]:
    """The grid with a sign at every number that has a remark, and the remarks in words, each once with what
    it is about; what is said of every line stands without a sign."""
    said = {id(cell): _remark(seen, cell) for line in grid.lines for cell in line.cells}
    of_line = [{said[id(cell)][1] for cell in line.cells} for line in grid.lines]
    common = set.intersection(*of_line) - {""} if len(of_line) > 1 else set()
    about: dict[str, dict[str, None]] = {}
    for whom, words in said.values():
        if words and words not in common:
            about.setdefault(words, {})[whom] = None
    signs = {words: SIGNS[i % len(SIGNS)] * (i // len(SIGNS) + 1) for i, words in enumerate(about)}
    lines = tuple(
        replace(line, cells=tuple(replace(c, sign=signs.get(said[id(c)][1], "")) for c in line.cells))
        for line in grid.lines
    )
    told = [f"{signs[words]} {', '.join(whom)}: {words.rstrip('.')}." for words, whom in about.items()]
    return replace(grid, lines=lines), (
        *(f"{sentence_case(one).rstrip('.')}." for one in sorted(common)),
        *told,
    )


def _remark(seen: View, cell: Cell) -> tuple[str, str]:
    """What a remark is about, and the remark; both empty where there is none."""
    said = seen.remark(cell.row) if cell.row and cell.part in ("estimate", "with interval") else ""
    if cell.row is None or not said:
        return "", ""
    part = cell.row["category"] if cell.row["analysis"] == "panel" else ""
    return sentence_case(part) or seen.heading(cell.row), said


def _great_table(table: Table, caption: Markup) -> Markup:
    from great_tables import GT

    names = [f"c{i}" for i in range(len(table.columns))]
    heads = dict.fromkeys(line.head for line in table.lines)
    frame = pd.DataFrame(
        [[line.head, line.label, *(str(cell.html()) for cell in line.cells)] for line in table.lines],
        columns=["head", "stub", *names],
    )
    grouped = {"groupname_col": "head"} if len(heads) > 1 else {}
    shown = GT(
        frame if grouped else frame.drop(columns="head"), rowname_col="stub", id=table.anchor, **grouped
    )
    shown = shown.cols_label({name: heading for name, (_, heading) in zip(names, table.columns, strict=True)})
    shown = shown.fmt(str, columns=names).cols_align("right", columns=names).tab_stubhead(table.stub_heading)
    for spanner in dict.fromkeys(spanner for spanner, _ in table.columns if spanner):
        under = [name for name, (above, _) in zip(names, table.columns, strict=True) if above == spanner]
        shown = shown.tab_spanner(spanner, columns=under)
    return _bare(shown.as_raw_html(), table.anchor, caption)


def _bare(html: str, anchor: str, caption: Markup) -> Markup:
    """The table element alone, captioned; the page has its own style sheet and box. A heading without words
    heads nothing: it is a plain cell."""
    found = re.search(r"<table.*</table>", html, flags=re.DOTALL)
    table = (found.group(0) if found else html).replace(f'id="{anchor}"', "")
    table = re.sub(r'<th ([^>]*?) ?scope="col"([^>]*)></th>', r"<td \1\2></td>", table)
    return Markup(table.replace("<thead>", f"{caption}<thead>", 1))  # noqa: S704 - great-tables escaped it
