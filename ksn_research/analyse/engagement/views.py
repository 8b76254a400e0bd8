"""Views after a gathering: who was invited and how far they watched, and how fast views fade.

Imports `ratings` for its clustered interval, and `structure` of `network` for its `Estimate`; `funnels` makes
rows of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.ratings import clustered_interval
from ksn_research.analyse.network.structure import Estimate

NO_VIEWS = "no view after the day"
STEADY = "views did not fall"
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Steps:
    """Of those invited, a boolean per step: invited, viewed, watched half, finished. Each implies the one
    before."""

    people: pd.Index
    reached: dict[str, np.ndarray]


def viewing_steps(invited: pd.Index, views: pd.DataFrame, half: float = 0.5, finished: float = 1.0) -> Steps:
    """How far each of those invited came with any of the items.

    views  columns member and watched (the share of the item that was watched, NaN unknown; the column may
           be absent, then there are two steps)
    """
    reached = {"invited": np.ones(len(invited), dtype=bool), "viewed": invited.isin(views["member"])}
    if "watched" in views:
        most = views.groupby("member")["watched"].max().reindex(invited).to_numpy(dtype=float)
        reached |= {"watched half": most >= half, "finished": most >= finished}
    return Steps(invited, reached)


def waits(time: pd.Series, day: pd.Timestamp) -> np.ndarray:
    """Days from the end of the day of the gathering to each view; negative for views before."""
    return ((time - (day.normalize() + DAY)) / DAY).to_numpy(dtype=float)


def half_life(wait: np.ndarray, people: np.ndarray, window: float) -> Estimate:
    """Days in which views fall by half, for views seen from the end of the day for `window` days.

    wait    per view, days since then, between 0 and `window`
    people  a code per view: views of one person are one cluster
    Views fading at a constant rate r have waits with mean 1/r - window / (exp(r window) - 1); r is that of
    the observed mean (the maximum likelihood estimate for an exponential distribution cut at the window), and
    its interval that of the mean's clustered t interval, taken through the same function. An end is open
    where views may not fall at all.
    Source: Deemer & Votaw (1955), Annals of Mathematical Statistics 26, 498-504.

    >>> round(half_life(np.array([1.0, 2, 3]), np.arange(3), 1e6).value, 4)  # no cut: mean * ln 2
    1.3863
    """
    if not len(wait):
        return Estimate(None, why=NO_VIEWS)
    value = _half_life(float(wait.mean()), window)
    if value is None:
        return Estimate(None, why=STEADY)
    _, low, high = clustered_interval(wait, people)
    if not np.isfinite(low):
        return Estimate(value)
    return Estimate(value, None, _half_life(max(low, 0.0), window), _half_life(high, window))


def _half_life(mean: float, window: float) -> float | None:
    """ln 2 / r for the rate r with this mean wait; None where it is not above 0."""
    from scipy.optimize import brentq

    if mean >= window / 2 * (1 - 1e-9):
        return None
    if mean <= 0:
        return 0.0
    rate = float(brentq(lambda r: _mean_wait(r, window) - mean, 1e-9 / window, 2 / mean))
    return float(np.log(2) / rate)


def _mean_wait(rate: float, window: float) -> float:
    """Mean of an exponential distribution cut at the window."""
    scaled = rate * window
    # Near 0 both terms are huge and almost equal: the series is exact to the last digits there.
    if scaled < 1e-4:
        return window * (0.5 - scaled / 12)
    return 1 / rate - (window / np.expm1(scaled) if scaled < 700 else 0.0)
