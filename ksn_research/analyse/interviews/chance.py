"""Agreement beyond chance after Cohen, Scott, Fleiss, Conger, Gwet, and Brennan and Prediger.

One family: (agreed - expected) / (1 - expected). They differ in what chance is taken to be, and each has the
standard error of Gwet (2008, 2014), which takes units for independent of each other: where units lie in
documents, the interval of `coefficients` is the one to print. Imports `judgements`.

Shapes: `values` is units x coders, any labels, missing None or NaN. Units of one judgement tell how common
the values are (except with `krippendorff` and `cohen_kappa`), units of two or more how coders agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ksn_research.analyse.interviews.judgements import Counts, Floats, coded, counted_by_value, undefined


@dataclass(frozen=True)
class Corrected:
    """A chance-corrected coefficient.

    estimate          None where undefined; `note` then says why
    agreed, expected  weighted share of pairs that agree, and that chance would make agree
    se, low, high     over independent units; t interval (95 %) with units - 1 degrees of freedom, cut at 1;
                      None for a single unit
    """

    estimate: float | None
    agreed: float | None = None
    expected: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class _Judged:
    """counts: units x values; marks: units x coders, places of values (-1: none); weights: values squared."""

    counts: Floats
    marks: Counts
    weights: Floats

    @cached_property
    def m(self) -> Floats:
        return np.asarray(self.counts.sum(axis=1, keepdims=True))

    @cached_property
    def shares(self) -> Floats:
        return np.asarray(self.counts / self.m)


Chance = Callable[[_Judged], tuple[float, Floats]]


def gwet_ac1(values: ArrayLike, weights: str = "identity") -> Corrected:
    """Gwet's AC1 (AC2 with weights): steadier than alpha where a code is very rare or very common.

    Gwet (2008), Br J Math Stat Psychol 61:29, for several raters with missing judgements.

    >>> round(gwet_ac1([[1, 1], [1, 0], [0, 0], [0, 0]]).estimate, 4)
    0.5294
    """
    return _corrected(values, weights, _gwet)


def fleiss_kappa(values: ArrayLike, weights: str = "identity") -> Corrected:
    """Fleiss' kappa, also for units that not everybody judged: chance by how common each value is.

    Two coders, nothing missing: Scott's pi. Fleiss (1971), Psychol Bull 76:378; Gwet (2014) with missing.

    >>> fleiss_kappa([[1, 1], [1, 0], [0, 0], [0, 0]]).estimate
    0.4666666666666667
    """
    return _corrected(values, weights, _fleiss)


def scott_pi(values: ArrayLike, weights: str = "identity") -> Corrected:
    """Scott's pi of two coders over the units that both judged. Scott (1955), Public Opin Q 19:321.

    Raises ValueError unless there are two coders.
    """
    return _corrected(_both(values), weights, _fleiss)


def cohen_kappa(values: ArrayLike, weights: str = "identity") -> Corrected:
    """Cohen's kappa of two coders over the units that both judged: chance by each coder's own habits.

    Cohen (1960), Educ Psychol Meas 20:37. Raises ValueError unless there are two coders.

    >>> cohen_kappa([[1, 1], [1, 0], [0, 0], [0, 0]]).estimate
    0.5
    """
    return _corrected(_both(values), weights, _conger)


def conger_kappa(values: ArrayLike, weights: str = "identity") -> Corrected:
    """Cohen's kappa for two or more coders. Conger (1980), Psychol Bull 88:322; Gwet (2014) with missing."""
    return _corrected(values, weights, _conger)


def brennan_prediger(values: ArrayLike, weights: str = "identity") -> Corrected:
    """Chance as if every value were equally likely; for two coders Bennett's S.

    Brennan and Prediger (1981), Educ Psychol Meas 41:687. Values nobody gave are not known of.
    """
    return _corrected(values, weights, _uniform)


def krippendorff_weighted(values: ArrayLike, weights: str = "identity") -> Corrected:
    """Krippendorff's alpha with Gwet's weights and standard error; "identity" is alpha for nominal values.

    Gwet's "ordinal" weights are not Krippendorff's ordinal metric. Gwet (2014), chapter 2.
    """
    judged = _judged(values, weights)
    why = undefined(judged.counts)
    if why:
        return Corrected(None, note=why)
    kept = judged.m[:, 0] >= 2
    return _alpha(_Judged(judged.counts[kept], judged.marks[kept], judged.weights))


def pooled_kappa(parts: Sequence[Corrected]) -> float | None:
    """One coefficient for several codes: agreed and expected averaged over codes before they are compared.

    Codes for which it is undefined are left out. None where none is left. De Vries, Elliott, Kanouse and
    Teleki (2008), Field Methods 20:272.
    """
    pairs = [(p.agreed, p.expected) for p in parts if p.agreed is not None and p.expected is not None]
    if not pairs:
        return None
    agreed, expected = (float(np.mean(column)) for column in zip(*pairs, strict=True))
    return (agreed - expected) / (1 - expected)


