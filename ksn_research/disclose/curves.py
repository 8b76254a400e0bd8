"""Typed tables behind curves and maps, without the points that would tell of too few people."""

from __future__ import annotations

import pandas as pd


def safe_curve(table: pd.DataFrame, people: int, hidden: pd.DataFrame) -> pd.DataFrame:
    """A curve without the points that rest on too few people, stand for too few, or for all but too few, and
    without those that say what a suppressed row would: their values are taken out, not set to zero.

    hidden  the true rows of what is suppressed: year, estimate, n. A point of the same year with that share
            and that n is the same number
    Returns the table with a further column, suppressed (bool).

    >>> curve = pd.DataFrame({"year": 2025, "share": [0.5, 0.9, 1.0, 0.4], "n": 40})
    >>> hidden = pd.DataFrame({"year": [2025], "estimate": [0.4], "n": [40]})
    >>> safe_curve(curve, 5, hidden)["suppressed"].tolist()
    [False, True, False, True]
    """
    small = pd.Series(False, index=table.index)
    for name in ("n", "people"):
        if name in table:
            small |= table[name].between(1, people - 1)
    if {"share", "n"} <= set(table.columns) and "circle" not in table:
        count = (table["share"] * table["n"]).round()
        small |= count.between(1, people - 1) | (table["n"] - count).between(1, people - 1)
        if "year" in table:
            small |= _key(table, "share").isin(_key(hidden, "estimate"))
    numbers = [str(c) for c in table.select_dtypes("number") if c not in ("year", "month")]
    return table.assign(**{name: table[name].mask(small) for name in numbers}, suppressed=small)


def _key(frame: pd.DataFrame, share: str) -> pd.Series:
    """Year, share and n as one word, by which a point and a row are the same number."""
    number = frame[share].astype("float64").map("{:.6g}".format).astype("str")
    year, n = (frame[name].astype("Int64").astype("str") for name in ("year", "n"))
    return year + " " + number + " " + n
