"""Permutation tests of networks beside sna in R, which is measured on few permutations, and scaled."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.network.mrqap import mrqap
from ksn_research.analyse.network.mrqap_logistic import logistic_mrqap
from ksn_research.analyse.network.qap import qap_correlation

from .timing import Benchmark

SCRIPT = Path(__file__).parent / "mrqap.R"
WHAT = {
    "netlm": "linear MRQAP by double semi-partialing",
    "netlogit": "logistic MRQAP by double semi-partialing (ours: score statistic; the peer refits)",
    "qaptest": "QAP correlation of two relations",
}


def linear(name: str, folder: Path, n: int, predictors: int, draws: int, peer_draws: int) -> Benchmark:
    y, xs = _network(n, predictors)

    def ours() -> list[float | None]:
        return [term.statistic for term in mrqap(y, xs, draws=draws, exact=False).terms]

    return _benchmark(name, "netlm", folder, y, xs, draws, peer_draws, ours)


def logistic(name: str, folder: Path, n: int, predictors: int, draws: int, peer_draws: int) -> Benchmark:
    y, xs = _network(n, predictors)

    def ours() -> list[float | None]:
        return [term.statistic for term in logistic_mrqap(y, xs, draws=draws, exact=False).terms]

    return _benchmark(name, "netlogit", folder, y, xs, draws, peer_draws, ours)


def qap(name: str, folder: Path, n: int, draws: int, peer_draws: int) -> Benchmark:
    y, xs = _network(n, 1)

    def ours() -> list[float | None]:
        return [qap_correlation(y, xs["x0"], draws=draws, exact=False).r]

    return _benchmark(name, "qaptest", folder, y, xs, draws, peer_draws, ours)


def _network(n: int, predictors: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A seeded network with sender effects, explained by attributes and by other relations."""
    rng = np.random.default_rng(15)
    group, size = rng.integers(0, 4, n), rng.normal(size=n)
    made = [np.equal.outer(group, group).astype(float), np.abs(np.subtract.outer(size, size))]
    made += [(rng.random((n, n)) < 0.2).astype(float) for _ in range(predictors)]
    chance = 0.05 + 0.1 * made[0] + 0.1 * rng.random(n)[:, None]
    y = (rng.random((n, n)) < chance).astype(float)
    xs = {f"x{j}": x for j, x in enumerate(made[:predictors])}
    for matrix in (y, *xs.values()):
        np.fill_diagonal(matrix, 0.0)
    return y, xs


def _benchmark(
    name: str,
    call: str,
    folder: Path,
    y: np.ndarray,
    xs: dict[str, np.ndarray],
    draws: int,
    peer_draws: int,
    ours: Any,
) -> Benchmark:
    data, out = folder / "data.csv", folder / "out.json"
    pd.DataFrame({"y": y.ravel(), **{key: x.ravel() for key, x in xs.items()}}).to_csv(data, index=False)
    there = bool(peer_draws) and _installed()

    def theirs() -> dict[str, Any]:
        if not out.exists():  # it reports its own seconds: one run serves to compare and to time
            command = [
                "Rscript",
                "--vanilla",
                str(SCRIPT),
                str(data),
                str(len(y)),
                str(peer_draws),
                call,
                str(out),
            ]
            subprocess.run(command, check=True)
        return json.loads(out.read_text())

    def same(a: Any, b: dict[str, Any]) -> None:
        np.testing.assert_allclose(np.atleast_1d(a), np.atleast_1d(b["statistic"]), rtol=1e-6)

    absent = "R sna is not installed here" if peer_draws else "none at this size"
    size = f"{len(y)} nodes, {len(xs)} predictor{'s' * (len(xs) > 1)}, {draws} permutations"
    return Benchmark(
        name, WHAT[call], f"R sna, {call}" if there else absent,
        f"{size}; the peer is measured on {peer_draws}, and scaled" if there else size,
        len(y), ours, theirs if there else None, same,
        peer_runs=1, peer_scale=draws / max(peer_draws, 1), seconds_of=lambda found: found["seconds"],
    )  # fmt: skip


def _installed() -> bool:
    if not shutil.which("Rscript"):
        return False
    call = ["Rscript", "-e", "library(sna); library(jsonlite)"]
    return subprocess.run(call, capture_output=True, check=False).returncode == 0
