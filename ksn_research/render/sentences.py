"""Findings in sentences: what the headline measures say, by rule and without causal verbs.

A headline measure is named "source.measure" in `study.toml` before the data came, or
"source.measure.statistic" where a source has several of that name. Its finding states the newest value, its
interval and n; then what can be said about the wave before; then for whom it differs, where the study
declared that comparison. Each sentence is made from a `Claim`. `panel_findings` says who answered again,
without being declared.

Imports claims, finding_words, formats, tables, view, wording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ksn_research.render import wording
from ksn_research.render.claims import ABSENT, HIGHER, LEVEL, LOWER, UNTESTED, Claim, judged, unadjusted
from ksn_research.render.finding_words import Part, among, bounded, by_groups, compared, sized, stated, year
from ksn_research.render.formats import Result
from ksn_research.render.tables import Table, build
from ksn_research.render.view import View, view, wave_of, wave_order, waves
from ksn_research.render.wording import Label, Number, Piece, listed

__all__ = [
    "LEVEL",
    "Found",
    "Sentence",
    "declared",
    "findings",
    "found",
    "link",
    "panel_findings",
    "sentence",
]

# analysis, statistic, what the sentence calls it; the first that a headline measure has is stated
STATED: tuple[tuple[str, str, str], ...] = (
    ("scales", "mean", "The mean score of {}"),
    ("shares", "share", "The share \u201c{}\u201d"),
    ("network", "density", "The density of the {} network"),
    ("reach", "share", "The share of the roster's {} that came to at least one gathering"),
    ("response", "rate", "The response rate of {}"),
    ("activity", "share", "The share of {} among the roster"),
    ("activity", "gini", "The Gini coefficient of {}"),
    ("attendance", "attendances", "The number of attendances at {}"),
    ("ratings", "mean", "The mean {}"),
    ("conversion", "share", "The share \u201c{}\u201d"),
    ("return", "share", "The share of those who came again to {}"),
    ("mixing", "e_i_index", "The E-I index of {}"),
    ("population", "count", "The number of {} in the roster"),
)


# where the change stands of a value that an analysis states
CHANGES = {"scales": "change", "shares": "change", "network": "network_change"}


@dataclass(frozen=True)
class Sentence:
    """One finding. `ids`: the results it states; `html` carries each number in a `<data>` element; `claims`:
    what its sentences claim, where they are made from claims."""

    measure: str
    html: Markup
    ids: tuple[str, ...]
    claims: tuple[Claim, ...] = ()

    def _repr_html_(self) -> str:
        return str(Markup('<p class="finding">{}</p>').format(self.html))


@dataclass(frozen=True, eq=False)
class Found:
    """One headline measure's finding before it is HTML or Markdown.

    measure  the name under which the study declares it
    label    what it is called, for a heading
    parts    its sentences
    """

    measure: str
    label: str
    parts: tuple[Part, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The results that it rests on, each once."""
        return tuple(dict.fromkeys(str(row["id"]) for part in self.parts for row in part.rows))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return listed([part.pieces for part in self.parts], " ")


Held = Mapping[tuple[str, str], Sequence[Result]]


def findings(publishable: object) -> list[Sentence]:
    """A finding per headline measure, in the order in which the study declares them.

    A headline measure without a result says "not collected".
    """
    seen = view(publishable)
    made = build(seen)
    return [sentence(one, made) for one in found(seen)]


def found(seen: View) -> list[Found]:
    """The findings of `findings` as parts."""
    held = _held(seen)
    return [_found(seen, name, held) for name in seen.publishable.study.headline]


def declared(seen: View) -> set[tuple[str, str]]:
    """Source and measure of every headline measure."""
    parts = (name.split(".") for name in seen.publishable.study.headline)
    return {(one[0], "".join(one[1:2])) for one in parts}


