"""The report's sections: which sentences, figures and tables stand in each, in order.

A notebook's cell calls `show_section(report, "outcomes")`; JupyterLab and the report show what comes back. A
section whose evidence was not collected says so.

Imports appendix, document, engagement_sentences, figures, formats, interview_sentences, joint_display,
narrative, network_sentences, quotes, sentences, tables, view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ksn_research.render import (
    appendix,
    document,
    engagement_sentences,
    figures,
    formats,
    interview_sentences,
    joint_display,
    narrative,
    network_sentences,
    quotes,
    sentences,
    tables,
)
from ksn_research.render.appendix import plain_table
from ksn_research.render.view import View, view, wave_of, year_html

# How the finding begins that says why members are not linked.
NOT_LINKED = "members are not linked across years"
TOLD = {  # sections that speak in sentences
    "engagement": engagement_sentences,
    "network": network_sentences,
    "interviews": interview_sentences,
}
SECTIONS: Mapping[str, str] = {
    "executive": "Findings",
    "participation": "Who took part",
    "engagement": "Engagement",
    "outcomes": "Outcomes",
    "network": "Network",
    "interviews": "Interviews",
    "mixed": "What is said beside what is scored",
    "circles": "Learning circles",
    "methods": "Methods and data quality",
}


@dataclass(frozen=True)
class Block:
    """One piece of a section: its HTML and, for a table or a figure, the thing itself."""

    kind: str
    html: Markup
    thing: tables.Table | figures.Figure | None = None

    def _repr_html_(self) -> str:
        return str(self.html)


@dataclass(frozen=True)
class Section:
    """A section as one value that a notebook shows: as HTML, and as blocks of a document (pandoc's syntax
    tree), from which PDF and DOCX are made."""

    name: str
    blocks: tuple[Block, ...]

    @property
    def document(self) -> list[dict[str, Any]]:
        """The section as blocks of a document."""
        return [made for block in self.blocks for made in document.blocks_of(block.thing, str(block.html))]

    def _repr_html_(self) -> str:
        return "\n".join(str(block.html) for block in self.blocks)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {document.MIME: {"blocks": self.document}}

    def __repr__(self) -> str:
        return f"{SECTIONS.get(self.name, self.name)}: {', '.join(block.kind for block in self.blocks)}"


def section(publishable: object, name: str) -> list[Block]:
    """The blocks of one section of the report.

    name  one of `SECTIONS`; ValueError for any other
    """
    if name not in SECTIONS:
        raise ValueError(f"no section is called {name!r}; there are {', '.join(SECTIONS)}")
    seen = view(publishable)
    if name == "executive":
        blocks = _executive(publishable)
    elif name == "methods":
        blocks = _methods(seen)
    elif name == "mixed":
        blocks = [Block("table", html) for html in joint_display.joint_displays(seen)]
    else:
        blocks = [*_evidence(seen, name), *(_in_their_words(seen) if name == "interviews" else ())]
    return blocks or [Block("text", Markup('<p class="not-collected">Not collected.</p>'))]


def show_section(publishable: object, name: str) -> Section:
    """One section as a value that JupyterLab and the report show."""
    return Section(name, tuple(section(publishable, name)))


def _executive(publishable: object) -> list[Block]:
    html = narrative.executive(view(publishable))
    return [Block("sentences", html)] if html else []


def _evidence(seen: View, name: str) -> list[Block]:
    """The section's tables in their order, each after the figures of the same results."""
    made = tables.build(seen, section=name)
    drawn = figures.build(seen, section=name).values()
    place_of = {one.name: next((t for t in one.beside if t in made), "") for one in drawn}
    blocks: list[Block] = []
    first = next((table for table in made if table.startswith("panel")), "")
    said = TOLD[name].by_part(seen) if name in TOLD else {}
    if name == "participation" and not first:
        blocks += _unlinked(seen)
    part = ""
    for place, table in made.items():
        if table.part and table.part != part:
            part = table.part
            blocks += [_heading(part), *(_finding(one) for one in said.get(part, ()))]
        blocks += _linked(seen) if place == first else []
        ours = [one for one in drawn if place_of[one.name] == table.name]
        blocks += [Block("figure", figures.as_html(one), one) for one in ours]
        blocks.append(Block("table", tables.as_html(table), table))
    return blocks


def _in_their_words(seen: View) -> list[Block]:
    said = quotes.by_theme(seen)
    return [_heading(quotes.HEADING), *(Block("quotes", html) for html in said)] if said else []


