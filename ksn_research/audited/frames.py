"""The audit of the files with columns: `results.csv` and the data behind figures."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ksn_research.audited.leaks import PARTS, Leak, Published, found
from ksn_research.audited.numbers import DIGITS, TOLD, says
from ksn_research.disclose import SUPPRESSED

CLOSE = 0.5 * 10.0 ** (1 - DIGITS)  # whatever is further apart is looked at by itself
DRAWN = ("estimate", "ci_low", "ci_high", "n")  # what the data of a figure say of a mark


def audit_results(staging: Path, known: Published) -> list[Leak]:
    """`results.csv` is what was published, row by row, and nothing of a single circle."""
    path = staging / "public" / "results.csv"
    if not path.exists():
        return []
    words = {"id": "str", "group": "str"}
    frame = pd.read_csv(path, usecols=[*words, *PARTS], dtype=words, keep_default_na=False, na_values=[""])
    return found(_results(frame, known, "public/results.csv"))


def _results(frame: pd.DataFrame, known: Published, file: str) -> Iterator[Leak | None]:
    for id_ in sorted(known.now.place.keys() - set(frame["id"])):
        yield Leak(file, id_, "missing", "the result is not in the file")
    for id_ in frame.loc[frame["group"] == "circle", "id"]:
        yield Leak(file, id_, "of a circle", "the result is of a single circle")
    at = frame["id"].map(known.now.place).fillna(-1).astype(int).to_numpy()
    for part in PARTS:
        shown = frame[part].to_numpy(dtype=float)
        real = np.append(known.now.columns[part], np.nan)[at]
        for place in np.flatnonzero(~np.isnan(shown) & ~np.isclose(shown, real, rtol=CLOSE, atol=0)):
            yield known.leak(file, str(frame["id"].iloc[place]), part, float(shown[place]))


def audit_figures(staging: Path, known: Published) -> list[Leak]:
    """Every row behind a figure is a published result or a published point of a curve."""
    curves = _Curves(known)
    files = sorted((staging / "public" / "figures").glob("*.csv"))
    return found(
        leak for path in files for leak in _figure(path, known, curves, path.relative_to(staging).as_posix())
    )


def _figure(path: Path, known: Published, curves: _Curves, file: str) -> Iterator[Leak | None]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        id_ = row.get("id") or ""
        values = {part: float(row[part]) for part in DRAWN if row.get(part)}
        leaks = {part: known.leak(file, id_, part, value) for part, value in values.items()}
        beyond = [values[part] for part, leak in leaks.items() if leak is not None]
        if beyond and not curves.hold(beyond):
            yield from leaks.values()
        if not _tells(row.get("text") or "", list(values.values())):
            yield Leak(file, id_, "unmarked number", "its words hold another number than its row")


def _tells(text: str, values: list[float]) -> bool:
    """Whether the words of a mark hold its own numbers only."""
    return not TOLD.search(text) or any(says(text, value) for value in values)


class _Curves:
    """Points of published curves, found by their numbers."""

    def __init__(self, known: Published) -> None:
        self.at: dict[str, set[tuple[str, int]]] = {}
        for name, curve in known.publishable.curves.items():
            for column in curve.select_dtypes("number"):
                for place, value in enumerate(curve[column].astype("float64")):
                    if not pd.isna(value):
                        self.at.setdefault(_key(value), set()).add((name, place))

    def hold(self, values: list[float]) -> bool:
        """Whether one point has all of these numbers."""
        return bool(set.intersection(*(self.at.get(_key(value), set()) for value in values)))


def _key(value: float) -> str:
    return f"{value:.{DIGITS}g}"


def audit_curves(known: Published) -> list[Leak]:
    """No point of a curve rests on fewer people than the threshold, and a suppressed one has no numbers."""
    least = known.publishable.study.people
    return found(
        Leak(f"internal/data/curve_{name}.parquet", "", SUPPRESSED, "a point of too few people has numbers")
        for name, curve in known.publishable.curves.items()
        if _small(curve, least).any()
    )


def _small(curve: pd.DataFrame, least: int) -> pd.Series:
    small = pd.Series(False, index=curve.index)
    for name in {"n", "people"} & set(curve.columns):
        small |= curve[name].between(1, least - 1).fillna(False).astype(bool)
    if {"share", "n"} <= set(curve.columns) and "circle" not in curve:
        cell = (curve["share"] * curve["n"]).round()
        small |= cell.between(1, least - 1).fillna(False).astype(bool)
    return small
