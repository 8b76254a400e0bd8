"""Starting a study, going on to its next year, and writing its forms: files to fill in, with comments; and
its coded interviews, for another tool."""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable, Table

from ksn_research import resources, secret
from ksn_research.edition import replace_file
from ksn_research.errors import Finding, Origin, PlanError, ReadError
from ksn_research.intake import TOLD
from ksn_research.plan import Instrument, Source, Study, Wave, load_study
from ksn_research.plan.form import read_form
from ksn_research.plan.instrument import load_instrument
from ksn_research.plan.proposals import Draft, proposals
from ksn_research.plan.session_form import CircleList, session_form
from ksn_research.plan.session_sheet import session_workbook
from ksn_research.plan.xlsform import same_question, xlsform_csv, xlsform_markdown, xlsform_workbook
from ksn_research.read import read_export
from ksn_research.read.codebook import write_codebook
from ksn_research.read.coded import read_coded
from ksn_research.read.segments import CodedProject, segments_to_table
from ksn_research.score.sessions import lists_of
from ksn_research.score.tables import table
from ksn_research.score.talk import talk

TEMPLATE = resources.PACKAGE / "templates" / "study"
FILE = "study.toml"
WRITERS: dict[str, Callable[[Instrument], bytes | str]] = {
    ".xlsx": xlsform_workbook,
    ".md": xlsform_markdown,
    ".csv": xlsform_csv,
}
HEADER = "# What changed from one year's questionnaire to the next, reviewed by hand.\n"


def new_study(folder: Path, year: int | None = None) -> Path:
    """Make a study's folder and the secret that links its members across years; return where its first
    export belongs.

    Raises PlanError when the folder already holds something, or the secret cannot be written.
    """
    if folder.is_file() or (folder.exists() and any(folder.iterdir())):
        raise PlanError(
            "the folder is not empty", remedy="name a new folder, or use `ksn new-year`", file=folder.name
        )
    first = year or datetime.date.today().year
    name, mark = secret.make(folder.resolve().name)
    filled = {"__YEAR__": str(first), "__SECRET__": name, "__FINGERPRINT__": mark}
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            for blank, word in filled.items():
                text = text.replace(blank, word)
            target.write_text(text, encoding="utf-8")
    form = folder / "instruments" / "member_survey.md"
    form.rename(form.with_name(f"member_survey-{first}.md"))
    (folder / str(first)).mkdir()
    return folder / str(first) / "member_survey.csv"


def add_year(folder: Path, year: int) -> list[str]:
    """Add a year to a study: its folder, its questionnaires (copies of the newest year's), and the year in
    `study.toml`, whose comments and order stay as they are. Returns what was done, in words.

    A study that has the year already gets drafts for its crosswalks instead, see `draft_changes`.
    """
    study = load_study(folder)
    if year in study.years:
        return draft_changes(study, year)
    newest = max((known for known in study.years if known < year), default=study.years[-1])
    told = [f"{folder / str(year)}: put the year's exports here"]
    (folder / str(year)).mkdir(exist_ok=True)
    for form in sorted((folder / "instruments").glob(f"*-{newest}.*")):
        copy = form.with_name(form.name.replace(f"-{newest}.", f"-{year}."))
        if not copy.exists():
            shutil.copyfile(form, copy)
            told.append(f"{copy}: change what is asked differently, then run `ksn new-year` again")
    _declare(folder / FILE, year)
    return [*told, f"{folder / FILE}: {year} added to years; look whether every source has records of it"]


def draft_changes(study: Study, year: int) -> list[str]:
    """Append to the crosswalks a draft for every change of a year's questionnaires that they say nothing of.

    A draft has `comparable = "review"`, so that nothing is compared by it; a question that looks renamed and
    choices that look moved are proposed in it. What stands in a crosswalk is never touched; comments stay.
    Returns what is to be reviewed, in words.
    """
    told: list[str] = []
    for now, before in _forms(study, year).values():
        path = study.folder / "crosswalks" / f"{now.name}.toml"
        drafts = proposals(before, now)
        if drafts:
            _append(path, year, drafts)
        left = [name for name, change in now.changes.items() if change.comparable == "review"]
        told += [f"{path}: still to be reviewed: {name}" for name in left]
        told += [f"{path}: to be reviewed: {draft.question}: {draft.said}" for draft in drafts]
    return told or [f"nothing to review: the crosswalks say something of every change of {year}"]


