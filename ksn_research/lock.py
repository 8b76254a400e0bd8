"""One run at a time: at the place of an edition, where the others are told who is at work and since when; and
in a study's folder, while what it remembers changes.

The locks are the kernel's own: they end with the process that holds them, however it ends, so that none can
be left behind.
"""

from __future__ import annotations

import glob
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ksn_research.errors import EditionError

WAIT = 10.0  # seconds
OWNER = "owner.json"


def take(target: Path) -> FileLock:
    """The lock on the edition at `target`, held; whoever took it calls its `release`.

    Raises EditionError, naming the process and its age, when another run has not ended within `WAIT` seconds,
    OSError where no lock can be made.
    """
    lock = FileLock(target.parent / f".{target.name}.lock", timeout=WAIT)
    try:
        lock.acquire()
    except Timeout:
        raise EditionError(
            f"another run{_owner_of(target)} is writing this edition",
            remedy="wait for it to end",
            file=target.name,
        ) from None
    return lock


@contextmanager
def study(folder: Path) -> Iterator[None]:
    """Nobody else changes what a study remembers during the block; it waits for whoever does. The folder
    itself is locked, so that no file is left in it; not where folders cannot be locked (Windows)."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sign(folder: Path) -> None:
    """Say in a run's own folder whose it is."""
    told = {"process": os.getpid(), "machine": platform.node(), "since": time.time()}
    (folder / OWNER).write_text(json.dumps(told), encoding="utf-8")


def runs(target: Path) -> list[Path]:
    """Folders in which runs write the edition at `target`, or wrote until they were stopped; newest first."""
    made = target.parent.glob(f".{glob.escape(target.name)}.run-*")
    return sorted(made, key=lambda path: path.stat().st_mtime, reverse=True)


def _owner_of(target: Path) -> str:
    """Who writes the edition, in words; "" when that is not to be known."""
    for folder in runs(target):
        with suppress(OSError, ValueError, KeyError):
            told = json.loads((folder / OWNER).read_text(encoding="utf-8"))
            machine = "" if told["machine"] == platform.node() else told["machine"]
            return f" ({in_words(told['process'], machine, time.time() - told['since'])})"
    return ""


def in_words(process: int, machine: str, seconds: float) -> str:
    """A run in words; `machine` is "" for this one.

    >>> in_words(4711, "", 140)
    'process 4711 on this machine, for 2 minutes'
    >>> in_words(4711, "desk-2", 60)
    'process 4711 on desk-2, for 1 minute'
    """
    minutes = max(0, int(seconds // 60))
    age = "less than a minute" if minutes < 1 else f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"process {process} on {machine or 'this machine'}, for {age}"
