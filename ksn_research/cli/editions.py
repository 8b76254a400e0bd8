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
    from ksn_research.executors import Crew
    from ksn_research.forked import Template


def _executor(context: click.Context, option: click.Parameter, given: str | None) -> str | None:
    """What was given, where it names a cluster."""
    del context, option
    if given is not None:
        from ksn_research.executors import address_of

        try:
            address_of(given)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return given


EXECUTOR = click.option(
    "--executor",
    callback=_executor,
    metavar="dask://HOST:PORT",
    help="A Dask cluster that makes pages and draws; this machine without it.",
)


@cli.command()
@STUDY
@YEAR
@click.option(
    "--out", type=click.Path(path_type=Path), help="The edition's folder; reports/<study>-<year> without it."
)
@click.option("--formats", default="html,pdf,docx", show_default=True, help="Comma-separated.")
@click.option(
    "--anew",
    is_flag=True,
    help="Earlier runs of this year were handed to nobody: forget what they published and showed.",
)
@click.option("--force", is_flag=True, help="Make the edition again though nothing has changed.")
@click.option(
    "-p", "--parameter", multiple=True, metavar="NAME=VALUE", help="A parameter of the report, e.g. title=..."
)
@EXECUTOR
def report(
    study: Path | None,
    year: int | None,
    out: Path | None,
    formats: str,
    anew: bool,
    force: bool,
    parameter: tuple[str, ...],
    executor: str | None,
) -> None:
    """Make an edition: report, results, tables, figures and circle pages."""
    failed: list[Failed] = []
    with _template() as template:
        from ksn_research.parameters import Parameters
        from ksn_research.report import make_edition, year_of
        from ksn_research.unchanged import unchanged

        told = Parameters.parse({**Parameters.parse_pairs(parameter), "formats": formats}).recorded
        plan = study_at(study)
        chosen = year_of(plan, year)
        target = out or Path("reports") / f"{plan.name}-{chosen}"
        same = not (anew or force) and unchanged(target, plan, chosen, told)
        if not same:
            with _crew(executor) as crew, progress(plan, timed=True) as step:
                make_edition(
                    plan, chosen, target, told, step, crew=crew, failing=failed.append, anew=anew, say=_warn,
                    template=template,
                )  # fmt: skip
    unmoved = " still: nothing it depends on has changed (--force makes it again)" if same else ""
    click.echo(f"The edition is in {target}{unmoved}")
    for name in told["formats"].split(","):
        click.echo(f"  to post:          {target / 'public' / f'report.{name}'}")
    if any((target / "circles").iterdir()):
        click.echo(f"  for facilitators: {target / 'circles' / 'index.html'}")
    click.echo(f"  internal:         {target / 'internal' / 'checks.html'}")
    _end_with(failed)


@contextmanager
def _crew(executor: str | None, workers: int | None = None) -> Iterator[Crew]:
    from ksn_research.executors import crew_of
    from ksn_research.provenance import packages

    with crew_of(executor, workers or os.cpu_count() or 1, packages) as crew:
        yield crew


@contextmanager
def _template() -> Iterator[Template | None]:
    """A process to fork kernels and workers from. It imports what they need while we do."""
    from ksn_research.forked import template
    from ksn_research.kernel import MODULES

    with template("ksn_research.report", *MODULES) as made:
        yield made


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
@EXECUTOR
def circles(
    study: Path | None,
    year: int | None,
    circle: str | None,
    out: Path | None,
    workers: int | None,
    anew: bool,
    executor: str | None,
) -> None:
    """Rebuild the circle pages of an edition, as a new whole edition; exit code 1 when one fails."""
    if executor and workers:
        raise click.UsageError("--workers is about this machine; a cluster of --executor has its own")
    from ksn_research.report import remake_circles, year_of

    plan = study_at(study)
    chosen = year_of(plan, year)
    target = out or Path("reports") / f"{plan.name}-{chosen}"
    with _crew(executor, workers) as crew, progress(plan) as step, _pages() as tell:
        made = remake_circles(plan, chosen, target, circle, step, crew, tell, anew, _warn)
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


def _warn(said: str) -> None:
    click.echo(f"ksn: {said}", err=True)


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
    with _template() as template:
        from ksn_research.review import verify_edition

        plan = study_at(study)
        with progress(plan, timed=True) as step:
            found = verify_edition(edition, plan, step, template)
    for line in (*found.files, *found.inputs, *found.means):
        click.echo(f"  {line}")
    if found.failed:
        click.echo(f"It cannot be made again: {found.failed}")
    changed = " What has changed since has no effect on it." if found.inputs or found.means else ""
    click.echo(
        f"The edition is reproduced, byte for byte.{changed}"
        if found.reproduced
        else "The edition is not reproduced."
    )
    sys.exit(0 if found.reproduced else 1)


@cli.command()
@click.argument("edition", type=click.Path(path_type=Path))
@click.argument("result_id")
def explain(edition: Path, result_id: str) -> None:
    """Where a number comes from."""
    from ksn_research.explain import explain_result

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
