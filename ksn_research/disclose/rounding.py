"""Rounding of what is published, where a study asks for it: `[disclosure] rounding = 5`."""

from __future__ import annotations

import numpy as np
import pandas as pd

COUNTED = ("n", "population")


def rounded(results: pd.DataFrame, base: int) -> pd.DataFrame:
    """Rows with counts, bases and populations rounded to a base, halves up; 0 leaves all as it is.

    Shares of people are those of the rounded numbers, means have one decimal. Standard errors, intervals and
    tests of these rows go: they would give the exact numbers back. Rows of organisations, files and the like
    are rounded like those of people; suppressed rows have nothing to round.

    >>> frame = pd.DataFrame({"statistic": ["share", "count"], "estimate": [9 / 23, 9.0], "n": [23, 23]})
    >>> rounded(frame.assign(population=pd.NA, unit="people"), 5)[["estimate", "n"]].to_numpy().tolist()
    [[0.4, 25], [10.0, 25]]
    """
    if not base or results.empty:
        return results
    made = results.copy()
    for column in COUNTED:
        if column in made:
            made[column] = _to(made[column].astype("Float64"), base).astype("Int64")
    estimate, n = results["estimate"].astype("Float64"), results["n"].astype("Float64")
    share = results["statistic"].str.contains("share|rate|retention") & estimate.between(0, 1)
    of = n.where(results["statistic"] != "rate", results["population"].astype("Float64"))
    of = of.where(of > 0)
    down = _to(of, base)
    part = (_to(estimate * of, base) / down.where(down > 0)).clip(upper=1.0)
    whole = estimate.eq(estimate.round()) & ~share
    new = estimate.round(1).mask(whole, _to(estimate, base)).mask(share, part)
    made["estimate"] = new.astype("float64")
    exact = [c for c in ("se", "ci_low", "ci_high", "p", "p_adjusted") if c in made]
    made[exact] = np.nan
    return made


def _to(values: pd.Series, base: int) -> pd.Series:
    return (values / base + 0.5).floordiv(1) * base
