"""What attackers work out of circle pages, question by question: who may have answered what.

The attackers know who answered, where everybody sits (circles, region, type), what one or two of them
answered themselves, the words on the pages of all circles, and what is published (see `circle_facts`). People
of one cell (the same circles, region and type) are alike to them, so that all they can know is how many of a
cell chose which answer. A person is pinned where all counts that agree with what is known let everybody left
in the cell have chosen the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from tests.circle_facts import Asked, Fact

COLLUDING = 2
Held = tuple[tuple[int, int], ...]  # (cell, option) of each colluder


@dataclass(frozen=True)
class Leak:
    """Everybody left of a cell of a circle is known to have chosen an answer."""

    measure: str
    circle: str
    colluders: tuple[str, ...]
    option: str


@dataclass
class Attack:
    """The attack on one question, knowing `facts`; counts how each case was decided."""

    asked: Asked
    words: Sequence[Fact]
    facts: Sequence[Fact] = ()
    answers: np.ndarray | None = None  # which options are aimed at; the opinions
    decided: Counter[str] = field(default_factory=Counter)
    known: list[np.ndarray] = field(default_factory=list)  # counts that agree with everything
    safe: dict[tuple[int, int], bool] = field(default_factory=dict)

    def leaks(self, circle: str) -> Iterator[Leak]:
        """Everybody of a circle who is pinned by a coalition of at most two others of it."""
        mine = np.flatnonzero(self.asked.of(circle))
        for cell in mine:
            seats = [(cell, o) for o in np.flatnonzero(self.asked.counts[cell])]
            elsewhere = [(c, o) for c in mine if c != cell for o in np.flatnonzero(self.asked.counts[c])]
            for own in self._coalitions(seats, COLLUDING):
                left = self._left(own)[cell]
                if np.count_nonzero(left) != 1 or not self._aimed[left.argmax()]:
                    continue
                option = int(left.argmax())
                if self._safe_from_all(int(cell), option, circle):
                    continue
                for others in self._coalitions(elsewhere, COLLUDING - len(own)):
                    if self._pinned(int(cell), option, own + others):
                        said = tuple(self.asked.options[o] for _, o in own + others)
                        yield Leak(self.asked.measure, circle, said, self.asked.options[option])
                        break  # whoever knows more knows it too

    @property
    def _aimed(self) -> np.ndarray:
        return self.asked.opinion if self.answers is None else self.answers

    def _coalitions(self, seats: Sequence[tuple[int, int]], most: int) -> Iterator[Held]:
        for size in range(most + 1):
            for chosen in combinations_with_replacement(seats, size):
                if all(self.asked.counts[seat] >= many for seat, many in Counter(chosen).items()):
                    yield chosen

    def _left(self, held: Held) -> np.ndarray:
        left = self.asked.counts.copy()
        for seat in held:
            left[seat] -= 1
        return left

    def _safe_from_all(self, cell: int, option: int, circle: str) -> bool:
        """Whether one person of a cell may have answered otherwise even if everybody else of the circle has
        told their answers: then no coalition pins anybody there."""
        if (cell, option) not in self.safe:
            mine = self.asked.of(circle)
            exchanged = self._exchanged(cell, option, ~mine)
            told = np.where(mine[:, None], self.asked.counts, 0)
            told[cell, option] -= 1
            found = exchanged or self._solved(cell, option, told, told[cell, option]) is not None
            self.decided["exchanged" if exchanged else "safe from all" if found else "undecided"] += 1
            self.safe[cell, option] = found
        return self.safe[cell, option]

    def _exchanged(self, cell: int, option: int, with_: np.ndarray) -> bool:
        """Whether somebody of a cell may have answered otherwise, and some of the other cells too, so that
        nothing known is changed."""
        matrix, low, up = self._everything
        for moves in self._exchanges(cell, option, with_):
            made = self.asked.counts.copy()
            for place, given, instead in moves:
                made[place, given] -= 1
                made[place, instead] += 1
            if made.min() >= 0:
                told = matrix @ made.ravel()
                if (told >= low).all() and (told <= up).all():
                    return True
        return False

    def _exchanges(self, cell: int, option: int, with_: np.ndarray) -> Iterator[list[tuple[int, int, int]]]:
        """Two give each other's answer, best of one region and type; or two of a region do, and two of
        another region the other way round, each of the type of one of the first two."""
        counts, at = self.asked.counts, self.asked.cells
        region, type_ = at[cell][1:]
        for instead in np.argsort(self.asked.up != self.asked.up[option], kind="stable").tolist():
            there, back = (np.flatnonzero(with_ & (counts[:, one] > 0)).tolist() for one in (instead, option))
            if instead == option:
                continue
            first, same = (cell, option, instead), [p for p in there if at[p][1] == region]
            near = sorted(there, key=lambda p: (at[p][1] != region) + (at[p][2] != type_))
            yield from ([first, (p, instead, option)] for p in near)
            corners = {at[p][1:]: p for p in there if at[p][2] == type_ and at[p][1] != region}
            for p in same:
                for q in back:
                    if at[q][2] == at[p][2] != type_ and (at[q][1], type_) in corners:
                        corner = corners[at[q][1], type_]
                        yield [first, (p, instead, option), (q, option, instead), (corner, instead, option)]

    def _pinned(self, cell: int, option: int, held: Held) -> bool:
        taken = self.asked.counts - self._left(held)
        most = self.asked.counts[cell].sum() - taken[cell].sum() + taken[cell, option] - 1
        if any((one >= taken).all() and one[cell, option] <= most for one in self.known):
            self.decided["by another answer"] += 1
            return False
        found = self._solved(cell, option, taken, most)
        self.decided["pinned" if found is None else "solved"] += 1
        if found is not None:
            self.known.append(found)
        return found is None

    def _solved(self, cell: int, option: int, taken: np.ndarray, most: int) -> np.ndarray | None:
        """Counts that agree with everything, of which at most so many in a cell chose an option."""
        counts = self.asked.counts
        high = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape).copy()
        high[cell, option] = most
        matrix, low, up = self._everything
        mates = (counts > 0) & self._mates(cell)[:, None]
        found = milp(
            -mates.ravel().astype(float),  # few others of the circle differ, so that more coalitions are safe
            options={"mip_rel_gap": 0.1},
            integrality=np.ones(counts.size, dtype=int),
            bounds=Bounds(taken.ravel(), high.ravel()),
            constraints=LinearConstraint(matrix, low, up),
        )
        if found.status not in (0, 2):
            raise AssertionError(found.message)
        if found.x is None:
            return None
        made = np.rint(found.x).astype(int).reshape(counts.shape)
        assert all(fact.holds(made) for fact in (*self.words, *self.facts))
        return made

    def _mates(self, cell: int) -> np.ndarray:
        """Which cells share a circle with a cell."""
        return np.array([bool(one[0] & self.asked.cells[cell][0]) for one in self.asked.cells])

    @cached_property
    def _everything(self) -> tuple[csr_array, np.ndarray, np.ndarray]:
        """Everything known as rows over the counts, and the size of every cell."""
        cells, options = self.asked.counts.shape
        sizes = csr_array(np.kron(np.eye(cells), np.ones(options)))
        facts = [*self.words, *self.facts]
        rows = [csr_array(np.outer(fact.cells, fact.weights).reshape(1, -1)) for fact in facts]
        each = self.asked.counts.sum(axis=1)
        low = np.concatenate([each, [fact.low - 1e-6 for fact in facts]])
        high = np.concatenate([each, [fact.high + 1e-6 for fact in facts]])
        return vstack([sizes, *rows]).tocsr(), low, high
