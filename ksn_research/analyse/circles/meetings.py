"""How circles met: `circle_sessions`. Imports answering and frames."""

from __future__ import annotations

import pandas as pd

from ksn_research.analyse.circles.answering import seated
from ksn_research.analyse.circles.frames import table
from ksn_research.analyse.survey.groups import of_year, years
from ksn_research.prepared import Prepared

MEETING = ["circle", "event"]  # circles that meet together have a meeting each


def sessions_table(prepared: Prepared) -> pd.DataFrame:
    """Every meeting of every circle in the newest two years with attendance, by circle and date."""
    found = years(prepared.attendance, prepared.year)
    return table("circle_sessions", (sessions(prepared, year) for year in found))


def sessions(prepared: Prepared, year: int | None) -> pd.DataFrame:
    """Sessions of circles with a known membership: how many of the circle's people of the year came.

    Columns as `circle_sessions`. Facilitators belong to the circle; guests are not counted.
    """
    seats = seated(prepared.circles, year)
    size = seats.groupby("circle")["member"].nunique()
    came = of_year(prepared.attendance, year)
    came = came[came["circle"].isin(size.index)]
    present = came.merge(seats, on=["circle", "member"]).groupby(MEETING)["member"].nunique()
    events = came[[*MEETING, "date"]].drop_duplicates(MEETING)
    events = events.sort_values(["circle", "date", "event"], ignore_index=True)
    events = events.join(present.rename("came"), on=MEETING).fillna({"came": 0})
    members = events["circle"].map(size).astype(int)
    return events.assign(year=year, members=members, n=members, share=events["came"] / members)
