"""Rows of circles that share members, and of ideas that travel between them.

Imports `declared`, `mixing` (how p was had), `spread`, `structure` and `two_mode`, and
`groups` of `survey`. Rows are of the whole
network, never of a circle: what hangs on those who sit in several has them as its support.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ksn_research.analyse.network import spread, two_mode
from ksn_research.analyse.network.declared import Asked
from ksn_research.analyse.network.mixing import DRAWS
from ksn_research.analyse.network.setting import how_drawn
from ksn_research.analyse.network.structure import Estimate
from ksn_research.analyse.survey.groups import of_year
from ksn_research.results import Row

TARGETED, AT_RANDOM = "most bridging first", "at random"
BRIDGING = "people who sit in two circles or more"
LATER = "adoptions of an idea by a further circle"
BEGUN = "what reached no further circle yet may still do so"
INDEPENDENT = "circles and ideas are not drawn by lot: a difference, not an effect"


def two_mode_rows(asked: Asked) -> Iterator[Row]:
    """Who sits in several circles, which circles they link, and what holds when they leave."""
    net = two_mode.two_mode(asked.seats())
    bridges, c = net.people[net.bridging], len(net.circles)
    count = len(bridges)
    seated = {"n": len(net.people), "unit": "people", "count": count}
    yield asked.row("bridging_people", count, net.people, method=BRIDGING, **seated)
    share = count / len(net.people) if len(net.people) else Estimate(None, why="nobody sits in a circle")
    method = f"{BRIDGING} / people in circles; no interval: the list of seats is whole"
    yield asked.row("bridging_share", share, net.people, binary=True, method=method, **seated)
    circles, pairs = {"n": c, "unit": "circles"}, {"n": c * (c - 1) // 2, "unit": "dyads"}
    sizes = two_mode.part_sizes(net)
    for name, found, method, over in (
        ("linked_circles", float(net.linked.any(axis=1).sum()), "circles that share a member", circles),
        ("connected_circles", float(sizes[0]) if c else Estimate(None, why=two_mode.ONE_CIRCLE),
         "circles in the largest part that shared members connect", circles),
        ("connected_pairs", two_mode.connected_pairs(net),
         "pairs of circles that a chain of shared members connects / pairs of circles", pairs),
        ("projection_density", two_mode.projection_density(net),
         "pairs of circles that share at least one member / pairs of circles", pairs),
        ("mean_shared_members", two_mode.mean_shared_members(net),
         "people who sit in both, mean over pairs of circles", pairs),
        ("two_mode_clustering", two_mode.two_mode_clustering(net),
         "4 * cycles of four seats / paths of three seats (Robins & Alexander 2004)", circles),
    ):  # fmt: skip
        yield asked.row(name, found, bridges, method=method, **over)
    for targeted, category in ((True, TARGETED), (False, AT_RANDOM)):
        yield from _leaving_rows(asked, net, targeted, {"category": category, **circles})


def _leaving_rows(
    asked: Asked, net: two_mode.TwoMode, targeted: bool, shared: Mapping[str, Any]
) -> Iterator[Row]:
    left = two_mode.bridges_leave(net, targeted, asked.seed)
    who = BRIDGING if targeted else "as many people of the circles, whoever they are,"
    order = "those in most circles first, ties by lot" if targeted else "in an order drawn by lot"
    drawn = f"{who} leave one by one, {order}; {two_mode.DRAWS} seeded orders"
    people, m = net.people[net.bridging], int(net.bridging.sum())
    method = f"mean share of circles in the largest connected part (R of Schneider et al. 2011) while {drawn}"
    yield asked.row("robustness", left.robustness, people, method=method, **shared)
    half = float(left.mean[(m + 1) // 2]) if m else Estimate(None, why=two_mode.NO_BRIDGES)
    method = f"mean size of the largest connected part when half of them left: {drawn}"
    yield asked.row("connected_half_left", half, people, method=method, **shared)


def spread_rows(asked: Asked) -> Iterator[Row]:
    """How far ideas travel, who carries them, and whether links and gatherings go with it."""
    seats = asked.seats()
    table = adopted(asked)
    later = table[table["order"] > 0]
    seated = seats["member"].dropna()
    events, ideas = {"n": len(later), "unit": "events"}, table["idea"].nunique()
    yield asked.row("ideas", ideas, seated, n=len(table), unit="events", method="ideas that a circle adopted")
    yield asked.row("later_adoptions", len(later), seated, method=LATER, **events)
    reach = table.groupby("idea").size()
    none = Estimate(None, why="no idea was adopted")
    mean, travelled = (float(reach.mean()), float((reach > 1).mean())) if ideas else (none, none)
    shared = {"n": len(table), "unit": "events", "note": BEGUN}
    yield asked.row("circles_reached", mean, seated, method="circles that adopted an idea, mean", **shared)
    method = "ideas that reached a second circle / ideas"
    yield asked.row("travelled_share", travelled, seated, method=method, **shared)
    days = later["days"].dropna()
    median = float(days.median()) if len(days) else Estimate(None, why=spread.NO_LATER)
    said = {"n": len(days), "unit": "events", "note": BEGUN}
    method = f"median of the days from an idea's first circle to each further one; {LATER}"
    yield asked.row("median_days", median, seated, method=method, **said)
    if "carried_by" in asked.told:
        yield _carried_row(asked, table, seats)
    yield from _linked_rows(asked, table, two_mode.two_mode(seats), seated)
    for kind in asked.told.get("gatherings", ()):
        yield from _gathering_rows(asked, kind, later, seated)


def adopted(asked: Asked) -> pd.DataFrame:
    """The adoptions that the analysis is of, as `spread.adoptions` makes them."""
    names = [str(asked.told.get(name, "")) for name in ("idea", "circle", "date", "carried_by")]
    return spread.adoptions(asked.records("source"), *names)


def _carried_row(asked: Asked, table: pd.DataFrame, seats: pd.DataFrame) -> Row:
    """A category of its own: fewer carriers than the threshold stay unsaid without hiding the rest."""
    later, hit = (table["order"] > 0).to_numpy(), spread.carried(table, seats)
    n, carriers = int(later.sum()), table.loc[hit, "carried_by"].nunique()
    share = float(hit[later].mean()) if n else Estimate(None, why=spread.NO_LATER)
    note = f"{int(hit.sum())} so carried; no interval"
    method = f"{LATER}, carried by somebody who sits in it and in a circle that had the idea / all of them"
    return asked.row("share", share, seats["member"].dropna(), category="carried", n=n, unit="events",
                     count=carriers, method=method, note=note)  # fmt: skip


def _linked_rows(
    asked: Asked, table: pd.DataFrame, net: two_mode.TwoMode, seated: Iterable[Any]
) -> Iterator[Row]:
    found = spread.linked_adoption(table, net.circles, net.linked, asked.seed)
    base = "adoptions / occasions, one for each circle without the idea at each later adoption of it"
    for category, rate, occasions, adopted, who in (
        (
            "linked",
            found.linked,
            found.occasions_linked,
            found.adopted_linked,
            "that share a member with one",
        ),
        ("others", found.others, found.occasions_others, found.adopted_others, "that share none with any"),
    ):
        method, note = f"{base}; circles {who} that has it", f"{adopted} adoptions"
        yield asked.row("adoption_rate", rate, seated, category=category, n=occasions, unit="circles",
                        method=method, note=note)  # fmt: skip
    drawn = how_drawn(found.exact, DRAWS, "orders")
    method = (
        f"adoption rate of linked circles / of the others; {base}; p two-sided on adoptions by linked "
        f"circles minus those expected by lot, circles permuted in the links, {drawn}"
    )
    note = f"{found.adopted_linked} adoptions by linked circles, {found.expected:.1f} expected; {INDEPENDENT}"
    n = found.adopted_linked + found.adopted_others
    yield asked.row("adoption_ratio", found.ratio, seated, p=found.p, n=n, unit="events", method=method,
                    note=note)  # fmt: skip


def _gathering_rows(asked: Asked, kind: str, later: pd.DataFrame, seated: Iterable[Any]) -> Iterator[Row]:
    """Adoptions before and after all gatherings of a kind, then around each."""
    came = of_year(asked.prepared.attendance, asked.year)
    dates = came[came["kind"] == kind].dropna(subset=["date"]).groupby("event")["date"].min()
    held = np.unique(dates.to_numpy().astype("M8[D]"))
    when, days = later["date"].to_numpy(), int(asked.told.get("days", 42))
    if not len(held) or later["date"].isna().all():
        return
    last = [np.datetime64(f"{asked.year}-01-01"), np.datetime64(f"{asked.year}-12-31")]
    first, end = last if asked.year is not None else (later["date"].min(), later["date"].max())
    each = {f"{kind} {day}": np.array([day]) for day in held} if len(held) > 1 else {}
    for category, on in {kind: held, **each}.items():
        found = spread.around_gatherings(when, on, days, np.datetime64(first), np.datetime64(end))
        near, window = found.before + found.after, f"up to {days} days"
        shared = {"category": category, "n": near, "unit": "events"}
        for side, number, width in (
            ("before", found.before, found.days_before), ("after", found.after, found.days_after),
        ):  # fmt: skip
            method = f"{LATER} in {window} {side} the gathering, {width} days in all"
            yield asked.row(side, number, seated, method=method, **shared)
        method = (
            f"{LATER}, rate a day in {window} after / before; exact conditional interval and p, adoptions "
            "taken as independent (Przyborowski & Wilenski 1940)"
        )
        yield asked.row("rate_ratio", found.ratio, seated, p=found.p, method=method, note=INDEPENDENT,
                        **shared)  # fmt: skip
