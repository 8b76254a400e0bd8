"""The report's tables: which results each one shows, and under which words.

Adding a table is adding a row here, in `engagement_tables`, `outcome_tables`, `network_tables`, `tie_tables`,
`circle_tables` or `interview_tables`. Imports circle_tables, engagement_annex,
engagement_tables, interview_tables, network_tables, outcome_tables, specs, tie_tables.
"""

from __future__ import annotations

from ksn_research.render.circle_tables import CIRCLE_TABLES
from ksn_research.render.engagement_annex import ENGAGEMENT_ANNEX
from ksn_research.render.engagement_tables import ENGAGEMENT
from ksn_research.render.interview_tables import ANNEX as INTERVIEW_ANNEX
from ksn_research.render.interview_tables import INTERVIEWS
from ksn_research.render.network_tables import ANNEX as NETWORK_ANNEX
from ksn_research.render.network_tables import NETWORK
from ksn_research.render.outcome_tables import ANNEX, OUTCOMES
from ksn_research.render.specs import Column, TableSpec
from ksn_research.render.tie_tables import ANNEX as TIE_ANNEX
from ksn_research.render.tie_tables import TIE_TABLES


def _statistic(heading: str, statistic: str) -> tuple[Column, ...]:
    return (Column(heading, statistic, "with interval"), Column("n", statistic, "n"))


_RESPONDED = (
    Column("Response rate", "rate", "with interval"),
    Column("Complete answers only", "rate_complete"),
    Column("Answered", "respondents", instead="rate"),
    Column("Of", "rate", "population"),
)
_PANEL = (
    Column("Linkage rate", "rate"),
    Column("Share of answers with a member code", "share"),
    Column("Linked members who answered", "count"),
    Column("\u2003also in the wave before", "count", category="stayed"),
    Column("\u2003their share", "share", "with interval", category="stayed"),
    Column("\u2003newcomers", "count", category="newcomers"),
    Column("\u2003returners", "count", category="returners"),
    Column("Linked members of the wave before", "count", category="wave before"),
    Column("\u2003share who answered again (retention)", "retention", "with interval", category="stayed"),
    Column("\u2003losses", "count", category="losses"),
    Column("\u2003\u2003still on the roster", "count", category="still on the roster"),
    Column("\u2003\u2003left the roster", "count", category="left the roster"),
)
_PLAIN = {"group": ""}
_SPLIT = {"group": ["", "region", "type"]}

TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        "population",
        "participation",
        "The network's known members",
        {"analysis": "population", **_PLAIN},
        (Column("Count", "count"),),
    ),
    TableSpec(
        "population_by_group",
        "participation",
        "Known members by region and type",
        {"analysis": "population", "measure": ["organisations", "people"], "group": ["region", "type"]},
        (Column("Count", "count"),),
        heads=("measure", "group"),
        stub=("level",),
    ),
    TableSpec(
        "response",
        "participation",
        "Who answered",
        {"analysis": "response", **_SPLIT},
        _RESPONDED,
        heads=("source", "group"),
        stub=("level",),
        apart=True,
    ),
    TableSpec(
        "reach",
        "participation",
        "Members that came to at least one gathering",
        {"analysis": "reach", **_SPLIT},
        _statistic("Share", "share"),
        heads=("measure", "group"),
        stub=("level",),
    ),
    TableSpec(
        "panel",
        "participation",
        "Members from year to year",
        {"analysis": "panel", "measure": "linkage", **_PLAIN},
        _PANEL,
        apart=True,
        layout="listed",
    ),
    TableSpec(
        "retention_by_group",
        "participation",
        "Members who answered again, by region and type",
        {"analysis": "panel", "measure": "linkage", "group": ["region", "type"]},
        _statistic("Retention", "retention"),
        heads=("group",),
        stub=("level",),
        apart=True,
    ),
    TableSpec(
        "attrition",
        "participation",
        "Scores in the wave before: those who answered again minus those who did not",
        {"analysis": "panel", **_PLAIN},
        (
            Column("Difference", "difference", "with interval"),
            Column("Hedges' g", "hedges_g", "with interval"),
            Column("n", "difference", "n"),
            Column("p", "difference", "p"),
            Column("p, adjusted", "difference", "p_adjusted"),
        ),
        note="A difference above zero: those who did not answer again had scored lower.",
        apart=True,
    ),
    *ENGAGEMENT,
    *OUTCOMES,
    *NETWORK,
    *TIE_TABLES,
    *CIRCLE_TABLES,
    *INTERVIEWS,
    TableSpec(
        "circles",
        "circles",
        "The learning circles together",
        {"analysis": ["circles", "circle_spread", "circle_attendance"], "category": "", **_PLAIN},
        (
            Column("Circles", "count"),
            Column("That answered", "answered"),
            Column("With enough answers for a page", "enough_answers"),
            Column("Below the midpoint", "low_circles"),
            Column("Of these judged", "low_circles", "n"),
            Column("Attendance, mean of circles", "mean_share"),
            Column("A quarter of circles below", "quarter_below"),
            Column("A quarter above", "quarter_above"),
        ),
        apart=True,
    ),
    *ENGAGEMENT_ANNEX,
    *NETWORK_ANNEX,
    *TIE_ANNEX,
    *INTERVIEW_ANNEX,
    *ANNEX,
)
