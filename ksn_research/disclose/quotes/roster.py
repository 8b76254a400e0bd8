"""Everybody and everything that a quote must not name, in the forms in which talk may name them.

Built once per edition. Whole names, aliases, acronyms and the stems of web domains are held as sequences of
folded words; the parts of a person's name stand for the person; a part that is an everyday word ("Hope",
"Mark") counts where it is written with a capital or speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.disclose.quotes.folding import bare, words
from ksn_research.disclose.quotes.words import FUNCTION, bag, doubtful, everyday, stems
from ksn_research.score.names import reduced

PERSON, ORGANISATION, ACRONYM, DOMAIN, INITIALS = (
    "name of a person", "name of an organisation", "acronym", "web domain", "initials",
)  # fmt: skip
PERSONAL = (
    "name",
    "first_name",
    "last_name",
    "surname",
    "given_name",
    "full_name",
    "aliases",
    "nickname",
    "email",
)
SMALL = bag(
    """
    of and the for in at de la del van der von di da & a an to
    """
)
LEGAL = bag(
    """
    inc llc ltd corp corporation co company plc gmbh foundation trust fund the
    """
)
# Kinds of organisation and of work: no single one of these words tells which organisation is meant.
GENERIC = bag(
    """
    trust fund works house library council college university school district academy association alliance
    center centre chamber charity clinic coalition collective commission community consortium cooperative
    department development education enterprise federation forum foundation group guild health hospital
    hub incubator initiative institute international lab labs league makerspace mentoring mentors museum
    national neighbours neighbors network office organisation organization partners partnership program
    programme project public regional robotics services society state studio studios support systems
    technical technology tools town training union united urban valley village workshop workspace youth
    accelerator coworking design creative innovation business research
    """
)
OTHER_LETTERS = str.maketrans({"ü": "ue", "ö": "oe", "ä": "ae", "å": "aa", "Ü": "Ue", "Ö": "Oe", "Ä": "Ae"})


@dataclass(frozen=True, eq=False)
class Roster:
    """What is not to be named.

    phrases     first folded word -> (the further words, rule), the longest first
    capital     everyday words that are names: held back with a capital, or where they speak
    joined      names of five letters and more written as one word -> rule
    beginnings  what a name written apart may begin with
    initials    letters of a person's initials, folded, two or three
    population  one row per person: the columns that an attribution line may show; empty where not known
    called      organisation identifier -> its name
    """

    phrases: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = field(default_factory=dict)
    capital: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, str] = field(default_factory=dict)
    beginnings: frozenset[str] = frozenset()
    initials: frozenset[str] = frozenset()
    population: pd.DataFrame = field(default_factory=pd.DataFrame)
    called: Mapping[str, str] = field(default_factory=dict)


def roster(
    people: pd.DataFrame,
    organisations: pd.DataFrame,
    interviews: pd.DataFrame | None = None,
    *,
    more: Iterable[str] = (),
    cleared: Iterable[str] = (),
) -> Roster:
    """The roster of an edition.

    people         one row per person of any year: member, and of name, first_name, last_name, aliases (split
                   by ";"), nickname, email those that there are; role, type, region
    organisations  organisation, name, aliases, and of acronym, domain, website, email those that there are
    interviews     one row per interview: name, member and coders, whose names are held back as well
    more           further names: staff, interviewers, people spoken of
    cleared        terms that somebody has cleared: a single word of an organisation's name among them is let
                   through; a whole name, an alias, an acronym or a person's name never is
    """
    free = {bare(word.said) for term in cleared for word in words(term)}
    held: dict[tuple[str, ...], str] = {}
    persons = [*_personal(people), *_interviewed(interviews), *more]
    for text in persons:
        _hold_person(held, text)
    for row in organisations.to_dict("records"):
        _hold_organisation(held, {str(k): _text(v) for k, v in row.items()}, free)
    known = dict(_idents(people, "member"))
    held |= {key: rule for key, rule in [*known.items(), *_idents(organisations, "organisation")] if key}
    return _built(held, _initials(persons), people, organisations)


def _built(
    held: Mapping[tuple[str, ...], str], initials: frozenset[str], people: pd.DataFrame, orgs: pd.DataFrame
) -> Roster:
    capital = {key[0]: rule for key, rule in held.items() if len(key) == 1 and doubtful(key[0])}
    sure = {key: rule for key, rule in held.items() if not (len(key) == 1 and key[0] in capital)}
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for key, rule in sorted(sure.items(), key=lambda item: (-len(item[0]), item[0])):
        phrases.setdefault(key[0], []).append((key[1:], rule))
    joined = {"".join(key): rule for key, rule in sure.items() if len("".join(key)) >= 5}
    short = {key[0] for key, rule in sure.items() if len(key) == 1 and rule == PERSON}
    beginnings = frozenset(one[:size] for one in {*joined, *short} for size in range(1, len(one)))
    wanted = [name for name in ("member", "organisation", "role", "type", "region") if name in people]
    called = (
        orgs[["organisation", "name"]].dropna() if {"organisation", "name"} <= set(orgs) else orgs.iloc[:0]
    )
    names = {str(k): str(v) for k, v in called.itertuples(index=False)} if len(called) else {}
    return Roster(
        {first: tuple(rest) for first, rest in phrases.items()}, capital, joined, beginnings, initials,
        people[wanted].copy(), names,
    )  # fmt: skip


def _personal(people: pd.DataFrame) -> Iterator[str]:
    """Every name of a person, whole: first and last name together, and each alias."""
    for row in people[[name for name in PERSONAL if name in people]].drop_duplicates().to_dict("records"):
        told = {str(k): _text(v) for k, v in row.items()}
        first = told.get("first_name") or told.get("given_name", "")
        last = told.get("last_name") or told.get("surname", "")
        yield from (name for name in (f"{first} {last}".strip(), told.get("name", "")) if name)
        yield from (name for name in (told.get("full_name", ""), told.get("email", "").split("@")[0]) if name)
        for several in ("aliases", "nickname"):
            yield from (one.strip() for one in told.get(several, "").split(";") if one.strip())


def _interviewed(interviews: pd.DataFrame | None) -> Iterator[str]:
    """Names that the project of interviews itself holds: of its documents, of its coders."""
    if interviews is None:
        return
    for column in ("name", "coders", "interviewer", "interviewee"):
        if column in interviews:
            for text in interviews[column].dropna().unique():
                yield from (one.strip() for one in str(text).replace("_", " ").split(";") if one.strip())


def _hold_person(held: dict[tuple[str, ...], str], text: str) -> None:
    for form in _spellings(text):
        parts = tuple(word.bare for word in words(form) if not word.bare.isdigit())
        if not parts:
            continue
        if len(parts) > 1:
            _hold(held, parts, PERSON)
            _hold(held, (parts[-1], parts[0]), PERSON)
            _hold(held, (parts[0], parts[-1]), PERSON)
        for part in parts:
            if len(part) >= 2 and part not in SMALL and part not in FUNCTION:
                _hold(held, (part,), PERSON)
        # "O'Brien", "Al-Amin" are also written as one word.
        for piece in form.split():
            whole = tuple(word.bare for word in words(piece))
            if len(whole) > 1:
                _hold(held, ("".join(whole),), PERSON)


def _hold_organisation(held: dict[tuple[str, ...], str], told: Mapping[str, str], free: set[str]) -> None:
    called = told.get("name", "")
    forms = [
        called,
        reduced(called),
        *told.get("aliases", "").split(";"),
        *told.get("acronym", "").split(";"),
    ]
    for form in (spelling for one in forms if one.strip() for spelling in _spellings(one)):
        parts = tuple(word.bare for word in words(form))
        short = tuple(part for part in parts if part != "the")
        _hold(held, parts, ORGANISATION)
        _hold(held, short, ORGANISATION)
        _hold(held, tuple("and" if p == "&" else p for p in form.casefold().split() if p), ORGANISATION)
        while short and short[-1] in LEGAL and len(short) > 1:
            short = short[:-1]
            _hold(held, short, ORGANISATION)
    for acronym in acronyms(called):
        _hold(held, (acronym,), ACRONYM)
    for word in words(called):
        part = word.bare
        if len(part) > 3 and not everyday(part) and stems(part).isdisjoint(GENERIC) and part not in free:
            _hold(held, (part,), ORGANISATION)
    for column in ("domain", "website", "email"):
        stem = domain_stem(told.get(column, ""))
        if stem:
            _hold(held, tuple(word.bare for word in words(stem)), DOMAIN)
            _hold(held, ("".join(word.bare for word in words(stem)),), DOMAIN)


def acronyms(name: str) -> set[str]:
    """What a name may be shortened to: three initials and more, with and without its small words.

    >>> sorted(acronyms("Arbor Centre for the Arts"))
    ['aca', 'acfta']
    """
    parts = [word.bare for word in words(name)]
    found = {"".join(p[0] for p in parts), "".join(p[0] for p in parts if p not in SMALL)}
    return {one for one in found if len(one) >= 3}


def domain_stem(address: str) -> str:
    """The telling part of a web or mail address.

    >>> [domain_stem(one) for one in ("https://www.arbor-arts.org/x", "info@arbor.co.uk", "x@gmail.com")]
    ['arbor-arts', 'arbor', '']
    """
    host = address.strip().casefold().rsplit("@", 1)[-1].split("://")[-1].split("/")[0].removeprefix("www.")
    labels = [label for label in host.split(".") if label]
    while len(labels) > 1 and (len(labels[-1]) <= 3 or len(labels) > 2):
        labels = labels[:-1] if len(labels[-1]) <= 3 else labels[1:]
    stem = labels[0] if labels else ""
    return "" if stem in ("gmail", "outlook", "yahoo", "hotmail", "icloud", "aol", "gmx", "proton") else stem


def _hold(held: dict[tuple[str, ...], str], parts: tuple[str, ...], rule: str) -> None:
    """Keep a name, its plural and its possessive without apostrophe. A lone letter is no name."""
    clean = tuple(part for part in parts if part)
    if not clean or (len(clean) == 1 and len(clean[0]) < 2):
        return
    for end in ("", "s", "es"):
        last = clean[-1] + end
        if not end or (len(last) > 3 and (len(clean) > 1 or not doubtful(clean[-1]))):
            held.setdefault((*clean[:-1], last), rule)


def _idents(frame: pd.DataFrame, column: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Identifiers of the roster; a bare number names nobody."""
    rule = PERSON if column == "member" else ORGANISATION
    for text in frame[column].dropna().unique() if column in frame else ():
        parts = tuple(word.bare for word in words(str(text)))
        if any(any(letter.isalpha() for letter in part) for part in parts) and len("".join(parts)) > 2:
            yield parts, rule


def _initials(persons: Iterable[str]) -> frozenset[str]:
    """The initials of names of two and more words: first and last, and all of them."""
    found = set()
    for text in persons:
        parts = [word.bare[0] for word in words(text) if word.bare.isalpha()]
        if len(parts) > 1:
            found |= {parts[0] + parts[-1], "".join(parts)}
    return frozenset(found)


def _spellings(text: str) -> set[str]:
    return {text, text.translate(OTHER_LETTERS), text.replace("&", " and ")}


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)
