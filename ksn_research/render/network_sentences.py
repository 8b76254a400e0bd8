"""What the network section says in sentences, above the tables of each part: by rule, never why.

A sentence is said of the newest wave, of the relations that the study's headline measures name (of a source
that names none, of all), and only where every number in it is published.

Imports formats, network_parts, network_phrases, sentences, view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from ksn_research.render import formats
from ksn_research.render import network_parts as parts
from ksn_research.render import network_phrases as say
from ksn_research.render.formats import Result
from ksn_research.render.network_phrases import Found
from ksn_research.render.sentences import LEVEL, Sentence
from ksn_research.render.view import NAMED, View, newest, wave_of, year_html

Said = tuple[Markup, Sequence[Result]] | None


def by_part(seen: View) -> dict[str, list[Sentence]]:
    """The sentences of each part of the section, by the words that head it."""
    said: dict[str, list[Sentence]] = {}
    for part, analysis, tell in SAID:
        said.setdefault(part, []).extend(_sentences(seen, analysis, tell))
    return said


def _sentences(seen: View, analysis: str, tell: Callable[[View, Result, Found], Said]) -> Iterator[Sentence]:
    """One sentence for each measure, and group of an attribute, of which the analysis has what it takes."""
    rows: list[Result] = sorted(seen.rows(analysis=analysis, level=""), key=seen.rank)
    rows = rows if analysis in NAMED else seen.of_headline(rows)
    for about, own in _blocks(rows).items():
        found = {(str(r["category"]), str(r["statistic"])): r for r in own}
        told = tell(seen, own[0], found)
        if told is not None and all(row["status"] == "published" for row in told[1]):
            yield Sentence(".".join(about[:2]), told[0], tuple(str(row["id"]) for row in told[1]))


def _blocks(rows: Sequence[Result]) -> dict[tuple[str, str, str], list[Result]]:
    """Rows of the newest wave of each source, measure and attribute."""
    made: dict[tuple[str, str, str], list[Result]] = {}
    for row in rows:
        made.setdefault((row["source"], row["measure"], row["group"]), []).append(row)
    return {about: newest(own) for about, own in made.items()}


def _shape(seen: View, one: Result, found: Found) -> Said:
    rows = say.named(found, "respondents", "nodes", "density", "density_low", "density_high")
    if rows is None or one["group"]:
        return None
    answered, nodes, density, low, high = rows
    if answered["estimate"] == nodes["estimate"]:
        return _whole_shape(seen, one, rows[:3]), rows[:3]
    html = Markup(
        "{}, {}: {} of {} {} answered. Of {} that could be tied, their answers speak of {}; the density "
        "of these is {}{}. Whatever the others would have said, it lies between {} and {}."
    ).format(
        say.relation(seen, one),
        year_html(wave_of(one)),
        say.number(answered),
        say.number(nodes),
        nodes["unit"],
        say.pairs(density),
        formats.data(density, "n"),
        say.number(density),
        say.inside(density),
        say.number(low),
        say.number(high),
    )
    return html, rows


def _whole_shape(seen: View, one: Result, rows: Sequence[Result]) -> Markup:
    answered, nodes, density = rows
    return Markup("{}, {}: {} of {} {} answered. The density of the {} is {}{}.").format(
        say.relation(seen, one),
        year_html(wave_of(one)),
        say.number(answered),
        say.number(nodes),
        nodes["unit"],
        say.pairs(density),
        say.number(density),
        say.inside(density),
    )


def _boundary(seen: View, one: Result, found: Found) -> Said:
    rows = say.named(found, "e_i_index", "e_i_expected", "within_share")
    if rows is None or one["group"] not in ("region", "type"):
        return None
    index, expected, within = rows
    p: Any = index["p"]
    fewer = "fewer" if index["estimate"] < expected["estimate"] else "more"
    clear = bool(not pd.isna(p) and p < LEVEL)
    verdict = f"{fewer} go across than chance would give" if clear else "no clear departure from chance"
    html = Markup("{}, by {}: {} of {} tied pairs stay within. E-I index {}{}, {} by chance{}: {}.").format(
        say.relation(seen, one),
        one["group"],
        say.number(within),
        formats.data(within, "n"),
        say.number(index),
        say.inside(index),
        say.number(expected),
        say.p_inside(index),
        verdict,
    )
    return html, rows


def _brokers(seen: View, one: Result, found: Found) -> Said:
    """Roles of which there are clearly more or fewer than labels dealt out by lot would give."""
    roles = [
        (row, found[name, "reshuffled"])
        for (name, statistic), row in found.items()
        if statistic == "triads" and (name, "reshuffled") in found and say.clear(row)
    ]
    if one["group"] not in ("region", "type") or not roles:
        return None
    told = [
        Markup("{} {} ({} by lot; {})").format(
            say.role(seen, row), say.number(row), formats.data(lot), say.tested(row, "p_adjusted")
        )
        for row, lot in roles
    ]
    html = Markup(
        "{}, open triads by their broker's role between {}s, where clearly not by chance: {}."
    ).format(say.relation(seen, one), one["group"], Markup(", ").join(told))
    return html, [row for pair in roles for row in pair]


def _communities(seen: View, one: Result, found: Found) -> Said:
    rows = say.named(found, "communities", "modularity", "expected_modularity", "stability")
    if rows is None or one["group"]:
        return None
    count, modularity, expected, stability = rows
    html = Markup(
        "{}: the ties suggest {} communities among {} {}; modularity {}, {} in networks dealt out by lot{}. "
        "Two runs agree to {}, where one is always."
    ).format(
        say.relation(seen, one),
        say.number(count),
        formats.data(count, "n"),
        count["unit"],
        say.number(modularity),
        say.number(expected),
        say.p_inside(found.get(("", "modularity_z"), modularity)),
        say.number(stability),
    )
    return html, rows


def _explained(seen: View, one: Result, found: Found) -> Said:
    return _models(seen, one, found, (("", "Ties"),))


def _made(seen: View, one: Result, found: Found) -> Said:
    return _models(seen, one, found, (("formation_", "New ties"), ("persistence_", "Kept ties")))


def _models(seen: View, one: Result, found: Found, kinds: Sequence[tuple[str, str]]) -> Said:
    """Of each model the predictors whose p is below .05, with their odds ratio; that there are none, else."""
    said: list[Markup] = []
    used: list[Result] = []
    for kind, words in kinds:
        tested = [
            r for (name, what), r in found.items() if name and what == f"{kind}log_odds" and say.tells(r)
        ]
        if tested:
            clear = [r for r in tested if r["p"] < LEVEL and (r["category"], f"{kind}odds_ratio") in found]
            ratios = [found[row["category"], f"{kind}odds_ratio"] for row in clear]
            told = [say.odds(seen, row, ratio) for row, ratio in zip(clear, ratios, strict=True)]
            listed = Markup("; ").join(told) or "nothing clearly"
            said.append(Markup("{} ({}) go with {}.").format(words, formats.rests_on(tested[0]), listed))
            used += [tested[0], *clear, *ratios]
    if not said:
        return None
    about = Markup('<span class="label">{}</span>').format(seen.heading(one))
    return Markup("{}. {}").format(about, Markup(" ").join(said)), used


def _kinds(seen: View, found: Found) -> tuple[Markup, list[Result]]:
    """The kinds of gathering at which, among the equally ready to come, the ratio is clearly not one."""
    tested = [
        row for (name, statistic), row in found.items() if name and statistic == "risk_ratio_stratified"
    ]
    clear = [row for row in tested if say.clear(row)]
    if not any(row["status"] == "published" for row in tested):
        return Markup(""), []
    told = [
        Markup('<span class="label">{}</span>, {} times ({}; {})').format(
            seen.words(row, "category"),
            say.number(row),
            formats.data(row, "interval"),
            say.tested(row, "p_adjusted"),
        )
        for row in clear
    ]
    said = Markup("; ").join(told) or "none"
    html = Markup(
        " Kinds of gathering at which that ratio is clearly not one, p adjusted for their number: {}."
    )
    return html.format(said), clear


def _change(seen: View, one: Result, found: Found) -> Said:
    rows = say.named(found, "kept", "dissolved", "created")
    if rows is None:
        return None
    html = Markup("{}, since the wave before: {} ties kept, {} dissolved, {} made, on {}.").format(
        say.relation(seen, one), *(say.number(row) for row in rows), formats.rests_on(rows[0])
    )
    return html, rows


def _meeting(seen: View, one: Result, found: Found) -> Said:
    rows = say.named(found, "risk_co_attending", "risk_others", "risk_ratio")
    if rows is None:
        return None
    came, others, ratio = rows
    html = Markup(
        "{}: of pairs that came to the same gathering and were not tied before, {} made a tie; of the other "
        "pairs, {}. That is {} times as often{}"
    ).format(
        say.relation(seen, one), say.of(came), say.of(others), say.number(ratio), say.inside(ratio, p=True)
    )
    for name, words in (
        ("risk_ratio_stratified", Markup("; among those equally ready to come {} times{}")),
        ("placebo_ratio", Markup("; before the gatherings they were tied {} times as often as the others{}")),
    ):
        more = found.get(("", name))
        if more is not None and more["status"] == "published":
            html += words.format(say.number(more), say.inside(more, p=True))
            rows.append(more)
    kinds, clear = _kinds(seen, found)
    return html + Markup(".") + kinds, [*rows, *clear]


def _circles(_seen: View, _one: Result, found: Found) -> Said:
    targeted, random = ("most bridging first", "connected_half_left"), ("at random", "connected_half_left")
    rows = say.named(found, "bridging_people", "connected_circles", targeted, random)
    if rows is None:
        return None
    people, connected, half, lot = rows
    html = Markup(
        "{} of {} people in circles sit in two or more; through such people {} of {} circles hang "
        "together. When the half of them that bridges most has left, {} circles still do on average; "
        "when as many people leave by lot, {}."
    ).format(
        say.number(people),
        formats.data(people, "n"),
        say.number(connected),
        formats.data(connected, "n"),
        say.number(half),
        say.number(lot),
    )
    return html, rows


def _ideas(_seen: View, _one: Result, found: Found) -> Said:
    rows = say.named(
        found,
        "ideas",
        "travelled_share",
        ("linked", "adoption_rate"),
        ("others", "adoption_rate"),
        "adoption_ratio",
    )
    if rows is None:
        return None
    number, travelled, linked, others, ratio = rows
    html = Markup(
        "Of {} ideas, {} reached a second circle. A circle that shares a member with one that had the "
        "idea took it up on {} occasions, another circle on {}: {} times as often{}."
    ).format(
        say.number(number),
        say.number(travelled),
        say.of(linked),
        say.of(others),
        say.number(ratio),
        say.inside(ratio, p=True),
    )
    return html, rows


def _help(_seen: View, one: Result, found: Found) -> Said:
    rows = say.named(found, "outside_share")
    if rows is None or one["group"]:
        return None
    html = Markup("{} of {} help ties{} are between people who are no pair of the official scheme.").format(
        say.number(rows[0]), formats.data(rows[0], "n"), say.inside(rows[0])
    )
    return html, rows


def _expertise(_seen: View, _one: Result, found: Found) -> Said:
    rows = say.named(found, ("uncovered", "topics"), ("uncovered", "share"), ("asks", "reached_share"))
    if rows is None:
        return None
    topics, share, reached = rows
    html = Markup(
        "Topics that somebody needs and nobody offers: {}; {} of {} people who need something need one "
        "of them. Of {} asks, {}{} went to somebody who offers the topic."
    ).format(
        say.number(topics),
        say.number(share),
        formats.data(share, "n"),
        formats.data(reached, "n"),
        say.number(reached),
        say.inside(reached),
    )
    return html, rows


SAID: tuple[tuple[str, str, Callable[[View, Result, Found], Said]], ...] = (
    (parts.SHAPE, "network", _shape),
    (parts.BOUNDARIES, "mixing", _boundary),
    (parts.BOUNDARIES, "brokerage", _brokers),
    (parts.BOUNDARIES, "communities", _communities),
    (parts.TIES, "explained", _explained),
    (parts.CHANGE, "network_change", _change),
    (parts.CHANGE, "explained", _made),
    (parts.GATHERINGS, "co_attendance", _meeting),
    (parts.CIRCLES, "two_mode", _circles),
    (parts.CIRCLES, "spread", _ideas),
    (parts.HELP, "informal", _help),
    (parts.EXPERTISE, "expertise", _expertise),
)
