"""Who sits in a circle: `circle_people`. Imports frames."""

from __future__ import annotations

import pandas as pd

from ksn_research.analyse.circles.frames import table
from ksn_research.analyse.survey.groups import of_year, years
from ksn_research.prepared import Prepared

LEADS = "facilitator"  # a co-facilitator leads too


def people_table(prepared: Prepared) -> pd.DataFrame:
    """The circles of the newest two years by their lists of members; who leads one is a member of it."""
    found = years(prepared.circles, prepared.year)
    return table("circle_people", (_of_year(prepared.circles, year) for year in found))


def _of_year(circles: pd.DataFrame, year: int | None) -> pd.DataFrame:
    seats = of_year(circles, year)
    seats = seats[seats["circle"].notna() & seats["member"].notna()]
    leading = seats[seats["role"].astype("str").str.strip().str.casefold().str.endswith(LEADS, na=False)]
    by_circle = seats.groupby("circle", sort=True)
    made = pd.DataFrame({"members": by_circle["member"].nunique(), "name": by_circle["circle_name"].first()})
    led = leading.groupby("circle")["member"].unique()
    made["facilitators"] = led.map(len).reindex(made.index).fillna(0)
    made["led_by"] = led.map(lambda ids: ";".join(sorted(ids))).reindex(made.index).fillna("")
    made = made.rename_axis("circle").reset_index()
    return made.assign(year=year, name=made["name"].fillna(made["circle"]))
