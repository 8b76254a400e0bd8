"""`ksn instrument`: questionnaires, and codebooks of interviews."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ksn_research.cli.root import STUDY, YEAR, cli, show_changes, study_at

if TYPE_CHECKING:
    from ksn_research.plan import Study


@cli.group()
def instrument() -> None:
    """Look at a study's questionnaires, and the codebooks of its interviews."""


@instrument.command("check")
@STUDY
def instrument_check(study: Path | None) -> None:
    """Validate every instrument with pyxform, and its sidecar against it; exit 1 when one cannot be fielded.

    STUDY may also be a single form.
    """
    from ksn_research.plan.advice import form_findings
    from ksn_research.scaffold import instruments_of

    blocked = False
    for one, year in instruments_of(study) if study and study.is_file() else instruments_of(study_at(study)):
        held = f"{len(one.questions)} questions, {len(one.scales)} scales, {len(one.measures)} measures"
        click.echo(f"{one.name} {year or ''}".rstrip() + f": {held}")
        findings = form_findings(one, year)
        for finding in findings:
            click.echo(f"  [{finding.severity}] {finding}")
        blocked = blocked or any(finding.severity == "block" for finding in findings)
    sys.exit(1 if blocked else 0)


@instrument.command("export")
@click.argument("source")
@STUDY
@YEAR
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A questionnaire: FILE.xlsx for Kobo, ODK and SurveyCTO, FILE.md or FILE.csv for review. "
    "Interviews: FILE.qdc for the codebook, FILE.csv for the coded passages. "
    "reports/<source>-<year>.xlsx, or .qdc, without it.",
)
def instrument_export(source: str, study: Path | None, year: int | None, out: Path | None) -> None:
    """Write one source's questionnaire as an XLSForm; of interviews the codebook, or the coded passages."""
    from ksn_research.scaffold import export_instrument, instrument_of, source_of

    plan = study_at(study)
    if source_of(plan, source).kind == "interviews":
        _export_coded(plan, source, year, out)
        return
    one, taken = instrument_of(plan, source, year)
    target = out or _target(source, taken, ".xlsx")
    export_instrument(one, target)
    click.echo(f"The form is in {target}: {len(one.questions)} questions")


def _export_coded(plan: Study, source: str, year: int | None, out: Path | None) -> None:
    from ksn_research.errors import PlanError
    from ksn_research.scaffold import coded_of, export_codes, export_segments

    if out is not None and out.suffix.lower() not in (".qdc", ".csv"):
        raise PlanError(
            f"coded interviews cannot be written as `{out.suffix}`",
            remedy="name a file .qdc for the codebook, or .csv for the coded passages",
            file=out.name,
        )
    projects, taken = coded_of(plan, source, year)
    target = out or _target(source, taken, ".qdc")
    if target.suffix.lower() == ".qdc":
        click.echo(f"The codebook is in {target}: {export_codes(projects, target)} codes")
        return
    click.echo(f"The coded passages are in {target}: {export_segments(projects, target)} passages")
    click.echo("  it holds what people said: keep it where the transcripts are kept")


def _target(source: str, year: int | None, kind: str) -> Path:
    return Path("reports") / f"{source}{f'-{year}' if year else ''}{kind}"


@instrument.command("session-form")
@STUDY
@YEAR
@click.option("--circle", multiple=True, help="Only this circle, by its code; may be given several times.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write into."
)
def instrument_session_form(study: Path | None, year: int | None, circle: tuple[str, ...], out: Path) -> None:
    """Write what a facilitator fills in after a meeting: who came, guests, a note.

    FOLDER/session_form.xlsx is an XLSForm for Kobo, ODK and SurveyCTO, FOLDER/session_sheet.xlsx a workbook.
    """
    from ksn_research.scaffold import circle_lists, write_session_forms

    plan = study_at(study)
    taken = year or plan.years[-1]
    lists = circle_lists(plan, taken, circle)
    form, sheet = write_session_forms(lists, plan, taken, out)
    members = len({code for one in lists for code, _ in one.members})
    told = f"{len(lists)} circles, {members} members" if lists else "no list of circles: empty lines"
    click.echo(f"The form is in {form}, the sheet in {sheet}: {told}")
    if lists:
        click.echo("  they hold member codes and no names: keep the list of who has which code apart")


@instrument.command("diff")
@click.argument("year_a", type=int)
@click.argument("year_b", type=int)
@STUDY
@click.option("--source", help="Only this source's questionnaire.")
def instrument_diff(year_a: int, year_b: int, study: Path | None, source: str | None) -> None:
    """What changed between two years' questionnaires, and what becomes of each trend."""
    from ksn_research.review import compare_questionnaires

    show_changes(compare_questionnaires(study_at(study), year_a, year_b, source), year_a, year_b)


@instrument.command("draft")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="FILE.md, FILE.xlsx or FILE.csv.")
@click.option("--language", help="The language of a LimeSurvey questionnaire's texts.")
def instrument_draft(file: Path, out: Path, language: str | None) -> None:
    """Draft an XLSForm from a REDCap dictionary or a LimeSurvey questionnaire, for you to go over."""
    from ksn_research.read.draft import draft_instrument
    from ksn_research.scaffold import export_instrument

    one = draft_instrument(file, language)
    export_instrument(one, out)
    click.echo(f"The draft is in {out}: {len(one.questions)} questions")
    for line in one.warnings:
        click.echo(f"  to look at: {line}")
    if one.columns:
        click.echo("Names that had to change, for the sidecar beside the form:")
        click.echo("  [columns.<year>]")
        for question, column in one.columns.items():
            click.echo(f'  {question} = "{column}"')


@instrument.command("codebook")
@click.argument("source")
@STUDY
@YEAR
def instrument_codebook(source: str, study: Path | None, year: int | None) -> None:
    """Print the codebook of one source's questionnaire, or of its interviews."""
    import pandas as pd

    from ksn_research.review import codebook, codes_in_words
    from ksn_research.scaffold import coded_of, codes_of, source_of

    plan = study_at(study)
    if source_of(plan, source).kind != "interviews":
        click.echo(codebook(plan, source, year))
        return
    projects, _ = coded_of(plan, source, year)
    passages = [project.segments for project in projects]
    click.echo(codes_in_words(codes_of(projects), pd.concat(passages)))


@instrument.command("coding-sheet")
@STUDY
@click.option("--source", required=True, help="The survey whose comments are coded.")
@YEAR
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="FILE.xlsx or FILE.csv; the sheet that study.toml names, without it.",
)
def instrument_coding_sheet(study: Path | None, source: str, year: int | None, out: Path | None) -> None:
    """Write the sheet in which a survey's open comments are coded, one line a comment.

    A sheet that is there is never written anew: comments that it lacks are added below, all codes stay.
    """
    from ksn_research.cli.coding import write_coding_sheet

    file, new, before = write_coding_sheet(study_at(study), source, year, out)
    click.echo(f"The coding sheet is in {file}: {new} comments added, {before} were there")
    click.echo("  it holds what people wrote: keep it where the answers are kept, and send it to nobody")
