"""What a reader of all published tables of a random study works out of them, and what must not follow.

The attacker knows which regions, types and answers there are and that answers only came in or were only
withdrawn between two editions, but not how many people share what: one unknown number for every combination.
Everything published is a linear equation in these numbers, whatever totals the tables were declared to have.
So the bounds of a suppressed number are a linear program over people, not over rows; nothing of
`ksn_research.disclose` is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from ksn_research.results import Evidence
from tests.random_studies import DONT_KNOW, HIGH, LOW, SILENT, YEARS, Study

MANY = 1000.0  # no study has as many people
SLACK = 1e-6
HELD = "as published in the edition"  # a row that stands as it stood before says so


@dataclass(frozen=True, eq=False)
class Target:
    """A number that must stay open: what its bounds have to contain, or how far apart they must be."""

    id: str
    kind: str
    seats: np.ndarray
    low: float = -np.inf
    high: float = np.inf
    width: float = 0.0

    def open(self, low: float, high: float) -> bool:
        if self.width:
            return high - low >= self.width - SLACK
        return low <= self.low + SLACK and high >= self.high - SLACK


@dataclass(frozen=True)
class Broken:
    """A target that the attacker bounds more tightly."""

    id: str
    kind: str
    found: tuple[float, float]
    target: Target


class Attacker:
    """Everything known about one year of a study.

    editions  the published frames by name ("first", "second")
    """

    def __init__(
        self, study: Study, year: int, editions: dict[str, pd.DataFrame], whole: bool = False
    ) -> None:
        self.study, self.year, self.whole = study, year, whole
        people = study.people[study.people["year"] == year]
        self.places = {name: sorted(study.people[name].unique()) for name in ("region", "type")}
        changed = ("second" if people["second"].all() else "first",)  # who is in one edition only
        stays = ("both", *(changed if year == YEARS[0] else ()))
        answers = (*study.options, DONT_KNOW, SILENT)
        scored = (True, False) if "mean by region" in study.tables else (False,)
        self.cells = pd.DataFrame(
            list(product(self.places["region"], self.places["type"], answers, scored, stays)),
            columns=["region", "type", "answer", "scored", "stays"],
        )
        # The sum of scores of a region, of those who stay and of the others.
        self.sums = pd.DataFrame(list(product(self.places["region"], stays)) if scored[0] else [],
                                 columns=["region", "stays"])  # fmt: skip
        self.rows: list[np.ndarray] = []
        self.low: list[float] = []
        self.high: list[float] = []
        for name, frame in editions.items():
            for one in frame[frame["year"] == year].to_dict("records"):
                self._learn(name, one)
        self._bound_sums()

    # -- what a row is about, as a vector over all unknowns --------------------------------------------------

    def seats(self, edition: str, row: dict[str, Any]) -> tuple[np.ndarray | None, np.ndarray]:
        """The people in the cell of a row (or the sum of their scores), None for neither; and its basis."""
        here, about = self._here(self._of_cells, edition, row), row["analysis"]
        if about == "response":
            return self._vector(here), self._vector(here)
        if about == "scales":
            basis = here & self._of_cells["scored"]
            return self._vector(sums=self._here(self._of_sums, edition, row)), self._vector(basis)
        opinion = about == "shares" or "substantive" in row["statistic"]
        basis = here & self._answered(self.study.options if opinion else (*self.study.options, DONT_KNOW))
        chosen = self.study.top if about == "shares" else (row["category"],)
        inside = basis & self._answered(chosen) if row["category"] or about == "shares" else basis
        return self._vector(inside), self._vector(basis)

    def _answered(self, answers: tuple[str, ...]) -> np.ndarray:
        return np.isin(self._of_cells["answer"], answers)

    def _here(self, of: dict[str, np.ndarray], edition: str, row: dict[str, Any]) -> np.ndarray:
        here = np.isin(of["stays"], ["both", edition])
        groups, levels = row["group"].split(" and "), row["level"].split(", ")
        for group, level in zip(groups, levels, strict=True) if row["group"] else ():
            here = here & (of[group] == level)
        return here

    @cached_property
    def _of_cells(self) -> dict[str, np.ndarray]:
        return {
            str(name): self.cells[name].to_numpy(dtype="U") for name in self.cells if name != "scored"
        } | {"scored": self.cells["scored"].to_numpy(dtype=bool)}

    @cached_property
    def _of_sums(self) -> dict[str, np.ndarray]:
        return {str(name): self.sums[name].to_numpy(dtype="U") for name in self.sums}

    def _vector(self, cells: Any = None, sums: Any = None) -> np.ndarray:
        first = np.zeros(len(self.cells)) if cells is None else np.asarray(cells, dtype=float)
        second = np.zeros(len(self.sums)) if sums is None else np.asarray(sums, dtype=float)
        return np.concatenate([first, second])

    # -- what is learned -------------------------------------------------------------------------------------

    def _learn(self, edition: str, row: dict[str, Any]) -> None:
        if row["status"] != "published" or HELD in row["note"]:
            return  # a row that is held says nothing of the people of this edition
        inside, basis = self.seats(edition, row)
        n = float(row["n"])
        self._know(basis, n, n)
        if row["statistic"] == "mean":
            half = n * 0.5 * 10 ** (np.floor(np.log10(abs(row["estimate"]))) - 5)  # six digits are published
            self._know(inside, n * row["estimate"] - half, n * row["estimate"] + half)
        else:
            count = row["estimate"] * (n if row["statistic"].startswith("share") else 1)
            self._know(inside, round(count), round(count))

    def _know(self, seats: np.ndarray | None, low: float, high: float) -> None:
        assert seats is not None
        self.rows.append(seats)
        self.low.append(low)
        self.high.append(high)

    def _bound_sums(self) -> None:
        """Everybody's score is on its scale."""
        for place, one in enumerate(self.sums.itertuples(index=False)):
            of = (self.cells["region"] == one.region) & (self.cells["stays"] == one.stays)
            own = np.zeros(len(self.sums))
            own[place] = 1.0
            scored = of & self.cells["scored"]
            self._know(self._vector(scored.astype(float) * -LOW, own), 0, np.inf)
            self._know(self._vector(scored.astype(float) * -HIGH, own), -np.inf, 0)

    # -- the truth, and the attack ---------------------------------------------------------------------------

    @cached_property
    def truth(self) -> np.ndarray:
        """What the unknowns really are."""
        people = self.study.people[self.study.people["year"] == self.year]
        alone = np.where(people["first"], "first", "second")
        stays = np.where(people["first"] & people["second"], "both", alone)
        scored = people["score"].notna() & bool(self.cells["scored"].any())
        known = people.assign(stays=stays, scored=scored)
        counts = known.groupby(["region", "type", "answer", "scored", "stays"]).size()
        cells = [int(counts.get(tuple(key), 0)) for key in self.cells.itertuples(index=False)]
        scores = known.groupby(["region", "stays"])["score"].sum()
        sums = [float(scores.get(tuple(key), 0.0)) for key in self.sums.itertuples(index=False)]
        return np.array([*cells, *sums], dtype=float)

    def false(self) -> list[int]:
        """Places of facts that do not hold: a number was published that is not true."""
        found = [row @ self.truth for row in self.rows]
        return [
            k
            for k, (value, low, high) in enumerate(zip(found, self.low, self.high, strict=True))
            if not low - 1e-4 <= value <= high + 1e-4
        ]

    @cached_property
    def _known(self) -> tuple[LinearConstraint, Bounds, np.ndarray]:
        unknowns = len(self.cells) + len(self.sums)
        rows = csr_array(np.array(self.rows)) if self.rows else csr_array((1, unknowns))
        low, high = (self.low, self.high) if self.rows else ([0.0], [0.0])
        whole = np.concatenate([np.full(len(self.cells), int(self.whole)), np.zeros(len(self.sums))])
        top = np.concatenate([np.full(len(self.cells), MANY), np.full(len(self.sums), HIGH * MANY)])
        return LinearConstraint(rows, low, high), Bounds(np.zeros(unknowns), top), whole

    def extreme(self, towards: np.ndarray) -> np.ndarray:
        """The people, agreeing with everything known, that make a sum of them largest."""
        known, bounds, whole = self._known
        found = milp(-towards, constraints=known, bounds=bounds, integrality=whole)
        assert found.x is not None, found.message
        return np.asarray(found.x)

    def broken(self, targets: list[Target]) -> Iterator[Broken]:
        """Targets whose bounds do not contain the interval that they must."""
        few, many = (self._reached(targets, sign) for sign in (-1.0, 1.0))
        for target, low, high in zip(targets, few, many, strict=True):
            if not target.open(low, high):
                yield Broken(target.id, target.kind, (low, high), target)

    def _reached(self, targets: list[Target], sign: float) -> list[float]:
        """How far each target can go down (-1) or up (1); once far enough it is not pushed further."""
        best = [sign * float(target.seats @ self.truth) for target in targets]
        wanted = [sign * (target.low if sign < 0 else target.high) for target in targets]
        tried: set[int] = set()
        together = True
        while missing := [k for k in range(len(targets)) if best[k] < wanted[k] - SLACK and k not in tried]:
            pushed = missing if together else missing[:1]
            point = self.extreme(sign * np.sum([targets[k].seats for k in pushed], axis=0))
            for k, target in enumerate(targets):
                best[k] = max(best[k], sign * float(target.seats @ point))
            if len(pushed) == 1:
                tried.add(pushed[0])
            together = any(best[k] >= wanted[k] - SLACK for k in pushed) and len(pushed) > 1
        return [sign * value for value in best]


