"""Rows of communities: how many, how marked, how certain, and how like region or type.

Imports `setting`, `structure`, `communities`, `assortativity` and `mixing_rows` (who is of a known group).
Which node is of which community is internal and has no rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ksn_research.analyse.network import communities as groups
from ksn_research.analyse.network.assortativity import modularity
from ksn_research.analyse.network.mixing_rows import has_label, of_groups, of_known
from ksn_research.analyse.network.setting import Setting, undefined
from ksn_research.analyse.network.structure import Network
from ksn_research.results import Row

NETWORKS = 49  # random networks: p is at best 1 / 50
NULL_RUNS = 2
NEWEST = "newest wave only"
# 98 searches of switched networks: about 20 s at this size
NULL_TIES = 20_000
NO_NULL = (
    f"random networks are not made for more than {NULL_TIES:,} ties: analyse one region, or draw a sample of "
    "nodes"
)
Q = "share of ties inside the groups minus what the degrees alone put there (Newman & Girvan 2004)"
STATISTICS = ("communities", "modularity", "stability", "best_share", "expected_modularity", "modularity_z")


def community_rows(s: Setting) -> Iterator[Row]:
    """Communities of the nodes with a tie, and how far each attribute divides the same nodes alike.

    Meant for the newest wave: every row says so.
    """
    tied = np.asarray(s.network.symmetrised.any(axis=1))
    inner = s.network.restricted(tied)
    nodes = {"n": inner.size, "unit": s.units, "population": s.network.size}
    if not inner.size:
        nothing = undefined(groups.NO_TIES)
        for statistic in STATISTICS:
            yield s.row("communities", statistic, nothing, method=f"{_best(inner)}; {NEWEST}", **nodes)
        return
    found = groups.communities(inner, runs=groups.runs_for(inner), seed=s.seed)
    ties = {"n": int(inner.symmetrised.sum()) // 2, "unit": "dyads"}
    yield from _search_rows(s, found, _best(inner), nodes, ties)
    yield from _null_rows(s, inner, ties)
    for attribute in s.attributes:
        yield from _attribute_rows(s, attribute, tied, found)


def _best(inner: Network) -> str:
    runs = groups.runs_for(inner)
    return f"best of {runs} seeded Leiden runs (Traag, Waltman & van Eck 2019) on symmetrised observed ties"


def _search_rows(
    s: Setting, found: groups.Communities, best: str, nodes: dict[str, Any], ties: dict[str, Any]
) -> Iterator[Row]:
    count = int((found.sizes > 1).sum())
    as_good = f"{found.best_known} different partitions are equally good" if found.best_known > 1 else ""
    method = f"groups of two or more nodes, {best}; n counts nodes with a tie; {NEWEST}"
    yield s.row("communities", "communities", count, method=method, note=as_good, **nodes)
    method = f"{Q}; {best}; {NEWEST}"
    yield s.row("communities", "modularity", found.modularity, method=method, **ties)
    runs = f"{len(found.runs)} Leiden runs"
    method = f"mean adjusted Rand index over all pairs of {runs}, nodes with a tie; {NEWEST}"
    yield s.row("communities", "stability", found.stability, method=method, **nodes)
    method = f"runs that reached the highest modularity / {runs}; {NEWEST}"
    yield s.row("communities", "best_share", found.best_runs, method=method, **nodes)


def _null_rows(s: Setting, inner: Network, ties: dict[str, Any]) -> Iterator[Row]:
    if s.network.tie_count > NULL_TIES:
        for statistic in ("expected_modularity", "modularity_z"):
            yield s.row("communities", statistic, undefined(NO_NULL), method=f"{Q}; {NEWEST}", **ties)
        return
    null = groups.null_modularity(inner, networks=NETWORKS, runs=NULL_RUNS, seed=s.seed)
    random = (
        f"{NETWORKS} random networks of the same degrees (ties switched, Maslov & Sneppen 2002), "
        f"each the best of {NULL_RUNS} Leiden runs; {NEWEST}"
    )
    expected = null.seen if null.mean is None else null.mean
    yield s.row("communities", "expected_modularity", expected, method=f"mean over {random}", **ties)
    method = (
        "(modularity of the network under the same search - mean) / sd, p one-sided: "
        f"(1 + networks at least as modular) / {NETWORKS + 1}; {random}"
    )
    p = None if null.z.value is None else null.p
    yield s.row("communities", "modularity_z", null.z, p=p, method=method, **ties)


def _attribute_rows(s: Setting, attribute: str, tied: np.ndarray, best: groups.Communities) -> Iterator[Row]:
    """Adjusted Rand index and mutual information of communities and groups; modularity of the groups."""
    labels = s.labels(attribute)
    known = has_label(labels) & tied
    shared = of_known(s, attribute, labels, tied)
    like = groups.agreement(best.membership, labels[tied])
    nodes = {**shared, "n": like.n, "unit": s.units, "population": s.network.size}
    both = f"communities ({_best(s.network)}) and {attribute}"
    over = f"{both}, nodes with a tie and a known {attribute}; {NEWEST}"
    for name, found, what in (
        ("adjusted_rand", like.adjusted_rand, "adjusted Rand index (Hubert & Arabie 1985), 0 as by chance"),
        ("mutual_information", like.mutual_information, "2 I / (H1 + H2) (Danon et al. 2005), not adjusted"),
    ):
        found = of_groups(labels[tied], found)
        yield s.row("communities", name, found, method=f"{what}: {over}", **nodes)
    inner = s.network.restricted(known)
    ties = {**shared, "n": int(inner.symmetrised.sum()) // 2, "unit": "dyads"}
    method = f"{Q}; groups of {attribute} on symmetrised observed ties; {NEWEST}"
    found = of_groups(labels[known], modularity(inner, labels[known], directed=False))
    yield s.row("communities", "modularity", found, method=method, **ties)
