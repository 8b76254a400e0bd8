"""TRUTH.md: what is planted, and what the generated records therefore show.

Every value is computed here from the generated arrays, without the package under test. Where a quantity is
a row of the results frame it is named by the row's id without its year: `year` + "." + `quantity` is the id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import erf

import numpy as np
import pandas as pd

from . import comments
from . import reckoning as by_hand
from .base import day, one_way_icc
from .gatherings import CIRCLES, Gatherings
from .interviews import Interviews, pooled_alpha
from .network import RELATIONS, Network
from .platform import Platform
from .records import COMMUNITIES, VIEW_HALF_LIFE, Records, informal
from .roster import REGIONS, Roster, make_roster
from .surveys import CYCLE_LEVELS, LOW_TRUST, Survey, scale_scores
from .wording import GRIDS, Grid

EXACT = 0.00005
TRUST, OUTCOMES = (next(grid for grid in GRIDS if grid.name == name) for name in ("trust", "outcomes"))


@dataclass(frozen=True)
class Truth:
    """One planted quantity. `tolerance` says how far a right answer may lie from `value`."""

    programme: str
    year: str
    quantity: str
    value: float
    tolerance: float
    how: str

    def line(self) -> str:
        value = f"{self.value:.4f}".rstrip("0").rstrip(".")
        tolerance = f"{self.tolerance:.5f}".rstrip("0").rstrip(".")
        cells = (self.programme, self.year, f"`{self.quantity}`", value, tolerance, self.how)
        return "| " + " | ".join(cells) + " |"


def slug(text: str) -> str:
    """As ids are written: lower case, one underscore for anything that is no letter or digit.

    >>> slug("Western Lakes")
    'western_lakes'
    """
    return "_".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def population_truths(roster: Roster, gatherings: Gatherings) -> Iterator[Truth]:
    """Members and who of them was reached."""
    year, people = gatherings.year, roster.people_in(gatherings.year)
    organisations = roster.organisations_in(year)
    came = people["member"].isin(set(gatherings.attendance["member"]))
    reached = organisations["organisation"].isin(gatherings.reached)
    exact = "counted from the lists"
    yield Truth("P1", str(year), "organisations.population.organisations.count", len(organisations), 0, exact)
    yield Truth("P1", str(year), "people.population.people.count", len(people), 0, exact)
    joined = people["joined"].between(day(year, 1, 1), day(year, 12, 31)).sum()
    yield Truth("P1", str(year), "people.population.joined.count", int(joined), 0, "seven join each month")
    yield Truth(
        "P1", str(year), "people.population.left.count", int((people["left"] != "").sum()), 0, "62 a year"
    )
    how = "exact number of organisations comes to anything; three of the Western Lakes"
    yield Truth("P1", str(year), "attendance.reach.organisations.share", reached.mean(), EXACT, how)
    yield Truth(
        "P1",
        str(year),
        "attendance.reach.people.share",
        came.mean(),
        EXACT,
        "people of reached organisations",
    )
    for region in REGIONS:
        of = f"@region={slug(region)}.share"
        share = reached[organisations["region"] == region].mean()
        yield Truth(
            "P1", str(year), f"attendance.reach.organisations{of}", share, EXACT, "one region under-reached"
        )
        share = came[people["region"] == region].mean()
        yield Truth("P1", str(year), f"attendance.reach.people{of}", share, EXACT, "one region under-reached")


def response_truths(roster: Roster, survey: Survey, network: Network) -> Iterator[Truth]:
    """Who answered, of those who are on the lists."""
    year, people = str(survey.year), roster.people_in(survey.year)
    answered = people["member"].isin(survey.answers["member_code"])
    how = "exact share of each region's list; a fourth in the Western Lakes"
    yield Truth("P1", year, "member_survey.response.response.respondents", len(survey.answers), 0, how)
    yield Truth("P1", year, "member_survey.response.response.rate", answered.mean(), EXACT, how)
    here = pd.Series(network.answered)
    yield Truth(
        "P1", year, "network_survey.response.response.respondents", int(here.sum()), 0, "exact number"
    )
    yield Truth("P1", year, "network_survey.response.response.rate", here.mean(), EXACT, "exact number")
    for region in REGIONS:
        of = f"response.response@region={slug(region)}.rate"
        yield Truth(
            "P1", year, f"member_survey.{of}", answered[people["region"] == region].mean(), EXACT, how
        )
        share = here[network.region == region].mean()
        yield Truth("P1", year, f"network_survey.{of}", share, EXACT, "about half in the Western Lakes")


def survey_truths(
    survey: Survey,
    before: Survey | None,
    gatherings: Gatherings,
    records: Records,
    platform: Platform,
) -> Iterator[Truth]:
    """Scale means, their change, and who does better."""
    year = str(survey.year)
    for grid in GRIDS:
        scores = scale_scores(survey, grid)
        how = "level and spread by parameter; the value is what the answers give"
        yield Truth(
            _programme(grid), year, f"member_survey.scales.{grid.name}.mean", np.nanmean(scores), EXACT, how
        )
        if before is not None and not (grid.name == "belonging" and survey.year == 2025):
            rise = np.nanmean(scores) - np.nanmean(scale_scores(before, grid))
            how = "trust rises by 0.28 in 2025" if (grid.name, year) == ("trust", "2025") else "by parameter"
            yield Truth(
                _programme(grid), year, f"member_survey.change.{grid.name}.difference", rise, 0.0001, how
            )
    valuable = survey.answers["valuable"]
    asked = valuable.isin(list("12345"))
    share = valuable[asked].isin(["4", "5"]).mean()
    yield Truth("P1", year, "member_survey.shares.valuable.share", share, EXACT, "without don't know")
    yield from _trust_by_circle(survey, year)
    yield from _outcome_gaps(survey, gatherings, records, year)
    yield from _on_line_gaps(survey, platform)


def _programme(grid: Grid) -> str:
    return {"trust": "P8", "outcomes": "P7"}.get(grid.name, "P1")


def _trust_by_circle(survey: Survey, year: str) -> Iterator[Truth]:
    scores, circles = scale_scores(survey, TRUST), survey.answers["circle_code"].to_numpy(dtype=str)
    known = ~np.isnan(scores) & (circles != "")
    how = f"circles differ a little, {' and '.join(LOW_TRUST)} lie far below (planted about 0.12 to 0.25)"
    yield Truth(
        "P8", year, "member_survey.scales.trust.icc1", one_way_icc(scores[known], circles[known]), 0.0001, how
    )
    low = 0
    for circle in CIRCLES:
        own = scores[known & (circles == circle)]
        low += len(own) >= 5 and own.mean() < 3
        if circle in LOW_TRUST:
            of = f"member_survey.scales.trust@circle={slug(circle)}.mean"
            yield Truth("P8", year, of, own.mean(), EXACT, f"low-trust circle, {len(own)} answers")
    of = "member_survey.circle_spread.trust.low_circles"
    yield Truth("P8", year, of, low, 0, "the low-trust circles; of those with 5 or more answers")


def _outcome_gaps(survey: Survey, gatherings: Gatherings, records: Records, year: str) -> Iterator[Truth]:
    scores, member = scale_scores(survey, OUTCOMES), survey.answers["member_code"]
    came = member.isin(set(gatherings.attendance["member"])).to_numpy()
    peers = member.isin(set(records["peer_support"]["Member ID"])).to_numpy()
    gap = np.nanmean(scores[came]) - np.nanmean(scores[~came])
    how = "coming to a gathering is worth 0.35, before rounding and clipping"
    yield Truth("P7", year, "member_survey.participation.outcomes.difference", gap, 0.0001, how)
    gap = np.nanmean(scores[peers]) - np.nanmean(scores[~peers])
    of = "member_survey.adjusted.outcomes[peer_support]"
    yield Truth("P7", year, f"{of}.difference", gap, 0.0001, "0.30 and 0.03 a session")
    sessions = member.map(records["peer_support"].set_index("Member ID")["Sessions"]).to_numpy(dtype=float)
    places = _places(member, survey.year)
    how = "0.30 and 0.03 a session, and what coming to gatherings adds; same regions and types"
    gap = _slope(scores, peers.astype(float), places)
    yield Truth("P7", year, f"{of}.difference_adjusted", gap, 0.0001, how)
    dose = _slope(scores, sessions, places)
    yield Truth("P7", year, f"{of}.dose", dose, 0.0001, "0.03 a session, give or take chance")


def _on_line_gaps(survey: Survey, platform: Platform) -> Iterator[Truth]:
    """Whether who is active on line does better, and the more the more months of the year."""
    scores, member, events = scale_scores(survey, OUTCOMES), survey.answers["member_code"], platform.events
    months = member.map(events.groupby("member")["time"].agg(lambda when: when.dt.month.nunique()))
    active, places = months.notna().to_numpy(), _places(member, survey.year)
    year, of = str(survey.year), "member_survey.adjusted.outcomes[on_line]"
    gap = np.nanmean(scores[active]) - np.nanmean(scores[~active])
    how = "0.15 for a standard deviation of the logarithm of events"
    yield Truth("P5", year, f"{of}.difference", gap, 0.0001, how)
    gap = _slope(scores, active.astype(float), places)
    yield Truth("P5", year, f"{of}.difference_adjusted", gap, 0.0001, f"{how}; same regions and types")
    dose = _slope(scores, months.to_numpy(dtype=float), places)
    yield Truth("P5", year, f"{of}.dose", dose, 0.0001, f"{how}; a month more, among the active")


def _places(member: pd.Series, year: int) -> pd.DataFrame:
    """Region and type of each respondent, as columns of ones and noughts."""
    people = make_roster().people_in(year).set_index("member").loc[member, ["region", "type"]]
    return pd.get_dummies(people, drop_first=True, dtype=float).reset_index(drop=True)


def _slope(scores: np.ndarray, x: np.ndarray, places: pd.DataFrame) -> float:
    """The least-squares coefficient of `x` with the places held, among those who have a score and an `x`."""
    known = ~np.isnan(scores) & ~np.isnan(x)
    columns = np.column_stack([x, np.ones(len(x)), places.to_numpy()])
    return float(np.linalg.lstsq(columns[known], scores[known], rcond=None)[0][0])


def network_truths(network: Network, before: Network | None) -> Iterator[Truth]:
    """Structure, mixing by region, spanning, and new ties."""
    year, answered = str(network.year), network.answered
    pairs = answered.sum() * (len(network.nodes) - 1)
    same = network.region[:, None] == network.region[None, :]
    for relation in RELATIONS:
        named = network.reported(relation)
        density = named.sum() / pairs
        how = "ties named over (respondents x (roster - 1))"
        yield Truth("P1", year, f"network_survey.network.{relation}.ties", int(named.sum()), 0, "as named")
        yield Truth("P1", year, f"network_survey.network.{relation}.density", density, EXACT, how)
        either = named | named.T
        how = "same region preferred 16 to 1, by organisations that come to gatherings 2.2 to 1"
        index = f"network_survey.mixing.{relation}@region=.e_i_index"
        yield Truth("P15", year, index, _e_i(either, same), EXACT, how)
        expected = _e_i(~np.eye(len(same), dtype=bool), same)
        yield Truth("P15", year, index.replace("_index", "_expected"), expected, EXACT, "by group sizes")
        how = "mean of egos' own E-I, came minus did not; responding egos with a tie"
        yield Truth(
            "P15",
            year,
            f"network_survey.spanning.{relation}@region=.e_i_difference",
            _spanning(network, either, same),
            0.05,
            how,
        )
        if before is not None:
            yield from _change_truths(network, before, relation)


def _e_i(ties: np.ndarray, same: np.ndarray) -> float:
    return float(((ties & ~same).sum() - (ties & same).sum()) / ties.sum())


def _spanning(network: Network, either: np.ndarray, same: np.ndarray) -> float:
    ties = either.sum(axis=1)
    own = ((either & ~same).sum(axis=1) - (either & same).sum(axis=1)) / np.maximum(ties, 1)
    counts = (ties > 0) & network.answered
    return float(own[counts & network.reached].mean() - own[counts & ~network.reached].mean())


def _change_truths(network: Network, before: Network, relation: str) -> Iterator[Truth]:
    """Dyads whose sender answered both times, both ends on both lists."""
    year = str(network.year)
    both, now, then = np.intersect1d(network.nodes, before.nodes, return_indices=True)
    new, old = network.reported(relation)[np.ix_(now, now)], before.reported(relation)[np.ix_(then, then)]
    seen = (network.answered[now] & before.answered[then])[:, None] & ~np.eye(len(both), dtype=bool)
    together = network.co_attended[np.ix_(now, now)]
    kept, lost, made = ((a & seen).sum() for a in (new & old, old & ~new, new & ~old))
    of = f"network_survey.network_change.{relation}"
    how = "about two thirds of ties are kept"
    for name, count in (("kept", kept), ("dissolved", lost), ("created", made)):
        yield Truth("P1", year, f"{of}.{name}", int(count), 0, how)
    yield Truth("P1", year, f"{of}.jaccard", kept / (kept + lost + made), EXACT, how)
    free = seen & ~old
    risks = new[free & together].mean(), new[free & ~together].mean()
    how = "3 times as likely where people of both met at a social of the year; pairs without a tie before"
    for name, value in zip(("risk_co_attending", "risk_others"), risks, strict=True):
        yield Truth("P10", year, f"network_survey.co_attendance.{relation}[social].{name}", value, EXACT, how)
    yield Truth(
        "P10",
        year,
        f"network_survey.co_attendance.{relation}[social].risk_ratio",
        risks[0] / risks[1],
        EXACT,
        how,
    )
    if relation == "advice":
        yield from _explained_truths(year, int(made), int(kept))


def _explained_truths(year: str, made: int, kept: int) -> Iterator[Truth]:
    """Advice explained: what makes it form; whether it lasts depends on nothing."""
    of = "network_survey.explained.why_advice"
    yield Truth("P15", year, f"{of}.formation_ties", made, 0, "as named, pairs seen in both waves")
    yield Truth("P15", year, f"{of}.persistence_ties", kept, 0, "as named, pairs seen in both waves")
    how = "3 times as likely where people of both met at a social of the year; region and type held"
    yield Truth("P15", year, f"{of}[co_attended_social].formation_odds_ratio", 3.0, 0.6, how)
    how = "type plays no part"
    yield Truth("P15", year, f"{of}[same_type].formation_odds_ratio", 1.0, 0.3, how)


def gathering_truths(roster: Roster, gatherings: Gatherings) -> Iterator[Truth]:
    """Who came as what; guests who joined; ratings of sessions; give and take."""
    year, attendance = str(gatherings.year), gatherings.attendance
    guests = attendance.loc[attendance["came_as"] == "guest", "member"]
    joined = guests[guests.isin(set(roster.people_in(gatherings.year)["guest_code"]))].nunique()
    yield Truth("P10", year, "records: distinct guests of the year", guests.nunique(), 0, "counted")
    how = "exact number of the year's guests has become a member; guests of one year only"
    of = "attendance.conversion.guest_to_member"
    yield Truth("P10", year, f"{of}.count", joined, 0, how)
    yield Truth("P10", year, f"{of}.share", joined / guests.nunique(), EXACT, how)
    yield from _joining_truths(roster, gatherings)
    for kind, rows in attendance.groupby("kind"):
        of = f"attendance.attendance.{slug(str(kind))}"
        programme = _programme_of(str(kind))
        yield Truth(programme, year, f"{of}.attendances", len(rows), 0, "counted")
        yield Truth(
            programme, year, f"{of}.people", rows["member"].nunique(), 0, "counted, guests and alumni too"
        )
        yield Truth(programme, year, f"{of}.events", rows["event"].nunique(), 0, "counted")
    social = attendance[attendance["kind"] == "social"]
    for role, rows in social.groupby("came_as"):
        share = len(rows) / len(social)
        yield Truth(
            "P10", year, f"attendance.came_as.social[{slug(str(role))}].share", share, EXACT, "of attendances"
        )
    roles = [list(rows["came_as"]) for _, rows in social.groupby("event")]
    of, how = (
        "attendance.event_mixing.social",
        "every role is asked each time; who meets whom is chance",
    )
    yield Truth("P10", year, f"{of}.across_share", by_hand.across(roles), EXACT, how)
    every = np.mean([set(one) == set(social["came_as"]) for one in roles])
    yield Truth("P10", year, f"{of}.all_roles_share", every, EXACT, how)
    yield from _session_truths(gatherings)


def _session_truths(gatherings: Gatherings) -> Iterator[Truth]:
    """Whether people keep coming to sessions, how these are rated, and what is brought and taken away."""
    year, attendance, sheets = str(gatherings.year), gatherings.attendance, gatherings.sessions
    came = by_hand.visits(attendance[attendance["kind"] == "session"])
    how = "counted; those who no longer come stay away for a quarter or more"
    again = 1 - by_hand.outlasting(by_hand.coming_again(came), 90)
    yield Truth("P4", year, "attendance.coming_again.session[within_90_days].share", again, EXACT, how)
    still = by_hand.outlasting(by_hand.still_coming(came), 180)
    how += "; attendance of all falls from session to session"
    yield Truth("P4", year, "attendance.lasting.session[after_180_days].share", still, EXACT, how)
    how, rating = "rises by 0.03 a month, before it is rounded and cut at 5", sheets["rating"].to_numpy()
    yield Truth("P4", year, "sessions.ratings.rating.mean", rating.mean(), EXACT, how)
    dates = sheets["event"].map(attendance.drop_duplicates("event").set_index("event")["date"])
    months = np.array([by_hand.days(f"{year}-01-01", date) / 30.4375 for date in dates])
    trend = by_hand.slope(months, rating)
    yield Truth("P4", year, "sessions.rating_trend.rating.slope_per_month", trend, EXACT, how)
    brought, took = sheets["brought"] != "nothing", sheets["took"] == "yes"
    of, how = "sessions.exchange.give_and_take", "0.62 of those who brought nothing, 0.82 of the others"
    yield Truth("P4", year, f"{of}[brought].share", brought.mean(), EXACT, "0.75")
    yield Truth("P4", year, f"{of}[took_away].share", took.mean(), EXACT, how)
    yield Truth("P4", year, f"{of}[both].share", (brought & took).mean(), EXACT, how)
    yield Truth("P4", year, f"{of}.balance", took.mean() - brought.mean(), EXACT, "0.02")


def _joining_truths(roster: Roster, gatherings: Gatherings) -> Iterator[Truth]:
    """Guests of the year, from the first time they came as one to the day they joined."""
    year, attendance = str(gatherings.year), gatherings.attendance
    guests = attendance[attendance["came_as"] == "guest"]
    people = roster.people_in(gatherings.year)
    joined = {code: on for code, on in people[["guest_code", "joined"]].to_numpy() if code}
    at_social = guests.loc[guests["kind"] == "social", "member"].unique()
    share = np.mean([code in joined for code in at_social])
    how = "each who joins came to one social before that day"
    of = "attendance.conversion_by_kind.guest_to_member[social].share"
    yield Truth("P10", year, of, share, EXACT, how)
    spans: list[tuple[float, bool]] = [
        (by_hand.days(dates[0], joined[code]), True)
        if code in joined
        else (by_hand.days(dates[0], f"{year}-12-31"), False)
        for code, dates in by_hand.visits(guests).items()
    ]
    of = "attendance.conversion_time.guest_to_member[within_180_days].share"
    yield Truth("P10", year, of, 1 - by_hand.outlasting(spans, 180), EXACT, how)


def _programme_of(kind: str) -> str:
    known = {"session": "P4", "social": "P10", "conference": "P16", "mentoring day": "P12"}
    return known.get(kind, {"lunch-and-learn": "P14", "experts' gathering": "P3"}.get(kind, "P11"))


def platform_truths(roster: Roster, platform: Platform) -> Iterator[Truth]:
    """Monthly actives, inequality, reciprocity and retention."""
    year, events = str(platform.year), platform.events
    month = events["time"].dt.strftime("%Y_%m")
    for name, members in events.groupby(month)["member"]:
        of = f"activity.activity.monthly_active_members[{name}].people"
        yield Truth("P5", year, of, members.nunique(), 0, "grows from year to year")
    counts = events["member"].value_counts()
    people, how = roster.people_in(platform.year)["member"], "counted"
    yield Truth("P5", year, "activity.activity.active_members.people", len(counts), 0, how)
    active = people.isin(counts.index).mean()
    yield Truth("P5", year, "activity.activity.active_members.share", active, EXACT, how)
    middle = float(np.median(counts))
    yield Truth("P5", year, "activity.activity.frequency.median_events", middle, EXACT, how)
    lately = (events.groupby("member")["time"].max().dt.month == 12).mean()
    yield Truth("P5", year, "activity.activity.recency[in_the_last_month].share", lately, EXACT, how)
    of, how = "activity.activity.participation", "lognormal intensity; about 0.6"
    yield Truth("P5", year, f"{of}.gini", by_hand.gini(counts.to_numpy()), EXACT, how)
    how = "lognormal intensity"
    yield Truth("P5", year, f"{of}.top_tenth_share", by_hand.top_tenth(counts.to_numpy()), EXACT, how)
    replies = events.loc[events["action"] == "reply", ["member", "target"]].drop_duplicates()
    pairs = set(map(tuple, replies.to_numpy()))
    returned = sum((b, a) in pairs for a, b in pairs) / len(pairs)
    how = "of ordered pairs that replied, those replied to; about 0.4"
    yield Truth("P5", year, "activity.activity.replies.reciprocity", returned, EXACT, how)
    yield from _retention(roster, platform)


def _retention(roster: Roster, platform: Platform) -> Iterator[Truth]:
    """Of those who joined in the year: active so many months later, where that month is in the year."""
    joined = roster.people.set_index("member")["joined"]
    joined = joined[joined.str[:4] == str(platform.year)].str[5:7].astype(int)
    events = platform.events
    active = set(zip(events["member"], events["time"].dt.month, strict=True))
    for months, planted in ((1, 0.66), (3, 0.53), (6, 0.47)):
        cohort = joined[joined + months <= 12]
        share = np.mean([(member, start + months) in active for member, start in cohort.items()])
        how = f"by parameter {planted}; joiners of the year pooled, {len(cohort)} people"
        of = f"activity.retention.activity[month_{months}].share"
        yield Truth("P5", str(platform.year), of, share, EXACT, how)
    seen = {member: {m for m in range(1, 13) if (member, m) in active} for member in joined.index}
    # What somebody did before the month of joining, were there any, says nothing of staying.
    spans = [by_hand.silence({m for m in seen[member] if m >= on}, on) for member, on in joined.items()]
    how = "not yet quiet for a quarter, by the same parameters; of those who joined by October"
    for after in ("after_1_month", "after_3_months", "after_6_months"):
        share = by_hand.outlasting([one for one in spans if one is not None], int(after.split("_")[1]))
        yield Truth("P5", str(platform.year), f"activity.lasting.activity[{after}].share", share, EXACT, how)


def interview_truths(interviews: Interviews) -> Iterator[Truth]:
    """Themes by interview, by operator type, and agreement of the two coders."""
    year, counted = str(interviews.year), interviews.counted
    themes = sorted(set().union(*(i.themes for i in counted)))
    yield Truth(
        "P2",
        year,
        "interviews.interviews.interviews.count",
        len(counted),
        0,
        "24; one withdrawn in 2025",
    )
    for theme in themes:
        have = [i for i in counted if theme in i.themes]
        of = f"interviews.themes.{slug(theme)}"
        yield Truth(
            "P2", year, f"{of}.count", len(have), 0, f"exact: {len(have)} of {len(counted)} operators"
        )
        yield Truth("P2", year, f"{of}.share", len(have) / len(counted), EXACT, "exact")
    for kind in ("nonprofit", "company", "university", "public"):
        count = sum("lack of money" in i.themes for i in counted if i.operator_type == kind)
        of = f"interviews.themes.lack_of_money@operator_type={kind}.count"
        yield Truth("P2", year, of, count, 0, "nonprofits three times as likely")
    without = [i for i in counted if not i.offers]
    yield Truth("P2", year, "records: operators without mentoring", len(without), 0, "exact")
    want = sum("wants mentoring" in i.themes for i in without)
    both = sum({"offers mentoring", "wants mentoring"} <= i.themes for i in counted)
    of = "interviews.co_occurrence.offers_mentoring[wants_mentoring].count"
    yield Truth("P2", year, of, both, 0, "exact: only who does not offer it wants it")
    yield Truth("P2", year, "records: of them want it", want, 0, "exact")
    how = "B misses 0.14 of A's passages and adds one; paragraphs of the 8 interviews coded twice"
    yield Truth("P2", year, "interviews.agreement.all_codes.alpha", pooled_alpha(interviews), 0.001, how)
    for theme, count in sorted(pd.Series([row[2] for row in interviews.notes]).value_counts().items()):
        yield Truth(
            "P3", year, f"expert_notes.themes.{slug(theme)}.count", int(count), 0, "exact: of 10 notes"
        )
        if theme in themes:
            said = sum(theme in i.themes for i in counted) / len(counted)
            of = f"interviews.two_sources.{slug(theme)}[operators_and_experts].difference"
            yield Truth("P3", year, of, said - count / 10, EXACT, "operators less experts, of 10 notes")


def cycle_truths(year: int, cycle: Iterable[Survey]) -> Iterator[Truth]:
    """Three waves of a cycle; the year cell carries the wave, as ids do."""
    how = "low observed energy makes dropping out likelier; skill rises by 0.3 a wave, energy dips"
    before: set[str] = set()
    for wave, survey in zip(("kick_off", "midpoint", "closing"), cycle, strict=True):
        when = f"{year}-{wave}"
        yield Truth("P11", when, "cycle.response.response.respondents", len(survey.answers), 0, how)
        answered = set(survey.answers["member_code"])
        if before:
            lost = len(before - answered) / len(before)
            yield Truth("P11", when, "cycle.drop_out.drop_out.share", lost, EXACT, how)
        before = answered
        for scale in ("energy", "skill"):
            items = [column for column in survey.answers if column.startswith(scale)]
            mean = survey.answers[items].astype(int).to_numpy().mean()
            yield Truth("P11", when, f"cycle.scales.{scale}.mean", mean, EXACT, how)
    yield from _cohort_changes(year)


def _cohort_changes(year: int) -> Iterator[Truth]:
    """What everybody who came to the kick-off would have shown on average, had nobody dropped out."""
    how = (
        "levels by parameter, after rounding to 1..5, had nobody dropped out; the tolerance is 2.5 standard "
        "errors of a cohort of this size"
    )
    for scale, levels in CYCLE_LEVELS.items():
        start, *later_ = (_expected_answer(level) for level in levels)
        for wave, level in zip(("midpoint", "closing"), later_, strict=True):
            of = f"cycle.waves.{scale}[{wave}].change_modelled"
            yield Truth("P11", str(year), of, level - start, 0.2, how)


def _expected_answer(level: float) -> float:
    """The mean answer to an item: a normal latent score, rounded and held within 1 and 5."""
    spread = np.sqrt(0.6**2 + 0.35**2 + 0.6**2)  # lasting person, wave, item
    above = [0.5 * (1 - erf((cut - level) / (spread * np.sqrt(2)))) for cut in (1.5, 2.5, 3.5, 4.5)]
    return 1 + sum(above)


def feedback_truths(survey: Survey) -> Iterator[Truth]:
    """Circles that returned fewer than five sheets must show nothing."""
    sheets = survey.answers["circle_code"].value_counts()
    yield Truth(
        "P8",
        str(survey.year),
        "circle_feedback.response.response.respondents",
        int(sheets.sum()),
        0,
        "counted",
    )
    thin = int((sheets < 5).sum())
    yield Truth("P8", str(survey.year), "records: circles with fewer than 5 sheets", thin, 0, "three circles")
    yield from _comment_truths(survey)


def _comment_truths(survey: Survey) -> Iterator[Truth]:
    """What comments of circles speak of, by the coding sheet, and which of them may be read."""
    answers, year, of = survey.answers, str(survey.year), "records: circle comments"
    coded = comments.coded(answers, survey.year)
    wrote = int((answers["comment"] != "").sum())
    yield Truth("P8", year, of, wrote, 0, "counted; about six in ten sheets")
    yield Truth("P8", year, f"{of} not coded", wrote - len(coded), 0, "late answers in 2025")
    for theme in comments.THEMES:
        count = sum(theme in comments.THEMES_OF[text] for text in coded["comment"])
        yield Truth("P8", year, f"{of} that speak of {theme}", count, 0, "coded, one line a comment")
    circles = answers.loc[comments.heard(answers), "circle_code"].nunique()
    yield Truth("P8", year, "records: circles of which five commented", circles, 0, "counted")
    named = int(answers["comment"].isin(comments.TELLING).sum())
    yield Truth("P8", year, f"{of} that lead to somebody", named, 0, "one of each, and allowed")
    how = "allowed, five of the circle wrote, leads to nobody; equal words of a circle once"
    yield Truth("P8", year, f"{of} that may be read", len(comments.readable(answers)), 0, how)


def record_truths(
    records: Records, gatherings: Gatherings, platform: Platform, roster: Roster
) -> Iterator[Truth]:
    """What records alone carry: planted with the work on them."""
    year = str(records.year)
    groups = records["mentoring_groups"]
    mentees = groups[groups["Role"] == "mentee"]
    change = (mentees["After"].astype(float) - mentees["Before"].astype(float)).to_numpy()
    of = "mentoring_groups.nested.group_mentoring"
    how = "0.5 before rounding; groups weigh a little more alike than people, hence the tolerance"
    yield Truth("P6", year, f"{of}.change", change.mean(), 0.03, how)
    icc = one_way_icc(change, mentees["Group"].to_numpy(dtype=str))
    yield Truth("P6", year, f"{of}.icc1", icc, 0.0001, "groups differ with sd 0.3, people 0.45")
    met = (mentees["Guidance received"] >= mentees["Guidance expected"]).mean()
    yield Truth("P6", year, f"{of}.met", met, EXACT, "0.66")
    yield from _thanks_truths(records, gatherings, platform, year)
    yield from _help_truths(records, year)
    yield from _expertise_truths(records, year)
    yield from _use_truths(records, gatherings, roster, year)
    yield from _idea_truths(records, gatherings, year)


def _use_truths(records: Records, gatherings: Gatherings, roster: Roster, year: str) -> Iterator[Truth]:
    """Sessions of the mentoring day, and how its videos are used afterwards."""
    views, attendance = records["video_views"], gatherings.attendance
    came = attendance[attendance["kind"] == "mentoring day"]
    of, how = "attendance.funnel.mentoring_day", "five sessions; every reached organisation sends somebody"
    people, held = came["member"].nunique(), came.drop_duplicates(["event", "member"])
    yield Truth("P12", year, f"{of}[gathering].people", people, 0, how)
    yield Truth("P12", year, f"{of}[gathering].mean_sessions", len(held) / people, EXACT, how)
    for event, rows in held.groupby("event"):
        at = f"{of}[session_{slug(str(event))}].share"
        yield Truth("P12", year, at, len(rows) / people, EXACT, how)
    of = "video_views.funnel.mentoring_day"
    yield Truth("P12", year, f"{of}[items].views", len(views), 0, "exact; half as many every 12 days")
    to_the_end = views["Watched share"] == 1.0
    yield Truth("P12", year, f"{of}[items].finished_share", to_the_end.mean(), EXACT, "0.35")
    members = roster.people_in(int(year))
    invited = members.loc[(members["left"] == "") | (members["left"] >= came["date"].max()), "member"]
    how = "who did not come views twice as often; only people of reached organisations view"
    yield Truth("P12", year, f"{of}[invited].people", len(invited), 0, "of the list of the year")
    for step, seen in (("viewed", views), ("finished", views[to_the_end])):
        yield Truth("P12", year, f"{of}[{step}].share", invited.isin(seen["Member ID"]).mean(), EXACT, how)
    how = "every 12 days; the tolerance is 2.5 standard errors of so many views"
    near = 2.5 * VIEW_HALF_LIFE / np.sqrt(len(views))
    yield Truth("P12", year, f"{of}[fading].half_life_days", VIEW_HALF_LIFE, near, how)


def _expertise_truths(records: Records, year: str) -> Iterator[Truth]:
    """Topics that nobody covers, and asks whose receiver offers the topic."""
    expertise, asks = records["expertise"], records["asks"]
    topics = expertise.groupby("Topic")["Kind"].apply(set)
    unmet = int(topics.map(lambda kinds: kinds == {"need"}).sum())
    of = "expertise.expertise.who_knows_what"
    yield Truth("P14", year, f"{of}[uncovered].topics", unmet, 0, "exact: 3, 2, 1 from year to year")
    for kind, name in (("need", "needs"), ("offer", "offers")):
        said = int((expertise["Kind"] == kind).sum())
        yield Truth("P14", year, f"{of}.{name}", said, 0, "counted")
    offers = expertise.loc[expertise["Kind"] == "offer", ["Member ID", "Topic"]].to_numpy()
    known = set(map(tuple, offers))
    hit = np.array([tuple(ask) in known for ask in asks[["To", "Topic"]].to_numpy()])
    covered = asks["Topic"].isin({topic for _, topic in known}).to_numpy()
    how = "three in four of those about a topic that somebody offers, and a few by chance"
    yield Truth("P14", year, f"{of}[asks].reached_share", hit.mean(), EXACT, how)
    of = f"{of}[asks_about_covered_topics].reached_share"
    yield Truth("P14", year, of, hit[covered].mean(), EXACT, how)


def _help_truths(records: Records, year: str) -> Iterator[Truth]:
    """How much help happens outside the official scheme, and how many official pairs help in a community."""
    outside, ties = informal(records), records["help"]
    formality = ties["Community"].map(dict(COMMUNITIES))
    of = "help.informal.beside_the_scheme"
    yield Truth("P13", year, f"{of}.outside_share", outside.mean(), EXACT, "most are")
    for kind in ("formal", "semi-formal", "informal"):
        how = (
            "official pairs that share a community help there with 0.8; others the more the less formal it is"
        )
        at = f"{of}@formality={slug(kind)}.outside_share"
        yield Truth("P13", year, at, outside[formality == kind].mean(), EXACT, how)
    pairs = records["mentor_pairs"][["Mentor", "Mentee"]].to_numpy()
    helping, how = set(map(tuple, ties[["From", "To"]].to_numpy())), "0.6 of pairs share a formal community"
    both = np.mean([tuple(pair) in helping for pair in pairs])
    yield Truth("P13", year, f"{of}[official_pairs].helping_share", both, EXACT, how)
    help_, scheme = {frozenset(pair) for pair in helping}, {frozenset(pair) for pair in pairs}
    alike = len(help_ & scheme) / len(help_ | scheme)
    yield Truth("P13", year, f"{of}.jaccard", alike, EXACT, "counted, either way round")


def _thanks_truths(
    records: Records, gatherings: Gatherings, platform: Platform, year: str
) -> Iterator[Truth]:
    """How few are thanked how often, whether thanks are returned, and which contributors never are."""
    thanks, of = records["thanks"], "thanks.recognition.who_is_thanked"
    pairs = set(map(tuple, thanks[["From", "To"]].to_numpy()))
    returned = sum((b, a) in pairs for a, b in pairs) / len(pairs)
    yield Truth("P9", year, f"{of}.thanks", len(thanks), 0, "counted")
    yield Truth("P9", year, f"{of}.reciprocity", returned, EXACT, "0.15 of thanks answer one")
    received = thanks["To"].value_counts().to_numpy()
    how = "lognormal fame; of those who were thanked at all"
    yield Truth("P9", year, f"{of}.gini", by_hand.gini(received), EXACT, how)
    yield Truth("P9", year, f"{of}.top_tenth_share", by_hand.top_tenth(received), EXACT, how)
    sheets, events = gatherings.sessions, platform.events
    people = set(make_roster().people_in(int(year))["member"])
    did = {
        "sessions": set(sheets.loc[sheets["brought"] != "nothing", "member"]) & people,
        "attendance": set(gatherings.attendance["member"]) & people,
        "activity": set(events.loc[events["action"].isin(["post", "reply", "share"]), "member"]) & people,
    }
    for name, who in {**did, "any_of_these": set().union(*did.values())}.items():
        never = len(who - set(thanks["To"])) / len(who)
        yield Truth("P9", year, f"{of}[{name}].never_thanked_share", never, EXACT, "counted")


def _idea_truths(records: Records, gatherings: Gatherings, year: str) -> Iterator[Truth]:
    """How far ideas travelled, who carried them, and which circles hang together."""
    ideas, circles = records["ideas"], gatherings.circles
    later = ideas[ideas.duplicated("Idea")]
    of, seats = "ideas.spread.ideas_between_circles", "circles.two_mode.bridges"
    yield Truth("P16", year, f"{of}.later_adoptions", len(later), 0, "counted")
    mean = len(ideas) / ideas["Idea"].nunique()
    yield Truth("P16", year, f"{of}.circles_reached", mean, EXACT, "up to five circles after the first")
    spread = later["Idea"].nunique() / ideas["Idea"].nunique()
    yield Truth("P16", year, f"{of}.travelled_share", spread, EXACT, "five in six by parameter")
    yield from _around_conferences(later, gatherings, of, year)
    carried = (later["Carried by"] != "").mean()
    yield Truth("P16", year, f"{of}[carried].share", carried, EXACT, "0.75 where somebody sits in both")
    bridging = int((circles["member"].value_counts() > 1).sum())
    yield Truth("P16", year, f"{seats}.bridging_people", bridging, 0, "a tenth")
    of_all = bridging / circles["member"].nunique()
    yield Truth("P16", year, f"{seats}.bridging_share", of_all, EXACT, "a tenth")
    linked = _linked_circles(circles)
    largest = by_hand.largest_part([set(pair) for pair in linked])
    yield Truth("P16", year, f"{seats}.connected_circles", largest, 0, "as people sit")
    yield Truth("P16", year, f"{seats}.linked_circles", len(set().union(*linked)), 0, "as people sit")
    possible = len(CIRCLES) * (len(CIRCLES) - 1) / 2
    density = len(linked) / possible
    yield Truth("P16", year, f"{seats}.projection_density", density, EXACT, "as people sit")


def _around_conferences(later: pd.DataFrame, gatherings: Gatherings, of: str, year: str) -> Iterator[Truth]:
    """Adoptions by further circles in the six weeks before each conference, and in those from its day on."""
    attendance = gatherings.attendance
    conferences = sorted(attendance.loc[attendance["kind"] == "conference", "date"].unique())
    how = "seven in ten fall into the six weeks after a conference, three in five of them the first"
    sums = {"before": 0, "after": 0}
    for one in conferences:
        away = [by_hand.days(one, date) for date in later["Date"]]
        here = {"before": sum(-42 <= d < 0 for d in away), "after": sum(0 <= d < 42 for d in away)}
        for side, count in here.items():
            sums[side] += count
            yield Truth("P16", year, f"{of}[conference_{slug(one)}].{side}", count, 0, how)
    for side, count in sums.items():
        yield Truth("P16", year, f"{of}[conference].{side}", count, 0, how)
    if sums["before"]:
        ratio = sums["after"] / sums["before"]
        yield Truth("P16", year, f"{of}[conference].rate_ratio", ratio, EXACT, how)


def _linked_circles(circles: pd.DataFrame) -> set[frozenset[str]]:
    """Pairs of circles in both of which somebody sits."""
    held = circles.groupby("member")["circle"].apply(sorted)
    return {frozenset((a, b)) for own in held for a in own for b in own if a < b}


def truth_file(truths: Iterable[Truth]) -> bytes:
    """TRUTH.md."""
    rows = sorted(truths, key=lambda t: (int(t.programme[1:]), t.year, t.quantity))
    return (HEAD + "\n".join(row.line() for row in rows) + "\n").encode()


HEAD = """# What is planted in the demo study

Written by `make_demo.py` from the generated arrays, independently of the package. Where a quantity is a row
of the results frame it is named by the row's id without its beginning: year, a dot and the quantity are the
id (the year cell of P11 carries the wave too). Quantities that begin with "records:" are what results rest
on (an n, what a check is to find), and are no results of their own. A right answer lies within the tolerance
of the value; "how planted" gives the parameter behind it where there is one. Don't-know and skipped items are
missing; a scale score needs four fifths of its items.

Also planted, to be found by the check step: three wholly blank rows and four unfinished ones in each year's
member survey; three unknown organisations and one that names itself in each year's network survey, beside
aliases, other capitals and trailing blanks; `belonging_02` reworded in 2025, so that belonging is not
comparable with 2024; one interview withdrawn in 2025 and still in the project; alumni and guests in the
attendance sheets who are on no list of members; the log of 2023 as CSV, the others as Parquet.

| programme | year | quantity | value | tolerance | how planted |
|---|---|---|---|---|---|
"""
