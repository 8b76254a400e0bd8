"""A study of many learning circles on disk: their members, feedback sheets and attendance of two years."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

YEARS = (2024, 2025)
ITEMS = 12
STUDY = """
[study]
title = "Many circles (synthetic)"
years = [2024, 2025]

[sources.people]
kind = "people"
file = "{year}/people.csv"
columns = { member = "member", organisation = "organisation" }

[sources.circles]
kind = "circles"
file = "{year}/circles.csv"
columns = { circle = "circle", circle_name = "name", member = "member", role = "role" }

[sources.feedback]
kind = "survey"
label = "Circle feedback sheets"
file = "{year}/feedback.csv"
instrument = "instruments/feedback.md"
circle = "circle_code"

[sources.attendance]
kind = "attendance"
file = "{year}/attendance.csv"

[sources.attendance.columns]
event = "event"
kind = "kind"
circle = "circle"
date = "date"
member = "member"
came_as = "came_as"
"""
CHOICES = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
SCALES = """title = "Circle feedback"

[scales.safe]
label = "Safe to speak"
items = ["item_1", "item_2", "item_3", "item_4"]
source = "made for a test"
"""


def write(folder: Path, circles: int = 500) -> Path:
    """The study in `folder`, of so many circles of 5 to 14 members; seeded."""
    (folder / "instruments").mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "instruments" / "feedback.md").write_text(_form(), encoding="utf-8")
    (folder / "instruments" / "feedback.toml").write_text(SCALES, encoding="utf-8")
    for year in YEARS:
        place = folder / str(year)
        place.mkdir()
        for name, frame in _records(year, circles).items():
            frame.to_csv(place / f"{name}.csv", index=False)
    return folder


def _form() -> str:
    lines = ["| survey | | | |", "| | type | name | label |", "| | text | circle_code | Which circle? |"]
    lines += [f"| | select_one agree | item_{i} | Statement {i} on the circle |" for i in range(1, ITEMS + 1)]
    lines += ["", "| choices | | | |", "| | list_name | name | label |"]
    lines += [f"| | agree | {i} | {label} |" for i, label in enumerate(CHOICES, start=1)]
    return "\n".join([*lines, ""])


def _records(year: int, circles: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(year)
    sizes = rng.integers(5, 15, circles)
    seat = np.repeat(np.arange(circles), sizes)
    members = np.array([f"M{i:05}" for i in range(len(seat))])
    code = np.char.add("C", np.char.zfill(seat.astype(str), 4))
    first = np.r_[True, seat[1:] != seat[:-1]]
    answers = np.clip(
        np.rint(rng.normal(3.6 + rng.normal(0, 0.5, circles)[seat], 0.9, (ITEMS, len(seat)))), 1, 5
    )
    feedback = pd.DataFrame({f"item_{i + 1}": one.astype(int) for i, one in enumerate(answers)})
    feedback.insert(0, "circle_code", code)
    came = [
        pd.DataFrame({
            "event": np.char.add(code, f"-{month}"), "kind": "session", "circle": code,
            "date": f"{year}-{month:02}-10", "member": members, "came_as": "current",
        })[rng.random(len(seat)) < 0.75]
        for month in range(1, 11)
    ]  # fmt: skip
    organisations = np.char.add("O", (np.arange(len(seat)) % 400).astype(str))
    return {
        "people": pd.DataFrame({"member": members, "organisation": organisations}),
        "circles": pd.DataFrame({
            "circle": code, "name": np.char.add("Circle ", seat.astype(str)), "member": members,
            "role": np.where(first, "facilitator", "member"),
        }),
        "feedback": feedback[rng.random(len(seat)) < 0.8],
        "attendance": pd.concat(came, ignore_index=True),
    }  # fmt: skip


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 500)
