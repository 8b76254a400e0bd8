"""The questions of a circle page: each with its word, the counts that it stands for, last time's word and the
network's circles; the parts of a page by questionnaire.

Imports circle_data, circle_strips, circle_words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from ksn_research.render.circle_data import PageInput, Record, current, newest
from ksn_research.render.circle_strips import CIRCLES, columns_of, strip
from ksn_research.render.circle_words import compared, how_many, middle, people, quoted

LONG = 10  # a questionnaire with more questions than this is folded away under its scales


@dataclass(frozen=True)
class Entry:
    """One question or scale as a page shows it.

    said        the band's word of this circle; empty where it is not shown
    low, high   the counts of favourable answers that the word stands for; None for a scale
    favourable  the answers that count as favourable
    before      last time's word and `when` that was; `remark` says why the two cannot be compared
    network     how many circles have each word, columns of the picture in `words`
    pooled      the word of similar small circles together, their answers, and how many they are
    response    the questionnaire's (n, of), for the card
    why         why there is no word
    """

    measure: str
    label: str
    kind: str
    said: str = ""
    n: int | None = None
    low: int | None = None
    high: int | None = None
    favourable: tuple[str, ...] = ()
    before: str = ""
    when: str = ""
    remark: str = ""
    why: str = ""
    network: Mapping[str, int] | None = None
    words: tuple[str, ...] = ()
    pooled: tuple[str, int, int] | None = None
    response: tuple[int | None, int | None] = (None, None)

    @property
    def anchor(self) -> str:
        """What links on the page point at."""
        return f"q-{self.measure}"

    @property
    def range(self) -> str:
        """ "5 to 7 of 8"; empty for a scale, which has no number of its own."""
        if self.low is None or self.high is None or self.n is None:
            return ""
        return f"{span(self.low, self.high)} of {self.n}"

    @property
    def answers(self) -> str:
        """The answers that are favourable, as the sentence names them."""
        return quoted(self.favourable) if self.favourable else "favourable"

    @property
    def rate(self) -> str:
        """How many of the circle answered the questionnaire, for the card."""
        return rate(*self.response)

    @property
    def change(self) -> str:
        """Beside last time: "higher", "lower", "same", "unclear"; empty where it cannot be said."""
        return compared(self.said, self.before) if self.said and self.before and not self.remark else ""

    @property
    def place(self) -> str:
        """Beside the middle circle of the network: as `change`; empty where too few circles are there."""
        counts = self.network or {}
        if not self.said or sum(counts.values()) < CIRCLES:
            return ""
        return compared(self.said, middle(counts))

    @property
    def middle(self) -> str:
        return middle(self.network or {})

    @property
    def picture(self) -> Markup:
        return strip(self.network or {}, self.said, self.words)

    @property
    def worth(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.said or self.pooled or sum((self.network or {}).values()) >= CIRCLES)


@dataclass(frozen=True)
class Group:
    """A scale with its questions, or questions of no scale (head None); folded where there are many."""

    head: Entry | None
    entries: tuple[Entry, ...]
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """One questionnaire: who answered it this time and last time, and what."""

    source: str
    title: str
    when: str
    answered: str
    n: int | None
    of: int | None
    why: str
    earlier: str
    groups: tuple[Group, ...]
    hidden: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def entries(self) -> list[Entry]:
        """Every entry, scales before their questions."""
        return [entry for group in self.groups
                for entry in (*((group.head,) if group.head else ()), *group.entries)]  # fmt: skip

    @property
    def shown(self) -> bool:
        return any(entry.said for entry in self.entries)

    @property
    def nested(self) -> bool:
        """Whether it is known which questions a scale is made of."""
        return any(group.head and group.entries for group in self.groups)

    @property
    def pooled(self) -> bool:
        return any(entry.pooled for entry in self.entries)


def sections(page: PageInput) -> list[Section]:
    """A page's questionnaires: those that show the circle's own answers before others, the shortest, which
    are the circles' own, before longer ones."""
    told = newest(page.response)
    now = [current(page, rows) for rows in (page.items, page.pooled)]
    sources = dict.fromkeys(row["source"] for rows in (told, *now) for row in rows)
    made = [_section(page, name, *(_of(name, rows) for rows in (*now, told))) for name in sources]
    return sorted(made, key=lambda part: (not part.shown, not part.entries, len(part.entries), part.title))


