"""Structural holes. Expected numbers: tests/reference/network/reference.json (R igraph, and Burt's formulas
in reference.R beside it)."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.analyse.network.holes import (
    NO_ANSWER,
    NO_TIES,
    constraint,
    dyadic_constraint,
    effective_size,
    efficiency,
    hierarchy,
    mutual_strength,
    structural_holes,
)
from tests.network_entries import cases, covered, digraph, equals_reference, random_digraph, transposed
from tests.test_network import REFERENCE, network_of

DEFINITIONS = {
    "constraint_igraph": lambda g: structural_holes(g).constraint,
    "constraint_formula_whole": lambda g: structural_holes(g).constraint,
    "constraint_formula_egonet": lambda g: structural_holes(g, "ego").constraint,
    "effective_size_whole": lambda g: structural_holes(g).effective_size,
    "effective_size_egonet": lambda g: structural_holes(g, "ego").effective_size,
}
COVERED: tuple[str, ...] = covered(DEFINITIONS)
MODELS = ("whole", "ego")

small = st.builds(random_digraph, st.integers(0, 10_000), st.integers(3, 9), st.sampled_from([0.2, 0.5]))


@pytest.mark.parametrize(("name", "entry"), cases(DEFINITIONS))
def test_holes_equal_igraph_and_the_formula(name: str, entry: str) -> None:
    equals_reference(name, entry, DEFINITIONS[entry])


def test_the_two_models_give_two_numbers() -> None:
    # Knoke's information network, COUN: .48055 with the whole network, .54614 in its ego network (UCINET).
    g = network_of(REFERENCE["knoke_info"])
    assert structural_holes(g).constraint[0] == pytest.approx(0.48055, abs=5e-6)
    assert structural_holes(g, "ego").constraint[0] == pytest.approx(0.54614, abs=5e-6)


def by_hand(Z: np.ndarray, model: str) -> tuple[np.ndarray, np.ndarray]:
    """Burt's sums, one term at a time."""
    n = len(Z)
    c, size = np.full((n, n), 0.0), np.full(n, np.nan)
    for i in range(n):
        partners = np.nonzero(Z[i])[0]
        near = range(n) if model == "whole" else [i, *partners]
        total = {q: sum(Z[q, k] for k in near) for q in [i, *partners]}
        most = {q: max(Z[q, k] for k in near) for q in partners}
        for j in partners:
            others = [q for q in partners if q != j]
            c[i, j] = (Z[i, j] / total[i] + sum(Z[i, q] / total[i] * Z[q, j] / total[q] for q in others)) ** 2
        terms = [
            1 - sum(Z[i, q] / total[i] * Z[j, q] / most[j] for q in partners if q != j) for j in partners
        ]
        size[i] = sum(terms) if terms else np.nan
    return c, size


@pytest.mark.parametrize("model", MODELS)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_matrix_products_equal_the_sums_of_the_book(model, seed, n) -> None:
    rng = np.random.default_rng(seed)
    Z = mutual_strength(rng.integers(0, 5, (n, n)) * (rng.random((n, n)) < 0.5))
    c, size = by_hand(Z, model)
    np.testing.assert_allclose(dyadic_constraint(Z, model), c, atol=1e-12)
    np.testing.assert_allclose(effective_size(Z, model), size, atol=1e-12)


@given(small)
def test_constraint_is_that_of_networkx(g) -> None:
    theirs = nx.constraint(nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph))
    np.testing.assert_allclose(constraint(mutual_strength(g.A)), [theirs[i] for i in range(g.size)])


def test_networkx_effective_size_has_two_answers_and_ours_is_that_of_its_slow_path() -> None:
    # networkx 3.6: effective_size(G) of a digraph takes another way than effective_size(G, nodes=...).
    differing = 0
    for seed in range(40):
        g = random_digraph(seed, 8, 0.35)
        graph = nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph)
        fast, slow = nx.effective_size(graph), nx.effective_size(graph, nodes=list(graph))
        # Its slow path takes a node that names nobody for isolated, though others name it.
        names = g.ties.any(axis=1)
        ours = structural_holes(g).effective_size[names]
        np.testing.assert_allclose(ours, np.array([slow[i] for i in range(8)])[names])
        differing += not np.allclose(ours, np.array([fast[i] for i in range(8)])[names])
    if nx.__version__ == "3.6.1":
        assert differing > 0


def test_undirected_effective_size_is_borgattis() -> None:
    # Borgatti (1997): k - 2t / k, with t ties among the k partners.
    graph = nx.Graph([(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (3, 4), (2, 3)])
    found = structural_holes(network_of(nx.to_numpy_array(graph), directed=False), "ego")
    assert found.effective_size[0] == pytest.approx(4 - 2 * 3 / 4)
    assert found.efficiency[0] == pytest.approx((4 - 2 * 3 / 4) / 4)


@pytest.mark.parametrize("model", MODELS)
def test_hierarchy_is_nil_where_all_constrain_alike_and_grows_with_one_that_does_more(model) -> None:
    clique = np.ones((4, 4)) - np.eye(4)
    assert hierarchy(clique, model) == pytest.approx(np.zeros(4))
    uneven = clique.copy()
    uneven[0, 1] = uneven[1, 0] = 50
    assert 0.1 < hierarchy(uneven, model)[0] < 1
    assert efficiency(clique, model) == pytest.approx(np.full(4, 1 / 3))


@given(small, st.randoms(use_true_random=False), st.sampled_from(MODELS))
def test_renaming_nodes_moves_their_numbers_along_and_direction_does_not_matter(g, random, model) -> None:
    order = np.array(random.sample(range(g.size), g.size))
    ours, moved = structural_holes(g, model), structural_holes(g.restricted(order), model)
    back = structural_holes(transposed(g), model)
    for measure in ("constraint", "effective_size", "efficiency", "hierarchy"):
        np.testing.assert_allclose(getattr(moved, measure), getattr(ours, measure)[order], atol=1e-12)
        np.testing.assert_allclose(getattr(back, measure), getattr(ours, measure), atol=1e-12)


@given(small)
def test_an_isolate_changes_nobody_else_and_has_no_constraint(g) -> None:
    found, wider = structural_holes(g), structural_holes(digraph(np.pad(g.ties, (0, 1))))
    np.testing.assert_allclose(wider.constraint, [*found.constraint, np.nan])
    assert np.isnan(wider.effective_size[-1])
    assert wider.why[-1] == NO_TIES


def test_who_did_not_answer_is_not_observed() -> None:
    # c said nothing: whether it is tied to b is unknown where b did not name it.
    g = network_of([[0, 1, 1], [1, 0, 0], [0, 0, 0]], answered=[True, True, False])
    found = structural_holes(g)
    assert found.why.tolist() == ["", "", NO_ANSWER]
    assert np.isnan(found.constraint[2])
    assert found.pairs_observed[0] == 0.0
    assert found.partners.tolist() == [2, 1, 1]


def test_a_pair_of_partners_is_observed_when_one_names_the_other_or_both_answered() -> None:
    everything = structural_holes(network_of([[0, 1, 1], [0, 0, 0], [0, 0, 0]]))
    assert everything.pairs_observed[0] == 1.0
    assert np.isnan(everything.pairs_observed[1])
    named = network_of([[0, 1, 1], [0, 0, 1], [0, 0, 0]], answered=[True, True, False])
    assert structural_holes(named).pairs_observed[0] == 1.0
