"""Betweenness of everybody with one node left out at a time, in two waves, against sna in R on a few of these
deletions, in a process of its own that reports its time without start and reading."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from ksn_research.analyse.network.positions import betweenness
from ksn_research.analyse.network.robustness import position_jackknife, without
from ksn_research.analyse.network.structure import Network

from .timing import Benchmark

SCRIPT, WAVES = Path(__file__).parent / "betweenness.R", 2
WHAT = "normalised betweenness with node-jackknife standard errors and rank ranges, two waves"


def jackknife(folder: Path, n: int, named: int, peer_runs: int) -> Benchmark:
    """named: how many others a node names on average; peer_runs: deletions that the peer is measured on."""
    waves = [_wave(n, named, seed) for seed in range(WAVES)]
    data, out = folder / "ties.csv", folder / "out.json"
    np.savetxt(data, waves[0].ties.astype(int), fmt="%d", delimiter=",")
    installed = bool(shutil.which("Rscript")) and _runs(["Rscript", "-e", "library(sna); library(jsonlite)"])

    def ours() -> np.ndarray:
        for wave in waves:
            position_jackknife(wave, _normalised)
        return np.array([betweenness(without(waves[0], node)) for node in range(peer_runs)])

    def theirs() -> dict[str, Any]:
        if not out.exists():  # it reports its own seconds: one run serves to compare and to time
            subprocess.run(["Rscript", "--vanilla", str(SCRIPT), data, str(peer_runs), out], check=True)
        return json.loads(out.read_text())

    def same(a: np.ndarray, b: dict[str, Any]) -> None:
        np.testing.assert_allclose(a, b["betweenness"], rtol=1e-7, atol=1e-7)

    size = f"{WAVES * n} deletions from {n} nodes who name {named} each; the peer on {peer_runs}, scaled"
    return Benchmark(
        "betweenness_jackknife_500",
        WHAT,
        "R sna, betweenness" if installed else "R sna is not installed here",
        size,
        n,
        ours,
        theirs if installed else None,
        same,
        runs=1,
        peer_runs=1,
        peer_scale=WAVES * n / peer_runs,
        seconds_of=lambda found: float(found["seconds"][0]),
    )


def _wave(n: int, named: int, seed: int) -> Network:
    A = (np.random.default_rng(seed).random((n, n)) < named / (n - 1)).astype(float)
    np.fill_diagonal(A, np.nan)
    return Network(np.array([f"N{i:04}" for i in range(n)]), True, A, np.ones(n, dtype=bool))


def _normalised(network: Network) -> np.ndarray:
    return betweenness(network, normalised=True)


def _runs(call: list[str]) -> bool:
    return subprocess.run(call, capture_output=True, check=False).returncode == 0
