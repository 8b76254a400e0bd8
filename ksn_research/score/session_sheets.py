"""A filled attendance sheet as what was entered: a column is a meeting, an x is somebody who came."""

from __future__ import annotations

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan.session_form import MOST_GUESTS
from ksn_research.plan.session_sheet import DATE, MARK
from ksn_research.read.session_sheet import SessionBook, place
from ksn_research.score.answers import numbers, plain, plain_column
from ksn_research.score.dates import dates
from ksn_research.score.sessions import Entered, matched

NO_CIRCLE, STRANGE_CIRCLE, NO_DATE, BAD_DATE, NOTHING, BAD_MARK, NO_CODE, SECOND = (
    "no circle", "circle not on the list of circles", "no date", "date not understood",
    "nothing entered for the date", "mark not understood", "no member code", "second line of a member",
)  # fmt: skip
BOUNDS = {"guests": (0, MOST_GUESTS), "rating": (1, 5)}


def of_sheet(book: SessionBook, circles: pd.DataFrame, origin: Origin, form: str | None = None) -> Entered:
    """What was entered into a workbook.

    circles  the list of circles of the same year, empty where there is none
    form     the source's declared `date_format`
    """
    cells = book.cells.assign(meeting=book.cells.groupby(["sheet", "column"], sort=False).ngroup())
    desk = _Desk(origin)
    meetings = desk.meetings(cells, circles, form)
    marks = desk.marks(cells[cells["line"] == "member"])
    return Entered(meetings, marks, 0, [*book.findings, *desk.findings])


class _Desk:
    """Where a workbook's cells are looked at; what is odd about them is kept in `findings`."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.findings: list[Finding] = []

    def meetings(self, cells: pd.DataFrame, circles: pd.DataFrame, form: str | None) -> pd.DataFrame:
        """One row per column with anything in it."""
        first = cells.groupby("meeting")
        made = first[["sheet", "column", "circle"]].first()
        lines = {line: _line(cells, line) for line in ("date", "guests", "rating", "note")}
        made["row"] = lines["date"]["row"].reindex(made.index).astype("Int64")
        made["place"] = _places(made)
        said = lines["date"]["text"].reindex(made.index).fillna("")
        date, bad, why = dates(said, form, wall=True)
        alone = (said != "") & (first.size() == 1)
        made["date"] = date.dt.normalize()
        listed = circles["circle"].dropna().unique()
        known = matched(made["circle"], listed) if len(listed) else made["circle"].replace("", pd.NA)
        made["wrong"] = ""
        strange = (made["circle"] != "") & known.isna()
        self._say(
            made[strange], STRANGE_CIRCLE, "correct the code in the sheet's first line, or add the circle"
        )
        self._say(made[bad], why, "write it like 2025-03-14, or declare date_format in study.toml")
        self._say(made[said == ""], "entries without a date", f"write the day into the line `{DATE}`")
        remedy = "if they did meet, mark who came; otherwise none needed"
        self._say(made[alone & ~bad], "a date with nothing entered below it", remedy, "note")
        for reason, rows in (
            (NOTHING, alone), (BAD_DATE, bad), (NO_DATE, said == ""),
            (STRANGE_CIRCLE, strange), (NO_CIRCLE, made["circle"] == ""),
        ):  # fmt: skip
            made["wrong"] = made["wrong"].mask(rows, reason)
        for line, (low, high) in BOUNDS.items():
            made[line] = self._numbers(lines[line], low, high).reindex(made.index).astype("Int64")
        made["note"] = lines["note"]["text"].reindex(made.index)
        return made.assign(circle=known, brought=pd.Series(pd.NA, index=made.index, dtype="str"))

    def marks(self, cells: pd.DataFrame) -> pd.DataFrame:
        """One row per filled cell of a member's line."""
        made = cells.assign(place=_places(cells), wrong="")
        odd = plain_column(made["text"]) != MARK
        nobody = made["head"] == ""
        lines = made[~nobody].drop_duplicates(["sheet", "row"]).sort_values("row", kind="stable")
        repeated = lines[pd.DataFrame({"s": lines["sheet"], "m": lines["head"].map(plain)}).duplicated()]
        second = made.set_index(["sheet", "row"]).index.isin(repeated.set_index(["sheet", "row"]).index)
        for i in made.index[odd]:
            self._at(made, i, f"neither empty nor {MARK}", f"write {MARK} for who came", made["text"][i])
        self._say(
            made[nobody], "a mark in a line without a member code", "write the code into the first column"
        )
        here = repeated.assign(place=[place("A", str(sheet)) for sheet in repeated["sheet"]])
        self._say(
            here, "the same member stands above", "put the marks into one line; those here are set aside"
        )
        for reason, rows in ((SECOND, second), (NO_CODE, nobody), (BAD_MARK, odd)):
            made["wrong"] = made["wrong"].mask(rows, reason)
        return made.rename(columns={"head": "member"})[["meeting", "member", "row", "place", "wrong"]]

    def _numbers(self, line: pd.DataFrame, low: int, high: int) -> pd.Series:
        """Whole numbers within bounds; what is none is a finding, and unknown."""
        made, bad = numbers(line["text"], whole=True)
        bad |= made.notna() & ~made.between(low, high)
        for i in line.index[bad]:
            problem = f"not a whole number from {low} to {high}"
            self._at(line, i, problem, "correct the cell", line["text"][i])
        return made.mask(bad)

    def _say(self, rows: pd.DataFrame, problem: str, remedy: str, severity: str = "block") -> None:
        for i in rows.index:
            self._at(rows, i, problem, remedy, severity=severity)

    def _at(
        self, rows: pd.DataFrame, i: object, problem: str, remedy: str, answer: object = "",
        severity: str = "block",
    ) -> None:  # fmt: skip
        one = rows.loc[i]  # type: ignore[call-overload]
        row = None if pd.isna(one["row"]) else int(one["row"])
        self.findings.append(
            self.origin.finding(severity, problem, remedy, row=row, column=one["place"], answer=str(answer))
        )


def _line(cells: pd.DataFrame, line: str) -> pd.DataFrame:
    """By meeting, the text of one line, its row and its place."""
    own = cells[cells["line"] == line].drop_duplicates("meeting").set_index("meeting")
    return own.assign(place=_places(own))[["text", "row", "place"]]


def _places(rows: pd.DataFrame) -> pd.Series:
    told = [place(str(c), str(s)) for c, s in zip(rows["column"], rows["sheet"], strict=True)]
    return pd.Series(told, index=rows.index, dtype="str")
