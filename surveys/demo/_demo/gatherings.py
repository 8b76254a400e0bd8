"""Circles, gatherings and who came to them: P1, P3, P4, P10, P11, P12, P16."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .base import Files, csv_bytes, day, rng, weighted
from .roster import CONVERTED, UNDER_REACHED, YEARS, Roster, present

REACHED_ORGANISATIONS = {2023: 74, 2024: 82, 2025: 90}
REACHED_IN_UNDER_REACHED = 3
CIRCLE_NAMES = (
    "First steps",
    "Mentors of mentors",
    "Listening well",
    "Working across towns",
    "Small budgets",
    "Keeping volunteers",
    "Measuring what matters",
    "Mentoring on line",
    "Newcomers",
    "Young founders",
    "Rural programmes",
    "Hard conversations",
    "Group mentoring",
    "Handing over",
    "Employers and schools",
    "Peer coaching",
    "Telling the story",
    "Care for carers",
)
CIRCLES = tuple(f"C{i:02d}" for i in range(1, len(CIRCLE_NAMES) + 1))
SIZES = (12, 13, 9, 10, 11, 7, 10, 13, 6, 9, 12, 5, 8, 11, 14, 7, 10, 6)
SMALLER_AT_FIRST = {2023: 2, 2024: 1, 2025: 0}
DOUBLE_SHARE = 0.10
SESSION_MONTHS = (1, 2, 3, 4, 5, 6, 9, 10, 11, 12)
# kind, (month, day) of each event, current members expected at one event, spread of propensity
GATHERINGS: tuple[tuple[str, tuple[tuple[int, int], ...], int], ...] = (
    ("kick-off", ((2, 1),), 96),
    ("midpoint", ((5, 2),), 84),
    ("closing", ((7, 11),), 78),
    ("social", ((2, 20), (5, 22), (8, 21), (10, 23)), 42),
    ("conference", ((5, 14), (11, 12)), 92),
    ("mentoring day", ((10, 3), (10, 3), (10, 3), (10, 3), (10, 3)), 52),
    ("lunch-and-learn", ((1, 17), (3, 14), (4, 18), (6, 13), (9, 12), (12, 5)), 18),
    ("experts' gathering", ((5, 6),), 10),
)
SHORT = {
    "kick-off": "KO",
    "midpoint": "MP",
    "closing": "CL",
    "social": "SO",
    "conference": "CF",
    "mentoring day": "MD",
    "lunch-and-learn": "LL",
    "experts' gathering": "EX",
}
GUESTS_AT = {"social": (10, 12, 13), "lunch-and-learn": (2, 2, 3), "conference": (4, 4, 5)}
ALUMNI_AT = {"social": 8, "conference": 5, "mentoring day": 2}


@dataclass(frozen=True)
class Gatherings:
    """circles: circle, name, member, role; attendance: event, kind, circle, date, member, came_as;
    reached: organisations that came to anything; sessions: event, member, brought, took, rating."""

    year: int
    circles: pd.DataFrame
    attendance: pd.DataFrame
    sessions: pd.DataFrame
    reached: frozenset[str]


def make_gatherings(roster: Roster, year: int) -> Gatherings:
    """One year of circles, sessions and events."""
    reached = _reached(roster, year)
    people = roster.people_in(year)
    people = people[people["organisation"].isin(reached)].reset_index(drop=True)
    circles = _circles(people, year)
    rows = _session_rows(people, circles, year) + _event_rows(people, roster, year)
    rows += _make_sure_all_come(rows, people, year)
    attendance = pd.DataFrame(rows, columns=["event", "kind", "circle", "date", "member", "came_as"])
    attendance = attendance.sort_values(["date", "event", "member"], kind="stable").reset_index(drop=True)
    return Gatherings(year, circles, attendance, _sessions(attendance, year), reached)


def gathering_files(gatherings: Gatherings) -> Files:
    """circles.csv, attendance.csv and sessions.csv of one year."""
    year = gatherings.year
    return {
        f"{year}/circles.csv": csv_bytes(
            ["Circle ID", "Circle", "Member ID", "Role"], gatherings.circles.to_numpy()
        ),
        f"{year}/attendance.csv": csv_bytes(
            ["Event ID", "Kind", "Circle", "Date", "Member ID", "Came as"], gatherings.attendance.to_numpy()
        ),
        f"{year}/sessions.csv": csv_bytes(
            ["Event ID", "Member ID", "Brought", "Took away", "Rating"], gatherings.sessions.to_numpy()
        ),
    }


def _reached(roster: Roster, year: int) -> frozenset[str]:
    """Exactly so many organisations come to anything, only three of them from the under-reached region.

    Larger organisations and those that came before come more readily.
    """
    organisations = roster.organisations_in(year)
    people = roster.people_in(year)
    here = people[present(people, day(year, 10, 3))]
    size = organisations["organisation"].map(here["organisation"].value_counts()).fillna(0).to_numpy()
    lasting = rng("coming").normal(size=400)[organisations["organisation"].str[1:].astype(int)]
    score = np.log1p(size) * 1.5 + lasting + rng("coming", year).normal(0, 0.4, len(organisations))
    score[(size == 0) | ((organisations["left"] != "").to_numpy())] = -np.inf
    under = (organisations["region"] == UNDER_REACHED).to_numpy()
    few = np.argsort(np.where(under, -score, np.inf), kind="stable")[:REACHED_IN_UNDER_REACHED]
    rest = REACHED_ORGANISATIONS[year] - len(few)
    many = np.argsort(np.where(under, np.inf, -score), kind="stable")[:rest]
    return frozenset(organisations["organisation"].to_numpy()[np.concatenate([few, many])])


def _circles(people: pd.DataFrame, year: int) -> pd.DataFrame:
    """Eighteen circles; a tenth of their people sit in two; most stay from year to year."""
    random = rng("circles", year)
    sizes = np.maximum(5, np.array(SIZES) - SMALLER_AT_FIRST[year])
    double = round(DOUBLE_SHARE * sizes.sum() / (1 + DOUBLE_SHARE))
    whole_year = present(people, day(year, 2, 1)) & (people["left"] == "").to_numpy()
    lasting = rng("circles").random(2000)[people["member"].str[1:].astype(int)]
    order = np.argsort(
        np.where(whole_year, lasting + random.normal(0, 0.08, len(people)), np.inf), kind="stable"
    )
    chosen = order[: sizes.sum() - double]
    seats = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = _seat(people["member"].to_numpy()[chosen], seats, double)
    frame = pd.DataFrame(rows, columns=["circle", "member"]).sort_values(["circle", "member"])
    return _with_roles(frame.reset_index(drop=True), random)


def _seat(members: np.ndarray, seats: np.ndarray, double: int) -> list[tuple[str, str]]:
    """Each member one seat; the first `double` of them a second one, in another circle."""
    first, second = list(seats[: len(members)]), list(seats[len(members) :])
    rows = [(CIRCLES[seat], member) for seat, member in zip(first, members, strict=True)]
    free = list(range(len(members)))
    for seat in second[:double]:
        person = next(i for i in free if first[i] != seat)
        free.remove(person)
        rows.append((CIRCLES[seat], members[person]))
    return rows


def _with_roles(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    names = dict(zip(CIRCLES, CIRCLE_NAMES, strict=True))
    role = np.full(len(frame), "member", dtype=object)
    leading: set[str] = set()
    for circle in CIRCLES:
        seats = np.flatnonzero((frame["circle"] == circle) & ~frame["member"].isin(leading))
        seat = random.choice(seats)
        role[seat] = "facilitator"
        leading.add(frame["member"][seat])
    return pd.DataFrame(
        {
            "circle": frame["circle"],
            "name": frame["circle"].map(names),
            "member": frame["member"],
            "role": role,
        }
    )


def _session_rows(people: pd.DataFrame, circles: pd.DataFrame, year: int) -> list[tuple[str, ...]]:
    """Ten sessions per circle; attendance falls a little through the year."""
    random = rng("session attendance", year)
    rows = []
    for number, circle in enumerate(CIRCLES):
        seats = circles[circles["circle"] == circle]
        readiness = random.beta(9, 2, len(seats))
        readiness[(seats["role"] == "facilitator").to_numpy()] = 0.97
        for k, month in enumerate(SESSION_MONTHS):
            date = day(year, month, 3 + number)
            came = random.random(len(seats)) < readiness * (1 - 0.025 * k)
            joined = seats["member"].isin(people.loc[present(people, date), "member"]).to_numpy()
            for member, role in seats.loc[came & joined, ["member", "role"]].to_numpy():
                as_what = "facilitator" if role == "facilitator" else "current"
                rows.append((f"{year}-S-{circle}-{k + 1:02d}", "session", circle, date, member, as_what))
    return rows


def _event_rows(people: pd.DataFrame, roster: Roster, year: int) -> list[tuple[str, ...]]:
    """Gatherings other than sessions: members by readiness, alumni and guests where they are asked."""
    random = rng("event attendance", year)
    readiness = random.lognormal(0, 0.8, len(people))
    members = people["member"].to_numpy()
    rows: list[tuple[str, ...]] = []
    for kind, dates, expected in GATHERINGS:
        for number, (month, dom) in enumerate(dates, start=1):
            date, event = day(year, month, dom), f"{year}-{SHORT[kind]}-{number}"
            weights = readiness ** (2.0 if kind in ("midpoint", "closing") else 1.0) * present(people, date)
            came = weighted(random, weights, expected + int(random.integers(-3, 4)) * (expected > 10))
            rows += [(event, kind, "", date, member, "current") for member in members[came]]
            alumni = random.choice(roster.alumni_before(year), size=ALUMNI_AT.get(kind, 0), replace=False)
            rows += [(event, kind, "", date, member, "alumni") for member in sorted(alumni)]
    return rows + _guest_rows(roster, year)


def _guest_rows(roster: Roster, year: int) -> list[tuple[str, ...]]:
    """Guests of a year have codes of that year's thousand; those who will join have the first ones.

    Each future member came to one social before the day of joining; others fill the places.
    """
    random = rng("guests", year)
    base = 1 + 1000 * (year - YEARS[0])
    nth, following = YEARS.index(year), base + CONVERTED[year]
    future = roster.people[roster.people["guest_code"].str[1:].isin([f"{base + k:04d}" for k in range(60)])]
    rows: list[tuple[str, ...]] = []
    socials = [day(year, m, d) for kind, dates, _ in GATHERINGS if kind == "social" for m, d in dates]
    for code, joined in future[["guest_code", "joined"]].to_numpy():
        before = [i for i, date in enumerate(socials, start=1) if date < joined]
        rows.append((f"{year}-SO-{random.choice(before)}", "social", "", "", code, "guest"))
    for kind, dates, _ in GATHERINGS:
        for number, (month, dom) in enumerate(dates, start=1):
            event, date = f"{year}-{SHORT[kind]}-{number}", day(year, month, dom)
            rows = [(*r[:3], date, *r[4:]) if r[0] == event else r for r in rows]
            there = sum(r[0] == event for r in rows)
            for _ in range(max(0, GUESTS_AT.get(kind, (0, 0, 0))[nth] - there)):
                again = (
                    kind == "lunch-and-learn"
                    and following > base + CONVERTED[year] + 8
                    and random.random() < 0.5
                )
                code = following - int(random.integers(2, 8)) if again else following
                following += not again
                row = (event, kind, "", date, f"G{code:04d}", "guest")
                rows += [row] if row not in rows else []
    return rows


def _make_sure_all_come(
    rows: list[tuple[str, ...]], people: pd.DataFrame, year: int
) -> list[tuple[str, ...]]:
    """Every organisation that counts as reached sends somebody to the mentoring day at least."""
    seen = people.loc[people["member"].isin({row[4] for row in rows}), "organisation"]
    here = people[present(people, day(year, 10, 3)) & ~people["organisation"].isin(set(seen))]
    first = here.drop_duplicates("organisation")["member"]
    return [(f"{year}-MD-1", "mentoring day", "", day(year, 10, 3), member, "current") for member in first]


def _sessions(attendance: pd.DataFrame, year: int) -> pd.DataFrame:
    """What people brought to a session, whether they took something away, and how they rated it."""
    random = rng("sessions", year)
    came = attendance[attendance["kind"] == "session"]
    came = came[random.random(len(came)) < 0.85]
    month = came["date"].str[5:7].astype(int).to_numpy()
    rating = 3.5 + 0.10 * YEARS.index(year) + 0.03 * month + random.normal(0, 0.8, len(came))
    brought = random.choice(
        ["project", "challenge", "solution", "nothing"], size=len(came), p=[0.22, 0.33, 0.2, 0.25]
    )
    took = np.where(random.random(len(came)) < 0.62 + 0.2 * (brought != "nothing"), "yes", "no")
    return pd.DataFrame(
        {
            "event": came["event"],
            "member": came["member"],
            "brought": brought,
            "took": took,
            "rating": np.clip(np.rint(rating), 1, 5).astype(int),
        }
    ).reset_index(drop=True)
