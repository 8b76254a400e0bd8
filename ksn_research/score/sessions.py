"""Meetings that a facilitator wrote down, in a form or in a sheet, as `attendance` and `notes`.

An event is a circle and a day, so it is called the same however often it is read. Who came is a row of
`attendance`, as facilitator or as current member by the list of the circle; guests have no code, so they are
a number in `notes` and no rows. An account counts each meeting and each mark: both are used or set aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan.session_form import FACILITATOR, CircleList, choice_name
from ksn_research.prepared import TABLES
from ksn_research.score.accounts import Account
from ksn_research.score.answers import plain

KIND = "session"
CURRENT = "current"
TWICE, STRANGER = "second meeting of a circle on one date", "member not on the roster"


@dataclass(frozen=True)
class Entered:
    """What was entered, told apart but not yet held against the roster.

    meetings  row, place (the column, in words), circle, date (NA where not understood), guests, rating,
              note, brought, and wrong: why it is set aside, "" where it is not
    marks     meeting (index of `meetings`), member (as it was written), row, place, wrong
    """

    meetings: pd.DataFrame
    marks: pd.DataFrame
    blank: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Sessions:
    """Rows of `attendance` and of `notes` (see `prepared`), and what became of everything entered."""

    attendance: pd.DataFrame
    notes: pd.DataFrame
    account: Account
    findings: list[Finding]


def lists_of(circles: pd.DataFrame) -> tuple[CircleList, ...]:
    """The circles of one year's table `circles`, in the order of their codes."""
    made = []
    for circle, own in circles.groupby("circle", sort=True):
        names = own["circle_name"].dropna()
        pairs = zip(own["member"], own["role"].fillna(""), strict=True)
        members = tuple((str(member), str(role)) for member, role in pairs)
        made.append(CircleList(str(circle), str(names.iloc[0]) if len(names) else "", members))
    return tuple(made)


def matched(said: pd.Series, codes: Iterable[str]) -> pd.Series:
    """Codes as the roster writes them, NA for what is none of them: capitals, width and blanks do not matter
    unless they tell two codes apart.

    >>> matched(pd.Series(["m1", "M_2", "M3"]), ["M1", "M 2"]).tolist()
    ['M1', 'M 2', nan]
    """
    exact = {code: code for code in map(str, codes)}
    loose = [(_loose(code), code) for code in exact]
    times = Counter(text for text, _ in loose)
    once = {text: code for text, code in loose if times[text] == 1}
    known = {text: exact.get(text) or once.get(_loose(text)) for text in map(str, said.dropna().unique())}
    return said.map({text: code for text, code in known.items() if code is not None}).astype("str")


def _loose(code: str) -> str:
    return plain(choice_name(code))


def tables(
    entered: Entered,
    circles: pd.DataFrame,
    people: pd.DataFrame,
    origin: Origin,
    known: Collection[str] = (),
) -> Sessions:
    """The tables of what was entered.

    circles, people  the rosters of the same year; empty where the study has none: codes stay as written
    known            events that another file has already told of
    """
    meetings = entered.meetings.assign(event=_events(entered.meetings))
    findings = [*entered.findings, *_other_year(meetings, origin)]
    again = _again(meetings, known)
    findings += [
        _said(
            origin, meetings.loc[i], "the circle has a meeting on that date already",
            "correct the date, or write the two as one meeting; only the first is read",
        )
        for i in meetings.index[again]
    ]  # fmt: skip
    meetings["wrong"] = meetings["wrong"].mask(again, TWICE)
    marks, found = _of_roster(_placed(entered.marks, meetings), circles, people, origin)
    attendance, notes = _attendance(marks, origin.year), _notes(meetings, origin.year)
    aside = Counter([*meetings["wrong"], *marks["wrong"]])
    del aside[""]
    account = Account(
        origin,
        len(meetings) + len(marks) + entered.blank,
        len(attendance) + len(notes),
        {"blank row": entered.blank, **aside},
    )
    return Sessions(attendance, notes, account, [*findings, *found])


