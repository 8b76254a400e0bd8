"""Suppression of small cells, and of further cells from which they could be worked out.

A statistic is suppressed when it rests on fewer distinct people, or distinct organisations, than the
threshold; a count or share also when its cell holds fewer (but not zero) people, or, where the complement
tells as much, all but fewer. Within a group everybody giving the same answer is suppressed too. What is
suppressed of a group takes every other statistic of the same cell with it. Then totals: where a total is
published and exactly one of its parts is not, the part could be worked out, so the smallest other part is
suppressed as well, and so on until nothing more is needed (Hundepool et al. 2012, Statistical Disclosure
Control, chapter 4).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SUPPRESSED = "suppressed"
NUMBERS = ["estimate", "se", "ci_low", "ci_high", "n", "population", "p", "p_adjusted"]
CELL = ["year", "wave", "source", "analysis", "measure", "category", "group", "level"]
# What the respondents of a measure say and what it is taken to say of the roster is one cell: with equal
# weights the two are one number.
SAME = {"roster": "measure", "scales": "measure", "shares": "measure"}


def suppress(
    results: pd.DataFrame, support: pd.DataFrame, totals: pd.DataFrame, people: int, organisations: int
) -> pd.DataFrame:
    """Results with the numbers of unsafe rows removed, `status` "suppressed" and a `note` saying why.

    support  indexed by id: people, organisations, count, binary, exempt (see `results.Row`)
    totals   parent, child ids
    people, organisations  thresholds; a cell at the threshold is published
    """
    backed = support.reindex(results["id"])
    reason = _primary(results, backed, people, organisations)
    reason = _same_cell(results, reason, backed)
    reason = _complementary(results, reason, backed, totals)
    hit = reason != ""
    safe = results.copy()
    safe.loc[hit, NUMBERS] = np.nan
    safe.loc[hit, "status"] = SUPPRESSED
    safe.loc[hit, "note"] = reason[hit]
    return safe


def _primary(results: pd.DataFrame, backed: pd.DataFrame, people: int, organisations: int) -> pd.Series:
    """Why a row is unsafe by itself, "" where it is safe."""
    n, orgs, cell = (
        backed[c].astype("Float64").reset_index(drop=True) for c in ("people", "organisations", "count")
    )
    binary = backed["binary"].fillna(False).astype(bool).reset_index(drop=True)
    grouped = (results["group"] != "").reset_index(drop=True)
    # That nobody of a group chose one of five answers leaves its members the other four: with what a page
    # of a circle says beside it, one.
    chosen = ((results["analysis"] == "answers") & (results["category"] != "")).reset_index(drop=True)
    rest = n - cell
    # A circle's shares are shown as bands only (see `render.circle_pages`), which hide the cell: 8 varied
    # answers must show. Its rows stand in no public file.
    banded = (results["group"] == "circle").reset_index(drop=True)
    cell, rest, binary = cell.mask(banded), rest.mask(banded), binary & ~banded
    cases = [
        ((n > 0) & (n < people), f"fewer than {people} people"),
        ((orgs > 0) & (orgs < organisations), f"fewer than {organisations} organisations"),
        ((cell > 0) & (cell < people), f"fewer than {people} people in the cell"),
        (binary & (rest > 0) & (rest < people), f"all but fewer than {people} people in the cell"),
        (
            grouped & (binary | chosen) & (n > 0) & ((rest == 0) | (cell == 0)),
            "everybody in the group gave the same answer, or nobody gave this one",
        ),
    ]
    exempt = (backed["exempt"].fillna("") != "").reset_index(drop=True)
    reason = pd.Series("", index=results.index, dtype="str")
    for unsafe, why in reversed(cases):
        reason = reason.mask((unsafe.fillna(False).astype(bool) & ~exempt).to_numpy(), why)
    return reason


def _same_cell(results: pd.DataFrame, reason: pd.Series, backed: pd.DataFrame) -> pd.Series:
    """Carry a reason to every statistic of the same cell, since one gives the other away."""
    carried = reason.where(reason != "").groupby(_cell(results).to_numpy()).transform("first").fillna("")
    exempt = (backed["exempt"].fillna("") != "").to_numpy()
    return reason.where(reason != "", carried).mask(exempt, "")


def _cell(results: pd.DataFrame) -> pd.Series:
    """One number per cell; a row of no year has a cell too."""
    told = results.assign(analysis=results["analysis"].replace(SAME))
    return told.groupby(CELL, dropna=False, sort=False).ngroup()


def _complementary(
    results: pd.DataFrame, reason: pd.Series, backed: pd.DataFrame, totals: pd.DataFrame
) -> pd.Series:
    hidden = dict(zip(results["id"], reason, strict=True))
    size = {str(k): int(v) for k, v in backed["count"].fillna(backed["people"]).fillna(0).items()}
    families = _families(results, totals)
    cells = dict(zip(results["id"], _cell(results), strict=True))
    mates: dict[int, list[str]] = {}
    for row, cell in cells.items():
        mates.setdefault(cell, []).append(row)
    changed = True
    while changed:
        changed = False
        for (parent, *_), children in families.items():
            chosen = _give_away(parent, [c for c in children if c in hidden], hidden, size)
            if chosen is not None:
                changed = True
                for mate in mates[cells[chosen]]:
                    hidden[mate] = hidden[mate] or "would give a suppressed cell away"
    return results["id"].map(hidden).astype("str")


def _families(results: pd.DataFrame, totals: pd.DataFrame) -> dict[tuple[str, ...], list[str]]:
    """Children by parent and by the way they divide it: regions are one family of a total, types another."""
    how = ["analysis", "measure", "statistic", "group"]
    keyed = totals.merge(results[["id", *how]], left_on="child", right_on="id")
    families: dict[tuple[str, ...], list[str]] = {}
    for parent, child, *key in keyed[["parent", "child", *how]].itertuples(index=False):
        families.setdefault((parent, *key), []).append(child)
    return families


def _give_away(parent: str, children: list[str], hidden: dict[str, str], size: dict[str, int]) -> str | None:
    """The next row to suppress so that this family gives nothing away, None when it is safe."""
    if parent not in hidden:
        return None
    lost = [c for c in children if hidden[c]]
    open_ = [c for c in children if not hidden[c]]
    if hidden[parent]:
        return min(open_, key=lambda c: (size[c], c)) if open_ and not lost else None
    if len(lost) != 1:
        return None
    # An empty cell protects nothing: it is passed over while a filled one is left.
    filled = [c for c in open_ if size[c] > 0]
    return min(filled, key=lambda c: (size[c], c)) if filled else None
