"""Ideas that circles adopt: how far they travel, who carries them, and whether links and gatherings matter.

Imports `structure` and `mixing` (permutations). Of an idea the circle that had it first is where it starts;
every further circle is a later adoption. Descriptive: circles that share members also share much else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.analyse.network.mixing import BATCH, CLOSE, DRAWS, permutation_p, relabellings
from ksn_research.analyse.network.structure import Estimate
from ksn_research.executors import each

CELLS = 8_000_000  # circles x adoptions x permutations held at one time
NO_LATER = "no idea reached a second circle"
NO_SIDE = "before every later adoption {side} circle without the idea was linked to one that had it"
NOTHING_NEAR = "no adoption in the days before or after"


@dataclass(frozen=True)
class LinkedAdoption:
    """Later adoptions by circles that shared a member with one that had the idea, and by the others.

    An occasion is one circle without the idea at one later adoption of it: each could have been the one.

    linked, others         adoptions / occasions of linked and of other circles
    ratio                  the first divided by the second
    expected               adoptions by linked circles, had each been by lot among those without the idea
    p                      two-sided, circles permuted in the links, on adoptions by linked circles - expected
    exact                  True where every permutation was counted
    adopted_*, occasions_* numerators and denominators
    """

    linked: Estimate
    others: Estimate
    ratio: Estimate
    expected: float
    p: float | None
    exact: bool
    adopted_linked: int
    adopted_others: int
    occasions_linked: int
    occasions_others: int


@dataclass(frozen=True)
class Around:
    """Adoptions in the days before and after gatherings, and the ratio of their rates a day."""

    before: int
    after: int
    days_before: int
    days_after: int
    ratio: Estimate
    p: float | None


def adoptions(
    records: pd.DataFrame,
    idea: str = "idea",
    circle: str = "circle",
    date: str = "date",
    carried_by: str = "",
) -> pd.DataFrame:
    """One row per idea and circle that adopted it, in the order of adoption.

    records  columns named by the arguments, `date` a datetime; without `carried_by` nobody is known to carry.
             A row without idea or circle is left out; of two of one circle the earlier counts
    Goes out: idea, circle, date, carried_by, order (0 where the idea started), days since the start (NaN
    where a date is missing; such adoptions come last). Adoptions of one day stand as in the records.

    >>> told = pd.DataFrame({"idea": ["I", "I"], "circle": ["B", "A"],
    ...                      "date": pd.to_datetime(["2025-03-08", "2025-03-01"])})
    >>> adoptions(told)[["circle", "order", "days"]].values.tolist()
    [['A', 0, 0.0], ['B', 1, 7.0]]
    """
    carrier = records[carried_by] if carried_by else pd.Series(pd.NA, index=records.index, dtype="str")
    told = pd.DataFrame({"idea": records[idea], "circle": records[circle], "date": records[date]})
    told = told.assign(carried_by=carrier).dropna(subset=["idea", "circle"])
    told = told.sort_values(["idea", "date"], kind="stable").drop_duplicates(["idea", "circle"])
    by_idea = told.groupby("idea", sort=False)
    order, start = by_idea.cumcount(), by_idea["date"].transform("first")
    days = (told["date"] - start).dt.days.astype(float)
    return told.assign(order=order, days=days).reset_index(drop=True)


def carried(table: pd.DataFrame, seats: pd.DataFrame) -> np.ndarray:
    """Per adoption (row of `adoptions`), whether its named carrier links: sits in this circle and in one that
    had the idea before. seats: columns circle, member. False where nobody is named.

    >>> told = pd.DataFrame({"idea": "I", "circle": ["A", "B"], "carried_by": ["", "x"], "order": [0, 1]})
    >>> carried(told, pd.DataFrame({"circle": ["A", "B"], "member": ["x", "x"]})).tolist()
    [False, True]
    """
    known = pd.MultiIndex.from_frame(seats[["circle", "member"]].dropna())
    named = table.assign(row=np.arange(len(table))).dropna(subset=["carried_by"])
    before = named.merge(table[["idea", "circle", "order"]], on="idea", suffixes=("", "_before"))
    before = before[before["order_before"] < before["order"]]
    here = pd.MultiIndex.from_frame(before[["circle", "carried_by"]]).isin(known)
    there = pd.MultiIndex.from_frame(before[["circle_before", "carried_by"]]).isin(known)
    return np.isin(np.arange(len(table)), before.loc[here & there, "row"])


def linked_adoption(
    table: pd.DataFrame,
    circles: np.ndarray,
    linked: np.ndarray,
    seed: int = 1,
    draws: int = DRAWS,
    batch: int = BATCH,
) -> LinkedAdoption:
    """Do ideas reach circles that share a member with one that has them more often than other circles?

    table    as `adoptions` makes it; adoptions by circles that are not among `circles` are left out
    circles  c names; linked  c x c booleans, as `TwoMode.linked`

    At each later adoption the circles still without the idea are divided into those linked to one that has
    it and the others (a risk set, as in the log-rank test: Mantel 1966; Peto & Peto 1972). p: circles change
    places in the links, adoptions held fixed (quadratic assignment: Hubert & Schultz 1976); all orders up to
    100,000, else (1 + k) / (1 + R) over seeded draws.
    """
    had, adopter = _risk_sets(table, circles)
    if not len(adopter):
        nothing = Estimate(None, why=NO_LATER)
        return LinkedAdoption(nothing, nothing, nothing, 0.0, None, False, 0, 0, 0, 0)
    exposed, at_risk = _exposed(linked[None], had)[0], ~had
    hits = exposed[np.arange(len(adopter)), adopter]
    near, far = int((exposed & at_risk).sum()), int((~exposed & at_risk).sum())
    a, b = int(hits.sum()), int((~hits).sum())
    among, others = _rate(a, near, "no"), _rate(b, far, "every")
    expected = float(((exposed & at_risk).sum(axis=1) / at_risk.sum(axis=1)).sum())
    p, exact = None, False
    if among.value is not None and others.value is not None:
        p, exact = _order_p(linked, had, adopter, abs(a - expected), seed, draws, batch)
    return LinkedAdoption(among, others, _ratio(among, others), expected, p, exact, a, b, near, far)


def _risk_sets(table: pd.DataFrame, circles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per later adoption, which circles had the idea (events x c), and which adopted it."""
    where = pd.Index(circles).get_indexer(table["circle"])
    own = table[where >= 0].assign(where=where[where >= 0])
    own = own.assign(order=own.groupby("idea", sort=False).cumcount())
    which, ideas = pd.factorize(own["idea"])
    turn = np.full((len(ideas), len(circles)), np.inf)
    turn[which, own["where"]] = own["order"]
    later = (own["order"] > 0).to_numpy()
    had = turn[which[later]] < own.loc[later, "order"].to_numpy()[:, None]
    return had, own.loc[later, "where"].to_numpy()


