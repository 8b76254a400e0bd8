"""What may be said of all circles together: rows of results, none of a single circle. Imports answering."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.circles.answering import Fielding
from ksn_research.analyse.survey.groups import distinct, of_year, organisation_codes, person_codes
from ksn_research.analyse.survey.scale.scales import means, score_values
from ksn_research.plan import Scale
from ksn_research.prepared import Prepared
from ksn_research.results import Row

LISTED = "circles with a list of members"
ANSWERED = "circles of which somebody answered"
ENOUGH = "circles of which at least {people} people answered, among those of which somebody did"
LOW = "circles whose mean lies below the middle of the scale, among circles with at least {people} answers"
ATTENDED = "share of a circle's members who came, mean over its sessions; "
RECORD = "a full record, no interval"
QUARTERED = 5  # circles without which a quarter of them is one circle or none
COMPARED = 3  # circles without which a count of low ones points at them


def listed_rows(prepared: Prepared, circles: pd.DataFrame) -> Iterator[Row]:
    """How many circles have a list of members, by year. `circles` as `frames` has circle_people."""
    source = next((n for n, s in prepared.study.sources.items() if s.kind == "circles"), "circles")
    for given, part in circles.groupby("year", dropna=False):
        year = _year(given)
        yield Row(
            year=year, source=source, analysis="circles", measure="circles", statistic="count",
            estimate=float(len(part)), n=len(part), unit="circles", method=LISTED,
            **_seated(prepared, of_year(prepared.circles, year), year),
        )  # fmt: skip


def answered_rows(fielding: Fielding, people: int) -> Iterator[Row]:
    """How many circles answered a survey, and how many of them enough for a page of their own."""
    made, size = fielding.sample, len(fielding.circles.levels)
    counts = distinct(fielding.circles.codes, made.person, size)
    shared: dict[str, Any] = {"analysis": "circles", "measure": "answers", "n": size, "unit": "circles"}
    for statistic, value, method in (
        ("answered", size, ANSWERED),
        ("enough_answers", int((counts >= people).sum()), ENOUGH.format(people=people)),
    ):
        yield made.row(
            statistic=statistic, estimate=float(value), method=method, **shared, **_support(made.frame)
        )


def low_rows(fielding: Fielding, people: int) -> Iterator[Row]:
    """How many circles are low on each scale; which ones is not said."""
    for scale in fielding.instrument.scales.values():
        if scale.name in fielding.sample.frame:
            yield _low(fielding, scale, people)


def _low(fielding: Fielding, scale: Scale, people: int) -> Row:
    """How many circles have a mean below the middle of the scale, of those with enough scores: the exact
    mean decides, not the band that a circle's page shows."""
    made, codes = fielding.sample, fielding.circles.codes
    scores = score_values(made.frame, scale.name)
    m = means(scores, codes, len(fielding.circles.levels))
    judged = m.n >= people
    inside = np.isin(codes, np.flatnonzero(judged)) & ~np.isnan(scores)
    fields = {"analysis": "circle_spread", "measure": scale.name, "statistic": "low_circles",
              "unit": "circles", "n": int(judged.sum()), "method": LOW.format(people=people),
              **_support(made.frame[inside])}  # fmt: skip
    if judged.sum() < COMPARED:
        note = f"fewer than {COMPARED} circles have {people} answers"
        return made.row(estimate=None, status="undefined", note=note, **fields)
    low = m.mean[judged] < (scale.low + scale.high) / 2
    return made.row(estimate=float(low.sum()), **fields)


def attendance_rows(prepared: Prepared, held: pd.DataFrame) -> Iterator[Row]:
    """How much of a circle came to its sessions: mean over circles, and where the middle half of them lies.
    The ends of the range would be two circles' own numbers. `held` as `frames` has circle_sessions."""
    for given, part in held.groupby("year", dropna=False):
        year, shares = _year(given), part.groupby("circle")["share"].mean()
        seats = of_year(prepared.circles, year)
        common: dict[str, Any] = {
            "year": year, "source": "attendance", "analysis": "circle_attendance", "measure": "sessions",
            "n": len(shares), "unit": "circles",
            **_seated(prepared, seats[seats["circle"].isin(shares.index)], year),
        }  # fmt: skip
        said = f"{ATTENDED}then over circles; {RECORD}"
        yield Row(statistic="mean_share", estimate=float(shares.mean()), method=said, **common)
        for statistic, quarter in (("quarter_below", 0.25), ("quarter_above", 0.75)):
            yield _quarter(shares, quarter, {"statistic": statistic, **common})


def _quarter(shares: pd.Series, quarter: float, fields: dict[str, Any]) -> Row:
    method = f"{ATTENDED}then the quantile {quarter} over circles, interpolated; {RECORD}"
    if len(shares) < QUARTERED:
        note = f"fewer than {QUARTERED} circles"
        return Row(estimate=None, status="undefined", note=note, method=method, **fields)
    return Row(estimate=float(shares.quantile(quarter)), method=method, **fields)


def _seated(prepared: Prepared, seats: pd.DataFrame, year: int | None) -> dict[str, Any]:
    """The people who have the seats of a year, and their organisations."""
    homes = of_year(prepared.people, year).drop_duplicates("member")
    known = seats[["member"]].dropna().merge(homes[["member", "organisation"]], on="member", how="left")
    return _support(known)


def _support(frame: pd.DataFrame) -> dict[str, Any]:
    """Distinct people and organisations among rows; the organisations None where none is known."""
    everybody, known = np.zeros(len(frame), dtype=int), organisation_codes(frame)
    people = int(distinct(everybody, person_codes(frame), 1)[0])
    return {
        "people": people,
        "organisations": None if known is None else int(distinct(everybody, known, 1)[0]),
    }


def _year(year: Any) -> int | None:
    return None if pd.isna(year) else int(year)
