"""Who works with whom among the organisations: P1, P10 and P15."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .base import YEARS, Files, csv_bytes, rng, weighted
from .gatherings import Gatherings
from .roster import UNDER_REACHED, Roster

RELATIONS = {
    "advice": ("Advice", 10),
    "referral": ("Referral", 8),
    "joint": ("Joint programme", 6),
    "knowledge": ("Knowledge", 8),
}
FIRST_DEGREE = {"advice": 4.4, "referral": 3.0, "joint": 2.3, "knowledge": 3.3}
NEW_DEGREE = {"advice": 1.6, "referral": 1.1, "joint": 0.9, "knowledge": 1.5}
GROWING = {2024: 1.0, 2025: 1.35}
KEPT = {"advice": 0.70, "referral": 0.67, "joint": 0.66, "knowledge": 0.66}
RESPONDING = {2023: 0.78, 2024: 0.82, 2025: 0.87}
RESPONDING_UNDER_REACHED = {2023: 6, 2024: 7, 2025: 7}
CO_ATTENDING_TIMES = 3.0
# how much likelier a tie within the region is than one across, and the scale that keeps both kinds of
# organisation equally ready to make ties
SAME_REGION_CAME, SAME_REGION_OTHERS = 2.2, 16.0
UNKNOWN = ("Sunrise Partners", "The library people", "Regional office (not sure)")


@dataclass(frozen=True)
class Network:
    """One year: nodes in roster order, who answered, and per relation the ties as true and as reported.

    co_attended[i, j] is True where people of both organisations were at one social of the year.
    """

    year: int
    nodes: np.ndarray
    region: np.ndarray
    reached: np.ndarray
    answered: np.ndarray
    true: dict[str, np.ndarray]
    co_attended: np.ndarray

    def reported(self, relation: str) -> np.ndarray:
        """Ties named by those who answered."""
        return self.true[relation] & self.answered[:, None]


def make_networks(roster: Roster, gatherings: dict[int, Gatherings]) -> dict[int, Network]:
    """Three years, each grown out of the one before."""
    networks: dict[int, Network] = {}
    answered_before: set[str] = set()
    for year in YEARS:
        networks[year] = _network(roster, gatherings[year], networks.get(year - 1), answered_before)
        answered_before = set(networks[year].nodes[networks[year].answered])
    return networks


def network_files(networks: dict[int, Network], roster: Roster) -> Files:
    """network_survey.csv of each year: one row per responding organisation, names as typed."""
    header = ["Your organisation"]
    header += [f"{label} {k}" for label, cap in RELATIONS.values() for k in range(1, cap + 1)]
    return {
        f"{year}/network_survey.csv": csv_bytes(header, _answers(network, roster))
        for year, network in networks.items()
    }


def _network(roster: Roster, gatherings: Gatherings, before: Network | None, previous: set[str]) -> Network:
    year = gatherings.year
    organisations = roster.organisations_in(year)
    nodes, region = organisations["organisation"].to_numpy(), organisations["region"].to_numpy()
    reached = np.isin(nodes, sorted(gatherings.reached))
    gone = (organisations["left"] != "").to_numpy()
    together = _together(roster, gatherings, nodes)
    answered = _answering(year, nodes, region, gone, previous)
    weights = _weights(region, reached, gone)
    true = {}
    for relation in RELATIONS:
        random = rng(relation, year)
        if before is None:
            true[relation] = _first(random, relation, weights)
        else:
            degree = NEW_DEGREE[relation] * GROWING[year]
            old = _carried(before.true[relation], before.nodes, nodes)
            known = np.isin(nodes, before.nodes)
            seen = answered & np.isin(nodes, before.nodes[before.answered])
            ties = _grown(random, weights, old, known, seen, together, KEPT[relation], degree)
            true[relation] = _capped(random, relation, ties)
    _silence(true, answered, rng("silence", year))
    return Network(year, nodes, region, reached, answered, true, together)


def _together(roster: Roster, gatherings: Gatherings, nodes: np.ndarray) -> np.ndarray:
    """Pairs of organisations whose people were at one social of the year."""
    came = gatherings.attendance.query("kind == 'social' and came_as == 'current'")
    where = came["member"].map(roster.people.set_index("member")["organisation"])
    table = pd.crosstab(where, came["event"]).reindex(nodes, fill_value=0).to_numpy() > 0
    together = (table.astype(int) @ table.T.astype(int)) > 0
    np.fill_diagonal(together, False)
    return together


def _answering(
    year: int, nodes: np.ndarray, region: np.ndarray, gone: np.ndarray, previous: set[str]
) -> np.ndarray:
    """Exactly the planted number of organisations answers; those that answered before are readier."""
    random = rng("answering", year)
    under = region == UNDER_REACHED
    few = RESPONDING_UNDER_REACHED[year]
    many = round(RESPONDING[year] * len(nodes)) - few
    ready = np.where(gone, 0.0, np.where(np.isin(nodes, sorted(previous)), 3.0, 1.0))
    answered = np.zeros(len(nodes), dtype=bool)
    answered[weighted(random, ready * under, few)] = True
    answered[weighted(random, ready * ~under, many)] = True
    return answered


def _weights(region: np.ndarray, reached: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """How likely i names j: the same region preferred, less so by organisations that come to gatherings."""
    same = region[:, None] == region[None, :]
    preference = np.where(reached, SAME_REGION_CAME, SAME_REGION_OTHERS)[:, None]
    weights = np.where(same, preference, 1.0) * ~gone[:, None] * ~gone[None, :]
    np.fill_diagonal(weights, 0.0)
    rows = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, rows, out=np.zeros_like(weights), where=rows > 0)


def _pick(random: np.random.Generator, weights: np.ndarray, allowed: np.ndarray, count: int) -> np.ndarray:
    """`count` of the allowed ordered pairs, as a matrix."""
    chosen = np.zeros(weights.shape, dtype=bool)
    chosen.flat[weighted(random, (weights * allowed).ravel(), count)] = True
    return chosen


def _first(random: np.random.Generator, relation: str, weights: np.ndarray) -> np.ndarray:
    """The network of the first year; a fifth of the ties are returned."""
    count = round(FIRST_DEGREE[relation] * len(weights) / 1.18)
    ties = _pick(random, weights * random.lognormal(0, 0.5, len(weights)), weights > 0, count)
    ties |= ties.T & (random.random(ties.shape) < 0.2)
    return _capped(random, relation, ties)


def _grown(
    random: np.random.Generator,
    weights: np.ndarray,
    old: np.ndarray,
    known: np.ndarray,
    seen: np.ndarray,
    together: np.ndarray,
    kept: float,
    degree: float,
) -> np.ndarray:
    """Last year's ties kept or lost, and new ones: co-attending pairs exactly so many times as likely.

    `old` last year's ties, `known` nodes that were there then, `seen` egos that answered both times,
    `degree` new ties per ego. The number of new ties is fixed separately for the seen egos (the pairs
    an analyst can compare) and for the others.
    """
    ties = old & (random.random(old.shape) < kept) & (weights > 0)
    for egos in (seen, ~seen):
        free = egos[:, None] & ~old & (weights > 0)
        between = free & known[None, :]
        groups = (between & together, between & ~together, free & ~known[None, :])
        for group, count in zip(groups, _new_ties(between, free, together, degree * egos.sum()), strict=True):
            ties |= _pick(random, weights * (1 + 3 * old.T), group, count)
    return ties


def _new_ties(
    between: np.ndarray, free: np.ndarray, together: np.ndarray, total: float
) -> tuple[int, int, int]:
    """How many new ties fall on co-attending pairs, on other pairs and on newcomers to the roster."""
    co, others = int((between & together).sum()), int((between & ~together).sum())
    base = total / max(1.0, CO_ATTENDING_TIMES * co + others)
    return (
        round(base * CO_ATTENDING_TIMES * co),
        round(base * others),
        round(base * int((free & ~between).sum())),
    )


def _carried(matrix: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """A matrix of last year's nodes in this year's order; newcomers without ties."""
    place = {node: i for i, node in enumerate(old)}
    both = [(i, place[node]) for i, node in enumerate(new) if node in place]
    here, there = np.array(both).T
    carried = np.zeros((len(new), len(new)), dtype=bool)
    carried[np.ix_(here, here)] = matrix[np.ix_(there, there)]
    return carried


def _capped(random: np.random.Generator, relation: str, ties: np.ndarray) -> np.ndarray:
    """No more names than the questionnaire has lines for, one line left free."""
    cap = RELATIONS[relation][1] - 1
    for ego in np.flatnonzero(ties.sum(axis=1) > cap):
        named = np.flatnonzero(ties[ego])
        ties[ego, random.choice(named, size=len(named) - cap, replace=False)] = False
    return ties


def _silence(true: dict[str, np.ndarray], answered: np.ndarray, random: np.random.Generator) -> None:
    """Three respondents name nobody at all."""
    for ego in np.sort(random.choice(np.flatnonzero(answered), size=3, replace=False)):
        for matrix in true.values():
            matrix[ego] = False


def _answers(network: Network, roster: Roster) -> list[list[str]]:
    """The rows of the export, in the order in which the answers came."""
    random = rng("typing", network.year)
    organisations = roster.organisations_in(network.year)
    names = organisations["name"].to_numpy()
    aliases = [text.split(";") if text else [] for text in organisations["aliases"]]
    order = random.permutation(np.flatnonzero(network.answered))
    rows = []
    for ego in order:
        row = [_typed(random, names[ego], aliases[ego])]
        for relation, (_, cap) in RELATIONS.items():
            named = random.permutation(np.flatnonzero(network.true[relation][ego]))
            typed = [_typed(random, names[alter], aliases[alter]) for alter in named]
            row += typed + [""] * (cap - len(typed))
        rows.append(row)
    _add_oddities(rows, [str(names[ego]) for ego in order])
    return rows


def _typed(random: np.random.Generator, name: str, aliases: list[str]) -> str:
    """A name as people type it: now and then an alias, another case, a blank at the end."""
    kind, pick = random.random(), int(random.integers(0, 1000))
    if kind < 0.10 and aliases:
        return aliases[pick % len(aliases)]
    if kind < 0.14:
        return name.lower()
    if kind < 0.16:
        return name.upper()
    return name + " " if kind < 0.20 else name


def _add_oddities(rows: list[list[str]], egos: list[str]) -> None:
    """Three names nobody knows and one organisation that names itself, on the free last advice line."""
    last = RELATIONS["advice"][1]
    for k, unknown in enumerate(UNKNOWN):
        rows[7 + 11 * k][last] = unknown
    rows[50][last] = egos[50]
