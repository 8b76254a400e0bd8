"""What changed between two overlapping samples: their covariance, finite rosters, weights; the same people.

Uses `compare` (the result) and `design` (weighted samples). Two years of one survey share many members. What
they share makes the difference surer, as far as people answer alike both times.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from ksn_research.analyse.survey.comparison.compare import NO_VARIATION, TOO_FEW, Comparison, undefined
from ksn_research.analyse.survey.estimation.design import Design, variances

TOO_FEW_PAIRS = "fewer than 3 people answered in both waves"
ALIKE = 0.7  # how alike people are taken to answer twice where nobody is seen to have done so
CENSUS = "everybody on both rosters answered: no sampling error, and nothing to test"
OVERLAP = (
    "difference of means of two overlapping samples, standard error with the covariance of those who "
    "answered twice (Derrick et al. 2017, unequal variances); t interval"
)
ROSTERS = (
    "difference between this year's members and those of the year before, if those who did not answer "
    "resemble those who did: overlapping samples of two overlapping rosters, finite-population correction "
    "(Tam 1984); t interval"
)
PAIRED = "mean difference of those who answered both times; paired t interval"


@dataclass(frozen=True)
class Rosters:
    """How many there were in all, for a statement about exactly these people: members of the earlier and of
    the later roster, and those who stand on `both`."""

    earlier: int
    later: int
    both: int

    def __post_init__(self) -> None:
        if not 0 <= self.both <= min(self.earlier, self.later):
            raise ValueError("Rosters: those on both can be no more than those on either")


def change(
    earlier: np.ndarray,
    later: np.ndarray,
    earlier_ids: np.ndarray,
    later_ids: np.ndarray,
    confidence: float = 0.95,
    rosters: Rosters | None = None,
) -> Comparison:
    """Difference of means, later - earlier, of two samples that share some people.

    Parameters: values (scores, or 0 and 1 for a share; nan left out) and an id per value; an id that is
    None or nan stands for nobody else's. Each id at most once on a side. `rosters`: None for a statement
    about the process that the answers come from; else about the people of the two rosters.
    var = (1 - f1) s1^2/n1 + (1 - f2) s2^2/n2 - 2 r s1 s2 (n12/(n1 n2) - N12/(N1 N2)), f = n/N and N12 = 0
    without rosters; r from the n12 who stand on both sides, 0 where they do not vary or are fewer than 3;
    then, with rosters that share more than the samples, `ALIKE`, since 0 would understate the variance. No
    overlap: Welch's test; full overlap: the paired one. A census of both rosters has no error.
    Raises ValueError where more answered than a roster holds.
    Sources: Derrick, Russ, Toher & White (2017), Journal of Modern Applied Statistical Methods 16(1), T_new2
    and its degrees of freedom; Tam (1984), The American Statistician 38, 288-289.
    """
    (x1, id1), (x2, id2) = _valued(earlier, earlier_ids), _valued(later, later_ids)
    n1, n2 = len(x1), len(x2)
    if min(n1, n2) < 2:
        return undefined((n1, n2), TOO_FEW)
    first, second = matched(x1, id1, x2, id2)
    n12, difference = len(first), float(x2.mean() - x1.mean())
    v1, v2, c = _coefficients((n1, n2, n12), rosters)
    if v1 == v2 == 0:
        return _census(difference, (n1, n2), n12)
    s1, s2 = float(x1.std(ddof=1)), float(x2.std(ddof=1))
    r = ALIKE if _unseen(c, n12, id1, id2) else _correlation(first, second)
    variance = v1 * s1**2 + v2 * s2**2 - 2 * c * r * s1 * s2
    if variance <= 1e-15:
        return undefined((n1, n2), NO_VARIATION, difference, n12)
    dof = overlap_dof((s1**2 / n1, s2**2 / n2), (n1 - 1, n2 - 1), n12, n1 + n2 - 2 * n12)
    return _tested(difference, sqrt(variance), dof, (n1, n2), n12, confidence)


def design_change(
    earlier: Design,
    later: Design,
    values: tuple[np.ndarray, np.ndarray],
    ids: tuple[np.ndarray, np.ndarray],
    confidence: float = 0.95,
    rosters: Rosters | None = None,
) -> Comparison:
    """Difference of weighted means, later - earlier, of two samples with designs that share some units.

    Parameters: two designs, and for each its values (nan: contributes nothing) and ids of what is found
    again: members or, where the designs have clusters that last, those clusters. Variances of both means are
    those of their designs (linearised, with their finite-population corrections); the covariance comes from
    the linearised contributions of the units on both sides, centred among them within strata; with `rosters`
    it is reduced by what chance alone lets two samples share. Fewer than 3 shared units: no covariance.
    Sources: linearisation: Woodruff (1971), JASA 66, 411-414; covariance as in `change`.
    """
    (m1, u1, n1), (m2, u2, n2) = (_contributions(d, x) for d, x in zip((earlier, later), values, strict=True))
    if min(n1, n2) < 2:
        return undefined((n1, n2), TOO_FEW)
    v1, v2 = float(variances(earlier, u1)[0]), float(variances(later, u2)[0])
    one, other = _units(earlier, u1, values[0], ids[0]), _units(later, u2, values[1], ids[1])
    shared = one[one.index.notna()].join(other[other.index.notna()], how="inner", lsuffix="1", rsuffix="2")
    both, difference = len(shared), m2 - m1
    bound = sqrt(v1 * v2)
    left = _left(shared, rosters)
    variance = v1 + v2 - 2 * min(max(left * _covariance(shared), -bound), bound)
    if variance <= 1e-15:
        if v1 == v2 == 0 and earlier.populations and later.populations:
            return _census(difference, (n1, n2), both)
        return undefined((n1, n2), NO_VARIATION, difference, both)
    alone = len(one) + len(other) - 2 * both
    dof = overlap_dof((v1, v2), (earlier.degf, later.degf), both, alone)
    return _tested(difference, sqrt(variance), dof, (n1, n2), both, confidence)


def paired(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Comparison:
    """Mean of second - first over the same people in the same order, with the paired t interval.
    Fewer than 3 pairs or no variation is undefined with a note."""
    steps = np.asarray(second - first, dtype=float)
    steps = steps[~np.isnan(steps)]
    n = len(steps)
    if n < 3:
        return undefined((n, n), TOO_FEW_PAIRS, pairs=n)
    difference, se = float(steps.mean()), float(steps.std(ddof=1) / sqrt(n))
    if se < 1e-15:
        return undefined((n, n), NO_VARIATION, difference, n)
    return _tested(difference, se, n - 1, (n, n), n, confidence)


def matched(
    x1: np.ndarray, id1: np.ndarray, x2: np.ndarray, id2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values of the ids that stand on both sides, in one order; missing ids match nobody.

    >>> a, b = matched(np.array([1.0, 2]), np.array(["x", "y"]), np.array([5.0, 6]), np.array(["y", None]))
    >>> a.tolist(), b.tolist()
    ([2.0], [5.0])
    """
    left, right = pd.Series(x1, index=pd.Index(id1)), pd.Series(x2, index=pd.Index(id2))
    left, right = left[left.index.notna()], right[right.index.notna()]
    both = left.index.intersection(right.index)
    return left[both].to_numpy(dtype=float), right[both].to_numpy(dtype=float)


