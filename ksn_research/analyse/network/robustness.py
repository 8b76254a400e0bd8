"""How much a number hangs on single nodes, and on those who did not answer. (imports `structure`, `graphs`)

The functions take any statistic of a network, or any measure of its nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ksn_research.analyse.network.graphs import completed
from ksn_research.analyse.network.structure import Estimate, Network, with_interval
from ksn_research.executors import each

Statistic = Callable[[Network], Estimate | float | None]
Measure = Callable[[Network], np.ndarray]
DRAWS = 1_000
NO_VARIATION = "undefined: no variation among the nodes"


def bounds(network: Network, statistic: Statistic) -> tuple[float, float] | None:
    """The statistic if no unobserved pair had a tie and if every one had, the smaller first.

    They hold what is true only where more ties can only raise the statistic, or only lower it (density,
    degrees, k-core, connectedness, components, closeness, efficiency of distances); not for betweenness,
    centralisation, transitivity or constraint. None where one of the two is undefined.
    """
    ends = [_value(statistic(completed(network, tie))) for tie in (False, True)]
    low, high = ends
    return None if low is None or high is None else (min(low, high), max(low, high))


def node_jackknife(
    network: Network, statistic: Statistic, low: float = -np.inf, high: float = np.inf
) -> Estimate:
    """Any statistic with the interval that leaving out one node at a time gives.

    statistic  of a network, of any size alike: a share or a mean, not a sum
    low, high  its range, to which the interval is cut

    Without an interval where leaving out some node leaves the statistic undefined.
    """
    found = statistic(network)
    value = _value(found)
    if value is None:
        return Estimate(None, why=found.why if isinstance(found, Estimate) else "undefined")
    without_each = each(lambda node: statistic(without(network, node)), range(network.size))
    left_out = [_value(one) for one in without_each]
    numbers = [z for z in left_out if z is not None]
    if len(numbers) < len(left_out):
        return Estimate(value)
    return jackknife_interval(value, np.array(numbers), low, high)


def jackknife_interval(
    value: float, left_out: np.ndarray, low: float = -np.inf, high: float = np.inf
) -> Estimate:
    """se^2 = (n - 2) / (2n) * sum_i (z_(-i) - mean)^2 (Snijders & Borgatti 1999), t with n - 1 d.f.

    left_out  the statistic without each node

    Half of the ordinary jackknife, because every pair leaves with either of its ends.

    >>> round(jackknife_interval(0.5, np.array([0.4, 0.5, 0.5, 0.6])).se, 4)
    0.0707
    """
    n = len(left_out)
    if n < 4:
        return Estimate(value)
    squares = float(((left_out - left_out.mean()) ** 2).sum())
    return with_interval(value, ((n - 2) / (2 * n) * squares) ** 0.5, n - 1, low, high)


def without(network: Network, node: int) -> Network:
    """The network without one node."""
    return network.restricted(np.delete(np.arange(network.size), node))


@dataclass(frozen=True, eq=False)
class PositionIntervals:
    """A measure of each node with what leaving out others does to it; NaN where it is undefined.

    value, se, low, high   n numbers
    best, worst            n ranks: the best and worst place (1 is the largest) that a node has when some
                           other node is left out, whose own place counts as before
    """

    value: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    best: np.ndarray
    worst: np.ndarray


def position_jackknife(network: Network, measure: Measure) -> PositionIntervals:
    """Every node's measure with the jackknife over the n - 1 others, and the range of its rank.

    measure  of a network, one number per node that means the same at any size (normalised)

    se^2 = (m - 1) / m * sum_j (z_(-j) - mean)^2 over the m others: the ordinary jackknife, exact for
    degrees; for measures of pairs of others, such as betweenness, it errs towards too wide, because a pair
    leaves with either of its ends. t with m - 1 degrees of freedom, cut at zero.
    """
    value = np.asarray(measure(network), dtype=float)
    left_out = _without_each(network, measure)
    best, worst = _rank_range(value, left_out)
    m = network.size - 1
    if m < 2:
        nothing = np.full(network.size, np.nan)
        return PositionIntervals(value, nothing, nothing, nothing, best, worst)
    se = np.sqrt((m - 1) * _variance_over_others(left_out))
    reach = _t(m - 1) * se
    return PositionIntervals(value, se, np.maximum(value - reach, 0.0), value + reach, best, worst)


def _without_each(network: Network, measure: Measure) -> np.ndarray:
    """[j, i]: the measure of node i when j is left out; NaN where i is j."""
    n = network.size
    found = np.full((n, n), np.nan)
    left_out = each(lambda node: measure(without(network, node)), range(n))
    for node, values in enumerate(left_out):
        found[node, np.arange(n) != node] = values
    return found


def _variance_over_others(left_out: np.ndarray) -> np.ndarray:
    """Per column, the mean square about the mean, the diagonal set aside; NaN where another is missing."""
    m = len(left_out) - 1
    values = left_out.copy()
    np.fill_diagonal(values, 0.0)
    mean = values.sum(axis=0) / m
    gaps = (values - mean) ** 2
    np.fill_diagonal(gaps, 0.0)
    return gaps.sum(axis=0) / m


def _rank_range(value: np.ndarray, left_out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import rankdata

    ranks = rankdata(-left_out, method="min", axis=1, nan_policy="omit")
    ranks = np.where(np.isnan(left_out), np.nan, ranks) + np.greater.outer(value, value)
    none = np.isnan(ranks).all(axis=0)
    best = np.where(np.isnan(ranks), np.inf, ranks).min(axis=0, initial=np.inf)
    worst = np.where(np.isnan(ranks), -np.inf, ranks).max(axis=0, initial=-np.inf)
    return np.where(none, np.nan, best), np.where(none, np.nan, worst)


def _t(df: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.975, df))


@dataclass(frozen=True)
class Robustness:
    """How a ranking stands when some of the respondents are taken away at random.

    removed      how many respondents, in each of `draws` draws; `defined` draws gave a ranking
    correlation  mean Spearman correlation with the full ranking; its low and high hold 95 % of the draws,
                 its se is their standard deviation
    top_kept     mean share of the top tenth (at least one) that remains in the top tenth
    first_kept   share of the draws in which the first remains first
    """

    removed: int
    draws: int
    defined: int
    correlation: Estimate
    top_kept: Estimate
    first_kept: Estimate


def deletion_robustness(
    network: Network,
    measure: Measure,
    share: float,
    draws: int = DRAWS,
    seed: int = 1,
    removal: Literal["nodes", "answers"] = "answers",
) -> Robustness:
    """Take away a share of the respondents at random, many times, and rank the nodes again.

    share    of the respondents, above 0 and below 1; at least one is taken
    removal  "nodes": they leave altogether (Borgatti, Carley & Krackhardt 2006; Costenbader & Valente
             2003); "answers": they stay to be named, but their own answers are not observed, as with a
             respondent who does not answer. In an undirected network a pair stays observed while one end
             answers

    Nodes that have a value in both rankings are compared. The same numbers come for the same seed.
    """
    if not 0 < share < 1:
        raise ValueError("the share to take away is above 0 and below 1")
    respondents = np.nonzero(network.senders)[0]
    removed = max(1, round(share * len(respondents)))
    if removed >= len(respondents):
        nothing = Estimate(None, why="undefined: too few respondents to take any away")
        return Robustness(removed, draws, 0, nothing, nothing, nothing)
    full = np.asarray(measure(network), dtype=float)
    rng = np.random.default_rng(seed)
    gone = (rng.choice(respondents, removed, replace=False) for _ in range(draws))
    found = np.array(list(each(lambda who: _agreement(full, _after(network, measure, who, removal)), gone)))
    kept = found[~np.isnan(found[:, 0])]
    return Robustness(removed, draws, len(kept), *_summary(kept))


def robustness_curve(
    network: Network,
    measure: Measure,
    shares: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3),
    draws: int = DRAWS,
    seed: int = 1,
    removal: Literal["nodes", "answers"] = "answers",
) -> list[Robustness]:
    """`deletion_robustness` for several shares."""
    return [deletion_robustness(network, measure, share, draws, seed, removal) for share in shares]


def _after(network: Network, measure: Measure, who: np.ndarray, removal: str) -> np.ndarray:
    """The measure of all n nodes after `who` is taken away; NaN for those who left."""
    if removal == "answers":
        return np.asarray(measure(silenced(network, who)), dtype=float)
    found = np.full(network.size, np.nan)
    stay = np.delete(np.arange(network.size), who)
    found[stay] = measure(network.restricted(stay))
    return found


def silenced(network: Network, who: np.ndarray) -> Network:
    """The network as it would be known had these nodes (positions) not answered."""
    senders = network.senders.copy()
    senders[who] = False
    quiet = np.zeros(network.size, dtype=bool)
    quiet[who] = True
    hidden = np.repeat(quiet[:, None], network.size, axis=1)
    if not network.directed:
        hidden = (hidden | hidden.T) & ~np.logical_or.outer(senders, senders)
    return replace(network, A=np.where(hidden, np.nan, network.A), senders=senders)


def _agreement(full: np.ndarray, now: np.ndarray) -> tuple[float, float, float]:
    """Spearman correlation, share of the top tenth kept, whether the first is still first."""
    from scipy.stats import rankdata

    both = ~(np.isnan(full) | np.isnan(now))
    a, b = rankdata(full[both]), rankdata(now[both])
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan, np.nan, np.nan
    many = max(1, round(both.sum() / 10))
    top_a, top_b = (np.sort(r)[-many] for r in (a, b))
    was = a >= top_a
    first = b[a == a.max()].max() == b.max()
    return float(np.corrcoef(a, b)[0, 1]), float((b[was] >= top_b).mean()), float(first)


def _summary(kept: np.ndarray) -> tuple[Estimate, Estimate, Estimate]:
    if not len(kept):
        nothing = Estimate(None, why=NO_VARIATION)
        return nothing, nothing, nothing
    low, high = np.quantile(kept[:, 0], [0.025, 0.975])
    mean, top, first = kept.mean(axis=0)
    spread = float(kept[:, 0].std())
    return (
        Estimate(float(mean), spread, float(low), float(high)),
        Estimate(float(top)),
        Estimate(float(first)),
    )


def _value(found: Estimate | float | None) -> float | None:
    return found.value if isinstance(found, Estimate) else found