def weights_between(domain: NDArray, weights: str) -> Floats:
    """How far two values agree: "identity" not at all, "ordinal" by rank, "quadratic" by squared distance.

    Gwet (2014), section 3.5. Raises ValueError for other weights.
    """
    if weights == "identity":
        return np.eye(len(domain))
    if weights == "ordinal":
        rank = np.arange(len(domain))
        apart = np.abs(rank[:, None] - rank[None, :])
        return 1 - apart * (apart + 1) / max(len(domain) * (len(domain) - 1), 1)
    if weights == "quadratic":
        at = domain.astype(float)
        return 1 - (at[:, None] - at[None, :]) ** 2 / max(float(np.ptp(at)) ** 2, 1e-300)
    raise ValueError(f"weights are {weights!r}, not one of identity, ordinal, quadratic")


def _both(values: ArrayLike) -> NDArray:
    given = np.asarray(values, dtype=object)
    if given.ndim != 2 or given.shape[1] != 2:
        raise ValueError("this coefficient is for two coders")
    return given[pd.DataFrame(given).notna().all(axis=1).to_numpy()]


def _judged(values: ArrayLike, weights: str) -> _Judged:
    marks, domain = coded(values)
    counts = counted_by_value(marks, len(domain))
    some = counts.sum(axis=1) > 0
    return _Judged(counts[some].astype(float), marks[some], weights_between(domain, weights))


def _corrected(values: ArrayLike, weights: str, chance: Chance) -> Corrected:
    judged = _judged(values, weights)
    why = undefined(judged.counts)
    if why:
        return Corrected(None, note=why)
    expected, influence = chance(judged)
    paired = judged.m[:, 0] >= 2
    scale = len(paired) / paired.sum()
    agreed = _agreeing(judged) / np.maximum(judged.m * (judged.m - 1), 1)[:, 0]
    linear = scale * (agreed - expected * paired) / (1 - expected)
    return _summed(float(scale * agreed.mean()), expected, linear, influence)


def _agreeing(judged: _Judged) -> Floats:
    """Ordered pairs of judgements on a unit, each by how far the two agree."""
    return np.asarray((judged.counts * (judged.counts @ judged.weights - 1)).sum(axis=1))


def _summed(agreed: float, expected: float, linear: Floats, influence: Floats) -> Corrected:
    """Estimate and Gwet's variance: units' own parts, less twice what they do to the chance agreement."""
    estimate = (agreed - expected) / (1 - expected)
    units = len(linear)
    own = linear - 2 * (1 - estimate) * (influence - expected) / (1 - expected)
    spread = float(((own - estimate) ** 2).sum())
    se = float(np.sqrt(spread / (units * (units - 1)))) if units > 1 else None
    return _with_interval(estimate, agreed, expected, se, units)


def _with_interval(
    estimate: float, agreed: float, expected: float, se: float | None, units: int
) -> Corrected:
    if se is None:
        return Corrected(estimate, agreed, expected)
    reach = float(stats.t.ppf(0.975, units - 1)) * se
    return Corrected(estimate, agreed, expected, se, estimate - reach, min(estimate + reach, 1.0))


def _fleiss(judged: _Judged) -> tuple[float, Floats]:
    common = judged.shares.mean(axis=0)
    return float(common @ judged.weights @ common), judged.shares @ (judged.weights @ common)


def _gwet(judged: _Judged) -> tuple[float, Floats]:
    common, q = judged.shares.mean(axis=0), len(judged.weights)
    factor = judged.weights.sum() / (q * (q - 1))
    return float(factor * (common * (1 - common)).sum()), factor * (judged.shares @ (1 - common))


def _uniform(judged: _Judged) -> tuple[float, Floats]:
    expected = float(judged.weights.mean())
    return expected, np.full(len(judged.counts), expected)


def _conger(judged: _Judged) -> tuple[float, Floats]:
    """Mean over ordered pairs of different coders of how often their habits alone would agree."""
    said = judged.marks[:, :, None] == np.arange(len(judged.weights))
    judging = judged.marks >= 0
    busy = judging.any(axis=0)
    said, judging = said[:, busy].astype(float), judging[:, busy].astype(float)
    number = judging.sum(axis=0)
    habits = said.sum(axis=0) / number[:, None]
    others = (habits.sum(axis=0) - habits) @ judged.weights
    pairs = len(habits) * (len(habits) - 1)
    expected = float((habits * others).sum() / pairs)
    apart = said - judging[:, :, None] * habits
    moved = (apart * others / number[:, None]).sum(axis=(1, 2)) * len(said) / pairs
    return expected, expected + moved


def _alpha(judged: _Judged) -> Corrected:
    """Alpha lifts the agreement by one pair in all judgements; its variance is that of the value without."""
    m, mean, every = judged.m[:, 0], float(judged.m.mean()), float(judged.counts.sum())
    spare = (m - mean) / mean
    each = _agreeing(judged) / (mean * (m - 1))
    agreed = (1 - 1 / every) * float(each.mean()) + 1 / every
    common = judged.counts.mean(axis=0) / mean
    expected = float(common @ judged.weights @ common)
    influence = judged.counts @ (judged.weights @ common) / mean - expected * spare
    linear = (each - agreed * spare - expected) / (1 - expected)
    se = _summed(float(each.mean()), expected, linear, influence).se
    return _with_interval((agreed - expected) / (1 - expected), agreed, expected, se, len(m))
