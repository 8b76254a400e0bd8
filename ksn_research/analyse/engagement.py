"""Engagement: who came to what, who is not reached yet, who came again, how sessions were rated.

Uses `survey.groups` (who a statistic rests on), `survey.proportions` (shares) and `survey.response`
(support of a roster). Attendance is a full record, not a sample: its numbers describe and carry no interval,
ratings do. Its shares are not two-sided for disclosure: everybody in the room saw who came, so that those
who are left over tell nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.groups import (
    Grouping,
    Sample,
    distinct,
    number,
    of_year,
    sample,
    whole_part,
    years,
)
from ksn_research.prepared import Prepared
from ksn_research.results import Row

ALL = "all gatherings"
RECORD = "a full record, no interval"
REACH = f"share of the roster that came to at least one recorded event of the year; {RECORD}"
CAME_AS = f"share of attendances (one person at one event, each event counted); {RECORD}"
AGAIN = f"share that came at least twice in the year among those who came at least once; {RECORD}"
CONVERSION = (
    f"share of guests of the year whose guest code is a member's on the roster of that year; {RECORD}"
)
LATER = (
    "share of guests of the year before, not on the roster then, whose guest code is a member's on the "
    f"roster of this year; {RECORD}"
)
RATING = "arithmetic mean of ratings; t interval, standard error clustered by person"


def analyse_engagement(prepared: Prepared) -> list[Row]:
    """Reach, attendance, roles, guest conversion, return and session ratings.

    Comes in: everything the study prepared; without attendance only ratings are made.
    Goes out: rows with analysis "reach", "attendance", "came_as", "conversion", "return" and "ratings".
    """
    rows: list[Row] = []
    for year in years(prepared.attendance, prepared.year):
        came = of_year(prepared.attendance, year)
        rows += reach_rows(prepared, came, year)
        for kind, part in kinds(came):
            rows += attendance_rows(part, kind, year)
            rows += came_as_rows(part, kind, year)
            rows.append(return_row(part, kind, year))
        rows += conversion_rows(prepared, year)
    return rows + rating_rows(prepared)


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


def reach_rows(prepared: Prepared, came: pd.DataFrame, year: int | None) -> list[Row]:
    """The share of organisations and of people of the roster that came to anything, by region and type.

    An organisation came when one of its people did; for people without an organisation in the attendance
    table the roster's is used.
    """
    people, organisations = of_year(prepared.people, year), of_year(prepared.organisations, year)
    home = people.drop_duplicates("member").set_index("member")["organisation"]
    there = pd.concat([came["organisation"], came["member"].map(home)]).dropna().unique()
    rows: list[Row] = []
    if len(people):
        mask = people["member"].isin(came["member"].dropna()).to_numpy(dtype=bool)
        rows += _reach(sample(people, source="attendance", year=year), mask, "people")
    if len(organisations):
        mask = organisations["organisation"].isin(there).to_numpy(dtype=bool)
        rows += _reach(sample(organisations, source="attendance", year=year), mask, "organisations")
    return rows


def _reach(roster: Sample, mask: np.ndarray, unit: str) -> list[Row]:
    people = unit == "people"
    codes = roster.person if people else roster.organisation
    if codes is None:
        return []
    found: dict[tuple[str, str], Row] = {}
    for grouping in roster.groupings:
        size = len(grouping.levels)
        reached = distinct(np.where(mask, grouping.codes, -1), codes, size)
        everyone = distinct(grouping.codes, codes, size)
        for i, support in enumerate(roster.support(grouping, np.ones(len(mask), dtype=bool))):
            if not people:
                support["people"] = None
            found[grouping.group, grouping.levels[i]] = roster.row(
                analysis="reach", measure=unit, group=grouping.group, level=grouping.levels[i],
                statistic="share", estimate=float(reached[i] / everyone[i]), n=int(everyone[i]),
                population=int(everyone[i]), unit=unit, method=REACH,
                count=int(reached[i]) if people else None,
                parents=whole_part(found, grouping), **support,
            )  # fmt: skip
    return list(found.values())


def attendance_rows(came: pd.DataFrame, kind: str, year: int | None) -> list[Row]:
    """Attendances, people and events of one kind in a year, and their ratios."""
    counted = sample(once(came), source="attendance", year=year, by=())
    attendances, people, events = len(counted.frame), _people(counted), counted.frame["event"].nunique()
    common: dict[str, Any] = {
        "analysis": "attendance",
        "measure": kind,
        **_everyone(counted),
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
                  **_everyone(counted)}  # fmt: skip
        rows.append(counted.row(statistic="share", estimate=float(sizes[i] / total), **common))
        rows.append(counted.row(statistic="count", estimate=float(sizes[i]), **common))
    return rows


def return_row(came: pd.DataFrame, kind: str, year: int | None) -> Row:
    """How many of those who came to a kind of event came to another of that kind in the year."""
    counted = sample(once(came), source="attendance", year=year, by=())
    visits = np.unique(counted.person, return_counts=True)[1]
    again, people = int((visits > 1).sum()), len(visits)
    single = counted.frame["event"].nunique() < 2
    fields: dict[str, Any] = {"analysis": "return", "measure": kind, "statistic": "share", "unit": "people",
                              "n": people, "method": AGAIN, **_everyone(counted)}  # fmt: skip
    if single:
        return counted.row(
            estimate=None, status="undefined", note="only one such event took place in the year", **fields
        )
    return counted.row(estimate=again / people, count=again, **fields)


def conversion_rows(prepared: Prepared, year: int | None) -> list[Row]:
    """Guests who became members: a guest's code now stands as a member's guest code on the roster.

    Category "" are guests of the year itself, "guests of the year before" those of the year before who had
    not joined by then. Without guests, or without guest codes on the roster, there is no row.
    """
    codes = _guest_codes(prepared, year)
    if not len(codes):
        return []
    rows = _converted(_guests(prepared, year), codes, year, "", CONVERSION)
    if year is not None:
        waiting = np.setdiff1d(_guests(prepared, year - 1), _guest_codes(prepared, year - 1))
        rows += _converted(waiting, codes, year, "guests of the year before", LATER)
    return rows


def _converted(
    guests: np.ndarray, codes: np.ndarray, year: int | None, category: str, method: str
) -> list[Row]:
    if not len(guests):
        return []
    joined = int(np.isin(guests, codes).sum())
    common: dict[str, Any] = {
        "year": year, "source": "attendance", "analysis": "conversion", "measure": "guest_to_member",
        "category": category, "n": len(guests), "unit": "people", "method": method, "people": len(guests),
        "count": joined,
    }  # fmt: skip
    return [
        Row(statistic="share", estimate=joined / len(guests), **common),
        Row(statistic="count", estimate=float(joined), **common),
    ]


def _guests(prepared: Prepared, year: int | None) -> np.ndarray:
    seen = prepared.attendance
    then = seen["year"].isna() if year is None else (seen["year"] == year).fillna(False)
    codes = seen.loc[then.astype(bool) & (seen["came_as"] == "guest"), "member"]
    return np.asarray(codes.dropna().unique(), dtype=object)


def _guest_codes(prepared: Prepared, year: int | None) -> np.ndarray:
    roster = of_year(prepared.people, year)
    known = roster["guest_code"].dropna() if "guest_code" in roster else pd.Series(dtype="str")
    return np.asarray(known[known != ""].unique(), dtype=object)


def rating_rows(prepared: Prepared) -> list[Row]:
    """The mean rating of every source of records with a column `rating`, per year."""
    rows = []
    for source, frame in prepared.records.items():
        if "rating" not in frame:
            continue
        for year in years(frame, prepared.year) if "year" in frame else [None]:
            given = of_year(frame, year)
            rows.append(_rating(sample(given[given["rating"].notna()], source=source, year=year, by=())))
    return rows


def _rating(rated: Sample) -> Row:
    values = rated.frame["rating"].to_numpy(dtype=float)
    fields: dict[str, Any] = {"analysis": "ratings", "measure": "rating", "statistic": "mean"}
    fields |= {"unit": "answers", "n": len(values), "method": RATING, **_everyone(rated)}
    if not len(values):
        return rated.row(estimate=None, status="undefined", note="nobody rated", **fields)
    se, low, high = clustered_interval(values, rated.person)
    note = "" if np.isfinite(se) else "rated by one person: no interval"
    interval = {"se": number(se), "ci_low": number(low), "ci_high": number(high)}
    return rated.row(estimate=float(values.mean()), note=note, **interval, **fields)


def clustered_interval(
    values: np.ndarray, clusters: np.ndarray, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Standard error and t interval of a mean when values come in clusters (several ratings of one person).

    Linearised: se^2 = m/(m-1) sum_i (sum_j (y_ij - mean))^2 / n^2 over m clusters, m - 1 degrees of freedom;
    nan for one cluster. With one value per cluster it is the usual standard error.
    Source: Cochran (1977), Sampling Techniques, section 2.11 (ratio estimator over clusters).

    >>> [round(x, 4) for x in clustered_interval(np.array([1.0, 2, 3]), np.array([0, 1, 2]))]
    [0.5774, -0.4841, 4.4841]
    """
    from scipy.stats import t

    codes = np.unique(clusters, return_inverse=True)[1]
    m, mean = int(codes.max()) + 1, float(values.mean())
    if m < 2:
        return np.nan, np.nan, np.nan
    sums = np.bincount(codes, weights=values - mean)
    se = float(np.sqrt(m / (m - 1) * (sums**2).sum()) / len(values))
    half = float(t.ppf(0.5 + confidence / 2, m - 1)) * se
    return se, mean - half, mean + half


def _everyone(counted: Sample) -> dict[str, int | None]:
    return counted.support(counted.groupings[0], np.ones(len(counted.frame), dtype=bool))[0]


def _people(counted: Sample) -> int:
    return len(np.unique(counted.person))
