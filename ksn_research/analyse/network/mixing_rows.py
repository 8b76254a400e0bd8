"""Rows of ties within and across the groups of an attribute, and of who spans them.

Imports `setting`, `structure`, `mixing` and `attendance_effect`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ksn_research.analyse.network import attendance_effect as meeting
from ksn_research.analyse.network import mixing as mix
from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.setting import Setting, how_drawn, pairs_seen, smaller, undefined
from ksn_research.results import Row, slug


def mixing_rows(s: Setting) -> Iterator[Row]:
    """E-I index, mixing matrix and spanning, per attribute of the nodes."""
    for attribute in s.attributes:
        labels = s.labels(attribute)
        yield from _index_rows(s, attribute, labels)
        yield from _matrix_rows(s, attribute, labels)
        if len(s.came_to):
            yield _spanning_row(s, attribute, labels)


def _index_rows(s: Setting, attribute: str, labels: np.ndarray) -> Iterator[Row]:
    m = mix.mixing(s.network, labels, s.seed)
    known = np.array([label is not None for label in labels], dtype=bool)
    note = f"{m.left_out} {s.units} without a {attribute} left out" if m.left_out else ""
    shared = {"group": attribute, "n": m.pairs, "unit": "dyads", "note": note, **s.support(known)}
    index = "(external - internal) / all symmetrised observed ties (Krackhardt & Stern 1988)"
    drawn = f"p two-sided, {attribute} shuffled over the nodes with the graph fixed, {how_drawn(m.exact)}"
    yield s.row(
        "mixing", "e_i_index", m.index, p=m.p, method=f"{index}; {shape.JACKKNIFE}; {drawn}", **shared
    )
    expected = m.index if m.expected is None else m.expected
    method = "(Ep - Ip) / (Ep + Ip) over possible pairs: the mean over all placements of the labels"
    yield s.row("mixing", "e_i_expected", expected, method=method, **shared)
    method = f"internal / all symmetrised observed ties; {shape.JACKKNIFE}"
    yield s.row("mixing", "within_share", m.within, method=method, **shared)


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
    """ "A > B", numbered where two cells would get one id ("Public > School X", "Public School > X")."""
    names: list[str] = []
    taken: dict[str, int] = {}
    for cell in cells:
        name = f"{cell.sender} > {cell.receiver}"
        nth = taken[slug(name)] = taken.get(slug(name), 0) + 1
        names.append(name if nth == 1 else f"{name} ({nth})")
    return names


def _spanning_row(s: Setting, attribute: str, labels: np.ndarray) -> Row:
    there = meeting.attended(s.came_to, s.unit, s.network.nodes, s.gatherings)
    came = np.asarray(there.any(axis=1))
    found = mix.spanning(s.network, labels, came, s.seed)
    counted = ~np.isnan(mix.ego_e_i(s.network, labels))
    method = (
        f"mean ego E-I by {attribute} of those that came to a gathering minus that of those that did not, "
        "nodes that answered; interval by leaving out one node at a time; "
        f"p two-sided, who came shuffled, {how_drawn(found.exact)}"
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
