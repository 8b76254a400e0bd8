"""Communities. Expected numbers: tests/reference/network/optimal_modularity.json (exact optima by igraph's
integer programme) and reference.json (R igraph). Its single Louvain memberships are not reproduced: one
seed of a random search is nobody's finding."""

from __future__ import annotations

import json
import random
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.assortativity import modularity
from ksn_research.analyse.network.communities import (
    adjusted_rand,
    agreement,
    communities,
    mutual_information,
    null_modularity,
    renumbered,
    run_agreement,
    seeded,
    undirected_modularity,
)
from ksn_research.analyse.network.structure import Network
from tests.network_entries import NETWORKS, digraph, network, random_digraph
from tests.test_network import network_of

OPTIMAL = json.loads(
    (Path(__file__).parent / "reference" / "network" / "optimal_modularity.json").read_text(encoding="utf-8")
)
COVERED = (
    "optimal_modularity.*",
    "networks.*.louvain_best_of_200_modularity",
    "networks.*.fast_greedy",
)


@pytest.mark.parametrize("search", ["leiden", "louvain"])
@pytest.mark.parametrize("name", list(OPTIMAL))
def test_best_of_100_runs_is_the_optimum(name: str, search: str) -> None:
    g, told = network(name), OPTIMAL[name]
    found = communities(g, search)
    assert found.modularity.value == pytest.approx(told["modularity"], rel=1e-12)
    at_best = modularity(g, np.array(told["membership"]), directed=False).value
    assert found.modularity.value == pytest.approx(at_best, rel=1e-12)
    assert modularity(g, found.membership, False).value == pytest.approx(found.modularity.value, rel=1e-12)
    if found.best_known == 1:
        np.testing.assert_array_equal(found.membership, renumbered(np.array(told["membership"])))


@pytest.mark.parametrize("name", list(NETWORKS))
def test_best_louvain_of_200_equals_r_and_leiden_is_no_worse(name: str) -> None:
    told = NETWORKS[name]["louvain_best_of_200_modularity"]
    assert communities(network(name), "louvain", runs=200).modularity.value == pytest.approx(told, rel=1e-9)
    assert communities(network(name)).modularity.value >= told - 1e-9


@pytest.mark.parametrize("name", list(NETWORKS))
def test_fast_greedy_equals_r(name: str) -> None:
    told, found = NETWORKS[name]["fast_greedy"], communities(network(name), "fast greedy", runs=2)
    assert found.modularity.value == pytest.approx(told["modularity"], rel=1e-9)
    np.testing.assert_array_equal(found.membership, renumbered(np.array(told["membership"])))
    assert (found.stability.value, found.best_runs) == (1.0, 1.0)


# --- planted communities


