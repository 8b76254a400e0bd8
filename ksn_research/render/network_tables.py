"""The tables of a network's shape, positions and boundaries, and what of them is for the workbook.

Imports network_parts, specs.
"""

from __future__ import annotations

from ksn_research.render.network_parts import (
    BOUNDARIES,
    PLAIN,
    POSITIONS,
    RELATION,
    SHAPE,
    WHOLE,
    annex,
    table,
)
from ksn_research.render.specs import Column, TableSpec

_COHESION = (
    Column("In the largest component", "largest_component_share", "with interval"),
    Column("Pairs that a path joins", "reached_share", "with interval", bounded=True),
    Column("Mean steps between them", "mean_distance", "with interval", bounded=True),
    Column("Transitivity", "transitivity", "with interval", bounded=True),
    Column("Connectedness", "connectedness", "with interval", bounded=True),
    Column("Nodes that hold it together", "articulation_points"),
    Column("Deepest core", "max_core"),
    Column("Nodes in it", "max_core_size"),
)
_COHESION_NOTE = (
    "Transitivity: of two ties in a row, how often the first and the last are tied too. "
    "Connectedness: the share of pairs that are in one component, whatever the direction (Krackhardt "
    "1994). Nodes that hold it together: without one of them a component falls apart. Deepest core: "
    "the most ties that each of a set of nodes has within the set."
)
_POSITIONS = ("in_degree_share", "betweenness", "harmonic_closeness", "constraint", "effective_size",
              "efficiency")  # fmt: skip
_POSITION_NOTE = (
    "Named by: the share of those that answered who name somebody, on average. Betweenness: the share of "
    "pairs of others between whom somebody stands on the shortest paths. Harmonic closeness: the mean of "
    "one over the steps to the others. Constraint, effective size, efficiency: how far somebody's ties "
    "lead to the same others (Burt 1992); low constraint, many others who do not know each other. No "
    "single position is published."
)
_OWN_WORDS = "Method: as below; each number's own stands in results.csv."
_ROLES = (
    Column("Triads", "triads"),
    Column("Labels dealt out", "reshuffled"),
    Column("p", "triads", "p"),
    Column("p, adjusted", "triads", "p_adjusted"),
    Column("Ties dealt out", "expected"),
    Column("z", "z"),
    Column("Relative", "relative"),
    Column("Rests on", "triads", "n of what"),
)
_OPEN = (
    "Method: open triads, i to v and v to j without i to j, of those with all three pairs observed; "
    "newest wave. p two-sided, by shuffling the labels; adjusted for the number of roles (Holm 1979). "
    "Each number's own words stand in results.csv."
)
_ROLES_NOTE = (
    "A broker stands between two who are not tied themselves; rests on: the triples in which there could "
    "be one. Two senses of chance: the mean if the groups' labels were dealt out among the members, ties "
    "as they are, to which p belongs; and the mean if ties were dealt out, groups as they are (Gould & "
    "Fernandez 1989), to which z and the relative number (counted over expected) belong."
)


