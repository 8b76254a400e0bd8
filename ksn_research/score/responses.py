"""A survey export into typed answers and scale scores, by its instrument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Choice, Instrument, Question, Scale, Wave
from ksn_research.read import Export
from ksn_research.score import answers as typing
from ksn_research.score.accounts import Account
from ksn_research.score.columns import Located, locate, unplanned

LINKED = ("member", "organisation", "region", "type", "circle")
Typed = tuple[dict[str, pd.Series], list[Finding]]


def responses(
    export: Export, wave: Wave, source: str, people: pd.DataFrame, circles: pd.DataFrame
) -> tuple[pd.DataFrame, Account, list[Finding]]:
    """The `responses` table of one wave (see `prepared`), its account and findings.

    people, circles  the roster tables of the same year; empty where the study has none. With a roster, a
                     member code that is not on it sets the row aside; an empty code stays, unlinked.
    """
    assert wave.instrument is not None
    instrument = wave.instrument
    origin = Origin(source, wave.year, wave.name, export.file)
    places, findings = locate(export, instrument, origin)
    findings = [*export.findings, *findings, *_ignored(export, places, origin)]
    columns: dict[str, pd.Series] = {}
    for name, place in places.items():
        typed, found = _type(export, instrument, _asked(name, wave, instrument), place, origin)
        columns |= typed
        findings += found
    frame = pd.DataFrame(columns, index=export.frame.index)
    for scale in instrument.scales.values():
        if set(scale.items) <= set(places):
            frame[scale.name] = score(frame, scale, instrument)
    who = _identify(frame, wave, people, circles)
    aside, found = _set_aside(frame, who, wave, origin, people)
    kept = pd.concat([who, frame], axis=1)[~aside.any(axis=1)]
    counts = {"blank row": export.blank, **_first_reason(aside)}
    account = Account(origin, len(frame) + export.blank, len(kept), counts)
    return kept.reset_index(names="row"), account, findings + found


def score(frame: pd.DataFrame, scale: Scale, instrument: Instrument) -> pd.Series:
    """Mean of the answered items, reversed ones as low + high - x; NA when too few were answered.

    Answers that stand for a kind of missing (don't know) count as not answered.
    """
    items = pd.DataFrame({item: values(frame[item], instrument.questions[item]) for item in scale.items})
    for item in scale.reverse:
        items[item] = scale.low + scale.high - items[item]
    enough = items.notna().sum(axis=1) >= scale.min_answered * len(scale.items) - 1e-9
    return items.mean(axis=1).where(enough)


def values(column: pd.Series, question: Question) -> pd.Series:
    """Numbers of a column of choice names, NA for kinds of missing; numeric questions pass through."""
    if question.type in ("integer", "decimal"):
        return column.astype("float64")
    known = {c.name: c.value for c in question.choices if not c.missing and c.value is not None}
    return column.map(known).astype("float64")


def _asked(name: str, wave: Wave, instrument: Instrument) -> Question:
    """The question; one that says who answers is text, whatever its form calls it, so that 007 stays 007."""
    question = instrument.questions[name]
    codes = (wave.options.get("respondent"), wave.options.get("circle"))
    number = name in codes and question.type in ("integer", "decimal")
    return replace(question, type="text") if number else question


def _type(
    export: Export, instrument: Instrument, question: Question, place: Located, origin: Origin
) -> Typed:
    said = instrument.answers.get(question.name, {})
    if question.type == "select_multiple":
        return _ticks(export.frame, question, said, place, origin)
    column = export.frame[place.positions[""]]
    if question.type == "select_one":
        answer, bad = typing.choose(column, question, said)
        problem = f"not one of the {len(question.choices)} allowed answers"
        remedy = f"add it to the choices, or under [answers.{origin.year}] in {instrument.name}.toml"
    elif question.type in ("integer", "decimal"):
        answer, bad = typing.numbers(column)
        problem, remedy = "not a number", "correct the cell"
    else:
        return {question.name: column.where(column != "")}, []
    found = typing.unknown(column, bad, problem, remedy, origin=origin, name=question.name)
    return {question.name: answer}, found


def _ticks(
    frame: pd.DataFrame, question: Question, said: Mapping[str, str], place: Located, origin: Origin
) -> Typed:
    if "" in place.positions:
        return _one_cell(frame[place.positions[""]], question, said, origin)
    ticked, findings = {}, []
    for choice in question.choices:
        column = frame[place.positions[choice.name]]
        tick = _tick(typing.plain_column(column), choice)
        ticked[f"{question.name}/{choice.name}"] = tick.where(tick.notna(), False).astype("boolean")
        bad = (column != "") & tick.isna()
        problem, remedy = f"neither empty nor the label of {choice.name}", "correct the cell or the label"
        findings += typing.unknown(column, bad, problem, remedy, origin=origin, name=question.name)
    return _blank_unanswered(ticked), findings


def _tick(cell: pd.Series, choice: Choice) -> pd.Series:
    """True, False or NA (not understood) per cell; any text beside "Other" ticks it."""
    own = {typing.plain(choice.label), typing.plain(choice.name)}
    said = cell.map(typing.TICKED).where(~cell.isin(own), True)
    return said.mask(said.isna() & (cell != ""), True) if typing.is_other(choice.label) else said


def _one_cell(column: pd.Series, question: Question, said: Mapping[str, str], origin: Origin) -> Typed:
    parts = column[column != ""].map(lambda cell: typing.split(cell, question, said)).explode()
    names, bad = typing.choose(parts.fillna("").astype("str"), question, said)
    ticked = {
        f"{question.name}/{choice.name}": pd.Series(
            column.index.isin(names.index[names == choice.name]), index=column.index
        ).astype("boolean")
        for choice in question.choices
    }
    odd = pd.Series(column.index.isin(names.index[bad]), index=column.index)
    problem = f"holds an answer that is not one of the {len(question.choices)} offered"
    remedy = f"add it to the choices, or under [answers.{origin.year}] in the sidecar"
    found = typing.unknown(column, odd, problem, remedy, origin=origin, name=question.name)
    return _blank_unanswered(ticked), found


def _blank_unanswered(ticked: dict[str, pd.Series]) -> dict[str, pd.Series]:
    any_ticked = pd.DataFrame(ticked).any(axis=1)
    return {name: column.where(any_ticked, pd.NA) for name, column in ticked.items()}


def _ignored(export: Export, places: Mapping[str, Located], origin: Origin) -> list[Finding]:
    rest = len(unplanned(export, places))
    problem = f"{rest} of {len(export.columns)} columns belong to no question and are not read"
    remedy = "add questions to the instrument if they are wanted"
    return [origin.finding("note", problem, remedy, row=1, count=rest)] if rest else []


def _identify(frame: pd.DataFrame, wave: Wave, people: pd.DataFrame, circles: pd.DataFrame) -> pd.DataFrame:
    """year, wave and what the rosters know of each respondent."""
    who = pd.DataFrame({"year": wave.year, "wave": wave.name}, index=frame.index)
    who = who.astype({"year": "Int64", "wave": "str"})
    for name in LINKED:
        who[name] = pd.Series(pd.NA, index=frame.index, dtype="str")
    code = wave.options.get("respondent")
    if code in frame:
        who["member"] = frame[code].astype("str").str.strip()
    for name in ("organisation", "region", "type"):
        if not people.empty:
            known = people.drop_duplicates("member").set_index("member")
            who[name] = who["member"].map(known[name]).astype("str")
    own = wave.options.get("circle")
    if own in frame:
        named = frame[own].str.split().str.join(" ")
        none = {typing.plain(text) for text in wave.options.get("not_a_circle", [])}
        who["circle"] = named.mask(typing.plain_column(named.fillna("")).isin(none))
    elif not circles.empty:
        # A member of several circles counts for the first on the list, once.
        first = circles.drop_duplicates("member").set_index("member")["circle"]
        who["circle"] = who["member"].map(first).astype("str")
    return who


def _set_aside(
    frame: pd.DataFrame, who: pd.DataFrame, wave: Wave, origin: Origin, people: pd.DataFrame
) -> tuple[pd.DataFrame, list[Finding]]:
    code = wave.options.get("respondent", "")
    asked = [name for name in frame if name not in (code, wave.options.get("circle"))]
    off = who["member"].notna() & ~who["member"].isin(people["member"]) & (not people.empty)
    aside = pd.DataFrame(
        {
            "no question answered": ~frame[asked].notna().any(axis=1),
            "member code not on the roster": off,
        }
    )
    twice, findings = _repeated(who["member"].mask(aside.any(axis=1)), wave, origin)
    aside["answered again by the same member"] = twice
    if off.any():
        problem = f"{int(off.sum())} rows have a member code that is not on the roster"
        remedy = "correct the code or add the member; the rows are set aside"
        row = off.index[off][0]
        findings.append(origin.finding("warn", problem, remedy, row=row, column=code, count=int(off.sum())))
    return aside, findings


def _repeated(member: pd.Series, wave: Wave, origin: Origin) -> tuple[pd.Series, list[Finding]]:
    """Rows of a member who answered before, by the declared rule; without a rule they block."""
    rule = wave.options.get("duplicates")
    twice = member.notna() & member.duplicated(keep="last" if rule == "last" else "first")
    if rule or not twice.any():
        return twice, []
    problem = "the same member answered before"
    remedy = 'remove one of the rows, or declare duplicates = "first" or "last" for this source'
    code = wave.options.get("respondent", "")
    rows = twice.index[twice]
    return twice, [origin.finding("block", problem, remedy, row=row, column=code) for row in rows]


def _first_reason(aside: pd.DataFrame) -> dict[str, int]:
    """Rows by the first reason that applies, so that a row counts once."""
    hit = aside.to_numpy(dtype=bool)
    first = np.where(hit.any(axis=1), hit.argmax(axis=1), -1)
    return {reason: int((first == i).sum()) for i, reason in enumerate(aside.columns)}
