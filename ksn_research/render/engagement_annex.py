"""The tables of engagement that are for the workbook: every band, kind, item and group.

Imports engagement_parts, engagement_tables, specs.
"""

from __future__ import annotations

from ksn_research.render.engagement_parts import PLAIN, annex
from ksn_research.render.engagement_tables import FAR, STEPS
from ksn_research.render.specs import Column, TableSpec


def _visits(analysis: str, title: str) -> TableSpec:
    """How those who came in a year are spread over what the analysis tells apart."""
    return annex(
        analysis,
        title,
        {"analysis": analysis, **PLAIN},
        Column("Share of those who came", "share"),
        Column("People", "count"),
        Column("Of", "share", "n"),
        heads=("measure",),
        stub=("category",),
    )


ENGAGEMENT_ANNEX: tuple[TableSpec, ...] = (
    annex(
        "event_pairs",
        "Who met whom at gatherings, by the two roles",
        {"analysis": "event_mixing", **PLAIN},
        Column("Pairs", "pairs"),
        Column("By lot", "pairs_expected"),
        Column("Found over by lot", "ratio"),
        Column("p", "ratio", "p"),
        Column("All pairs", "pairs", "n"),
        heads=("measure",),
        stub=("category",),
        layout="newest",
    ),
    annex(
        "every_role",
        "Gatherings to which somebody came in every role",
        {"analysis": "event_mixing", "category": "", **PLAIN},
        Column("Share", "all_roles_share"),
        Column("Gatherings", "all_roles_share", "n"),
    ),
    _visits("frequency", "How often people came in the year"),
    _visits("recency", "How long before the last gathering people last came"),
    annex(
        "typical_visits",
        "Visits of the person in the middle",
        {"analysis": ["frequency", "recency"], "category": "", **PLAIN},
        Column("Median number of gatherings", "median_events"),
        Column("Median days since the last", "median_days"),
        Column("People", "median_events", "n"),
    ),
    annex(
        "return",
        "Those who came at least twice in the year",
        {"analysis": "return", **PLAIN},
        Column("Share", "share"),
        Column("n", "share", "n"),
    ),
    annex(
        "still_coming",
        "Those who still came some time after their first gathering of the year",
        {"analysis": "lasting", "source": "attendance", **PLAIN},
        Column("Share", "share", "with interval"),
        Column("n", "share", "n"),
        heads=("measure",),
        stub=("category",),
    ),
    annex(
        "guests_by_kind",
        "Guests who became members, by the kind of gathering they came to",
        {"analysis": "conversion_by_kind", **PLAIN},
        Column("Share", "share", "with interval"),
        Column("n", "share", "n"),
        stub=("category",),
    ),
    annex(
        "ratings",
        "Ratings by quarter",
        {"analysis": "rating_trend", "statistic": "mean", **PLAIN},
        Column("Mean", "mean", "with interval"),
        Column("n", "mean", "n"),
        stub=("category",),
        layout="newest",
    ),
    annex(
        "exchange",
        "What session sheets say was brought and taken away",
        {"analysis": "exchange", **PLAIN},
        Column("Share of sheets", "share", "with interval"),
        Column("Sheets", "share", "n"),
        Column("Share of people", "people_share", "with interval"),
        Column("People", "people_share", "n"),
        Column("Share of sessions", "sessions_share"),
        Column("Sessions", "sessions_share", "n"),
        stub=("category",),
    ),
    annex(
        "never_thanked",
        "Contributors whom nobody thanked, by what they contributed and by region",
        {"analysis": "recognition"},
        Column("Never thanked", "never_thanked_share", "with interval"),
        Column("Thanks each", "thanks_per_person", "with interval"),
        Column("n", "never_thanked_share", "n"),
        heads=("measure",),
        stub=("category", "level"),
    ),
    annex(
        "thanks_among_contributors",
        "How unevenly thanks fall among contributors, those without any included",
        {"analysis": "recognition", **PLAIN},
        Column("Gini coefficient", "gini", "with interval"),
        Column("Share to the top tenth", "top_tenth_share", "with interval"),
        Column("n", "gini", "n"),
        heads=("measure",),
        stub=("category",),
    ),
    annex(
        "monthly_active_members",
        "Active members by month",
        {"analysis": "activity", "measure": "monthly_active_members", **PLAIN},
        Column("People", "people"),
        stub=("category",),
        layout="newest",
    ),
    annex(
        "actions",
        "What is done on the platform",
        {"analysis": "activity", "measure": "events", **PLAIN},
        Column("Events", "count"),
        Column("People", "people"),
        stub=("category",),
    ),
    annex(
        "retention_by_cohort",
        "Members active on the platform some months after joining, by when they joined",
        {"analysis": "retention", "measure": "activity", "statistic": "share"},
        *(
            Column(heading, "share", part, category=f"month {n}", above=f"Month {n} after joining")
            for n in range(1, 12)
            for heading, part in (("share", "estimate"), ("n", "n"))
        ),
        stub=("level",),
        layout="spread",
        method="Method: members with any event in that calendar month, of those whose month lies in the "
        "year; Wilson intervals stand in results.csv.",
    ),
    annex(
        "lasting_by_cohort",
        "Members not yet quiet some months after joining, by when they joined",
        {"analysis": "lasting", "measure": "activity", "statistic": "share"},
        *(
            Column(heading, "share", part, category=f"after {n} month{'s' * (n > 1)}")
            for n in (1, 3, 6)
            for heading, part in (("share", "with interval"), ("n", "n"))
        ),
        stub=("level",),
        layout="spread",
        note="A cohort is followed where all of its months of joining can be.",
    ),
    annex(
        "funnel_sessions",
        "Sessions of a gathering, and to how many of them people came",
        {"analysis": "funnel", "source": "attendance", **PLAIN},
        Column("People", "people"),
        Column("Share of those who came", "share"),
        Column("Of", "share", "n"),
        Column("Sessions per person", "mean_sessions"),
        heads=("measure",),
        stub=("category",),
        layout="newest",
    ),
    annex(
        "funnel_items",
        "What was viewed afterwards, item by item",
        {"analysis": "funnel", **PLAIN},
        Column("Views", "views"),
        Column("Viewers", "people"),
        Column("Views to the end", "finished_share", "with interval"),
        Column("n", "finished_share", "n"),
        heads=("measure",),
        stub=("category",),
        begins=("item",),
        layout="newest",
    ),
    annex(
        "funnel_groups",
        "How far those who came and the others got with what was put on line",
        {"analysis": "funnel", "group": "gathering",
         "category": ["invited", "viewed", "watched half", "finished"]},
        *STEPS,
        heads=("measure", "level"),
        stub=("category",),
        ranked=True,
        method=FAR,
    ),
    annex(
        "funnel_weeks",
        "Views by week after a gathering, and how fast they fade",
        {"analysis": "funnel", "group": ["", "gathering"]},
        Column("Views", "views"),
        Column("All views", "views", "n"),
        Column("Half-life in days", "half_life_days", "with interval"),
        heads=("measure", "level"),
        stub=("category",),
        begins=("week ", "fading"),
        layout="newest",
    ),
)  # fmt: skip
