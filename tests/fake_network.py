"""Made-up rows of networks for what is rendered: every analysis of the section, two waves, no meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ksn_research.results import Row

REGIONS = ("Central", "Western")
ROLES = ("coordinator", "consultant", "representative", "gatekeeper", "liaison", "total")
POSITIONS = (
    "in_degree_share",
    "betweenness",
    "harmonic_closeness",
    "constraint",
    "effective_size",
    "efficiency",
)
KINDS = ("social", "conference")
LABELS = {
    "network_survey": "Network survey",
    "advice": "Advice between organisations",
    "joint": "Joint programme",
    "analyses.bridges": "People who sit in several circles",
    "analyses.ideas": "Ideas that travel",
    "analyses.beside": "Help beside the scheme",
    "analyses.who_knows": "Who knows what",
    "analyses.why_advice": "What goes with advice",
}


def row(year: int, analysis: str, measure: str, statistic: str, estimate: float | None, **more: Any) -> Row:
    shared: dict[str, Any] = {
        "source": "network_survey",
        "n": 9000,
        "unit": "dyads",
        "people": 90,
        "organisations": 90,
        "method": f"method of {statistic}",
    }
    return Row(
        year=year,
        analysis=analysis,
        measure=measure,
        statistic=statistic,
        estimate=estimate,
        **{**shared, **more},
    )


def between(estimate: float, half: float) -> dict[str, float]:
    return {"ci_low": estimate - half, "ci_high": estimate + half}


def shape(year: int, measure: str) -> Iterator[Row]:
    over = {"population": 14280}
    nodes = {"n": 120, "unit": "organisations", "population": 120}
    for name, value in (
        ("nodes", 120.0),
        ("respondents", 104.0),
        ("isolates", 3.0),
        ("max_core", 5.0),
        ("max_core_size", 88.0),
        ("articulation_points", 4.0),
    ):
        yield row(year, "network", measure, name, value, **nodes)
    for name, value in (
        ("density", 0.041),
        ("reciprocity", 0.15),
        ("transitivity", 0.1),
        ("connectedness", 0.95),
    ):
        yield row(year, "network", measure, name, value, **between(value, 0.01), **over)
        yield row(year, "network", measure, f"{name}_low", value - 0.02, **over)
        yield row(year, "network", measure, f"{name}_high", value + 0.02, **over)
    for name, value in (
        ("ties", 509.0),
        ("mean_distance", 3.1),
        ("reached_share", 0.78),
        ("dyadic_reciprocity", 0.08),
        ("krackhardt_hierarchy", 0.2),
    ):
        yield row(year, "network", measure, name, value, **over)
    for kind in ("003", "012", "300"):
        yield row(year, "triads", measure, "triads", 7.0, category=kind, unit="triples")
    for name in POSITIONS:
        for statistic in ("mean", "median"):
            yield row(year, "positions", measure, statistic, 0.04, category=name, **nodes)
        for level in REGIONS:
            about = {**nodes, "n": 60, "population": 60}
            yield row(
                year, "positions", measure, "mean", 0.05, category=name, group="region", level=level, **about
            )


def boundaries(year: int, measure: str) -> Iterator[Row]:
    group = {"group": "region"}
    yield row(year, "mixing", measure, "e_i_index", 0.24, p=0.0004, **between(0.24, 0.1), **group)
    for name, value in (
        ("e_i_low", -0.16),
        ("e_i_high", 0.82),
        ("e_i_expected", 0.67),
        ("within_share", 0.38),
        ("e_i_rescaled", 0.3),
        ("e_i_directed", 0.2),
        ("odds_ratio_within", 3.6),
        ("assortativity", 0.28),
    ):
        yield row(year, "mixing", measure, name, value, **group)
    for level in REGIONS:
        yield row(year, "mixing", measure, "e_i_index", 0.2, level=level, unit="ties", **group)
        yield row(year, "mixing", measure, "coleman_index", 0.3, level=level, unit="ties", **group)
    for place, role in enumerate(ROLES):
        own = {"category": role, "unit": "triples", **group}
        p = {"p": 0.001, "p_adjusted": 0.005} if role == "coordinator" else {"p": 0.5, "p_adjusted": 1.0}
        yield row(year, "brokerage", measure, "triads", 340.0 - place, **own, **p)
        for name, value in (("reshuffled", 59.04), ("expected", 60.1), ("z", 18.9), ("relative", 5.7)):
            yield row(year, "brokerage", measure, name, value, **own)
    for name, value in (
        ("communities", 6.0),
        ("modularity", 0.33),
        ("expected_modularity", 0.32),
        ("stability", 0.38),
        ("best_share", 0.01),
    ):
        yield row(year, "communities", measure, name, value, n=117, unit="organisations", population=120)
    yield row(year, "communities", measure, "modularity_z", 1.9, p=0.06)
    for name in ("adjusted_rand", "mutual_information", "modularity"):
        yield row(year, "communities", measure, name, 0.2, **group)
    yield row(year, "spanning", measure, "e_i_difference", 0.28, p=0.004, unit="organisations", **group)


def change(year: int, measure: str) -> Iterator[Row]:
    for name, value in (
        ("kept", 267.0),
        ("dissolved", 139.0),
        ("created", 186.0),
        ("persistence", 0.66),
        ("creation", 0.019),
        ("jaccard", 0.45),
        ("density_difference", 0.005),
        ("joined", 6.0),
        ("left", 4.0),
        ("hamming", 325.0),
        ("correlation", 0.6),
    ):
        yield row(year, "network_change", measure, name, value)
    for name, category in (
        ("joiners_ties", "joiners"),
        ("leavers_ties", "leavers"),
        ("seen_once", "seen once"),
    ):
        yield row(year, "network_change", measure, name, 16.0, category=category, unit="ties", n=509)
    for category, value in (("largest part > largest part", 110.0), ("no tie > largest part", 0.0)):
        yield row(year, "membership", measure, "nodes", value, category=category, n=124, unit="organisations")
    for category in ("", *KINDS):
        own: dict[str, Any] = {"category": category}
        yield row(year, "co_attendance", measure, "risk_co_attending", 0.024, **own, n=5294)
        yield row(year, "co_attendance", measure, "risk_others", 0.013, **own, n=4696)
        for name, value in (("risk_ratio", 1.91), ("risk_ratio_stratified", 3.32), ("placebo_ratio", 1.05)):
            tested = {"p": 0.001, "p_adjusted": 0.002 if category == "social" else 0.9 if category else None}
            if name == "risk_ratio_stratified" and category == "conference":
                why = "106 ties in 2352 pairs that met; no stratum has both"
                yield row(year, "co_attendance", measure, name, None, status="undefined", note=why, **own)
                continue
            yield row(year, "co_attendance", measure, name, value, **between(value, 0.5), **tested, **own)


def explained(year: int) -> Iterator[Row]:
    for name, value in (
        ("pairs", 12376.0),
        ("ties", 509.0),
        ("left_out", 0.0),
        ("r_squared", 0.02),
        ("aic", 4050.4),
    ):
        yield row(year, "explained", "why_advice", name, value)
    for category, p in (("same(region)", 0.002), ("co_attended(social)", 0.6)):
        own: dict[str, Any] = {"category": category}
        for kind in ("", "formation_", "persistence_"):
            yield row(year, "explained", "why_advice", f"{kind}log_odds", 1.2, p=p, **own)
            bounds = between(3.3, 1.0) if kind else {}
            yield row(year, "explained", "why_advice", f"{kind}odds_ratio", 3.3, **bounds, **own)
        for name in ("coefficient", "t", "score"):
            yield row(
                year, "explained", "why_advice", name, 0.07, p=p if name == "coefficient" else None, **own
            )


def circles(year: int) -> Iterator[Row]:
    own: dict[str, Any] = {"source": "circles", "n": 18, "unit": "circles"}
    yield row(year, "two_mode", "bridges", "bridging_people", 16.0, **{**own, "n": 157, "unit": "people"})
    for name, value in (("connected_circles", 14.0), ("bridging_share", 0.1), ("projection_density", 0.1)):
        yield row(year, "two_mode", "bridges", name, value, **own)
    for category, value in (("most bridging first", 5.9), ("at random", 13.37)):
        yield row(year, "two_mode", "bridges", "connected_half_left", value, category=category, **own)
        yield row(year, "two_mode", "bridges", "robustness", value / 18, category=category, **own)
    ideas: dict[str, Any] = {"source": "ideas", "n": 60, "unit": "events"}
    for name, value in (
        ("ideas", 20.0),
        ("travelled_share", 0.65),
        ("circles_reached", 3.0),
        ("median_days", 247.5),
        ("later_adoptions", 40.0),
    ):
        yield row(year, "spread", "ideas", name, value, **ideas)
    yield row(year, "spread", "ideas", "share", 0.6, category="carried", **ideas)
    for category, value, n in (("linked", 0.239, 109), ("others", 0.027, 516)):
        over = {**ideas, "n": n, "unit": "circles"}
        yield row(year, "spread", "ideas", "adoption_rate", value, category=category, **over)
    yield row(year, "spread", "ideas", "adoption_ratio", 8.79, p=0.0001, **ideas)
    for name, value in (("before", 3.0), ("after", 34.0), ("rate_ratio", 11.3)):
        yield row(year, "spread", "ideas", name, value, category="conference", **ideas)


def help_and_expertise(year: int) -> Iterator[Row]:
    own: dict[str, Any] = {"source": "help", "n": 397, "unit": "ties"}
    yield row(year, "informal", "beside", "outside_share", 0.87, **between(0.87, 0.05), **own)
    for level, value in (("formal", 0.53), ("informal", 0.97)):
        yield row(
            year,
            "informal",
            "beside",
            "outside_share",
            value,
            group="formality",
            level=level,
            **between(value, 0.02),
            **own,
        )
    yield row(year, "informal", "beside", "outside_range", 0.44, p=0.002, **own)
    yield row(year, "informal", "beside", "helping_share", 0.61, category="official pairs", **own)
    some: dict[str, Any] = {"source": "expertise", "n": 163, "unit": "people"}
    for name in ("offers", "needs"):
        yield row(year, "expertise", "who_knows", name, 101.0, **some)
    for topic, needs, offers in (
        ("Budgets", 12.0, None),
        ("Schools", 10.0, 10.0),
        ("Translation", 14.0, 0.0),
    ):
        for name, value in (("needs", needs), ("offers", offers)):
            hidden = (
                {"status": "suppressed", "note": "fewer than 5 people in the cell"} if value is None else {}
            )
            yield row(
                year, "expertise", "who_knows", name, value, group="topic", level=topic, **hidden, **some
            )
    yield row(year, "expertise", "who_knows", "topics", 1.0, category="uncovered", **some)
    yield row(year, "expertise", "who_knows", "share", 0.11, category="uncovered", **some)
    asks = {**some, "n": 189, "unit": "ties"}
    yield row(
        year, "expertise", "who_knows", "reached_share", 0.73, category="asks", **between(0.73, 0.07), **asks
    )


def rows() -> list[Row]:
    """Two waves of two relations, and of everything declared."""
    made: list[Row] = []
    for year in (2024, 2025):
        for measure in ("advice", "joint"):
            made += [*shape(year, measure), *boundaries(year, measure)]
        made += [*circles(year), *help_and_expertise(year)]
    for measure in ("advice", "joint"):
        made += change(2025, measure)
    made += explained(2025)
    made.append(
        row(2025, "relations", "advice", "qap_correlation", 0.05, category="joint", p=0.001, p_adjusted=0.003)
    )
    for removed in ("10 %", "30 %"):
        made.append(
            row(
                2025,
                "robustness",
                "advice",
                "rank_correlation",
                0.9,
                category="in_degree",
                group="silenced",
                level=removed,
                n=120,
                unit="organisations",
            )
        )
    return made


def beyond() -> list[Row]:
    """What another fake edition has no rows of: brokers and declared analyses."""
    kinds = ("brokerage", "two_mode", "spread", "informal", "expertise")
    return [one for one in rows() if one.analysis in kinds]


def curves() -> dict[str, pd.DataFrame]:
    """As the pipeline makes them, after disclosure: the places of one to four people are taken out."""
    leave = [
        {
            "year": 2025,
            "source": "circles",
            "measure": "bridges",
            "removal": removal,
            "removed": float(k),
            "circles": 14 - step * k,
            "low": 13 - step * k,
            "high": 14.0,
            "people": people,
            "n": 16,
            "suppressed": False,
        }
        for removal, step, people in (("most bridging first", 1.0, 9), ("at random", 0.1, 157))
        for k in range(9)
    ]
    for point in leave:
        if point["removal"] == "most bridging first" and 1 <= float(str(point["removed"])) <= 4:
            point |= {"removed": None, "circles": None, "low": None, "high": None, "suppressed": True}
    ideas = [
        {
            "year": year,
            "source": "ideas",
            "measure": "ideas",
            "days": float(40 * k),
            "circles": 1 + 0.25 * k,
            "n": 157,
            "suppressed": False,
        }
        for year in (2024, 2025)
        for k in range(9)
    ]
    return {"bridges_leave": pd.DataFrame(leave), "idea_spread": pd.DataFrame(ideas)}
