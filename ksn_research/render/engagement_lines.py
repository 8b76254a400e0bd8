"""What is said of thanks, of the platform and of what is used of a gathering: sentences of the newest wave.

Each takes the published results of one source, now and in the wave before, and yields its sentences with the
results that they state. Imports engagement_phrases, formats, network_phrases, view.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from ksn_research.render import engagement_phrases as say
from ksn_research.render import formats
from ksn_research.render.engagement_phrases import Found, Said
from ksn_research.render.formats import Result
from ksn_research.render.network_phrases import inside, number
from ksn_research.render.view import View, wave_of


def thanks(_seen: View, now: Found, _was: Found) -> Iterator[Said]:
    for (analysis, measure, _, what), thanks in now.items():
        top = now.get((analysis, measure, "", "top_tenth_share"))
        receivers = now.get((analysis, measure, "", "receivers"))
        if what != "thanks" or top is None or receivers is None:
            continue
        rows = [thanks, receivers, top]
        html = Markup("{} in {} went to {}; the most thanked tenth of them got {}").format(
            say.first(thanks, "thank-you", "thanks"),
            say.when(thanks),
            say.counted(receivers, "person", "people"),
            say.share(top),
        )
        gini = now.get((analysis, measure, "", "gini"))
        if gini is not None:
            html += Markup(", Gini coefficient {}{}").format(formats.data(gini), inside(gini))
            rows.append(gini)
        back = now.get((analysis, measure, "", "reciprocity"))
        if back is not None:
            html += Markup(". Of {} of whom one thanked the other, thanks are returned in {}").format(
                say.counted(back, "pair", "pairs", "n"), say.share(back)
            )
            rows.append(back)
        yield html + ".", rows


def never(seen: View, now: Found, was: Found) -> Iterator[Said]:
    found = {c: row for (_, _, c, what), row in now.items() if what == "never_thanked_share"}
    if not found:
        return
    name = "any of these" if "any of these" in found else next(iter(found))
    whole = found.pop(name)
    html = Markup("{} were thanked by nobody in {}").format(
        say.share_of(whole, "contributor", "contributors"), say.when(whole)
    )
    rows = [whole]
    older = was.get((whole["analysis"], whole["measure"], name, "never_thanked_share"))
    if older is not None:
        html += Markup(", in {} {}{}").format(say.when(older), formats.data(older), inside(older))
        rows.append(older)
    if found:
        told = [
            Markup("\u201c{}\u201d {}").format(seen.marked(c, row["source"]), say.share(row))
            for c, row in found.items()
        ]
        html += Markup(". By where they contributed: {}").format(Markup("; ").join(told))
        rows += found.values()
    apart, said = _regions(seen, whole)
    yield html + Markup(".") + said, [*rows, *apart]


def _regions(seen: View, whole: Result) -> tuple[list[Result], Markup]:
    """Regions whose interval lies wholly above that of all; that there is none, where regions are told."""
    rows = seen.rows(analysis=whole["analysis"], measure=whole["measure"], category=whole["category"],
                     statistic="never_thanked_share", group="region", status="published")  # fmt: skip
    rows = [row for row in rows if wave_of(row) == wave_of(whole)]
    high: list[Result] = [row for row in rows if row["ci_low"] > whole["ci_high"]]
    if not rows:
        return [], Markup("")
    if not high:
        return [], Markup(" No region stands clearly above this.")
    told = [
        Markup('<span class="label">{}</span> {}').format(
            seen.words(row, "level"), say.share_of(row, "contributor", "contributors")
        )
        for row in high
    ]
    return high, Markup(" Clearly above this: {}.").format(say.listed(told))


def active(_seen: View, now: Found, was: Found) -> Iterator[Said]:
    people = now.get(("activity", "active_members", "", "people"))
    if people is None:
        return
    rows = [people]
    html = Markup("{} active on the platform in {}").format(
        say.first(people, "member was", "members were"),
        say.when(people),
    )
    part = now.get(("activity", "active_members", "", "share"))
    if part is not None:
        html += Markup(", {} of the {} on the roster").format(number(part), formats.data(part, "n"))
        rows.append(part)
    older = was.get(("activity", "active_members", "", "people"))
    if older is not None:
        html += Markup("; in {} it was {}").format(say.when(older), formats.data(older))
        rows.append(older)
    months = sorted((row for (_, measure, _, _), row in now.items() if measure == "monthly_active_members"),
                    key=lambda row: row["estimate"])  # fmt: skip
    if len(months) > 1:
        html += Markup(". In single months it was between {} and {}").format(
            *(formats.data(months[i]) for i in (0, -1))
        )
        rows += [months[0], months[-1]]
    yield html + ".", rows
    yield from _even(now)


def _even(now: Found) -> Iterator[Said]:
    top = now.get(("activity", "participation", "", "top_tenth_share"))
    gini = now.get(("activity", "participation", "", "gini"))
    if top is None or gini is None:
        return
    rows = [top, gini]
    html = Markup("The busiest tenth of them made {} of all events; Gini coefficient {}{}").format(
        say.share(top), formats.data(gini), inside(gini)
    )
    back = now.get(("activity", "replies", "", "reciprocity"))
    if back is not None:
        html += Markup(". {} are returned").format(say.share_of(back, "reply tie", "reply ties"))
        rows.append(back)
    yield html + ".", rows


def lasting(_seen: View, now: Found, was: Found) -> Iterator[Said]:
    names = ("after 6 months", "after 3 months", "after 1 month")
    words = {"after 6 months": "six months", "after 3 months": "three months", "after 1 month": "one month"}
    name = next((n for n in names if ("lasting", "activity", n, "share") in now), "")
    if not name:
        return
    row = now["lasting", "activity", name, "share"]
    html = Markup("Of {} who joined in {}, {} had not gone quiet after {}").format(
        say.counted(row, "member", "members", "n"), say.when(row), say.share(row), words[name]
    )
    rows = [row]
    older = was.get(("lasting", "activity", name, "share"))
    if older is not None:
        html += Markup("; of {} who joined in {} it was {}{}").format(
            formats.data(older, "n"), say.when(older), formats.data(older), inside(older)
        )
        rows.append(older)
    half = now.get(("lasting", "activity", "", "median_months"))
    if half is not None:
        html += Markup(". Half had gone quiet after {}").format(say.counted(half, "month", "months"))
        rows.append(half)
    yield html + ".", rows


def day(seen: View, now: Found, _was: Found) -> Iterator[Said]:
    """Sessions of a gathering, where attendance has them."""
    for (analysis, measure, category, what), people in now.items():
        if (category, what) != ("gathering", "people"):
            continue
        html = Markup("\u201c{}\u201d: {} came in {}").format(
            seen.marked(measure, "analyses"), say.counted(people, "person", "people"), say.when(people)
        )
        rows = [people]
        for name, words in (("1 session", "to one session"), ("3 or more sessions", "to three or more")):
            row = now.get((analysis, measure, name, "share"))
            if row is not None:
                html += Markup(", {} {}").format(number(row), words)
                rows.append(row)
        yield html + ".", rows


def views(_seen: View, now: Found, _was: Found) -> Iterator[Said]:
    """How far what was put on line was watched, and how fast views fade."""
    for (analysis, measure, category, what), viewed in now.items():
        if (category, what) != ("viewed", "share"):
            continue
        html = Markup("Of {} on the roster that day, {} opened at least one of the items put on line").format(
            say.counted(viewed, "person", "people", "n"), say.share(viewed)
        )
        rows = [viewed]
        for name, words in (("watched half", "watched half of one"), ("finished", "one to the end")):
            row = now.get((analysis, measure, name, "share"))
            if row is not None:
                html += Markup(", {} {}").format(say.share(row), words)
                rows.append(row)
        half = now.get((analysis, measure, "fading", "half_life_days"))
        if half is not None:
            html += Markup(". Views fell by half every {}{}, from {}").format(
                say.counted(half, "day", "days"), inside(half), say.counted(half, "view", "views", "n")
            )
            rows.append(half)
        yield html + ".", rows