NETWORK: tuple[TableSpec, ...] = (
    table(
        "network",
        SHAPE,
        "Shape of the network",
        {"analysis": "network", **WHOLE},
        Column("On the roster", "nodes"),
        Column("Answered", "respondents"),
        Column("Ties", "ties"),
        Column("Density", "density", "with interval", bounded=True),
        Column("Mean in-degree", "mean_in_degree", "with interval"),
        Column("Reciprocity", "reciprocity", "with interval", bounded=True),
        Column("In-degree centralisation", "in_degree_centralisation", "with interval", bounded=True),
        Column("Isolates", "isolates"),
        heads=RELATION,
        layout="described",
        note="Lowest and highest: if no tie that was not asked for existed, and if all did. Reciprocity: "
        "ties that are returned, of all ties of pairs whose two ends answered. In-degree centralisation: "
        "0 where all are named equally often, 1 where everybody names the same one.",
    ),
    table(
        "cohesion",
        SHAPE,
        "How the network hangs together",
        {"analysis": "network", **WHOLE},
        *_COHESION,
        heads=RELATION,
        headline=True,
        layout="described",
        note=_COHESION_NOTE,
    ),
    table(
        "positions",
        POSITIONS,
        "Positions: mean and median over all nodes",
        {"analysis": "positions", **PLAIN},
        Column("Mean", "mean"),
        Column("Median", "median"),
        Column("Rests on", "mean", "n of what"),
        heads=RELATION,
        headline=True,
        stub=("category",),
        layout="newest",
        note=_POSITION_NOTE,
        method=_OWN_WORDS,
    ),
    table(
        "positions_by_group",
        POSITIONS,
        "Positions by region and type, means",
        {"analysis": "positions", "group": ["region", "type"]},
        *(Column("Mean", "mean", category=name) for name in _POSITIONS),
        Column("n", "mean", "n", category="in_degree_share"),
        heads=("measure", "group"),
        stub=("level",),
        headline=True,
        layout="spread",
        method=_OWN_WORDS,
        note="A group's mean describes its members as they stand in this wave; groups differ in size, and so "
        "in how many others their members can reach within.",
    ),
    table(
        "mixing",
        BOUNDARIES,
        "Ties within and across groups",
        {"analysis": "mixing", "category": "", "group": ["region", "type"], "level": ""},
        Column("E-I index", "e_i_index", "with interval"),
        Column("Lowest", "e_i_low", once=True),
        Column("Highest", "e_i_high", once=True),
        Column("By chance", "e_i_expected", once=True),
        Column("p by permutation", "e_i_index", "p", once=True),
        Column("Rests on", "e_i_index", "n of what", once=True),
        heads=("source", "group"),
        note="E-I index: \u22121 where all ties stay inside the groups, +1 where all go across. By "
        "chance: what the same ties would give if the groups' labels were dealt out at random. Lowest "
        "and highest: if all ties that were not asked for stayed inside, and if all went across.",
    ),
    table(
        "homophily",
        BOUNDARIES,
        "How much likelier ties are within a group",
        {"analysis": "mixing", "category": "", "group": ["region", "type"], "level": ""},
        Column("Odds ratio, within against across", "odds_ratio_within", "with interval"),
        Column("Share of ties within", "within_share", "with interval"),
        Column("E-I, rescaled", "e_i_rescaled", "with interval"),
        Column("E-I, directed ties", "e_i_directed", "with interval"),
        Column("Assortativity", "assortativity", "with interval"),
        Column("Rests on", "odds_ratio_within", "n of what"),
        heads=("source", "group"),
        layout="newest",
        note="Odds ratio: one where ties within a group are as likely as ties across, pair by pair. "
        "Assortativity: 0 where ties ignore the groups, 1 where none crosses (Newman 2003).",
    ),
    table(
        "mixing_matrix",
        BOUNDARIES,
        "Who names whom, by region",
        {"analysis": "mixing", "statistic": "ties", "group": "region"},
        Column("Ties", "ties"),
        heads=("measure",),
        stub_heading="From",
        layout="pairs",
    ),
    table(
        "mixing_matrix_type",
        BOUNDARIES,
        "Who names whom, by type",
        {"analysis": "mixing", "statistic": "ties", "group": "type"},
        Column("Ties", "ties"),
        heads=("measure",),
        stub_heading="From",
        layout="pairs",
    ),
    table(
        "brokerage",
        BOUNDARIES,
        "Brokers within and between groups",
        {"analysis": "brokerage", "group": ["region", "type"], "level": ""},
        *_ROLES,
        heads=("measure", "group"),
        stub=("category",),
        headline=True,
        layout="newest",
        note=_ROLES_NOTE,
        method=_OPEN,
    ),
    table(
        "communities",
        BOUNDARIES,
        "Communities that the ties themselves suggest",
        {"analysis": "communities", **WHOLE},
        Column("Communities", "communities"),
        Column("Modularity", "modularity"),
        Column("By chance", "expected_modularity"),
        Column("z", "modularity_z"),
        Column("p", "modularity_z", "p"),
        Column("Best runs", "best_share"),
        Column("Stability", "stability"),
        Column("Nodes with a tie", "communities", "n"),
        layout="newest",
        heads=("source",),
        note="By chance: in networks in which everybody keeps as many ties, dealt out at random; even they "
        "have communities. Stability: how far two runs from different starts agree, 1 where they always do. "
        "Where it is low, do not speak of these communities as if they were groups.",
    ),
    table(
        "communities_and_groups",
        BOUNDARIES,
        "Whether communities follow regions or types",
        {"analysis": "communities", "group": ["region", "type"], "level": ""},
        Column("Adjusted Rand index", "adjusted_rand"),
        Column("Mutual information, normalised", "mutual_information"),
        Column("Modularity of the groups", "modularity"),
        Column("Rests on", "adjusted_rand", "n of what"),
        heads=("source", "measure"),
        stub=("group",),
        layout="newest",
        note="Adjusted Rand index and mutual information: 1 where communities and groups are the same; "
        "an index of 0 is what chance gives.",
    ),
    table(
        "spanning",
        BOUNDARIES,
        "Spanning boundaries, for those who came to gatherings and the others",
        {"analysis": "spanning"},
        Column("E-I difference", "e_i_difference", "with interval"),
        Column("p", "e_i_difference", "p"),
        Column("n", "e_i_difference", "n"),
        stub=("measure", "group"),
        note="Mean E-I index of each node's own ties. Above zero: those who came have more of their ties "
        "across. A difference between those who came and those who did not; it does not show why. p is "
        "had by shuffling who came, the interval by leaving out one node at a time: they need not agree.",
    ),
)

