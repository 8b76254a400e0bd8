"""Phrases of the sentences about networks: numbers with what they rest on, their intervals and p.

Imports formats, sentences, view.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render.formats import Result
from ksn_research.render.sentences import LEVEL
from ksn_research.render.view import View

Found = Mapping[tuple[str, str], Result]  # by category and statistic


def named(found: Found, *names: str | tuple[str, str]) -> list[Result] | None:
    """The results of these statistics, of no category or of the one given; None where one is missing."""
    rows = [found.get(name if isinstance(name, tuple) else ("", name)) for name in names]
    return [row for row in rows if row is not None] if all(row is not None for row in rows) else None


def role(seen: View, row: Result) -> str:
    """A broker's role without its explanation."""
    words = seen.words(row, "category").partition(":")[0]
    return words[:1].lower() + words[1:]


def tells(row: Result) -> bool:
    """Whether it is published with a p."""
    return row["status"] == "published" and not pd.isna(row["p"])


def odds(seen: View, row: Result, ratio: Result) -> Markup:
    """A predictor with its odds ratio, interval and p."""
    return Markup("\u201c{}\u201d (odds ratio {}{}; {})").format(
        predictor(seen, row), number(ratio), bounds(ratio), tested(row)
    )


def predictor(seen: View, row: Result) -> Markup:
    """A predictor in words."""
    return Markup('<span class="label">{}</span>').format(seen.words(row, "category"))


def bounds(row: Result) -> Markup:
    """The interval for use inside brackets."""
    known = not (pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]))
    return Markup("; {}").format(formats.data(row, "interval")) if known else Markup("")


def clear(row: Result, part: str = "p_adjusted") -> bool:
    """Whether p, adjusted where not told otherwise, is below .05."""
    return row["status"] == "published" and not pd.isna(row[part]) and bool(row[part] < LEVEL)


def relation(seen: View, row: Result) -> Markup:
    """The name of a relation."""
    return seen.marked(row["measure"], row["source"])


def pairs(row: Result) -> Markup:
    """All that could be: "14,280 pairs"."""
    return Markup("{} {}").format(formats.data(row, "population"), formats.unit_of(row))


def number(row: Result) -> Markup:
    """The estimate, in bold."""
    return Markup("<strong>{}</strong>").format(formats.data(row))


def of(row: Result) -> Markup:
    """ "3.1 % of 1,204"."""
    return Markup("{} of {}").format(formats.data(row), formats.data(row, "n"))


def inside(row: Result, p: bool = False) -> Markup:
    """Interval and p in brackets, as far as there are any."""
    known = not (pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]))
    said = [formats.data(row, "interval")] if known else []
    said += [tested(row)] if p and not pd.isna(row["p"]) else []
    return Markup(" ({})").format(Markup("; ").join(said)) if said else Markup("")


def tested(row: Result, part: str = "p") -> Markup:
    """ "p = .032"."""
    less = row[part] < 0.001
    return Markup("p\u00a0{}{}").format("" if less else "=\u00a0", formats.data(row, part))


def p_inside(row: Result) -> Markup:
    """p in brackets, where there is one."""
    return Markup("") if pd.isna(row["p"]) else Markup(" ({})").format(tested(row))
