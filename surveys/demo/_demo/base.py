"""What every part of the generator needs: seeds, years, dates and writers of reproducible bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zlib import crc32

import numpy as np

SEED = 20160921
YEARS = (2023, 2024, 2025)
Files = dict[str, bytes]


def rng(kind: str, year: int = 0) -> np.random.Generator:
    """One stream of random numbers per kind of record and year, so that a change in one leaves the rest."""
    return np.random.default_rng([SEED, year, crc32(kind.encode())])


def csv_bytes(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    before: Sequence[Sequence[str]] = (),
    crlf: bool = False,
    bom: bool = False,
) -> bytes:
    """A CSV file as bytes; `before` are further header rows that follow the first. None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if crlf else "\n")
    writer.writerow(header)
    writer.writerows(before)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def zip_bytes(entries: Mapping[str, bytes]) -> bytes:
    """A zip with fixed timestamps. Stored, not deflated: two builds of zlib may compress differently."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def day(year: int, month: int, number: int) -> str:
    """An ISO date.

    >>> day(2025, 3, 4)
    '2025-03-04'
    """
    return date(year, month, number).isoformat()


def later(iso: str, days: int) -> str:
    """The ISO date so many days later."""
    return (date.fromisoformat(iso) + timedelta(days=int(days))).isoformat()


def american(moment: datetime) -> str:
    """A time as survey tools of the United States write it: 06/08/2025 08:51:19 AM."""
    return moment.strftime("%m/%d/%Y %I:%M:%S %p")


def weighted(generator: np.random.Generator, weights: np.ndarray, count: int) -> np.ndarray:
    """`count` distinct indices drawn without replacement, in proportion to `weights` (zeros never)."""
    keys = np.full(len(weights), np.inf)
    keep = weights > 0
    keys[keep] = generator.exponential(size=int(keep.sum())) / weights[keep]
    return np.sort(np.argsort(keys, kind="stable")[: min(count, int(keep.sum()))])


def likert(score: np.ndarray) -> np.ndarray:
    """Latent scores as answers from 1 to 5."""
    return np.clip(np.rint(score), 1, 5).astype(int)


def one_way_icc(values: np.ndarray, groups: np.ndarray) -> float:
    """ICC(1) of a one-way analysis of variance with unequal group sizes (Shrout & Fleiss 1979)."""
    _, codes = np.unique(groups, return_inverse=True)
    sizes = np.bincount(codes)
    means = np.bincount(codes, values) / sizes
    total, k = len(values), len(sizes)
    between = (sizes * (means - values.mean()) ** 2).sum() / (k - 1)
    within = ((values - means[codes]) ** 2).sum() / (total - k)
    size0 = (total - (sizes**2).sum() / total) / (k - 1)
    return float((between - within) / (between + (size0 - 1) * within))
