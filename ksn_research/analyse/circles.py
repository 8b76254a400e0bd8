"""Learning circles: how each circle answered and met, beside how circles of the network differ.

Uses `survey.groups`, `survey.scales` and `engagement`. Rows of single circles are for that circle's own
review page; disclosure keeps them out of public files. Levels are circle ids.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import once
from ksn_research.analyse.survey.groups import Sample, of_wave, of_year, sample, with_circles, years
from ksn_research.analyse.survey.scale.scales import mean_rows, means, question_values, score_values
from ksn_research.plan import Instrument, Question
from ksn_research.prepared import Prepared
from ksn_research.results import Row

ENOUGH = 5  # answers a circle needs before its mean is counted as low or not
TOP = 2  # the upper two of five points are positive
YES = ("yes",)
ATTENDED = "mean over sessions of the share of the circle's members who came; a full record, no interval"
POSITIVE = "share of positive answers (upper two of five points, or yes), don't-know excluded; no interval"
LOW = f"circles whose mean lies below the middle of the scale, among circles with at least {ENOUGH} answers"


def analyse_circles(prepared: Prepared) -> list[Row]:
    """Items, scales and attendance of every circle, and how many circles are low on a scale.

    Comes in: everything the study prepared; surveys without circles give no rows.
    Goes out: rows with analysis "circle_items", "circle_attendance" and "circle_spread".
    """
    rows: list[Row] = []
    for found, instrument in circle_samples(prepared):
        rows += _responded(found, of_year(prepared.circles, found.key["year"]))
        for name, (values, positive) in circle_measures(found.frame, instrument).items():
            rows += item_rows(found, name, values, positive)
        for scale in instrument.scales.values():
            scores = score_values(found.frame, scale.name)
            rows.append(low_row(found, scale.name, scores, (scale.low + scale.high) / 2))
    return rows + attendance_rows(prepared)


def circle_items(prepared: Prepared) -> pd.DataFrame:
    """The network's circles beside each other: columns source, year, wave, circle, measure, value, n."""
    names = ["source", "year", "wave", "circle", "measure", "value", "n"]
    parts = []
    for found, instrument in circle_samples(prepared):
        circles = found.groupings[0]
        for name, (values, _) in circle_measures(found.frame, instrument).items():
            m = means(values, circles.codes, len(circles.levels))
            part = pd.DataFrame({"circle": circles.levels, "measure": name, "value": m.mean, "n": m.n})
            parts.append(part.assign(**found.key)[names][m.n > 0])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def circle_attendance(prepared: Prepared) -> pd.DataFrame:
    """Each session of each circle: columns year, circle, event, date, came (of its members), members, share,
    and n (the members again: whom a point rests on)."""
    parts = [sessions(prepared, year) for year in years(prepared.attendance, prepared.year)]
    names = ["year", "circle", "event", "date", "came", "members", "share", "n"]
    made = [part.assign(n=part["members"])[names] for part in parts]
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=names)


def circle_samples(prepared: Prepared) -> list[tuple[Sample, Instrument]]:
    """Respondents with their circles, per source and wave; the only grouping is the circle."""
    found = []
    for source, responses in prepared.responses.items():
        for wave in prepared.waves.get(source, ()):
            if wave.instrument is None:
                continue
            answers = with_circles(of_wave(responses, wave), prepared.circles, wave.year)
            if len(answers):
                made = sample(answers, source=source, year=wave.year, wave=wave.name, by=("circle",))
                only = Sample(made.frame, made.key, made.person, made.organisation, made.groupings[1:])
                found.append((only, wave.instrument))
    return found


def circle_measures(
    frame: pd.DataFrame, instrument: Instrument
) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """By name of question or scale: values, and who answered positively (1, 0, nan; None where that has no
    meaning). Questions without numbers count only if one answer is "yes"; a scale has no positive answer."""
    made: dict[str, tuple[np.ndarray, np.ndarray | None]] = {}
    for question in filter(lambda asked: asked.reported, instrument.questions.values()):
        if question.type != "select_one" or question.name not in frame:
            continue
        values, positive = question_values(frame, question), positive_values(frame, question)
        if not np.isnan(values).all() or positive is not None:
            made[question.name] = (values, positive)
    for scale in instrument.scales.values():
        if scale.name in frame:
            made[scale.name] = (score_values(frame, scale.name), None)
    return made


def positive_values(frame: pd.DataFrame, question: Question) -> np.ndarray | None:
    """1 where the answer is one of the upper two of five points, or "yes"; nan where there is no opinion.

    A question that is neither of five points nor answered by "yes" has no positive answer: None.
    """
    offered = [c for c in question.choices if not c.missing]
    numbered = sorted((c.value, c.name) for c in offered if c.value is not None)
    if len(numbered) == 5:
        chosen = [name for _, name in numbered[-TOP:]]
    else:
        chosen = [c.name for c in offered if c.name.casefold() in YES]
    if not chosen:
        return None
    answers = frame[question.name]
    opinion = answers.isin([c.name for c in offered]).to_numpy(dtype=bool)
    return np.where(opinion, answers.isin(chosen).to_numpy(dtype=bool), np.nan)


