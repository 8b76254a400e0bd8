"""The records of one relation as a network. (imports `cells` and `structure`)"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.analyse.network.cells import Cells
from ksn_research.analyse.network.structure import MATRIX_NODES, LargeNetwork, Network


def adjacency(
    ties: pd.DataFrame,
    senders: pd.DataFrame,
    nodes: np.ndarray | list[str],
    relation: str,
    directed: bool | None = None,
    unseen: pd.DataFrame | None = None,
    most: int = MATRIX_NODES,
) -> Network:
    """The matrix of one relation, from the ties and senders of one wave of one source.

    ties      columns relation, directed, ego, alter; repeated nominations are one tie
    senders   columns relation, node, observed. Without any row of this relation nobody knows who was
              asked: then those that named somebody count as observed (undirected: those in any tie)
    nodes     the roster; ties with an end outside it, and ties of a node with itself, are left out
    directed  None takes it from `ties` (True where there are none)
    unseen    columns relation, ego, alter: pairs that are not observed although ego answered. Undirected: a
              pair that the other end reported is
    most      nodes for which a matrix is made; more are a `LargeNetwork`, in time and memory linear in
              nodes, ties and unseen pairs

    >>> ties = pd.DataFrame({"relation": "advice", "directed": True, "ego": ["a"], "alter": ["b"]})
    >>> asked = pd.DataFrame({"relation": "advice", "node": ["a", "b", "c"], "observed": [True, True, False]})
    >>> adjacency(ties, asked, ["a", "b", "c"], "advice").A
    array([[nan,  1.,  0.],
           [ 0., nan,  0.],
           [nan, nan, nan]])
    """
    names = np.asarray(sorted(nodes), dtype=object)
    ours = ties[ties["relation"] == relation]
    is_directed = bool(ours["directed"].all()) if directed is None else directed
    ego, alter = _ends(ours, names)
    answered = _answered(senders[senders["relation"] == relation], names, ego, alter, is_directed)
    no_pairs = np.array([], dtype=int)
    open_ = (no_pairs, no_pairs)
    if unseen is not None and len(unseen):
        open_ = _ends(unseen[unseen["relation"] == relation], names)
    if len(names) > most:
        return _large(names, is_directed, (ego, alter), open_, answered)
    tied = np.zeros((len(names), len(names)), dtype=bool)
    tied[ego, alter] = True
    known = np.repeat(answered[:, None], len(names), axis=1)
    known[open_] = False
    if not is_directed:
        tied, known = tied | tied.T, known | known.T
    A = np.where(known, tied.astype(float), np.nan)
    np.fill_diagonal(A, np.nan)
    return Network(names, is_directed, A, answered)


Ends = tuple[np.ndarray, np.ndarray]


def _large(names: np.ndarray, directed: bool, ties: Ends, unseen: Ends, answered: np.ndarray) -> Network:
    n = len(names)
    tied = Cells.at(n, *ties)
    known = Cells.outer(answered, np.ones(n)) & ~Cells.at(n, *unseen)
    if not directed:
        tied, known = tied | tied.T, known | known.T
    known &= ~Cells.diagonal(n)
    return LargeNetwork(names, directed, tied & known, known, answered)


def _ends(ties: pd.DataFrame, names: np.ndarray) -> Ends:
    index = pd.Index(names)
    ego, alter = index.get_indexer(ties["ego"]), index.get_indexer(ties["alter"])
    inside = (ego >= 0) & (alter >= 0) & (ego != alter)
    return ego[inside], alter[inside]


def _answered(
    senders: pd.DataFrame, names: np.ndarray, ego: np.ndarray, alter: np.ndarray, directed: bool
) -> np.ndarray:
    """Who was observed; a node that named somebody was, whatever the list of senders says."""
    answered = pd.Index(names).isin(senders.loc[senders["observed"].astype(bool), "node"])
    answered[ego] = True
    if senders.empty and not directed:
        answered[alter] = True
    return answered
