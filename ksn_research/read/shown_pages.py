"""What the pages of single circles showed: `circle_pages/<year>.csv` beside `study.toml`.

    source, year, wave  the questionnaire's wave
    circle              the circle's id
    measure             the question; empty for the questionnaire as a whole (how many answered)
    n                   answers
    band, low, high     the word that was shown and the counts that it stands for

`ksn report` adds lines and never changes one that is there: if late answers changed a page that was already
handed out, the difference between the two pages would be these few answers. Whoever is sure that a page was
never handed out has it made anew (`ksn circles --anew`). The file speaks of single circles: it is as
confidential as the pages are.
"""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path

import pandas as pd

from ksn_research.errors import ReadError
from ksn_research.plan import Study

HEADER = ("source", "year", "wave", "circle", "measure", "n", "band", "low", "high")
COUNTS = ("year", "n", "low", "high")
KEY = ["source", "year", "wave", "circle", "measure"]


def path_of(study: Study, year: int) -> Path:
    """The file of one edition's pages."""
    return study.remembered / "circle_pages" / f"{year}.csv"


def load_shown(study: Study, year: int) -> pd.DataFrame:
    """What pages of editions up to a year showed, each as it was shown first; columns `HEADER`, texts ""
    where there is none, counts Int64.

    Raises ReadError (file, row) for a file that holds something else.
    """
    folder = study.remembered / "circle_pages"
    files = sorted(path for path in folder.glob("*.csv") if path.stem.isdigit() and int(path.stem) <= year)
    frames = [_read(path) for path in files] or [_typed(pd.DataFrame(columns=[*HEADER]))]
    return pd.concat(frames, ignore_index=True).drop_duplicates(KEY, keep="first", ignore_index=True)


def with_new(known: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """The remembered lines as they stand, and those that were shown for the first time."""
    both = pd.concat([known[[*HEADER]], shown[[*HEADER]]], ignore_index=True)
    return both.drop_duplicates(KEY, keep="first").sort_values(KEY, kind="stable", ignore_index=True)


def without(study: Study, year: int, circle: str | None) -> pd.DataFrame:
    """The lines of an edition's file that are left when its pages were never handed out, those of one circle
    or all.

    Raises ReadError when nothing is remembered of the circle.
    """
    own = of_file(study, year)
    if circle and not (own["circle"] == circle).any():
        raise ReadError(
            f"nothing is remembered of a page of the circle `{circle}`",
            remedy="name the circle by its code, as this file does",
            file=path_of(study, year).name,
        )
    return own[own["circle"] != circle] if circle else own.iloc[:0]


def as_text(shown: pd.DataFrame) -> str:
    """The file's text."""
    return shown[[*HEADER]].to_csv(index=False, lineterminator="\n")


def of_file(study: Study, year: int) -> pd.DataFrame:
    """The lines of one edition's own file."""
    path = path_of(study, year)
    return _read(path) if path.exists() else _typed(pd.DataFrame(columns=[*HEADER]))


def _read(path: Path) -> pd.DataFrame:
    lines = _lines(path)
    if not lines or tuple(lines[0]) != HEADER:
        raise _not_shown(path, 1)
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(HEADER) or not line[0] or not line[3]:
            raise _not_shown(path, number)
    frame = pd.DataFrame(lines[1:], columns=[*HEADER])
    odd = (frame["n"].str.fullmatch(r"\d+") == 0) | frame.duplicated(KEY)
    for name in COUNTS:
        odd |= ~frame[name].str.fullmatch(r"\d*")
    if odd.any():
        raise _not_shown(path, int(odd.to_numpy().argmax()) + 2)
    return _typed(frame)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    counts = {name: pd.to_numeric(frame[name].replace("", None)).astype("Int64") for name in COUNTS}
    return frame.astype("str").assign(**counts)


def _lines(path: Path) -> list[list[str]]:
    with suppress(OSError, UnicodeDecodeError, csv.Error), path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
    raise _not_shown(path, None)


def _not_shown(path: Path, row: int | None) -> ReadError:
    remedy = "take the file from the study's history: only `ksn report` and `ksn circles` write it"
    return ReadError("this is no list of what circle pages showed", remedy=remedy, file=path.name, row=row)
