"""The tables of what goes with ties, of what became of them and of gatherings, and what of them is for the
workbook.

Imports network_parts, specs.
"""

from __future__ import annotations

from ksn_research.render.network_parts import (
    CHANGE,
    GATHERINGS,
    PLAIN,
    RELATION,
    TIES,
    WHOLE,
    annex,
    table,
)
from ksn_research.render.specs import Column, TableSpec

_CORRECTED = "Adjusted: for the number of comparisons in a block (Holm)."
_EFFECT = (
    Column("Came together", "risk_co_attending", "share of n", once=True),
    Column("Others", "risk_others", "share of n", once=True),
    Column("Ratio", "risk_ratio", "with interval", once=True),
    Column("p", "risk_ratio", "p", once=True),
    Column("Ratio, equally ready to come", "risk_ratio_stratified", "with interval", once=True),
    Column("p", "risk_ratio_stratified", "p", once=True),
    Column("Placebo ratio", "placebo_ratio", "with interval", once=True),
    Column("p", "placebo_ratio", "p", once=True),
)
_EFFECT_BY_KIND = (
    *_EFFECT[:3],
    Column("p", "risk_ratio", "p_adjusted", once=True),
    *_EFFECT[4:5],
    Column("p", "risk_ratio_stratified", "p_adjusted", once=True),
    *_EFFECT[6:7],
    Column("p", "placebo_ratio", "p_adjusted", once=True),
)
_EFFECT_METHOD = (
    "Method: new ties / pairs without a tie in the wave before, observed in both waves. Intervals on the "
    "logarithm, senders as clusters; p two-sided by permuting the rows of the attendance table, for the "
    "second and third ratio within strata of those that came to about as many events. Each number's own "
    "words stand in results.csv."
)
_EFFECT_NOTE = (
    "Share of pairs without a tie in the wave before that have one now, among pairs that came to the "
    "same gathering and among the others. Equally ready to come: only pairs of which both came about as "
    "often are compared (Mantel & Haenszel 1959); this is the number to read. Placebo ratio: the same of "
    "ties that were there before the gatherings; where it is above one, those who came together were "
    "tied before, and the first ratio says too much. Who came was not drawn by lot: an association, not "
    "an effect."
)

