"""What of a gathering is used: its sessions on the day, and what is put on line afterwards.

Imports `declared`, `attendance`, `ratings` (its clustered interval), `recency` (its bands) and `views`; uses
`survey.groups` and `survey.estimation`. Attendance is a full record; intervals of viewing describe people
invited like these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import RECORD, once
from ksn_research.analyse.engagement.declared import Asked
from ksn_research.analyse.engagement.ratings import clustered_interval
from ksn_research.analyse.engagement.recency import bands
from ksn_research.analyse.engagement.views import Steps, half_life, viewing_steps, waits
from ksn_research.analyse.network.structure import Estimate
from ksn_research.analyse.survey.estimation.intervals import wilson
from ksn_research.analyse.survey.groups import of_year
from ksn_research.results import Row

MANY = {"1 session": 1.0, "2 sessions": 2.0, "3 or more sessions": np.inf}
WEEKS = 12
PRESENT, OTHERS = "came", "others"
REACH = f"share of those who came to any session of the gathering that came to this one; {RECORD}"
SEVERAL = f"share of those who came to the gathering, by the number of its sessions they came to; {RECORD}"
INVITED = "people on the roster of the year who had not left before the day"
STEP = {
    "invited": INVITED,
    "viewed": "opened at least one of the items",
    "watched half": "watched at least {half:.0%} of one of the items",
    "finished": "watched at least {finished:.0%} of one of the items",
}
OF_INVITED = "share of " + INVITED + "; Wilson interval"
OF_BEFORE = "share of those who reached the step before; Wilson interval"
VIEWS = "views in the log, each counted"
WEEK = "views in the log in that week after the day of the gathering, each counted"
FINISHED = (
    "share of views that watched at least {finished:.0%} of the item; t interval, standard error clustered "
    "by person"
)
GATHERED = f"distinct people who came to any session of the gathering; {RECORD}"
SESSIONS = f"mean number of its sessions per person who came to the gathering; {RECORD}"
FADING = (
    "days in which views fall by half, exponential decay fitted by maximum likelihood to the days from the "
    "gathering to each view, cut at the year's end; interval from the mean wait's, clustered by person"
)


def funnel_rows(asked: Asked) -> Iterator[Row]:
    """Rows of one gathering in one year: its sessions, then how far its items on line were watched, by all
    who were invited, those who came and the others, and how views fade."""
    came = of_year(asked.prepared.attendance, asked.year)
    came = once(came[came["kind"] == asked.told["gathering"]])
    yield from session_rows(replace(asked, source="attendance"), came)
    if "source" in asked.told and came["date"].notna().any():
        yield from viewing_rows(asked, came)


def session_rows(asked: Asked, came: pd.DataFrame) -> Iterator[Row]:
    """People at each session, and how many sessions people came to. Those without a code count at a session
    and are otherwise left out."""
    known = came.dropna(subset=["member"])
    everybody = known["member"].unique()
    base: dict[str, Any] = {"n": len(everybody), "unit": "people"}
    whole = {**base, "category": "gathering"}
    yield asked.row("people", len(everybody), everybody, count=len(everybody), method=GATHERED, **whole)
    for event, part in known.groupby("event", sort=True):
        size = part["member"].nunique()
        fields = {**base, "category": f"session {event}", "count": size, "method": REACH}
        yield asked.row("people", size, part["member"], **fields)
        yield asked.row("share", size / len(everybody), part["member"], **fields)
    times = known.groupby("member")["event"].nunique()
    if known["event"].nunique() < 2:
        return
    yield asked.row("mean_sessions", float(times.mean()), everybody, method=SESSIONS, **whole)
    at = bands(times.to_numpy(dtype=float), list(MANY.values()))
    for i, name in enumerate(MANY):
        size = int((at == i).sum())
        yield asked.row(
            "share", size / len(times), everybody, category=name, count=size, method=SEVERAL, **base
        )


def viewing_rows(asked: Asked, came: pd.DataFrame) -> Iterator[Row]:
    """Steps, items, weeks and half-life of what is viewed."""
    day = came["date"].max()
    views = viewed(asked)
    invited = roster_on(asked, day)
    steps = viewing_steps(invited, views, _half(asked), _finished(asked))
    there = invited.isin(came["member"].dropna())
    whole = np.ones(len(invited), dtype=bool)
    groups = {("", ""): whole, ("gathering", PRESENT): there, ("gathering", OTHERS): ~there}
    found: dict[tuple[str, str], Row] = {}
    for at, mask in groups.items():
        if mask.any():
            yield from _step_rows(asked, steps, mask, at, found)
    yield from _item_rows(asked, views)
    present = views["member"].isin(came["member"].dropna()).to_numpy()
    every = np.ones(len(views), dtype=bool)
    for at, mask in {
        ("", ""): every,
        ("gathering", PRESENT): present,
        ("gathering", OTHERS): ~present,
    }.items():
        yield from _decay_rows(asked, views[mask], day, at, found)


def viewed(asked: Asked) -> pd.DataFrame:
    """Views by people with a code: columns member, item, time and, where it is declared, watched."""
    told, frame = asked.told, asked.records("source")
    names = {told["item"]: "item", told["time"]: "time"}
    names |= {told["watched"]: "watched"} if "watched" in told else {}
    return frame[["member", *names]].rename(columns=names).dropna(subset=["member"])


def roster_on(asked: Asked, day: pd.Timestamp) -> pd.Index:
    """Everybody on the roster of the year who had not left before the day."""
    roster = of_year(asked.prepared.people, asked.year)
    stayed = roster["left"].isna() | (roster["left"] >= day)
    return pd.Index(roster.loc[stayed, "member"].dropna().unique(), dtype=object)


def _step_rows(
    asked: Asked, steps: Steps, mask: np.ndarray, at: tuple[str, str], found: dict[tuple[str, str], Row]
) -> Iterator[Row]:
    group, level = at
    n, before = int(mask.sum()), None
    for name, reached in steps.reached.items():
        size = int((reached & mask).sum())
        said = STEP[name].format(half=_half(asked), finished=_finished(asked))
        base: dict[str, Any] = {"category": name, "group": group, "level": level, "count": size}
        whole = (found[name, ""].id,) if group else ()
        row = asked.row("people", size, steps.people[mask], n=n, unit="people", binary=name != "invited",
                        parents=whole, method=f"distinct people: {said}; of {INVITED}", **base)  # fmt: skip
        found.setdefault((name, ""), row)
        yield row
        if before is not None:
            yield _share(asked, "share", size, n, steps.people[mask], f"{said}: {OF_INVITED}", base)
            yield _share(
                asked, "step_share", size, before[0], steps.people[before[1]], f"{said}: {OF_BEFORE}", base
            )
        before = (size, reached & mask)


def _share(
    asked: Asked, statistic: str, size: int, of: int, people: pd.Index, method: str, base: dict[str, Any]
) -> Row:
    low, high = wilson(size, of)
    e = Estimate(size / of, None, low, high) if of else Estimate(None, why="nobody reached the step before")
    return asked.row(statistic, e, people, n=of, unit="people", binary=True, method=method, **base)


def _item_rows(asked: Asked, views: pd.DataFrame) -> Iterator[Row]:
    """Views, viewers and views to the end: of all items, then of each."""
    parts = [("items", views), *((f"item {name}", part) for name, part in views.groupby("item", sort=True))]
    for name, part in parts:
        people = part["member"].nunique()
        base: dict[str, Any] = {"category": name, "n": len(part), "unit": "events"}
        yield asked.row("views", len(part), part["member"], count=people, method=VIEWS, **base)
        of_people = {**base, "n": people, "unit": "people", "method": "distinct people who viewed it"}
        yield asked.row("people", people, part["member"], count=people, **of_people)
        if "watched" in part and part["watched"].notna().any():
            yield _to_the_end(asked, part.dropna(subset=["watched"]), base)


def _to_the_end(asked: Asked, part: pd.DataFrame, base: dict[str, Any]) -> Row:
    finished = _finished(asked)
    done = (part["watched"] >= finished).to_numpy(dtype=float)
    se, low, high = clustered_interval(done, pd.factorize(part["member"])[0])
    e = Estimate(float(done.mean()))
    if np.isfinite(se) and se > 0:
        e = Estimate(e.value, se, max(0.0, low), min(1.0, high))
    people = part.loc[done == 1, "member"].nunique()
    return asked.row("finished_share", e, part["member"], method=FINISHED.format(finished=finished),
                     count=people, **{**base, "n": len(part)})  # fmt: skip


def _decay_rows(
    asked: Asked,
    views: pd.DataFrame,
    day: pd.Timestamp,
    at: tuple[str, str],
    found: dict[tuple[str, str], Row],
) -> Iterator[Row]:
    """Views of each week after the day, and the half-life; views before the day ended count in neither."""
    group, level = at
    views = views.dropna(subset=["time"])
    wait = waits(views["time"], day)
    window = (pd.Timestamp(year=day.year + 1, month=1, day=1) - day.normalize()).days - 1.0
    inside = (wait >= 0) & (wait < window)
    views, wait = views[inside], wait[inside]
    base: dict[str, Any] = {"group": group, "level": level, "unit": "events", "n": len(wait)}
    for week in range(min(WEEKS, int(np.ceil(window / 7)))):
        part, name = views[wait // 7 == week], f"week {week + 1:02d}"
        people = part["member"].nunique()
        row = asked.row("views", len(part), part["member"], category=name, count=people, method=WEEK,
                        parents=(found[name, ""].id,) if group else (), **base)  # fmt: skip
        found.setdefault((name, ""), row)
        yield row
    e = half_life(wait, pd.factorize(views["member"])[0], window)
    yield asked.row("half_life_days", e, views["member"], category="fading", method=FADING, **base)


def _half(asked: Asked) -> float:
    return float(asked.told["half"])


def _finished(asked: Asked) -> float:
    return float(asked.told["finished"])
