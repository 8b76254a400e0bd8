"""Further rows to hide, so that what is hidden cannot be worked out from the rest.

For each number that must stay uncertain, a linear program looks for the cheapest way in which the true
numbers could be otherwise: the number at its goal, every equation still right, nothing below zero. What is
hidden already may change for nothing, what is shown at a price; what is shown and has to change is hidden.
Such a way, once found, stays open for good, and serves other numbers too. Source: Kelly, Golden and Assad
1992, Networks 22; Fischetti and Salazar 2000, Journal of the American Statistical Association 95, 916-928.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from ksn_research.disclose.bounds import NEAR, reach, seen
from ksn_research.disclose.primary import Needs
from ksn_research.disclose.relations import Relations

PULL = 1e4  # what one step towards the goal is worth, against hiding one row of a group
ALONG = 0.4  # what it is worth to bring another number along
WHOLE = 20.0  # what hiding a row of the whole sample costs, against one of a group


@dataclass(eq=False)
class Pattern:
    """What is hidden so far.

    hidden  bool per row
    fixed   bool per row: those that are not hidden to protect others
    spent   bool per unknown: those that a reader knows from elsewhere (an earlier edition)
    """

    known: Relations
    hidden: np.ndarray
    fixed: np.ndarray
    spent: np.ndarray

    def close(self) -> None:
        """Hide the rest of every hidden cell, and what is made of it."""
        cell, made = self.known.cell, self.known.made
        while True:
            lost = np.zeros(cell.max(initial=-1) + 1, dtype=bool)
            lost[cell[self.hidden]] = True
            more = lost[cell] & ~self.fixed
            more[made[self.hidden[made[:, 0]], 1]] = True
            if not (more & ~self.hidden).any():
                return
            self.hidden |= more

    def given(self) -> np.ndarray:
        """Which unknowns a reader knows."""
        return self.known.given(~self.hidden) | self.spent


@dataclass(frozen=True)
class Step:
    """One number (`plus` minus `minus`, -1: nothing) that must be able to go `goal` in the direction `sign`;
    sign 0: that far in both directions together."""

    plus: int
    minus: int
    sign: int
    goal: float


def protect(pattern: Pattern, wanted: Needs) -> None:
    """Hide further rows until every bound is as far away as is needed, or nothing more can be done (what a
    reader knows from elsewhere). Changes `pattern`."""
    pattern.close()
    part = parts(pattern.known.equations)
    steps: dict[int, list[Step]] = {}
    for step in _behind(pattern, wanted):
        steps.setdefault(int(part[step.plus]), []).append(step)
    for label, own in () if not steps else _groups(part, pattern.known, set(steps)):
        _Part(pattern, *own).widen(sorted(steps[label], key=lambda s: (-s.goal, s.plus, s.minus, s.sign)))
        pattern.close()


def parts(equations: csr_array) -> np.ndarray:
    """For every unknown the part of the equations it is in; parts share no unknown."""
    linked = abs(equations)
    return connected_components(linked.T @ linked, directed=False)[1]


def _behind(pattern: Pattern, wanted: Needs) -> list[Step]:
    """Numbers that are not seen to go far enough yet."""
    truth = pattern.known.truth
    view = seen(pattern.known.equations, pattern.given(), truth, np.zeros(len(truth)))
    value = wanted.value(truth)
    wide = ~np.isnan(wanted.width)
    up = np.where(wide, value + wanted.width, np.fmax(wanted.high, value))
    down = np.where(wide, value - wanted.width, np.fmin(wanted.low, value))
    far = reach(view, wanted, 1, up, value, alone=False)
    near = reach(view, wanted, -1, down, value, alone=False)
    found = [
        (wide & (far - near < wanted.width - NEAR), 0, wanted.width),
        (~wide & (far < up - NEAR), 1, up - value),
        (~wide & (near > down + NEAR), -1, value - down),
    ]
    return [
        Step(int(wanted.plus[i]), int(wanted.minus[i]), sign, float(goal[i]))
        for at, sign, goal in found
        for i in np.flatnonzero(at)
    ]


def _groups(
    part: np.ndarray, known: Relations, chosen: set[int]
) -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Unknowns, equations and rows of the parts that are asked for."""
    equations = known.equations
    of_equation = part[equations.indices[equations.indptr[:-1]]]
    row, kind = np.nonzero(known.unknown >= 0)
    of_row = part[known.unknown[row, kind]]
    places = [_by_label(of, at) for of, at in ((part, None), (of_equation, None), (of_row, row))]
    for label in sorted(chosen):
        columns, lines, rows = (place.get(label, np.array([], dtype=int)) for place in places)
        yield label, (columns, lines, np.unique(rows))


