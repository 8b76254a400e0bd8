"""Sealing a past year: its member codes become keys, and what no analysis reads is emptied.

Every file of the year that holds codes is written anew beside its place and read back; only when all are
right do they take the places, and study.toml records the year. An interruption is gone on with by the same
command: no code is keyed twice.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ksn_research.edition import replace_file
from ksn_research.errors import PlanError
from ksn_research.plan import Study
from ksn_research.seal.columns import FILE, Task, tasks_of
from ksn_research.seal.rewrite import compare, keys_in, refuse_codes, write
from ksn_research.secret import remember, remembered


def seal(study: Study, year: int, secret: bytes) -> list[str]:
    """Replace the member codes in every file of a year by keys, and say what was done, in words.

    Raises PlanError, and changes nothing, when the year is sealed already, a file with codes is not CSV or
    Parquet, serves several years, or would still hold a code.
    """
    journal = study.folder / f".sealing-{year}.json"
    if not journal.exists():
        made = tasks_of(study, year)
        try:
            told = _stage(study, year, secret, made)
            # From here on the new files are whole: an interruption is gone on with.
            names = [os.path.relpath(task.path, study.folder) for task in made]
            replace_file(journal, json.dumps({"files": names, "told": told}).encode())
        finally:
            if not journal.exists():
                for task in made:
                    task.staged.unlink(missing_ok=True)
    return _finish(study, year, journal)


def _finish(study: Study, year: int, journal: Path) -> list[str]:
    held = json.loads(journal.read_text(encoding="utf-8"))
    for name in held["files"]:
        path = study.folder / name
        staged = path.with_name(f".sealed-{path.name}")
        if staged.exists():
            staged.replace(path)
    _record(study.folder / FILE, year)
    journal.unlink()
    return [*held["told"], f"{FILE}: {year} is recorded as sealed"]


def _stage(study: Study, year: int, secret: bytes, tasks: list[Task]) -> list[str]:
    """Write every file anew beside its place and look at it; the words of what was done."""
    keys: dict[str, str] = {}
    told = []
    for task in tasks:
        emptied = write(task, secret, keys)
        shutil.copymode(task.path, task.staged)
        if task.source.kind != "activity":
            compare(task, keys)
        rest = f"; emptied, since no analysis reads them: {', '.join(emptied)}" if emptied else ""
        told.append(f"{task.path.name}: member codes are keys{rest}")
    for task in tasks:
        refuse_codes(task, keys)
    if not any(path.stem.endswith(f"-{year}") for path in remembered(study)):
        own = [task for task in tasks if study.panel and task.source.name == study.panel.source]
        remember(study, year, (key for task in own for key in keys_in(task)))
    return told


def _record(path: Path, year: int) -> None:
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except TOMLKitError as error:
        raise PlanError(f"not valid TOML ({error})", remedy="mend that line", file=path.name) from None
    table: Any = document["panel"]
    table["sealed"] = sorted({*table.get("sealed", []), year})
    replace_file(path, tomlkit.dumps(document).encode())
