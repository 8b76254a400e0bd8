"""Do those who meet at a gathering make new ties more often than those who do not?

Imports `structure`, `mixing` (labels), `change` (alignment) and `meeting_pairs` (the comparison).
Descriptive, not causal: people choose what they attend. Two checks of that stand beside: nodes compared only
with those that came as often (`attendance_strata`), and gatherings that came too late to have made the ties
(`placebo`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.analyse.network.change import comparable
from ksn_research.analyse.network.meeting_pairs import (
    Pairs,
    compared,
    permuted,
    permuted_within_strata,
    share,
)
from ksn_research.analyse.network.mixing import BATCH, DRAWS, group_codes
from ksn_research.analyse.network.structure import Estimate, Network

NO_NEW = "no new ties"


@dataclass(frozen=True)
class CoAttendance:
    """New ties among pairs that had none, by whether the two came to one event.

    among, others  share of the pairs that met, and of those that did not, that formed a tie (crude)
    ratio          the first divided by the second; within strata by Mantel and Haenszel
    difference     the first minus the second; within strata by Mantel and Haenszel
    p              two-sided, by permutation, on the difference; `why_no_p` says why there is none
    pairs_*        denominators; formed_* numerators
    strata         groups of nodes within which rows were permuted; 1 is all together
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
    difference: Estimate
    strata: int = 1
    why_no_p: str = ""


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


def meetings(was_there: np.ndarray) -> np.ndarray:
    """n x n booleans: both came to at least one event (False on the diagonal).

    >>> meetings(np.array([[True, False], [True, True], [False, True]])).astype(int).tolist()
    [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    """
    there = was_there.astype(np.float32)
    met = (there @ there.T) > 0
    np.fill_diagonal(met, False)
    return met


def attendance_strata(was_there: np.ndarray, at_least: int = 1) -> np.ndarray:
    """One stratum per node: nodes that came to equally many events.

    at_least  neighbouring numbers of events (none apart) are joined, from the top, until a stratum has so
              many nodes; 1 keeps every number apart

    If who comes to what follows Rasch's model (a node's readiness plus an event's appeal), the number of
    events a node came to holds all that attendance says of its readiness (Rasch 1960; Andersen 1970), so
    that within a stratum rows may change places though the readier also make more ties. Joined strata give
    that up in part, for more to permute.

    >>> came = np.array([[1, 1, 1], [1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    >>> attendance_strata(came).tolist(), attendance_strata(came, at_least=2).tolist()
    ([3, 2, 0, 1, 1], [2, 2, 0, 1, 1])
    """
    counts = was_there.sum(axis=1)
    floors, size = {0: 0}, 0
    highest = sorted(set(counts[counts > 0].tolist()), reverse=True)
    waiting: list[int] = []
    for count in highest:
        waiting, size = [*waiting, count], size + int((counts == count).sum())
        if size >= at_least or count == highest[-1]:
            floors |= dict.fromkeys(waiting, count)
            waiting, size = [], 0
    return np.array([floors[int(count)] for count in counts], dtype=int)


def co_attendance(
    before: Network,
    after: Network,
    was_there: np.ndarray,
    seed: int = 1,
    draws: int = DRAWS,
    batch: int = BATCH,
    strata: np.ndarray | None = None,
) -> CoAttendance:
    """New ties among co-attenders against new ties among the others.

    before, after  two waves of one relation
    was_there      booleans, one row per node of `aligned(before, after)`, one column per event
    strata         None, or one label per node (`attendance_strata`, a region): only nodes of one label
                   are compared and change places; a node without a label is a stratum of its own

    Eligible is a pair without a tie before that was observed in both waves (directed: whose sender
    answered twice). p: rows of `was_there` are permuted among the nodes, which keeps the size of every event
    and the pattern of who meets whom. With strata, difference and ratio are those of Mantel & Haenszel (1959;
    risks: Greenland & Robins 1985) over the cells stratum of the sender x stratum of the receiver, and p is
    on their sum of new ties among those that met minus the number expected, whose mean over all
    permutations within strata is nought. Intervals are linearised with senders as clusters (directed
    only), that of the ratio on the logarithm.

    >>> A = np.array([[[np.nan, 0, 0], [0, np.nan, 0], [0, 0, np.nan]],
    ...               [[np.nan, 1, 0], [0, np.nan, 0], [1, 0, np.nan]]])
    >>> one, two = (Network(np.array(["a", "b", "c"]), True, wave, np.ones(3, dtype=bool)) for wave in A)
    >>> found = co_attendance(one, two, np.array([[True], [True], [False]]))
    >>> found.among.value, found.others.value, found.ratio.value
    (0.5, 0.25, 2.0)
    """
    one, two = comparable(before, after)
    eligible = one.observed & two.observed & ~one.ties
    codes = _strata_codes(strata, one.size)
    pairs = Pairs(
        eligible, eligible & two.ties, meetings(was_there), codes, one.directed, "pair without a tie"
    )
    return _effect(pairs, strata is not None, seed, draws, batch)


