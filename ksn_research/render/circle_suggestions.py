"""What a circle page suggests: rules as data (`templates/circle_suggestions.toml`), conditions as functions.

A suggestion rests on what the page shows and on nothing else, and says on what. Imports circle_data,
circle_items, circle_words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ksn_research.render.circle_data import PageInput, Record
from ksn_research.render.circle_items import Entry, Section
from ksn_research.render.circle_words import HIGH, LOW, how_many, order

FEWEST = 4  # sessions, before it can be said that attendance falls
FALLS = 0.2  # of the circle's people fewer came to the later half of the sessions than to the first
HALF = 0.5  # of the circle's people answered, less is a low response
ITEMS: Mapping[str, Callable[[Entry], bool]] = {
    "fell": lambda entry: entry.change == "lower",
    "rose": lambda entry: entry.change == "higher",
    "below": lambda entry: entry.place == "lower",
    "above": lambda entry: entry.place == "higher",
    "low": lambda entry: entry.said in LOW,
    "high": lambda entry: entry.said in HIGH,
}
FEW = 2  # fewer suggestions than this, and one is added that always holds
ALWAYS = "always"
PAGES = ("low_response", "attendance_falls", "attendance_holds", ALWAYS)


@dataclass(frozen=True)
class Rule:
    """When something is suggested, what, and the sentence that says why; `keep`: it goes well."""

    name: str
    when: str
    do: str
    because: str
    keep: bool = False


@dataclass(frozen=True)
class Rules:
    rules: tuple[Rule, ...]
    most: int


@dataclass(frozen=True)
class Suggestion:
    """What to do and why; `anchor` is the question on the page that it is about, empty for none."""

    do: str
    because: str
    keep: bool = False
    anchor: str = ""


def rules_of(text: str, own: Mapping[str, str] | None = None) -> Rules:
    """The rules of a TOML text, with a study's own texts by "rule.do" and "rule.because".

    >>> made = rules_of('most = 1\\n[[rule]]\\nname="a"\\nwhen="low"\\ndo="x"\\nbecause="y"', {"a.do": "z"})
    >>> made.rules[0].do, made.rules[0].because
    ('z', 'y')
    """
    told = tomllib.loads(text)
    own = own or {}
    rules = [Rule(**rule) for rule in told["rule"]]
    unknown = {rule.when for rule in rules} - {*ITEMS, *PAGES}
    if unknown:
        raise ValueError(f"no condition {sorted(unknown)}")
    kept = (
        replace(
            rule,
            do=own.get(f"{rule.name}.do") or rule.do,
            because=own.get(f"{rule.name}.because") or rule.because,
        )
        for rule in rules
    )
    return Rules(tuple(kept), int(told["most"]))


def suggestions(page: PageInput, parts: Sequence[Section], rules: Rules) -> list[Suggestion]:
    """Two or three suggestions, in the order of the rules; the last place is for what goes well, and what
    always holds is said only where there would be fewer than two."""
    used: set[str] = set()
    found = [(rule, made) for rule in rules.rules for made in _tried(rule, page, parts, used)]
    good = [made for rule, made in found if rule.keep][:1]
    to_do = [made for rule, made in found if not rule.keep and rule.when != ALWAYS][: rules.most - len(good)]
    rest = [made for rule, made in found if rule.when == ALWAYS][: max(0, FEW - len(good) - len(to_do))]
    return [*to_do, *rest, *good]


def _tried(rule: Rule, page: PageInput, parts: Sequence[Section], used: set[str]) -> Iterator[Suggestion]:
    """The rule's suggestion where its condition holds; of several questions the lowest, of
    what goes well the highest, a scale before single questions."""
    if rule.when in ITEMS:
        held = [entry for part in parts for entry in part.entries
                if ITEMS[rule.when](entry) and entry.measure not in used]  # fmt: skip
        if held:
            up = -1 if rule.keep else 1
            entry = min(held, key=lambda one: (up * order(one.said), one.kind != "scale"))
            used.add(entry.measure)
            yield _filled(rule, _words(entry), entry.anchor)
        return
    words = _of_page(rule.when, page, parts)
    if words is not None:
        yield _filled(rule, words)


def _filled(rule: Rule, words: Mapping[str, str], anchor: str = "") -> Suggestion:
    return Suggestion(rule.do.format_map(words), rule.because.format_map(words), rule.keep, anchor)


def _words(entry: Entry) -> dict[str, str]:
    return {"label": entry.label, "said": entry.said, "before": entry.before, "when": entry.when,
            "middle": entry.middle}  # fmt: skip


def _of_page(when: str, page: PageInput, parts: Sequence[Section]) -> dict[str, str] | None:
    """The words of a condition about the whole page; None where it does not hold."""
    if when == "low_response":
        return _low(parts[0], page.rule) if parts else None
    if when == ALWAYS:
        shown = any(part.shown for part in parts)
        return {"nothing": "nothing on this page stands out." if shown else
                "this page cannot show enough answers of this circle to suggest more."}  # fmt: skip
    halves = attendance_halves(page.sessions)
    if halves is None:
        return None
    first, last, members = halves
    falls, holds = first - last >= FALLS * members, last >= max(HALF * members, first)
    if not (falls if when == "attendance_falls" else holds):
        return None
    return {name: f"{round(n)} of {members}" for name, n in (("first", first), ("last", last))}


def _low(part: Section, rule: str) -> dict[str, str] | None:
    if part.n is None:
        return {"who": rule, "title": part.title} if part.why else None
    if not part.of or part.n >= HALF * part.of:
        return None
    return {"who": f"{part.n} of {part.of} people ({how_many(part.n, part.of)})", "title": part.title}


def attendance_halves(sessions: Sequence[Record]) -> tuple[float, float, int] | None:
    """How many came on average to the earlier and to the later half of the sessions, and of how many; None
    with fewer than `FEWEST`, or where the circle's people are not known. A middle session is in neither."""
    known = sorted((s for s in sessions if s["came"] is not None and s["date"]), key=lambda s: s["date"])
    members = max((s["members"] or 0 for s in known), default=0)
    half = len(known) // 2
    if len(known) < FEWEST or not members:
        return None
    first, last = (sum(s["came"] for s in part) / half for part in (known[:half], known[-half:]))
    return first, last, int(members)


def stated(rules: Rules) -> list[str]:
    """The conditions in their order, in the page's words."""
    return [SAID[rule.when] for rule in rules.rules if rule.when in SAID]


SAID: Mapping[str, str] = {
    "low_response": "fewer than half of the people answered the first questionnaire",
    "fell": "a word is lower than last time",
    "below": "a word is lower than in the middle circle of the network",
    "attendance_falls": "a fifth of the people stay away from the later sessions who came to the first",
    "low": "a word is “few” or “about half or fewer”",
    "rose": "a word is higher than last time",
    "above": "a word is higher than in the middle circle",
    "high": "a word is “most” or higher",
    "attendance_holds": "at least half of the people came to the later sessions, no fewer than to the first",
}
