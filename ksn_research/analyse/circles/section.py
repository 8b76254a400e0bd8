"""The circles' part of an edition: the exact tables that disclosure turns into pages, and public rows.

Imports answering, counts, meetings, members, rows, themes.
"""

from __future__ import annotations

import pandas as pd

from ksn_research.analyse.circles.answering import fieldings
from ksn_research.analyse.circles.counts import answers_table, response_table, scales_table
from ksn_research.analyse.circles.meetings import sessions_table
from ksn_research.analyse.circles.members import people_table
from ksn_research.analyse.circles.rows import answered_rows, attendance_rows, listed_rows, low_rows
from ksn_research.analyse.circles.themes import themes_table
from ksn_research.prepared import Prepared
from ksn_research.results import Row


def circle_tables(prepared: Prepared) -> dict[str, pd.DataFrame]:
    """The exact tables of all circles, by name, with the columns of `frames.TABLES`.

    Comes in: everything the study prepared. What it does not have gives empty tables. Goes out: numbers of
    single circles in the newest two waves or years of each source; for disclosure only.
    """
    found = fieldings(prepared)
    return {
        "circle_people": people_table(prepared),
        "circle_response": response_table(found),
        "circle_answers": answers_table(found, prepared.study.people),
        "circle_scales": scales_table(found),
        "circle_sessions": sessions_table(prepared),
        "circle_themes": themes_table(found, prepared.records),
    }


def analyse_circles(prepared: Prepared) -> list[Row]:
    """How many circles there are, answered and are low on a scale, and how they attend.

    Comes in: everything the study prepared; a study without circles gives no rows. Goes out: rows with
    analysis "circles", "circle_spread" and "circle_attendance", none of a single circle.
    """
    people = prepared.study.people
    rows = list(listed_rows(prepared, people_table(prepared)))
    for found in fieldings(prepared):
        rows += [*answered_rows(found, people), *low_rows(found, people)]
    return [*rows, *attendance_rows(prepared, sessions_table(prepared))]
