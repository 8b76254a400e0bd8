"""How rankings of nodes stand when more of the respondents had not answered: all draws at once.

Imports `structure`, `graphs` and `robustness`, whose `deletion_robustness` gives the same numbers for any
measure, one matrix at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ksn_research.analyse.network.robustness import NO_VARIATION
from ksn_research.analyse.network.structure import Estimate, Network
from ksn_research.executors import each

DIGITS = 9  # what is equal but for rounding shares a rank on every machine
TOO_FEW = "undefined: too few respondents to silence any"
After = Callable[[Network, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Silencing:
    """A ranking against those that come when some answers are hidden at random.

    removed      respondents silenced in each of `draws` draws, of which `defined` gave a ranking
    compared     nodes with a value in both rankings, the fewest of any draw
    correlation  mean Spearman correlation with the full ranking; low and high hold 95 % of the draws, se is
                 their standard deviation
    top_kept     mean share of the top tenth (at least one) that stays in the top tenth
    """

    removed: int
    draws: int
    defined: int
    compared: int
    correlation: Estimate
    top_kept: Estimate


def silencing(network: Network, after: After, share: float, draws: int, seed: int = 1) -> Silencing:
    """Hide the answers of a share of the respondents (they may still be named), and rank the nodes again.

    after  what the measure is after each draw, e.g. `in_degree_after`
    share  of the respondents, above 0 and below 1; at least one is silenced

    Equal to `robustness.deletion_robustness` with the same seed (Borgatti, Carley & Krackhardt 2006;
    Costenbader & Valente 2003). Nodes that have a value in both rankings are compared.
    """
    respondents = np.nonzero(network.senders)[0]
    removed = max(1, round(share * len(respondents)))
    if removed >= len(respondents):
        nothing = Estimate(None, why=TOO_FEW)
        return Silencing(removed, draws, 0, 0, nothing, nothing)
    rng = np.random.default_rng(seed)
    silent = np.zeros((draws, network.size), dtype=bool)
    for draw in silent:
        draw[rng.choice(respondents, removed, replace=False)] = True
    nobody = np.zeros((1, network.size), dtype=bool)
    full, now = after(network, nobody)[0], after(network, silent)
    correlation, top = _agreement(full, now)
    kept = ~np.isnan(correlation)
    compared = int((~np.isnan(full + now)).sum(axis=1).min())
    return Silencing(removed, draws, int(kept.sum()), compared, *_summary(correlation[kept], top[kept]))


def in_degree_after(network: Network, silent: np.ndarray) -> np.ndarray:
    """draws x n: by how many observed others each node is named; NaN where nobody could have named it.

    silent  draws x n booleans: whose answers are hidden
    """
    named = network.ties.sum(axis=0) - _lost(network, silent, network.ties)
    asked = network.observed.sum(axis=0) - _lost(network, silent, network.observed)
    return np.where(asked > 0.5, np.rint(named), np.nan)


def betweenness_after(network: Network, silent: np.ndarray) -> np.ndarray:
    """draws x n: betweenness (not normalised); NaN for a node about whose own ties nothing is observed."""
    ends = np.argwhere(network.ties if network.directed else np.triu(network.ties))
    if network.directed:
        known = network.observed.any(axis=1) & ~silent
    else:
        known = network.observed.sum(axis=1) - _lost(network, silent, network.observed) > 0.5
    hidden = _hidden_ends(network, silent, ends)
    found = each(lambda gone: _betweenness(network, ends[~gone]), hidden)
    return np.where(known, np.round(list(found), DIGITS), np.nan)


def _hidden_ends(network: Network, silent: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """draws x ties: the tie is no longer observed."""
    i, j = ends.T
    if network.directed:
        return np.asarray(silent[:, i])
    speaks = network.senders & ~silent
    return np.asarray((silent[:, i] | silent[:, j]) & ~speaks[:, i] & ~speaks[:, j])


def _betweenness(network: Network, ends: np.ndarray) -> list[float]:
    import igraph

    graph = igraph.Graph(n=network.size, edges=ends.tolist(), directed=network.directed)
    found: list[float] = graph.betweenness(directed=network.directed)
    return found


def _lost(network: Network, silent: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """draws x n: how many of these pairs at each node are hidden.

    Undirected, a pair is hidden when a silenced end leaves none that answered.
    """
    M, quiet = pairs.astype(np.float32), silent.astype(np.float32)
    gone = quiet @ M
    if network.directed:
        return gone
    mute = (silent | ~network.senders).astype(np.float32) @ M
    return np.where(silent, mute, np.where(network.senders, 0.0, gone))


def _agreement(full: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per draw: Spearman correlation, and the share of the top tenth kept; NaN without a ranking."""
    both = ~(np.isnan(full) | np.isnan(now))
    many = both.sum(axis=1)
    a, b = _ranks(np.broadcast_to(full, now.shape), both), _ranks(now, both)
    x, y = (np.where(both, ranks - (many[:, None] + 1) / 2, 0.0) for ranks in (a, b))
    spread = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    ranked = (many > 2) & (spread > 0)
    none = np.full(len(now), np.nan)
    correlation = np.divide((x * y).sum(axis=1), spread, out=none.copy(), where=ranked)
    was, still = (ranks >= _top_tenth(ranks, many) for ranks in (a, b))
    kept = np.divide((was & still).sum(axis=1), was.sum(axis=1), out=none.copy(), where=ranked)
    return correlation, kept


def _ranks(values: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Mean ranks from below among the nodes that count, -1 for the others."""
    from scipy.stats import rankdata

    if not values.strides[0] and both.all():  # one ranking, repeated for every draw
        return np.broadcast_to(rankdata(values[0]), values.shape)
    return np.where(both, rankdata(np.where(both, values, np.inf), axis=1), -1.0)


def _top_tenth(ranks: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Per draw the rank from which on a node is in the top tenth."""
    tenth = np.clip(np.rint(many / 10).astype(int), 1, ranks.shape[1])
    return np.sort(ranks, axis=1)[np.arange(len(ranks)), -tenth][:, None]


def _summary(correlation: np.ndarray, top: np.ndarray) -> tuple[Estimate, Estimate]:
    if not len(correlation):
        return Estimate(None, why=NO_VARIATION), Estimate(None, why=NO_VARIATION)
    low, high = np.quantile(correlation, [0.025, 0.975])
    mean = Estimate(float(correlation.mean()), float(correlation.std()), float(low), float(high))
    return mean, Estimate(float(top.mean()))
