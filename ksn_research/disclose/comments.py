"""Open comments that a circle's page may print word for word, and themes that it may name.

A comment is printed where its respondent allowed it, where enough of the circle commented at all, and where
the rules of the quote gate find nothing in it that leads to somebody. Who reads the page knows the circle, so
what is true of too few of its members (a role, a kind of organisation, a region) is not printed either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.disclose.quotes.attribution import Values, values
from ksn_research.disclose.quotes.capitals import vocabulary
from ksn_research.disclose.quotes.folding import folded, latin, visible, words
from ksn_research.disclose.quotes.names import named
from ksn_research.disclose.quotes.roster import Roster, roster
from ksn_research.disclose.quotes.screening import UNKNOWN, Screen, offences, unknown
from ksn_research.plan import Wave
from ksn_research.plan.comments import ALLOWS, Comments
from ksn_research.plan.quotes import Rules, Term, Terms
from ksn_research.prepared import Prepared
from ksn_research.score.carry import question_names

READABLE = ["source", "year", "wave", "circle", "text"]
REFUSED = ["source", "year", "wave", "circle", "rule", "count"]
NOT_ALLOWED, TOO_FEW, TOO_LONG, TWICE = (
    "not allowed by the respondent", "too few of the circle commented", "too long", "printed already",
)  # fmt: skip
LONGEST = Rules().words  # words; longer texts are known by their manner


@dataclass(frozen=True, eq=False)
class Readable:
    """What came of all comments of circles.

    comments  source, year, wave, circle, text; sorted by the text within a circle, which tells neither who
              wrote it nor when nor how they rated. Fit for that circle's page only
    refused   source, year, wave, circle, rule, count: how many comments a rule held back (a comment may
              offend several); internal
    terms     by source, terms with a capital that want clearing, as in `quotes.gate.Gated`; internal
    """

    comments: pd.DataFrame
    refused: pd.DataFrame
    terms: dict[str, tuple[Term, ...]] = field(default_factory=dict)


def readable_comments(prepared: Prepared) -> Readable:
    """Judge every comment of every circle, in every wave that the edition has."""
    passed: list[tuple] = []
    refused: list[tuple] = []
    unclear: dict[str, list[tuple[str, str]]] = {}
    for source in _commented(prepared):
        held = _roster(prepared, source)
        for wave in prepared.waves[source]:
            said = _said(prepared, source, wave)
            for circle, own in said.groupby("circle", sort=True):
                place = (source, wave.year, wave.name, str(circle))
                screen = _screen(prepared, said, wave, str(circle), held)
                for text, rules, terms in _judged(own, screen, prepared.study.people):
                    passed += [] if rules else [(*place, text)]
                    refused += [(*place, rule) for rule in rules]
                    unclear.setdefault(source, []).extend((term, text) for term in terms)
    return Readable(_printed(passed), _counted(refused), {n: _terms(own) for n, own in unclear.items()})


def telling_themes(prepared: Prepared) -> frozenset[str]:
    """Themes of coding sheets that name somebody of the roster: coders write them, and no page may."""
    found = set()
    for source in _commented(prepared):
        held = _roster(prepared, source)
        table = prepared.records.get(f"{source}.comments", pd.DataFrame({"theme": []}))
        themes = table["theme"].dropna().unique()
        found |= {str(one) for one in themes if next(named(latin(str(one)), held), None) is not None}
    return frozenset(found)


def _commented(prepared: Prepared) -> list[str]:
    """Surveys whose comments the study declares and this edition has."""
    waves = prepared.waves.items()
    return [n for n, own in waves if n in prepared.responses and any("comments" in w.options for w in own)]


def _said(prepared: Prepared, source: str, wave: Wave) -> pd.DataFrame:
    """Comments of one wave whose circle is known: row, circle, text, allowed; one row a comment."""
    declared = wave.options.get("comments")
    if not isinstance(declared, Comments):
        return pd.DataFrame(columns=["row", "circle", "text", "allowed"])
    answers = prepared.responses[source]
    year = answers["year"].isna() if wave.year is None else answers["year"].eq(wave.year).fillna(False)
    own = answers[year.astype(bool) & (answers["wave"].fillna("") == wave.name)]
    named_ = _names(prepared, source, wave)
    asked = [name for name in (named_.get(q, q) for q in declared.questions) if name in own]
    allow = named_.get(declared.allow, declared.allow)
    may = own[allow].astype("str").eq(ALLOWS).fillna(False) if allow in own else pd.Series(False, own.index)
    told = own[["row", "circle", *asked]].assign(allowed=may)
    long = told.melt(["row", "circle", "allowed"], asked, value_name="text").dropna(subset=["text", "circle"])
    return long.loc[[bool(folded(str(text))) for text in long["text"]]]


def _names(prepared: Prepared, source: str, wave: Wave) -> dict[str, str]:
    """What questions of an older wave are called in the table of responses, which has the newest's names."""
    waves = prepared.waves[source]
    asked = {(one.year, one.name): one.instrument for one in prepared.study.sources[source].waves}
    older, newest = asked.get((wave.year, wave.name)), waves[-1].instrument
    if wave.year == waves[-1].year or older is None or newest is None:
        return {}
    return question_names(older, newest, newest.changes)


