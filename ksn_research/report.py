"""From a study to an edition: compute once, run the notebook on what may be published, write the files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from ksn_research import edition, memory, pipeline, resources
from ksn_research.analyse.network.places import map_places
from ksn_research.analyse.network.position_rows import position_tables
from ksn_research.check import check, stop_if_blocked
from ksn_research.circle_edition import Failed, Made, Tell, untold, write_circles
from ksn_research.disclose import Publishable, StudyInfo
from ksn_research.disclose.circles import CircleReviews
from ksn_research.disclose.quotes import Judged, judged, reopened
from ksn_research.errors import EditionError, ParameterError, PlanError
from ksn_research.notebook import as_html, run_notebook
from ksn_research.pipeline import Progress, quiet
from ksn_research.plan import Study, load_study
from ksn_research.prepared import Prepared
from ksn_research.read import shown_pages
from ksn_research.render.checks import checks_page
from ksn_research.render.figures import figures
from ksn_research.render.network_page import network_page
from ksn_research.render.quotes_page import quotes_page
from ksn_research.render.workbook import as_workbook

FORMATS = ("html",)
DATA = Path("internal") / "data"
FRAMES = ("results", "circles", "waves", "findings", "earlier")


@dataclass(frozen=True)
class Parameters:
    """What the annual report's notebook may be told. Anything else is an error, since papermill alone
    would only warn and render the default.

    edition_data  folder with the publishable results
    year          the edition's year
    title         the report's title; empty: the study's
    """

    edition_data: str = ""
    year: int = 0
    title: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Parameters:
        """Check names and types; a whole number may come as text.

        >>> Parameters.parse({"year": "2025"}).year
        2025
        >>> Parameters.parse({"yaer": 2025})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ksn_research.errors.ParameterError: the report has no parameter `yaer`; use one of ...
        """
        known = {field.name: type(field.default) for field in fields(cls)}
        values = {}
        for name, value in given.items():
            if name not in known:
                raise ParameterError(
                    f"the report has no parameter `{name}`", remedy=f"use one of {', '.join(known)}"
                )
            values[name] = _as(known[name], name, value)
        return cls(**values)

    @classmethod
    def parse_pairs(cls, pairs: Sequence[str]) -> dict[str, Any]:
        """NAME=VALUE texts of the command line, checked as `parse` does.

        >>> Parameters.parse_pairs(["title=The network in 2025"])
        {'title': 'The network in 2025'}
        """
        for pair in pairs:
            if "=" not in pair:
                raise ParameterError(f"`{pair}` is no parameter", remedy="write NAME=VALUE")
        given = dict(pair.split("=", 1) for pair in pairs)
        return {name: getattr(cls.parse(given), name) for name in given}


def _as(kind: type, name: str, value: Any) -> Any:
    if kind is int and isinstance(value, str) and value.strip().isdigit():
        return int(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        words = {str: "text", int: "a whole number"}[kind]
        raise ParameterError(f"the parameter `{name}` must be {words}", remedy="correct it")
    return value


def compute(
    study: Study, year: int, progress: Progress = quiet, shown: pd.DataFrame | None = None
) -> tuple[Prepared, Publishable, pd.DataFrame]:
    """Prepare, check, analyse and publish one edition: the one function behind report, notebooks and pages.

    Returns what was prepared, what may be shown, and the findings table (internal). Raises BlockedError
    when a finding blocks.

    shown  what pages of circles showed before, where it is not what the study remembers
    """
    return _computed(study, year, progress, shown)[:3]


def _computed(
    study: Study, year: int, progress: Progress, shown: pd.DataFrame | None = None
) -> tuple[Prepared, Publishable, pd.DataFrame, dict[str, Judged]]:
    prepared = pipeline.prepare(study, year, progress)
    if shown is not None:
        prepared = replace(prepared, shown=shown.astype(prepared.shown.dtypes.to_dict()))
    findings = check(prepared)
    stop_if_blocked(findings)
    evidence = pipeline.analyse(prepared, progress)
    progress("disclosure control")
    quotes = judged(prepared)
    earlier = memory.read_published(study, year)
    return prepared, pipeline.publish(evidence, prepared, findings, earlier, quotes), findings, quotes


def ignored(failed: Failed) -> None:
    """Says nothing of a page that could not be made."""


def check_formats(formats: str) -> None:
    """Raise ParameterError for a format that is not made."""
    for name in formats.split(","):
        if name.strip() not in FORMATS:
            raise ParameterError(f"the format `{name}` is not made", remedy=f"use {', '.join(FORMATS)}")


def year_of(study: Study, year: int | None) -> int:
    """The edition's year: the given one if the study has it, else the newest."""
    if year is None:
        return study.years[-1]
    if year not in study.years:
        raise PlanError(
            f"the study has no year {year}",
            remedy=f"use one of {', '.join(map(str, study.years))}, or add it to years in study.toml",
            file="study.toml",
        )
    return year