def item_rows(found: Sample, name: str, values: np.ndarray, positive: np.ndarray | None) -> list[Row]:
    """Mean, positive share and number of answers of one question or scale in each circle."""
    common: dict[str, Any] = {"analysis": "circle_items", "measure": name}
    rows = []
    if not np.isnan(values).all():
        made = mean_rows(
            found, values, method="arithmetic mean of the circle's answers; t interval", **common
        )
        rows += [row for row in made if row.n]
    given = values if positive is None else positive
    circles, mask = found.groupings[0], ~np.isnan(given)
    n = np.bincount(circles.codes[mask], minlength=len(circles.levels))
    hits = np.bincount(circles.codes[given == 1], minlength=len(circles.levels))
    for i, support in enumerate(found.support(circles, mask)):
        if not n[i]:
            continue
        place = {"group": "circle", "level": circles.levels[i], "n": int(n[i]), "unit": "people", **support}
        said = "answers in the circle, without don't-know"
        rows.append(found.row(statistic="respondents", estimate=float(n[i]), count=support["people"],
                              method=said, **place, **common))  # fmt: skip
        if positive is not None:
            rows.append(found.row(statistic="share_positive", estimate=float(hits[i] / n[i]), binary=True,
                                  count=int(hits[i]), method=POSITIVE, **place, **common))  # fmt: skip
    return rows


def _responded(found: Sample, seats: pd.DataFrame) -> list[Row]:
    """How many of each circle answered, and of how many where its membership is known."""
    circles, size = found.groupings[0], seats.groupby("circle")["member"].nunique().to_dict()
    everyone = np.ones(len(found.frame), dtype=bool)
    return [
        found.row(
            analysis="circle_items", measure="response", group="circle", level=level,
            statistic="respondents", estimate=float(support["people"] or 0), n=support["people"],
            unit="people", count=support["people"], population=size.get(level),
            method="people of the circle who answered", **support,
        )
        for level, support in zip(circles.levels, found.support(circles, everyone), strict=True)
    ]  # fmt: skip


def low_row(found: Sample, scale: str, scores: np.ndarray, middle: float) -> Row:
    """How many circles have a mean below the middle of the scale; which ones is not said."""
    circles = found.groupings[0]
    m = means(scores, circles.codes, len(circles.levels))
    judged = m.n >= ENOUGH
    inside = np.isin(circles.codes, np.flatnonzero(judged)) & ~np.isnan(scores)
    everyone = sample(found.frame, source="", year=None, by=())
    support = everyone.support(everyone.groupings[0], inside)[0]
    fields = {"analysis": "circle_spread", "measure": scale, "statistic": "low_circles", "unit": "circles",
              "n": int(judged.sum()), "method": LOW, **support}  # fmt: skip
    if not judged.any():
        note = f"no circle has {ENOUGH} answers"
        return found.row(estimate=None, status="undefined", note=note, **fields)
    return found.row(estimate=float((m.mean[judged] < middle).sum()), **fields)


def attendance_rows(prepared: Prepared) -> list[Row]:
    """How much of each circle came to its sessions, on average, and how many sessions it had."""
    rows: list[Row] = []
    for year in years(prepared.attendance, prepared.year):
        held = sessions(prepared, year)
        for circle, part in held.groupby("circle", sort=True):
            support = {"people": int(part["members"].iloc[0]), "organisations": part["organisations"].iloc[0]}
            common: dict[str, Any] = {
                "year": year, "source": "attendance", "analysis": "circle_attendance", "measure": "sessions",
                "group": "circle", "level": str(circle), "n": len(part), "unit": "events", **support,
            }  # fmt: skip
            share = float(part["share"].mean())
            rows.append(Row(statistic="mean_share", estimate=share, method=ATTENDED, **common))
            said = "sessions of the circle with a recorded attendance"
            rows.append(Row(statistic="events", estimate=float(len(part)), method=said, **common))
    return rows


def sessions(prepared: Prepared, year: int | None) -> pd.DataFrame:
    """Sessions of circles with a known membership: how many of the circle's people of the year came.

    Columns year, circle, event, date, came, members, organisations, share. Facilitators belong to the
    circle; guests are not counted.
    """
    seats = of_year(prepared.circles, year)[["circle", "member"]].dropna().drop_duplicates()
    homes = of_year(prepared.people, year).drop_duplicates("member").set_index("member")["organisation"]
    size = seats.groupby("circle")["member"].nunique()
    known = seats.assign(organisation=seats["member"].map(homes)).groupby("circle")["organisation"].nunique()
    came = of_year(prepared.attendance, year)
    came = once(came[came["circle"].notna() & came["circle"].isin(size.index)])
    events = came[["circle", "event", "date"]].drop_duplicates("event")
    inside = came.merge(seats, on=["circle", "member"])
    present = inside.groupby("event")["member"].nunique()
    events = events.sort_values(["circle", "date", "event"], ignore_index=True)
    events["came"] = events["event"].map(present).fillna(0).astype(int)
    events["members"] = events["circle"].map(size).astype(int)
    events["organisations"] = _organisations(events["circle"], known, bool(homes.notna().any()))
    return events.assign(year=year, share=events["came"] / events["members"])


def _organisations(circles: pd.Series, known: pd.Series, any_known: bool) -> pd.Series:
    counted = [int(known[circle]) if any_known else None for circle in circles]
    return pd.Series(counted, index=circles.index, dtype=object)
