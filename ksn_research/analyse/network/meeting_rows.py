"""Rows of new ties among those that met at a gathering: as they are, within strata, and a placebo.

Imports `setting`, `change`, `change_rows` (what two waves share), `attendance_effect`, `relations_rows`
(words of a permutation) and `adjust` of `survey.families`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ksn_research.analyse.network import attendance_effect as meeting
from ksn_research.analyse.network import change as waves
from ksn_research.analyse.network.change_rows import in_both, why_not
from ksn_research.analyse.network.relations_rows import DRAWS
from ksn_research.analyse.network.setting import Setting, how_drawn, too_large, undefined
from ksn_research.analyse.network.structure import MATRIX_NODES
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.results import Row

NO_LATER = "not defined: no year tells that these events were held after the wave before"
RISKS = ("risk_co_attending", "risk_others")
RATIOS = ("risk_ratio", "risk_ratio_stratified", "placebo_ratio")
# Nodes that came to events so unlike in number that fewer would share a stratum are joined with their
# neighbours. At 3 a test at the 5 % level rejects 3 to 7 % with up to 100 events where the readier to come
# make more ties too, and the ratio leans by 2 %; far more joining lets readiness back in.
STRATUM = 3


def co_attendance_rows(before: Setting | None, after: Setting) -> Iterator[Row]:
    """New ties among pairs that met at an event of the newer wave's year: all gatherings, then each kind.

    Crude, within strata of nodes that came equally often, and a placebo: ties that stood before.
    """
    if after.came_to.empty:
        return
    why = why_not(before, after) or too_large(after.network, MATRIX_NODES)
    if before is None or why:
        for name in (*RISKS, *RATIOS):
            row = {"n": 0, "unit": "dyads", "method": "new ties / pairs without a tie in the wave before"}
            yield after.row("co_attendance", name, undefined(why), **row)
        return
    kinds = sorted({*after.came_to["kind"].dropna()} - {""})
    counted = {"": after.gatherings, **{kind: [kind] for kind in kinds}}
    found = {category: _effects(before, after, which) for category, which in counted.items()}
    corrected = {name: _corrected(found, kinds, name) for name in RATIOS}
    for category, effects in found.items():
        p = {name: corrected[name].get(category) for name in RATIOS}
        yield from _risk_rows(before, after, category, effects["risk_ratio"])
        yield _crude_row(before, after, category, effects["risk_ratio"], p["risk_ratio"])
        strata, placebo = effects["risk_ratio_stratified"], effects.get("placebo_ratio")
        yield _stratified_row(before, after, category, strata, p["risk_ratio_stratified"])
        yield _placebo_row(before, after, category, placebo, p["placebo_ratio"])


Effects = Mapping[str, meeting.CoAttendance]


def _effects(before: Setting, after: Setting, kinds: list[str] | None) -> Effects:
    """Of some kinds of event the three comparisons, the placebo where events are known to be later."""
    one, two = waves.aligned(before.network, after.network)
    came = meeting.attended(after.came_to, after.unit, two.nodes, kinds)
    strata = meeting.attendance_strata(came, STRATUM)
    found = {"risk_ratio": meeting.co_attendance(one, two, came, after.seed)}
    found["risk_ratio_stratified"] = meeting.co_attendance(
        one, two, came, after.seed, draws=DRAWS, strata=strata
    )
    if before.year is not None and after.year is not None and before.year < after.year:
        found["placebo_ratio"] = meeting.placebo(one, came, strata=strata, seed=after.seed, draws=DRAWS)
    return found


def _corrected(found: Mapping[str, Effects], kinds: list[str], name: str) -> dict[str, float | None]:
    """Holm's p over the kinds of event."""
    of = [found[kind].get(name) for kind in kinds]
    return dict(zip(kinds, adjust([one.p if one else None for one in of]), strict=True))


def _base(s: Setting) -> str:
    seen = "whose sender answered" if s.network.directed else "observed"
    return f"pairs without a tie in the wave before, {seen} in both waves"