def _events(meetings: pd.DataFrame) -> pd.Series:
    whole = meetings["circle"].notna() & meetings["date"].notna()
    return (meetings["circle"] + "-" + meetings["date"].dt.strftime("%Y-%m-%d")).where(whole).astype("str")


def _again(meetings: pd.DataFrame, known: Collection[str]) -> pd.Series:
    good = meetings["wrong"] == ""
    return good & (meetings["event"].isin(known) | meetings["event"].where(good).duplicated() & good)


def _other_year(meetings: pd.DataFrame, origin: Origin) -> list[Finding]:
    if origin.year is None:
        return []
    other = meetings[meetings["date"].notna() & (meetings["date"].dt.year != origin.year)]
    remedy = "look whether the date is right; it is taken as it stands"
    return [
        _said(origin, meetings.loc[i], f"the date is not of {origin.year}", remedy, "warn")
        for i in other.index
    ]


def _placed(marks: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Marks with their meeting's circle, date and event; those of a meeting set aside go with it."""
    own = meetings[["circle", "date", "event"]].join(meetings["wrong"].rename("of_meeting"))
    made = marks.join(own, on="meeting")
    return made.assign(wrong=made["wrong"].mask(made["of_meeting"] != "", made["of_meeting"]))


def _of_roster(
    marks: pd.DataFrame, circles: pd.DataFrame, people: pd.DataFrame, origin: Origin
) -> tuple[pd.DataFrame, list[Finding]]:
    """Marks with the member's code as the roster has it, and how each came."""
    codes = pd.concat([people["member"], circles["member"]]).dropna().drop_duplicates()
    code = matched(marks["member"], codes) if len(codes) else marks["member"]
    strange = (marks["wrong"] == "") & code.isna()
    findings = [
        _said(
            origin, marks.loc[i], STRANGER,
            "correct the code, or add the member to the list of the circle; the mark is set aside",
            answer=str(marks["member"][i]),
        )
        for i in marks.index[strange]
    ]  # fmt: skip
    made = marks.assign(member=code, wrong=marks["wrong"].mask(strange, STRANGER))
    # One who is ticked twice came once.
    made = made[(made["wrong"] != "") | ~made.duplicated(["meeting", "member", "wrong"])]
    listed = circles.drop_duplicates(["circle", "member"])[["circle", "member", "role"]]
    roles = made[["circle", "member"]].merge(listed, on=["circle", "member"], how="left", indicator=True)
    roles.index = made.index
    leads = roles["role"].fillna("").map(plain) == FACILITATOR
    visiting = (
        (made["wrong"] == "") & (roles["_merge"] == "left_only") & made["circle"].isin(listed["circle"])
    )
    remedy = "add the member to the list of the circle, if it is meant; the mark is used"
    findings += [
        _said(origin, made.loc[i], "a member who is not on the list of this circle", remedy, "warn")
        for i in made.index[visiting]
    ]
    return made.assign(came_as=leads.map({True: FACILITATOR, False: CURRENT}).astype("str")), findings


def _said(
    origin: Origin,
    one: pd.Series,
    problem: str,
    remedy: str,
    severity: str = "block",
    answer: str = "",
) -> Finding:
    """A finding about a meeting or a mark, where it stands."""
    row = None if pd.isna(one["row"]) else int(one["row"])
    return origin.finding(severity, problem, remedy, row=row, column=str(one["place"]), answer=answer)


def _attendance(marks: pd.DataFrame, year: int | None) -> pd.DataFrame:
    kept = marks[marks["wrong"] == ""].assign(kind=KIND)
    return _typed(kept.sort_values(["date", "circle", "member"]), "attendance", year)


def _notes(meetings: pd.DataFrame, year: int | None) -> pd.DataFrame:
    kept = meetings[meetings["wrong"] == ""]
    return _typed(kept.sort_values(["date", "circle"]), "notes", year)


def _typed(frame: pd.DataFrame, name: str, year: int | None) -> pd.DataFrame:
    types: Mapping[str, str] = TABLES[name]
    made = frame.assign(year=year).reindex(columns=[*types])
    return made.astype(types).reset_index(drop=True)
