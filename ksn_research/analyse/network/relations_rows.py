"""Rows of how far two relations of one wave go together.

Imports `setting`, `change` (alignment), `qap`, and `adjust` of `survey.families`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from ksn_research.analyse.network.change import aligned, fourfold_correlation
from ksn_research.analyse.network.qap import Qap, qap_correlation
from ksn_research.analyse.network.setting import Setting, how_drawn, too_large
from ksn_research.analyse.network.structure import MATRIX_NODES, Estimate, Network
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.results import Row

DRAWS = 2_000  # of the newest wave's pairs of relations, each draw turns a whole network


def correlation_of(found: Qap) -> Estimate:
    """Its correlation; QAP gives a p and no interval."""
    return Estimate(found.r, why=found.why)


def relation_rows(wave: Sequence[Setting]) -> Iterator[Row]:
    """QAP correlation of every two relations of one wave, each pair once, under the earlier one.

    wave  the settings of one source and wave, in the plan's order; meant for the newest wave. Nothing comes
          out of fewer than two
    """
    pairs = list(combinations(wave, 2))
    found = [_correlated(one, other) for one, other in pairs]
    corrected = adjust([qap.test.p if qap.test else None for qap in found])
    for (one, other), qap, p in zip(pairs, found, corrected, strict=True):
        yield _row(one, other, qap, p, len(pairs))


def _correlated(one: Setting, other: Setting) -> Qap:
    return correlated(*aligned(one.network, other.network), one.seed)


def correlated(y: Network, x: Network, seed: int) -> Qap:
    """The correlation of two networks of the same nodes; without a test where no matrix can be permuted."""
    if not too_large(y, MATRIX_NODES):
        return qap_correlation(y, x, directed=y.directed or x.directed, draws=DRAWS, seed=seed)
    seen, each = y.observed & x.observed, 1 if y.directed or x.directed else 2
    a, b = y.ties & seen, x.ties & seen
    both, first, second, pairs = (round(t.sum()) // each for t in (a & b, a, b, seen))
    found = fourfold_correlation(both, first - both, second - both, pairs - first - second + both)
    return Qap(found.value, None, pairs, 0, False, found.why)


def how_permuted(found: Qap) -> str:
    if found.r is not None and found.test is None:
        return f"not made for more than {MATRIX_NODES:,} nodes"
    return how_drawn(found.exact, found.draws, "permutations")


def _row(one: Setting, other: Setting, found: Qap, corrected: float | None, family: int) -> Row:
    y, x = aligned(one.network, other.network)
    ordered = y.directed or x.directed
    test = found.test
    drawn = how_permuted(found)
    pairs = "ordered pairs" if ordered else "pairs"
    method = (
        f"Pearson correlation of the two relations over {pairs} observed in both, "
        f"without interval; p two-sided by QAP (Krackhardt 1987), nodes of the second permuted, {drawn}"
        f"{f'; p adjusted over {family} pairs of relations (Holm 1979)' if family > 1 else ''}"
        "; newest wave only"
    )
    return one.row(
        "relations",
        "qap_correlation",
        correlation_of(found),
        category=other.relation,
        p=test.p if test else None,
        p_adjusted=corrected,
        n=found.pairs,
        unit="dyads",
        population=y.size * (y.size - 1) // (1 if ordered else 2),
        method=method,
        **one.support_of(y.nodes[y.senders & x.senders]),
    )
