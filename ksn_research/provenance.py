"""What an edition was made from and how: `manifest.json`, an RO-Crate 1.1 in the shape of a Process Run Crate
(one run of one programme, with what it took and what it made), in two versions.

internal/manifest.json  everything: every input file with its SHA-256, parameters, thresholds, seeds,
                        packages, the programme's own source, every file of the edition. Names are below the
                        edition's folder, inputs' below the study's.
public/manifest.json    what may be posted: the sources and their waves instead of their files. A digest of a
                        small confidential file would let somebody who guesses its content confirm the guess.

Neither holds a clock, a machine, a user or a path, so that the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from ksn_research import crate, edition, resources, secret
from ksn_research.errors import EditionError
from ksn_research.plan import Study, Wave

PACKAGES = (
    "pandas", "numpy", "scipy", "statsmodels", "pingouin", "krippendorff", "igraph", "duckdb",
    "ibis-framework", "pyarrow", "matplotlib", "great-tables", "openpyxl", "papermill", "nbformat",
    "pypandoc-binary", "typst",
)  # fmt: skip
PLAN = ("study.toml", "coreq.toml", "circle_suggestions.toml", "instruments", "crosswalks", "codebooks")
MEMORY = Path("internal") / "memory"
SEED = re.compile(
    r"\bdef (\w+)\(|\bseed: int = (\d+)|^(\w*SEED) = (\d+)", re.MULTILINE
)  # a function, its default seed, a module's seed
Waves = Mapping[str, tuple[Wave, ...]]


@dataclass(frozen=True)
class Record:
    """What an edition's full manifest says.

    inputs, outputs  SHA-256 by name
    packages         version by name, Python's among them; `code` is the digest of our own source
    key              equal for two runs that would make the same edition, see `key_of`
    """

    study: str
    year: int
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    packages: Mapping[str, str]
    code: str
    key: str


def write_manifests(
    staging: Path,
    study: Study,
    year: int,
    waves: Waves,
    parameters: Mapping[str, Any],
    remembered: Mapping[str, str],
) -> None:
    """Write the manifest that may be posted (public) and the full one (internal) of a staged edition.

    remembered  digests of what the study will remember when the edition stands, by name
    """
    run = partial(
        crate.Run, study, year, parameters, seeds_of(study) | fixed_seeds(), packages(), code_digest()
    )
    sources = {name: _taken(study, name, own) for name, own in waves.items() if own}
    posted = run(inputs=sources, outputs=_made(staging, ("public",), "public/"))
    edition.save_json(staging / "public" / edition.MANIFEST, crate.crate(posted))
    inputs = inputs_of(study, year, waves) | edition.digests(staging / MEMORY)
    full = run(
        inputs={name: {"sha256": digest} for name, digest in inputs.items()},
        outputs=_made(staging, edition.PARTS),
        key=key_of(study, year, waves, parameters, remembered),
    )
    edition.save_json(staging / "internal" / edition.MANIFEST, crate.crate(full))


def read_record(folder: Path) -> Record:
    """The full manifest of an edition. Raises EditionError when the folder is none."""
    try:
        whole = json.loads((folder / "internal" / edition.MANIFEST).read_text(encoding="utf-8"))
        return Record(**crate.read(whole))
    except (OSError, ValueError, KeyError, TypeError):
        raise EditionError(
            "this folder is no edition (it has no internal/manifest.json that can be read)",
            remedy="name a folder that `ksn report` wrote",
            file=folder.name,
        ) from None


def inputs_of(study: Study, year: int, waves: Waves) -> dict[str, str]:
    """SHA-256 of every file of the study that an edition depends on, by its name: the plan's files, the
    analyst's findings, the records of the waves it takes, the keys of respondents of years that it does not
    load. What the study remembers of its editions is kept in the edition, see `memory`."""
    plan = [path for place in PLAN for path in edition.files(study.folder / place)]
    plan += edition.files(study.folder / "findings" / f"{year}.md")
    records = [path for own in waves.values() for wave in own for path in files_of(wave)]
    return digests_of(study, [*plan, *records, *secret.memory(study, year)])


def digests_of(study: Study, paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of those of the files that there are, by the names that a manifest tells them by, in order."""
    named = {_told(path, study): path for path in paths if path.exists()}
    return {name: edition.digest_of(path) for name, path in sorted(named.items())}


