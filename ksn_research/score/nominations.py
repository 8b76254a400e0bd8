"""Names in cells: wide nomination columns, lists in one cell, free text; and who the respondents are.

Uses `named`, `names` and `lists`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Wave
from ksn_research.read import Export
from ksn_research.score import answers as typing
from ksn_research.score.lists import Words, listed, words
from ksn_research.score.named import REPEATED, STRANGER, Given, Key, Rows, stranger
from ksn_research.score.names import Names

SAID = ("row", "ego", "raw", "strength", "readable")
REFUSED = "refused"
Answers = Mapping[str, float | str]


def key_of(relation: str) -> Key:
    """Relation and topic of a declared name.

    >>> key_of("asks: fundraising"), key_of("advice")
    (('asks', 'fundraising'), ('advice', ''))
    """
    head, _, topic = relation.partition(":")
    return head.strip(), topic.strip()


def respondents(
    texts: pd.Series, names: Names, wave: Wave, origin: Origin, column: str
) -> tuple[Rows, list[Finding]]:
    """Who answered in which row, by what stands in the respondent's own column.

    Several rows of one node are used together (duplicates = "union"), or the first of them ("first"); with
    neither declared the later ones block.
    """
    ego = names.match(texts)["node"]
    unknown = ego.isna()
    twice = ego.duplicated() & ~unknown
    rule = wave.options.get("duplicates", "")
    again = twice & (rule != "union")
    found = [_stranger(row, texts[row], names, origin, column) for row in ego.index[unknown]]
    if rule not in ("union", "first"):
        remedy = 'remove one of the rows, or declare duplicates = "union" or "first" for this source'
        problem = "the same respondent answered before"
        found += [
            origin.finding("block", problem, remedy, row=row, column=column) for row in ego.index[twice]
        ]
    nodes = ego[~unknown & ~again]
    aside = {STRANGER: int(unknown.sum()), REPEATED: int(again.sum())}
    return Rows(nodes, aside, int((nodes.value_counts() > 1).sum()), rule), found


def ego_column(export: Export, wanted: str, origin: Origin) -> tuple[int | None, list[Finding]]:
    """Position of the column with the respondent's own name, or a blocking finding."""
    heads = export.columns["heading"].map(typing.plain)
    found = heads.index[heads == typing.plain(wanted)]
    if len(found) == 1:
        return int(found[0]), []
    remedy = "name the column of the respondent's own organisation as ego in study.toml"
    return None, [origin.finding("block", "there is no such column", remedy, row=1, column=wanted)]


def names_given(
    export: Export, relation: str, pattern: str, rows: Rows, names: Names, wave: Wave, origin: Origin
) -> tuple[Given, list[Finding]]:
    """What the respondents wrote in the columns that a pattern names, as names.

    wave.options  separators (between names in one cell), none, refused (texts), answers (words -> strength),
                  strength {relation: header pattern}, empty ("not observed": a row without any name did
                  not answer; otherwise it named nobody)
    """
    rated = wave.options.get("strength", {}).get(relation, "")
    columns, ratings = _columns(export, pattern, rated)
    found = [] if columns else [_no_columns(relation, pattern, origin)]
    if rated and len(ratings) not in (1, len(columns)):
        found.append(_unpaired(relation, rated, len(columns), origin))
        ratings = []
    cells = export.frame.loc[rows.nodes.index, columns]
    long = _parts(cells, names, words(wave.options), tuple(wave.options.get("separators", ())))
    long["strength"] = np.nan
    if ratings:
        strengths, more = _ratings(export.frame.loc[rows.nodes.index, ratings], wave, origin, rated)
        found += more
        at = long["at"].to_numpy() if len(ratings) > 1 else np.zeros(len(long), dtype=int)
        where = strengths.index.get_indexer(pd.Index(long["row"]))
        long["strength"] = strengths.to_numpy()[where, at]
    long["ego"] = long["row"].map(rows.nodes)
    given = _given(long, rows, names, wave.options.get("empty") == "not observed")
    return given, found


def strangers(frame: pd.DataFrame, names: Names, origin: Origin, column: str) -> list[Finding]:
    """A finding per name in `frame` (row, raw, readable) that could not be told apart or is not on the
    roster, unless somebody reviewed it as unknown."""
    found = []
    strange = frame[~frame["readable"] | names.match(frame["raw"])["node"].isna()]
    for row, raw, readable in zip(strange["row"], strange["raw"], strange["readable"], strict=True):
        problem, remedy = stranger(raw, names) if readable else _mixed(origin.source)
        if problem:
            found.append(origin.finding("warn", problem, remedy, row=row, column=column, answer=raw))
    return found


