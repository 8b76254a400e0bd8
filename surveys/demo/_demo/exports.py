"""Answers as three survey tools export them: SurveyMonkey, Qualtrics and Google Forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from .base import Files, american, csv_bytes, day, rng
from .comments import coding_sheet
from .surveys import FIELDED, Survey
from .wording import (
    CIRCLE,
    CODE,
    COMMENT,
    ENERGY,
    ENERGY_STEM,
    FEEDBACK,
    GRIDS,
    HELPED,
    LISTS,
    PART,
    SKILLS,
    SKILLS_STEM,
    VALUABLE,
    item_labels,
)

CYCLE_DAYS = {"kickoff": (2, 1), "midpoint": (5, 2), "closing": (7, 11)}
FEEDBACK_DAY = (12, 11)
# Qualtrics' own columns: export tag, words, inner id.
RECORDED = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
)


def survey_files(member: Survey, cycle: tuple[Survey, Survey, Survey], feedback: Survey) -> Files:
    """All survey exports of a year."""
    year = member.year
    files = {f"{year}/member_survey.csv": _surveymonkey(member)}
    for wave, survey in zip(CYCLE_DAYS, cycle, strict=True):
        files[f"{year}/cycle_{wave}.csv"] = _qualtrics(survey, wave)
    times = _feedback_times(feedback)
    files[f"{year}/circle_feedback.csv"] = _google_forms(feedback, times)
    return files | {f"{year}/comment_codes.csv": coding_sheet(feedback.answers, times, year)}


def _surveymonkey(survey: Survey) -> bytes:
    """SurveyMonkey: two header rows, labels in the cells, newest answers first."""
    columns = _columns(survey.year)
    random = rng("survey tool", survey.year)
    blank = pd.DataFrame("", index=range(survey.blanks), columns=list(survey.answers))
    answers = pd.concat([survey.answers, blank], ignore_index=True)
    answers = answers.iloc[random.permutation(len(answers))]
    starts = _starts(random, survey.year, len(answers))
    rows = []
    for number, (start, row) in enumerate(zip(starts, answers.to_dict("records"), strict=True)):
        minutes = int(random.integers(240, 1500))
        meta = [
            str(11_800_000_000 + survey.year * 1_000_000 + number * 137),
            "46" + str(survey.year) + "0117",
        ]
        meta += [american(start), american(start + timedelta(seconds=minutes))]
        rows.append(meta + [_cell(name, str(row[name])) for name, _, _ in columns])
    first = ["Respondent ID", "Collector ID", "Start Date", "End Date", *(text for _, text, _ in columns)]
    second = ["", "", "", "", *(text for _, _, text in columns)]
    return csv_bytes(first, reversed(rows), before=[second], crlf=True, bom=True)


def _starts(random: np.random.Generator, year: int, count: int) -> list[datetime]:
    begin = datetime.fromisoformat(day(year, *FIELDED)) + timedelta(hours=8)
    return [begin + timedelta(seconds=int(s)) for s in np.sort(random.exponential(5 * 86400, count))]


def _columns(year: int) -> list[tuple[str, str, str]]:
    """(column of the answers, first header row, second header row); a stem stands over its first column."""
    labels = item_labels(year)
    columns = [("member_code", CODE, "Open-Ended Response"), ("circle_code", CIRCLE, "Open-Ended Response")]
    for grid in GRIDS:
        columns += [(name, grid.stem if i == 0 else "", labels[name]) for i, name in enumerate(grid.names)]
    columns += [("took_part", PART, "Response"), ("valuable", VALUABLE, "Response")]
    for i, (name, label) in enumerate(LISTS["gatherings"].items()):
        columns.append((f"helped/{name}", HELPED if i == 0 else "", label))
    columns = [
        ("helped_other", *rest) if name == "helped/other" else (name, *rest) for name, *rest in columns
    ]
    return [*columns, ("comment", COMMENT, "Open-Ended Response")]


def _qualtrics(survey: Survey, wave: str) -> bytes:
    """Qualtrics: three header rows, labels in the cells; the first response is the preview by which the
    form was tried out before it was sent."""
    random = rng(f"cycle tool {wave}", survey.year)
    answers = survey.answers
    tags = list(_tags())
    tried = pd.DataFrame([["TEST", *["3"] * (answers.shape[1] - 1)]], columns=list(answers))
    begin = datetime.fromisoformat(day(survey.year, *CYCLE_DAYS[wave])) + timedelta(hours=18)
    rows = []
    for number, row in enumerate(pd.concat([tried, answers]).to_dict("records")):
        start = begin + timedelta(seconds=97 * number) - timedelta(days=2 * (number == 0))
        took = int(random.integers(90, 300))
        end = (start + timedelta(seconds=took)).isoformat(sep=" ")
        how = ["Survey Preview", "preview"] if number == 0 else ["IP Address", "anonymous"]
        id_ = f"R_{random.bytes(8).hex()}"
        said = [_cell(name, row[name]) for name in answers]
        rows.append([start.isoformat(sep=" "), end, how[0], 100, took, "True", end, id_, how[1], *said])
    words = [*(words for _, words, _ in RECORDED), *(words for _, words in tags)]
    zone = {"timeZone": "America/New_York"}
    ids = [{"ImportId": id_} | (zone if id_.endswith("Date") else {}) for _, _, id_ in RECORDED]
    ids += [{"ImportId": f"QID{tag[1:]}" + "_TEXT" * (tag == "Q1")} for tag, _ in tags]
    third = [json.dumps(described, separators=(",", ":")) for described in ids]
    first = [*(tag for tag, _, _ in RECORDED), *(tag for tag, _ in tags)]
    return csv_bytes(first, rows, before=[words, third])


def _tags() -> Iterator[tuple[str, str]]:
    """Export tag and words of each question of a cycle check."""
    yield "Q1", CODE
    for number, (stem, items) in enumerate(((ENERGY_STEM, ENERGY), (SKILLS_STEM, SKILLS)), start=2):
        yield from ((f"Q{number}_{i}", f"{stem} - {item}") for i, item in enumerate(items, start=1))


def _feedback_times(survey: Survey) -> list[str]:
    """When each feedback sheet was handed in, as Google Forms writes times: with their zone."""
    random = rng("feedback tool", survey.year)
    begin = datetime.fromisoformat(day(survey.year, *FEEDBACK_DAY)) + timedelta(hours=9)
    seconds = np.sort(random.integers(0, 5 * 86400, len(survey.answers)))
    times = [begin + timedelta(seconds=int(s)) for s in seconds]
    return [f"{time:%Y/%m/%d} {time.hour % 12 or 12}:{time:%M:%S %p} GMT-5" for time in times]


def _google_forms(survey: Survey, times: list[str]) -> bytes:
    """Google Forms: one header row, a grid's lines in brackets."""
    answers = survey.answers.to_dict("records")
    rows = [[time, *(_cell(n, row[n]) for n in FEEDBACK)] for time, row in zip(times, answers, strict=True)]
    return csv_bytes(["Timestamp", *FEEDBACK.values()], rows)


def _cell(name: str, answer: str) -> str:
    """The label of a choice; the words of whoever ticked "Other"; a text as it is."""
    if name.startswith("helped/"):
        return LISTS["gatherings"][name.split("/")[1]] if answer else ""
    return _LABELS.get(name, {}).get(answer, answer)


_LABELS = {name: LISTS[grid.answers] for grid in GRIDS for name in grid.names}
_LABELS |= {"took_part": LISTS["part"], "valuable": LISTS["value_dk"]}
_LABELS |= dict.fromkeys(("energy_1", "energy_2", "energy_3"), LISTS["agree"])
_LABELS |= dict.fromkeys(("skill_1", "skill_2", "skill_3", "skill_4"), LISTS["level"])
_LABELS |= dict.fromkeys(("safe_1", "safe_2", "safe_3", "useful"), LISTS["agree"])
_LABELS |= {"pace": LISTS["pace"], "again": LISTS["again"], "facilitator_may_read": LISTS["yes_no"]}
