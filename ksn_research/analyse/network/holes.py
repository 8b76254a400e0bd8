"""Structural holes: how far the partners of a node are partners of one another.
(imports `cells`, `structure` and `graphs`)

Burt (1992), chapter 2. Strength between two is Z = A + A', so that a tie both ways counts twice a tie one
way. Two models give two numbers: "whole" takes a partner's strengths towards everybody (igraph and
networkx), "ego" only towards the ego and its other partners (the first option of UCINET). A node without
ties has no constraint, rather than none: NaN, as for every measure here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ksn_research.analyse.network.cells import chains, dots, joined, rows_of
from ksn_research.analyse.network.graphs import collapsed
from ksn_research.analyse.network.structure import LargeNetwork, Network

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Model = Literal["whole", "ego"]
NO_TIES = "undefined: no ties"
NO_ANSWER = "not observed: did not answer"


@dataclass(frozen=True, eq=False)
class Holes:
    """Per node, in the network's order; NaN where `why` says why.

    partners       n counts: all it names or that name it
    constraint     how far its ties lead back to one another; 1 with a single partner, above 1 at times
    effective_size partners less what is redundant among them
    efficiency     effective size / partners
    hierarchy      how far the constraint comes from one partner: 0 evenly, 1 from one; needs two partners
    pairs_observed share of the pairs of partners of which it is known whether they are tied; an unknown
                   pair counts as none, which makes constraint too low and effective size too high
    why            n texts, empty where the measures are defined
    """

    partners: np.ndarray
    constraint: np.ndarray
    effective_size: np.ndarray
    efficiency: np.ndarray
    hierarchy: np.ndarray
    pairs_observed: np.ndarray
    why: np.ndarray


def structural_holes(network: Network, model: Model = "whole") -> Holes:
    """Burt's measures of every node that answered; of the others only one side of their ties is known.

    Of a `LargeNetwork` the "whole" model only.

    >>> star = np.array([[np.nan, 1, 1], [0, np.nan, 0], [0, 0, np.nan]])
    >>> found = structural_holes(Network(np.array(["a", "b", "c"]), True, star, np.ones(3, dtype=bool)))
    >>> found.constraint.tolist(), found.effective_size.tolist()
    ([0.5, 1.0, 1.0], [2.0, 1.0, 1.0])
    """
    answered = network.observed.any(axis=1)
    if isinstance(network, LargeNetwork):
        partners, tightness, size, uneven = _sparse_whole(joined(network.ties))
    else:
        Z = mutual_strength(network.ties.astype(float))
        partners, tightness = (Z > 0).sum(axis=1), constraint(Z, model)
        size, uneven = effective_size(Z, model), hierarchy(Z, model)
    share = np.divide(size, partners, out=np.full(network.size, np.nan), where=partners > 0)
    measures = (tightness, size, share, uneven, _pairs_observed(network))
    c, size, share, uneven, observed = (np.where(answered, values, np.nan) for values in measures)
    why = np.where(answered, np.where(partners > 0, "", NO_TIES), NO_ANSWER)
    return Holes(partners, c, size, share, uneven, observed, why)


def mutual_strength(A: np.ndarray) -> np.ndarray:
    """Z = A + A' without the diagonal; NaN (not observed) counts as no tie."""
    strength = np.nan_to_num(A, nan=0.0)
    Z = strength + strength.T
    np.fill_diagonal(Z, 0.0)
    return Z


def dyadic_constraint(Z: np.ndarray, model: Model = "whole") -> np.ndarray:
    """c_ij = (p_ij + sum_q p_iq p_qj)^2 for partners j of i, over the other partners q; 0 elsewhere.

    Z  n x n strengths, symmetric, zero where there is no tie (Burt 1992, eq. 2.4; Burt 2004, p. 362)
    """
    P = _proportions(Z)
    indirect = P @ P if model == "whole" else _ratio(P, _inside(Z).T) @ Z
    return np.where(Z > 0, P + indirect, 0.0) ** 2


def constraint(Z: np.ndarray, model: Model = "whole") -> np.ndarray:
    """Burt's constraint, the sum of the dyadic constraints of a node; NaN without ties.

    The whole-network model equals igraph's and networkx's `constraint`.
    """
    return _of_tied(Z, dyadic_constraint(Z, model).sum(axis=1))


