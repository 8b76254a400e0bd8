"""Members across years: keyed hashes of their codes, one name a person, and the panel table.

The panel table has one row per person and year: source, year, member (the name used in every table, NA for
a year that is only remembered), person (a number). A key decides who is the same person and nothing else:
persons are numbered as they first appear, and those who are only remembered by the years in which they
answered, so that the same records give the same tables under any secret.

A sealed year holds keys where others hold codes. Its keys are turned back into the code of an open year where
the same person stands there; others are named by number.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from ksn_research.errors import Finding
from ksn_research.plan import Source, Study
from ksn_research.prepared import Prepared

COLUMNS = {"source": "str", "year": "Int64", "member": "str", "person": "Int64"}
Codes = Mapping[int | None, Iterable[str]]
Called = Mapping[int | None, Mapping[str, str]]
# Columns that hold codes of people, by the kind of source.
OF_PEOPLE: Mapping[str, tuple[str, ...]] = {
    "people": ("member", "guest_code"),
    "circles": ("member",),
    "attendance": ("member",),
    "activity": ("member", "target"),
    "edges": ("ego", "alter"),
    "nominations": ("ego", "alter"),
}


def canonical(code: str) -> str:
    """A member's code as it is compared: width, capitals and blanks at the ends do not matter.

    >>> canonical(" m001") == canonical("M001 ")
    True
    """
    return unicodedata.normalize("NFKC", code).strip().casefold()


def member_key(code: str, secret: bytes) -> str:
    """HMAC-SHA-256 (RFC 2104) of a member's code, in hex: the same for the same member and secret.

    >>> member_key("M001", b"s") == member_key("m001 ", b"s") != member_key("M001", b"t")
    True
    """
    text = canonical(code).encode("utf-8", errors="surrogatepass")
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def panel(
    waves: Mapping[int, Iterable[str]],
    memory: Mapping[int, Collection[str]],
    secret: bytes | None,
    sealed: Collection[int] = (),
) -> pd.DataFrame:
    """Who answered in which year: year, member (the code as it stands, NA where only remembered), person.

    waves   codes of those who answered, per year, in the order of the file
    memory  keys of those who answered in further years; of a year that `waves` has, nothing is taken
    secret  None: members are linked by the codes as they stand, and memory says nothing
    sealed  years whose codes are keys already
    """
    rows = [
        (year, code, token)
        for year in sorted(waves)
        for code, token in _tokens(waves[year], secret, year in sealed).items()
    ]
    frame = pd.DataFrame(rows, columns=["year", "member", "token"]).drop_duplicates(["year", "token"])
    codes, known = pd.factorize(frame["token"])
    frame["person"] = codes
    past = {y: frozenset(memory[y]) for y in sorted(memory) if y not in waves} if secret is not None else {}
    seen = [(y, pd.NA, i) for y, keys in past.items() for i, token in enumerate(known) if token in keys]
    rest = _only_remembered(past, frozenset(known), len(known))
    whole = pd.concat(
        [
            frame[["year", "member", "person"]],
            pd.DataFrame([*seen, *rest], columns=["year", "member", "person"]),
        ]
    )
    typed = whole.astype({name: kind for name, kind in COLUMNS.items() if name in whole})
    return typed.sort_values(["year", "person"], ignore_index=True)


def _only_remembered(
    past: Mapping[int, frozenset[str]], known: frozenset[str], first: int
) -> list[tuple[int, Any, int]]:
    """Persons of remembered years alone. Those of the same years cannot be told apart, so their numbers go
    by the years."""
    years: dict[str, list[int]] = {}
    for year, keys in past.items():
        for key in keys - known:
            years.setdefault(key, []).append(year)
    patterns = sorted(tuple(own) for own in years.values())
    return [(year, pd.NA, first + i) for i, own in enumerate(patterns) for year in own]


def _tokens(codes: Iterable[str], secret: bytes | None, sealed: bool) -> dict[str, str]:
    """What says who a code is: its key; a sealed code is one; without a secret the code itself."""
    known = dict.fromkeys(codes)
    return {code: code if sealed or secret is None else member_key(code, secret) for code in known}


def names(
    codes: Codes, secret: bytes | None, sealed: Collection[int] = ()
) -> tuple[dict[int | None, dict[str, str]], Counter[int | None]]:
    """For every year one name per code, the same for the same person in all years; and how many codes of a
    year had to keep a name of their own, since another code of that year is the same but for its form.

    codes  per year (None: of no year) as they stand, in an order that does not depend on the secret
    A person is called by the code of the newest open year, and by number where all years are sealed.
    """
    years = sorted(codes, key=lambda year: -1 if year is None else year)
    tokens = {year: _tokens(codes[year], secret, year in sealed) for year in years}
    name: dict[str, str] = {}
    for year in reversed([year for year in years if year not in sealed]):
        for code, token in tokens[year].items():
            name.setdefault(token, code)
    for year in (year for year in years if year in sealed):
        for token in tokens[year].values():
            name.setdefault(token, f"sealed {len(name):06}")
    called: dict[int | None, dict[str, str]] = {}
    twice: Counter[int | None] = Counter()
    for year in years:
        first: dict[str, str] = {}
        for code, token in tokens[year].items():
            twice[year] += first.setdefault(token, code) != code
        called[year] = {c: name[t] if first[t] == c else c for c, t in tokens[year].items()}
    return called, +twice


def link(
    prepared: Prepared, secret: bytes | None, memory: Mapping[int, Collection[str]]
) -> tuple[Prepared, pd.DataFrame, list[Finding]]:
    """The tables with one name a person in all years, the panel table of every survey, and findings.

    Without a declared panel members are linked by the codes as they stand. With one, and its secret not at
    hand, nobody is linked: the panel table is empty, and it blocks when a sealed year stands beside an open
    one, since keys would pass for other people.
    """
    declared = prepared.study.panel
    if declared is None:
        return prepared, _panels(prepared, {}, None), []
    called, twice = names(_codes(prepared), secret, declared.sealed)
    findings = [*_alike(twice, declared.source), *(_mixed(prepared) if secret is None else ())]
    table = _panels(prepared, memory, secret) if secret is not None else _panels(None, {}, None)
    table["member"] = _renamed(table, "member", called)
    return _with_names(prepared, called), table, findings


def unlinked(study: Study, secret: bytes | None) -> bool:
    """Whether nobody may be found again in another year."""
    return study.panel is not None and secret is None


def wave_keys(prepared: Prepared, secret: bytes) -> list[str]:
    """Keys of those who answered the panel's source in the edition's year, after `link`; none of a sealed
    year, which was remembered when it was sealed."""
    declared = prepared.study.panel
    if declared is None or declared.source not in prepared.responses or prepared.year in declared.sealed:
        return []
    answers = prepared.responses[declared.source]
    own = answers.loc[(answers["year"] == prepared.year).fillna(False), "member"].dropna().unique()
    return sorted({member_key(code, secret) for code in own})


def member_columns(source: Source) -> tuple[str, ...]:
    """Columns of a source's table (ours, not the file's) that hold codes of people."""
    if source.kind in ("edges", "nominations"):
        people = source.options.get("units", "organisations") == "people"
        return OF_PEOPLE[source.kind] if people else ()
    if source.kind == "survey":
        return ("member",) if any(wave.options.get("respondent") for wave in source.waves) else ()
    own = source.options.get("member")
    return OF_PEOPLE.get(source.kind, (own,) if own else ())


def _panels(
    prepared: Prepared | None, memory: Mapping[int, Collection[str]], secret: bytes | None
) -> pd.DataFrame:
    """One panel table per survey whose years are single waves; only the declared one has a memory."""
    made = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})]
    declared = prepared.study.panel if prepared is not None else None
    for source, answers in sorted(prepared.responses.items()) if prepared is not None else ():
        own = answers[answers["member"].notna() & answers["year"].notna()]
        if own.empty or (own["wave"].fillna("") != "").any():
            continue
        waves = {int(year): own.loc[own["year"] == year, "member"] for year in own["year"].unique()}
        past = memory if declared is not None and declared.source == source else {}
        sealed = declared.sealed if declared is not None else ()
        made.append(panel(waves, past, secret, sealed).assign(source=source)[list(COLUMNS)])
    return pd.concat(made, ignore_index=True).astype(COLUMNS)


def _codes(prepared: Prepared) -> dict[int | None, list[str]]:
    """Every code of a person, per year, as it first stands in rosters, answers and records."""
    found: dict[int | None, dict[str, None]] = {}
    for frame, columns in _tables(prepared):
        for column in columns:
            known = frame[["year", column]].dropna(subset=[column]).drop_duplicates()
            for year, code in zip(known["year"], known[column], strict=True):
                found.setdefault(None if pd.isna(year) else int(year), {})[str(code)] = None
    return {year: list(codes) for year, codes in found.items()}


def _tables(prepared: Prepared) -> Iterator[tuple[pd.DataFrame, tuple[str, ...]]]:
    """Tables with codes of people, rosters first: their order is the file's whatever the codes are."""
    yield prepared.people, _of_roster(prepared)
    yield from ((table, ("member",)) for table in _of(prepared.responses))
    yield from ((table, ("member",)) for table in (prepared.circles, prepared.attendance))
    yield _among_people(prepared, prepared.ties), ("ego", "alter")
    yield _among_people(prepared, prepared.senders), ("node",)
    for name, table in sorted(prepared.records.items()):
        yield table, _own_columns(prepared, name, table)
    yield prepared.interviews, _interviewed(prepared)


