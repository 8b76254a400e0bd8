"""Attendance: how many came to what, in which role, and whether they came again.

Uses `survey.groups` (who a statistic rests on). Attendance is a full record, not a sample: its numbers
describe and carry no interval. Its shares are not two-sided for disclosure: everybody in the room saw who
came, so that those who are left over tell nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.groups import Grouping, Sample, largest_two, sample
from ksn_research.prepared import Prepared
from ksn_research.results import Row

ALL = "all gatherings"
RECORD = "a full record, no interval"
CAME_AS = f"share of attendances (one person at one event, each event counted); {RECORD}"
AGAIN = f"share that came at least twice in the year among those who came at least once; {RECORD}"


def attendance_curve(prepared: Prepared) -> pd.DataFrame:
    """Distinct people at each event: columns year, kind, event, date, people; one row per event, by date."""
    keys = ["year", "kind", "event", "date"]
    counts = prepared.attendance.groupby(keys, dropna=False, observed=True)["member"].nunique()
    return counts.rename("people").reset_index().sort_values(["date", "event"], ignore_index=True)


def kinds(came: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All gatherings together, then each kind of event by name."""
    yield ALL, came
    for kind, part in came.groupby("kind", sort=True):
        yield str(kind), part


def once(came: pd.DataFrame) -> pd.DataFrame:
    """One row per person and event, whatever was entered twice; somebody without a code counts each time."""
    return came[came["member"].isna() | ~came.duplicated(["event", "member"])]


def attendance_rows(came: pd.DataFrame, kind: str, year: int | None) -> list[Row]:
    """Attendances, people and events of one kind in a year, and their ratios."""
    counted = sample(once(came), source="attendance", year=year, by=())
    attendances, people, events = len(counted.frame), people_of(counted), counted.frame["event"].nunique()
    common: dict[str, Any] = {
        "analysis": "attendance",
        "measure": kind,
        **everyone(counted),
    }
    sizes = {
        "attendances": (attendances, attendances, "rows", "attendance records, one person at one event"),
        "people": (people, people, "people", "distinct people who came"),
        "events": (events, events, "events", "distinct events with a recorded attendance"),
        "mean_per_event": (attendances / max(events, 1), events, "events", "attendances per event"),
        "mean_per_person": (
            attendances / max(people, 1),
            people,
            "people",
            "attendances per person who came",
        ),
    }
    return [
        counted.row(
            statistic=name, estimate=float(value), n=n, unit=unit, method=f"{said}; {RECORD}",
            count=people if name in ("attendances", "people") else None, **common,
            **(largest_two(counted.person) if name == "attendances" else {}),
        )
        for name, (value, n, unit, said) in sizes.items()
    ]  # fmt: skip


def came_as_rows(came: pd.DataFrame, kind: str, year: int | None) -> list[Row]:
    """In which role people came: share and number of attendances by role."""
    counted = sample(once(came), source="attendance", year=year, by=("came_as",))
    total, rows = len(counted.frame), []
    if len(counted.groupings) < 2:
        return []
    roles: Grouping = counted.groupings[1]
    sizes = np.bincount(roles.codes, minlength=len(roles.levels))
    whole = counted.row(analysis="attendance", measure=kind, statistic="attendances", estimate=None, n=None,
                        unit="rows", method="").id  # fmt: skip
    for i, support in enumerate(counted.support(roles, np.ones(total, dtype=bool))):
        common = {"analysis": "came_as", "measure": kind, "category": roles.levels[i], "unit": "rows",
                  "n": total, "method": CAME_AS, "count": support["people"], "parents": (whole,),
                  **everyone(counted)}  # fmt: skip
        rows.append(counted.row(statistic="share", estimate=float(sizes[i] / total), **common))
        most = largest_two(counted.person[roles.codes == i])
        rows.append(counted.row(statistic="count", estimate=float(sizes[i]), **most, **common))
    return rows


def return_row(came: pd.DataFrame, kind: str, year: int | None) -> Row:
    """How many of those who came to a kind of event came to another of that kind in the year."""
    counted = sample(once(came), source="attendance", year=year, by=())
    visits = np.unique(counted.person, return_counts=True)[1]
    again, people = int((visits > 1).sum()), len(visits)
    single = counted.frame["event"].nunique() < 2
    fields: dict[str, Any] = {"analysis": "return", "measure": kind, "statistic": "share", "unit": "people",
                              "n": people, "method": AGAIN, **everyone(counted)}  # fmt: skip
    if single:
        return counted.row(
            estimate=None, status="undefined", note="only one such event took place in the year", **fields
        )
    return counted.row(estimate=again / people, count=again, **fields)


def everyone(counted: Sample) -> dict[str, int | None]:
    return counted.support(counted.groupings[0], np.ones(len(counted.frame), dtype=bool))[0]


def people_of(counted: Sample) -> int:
    return len(np.unique(counted.person))