def _by_label(label: np.ndarray, at: np.ndarray | None) -> dict[int, np.ndarray]:
    if not len(label):
        return {}
    order = np.argsort(label, kind="stable")
    cut = np.flatnonzero(np.diff(label[order])) + 1
    groups = np.split(order if at is None else at[order], cut)
    return {int(label[order[start]]): own for start, own in zip([0, *cut.tolist()], groups, strict=True)}


class _Part:
    """One part of the equations: which of its rows to hide."""

    def __init__(self, pattern: Pattern, columns: np.ndarray, lines: np.ndarray, rows: np.ndarray) -> None:
        known = pattern.known
        self.pattern, self.rows, self.size = pattern, rows, len(columns)
        self.place = {int(column): at for at, column in enumerate(columns)}
        self.truth, self.spent = known.truth[columns], pattern.spent[columns]
        self.matrix = known.equations[lines][:, columns].toarray()
        back = np.full(len(known.truth) + 1, -1)
        back[columns] = np.arange(self.size)
        self.unknown = back[known.unknown[rows]]
        self.told = known.told[rows] & (self.unknown >= 0) & (known.unknown[rows] >= 0)
        self.weight = np.where(known.rows["group"].to_numpy()[rows] == "", WHOLE, 1.0)
        self.ways = np.zeros((0, self.size))

    def widen(self, steps: list[Step]) -> None:
        """Let every number go as far as it must, one after the other."""
        for at, step in enumerate(steps):
            gone = 0.0
            for sign in (1, -1) if step.sign == 0 else (step.sign,):
                gone += self._go(step, sign, step.goal - gone, steps[at + 1 :])
                if gone >= step.goal - NEAR:
                    break

    def _along(self, step: Step, sign: int) -> np.ndarray:
        """The number as weights of the unknowns."""
        weights = np.zeros(self.size)
        weights[self.place[step.plus]] = sign
        if step.minus >= 0:
            weights[self.place[step.minus]] -= sign
        return weights

    def _go(self, step: Step, sign: int, goal: float, others: list[Step]) -> float:
        """How far the number can go, once what must be hidden for it is hidden."""
        weights = self._along(step, sign)
        found = float((self.ways @ weights).max(initial=0.0))
        if found >= goal - NEAR:
            return goal
        same = [(self._along(one, sign), one.goal) for one in others if one.sign in (sign, 0)]
        way = self._cheapest([(weights, goal), *same])
        self.ways = np.vstack([self.ways, way, -way * self._back(way)])
        moved = np.append(np.abs(way) > NEAR, False)
        touched = (moved[self.unknown] & self.told).any(axis=1)
        self.pattern.hidden[self.rows[touched]] = True
        return max(found, float(way @ weights))

    def _back(self, way: np.ndarray) -> float:
        """How much of a change is possible the other way round."""
        up = way > NEAR
        return float((self.truth[up] / way[up]).min(initial=1.0))

    def _cheapest(self, aims: list[tuple[np.ndarray, float]]) -> np.ndarray:
        """The cheapest change of the true numbers that lets the first one go as near to its goal as can be,
        and the others along where that costs nothing."""
        price, free = self._price()
        pull = np.array([weights for weights, _ in aims])
        many, lines = len(aims), len(self.matrix)
        # Up and down apart, so that either has its price; the last unknowns are how far the numbers go.
        matrix = np.block(
            [[self.matrix, -self.matrix, np.zeros((lines, many))], [pull, -pull, -np.eye(many)]]
        )
        cost = np.concatenate([price, price, [-PULL], np.full(many - 1, -ALONG)])
        low = np.concatenate([np.zeros(2 * self.size), np.full(many, -np.inf)])
        high = np.concatenate(
            [np.where(free, np.inf, 0.0), np.where(free, self.truth, 0.0), [goal for _, goal in aims]]
        )
        # Without presolve: these programs are so small that to simplify them takes longer than to solve them.
        found = milp(
            cost,
            bounds=Bounds(low, high),
            constraints=LinearConstraint(csr_array(matrix), 0.0, 0.0),
            options={"presolve": False},
        )
        point = np.zeros(2 * self.size) if found.x is None else np.asarray(found.x)
        return point[: self.size] - point[self.size : 2 * self.size]

    def _price(self) -> tuple[np.ndarray, np.ndarray]:
        """What a step of each unknown costs, and whether it may move at all."""
        shown = self.told & ~self.pattern.hidden[self.rows][:, None]
        held = np.zeros(self.size, dtype=bool)
        held[self.unknown[shown & self.pattern.fixed[self.rows][:, None]]] = True
        price = np.zeros(self.size)
        np.add.at(price, self.unknown[shown], np.broadcast_to(self.weight[:, None], shown.shape)[shown])
        return price * (1.0 + self.truth / max(1.0, float(self.truth.max(initial=1.0)))), ~(held | self.spent)
