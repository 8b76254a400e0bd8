"""`study.toml`: a study's years, sources, waves and rules, read into frozen specs.

Paths in it are relative to it and may point outside the repository; `{year}` and the names declared
under `[paths]` are filled in. `sources` reads its sources, `analyses` what is compared beyond the usual.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.analyses import read_analyses
from ksn_research.plan.coded import codes_file, load_codes
from ksn_research.plan.coreq import load_coreq
from ksn_research.plan.sources import FILE, Around, read_source, years
from ksn_research.plan.specs import Panel, Source, Study, Wave
from ksn_research.plan.suggestions import load_suggestions

TOP = dict.fromkeys(("study", "paths", "disclosure", "report", "panel", "sources", "analyses"), dict)
PANEL = {"source": str, "secret": str, "fingerprint": str, "sealed": list}
CORRECTED = (
    'write it as { source = "member_survey", year = 2025, why = "an item was coded the wrong way round" }'
)
HEAD = {"title": str, "publisher": str, "years": list, "language": str, "engine": str}


def load_study(folder: Path) -> Study:
    """Read `folder/study.toml`, its instruments and crosswalks.

    Raises PlanError (file, key, remedy) for anything missing, unknown or of the wrong type. Files with
    records are not opened here, nor need they exist.
    """
    top = toml.load(folder / FILE)
    toml.table(top, TOP, file=FILE, where=FILE)
    head = toml.required(top, "study", dict, file=FILE, where=FILE)
    toml.table(head, HEAD, file=FILE, where="[study]")
    own = years(toml.required(head, "years", list, file=FILE, where="[study]"), "[study]")
    rules = _rules(top.get("disclosure", {}))
    places = _places(top.get("paths", {}))
    tables = toml.table(
        top.get("sources", {}), dict.fromkeys(top.get("sources", {}), dict), file=FILE, where="[sources]"
    )
    language = toml.typed(head, "language", str, file=FILE, where="[study]", default="")
    engine = _engine(toml.typed(head, "engine", str, file=FILE, where="[study]", default=""))
    around = Around(folder, own, places, language, engine)
    kinds = {name: str(told.get("kind")) for name, told in tables.items()}
    sources = {n: _with_codes(read_source(n, t, around), folder, kinds) for n, t in tables.items()}
    return Study(
        name=folder.resolve().name,
        folder=folder,
        title=toml.required(head, "title", str, file=FILE, where="[study]"),
        publisher=toml.typed(head, "publisher", str, file=FILE, where="[study]", default=""),
        years=own,
        sources=sources,
        headline=_headline(top.get("report", {}), sources),
        analyses=read_analyses(top.get("analyses", {}), sources),
        panel=_panel(top["panel"], sources) if "panel" in top else None,
        dates=_dates(top.get("report", {}).get("dates", {}), own),
        coreq=load_coreq(folder),
        suggestions=load_suggestions(folder),
        engine=engine,
        **rules,
    )


def _engine(address: str) -> str:
    """The address of an engine. Spark's `local[2]` is no host that a parser of addresses would take."""
    before, _, behind = address.partition("://")
    if address and not (before and behind):
        raise PlanError(
            "[study].engine is no address of an engine",
            remedy='write e.g. "spark://local[2]", "spark://host:7077" or "postgres://host/database"',
            file=FILE,
        )
    if re.match(r"[^/?@]*:[^/?@]*@", behind):
        raise PlanError(
            "[study].engine holds a password, and study.toml is shared",
            remedy="keep it where the engine's own tools look for it (for PostgreSQL PGPASSWORD or .pgpass)",
            file=FILE,
        )
    return address


def _with_codes(source: Source, folder: Path, kinds: Mapping[str, str]) -> Source:
    """A source of coded interviews with what was reviewed about its codes."""
    if source.kind != "interviews":
        return source
    reviewed = load_codes(codes_file(folder, source.name), source.name, kinds)
    return replace(source, options={**source.options, "code_changes": reviewed})


def waves_for(source: Source, year: int) -> tuple[Wave, ...]:
    """A source's waves that an edition of `year` takes: those of its newest two years not after it,
    oldest first; a source of no year is always taken."""
    dated = sorted({wave.year for wave in source.waves if wave.year is not None and wave.year <= year})
    kept = {None, *dated[-2:]}
    return tuple(wave for wave in source.waves if wave.year in kept)


