"""Tables of the report: frozen specs applied to the results, shown through great-tables.

A `TableSpec` says which results become lines and which statistics become columns; `tables` applies all
of them, leaves out those without rows and numbers the rest. A `Table` is data (every cell is a result and a
part of it), so the workbook and other formats can be made from it too.

Imports catalogue, formats, view.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.catalogue import TABLES, Column, TableSpec
from ksn_research.render.formats import Result
from ksn_research.render.view import View, Wave, sentence_case, view, wave_label, wave_of, waves

Key = tuple[str, ...]
SIGNS = "*\u2020\u2021\u00a7\u00b6"


@dataclass(frozen=True)
class Cell:
    """A part of a result; no result where the study has none there. `sign` points to a remark below the
    table."""

    row: Result | None
    part: str = "estimate"
    sign: str = ""

    def html(self) -> Markup:
        shown = self._shown()
        return shown + Markup('<sup class="sign">{}</sup>').format(self.sign) if self.sign else shown

    def _shown(self) -> Markup:
        if self.row is None:
            return formats.absent()
        if self.part == "with interval":
            return formats.estimate_with_interval(self.row)
        if self.part == "count of n" and self.row["status"] == "published":
            return Markup("{} of {}").format(formats.data(self.row), formats.data(self.row, "n"))
        if self.part == "count of n":
            return formats.data(self.row)
        return formats.data(self.row, self.part)


@dataclass(frozen=True)
class Line:
    head: str
    label: str
    cells: tuple[Cell, ...]


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

    @property
    def anchor(self) -> str:
        return f"table-{self.name.replace('_', '-')}"

    def _repr_html_(self) -> str:
        return str(as_html(self))


def tables(publishable: object, specs: Sequence[TableSpec] = TABLES) -> dict[str, Table]:
    """All tables that have rows, by name, numbered in order ("1", "2", ... and "A1", ...)."""
    return build(view(publishable), specs)


def build(seen: View, specs: Sequence[TableSpec] = TABLES, section: str = "") -> dict[str, Table]:
    """As `tables`, from a view; with a section, only its tables, numbered as among all."""
    made: dict[str, Table] = {}
    numbers = {False: 0, True: 0}
    for spec in specs:
        for one, rows in _split(seen, spec, _chosen(seen, spec)):
            numbers[spec.annex] += 1
            if section in ("", spec.section):
                number = f"{'A' if spec.annex else ''}{numbers[spec.annex]}"
                made[one.name] = _table(seen, one, rows, number)
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
        '<div class="block table" id="{0}"><div class="table-box" role="region" tabindex="0" '
        'aria-label="Table {1}: {2}">{3}</div>{4}</div>'
    ).format(table.anchor, table.number, table.title, inner, below)


def legend(seen: View, cells: Sequence[Cell]) -> tuple[str, ...]:
    """What the marks mean that these cells show, in words; reasons come from the results' notes."""
    rows = [cell.row for cell in cells if cell.row is not None]
    said: list[str] = []
    if any(row["status"] == "suppressed" for row in rows):
        notes = sorted({str(row["note"]) for row in rows if row["status"] == "suppressed" and row["note"]})
        said.append(f"s suppressed: {'; '.join(notes) or seen.rule}.")
    for status in ("undefined", "not comparable"):
        notes = sorted({str(row["note"]) for row in rows if row["status"] == status})
        said += [f"{formats.MARKS[status].capitalize()}: {'; '.join(notes)}."] if notes else []
    if any(cell.row is None for cell in cells):
        said.append(f"{formats.ABSENT} no such result.")
    if any(cell.part == "with interval" and not pd.isna(cell.row["ci_low"]) for cell in cells if cell.row):
        said.append("In brackets: 95 % confidence interval.")
    return tuple(said)


def _chosen(seen: View, spec: TableSpec) -> list[Result]:
    statistics = sorted({column.statistic for column in spec.columns})
    rows = seen.rows(**{"statistic": statistics, **spec.where})
    return [row for row in rows if row["group"] != "circle" and (row["level"] or not spec.grouped)]


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
    layout = _LAYOUTS[spec.layout]
    grid, remarks = _signed(seen, _without_empty(layout(seen, spec, rows)))
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
        method=_methods(list(shown.values())),
        legend=(*remarks, *legend(seen, cells)),
        note=spec.note,
        annex=spec.annex,
    )


