"""Looking at what is there: checks, comparison of years, codebooks, and whether an edition can be made
again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ksn_research import edition, memory, pipeline, provenance
from ksn_research.analyse.interviews.codebook import codebook_table
from ksn_research.analyse.survey.roster.planning import fieldwork_findings
from ksn_research.check import check
from ksn_research.disclose.comments import readable_comments
from ksn_research.disclose.quotes import judged
from ksn_research.errors import EditionError, Finding, KsnError, PlanError
from ksn_research.forked import Template
from ksn_research.pipeline import Progress, quiet
from ksn_research.plan import Instrument, Question, Study, quotes, waves_for
from ksn_research.plan.aliases import names_file, with_drafts
from ksn_research.plan.crosswalk import composed
from ksn_research.plan.drift import BEGINS, BROKEN, ENDS, MARKED, UNCHANGED, drift
from ksn_research.prepared import Prepared
from ksn_research.render.checks import checks_page
from ksn_research.report import compute, make_edition
from ksn_research.results import KEY

SAME = [name for name in KEY if name != "year"]
WORST_FIRST = (BROKEN, ENDS, BEGINS, MARKED, UNCHANGED)


def check_study(study: Study, year: int, folder: Path, progress: Progress = quiet) -> pd.DataFrame:
    """Read and check only; writes checks.html and checks.csv and returns the findings.

    Names of a network that nearly fit the roster are drafted in the study's crosswalks, for review; so are
    terms of quotes that nobody has cleared.
    """
    prepared = pipeline.prepare(study, year, progress)
    findings = check(prepared, [*fieldwork_findings(prepared), *_drafts(prepared)])
    folder.mkdir(parents=True, exist_ok=True)
    page = checks_page(findings, study.title, prepared.accounts, prepared.answers, prepared.naming)
    edition.replace_file(folder / "checks.html", page.encode())
    edition.replace_file(folder / "checks.csv", findings.to_csv(index=False, lineterminator="\n").encode())
    return findings


def _drafts(prepared: Prepared) -> Iterator[Finding]:
    """Lines for people to decide on, appended to the study's crosswalks, with a finding for each file."""
    folder = prepared.study.folder
    for source, proposals in prepared.proposals.items():
        path = names_file(folder, source)
        said = (
            "names that nearly fit the roster were drafted for review",
            "confirm each line, or write unknown",
        )
        yield from _drafted(source, path, with_drafts(path, proposals), *said)
    for source, one in judged(prepared).items():
        path = quotes.terms_file(folder, source)
        said = (
            "terms of quotes were drafted for review; their quotes are not printed yet",
            "write cleared, or identifying, in each line",
        )
        yield from _drafted(source, path, quotes.with_drafts(path, one.gated.review), *said)
    for source, terms in readable_comments(prepared).terms.items():
        path = quotes.terms_file(folder, source)
        said = (
            "terms of comments were drafted for review; their comments are not printed yet",
            "write cleared, or identifying, in each line",
        )
        yield from _drafted(source, path, quotes.with_drafts(path, terms), *said)


def _drafted(
    source: str, path: Path, drafted: tuple[str, int], problem: str, remedy: str
) -> Iterator[Finding]:
    text, new = drafted
    if new:
        edition.replace_file(path, text.encode())
        yield Finding(
            severity="note",
            source=source,
            file=path.name,
            problem=f"{new} {problem}",
            remedy=f"look at crosswalks/{path.name}: {remedy}",
            count=new,
        )


@dataclass(frozen=True)
class Compared:
    """One source's questionnaires of two years.

    drift   one row per change, see `plan.drift.drift`
    trends  one row per scale, declared share and reported question: kind, name, effect (what becomes of its
            line), why
    """

    source: str
    drift: pd.DataFrame
    trends: pd.DataFrame


def compare_questionnaires(
    study: Study, year_a: int, year_b: int, source: str | None = None
) -> list[Compared]:
    """What changed from one year's questionnaires to another's, in every source that asked in both.

    Raises PlanError for a source that the study does not have, or that did not ask in both years.
    """
    if source is not None and source not in study.sources:
        known = ", ".join(study.sources)
        raise PlanError(f"there is no source `{source}`", remedy=f"use one of {known}", file="study.toml")
    found = []
    for one in study.sources.values():
        if source in (None, one.name):
            years = {wave.year: wave.instrument for wave in one.waves if wave.instrument is not None}
            if {year_a, year_b} <= years.keys():
                found.append(_compared(one.name, years, year_a, year_b))
    if source is not None and not found:
        raise PlanError(
            f"`{source}` has no questionnaire in both {year_a} and {year_b}",
            remedy="name two of its years",
            file="study.toml",
        )
    return found


def compare_results(study: Study, year_a: int, year_b: int, progress: Progress = quiet) -> pd.DataFrame:
    """Publishable results that stand in both years: the key without the year, then estimate_a, estimate_b,
    difference, status_a, status_b."""
    a, b = (compute(study, year, progress)[1].results for year in (year_a, year_b))
    a, b = a[a["year"] == year_a], b[b["year"] == year_b]
    columns = [*SAME, "estimate", "status"]
    both = a[columns].merge(b[columns], on=SAME, suffixes=("_a", "_b"))
    both.insert(len(SAME) + 2, "difference", both.pop("estimate_b") - both["estimate_a"])
    both.insert(len(SAME) + 1, "estimate_b", both["estimate_a"] + both["difference"])
    return both


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


