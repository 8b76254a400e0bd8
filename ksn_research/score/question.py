"""One question's cells into typed columns, with what is missing and why as far as its cells say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Choice, Instrument, Question
from ksn_research.read import Export
from ksn_research.score import answers as typing
from ksn_research.score.columns import Located
from ksn_research.score.dates import dates
from ksn_research.score.expressions import evaluate
from ksn_research.score.gaps import ANSWERED, EMPTY, KIND, NOT_THERE, UNKNOWN, said_together
from ksn_research.score.ticks import Ticks, in_columns, in_one_cell

DATED = ("date", "datetime")
# What it means that a tool which writes a no left all of a question's cells empty.
UNFILLED = {"kobo": "not_offered"}


@dataclass(frozen=True)
class Typed:
    """One question, typed.

    columns   as they stand in `responses`
    filled    rows with anything in the question's cells
    unknown   rows with an answer that is not understood: set aside, and a blocking finding
    given     per row what its cells say, as `gaps` takes it
    """

    columns: dict[str, pd.Series]
    filled: np.ndarray
    unknown: np.ndarray
    given: np.ndarray
    findings: list[Finding] = field(default_factory=list)


def typed(
    export: Export,
    instrument: Instrument,
    question: Question,
    place: Located,
    origin: Origin,
    form: str | None,
) -> Typed:
    """A question's answers by its type. `form` is the source's declared `date_format`."""
    said = instrument.answers.get(question.name, {})
    if question.type == "select_multiple":
        return _several(export, instrument, question, place, origin)
    position = place.positions[""]
    column = export.frame[position]
    column, absent = _declared_absent(column, _absent(export, instrument, question, position))
    if question.type == "select_one":
        return _one(column, absent, question, said, export.codes.get(position, {}), instrument, origin)
    if question.type in ("integer", "decimal"):
        decimal = str(export.columns["decimal"][position])
        made, bad = typing.numbers(column, decimal=decimal, whole=question.type == "integer")
        problem = "not a whole number" if question.type == "integer" else "not a number"
        number = _made(question, column, made, bad, absent, problem, "correct the cell", origin)
        number.findings.extend(_odd_numbers(question, column, made, origin))
        return number
    if question.type in DATED:
        made, bad, problem = dates(column, form, wall=question.type == "date")
        remedy = 'write YYYY-MM-DD, or declare date_format = "%d/%m/%Y" (or as it is) in study.toml'
        return _made(question, column, made, bad, absent, problem, remedy, origin)
    none = pd.Series(False, index=column.index)
    return _made(question, column, column.where(column != ""), none, absent, "", "", origin)


def _absent(export: Export, instrument: Instrument, question: Question, position: int) -> dict[str, str]:
    """Texts that stand for no answer here: as the file declares (SPSS), and as the sidecar does."""
    offered = {typing.plain(choice.name) for choice in question.choices}
    told = {**instrument.unanswered, **export.missing.get(position, {})}
    return {typing.plain(text): kind for text, kind in told.items() if typing.plain(text) not in offered}


def _declared_absent(column: pd.Series, absent: Mapping[str, str]) -> tuple[pd.Series, np.ndarray]:
    """The column without the texts that stand for no answer, and their kinds (EMPTY elsewhere)."""
    if not absent:
        return column, np.full(len(column), EMPTY, dtype="int8")
    made, positions = typing.by_text(column, lambda text: KIND.get(absent.get(typing.plain(text), ""), EMPTY))
    kinds = np.append(made.astype("int8"), np.int8(EMPTY))[positions]
    return column.mask(kinds != EMPTY, ""), kinds


def _made(
    question: Question,
    column: pd.Series,
    made: pd.Series,
    bad: pd.Series,
    absent: np.ndarray,
    problem: str,
    remedy: str,
    origin: Origin,
) -> Typed:
    found = typing.unknown(column, bad, problem, remedy, origin=origin, name=question.name)
    found += _breaches(question, made, origin)
    given = np.where(made.notna().to_numpy(), ANSWERED, np.where(bad, UNKNOWN, absent)).astype("int8")
    filled = (column != "").to_numpy() | (absent != EMPTY)
    return Typed({question.name: made}, filled, bad.to_numpy(), given, found)


def _odd_numbers(question: Question, column: pd.Series, made: pd.Series, origin: Origin) -> list[Finding]:
    """Numbers such as -99 that tools write for no answer, unless the form's own constraint allows them."""
    held = made.isin(typing.SENTINELS)
    if not held.any():
        return []
    allowed = evaluate(question.constraint, {}, own=made) if question.constraint else None
    if allowed is not None:
        held &= ~allowed.fillna(False).to_numpy(dtype=bool)
    problem = "a negative number that usually stands for no answer"
    remedy = (
        "say what it stands for under [unanswered] in the sidecar, or allow it by a constraint in the form"
    )
    return typing.unknown(column, held, problem, remedy, origin=origin, name=question.name)


