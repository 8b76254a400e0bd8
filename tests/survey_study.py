"""A tiny study in memory, for the tests of the survey, engagement, activity and circle analyses."""

from pathlib import Path

import pandas as pd

from ksn_research.plan import Choice, Instrument, Measure, Question, Scale, Source, Study, Wave
from ksn_research.prepared import Prepared, blank

FIVE = tuple(Choice(str(i), f"point {i}", float(i)) for i in range(1, 6))
KNOW = Choice("dont_know", "Don't know", None, "dont_know")


def instrument(change: str = "") -> Instrument:
    """Two five-point items in a scale (one reversed), a select-one with don't know, a select-multiple."""
    questions = [
        Question("safe_1", "select_one", "I can speak", FIVE, change=change),
        Question("safe_2", "select_one", "I hold back", FIVE),
        Question("valuable", "select_one", "Was it valuable", (*FIVE, KNOW)),
        Question("again", "select_one", "Come again", (Choice("yes", "Yes"), Choice("no", "No"), KNOW)),
        Question(
            "helped", "select_multiple", "What helped", (Choice("talks", "Talks"), Choice("peers", "Peers"))
        ),
    ]
    scale = Scale("safety", "Safety", ("safe_1", "safe_2"), ("safe_2",), change=change)
    measures = [
        Measure("valued", "Found it valuable", "valuable", ("4", "5"), "substantive"),
        Measure("valued_all", "Found it valuable, of all", "valuable", ("4", "5"), "answered"),
        Measure("any_help", "Something helped", "helped", ("talks", "peers")),
    ]
    return Instrument(
        "pulse", "Pulse", {q.name: q for q in questions}, {"safety": scale}, {m.name: m for m in measures}
    )


def wave(year, name="", change=""):
    return Wave(year, name, Path("x.csv"), instrument(change))


def study(headline=(), **kinds) -> Study:
    sources = {name: Source(name, kind, name, ()) for name, kind in kinds.items()}
    return Study("t", Path(), "T", "P", (2024, 2025), sources, tuple(headline))


def answers(rows, columns) -> pd.DataFrame:
    """Responses with the fixed columns first; what is not given is missing."""
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("wave", "member", "organisation", "region", "type", "circle"):
        if name not in frame:
            frame[name] = "" if name == "wave" else None
        frame[name] = frame[name].astype("str")
    return frame.assign(row=range(len(frame)), year=frame["year"].astype("Int64"))


def roster(table: str, rows: dict) -> pd.DataFrame:
    """A table of `prepared` with the given columns filled."""
    made = pd.DataFrame(rows)
    types = blank(table).dtypes
    for name, kind in types.items():
        made[name] = made[name].astype(kind) if name in made else pd.Series(index=made.index, dtype=kind)
    return made


def prepared(year=2025, headline=(), kinds=None, **tables) -> Prepared:
    return Prepared(study(headline, **(kinds or {})), year, tables.pop("waves", {}), **tables)


def pick(rows, **wanted):
    """The one row with these fields."""
    found = [row for row in rows if all(getattr(row, k) == v for k, v in wanted.items())]
    assert len(found) == 1, f"{len(found)} rows with {wanted}"
    return found[0]