def _exposed(linked: np.ndarray, had: np.ndarray) -> np.ndarray:
    """b x events x c booleans: under each of b link matrices, without the idea and linked to one with it."""
    reached = had.astype(np.float32) @ linked.astype(np.float32)
    return (reached > 0) & ~had


def _order_p(
    linked: np.ndarray, had: np.ndarray, adopter: np.ndarray, far: float, seed: int, draws: int, batch: int
) -> tuple[float, bool]:
    codes = np.arange(len(linked), dtype=np.int16)
    batch = max(1, min(batch, CELLS // had.size))
    weight, events = 1 / (~had).sum(axis=1), np.arange(len(adopter))

    def extreme(placed: np.ndarray) -> np.ndarray:
        exposed = _exposed(linked[placed[:, :, None], placed[:, None, :]], had)
        seen = exposed[:, events, adopter].sum(axis=1)
        return np.asarray(np.abs(seen - exposed.sum(axis=2) @ weight) >= far - CLOSE)

    return permutation_p(each(extreme, relabellings(codes, seed, draws, batch)), codes)


def _rate(adopted: int, occasions: int, side: str) -> Estimate:
    return Estimate(adopted / occasions) if occasions else Estimate(None, why=NO_SIDE.format(side=side))


def _ratio(among: Estimate, others: Estimate) -> Estimate:
    if among.value is None or others.value is None:
        return Estimate(None, why=among.why or others.why)
    if not others.value:
        return Estimate(None, why="no adoption by a circle that was not linked")
    return Estimate(among.value / others.value)


def around_gatherings(
    dates: np.ndarray, gatherings: np.ndarray, days: int, first: np.datetime64, last: np.datetime64
) -> Around:
    """Adoptions in the `days` after each gathering against those in as many days before it.

    dates       datetime64 of adoptions, those without a date left out; gatherings  dates of the gatherings.
                What happens on the day itself counts as after
    first, last  the days that the records cover; a window is cut to them, and a day belongs to the nearest
                gathering whose window holds it (of two as near, to the one before it), once
    The ratio of rates a day has the exact conditional interval and p: given their sum, adoptions after are
    binomial if they come independently (Przyborowski & Wilenski 1940, Biometrika 31, 313-323; Clopper &
    Pearson 1934).
    """
    day = np.arange(first.astype("M8[D]"), last.astype("M8[D]") + 1)
    side = _sides(day, np.sort(gatherings.astype("M8[D]")), days)
    when = dates[~np.isnat(dates)].astype("M8[D]")
    held = side[np.searchsorted(day, when[(when >= day[0]) & (when <= day[-1])])]
    before, after = int((held == -1).sum()), int((held == 1).sum())
    days_before, days_after = int((side == -1).sum()), int((side == 1).sum())
    ratio, p = _rate_ratio(before, after, days_before, days_after)
    return Around(before, after, days_before, days_after, ratio, p)


def _sides(day: np.ndarray, gatherings: np.ndarray, days: int) -> np.ndarray:
    """Per day -1 in the days before a gathering, 1 from its day on, 0 outside every window."""
    if not len(gatherings):
        return np.zeros(len(day), dtype=int)
    away = (day[:, None] - gatherings[None, :]).astype(int)
    inside = (away >= -days) & (away < days)
    apart = np.where(inside, np.where(away >= 0, away + 0.5, -away), np.inf)
    nearest = apart.argmin(axis=1)
    one = np.arange(len(day))
    return np.where(inside[one, nearest], np.where(away[one, nearest] >= 0, 1, -1), 0)


def _rate_ratio(before: int, after: int, days_before: int, days_after: int) -> tuple[Estimate, float | None]:
    from scipy.stats import binomtest

    if not before + after or not days_before or not days_after:
        return Estimate(None, why=NOTHING_NEAR), None
    found = binomtest(after, before + after, days_after / (days_before + days_after))
    low, high = (_odds(s) * days_before / days_after for s in found.proportion_ci(0.95, "exact"))
    p = float(found.pvalue)
    if not before:
        return Estimate(None, why="no adoption in the days before"), p
    value = after / before * days_before / days_after
    return Estimate(value, None, float(low), float(high) if np.isfinite(high) else None), p


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else np.inf