def placebo(
    past: Network,
    later: np.ndarray,
    *,
    before: Network | None = None,
    during: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    seed: int = 1,
    draws: int = DRAWS,
    batch: int = BATCH,
) -> CoAttendance:
    """Ties of a wave by gatherings that were only held after it, which cannot have made them.

    past    the wave; `later` booleans, one row per node of it, one column per event held after it
    before  the wave before: then only pairs without a tie in it count, so that what is compared is the new
            ties, as in `co_attendance`, and rows are those of `aligned(before, past)`
    during  attendance before `past`, as `later`: pairs that met there are left out, because their
            meeting may have made the tie
    strata  as in `co_attendance`

    A ratio apart from 1 says that those who are close, or make ties easily, come to the same events anyway;
    by so much an effect of gatherings may be choice. A ratio near 1 does not prove that there is none.

    >>> A = np.array([[np.nan, 1, 0], [1, np.nan, 0], [0, 0, np.nan]])
    >>> friends = Network(np.array(["a", "b", "c"]), True, A, np.ones(3, dtype=bool))
    >>> found = placebo(friends, np.array([[True], [True], [False]]))
    >>> found.among.value, found.others.value, found.ratio.why
    (1.0, 0.0, 'no ties among pairs that did not meet')
    """
    one, two = comparable(before, past) if before else (None, past)
    eligible, noun = two.observed, "observed pair"
    if one:
        eligible, noun = eligible & one.observed & ~one.ties, "pair without a tie"
    if during is not None:
        eligible, noun = eligible & ~meetings(during), f"{noun} that had not met before"
    codes = _strata_codes(strata, two.size)
    pairs = Pairs(eligible, eligible & two.ties, meetings(later), codes, two.directed, noun)
    return _effect(pairs, strata is not None, seed, draws, batch)


def _strata_codes(strata: np.ndarray | None, n: int) -> np.ndarray:
    if strata is None:
        return np.zeros(n, dtype=np.int16)
    codes, known = group_codes(strata)
    return np.where(known, codes, codes.max(initial=0) + 1 + np.cumsum(~known))


def _effect(pairs: Pairs, stratified: bool, seed: int, draws: int, batch: int) -> CoAttendance:
    each = 1 if pairs.directed else 2
    eligible, formed, met = pairs.eligible, pairs.formed, pairs.met
    pairs_among, pairs_others, formed_among, formed_others = (
        int(x.sum()) // each for x in (eligible & met, eligible & ~met, formed & met, formed & ~met)
    )
    among = share(formed_among, pairs_among, f"no {pairs.noun} met at an event")
    others = share(formed_others, pairs_others, f"every {pairs.noun} met at an event")
    ratio, difference = compared(pairs, among, others, stratified)
    p, exact, why = None, False, difference.why or ("" if formed.any() else NO_NEW)
    if not why and stratified:
        p, exact, why = permuted_within_strata(pairs, seed, draws, batch)
    elif not why:
        p, exact = permuted(pairs, seed, draws, batch)
    return CoAttendance(
        among=among,
        others=others,
        ratio=ratio,
        p=p,
        exact=exact,
        pairs_among=pairs_among,
        pairs_others=pairs_others,
        formed_among=formed_among,
        formed_others=formed_others,
        difference=difference,
        strata=len(np.unique(pairs.codes)),
        why_no_p=why,
    )
