"""What the engagement section says in sentences, above the tables of each part: by rule, never why.

A sentence is said of the newest wave of each source, beside the wave before; what is suppressed or undefined
is left out. Imports engagement_lines, engagement_parts, engagement_phrases, formats, network_phrases,
sentences, view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from ksn_research.render import engagement_lines as lines
from ksn_research.render import engagement_parts as parts
from ksn_research.render import engagement_phrases as say
from ksn_research.render import formats
from ksn_research.render.engagement_phrases import Found, Said
from ksn_research.render.formats import Result
from ksn_research.render.network_phrases import inside, number, tested
from ksn_research.render.sentences import LEVEL, Sentence
from ksn_research.render.view import View

ALL = "all gatherings"
VERDICTS = ("Clearly more often than by lot", "Clearly less often than by lot", "No clear departure from lot")
Tell = Callable[[View, Found, Found], Iterator[Said]]


def by_part(seen: View) -> dict[str, list[Sentence]]:
    """The sentences of each part of the section, by the words that head it."""
    said: dict[str, list[Sentence]] = {}
    for part, analyses, tell in SAID:
        own = said.setdefault(part, [])
        for now, before in say.sources(seen, *analyses):
            for html, rows in tell(seen, now, before):
                name = f"{rows[0]['source']}.{rows[0]['measure']}"
                own.append(Sentence(name, html, tuple(str(row["id"]) for row in rows)))
    return said


def _reach(_seen: View, now: Found, was: Found) -> Iterator[Said]:
    units = {"people": ("person", "people"), "organisations": ("organisation", "organisations")}
    rows = [now["reach", unit, "", "share"] for unit in units if ("reach", unit, "", "share") in now]
    if not rows:
        return
    told = [
        Markup("{} of {}").format(number(row), say.counted(row, *units[row["measure"]], "n")) for row in rows
    ]
    older = [was["reach", row["measure"], "", "share"] for row in rows
             if ("reach", row["measure"], "", "share") in was]  # fmt: skip
    html = Markup("{} on the roster came to at least one gathering in {}").format(
        say.listed(told), say.when(rows[0])
    )
    if len(older) == len(rows):
        same = say.listed([formats.data(row) for row in older])
        html += Markup("; in {} it was {}").format(say.when(older[0]), same)
    yield html + ".", [*rows, *(older if len(older) == len(rows) else [])]


def _mixing(seen: View, now: Found, _was: Found) -> Iterator[Said]:
    """How often two people at one gathering have unlike roles, kinds of gathering by what lot would give."""
    rows = [row for (_, _, category, what), row in now.items() if not category and what == "across_share"]
    pairs = [(row, now["event_mixing", row["measure"], "", "across_expected"]) for row in rows
             if ("event_mixing", row["measure"], "", "across_expected") in now]  # fmt: skip
    tested_ = [pair for pair in pairs if not pd.isna(pair[0]["p"])]
    if not tested_:
        return
    verdicts: dict[str, list[Markup]] = {}
    for row, lot in sorted(tested_, key=lambda pair: VERDICTS.index(_by_lot(*pair))):
        verdicts.setdefault(_by_lot(row, lot), []).append(
            Markup("{}, {} of {} ({} by lot{})").format(
                say.kind(seen, row), number(row), say.counted(row, "pair", "pairs", "n"), formats.data(lot),
                Markup("; {}").format(tested(row)) if row["p"] < LEVEL else "",
            )
        )  # fmt: skip
    told = [Markup("{}: {}").format(verdict, Markup("; ").join(own)) for verdict, own in verdicts.items()]
    html = Markup("Two people at one gathering came in different roles, in {}. {}.")
    yield (
        html.format(say.when(tested_[0][0]), Markup(". ").join(told)),
        [row for pair in tested_ for row in pair],
    )


def _by_lot(row: Result, lot: Result) -> str:
    p: Any = row["p"]
    if p >= LEVEL:
        return VERDICTS[2]
    return VERDICTS[0] if row["estimate"] > lot["estimate"] else VERDICTS[1]


def _again(seen: View, now: Found, _was: Found) -> Iterator[Said]:
    whole = now.get(("coming_again", ALL, "within 90 days", "share"))
    own = [row for (analysis, kind, category, _), row in now.items()
           if analysis == "coming_again" and category == "within 180 days" and kind != ALL]  # fmt: skip
    if whole is None:
        return
    html = Markup("Of {} who came to a gathering in {}, {} came to another within ninety days.").format(
        say.counted(whole, "person", "people", "n"), say.when(whole), say.share(whole)
    )
    if own:
        told = [Markup("{} {}").format(say.kind(seen, row), say.share(row)) for row in own]
        html += Markup(" To one of the same kind within half a year: {}.").format(Markup(", ").join(told))
    often = [now[key] for key in (("frequency", ALL, "1", "share"), ("frequency", ALL, "4 or more", "share"))
             if key in now]  # fmt: skip
    if len(often) == 2:
        html += Markup(" {} came once, {} four times or more.").format(*(number(row) for row in often))
    late = now.get(("recency", ALL, "longer", "share"))
    if late is not None:
        html += Markup(" {} had last come more than half a year before the last gathering.").format(
            number(late)
        )
    yield html, [whole, *own, *(often if len(often) == 2 else []), *([late] if late is not None else [])]


def _guests(_seen: View, now: Found, was: Found) -> Iterator[Said]:
    key = ("conversion", "guest_to_member", "", "share")
    row = now.get(key)
    if row is None:
        return
    html = Markup("{} of {} had become members by its end").format(
        number(row),
        Markup("{} of {}").format(say.counted(row, "guest", "guests", "n"), say.when(row)),
    )
    rows = [row]
    if key in was:
        html += Markup("; of those of {} it was {} of {}").format(
            say.when(was[key]), formats.data(was[key]), formats.data(was[key], "n")
        )
        rows.append(was[key])
    html += Markup(".")
    kinds = [r for (analysis, _, _, _), r in now.items() if analysis == "conversion_by_kind"]
    if kinds:
        told = [
            Markup('<span class="label">{}</span> {}').format(
                r["category"], say.share_of(r, "guest", "guests")
            )
            for r in kinds
        ]
        html += Markup(" By the kind of gathering they came to: {}.").format(Markup(", ").join(told))
    soon = now.get(("conversion_time", "guest_to_member", "within 180 days", "share"))
    if soon is not None:
        html += Markup(" Within half a year of coming as a guest {} joined.").format(say.share(soon))
    yield html, [*rows, *kinds, *([soon] if soon is not None else [])]


def _ratings(_seen: View, now: Found, was: Found) -> Iterator[Said]:
    for (analysis, measure, category, what), mean in now.items():
        if analysis != "ratings" or category or what != "mean":
            continue
        rows = [mean]
        html = Markup("The mean rating in {} was {} from {}").format(
            say.when(mean), say.share(mean), say.counted(mean, "rating", "ratings", "n")
        )
        older = was.get((analysis, measure, "", "mean"))
        if older is not None:
            html += Markup(", in {} {}{}").format(say.when(older), formats.data(older), inside(older))
            rows.append(older)
        slope = now.get(("rating_trend", measure, "", "slope_per_month"))
        word = say.course(slope, "rose", "fell", "no clear change") if slope is not None else ""
        if slope is not None and word:
            said = "there was no clear change" if word == "no clear change" else f"ratings {word}"
            html += Markup(". Within the year {}: {} points a month{}").format(
                said, number(slope), inside(slope)
            )
            rows.append(slope)
        yield html + ".", rows


def _exchange(_seen: View, now: Found, _was: Found) -> Iterator[Said]:
    for (analysis, measure, category, what), brought in now.items():
        took = now.get((analysis, measure, "took away", "share"))
        if (category, what) != ("brought", "share") or took is None:
            continue
        html = Markup("{} of {} say that something was brought to the session, {} that something was taken "
                      "away")  # fmt: skip
        html = html.format(
            Markup("{}{}").format(number(brought), inside(brought)),
            say.counted(brought, "sheet", "sheets", "n"),
            say.share(took),
        )
        balance = now.get((analysis, measure, "", "balance"))
        word = "" if balance is None else say.course(balance, "more is taken than brought",
                                                     "more is brought than taken",
                                                     "no clear difference")  # fmt: skip
        if balance is None or not word:
            yield html + ".", [brought, took]
            continue
        html += Markup(": {} (difference {}; {}).").format(
            word, formats.data(balance), formats.data(balance, "interval")
        )
        yield html, [brought, took, balance]


SAID: tuple[tuple[str, Sequence[str], Tell], ...] = (
    (parts.GATHERINGS, ("reach",), _reach),
    (parts.GATHERINGS, ("event_mixing",), _mixing),
    (parts.AGAIN, ("coming_again", "frequency", "recency"), _again),
    (parts.GUESTS, ("conversion", "conversion_by_kind", "conversion_time"), _guests),
    (parts.SESSIONS, ("ratings", "rating_trend"), _ratings),
    (parts.SESSIONS, ("exchange",), _exchange),
    (parts.THANKS, ("recognition",), lines.thanks),
    (parts.THANKS, ("recognition",), lines.never),
    (parts.PLATFORM, ("activity",), lines.active),
    (parts.LASTING, ("lasting",), lines.lasting),
    (parts.AFTERWARDS, ("funnel",), lines.day),
    (parts.AFTERWARDS, ("funnel",), lines.views),
)