def codes_in_words(codes: pd.DataFrame, segments: pd.DataFrame) -> str:
    """The codebook of coded interviews: every code below its parent, what it means, and how often it is used.

    >>> book = pd.DataFrame({"code": ["trust"], "parent": [""], "description": ["feels safe"]})
    >>> print(codes_in_words(book, pd.DataFrame({"interview": ["a", "a"], "code": ["trust", "time"]})))
    trust (1 interview, 1 passage): feels safe
    time (1 interview, 1 passage): no definition
    """
    book = codebook_table(codes, segments)
    columns = [book[name] for name in ("depth", "code", "interviews", "segments", "definition")]
    return "\n".join(
        f"{'    ' * (int(depth) - 1)}{code} ({_number(heard, 'interview')}, {_number(coded, 'passage')}): "
        f"{meant or 'no definition'}"
        for depth, code, heard, coded, meant in zip(*columns, strict=True)
    )


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class Verified:
    """What came of making an edition again.

    files   published files that do not come out the same, and how; empty where the edition is reproduced
    inputs  inputs that are not as they were
    means   what has changed in the programme and its packages
    failed  why it could not be made again, "" where it could
    """

    files: tuple[str, ...]
    inputs: tuple[str, ...]
    means: tuple[str, ...]
    failed: str = ""

    @property
    def reproduced(self) -> bool:
        """Whether every published file came out byte for byte; what changed without effect is no matter."""
        return not self.files and not self.failed


def verify_edition(
    folder: Path, study: Study, progress: Progress = quiet, template: Template | None = None
) -> Verified:
    """Make an edition again, from the study's records and from what the study remembered then (the edition
    keeps it), and compare every published file.

    The public manifests are compared but for versions, which they exist to record, and digests of files,
    which are compared by themselves. Raises EditionError when the folder is no edition, or one of another
    study.
    """
    record = provenance.read_record(folder)
    if record.study != study.name:
        raise EditionError(
            f"the edition is of the study {record.study}, not {study.name}",
            remedy="name its study after the edition",
            file=folder.name,
        )
    waves = {name: waves_for(source, record.year) for name, source in study.sources.items()}
    inputs = tuple(provenance.changed_inputs(folder, study, waves))
    means = tuple(provenance.changed_means(record))
    then = replace(study, memory=folder / memory.KEPT)
    with tempfile.TemporaryDirectory() as place:
        rebuilt = Path(place) / "edition"
        try:
            make_edition(
                then, record.year, rebuilt, record.parameters, progress, remember=False, template=template
            )
        except KsnError as error:
            return Verified((), inputs, means, str(error))
        return Verified(
            (*edition.compare_outputs(folder, rebuilt), *_manifests(folder, rebuilt)), inputs, means
        )


def _manifests(folder: Path, rebuilt: Path) -> list[str]:
    same = provenance.same_manifest(folder, rebuilt)
    return [] if same else [f"public/{edition.MANIFEST}: different"]


def _compared(source: str, years: Mapping[int | None, Instrument], year_a: int, year_b: int) -> Compared:
    first, last = sorted((year_a, year_b))
    path = [years[year] for year in sorted(filter(None, years)) if first < year <= last]
    older, newer, changes = years[first], years[last], composed(path)
    found = drift(older, newer, changes)
    return Compared(source, found, _trends(older, newer, found))


def _trends(older: Instrument, newer: Instrument, found: pd.DataFrame) -> pd.DataFrame:
    """What becomes of every line: a question's by its worst change, a scale's by its items'."""
    own = {name: _worst(found[found["question"] == name]) for name in newer.questions}
    rows = []
    for scale in newer.scales.values():
        rows.append(("scale", scale.name, *_worst_of([own[item] for item in scale.items])))
    for measure in newer.measures.values():
        rows.append(("share", measure.name, *own[measure.question]))
    rows += [("question", name, *own[name]) for name, q in newer.questions.items() if _answered(q)]
    gone = found.loc[found["kind"] == "dropped", "question"]
    rows += [("question", name, ENDS, "") for name in gone if _answered(older.questions[name])]
    for kind, before, now in (
        ("scale", older.scales, newer.scales),
        ("share", older.measures, newer.measures),
    ):
        rows += [(kind, name, ENDS, "") for name in before if name not in now]
    return pd.DataFrame(rows, columns=["kind", "name", "effect", "why"]).astype("str")


def _answered(question: Question) -> bool:
    return question.reported and question.type not in ("text", "note")


def _worst(changes: pd.DataFrame) -> tuple[str, str]:
    return _worst_of(list(zip(changes["effect"], changes["reason"], strict=True)))


def _worst_of(said: list[tuple[str, str]]) -> tuple[str, str]:
    worst = min((effect for effect, _ in said), key=WORST_FIRST.index, default=UNCHANGED)
    why = dict.fromkeys(reason for effect, reason in said if effect == worst and effect != UNCHANGED)
    return worst, "; ".join(filter(None, why))


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
