"""The log of the digital platform: P5."""

from __future__ import annotations

import io
from calendar import monthrange
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .base import YEARS, Files, csv_bytes, rng
from .roster import Roster

EVENTS = {2023: 48_000, 2024: 60_000, 2025: 70_000}
FOUNDERS_ON_LINE = 0.62
FOUNDERS_ACTIVE = {2023: 0.45, 2024: 0.56, 2025: 0.70}
SPREAD = 1.0
ACTIONS = {"view": 0.62, "post": 0.09, "reply": 0.16, "share": 0.07, "thank": 0.06}
RETURNED_DYADS = 0.27
PARTNERS = 3.0


@dataclass(frozen=True)
class Platform:
    """One year's log: events (member, time, action, object, target), sorted by time."""

    year: int
    events: pd.DataFrame


def retention(months: np.ndarray) -> np.ndarray:
    """Probability that a newcomer is active so many months after joining."""
    return np.where(months == 0, 1.0, 0.45 + 0.35 * np.exp(-months / 2.0))


def make_platforms(roster: Roster) -> dict[int, Platform]:
    """Three years of activity."""
    people = roster.people
    random = rng("platform")
    intensity = random.lognormal(0, SPREAD, len(people))
    online = random.random(len(people)) < FOUNDERS_ON_LINE
    return {year: Platform(year, _events(people, intensity, online, year)) for year in YEARS}


def platform_files(platforms: dict[int, Platform]) -> Files:
    """The log of the first year as CSV, those of the others as Parquet."""
    files: Files = {}
    for year, platform in platforms.items():
        if year == YEARS[0]:
            written = platform.events.assign(time=platform.events["time"].dt.strftime("%Y-%m-%d %H:%M:%S"))
            files[f"{year}/activity.csv"] = csv_bytes(list(written.columns), written.to_numpy())
        else:
            files[f"{year}/activity.parquet"] = _parquet(platform.events)
    return files


def _events(people: pd.DataFrame, intensity: np.ndarray, online: np.ndarray, year: int) -> pd.DataFrame:
    random = rng("activity", year)
    first, last = _active_days(people, year)
    active = _active_months(random, people, online, first, last, year)
    weights = active * intensity[:, None] * random.lognormal(0, 0.5, active.shape)
    counts = active + random.multinomial(
        EVENTS[year] - active.sum(), (weights / weights.sum()).ravel()
    ).reshape(active.shape)
    who, month = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    time = _times(random, first[who, month], last[who, month], year, month)
    order = np.lexsort((who, time))
    action = random.choice(list(ACTIONS), size=len(who), p=list(ACTIONS.values()))
    target = _targets(random, who, action, intensity, counts.sum(axis=1))
    names = people["member"].to_numpy(dtype=object)
    frame = pd.DataFrame(
        {
            "member": names[who],
            "time": time,
            "action": action,
            "object": _objects(random, action),
            "target": np.where(target >= 0, names[target], ""),
        }
    )
    return frame.iloc[order].reset_index(drop=True)


def _active_days(people: pd.DataFrame, year: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last day of each month on which each person belongs; first > last where not at all."""
    first = np.zeros((len(people), 12), dtype=int)
    last = np.zeros((len(people), 12), dtype=int)
    joined, left = people["joined"].to_numpy(dtype=str), people["left"].to_numpy(dtype=str)
    for month in range(1, 13):
        name, length = f"{year}-{month:02d}", monthrange(year, month)[1]
        start = [int(on[8:]) if on[:7] == name else (1 if on[:7] < name else 99) for on in joined]
        end = [
            int(on[8:]) - 1 if on[:7] == name else (length if not on or on[:7] > name else 0) for on in left
        ]
        first[:, month - 1], last[:, month - 1] = start, end
    return first, last


def _active_months(
    random: np.random.Generator,
    people: pd.DataFrame,
    online: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    year: int,
) -> np.ndarray:
    """Newcomers by `retention` since the month of joining; founders at the year's rate, if on line at all."""
    joined = people["joined"]
    since = (year * 12 + np.arange(1, 13))[None, :] - (
        joined.str[:4].astype(int) * 12 + joined.str[5:7].astype(int)
    ).to_numpy()[:, None]
    newcomer = (joined >= f"{YEARS[0]}-01-01").to_numpy()[:, None]
    chance = np.where(newcomer, retention(np.maximum(since, 0)), FOUNDERS_ACTIVE[year] * online[:, None])
    return ((random.random(chance.shape) < chance) & (first <= last)).astype(int)


def _times(
    random: np.random.Generator, first: np.ndarray, last: np.ndarray, year: int, month: np.ndarray
) -> np.ndarray:
    days = first + np.floor(random.random(len(first)) * (last - first + 1)).astype(int)
    hour = random.choice(np.arange(6, 23), size=len(first), p=_HOURS)
    seconds = hour * 3600 + random.integers(0, 3600, len(first))
    start = np.array([f"{year}-{m:02d}-01" for m in range(1, 13)], dtype="datetime64[s]")[month]
    return start + ((days - 1) * 86400 + seconds).astype("timedelta64[s]")


_HOURS = np.array([1, 2, 5, 8, 9, 9, 7, 8, 9, 9, 8, 6, 4, 4, 5, 4, 2]) / 100


def _objects(random: np.random.Generator, action: np.ndarray) -> np.ndarray:
    document = np.char.mod("doc-%03d", np.minimum(random.geometric(0.02, len(action)), 150))
    thread = np.char.mod("thread-%04d", random.integers(1, 900, len(action)))
    return np.where(np.isin(action, ["view", "share"]), document, thread).astype(object)


def _targets(
    random: np.random.Generator,
    who: np.ndarray,
    action: np.ndarray,
    intensity: np.ndarray,
    totals: np.ndarray,
) -> np.ndarray:
    """Whom a reply or a thank is for: one of the person's partners; -1 for other actions."""
    partners = _partners(random, intensity * (totals > 0))
    target = np.full(len(who), -1)
    for person in np.flatnonzero(totals > 0):
        rows = np.flatnonzero((who == person) & np.isin(action, ["reply", "thank"]))
        target[rows] = random.choice(partners[person], size=len(rows))
    return target


def _partners(random: np.random.Generator, weights: np.ndarray) -> dict[int, np.ndarray]:
    """Everybody who is active answers a few others; some of those answer back."""
    answers = np.zeros((len(weights), len(weights)), dtype=bool)
    for person in np.flatnonzero(weights):
        others = weights * (np.arange(len(weights)) != person)
        chosen = random.choice(
            len(weights), size=1 + random.poisson(PARTNERS), replace=False, p=others / others.sum()
        )
        answers[person, chosen] = True
    back = answers & (random.random(answers.shape) < RETURNED_DYADS)
    answers |= back.T
    return {person: np.flatnonzero(answers[person]) for person in np.flatnonzero(weights)}


def _parquet(events: pd.DataFrame) -> bytes:
    table = pa.table(
        {
            "member": pa.array(events["member"].astype(object), pa.string()).dictionary_encode(),
            "time": pa.array(events["time"].to_numpy().astype("datetime64[ms]"), pa.timestamp("ms")),
            "action": pa.array(events["action"].astype(object), pa.string()).dictionary_encode(),
            "object": pa.array(events["object"].astype(object), pa.string()).dictionary_encode(),
            "target": pa.array([to or None for to in events["target"]], pa.string()).dictionary_encode(),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", store_schema=False)
    return out.getvalue()
