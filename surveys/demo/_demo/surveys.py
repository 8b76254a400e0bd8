"""Answers to the three questionnaires: P1, P7, P8, P11 and the circles' reviews. `exports` writes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import comments
from .base import day, likert, rng, weighted
from .gatherings import CIRCLES, Gatherings
from .platform import Platform
from .records import Records
from .roster import UNDER_REACHED, Roster, present
from .wording import GRIDS, LISTS, Grid

FIELDED = (6, 8)
RESPONSE = {
    "Harbour Counties": 0.64,
    "River Valley": 0.66,
    "Northern Hills": 0.60,
    "Capital District": 0.68,
    "South Coast": 0.62,
    UNDER_REACHED: 0.24,
}
RESPONSE_TREND = {2023: -0.05, 2024: -0.02, 2025: 0.0}
LOW_TRUST = ("C05", "C14")
LOW_TRUST_DROP, CIRCLE_SPREAD = 0.90, 0.10
LEVELS = {
    "trust": {2023: 3.42, 2024: 3.47, 2025: 3.75},
    "donating": {2023: 3.20, 2024: 3.30, 2025: 3.40},
    "collecting": {2023: 3.30, 2024: 3.35, 2025: 3.40},
    "belonging": {2023: 3.60, 2024: 3.60, 2025: 3.65},
    "outcomes": {2023: 3.00, 2024: 3.05, 2025: 3.15},
}
PERSON_SPREAD, YEAR_SPREAD, ITEM_SPREAD = 0.55, 0.35, 0.70
CAME, PEER_SUPPORT, PER_SESSION, ONLINE = 0.35, 0.30, 0.03, 0.15
REWORDED_SHIFT = -0.6
DONT_KNOW, SKIPPED = 0.025, 0.01
BLANK_ROWS, UNFINISHED = 3, 4
CYCLE_LEVELS = {"energy": (3.7, 3.3, 3.8), "skill": (2.8, 3.1, 3.4)}
THIN_CIRCLES = {"C12": 3, "C09": 4, "C18": 4}
OTHER_WORDS = (
    "A visit to another programme",
    "The newsletter",
    "Phone calls in between",
    "The reading group",
)
COMMENTS = (
    "More time for the conversations after the talks",
    "Please keep the small circles, they are why I come",
    "Meetings in the west of the state, not only in the capital",
    "A list of who knows what would help me",
    "Fewer mails, better ones",
    "Evening dates for those of us who volunteer",
    "I would like to see what other circles have tried",
    "More about working with schools",
    "It is fine as it is",
    "Short notes after each gathering for those who could not come",
)


@dataclass(frozen=True)
class Survey:
    """Answers of one wave: one row per respondent, one column per question, choice names as text."""

    year: int
    answers: pd.DataFrame
    blanks: int = 0


def make_member_survey(
    roster: Roster, gatherings: Gatherings, platform: Platform, records: Records
) -> Survey:
    """One year of the member survey."""
    year = gatherings.year
    random = rng("member survey", year)
    sample = _respondents(roster, gatherings, year)
    sample = _covariates(sample, gatherings, platform, records)
    answers = pd.DataFrame({"member_code": sample["member"], "circle_code": sample["circle"]})
    for grid in GRIDS:
        answers = answers.join(_grid_answers(random, grid, _latent(grid.name, sample, year), year))
    answers = answers.join(_single_answers(random, sample, year))
    answers = _break_off(random, answers)
    return Survey(year, answers.iloc[random.permutation(len(answers))].reset_index(drop=True), BLANK_ROWS)


def make_cycle(gatherings: Gatherings) -> tuple[Survey, Survey, Survey]:
    """Three checks of a cycle; who is low in observed energy tends not to answer the next one."""
    year = gatherings.year
    random = rng("cycle", year)
    came = np.sort(
        gatherings.attendance.query("kind == 'kick-off' and came_as == 'current'")["member"].unique()
    )
    staying = np.ones(len(came), dtype=bool)
    person = random.normal(0, 0.6, (2, len(came)))
    waves = []
    for wave in range(3):
        answers = pd.DataFrame({"member_code": came})
        for (name, levels), lasting, items in zip(CYCLE_LEVELS.items(), person, (3, 4), strict=True):
            latent = levels[wave] + lasting + random.normal(0, 0.35, len(came))
            score = likert(latent[:, None] + random.normal(0, 0.6, (len(came), items)))
            answers = answers.join(
                pd.DataFrame(score, columns=[f"{name}_{i + 1}" for i in range(items)]).astype(str)
            )
        waves.append(Survey(year, answers[staying].reset_index(drop=True)))
        energy = answers[["energy_1", "energy_2", "energy_3"]].astype(int).mean(axis=1).to_numpy()
        staying &= random.random(len(came)) < 1 / (1 + np.exp(-(1.6 * (energy - 3.5) + 1.6)))
    return waves[0], waves[1], waves[2]


def make_feedback(gatherings: Gatherings) -> Survey:
    """Feedback sheets, without member codes; a few circles return fewer than five."""
    year = gatherings.year
    random = rng("circle feedback", year)
    effects = _circle_effects(year)
    rows = []
    for circle, size in gatherings.circles["circle"].value_counts().sort_index().items():
        count = THIN_CIRCLES.get(str(circle), min(12, max(5, round(0.8 * int(size)))))
        level = 3.9 + effects[str(circle)]
        safe = likert(level + random.normal(0, 0.5, (count, 1)) + random.normal(0, 0.5, (count, 3)))
        useful = likert(level + random.normal(0, 0.8, count))
        for s, u in zip(safe, useful, strict=True):
            rows.append([circle, *map(str, s), str(u), *_feedback_words(random, float(s.mean()))])
    columns = ["circle_code", "safe_1", "safe_2", "safe_3", "useful", "pace", "again", "comment"]
    frame = pd.DataFrame(rows, columns=[*columns, "facilitator_may_read"])
    frame = frame.iloc[random.permutation(len(frame))].reset_index(drop=True)
    return Survey(year, comments.plant(frame, year))


def scale_scores(survey: Survey, grid: Grid) -> np.ndarray:
    """Mean of the answered items, reversed ones turned; NaN where fewer than four fifths were answered."""
    numbers = survey.answers[list(grid.names)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    turn = np.isin(np.arange(1, len(grid.names) + 1), grid.reverse)
    numbers = np.where(turn, 6 - numbers, numbers)
    count = (~np.isnan(numbers)).sum(axis=1)
    enough = count >= 0.8 * len(grid.names)
    return np.where(enough, np.nansum(numbers, axis=1) / np.maximum(count, 1), np.nan)


def _respondents(roster: Roster, gatherings: Gatherings, year: int) -> pd.DataFrame:
    """Exactly the planted share of each region's roster answers, drawn from those present in June.

    Members of the two low-trust circles answer first, so that both have enough answers to be seen.
    """
    random = rng("respondents", year)
    people = roster.people_in(year)
    circle = gatherings.circles.drop_duplicates("member").set_index("member")["circle"]
    people["circle"] = people["member"].map(circle).fillna("")
    here = present(people, day(year, *FIELDED))
    ready = (
        np.where(people["circle"].isin(LOW_TRUST), 50.0, np.where(people["circle"] != "", 2.5, 1.0)) * here
    )
    chosen = []
    for region, share in RESPONSE.items():
        inside = (people["region"] == region).to_numpy()
        trend = RESPONSE_TREND[year] if region != UNDER_REACHED else 0.0
        chosen.append(weighted(random, ready * inside, round((share + trend) * inside.sum())))
    return people.iloc[np.sort(np.concatenate(chosen))].reset_index(drop=True)


def _covariates(
    sample: pd.DataFrame, gatherings: Gatherings, platform: Platform, records: Records
) -> pd.DataFrame:
    events = sample["member"].map(platform.events["member"].value_counts()).fillna(0)
    log = np.log1p(events)
    peer = records["peer_support"].set_index("Member ID")["Sessions"]
    return sample.assign(
        came=sample["member"].isin(set(gatherings.attendance["member"])),
        online=(log - log.mean()) / log.std(ddof=0),
        peer=sample["member"].isin(peer.index),
        peer_sessions=sample["member"].map(peer).fillna(0),
    )


def _circle_effects(year: int) -> dict[str, float]:
    """Evenly spread effects of circles on trust, two circles far below."""
    random = rng("circle effects", 0)
    others = [c for c in CIRCLES if c not in LOW_TRUST]
    even = random.permutation(
        np.linspace(-CIRCLE_SPREAD, CIRCLE_SPREAD, len(others)) + LOW_TRUST_DROP * 2 / 18
    )
    effects = dict(zip(others, even, strict=True)) | dict.fromkeys(LOW_TRUST, -LOW_TRUST_DROP)
    wobble = rng("circle effects", year).normal(0, 0.05, len(CIRCLES))
    return {circle: float(effects[circle] + w) for circle, w in zip(CIRCLES, wobble, strict=True)}


def _latent(scale: str, sample: pd.DataFrame, year: int) -> np.ndarray:
    """What a respondent would say without rounding: level, lasting person, year, and what is planted."""
    place = sample["member"].str[1:].astype(int).to_numpy()
    lasting = rng(f"person {scale}").normal(0, PERSON_SPREAD, 2000)[place]
    common = rng("person").normal(0, 0.3, 2000)[place]
    score = LEVELS[scale][year] + lasting + common
    score += rng(f"year {scale}", year).normal(0, YEAR_SPREAD, len(sample))
    if scale == "trust":
        score += sample["circle"].map(_circle_effects(year)).fillna(0.0).to_numpy()
    if scale == "outcomes":
        score += CAME * sample["came"] + PEER_SUPPORT * sample["peer"]
        score += PER_SESSION * sample["peer_sessions"] + ONLINE * sample["online"]
    return np.asarray(score, dtype=float)


def _grid_answers(random: np.random.Generator, grid: Grid, latent: np.ndarray, year: int) -> pd.DataFrame:
    shape = (len(latent), len(grid.names))
    offset = np.linspace(0.25, -0.25, shape[1])
    if year == 2025 and grid.name == "belonging":
        offset[1] += REWORDED_SHIFT
    numbers = likert(latent[:, None] + offset + random.normal(0, ITEM_SPREAD, shape))
    turn = np.isin(np.arange(1, shape[1] + 1), grid.reverse)
    text = np.where(turn, 6 - numbers, numbers).astype(str).astype(object)
    if "dont_know" in LISTS[grid.answers]:
        text[random.random(shape) < DONT_KNOW] = "dont_know"
    text[random.random(shape) < SKIPPED] = ""
    return pd.DataFrame(text, columns=list(grid.names))


def _single_answers(random: np.random.Generator, sample: pd.DataFrame, year: int) -> pd.DataFrame:
    count = len(sample)
    part = np.where(
        sample["came"],
        random.choice(["in_person", "online", "both"], size=count, p=[0.45, 0.2, 0.35]),
        random.choice(["online", "not_at_all"], size=count, p=[0.55, 0.45]),
    )
    value = (
        likert(_latent("outcomes", sample, year) + 0.4 + random.normal(0, 0.6, count))
        .astype(str)
        .astype(object)
    )
    value[random.random(count) < DONT_KNOW] = "dont_know"
    comment = np.where(random.random(count) < 0.35, random.choice(COMMENTS, size=count), "")
    frame = pd.DataFrame({"took_part": part, "valuable": value})
    for name, chance in zip(LISTS["gatherings"], (0.55, 0.4, 0.3, 0.45, 0.35, 0.15, 0.05), strict=True):
        likes = chance + (0.35 if name == "circle" else 0.0) * (sample["circle"] != "")
        ticked = (random.random(count) < likes) & sample["came"]
        frame[f"helped/{name}"] = np.where(ticked, "1", "")
    other = random.choice(OTHER_WORDS, size=count)
    frame["helped_other"] = np.where(frame["helped/other"] == "1", other, "")
    return frame.assign(comment=comment)


def _break_off(random: np.random.Generator, answers: pd.DataFrame) -> pd.DataFrame:
    """A few stop in the middle of the knowledge grids: everything after that is blank."""
    answers = answers.copy()
    for row in np.sort(random.choice(len(answers), size=UNFINISHED, replace=False)):
        answers.iloc[row, int(random.integers(8, 16)) :] = ""
    return answers


def _feedback_words(random: np.random.Generator, safe: float) -> list[str]:
    again = random.choice(["yes", "no", "unsure"], p=[0.85, 0.05, 0.1] if safe >= 3 else [0.4, 0.3, 0.3])
    pace = random.choice(["too_slow", "right", "too_fast"], p=[0.15, 0.7, 0.15])
    comment = random.choice(comments.COMMENTS) if random.random() < 0.6 else ""
    return [str(pace), str(again), str(comment), str(random.choice(["yes", "no"], p=[0.7, 0.3]))]
