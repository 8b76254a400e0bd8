"""What a study remembers of its editions, beside `study.toml`: what they published, whom they asked, where
organisations stand on maps, and what the pages of circles showed. Where the study cannot be written to (a
wheel), nothing is remembered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ksn_research import edition, secret
from ksn_research.disclose import Publishable
from ksn_research.disclose.circles import to_remember
from ksn_research.plan import Study
from ksn_research.prepared import Prepared
from ksn_research.read import places, shown_pages
from ksn_research.score.panel import wave_keys

EARLIER = ("id", "estimate", "ci_low", "ci_high", "n", "status", "note")


def read_published(study: Study, year: int) -> pd.DataFrame:
    """What the study's editions of earlier years published: columns `EARLIER`, edition. Rows without a
    number are kept where they say that two years are not comparable."""
    frames = [
        _published(path).assign(edition=int(path.stem)) for path in edition.published_before(study, year)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*EARLIER, "edition"])


def _published(path: Path) -> pd.DataFrame:
    words = {"id": "str", "status": "str", "note": "str"}
    frame = pd.read_csv(path, usecols=lambda name: name in EARLIER, dtype=words).reindex(columns=[*EARLIER])
    kept = frame["id"].notna() & (frame["estimate"].notna() | (frame["status"] == "not comparable"))
    return frame[kept]


def remember_results(study: Study, year: int, publishable: Publishable) -> None:
    """Keep what was published, next year's memory; not where the study cannot be written to (a wheel)."""
    if os.access(study.folder, os.W_OK):
        path = study.folder / "published" / f"{year}.csv"
        text = publishable.results.to_csv(index=False, float_format=edition.DIGITS, lineterminator="\n")
        edition.replace_file(path, text.encode())


def remember_members(prepared: Prepared) -> None:
    """Keep the keys of the year's respondents, where the study's secret is at hand."""
    key, _ = secret.at_hand(prepared.study)
    keys = wave_keys(prepared, key) if key else []
    if keys:
        secret.remember(prepared.study, prepared.year, keys)


def remember_places(study: Study, drawn: pd.DataFrame) -> None:
    """Keep where organisations stand on the maps: lines are added, none is changed."""
    for name, own in drawn.groupby("source", sort=True) if os.access(study.folder, os.W_OK) else ():
        if study.sources[str(name)].options.get("units", "organisations") == "organisations":
            kept = places.with_new(places.load_places(study, str(name)), own)
            edition.replace_file(places.path_of(study, str(name)), places.as_text(kept).encode())


def remember_pages(
    study: Study,
    year: int,
    publishable: Publishable,
    circles: Sequence[str],
    known: pd.DataFrame | None = None,
) -> None:
    """Keep what the pages of these circles showed: lines are added, none is changed.

    known  the lines that are kept, where not all that are there
    """
    new = to_remember(publishable.reviews)
    new = new[new["circle"].isin(circles)]
    if len(new) and os.access(study.folder, os.W_OK):
        before = shown_pages.of_file(study, year) if known is None else known
        kept = shown_pages.with_new(before, new)
        edition.replace_file(shown_pages.path_of(study, year), shown_pages.as_text(kept).encode())
