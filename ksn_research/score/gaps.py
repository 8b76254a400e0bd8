"""Why an answer is missing: not offered, not shown, skipped, stopped, don't know or refused, kept apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ksn_research.plan import Instrument, Question
from ksn_research.plan.specs import MISSING
from ksn_research.score.expressions import evaluate, names

KIND = {kind: i for i, kind in enumerate(MISSING)}
ANSWERED, EMPTY, UNKNOWN = -1, -2, -3
# All cells of a question are empty in which the tool would have written a no: what that means unless
# branching, the form's version or a respondent who stopped explains it.
NOT_THERE = {"not_offered": -4, "not_shown": -5}
REACHED = (ANSWERED, UNKNOWN, KIND["skipped"], KIND["dont_know"], KIND["refused"])


def gaps(
    given: Mapping[str, np.ndarray],
    frame: pd.DataFrame,
    instrument: Instrument,
    unfinished: pd.Series | None,
    version: pd.Series | None,
) -> pd.DataFrame:
    """Per row and question the kind of missing (one of `MISSING`), NA where there is an answer.

    given       by question, in the questionnaire's order: codes per row as its text says them: ANSWERED,
                UNKNOWN (not understood; NA here, it is set aside), the place in `MISSING` of don't know,
                refused, not offered ..., EMPTY where the cell says nothing, and one of `NOT_THERE`
    frame       the typed answers, for branching
    unfinished  rows whose respondent did not reach the end; None where the tool does not say so: then an
                empty run up to the last question counts as stopped when a closed question is in it, since
                people often leave just a last comment empty
    version     the form's version by row, where the tool says it
    """
    asked = [name for name in given if name in instrument.questions]
    codes = (
        np.column_stack([given[name] for name in asked]) if asked else np.empty((len(frame), 0), dtype="int8")
    )
    empty = codes == EMPTY
    unsaid = empty | (codes <= max(NOT_THERE.values()))
    after = _after_the_last(np.isin(codes, REACHED))
    if unfinished is None:
        stopped = after & empty & _closed_left(after & empty, instrument, asked)
    else:
        stopped = after & unsaid & _column(unfinished)
    codes[empty] = KIND["skipped"]
    for kind, code in NOT_THERE.items():
        codes[codes == code] = KIND[kind]
    codes[stopped] = KIND["stopped"]
    codes[codes == UNKNOWN] = ANSWERED
    for i, name in enumerate(asked):
        question = instrument.questions[name]
        hidden = unsaid[:, i] & _not_shown(question, frame, instrument)
        codes[hidden, i] = KIND["not_shown"]
        codes[unsaid[:, i] & _not_offered(name, instrument, version, len(frame)), i] = KIND["not_offered"]
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(codes[:, i], categories=pd.Index(MISSING))
            for i, name in enumerate(asked)
        },
        index=frame.index,
    )


def shown(question: Question, frame: pd.DataFrame, instrument: Instrument) -> pd.Series | None:
    """Whether branching shows a question, by row; None where it has no condition, or one that cannot be
    worked out from the answers."""
    if not question.relevant or not names(question.relevant) <= instrument.questions.keys():
        return None
    columns = {name: as_said(frame, instrument.questions[name]) for name in names(question.relevant)}
    if any(column is None for column in columns.values()):
        return None
    return evaluate(
        question.relevant, {name: column for name, column in columns.items() if column is not None}
    )


def as_said(frame: pd.DataFrame, question: Question) -> pd.Series | None:
    """A question's answers as expressions take them: choice names, several between spaces."""
    if question.type == "select_multiple":
        chosen = {c.name: frame.get(f"{question.name}/{c.name}") for c in question.choices}
        kept = {name: column for name, column in chosen.items() if column is not None}
        return said_together(pd.DataFrame(kept)) if kept else None
    if question.name not in frame:
        return None
    column = frame[question.name]
    return column.astype("str") if isinstance(column.dtype, pd.CategoricalDtype) else column


def said_together(chosen: pd.DataFrame) -> pd.Series:
    """Names of the ticked choices between spaces, "" for none. `chosen` has a boolean column a choice."""
    said = pd.Series("", index=chosen.index, dtype="str")
    for name in chosen:
        ticked = chosen[name].fillna(False).to_numpy(dtype=bool)
        said = said.mask(ticked, said + f"{name} ")
    return said.str.strip()


def _after_the_last(answered: np.ndarray) -> np.ndarray:
    """True for cells after a row's last answer."""
    width = answered.shape[1]
    if not width:
        return answered
    last = np.where(answered.any(axis=1), width - 1 - answered[:, ::-1].argmax(axis=1), -1)
    return np.arange(width) > last[:, None]


def _closed_left(after: np.ndarray, instrument: Instrument, asked: list[str]) -> np.ndarray:
    closed = np.array([instrument.questions[name].type != "text" for name in asked], dtype=bool)
    return (after & closed).any(axis=1, keepdims=True)


def _column(rows: pd.Series) -> np.ndarray:
    return rows.to_numpy(dtype=bool)[:, None]


def _not_shown(question: Question, frame: pd.DataFrame, instrument: Instrument) -> np.ndarray:
    said = shown(question, frame, instrument)
    return np.zeros(len(frame), dtype=bool) if said is None else (~said).fillna(False).to_numpy(dtype=bool)


def _not_offered(name: str, instrument: Instrument, version: pd.Series | None, rows: int) -> np.ndarray:
    lacking = [v for v, names_ in instrument.versions.items() if name in names_]
    if version is None or not lacking:
        return np.zeros(rows, dtype=bool)
    return version.isin(lacking).to_numpy()
