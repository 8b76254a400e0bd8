"""The group of all commands, and what they share: the study, progress, and changes between years."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from ksn_research import __version__

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


def study_at(folder: Path | None) -> Study:
    """The study of a folder; without one the demo study."""
    from ksn_research import resources
    from ksn_research.plan import load_study

    return load_study(folder or resources.demo())


def show_changes(sources: list[Compared], year_a: int, year_b: int) -> None:
    """Counts first, then each source's changes, then what becomes of its trends."""
    from ksn_research.render.drift import drift_page

    for line in drift_page(
        {one.source: (one.drift, one.trends) for one in sources}, year_a, year_b, _width()
    ):
        click.echo(line)


def _width() -> int:
    return max(80, shutil.get_terminal_size((120, 40)).columns)


@contextmanager
def progress(study: Study, timed: bool = False) -> Iterator[Progress]:
    """A bar with the step's name on a terminal; silence elsewhere.

    timed  the command makes an edition, so that its steps are known: how far it is and the time left are told
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    from ksn_research.cli.steps import Course, in_words, of_report
    from ksn_research.pipeline import SECTIONS

    course = Course(of_report(study, SECTIONS), monotonic())

    class TimeLeft(TextColumn):
        def render(self, task: object) -> Text:  # noqa: ARG002 - rich hands it over
            return Text(in_words(course.left(monotonic())))

    columns = [BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn()]
    columns += [TimeLeft("")] if timed else []
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0 if timed else None)

        def step(name: str) -> None:
            course.begin(name, monotonic())
            bar.update(task, description=name, completed=course.share)

        yield step
