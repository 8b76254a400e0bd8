"""The one path everything else calls: prepare(study, year) -> analyse(prepared) -> publish(evidence)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import pandas as pd

from ksn_research.analyse.activity.section import analyse_activity, lasting_curves
from ksn_research.analyse.circles import analyse_circles, circle_tables
from ksn_research.analyse.engagement.attendance import attendance_curve
from ksn_research.analyse.engagement.retention import retention_curves
from ksn_research.analyse.engagement.section import analyse_engagement
from ksn_research.analyse.interviews.coreq import coreq
from ksn_research.analyse.interviews.section import (
    analyse_interviews,
    changed_codes,
    codebooks,
    saturation_curves,
)
from ksn_research.analyse.mixed.section import joint_rows, joint_table
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
from ksn_research.disclose.circles import Said
from ksn_research.disclose.comments import readable_comments, telling_themes
from ksn_research.disclose.notes import gated_notes
from ksn_research.disclose.quotes import Judged, judged
from ksn_research.executors import ALONE, Crew, working
from ksn_research.forked import Template
from ksn_research.intake import Progress, prepare, quiet
from ksn_research.labels import labels, wave_table
from ksn_research.prepared import Prepared
from ksn_research.results import Evidence, Row, collect

__all__ = ["CURVES", "SECTIONS", "Progress", "analyse", "prepare", "publish", "quality", "quiet"]

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
    "joint displays": joint_rows,
    "circles": analyse_circles,
}
# About half of all work, of which the other sections need nothing.
BESIDE = ("networks",)
CURVES: Mapping[str, Callable[[Prepared], pd.DataFrame]] = {
    "attendance": attendance_curve,
    "attendance_retention": retention_curves,
    "lasting": lasting_curves,
    "bridges_leave": bridges_leave_curve,
    "choices": choice_table,
    "idea_spread": idea_spread_curve,
    "joint": joint_table,
    "saturation": saturation_curves,
    "codebook": codebooks,
    "codebook_changes": changed_codes,
    "coreq": lambda prepared: coreq(prepared, prepared.study.coreq),
}


def analyse(
    prepared: Prepared, progress: Progress = quiet, template: Template | None = None, crew: Crew = ALONE
) -> Evidence:
    """Every statistic of the edition, with what disclosure must know, and the tables behind the curves.

    template  forks a process that does the sections in `BESIDE` meanwhile; the evidence is the same without
    crew      its cluster does what takes long of permutations, bootstraps and jackknives, of all sections:
              none is forked then; the evidence is the same
    """
    forks = template if crew.cluster is None else None
    # The lazy log of activity stays here: none of those sections reads it.
    beside = forks.call(rows_of, BESIDE, replace(prepared, activity=None)) if forks else None
    with working(crew):
        rows = rows_of([name for name in SECTIONS if not (beside and name in BESIDE)], prepared, progress)
        curves = {name: curve(prepared) for name, curve in CURVES.items()}
    found = quality(prepared)
    curves |= network_maps(prepared) | circle_tables(prepared)
    if beside:
        progress(f"analysing {', '.join(BESIDE)}")
        rows |= beside.result()
    return collect([row for name in SECTIONS for row in rows[name]] + found, curves)


def rows_of(sections: Iterable[str], prepared: Prepared, progress: Progress = quiet) -> dict[str, list[Row]]:
    """The rows of some sections, by section."""
    made = {}
    for name in sections:
        progress(f"analysing {name}")
        made[name] = SECTIONS[name](prepared)
    return made


def publish(
    evidence: Evidence,
    prepared: Prepared,
    findings: pd.DataFrame,
    earlier: pd.DataFrame,
    quotes: Mapping[str, Judged] | None = None,
) -> Publishable:
    """What of the evidence may be shown, with the words the report needs.

    earlier  what earlier editions published: columns of `results.COLUMNS` and edition, oldest first
    quotes   what the gate said of the study's quotes, where that is at hand; without, they are judged here
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
        rounding=study.rounding,
        corrected=study.corrected,
    )
    return disclose(
        evidence,
        info,
        labels=labels(prepared),
        waves=wave_table(prepared),
        findings=findings,
        earlier=earlier,
        quotes=judged(prepared) if quotes is None else quotes,
        said=_said(prepared),
    )


def _said(prepared: Prepared) -> Said:
    """What of single circles may be read as it was written, and what earlier pages showed."""
    notes = gated_notes(prepared)
    comments = readable_comments(prepared).comments
    return Said(prepared.shown, comments, telling_themes(prepared), notes[notes["refused"] == ""])


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
