"""Where nodes stand: rows of means over the network and its groups, and the internal table of every node.

Imports `setting` and the modules of the measures. What belongs to one named node is in `position_tables`
only, which is for internal pages; no row says it, nor does any give a maximum, which is one node's number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.analyse.network.brokerage import brokerage_counts, roles_of
from ksn_research.analyse.network.brokerage_expected import node_moments, possible_triads
from ksn_research.analyse.network.cohesion import components, k_core
from ksn_research.analyse.network.holes import structural_holes
from ksn_research.analyse.network.mixing import CLOSE, ego_e_i, group_codes
from ksn_research.analyse.network.pivots import HOW, sampled
from ksn_research.analyse.network.positions import betweenness, harmonic_closeness, position_table
from ksn_research.analyse.network.setting import Setting, is_network, settings, undefined
from ksn_research.analyse.network.structure import Estimate, LargeNetwork, Network, popularity
from ksn_research.prepared import Prepared
from ksn_research.results import Row

GROUPED = ("region", "type")
ROLES: Mapping[str, str] = {
    "coordinator": "coordinator",
    "itinerant": "consultant",
    "representative": "representative",
    "representative or gatekeeper": "representative",
    "gatekeeper": "gatekeeper",
    "liaison": "liaison",
}
BROKERS = tuple(dict.fromkeys(ROLES.values()))
POSITIONS: Mapping[str, str] = {
    "year": "year of the wave, missing where undated",
    "wave": "name of the wave, empty where the year says it",
    "source": "the network source",
    "relation": "what was asked",
    "units": "what a node is: organisations or people",
    "node": "identifier on the roster",
    "name": "name on the roster, else the identifier",
    "region": "region on the roster, empty where not known",
    "type": "type on the roster, empty where not known",
    "answered": "True where the node answered, whether or not it named anyone",
    "in_degree": "how many observed others name it (undirected: partners)",
    "observed_senders": "other nodes that could have named it and were observed",
    "in_degree_low": "in-degree if no pair that was not observed had a tie",
    "in_degree_high": "in-degree if every such pair had",
    "in_degree_share": "in_degree / observed_senders",
    "rank_best": "best rank by in-degree that the bounds of all nodes allow, 1 the most named",
    "rank_worst": "worst rank that they allow",
    "out_degree": "how many others it names",
    "betweenness": "share of the pairs of others between whom it stands on shortest paths (Freeman 1977)",
    "harmonic_closeness": "mean of 1 / steps from the others to it, 0 without a path",
    "constraint": "Burt's (1992) constraint, model of the whole network",
    "effective_size": "partners less the redundant (Burt 1992)",
    "efficiency": "effective size / partners",
    "core": "largest k such that it stands in a group each of whom has k partners inside",
    "component": "number of its component, 1 the largest; direction set aside",
    "e_i_region": "ego E-I index by region: -1 all partners inside its own, +1 none",
    "e_i_type": "ego E-I index by type",
    **{role: f"open triads between whose ends it stands as {role}, groups are regions" for role in BROKERS},
    **{f"{role}_expected": "their mean if ties fell at random at the observed density" for role in BROKERS},
    **{f"{role}_z": "(count - expected) / standard deviation (Gould & Fernandez 1989)" for role in BROKERS},
    "why": "in words, why something is missing; empty where nothing is",
}
NO_BOUND = "no bounds: a tie that was not observed could raise or lower it"


@dataclass(frozen=True, eq=False)
class Measure:
    """One number per node (NaN where undefined), its definition, and why it may be undefined.

    parts  where it is estimated: one row per group of pivots, of the same numbers
    """

    name: str
    values: np.ndarray
    method: str
    wanting: str
    parts: np.ndarray | None = None


def position_rows(s: Setting) -> Iterator[Row]:
    """Mean of each measure over the network and over every region and type, and its median over all."""
    groups = list(_groups(s))
    for measure in measures(s.network):
        for group, level, chosen in groups:
            yield _row(s, measure, "mean", chosen, group, level)
        yield _row(s, measure, "median", np.ones(s.network.size, dtype=bool))


def _groups(s: Setting) -> Iterator[tuple[str, str, np.ndarray]]:
    """Attribute, level and the nodes of it; first everybody."""
    yield "", "", np.ones(s.network.size, dtype=bool)
    for attribute in (name for name in s.attributes if name in GROUPED):
        labels = s.labels(attribute)
        for level in sorted({label for label in labels if label is not None}):
            yield attribute, level, np.equal(labels, level).astype(bool)


def measures(g: Network) -> tuple[Measure, ...]:
    """The measures of the rows, nodes in the network's order."""
    holes = structural_holes(g)
    pairs = "ordered pairs" if g.directed else "pairs"
    per = "(n - 1)(n - 2)" + ("" if g.directed else " / 2")
    degree = "in-degree" if g.directed else "degree"
    silent, alone = "who did not answer", "who did not answer, or has no tie"
    drawn, near, passed = "", None, None
    if isinstance(g, LargeNetwork):
        paths, drawn = sampled(g), f"; {HOW}, of the mean"
        near, passed = paths.harmonic, paths.betweenness * g.pairs_per_cell / ((g.size - 1) * (g.size - 2))
    burt = f"Burt 1992, model of the whole network, strength a_ij + a_ji; {NO_BOUND}"
    return (
        Measure(
            "in_degree_share",
            popularity(g),
            f"{degree} / other nodes that answered, who could have named the node",
            "whom nobody observed could have named",
        ),
        Measure(
            "betweenness",
            betweenness(g, normalised=True),
            f"share of the {pairs} of others between whom a node stands on shortest paths, / {per} (Freeman "
            f"1977; networkx's default, undivided in igraph and sna), nodes that answered; {NO_BOUND}{drawn}",
            silent,
            passed,
        ),
        Measure(
            "harmonic_closeness",
            harmonic_closeness(g, "in"),
            "mean of 1 / steps from every other node to the node, 0 without a path (Rochat 2009; networkx "
            f"gives the sum); a lower bound: ties that were not observed could only raise it{drawn}",
            "whom nobody observed could have named",
            near,
        ),
        Measure("constraint", holes.constraint, f"constraint ({burt}; igraph, networkx)", alone),
        Measure("effective_size", holes.effective_size, f"partners less the redundant ({burt})", alone),
        Measure("efficiency", holes.efficiency, f"effective size / partners ({burt})", alone),
    )