def make_edition(
    study: Study,
    year: int,
    target: Path,
    parameters: Mapping[str, Any],
    progress: Progress = quiet,
    remember: bool = True,
    workers: int = 1,
    failing: Callable[[Failed], None] = ignored,
) -> Path:
    """Make an edition of a study and put it at `target`; remember what it published beside the study.

    workers  processes that make circle pages
    failing  is told of every circle page that could not be made; the edition is made without it
    """
    told = Parameters.parse({**parameters, "year": year})
    prepared, publishable, findings, quotes = _computed(study, year, progress)
    drawn = map_places(prepared)
    with edition.staged(target) as staging:
        _write_data(staging, prepared, publishable, findings, drawn)
        _write_quotes(staging, quotes, publishable)
        # Both threads need it, and one would see it half made while the other imports it.
        import_module("IPython")
        # The notebook runs in a kernel, another process: files are written meanwhile.
        with ThreadPoolExecutor(1) as beside:
            notebook = beside.submit(_write_report, staging, publishable, told)
            progress("circle pages")
            circles = write_circles(staging / "circles", publishable, workers=workers)
            progress("tables and figures")
            _write_tables_and_figures(staging, publishable)
            progress("running the report's notebook")
            notebook.result()
        edition.write_manifests(staging, study, year, prepared.waves, {"title": told.title})
    for page in circles.failed:
        failing(page)
    if remember:
        memory.remember_results(study, year, publishable)
        memory.remember_members(prepared)
        memory.remember_places(study, drawn)
        memory.remember_pages(study, year, publishable, circles.written)
    return target


def remake_circles(
    study: Study,
    year: int,
    target: Path,
    circle: str | None,
    progress: Progress = quiet,
    workers: int = 1,
    tell: Tell = untold,
    anew: bool = False,
) -> Made:
    """A new whole edition in which only the circle pages are rebuilt from the present records.

    circle         only this circle's page (its id or name) is rebuilt
    workers, tell  as `write_circles` takes them
    anew           the pages made before were handed out to nobody: what they showed is forgotten
    Returns how many pages were rebuilt and which could not be. Raises EditionError when there is no edition
    yet, or no such circle.
    """
    edition.read_manifest(target)
    kept, shown = shown_pages.without(study, year, circle) if anew else (None, None)
    prepared, publishable, _ = compute(study, year, progress, shown)
    with edition.staged(target) as staging:
        shutil.copytree(target, staging, dirs_exist_ok=True)
        made = write_circles(staging / "circles", publishable, circle, workers, tell)
        edition.write_manifests(
            staging, study, year, prepared.waves, edition.read_manifest(target)["parameters"]
        )
    memory.remember_pages(study, year, publishable, made.written, kept)
    return made


