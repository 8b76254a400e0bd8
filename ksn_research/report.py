"""From a study to an edition: compute once, run the notebook on what may be published, write the files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from ksn_research import audited, edition, ledger, memory, pipeline, provenance, publication, resources
from ksn_research.analyse.network.places import map_places
from ksn_research.check import check, stop_if_blocked
from ksn_research.circle_edition import Failed, Made, Tell, untold, write_circles
from ksn_research.disclose import Publishable, StudyInfo
from ksn_research.disclose.circles import CircleReviews
from ksn_research.disclose.quotes import Judged, judged, reopened
from ksn_research.errors import EditionError, PlanError
from ksn_research.executors import ALONE, Crew
from ksn_research.forked import Template
from ksn_research.parameters import Parameters
from ksn_research.pipeline import Progress, quiet
from ksn_research.plan import Study, load_study
from ksn_research.plan.narrative import read_narrative
from ksn_research.prepared import Prepared
from ksn_research.render.figures import figures
from ksn_research.render.narrative_checks import narrative_findings

DATA = Path("internal") / "data"
FRAMES = ("results", "circles", "waves", "findings", "earlier")


@dataclass(frozen=True)
class Computed:
    """One edition before it is written.

    prepared     the tables inside: internal
    publishable  what may be shown
    findings     what the checks found: internal
    quotes       what the gate said of each quote, by source: internal
    """

    prepared: Prepared
    publishable: Publishable
    findings: pd.DataFrame
    quotes: Mapping[str, Judged]


def compute(
    study: Study, year: int, progress: Progress = quiet
) -> tuple[Prepared, Publishable, pd.DataFrame]:
    """Prepare, check, analyse and publish one edition: the one function behind report, notebooks and pages.

    Returns what was prepared, what may be shown, and the findings table (internal). Raises BlockedError
    when a finding blocks.
    """
    made = _computed(study, year, progress)
    return made.prepared, made.publishable, made.findings


def _computed(
    study: Study, year: int, progress: Progress, template: Template | None = None, crew: Crew = ALONE
) -> Computed:
    narrative = read_narrative(study.folder, year)
    prepared = pipeline.prepare(study, year, progress)
    findings = check(prepared)
    stop_if_blocked(findings)
    evidence = pipeline.analyse(prepared, progress, template, crew)
    progress("disclosure control")
    quotes = judged(prepared)
    earlier = memory.read_published(study, year)
    publishable = pipeline.publish(evidence, prepared, findings, earlier, quotes)
    told = replace(publishable.study, narrative=narrative)
    publishable = replace(publishable, study=told)
    # What the analyst wrote can be held against the results only now.
    findings = check(prepared, narrative_findings(publishable))
    stop_if_blocked(findings)
    return Computed(prepared, publishable, findings, quotes)


def ignored(failed: Failed) -> None:
    """Says nothing of a page that could not be made."""


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
    crew: Crew = ALONE,
    failing: Callable[[Failed], None] = ignored,
    anew: bool = False,
    say: memory.Tell = quiet,
    template: Template | None = None,
) -> Path:
    """Make an edition of a study and put it at `target`; remember what it published beside the study.

    crew      makes circle pages, and draws for permutation tests, bootstraps and jackknives
    failing   is told of every circle page that could not be made; the edition is made without it
    anew      earlier runs of this year were handed to nobody: what they published and showed is forgotten
    say       is told what else has to be known, such as that nothing can be remembered
    template  forks what runs beside this process; without, it takes longer and gives the same
    Raises BlockedError when a finding blocks, DisclosureError when a file shows what is not published,
    EditionError when the edition cannot be written; what stood at `target` then stands there still.
    """
    told = Parameters.parse({**parameters, "year": year})
    with edition.staged(target) as staging:
        with edition.writing(target.name):
            taken = memory.take(study, year, staging)
            if anew:
                memory.forget_runs(taken, year)
        made = _computed(taken.study, year, progress, template, crew)
        drawn = map_places(made.prepared)
        with edition.writing(target.name):
            circles = _write(staging, made, drawn, told, progress, crew, template)
            progress("audit of the files")
            audited.refuse_leaks(audited.audit_files(staging, made.publishable))
            ledger.write_ledger(staging, made.prepared)
            notes = {
                **memory.notes_of_results(taken, year, made.publishable),
                **memory.notes_of_members(made.prepared),
                **memory.notes_of_places(taken, drawn),
                **memory.notes_of_pages(taken, year, made.publishable, circles.written),
            }
            left = memory.after(taken, notes)
            provenance.write_manifests(staging, study, year, made.prepared.waves, told.recorded, left)
            if remember:
                memory.hand_over(taken, notes, staging, target, say)
            else:
                edition.put(staging, target)
    for page in circles.failed:
        failing(page)
    return target


def _write(
    staging: Path,
    made: Computed,
    drawn: pd.DataFrame,
    told: Parameters,
    progress: Progress,
    crew: Crew,
    template: Template | None,
) -> Made:
    """Every file of the edition but the manifests; which circle pages were made is returned."""
    publishable, data = made.publishable, staging / DATA
    save_publishable(data, publishable)
    # Figures are drawn and the notebook runs in other processes: files are written meanwhile.
    drawing = template.call(drawings, str(data)) if template else None
    publication.write_internal(staging, made.prepared, publishable, made.findings, made.quotes, drawn)
    progress("circle pages")
    circles = write_circles(staging / "circles", publishable, crew=crew)
    progress("tables and figures")
    publication.write_tables(staging, publishable)
    pictures = drawing.result() if drawing else drawings(str(data))
    publication.write_drawings(staging, pictures)
    progress("running the report's notebook")
    # Both threads need it, and one would see it half made while the other imports it.
    import_module("IPython")
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(publication.run_report, staging, told.year, data, told.title, template)
        shown = figures(publishable, pictures=pictures)
        publication.write_figures(staging, shown)
        executed = running.result()
    progress("HTML, PDF and DOCX")
    publication.write_formats(staging, executed, publishable, told, shown)
    return circles


def drawings(folder: str) -> dict[str, str]:
    """The drawings of an edition's figures, as SVG by name.

    folder  its data, as `load_publishable` takes it
    """
    return {name: figure.svg for name, figure in figures(load_publishable(folder)).items()}


def remake_circles(
    study: Study,
    year: int,
    target: Path,
    circle: str | None,
    progress: Progress = quiet,
    crew: Crew = ALONE,
    tell: Tell = untold,
    anew: bool = False,
    say: memory.Tell = quiet,
) -> Made:
    """A new whole edition in which only the circle pages are rebuilt from the present records.

    circle  only this circle's page (its id or name) is rebuilt
    crew    as `make_edition` takes it
    tell    as `write_circles` takes it
    anew    the pages made before were handed out to nobody: what they showed is forgotten
    say     as `make_edition` takes it
    Returns how many pages were rebuilt and which could not be. Raises EditionError when there is no edition
    yet, or no such circle.
    """
    record = provenance.read_record(target)
    with edition.staged(target) as staging:
        with edition.writing(target.name):
            shutil.copytree(target, staging, dirs_exist_ok=True)
            shutil.rmtree(staging / memory.KEPT, ignore_errors=True)
            taken = memory.take(study, year, staging)
            if anew:
                memory.forget_pages(taken, year, circle)
        computed = _computed(taken.study, year, progress, crew=crew)
        with edition.writing(target.name):
            made = write_circles(staging / "circles", computed.publishable, circle, crew, tell)
            notes = memory.notes_of_pages(taken, year, computed.publishable, made.written)
            left = memory.after(taken, notes)
            waves = computed.prepared.waves
            provenance.write_manifests(staging, study, year, waves, record.parameters, left)
            memory.hand_over(taken, notes, staging, target, say)
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
    """What may be shown of an edition: from its data folder (with the drawings of that edition), or, opened
    by hand (no folder), computed from the study that `ksn explore` names, else from the demo study.

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
    head = told["study"]
    lists = {"headline": tuple(head["headline"]), "corrected": tuple(map(tuple, head["corrected"]))}
    frames: dict[str, Any] = {name: pd.read_parquet(place / f"{name}.parquet") for name in FRAMES}
    return Publishable(
        **frames,
        curves=curves,
        study=StudyInfo(**{**head, **lists}),
        labels={name: told["labels"][name] for name in told["order"]},
        quotes=reopened(pd.read_parquet(place / "quotes.parquet")),
        pictures=publication.read_drawings(place.parents[1]),
        reviews=CircleReviews(
            **{f.name: pd.read_parquet(place / f"review_{f.name}.parquet") for f in fields(CircleReviews)}
        ),
    )