def overlap_dof(v: tuple[float, float], dof: tuple[float, float], both: int, alone: int) -> float:
    """Degrees of freedom between Welch's (nobody twice) and the paired test's (everybody twice).

    v      variances of the two means; `dof` theirs
    both   those who stand on both sides; `alone`: on one side only
    Source: Derrick et al. (2017), T_new2.
    """
    welch = (v[0] + v[1]) ** 2 / (v[0] ** 2 / max(dof[0], 1) + v[1] ** 2 / max(dof[1], 1))
    return both - 1 + (welch - both + 1) / (alone + 2 * both) * alone


def _coefficients(n: tuple[int, int, int], rosters: Rosters | None) -> tuple[float, float, float]:
    """What the two variances and the covariance of single values are multiplied by."""
    n1, n2, n12 = n
    if rosters is None:
        return 1 / n1, 1 / n2, n12 / (n1 * n2)
    if n1 > rosters.earlier or n2 > rosters.later or n12 > rosters.both:
        raise ValueError("change: more people answered than stand on the roster")
    v1, v2 = 1 / n1 - 1 / rosters.earlier, 1 / n2 - 1 / rosters.later
    c = n12 / (n1 * n2) - rosters.both / (rosters.earlier * rosters.later)
    # Exact where both rosters are one; where they differ it may pass the bound of any covariance by a little.
    bound = sqrt(v1 * v2)
    return v1, v2, min(max(c, -bound), bound)


