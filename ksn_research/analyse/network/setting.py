"""One relation of one wave, with all that its rows need. (imports `structure` and `mixing`)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.network.adjacency import adjacency
from ksn_research.analyse.network.mixing import DRAWS
from ksn_research.analyse.network.structure import Estimate, LargeNetwork, Network
from ksn_research.plan import Source, Wave
from ksn_research.prepared import Prepared
from ksn_research.results import Row

UNITS = {"organisations": "organisation", "people": "member"}
NO_ROSTER = "no roster: the nodes are those that answered or were named"
NO_SENDERS = "who answered was not recorded: those with a tie count as having answered"


def undefined(why: str) -> Estimate:
    """An estimate that does not exist, and why."""
    return Estimate(None, why=why)


def too_large(g: Network, most: int) -> str:
    """Why a method that needs a matrix gives nothing for this network; empty where it does."""
    if g.size <= most and not isinstance(g, LargeNetwork):
        return ""
    return f"not computed for more than {most:,} nodes: analyse one region, or draw a sample of nodes"


def pairs_seen(g: Network) -> str:
    """The denominator of a density, in words."""
    return "pairs whose sender answered" if g.directed else "pairs of which at least one side answered"


def how_placed(g: Network, exact: bool) -> str:
    """How a test that places labels on the nodes went, in words."""
    if isinstance(g, LargeNetwork):
        return "normal approximation with the exact mean and variance over all placements (Cliff & Ord 1981)"
    return how_drawn(exact)


def how_drawn(exact: bool, draws: int = DRAWS, every: str = "placements") -> str:
    """How a permutation test went, in words: all of `every` counted, or so many draws."""
    return f"all {every} counted" if exact else f"{draws:,} seeded draws, (1 + k) / (1 + R)"


def smaller(a: Mapping[str, int | None], b: Mapping[str, int | None]) -> dict[str, int | None]:
    """Of two supports the smaller number of each kind."""
    both = {name: (a[name], b[name]) for name in a}
    return {name: None if x is None or y is None else min(x, y) for name, (x, y) in both.items()}


@dataclass(frozen=True, eq=False)
class Setting:
    """One relation of one wave.

    units    "organisations" or "people"
    roster   one row per node of the network, indexed by it; its columns are the nodes' attributes
    came_to  attendance of the wave's year
    note     what every row of this relation has to say
    """

    source: str
    year: int | None
    wave: str
    relation: str
    units: str
    network: Network
    roster: pd.DataFrame
    came_to: pd.DataFrame
    options: Mapping[str, Any]
    note: str

    @property
    def unit(self) -> str:
        """The column of attendance that names a node."""
        return UNITS[self.units]

    @property
    def seed(self) -> int:
        return int(self.options.get("seed", 1))

    @property
    def gatherings(self) -> list[str] | None:
        """The kinds of event that count; None is all."""
        return list(self.options.get("gatherings", ())) or None

    @property
    def attributes(self) -> list[str]:
        """Region and type where the roster has them, then those the plan asks for."""
        wanted = ["region", "type", *self.options.get("attributes", ())]
        return [
            name for name in dict.fromkeys(wanted) if name in self.roster and self.roster[name].notna().any()
        ]

    def labels(self, attribute: str) -> np.ndarray:
        """One label per node, None where the roster has none."""
        column = self.roster[attribute].astype("str").astype(object)
        return np.asarray(column.where(column.notna(), None), dtype=object)

    def support(self, chosen: np.ndarray | None = None) -> dict[str, int | None]:
        """Distinct people and organisations behind a number: the (chosen) nodes that answered."""
        answered = self.network.senders if chosen is None else self.network.senders & chosen
        return self.support_of(self.network.nodes[answered])

    def support_of(self, nodes: np.ndarray) -> dict[str, int | None]:
        if self.units == "organisations":
            return {"people": len(nodes), "organisations": len(nodes)}
        if "organisation" not in self.roster or self.roster["organisation"].isna().all():
            return {"people": len(nodes), "organisations": None}
        known = self.roster.loc[pd.Index(nodes), "organisation"]
        return {"people": len(nodes), "organisations": int(known.nunique())}

    def row(self, analysis: str, statistic: str, found: Estimate | float, **more: Any) -> Row:
        """A row of this relation; an estimate without a value says why in its note."""
        e = found if isinstance(found, Estimate) else Estimate(float(found))
        notes = [more.pop("note", ""), self.note, e.why]
        numbers = {"estimate": e.value, "se": e.se, "ci_low": e.low, "ci_high": e.high}
        return Row(
            year=self.year,
            wave=self.wave,
            source=self.source,
            analysis=analysis,
            measure=self.relation,
            statistic=statistic,
            status="undefined" if e.value is None else "published",
            note="; ".join(note for note in notes if note),
            **{**numbers, **({} if "people" in more else self.support()), **more},
        )


def is_network(source: Source) -> bool:
    """Whether a source is a network of organisations or people with results of its own: no log (in which
    everybody was observed, and silence says nothing), and not there to explain other networks only."""
    apart = source.options.get("log") or source.options.get("predictor")
    network = source.kind in ("nominations", "edges")
    return network and source.options.get("units", "organisations") in UNITS and not apart


def settings(prepared: Prepared, source: Source, wave: Wave) -> Iterator[Setting]:
    """One setting per relation that this wave asked about."""
    tables = prepared.ties, prepared.senders, prepared.unseen
    ties, senders, unseen = (_of_wave(table, source.name, wave) for table in tables)
    options = {**source.options, **wave.options}
    units = str(options.get("units", "organisations"))
    roster = _roster(getattr(prepared, units), UNITS[units], wave.year)
    said = [NO_ROSTER] * roster.empty + [NO_SENDERS] * senders.empty
    nodes = list(roster.index) or _named(ties, senders)
    came_to = prepared.attendance[_same_year(prepared.attendance["year"], wave.year)]
    for relation in _relations(options, ties, senders):
        network = adjacency(ties, senders, nodes, relation, options.get("directed"), unseen)
        yield Setting(
            source=source.name,
            year=wave.year,
            wave=wave.name,
            relation=relation,
            units=units,
            network=network,
            roster=roster.reindex(network.nodes),
            came_to=came_to,
            options=options,
            note="; ".join(said),
        )


def _named(ties: pd.DataFrame, senders: pd.DataFrame) -> list[str]:
    return sorted({*ties["ego"].dropna(), *ties["alter"].dropna(), *senders["node"].dropna()})


def _of_wave(table: pd.DataFrame, source: str, wave: Wave) -> pd.DataFrame:
    ours = (table["source"] == source) & (table["wave"].fillna("") == wave.name)
    return table[ours & _same_year(table["year"], wave.year)]


def _same_year(years: pd.Series, year: int | None) -> pd.Series:
    return years.isna() if year is None else (years == year).fillna(False).astype(bool)


def _roster(table: pd.DataFrame, unit: str, year: int | None) -> pd.DataFrame:
    """The roster of the wave's year, else one of no year; for a wave of no year the newest."""
    chosen = table[_same_year(table["year"], year)]
    if chosen.empty:
        chosen = table[table["year"].isna() if year is not None else table["year"] == table["year"].max()]
    return chosen.dropna(subset=[unit]).drop_duplicates(unit).set_index(unit)


def _relations(options: Mapping[str, Any], ties: pd.DataFrame, senders: pd.DataFrame) -> list[str]:
    """The plan's order first, then whatever else the records hold."""
    planned = list(options.get("relations", ())) or [options.get("relation", "")]
    found = {*ties["relation"].dropna(), *senders["relation"].dropna()}
    return [name for name in planned if name in found] + sorted(found.difference(planned))
