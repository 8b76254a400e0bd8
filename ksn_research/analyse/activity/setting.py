"""What all rows of a log need: its counts in the engine, the years shown, who belongs where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ksn_research.analyse.activity import expressions as ask
from ksn_research.analyse.survey.groups import distinct, of_year
from ksn_research.prepared import Prepared
from ksn_research.results import Row

if TYPE_CHECKING:
    import ibis

HOW_MANY = 2  # years shown


@dataclass(frozen=True, eq=False)
class Log:
    """The log of an edition. `prepared.activity` is not None."""

    prepared: Prepared

    @cached_property
    def tally(self) -> ask.Tally:
        return ask.tallied(self.prepared.activity)

    @cached_property
    def _spans(self) -> pd.DataFrame:
        return ask.spans(self.tally)

    @cached_property
    def years(self) -> list[int]:
        """The newest years of the log not after that of the edition, oldest first."""
        known = {int(year) for year in self._spans["year"] if year <= self.prepared.year}
        return sorted(known)[-HOW_MANY:]

    @cached_property
    def last(self) -> dict[int, int]:
        """The last month that the log of each year shown has."""
        found = self._spans.groupby("year")["last"].max()
        return {year: int(found[year]) for year in self.years}

    def months(self, until: int | None = None) -> tuple[int, int] | None:
        """First and last month of the log up to the end of a calendar year; None before it begins."""
        part = self._spans if until is None else self._spans[self._spans["calendar"] <= until]
        return None if part.empty else (int(part["first"].min()), int(part["last"].max()))

    @cached_property
    def joiners(self) -> Joiners | None:
        return joiners(self)

    @cached_property
    def home(self) -> pd.Series:
        """Organisation by member, from the newest roster that knows it."""
        known = self.prepared.people.dropna(subset=["member", "organisation"])
        known = known.sort_values("year", kind="stable").drop_duplicates("member", keep="last")
        return known.set_index("member")["organisation"]

    @cached_property
    def homes(self) -> ibis.Table:
        """The same for the engine: member, organisation."""
        import ibis

        return ibis.memtable(self.home.rename("organisation").reset_index().astype("str"))

    @cached_property
    def rosters(self) -> dict[int, np.ndarray]:
        found = {year: of_year(self.prepared.people, year)["member"].dropna().unique() for year in self.years}
        return {year: np.asarray(members) for year, members in found.items() if len(members)}

    @cached_property
    def listed(self) -> ibis.Table:
        """Who is on the roster of each year shown: year, member."""
        import ibis

        years = np.repeat(list(self.rosters), [len(m) for m in self.rosters.values()]).astype("int64")
        members = [member for listed in self.rosters.values() for member in listed]
        return ibis.memtable(pd.DataFrame({"year": years, "member": pd.Series(members, dtype="str")}))

    @cached_property
    def roster(self) -> dict[int, dict[str, int | None]]:
        """People and organisations of the roster of each year shown, where there is one."""
        return {year: self.support(pd.Series(members)) for year, members in self.rosters.items()}

    def support(self, members: pd.Series) -> dict[str, int | None]:
        """Distinct members and organisations among `members`."""
        unique = members.drop_duplicates()
        if self.home.empty:
            return {"people": len(unique), "organisations": None}
        codes = pd.factorize(unique.map(self.home))[0]
        known = distinct(np.zeros(len(codes), dtype=int), codes, 1)[0]
        return {"people": len(unique), "organisations": int(known)}

    def known(self, organisations: int) -> int | None:
        """A number of organisations, or None where the study knows none."""
        return None if self.home.empty else int(organisations)

    def of_shown(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the years shown."""
        return frame[frame["year"].isin(self.years)]

    def row(self, year: int, measure: str, statistic: str, estimate: float | None, **fields: Any) -> Row:
        base: dict[str, Any] = {"source": "activity", "analysis": "activity", "unit": "people"}
        return Row(year=year, measure=measure, statistic=statistic, estimate=estimate, **{**base, **fields})


