"""An XLSForm's questions, choices and languages, and what it holds beside questions.

Imports specs, formfile. The questions are what a survey's answers are read by, so nothing of the form is
passed over without a word: what is no question is listed in `Form.recorded`, and what cannot be read (a type
that nobody has thought of, choices that are not in the form) is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from ksn_research.errors import PlanError
from ksn_research.plan.formfile import Parsed, Sheets, parse_form
from ksn_research.plan.specs import Choice, Labels, Question

# What an answer is, by how pyxform asks for it: the kind of value of an input, or the control.
INPUTS = {
    "string": "text",
    "barcode": "text",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "dateTime": "datetime",
    "time": "time",
}
CONTROLS = {"select": "select_multiple", "select1": "select_one", "range": "decimal"}
# Recorded by the device, calculated, or answered by what no analysis reads (places, pictures, and rankings,
# whose order a set of answers would lose). "action" and "" are controls that ask nothing.
UNREAD_VALUES = ("geopoint", "geoshape", "geotrace", "binary", "odk:rank")
UNREAD_CONTROLS = ("", "action", "upload")
# Types that pyxform's table of types does not hold, or holds as something else.
EXTERNAL = "select one external"
APART = {"osm": ("upload", "binary"), EXTERNAL: ("select1", "string")}
# The one answer that a tick gives.
ACKNOWLEDGED = Choice("OK", "OK")
# pyxform's own lines above a table of choices: its stem, and its row of headings.
STEM, GENERATED = "generated_table_list_label_", ("generated_table_list_", "reserved_name_for_field_list_")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# `../q`, the question beside this one, is written `${q}` everywhere.
SIBLING = re.compile(r"(?<![\w./])\.\./([\w.-]+)(?![\w./(-])")
YES = ("yes", "true", "true()")
PLAIN = "default"  # pyxform's name for the language of a label that names none

Words = Mapping[str, str]


@dataclass(frozen=True)
class Form:
    """A form read; the fields are those of `Instrument`."""

    title: str
    questions: Mapping[str, Question]
    language: str
    languages: tuple[str, ...]
    recorded: Mapping[str, str]
    calculations: Mapping[str, str]
    repeats: Mapping[str, tuple[str, ...]]
    sheets: Sheets
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    """Where a node stands: the words above it, the conditions around it, the repeat it is in."""

    heading: Words
    relevant: tuple[str, ...] = ()
    repeat: str = ""


def read_form(path: Path, language: str = "") -> Form:
    """Read and validate an XLSForm: .xlsx, .xls, .md or .csv.

    language  whose labels become `label`, as the form names it ("English (en)"); without it the form's
              default language, else its first. A label that is not translated is taken from the default.
              A form that names no language is taken as it is

    Raises PlanError for a file that pyxform refuses, a language that the form does not have, a type or a
    list of choices that cannot be read, and two questions of one name.
    """
    parsed = parse_form(path)
    languages = _languages(parsed.form)
    tongue = _Tongue(languages, _chosen(language, languages, path.name))
    reading = _Reading(path.name, parsed, tongue)
    nodes = list(reading.nodes(parsed.form.get("children", []), _Place({})))
    asked = [(reading.question(n, place), place.repeat) for n, place in nodes if reading.kind(n)]
    if not asked:
        raise PlanError(
            "the form asks nothing", remedy="list questions on the sheet `survey`", file=path.name
        )
    _refuse_twice((question.name for question, _ in asked), path.name)
    beside = [node for node, _ in nodes if not reading.kind(node)]
    return Form(
        title=_text(parsed.form.get("title", "")) or path.stem,
        questions=_with_references({question.name: question for question, _ in asked}),
        language=tongue.chosen,
        languages=languages,
        recorded={node["name"]: node["type"] for node in beside},
        calculations={n["name"]: _bind(n, "calculate") for n in beside if _bind(n, "calculate")},
        repeats=_repeats(asked),
        sheets=parsed.sheets,
        warnings=parsed.warnings,
    )


@dataclass(frozen=True)
class _Tongue:
    """The languages of a form, its default first, and the one that is read."""

    languages: tuple[str, ...]
    chosen: str

    def words(self, label: object, name: str) -> Words:
        """A label by language; a label that names none is in the default one, and the name stands for one
        that is absent."""
        said = label if isinstance(label, Mapping) else {self.default: label}
        found = {language: _text(said.get(language, "")) for language in self.languages or (PLAIN,)}
        return {k: v for k, v in found.items() if v} or ({self.default: name} if name else {})

    def one(self, words: Words) -> str:
        """The words in the language that is read, else in the default one, else in any."""
        return words.get(self.chosen) or words.get(self.default) or next(iter(words.values()), "")

    def all(self, words: Words) -> Labels:
        return tuple(words.items()) if len(self.languages) > 1 else ()

    @property
    def default(self) -> str:
        return next(iter(self.languages), PLAIN)


@dataclass(frozen=True)
class _Reading:
    """A form on its way to questions."""

    file: str
    parsed: Parsed
    tongue: _Tongue

    def nodes(self, nodes: Iterable[Mapping[str, Any]], place: _Place) -> Iterator[tuple[Mapping, _Place]]:
        """The form's lines that are no group, each with where it stands."""
        for node in nodes:
            if node["type"] == "loop":
                self.refuse(node, "is a loop over choices", "write its questions out, once for each choice")
            if node["type"] in ("group", "repeat"):
                if node["name"] != "meta":  # what pyxform adds to every form
                    yield from self.nodes(node.get("children", []), self.inside(node, place))
            elif not str(node["name"]).startswith(GENERATED):
                yield node, place

    def inside(self, node: Mapping[str, Any], place: _Place) -> _Place:
        stems = (n["label"] for n in node.get("children", []) if str(n["name"]).startswith(STEM))
        label = node.get("label") or next(stems, "")
        return _Place(
            self.tongue.words(label, "") or place.heading,
            (*place.relevant, *filter(None, [_bind(node, "relevant")])),
            node["name"] if node["type"] == "repeat" else place.repeat,
        )

    def kind(self, node: Mapping[str, Any]) -> str:
        """The question's type; empty for what is no question."""
        control, value = self.asked_by(node)
        if control in UNREAD_CONTROLS or value in UNREAD_VALUES:
            return ""
        if control == "trigger":
            return "select_one"
        if _bind(node, "readonly").lower() in YES or "label" in _appearance(node):
            return "" if _bind(node, "calculate") else "note"
        return CONTROLS.get(control) or INPUTS[value]

    def asked_by(self, node: Mapping[str, Any]) -> tuple[str, str]:
        """Control and kind of value of a type, by pyxform's own table, which holds all its aliases."""
        from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

        kind = node["type"]
        if kind in APART:
            return APART[kind]
        if kind not in QUESTION_TYPE_DICT:
            self.refuse(node, f"has the type `{kind}`, which is not known here", "use another type")
        found = QUESTION_TYPE_DICT[kind]
        return found.get("control", {}).get("tag", ""), found.get("bind", {}).get("type", "string")

    def question(self, node: Mapping[str, Any], place: _Place) -> Question:
        words = self.tongue.words(node.get("label"), node["name"])
        kind = self.kind(node)
        return Question(
            name=node["name"],
            type=kind,
            label=self.tongue.one(words),
            choices=self.choices(node) if kind.startswith("select") else (),
            heading=self.tongue.one(place.heading),
            relevant=_joined([*place.relevant, _bind(node, "relevant")]),
            required=_bind(node, "required").lower() in YES,
            constraint=_joined([_bounds(node), _bind(node, "constraint")]),
            labels=self.tongue.all(words),
            headings=self.tongue.all(place.heading),
        )

    def choices(self, node: Mapping[str, Any]) -> tuple[Choice, ...]:
        if self.asked_by(node)[0] == "trigger":
            return (ACKNOWLEDGED,)
        name = str(node.get("itemset", ""))
        offered = node.get("choices") or self.parsed.form.get("choices", {}).get(name, [])
        if node["type"] == EXTERNAL:
            offered = list(_external(self.parsed.sheets, name))
        if not offered:
            where = "earlier answers" if "${" in name else f"`{name}`, which is not in the form"
            self.refuse(node, f"takes its choices from {where}", "list them on the sheet `choices`")
        made = dict.fromkeys(self.choice(one) for one in offered)
        twice = next((n for n, count in Counter(c.name for c in made).items() if count > 1), None)
        if twice is not None:
            self.refuse(node, f"offers `{twice}` twice in different words", "give each choice its own name")
        return tuple(made)

    def choice(self, one: Mapping[str, Any]) -> Choice:
        words = self.tongue.words(one.get("label"), one["name"])
        return Choice(
            one["name"], self.tongue.one(words), _number(one["name"]), labels=self.tongue.all(words)
        )

    def refuse(self, node: Mapping[str, Any], problem: str, remedy: str) -> NoReturn:
        raise PlanError(f"`{node['name']}` {problem}", remedy=remedy, file=self.file)


