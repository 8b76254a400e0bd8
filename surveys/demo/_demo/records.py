"""Smaller records: P6, P7, P9, P12, P13, P14 and P16."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from .base import Files, csv_bytes, day, later, rng
from .gatherings import CIRCLES, Gatherings
from .roster import YEARS, Roster

REASONS = ("answered a question", "shared material", "opened a door", "listened", "ran a session")
COMMUNITIES = (
    *(("Evaluation", "formal"), ("Training of mentors", "formal"), ("Safeguarding", "formal")),
    *(("Fundraising", "semi-formal"), ("Volunteers", "semi-formal"), ("Schools", "semi-formal")),
    *(("Digital tools", "semi-formal"), ("Book club", "informal"), ("Rural friends", "informal")),
    *(("Early birds", "informal"), ("Lunch walkers", "informal"), ("New parents", "informal")),
)
COMMUNITY_SIZE = {"formal": 30, "semi-formal": 22, "informal": 14}
HELPING = {"formal": 0.03, "semi-formal": 0.07, "informal": 0.16}
PAIRS = {2023: 56, 2024: 62, 2025: 70}
PAIRS_THAT_SHARE_A_COMMUNITY = 0.6
TOPICS = (
    *("recruiting mentors", "matching", "training", "safeguarding", "budgets", "volunteers", "evaluation"),
    *(
        "data tools",
        "schools",
        "employers",
        "group mentoring",
        "writing grants",
        "boards",
        "outreach",
        "translation",
    ),
)
UNMET = {
    2023: ("evaluation", "data tools", "translation"),
    2024: ("evaluation", "translation"),
    2025: ("translation",),
}
GROUPS = 16
GROUP_CHANGE, GROUP_SPREAD, PERSON_SPREAD = 0.5, 0.30, 0.45
PEER_GROUPS = 9
VIDEOS = tuple(f"V{i}" for i in range(1, 9))
VIEWS = {2023: 240, 2024: 300, 2025: 380}
VIEW_HALF_LIFE = 12.0
IDEAS = 20


@dataclass(frozen=True)
class Records:
    """One year's smaller tables by file name, each with its headers as exported."""

    year: int
    tables: dict[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]


def make_records(roster: Roster, gatherings: Gatherings) -> Records:
    """One year of everything that is neither survey, gathering, network nor platform log."""
    year = gatherings.year
    people = roster.people_in(year)
    stable = people[(people["joined"] < day(year, 2, 1)) & (people["left"] == "")]
    members = stable.loc[stable["organisation"].isin(gatherings.reached), "member"].to_numpy(dtype=object)
    communities = _communities(members, year)
    pairs = _mentor_pairs(members, communities, year)
    tables = {
        "thanks": _thanks(members, year),
        "communities": communities,
        "mentor_pairs": pairs,
        "help": _help(communities, pairs, year),
        "asks": _asks(members, year),
        "expertise": _expertise(members, year),
        "mentoring_groups": _mentoring_groups(members, year),
        "peer_support": _peer_support(members, year),
        "ideas": _ideas(gatherings.circles, year),
        "video_views": _video_views(members, gatherings, year),
    }
    return Records(year, tables)


def record_files(records: Records) -> Files:
    """One plain CSV per table."""
    return {
        f"{records.year}/{name}.csv": csv_bytes(list(table.columns), table.astype(object).to_numpy())
        for name, table in records.tables.items()
    }


def _dates(random: np.random.Generator, year: int, count: int) -> list[str]:
    return [later(day(year, 1, 1), int(d)) for d in np.sort(random.integers(0, 365, count))]


def _thanks(members: np.ndarray, year: int) -> pd.DataFrame:
    """Thanks go to a few much more than to the others; some are returned."""
    random = rng("thanks", year)
    count = 380 + 50 * YEARS.index(year)
    fame = random.lognormal(0, 1.2, len(members))
    giver = random.choice(len(members), size=count, p=_shares(random.lognormal(0, 0.7, len(members))))
    taker = random.choice(len(members), size=count, p=_shares(fame))
    returned = np.flatnonzero(random.random(count) < 0.15)
    returned = returned[returned > 0]
    source = (random.random(len(returned)) * returned).astype(int)
    giver[returned], taker[returned] = taker[source], giver[source]
    fine = giver != taker
    frame = pd.DataFrame({"From": members[giver[fine]], "To": members[taker[fine]]})
    return frame.assign(Date=_dates(random, year, len(frame)), Reason=random.choice(REASONS, size=len(frame)))


