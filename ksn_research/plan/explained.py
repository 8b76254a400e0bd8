"""Ties explained: predictors of ties as an analyst writes them, and the options of the kind `explained`.

`analyse.network.predictors` makes the matrices of what is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan.specs import Source

FILE = "study.toml"
# Kinds of predictor, and of how many names each is.
KINDS: Mapping[str, int] = {
    "same": 1, "both": 2, "absdiff": 1, "difference": 1, "sum": 1, "sender": 1, "receiver": 1, "distance": 2,
    "relation": 1, "returned": 1, "strength": 1, "co_attendance": 1, "co_attended": 1,
}  # fmt: skip
OF_NODES = ("same", "both", "absdiff", "difference", "sum", "sender", "receiver", "distance")
OF_TIES = ("relation", "returned", "strength")
OF_EVENTS = ("co_attendance", "co_attended")
WITH_DIRECTION = ("difference", "sender", "receiver")
MODELS = ("linear", "logistic", "formation", "persistence")
ONE_WAVE, TWO_WAVES = MODELS[:2], MODELS[2:]
FEWEST, DRAWS = 100, 2_000
# Columns that a roster has without being declared, and that say something of its members.
ROSTER = {"organisations": ("region", "type", "sector"), "people": ("organisation", "role", "region", "type")}
NO_ATTRIBUTES = ("organisation", "member", "name", "aliases", "joined", "left")
TERM = re.compile(r"\s*(\w+)\s*\(([^()]*)\)\s*")


@dataclass(frozen=True)
class Predictor:
    """One predictor: `kind` is a key of `KINDS`, `of` what it is made of."""

    kind: str
    of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind}({', '.join(self.of)})"

    @property
    def parts(self) -> tuple[Predictor, ...]:
        return (self,)


@dataclass(frozen=True)
class Product:
    """Predictors multiplied pair by pair: does one matter more where the other is great?"""

    parts: tuple[Predictor, ...]

    @property
    def name(self) -> str:
        return ":".join(part.name for part in self.parts)


def formula(text: str) -> tuple[Predictor | Product, ...]:
    """The predictors that a formula names, joined by +; a colon multiplies two.

    Raises ValueError, naming the part, for what cannot be read and for what is said twice.

    >>> [term.name for term in formula("same(region) + distance(lat, lon)")]
    ['same(region)', 'distance(lat, lon)']
    """
    found = tuple(_product(part.split(":")) for part in text.split("+"))
    twice = [term.name for i, term in enumerate(found) if term in found[:i]]
    if twice:
        raise ValueError(f"{twice[0]}: said twice")
    return found


def _product(parts: list[str]) -> Predictor | Product:
    terms = tuple(map(_term, parts))
    return terms[0] if len(terms) == 1 else Product(terms)


def _term(part: str) -> Predictor:
    match = TERM.fullmatch(part)
    if not match:
        raise ValueError(f"{part.strip()!r}: not a predictor; write kind(what), such as same(region)")
    return checked(Predictor(match[1], tuple(x.strip() for x in match[2].split(","))))


def checked(term: Predictor) -> Predictor:
    """The same predictor. Raises ValueError for a kind that there is not or a wrong number of names."""
    if term.kind not in KINDS:
        raise ValueError(f"{term.name}: no such predictor; there are {', '.join(KINDS)}")
    needs = KINDS[term.kind]
    if len(term.of) != needs or not all(term.of):
        raise ValueError(f"{term.name}: {term.kind} is of {needs} name{'s' * (needs > 1)}")
    return term


def relations_of(source: Source) -> tuple[str, ...]:
    """The relations that a network source asks about, in any wave.

    >>> relations_of(Source("help", "edges", "Help", (), {}))
    ('help',)
    """
    options = [source.options, *(wave.options for wave in source.waves)]
    if source.kind == "edges":
        named = [str(told.get("relation", source.name)) for told in options]
    else:
        named = [relation for told in options for relation in told.get("relations", ())]
    return tuple(dict.fromkeys(name.partition(":")[0].strip() for name in named))


def directed(source: Source) -> bool:
    return bool((source.waves[-1].options if source.waves else source.options).get("directed", True))


def found_in(name: str, own: Source, sources: Mapping[str, Source]) -> tuple[str, str] | None:
    """Source and relation that a name stands for: a relation of `own`, `source`, or `source.relation`.

    None where it stands for nothing, or for a source of several relations.
    """
    if name in relations_of(own):
        return own.name, name
    source, _, relation = name.partition(".")
    other = sources.get(source)
    if other is None or not is_network(other):
        return None
    there = relations_of(other)
    if not relation:
        return (source, there[0]) if len(there) == 1 else None
    return (source, relation) if relation in there else None


def is_network(source: Source) -> bool:
    return source.kind in ("nominations", "edges")


def units_of(source: Source) -> str:
    return str(source.options.get("units", "organisations"))


def read_options(options: Mapping[str, Any], sources: Mapping[str, Source], where: str) -> dict[str, Any]:
    """The options of an analysis of the kind `explained`, whole: outcome as source.relation, predictors as
    one formula, models, draws and seed.

    Raises PlanError, naming the option, for whatever the plan alone shows to be wrong; what only records can
    show (no such column in the file, words for numbers, no variation) becomes a row that says so.
    """
    models = _models(options.get("models", ["linear"]), f"{where}.models")
    own, relation = _outcome(str(options["outcome"]), sources, f"{where}.outcome")
    _needs_waves(own, models, where)
    terms = _terms(options["predictors"], f"{where}.predictors")
    for part in (part for term in terms for part in term.parts):
        _check_part(part, (own, relation), sources, models, f"{where}.predictors")
    if "blocks" in options:
        _attribute(str(options["blocks"]), own, sources, f"{where}.blocks")
    draws = options.get("draws", DRAWS)
    if draws < FEWEST:
        raise _error(f"{where}.draws is {draws}", f"use {FEWEST} or more: p can be no smaller than 1 / draws")
    return {
        **options,
        "outcome": f"{own.name}.{relation}",
        "predictors": " + ".join(term.name for term in terms),
        "models": models,
        "draws": draws,
        "seed": options.get("seed", 1),
    }


def _error(problem: str, remedy: str) -> PlanError:
    return PlanError(problem, remedy=remedy, file=FILE)


def _models(given: Sequence[Any], where: str) -> list[str]:
    for model in given:
        if model not in MODELS:
            raise _error(f"{where} names `{model}`", f"use one of {', '.join(MODELS)}")
    if not given:
        raise _error(f"{where} is empty", f"name one or more of {', '.join(MODELS)}")
    return [model for model in MODELS if model in given]


def _outcome(given: str, sources: Mapping[str, Source], where: str) -> tuple[Source, str]:
    name, _, relation = given.partition(".")
    source = sources.get(name)
    if source is None or not is_network(source) or source.options.get("log"):
        raise _error(
            f"{where} is `{given}`, and `{name}` is no network of this study",
            "write source.relation, with a source of kind nominations or edges that is no log",
        )
    there = relations_of(source)
    if relation not in there and (relation or len(there) > 1):
        raise _error(f"{where} is `{given}`", f"use one of {', '.join(f'{name}.{one}' for one in there)}")
    return source, relation or there[0]


def _needs_waves(own: Source, models: Iterable[str], where: str) -> None:
    later = [model for model in models if model in TWO_WAVES]
    if later and own.options.get("undated"):
        raise _error(
            f"{where}.models names `{later[0]}`, and `{own.name}` has one wave, of no year",
            "leave it out: which ties form and which last takes two waves",
        )


def _terms(given: Sequence[Any], where: str) -> tuple[Predictor | Product, ...]:
    if not all(isinstance(text, str) for text in given):
        raise _error(f"{where} must list texts", "put each in quotes")
    try:
        terms = formula(" + ".join(given))
    except ValueError as error:
        raise _error(
            f"{where}: {error}", "write e.g. same(region) + absdiff(staff), or list each in quotes"
        ) from None
    plain = [re.sub(r"[\W_]+", "_", term.name.lower()) for term in terms]
    for i, term in enumerate(terms):
        if plain[i] in plain[:i]:
            raise _error(
                f"{where}: {term.name} reads like another but for its punctuation", "rename one of the two"
            )
    return terms


def _check_part(
    part: Predictor,
    outcome: tuple[Source, str],
    sources: Mapping[str, Source],
    models: Iterable[str],
    where: str,
) -> None:
    own = outcome[0]
    if part.kind in WITH_DIRECTION and not directed(own):
        raise _error(
            f"{where}: {part.name} has a direction, and `{own.name}` has none",
            "use sum, absdiff or same of the column",
        )
    if part.kind in OF_NODES:
        for column in part.of[:1] if part.kind == "both" else part.of:
            _attribute(column, own, sources, f"{where}: {part.name}")
    elif part.kind in OF_TIES:
        _relation(part, outcome, sources, models, where)
    elif not any(source.kind == "attendance" for source in sources.values()):
        raise _error(f"{where}: {part.name} needs attendance", "declare a source of kind attendance")


def _attribute(column: str, own: Source, sources: Mapping[str, Source], where: str) -> None:
    """Raise PlanError unless the roster of the outcome's units has such a column, as far as the plan says."""
    units = units_of(own)
    there = list(dict.fromkeys(_columns(units, sources)))
    if column not in there:
        known = f"there are {', '.join(there)}" if there else f"there is no source of kind {units}"
        raise _error(
            f"{where} names `{column}`, which is no column of the roster of {units}",
            f"declare it under `columns` or `attributes` of that source; {known}",
        )


