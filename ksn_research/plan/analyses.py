"""The `[analyses]` of study.toml: comparisons beyond the usual, declared before the data came.

groups    `of` measures compared between the levels of the column `by` (region, type, role, or a closed
          question of the survey); one block is one family of tests, corrected as `correction` says
adjusted  `of` measures of those in `members` (a records source) and of the others, adjusted by `covariates`
          (roster columns), and by `dose` (a number of that source) among the members
nested    people in groups: the records `source` with the columns `group`, `before`, `after`; `where` picks
          rows; `expected` and `received` are numbers compared pair by pair
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.specs import Analysis, Source

FILE = "study.toml"
CORRECTIONS = ("holm", "benjamini-hochberg")
COVARIATES = ("region", "type", "role")
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
}
NEEDED = {
    "groups": ("of", "by"),
    "adjusted": ("of", "members"),
    "nested": ("source", "group", "before", "after"),
}


def read_analyses(table: Mapping[str, Any], sources: Mapping[str, Source]) -> dict[str, Analysis]:
    """The analyses of a study by name. Raises PlanError for what is unknown, missing or names nothing."""
    toml.table(table, dict.fromkeys(table, dict), file=FILE, where="[analyses]")
    return {name: _analysis(name, told, sources) for name, told in table.items()}


def _analysis(name: str, table: Mapping[str, Any], sources: Mapping[str, Source]) -> Analysis:
    where = f"[analyses.{name}]"
    kind = toml.required(table, "kind", str, file=FILE, where=where)
    _one_of(kind, OPTIONS, f"{where}.kind")
    toml.table(table, {**COMMON, **OPTIONS[kind]}, file=FILE, where=where)
    for option in NEEDED[kind]:
        toml.required(table, option, OPTIONS[kind][option], file=FILE, where=where)
    options = {key: value for key, value in table.items() if key not in COMMON}
    if kind == "groups":
        options.setdefault("correction", CORRECTIONS[0])
        _one_of(options["correction"], CORRECTIONS, f"{where}.correction")
    for measure in options.get("of", ()):
        _measure(measure, sources, f"{where}.of")
    for covariate in options.get("covariates", ()):
        _one_of(covariate, COVARIATES, f"{where}.covariates")
    _check_records(kind, options, sources, where)
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
