"""The public map of a network: unnamed dots, and ties between those who both consented.

Imports `setting`, `structure` and `layout`. Every relation and wave of a source shares one set of places.
Who consented stands in the roster's column `map_consent`. A dot has no attribute, and its number follows its
place on the map, never the roster's order; nothing here is drawn from a tie that one end kept for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.analyse.network.layout import Place, layout
from ksn_research.analyse.network.setting import Setting, is_network, settings
from ksn_research.analyse.network.structure import LargeNetwork, Network
from ksn_research.plan import Source
from ksn_research.prepared import Prepared, blank

FEWEST = 10  # dots of a public map
KEPT, NEW, GONE, ONCE = "kept", "new", "dissolved", "one wave only"
PUBLIC, INTERNAL = "public", "internal"
DOTS = {"source": "str", "year": "Int64", "wave": "str", "dot": "Int64", "x": "float64", "y": "float64"}
TIES = {
    "source": "str",
    "relation": "str",
    "year": "Int64",
    "wave": "str",
    "from": "Int64",
    "to": "Int64",
    "state": "str",
}
COUNTS = {
    "source": "str",
    "relation": "str",
    "year": "Int64",
    "wave": "str",
    "nodes": "Int64",
    "nodes_shown": "Int64",
    "ties": "Int64",
    "ties_shown": "Int64",
}


@dataclass(frozen=True, eq=False)
class Shown:
    """One relation of one wave, and which of its nodes may be shown."""

    setting: Setting
    consent: np.ndarray

    @property
    def network(self) -> Network:
        return self.setting.network

    @property
    def public(self) -> Network:
        """What a public map knows of the network."""
        return self.network.restricted(self.consent)


def network_maps(prepared: Prepared) -> dict[str, pd.DataFrame]:
    """What public maps show, as curves of the edition: no name, no attribute, no tie that one end kept.

    network_map         source, year, wave, dot, x, y: a node on the wave's roster that consented. A dot is
                        the same node, in the same place, in every wave and relation of the source
    network_map_ties    source, relation, year, wave, from, to (dots), state: "kept" (in both waves), "new",
                        "dissolved" (not in the other wave), "one wave only" (the pair was not seen in the
                        other wave)
    network_map_counts  source, relation, year, wave, nodes (on the roster), nodes_shown, ties (observed),
                        ties_shown
    No map of a source with fewer than `FEWEST` dots in some wave, or with no tie to show.
    """
    made: dict[str, list[pd.DataFrame]] = {
        "network_map": [],
        "network_map_ties": [],
        "network_map_counts": [],
    }
    for source in _sources(prepared):
        waves = _waves(prepared, source)
        if _too_little(waves):
            continue
        places = _places(waves, _known(prepared, source, PUBLIC), public=True)
        dots = _numbered(places)
        made["network_map"].append(_dots(waves, places, dots))
        made["network_map_ties"].append(_ties(waves, dots))
        made["network_map_counts"].append(_counts(waves))
    kinds = {"network_map": DOTS, "network_map_ties": TIES, "network_map_counts": COUNTS}
    return {name: _typed(made[name], kind) for name, kind in kinds.items()}


def map_places(prepared: Prepared) -> pd.DataFrame:
    """Where every node is drawn: source, map, node, x, y. INTERNAL: it names the nodes.

    map "public" rests on ties between nodes that consented only, "internal" on all ties. Nodes that
    `prepared.places` knows are where it says.
    """
    rows = []
    for source in _sources(prepared):
        waves = _waves(prepared, source)
        for name in (INTERNAL,) if _too_little(waves) else (PUBLIC, INTERNAL):
            found = _places(waves, _known(prepared, source, name), public=name == PUBLIC)
            rows += [(source.name, name, node, x, y) for node, (x, y) in sorted(found.items())]
    kinds = blank("places").dtypes.to_dict()
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def consents(rosters: pd.DataFrame, unit: str, year: int | None) -> pd.Index:
    """Nodes that consented to a public map of a wave: the roster of its year says so, and no later one says
    no (or nothing). Whoever withdraws is on no later map, of whatever year; consent counts from its year on.

    rosters  of all years: year, the column `unit` that names a node, map_consent (NA is no)
    """
    if "map_consent" not in rosters:
        return pd.Index([])
    years = rosters["year"].astype("Int64")
    own = rosters[rosters[unit].notna() & (years.isna() | (years >= year if year is not None else True))]
    said = own["map_consent"].astype("boolean").fillna(False).astype(bool)
    agreed = said.groupby(own[unit]).all()
    return pd.Index(agreed.index[agreed])


def _sources(prepared: Prepared) -> Iterator[Source]:
    """Sources whose networks are drawn: nobody reads a map of more than `MATRIX_NODES` dots."""
    for source in filter(is_network, prepared.study.sources.values()):
        if not any(
            isinstance(one.network, LargeNetwork) for wave in _waves(prepared, source) for one in wave
        ):
            yield source


def _waves(prepared: Prepared, source: Source) -> list[list[Shown]]:
    """The newest two waves, each with its relations."""
    return [
        [_shown(prepared, one) for one in settings(prepared, source, wave)]
        for wave in prepared.waves.get(source.name, ())[-2:]
    ]


def _shown(prepared: Prepared, setting: Setting) -> Shown:
    agreed = consents(getattr(prepared, setting.units), setting.unit, setting.year)
    return Shown(setting, np.asarray(pd.Index(setting.network.nodes).isin(agreed), dtype=bool))


def _too_little(waves: Sequence[Sequence[Shown]]) -> bool:
    every = [one for wave in waves for one in wave]
    few = any(one.consent.sum() < FEWEST for one in every)
    return few or not any(one.public.tie_count for one in every)


def _known(prepared: Prepared, source: Source, name: str) -> dict[str, Place]:
    frame = prepared.places
    own = frame[(frame["source"] == source.name) & (frame["map"] == name)]
    return dict(zip(own["node"], zip(own["x"].tolist(), own["y"].tolist(), strict=True), strict=True))


def _places(
    waves: Sequence[Sequence[Shown]], known: Mapping[str, Place], *, public: bool
) -> dict[str, Place]:
    """From the ties of all relations and waves together."""
    pairs: Counter[tuple[str, str]] = Counter()
    nodes: set[str] = set()
    for one in (one for wave in waves for one in wave):
        network = one.public if public else one.network
        nodes.update(map(str, network.nodes))
        ends = np.argwhere(np.triu(network.symmetrised))
        names = np.asarray(network.nodes, dtype=object)[ends]
        pairs.update((str(a), str(b)) for a, b in names)
    return layout(sorted(nodes), pairs, known)


def _numbered(places: Mapping[str, Place]) -> dict[str, int]:
    """Dots from left to right: their order tells what the map shows, and nothing besides."""
    return {node: at for at, node in enumerate(sorted(places, key=lambda node: (*places[node], node)), 1)}


def _dots(
    waves: Sequence[Sequence[Shown]], places: Mapping[str, Place], dots: Mapping[str, int]
) -> pd.DataFrame:
    rows = []
    for s, nodes in ((wave[0].setting, _nodes(wave)) for wave in waves if wave):
        rows += [(s.source, s.year, s.wave, dots[node], *places[node]) for node in nodes]
    return pd.DataFrame(rows, columns=[*DOTS]).sort_values(["year", "wave", "dot"], kind="stable")


def _nodes(wave: Sequence[Shown]) -> list[str]:
    return sorted({str(node) for one in wave for node in one.public.nodes})


def _ties(waves: Sequence[Sequence[Shown]], dots: Mapping[str, int]) -> pd.DataFrame:
    frames = []
    for place, wave in enumerate(waves):
        others = {one.setting.relation: one for other in waves if other is not wave for one in other}
        frames += [_of_relation(one, others.get(one.setting.relation), dots, place > 0) for one in wave]
    return pd.concat(frames).sort_values(["relation", "year", "wave", "from", "to"], kind="stable")


def _of_relation(one: Shown, other: Shown | None, dots: Mapping[str, int], later: bool) -> pd.DataFrame:
    g, s = one.public, one.setting
    ends = np.argwhere(g.ties if g.directed else np.triu(g.ties))
    names = np.asarray(g.nodes, dtype=object)[ends]
    known = np.array([[dots[a], dots[b]] for a, b in names], dtype=int).reshape(-1, 2)
    known = known if g.directed else np.sort(known, axis=1)
    rows = [
        (s.source, s.relation, s.year, s.wave, *pair, state)
        for pair, state in zip(known.tolist(), _states(names, other, later), strict=True)
    ]
    return pd.DataFrame(rows, columns=[*TIES])


def _states(names: np.ndarray, other: Shown | None, later: bool) -> Iterator[str]:
    """What became (or had been) of ties in the other wave, of which only the public part is looked at."""
    if other is None:
        yield from (ONCE for _ in names)
        return
    g = other.public
    at = pd.Index(g.nodes)
    ego, alter = at.get_indexer(names[:, 0]), at.get_indexer(names[:, 1])
    both = (ego >= 0) & (alter >= 0)
    state = np.where(both, g.A[ego, alter], np.nan)
    for value in state:
        yield ONCE if np.isnan(value) else KEPT if value == 1 else NEW if later else GONE


def _counts(waves: Sequence[Sequence[Shown]]) -> pd.DataFrame:
    rows = [
        (s.source, s.relation, s.year, s.wave, g.size, shown.size, g.tie_count, shown.tie_count)
        for s, g, shown in ((one.setting, one.network, one.public) for wave in waves for one in wave)
    ]
    return pd.DataFrame(rows, columns=[*COUNTS])


def _typed(frames: Sequence[pd.DataFrame], kinds: Mapping[str, str]) -> pd.DataFrame:
    some = [frame for frame in frames if len(frame)]
    whole = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(kinds))
    return whole.astype(dict(kinds))