def _row(
    s: Setting, measure: Measure, statistic: str, chosen: np.ndarray, group: str = "", level: str = ""
) -> Row:
    counted = chosen & ~np.isnan(measure.values)
    n, of = int(counted.sum()), int(chosen.sum())
    value = _summary(s.network, measure, statistic, counted) if n else undefined("undefined for every node")
    return s.row(
        "positions",
        statistic,
        value,
        category=measure.name,
        group=group,
        level=level,
        n=n,
        unit=s.units,
        population=of,
        method=f"{statistic} over nodes of: {measure.method}",
        note=f"{of - n} of {of} {s.units} left out: {measure.wanting}" if of > n else "",
        **s.support(counted),
    )


def _summary(g: Network, measure: Measure, statistic: str, counted: np.ndarray) -> Estimate | float:
    if measure.parts is not None and statistic == "mean":
        return sampled(g).mean_over(measure.parts, counted)
    return float(getattr(np, statistic)(measure.values[counted]))


def position_tables(prepared: Prepared) -> pd.DataFrame:
    """Every node by name, in every relation of the newest two waves: internal, never to be published.

    Comes out: one row per node, relation and wave, columns as `POSITIONS` says, in order of source, wave,
    relation and node; none of a network of more than `MATRIX_NODES`, whose ranks and roles need
    matrices. What is undefined is missing, and `why` says why. An undirected network has no
    gatekeepers: representative counts both.
    """
    tables = [
        node_positions(setting)
        for source in prepared.study.sources.values()
        if is_network(source)
        for wave in prepared.waves.get(source.name, ())[-2:]
        for setting in settings(prepared, source, wave)
        if not isinstance(setting.network, LargeNetwork)
    ]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(POSITIONS))


