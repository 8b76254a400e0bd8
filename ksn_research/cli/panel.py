"""`ksn panel`: the secret that links members across years."""

from __future__ import annotations

from pathlib import Path

import click

from ksn_research.cli.root import STUDY, cli, study_at


@cli.group()
def panel() -> None:
    """Members linked across years: the study's secret, and past years without codes."""


@panel.command("check")
@STUDY
def panel_check(study: Path | None) -> None:
    """Say whether the study's secret is at hand and is the one that study.toml records."""
    from ksn_research.secret import folder, load, remembered

    plan = study_at(study)
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

    plan = study_at(study)
    if not yes:
        raise click.UsageError(
            f"this rewrites every file of {year} that holds member codes, and cannot be undone; say --yes"
        )
    if plan.panel is None:
        raise click.UsageError("the study declares no [panel]; see docs/handover.md")
    for line in seal(plan, year, load(plan.panel)):
        click.echo(line)
