"""Where each node stands. Expected numbers: tests/reference/network/reference.json (R sna, igraph)."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.analyse.network.graphs import collapsed, completed, path_lengths, strength_to_distance
from ksn_research.analyse.network.positions import (
    betweenness,
    expansiveness,
    harmonic_closeness,
    harmonic_closeness_bounds,
    in_degree,
    in_degree_bounds,
    out_degree,
    out_degree_bounds,
    pagerank,
    position_table,
    rank_range,
)
from ksn_research.analyse.network.structure import popularity
from tests.network_entries import cases, covered, digraph, equals_reference, random_digraph, transposed
from tests.test_network import florentine, network_of

DEFINITIONS = {
    "indegree": in_degree,
    "outdegree": out_degree,
    "degree": in_degree,
    "betweenness": betweenness,
    "betweenness_igraph": betweenness,
    "closeness_harmonic_igraph_out": lambda g: harmonic_closeness(g, "out"),
    "pagerank_igraph": pagerank,
}
COVERED: tuple[str, ...] = covered(DEFINITIONS)

small = st.builds(random_digraph, st.integers(0, 10_000), st.integers(3, 9))


@pytest.mark.parametrize(("name", "entry"), cases(DEFINITIONS))
def test_positions_equal_sna_and_igraph(name: str, entry: str) -> None:
    equals_reference(name, entry, DEFINITIONS[entry])


def test_the_medici_stand_between_half_of_all_pairs() -> None:
    # Padgett's marriages: 47.5 of 91 pairs among 15 families (Wasserman & Faust 1994: .522).
    g = florentine()
    married = g.restricted(g.nodes != "Pucci")
    found = dict(zip(married.nodes, betweenness(married), strict=True))
    assert found["Medici"] == pytest.approx(47.5)
    assert betweenness(married, normalised=True).max() == pytest.approx(47.5 / 91)


def test_networkx_closeness_is_ours_undivided_and_incoming() -> None:
    g = random_digraph(3, 12)
    theirs = nx.harmonic_centrality(nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph))
    ours = harmonic_closeness(g, "in")
    assert [theirs[i] / 11 for i in range(12)] == pytest.approx(ours.tolist())


@given(small, st.randoms(use_true_random=False))
def test_renaming_nodes_moves_their_numbers_along(g, random) -> None:
    order = np.array(random.sample(range(g.size), g.size))
    for measure in (in_degree, out_degree, betweenness, harmonic_closeness, pagerank):
        np.testing.assert_allclose(measure(g.restricted(order)), measure(g)[order], atol=1e-12)


@given(small)
def test_turning_all_ties_swaps_in_and_out(g) -> None:
    back = transposed(g)
    np.testing.assert_array_equal(in_degree(g), out_degree(back))
    np.testing.assert_allclose(betweenness(g), betweenness(back), atol=1e-9)
    np.testing.assert_allclose(harmonic_closeness(g, "in"), harmonic_closeness(back, "out"))


@given(small)
def test_an_isolate_changes_only_what_it_must(g) -> None:
    wider = digraph(np.pad(g.ties, (0, 1)))
    for measure in (in_degree, out_degree, betweenness):
        np.testing.assert_allclose(measure(wider), [*measure(g), 0.0], atol=1e-12)
    shrunk = (g.size - 1) / g.size
    np.testing.assert_allclose(harmonic_closeness(wider), [*harmonic_closeness(g) * shrunk, 0.0], atol=1e-12)


@given(small, st.integers(0, 1000))
def test_bounds_hold_the_truth_when_answers_are_lost(g, seed) -> None:
    silent = np.random.default_rng(seed).random(g.size) < 0.4
    seen = digraph(g.ties, np.repeat(~silent[:, None], g.size, axis=1))
    for ends, truth in (
        (in_degree_bounds(seen), in_degree(g)),
        (out_degree_bounds(seen), out_degree(g)),
        (harmonic_closeness_bounds(seen, "in"), harmonic_closeness(g, "in")),
        (harmonic_closeness_bounds(seen, "out"), harmonic_closeness(g, "out")),
    ):
        assert (ends[0] <= truth + 1e-12).all()
        assert (truth <= ends[1] + 1e-12).all()


@given(small, st.integers(0, 1000))
def test_the_true_rank_lies_in_the_range(g, seed) -> None:
    silent = np.random.default_rng(seed).random(g.size) < 0.4
    seen = digraph(g.ties, np.repeat(~silent[:, None], g.size, axis=1))
    best, worst = rank_range(*in_degree_bounds(seen))
    truth = in_degree(g)
    rank = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    assert ((best <= rank) & (rank <= worst)).all()


def test_who_did_not_answer_has_no_number_that_rests_on_its_answers() -> None:
    g = network_of([[0, 1, 0], [1, 0, 1], [0, 1, 0]], answered=[True, False, True])
    assert in_degree(g).tolist() == [0, 2, 0]
    for own in (
        out_degree(g),
        expansiveness(g),
        betweenness(g),
        harmonic_closeness(g, "out"),
    ):
        assert np.isnan(own).tolist() == [False, True, False]
    assert popularity(g).tolist() == [0.0, 1.0, 0.0]
    assert harmonic_closeness(g, "in").tolist() == [0.0, 1.0, 0.0]


def test_a_further_tie_can_lower_betweenness_so_that_it_has_no_bounds() -> None:
    line = digraph([[0, 1, 0], [0, 0, 1], [0, 0, 0]], np.array([[0, 1, 0], [1, 0, 1], [1, 1, 0]], dtype=bool))
    assert betweenness(completed(line, False))[1] == 1
    assert betweenness(completed(line, True))[1] == 0


def test_strong_ties_are_short() -> None:
    # Opsahl, Agneessens & Skvoretz (2010): the way over two strong ties is shorter than one weak tie.
    strength = np.array([[0, 4, 1], [4, 0, 4], [1, 4, 0]], dtype=float)
    g = network_of(strength > 0, directed=False)
    assert betweenness(g).tolist() == [0, 0, 0]
    assert betweenness(g, distance=strength_to_distance(strength, "inverse")).tolist() == [0, 1, 0]
    rated = strength_to_distance(strength, "reversed", most=5)
    assert rated[0].tolist() == [np.inf, 2.0, 5.0]
    assert path_lengths(g, rated)[0].tolist() == [0, 2, 4]
    assert harmonic_closeness(g, distance=rated)[1] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("strength", "how", "most", "message"),
    [
        ([[0, -1], [1, 0]], "inverse", None, "negative"),
        ([[0, 6], [1, 0]], "reversed", 5, "top of the scale"),
        ([[0, 1], [1, 0]], "reversed", None, "top of the scale"),
    ],
)
def test_strengths_that_have_no_length_are_refused(strength, how, most, message) -> None:
    with pytest.raises(ValueError, match=message):
        strength_to_distance(np.array(strength, dtype=float), how, most)


def test_a_tie_without_a_length_is_refused() -> None:
    g = network_of([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="no length"):
        betweenness(g, distance=np.full((2, 2), np.inf))


def test_a_no_beside_silence_is_not_observed_in_the_collapsed_network() -> None:
    g = network_of([[0, 1, 0], [0, 0, 0], [0, 0, 0]], answered=[True, True, False])
    joined = collapsed(g)
    assert joined.A[0, 1] == joined.A[1, 0] == 1
    assert np.isnan(joined.A[0, 2])
    assert not joined.directed


def test_the_table_holds_every_node_in_order() -> None:
    g = network_of([[0, 1, 1], [0, 0, 1], [0, 0, 0]], answered=[True, True, False])
    table = position_table(g)
    assert table["node"].tolist() == g.nodes.tolist()
    assert table["rank_best"].tolist() == [2, 1, 1]
    assert table["rank_worst"].tolist() == [3, 2, 1]
    assert table["out_degree"].tolist()[:2] == [2, 1]


@pytest.mark.parametrize("n", [0, 1])
def test_tiny_networks_have_no_closeness_and_raise_nothing(n: int) -> None:
    assert np.isnan(position_table(digraph(np.zeros((n, n))))["harmonic_in"]).all()
