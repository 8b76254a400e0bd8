"""Rows of the shape of one relation: how many, how dense, how mutual, how centred, how held together.

Imports `setting`, `structure` and the modules of the measures. `method` names the definition, because
packages print different numbers under one name, and says what the pairs not observed do to the number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ksn_research.analyse.network import cohesion, pivots
from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.centralisation import (
    betweenness_centralisation,
    in_degree_centralisation_bounds,
    out_degree_centralisation,
)
from ksn_research.analyse.network.graphs import collapsed, reachable
from ksn_research.analyse.network.hierarchy import connectedness_bounds, krackhardt
from ksn_research.analyse.network.jackknife import connectedness_jackknife, degree_centralisation_jackknife
from ksn_research.analyse.network.setting import Setting, pairs_seen, undefined
from ksn_research.analyse.network.triads import chains_seen, transitivity, triad_census, weak_transitivity
from ksn_research.results import Row

TOO_SMALL = "fewer than two nodes"
UNDIRECTED = "not defined: the network is undirected"
ASIDE = "direction set aside"
NO_BOUND = "no bounds: a tie that was not observed could raise or lower it"
SOME_PATHS = (
    f"estimated from the paths of {pivots.PIVOTS} seeded random nodes (Eppstein & Wang 2004), which are the "
    "clusters of the interval"
)
LOWER = "a lower bound: ties that were not observed could only raise it"
Said = tuple[str, shape.Estimate | float, str]


def structure_rows(s: Setting) -> Iterator[Row]:
    """How many, how dense, how mutual, how centred, how held together; over what was observed."""
    g = s.network
    over = {"n": g.observed_pairs, "unit": "dyads", "population": g.possible_pairs}
    for name, found, method in _pair_statistics(g):
        yield s.row("network", name, found, method=method, **over)
    yield from _reciprocity_rows(s)
    silent = int((shape.isolates(g) & ~g.senders).sum())
    for name, found, method in _node_statistics(g):
        note = f"{silent} of them did not answer" if name == "isolates" and silent else ""
        whole = {"n": g.size, "unit": s.units, "population": g.size}
        yield s.row("network", name, found, method=method, note=note, **whole)
    yield from _centralisation_rows(s)
    yield from _closure_rows(s)
    yield from _distance_rows(s)
    yield from _hierarchy_rows(s)


def triad_rows(s: Setting) -> Iterator[Row]:
    """The triad census: how many threes are of each of the 16 kinds (undirected: by their number of ties)."""
    g = s.network
    census = triad_census(g)
    what = "kinds in M-A-N notation (Davis & Leinhardt 1972)" if g.directed else "kinds by number of ties"
    method = f"triples of nodes all of whose pairs were observed, {what}"
    shared = {"n": sum(census.values()), "unit": "triples", "population": math.comb(g.size, 3)}
    for kind, count in census.items():
        category = kind if g.directed else f"{kind} tie" + ("" if kind == "1" else "s")
        yield s.row("triads", "triads", count, category=category, method=method, **shared)


def _pair_statistics(g: shape.Network) -> Iterator[Said]:
    low, high = _ends(shape.density_bounds(g), TOO_SMALL)
    bound = "ties / possible pairs of the roster, pairs not observed counted as"
    yield "ties", g.tie_count, f"distinct ties, {pairs_seen(g)}"
    yield "density", shape.density(g), f"ties / {pairs_seen(g)}; {shape.JACKKNIFE}"
    yield "density_low", low, f"{bound} no tie"
    yield "density_high", high, f"{bound} a tie"


def _reciprocity_rows(s: Setting) -> Iterator[Row]:
    """Three numbers that go by the name of reciprocity, and the bounds of the first."""
    g = s.network
    mutual, one_way, null = shape.dyad_census(g)
    all_dyads = math.comb(g.size, 2)
    both = {"n": mutual + one_way + null, "unit": "dyads", "population": all_dyads}
    answered = "dyads whose two ends answered"
    found = cohesion.reciprocities(g)
    method = (
        f"edge-wise, 2M / (2M + A) over {answered}, M mutual and A one-way (networkx; igraph default; sna "
        f'"edgewise"); {shape.JACKKNIFE}'
    )
    yield s.row("network", "reciprocity", found.edge_wise, method=method, **both)
    low, high = _ends(cohesion.reciprocity_bounds(g).edge_wise, found.edge_wise.why or TOO_SMALL)
    whole = {"n": all_dyads, "unit": "dyads", "population": all_dyads}
    for name, end, how in (("low", low, "contradicted"), ("high", high, "agreed with")):
        method = f"2M / (2M + A) over all dyads, if every answer not observed {how} the other end's"
        yield s.row("network", f"reciprocity_{name}", end, method=method, **whole)
    method = (
        f"dyad-wise, M / (M + A) over {answered} with a tie (igraph ratio; UCINET dyad-based; sna "
        f'"dyadic.nonnull"); {shape.JACKKNIFE}'
    )
    tied = {"n": mutual + one_way, "unit": "dyads"}
    yield s.row("network", "dyadic_reciprocity", found.dyad_wise, method=method, **tied)
    method = f"correlation of a tie with its return, {answered} (Garlaschelli & Loffredo 2004); {NO_BOUND}"
    yield s.row("network", "reciprocity_correlation", found.correlation, method=method, **both)


def _node_statistics(g: shape.Network) -> Iterator[Said]:
    sizes = shape.component_sizes(g)
    joined = "the symmetrised observed ties, isolates included"
    yield "nodes", g.size, "nodes on the roster"
    yield "respondents", int(g.senders.sum()), "nodes that answered"
    yield "mean_in_degree", shape.mean_in_degree(g), f"ties / nodes that answered; {shape.JACKKNIFE}"
    if not g.directed:
        yield "mean_degree", shape.mean_degree(g), f"density * (n - 1); {shape.JACKKNIFE}"
    yield "isolates", int(shape.isolates(g).sum()), "nodes without an observed tie in either direction"
    yield "components", len(sizes), f"components of {joined}"
    share = float(sizes[0]) / g.size if g.size else undefined("no nodes")
    yield "largest_component_share", share, f"nodes in the largest component of {joined} / nodes"
    core = cohesion.k_core(g)
    most = int(core.max(initial=0))
    cut = int(cohesion.articulation_points(g).sum())
    method = f"nodes without which their component falls apart, observed ties, {ASIDE}; {NO_BOUND}"
    yield "articulation_points", cut, method
    method = (
        f"largest k such that nodes with k partners each among themselves exist (Seidman 1983), {ASIDE}, a "
        f"pair counted once (networkx and sna add in-ties and out-ties of a directed graph); {LOWER}"
    )
    yield "max_core", most if g.size else undefined("no nodes"), method
    size = int((core == most).sum())
    yield "max_core_size", size if g.size else undefined("no nodes"), "nodes in the core of the largest k"


def _centralisation_rows(s: Setting) -> Iterator[Row]:
    g = s.network
    whole = {"n": g.size, "unit": s.units, "population": g.size}
    freeman = "Freeman 1979, sum of (max - c) /"
    rough = f"{shape.JACKKNIFE}, rough because one node sets the maximum"
    if isinstance(g, shape.LargeNetwork):
        rough = f"no interval for more than {shape.MATRIX_NODES:,} nodes"
    method = (
        f"{freeman} (n - 1)^2, no loops (igraph's default counts them: times (n - 1) / n); c = (n - 1) * "
        f"in-degree / other nodes that answered; {rough}"
    )
    found = degree_centralisation_jackknife(g) if g.directed else undefined(UNDIRECTED)
    yield s.row("network", "in_degree_centralisation", found, method=method, **whole)
    ends = _ends(in_degree_centralisation_bounds(g), TOO_SMALL if g.directed else UNDIRECTED)
    for name, end, how in zip(("low", "high"), ends, ("evened out", "all named one node"), strict=True):
        method = f"{freeman} (n - 1)^2, no loops, if the answers not observed {how}"
        yield s.row("network", f"in_degree_centralisation_{name}", end, method=method, **whole)
    if not g.directed:
        method = f"{freeman} ((n - 1)(n - 2)); c = (n - 1) * degree / other nodes observed; {rough}"
        found = degree_centralisation_jackknife(g)
        yield s.row("network", "degree_centralisation", found, method=method, **whole)
    among = {**whole, "n": int(g.observed.any(axis=1).sum())}
    method = f"{freeman} ((r - 1)(n - 1)), c = (n - 1) * out-degree / others asked about, r that answered"
    yield s.row("network", "out_degree_centralisation", out_degree_centralisation(g), method=method, **among)
    halved = "" if g.directed else " / 2"
    method = (
        f"{freeman} ((r - 1)(n - 1)(n - 2){halved}), betweenness of the r nodes that answered, isolates "
        f"among the n; {NO_BOUND}"
    )
    if isinstance(g, shape.LargeNetwork):
        method = f"{method}; {pivots.HOW}, for the node that comes out first, which errs upwards"
    found = betweenness_centralisation(g)
    yield s.row("network", "betweenness_centralisation", found, method=method, **among)


def _closure_rows(s: Setting) -> Iterator[Row]:
    """Whether partners of partners are partners; n counts the two-step chains whose ends were observed."""
    method = (
        f"3 * triangles / connected triples, {ASIDE} (Newman, Watts & Strogatz 2002; igraph; networkx on the "
        f"undirected graph; not its transitivity of a DiGraph); {NO_BOUND}; {shape.JACKKNIFE}"
    )
    chains = {"n": _chains(collapsed(s.network)), "unit": "triples"}
    yield s.row("network", "transitivity", transitivity(s.network), method=method, **chains)
    method = (
        "share of i -> j -> k in which i -> k, pair i, k observed (Holland & Leinhardt 1971; sna gtrans "
        f'"weak"); {NO_BOUND}; {shape.JACKKNIFE}'
    )
    chains = {"n": _chains(s.network), "unit": "triples"}
    yield s.row("network", "weak_transitivity", weak_transitivity(s.network), method=method, **chains)


def _chains(g: shape.Network) -> int:
    """Pairs of ties i - j - k of which it is known whether i and k are tied."""
    return round(float(chains_seen(g).sum())) // g.pairs_per_cell


def _distance_rows(s: Setting) -> Iterator[Row]:
    g = s.network
    found, possible = cohesion.distances(g), g.possible_pairs
    reached = round((found.reached.value or 0.0) * possible)
    pairs = "ordered pairs" if g.directed else "pairs"
    over = {"unit": "dyads", "population": possible}
    drawn = f"; {SOME_PATHS}" if isinstance(g, shape.LargeNetwork) else ""
    method = (
        f"mean steps along observed ties, {pairs} joined by a path (igraph mean_distance); {NO_BOUND}{drawn}"
    )
    yield s.row("network", "mean_distance", found.mean, n=reached, method=method, **over)
    method = f"{pairs} joined by a path of observed ties / all {pairs}; {LOWER}{drawn}"
    yield s.row("network", "reached_share", found.reached, n=possible, method=method, **over)


def _hierarchy_rows(s: Setting) -> Iterator[Row]:
    """Krackhardt's (1994) four; only connectedness has bounds."""
    g = s.network
    all_dyads = math.comb(g.size, 2)
    over = {"n": all_dyads, "unit": "dyads", "population": all_dyads}
    what = f"pairs joined by a path / all pairs, {ASIDE} (Krackhardt 1994)"
    method = f"{what}, observed ties; {shape.JACKKNIFE}"
    yield s.row("network", "connectedness", connectedness_jackknife(g), method=method, **over)
    ends = _ends(connectedness_bounds(g), TOO_SMALL)
    for name, end, how in zip(("low", "high"), ends, ("no tie", "a tie"), strict=True):
        method = f"{what}, pairs not observed counted as {how}"
        yield s.row("network", f"connectedness_{name}", end, method=method, **over)
    found = krackhardt(g)
    over["n"] = None if found.hierarchy.why.startswith("not computed") else _joined(g)
    method = f"Krackhardt 1994, pairs joined by a directed path one way only / those joined; {NO_BOUND}"
    yield s.row("network", "krackhardt_hierarchy", found.hierarchy, method=method, **over)
    whole = {"n": g.size, "unit": s.units, "population": g.size}
    method = (
        "Krackhardt 1994, 1 - ties beyond those a tree needs / those possible beyond, within components; "
        f"{NO_BOUND}"
    )
    yield s.row("network", "krackhardt_efficiency", found.efficiency, method=method, **whole)
    method = (
        "Krackhardt 1994, 1 - pairs of a component without a least common superior / possible such pairs "
        f"(sna's lubness asks for a common top instead); {NO_BOUND}"
    )
    yield s.row("network", "least_upper_bound", found.lub, method=method, **whole)


def _joined(g: shape.Network) -> int:
    """Pairs in which one reaches the other along directed ties."""
    reach = reachable(g) if g.size else np.zeros((0, 0), dtype=bool)
    return int(np.triu(reach | reach.T, 1).sum())


def _ends(
    found: tuple[float, float] | None, why: str
) -> tuple[shape.Estimate | float, shape.Estimate | float]:
    """The two bounds, or why there are none."""
    return found or (undefined(why), undefined(why))
