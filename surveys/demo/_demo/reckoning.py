"""Arithmetic behind TRUTH.md, the long way round: loops over people, as one would by hand.

Nothing here is shared with the package under test, so that the same mistake is not made twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd


def gini(counts: np.ndarray) -> float:
    """Mean difference of all pairs over twice the mean.

    >>> gini(np.array([1, 3]))
    0.25
    """
    counts = np.asarray(counts, dtype=float)
    return float(np.abs(counts[:, None] - counts[None, :]).mean() / (2 * counts.mean()))


def top_tenth(counts: np.ndarray) -> float:
    """What the largest tenth hold of all; of the one who stands on the border the part that belongs to it.

    >>> top_tenth(np.array([1] * 9 + [11]))
    0.55
    """
    left, held = len(counts) / 10, 0.0
    for one in sorted(counts, reverse=True):
        held += one * min(left, 1.0)
        left -= min(left, 1.0)
    return float(held / np.sum(counts))


def outlasting(spans: Iterable[tuple[float, bool]], time: float) -> float:
    """The share that lasts longer than `time`: at each ending, those who go on of those still followed.

    spans  per person how long, and whether the end was seen

    >>> outlasting([(1, True), (2, True), (2, False), (4, True)], 2)
    0.5
    """
    spans, share = list(spans), 1.0
    for end in sorted({length for length, seen in spans if seen and length <= time}):
        followed = sum(length >= end for length, _ in spans)
        share *= 1 - sum(length == end and seen for length, seen in spans) / followed
    return share


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Of the least-squares line."""
    return float(np.polyfit(x, y, 1)[0])


def days(start: str, end: str) -> int:
    """From one day to another.

    >>> days("2025-02-28", "2025-03-01")
    1
    """
    return int((np.datetime64(end) - np.datetime64(start)).astype(int))


def visits(attendance: pd.DataFrame) -> dict[str, list[str]]:
    """Per person the days on which they came, in order."""
    found: dict[str, set[str]] = {}
    for member, date in attendance[["member", "date"]].to_numpy():
        found.setdefault(member, set()).add(date)
    return {member: sorted(dates) for member, dates in found.items()}


def coming_again(came: dict[str, list[str]]) -> list[tuple[float, bool]]:
    """Days from the first visit to the second, or to the last event for who came once."""
    end = max(max(dates) for dates in came.values())
    return [
        (days(dates[0], dates[1]), True) if len(dates) > 1 else (days(dates[0], end), False)
        for dates in came.values()
    ]


def still_coming(came: dict[str, list[str]], gap: int = 92) -> list[tuple[float, bool]]:
    """Days from the first visit to the last, for who was away for `gap` days before the last event; others
    were followed until so many days before it. Who came first after that day is not followed."""
    end = max(max(dates) for dates in came.values())
    spans: list[tuple[float, bool]] = []
    for dates in came.values():
        followed = days(dates[0], end) - gap
        gone = days(dates[-1], end) > gap
        if followed > 0:
            spans.append((days(dates[0], dates[-1]), True) if gone else (followed, False))
    return spans


def silence(months: set[int], joined: int, quiet: int = 3) -> tuple[float, bool] | None:
    """Months from joining to the first of `quiet` in a row without any event, within the year; None for who
    joined so late that so many could not be seen. months  active ones, 1 to 12, not before `joined`

    >>> silence({2, 3, 9}, 2), silence({2, 5, 8, 11}, 2), silence({11}, 11)
    ((2, True), (8, False), None)
    """
    last = 12 + 1 - quiet  # a silence that begins later is not seen to its end
    if joined > last:
        return None
    for month in range(joined, last + 1):
        if not months & set(range(month, month + quiet)):
            return month - joined, True
    return last - joined, False


def across(events: Sequence[Sequence[str]]) -> float:
    """The share of pairs at the same event that came in different roles; per event its roles."""
    alike = [a == b for roles in events for a, b in combinations(roles, 2)]
    return 1 - sum(alike) / len(alike)


def largest_part(links: list[set[str]]) -> int:
    """How many hang together in the largest part, by links of two.

    >>> largest_part([{"a", "b"}, {"c", "d"}, {"b", "e"}])
    3
    """
    parts: list[set[str]] = []
    for link in links:
        touched = [part for part in parts if part & link]
        parts = [part for part in parts if not part & link] + [set(link).union(*touched)]
    return max(map(len, parts), default=0)
