"""How far the bounds reach that a reader can work out by linear programming over everything shown.

One linear program over all tables at once answers for many numbers: parts that share no unknown do not
touch each other in it. First every bound is pushed towards its goal together; what stays behind is pushed
alone, one number of each part at a time. Solved with HiGHS (Huangfu and Hall 2018) through scipy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from ksn_research.disclose.primary import Needs
from ksn_research.errors import DisclosureError

NEAR = 1e-4
ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Seen:
    """What a reader has: `low <= matrix @ unknowns <= high`, unknowns >= 0.

    column  which column of `matrix` an unknown of the relations is, -1 where it is known
    known   the value of each known unknown
    """

    matrix: csr_array
    low: np.ndarray
    high: np.ndarray
    column: np.ndarray
    known: np.ndarray


def seen(equations: csr_array, given: np.ndarray, value: np.ndarray, error: np.ndarray) -> Seen:
    """What is left to work out when some unknowns are given.

    given  bool per unknown; value and error: the published value of each, and how far it may be off
    """
    column = np.full(len(given), -1)
    column[~given] = np.arange((~given).sum())
    part = equations[:, ~given]
    open_ = np.diff(part.indptr) > 0
    told = equations[:, given]
    right = -(told @ value[given])
    off = abs(told) @ error[given] + 1e-9
    return Seen(part[open_], (right - off)[open_], (right + off)[open_], column, np.where(given, value, 0.0))


def reach(
    view: Seen, wanted: Needs, sign: int, goal: np.ndarray, start: np.ndarray, *, alone: bool = True
) -> np.ndarray:
    """How far each number can go: up (sign 1) to `goal`, or down (sign -1) to it; further is not looked for.

    start  a value of each that is known to be possible, nan where none is
    alone  False: those that stay behind when all are pushed together `ROUNDS` times are left there
    Returns the furthest value found, which (pushed alone) is the bound itself where it misses its goal.
    """
    best = np.where(np.isnan(start), -np.inf, sign * start)
    aim = sign * goal
    inner = _Inner(view, wanted, sign)
    best = np.where(inner.fixed, inner.constant, best)
    tried = inner.fixed.copy()
    together, rounds = True, 0
    while (behind := ~tried & (best < aim - NEAR)).any():
        chosen = np.flatnonzero(behind)
        if not alone and (rounds == ROUNDS or not together):
            break
        rounds += 1
        if not together:
            chosen = chosen[np.unique(inner.part[chosen], return_index=True)[1]]
            tried[chosen] = True
        better = np.maximum(best, inner.push(chosen, aim))
        together = together and ((best < aim - NEAR) & (better >= aim - NEAR)).any()
        best = better
    return sign * best


class _Inner:
    """The numbers in terms of the columns of what is left to work out."""

    def __init__(self, view: Seen, wanted: Needs, sign: int) -> None:
        self.view = view
        size, columns = len(wanted), view.matrix.shape[1]
        rows, at, value = [], [], []
        self.constant = np.zeros(size)
        for unknown, factor in ((wanted.plus, sign), (wanted.minus, -sign)):
            there = unknown >= 0
            column = np.where(there, view.column[unknown], -1)
            self.constant += np.where(there & (column < 0), factor * view.known[unknown], 0.0)
            rows.append(np.flatnonzero(column >= 0))
            at.append(column[column >= 0])
            value.append(np.full((column >= 0).sum(), float(factor)))
        triple = (np.concatenate(value), (np.concatenate(rows), np.concatenate(at)))
        self.matrix = csr_array(triple, shape=(size, columns))
        self.fixed = np.diff(self.matrix.indptr) == 0
        label = connected_components(abs(view.matrix).T @ abs(view.matrix), directed=False)[1]
        self.part = np.full(size, -1)
        row = np.repeat(np.arange(size), np.diff(self.matrix.indptr))
        self.part[row] = label[self.matrix.indices]
        self.label = label

    def push(self, chosen: np.ndarray, aim: np.ndarray) -> np.ndarray:
        """What the numbers are where the chosen ones come closest to their aims, all together; -inf for those
        that have no part in it."""
        view, many = self.view, len(chosen)
        there = np.isin(self.label, self.part[chosen])
        rows = np.diff(view.matrix[:, there].indptr) > 0
        part, width = view.matrix[rows][:, there], int(there.sum())
        # `y` of each number is at most the number and at most its aim; their sum is what is made large.
        below = hstack([self.matrix[chosen][:, there], -eye_array(many)])
        matrix = vstack([hstack([part, csr_array((part.shape[0], many))]), below])
        low = np.concatenate([view.low[rows], -self.constant[chosen]])
        high = np.concatenate([view.high[rows], np.full(many, np.inf)])
        limits = Bounds(
            np.concatenate([np.zeros(width), np.full(many, -np.inf)]),
            np.concatenate([np.full(width, np.inf), aim[chosen]]),
        )
        cost = np.concatenate([np.zeros(width), -np.ones(many)])
        found = milp(cost, bounds=limits, constraints=LinearConstraint(csr_array(matrix), low, high))
        if found.x is None:
            raise DisclosureError(
                "the published totals contradict each other: what they give away cannot be said",
                remedy="run the report again from the inputs; if it stays, tell the developers of this tool",
            )
        point = np.zeros(view.matrix.shape[1])
        point[there] = found.x[:width]
        return np.where(np.isin(self.part, self.part[chosen]), self.matrix @ point + self.constant, -np.inf)
