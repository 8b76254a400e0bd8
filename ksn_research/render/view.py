"""A publishable edition as the rest of `render` reads it: labelled, with the format of each number.

Imports engagement_words, formats, network_words, text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd
from markupsafe import Markup

from ksn_research.disclose import Publishable
from ksn_research.errors import DisclosureError
from ksn_research.render import engagement_words, formats, network_words
from ksn_research.render.text import edition_as_text
from ksn_research.results import find

Wave = tuple[int | None, str]
EARLIER = ["id", "estimate", "ci_low", "ci_high", "n", "status", "note", "edition"]
WITHIN_YEAR = {"kick-off": 0, "midpoint": 1, "closing": 2}
MEASURES = {
    "people": "People",
    "organisations": "Organisations",
    "joined": "Joined",
    "left": "Left",
    "guest_to_member": "Guests who became members",
    "active_members": "Active members",
    "linkage": "Members found again",
    "weights": "Weights",
}
DECLARED = "analyses"  # what the words of analyses that the plan declares stand under
# Analyses of which the declared name is the measure.
NAMED = (
    "nested", "two_mode", "spread", "informal", "expertise", "explained", "recognition", "exchange", "funnel",
)  # fmt: skip
STATISTICS = {
    "difference": "as answered",
    "difference_adjusted": "adjusted",
    "change_modelled": "modelled",
    "change_complete": "complete cases",
    "change_shifted": "drop-outs shifted",
    "needs": "need it",
    "offers": "offer it",
    "triads": "found",
    "reshuffled": "by lot",
    "risk_co_attending": "came together",
    "risk_others": "others",
}
# Analyses whose notes a reader has to see beside their numbers.
NOTED = ("change", "panel", "roster", "groups", "adjusted", "nested", "waves", "invariance",
         "theme_differences", "theme_change")  # fmt: skip
RELIABILITY = ("alpha", "omega", "ordinal_alpha", "spearman_brown", "icc1", "icc2", "rwg")


@dataclass(frozen=True, eq=False)
class View:
    """A publishable edition with its results in printing order (`kind` joined). One edition has one view, so
    what sections ask for again and again is worked out once and kept with it."""

    publishable: Publishable
    results: pd.DataFrame
    order: Mapping[str, int]

    def rows(self, **wanted: Any) -> list[dict[str, Any]]:
        """Results as dictionaries, chosen as `results.find` does."""
        analysis = wanted.get("analysis")
        if not isinstance(analysis, str):
            return records(find(self.results, **wanted))
        # Most ask for one analysis, a small part of all, hundreds of times: chosen without a frame.
        tests = [(name, _is(value)) for name, value in wanted.items() if name != "analysis"]
        part = self._parts.get(analysis, ())
        return [dict(row) for row in part if all(fits(row[name]) for name, fits in tests)]

    @cached_property
    def _parts(self) -> dict[str, list[dict[str, Any]]]:
        """The results of each analysis, as dictionaries."""
        groups = self.results.groupby("analysis", sort=False)
        return {str(name): records(part) for name, part in groups}

    def label(self, name: str, *context: str) -> str:
        """Words for an id; the id itself, made readable, where the study gives none.

        context  what the id belongs to, outermost first (source, question), tried before the bare id
        """
        labels = self.publishable.labels
        for start in range(len(context) + 1):
            path = [*context[start:], name]
            for joint in (".", "/"):
                if joint.join(path) in labels:
                    return str(labels[joint.join(path)])
        return readable(name)

    def heading(self, row: formats.Result) -> str:
        """Words for a result's measure."""
        if row["analysis"] in NAMED:
            return self.label(row["measure"], DECLARED)
        return self.measure(row["measure"], row["source"])

    def measure(self, name: str, source: str) -> str:
        """Words for a measure of a source. A measure that analyses name keeps that name, whatever source
        bears the same identifier."""
        return MEASURES[name] if name in MEASURES else self.label(name, source)

    def marked(self, name: str, *context: str) -> Markup:
        """A label as HTML, marked as one: its digits are the study's words, not numbers."""
        return Markup('<span class="label">{}</span>').format(self.label(name, *context))

    def words(self, row: formats.Result, field: str) -> str:
        """Words for one field of a result: source, measure, category, group ("by region"), level, wave or
        statistic; "compared" is with whom the members of something are, "pair" two measures that meet."""
        if field == "wave":
            return wave_label(wave_of(row))
        if field == "measure":
            return self.heading(row)
        if field == "statistic":
            return STATISTICS.get(row["statistic"], str(row["statistic"]))
        if field == "compared":
            return self.label(row["category"], DECLARED) if row["category"] else "Came to a gathering"
        if field == "pair":
            return " + ".join(self.label(name, row["source"]) for name in (row["measure"], row["category"]))
        if field == "category" and row["analysis"] in ("groups", "adjusted", "two_sources"):
            return self.label(row["category"], DECLARED)
        if field == "category" and row["analysis"] == "relations":
            return self.measure(row["category"], row["source"])
        if field == "category" and row["analysis"] == "explained":
            return network_words.predictor(row["category"], lambda name: self.label(name, row["source"]))
        if field == "category" and row["category"] in network_words.CATEGORIES.get(row["analysis"], ()):
            return network_words.CATEGORIES[row["analysis"]][row["category"]]
        if field == "category" and row["analysis"] in engagement_words.ANALYSES:
            return engagement_words.category(row, lambda name: self.label(name, row["source"]))
        if field == "group":
            return f"by {row['group'].replace('_', ' ')}" if row["group"] else ""
        within = {"category": (row["source"], row["measure"]), "level": (row["group"],), "source": ()}.get(
            field
        )
        if within is None:
            return str(row[field])
        return self.label(row[field], *within) if row[field] else ""

    def remark(self, row: formats.Result) -> str:
        """What a reader has to know beside a published number, empty where there is nothing: the note of a
        comparison or a coefficient, and of an older wave's score or share, why it is not comparable with the
        newest."""
        if row["status"] != "published" or row["group"] == "circle":
            return ""
        paired = row["analysis"] == "two_sources" and row["statistic"] == "difference"
        if paired or row["analysis"] in NOTED or row["statistic"] in RELIABILITY:
            return str(row["note"])
        broken = self.broken.get((row["source"], row["measure"]))
        if broken is None or row["analysis"] not in ("scales", "shares") or wave_of(row) == broken[0]:
            return ""
        return f"{wave_label(wave_of(row))} is not comparable with {wave_label(broken[0])} ({broken[1]})"

    @cached_property
    def broken(self) -> dict[tuple[str, str], tuple[Wave, str]]:
        """By source and measure: the newest wave, and why it cannot be compared with the one before."""
        rows = self.rows(analysis="change", statistic="difference", status="not comparable")
        return {(row["source"], row["measure"]): (wave_of(row), str(row["note"])) for row in rows}

    @cached_property
    def earlier(self) -> dict[str, dict[int, dict[str, Any]]]:
        """What editions of earlier years published: by id without its year, by year; the newest edition's of
        each. Rows without a number are kept where they say that two years are not comparable."""
        past = self.publishable.earlier.reindex(columns=EARLIER)
        past = past.assign(status=past["status"].fillna("published"), note=past["note"].fillna(""))
        of = past["edition"].astype("str").str[:4].astype(int)
        told = past["estimate"].notna() | (past["status"] == "not comparable")
        past = past.assign(edition=of)[told & (of < self.year)].sort_values("edition", kind="stable")
        found: dict[str, dict[int, dict[str, Any]]] = {}
        for row in records(past):
            year, _, tail = str(row["id"]).partition(".")
            if year.isdigit():
                found.setdefault(tail, {})[int(year)] = row
        return found

    def rank(self, row: formats.Result) -> tuple[object, ...]:
        """Printing order: sources that headline measures name, measures as the plan names them, the whole
        before its groups, waves apart."""
        full, bare = f"{row['source']}.{row['measure']}", row["measure"]
        measure = min(self.order.get(full, len(self.order)), self.order.get(bare, len(self.order)))
        whole = row["measure"] not in ("all gatherings", "all codes")
        inside = WITHIN_YEAR.get(row["category"], len(WITHIN_YEAR)) if row["category"] else -1
        category = (inside, row["category"])
        first = self._named.get(row["source"], len(self._named))
        return (first, row["source"], whole, measure, bare, row["group"], category, row["level"])

    def of_headline(self, rows: Sequence[formats.Result]) -> list[formats.Result]:
        """Rows of measures that the study declares; of a source that has none of them, all."""
        declared = {tuple(name.split(".")[:2]) for name in self.publishable.study.headline}
        told = {row["source"] for row in rows if (row["source"], row["measure"]) in declared}
        return [r for r in rows if r["source"] not in told or (r["source"], r["measure"]) in declared]

    def foremost(self, sources: Iterable[str]) -> list[str]:
        """Sources in the order in which headline measures name them, then the others by name."""
        return sorted(sources, key=lambda s: (self._named.get(s, len(self._named)), s))

    @cached_property
    def _named(self) -> dict[str, int]:
        """The place of each source among those that headline measures name."""
        sources = dict.fromkeys(name.partition(".")[0] for name in self.publishable.study.headline)
        return {source: place for place, source in enumerate(sources)}

    @property
    def year(self) -> int:
        return int(self.publishable.study.year)

    @property
    def rule(self) -> str:
        """The small-cell rule in words."""
        study = self.publishable.study
        return f"fewer than {formats.in_words(study.people)} people"