def _source(seen: View, source: str, rows: list[Result]) -> str:
    years = ", ".join(wave_label(wave) for wave in waves([r for r in rows if r["source"] == source]))
    return f"{seen.label(source)} ({years})"


def _methods(rows: list[Result]) -> tuple[str, ...]:
    said = dict.fromkeys(str(row["method"]).rstrip(".") for row in rows if row["method"])
    return (f"Method: {'; '.join(said)}.",) if said else ()


@dataclass(frozen=True)
class _Grid:
    columns: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def _by_wave(seen: View, spec: TableSpec, rows: list[Result]) -> _Grid:
    when = _shown(rows)
    places = [(wave, column) for wave in when for column in spec.columns if not column.once]
    places += [(when[-1], column) for column in spec.columns if column.once]
    at, named = _indexed(rows), _named(seen, spec, rows)
    lines = [
        Line(head, label, tuple(_cell(at, key, wave, c) for wave, c in places))
        for key, (head, label) in named.items()
    ]
    newest = next((i for i, (wave, _) in enumerate(places) if wave == when[-1]), 0)
    lines = _ranked(lines, newest) if spec.ranked else _together(lines)
    return _Grid(tuple((wave_label(wave), column.heading) for wave, column in places), tuple(lines))


def _cell(at: Mapping[tuple[Key, Wave, str], Result], key: Key, wave: Wave, column: Column) -> Cell:
    row = at.get((key, wave, column.statistic))
    if row is None and column.instead:
        return Cell(at.get((key, wave, column.instead)), "n")
    return Cell(row, column.part)


def _shown(rows: list[Result]) -> list[Wave]:
    """All waves; of a source with several waves a year, those of its newest year."""
    every = waves(rows)
    return [wave for wave in every if wave[0] == every[-1][0]] if any(name for _, name in every) else every


def _turned(seen: View, spec: TableSpec, rows: list[Result]) -> _Grid:
    when, at = _shown(rows), _indexed(rows)
    lines = [
        Line(head, c.heading, tuple(Cell(at.get((key, wave, c.statistic)), c.part) for wave in when))
        for key, (head, _) in _named(seen, spec, rows).items()
        for c in spec.columns
    ]
    return _Grid(tuple(("", wave_label(wave)) for wave in when), tuple(_together(lines)))


def _listed(seen: View, spec: TableSpec, rows: list[Result]) -> _Grid:
    last = waves(rows)[-1]
    at = {(r["source"], r["category"], r["statistic"]): r for r in rows if wave_of(r) == last}
    lines = tuple(
        Line(seen.label(source), c.heading, (Cell(at.get((source, c.category, c.statistic)), c.part),))
        for source in seen.foremost({source for source, _, _ in at})
        for c in spec.columns
    )
    return _Grid((("", wave_label(last)),), lines)


def _across(seen: View, spec: TableSpec, rows: list[Result]) -> _Grid:
    newest = [row for row in sorted(rows, key=seen.rank) if wave_of(row) == waves(rows)[-1]]
    *stub, spread = spec.stub
    at = {(_words(seen, r, spec.heads), _words(seen, r, stub), _words(seen, r, [spread])): r for r in newest}
    over = sorted({column for _, _, column in at})
    part = spec.columns[0].part
    lines = [
        Line(head, label, tuple(Cell(at.get((head, label, column)), part) for column in over))
        for head, label in dict.fromkeys((head, label) for head, label, _ in at)
    ]
    spanner = f"{spec.columns[0].heading}, {wave_label(waves(rows)[-1])}"
    return _Grid(tuple((spanner, column) for column in over), tuple(_together(lines)))


def _pairs(seen: View, spec: TableSpec, rows: list[Result]) -> _Grid:
    last = waves(rows)[-1]
    newest = [row for row in rows if row["category"] and wave_of(row) == last]
    at = {(_words(seen, row, spec.heads), *_ends(row)): row for row in newest}
    alters = sorted({alter for _, _, alter in at})
    pairs = dict.fromkeys((head, ego) for head, ego, _ in at)
    lines = tuple(Line(head, ego, tuple(Cell(at.get((head, ego, a))) for a in alters)) for head, ego in pairs)
    spanner = f"{spec.columns[0].heading}, {wave_label(last)}, to"
    return _Grid(tuple((spanner, alter) for alter in alters), lines)


