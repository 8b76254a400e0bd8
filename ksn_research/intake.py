"""Everything a study has, read and scored: `prepare`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial, reduce

import pandas as pd

from ksn_research import read, secret
from ksn_research.analyse.interviews.codebook import codebook_findings
from ksn_research.errors import Finding, KsnError, Origin
from ksn_research.plan import Source, Study, Wave, waves_for
from ksn_research.plan.aliases import Proposal
from ksn_research.prepared import TABLES, Prepared, blank
from ksn_research.read.coded import read_coded
from ksn_research.read.coding_sheet import load_sheet
from ksn_research.read.events import events
from ksn_research.read.places import load_places
from ksn_research.read.session_sheet import FORMAT as SESSION_SHEET
from ksn_research.read.session_sheet import read_session_sheet
from ksn_research.read.shown_pages import load_shown
from ksn_research.score import comments as commented
from ksn_research.score.accounts import Account, accounts_frame
from ksn_research.score.carry import carry, question_names
from ksn_research.score.events import activity
from ksn_research.score.names import roster_names
from ksn_research.score.panel import link, unlinked
from ksn_research.score.responses import Scored, responses
from ksn_research.score.session_exports import FORMAT as SESSION_FORM
from ksn_research.score.session_exports import of_export
from ksn_research.score.session_sheets import of_sheet
from ksn_research.score.sessions import Entered, tables
from ksn_research.score.tables import records, table
from ksn_research.score.talk import kept_texts, talk
from ksn_research.score.ties import read_ties

Progress = Callable[[str], None]
ORDER = (
    "organisations", "people", "circles", "attendance", "survey", "nominations", "edges", "interviews",
    "activity", "records",
)  # fmt: skip
TOLD = ("format", "encoding", "sheet", "dictionary", "parent", "language")  # what a plan says of a file


def quiet(step: str) -> None:
    """Progress that nobody watches."""


@dataclass
class _Desk:
    """What has been read so far: later sources are matched to the rosters read before them."""

    engine: str = ""
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    scored: dict[str, list[tuple[Wave, Scored]]] = field(default_factory=dict)
    comments: dict[str, list[tuple[Wave, pd.DataFrame]]] = field(default_factory=dict)
    records: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    activity: list = field(default_factory=list)
    coded: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    texts: dict[tuple[str, int | None, str], str] = field(default_factory=dict)
    naming: list[pd.DataFrame] = field(default_factory=list)
    proposals: dict[str, list[Proposal]] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def themes(self) -> dict[str, pd.DataFrame]:
        """What comments speak of, by survey, under the name that records of them have."""
        return {f"{name}.comments": commented.spelled(self.coded.get(name, [])) for name in self.comments}

    def add(self, name: str, frame: pd.DataFrame) -> None:
        self.tables.setdefault(name, []).append(frame)

    def table(self, name: str) -> pd.DataFrame:
        frames = [frame for frame in self.tables.get(name, []) if len(frame)]
        return pd.concat(frames, ignore_index=True) if frames else blank(name)

    def names(self, year: int | None) -> tuple[str, ...]:
        """Names of people and organisations that may stand in an open answer."""
        people, organisations = self.roster("people", year), self.roster("organisations", year)
        columns = [
            people.get("name"),
            organisations["name"],
            organisations["aliases"].str.split(";").explode(),
        ]
        return tuple(sorted({str(n).strip() for c in columns if c is not None for n in c.dropna()} - {""}))

    def roster(self, name: str, year: int | None) -> pd.DataFrame:
        """The roster of a year; for a source of no year, or a year without one, the latest there is."""
        frame = self.table(name)
        own = frame[frame["year"] == year] if year is not None else frame.iloc[:0]
        return own if len(own) else frame[frame["year"].isna() | (frame["year"] == frame["year"].max())]


def prepare(study: Study, year: int, progress: Progress = quiet) -> Prepared:
    """Read and score every source of an edition: its newest two waves not after `year`.

    A file that cannot be read becomes a blocking finding, so that one run shows all that is wrong.
    """
    used = {name: waves_for(source, year) for name, source in study.sources.items()}
    desk = _Desk(study.engine)
    for source in sorted(study.sources.values(), key=lambda s: ORDER.index(s.kind)):
        progress(f"reading {source.label}")
        for wave in used[source.name]:
            _read_safely(desk, source, wave, _READERS[source.kind])
        for wave, said in commented.by_year(desk.comments.get(source.name, [])):
            _read_safely(desk, source, wave, partial(_read_themes, said=said))
        _remembered_places(desk, study, source)
    shown = _remembered_pages(desk, study, year)
    people = _with_places(desk.table("people"), desk.table("organisations"))
    scored = {name: carried(own) for name, own in desk.scored.items()}
    for name, own in scored.items():
        read_as = {(wave.year, wave.name): wave for wave, _ in own}
        used[name] = tuple(read_as.get((wave.year, wave.name), wave) for wave in used[name])
    prepared = Prepared(
        study=study,
        year=year,
        waves=used,
        organisations=desk.table("organisations"),
        people=people,
        circles=desk.table("circles"),
        responses={name: stacked([one.frame for _, one in own]) for name, own in scored.items()},
        missing={
            name: pd.concat([one.missing for _, one in own], ignore_index=True)
            for name, own in scored.items()
        },
        answers=desk.table("answers"),
        ties=desk.table("ties"),
        senders=desk.table("senders"),
        unseen=desk.table("unseen"),
        naming=pd.concat(desk.naming, ignore_index=True) if desk.naming else pd.DataFrame(),
        proposals={name: tuple(found) for name, found in desk.proposals.items()},
        places=desk.table("places"),
        shown=shown,
        segments=desk.table("segments"),
        interviews=desk.table("interviews"),
        codes=desk.table("codes"),
        texts=desk.texts,
        attendance=_placed(desk.table("attendance"), people),
        notes=desk.table("notes"),
        activity=reduce(lambda a, b: a.union(b), desk.activity) if desk.activity else None,
        records={n: pd.concat(f, ignore_index=True) for n, f in desk.records.items()} | desk.themes(),
        accounts=accounts_frame(desk.accounts),
        findings=tuple(desk.findings),
    )
    return _linked(prepared)


def _linked(prepared: Prepared) -> Prepared:
    """The tables with one name a person, and the panel table; without its secret nobody is linked."""
    study = prepared.study
    key, found = secret.at_hand(study)
    tables, panel, more = link(prepared, key, secret.recall(study, prepared.year) if key else {})
    findings = (*prepared.findings, *found, *more)
    return replace(tables, panel=panel, linked=not unlinked(study, key), findings=findings)


def _read_safely(desk: _Desk, source: Source, wave: Wave, step: Callable[..., None]) -> None:
    try:
        step(desk, source, wave)
    except KsnError as error:
        desk.findings.append(error.blocking(source.name, wave.year, wave.name, wave.file.name))


def _remembered_places(desk: _Desk, study: Study, source: Source) -> None:
    """Where earlier editions drew the organisations of a network. Of people nothing is remembered."""
    if source.kind not in ("nominations", "edges"):
        return
    try:
        desk.add("places", load_places(study, source.name).assign(source=source.name)[[*TABLES["places"]]])
    except KsnError as error:
        desk.findings.append(error.blocking(source.name))


def _remembered_pages(desk: _Desk, study: Study, year: int) -> pd.DataFrame:
    """What circle pages showed, of a study with circles."""
    try:
        return load_shown(study, year).astype(TABLES["shown"])
    except KsnError as error:
        desk.findings.append(error.blocking("circles"))
        return blank("shown")


def _export(source: Source, wave: Wave) -> read.Export:
    told = {name: wave.options[name] for name in TOLD if name in wave.options}
    export = read.read_export(wave.file, source.name, **told)
    if not export.unread:
        return export
    listed = ", ".join(f"`{name}`" for name in export.unread)
    note = Origin(source.name, wave.year, wave.name, export.file).finding(
        "note",
        f"the workbook's further sheets are not read: {listed}",
        'where one is meant, name it: sheet = "..." in study.toml; a repeat may be a source of its own',
        count=len(export.unread),
    )
    return replace(export, findings=(*export.findings, note))


def _read_table(desk: _Desk, source: Source, wave: Wave) -> None:
    frame, account, findings = table(_export(source, wave), wave, source.name, source.kind)
    desk.add(source.kind, frame)
    desk.accounts.append(account)
    desk.findings += findings


def _read_attendance(desk: _Desk, source: Source, wave: Wave) -> None:
    if wave.options.get("format") not in (SESSION_FORM, SESSION_SHEET):
        _read_table(desk, source, wave)
        return
    people, circles = desk.roster("people", wave.year), desk.roster("circles", wave.year)
    origin = Origin(source.name, wave.year, wave.name, wave.file.name)
    entered = _entered(source, wave, circles, origin)
    made = tables(entered, circles, people, origin, set(desk.table("notes")["event"]))
    desk.add("attendance", made.attendance)
    desk.add("notes", made.notes)
    desk.accounts.append(made.account)
    desk.findings += made.findings


def _entered(source: Source, wave: Wave, circles: pd.DataFrame, origin: Origin) -> Entered:
    form = wave.options.get("date_format")
    if wave.options["format"] == SESSION_SHEET:
        return of_sheet(read_session_sheet(wave.file, source.name), circles, origin, form)
    # Which tool exported the form is recognised.
    told = replace(wave, options={k: v for k, v in wave.options.items() if k != "format"})
    return of_export(_export(source, told), circles, origin, wave.options.get("columns"), form)


def _read_survey(desk: _Desk, source: Source, wave: Wave) -> None:
    people = _with_places(desk.roster("people", wave.year), desk.roster("organisations", wave.year))
    circles = desk.roster("circles", wave.year)
    export = _export(source, wave)
    scored = responses(export, wave, source.name, people, circles, desk.names(wave.year))
    desk.scored.setdefault(source.name, []).append((wave, scored))
    if "comments" in wave.options:
        said = commented.comments(export, scored.frame, wave)
        desk.comments.setdefault(source.name, []).append((wave, said))
    desk.add("answers", scored.answers)
    desk.accounts.append(scored.account)
    desk.findings += scored.findings


def _read_themes(desk: _Desk, source: Source, wave: Wave, said: pd.DataFrame) -> None:
    """What the coding sheet of a year says of all its comments; its words stay in the sheet."""
    declared = wave.options["comments"]
    file = declared.sheet or wave.file
    origin = Origin(source.name, wave.year, "", file.name)
    if declared.sheet is None or not declared.sheet.exists():
        desk.findings.append(commented.no_sheet(origin, said))
        return
    sheet = load_sheet(declared.sheet, source.name)
    frame, account, findings = commented.coded(said, sheet, declared.themes or sheet.themes, origin)
    desk.coded.setdefault(source.name, []).append(frame)
    desk.accounts.append(account)
    desk.findings += findings


def comments_of(study: Study, source: Source, year: int | None) -> pd.DataFrame:
    """The comments of a survey in one year, as `score.comments.comments` gives them: respondents' words.

    Raises KsnError where the survey or a roster cannot be read.
    """
    desk, rosters = _Desk(), [s for s in study.sources.values() if s.kind in ORDER[:3]]
    for one in (*sorted(rosters, key=lambda s: ORDER.index(s.kind)), source):
        for wave in one.waves:
            if one is not source or wave.year == year:
                _READERS[one.kind](desk, one, wave)
    return pd.concat([said for _, said in desk.comments[source.name]], ignore_index=True)


def carried(waves: list[tuple[Wave, Scored]]) -> list[tuple[Wave, Scored]]:
    """Waves of one survey, oldest first, those of the older year in the newest one's names and choices as
    far as the crosswalk says that they may be compared."""
    newest = waves[-1][0]
    return [_carried(wave, scored, newest) for wave, scored in waves]


def _carried(wave: Wave, scored: Scored, newest: Wave) -> tuple[Wave, Scored]:
    if wave.year == newest.year or wave.instrument is None or newest.instrument is None:
        return wave, scored
    now = newest.instrument
    frame, instrument = carry(scored.frame, wave.instrument, now, now.changes)
    missing = scored.missing.rename(columns=question_names(wave.instrument, now, now.changes))
    return replace(wave, instrument=instrument), replace(scored, frame=frame, missing=missing)


def stacked(waves: list[pd.DataFrame]) -> pd.DataFrame:
    """Waves of one source, oldest first, in one table. A question's categories are the newest wave's in their
    order, then what older waves offered besides."""
    names = {str(n) for frame in waves for n in frame if isinstance(frame[n].dtype, pd.CategoricalDtype)}
    for name in sorted(names):
        having = [frame[name].cat.categories for frame in reversed(waves) if name in frame]
        offered = list(dict.fromkeys(choice for categories in having for choice in categories))
        kind = pd.CategoricalDtype(pd.Index(offered, dtype="str"), ordered=True)
        waves = [_recast(frame, name, kind) if name in frame else frame for frame in waves]
    return pd.concat(waves, ignore_index=True)


def _recast(frame: pd.DataFrame, name: str, kind: pd.CategoricalDtype) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].astype("str").astype(kind)})


def _read_ties(desk: _Desk, source: Source, wave: Wave) -> None:
    units = source.options.get("units", "organisations")
    rosters = desk.roster("organisations", wave.year), desk.roster("people", wave.year)
    names = roster_names(*rosters, units, wave.options.get("reviewed"))
    made = read_ties(_export(source, wave), wave, source.name, names, source.kind)
    for name in ("ties", "senders", "unseen"):
        desk.add(name, getattr(made, name))
    desk.naming.append(made.audit)
    desk.proposals.setdefault(source.name, []).extend(made.proposals)
    desk.accounts += made.accounts
    desk.findings += made.findings


def _read_interviews(desk: _Desk, source: Source, wave: Wave) -> None:
    origin = Origin(source.name, wave.year, wave.name, wave.file.name)
    project = read_coded(wave.file, source.name, wave.options)
    ledger = None
    if "consent" in wave.options:
        ledger = read.read_export(wave.options["consent"], source.name, "csv")
    segments, interviews, account, found = talk(project, ledger, origin)
    desk.add("segments", segments)
    desk.add("interviews", interviews)
    desk.add("codes", project.codes.assign(year=wave.year, source=source.name))
    desk.texts |= kept_texts(project.texts, interviews, source.name, wave.year)
    desk.accounts.append(account)
    lint = codebook_findings(project.codes, segments)
    told = [*project.findings, *lint]
    desk.findings += found
    desk.findings += [replace(f, source=source.name, year=wave.year, wave=wave.name) for f in told]


def _read_activity(desk: _Desk, source: Source, wave: Wave) -> None:
    origin = Origin(source.name, wave.year, wave.name, wave.file.name)
    raw = events(wave.table or wave.file, wave.options.get("columns", {}), wave.year, desk.engine)
    table_, account, findings = activity(raw, origin, desk.roster("people", wave.year))
    desk.activity.append(table_)
    desk.accounts.append(account)
    desk.findings += findings


def _read_records(desk: _Desk, source: Source, wave: Wave) -> None:
    frame, account, findings = records(_export(source, wave), wave, source.name)
    desk.records.setdefault(source.name, []).append(frame)
    desk.accounts.append(account)
    desk.findings += findings


def _with_places(people: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """People with the region and type of their organisation in that year, else as it was last listed."""
    if people.empty or organisations.empty:
        return people
    places = organisations[["year", "organisation", "region", "type"]]
    own = people.drop(columns=["region", "type"]).merge(places, on=["year", "organisation"], how="left")
    # Rosters need not be of the same years: an undated list of organisations holds for every year.
    latest = places.drop_duplicates("organisation", keep="last").set_index("organisation")
    for name in ("region", "type"):
        own[name] = own[name].fillna(own["organisation"].map(latest[name]))
    return own.astype({name: TABLES["people"][name] for name in ("region", "type")})


def _placed(attendance: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    if attendance.empty or people.empty:
        return attendance
    known = people[["year", "member", "organisation", "region", "type"]]
    bare = attendance.drop(columns=["organisation", "region", "type"])
    return bare.merge(known, on=["year", "member"], how="left")


_READERS: Mapping[str, Callable[[_Desk, Source, Wave], None]] = {
    "organisations": _read_table,
    "people": _read_table,
    "circles": _read_table,
    "attendance": _read_attendance,
    "survey": _read_survey,
    "nominations": _read_ties,
    "edges": _read_ties,
    "interviews": _read_interviews,
    "activity": _read_activity,
    "records": _read_records,
}