def planted(seed: int, groups: int = 4, size: int = 15) -> tuple[Network, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.arange(groups * size) % groups
    chance = np.where(np.equal.outer(truth, truth), 0.3, 0.02)
    return network_of(rng.random(chance.shape) < chance), truth


def test_planted_communities_are_recovered_and_beat_their_degrees() -> None:
    g, truth = planted(1)
    found = communities(g)
    assert agreement(found.membership, truth).adjusted_rand.value > 0.95
    assert found.stability.value > 0.95
    null = null_modularity(g, networks=40, runs=3)
    assert null.z.value > 5
    assert null.p == 1 / 41


def test_ties_at_random_have_communities_too_but_no_more_than_their_degrees_give() -> None:
    p = [null_modularity(random_digraph(seed, 24, 0.12), "louvain", 19, runs=2).p for seed in range(30)]
    assert communities(random_digraph(0, 24, 0.12)).modularity.value > 0.2
    # binomial(30, .1): at most 8 with chance .998; p cannot pile up at the other end either
    assert sum(one <= 0.1 for one in p) <= 8
    assert 0.3 < np.mean(p) < 0.75


@given(st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_rows_in_another_order_give_every_node_the_same_community(seed: int) -> None:
    g = random_digraph(seed, 14, 0.15)
    turn = np.random.default_rng(seed).permutation(14)
    one, two = communities(g, runs=20), communities(g.restricted(turn), runs=20)
    np.testing.assert_array_equal(one.membership[turn], two.membership)
    assert (one.modularity, one.stability) == (two.modularity, two.stability)


@pytest.mark.parametrize("seed", range(3))
def test_other_names_give_the_same_partition(seed: int) -> None:
    g, _ = planted(2)
    turn = np.random.default_rng(seed).permutation(g.size)
    A = g.A[turn][:, turn]
    renamed = Network(g.nodes, True, A, g.senders[turn])
    one, two = communities(g), communities(renamed, seed=seed + 5)
    assert adjusted_rand(one.membership[turn], two.membership).value == 1.0
    assert one.modularity.value == pytest.approx(two.modularity.value, rel=1e-12)


def test_a_seed_gives_one_answer_and_leaves_the_usual_source_alone() -> None:
    g = random_digraph(3, 20, 0.15)
    random.seed(5)
    one = communities(g, seed=9)
    after = random.random()
    random.seed(5)
    assert random.random() == after
    np.testing.assert_array_equal(one.runs, communities(g, seed=9).runs)


def test_the_usual_source_is_back_after_an_error() -> None:
    def drawn() -> list:
        random.seed(5)
        return igraph.Graph.Erdos_Renyi(20, 0.3).get_edgelist()

    before = drawn()
    with pytest.raises(KeyError), seeded(1):
        raise KeyError
    assert drawn() == before


# --- agreement of partitions


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=30))
@settings(deadline=None)
def test_agreement_equals_igraph(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.array(column) for column in zip(*pairs, strict=True))
    for ours, method in ((adjusted_rand, "adjusted_rand"), (mutual_information, "nmi")):
        found = ours(one, other)
        if found.value is None:
            assert found.why
        else:
            told = igraph.compare_communities(one.tolist(), other.tolist(), method=method)
            assert found.value == pytest.approx(told, abs=1e-9)
            assert found.value == pytest.approx(ours(other, one).value, abs=1e-9)


def test_mean_agreement_is_over_all_pairs_of_runs() -> None:
    runs = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 2]])
    # pairs: 1, .5714, .5714 (doctest of adjusted_rand)
    assert run_agreement(runs).value == pytest.approx((1 + 2 * 4 / 7) / 3)


@given(st.integers(0, 2**31), st.integers(3, 12))
@settings(max_examples=30, deadline=None)
def test_modularity_equals_igraph(seed: int, n: int) -> None:
    g, membership = random_digraph(seed, n, 0.4), np.random.default_rng(seed).integers(0, 3, n)
    for directed in (True, False):
        ties = g.ties if directed else np.triu(g.symmetrised)
        graph = igraph.Graph(n=n, edges=np.argwhere(ties).tolist(), directed=directed)
        ours = modularity(g, membership, directed)
        if ties.any():
            told = graph.modularity(membership.tolist(), directed=directed)
            assert ours.value == pytest.approx(told, abs=1e-12)
    if ties.any():
        assert undirected_modularity(g.symmetrised, membership) == pytest.approx(told, abs=1e-12)


def test_florentine_marriages_of_the_bare_clone() -> None:
    graph = nx.convert_node_labels_to_integers(nx.florentine_families_graph())
    found = communities(network_of(nx.to_numpy_array(graph), directed=False))
    # without Pucci, who is an isolate and adds nothing: the exact optimum of flo_marriage
    assert found.modularity.value == pytest.approx(OPTIMAL["flo_marriage"]["modularity"], rel=1e-12)
    assert found.best_known == 1


def test_labels_that_are_missing_are_left_out() -> None:
    labels = np.array(["a", "a", None, "b", "b"], dtype=object)
    found = agreement(np.array([0, 0, 1, 1, 1]), labels)
    assert (found.n, found.adjusted_rand.value, found.mutual_information.value) == (4, 1.0, 1.0)


@pytest.mark.parametrize("n", [0, 5])
def test_a_network_without_ties_has_no_communities(n: int) -> None:
    found = communities(digraph(np.zeros((n, n))))
    assert found.modularity.why == "no ties"
    assert found.membership.tolist() == list(range(n))
    assert null_modularity(digraph(np.zeros((n, n)))).seen.value is None


@pytest.mark.parametrize(("search", "runs"), [("walktrap", 100), ("leiden", 1)])
def test_unknown_search_and_a_single_run_are_refused(search: str, runs: int) -> None:
    with pytest.raises(ValueError, match="at least two runs"):
        communities(random_digraph(1, 6), search, runs)
