"""Shortest paths of a network too large for all of them, from some nodes drawn at random.
(imports `structure`, `graphs`)

Paths of all pairs cost nodes times ties. From a simple random sample of sources (pivots) every sum over
sources is estimated without bias, and how the pivots differ tells its error (Brandes & Pich 2007,
International Journal of Bifurcation and Chaos 17:2303; closeness as in Eppstein & Wang 2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ksn_research.analyse.network.graphs import as_igraph
from ksn_research.analyse.network.structure import Estimate, Network, with_interval

PIVOTS = 100
PARTS = 10  # groups of pivots, whose spread is the error of what is no sum over pivots
HOW = (
    f"estimated from the paths of {PIVOTS} seeded random nodes (Brandes & Pich 2007), interval by {PARTS} "
    f"groups of them, t with {PARTS - 1} degrees of freedom"
)


@dataclass(frozen=True, eq=False)
class Sampled:
    """What the pivots tell.

    betweenness  PARTS x n: of every node, not normalised, by each group of pivots
    harmonic     PARTS x n: harmonic closeness (paths that end at the node), by each group
    steps        per pivot the sum of the distances to all that it reaches; reached  how many these are
    """

    betweenness: np.ndarray
    harmonic: np.ndarray
    steps: np.ndarray
    reached: np.ndarray

    def mean_over(self, values: np.ndarray, chosen: np.ndarray) -> Estimate:
        """Mean over nodes of `betweenness` or `harmonic` (or a multiple), with the error of the pivots."""
        return self.of_parts(values[:, chosen].mean(axis=1))

    def of_parts(self, values: np.ndarray) -> Estimate:
        """The mean of one number per group of pivots; the nodes are many, and the pivots not drawn twice."""
        n = self.betweenness.shape[1]
        se = float(values.std(ddof=1)) / PARTS**0.5 * max(0.0, 1 - len(self.steps) / n) ** 0.5
        return with_interval(float(values.mean()), se, PARTS - 1, -np.inf, np.inf)


@lru_cache(maxsize=1)  # positions, distances and centralisation of one network need it one after the other
def sampled(network: Network, pivots: int = PIVOTS, seed: int = 1) -> Sampled:
    """Paths along observed ties from `pivots` nodes of the network, all of them where there are no more."""
    n, graph = network.size, as_igraph(network)
    drawn = np.random.default_rng(seed).permutation(n)[:pivots]
    between, near, steps, reached = [], [], [], []
    for part in np.array_split(drawn, PARTS):
        lengths = np.array(graph.distances(source=part.tolist(), mode="out"), dtype=float)
        far = np.isfinite(lengths) & (lengths > 0)
        steps.append(np.where(far, lengths, 0.0).sum(axis=1))
        reached.append(far.sum(axis=1))
        inverse = np.divide(1.0, lengths, out=np.zeros(lengths.shape), where=far)
        near.append(inverse.sum(axis=0) * n / (len(part) * (n - 1)))
        passed = graph.betweenness(directed=network.directed, sources=part.tolist())
        between.append(np.array(passed) * n / len(part))
    return Sampled(np.array(between), np.array(near), np.concatenate(steps), np.concatenate(reached))
