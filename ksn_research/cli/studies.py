"""Commands on a study: start it, add a year, check it, compare its years."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ksn_research.cli.root import STUDY, YEAR, cli, progress, show_changes, study_at


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

    plan = study_at(study)
    chosen = year_of(plan, year)
    folder = out or Path("reports") / "checks" / f"{plan.name}-{chosen}"
    with progress(plan) as step:
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

    plan = study_at(study)
    pair = year_of(plan, year_a), year_of(plan, year_b)
    show_changes(compare_questionnaires(plan, *pair), *pair)
    with progress(plan) as step:
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


def _place(row: object) -> str:
    import pandas as pd

    from ksn_research.errors import place

    number = row["row"]  # type: ignore[index]
    return place(row["file"], None if pd.isna(number) else int(number), row["column"])  # type: ignore[index]
