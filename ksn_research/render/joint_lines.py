"""The joint display as data: its lines, the strands of each, and the verdict.

The verdict is no result of its own: it is read off the published intervals by one rule, so that a suppressed
number has no verdict either. A strand is clear where the interval of its difference excludes none. Both clear
and as the plan expected: agree; both clear and otherwise: contradict; one clear: complement; neither: no
clear difference. After Fetters, Curry & Creswell (2013), Health Services Research 48, 2134-2156 (confirm,
expand, discord).

Imports formats (its type of a result), network_words, view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from ksn_research.render import network_words
from ksn_research.render.formats import Result
from ksn_research.render.view import DECLARED, View, sentence_case, wave_of, year_html
from ksn_research.results import slug

CURVE = "joint"
THEME, SCORE, POSITION = "theme", "score", "position"
STRANDS = {THEME: "Said", SCORE: "Scored", POSITION: "Position"}
VERDICTS = {
    "agree": ("=", "Agree"),
    "contradict": ("\u2260", "Contradict"),
    "complement": ("+", "Complement"),
    "neither": ("\u2013", "No clear difference"),
    "unsaid": ("?", "Cannot be said"),
}
NOT_THERE = "nothing is known of this group"


@dataclass(frozen=True)
class Strand:
    """One strand of one line: its number (a share, mean), its count, and its difference, where they are."""

    kind: str
    value: Result | None = None
    count: Result | None = None
    difference: Result | None = None
    why: str = ""

    @property
    def direction(self) -> int | None:
        """1 clearly above, -1 clearly below, 0 not clear, None where it cannot be said."""
        row = self.difference
        if row is None or row["status"] != "published" or pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]):
            return None
        return int(row["ci_low"] > 0) - int(row["ci_high"] < 0)

    @property
    def reason(self) -> str:
        """Why it cannot be said."""
        row = self.difference
        return self.why if row is None else str(row["note"]) or str(row["status"])


@dataclass(frozen=True)
class Line:
    """One line: a group, or everybody ("")."""

    level: str
    strands: Mapping[str, Strand]


@dataclass(frozen=True)
class Display:
    """One declared joint display, as it is shown."""

    name: str
    label: str
    by: str
    expects: str
    lines: tuple[Line, ...]
    heads: Mapping[str, Markup]


def verdict(one: int | None, other: int | None, expects: str = "same") -> str:
    """What two strands say together, one of `VERDICTS`.

    one, other  1 clearly above, -1 clearly below, 0 not clear, None where it cannot be said
    expects     "same" or "opposite": how the second was expected to go with the first

    >>> [verdict(-1, -1), verdict(-1, 1), verdict(-1, 1, "opposite"), verdict(0, 1), verdict(0, 0)]
    ['agree', 'contradict', 'agree', 'complement', 'neither']
    >>> verdict(None, 1)
    'unsaid'
    """
    if one is None or other is None:
        return "unsaid"
    if not one or not other:
        return "complement" if one or other else "neither"
    return "agree" if (one == other) == (expects == "same") else "contradict"


def displays(seen: View) -> list[Display]:
    """Every declared joint display that has lines, in the plan's order."""
    told = seen.publishable.curves.get(CURVE)
    if told is None or told.empty:
        return []
    plans = [
        {str(k): "" if pd.isna(v) else str(v) for k, v in row.items()} for row in told.to_dict("records")
    ]
    made = [_display(seen, plan) for plan in plans]
    return [one for one in made if one.lines]


def _display(seen: View, plan: Mapping[str, str]) -> Display:
    kinds = [kind for kind in STRANDS if plan[kind]]
    rows = {kind: _rows(seen, plan, kind) for kind in kinds}
    order: dict[str, str] = {}
    # The roster's spelling of a group, which scores and positions have, goes before the interviews'.
    for kind in (SCORE, POSITION, THEME):
        for row in rows.get(kind, ()):
            if bool(row["level"]) == bool(plan["by"]):
                order.setdefault(slug(row["level"]), str(row["level"]))
    lines = tuple(
        Line(level, {kind: _strand(kind, rows[kind], key) for kind in kinds})
        for key, level in sorted(order.items(), key=lambda pair: pair[1].casefold())
    )
    heads = {kind: _head(seen, plan, kind, rows[kind]) for kind in kinds}
    label = seen.label(plan["name"], DECLARED)
    return Display(plan["name"], label, plan["by"], plan["expects"], lines, heads)


def _rows(seen: View, plan: Mapping[str, str], kind: str) -> list[Result]:
    found = seen.rows(
        analysis="joint", category=plan["name"], source=plan[f"{kind}_source"], measure=plan[kind]
    )
    return [{**row, "kind": _kind(row, plan, kind)} for row in found]


def _kind(row: Result, plan: Mapping[str, str], kind: str) -> str:
    """How a number of the strand is written; of a share, a difference is in points."""
    if kind == THEME and row["statistic"] == "difference":
        return "points"
    if kind == POSITION:
        share = plan["position_measure"] == "in_degree_share"
        return "density change" if row["statistic"] == "difference" else "rare" if share else "mean"
    return str(row["kind"])


def _strand(kind: str, rows: Sequence[Result], key: str) -> Strand:
    own = {str(row["statistic"]): row for row in rows if slug(row["level"]) == key}
    why = next((str(row["note"]) for row in rows if not row["level"] and row["status"] != "published"), "")
    value = own.get("share") or own.get("mean")
    return Strand(kind, value, own.get("count"), own.get("difference"), why or NOT_THERE)


def _head(seen: View, plan: Mapping[str, str], kind: str, rows: Sequence[Result]) -> Markup:
    """What a column shows: strand, measure, source and year."""
    source, years = plan[f"{kind}_source"], [wave_of(row) for row in rows if not pd.isna(row["year"])]
    when = Markup(", {}").format(year_html(years[0])) if years else Markup("")
    measure = seen.label(plan[kind], source)
    if kind == POSITION:
        of = network_words.CATEGORIES["positions"].get(plan["position_measure"], plan["position_measure"])
        measure = f"{sentence_case(measure)}, {of.lower()}"
    words = Markup('{}: <span class="label">{}</span> <span class="of">{}{}</span>')
    return words.format(STRANDS[kind], measure, seen.marked(source), when)