def panel_findings(publishable: object) -> list[Sentence]:
    """For every survey whose members are linked: how many answered again, how many are new, and on which
    scores of the wave before those who answered again differ from those who did not."""
    seen = view(publishable)
    rows = seen.rows(analysis="panel", group="")
    sources = seen.foremost({str(row["source"]) for row in rows})
    made = build(seen, section="participation")
    return [one for s in sources for one in _of_panel(seen, s, [r for r in rows if r["source"] == s], made)]


def link(made: Mapping[str, Table], row: Result) -> Markup:
    """A link to the first of these tables that shows a result; nothing where none does."""
    for table in made.values():
        shown = (cell.row for line in table.lines for cell in line.cells if cell.row is not None)
        if any(other["id"] == row["id"] for other in shown):
            return Markup('<a class="see" href="#{}">Table\u00a0{}</a>').format(table.anchor, table.number)
    return Markup("")


def sentence(one: Found, made: Mapping[str, Table]) -> Sentence:
    """A finding as HTML, with a link to the first of these tables that shows its value."""
    see = link(made, one.parts[0].rows[0]) if one.ids else Markup("")
    html = Markup(" ").join(part for part in (wording.html(one.pieces), see) if part)
    return Sentence(one.measure, html, one.ids, tuple(part.claim for part in one.parts))


def _held(seen: View) -> Held:
    """What findings are made of: the results of every headline measure, by source and measure."""
    wanted = declared(seen)
    rows = seen.rows(
        analysis=sorted({analysis for analysis, _, _ in STATED} | {"adjusted", "groups", *CHANGES.values()}),
        source=sorted({source for source, _ in wanted}),
        measure=sorted({measure for _, measure in wanted}),
    )
    held: dict[tuple[str, str], list[Result]] = {}
    for row in rows:
        held.setdefault((str(row["source"]), str(row["measure"])), []).append(row)
    return held


def _found(seen: View, name: str, held: Held) -> Found:
    source, _, rest = name.partition(".")
    measure, _, statistic = rest.partition(".")
    label, own = seen.measure(measure, source), held.get((source, measure), [])
    rows, words = _stated(own, statistic, seen.year)
    if not rows:
        return Found(name, label, (Part(Claim("", ABSENT), (), (Label(label), ": not collected.")),))
    newest, before = rows[-1], rows[-2] if len(rows) > 1 else None
    change = next(iter(_changes(own, newest)), None)
    note = "" if change is None else seen.remark(change)
    now = stated(_about(words, Label(_lower(label))), newest)
    then = compared(newest, before, change, _tests(held, newest), note)
    latest = [row for row in own if wave_of(row) == wave_of(newest)]
    return Found(name, label, (now, then, *_for_whom(seen, latest)))


def _stated(own: Sequence[Result], statistic: str, year: int) -> tuple[list[Result], str]:
    """One result per wave, oldest first, of the first kind in `STATED` that the measure has in this year."""
    for analysis, usual, words in STATED:
        if statistic and statistic not in (usual, analysis):
            continue
        rows = [
            row
            for row in own
            if (row["analysis"], row["statistic"], row["group"], row["category"]) == (analysis, usual, "", "")
        ]
        if rows and year in {wave[0] for wave in waves(rows)}:
            return sorted(rows, key=lambda row: wave_order(wave_of(row))), words
    return [], ""


def _changes(rows: Sequence[Result], newest: Result) -> list[Result]:
    """Of these rows, the differences of the kind of value that is stated to the wave before; of waves within
    a year, those of the same members. Some kinds of value have none."""
    within = "difference_same_members" if newest["wave"] else "difference"
    statistic = "density_difference" if newest["analysis"] == "network" else within
    wanted = (CHANGES.get(newest["analysis"]), statistic, "", "")
    return [
        row
        for row in rows
        if (row["analysis"], row["statistic"], row["group"], row["category"]) == wanted
        and wave_of(row) == wave_of(newest)
    ]


def _tests(held: Held, newest: Result) -> int:
    """How many of the source's declared changes have a p that is not adjusted for the others."""
    ours = (rows for (source, _), rows in held.items() if source == newest["source"])
    return sum(unadjusted(_changes(rows, newest)) for rows in ours)


