"""Families of tests: p values adjusted for how many were made, and the words that say so.

A family is declared before the data came (the headline measures, one block of comparisons): its rows get
`p_adjusted`, and `method` says by what and over how many tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ksn_research.results import Row

NAMES = {
    "holm": "Holm (1979)",
    "benjamini-hochberg": "Benjamini & Hochberg (1995)",
    "benjamini-yekutieli": "Benjamini & Yekutieli (2001)",
    "hommel": "Hommel (1988)",
    "bonferroni": "Bonferroni",
}


def adjust(p: Sequence[float | None], method: str = "holm") -> list[float | None]:
    """Adjusted p values of one family of tests, in the order given.

    Parameters: p values, None or nan where there was no test: it is not counted and stays None. `method` is
    "holm", "hommel" or "bonferroni" (no false finding in the family), or "benjamini-hochberg" or
    "benjamini-yekutieli" (the share of false findings; the second under any dependence).
    Raises ValueError for another method, or a p outside 0..1.
    Sources: Holm (1979), Scandinavian Journal of Statistics 6, 65-70; Hommel (1988), Biometrika 75, 383-386;
    Benjamini & Hochberg (1995), JRSS B 57, 289-300; Benjamini & Yekutieli (2001), Annals of Statistics 29.

    >>> adjust([0.01, None, 0.04])
    [0.02, None, 0.04]
    >>> adjust([0.02, 0.02, 0.5], "benjamini-hochberg")
    [0.03, 0.03, 0.5]
    """
    if method not in NAMES:
        raise ValueError(f"adjust: unknown method {method}; one of {', '.join(NAMES)}")
    values = np.array([np.nan if one is None else one for one in p], dtype=float)
    tests = np.flatnonzero(~np.isnan(values))
    if np.any((values[tests] < 0) | (values[tests] > 1)):
        raise ValueError("adjust: every p must lie between 0 and 1")
    made: list[float | None] = [None] * len(values)
    if len(tests):
        order = tests[np.argsort(values[tests], kind="stable")]
        for place, one in zip(order, _BY[method](values[order]), strict=True):
            made[place] = float(one)
    return made


def corrected(rows: Sequence[Row], of: Callable[[Row], bool], what: str, method: str = "holm") -> list[Row]:
    """The rows, those of one family with `p_adjusted` and with the correction said in `method`.

    of    which rows are of the family; those among them without a p are no tests and stay as they are
    what  the tests in words: "declared headline changes of this source"
    """
    family = [place for place, row in enumerate(rows) if of(row) and row.p is not None]
    adjusted = adjust([rows[place].p for place in family], method)
    by = NAMES[method].split(" (")[0]
    made = list(rows)
    for place, p in zip(family, adjusted, strict=True):
        said = f"{rows[place].method}; p adjusted by {by} over {len(family)} {what}"
        made[place] = replace(rows[place], p_adjusted=p, method=said)
    return made


# Each takes the sorted p values of a family and gives theirs adjusted, in the same order.
def _holm(p: np.ndarray) -> np.ndarray:
    return np.minimum(1, np.maximum.accumulate(p * np.arange(len(p), 0, -1)))


def _step_up(p: np.ndarray, penalty: float = 1.0) -> np.ndarray:
    steps = p * penalty * len(p) / np.arange(1, len(p) + 1)
    return np.minimum(1, np.minimum.accumulate(steps[::-1])[::-1])


def _benjamini_yekutieli(p: np.ndarray) -> np.ndarray:
    return _step_up(p, float(np.sum(1 / np.arange(1, len(p) + 1))))


def _bonferroni(p: np.ndarray) -> np.ndarray:
    return np.minimum(1, p * len(p))


def _hommel(p: np.ndarray) -> np.ndarray:
    """The closed test with Simes' test of every intersection. Of the intersections of size m that hold a
    test, the one of the m - 1 largest others is hardest to reject: only those are looked at."""
    n, adjusted = len(p), p
    for m in range(1, n + 1):
        bounds = m * p[n - m :] / np.arange(1, m + 1)
        below = np.minimum(m * p[: n - m], bounds[1:].min(initial=np.inf))
        adjusted = np.maximum(adjusted, np.append(below, np.full(m, bounds.min())))
    return adjusted


_BY: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "holm": _holm,
    "benjamini-hochberg": _step_up,
    "benjamini-yekutieli": _benjamini_yekutieli,
    "hommel": _hommel,
    "bonferroni": _bonferroni,
}
