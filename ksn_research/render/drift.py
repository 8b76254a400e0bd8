"""What changed between two years' questionnaires, as lines of text for a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

import pandas as pd

from ksn_research.plan.drift import UNCHANGED

MARGIN = "  "
LONGEST = 100  # letters of a wording that are shown on each side of a change
AROUND = 5  # words shown before and after what differs


def drift_page(
    sources: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]], year_a: int, year_b: int, width: int = 120
) -> Iterator[str]:
    """Lines: counts, then by source its changes and what becomes of its trends.

    sources  by name the changes (`plan.drift.drift`) and the trends (kind, name, effect, why)
    """
    drifts = [drift for drift, _ in sources.values()]
    changed = sum(not drift.empty for drift in drifts)
    yield f"Questionnaires {year_a} and {year_b}: {len(sources)} in both years, {changed} changed"
    for name, (drift, trends) in sources.items():
        yield f"{MARGIN}{name}: {len(drift)} changes{_counted(drift['kind'])}"
        yield f"{MARGIN}{' ' * len(name)}  {len(trends)} trends{_counted(trends['effect'])}"
    for name, (drift, trends) in sources.items():
        if not drift.empty:
            yield from ("", f"{name}: changes")
            yield from _table(_changes(drift), ["change", "question", "from -> to", "trend"], width)
            yield from ("", f"{name}: trends")
            yield from _table(_lines(trends), ["trend", "of", "why"], width)
    yield ""


def _counted(kinds: pd.Series) -> str:
    counts = kinds.value_counts(sort=False)
    return f" ({', '.join(f'{n} {kind}' for kind, n in counts.items())})" if len(counts) else ""


def _changes(drift: pd.DataFrame) -> list[list[str]]:
    """A line per change; one that the rows of a grid or several choices of a question share is told once."""
    rows = []
    for _, same in drift.groupby(_told_once(drift), sort=False):
        first = same.iloc[0]
        choices = ", ".join(filter(None, same["choice"]))
        what = f"{first['kind']}: {choices}" if choices else first["kind"]
        questions = ", ".join(dict.fromkeys(same["question"]))
        words = "; ".join(_words(before, after) for before, after in _sides(same))
        rows.append([what, questions, words, _why(first["effect"], first["reason"])])
    return rows


def _told_once(drift: pd.DataFrame) -> pd.Series:
    """A key that is the same for changes that are one to a reader."""
    own = drift.index.to_series().astype("str")
    of_choices = drift["kind"].str.startswith("choice ")
    of_grids = drift["kind"].isin(["added", "dropped"])
    own = own.mask(of_choices, drift["question"])
    own = own.mask(drift["kind"] == "stem reworded", drift["before"] + drift["after"])
    own = own.mask(of_grids, (drift["before"] + drift["after"]).map(lambda words: words.partition(" - ")[0]))
    return drift[["kind", "effect", "reason"]].agg("\n".join, axis=1) + "\n" + own


def _sides(same: pd.DataFrame) -> list[tuple[str, str]]:
    """Before and after of changes that are told together, each pair once; of grids, their stem."""
    sides = same[["before", "after"]]
    if len(same) > 1 and same["kind"].iloc[0] in ("added", "dropped"):
        sides = sides.map(lambda words: words.partition(" - ")[0])
    return list(dict.fromkeys(sides.itertuples(index=False, name=None)))


def _words(before: str, after: str) -> str:
    """Two wordings as one text in which only what differs is shown twice.

    >>> _words("How often does your company meet?", "How often does your organization meet?")
    'How often does your [company -> organization] meet?'
    """
    if not before or not after:
        return textwrap.shorten(before or after, LONGEST, placeholder=" ...")
    one, other = before.split(), after.split()
    head = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    left = min(len(one), len(other)) - head
    pairs = zip(reversed(one), reversed(other), strict=False)
    tail = min(next((i for i, (a, b) in enumerate(pairs) if a != b), left), left)
    middle = " -> ".join(_cut(words[head : len(words) - tail]) or "nothing" for words in (one, other))
    begin = " ".join(["..."][: head > AROUND] + one[max(0, head - AROUND) : head])
    rest = one[len(one) - tail :]
    end = " ".join(rest[:AROUND] + ["..."][: len(rest) > AROUND])
    return " ".join(filter(None, (begin, f"[{middle}]", end)))


def _cut(words: list[str]) -> str:
    return textwrap.shorten(" ".join(words), LONGEST, placeholder=" ...")


def _lines(trends: pd.DataFrame) -> list[list[str]]:
    """A line per effect and reason, with everything of one kind that it befalls; what goes on last."""
    rows = []
    ordered = trends.iloc[(trends["effect"] == UNCHANGED).argsort(kind="stable")]
    for (effect, why, kind), same in ordered.groupby(["effect", "why", "kind"], sort=False):
        plural = f"{kind}{'s' if len(same) > 1 else ''}"
        rows.append([str(effect), f"{plural} {', '.join(same['name'])}", str(why)])
    return rows


def _why(effect: str, reason: str) -> str:
    return f"{effect}: {reason}" if reason else effect


def _table(rows: list[list[str]], head: list[str], width: int) -> Iterator[str]:
    """Columns as wide as their text where that fits; the widest share what is left."""
    columns = list(zip(*([head, *rows]), strict=True))
    wide = [max(map(len, column)) for column in columns]
    room = width - len(MARGIN) * len(wide)
    while sum(wide) > room and max(wide) > 12:
        wide[wide.index(max(wide))] -= 1
    for row in [head, ["-" * w for w in wide], *rows]:
        cells = [textwrap.wrap(cell, w) or [""] for cell, w in zip(row, wide, strict=True)]
        for i in range(max(map(len, cells))):
            parts = [(cell[i] if i < len(cell) else "").ljust(w) for cell, w in zip(cells, wide, strict=True)]
            yield (MARGIN + MARGIN.join(parts)).rstrip()
