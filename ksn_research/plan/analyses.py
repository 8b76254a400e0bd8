"""The `[analyses]` of study.toml: comparisons beyond the usual, declared before the data came.

groups    `of` measures compared between the levels of the column `by` (region, type, role, or a closed
          question of the survey); one block is one family of tests, corrected as `correction` says
adjusted  `of` measures of those in `members` (records, or the platform's log: who has any event) and of the
          others, adjusted by `covariates` (roster columns), and by `dose` (a number of the records; of the
          log "months" with any event, or "events") among the members
nested    people in groups: the records `source` with the columns `group`, `before`, `after`; `where` picks
          rows; `expected` and `received` are numbers compared pair by pair
two_mode  people who sit in several circles, and what holds when they leave: the source `circles`
spread    ideas that travel between `circles`: the records `source` with the columns `idea`, `circle`, `date`
          and `carried_by`; `gatherings` are kinds of event, compared `days` before and after
informal  ties of `help` that are no pair of the scheme `official` (both edges of people), by the column
          `formality` of the records `communities`, whose column `community` has the topics of `help`
expertise the records `source` with the columns `topic` and `says`, which holds the words `offer` and `need`;
          `asks` (edges of people, with topics), and the edges `over` which somebody who offers is looked for
two_sources of coded interviews, `sources`, whose shared codes are compared
joint     what is said beside what is scored, for the same groups; its options are told in `plan.joint`
recognition, exchange, funnel  who is thanked, who brings and takes, what is used; told in `plan.engaged`
explained which ties there are: `outcome` is source.relation, `predictors` a formula or a list of its parts,
          `models` of `explained.MODELS`, `blocks` a roster column inside which nodes are permuted
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import coded, engaged, explained, joint, toml
from ksn_research.plan.specs import Analysis, Source

FILE = "study.toml"
CORRECTIONS = ("holm", "benjamini-hochberg")
COVARIATES = ("region", "type", "role")
LOGGED = ("months", "events")  # what the platform's log knows of somebody in a year
COMMON = {"kind": str, "label": str}
OPTIONS: Mapping[str, Mapping[str, type]] = {
    "groups": {"of": list, "by": str, "correction": str},
    "adjusted": {"of": list, "members": str, "dose": str, "covariates": list},
    "nested": {
        "source": str,
        "group": str,
        "before": str,
        "after": str,
        "where": dict,
        "expected": str,
        "received": str,
    },
    "two_mode": {"circles": str, "seed": int},
    "two_sources": {"sources": list},
    "joint": joint.OPTIONS,
    **engaged.OPTIONS,
    "spread": {
        "source": str,
        "idea": str,
        "circle": str,
        "date": str,
        "carried_by": str,
        "circles": str,
        "gatherings": list,
        "days": int,
        "seed": int,
    },
    "informal": {
        "help": str,
        "official": str,
        "communities": str,
        "community": str,
        "formality": str,
        "seed": int,
    },
    "expertise": {
        "source": str,
        "topic": str,
        "says": str,
        "offer": str,
        "need": str,
        "asks": str,
        "over": list,
    },
    "explained": {
        "outcome": str,
        "predictors": list,
        "models": list,
        "blocks": str,
        "draws": int,
        "seed": int,
    },
}
NEEDED = {
    "two_sources": ("sources",),
    "joint": joint.NEEDED,
    **engaged.NEEDED,
    "groups": ("of", "by"),
    "adjusted": ("of", "members"),
    "nested": ("source", "group", "before", "after"),
    "two_mode": ("circles",),
    "spread": ("source", "idea", "circle", "date", "circles"),
    "informal": ("help", "official"),
    "expertise": ("source", "topic", "says", "offer", "need"),
    "explained": ("outcome", "predictors"),
}
# Options that name a source: its kind. Edges must be of people; those with a topic are told apart by it.
NAMED = {
    ("two_mode", "circles"): "circles",
    ("spread", "circles"): "circles",
    ("spread", "source"): "records",
    ("informal", "help"): "edges",
    ("informal", "official"): "edges",
    ("informal", "communities"): "records",
    ("expertise", "source"): "records",
    ("expertise", "asks"): "edges",
    ("expertise", "over"): "edges",
}
COLUMNS = {  # of a records source: the options that name its columns
    ("spread", "source"): ("idea", "circle", "date", "carried_by"),
    ("informal", "communities"): ("community", "formality"),
    ("expertise", "source"): ("topic", "says"),
}


def read_analyses(table: Mapping[str, Any], sources: Mapping[str, Source]) -> dict[str, Analysis]:
    """The analyses of a study by name. Raises PlanError for what is unknown, missing or names nothing."""
    toml.table(table, dict.fromkeys(table, dict), file=FILE, where="[analyses]")
    return {name: _analysis(name, told, sources) for name, told in table.items()}


def _analysis(name: str, table: Mapping[str, Any], sources: Mapping[str, Source]) -> Analysis:
    where = f"[analyses.{name}]"
    kind = toml.required(table, "kind", str, file=FILE, where=where)
    _one_of(kind, OPTIONS, f"{where}.kind")
    if isinstance(table.get("predictors"), str):
        table = {**table, "predictors": [table["predictors"]]}
    toml.table(table, {**COMMON, **OPTIONS[kind]}, file=FILE, where=where)
    for option in NEEDED[kind]:
        toml.required(table, option, OPTIONS[kind][option], file=FILE, where=where)
    options = {key: value for key, value in table.items() if key not in COMMON}
    if kind == "two_sources":
        coded.check_two_sources(options, sources, where)
    if kind == "groups":
        options.setdefault("correction", CORRECTIONS[0])
        _one_of(options["correction"], CORRECTIONS, f"{where}.correction")
    for measure in options.get("of", ()):
        _measure(measure, sources, f"{where}.of")
    for covariate in options.get("covariates", ()):
        _one_of(covariate, COVARIATES, f"{where}.covariates")
    _check_records(kind, options, sources, where)
    _check_named(kind, options, sources, where)
    if kind in engaged.OPTIONS:
        options = engaged.read_options(kind, options, sources, where)
    if kind == "joint":
        options = joint.read_options(options, sources, where)
    if kind == "explained":
        options = explained.read_options(options, sources, where)
    label = toml.typed(table, "label", str, file=FILE, where=where, default=name.replace("_", " "))
    return Analysis(name, kind, label, options)


def _measure(name: Any, sources: Mapping[str, Source], where: str) -> None:
    """Raise PlanError unless `source.measure` is a scale or a declared share of a survey."""
    source, _, measure = str(name).partition(".")
    own = sources.get(source)
    forms = [wave.instrument for wave in own.waves if wave.instrument is not None] if own else []
    if not any(measure in form.scales or measure in form.measures for form in forms):
        raise PlanError(
            f"{where} names `{name}`, which is no scale and no declared share of a survey",
            remedy="write it as source.measure, as the questionnaire's .toml file has it",
            file=FILE,
        )


def _check_records(kind: str, options: Mapping[str, Any], sources: Mapping[str, Source], where: str) -> None:
    """The records source that an analysis reads, and the columns it needs of it."""
    option = {"adjusted": "members", "nested": "source"}.get(kind)
    if option is None:
        return
    source = sources.get(options[option])
    if kind == "adjusted" and source is not None and source.kind == "activity":
        if "dose" in options:
            _one_of(options["dose"], LOGGED, f"{where}.dose")
        return
    if source is None or source.kind != "records":
        raise PlanError(
            f"{where}.{option} is `{options[option]}`, which is no source of the kind `records`",
            remedy="name one of the study's records",
            file=FILE,
        )
    columns, numbers = source.options.get("columns", {}), source.options.get("numbers", ())
    if kind == "adjusted":
        _known(["member"], columns, f"{where}.members: `{source.name}`")
        _known([options["dose"]] if "dose" in options else [], numbers, f"{where}.dose")
        return
    toml.words(options.get("where", {}), file=FILE, where=f"{where}.where")
    _known([options["group"], *options.get("where", {})], columns, where)
    scores = [options[name] for name in ("before", "after", "expected", "received") if name in options]
    _known(scores, numbers, where)
    if ("expected" in options) != ("received" in options):
        raise PlanError(
            f"{where} has one of `expected` and `received`", remedy="name both, or neither", file=FILE
        )


def _check_named(kind: str, options: Mapping[str, Any], sources: Mapping[str, Source], where: str) -> None:
    """The sources that an analysis of people and circles names, and what it needs of them."""
    for (of, option), wanted in NAMED.items():
        if of == kind and option in options:
            given = options[option]
            for name in given if isinstance(given, list) else [given]:
                source = _of_kind(name, wanted, sources, f"{where}.{option}")
                columns = [options[key] for key in COLUMNS.get((of, option), ()) if key in options]
                _known(columns, source.options.get("columns", {}), f"{where}.{option}: `{name}`")
    if kind == "spread":
        _known([options["date"]], sources[options["source"]].options.get("dates", ()), f"{where}.date")
        _number_of_days(options.get("days", 1), f"{where}.days")
        _texts(options.get("gatherings", []), f"{where}.gatherings")
    if kind == "expertise":
        _known(["member"], sources[options["source"]].options.get("columns", {}), f"{where}.source")
    _topics(kind, options, sources, where)


def _of_kind(name: Any, wanted: str, sources: Mapping[str, Source], where: str) -> Source:
    source = sources.get(name) if isinstance(name, str) else None
    people = wanted != "edges" or (source is not None and source.options.get("units") == "people")
    if source is None or source.kind != wanted or not people:
        said = 'edges` with `units = "people"' if wanted == "edges" else wanted
        raise PlanError(
            f"{where} is `{name}`, which is no source of the kind `{said}`",
            remedy="name one of the study's sources of that kind",
            file=FILE,
        )
    return source


def _topics(kind: str, options: Mapping[str, Any], sources: Mapping[str, Source], where: str) -> None:
    """Ties that are told apart by topic need one; communities need both of their columns."""
    if kind == "informal" and "communities" in options:
        for option in ("community", "formality"):
            toml.required(options, option, str, file=FILE, where=where)
    elif kind == "informal":
        _needs_communities(options, where)
    told = {"informal": "help" if "communities" in options else "", "expertise": "asks"}.get(kind, "")
    if told in options:
        _known(["topic"], sources[options[told]].options.get("columns", {}), f"{where}.{told}")
    if "over" in options and "asks" not in options:
        raise PlanError(f"{where} has `over` but no `asks`", remedy="name who asked whom, too", file=FILE)


def _needs_communities(options: Mapping[str, Any], where: str) -> None:
    if "community" in options or "formality" in options:
        raise PlanError(
            f"{where} names a column of `communities`, but no `communities`",
            remedy="name the records of communities, or leave both columns out",
            file=FILE,
        )


def _number_of_days(days: int, where: str) -> None:
    if days < 1:
        raise PlanError(f"{where} is {days}", remedy="give a number of days over 0", file=FILE)


def _texts(values: list[Any], where: str) -> None:
    if not all(isinstance(value, str) for value in values):
        raise PlanError(f"{where} must list texts", remedy="put each in quotes", file=FILE)


def _known(names: Iterable[str], there: Iterable[str], where: str) -> None:
    there = list(there)
    for name in names:
        if name not in there:
            raise PlanError(
                f"{where} needs the column `{name}`, which the source does not have so",
                remedy="declare it under the source's `columns`, and under `numbers` where it is a number",
                file=FILE,
            )


def _one_of(value: Any, allowed: Iterable[str], where: str) -> None:
    if value not in tuple(allowed):
        raise PlanError(f"{where} is `{value}`", remedy=f"use one of {', '.join(allowed)}", file=FILE)
