"""How results become the lines and columns of a table: a grid of cells, by the layout that its spec names.

Imports formats, specs, view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.formats import Result
from ksn_research.render.specs import Column, TableSpec
from ksn_research.render.view import (
    View,
    Wave,
    newest,
    sentence_case,
    wave_label,
    wave_of,
    wave_order,
    waves,
)

# Parts that show the estimate, and its mark where there is none.
ESTIMATES = ("estimate", "with interval", "count of n", "share of n")
Key = tuple[str, ...]
_At = Mapping[tuple[Key, Wave, str, str], Result]


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
        if self.part == "share of n" and self.row["status"] == "published":
            return formats.of_n(self.row)
        if self.part == "share of n":
            return formats.data(self.row)
        if self.part == "n of what":
            return formats.rests_on(self.row)
        return formats.data(self.row, self.part)


@dataclass(frozen=True)
class Line:
    head: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    columns: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def _by_wave(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    when = _shown(rows)
    places = [(wave, column) for wave in when for column in spec.columns if not column.once]
    places += [(when[-1], column) for column in spec.columns if column.once]
    at, named = _indexed(rows), _named(seen, spec, rows)
    lines = [
        Line(head, label, tuple(_cell(at, key, wave, c) for wave, c in places))
        for key, (head, label) in named.items()
    ]
    newest = next((i for i, (wave, _) in enumerate(places) if wave == when[-1]), 0)
    lines = _ranked(lines, newest, spec.most) if spec.ranked else _together(lines)
    return Grid(tuple((wave_label(wave), column.heading) for wave, column in places), tuple(lines))


def _cell(at: _At, key: Key, wave: Wave, column: Column) -> Cell:
    row = _found(at, key, wave, column)
    if row is None and column.instead:
        return Cell(at.get((key, wave, "", column.instead)), "n")
    return Cell(row, column.part)


def _found(at: _At, key: Key, wave: Wave, column: Column) -> Result | None:
    """The result of a column: the first that there is of its statistics and its analyses."""
    analyses = column.analysis or ("",)
    places = [(key, wave, analysis, name) for name in column.statistics for analysis in analyses]
    return next((at[place] for place in places if place in at), None)


def _shown(rows: list[Result]) -> list[Wave]:
    """All waves; of a source with several waves a year, those of its newest year."""
    every = waves(rows)
    return [wave for wave in every if wave[0] == every[-1][0]] if any(name for _, name in every) else every


def _turned(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    when, at = _shown(rows), _indexed(rows)
    lines = [
        Line(head, c.heading, tuple(Cell(_found(at, key, wave, c), c.part) for wave in when))
        for key, (head, _) in _named(seen, spec, rows).items()
        for c in spec.columns
    ]
    return Grid(tuple(("", wave_label(wave)) for wave in when), tuple(_together(lines)))


def _newest(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    """Every line's newest wave, whichever that is."""
    last = {_key(row): wave_of(row) for row in sorted(rows, key=lambda row: wave_order(wave_of(row)))}
    at = _indexed(rows)
    lines = [
        Line(head, label, tuple(_cell(at, key, last[key], column) for column in spec.columns))
        for key, (head, label) in _named(seen, spec, rows).items()
    ]
    return Grid(tuple(("", column.heading) for column in spec.columns), tuple(_together(lines)))


