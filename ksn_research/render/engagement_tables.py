"""The tables of gatherings, sessions, thanks and the platform.

Attendance is a full record: its numbers have no interval, and say what they rest on. Imports
engagement_parts, specs.
"""

from __future__ import annotations

from ksn_research.render.engagement_parts import (
    AFTERWARDS,
    AGAIN,
    GATHERINGS,
    GUESTS,
    LASTING,
    PLAIN,
    PLATFORM,
    SESSIONS,
    THANKS,
    table,
)
from ksn_research.render.specs import Column, TableSpec


def _bounded(heading: str, statistic: str, category: str = "") -> Column:
    return Column(heading, statistic, "with interval", category=category)


_CAME_AS = "Share that came as"
_UNLIKE = "Pairs whose roles differ"
_AGAIN = "Came again within"
_TIMES = "Came in the year"
_LAST = "Last came, before the last gathering"
FAR = (
    "Method: people on the roster of the year who had not left before the day; shares with Wilson intervals. "
    "Each number's own words stand in results.csv."
)
STEPS = (
    Column("People", "people"),
    Column("Of those on the roster", "share", "with interval", once=True),
    Column("n", "share", "n", once=True),
    Column("Of the step before", "step_share", "with interval", once=True),
    Column("n", "step_share", "n", once=True),
)

