"""Commands that make an edition, or look at one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ksn_research.cli.root import STUDY, YEAR, cli, progress, study_at

if TYPE_CHECKING:
    from ksn_research.circle_edition import Failed, Tell


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
    failed: list[Failed] = []
    with progress(plan) as step:
        make_edition(plan, chosen, target, given, step, workers=os.cpu_count() or 1, failing=failed.append)
    click.echo(f"The edition is in {target}")
    click.echo(f"  to post:          {target / 'public' / 'report.html'}")
    if any((target / "circles").iterdir()):
        click.echo(f"  for facilitators: {target / 'circles' / 'index.html'}")
    click.echo(f"  internal:         {target / 'internal' / 'checks.html'}")
    _end_with(failed)


@cli.command()
@STUDY
@YEAR
@click.option("--circle", help="Only this circle's page is rebuilt.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The edition's folder; reports/<study>-<year> without it."
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Processes that make pages; as many as cores without it."
)
@click.option(
    "--anew", is_flag=True, help="The pages made before were handed out to nobody: forget what they showed."
)
def circles(
    study: Path | None,
    year: int | None,
    circle: str | None,
    out: Path | None,
    workers: int | None,
    anew: bool,
) -> None:
    """Rebuild the circle pages of an edition, as a new whole edition; exit code 1 when one fails."""
    from ksn_research.report import remake_circles, year_of

    plan = study_at(study)
    chosen = year_of(plan, year)
    target = out or Path("reports") / f"{plan.name}-{chosen}"
    with progress(plan) as step, _pages() as tell:
        most = workers or os.cpu_count() or 1
        made = remake_circles(plan, chosen, target, circle, step, most, tell, anew)
    click.echo(f"{made.pages} circle pages are in {target / 'circles'}")
    _end_with(list(made.failed))


@contextmanager
def _pages() -> Iterator[Tell]:
    """A bar of circle pages with the time left, from the first page on; silence without a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("circle pages"), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("circle pages", total=None)

    def tell(done: int, total: int) -> None:
        if done == 1:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        bar.stop()


def _end_with(failed: list[Failed]) -> None:
    """Say which circle pages could not be made, and end with 1 where there are any."""
    for page in failed:
        click.echo(f"no page for {page.name}: {page.why}", err=True)
    if failed:
        click.echo(f"{len(failed)} circle pages could not be made; the others are there", err=True)
        sys.exit(1)


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
