"""A network without its matrix gives the numbers of the one that has it, and says what it does not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network import cells, pivots
from ksn_research.analyse.network import structure as shape
from ksn_research.analyse.network.adjacency import adjacency
from ksn_research.analyse.network.assortativity import assortativity, degree_assortativity, modularity
from ksn_research.analyse.network.brokerage_rows import brokerage_rows
from ksn_research.analyse.network.centralisation import (
    in_degree_centralisation_bounds,
    out_degree_centralisation,
)
from ksn_research.analyse.network.change import network_change, turnover
from ksn_research.analyse.network.cohesion import (
    articulation_points,
    components,
    k_core,
    reciprocities,
    reciprocity_bounds,
)
from ksn_research.analyse.network.communities import communities, rand_indices
from ksn_research.analyse.network.e_i_bounds import e_i_bounds
from ksn_research.analyse.network.hierarchy import connectedness_bounds, krackhardt
from ksn_research.analyse.network.holes import structural_holes
from ksn_research.analyse.network.homophily import (
    e_i_directed,
    group_mixing,
    rescaled_e_i,
    within_odds_ratio,
)
from ksn_research.analyse.network.jackknife import connectedness_jackknife, parts_without
from ksn_research.analyse.network.mixing import ego_e_i, mixing, mixing_matrix, spanning
from ksn_research.analyse.network.positions import betweenness, harmonic_closeness, in_degree_bounds
from ksn_research.analyse.network.relations_rows import correlated
from ksn_research.analyse.network.robustness import node_jackknife
from ksn_research.analyse.network.robustness_rows import robustness_rows
from ksn_research.analyse.network.setting import Setting
from ksn_research.analyse.network.structure import LargeNetwork, Network
from ksn_research.analyse.network.triads import (
    mean_local_clustering,
    transitivity,
    triad_census,
    weak_transitivity,
)
from ksn_research.errors import KsnError
from tests.network_entries import random_digraph

Drawn = tuple[int, int, bool, float, float, float]
DRAWN = st.tuples(
    st.integers(2, 14),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.sampled_from([0.5, 0.8, 1.0]),
    st.sampled_from([0.1, 0.3, 0.7]),
    st.sampled_from([0.0, 0.2]),
)


def made(drawn: Drawn) -> tuple[Network, Network, np.ndarray]:
    """One relation with its matrix and without: silent and lonely nodes, unseen pairs, labels missing."""
    n, seed, directed, answering, density, hidden = drawn
    rng = np.random.default_rng(seed)
    names = np.array([f"{i:02}" for i in range(n)], dtype=object)
    answered = rng.random(n) < answering
    named = (rng.random((n, n)) < density) & answered[:, None]
    named[:, rng.random(n) < 0.2] = False
    open_ = (rng.random((n, n)) < hidden) & answered[:, None] & ~named
    ties, unseen = (
        pd.DataFrame({"relation": "r", "ego": names[ego], "alter": names[alter]})
        for ego, alter in (np.nonzero(named), np.nonzero(open_))
    )
    asked = pd.DataFrame({"relation": "r", "node": names, "observed": answered})
    dense, large = (adjacency(ties, asked, names, "r", directed, unseen, most) for most in (n, 0))
    labels = rng.choice(np.array(["x", "y", "z", None], dtype=object), n)
    return dense, large, labels


MEASURES: dict[str, Callable[[Network, np.ndarray], Any]] = {
    "counts": lambda g, _: (g.tie_count, g.observed_pairs, g.possible_pairs),
    "hidden": lambda g, _: g.hidden.sum(axis=1),
    "density": lambda g, _: (shape.density(g), shape.density_bounds(g)),
    "dyads": lambda g, _: shape.dyad_census(g),
    "reciprocities": lambda g, _: (shape.reciprocity(g), reciprocities(g), reciprocity_bounds(g)),
    "degrees": lambda g, _: (shape.popularity(g), shape.mean_in_degree(g), *in_degree_bounds(g)),
    "centralisation": lambda g, _: (
        shape.in_degree_centralisation(g),
        shape.degree_centralisation(g),
        in_degree_centralisation_bounds(g),
        out_degree_centralisation(g),
    ),
    "parts": lambda g, _: (
        shape.isolates(g),
        shape.component_sizes(g),
        components(g),
        components(g, "strong"),
    ),
    "cores": lambda g, _: (k_core(g), k_core(g, "all"), articulation_points(g)),
    "connectedness": lambda g, _: (
        connectedness_jackknife(g),
        connectedness_bounds(g),
        krackhardt(g).efficiency,
    ),
    "triads": lambda g, _: triad_census(g),
    "closure": lambda g, _: (transitivity(g), weak_transitivity(g), mean_local_clustering(g)),
    "holes": lambda g, _: structural_holes(g),
    "e_i": lambda g, labels: (lambda m: (m.index, m.expected, m.within, m.pairs))(mixing(g, labels, draws=2)),
    "e_i_kin": lambda g, labels: (e_i_directed(g, labels), rescaled_e_i(g, labels), e_i_bounds(g, labels)),
    "odds": lambda g, labels: within_odds_ratio(g, labels),
    "groups": lambda g, labels: (group_mixing(g, labels), mixing_matrix(g, labels), ego_e_i(g, labels)),
    "spanning": lambda g, labels: spanning(g, labels, labels == "x", draws=2).difference,
    "assortativity": lambda g, labels: (assortativity(g, labels), degree_assortativity(g)),
    "modularity": lambda g, labels: modularity(g, labels, directed=False),
    "communities": lambda g, _: communities(g, runs=3),
    "change": lambda g, _: network_change(g, g.restricted(np.arange(g.size - 1))),
    "turnover": lambda g, _: turnover(g, g.restricted(np.arange(g.size - 1))),
}


def numbers(found: Any) -> list[Any]:
    """Every number and word in it, in order."""
    if isinstance(found, dict):
        return [one for key, value in found.items() for one in (key, *numbers(value))]
    if hasattr(found, "__dataclass_fields__"):
        return [one for name in found.__dataclass_fields__ for one in numbers(getattr(found, name))]
    if isinstance(found, list | tuple | np.ndarray):
        return [one for value in found for one in numbers(value)]
    return [found]


@pytest.mark.parametrize("name", list(MEASURES))
@settings(max_examples=40, deadline=None)
@given(DRAWN)
def test_without_a_matrix_the_numbers_are_the_same(name: str, drawn: Drawn) -> None:
    dense, large, labels = made(drawn)
    with np.errstate(all="ignore"):
        one, other = (numbers(MEASURES[name](g, labels)) for g in (dense, large))
    assert isinstance(large, LargeNetwork) and len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a == b or b == pytest.approx(a, rel=1e-11, abs=1e-12, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(DRAWN)
def test_all_nodes_as_pivots_give_the_exact_paths(drawn: Drawn) -> None:
    dense, large, _ = made(drawn)
    if dense.size < pivots.PARTS:  # a group of pivots must not be empty
        return
    # As many pivots as nodes; groups of one size, so that their mean is the mean of the pivots.
    n = dense.size - dense.size % pivots.PARTS
    dense, large = dense.restricted(np.arange(n)), large.restricted(np.arange(n))
    for measure in (betweenness, harmonic_closeness):
        np.testing.assert_allclose(measure(large), measure(dense), atol=1e-10)


def test_the_interval_of_the_pivots_holds_the_truth_as_often_as_it_says() -> None:
    g = random_digraph(5, 300, 0.02)
    truth, everybody = betweenness(g).mean(), np.ones(g.size, dtype=bool)
    hits = 0
    for seed in range(60):
        paths = pivots.sampled(g, 60, seed)
        found = paths.mean_over(paths.betweenness, everybody)
        assert found.low is not None and found.high is not None
        hits += found.low <= truth <= found.high
    # 60 draws of a 95 % interval: 57 on average, with a standard deviation of 1.7
    assert hits >= 51


def test_parts_without_a_point_are_those_that_leaving_it_out_gives() -> None:
    g = random_digraph(2, 40, 0.03)
    points = np.nonzero(articulation_points(g))[0]
    assert len(points) > 5 and list(parts_without(g)) == points.tolist()
    told = node_jackknife(g, lambda h: connectedness_bounds(h)[0], 0.0, 1.0)  # type: ignore[index]
    assert connectedness_jackknife(g).se == pytest.approx(told.se, rel=1e-10)


def test_rand_indices_are_those_of_the_matrices_of_who_is_with_whom() -> None:
    partitions = np.random.default_rng(3).integers(0, 4, (5, 20))
    u, v = np.triu_indices(20, 1)
    together = (partitions[:, u] == partitions[:, v]).astype(float)
    both, own = together @ together.T, together.sum(axis=1)
    chance = np.outer(own, own) / len(u)
    expected = (both - chance) / (np.add.outer(own, own) / 2 - chance)
    np.testing.assert_allclose(rand_indices(partitions), expected, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 8), st.integers(0, 2**32 - 1))
def test_cells_take_the_operators_of_booleans(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    u, v = (rng.random((2, n)) < 0.6).astype(bool)
    sparse = rng.random((n, n)) < 0.3
    whole, smooth = np.logical_and.outer(u, v), cells.Cells.outer(u, v)
    some = cells.Cells.at(n, *np.nonzero(sparse))
    for ours, theirs in (
        (smooth & some, whole & sparse),
        (smooth | some, whole | sparse),
        (~(smooth | some.T), ~(whole | sparse.T)),
        ((smooth & ~some) | ~smooth.T, (whole & ~sparse) | ~whole.T),
    ):
        np.testing.assert_allclose(ours @ np.eye(n), theirs.astype(float), atol=1e-12)
        np.testing.assert_allclose(
            cells.chains(ours, some, smooth),
            cells.chains(theirs.astype(float), sparse.astype(float), whole),
            atol=1e-9,
        )


def test_paths_made_in_slices_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    some = cells.Cells.at(30, *np.nonzero(np.random.default_rng(1).random((30, 30)) < 0.3))
    whole = cells.chains(some, some, some)
    monkeypatch.setattr(cells, "STEPS", 50)
    np.testing.assert_array_equal(cells.chains(some, some, some), whole)


def setting(n: int = 30) -> Setting:
    rng, names = np.random.default_rng(1), np.array([f"{i:03}" for i in range(n)], dtype=object)
    ego, alter = np.nonzero(rng.random((n, n)) < 0.2)
    ties = pd.DataFrame({"relation": "r", "ego": names[ego], "alter": names[alter]})
    asked = pd.DataFrame({"relation": "r", "node": names, "observed": True})
    roster = pd.DataFrame({"region": rng.choice(["x", "y"], n)}, index=names)
    network = adjacency(ties, asked, names, "r", True, most=0)
    return Setting("s", 2025, "", "r", "organisations", network, roster, pd.DataFrame({"kind": []}), {}, "")


@pytest.mark.parametrize("rows", [brokerage_rows, robustness_rows])
def test_what_needs_a_matrix_says_what_to_do_instead(rows: Callable[[Setting], Any]) -> None:
    said = list(rows(setting()))
    assert said and {row.status for row in said} == {"undefined"}
    assert all("analyse one region, or draw a sample of nodes" in row.note for row in said)


def test_a_method_that_asks_for_the_matrix_is_told_so() -> None:
    with pytest.raises(KsnError, match=r"30 nodes.*analyse one region"):
        _ = setting().network.A


def test_two_large_relations_are_correlated_without_a_test() -> None:
    g = setting().network
    found = correlated(g, g, 1)
    assert found.r == pytest.approx(1.0) and found.test is None and found.pairs == 870