def meanings(options: Mapping[str, Any]) -> Answers:
    """Declared answers by their plain words: a strength, or "refused"."""
    return {typing.plain(text): value for text, value in options.get("answers", {}).items()}


def _mixed(source: str) -> tuple[str, str]:
    remedy = (
        f'declare what stands between names (separators = [";", ","] under sources.{source}), or correct '
        "the cell; it is set aside"
    )
    return "a name on the roster stands beside words that are none", remedy


def _stranger(row: int, text: str, names: Names, origin: Origin, column: str) -> Finding:
    problem, remedy = stranger(text, names)
    problem = problem.replace("the name", "the respondent") or "the respondent was reviewed as unknown"
    remedy = remedy or "correct the name in the list of names if that is wrong"
    return origin.finding(
        "warn", problem, f"{remedy}; the row is set aside", row=row, column=column, answer=text
    )


def _columns(export: Export, pattern: str, rated: str) -> tuple[list[int], list[int]]:
    """Positions of the columns of names, and of those of their strengths."""
    heads = export.columns["heading"]
    ratings = [int(str(i)) for i, head in heads.items() if rated and typing.fits(head, rated)]
    fitting = [int(str(i)) for i, head in heads.items() if typing.fits(head, pattern)]
    return [i for i in fitting if i not in ratings], ratings


def _parts(cells: pd.DataFrame, names: Names, marks: Words, separators: Sequence[str]) -> pd.DataFrame:
    """One row per name or mark in the filled cells, in reading order: row, at (place of the column), raw,
    readable, kind ("", "nobody", "unsaid"). Each distinct cell is taken apart once."""
    cells = cells.set_axis(range(cells.shape[1]), axis=1)
    long = (
        cells.rename_axis("row")
        .reset_index()
        .melt("row", var_name="at", value_name="cell")
        .astype({"cell": "str"})
    )
    long = long[long["cell"].str.strip() != ""].sort_values(["row", "at"], kind="stable")
    apart = {
        cell: [(raw, fine, marks.kind(raw, names)) for raw, fine in listed(cell, names, separators)]
        for cell in long["cell"].unique()
    }
    long = long.assign(part=long["cell"].map(apart)).explode("part", ignore_index=True)
    parts = pd.DataFrame(long["part"].tolist(), columns=["raw", "readable", "kind"], index=long.index)
    types = {"at": "int64", "raw": "str", "readable": "bool", "kind": "str"}
    return long[["row", "at"]].join(parts).astype(types)


def _ratings(
    cells: pd.DataFrame, wave: Wave, origin: Origin, column: str
) -> tuple[pd.DataFrame, list[Finding]]:
    known, made, found = meanings(wave.options), {}, []
    for at, position in enumerate(cells):
        plain = typing.plain_column(cells[position])
        said = plain.map({t: v for t, v in known.items() if not isinstance(v, str)}).astype("float64")
        typed, bad = typing.numbers(cells[position])
        made[at] = said.where(said.notna(), typed)
        bad = bad & said.isna() & ~plain.isin([t for t, v in known.items() if isinstance(v, str)])
        remedy = "declare its strength under answers for this source, or correct the cell"
        found += typing.unknown(cells[position], bad, "no known strength", remedy, origin=origin, name=column)
    return pd.DataFrame(made), found


def _given(long: pd.DataFrame, rows: Rows, names: Names, silent_unseen: bool) -> Given:
    """What was said and, by row, whether the relation was answered: a refusal leaves all that was not named
    unobserved, a row of names or "none of these" leaves nothing so."""
    nodes = rows.nodes
    of = {kind: nodes.index.isin(long.loc[long["kind"] == kind, "row"]) for kind in ("", "nobody", "unsaid")}
    silent = np.logical_not(of[""] | of["nobody"] | of["unsaid"])
    whole = np.logical_not(of["unsaid"])
    if silent_unseen:
        whole &= np.logical_not(silent)
    answered = np.isin(np.asarray(names.nodes, dtype=object), nodes[whole].unique().astype(object))
    said = long.loc[long["kind"] == "", list(SAID)].reset_index(drop=True)
    return Given(
        said, answered, answered[:, None], *(int(x.sum()) for x in (of["unsaid"], of["nobody"], silent))
    )


def _no_columns(relation: str, pattern: str, origin: Origin) -> Finding:
    remedy = f"correct relations.{relation} in study.toml"
    return origin.finding("block", "no column fits the pattern", remedy, row=1, column=pattern)


def _unpaired(relation: str, pattern: str, columns: int, origin: Origin) -> Finding:
    problem = f"the pattern does not fit as many columns as there are of names ({columns}), nor one"
    remedy = f"correct strength.{relation} in study.toml"
    return origin.finding("block", problem, remedy, row=1, column=pattern)
