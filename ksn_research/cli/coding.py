"""The sheet in which a survey's comments are coded: begun, or gone on with. Load, call, save."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ksn_research.edition import replace_file
from ksn_research.errors import PlanError
from ksn_research.intake import comments_of
from ksn_research.plan import Study
from ksn_research.plan.comments import SHEETS, Comments
from ksn_research.plan.specs import Wave
from ksn_research.read.coding_sheet import HEAD, load_sheet, sheet_bytes
from ksn_research.scaffold import source_of
from ksn_research.score.comments import matched

FILE = "study.toml"


def write_coding_sheet(
    study: Study, source: str, year: int | None = None, target: Path | None = None
) -> tuple[Path, int, int]:
    """Write the sheet in which a survey's comments are coded, of its newest year not after `year`; or add to
    the one that is there the comments that it lacks. Returns where it is, how many comments were added, and
    how many it had.

    What stands in a sheet stays, but for where a comment is (key, response). The sheet holds respondents'
    words: it is not written into an edition, nor where a study keeps what it published.

    Raises PlanError where the study declares no comments, or for such a place or kind of file.
    """
    own = source_of(study, source)
    wave, declared = _declared(study, source, year)
    file = target or declared.sheet
    if file is None or file.suffix.lower() not in SHEETS:
        raise PlanError(
            "a coding sheet is a file .csv or .xlsx",
            remedy="name one with --out, or as `sheet` under comments in study.toml",
            file=file.name if file else FILE,
        )
    refuse_public(file)
    said = comments_of(study, own, wave.year)
    if said.empty:
        raise PlanError("nobody wrote a comment", remedy="run `ksn check`", file=wave.file.name)
    lines = load_sheet(file, source).lines if file.exists() else None
    place = matched(lines, said) if lines is not None else pd.Series(dtype="int64")
    told = _told(said)
    known = place[place >= 0]
    where = told.loc[known, ["key", "response"]].to_dict("records")
    changed = dict(zip(known.index.to_list(), where, strict=True))
    new = told[~told.index.isin(known)]
    data = file.read_bytes() if lines is not None else None
    replace_file(file, sheet_bytes(file.name, data, new, changed, declared.themes))
    return file, len(new), int(known.nunique())


def _declared(study: Study, source: str, year: int | None) -> tuple[Wave, Comments]:
    waves = [w for w in source_of(study, source).waves if year is None or w.year is None or w.year <= year]
    if not waves or "comments" not in waves[-1].options:
        raise PlanError(
            f"[sources.{source}] declares no comments" + (f" up to {year}" if year else ""),
            remedy=f'add [sources.{source}.comments] with questions = ["..."], see docs/circles.md',
            file=FILE,
        )
    return waves[-1], waves[-1].options["comments"]


def _told(said: pd.DataFrame) -> pd.DataFrame:
    """Comments as lines of a sheet; which wave is told where there are several."""
    lines = said.rename(columns={"row": "response", "text": "comment"}).astype("str").fillna("")
    several = (lines["wave"] != "").any()
    return lines[[name for name in HEAD if name in lines and (several or name != "wave")]]


def refuse_public(file: Path) -> None:
    """Raise PlanError for a place from which files are given away, or that the next edition takes away."""
    for place in file.resolve().parents:
        if place.name in ("public", "published") or (place / "internal" / "manifest.json").exists():
            raise PlanError(
                "respondents' words are not written into an edition, nor among what is published",
                remedy="keep the coding sheet beside the export",
                file=file.name,
            )
