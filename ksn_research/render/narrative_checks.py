"""What is wrong with the analyst's text: numbers typed by hand, results that moved under it, ids that are
none, headline measures that it leaves out.

Findings name file and line, never the words of the text.

Imports formats, narrative, narrative_draft, sentences, view.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import pandas as pd

from ksn_research.errors import Finding
from ksn_research.plan.narrative import FOLDER, INSERT, Block, Stamp, blocks, file_of
from ksn_research.render import formats
from ksn_research.render.formats import Result
from ksn_research.render.narrative import by_id, key, refused, unsaid
from ksn_research.render.narrative_draft import value_of
from ksn_research.render.sentences import found
from ksn_research.render.view import View, view

SHOWN = 5
FRESH = "read the text again, then take it over from internal/findings.md of the edition"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
# What holds digits and is no number of the results, in the order in which it is taken out.
_NONE_OF_OURS = (
    INSERT,
    re.compile(r"\]\([^)\s]*\)"),  # where a link leads
    re.compile(r"^[ \t>]*\d{1,9}[.)](?=\s)", re.MULTILINE),  # a numbered list
    re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}(?:\s+\d{{4}}\b)?"),
    re.compile(rf"\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}}\b)?"),
    re.compile(r"(?<![\w.,])(?:19|20)\d\d(?:[-/\u2013](?:19|20)?\d\d)?(?![\w%]|[.,]\d|\s?%)"),
    re.compile(
        r"\b(?:Tables?|Figures?|Sections?|Questions?|Chapters?)\s+A?\d+(?:(?:,| and|\u2013)\s?A?\d+)*"
    ),
    re.compile(r"\b95\s?%\s+(?:confidence\s+)?intervals?"),
)
# A number, but not the digits of a name such as P13 or COVID-19.
_TYPED = re.compile(r"(?<![\w.,])(?<![^\W\d_]-)[+\-\u2212]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)")


def narrative_findings(publishable: object) -> list[Finding]:
    """Everything to be said of the analyst's text, as findings for the check step's table; none without one.

    Blocking: an insertion of no result, or of a measure that is not declared. To look at: a typed number
    that is none of the results the block names, results that moved since the text was written, a headline
    measure left out. For information: a typed number that could be inserted, a block without a stamp.
    """
    seen = view(publishable)
    told = blocks(seen.publishable.study.narrative, file_of(seen.year))
    if not told:
        return []
    rows, labels = by_id(seen), _labels(seen)
    # What the rules say of a measure may be typed as little as what is inserted.
    rules = {key(one.measure): one.ids for one in found(seen)}
    made: list[Finding] = []
    for block in told:
        made += _refused(seen, rows, block)
        made += _typed(seen, rows, block, labels, rules)
        made += _moved(seen, rows, block)
    return [*made, *_left_out(seen, told)]


def typed_numbers(block: Block, labels: Sequence[re.Pattern[str]] = ()) -> list[tuple[str, int]]:
    """Numbers typed by hand in a block, each with its line.

    Dates, years, references to tables and figures, the level of an interval, numbered lists and labels are
    none. labels: patterns of the study's words that hold digits.
    """
    left = f"{block.heading}\n{block.body}"
    for none in (*_NONE_OF_OURS[:1], *labels, *_NONE_OF_OURS[1:]):
        left = none.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), left)
    return [
        (found[0].rstrip(","), block.line + left.count("\n", 0, found.start()))
        for found in _TYPED.finditer(left)
    ]


def same_values(old: str, new: str) -> bool:
    """Whether two stamped values are the same, the last of six digits aside.

    >>> same_values("3.6725 n 234", "3.67251 n 234"), same_values("3.6725 n 234", "3.6725 n 235")
    (True, False)
    """
    one, two = (re.findall(r"[^\s\[\],]+", value) for value in (old, new))
    return len(one) == len(two) and all(_alike(a, b) for a, b in zip(one, two, strict=True))


def _alike(one: str, two: str) -> bool:
    if one == two:
        return True
    if one.isdigit() and two.isdigit():  # people are not nearly as many
        return False
    try:
        return math.isclose(float(one), float(two), rel_tol=1e-5, abs_tol=1e-9)
    except ValueError:
        return False


def _refused(seen: View, rows: Mapping[str, Result], block: Block) -> Iterator[Finding]:
    for one in block.inserts:
        problem, remedy = refused(seen, rows, one.id, one.part)
        if problem:
            yield _finding(seen, "block", one.line, problem, remedy)
    for line in block.open_braces:
        remedy = "write {{ id }} or {{ id | part }} on one line; braces meant as such behind a backslash"
        yield _finding(seen, "block", line, "double braces that insert nothing", remedy)


def _typed(
    seen: View,
    rows: Mapping[str, Result],
    block: Block,
    labels: Sequence[re.Pattern[str]],
    rules: Mapping[str, Sequence[str]],
) -> Iterator[Finding]:
    stamp = block.stamp or Stamp()
    ids = [*(one.id for one in block.inserts), *stamp.values, *rules.get(stamp.measure, ())]
    printed = _printed([rows[name] for name in dict.fromkeys(ids) if name in rows])
    for text, line in typed_numbers(block, labels):
        value = _decimal(text)
        said = next(
            (words for shown, words in printed if value is not None and _equal(text, value, shown)), ""
        )
        if said:
            problem = "a number that is among the results is typed by hand"
            yield _finding(seen, "note", line, problem, f"write {said}: it then moves with the results")
        else:
            problem = "a number typed by hand differs from every result that this text names"
            remedy = "insert the result as {{ id }}, or take the number out"
            yield _finding(seen, "warn", line, problem, remedy)


def _moved(seen: View, rows: Mapping[str, Result], block: Block) -> Iterator[Finding]:
    if block.stamp is None:
        if block.inserts:
            problem = "this text has no stamp: nobody can tell when the results move under it"
            yield _finding(seen, "note", block.line, problem, FRESH)
        return
    moved = [
        name
        for name, value in block.stamp.values.items()
        if name not in rows or not same_values(value, value_of(rows[name]))
    ]
    if moved:
        more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
        problem = f"the results moved since this text was written: {', '.join(moved[:SHOWN])}{more}"
        yield _finding(seen, "warn", block.line, problem, FRESH, count=len(moved))
    unstamped = {one.id for one in block.inserts if one.id in rows} - set(block.stamp.values)
    if unstamped:
        problem = f"{formats.in_words(len(unstamped))} inserted result"
        problem += "s are not in the stamp" if len(unstamped) > 1 else " is not in the stamp"
        yield _finding(seen, "note", block.line, problem, FRESH, count=len(unstamped))


def _left_out(seen: View, told: Sequence[Block]) -> Iterator[Finding]:
    for one in unsaid(seen, told):
        problem = f"the headline measure `{one.measure}` has no text: the report prints what the rules say"
        remedy = "take its text over from internal/findings.md of the edition"
        yield _finding(seen, "warn", None, problem, remedy)


def _finding(
    seen: View, severity: str, line: int | None, problem: str, remedy: str, count: int = 1
) -> Finding:
    return Finding(
        severity=severity,
        source=FOLDER,
        year=seen.year,
        file=file_of(seen.year),
        row=line,
        problem=problem,
        remedy=remedy,
        count=count,
    )


def _printed(rows: Sequence[Result]) -> list[tuple[Decimal, str]]:
    """Every number that these results print, with what inserts it."""
    made: list[tuple[Decimal, str]] = []
    for row in rows:
        kind = formats.kind_of(row)
        for part, column, own in (
            ("", "estimate", kind), (" | interval", "ci_low", kind), (" | interval", "ci_high", kind),
            (" | n", "n", "count"), (" | population", "population", "count"),
            (" | p", "p", "p"), (" | p_adjusted", "p_adjusted", "p"),
        ):  # fmt: skip
            if pd.isna(row[column]):
                continue
            value = float(row[column])
            said = formats.p_value(value) if own == "p" else formats.number(value, own, unit=False)
            shown = _decimal(re.sub(r"[^\d.,+\-\u2212]", "", said))
            made += [] if shown is None else [(shown, f"{{{{ {row['id']}{part} }}}}")]
    return made


def _equal(text: str, value: Decimal, shown: Decimal) -> bool:
    """Whether a typed number is a printed one; without a sign, it may be that of a fall or of a rise."""
    return value == shown if text[0] in "+-\u2212" else value == abs(shown)


def _decimal(text: str) -> Decimal | None:
    """A typed number; a comma parts thousands where three digits follow, else decimals."""
    plain = text.replace("\u2212", "-")
    thousands = re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain)
    try:
        return Decimal(plain.replace(",", "" if thousands else "."))
    except InvalidOperation:
        return None


def _labels(seen: View) -> list[re.Pattern[str]]:
    """The study's words that hold digits, longest first, as the text may write them: over two lines, and
    with Markdown's backslashes."""
    words = {*seen.publishable.labels.values(), *seen.results["level"], *seen.results["note"]}
    digits = sorted((word for word in words if re.search(r"\d", word)), key=len, reverse=True)
    return [re.compile(r"\s+".join(map(_loosely, word.split())), re.IGNORECASE) for word in digits]


def _loosely(word: str) -> str:
    entities = {"<": "(?:&lt;|<)", "&": r"\\?&(?:amp;)?"}
    return "".join(entities.get(c, re.escape(c) if c.isalnum() else rf"\\?{re.escape(c)}") for c in word)
