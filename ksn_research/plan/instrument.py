"""Questionnaires: XLSForm for what was asked, and a TOML sidecar for what XLSForm does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.form import read_form
from ksn_research.plan.known import known
from ksn_research.plan.specs import MISSING, Instrument, Measure, Question, Scale

SIDECAR = {
    "title": str,
    "missing": dict,
    "unanswered": dict,
    "scales": dict,
    "measures": dict,
    "columns": dict,
    "answers": dict,
    "versions": dict,
    "unreported": dict,
}
SCALE = {
    "label": str,
    "items": list,
    "reverse": list,
    "low": float,
    "high": float,
    "min_answered": float,
    "source": str,
    "licence": str,
    "years": list,
}
MEASURE = {"label": str, "question": str, "choices": list, "denominator": str, "years": list}
# Columns of the table of responses that do not come from a question.
RESERVED = ("year", "wave", "row", "member", "organisation", "region", "type", "circle")
NUMBERED = ("select_one", "integer", "decimal")


def load_instrument(path: Path, sidecar: Path, year: int | None, language: str = "") -> Instrument:
    """The instrument of one year.

    path       XLSForm: .xlsx, .xls, .md or .csv
    sidecar    TOML with title, missing, unanswered, scales, measures, columns, answers, versions and
               unreported; may be absent. columns and answers are by year; missing, unanswered, versions and
               unreported may be, where something is not of every year. A scale or measure that is not asked
               in every year says under `years` in which it is
    year       whose columns and answers apply
    language   whose words the report uses, as the form names it; without it the form's default language

    Raises PlanError when pyxform refuses the form, or the sidecar names what the form does not have.
    """
    form = read_form(path, language)
    extra = toml.load(sidecar) if sidecar.exists() else {}
    if isinstance(extra.get("unreported"), list):
        extra["unreported"] = {"every": extra["unreported"]}
    toml.table(extra, SIDECAR, file=sidecar.name, where="the sidecar")
    questions = _with_missing(form.questions, _of_year(extra, "missing", year, sidecar.name), sidecar.name)
    _refuse_reserved(questions, path.name)
    silent = _unreported(extra, year, sidecar.name)
    known(silent, questions, sidecar.name, "unreported")
    questions |= {name: replace(questions[name], reported=False) for name in silent}
    instrument = Instrument(
        name=sidecar.stem,
        title=extra.get("title", form.title),
        questions=questions,
        scales={
            n: _scale(n, t, questions, sidecar.name) for n, t in _asked_in(extra.get("scales", {}), year)
        },
        measures={
            n: _measure(n, t, questions, sidecar.name) for n, t in _asked_in(extra.get("measures", {}), year)
        },
        columns=_named(extra, "columns", year, questions, sidecar.name),
        answers=_named(extra, "answers", year, questions, sidecar.name),
        unanswered=_unanswered(extra, year, sidecar.name),
        language=form.language,
        languages=form.languages,
        recorded=form.recorded,
        calculations=form.calculations,
        repeats=form.repeats,
        versions=_versions(extra, year, questions, sidecar.name),
        file=path.name,
        sheets=form.sheets,
        warnings=form.warnings,
    )
    _check_answers(instrument, sidecar.name)
    return instrument


def _of_year(extra: Mapping[str, Any], key: str, year: int | None, file: str) -> dict[str, tuple[str, ...]]:
    """Lists of names under `key`: those of every year, then those under the year's own table."""
    table = extra.get(key, {})
    every = {name: value for name, value in table.items() if not isinstance(value, dict)}
    own = {name: value for name, value in table.items() if isinstance(value, dict)}
    for name in own:
        if not name.isdigit():
            raise PlanError(
                f"{key}.{name} must be a list", remedy="list names, or name a year's table", file=file
            )
    made: dict[str, tuple[str, ...]] = {}
    for where, lists in ((key, every), (f"{key}.{year}", own.get(str(year), {}))):
        toml.table(lists, dict.fromkeys(lists, list), file=file, where=where)
        for name, listed in lists.items():
            if not all(isinstance(one, str) for one in listed):
                raise PlanError(f"{where}.{name} must list texts", remedy="put each in quotes", file=file)
            made[name] = (*made.get(name, ()), *listed)
    return made


def _with_missing(
    questions: Mapping[str, Question], kinds: Mapping[str, tuple[str, ...]], file: str
) -> dict[str, Question]:
    """The questions with the kind of missing on every choice that stands for one."""
    missing = {choice: kind for kind, names in kinds.items() for choice in names}
    offered = {choice.name for question in questions.values() for choice in question.choices}
    for kind in kinds:
        _refuse_kind(kind, "missing", file)
    for choice in missing:
        if choice not in offered:
            raise PlanError(
                f"missing.{missing[choice]} names `{choice}`, which no question offers",
                remedy="correct the name; where only some years offer it, list it under [missing.<year>]",
                file=file,
            )
    return {
        name: replace(q, choices=tuple(replace(c, missing=missing.get(c.name, "")) for c in q.choices))
        for name, q in questions.items()
    }


def _unanswered(extra: Mapping[str, Any], year: int | None, file: str) -> dict[str, str]:
    """Texts that stand for no answer in any cell -> kind of missing: every year's, and the year's own.

    Raises PlanError for an unknown kind, and for the empty text, which branching and versions explain.
    """
    table = extra.get("unanswered", {})
    own = {name: value for name, value in table.items() if isinstance(value, dict)}
    every = {name: value for name, value in table.items() if name not in own}
    made: dict[str, str] = {}
    for where, texts in (("unanswered", every), *((f"unanswered.{name}", t) for name, t in own.items())):
        for text, kind in toml.words(texts, file=file, where=where).items():
            _refuse_kind(kind, where, file)
            if not text.strip():
                raise PlanError(f"{where} names the empty cell", remedy="leave it out", file=file)
        if where in ("unanswered", f"unanswered.{year}"):
            made |= texts
    return made


