"""What the interviews section says in sentences, above the tables of each part: by rule, never why.

A sentence is said of a source's newest year, and of published numbers only. Counts stand as "18 of 23".

Imports formats, interview_tables, network_phrases, sentences, view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render import interview_tables as parts
from ksn_research.render import network_phrases as say
from ksn_research.render.formats import Result
from ksn_research.render.sentences import Sentence
from ksn_research.render.view import View, wave_of, waves, year_html

FEW = 3  # themes or pairs that a sentence names
# How the note of an alpha begins, and what is said of the codes of which it is.
RELY_NOT = "below .667"
BANDS: Mapping[str, str] = {
    "at least .8": "Reliable",
    "at least .667": "For tentative conclusions only",
    RELY_NOT: "Do not rest on",
}


def by_part(seen: View) -> dict[str, list[Sentence]]:
    """The sentences of each part of the section, by the words that head it."""
    said: dict[str, list[Sentence]] = {}
    for part, analysis, tell in SAID:
        for rows in _blocks(seen, analysis):
            said.setdefault(part, []).extend(tell(seen, rows))
    return said


def _blocks(seen: View, analysis: str) -> list[list[Result]]:
    """Rows of the newest year of each source, attribute or declared analysis."""
    made: dict[tuple[str, str], list[Result]] = {}
    for row in sorted(seen.rows(analysis=analysis), key=seen.rank):
        apart = {"theme_differences": "group", "two_sources": "category"}.get(analysis)
        made.setdefault((row["source"], row[apart] if apart else ""), []).append(row)
    return [[r for r in own if wave_of(r) == waves(own)[-1]] for own in made.values()]


def _themes(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    found = [r for r in _published(rows, "count") if not r["group"] and r["estimate"] > 0]
    top = sorted(found, key=lambda row: -row["estimate"])[:FEW]
    if top:
        told = [Markup("{} in {}").format(_theme(seen, r), _of(r)) for r in top]
        html = Markup("{}: named in the most interviews were {}.").format(_head(seen, top[0]), _listed(told))
        yield _sentence(top, html)


def _doubtful(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    low = [r for r in _alphas(rows) if str(r["note"]).startswith(RELY_NOT)]
    if low:
        named = _listed([_theme(seen, r) for r in low])
        html = Markup("{}: coders agree too little to rest anything on {}.").format(
            _head(seen, low[0]), named
        )
        yield _sentence(low, html)


def _kinds(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    found = [r for r in rows if r["status"] == "published"]
    head = Markup("{}, {}").format(_head(seen, rows[0]), seen.words(rows[0], "group"))
    if not found and any(r["status"] == "suppressed" for r in rows):
        why = "some kinds are of too few interviewees for a test that gives nobody away"
        yield _sentence(rows, Markup("{}: {}.").format(head, why))
    elif found:
        told = [
            Markup("{}{}{}{}").format(_theme(seen, r), _called(r), say.number(r), _tested(r))
            for r in found
            if say.clear(r)
        ]
        yield _sentence(found, Markup("{}: {}.").format(head, _clear(told, found)))


def _two_sources(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    found = _published(rows, "difference")
    if not found:
        return
    counts = [r for r in rows if r["statistic"] == "count" and r["status"] == "published"]
    told = []
    for row in (r for r in found if say.clear(r)):
        own = [r for r in counts if r["measure"] == row["measure"]]
        own = sorted(own, key=lambda r: r["level"] != r["source"])  # the source named first stands first
        both = [Markup("{} of {}").format(_of(r), _label(seen.words(r, "level"))) for r in own]
        told.append(Markup("{} in {}{}").format(_theme(seen, row), _listed(both), _tested(row)))
    head = Markup("{}, {}").format(_label(seen.words(found[0], "category")), _year(found[0]))
    html = Markup("{}, of the themes that both have (above zero: more often in {}): {}.").format(
        head, _label(seen.label(found[0]["source"])), _clear(told, found)
    )
    yield _sentence([*found, *counts], html)


def _change(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    found = _published(rows, "difference")
    if found:
        told = [
            Markup("{} {}{}").format(_theme(seen, r), say.number(r), _tested(r))
            for r in found
            if say.clear(r)
        ]
        html = Markup("{}, since the year before: {}.").format(_head(seen, found[0]), _clear(told, found))
        yield _sentence(found, html)


def _agreement(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    for whole in (r for r in _published(rows, "alpha") if r["measure"] == "all codes"):
        html = Markup("{}: over all codes together alpha is {}{}.")
        yield _sentence([whole], html.format(_head(seen, whole), say.number(whole), say.inside(whole)))
    for begins, words in BANDS.items():
        own = [r for r in _alphas(rows) if str(r["note"]).startswith(begins)]
        if own:
            named = _listed([_theme(seen, r) for r in own])
            yield _sentence(own, Markup("{}: {}.").format(words, named))


def _saturation(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    found = {(r["measure"], r["statistic"]): r for r in rows if r["status"] == "published"}
    base, every = found.get(("codes", "in_base")), found.get(("codes", "in_all"))
    if base is None or every is None:
        return
    used = [base, every]
    html = Markup("{}: {} of {} codes were heard in the first four of {} interviews").format(
        _head(seen, base), say.number(base), say.number(every), formats.data(every, "n")
    )
    point, over = found.get((parts.FIVE, "interviews")), found.get((parts.FIVE, "interviews_over_orders"))
    if point is None:
        html += Markup("; new ones came up to the end")
    else:
        used.append(point)
        html += Markup("; after {} interviews, two in a row brought next to none").format(say.number(point))
    share = found.get((parts.FIVE, "orders_reaching"))
    if over is not None and share is not None:
        used += [over, share]
        html += Markup(" (in random orders after {} on average, reached in {} of them)").format(
            formats.data(over), formats.data(share)
        )
    yield _sentence(used, html + Markup("."))


def _together(seen: View, rows: Sequence[Result]) -> Iterator[Sentence]:
    chance = {_pair(r): r for r in _published(rows, "expected")}
    found = {_pair(r): r["estimate"] - chance[_pair(r)]["estimate"]
             for r in _published(rows, "count") if _pair(r) in chance}  # fmt: skip
    counts = [r for r in _published(rows, "count") if found.get(_pair(r), 0) > 0]
    top = sorted(counts, key=lambda r: -found[_pair(r)])[:FEW]
    if top:
        told = [
            Markup("{} and {} in {} (by chance {})").format(
                _theme(seen, r), _theme(seen, r, "category"), _of(r), formats.data(chance[_pair(r)])
            )
            for r in top
        ]
        html = Markup("{}: furthest above chance come up together {}.")
        used = [*top, *(chance[_pair(r)] for r in top)]
        yield _sentence(used, html.format(_head(seen, top[0]), _listed(told)))


def _clear(told: Sequence[Markup], rows: Sequence[Result]) -> Markup:
    """What differs clearly, that nothing does, or that nothing could be tested."""
    if all(pd.isna(row["p"]) for row in rows):
        return Markup("no test, since with so few interviews none could find a difference")
    none = Markup("no clear difference, p adjusted for the number of themes")
    return Markup("; ").join(told) if told else none


def _called(row: Result) -> str:
    return ", Cram\u00e9r\u2019s V " if row["statistic"] == "cramers_v" else " "


def _tested(row: Result) -> Markup:
    known = not pd.isna(row["ci_low"])
    bounds = formats.data(row, "interval") + Markup("; ") if known else Markup("")
    return Markup(" ({}{}, adjusted)").format(bounds, say.tested(row, "p_adjusted"))


def _alphas(rows: Sequence[Result]) -> list[Result]:
    return [r for r in _published(rows, "alpha") if r["measure"] != "all codes"]


def _published(rows: Sequence[Result], statistic: str) -> list[Result]:
    return [r for r in rows if r["status"] == "published" and r["statistic"] == statistic]


def _pair(row: Result) -> tuple[str, str]:
    return str(row["measure"]), str(row["category"])


def _head(seen: View, row: Result) -> Markup:
    return Markup("{}, {}").format(_label(seen.label(row["source"])), _year(row))


def _year(row: Result) -> Markup:
    return year_html(wave_of(row))


def _theme(seen: View, row: Result, field: str = "measure") -> Markup:
    """A code in quotation marks, with the initial that it has in the codebook."""
    code, words = str(row[field]), seen.label(row[field], row["source"])
    return Markup("\u201c{}\u201d").format(
        _label(code[:1] + words[1:] if words[:1].lower() == code[:1] else words)
    )


def _label(words: str) -> Markup:
    return Markup('<span class="label">{}</span>').format(words)


def _of(row: Result) -> Markup:
    return Markup("<strong>{} of {}</strong>").format(formats.data(row), formats.data(row, "n"))


def _listed(told: Sequence[Markup]) -> Markup:
    """ "a, b and c"."""
    *first, last = told
    return Markup("{} and {}").format(Markup(", ").join(first), last) if first else last


def _sentence(rows: Sequence[Result], html: Markup) -> Sentence:
    return Sentence(f"{rows[0]['source']}.{rows[0]['measure']}", html, tuple(str(r["id"]) for r in rows))


SAID: tuple[tuple[str, str, Callable[[View, Sequence[Result]], Iterator[Sentence]]], ...] = (
    (parts.THEMES, "themes", _themes),
    (parts.THEMES, "agreement", _doubtful),
    (parts.KINDS, "theme_differences", _kinds),
    (parts.BESIDE, "two_sources", _two_sources),
    (parts.CHANGE, "theme_change", _change),
    (parts.AGREEMENT, "agreement", _agreement),
    (parts.ENOUGH, "saturation", _saturation),
    (parts.TOGETHER, "co_occurrence", _together),
)
