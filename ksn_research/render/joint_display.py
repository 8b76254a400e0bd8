"""The joint display as a table: what is said beside what is scored, drawn about the line of no difference,
and the verdict in words. See `joint_lines` for the rule.

After Guetterman, Fetters & Creswell (2015), Annals of Family Medicine 13, 554-561 (joint displays).

Imports formats, joint_lines, view.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.formats import Result
from ksn_research.render.joint_lines import (
    POSITION,
    SCORE,
    THEME,
    VERDICTS,
    Display,
    Line,
    Strand,
    displays,
    verdict,
)
from ksn_research.render.view import View, sentence_case
from ksn_research.results import slug

ABOVE = {THEME: ("said more often", "said less often"), SCORE: ("scored higher", "scored lower"),
         POSITION: ("a higher position", "a lower position")}  # fmt: skip
SUBJECT = {THEME: "what is said", SCORE: "the score", POSITION: "the position"}
SIDES = {True: "the others", False: "the year before"}
EXPECTED = {
    "same": "where more is said, the score is higher",
    "opposite": "where more is said, the score is lower",
}
WIDTH, HEIGHT, EDGE = 132, 18, 6
RULE = (
    "How to read it: a strand is clear (filled dot) where the interval of its difference from {} excludes no "
    "difference. Expected when the analysis was declared: {}. Both clear and as expected: agree. Both clear "
    "and otherwise: contradict. One clear: complement. Neither: no clear difference."
)
PLACE = " A position is held against what is said by the same rule."
CARE = (
    "Intervals are not corrected for the number of lines. No clear difference is not the same as no "
    "difference, least of all with few interviews. Interviewees and respondents are not the same people; "
    "what goes together here need not be connected."
)


def joint_displays(seen: View) -> list[Markup]:
    """Every declared joint display as HTML, with the rule that it follows."""
    return [as_html(seen, one) for one in displays(seen)]


def as_html(seen: View, display: Display) -> Markup:
    """A joint display as a table whose lines become cards on a narrow page, and its rule below."""
    first = seen.label(display.by) if display.by else "Group"
    heads = [Markup("{}").format(sentence_case(first)), *display.heads.values(), Markup("Said and scored")]
    head = Markup("").join(Markup('<th scope="col" role="columnheader">{}</th>').format(h) for h in heads)
    reach = {kind: _reach(display, kind) for kind in display.heads}
    body = Markup("\n").join(_line(seen, display, line, reach) for line in display.lines)
    return Markup(
        '<div class="block table joint" id="joint-{0}"><div class="table-box" role="region" tabindex="0" '
        'aria-label="{1}"><table class="words" role="table"><caption>{1}</caption><thead role="rowgroup">'
        '<tr role="row">{2}</tr></thead><tbody role="rowgroup">{3}</tbody></table></div>{4}</div>'
    ).format(slug(display.name).replace("_", "-"), display.label, head, body, _below(display))


def _line(seen: View, display: Display, line: Line, reach: Mapping[str, float]) -> Markup:
    said, scored = line.strands[THEME], line.strands[SCORE]
    found = verdict(said.direction, scored.direction, display.expects)
    level = sentence_case(seen.label(line.level, display.by)) if line.level else "Everybody"
    cells = [_cell(strand, display, reach[kind]) for kind, strand in line.strands.items()]
    if POSITION in line.strands:
        other = verdict(said.direction, line.strands[POSITION].direction, display.expects)
        cells[-1] += Markup('<span class="beside">with what is said: {}</span>').format(
            VERDICTS[other][1].lower()
        )
    told = Markup("").join(
        Markup('<td role="cell"><span class="head" aria-hidden="true">{}</span>{}</td>').format(name, cell)
        for name, cell in zip(display.heads.values(), cells, strict=True)
    )
    last = Markup('<td role="cell" class="verdict {}">{} <span>{}</span></td>').format(
        found, _chip(found), sentence(said, scored, found, display)
    )
    return Markup(
        '<tr role="row"><th scope="row" role="rowheader"><span class="label">{}</span></th>{}{}</tr>'
    ).format(level, told, last)


def _chip(found: str) -> Markup:
    sign, word = VERDICTS[found]
    return Markup('<strong><span class="sign" aria-hidden="true">{}</span> {}</strong>').format(sign, word)


def _cell(strand: Strand, display: Display, reach: float) -> Markup:
    """A strand's number, what it rests on, and its difference drawn and in figures."""
    if strand.value is None:
        return Markup('<span class="absent label">{}</span>').format(strand.why)
    lines = [formats.estimate_with_interval(strand.value), _rests(strand)]
    difference = strand.difference
    if difference is not None and difference["status"] == "published":
        lines.append(glyph(strand, display, reach))
        bounded = strand.direction is not None
        lines.append(_in_figures(difference) if strand.kind != POSITION else Markup(""))
        lines.append(Markup("") if bounded else Markup('<span class="label">{}</span>').format(strand.reason))
    return Markup("").join(Markup('<span class="part">{}</span>').format(one) for one in lines if one)


