"""Which closed questions have ordered choices, and in which order: what a figure of answers needs.

Uses nothing of this package: it reads the plan only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ksn_research.plan import Choice, Instrument, Question, Wave
from ksn_research.prepared import Prepared

COLUMNS: dict[str, str] = {
    "source": "str",
    "year": "Int64",
    "wave": "str",
    "scale": "str",
    "reversed": "bool",
    "question": "str",
    "choice": "str",
    "place": "Int64",
    "opinion": "bool",
}
FEWEST, MOST = 3, 7  # points of what can be drawn as a diverging bar


def choice_table(prepared: Prepared) -> pd.DataFrame:
    """One row per choice of a reported question with three to seven numbered choices.

    Goes out: source, year, wave; scale it is an item of ("" of none; the first of several), reversed in it;
    question, choice; place (0 for the lowest number), NA for a choice that is no opinion; opinion.
    """
    found = [
        {"source": source, "year": wave.year, "wave": wave.name, **row}
        for source in prepared.responses
        for wave in prepared.waves.get(source, ())
        for row in _of_wave(wave)
    ]
    made = pd.DataFrame(found, columns=list(COLUMNS), dtype=object)
    return made.astype(COLUMNS)


def _of_wave(wave: Wave) -> Iterator[dict[str, Any]]:
    instrument = wave.instrument
    if instrument is None:
        return
    for question in instrument.questions.values():
        opinions = ordered(question)
        scale, turned = _scale(instrument, question.name)
        for choice in question.choices if opinions else ():
            place = opinions.index(choice) if choice in opinions else None
            yield {"scale": scale, "reversed": turned, "question": question.name, "choice": choice.name,
                   "place": place, "opinion": place is not None}  # fmt: skip


def ordered(question: Question) -> list[Choice]:
    """The opinions that a question offers, lowest first; none where they are not numbered, or are fewer than
    three or more than seven.

    >>> know = Choice("dk", "Don't know", None, "dont_know")
    >>> asked = Question("q", "select_one", "?", (*(Choice(str(i), "", float(i)) for i in (3, 2, 1)), know))
    >>> [choice.name for choice in ordered(asked)]
    ['1', '2', '3']
    """
    opinions = [choice for choice in question.choices if not choice.missing]
    numbered = [choice for choice in opinions if choice.value is not None]
    asked = question.type == "select_one" and question.reported
    if not asked or len(numbered) < len(opinions) or not FEWEST <= len(opinions) <= MOST:
        return []
    return sorted(numbered, key=lambda choice: choice.value or 0.0)


def _scale(instrument: Instrument, question: str) -> tuple[str, bool]:
    """The first scale that a question is an item of, and whether it is reversed in it."""
    for scale in instrument.scales.values():
        if question in scale.items:
            return scale.name, question in scale.reverse
    return "", False
