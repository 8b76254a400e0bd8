"""Rows of the shape of one relation: how many, how dense, how mutual, how centred.

Imports `setting` and `structure`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.setting import Setting, pairs_seen, undefined
from ksn_research.results import Row

TOO_SMALL = "fewer than two nodes"


def structure_rows(s: Setting) -> Iterator[Row]:
    """How many, how dense, how mutual, how centred; every number over what was observed."""
    g = s.network
    over = {"n": g.observed_pairs, "unit": "dyads", "population": g.possible_pairs}
    for name, found, method in _pair_statistics(g):
        yield s.row("network", name, found, method=method, **over)
    both = {"n": sum(shape.dyad_census(g)), "unit": "dyads", "population": g.size * (g.size - 1) // 2}
    method = f"edge-wise, 2M / (2M + A) over dyads whose two ends answered; {shape.JACKKNIFE}"
    yield s.row("network", "reciprocity", shape.reciprocity(g), method=method, **both)
    silent = int((shape.isolates(g) & ~g.senders).sum())
    for name, found, method in _node_statistics(g):
        note = f"{silent} of them did not answer" if name == "isolates" and silent else ""
        whole = {"n": g.size, "unit": s.units, "population": g.size}
        yield s.row("network", name, found, method=method, note=note, **whole)


Said = tuple[str, shape.Estimate | float, str]


def _pair_statistics(g: shape.Network) -> Iterator[Said]:
    low, high = shape.density_bounds(g) or (undefined(TOO_SMALL), undefined(TOO_SMALL))
    bound = "ties / possible pairs of the roster, pairs not observed counted as"
    yield "ties", g.tie_count, f"distinct ties, {pairs_seen(g)}"
    yield "density", shape.density(g), f"ties / {pairs_seen(g)}; {shape.JACKKNIFE}"
    yield "density_low", low, f"{bound} no tie"
    yield "density_high", high, f"{bound} a tie"


def _node_statistics(g: shape.Network) -> Iterator[Said]:
    sizes = shape.component_sizes(g)
    joined = "the symmetrised observed ties, isolates included"
    yield "nodes", g.size, "nodes on the roster"
    yield "respondents", int(g.senders.sum()), "nodes that answered"
    yield "mean_in_degree", shape.mean_in_degree(g), f"ties / nodes that answered; {shape.JACKKNIFE}"
    yield (
        "in_degree_centralisation",
        shape.in_degree_centralisation(g),
        "Freeman 1979, sum of (max - c) / (n - 1)^2, no loops; "
        "c = (n - 1) * in-degree / other nodes that answered",
    )
    if not g.directed:
        yield "mean_degree", shape.mean_degree(g), f"density * (n - 1); {shape.JACKKNIFE}"
        yield (
            "degree_centralisation",
            shape.degree_centralisation(g),
            "Freeman 1979, sum of (max - c) / ((n - 1)(n - 2)); c = (n - 1) * degree / other nodes observed",
        )
    yield "isolates", int(shape.isolates(g).sum()), "nodes without an observed tie in either direction"
    yield "components", len(sizes), f"components of {joined}"
    share = float(sizes[0]) / g.size if g.size else undefined("no nodes")
    yield "largest_component_share", share, f"nodes in the largest component of {joined} / nodes"
