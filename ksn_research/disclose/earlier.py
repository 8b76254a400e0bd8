"""What stays as it was published, because the difference from it would be about too few people.

Whoever has an earlier edition subtracts. So the differences between what is published now and what was
published before under the same id are a table themselves, and the threshold holds in it: where a basis or a
count differs by some people but fewer than the threshold, all rows that divide the same total stay as they
were published last. A number that changed while its basis did not tells of one person's answer as well,
unless the plan says that the records were corrected.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ksn_research.disclose.relations import Relations
from ksn_research.results import COLUMNS

SAYS = "as published in the edition of {}; too few answers came since to be shown apart"
HELD_NOTE = SAYS.split("{", maxsplit=1)[0]
# What rests on its own n alone; everything else may compare several.
BASED = ("mean", "share", "share_substantive", "count", "people", "rate", "answered", "answered_substantive")
NUMBERS = ["estimate", "se", "ci_low", "ci_high", "n", "population", "p", "p_adjusted"]


@dataclass(frozen=True, eq=False)
class Kept:
    """What earlier editions have decided, over the rows of some `Relations`.

    row     rows that stay as they were published last; lost: which of those were suppressed then, or are new
    last    their columns as published last, in the order of `row`
    hidden  bool per row: suppressed last, by the same rule, and nothing changed around it
    spent   bool per unknown: published before with the value it has now, so that to hide it protects nothing
    """

    row: np.ndarray
    lost: np.ndarray
    last: pd.DataFrame
    hidden: np.ndarray
    spent: np.ndarray

    def into(self, safe: pd.DataFrame, place: np.ndarray) -> pd.DataFrame:
        """`safe` with numbers, status and note of the rows that stay; `place` is where each row stands."""
        shown = ~self.lost
        at = safe.index[place[self.row[shown]]]
        for name in [*NUMBERS, "status", "note"]:
            safe.loc[at, name] = self.last.loc[shown, name].to_numpy()
        return safe


def kept(
    known: Relations,
    earlier: pd.DataFrame | None,
    people: int,
    organisations: int,
    note: str,
    corrected: Collection[tuple[str, int | None]] = (),
) -> Kept:
    """What of the rows stays as it was, is hidden as it was, and is public already.

    earlier  columns of `results.COLUMNS` and edition, oldest first
    note     the words that suppressed rows have now: earlier ones with other words followed another rule
    """
    size = len(known.rows)
    nothing = np.array([], dtype=int)
    if earlier is None or earlier.empty:
        empty = pd.DataFrame(columns=list(COLUMNS))
        return Kept(
            nothing, nothing.astype(bool), empty, np.zeros(size, dtype=bool), np.zeros(len(known.truth), bool)
        )
    before = earlier.assign(at=pd.Index(known.rows["id"]).get_indexer(earlier["id"]))
    before = before[before["at"] >= 0]
    told = _compared(known, before)
    changed, small = _judged(known, told, people, organisations, corrected)
    family = _families(known)
    held = _with_parts(known, family, small)
    held = _with_parts(known, family, held | _left_over(known, told, held, people))
    row = np.flatnonzero(held)
    latest = before.drop_duplicates("at", keep="last").set_index("at")
    last = latest.reindex(row).reset_index(drop=True)
    hidden = np.zeros(size, dtype=bool)
    hidden[latest.index[latest["status"].eq("suppressed") & latest["note"].eq(note)]] = True
    lost = last["estimate"].isna() & ~last["status"].isin(["undefined", "not comparable"])
    return Kept(
        row, lost.to_numpy(dtype=bool), _said(last), hidden & ~_in(family, changed), _spent(known, told)
    )


def _in(family: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """All rows of the families of some rows."""
    return np.isin(family, family[rows])


def _with_parts(known: Relations, family: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The families of some rows, and the parts of every row in them, and so on: beside a total that stays,
    what is new of a part would tell of the others."""
    parent, child = known.pairs["parent"].to_numpy(dtype=int), known.pairs["child"].to_numpy(dtype=int)
    held = _in(family, rows)
    while True:
        parts = np.zeros(len(held), dtype=bool)
        parts[child[held[parent]]] = True
        if not (parts & ~held).any():
            return held
        held |= _in(family, parts)


def _said(last: pd.DataFrame) -> pd.DataFrame:
    """The rows that stay, with the edition that they are of; the words of one that stayed before are kept."""
    note = last["note"].fillna("").astype("str")
    plain = ~note.str.startswith(HELD_NOTE)
    return last.assign(note=note.mask(plain, last["edition"].astype("str").map(SAYS.format)))


