"""Krippendorff's alpha, for one decision or several, with a bootstrap interval over documents.

The package `krippendorff` computes alpha too, and the tests hold this module to it. It cannot pool codes and
has no interval, and both need the coincidence matrices of single documents: they add up, so that the
bootstrap re-weighs documents instead of computing alpha anew from their records. Imports `judgements`.

Shapes: `values` is units x coders, missing None or NaN; a unit counts when two or more coders judged it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ksn_research.analyse.interviews.judgements import (
    ALONE,
    CONSTANT,
    Counts,
    Floats,
    coded,
    coincidences,
    value_counts,
)

DOCUMENTS = 6  # fewer are too few to draw from: then units are drawn
REPLICATES = 1000


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha and what it rests on.

    estimate            None where undefined; `note` then says why
    observed, expected  disagreement per judgement, and what chance would give
    units, values       units judged by two or more coders, and judgements on them
    coders              coders who judged any of these units
    low, high           bootstrap percentile interval (95 %), None where not asked for or not possible
    drawn               what the bootstrap drew: "documents", "units" or ""
    """

    estimate: float | None
    units: int
    values: int
    coders: int
    note: str = ""
    observed: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    drawn: str = ""


def krippendorff_alpha(
    values: ArrayLike,
    level: str = "nominal",
    *,
    documents: ArrayLike | None = None,
    replicates: int = 0,
    seed: int = 1,
    expand: bool = False,
) -> Alpha:
    """Krippendorff's alpha, with a bootstrap interval when `replicates` are asked for.

    values     units x coders; numbers, or labels of any kind at level "nominal"
    level      "nominal", "ordinal", "interval" or "ratio" (zero must mean none)
    documents  the document of each unit; with six or more, documents are drawn instead of units
    expand     widen the percentiles for few documents (Hesterberg 2015, The American Statistician 69:371)

    1 is perfect, 0 what chance gives. The interval draws units (or documents) with replacement from a
    generator seeded with `seed`, and leaves out draws without variation. This is not the bootstrap of
    Hayes and Krippendorff (2007), who draw pairs of judgements. Raises ValueError for an unknown level.

    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections A to D:
    alpha = 1 - observed / expected disagreement.

    >>> krippendorff_alpha([[1, 1], [2, 2], [2, 1], [3, 3]]).estimate
    0.6666666666666667
    >>> krippendorff_alpha([[1, 1], [1, 1]]).note
    'undefined because no variation: every judgement is the same'
    """
    counts, domain = value_counts(values, level)
    return pooled_alpha(
        [counts],
        domain,
        level,
        documents=documents,
        replicates=replicates,
        seed=seed,
        expand=expand,
        coders=_coders(values),
    )


def pooled_alpha(
    tables: Sequence[Counts],
    domain: NDArray,
    level: str = "nominal",
    *,
    documents: ArrayLike | None = None,
    replicates: int = 0,
    seed: int = 1,
    expand: bool = False,
    coders: int = 0,
) -> Alpha:
    """Alpha over several decisions about the same units: disagreement of each, weighted by its judgements.

    tables  per decision (a code), units x values: how many coders gave each value (`value_counts`)

    Observed and expected disagreement are each summed over decisions before they are compared, so that codes
    of different frequency do not pass for agreement. With one table this is alpha itself.
    """
    clusters, drawn = _clusters(tables, documents)
    together = [coincidences(table, clusters) for table in tables]
    paired = [table[table.sum(axis=1) >= 2] for table in tables]
    units, values = max(map(len, paired), default=0), int(sum(table.sum() for table in paired))
    observed, expected = _disagreement([part.sum(axis=0) for part in together], domain, level)
    if values == 0 or expected == 0:
        return Alpha(None, units, values, coders, ALONE if values == 0 else CONSTANT)
    found = Alpha(
        1 - float(observed / expected),
        units,
        values,
        coders,
        observed=float(observed) / values,
        expected=float(expected) / values,
    )
    if not replicates:
        return found
    low, high = _interval(together, domain, level, replicates, seed, expand)
    return replace(found, low=low, high=high, drawn=drawn)