def _forms(study: Study, year: int) -> dict[str, tuple[Instrument, Instrument]]:
    """By instrument, a year's form and that of the wave before of another year."""
    forms: dict[str, tuple[Instrument, Instrument]] = {}
    for source in study.sources.values():
        waves = [
            w for w in source.waves if w.year is not None and w.year <= year and w.instrument is not None
        ]
        now = [wave.instrument for wave in waves if wave.year == year]
        before = [wave.instrument for wave in waves if wave.year != year]
        if now and before and now[-1] is not None and before[-1] is not None:
            forms.setdefault(now[-1].name, (now[-1], before[-1]))
    return forms


def _append(path: Path, year: int, drafts: list[Draft]) -> None:
    document = _document(path) if path.exists() else tomlkit.parse(HEADER)
    changes = document.get("change", tomlkit.aot())
    for draft in drafts:
        changes.append(
            _entry(year, draft, tomlkit.table() if isinstance(changes, AoT) else tomlkit.inline_table())
        )
    if "change" not in document:
        document.append("change", changes)
    replace_file(path, tomlkit.dumps(document).encode())


def _entry(year: int, draft: Draft, entry: Table | InlineTable) -> Table | InlineTable:
    if isinstance(entry, Table):
        entry.add(tomlkit.comment(draft.said))
    told: dict[str, object] = {"year": year, "question": draft.question}
    if draft.was:
        told["was"] = draft.was
    if draft.choices:
        choices = tomlkit.inline_table()
        choices.update(draft.choices)
        told["choices"] = choices
    for key, value in {**told, "comparable": "review", "reason": ""}.items():
        entry.append(key, value)
    return entry


