"""Predictors of ties: matrices made of what is known of the nodes.

Imports `structure`; a formula is read by `plan.explained`.

A predictor is said by a formula, "same(region) + absdiff(staff) + sender(came) + same(region):sender(came)",
or by a list of specifications. Whatever is not known of a node is not known of its pairs (NaN).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ksn_research.analyse.network.structure import Network
from ksn_research.plan.explained import Predictor, Product, checked, formula

__all__ = ["KINDS", "Known", "Predictor", "Product", "formula", "predictors"]

EARTH = 6371.0088  # mean radius in kilometres


@dataclass(frozen=True, eq=False)
class Known:
    """What predictors can be made of.

    nodes      one row per node, in the order of the outcome: attributes in columns
    relations  other relations among the same nodes: networks, or n x n numbers
    came       n x events booleans by kind of event, as `attendance_effect.attended` makes them
    strengths  n x n numbers by relation, as `strengths.strength_matrix` makes them
    """

    nodes: pd.DataFrame
    relations: Mapping[str, Network | np.ndarray]
    came: Mapping[str, np.ndarray]
    strengths: Mapping[str, np.ndarray] = field(default_factory=dict)


def numbers(known: Known, column: str) -> np.ndarray:
    """A column of the nodes as numbers; NaN where not known. Raises ValueError for words."""
    values = _column(known, column)
    found = pd.to_numeric(values, errors="coerce").astype(float)
    if (found.isna() & values.notna()).any():
        raise ValueError(f"{column}: holds words, not numbers; use same({column})")
    return found.to_numpy()


def _column(known: Known, column: str) -> pd.Series:
    if column not in known.nodes:
        raise ValueError(f"{column}: no such attribute; there are {_list(known.nodes)}")
    return known.nodes[column]


def _list(names: object) -> str:
    return ", ".join(map(str, names)) or "none"  # type: ignore[call-overload]


def same(known: Known, column: str) -> np.ndarray:
    """1 where both have the same value, 0 where not; for words and numbers."""
    values = _column(known, column)
    codes = pd.factorize(values)[0]
    return _where_known(np.equal.outer(codes, codes).astype(float), codes >= 0)


def _where_known(matrix: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(np.logical_and.outer(known, known), matrix, np.nan)


def absdiff(known: Known, column: str) -> np.ndarray:
    """How far the two are apart."""
    return np.abs(difference(known, column))


def difference(known: Known, column: str) -> np.ndarray:
    """Sender minus receiver; has a direction."""
    values = numbers(known, column)
    return np.subtract.outer(values, values)


def total(known: Known, column: str) -> np.ndarray:
    """Sum over the two ends: what sender and receiver effects are in a network without direction."""
    values = numbers(known, column)
    return np.add.outer(values, values)


def sender(known: Known, column: str) -> np.ndarray:
    """The sender's own value; has a direction."""
    values = numbers(known, column)
    return np.repeat(values[:, None], len(values), axis=1)


def receiver(known: Known, column: str) -> np.ndarray:
    """The receiver's own value; has a direction."""
    return sender(known, column).T


def both(known: Known, column: str, value: str) -> np.ndarray:
    """1 where both have this value, such as both(type, library)."""
    values = _column(known, column)
    has = (values.astype(str) == value).to_numpy()
    return _where_known(np.logical_and.outer(has, has).astype(float), values.notna().to_numpy())


def distance(known: Known, latitude: str, longitude: str) -> np.ndarray:
    """Great-circle distance in kilometres, from degrees (haversine formula; Sinnott 1984)."""
    lat, lon = (np.radians(numbers(known, column)) for column in (latitude, longitude))
    up, along = (np.sin(np.subtract.outer(x, x) / 2) ** 2 for x in (lat, lon))
    inner = up + np.multiply.outer(np.cos(lat), np.cos(lat)) * along
    return 2 * EARTH * np.arcsin(np.sqrt(np.clip(inner, 0.0, 1.0)))


def relation(known: Known, name: str) -> np.ndarray:
    """Another relation as it was observed; NaN where it was not."""
    if name not in known.relations:
        raise ValueError(f"{name}: no such relation; there are {_list(known.relations)}")
    found = known.relations[name]
    if isinstance(found, Network) and len(found.nodes) == len(known.nodes):
        ours = known.nodes.index.to_numpy(dtype=object)
        if not np.array_equal(found.nodes, ours):
            raise ValueError(
                f"{name}: its nodes are not those of the attributes in their order; align them first"
            )
    return np.array(found.A if isinstance(found, Network) else found, dtype=float)


def returned(known: Known, name: str) -> np.ndarray:
    """What the receiver said of the sender in another relation: relation(name) the other way round."""
    return relation(known, name).T


def strength(known: Known, name: str) -> np.ndarray:
    """How strong the tie of another relation is; 0 where there is none, NaN where it was not observed."""
    if name not in known.strengths:
        raise ValueError(f"{name}: no such strengths; there are {_list(known.strengths)}")
    return np.array(known.strengths[name], dtype=float)


def co_attendance(known: Known, kind: str) -> np.ndarray:
    """To how many events of this kind both came."""
    if kind not in known.came:
        raise ValueError(f"{kind}: no such kind of event; there are {_list(known.came)}")
    there = np.asarray(known.came[kind], dtype=float)
    return there @ there.T


def co_attended(known: Known, kind: str) -> np.ndarray:
    """1 where both came to at least one event of this kind, 0 where not."""
    return (co_attendance(known, kind) > 0).astype(float)


KINDS: Mapping[str, Callable[..., np.ndarray]] = {
    "same": same,
    "both": both,
    "absdiff": absdiff,
    "difference": difference,
    "sum": total,
    "sender": sender,
    "receiver": receiver,
    "distance": distance,
    "relation": relation,
    "returned": returned,
    "strength": strength,
    "co_attendance": co_attendance,
    "co_attended": co_attended,
}


def predictors(
    terms: str | Sequence[Predictor | Product],
    nodes: pd.DataFrame,
    relations: Mapping[str, Network | np.ndarray] | None = None,
    came: Mapping[str, np.ndarray] | None = None,
    strengths: Mapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """The matrices of a formula or list, by name: what `mrqap.mrqap` takes.

    nodes      one row per node in the order of the outcome, attributes in columns
    relations  other relations by name; came attendance by kind of event; strengths by relation: see `Known`

    Raises ValueError for what is not there or cannot be read; predictors that do not vary, or follow from
    others, are refused by the regression, which knows the pairs.

    >>> nodes = pd.DataFrame({"region": ["North", "North", "South"], "staff": [2, 5, 5]})
    >>> made = predictors("same(region) + absdiff(staff)", nodes)
    >>> made["same(region)"].tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    >>> made["absdiff(staff)"][0].tolist()
    [0.0, 3.0, 3.0]
    """
    known = Known(nodes, relations or {}, came or {}, strengths or {})
    found = formula(terms) if isinstance(terms, str) else terms
    return {term.name: _made(term, known) for term in found}


def _made(term: Predictor | Product, known: Known) -> np.ndarray:
    parts = map(checked, term.parts)
    return np.prod([KINDS[part.kind](known, *part.of) for part in parts], axis=0)
