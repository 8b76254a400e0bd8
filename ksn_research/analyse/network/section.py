"""Rows of the results frame for every network source of a study.

Imports all siblings, and `adjust` of `survey.families`. A source counts when it is of kind nominations or
edges, its units are organisations or people, and it is no log (in a log everybody was observed, and
silence says nothing about a relation). Of its waves the newest two are analysed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ksn_research.analyse.network import attendance_effect as meeting
from ksn_research.analyse.network import change as waves
from ksn_research.analyse.network import mixing as mix
from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.setting import UNITS, Setting, settings, undefined
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.plan import Source
from ksn_research.prepared import Prepared
from ksn_research.results import Row, slug

ONE_WAVE = "not defined: only one wave of this relation"
TOO_SMALL = "fewer than two nodes"


def analyse_network(prepared: Prepared) -> list[Row]:
    """Rows of the analyses network, mixing, spanning, network_change and co_attendance.

    Reads ties, senders, the rosters and attendance of `prepared`, and of each source's options: units,
    directed, relations (or relation), attributes (further columns of the roster), gatherings (the kinds
    of event that count; all without it), seed, log.
    """
    return [row for source in prepared.study.sources.values() for row in _source_rows(prepared, source)]


def _source_rows(prepared: Prepared, source: Source) -> Iterator[Row]:
    units = source.options.get("units", "organisations")
    if source.kind not in ("nominations", "edges") or units not in UNITS or source.options.get("log"):
        return
    newest = prepared.waves.get(source.name, ())[-2:]
    found = [{s.relation: s for s in settings(prepared, source, wave)} for wave in newest]
    for setting in (s for wave in found for s in wave.values()):
        yield from structure_rows(setting)
        yield from mixing_rows(setting)
    before = found[0] if len(found) > 1 else {}
    for relation, after in (found[-1] if found else {}).items():
        yield from change_rows(before.get(relation), after)
        yield from co_attendance_rows(before.get(relation), after)


def structure_rows(s: Setting) -> Iterator[Row]:
    """How many, how dense, how mutual, how centred; every number over what was observed."""
    g = s.network
    over = {"n": g.observed_pairs, "unit": "dyads", "population": g.possible_pairs}
    for name, found, method in _pair_statistics(g):
        yield s.row("network", name, found, method=method, **over)
    both = {"n": sum(shape.dyad_census(g)), "unit": "dyads", "population": g.size * (g.size - 1) // 2}
    method = f"edge-wise, 2M / (2M + A) over dyads whose two ends answered; {shape.JACKKNIFE}"
    yield s.row("network", "reciprocity", shape.reciprocity(g), method=method, **both)
    silent = int((shape.isolates(g) & ~g.senders).sum())
    for name, found, method in _node_statistics(g):
        note = f"{silent} of them did not answer" if name == "isolates" and silent else ""
        whole = {"n": g.size, "unit": s.units, "population": g.size}
        yield s.row("network", name, found, method=method, note=note, **whole)


Said = tuple[str, shape.Estimate | float, str]


def pairs_seen(g: shape.Network) -> str:
    """The denominator of a density, in words."""
    return "pairs whose sender answered" if g.directed else "pairs of which at least one side answered"


def _pair_statistics(g: shape.Network) -> Iterator[Said]:
    low, high = shape.density_bounds(g) or (undefined(TOO_SMALL), undefined(TOO_SMALL))
    bound = "ties / possible pairs of the roster, pairs not observed counted as"
    yield "ties", g.tie_count, f"distinct ties, {pairs_seen(g)}"
    yield "density", shape.density(g), f"ties / {pairs_seen(g)}; {shape.JACKKNIFE}"
    yield "density_low", low, f"{bound} no tie"
    yield "density_high", high, f"{bound} a tie"


def _node_statistics(g: shape.Network) -> Iterator[Said]:
    sizes = shape.component_sizes(g)
    joined = "the symmetrised observed ties, isolates included"
    yield "nodes", g.size, "nodes on the roster"
    yield "respondents", int(g.senders.sum()), "nodes that answered"
    yield "mean_in_degree", shape.mean_in_degree(g), f"ties / nodes that answered; {shape.JACKKNIFE}"
    yield (
        "in_degree_centralisation",
        shape.in_degree_centralisation(g),
        "Freeman 1979, sum of (max - c) / (n - 1)^2, no loops; "
        "c = (n - 1) * in-degree / other nodes that answered",
    )
    if not g.directed:
        yield "mean_degree", shape.mean_degree(g), f"density * (n - 1); {shape.JACKKNIFE}"
        yield (
            "degree_centralisation",
            shape.degree_centralisation(g),
            "Freeman 1979, sum of (max - c) / ((n - 1)(n - 2)); c = (n - 1) * degree / other nodes observed",
        )
    yield "isolates", int(shape.isolates(g).sum()), "nodes without an observed tie in either direction"
    yield "components", len(sizes), f"components of {joined}"
    share = float(sizes[0]) / g.size if g.size else undefined("no nodes")
    yield "largest_component_share", share, f"nodes in the largest component of {joined} / nodes"


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
    drawn = f"p two-sided, {attribute} shuffled over the nodes with the graph fixed, {_how(m.exact)}"
    yield s.row(
        "mixing", "e_i_index", m.index, p=m.p, method=f"{index}; {shape.JACKKNIFE}; {drawn}", **shared
    )
    expected = m.index if m.expected is None else m.expected
    method = "(Ep - Ip) / (Ep + Ip) over possible pairs: the mean over all placements of the labels"
    yield s.row("mixing", "e_i_expected", expected, method=method, **shared)
    method = f"internal / all symmetrised observed ties; {shape.JACKKNIFE}"
    yield s.row("mixing", "within_share", m.within, method=method, **shared)


def _how(exact: bool) -> str:
    return "all placements counted" if exact else f"{mix.DRAWS:,} seeded draws, (1 + k) / (1 + R)"


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
        about = {**shared, **_smaller(backing[cell.sender], backing[cell.receiver])}
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


def _smaller(a: Mapping[str, int | None], b: Mapping[str, int | None]) -> dict[str, int | None]:
    both = {name: (a[name], b[name]) for name in a}
    return {name: None if x is None or y is None else min(x, y) for name, (x, y) in both.items()}


def _spanning_row(s: Setting, attribute: str, labels: np.ndarray) -> Row:
    there = meeting.attended(s.came_to, s.unit, s.network.nodes, s.gatherings)
    came = np.asarray(there.any(axis=1))
    found = mix.spanning(s.network, labels, came, s.seed)
    counted = ~np.isnan(mix.ego_e_i(s.network, labels))
    method = (
        f"mean ego E-I by {attribute} of those that came to a gathering minus that of those that did not, "
        "nodes that answered; interval by leaving out one node at a time; "
        f"p two-sided, who came shuffled, {_how(found.exact)}"
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
        **_smaller(s.support(counted & came), s.support(counted & ~came)),
    )


def change_rows(before: Setting | None, after: Setting) -> Iterator[Row]:
    """Kept, dissolved, created ties, on pairs seen in both waves."""
    who = "the sender answered" if after.network.directed else "at least one side answered"
    base = f"pairs of nodes on both rosters of which {who} in both waves"
    if before is None:
        for name in ("kept", "dissolved", "created", "jaccard", "density_difference"):
            yield after.row("network_change", name, undefined(ONE_WAVE), n=0, unit="dyads", method=base)
        return
    c = waves.network_change(before.network, after.network)
    shared = {"n": c.pairs, "unit": "dyads", **_in_both(before, after)}
    interval = waves.BY_SENDER if after.network.directed else shape.JACKKNIFE
    for name in ("kept", "dissolved", "created"):
        yield after.row("network_change", name, getattr(c, name), method=f"ties {name}; {base}", **shared)
    method = f"kept / (kept + dissolved + created); {base}; {interval}"
    either = {**shared, "n": c.kept + c.dissolved + c.created, "unit": "ties"}
    yield after.row("network_change", "jaccard", c.jaccard, method=method, **either)
    method = f"(created - dissolved) / pairs; {base}; {interval}"
    yield after.row("network_change", "density_difference", c.density_difference, method=method, **shared)
    for name in ("joined", "left"):
        said = f"{after.units} on one wave's roster only; their ties are not counted as change"
        nodes = {"n": after.network.size, "unit": after.units}
        yield after.row("network_change", name, getattr(c, name), method=said, **nodes)


def _in_both(before: Setting, after: Setting) -> dict[str, int | None]:
    """Support: the nodes that answered in both waves."""
    one, two = waves.aligned(before.network, after.network)
    return after.support_of(two.nodes[one.senders & two.senders])


def co_attendance_rows(before: Setting | None, after: Setting) -> Iterator[Row]:
    """New ties among pairs that met at an event of the newer wave's year: all gatherings, then each kind."""
    if after.came_to.empty:
        return
    if before is None:
        for name in ("risk_co_attending", "risk_others", "risk_ratio"):
            row = {"n": 0, "unit": "dyads", "method": "new ties / pairs without a tie in the wave before"}
            yield after.row("co_attendance", name, undefined(ONE_WAVE), **row)
        return
    nodes = waves.aligned(before.network, after.network)[1].nodes
    support = _in_both(before, after)
    kinds = sorted({*after.came_to["kind"].dropna()} - {""})
    found = {
        category: meeting.co_attendance(
            before.network,
            after.network,
            meeting.attended(after.came_to, after.unit, nodes, counted),
            after.seed,
        )
        for category, counted in [("", after.gatherings), *((kind, [kind]) for kind in kinds)]
    }
    corrected = dict(zip(kinds, adjust([found[kind].p for kind in kinds]), strict=True))
    for category, effect in found.items():
        shared = {"category": category, "unit": "dyads", **support}
        yield from _effect_rows(after, effect, corrected.get(category), shared)


