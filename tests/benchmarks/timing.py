"""One benchmark: two callables that must give the same, timed in turns in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .memory import peak

RUNS = 5


@dataclass(frozen=True)
class Benchmark:
    """What is timed. `same` raises AssertionError unless the results of both are equal.

    n       how many of the thing that `size` names first
    memory  whether the peaks of memory are compared too
    """

    name: str
    what: str
    peer: str
    size: str
    n: int
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    same: Callable[[Any, Any], None]
    runs: int = RUNS
    memory: bool = False


def measure(benchmark: Benchmark) -> dict[str, Any]:
    """Compare the results first (which also warms up both), then time both in turns; medians in seconds.

    Ratios are ours over the peer's. `memory_ratio` compares peaks, each in a process of its own.
    """
    # Before anything else, so that neither call's peak hides in what this process already holds.
    peaks = [peak(call) for call in (benchmark.ours, benchmark.theirs)] if benchmark.memory else [None, None]
    benchmark.same(benchmark.ours(), benchmark.theirs())
    both = (benchmark.ours, benchmark.theirs)
    taken: tuple[list[float], list[float]] = ([], [])
    for run in range(benchmark.runs):
        for which in (0, 1) if run % 2 == 0 else (1, 0):
            taken[which].append(_seconds(both[which]))
    ours, theirs = (statistics.median(times) for times in taken)
    line = {
        "name": benchmark.name,
        "n": benchmark.n,
        "seconds": float(f"{ours:.4g}"),
        "peer": benchmark.peer,
        "peer_seconds": float(f"{theirs:.4g}"),
        "seconds_ratio": float(f"{ours / theirs:.3g}"),
        "what": benchmark.what,
        "size": benchmark.size,
        "runs": benchmark.runs,
    }
    if peaks[0] and peaks[1]:
        line |= {"memory_ratio": float(f"{peaks[0] / peaks[1]:.3g}"), "peak_mb": round(peaks[0] / 1e6)}
    return line


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