def _breaches(question: Question, made: pd.Series, origin: Origin) -> list[Finding]:
    """Answers that the form's own constraint does not allow; `made` holds them typed, several choices as text
    between spaces."""
    if not question.constraint:
        return []
    own = made.astype("str") if isinstance(made.dtype, pd.CategoricalDtype) else made
    allowed = evaluate(question.constraint, {}, own=own)
    if allowed is None:
        return []
    bad = made.notna().to_numpy() & ~allowed.fillna(True).to_numpy(dtype=bool)
    if not bad.any():
        return []
    problem = f"{int(bad.sum())} answers break the form's own constraint"
    remedy = "look at the rows; correct the export, or exclude them by a rule in study.toml"
    row = made.index[bad][0]
    return [origin.finding("warn", problem, remedy, row=row, column=question.name, count=int(bad.sum()))]


def _one(
    column: pd.Series,
    absent: np.ndarray,
    question: Question,
    said: Mapping[str, str],
    codes: Mapping[str, str],
    instrument: Instrument,
    origin: Origin,
) -> Typed:
    answer, bad = typing.choose(column, question, said, codes)
    problem = f"not one of the {len(question.choices)} allowed answers"
    remedy = f"add it to the choices, or under [answers.{origin.year}] in {instrument.name}.toml"
    found = typing.unknown(column, bad, problem, remedy, origin=origin, name=question.name, question=question)
    found += [*_other_meaning(question, codes, origin), *_breaches(question, answer, origin)]
    kinds = np.array([KIND.get(choice.missing, ANSWERED) for choice in question.choices] + [0], dtype="int8")
    chosen = answer.cat.codes.to_numpy()
    given = np.where(chosen >= 0, kinds[chosen], np.where(bad, UNKNOWN, absent)).astype("int8")
    filled = (column != "").to_numpy() | (absent != EMPTY)
    return Typed({question.name: answer}, filled, bad.to_numpy(), given, found)


def _other_meaning(question: Question, codes: Mapping[str, str], origin: Origin) -> list[Finding]:
    """Codes that the file gives another meaning than the form does: reversed, re-used or just others.

    A label that is a choice's decides what its code means; one that is none cannot be told from a choice
    reworded or a code used again, so somebody has to look.
    """
    named = {typing.plain(choice.name): choice for choice in question.choices}
    words = {plain_label for choice in question.choices for plain_label in _words(choice)}
    other = [c for c, label in codes.items() if _clash(named.get(typing.plain(c)), label)]
    odd = [code for code in other if typing.plain(codes[code]) not in words]
    if odd:
        problem = f"the file's own labels of {len(odd)} codes ({', '.join(odd[:5])}) are not the form's"
        remedy = "compare them: codes may have been turned round or re-used; correct the form or the export"
        return [origin.finding("block", problem, remedy, row=1, column=question.name, count=len(odd))]
    if other:
        problem = (
            f"{len(other)} codes mean other answers in the file than in the form; its labels were followed"
        )
        return [origin.finding("note", problem, "none needed", row=1, column=question.name, count=len(other))]
    return []


def _clash(choice: Choice | None, label: str) -> bool:
    return choice is not None and label != "" and typing.plain(label) not in _words(choice)


def _words(choice: Choice) -> set[str]:
    return {typing.plain(text) for text in (choice.label, choice.name, *(text for _, text in choice.labels))}


def _several(
    export: Export, instrument: Instrument, question: Question, place: Located, origin: Origin
) -> Typed:
    said = instrument.answers.get(question.name, {})
    whole = place.positions.get("", place.summary)
    apart = {name: p for name, p in place.positions.items() if name}
    own = dict.fromkeys([*apart.values(), *place.gathered, *([] if whole is None else [whole])])
    frame, absent = _all_declared_absent(export, instrument, question, [*own, *place.others])
    other = next((c.name for c in question.choices if c.name in apart and typing.is_other(c.label)), None)
    if other is not None and place.others:
        frame[apart[other]] = _first_filled(frame, (apart[other], *place.others))
    ticks = in_columns(frame, question, apart, origin, said) if apart else None
    if whole is None:
        assert ticks is not None
        return _ticked(ticks, question, export, absent, origin)
    cells = _gathered(frame, place.gathered) if place.gathered else frame[whole]
    cell = in_one_cell(cells, question, said, export.codes.get(whole, {}))
    both = cell if ticks is None else _both(ticks, cell, question, place, origin)
    return _ticked(both, question, export, absent, origin, cells)


