"""How strong the ties of a relation are, beside its network. (imports `setting` and `structure`)"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.analyse.network.setting import Setting
from ksn_research.analyse.network.structure import Network
from ksn_research.prepared import Prepared


def ties_of(prepared: Prepared, s: Setting) -> pd.DataFrame:
    """The rows of `prepared.ties` that a setting is made of."""
    ties = prepared.ties
    year = ties["year"].isna() if s.year is None else (ties["year"] == s.year).fillna(False).astype(bool)
    ours = (ties["source"] == s.source) & (ties["relation"] == s.relation)
    return ties[ours & year & (ties["wave"].fillna("") == s.wave)]


def strength_matrix(ties: pd.DataFrame, network: Network) -> np.ndarray:
    """n x n strengths: 0 for no tie, NaN where the pair was not observed or the tie has no strength.

    ties     columns ego, alter, strength, of the relation that `network` holds; of several rows of a pair
             the strongest counts, undirected whichever end gave it
    network  the three-state relation; what it does not hold as a tie has no strength

    >>> A = np.array([[np.nan, 1, 0], [0, np.nan, 1], [np.nan, np.nan, np.nan]])
    >>> net = Network(np.array(["a", "b", "c"]), True, A, np.array([True, True, False]))
    >>> ties = pd.DataFrame({"ego": list("aab"), "alter": list("bbc"), "strength": [2.0, 5.0, np.nan]})
    >>> strength_matrix(ties, net).tolist()
    [[nan, 5.0, 0.0], [0.0, nan, nan], [nan, nan, nan]]
    """
    index = pd.Index(network.nodes)
    ego, alter = index.get_indexer(ties["ego"]), index.get_indexer(ties["alter"])
    inside = (ego >= 0) & (alter >= 0)
    found = np.full(network.A.shape, np.nan)
    np.fmax.at(found, (ego[inside], alter[inside]), ties["strength"].to_numpy(dtype=float)[inside])
    if not network.directed:
        found = np.fmax(found, found.T)
    return np.where(network.ties, found, network.A)
