"""The quote gate: what somebody said into quotes that may be printed; closed wherever something is not known.

A quote passes when its interview's record allows it, when it stands in the transcript word for word, when it
holds nothing that leads to a person, and when its length and its speaker's other quotes leave it room. Only a
`Printable` can be printed, and only `gate` makes one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field

import pandas as pd

from ksn_research.disclose.quotes import attribution, refusals, selection
from ksn_research.disclose.quotes.capitals import vocabulary
from ksn_research.disclose.quotes.consent import NO_RECORD, ROLE, Consent, consents
from ksn_research.disclose.quotes.folding import bare, folded, latin, visible, words
from ksn_research.disclose.quotes.names import named
from ksn_research.disclose.quotes.refusals import Refusal
from ksn_research.disclose.quotes.roster import Roster
from ksn_research.disclose.quotes.screening import UNKNOWN, Screen, offences, unknown
from ksn_research.disclose.quotes.verbatim import Misfit, Place, place_of
from ksn_research.errors import DisclosureError
from ksn_research.plan.quotes import Rules, Term, Terms

NO_TRANSCRIPT, TOO_LONG, TOO_SHORT, CODE_NAMES = (
    "no transcript", "too long", "too short", "the code's own name",
)  # fmt: skip
LEAST = 3  # words of a quote
COLUMNS = ("interview", "code", "text")
_KEY = object()


@dataclass(frozen=True)
class Quote:
    """One quote as it may be printed. The id is for the internal page; `attribution` may be empty."""

    text: str
    attribution: str
    code: str
    id: str


@dataclass(frozen=True)
class Printable:
    """Quotes that passed the gate: the only ones that printing accepts, and nobody else makes them."""

    quotes: tuple[Quote, ...] = ()
    key: InitVar[object] = None

    def __post_init__(self, key: object) -> None:
        if self.quotes and key is not _KEY:
            raise DisclosureError(
                "quotes were about to be printed that did not pass the gate",
                remedy="hand them to `disclose.quotes.gate` first",
            )

    def table(self) -> pd.DataFrame:
        """One row per quote: text, attribution, code, id."""
        rows = [(one.text, one.attribution, one.code, one.id) for one in self.quotes]
        return pd.DataFrame(rows, columns=["text", "attribution", "code", "id"], dtype="str")


@dataclass(frozen=True)
class Gated:
    """What came of all quotes; every quote is in `passed` or, by one rule or more, in `refused`.

    passed   what may be printed
    refused  id, rule, what to do; never the words
    review   terms that want clearing, with counts, the most frequent first; for the internal part only
    """

    passed: Printable = field(default_factory=Printable)
    refused: tuple[Refusal, ...] = ()
    review: tuple[Term, ...] = ()


def gate(
    quotes: pd.DataFrame,
    interviews: pd.DataFrame,
    transcripts: Mapping[str, str] | None,
    people: Roster,
    cleared: Terms,
    rules: Rules,
) -> Gated:
    """Judge quotes.

    quotes       interview, code, text (missing where its position was not verified); id where quotes have
                 one, see `quote_id`
    interviews   see `consent.consents`; further member, organisation, speaker (the name of somebody who
                 allows it) and the columns that attribution may show
    transcripts  the whole text of each interview; an interview without is never quoted
    people       whom and what no quote may name, see `roster.roster`
    cleared      terms that somebody has looked at
    rules        how many and how long, and how many must share an attribution line

    Raises DisclosureError where a column is missing or two quotes have one id.
    """
    frame = identified(quotes)
    records = consents(interviews, rules.on)
    texts = {name: folded(text) for name, text in (transcripts or {}).items()}
    screen = Screen(
        people,
        cleared,
        vocabulary((transcripts or {}).values()),
        attribution.values(people.population),
        rules.k,
    )
    desk = _Desk(records, texts, screen, rules, attribution.lines(interviews, records, people, rules))
    for row in frame.itertuples(index=False):
        desk.judge(str(row.id), str(row.interview), str(row.code), row.text)
    return desk.done(interviews)


def quote_id(interview: str, code: str, text: str) -> str:
    """The name of a quote that has none: the same as long as interview, code and words are; it tells nothing.

    >>> quote_id("I01", "trust", "We met  weekly") == quote_id("I01", "trust", "We met weekly")
    True
    """
    return "Q-" + hashlib.sha256("\x1f".join((interview, code, folded(text))).encode()).hexdigest()[:12]


def identified(quotes: pd.DataFrame) -> pd.DataFrame:
    """Quotes with an id each, those without interview or code left out, each once.

    Raises DisclosureError where a column is missing or two quotes have one id.
    """
    lacking = [name for name in COLUMNS if name not in quotes]
    if lacking:
        raise DisclosureError(
            f"the quotes lack {', '.join(lacking)}", remedy="hand over the table of segments"
        )
    frame = quotes.dropna(subset=["interview", "code"])
    if "id" in frame:
        frame = frame.dropna(subset=["id"])
        if frame["id"].duplicated().any():
            raise DisclosureError("two quotes have one id", remedy="give each its own")
        return frame
    told = zip(frame["interview"], frame["code"], frame["text"], strict=True)
    ids = [quote_id(str(a), str(b), c if isinstance(c, str) else "") for a, b, c in told]
    # Two coders who coded the same words gave one quote.
    return frame.assign(id=ids).drop_duplicates("id")


@dataclass(frozen=True)
class _Verdict:
    """What the words of a passage are found to be, whatever their code: where they stand, the rules that they
    offend, and their terms that nobody has cleared."""

    place: Place | Misfit
    rules: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    words: int = 0


@dataclass
class _Desk:
    """Where quotes are judged one by one."""

    records: Mapping[str, Consent]
    texts: Mapping[str, str]
    screen: Screen
    rules: Rules
    lines: Mapping[str, attribution.Line]
    refused: list[Refusal] = field(default_factory=list)
    open: dict[str, tuple[str, str, str, Place]] = field(default_factory=dict)
    unclear: list[tuple[str, str, str]] = field(default_factory=list)
    codes: dict[str, bool] = field(default_factory=dict)
    seen: dict[tuple[str, str], _Verdict] = field(default_factory=dict)

    def judge(self, id_: str, interview: str, code: str, text: object) -> None:
        if self._refuse(id_, self._not_allowed(id_, interview)):
            return
        said = text if isinstance(text, str) else ""
        # What bears several codes is looked at once.
        if (interview, said) not in self.seen:
            self.seen[interview, said] = self._verdict(interview, said)
        one = self.seen[interview, said]
        if isinstance(one.place, Misfit):
            self._refuse(id_, [one.place.rule])
            return
        rules = [*one.rules, *self._code(code)]
        if not rules:
            self.unclear += [(term, id_, interview) for term in one.unknown]
        if not self._refuse(id_, [*rules, *([UNKNOWN] if one.unknown else [])]):
            self.open[id_] = (said, interview, code, one.place)

    def _verdict(self, interview: str, said: str) -> _Verdict:
        place = self._placed(interview, said)
        if isinstance(place, Misfit):
            return _Verdict(place)
        size = len(words(latin(said)))
        rules = (*self._size(size), *offences(said, self.screen))
        return _Verdict(place, rules, tuple(unknown(said, self.screen, starts=place.starts)), size)

    def done(self, interviews: pd.DataFrame) -> Gated:
        chosen, left = selection.select(self._candidates(interviews), self.rules)
        for id_, rule in left.items():
            self._refuse(id_, [rule])
        quotes = tuple(self._quote(id_) for id_ in chosen)
        return Gated(Printable(quotes, _KEY), tuple(self.refused), _counted(self.unclear))

    def _refuse(self, id_: str, rules: Iterable[str]) -> bool:
        before = len(self.refused)
        self.refused += [refusals.refusal(id_, rule) for rule in dict.fromkeys(rules) if rule]
        return len(self.refused) > before

    def _not_allowed(self, id_: str, interview: str) -> list[str]:
        record = self.records.get(interview)
        return [NO_RECORD if record is None else record.against(id_)]

    def _placed(self, interview: str, text: str) -> Place | Misfit:
        if interview not in self.texts or not text:
            return Misfit(NO_TRANSCRIPT)
        return place_of(text, self.texts[interview])

    def _size(self, size: int) -> list[str]:
        return [TOO_LONG] if size > self.rules.words else [TOO_SHORT] if size < LEAST else []

    def _code(self, code: str) -> list[str]:
        if code not in self.codes:
            self.codes[code] = next(named(latin(code), self.screen.roster), None) is not None
        return [CODE_NAMES] if self.codes[code] else []

    def _candidates(self, interviews: pd.DataFrame) -> list[selection.Candidate]:
        speakers = _column(interviews, "member")
        groups = _column(interviews, self.rules.group)
        return [
            selection.Candidate(
                id_, interview, speakers.get(interview) or f"interview {interview}", code,
                self.seen[interview, text].words,
                (place.start, place.end), groups.get(interview, ""), folded(text).casefold(),
            )
            for id_, (text, interview, code, place) in self.open.items()
        ]  # fmt: skip

    def _quote(self, id_: str) -> Quote:
        text, interview, code, _ = self.open[id_]
        return Quote(" ".join(visible(text).split()), self._line(text, interview), code, id_)

    def _line(self, text: str, interview: str) -> str:
        """The attribution line, empty where it would tell too much together with what the quote says."""
        line = self.lines.get(interview, attribution.NOBODY)
        worded = attribution.worded(line)
        if self.records[interview].level != ROLE or not line:
            return worded
        said = self.screen.values.mentions(" ".join(word.bare for word in words(latin(text))))
        if said and self.screen.values.telling({**said, **dict(line)}, self.rules.k):
            return ""
        return "" if next(named(latin(worded), self.screen.roster), None) else worded


def _column(interviews: pd.DataFrame, name: str) -> dict[str, str]:
    if not name or name not in interviews:
        return {}
    known = interviews.dropna(subset=[name])
    return {str(a): str(b) for a, b in zip(known["interview"], known[name], strict=True) if str(b)}


def _counted(unclear: Iterable[tuple[str, str, str]]) -> tuple[Term, ...]:
    held: dict[str, list[tuple[str, str, str]]] = {}
    for one in unclear:
        held.setdefault(bare(one[0]), []).append(one)
    counted = [
        Term(
            min(t for t, _, _ in all_), len(all_), len({q for _, q, _ in all_}), len({i for _, _, i in all_})
        )
        for all_ in held.values()
    ]
    return tuple(sorted(counted, key=lambda one: (-one.quotes, one.term)))
