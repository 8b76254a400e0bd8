"""Findings in sentences: one for each headline measure, by rule and without causal verbs.

A headline measure is named "source.measure" in `study.toml` before the data came, or
"source.measure.statistic" where a source has several of that name. The sentence states the newest value, its
interval and n, then what can be said about the wave before: a difference, no clear change, not comparable, or
nothing. `panel_findings` says who answered again, without being declared.

Imports formats, tables, view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.formats import Result
from ksn_research.render.tables import Table, build
from ksn_research.render.view import View, view, wave_of, waves, year_html

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
LEVEL = 0.05


@dataclass(frozen=True)
class Sentence:
    """One finding. `ids`: the results it states; `html` carries each number in a `<data>` element."""

    measure: str
    html: Markup
    ids: tuple[str, ...]

    def _repr_html_(self) -> str:
        return str(Markup('<p class="finding">{}</p>').format(self.html))


def findings(publishable: object) -> list[Sentence]:
    """A sentence per headline measure, in the order in which the study declares them.

    A headline measure without a result says "not collected".
    """
    seen = view(publishable)
    made = build(seen)
    return [_sentence(seen, name, made) for name in seen.publishable.study.headline]


def panel_findings(publishable: object) -> list[Sentence]:
    """For every survey whose members are linked: how many answered again, how many are new, and on which
    scores of the wave before those who answered again differ from those who did not."""
    seen = view(publishable)
    rows = seen.rows(analysis="panel", group="")
    sources = seen.foremost({str(row["source"]) for row in rows})
    made = build(seen, section="participation")
    return [one for s in sources for one in _of_panel(seen, s, [r for r in rows if r["source"] == s], made)]


def change_in_words(change: Result | None) -> str:
    """What a change may be called: "higher", "lower", "no clear change", "not comparable", or "" if unknown.

    change  a result with statistic difference; no clear change where its interval includes 0 or its adjusted
            p (else its p) is not below .05; "" where it has neither interval nor p
    """
    if change is None or change["status"] in ("suppressed", "undefined"):
        return ""
    if change["status"] == "not comparable":
        return "not comparable"
    p: Any = change["p"] if pd.isna(change["p_adjusted"]) else change["p_adjusted"]
    bounded = not (pd.isna(change["ci_low"]) or pd.isna(change["ci_high"]))
    if pd.isna(p) and not bounded:
        return ""
    crosses = bounded and change["ci_low"] <= 0 <= change["ci_high"]
    if crosses or (not pd.isna(p) and p >= LEVEL) or change["estimate"] == 0:
        return "no clear change"
    return "higher" if change["estimate"] > 0 else "lower"


def _sentence(seen: View, name: str, made: Mapping[str, Table]) -> Sentence:
    source, _, rest = name.partition(".")
    measure, _, statistic = rest.partition(".")
    rows, words = _stated(seen, source, measure, statistic)
    if not rows:
        said = Markup("{}: not collected.").format(seen.marked(measure, source))
        return Sentence(name, said, ())
    newest, before = rows[-1], rows[-2] if len(rows) > 1 else None
    subject = _about(words, _inside(seen, measure, source))
    parts = [_now(subject, newest), _then(seen, newest, before)]
    ids = [newest["id"], *([before["id"]] if before is not None else [])]
    html = Markup(" ").join(part for part in [*parts, _link(made, newest)] if part)
    return Sentence(name, html, tuple(ids))


def _stated(seen: View, source: str, measure: str, statistic: str) -> tuple[list[Result], str]:
    """One result per wave, oldest first, of the first kind in `STATED` that the measure has."""
    for analysis, usual, words in STATED:
        if statistic and statistic not in (usual, analysis):
            continue
        rows = seen.rows(
            source=source, analysis=analysis, measure=measure, statistic=usual, group="", category=""
        )
        if rows and seen.year in {wave[0] for wave in waves(rows)}:
            order = {wave: place for place, wave in enumerate(waves(rows))}
            return sorted(rows, key=lambda row: order[wave_of(row)]), words
    return [], ""


def _now(subject: Markup, row: Result) -> Markup:
    when = year_html(wave_of(row))
    if row["status"] != "published":
        mark = {"suppressed": "is suppressed", "undefined": "is not defined"}.get(
            row["status"], "is not comparable"
        )
        return Markup("{} in {} {}: {}.").format(subject, when, mark, _note(row))
    inside: list[Markup] = [] if pd.isna(row["ci_low"]) else [formats.data(row, "interval")]
    unit = "" if row["unit"] == "people" else f" {row['unit']}"
    n = Markup("n\u00a0=\u00a0{}{}").format(formats.data(row, "n"), unit)
    inside += [] if pd.isna(row["n"]) else [n]
    brackets: Markup | str = Markup(" ({})").format(Markup("; ").join(inside)) if inside else ""
    return Markup("{} was <strong>{}</strong>{} in {}.").format(subject, formats.data(row), brackets, when)


def _then(seen: View, newest: Result, before: Result | None) -> Markup:
    if before is None:
        return Markup("There is no earlier wave to compare it with.")
    change = _change(seen, newest)
    word, when = change_in_words(change), year_html(wave_of(before))
    if word == "not comparable" and change is not None:
        return Markup("It is not comparable with {}: {}.").format(when, _note(change))
    was = Markup("In {} it was {}.").format(when, formats.data(before))
    if newest["status"] != "published" or before["status"] != "published":
        shown = before["status"] == "published"
        return was if shown else Markup("The value of {} is not shown: {}.").format(when, _note(before))
    if change is None or word == "":
        return was
    by, note = _with_bounds(change), _remark(seen, change)
    if word == "no clear change":
        return Markup("There was no clear change from {} (difference {}).{}").format(when, by, note)
    return Markup("It was {} than in {} (difference {}).{}").format(word, when, by, note)


def _remark(seen: View, change: Result) -> Markup:
    said = seen.remark(change).rstrip(".")
    return Markup(' Note: <span class="label">{}</span>.').format(said) if said else Markup("")


def _of_panel(seen: View, source: str, rows: list[Result], made: Mapping[str, Table]) -> list[Sentence]:
    """The sentence of one survey; none where its newest wave has no wave before it."""
    at = {(row["category"], row["statistic"]): row for row in rows if row["measure"] == "linkage"}
    again, before = at.get(("stayed", "retention")), at.get(("wave before", "count"))
    now, new = at.get(("", "count")), at.get(("newcomers", "count"))
    shown = [row for row in (before, again, now, new) if row is not None and row["status"] == "published"]
    if again is None or before is None or now is None or new is None or len(shown) < 4:
        return []
    when, label = year_html(wave_of(again)), seen.marked(source)
    html = Markup(
        "{}: of {} linked members who answered in the wave before, <strong>{}</strong>{} answered again in "
        "{}. Of {} linked members who answered in {}, {} are newcomers."
    ).format(
        label,
        formats.data(before),
        formats.data(again),
        Markup(" ({})").format(formats.data(again, "interval")) if not pd.isna(again["ci_low"]) else "",
        when,
        formats.data(now),
        when,
        formats.data(new),
    )
    apart = [row for row in rows if row["statistic"] == "difference"]
    parts = [html, _attrition(seen, apart), _link(made, again)]
    ids = tuple(str(row["id"]) for row in (*shown, *apart))
    return [Sentence(f"{source}.linkage", Markup(" ").join(part for part in parts if part), ids)]


def _attrition(seen: View, rows: list[Result]) -> Markup:
    """On which scores those who answered again stood apart from those who did not."""
    said = {word: [r for r in rows if change_in_words(r) == word] for word in ("higher", "lower")}
    if not any(change_in_words(row) for row in rows):
        return Markup("")
    if not any(said.values()):
        return Markup("On no score of the wave before did they differ clearly from those who did not.")
    told = [
        Markup("{} on {} (difference {})").format(
            word, _inside(seen, row["measure"], row["source"]), _with_bounds(row)
        )
        for word, those in said.items()
        for row in those
    ]
    rest = "; their other scores did not differ clearly" if len(told) < len(rows) else ""
    return Markup("Those who answered again had scored {} than those who did not{}.").format(
        Markup(", ").join(told), rest
    )


def _about(words: str, label: Markup) -> Markup:
    before, _, after = words.partition("{}")
    return Markup("{}{}{}").format(before, label, after)


def _with_bounds(row: Result) -> Markup:
    """An estimate and its interval without brackets, for use inside brackets."""
    known = not pd.isna(row["ci_low"])
    return (
        Markup("{}; {}").format(formats.data(row), formats.data(row, "interval"))
        if known
        else formats.data(row)
    )


def _change(seen: View, newest: Result) -> Result | None:
    rows = seen.rows(
        source=newest["source"],
        measure=newest["measure"],
        analysis=["change", "network_change"],
        statistic=["difference", "density_difference"],
        group="",
        category="",
    )
    now = [row for row in rows if wave_of(row) == wave_of(newest)]
    return now[0] if now else None


def _link(made: Mapping[str, Table], row: Result) -> Markup:
    for table in made.values():
        shown = (cell.row for line in table.lines for cell in line.cells if cell.row is not None)
        if any(other["id"] == row["id"] for other in shown):
            return Markup('<a class="see" href="#{}">Table\u00a0{}</a>').format(table.anchor, table.number)
    return Markup("")


def _inside(seen: View, measure: str, source: str) -> Markup:
    """The measure's label as it stands inside a sentence: an initial capital goes, an abbreviation stays."""
    words = seen.measure(measure, source)
    lower = words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words
    return Markup('<span class="label">{}</span>').format(lower)


def _note(row: Result) -> Markup:
    return Markup('<span class="label">{}</span>').format(str(row["note"]).rstrip(".") or row["status"])
