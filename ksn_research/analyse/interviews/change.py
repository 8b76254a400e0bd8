"""Themes year on year: the same code in both waves, as the crosswalk and the definitions have it.

A code that was renamed, split or merged is compared as the crosswalk says: what several codes stand for
together, on either side, is one theme. A code whose definition changed without a word in the crosswalk is not
comparable. Imports `cases`, `exact`, `presence` and `themes`, and `families` of `survey.comparison`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ksn_research.analyse.interviews import exact
from ksn_research.analyse.interviews.cases import counted
from ksn_research.analyse.interviews.presence import presence, together
from ksn_research.analyse.interviews.themes import OF, WHOLE
from ksn_research.analyse.survey.comparison.families import corrected
from ksn_research.plan.coded import CodeChange, CodeCrosswalk
from ksn_research.plan.crosswalk import COMPARABLE
from ksn_research.plan.drift import plain
from ksn_research.results import Row

REVIEW = "not reviewed: the draft in the crosswalk {file} does not say whether it may be compared"
DEFINITION = "its definition changed and the crosswalk {file} does not say whether it may be compared"
UNSAID = "the codebook of one of the years does not define it"


@dataclass(frozen=True)
class Wave:
    """One year's coded interviews: its codebook (code, parent, description), passages and interviews."""

    year: int
    codes: pd.DataFrame
    segments: pd.DataFrame
    interviews: pd.DataFrame


@dataclass(frozen=True)
class Theme:
    """What is one theme in two years.

    now, before  its codes in either year; one of them empty where the theme is new, or no longer there
    why          why it may not be compared, "" where it may
    mark         what to say beside the comparison
    """

    now: tuple[str, ...]
    before: tuple[str, ...]
    why: str = ""
    mark: str = ""

    @property
    def name(self) -> str:
        return " + ".join(self.now or self.before)

    @property
    def kind(self) -> str:
        """What happened to it: same, renamed, split, merged, recut, new or gone."""
        if not self.now or not self.before:
            return "new" if self.now else "gone"
        if len(self.now) == len(self.before) == 1:
            return "same" if plain(self.now[0]) == plain(self.before[0]) else "renamed"
        return {(False, True): "split", (True, False): "merged"}.get(
            (len(self.now) == 1, len(self.before) == 1), "recut"
        )


def themes_between(
    now: pd.DataFrame, before: pd.DataFrame, changes: Sequence[Mapping[str, CodeChange]], file: str = ""
) -> list[Theme]:
    """The themes of two codebooks, in the order of the later one, then those that are gone.

    now, before  code, description
    changes      what the crosswalk says of each year between them, newest first, by plain code

    >>> book = pd.DataFrame({"code": ["time", "money"], "description": ""})
    >>> later = pd.DataFrame({"code": ["hours", "money", "trust"], "description": ""})
    >>> change = {"hours": CodeChange("hours", "yes", ("time",))}
    >>> [(theme.name, theme.kind) for theme in themes_between(later, book, [change])]
    [('hours', 'renamed'), ('money', 'same'), ('trust', 'new')]
    """
    known = {plain(code): code for code in before["code"]}
    traced = {code: _trace(code, changes, file) for code in now["code"]}
    olds = {code: tuple(known[n] for n in names if n in known) for code, (names, *_) in traced.items()}
    told = [dict(zip(f["code"], f["description"].fillna(""), strict=True)) for f in (now, before)]
    found = []
    for group in _joined(olds):
        own = tuple(dict.fromkeys(old for code in group for old in olds[code]))
        verdicts = [_verdict(code, olds[code], traced[code], told, file) for code in group]
        why = "; ".join(dict.fromkeys(why for why, _ in verdicts if why))
        mark = "; ".join(dict.fromkeys(mark for _, mark in verdicts if mark))
        found.append(Theme(tuple(group), own, why, mark))
    kept = {old for theme in found for old in theme.before}
    return [*found, *(Theme((), (code,)) for code in before["code"] if code not in kept)]


Traced = tuple[list[str], CodeChange | None]


def _trace(code: str, changes: Sequence[Mapping[str, CodeChange]], file: str) -> Traced:
    """The plain names of a code before all changes, and the changes on the way as one (None without any)."""
    names, met = [plain(code)], []
    for of_year in changes:
        own = [of_year[name] for name in names if name in of_year]
        met += own
        names = list(
            dict.fromkeys(
                plain(was)
                for name in names
                for was in ((of_year[name].was or (name,)) if name in of_year else (name,))
            )
        )
    if not met:
        return names, None
    worst = max((change.comparable for change in met), key=COMPARABLE.index)
    reason = "; ".join(dict.fromkeys(change.reason for change in met if change.reason))
    return names, CodeChange(code, worst, reason=REVIEW.format(file=file) if worst == "review" else reason)