TIE_TABLES: tuple[TableSpec, ...] = (
    table(
        "relations",
        TIES,
        "Whether two relations go together",
        {"analysis": "relations", **PLAIN},
        Column("Correlation", "qap_correlation"),
        Column("p by QAP", "qap_correlation", "p"),
        Column("p, adjusted", "qap_correlation", "p_adjusted"),
        Column("Rests on", "qap_correlation", "n of what"),
        stub=("measure", "category"),
        layout="newest",
        note="Correlation over pairs that were observed in both. p: how often the nodes of one, dealt out at "
        f"random, give a correlation as far from zero (Krackhardt 1988). {_CORRECTED}",
    ),
    table(
        "explained",
        TIES,
        "What goes with a tie",
        {"analysis": "explained", **PLAIN},
        Column("Odds ratio", ("odds_ratio", "log_odds")),
        Column("p", "log_odds", "p"),
        Column("Score", "score"),
        Column("Coefficient", "coefficient"),
        Column("p", "coefficient", "p"),
        Column("t", "t"),
        heads=("measure",),
        stub=("category",),
        stub_heading="What is known of the pair",
        layout="newest",
        note="Each line at equal values of the others. Odds ratio: above one, pairs with more of it are "
        "tied more often. Coefficient: of a linear model, the difference in the outcome for one more. p: "
        "by permuting the predictor's residuals over the nodes, which allows for pairs that share one "
        "(Dekker et al. 2007). An association between pairs; it does not show why.",
    ),
    table(
        "explained_models",
        TIES,
        "The models of what goes with a tie",
        {"analysis": "explained", **WHOLE},
        Column("Pairs", "pairs"),
        Column("With a tie", "ties"),
        Column("Left out", "left_out"),
        Column("R squared, linear", "r_squared"),
        Column("Deviance", "deviance"),
        Column("Null deviance", "null_deviance"),
        Column("AIC", "aic"),
        heads=(),
        layout="newest",
        note="Left out: pairs whose outcome was observed and of which a predictor is not known. Null "
        "deviance: of a model that says one half for every pair.",
    ),
    table(
        "network_change",
        CHANGE,
        "Ties kept, dissolved and created since the wave before",
        {"analysis": "network_change", **WHOLE},
        Column("Kept", "kept", once=True),
        Column("Dissolved", "dissolved", once=True),
        Column("Created", "created", once=True),
        Column("Kept, of ties before", "persistence", "with interval", once=True),
        Column("Created, of pairs without", "creation", "with interval", once=True),
        Column("Jaccard", "jaccard", "with interval", once=True),
        Column("Density", "density_difference", "with interval", once=True),
        Column("Pairs", "kept", "n", once=True),
        note="Pairs: those that were observed in both waves; no other counts. Jaccard: ties kept, of all "
        "that were there in either wave. An unchanged density can hide that half of the ties are new.",
    ),
    table(
        "turnover",
        CHANGE,
        "Those who joined and left, and their ties",
        {"analysis": "network_change", "category": ["", "joiners", "leavers", "seen once"], **PLAIN},
        Column("Joined", "joined"),
        Column("Left", "left"),
        Column("Ties", "joiners_ties", "share of n", category="joiners"),
        Column("Ties", "leavers_ties", "share of n", category="leavers"),
        Column("Ties", "seen_once", "share of n", category="seen once"),
        heads=("source",),
        layout="spread",
        note="Ties of the wave in which they are on the roster. None of these is counted as kept, "
        "dissolved or created.",
    ),
    table(
        "membership",
        CHANGE,
        "Where nodes stood before and stand now",
        {"analysis": "membership", **PLAIN},
        Column("Nodes", "nodes"),
        heads=("measure",),
        stub_heading="Before",
        layout="pairs",
        note="Largest part: all that ties join to each other, whatever their direction. A node that did not "
        "answer stands where others' answers put it.",
    ),
    table(
        "formation",
        CHANGE,
        "What goes with ties that were made, and with ties that were kept",
        {"analysis": "explained", **PLAIN},
        Column("Odds ratio, made", ("formation_odds_ratio", "formation_log_odds"), "with interval"),
        Column("p", "formation_log_odds", "p"),
        Column("Rests on", "formation_log_odds", "n of what"),
        Column("Odds ratio, kept", ("persistence_odds_ratio", "persistence_log_odds"), "with interval"),
        Column("p", "persistence_log_odds", "p"),
        Column("Rests on", "persistence_log_odds", "n of what"),
        heads=("measure",),
        stub=("category",),
        stub_heading="What is known of the pair",
        layout="newest",
        note="Made: among pairs without a tie in the wave before; kept: among pairs with one (Krivitsky "
        "& Handcock 2014). Above one, pairs with more of it made or kept ties more often; it does not "
        "show why.",
    ),
    table(
        "co_attendance",
        GATHERINGS,
        "New ties among those who came to the same gathering",
        {"analysis": "co_attendance", **WHOLE},
        *_EFFECT,
        note=_EFFECT_NOTE,
        method=_EFFECT_METHOD,
    ),
    table(
        "co_attendance_kinds",
        GATHERINGS,
        "New ties among those who came together, by kind of gathering",
        {"analysis": "co_attendance", **PLAIN},
        *_EFFECT_BY_KIND,
        heads=RELATION,
        stub=("category",),
        stub_heading="Gathering",
        headline=True,
        method=_EFFECT_METHOD,
        note="Columns as in the table above; p is adjusted for the number of kinds (Holm), but for all "
        "together.",
    ),
)

ANNEX: tuple[TableSpec, ...] = (
    annex(
        "network_change_further",
        "Change of networks, further measures",
        {"analysis": "network_change", **WHOLE},
        Column("Hamming distance", "hamming"),
        Column("Pairs", "hamming", "n"),
        Column("Correlation between the waves", "correlation", "with interval"),
        Column("p", "correlation", "p"),
        heads=("source",),
        layout="newest",
        note="Hamming distance: pairs with a tie in one of the two waves only.",
    ),
    annex(
        "co_attendance_by_kind",
        "New ties among those who came together, by kind of gathering, every relation",
        {"analysis": "co_attendance", **PLAIN},
        *_EFFECT_BY_KIND,
        heads=RELATION,
        stub=("category",),
        note=f"{_EFFECT_NOTE} p is adjusted for the number of kinds (Holm), but for all together.",
        method=_EFFECT_METHOD,
    ),
)
