"""Rows of what became of a relation since the wave before, and of new ties among those that met.

Imports `setting`, `structure`, `change`, `attendance_effect`, and `adjust` of `survey.families`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ksn_research.analyse.network import attendance_effect as meeting
from ksn_research.analyse.network import change as waves
from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.setting import Setting, how_drawn, undefined
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.results import Row

ONE_WAVE = "not defined: only one wave of this relation"


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
        f"difference of the shares, rows of the attendance table permuted, {how_drawn(found.exact)}"
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
