"""The quotes of a study before the gate: of each source of coded interviews the newest wave.

Everything that the gate needs is gathered here: consent, transcripts, whom no quote may name, the terms that
were looked at, the study's rules and the day on which the edition is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from ksn_research.disclose.quotes.consent import COLUMNS, NO
from ksn_research.disclose.quotes.gate import Gated, gate, identified
from ksn_research.disclose.quotes.roster import Roster, roster
from ksn_research.plan import Wave
from ksn_research.plan.quotes import Rules, Terms
from ksn_research.prepared import Prepared


@dataclass(frozen=True, eq=False)
class Judged:
    """One source's quotes and what the gate said.

    year    of the newest wave; None for a source of no year
    quotes  every quote that was judged: id, interview, code, text (missing where its position was not
            verified); never of an interview that was withdrawn. Internal
    gated   what passed, what did not and why, and the terms that want clearing
    """

    year: int | None
    quotes: pd.DataFrame
    gated: Gated = field(default_factory=Gated)


def judged(prepared: Prepared) -> dict[str, Judged]:
    """Every source of coded interviews whose records this edition has, by name."""
    sources = [name for name, one in prepared.study.sources.items() if one.kind == "interviews"]
    made = ((name, _judged(prepared, name)) for name in sources)
    return {name: one for name, one in made if one is not None}


def _judged(prepared: Prepared, source: str) -> Judged | None:
    own = prepared.interviews[prepared.interviews["source"] == source]
    if own.empty:
        return None
    newest = own["year"].max()
    year = None if pd.isna(newest) else int(newest)
    interviews = _recorded(_of_year(own, year), _option(prepared, source, year, "member", ""))
    rules = _rules(prepared, source, year)
    segments = prepared.segments[prepared.segments["source"] == source]
    quotes = _candidates(_of_year(segments, year), interviews)
    texts = {name: text for (s, y, name), text in prepared.texts.items() if (s, y) == (source, year)}
    terms = _option(prepared, source, year, "terms", Terms())
    people = _roster(prepared, year, terms)
    return Judged(year, quotes, gate(quotes, interviews, texts, people, terms, rules))


def _candidates(segments: pd.DataFrame, interviews: pd.DataFrame) -> pd.DataFrame:
    """Quotes with their ids, without those of withdrawn interviews, whose words are used nowhere."""
    kept = interviews.loc[interviews["withdrawn"].astype("str").str.casefold().isin(NO), "interview"]
    own = segments[segments["interview"].isin(kept)]
    return identified(own[["interview", "code", "text"]]).reset_index(drop=True)


def _recorded(interviews: pd.DataFrame, member: str) -> pd.DataFrame:
    """Interviews with every column of the consent record (one that is lacking is empty, which allows
    nothing), and their speaker's member code as `member`."""
    whole = interviews.reindex(columns=list(dict.fromkeys([*interviews.columns, *COLUMNS])))
    return whole.assign(member=whole[member]) if member and member in whole else whole


def _rules(prepared: Prepared, source: str, year: int | None) -> Rules:
    """The source's rules, no laxer than the study's thresholds, on the day of the edition."""
    study, own = prepared.study, _option(prepared, source, year, "quotes", Rules())
    return replace(
        own,
        k=max(own.k, study.people),
        organisations=max(own.organisations, study.organisations),
        on=study.dates.get(prepared.year),
    )


def _roster(prepared: Prepared, year: int | None, terms: Terms) -> Roster:
    """Everybody of every year that was read is not to be named; those of the interviews' year are the
    population in which a speaker is one of several."""
    held = roster(prepared.people, prepared.organisations, prepared.interviews, cleared=sorted(terms.cleared))
    years = prepared.people["year"]
    near = year if year is not None and (years == year).any() else years.max()
    now = prepared.people[years.isna() | (years == near).fillna(False).astype(bool)]
    return replace(held, population=now[[*held.population.columns]].copy())


def _of_year(frame: pd.DataFrame, year: int | None) -> pd.DataFrame:
    own = frame["year"].isna() if year is None else (frame["year"] == year).fillna(False).astype(bool)
    return frame[own]


def _option(prepared: Prepared, source: str, year: int | None, name: str, usual: Any) -> Any:
    waves: Iterator[Wave] = iter(prepared.waves.get(source, ()))
    return next((wave.options[name] for wave in waves if wave.year == year and name in wave.options), usual)
