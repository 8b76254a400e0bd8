"""The internal network page: a map, a table to search and to sort, and each node's ties, roles and positions.

It names nodes and ties, which no public page does, so it stands in the internal part of an edition only.
Every number is formatted here once; the page's script moves text about and computes no statistic.

Imports formats, network_lines, templates, text, view.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.render.formats import number
from ksn_research.render.network_lines import (
    MARK,
    ROLES,
    SILENT,
    Column,
    Line,
    columns_of,
    denominators,
    line_of,
)
from ksn_research.render.templates import template
from ksn_research.render.text import as_text
from ksn_research.render.view import readable

KEY = ["source", "relation", "year", "wave"]
UNKNOWN = "not known"


@dataclass(frozen=True)
class Sheet:
    """One relation of one wave: its lines by name, and its ties as pairs of their places in `lines`."""

    source: str
    relation: str
    wave: str
    units: str
    directed: bool
    said: str
    lines: tuple[Line, ...]
    ties: tuple[tuple[int, int], ...]


def network_page(
    positions: pd.DataFrame,
    ties: pd.DataFrame,
    places: pd.DataFrame,
    title: str,
    labels: Mapping[str, str] | None = None,
) -> str:
    """One self-contained internal page; empty text where no network was collected.

    positions  one row per node, relation and wave: year, wave, source, relation, units, node, name, region,
               type, answered, in_degree, observed_senders, in_degree_low, in_degree_high, in_degree_share,
               rank_best, rank_worst, why (of what is undefined) and, where there are, the other columns of
               `COLUMNS`, ego E-I as `e_i_<attribute>`, the roles, and `<role>_expected`
    ties       year, wave, source, relation, ego, alter and, where known, directed. Those with an end that is
               not in `positions`, of a node with itself, and those that nobody observed reported are left out
    places     source, node, x, y in 0..1; nodes without a place stand on the rim
    labels     words by identifier of sources and relations
    """
    if positions.empty:
        return ""
    # The page's script takes its words from the data, which no template prints.
    positions, ties, places, labels = (as_text(one) for one in (positions, ties, places, labels or {}))
    columns = columns_of(positions)
    sheets = _sheets(positions, ties, places, columns, labels)
    regions = sorted({line.region for sheet in sheets for line in sheet.lines} - {""})
    return template("network.html").render(
        title=title,
        columns=columns,
        sheets=sheets,
        first=sheets[0],
        roles=ROLES,
        mark=MARK,
        silent=SILENT,
        unknown=UNKNOWN,
        data=_payload(sheets, columns, regions),
    )


def _payload(sheets: Sequence[Sheet], columns: Sequence[Column], regions: list[str]) -> dict[str, Any]:
    """All that the page's script reads, as plain lists."""
    heads = ("source", "relation", "wave", "units", "directed", "said")
    return {
        "columns": [[c.name, c.label, c.either or c.label, c.largest, c.strip] for c in columns],
        "regions": regions,
        "roles": list(ROLES.items()),
        "sheets": [
            {
                **{name: getattr(sheet, name) for name in heads},
                "nodes": [[getattr(line, field.name) for field in fields(line)] for line in sheet.lines],
                "ties": [place for tie in sheet.ties for place in tie],
            }
            for sheet in sheets
        ],
    }


def _sheets(
    positions: pd.DataFrame,
    ties: pd.DataFrame,
    places: pd.DataFrame,
    columns: Sequence[Column],
    labels: Mapping[str, str],
) -> list[Sheet]:
    """Sources and relations in the order they come, of each the newest wave first."""
    waves: list[tuple[Any, pd.DataFrame]] = list(positions.groupby(KEY, sort=False, dropna=False))
    sources = list(dict.fromkeys(str(key[0]) for key, _ in waves))
    relations = list(dict.fromkeys(key[:2] for key, _ in waves))
    at = {name: _places(positions.loc[positions["source"] == name, "node"], name, places) for name in sources}
    # Of two waves of one year, the one that comes later is the newer.
    order = {
        key: (sources.index(key[0]), relations.index(key[:2]), 0 if pd.isna(key[2]) else -key[2], -i)
        for i, (key, _) in enumerate(waves)
    }
    newest = sorted(waves, key=lambda one: order[one[0]])
    return [_sheet(key, own, _wave_of(ties, key), at[key[0]], columns, labels) for key, own in newest]


