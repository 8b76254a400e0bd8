"""Which pairs form a tie, and which ties last: two models instead of one of "who is tied now".

Imports `structure`, `change` (alignment) and `dyad_model` (the regression). A separable model with terms
that do not depend on other ties of the second wave is two logistic regressions (Krivitsky & Handcock
2014): formation over the pairs without a tie in the first wave, persistence over the ties of the first
wave. A predictor may so help ties to form and not to last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.change import comparable
from ksn_research.analyse.network.dyad_model import LEAST_EVENTS, DyadModel, dyad_model
from ksn_research.analyse.network.structure import Network

METHOD = (
    "logistic regression over pairs (separable model, Krivitsky & Handcock 2014), standard errors clustered "
    "by both nodes (Aronow, Samii & Assenova 2015), t with n - 1 degrees of freedom"
)


@dataclass(frozen=True, eq=False)
class Separable:
    """Formation (event: a tie where none was) and persistence (event: a tie is still there)."""

    formation: DyadModel
    persistence: DyadModel


def formation_outcome(before: Network, after: Network) -> np.ndarray:
    """n x n over `aligned(before, after)`: 1 formed, 0 not, NaN had a tie or was not observed twice."""
    one, two = comparable(before, after)
    return np.where(one.ties | ~one.observed, np.nan, two.A)


def persistence_outcome(before: Network, after: Network) -> np.ndarray:
    """n x n over `aligned(before, after)`: 1 kept, 0 dissolved, NaN had no tie or was not observed twice."""
    one, two = comparable(before, after)
    return np.where(one.ties, two.A, np.nan)


def reciprocated(network: Network) -> np.ndarray:
    """n x n: 1 where the tie from column to row is there, 0 where not, NaN where it was not observed."""
    return network.A.T.copy()


def shared_partners(network: Network) -> np.ndarray:
    """n x n: how many others have a tie with both, whoever of the two said so.

    Only observed ties count: with nodes that did not answer the number is a lower bound.

    >>> A = np.array([[np.nan, 1, 0], [0, np.nan, 0], [0, 1, np.nan]])
    >>> shared_partners(Network(np.array(["a", "b", "c"]), True, A, np.ones(3, dtype=bool)))[0]
    array([nan,  0.,  1.])
    """
    tied = network.symmetrised.astype(float)
    both = tied @ tied
    np.fill_diagonal(both, np.nan)
    return both


def separable(
    before: Network,
    after: Network,
    predictors: Mapping[str, np.ndarray],
    least_events: float = LEAST_EVENTS,
) -> Separable:
    """Formation and persistence of ties between two waves.

    predictors    by name, n x n numbers over `aligned(before, after)`, known at the first wave or not moved
                  by the ties of the second: same region, distance, sender's and receiver's size,
                  co-attendance, `reciprocated(before)`, `shared_partners(before)`. NaN is not known: the pair
                  is left out. The diagonal is not read. Undirected: symmetric
    least_events  fewest pairs of the rarer outcome per predictor

    A pair missing in either wave is in neither model. See `dyad_model` for what is undefined when.

    Raises ValueError when one network is directed and the other is not, and, naming the predictor, for a
    matrix of another shape or one that is not symmetric though the networks are.

    >>> rng = np.random.default_rng(5)
    >>> waves = [(rng.random((30, 30)) < 0.3) * 1.0 for _ in range(2)]
    >>> for A in waves: np.fill_diagonal(A, np.nan)
    >>> one, two = (Network(np.arange(30), True, A, np.ones(30, dtype=bool)) for A in waves)
    >>> found = separable(one, two, {"reciprocated": reciprocated(one)})
    >>> found.formation.pairs + found.persistence.pairs
    870
    """
    directed = before.directed
    formed, lasted = formation_outcome(before, after), persistence_outcome(before, after)
    return Separable(
        dyad_model(formed, predictors, directed, least_events),
        dyad_model(lasted, predictors, directed, least_events),
    )