def _is(wanted: Any) -> Callable[[Any], bool]:
    """Whether a value is what `results.find` wants: equal, one of several, or missing for None."""
    if wanted is None:
        return lambda value: bool(pd.isna(value))
    several = {wanted} if isinstance(wanted, str | int) else set(wanted)
    return lambda value: value in several


def records(results: pd.DataFrame) -> list[dict[str, Any]]:
    """Results as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in results.to_dict("records")]


def view(publishable: object) -> View:
    """The edition, if it has passed disclosure control; DisclosureError if not."""
    if not isinstance(publishable, Publishable):
        raise DisclosureError(
            f"a {type(publishable).__name__} was about to be shown",
            remedy="pass it through ksn_research.disclose.publish first",
        )
    return _view(publishable)


@lru_cache(maxsize=2)
def _view(publishable: Publishable) -> View:
    clean = edition_as_text(publishable)
    order = {name: place for place, name in enumerate(clean.labels)}
    return View(clean, clean.results.assign(kind=formats.kinds(clean.results)), order)


def waves(rows: Sequence[formats.Result]) -> list[Wave]:
    """The waves that results are of, oldest first; within a year in `wave_order`."""
    return sorted({wave_of(row) for row in rows}, key=wave_order)


def newest(rows: Sequence[formats.Result]) -> list[formats.Result]:
    """The results of the newest wave among them."""
    last = waves(rows)[-1:]
    return [row for row in rows if wave_of(row) in last]


def wave_order(wave: Wave) -> tuple[int, int, str]:
    """What puts waves in order: year, then the usual course within a year, then the name.

    >>> sorted([(2025, "closing"), (2025, "kick-off"), (2024, "")], key=wave_order)
    [(2024, ''), (2025, 'kick-off'), (2025, 'closing')]
    """
    year, name = wave
    return (year or 0, WITHIN_YEAR.get(name, len(WITHIN_YEAR)), name)


def wave_of(row: formats.Result) -> Wave:
    """The wave of one result."""
    return (None if pd.isna(row["year"]) else int(row["year"]), str(row["wave"]))


def wave_label(wave: Wave) -> str:
    """ "2025", "2025 midpoint" or "undated".

    >>> wave_label((2025, "midpoint")), wave_label((None, ""))
    ('2025 midpoint', 'undated')
    """
    year, name = wave
    return f"{year if year is not None else 'undated'} {name}".strip()


def year_html(wave: Wave) -> Markup:
    """A wave as HTML, marked as a label."""
    return Markup('<span class="year">{}</span>').format(wave_label(wave))


def readable(name: str) -> str:
    """An id made readable; anything that is already words stays.

    >>> readable("monthly_active_members"), readable("Cape & Islands")
    ('Monthly active members', 'Cape & Islands')
    """
    if not re.fullmatch(r"[a-z0-9_\-]+", name):
        return name
    return sentence_case(name.replace("_", " ").strip())


def sentence_case(words: str) -> str:
    """Words with a capital first letter.

    >>> sentence_case("all gatherings")
    'All gatherings'
    """
    return words[:1].upper() + words[1:]