def targets(attacker: Attacker, evidence: dict[str, Evidence], least: int) -> Iterator[Target]:
    """What must stay open of one year: small cells, small bases, small rests, what everybody of a group said,
    and small differences between the editions.

    evidence  by edition: the truth
    least     the threshold in people
    """
    told = {name: _rows_of(one, attacker.year) for name, one in evidence.items()}
    for name, rows in told.items():
        whole = {_answer(row): row for row in rows.values() if not row["group"]}
        for row in rows.values():
            yield from _of_row(row, whole.get(_answer(row)), *attacker.seats(name, row), least)
    for id_, after in told["second"].items():
        if before := told["first"].get(id_):
            pairs = zip(attacker.seats("first", before), attacker.seats("second", after), strict=True)
            (inside, inside_now), (basis, basis_now) = pairs
            yield from _of_difference(before, after, inside_now - inside, basis_now - basis, least)


def _rows_of(evidence: Evidence, year: int) -> dict[str, dict[str, Any]]:
    frame = evidence.results[evidence.results["year"] == year].set_index("id")
    known = frame.join(evidence.support[["people", "count", "binary"]])
    return {str(k): {**v, "id": k} for k, v in known.to_dict("index").items()}  # type: ignore[dict-item]


def _answer(row: dict[str, Any]) -> tuple[str, ...]:
    return row["analysis"], row["measure"], row["category"], row["statistic"]


