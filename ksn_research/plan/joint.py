"""The options of the kind `joint`: what is said beside what is scored, for the same groups.

by        the groups: a column of roster or survey ("region", "type"); "" is everybody, this year and the last
theme     source.code of coded interviews; more is said the more interviews hold it
score     source.measure of a survey: a scale or a declared share
position  source.relation.measure of a network, measure one of `POSITIONS`; may be left out
expects   "same": where more is said, the score is higher; "opposite": lower, as of a complaint
attribute the interviews' attribute that holds the groups, where it is not called as they are
mapping   its levels -> the groups, where they are called otherwise
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.specs import Source

FILE = "study.toml"
EXPECTS = ("same", "opposite")
POSITIONS = (
    "in_degree_share",
    "betweenness",
    "harmonic_closeness",
    "constraint",
    "effective_size",
    "efficiency",
)
OPTIONS: Mapping[str, type] = {
    "by": str,
    "theme": str,
    "score": str,
    "position": str,
    "expects": str,
    "attribute": str,
    "mapping": dict,
}
NO_GROUPS = ("circle", "organisation", "member", "year", "wave", "row")  # too few in each, or none at all
NEEDED = ("by", "theme", "score")


def read_options(options: Mapping[str, Any], sources: Mapping[str, Source], where: str) -> dict[str, Any]:
    """The options with their defaults. Raises PlanError for what names nothing, or stands for nothing."""
    made = {"expects": EXPECTS[0], **options}
    _named(made["theme"], "interviews", "source.code", sources, f"{where}.theme")
    _score(made["score"], sources, f"{where}.score")
    if "position" in made:
        _position(made["position"], sources, f"{where}.position")
    if made["by"] in NO_GROUPS:
        raise _wrong(f"{where}.by is `{made['by']}`", "name groups of many, such as region, type or role")
    if made["expects"] not in EXPECTS:
        raise _wrong(f"{where}.expects is `{made['expects']}`", f"use one of {', '.join(EXPECTS)}")
    toml.words(made.get("mapping", {}), file=FILE, where=f"{where}.mapping")
    of_groups = [name for name in ("attribute", "mapping") if made.get(name)]
    if of_groups and not made["by"]:
        raise _wrong(f"{where} has `{of_groups[0]}` but no groups", "name them by `by`, or remove it")
    return made


def parts(name: str) -> tuple[str, str]:
    """The source that a name begins with, and the rest of it (a code may itself hold dots).

    >>> parts("interviews.e.g. trust")
    ('interviews', 'e.g. trust')
    """
    source, _, rest = name.partition(".")
    return source, rest


def _named(name: str, kind: str, form: str, sources: Mapping[str, Source], where: str) -> tuple[Source, str]:
    source, rest = parts(name)
    found = sources.get(source)
    if found is None or found.kind != kind or not rest.strip():
        raise _wrong(
            f"{where} is `{name}`, which is not of a source of the kind `{kind}`", f"write it as {form}"
        )
    return found, rest


def _score(name: str, sources: Mapping[str, Source], where: str) -> None:
    own, measure = _named(name, "survey", "source.measure", sources, where)
    forms = [wave.instrument for wave in own.waves if wave.instrument is not None]
    if not any(measure in form.scales or measure in form.measures for form in forms):
        raise _wrong(
            f"{where} names `{name}`, which is no scale and no declared share of a survey",
            "write it as source.measure, as the questionnaire's .toml file has it",
        )


def _position(name: str, sources: Mapping[str, Source], where: str) -> None:
    kind = next((k for k in ("nominations", "edges") if _kind(name, sources) == k), "nominations")
    own, rest = _named(name, kind, "source.relation.measure", sources, where)
    relation, _, measure = rest.rpartition(".")
    if measure not in POSITIONS or not relation:
        raise _wrong(
            f"{where} is `{name}`, which does not end in a position",
            f"write it as source.relation.measure; a measure is one of {', '.join(POSITIONS)}",
        )
    told = {own.options.get("relation", ""), *own.options.get("relations", ())} - {""}
    if told and relation not in told:
        raise _wrong(
            f"{where} names `{relation}`, which is no relation of `{own.name}`",
            f"use one of {', '.join(sorted(told))}",
        )


def _kind(name: str, sources: Mapping[str, Source]) -> str:
    found = sources.get(parts(name)[0])
    return found.kind if found else ""


def _wrong(said: str, remedy: str) -> PlanError:
    return PlanError(said, remedy=remedy, file=FILE)