def _unseen(c: float, both: int, *ids: np.ndarray) -> bool:
    """Whether the samples are known to share fewer people than the rosters do by chance, and so few that how
    alike they answer cannot be seen. Without ids nothing is known of that, and chance is the best guess."""
    return c < 0 and both < 3 and all(bool(pd.notna(side).all()) for side in ids)


def _contributions(design: Design, values: np.ndarray) -> tuple[float, np.ndarray, int]:
    """A weighted mean, what each row adds to its error, and how many values it has."""
    known = ~np.isnan(values)
    weights = np.where(known, design.weights, 0.0)
    total = float(weights.sum())
    if total <= 0:
        return np.nan, np.zeros(len(values)), 0
    mean = float(weights @ np.where(known, values, 0.0)) / total
    return mean, weights * np.where(known, values - mean, 0.0) / total, int((known & (weights > 0)).sum())


def _units(design: Design, u: np.ndarray, values: np.ndarray, ids: np.ndarray) -> pd.DataFrame:
    """What each unit adds to the error of a mean, calibration taken into account, with its stratum. A row
    without an id is a unit of its own."""
    if (projection := design.projection) is not None:
        u = u - projection.back @ (projection.onto.T @ u)
    rows = ~np.isnan(values) | (u != 0)
    columns = {"u": u, "stratum": design.strata[0], "weight": design.weights / design.weights[rows].sum()}
    frame = pd.DataFrame(columns, index=pd.Index(np.asarray(ids, dtype=object)))[rows]
    named = frame.index.notna()
    by_unit = frame[named].groupby(level=0).agg({"u": "sum", "stratum": "first", "weight": "sum"})
    return pd.concat([by_unit, frame[~named]])


def _covariance(shared: pd.DataFrame) -> float:
    """Covariance of two totals from the units on both sides, centred within strata, of which one with a
    single shared unit tells nothing."""
    groups = shared.groupby(["stratum1", "stratum2"])
    size = groups["u1"].transform("size")
    a, b = (shared[name] - groups[name].transform("mean") for name in ("u1", "u2"))
    return float((a * b * size / (size - 1).where(size > 1))[size > 1].sum()) if len(shared) > 2 else 0.0


def _left(shared: pd.DataFrame, rosters: Rosters | None) -> float:
    """The part of the covariance that is left for a statement about two rosters: of those who answered twice,
    chance alone lets as many answer twice as stand on both rosters, weighted by whom they stand for."""
    if rosters is None or shared.empty:
        return 1.0
    stand_for = float((shared["weight1"] * shared["weight2"]).sum()) * rosters.earlier * rosters.later
    return 1 - rosters.both / stand_for


def _census(difference: float, n: tuple[int, int], pairs: int) -> Comparison:
    return Comparison(difference, 0.0, difference, difference, np.nan, np.inf, n, pairs, note=CENSUS)


def _tested(
    difference: float, se: float, dof: float, n: tuple[int, int], pairs: int, confidence: float
) -> Comparison:
    from scipy.special import stdtr, stdtrit

    half = float(stdtrit(dof, 0.5 + confidence / 2)) * se
    p = float(2 * stdtr(dof, -abs(difference) / se))
    return Comparison(difference, se, difference - half, difference + half, p, dof, n, pairs)


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _valued(values: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = np.asarray(values, dtype=float)
    keep = ~np.isnan(values)
    return values[keep], np.asarray(ids, dtype=object)[keep]
