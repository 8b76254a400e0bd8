"""Who knows what: offers and needs by topic, asks that reach somebody who offers, and how far away one is.

Imports `structure` (clustered ratio). An offer or a need is one person's word on one topic, said once
however often it is repeated; silence is neither.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.analyse.network.structure import Estimate, ratio_by_sender

NO_ASKS = "nobody asked about a topic"


def topic_table(offers: pd.DataFrame, needs: pd.DataFrame) -> pd.DataFrame:
    """Supply and demand by topic: columns offers and needs (distinct people), people (distinct in either),
    ratio (offers / needs, NaN where nobody needs it); in order of topic.

    offers, needs  columns member and topic; a row without either is left out

    >>> one = pd.DataFrame({"member": ["a", "b"], "topic": ["budgets", "budgets"]})
    >>> topic_table(one[:1], one.assign(topic=["budgets", "boards"]))[["offers", "needs"]].values.tolist()
    [[0, 1], [1, 1]]
    """
    said = [_said(table) for table in (offers, needs)]
    sides = [one.groupby("topic")["member"].nunique() for one in (*said, pd.concat(said))]
    made = pd.concat(sides, axis=1, keys=["offers", "needs", "people"]).fillna(0).astype(int).sort_index()
    return made.assign(ratio=made["offers"] / made["needs"].where(made["needs"] > 0))


def uncovered(table: pd.DataFrame) -> np.ndarray:
    """Topics that somebody needs and nobody offers, of a table as `topic_table` makes it."""
    return np.asarray(table.index[(table["needs"] > 0) & (table["offers"] == 0)])


def reached(asks: pd.DataFrame, offers: pd.DataFrame) -> np.ndarray:
    """Per ask (columns ego, alter, topic), whether the one asked offers that topic.

    >>> ask = pd.DataFrame({"ego": ["a", "a"], "alter": ["b", "c"], "topic": "boards"})
    >>> reached(ask, pd.DataFrame({"member": ["b"], "topic": ["boards"]})).tolist()
    [True, False]
    """
    known = pd.MultiIndex.from_frame(_said(offers)[["member", "topic"]])
    return np.asarray(pd.MultiIndex.from_frame(asks[["alter", "topic"]]).isin(known))


def reached_share(asks: pd.DataFrame, hit: np.ndarray) -> Estimate:
    """Asks that reached somebody who offers the topic / asks, with an interval that takes the asks of one
    person as a cluster (linearised ratio, t; Cochran 1977, eq. 6.9)."""
    if not len(asks):
        return Estimate(None, why=NO_ASKS)
    who, names = pd.factorize(asks["ego"])
    whole = np.bincount(who, minlength=len(names)).astype(float)
    part = np.bincount(who, weights=hit.astype(float), minlength=len(names))
    return ratio_by_sender(part, whole, low=0.0)


def steps_to_nearest(
    wanted: pd.DataFrame, offers: pd.DataFrame, ties: pd.DataFrame, skip_topic: bool = True
) -> np.ndarray:
    """Per person and topic (columns member, topic of `wanted`), steps to the nearest other who offers it.

    ties        columns ego, alter, topic (NA where the tie is of no topic): a tie leads both ways
    skip_topic  True leaves ties of the very topic out: an ask must not be its own way to an answer

    Goes out: floats; inf where no chain of ties leads to one, also where nobody offers the topic; NaN for
    somebody who offers it oneself. Breadth-first search from all who offer a topic at once.
    """
    index = pd.Index(sorted({*ties["ego"], *ties["alter"], *wanted["member"], *offers["member"].dropna()}))
    who, found = index.get_indexer(wanted["member"]), np.full(len(wanted), np.inf)
    about = wanted["topic"].to_numpy()
    said = _said(offers)
    for topic in pd.unique(wanted["topic"]):
        here = about == topic
        experts = index.get_indexer(said.loc[said["topic"] == topic, "member"].to_numpy())
        used = ties[ties["topic"].ne(topic).fillna(True)] if skip_topic else ties
        found[here] = _steps(index, used, experts)[who[here]]
    return np.where(found == 0, np.nan, found)


def _steps(index: pd.Index, ties: pd.DataFrame, sources: np.ndarray) -> np.ndarray:
    """Steps from each node to the nearest of the sources, which are at 0; inf where none is within reach."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    if not len(sources):
        return np.full(len(index), np.inf)
    ego, alter = (index.get_indexer(pd.Index(ties[end])) for end in ("ego", "alter"))
    graph = csr_array((np.ones(len(ties)), (ego, alter)), shape=(len(index), len(index)))
    return np.asarray(
        dijkstra(graph, directed=False, indices=np.unique(sources), unweighted=True, min_only=True)
    )


def _said(table: pd.DataFrame) -> pd.DataFrame:
    return table[["member", "topic"]].dropna().drop_duplicates()
