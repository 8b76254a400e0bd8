"""The ledger of an edition, `internal/data/ledger.json`: what is needed to say where each number comes from
without the study at hand. Written when the edition is made, read by `explain`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ksn_research import edition, provenance
from ksn_research.plan import Instrument, Source, Wave
from ksn_research.prepared import Prepared

FILE = Path("internal") / "data" / "ledger.json"


def write_ledger(staging: Path, prepared: Prepared) -> None:
    """Write the ledger of a staged edition.

    sources   label, kind and options as the plan declares them; per wave its files with their SHA-256, rows
              read, used and set aside, and the questionnaire of that wave: questions with choices, scales
              with reversed items, declared shares
    analyses  what the plan declares, with seeds
    """
    study = prepared.study
    sources = {
        name: _source(prepared, source, prepared.waves[name]) for name, source in study.sources.items()
    }
    analyses = {name: _plain(one) for name, one in study.analyses.items()}
    thresholds = {"people": study.people, "organisations": study.organisations}
    told = {"sources": sources, "analyses": analyses, "thresholds": thresholds}
    edition.save_json(staging / FILE, {**told, "seeds": provenance.seeds_of(study)})


def _source(prepared: Prepared, source: Source, waves: tuple[Wave, ...]) -> dict[str, Any]:
    accounts = prepared.accounts[prepared.accounts["source"] == source.name]
    return {
        "label": source.label,
        "kind": source.kind,
        "options": _plain(source.options),
        "waves": [_wave(prepared, wave, accounts) for wave in waves],
    }


def _wave(prepared: Prepared, wave: Wave, accounts: pd.DataFrame) -> dict[str, Any]:
    own = accounts[(accounts["wave"].fillna("") == wave.name) & _same_year(accounts, wave.year)]
    return {
        "year": wave.year,
        "name": wave.name,
        "files": provenance.digests_of(prepared.study, provenance.files_of(wave)),
        "rows": [_account(str(file), rows) for file, rows in own.groupby("file", sort=True)],
        "form": _form(wave.instrument) if wave.instrument else {},
    }


def _same_year(accounts: pd.DataFrame, year: int | None) -> pd.Series:
    return accounts["year"].isna() if year is None else (accounts["year"] == year).fillna(False)


def _account(file: str, rows: pd.DataFrame) -> dict[str, Any]:
    """A file's rows; why they were set aside is a word of ours, never an answer."""
    head = rows.iloc[0]
    aside = rows[rows["set_aside"] > 0].sort_values("reason")
    return {
        "file": file,
        "read": int(head["read"]),
        "used": int(head["used"]),
        "set_aside": {str(r): int(n) for r, n in zip(aside["reason"], aside["set_aside"], strict=True)},
    }


def _form(instrument: Instrument) -> dict[str, Any]:
    questions = {
        name: {
            "type": one.type,
            "heading": one.heading,
            "label": one.label,
            "choices": [[choice.name, choice.label, choice.missing] for choice in one.choices],
            "relevant": one.relevant,
        }
        for name, one in instrument.questions.items()
    }
    scales = {name: _plain(one) for name, one in instrument.scales.items()}
    measures = {name: _plain(one) for name, one in instrument.measures.items()}
    return {
        "title": instrument.title, "file": instrument.file, "language": instrument.language,
        "questions": questions, "scales": scales, "measures": measures,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as JSON knows it; of a path only the file's name."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.name if isinstance(value, Path) else str(value)
