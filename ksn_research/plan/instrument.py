"""Questionnaires: XLSForm for what was asked, and a TOML sidecar for what XLSForm does not say.

XLSForm is validated and read by pyxform (workbook, or its Markdown or CSV form, which diff well).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.known import known
from ksn_research.plan.specs import Choice, Instrument, Measure, Question, Scale

TYPES = {
    "select one": "select_one",
    "select all that apply": "select_multiple",
    "integer": "integer",
    "decimal": "decimal",
    "text": "text",
    "date": "date",
    "note": "note",
}
SIDECAR = {
    "title": str,
    "missing": dict,
    "scales": dict,
    "measures": dict,
    "columns": dict,
    "answers": dict,
    "unreported": list,
}
SCALE = {
    "label": str,
    "items": list,
    "reverse": list,
    "low": float,
    "high": float,
    "min_answered": float,
    "source": str,
    "years": list,
}
MEASURE = {"label": str, "question": str, "choices": list, "denominator": str, "years": list}
# Columns of the table of responses that do not come from a question.
RESERVED = ("year", "wave", "row", "member", "organisation", "region", "type", "circle")
NUMBERED = ("select_one", "integer", "decimal")


def load_instrument(path: Path, sidecar: Path, year: int | None) -> Instrument:
    """The instrument of one year.

    path       XLSForm: .xlsx, .xls, .md or .csv
    sidecar    TOML with title, missing, scales, measures, columns and answers (both by year); may be absent.
               A scale or measure that is not asked in every year says under `years` in which it is
    year       whose columns and answers apply

    Raises PlanError when pyxform refuses the form, or the sidecar names what the form does not have.
    """
    form = _form(path)
    extra = toml.load(sidecar) if sidecar.exists() else {}
    toml.table(extra, SIDECAR, file=sidecar.name, where="the sidecar")
    lists = toml.table(
        extra.get("missing", {}),
        dict.fromkeys(extra.get("missing", {}), list),
        file=sidecar.name,
        where="missing",
    )
    missing = {choice: kind for kind, names in lists.items() for choice in names}
    questions = {q.name: q for q in _questions(form.get("children", []), missing)}
    _refuse_reserved(questions, path.name)
    silent = extra.get("unreported", [])
    known(silent, questions, sidecar.name, "unreported")
    questions |= {name: replace(questions[name], reported=False) for name in silent}
    instrument = Instrument(
        name=sidecar.stem,
        title=extra.get("title", form.get("title", sidecar.stem)),
        questions=questions,
        scales={
            n: _scale(n, t, questions, sidecar.name) for n, t in _asked_in(extra.get("scales", {}), year)
        },
        measures={
            n: _measure(n, t, questions, sidecar.name) for n, t in _asked_in(extra.get("measures", {}), year)
        },
        columns=_named(extra, "columns", year, questions, sidecar.name),
        answers=_named(extra, "answers", year, questions, sidecar.name),
    )
    _check_answers(instrument, sidecar.name)
    return instrument


def _form(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise PlanError("there is no such instrument", remedy="put the XLSForm there", file=path.name)
    # pyxform takes two seconds to import; only studies with an instrument pay for it.
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        return convert(str(path))._pyxform
    except PyXFormError as error:
        raise PlanError(
            f"pyxform refuses the form ({' '.join(str(error).split())})",
            remedy="mend the form",
            file=path.name,
        ) from None
    except (UnicodeDecodeError, OSError):
        raise PlanError(
            "the form cannot be read", remedy="save it as UTF-8 or as a workbook", file=path.name
        ) from None


def _questions(
    nodes: list[dict[str, Any]], missing: Mapping[str, str], heading: str = ""
) -> Iterator[Question]:
    for node in nodes:
        if node["type"] in ("group", "repeat"):
            if node["name"] != "meta":
                yield from _questions(node.get("children", []), missing, _text(node.get("label", "")))
        elif node["type"] in TYPES:
            yield _question(node, missing, heading)


def _question(node: dict[str, Any], missing: Mapping[str, str], heading: str) -> Question:
    choices = tuple(
        Choice(c["name"], _text(c.get("label", c["name"])), _number(c["name"]), missing.get(c["name"], ""))
        for c in node.get("choices", [])
    )
    bind = node.get("bind", {})
    return Question(
        name=node["name"],
        type=TYPES[node["type"]],
        label=_text(node.get("label", node["name"])),
        choices=choices,
        heading=heading,
        relevant=bind.get("relevant", ""),
        required=str(bind.get("required", "")).lower() in ("yes", "true", "true()"),
    )


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


def _text(label: str | Mapping[str, str]) -> str:
    return label if isinstance(label, str) else next(iter(label.values()), "")


def _number(name: str) -> float | None:
    return float(name) if re.fullmatch(r"\d+", name) else None


def _scale(name: str, table: Mapping[str, Any], questions: Mapping[str, Question], file: str) -> Scale:
    where = f"scales.{name}"
    toml.table(table, SCALE, file=file, where=where)
    items = tuple(toml.required(table, "items", list, file=file, where=where))
    reverse = tuple(table.get("reverse", ()))
    known([*items, *reverse], questions, file, where)
    if name in questions or name in RESERVED:
        raise PlanError(f"{where} has the name of a question or column", remedy="rename the scale", file=file)
    rest = {key: table[key] for key in ("label", "low", "high", "min_answered", "source") if key in table}
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
    known(own, questions, file, where)
    if key == "columns":
        return toml.words(own, file=file, where=where)
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