def node_positions(s: Setting) -> pd.DataFrame:
    """One row per node of one relation of one wave, columns as `POSITIONS` says."""
    g, holes = s.network, structural_holes(s.network)
    region, kind = (_labels(s, attribute) for attribute in GROUPED)
    names = {"popularity": "in_degree_share", "harmonic_in": "harmonic_closeness"}
    more = {
        "year": pd.array([s.year] * g.size, dtype="Int64"),
        "wave": s.wave,
        "source": s.source,
        "relation": s.relation,
        "units": s.units,
        "name": _names(s),
        "region": np.where(region == None, "", region),  # noqa: E711 - element by element
        "type": np.where(kind == None, "", kind),  # noqa: E711
        "observed_senders": g.observed.sum(axis=0),
        "constraint": holes.constraint,
        "effective_size": holes.effective_size,
        "efficiency": holes.efficiency,
        "core": k_core(g),
        "component": 1 + components(g),
        "e_i_region": ego_e_i(g, region),
        "e_i_type": ego_e_i(g, kind),
    }
    found = position_table(g).rename(columns=names).assign(**more, **_roles(g, region))
    return found.assign(why=_why(s, found))[list(POSITIONS)]


def _labels(s: Setting, attribute: str) -> np.ndarray:
    """Labels, None for all where the roster has no such column."""
    if attribute in s.attributes:
        return s.labels(attribute)
    return np.full(s.network.size, None, dtype=object)


def _names(s: Setting) -> np.ndarray:
    if "name" not in s.roster:
        return s.network.nodes
    name = s.roster["name"].astype(object)
    return np.where(name.isna() | (name == ""), s.network.nodes, name)


def _roles(g: Network, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Counts, expectations and z of each role; NaN where no triad of the role is possible."""
    codes, known = group_codes(labels)
    inner, codes = g.restricted(known), codes[known]
    found = {f"{role}{part}": np.full(g.size, np.nan) for part in ("", "_expected", "_z") for role in BROKERS}
    if not inner.size:
        return found
    counts, same = brokerage_counts(inner, codes), np.equal.outer(codes, codes)
    d = inner.tie_count / max(inner.observed_pairs, 1)
    for role, raw in zip(roles_of(inner), counts.T, strict=True):
        if role.name not in ROLES:
            continue
        m = node_moments(role, possible_triads(role, inner.observed, same), d)
        possible, sd = m.possible > 0, np.sqrt(np.maximum(m.variance, 0.0))
        z = np.divide(raw - m.mean, sd, out=np.full(len(raw), np.nan), where=possible & (sd > CLOSE))
        for part, values in (("", raw), ("_expected", m.mean), ("_z", z)):
            found[ROLES[role.name] + part][known] = np.where(possible, values, np.nan)
    return found


def _why(s: Setting, found: pd.DataFrame) -> np.ndarray:
    """Per node, why something is missing, in words."""
    g, own = s.network, s.network.senders
    heard, tied = g.observed.any(axis=1), g.symmetrised.any(axis=1)
    region, kind = (found[name].to_numpy() != "" for name in GROUPED)
    gone = {name: found[name].isna().to_numpy() for name in ("in_degree", "e_i_region", "e_i_type", *BROKERS)}
    said = [
        (gone["in_degree"], "nobody who could name it was observed"),
        (~own, "did not answer: what rests on its own answers is not known"),
        (own & ~heard, "answered about no other: what rests on its own answers is not known"),
        (own & heard & ~tied, "no ties: constraint, effective size, efficiency and E-I are undefined"),
        (~region, "region not known: no E-I and no roles by region"),
        (~kind, "type not known: no E-I by type"),
        (own & tied & region & gone["e_i_region"], "no partner of known region"),
        (own & tied & kind & gone["e_i_type"], "no partner of known type"),
    ]
    for role in BROKERS:
        if g.directed or role != "gatekeeper":
            said.append(
                (own & heard & region & gone[role], f"{role}: no such triad is possible or was observed")
            )
    why = np.full(g.size, "", dtype=object)
    for where, text in said:
        why = np.where(where, np.where(why == "", text, why + "; " + text), why)
    return why
