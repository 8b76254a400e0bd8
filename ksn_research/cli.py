"""The command line: load, call, save. What takes long to import is imported by the command that needs it."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ksn_research import __version__
from ksn_research.errors import KsnError

if TYPE_CHECKING:
    from ksn_research.pipeline import Progress
    from ksn_research.plan import Study
    from ksn_research.review import Compared

STUDY = click.argument("study", type=click.Path(path_type=Path), required=False)
YEAR = click.option("--year", type=int, help="The edition's year; the newest without it.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ksn")
def cli() -> None:
    """From a year's raw exports to a published index section and one review page per learning circle.

    STUDY is the folder of a study; without it, the demo study.
    """


def main() -> None:
    """Run a command; say what went wrong in a sentence, never by a traceback."""
    try:
        cli.main(standalone_mode=False)
    except KsnError as error:
        _fail(str(error), 1)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped; nothing was changed", 130)
    except Exception as error:  # its message may hold an answer
        if os.environ.get("KSN_DEBUG"):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        _fail(
            f"a defect of ksn_research ({type(error).__name__} in {where}); please report it, "
            "and set KSN_DEBUG=1 to see more (that may show answers)",
            2,
        )


def _fail(message: str, code: int) -> None:
    click.echo(f"ksn: {message}", err=True)
    sys.exit(code)


@cli.command()
@STUDY
@YEAR
@click.option(
    "--out", type=click.Path(path_type=Path), help="The edition's folder; reports/<study>-<year> without it."
)
@click.option(
    "--formats", default="html", show_default=True, help="Comma-separated; html is what there is so far."
)
@click.option(
    "-p", "--parameter", multiple=True, metavar="NAME=VALUE", help="A parameter of the report, e.g. title=..."
)
def report(
    study: Path | None, year: int | None, out: Path | None, formats: str, parameter: tuple[str, ...]
) -> None:
    """Make an edition: report, results, tables, figures and circle pages."""
    from ksn_research.report import Parameters, check_formats, make_edition, year_of

    check_formats(formats)
    given = Parameters.parse_pairs(parameter)
    plan = _study(study)
    chosen = year_of(plan, year)
    target = out or Path("reports") / f"{plan.name}-{chosen}"
    with _progress(plan) as step:
        make_edition(plan, chosen, target, given, step)
    click.echo(f"The edition is in {target}")
    click.echo(f"  to post:          {target / 'public' / 'report.html'}")
    if any((target / "circles").iterdir()):
        click.echo(f"  for facilitators: {target / 'circles' / 'index.html'}")
    click.echo(f"  internal:         {target / 'internal' / 'checks.html'}")


@cli.command()
@STUDY
@YEAR
@click.option("--circle", help="Only this circle's page is rebuilt.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The edition's folder; reports/<study>-<year> without it."
)
def circles(study: Path | None, year: int | None, circle: str | None, out: Path | None) -> None:
    """Rebuild the circle pages of an edition, as a new whole edition."""
    from ksn_research.report import remake_circles, year_of

    plan = _study(study)
    chosen = year_of(plan, year)
    target = out or Path("reports") / f"{plan.name}-{chosen}"
    with _progress(plan) as step:
        made = remake_circles(plan, chosen, target, circle, step)
    click.echo(f"{made} circle pages are in {target / 'circles'}")


@cli.command()
@STUDY
@YEAR
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where checks.html and checks.csv go; reports/checks/<study>-<year> without it.",
)
def check(study: Path | None, year: int | None, out: Path | None) -> None:
    """Read and check only; exit 1 when something must be mended."""
    import pandas as pd

    from ksn_research.report import year_of
    from ksn_research.review import check_study

    plan = _study(study)
    chosen = year_of(plan, year)
    folder = out or Path("reports") / "checks" / f"{plan.name}-{chosen}"
    with _progress(plan) as step:
        findings = check_study(plan, chosen, folder, step)
    for severity, words in (("block", "must be mended"), ("warn", "to look at"), ("note", "for information")):
        click.echo(f"{int((findings['severity'] == severity).sum()):>6} {words}")
    told = findings[findings["severity"] != "note"]
    groups = list(told.groupby(["severity", "source", "problem", "remedy"], sort=False))
    for _, same in groups[:20]:
        row, more = same.iloc[0], len(same) - 1
        when = "" if pd.isna(row["year"]) else f"{row['year']}: "
        again = f" (and in {more} more {'place' if more == 1 else 'places'})" if more else ""
        click.echo(f"  [{row['severity']}] {when}{_place(row)}{row['problem']}{again}; {row['remedy']}")
    if len(groups) > 20:
        click.echo(f"  ... and {len(groups) - 20} more kinds of finding")
    click.echo(f"All findings are in {folder / 'checks.html'}")
    sys.exit(1 if (findings["severity"] == "block").any() else 0)


@cli.command()
@click.argument("year_a", type=int)
@click.argument("year_b", type=int)
@STUDY
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The CSV; reports/<study>-<year_a>-<year_b>.csv without it.",
)
def compare(year_a: int, year_b: int, study: Path | None, out: Path | None) -> None:
    """What changed between two years, in the questionnaire and in the results."""
    from ksn_research.edition import save_csv
    from ksn_research.report import year_of
    from ksn_research.review import compare_questionnaires, compare_results

    plan = _study(study)
    pair = year_of(plan, year_a), year_of(plan, year_b)
    _show(compare_questionnaires(plan, *pair), *pair)
    with _progress(plan) as step:
        results = compare_results(plan, *pair, step)
    target = out or Path("reports") / f"{plan.name}-{year_a}-{year_b}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    save_csv(target, results)
    click.echo(f"Results: {len(results)} statistics stand in both years; the table is in {target}")


@cli.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--year", type=int, help="The first year; this year without it.")
def new(study: Path, year: int | None) -> None:
    """Start a study: a folder to fill in, with comments."""
    from ksn_research.scaffold import new_study

    made = new_study(study, year)
    click.echo(f"The study is in {study}. Next:")
    click.echo(f"  1. put your member survey's export at {made}")
    click.echo(f"  2. ksn check {study}")
    click.echo(f"  3. ksn report {study}")
    click.echo("Its secret, which finds members again in later years, lies outside it: docs/handover.md.")


@cli.command("new-year")
@click.argument("study", type=click.Path(path_type=Path))
@click.argument("year", type=int)
def new_year(study: Path, year: int) -> None:
    """Add a year: next year's folder and questionnaires from the newest year's.

    Run again when the questionnaires are changed: drafts what is to be reviewed in crosswalks/.
    """
    from ksn_research.scaffold import add_year

    for line in add_year(study, year):
        click.echo(line)


@cli.group()
def instrument() -> None:
    """Look at a study's questionnaires."""


