"""Starting a study, and going on to its next year: files to fill in, with comments."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from ksn_research import resources
from ksn_research.errors import PlanError
from ksn_research.plan import load_study

TEMPLATE = resources.PACKAGE / "templates" / "study"
FILE = "study.toml"


def new_study(folder: Path, year: int | None = None) -> Path:
    """Make a study's folder and return where its first export belongs.

    Raises PlanError when the folder already holds something.
    """
    if folder.is_file() or (folder.exists() and any(folder.iterdir())):
        raise PlanError(
            "the folder is not empty", remedy="name a new folder, or use `ksn new-year`", file=folder.name
        )
    first = year or datetime.date.today().year
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8").replace("__YEAR__", str(first))
            target.write_text(text, encoding="utf-8")
    form = folder / "instruments" / "member_survey.md"
    form.rename(form.with_name(f"member_survey-{first}.md"))
    (folder / str(first)).mkdir()
    return folder / str(first) / "member_survey.csv"


def add_year(folder: Path, year: int) -> list[str]:
    """Add a year to a study: its folder, its questionnaires (copies of the newest year's), and the year in
    `study.toml`, whose comments and order stay as they are. Returns what was done, in words.

    Raises PlanError when the study has the year already.
    """
    study = load_study(folder)
    if year in study.years:
        raise PlanError(f"the study already has the year {year}", remedy="name another", file=FILE)
    newest = max((known for known in study.years if known < year), default=study.years[-1])
    told = [f"{folder / str(year)}: put the year's exports here"]
    (folder / str(year)).mkdir(exist_ok=True)
    for form in sorted((folder / "instruments").glob(f"*-{newest}.*")):
        copy = form.with_name(form.name.replace(f"-{newest}.", f"-{year}."))
        if not copy.exists():
            shutil.copyfile(form, copy)
            told.append(f"{copy}: change what is asked differently, and say so in crosswalks/")
    _declare(folder / FILE, year)
    return [*told, f"{folder / FILE}: {year} added to years; look whether every source has records of it"]


def _declare(path: Path, year: int) -> None:
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except TOMLKitError as error:
        raise PlanError(f"not valid TOML ({error})", remedy="mend that line", file=path.name) from None
    years = document["study"]["years"]
    years.append(year)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
