"""Judgements of coders as counts and coincidences, which add up over units. Imports nothing of the package.

Shapes: `values` is units x coders, missing None or NaN; a unit counts when two or more coders judged it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
LEVELS = ("nominal", "ordinal", "interval", "ratio")
ALONE = "undefined because no unit was judged by two or more coders"
CONSTANT = "undefined because no variation: every judgement is the same"


def value_counts(values: ArrayLike, level: str = "nominal") -> tuple[Counts, NDArray]:
    """Units x values: how many coders gave each value; and the values, sorted.

    Raises ValueError for an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"level is {level!r}, not one of {', '.join(LEVELS)}")
    marks, domain = coded(values)
    return counted_by_value(marks, len(domain)), domain


def counted_by_value(marks: Counts, values: int) -> Counts:
    """Units x values from units x coders (places of values, -1 missing)."""
    cell = np.arange(len(marks))[:, None] * values + marks
    return np.bincount(cell[marks >= 0], minlength=len(marks) * values).reshape(len(marks), values)


def coded(values: ArrayLike) -> tuple[Counts, NDArray]:
    """Units x coders: each judgement as its place among the values, -1 missing; and the values, sorted."""
    given = np.asarray(values)
    given = given if given.dtype.kind in "biuf" else given.astype(object)
    given = given.reshape(len(given), -1)
    places, domain = pd.factorize(given.ravel(), sort=True)
    return places.astype(np.int64).reshape(given.shape), np.asarray(domain)


def coincidences(counts: Counts, cluster: Counts | None = None) -> Floats:
    """Coincidence matrices, one per cluster of units: clusters x values x values (Krippendorff 2011, C)."""
    m = counts.sum(axis=1)
    kept = counts[m >= 2].astype(float)
    where = np.arange(len(counts)) if cluster is None else cluster
    made = np.zeros((int(where.max(initial=-1)) + 1, counts.shape[1], counts.shape[1]))
    pairs = kept[:, :, None] * kept[:, None, :] - np.eye(counts.shape[1]) * kept[:, None, :]
    np.add.at(made, where[m >= 2], pairs / (m[m >= 2] - 1)[:, None, None])
    return made


def undefined(counts: Counts | Floats) -> str:
    """Why nothing can be said about these judgements beyond chance; empty where something can."""
    paired = counts[counts.sum(axis=1) >= 2]
    if not len(paired):
        return ALONE
    return CONSTANT if (paired.sum(axis=0) > 0).sum() < 2 else ""
