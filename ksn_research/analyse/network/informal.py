"""Help beside an official scheme: how much of it lies outside, where, and how far the two overlap.

Imports `structure` (node jackknife) and `mixing` (permutations). A help tie is an ordered pair of people in
one community; it lies outside the scheme where the two are no official pair, either way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ksn_research.analyse.network.mixing import BATCH, CLOSE, DRAWS, permutation_p, relabellings
from ksn_research.analyse.network.structure import Estimate, ratio_by_node
from ksn_research.executors import each

NO_HELP = "no help tie"
NO_PAIRS = "no official pair"
ONE_KIND = "no variation: help ties in communities of fewer than two kinds"


@dataclass(frozen=True, eq=False)
class Help:
    """Help ties and official pairs among n people.

    people    n names, in order of name
    ego, alter  positions of the two ends of each help tie
    official  n x n booleans, mentor in the row and mentee in the column
    """

    people: np.ndarray
    ego: np.ndarray
    alter: np.ndarray
    official: np.ndarray

    @property
    def outside(self) -> np.ndarray:
        """Per help tie, whether the two are no official pair."""
        return np.logical_not((self.official | self.official.T)[self.ego, self.alter])

    def counts(self, chosen: np.ndarray | None = None) -> np.ndarray:
        """n x n: (chosen) help ties from row to column; a pair helps once in each of its communities."""
        mask = np.ones(len(self.ego), dtype=bool) if chosen is None else chosen
        table = np.zeros((len(self.people), len(self.people)))
        np.add.at(table, (self.ego[mask], self.alter[mask]), 1.0)
        return table


@dataclass(frozen=True)
class Spread:
    """How far shares of communities of several kinds lie apart: largest minus smallest."""

    width: Estimate
    p: float | None
    exact: bool


def help_beside(ties: pd.DataFrame, official: pd.DataFrame) -> Help:
    """Both tables have columns ego and alter; the rows of `Help.ego` are those of `ties`. Rows with a missing
    end, and ties of a person with itself, must have been taken out: reading does so.

    >>> tie = pd.DataFrame({"ego": ["a", "b"], "alter": ["b", "c"]})
    >>> help_beside(tie, pd.DataFrame({"ego": ["b"], "alter": ["a"]})).outside.tolist()
    [False, True]
    """
    named = pd.concat([ties["ego"], ties["alter"], official["ego"], official["alter"]])
    people = np.asarray(sorted(named.unique()), dtype=object)
    index = pd.Index(people)
    pairs = np.zeros((len(people), len(people)), dtype=bool)
    pairs[index.get_indexer(official["ego"]), index.get_indexer(official["alter"])] = True
    return Help(people, index.get_indexer(ties["ego"]), index.get_indexer(ties["alter"]), pairs)


def outside_share(helped: Help, chosen: np.ndarray | None = None) -> Estimate:
    """Help ties between two who are no official pair / help ties, (chosen) ones; node-jackknife interval.

    chosen  booleans per help tie; ties of one pair in two communities count twice
    """
    mask = np.ones(len(helped.ego), dtype=bool) if chosen is None else chosen
    found = ratio_by_node(helped.counts(mask & helped.outside), helped.counts(mask))
    return found if found.value is not None else Estimate(None, why=NO_HELP)


def helping_share(helped: Help) -> Estimate:
    """Official pairs in which the mentor helps the mentee in a community / official pairs; node jackknife."""
    both = helped.official & (helped.counts() > 0)
    found = ratio_by_node(both.astype(float), helped.official.astype(float))
    return found if found.value is not None else Estimate(None, why=NO_PAIRS)


def overlap(helped: Help) -> Estimate:
    """Jaccard index of two sets of unordered pairs: those that help, and official ones (Jaccard 1912); node
    jackknife. 0 where no official pair helps in a community, 1 where the two are the same pairs."""
    helps = helped.counts() > 0
    helps, official = helps | helps.T, helped.official | helped.official.T
    found = ratio_by_node((helps & official).astype(float), (helps | official).astype(float))
    return found if found.value is not None else Estimate(None, why="neither help nor an official pair")


def kinds_apart(
    outside: np.ndarray,
    community: np.ndarray,
    kind: np.ndarray,
    seed: int = 1,
    draws: int = DRAWS,
    batch: int = BATCH,
) -> Spread:
    """Largest minus smallest share of help outside the scheme, over kinds of community.

    outside    booleans per help tie; community  position of its community per help tie
    kind       one label per community, None where not known: such communities are left out

    p: kinds are permuted over whole communities, because ties of one community are alike; every labelling
    where at most 100,000, else (1 + k) / (1 + R) over seeded draws.

    >>> kinds, community = np.array(["a", "a", "b", "b"]), np.arange(4)
    >>> wide = kinds_apart(np.array([True, True, False, False]), community, kinds)
    >>> wide.width.value, round(wide.p, 4), wide.exact
    (1.0, 0.3333, True)
    """
    codes, levels = pd.factorize(pd.Series(kind, dtype=object), sort=True)
    whole = np.bincount(community, minlength=len(codes)).astype(float)
    part = np.bincount(community[outside], minlength=len(codes)).astype(float)
    used = (codes >= 0) & (whole > 0)
    codes, whole, part = codes[used].astype(np.int16), whole[used], part[used]
    if len(np.unique(codes)) < 2:
        return Spread(Estimate(None, why=ONE_KIND), None, False)
    seen = float(_width(codes[None, :], part, whole, len(levels))[0])
    width = partial(_width, part=part, whole=whole, kinds=len(levels))
    drawn = each(width, relabellings(codes, seed, draws, batch))
    p, exact = permutation_p((wide >= seen - CLOSE for wide in drawn), codes)
    return Spread(Estimate(seen), p, exact)


def _width(placed: np.ndarray, part: np.ndarray, whole: np.ndarray, kinds: int) -> np.ndarray:
    """Per labelling of the communities (row), how far the shares of the kinds lie apart."""
    is_kind = np.equal(placed[:, :, None], np.arange(kinds)).astype(float)
    totals = np.einsum("bkg,k->bg", is_kind, whole)
    shares = np.divide(
        np.einsum("bkg,k->bg", is_kind, part), totals, out=np.full(totals.shape, np.nan), where=totals > 0
    )
    return np.asarray(np.nanmax(shares, axis=1) - np.nanmin(shares, axis=1))
