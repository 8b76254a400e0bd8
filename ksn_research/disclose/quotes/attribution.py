"""Who is said to have said it: as much as the speaker allowed and as many others share.

A line is judged by those who bear the same line once all lines are coarsened, not by those who bore it
before: otherwise what was left out of a line would tell that few share it (k-anonymity after Sweeney 2002;
the attack on what was left out: Wong, Fu, Wang & Pei 2007). A quote without a line is always possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pandas as pd

from ksn_research.disclose.quotes.consent import NAMED, ORGANISATION, ROLE, Consent
from ksn_research.disclose.quotes.folding import latin, words
from ksn_research.disclose.quotes.roster import Roster
from ksn_research.plan.quotes import Rules

Line = tuple[tuple[str, str], ...]
NOBODY: Line = ()
HOUSES = 3  # organisations of whose people two things told together must be true


def lines(
    interviews: pd.DataFrame, records: Mapping[str, Consent], roster: Roster, rules: Rules
) -> dict[str, Line]:
    """What a quote of each interview may show of its speaker: pairs of column and value, none for nothing.

    interviews  columns interview, and of member, organisation and the columns of `rules.attribution` those
                that there are. People who are quoted with their own or their organisation's name, and those
                who withdrew, stand outside: nobody can be hidden among them
    """
    columns = [name for name in rules.attribution if name in interviews]
    own = {
        str(row["interview"]): _shown(row, columns) for row in interviews.to_dict("records")
    }  # fmt: skip
    hidden = [
        name for name in own
        if records[name].level not in (NAMED, ORGANISATION) and records[name].refused != "consent withdrawn"
    ]  # fmt: skip
    crowd = _crowd(interviews)
    shared = coarsened({name: own[name] for name in hidden}, crowd, roster.population, rules)
    named = _own_names(interviews, records, roster)
    return {
        name: named.get(name) or (shared.get(name, NOBODY) if records[name].level == ROLE else NOBODY)
        for name in own
    }


def coarsened(
    own: Mapping[str, Line], crowd: Mapping[str, tuple[str, str]], population: pd.DataFrame, rules: Rules
) -> dict[str, Line]:
    """Lines, coarsened until each that is left is shared by enough.

    own    what each interview's speaker is
    crowd  interview -> (person, organisation or "")
    """
    now = dict(own)
    while True:
        groups: dict[Line, list[str]] = {}
        for name, line in now.items():
            groups.setdefault(line, []).append(name)
        small = [
            line for line in groups if line and not _enough(groups[line], line, crowd, population, rules)
        ]
        if not small and not _few(groups.get(NOBODY, []), crowd, rules.k):
            return now
        # The longest lines first; when none is too rare but those without a line are few, the rarest joins.
        chosen = max(small, key=lambda line: (len(line), line)) if small else _rarest(groups)
        if chosen is None:
            return now
        step = _step(chosen) if small else NOBODY
        now |= dict.fromkeys(groups[chosen], step)


def _step(line: Line) -> Line:
    """A line without its most telling part."""
    return line[:-1]


def _rarest(groups: Mapping[Line, Sequence[str]]) -> Line | None:
    told = [line for line in groups if line]
    return min(told, key=lambda line: (len(groups[line]), line)) if told else None


def _few(names: Sequence[str], crowd: Mapping[str, tuple[str, str]], k: int) -> bool:
    return 0 < len({crowd[name][0] for name in names}) < k


def _enough(
    names: Sequence[str],
    line: Line,
    crowd: Mapping[str, tuple[str, str]],
    population: pd.DataFrame,
    rules: Rules,
) -> bool:
    if len({crowd[name][0] for name in names}) < rules.k or among(population, dict(line)) < rules.k:
        return False
    houses = {crowd[name][1] for name in names}
    return "" in houses or len(houses) >= rules.organisations


def among(population: pd.DataFrame, said: Mapping[str, str]) -> float:
    """How many people of the population all this is true of; without end where it is not known of anybody."""
    known = [name for name in said if name in population]
    if not known or population.empty:
        return float("inf")
    chosen = _true_of(population, said)
    return float(chosen["member"].nunique() if "member" in chosen else len(chosen))


def _shown(row: Mapping[object, object], columns: Sequence[str]) -> Line:
    """What is known of a speaker."""
    found: list[tuple[str, str]] = []
    for name in columns:
        text = _text(row.get(name))
        if text:
            found.append((name, text))
    return tuple(found)


def _crowd(interviews: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Interview -> whose it is, and of which organisation: several interviews of one person are one."""
    return {
        str(row["interview"]): (
            _text(row.get("member")) or f"interview {row['interview']}", _text(row.get("organisation"))
        )
        for row in interviews.to_dict("records")
    }  # fmt: skip


