"""What a study remembers of its editions, beside `study.toml`: what they published, whom they asked, where
organisations stand on maps, and what the pages of circles showed.

    published/<year>.csv      what the newest run of a year published, columns of `results.COLUMNS`
    published/<year>-<k>.csv  what its k-th run published, where a later one published something else
    circle_pages/, places/, panel/  see `read.shown_pages`, `read.places`, `secret`

An edition is computed from a copy, which it keeps in `internal/memory`: so it can be made again from what was
known then, whatever has been published since. Where the study cannot be written to (a wheel, an archive),
nothing is remembered, and that is said.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ksn_research import edition, journal, lock, secret
from ksn_research.disclose import Publishable
from ksn_research.disclose.circles import to_remember
from ksn_research.errors import EditionError, ReadError
from ksn_research.plan import Study
from ksn_research.prepared import Prepared
from ksn_research.read import places, shown_pages
from ksn_research.render.formats import DIGITS
from ksn_research.results import COLUMNS
from ksn_research.score.panel import wave_keys

KEPT = Path("internal") / "memory"
FOLDERS = ("published", "circle_pages", "places", "panel")
COPIED = ("circle_pages", "places")
RUN = re.compile(r"(?P<year>\d{4})(-(?P<k>\d+))?")
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
NOT_REMEMBERED = (
    "the study's folder cannot be written to: what this edition publishes is not remembered, and the next "
    "edition will not be checked against it; publish from a copy that you may write to"
)
Notes = dict[str, bytes | None]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """What a run found remembered.

    study  the study, which reads what is remembered from the copy in the staged edition
    own    the study as it is
    state  digests of what it remembered then, by name below its folder
    """

    study: Study
    own: Study
    state: Mapping[str, str]


def take(study: Study, year: int, staging: Path) -> Taken:
    """Copy what a study remembers into a staged edition, after ending what a killed run left undone."""
    mine = study.memory is None
    with lock.study(study.folder) if mine else nullcontext():
        if mine:
            journal.settle(study.folder)
        for label, path in _runs(study, year):
            edition.replace_file(staging / KEPT / "published" / f"{label}.csv", path.read_bytes())
        for name in COPIED:
            for path in edition.files(study.remembered / name):
                edition.replace_file(staging / KEPT / name / path.name, path.read_bytes())
        return Taken(replace(study, memory=staging / KEPT), study, state_of(study))


def state_of(study: Study) -> dict[str, str]:
    """Digests of everything that a study remembers now, by name below its folder."""
    return {
        f"{name}/{below}": digest
        for name in FOLDERS
        for below, digest in edition.digests(study.folder / name).items()
        if below.endswith(".csv")
    }


def forget_runs(taken: Taken, year: int) -> None:
    """Earlier runs of the year were handed to nobody: the copy forgets what they published and showed."""
    for label, path in _runs(taken.study, year):
        if label.startswith(f"{year}-"):
            path.unlink()
    shown_pages.path_of(taken.study, year).unlink(missing_ok=True)


def forget_pages(taken: Taken, year: int, circle: str | None) -> None:
    """The pages of a year, of one circle or all, were handed to nobody: the copy forgets what they showed.

    Raises ReadError when nothing is remembered of the circle.
    """
    kept = shown_pages.without(taken.study, year, circle)
    edition.replace_file(shown_pages.path_of(taken.study, year), shown_pages.as_text(kept).encode())


def read_published(study: Study, year: int) -> pd.DataFrame:
    """What the study's editions published before a run of `year`: columns of `results.COLUMNS`, and edition;
    by year, within a year the first run first.

    edition  "2024"; "2024-1" for an earlier run of that year that published something else. Runs of `year`
             itself are all numbered ("2025-1", the newest too), so that each keeps its name when the next one
             comes.

    Editions of later years are among them: their readers know what they say of this year.
    Raises ReadError (file) for a file that holds something else.
    """
    frames = [_published(path).assign(edition=label) for label, path in _runs(study, year)]
    if not frames:
        return pd.DataFrame(columns=[*COLUMNS, "edition"]).astype({**COLUMNS, "edition": "str"})
    return pd.concat(frames, ignore_index=True).astype({"edition": "str"})


def notes_of_results(taken: Taken, year: int, publishable: Publishable) -> Notes:
    """What an edition published, and what the run before it did, where that was something else."""
    text = publishable.results.to_csv(index=False, float_format=DIGITS, lineterminator="\n").encode()
    folder = taken.own.folder / "published"
    newest = folder / f"{year}.csv"
    runs = [label for label, _ in _runs(taken.study, year) if label.startswith(f"{year}-")]
    older = sorted(path.stem for path in folder.glob(f"{year}-*.csv") if RUN.fullmatch(path.stem))
    notes: Notes = {f"published/{name}.csv": None for name in older if name not in runs}
    if runs and newest.exists() and newest.read_bytes() != text:
        notes[f"published/{runs[-1]}.csv"] = newest.read_bytes()
    return {**notes, f"published/{year}.csv": text}


def notes_of_members(prepared: Prepared) -> Notes:
    """The keys of the year's respondents, where the study's secret is at hand."""
    key, _ = secret.at_hand(prepared.study)
    keys = wave_keys(prepared, key) if key else []
    return {**secret.as_memory(prepared.study, prepared.year, keys)} if keys else {}


def notes_of_places(taken: Taken, drawn: pd.DataFrame) -> Notes:
    """Where organisations stand on the maps: lines are added, none is changed."""
    return dict(_places(taken.study, drawn))


def notes_of_pages(taken: Taken, year: int, publishable: Publishable, circles: Sequence[str]) -> Notes:
    """What the pages of these circles showed: lines are added to those of the copy, none is changed."""
    new = to_remember(publishable.reviews)
    before = shown_pages.of_file(taken.study, year)
    kept = shown_pages.with_new(before, new[new["circle"].isin(circles)])
    name = f"circle_pages/{year}.csv"
    return {name: shown_pages.as_text(kept).encode() if len(kept) else None}


def after(taken: Taken, notes: Mapping[str, bytes | None]) -> dict[str, str]:
    """Digests of what the study will remember, by name, when the notes are kept."""
    new = {
        name: hashlib.sha256(content).hexdigest() for name, content in notes.items() if content is not None
    }
    gone = {name for name, content in notes.items() if content is None}
    return {name: digest for name, digest in sorted({**taken.state, **new}.items()) if name not in gone}


def hand_over(taken: Taken, notes: Notes, staging: Path, target: Path, tell: Tell) -> None:
    """Put the staged edition in its place and keep the notes: both, or neither, see `journal`.

    tell  is told when nothing can be remembered
    Raises EditionError when another edition of the study was finished since this run began: what it published
    has to be taken into account first.
    """
    folder = taken.own.folder
    with lock.study(folder):
        if state_of(taken.own) != taken.state:
            raise EditionError(
                "another edition of this study was published while this one was made",
                remedy="run it again, so that it takes that one into account",
                file=target.name,
            )
        if after(taken, notes) == taken.state:
            edition.put(staging, target)
        elif _announced(folder, notes, staging, target):
            try:
                edition.put(staging, target)
            finally:
                journal.settle(folder)
        else:
            edition.put(staging, target)
            tell(NOT_REMEMBERED)


def _announced(folder: Path, notes: Notes, staging: Path, target: Path) -> bool:
    """False where the study may not be written to. (A full disk is an error.)"""
    try:
        if os.access(folder, os.W_OK):
            journal.announce(folder, notes, staging, target)
            return True
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
    return False


def _places(study: Study, drawn: pd.DataFrame) -> Iterator[tuple[str, bytes]]:
    for name, own in drawn.groupby("source", sort=True):
        if study.sources[str(name)].options.get("units", "organisations") == "organisations":
            kept = places.with_new(places.load_places(study, str(name)), own)
            yield f"places/{name}.csv", places.as_text(kept).encode()


def _runs(study: Study, year: int) -> list[tuple[str, Path]]:
    """(label, file) of every run that published something, as `read_published` orders and labels them."""
    found = []
    for path in (study.remembered / "published").glob("*.csv"):
        if match := RUN.fullmatch(path.stem):
            found.append((int(match["year"]), int(match["k"] or 0), path))
    last = max((k for of, k, _ in found if of == year), default=0)
    # The newest has no number; it comes after all that have.
    ordered = sorted(found, key=lambda run: (run[0], run[1] or math.inf))
    return [
        (f"{of}-{last + 1}" if of == year and path.stem == str(of) else path.stem, path)
        for of, _, path in ordered
    ]


def _published(path: Path) -> pd.DataFrame:
    # An empty text is a text; an empty number is none.
    none = {name: [""] for name, kind in COLUMNS.items() if kind != "str"}
    told = {"usecols": list(COLUMNS), "dtype": COLUMNS, "keep_default_na": False, "na_values": none}
    try:
        return pd.read_csv(path, **told)[list(COLUMNS)]  # type: ignore[call-overload]
    except (OSError, ValueError):
        raise ReadError(
            "this is no list of what an edition published",
            remedy="take the file from the study's history: only `ksn report` writes it",
            file=path.name,
        ) from None