def _rules(table: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"people": int, "organisations": int, "rounding": int, "corrected": list}
    toml.table(table, keys, file=FILE, where="[disclosure]")
    rules: dict[str, Any] = {}
    for key, default, least in (("people", 5, 2), ("organisations", 3, 2), ("rounding", 0, 0)):
        rules[key] = toml.typed(table, key, int, file=FILE, where="[disclosure]", default=default)
        if rules[key] < least:
            raise PlanError(f"[disclosure].{key} is {rules[key]}", remedy=f"use {least} or more", file=FILE)
    return {**rules, "corrected": tuple(_corrected(one) for one in table.get("corrected", []))}


def _corrected(told: object) -> tuple[str, int | None]:
    """A source and year of which earlier records were wrong, with a reason: {source, year, why}."""
    where = "[disclosure].corrected"
    if not isinstance(told, dict):
        raise PlanError(f"{where} has a line that is no table", remedy=CORRECTED, file=FILE)
    toml.table(told, {"source": str, "year": int, "why": str}, file=FILE, where=where)
    if not told.get("source") or not str(told.get("why", "")).strip():
        raise PlanError(f"{where} does not say which source, or why", remedy=CORRECTED, file=FILE)
    return str(told["source"]), told.get("year")


def _headline(table: Mapping[str, Any], sources: Mapping[str, Source]) -> tuple[str, ...]:
    toml.table(table, {"headline": list, "dates": dict}, file=FILE, where="[report]")
    names = tuple(toml.typed(table, "headline", list, file=FILE, where="[report]", default=[]))
    for name in names:
        if str(name).split(".")[0] not in sources:
            raise PlanError(
                f"the headline measure `{name}` belongs to no source",
                remedy="write it as source.measure, with a source of this study",
                file=FILE,
            )
    return names


def _dates(table: Mapping[str, Any], own: tuple[int, ...]) -> dict[int, date]:
    """On which day the edition of each year is published, where that is said: embargoes end by it."""
    toml.table(table, {str(year): date for year in own}, file=FILE, where="[report].dates")
    return {int(year): date(day.year, day.month, day.day) for year, day in table.items()}


def _panel(table: Mapping[str, Any], sources: Mapping[str, Source]) -> Panel:
    toml.table(table, PANEL, file=FILE, where="[panel]")
    source, secret, mark = (
        toml.required(table, key, str, file=FILE, where="[panel]")
        for key in ("source", "secret", "fingerprint")
    )
    own = sources.get(source)
    if own is None or not any(wave.options.get("respondent") for wave in own.waves):
        raise PlanError(
            f"[panel].source is `{source}`, which is no survey with a `respondent`",
            remedy="name the survey whose answers carry member codes",
            file=FILE,
        )
    if not re.fullmatch(r"\w[\w-]*", secret) or not re.fullmatch(r"[0-9a-f]{16}", mark):
        raise PlanError(
            "[panel] names no secret, or not its fingerprint",
            remedy="leave both lines as `ksn new` wrote them",
            file=FILE,
        )
    return Panel(
        source, secret, mark, years(table["sealed"], "[panel].sealed") if table.get("sealed") else ()
    )


def _places(table: Mapping[str, Any]) -> dict[str, str]:
    """Named folders: text, or {env = "VARIABLE", default = "path"} for what lies elsewhere per machine."""
    places = {}
    for name, value in table.items():
        if isinstance(value, str):
            places[name] = value
        elif isinstance(value, dict) and {"env", "default"} == set(value):
            told = toml.words(value, file=FILE, where=f"[paths].{name}")
            places[name] = _from_environment(told["env"], told["default"])
        else:
            raise PlanError(
                f"[paths].{name} is neither text nor {{ env, default }}", remedy="correct it", file=FILE
            )
    return places


def _from_environment(variable: str, default: str) -> str:
    # A path in a variable is relative to where the command runs, one in study.toml to study.toml.
    told = os.environ.get(variable)
    return str(Path(told).resolve()) if told else default
