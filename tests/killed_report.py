"""Runs of `ksn report` that are killed: `python -m tests.killed_report STUDY TARGET KILLS SEED [whole]`.

The programme is imported once, and every run is a fork of this process, which a SIGKILL ends at a random
moment, or at a random step that changes a file (most often one of those by which an edition takes its place
and is remembered). After each kill the next run's first step (`journal.settle`) is taken, and then what
has to hold is asserted. Between runs the records change, so that each would publish something else than the
one before.

whole  nothing is worked out beforehand: the moments are spread over reading, analysis, drawing and the
       notebook, too. Without it only the part of a run that writes is killed, with few files in place of the
       report's.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ksn_research import edition, journal, lock, provenance, publication, report
from ksn_research.disclose import Publishable
from ksn_research.plan import load_study

YEAR = 2024
CHANGES = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "open")
LIMIT = 120.0  # seconds
LATE = range(
    6, 14
)  # of the steps from the first word of an announcement on: some before it stands, all after


def main(folder: Path, target: Path, kills: int, seed: int, whole: bool) -> None:
    """Run once in peace, kill and look, and after the last kill run once in peace."""
    records = folder / str(YEAR) / "member_survey.csv"
    every = records.read_bytes().splitlines(keepends=True)
    versions = [b"".join(every), b"".join(every[:45])]
    before = [{}, {}] if whole else ready(folder)
    lots, ended, announced = random.Random(seed), 0, 0
    longest, steps = measured(folder, target, before[0])
    standing, _ = 1, records.write_bytes(versions[1])
    in_peace(make(folder, target, before[1]))
    shown = look(folder, target)
    for number in range(kills):
        version = 1 - standing
        records.write_bytes(versions[version])
        inputs = edition.digests(folder / str(YEAR))
        late = number % 4 != 0
        step = lots.choice(LATE) if late else lots.randrange(steps) if number % 8 else None
        seconds = lots.uniform(0, longest) if step is None else LIMIT
        ended += killed(folder, target, before[version], seconds, step, late)
        announced += (folder / journal.PLACE / journal.INTENT).exists()
        assert edition.digests(folder / str(YEAR)) == inputs, "a record was changed"
        standing = version if look(folder, target) != shown else standing
        shown = look(folder, target)
    in_peace(make(folder, target, before[0]))
    look(folder, target)
    assert not lock.runs(target), "a run's folder was left behind"
    left = [path.name for path in folder.glob(".*")]
    assert not left, f"left in the study: {left}"
    print(f"{kills} kills, {ended} hit a run, {announced} of them where an edition takes its place")


def look(folder: Path, target: Path) -> bytes:
    """What has to hold once the next run has begun: the edition is whole, and what it published is what the
    study remembers: nothing that was not seen, and nothing that was seen is missing. What it published."""
    with lock.study(folder):
        journal.settle(folder)
    kept = folder / "published" / f"{YEAR}.csv"
    told = provenance.read_record(target).outputs
    there = {
        f"{part}/{name}": d for part in edition.PARTS for name, d in edition.digests(target / part).items()
    }
    assert {**there, "internal/manifest.json": ""} == {**told, "internal/manifest.json": ""}, (
        "half an edition"
    )
    shown = (target / "public" / "results.csv").read_bytes()
    assert kept.read_bytes() == shown, "not remembered what was seen, or remembered what was not"
    return shown


def ready(folder: Path) -> list[dict[str, Any]]:
    """What runs would work out before they write, so that forks need not: two that publish different rows."""
    made = report._computed(load_study(folder), YEAR, report.quiet)
    fewer = replace(made.publishable, results=made.publishable.results.iloc[:-9])
    return [{"_computed": given(replace(made, publishable=one))} for one in (made.publishable, fewer)]


def given(value: object) -> Callable[..., object]:
    return lambda *_: value


def notebook(staging: Path, *_: object) -> Path:
    executed = staging / "internal" / "annual_report.ipynb"
    executed.write_text('{"cells": []}')
    return executed


def tables(staging: Path, publishable: Publishable) -> None:
    edition.save_csv(staging / "public" / "results.csv", publishable.results)


def figures(staging: Path, _: object) -> None:
    for number in range(5):
        (staging / "public" / "figures" / f"{number}.csv").write_text("id\n" * 1000)


def formats(staging: Path, *_: object) -> None:
    (staging / "public" / "report.html").write_text("<p>report</p>" * 10_000)


QUICK = {
    "run_report": notebook, "write_tables": tables, "write_figures": figures, "write_formats": formats,
}  # fmt: skip


def make(folder: Path, target: Path, ready: dict[str, Any]) -> Callable[[], None]:
    def run() -> None:
        for name, value in ready.items():
            setattr(report, name, value)
        for name, value in QUICK.items() if ready else ():
            setattr(publication, name, value)
        report.make_edition(load_study(folder), YEAR, target, {})

    return run


def measured(folder: Path, target: Path, ready: dict[str, Any]) -> tuple[float, int]:
    """How long a run takes, and how many of its steps change a file; on a copy of the study."""
    copy, counted = target.with_name("copy"), target.with_name("steps")
    shutil.copytree(folder, copy / folder.name)

    def run() -> None:
        count = [0]
        on_step(lambda _: count.__setitem__(0, count[0] + 1))
        make(copy / folder.name, copy / "edition", ready)()
        counted.write_text(str(count[0]))

    began = time.monotonic()
    in_peace(run)
    return time.monotonic() - began, int(counted.read_text())


def in_peace(run: Callable[[], None]) -> None:
    """A run that nobody kills. In a child too: a process that has begun threads cannot be forked safely."""
    with fork(run) as child:
        assert os.waitpid(child, 0)[1] == 0, "a run that nobody killed failed"


def killed(
    folder: Path, target: Path, ready: dict[str, Any], seconds: float, step: int | None, late: bool
) -> bool:
    """Start a run and kill it, after some seconds or at a step (`late`: of those that begin when the notes
    are announced); whether it had not ended by itself."""

    def run() -> None:
        if step is not None:
            left, begun = [step], [not late]

            def count(told: str) -> None:
                begun[0] |= journal.PLACE in told
                left[0] -= begun[0]
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            on_step(count)
        make(folder, target, ready)()

    with fork(run) as child:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.WIFSIGNALED(status)
            time.sleep(0.005)
        assert step is None, "a run hangs"
        os.killpg(child, signal.SIGKILL)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def on_step(act: Callable[[str], None]) -> None:
    """Call `act` with the file's name before every step that changes a file."""

    def hear(event: str, told: tuple) -> None:
        if event in CHANGES and (event != "open" or (isinstance(told[1], str) and set(told[1]) & set("wxa"))):
            act(str(told[0]))

    sys.addaudithook(hear)


@contextlib.contextmanager
def fork(run: Callable[[], None]) -> Iterator[int]:
    """A child, in a group of its own, that runs."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setsid()
            run()
            code = 0
        finally:
            os._exit(code)
    yield child


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), "whole" in sys.argv[5:])