def _spread(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    """A line for all categories of a measure; each column names the category whose result it shows."""
    last = newest(rows)
    at = {(_whose(row), row["category"], row["statistic"]): row for row in last}
    named = {
        _whose(row): (_words(seen, row, spec.heads), _words(seen, row, spec.stub))
        for row in sorted(last, key=seen.rank)
    }
    lines = [
        Line(
            head, label, tuple(Cell(at.get((key, c.category, c.statistics[0])), c.part) for c in spec.columns)
        )
        for key, (head, label) in named.items()
    ]
    spanners = {row["category"]: seen.words(row, "category") for row in last}
    columns = tuple((c.above or spanners.get(c.category, ""), c.heading) for c in spec.columns)
    return Grid(columns, tuple(_together(lines)))


def _described(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    """A line for what each column of the spec names: wave by wave, and of the newest its bounds and what it
    rests on. A source whose newest wave is older than another's leaves the newest column empty."""
    when = _shown(rows)
    at = {(_whose(row), row["category"], wave_of(row), row["statistic"]): row for row in rows}
    named = {_whose(row): _words(seen, row, spec.heads) for row in sorted(rows, key=seen.rank)}
    lines = []
    for key, head in named.items():
        for c in spec.columns:
            name = c.statistics[0]
            found = [at.get((key, c.category, wave, name)) for wave in when]
            low, high = (at.get((key, c.category, when[-1], f"{name}_{end}")) for end in ("low", "high"))
            rest = next((row for row in reversed(found) if row is not None), None)
            told = [Cell(low), Cell(high), Cell(rest, "n of what")]
            lines.append(Line(head, c.heading, (*(Cell(row, c.part) for row in found), *told)))
    last = wave_label(when[-1])
    spanned = [*((wave_label(w), "Estimate") for w in when), (last, "Lowest"), (last, "Highest")]
    return Grid((*spanned, (last, "Rests on")), tuple(_together(lines)))


def _whose(row: Result) -> Key:
    """What a line is about where its cells name the category."""
    return tuple(str(row[name]) for name in ("source", "measure", "group", "level"))


def _listed(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    last = waves(rows)[-1]
    at = {(r["source"], r["category"], r["statistic"]): r for r in rows if wave_of(r) == last}
    lines = tuple(
        Line(seen.label(source), c.heading, (Cell(at.get((source, c.category, c.statistics[0])), c.part),))
        for source in seen.foremost({source for source, _, _ in at})
        for c in spec.columns
    )
    return Grid((("", wave_label(last)),), lines)


def _across(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    last = newest(sorted(rows, key=seen.rank))
    *stub, spread = spec.stub
    at = {(_words(seen, r, spec.heads), _words(seen, r, stub), _words(seen, r, [spread])): r for r in last}
    over = sorted({column for _, _, column in at})
    part = spec.columns[0].part
    lines = [
        Line(head, label, tuple(Cell(at.get((head, label, column)), part) for column in over))
        for head, label in dict.fromkeys((head, label) for head, label, _ in at)
    ]
    spanner = f"{spec.columns[0].heading}, {wave_label(waves(rows)[-1])}"
    return Grid(tuple((spanner, column) for column in over), tuple(_together(lines)))


def _pairs(seen: View, spec: TableSpec, rows: list[Result]) -> Grid:
    last = waves(rows)[-1]
    own = [row for row in sorted(rows, key=seen.rank) if row["category"] and wave_of(row) == last]
    at = {(_words(seen, row, spec.heads), *_ends(row)): row for row in own}
    alters = sorted({alter for _, _, alter in at})
    pairs = dict.fromkeys((head, ego) for head, ego, _ in at)
    lines = tuple(Line(head, ego, tuple(Cell(at.get((head, ego, a))) for a in alters)) for head, ego in pairs)
    spanner = f"{spec.columns[0].heading}, {wave_label(last)}, to"
    return Grid(tuple((spanner, alter) for alter in alters), lines)


def _indexed(rows: list[Result]) -> _At:
    """Results by what a cell asks for: with their analysis, and without."""
    at: dict[tuple[Key, Wave, str, str], Result] = {}
    for row in rows:
        for analysis in ("", str(row["analysis"])):
            at[_key(row), wave_of(row), analysis, str(row["statistic"])] = row
    return at


def _named(seen: View, spec: TableSpec, rows: list[Result]) -> dict[Key, tuple[str, str]]:
    """The lines' keys in printing order, with the words of their block and of their stub."""
    ordered = sorted(rows, key=seen.rank)
    return {_key(row): (_words(seen, row, spec.heads), _words(seen, row, spec.stub)) for row in ordered}


def _ends(row: Result) -> tuple[str, str]:
    ego, _, alter = str(row["category"]).partition(" > ")
    return sentence_case(ego), sentence_case(alter)


def without_empty(grid: Grid) -> Grid:
    """Without lines and columns in which the study has nothing."""
    some = tuple(line for line in grid.lines if any(_filled(cell) for cell in line.cells))
    grid = Grid(grid.columns, some)
    kept = [i for i in range(len(grid.columns)) if any(_filled(line.cells[i]) for line in grid.lines)]
    lines = tuple(Line(line.head, line.label, tuple(line.cells[i] for i in kept)) for line in grid.lines)
    return Grid(tuple(grid.columns[i] for i in kept), lines)


def _filled(cell: Cell) -> bool:
    if cell.row is None:
        return False
    if cell.part == "n of what":
        return not pd.isna(cell.row["n"])
    return cell.part in ESTIMATES or not pd.isna(cell.row.get(cell.part))


def _words(seen: View, row: Result, fields: Sequence[str]) -> str:
    told = dict.fromkeys(seen.words(row, field) for field in fields)  # a source may be called as its relation
    said = ", ".join(part for part in told if part)
    return sentence_case(said.replace(", by ", " by ")) or "All"


def _ranked(lines: list[Line], at: int, most: int = 0) -> list[Line]:
    """Lines by the estimate in one column, highest first, within their blocks; of each so many, or all."""

    def estimate(line: Line) -> float:
        row = line.cells[at].row
        return -float(row["estimate"]) if row is not None and row["status"] == "published" else 0.0

    ordered = _together(sorted(lines, key=estimate))
    heads = [line.head for line in ordered]
    return [line for i, line in enumerate(ordered) if not most or heads[:i].count(line.head) < most]


def _together(lines: list[Line]) -> list[Line]:
    """Lines of one block beside each other, blocks in the order in which they first appear."""
    heads = {head: place for place, head in enumerate(dict.fromkeys(line.head for line in lines))}
    return sorted(lines, key=lambda line: heads[line.head])


def _key(row: Result) -> Key:
    return tuple(str(row[name]) for name in ("source", "measure", "category", "group", "level"))


LAYOUTS: Mapping[str, Callable[[View, TableSpec, list[Result]], Grid]] = {
    "waves": _by_wave,
    "turned": _turned,
    "listed": _listed,
    "described": _described,
    "newest": _newest,
    "spread": _spread,
    "across": _across,
    "pairs": _pairs,
}