def _rests(strand: Strand) -> Markup:
    if strand.count is not None and strand.count["status"] == "published":
        return Markup("{} of {} {}").format(
            formats.data(strand.count), formats.data(strand.count, "n"), formats.unit_of(strand.count)
        )
    value = strand.value
    if value is None or pd.isna(value["n"]):
        return Markup("")
    return Markup("{} {}").format(formats.data(value, "n"), formats.unit_of(value))


def _in_figures(row: Result) -> Markup:
    return Markup('<span class="apart">difference {}</span>').format(formats.estimate_with_interval(row))


def glyph(strand: Strand, display: Display, reach: float) -> Markup:
    """The difference as a dot with its interval about the line of no difference; filled where it is clear."""
    row = strand.difference
    if row is None or strand.direction is None or not reach:
        return Markup("")
    at = [_place(float(row[name]), reach) for name in ("estimate", "ci_low", "ci_high")]
    side, bounds = SIDES[bool(display.by)], formats.show(row, "interval")
    said = f"difference from {side}: {formats.show(row)}, interval {bounds}"
    return Markup(
        '<svg class="glyph{0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}" role="img" aria-label="{3}">'
        '<line class="none" x1="{4}" x2="{4}" y1="1" y2="{5}"></line>'
        '<line x1="{7}" x2="{8}" y1="{9}" y2="{9}"></line><circle cx="{6}" cy="{9}" r="4"></circle></svg>'
    ).format(
        " clear" if strand.direction else "", WIDTH, HEIGHT, said, WIDTH / 2, HEIGHT - 1, *at, HEIGHT / 2
    )


def _place(value: float, reach: float) -> str:
    half = WIDTH / 2 - EDGE
    return f"{WIDTH / 2 + half * value / reach:.1f}"


def _reach(display: Display, kind: str) -> float:
    """How far the drawings of a column go either way: one scale for all its lines."""
    rows = [
        line.strands[kind].difference for line in display.lines if line.strands[kind].direction is not None
    ]
    ends = [
        abs(float(row[end])) for row in rows if row is not None for end in ("ci_low", "ci_high", "estimate")
    ]
    return max(ends, default=0.0)


def sentence(said: Strand, scored: Strand, found: str, display: Display) -> Markup:
    """The verdict of a line in words; no number, and no word of cause."""
    other = SIDES[bool(display.by)]
    if found == "unsaid":
        lost = [strand for strand in (said, scored) if strand.direction is None]
        told = [Markup('{}: <span class="label">{}</span>').format(SUBJECT[s.kind], s.reason) for s in lost]
        return sentence_case(Markup("; ").join(told))  # type: ignore[return-value]
    if found == "neither":
        return Markup("Neither what is said nor the score differs clearly from {}.").format(other)
    if found == "complement":
        clear, silent = (said, scored) if said.direction else (scored, said)
        return Markup("{} than {}; {} does not differ clearly.").format(
            sentence_case(_way(clear)), _of(other, display), SUBJECT[silent.kind]
        )
    joint, end = ("and", "as expected") if found == "agree" else ("but", "not as expected")
    return Markup("{} {} {} than {}: {}.").format(
        sentence_case(_way(said)), joint, _way(scored), _of(other, display), end
    )


def _way(strand: Strand) -> str:
    return ABOVE[strand.kind][0 if strand.direction == 1 else 1]


def _of(other: str, display: Display) -> str:
    return f"among {other}" if display.by else f"in {other}"


def _below(display: Display) -> Markup:
    """The rule, what was expected, what the display does not say, and how its numbers were had."""
    rule = RULE.format(SIDES[bool(display.by)], EXPECTED[display.expects])
    rows = [
        row
        for line in display.lines
        for strand in line.strands.values()
        for row in (strand.value, strand.difference)
        if row is not None
    ]
    parts = dict.fromkeys(part for row in rows for part in str(row["method"]).split("; "))
    methods = [part for part in parts if part and not part.startswith("p ")]  # no p is shown here
    hidden = dict.fromkeys(str(row["note"]) for row in rows if row["status"] == "suppressed")
    notes = [
        Markup("{}").format(rule + PLACE if POSITION in display.heads else rule),
        Markup("{}").format(CARE),
        _label("s suppressed: {}.", sorted(hidden)),
        _label("In brackets and drawn: 95 % confidence intervals. Method: {}.", methods),
    ]
    return Markup("").join(Markup('<p class="source">{}</p>').format(note) for note in notes if note)


def _label(words: str, parts: Iterable[str]) -> Markup:
    """Words of methods and notes, whose digits are no results."""
    said = "; ".join(parts)
    return Markup('<span class="label">{}</span>').format(words.format(said)) if said else Markup("")