def _risk_rows(before: Setting, after: Setting, category: str, found: meeting.CoAttendance) -> Iterator[Row]:
    shared = {"category": category, "unit": "dyads", **in_both(before, after)}
    for name, estimate, pairs, formed, who in (
        ("risk_co_attending", found.among, found.pairs_among, found.formed_among, "that met at an event"),
        ("risk_others", found.others, found.pairs_others, found.formed_others, "that did not meet"),
    ):
        said = {"method": f"new ties / {_base(after)}, {who}", "note": f"{formed} new ties", "n": pairs}
        yield after.row("co_attendance", name, estimate, **said, **shared)


def _crude_row(
    before: Setting, after: Setting, category: str, found: meeting.CoAttendance, corrected: float | None
) -> Row:
    method = (
        f"share of new ties among {_base(after)}: met at an event / did not meet; {_interval(found)}p two-"
        "sided on the difference of the shares, rows of the attendance table permuted, "
        f"{how_drawn(found.exact)}{_family(corrected)}; an association, and p supposes that those readier "
        "to come are not readier to make ties (else risk_ratio_stratified)"
    )
    about = {"category": category, **_tested(found, corrected), **in_both(before, after)}
    return after.row("co_attendance", "risk_ratio", found.ratio, method=method, **about)


def _stratified_row(
    before: Setting, after: Setting, category: str, found: meeting.CoAttendance, corrected: float | None
) -> Row:
    method = (
        f"share of new ties among {_base(after)}: met at an event / did not meet, {_within(after.units)}; "
        f"{_interval(found)}{_drawn_within(found)}{_family(corrected)}; an association: who comes to what is "
        "chosen"
    )
    about = {"category": category, **_tested(found, corrected), **in_both(before, after)}
    about["note"] = _strata_note(found)
    return after.row("co_attendance", "risk_ratio_stratified", found.ratio, method=method, **about)


def _placebo_row(
    before: Setting,
    after: Setting,
    category: str,
    found: meeting.CoAttendance | None,
    corrected: float | None,
) -> Row:
    one, two = waves.aligned(before.network, after.network)
    seen = "pairs whose sender answered" if one.directed else "observed pairs"
    method = (
        f"share of ties of the wave before among its {seen}, nodes on both rosters: met at an event held "
        f"after it / did not meet, {_within(after.units)}. Such events cannot have made those ties: above 1, "
        "those tied already, or alike in what ties them, come to the same events (below 1: to others), and "
        "by so much a ratio of new ties may be choice; near 1 is no proof of an effect"
    )
    about: dict[str, Any] = {"category": category, **after.support_of(two.nodes[one.senders])}
    if found is None:
        about |= {"n": 0, "unit": "dyads", "method": method}
        return after.row("co_attendance", "placebo_ratio", undefined(NO_LATER), **about)
    note = (
        f"{found.formed_among} ties in {found.pairs_among} pairs that met, {found.formed_others} in "
        f"{found.pairs_others} others; {_strata_note(found)}"
    )
    method = f"{method}; {_interval(found)}{_drawn_within(found)}{_family(corrected)}"
    about |= {"method": method, "note": note, **_tested(found, corrected)}
    return after.row("co_attendance", "placebo_ratio", found.ratio, **about)


def _tested(found: meeting.CoAttendance, corrected: float | None) -> dict[str, Any]:
    pairs = found.pairs_among + found.pairs_others
    return {"p": found.p, "p_adjusted": corrected, "n": pairs, "unit": "dyads"}


def _interval(found: meeting.CoAttendance) -> str:
    return "interval on the logarithm, senders as clusters; " if found.ratio.se else ""


def _within(units: str) -> str:
    return (
        f"within strata of {units} that came to equally many events (neighbouring numbers joined up to "
        f"{STRATUM} {units}), by Mantel and Haenszel (1959; risks: Greenland & Robins 1985)"
    )


def _drawn_within(found: meeting.CoAttendance) -> str:
    return (
        "p two-sided on ties among those that met less those expected, rows of the attendance table permuted "
        f"within strata, {how_drawn(found.exact, DRAWS, 'permutations')}"
    )


def _family(corrected: float | None) -> str:
    return "; p adjusted over the kinds of event (Holm 1979)" if corrected is not None else ""


def _strata_note(found: meeting.CoAttendance) -> str:
    why = f"; no p: {found.why_no_p}" if found.why_no_p and not found.ratio.why else ""
    return f"{found.strata} strata{why}"
