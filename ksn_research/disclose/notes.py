"""Facilitators' notes on sessions, gated: a note stands on its circle's page, and only if it names nobody.

It is held against what quotes are held against: names of everybody and of every organisation that any year
read so far lists, numbers, addresses, dates, words with a capital that nobody has cleared; and what is true
of too few members of the circle (a role, a kind of organisation, a region), since its readers know each
other. What is not known is not shown. A first name in small letters that no list holds is found only once it
is listed as an identifying term: that is why the form asks for no names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ksn_research.disclose.quotes.attribution import Values, values
from ksn_research.disclose.quotes.capitals import vocabulary
from ksn_research.disclose.quotes.folding import visible
from ksn_research.disclose.quotes.roster import roster
from ksn_research.disclose.quotes.screening import UNKNOWN, Screen, offences, unknown
from ksn_research.plan.quotes import Terms
from ksn_research.prepared import Prepared

COLUMNS = {
    "year": "Int64", "circle": "str", "event": "str", "date": "datetime64[s]", "note": "str",
    "refused": "str",
}  # fmt: skip


def gated_notes(prepared: Prepared) -> pd.DataFrame:
    """One row per note that was written: year, circle, event, date, note, refused.

    note     as it may stand on the page of `circle` and nowhere else; "" where it may not
    refused  why it may not, rules split by "; " (they have a remedy in `quotes.refusals`); "" where it may
    """
    written = prepared.notes.dropna(subset=["circle", "note"])
    written = written[written["note"].str.strip() != ""]
    terms = _terms(prepared)
    held = roster(prepared.people, prepared.organisations, prepared.interviews, cleared=sorted(terms.cleared))
    talk = vocabulary([*prepared.texts.values(), *written["note"]])
    parts = []
    for (year, circle), own in written.groupby(["year", "circle"], sort=True, dropna=False):
        seats = _of(prepared.circles, year)
        seats, people = seats[seats["circle"] == circle], _of(prepared.people, year)
        traits = _traits(people, seats["member"])
        screen = Screen(held, terms, talk, traits, prepared.study.people)
        parts.append(_gated(own, screen, [str(name) for name in seats["circle_name"].dropna().unique()]))
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    made = pd.concat([empty, *parts])[[*COLUMNS]].astype(COLUMNS)
    return made.sort_values(["date", "circle"], ignore_index=True)


def _gated(notes: pd.DataFrame, screen: Screen, names: Sequence[str]) -> pd.DataFrame:
    """Notes of one circle and year as they would be printed, and the rules that hold them back.

    names  of the circle itself, which lead to nobody on its own page
    """
    shown = [" ".join(visible(text).split()) for text in notes["note"]]
    rules = [_against(text, screen, names) for text in notes["note"]]
    kept = ["" if held else text for text, held in zip(shown, rules, strict=True)]
    return notes.assign(note=kept, refused=["; ".join(held) for held in rules])


def _against(text: str, screen: Screen, names: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(offences(text, screen)))
    for name in names:
        text = text.replace(name, name.lower())
        text = text.replace(name.title(), name.lower())
    return [*found, UNKNOWN] if unknown(text, screen, starts=True) else found


def _traits(people: pd.DataFrame, members: pd.Series) -> Values:
    """What is said of people and true of few of the circle; of anybody where membership is not known."""
    near = people[people["member"].isin(members)] if len(members) else people
    return Values(near, values(people).forms)


def _of(table: pd.DataFrame, year: Any) -> pd.DataFrame:
    """A roster of a note's year; of no year, or in a year without one, all of it."""
    own = table["year"].isna() if pd.isna(year) else table["year"].eq(year).fillna(False)
    return table[own.astype(bool)] if own.any() else table


def _terms(prepared: Prepared) -> Terms:
    """What was looked at of any source's terms; one that is identifying anywhere is so here."""
    told = [w.options["terms"] for waves in prepared.waves.values() for w in waves if "terms" in w.options]
    identifying = frozenset(term for one in told for term in one.identifying)
    return Terms(frozenset(term for one in told for term in one.cleared) - identifying, identifying)