def _own_names(interviews: pd.DataFrame, records: Mapping[str, Consent], roster: Roster) -> dict[str, Line]:
    """The lines of those who are quoted with their name or their organisation's."""
    found: dict[str, Line] = {}
    for row in interviews.to_dict("records"):
        name, level = str(row["interview"]), records[str(row["interview"])].level
        house = _text(row.get("organisation"))
        person = _text(row.get("speaker"))
        if level == NAMED and person:
            found[name] = (("speaker", person),)
        elif level in (NAMED, ORGANISATION) and roster.called.get(house):
            found[name] = (("organisation", roster.called[house]),)
    return found


def worded(line: Line) -> str:
    """A line as it is printed; "" where there is none.

    >>> worded((("type", "company"), ("role", "mentor")))
    'mentor, company'
    """
    return ", ".join(value for _, value in reversed(line))


@dataclass(frozen=True, eq=False)
class Values:
    """What the population's columns hold, each value in the forms in which talk has it, the rarest first."""

    population: pd.DataFrame
    forms: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    seen: dict[tuple[frozenset[tuple[str, str]], int], bool] = field(default_factory=dict)

    def mentions(self, text: str) -> dict[str, str]:
        """Values that a folded text names, the rarest of each column.

        >>> roles = pd.DataFrame({"role": ["librarian"], "region": ["Western Lakes"]})
        >>> values(roles).mentions("as a librarian in the western lakes")
        {'role': 'librarian', 'region': 'Western Lakes'}
        """
        padded = f" {text} "
        said = {
            name: next((value for value, forms in known if any(form in padded for form in forms)), "")
            for name, known in self.forms.items()
        }
        return {name: value for name, value in said.items() if value}

    def telling(self, said: Mapping[str, str], k: int) -> bool:
        """Whether what is told of a speaker is true of too few; each combination is counted once."""
        key = (frozenset(said.items()), k)
        if key not in self.seen:
            self.seen[key] = telling(said, self.population, k)
        return self.seen[key]


def values(population: pd.DataFrame, columns: Sequence[str] = ("role", "type", "region")) -> Values:
    """The values of a population that talk may name."""
    held = {}
    for name in (column for column in columns if column in population):
        counts = population[name].dropna().astype(str).value_counts(ascending=True)
        held[name] = tuple((str(value), _forms(str(value))) for value in counts.index if str(value))
    return Values(population, held)


def telling(said: Mapping[str, str], population: pd.DataFrame, k: int) -> bool:
    """Whether what is told of a speaker, or any part of it, is true of fewer than k people."""
    names = sorted(said)
    parts = (combo for size in range(1, len(names) + 1) for combo in combinations(names, size))
    return any(among(population, {name: said[name] for name in combo}) < k for combo in parts) or (
        len(said) > 1 and _houses(population, said) < HOUSES
    )


def _houses(population: pd.DataFrame, said: Mapping[str, str]) -> float:
    """Of how many organisations those are of whom all this is true; without end where it is not known."""
    if "organisation" not in population or among(population, said) == float("inf"):
        return float("inf")
    return float(_true_of(population, said)["organisation"].nunique())


def _true_of(population: pd.DataFrame, said: Mapping[str, str]) -> pd.DataFrame:
    mask = pd.Series(True, index=population.index)
    for name in (name for name in said if name in population):
        mask &= population[name].astype("str").str.casefold().eq(said[name].casefold()).fillna(False)
    return population[mask]


def _forms(value: str) -> tuple[str, ...]:
    base = " ".join(word.bare for word in words(latin(value)))
    return tuple(f" {form} " for form in (base, f"{base}s", f"{base.removesuffix('y')}ies"))


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value).strip()