def _judged(
    own: pd.DataFrame, screen: Screen, people: int
) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """Each comment of one circle as it would be printed, the rules that hold it back, its unknown terms."""
    few = own["row"].nunique() < people
    seen: set[str] = set()
    for said, allowed in zip(own["text"], own["allowed"], strict=True):
        text, held = " ".join(visible(said).split()), []
        if few:
            held.append(TOO_FEW)
        if not allowed:
            held.append(NOT_ALLOWED)
        if held:
            yield text, tuple(held), []
            continue
        held += [TOO_LONG] if len(words(latin(said))) > LONGEST else []
        held += offences(said, screen)
        terms = unknown(said, screen, starts=True)
        lone = not held and bool(terms)
        held += [UNKNOWN] if terms else []
        if not held and folded(said).casefold() in seen:
            held.append(TWICE)
        seen |= set() if held else {folded(said).casefold()}
        yield text, tuple(dict.fromkeys(held)), terms if lone else []


def _screen(prepared: Prepared, said: pd.DataFrame, wave: Wave, circle: str, held: Roster) -> Screen:
    """What comments of a circle are held against: names of everybody, traits of its own members."""
    seats, people = _of(prepared.circles, wave), _of(prepared.people, wave)
    members = seats.loc[seats["circle"] == circle, "member"]
    # Where membership is not known, anybody may have written it.
    near = people[people["member"].isin(members)] if len(members) else people
    traits = Values(near, values(people).forms)
    terms = wave.options.get("terms", Terms())
    return Screen(held, terms, vocabulary(said["text"].unique()), traits, prepared.study.people)


def _of(roster_: pd.DataFrame, wave: Wave) -> pd.DataFrame:
    """A roster of a wave's year; of no year, or in a year without one, all of it."""
    own = roster_["year"].isna() if wave.year is None else roster_["year"].eq(wave.year).fillna(False)
    own = own.astype(bool)
    return roster_[own] if own.any() else roster_


def _roster(prepared: Prepared, source: str) -> Roster:
    """Everybody and every organisation of every year that was read is not to be named."""
    waves = prepared.waves.get(source, ())
    cleared = {term for wave in waves for term in wave.options.get("terms", Terms()).cleared}
    return roster(prepared.people, prepared.organisations, prepared.interviews, cleared=sorted(cleared))


def _printed(passed: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(passed, columns=READABLE).astype({"year": "Int64"})
    key = frame["text"].str.casefold()
    order = frame.assign(_key=key).sort_values(["source", "year", "wave", "circle", "_key", "text"])
    text = {name: "str" for name in READABLE if name != "year"}
    return order.drop(columns="_key").reset_index(drop=True).astype(text)


def _counted(refused: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(refused, columns=REFUSED[:-1]).astype({"year": "Int64"})
    return frame.groupby(REFUSED[:-1], dropna=False).size().rename("count").reset_index()


def _terms(unclear: list[tuple[str, str]]) -> tuple[Term, ...]:
    """Terms that alone hold comments back: how often, in how many comments."""
    texts: dict[str, list[str]] = {}
    for term, text in unclear:
        texts.setdefault(term, []).append(text)
    counted = [Term(term, len(own), len(set(own)), len(set(own))) for term, own in texts.items()]
    return tuple(sorted(counted, key=lambda one: (-one.quotes, one.term)))
