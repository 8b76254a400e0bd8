"""Values of XPath 1.0 over whole columns, and what ODK's operators and functions make of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

MOST = 100  # arguments of a function that takes any number
NUMBER = re.compile(r"\s*-?(?:\d+(?:\.\d*)?|\.\d+)\s*", re.ASCII)
# Both engines turn dates into days before they compare; their zones and times are not known here.
MOMENT = re.compile(r"\s*(?:\d{4}-\d\d?-\d\d?|\d\d?:\d\d)(?!\d)", re.ASCII)


class UnknownError(Exception):
    """The expression uses what is not known here."""


@dataclass(frozen=True)
class Value:
    """A value per row, or one for all: `text` (a str; a Series of str without NA), `number` (float; array),
    `truth` (bool; array), or `node`, a question's answers: text, or numbers where NaN is unanswered."""

    kind: str
    data: Any


def node(column: pd.Series | None) -> Value:
    """A question's answers as XPath takes them. Raises UnknownError for dates and ticks."""
    if column is None:
        raise UnknownError
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        raise UnknownError
    if pd.api.types.is_numeric_dtype(column):
        return Value("node", column.to_numpy(dtype="float64", na_value=np.nan))
    return Value("node", column.astype("str").fillna("").reset_index(drop=True))


def text_of(value: Value) -> Any:
    """XPath's string(): numbers without exponent, and an unanswered question empty."""
    data = value.data
    if isinstance(data, str | pd.Series):
        return data
    if value.kind == "truth":
        return _series(np.where(data, "true", "false")) if isinstance(data, np.ndarray) else str(data).lower()
    if not isinstance(data, np.ndarray):
        return _spelt(data)
    codes, distinct = pd.factorize(data)
    # The code of NaN is -1, which takes the last.
    return _series(np.array([*map(_spelt, distinct), "" if value.kind == "node" else "NaN"])[codes])


def _series(texts: np.ndarray) -> pd.Series:
    return pd.Series(texts.astype(object), dtype="str")


def _spelt(number: float) -> str:
    if not np.isfinite(number):
        return "NaN" if np.isnan(number) else ("Infinity" if number > 0 else "-Infinity")
    return f"{Decimal(repr(float(number))).normalize():f}" if number else "0"


def number_of(value: Value) -> Any:
    """XPath's number(): NaN for what is none."""
    data = value.data
    if isinstance(data, pd.Series):
        return _each(data, _read, "float64")
    return _read(data) if isinstance(data, str) else data * 1.0


def _read(text: str) -> float:
    if MOMENT.match(text):
        raise UnknownError
    return float(text) if NUMBER.fullmatch(text) else float("nan")


def _each(texts: Any, function: Callable[[str], Any], kind: str) -> Any:
    """A function of a text, or of each text that differs."""
    if isinstance(texts, str):
        return function(texts)
    codes, distinct = pd.factorize(texts)
    return np.array([function(text) for text in distinct], dtype=kind)[codes]


def truth_of(value: Value) -> Any:
    """XPath's boolean(), but unknown for a question's answer: JavaRosa asks whether it is empty, Enketo
    whether it exists."""
    if value.kind == "node":
        raise UnknownError
    if value.kind == "truth":
        return value.data
    if value.kind == "number":
        return (value.data != 0) & ~np.isnan(value.data)
    return value.data != "" if isinstance(value.data, str) else (value.data != "").to_numpy(dtype=bool)


def operated(sign: str, left: Value, right: Value) -> Value:
    """What an operator makes of two values."""
    if sign in ("and", "or"):
        one, other = truth_of(left), truth_of(right)
        return Value("truth", one & other if sign == "and" else one | other)
    if sign in ARITHMETIC:
        return Value("number", ARITHMETIC[sign](number_of(left), number_of(right)))
    holds = COMPARED[sign](*_comparable(sign, left, right))
    return Value("truth", holds.to_numpy(dtype=bool) if isinstance(holds, pd.Series) else holds)


def _comparable(sign: str, left: Value, right: Value) -> tuple[Any, Any]:
    """XPath 1.0, section 3.4: order is of numbers; equality of truths if one is, else of numbers if one is,
    else of texts."""
    if sign in ("=", "!="):
        for kind, form in (("truth", truth_of), ("number", number_of), ("", text_of)):
            if not kind or kind in (left.kind, right.kind):
                return form(left), form(right)
    return number_of(left), number_of(right)


def _selected(answers: Value, choice: Value) -> Value:
    if not isinstance(wanted := text_of(choice), str):
        raise UnknownError
    inside = f" {wanted.strip()} "
    return Value("truth", _each(text_of(answers), lambda text: inside in f" {text} ", "bool"))


def _matched(answers: Value, pattern: Value) -> Value:
    """ODK: an exact and complete match. RE2 takes no time beyond the text's length; what it does not know
    (looking around, back-references) is unknown."""
    texts, wanted = text_of(answers), text_of(pattern)
    # Java joins character classes with `&&`; RE2 would take the signs for letters.
    if not isinstance(wanted, str) or "&&" in wanted:
        raise UnknownError
    try:
        cells = pa.array([texts] if isinstance(texts, str) else texts, pa.string())
        pc.match_substring_regex(pa.array([""]), wanted)
        found = pc.match_substring_regex(cells, rf"\A(?:{wanted})\z")
    except (pa.ArrowInvalid, UnicodeEncodeError):
        raise UnknownError from None
    held = np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
    return Value("truth", bool(held[0]) if isinstance(texts, str) else held)


def _chosen(condition: Value, then: Value, otherwise: Value) -> Value:
    holds = truth_of(condition)
    if not isinstance(holds, np.ndarray):
        return then if holds else otherwise
    if then.kind == otherwise.kind and then.kind in ("truth", "number"):
        return Value(then.kind, np.where(holds, then.data, otherwise.data))
    if "truth" in (then.kind, otherwise.kind) or any(map(_endless, (then, otherwise))):
        raise UnknownError
    kind = "node" if "node" in (then.kind, otherwise.kind) else "text"
    return Value(kind, _series(np.where(holds, _cells(then), _cells(otherwise))))


def _endless(value: Value) -> bool:
    """Whether there are numbers that would not come back from text: "Infinity" is no number of XPath's."""
    return value.kind == "number" and bool(np.isinf(value.data).any())


def _cells(value: Value) -> np.ndarray:
    return np.asarray(text_of(value), dtype=object)


def _first(*values: Value) -> Value:
    """The first that is not empty; as a node, since it holds answers."""
    made = _cells(values[-1])
    for value in reversed(values[:-1]):
        cells = _cells(value)
        made = np.where(cells != "", cells, made)
    return Value("node", _series(made) if made.ndim else str(made))


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "div": np.divide, "mod": np.fmod,
}  # fmt: skip
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
# Least and most arguments, and what the function makes of them.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Value]]] = {
    "true": (0, 0, lambda: Value("truth", True)),
    "false": (0, 0, lambda: Value("truth", False)),
    "not": (1, 1, lambda value: Value("truth", np.logical_not(truth_of(value)))),
    "number": (1, 1, lambda value: Value("number", number_of(value))),
    "int": (1, 1, lambda value: Value("number", np.trunc(number_of(value)))),
    "string-length": (1, 1, lambda value: Value("number", _each(text_of(value), len, "float64"))),
    "count-selected": (
        1, 1, lambda value: Value("number", _each(text_of(value), lambda t: len(t.split()), "float64"))
    ),
    "selected": (2, 2, _selected),
    "regex": (2, 2, _matched),
    "coalesce": (1, MOST, _first),
    "if": (3, 3, _chosen),
}  # fmt: skip