def _coders(values: ArrayLike) -> int:
    known = coded(values)[0] >= 0
    return int(known[known.sum(axis=1) >= 2].any(axis=0).sum())


def _clusters(tables: Sequence[Counts], documents: ArrayLike | None) -> tuple[Counts, str]:
    """What each unit is drawn with: its document, or itself where documents with pairs are too few."""
    paired = np.any([table.sum(axis=1) >= 2 for table in tables], axis=0)
    if documents is not None:
        codes, _ = pd.factorize(np.asarray(documents, dtype=object), sort=True)
        if len(np.unique(codes[paired])) >= DOCUMENTS:
            return codes.astype(np.int64), "documents"
    return np.arange(len(paired)), "units"


def _disagreement(sums: Sequence[Floats], domain: NDArray, level: str) -> tuple[Floats, Floats]:
    """Observed and expected disagreement, summed over decisions; each of `sums` is (..., values, values)."""
    observed = np.zeros(sums[0].shape[:-2]) if sums else np.zeros(())
    expected = observed.copy()
    for o in sums:
        n_c = o.sum(axis=-1)
        n = n_c.sum(axis=-1)
        delta2 = DELTA2[level](n_c, domain)
        chance = (n_c[..., :, None] * n_c[..., None, :] * delta2).sum(axis=(-2, -1))
        observed = observed + (o * delta2).sum(axis=(-2, -1))
        expected = expected + chance / np.maximum(n - 1, 1)
    return observed, expected


def _interval(
    together: Sequence[Floats], domain: NDArray, level: str, replicates: int, seed: int, expand: bool
) -> tuple[float | None, float | None]:
    """Percentile interval over draws of clusters; None where hardly any draw varies."""
    kinds, number = _kinds(together)
    clusters = int(number.sum())
    if clusters < 2:
        return None, None
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(clusters, number / clusters, size=replicates).astype(float)
    observed, expected = _disagreement(
        [np.tensordot(weights, part[kinds], axes=1) for part in together], domain, level
    )
    varied = expected > 1e-12
    if varied.mean() < 0.5:
        return None, None
    tail = _tail(clusters) if expand else 0.025
    low, high = np.quantile(1 - observed[varied] / expected[varied], [tail, 1 - tail])
    return float(low), float(high)


def _kinds(together: Sequence[Floats]) -> tuple[Counts, Counts]:
    """A cluster of each kind, in order of appearance, and how many are like it.

    Thousands of units are alike: drawing kinds is drawing units, with a fraction of the numbers. The order
    of codes does not matter to it. Clusters without pairs are not there to be drawn.
    """
    flat = np.concatenate([part.reshape(len(part), -1) for part in together], axis=1)
    held = np.flatnonzero(flat.any(axis=1))
    _, first, number = np.unique(flat[held], axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    return held[first[order]], number[order]


def _tail(clusters: int) -> float:
    """What to leave at each end, so that a percentile interval is as wide as one with Student's t."""
    reach = stats.t.ppf(0.975, clusters - 1) * np.sqrt(clusters / (clusters - 1))
    return float(stats.norm.cdf(-reach))


def _nominal(n_c: Floats, domain: NDArray) -> Floats:
    del n_c
    return 1.0 - np.eye(len(domain))


def _ordinal(n_c: Floats, domain: NDArray) -> Floats:
    """(values from c to k, both ends by half)^2; depends on how often each value was given."""
    del domain
    below = np.cumsum(n_c, axis=-1) - n_c / 2
    return (below[..., :, None] - below[..., None, :]) ** 2


def _interval_delta(n_c: Floats, domain: NDArray) -> Floats:
    del n_c
    at = domain.astype(float)
    return (at[:, None] - at[None, :]) ** 2


def _ratio(n_c: Floats, domain: NDArray) -> Floats:
    at = domain.astype(float)
    both = at[:, None] + at[None, :]
    return _interval_delta(n_c, domain) / np.where(both == 0, 1.0, both) ** 2


DELTA2: dict[str, Callable[[Floats, NDArray], Floats]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval_delta,
    "ratio": _ratio,
}
