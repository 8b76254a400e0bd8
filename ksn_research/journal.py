"""What a study will remember of an edition, written down before the edition takes its place.

An edition becomes visible in one step (`edition.put`), and what it published has to be remembered from that
step on: earlier would hold numbers back for the sake of an edition that nobody saw, later would forget one
that was seen. Both are files in different places, and a run can be killed between any two steps. So:

1. `announce`: the files as they will be are written into `.remember` in the study's folder, with the place of
   the edition, the place where it is staged, and the digest of its full manifest. The folder gets its name
   when it is whole, in one step; before that there is no announcement.
2. `edition.put`: the edition takes its place, in one step.
3. `settle`: each file is moved over the one it replaces, in one step each; then the announcement is taken
   away.

Whenever it stops, `settle` at the start of the next run ends it, because it can tell the two sides of step 2
apart: before it, the staged edition has the digest and the edition at the place has not; after it, the
edition at the place has it. (Where both have it, the same edition stood there already.) Where neither has
it, because somebody has cleared away both, the edition may have been seen, and counts as seen. Moving a file
that has been moved is left out, so settling twice is settling once. Steps 1 to 3 and every `settle` hold the
study's lock, so that an announcement which is found is never that of a run at work. The space for the files
is taken in step 1: a full disk stops a run before the edition is seen.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ksn_research import edition

PLACE = ".remember"
INTENT = "intent.json"


def announce(folder: Path, notes: Mapping[str, bytes | None], staging: Path, target: Path) -> None:
    """Step 1. The study's lock is held.

    notes  the content of files by their names below the study's folder; None: the file will be gone
    """
    unready = folder / f"{PLACE}.new"
    shutil.rmtree(unready, ignore_errors=True)
    unready.mkdir()
    kept = {name: content for name, content in notes.items() if content is not None}
    for number, (name, content) in enumerate(kept.items()):
        (unready / str(number)).write_bytes(content)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    told = {
        "edition": str(Path.cwd() / target),
        "staged": str(staging),
        "manifest": edition.digest_of(_manifest(staging)),
        "files": list(kept),
        "gone": [name for name, content in notes.items() if content is None],
    }
    (unready / INTENT).write_text(json.dumps(told), encoding="utf-8")
    unready.rename(folder / PLACE)


def settle(folder: Path) -> None:
    """Step 3, and the first step of every run: end what was announced, if anything was. The lock is held."""
    place = folder / PLACE
    if (place / INTENT).exists():
        told = json.loads((place / INTENT).read_text(encoding="utf-8"))
        if _seen(told):
            _move(folder, place, told)
        (place / INTENT).unlink()
    for left in (place, folder / f"{PLACE}.new"):
        shutil.rmtree(left, ignore_errors=True)


def _seen(told: Mapping[str, Any]) -> bool:
    """Whether the announced edition has taken its place, or may have."""
    return _is(told, "edition") or not _is(told, "staged")


def _is(told: Mapping[str, Any], which: str) -> bool:
    manifest = _manifest(Path(told[which]))
    return manifest.is_file() and edition.digest_of(manifest) == told["manifest"]


def _move(folder: Path, place: Path, told: Mapping[str, Any]) -> None:
    for number, name in enumerate(told["files"]):
        if (place / str(number)).exists():
            (place / str(number)).replace(folder / name)
    for name in told["gone"]:
        (folder / name).unlink(missing_ok=True)


def _manifest(folder: Path) -> Path:
    return folder / "internal" / edition.MANIFEST
