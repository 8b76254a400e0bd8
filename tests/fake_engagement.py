"""Made-up rows of gatherings, sessions, thanks and a platform for what is rendered: two years, no meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ksn_research.results import Row

KINDS = ("session", "social")
HIDDEN: dict[str, Any] = {"status": "suppressed", "note": "fewer than 5 people in the cell"}
LABELS = {
    "attendance": "Attendance sheets",
    "platform": "Platform log",
    "sheets": "Session sheets",
    "thanks": "Thanks given",
    "views": "Views of videos",
    "analyses.who_is_thanked": "Who is thanked",
    "analyses.give_and_take": "Give and take",
    "analyses.day": "The mentoring day",
}
# Analyses that another fake edition has rows of too.
SHARED = ("attendance", "came_as", "reach", "conversion", "activity", "retention")


def row(year: int, source: str, analysis: str, measure: str, statistic: str, estimate: float | None,
        **more: Any) -> Row:  # fmt: skip
    shared: dict[str, Any] = {"n": 120, "unit": "people", "people": 120, "organisations": 40,
                              "method": f"method of {statistic}"}  # fmt: skip
    shared |= HIDDEN if estimate is None and "status" not in more else {}
    return Row(year=year, source=source, analysis=analysis, measure=measure, statistic=statistic,
               estimate=estimate, **{**shared, **more})  # fmt: skip


def between(estimate: float, half: float) -> dict[str, float]:
    return {"ci_low": estimate - half, "ci_high": estimate + half}


def bounded(estimate: float, half: float = 0.05) -> dict[str, float]:
    return {"estimate": estimate, **between(estimate, half)}


def gatherings(year: int) -> Iterator[Row]:
    for unit, n, value in (("people", 300, 0.7), ("organisations", 90, 0.8)):
        yield row(year, "attendance", "reach", unit, "share", value, n=n, unit=unit)
    for kind in ("all gatherings", *KINDS):
        for name, value in (("attendances", 400.0), ("people", 120.0), ("events", 12.0),
                            ("mean_per_event", 33.3), ("mean_per_person", 3.3)):  # fmt: skip
            yield row(year, "attendance", "attendance", kind, name, value, unit="rows")
        for role, part in (("current", 0.7), ("guest", 0.3)):
            own = {"category": role, "n": 400, "unit": "rows"}
            yield row(year, "attendance", "came_as", kind, "share", part, **own)
    for kind, p, found in (("session", 0.4, 0.42), ("social", 0.002, 0.5)):
        pairs: dict[str, Any] = {"n": 900, "unit": "dyads"}
        yield row(year, "attendance", "event_mixing", kind, "across_share", found, p=p, **pairs)
        yield row(year, "attendance", "event_mixing", kind, "across_expected", 0.42, **pairs)
        yield row(year, "attendance", "event_mixing", kind, "all_roles_share", 1.0, n=4, unit="events")
        for name, value in (("pairs", 80.0), ("pairs_expected", 79.6), ("ratio", 1.01)):
            own = {**pairs, "category": "current & guest", "p": 0.4 if name == "ratio" else None}
            yield row(year, "attendance", "event_mixing", kind, name, value, **own)


def again(year: int) -> Iterator[Row]:
    for kind in ("all gatherings", *KINDS):
        for days, value in ((30, 0.1), (90, None if kind == "social" else 0.5), (180, 0.6)):
            ends = {} if value is None else between(value, 0.08)
            band = f"within {days} days"
            yield row(year, "attendance", "coming_again", kind, "share", value, category=band, **ends)
        for band, value in (("1", 0.3), ("2-3", 0.2), ("4 or more", 0.5)):
            for name, shown in (("share", value), ("count", 120 * value)):
                yield row(year, "attendance", "frequency", kind, name, shown, category=band)
        for band, value in (
            ("up to 30 days", 0.4),
            ("31-90 days", 0.3),
            ("91-180 days", 0.1),
            ("longer", 0.2),
        ):
            for name, shown in (("share", value), ("count", 120 * value)):
                yield row(year, "attendance", "recency", kind, name, shown, category=band)
        yield row(year, "attendance", "frequency", kind, "median_events", 2.0)
        yield row(year, "attendance", "recency", kind, "median_days", 40.0)
        yield row(year, "attendance", "return", kind, "share", 0.66)
        yield row(year, "attendance", "lasting", kind, "share", category="after 30 days", **bounded(0.7))


def guests(year: int) -> Iterator[Row]:
    common = {"n": 65, "people": 65}
    yield row(year, "attendance", "conversion", "guest_to_member", "share", 0.23, **common)
    yield row(year, "attendance", "conversion", "guest_to_member", "share", 0.0, n=51, people=51,
              category="guests of the year before")  # fmt: skip
    yield row(year, "attendance", "conversion_by_kind", "guest_to_member", "share", category="social", n=52,
              **bounded(0.29, 0.1))  # fmt: skip
    for days, value in ((30, None), (90, 0.1), (180, 0.28)):
        ends = {} if value is None else between(value, 0.08)
        yield row(year, "attendance", "conversion_time", "guest_to_member", "share", value,
                  category=f"within {days} days", **ends)  # fmt: skip
    yield row(year, "attendance", "conversion_time", "guest_to_member", "median_days", None,
              status="undefined", note="fewer than half joined")  # fmt: skip


def sessions(year: int) -> Iterator[Row]:
    given: dict[str, Any] = {"n": 500, "unit": "answers"}
    yield row(year, "sheets", "ratings", "rating", "mean", **bounded(3.88), **given)
    for quarter in range(1, 5):
        yield row(year, "sheets", "rating_trend", "rating", "mean", category=f"{year}-Q{quarter}",
                  **bounded(3.5 + quarter / 10), **given)  # fmt: skip
    yield row(year, "sheets", "rating_trend", "rating", "slope_per_month", **bounded(0.027, 0.013), **given)
    for category, value in (("brought", 0.75), ("took away", 0.8), ("both", 0.63), ("only brought", 0.12),
                            ("only took away", 0.17), ("neither", 0.08),
                            ("brought: project", 0.2)):  # fmt: skip
        own = {"category": category, **given}
        yield row(year, "sheets", "exchange", "give_and_take", "share", **bounded(value, 0.02), **own)
    yield row(year, "sheets", "exchange", "give_and_take", "sessions_share", 0.99, category="brought", n=60,
              unit="events")  # fmt: skip
    yield row(year, "sheets", "exchange", "give_and_take", "people_share", None,
              category="brought at least once")  # fmt: skip
    yield row(year, "sheets", "exchange", "give_and_take", "balance", **bounded(0.05, 0.03), **given)


def recognition(year: int) -> Iterator[Row]:
    about = (year, "thanks", "recognition", "who_is_thanked")
    yield row(*about, "thanks", 480.0, n=480, unit="ties")
    yield row(*about, "givers", 164.0, n=164)
    yield row(*about, "receivers", 147.0, n=147)
    yield row(*about, "reciprocity", **bounded(0.27), n=451, unit="dyads")
    for category in ("", "sheets", "any of these"):
        yield row(*about, "gini", **bounded(0.47), category=category)
        yield row(*about, "top_tenth_share", **bounded(0.38), category=category)
    for category, value in (("sheets", 0.38), ("any of these", 0.62)):
        yield row(*about, "never_thanked_share", **bounded(value), category=category, n=380)
        yield row(*about, "thanks_per_person", **bounded(1.2), category=category, n=380)
    for region, value in (("Central", 0.6), ("Western", 0.88)):
        yield row(*about, "never_thanked_share", **bounded(value), category="any of these", group="region",
                  level=region, n=50)  # fmt: skip


def platform(year: int) -> Iterator[Row]:
    def of(measure: str, statistic: str, value: float | None, **more: Any) -> Row:
        return row(year, "platform", "activity", measure, statistic, value, **more)

    for month in range(1, 13):
        yield of("monthly_active_members", "people", 100.0 + month, category=f"{year}-{month:02d}")
    yield of("active_members", "people", 328.0)
    yield of("active_members", "share", 0.81, n=403, population=403)
    yield of("frequency", "median_events", 107.0, **between(107.0, 24))
    yield of("frequency", "mean_active_months", 5.6, **between(5.6, 0.3))
    for band, value in (("in the last month", 0.47), ("1 or 2 months before", 0.33),
                        ("3 to 5 months before", 0.11), ("6 or more months before", 0.09)):  # fmt: skip
        yield of("recency", "share", value, category=band, **between(value, 0.05))
    yield of("participation", "gini", 0.6, **between(0.6, 0.04))
    yield of("participation", "top_tenth_share", 0.45, **between(0.45, 0.05))
    yield of("replies", "reciprocity", 0.39, n=1405, unit="dyads", **between(0.39, 0.03))
    yield of("events", "count", 6000.0, category="post", unit="events")
    yield of("events", "people", 300.0, category="post")
    for n in (1, 3, 6):
        yield row(year, "platform", "retention", "activity", "share", category=f"month {n}",
                  **bounded(0.7 - n / 20))  # fmt: skip


def cohorts(year: int) -> Iterator[Row]:
    """By cohort, each a month shorter than the one before; all of the second is suppressed, of the third
    month 2."""
    for start in range(1, 5):
        for n in range(1, 6 - start):
            hidden = start == 2 or (start, n) == (3, 2)
            own = {"category": f"month {n}", "group": "cohort", "level": f"{year} Q{start}"}
            told = {"estimate": None, "n": None} if hidden else bounded(0.8 - n / 10)
            yield row(year, "platform", "retention", "activity", "share", **told, **own)
            if n in (1, 3):
                own["category"] = "after 1 month" if n == 1 else f"after {n} months"
                yield row(year, "platform", "lasting", "activity", "share", **told, **own)


def lasting(year: int) -> Iterator[Row]:
    for n in (1, 3, 6):
        name = "after 1 month" if n == 1 else f"after {n} months"
        yield row(
            year, "platform", "lasting", "activity", "share", category=name, n=70, **bounded(0.9 - n / 30)
        )
    yield row(year, "platform", "lasting", "activity", "median_months", 9.0, n=70)


def day(year: int) -> Iterator[Row]:
    came = (year, "attendance", "funnel", "day")
    yield row(*came, "people", 174.0, category="gathering", n=174)
    yield row(*came, "mean_sessions", 1.6, category="gathering", n=174)
    for name, value in (("1 session", 0.59), ("3 or more sessions", 0.17), ("session MD-1", 0.3)):
        yield row(*came, "share", value, category=name, n=174)
    seen = (year, "views", "funnel", "day")
    for group, level in (("", ""), ("gathering", "came")):
        at: dict[str, Any] = {"group": group, "level": level}
        for name, people in (("invited", 356.0), ("viewed", 173.0), ("watched half", 133.0),
                             ("finished", 100.0)):  # fmt: skip
            yield row(*seen, "people", people, category=name, n=356, **at)
            if name != "invited":
                yield row(*seen, "share", category=name, n=356, **bounded(people / 356), **at)
                yield row(*seen, "step_share", category=name, n=356, **bounded(0.7), **at)
        for week in range(1, 13):
            value = None if week in (10, 11) else 120.0 / week
            yield row(*seen, "views", value, category=f"week {week:02d}", n=380, unit="events", **at)
        yield row(
            *seen, "half_life_days", category="fading", n=380, unit="events", **bounded(13.4, 1.4), **at
        )
    for item in ("items", "item V1"):
        yield row(*seen, "views", 102.0, category=item, n=102, unit="events")
        yield row(*seen, "people", 74.0, category=item, n=74)
        yield row(*seen, "finished_share", category=item, n=102, unit="events", **bounded(0.36))


def rows(years: tuple[int, ...] = (2024, 2025)) -> list[Row]:
    parts = (gatherings, again, guests, sessions, recognition, platform, cohorts, lasting, day)
    return [one for year in years for part in parts for one in part(year)]


def beyond() -> list[Row]:
    """What another fake edition has no rows of."""
    return [one for one in rows() if one.analysis not in SHARED or one.group == "cohort"]


def curves() -> dict[str, pd.DataFrame]:
    """As the pipeline makes them, after disclosure: what rests on few people is taken out."""
    came = [
        {"year": year, "kind": kind, "curve": curve, "days": 30.0 * k, "share": 0.1 * k, "low": 0.08 * k,
         "high": 0.12 * k, "n": 120.0 - k, "suppressed": False}
        for year in (2024, 2025) for kind in ("all gatherings", *KINDS)
        for curve in ("came again", "still coming") for k in range(6)
    ]  # fmt: skip
    came[-3] |= {"days": None, "share": None, "low": None, "high": None, "n": None, "suppressed": True}
    last = [
        {"year": year, "month": k, "share": 1 - 0.08 * k, "low": 0.9 - 0.08 * k, "high": 1 - 0.07 * k,
         "n": 70.0 - 5 * k, "suppressed": False}
        for year in (2024, 2025) for k in range(7)
    ]  # fmt: skip
    return {
        "attendance_retention": pd.DataFrame(came),
        "lasting": pd.DataFrame(last),
    }