def _of_row(
    row: dict[str, Any], whole: dict[str, Any] | None, inside: np.ndarray, basis: np.ndarray, least: int
) -> Iterator[Target]:
    """How many answered a question is no secret by itself: of a group that is shown they are among those who
    answered at all (docs/disclosure.md). Who has no opinion is told as not answering. What nobody at all said
    is no news of a group.

    whole  the same of the whole sample
    """
    small, n = range(1, least), int(row["people"])
    if row["statistic"] == "mean" and n in small:
        yield Target(row["id"], "sum", inside, width=HIGH - LOW)
    if pd.isna(row["count"]) or row["statistic"] == "answered":
        return
    count = int(row["count"])
    most = least - 1 if count == n else min(least - 1, n)
    told = bool(row["group"]) and n > 0 and (row["binary"] or bool(row["category"]))
    nobody = whole is not None and not whole["count"]
    everybody = whole is not None and whole["count"] == whole["people"]
    if count in small or (told and count == 0 and not nobody):
        yield Target(row["id"], "count", inside, 1, most)
    if (row["binary"] and n - count in small) or (told and count == n and not everybody):
        yield Target(row["id"], "all but", basis - inside, 1, min(least - 1, n))


def _of_difference(
    before: dict[str, Any], after: dict[str, Any], inside: np.ndarray, basis: np.ndarray, least: int
) -> Iterator[Target]:
    """The people who came or went between two editions are a table of their own."""
    changes = [("people", basis, int(after["people"]) - int(before["people"]))]
    if not pd.isna(after["count"]):
        changes.append(("count", inside, int(after["count"]) - int(before["count"])))
    if after["binary"]:
        changes.append(("all but", basis - inside, changes[0][2] - changes[1][2]))
    for kind, seats, size in changes:
        if 0 < abs(size) < least:
            sign = 1 if size > 0 else -1
            yield Target(after["id"], f"difference of {kind}", sign * seats, 1, least - 1)
