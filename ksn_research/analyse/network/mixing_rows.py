"""Rows of ties within and across the groups of an attribute, and of who spans them.

Imports `setting`, `structure`, `mixing`, `homophily`, `e_i_bounds`, `assortativity` and `attendance_effect`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ksn_research.analyse.network import attendance_effect as meeting
from ksn_research.analyse.network import homophily as alike
from ksn_research.analyse.network import mixing as mix
from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.assortativity import assortativity
from ksn_research.analyse.network.cells import by_group
from ksn_research.analyse.network.e_i_bounds import e_i_bounds
from ksn_research.analyse.network.setting import Setting, how_placed, pairs_seen, smaller, undefined
from ksn_research.results import Row, slug

NO_DIRECTION = "not defined: the network is undirected"


def mixing_rows(s: Setting) -> Iterator[Row]:
    """E-I index and its kin, of the network and of each group; mixing matrix and spanning, per attribute."""
    for attribute in s.attributes:
        labels = s.labels(attribute)
        yield from _index_rows(s, attribute, labels)
        yield from _bound_rows(s, attribute, labels)
        yield from _sent_rows(s, attribute, labels)
        yield from _group_rows(s, attribute, labels)
        yield from _matrix_rows(s, attribute, labels)
        if len(s.came_to):
            yield _spanning_row(s, attribute, labels)


def of_known(
    s: Setting, attribute: str, labels: np.ndarray, among: np.ndarray | bool = True
) -> dict[str, Any]:
    """What all rows of an attribute share: its name, who is left out, who stands behind the numbers.

    among  n booleans: the nodes that count at all
    """
    known = has_label(labels)
    left_out = int((~known & among).sum())
    note = f"{left_out} {s.units} without a {attribute} left out" if left_out else ""
    return {"group": attribute, "note": note, **s.support(known & among)}


def has_label(labels: np.ndarray) -> np.ndarray:
    """n booleans: the group of the node is known."""
    return np.array([label is not None for label in labels], dtype=bool)


def of_groups(labels: np.ndarray, found: shape.Estimate) -> shape.Estimate:
    """The estimate, undefined where there are not two groups to compare."""
    return found if len(set(labels[has_label(labels)])) > 1 else undefined(alike.NO_GROUPS)


def _index_rows(s: Setting, attribute: str, labels: np.ndarray) -> Iterator[Row]:
    m = mix.mixing(s.network, labels, s.seed)
    shared = {**of_known(s, attribute, labels), "n": m.pairs, "unit": "dyads"}
    index = "(external - internal) / all symmetrised observed ties (Krackhardt & Stern 1988)"
    placed = how_placed(s.network, m.exact)
    drawn = f"p two-sided, {attribute} shuffled over the nodes with the graph fixed, {placed}"
    yield s.row(
        "mixing", "e_i_index", m.index, p=m.p, method=f"{index}; {shape.JACKKNIFE}; {drawn}", **shared
    )
    expected = m.index if m.expected is None else m.expected
    method = "(Ep - Ip) / (Ep + Ip) over possible pairs: the mean over all placements of the labels"
    yield s.row("mixing", "e_i_expected", expected, method=method, **shared)
    method = f"internal / all symmetrised observed ties; {shape.JACKKNIFE}"
    yield s.row("mixing", "within_share", m.within, method=method, **shared)
    method = (
        "2 (EI - lowest) / (highest - lowest) - 1 on symmetrised observed ties; lowest and highest are what "
        "so many ties allow, given the pairs seen inside and across the groups (UCINET's rescaled E-I)"
    )
    found = of_groups(labels, alike.rescaled_e_i(s.network, labels).index)
    yield s.row("mixing", "e_i_rescaled", found, method=method, **shared)


def _bound_rows(s: Setting, attribute: str, labels: np.ndarray) -> Iterator[Row]:
    """The least and the largest E-I index, had every pair been observed."""
    found = e_i_bounds(s.network, labels)
    size = int(has_label(labels).sum())
    possible = size * (size - 1) // 2
    shared = of_known(s, attribute, labels)
    unsettled = f"{found.inside} pairs inside the groups and {found.across} across them not settled"
    shared["note"] = "; ".join(note for note in (shared["note"], unsettled) if note)
    shared |= {"n": possible - found.inside - found.across, "unit": "dyads", "population": possible}
    settled = "a tie was seen or both sides said no" if s.network.directed else "one side answered"
    for name, bound, tied, untied in (
        ("e_i_low", found.low, "inside the groups", "across"),
        ("e_i_high", found.high, "across the groups", "inside"),
    ):
        method = (
            f"(external - internal) / all symmetrised ties, pairs not settled counted as ties {tied} and as "
            f"no tie {untied}; a pair is settled where {settled}"
        )
        yield s.row("mixing", name, bound, method=method, **shared)


def _sent_rows(s: Setting, attribute: str, labels: np.ndarray) -> Iterator[Row]:
    """Indices made of ties as they were sent, and of pairs with and without one."""
    g, directed = s.network, s.network.directed
    inner, _ = alike.labelled(g, labels)
    shared = of_known(s, attribute, labels)
    ties = {**shared, "n": inner.tie_count, "unit": "ties"}
    found = of_groups(labels, alike.e_i_directed(g, labels)) if directed else undefined(NO_DIRECTION)
    method = "(external - internal) / all observed ties as sent: a returned tie counts twice"
    yield s.row("mixing", "e_i_directed", found, method=method, **ties)
    read = "as sent" if directed else "each both ways"
    method = f"Newman 2003, eq. 2: (sum e_aa - sum a_a b_a) / (1 - sum a_a b_a), observed ties {read}"
    yield s.row("mixing", "assortativity", of_groups(labels, assortativity(g, labels)), method=method, **ties)
    method = (
        f"odds of a tie inside the groups / odds across, over {pairs_seen(g)}; interval on the logarithm, "
        "pairs with a common node as clusters (Aronow, Samii & Assenova 2015), t with nodes - 1 df"
    )
    pairs = {**shared, "n": inner.observed_pairs, "unit": "dyads", "population": inner.possible_pairs}
    yield s.row("mixing", "odds_ratio_within", alike.within_odds_ratio(g, labels), method=method, **pairs)


def _group_rows(s: Setting, attribute: str, labels: np.ndarray) -> Iterator[Row]:
    """E-I and Coleman's index of every group, each over the group's own ties."""
    groups = alike.group_mixing(s.network, labels)
    codes, _ = mix.group_codes(labels)
    ties = by_group(s.network.ties, codes, len(groups)).sum(axis=1)
    sent = "ties its members sent" if s.network.directed else "ends of ties of its members"
    e_i = "(external - internal) / symmetrised observed ties with an end in the group, each once"
    coleman = (
        f"Coleman 1958: share s of {sent} inside the group beside the share w of such pairs observed, "
        "(s - w) / (1 - w) where s >= w, else (s - w) / w"
    )
    levels = distinct(str(found.group) for found in groups)
    for found, level, said in zip(groups, levels, ties, strict=True):
        member = labels == found.group
        shared = {**of_known(s, attribute, labels), **s.support(member), "level": level}
        pairs = {**shared, "n": found.internal + found.external, "unit": "dyads"}
        yield s.row("mixing", "e_i_index", of_groups(labels, found.index), method=e_i, **pairs)
        count = round(said) if s.network.directed else found.internal + found.external
        own = {**shared, "n": count, "unit": "ties"}
        yield s.row("mixing", "coleman_index", of_groups(labels, found.coleman), method=coleman, **own)


def _matrix_rows(s: Setting, attribute: str, labels: np.ndarray) -> Iterator[Row]:
    cells = mix.mixing_matrix(s.network, labels)
    ties = "observed ties" if s.network.directed else "observed ties, each pair of groups once"
    shared = {"group": attribute, "unit": "dyads"}
    method = f"{ties}, between nodes of known {attribute}"
    total, pairs = sum(cell.ties for cell in cells), sum(cell.pairs for cell in cells)
    whole = s.row("mixing", "ties", total, n=pairs, method=method, **shared)
    yield whole
    backing = {level: s.support(labels == level) for level in {cell.receiver for cell in cells}}
    for cell, category in zip(cells, _cell_names(cells), strict=True):
        about = {**shared, **smaller(backing[cell.sender], backing[cell.receiver])}
        about |= {"category": category, "n": cell.pairs}
        method = f"{ties}, from the first group to the second"
        yield s.row("mixing", "ties", cell.ties, method=method, parents=(whole.id,), **about)
        share = cell.ties / cell.pairs if cell.pairs else undefined("no pair of these groups was observed")
        yield s.row("mixing", "density", share, method=f"ties / {pairs_seen(s.network)}", **about)


def _cell_names(cells: list[mix.Cell]) -> list[str]:
    """ "A > B", two of one id told apart ("Public > School X", "Public School > X")."""
    return distinct(f"{cell.sender} > {cell.receiver}" for cell in cells)


def distinct(names: Iterable[str]) -> list[str]:
    """The names, numbered where two would get one id.

    >>> distinct(["Non-profit", "Non profit", "Public"])
    ['Non-profit', 'Non profit (2)', 'Public']
    """
    made: list[str] = []
    taken: dict[str, int] = {}
    for name in names:
        nth = taken[slug(name)] = taken.get(slug(name), 0) + 1
        made.append(name if nth == 1 else f"{name} ({nth})")
    return made


def _spanning_row(s: Setting, attribute: str, labels: np.ndarray) -> Row:
    there = meeting.attended(s.came_to, s.unit, s.network.nodes, s.gatherings)
    came = np.asarray(there.any(axis=1))
    found = mix.spanning(s.network, labels, came, s.seed)
    counted = ~np.isnan(mix.ego_e_i(s.network, labels))
    method = (
        f"mean ego E-I by {attribute} of those that came to a gathering minus that of those that did not, "
        "nodes that answered; interval by leaving out one node at a time; "
        f"p two-sided, who came shuffled, {how_placed(s.network, found.exact)}"
    )
    return s.row(
        "spanning",
        "e_i_difference",
        found.difference,
        p=found.p,
        group=attribute,
        n=found.came + found.others,
        unit=s.units,
        population=s.network.size,
        method=method,
        note=f"{found.came} came, {found.others} did not",
        **smaller(s.support(counted & came), s.support(counted & ~came)),
    )
