"""Every finding of reading and scoring in one table, and the decision whether a run may go on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ksn_research.errors import BlockedError, Finding, findings_frame
from ksn_research.plan.coded import CodeCrosswalk, unmatched_codes
from ksn_research.plan.crosswalk import UNDECLARED
from ksn_research.plan.drift import differences
from ksn_research.prepared import Prepared

SHOWN = 5
TURN_BACK = 'map the choices in the crosswalk (choices = { new = "old" }), or say that it is not comparable'
TURNED = ("scale turned round", "code re-used")


def check(prepared: Prepared, also: Iterable[Finding] = ()) -> pd.DataFrame:
    """The findings table: what reading and scoring found, what only shows when all is together, and `also`.

    Columns are the fields of `Finding`, worst first. `answer` holds respondents' words: internal only.
    """
    found = [*_unbalanced(prepared), *_lost(prepared), *_changes(prepared), *_turned(prepared)]
    found += _codes(prepared)
    return findings_frame([*prepared.findings, *found, *also])


def stop_if_blocked(findings: pd.DataFrame) -> None:
    """Raise BlockedError when any finding blocks, with the first of them and how many there are."""
    blocking = findings[findings["severity"] == "block"]
    if blocking.empty:
        return
    first = [str(_finding(row)) for _, row in blocking.head(SHOWN).iterrows()]
    more = len(blocking) - len(first)
    listed = "\n".join(f"  - {text}" for text in first) + (f"\n  ... and {more} more" if more else "")
    raise BlockedError(
        f"{len(blocking)} findings must be mended before anything is computed:\n{listed}\n",
        remedy="run `ksn check` for the whole list",
    )


def _finding(row: pd.Series) -> Finding:
    return Finding(
        severity=row["severity"],
        source=row["source"],
        problem=row["problem"],
        remedy=row["remedy"],
        file=row["file"],
        row=None if pd.isna(row["row"]) else int(row["row"]),
        column=row["column"],
    )


def _unbalanced(prepared: Prepared) -> Iterable[Finding]:
    """Row conservation: read = used + set aside, for every file."""
    accounts = prepared.accounts
    totals = accounts.groupby(["source", "file"], dropna=False)[["read", "used", "set_aside"]].sum()
    for row in totals.reset_index().to_dict("records"):
        if row["read"] != row["used"] + row["set_aside"]:
            yield Finding(
                severity="block",
                source=row["source"],
                file=row["file"],
                problem=f"{row['read']} rows read, but {row['used']} used and {row['set_aside']} set aside",
                remedy="this is a defect of ksn_research: report it",
            )


def _lost(prepared: Prepared) -> Iterable[Finding]:
    """Conservation of answers: read = typed + not understood + in a row that was set aside, everywhere."""
    answers = prepared.answers
    lost = answers[answers["read"] != answers["typed"] + answers["unknown"] + answers["set_aside"]]
    for row in lost.to_dict("records"):
        yield Finding(
            severity="block",
            source=row["source"],
            year=None if pd.isna(row["year"]) else int(row["year"]),
            file=row["file"],
            column=row["question"],
            problem=f"{row['read']} answers read, but {row['typed']} typed, {row['unknown']} not understood "
            f"and {row['set_aside']} set aside",
            remedy="this is a defect of ksn_research: report it",
        )


def _changes(prepared: Prepared) -> Iterable[Finding]:
    """Questions that changed since the wave before, with the reason that the report prints."""
    for source, waves in prepared.waves.items():
        if len(waves) < 2 or waves[-1].instrument is None:
            continue
        for question in waves[-1].instrument.questions.values():
            if question.change:
                undeclared = UNDECLARED in question.change
                yield Finding(
                    severity="warn" if undeclared else "note",
                    source=source,
                    year=waves[-1].year,
                    column=question.name,
                    problem=f"not compared with the wave before: {question.change}",
                    remedy="say in the crosswalk whether it may be compared" if undeclared else "none needed",
                )
            elif question.mark:
                yield Finding(
                    severity="note",
                    source=source,
                    year=waves[-1].year,
                    column=question.name,
                    problem=f"compared with the wave before, and marked: {question.mark}",
                    remedy="none needed",
                )


def _codes(prepared: Prepared) -> Iterable[Finding]:
    """What was reviewed about codes of interviews, and names none."""
    held = prepared.codes
    by_source = {str(name): own for name, own in held.groupby("source")}
    for name, source in prepared.study.sources.items():
        crosswalk = source.options.get("code_changes")
        if not isinstance(crosswalk, CodeCrosswalk) or name not in by_source:
            continue
        dated = by_source[name].dropna(subset="year")
        years = {int(str(year)): list(own["code"]) for year, own in dated.groupby("year")}
        others = {other: list(own["code"]) for other, own in by_source.items() if other != name}
        for problem, remedy in unmatched_codes(crosswalk, years, others):
            yield Finding(severity="block", source=name, file=crosswalk.file, problem=problem, remedy=remedy)


def _turned(prepared: Prepared) -> Iterable[Finding]:
    """Codes that mean something else than in the wave before: a scale turned round, a code used again."""
    for source, waves in prepared.waves.items():
        asked = prepared.study.sources[source].waves
        own = [wave for wave in asked if any((wave.year, wave.name) == (w.year, w.name) for w in waves)]
        older = next((wave for wave in reversed(own) if wave.year != own[-1].year), None) if own else None
        if older is None or older.instrument is None or own[-1].instrument is None:
            continue
        now = own[-1].instrument
        for found in differences(older.instrument, now, now.changes):
            if found.kind in TURNED:
                reviewed = found.comparable != "review"
                yield Finding(
                    severity="note" if reviewed else "warn",
                    source=source,
                    year=own[-1].year,
                    column=found.question,
                    problem=f"{found.kind} since {older.year}",
                    remedy="none needed: it was reviewed" if reviewed else TURN_BACK,
                )
