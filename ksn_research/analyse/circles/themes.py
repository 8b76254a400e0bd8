"""What comments of a circle are about, by a coding sheet: `circle_themes`. Imports answering and frames."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ksn_research.analyse.circles.answering import Fielding
from ksn_research.analyse.circles.frames import WAVE, table

ANSWER = ["year", "wave", "row"]
SHEET = "{source}.comments"  # the table of coded comments among the records


def themes_table(found: list[Fielding], records: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Who said what, counted in people: one line per circle and theme.

    records  of a source, a table with year, wave, row (as in `responses`), circle (NA: that of the
             respondent) and theme, a line per comment and theme; sources without one have no themes
    """
    return table("circle_themes", (_themes(one, records) for one in found))


def _themes(fielding: Fielding, records: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    coded = records.get(SHEET.format(source=fielding.sample.key["source"]))
    if coded is None or coded.empty:
        return table("circle_themes")
    said = _placed(coded, fielding)  # a comment without a theme is coded too
    by_theme = said.dropna(subset=["theme"]).groupby(["circle", "theme"], sort=True)["person"].nunique()
    made = by_theme.rename("people").reset_index()
    commented = said.groupby("circle")["person"].nunique()
    return made.assign(**fielding.sample.key, commented=made["circle"].map(commented))[
        [*WAVE, "circle", "theme", "people", "commented"]
    ]


def _placed(coded: pd.DataFrame, fielding: Fielding) -> pd.DataFrame:
    """Lines of the sheet with the person and the circle: circle, theme, person.

    The sheet's circle counts where it says one; a respondent who sits in two counts in both otherwise.
    """
    own = fielding.sample.frame[ANSWER].assign(
        person=fielding.sample.person, own=fielding.sample.frame["circle"].astype("str")
    )
    lines = coded[[*ANSWER, "circle", "theme"]].astype({"year": "Int64", "wave": "str", "row": "Int64"})
    lines, own = lines.fillna({"wave": ""}), own.astype({"row": "Int64", "wave": "str"}).fillna({"wave": ""})
    met = lines.merge(own, on=ANSWER, how="inner")
    said = met["circle"].astype("str")
    circle = said.where(said.notna() & (said.str.strip() != ""), met["own"])
    return met.assign(circle=circle)[["circle", "theme", "person"]].astype({"theme": "str"})
