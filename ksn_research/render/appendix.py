"""The appendix in tables of words: coded interviews' codebook and its changes, what their files held, COREQ.

The codebook counts interviews and passages of the whole sample, which are exempt from suppression. Imports
canvas, formats, view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.canvas import marks
from ksn_research.render.view import View, sentence_case

CODEBOOK = ["source", "year", "code", "parent", "definition", "depth", "interviews", "segments"]
CHANGES = ["source", "year", "code", "was", "change", "comparable", "note"]
COREQ = ["item", "name", "domain", "asks", "study", "records"]
IMPORTED = "see the import report"  # the remedy of what a reader of coded interviews notes
OF_CODES = "the code"  # how the notes on a codebook begin
QUOTED = "under \u201cIn their words\u201d, each with as much of its speaker as the speaker allows"
COMPARED = {"yes": "yes", "marked": "yes, with a note", "no": "no"}
WHAT = {"same": "same name", "recut": "divided anew", "gone": "no longer there"}
NOT_STATED = Markup('<span class="absent">not stated</span>')


def of_interviews(seen: View) -> Iterator[Markup]:
    """The appendix of coded interviews, each table that has lines."""
    yield from _imports(seen)
    yield from _codebooks(seen)
    yield from _changes(seen)
    yield from _coreq(seen)


def _curve(seen: View, name: str, columns: list[str]) -> pd.DataFrame:
    return seen.publishable.curves.get(name, pd.DataFrame()).reindex(columns=columns)


def _imports(seen: View) -> Iterator[Markup]:
    """What the files of interviews held that is not carried, and what is to be known of them."""
    told = seen.publishable.findings
    if told.empty or "kind" not in seen.publishable.waves:
        return
    waves = seen.publishable.waves
    own = told[told["source"].isin(waves.loc[waves["kind"] == "interviews", "source"])]
    said = own["problem"].astype("str")
    own = own[(own["remedy"] == IMPORTED) | said.str.startswith(OF_CODES)]
    if own.empty:
        return
    times = own.groupby(["source", "problem"], sort=False)["count"].sum().reset_index()
    lines = [
        [_label(seen.label(str(row.source))), _label(sentence_case(str(row.problem))), _number(row.count)]
        for row in marks(times)
    ]
    yield plain_table(
        "What the files of interviews held, and what is not carried", ["Source", "Note", "Times"], lines
    )


def _codebooks(seen: View) -> Iterator[Markup]:
    for (source, year), book in _by_source(_curve(seen, "codebook", CODEBOOK)):
        lines = [
            [
                _indented(str(row.code), row.depth),
                _label(str(row.definition)) if row.definition else NOT_STATED,
                _number(row.interviews),
                _number(row.segments),
            ]
            for row in book.itertuples()
        ]
        heads = ["Code", "Definition", "Interviews", "Passages"]
        yield plain_table(f"Codebook: {_titled(seen, source, year)}", heads, lines)


def _changes(seen: View) -> Iterator[Markup]:
    for (source, year), changes in _by_source(_curve(seen, "codebook_changes", CHANGES)):
        lines = [
            [
                _label(str(row.code)) if row.code else formats.absent(),
                _label(str(row.was)) if row.was else formats.absent(),
                WHAT.get(str(row.change), str(row.change)),
                COMPARED.get(str(row.comparable), str(row.comparable)),
                _label(str(row.note)),
            ]
            for row in changes.itertuples()
        ]
        heads = ["Code", "In the year before", "What became of it", "Compared", "Note"]
        yield plain_table(f"Changes of the codebook: {_titled(seen, source, year)}", heads, lines)


def _coreq(seen: View) -> Iterator[Markup]:
    items = _curve(seen, "coreq", COREQ)
    if items.empty:
        return
    if not seen.publishable.quotes.frame.empty:
        items.loc[items["name"] == "quotations", "records"] = QUOTED
    answers = [_answer(str(row.study), str(row.records)) for row in items.itertuples()]
    told = items.assign(answer=pd.Series(answers, items.index, dtype=object))  # Markup stays what it is
    yield Markup(
        '<p class="source">How the interviews were done, after COREQ (Tong, Sainsbury &amp; Craig 2007, '
        "International Journal for Quality in Health Care 19:349; the items in this report\u2019s words): "
        "{} of {} items answered. What stands in italics comes from the records, the rest from the "
        "study\u2019s coreq.toml.</p>"
    ).format(_answered(told), len(told))
    for domain, own in told.groupby("domain", sort=False):
        lines = [[_label(f"{row.item}. {row.asks}"), row.answer or NOT_STATED] for row in marks(own)]
        title = f"COREQ, {str(domain).lower()}: {_answered(own)} of {len(own)} items answered"
        yield plain_table(title, ["Item", "Answer"], lines)


def _answered(told: pd.DataFrame) -> int:
    return int((told["answer"].astype("str") != "").sum())


def _answer(study: str, records: str) -> Markup:
    """What the study says, then what the records say."""
    parts = [_label(study)] if study else []
    parts += [Markup("<em>{}</em>").format(_label(sentence_case(records)))] if records else []
    return Markup(" ").join(parts)


def _by_source(table: pd.DataFrame) -> Iterator[tuple[tuple[str, object], pd.DataFrame]]:
    for (source, year), own in table.groupby(["source", "year"], sort=False, dropna=False):
        yield (str(source), year), own


def _titled(seen: View, source: str, year: object) -> str:
    return seen.label(source) + ("" if pd.isna(year) else f", {int(str(year))}")  # type: ignore[call-overload]


def _indented(code: str, depth: object) -> Markup:
    return Markup("{}{}").format("\u2003" * max(int(str(depth)) - 1, 0), _label(code))


def _number(value: object) -> Markup:
    return _label(formats.ABSENT if pd.isna(value) else f"{int(str(value)):,}")  # type: ignore[call-overload]


def _label(words: str) -> Markup:
    return Markup('<span class="label">{}</span>').format(words)


def plain_table(caption: str, heads: Sequence[str], lines: Sequence[Sequence[str | Markup]]) -> Markup:
    """A small table of words, with scoped headings."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in heads)
    return Markup(
        '<div class="block table"><div class="table-box" role="region" tabindex="0" aria-label="{0}">'
        '<table class="words"><caption>{0}</caption><thead><tr>{1}</tr></thead><tbody>{2}</tbody></table>'
        "</div></div>"
    ).format(caption, head, Markup("\n").join(_plain_line(line) for line in lines))


def _plain_line(line: Sequence[str | Markup]) -> Markup:
    cells = Markup("").join(Markup("<td>{}</td>").format(cell) for cell in line[1:])
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(line[0], cells)
