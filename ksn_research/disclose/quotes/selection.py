"""Which of the quotes that may be printed are: the same ones on every run, many voices, dissent first."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ksn_research.plan.quotes import Rules

CAP_SPEAKER, CAP_WORDS, CAP_CODE, TWICE = (
    "enough of this speaker", "enough words of this speaker", "enough of this code", "printed already",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Candidate:
    """One quote that passed.

    speaker  a person, or the interview where the person is not known
    span     where it stands in its transcript
    group    the speaker's group, "" where there is none
    said     the words, so that two who said the same are not printed one below the other; "" not to compare
    """

    id: str
    interview: str
    speaker: str
    code: str
    words: int
    span: tuple[int, int]
    group: str = ""
    said: str = ""


@dataclass
class _Taken:
    speakers: Counter[str] = field(default_factory=Counter)
    spoken: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)

    def refuses(self, one: Candidate, rules: Rules) -> str:
        spans = self.spans.get(one.interview, [])
        again = one.said in self.said
        if again or any(start < one.span[1] and one.span[0] < end for start, end in spans):
            return TWICE
        if rules.per_code and self.codes[one.code] >= rules.per_code:
            return CAP_CODE
        if self.speakers[one.speaker] >= rules.per_speaker:
            return CAP_SPEAKER
        return CAP_WORDS if self.spoken[one.speaker] + one.words > rules.words_per_speaker else ""

    def take(self, one: Candidate) -> None:
        self.speakers[one.speaker] += 1
        self.spoken[one.speaker] += one.words
        self.codes[one.code] += 1
        self.spans.setdefault(one.interview, []).append(one.span)
        self.said |= {one.said} - {""}
        self.ids.append(one.id)


def select(candidates: Sequence[Candidate], rules: Rules) -> tuple[list[str], dict[str, str]]:
    """The identifiers of the quotes to print, and of each other one the rule by which it was left out.

    Codes take turns, those declared as dissent first; each takes the quote of the speaker heard least so far,
    dissent before the rest, and among equals the order is that of a hash with the seed, so that a quote more
    or less changes as little as it can.
    """
    taken, waiting, out = _Taken(), _by_code(candidates, rules), {}
    dissent = _dissent(candidates, rules)
    while any(waiting.values()):
        for code in waiting:
            for one in _in_turn(waiting[code], dissent, taken, rules):
                waiting[code].remove(one)
                why = taken.refuses(one, rules)
                if not why:
                    taken.take(one)
                    break
                out[one.id] = why
    return taken.ids, out


def _in_turn(
    waiting: Sequence[Candidate], dissent: frozenset[str], taken: _Taken, rules: Rules
) -> Iterator[Candidate]:
    yield from sorted(
        waiting,
        key=lambda one: (
            # Dissent opens a code; after that the quiet come first.
            taken.codes[one.code] == 0 and one.id not in dissent,
            taken.speakers[one.speaker],
            one.id not in dissent,
            drawn(one.id, rules.seed),
            one.id,
        ),
    )


def _by_code(candidates: Sequence[Candidate], rules: Rules) -> dict[str, list[Candidate]]:
    codes = sorted({one.code for one in candidates}, key=lambda code: (code not in rules.dissent, code))
    held: dict[str, list[Candidate]] = {code: [] for code in codes}
    for one in candidates:
        held[one.code].append(one)
    return held


def _dissent(candidates: Sequence[Candidate], rules: Rules) -> frozenset[str]:
    """Quotes of codes declared as dissent; where none is, of each code's smallest group of speakers."""
    if rules.dissent:
        return frozenset(one.id for one in candidates if one.code in rules.dissent)
    speakers: dict[str, dict[str, set[str]]] = {}
    for one in candidates:
        speakers.setdefault(one.code, {}).setdefault(one.group, set()).add(one.speaker)
    smallest = {code: _smallest(groups) for code, groups in speakers.items()}
    return frozenset(one.id for one in candidates if one.group and one.group == smallest[one.code])


def _smallest(groups: Mapping[str, set[str]]) -> str:
    """The group of fewest speakers, "" where all are alike."""
    sizes = {group: len(people) for group, people in groups.items() if group}
    return min(sizes, key=lambda group: (sizes[group], group)) if len(set(sizes.values())) > 1 else ""


@lru_cache(maxsize=65536)
def drawn(text: str, seed: int) -> str:
    """A place in an order that depends on the seed and on nothing else."""
    return hashlib.sha256(f"{seed}:{text}".encode()).hexdigest()
