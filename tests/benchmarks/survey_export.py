"""A large survey export: into text, and all the way to typed answers, scores and findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.plan import Choice, Instrument, Question, Scale, Wave
from ksn_research.prepared import blank
from ksn_research.read import read_export
from ksn_research.score.responses import Scored, responses

from .timing import Benchmark

LABELS = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
CHOICES = tuple(Choice(str(i), label, float(i)) for i, label in enumerate(LABELS, 1))
PEER = f"pandas {pd.__version__}, read_csv(dtype=str)"


def read_survey_export(folder: Path, rows: int, columns: int) -> Benchmark:
    rng = np.random.default_rng(4)
    words = np.array(["Agree", "Strongly agree", "", "Neither agree nor disagree", "Yes, and\nmore", "No"])
    body = pd.DataFrame(words[rng.integers(0, len(words), (rows, columns))])
    body[0] = [str(13_000_000_000 + i) for i in range(rows)]
    heads = ["Respondent ID", *(f"Question {i}, with a comma?" for i in range(1, columns))]
    top = pd.DataFrame([heads, ["", *["Response"] * (columns - 1)]])
    path = folder / "export.csv"
    pd.concat([top, body]).to_csv(path, index=False, header=False)

    def theirs() -> pd.DataFrame:
        return pd.read_csv(path, dtype=str, header=None, skiprows=2, keep_default_na=False)

    def same(a: Any, b: Any) -> None:
        assert a.frame.shape == b.shape
        assert (a.frame.to_numpy() == b.to_numpy()).all()
        assert list(a.columns["heading"]) == heads

    what = "an export with two header rows into text (ours also finds encoding, separator and blank rows)"
    size = f"{rows} x {columns} cells"
    return Benchmark(
        "read_export", what, PEER, size, rows, lambda: read_export(path, "member_survey"), theirs, same
    )


def read_check_score(folder: Path, rows: int, columns: int) -> Benchmark:
    """Of every ten columns seven are five-point items, one a number, one a date or open text, one a cell of
    several answers; ten scales of eight items, one of them reversed."""
    questions = [_question(i) for i in range(columns)]
    items = [q.name for q in questions if q.type == "select_one"]
    sets = [tuple(items[k : k + 8]) for k in range(0, min(80, len(items) - 7), 8)]
    scales = {f"scale_{k}": Scale(f"scale_{k}", "", own, own[:1]) for k, own in enumerate(sets)}
    instrument = Instrument("big", "Big", {q.name: q for q in questions}, scales)
    wave = Wave(2025, "", Path("export.csv"), instrument)
    path = folder / "export.csv"
    _written(questions, rows).to_csv(path, index=False)

    def ours() -> Scored:
        export = read_export(path, "survey")
        return responses(export, wave, "survey", blank("people"), blank("circles"), ("Ada Lovelace",))

    def theirs() -> pd.DataFrame:
        return pd.read_csv(path, dtype=str)

    def same(a: Any, b: Any) -> None:
        assert len(a.frame) == len(b) == a.account.used
        assert (a.answers["read"].to_numpy() == b.notna().sum().to_numpy()).all()
        assert not [finding for finding in a.findings if finding.severity == "block"]

    what = "an export read, checked and scored (theirs only reads it)"
    size = f"{rows} x {columns} cells"
    return Benchmark("read_check_score", what, PEER, size, rows, ours, theirs, same, runs=3, memory=True)


def _question(i: int) -> Question:
    kind = i % 10
    if kind == 7:
        return Question(f"q{i}", "integer", f"Question {i}")
    if kind == 8:
        return Question(f"q{i}", "text" if i % 50 == 8 else "date", f"Question {i}")
    return Question(f"q{i}", "select_multiple" if kind == 9 else "select_one", f"Question {i}", CHOICES)


def _written(questions: list[Question], rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    some = rng.random(rows) < 0.1
    columns = {}
    for question in questions:
        picked = rng.integers(0, 5, (2, rows))
        words = np.array(LABELS)[picked]
        if question.type == "integer":
            said = rng.integers(0, 100, rows).astype(str)
        elif question.type == "date":
            said = np.array([f"2025-03-{day:02}" for day in range(1, 29)])[rng.integers(0, 28, rows)]
        elif question.type == "text":
            said = np.char.add("What I would say is number ", rng.integers(0, 10**6, rows).astype(str))
        else:
            both = np.char.add(np.char.add(words[0], ";"), words[1])
            said = both if question.type == "select_multiple" else words[0]
        columns[question.name] = np.where(rng.permutation(some), "", said)
    return pd.DataFrame(columns)
