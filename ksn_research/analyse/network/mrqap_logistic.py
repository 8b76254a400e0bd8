"""Logistic regression of a relation on predictors, tested by permuting nodes. (imports `dyads`, `logistic`,
`mrqap` and `permutations`)

The score statistic needs the model without the predictor only, which no permutation changes: one fit per
predictor and then products of vectors. Wald's statistic, as `sna::netlogit` has it, needs a fit per
permutation and is there for comparison.
"""

from __future__ import annotations

import math
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
    why_not,
    with_intercept,
)
from ksn_research.analyse.network.logistic import STEPS, Fit, chances, logistic_fit, separating
from ksn_research.analyse.network.mrqap import Term
from ksn_research.analyse.network.permutations import DRAWS, Permuted, Statistic, batch_of, permuted, shuffle
from ksn_research.analyse.network.structure import Network

STATISTICS = {
    "score": "signed root of Rao's score statistic, one fit per predictor",
    "wald": "coefficient over its standard error, one fit per permutation",
}
ENDLESS = "endless: with it ties are told from no ties without error, so there is no number"
BESIDE = "not tested: the other predictors tell ties from no ties without error"


@dataclass(frozen=True)
class LogisticMrqap:
    """A logistic regression over pairs. `why` says in words why there is none; then there are no terms.

    terms          `statistic` is Wald's z of the whole model; the statistic that was permuted is in `scores`
    scores         the statistic that was permuted, per term; for "wald" z, but for its last digits
    deviance, aic  of the whole model; null_deviance of a model that says one half for every pair
    separated      predictors that alone or together tell ties from no ties, so that the estimate is endless
    unsettled      permutations whose own fit did not settle ("wald" only), all predictors together
    """

    terms: tuple[Term, ...]
    intercept: Term | None
    scores: tuple[float | None, ...]
    deviance: float | None
    null_deviance: float | None
    aic: float | None
    pairs: int
    nodes: int
    draws: int
    exact: bool
    method: str
    separated: tuple[str, ...] = ()
    unsettled: int = 0
    why: str = ""


def logistic_mrqap(
    y: Network | np.ndarray,
    predictors: Mapping[str, np.ndarray],
    *,
    statistic: str = "score",
    directed: bool | None = None,
    groups: np.ndarray | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    exact: bool | None = None,
    batch: int | None = None,
) -> LogisticMrqap:
    """Logistic regression of a relation on predictors over pairs, p by double semi-partialing.

    y          a network, or n x n of 1 tie, 0 no tie, NaN not observed
    statistic  "score" or "wald", see `STATISTICS`; the rest as in `mrqap.mrqap`

    As in `sna::netlogit`, the residuals that change places are those of a linear regression of the
    predictor on the others (Dekker, Krackhardt & Snijders 2007); what is compared is a studentised
    statistic: here the score statistic U / sqrt(V) of the predictor beside the others (Rao 1948), which
    the residuals and the predictor itself share. Where ties are separated from no ties, the coefficient
    has no number and the score test stands.

    Raises ValueError for an unknown statistic, an outcome other than 0 and 1, and as `mrqap.dyads` does.

    >>> rng = np.random.default_rng(3)
    >>> x = rng.random((12, 12))
    >>> found = logistic_mrqap((x + rng.random((12, 12)) > 1) * 1.0, {"x": x}, draws=99)
    >>> found.terms[0].coefficient > 0, found.terms[0].test.p
    (True, 0.01)
    """
    if statistic not in STATISTICS:
        raise ValueError(f"no statistic {statistic!r}; one of {', '.join(STATISTICS)}")
    data = dyads(y, predictors, directed, groups)
    if not np.isin(data.y, (0, 1)).all():
        raise ValueError(
            "the outcome has values other than 0 and 1; use the linear regression, or cut it first"
        )
    said = f"logistic regression over pairs; double semi-partialing; {STATISTICS[statistic]}"
    why = why_not(data)
    if why:
        return LogisticMrqap((), None, (), None, None, None, len(data.y), data.size, 0, False, said, why=why)
    places = shuffle(blocks_of(data.size, data.groups, data.seen), draws, seed, exact)
    models = _models(data)
    drawn = _scores(models) if statistic == "score" else _walds(models)
    seen = drawn(np.arange(data.size)[None, :])[0]
    tests = permuted(seen, drawn, places, batch or batch_of(len(data.y)))
    unsettled = 0
    if statistic == "wald":
        *tests, failed = tests
        unsettled, seen = round(float(seen[-1]) + failed.mean * places.count), seen[:-1]
    terms = _terms(models, tests, statistic)
    fit = models.whole
    return LogisticMrqap(
        terms=tuple(terms[1:]),
        intercept=terms[0],
        scores=tuple(float(x) if term.test else None for x, term in zip(seen, terms[1:], strict=True)),
        deviance=fit.deviance,
        null_deviance=2 * len(data.y) * math.log(2),
        aic=fit.deviance + 2 * len(fit.b),
        pairs=len(data.y),
        nodes=data.size,
        draws=places.count,
        exact=places.exact,
        method=said,
        separated=tuple(np.asarray(("intercept", *data.names))[models.apart].tolist()),
        unsettled=unsettled,
    )


