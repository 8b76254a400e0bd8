"""How often people came in a year, and how long ago they last did.

Imports `attendance`; uses `survey.groups`. Like all of attendance a full record, without intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import RECORD, everyone, once
from ksn_research.analyse.survey.groups import Grouping, Sample, sample
from ksn_research.results import Row

OFTEN: Mapping[str, float] = {"1": 1, "2-3": 3, "4 or more": np.inf}
AGO: Mapping[str, float] = {"up to 30 days": 30, "31-90 days": 90, "91-180 days": 180, "longer": np.inf}
FREQUENCY = f"share of the people who came, by the number of such events they came to in the year; {RECORD}"
RECENCY = (
    "share of the people who came, by the days between their last such event and the last one of the year; "
    f"{RECORD}"
)
TYPICAL = {
    "frequency": ("median_events", f"median number of such events per person who came; {RECORD}"),
    "recency": ("median_days", f"median days from a person's last such event to the last one; {RECORD}"),
}


def frequency_rows(came: pd.DataFrame, kind: str, year: int | None) -> list[Row]:
    """How many of those who came did so once, two or three times, or oftener; a kind of one event has no
    rows."""
    seen = once(came)
    if seen["event"].nunique() < 2:
        return []
    counted = sample(seen, source="attendance", year=year, by=())
    times = np.bincount(counted.person)[counted.person].astype(float)
    return list(_rows(counted, "frequency", kind, times, OFTEN, FREQUENCY))


def recency_rows(came: pd.DataFrame, kind: str, year: int | None) -> list[Row]:
    """How long before the last such event of the year people last came; events on one day have no rows."""
    seen = once(came.dropna(subset=["date"]))
    if seen["date"].nunique() < 2:
        return []
    counted = sample(seen, source="attendance", year=year, by=())
    ago = (seen["date"].max() - seen["date"]).dt.days.to_numpy(dtype=float)
    last = np.full(counted.person.max() + 1, np.inf)
    np.minimum.at(last, counted.person, ago)
    return list(_rows(counted, "recency", kind, last[counted.person], AGO, RECENCY))


def bands(values: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    """The position of the first edge that is not below each value.

    >>> bands(np.array([1, 3, 4]), [1, 3, np.inf]).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(np.asarray(edges, dtype=float), values, side="left")


def _rows(
    counted: Sample, analysis: str, kind: str, values: np.ndarray, edges: Mapping[str, float], method: str
) -> Iterator[Row]:
    """Values stand on every row of a person, the same; people are counted once."""
    first = np.unique(counted.person, return_index=True)[1]
    typical, said = TYPICAL[analysis]
    common: dict[str, Any] = {"analysis": analysis, "measure": kind, "n": len(first), "unit": "people"}
    yield counted.row(
        statistic=typical, estimate=float(np.median(values[first])), method=said, **common,
        **everyone(counted),
    )  # fmt: skip
    whole = counted.row(analysis="attendance", measure=kind, statistic="people", estimate=None, n=None,
                        unit="people", method="").id  # fmt: skip
    banded = Grouping("", tuple(edges), bands(values, list(edges.values())))
    within = counted.support(banded, np.ones(len(values), dtype=bool))
    for band, support in zip(banded.levels, within, strict=True):
        count = int(support["people"] or 0)
        fields = {**common, "category": band, "method": method, "count": count, **everyone(counted)}
        yield counted.row(statistic="share", estimate=count / len(first), parents=(whole,), **fields)
        yield counted.row(statistic="count", estimate=float(count), parents=(whole,), **fields)
