"""Suppression over the whole edition: what is unsafe by itself, what would give it away, what must wait.

`primary` says which rows are unsafe by themselves and what of them must stay uncertain, `relations` what
adds up to what, `complementary` hides further rows until nothing can be worked out, and `earlier` keeps
what was published before as it was where late answers are too few to be shown.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from ksn_research.disclose.complementary import Pattern, protect
from ksn_research.disclose.earlier import Kept, kept
from ksn_research.disclose.primary import needs, reasons, unsafe
from ksn_research.disclose.relations import COUNT, Relations, cells, no_opinion, relations

SUPPRESSED = "suppressed"
NUMBERS = ["estimate", "se", "ci_low", "ci_high", "n", "population", "p", "p_adjusted"]
DOMINANCE = 0.10  # a sum is unsafe when the second largest part lets the largest be told within 10 % of it
# How many a group has: of the roster, or of those who answered at all.
HEADS, HEADS_AS = ("response", "population"), ("respondents", "rate", "count")
EVERYBODY = ("response", "people", "organisations")
PROTECTING, HELD = "would give a suppressed number away", "as published before"


def note(people: int, organisations: int) -> str:
    """Why a number is not shown: the same words for all, since to tell them apart would tell their size.

    >>> note(5, 3)
    'fewer than 5 people or 3 organisations, or would let such a number be worked out'
    """
    few = f"fewer than {people} people or {organisations} organisations"
    return f"{few}, or would let such a number be worked out"


def suppress(
    results: pd.DataFrame,
    support: pd.DataFrame,
    totals: pd.DataFrame,
    people: int,
    organisations: int,
    earlier: pd.DataFrame | None = None,
    *,
    corrected: Collection[tuple[str, int | None]] = (),
    dominance: float = DOMINANCE,
) -> tuple[pd.DataFrame, pd.Series]:
    """Results with the numbers of unsafe rows removed, and why, by id ("" where a row is shown as it is).

    support    indexed by id, columns `results.SUPPORT`
    totals     parent, child ids
    people, organisations  thresholds; a cell at the threshold is published
    earlier    what was published before: columns of `results.COLUMNS` and edition, oldest first
    corrected  (source, year) whose changed numbers are corrections, not late answers
    dominance  a sum is unsafe when all but its two largest parts are less than this share of the largest
    The reasons tell what must not be told: they are internal.
    """
    known = relations(results, support, totals)
    stay = kept(known, earlier, people, organisations, note(people, organisations), corrected)
    backed = results.merge(support.reset_index(), on="id", how="left")
    reason = reasons(unsafe(backed, people, organisations, dominance)).to_numpy(dtype=object)
    reason = _carried(reason, backed)
    public = (results["group"] != "circle").to_numpy()
    known = replace(silenced(known, stay.row), made=np.vstack([known.made, whole_groups(known)]))
    broken = unsafe(known.rows, people, organisations, dominance)
    broken.iloc[stay.row] = False
    pattern = starting(known, reason[public] != "", stay)
    protect(pattern, needs(known, broken, people, organisations, dominance))
    hidden = np.zeros(len(results), dtype=bool)
    hidden[public], hidden[~public] = pattern.hidden, reason[~public] != ""
    reason = np.where(hidden & (reason == ""), PROTECTING, np.where(hidden, reason, ""))
    safe = _without(results, hidden, note(people, organisations))
    reason[np.flatnonzero(public)[stay.row]] = HELD
    return stay.into(safe, np.flatnonzero(public)), pd.Series(reason, index=results["id"], dtype="str")


def whole_groups(known: Relations) -> np.ndarray:
    """(row, row): how many a group has, and every statistic about the group in the same wave.

    Where one group is too small to be counted, a second one's number is hidden with it. How many of that one
    answered each question would bound its number from below, and the small one's from above: so of a group
    whose number is hidden nothing else is shown.
    """
    rows = known.rows
    counted = (
        rows["analysis"].isin(HEADS) & rows["statistic"].isin(HEADS_AS) & rows["measure"].isin(EVERYBODY)
    )
    own = ["source", "year", "wave", "group"]
    head = rows[counted & (rows["group"] != "")]
    place = [*own, "level"]
    every = rows.loc[~counted, place].assign(row=rows.index[~counted])
    return head[place].assign(head=head.index).merge(every, on=place)[["head", "row"]].to_numpy(dtype=int)


def silenced(known: Relations, rows: np.ndarray) -> Relations:
    """Rows that stand as they were published say nothing of what is true now."""
    told = known.told.copy()
    told[rows] = False
    return replace(known, told=told)


def starting(known: Relations, unsafe_: np.ndarray, stay: Kept) -> Pattern:
    """What is hidden before anything is hidden to protect it, and what cannot be hidden."""
    rows = known.rows
    exempt = (rows["exempt"].fillna("") != "").to_numpy()
    hidden = (unsafe_ | stay.hidden) & ~exempt
    hidden[stay.row] = stay.lost
    fixed = exempt.copy()
    fixed[stay.row] = True
    spent = stay.spent.copy()
    spent[known.unknown[~hidden & no_opinion(known.rows), COUNT]] = True
    return Pattern(known, hidden, fixed, spent)


def _carried(reason: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Reasons carried to every statistic of the same cell, since one gives the other away."""
    own = pd.Series(reason, index=rows.index, dtype="str")
    first = own.where(own != "").groupby(cells(rows)).transform("first").fillna("")
    exempt = (rows["exempt"].fillna("") != "").to_numpy()
    return own.where(own != "", first).mask(exempt, "").to_numpy(dtype=object)


def _without(results: pd.DataFrame, hidden: np.ndarray, said: str) -> pd.DataFrame:
    """Results without the numbers of hidden rows."""
    safe = results.copy()
    safe.loc[hidden, NUMBERS] = np.nan
    safe.loc[hidden, "status"] = SUPPRESSED
    safe.loc[hidden, "note"] = said
    return safe