def _compared(known: Relations, before: pd.DataFrame) -> pd.DataFrame:
    """Every earlier published number of a row beside the one it has now: at, dn, dcount, differs (value)."""
    now = known.rows.loc[before["at"]].reset_index(drop=True)
    then = before.reset_index(drop=True)
    numbers = then["estimate"].notna() & now["estimate"].notna() & then["status"].eq("published")
    n, count = (now[c].astype("Float64").astype(float) for c in ("n", "count"))
    n_then = then["n"].astype("Float64").astype(float)
    share = now["statistic"].str.contains("share|rate|highest|lowest") | now["binary"].fillna(False).astype(
        bool
    )
    whole = (now["estimate"] - count).abs() < 1e-9
    dn = (n - n_then).fillna(0.0)
    one = (now["estimate"] * n - then["estimate"] * n_then).round().where(share & (now["unit"] == "people"))
    dcount = one.where(~whole, now["estimate"] - then["estimate"]).fillna(0.0)
    near = np.isclose(now["estimate"], then["estimate"], rtol=1e-5, atol=1e-9)
    told = pd.DataFrame(
        {"at": then["at"], "dn": dn, "dcount": dcount, "differs": ~near, "then": then["edition"]}
    )
    return told[numbers.to_numpy()].reset_index(drop=True)


def _judged(
    known: Relations,
    told: pd.DataFrame,
    people: int,
    organisations: int,
    corrected: Collection[tuple[str, int | None]],
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that changed at all, and rows whose change is about too few."""
    rows = known.rows.loc[told["at"]].reset_index(drop=True)
    exempt = (rows["exempt"].fillna("") != "") | (rows["people"].isna() & rows["organisations"].isna())
    t = np.where(rows["unit"] == "organisations", organisations, people)
    of_people = rows["unit"].isin(["people", "organisations"])
    few = [(told[c].abs() > 0.5) & (told[c].abs() < t) for c in ("dn", "dcount")]
    rest = told["dn"] - told["dcount"]
    few.append(rows["binary"].fillna(False) & (rest.abs() > 0.5) & (rest.abs() < t))
    settled = [(source, None if pd.isna(year) else int(year)) in set(corrected)
               for source, year in zip(rows["source"], rows["year"], strict=True)]  # fmt: skip
    alone = told["differs"] & (told["dn"].abs() < 0.5) & ~pd.Series(settled, dtype=bool)
    alone &= ~follows(rows, told["dn"].abs() >= people, few[0] | few[1] | few[2])
    unsafe = of_people & (few[0] | few[1] | few[2]) | alone
    changed = told["differs"] | (told["dn"].abs() > 0.5)
    wave = rows.groupby(["source", "year", "wave"], dropna=False).ngroup()
    late = (of_people & (few[0]) & (rows["group"] == "")).groupby(wave).transform("any")
    unsafe = (unsafe | (~of_people & changed & late)) & ~exempt
    size = len(known.rows)
    return _any(told["at"], changed, size), _any(told["at"], unsafe, size)


def follows(rows: pd.DataFrame, enough: pd.Series, few: pd.Series) -> pd.Series:
    """Rows that compare others, where what they compare has changed by people enough: a difference of two
    waves moves with the answers that came to either, while its own n may not.

    rows    columns source, measure, group, level, statistic
    enough  whether people enough came to a row; few: whether what changed in it is about too few
    """
    compared = rows.groupby(["source", "measure", "group", "level"], dropna=False, sort=False).ngroup()
    based = rows["statistic"].isin(BASED)
    moved, held = ((based & one).groupby(compared).transform("any") for one in (enough, few))
    return ~based & moved & ~held


def _any(at: pd.Series, found: pd.Series, size: int) -> np.ndarray:
    marked = np.zeros(size, dtype=bool)
    marked[at[found.to_numpy(dtype=bool)]] = True
    return marked


def _families(known: Relations) -> np.ndarray:
    """For every row the number of its family: the rows that divide the same total, those that share a row
    being one; a row that divides nothing is its own."""
    pairs, size = known.pairs, len(known.rows)
    nodes = size + int(pairs["family"].max() + 1 if len(pairs) else 0)
    place = (pairs["child"].to_numpy(dtype=int), size + pairs["family"].to_numpy(dtype=int))
    graph = coo_array((np.ones(len(pairs)), place), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1][:size]


def _left_over(known: Relations, told: pd.DataFrame, held: np.ndarray, people: int) -> np.ndarray:
    """Rows of families of which some were not shown, where what came since to all of these is too few."""
    latest = told.drop_duplicates("at", keep="last").set_index("at")
    pairs = known.pairs[~held[known.pairs["parent"]]]
    unsafe = np.zeros(len(known.rows), dtype=bool)
    for column, own in (("dcount", pairs), ("dn", pairs[~pairs["same"].astype(bool)])):
        came = latest[column].reindex(range(len(known.rows))).to_numpy(dtype=float, na_value=np.nan)
        change = own.assign(part=came[own["child"]], whole=came[own["parent"]])
        sums = change.groupby("family").agg(
            part=("part", "sum"), open=("part", lambda s: s.isna().any()), whole=("whole", "first")
        )
        over = (sums["whole"] - sums["part"]).abs()
        few = sums.index[sums["open"] & (over > 0.5) & (over < people)]
        unsafe[own.loc[own["family"].isin(few), "child"]] = True
    return unsafe


def _spent(known: Relations, told: pd.DataFrame) -> np.ndarray:
    """Unknowns that were published with the value that they have now."""
    spent = np.zeros(len(known.truth), dtype=bool)
    at = told.loc[~told["differs"] & (told["dn"].abs() < 0.5), "at"].unique()
    spent[known.unknown[at][known.told[at]]] = True
    return spent
