"""Pairs of nodes as the rows of a table, and what permutations move. (imports `structure`)

`qap`, `mrqap` and `mrqap_logistic` import from here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.structure import Network

PAIRS = 8_192  # pairs gathered at a time, so that their vectors stay in the processor's cache
ALIKE = 1e-8


@dataclass(frozen=True, eq=False)
class Moved:
    """A matrix whose nodes change places, and the vectors over pairs with which its products are wanted.

    table    n * n values, 0 where there is none
    basis    pairs x vectors
    weights  one per pair: the weighted sum of squares is wanted too; None where it stays the same
    """

    table: np.ndarray
    basis: np.ndarray
    weights: np.ndarray | None = None


def products(
    parts: Sequence[Moved], order: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per matrix, for each permutation: its products with the vectors, and its sum of squares."""
    n = order.shape[1]
    above = order * n
    found = [(np.zeros((len(order), part.basis.shape[1])), np.zeros(len(order))) for part in parts]
    for start in range(0, len(rows), PAIRS):
        some = slice(start, start + PAIRS)
        place = above.take(rows[some], axis=1)
        place += order.take(columns[some], axis=1)
        for part, (sums, squares) in zip(parts, found, strict=True):
            values = part.table.take(place)
            sums += values @ part.basis[some]
            if part.weights is not None:
                squares += (values * values) @ part.weights[some]
    return found


def blocks_of(n: int, groups: np.ndarray | None = None, *seen: np.ndarray) -> np.ndarray:
    """n codes: nodes of one group whose rows, and columns, are either wholly unobserved or not.

    groups  one label per node (None: one group); seen  n x n booleans each

    A node that did not answer changes places only with others that did not, so that answers stay where
    answers were.
    """
    labels = (
        np.zeros(n, dtype=int)
        if groups is None
        else np.unique(np.asarray(groups, str), return_inverse=True)[1]
    )
    silent = [part for mask in seen for part in (~mask.any(axis=1), ~mask.any(axis=0))]
    return np.unique(np.stack([labels, *silent], axis=1), axis=0, return_inverse=True)[1].ravel()


def steady(mask: np.ndarray, blocks: np.ndarray) -> bool:
    """Whether `mask` stays as it is when nodes change places inside their blocks."""
    sizes = np.bincount(blocks)
    member = np.equal.outer(blocks, np.arange(len(sizes))).astype(float)
    possible = np.outer(sizes, sizes) - np.diag(sizes)
    inside = member.T @ mask.astype(float) @ member
    return bool(((inside == 0) | (inside == possible)).all())


def matrix_of(relation: Network | np.ndarray, directed: bool | None) -> tuple[np.ndarray, bool]:
    """n x n floats with NaN where not observed and on the diagonal, and whether pairs are ordered.

    Raises ValueError where the pairs are said to have no order and the matrix is not symmetric.
    """
    own = isinstance(relation, Network)
    A = np.array(relation.A if isinstance(relation, Network) else relation, dtype=float)
    ordered = (relation.directed if isinstance(relation, Network) else True) if directed is None else directed
    np.fill_diagonal(A, np.nan)
    if not ordered and not np.allclose(A, A.T, equal_nan=True):
        told = "the network" if own else "the matrix"
        raise ValueError(f"{told} is not symmetric, so it has a direction; symmetrise it first")
    return A, ordered


