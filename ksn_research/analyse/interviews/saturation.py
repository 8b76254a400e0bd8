"""Saturation: after how many interviews nothing much new was heard.

Guest, Namey & Chen (2020), A simple method to assess and report thematic saturation in qualitative research,
PLoS ONE 15(5), e0232076: a base of first interviews, runs of later ones that overlap, and how many codes of a
run are new, as a share of the codes of the base. Imports `cases`, `presence` and `themes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews.cases import counted
from ksn_research.analyse.interviews.presence import presence
from ksn_research.analyse.interviews.themes import WHOLE, support
from ksn_research.results import Row

BASE, RUN, THRESHOLDS = 4, 2, (0.05, 0.0)
ORDERS = 1000
DATES = ("date", "interview_date", "date_of_interview", "interviewed_on")
BY_DATE, BY_FILE = "in the order of their dates", "in the order of the file"
GUEST = "Guest, Namey & Chen (2020)"


@dataclass(frozen=True)
class Course:
    """What each interview of one order brought.

    new     codes first heard in each interview
    total   codes heard up to it
    ratio   new codes of the run that ends with it / codes of the base; nan before the first whole run
    """

    new: np.ndarray
    total: np.ndarray
    ratio: np.ndarray


def course(table: np.ndarray, base: int = BASE, run: int = RUN) -> Course:
    """The course of new codes over interviews (rows, in their order) by codes (columns, whether it is there).

    >>> course(np.eye(4, dtype=bool)[[0, 1, 0, 2, 2, 0]], base=2, run=2).new.tolist()
    [1, 1, 0, 1, 0, 0]
    """
    counts = _new(table, np.arange(len(table))[None, :])
    new, total = counts[0], counts[0].cumsum()
    return Course(new, total, _ratios(counts, base, run)[0])


def saturation_point(ratio: np.ndarray, threshold: float, run: int = RUN) -> np.ndarray:
    """Interviews before the first run whose share of new codes is not above the threshold; nan where there is
    none. That run confirms it: saturation is reported as "6 + 2".

    ratio  one row per order, as `course` gives it

    >>> saturation_point(np.array([[np.nan] * 5 + [0.1, 0.04, 0.0]]), 0.05).tolist()
    [5.0]
    """
    held = ratio <= threshold + 1e-12
    first = held.argmax(axis=1).astype(float) + 1 - run
    return np.where(held.any(axis=1), first, np.nan)


def saturation(
    segments: pd.DataFrame,
    interviews: pd.DataFrame,
    *,
    source: str,
    year: int | None,
    base: int = BASE,
    run: int = RUN,
    thresholds: Sequence[float] = THRESHOLDS,
    seed: int = 1,
) -> list[Row]:
    """Rows of saturation: by the order of the interviews, and over random orders of them.

    interviews  interview, coders, withdrawn; the order is that of a column of dates (`DATES`, written as
                2025-03-01) where every interview has one, else that of the file

    Analysis "saturation". Measure "codes": in_base, in_all, new_in_last_run (share of those of the base).
    Measure "5 % new information" and "0 % new information": interviews (before the run that confirms it),
    interviews_over_orders (mean over the random orders that reach it; the note has their middle 90 %),
    orders_reaching (share of `ORDERS` orders drawn with `seed`). Undefined, saying so, where the threshold is
    not reached, or there are fewer interviews than a base and a run.
    """
    held = counted(segments, interviews)
    if held.empty:
        return []
    ordered, how = in_order(held)
    table = presence(segments, ordered).to_numpy()
    shared = {"source": source, "year": year, "analysis": "saturation", "n": len(held), "unit": "interviews"}
    shared |= {**support(held), "exempt": WHOLE}
    said = f"{GUEST}: base of {base} interviews, runs of {run} that overlap"
    if len(held) < base + run or not table[:base].any():
        return [_too_few(threshold, base + run, said, shared) for threshold in thresholds]
    found, drawn = course(table, base, run), _orders(table, base, run, seed)
    rows = _codes(found, base, f"{said}, {how}", shared)
    for threshold in thresholds:
        rows += _threshold(found, drawn, threshold, run, (said, how, seed), shared)
    return rows


def saturation_curve(
    segments: pd.DataFrame, interviews: pd.DataFrame, *, base: int = BASE, run: int = RUN, seed: int = 1
) -> pd.DataFrame:
    """The curve behind saturation, one row per interview in order, without their names.

    Columns: interview (its place, from 1), new, total (codes heard up to it), ratio (see `Course`),
    mean_total, low_total, high_total (mean and middle 90 % over random orders).
    """
    ordered, _ = in_order(counted(segments, interviews))
    table = presence(segments, ordered).to_numpy()
    found = course(table, base, run)
    totals = _new(table, _random(len(table), seed)).cumsum(axis=1)
    low, high = np.percentile(totals, [5, 95], axis=0) if len(table) else (np.empty(0), np.empty(0))
    return pd.DataFrame(
        {
            "interview": np.arange(1, len(table) + 1),
            "new": found.new,
            "total": found.total,
            "ratio": found.ratio,
            "mean_total": totals.mean(axis=0),
            "low_total": low,
            "high_total": high,
        }
    )


def in_order(held: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The interviews by date where all have one (day by day; the file's order within a day), and the words
    for it."""
    for name in DATES:
        if name in held:
            dates = pd.to_datetime(held[name], format="ISO8601", errors="coerce", utc=True)
            if dates.notna().all():
                return held.iloc[np.argsort(dates.to_numpy(), kind="stable")], BY_DATE
    return held, BY_FILE


