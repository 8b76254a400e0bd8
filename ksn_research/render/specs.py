"""What a table and a figure of the report are chosen by.

Imports no sibling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

    from ksn_research.render.view import View


@dataclass(frozen=True)
class Column:
    """One column under each wave, or, with `once`, one column for the edition's year only.

    statistic a name, or several of which a line has one (the mean of a scale, the share of a measure)
    part      "estimate", "with interval", "count of n", "share of n", "n of what" (with population and
              unit), "n", "population", "p" or "p_adjusted"
    category  in the layouts "listed", "spread" and "described", which name a result by it
    above     in the layout "spread", the words above the heading instead of the category's
    bounded   in the layout "described": whether statistics of its name and "_low", "_high" stand beside it
    instead   where there is no such statistic, the one whose n is shown
    analysis  of which analyses, where two of the table have a statistic of one name
    """

    heading: str
    statistic: str | tuple[str, ...]
    part: str = "estimate"
    once: bool = False
    category: str = ""
    instead: str = ""
    analysis: tuple[str, ...] = ()
    bounded: bool = False
    above: str = ""

    @property
    def statistics(self) -> tuple[str, ...]:
        return (self.statistic,) if isinstance(self.statistic, str) else self.statistic

    @property
    def every(self) -> tuple[str, ...]:
        """All statistics that it shows."""
        ends = [f"{name}_{end}" for name in self.statistics for end in ("low", "high") if self.bounded]
        return (*self.statistics, *ends)


@dataclass(frozen=True, eq=False)
class TableSpec:
    """Which results a table shows.

    where   equalities on results columns (see `results.find`), statistics aside
    part    heads this table and those that follow with the same words
    heads   fields whose words head a block of lines; stub: fields whose words name a line
    ranked  lines by the first column's newest estimate, highest first; else in the order of the results
    most    of a ranked table, so many lines of each block; 0: all
    grouped results of groups only
    begins  of the results' categories those that begin so; none: all
    apart   a table per source, since their waves differ
    needs   an analysis without which a measure has no line
    unless  a table that shows the same and more: where there is it, this one is for the workbook only
    headline measures that the study declares only, where a source has any of them
    layout  "waves": a block of columns per wave; "turned": a line per statistic, a column per wave;
            "listed": a line per column of the spec, which names statistic and category, newest wave;
            "described": so too, every wave, then what bounds the newest and what it rests on;
            "newest": a column per column of the spec, each result of its own newest wave;
            "spread": so too, where a column names the category and a line has several;
            "across": the last field of `stub` spread over columns, newest wave; "pairs": categories
            "A > B" spread over lines and columns, newest wave
    annex   in the workbook only
    method  instead of what the results' methods say, where that is long
    """

    name: str
    section: str
    title: str
    where: Mapping[str, str | Sequence[str]]
    columns: tuple[Column, ...]
    heads: tuple[str, ...] = ("source",)
    stub: tuple[str, ...] = ("measure",)
    stub_heading: str = ""
    note: str = ""
    ranked: bool = False
    most: int = 0
    grouped: bool = False
    begins: tuple[str, ...] = ()
    apart: bool = False
    needs: str = ""
    unless: str = ""
    headline: bool = False
    layout: str = "waves"
    annex: bool = False
    part: str = ""
    method: str = ""


@dataclass(frozen=True, eq=False)
class FigureSpec:
    """What a figure shows.

    where    equalities on results columns; label: the field whose words name a mark
    beside   the table that shows the same results
    draw     a drawing: (data, quantity) -> matplotlib Figure
    series   what separates the marks of one label: "wave", or a field
    kind     results of one format only (see `formats.kinds`)
    newest   each source's newest wave only
    block    fields whose words head the lines they share
    apart    fields that have a figure for each of their values; without "source", the source that headline
             measures name first is shown
    headline measures that the study declares only, where a source has any of them
    most     lines of one figure; what goes beyond stands in further ones
    bars     what the bars of the drawing are, in words; hidden: how it shows what is suppressed
    remarks  whether it says what its numbers' notes say, which the table beside it does
    choose   how the data are chosen where it is not by `where` alone
    alt      the alternative text from the data, where it is not a line's numbers after the other's
    """

    name: str
    section: str
    title: str
    quantity: str
    beside: str
    where: Mapping[str, Any]
    label: str
    draw: Callable[[pd.DataFrame, str], Canvas]
    series: str = "wave"
    form: str = "Dot plot"
    newest: bool = False
    kind: str = ""
    block: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    headline: bool = False
    most: int = 0
    bars: str = "Bars are 95 % confidence intervals."
    hidden: str = "Suppressed values are not drawn."
    remarks: bool = True
    choose: Callable[[View, FigureSpec], pd.DataFrame] | None = None
    alt: Callable[[pd.DataFrame], str] | None = None
