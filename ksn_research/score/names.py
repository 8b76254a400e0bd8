"""Names as respondents write them, found on the roster, or not; never by likeness.

A name is found by what the roster calls it (identifier, name), by an alias, by what somebody reviewed, or by
its spelling: accents, punctuation, "the", "&" and legal forms do not matter. What is found by none of these
is nobody's. The nearest names are proposed to a person, who writes down what is meant (`plan.aliases`).
"""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from ksn_research.errors import Finding, Origin
from ksn_research.plan.aliases import Proposal, Reviewed
from ksn_research.plan.drift import plain

HOW = ("exact", "alias", "reviewed", "spelling")
NEAR, CLOSE, MOST = 0.8, 0.05, 3  # alike enough to propose; as near as the nearest; at most so many
LONGEST = 200  # letters of a name that are compared
CANDIDATES = 12  # names that are compared letter by letter
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
LEGAL = re.compile(
    r"(?:(?:^| )(?:inc|incorporated|llc|llp|pllc|lp|ltd|limited|corp|corporation|co|company|plc|gmbh|ggmbh|"
    r"ag|ev|sa|nv|bv|501 ?c ?3))+$"
)


@dataclass(frozen=True, eq=False)
class Names:
    """What the nodes of one roster go by.

    nodes     their identifiers
    exact     plain identifier or name -> node; a name that two share is nobody's, here and below
    aliases   plain alias -> node
    spelled   reduced name -> node
    called    node -> its name in full, for proposals
    reviewed  what a person has said about names that fit none of these
    """

    nodes: tuple[str, ...]
    exact: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    reviewed: Reviewed = field(default_factory=Reviewed)

    def find(self, text: str) -> tuple[str | None, str]:
        """The node that a text names and how it was found; None and "unknown" (somebody said so) or ""."""
        said = plain(text)
        if said in self.exact:
            return self.exact[said], "exact"
        if said in self.aliases:
            return self.aliases[said], "alias"
        if said in self.reviewed.unknown:
            return None, "unknown"
        if said in self.reviewed.nodes:
            node = self.reviewed.nodes[said]
            return (node, "reviewed") if node in self.nodes else (None, "")
        node_ = self.spelled.get(reduced(text))
        return (node_, "spelling") if node_ is not None else (None, "")

    def match(self, texts: pd.Series) -> pd.DataFrame:
        """`find` over a column: `node` (NA where nobody) and `how`. Each distinct text is worked on once."""
        found = {text: self.find(str(text)) for text in texts.unique()}
        node = texts.map({text: node for text, (node, _) in found.items()}).astype("str")
        return pd.DataFrame({"node": node, "how": texts.map({text: how for text, (_, how) in found.items()})})


def reduced(text: str) -> str:
    """A name without accents, punctuation, a leading "the" and trailing legal forms, "&" as "and".

    >>> reduced("The Café & Mill, Inc."), reduced("L'Académie L.L.C."), reduced("Saint-Ann’s")
    ('cafe and mill', 'lacademie', 'saint anns')
    >>> reduced("501(c)(3)")
    ''
    """
    spread = unicodedata.normalize("NFD", plain(text).translate(LETTERS).replace("&", " and "))
    bare = "".join(letter for letter in spread if not "\u0300" <= letter <= "\u036f" and letter not in ".'’")
    kept = "".join(
        letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in bare
    )
    return LEGAL.sub("", " ".join(kept.split()).removeprefix("the ")).strip()


def roster_names(
    organisations: pd.DataFrame, people: pd.DataFrame, units: str, reviewed: Reviewed | None = None
) -> Names:
    """The names of a wave's roster.

    organisations  columns organisation, name, aliases (split by ";")
    people         column member; name and aliases where the roster has them
    units          "organisations" or "people": which of the two are the nodes
    """
    roster, unit = (people, "member") if units == "people" else (organisations, "organisation")
    nodes = tuple(sorted({str(node) for node in roster[unit].dropna()}))
    long = _called(roster, unit)
    alone = _own(long, "said")
    spelled = _own(long.assign(reduced=long["called"].map(reduced)), "reduced")
    first = long.drop_duplicates("said").set_index("said")["kind"]
    own = {said: node for said, node in alone.items() if first[said] != "aliases"}
    aliases = {said: node for said, node in alone.items() if said not in own}
    whole = long[long["kind"] == "name"].drop_duplicates("node")
    full = dict(zip(whole["node"].astype(str), whole["called"].astype(str), strict=True))
    return Names(nodes, own, aliases, spelled, full, reviewed or Reviewed())


def only(known: Mapping[str, str]) -> Names:
    """Names from a mapping of plain names alone: nothing is known of spellings and reviews."""
    return Names(tuple(sorted(set(known.values()))), known)


def conflicts(names: Names, origin: Origin) -> list[Finding]:
    """Blocking findings for reviewed names that the roster contradicts."""
    found = []
    own = {**names.aliases, **names.exact}
    remedy = f"correct the line in {names.reviewed.file}, or the roster"
    for said, node in names.reviewed.nodes.items():
        if own.get(said, node) != node:
            problem = f"a name reviewed as {node} is that of {own[said]} on the roster"
            found.append(origin.finding("block", problem, remedy, answer=said))
    for said in sorted(names.reviewed.unknown & own.keys()):
        problem = f"a name reviewed as unknown is that of {own[said]} on the roster"
        found.append(origin.finding("block", problem, remedy, answer=said))
    return found