def _wave_of(ties: pd.DataFrame, key: tuple[Any, ...]) -> pd.DataFrame:
    source, relation, year, wave = key
    years = ties["year"].isna() if pd.isna(year) else (ties["year"] == year).fillna(False).astype(bool)
    same = (ties["source"] == source) & (ties["relation"] == relation)
    return ties[same & years & (ties["wave"].fillna("") == ("" if pd.isna(wave) else wave))]


def _sheet(
    key: tuple[Any, ...],
    own: pd.DataFrame,
    ties: pd.DataFrame,
    at: Mapping[str, tuple[float, float]],
    columns: Sequence[Column],
    labels: Mapping[str, str],
) -> Sheet:
    source, relation, year, wave = key
    own = own.assign(name=own["name"].fillna(own["node"]).astype("str"))
    own = own.sort_values(["name", "node"], key=lambda c: c.str.casefold()).reset_index(drop=True)
    directed = bool(ties["directed"].all()) if "directed" in ties else True
    pairs = _pairs(ties, own, directed)
    over = denominators(own, pairs, columns)
    lines = tuple(
        line_of(dict(row), at[str(row["node"])], columns, {name: counts[i] for name, counts in over.items()})
        for i, row in enumerate(own.to_dict("records"))
    )
    said = _said_of(own, pairs)
    when = "undated" if pd.isna(year) else str(int(year))
    when += "" if pd.isna(wave) or not wave else f", {wave}"
    asked, who = (str(labels.get(name) or readable(str(name))) for name in (relation, source))
    return Sheet(who, asked, when, str(own["units"].iloc[0]), directed, said, lines, pairs)


def _pairs(ties: pd.DataFrame, own: pd.DataFrame, directed: bool) -> tuple[tuple[int, int], ...]:
    """Distinct ties between lines, reported by somebody who answered; undirected ones once."""
    index, answered = pd.Index(own["node"]), own["answered"].to_numpy(dtype=bool)
    ego, alter = index.get_indexer(ties["ego"]), index.get_indexer(ties["alter"])
    inside = (ego >= 0) & (alter >= 0) & (ego != alter)
    ego, alter = ego[inside], alter[inside]
    seen = answered[ego] | (answered[alter] & (not directed))
    ends = np.column_stack([ego[seen], alter[seen]])
    ends = ends if directed else np.sort(ends, axis=1)
    return tuple((int(a), int(b)) for a, b in np.unique(ends, axis=0))


def _said_of(own: pd.DataFrame, pairs: Sequence[tuple[int, int]]) -> str:
    """What the network consists of, in one line."""
    answered, whole = int(own["answered"].sum()), len(own)
    share = f" ({number(answered / whole, 'percent')})"
    many = number(whole, "count")
    return (
        f"{many} {own['units'].iloc[0]}, {number(answered, 'count')} answered{share}, "
        f"{number(len(pairs), 'count')} {'tie' if len(pairs) == 1 else 'ties'} known"
    )


def _places(nodes: pd.Series, source: str, places: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """A place for every node of a source: the given one, else one on the rim."""
    ours = places[places["source"] == source] if len(places) else places
    known = {
        str(node): (round(float(x), 4), round(float(y), 4))
        for node, x, y in zip(ours.get("node", ()), ours.get("x", ()), ours.get("y", ()), strict=True)
        if not (pd.isna(x) or pd.isna(y))
    }
    here = sorted(set(nodes.astype("str")))
    rest = [node for node in here if node not in known]
    x, y = (_filling([known[node][axis] for node in here if node in known]) for axis in (0, 1))
    drawn = {node: (x(known[node][0]), y(known[node][1])) for node in here if node in known}
    return drawn | dict(zip(rest, _rim(len(rest)), strict=True))


def _filling(values: Sequence[float]) -> Callable[[float], float]:
    """Stretch so that the drawing fills its box, in tenths, so that a new node seldom moves the others."""
    if not values:
        return lambda value: value
    low, high = math.floor(10 * min(values)) / 10, math.ceil(10 * max(values)) / 10
    return lambda value: round((value - low) / (high - low), 4) if high > low else 0.5


def _rim(count: int) -> Iterator[tuple[float, float]]:
    for i in range(count):
        turn = 2 * math.pi * i / count
        yield round(0.5 + 0.5 * math.sin(turn), 4), round(0.5 + 0.5 * math.cos(turn), 4)
