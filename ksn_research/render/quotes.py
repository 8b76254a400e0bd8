"""What interviewees said, in their words: the report's quotes by theme, each with who said it.

Only quotes that passed their gate are at hand here; see `disclose.quotes`. A quote's id is never printed.

Imports view.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from ksn_research.errors import DisclosureError
from ksn_research.render.view import View, sentence_case

HEADING = "In their words"
NOBODY = "an interviewee"
HOW = (
    "Quotes were chosen by rule, not by hand: each theme takes its turn, and who was heard least goes first. "
    "They show what a theme means and count nothing. Words stand here only where the speaker allows it, "
    "where they are in the transcript letter for letter, and where they lead to nobody; others may not be "
    "shown. [..] marks what was left out."
)


def by_theme(seen: View) -> list[Markup]:
    """The part's pieces in order: how quotes were chosen, then theme by theme; nothing without quotes.

    Raises DisclosureError for anything but a `View` of an edition that passed disclosure control.
    """
    if not isinstance(seen, View):
        raise DisclosureError("quotes were about to be shown", remedy="pass them through disclosure first")
    frame = seen.publishable.quotes.frame
    if frame.empty:
        return []
    blocks = [Markup('<p class="how">{}</p>').format(HOW)]
    for (source, code), own in frame.groupby(["source", "code"], sort=False):
        theme = Markup('<span class="label">{}</span>').format(_theme(seen, str(code), str(source)))
        blocks.append(Markup('<h4 class="theme">{}</h4>').format(theme) + Markup("").join(_quotes(own)))
        if code == frame.loc[frame["source"] == source, "code"].iloc[-1]:
            blocks.append(_source(seen, str(source), own["year"].iloc[0]))
    return blocks


def lines(seen: View) -> list[list[str]]:
    """The same quotes as rows of words: theme, quote, who said it, source."""
    return [
        [_theme(seen, row.code, row.source), row.text, row.attribution or NOBODY, seen.label(row.source)]
        for row in _rows(seen.publishable.quotes.frame)
    ]


def _theme(seen: View, code: str, source: str) -> str:
    return sentence_case(seen.label(code, source))


def _quotes(own: pd.DataFrame) -> Iterator[Markup]:
    html = Markup(
        '<blockquote class="quote"><p class="label">\u201c{}\u201d</p>'
        '<footer class="label">{}</footer></blockquote>'
    )
    for row in _rows(own):
        yield html.format(row.text, row.attribution or NOBODY)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def _source(seen: View, source: str, year: Any) -> Markup:
    when = Markup("") if pd.isna(year) else Markup(', <span class="year">{}</span>').format(year)
    return Markup('<p class="source">Source: {}{}.</p>').format(seen.marked(source), when)
