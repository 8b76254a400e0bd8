"""A number for every pair of nodes of a network too large for a matrix.

What is tied is sparse, but what was observed is not: nearly every pair was. It follows from who answered,
though, so that it is a few products of vectors and a sparse rest. `Cells` keeps both and takes the operators
of a matrix of booleans, so that the measures are written once, for `numpy` and for it.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Table = Any  # an n x n `numpy` array, or `Cells`
STEPS = 5e6  # numbers of rows and columns that are multiplied at a time: about 100 MB


class Cells:
    """n x n numbers: left @ right.T + rest.

    left, right  n x r numbers, r a handful (0: nothing but the rest)
    rest         n x n sparse numbers, each place once

    `&`, `|` and `~` are those of booleans and suppose zeros and ones; `~` holds for the diagonal too.

    >>> answered = np.array([1.0, 1.0, 0.0])
    >>> seen = Cells.outer(answered, np.ones(3)) & ~Cells.diagonal(3)
    >>> seen.sum(axis=1), (seen & seen.T).sum()
    (array([2., 2., 0.]), 2.0)
    """

    def __init__(self, left: np.ndarray, right: np.ndarray, rest: csr_array) -> None:
        self.left, self.right, self.rest = left, right, rest

    @classmethod
    def at(cls, n: int, rows: np.ndarray, columns: np.ndarray) -> Cells:
        """Ones at these places, however often a place is named."""
        rest = _csr((np.ones(len(rows)), (rows, columns)), shape=(n, n))
        rest.sum_duplicates()
        rest.data[:] = 1.0
        return cls._sparse(rest)

    @classmethod
    def outer(cls, u: np.ndarray, v: np.ndarray) -> Cells:
        u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
        return cls(u[:, None], v[:, None], _csr((len(u), len(v))))

    @classmethod
    def diagonal(cls, n: int) -> Cells:
        return cls.at(n, np.arange(n), np.arange(n))

    @classmethod
    def _sparse(cls, rest: csr_array) -> Cells:
        nothing = np.zeros((rest.shape[0], 0))
        return cls(nothing, nothing, rest)

    def __len__(self) -> int:
        return int(self.rest.shape[0])

    @cached_property
    def T(self) -> Cells:  # noqa: N802 - as of a matrix
        return Cells(self.right, self.left, _csr(self.rest.T))

    def __and__(self, other: Cells) -> Cells:
        left, right = _faces(self.left, other.left), _faces(self.right, other.right)
        rest = self.rest.multiply(other.rest) + self._smooth_at(other.rest) + other._smooth_at(self.rest)
        return Cells(left, right, _tidy(rest))

    def __or__(self, other: Cells) -> Cells:
        both = self & other
        left, right = ((self.left, other.left, -both.left), (self.right, other.right, both.right))
        return Cells(np.hstack(left), np.hstack(right), _tidy(self.rest + other.rest - both.rest))

    def __invert__(self) -> Cells:
        one = np.ones((len(self), 1))
        return Cells(np.hstack([one, -self.left]), np.hstack([one, self.right]), -self.rest)

    def __matmul__(self, vectors: np.ndarray) -> np.ndarray:
        return self.left @ (self.right.T @ vectors) + self.rest @ vectors

    def __sub__(self, other: Cells) -> Cells:
        left, right = np.hstack([self.left, -other.left]), np.hstack([self.right, other.right])
        return Cells(left, right, _tidy(self.rest - other.rest))

    def among(self, keep: np.ndarray) -> Cells:
        """The pairs among some nodes (n booleans or positions)."""
        return Cells(self.left[keep], self.right[keep], _csr(self.rest[keep][:, keep]))

    def sum(self, axis: int | None = None) -> Any:
        """Over all, per column (axis 0) or per row (axis 1)."""
        if axis == 0:
            return self.right @ self.left.sum(axis=0) + self.rest.sum(axis=0)
        by_row = self @ np.ones(len(self))
        return by_row if axis == 1 else float(by_row.sum())

    def any(self, axis: int | None = None) -> Any:
        return self.sum(axis) > 0.5

    def astype(self, kind: type) -> Cells:  # noqa: ARG002 - as of a matrix; the numbers are floats already
        return self

    def nonzero(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of what is not zero, in order; only where there is nothing but the rest."""
        if self.left.shape[1]:
            raise ValueError("the places of all pairs of so many nodes do not fit into memory")
        found = self.rest.tocoo()
        return found.row.astype(np.int64), found.col.astype(np.int64)

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the ones among the places of the rest."""
        one = _csr((np.ones(self.rest.nnz), self.rest.indices, self.rest.indptr), shape=self.rest.shape)
        here = (self.rest + self._smooth_at(one)).tocoo()
        return here.row[here.data > 0.5], here.col[here.data > 0.5]

    def _smooth_at(self, where: csr_array) -> csr_array:
        """left @ right.T at the places of `where`, times what stands there."""
        rows = np.repeat(np.arange(len(self)), np.diff(where.indptr))
        data = np.zeros(len(rows))
        for left, right in zip(self.left.T, self.right.T, strict=True):
            data += left[rows] * right[where.indices]
        return _csr((data * where.data, where.indices, where.indptr), shape=where.shape)


def _csr(*given: Any, **more: Any) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array(*given, **more)


def _faces(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Row by row all products of a number of one and a number of the other."""
    return (one[:, :, None] * other[:, None, :]).reshape(len(one), one.shape[1] * other.shape[1])


