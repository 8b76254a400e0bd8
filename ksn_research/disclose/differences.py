"""What two editions tell together: differences between their published rows that are about too few people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ksn_research.disclose.earlier import follows
from ksn_research.disclose.leak import Leak
from ksn_research.disclose.relations import BASIS, COUNT, Relations

SHARES = ("share", "share_substantive", "highest", "lowest", "retention")
UNKNOWN = (float("nan"), float("nan"))


def differences(
    known: Relations,
    now: pd.DataFrame,
    shown: np.ndarray,
    earlier: pd.DataFrame,
    people: int,
    corrected: frozenset[tuple[str, int | None]],
) -> list[Leak]:
    """Rows about people whose n or count differs by too few from any earlier edition, or whose value changed
    while n did not, and hidden parts of a total that changed by too few since the last one.

    now      the published rows in the order of `known.rows`; shown: which of them say what is true now
    earlier  columns of `results.COLUMNS` and edition, oldest first
    """
    if earlier.empty:
        return []
    rows = known.rows
    subject = shown & rows["unit"].eq("people").to_numpy() & (rows["exempt"].fillna("") == "").to_numpy()
    here = now.assign(at=np.arange(len(now)))[subject & rows["people"].notna().to_numpy()]
    both = here.merge(earlier[earlier["status"] == "published"], on="id", suffixes=("", "_then"))
    both = both.assign(counted=known.rows["count"].notna().to_numpy()[both["at"]])
    change = _change(both)
    settled = [
        (source, None if pd.isna(year) else int(year)) in corrected
        for source, year in zip(both["source"], both["year"], strict=True)
    ]
    alone = change["moved"] & (change["dn"].abs() < 0.5) & ~np.array(settled, dtype=bool)
    few = _few(change["dn"], people) | _few(change["dcount"], people)
    unsafe = few | alone & ~follows(both, change["dn"].abs() >= people, few)
    why = "differs from the edition of {} by too few people"
    found = [
        Leak(row, "difference", d, d, UNKNOWN, why.format(edition))
        for row, edition, d in both.assign(d=change["dn"])
        .loc[unsafe, ["id", "edition", "d"]]
        .itertuples(index=False)
    ]
    return found + _left_over(known, both["at"], change, people)


def _change(both: pd.DataFrame) -> pd.DataFrame:
    """dn, dcount (0 where a row counts nobody), and whether the value moved."""
    number = {
        c: both[c].astype("Float64").astype(float) for c in ("estimate", "n", "estimate_then", "n_then")
    }
    share = both["statistic"].isin(SHARES)
    size = (number["estimate"] * number["n"]).where(share, number["estimate"])
    before = (number["estimate_then"] * number["n_then"]).where(share, number["estimate_then"])
    near = np.isclose(number["estimate"], number["estimate_then"], rtol=1e-5, atol=1e-9)
    change = {
        "dn": number["n"] - number["n_then"],
        "dcount": (size - before).round().where(both["counted"], 0.0),
    }
    return pd.DataFrame({name: value.fillna(0.0) for name, value in change.items()} | {"moved": ~near})


def _few(change: pd.Series, people: int) -> pd.Series:
    return (change.abs() > 0.5) & (change.abs() < people)


def _left_over(known: Relations, at: pd.Series, change: pd.DataFrame, people: int) -> list[Leak]:
    """Parts of a total that are hidden, where what came to all of them together is too few."""
    came = np.full(len(known.truth), np.nan)
    latest = change.assign(at=at).drop_duplicates("at", keep="last")
    for kind, name in ((BASIS, "dn"), (COUNT, "dcount")):
        there = known.unknown[latest["at"], kind] >= 0
        came[known.unknown[latest["at"][there], kind]] = latest[name][there]
    matrix = known.equations
    whole = np.diff(matrix[:, known.shared :].indptr) == 0
    told = matrix @ np.nan_to_num(came)
    open_ = abs(matrix) @ np.isnan(came).astype(float) > 0
    few = np.flatnonzero(whole & open_ & (np.abs(told) > 0.5) & (np.abs(told) < people))
    leaks = []
    for line in few:
        columns = matrix.indices[matrix.indptr[line] : matrix.indptr[line + 1]]
        row = np.flatnonzero(np.isin(known.unknown, columns[np.isnan(came[columns])]).any(axis=1))[0]
        why = "what came to the hidden parts of its total since an earlier edition is too few people"
        leaks.append(Leak(str(known.rows["id"][row]), "difference", told[line], told[line], UNKNOWN, why))
    return leaks
