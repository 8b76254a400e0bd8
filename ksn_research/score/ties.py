"""Who named whom, in whatever shape it was asked, into `ties` and `senders`.

Names are matched to the roster by identifier, name, alias, review or spelling, never by likeness: a name that
fits nothing is set aside and listed, with whom it may mean, so that somebody can say so.

names     columns of names, one or several names in a cell (wide nominations, adjacency lists, free text)
matrix    one row per respondent, one column per node of the roster: Yes/No, ticks or ratings
square    a matrix whose first column and header both hold the nodes
edges     one row per tie

Uses `nominations`, `rosters_matrix`, `edge_list`, `named`, `names` and `lists`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.read import Export
from ksn_research.score.accounts import Account
from ksn_research.score.edge_list import edge_list
from ksn_research.score.lists import words
from ksn_research.score.named import (
    AGAIN,
    BELOW,
    OUTSIDE,
    SELF,
    Given,
    Key,
    Named,
    Rows,
    accounts,
    assemble,
    resolve,
)
from ksn_research.score.names import Names, conflicts, propose
from ksn_research.score.nominations import ego_column, key_of, names_given, respondents, strangers
from ksn_research.score.rosters_matrix import Column, cells_given, columns_of, looks_so

__all__ = ["AGAIN", "BELOW", "OUTSIDE", "SELF", "read_ties"]

UNDECLARED = "not declared"


def read_ties(export: Export, wave: Wave, source: str, names: Names, kind: str = "nominations") -> Named:
    """The network that one file reports.

    kind          "nominations" or "edges", as the source declares
    wave.options  shape ("names", "matrix", "square"; for edges "edges" or "square"; where a source of
                  nominations declares none, columns that are plainly a roster matrix are read as one), and
                  what `nominations.names_given`, `rosters_matrix.cells_given` and `edge_list` take

    Every record is used or set aside for a reason, and so is every name: named = matched + itself + outside
    the roster + unreadable.
    """
    origin = Origin(source, wave.year, wave.name, export.file)
    usual = "edges" if kind == "edges" else UNDECLARED
    made = _READERS[wave.options.get("shape", usual)](export, wave, names, origin)
    findings = [*export.findings, *conflicts(names, origin), *made.findings]
    return replace(made, findings=findings)


def _by_respondent(export: Export, wave: Wave, names: Names, origin: Origin) -> Named:
    """A row per respondent: names in cells, or cells under names."""
    column, findings = ego_column(export, wave.options.get("ego", ""), origin)
    if column is None:
        return _nothing(export, wave, names, origin, findings)
    texts = export.frame[column]
    rows, found = respondents(texts, names, wave, origin, wave.options["ego"])
    marks, given, heads = words(wave.options), {}, []
    for relation, pattern in wave.options["relations"].items():
        columns = columns_of(export, pattern, names, marks)
        columns = [one for one in columns if one.at != column]
        cells = export.frame.loc[rows.nodes.index]
        shape = wave.options.get("shape", UNDECLARED)
        if shape == "matrix" or (shape == UNDECLARED and looks_so(columns, cells, names)):
            one, more = _grid(cells, columns, rows, names, wave, origin, relation, pattern)
            heads += [each.label for each in columns if not each.kind]
        else:
            one, more = names_given(export, relation, pattern, rows, names, wave, origin)
            more += strangers(one.said, names, origin, relation)
        given[key_of(relation)] = one
        found += more
    asked = [*heads, *texts[~texts.index.isin(rows.nodes.index)]]
    return _made(export, given, rows, names, origin, wave, [*findings, *found], asked)


def _square(export: Export, wave: Wave, names: Names, origin: Origin) -> Named:
    """A row and a column per node. Whoever has no row, or an empty one, was not observed."""
    wanted = wave.options.get("ego") or export.columns["heading"].iloc[0]
    column, findings = ego_column(export, wanted, origin)
    if column is None:
        return _nothing(export, wave, names, origin, findings)
    rows, found = respondents(export.frame[column], names, wave, origin, wanted or "1")
    heads = export.columns["heading"].drop(column)
    columns = [Column(int(str(at)), head, names.find(head)[0]) for at, head in heads.items() if head]
    relation = wave.options.get("relation", origin.source)
    cells = export.frame.loc[rows.nodes.index]
    one, more = _grid(cells, columns, rows, names, wave, origin, relation, "a column per node")
    asked = [*(c.label for c in columns), *export.frame[column].drop(rows.nodes.index)]
    made = _made(
        export, {key_of(relation): one}, rows, names, origin, wave, [*findings, *found, *more], asked
    )
    return made if wave.options.get("directed", True) else _once(made, origin)


def _grid(
    cells: pd.DataFrame,
    columns: list[Column],
    rows: Rows,
    names: Names,
    wave: Wave,
    origin: Origin,
    relation: str,
    pattern: str,
) -> tuple[Given, list[Finding]]:
    one, found = cells_given(cells, columns, rows, names, wave, origin, relation)
    if not columns:
        remedy = f"correct relations.{relation} in study.toml"
        found = [origin.finding("block", "no column fits the pattern", remedy, row=1, column=pattern)]
    return one, found


def _edge_list(export: Export, wave: Wave, names: Names, origin: Origin) -> Named:
    made = edge_list(export, wave, names, origin)
    return made if isinstance(made, Named) else _nothing(export, wave, names, origin, made)


def _made(
    export: Export,
    given: Mapping[Key, Given],
    rows: Rows,
    names: Names,
    origin: Origin,
    wave: Wave,
    findings: list[Finding],
    asked: list[str],
) -> Named:
    """asked  names of respondents and of columns that are not on the roster, for proposals"""
    least = wave.options.get("least")
    resolved = {key: resolve(one, names, least) for key, one in given.items()}
    frames = assemble(given, resolved, rows, names, origin, wave)
    counted = accounts(resolved, rows, export.blank, len(frames[0]), origin, "names given")
    strange = [*asked, *(t for f in resolved.values() for t in f.loc[f["reason"] == OUTSIDE, "raw"])]
    strange = [text for text in strange if text and names.find(text)[0] is None]
    return Named(*frames, counted, findings, propose(strange, names))


def _nothing(export: Export, wave: Wave, names: Names, origin: Origin, findings: list[Finding]) -> Named:
    """A file of which a needed column is missing."""
    rows = Rows(pd.Series(dtype="str"), {})
    aside = {"blank row": export.blank, "a needed column is missing": len(export.frame)}
    account = Account(origin, len(export.frame) + export.blank, 0, aside)
    return Named(*assemble({}, {}, rows, names, origin, wave), [account], findings)


def _once(made: Named, origin: Origin) -> Named:
    """An undirected matrix with a finding where its halves differ; one report suffices for a tie."""
    pairs = set(zip(made.ties["ego"], made.ties["alter"], strict=True))
    n = sum((alter, ego) not in pairs for ego, alter in pairs)
    if not n:
        return made
    problem = f"{n} ties of an undirected relation stand in one half of the matrix only"
    remedy = "look whether it is directed; a tie that one end reports counts"
    return replace(made, findings=[*made.findings, origin.finding("warn", problem, remedy, count=n)])


_READERS: Mapping[str, Callable[[Export, Wave, Names, Origin], Named]] = {
    UNDECLARED: _by_respondent,
    "names": _by_respondent,
    "matrix": _by_respondent,
    "square": _square,
    "edges": _edge_list,
}
