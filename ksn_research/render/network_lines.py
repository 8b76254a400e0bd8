"""One node as a line of the internal network page: its numbers in words, each over what it rests on.

Imports formats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ksn_research.render.formats import DASH, number

MARK = "n.d."
SILENT = "did not answer"
ROLES: Mapping[str, str] = {
    "coordinator": "between two of its own region",
    "consultant": "between two of one other region",
    "representative": "from its own region to another",
    "gatekeeper": "from another region to its own",
    "liaison": "between two other regions",
}


@dataclass(frozen=True)
class Column:
    """One number of a node in the table.

    label     heading; `either` where ties have no direction
    told      what it says and over what, for the list below the table
    kind      format, see `formats`
    largest   the first click brings the largest to the top
    strip     the profile shows where the node stands among the others
    """

    name: str
    label: str
    told: str
    kind: str = "mean"
    either: str = ""
    largest: bool = True
    strip: bool = True


COLUMNS = (
    Column(
        "in_degree", "Named by",
        "how many name it, of the others that answered about it; on hover, what it could be had all answered",
        "count", "Tied to",
    ),
    Column(
        "rank", "Rank",
        "1 is named by most: the best and the worst place that the answers not given leave open",
        "count", largest=False, strip=False,
    ),
    Column("out_degree", "Names", "how many it names, of the others on the roster", "count", strip=False),
    Column(
        "betweenness", "Between",
        "betweenness: share of the pairs of others between whom it stands on shortest paths (Freeman 1977); "
        "no bound covers the answers not given",
        "density",
    ),
    Column(
        "harmonic_closeness", "Near",
        "harmonic closeness: mean over all others of 1 / steps from them to it, 0 where no path leads; 1 "
        "where all are one step away",
    ),
    Column(
        "constraint", "Constraint",
        "Burt’s constraint (1992), whole network: high where its partners are tied to each other",
        largest=False,
    ),
    Column(
        "effective_size", "Effective size",
        "partners less what they repeat of each other (Burt 1992), of its partners",
    ),
    Column("efficiency", "Efficiency", "effective size / partners"),
    Column(
        "core", "Core",
        "the largest k such that it stands in a group each of whom is tied to k others inside",
        "count", strip=False,
    ),
    Column(
        "component", "Component",
        "in which part of the network it is, 1 the largest; between parts no path leads",
        "count", largest=False, strip=False,
    ),
)  # fmt: skip


class Cell(NamedTuple):
    """What stands in a cell: the text, what it is sorted by (None: last), its denominator, words."""

    shown: str
    sort: float | str | None
    of: str = ""
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One node of one network. x, y in 0..1; roles: count and expected, as `ROLES` lists them."""

    node: str
    name: str
    region: str
    type: str
    answered: bool
    x: float
    y: float
    cells: tuple[Cell, ...]
    roles: tuple[tuple[Cell, Cell], ...]
    why: str = ""


def columns_of(positions: pd.DataFrame) -> tuple[Column, ...]:
    """The columns of which something is known, ego E-I after the others."""
    spans = sorted(str(name) for name in positions if str(name).startswith("e_i_"))
    balance = "external less internal ties over both, of its ties to partners of known"
    more = [
        Column(name, f"E-I {name[4:].replace('_', ' ')}", f"{balance} {name[4:].replace('_', ' ')}", "change")
        for name in spans
    ]
    given = {**{c.name: c.name for c in (*COLUMNS, *more)}, "rank": "rank_best"}
    return tuple(
        column
        for column in (*COLUMNS, *more)
        if given[column.name] in positions and positions[given[column.name]].notna().any()
    )


def line_of(
    row: Mapping[Any, Any],
    at: tuple[float, float],
    columns: Sequence[Column],
    over: Mapping[str, int | None],
) -> Line:
    """A row of positions in words.

    at    its place on the map; over: per column that has one, what the number is over
    """
    words = {name: "" if _missing(row.get(name)) else str(row[name]) for name in ("region", "type", "why")}
    answered = bool(row["answered"])
    why = words["why"] or ("not defined for this node" if answered else SILENT)
    return Line(
        node=str(row["node"]),
        name=str(row["name"]),
        region=words["region"],
        type=words["type"],
        answered=answered,
        x=at[0],
        y=at[1],
        cells=tuple(_cell(column, row, over.get(column.name), why) for column in columns),
        roles=tuple(_role(row, role, why) for role in ROLES),
        why=words["why"],
    )


def _cell(column: Column, row: Mapping[Any, Any], over: int | None, why: str) -> Cell:
    cell = _rank(row, why) if column.name == "rank" else _plain(row.get(column.name), column.kind, why)
    if cell.sort is None or over is None:
        return cell
    cell = cell._replace(of=f"of {number(over, 'count')}")
    if column.name != "in_degree":
        return cell
    share = _number(row.get("in_degree_share"))
    return cell._replace(sort=cell.sort if share is None else share, note=_bounds(row))


def _role(row: Mapping[Any, Any], role: str, why: str) -> tuple[Cell, Cell]:
    return _plain(row.get(role), "count", why), _plain(row.get(f"{role}_expected"), "mean")


def _plain(value: Any, kind: str, why: str = "") -> Cell:
    known = _number(value)
    return Cell(MARK, None, note=why) if known is None else Cell(number(known, kind), known)


def _bounds(row: Mapping[Any, Any]) -> str:
    low, high = _number(row.get("in_degree_low")), _number(row.get("in_degree_high"))
    if low is None or high is None or low == high:
        return ""
    return f"{number(low, 'count')} to {number(high, 'count')}, had all answered"


def _rank(row: Mapping[Any, Any], why: str) -> Cell:
    best, worst = _number(row.get("rank_best")), _number(row.get("rank_worst"))
    if best is None:
        return Cell(MARK, None, note=why)
    worst = best if worst is None else worst
    shown = number(best, "count") + (f"{DASH}{number(worst, 'count')}" if worst != best else "")
    # By the best place, then by the worst, then by the share that names it.
    return Cell(shown, best + worst / 1e6 + (1 - (_number(row.get("in_degree_share")) or 0)) / 1e9)


def denominators(
    own: pd.DataFrame, pairs: Sequence[tuple[int, int]], columns: Sequence[Column]
) -> dict[str, list[int | None]]:
    """Per column that has one, what each line's number is over.

    own    the positions of one relation and wave; pairs: its ties as pairs of row numbers
    """
    size = len(own)
    everybody = np.ones(size, dtype=bool)
    asked = own["observed_senders"].astype("Float64")
    over: dict[str, list[int | None]] = {
        "in_degree": [None if _missing(n) else int(n) for n in asked],
        "rank": [size] * size,
        "out_degree": [size - 1] * size,
        "effective_size": _partners(pairs, everybody),
    }
    for column in columns:
        if column.name.startswith("e_i_") and column.name[4:] in own:
            over[column.name] = _partners(pairs, own[column.name[4:]].fillna("").ne("").to_numpy())
    return over


def _partners(pairs: Sequence[tuple[int, int]], counted: np.ndarray) -> list[int | None]:
    """To how many of the others that count each line is tied, in either direction."""
    both = sorted({(a, b) for pair in pairs for a, b in (pair, pair[::-1])})
    tied = np.array(both, dtype=int).reshape(-1, 2)
    kept = tied[counted[tied[:, 1]], 0]
    return np.bincount(kept, minlength=len(counted)).tolist()


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or bool(value != value)  # pandas' own is slow


def _number(value: Any) -> float | None:
    """A plain number with as many digits as a picture needs; None where there is none."""
    return None if _missing(value) or not math.isfinite(value) else float(f"{float(value):.6g}")
