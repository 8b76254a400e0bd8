"""Do those who meet at a gathering make new ties more often than those who do not?

Imports `structure`, `mixing` (permutations) and `change` (alignment). Descriptive, not causal: people
choose what they attend.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.analyse.network.change import aligned
from ksn_research.analyse.network.mixing import BATCH, CLOSE, DRAWS, permutation_p, relabellings
from ksn_research.analyse.network.structure import Estimate, Network


@dataclass(frozen=True)
class CoAttendance:
    """New ties among pairs that had none, by whether the two came to one event.

    among, others  share of the pairs that met, and of those that did not, that formed a tie
    ratio          the first divided by the second
    p              two-sided, by permutation, on the difference of the two shares
    pairs_*        denominators; formed_* numerators
    """

    among: Estimate
    others: Estimate
    ratio: Estimate
    p: float | None
    exact: bool
    pairs_among: int
    pairs_others: int
    formed_among: int
    formed_others: int


def attended(
    attendance: pd.DataFrame, unit: str, nodes: np.ndarray, kinds: Iterable[str] | None = None
) -> np.ndarray:
    """n x events booleans: the node, or one of its people, was there.

    attendance  columns event, kind and the column named by `unit` ("organisation" or "member")
    kinds       the kinds of event that count; None is all. Rows of nobody on the roster are left out
    """
    rows = attendance if kinds is None else attendance[attendance["kind"].isin(list(kinds))]
    who = pd.Index(nodes).get_indexer(rows[unit])
    which, events = pd.factorize(rows["event"])
    inside = (who >= 0) & (which >= 0)
    was_there = np.zeros((len(nodes), len(events)), dtype=bool)
    was_there[who[inside], which[inside]] = True
    return was_there


def co_attendance(
    before: Network,
    after: Network,
    was_there: np.ndarray,
    seed: int = 1,
    draws: int = DRAWS,
    batch: int = BATCH,
) -> CoAttendance:
    """New ties among co-attenders against new ties among the others.

    before, after  two waves of one relation
    was_there      booleans, one row per node of `aligned(before, after)`, one column per event

    Eligible is a pair without a tie before whose sender answered in both waves. p: rows of `was_there`
    are permuted among the nodes, which keeps the size of every event and the pattern of who meets whom.
    The interval of the ratio is linearised on the logarithm with senders as clusters (directed only).
    """
    one, two = aligned(before, after)
    there = was_there.astype(np.float32)
    met = (there @ there.T) > 0
    np.fill_diagonal(met, False)
    eligible = one.observed & two.observed & ~one.ties
    formed = eligible & two.ties
    pairs_among, pairs_others, formed_among, formed_others = (
        int(x.sum()) // one.pairs_per_cell
        for x in (eligible & met, eligible & ~met, formed & met, formed & ~met)
    )
    among = _share(formed_among, pairs_among, "no pair without a tie met at an event")
    others = _share(formed_others, pairs_others, "every pair without a tie met at an event")
    p, exact = None, False
    if among.value is not None and others.value is not None and formed.any():
        p, exact = _permutation(eligible, formed, met, seed, draws, batch)
    return CoAttendance(
        among=among,
        others=others,
        ratio=_ratio(eligible, formed, met, among, others, one.directed),
        p=p,
        exact=exact,
        pairs_among=pairs_among,
        pairs_others=pairs_others,
        formed_among=formed_among,
        formed_others=formed_others,
    )


def _share(formed: int, pairs: int, why: str) -> Estimate:
    return Estimate(formed / pairs) if pairs else Estimate(None, why=why)


def _ratio(
    eligible: np.ndarray,
    formed: np.ndarray,
    met: np.ndarray,
    among: Estimate,
    others: Estimate,
    directed: bool,
) -> Estimate:
    if among.value is None or others.value is None:
        return Estimate(None, why=among.why or others.why)
    if not others.value:
        return Estimate(None, why="no new ties among pairs that did not meet")
    ratio = among.value / others.value
    if not directed or not among.value:
        return Estimate(ratio)
    spread = _log_score(eligible & met, formed & met) - _log_score(eligible & ~met, formed & ~met)
    return _log_interval(ratio, spread[eligible.any(axis=1)])


def _log_score(pairs: np.ndarray, formed: np.ndarray) -> np.ndarray:
    """Per sender, its influence on the logarithm of the share of pairs that formed a tie."""
    share = formed.sum() / pairs.sum()
    return (formed.sum(axis=1) - share * pairs.sum(axis=1)) / formed.sum()


def _log_interval(ratio: float, score: np.ndarray) -> Estimate:
    from scipy.stats import t

    m = len(score)
    if m < 2:
        return Estimate(ratio)
    se = float((m / (m - 1) * (score**2).sum()) ** 0.5)
    reach = float(np.exp(t.ppf(0.975, m - 1) * se))
    return Estimate(ratio, ratio * se, ratio / reach, ratio * reach)


def _permutation(
    eligible: np.ndarray, formed: np.ndarray, met: np.ndarray, seed: int, draws: int, batch: int
) -> tuple[float, bool]:
    """Two-sided p on the difference of the two shares."""
    nodes = np.arange(len(met), dtype=np.int16)
    pairs, ties = int(eligible.sum()), int(formed.sum())
    seen = _difference(int((formed & met).sum()), int((eligible & met).sum()), ties, pairs)
    far = abs(seen) - CLOSE
    counted = _counts(eligible, formed, met, relabellings(nodes, seed, draws, batch))
    extreme = (~(np.abs(_difference(a, b, ties, pairs)) < far) for a, b in counted)
    return permutation_p(extreme, nodes)


def _counts(
    eligible: np.ndarray, formed: np.ndarray, met: np.ndarray, placed: Iterable[np.ndarray]
) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Per permutation, new ties and eligible pairs among those that met.

    Whole rows are counted by the number of others a node met, then the few pairs of these rows that are
    not eligible are taken off: sparse work instead of n * n look-ups per permutation.
    """
    n = len(met)
    rows = np.nonzero(eligible.any(axis=1))[0]
    not_eligible = ~eligible & ~np.eye(n, dtype=bool)
    off = np.isin(np.arange(n), rows)[:, None] & not_eligible
    (fu, fv), (xu, xv) = np.nonzero(formed), np.nonzero(off)
    flat, degree = met.ravel(), met.sum(axis=1)
    for batch in placed:
        seat = np.ascontiguousarray(batch.T).astype(np.int32)
        taken_off = flat.take(seat[xu] * n + seat[xv]).sum(axis=0)
        yield flat.take(seat[fu] * n + seat[fv]).sum(axis=0), degree[seat[rows]].sum(axis=0) - taken_off


def _difference(formed: np.ndarray | int, met: np.ndarray | int, ties: int, pairs: int) -> np.ndarray:
    """Difference of the two shares; NaN (counted as extreme) where one side has no pairs."""
    a, b = np.asarray(formed, dtype=float), np.asarray(met, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return a / b - (ties - a) / (pairs - b)
