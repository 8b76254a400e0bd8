"""Ratings of sessions: their mean, and whether they rise or fall in the course of a year.

Imports `attendance` (whose table knows when a session was); uses `survey.groups`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import everyone
from ksn_research.analyse.survey.groups import Sample, number, of_year, sample, years
from ksn_research.prepared import Prepared
from ksn_research.results import Row

RATING = "arithmetic mean of ratings; t interval, standard error clustered by person"
DATED = "ratings whose day is known, by a date of their own or by that of their event"
TREND = (
    f"slope of a straight line of ratings over time, per month of 30.4375 days, least squares; {DATED}; "
    "standard error clustered by person (CR1), t with people - 1 degrees of freedom"
)
QUARTER = f"{RATING}; {DATED}"
MONTH = 30.4375


def rating_rows(prepared: Prepared) -> list[Row]:
    """The mean rating of every source of records with a column `rating`, per year."""
    rows = []
    for source, frame in prepared.records.items():
        if "rating" not in frame:
            continue
        for year in years(frame, prepared.year) if "year" in frame else [None]:
            given = of_year(frame, year)
            rows.append(_rating(sample(given[given["rating"].notna()], source=source, year=year, by=())))
    return rows


def _rating(rated: Sample) -> Row:
    return _mean(rated, RATING, "ratings", "")


def _mean(rated: Sample, method: str, analysis: str, category: str) -> Row:
    values = rated.frame["rating"].to_numpy(dtype=float)
    fields: dict[str, Any] = {"analysis": analysis, "measure": "rating", "statistic": "mean"}
    fields |= {"category": category, "unit": "answers", "n": len(values), "method": method, **everyone(rated)}
    if not len(values):
        return rated.row(estimate=None, status="undefined", note="nobody rated", **fields)
    se, low, high = clustered_interval(values, rated.person)
    note = "" if np.isfinite(se) else "rated by one person: no interval"
    interval = {"se": number(se), "ci_low": number(low), "ci_high": number(high)}
    return rated.row(estimate=float(values.mean()), note=note, **interval, **fields)


def rating_trend_rows(prepared: Prepared) -> list[Row]:
    """Per year, rows "rating_trend": the mean rating of each quarter (category "2025-Q1") and the slope of
    every source of records with a column `rating`, where the ratings can be dated: by a column `date`, or by
    a column `event` that attendance knows. Less than two quarters have no rows."""
    rows: list[Row] = []
    for source, frame in prepared.records.items():
        if "rating" not in frame:
            continue
        dated_ = dated(frame[frame["rating"].notna()], prepared.attendance).dropna(subset=["date"])
        for year in years(dated_, prepared.year) if "year" in dated_ else [None]:
            part = of_year(dated_, year)
            quarters = part["date"].dt.to_period("Q")
            if quarters.nunique() < 2:
                continue
            rows += [
                _mean(
                    sample(one, source=source, year=year, by=()),
                    QUARTER,
                    "rating_trend",
                    f"{when.year}-Q{when.quarter}",
                )
                for when, one in part.groupby(quarters, sort=True)
            ]
            rows.append(_trend(sample(part, source=source, year=year, by=())))
    return rows


def dated(frame: pd.DataFrame, attendance: pd.DataFrame) -> pd.DataFrame:
    """Records with a column `date`: their own, or that of their event."""
    if "date" in frame and pd.api.types.is_datetime64_any_dtype(frame["date"]):
        return frame
    known = attendance.dropna(subset=["event", "date"]).drop_duplicates("event").set_index("event")["date"]
    if "event" not in frame:
        return frame.assign(date=pd.Series(pd.NaT, index=frame.index))
    return frame.assign(date=pd.to_datetime(frame["event"].map(known)))


def _trend(rated: Sample) -> Row:
    values, when = rated.frame["rating"].to_numpy(dtype=float), rated.frame["date"]
    months = ((when - when.min()) / pd.Timedelta(days=MONTH)).to_numpy(dtype=float)
    slope, se, low, high = clustered_slope(months, values, rated.person)
    note = "" if np.isfinite(se) else "rated by one person: no interval"
    if np.isfinite(se) and low <= 0 <= high:
        note = "no clear trend"
    return rated.row(
        analysis="rating_trend", measure="rating", statistic="slope_per_month", estimate=slope,
        se=number(se), ci_low=number(low), ci_high=number(high), n=len(values), unit="answers",
        method=TREND, note=note, **everyone(rated),
    )  # fmt: skip


def clustered_slope(
    x: np.ndarray, y: np.ndarray, clusters: np.ndarray, confidence: float = 0.95
) -> tuple[float, float, float, float]:
    """Slope of y on x with its standard error and t interval when values come in clusters.

    CR1: var = m/(m-1) (n-1)/(n-2) sum_i (sum_j (x_ij - mean) e_ij)^2 / (sum (x - mean)^2)^2 over m clusters,
    m - 1 degrees of freedom; nan for one cluster. x must vary and there must be three values.
    Source: Liang & Zeger (1986), Biometrika 73, 13-22; the small-sample factor of Stata and statsmodels.

    >>> round(clustered_slope(np.array([0.0, 1, 2]), np.array([1.0, 2, 4]), np.arange(3))[0], 4)
    1.5
    """
    from scipy.stats import t

    codes = np.unique(clusters, return_inverse=True)[1]
    m, n, centred = int(codes.max()) + 1, len(x), x - x.mean()
    squares = float((centred**2).sum())
    slope = float((centred * y).sum() / squares)
    if m < 2 or n < 3:
        return slope, np.nan, np.nan, np.nan
    errors = y - y.mean() - slope * centred
    sums = np.bincount(codes, weights=centred * errors)
    se = float(np.sqrt(m / (m - 1) * (n - 1) / (n - 2) * (sums**2).sum()) / squares)
    half = float(t.ppf(0.5 + confidence / 2, m - 1)) * se
    return slope, se, slope - half, slope + half


def clustered_interval(
    values: np.ndarray, clusters: np.ndarray, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Standard error and t interval of a mean when values come in clusters (several ratings of one person).

    Linearised: se^2 = m/(m-1) sum_i (sum_j (y_ij - mean))^2 / n^2 over m clusters, m - 1 degrees of freedom;
    nan for one cluster. With one value per cluster it is the usual standard error.
    Source: Cochran (1977), Sampling Techniques, section 2.11 (ratio estimator over clusters).

    >>> [round(x, 4) for x in clustered_interval(np.array([1.0, 2, 3]), np.array([0, 1, 2]))]
    [0.5774, -0.4841, 4.4841]
    """
    from scipy.stats import t

    codes = np.unique(clusters, return_inverse=True)[1]
    m, mean = int(codes.max()) + 1, float(values.mean())
    if m < 2:
        return np.nan, np.nan, np.nan
    sums = np.bincount(codes, weights=values - mean)
    se = float(np.sqrt(m / (m - 1) * (sums**2).sum()) / len(values))
    half = float(t.ppf(0.5 + confidence / 2, m - 1)) * se
    return se, mean - half, mean + half
