"""The report's tables: which results each one shows, and under which words.

Adding a table is adding a row here. Imports no sibling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column under each wave, or, with `once`, one column for the edition's year only.

    part      "estimate", "with interval", "count of n", "n", "population", "p" or "p_adjusted"
    category  in the layout "listed", which names a result by it
    instead   where there is no such statistic, the one whose n is shown
    """

    heading: str
    statistic: str
    part: str = "estimate"
    once: bool = False
    category: str = ""
    instead: str = ""


@dataclass(frozen=True)
class TableSpec:
    """Which results a table shows.

    where   equalities on results columns (see `results.find`), statistics aside
    heads   fields whose words head a block of lines; stub: fields whose words name a line
    ranked  lines by the first column's newest estimate, highest first; else in the order of the results
    grouped results of groups only
    apart   a table per source, since their waves differ
    layout  "waves": a block of columns per wave; "turned": a line per statistic, a column per wave;
            "listed": a line per column of the spec, which names statistic and category, newest wave;
            "across": the last field of `stub` spread over columns, newest wave; "pairs": categories
            "A > B" spread over lines and columns, newest wave
    annex   in the workbook only
    """

    name: str
    section: str
    title: str
    where: Mapping[str, str | Sequence[str]]
    columns: tuple[Column, ...]
    heads: tuple[str, ...] = ("source",)
    stub: tuple[str, ...] = ("measure",)
    stub_heading: str = ""
    note: str = ""
    ranked: bool = False
    grouped: bool = False
    apart: bool = False
    layout: str = "waves"
    annex: bool = False


def _statistic(heading: str, statistic: str) -> tuple[Column, ...]:
    return (Column(heading, statistic, "with interval"), Column("n", statistic, "n"))


