"""Entries of tests/reference/network/reference.json beside our definitions of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ksn_research.analyse.network.structure import Network
from tests.test_network import reference_network

NETWORKS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "reference" / "network" / "reference.json").read_text(encoding="utf-8")
)["networks"]
Definition = Callable[[Network], Any]


def covered(definitions: Mapping[str, Definition]) -> tuple[str, ...]:
    return tuple(f"networks.*.{entry}" for entry in definitions)


def cases(definitions: Mapping[str, Definition]) -> list[tuple[str, str]]:
    """(network, entry) for every network whose reference holds the entry."""
    return [(name, entry) for entry in definitions for name in NETWORKS if told(name, entry) is not None]


def told(name: str, entry: str) -> Any:
    found: Any = NETWORKS[name]
    for part in entry.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


@cache
def network(name: str) -> Network:
    return reference_network(name)


def equals_reference(name: str, entry: str, definition: Definition, relative: float = 1e-9) -> None:
    """R writes a vector of one as a number, and what is not defined as null."""
    ours, theirs = definition(network(name)), told(name, entry)
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        ours, theirs = list(ours.values()), list(theirs.values())
    a, b = (np.atleast_1d(np.array(values, dtype=float)) for values in (ours, theirs))
    np.testing.assert_allclose(a, b, rtol=relative, atol=1e-11)


def digraph(matrix: np.ndarray, observed: np.ndarray | None = None) -> Network:
    """A directed network of any three-state pattern: `observed` booleans, else everything."""
    A = np.asarray(matrix, dtype=float).copy()
    if observed is not None:
        A[~observed] = np.nan
    np.fill_diagonal(A, np.nan)
    nodes = np.array([f"{i:03d}" for i in range(len(A))], dtype=object)
    return Network(nodes, True, A, ~np.isnan(A).all(axis=1) if len(A) > 1 else np.ones(len(A), dtype=bool))


def random_digraph(seed: int, n: int, density: float = 0.25, silent: float = 0.0) -> Network:
    rng = np.random.default_rng(seed)
    observed = np.repeat((rng.random(n) >= silent)[:, None], n, axis=1)
    return digraph(rng.random((n, n)) < density, observed)


def relabelled(network: Network, order: np.ndarray) -> Network:
    return network.restricted(order)


def transposed(network: Network) -> Network:
    return Network(network.nodes, network.directed, network.A.T.copy(), network.senders)
