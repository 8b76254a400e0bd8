"""The fewest cells that have to be suppressed, by mixed integer programming: what suppression is measured
against (the cell suppression problem; Fischetti & Salazar 2001, Management Science 47:1008).

A pattern is safe when for each sensitive cell and each side there is a table that agrees with what is
published and in which that cell reaches its protection level. Small tables only: every sensitive cell brings
two tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_array, eye_array, hstack, vstack

MANY = 1000.0  # more than any cell holds


@dataclass(frozen=True)
class Tables:
    """Linked tables of counts.

    cells      true counts by name
    sums       (total, parts): the parts add up to the total
    sensitive  by name the interval that the bounds of a cell must contain
    """

    cells: Mapping[str, float]
    sums: Sequence[tuple[str, tuple[str, ...]]]
    sensitive: Mapping[str, tuple[float, float]]


def fewest(tables: Tables, seconds: float = 20.0) -> int | None:
    """How many cells must be suppressed at least, the sensitive ones included; None when not known in time.

    >>> cross = Tables({"all": 20, "a": 2, "b": 8, "c": 10}, [("all", ("a", "b", "c"))], {"a": (1, 4)})
    >>> fewest(cross)
    2
    """
    names = list(tables.cells)
    if not tables.sensitive:
        return 0
    found = milp(
        np.concatenate([np.ones(len(names)), np.zeros(2 * len(names) * len(tables.sensitive))]),
        constraints=_constraints(tables, names),
        bounds=_bounds(tables, names),
        integrality=np.concatenate([np.ones(len(names)), np.zeros(2 * len(names) * len(tables.sensitive))]),
        options={"time_limit": seconds},
    )
    return round(float(found.fun)) if found.status == 0 else None


def _sides(tables: Tables) -> list[tuple[str, float, float]]:
    """Name and range of the sensitive cell in each of the tables that must be possible."""
    return [
        side
        for name, (low, high) in tables.sensitive.items()
        for side in ((name, 0.0, low), (name, high, MANY))
    ]


def _constraints(tables: Tables, names: list[str]) -> list[LinearConstraint]:
    """Every possible table adds up, and differs from the true one in suppressed cells only."""
    true = np.array([tables.cells[name] for name in names])
    copies = len(_sides(tables))
    adds = np.zeros((len(tables.sums), len(names)))
    for place, (total, parts) in enumerate(tables.sums):
        adds[place, names.index(total)] -= 1
        for part in parts:
            adds[place, names.index(part)] += 1
    added = hstack([csr_array((copies * len(adds), len(names))), block_diag([adds] * copies)])
    same = eye_array(copies * len(names))
    fall = vstack([csr_array(np.diag(true))] * copies)
    rise = vstack([csr_array(np.diag(MANY - true))] * copies)
    every = np.tile(true, copies)
    return [
        LinearConstraint(added, 0, 0),
        LinearConstraint(hstack([fall, same]), every, np.inf),
        LinearConstraint(hstack([-rise, same]), -np.inf, every),
    ]


def _bounds(tables: Tables, names: list[str]) -> Bounds:
    low, high = [0.0] * len(names), [1.0] * len(names)
    for name, least, most in _sides(tables):
        low += [least if one == name else 0.0 for one in names]
        high += [most if one == name else MANY for one in names]
    return Bounds(low, high)
