"""Rows of shape, triads and robustness: definitions, denominators, bounds, intervals.

Expected numbers: tests/reference/network/reference.json (R sna and igraph; knoke stands in the repository,
the others are read from the folder named by KSN_SHARED, else skipped), brute force, and planted truths.
"""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from ksn_research.analyse.network.cohesion import distances
from ksn_research.analyse.network.hierarchy import connectedness
from ksn_research.analyse.network.jackknife import connectedness_jackknife, degree_centralisation_jackknife
from ksn_research.analyse.network.positions import betweenness, in_degree
from ksn_research.analyse.network.robustness import deletion_robustness, node_jackknife, silenced
from ksn_research.analyse.network.robustness_rows import robustness_rows
from ksn_research.analyse.network.setting import Setting
from ksn_research.analyse.network.shape_rows import structure_rows, triad_rows
from ksn_research.analyse.network.silencing import betweenness_after, in_degree_after, silencing
from ksn_research.analyse.network.structure import (
    Network,
    degree_centralisation,
    density,
    in_degree_centralisation,
    reciprocity,
)
from ksn_research.results import Row, collect
from tests.network_entries import NETWORKS, network, random_digraph, told
from tests.test_network import network_of

COVERED: tuple[str, ...] = ()
# Statistic of a row, and where the reference holds the same number.
SAME = {
    "density": "density",
    "reciprocity": "reciprocity.sna_edgewise",
    "dyadic_reciprocity": "reciprocity.sna_dyadic_nonnull",
    "reciprocity_correlation": "reciprocity.sna_correlation",
    "in_degree_centralisation": "centralization.indegree",
    "out_degree_centralisation": "centralization.outdegree",
    "degree_centralisation": "centralization.degree",
    "betweenness_centralisation": "centralization.betweenness",
    "transitivity": "transitivity.igraph_global_undirected",
    "weak_transitivity": "transitivity.sna_weak",
    "mean_distance": "mean_distance_igraph",
    "connectedness": "krackhardt_gtd.connectedness",
    "krackhardt_hierarchy": "krackhardt_gtd.hierarchy",
    "krackhardt_efficiency": "krackhardt_gtd.efficiency",
}
CASES = [(name, row) for name in NETWORKS for row, entry in SAME.items() if told(name, entry) is not None]
small = st.builds(
    random_digraph, st.integers(0, 10_000), st.integers(2, 8), st.just(0.3), st.sampled_from([0.0, 0.4])
)


def setting_of(g: Network, **roster: list[object]) -> Setting:
    """One relation of organisations; attributes of the roster in the order of the nodes."""
    frame = pd.DataFrame(roster, index=pd.Index(g.nodes, name="organisation"))
    none = pd.DataFrame({"kind": []})
    return Setting("net", 2025, "", "advice", "organisations", g, frame, none, {}, "")


def shape_of(g: Network) -> dict[str, Row]:
    return {row.statistic: row for row in structure_rows(setting_of(g))}


def star(n: int) -> np.ndarray:
    """Everybody names the first."""
    A = np.zeros((n, n), dtype=bool)
    A[1:, 0] = True
    return A