_RESPONDED = (
    Column("Response rate", "rate", "with interval"),
    Column("Answered", "respondents", instead="rate"),
    Column("Of", "rate", "population"),
)
_CHANGE = (
    Column("Change", "difference", "with interval", once=True),
    Column("n", "difference", "n", once=True),
    Column("p", "difference", "p", once=True),
    Column("p, adjusted", "difference", "p_adjusted", once=True),
    Column("Same members", "difference_same_members", "with interval", once=True),
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
    TableSpec(
        "attendance",
        "engagement",
        "Gatherings and attendance",
        {"analysis": "attendance", **_PLAIN},
        (
            Column("Attendances", "attendances"),
            Column("Gatherings", "events", once=True),
            Column("People", "people", once=True),
            Column("Per gathering", "mean_per_event", once=True),
            Column("Per person", "mean_per_person", once=True),
        ),
    ),
    TableSpec(
        "came_as",
        "engagement",
        "In which role people came",
        {"analysis": "came_as", **_PLAIN},
        (Column("Share", "share"),),
        stub=("measure", "category"),
        layout="across",
    ),
    TableSpec(
        "return",
        "engagement",
        "Coming again, and guests who became members",
        {"analysis": ["return", "conversion"], **_PLAIN},
        _statistic("Share", "share"),
        stub=("measure", "category"),
    ),
    TableSpec(
        "ratings",
        "engagement",
        "How sessions were rated",
        {"analysis": "ratings", **_PLAIN},
        _statistic("Mean", "mean"),
    ),
    TableSpec(
        "activity",
        "engagement",
        "Activity on the platform",
        {"analysis": "activity", "category": "", **_PLAIN},
        (
            Column("Active members", "people"),
            Column("Active members, share of the roster", "share", "with interval"),
            Column("Gini coefficient of participation", "gini", "with interval"),
            Column("Share of the busiest tenth", "top_tenth_share", "with interval"),
            Column("Share of reply ties returned", "reciprocity", "with interval"),
        ),
        heads=("source",),
        layout="turned",
    ),
    TableSpec(
        "retention",
        "engagement",
        "Members still active some months after joining",
        {"analysis": "retention", **_PLAIN},
        _statistic("Share", "share"),
        stub=("category",),
    ),
    TableSpec(
        "scales",
        "outcomes",
        "Scale scores",
        {"analysis": "scales", **_PLAIN},
        _statistic("Mean", "mean"),
        apart=True,
    ),
    TableSpec(
        "reliability",
        "outcomes",
        "How far the scales measure, and how far circles differ",
        {"analysis": "scales", **_PLAIN},
        (
            Column("SD", "sd", once=True),
            Column("Alpha", "alpha", "with interval", once=True),
            Column("n", "alpha", "n", once=True),
            Column("ICC(1) of circles", "icc1", "with interval", once=True),
        ),
        apart=True,
    ),
    TableSpec(
        "measures",
        "outcomes",
        "Shares the report states",
        {"analysis": "shares", **_PLAIN},
        _statistic("Share", "share"),
        apart=True,
    ),
    TableSpec(
        "change",
        "outcomes",
        "Change from the wave before",
        {"analysis": "change", **_PLAIN},
        _CHANGE,
        apart=True,
    ),
    TableSpec(
        "scales_by_group",
        "outcomes",
        "Scale scores by region and type",
        {"analysis": "scales", "group": ["region", "type"]},
        _statistic("Mean", "mean"),
        heads=("measure", "group"),
        stub=("level",),
        apart=True,
    ),
    TableSpec(
        "measures_by_group",
        "outcomes",
        "Shares by region and type",
        {"analysis": "shares", "group": ["region", "type"]},
        _statistic("Share", "share"),
        heads=("measure", "group"),
        stub=("level",),
        apart=True,
    ),
    TableSpec(
        "participants",
        "outcomes",
        "Members who came to a gathering and members who did not",
        {"analysis": "participation", **_PLAIN},
        (
            Column("Difference", "difference", "with interval"),
            Column("Hedges' g", "hedges_g", once=True),
            Column("n", "difference", "n", once=True),
            Column("p", "difference", "p", once=True),
        ),
        note="A difference between those who came and those who did not; it does not show why.",
        apart=True,
    ),
    TableSpec(
        "network",
        "network",
        "Shape of the network",
        {"analysis": "network", **_PLAIN},
        (
            Column("Nodes", "nodes"),
            Column("Respondents", "respondents"),
            Column("Ties", "ties"),
            Column("Density", "density", "with interval"),
            Column("Density if no missing tie existed", "density_low"),
            Column("Density if all missing ties existed", "density_high"),
            Column("Reciprocity", "reciprocity", "with interval"),
            Column("Mean in-degree", "mean_in_degree"),
            Column("In-degree centralisation", "in_degree_centralisation"),
            Column("Isolates", "isolates"),
        ),
        heads=("measure",),
        layout="turned",
    ),
    TableSpec(
        "mixing",
        "network",
        "Ties within and across groups",
        {"analysis": "mixing", "category": "", "group": ["region", "type"], "level": ""},
        (
            Column("E-I index", "e_i_index", "with interval"),
            Column("E-I index by chance", "e_i_expected"),
            Column("p by permutation", "e_i_index", "p"),
            Column("Share of ties within", "within_share"),
        ),
        heads=("measure", "group"),
        layout="turned",
    ),
    TableSpec(
        "mixing_matrix",
        "network",
        "Who names whom, by region",
        {"analysis": "mixing", "statistic": "ties", "group": "region"},
        (Column("Ties", "ties"),),
        heads=("measure",),
        stub_heading="From",
        layout="pairs",
    ),
    TableSpec(
        "mixing_matrix_type",
        "network",
        "Who names whom, by type",
        {"analysis": "mixing", "statistic": "ties", "group": "type"},
        (Column("Ties", "ties"),),
        heads=("measure",),
        stub_heading="From",
        layout="pairs",
    ),
    TableSpec(
        "network_change",
        "network",
        "Ties kept, dissolved and created since the wave before",
        {"analysis": "network_change", **_PLAIN},
        (
            Column("Kept", "kept"),
            Column("Dissolved", "dissolved"),
            Column("Created", "created"),
            Column("Jaccard", "jaccard", "with interval"),
            Column("Density", "density_difference", "with interval"),
            Column("p", "density_difference", "p"),
        ),
    ),
    TableSpec(
        "spanning",
        "network",
        "Spanning boundaries, for those who came to gatherings and the others",
        {"analysis": "spanning"},
        (
            Column("E-I difference", "e_i_difference", "with interval"),
            Column("p", "e_i_difference", "p"),
            Column("n", "e_i_difference", "n"),
        ),
        stub=("measure", "group"),
    ),
    TableSpec(
        "co_attendance",
        "network",
        "New ties among those who came to the same gathering",
        {"analysis": "co_attendance", "category": "", **_PLAIN},
        (
            Column("Came together", "risk_co_attending"),
            Column("Others", "risk_others"),
            Column("Ratio", "risk_ratio", "with interval"),
            Column("p", "risk_ratio", "p"),
        ),
    ),
    TableSpec(
        "themes",
        "interviews",
        "Themes, by interview",
        {"analysis": "themes", **_PLAIN},
        (
            Column("Interviews", "count"),
            Column("of", "count", "n"),
            Column("Share", "share", "with interval"),
        ),
        ranked=True,
        stub_heading="Theme",
    ),
    TableSpec(
        "themes_by_group",
        "interviews",
        "Themes by kind of interviewee",
        {"analysis": "themes"},
        (Column("Interviews", "count", "count of n"),),
        heads=("source", "group"),
        stub=("measure", "level"),
        stub_heading="Theme",
        grouped=True,
        layout="across",
    ),
    TableSpec(
        "agreement",
        "interviews",
        "Agreement between coders",
        {"analysis": "agreement", **_PLAIN},
        (
            Column("Alpha", "alpha", "with interval"),
            Column("Positive agreement", "positive_agreement", once=True),
            Column("Per cent agreement", "percent_agreement", once=True),
            Column("n", "alpha", "n", once=True),
        ),
        stub_heading="Code",
    ),
    TableSpec(
        "circles",
        "circles",
        "The learning circles together",
        {
            "analysis": ["circles", "circle_items", "circle_spread", "circle_attendance"],
            "category": "",
            **_PLAIN,
        },
        (
            Column("Answered", "respondents"),
            Column("Mean", "mean", "with interval"),
            Column("Positive", "share_positive", "with interval"),
            Column("ICC(1)", "icc1", "with interval"),
            Column("Circles below the midpoint", "low_circles"),
            Column("Attendance", "mean_share"),
        ),
        apart=True,
    ),
    TableSpec(
        "co_attendance_by_kind",
        "annex",
        "New ties among those who came together, by kind of gathering",
        {"analysis": "co_attendance", **_PLAIN},
        (
            Column("Came together", "risk_co_attending"),
            Column("Others", "risk_others"),
            Column("Ratio", "risk_ratio", "with interval"),
            Column("p", "risk_ratio", "p"),
        ),
        heads=("measure",),
        stub=("category",),
        annex=True,
    ),
    TableSpec(
        "answers",
        "annex",
        "All closed questions",
        {"analysis": "answers", **_PLAIN},
        (Column("Answered", "answered"), *_statistic("Share", "share")),
        heads=("source", "measure"),
        stub=("category",),
        annex=True,
    ),
)