def _for_whom(seen: View, rows: Sequence[Result]) -> list[Part]:
    """For whom the newest value differs, by every comparison that the study declared."""
    # Either every group has its difference, or one row for them all says why there is none.
    told = [
        by_groups(seen, [row for row in one if row["statistic"] == "difference"] or _hindered(one))
        for one in _apart([row for row in rows if row["analysis"] == "groups"])
    ]
    members = [
        row for row in rows if (row["analysis"], row["statistic"]) == ("adjusted", "difference_adjusted")
    ]
    return [*(part for part in told if part is not None), *(among(seen, row) for row in members)]


def _apart(rows: Sequence[Result]) -> list[list[Result]]:
    """The rows of each declared comparison of groups."""
    made: dict[tuple[str, str], list[Result]] = {}
    for row in rows:
        made.setdefault((str(row["category"]), str(row["group"])), []).append(row)
    return list(made.values())


def _hindered(rows: Sequence[Result]) -> list[Result]:
    return [row for row in rows if not row["level"] and row["status"] != "published"]


def _of_panel(seen: View, source: str, rows: list[Result], made: Mapping[str, Table]) -> list[Sentence]:
    """The finding of one survey; none where its newest wave has no wave before it."""
    at = {(row["category"], row["statistic"]): row for row in rows if row["measure"] == "linkage"}
    again, before = at.get(("stayed", "retention")), at.get(("wave before", "count"))
    now, new = at.get(("", "count")), at.get(("newcomers", "count"))
    shown = [row for row in (before, again, now, new) if row is not None and row["status"] == "published"]
    if again is None or before is None or now is None or new is None or len(shown) < 4:
        return []
    members = [wording.unit("members", float(row["estimate"])) for row in (before, now)]
    share = (" (", Number(again, "interval"), ")") if bounded(again) else ()
    newcomers = "is a newcomer" if new["estimate"] == 1 else "are newcomers"
    pieces: tuple[Piece, ...] = (
        Label(seen.label(source)), ": of ", Number(before), f" linked {members[0]} who answered in the wave ",
        "before, ", Number(again, strong=True), *share, " answered again in ", year(again), ". Of ",
        Number(now), f" linked {members[1]} who answered in ", year(again), ", ", Number(new),
        f" {newcomers}.",
    )  # fmt: skip
    apart = [row for row in rows if row["statistic"] == "difference"]
    claims, attrition = _attrition(seen, apart)
    html = [wording.html(pieces), wording.html(attrition), link(made, again)]
    ids = tuple(str(row["id"]) for row in (*shown, *apart))
    return [Sentence(f"{source}.linkage", Markup(" ").join(part for part in html if part), ids, claims)]


def _attrition(seen: View, rows: Sequence[Result]) -> tuple[tuple[Claim, ...], tuple[Piece, ...]]:
    """On which scores those who answered again stood apart from those who did not. A score that the study
    does not declare is judged by its own p, and the sentence says so."""
    claims = tuple(judged(row) for row in rows)
    told = [
        (f"{claim.direction} on ", Label(_lower(seen.measure(row["measure"], row["source"]))), " (",
         *sized(claim, row), ")")
        for wanted in (HIGHER, LOWER)
        for claim, row in zip(claims, rows, strict=True)
        if claim.direction == wanted
    ]  # fmt: skip
    if not any(claim.direction != UNTESTED for claim in claims):
        return claims, ()
    if not told:
        return claims, ("On no score of the wave before did they differ clearly from those who did not.",)
    rest = "; their other scores did not differ clearly" if len(told) < len(rows) else ""
    those = ("Those who answered again had scored ", *listed(told, ", "))
    return claims, (*those, f" than those who did not{rest}.")


def _about(words: str, label: Label) -> tuple[Piece, ...]:
    before, _, after = words.partition("{}")
    return (before, label, after)


def _lower(words: str) -> str:
    """A label as it stands inside a sentence: an initial capital goes, an abbreviation stays."""
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words
