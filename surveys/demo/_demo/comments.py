"""Open comments of circles: what is written, what each speaks of, and the sheet in which that was coded."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pandas as pd

from .base import csv_bytes, rng

# Every comment and the themes that a coder finds in it.
SHORT = {
    "Keep the opening round": ("opening round",),
    "Start on time, please": ("time",),
    "More of our own cases and fewer slides": ("own cases",),
    "I liked that everybody spoke": ("openness",),
    "We could visit each other's programmes": ("visits",),
    "Let us agree again on what stays in the room": ("openness",),
    "A longer break would do us good": ("pace",),
    "Keep the rhythm of one session a month": ("pace",),
}
FULLER = {
    "Start on time, and keep the opening round as it is": ("opening round", "time"),
    "Fewer slides, and a visit to a programme that works with schools": ("own cases", "visits"),
    "I liked that everybody spoke; a longer break would help the quieter ones": ("openness", "pace"),
    "More time for our own cases, even if we then do fewer of them": ("own cases", "time"),
    "Could we say again what stays in the room before somebody new joins?": ("openness",),
}
# Comments that lead to somebody: whoever wrote them allowed that they are read, and no page may print them.
TELLING = {
    "I would like Priya to open the next round": ("opening round",),
    "A visit to Hazelholt Tool Works would help us more than slides": ("own cases", "visits"),
    "Call me about the next visit on 555-0142-77": ("visits",),
    "Thistlewick always speaks first, could others begin?": ("openness",),
    "Write to dana.okafor@example.org when we start late again": ("time",),
}
THEMES_OF = SHORT | FULLER | TELLING
COMMENTS = tuple(SHORT)
THEMES = tuple(sorted({theme for themes in THEMES_OF.values() for theme in themes}))
FULLER_SHARE, ENOUGH = 0.3, 5
LATE = {2025: 2}  # comments that came after the sheet was coded
HEAD = (
    "key", "response", "circle", "question", "comment", "theme_1", "theme_2", "theme_3", "coder", "note",
)  # fmt: skip


def plant(answers: pd.DataFrame, year: int) -> pd.DataFrame:
    """Answers with some fuller comments, and one of each telling comment where enough of a circle wrote."""
    random = rng("circle comments", year)
    comment = answers["comment"].to_numpy(dtype=object, copy=True)
    fuller = (comment != "") & (random.random(len(comment)) < FULLER_SHARE)
    comment[fuller] = random.choice(tuple(FULLER), size=int(fuller.sum()))
    open_ = np.flatnonzero(heard(answers) & (answers["facilitator_may_read"] == "yes"))
    comment[random.choice(open_, size=len(TELLING), replace=False)] = list(TELLING)
    return answers.assign(comment=comment)


def heard(answers: pd.DataFrame) -> np.ndarray:
    """Whether a comment stands in the row, and those of at least five of the circle beside it."""
    wrote = answers["comment"] != ""
    return np.asarray(wrote & (wrote.groupby(answers["circle_code"]).transform("sum") >= ENOUGH))


def readable(answers: pd.DataFrame) -> pd.DataFrame:
    """Comments that a circle's page may print, equal words of a circle once."""
    may = heard(answers) & (answers["facilitator_may_read"] == "yes").to_numpy()
    told = answers.loc[may & ~answers["comment"].isin(TELLING).to_numpy(), ["circle_code", "comment"]]
    return told.drop_duplicates()


def coded(answers: pd.DataFrame, year: int) -> pd.DataFrame:
    """The comments that were there when the sheet was coded."""
    wrote = answers[answers["comment"] != ""]
    return wrote.iloc[: len(wrote) - LATE.get(year, 0)]


def coding_sheet(answers: pd.DataFrame, times: list[str], year: int) -> bytes:
    """The coding sheet; row 1 of the export is its header, and a key is made as `docs/circles.md` says."""
    rows = []
    for place, line in coded(answers, year)[["circle_code", "comment"]].iterrows():
        circle, comment = line
        parts = ("", "comment", times[int(str(place))], circle, comment)
        key = sha256("\x1f".join(parts).encode()).hexdigest()[:12]
        themes = [*THEMES_OF[comment], "", ""][:3]
        rows.append([key, int(str(place)) + 2, circle, "comment", comment, *themes, "first coder", ""])
    return csv_bytes(HEAD, rows)