def _document(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    except TOMLKitError as error:
        raise PlanError(f"not valid TOML ({error})", remedy="mend that line", file=path.name) from None


def _declare(path: Path, year: int) -> None:
    document = _document(path)
    years = document["study"]["years"]
    years.append(year)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def instruments_of(place: Study | Path) -> list[tuple[Instrument, int | None]]:
    """A study's instruments, each year's once; or the one of a form, with the sidecar beside it."""
    if isinstance(place, Path):
        return [(load_instrument(place, place.with_suffix(".toml"), None), None)]
    waves = [wave for source in place.sources.values() for wave in source.waves]
    found = {(w.instrument.name, w.year): (w.instrument, w.year) for w in waves if w.instrument}
    return list(found.values())


def source_of(study: Study, source: str) -> Source:
    """A source by its name. Raises PlanError where there is none."""
    if source not in study.sources:
        raise PlanError(
            f"there is no source `{source}`", remedy=f"use one of {', '.join(study.sources)}", file=FILE
        )
    return study.sources[source]


def instrument_of(study: Study, source: str, year: int | None) -> tuple[Instrument, int | None]:
    """A source's newest instrument not after `year`, and its year. Raises PlanError where it has none."""
    for wave in reversed(source_of(study, source).waves):
        if wave.instrument and (year is None or wave.year is None or wave.year <= year):
            return wave.instrument, wave.year
    raise PlanError(f"`{source}` has no questionnaire", remedy="name a survey source", file=FILE)


def export_instrument(instrument: Instrument, target: Path) -> None:
    """Write an instrument as an XLSForm: .xlsx, .md or .csv.

    pyxform reads what was written, and the questions have to be the same, before it comes to its place:
    whatever stood there stays until then. Raises PlanError otherwise.
    """
    kind = target.suffix.lower()
    if kind not in WRITERS:
        raise PlanError(
            f"a form cannot be written as `{kind}`", remedy="name a file .xlsx, .md or .csv", file=target.name
        )
    made = WRITERS[kind](instrument)
    data = made if isinstance(made, bytes) else made.encode()
    with tempfile.TemporaryDirectory() as place:
        trial = Path(place) / f"{target.stem}{kind}"
        trial.write_bytes(data)
        again = read_form(trial, instrument.language)
    for name, question in instrument.questions.items():
        if name not in again.questions or not same_question(question, again.questions[name]):
            raise PlanError(
                f"`{name}` would not come back the same from the written form",
                remedy="look at its labels, choices and conditions",
                file=target.name,
            )
    replace_file(target, data)


def coded_of(study: Study, source: str, year: int | None) -> tuple[list[CodedProject], int | None]:
    """A source's coded interviews of its newest year not after `year`, one project per wave, and that year.
    Interviews whose consent was withdrawn are left out.

    Raises PlanError where there is no such source or year, ReadError where a file cannot be read, or has
    something that blocks: a consent ledger that is not understood keeps nobody out.
    """
    waves = [w for w in source_of(study, source).waves if year is None or w.year is None or w.year <= year]
    if not waves:
        raise PlanError(f"`{source}` has no wave up to {year}", remedy="name a later year", file=FILE)
    own = [wave for wave in waves if wave.year == waves[-1].year]
    return [_coded(source, wave) for wave in own], own[-1].year


def _coded(source: str, wave: Wave) -> CodedProject:
    project = read_coded(wave.file, source, wave.options)
    ledger = read_export(wave.options["consent"], source, "csv") if "consent" in wave.options else None
    _, interviews, _, findings = talk(project, ledger, Origin(source, wave.year, wave.name, wave.file.name))
    _stop([*project.findings, *findings])
    kept = set(interviews.loc[~interviews["withdrawn"], "interview"])
    here, told = (frame["interview"].isin(kept) for frame in (project.segments, project.interviews))
    return replace(project, segments=project.segments[here], interviews=project.interviews[told])


def _stop(findings: list[Finding]) -> None:
    """Raise ReadError for the first finding that blocks."""
    for found in findings:
        if found.severity == "block":
            raise ReadError(
                found.problem, remedy=found.remedy, file=found.file, row=found.row, column=found.column
            )


def codes_of(projects: list[CodedProject]) -> pd.DataFrame:
    """The codes of several waves, each once."""
    return pd.concat([project.codes for project in projects]).drop_duplicates("code", ignore_index=True)


def export_codes(projects: list[CodedProject], target: Path) -> int:
    """Write the codes of coded interviews as a REFI-QDA codebook (.qdc), with definitions; how many.
    Raises PlanError where there are none."""
    codes = codes_of(projects)
    if codes.empty:
        raise PlanError("there is no code to write", remedy="code an interview first", file=target.name)
    replace_file(target, write_codebook(codes))
    return len(codes)


def export_segments(projects: list[CodedProject], target: Path) -> int:
    """Write the coded passages as a table (CSV, see `segments_to_table`), which the format `segments` reads
    again; how many passages. Codes that were never used are not in it."""
    table = pd.concat([segments_to_table(project) for project in projects], ignore_index=True).fillna("")
    replace_file(target, table.to_csv(index=False, lineterminator="\n").encode())
    return int((table["code"] != "").sum())


def circle_lists(study: Study, year: int, only: tuple[str, ...] = ()) -> tuple[CircleList, ...]:
    """The study's circles with their members by the newest list not after `year`; none where it has no list.

    only  codes of the circles that are wanted; all without

    Raises PlanError for a circle that is not on the list, ReadError where the list cannot be read.
    """
    sources = [source for source in study.sources.values() if source.kind == "circles"]
    waves = [(s, w) for s in sources for w in s.waves if w.year is None or w.year <= year]
    newest = max((w.year or 0 for _, w in waves), default=0)
    frames = [_circles(s.name, w) for s, w in waves if (w.year or 0) == newest]
    lists = lists_of(pd.concat(frames, ignore_index=True)) if frames else ()
    lacking = [circle for circle in only if circle not in {one.circle for one in lists}]
    if lacking:
        raise PlanError(
            f"there is no circle `{lacking[0]}` on the list of circles",
            remedy=f"use one of {', '.join(one.circle for one in lists) or 'those it is to hold'}",
            file=FILE,
        )
    return tuple(one for one in lists if not only or one.circle in only)


def _circles(source: str, wave: Wave) -> pd.DataFrame:
    told = {name: wave.options[name] for name in TOLD if name in wave.options}
    frame, _, findings = table(read_export(wave.file, source, **told), wave, source, "circles")
    _stop(findings)
    return frame


def write_session_forms(lists: tuple[CircleList, ...], study: Study, year: int, folder: Path) -> list[Path]:
    """Write the facilitator's session form (XLSForm, validated by pyxform) and attendance sheet; where."""
    form, sheet = folder / "session_form.xlsx", folder / "session_sheet.xlsx"
    export_instrument(session_form(lists, f"Session form {year}: {study.title}"), form)
    replace_file(sheet, session_workbook(lists, year))
    return [form, sheet]
