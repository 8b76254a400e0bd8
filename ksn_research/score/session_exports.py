"""Exports of the session form (Kobo, ODK, a plain table) as what was entered: a submission is a meeting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Instrument
from ksn_research.plan.session_form import (
    BROUGHT,
    CAME,
    CIRCLE,
    GUESTS,
    MET_ON,
    NEEDED,
    NOTE,
    RATING,
    choice_name,
    session_form,
)
from ksn_research.read import Export
from ksn_research.score.answers import plain, plain_column
from ksn_research.score.columns import locate
from ksn_research.score.question import Typed, typed
from ksn_research.score.sessions import Entered, lists_of
from ksn_research.score.ticks import TICKED

FORMAT = "session_form"
NO_CIRCLE, NO_DATE = "circle not understood, or none", "date not understood, or none"
BAD_TICK = "tick not understood"
BETWEEN = re.compile(r"[\s,;|]+")
COLUMN = "name it under columns in study.toml, or export with XML values and headers"
REMEDIES = {
    CIRCLE: "correct the cell, or add the circle to the list of circles",
    RATING: "correct the cell",
    BROUGHT: "correct the cell",
}


def of_export(
    export: Export,
    circles: pd.DataFrame,
    origin: Origin,
    columns: Mapping[str, str] | None = None,
    form: str | None = None,
) -> Entered:
    """What was sent in by the form.

    circles  the list of circles of the same year; without one circle and members are taken as written
    columns  ours = theirs, where an export names a question otherwise
    form     the source's declared `date_format`
    """
    lists = lists_of(circles)
    asked = session_form(lists)
    others = {name: question for name, question in asked.questions.items() if name != CAME}
    instrument = replace(asked, questions=others, columns=dict(columns or {}))
    answers, findings = _answers(export, instrument, origin, form)
    codes = {choice_name(one.circle): one.circle for one in lists}
    circle = answers[CIRCLE].astype("str")
    meetings = pd.DataFrame(
        {
            "row": pd.Series(export.frame.index, index=export.frame.index, dtype="Int64"),
            "place": MET_ON,
            "circle": circle.map(codes).astype("str") if lists else circle,
            "date": answers[MET_ON].dt.normalize(),
            "guests": answers[GUESTS].where(answers[GUESTS] >= 0),
            "rating": pd.to_numeric(answers[RATING].astype("str"), errors="coerce"),
            "note": answers[NOTE].astype("str"),
            "brought": answers[BROUGHT],
        }
    )
    wrong = pd.Series("", index=meetings.index).mask(meetings["date"].isna(), NO_DATE)
    meetings["wrong"] = wrong.mask(meetings["circle"].isna(), NO_CIRCLE).astype("str")
    marks, found = _marks(export, asked, origin, (columns or {}).get(CAME, ""))
    found = [*export.findings, *findings, *found, *_alone(meetings, marks, origin)]
    return Entered(meetings, marks, export.blank, found)


def _answers(
    export: Export, instrument: Instrument, origin: Origin, form: str | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """A typed column per question but who came; what the file has no column for is missing throughout."""
    places, lacking = locate(export, instrument, origin)
    made = {name: typed(export, instrument, instrument.questions[name], places[name], origin, form)
            for name in instrument.questions if name in places}  # fmt: skip
    columns = {key: column for one in made.values() for key, column in one.columns.items()}
    columns[BROUGHT] = _together(columns, instrument, export.frame.index)
    for name, question in instrument.questions.items():
        kind = {"date": "datetime64[s]", "integer": "float64"}.get(question.type, "str")
        columns.setdefault(name, pd.Series(index=export.frame.index, dtype=kind))
    found = [
        replace(one, severity="block" if one.column in NEEDED else "note", remedy=COLUMN) for one in lacking
    ]
    found += [
        replace(one, remedy=REMEDIES.get(one.column, one.remedy)) for t in made.values() for one in t.findings
    ]
    found += _empty(made, export.frame.index, origin)
    return pd.DataFrame({name: columns[name] for name in instrument.questions}), found


def _together(columns: dict[str, pd.Series], instrument: Instrument, rows: pd.Index) -> pd.Series:
    """What was brought, names split by ";"."""
    said = pd.Series("", index=rows, dtype="str")
    for choice in instrument.questions[BROUGHT].choices:
        ticked = columns.pop(f"{BROUGHT}/{choice.name}", pd.Series(False, index=rows))
        said = said.mask(ticked.fillna(False).to_numpy(dtype=bool), said + f"{choice.name};")
    return said.str.removesuffix(";").mask(said == "")


def _empty(made: Mapping[str, Typed], rows: pd.Index, origin: Origin) -> Iterator[Finding]:
    """Submissions without circle or date."""
    for name in (name for name in (CIRCLE, MET_ON) if name in made):
        for row in rows[~made[name].filled]:
            problem, remedy = "nothing is entered", "fill the cell; the submission is set aside"
            yield origin.finding("block", problem, remedy, row=row, column=name)


# --- who came ------------------------------------------------------------------------------------------


def _marks(
    export: Export, asked: Instrument, origin: Origin, declared: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """One row per member ticked, from the columns of single members, from the one cell, or from both: whoever
    stands in either came."""
    names = {plain(text) for text in ([declared] if declared else [CAME, asked.questions[CAME].label])}
    split, whole = _places(export, names)
    if not split and not whole:
        problem = "no column holds it"
        return _table([]), [origin.finding("block", problem, COLUMN, row=1, column=CAME)]
    apart, odd = _ticked(export, split)
    found = [
        origin.finding(
            "block", "neither ticked nor empty", "correct the cell", row=row, column=column, answer=text
        )
        for row, column, text in odd
    ]
    said = [(row, code) for p in whole for row, code in _in_cell(export.frame[p])]
    bad = [(row, column, BAD_TICK) for row, column, _ in odd]
    good = dict.fromkeys((row, code) for row, code in [*apart, *said])
    return _table([*((row, code, "") for row, code in good), *bad]), found


def _places(export: Export, names: set[str]) -> tuple[dict[int, str], list[int]]:
    """Columns of single members, with their member, and columns that hold all who came."""
    split: dict[int, str] = {}
    whole: list[int] = []
    for position, head in export.columns.iterrows():
        of_question = {plain(head["group"]), plain(head["heading"])} & names
        member = head["choice"] or head["item"]
        if of_question and member:
            split[int(str(position))] = str(member)
        elif not head["role"] and {plain(head["name"]), plain(head["heading"])} & names:
            whole.append(int(str(position)))
    return split, whole


def _ticked(
    export: Export, split: Mapping[int, str]
) -> tuple[list[tuple[int, str]], list[tuple[int, str, str]]]:
    """Row and member of every tick; row, heading and text of what is neither a tick nor none."""
    ticks: list[tuple[int, str]] = []
    odd: list[tuple[int, str, str]] = []
    for position, member in split.items():
        cells = export.frame[position]
        said = plain_column(cells)
        own = said.isin([plain(member), plain(choice_name(member))])
        ticks += [(row, member) for row in cells.index[own | said.map(TICKED).eq(True)]]
        strange = cells[(said != "") & ~own & ~said.isin(TICKED)]
        heading = str(export.columns["heading"][position])
        odd += [(int(str(row)), heading, str(text)) for row, text in strange.items()]
    return ticks, odd


def _in_cell(cells: pd.Series) -> Iterator[tuple[int, str]]:
    for row, text in cells[cells != ""].items():
        yield from ((int(str(row)), code) for code in dict.fromkeys(BETWEEN.split(text)) if code)


def _table(rows: list[tuple[int, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["meeting", "member", "wrong"])
    frame = frame.astype({"meeting": "int64", "member": "str", "wrong": "str"})
    return frame.assign(row=frame["meeting"], place=CAME)


def _alone(meetings: pd.DataFrame, marks: pd.DataFrame, origin: Origin) -> Iterator[Finding]:
    """Meetings to which nobody came, by the form: it may have been sent too early."""
    nobody = ~meetings.index.isin(marks["meeting"]) & ~(meetings["guests"] > 0) & (meetings["wrong"] == "")
    for row in meetings.index[nobody]:
        problem, remedy = "nobody came, by what was entered", "look whether the ticks were forgotten"
        yield origin.finding("warn", problem, remedy, row=row, column=CAME)
