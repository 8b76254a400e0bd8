"""What holds a network together: returned ties, components, distances, cores.
(imports `cells`, `structure`, `graphs` and `pivots`)

Paths and components run along observed ties. The docstring says of each measure what unobserved pairs do
and whether more ties can only raise (or only lower) it, so that `robustness.bounds` applies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ksn_research.analyse.network.cells import Table, joined
from ksn_research.analyse.network.graphs import as_igraph, collapsed_graph, path_lengths
from ksn_research.analyse.network.pivots import sampled
from ksn_research.analyse.network.structure import (
    Estimate,
    LargeNetwork,
    Network,
    dyad_census,
    ratio_by_node,
    ratio_by_sender,
    reciprocity,
)

UNDIRECTED = Estimate(None, why="not defined: the network is undirected")
Range = tuple[float, float] | None


@dataclass(frozen=True)
class Reciprocity:
    """Five numbers that go by the name of reciprocity, from dyads whose two ends both answered.

    M, As, N mutual, asymmetric, null dyads
    edge_wise       2M / (2M + As): share of ties returned (networkx, igraph "default", sna "edgewise")
    dyad_wise       M / (M + As): share of connected pairs tied both ways (igraph "ratio", UCINET "dyad",
                    sna "dyadic.nonnull")
    agreeing_dyads  (M + N) / (M + As + N): share of pairs of which both say the same (sna's default);
                    high in any sparse network
    log_ratio       ln(edge_wise / density): above 0 where ties are returned more than at random
    correlation     of a_ij with a_ji (Garlaschelli & Loffredo 2004)
    """

    edge_wise: Estimate
    dyad_wise: Estimate
    agreeing_dyads: Estimate
    log_ratio: Estimate
    correlation: Estimate


def reciprocities(network: Network) -> Reciprocity:
    """Every reciprocity by its name; intervals by node jackknife where the measure is a share."""
    if not network.directed:
        return Reciprocity(*[UNDIRECTED] * 5)
    both = network.observed & network.observed.T
    sent = network.ties & both
    edge_wise = reciprocity(network)
    density = sent.sum() / max(int(both.sum()), 1)
    log_ratio = Estimate(None, why=edge_wise.why or "undefined: no tie is returned")
    if edge_wise.value:
        log_ratio = Estimate(math.log(edge_wise.value / density))
    return Reciprocity(
        edge_wise=edge_wise,
        dyad_wise=_share(sent & sent.T, sent | sent.T, "no ties between two that both answered"),
        agreeing_dyads=_share((sent & sent.T) | (both & ~sent & ~sent.T), both, "no two both answered"),
        log_ratio=log_ratio,
        correlation=_correlation(*dyad_census(network)),
    )


def _share(part: Table, whole: Table, why: str) -> Estimate:
    found = ratio_by_node(part.astype(float), whole.astype(float))
    return found if found.value is not None else Estimate(None, why=why)


def _correlation(mutual: int, one_way: int, null: int) -> Estimate:
    """Of 0/1 columns with the same mean, d: (share of mutual dyads - d^2) / (d - d^2)."""
    dyads = mutual + one_way + null
    d = (mutual + one_way / 2) / dyads if dyads else 0.0
    if not 0 < d < 1:
        return Estimate(None, why="undefined: no variation, all pairs are alike")
    return Estimate((mutual / dyads - d**2) / (d - d**2))


@dataclass(frozen=True)
class ReciprocityBounds:
    """Least and most each reciprocity can be, whatever the unobserved answers; None where undefined."""

    edge_wise: Range
    dyad_wise: Range
    agreeing_dyads: Range


def reciprocity_bounds(network: Network) -> ReciprocityBounds:
    """The least: every unobserved answer contradicts the other; the most: it agrees.

    Reciprocity does not rise with ties alone, so the two ends are found per dyad: an unreturned tie whose
    other end is silent may be mutual or asymmetric, a "no" beside silence null or asymmetric, and two
    silent ends may be anything.
    """
    if not network.directed:
        return ReciprocityBounds(None, None, None)
    M, A, N = dyad_census(network)
    beside_silence = network.observed & ~network.observed.T
    named, silent = round((beside_silence & network.ties).sum()), round(beside_silence.sum())
    blind = math.comb(network.size, 2) - M - A - N - silent
    least, most = (M, A + silent + blind), (M + named + blind, A)
    agree = (M + N, M + N + silent + blind)
    pairs = M + A + N + silent + blind
    return ReciprocityBounds(
        edge_wise=_range(2 * least[0], least[1], 2 * most[0], most[1]),
        dyad_wise=_range(least[0], least[1], most[0], most[1]),
        agreeing_dyads=(agree[0] / pairs, agree[1] / pairs) if pairs else None,
    )


def _range(least: int, against: int, most: int, against_most: int) -> Range:
    if not least + against + most + against_most:
        return None
    high = most / (most + against_most) if most + against_most else 0.0
    return (least / (least + against) if least + against else high), high


def components(network: Network, kind: Literal["weak", "strong"] = "weak") -> np.ndarray:
    """Per node the number of its component, counted from 0 in order of size, then of the first node.

    weak    connected when direction is set aside. More ties only join components
    strong  each reaches the other along directed ties
    """
    from scipy.sparse.csgraph import connected_components

    if not network.size:
        return np.array([], dtype=int)
    found = connected_components(joined(network.ties), directed=True, connection=kind)[1]
    _, first, member, size = np.unique(found, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(size), dtype=int)
    place[np.lexsort((first, -size))] = np.arange(len(size))
    return place[member]


def articulation_points(network: Network) -> np.ndarray:
    """n booleans: without the node its component falls apart, direction set aside."""
    found = np.zeros(network.size, dtype=bool)
    found[collapsed_graph(network).articulation_points()] = True
    return found


def bridges(network: Network) -> np.ndarray:
    """Pairs (b x 2 positions, in order) whose tie alone joins two parts, direction set aside."""
    graph = collapsed_graph(network)
    found = np.array([graph.es[edge].tuple for edge in graph.bridges()], dtype=int).reshape(-1, 2)
    found = np.sort(found, axis=1)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


@dataclass(frozen=True)
class Distances:
    """Steps between nodes along observed ties.

    mean        over the pairs one of which reaches the other (igraph's mean_distance). It can fall or rise
                with a further tie, because that makes further pairs count
    diameter    the longest of these
    reached     share of the pairs in which a path leads from the first to the second; rises with ties
    efficiency  mean of 1 / steps over all pairs, 0 where there is no path (Latora & Marchiori 2001);
                rises with ties, so that bounds apply
    """

    mean: Estimate
    diameter: Estimate
    reached: Estimate
    efficiency: Estimate


def distances(network: Network) -> Distances:
    """How far apart the nodes are, in the direction of ties where they have one.

    Of a `LargeNetwork` from the paths of some nodes (`pivots`): shares and means with their error, and no
    diameter.
    """
    n = network.size
    if n < 2:
        return Distances(*[Estimate(None, why="undefined: fewer than two nodes")] * 4)
    if isinstance(network, LargeNetwork):
        return _sampled_distances(network)
    lengths = path_lengths(network)
    steps = lengths[np.isfinite(lengths) & (lengths > 0)]
    reached = Estimate(len(steps) / (n * (n - 1)))
    efficiency = Estimate(float((1 / steps).sum()) / (n * (n - 1)))
    if not len(steps):
        nobody = Estimate(None, why="undefined: nobody reaches anybody")
        return Distances(nobody, nobody, reached, efficiency)
    return Distances(Estimate(float(steps.mean())), Estimate(float(steps.max())), reached, efficiency)


def _sampled_distances(network: Network) -> Distances:
    paths, others = sampled(network), network.size - 1
    mean = ratio_by_sender(paths.steps, paths.reached, 1.0, others)
    if mean.value is None:
        mean = Estimate(None, why="undefined: none of the nodes drawn reaches anybody")
    return Distances(
        mean=mean,
        diameter=Estimate(None, why="not computed: the longest of all paths is not seen from a few nodes"),
        reached=ratio_by_sender(paths.reached, np.full(len(paths.reached), float(others)), 0.0, 1.0),
        efficiency=paths.of_parts(paths.harmonic.mean(axis=1)),
    )


def k_core(network: Network, mode: Literal["collapsed", "all", "in", "out"] = "collapsed") -> np.ndarray:
    """Per node the largest k such that it stands in a group each of whom has k ties inside (Seidman 1983).

    collapsed  ties with direction set aside, a pair counted once: what a survey reader expects
    all        in-ties and out-ties added, a mutual tie twice (networkx on a DiGraph, sna "freeman")
    in, out    ties that come in from the group; ties that go out into it

    Unobserved pairs count as none; more ties only raise it.
    """
    if mode == "collapsed":
        return np.array(collapsed_graph(network).coreness(mode="all"), dtype=int)
    return np.array(as_igraph(network).coreness(mode=mode), dtype=int)
