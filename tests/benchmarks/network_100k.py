"""What is said of a large network (its rows of shape, triads, positions, mixing and communities), against the
same first measures by hand with igraph; ours does many more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import igraph
import numpy as np
import pandas as pd

from ksn_research.analyse.network.adjacency import adjacency
from ksn_research.analyse.network.community_rows import community_rows
from ksn_research.analyse.network.mixing_rows import mixing_rows
from ksn_research.analyse.network.position_rows import position_rows
from ksn_research.analyse.network.setting import Setting
from ksn_research.analyse.network.shape_rows import structure_rows, triad_rows

from .timing import Benchmark

NAMED = ("density", "reciprocity", "isolates", "components", "max_core", "transitivity", "e_i_index")


def network_100k(folder: Path, n: int, named: int, pivots: int = 100) -> Benchmark:
    """named: how many others a node names, half of them of its own of eight regions."""
    rng = np.random.default_rng(1)
    nodes = np.array([f"N{i:06}" for i in range(n)], dtype=object)
    region = np.arange(n) % 8
    ego = np.repeat(np.arange(n), named)
    near = (ego + 8 * rng.integers(1, max(2, n // 8), n * named)) % n
    alter = np.where(rng.random(n * named) < 0.5, near, rng.integers(0, n, n * named))
    ties = pd.DataFrame({"relation": "advice", "directed": True, "ego": nodes[ego], "alter": nodes[alter]})
    asked = pd.DataFrame({"relation": "advice", "node": nodes, "observed": True})
    roster = pd.DataFrame({"region": [f"R{k}" for k in region]}, index=nodes)

    def ours() -> dict[str, float]:
        network = adjacency(ties, asked, nodes, "advice", most=min(n - 1, 2_000))
        none = pd.DataFrame({"kind": []})
        s = Setting("net", 2026, "", "advice", "organisations", network, roster, none, {}, "")
        parts = (structure_rows, triad_rows, position_rows, mixing_rows, community_rows)
        rows = [row for part in parts for row in part(s)]
        return {
            row.statistic: row.estimate
            for row in rows
            if row.statistic in NAMED and not row.level + row.category
        }

    def theirs() -> dict[str, float]:
        index = {name: at for at, name in enumerate(nodes)}
        pairs = {(index[a], index[b]) for a, b in zip(ties["ego"], ties["alter"], strict=True) if a != b}
        graph = igraph.Graph(n=n, edges=list(pairs), directed=True)
        flat = graph.as_undirected()
        ends = np.array(flat.get_edgelist())
        across = float((region[ends[:, 0]] != region[ends[:, 1]]).mean())
        drawn = np.random.default_rng(2).permutation(n)[:pivots].tolist()
        graph.betweenness(sources=drawn)
        graph.distances(source=drawn)
        graph.triad_census()
        flat.constraint()
        for _ in range(3):
            flat.community_leiden(objective_function="modularity", n_iterations=5)
        return {
            "density": graph.density(),
            "reciprocity": graph.reciprocity(),
            "isolates": sum(d == 0 for d in flat.degree()),
            "components": len(graph.connected_components(mode="weak")),
            "max_core": max(flat.coreness()),
            "transitivity": flat.transitivity_undirected(),
            "e_i_index": 2 * across - 1,
        }

    def same(a: dict[str, Any], b: dict[str, Any]) -> None:
        np.testing.assert_allclose([a[name] for name in NAMED], [b[name] for name in NAMED], rtol=1e-9)

    what = "a network's rows of shape, triads, positions, mixing and communities, from the records"
    size = f"{n} nodes, {n * named} nominations"
    peer = f"igraph {igraph.__version__}, the same measures by hand, without intervals or groups"
    return Benchmark(
        "network_100k", what, peer, size, n, ours, theirs, same, runs=1, peer_runs=1, memory=True
    )
