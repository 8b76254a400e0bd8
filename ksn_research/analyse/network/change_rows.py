"""Rows of what became of a relation since the wave before.

Imports `setting`, `structure`, `change`, `qap` and `relations_rows` (words of a permutation).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ksn_research.analyse.network import change as waves
from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.relations_rows import correlated, correlation_of, how_permuted
from ksn_research.analyse.network.setting import Setting, smaller, undefined
from ksn_research.results import Row

ONE_WAVE = "not defined: only one wave of this relation"
TWO_KINDS = "not defined: the relation has a direction in one of the two waves only"
CHANGES = (
    "kept", "dissolved", "created", "jaccard", "density_difference", "persistence", "creation", "hamming",
    "correlation",
)  # fmt: skip
TURNOVER = {"joiners_ties": "joiners", "leavers_ties": "leavers", "seen_once": "seen once"}


def change_rows(before: Setting | None, after: Setting) -> Iterator[Row]:
    """Kept, dissolved, created ties, on pairs seen in both waves; ties of joiners and leavers apart."""
    who = "the sender answered" if after.network.directed else "at least one side answered"
    base = f"pairs of nodes on both rosters of which {who} in both waves"
    why = why_not(before, after)
    if before is None or why:
        for name in (*CHANGES, *TURNOVER):
            about = {"category": TURNOVER.get(name, ""), "n": 0, "unit": "dyads", "method": base}
            yield after.row("network_change", name, undefined(why), **about)
        return
    c = waves.network_change(before.network, after.network)
    yield from _pair_rows(before, after, c, base)
    yield _correlation_row(before, after, base)
    for name in ("joined", "left"):
        said = f"{after.units} on one wave's roster only; their ties are not counted as change"
        nodes = {"n": after.network.size, "unit": after.units}
        yield after.row("network_change", name, getattr(c, name), method=said, **nodes)
    yield from _turnover_rows(before, after)


def why_not(before: Setting | None, after: Setting) -> str:
    if before is None:
        return ONE_WAVE
    return "" if before.network.directed == after.network.directed else TWO_KINDS


def _pair_rows(before: Setting, after: Setting, c: waves.Change, base: str) -> Iterator[Row]:
    shared = {"unit": "dyads", "population": _possible(before, after), **in_both(before, after)}
    interval = waves.BY_SENDER if after.network.directed else shape.JACKKNIFE
    for name in ("kept", "dissolved", "created"):
        said = {**shared, "n": c.pairs, "method": f"ties {name}; {base}"}
        yield after.row("network_change", name, getattr(c, name), **said)
    ties = {"unit": "ties", "population": None}
    for name, n, method, more in (
        ("jaccard", c.kept + c.dissolved + c.created, "kept / (kept + dissolved + created)", ties),
        ("density_difference", c.pairs, "(created - dissolved) / pairs", {}),
        (
            "persistence",
            c.kept + c.dissolved,
            "kept / (kept + dissolved), of the earlier ties",
            ties,
        ),
        ("creation", c.created + c.absent, "created / pairs without a tie in the wave before", {}),
    ):
        about = {**shared, **more, "n": n, "method": f"{method}; {base}; {interval}"}
        found = getattr(c, name)
        tested = {"p": found.p} if name == "density_difference" else {}
        yield after.row("network_change", name, found, **about, **tested)
    method = f"pairs that changed, dissolved + created (Hamming 1950); {base}"
    yield after.row("network_change", "hamming", c.hamming, n=c.pairs, method=method, **shared)


def _possible(before: Setting, after: Setting) -> int:
    """Pairs of nodes on both rosters."""
    return waves.aligned(before.network, after.network)[1].possible_pairs


def in_both(before: Setting, after: Setting) -> dict[str, int | None]:
    """Support: the nodes that answered in both waves."""
    one, two = waves.aligned(before.network, after.network)
    return after.support_of(two.nodes[one.senders & two.senders])


def _correlation_row(before: Setting, after: Setting, base: str) -> Row:
    one, two = waves.aligned(before.network, after.network)
    found = correlated(two, one, after.seed)
    method = (
        f"Pearson correlation of the two waves; {base}; no interval; p two-sided by QAP (Krackhardt 1987), "
        f"nodes of the wave before permuted, {how_permuted(found)}"
    )
    return after.row(
        "network_change",
        "correlation",
        correlation_of(found),
        p=found.test.p if found.test else None,
        n=found.pairs,
        unit="dyads",
        population=_possible(before, after),
        method=method,
        **in_both(before, after),
    )


def _turnover_rows(before: Setting, after: Setting) -> Iterator[Row]:
    """Ties that no comparison of pairs can hold.

    Each in a category of its own: where few joined, only their ties are hidden. Ties of joiners and those
    seen once add up to a number that follows from published ones, so that each is as small as the other.
    """
    left, joined = waves.turnover(before.network, after.network)
    once = _seen_once(before, after)
    backing = {
        "joiners_ties": [after.support_of(np.asarray(joined.nodes, dtype=object)), once[1]],
        "leavers_ties": [before.support_of(np.asarray(left.nodes, dtype=object)), once[0]],
    }
    backing["seen_once"] = [*backing["joiners_ties"], *backing["leavers_ties"]]
    for name, s, moved, who in (
        ("joiners_ties", after, joined, "joined since the wave before: ties of this wave"),
        ("leavers_ties", before, left, "left before this wave: ties of the wave before"),
    ):
        about = {"n": s.network.tie_count, "note": _parts(moved, after.network.directed)}
        method = f"observed ties of {after.units} that {who}, at either end / all observed ties of that wave"
        yield _turnover_row(after, name, moved.total - moved.seen_once, method, backing[name], about)
    note = f"{left.seen_once} of the wave before, {joined.seen_once} of this one"
    about = {"n": before.network.tie_count + after.network.tie_count, "note": note}
    method = f"ties between {after.units} on both rosters, of pairs observed in one wave only / ties of both"
    count = left.seen_once + joined.seen_once
    yield _turnover_row(after, "seen_once", count, method, backing["seen_once"], about)


def _turnover_row(
    s: Setting,
    name: str,
    count: int,
    method: str,
    backing: Iterable[dict[str, int | None]],
    about: Mapping[str, Any],
) -> Row:
    more = {"category": TURNOVER[name], "unit": "ties", **_smallest(backing), **about}
    return s.row("network_change", name, count, method=method, **more)


def _parts(moved: waves.Turnover, directed: bool) -> str:
    outside = f"{moved.sent} sent, {moved.received} received" if directed else f"{moved.sent} with others"
    return f"{outside}, {moved.among} among themselves"


def _seen_once(before: Setting, after: Setting) -> list[dict[str, int | None]]:
    """Support of ties seen once: nodes of both rosters with a pair that only the one wave observed."""
    one, two = waves.aligned(before.network, after.network)
    masks = one.observed & ~two.observed, two.observed & ~one.observed
    return [after.support_of(two.nodes[mask.any(axis=1)]) for mask in masks]


def _smallest(backing: Iterable[dict[str, int | None]]) -> dict[str, int | None]:
    """The smallest of several groups; one of nobody hides nothing."""
    groups = [group for group in backing if group["people"]]
    found: dict[str, int | None] = groups[0] if groups else {"people": 0, "organisations": 0}
    for group in groups[1:]:
        found = smaller(found, group)
    return found