def _verdict(
    code: str, olds: tuple[str, ...], traced: Traced, told: list[dict[str, str]], file: str
) -> tuple[str, str]:
    """Why the code may not be compared, and what to say beside it."""
    change = traced[1]
    if change is not None and change.comparable in ("no", "review"):
        return change.reason or "the code changed", ""
    if change is not None or not olds:
        return "", change.reason if change is not None and change.comparable == "label-change" else ""
    later, earlier = _folded(told[0][code]), _folded(told[1][olds[0]])
    if later and earlier and later != earlier:
        return DEFINITION.format(file=file), ""
    return "", UNSAID if bool(later) != bool(earlier) else ""


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")


def _joined(olds: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """Later codes that share an earlier one, together."""
    groups: list[tuple[list[str], set[str]]] = []
    for code, own in olds.items():
        near = [group for group in groups if group[1] & set(own)]
        codes = [c for group in near for c in group[0]] + [code]
        place = groups.index(near[0]) if near else len(groups)
        groups = [group for group in groups if group not in near]
        groups.insert(place, (codes, set(own).union(*(group[1] for group in near))))
    return [codes for codes, _ in groups]


def between(crosswalk: CodeCrosswalk, before: int, now: int) -> list[Mapping[str, CodeChange]]:
    """The changes of the years after `before` up to `now`, newest first."""
    return [own for year, own in sorted(crosswalk.changes.items(), reverse=True) if before < year <= now]


def theme_changes(now: Wave, before: Wave, crosswalk: CodeCrosswalk, *, source: str) -> list[Row]:
    """Rows of analysis "theme_change", one per theme of either year: difference of the shares of interviews
    that hold it, this year minus the year before, with interval and exact p (p_adjusted: Holm over the themes
    of the source). "not comparable" with the reason where it is so, or the theme is of one year only.

    The two years are taken as samples of their own, though people may have been interviewed twice.
    """
    found = themes_between(now.codes, before.codes, between(crosswalk, before.year, now.year), crosswalk.file)
    tables = [
        _table(now, {theme.name: theme.now for theme in found}),
        _table(before, {theme.name: theme.before for theme in found}),
    ]
    if not len(tables[0]) or not len(tables[1]):
        return []
    shared = {
        "source": source,
        "year": now.year,
        "analysis": "theme_change",
        "statistic": "difference",
        "unit": "interviews",
        "n": len(tables[0]) + len(tables[1]),
        "people": min(len(tables[0]), len(tables[1])),
        "exempt": WHOLE,
        "method": f"share of {len(tables[0])} interviews of {now.year} minus share of {len(tables[1])} of "
        f"{before.year}, {OF}, as samples of their own; {exact.NEWCOMBE}; {exact.FISHER}",
    }
    rows = [_row(theme, tables, (now.year, before.year), shared) for theme in found]
    return corrected(rows, lambda row: row.p is not None, "themes of this source")


def _table(wave: Wave, parts: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    return together(presence(wave.segments, counted(wave.segments, wave.interviews)), parts)


def _row(theme: Theme, tables: list[pd.DataFrame], years: tuple[int, int], shared: dict[str, Any]) -> Row:
    why = theme.why
    if theme.kind == "new":
        why = f"new: not among the codes of {years[1]}"
    if theme.kind == "gone":
        why = f"not among the codes of {years[0]} any more"
    if why:
        return Row(measure=theme.name, estimate=None, status="not comparable", note=why, **shared)
    (k1, n1), (k2, n2) = ((int(table[theme.name].sum()), len(table)) for table in tables)
    found = exact.difference((k1, n1), (k2, n2))
    said = [f"{theme.kind}: {' + '.join(theme.before)}"] if theme.kind != "same" else []
    return Row(
        measure=theme.name,
        estimate=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        p=found.p,
        note="; ".join(filter(None, [*said, theme.mark, found.note])),
        **shared,
    )


def codebook_changes(now: Wave, before: Wave, crosswalk: CodeCrosswalk) -> pd.DataFrame:
    """What became of the codes between two years, for the appendix: code, was, change, comparable, note.

    change is one of same, renamed, split, merged, recut, new, gone; comparable is "yes", "marked" or "no". A
    code that stayed as it is, with its definition, is not listed.
    """
    found = themes_between(now.codes, before.codes, between(crosswalk, before.year, now.year), crosswalk.file)
    rows = [
        (
            " + ".join(theme.now),
            " + ".join(theme.before),
            theme.kind,
            "no" if theme.why or theme.kind in ("new", "gone") else "marked" if theme.mark else "yes",
            theme.why or theme.mark,
        )
        for theme in found
        if theme.kind != "same" or theme.why or theme.mark
    ]
    return pd.DataFrame(rows, columns=["code", "was", "change", "comparable", "note"], dtype="str")
