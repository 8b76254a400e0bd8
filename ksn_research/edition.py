"""An edition on disk: written beside its final place, moved there whole, described by a manifest.

    public/     what may be posted: report, results, tables, figures, manifest
    circles/    one page per circle, each for its own facilitator, and the institute's index
    internal/   checks, the executed notebook, the publishable data, the full manifest

A reader sees the old edition or the new one, never half of one; a failed run leaves the old one as it was.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from ksn_research.errors import EditionError
from ksn_research.plan import Study, Wave
from ksn_research.secret import memory

PARTS = ("public", "circles", "internal")
MANIFEST = "manifest.json"
PACKAGES = (
    "ksn_research",
    "pandas",
    "numpy",
    "scipy",
    "pingouin",
    "matplotlib",
    "igraph",
    "ibis-framework",
    "duckdb",
    "papermill",
)
DIGITS = "%.6g"
WAIT = 10.0


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder to write an edition into; it takes the place of `target` when the block ends well.

    Raises EditionError when another run is writing the same edition, or `target` holds something else
    than an edition. Whatever happens, nothing half-written is left.
    """
    target = Path.cwd() / target
    _refuse_other(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target):
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        # mkdtemp makes a private folder; an edition is readable as other files of the user are.
        staging.chmod(0o777 & ~_umask())
        try:
            for part in PARTS:
                (staging / part).mkdir()
            yield staging
            _swap(staging, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def write_manifests(
    staging: Path,
    study: Study,
    year: int,
    waves: Mapping[str, tuple[Wave, ...]],
    parameters: Mapping[str, Any],
) -> None:
    """The full manifest (internal) and the one that may be posted (public).

    Files are named relative to the study's folder or by name only: a manifest holds no machine's paths.
    """
    made = {f"{part}/{path}": digest for part in PARTS for path, digest in _digests(staging / part).items()}
    told = {
        "study": study.name,
        "title": study.title,
        "year": year,
        "waves": {name: sorted({w.year or "undated" for w in own}, key=str) for name, own in waves.items()},
        "parameters": dict(parameters),
        "versions": versions(),
        "python": platform.python_version(),
    }
    public = {path.removeprefix("public/"): d for path, d in made.items() if path.startswith("public/")}
    save_json(staging / "public" / MANIFEST, {**told, "files": public})
    made[f"public/{MANIFEST}"] = digest_of(staging / "public" / MANIFEST)
    inputs = {str(_told(path, study)): digest_of(path) for path in inputs_of(study, year, waves)}
    save_json(
        staging / "internal" / MANIFEST,
        {
            **told,
            "thresholds": {"people": study.people, "organisations": study.organisations},
            "inputs": inputs,
            "outputs": made,
        },
    )


def read_manifest(edition: Path) -> dict[str, Any]:
    """The full manifest of an edition. Raises EditionError when the folder is none."""
    try:
        return json.loads((edition / "internal" / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        raise EditionError(
            "this folder is no edition (it has no internal/manifest.json)",
            remedy="name a folder that `ksn report` wrote",
            file=edition.name,
        ) from None


def inputs_of(study: Study, year: int, waves: Mapping[str, tuple[Wave, ...]]) -> list[Path]:
    """Every file an edition depends on: the plan's files, the records of the waves it takes, what editions of
    earlier years published, and the keys of respondents of years that it does not load."""
    plan = [
        path
        for place in (
            "study.toml",
            "coreq.toml",
            "circle_suggestions.toml",
            "instruments",
            "crosswalks",
            "codebooks",
        )
        for path in _files(study.folder / place)
    ]
    taken = [wave for own in waves.values() for wave in own]
    records = [path for wave in taken for path in _of_wave(wave)]
    pages = published_before(study, year, "circle_pages")
    kept = [*published_before(study, year), *pages, *memory(study, year)]
    return sorted({path for path in [*plan, *records, *kept] if path.exists()})


def _of_wave(wave: Wave) -> list[Path]:
    """A wave's file, and those that its options name."""
    beside = [wave.options[name] for name in ("consent", "codebook") if name in wave.options]
    sheet = getattr(wave.options.get("comments"), "sheet", None)
    beside += [sheet] if sheet else []
    ahead = wave.file.with_name(f"{wave.file.name}-wal")  # what a database holds that its file does not yet
    return [wave.file, ahead, *beside, *wave.options.get("coders", {}).values()]


def published_before(study: Study, year: int, place: str = "published") -> list[Path]:
    """What editions of earlier years published, oldest first: `published/<year>.csv` beside the study; or
    what their circle pages showed."""
    kept = (study.folder / place).glob("*.csv")
    return sorted(path for path in kept if path.stem.isdigit() and int(path.stem) < year)


def versions() -> dict[str, str]:
    """Versions of what computes and draws."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def save_csv(path: Path, frame: pd.DataFrame) -> None:
    """CSV as published: UTF-8, one kind of line end, six significant digits, so that the last digits of a
    processor neither differ nor leak."""
    frame.to_csv(path, index=False, float_format=DIGITS, lineterminator="\n", encoding="utf-8")


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


def compare_outputs(edition: Path, rebuilt: Path) -> list[str]:
    """Published files (public and circles) that differ, are missing or are new in the rebuilt edition.

    The public manifest is compared but for the versions of packages, which it exists to record.
    """
    differing = []
    for part in ("public", "circles"):
        old, new = _digests(edition / part), _digests(rebuilt / part)
        for name in sorted({*old, *new} - {MANIFEST}):
            if old.get(name) != new.get(name):
                state = "missing" if name not in new else "new" if name not in old else "different"
                differing.append(f"{part}/{name}: {state}")
    return differing


def _told(path: Path, study: Study) -> Path:
    folder = study.folder.resolve()
    whole = path.resolve()
    return whole.relative_to(folder) if whole.is_relative_to(folder) else Path(path.parent.name) / path.name


def _files(place: Path) -> Iterable[Path]:
    if place.is_file():
        return [place]
    return (path for path in sorted(place.rglob("*")) if path.is_file())


def _digests(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in _files(folder)}


def _refuse_other(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / "internal" / MANIFEST).exists()):
        raise EditionError(
            "the place of the edition holds something else",
            remedy="name an empty folder, or one that `ksn report` wrote, with --out",
            file=target.name,
        )


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    lock = FileLock(target.parent / f".{target.name}.lock", timeout=WAIT)
    try:
        with lock:
            yield
    except Timeout:
        raise EditionError(
            "another run is writing this edition", remedy="wait for it to end", file=target.name
        ) from None


def _swap(staging: Path, target: Path) -> None:
    """Put `staging` in the place of `target`; what stood there ends in `staging` and is removed."""
    if not target.exists():
        staging.rename(target)
    elif not _exchange(staging, target):
        # Without an atomic exchange there is an instant in which no edition stands at the place.
        old = target.with_name(f".{target.name}-old")
        target.rename(old)
        staging.rename(target)
        shutil.rmtree(old)


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders in one step (Linux renameat2, RENAME_EXCHANGE); False where it cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_cwd, exchange = -100, 2
    return rename(at_cwd, os.fsencode(a), at_cwd, os.fsencode(b), exchange) == 0


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
