"""What a study says about quotes: how many and how long, and the terms that people have cleared.

`crosswalks/<source>-terms.toml` holds words with a capital that transcripts use and that no roster holds:

    "Zoom" = "cleared"           # looked at: it leads to nobody
    "Dana" = "identifying"       # looked at: never to be printed, however it is written
    "Brooklyn" = "?"             # a draft: 3 quotes of 2 interviews

A draft clears nothing. Case, typography and runs of white space do not matter in a term.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.drift import plain

CLEARED, IDENTIFYING, DRAFT = "cleared", "identifying", "?"
HEAD = """\
# Words with a capital in quotes that could be printed. Look at each line and write
#   "cleared" for a term that leads to nobody, such as a tool that everybody uses, or
#   "identifying" for one that must never be printed.
# A line with a question mark clears nothing: the quotes that hold the term are not printed.
"""
OPTIONS: Mapping[str, type] = {
    "k": int,
    "organisations": int,
    "words": int,
    "per_speaker": int,
    "words_per_speaker": int,
    "per_code": int,
    "attribution": list,
    "group": str,
    "dissent": list,
    "seed": int,
}


@dataclass(frozen=True)
class Rules:
    """What a study asks of the quotes it prints; `[sources.<name>.quotes]` of study.toml.

    k                  people who share an attribution line, at least
    organisations      distinct organisations among them, at least, where interviews name theirs
    words              words of a quote, at most
    per_speaker        quotes of one speaker, at most
    words_per_speaker  words of one speaker over all quotes, at most
    per_code           quotes of one code, at most; none where it is 0
    attribution        columns that a line may show to those who allow their role, the most telling last
    group              the column whose smaller groups are heard where no code is declared as dissent
    dissent            codes that hold dissent or bad experience: their quotes come first
    seed               for the order among quotes that are equal otherwise
    on                 the date of the edition, for embargoes; without it an embargo never ends
    """

    k: int = 5
    organisations: int = 3
    words: int = 60
    per_speaker: int = 2
    words_per_speaker: int = 120
    per_code: int = 2
    attribution: tuple[str, ...] = ("type", "role")
    group: str = ""
    dissent: frozenset[str] = frozenset()
    seed: int = 1
    on: date | None = None


@dataclass(frozen=True)
class Terms:
    """What was looked at of the terms of one source, in plain form.

    cleared      terms that lead to nobody
    identifying  terms that are never printed
    drafts       terms that nobody has decided on
    file         the file's name, for findings
    """

    cleared: frozenset[str] = frozenset()
    identifying: frozenset[str] = frozenset()
    drafts: frozenset[str] = frozenset()
    file: str = ""

    @property
    def spoken_of(self) -> frozenset[str]:
        return self.cleared | self.identifying | self.drafts


@dataclass(frozen=True)
class Term:
    """A term that wants clearing: how often it stands in quotes, in how many of them and of how many
    interviews."""

    term: str
    times: int = field(default=1)
    quotes: int = field(default=1)
    interviews: int = field(default=1)


def read_rules(table: Any, *, file: str, where: str, on: date | None = None) -> Rules:
    """The rules that a study declares, the package's own where it says nothing.

    Raises PlanError for an unknown key, a value of the wrong type, and a threshold below the package's.
    """
    own = toml.table(table, OPTIONS, file=file, where=where)
    lists = {name: value for name, value in own.items() if isinstance(value, list)}
    for name, value in lists.items():
        if not all(isinstance(one, str) for one in value):
            raise PlanError(f"{where}.{name} must list texts", remedy="put each in quotes", file=file)
    usual = Rules()
    for name, value in own.items():
        least = {"k": usual.k, "organisations": usual.organisations}.get(name, 0)
        if OPTIONS[name] is int and value < least:
            raise PlanError(
                f"{where}.{name} is {value}, fewer than {least}", remedy=f"write {least} or more", file=file
            )
    kinds = {"attribution": tuple, "dissent": frozenset}
    return Rules(**{name: kinds.get(name, lambda value: value)(value) for name, value in own.items()}, on=on)


def terms_file(folder: Path, source: str) -> Path:
    """Where a study keeps the terms of a source."""
    return folder / "crosswalks" / f"{source}-terms.toml"


def load_terms(path: Path) -> Terms:
    """The terms of a source; none where there is no such file.

    Raises PlanError for a word other than the three, and for one term that stands twice.
    """
    if not path.exists():
        return Terms(file=path.name)
    said: dict[str, str] = {}
    for term, value in toml.words(toml.load(path), file=path.name, where="the list of terms").items():
        kind = DRAFT if value.strip().startswith(DRAFT) else value.strip().casefold()
        if kind not in (CLEARED, IDENTIFYING, DRAFT):
            raise PlanError(
                f"line {len(said) + 1} of the terms says neither of the three words",
                remedy=f'write "{CLEARED}", "{IDENTIFYING}" or "{DRAFT}"',
                file=path.name,
            )
        if said.setdefault(plain(term), kind) != kind:
            raise PlanError(
                f"line {len(said) + 1} of the terms decides a term again",
                remedy="keep one of the two lines",
                file=path.name,
            )
    of = {kind: frozenset(t for t, k in said.items() if k == kind) for kind in (CLEARED, IDENTIFYING, DRAFT)}
    return Terms(of[CLEARED], of[IDENTIFYING], of[DRAFT], path.name)


def draft_lines(review: Iterable[Term], terms: Terms) -> list[str]:
    """One line of TOML per term that nobody has spoken of, the most frequent first.

    >>> draft_lines([Term("Brooklyn", 3, 3, 2)], Terms())
    ['"Brooklyn" = "?"  # 3 times, in 3 quotes of 2 interviews']
    """
    new = {plain(one.term): one for one in review if plain(one.term) not in terms.spoken_of}
    ranked = sorted(new.values(), key=lambda one: (-one.quotes, plain(one.term)))
    return [
        f'{_quoted(one.term)} = "{DRAFT}"  # {one.times} times, in {one.quotes} quotes '
        f"of {one.interviews} interviews"
        for one in ranked
    ]


def with_drafts(path: Path, review: Iterable[Term]) -> tuple[str, int]:
    """The text of the file of terms (begun where absent) with a draft for each term that it does not speak
    of, and how many these are. What stands there is left as it is."""
    lines = draft_lines(review, load_terms(path))
    before = path.read_text(encoding="utf-8-sig") if path.exists() else HEAD
    return "\n".join([before.rstrip("\n"), *lines, ""]), len(lines)


def _quoted(text: str) -> str:
    # A TOML basic string is JSON's, but for the letter "delete", which TOML wants escaped.
    return json.dumps(" ".join(text.split()), ensure_ascii=False).replace("\x7f", "\\u007f")
