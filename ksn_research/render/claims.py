"""What may be claimed of a difference: the rule from which the words of findings are made.

A direction is claimed only where the interval excludes no difference *and* the adjusted p is below .05; an
unadjusted p does where it is the only test of its family. Where the two disagree there is "no clear change",
and where one of them is missing the claim is "not confirmed".

Imports no sibling.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from ksn_research.render.formats import Result

LEVEL = 0.05
HIGHER, LOWER, SAME = "higher", "lower", "no clear change"
UNCONFIRMED, UNTESTED = "not confirmed", "not tested"
STATED, FIRST, ABSENT = "stated", "first wave", "not collected"
SUPPRESSED, UNDEFINED, NOT_COMPARABLE = "suppressed", "undefined", "not comparable"
ADJUSTED, ALONE, AMONG = "adjusted p", "p", "p not adjusted"
NO_TEST, NO_INTERVAL, BESIDE = "no test", "no interval", "interval beside the estimate"


@dataclass(frozen=True)
class Claim:
    """What one sentence claims of one result.

    id         the result judged: a value that is stated, or a difference; "" where there is none
    direction  of a difference: "higher", "lower", "no clear change", "not confirmed" (interval and test are
               not both at hand), "not tested" (neither is), "not comparable", "suppressed", "undefined";
               of a value: "stated", "suppressed", "undefined", "not comparable", "not collected";
               "first wave" where a value has none before it
    certainty  on what that rests: "interval and adjusted p", "interval and p" (one test), "interval" (it
               includes no difference), "adjusted p", "p"; for "not confirmed" what is amiss
    """

    id: str
    direction: str
    certainty: str = ""


def judged(row: Result, tests: int = 1) -> Claim:
    """What may be claimed of a difference.

    row    a result whose estimate is a difference: None is 0
    tests  how many tests of its family have a p and none adjusted, itself included

    >>> row = {"id": "a", "status": "published", "estimate": 0.2, "ci_low": 0.1, "ci_high": 0.3,
    ...        "p": 0.01, "p_adjusted": 0.04}
    >>> judged(row)
    Claim(id='a', direction='higher', certainty='interval and adjusted p')
    >>> judged(row | {"p_adjusted": 0.06})
    Claim(id='a', direction='no clear change', certainty='adjusted p')
    """
    name = str(row["id"])
    if row["status"] != "published":
        return Claim(name, str(row["status"]))
    side, (p, which) = _side(row), _p(row, tests)
    if pd.isna(row["estimate"]) or (side is None and p is None):
        return Claim(name, UNTESTED)
    if side == 0:
        return Claim(name, SAME, "interval")
    if p is not None and p >= LEVEL:
        return Claim(name, SAME, which)
    amiss = _amiss(row, side, which)
    if amiss:
        return Claim(name, UNCONFIRMED, amiss)
    return Claim(name, HIGHER if row["estimate"] > 0 else LOWER, f"interval and {which}")


def unadjusted(rows: Iterable[Result]) -> int:
    """How many of a family's tests are not adjusted for each other."""
    return sum(not pd.isna(row["p"]) and pd.isna(row["p_adjusted"]) for row in rows)


def _side(row: Result) -> int | None:
    """On which side of no difference the interval lies: 1, -1, 0 where it includes or touches it."""
    if pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]):
        return None
    return int(row["ci_low"] > 0) - int(row["ci_high"] < 0)


def _p(row: Result, tests: int) -> tuple[float | None, str]:
    if not pd.isna(row["p_adjusted"]):
        return float(row["p_adjusted"]), ADJUSTED
    if not pd.isna(row["p"]):
        return float(row["p"]), ALONE if tests <= 1 else AMONG
    return None, NO_TEST


def _amiss(row: Result, side: int | None, which: str) -> str:
    """Why a difference is not confirmed of which nothing speaks against; "" where it is confirmed."""
    if side is None:
        return NO_INTERVAL
    if which in (NO_TEST, AMONG):
        return which
    return "" if row["estimate"] * side > 0 else BESIDE