def _external(sheets: Sheets, name: str) -> Iterator[dict[str, Any]]:
    """The choices of a list on the sheet `external_choices`, which pyxform leaves to the device."""
    head, *rows = sheets.get("external_choices", ((),))
    keys = ["_".join(key.split()).lower().split("::")[0] for key in head]
    for row in rows:
        said = dict(zip(reversed(keys), reversed(row), strict=True))  # the first label column counts
        if said.get("list_name") == name and said.get("name"):
            yield said


def _bind(node: Mapping[str, Any], key: str) -> str:
    """What a line says about its value: type-wide first (`note` is read-only), then its own column."""
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

    of_type = QUESTION_TYPE_DICT.get(node["type"], {}).get("bind", {})
    return str({**of_type, **node.get("bind", {})}.get(key, "")).strip()


def _appearance(node: Mapping[str, Any]) -> list[str]:
    return str(node.get("control", {}).get("appearance", "")).split()


def _bounds(node: Mapping[str, Any]) -> str:
    """The ends of a slider as a constraint."""
    if node["type"] != "range":
        return ""
    low, high = sorted((str(node["parameters"][end]) for end in ("start", "end")), key=float)
    return f". >= {low} and . <= {high}"


def _joined(conditions: Iterable[str]) -> str:
    """Conditions that must all hold, as one.

    >>> _joined(["${a} = 1 or ${b} = 1", "", "${c} = 2"])
    '(${a} = 1 or ${b} = 1) and (${c} = 2)'
    >>> _joined(["", "${c} = 2"])
    '${c} = 2'
    """
    said = list(dict.fromkeys(filter(None, conditions)))
    return said[0] if len(said) == 1 else " and ".join(f"({one})" for one in said)


