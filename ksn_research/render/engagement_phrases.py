"""Phrases of the sentences about engagement: what was counted, in the singular and the plural.

Imports formats, network_phrases, view.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.formats import Result
from ksn_research.render.network_phrases import inside, number
from ksn_research.render.view import View, wave_of, waves, year_html

Found = Mapping[tuple[str, str, str, str], Result]  # by analysis, measure, category, statistic
Said = tuple[Markup, Sequence[Result]]


def sources(seen: View, *analyses: str) -> Iterator[tuple[Found, Found]]:
    """Published results of these analyses, source by source: of the newest wave, and of the one before."""
    rows = sorted(seen.rows(analysis=list(analyses), group=""), key=seen.rank)
    for source in seen.foremost({str(row["source"]) for row in rows}):
        own = [row for row in rows if row["source"] == source]
        when = waves(own)
        last, before = when[-1], when[-2] if len(when) > 1 else None
        yield _of(own, last), _of(own, before) if before is not None else {}


def _of(rows: Sequence[Result], wave: object) -> Found:
    return {
        (row["analysis"], row["measure"], row["category"], row["statistic"]): row
        for row in rows
        if wave_of(row) == wave and row["status"] == "published"
    }


def when(row: Result) -> Markup:
    """The wave of a result."""
    return year_html(wave_of(row))


def kind(seen: View, row: Result) -> Markup:
    """A kind of gathering as it stands inside a sentence: an initial capital goes, an abbreviation stays."""
    words = seen.measure(row["measure"], row["source"])
    lower = words[:1].lower() + words[1:] if words[1:2].islower() else words
    return Markup('<span class="label">{}</span>').format(lower)


def counted(row: Result, one: str, many: str, part: str = "estimate") -> Markup:
    """A whole number and what it counts: "1 guest", "65 guests"."""
    return Markup("{} {}").format(formats.data(row, part), one if row[part] == 1 else many)


def first(row: Result, one: str, many: str) -> Markup:
    """The same with the number in bold, where a finding begins with it."""
    return Markup("{} {}").format(number(row), one if row["estimate"] == 1 else many)


def share(row: Result) -> Markup:
    """The estimate with its interval, where it has one: "23 % (15-34)"."""
    return Markup("{}{}").format(number(row), inside(row))


def share_of(row: Result, one: str, many: str) -> Markup:
    """The same and of how many: "23 % (15-34) of 65 guests"."""
    return Markup("{}{} of {}").format(number(row), inside(row), counted(row, one, many, "n"))


def listed(parts: Sequence[Markup]) -> Markup:
    """ "a, b and c"."""
    if len(parts) < 2:
        return Markup("").join(parts)
    return Markup("{} and {}").format(Markup(", ").join(parts[:-1]), parts[-1])


def course(row: Result, up: str, down: str, level: str) -> str:
    """What a number that should be above or below zero says: `level` where its interval holds zero, nothing
    where it has no interval."""
    if pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]):
        return ""
    if row["ci_low"] <= 0 <= row["ci_high"]:
        return level
    return up if row["estimate"] > 0 else down
