"""How much a number hangs on single nodes. Expected numbers: closed forms, brute force and planted truths."""

from __future__ import annotations

import time

import networkx as nx
import numpy as np
import pytest
from scipy.stats import spearmanr

from ksn_research.analyse.network.centralisation import betweenness_centralisation
from ksn_research.analyse.network.cohesion import distances, k_core, reciprocities
from ksn_research.analyse.network.hierarchy import krackhardt
from ksn_research.analyse.network.holes import structural_holes
from ksn_research.analyse.network.positions import betweenness, position_table
from ksn_research.analyse.network.robustness import (
    bounds,
    deletion_robustness,
    jackknife_interval,
    node_jackknife,
    position_jackknife,
    robustness_curve,
    silenced,
    without,
)
from ksn_research.analyse.network.structure import Network, density, density_bounds, popularity, reciprocity
from ksn_research.analyse.network.triads import (
    mean_local_clustering,
    strong_transitivity,
    transitivity,
    triad_census,
    weak_transitivity,
)
from tests.benchmarks.memory import peak
from tests.network_entries import digraph, random_digraph
from tests.test_network import network_of

COVERED: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "measure", [density, reciprocity, transitivity, weak_transitivity, strong_transitivity]
)
@pytest.mark.parametrize("silent", [0.0, 0.2])
def test_closed_forms_equal_leaving_out_one_node_at_a_time(measure, silent) -> None:
    g = random_digraph(4, 14, 0.35, silent)
    closed, plain = measure(g), node_jackknife(g, lambda x: measure(x).value, 0.0, 1.0)
    assert (closed.se, closed.low, closed.high) == pytest.approx((plain.se, plain.low, plain.high))


def test_the_jackknife_is_that_of_snijders_and_borgatti() -> None:
    g = random_digraph(1, 9, 0.4)
    left_out = np.array([density(without(g, i)).value for i in range(9)])
    se = np.sqrt(7 / 18 * ((left_out - left_out.mean()) ** 2).sum())
    assert jackknife_interval(density(g).value, left_out).se == pytest.approx(se)


def test_the_jackknife_interval_holds_the_true_transitivity_in_most_samples() -> None:
    # Blocks of five: two of a block are tied with .8, others with .05. The truth is the mean over many draws.
    same = np.equal.outer(np.arange(30) % 6, np.arange(30) % 6)
    rng = np.random.default_rng(11)
    drawn = []
    for _ in range(120):
        upper = np.triu(rng.random((30, 30)) < np.where(same, 0.8, 0.05), 1)
        drawn.append(network_of(upper, directed=False))
    found = [transitivity(g) for g in drawn]
    truth = np.mean([e.value for e in found])
    held = np.mean([e.low <= truth <= e.high for e in found])
    assert held > 0.85


