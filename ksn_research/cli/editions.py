"""Commands that make an edition, or look at one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from ksn_research.cli.root import STUDY, YEAR, cli, progress, study_at


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
    plan = study_at(study)
    chosen = year_of(plan, year)
    target = out or Path("reports") / f"{plan.name}-{chosen}"
    with progress(plan) as step:
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

    plan = study_at(study)
    chosen = year_of(plan, year)
    target = out or Path("reports") / f"{plan.name}-{chosen}"
    with progress(plan) as step:
        made = remake_circles(plan, chosen, target, circle, step)
    click.echo(f"{made} circle pages are in {target / 'circles'}")


@cli.command()
@click.argument("edition", type=click.Path(path_type=Path))
@STUDY
def verify(edition: Path, study: Path | None) -> None:
    """Rebuild an edition from its recorded inputs and say whether every published file is the same."""
    from ksn_research.review import verify_edition

    plan = study_at(study)
    with progress(plan) as step:
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

    plan = study_at(study)
    os.environ["KSN_STUDY"] = str(plan.folder.resolve())
    notebooks = resources.shared("notebooks")
    sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", f"--notebook-dir={notebooks}"]))  # noqa: S603