def _indexed(rows: list[Result]) -> dict[tuple[Key, Wave, str], Result]:
    return {(_key(row), wave_of(row), str(row["statistic"])): row for row in rows}


def _named(seen: View, spec: TableSpec, rows: list[Result]) -> dict[Key, tuple[str, str]]:
    """The lines' keys in printing order, with the words of their block and of their stub."""
    ordered = sorted(rows, key=seen.rank)
    return {_key(row): (_words(seen, row, spec.heads), _words(seen, row, spec.stub)) for row in ordered}


_LAYOUTS: Mapping[str, Callable[[View, TableSpec, list[Result]], _Grid]] = {
    "waves": _by_wave,
    "turned": _turned,
    "listed": _listed,
    "across": _across,
    "pairs": _pairs,
}


def _signed(seen: View, grid: _Grid) -> tuple[_Grid, tuple[str, ...]]:
    """The grid with a sign at every number that has a remark, and the remarks in words, each once."""
    signs: dict[str, str] = {}

    def signed(cell: Cell) -> Cell:
        said = seen.remark(cell.row) if cell.row and cell.part in ("estimate", "with interval") else ""
        if cell.row is None or not said:
            return cell
        part = cell.row["category"] if cell.row["analysis"] == "panel" else ""
        remark = f"{sentence_case(part) or seen.heading(cell.row)}: {said}"
        place, times = len(signs) % len(SIGNS), len(signs) // len(SIGNS) + 1
        return replace(cell, sign=signs.setdefault(remark, SIGNS[place] * times))

    lines = tuple(replace(line, cells=tuple(map(signed, line.cells))) for line in grid.lines)
    return replace(grid, lines=lines), tuple(f"{sign} {said.rstrip('.')}." for said, sign in signs.items())


def _ends(row: Result) -> tuple[str, str]:
    ego, _, alter = str(row["category"]).partition(" > ")
    return sentence_case(ego), sentence_case(alter)


def _without_empty(grid: _Grid) -> _Grid:
    """Without lines and columns in which the study has nothing."""
    some = tuple(line for line in grid.lines if any(_filled(cell) for cell in line.cells))
    grid = _Grid(grid.columns, some)
    kept = [i for i in range(len(grid.columns)) if any(_filled(line.cells[i]) for line in grid.lines)]
    lines = tuple(Line(line.head, line.label, tuple(line.cells[i] for i in kept)) for line in grid.lines)
    return _Grid(tuple(grid.columns[i] for i in kept), lines)


def _filled(cell: Cell) -> bool:
    if cell.row is None:
        return False
    return cell.part in ("estimate", "with interval", "count of n") or not pd.isna(cell.row.get(cell.part))


def _words(seen: View, row: Result, fields: Sequence[str]) -> str:
    said = ", ".join(part for part in (seen.words(row, field) for field in fields) if part)
    return sentence_case(said.replace(", by ", " by ")) or "All"


def _ranked(lines: list[Line], at: int) -> list[Line]:
    """Lines by the estimate in one column, highest first, within their blocks."""

    def estimate(line: Line) -> float:
        row = line.cells[at].row
        return -float(row["estimate"]) if row is not None and row["status"] == "published" else 0.0

    return _together(sorted(lines, key=estimate))


def _together(lines: list[Line]) -> list[Line]:
    """Lines of one block beside each other, blocks in the order in which they first appear."""
    heads = {head: place for place, head in enumerate(dict.fromkeys(line.head for line in lines))}
    return sorted(lines, key=lambda line: heads[line.head])


def _key(row: Result) -> Key:
    return tuple(str(row[name]) for name in ("source", "measure", "category", "group", "level"))


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
    """The table element alone, captioned; the page has its own style sheet and box."""
    found = re.search(r"<table.*</table>", html, flags=re.DOTALL)
    table = (found.group(0) if found else html).replace(f'id="{anchor}"', "")
    return Markup(table.replace("<thead>", f"{caption}<thead>", 1))  # noqa: S704 - great-tables escaped it