@instrument.command("check")
@STUDY
def instrument_check(study: Path | None) -> None:
    """Validate every instrument with pyxform, and its sidecar against it; exit 1 when one cannot be fielded.

    STUDY may also be a single form.
    """
    from ksn_research.plan.advice import form_findings
    from ksn_research.scaffold import instruments_of

    blocked = False
    for one, year in instruments_of(study) if study and study.is_file() else instruments_of(_study(study)):
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
    help="FILE.xlsx for Kobo, ODK and SurveyCTO, FILE.md or FILE.csv for review; "
    "reports/<source>-<year>.xlsx without it.",
)
def instrument_export(source: str, study: Path | None, year: int | None, out: Path | None) -> None:
    """Write one source's questionnaire as an XLSForm."""
    from ksn_research.scaffold import export_instrument, instrument_of

    one, taken = instrument_of(_study(study), source, year)
    target = out or Path("reports") / (f"{source}-{taken}.xlsx" if taken else f"{source}.xlsx")
    export_instrument(one, target)
    click.echo(f"The form is in {target}: {len(one.questions)} questions")


@instrument.command("diff")
@click.argument("year_a", type=int)
@click.argument("year_b", type=int)
@STUDY
@click.option("--source", help="Only this source's questionnaire.")
def instrument_diff(year_a: int, year_b: int, study: Path | None, source: str | None) -> None:
    """What changed between two years' questionnaires, and what becomes of each trend."""
    from ksn_research.review import compare_questionnaires

    _show(compare_questionnaires(_study(study), year_a, year_b, source), year_a, year_b)


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
    """Print the codebook of one source's questionnaire."""
    from ksn_research.review import codebook

    click.echo(codebook(_study(study), source, year))