def _with_references(questions: Mapping[str, Question]) -> dict[str, Question]:
    """Conditions that name a neighbour by its place (`../q`) name it as all others do (`${q}`)."""

    def named(found: re.Match[str]) -> str:
        return f"${{{found[1]}}}" if found[1] in questions else found[0]

    return {name: replace(q, relevant=SIBLING.sub(named, q.relevant)) for name, q in questions.items()}


def _repeats(asked: Iterable[tuple[Question, str]]) -> dict[str, tuple[str, ...]]:
    made: dict[str, tuple[str, ...]] = {}
    for question, repeat in asked:
        if repeat:
            made[repeat] = (*made.get(repeat, ()), question.name)
    return made


def _refuse_twice(names: Iterable[str], file: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise PlanError(
                f"{count} questions have the name `{name}`",
                remedy="rename all but one: answers are told apart by it",
                file=file,
            )


def _languages(form: Mapping[str, Any]) -> tuple[str, ...]:
    """Languages that labels are given in, the default first; empty where the form names none."""
    said = (words for words in _labels(form) if isinstance(words, Mapping))
    found = dict.fromkeys(str(name) for words in said for name in words)
    default = str(form.get("default_language", PLAIN))
    first = [default] if default != PLAIN or (PLAIN in found and len(found) > 1) else []
    return tuple(dict.fromkeys([*first, *(name for name in found if name != PLAIN)]))


def _labels(node: Mapping[str, Any]) -> Iterator[object]:
    yield node.get("label")
    for child in node.get("children", []):
        yield from _labels(child)
    choices = node.get("choices", {})
    for offered in choices.values() if isinstance(choices, Mapping) else ():
        yield from (choice.get("label") for choice in offered)


def _chosen(language: str, languages: tuple[str, ...], file: str) -> str:
    if not language or not languages:
        return next(iter(languages), "")
    if language not in languages:
        raise PlanError(
            f"the form has no language `{language}`",
            remedy=f"use one of {', '.join(languages)}, or translate the form",
            file=file,
        )
    return language


def _text(said: object) -> str:
    """Words as they are compared between forms: line breaks are line breaks, and spaces are spaces."""
    return BREAK.sub("\n", str(said or "")).replace("\u00a0", " ").strip()


def _number(name: str) -> float | None:
    return float(name) if re.fullmatch(r"\d+", name) else None