def _random(n: int, seed: int) -> np.ndarray:
    """`ORDERS` random orders: the place of each interview."""
    return np.random.default_rng(seed).permuted(np.tile(np.arange(n), (ORDERS, 1)), axis=1)


def _new(table: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Codes first heard at each place, one row per order. `places` has the place of each interview."""
    orders, n = places.shape
    counts = np.zeros(orders * n, dtype=np.int64)
    for holds in table.T:
        if holds.any():
            counts[np.arange(orders) * n + places[:, holds].min(axis=1)] += 1
    return counts.reshape(orders, n)


def _ratios(new: np.ndarray, base: int, run: int) -> np.ndarray:
    """New codes of the run that ends at each place / codes of the base; nan within base and first run."""
    total = new.cumsum(axis=1)
    ratios = np.full(new.shape, np.nan)
    if new.shape[1] >= base + run:
        held = total[:, [base - 1]].astype(float)
        later = total[:, base + run - 1 :] - total[:, base - 1 : total.shape[1] - run]
        ratios[:, base + run - 1 :] = later / np.where(held > 0, held, np.nan)
    return ratios


def _orders(table: np.ndarray, base: int, run: int, seed: int) -> np.ndarray:
    return _ratios(_new(table, _random(len(table), seed)), base, run)


def _codes(found: Course, base: int, said: str, shared: dict[str, Any]) -> list[Row]:
    last = float(found.ratio[-1])
    told = {
        "in_base": (float(found.total[base - 1]), f"codes in the base; {said}"),
        "in_all": (float(found.total[-1]), "codes in at least one interview coded and not withdrawn"),
        "new_in_last_run": (last, f"codes new in the last run / codes in the base; {said}"),
    }
    return [
        Row(measure="codes", statistic=statistic, estimate=value, method=method, **shared)
        for statistic, (value, method) in told.items()
    ]


def _threshold(
    found: Course,
    drawn: np.ndarray,
    threshold: float,
    run: int,
    words: tuple[str, str, int],
    shared: dict[str, Any],
) -> list[Row]:
    said, how, seed = words
    point = float(saturation_point(found.ratio[None, :], threshold, run)[0])
    points = saturation_point(drawn, threshold, run)
    reached = points[~np.isnan(points)]
    named = {**shared, "measure": _name(threshold)}
    orders = f"{said}; {ORDERS} random orders, seed {seed}"
    before = f"interviews before the run that brought at most {_said(threshold)} new codes"
    confirmed = "" if np.isnan(point) else f"{point:.0f} + {run} interviews: the {run} confirm it"
    return [
        _maybe("interviews", point, f"{before}; {said}, {how}", confirmed, named),
        _maybe("interviews_over_orders", *_mean(reached, f"{before}, mean; {orders}"), named),
        Row(
            statistic="orders_reaching",
            estimate=len(reached) / len(points),
            method=f"share of orders in which a run brought at most {_said(threshold)} new codes; {orders}",
            **named,
        ),
    ]


def _mean(reached: np.ndarray, method: str) -> tuple[float, str, str]:
    if not len(reached):
        return np.nan, method, ""
    low, high = np.percentile(reached, [5, 95])
    return float(reached.mean()), method, f"middle 90 % of these orders: {low:.0f} to {high:.0f}"


def _maybe(statistic: str, value: float, method: str, note: str, shared: dict[str, Any]) -> Row:
    if np.isnan(value):
        note = f"undefined because it is not reached within {shared['n']} interviews"
        return Row(statistic=statistic, estimate=None, status="undefined", note=note, method=method, **shared)
    return Row(statistic=statistic, estimate=value, note=note, method=method, **shared)


def _too_few(threshold: float, needed: int, said: str, shared: dict[str, Any]) -> Row:
    note = f"undefined because fewer than {needed} interviews are coded, or the first hold no code"
    return Row(
        measure=_name(threshold), statistic="interviews", estimate=None, status="undefined", note=note,
        method=said, **shared,
    )  # fmt: skip


def _name(threshold: float) -> str:
    return f"{_said(threshold)} new information"


def _said(threshold: float) -> str:
    return f"{100 * threshold:g} %"
