"""When a question is shown and which answers are allowed: XLSForm's `relevant` and `constraint`, evaluated
over whole columns.

The part of ODK's XPath that forms are made of (ODK XForms specification; XPath 1.0, sections 3 and 4). Where
the engines that field forms (JavaRosa in Collect, Enketo in browsers) would not agree, or a clock, a repeat
or a device is needed, the answer is None: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ksn_research.score.xpath import FUNCTIONS, UnknownError, Value, node, number_of, operated, truth_of

NAME = re.compile(r"\$\{\s*([^\s{}#]+)\s*\}")
TOKEN = re.compile(
    r"""\s*(?:
    (?P<name>\$\{\s*[^\s{}\#]+\s*\})
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<own>\.(?!\.))
    | (?P<word>[A-Za-z_][\w-]*)
    | (?P<mark><=|>=|!=|[-=<>+*(),])
    )""",
    re.VERBOSE | re.ASCII,
)
BINDING = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5,
    "*": 6, "div": 6, "mod": 6,
}  # fmt: skip
# No form has longer or deeper ones; a hostile one would cost time and stack.
TOKENS, DEPTH = 2000, 40


def names(expression: str) -> set[str]:
    """The questions that an expression uses.

    >>> sorted(names("${age} > 17 and selected( ${ helped }, 'peers')"))
    ['age', 'helped']
    """
    return set(NAME.findall(expression))


def evaluate(
    expression: str, columns: Mapping[str, pd.Series], *, own: pd.Series | None = None
) -> pd.Series | None:
    """Whether an expression holds, per row (`boolean`, never NA); None where it cannot be known.

    columns  typed answers by question, all of one index: text (choice names; of a select-multiple the names
             between spaces) or numbers; a missing value is an unanswered question, the empty text in XPath
    own      the answers that `.` stands for. A form asks a constraint of given answers only; rows without
             one are evaluated as the empty text and are for the caller to leave out

    None stands for: a name that `columns` lacks, a function or path not understood, today() and now(), an
    order of or arithmetic with dates and times, a bare answer used as a condition (JavaRosa and Enketo
    differ), and an expression that is not well formed (pyxform and ODK Validate say why).

    >>> answers = {"age": pd.Series([17.0, 18.0, None]), "m": pd.Series(["a b", None, "ab"], dtype="str")}
    >>> evaluate("${age} >= 18 or selected(${m}, 'a')", answers).tolist()
    [True, True, False]
    >>> evaluate("${born} < today()", answers) is None
    True
    """
    given = own if own is not None else next(iter(columns.values()), None)
    if given is None:
        return None
    try:
        with np.errstate(all="ignore"):
            holds = truth_of(_Reader(_tokens(expression), columns, own).whole())
    except UnknownError:
        return None
    return pd.Series(np.full(len(given), holds), index=given.index).astype("boolean")


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, expression.strip()
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None or len(found) == TOKENS:
            raise UnknownError
        kind = str(token.lastgroup)
        found.append((kind, token[kind]))
        at = token.end()
    return found


class _Reader:
    """Reads tokens by precedence climbing and evaluates as it goes."""

    def __init__(
        self, tokens: list[tuple[str, str]], columns: Mapping[str, pd.Series], own: pd.Series | None
    ) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0
        self.columns, self.own = columns, own

    def whole(self) -> Value:
        value = self._expression(1)
        if self.at < len(self.tokens):
            raise UnknownError
        return value

    def _next(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ("end", "")

    def _accept(self, mark: str) -> bool:
        found = self._next() == ("mark", mark)
        self.at += found
        return found

    def _expression(self, floor: int) -> Value:
        left = self._operand()
        while True:
            kind, sign = self._next()
            binding = BINDING.get(sign, 0) if kind in ("word", "mark") else 0
            if binding < floor:
                return left
            self.at += 1
            left = operated(sign, left, self._expression(binding + 1))

    def _operand(self) -> Value:
        self.depth += 1
        if self.depth > DEPTH:
            raise UnknownError
        kind, token = self._take()
        value = self._bracketed(token) if kind == "mark" else self._plain(kind, token)
        self.depth -= 1
        return value

    def _bracketed(self, mark: str) -> Value:
        if mark == "-":
            return Value("number", -number_of(self._operand()))
        if mark != "(":
            raise UnknownError
        value = self._expression(1)
        self._close()
        return value

    def _plain(self, kind: str, token: str) -> Value:
        if kind == "word":
            return self._call(token)
        if kind == "number":
            return Value("number", float(token))
        if kind == "text" and "${" not in token:
            return Value("text", token[1:-1])
        if kind in ("own", "name"):
            return node(self.own if kind == "own" else self.columns.get(token[2:-1].strip()))
        raise UnknownError

    def _call(self, name: str) -> Value:
        if not self._accept("(") or name not in FUNCTIONS:
            raise UnknownError
        values: list[Value] = []
        if not self._accept(")"):
            values.append(self._expression(1))
            while self._accept(","):
                values.append(self._expression(1))
            self._close()
        least, most, function = FUNCTIONS[name]
        if not least <= len(values) <= most:
            raise UnknownError
        return function(*values)

    def _close(self) -> None:
        if not self._accept(")"):
            raise UnknownError
