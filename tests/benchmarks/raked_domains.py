"""Raked means of every item in every group, against R's survey and against svy, each in a process of its own
that is measured on five items: its time is that of raking and estimating, without start and reading."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.estimation.design import survey_design
from ksn_research.analyse.survey.estimation.estimates import Estimates, means
from ksn_research.analyse.survey.estimation.weights import rake

from .timing import Benchmark

HERE, MEASURED, TYPES = Path(__file__).parent, 5, 5
WHAT = "a raked design, then means and standard errors of all items in all groups"


def against_r(folder: Path, n: int, items: int, groups: int) -> Benchmark:
    """R's svyby over five items at once."""
    call = ["Rscript", "--vanilla", str(HERE / "raked_domains.R")]
    installed = bool(shutil.which("Rscript")) and _runs(
        ["Rscript", "-e", "library(survey); library(jsonlite)"]
    )
    peer = "R survey, rake and svyby" if installed else "R survey is not installed here"
    return _benchmark("raked_domains", peer, call if installed else None, folder, n, items, groups)


def against_svy(folder: Path, n: int, items: int, groups: int) -> Benchmark:
    """svy of this Python, or of the one that KSN_PEER_PYTHON names."""
    python = os.environ.get("KSN_PEER_PYTHON", "")
    here = importlib.util.find_spec("svy") is not None
    installed = here or (bool(python) and _runs([python, "-c", "import svy"]))
    peer = (
        "svy, rake and mean" if installed else "svy is not installed here (KSN_PEER_PYTHON names its Python)"
    )
    call = [sys.executable if here else python, str(HERE / "raked_domains_svy.py")]
    return _benchmark("raked_domains_svy", peer, call if installed else None, folder, n, items, groups)


def _benchmark(
    name: str, peer: str, call: list[str] | None, folder: Path, n: int, items: int, groups: int
) -> Benchmark:
    rng = np.random.default_rng(7)
    answers = rng.integers(1, 6, (n, items)).astype(float)
    region, kind, population = rng.integers(0, groups, n), rng.integers(0, TYPES, n), 1.5 * n
    data, out = folder / "data.csv", folder / "out.json"
    measured = pd.DataFrame(answers[:, :MEASURED].astype(int)).add_prefix("y")
    pd.DataFrame({"region": region, "type": kind}).join(measured).to_csv(data, index=False)
    margins = [
        (codes.astype(str), {str(level): population / size for level in range(size)})
        for codes, size in ((region, groups), (kind, TYPES))
    ]

    def ours() -> Estimates:
        return means(rake(survey_design(n, population=population), margins), answers, region, groups)

    def theirs() -> dict[str, Any]:
        if not out.exists():  # it reports its own seconds: one run serves to compare and to time
            subprocess.run([*(call or []), str(data), f"{population:.0f}", str(out)], check=True)
        return json.loads(out.read_text())

    def same(a: Estimates, b: dict[str, Any]) -> None:
        levels = [int(level) for level in b["level"]]
        np.testing.assert_allclose(a.estimate[levels, :MEASURED], b["mean"], rtol=1e-6)
        np.testing.assert_allclose(a.se[levels, :MEASURED], b["se"], rtol=1e-5)

    scale = items / MEASURED

    def seconds(found: dict[str, Any]) -> float:
        return found["once"] / scale + found["items"]

    size = f"{n} people, {items} items, {groups} groups; the peer is measured on {MEASURED} items, and scaled"
    return Benchmark(
        name, WHAT, peer, size, n, ours, theirs if call else None, same,
        memory=True, peer_runs=1, peer_scale=scale, seconds_of=seconds,
    )  # fmt: skip


def _runs(call: list[str]) -> bool:
    return subprocess.run(call, capture_output=True, check=False).returncode == 0