def _of_roster(prepared: Prepared) -> tuple[str, ...]:
    return tuple(column for column in OF_PEOPLE["people"] if column in prepared.people)


def _of(tables: Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
    return [tables[name] for name in sorted(tables)]


def _among_people(prepared: Prepared, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["source"].isin(_people_networks(prepared))]


def _people_networks(prepared: Prepared) -> list[str]:
    return [name for name, s in prepared.study.sources.items() if member_columns(s) == ("ego", "alter")]


def _own_columns(prepared: Prepared, source: str, table: pd.DataFrame) -> tuple[str, ...]:
    # What comments speak of is kept beside its survey, and names nobody.
    own = prepared.study.sources.get(source)
    return tuple(c for c in member_columns(own) if c in table) if own is not None else ()


def _interviewed(prepared: Prepared) -> tuple[str, ...]:
    sources = prepared.study.sources.values()
    own = {c for s in sources if s.kind == "interviews" for c in member_columns(s)}
    return tuple(sorted(own & set(prepared.interviews.columns)))


def _with_names(prepared: Prepared, called: Called) -> Prepared:
    """Prepared with every code replaced by its person's name."""
    if all(code == name for own in called.values() for code, name in own.items()):
        return prepared

    def over(table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
        return table.assign(**{column: _renamed(table, column, called) for column in columns})

    networks = _people_networks(prepared)

    def among(table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
        people = table["source"].isin(networks)
        return table.assign(**{c: _renamed(table, c, called).where(people, table[c]) for c in columns})

    return replace(
        prepared,
        people=over(prepared.people, _of_roster(prepared)),
        circles=over(prepared.circles, ["member"]),
        attendance=over(prepared.attendance, ["member"]),
        responses={name: over(table, ["member"]) for name, table in prepared.responses.items()},
        ties=among(prepared.ties, ["ego", "alter"]),
        senders=_in_order(among(prepared.senders, ["node"])),
        unseen=among(prepared.unseen, ["ego", "alter"]),
        records={n: over(t, _own_columns(prepared, n, t)) for n, t in prepared.records.items()},
        interviews=over(prepared.interviews, _interviewed(prepared)),
        activity=_activity(prepared.activity, called),
    )


def _renamed(table: pd.DataFrame, column: str, called: Called) -> pd.Series:
    """A column of codes as names; a code that stands nowhere else keeps itself."""
    made = table[column].astype("str")
    for year, own in called.items():
        rows = table["year"].isna() if year is None else (table["year"] == year).fillna(False)
        changed = {code: name for code, name in own.items() if code != name}
        if changed and rows.any():
            made = made.mask(rows.astype(bool) & made.isin(list(changed)), table[column].map(changed))
    return made.astype("str")


def _in_order(senders: pd.DataFrame) -> pd.DataFrame:
    """Senders sorted by name within their network, as they were sorted by code: keys order nothing."""
    network = senders.groupby(["source", "year", "wave", "relation"], sort=False, dropna=False).ngroup()
    ordered = senders.assign(_network=network).sort_values(["_network", "node"], kind="stable")
    return ordered.drop(columns="_network").reset_index(drop=True)


def _activity(activity: Any, called: Called) -> Any:
    changed = [
        (year, code, name)
        for year, own in called.items()
        for code, name in own.items()
        if code != name and year is not None
    ]
    if activity is None or not changed:
        return activity
    import ibis

    said = ibis.memtable(pd.DataFrame(changed, columns=["_year", "_code", "_name"]))
    for column in OF_PEOPLE["activity"]:
        both = activity.left_join(said, [activity.year == said["_year"], activity[column] == said["_code"]])
        named = both.mutate(**{column: ibis.coalesce(both["_name"], both[column])})
        activity = named.select(*activity.columns)
    return activity


def _alike(twice: Mapping[int | None, int], source: str) -> Iterator[Finding]:
    for year, count in twice.items():
        yield Finding(
            severity="warn",
            source=source,
            year=year,
            problem=f"{count} member codes are the same as another but for capitals or width",
            remedy="write one member's code the same everywhere; these are not linked to other years",
            count=count,
        )


def _mixed(prepared: Prepared) -> Iterator[Finding]:
    declared = prepared.study.panel
    assert declared is not None
    years = set(_codes(prepared))
    hidden = sorted(year for year in years if year is not None and year in declared.sealed)
    if hidden and years - set(hidden):
        said = ", ".join(map(str, hidden))
        yield Finding(
            severity="block",
            source=declared.source,
            file=f"{declared.secret}.secret",
            problem=f"the member codes of {said} are sealed and cannot be told from those of other years",
            remedy="put the study's secret there as docs/handover.md tells",
        )