@lru_cache(maxsize=4096)
def nearest(text: str, names: Names) -> tuple[tuple[str, str, float], ...]:
    """Nodes that a text which fits none may mean, the nearest first: (node, its name, how alike).

    Alike is the longest-matching-blocks ratio of Ratcliff & Metzener (1988) on reduced names, of their words
    in order of the alphabet too. Names with other numbers in them are other names ("School 12", "School 21").

    >>> nearest("Havrbor House", only({"harbor house": "O7", "school 12": "O8"}))
    (('O7', 'harbor house', 0.96),)
    >>> nearest("School 21", only({"school 12": "O8"}))
    ()
    """
    wanted = reduced(text[:LONGEST])
    best: dict[str, tuple[str, str, float]] = {}
    for key, node in _candidates(wanted, names):
        alike = _alike(wanted, key)
        if alike >= NEAR and alike > best.get(node, ("", "", 0.0))[2]:
            best[node] = (node, names.called.get(node, key), round(alike, 2))
    ranked = sorted(best.values(), key=lambda one: (-one[2], one[0]))
    return tuple(one for one in ranked if one[2] >= ranked[0][2] - CLOSE)[:MOST]


def propose(texts: Iterable[str], names: Names) -> list[Proposal]:
    """A proposal for each distinct text that may mean somebody and is not reviewed, in order of name."""
    times: dict[str, int] = {}
    first: dict[str, str] = {}
    for text in texts:
        said = plain(text)
        times[said] = times.get(said, 0) + 1
        # Of several ways to write it the first in order stands, so that the order of rows does not matter.
        first[said] = min(first.get(said, text), text)
    open_ = sorted(set(times) - names.reviewed.unknown - names.reviewed.nodes.keys())
    made = (Proposal(first[said], nearest(said, names), times[said]) for said in open_)
    return [one for one in made if one.near]


def _called(roster: pd.DataFrame, unit: str) -> pd.DataFrame:
    """One row per node and name: node, kind (column), called, said (plain); exact names first."""
    columns = [name for name in (unit, "name", "aliases") if name in roster]
    # A person is known by the code; a name stands in a roster of people only where the study keeps it there.
    long = [pd.DataFrame({"node": roster[unit], "kind": c, "called": roster[c]}) for c in columns]
    if columns[-1] == "aliases":
        long[-1] = long[-1].assign(called=long[-1]["called"].str.split(";")).explode("called")
    every = pd.concat(long, ignore_index=True).dropna().astype("str")
    every["said"] = every["called"].map(plain)
    return every[every["said"] != ""]


def _own(long: pd.DataFrame, key: str) -> dict[str, str]:
    """Key -> node for the keys that one node alone goes by."""
    pairs = long[[key, "node"]].drop_duplicates()
    pairs = pairs[(pairs[key] != "") & ~pairs[key].duplicated(keep=False)]
    return dict(zip(pairs[key], pairs["node"], strict=True))


@dataclass(frozen=True, eq=False)
class _Index:
    """Reduced names in order, their nodes, and which pairs of letters (columns) stand in each."""

    keys: list[str]
    nodes: list[str]
    pairs: dict[str, int]
    has: np.ndarray


@lru_cache(maxsize=16)
def _index(names: Names) -> _Index:
    known = names.spelled or {reduced(said): node for said, node in {**names.aliases, **names.exact}.items()}
    keys = sorted(known)
    own = [_pairs(key) for key in keys]
    pairs = {pair: i for i, pair in enumerate(sorted(set().union(*own)))}
    has = np.zeros((len(keys), len(pairs)), dtype=np.float32)
    for row, found in enumerate(own):
        has[row, [pairs[pair] for pair in found]] = 1
    return _Index(keys, [known[key] for key in keys], pairs, has)


def _candidates(wanted: str, names: Names) -> list[tuple[str, str]]:
    """The (name, node)s that share most pairs of letters with a name (Dice 1945) and all its numbers; the
    finer comparison is too slow to be made with every name of a large roster."""
    index, own = _index(names), _pairs(wanted)
    if not own or not index.keys:
        return []
    shared = index.has[:, [index.pairs[pair] for pair in own if pair in index.pairs]].sum(axis=1)
    dice = 2 * shared / (len(own) + index.has.sum(axis=1))
    first = (i for i in np.argsort(-dice, kind="stable") if _digits(index.keys[i]) == _digits(wanted))
    return [(index.keys[i], index.nodes[i]) for i in itertools.islice(first, CANDIDATES)]


def _pairs(text: str) -> set[str]:
    """Pairs of neighbouring letters, the ends of words marked."""
    return {word[i : i + 2] for word in (f" {w} " for w in text.split()) for i in range(len(word) - 1)}


def _digits(text: str) -> Sequence[str]:
    return re.findall(r"\d+", text)


def _alike(one: str, other: str) -> float:
    short, long = sorted((len(one), len(other)))
    if not short or 2 * short / (short + long) < NEAR:
        return 0.0
    turned = (" ".join(sorted(one.split())), " ".join(sorted(other.split())))
    return max(_ratio(one, other), _ratio(*turned))


def _ratio(one: str, other: str) -> float:
    # The ratio depends on which of the two comes first; the order here does not depend on the roster.
    match = difflib.SequenceMatcher(None, min(one, other), max(one, other), autojunk=False)
    return match.ratio() if match.quick_ratio() >= NEAR else 0.0