def key_of(
    study: Study, year: int, waves: Waves, parameters: Mapping[str, Any], remembered: Mapping[str, str]
) -> str:
    """A digest of everything that an edition follows from: while it stays the same, a new run would make the
    same edition.

    remembered  digests of what the study remembers, by name: now, or as it will be after the edition
    """
    told = {
        "study": study.name,
        "year": year,
        "inputs": inputs_of(study, year, waves),
        "remembered": dict(remembered),
        "parameters": dict(parameters),
        "packages": packages(),
        "code": code_digest(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@cache
def code_digest() -> str:
    """SHA-256 over names and content of the package's own source, templates and notebooks: the same in a
    wheel and in a checkout."""
    own = [p for p in edition.files(resources.PACKAGE) if not {"share", "__pycache__"} & set(p.parts)]
    notebooks = resources.shared("notebooks")
    named = [(p.relative_to(resources.PACKAGE).as_posix(), p) for p in own]
    named += [(f"notebooks/{p.name}", p) for p in sorted(notebooks.glob("*.ipynb"))]
    every = "".join(f"{name} {edition.digest_of(path)}\n" for name, path in sorted(named))
    return hashlib.sha256(every.encode()).hexdigest()


def packages() -> dict[str, str]:
    """Versions of what computes and draws, and of Python."""
    found = {name: importlib.metadata.version(name) for name in ("ksn-research", *PACKAGES)}
    return {"python": platform.python_version(), **found}


def seeds_of(study: Study) -> dict[str, int]:
    """Every seed that the plan declares, by where it does; of all others see `fixed_seeds`."""
    named = [(f"analyses.{name}", one.options) for name, one in study.analyses.items()]
    named += [(f"sources.{name}", one.options) for name, one in study.sources.items()]
    return {where: seed for name, options in named for where, seed in _seeds(name, options)}


@cache
def fixed_seeds() -> dict[str, int]:
    """Seeds that stand in our source, by module and function: those of all that draws, where the plan names
    no other."""
    return {
        f"{path.relative_to(resources.PACKAGE).with_suffix('').as_posix().replace('/', '.')}.{name}": seed
        for path in sorted((resources.PACKAGE / "analyse").rglob("*.py"))
        for name, seed in _in_source(path.read_text(encoding="utf-8"))
    }


def _in_source(text: str) -> Iterator[tuple[str, int]]:
    """
    >>> list(_in_source("SEED = 3\\ndef draw(n: int, seed: int = 1) -> int:\\n    ..."))
    [('SEED', 3), ('draw', 1)]
    """
    above = ""
    for function, seed, constant, value in SEED.findall(text):
        above = function or above
        if seed or value:
            yield constant or above, int(seed or value)


def changed_inputs(folder: Path, study: Study, waves: Waves) -> list[str]:
    """Inputs of an edition that are not as they were, in words: those of the study, and its own memory."""
    record = read_record(folder)
    now = inputs_of(study, record.year, waves) | edition.digests(folder / MEMORY)
    states = {name: _state(record.inputs.get(name), now.get(name)) for name in {*record.inputs, *now}}
    return [f"input {name}: {state}" for name, state in sorted(states.items()) if state]


def changed_means(record: Record) -> list[str]:
    """What has changed since in the programme and its packages, in words."""
    now = packages()
    told = [
        f"package {name}: {record.packages.get(name, 'none')} then, {now.get(name, 'none')} now"
        for name in sorted({*record.packages, *now})
        if record.packages.get(name) != now.get(name)
    ]
    return [*told, *(["code of ksn_research: changed"] if record.code != code_digest() else [])]


def same_manifest(folder: Path, rebuilt: Path) -> bool:
    """Whether two public manifests say the same but for versions of packages, the digest of our code, and
    digests of files, which are compared by themselves."""
    return _timeless(folder / "public" / edition.MANIFEST) == _timeless(rebuilt / "public" / edition.MANIFEST)


def _timeless(path: Path) -> Any:
    try:
        graph = json.loads(path.read_text(encoding="utf-8"))["@graph"]
    except (OSError, ValueError, KeyError):
        return None
    return [{k: v for k, v in one.items() if k not in ("version", "sha256", "contentSize")} for one in graph]


def _state(then: str | None, now: str | None) -> str:
    if then == now:
        return ""
    return "new since then" if then is None else "no longer there" if now is None else "changed since then"


def _made(staging: Path, parts: Sequence[str], off: str = "") -> dict[str, dict[str, str]]:
    """Files of parts of an edition as a crate tells of them, but for the manifest of the last, which is still
    to be written."""
    every = [path for part in parts for path in edition.files(staging / part)]
    last = staging / parts[-1] / edition.MANIFEST
    return {
        path.relative_to(staging).as_posix().removeprefix(off): {
            "sha256": edition.digest_of(path),
            "contentSize": str(path.stat().st_size),
        }
        for path in every
        if path != last
    }


def _taken(study: Study, name: str, own: Iterable[Wave]) -> dict[str, Any]:
    waves = [f"{wave.year or 'undated'} {wave.name}".strip() for wave in own]
    return {"name": study.sources[name].label, "temporalCoverage": ", ".join(waves)}


def files_of(wave: Wave) -> list[Path]:
    """A wave's file, and those that its options name; some need not be there. A table is no file."""
    if wave.table:
        return []
    beside = [wave.options[name] for name in ("consent", "codebook") if name in wave.options]
    sheet = getattr(wave.options.get("comments"), "sheet", None)
    beside += [sheet] if sheet else []
    ahead = wave.file.with_name(f"{wave.file.name}-wal")  # what a database holds that its file does not yet
    return [wave.file, ahead, *beside, *wave.options.get("coders", {}).values()]


def _told(path: Path, study: Study) -> str:
    """A file's name below the study's folder; of one that lies outside, its own and its folder's name."""
    folder, whole = study.folder.resolve(), path.resolve()
    short = whole.relative_to(folder) if whole.is_relative_to(folder) else Path(path.parent.name) / path.name
    return short.as_posix()


def _seeds(where: str, options: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Seeds among nested options."""
    for name, value in sorted(options.items()):
        if name == "seed":
            yield where, int(value)
        elif isinstance(value, Mapping):
            yield from _seeds(f"{where}.{name}", value)
        elif isinstance(getattr(value, "seed", None), int):
            yield f"{where}.{name}", int(value.seed)