def pairs_of(mask: np.ndarray, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pairs that count: all cells of `mask`, or those below the diagonal."""
    rows, columns = np.nonzero(mask if directed else np.tril(mask, -1))
    return rows, columns


@dataclass(frozen=True, eq=False)
class Dyads:
    """The pairs of a regression: their values, and the whole matrices that the permutations move.

    y, X           pairs; pairs x predictors
    rows, columns  where the pairs lie
    stack          predictors x n x n, 0 where not observed
    seen           n x n booleans: all predictors are observed; used: the outcome too
    """

    names: tuple[str, ...]
    y: np.ndarray
    X: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    stack: np.ndarray
    seen: np.ndarray
    used: np.ndarray
    directed: bool
    groups: np.ndarray | None

    @property
    def size(self) -> int:
        return self.stack.shape[1]


def dyads(
    y: Network | np.ndarray,
    predictors: Mapping[str, np.ndarray],
    directed: bool | None = None,
    groups: np.ndarray | None = None,
) -> Dyads:
    """Pairs in which outcome and predictors are observed.

    Raises ValueError, naming the predictor, where one is of another size, not symmetric though the
    outcome is, constant over the observed pairs, or a combination of the others.
    """
    A, ordered = matrix_of(y, directed)
    names = tuple(predictors)
    if not names:
        raise ValueError("no predictors; name at least one")
    stack = np.stack([_predictor(name, predictors[name], len(A), ordered) for name in names])
    seen = ~np.isnan(stack).any(axis=0)
    used = seen & ~np.isnan(A)
    rows, columns = pairs_of(used, ordered)
    X = stack[:, rows, columns].T
    whole = np.where(seen, stack, 0.0)
    found = Dyads(names, A[rows, columns], X, rows, columns, whole, seen, used, ordered, groups)
    if len(rows) > len(names) + 1:
        _refuse_alike(found)
    return found


def _predictor(name: str, values: np.ndarray, n: int, directed: bool) -> np.ndarray:
    found = np.array(values, dtype=float)
    if found.shape != (n, n):
        raise ValueError(f"{name}: has {len(found)} nodes where the outcome has {n}; align it first")
    np.fill_diagonal(found, np.nan)
    if not directed and not np.allclose(found, found.T, equal_nan=True):
        raise ValueError(
            f"{name}: not the same in both directions, where the outcome has none; use a sum or difference"
        )
    return found


def _refuse_alike(data: Dyads) -> None:
    """Refuse the first predictor that the intercept and those before it give already."""
    spread = np.ptp(data.X, axis=0) <= 1e-12 * np.abs(data.X).max(axis=0)
    for name in np.asarray(data.names)[spread]:
        raise ValueError(f"{name}: the same for every observed pair; leave it out")
    scaled = (data.X - data.X.mean(axis=0)) / data.X.std(axis=0)
    left = np.abs(np.diag(np.linalg.qr(scaled, mode="r"))) / math.sqrt(len(scaled))
    for j in np.nonzero(left < ALIKE)[0]:
        weights = np.linalg.lstsq(scaled[:, :j], scaled[:, j], rcond=None)[0]
        others = [data.names[i] for i in np.nonzero(np.abs(weights) > 1e-6)[0]]
        raise ValueError(f"{data.names[j]}: follows wholly from {', '.join(others)}; leave one of them out")


def why_not(data: Dyads) -> str:
    """Why the outcome cannot be explained at all, in words; empty where it can."""
    if len(data.y) <= len(data.names) + 1:
        return f"only {len(data.y)} pairs were observed, too few for {len(data.names)} predictors"
    return "no variation: every observed pair has the same outcome" if np.ptp(data.y) == 0 else ""


def with_intercept(X: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones((len(X), 1)), X], axis=1)


def residual_tables(data: Dyads) -> np.ndarray:
    """Per predictor, n * n residuals of its regression on the others over all pairs where they are known.

    0 where not known. The whole matrix is used, pairs without an outcome too, because all of it moves.
    """
    rows, columns = pairs_of(data.seen, data.directed)
    X = with_intercept(data.stack[:, rows, columns].T)
    scale = np.sqrt((X**2).mean(axis=0))
    R = np.linalg.qr(X / scale, mode="r")
    inverse = np.linalg.inv(R)
    weights = (inverse @ inverse.T)[:, 1:] / scale[:, None]
    weights = weights / np.diag(weights[1:])
    k, n = len(data.stack), data.size
    moved = weights[1:].T @ data.stack.reshape(k, n * n) + weights[0][:, None]
    return np.where(data.seen.ravel(), moved, 0.0)