ENGAGEMENT: tuple[TableSpec, ...] = (
    table(
        "attendance",
        GATHERINGS,
        "Gatherings and attendance",
        {"analysis": "attendance", **PLAIN},
        Column("Attendances", "attendances"),
        Column("Gatherings", "events", once=True),
        Column("People", "people", once=True),
        Column("Per gathering", "mean_per_event", once=True),
        Column("Per person", "mean_per_person", once=True),
    ),
    table(
        "came_as",
        GATHERINGS,
        "In which role people came, and whether roles met",
        {
            "analysis": ["came_as", "event_mixing"],
            "category": ["", "current", "alumni", "guest", "facilitator"],
            **PLAIN,
        },
        *(Column(name, "share", category=name, above=_CAME_AS)
          for name in ("current", "alumni", "guest", "facilitator")),
        Column("of attendances", "share", "n", category="current", above=_CAME_AS),
        Column("found", "across_share", above=_UNLIKE),
        Column("by lot", "across_expected", above=_UNLIKE),
        Column("p", "across_share", "p", above=_UNLIKE),
        Column("of pairs", "across_share", "n", above=_UNLIKE),
        layout="spread",
        note="Pairs: two people who were at the same gathering. By lot: what the same roles, dealt out by "
        "lot among the attendances of that kind, would give.",
        method="Method: shares of attendances, one person at one gathering, and of pairs of people at the "
        "same gathering; a full record, no interval; p two-sided, by dealing the roles out 2,000 times.",
    ),
    table(
        "coming_again",
        AGAIN,
        "Coming again: how soon, how often, how lately",
        {"analysis": ["coming_again", "return", "frequency", "recency"], **PLAIN},
        *(Column(f"{days} days", "share", "with interval", category=f"within {days} days", above=_AGAIN)
          for days in (30, 90, 180)),
        Column("at least twice", "share", above=_TIMES),
        Column("4 times or more", "share", category="4 or more", above=_TIMES),
        Column("up to 30 days", "share", category="up to 30 days", above=_LAST),
        Column("over 180 days", "share", category="longer", above=_LAST),
        Column("People", "median_events", "n"),
        layout="spread",
        needs="coming_again",
        note="Kinds of gathering that took place on a single day have no line. The others stand in the "
        "workbook, with all bands.",
        method="Method: coming again is followed from the first day of the year to the last such gathering, "
        "Kaplan-Meier, log-log interval with Greenwood's variance, people with a code; how often and how "
        "lately: shares of the people who came; a full record, no interval.",
    ),
    table(
        "guests",
        GUESTS,
        "Guests who became members",
        {"analysis": ["conversion", "conversion_time"], "measure": "guest_to_member", **PLAIN},
        _bounded("Guests of the year who are members by its end", "share"),
        _bounded("Guests of the year before who joined later", "share", "guests of the year before"),
        _bounded("Joined within 30 days of coming as a guest", "share", "within 30 days"),
        _bounded("Joined within 90 days", "share", "within 90 days"),
        _bounded("Joined within 180 days", "share", "within 180 days"),
        Column("Days after which half have joined", "median_days"),
        layout="described",
        method="Method: guest codes that stand as a member's on the roster of the year; a full record, no "
        "interval. Within so many days: Kaplan-Meier, guests of the year followed to its last day, log-log "
        "interval with Greenwood's variance.",
    ),
    table(
        "sessions",
        SESSIONS,
        "What is brought and taken away, and how sessions are rated",
        {"analysis": ["ratings", "rating_trend", "exchange"], **PLAIN},
        _bounded("Mean rating", "mean"),
        _bounded("Change of ratings a month", "slope_per_month"),
        _bounded("Sheets that say something was brought", "share", "brought"),
        _bounded("Something was taken away", "share", "took away"),
        _bounded("Both", "share", "both"),
        _bounded("Only brought", "share", "only brought"),
        _bounded("Only taken away", "share", "only took away"),
        _bounded("Neither", "share", "neither"),
        _bounded("Share that took away minus share that brought", "balance"),
        heads=("measure",),
        layout="described",
        method="Method: means and shares of sheets, one person at one session; t interval, standard error "
        "clustered by person. Change a month: slope of a straight line over the days of the sessions.",
    ),
    table(
        "recognition",
        THANKS,
        "Thanks, and contributors who are never thanked",
        {"analysis": "recognition", "category": ["", "any of these"], **PLAIN},
        Column("Thanks", "thanks"),
        Column("People who thanked", "givers"),
        Column("People who were thanked", "receivers"),
        _bounded("Share of thanks that the most thanked tenth got", "top_tenth_share"),
        _bounded("Gini coefficient of thanks received", "gini"),
        _bounded("Pairs that thanked whose thanks are returned", "reciprocity"),
        _bounded("Contributors whom nobody thanked", "never_thanked_share", "any of these"),
        _bounded("Thanks per contributor", "thanks_per_person", "any of these"),
        heads=("measure",),
        layout="described",
        note="Gini coefficient: 0 where all who were thanked were thanked equally often, near 1 where one "
        "person got all thanks. Contributors: people on the roster who did what the study counts as "
        "contributing; results.csv says what that is.",
        method="Method: thanks in the log, each counted. Tenth and Gini coefficient: of people thanked at "
        "least once, delete-one jackknife. Returned: of ordered pairs of which one thanked the other, node "
        "jackknife. Nobody thanked: Wilson interval; thanks per contributor: t interval.",
    ),
    table(
        "activity",
        PLATFORM,
        "Activity on the platform",
        {
            "analysis": "activity",
            "measure": ["active_members", "frequency", "recency", "participation", "replies"],
            **PLAIN,
        },
        Column("Active members", "people"),
        _bounded("Active members, share of the roster", "share"),
        _bounded("Events per active member, median", "median_events"),
        _bounded("Months of the year with any event, mean", "mean_active_months"),
        _bounded("Last active in the last month of the year", "share", "in the last month"),
        _bounded("Last active 1 or 2 months before", "share", "1 or 2 months before"),
        _bounded("Last active 3 to 5 months before", "share", "3 to 5 months before"),
        _bounded("Last active 6 or more months before", "share", "6 or more months before"),
        _bounded("Gini coefficient of participation", "gini"),
        _bounded("Share of events made by the busiest tenth", "top_tenth_share"),
        _bounded("Reply ties that are returned", "reciprocity"),
        layout="described",
        note="Gini coefficient: 0 where all active members make equally many events, near 1 where one makes "
        "all of them.",
        method="Method: active is who has any event, views included. Median: interval by the binomial "
        "distribution; months: t interval; last active: share of active members by the months before the "
        "last month of the log, Wilson interval; Gini coefficient and tenth: events per active member, "
        "delete-one jackknife; returned: of ordered pairs of which one replied to the other, node jackknife.",
    ),
    table(
        "retention",
        LASTING,
        "Members still active some months after joining",
        {"analysis": ["retention", "lasting"], "measure": "activity", **PLAIN},
        *(_bounded(f"Active in month {n} after joining", "share", f"month {n}") for n in (1, 3, 6)),
        *(_bounded(f"Not yet quiet after {n} month{'s' * (n > 1)}", "share",
                   f"after {n} month{'s' * (n > 1)}") for n in (1, 3, 6)),
        _bounded("Months after which half have gone quiet", "median_months"),
        layout="described",
        note="Active in a month may rise again, not yet quiet only falls: somebody is quiet from the first "
        "of three months in a row without any event.",
        method="Method: members who joined in the year. Active: share with any event in that calendar month, "
        "of those whose month lies in the log, Wilson interval. Not yet quiet: Kaplan-Meier, log-log "
        "interval with Greenwood's variance; who joined too late to be seen quiet is left out.",
    ),
    table(
        "funnel",
        AFTERWARDS,
        "How far people came with what was put on line",
        {"analysis": "funnel", "category": ["invited", "viewed", "watched half", "finished"], **PLAIN},
        *STEPS,
        heads=("measure",),
        stub=("category",),
        ranked=True,
        method=FAR,
    ),
)  # fmt: skip
