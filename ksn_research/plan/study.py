"""`study.toml`: a study's years, sources, waves and rules, read into frozen specs.

Paths in it are relative to it and may point outside the repository; `{year}` and the names declared
under `[paths]` are filled in. Unknown keys are errors, since a typing error would otherwise change
what is published without a word.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.crosswalk import mark_changes, reviewed, undeclared_changes
from ksn_research.plan.instrument import load_instrument
from ksn_research.plan.specs import KINDS, Source, Study, Wave

FILE = "study.toml"
TOP = dict.fromkeys(("study", "paths", "disclosure", "report", "sources"), dict)
HEAD = {"title": str, "publisher": str, "years": list}
COMMON = {
    "kind": str,
    "label": str,
    "file": str,
    "waves": dict,
    "years": list,
    "year": dict,
    "undated": bool,
    "format": str,
    "columns": dict,
    "encoding": str,
    "date_format": str,
}
NETWORK = {"units": str, "directed": bool, "attributes": list, "gatherings": list, "seed": int}
OPTIONS: Mapping[str, Mapping[str, type]] = {
    "organisations": {"attributes": list, "values": dict},
    "people": {},
    "circles": {},
    "survey": {
        "instrument": str,
        "respondent": str,
        "circle": str,
        "duplicates": str,
        "not_a_circle": list,
    },
    "nominations": {"ego": str, "relations": dict, "duplicates": str, **NETWORK},
    "edges": {"relation": str, "log": bool, "complete": bool, "strength": str, **NETWORK},
    "interviews": {"consent": str, "groups": list, "member": str},
    "attendance": {"came_as": dict},
    "activity": {},
    "records": {"numbers": list, "dates": list, "member": str},
}
NEEDED = {"survey": ("instrument",), "nominations": ("ego", "relations")}
ALLOWED = {
    ("survey", "duplicates"): ("first", "last"),
    ("nominations", "duplicates"): ("union", "first"),
    ("nominations", "units"): ("organisations", "people"),
    ("edges", "units"): ("organisations", "people"),
}


def load_study(folder: Path) -> Study:
    """Read `folder/study.toml`, its instruments and crosswalks.

    Raises PlanError (file, key, remedy) for anything missing, unknown or of the wrong type. Files with
    records are not opened here, nor need they exist.
    """
    top = toml.load(folder / FILE)
    toml.table(top, TOP, file=FILE, where=FILE)
    head = toml.required(top, "study", dict, file=FILE, where=FILE)
    toml.table(head, HEAD, file=FILE, where="[study]")
    years = _years(toml.required(head, "years", list, file=FILE, where="[study]"), "[study]")
    rules = _rules(top.get("disclosure", {}))
    places = _places(top.get("paths", {}))
    tables = toml.table(
        top.get("sources", {}), dict.fromkeys(top.get("sources", {}), dict), file=FILE, where="[sources]"
    )
    sources = {n: _source(n, t, folder, years, places) for n, t in tables.items()}
    return Study(
        name=folder.resolve().name,
        folder=folder,
        title=toml.required(head, "title", str, file=FILE, where="[study]"),
        publisher=toml.typed(head, "publisher", str, file=FILE, where="[study]", default=""),
        years=years,
        sources=sources,
        headline=_headline(top.get("report", {}), sources),
        **rules,
    )


def waves_for(source: Source, year: int) -> tuple[Wave, ...]:
    """A source's waves that an edition of `year` takes: those of its newest two years not after it,
    oldest first; a source of no year is always taken."""
    dated = sorted({wave.year for wave in source.waves if wave.year is not None and wave.year <= year})
    kept = {None, *dated[-2:]}
    return tuple(wave for wave in source.waves if wave.year in kept)


def _years(given: list[Any], where: str) -> tuple[int, ...]:
    """Years, oldest first, each once."""
    if not given or not all(isinstance(y, int) and not isinstance(y, bool) for y in given):
        raise PlanError(
            f"{where}.years must list years as whole numbers", remedy="write e.g. [2025]", file=FILE
        )
    return tuple(sorted(set(given)))


def _rules(table: Mapping[str, Any]) -> dict[str, int]:
    toml.table(table, {"people": int, "organisations": int}, file=FILE, where="[disclosure]")
    rules = {}
    for key, default in (("people", 5), ("organisations", 3)):
        rules[key] = toml.typed(table, key, int, file=FILE, where="[disclosure]", default=default)
        if rules[key] < 2:
            raise PlanError(f"[disclosure].{key} is {rules[key]}", remedy="use 2 or more", file=FILE)
    return rules


def _headline(table: Mapping[str, Any], sources: Mapping[str, Source]) -> tuple[str, ...]:
    toml.table(table, {"headline": list}, file=FILE, where="[report]")
    names = tuple(toml.typed(table, "headline", list, file=FILE, where="[report]", default=[]))
    for name in names:
        if str(name).split(".")[0] not in sources:
            raise PlanError(
                f"the headline measure `{name}` belongs to no source",
                remedy="write it as source.measure, with a source of this study",
                file=FILE,
            )
    return names


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


def _source(
    name: str, table: Mapping[str, Any], folder: Path, years: tuple[int, ...], places: Mapping[str, str]
) -> Source:
    where = f"[sources.{name}]"
    kind = toml.required(table, "kind", str, file=FILE, where=where)
    if kind not in KINDS:
        raise PlanError(
            f"{where} has the unknown kind `{kind}`", remedy=f"use one of {', '.join(KINDS)}", file=FILE
        )
    toml.table(table, {**COMMON, **OPTIONS[kind]}, file=FILE, where=where)
    own: tuple[int | None, ...] = (None,) if table.get("undated") else years
    if "years" in table and not table.get("undated"):
        own = _years(table["years"], where)
    waves = [wave for year in own for wave in _waves(table, where, folder, year, places)]
    label = toml.typed(table, "label", str, file=FILE, where=where, default=name.replace("_", " "))
    return Source(name, kind, label, _with_undeclared(waves, folder), _options(table))


def _options(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in table.items()
        if key not in ("kind", "label", "file", "waves", "years", "year")
    }


def _waves(
    table: Mapping[str, Any], where: str, folder: Path, year: int | None, places: Mapping[str, str]
) -> list[Wave]:
    own = _of_year(table, where, year)
    files = own.get("waves") or {"": toml.required(own, "file", str, file=FILE, where=where)}
    toml.words(files, file=FILE, where=f"{where}.waves")
    options = _options(own)
    if "consent" in options:
        options["consent"] = _path(options["consent"], folder, year, places)
    instrument = _instrument(own["instrument"], folder, year, places) if "instrument" in own else None
    for option in ("respondent", "circle"):
        if instrument is not None and options.get(option) and options[option] not in instrument.questions:
            raise PlanError(
                f"{where}.{option} is `{options[option]}`, which is no question of {instrument.name}",
                remedy="name the question that holds it",
                file=FILE,
            )
    return [
        Wave(year, name, _path(file, folder, year, places), instrument, options)
        for name, file in files.items()
    ]


def _of_year(table: Mapping[str, Any], where: str, year: int | None) -> dict[str, Any]:
    """A source's options in one year: its own, and over them those under `year.<year>`."""
    kinds = {**COMMON, **OPTIONS[table["kind"]]}
    changed = table.get("year", {}).get(str(year), {})
    own = {**table, **toml.table(changed, kinds, file=FILE, where=f"{where}.year.{year}")}
    for option in ("columns", "relations", "came_as"):
        toml.words(own.get(option, {}), file=FILE, where=f"{where}.{option}")
    for column, said in own.get("values", {}).items():
        toml.words(said, file=FILE, where=f"{where}.values.{column}")
    for option in NEEDED.get(own["kind"], ()):
        toml.required(own, option, kinds[option], file=FILE, where=where)
    for option, value in own.items():
        if kinds[option] is list and option != "years" and not all(isinstance(one, str) for one in value):
            raise PlanError(f"{where}.{option} must list texts", remedy="put each in quotes", file=FILE)
        allowed = ALLOWED.get((own["kind"], option), (value,))
        if value not in allowed:
            raise PlanError(
                f"{where}.{option} is `{value}`", remedy=f"use one of {', '.join(allowed)}", file=FILE
            )
    _check_dates(own.get("date_format"), where)
    return own


