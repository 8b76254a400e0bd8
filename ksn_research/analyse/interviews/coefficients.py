"""Agreement between coders: Krippendorff's alpha, percent and positive agreement, Gwet's AC1.

Everything goes through coincidence matrices because they add up over units: the bootstrap re-weighs
documents instead of computing alpha anew from their records. Imports nothing of the package.

Shapes: `values` is units x coders, missing None or NaN; a unit counts when two or more coders judged it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
LEVELS = ("nominal", "ordinal", "interval", "ratio")
DOCUMENTS = 6  # fewer are too few to draw from: then units are drawn
REPLICATES = 1000
ALONE = "undefined because no unit was judged by two or more coders"
CONSTANT = "undefined because no variation: every judgement is the same"


@dataclass(frozen=True)
class Alpha:
    """A reliability coefficient and what it rests on.

    estimate      None where undefined; `note` then says why
    units, values units judged by two or more coders, and judgements on them
    coders        coders who judged any of these units
    low, high     bootstrap percentile interval (95 %), None where not asked for or not possible
    drawn         what the bootstrap drew: "documents", "units" or ""
    """

    estimate: float | None
    units: int
    values: int
    coders: int
    note: str = ""
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
) -> Alpha:
    """Krippendorff's alpha, with a bootstrap interval when `replicates` are asked for.

    values     units x coders; numbers, or labels of any kind at level "nominal"
    level      "nominal", "ordinal", "interval" or "ratio" (zero must mean none)
    documents  the document of each unit; with six or more, documents are drawn instead of units

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
        documents=None if documents is None else [documents],
        replicates=replicates,
        seed=seed,
        coders=_coders(values),
    )


def pooled_alpha(
    tables: Sequence[NDArray[np.int64]],
    domain: NDArray,
    level: str = "nominal",
    *,
    documents: Sequence[ArrayLike] | None = None,
    replicates: int = 0,
    seed: int = 1,
    coders: int = 0,
) -> Alpha:
    """Alpha over several decisions about the same units: disagreement of each, weighted by its judgements.

    tables  per decision (a code), units x values: how many coders gave each value (`value_counts`)

    Observed and expected disagreement are each summed over decisions before they are compared, so that codes
    of different frequency do not pass for agreement. With one table this is alpha itself.
    """
    clusters, drawn = _clusters(tables, documents)
    together = [coincidences(table, cluster) for table, cluster in zip(tables, clusters, strict=True)]
    paired = [table[table.sum(axis=1) >= 2] for table in tables]
    units, values = max(map(len, paired), default=0), int(sum(table.sum() for table in paired))
    observed, expected = _disagreement([part.sum(axis=0) for part in together], domain, level)
    if values == 0 or expected == 0:
        return Alpha(None, units, values, coders, ALONE if values == 0 else CONSTANT)
    estimate = 1 - float(observed / expected)
    if not replicates:
        return Alpha(estimate, units, values, coders)
    low, high = _interval(together, domain, level, replicates, seed)
    return Alpha(estimate, units, values, coders, low=low, high=high, drawn=drawn)


def value_counts(values: ArrayLike, level: str = "nominal") -> tuple[NDArray[np.int64], NDArray]:
    """Units x values: how many coders gave each value; and the values, sorted."""
    if level not in LEVELS:
        raise ValueError(f"level is {level!r}, not one of {', '.join(LEVELS)}")
    frame = pd.DataFrame(np.asarray(values, dtype=object))
    codes, domain = pd.factorize(frame.to_numpy().ravel(), sort=True)
    unit = np.repeat(np.arange(len(frame)), frame.shape[1])[codes >= 0]
    counts = np.zeros((len(frame), len(domain)), dtype=np.int64)
    np.add.at(counts, (unit, codes[codes >= 0]), 1)
    return counts, np.asarray(domain)


def coincidences(counts: NDArray[np.int64], cluster: NDArray[np.int64] | None = None) -> Floats:
    """Coincidence matrices, one per cluster of units: clusters x values x values (Krippendorff 2011, C)."""
    m = counts.sum(axis=1)
    kept = counts[m >= 2].astype(float)
    where = np.arange(len(counts)) if cluster is None else cluster
    made = np.zeros((int(where.max(initial=-1)) + 1, counts.shape[1], counts.shape[1]))
    pairs = kept[:, :, None] * kept[:, None, :] - np.eye(counts.shape[1]) * kept[:, None, :]
    np.add.at(made, where[m >= 2], pairs / (m[m >= 2] - 1)[:, None, None])
    return made


def _coders(values: ArrayLike) -> int:
    known = pd.DataFrame(np.asarray(values, dtype=object)).notna()
    return int(known[known.sum(axis=1) >= 2].any().sum())


def _clusters(
    tables: Sequence[NDArray[np.int64]], documents: Sequence[ArrayLike] | None
) -> tuple[list[NDArray[np.int64]], str]:
    units: list[NDArray[np.int64]] = [np.arange(len(table)) for table in tables]
    if documents is None:
        return units, "units"
    labels = [np.asarray(document, dtype=object) for document in documents]
    codes, names = pd.factorize(np.concatenate(labels), sort=True)
    if len(names) < DOCUMENTS:
        return units, "units"
    edges = np.cumsum([len(label) for label in labels])[:-1]
    return [part.astype(np.int64) for part in np.split(codes, edges)], "documents"


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
    together: Sequence[Floats], domain: NDArray, level: str, replicates: int, seed: int
) -> tuple[float | None, float | None]:
    """Percentile interval over draws of clusters; None where hardly any draw varies."""
    clusters = max(len(part) for part in together)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=replicates).astype(float)
    sums = [np.tensordot(weights[:, : len(part)], part, axes=1) for part in together]
    observed, expected = _disagreement(sums, domain, level)
    varied = expected > 1e-12
    if varied.mean() < 0.5:
        return None, None
    low, high = np.quantile(1 - observed[varied] / expected[varied], [0.025, 0.975])
    return float(low), float(high)


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
    """Of the pairs of judgements with at least one 1, how many agree, in Dice's sense: 2a / (2a + b + c).

    values are 0 and 1, units x coders. With more than two coders, over all pairs of them. None where nobody
    gave a 1 on a unit that two coders judged. Cicchetti and Feinstein (1990), J Clin Epidemiol 43:551.

    >>> positive_agreement([[1, 1], [1, 0], [0, 0], [1, 1]])
    0.8
    """
    given = pd.DataFrame(np.asarray(values, dtype=object)).astype("float64").to_numpy()
    m = np.isfinite(given).sum(axis=1)
    ones = np.nansum(given, axis=1)[m >= 2]
    both, ever = (ones * (ones - 1)).sum(), (ones * (m[m >= 2] - 1)).sum()
    return float(both / ever) if ever else None


def gwet_ac1(values: ArrayLike) -> float | None:
    """Gwet's AC1: agreement beyond chance, steadier than alpha where a code is very rare or very common.

    values  units x coders, any labels. None where no unit was judged twice or only one value was given.
    Gwet (2008), Br J Math Stat Psychol 61:29, equations for several raters with missing judgements.

    >>> round(gwet_ac1([[1, 1], [1, 0], [0, 0], [0, 0]]), 4)
    0.5294
    """
    counts, domain = value_counts(values)
    agreed = percent_agreement(values)
    if agreed is None or len(domain) < 2:
        return None
    judged = counts[counts.sum(axis=1) >= 1]
    prevalence = np.mean(judged / judged.sum(axis=1, keepdims=True), axis=0)
    chance = float((prevalence * (1 - prevalence)).sum() / (len(domain) - 1))
    return (agreed - chance) / (1 - chance)
