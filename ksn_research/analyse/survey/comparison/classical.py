"""Classical tests of several groups, by pingouin: the only module that calls it for a test.

Its column names change between releases, nullable and categorical columns trip it, and it leaves out
incomplete rows without a word. Here columns are found by what they mean, everything goes in as floats and
codes, and what was left out is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

KRUSKAL = "Kruskal-Wallis H, ties corrected; chi-square approximation"
WELCH_ANOVA = "Welch's analysis of variance, variances free to differ"
NO_VARIATION = "no variation: no test"
ONE_GROUP = "fewer than 2 groups with answers"
SMALL_GROUP = "a group of fewer than 2 answers or without variation: no test"
P = ("p_unc", "p-unc", "p_val", "p-val", "pval", "p")


@dataclass(frozen=True)
class Omnibus:
    """One test of several groups. `dof` are the degrees of freedom (two for an F), `effect` epsilon squared
    (of Kruskal-Wallis) or partial eta squared (of Welch); `n` counts the values used, `left_out` the rows
    without a value or a group. Numbers are nan, and `note` says why, where they are undefined."""

    statistic: float
    dof: tuple[float, ...]
    p: float
    effect: float
    n: int
    groups: int
    left_out: int
    note: str = ""


def kruskal(values: Any, groups: Any) -> Omnibus:
    """Kruskal-Wallis test that the levels of `groups` answer alike, with epsilon squared, H / (n - 1).

    Parameters: a value and a group per person, missing where unknown; any dtype of pandas or numpy.
    Sources: Kruskal & Wallis (1952), JASA 47, 583-621; Kelley (1935), PNAS 21, 554-559.

    >>> found = kruskal([1, 2, 3, 4, 5, None], ["a", "a", "b", "b", "b", "b"])
    >>> found.statistic, found.n, found.left_out
    (3.0, 5, 1)
    """
    frame, left_out = _complete(values, groups)
    if note := _why_not(frame):
        return _undefined(frame, left_out, note)
    import pingouin

    found = _only_row(pingouin.kruskal(data=frame, dv="value", between="group"), "kruskal")
    h = found("H")
    effect = h / (len(frame) - 1)
    return _omnibus(frame, left_out, h, (found("ddof1", "ddof", "dof"),), found(*P), effect)


def welch_anova(values: Any, groups: Any) -> Omnibus:
    """Welch's F test that the levels of `groups` have one mean. Every group needs 2 values that differ.

    Source: Welch (1951), Biometrika 38, 330-336.

    >>> found = welch_anova([1, 2, 3, 3, 5, 7], list("aaabbb"))
    >>> round(found.statistic, 4), [round(dof, 4) for dof in found.dof]
    (5.4, [1.0, 2.9412])
    """
    frame, left_out = _complete(values, groups)
    spread = frame.groupby("group")["value"].agg(["count", "min", "max"])
    if note := _why_not(frame):
        return _undefined(frame, left_out, note)
    if ((spread["count"] < 2) | (spread["min"] == spread["max"])).any():
        return _undefined(frame, left_out, SMALL_GROUP)
    import pingouin

    found = _only_row(pingouin.welch_anova(data=frame, dv="value", between="group"), "welch_anova")
    dof = (found("ddof1", "num_df"), found("ddof2", "denom_df"))
    return _omnibus(frame, left_out, found("F"), dof, found(*P), found("np2"))


def _complete(values: Any, groups: Any) -> tuple[pd.DataFrame, int]:
    """Plain floats and codes of the rows that have both, and how many rows have not."""
    value = pd.to_numeric(pd.Series(np.asarray(pd.Series(values).astype(object)))).astype("float64")
    codes, _ = pd.factorize(pd.Series(groups), sort=False)
    frame = pd.DataFrame({"value": value, "group": np.asarray(codes)})
    complete = frame[frame["value"].notna() & (frame["group"] >= 0)].reset_index(drop=True)
    return complete, len(frame) - len(complete)


def _why_not(frame: pd.DataFrame) -> str:
    if frame["group"].nunique() < 2:
        return ONE_GROUP
    return NO_VARIATION if frame["value"].nunique() < 2 else ""


def _only_row(table: pd.DataFrame, test: str) -> Callable[..., float]:
    """A look-up of the first of several names that a column goes by."""

    def found(*names: str) -> float:
        for name in names:
            if name in table:
                return float(table[name].iloc[0])
        raise RuntimeError(f"pingouin.{test} gives {_listed(list(table))}, none of {_listed(names)}")

    return found


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(map(str, names))


def _omnibus(
    frame: pd.DataFrame, left_out: int, statistic: float, dof: tuple[float, ...], p: float, effect: float
) -> Omnibus:
    return Omnibus(statistic, dof, p, effect, len(frame), frame["group"].nunique(), left_out)


def _undefined(frame: pd.DataFrame, left_out: int, note: str) -> Omnibus:
    nan = float("nan")
    return Omnibus(nan, (), nan, nan, len(frame), frame["group"].nunique(), left_out, note)