def _effect_rows(
    s: Setting, found: meeting.CoAttendance, corrected: float | None, shared: Mapping[str, Any]
) -> Iterator[Row]:
    seen = "whose sender answered" if s.network.directed else "observed"
    base = f"pairs without a tie in the wave before, {seen} in both waves"
    for name, estimate, pairs, formed, who in (
        ("risk_co_attending", found.among, found.pairs_among, found.formed_among, "that met at an event"),
        ("risk_others", found.others, found.pairs_others, found.formed_others, "that did not meet"),
    ):
        said = {"method": f"new ties / {base}, {who}", "note": f"{formed} new ties", "n": pairs}
        yield s.row("co_attendance", name, estimate, **said, **shared)
    interval = "interval on the logarithm, senders as clusters; " if found.ratio.se else ""
    method = (
        f"share of new ties among {base}: met at an event / did not meet; {interval}p two-sided on the "
        f"difference of the shares, rows of the attendance table permuted, {_how(found.exact)}"
        f"{'; p adjusted over the kinds of event (Holm 1979)' if corrected is not None else ''}"
    )
    n = found.pairs_among + found.pairs_others
    yield s.row(
        "co_attendance",
        "risk_ratio",
        found.ratio,
        p=found.p,
        p_adjusted=corrected,
        n=n,
        method=method,
        **shared,
    )
