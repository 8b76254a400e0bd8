"""Where groups stand in a network: the mean position of each group's nodes, against all other nodes.

Imports `declared`, and of `network` the positions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ksn_research.analyse.mixed.declared import OTHERS, Joint, wanting
from ksn_research.analyse.network.holes import structural_holes
from ksn_research.analyse.network.positions import betweenness, harmonic_closeness
from ksn_research.analyse.network.setting import Setting, is_network, settings
from ksn_research.analyse.network.structure import Estimate, Network, popularity
from ksn_research.analyse.survey.groups import number
from ksn_research.executors import each
from ksn_research.plan import Wave
from ksn_research.prepared import Prepared
from ksn_research.results import Row, result_id

# As `network.position_rows` has them.
VALUES: Mapping[str, Callable[[Network], np.ndarray]] = {
    "in_degree_share": popularity,
    "betweenness": lambda g: betweenness(g, normalised=True),
    "harmonic_closeness": lambda g: harmonic_closeness(g, "in"),
    "constraint": lambda g: structural_holes(g).constraint,
    "effective_size": lambda g: structural_holes(g).effective_size,
    "efficiency": lambda g: structural_holes(g).efficiency,
}
DRAWS, SEED = 4_999, 1
GROUPED = ("region", "type")
NO_NETWORK = "this network was not collected"
NO_GROUPS = "positions are told by region and type, where the roster of the network has them"
TWO_YEARS = "means of two networks whose nodes are mostly the same: no interval of their difference"
FEW = "fewer than 2 nodes on one side"
ALIKE = "no variation: no interval"
MEAN = "mean over the group's nodes, each counted once"
BY_LOT = (
    f"mean of the group's nodes minus that of all other nodes; {OTHERS}; nodes of one network are not "
    "independent: interval and p by giving the groups to the nodes by lot "
    f"({DRAWS:,} seeded draws): the difference less the middle 95 % of what lot alone gives"
)


@dataclass(frozen=True)
class Lot:
    """A difference of means, its interval and p by permutation; nan where undefined, and `note` why."""

    difference: float
    low: float
    high: float
    p: float
    note: str = ""


def position_by_group(prepared: Prepared, one: Joint, wave: Wave | None) -> list[Row]:
    """Mean position of each group's nodes in a wave, and its difference to all other nodes; without groups
    the mean of all, whose change has no interval."""
    source, relation, measure = one.position or ("", "", "")
    s = _setting(prepared, source, relation, wave)
    if s is None:
        return [wanting(one, source, relation, wave.year if wave else None, "organisations", NO_NETWORK)]
    values = VALUES[measure](s.network)
    if not one.by:
        everybody = np.ones(s.network.size, dtype=bool)
        why = wanting(one, source, relation, s.year, s.units, TWO_YEARS)
        return [_mean(s, one, values, everybody, ""), why]
    if one.by not in GROUPED or one.by not in s.attributes:
        return [wanting(one, source, relation, s.year, s.units, NO_GROUPS)]
    labels = s.labels(one.by)
    levels = sorted({label for label in labels if label is not None})
    found = by_lot(values, np.array([levels.index(x) if x is not None else -1 for x in labels]), len(levels))
    rows: list[Row] = []
    for level, lot in zip(levels, found, strict=True):
        chosen = np.equal(labels, level).astype(bool)
        counted = chosen & ~np.isnan(values)
        rows.append(_mean(s, one, values, chosen, level))
        rows.append(_difference(s, one, counted, level, lot, int((~np.isnan(values)).sum())))
    return rows


def by_lot(
    values: np.ndarray, codes: np.ndarray, size: int, draws: int = DRAWS, seed: int = SEED
) -> list[Lot]:
    """Each level's mean less that of all other nodes, by permuting values over nodes.

    values  one per node, nan where undefined (those nodes are left out)
    codes   the level of each node from 0, -1 where it is not known (such a node is among the others)

    The interval holds every shift of the level's values that a permutation test at .05 does not reject, taken
    from the distribution under no shift; p is (1 + k) / (1 + draws).

    >>> lot = by_lot(np.array([5.0, 6, 7, 8, 1, 2, 3, 4]), np.array([0] * 4 + [1] * 4), 2)[0]
    >>> lot.difference, lot.low > 0, lot.p < 0.05
    (4.0, True, True)
    """
    known = ~np.isnan(values)
    x, level = values[known], codes[known]
    n = np.bincount(level[level >= 0], minlength=size)
    random = np.random.default_rng(seed)
    dealt = (random.permutation(x) for _ in range(draws))
    drawn = np.array(list(each(partial(_differences, level=level, n=n), dealt)))
    return [
        _lot(d, own, m, len(x), x) for d, own, m in zip(_differences(x, level, n), drawn.T, n, strict=True)
    ]


def _differences(x: np.ndarray, level: np.ndarray, n: np.ndarray) -> np.ndarray:
    sums = np.bincount(level[level >= 0], weights=x[level >= 0], minlength=len(n))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums / n - (x.sum() - sums) / (len(x) - n))


def _lot(difference: float, drawn: np.ndarray, n: int, of: int, x: np.ndarray) -> Lot:
    if min(n, of - n) < 2:
        return Lot(np.nan, np.nan, np.nan, np.nan, FEW)
    if np.ptp(x) == 0:
        return Lot(float(difference), np.nan, np.nan, np.nan, ALIKE)
    low, high = np.quantile(drawn, [0.025, 0.975])
    as_far = int((np.abs(drawn) >= abs(difference) - 1e-12).sum())
    return Lot(
        float(difference), float(difference - high), float(difference - low), (1 + as_far) / (1 + len(drawn))
    )


def _setting(prepared: Prepared, source: str, relation: str, wave: Wave | None) -> Setting | None:
    own = prepared.study.sources.get(source)
    if own is None or wave is None or not is_network(own):
        return None
    return next((s for s in settings(prepared, own, wave) if s.relation == relation), None)


def _mean(s: Setting, one: Joint, values: np.ndarray, chosen: np.ndarray, level: str) -> Row:
    counted = chosen & ~np.isnan(values)
    n = int(counted.sum())
    found = Estimate(float(values[counted].mean())) if n else Estimate(None, why="undefined for every node")
    more = {"n": n, "population": int(chosen.sum()), "method": MEAN}
    return s.row("joint", "mean", found, **more, **_shared(s, one, counted, level))


def _difference(s: Setting, one: Joint, counted: np.ndarray, level: str, lot: Lot, n: int) -> Row:
    numbers = (number(lot.difference), None, number(lot.low), number(lot.high))
    found = Estimate(*numbers, why=lot.note)
    more = {"n": n, "p": number(lot.p), "method": BY_LOT}
    return s.row("joint", "difference", found, **more, **_shared(s, one, counted, level))


def _shared(s: Setting, one: Joint, counted: np.ndarray, level: str) -> dict[str, Any]:
    """What both rows of a group share. The group is not shown where its mean among the positions is not."""
    parents = (_told(s, one, level),) if level else ()
    key = {"category": one.name, "group": one.by, "level": level, "unit": s.units, "parents": parents}
    return {**key, **s.support(counted)}


def _told(s: Setting, one: Joint, level: str) -> str:
    """The id of the group's mean among the positions."""
    measure = one.position[2] if one.position else ""
    return result_id(
        year=s.year,
        wave=s.wave,
        source=s.source,
        analysis="positions",
        measure=s.relation,
        category=measure,
        group=one.by,
        level=level,
        statistic="mean",
    )
