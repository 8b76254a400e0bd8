"""A Typeform form's fields as columns, and its answers as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ksn_research.read.markup import plain_words

NO_ANSWER = ("statement",)
PAGES = ("group",)  # fields of their own under a title
MAX_DEPTH = 20
RECALLED = re.compile(r"\{\{[^{}]*\}\}")
LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)([^*_\n]*\S)\1(?!\w)")
BEFORE_MARK = re.compile(r" +([,.;:?!])")


@dataclass(frozen=True)
class Column:
    """One column of an export: see `Export`. `path` says where its value stands in a response, `choices` are
    the labels offered, `known` is False for a field that no form of the file holds."""

    heading: str
    name: str
    path: tuple[str, ...]
    item: str = ""
    group: str = ""
    role: str = ""
    zone: str = ""
    choices: tuple[str, ...] = ()
    known: bool = False


def columns_of(form: Mapping[str, Any]) -> list[Column]:
    """The columns of a form's fields, in its order. Fields of a group are questions of their own; lines of a
    matrix (or parts of an address) stand under its title."""
    return [column for one in as_list(form.get("fields")) for column in _field(as_dict(one))]


def _field(one: Mapping[str, Any], depth: int = 0) -> Iterator[Column]:
    inside = as_list(as_dict(one.get("properties")).get("fields"))
    kind = text_of(one.get("type"))
    if kind in NO_ANSWER or depth > MAX_DEPTH:
        return
    if not inside:
        key = text_of(one.get("id")) or text_of(one.get("ref"))
        if key:
            yield Column(_title(one), _name(one), ("answers", key), choices=_labels(one), known=True)
        return
    for part in inside:
        for column in _field(as_dict(part), depth + 1):
            yield column if kind in PAGES else _line(column, one)


def _line(column: Column, of: Mapping[str, Any]) -> Column:
    return Column(
        _title(of),
        column.name,
        column.path,
        item=column.heading,
        group=_name(of),
        choices=column.choices or _labels(of),
        known=True,
    )


def _name(one: Mapping[str, Any]) -> str:
    return text_of(one.get("ref")) or text_of(one.get("id"))


def _title(one: Mapping[str, Any]) -> str:
    """
    >>> _title({"title": "When you joined {{hidden:course}}, was it *good*?"})
    'When you joined, was it good?'
    """
    title = text_of(one.get("title"))
    title = EMPHASIS.sub(r"\2", LINK.sub(r"\1", RECALLED.sub(" ", title)))
    return BEFORE_MARK.sub(r"\1", plain_words(title)) or _name(one)


def _labels(one: Mapping[str, Any]) -> tuple[str, ...]:
    choices = as_list(as_dict(one.get("properties")).get("choices"))
    return tuple(filter(None, (text_of(as_dict(choice).get("label")) for choice in choices)))


def answer_text(answer: Mapping[str, Any]) -> str:
    """An answer as text: a choice's label, several between "; ", an "other" text among them.

    >>> answer_text({"type": "choices", "choices": {"labels": ["Peers", "Talks"], "other": "Tea"}})
    'Peers; Talks; Tea'
    >>> answer_text({"type": "number", "number": 7}), answer_text({"type": "boolean", "boolean": True})
    ('7', 'Yes')
    """
    value = answer.get(text_of(answer.get("type")))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        given = [*as_list(value.get("labels")), value.get("label"), value.get("other"), value.get("amount")]
        return "; ".join(filter(None, map(text_of, given)))
    if isinstance(value, list):
        return "; ".join(filter(None, map(text_of, value)))
    return text_of(value)


# --- values of JSON, whatever stands where -------------------------------------------------------------


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def text_of(value: object) -> str:
    """A value as text: nothing as "", whole numbers without decimals, halves of letters as a mark.

    >>> text_of(None), text_of(3.0), text_of(True), text_of(["a"])
    ('', '3', 'true', '["a"]')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=True)
