"""Exact tests of counts in groups, and the difference of two shares with its interval.

Interviews are few: tests rest on every table that the margins allow, not on a large-sample distribution.
Imports no sibling; `share_difference` of `survey.comparison`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ksn_research.analyse.survey.comparison.compare import share_difference

MOST_TABLES = 15_000  # of more, chi-square is taken, or they are drawn from
DRAWS, SEED = 9_999, 1
EQUAL = 1e-7  # probabilities that differ by less are the same, as R's fisher.test takes them
NEWCOMBE = "hybrid score interval (Newcombe 1998, method 10)"
FISHER = "p by Fisher's exact test, two-sided"
FREEMAN_HALTON = {
    "exact": "p by the Fisher-Freeman-Halton exact test",
    "chi-square": "p of Pearson's chi-square",
    "drawn": f"p by the Fisher-Freeman-Halton test, from {DRAWS} tables drawn with its margins, seed {SEED}",
}
ALPHA = 0.05


@dataclass(frozen=True)
class Exact:
    """A p value, the least that any table of these margins could have (nan where not every table was looked
    at), and how it was found: "exact", "chi-square" or "drawn"."""

    p: float
    least: float
    how: str = "exact"


@dataclass(frozen=True)
class Difference:
    """The first share minus the second, its interval, and the p of Fisher's test (None, `note` says why)."""

    estimate: float
    low: float
    high: float
    p: float | None
    note: str = ""


def exact_test(counts: Sequence[int], sizes: Sequence[int]) -> Exact:
    """Whether shares differ between groups: Fisher's exact test, of more than two groups Freeman & Halton's.

    counts  how many of each group; sizes  how many the groups have. p is the probability of all tables with
    these margins that are no more probable than the one found. Where there are more than `MOST_TABLES` such
    tables, it is that of Pearson's chi-square if at least 5 are expected in every cell (Cochran 1954), else
    `DRAWS` tables are drawn and p is (1 + as improbable) / (1 + drawn).
    Raises ValueError unless 0 <= count <= size.
    Sources: Fisher (1935); Freeman & Halton (1951), Biometrika 38, 141-149.

    >>> round(exact_test([8, 1], [10, 6]).p, 6)  # as scipy's and R's, of 8 2 | 1 5
    0.034965
    """
    n, k = tuple(int(one) for one in sizes), tuple(int(one) for one in counts)
    if any(not 0 <= count <= size for count, size in zip(k, n, strict=True)):
        raise ValueError("exact_test: every count must lie between 0 and its size")
    total = sum(k)
    # Those with and those without are one table seen from two sides; take the smaller.
    if total > sum(n) - total:
        k, total = tuple(size - count for count, size in zip(k, n, strict=True)), sum(n) - total
    if _how_many(n, total) > MOST_TABLES:
        return _large(k, n, total)
    weights, chances = _tables(n, total)
    at = int(np.searchsorted(weights, _weight(np.array(k), n) + EQUAL, side="right"))
    least = int(np.searchsorted(weights, weights[0] + EQUAL, side="right"))
    return Exact(float(min(1.0, chances[at - 1])), float(min(1.0, chances[least - 1])))


def difference(first: tuple[int, int], second: tuple[int, int]) -> Difference:
    """First share minus second, each as (count, size): Newcombe's interval, p of Fisher's test.

    p is None where all or none of both have it, and where no table of these margins could give a p of 0.05
    (such a test says nothing, and is none of the family: Tarone 1990, Biometrics 46, 515-522).
    Sizes must not be 0.

    >>> found = difference((18, 24), (5, 10))
    >>> round(found.estimate, 3), round(found.low, 3), round(found.high, 3), round(found.p, 3)
    (0.25, -0.08, 0.544, 0.232)
    """
    one, other = (np.repeat([1.0, 0.0], [count, size - count]) for count, size in (first, second))
    found = share_difference(one, other)
    made, note = p_value([first[0], second[0]], [first[1], second[1]])
    return Difference(found.difference, found.ci_low, found.ci_high, made.p if made else None, note)


def p_value(counts: Sequence[int], sizes: Sequence[int]) -> tuple[Exact | None, str]:
    """`exact_test`, or None and why there is no test."""
    if sum(counts) in (0, sum(sizes)):
        return None, "no test because all interviews, or none, hold it"
    made = exact_test(counts, sizes)
    if made.least > ALPHA:
        return None, f"no test because with so few interviews no outcome could give p below {ALPHA}"
    return made, ""


def cramers_v(counts: Sequence[int], sizes: Sequence[int]) -> float:
    """Cramér's V of presence by group: 0 where shares are equal, 1 where groups tell it all; nan where all
    or none have it. Source: Cramér (1946), Mathematical Methods of Statistics, section 21.9."""
    k, n = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    share = k.sum() / n.sum()
    if not 0 < share < 1:
        return float("nan")
    return float(np.sqrt(np.sum((k - n * share) ** 2 / (n * share * (1 - share))) / n.sum()))


def _large(k: tuple[int, ...], n: tuple[int, ...], total: int) -> Exact:
    """`exact_test` where the tables are too many to look at each."""
    if min(n) * total >= 5 * sum(n):
        from scipy.special import chdtrc

        return Exact(float(chdtrc(len(n) - 1, sum(n) * cramers_v(k, n) ** 2)), np.nan, "chi-square")
    drawn = np.random.default_rng(SEED).multivariate_hypergeometric(n, total, size=DRAWS)
    as_rare = int((_weight(drawn, n) <= _weight(np.array(k), n) + EQUAL).sum())
    return Exact((1 + as_rare) / (1 + DRAWS), np.nan, "drawn")


@cache
def _tables(sizes: tuple[int, ...], total: int) -> tuple[np.ndarray, np.ndarray]:
    """Log weights of the tables with these margins, least first, and their summed probabilities."""
    weights = np.sort(_weight(_every(sizes, total), sizes))
    return weights, np.cumsum(np.exp(weights - _ways(np.array(sum(sizes)), np.array(total))))


@cache
def _how_many(sizes: tuple[int, ...], total: int) -> float:
    found = np.ones(1)
    for size in sizes:
        found = np.convolve(found, np.ones(size + 1))[: total + 1]
    return float(found[total])


def _every(sizes: tuple[int, ...], total: int) -> np.ndarray:
    """Every way to spread `total` over groups of these sizes, one per row."""
    tables, room = np.zeros((1, 0), dtype=np.int64), sum(sizes)
    for size in sizes:
        room -= size
        left = total - tables.sum(axis=1)
        more = np.arange(size + 1)
        fits = (more[None, :] <= left[:, None]) & (left[:, None] - more[None, :] <= room)
        at, count = np.nonzero(fits)
        tables = np.column_stack([tables[at], count])
    return tables


def _weight(tables: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    return np.asarray(_ways(np.array(sizes), tables).sum(axis=-1))


def _ways(all_: np.ndarray, some: np.ndarray) -> np.ndarray:
    from scipy.special import gammaln

    return np.asarray(gammaln(all_ + 1) - gammaln(some + 1) - gammaln(all_ - some + 1))
