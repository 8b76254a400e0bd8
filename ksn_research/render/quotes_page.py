"""The internal page of quotes: each with its id, its words and what the gate said, and what to do about it.

It holds interviewees' words, so it stands in the internal part of an edition only: from it an analyst sends
quotes to those who want to see them first, and clears terms. Words of withdrawn interviews never come here.

Imports formats, templates, view.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ksn_research.disclose.quotes import Judged
from ksn_research.plan.quotes import Term
from ksn_research.render.formats import number
from ksn_research.render.templates import template
from ksn_research.render.view import readable

PRINTED, HELD, SPARE = "printed", "not printed", "could be printed"
# Rules that leave out what nothing speaks against: there is enough already.
ENOUGH = frozenset(
    {"enough of this speaker", "enough words of this speaker", "enough of this code", "printed already"}
)


@dataclass(frozen=True)
class Line:
    """One quote: what it is, and what was decided."""

    id: str
    interview: str
    code: str
    words: str
    verdict: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One source: counts by verdict, (count, rule, what to do) of each rule, terms to clear, every quote."""

    name: str
    wave: str
    counts: tuple[tuple[str, str], ...]
    rules: tuple[tuple[str, str, str], ...]
    terms: tuple[Term, ...]
    file: str
    lines: tuple[Line, ...]


def quotes_page(judged: Mapping[str, Judged], title: str, labels: Mapping[str, str] | None = None) -> str:
    """One self-contained internal page; empty text where there is no quote.

    judged  by source, see `disclose.quotes.judged`
    labels  words by identifier of sources
    """
    sheets = [_sheet(name, one, labels or {}) for name, one in judged.items() if len(one.quotes)]
    if not sheets:
        return ""
    return template("quotes.html").render(title=title, sheets=sheets, verdicts=(PRINTED, SPARE, HELD))


def _sheet(name: str, one: Judged, labels: Mapping[str, str]) -> Sheet:
    lines = _lines(one)
    verdicts = Counter(line.verdict for line in lines)
    told = {refusal.rule: refusal.remedy for refusal in one.gated.refused}
    rules = Counter(refusal.rule for refusal in one.gated.refused)
    return Sheet(
        name=str(labels.get(name) or readable(name)),
        wave="undated" if one.year is None else str(one.year),
        counts=tuple((_count(verdicts[verdict]), verdict) for verdict in (PRINTED, SPARE, HELD)),
        rules=tuple((_count(times), rule, told[rule]) for rule, times in rules.most_common()),
        terms=one.gated.review,
        file=f"crosswalks/{name}-terms.toml",
        lines=lines,
    )


def _lines(one: Judged) -> tuple[Line, ...]:
    """Quotes by interview, in the order in which they were coded."""
    passed = {quote.id for quote in one.gated.passed.quotes}
    against: dict[str, list[str]] = {}
    for refusal in one.gated.refused:
        against.setdefault(refusal.id, []).append(refusal.rule)
    made = (
        Line(
            str(row.id),
            str(row.interview),
            str(row.code),
            row.text if isinstance(row.text, str) else "",
            _verdict(str(row.id), passed, against),
            tuple(against.get(str(row.id), ())),
        )
        for row in one.quotes.itertuples()
    )
    return tuple(sorted(made, key=lambda line: line.interview))


def _verdict(id_: str, passed: set[str], against: Mapping[str, list[str]]) -> str:
    if id_ in passed:
        return PRINTED
    return SPARE if against.get(id_) and ENOUGH.issuperset(against[id_]) else HELD


def _count(value: int) -> str:
    return number(float(value), "count")