@pytest.mark.parametrize(("name", "statistic"), CASES)
def test_rows_say_what_sna_and_igraph_say(name: str, statistic: str) -> None:
    expected = told(name, SAME[statistic])
    assert shape_of(network(name))[statistic].estimate == pytest.approx(expected, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_counts_of_nodes_and_triads_are_those_of_igraph(name: str) -> None:
    g = network(name)
    rows, core = shape_of(g), np.array(told(name, "coreness_undirected_igraph"))
    assert rows["max_core"].estimate == core.max()
    assert rows["max_core_size"].estimate == (core == core.max()).sum()
    cut = np.atleast_1d(told(name, "components.articulation_points"))
    assert rows["articulation_points"].estimate == len(cut)
    census = list(triad_rows(setting_of(g)))
    assert [row.estimate for row in census] == list(told(name, "triad_census").values())
    assert {(row.n, row.population, row.unit) for row in census} == {
        (math.comb(g.size, 3), math.comb(g.size, 3), "triples")
    }


def test_a_chain_of_command_is_a_pure_hierarchy_and_a_star_is_central() -> None:
    tree = np.zeros((7, 7), dtype=bool)
    tree[[0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6]] = True  # each names its two
    rows = shape_of(network_of(tree))
    for name in ("connectedness", "krackhardt_hierarchy", "krackhardt_efficiency", "least_upper_bound"):
        assert rows[name].estimate == 1.0, name
    assert (rows["articulation_points"].estimate, rows["max_core"].estimate) == (3, 1)
    assert (rows["reached_share"].estimate, rows["mean_distance"].estimate) == (10 / 42, 14 / 10)
    assert (rows["reached_share"].n, rows["mean_distance"].n) == (42, 10)
    assert rows["transitivity"].estimate == 0.0
    assert shape_of(network_of(star(6)))["in_degree_centralisation"].estimate == 1.0
    assert shape_of(network_of(star(6).T))["out_degree_centralisation"].estimate == 1.0
    both = shape_of(network_of(star(6), directed=False))
    assert both["degree_centralisation"].estimate == both["betweenness_centralisation"].estimate == 1.0


def test_two_heads_of_one_leaf_have_no_common_superior() -> None:
    two_heads = network_of([[0, 0, 1], [0, 0, 1], [0, 0, 0]])
    assert shape_of(two_heads)["least_upper_bound"].estimate == 0.0  # 1 - 1 pair / (3 - 1)(3 - 2) / 2


def test_every_number_says_its_denominator() -> None:
    # a <-> b -> c, d silent: three answered, dyads ab, ac, bc seen from both ends.
    g = network_of([[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], answered=[True] * 3 + [False])
    rows = shape_of(g)
    for name, estimate, n, unit, population in (
        ("density", 3 / 9, 9, "dyads", 12),
        ("reciprocity", 2 / 3, 3, "dyads", 6),
        ("reciprocity_low", 2 / 6, 6, "dyads", 6),
        ("reciprocity_high", 2 / 3, 6, "dyads", 6),
        ("dyadic_reciprocity", 1 / 2, 2, "dyads", None),
        ("transitivity", 0.0, 1, "triples", None),
        ("weak_transitivity", 0.0, 1, "triples", None),
        ("mean_distance", 5 / 4, 4, "dyads", 12),
        ("reached_share", 4 / 12, 12, "dyads", 12),
        ("connectedness", 3 / 6, 6, "dyads", 6),
        ("connectedness_low", 3 / 6, 6, "dyads", 6),
        ("connectedness_high", 1.0, 6, "dyads", 6),
        ("krackhardt_hierarchy", 2 / 3, 3, "dyads", 6),
        ("out_degree_centralisation", 1 / 2, 3, "organisations", 4),
        ("betweenness_centralisation", 1 / 6, 3, "organisations", 4),
    ):
        row = rows[name]
        assert row.estimate == pytest.approx(estimate), name
        assert (row.n, row.unit, row.population) == (n, unit, population), name
        assert row.people == 3, name
    census = {row.category: row for row in triad_rows(setting_of(g))}
    assert (census["111U"].estimate, census["111U"].n, census["111U"].population) == (1, 1, 4)


@given(small, st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_bounds_of_the_rows_hold_the_truth_when_answers_are_lost(g, seed) -> None:
    lost = np.nonzero(np.random.default_rng(seed).random(g.size) < 0.4)[0]
    rows = shape_of(silenced(g, lost))
    for name, truth in (
        ("density", density(g).value),
        ("reciprocity", reciprocity(g).value),
        ("in_degree_centralisation", in_degree_centralisation(g).value),
        ("connectedness", connectedness(g).value),
    ):
        low, high = rows[f"{name}_low"].estimate, rows[f"{name}_high"].estimate
        if truth is not None and g.observed_pairs == g.possible_pairs:
            assert low - 1e-12 <= truth <= high + 1e-12, name


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize(("seed", "dense", "silent"), [(4, 0.35, 0.0), (4, 0.35, 0.3), (7, 0.06, 0.0)])
def test_intervals_equal_leaving_out_one_node_at_a_time(directed, seed, dense, silent) -> None:
    g = random_digraph(seed, 14, dense, silent)
    g = g if directed else network_of(g.ties, directed=False, answered=list(g.senders))
    plain = in_degree_centralisation if directed else degree_centralisation
    for ours, statistic in (
        (degree_centralisation_jackknife, plain),
        (connectedness_jackknife, connectedness),
    ):
        closed, slow = ours(g), node_jackknife(g, statistic, 0.0, 1.0)
        assert closed.value == pytest.approx(slow.value)
        assert (closed.se, closed.low, closed.high) == pytest.approx((slow.se, slow.low, slow.high))


def test_headlines_have_intervals_and_the_rest_says_that_it_has_no_bounds() -> None:
    rows = shape_of(random_digraph(2, 30, 0.08, 0.2))
    for name in ("density", "reciprocity", "in_degree_centralisation", "transitivity", "connectedness"):
        assert rows[name].ci_low <= rows[name].estimate <= rows[name].ci_high, name
        assert "jackknife" in rows[name].method, name
    unbounded = {name for name, row in rows.items() if "no bounds" in row.method}
    assert unbounded >= {
        "betweenness_centralisation",
        "transitivity",
        "mean_distance",
        "krackhardt_hierarchy",
    }
    assert not {f"{name}_low" for name in unbounded} & set(rows)


@pytest.mark.parametrize(
    ("g", "undefined"),
    [
        (network_of(star(5), directed=False), ["reciprocity_low", "in_degree_centralisation_high"]),
        (network_of(star(5), directed=False), ["krackhardt_hierarchy", "out_degree_centralisation"]),
        (network_of(np.zeros((5, 5))), ["mean_distance", "transitivity", "weak_transitivity"]),
        (network_of(np.zeros((5, 5))), ["dyadic_reciprocity", "reciprocity_correlation"]),
        (network_of([[0]]), ["connectedness", "connectedness_low", "reached_share", "reciprocity_high"]),
        (network_of(np.zeros((0, 0))), ["connectedness", "max_core", "max_core_size", "density"]),
    ],
)
def test_what_is_undefined_says_why(g: Network, undefined: list[str]) -> None:
    rows = shape_of(g)
    for name in undefined:
        assert (rows[name].status, rows[name].estimate) == ("undefined", None), name
        assert rows[name].note, name
    collect([*rows.values(), *triad_rows(setting_of(g)), *robustness_rows(setting_of(g))])


def test_undirected_triads_are_told_by_their_ties() -> None:
    rows = list(triad_rows(setting_of(network_of(star(4), directed=False))))
    assert [(row.category, row.estimate) for row in rows] == [
        ("0 ties", 1),
        ("1 tie", 0),
        ("2 ties", 3),
        ("3 ties", 0),
    ]


# --- robustness


def rounded(g: Network) -> np.ndarray:
    return np.round(betweenness(g), 9)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize(("after", "plain"), [(in_degree_after, in_degree), (betweenness_after, rounded)])
@pytest.mark.parametrize("silent", [0.0, 0.3])
def test_all_draws_at_once_equal_one_network_at_a_time(directed, after, plain, silent) -> None:
    g = random_digraph(3, 17, 0.2, silent)
    g = g if directed else network_of(g.ties, directed=False, answered=list(g.senders))
    for share in (0.1, 0.5):
        ours, slow = silencing(g, after, share, 40, 5), deletion_robustness(g, plain, share, 40, 5)
        assert (ours.removed, ours.defined) == (slow.removed, slow.defined)
        for a, b in ((ours.correlation, slow.correlation), (ours.top_kept, slow.top_kept)):
            assert (a.value, a.se, a.low, a.high) == pytest.approx((b.value, b.se, b.low, b.high))


def test_pairs_not_observed_of_those_who_answered_stay_hidden() -> None:
    g = random_digraph(5, 12, 0.3)
    A = g.A.copy()
    A[np.random.default_rng(1).random(A.shape) < 0.2] = np.nan
    g = Network(g.nodes, True, A, g.senders)
    gone = np.zeros((3, 12), dtype=bool)
    gone[[0, 1, 2], [4, 7, 11]] = True
    for after, plain in ((in_degree_after, in_degree), (betweenness_after, rounded)):
        for row, who in zip(after(g, gone), (4, 7, 11), strict=True):
            np.testing.assert_array_equal(row, plain(silenced(g, np.array([who]))))


def test_rank_correlation_is_spearmans_over_every_way_of_silencing_one() -> None:
    g = random_digraph(8, 9, 0.4)
    each = [spearmanr(in_degree(g), in_degree(silenced(g, np.array([i])))).statistic for i in range(9)]
    found = silencing(g, in_degree_after, 0.1, 4_000)  # one of nine
    assert found.removed == 1
    assert found.correlation.value == pytest.approx(np.mean(each), abs=4 * np.std(each) / 4_000**0.5)


def test_a_planted_order_stands_and_ties_at_random_do_not() -> None:
    rng = np.random.default_rng(3)
    n = 60
    ranked = rng.random((n, n)) < np.linspace(0.02, 0.8, n)[None, :]
    level = rng.random((n, n)) < 0.05
    found = [
        {(r.category, r.level): r for r in robustness_rows(setting_of(network_of(A))) if r.statistic == name}
        for name in ("rank_correlation", "top_kept")
        for A in (ranked, level)
    ]
    steady, loose = found[0]["in_degree", "30 %"].estimate, found[1]["in_degree", "30 %"].estimate
    assert steady > 0.97 > 0.9 > loose
    assert found[2]["in_degree", "30 %"].estimate > found[3]["in_degree", "30 %"].estimate


def test_rows_of_robustness_say_who_was_silenced_and_how_often() -> None:
    rows = list(robustness_rows(setting_of(random_digraph(2, 30, 0.2, 0.2))))
    assert len({row.id for row in rows}) == len(rows) == 2 * 3 * 2
    found = {(row.category, row.level): row for row in rows if row.statistic == "rank_correlation"}
    answered = int(random_digraph(2, 30, 0.2, 0.2).senders.sum())
    removed = round(0.2 * answered)
    row = found["in_degree", "20 %"]
    assert (row.group, row.n, row.population, row.unit) == ("silenced", 30, 30, "organisations")
    assert f"answers of {removed} of the {answered} " in row.method
    assert "1,000 seeded draws" in row.method
    row = found["betweenness", "20 %"]
    assert (row.n, row.population) == (answered - removed, 30)  # who is silent stands between nobody
    assert "100 seeded draws" in row.method
    values = [found["in_degree", level].estimate for level in ("10 %", "20 %", "30 %")]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    ("A", "answered", "why"),
    [
        (np.zeros((8, 8)), None, "no variation"),
        (star(3), [True, False, False], "too few respondents"),
        (star(3), [False, False, False], "too few respondents"),
    ],
)
def test_a_ranking_that_cannot_be_is_undefined(A, answered, why) -> None:
    for row in robustness_rows(setting_of(network_of(A, answered=answered))):
        assert (row.status, row.estimate) == ("undefined", None)
        assert why in row.note


@given(small)
@settings(max_examples=25, deadline=None)
def test_renaming_nodes_changes_no_row(g) -> None:
    turned = shape_of(g.restricted(np.random.default_rng(1).permutation(g.size)))
    for name, row in shape_of(g).items():
        other = turned[name]
        assert other.n == row.n
        assert other.estimate == (None if row.estimate is None else pytest.approx(row.estimate, abs=1e-12))


def test_mean_distance_counts_each_joined_pair_once() -> None:
    g = random_digraph(1, 6, 0.3)
    steps = distances(g)
    reach = {(i, j) for i, j in permutations(range(6), 2) if _joined(g.ties, i, j)}
    assert shape_of(g)["mean_distance"].n == len(reach)
    assert shape_of(g)["reached_share"].estimate == pytest.approx(len(reach) / 30)
    assert shape_of(g)["mean_distance"].estimate == steps.mean.value


def _joined(ties: np.ndarray, i: int, j: int) -> bool:
    power = np.linalg.matrix_power(ties.astype(int) + np.eye(len(ties), dtype=int), len(ties))
    return bool(power[i, j])