@cli.group()
def panel() -> None:
    """Members linked across years: the study's secret, and past years without codes."""


@panel.command("check")
@STUDY
def panel_check(study: Path | None) -> None:
    """Say whether the study's secret is at hand and is the one that study.toml records."""
    from ksn_research.secret import folder, load, remembered

    plan = _study(study)
    if plan.panel is None:
        click.echo("The study declares no [panel]: members are linked by their codes as they stand.")
        return
    load(plan.panel)
    click.echo(f"The secret {plan.panel.secret} is in {folder()} and fits the fingerprint in study.toml.")
    years = [path.stem[-4:] for path in remembered(plan)]
    click.echo(f"  years remembered: {', '.join(years) or 'none'}")
    click.echo(f"  years sealed:     {', '.join(map(str, plan.panel.sealed)) or 'none'}")


@panel.command("seal")
@click.argument("study", type=click.Path(path_type=Path))
@click.argument("year", type=int)
@click.option("--yes", is_flag=True, help="Do it; without this nothing is changed.")
def panel_seal(study: Path, year: int, yes: bool) -> None:
    """Replace the member codes in a past year's files by keys, for good."""
    from ksn_research.seal import seal
    from ksn_research.secret import load

    plan = _study(study)
    if not yes:
        raise click.UsageError(
            f"this rewrites every file of {year} that holds member codes, and cannot be undone; say --yes"
        )
    if plan.panel is None:
        raise click.UsageError("the study declares no [panel]; see docs/handover.md")
    for line in seal(plan, year, load(plan.panel)):
        click.echo(line)


@cli.command()
@click.argument("edition", type=click.Path(path_type=Path))
@STUDY
def verify(edition: Path, study: Path | None) -> None:
    """Rebuild an edition from its recorded inputs and say whether every published file is the same."""
    from ksn_research.review import verify_edition

    plan = _study(study)
    with _progress(plan) as step:
        problems = verify_edition(edition, plan, step)
    for line in problems:
        click.echo(f"  {line}")
    click.echo(
        "The edition is reproduced, byte for byte." if not problems else "The edition is not reproduced."
    )
    sys.exit(1 if problems else 0)


@cli.command()
@click.argument("edition", type=click.Path(path_type=Path))
@click.argument("result_id")
def explain(edition: Path, result_id: str) -> None:
    """Where a number comes from."""
    from ksn_research.review import explain_result

    click.echo(explain_result(edition, result_id))


@cli.command()
@STUDY
def explore(study: Path | None) -> None:
    """Open JupyterLab on the analysis notebooks with the study loaded."""
    import subprocess

    from ksn_research import resources

    plan = _study(study)
    os.environ["KSN_STUDY"] = str(plan.folder.resolve())
    notebooks = resources.shared("notebooks")
    sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", f"--notebook-dir={notebooks}"]))  # noqa: S603


def _study(folder: Path | None) -> Study:
    from ksn_research import resources
    from ksn_research.plan import load_study

    return load_study(folder or resources.demo())


def _show(sources: list[Compared], year_a: int, year_b: int) -> None:
    """Counts first, then each source's changes, then what becomes of its trends."""
    from ksn_research.render.drift import drift_page

    for line in drift_page(
        {one.source: (one.drift, one.trends) for one in sources}, year_a, year_b, _width()
    ):
        click.echo(line)


def _width() -> int:
    return max(80, shutil.get_terminal_size((120, 40)).columns)


def _place(row: object) -> str:
    import pandas as pd

    from ksn_research.errors import place

    number = row["row"]  # type: ignore[index]
    return place(row["file"], None if pd.isna(number) else int(number), row["column"])  # type: ignore[index]


@contextmanager
def _progress(study: Study) -> Iterator[Progress]:
    """A bar with the step's name on a terminal; silence elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from ksn_research.pipeline import SECTIONS

    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=len(study.sources) + len(SECTIONS) + 4)

        def step(name: str) -> None:
            bar.update(task, advance=1, description=name)

        yield step