def effective_size(Z: np.ndarray, model: Model = "whole") -> np.ndarray:
    """sum_j (1 - sum_q p_iq m_jq), m_jq = Z_jq / max_k Z_jk (Burt 1992, p. 52); NaN without ties.

    For ties without strength or direction it is k - 2t / k, with t ties among k partners (Borgatti 1997).
    """
    tied = Z > 0
    strongest = Z.max(axis=1, initial=0.0)[None, :] if model == "whole" else _strongest_inside(Z)
    redundancy = np.divide(_proportions(Z) @ Z.T, strongest, out=np.zeros(Z.shape), where=tied)
    return _of_tied(Z, tied.sum(axis=1) - redundancy.sum(axis=1))


def efficiency(Z: np.ndarray, model: Model = "whole") -> np.ndarray:
    """Effective size as a share of the number of partners (Burt 1992, p. 53); NaN without ties."""
    return effective_size(Z, model) / np.where((Z > 0).any(axis=1), (Z > 0).sum(axis=1), np.nan)


def hierarchy(Z: np.ndarray, model: Model = "whole") -> np.ndarray:
    """sum_j (c_ij / mean c) ln(c_ij / mean c) / (N ln N), the Coleman-Theil disorder of the constraint.

    Burt (1992), eq. 2.9; NaN with fewer than two partners, where concentration says nothing.
    """
    c = dyadic_constraint(Z, model)
    many = (Z > 0).sum(axis=1)
    enough = many > 1
    mean = np.divide(c.sum(axis=1), many, out=np.ones(len(Z)), where=enough)
    r = c / np.where(mean > 0, mean, 1.0)[:, None]
    disorder = (r * np.log(np.where(r > 0, r, 1.0))).sum(axis=1)
    most = np.where(enough, many * np.log(np.maximum(many, 2)), np.nan)
    return disorder / most


def _sparse_whole(ties: csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Partners, constraint, effective size and hierarchy of the "whole" model, from 0/1 ties: the formulas
    above, whose products of matrices are only looked at where there is a tie."""
    from scipy.sparse import csr_array

    Z = csr_array(ties + ties.T)
    n, many, rows = Z.shape[0], np.diff(Z.indptr), rows_of(Z)
    tied, enough = many > 0, many > 1
    total, strongest = Z.sum(axis=1), Z.max(axis=1).toarray().ravel()
    P, M = (
        csr_array((Z.data / most[rows], Z.indices, Z.indptr), shape=Z.shape) for most in (total, strongest)
    )
    each = (P.data + dots(P, P, Z)) ** 2
    c, redundant = np.bincount(rows, each, n), np.bincount(rows, dots(P, csr_array(M.T), Z), n)
    ratio = each / np.divide(c, many, out=np.ones(n), where=c > 0)[rows]
    disorder = np.bincount(rows, ratio * np.log(np.where(ratio > 0, ratio, 1.0)), n)
    most = np.where(enough, many * np.log(np.maximum(many, 2)), np.nan)
    size = np.where(tied, many - redundant, np.nan)
    return many, np.where(tied, c, np.nan), size, disorder / most


def _proportions(Z: np.ndarray) -> np.ndarray:
    """p_ij: the share of i's strength that goes to j."""
    return _ratio(Z, np.broadcast_to(Z.sum(axis=1)[:, None], Z.shape))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(part.shape), where=(part > 0) & (whole > 0))


def _inside(Z: np.ndarray) -> np.ndarray:
    """[q, i]: the strength of q towards i and i's partners together."""
    return Z @ (Z > 0) + Z


def _strongest_inside(Z: np.ndarray) -> np.ndarray:
    """[i, j]: the largest strength of j towards i or a partner of i, one pass per distinct strength."""
    tied = (Z > 0).astype(float)
    strongest = np.zeros(Z.shape)
    for value in np.unique(Z[Z > 0]):
        at = (value == Z).astype(float)
        strongest[((at @ tied + at) > 0).T] = value
    return strongest


def _pairs_observed(network: Network) -> np.ndarray:
    """Per node, the share of the pairs of its partners whose state is known; NaN with one partner or none."""
    joined = collapsed(network)
    S, K = joined.ties.astype(float), joined.observed.astype(float)
    many = S.sum(axis=1)
    pairs = many * (many - 1)
    return np.divide(chains(S, K, S), pairs, out=np.full(len(S), np.nan), where=pairs > 0)


def _of_tied(Z: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where((Z > 0).any(axis=1), values, np.nan)
