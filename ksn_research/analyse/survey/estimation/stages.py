"""Stages of sampling as codes: clusters nested in strata, counted and checked. No sibling is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

CENSUS = 1e-9  # a stratum is a census when this share of it or less is missing
THREADS_FROM = 200_000  # multiplications of one product; OpenBLAS uses threads from 262,144
Codes = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Stage:
    """One stage, counted.

    cluster   (n,) the cluster of each row
    stratum   (C,) the stratum of each cluster
    sampled   (H,) clusters sampled per stratum
    scale     (C,) what multiplies the squares of centred cluster totals: the share sampled at the stages
              before, times (1 - n/N) n/(n - 1) of the stratum; 0 for a census
    single    whether every row is a cluster of its own
    """

    cluster: np.ndarray
    stratum: np.ndarray
    sampled: np.ndarray
    scale: np.ndarray
    single: bool

    def totals(self, values: np.ndarray) -> np.ndarray:
        """Sums per cluster, (C, k) from (n, k)."""
        return values if self.single else group_sums(self.cluster, values, len(self.stratum))

    def centred(self, totals: np.ndarray) -> np.ndarray:
        """Cluster totals less the mean of all clusters sampled in their stratum."""
        means = group_sums(self.stratum, totals, len(self.sampled)) / self.sampled[:, None]
        return totals - at_stratum(means, self.stratum)


def count_stage(
    strata: np.ndarray, clusters: np.ndarray, population: np.ndarray | None, share: np.ndarray
) -> Stage:
    """A stage from the codes of its rows; `share` is, per row, the share sampled at the stages before."""
    _, first, cluster = np.unique(clusters, return_index=True, return_inverse=True)
    single = len(first) == len(clusters)
    if single:  # in the order of rows, so that sums per cluster need not be made
        first = cluster = np.arange(len(clusters))
    sampled = np.bincount(strata[first]).astype(float)
    head = np.unique(strata, return_index=True)[1]
    left = np.ones(len(sampled)) if population is None else 1 - sampled / population[head]
    left[left <= CENSUS] = 0.0
    scale = share[head] * left * sampled / np.maximum(sampled - 1, 1)
    return Stage(cluster, strata[first], sampled, scale[strata[first]], single)


def label_codes(labels: object, what: str) -> np.ndarray:
    """Codes 0, 1, ... of labels; ValueError where some are missing."""
    codes, _ = pd.factorize(pd.Series(labels))
    if (codes < 0).any():
        raise ValueError(f"{(codes < 0).sum()} rows have no {what}; give them a level of their own first")
    return np.asarray(codes, dtype=np.int64)


def nested(strata: Sequence[np.ndarray], clusters: Sequence[np.ndarray], n: int) -> tuple[Codes, Codes]:
    """Codes of every stage, strata nested in the clusters above them and clusters in their strata.

    >>> [codes[0].tolist() for codes in nested([np.array([0, 0, 1])], [np.array([5, 6, 5])], 3)]
    [[0, 0, 1], [0, 1, 2]]
    """
    if len(strata) > max(len(clusters), 1):
        raise ValueError("strata are given for more stages than clusters; name the clusters of each stage")
    above, found = np.zeros(n, dtype=np.int64), []
    for k, cluster in enumerate(clusters or [np.arange(n)]):
        stratum = _joint(above, strata[k]) if k < len(strata) else above
        above = _joint(stratum, cluster)
        found.append((stratum, above))
    return tuple(s for s, _ in found), tuple(c for _, c in found)


def sampled_per_stratum(stratum: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """How many clusters were sampled in each stratum, from the codes of rows."""
    return np.bincount(stratum[np.unique(cluster, return_index=True)[1]])


def check_stage(stratum: np.ndarray, cluster: np.ndarray, population: np.ndarray | None) -> None:
    """ValueError for a population that cannot be, and for a stratum whose variance nobody can estimate."""
    sampled = sampled_per_stratum(stratum, cluster)
    head = np.unique(stratum, return_index=True)[1]
    size = np.full(len(head), np.inf) if population is None else population[head]
    if population is not None and (population != size[stratum]).any():
        raise ValueError("the population differs within a stratum; give each stratum one number")
    short = size < sampled * (1 - CENSUS)
    if short.any():
        i = int(np.argmax(short))
        raise ValueError(
            f"{sampled[i]} units were sampled of a population of {size[i]:g} (stratum of row {head[i] + 1}); "
            "correct the population, or the rows that stand twice"
        )
    lonely = (sampled == 1) & (size > 1)
    if lonely.any():
        raise ValueError(
            f"{lonely.sum()} of {len(head)} strata have one sampled unit, whose variance nobody can estimate "
            f"(the first in row {head[lonely].min() + 1}); join them with other strata, or ask one more"
        )


def level_rows(codes: np.ndarray, size: int) -> list[np.ndarray]:
    """The rows of each of `size` levels, in order; rows of a negative code are in none.

    >>> [rows.tolist() for rows in level_rows(np.array([1, 0, -1, 1]), 2)]
    [[1], [0, 3]]
    """
    codes = np.asarray(codes).astype(np.int16 if size < 2**15 else np.int64)  # short ones sort in linear time
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(size + 1)))[1:-1]


def group_sums(codes: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sums of the rows of `values` (m, k) per code, (size, k).

    >>> group_sums(np.array([0, 1, 0]), np.array([[1.0], [2.0], [3.0]]), 2).tolist()
    [[4.0], [2.0]]
    """
    if size == 1:
        return values.sum(axis=0, keepdims=True)
    columns = [np.bincount(codes, column, size) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0))


def at_stratum(means: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """The row of (H, k) that each cluster's stratum has; the one row where there is one stratum."""
    return means if len(means) == 1 else means[stratum]


def inner(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a.T @ b, rows in blocks so small that BLAS starts no threads: on a busy machine these wait for one
    another and make a product of long thin matrices ten times slower."""
    step = max(1, THREADS_FROM // max(a.shape[1] * b.shape[1], 1))
    found = np.zeros((a.shape[1], b.shape[1]))
    for first in range(0, len(a), step):
        found += a[first : first + step].T @ b[first : first + step]
    return found


def orthonormal(x: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the columns, without those that others imply."""
    for _ in range(2):
        squares = inner(x, x)
        norms = np.sqrt(np.maximum(np.diag(squares), np.finfo(float).tiny))
        values, vectors = np.linalg.eigh(squares / np.outer(norms, norms))
        some = values > 1e-12 * values.max(initial=0.0)
        x = x @ (vectors[:, some] / np.sqrt(values[some]) / norms[:, None])
        if values[some].min(initial=1.0) > 1e-4:
            break  # else once more, which cures what rounding left
    return x


def _joint(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.unique(a * (int(b.max()) + 1) + b, return_inverse=True)[1]
