"""`study.toml`: a study's years, sources, waves and rules, read into frozen specs.

Paths in it are relative to it and may point outside the repository; `{year}` and the names declared
under `[paths]` are filled in. Unknown keys are errors, since a typing error would otherwise change
what is published without a word.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.crosswalk import reviewed
from ksn_research.plan.instrument import load_instrument
from ksn_research.plan.specs import KINDS, Instrument, Panel, Source, Study, Wave

FILE = "study.toml"
TOP = dict.fromkeys(("study", "paths", "disclosure", "report", "panel", "sources"), dict)
PANEL = {"source": str, "secret": str, "fingerprint": str, "sealed": list}
HEAD = {"title": str, "publisher": str, "years": list, "language": str}
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
    "sheet": str,
    "dictionary": str,
    "parent": str,
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
        "keep": dict,
        "exclude": list,
    },
    "nominations": {"ego": str, "relations": dict, "duplicates": str, **NETWORK},
    "edges": {"relation": str, "log": bool, "complete": bool, "strength": str, **NETWORK},
    "interviews": {"consent": str, "groups": list, "member": str},
    "attendance": {"came_as": dict},
    "activity": {},
    "records": {"numbers": list, "dates": list, "member": str},
}
FILES = ("consent", "dictionary", "parent")  # options that name a file
RULE = {"flag": str, "column": str, "values": list, "reason": str}
NEEDED = {"survey": ("instrument",), "nominations": ("ego", "relations")}
ALLOWED = {
    ("survey", "duplicates"): ("first", "last"),
    ("nominations", "duplicates"): ("union", "first"),
    ("nominations", "units"): ("organisations", "people"),
    ("edges", "units"): ("organisations", "people"),
}


@dataclass(frozen=True)
class _Around:
    """What every source of a study shares."""

    folder: Path
    years: tuple[int, ...]
    places: Mapping[str, str]
    language: str


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
    language = toml.typed(head, "language", str, file=FILE, where="[study]", default="")
    around = _Around(folder, years, places, language)
    sources = {n: _source(n, t, around) for n, t in tables.items()}
    return Study(
        name=folder.resolve().name,
        folder=folder,
        title=toml.required(head, "title", str, file=FILE, where="[study]"),
        publisher=toml.typed(head, "publisher", str, file=FILE, where="[study]", default=""),
        years=years,
        sources=sources,
        headline=_headline(top.get("report", {}), sources),
        panel=_panel(top["panel"], sources) if "panel" in top else None,
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
        source, secret, mark, _years(table["sealed"], "[panel].sealed") if table.get("sealed") else ()
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


def _source(name: str, table: Mapping[str, Any], around: _Around) -> Source:
    where = f"[sources.{name}]"
    kind = toml.required(table, "kind", str, file=FILE, where=where)
    if kind not in KINDS:
        raise PlanError(
            f"{where} has the unknown kind `{kind}`", remedy=f"use one of {', '.join(KINDS)}", file=FILE
        )
    toml.table(table, {**COMMON, **OPTIONS[kind]}, file=FILE, where=where)
    own: tuple[int | None, ...] = (None,) if table.get("undated") else around.years
    if "years" in table and not table.get("undated"):
        own = _years(table["years"], where)
    waves = [wave for year in own for wave in _waves(table, where, year, around)]
    label = toml.typed(table, "label", str, file=FILE, where=where, default=name.replace("_", " "))
    return Source(
        name, kind, label, _reviewed(waves, around.folder, {*around.years, *own} - {None}), _options(table)
    )


def _options(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in table.items()
        if key not in ("kind", "label", "file", "waves", "years", "year")
    }


def _waves(table: Mapping[str, Any], where: str, year: int | None, around: _Around) -> list[Wave]:
    own = _of_year(table, where, year)
    files = own.get("waves") or {"": toml.required(own, "file", str, file=FILE, where=where)}
    toml.words(files, file=FILE, where=f"{where}.waves")
    options = _options(own)
    for option in FILES:
        if option in options:
            options[option] = _path(options[option], year, around)
    instrument = _instrument(own["instrument"], year, around) if "instrument" in own else None
    for option in ("respondent", "circle"):
        if instrument is not None and options.get(option) and options[option] not in instrument.questions:
            raise PlanError(
                f"{where}.{option} is `{options[option]}`, which is no question of {instrument.name}",
                remedy="name the question that holds it",
                file=FILE,
            )
    return [Wave(year, name, _path(file, year, around), instrument, options) for name, file in files.items()]


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
        if (
            kinds[option] is list
            and option not in ("years", "exclude")
            and not all(isinstance(one, str) for one in value)
        ):
            raise PlanError(f"{where}.{option} must list texts", remedy="put each in quotes", file=FILE)
        allowed = ALLOWED.get((own["kind"], option), (value,))
        if value not in allowed:
            raise PlanError(
                f"{where}.{option} is `{value}`", remedy=f"use one of {', '.join(allowed)}", file=FILE
            )
    _check_dates(own.get("date_format"), where)
    _check_rules(own, where)
    return own


def _check_rules(own: Mapping[str, Any], where: str) -> None:
    """Which rows are kept or left out: rules of the analyst's, so each has to be whole."""
    for column, values in own.get("keep", {}).items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise PlanError(f"{where}.keep.{column} must list texts", remedy="put each in quotes", file=FILE)
    for rule in own.get("exclude", []):
        toml.table(rule, RULE, file=FILE, where=f"{where}.exclude")
        if ("flag" in rule) == ("column" in rule) or ("column" in rule) != ("values" in rule):
            raise PlanError(
                f"a rule under {where}.exclude has neither a flag nor a column with values",
                remedy='write { flag = "preview", reason = "..." } or { column = "...", values = ["..."] }',
                file=FILE,
            )


def _check_dates(form: str | None, where: str) -> None:
    try:
        datetime.strptime("", form or "")
    except ValueError as error:
        # An empty text fits no useful format; only a format that is none is told apart.
        if "does not match" not in str(error):
            raise PlanError(
                f"{where}.date_format is not understood", remedy='write it like "%d/%m/%Y"', file=FILE
            ) from None


def _path(pattern: str, year: int | None, around: _Around) -> Path:
    try:
        return around.folder / pattern.format(year=year, **around.places)
    except (KeyError, IndexError, ValueError, AttributeError):
        raise PlanError(
            f"the path `{pattern}` has a name in braces that [paths] does not declare",
            remedy="declare it under [paths], or use {year}",
            file=FILE,
        ) from None


def _instrument(pattern: str, year: int | None, around: _Around) -> Instrument:
    sidecar = _sidecar(pattern, around.folder)
    return load_instrument(_path(pattern, year, around), sidecar, year, around.language)


def _sidecar(pattern: str, folder: Path) -> Path:
    """The sidecar is one for all years: the form's name without its year. So is the crosswalk."""
    stem = Path(pattern).stem.replace("-{year}", "").replace("{year}", "")
    return (folder / pattern).parent / f"{stem}.toml"


def _reviewed(waves: list[Wave], folder: Path, years: set[int | None]) -> tuple[Wave, ...]:
    """Every wave's instrument with what the crosswalk says about it since the wave before of another year."""
    marked = list(waves)
    for i, now in enumerate(waves):
        if now.instrument is None:
            continue
        before = next((w.instrument for w in reversed(waves[:i]) if w.year != now.year), None)
        crosswalk = folder / "crosswalks" / f"{now.instrument.name}.toml"
        marked[i] = replace(now, instrument=reviewed(now.instrument, before, crosswalk, now.year, years))
    return tuple(marked)
