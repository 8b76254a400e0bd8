"""Which rows are unsafe by themselves, and what of them a reader must not be able to work out.

A statistic is unsafe when it rests on fewer distinct people, or organisations, than the threshold; a count
or share also when its cell holds fewer (but not zero) people or, where the complement tells as much, all
but fewer; within a group also when everybody gave the same answer or nobody this one; a sum when its
largest part could be estimated too well by the second largest (p % rule). Source: Hundepool et al. 2012,
Statistical Disclosure Control, sections 4.2.1 (threshold) and 4.2.2 (p % rule).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ksn_research.disclose.relations import BASIS, COUNT, NONE, TOTAL, Relations

FEW_PEOPLE, FEW_ORGANISATIONS, SMALL, ALL_BUT, SAME_ANSWER, DOMINATED = (
    "few people", "few organisations", "small cell", "all but few", "same answer", "dominated",
)  # fmt: skip
KEY = ["year", "wave", "source", "analysis", "measure", "category", "statistic"]
RULES = (FEW_PEOPLE, FEW_ORGANISATIONS, SMALL, ALL_BUT, SAME_ANSWER, DOMINATED)


def unsafe(rows: pd.DataFrame, people: int, organisations: int, dominance: float) -> pd.DataFrame:
    """Which rule (columns `RULES`, bool) each row breaks by itself; exempt rows break none.

    rows  results with their support (people, organisations, count, binary, exempt, largest, second)
    """
    n, orgs, cell, most, second = (
        rows[c].astype("Float64") for c in ("people", "organisations", "count", "largest", "second")
    )
    binary, grouped = rows["binary"].fillna(False).astype(bool), rows["group"] != ""
    # That nobody of a group chose one of five answers leaves its members the other four: with what a page
    # of a circle says beside it, one.
    chosen = (rows["analysis"] == "answers") & (rows["category"] != "")
    # A circle's shares are shown as bands only (see `render.circle_pages`), which hide the cell: 8 varied
    # answers must show. Its rows stand in no public file.
    banded = rows["group"] == "circle"
    cell, binary = cell.mask(banded), binary & ~banded
    rest = n - cell
    same = grouped & (binary | chosen) & (n > 0) & ((rest == 0) | (cell == 0))
    broken = {
        FEW_PEOPLE: (n > 0) & (n < people),
        FEW_ORGANISATIONS: (orgs > 0) & (orgs < organisations),
        SMALL: (cell > 0) & (cell < people),
        ALL_BUT: binary & (rest > 0) & (rest < people),
        SAME_ANSWER: same.fillna(False).astype(bool) & ~_of_all(rows, cell, rest),
        DOMINATED: rows["estimate"].astype("Float64") - most - second.fillna(0) < dominance * most,
    }
    subject = rows["exempt"].fillna("") == ""
    return pd.DataFrame(
        {
            rule: found.fillna(False).to_numpy(dtype=bool) & subject.to_numpy()
            for rule, found in broken.items()
        },
        index=rows.index,
    )


def _of_all(rows: pd.DataFrame, cell: pd.Series, rest: pd.Series) -> pd.Series:
    """Rows of groups whose whole sample gave the same answer, or none gave it: that is no news of a group."""
    key = rows.groupby(KEY, dropna=False, sort=False).ngroup()
    whole = (rows["group"] == "").to_numpy()
    found = pd.Series(False, index=rows.index)
    for one in (cell, rest):
        none = one.eq(0).fillna(False).astype(bool)
        found |= none & key.isin(key[whole & none])
    return found


def reasons(broken: pd.DataFrame) -> pd.Series:
    """The first rule that each row breaks, "" where it breaks none."""
    reason = pd.Series("", index=broken.index, dtype="str")
    for rule in reversed(RULES):
        reason = reason.mask(broken[rule], rule)
    return reason


@dataclass(frozen=True, eq=False)
class Needs:
    """What must stay uncertain: of each, the unknown `plus` minus the unknown `minus` (-1: nothing).

    low, high  the bounds that a reader can work out must be as far apart as this: at or below `low`, at or
               above `high`
    width      where not nan, only how far apart they must be
    """

    row: np.ndarray
    kind: np.ndarray
    plus: np.ndarray
    minus: np.ndarray
    low: np.ndarray
    high: np.ndarray
    width: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def value(self, unknowns: np.ndarray) -> np.ndarray:
        """The value of each at these values of the unknowns."""
        return unknowns[self.plus] - np.where(self.minus >= 0, unknowns[self.minus], 0.0)

    def take(self, chosen: np.ndarray) -> Needs:
        """Some of them."""
        return Needs(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def needs(known: Relations, broken: pd.DataFrame, people: int, organisations: int, dominance: float) -> Needs:
    """What must be protected of the rows that break a rule, each once.

    A count (or a complement) below the threshold t: a reader must not be able to exclude any number from 1 to
    t - 1, nor more than its basis allows. A mean of too few: the sum of the answers must stay open by as much
    as one person's answer can differ, any other sum by `dominance` of it, and by one. What rests on too few
    organisations: a count must stay open by t - 1.
    """
    rows, unknown = known.rows, known.unknown
    count, basis, total = (unknown[:, kind] for kind in (COUNT, BASIS, TOTAL))
    size = np.where((basis >= 0) & ~_heads(known), known.truth[basis], np.inf)
    judged = rows["count"].notna().to_numpy() | rows["people"].isna().to_numpy()
    alone = (basis < 0) & rows["people"].isna().to_numpy()
    top = np.minimum(np.where(alone, organisations, people) - 1, size)
    few = broken[FEW_PEOPLE].to_numpy() | (alone & broken[FEW_ORGANISATIONS].to_numpy())
    cell = (few | broken[SMALL].to_numpy()) & judged & (count >= 0)
    x = np.where(count >= 0, known.truth[count], np.nan)
    # That nobody of a small group said what nobody at all said is told by the whole sample.
    cell &= ~((x == 0) & _of_all(rows, pd.Series(x), pd.Series(size - x)).to_numpy())
    same = broken[SAME_ANSWER].to_numpy() & judged & (count >= 0)
    rest = (broken[ALL_BUT].to_numpy() | (same & (x == known.truth[basis]))) & (basis >= 0) & (basis != count)
    none = np.full(len(rows), NONE)
    open_ = np.full(len(rows), np.nan)
    ones = np.ones(len(rows))
    few_orgs = broken[FEW_ORGANISATIONS].to_numpy() & ~few & ~cell & ~rest & ~same
    sums = (few | few_orgs | broken[DOMINATED].to_numpy()) & (total >= 0) & ((count < 0) | (total != count))
    most, most_rest = _of_exempt(known)
    found = [
        (cell | (same & (x == 0)), "count", count, none, ones, np.minimum(top, most), open_),
        (rest, "rest", basis, count, ones, np.minimum(top, most_rest), open_),
        (few_orgs & judged & (count >= 0), "count", count, none, open_, open_, ones * (people - 1)),
        (sums, "sum", total, none, open_, open_, _room(known, total, dominance)),
    ]
    parts = [
        pd.DataFrame(
            {"row": np.flatnonzero(at), "kind": kind}
            | {n: v[at] for n, v in zip(("plus", "minus", "low", "high", "width"), values, strict=True)}
        )
        for at, kind, *values in found
    ]
    frame = pd.concat(parts, ignore_index=True).drop_duplicates(["plus", "minus"]).reset_index(drop=True)
    return Needs(*(frame[name].to_numpy() for name in Needs.__dataclass_fields__))


def _of_exempt(known: Relations) -> tuple[np.ndarray, np.ndarray]:
    """The most that the count of a row and its rest can be, where a row it is a part of is always shown: a
    theme of three interviews has at most three in any group, and everybody may know that."""
    pairs, unknown = known.pairs, known.unknown
    shown = (known.rows["exempt"].fillna("") != "").to_numpy()
    own = pairs[shown[pairs["parent"]]]
    parent, child = own["parent"].to_numpy(dtype=int), own["child"].to_numpy(dtype=int)
    count, basis = (
        np.where(unknown[parent, kind] >= 0, known.truth[unknown[parent, kind]], np.inf)
        for kind in (COUNT, BASIS)
    )
    most, rest = np.full((2, len(known.rows)), np.inf)
    np.minimum.at(most, child, count)
    np.minimum.at(rest, child, np.where(np.isfinite(count), basis - count, np.inf))
    return most, rest


def _heads(known: Relations) -> np.ndarray:
    """Rows that count heads: their basis is themselves, and no bound of them."""
    count, basis = known.unknown[:, COUNT], known.unknown[:, BASIS]
    both = (count >= 0) & (basis >= 0)
    bound = np.zeros(len(known.truth), dtype=bool)
    bound[basis[both & (known.truth[count] != known.truth[basis])]] = True
    bound[count[count >= 0]] = True
    return both & ~bound[basis]


def _room(known: Relations, total: np.ndarray, dominance: float) -> np.ndarray:
    """How far apart the bounds of a sum must be."""
    rows = known.rows
    low, high = (rows[c].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for c in ("low", "high"))
    sum_ = np.where(total >= 0, known.truth[total], 0.0)
    mean = rows["statistic"].eq("mean").to_numpy()
    part = np.where(mean, dominance * sum_, np.maximum(1.0, dominance * sum_))
    return np.where(np.isnan(high - low), part, high - low)
