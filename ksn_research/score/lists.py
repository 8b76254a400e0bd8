"""Several names in one cell, and what stands there in place of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ksn_research.plan.drift import plain
from ksn_research.score.names import Names, reduced

SEPARATORS = (";", "\n", "|", "•")  # these stand in no name; a comma or "and" may
WEAK = re.compile(r"\s*(?:,|/|\+|&|\band\b)\s*", re.IGNORECASE)
MARK = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*–•])\s+")  # "1. Alder", "- Birch"
RUN = 6  # a name on the roster with that many separators in it is still found
NOBODY = frozenset(
    {"none", "none of these", "none of the above", "none of them", "no one", "nobody", "no organisation"}
)
UNSAID = frozenset({
    "prefer not to say", "prefer not to answer", "i prefer not to say", "i prefer not to answer",
    "rather not say", "i'd rather not say", "decline to answer", "declined", "refused", "no answer",
    "don't know", "i don't know", "do not know", "not sure", "unsure", "can't say", "cannot say",
})  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What stands in a cell in place of a name: plain texts.

    nobody  "none of these": the respondent answered and named nobody
    unsaid  a refusal, or not knowing: whom the respondent would name was not observed
    """

    nobody: frozenset[str] = NOBODY
    unsaid: frozenset[str] = UNSAID

    def kind(self, text: str, names: Names) -> str:
        """ "nobody", "unsaid" or "" (a name); a name on the roster is a name."""
        said = plain(text)
        kind = "nobody" if said in self.nobody else "unsaid" if said in self.unsaid else ""
        return kind if not kind or names.find(text)[0] is None else ""


def words(options: Mapping[str, Any]) -> Words:
    """The usual words and those that a source declares under `none` and `refused`."""
    nobody, unsaid = (frozenset(map(plain, options.get(name, ()))) for name in ("none", "refused"))
    return Words((NOBODY - unsaid) | nobody, (UNSAID - nobody) | unsaid)


def listed(cell: str, names: Names, separators: Sequence[str] = ()) -> list[tuple[str, bool]]:
    """The names that a cell holds, each with whether it could be told apart.

    separators  what stands between names; where none is declared, `SEPARATORS`, and a comma, "and" or "&"
                where everything between them is on the roster

    A cell that is a name as a whole is one name, whatever stands in it. Without declared separators, words
    in which a name on the roster stands beside others that are not are not told apart.

    >>> from ksn_research.score.names import only
    >>> names = only({"alder": "O1", "birch": "O2", "birch and sons": "O3"})
    >>> listed("Birch and Sons; alder", names), listed("Alder, Birch", names)
    ([('Birch and Sons', True), ('alder', True)], [('Alder', True), ('Birch', True)])
    >>> listed("Alder and friends", names), listed("somebody else", names)
    ([('Alder and friends', False)], [('somebody else', True)])
    """
    found = []
    for part in _runs(cell, names, tuple(separators) or SEPARATORS):
        found += [(part, True)] if separators else _weakly(part, names)
    return found or [(cell.strip(), True)]


def _runs(cell: str, names: Names, separators: Sequence[str]) -> list[str]:
    """The cell cut at its separators, but not within a name of the roster that holds one."""
    cuts = [match.span() for match in _pattern(separators).finditer(cell)]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(cell)]
    found, i = [], 0
    while i < len(starts):
        last = min(i + RUN, len(starts)) - 1
        j = next((j for j in range(last, i, -1) if _letter_by_letter(cell[starts[i] : ends[j]], names)), i)
        part = _bare(cell[starts[i] : ends[j]])
        # "Inc." after a comma belongs to the name before it.
        if part and not _legal(part):
            found.append(part)
        i = j + 1
    return found


def _weakly(part: str, names: Names) -> list[tuple[str, bool]]:
    """A part without a separator: one name, or several between commas and the like that are all known."""
    pieces = [piece.strip() for piece in WEAK.split(part) if piece.strip() and not _legal(piece)]
    known = [_known(piece, names) for piece in pieces]
    if _letter_by_letter(part, names) or len(pieces) < 2:
        return [(part, True)]
    if _known(part, names):
        return [(part, not all(known))]
    return [(piece, True) for piece in pieces] if all(known) else [(part, not any(known))]


def _pattern(separators: Iterable[str]) -> re.Pattern[str]:
    # Longest first, since one may begin as another; white space in one stands for any.
    ordered = sorted(set(separators), key=lambda text: (-len(text), text))
    return re.compile("|".join(map(_loose, ordered)), re.IGNORECASE)


def _loose(separator: str) -> str:
    inner = re.escape(separator.strip()) or (r"\n" if "\n" in separator else r"\s+")
    lead, tail = (
        r"\s+" if separator.strip() and side.isspace() else "" for side in (separator[0], separator[-1])
    )
    return f"{lead}{inner}{tail}"


def _bare(text: str) -> str:
    return MARK.sub("", text).strip()


def _legal(text: str) -> bool:
    """Nothing but a legal form."""
    return any(map(str.isalnum, text)) and not reduced(text)


def _letter_by_letter(text: str, names: Names) -> bool:
    """Known as it stands, its punctuation included."""
    return names.find(_bare(text))[1] in ("exact", "alias", "reviewed", "unknown")


def _known(text: str, names: Names) -> bool:
    return names.find(text)[0] is not None or names.find(text)[1] == "unknown"
