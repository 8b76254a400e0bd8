"""Names that respondents wrote and people have looked at: `crosswalks/<source>-names.toml`.

    "Havrbor House" = "ORG-017"       # confirmed: this is that node of the roster
    "Sunrise Partners" = "unknown"    # looked at: it is nobody on the roster
    "Cedr Trust" = "? ORG-003"        # a draft; take the question mark away to confirm it

A draft counts for nothing until somebody has taken its question mark away. Case, typography and runs of white
space do not matter in a name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ksn_research.errors import PlanError
from ksn_research.plan import toml
from ksn_research.plan.drift import plain

UNKNOWN, DRAFT = "unknown", "?"
HEAD = """\
# Names as respondents wrote them that nearly fit the roster. Look at each line and either
#   take the question mark away (and all but one identifier), so that it counts, or
#   write "unknown" for a name that is nobody on the roster.
# A line with a question mark counts for nothing: its name is set aside.
"""


@dataclass(frozen=True)
class Reviewed:
    """What was reviewed about the names of one source, by plain name.

    nodes    name -> roster identifier it stands for
    unknown  names that are nobody on the roster
    drafts   names that a draft proposes something for, which nobody has confirmed
    file     the file's name, for findings
    """

    nodes: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    drafts: frozenset[str] = frozenset()
    file: str = ""

    @property
    def spoken_of(self) -> frozenset[str]:
        return frozenset(self.nodes) | self.unknown | self.drafts


@dataclass(frozen=True)
class Proposal:
    """A name that fits nothing, and whom it may mean.

    near   (identifier, name on the roster, how alike from 0 to 1), the nearest first
    times  how often it was written
    """

    said: str
    near: tuple[tuple[str, str, float], ...]
    times: int = 1


def names_file(folder: Path, source: str) -> Path:
    """Where a study keeps the reviewed names of a source."""
    return folder / "crosswalks" / f"{source}-names.toml"


def load_names(path: Path) -> Reviewed:
    """The reviewed names of a source; none where there is no such file.

    Raises PlanError for a value that is no text or empty, and for one name that stands for two.
    """
    if not path.exists():
        return Reviewed(file=path.name)
    said: dict[str, str] = {}
    for name, value in toml.words(toml.load(path), file=path.name, where="the list of names").items():
        value = value.strip()
        if not value:
            raise PlanError(
                f'the name "{name}" stands for nothing',
                remedy=f'write the roster\'s identifier, or "{UNKNOWN}"',
                file=path.name,
            )
        if said.setdefault(plain(name), value) != value:
            raise PlanError(f'the name "{name}" stands twice', remedy="keep one of them", file=path.name)
    drafts = {name for name, value in said.items() if value.startswith(DRAFT)}
    unknown = {name for name, value in said.items() if value.casefold() == UNKNOWN}
    nodes = {name: value for name, value in said.items() if name not in drafts | unknown}
    return Reviewed(nodes, frozenset(unknown), frozenset(drafts), path.name)


def draft_lines(proposals: Iterable[Proposal], reviewed: Reviewed) -> list[str]:
    """One line of TOML per proposal that the reviewed names do not speak of, in order of name.

    >>> draft_lines([Proposal("Havrbor House", (("ORG-017", "Harbor House", 0.96),), 2)], Reviewed())
    ['"Havrbor House" = "? ORG-017"  # Harbor House, 96 % alike; written 2 times']
    """
    new = {plain(one.said): one for one in proposals if plain(one.said) not in reviewed.spoken_of}
    return [_line(new[name]) for name in sorted(new) if new[name].near]


def with_drafts(path: Path, proposals: Iterable[Proposal]) -> tuple[str, int]:
    """The text of the file of reviewed names (begun where absent) with a draft for each proposal that it does
    not speak of, and how many these are. What stands there is left as it is."""
    lines = draft_lines(proposals, load_names(path))
    before = path.read_text(encoding="utf-8-sig") if path.exists() else HEAD
    return "\n".join([before.rstrip("\n"), *lines, ""]), len(lines)


def _line(one: Proposal) -> str:
    nodes = " or ".join(node for node, _, _ in one.near)
    alike = "; ".join(f"{_comment(name)}, {like:.0%} alike".replace("%", " %") for _, name, like in one.near)
    times = "" if one.times == 1 else f"; written {one.times} times"
    return f"{_quoted(one.said)} = {_quoted(f'{DRAFT} {nodes}')}  # {alike}{times}"


def _quoted(text: str) -> str:
    # A TOML basic string is JSON's, but for the letter "delete", which TOML wants escaped.
    return json.dumps(" ".join(text.split()), ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