def _columns(units: str, sources: Mapping[str, Source]) -> Iterator[str]:
    for source in (source for source in sources.values() if source.kind == units):
        yield from ROSTER[units]
        for told in (source.options, *(wave.options for wave in source.waves)):
            named = (*told.get("attributes", ()), *told.get("columns", {}))
            yield from (name for name in named if name not in NO_ATTRIBUTES)


def _relation(
    part: Predictor,
    outcome: tuple[Source, str],
    sources: Mapping[str, Source],
    models: Iterable[str],
    where: str,
) -> None:
    own, name = outcome[0], part.of[0]
    found = found_in(name, own, sources)
    if found is None:
        there = (
            one for one in (own, *sources.values()) if is_network(one) and units_of(one) == units_of(own)
        )
        known = dict.fromkeys(f"{one.name}.{relation}" for one in there for relation in relations_of(one))
        raise _error(f"{where}: {part.name} names no relation", f"use one of {', '.join(known)}")
    other = sources[found[0]]
    if units_of(other) != units_of(own):
        raise _error(
            f"{where}: {part.name} is of {units_of(other)}, and `{own.name}` of {units_of(own)}",
            "use a relation among the same units",
        )
    if directed(other) and not directed(own):
        raise _error(
            f"{where}: {part.name} has a direction, and `{own.name}` has none",
            f"say `directed = false` of `{other.name}` where one report stands for both, or leave it out",
        )
    itself = found == (own.name, outcome[1]) and (part.kind != "returned" or not directed(own))
    if itself and any(model in ONE_WAVE for model in models):
        raise _error(
            f"{where}: {part.name} would explain the outcome by itself",
            "leave it out, or keep to the models formation and persistence, which take it of the wave before",
        )
