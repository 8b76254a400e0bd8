"""A survey export into typed answers and scale scores, by its instrument.

The table of responses is built from nothing, a column for each planned question: what was not planned
cannot pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Instrument, Question, Scale, Wave
from ksn_research.plan.specs import MISSING
from ksn_research.read import Export
from ksn_research.score import privacy, quality, rules
from ksn_research.score.accounts import Account
from ksn_research.score.clocks import clocks
from ksn_research.score.columns import Located, locate, unplanned
from ksn_research.score.gaps import ANSWERED, gaps, shown
from ksn_research.score.question import Typed, typed
from ksn_research.score.who import identify

LISTED = 5  # unread columns named in the finding that counts them


@dataclass(frozen=True)
class Scored:
    """One wave of one survey.

    frame     the `responses` table (see `prepared`)
    missing   by the same rows, a column per question: why there is no answer (one of `MISSING`), NA where
              there is one
    answers   what became of every question's answers, a line each (see `prepared`)
    """

    frame: pd.DataFrame
    missing: pd.DataFrame
    answers: pd.DataFrame
    account: Account
    findings: list[Finding] = field(default_factory=list)


def responses(
    export: Export,
    wave: Wave,
    source: str,
    people: pd.DataFrame,
    circles: pd.DataFrame,
    names: tuple[str, ...] = (),
) -> Scored:
    """Type, score and account for one wave.

    people, circles  the roster tables of the same year; empty where the study has none. With a roster, a
                     member code that is not on it sets the row aside; an empty code stays, unlinked.
    names            of people and organisations, looked for in open answers
    """
    assert wave.instrument is not None
    instrument = wave.instrument
    origin = Origin(source, wave.year, wave.name, export.file)
    places, lacking = locate(export, instrument, origin)
    made = _typed(export, wave, places, origin)
    frame = pd.DataFrame(
        {name: column for one in made.values() for name, column in one.columns.items()},
        index=export.frame.index,
    )
    flags = quality.flags(export, frame, instrument, apart=_codes(wave))
    out, unmatched = rules.kept_out(export, flags, wave, origin)
    inside = ~out.any(axis=1).to_numpy()
    given = {name: made[name].given for name in instrument.questions if name in made}
    missing = gaps(given, frame, instrument, _unfinished(export, flags), export.role("version"))
    who = identify(frame, wave, people, circles)
    aside, strangers = rules.left_over(frame, out, who, wave, origin, people)
    kept = ~aside.any(axis=1).to_numpy()
    scores = {
        s.name: score(frame, s, instrument) for s in instrument.scales.values() if set(s.items) <= set(places)
    }
    table = pd.concat([who, frame, pd.DataFrame(scores, index=frame.index)], axis=1)[kept]
    counts = {"blank row": export.blank, **rules.first_reason(aside)}
    findings = [
        *export.findings,
        *lacking,
        *_ignored(export, places, instrument, origin),
        *unmatched,
        *_of_answers(made, export, inside, wave, places, origin),
        *_against_branching(frame[inside], missing[inside], instrument, origin),
        *clocks(export, origin),
        *quality.findings(flags[inside], origin),
        *privacy.personal(_open(frame[inside], instrument, wave), names, origin),
        *strangers,
    ]
    return Scored(
        frame=table.reset_index(names="row"),
        missing=missing[kept].reset_index(drop=True),
        answers=_accounted(made, missing, kept, origin),
        account=Account(origin, len(frame) + export.blank, len(table), counts),
        findings=findings,
    )


def _typed(
    export: Export, wave: Wave, places: Mapping[str, Located], origin: Origin, only: Iterable[str] = ()
) -> dict[str, Typed]:
    assert wave.instrument is not None
    form = wave.options.get("date_format")
    return {
        name: typed(export, wave.instrument, _asked(name, wave, wave.instrument), places[name], origin, form)
        for name in only or places
    }


def _of_answers(
    made: Mapping[str, Typed],
    export: Export,
    inside: np.ndarray,
    wave: Wave,
    places: Mapping[str, Located],
    origin: Origin,
) -> list[Finding]:
    """What is odd about the answers of the rows that no rule leaves out: what a test response says need not
    be mended."""
    odd = [name for name, one in made.items() if one.findings]
    if odd and not inside.all():
        made = _typed(replace(export, frame=export.frame[inside]), wave, places, origin, odd)
    return [finding for name in odd for finding in made[name].findings]


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
    if isinstance(column.dtype, pd.CategoricalDtype):
        by_code = np.array([*(known.get(name, np.nan) for name in column.cat.categories), np.nan])
        return pd.Series(by_code[column.cat.codes.to_numpy()], index=column.index, dtype="float64")
    return column.map(known).astype("float64")


def _asked(name: str, wave: Wave, instrument: Instrument) -> Question:
    """The question; one that says who answers is text, whatever its form calls it, so that 007 stays 007."""
    question = instrument.questions[name]
    number = name in _codes(wave) and question.type in ("integer", "decimal")
    return replace(question, type="text") if number else question


def _unfinished(export: Export, flags: pd.DataFrame) -> pd.Series | None:
    told = any(export.role(role) is not None for role in ("finished", "progress", "submitted"))
    return flags["unfinished"] if told else None


def _open(frame: pd.DataFrame, instrument: Instrument, wave: Wave) -> dict[str, pd.Series]:
    """Open answers, without the columns that say who answers."""
    return {
        name: frame[name].fillna("")
        for name, question in instrument.questions.items()
        if question.type == "text" and name in frame and name not in _codes(wave)
    }


def _codes(wave: Wave) -> tuple[str, ...]:
    """The questions that say who answers."""
    told = (wave.options.get("respondent"), wave.options.get("circle"))
    return tuple(name for name in told if name)


def _against_branching(
    frame: pd.DataFrame, missing: pd.DataFrame, instrument: Instrument, origin: Origin
) -> list[Finding]:
    """Answers to questions that branching should not have shown."""
    found = []
    for name in map(str, missing):
        seen = shown(instrument.questions[name], frame, instrument)
        if seen is None:
            continue
        odd = (~seen).fillna(False).to_numpy(dtype=bool) & missing[name].isna().to_numpy()
        if odd.any():
            problem = f"{int(odd.sum())} rows answer it although branching should not have shown it"
            remedy = "look whether the form changed while it was in the field; the answers are kept"
            row = missing.index[odd][0]
            found.append(origin.finding("warn", problem, remedy, row=row, column=name, count=int(odd.sum())))
    return found


def _accounted(
    made: Mapping[str, Typed], missing: pd.DataFrame, kept: np.ndarray, origin: Origin
) -> pd.DataFrame:
    """The `answers` table: read = typed + unknown + set_aside for every question."""
    lines = []
    for name, one in made.items():
        kinds = missing[name].cat.codes.to_numpy()[kept] if name in missing else np.array([], dtype="int8")
        told = (one.given != ANSWERED) & one.filled & ~one.unknown
        line = {
            "question": name,
            "read": int(one.filled.sum()),
            "typed": int((one.filled & ~one.unknown & kept).sum()),
            "unknown": int((one.unknown & kept).sum()),
            "set_aside": int((one.filled & ~kept).sum()),
            "answered": int((one.given[kept] == ANSWERED).sum()),
            "said_missing": int((told & kept).sum()),
        }
        lines.append(line | {kind: int((kinds == i).sum()) for i, kind in enumerate(MISSING)})
    where = {"source": origin.source, "year": origin.year, "wave": origin.wave, "file": origin.file}
    return pd.DataFrame([where | line for line in lines])


def _ignored(
    export: Export, places: Mapping[str, Located], instrument: Instrument, origin: Origin
) -> list[Finding]:
    rest = unplanned(export, places, instrument)
    if not rest:
        return []
    heads = [str(export.columns["heading"][p] or export.columns["name"][p]) for p in rest]
    listed = "; ".join(head[:60] for head in dict.fromkeys(heads[:LISTED])) + (
        "; ..." if len(rest) > LISTED else ""
    )
    problem = f"{len(rest)} of {len(export.columns)} columns belong to no question and are not read: {listed}"
    remedy = "add questions to the instrument if they are wanted"
    return [origin.finding("note", problem, remedy, row=1, count=len(rest))]