def test_a_statistic_that_may_be_undefined_without_a_node_has_no_interval() -> None:
    star = network_of([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    found = node_jackknife(star, lambda g: reciprocities(g).edge_wise)
    assert (found.value, found.se) == (1.0, None)
    empty = node_jackknife(digraph(np.zeros((5, 5))), weak_transitivity)
    assert (empty.value, empty.why) == (None, "undefined: no triple of the kind was observed")


def test_position_jackknife_is_the_ordinary_one_over_the_others() -> None:
    # The share of the others that name a node is a mean over them, whose jackknife is s / sqrt(m) exactly.
    g = random_digraph(2, 12, 0.4)
    found = position_jackknife(g, popularity)
    named = g.ties[:, 3][np.arange(12) != 3].astype(float)
    assert found.se[3] == pytest.approx(named.std(ddof=1) / np.sqrt(11))
    assert found.value.tolist() == popularity(g).tolist()
    assert (found.best <= found.worst).all()


def test_ranks_stay_put_where_the_order_is_clear() -> None:
    ties = np.tril(np.ones((6, 6)), -1)  # node 0 is named by five, node 1 by four, and so on
    found = position_jackknife(digraph(ties), lambda g: g.ties.sum(axis=0).astype(float))
    assert (found.best[0], found.worst[0]) == (1, 1)
    assert (found.best[5], found.worst[5]) == (6, 6)
    assert (found.best[2], found.worst[2]) == (3, 3)


def test_who_did_not_answer_has_neither_interval_nor_rank() -> None:
    g = random_digraph(12, 10, 0.4, silent=0.3)
    found = position_jackknife(g, lambda x: betweenness(x, True))
    for numbers in (found.value, found.se, found.low, found.best, found.worst):
        assert np.isnan(numbers).tolist() == (~g.senders).tolist()
    assert 0 < (~g.senders).sum() < 10


def test_betweenness_jackknife_deletes_the_node_with_its_ties() -> None:
    g = random_digraph(8, 10, 0.3)
    graph = nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph)
    left_out = []
    for node in range(1, 10):
        rest = graph.copy()
        rest.remove_node(node)
        left_out.append(nx.betweenness_centrality(rest)[0])
    se = np.sqrt(8 / 9 * ((left_out - np.mean(left_out)) ** 2).sum())
    assert position_jackknife(g, lambda x: betweenness(x, True)).se[0] == pytest.approx(se)


def test_bounds_fill_the_gaps_with_no_ties_and_with_ties() -> None:
    g = network_of([[0, 1, 0], [0, 0, 1], [0, 0, 0]], answered=[True, True, False])
    assert bounds(g, density) == density_bounds(g)
    assert bounds(g, lambda x: reciprocities(x).log_ratio) is None


def test_silenced_rows_are_not_observed() -> None:
    g = network_of([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    quiet = silenced(g, np.array([1]))
    assert np.isnan(quiet.A[1]).all()
    assert quiet.A[0, 1] == 1
    assert quiet.senders.tolist() == [True, False, True]
    both = silenced(network_of([[0, 1, 0], [1, 0, 1], [0, 1, 0]], directed=False), np.array([1, 2]))
    assert np.isnan(both.A[1, 2])
    assert both.A[0, 1] == both.A[1, 0] == 1


@pytest.mark.parametrize("removal", ["nodes", "answers"])
def test_deletion_is_the_mean_rank_correlation_of_its_draws(removal) -> None:
    g = random_digraph(6, 15, 0.3)
    found = deletion_robustness(g, popularity, 0.2, draws=40, seed=3, removal=removal)
    rng = np.random.default_rng(3)
    expected = []
    for _ in range(40):
        gone = rng.choice(np.arange(15), 3, replace=False)
        stay = np.delete(np.arange(15), gone)
        if removal == "nodes":
            expected.append(spearmanr(popularity(g)[stay], popularity(g.restricted(stay))).statistic)
        else:
            asked = len(stay) - np.isin(np.arange(15), stay)
            expected.append(spearmanr(popularity(g), g.ties[stay].sum(axis=0) / asked).statistic)
    assert found.removed == 3
    assert found.defined == 40
    assert found.correlation.value == pytest.approx(np.mean(expected))
    assert found == deletion_robustness(g, popularity, 0.2, draws=40, seed=3, removal=removal)


def test_the_more_are_taken_away_the_less_the_ranking_holds() -> None:
    g = random_digraph(7, 40, 0.15)
    curve = robustness_curve(g, popularity, (0.05, 0.2, 0.5), draws=100)
    held = [r.correlation.value for r in curve]
    assert held == sorted(held, reverse=True)
    assert curve[0].correlation.low <= held[0] <= curve[0].correlation.high


def test_a_planted_leader_stays_first() -> None:
    rng = np.random.default_rng(1)
    ties = rng.random((40, 40)) < 0.1
    ties[:, 7] = True
    found = deletion_robustness(digraph(ties), popularity, 0.3, draws=100)
    assert found.first_kept.value == 1.0
    assert found.top_kept.value > 0.5


def test_only_respondents_are_taken_away() -> None:
    g = random_digraph(9, 20, 0.3, silent=0.5)
    found = deletion_robustness(g, popularity, 0.5, draws=10)
    assert found.removed == round(0.5 * g.senders.sum())


def test_what_has_no_ranking_says_why() -> None:
    alike = digraph(np.ones((6, 6)))
    assert deletion_robustness(alike, popularity, 0.2, draws=5).correlation.why.startswith("undefined")
    alone = network_of(np.ones((3, 3)), answered=[True, False, False])
    assert deletion_robustness(alone, popularity, 0.5, draws=5).correlation.why.startswith("undefined")
    with pytest.raises(ValueError, match="above 0 and below 1"):
        deletion_robustness(alike, popularity, 1.0)


def describe(g: Network) -> None:
    """All descriptive measures, one after another, as a report would ask for them."""
    position_table(g)
    triad_census(g)
    for measure in (
        density, reciprocities, transitivity, weak_transitivity, strong_transitivity, mean_local_clustering,
        distances, krackhardt, k_core, betweenness_centralisation,
    ):  # fmt: skip
        measure(g)
    for model in ("whole", "ego"):
        structural_holes(g, model)


@pytest.mark.soak
def test_two_thousand_nodes_are_described_in_less_than_a_gigabyte() -> None:
    g = random_digraph(1, 2000, 0.005)
    start = time.perf_counter()
    taken = peak(lambda: describe(g))
    print(f"{taken / 1e6:.0f} MB, {time.perf_counter() - start:.0f} s")
    assert taken < 1e9
