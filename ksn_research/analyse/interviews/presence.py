"""Which interview holds which code: the table that all counting of themes starts from.

The tables of this module name single interviews: they are internal, no row of the results frame holds them.
Imports no sibling.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd


def presence(segments: pd.DataFrame, held: pd.DataFrame, codes: Iterable[str] | None = None) -> pd.DataFrame:
    """Interviews (rows, in the order of `held`) by codes (columns, sorted): whether a passage is so coded.

    segments  interview, code; passages of other interviews are left out
    held      interview, one row each
    codes     the columns; without them every code that one of these interviews holds

    A theme is counted once per interview, whoever coded it and however often.

    >>> passages = pd.DataFrame({"interview": ["b", "b", "x"], "code": ["trust", "trust", "time"]})
    >>> presence(passages, pd.DataFrame({"interview": ["a", "b"]})).to_numpy().tolist()
    [[False], [True]]
    """
    index = pd.Index(held["interview"], dtype="str", name="interview")
    row = index.get_indexer(pd.Index(segments["interview"]))
    used = segments["code"].to_numpy(dtype=object)[row >= 0]
    columns = pd.Index(sorted(set(used) if codes is None else set(codes)), dtype="str", name="code")
    column = columns.get_indexer(pd.Index(used, dtype="str"))
    table = np.zeros((len(index), len(columns)), dtype=bool)
    table[row[row >= 0][column >= 0], column[column >= 0]] = True
    return pd.DataFrame(table, index=index, columns=columns)


def together(table: pd.DataFrame, parts: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """The table with a column per key: whether any of the codes named for it is there.

    Codes that the table lacks are in no interview.

    >>> table = pd.DataFrame({"time": [True, False, False], "money": [False, True, False]})
    >>> together(table, {"barriers": ["time", "money", "rules"]})["barriers"].tolist()
    [True, True, False]
    """
    place, values = {code: at for at, code in enumerate(table.columns)}, table.to_numpy(dtype=bool)
    found = [
        values[:, [place[code] for code in codes if code in place]].any(axis=1) for codes in parts.values()
    ]
    held = np.stack(found, axis=1) if found else np.zeros((len(table), 0), dtype=bool)
    return pd.DataFrame(held, index=table.index, columns=list(parts))


def families(codes: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Every code that has sub-codes, with itself and all codes below it, whatever their depth.

    codes  code, parent ("" at the top). A parent that is no code of the book is a family too; a circle of
           parents ends where it comes back.

    >>> book = pd.DataFrame({"code": ["giving", "time", "hours"], "parent": ["", "giving", "time"]})
    >>> families(book)
    {'giving': ('giving', 'hours', 'time'), 'time': ('hours', 'time')}
    """
    below: dict[str, list[str]] = {}
    for code, parent in zip(codes["code"], codes["parent"].fillna(""), strict=True):
        if parent and parent != code:
            below.setdefault(parent, []).append(code)
    return {parent: tuple(sorted(_under(parent, below))) for parent in sorted(below)}


def depths(codes: pd.DataFrame) -> list[int]:
    """How deep each code stands: 1 at the top. A circle of parents counts every code of it once."""
    parent = dict(zip(codes["code"], codes["parent"].fillna(""), strict=True))
    found = []
    for code in codes["code"]:
        seen: set[str] = set()
        while code and code not in seen:
            seen.add(code)
            code = parent.get(code, "")
        found.append(len(seen))
    return found


def _under(parent: str, below: Mapping[str, list[str]]) -> set[str]:
    found, waiting = set(), [parent]
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting += below.get(code, [])
    return found
