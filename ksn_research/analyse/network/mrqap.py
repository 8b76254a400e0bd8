"""Regression of a relation on other relations and on attributes, tested by permuting nodes.

Imports `dyads` and `permutations`. One row per pair of nodes. Coefficients are ordinary least squares; what
differs from it is the test, because pairs that share a node are not independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.dyads import (
    Dyads,
    Moved,
    blocks_of,
    dyads,
    products,
    residual_tables,
    steady,
    why_not,
    with_intercept,
)
from ksn_research.analyse.network.permutations import (
    DRAWS,
    Permuted,
    Shuffle,
    Statistic,
    batch_of,
    permuted,
    shuffle,
)
from ksn_research.analyse.network.structure import Network

METHODS = {
    "double semi-partialing": "permuted residuals of each predictor (Dekker, Krackhardt & Snijders 2007)",
    "y-permutation": "permuted outcome (Krackhardt 1988); tests all predictors together only",
    "x-permutation": "each predictor permuted, not partialed; ignores how predictors hang together",
    "classical": "t distribution, as if pairs were independent, which they are not",
}


@dataclass(frozen=True)
class Term:
    """One predictor: its coefficient, the statistic that is tested, and the permutation test.

    se         ordinary standard error, as if pairs were independent; only a part of the statistic
    statistic  t = coefficient / se (logistic: z, signed root of the score statistic, or Wald's)
    test       None for the intercept, whose permutation means nothing, and where `why` says why
    """

    name: str
    coefficient: float | None
    se: float | None
    statistic: float | None
    test: Permuted | None = None
    why: str = ""


@dataclass(frozen=True)
class Mrqap:
    """A regression over pairs. `why` says in words why there is none; then there are no terms.

    pairs  pairs in which the outcome and all predictors were observed
    """

    terms: tuple[Term, ...]
    intercept: Term | None
    r2: float | None
    pairs: int
    nodes: int
    draws: int
    exact: bool
    method: str
    why: str = ""

    @property
    def adjusted_r2(self) -> float | None:
        left = self.pairs - len(self.terms) - 1
        return None if self.r2 is None else 1 - (1 - self.r2) * (self.pairs - 1) / left


def mrqap(
    y: Network | np.ndarray,
    predictors: Mapping[str, np.ndarray],
    *,
    method: str = "double semi-partialing",
    directed: bool | None = None,
    groups: np.ndarray | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    exact: bool | None = None,
    batch: int | None = None,
) -> Mrqap:
    """Linear regression of a relation on predictors over pairs, p by permuting nodes.

    y           a network, or n x n numbers with NaN where not observed; binary or valued
    predictors  by name, n x n numbers with NaN where not observed
    method      one of `METHODS`; double semi-partialing unless a comparison is wanted
    directed    False counts each pair once; None takes it from `y` (True for a bare matrix)
    groups      n labels, such as the wave or network of a node: places are changed inside them only
    exact       see `shuffle`; batch see `permuted`

    Double semi-partialing: per predictor, its residuals on the others change places as a matrix, the
    outcome is regressed on the others and on them, and the t statistics, which are pivotal, are compared
    (Dekker, Krackhardt & Snijders 2007, Psychometrika 72:563). By the theorem of Frisch, Waugh and Lovell
    a permutation costs products of vectors, not a regression.

    Pairs not observed are left out. Residuals move over all pairs whose predictors are known, the outcome
    stays; nodes without predictors (whole rows or columns) change places among themselves only. Other
    holes in a predictor move as residuals of nought.

    Raises ValueError for an unknown method and as `dyads` and `shuffle` do.

    >>> rng = np.random.default_rng(3)
    >>> x, noise = rng.random((12, 12)), rng.random((12, 12))
    >>> found = mrqap(2 * x + noise, {"x": x}, draws=99)
    >>> found.terms[0].name, round(found.terms[0].coefficient), found.terms[0].test.p
    ('x', 2, 0.01)
    """
    if method not in METHODS:
        raise ValueError(f"no method {method!r}; one of {', '.join(METHODS)}")
    data = dyads(y, predictors, directed, groups)
    why = why_not(data)
    said = f"ordinary least squares over pairs; {method}: {METHODS[method]}"
    if why:
        return Mrqap((), None, None, len(data.y), data.size, 0, False, said, why)
    fit = least_squares(data)
    tests, places = _tests(data, fit, method, draws, seed, exact, batch)
    terms = [
        Term(name, float(b), float(se), float(b / se), test)
        for name, b, se, test in zip(("intercept", *data.names), fit.b, fit.se, [None, *tests], strict=True)
    ]
    count = places.count if places else 0
    exactly = bool(places and places.exact)
    return Mrqap(tuple(terms[1:]), terms[0], fit.r2, len(data.y), data.size, count, exactly, said)


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """A regression in the form the permutations need.

    Q, e       orthonormal basis of intercept and predictors; residuals of the outcome
    along      per predictor, Q' times the unit vector of its own part, which no other predictor has
    y_along    product of the outcome with that unit vector
    """

    b: np.ndarray
    se: np.ndarray
    r2: float
    df: int
    Q: np.ndarray
    e: np.ndarray
    along: np.ndarray
    y_along: np.ndarray

    @property
    def statistic(self) -> np.ndarray:
        return (self.b / self.se)[1:]


def least_squares(data: Dyads) -> LeastSquares:
    """Coefficients, ordinary standard errors and R squared of the outcome on intercept and predictors."""
    X = with_intercept(data.X)
    scale = np.sqrt((X**2).mean(axis=0))
    Q, R = np.linalg.qr(X / scale)
    inverse = np.linalg.inv(R)
    Qy = Q.T @ data.y
    e = data.y - Q @ Qy
    df = len(data.y) - X.shape[1]
    rss = float(e @ e)
    se = np.sqrt(rss / df * (inverse**2).sum(axis=1)) / scale
    r2 = 1 - rss / float(((data.y - data.y.mean()) ** 2).sum())
    along = (inverse / np.sqrt((inverse**2).sum(axis=1))[:, None])[1:].T
    return LeastSquares(inverse @ Qy / scale, se, r2, df, Q, e, along, Qy @ along)


def _tests(
    data: Dyads,
    fit: LeastSquares,
    method: str,
    draws: int,
    seed: int,
    exact: bool | None,
    batch: int | None,
) -> tuple[list[Permuted], Shuffle | None]:
    if method == "classical":
        return _classical(fit), None
    moving_y = method == "y-permutation"
    blocks = blocks_of(data.size, data.groups, data.used if moving_y else data.seen)
    if moving_y:
        if not steady(data.used, blocks):
            raise ValueError(
                "single pairs are missing, so the outcome cannot move; use double semi-partialing"
            )
        statistic = _outcome_moves(data, fit)
    else:
        tables = residual_tables(data) if method == "double semi-partialing" else _centred(data)
        fixed = steady(data.seen, blocks) and steady(data.used, blocks)
        statistic = _predictor_moves(data, fit, tables, fixed)
    places = shuffle(blocks, draws, seed, exact)
    return permuted(fit.statistic, statistic, places, batch or batch_of(len(data.y))), places


def _classical(fit: LeastSquares) -> list[Permuted]:
    from scipy.stats import t

    sd = float(t.std(fit.df))
    tails = [
        (float(2 * t.sf(abs(x), fit.df)), float(t.sf(x, fit.df)), float(t.cdf(x, fit.df)))
        for x in fit.statistic
    ]
    return [Permuted(*three, None, 0.0, sd) for three in tails]


def _predictor_moves(data: Dyads, fit: LeastSquares, tables: np.ndarray, fixed: bool) -> Statistic:
    """t of each predictor's permuted matrix beside the other predictors.

    With Q of all predictors and u of the predictor's own direction, the others span what Q spans without
    u, so that one basis serves every predictor.
    """
    basis = np.concatenate([fit.Q, fit.e[:, None]], axis=1)
    inside = tables.reshape(len(tables), data.size, data.size)[:, data.rows, data.columns]
    weights = None if fixed else np.ones(len(data.y))
    lengths = np.sqrt((inside**2).sum(axis=1))
    parts = [Moved(table / length, basis, weights) for table, length in zip(tables, lengths, strict=True)]
    rss = float(fit.e @ fit.e)

    def statistic(order: np.ndarray) -> np.ndarray:
        found = np.empty((len(order), len(parts)))
        for j, (sums, squares) in enumerate(products(parts, order, data.rows, data.columns)):
            own = sums[:, :-1] @ fit.along[:, j]
            product = sums[:, -1] + fit.y_along[j] * own
            left = (1.0 if fixed else squares) - (sums[:, :-1] ** 2).sum(axis=1) + own**2
            found[:, j] = _t(product, left, rss + fit.y_along[j] ** 2, fit.df)
        return found

    return statistic


def _centred(data: Dyads) -> np.ndarray:
    means = data.X.mean(axis=0)[:, None, None]
    return np.where(data.seen, data.stack - means, 0.0).reshape(len(data.names), -1)


def _t(product: np.ndarray, left: np.ndarray, rss: float, df: int) -> np.ndarray:
    """t of b = product / left where `rss` is the sum of squares without it; NaN where nothing is left."""
    some = np.where(left > 1e-12, left, np.nan)
    return product / np.sqrt(some) / np.sqrt(np.maximum(rss - product**2 / some, 1e-300) / df)


def _outcome_moves(data: Dyads, fit: LeastSquares) -> Statistic:
    """t of each predictor when the outcome is permuted."""
    table = np.zeros((data.size, data.size))
    table[data.rows, data.columns] = data.y
    if not data.directed:
        table = table + table.T
    part = [Moved(table.ravel(), fit.Q)]
    whole = float(data.y @ data.y)

    def statistic(order: np.ndarray) -> np.ndarray:
        sums = products(part, order, data.rows, data.columns)[0][0]
        rss = np.maximum(whole - (sums**2).sum(axis=1), 1e-300)
        return sums @ fit.along / np.sqrt(rss / fit.df)[:, None]

    return statistic