def _check_dates(form: str | None, where: str) -> None:
    try:
        datetime.strptime("", form or "")
    except ValueError as error:
        # An empty text fits no useful format; only a format that is none is told apart.
        if "does not match" not in str(error):
            raise PlanError(
                f"{where}.date_format is not understood", remedy='write it like "%d/%m/%Y"', file=FILE
            ) from None


def _path(pattern: str, folder: Path, year: int | None, places: Mapping[str, str]) -> Path:
    try:
        return folder / pattern.format(year=year, **places)
    except (KeyError, IndexError, ValueError, AttributeError):
        raise PlanError(
            f"the path `{pattern}` has a name in braces that [paths] does not declare",
            remedy="declare it under [paths], or use {year}",
            file=FILE,
        ) from None


def _instrument(pattern: str, folder: Path, year: int | None, places: Mapping[str, str]) -> Any:
    path = _path(pattern, folder, year, places)
    sidecar, crosswalk = _companions(pattern, folder)
    return reviewed(load_instrument(path, sidecar, year), crosswalk, year)


def _companions(pattern: str, folder: Path) -> tuple[Path, Path]:
    """Sidecar and crosswalk are one for all years: the form's name without its year."""
    stem = Path(pattern).stem.replace("-{year}", "").replace("{year}", "")
    place = (folder / pattern).parent
    return place / f"{stem}.toml", folder / "crosswalks" / f"{stem}.toml"


def _with_undeclared(waves: list[Wave], folder: Path) -> tuple[Wave, ...]:
    """Mark what changed between consecutive years' forms although the crosswalk is silent."""
    marked = list(waves)
    for i, now in enumerate(waves):
        before = next((w for w in reversed(waves[:i]) if w.year != now.year), None)
        if before is None or before.instrument is None or now.instrument is None:
            continue
        crosswalk = folder / "crosswalks" / f"{now.instrument.name}.toml"
        found = undeclared_changes(before.instrument, now.instrument, crosswalk, now.year)
        marked[i] = replace(now, instrument=mark_changes(now.instrument, found)) if found else now
    return tuple(marked)