ANNEX: tuple[TableSpec, ...] = (
    annex(
        "network_definitions",
        "Further measures of the shape of networks",
        {"analysis": "network", **WHOLE},
        Column("Reciprocity of dyads, M / (M + A)", "dyadic_reciprocity", "with interval"),
        Column("Reciprocity as a correlation", "reciprocity_correlation", "with interval"),
        Column("Mean degree", "mean_degree", "with interval"),
        Column("Degree centralisation", "degree_centralisation"),
        Column("Out-degree centralisation", "out_degree_centralisation"),
        Column("Betweenness centralisation", "betweenness_centralisation"),
        Column("Weak transitivity", "weak_transitivity"),
        Column("Components", "components"),
        Column("Hierarchy", "krackhardt_hierarchy"),
        Column("Efficiency", "krackhardt_efficiency"),
        Column("Least upper bound", "least_upper_bound"),
        heads=RELATION,
        layout="described",
    ),
    annex(
        "cohesion_relations",
        "How every relation's network hangs together",
        {"analysis": "network", **WHOLE},
        *_COHESION,
        heads=RELATION,
        layout="described",
        note=_COHESION_NOTE,
    ),
    annex(
        "triads",
        "Triad census",
        {"analysis": "triads", **PLAIN},
        Column("Triads", "triads"),
        Column("Of", "triads", "n"),
        heads=RELATION,
        stub=("category",),
        stub_heading="Kind of triad",
        note="Kinds of triad by mutual, asymmetric and null pairs (Holland & Leinhardt 1976).",
    ),
    annex(
        "positions_relations",
        "Positions, every relation: mean and median over all nodes",
        {"analysis": "positions", **PLAIN},
        Column("Mean", "mean"),
        Column("Median", "median"),
        Column("Rests on", "mean", "n of what"),
        heads=RELATION,
        stub=("category",),
        layout="newest",
        note=_POSITION_NOTE,
    ),
    annex(
        "positions_groups",
        "Positions by region and type, every relation, means",
        {"analysis": "positions", "group": ["region", "type"]},
        *(Column("Mean", "mean", category=name) for name in _POSITIONS),
        Column("n", "mean", "n", category="in_degree_share"),
        heads=("source", "measure", "group"),
        stub=("level",),
        layout="spread",
        note=_POSITION_NOTE,
    ),
    annex(
        "robustness",
        "Whether positions hold if answers are missing",
        {"analysis": "robustness"},
        Column("Rank correlation with the whole", "rank_correlation", "with interval"),
        Column("Of the top tenth still there", "top_kept", "with interval"),
        Column("Rests on", "rank_correlation", "n of what"),
        heads=("source", "measure", "category"),
        stub=("level",),
        stub_heading="Answers taken away",
        layout="newest",
    ),
    annex(
        "e_i_by_group",
        "Ties across, group by group",
        {"analysis": "mixing", "category": "", "group": ["region", "type"]},
        Column("E-I index", "e_i_index", "with interval"),
        Column("Coleman's index", "coleman_index"),
        Column("Rests on", "e_i_index", "n of what"),
        heads=("source", "measure", "group"),
        stub=("level",),
        grouped=True,
        layout="newest",
        note="Coleman's homophily index: 1 where a group's ties all stay inside, 0 where they go inside "
        "as often as its size alone would make them.",
    ),
    annex(
        "brokerage_relations",
        "Brokers between groups, every relation and attribute",
        {"analysis": "brokerage", "level": ""},
        *_ROLES,
        heads=("source", "measure", "group"),
        stub=("category",),
        layout="newest",
        note=_ROLES_NOTE,
        method=_OPEN,
    ),
)
