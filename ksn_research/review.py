"""Looking at what is there: checks, comparison of years, codebooks, where a number comes from, and whether
an edition can be made again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ksn_research import edition, pipeline
from ksn_research.check import check
from ksn_research.errors import EditionError, PlanError
from ksn_research.pipeline import Progress, quiet
from ksn_research.plan import Instrument, Question, Study
from ksn_research.render.checks import checks_page
from ksn_research.report import DATA, compute, load_publishable, make_edition
from ksn_research.results import KEY

SAME = [name for name in KEY if name != "year"]


def check_study(study: Study, year: int, folder: Path, progress: Progress = quiet) -> pd.DataFrame:
    """Read and check only; writes checks.html and checks.csv and returns the findings."""
    findings = check(pipeline.prepare(study, year, progress))
    folder.mkdir(parents=True, exist_ok=True)
    edition.replace_file(folder / "checks.html", checks_page(findings, study.title).encode())
    edition.replace_file(folder / "checks.csv", findings.to_csv(index=False, lineterminator="\n").encode())
    return findings


def compare_years(
    study: Study, year_a: int, year_b: int, progress: Progress = quiet
) -> tuple[list[str], pd.DataFrame]:
    """Differences of the questionnaires in words, and publishable results that stand in both years.

    The frame has the key without the year, then estimate_a, estimate_b, difference, status_a, status_b.
    """
    a, b = (compute(study, year, progress)[1].results for year in (year_a, year_b))
    a, b = a[a["year"] == year_a], b[b["year"] == year_b]
    columns = [*SAME, "estimate", "status"]
    both = a[columns].merge(b[columns], on=SAME, suffixes=("_a", "_b"))
    both.insert(len(SAME) + 2, "difference", both.pop("estimate_b") - both["estimate_a"])
    both.insert(len(SAME) + 1, "estimate_b", both["estimate_a"] + both["difference"])
    return list(_questionnaires(study, year_a, year_b)), both


def codebook(study: Study, source: str, year: int | None) -> str:
    """One source's questionnaire in words, its newest wave not after `year`."""
    if source not in study.sources:
        raise PlanError(
            f"there is no source `{source}`",
            remedy=f"use one of {', '.join(study.sources)}",
            file="study.toml",
        )
    waves = [w for w in study.sources[source].waves if year is None or w.year is None or w.year <= year]
    if not waves or waves[-1].instrument is None:
        raise PlanError(f"`{source}` has no questionnaire", remedy="name a survey source", file="study.toml")
    return "\n".join(_codebook(waves[-1].instrument))


def verify_edition(folder: Path, study: Study, progress: Progress = quiet) -> list[str]:
    """What keeps an edition from being reproduced: inputs that changed, or published files that differ."""
    manifest = edition.read_manifest(folder)
    if manifest["study"] != study.name:
        raise EditionError(
            f"the edition is of the study {manifest['study']}, not {study.name}",
            remedy="name its study after the edition",
            file=folder.name,
        )
    with tempfile.TemporaryDirectory() as place:
        rebuilt = Path(place) / "edition"
        told = {"title": manifest["parameters"]["title"]}
        make_edition(study, manifest["year"], rebuilt, told, progress, remember=False)
        now = edition.read_manifest(rebuilt)
        return [*_changed_inputs(manifest, now), *edition.compare_outputs(folder, rebuilt)]


def explain_result(folder: Path, result: str) -> str:
    """Where a published number comes from: its row, its files, its wording, its method, the versions."""
    manifest = edition.read_manifest(folder)
    shown = load_publishable(str(folder / DATA))
    rows = shown.results[shown.results["id"] == result]
    if rows.empty:
        raise EditionError(f"there is no result `{result}`", remedy="take an id from public/results.csv")
    row = rows.iloc[0].dropna()
    lines = [f"{name:>12}  {value}" for name, value in row.items() if str(value) != ""]
    wording = shown.labels.get(row["measure"])
    lines += [f"{'wording':>12}  {wording}"] if wording else []
    accounts = shown.results[
        (shown.results["analysis"] == "rows") & (shown.results["source"] == row["source"])
    ]
    for _, line in accounts.iterrows():
        lines.append(
            f"{'rows':>12}  {line['measure']} ({line['year']}): {line['statistic'].replace('_', ' ')} "
            f"{int(line['estimate'])} {line['category']}".rstrip()
        )
    used = set(accounts["measure"])
    lines += [f"{'file':>12}  {n}  sha256 {d}" for n, d in manifest["inputs"].items() if Path(n).name in used]
    lines += [f"{'version':>12}  {n} {v}" for n, v in manifest["versions"].items()]
    return "\n".join(lines)


def _changed_inputs(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*before["inputs"], *now["inputs"]}):
        if before["inputs"].get(name) != now["inputs"].get(name):
            yield f"input {name}: changed since the edition was made"


def _questionnaires(study: Study, year_a: int, year_b: int) -> Iterator[str]:
    for source in study.sources.values():
        found = {wave.year: wave.instrument for wave in source.waves}
        a, b = found.get(year_a), found.get(year_b)
        if a is not None and b is not None:
            yield from (f"{source.name}: {line}" for line in _differences(a, b))


def _differences(a: Instrument, b: Instrument) -> Iterator[str]:
    for name in a.questions.keys() - b.questions.keys():
        yield f"{name} is no longer asked"
    for name in b.questions.keys() - a.questions.keys():
        yield f"{name} is new"
    for name, now in b.questions.items():
        before = a.questions.get(name)
        if before is not None:
            yield from _reworded(before, now)


def _reworded(before: Question, now: Question) -> Iterator[str]:
    said = now.change or "declared comparable in the crosswalk"
    if (before.label, before.heading) != (now.label, now.heading):
        yield f"{now.name} was reworded ({said})"
    if [c.label for c in before.choices] != [c.label for c in now.choices]:
        yield f"{now.name} has other choices ({said})"


def _codebook(instrument: Instrument) -> Iterator[str]:
    yield instrument.title
    for question in instrument.questions.values():
        stem = f"{question.heading} - " if question.heading else ""
        yield f"\n{question.name} ({question.type}): {stem}{question.label}"
        for choice in question.choices:
            kind = f"  [{choice.missing}]" if choice.missing else ""
            yield f"    {choice.name} = {choice.label}{kind}"
    for scale in instrument.scales.values():
        reverse = f"; reversed: {', '.join(scale.reverse)}" if scale.reverse else ""
        yield f"\nscale {scale.name}: {scale.label}\n    mean of {', '.join(scale.items)}{reverse}"
