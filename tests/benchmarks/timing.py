"""One benchmark: two callables that must give the same, timed in turns in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

RUNS = 5


@dataclass(frozen=True)
class Benchmark:
    """What is timed. `same` raises AssertionError unless the results of both are equal."""

    name: str
    what: str
    peer: str
    size: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    same: Callable[[Any, Any], None]


def measure(benchmark: Benchmark, runs: int = RUNS) -> dict[str, Any]:
    """Compare the results first (which also warms up both), then time both in turns; medians in seconds."""
    benchmark.same(benchmark.ours(), benchmark.theirs())
    both = (benchmark.ours, benchmark.theirs)
    taken: tuple[list[float], list[float]] = ([], [])
    for run in range(runs):
        for which in (0, 1) if run % 2 == 0 else (1, 0):
            taken[which].append(_seconds(both[which]))
    ours, theirs = (statistics.median(times) for times in taken)
    return {
        "name": benchmark.name,
        "what": benchmark.what,
        "ours_s": float(f"{ours:.4g}"),
        "peer": benchmark.peer,
        "peer_s": float(f"{theirs:.4g}"),
        "ratio": float(f"{ours / theirs:.3g}"),
        "runs": runs,
        "size": benchmark.size,
    }


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