def span(low: int, high: int) -> str:
    """
    >>> span(5, 7), span(8, 8)
    ('5 to 7', '8')
    """
    return f"{low} to {high}" if low < high else str(low)


def rate(n: int | None, of: int | None) -> str:
    """How many answered, in words.

    >>> rate(8, 12), rate(23, None), rate(9, 8), rate(None, 12)
    ('8 of 12 people (most)', '23 people', '9 people', '')
    """
    if n is None:
        return ""
    return people(n) if of is None or n > of else f"{n} of {of} people ({how_many(n, of)})"


def _of(source: str, rows: Sequence[Record]) -> list[Record]:
    return [row for row in rows if row["source"] == source]


def _section(
    page: PageInput, source: str, items: list[Record], pooled: list[Record], told: list[Record]
) -> Section:
    response = told[0] if told else {}
    counts = (response.get("n"), response.get("of"))
    first = (told or items or pooled)[0]
    entries = _entries(items, pooled, counts)
    shown = [entry for entry in entries if entry.worth]
    return Section(
        source, first["title"], first["when"], rate(*counts), *counts,
        why=_why(response), earlier=_earlier(page, source, first),
        groups=tuple(_groups(shown, {row["measure"]: row.get("scale") or "" for row in items})),
        hidden=_hidden([entry for entry in entries if not entry.said]),
    )  # fmt: skip


def _why(response: Record) -> str:
    return "" if response.get("n") is not None else str(response.get("note") or "")


def _earlier(page: PageInput, source: str, now: Record) -> str:
    """How many answered the time before ("2024: 7 of 11 people (most)")."""
    told = [row for row in page.response if row["source"] == source and row["n"] is not None]
    past = [row for row in told if row["age"] < now["age"]]
    last = max(past, key=lambda row: row["age"], default=None)
    return f"{last['when']}: {rate(last['n'], last['of'])}" if last else ""


def _entries(items: list[Record], pooled: list[Record], response: tuple) -> list[Entry]:
    """An entry for each question, in the questionnaire's order; what a small circle has only pooled, too."""
    together = {row["measure"]: row for row in pooled}
    known = {row["measure"] for row in items}
    rows = [*items, *(row for row in pooled if row["measure"] not in known)]
    words = columns_of([row["network"] for row in rows], [row["band"] for row in items if row["band"]])
    listed = sorted(rows, key=lambda row: (row.get("order") is None, row.get("order") or 0, row["measure"]))
    return [_entry(row, together.get(row["measure"]), words, response) for row in listed]


def _entry(row: Record, pooled: Record | None, words: tuple[str, ...], response: tuple) -> Entry:
    own = "kind" in row
    small = (pooled["band"], pooled["n"], pooled["circles"]) if pooled else None
    common = {"network": row["network"], "words": words, "response": response}
    if not own:
        return Entry(row["measure"], row["label"], "question", pooled=small, **common)
    said = str(row["band"] or "")
    return Entry(
        row["measure"], row["label"], row["kind"], said, row["n"], row["low"], row["high"],
        tuple(part.strip() for part in str(row["label_positive"] or "").split(";") if part.strip()),
        str(row["before"] or ""), str(row["before_wave"] or ""), str(row["remark"] or ""),
        "" if said else str(row["note"] or ""), pooled=None if said else small, **common,
    )  # fmt: skip


def _groups(entries: list[Entry], scale_of: Mapping[str, str]) -> list[Group]:
    """Scales first, each with its questions where it is known which they are; the others after them."""
    scales = [entry for entry in entries if entry.kind == "scale"]
    questions = [entry for entry in entries if entry.kind != "scale"]
    fold = len(questions) > LONG or (bool(scales) and len(entries) > LONG)
    names = {scale.measure for scale in scales}
    made = [
        Group(scale, tuple(e for e in questions if scale_of.get(e.measure) == scale.measure), fold)
        for scale in scales
    ]
    rest = tuple(entry for entry in questions if scale_of.get(entry.measure) not in names)
    return [*made, *([Group(None, rest, fold)] if rest else [])]


def _hidden(entries: list[Entry]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Why what is not shown of this circle is not: each reason once, with its questions."""
    by_reason = sorted((e for e in entries if e.why), key=lambda entry: entry.why)
    return tuple((why, tuple(e.label for e in own)) for why, own in groupby(by_reason, key=lambda e: e.why))
