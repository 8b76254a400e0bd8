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

    n           how many of the thing that `size` names first
    theirs      None where the peer is not installed: then only ours is timed, and `peer` says so
    memory      whether peaks of memory are measured too
    peer_runs   fewer runs of a peer that takes long
    peer_scale  how many times the peer's work would be at our size, where it is measured on a part of it
    seconds_of  the seconds that the peer's result itself reports, for a peer in a process of its own, whose
                start is not to count
    ratio_as    a further name under which `seconds_ratio` stands, where a target has one
    whole_peak  the peak of a whole process that does ours, start included, in place of `memory`
    more        further fields of the line, measured last
    each        the name of one of `n`, where the seconds of one are told too
    """

    name: str
    what: str
    peer: str
    size: str
    n: int
    ours: Callable[[], Any]
    theirs: Callable[[], Any] | None
    same: Callable[[Any, Any], None]
    runs: int = RUNS
    memory: bool = False
    peer_runs: int = RUNS
    peer_scale: float = 1.0
    seconds_of: Callable[[Any], float] | None = None
    ratio_as: str = ""
    whole_peak: Callable[[], int] | None = None
    each: str = ""
    more: Callable[[], dict[str, Any]] | None = None


def measure(benchmark: Benchmark) -> dict[str, Any]:
    """Compare the results first (which also warms up both), then time both in turns; medians in seconds.

    `seconds_ratio` is ours over the peer's, `ratio` the peer's over ours; `memory_ratio` (ours over the
    peer's) compares peaks, each in a process of its own.
    """
    calls = [call for call in (benchmark.ours, benchmark.theirs) if call is not None]
    # Before anything else, so that neither call's peak hides in what this process already holds.
    peaks = [peak(call) for call in calls] if benchmark.memory else []
    results = [call() for call in calls]
    if benchmark.theirs is not None:
        benchmark.same(*results)
    ours, theirs = _medians(benchmark)
    line = {
        "name": benchmark.name,
        "n": benchmark.n,
        "seconds": _rounded(ours, 4),
        "peer": benchmark.peer,
        "peer_seconds": _rounded(theirs, 4),
        "ratio": _rounded(theirs / ours if theirs else None, 3),
        "seconds_ratio": _rounded(ours / theirs if theirs else None, 3),
        "what": benchmark.what,
        "size": benchmark.size,
        "runs": benchmark.runs,
    }
    if benchmark.each:
        line[f"seconds_per_{benchmark.each}"] = _rounded(ours / benchmark.n, 4)
    if benchmark.ratio_as:
        line[benchmark.ratio_as] = line["seconds_ratio"]
    if benchmark.whole_peak is not None:
        line["peak_mb"] = round(benchmark.whole_peak() / 1e6)
    if peaks and peaks[0]:
        line["peak_mb"] = round(peaks[0] / 1e6)
    # A peer in a process of its own has its memory there.
    if len(peaks) == 2 and peaks[0] and peaks[1] and benchmark.seconds_of is None:
        line["memory_ratio"] = _rounded(peaks[0] / peaks[1], 3)
    return line | (benchmark.more() if benchmark.more is not None else {})


def _medians(benchmark: Benchmark) -> tuple[float, float | None]:
    taken: tuple[list[float], list[float]] = ([], [])
    for run in range(benchmark.runs):
        for ours in (True, False) if run % 2 == 0 else (False, True):
            if ours:
                taken[0].append(_seconds(benchmark.ours)[0])
            elif benchmark.theirs is not None and run < benchmark.peer_runs:
                seconds, result = _seconds(benchmark.theirs)
                taken[1].append(benchmark.seconds_of(result) if benchmark.seconds_of else seconds)
    theirs = statistics.median(taken[1]) * benchmark.peer_scale if taken[1] else None
    return statistics.median(taken[0]), theirs


def _seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")