def _shares(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def _communities(members: np.ndarray, year: int) -> pd.DataFrame:
    random = rng("communities", year)
    rows = []
    for name, formality in COMMUNITIES:
        size = COMMUNITY_SIZE[formality] + int(random.integers(-3, 4))
        rows += [(name, formality, m) for m in np.sort(random.choice(members, size=size, replace=False))]
    return pd.DataFrame(rows, columns=["Community", "Formality", "Member ID"])


def _mentor_pairs(members: np.ndarray, communities: pd.DataFrame, year: int) -> pd.DataFrame:
    """The official scheme; two fifths of its pairs also sit in one formal community."""
    random = rng("mentor pairs", year)
    inside = [
        g.to_numpy()
        for _, g in communities[communities["Formality"] == "formal"].groupby("Community")["Member ID"]
    ]
    pairs: dict[tuple[str, str], None] = {}
    while len(pairs) < PAIRS[year]:
        near = len(pairs) < PAIRS_THAT_SHARE_A_COMMUNITY * PAIRS[year]
        pool = inside[len(pairs) % len(inside)] if near else members
        mentor, mentee = random.choice(pool, size=2, replace=False)
        pairs[(str(mentor), str(mentee))] = None
    frame = pd.DataFrame(list(pairs), columns=["Mentor", "Mentee"])
    return frame.assign(Started=[day(year, int(m), 15) for m in random.integers(1, 7, len(frame))])


def _help(communities: pd.DataFrame, pairs: pd.DataFrame, year: int) -> pd.DataFrame:
    """Help inside communities, the more the less formal; most official pairs that share one help there."""
    random = rng("help", year)
    official = set(map(tuple, pairs[["Mentor", "Mentee"]].to_numpy()))
    rows = []
    for (name, formality), seats in communities.groupby(["Community", "Formality"], sort=True):
        here = seats["Member ID"].to_numpy(dtype=object)
        for giver in here:
            for taker in here[here != giver]:
                chance = 0.8 if (giver, taker) in official else HELPING[formality]
                if random.random() < chance:
                    rows.append((giver, taker, name))
    return pd.DataFrame(rows, columns=["From", "To", "Community"])


def _expertise(members: np.ndarray, year: int) -> pd.DataFrame:
    """Offers and needs by topic; the unmet topics have needs and nobody who offers."""
    random = rng("expertise", year)
    rows = []
    for topic in TOPICS:
        offers = 0 if topic in UNMET[year] else int(random.integers(3, 14))
        needs = int(random.integers(6, 16))
        chosen = random.choice(members, size=offers + needs, replace=False)
        rows += [(m, topic, "offer") for m in chosen[:offers]] + [(m, topic, "need") for m in chosen[offers:]]
    frame = pd.DataFrame(rows, columns=["Member ID", "Topic", "Kind"])
    return frame.sort_values(["Topic", "Kind", "Member ID"], kind="stable").reset_index(drop=True)


def _asks(members: np.ndarray, year: int) -> pd.DataFrame:
    """Who asked whom; three in four ask somebody who offers the topic, where anybody does."""
    random = rng("asks", year)
    expertise = _expertise(members, year)
    offers = expertise[expertise["Kind"] == "offer"].groupby("Topic")["Member ID"].apply(list).to_dict()
    rows = []
    for asker, topic in expertise.loc[expertise["Kind"] == "need", ["Member ID", "Topic"]].to_numpy():
        for _ in range(int(random.integers(0, 3))):
            known = offers.get(topic) if random.random() < 0.75 else None
            asked = str(random.choice(known if known else list(members)))
            rows += [(asker, asked, topic)] if asked != asker else []
    frame = pd.DataFrame(rows, columns=["From", "To", "Topic"])
    frame = frame.iloc[random.permutation(len(frame))].reset_index(drop=True)
    return frame.assign(Date=_dates(random, year, len(frame)))


def _mentoring_groups(members: np.ndarray, year: int) -> pd.DataFrame:
    """Groups of one or two mentors and four to seven mentees; groups differ in how far they bring people."""
    random = rng("mentoring groups", year)
    pool = list(random.permutation(members))
    effects = random.permutation(np.linspace(-1.5, 1.5, GROUPS)) * GROUP_SPREAD
    rows: list[tuple[object, ...]] = []
    for number, effect in enumerate(effects, start=1):
        group = f"MG{number:02d}"
        mentors = [pool.pop() for _ in range(1 + number % 2)]
        mentees = [pool.pop() for _ in range(int(random.integers(4, 8)))]
        rows += [(group, m, "mentor", None, None, None, None) for m in sorted(mentors)]
        rows += [(group, m, "mentee", *_mentee(random, effect)) for m in sorted(mentees)]
    columns = ["Group", "Member ID", "Role", "Before", "After", "Guidance expected", "Guidance received"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _mentee(random: np.random.Generator, effect: float) -> tuple[float, float, int, int]:
    before = random.normal(2.9, 0.6)
    after = before + GROUP_CHANGE + effect + random.normal(0, PERSON_SPREAD)
    expected = int(random.integers(3, 6))
    received = int(np.clip(expected + random.choice([-2, -1, 0, 1], p=[0.10, 0.24, 0.46, 0.20]), 1, 5))
    before, after = (round(float(np.clip(x, 1, 5)), 1) for x in (before, after))
    return before, after, expected, received


def _peer_support(members: np.ndarray, year: int) -> pd.DataFrame:
    random = rng("peer support", year)
    chosen = random.choice(members, size=PEER_GROUPS * 8, replace=False)
    return pd.DataFrame(
        {
            "Member ID": np.sort(chosen),
            "Group": random.permutation(np.repeat([f"PS{i}" for i in range(1, PEER_GROUPS + 1)], 8)),
            "Sessions": random.integers(1, 11, len(chosen)),
        }
    )


def _ideas(circles: pd.DataFrame, year: int) -> pd.DataFrame:
    """Ideas start in one circle and reach others, mostly through people who sit in both.

    Three in four adoptions are carried so, the others have no known carrier; most fall into the six
    weeks after a conference.
    """
    random = rng("ideas", year)
    seats = circles.groupby("circle")["member"].apply(set).to_dict()
    rows: list[tuple[str, str, str, str]] = []
    for number in range(1, IDEAS + 1):
        idea, start = f"I{number:02d}", str(random.choice(CIRCLES))
        date = later(day(year, 1, 10), int(random.integers(0, 100)))
        have = [start]
        rows.append((idea, start, date, ""))
        for _ in range(int(random.integers(0, 6))):
            following = _next_circle(random, have, seats)
            if following is None:
                break
            date = max(later(date, 1), _adoption_day(random, year))
            have.append(following[0])
            rows.append((idea, following[0], min(date, day(year, 12, 30)), following[1]))
    return pd.DataFrame(rows, columns=["Idea", "Circle ID", "Date", "Carried by"])


def _next_circle(
    random: np.random.Generator, have: list[str], seats: dict[str, set[str]]
) -> tuple[str, str] | None:
    """The next circle and who carried the idea there, empty where nobody knows."""
    here = set().union(*(seats[circle] for circle in have))
    open_ = [(c, m) for c in CIRCLES if c not in have for m in sorted(here & seats[c])]
    if open_ and random.random() < 0.75:
        return open_[int(random.integers(0, len(open_)))]
    others = [c for c in CIRCLES if c not in have]
    return (str(random.choice(others)), "") if others else None


def _adoption_day(random: np.random.Generator, year: int) -> str:
    conference = [day(year, 5, 14), day(year, 11, 12)][int(random.random() < 0.4)]
    if random.random() < 0.7:
        return later(conference, int(random.integers(1, 42)))
    return later(day(year, 2, 1), int(random.integers(0, 320)))


def _video_views(members: np.ndarray, gatherings: Gatherings, year: int) -> pd.DataFrame:
    """Views fall by half every twelve days after the mentoring day; the first videos are seen most."""
    random = rng("videos", year)
    came = set(gatherings.attendance.query("kind == 'mentoring day'")["member"])
    weights = np.where([m in came for m in members], 1.0, 2.0)
    count = VIEWS[year]
    who = members[random.choice(len(members), size=count, p=_shares(weights))]
    video = random.choice(VIDEOS, size=count, p=_shares(0.8 ** np.arange(len(VIDEOS))))
    wait = np.minimum(random.exponential(VIEW_HALF_LIFE / np.log(2), count), 88.0)
    start = datetime.fromisoformat(day(year, 10, 4))
    seconds = (wait * 86400).astype(int)
    watched = np.where(random.random(count) < 0.35, 1.0, np.round(random.beta(1.2, 1.6, count), 2))
    time = [(start + timedelta(seconds=int(s))).strftime("%Y-%m-%d %H:%M:%S") for s in seconds]
    frame = pd.DataFrame({"Member ID": who, "Video": video, "Time": time, "Watched share": watched})
    return frame.sort_values(["Time", "Member ID"], kind="stable").reset_index(drop=True)


def informal(records: Records) -> pd.Series:
    """Per help tie (an ordered pair in a community), whether it is no official pair, either way round."""
    pairs = set(map(tuple, records["mentor_pairs"][["Mentor", "Mentee"]].to_numpy()))
    ties = records["help"][["From", "To"]].to_numpy()
    return pd.Series([(a, b) not in pairs and (b, a) not in pairs for a, b in ties])