def save_publishable(folder: Path, publishable: Publishable) -> None:
    """Write what may be shown so that `load_publishable` gives it back equal."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FRAMES:
        getattr(publishable, name).to_parquet(folder / f"{name}.parquet")
    publishable.quotes.frame.to_parquet(folder / "quotes.parquet")
    for one in fields(CircleReviews):
        getattr(publishable.reviews, one.name).to_parquet(folder / f"review_{one.name}.parquet")
    for name, curve in publishable.curves.items():
        curve.to_parquet(folder / f"curve_{name}.parquet")
    told = {"study": asdict(publishable.study), "labels": dict(publishable.labels)}
    edition.save_json(folder / "words.json", {"order": list(publishable.labels), **told})


@dataclass(frozen=True)
class Opened:
    """A study opened by hand, as `ksn report` sees it.

    prepared     the tables inside: internal
    publishable  what may be shown
    findings     what the checks found, without the answers themselves: internal
    """

    study: Study
    prepared: Prepared
    publishable: Publishable
    findings: pd.DataFrame


def study_at_hand(folder: str = "") -> Study:
    """The study in `folder`; without it the one that `ksn explore` names, else the demo study."""
    return load_study(Path(folder or os.environ.get("KSN_STUDY") or resources.demo()))


def open_study(folder: str = "", year: int | None = None) -> Opened:
    """Open a study for a notebook: everything `compute` makes of one year (the newest without `year`).

    Raises PlanError for a year that the study does not have, BlockedError when a finding blocks.
    """
    study = study_at_hand(folder)
    prepared, publishable, findings = compute(study, year_of(study, year))
    return Opened(study, prepared, publishable, findings.drop(columns="answer"))


def load_publishable(folder: str = "") -> Publishable:
    """What may be shown of an edition: from its data folder, or, opened by hand (no folder), computed from
    the study that `ksn explore` names, else from the demo study.

    Raises EditionError when the folder holds none.
    """
    if not folder:
        study = load_study(Path(os.environ.get("KSN_STUDY") or resources.demo()))
        return compute(study, study.years[-1])[1]
    place = Path(folder)
    if not (place / "words.json").exists():
        raise EditionError(
            "the folder holds no publishable results", remedy="run `ksn report`", file=place.name
        )
    told = json.loads((place / "words.json").read_text(encoding="utf-8"))
    curves = {
        p.stem.removeprefix("curve_"): pd.read_parquet(p) for p in sorted(place.glob("curve_*.parquet"))
    }
    head = {**told["study"], "headline": tuple(told["study"]["headline"])}
    return Publishable(
        **{name: pd.read_parquet(place / f"{name}.parquet") for name in FRAMES},
        curves=curves,
        study=StudyInfo(**head),
        labels={name: told["labels"][name] for name in told["order"]},
        quotes=reopened(pd.read_parquet(place / "quotes.parquet")),
        reviews=CircleReviews(
            **{f.name: pd.read_parquet(place / f"review_{f.name}.parquet") for f in fields(CircleReviews)}
        ),
    )


def _write_data(
    staging: Path,
    prepared: Prepared,
    publishable: Publishable,
    findings: pd.DataFrame,
    drawn: pd.DataFrame,
) -> None:
    edition.save_csv(staging / "public" / "results.csv", publishable.results)
    edition.save_csv(staging / "internal" / "checks.csv", findings)
    page = checks_page(
        findings, publishable.study.title, prepared.accounts, prepared.answers, prepared.naming
    )
    (staging / "internal" / "checks.html").write_text(page, encoding="utf-8")
    inside = drawn[drawn["map"] == "internal"]
    network = network_page(
        position_tables(prepared), prepared.ties, inside, publishable.study.title, publishable.labels
    )
    if network:
        (staging / "internal" / "network.html").write_text(network, encoding="utf-8")
    save_publishable(staging / DATA, publishable)


def _write_quotes(staging: Path, quotes: Mapping[str, Judged], publishable: Publishable) -> None:
    page = quotes_page(quotes, publishable.study.title, publishable.labels)
    if page:
        (staging / "internal" / "quotes.html").write_text(page, encoding="utf-8")


def _write_report(staging: Path, publishable: Publishable, told: Parameters) -> None:
    notebook = staging / "internal" / "annual_report.ipynb"
    values = {**asdict(told), "edition_data": str(staging / DATA)}
    run_notebook(resources.shared("notebooks/annual_report.ipynb"), notebook, values)
    html = as_html(notebook, told.title or publishable.study.title, publishable.study)
    (staging / "public" / "report.html").write_text(html, encoding="utf-8")


def _write_tables_and_figures(staging: Path, publishable: Publishable) -> None:
    (staging / "public" / "tables.xlsx").write_bytes(as_workbook(publishable))
    folder = staging / "public" / "figures"
    folder.mkdir()
    for name, figure in figures(publishable).items():
        (folder / f"{name}.svg").write_text(figure.svg, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(figure.png)
        (folder / f"{name}.csv").write_text(figure.csv, encoding="utf-8")
