"""One exported column into typed answers. Each distinct text is worked on once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan import Question
from ksn_research.plan.drift import plain as plain

OTHER = re.compile(r"\bothers?\b")
# Either 1 000 or 1.000 may be meant; 0,125 and 1,5 are decimals.
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
DOTTED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
# What survey tools write into a number's cell for no answer; as a number it would bend every mean.
SENTINELS = (-9.0, -99.0, -999.0, -9999.0, -8.0, -88.0, -888.0, -7.0, -77.0, -777.0)
# A tool's guard before what a spreadsheet would run (LimeSurvey and others, where it is asked for).
GUARDED = re.compile(r"'(?=[=+@-])")
SHOWN = 20  # unknown answers listed one by one in the internal table; the rest are counted
LONGEST = 200  # letters of an answer that are looked at for its nearest choice


def fits(heading: str, pattern: str) -> bool:
    """Whether a heading is what a pattern names; `*` and `?` stand for anything, as does a plain heading
    for itself, brackets and all.

    >>> fits("How was it? [pace]", "How was it? [pace]"), fits("Advice 3", "advice *")
    (True, True)
    """
    own, wanted = plain(heading), plain(pattern)
    return own == wanted or fnmatchcase(own, wanted)


def is_other(text: str) -> bool:
    """Whether a label (or the line under a heading) is that of an "Other" answer.

    >>> is_other("Other (please specify)"), is_other("Another mentor")
    (True, False)
    """
    return bool(OTHER.search(plain(text)))


def by_text(column: pd.Series, convert: Callable[[str], object]) -> tuple[np.ndarray, np.ndarray]:
    """`convert` of every distinct text, and the position of each row's text among them."""
    positions, texts = pd.factorize(column)
    made = np.empty(len(texts), dtype=object)
    made[:] = [convert(str(text)) for text in texts]
    return made, positions


def unguarded(text: str) -> str:
    """A closed answer without the quotation mark that keeps a spreadsheet from running it.

    >>> unguarded("'-5"), unguarded("'tis")
    ('-5', "'tis")
    """
    return text[1:] if GUARDED.match(text) else text


def plain_column(column: pd.Series) -> pd.Series:
    """`plain` over a column, each distinct text worked on once."""
    return column.map({text: plain(text) for text in column.unique()}).astype("str")


def names_of(
    question: Question, said: Mapping[str, str] | None = None, texts: Iterable[str] = ()
) -> dict[str, str]:
    """Plain text -> choice name: the choices' names and labels (in every language), and `said`, answers as
    the tool exported them -> choice name, from the sidecar.

    A text that is the name of one choice and the label of another stands for the one that makes sense of
    all of `texts` (plain); where both or neither do, it is left out, and so found to be unknown.
    """
    names, labels = names_and_labels(question)
    either = {text for text in names.keys() & labels.keys() if names[text] != labels[text]}
    known = {**labels, **names}
    if either:
        used = set(texts) - {""}
        as_names, as_labels = used <= names.keys(), used <= labels.keys()
        known = names if as_names > as_labels else labels if as_labels > as_names else known
        if as_names == as_labels:
            known = {text: name for text, name in known.items() if text not in either}
    return {**known, **{plain(text): name for text, name in (said or {}).items()}}


def names_and_labels(question: Question) -> tuple[dict[str, str], dict[str, str]]:
    """Plain text -> choice name, by the choices' names, and by their labels in every language. A label that
    two choices share stands for neither."""
    choices = question.choices
    words = [(plain(w), c.name) for c in choices for w in (c.label, *(label for _, label in c.labels))]
    shared = {text for text, name in words if any(t == text and n != name for t, n in words)}
    labels = {text: name for text, name in words if text not in shared}
    return {plain(choice.name): choice.name for choice in choices}, labels


def choose(
    column: pd.Series,
    question: Question,
    said: Mapping[str, str],
    codes: Mapping[str, str] | None = None,
) -> tuple[pd.Series, pd.Series]:
    """Ordered categories (choice names) of a column of labels, names or codes, and which filled cells are no
    offered answer.

    codes  what the file itself says its codes mean, code -> label; a code whose label is a choice's is
           that choice
    """
    positions, texts = pd.factorize(column)
    spoken = [plain(str(text)) for text in texts]
    known = names_of(question, said, spoken)
    by_code = {plain(code): known.get(plain(label)) for code, label in (codes or {}).items()}
    offered = [choice.name for choice in question.choices]
    place = {name: i for i, name in enumerate(offered)}
    found = [by_code.get(text) or known.get(text) or known.get(unguarded(text)) for text in spoken]
    where = np.array([place[name] if name is not None else -1 for name in found] + [-1], dtype=np.int64)
    answer = pd.Categorical.from_codes(
        where[positions], categories=pd.Index(offered, dtype="str"), ordered=True
    )
    filled = column != ""
    made = pd.Series(answer, index=column.index).where(filled)
    return made, filled & made.isna()


def numbers(column: pd.Series, *, decimal: str = "", whole: bool = False) -> tuple[pd.Series, pd.Series]:
    """Numbers of a column of text, and which filled cells are none.

    A decimal comma is understood; a comma before three digits is not ("1,000"), since it may separate
    thousands, unless `decimal` says that this column has a decimal comma. `whole` refuses fractions.
    """
    values, positions = by_text(column, lambda text: _number(unguarded(text), decimal, whole))
    made = np.append(values.astype("float64"), np.nan)[positions]
    typed = pd.Series(made, index=column.index)
    return typed, (column != "") & typed.isna()


def _number(text: str, decimal: str, whole: bool) -> float:
    if decimal == "," and DOTTED.fullmatch(text):
        text = text.replace(".", "")
    elif decimal != "," and THOUSANDS.fullmatch(text):
        return np.nan
    text = text.replace(",", ".")
    value = float(text) if NUMBER.fullmatch(text) else np.nan
    return value if np.isfinite(value) and not (whole and value != int(value)) else np.nan


def nearest(answer: str, question: Question) -> str:
    """The name of the choice whose label or name is nearest to an answer; "" where none is near.

    >>> from ksn_research.plan import Choice
    >>> nearest("Agreee", Question("q", "select_one", "", (Choice("a", "Agree"), Choice("d", "Disagree"))))
    'a'
    """
    known = names_of(question)
    found = difflib.get_close_matches(plain(answer[:LONGEST]), known, n=1, cutoff=0.7)
    return known[found[0]] if found else ""


def unknown(
    column: pd.Series,
    bad: pd.Series,
    problem: str,
    remedy: str,
    *,
    origin: Origin,
    name: str,
    question: Question | None = None,
    severity: str = "block",
) -> list[Finding]:
    """Findings for the cells marked `bad`, one for each distinct text, the commonest first: the first
    `SHOWN` with their first row, the rest in one. With a question the nearest choice is suggested."""
    rows = column[bad.to_numpy(dtype=bool)]
    if rows.empty:
        return []
    times = rows.value_counts()
    first = rows.drop_duplicates()
    where = dict(zip(first, first.index, strict=True))
    found = []
    for text, n in times.head(SHOWN).items():
        like = nearest(str(text), question) if question is not None else ""
        hint = f"{remedy} (nearest choice: {like})" if like else remedy
        found.append(
            origin.finding(
                severity, problem, hint, row=where[str(text)], column=name, count=int(n), answer=str(text)
            )
        )
    rest = times.iloc[SHOWN:]
    if len(rest):
        what = f"{len(rest)} more answers, each {problem}"
        found.append(origin.finding(severity, what, remedy, column=name, count=int(rest.sum())))
    return found
