"""The `[sources]` of study.toml: what each takes, its waves year by year, its rules and its design.

Unknown keys are errors, since a typing error would otherwise change what is published without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.aliases import load_names, names_file
from ksn_research.plan.cells import CELLS, NETWORK, check_cells
from ksn_research.plan.comments import read_comments
from ksn_research.plan.crosswalk import reviewed
from ksn_research.plan.design import check_design
from ksn_research.plan.instrument import load_instrument
from ksn_research.plan.quotes import load_terms, read_rules, terms_file
from ksn_research.plan.specs import KINDS, Instrument, Source, Wave

FILE = "study.toml"
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
        "design": dict,
        "comments": dict,
    },
    "nominations": {"relations": dict, "separators": list, "strength": dict, **CELLS, **NETWORK},
    "edges": {"relation": str, "log": bool, "complete": bool, "strength": str, **CELLS, **NETWORK},
    "interviews": {
        "consent": str,
        "groups": list,
        "member": str,
        "codebook": str,
        "coders": dict,
        "quotes": dict,
    },
    "attendance": {"came_as": dict},
    "activity": {"table": str},
    "records": {"numbers": list, "dates": list, "member": str},
}
FILES = ("consent", "dictionary", "parent", "codebook")  # options that name a file
RULE = {"flag": str, "column": str, "values": list, "reason": str}
NEEDED = {"survey": ("instrument",), "nominations": ("ego", "relations")}
ALLOWED = {
    ("survey", "duplicates"): ("first", "last"),
    ("nominations", "duplicates"): ("union", "first"),
    ("nominations", "units"): ("organisations", "people"),
    ("nominations", "shape"): ("names", "matrix"),
    ("nominations", "empty"): ("no tie", "not observed"),
    ("edges", "duplicates"): ("union", "first"),
    ("edges", "shape"): ("edges", "square"),
    ("edges", "empty"): ("no tie", "not observed"),
    ("edges", "units"): ("organisations", "people"),
    ("interviews", "format"): ("segments", "csv", "refi_qda", "qualcoder", "taguette", "requal", "rqda"),
}


@dataclass(frozen=True)
class Around:
    """What every source of a study shares."""

    folder: Path
    years: tuple[int, ...]
    places: Mapping[str, str]
    language: str
    engine: str = ""


def years(given: list[Any], where: str) -> tuple[int, ...]:
    """Years, oldest first, each once. Raises PlanError unless they are whole numbers."""
    if not given or not all(isinstance(y, int) and not isinstance(y, bool) for y in given):
        raise PlanError(
            f"{where}.years must list years as whole numbers", remedy="write e.g. [2025]", file=FILE
        )
    return tuple(sorted(set(given)))


def read_source(name: str, table: Mapping[str, Any], around: Around) -> Source:
    """One source with its waves, oldest first. Raises PlanError for what is unknown, missing or wrong."""
    where = f"[sources.{name}]"
    kind = toml.required(table, "kind", str, file=FILE, where=where)
    if kind not in KINDS:
        raise PlanError(
            f"{where} has the unknown kind `{kind}`", remedy=f"use one of {', '.join(KINDS)}", file=FILE
        )
    toml.table(table, {**COMMON, **OPTIONS[kind]}, file=FILE, where=where)
    own: tuple[int | None, ...] = (None,) if table.get("undated") else around.years
    if "years" in table and not table.get("undated"):
        own = years(table["years"], where)
    waves = [wave for year in own for wave in _waves(table, where, year, around)]
    label = toml.typed(table, "label", str, file=FILE, where=where, default=name.replace("_", " "))
    if kind in ("nominations", "edges"):
        waves = _with(waves, "reviewed", load_names(names_file(around.folder, name)))
    if kind == "interviews" or any("comments" in wave.options for wave in waves):
        waves = _with(waves, "terms", load_terms(terms_file(around.folder, name)))
    return Source(
        name, kind, label, _reviewed(waves, around.folder, {*around.years, *own} - {None}), _options(table)
    )


def _with(waves: list[Wave], option: str, value: Any) -> list[Wave]:
    return [replace(wave, options={**wave.options, option: value}) for wave in waves]


def _options(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in table.items()
        if key not in ("kind", "label", "file", "waves", "years", "year")
    }


def _waves(table: Mapping[str, Any], where: str, year: int | None, around: Around) -> list[Wave]:
    own = _of_year(table, where, year)
    coders = toml.words(own.get("coders", {}), file=FILE, where=f"{where}.coders")
    alone = {"file": next(iter(coders.values()))} if coders else {}
    if "table" in own:
        return [_in_engine(own, where, year, around)]
    files = own.get("waves") or {"": toml.required({**alone, **own}, "file", str, file=FILE, where=where)}
    toml.words(files, file=FILE, where=f"{where}.waves")
    options = _options(own)
    for option in FILES:
        if option in options:
            options[option] = _path(options[option], year, around)
    if coders:
        options["coders"] = {name: _kept(_path(file, year, around)) for name, file in coders.items()}
    if own["kind"] == "interviews":
        options["quotes"] = read_rules(own.get("quotes", {}), file=FILE, where=f"{where}.quotes")
    instrument = _instrument(own["instrument"], year, around) if "instrument" in own else None
    for option in ("respondent", "circle"):
        if instrument is not None and options.get(option) and options[option] not in instrument.questions:
            raise PlanError(
                f"{where}.{option} is `{options[option]}`, which is no question of {instrument.name}",
                remedy="name the question that holds it",
                file=FILE,
            )
    if instrument is not None and "comments" in options:
        options["comments"] = read_comments(
            options["comments"],
            instrument,
            [options[option] for option in ("respondent", "circle") if option in options],
            lambda pattern: _path(pattern, year, around),
            file=FILE,
            where=f"{where}.comments",
        )
    places = {name: _kept(_path(file, year, around)) for name, file in files.items()}
    return [Wave(year, name, path, instrument, options) for name, path in places.items()]


def _in_engine(own: Mapping[str, Any], where: str, year: int | None, around: Around) -> Wave:
    """A log that the engine has, or reads from an address that is no path here."""
    if not around.engine or own.get("file") or own.get("waves"):
        raise PlanError(
            f"{where} has a `table`, and {'a file too' if around.engine else 'the study no engine'}",
            remedy='keep one of `file` and `table`; a table needs engine = "..." under [study]',
            file=FILE,
        )
    name = _filled(own["table"], year, around)
    return Wave(year, "", around.folder / name.rpartition("/")[2], None, _options(own), name)


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
    if own["kind"] in ("nominations", "edges"):
        check_cells(own, where)
    _check_rules(own, where)
    check_design(own, where, FILE)
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


def _kept(path: Path) -> Path:
    """The file that holds the records: of a QualCoder project, which is a folder, its database."""
    database = path / "data.qda"
    return database if path.suffix == ".qda" and database.is_file() else path


def _path(pattern: str, year: int | None, around: Around) -> Path:
    return around.folder / _filled(pattern, year, around)


def _filled(pattern: str, year: int | None, around: Around) -> str:
    try:
        return pattern.format(year=year, **around.places)
    except (KeyError, IndexError, ValueError, AttributeError):
        raise PlanError(
            f"the path `{pattern}` has a name in braces that [paths] does not declare",
            remedy="declare it under [paths], or use {year}",
            file=FILE,
        ) from None


def _instrument(pattern: str, year: int | None, around: Around) -> Instrument:
    sidecar = _sidecar(pattern, around.folder)
    return load_instrument(_path(pattern, year, around), sidecar, year, around.language)


def _sidecar(pattern: str, folder: Path) -> Path:
    """The sidecar is one for all years: the form's name without its year. So is the crosswalk."""
    stem = Path(pattern).stem.replace("-{year}", "").replace("{year}", "")
    return (folder / pattern).parent / f"{stem}.toml"


def _reviewed(waves: list[Wave], folder: Path, known: set[int | None]) -> tuple[Wave, ...]:
    """Every wave's instrument with what the crosswalk says about it since the wave before of another year."""
    marked = list(waves)
    for i, now in enumerate(waves):
        if now.instrument is None:
            continue
        before = next((w.instrument for w in reversed(waves[:i]) if w.year != now.year), None)
        crosswalk = folder / "crosswalks" / f"{now.instrument.name}.toml"
        marked[i] = replace(now, instrument=reviewed(now.instrument, before, crosswalk, now.year, known))
    return tuple(marked)
