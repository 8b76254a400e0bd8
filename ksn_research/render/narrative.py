"""The executive page: the analyst's text with its numbers filled in, else the findings drafted by rule.

Markdown is kept small on purpose: paragraphs, headings, lists, quotations, emphasis and links to the web.
HTML, pictures and code are shown as text. `{{ id }}` is read by the Markdown parser itself, so nothing that a
number brings along is ever read as Markdown, and words of the study never as `{{ id }}`.

Imports sentences, tables, view, wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape

from ksn_research.errors import PlanError
from ksn_research.plan.narrative import INSERT, Block, blocks, file_of
from ksn_research.render import sentences
from ksn_research.render.formats import Result
from ksn_research.render.sentences import Found
from ksn_research.render.tables import Table, build
from ksn_research.render.view import View
from ksn_research.render.wording import PARTS, inserted

RULES = (
    "blockquote", "hr", "list", "newline", "escape", "emphasis", "link", "entity", "result",
)  # fmt: skip
NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)")
WEB = ("https://", "http://", "mailto:", "#")


def executive(seen: View) -> Markup:
    """The executive page as HTML, "" where the study declares no headline measure and has no text.

    Raises PlanError naming file and line where the text inserts what may not be inserted.
    """
    told = blocks(seen.publishable.study.narrative, file_of(seen.year))
    made = build(seen)
    drafted = [sentences.sentence(one, made) for one in unsaid(seen, told)]
    items = Markup("\n").join(Markup('<li class="finding">{}</li>').format(one.html) for one in drafted)
    rest = Markup('<ul class="findings">{}</ul>').format(items) if drafted else Markup("")
    written = [as_html(seen, one, made) for one in told if not one.empty]
    return Markup("\n").join(part for part in (*written, rest) if part)


def as_html(seen: View, block: Block, made: Mapping[str, Table]) -> Markup:
    """One block of the analyst's text, with a link to the table of the first result that it inserts."""
    rows = inserts_of(seen, block)
    heading = Markup('<h3 class="part">{}</h3>').format(_parsed(block.heading, rows, inline=True))
    see = Markup("")
    if block.inserts:
        see = sentences.link(made, rows[block.inserts[0].id])
    below = Markup("<p>{}</p>").format(see) if see else ""
    head = heading if block.heading else ""
    return Markup('<div class="told">{}{}{}</div>').format(head, _parsed(block.body, rows), below)


def inserts_of(seen: View, block: Block) -> dict[str, Result]:
    """The results that a block inserts, by id. Raises PlanError for the first that may not be inserted."""
    rows = by_id(seen)
    for one in block.inserts:
        problem, remedy = refused(seen, rows, one.id, one.part)
        if problem:
            raise PlanError(problem, remedy=remedy, file=file_of(seen.year), row=one.line)
    return {one.id: rows[one.id] for one in block.inserts}


def refused(seen: View, rows: Mapping[str, Result], name: str, part: str) -> tuple[str, str]:
    """Why `{{ name | part }}` may not stand on the executive page, and what to do; both "" where it may."""
    if name not in rows:
        return f"`{name}` is no published result", "take the id from public/results.csv of the edition"
    if part not in PARTS:
        return f"`{part}` is no part of a result", f"use one of {', '.join(PARTS)}"
    row = rows[name]
    if (row["source"], row["measure"]) not in sentences.declared(seen):
        return (
            f"`{name}` is of no headline measure, and only those enter the executive page",
            "take it out, or declare its measure in study.toml before the records come",
        )
    return "", ""


def by_id(seen: View) -> dict[str, Result]:
    """Every publishable result by its id."""
    return {str(row["id"]): row for row in seen.rows()}


def unsaid(seen: View, told: Iterable[Block]) -> list[Found]:
    """The findings of headline measures that no block is about."""
    rows, named, about = by_id(seen), set(), set()
    for block in told:
        if block.stamp and block.stamp.measure:
            named.add(block.stamp.measure)
        else:
            about |= {(rows[i.id]["source"], rows[i.id]["measure"]) for i in block.inserts if i.id in rows}
    return [
        one
        for one in sentences.found(seen)
        if key(one.measure) not in named and tuple(one.measure.split(".")[:2]) not in about
    ]


def key(measure: str) -> str:
    """The name of a headline measure as a stamp holds it: on one line, and unable to end the comment."""
    return " ".join(measure.split()).replace("--", "-\u2011").replace(">", "")


def _parsed(text: str, rows: Mapping[str, Result], inline: bool = False) -> Markup:
    env = {"rows": rows}
    made = _parser().renderInline(text, env) if inline else _parser().render(text, env)
    return Markup(made)  # noqa: S704 - the parser escapes all text, and HTML is off


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False})
    parser.inline.ruler.before("escape", "result", _read)
    parser.enable(RULES)
    parser.add_render_rule("result", _filled)
    parser.add_render_rule("text", _typed)
    parser.validateLink = _on_the_web  # type: ignore[method-assign]
    return parser


def _read(state: StateInline, silent: bool) -> bool:
    found = INSERT.match(state.src, state.pos)
    if found is None or found[1] not in state.env["rows"]:
        return False
    if not silent:
        token = state.push("result", "", 0)
        token.meta = {"id": found[1], "part": found[2] or "estimate"}
    state.pos = found.end()
    return True


def _filled(
    _self: RendererHTML, tokens: Sequence[Token], place: int, _options: Any, env: MutableMapping[str, Any]
) -> str:
    told = tokens[place].meta
    return str(inserted(env["rows"][told["id"]], told["part"]))


def _typed(
    _self: RendererHTML, tokens: Sequence[Token], place: int, _options: Any, _env: MutableMapping[str, Any]
) -> str:
    """Words as they are; a number that somebody typed is marked as one, since it is no result (the checks say
    what they think of it)."""
    mark = Markup('<span class="typed">{}</span>')
    parts = NUMBER.split(tokens[place].content)  # words and numbers in turn
    return str(Markup("").join(mark.format(one) if at % 2 else escape(one) for at, one in enumerate(parts)))


def _on_the_web(url: str) -> bool:
    return url.strip().lower().startswith(WEB)