def log_of(prepared: Prepared) -> Log:
    """The log of an edition. The last one is kept, so that rows and curves count it once."""
    return _log(_Same(prepared))


@dataclass(frozen=True, eq=False)
class _Same:
    it: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)


@lru_cache(maxsize=1)
def _log(held: _Same) -> Log:
    return Log(held.it)


@dataclass(frozen=True, eq=False)
class Joiners:
    """Those who joined while the log ran, and what it has of them until its last month `until`.

    sizes   members by start (month of joining)
    places  codes of their organisations by start
    active  start, after (months since joining), active (members with any event)
    quiet   start, after, members: who first went quiet when; `after` missing for those who never did
    """

    until: int
    sizes: pd.Series
    places: Mapping[int, np.ndarray]
    active: pd.DataFrame
    quiet: pd.DataFrame

    def of_year(self, year: int) -> list[int]:
        """Cohorts (months of joining) of a calendar year."""
        return [int(start) for start in self.sizes.index if start // 12 == year]

    def support(self, cohorts: Sequence[int]) -> dict[str, int | None]:
        """Distinct members and organisations of some cohorts."""
        known = [self.places[start] for start in cohorts] if self.places else []
        organisations = len(np.unique(np.concatenate(known))) if known else None
        return {"people": sum(self._members[start] for start in cohorts), "organisations": organisations}

    def active_after(self, cohorts: Sequence[int], after: int) -> int:
        """Members of some cohorts with any event so many months after joining."""
        return sum(self._active.get((start, after), 0) for start in cohorts)

    # As plain numbers, since every cohort asks of every month since joining.
    @cached_property
    def _members(self) -> dict[int, int]:
        return {int(str(start)): int(members) for start, members in self.sizes.items()}

    @cached_property
    def _active(self) -> dict[tuple[int, int], int]:
        columns = (self.active[name].tolist() for name in ("start", "after", "active"))
        return {(start, after): active for start, after, active in zip(*columns, strict=True)}


def joiners(log: Log) -> Joiners | None:
    """Everything asked of the log about those who joined, until the end of the edition's year.

    Joining is the roster's `joined` where any is known there, else the month of the first event in the log
    (then those of the log's first month are no cohort: most of them were there before). Joining before the
    log begins is no cohort here, since those who had gone by then would be missed. None where the log has no
    month up to then.
    """
    import ibis

    span = log.months(log.prepared.year)
    if span is None:
        return None
    first, until = span
    joined = _joined(log.prepared.people)
    if joined.empty:
        joined, first = ask.first_months(log.tally), first + 1
    joined = joined[joined["start"].between(first, until)].astype({"member": "str", "start": "int32"})
    table = ibis.memtable(joined.reset_index(drop=True))
    active = ask.active_since_joining(log.tally, table, until)
    quiet = ask.quiet_since_joining(log.tally, table, until)
    sizes = joined["start"].value_counts().sort_index()
    return Joiners(until, sizes, _places(joined, log.home), active, quiet)


def _joined(people: pd.DataFrame) -> pd.DataFrame:
    """Month of joining, where the roster knows it: member, start."""
    known = people.dropna(subset=["member", "joined"]).sort_values("joined", kind="stable")
    known = known.drop_duplicates("member")
    start = known["joined"].dt.year * 12 + known["joined"].dt.month - 1
    return pd.DataFrame({"member": known["member"], "start": start})


def _places(joined: pd.DataFrame, home: pd.Series) -> dict[int, np.ndarray]:
    if home.empty:
        return {}
    codes = pd.Series(pd.factorize(joined["member"].map(home))[0], index=joined["start"])
    known = codes[codes >= 0]
    own = {int(str(start)): part.unique() for start, part in known.groupby(level=0)}
    return {int(start): own.get(int(start), np.zeros(0, dtype=int)) for start in joined["start"].unique()}


def month_name(month: int) -> str:
    """A month counted as 12 * year + month - 1, in words.

    >>> month_name(12 * 2025)
    '2025-01'
    """
    return f"{month // 12}-{month % 12 + 1:02}"
