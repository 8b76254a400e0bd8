"""Words for identifiers, and which waves an edition takes: what the report needs to speak of results."""

from __future__ import annotations

import pandas as pd

from ksn_research.plan import Instrument, Wave
from ksn_research.prepared import Prepared


def labels(prepared: Prepared) -> dict[str, str]:
    """Words by identifier: circles, sources, questions, scales, measures, "question/choice" choices,
    "analyses.name" declared analyses, and the study's own suggestions on circle pages.

    The newest wave's wording wins.
    """
    named = prepared.circles.dropna(subset=["circle", "circle_name"])
    words = dict(zip(named["circle"], named["circle_name"], strict=True))
    for source in prepared.study.sources.values():
        words[source.name] = source.label
        for wave in source.waves:
            if wave.instrument is not None:
                words |= _of_instrument(wave.instrument)
    declared = prepared.study.analyses.values()
    named_so = {f"analyses.{analysis.name}": analysis.label for analysis in declared}
    return words | named_so | dict(prepared.study.suggestions)


def _of_instrument(instrument: Instrument) -> dict[str, str]:
    words = {}
    for question in instrument.questions.values():
        words[question.name] = question.label
        words |= {f"{question.name}/{choice.name}": choice.label for choice in question.choices}
    words |= {scale.name: scale.label for scale in instrument.scales.values()}
    return words | {measure.name: measure.label for measure in instrument.measures.values()}


def wave_table(prepared: Prepared) -> pd.DataFrame:
    """Which waves of each source the edition takes: source, label, kind, waves (in words), collected."""
    rows = [
        (
            source.name,
            source.label,
            source.kind,
            _said(prepared.waves[source.name]),
            bool(prepared.waves[source.name]),
        )
        for source in prepared.study.sources.values()
    ]
    return pd.DataFrame(rows, columns=["source", "label", "kind", "waves", "collected"])


def _said(waves: tuple[Wave, ...]) -> str:
    """
    >>> from pathlib import Path
    >>> _said((Wave(2024, "", Path("a")), Wave(2025, "", Path("b"))))
    '2024, 2025'
    """
    parts: dict[str, list[str]] = {}
    for wave in waves:
        parts.setdefault("undated" if wave.year is None else str(wave.year), []).append(wave.name)
    return ", ".join(year + (f" ({', '.join(names)})" if any(names) else "") for year, names in parts.items())
