"""Where earlier editions drew the nodes of a network: `places/<source>.csv` beside `study.toml`.

    map   "public" (drawn from ties between organisations that consented) or "internal" (from all ties)
    node  the organisation's id
    x, y  its place, from 0 to 1

`ksn report` adds lines for new nodes and never changes one that is there, so that an organisation keeps its
place on the map in every later edition.
"""

from __future__ import annotations

import csv
import io
import math
from contextlib import suppress
from pathlib import Path

import pandas as pd

from ksn_research.errors import ReadError
from ksn_research.plan import Study

HEADER = ("map", "node", "x", "y")
MAPS = ("internal", "public")
DIGITS = "%.4f"


def path_of(study: Study, source: str) -> Path:
    """The file of a source's places."""
    return study.remembered / "places" / f"{source}.csv"


def load_places(study: Study, source: str) -> pd.DataFrame:
    """What is remembered of a source: map, node, x, y; no rows where nothing is.

    Raises ReadError (file, row) for a file that holds something else.
    """
    path = path_of(study, source)
    lines = _lines(path) if path.exists() else []
    rows = [_row(path, number, line) for number, line in enumerate(lines[1:], start=2)]
    frame = pd.DataFrame(rows, columns=[*HEADER]).astype(
        {"map": "str", "node": "str", "x": float, "y": float}
    )
    twice = frame.duplicated(["map", "node"])
    if (lines and tuple(lines[0]) != HEADER) or twice.any():
        raise _no_places(path, int(twice.to_numpy().argmax()) + 2 if twice.any() else 1)
    return frame


def with_new(known: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """The remembered places as they stand, and those of nodes that were drawn for the first time.

    known, drawn  columns map, node, x, y

    >>> one = pd.DataFrame({"map": ["public"], "node": ["a"], "x": [0.1], "y": [0.2]})
    >>> two = pd.DataFrame({"map": "public", "node": ["b", "a"], "x": [0.5, 0.9], "y": [0.6, 0.9]})
    >>> with_new(one, two)["x"].tolist()
    [0.1, 0.5]
    """
    both = pd.concat([known[[*HEADER]], drawn[[*HEADER]]] if len(known) else [drawn[[*HEADER]]])
    kept = both.drop_duplicates(["map", "node"], keep="first")
    return kept.sort_values(["map", "node"], kind="stable").reset_index(drop=True)


def as_text(places: pd.DataFrame) -> str:
    """The file's text."""
    return places[[*HEADER]].to_csv(index=False, float_format=DIGITS, lineterminator="\n")


def _lines(path: Path) -> list[list[str]]:
    with suppress(OSError, UnicodeDecodeError, csv.Error):
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    raise _no_places(path, None)


def _row(path: Path, number: int, line: list[str]) -> tuple[str, str, float, float]:
    with suppress(ValueError):
        which, node, x, y = line
        at = float(x), float(y)
        if which in MAPS and node and all(math.isfinite(one) for one in at):
            return which, node, *at
    raise _no_places(path, number)


def _no_places(path: Path, row: int | None) -> ReadError:
    remedy = "take the file from the study's history: only `ksn report` writes it"
    return ReadError("this is no list of places on a map", remedy=remedy, file=path.name, row=row)