def _tidy(rest: csr_array) -> csr_array:
    rest = _csr(rest)
    rest.eliminate_zeros()
    return rest


def joined(table: Table) -> csr_array:
    """The ones of a table as a sparse graph, for components and paths."""
    return table.rest if isinstance(table, Cells) else _csr(table.astype(float))


def inside(table: Table, codes: np.ndarray) -> Table:
    """The table with zero for every two nodes of different codes; none but sparse `Cells`."""
    if not isinstance(table, Cells):
        return table & np.equal.outer(codes, codes)
    rows, columns = table.nonzero()
    same = codes[rows] == codes[columns]
    return Cells.at(len(table), rows[same], columns[same])


def by_group(table: Table, codes: np.ndarray, groups: int) -> np.ndarray:
    """groups x groups sums of a table, from the group of the row to that of the column; codes below 0 count
    nowhere.

    >>> by_group(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]), np.array([0, 0, 1]), 2)
    array([[1., 2.],
           [0., 0.]])
    """
    return _member(codes, groups).T @ (table @ _member(codes, groups))


def own_group(table: Table, codes: np.ndarray) -> np.ndarray:
    """Per node, the sum of its row over the nodes of its own code; codes count from 0."""
    to_group = table @ _member(codes, int(codes.max(initial=-1)) + 1)
    return to_group[np.arange(len(codes)), codes]


def _member(codes: np.ndarray, groups: int) -> np.ndarray:
    return np.equal.outer(codes, np.arange(groups)).astype(float)


def chains(X: Table, Y: Table, Z: Table) -> np.ndarray:
    """Per node i the sum over j and k of X_ij Y_jk Z_ik.

    >>> chain = np.array([[0.0, 1, 1], [0, 0, 1], [0, 0, 0]])
    >>> chains(chain, chain, chain)
    array([1., 0., 0.])
    """
    if not isinstance(X, Cells):
        return ((X @ Y) * Z).sum(axis=1)
    by_node = np.zeros(len(X))
    if X.left.shape[1]:
        by_node += (X.left * (Z @ (Y.T @ X.right))).sum(axis=1)
    if Y.left.shape[1]:
        by_node += ((X.rest @ Y.left) * (Z @ Y.right)).sum(axis=1)
    if Z.left.shape[1]:
        by_node += (Z.left * (X.rest @ (Y.rest @ Z.right))).sum(axis=1)
    return by_node + np.bincount(rows_of(Z.rest), dots(X.rest, Y.rest, Z.rest) * Z.rest.data, len(X))


def rows_of(table: csr_array) -> np.ndarray:
    """The row of each place."""
    return np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))


def dots(X: csr_array, Y: csr_array, where: csr_array) -> np.ndarray:
    """(X @ Y) at each place of `where`, in its order, without the rest of the product.

    Row by row of the one with column by column of the other, few enough at a time to fit into memory.
    """
    found, rows, columns = np.zeros(where.nnz), rows_of(where), where.indices
    if not X.nnz or not Y.nnz:
        return found
    turned = _csr(Y.T)
    turned.sort_indices()
    steps = np.cumsum(np.diff(X.indptr)[rows] + np.diff(turned.indptr)[columns])
    cuts = np.searchsorted(steps, np.arange(STEPS, steps[-1] if len(steps) else 0, STEPS))
    for start, end in pairwise(np.unique([0, *cuts, len(rows)])):
        some = slice(int(start), int(end))
        found[some] = X[rows[some]].multiply(turned[columns[some]]).sum(axis=1)
    return found
