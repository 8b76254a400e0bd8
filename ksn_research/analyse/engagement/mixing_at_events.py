"""Who meets whom at events: pairs at one event by the role in which the two came, against chance.

Imports `attendance`; uses `survey.groups`. Two people who were at the same event are one pair of that event.
By chance means: the same roles dealt by lot to the same attendances of a kind of event, each event keeping
its size. The expected mix is exact; the p value is by lot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.engagement.attendance import RECORD, everyone, once
from ksn_research.analyse.survey.groups import Sample, sample
from ksn_research.executors import each
from ksn_research.results import Row

DRAWS, SEED = 2000, 1
BATCH = 1_000_000  # attendances dealt at once
LOT = "roles dealt by lot to the attendances of this kind, event sizes kept"
PAIRS = f"pairs of people at the same event, an event at a time; {RECORD}"
ACROSS = f"share of these pairs whose roles differ; p (two-sided) by {DRAWS} draws, {LOT}; {PAIRS}"
EXPECTED = f"exact expectation of the same, {LOT}"
RATIO = f"pairs of these two roles over those expected, {LOT}; p (two-sided) by {DRAWS} draws; {PAIRS}"
EVERY_ROLE = f"share of events to which somebody came in every role that came to this kind; {RECORD}"
ONE_EVENT = "one event, whose mix by lot is its own: nothing to compare with"


@dataclass(frozen=True, eq=False)
class Mix:
    """Pairs by role: k x k, symmetric; two of one role on the diagonal. `p` is nan where lot gives no other
    number."""

    observed: np.ndarray
    expected: np.ndarray
    p: np.ndarray
    across: float
    across_expected: float
    across_p: float


def role_pairs(events: np.ndarray, roles: np.ndarray) -> np.ndarray:
    """Pairs at the same event by role, k x k, symmetric. `events`, `roles`: codes from 0, one per attendance.

    >>> role_pairs(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])).tolist()
    [[1.0, 2.0], [2.0, 0.0]]
    """
    return _pairs(events, roles[None])[0]


def _pairs(events: np.ndarray, dealt: np.ndarray) -> np.ndarray:
    """The same for every row of `dealt`, draws x attendances: draws x k x k."""
    draws, size, number = len(dealt), int(dealt.max()) + 1, int(events.max()) + 1
    cell = (np.arange(draws)[:, None] * number + events) * size + dealt
    table = np.bincount(cell.ravel(), minlength=draws * number * size).reshape(draws, number, size)
    tables = table.astype(float)
    pairs = tables.transpose(0, 2, 1) @ tables
    at = np.arange(size)
    pairs[:, at, at] = (tables * (tables - 1) / 2).sum(axis=1)
    return np.asarray(pairs)


def _dealt(roles: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    """So many deals of the roles, in batches that fit into memory."""
    random = np.random.default_rng(seed)
    batch = max(1, BATCH // len(roles))
    for start in range(0, draws, batch):
        rows = np.tile(roles.astype(np.int32), (min(batch, draws - start), 1))
        yield random.permuted(rows, axis=1, out=rows)


def expected_pairs(events: np.ndarray, roles: np.ndarray) -> np.ndarray:
    """What `role_pairs` is on average over all ways of dealing the roles to the attendances.

    Any two attendances have roles a and b with probability 2 N_a N_b / (N (N - 1)), two of a with
    N_a (N_a - 1) / (N (N - 1)); there are sum n_e (n_e - 1) / 2 pairs.
    """
    sizes, held = np.bincount(events), np.bincount(roles).astype(float)
    total, pairs = len(events), float((sizes * (sizes - 1) / 2).sum())
    if total < 2:
        return np.zeros((len(held), len(held)))
    chance = 2 * np.outer(held, held)
    chance[np.diag_indices(len(held))] = held * (held - 1)
    return np.asarray(pairs * chance / (total * (total - 1)))


def role_mix(events: np.ndarray, roles: np.ndarray, draws: int = DRAWS, seed: int = SEED) -> Mix:
    """Observed and expected pairs by role, with permutation p values: (1 + draws at least as far from what is
    expected) / (1 + draws). Needs at least one pair."""
    observed, expected = role_pairs(events, roles), expected_pairs(events, roles)
    dealt = np.concatenate(list(each(partial(_pairs, events), _dealt(roles, draws, seed))))
    total = float(np.triu(observed).sum())

    def across(pairs: np.ndarray) -> np.ndarray:
        return 1 - np.trace(pairs, axis1=-2, axis2=-1) / total

    def p(seen: np.ndarray, lot: np.ndarray, mean: np.ndarray) -> np.ndarray:
        far = np.abs(lot - mean) >= np.abs(seen - mean) - 1e-9
        return np.where(np.ptp(lot, axis=0) > 1e-9, (1 + far.sum(axis=0)) / (1 + draws), np.nan)

    seen, mean = across(observed), across(expected)
    return Mix(
        observed, expected, p(observed, dealt, expected), float(seen), float(mean),
        float(p(seen, across(dealt), mean)),
    )  # fmt: skip


def event_mixing_rows(came: pd.DataFrame, year: int | None) -> list[Row]:
    """Rows "event_mixing" of every kind of event to which people came in at least two roles."""
    rows: list[Row] = []
    for kind, part in once(came.dropna(subset=["came_as", "event"])).groupby("kind", sort=True):
        counted = sample(part, source="attendance", year=year, by=())
        # One role mixes with nobody, and nobody mixes at events to which one person came.
        if len(part["came_as"].unique()) > 1 and part["event"].value_counts().max() > 1:
            rows += _rows(counted, str(kind))
    return rows


def _rows(counted: Sample, kind: str) -> Iterator[Row]:
    roles, names = pd.factorize(counted.frame["came_as"], sort=True)
    events = pd.factorize(counted.frame["event"])[0]
    number = int(events.max()) + 1
    mix = role_mix(events, roles, DRAWS if number > 1 else 1)
    total = int(np.triu(mix.observed).sum())
    note = "" if number > 1 else ONE_EVENT
    base: dict[str, Any] = {"analysis": "event_mixing", "measure": kind, "n": total, "unit": "dyads"}
    all_ = {**base, **everyone(counted)}
    yield counted.row(statistic="across_share", estimate=mix.across, method=ACROSS, p=_p(mix.across_p),
                      note=note, **all_)  # fmt: skip
    yield counted.row(statistic="across_expected", estimate=mix.across_expected, method=EXPECTED, **all_)
    present = np.zeros((number, len(names)), dtype=bool)
    present[events, roles] = True
    yield counted.row(statistic="all_roles_share", estimate=float(present.all(axis=1).mean()),
                      method=EVERY_ROLE, **{**all_, "n": number, "unit": "events"})  # fmt: skip
    for a in range(len(names)):
        for b in range(a, len(names)):
            yield from _pair(
                counted, mix, (a, b), roles, [str(name) for name in names], {**base, "note": note}
            )


def _pair(
    counted: Sample, mix: Mix, at: tuple[int, int], roles: np.ndarray, names: list[str], base: dict[str, Any]
) -> Iterator[Row]:
    """Rows of two roles; they rest on the people who came in the one that fewer people came in."""
    a, b = at
    some = [counted.support(counted.groupings[0], roles == role)[0] for role in at]
    fewer = min(some, key=lambda support: support["people"] or 0)
    pairs, expected = float(mix.observed[at]), float(mix.expected[at])
    fields = {**base, "category": f"{names[a]} & {names[b]}", "people": fewer["people"],
              "organisations": fewer["organisations"]}  # fmt: skip
    yield counted.row(statistic="pairs", estimate=pairs, method=PAIRS, **fields)
    yield counted.row(statistic="pairs_expected", estimate=expected, method=EXPECTED, **fields)
    if expected == 0:
        fields |= {"note": "no such pair is possible", "status": "undefined"}
    yield counted.row(statistic="ratio", estimate=pairs / expected if expected else None, method=RATIO,
                      p=_p(float(mix.p[at])), **fields)  # fmt: skip


def _p(value: float) -> float | None:
    return value if np.isfinite(value) else None
