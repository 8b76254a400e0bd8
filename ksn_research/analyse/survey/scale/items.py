"""Item analysis of a scale: what each item adds, where its answers pile up, and whether it is turned right.

Uses `reliability`. Items come as respondents x items, already reversed where needed, nan where missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.survey.scale.reliability import alpha_of, complete_rows, correlations


@dataclass(frozen=True)
class Items:
    """Per item, (k,); nan where undefined.

    item_total        correlation with the sum of the other items (corrected item-total), complete answers
    alpha_if_dropped  alpha of the other items, complete answers; nan for fewer than 3 items
    floor, ceiling    share of those who answered the item that stand at the lowest, highest anchor
    missing           share of all respondents without a number for the item
    answered          respondents who have one; `n` counts the complete answers
    """

    item_total: np.ndarray
    alpha_if_dropped: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    missing: np.ndarray
    answered: np.ndarray
    n: int


def item_statistics(items: np.ndarray, low: float, high: float) -> Items:
    """Item analysis between the declared anchors `low` and `high` (as turned: low is little of the thing).

    Sources: Nunnally & Bernstein (1994), Psychometric Theory, ch. 8 (corrected item-total); floor and
    ceiling: Terwee et al. (2007), Journal of Clinical Epidemiology 60, 34-42, for items instead of scores.

    >>> x = np.array([[1, 2, 1], [2, 2, 3], [4, 5, 4], [5, 5, np.nan]])
    >>> found = item_statistics(x, 1, 5)
    >>> found.ceiling.round(2).tolist(), found.missing.tolist(), found.n
    ([0.25, 0.5, 0.0], [0.0, 0.0, 0.25], 3)
    """
    rows, known = complete_rows(items), ~np.isnan(items)
    answered = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        at = [(items == anchor).sum(axis=0) / answered for anchor in (low, high)]
        missing = 1 - answered / len(items)
    C = np.cov(rows.T) if len(rows) > 1 and items.shape[1] > 1 else np.full((items.shape[1],) * 2, np.nan)
    return Items(item_total(C), alpha_if_dropped(C), at[0], at[1], missing, answered, len(rows))


def item_total(covariance: np.ndarray) -> np.ndarray:
    """Correlation of each item with the sum of the others; nan where either does not vary."""
    variance = np.diag(covariance)
    shared = covariance.sum(axis=0) - variance
    rest = covariance.sum() - variance - 2 * shared
    with np.errstate(invalid="ignore", divide="ignore"):
        r = shared / np.sqrt(variance * rest)
    return np.where((variance > 1e-12) & (rest > 1e-12), r, np.nan)


def alpha_if_dropped(covariance: np.ndarray) -> np.ndarray:
    """Alpha of the items without each in turn; nan for fewer than 3 items."""
    k = len(covariance)
    if k < 3:
        return np.full(k, np.nan)
    others = np.array([np.delete(np.arange(k), i) for i in range(k)])
    with np.errstate(invalid="ignore", divide="ignore"):
        return alpha_of(covariance[others[:, :, None], others[:, None, :]])


def not_reversed(items: np.ndarray, names: Sequence[str]) -> tuple[str, ...]:
    """Names of items that run against the others: turned the wrong way, or forgotten to turn.

    An item is named when it loads on the first principal component with the sign of the minority, and, once
    all such items are turned, goes with the rest by more than chance would often give (r > 2 / sqrt(n)):
    an item that has nothing to do with the others is no false alarm. Where half of the items run one way
    and half the other, the data cannot tell which are wrong; the half that weighs less is named.

    >>> x = np.random.default_rng(1).normal(size=(50, 1)) + np.random.default_rng(2).normal(size=(50, 3))
    >>> not_reversed(x * [1, -1, 1], ["open", "closed", "frank"])
    ('closed',)
    """
    rows = complete_rows(items)
    varying = np.flatnonzero(np.ptp(rows, axis=0) > 0) if len(rows) > 2 else np.empty(0, dtype=int)
    if len(varying) < 3:
        return ()
    C = np.cov(rows[:, varying].T)
    loadings = np.linalg.eigh(correlations(C))[1][:, -1]
    signs = np.where(loadings * (np.sign(loadings.sum()) or 1.0) < 0, -1.0, 1.0)
    together = item_total(C * signs[:, None] * signs)
    flagged = (signs < 0) & (together > 2 / np.sqrt(len(rows)))
    return tuple(names[i] for i in varying[flagged])
