"""A platform's log in Parquet: our rows of activity, and the same numbers by hand in pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.activity.section import analyse_activity
from ksn_research.errors import Origin
from ksn_research.plan import Study
from ksn_research.prepared import Prepared, blank
from ksn_research.read.events import events as read_events
from ksn_research.score.events import activity as score_events

from . import activity_cohorts as by_cohort
from .timing import Benchmark

YEAR = 2025
NOT_HERE = ("frequency", "recency")  # `activity_log` has them
Key = tuple[str, str, str, str, str]


def activity(folder: Path, events: int, members: int) -> Benchmark:
    path = folder / "log.parquet"
    _log(events, members).to_parquet(path)

    def same(a: Any, b: Any) -> None:
        assert set(b) <= set(a), sorted(set(b) - set(a))[:3]
        for key, value in b.items():
            np.testing.assert_allclose(a[key], value, rtol=1e-9, err_msg=str(key))

    what = "activity from a log in Parquet (ours also makes survival, frequency and the jackknife intervals)"
    size = f"{events} events of {members} members"
    peer = f"pandas {pd.__version__}, by hand"
    return Benchmark("activity", what, peer, size, events, lambda: _ours(path), lambda: _theirs(path), same)


def _log(events: int, members: int) -> pd.DataFrame:
    """Seeded events of one year; members join through the year and differ widely in what they do."""
    rng = np.random.default_rng(5)
    weight = rng.pareto(1.5, members) + 0.05
    who = rng.choice(members, events, p=weight / weight.sum())
    start = rng.integers(0, 300, members)[who]
    day = start + (rng.random(events) * (365 - start)).astype(int)
    time = pd.Timestamp(f"{YEAR}-01-01") + pd.to_timedelta(
        day * 86_400 + rng.integers(0, 86_400, events), "s"
    )
    action = rng.choice(["post", "reply", "share", "view"], events, p=[0.1, 0.2, 0.1, 0.6])
    target = np.where(action == "reply", rng.integers(0, members, events), -1)
    names = np.array([*(f"M{i:05}" for i in range(members)), None], dtype=object)
    return pd.DataFrame({"member": names[who], "time": time, "action": action, "target": names[target]})


def _ours(path: Path) -> dict[Key, float]:
    origin = Origin("activity", YEAR, "", path.name)
    table, _, _ = score_events(read_events(path, {}, YEAR), origin, blank("people"))
    study = Study("benchmark", path.parent, "Benchmark", "", (YEAR,), {})
    rows = analyse_activity(Prepared(study, YEAR, {}, activity=table))
    return {
        (r.analysis, r.measure, r.category, r.level, r.statistic): r.estimate
        for r in rows
        if r.estimate is not None and r.analysis != "lasting" and r.measure not in NOT_HERE
    }


def _theirs(path: Path) -> dict[Key, float]:
    log = pd.read_parquet(path)
    log["month"] = log["time"].dt.year * 12 + log["time"].dt.month
    found: dict[Key, float] = {}
    for month, people in log.groupby("month")["member"].nunique().items():
        when = f"{(month - 1) // 12}-{(month - 1) % 12 + 1:02}"
        found["activity", "monthly_active_members", when, "", "people"] = people
    for action, part in log.groupby("action"):
        found["activity", "events", action, "", "count"] = len(part)
        found["activity", "events", action, "", "people"] = part["member"].nunique()
    done = log["member"].value_counts().sort_values().to_numpy(dtype=float)
    found["activity", "active_members", "", "", "people"] = len(done)
    found |= _inequality(done)
    replies = log[(log["action"] == "reply") & log["target"].notna() & (log["member"] != log["target"])]
    pairs = replies[["member", "target"]].drop_duplicates()
    back = pairs.merge(pairs, left_on=["member", "target"], right_on=["target", "member"])
    found["activity", "replies", "", "", "reciprocity"] = len(back) / len(pairs)
    return found | _retention(log[["member", "month"]].drop_duplicates())


def _inequality(done: np.ndarray) -> dict[Key, float]:
    n, total = len(done), done.sum()
    gini = 2 * (np.arange(1, n + 1) * done).sum() / (n * total) - (n + 1) / n
    lorenz = np.interp(0.9 * n, np.arange(n + 1), np.concatenate([[0], np.cumsum(done)]))
    return {
        ("activity", "participation", "", "", "gini"): gini,
        ("activity", "participation", "", "", "top_tenth_share"): 1 - lorenz / total,
    }


def _retention(seen: pd.DataFrame) -> dict[Key, float]:
    """Cohorts by the month of the first event; the log's first month is in none."""
    first = seen.groupby("member")["month"].min()
    first = first[first > seen["month"].min()]
    sizes = [(int(str(month)) - 1, 0, n, 0) for month, n in first.value_counts().items()]
    names = by_cohort.pooled(sizes, YEAR, 4 * Study.people)
    there = set(zip(seen["member"], seen["month"], strict=True))
    found: dict[Key, float] = {}
    for after in range(1, 12):
        asked = first[first + after <= seen["month"].max()]
        active = pd.Series(
            [(m, s + after) in there for m, s in asked.items()], index=asked.index, dtype=float
        )
        if active.empty:
            continue
        found["retention", "activity", f"month {after}", "", "share"] = active.mean()
        for level, share in active.groupby((asked - 1).map(names)).mean().items():
            found["retention", "activity", f"month {after}", str(level), "share"] = share
    return found