def _heading(words: str) -> Block:
    return Block("heading", Markup('<h3 class="part">{}</h3>').format(words))


def _finding(said: sentences.Sentence) -> Block:
    return Block("text", Markup('<p class="finding">{}</p>').format(said.html))


def _linked(seen: View) -> list[Block]:
    """What the panel says in sentences, above its tables."""
    return [_finding(one) for one in sentences.panel_findings(seen.publishable)]


def _unlinked(seen: View) -> list[Block]:
    """That members are not linked across years, where a survey has more than one, and the reason."""
    problems = seen.publishable.findings["problem"].astype("str")
    told = problems[problems.str.startswith(NOT_LINKED)]
    reason = str(told.iloc[0]).rpartition(": ")[2] if len(told) else ""
    changes = [row for row in seen.rows(analysis="change") if not row["wave"]]
    if not reason and not changes:
        return []
    said = reason or "answers carry no member code"
    html = Markup(
        '<p class="not-collected">Members are not linked across years, so nothing is said of who answered '
        'again: <span class="label">{}</span>.</p>'
    )
    return [Block("text", html.format(said))]


def _methods(seen: View) -> list[Block]:
    blocks = [
        _waves(seen),
        _rows(seen),
        _not_compared(seen),
        *(Block("text", html) for html in appendix.of_interviews(seen)),
        _glossary(seen),
    ]
    return [block for block in blocks if block is not None]


def _waves(seen: View) -> Block | None:
    frame = seen.publishable.waves
    if frame.empty:
        return None
    lines = [
        [str(row.label), _years(str(row.waves)) if row.collected else "not collected"]
        for row in frame.itertuples()
    ]
    return Block("text", plain_table("Sources and the waves this edition uses", ["Source", "Waves"], lines))


def _years(waves: str) -> Markup:
    return Markup('<span class="year">{}</span>').format(waves)


def _rows(seen: View) -> Block | None:
    """Every row of every file: read = used + set aside, with reasons."""
    rows = seen.rows(analysis="rows")
    if not rows:
        return None
    files = dict.fromkeys((row["source"], wave_of(row), row["measure"]) for row in rows)
    lines = [
        [
            seen.label(source),
            year_html(wave),
            Markup('<span class="label">{}</span>').format(file),
            *_account([r for r in rows if (r["source"], wave_of(r), r["measure"]) == (source, wave, file)]),
        ]
        for source, wave, file in files
    ]
    heads = ["Source", "Wave", "File", "Rows read", "Used", "Set aside"]
    return Block("text", plain_table("What became of the rows of each file", heads, lines))


def _account(ours: Sequence[formats.Result]) -> list[Markup]:
    whole = {row["statistic"]: row for row in ours if not row["category"]}
    aside = [
        Markup('{} <span class="label">{}</span>').format(formats.data(row), row["category"])
        for row in ours
        if row["statistic"] == "set_aside"
    ]
    first = [formats.data(whole[name]) if name in whole else formats.absent() for name in ("read", "used")]
    return [*first, Markup("; ").join(aside) or formats.absent()]


def _not_compared(seen: View) -> Block | None:
    """Measures whose waves cannot be compared, and those compared with a remark, each with the reason."""
    noted = [row for row in seen.rows(analysis="change", statistic="difference") if seen.remark(row)]
    lines = dict.fromkeys(
        (seen.label(row["source"]), seen.marked(row["measure"], row["source"]), said, _reason(row))
        for said, rows in (("no", seen.rows(status="not comparable")), ("yes, with a note", noted))
        for row in rows
    )
    if not lines:
        return None
    heads = ["Source", "Measure", "Compared", "Why"]
    return Block("text", plain_table("What changed between the waves", heads, list(lines)))


def _reason(row: formats.Result) -> Markup:
    return Markup('<span class="label">{}</span>').format(row["note"])


def _glossary(seen: View) -> Block:
    terms = {
        formats.MARKS[
            "suppressed"
        ]: f"suppressed: rests on {seen.rule}, or would let such a number be worked out",
        formats.MARKS["undefined"]: "the statistic does not exist for these records; the note says why",
        formats.MARKS["not comparable"]: "the question changed between the waves",
        formats.ABSENT: "there is no such result",
        "*": "a remark below the table, on this number",
        "n": "what the number rests on: people, organisations, interviews or pairs, as the source line says",
        "(a\u2013b)": "95 % confidence interval",
        "p": "probability of a result at least as far from no difference if there were none",
    }
    items = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(term, said) for term, said in terms.items()
    )
    return Block("text", Markup('<dl class="glossary">{}</dl>').format(items))
