"""The one path everything else calls: prepare(study, year) -> analyse(prepared) -> publish(evidence)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

import pandas as pd

from ksn_research import read, secret
from ksn_research.analyse.activity import analyse_activity, retention_curve
from ksn_research.analyse.circles import analyse_circles, circle_attendance, circle_items
from ksn_research.analyse.engagement import analyse_engagement, attendance_curve
from ksn_research.analyse.interviews.codebook import codebook_findings
from ksn_research.analyse.interviews.section import analyse_interviews
from ksn_research.analyse.network.explained_rows import explained_rows
from ksn_research.analyse.network.naming_rows import naming_rows
from ksn_research.analyse.network.places import network_maps
from ksn_research.analyse.network.programmes_rows import (
    bridges_leave_curve,
    idea_spread_curve,
    programme_rows,
)
from ksn_research.analyse.network.section import analyse_network
from ksn_research.analyse.panel import analyse_panel
from ksn_research.analyse.survey.choices import choice_table
from ksn_research.analyse.survey.section import analyse_declared, analyse_population, analyse_surveys
from ksn_research.disclose import Publishable, StudyInfo
from ksn_research.disclose import publish as disclose
from ksn_research.errors import Finding, KsnError, Origin
from ksn_research.labels import labels, wave_table
from ksn_research.plan import Source, Study, Wave, waves_for
from ksn_research.plan.aliases import Proposal
from ksn_research.prepared import TABLES, Prepared, blank
from ksn_research.read.events import events
from ksn_research.read.places import load_places
from ksn_research.read.refi_qda import read_project
from ksn_research.read.segments import CodedProject, segments_from_table
from ksn_research.results import Evidence, Row, collect
from ksn_research.score.accounts import Account, accounts_frame
from ksn_research.score.carry import carry, question_names
from ksn_research.score.events import activity
from ksn_research.score.names import roster_names
from ksn_research.score.panel import link, unlinked
from ksn_research.score.responses import Scored, responses
from ksn_research.score.tables import pick, records, table
from ksn_research.score.talk import talk
from ksn_research.score.ties import read_ties

Progress = Callable[[str], None]
ORDER = (
    "organisations", "people", "circles", "attendance", "survey", "nominations", "edges", "interviews",
    "activity", "records",
)  # fmt: skip
TOLD = ("format", "encoding", "sheet", "dictionary", "parent", "language")  # what a plan says of a file
SECTIONS: Mapping[str, Callable[[Prepared], list[Row]]] = {
    "population and response": analyse_population,
    "surveys": analyse_surveys,
    "declared comparisons": analyse_declared,
    "panel": lambda prepared: analyse_panel(prepared, prepared.panel),
    "engagement": analyse_engagement,
    "platform activity": analyse_activity,
    "names in networks": naming_rows,
    "networks": analyse_network,
    "people and circles": programme_rows,
    "ties explained": explained_rows,
    "interviews": analyse_interviews,
    "circles": analyse_circles,
}
CURVES: Mapping[str, Callable[[Prepared], pd.DataFrame]] = {
    "attendance": attendance_curve,
    "retention": retention_curve,
    "bridges_leave": bridges_leave_curve,
    "choices": choice_table,
    "idea_spread": idea_spread_curve,
    "circle_items": circle_items,
    "circle_attendance": circle_attendance,
}


def quiet(step: str) -> None:
    """Progress that nobody watches."""


@dataclass
class _Desk:
    """What has been read so far: later sources are matched to the rosters read before them."""

    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    scored: dict[str, list[tuple[Wave, Scored]]] = field(default_factory=dict)
    records: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    activity: list = field(default_factory=list)
    naming: list[pd.DataFrame] = field(default_factory=list)
    proposals: dict[str, list[Proposal]] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

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
    desk = _Desk()
    for source in sorted(study.sources.values(), key=lambda s: ORDER.index(s.kind)):
        progress(f"reading {source.label}")
        for wave in used[source.name]:
            _read_safely(desk, source, wave)
        _remembered_places(desk, study, source)
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
        segments=desk.table("segments"),
        interviews=desk.table("interviews"),
        attendance=_placed(desk.table("attendance"), people),
        activity=reduce(lambda a, b: a.union(b), desk.activity) if desk.activity else None,
        records={n: pd.concat(f, ignore_index=True) for n, f in desk.records.items()},
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


def analyse(prepared: Prepared, progress: Progress = quiet) -> Evidence:
    """Every statistic of the edition, with what disclosure must know, and the tables behind the curves."""
    rows: list[Row] = []
    for name, section in SECTIONS.items():
        progress(f"analysing {name}")
        rows += section(prepared)
    rows += quality(prepared)
    curves = {name: curve(prepared) for name, curve in CURVES.items()}
    return collect(rows, curves | network_maps(prepared))


def publish(
    evidence: Evidence, prepared: Prepared, findings: pd.DataFrame, earlier: pd.DataFrame
) -> Publishable:
    """What of the evidence may be shown, with the words the report needs.

    earlier  what earlier editions published: id, estimate, edition
    """
    study = prepared.study
    info = StudyInfo(
        study.name,
        study.title,
        study.publisher,
        prepared.year,
        study.headline,
        study.people,
        study.organisations,
    )
    return disclose(
        evidence,
        info,
        labels=labels(prepared),
        waves=wave_table(prepared),
        findings=findings,
        earlier=earlier,
    )


def quality(prepared: Prepared) -> list[Row]:
    """Rows read, used and set aside, per source, wave and file: what the appendix prints."""
    return [row for _, account in _by_file(prepared.accounts) for row in _account_rows(account)]


def _by_file(accounts: pd.DataFrame) -> Iterable[tuple[object, pd.DataFrame]]:
    return accounts.groupby(["source", "year", "wave", "file"], dropna=False, sort=True)


def _account_rows(account: pd.DataFrame) -> Iterator[Row]:
    head = account.iloc[0]
    base = Row(
        year=None if pd.isna(head["year"]) else int(head["year"]),
        wave=head["wave"],
        source=head["source"],
        analysis="rows",
        measure=head["file"],
        statistic="read",
        estimate=float(head["read"]),
        n=int(head["read"]),
        unit="rows",
        method="count of the file's records without its header",
    )
    yield base
    yield replace(base, statistic="used", estimate=float(head["used"]), parents=(base.id,))
    for _, line in account[account["set_aside"] > 0].iterrows():
        yield replace(
            base,
            statistic="set_aside",
            category=line["reason"],
            estimate=float(line["set_aside"]),
            parents=(base.id,),
        )


def _read_safely(desk: _Desk, source: Source, wave: Wave) -> None:
    try:
        _READERS[source.kind](desk, source, wave)
    except KsnError as error:
        desk.findings.append(
            Finding(
                severity="block",
                source=source.name,
                year=wave.year,
                wave=wave.name,
                file=error.file or wave.file.name,
                row=error.row,
                column=error.column,
                problem=error.problem,
                remedy=error.remedy,
            )
        )


def _remembered_places(desk: _Desk, study: Study, source: Source) -> None:
    """Where earlier editions drew the organisations of a network. Of people nothing is remembered."""
    if source.kind not in ("nominations", "edges"):
        return
    try:
        desk.add("places", load_places(study, source.name).assign(source=source.name)[[*TABLES["places"]]])
    except KsnError as error:
        finding = Finding(
            severity="block",
            source=source.name,
            file=error.file,
            row=error.row,
            problem=error.problem,
            remedy=error.remedy,
        )
        desk.findings.append(finding)


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


def _read_survey(desk: _Desk, source: Source, wave: Wave) -> None:
    people = _with_places(desk.roster("people", wave.year), desk.roster("organisations", wave.year))
    circles = desk.roster("circles", wave.year)
    scored = responses(_export(source, wave), wave, source.name, people, circles, desk.names(wave.year))
    desk.scored.setdefault(source.name, []).append((wave, scored))
    desk.add("answers", scored.answers)
    desk.accounts.append(scored.account)
    desk.findings += scored.findings


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
    project, findings = _project(source, wave, origin)
    ledger = None
    if "consent" in wave.options:
        ledger = read.read_export(wave.options["consent"], source.name, "csv")
    segments, interviews, account, found = talk(project, ledger, origin)
    desk.add("segments", segments)
    desk.add("interviews", interviews)
    desk.accounts.append(account)
    lint = [
        replace(f, source=source.name, year=wave.year) for f in codebook_findings(project.codes, segments)
    ]
    desk.findings += [*findings, *found, *lint]


def _project(source: Source, wave: Wave, origin: Origin) -> tuple[CodedProject, list[Finding]]:
    if wave.options.get("format") != "segments" and wave.file.suffix.lower() in (".qdpx", ".qde"):
        return read_project(read.read_file(wave.file), wave.file.name), []
    export = read.read_export(wave.file, source.name, "csv", wave.options.get("encoding"))
    heads = [str(head) for head in export.columns["heading"]]
    declared = wave.options.get("columns", {})
    rest = [head for head in heads if head not in declared.values()]
    frame, findings = pick(export, wave, origin, [*declared, *rest], ("interview", "code"))
    return segments_from_table(frame.fillna(""), file=wave.file.name), findings


def _read_activity(desk: _Desk, source: Source, wave: Wave) -> None:
    origin = Origin(source.name, wave.year, wave.name, wave.file.name)
    raw = events(wave.file, wave.options.get("columns", {}), wave.year)
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
    "attendance": _read_table,
    "survey": _read_survey,
    "nominations": _read_ties,
    "edges": _read_ties,
    "interviews": _read_interviews,
    "activity": _read_activity,
    "records": _read_records,
}
