"""Kaplan-Meier curves of how long something lasts: their values, intervals and median. (imports `structure`
of `network` for its `Estimate`)
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ksn_research.analyse.network.structure import Estimate

KAPLAN_MEIER = "Kaplan-Meier; log-log interval with Greenwood's variance"
NOBODY = "nobody could be followed"
TOO_SHORT = "nobody was followed so long"


@dataclass(frozen=True, eq=False)
class Survival:
    """A Kaplan-Meier curve, one value per time at which something ended or somebody was no longer followed.

    times     ascending; `share` is the share that lasted longer than each
    at_risk   followed until just before it; `ended` those of them whose time it was
    share     of S(t), with Greenwood's `se` and the interval `low` to `high`; nan where there is none
    n         people in all
    """

    times: np.ndarray
    at_risk: np.ndarray
    ended: np.ndarray
    share: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int

    def lasting(self, time: float) -> Estimate:
        """The share that lasted longer than `time`; none once nobody is followed so long."""
        if not self.n:
            return Estimate(None, why=NOBODY)
        if time > self.times[-1] and self.share[-1] > 0:
            return Estimate(None, why=TOO_SHORT)
        at = int(np.searchsorted(self.times, time, side="right")) - 1
        if at < 0 or self.share[at] == 1:
            return Estimate(1.0)
        value, se, low, high = (_number(x[at]) for x in (self.share, self.se, self.low, self.high))
        return Estimate(value, se, low, high)

    def ending(self, time: float) -> Estimate:
        """The share that ended by `time`."""
        found = self.lasting(time)
        if found.value is None:
            return found
        low, high = (None if x is None else 1 - x for x in (found.high, found.low))
        return Estimate(1 - found.value, found.se, low, high)

    def ended_by(self, time: float) -> int:
        """How many were seen to end by `time`."""
        return int(self.ended[self.times <= time].sum())

    @property
    def median(self) -> Estimate:
        """The first time that no more than half outlast, with the times at which the interval's ends pass
        one half; an end is open where they do not.
        Source: Brookmeyer & Crowley (1982), Biometrics 38, 29-41."""
        value = _first(self.times, self.share)
        if not self.n:
            return Estimate(None, why=NOBODY)
        if value is None:
            return Estimate(None, why="more than half lasted until they were no longer followed")
        return Estimate(value, None, _first(self.times, self.low), _first(self.times, self.high))


def kaplan_meier(time: np.ndarray, ended: np.ndarray, confidence: float = 0.95) -> Survival:
    """How long something lasts, when not everybody could be followed to its end.

    time   per person, until its end or until the person was no longer followed (not negative, not nan)
    ended  per person, whether the end was seen; one who was no longer followed at a time at which others
           ended was still there then
    S(t) = prod (1 - d_i / n_i); var log S = sum d_i / (n_i (n_i - d_i)); the interval is
    S ** exp(-+ z sqrt(var log S) / log S), without one while nobody has ended or once everybody has.
    Sources: Kaplan & Meier (1958), Journal of the American Statistical Association 53, 457-481; Greenwood
    (1926); Kalbfleisch & Prentice (1980), section 1.3. R survival: survfit(conf.type = "log-log").

    >>> found = kaplan_meier(np.array([1.0, 2, 2, 4]), np.array([True, True, False, True]))
    >>> found.times.tolist(), found.at_risk.tolist(), found.share.tolist()
    ([1.0, 2.0, 4.0], [4, 3, 1], [0.75, 0.5, 0.0])
    """
    times, at = np.unique(np.asarray(time, dtype=float), return_inverse=True)
    d = np.bincount(at, weights=np.asarray(ended, dtype=float), minlength=len(times))
    leaving = np.bincount(at, minlength=len(times))
    n = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]]) if len(times) else np.zeros(0, dtype=int)
    share = np.cumprod(1 - d / np.maximum(n, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(d / (n * (n - d)))
        se = np.where(share > 0, share * np.sqrt(variance), np.nan)
        reach = NormalDist().inv_cdf(0.5 + confidence / 2) * np.sqrt(variance) / np.log(share)
        inner = (share > 0) & (share < 1)
        low, high = (np.where(inner, share ** np.exp(sign * reach), np.nan) for sign in (-1, 1))
    return Survival(times, n, d.astype(int), share, se, low, high, len(time))


def _first(times: np.ndarray, curve: np.ndarray) -> float | None:
    below = np.flatnonzero(curve <= 0.5 + 1e-12)
    return float(times[below[0]]) if len(below) else None


def _number(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None
