"""An edition on disk: written beside its final place, and moved there whole.

    public/     what may be posted: report, results, tables, figures, manifest
    circles/    one page per circle, each for its own facilitator, and the institute's index
    internal/   checks, the executed notebook, the publishable data, the full manifest

A reader sees the old edition or the new one, never half of one; a failed run leaves the old one as it was.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from ksn_research import lock
from ksn_research.errors import EditionError
from ksn_research.render.formats import DIGITS
from ksn_research.render.text import cells

PARTS = ("public", "circles", "internal")
MANIFEST = "manifest.json"
OLD = "old"
REMEDIES = {
    errno.ENOSPC: "make room on the disk, then run it again",
    errno.EDQUOT: "make room on the disk, then run it again",
    errno.EFBIG: "make room on the disk, then run it again",
    errno.EROFS: "name a folder that you may write to with --out",
    errno.EACCES: "name a folder that you may write to with --out",
    errno.EPERM: "name a folder that you may write to with --out",
}


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder to write an edition into; `put` moves it to `target`. Nobody else writes there meanwhile.

    Raises EditionError when another run is writing the same edition, when `target` holds something else than
    an edition, or cannot be written beside. Nothing half-written is left; what runs that were killed left is
    cleared away at the end. (The lock is held, so a folder of another run is a dead one's.)
    """
    target = Path.cwd() / target
    _refuse_other(target)
    with ExitStack() as end:
        with writing(target.name):
            target.parent.mkdir(parents=True, exist_ok=True)
            end.callback(lock.take(target).release)
            end.callback(_clear, target)
            _bring_back(target)
            staging = _folder(target)
        yield staging


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Whatever cannot be written in the block becomes an EditionError that says why, and no place."""
    try:
        yield
    except OSError as error:
        # Arrow says the number only in its text.
        number = errno.ENOSPC if "No space left" in str(error) else error.errno
        if number is None:
            raise
        raise EditionError(
            f"the edition cannot be written ({os.strerror(number)}); what was there stands as it was",
            remedy=REMEDIES.get(number, "look after the disk, then run it again"),
            file=name,
        ) from None


def put(staging: Path, target: Path) -> None:
    """Move a staged edition to its place; what stood there takes its place in the run's folder."""
    target = Path.cwd() / target
    if not target.exists():
        staging.rename(target)
    elif not _exchange(staging, target):
        # Without an atomic exchange there is an instant in which no edition stands at the place; the next run
        # brings the old one back, see `_bring_back`.
        target.rename(staging.parent / OLD)
        staging.rename(target)


def save_csv(path: Path, frame: pd.DataFrame) -> None:
    """CSV for people: UTF-8, one kind of line end, six significant digits, so that the last digits of a
    processor neither differ nor leak, and no cell that a spreadsheet takes for a formula."""
    cells(frame).to_csv(path, index=False, float_format=DIGITS, lineterminator="\n", encoding="utf-8")


def save_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(
        json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its name below it, in order."""
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in files(folder)}


def files(place: Path) -> Iterable[Path]:
    """A file itself, or all files below a folder in order; nothing where there is neither."""
    if place.is_file():
        return [place]
    return (path for path in sorted(place.rglob("*")) if path.is_file())


def compare_outputs(edition: Path, rebuilt: Path) -> list[str]:
    """Published files (public and circles) that differ, are missing or are new in the rebuilt edition; the
    public manifest is compared elsewhere."""
    differing = []
    for part in ("public", "circles"):
        old, new = digests(edition / part), digests(rebuilt / part)
        for name in sorted({*old, *new} - {MANIFEST}):
            if old.get(name) != new.get(name):
                state = "missing" if name not in new else "new" if name not in old else "different"
                differing.append(f"{part}/{name}: {state}")
    return differing


def _clear(target: Path) -> None:
    for left in lock.runs(target):
        shutil.rmtree(left, ignore_errors=True)


def _folder(target: Path) -> Path:
    own = Path(tempfile.mkdtemp(prefix=f".{target.name}.run-", dir=target.parent))
    lock.sign(own)
    staging = own / "edition"
    # mkdtemp makes a private folder; an edition is readable as other files of the user are.
    for part in PARTS:
        (staging / part).mkdir(parents=True)
    return staging


def _bring_back(target: Path) -> None:
    """The edition that a run had moved aside when it was killed."""
    for left in lock.runs(target) if not target.exists() else ():
        with suppress(FileNotFoundError):
            (left / OLD).rename(target)
            return


def _refuse_other(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / "internal" / MANIFEST).exists()):
        raise EditionError(
            "the place of the edition holds something else",
            remedy="name an empty folder, or one that `ksn report` wrote, with --out",
            file=target.name,
        )


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders in one step (Linux renameat2, RENAME_EXCHANGE); False where it cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_cwd, exchange = -100, 2
    return rename(at_cwd, os.fsencode(a), at_cwd, os.fsencode(b), exchange) == 0