def _refuse_kind(kind: str, where: str, file: str) -> None:
    if kind not in MISSING:
        raise PlanError(
            f"{where} has the unknown kind `{kind}`", remedy=f"use one of {', '.join(MISSING)}", file=file
        )


def _unreported(extra: Mapping[str, Any], year: int | None, file: str) -> tuple[str, ...]:
    """Questions that are no result: those of every year, and those under the year's own list."""
    lists = extra.get("unreported", {})
    toml.table(lists, dict.fromkeys(lists, list), file=file, where="unreported")
    return (*lists.get("every", ()), *lists.get(str(year), ()))


def _versions(
    extra: Mapping[str, Any], year: int | None, questions: Mapping[str, Question], file: str
) -> dict[str, tuple[str, ...]]:
    """Version of the form -> questions that it did not offer."""
    made = _of_year(extra, "versions", year, file)
    for version, names in made.items():
        known(names, questions, file, f"versions.{version}")
    return made


def _refuse_reserved(questions: Mapping[str, Question], file: str) -> None:
    for name in questions:
        if name in RESERVED:
            raise PlanError(
                f"the question `{name}` has the name of a column of the results",
                remedy=f"rename it in the form, e.g. own_{name}; its column may be named in the sidecar",
                file=file,
            )


def _asked_in(tables: Mapping[str, Any], year: int | None) -> Iterator[tuple[str, Any]]:
    """Scales or measures of this year: all but those that say under `years` that they are of others."""
    for name, own in tables.items():
        if not isinstance(own, dict) or year in own.get("years", [year]):
            yield name, own


def _scale(name: str, table: Mapping[str, Any], questions: Mapping[str, Question], file: str) -> Scale:
    where = f"scales.{name}"
    toml.table(table, SCALE, file=file, where=where)
    items = tuple(toml.required(table, "items", list, file=file, where=where))
    reverse = tuple(table.get("reverse", ()))
    known([*items, *reverse], questions, file, where)
    if name in questions or name in RESERVED:
        raise PlanError(f"{where} has the name of a question or column", remedy="rename the scale", file=file)
    rest = {
        key: table[key]
        for key in ("label", "low", "high", "min_answered", "source", "licence")
        if key in table
    }
    scale = Scale(name=name, items=items, reverse=reverse, **{"label": name, **rest})
    problem = _unsound(scale, questions)
    if problem:
        raise PlanError(f"{where}: {problem}", remedy="correct the scale or the form", file=file)
    return scale


def _unsound(scale: Scale, questions: Mapping[str, Question]) -> str:
    """Why a scale cannot be scored as declared, in words; empty where it can."""
    if not scale.items or len(set(scale.items)) < len(scale.items):
        return "items must be given, each once"
    for item in scale.reverse:
        if item not in scale.items:
            return f"`{item}` is reversed and not among its items"
    if not 0 < scale.min_answered <= 1 or not scale.low < scale.high:
        return "min_answered must lie between 0 and 1, and low below high"
    for item in scale.items:
        question = questions[item]
        numbers = [c.value for c in question.choices if c.value is not None and not c.missing]
        if question.type not in NUMBERED or (question.type == "select_one" and not numbers):
            return f"`{item}` has no numbered answers"
        if any(not scale.low <= number <= scale.high for number in numbers):
            return f"`{item}` has answers outside {scale.low:g} to {scale.high:g}"
    return ""


def _measure(name: str, table: Mapping[str, Any], questions: Mapping[str, Question], file: str) -> Measure:
    where = f"measures.{name}"
    toml.table(table, MEASURE, file=file, where=where)
    question = toml.required(table, "question", str, file=file, where=where)
    known([question], questions, file, where)
    choices = tuple(toml.required(table, "choices", list, file=file, where=where))
    offered = [choice.name for choice in questions[question].choices]
    for choice in choices:
        if choice not in offered:
            raise PlanError(
                f"{where} counts `{choice}`, which `{question}` does not offer",
                remedy=f"use choice names: {', '.join(offered)}",
                file=file,
            )
    denominator = table.get("denominator", "answered")
    if denominator not in ("answered", "substantive"):
        raise PlanError(
            f"{where}.denominator is `{denominator}`",
            remedy='use "answered" (don\'t-know included) or "substantive"',
            file=file,
        )
    return Measure(name, table.get("label", name), question, choices, denominator)


def _named(
    extra: Mapping[str, Any], key: str, year: int | None, questions: Mapping[str, Question], file: str
) -> dict[str, Any]:
    """A year's column names (text) or answers (a table of texts), by question."""
    where = f"{key}.{year}"
    by_year = extra.get(key, {})
    toml.table(by_year, dict.fromkeys(by_year, dict), file=file, where=key)
    own = by_year.get(str(year), {})
    if key == "columns":
        # "question/choice" names the column of one choice; "" says that the export does not hold it.
        known([name.partition("/")[0] for name in own], questions, file, where)
        return toml.words(own, file=file, where=where)
    known(own, questions, file, where)
    return {name: toml.words(said, file=file, where=f"{where}.{name}") for name, said in own.items()}


def _check_answers(instrument: Instrument, file: str) -> None:
    for name, answers in instrument.answers.items():
        offered = {choice.name for choice in instrument.questions[name].choices}
        for said, choice in answers.items():
            if choice not in offered:
                raise PlanError(
                    f"answers.{name} maps to `{choice}`, which the question does not offer",
                    remedy=f"use one of {', '.join(sorted(offered))}",
                    file=file,
                    column=said,
                )
