"""Whether anything that is hidden can be worked out from what is published, now and earlier.

The auditor takes the published rows as what they say, and the true numbers only for what must be protected.
It bounds every suppressed count, complement and sum by linear programming over all published rows together
(`bounds`), looks for unsafe rows that are shown, and for differences from earlier editions that are about
too few people. It shares the equations (`relations`) with the suppression and nothing of its decisions.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from ksn_research.disclose.bounds import NEAR, Seen, reach, seen
from ksn_research.disclose.cells import DOMINANCE
from ksn_research.disclose.differences import differences
from ksn_research.disclose.earlier import HELD_NOTE
from ksn_research.disclose.leak import Leak
from ksn_research.disclose.primary import Needs, needs, reasons, unsafe
from ksn_research.disclose.relations import BASIS, COUNT, TOTAL, Relations, no_opinion, relations
from ksn_research.results import Evidence


def audit(
    published: pd.DataFrame,
    evidence: Evidence,
    earlier: pd.DataFrame,
    people: int,
    organisations: int,
    *,
    rounding: int = 0,
    corrected: Collection[tuple[str, int | None]] = (),
    dominance: float = DOMINANCE,
) -> list[Leak]:
    """What gives something away in the published rows of an edition; empty where nothing does.

    published  the public rows, columns `results.COLUMNS`
    evidence   what was found before disclosure control
    earlier    what was published before: columns of `results.COLUMNS` and edition, oldest first
    rounding   the base that counts are rounded to, 0 where they are not
    Raises DisclosureError where the published totals contradict each other.
    """
    known = relations(evidence.results, evidence.support, evidence.totals)
    now = published.set_index("id").reindex(known.rows["id"]).reset_index()
    broken = unsafe(known.rows, people, organisations, dominance)
    stays = now["note"].fillna("").astype("str").str.startswith(HELD_NOTE).to_numpy()
    shown = now["estimate"].notna().to_numpy() & ~stays
    open_ = reasons(broken).to_numpy() != ""
    found = [
        Leak(
            str(known.rows["id"][i]),
            "shown",
            np.nan,
            np.nan,
            (np.nan, np.nan),
            "an unsafe number is published",
        )
        for i in np.flatnonzero(shown & open_)
    ]
    broken[shown | stays] = False
    wanted = needs(known, broken, people, organisations, dominance)
    return [
        *found,
        *_bounds(known, now, shown, _before(known, earlier), wanted, rounding),
        *differences(known, now, shown, earlier, people, frozenset(corrected)),
    ]


def _bounds(
    known: Relations, now: pd.DataFrame, shown: np.ndarray, before: np.ndarray, wanted: Needs, rounding: int
) -> list[Leak]:
    """Hidden numbers that are known too well."""
    if not len(wanted):
        return []
    values, errors = _constants(known, now, shown, rounding)
    given = ~np.isnan(values)
    tight = _short(seen(known.equations, given, np.nan_to_num(values), errors), wanted, known)
    # What was published before with the value that it has now is known as well: such a number is public, and
    # to hide it now protects nothing that leans on it.
    both = np.where(given, values, before)
    further = (np.isnan(both) != ~given).any()
    view = seen(known.equations, ~np.isnan(both), np.nan_to_num(both), errors)
    more = _short(view, wanted, known) if further else {}
    own = ~np.isnan(before[wanted.plus]) & ((wanted.minus < 0) | ~np.isnan(before[wanted.minus]))
    ids = known.rows["id"].to_numpy()[wanted.row]
    leaks = []
    for i, (low, high, needed) in {**more, **tight}.items():
        kind = "public" if own[i] else "bound"
        why = "already public" if own[i] else f"a suppressed {wanted.kind[i]} can be worked out too well"
        leaks.append(Leak(str(ids[i]), kind, low, high, needed, why))
    return leaks


def _constants(
    known: Relations, now: pd.DataFrame, shown: np.ndarray, rounding: int
) -> tuple[np.ndarray, np.ndarray]:
    """What the published rows say about each unknown (nan: nothing), and how far it may be off."""
    estimate, n, population = (
        now[c].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        for c in ("estimate", "n", "population")
    )
    rows, size = known.rows, len(known.truth)
    people = rows["people"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    fraction = (
        known.rows["statistic"].str.contains("share|rate|highest|lowest|retention").to_numpy(dtype=bool)
    )
    true_n = rows["n"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    basis = np.where(true_n == people, n, population)
    count = np.where(fraction, np.round(estimate * basis), estimate)
    mean = rows["statistic"].eq("mean").to_numpy()
    total = np.where(mean, estimate * n, estimate)
    values, errors = np.full(size, np.nan), np.zeros(size)
    truth = known.truth
    for kind, value in ((TOTAL, total), (BASIS, basis), (COUNT, count)):
        told = shown & known.told[:, kind] & ~np.isnan(value)
        at = known.unknown[told, kind]
        # A count of weighted answers is that of the answers: it is known through the rows beside it.
        good = value[told] if kind != COUNT else np.where(
            np.abs(value[told] - truth[at]) <= np.maximum(0.6, rounding), value[told], truth[at]
        )  # fmt: skip
        values[at] = good
        errors[at] = np.maximum(errors[at], 1e-5 * np.abs(good) if kind == TOTAL else 0.0)
    silent = no_opinion(known.rows) & shown
    values[known.unknown[silent, COUNT]] = truth[known.unknown[silent, COUNT]]
    if rounding:
        errors[~np.isnan(values)] += rounding / 2
    return values, errors


def _short(
    view: Seen, wanted: Needs, known: Relations
) -> dict[int, tuple[float, float, tuple[float, float]]]:
    """Which numbers are known too well: their bounds, and what these must hold."""
    value = wanted.value(known.truth)
    wide = ~np.isnan(wanted.width)
    nothing = np.full(len(wanted), np.nan)
    top = np.where(wide, value + wanted.width, wanted.high)
    far = reach(view, wanted, 1, top, nothing)
    bottom = np.where(wide, np.minimum(value, far) - wanted.width, wanted.low)
    bottom = np.where(wide, np.maximum(bottom, far - wanted.width), bottom)
    near = reach(view, wanted, -1, bottom, nothing)
    slack = NEAR * 10 + 1e-5 * np.abs(value)
    short = np.where(wide, far - near < wanted.width - slack, (far < top - slack) | (near > bottom + slack))
    return {
        int(i): (float(near[i]), float(far[i]), (float(bottom[i]), float(top[i])))
        for i in np.flatnonzero(short)
    }


def _before(known: Relations, earlier: pd.DataFrame) -> np.ndarray:
    """The true value of every unknown that an earlier edition told as it is now, nan elsewhere."""
    told = np.full(len(known.truth), np.nan)
    if earlier.empty:
        return told
    at = pd.Index(known.rows["id"]).get_indexer(earlier["id"])
    then = earlier[(at >= 0) & earlier["estimate"].notna().to_numpy()]
    at = at[(at >= 0) & earlier["estimate"].notna().to_numpy()]
    same = np.ones(len(at), dtype=bool)
    for column in ("estimate", "n"):
        a, b = (
            f[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            for f in (known.rows.iloc[at], then)
        )
        same &= np.isclose(a, b, rtol=1e-5, atol=1e-9, equal_nan=True)
    at = at[same]
    unknown = known.unknown[at][known.told[at]]
    told[unknown] = known.truth[unknown]
    return told
