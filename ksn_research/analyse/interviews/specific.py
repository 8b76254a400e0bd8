"""Agreement without allowing for chance: over all, on presence, on absence; and how common a code is.

Shapes: `values` is units x coders, missing None or NaN; presence is 1, absence 0. With more than two coders
everything goes over all pairs of them. Imports `judgements`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ksn_research.analyse.interviews.judgements import value_counts


def percent_agreement(values: ArrayLike) -> float | None:
    """Share of pairs of coders who gave a unit the same value, averaged over units; None without pairs.

    >>> percent_agreement([[1, 1], [1, 0], [0, 0], [0, None]])
    0.6666666666666666
    """
    counts, _ = value_counts(values)
    m = counts.sum(axis=1)
    kept, m = counts[m >= 2], m[m >= 2]
    if not len(kept):
        return None
    return float(np.mean((kept * (kept - 1)).sum(axis=1) / (m * (m - 1))))


def positive_agreement(values: ArrayLike) -> float | None:
    """Of what one coder marked, how much another marked too: 2a / (2a + b + c), Dice's coefficient.

    None where nobody gave a 1 on a unit that two coders judged. Cicchetti and Feinstein (1990), J Clin
    Epidemiol 43:551.

    >>> positive_agreement([[1, 1], [1, 0], [0, 0], [1, 1]])
    0.8
    """
    return _specific(values, 1)


def negative_agreement(values: ArrayLike) -> float | None:
    """Of what one coder left unmarked, how much another left unmarked too: 2d / (2d + b + c).

    None where everybody gave a 1 on every unit that two coders judged. The same source.

    >>> negative_agreement([[1, 1], [1, 0], [0, 0], [0, 0]])
    0.8
    """
    return _specific(values, 0)


def prevalence(values: ArrayLike) -> float | None:
    """Share of units that hold the code, by the average coder, of the units that two or more judged.

    >>> prevalence([[1, 1], [1, 0], [0, 0], [0, 0]])
    0.375
    """
    counts, domain = value_counts(values)
    m = counts.sum(axis=1)
    if not (m >= 2).any():
        return None
    present = counts[:, domain == 1].sum(axis=1)
    return float(np.mean(present[m >= 2] / m[m >= 2]))


def _specific(values: ArrayLike, value: int) -> float | None:
    counts, domain = value_counts(values)
    m = counts.sum(axis=1)
    given = counts[:, domain == value].sum(axis=1)[m >= 2]
    both, ever = (given * (given - 1)).sum(), (given * (m[m >= 2] - 1)).sum()
    return float(both / ever) if ever else None