def _first_filled(frame: pd.DataFrame, positions: Iterable[int]) -> pd.Series:
    """What somebody wrote beside "Other": tools keep several such columns when the choice was taken away and
    made again."""
    cells = pd.Series("", index=frame.index, dtype="str")
    for p in positions:
        cells = cells.where(cells != "", frame[p])
    return cells


def _all_declared_absent(
    export: Export, instrument: Instrument, question: Question, positions: Iterable[int]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Those columns without the texts that stand for no answer, and by row the first kind that is told."""
    columns, kinds = {}, np.full(len(export.frame), EMPTY, dtype="int8")
    for p in positions:
        columns[p], own = _declared_absent(export.frame[p], _absent(export, instrument, question, p))
        kinds = np.where(kinds == EMPTY, own, kinds)
    return pd.DataFrame(columns, index=export.frame.index), kinds


def _gathered(frame: pd.DataFrame, positions: tuple[int, ...]) -> pd.Series:
    """The answers of several columns in one cell."""
    cells = pd.Series("", index=frame.index, dtype="str")
    for p in positions:
        cells = cells.mask((frame[p] != "").to_numpy(), cells + frame[p] + ";")
    return cells.str.removesuffix(";")


def _both(ticks: Ticks, cell: Ticks, question: Question, place: Located, origin: Origin) -> Ticks:
    """Columns and one cell beside them: choices without a column come from the cell, as do those of a row
    whose columns are empty (the form's version did not have them), and the two are compared."""
    chosen, differ = ticks.chosen.copy(), pd.Series(False, index=ticks.bad.index)
    alone = ~ticks.filled & cell.filled
    for name in chosen:
        if name not in place.positions:
            chosen[name] = cell.chosen[name]
        else:
            chosen[name] = chosen[name].mask(
                alone | (chosen[name].isna() & cell.chosen[name]), cell.chosen[name]
            )
            differ |= (chosen[name].fillna(False) != cell.chosen[name]) & ~cell.bad
    findings = [*ticks.findings]
    if differ.any():
        row, n = differ.index[differ][0], int(differ.sum())
        problem = f"{n} rows tick other choices in the columns than in the cell beside them"
        remedy = "export again; the columns are used"
        findings.append(origin.finding("warn", problem, remedy, row=row, column=question.name, count=n))
    return Ticks(chosen, ticks.bad | cell.bad, cell.own, ticks.filled | cell.filled, ticks.explicit, findings)


def _ticked(
    ticks: Ticks,
    question: Question,
    export: Export,
    absent: np.ndarray,
    origin: Origin,
    cells: pd.Series | None = None,
) -> Typed:
    found = [*ticks.findings]
    if cells is not None:
        found += _in_the_cell(cells, ticks, question, origin)
    taken = ticks.chosen.fillna(False).to_numpy(dtype=bool)
    answered: np.ndarray = np.asarray(taken.any(axis=1))
    if question.constraint:
        found += _breaches(question, said_together(ticks.chosen).mask(~answered), origin)
    columns = {f"{question.name}/{name}": ticks.chosen[name].where(answered, pd.NA) for name in ticks.chosen}
    unknown = ticks.bad.to_numpy() & ~answered
    given = _kinds(taken, question)
    if ticks.explicit:
        # A tool that writes a no leaves all cells of a question empty only where it was not there to answer.
        given[~ticks.filled.to_numpy()] = NOT_THERE[UNFILLED.get(export.format, "not_shown")]
    told = (absent != EMPTY) & ~answered
    given[told] = absent[told]
    given[unknown] = UNKNOWN
    return Typed(columns, answered | unknown | told, unknown, given, found)


def _in_the_cell(cells: pd.Series, ticks: Ticks, question: Question, origin: Origin) -> list[Finding]:
    """What is odd about a cell that holds all of a respondent's answers."""
    name = question.name
    problem = f"holds an answer that is not one of the {len(question.choices)} offered"
    remedy = f"add it to the choices, or under [answers.{origin.year}] in the sidecar"
    odd = ticks.bad & (cells != "")
    found = typing.unknown(cells, odd, problem, remedy, origin=origin, name=name, question=question)
    problem = "holds words that are no choice; they count as Other"
    own = typing.unknown(cells, ticks.own, problem, remedy, origin=origin, name=name, severity="warn")
    return [*found, *own]


def _kinds(taken: np.ndarray, question: Question) -> np.ndarray:
    """Per row ANSWERED, EMPTY, or the kind of missing where nothing but such a choice was taken."""
    absent = np.array([bool(choice.missing) for choice in question.choices], dtype=bool)
    kinds = np.array([KIND.get(choice.missing, 0) for choice in question.choices], dtype="int8")
    answered = taken.any(axis=1)
    only = answered & ~(taken & ~absent).any(axis=1)
    given = np.where(only, kinds[taken.argmax(axis=1)], np.where(answered, ANSWERED, EMPTY))
    return given.astype("int8")
