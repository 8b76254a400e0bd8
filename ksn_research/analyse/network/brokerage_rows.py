"""Rows of who stands between whom, by the groups of an attribute: roles of the whole network.

Imports `setting`, `brokerage`, `homophily`, `mixing_rows` (who is of a known group), and `adjust` of
`survey.families`. The roles of single nodes are internal and have no rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from ksn_research.analyse.network.brokerage import NO_TRIAD, RoleCount, brokerage
from ksn_research.analyse.network.homophily import NO_GROUPS
from ksn_research.analyse.network.mixing_rows import has_label, of_known
from ksn_research.analyse.network.setting import Setting, how_drawn, too_large, undefined
from ksn_research.analyse.network.structure import MATRIX_NODES, Estimate
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.results import Row

DRAWS = 1_000  # few: every draw counts all open triads again
CALLED = {"itinerant": "consultant"}  # Gould & Fernandez (1989) call the consultant itinerant
WHO = {
    "coordinator": "i, v and j of one group",
    "consultant": "i and j of one group, v of another (also called itinerant)",
    "representative": "i and v of one group, j of another",
    "gatekeeper": "v and j of one group, i of another",
    "representative or gatekeeper": "v and one of the two of one group, the other of another",
    "liaison": "i, v and j of three groups",
    "total": "whatever the groups",
}
AT_RANDOM = "if ties fell at random at the observed density, groups fixed (Gould & Fernandez 1989)"


def brokerage_rows(s: Setting) -> Iterator[Row]:
    """Per attribute and role: open triads, and how many there would be by chance, in two senses of it.

    `reshuffled` and p: the graph is fixed and the labels are shuffled; `expected`, `z` and `relative`: the
    labels are fixed and ties fall at random. Meant for the newest wave: every row says so.
    """
    for attribute in s.attributes:
        labels = s.labels(attribute)
        why = too_large(s.network, MATRIX_NODES)
        if why or len(set(labels[has_label(labels)])) < 2:
            yield from _without_groups(s, attribute, why or NO_GROUPS)
            continue
        overall = brokerage(s.network, labels, s.seed, DRAWS).overall
        shared = of_known(s, attribute, labels)
        for role, adjusted in zip(overall, adjust([role.p.value for role in overall]), strict=True):
            tests = sum(one.p.value is not None for one in overall)
            yield from _role_rows(s, role, adjusted, tests, shared)


def _without_groups(s: Setting, attribute: str, why: str) -> Iterator[Row]:
    about = {"group": attribute, "n": 0, "unit": "triples", "method": f"open triads; {AT_RANDOM}"}
    for statistic in ("triads", "expected", "z", "relative"):
        yield s.row("brokerage", statistic, undefined(why), category="total", **about)


def _role_rows(
    s: Setting, role: RoleCount, adjusted: float | None, tests: int, shared: dict[str, object]
) -> Iterator[Row]:
    name, attribute = CALLED.get(role.role, role.role), shared["group"]
    path, gap = ("i -> v -> j", "i -> j") if s.network.directed else ("i - v - j", "i - j, each once")
    seen = (
        f"triads {path} without {gap}, {WHO[name]}, of those with all three pairs observed; newest wave only"
    )
    tested = (
        f"; p two-sided around `reshuffled`, {how_drawn(role.exact, DRAWS)}; "
        f"p adjusted by Holm over {tests} roles"
        if role.p.value is not None
        else ""
    )
    note = "; ".join(part for part in (str(shared["note"]), _why_no_p(role)) if part)
    shuffled = f"mean over all placements of {attribute} on the nodes, graph fixed, of {seen}"
    chance = f"mean {AT_RANDOM} of {seen}"
    z = f"(seen - expected) / exact sd {AT_RANDOM}; not normal where few are expected; {seen}"
    relative = f"seen / expected {AT_RANDOM}, UCINET's relative brokerage; {seen}"
    about = {**shared, "category": name, "n": role.possible, "unit": "triples"}
    test = {"p": role.p.value, "p_adjusted": adjusted, "note": note}
    yield s.row("brokerage", "triads", _possible(role, role.raw), method=seen + tested, **{**about, **test})
    if name != "total":
        yield s.row("brokerage", "reshuffled", _possible(role, role.reshuffled), method=shuffled, **about)
    yield s.row("brokerage", "expected", _possible(role, role.expected), method=chance, **about)
    yield s.row("brokerage", "z", role.z, method=z, **about)
    yield s.row("brokerage", "relative", role.relative, method=relative, **about)


def _possible(role: RoleCount, number: float | None) -> Estimate:
    """The number, undefined where no triad of the role could be."""
    if role.raw is None or number is None:
        return undefined(NO_TRIAD)
    return Estimate(float(number))


def _why_no_p(role: RoleCount) -> str:
    """In words, where there is a count but no test of it."""
    if role.raw is None or role.p.value is not None:
        return ""
    return f"no p: {role.p.why if role.role == 'total' else 'there is no open triad at all'}"
