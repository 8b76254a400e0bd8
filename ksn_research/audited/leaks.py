"""What an edition may show, by result, and what it shows beyond."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ksn_research.audited.numbers import equal
from ksn_research.disclose import SUPPRESSED, Publishable

PARTS = ("estimate", "ci_low", "ci_high", "n", "population", "p", "p_adjusted", "se")


@dataclass(frozen=True)
class Leak:
    """A number that a file shows and that is not published.

    file  relative to the edition; id: the result it is shown for, "" where it names none
    kind  "not published", "suppressed", "another number", "unmarked number", "of a circle", "missing"
    why   in words, without the number itself
    """

    file: str
    id: str
    kind: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}: {self.id or self.kind}: {self.why}"


@dataclass(frozen=True, eq=False)
class Published:
    """What may be shown: the results of this edition, and of earlier ones what they published."""

    publishable: Publishable

    @cached_property
    def now(self) -> Numbered:
        """The results of this edition."""
        return Numbered(self.publishable.results)

    @cached_property
    def before(self) -> tuple[Numbered, ...]:
        """What earlier editions published, an edition after the other."""
        earlier = self.publishable.earlier
        return tuple(Numbered(own) for _, own in earlier.groupby("edition")) if len(earlier) else ()

    def numbers(self, id_: str) -> list[float]:
        """All published numbers of a result, those of earlier editions included."""
        return [value for one in (self.now, *self.before) for value in one.numbers(id_)]

    def part(self, id_: str, part: str) -> list[float]:
        """A part of a result as this edition and earlier ones published it."""
        return [value for one in (self.now, *self.before) for value in one.number(id_, part)]

    def leak(self, file: str, id_: str, part: str, value: float) -> Leak | None:
        """The leak that a number of a result is, None where it is published."""
        if any(equal(value, known) for known in self.part(id_, part)):
            return None
        if id_ not in self.now.status:
            return Leak(file, id_, "not published", f"no published result has this id; its {part} is shown")
        if self.now.status[id_] == SUPPRESSED:
            return Leak(file, id_, SUPPRESSED, f"the result is suppressed; its {part} is shown")
        return Leak(file, id_, "another number", f"the {part} shown is not the published one")


class Numbered:
    """The numbers of some results, by id.

    frame   columns id, status and any of `PARTS`; ids are unique
    status  by id
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        ids = frame["id"].astype("str").tolist()
        self.status: dict[str, str] = dict(zip(ids, frame["status"].astype("str").tolist(), strict=True))
        self.place = {id_: place for place, id_ in enumerate(ids)}
        columns = {part: frame[part].astype("float64").to_numpy() for part in PARTS if part in frame}
        hidden = (frame["status"] == SUPPRESSED).to_numpy()
        self.columns = {part: np.where(hidden, np.nan, column) for part, column in columns.items()}

    def number(self, id_: str, part: str) -> list[float]:
        """A part of a result; nothing where it has none or is suppressed."""
        place, column = self.place.get(id_), self.columns.get(part)
        known = [] if place is None or column is None else [float(column[place])]
        return [value for value in known if not np.isnan(value)]

    def numbers(self, id_: str) -> list[float]:
        return [value for part in PARTS for value in self.number(id_, part)]


def found(leaks: Iterable[Leak | None]) -> list[Leak]:
    """The leaks among them, each once."""
    return list(dict.fromkeys(leak for leak in leaks if leak is not None))