@dataclass(frozen=True, eq=False)
class _Models:
    """The whole model, and per predictor the model without it and its residuals as a matrix to move.

    apart      which columns of the whole model separate ties from no ties
    hopeless   per predictor, whether those beside it do so already
    """

    data: Dyads
    whole: Fit
    without: list[Fit]
    designs: list[np.ndarray]
    tables: np.ndarray
    apart: np.ndarray
    hopeless: np.ndarray


def _models(data: Dyads) -> _Models:
    X = with_intercept(data.X)
    designs = [np.delete(X, j + 1, axis=1) for j in range(len(data.names))]
    without = [logistic_fit(Z, data.y) for Z in designs]
    whole = logistic_fit(X, data.y)
    hopeless = [_separated(fit, Z, data.y).any() for fit, Z in zip(without, designs, strict=True)]
    tables = residual_tables(data)
    inside = tables.reshape(data.stack.shape)[:, data.rows, data.columns]
    tables = tables / np.sqrt((inside**2).sum(axis=1))[:, None]
    return _Models(data, whole, without, designs, tables, _separated(whole, X, data.y), np.array(hopeless))


def _separated(fit: Fit, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    return separating(X, y) if fit.doubtful else np.zeros(X.shape[1], dtype=bool)


def _terms(models: _Models, tests: list[Permuted], statistic: str) -> list[Term]:
    """The intercept, then the predictors; what separation took away is said in words."""
    fit, names = models.whole, ("intercept", *models.data.names)
    hopeless = [False, *models.hopeless.tolist()]
    terms = []
    for j, (name, test) in enumerate(zip(names, [None, *tests], strict=True)):
        endless = bool(models.apart[j])
        lost = hopeless[j] or (endless and statistic == "wald")
        why = ENDLESS * endless + BESIDE * (hopeless[j] and not endless)
        b, se, z = (None if endless else float(x[j]) for x in (fit.b, fit.se, fit.z))
        terms.append(Term(name, b, se, z, None if lost else test, why))
    return terms


def _scores(models: _Models) -> Statistic:
    """U / sqrt(V) of each predictor's permuted residuals beside the other predictors.

    U = r'(y - m) and V = r'Wr - r'WZ (Z'WZ)^-1 Z'Wr with the chances m and W = m(1 - m) of the model
    without the predictor.
    """
    data = models.data
    parts = []
    for fit, Z, table in zip(models.without, models.designs, models.tables, strict=True):
        weight = fit.chance * (1 - fit.chance)
        root = np.sqrt(weight)[:, None]
        basis = np.concatenate([(data.y - fit.chance)[:, None], root * np.linalg.qr(root * Z)[0]], axis=1)
        parts.append(Moved(table, basis, weight))

    def statistic(order: np.ndarray) -> np.ndarray:
        found = products(parts, order, data.rows, data.columns)
        left = np.stack([squares - (sums[:, 1:] ** 2).sum(axis=1) for sums, squares in found], axis=1)
        product = np.stack([sums[:, 0] for sums, _ in found], axis=1)
        return product / np.sqrt(np.where(left > 1e-14, left, np.nan))

    return statistic


def _walds(models: _Models) -> Statistic:
    """b / se of each predictor's permuted residuals, from a fit per permutation; in the last column how many
    of these fits did not settle.

    Where a permutation separates, se runs away faster than b and z goes to nought, as it does in R.
    """
    data = models.data

    def statistic(order: np.ndarray) -> np.ndarray:
        place = (order * data.size).take(data.rows, axis=1) + order.take(data.columns, axis=1)
        found, unsettled = [], np.zeros(len(order))
        for fit, Z, table in zip(models.without, models.designs, models.tables, strict=True):
            z, settled = _refitted(Z, table.take(place) * math.sqrt(len(Z)), data.y, fit.b)
            unsettled += ~settled
            found.append(z)
        return np.stack([*found, unsettled], axis=1)

    return statistic


def _refitted(Z: np.ndarray, r: np.ndarray, y: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """z of the last column when each row of `r` in turn joins `Z`, and whether each fit settled."""
    k = Z.shape[1]
    both = np.triu_indices(k)
    squares = Z[:, both[0]] * Z[:, both[1]]
    beta = np.tile(np.append(b, 0.0), (len(r), 1))
    H = np.empty((len(r), k + 1, k + 1))
    settled = np.zeros(len(r), dtype=bool)
    for _ in range(STEPS):
        chance = chances(beta[:, :k] @ Z.T + beta[:, k:] * r)
        W, wrong = chance * (1 - chance), y - chance
        H[:, both[0], both[1]] = H[:, both[1], both[0]] = W @ squares
        H[:, :k, k] = H[:, k, :k] = (W * r) @ Z
        H[:, k, k] = (W * r * r).sum(axis=1)
        slope = np.concatenate([wrong @ Z, (wrong * r).sum(axis=1)[:, None]], axis=1)
        inverse = np.linalg.pinv(H, hermitian=True)
        step = (inverse @ slope[:, :, None])[:, :, 0]
        beta = beta + step
        settled = (step * slope).sum(axis=1) < 1e-9
        if settled.all():
            break
    return beta[:, k] / np.sqrt(inverse[:, k, k]), settled
