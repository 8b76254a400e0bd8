"""What holds a network together. Expected numbers: tests/reference/network/reference.json (R sna 2.7, igraph
1.3.5), and brute force over small networks."""

from __future__ import annotations

from itertools import combinations, permutations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.analyse.network.centralisation import (
    betweenness_centralisation,
    in_degree_centralisation_bounds,
    loops_factor,
    out_degree_centralisation,
    out_degree_centralisation_bounds,
    total_degree_centralisation,
)
from ksn_research.analyse.network.cohesion import (
    articulation_points,
    bridges,
    components,
    distances,
    k_core,
    reciprocities,
    reciprocity_bounds,
)
from ksn_research.analyse.network.graphs import collapsed
from ksn_research.analyse.network.hierarchy import connectedness, krackhardt
from ksn_research.analyse.network.robustness import bounds
from ksn_research.analyse.network.structure import (
    Network,
    degree_centralisation,
    density,
    dyad_census,
    in_degree_centralisation,
    isolates,
    reciprocity,
)
from ksn_research.analyse.network.triads import (
    local_clustering,
    mean_local_clustering,
    strong_transitivity,
    transitivity,
    triad_census,
    weak_transitivity,
)
from tests.network_entries import (
    cases,
    covered,
    digraph,
    equals_reference,
    network,
    random_digraph,
    told,
    transposed,
)
from tests.test_network import florentine, network_of

DEFINITIONS = {
    "n": lambda g: g.size,
    "m": lambda g: g.tie_count,
    "directed": lambda g: g.directed,
    "density": lambda g: density(g).value,
    "dyad_census": lambda g: dict(zip(("Mut", "Asym", "Null"), dyad_census(g), strict=True)),
    "reciprocity.sna_edgewise": lambda g: reciprocities(g).edge_wise.value,
    "reciprocity.igraph_default": lambda g: reciprocity(g).value,
    "reciprocity.sna_dyadic_nonnull": lambda g: reciprocities(g).dyad_wise.value,
    "reciprocity.igraph_ratio": lambda g: reciprocities(g).dyad_wise.value,
    "reciprocity.sna_dyadic_default": lambda g: reciprocities(g).agreeing_dyads.value,
    "reciprocity.sna_edgewise_lrr": lambda g: reciprocities(g).log_ratio.value,
    "reciprocity.sna_correlation": lambda g: reciprocities(g).correlation.value,
    "triad_census": triad_census,
    "transitivity.sna_weak": lambda g: weak_transitivity(g).value,
    "transitivity.sna_strong": lambda g: strong_transitivity(g).value,
    "transitivity.igraph_global_undirected": lambda g: transitivity(g).value,
    "transitivity.igraph_average_local_undirected": lambda g: mean_local_clustering(g).value,
    "centralization.indegree": lambda g: in_degree_centralisation(g).value,
    "centralization.outdegree": lambda g: out_degree_centralisation(g).value,
    "centralization.freeman_total": lambda g: total_degree_centralisation(g).value,
    "centralization.betweenness": lambda g: betweenness_centralisation(g).value,
    "centralization.igraph_betw": lambda g: betweenness_centralisation(g).value,
    "centralization.igraph_in_loopsFALSE": lambda g: in_degree_centralisation(g).value,
    "centralization.igraph_out_loopsFALSE": lambda g: out_degree_centralisation(g).value,
    # igraph's default takes loops for possible: the other definition, by its factor.
    "centralization.igraph_in_loopsTRUE_default": lambda g: (
        in_degree_centralisation(g).value * loops_factor(g)
    ),
    "centralization.degree": lambda g: degree_centralisation(g).value,
    "centralization.igraph_degree_loopsFALSE": lambda g: degree_centralisation(g).value,
    "centralization.igraph_degree_loopsTRUE_default": lambda g: (
        degree_centralisation(g).value * loops_factor(g)
    ),
    "coreness_undirected_igraph": k_core,
    "coreness_multi_all_igraph": lambda g: k_core(g, "all"),
    "coreness_in_igraph": lambda g: k_core(g, "in"),
    "coreness_out_igraph": lambda g: k_core(g, "out"),
    "kcores_sna_freeman": lambda g: k_core(g, "all"),
    "kcores_sna_indegree": lambda g: k_core(g, "in"),
    "components.weak": lambda g: components(g).max() + 1,
    "components.strong": lambda g: components(g, "strong").max() + 1,
    "components.weak_sizes": lambda g: np.bincount(components(g)),
    "components.isolates": lambda g: isolates(g).sum(),
    # Numbered from 1 in R, in no order.
    "components.articulation_points": lambda g: np.nonzero(articulation_points(g))[0] + 1,
    "components.bridges": lambda g: len(bridges(g)),
    "mean_distance_igraph": lambda g: distances(g).mean.value,
    "diameter": lambda g: distances(g).diameter.value,
    "krackhardt_gtd.connectedness": lambda g: krackhardt(g).connectedness.value,
    "krackhardt_gtd.hierarchy": lambda g: krackhardt(g).hierarchy.value,
    "krackhardt_gtd.efficiency": lambda g: krackhardt(g).efficiency.value,
    # sna compares the wrong way round: see test_sna_least_upper_bound_is_a_top.
    "krackhardt_gtd.lubness": lambda g: krackhardt(g).common_top.value,
}
COVERED: tuple[str, ...] = covered(DEFINITIONS)

small = st.builds(random_digraph, st.integers(0, 10_000), st.integers(3, 8))
partly = st.builds(
    random_digraph, st.integers(0, 10_000), st.integers(3, 8), st.just(0.3), st.sampled_from([0.2, 0.5])
)


@pytest.mark.parametrize(("name", "entry"), cases(DEFINITIONS))
def test_cohesion_equals_sna_and_igraph(name: str, entry: str) -> None:
    if entry == "components.articulation_points":
        found = (np.nonzero(articulation_points(network(name)))[0] + 1).tolist()
        assert found == sorted(np.atleast_1d(told(name, entry)).tolist())
    else:
        equals_reference(name, entry, DEFINITIONS[entry])


def test_three_numbers_go_by_the_name_of_reciprocity() -> None:
    # Krackhardt's managers, advice: .474 (networkx, igraph), .310 (UCINET, igraph "ratio"), .524 (sna).
    found = reciprocities(network("ht_advice"))
    numbers = (found.edge_wise.value, found.dyad_wise.value, found.agreeing_dyads.value)
    assert numbers == pytest.approx((0.474, 0.310, 0.524), abs=5e-4)


def test_isolates_count_in_betweenness_centralisation() -> None:
    # .437 among the 15 families that married (Wasserman & Faust 1994), .3835 with Pucci.
    g = florentine()
    assert betweenness_centralisation(g).value == pytest.approx(0.38349, abs=1e-5)
    married = g.restricted(g.nodes != "Pucci")
    assert betweenness_centralisation(married).value == pytest.approx(0.437, abs=5e-4)


@pytest.mark.parametrize(
    ("measure", "star"),
    [
        (in_degree_centralisation, [[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]),
        (out_degree_centralisation, [[0, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]),
        (total_degree_centralisation, [[0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]),
        (betweenness_centralisation, [[0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]),
    ],
)
def test_a_star_is_wholly_centralised(measure, star) -> None:
    assert measure(network_of(star)).value == pytest.approx(1.0)


def test_networkx_transitivity_of_a_digraph_is_another_number() -> None:
    # .465 against .735 on the managers' advice; undirected, networkx gives ours.
    g = network("ht_advice")
    graph = nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph)
    assert nx.transitivity(graph) == pytest.approx(0.465, abs=5e-4)
    assert nx.transitivity(graph.to_undirected()) == pytest.approx(transitivity(g).value)


def brute_census(g: Network) -> dict[str, int]:
    graph = nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph)
    census = dict.fromkeys(triad_census(g), 0)
    known = g.observed & g.observed.T
    for three in combinations(range(g.size), 3):
        if all(known[a, b] for a, b in combinations(three, 2)):
            census[nx.triad_type(graph.subgraph(three))] += 1
    return census


@given(partly)
def test_the_triad_census_counts_the_triples_that_were_wholly_observed(g) -> None:
    assert triad_census(g) == brute_census(g)


@given(small)
def test_turning_all_ties_swaps_the_triads_that_point_down_and_up(g) -> None:
    swapped = {"021D": "021U", "111D": "111U", "120D": "120U"}
    swapped |= {up: down for down, up in swapped.items()}
    back = triad_census(transposed(g))
    assert {swapped.get(kind, kind): count for kind, count in back.items()} == triad_census(g)
    assert weak_transitivity(transposed(g)).value == pytest.approx(weak_transitivity(g).value)


def triples_by_hand(g: Network) -> tuple[float | None, float | None]:
    A, seen = g.ties, g.observed
    three = list(permutations(range(g.size), 3))
    paths = [(i, k) for i, j, k in three if A[i, j] and A[j, k] and seen[i, k]]
    whole = [(i, j, k) for i, j, k in three if seen[i, j] and seen[j, k] and seen[i, k]]
    weak = float(np.mean([A[i, k] for i, k in paths])) if paths else None
    agree = [(A[i, j] and A[j, k]) == A[i, k] for i, j, k in whole]
    return weak, float(np.mean(agree)) if whole else None


@given(partly)
def test_transitivity_counts_triples_whose_pairs_were_observed(g) -> None:
    assert (weak_transitivity(g).value, strong_transitivity(g).value) == pytest.approx(triples_by_hand(g))


@given(partly)
def test_clustering_counts_the_pairs_of_partners_that_are_known(g) -> None:
    joined = collapsed(g)
    for node, ours in enumerate(local_clustering(g)):
        pairs = list(combinations(np.nonzero(joined.ties[node])[0], 2))
        states = [joined.A[a, b] for a, b in pairs if joined.observed[a, b]]
        assert ours == pytest.approx(np.mean(states) if states else np.nan, nan_ok=True)


@given(small, st.randoms(use_true_random=False))
def test_renaming_nodes_changes_nothing(g, random) -> None:
    other = g.restricted(np.array(random.sample(range(g.size), g.size)))
    for measure in (reciprocities, krackhardt, distances):
        ours, theirs = vars(measure(g)), vars(measure(other))
        assert [e.value for e in ours.values()] == pytest.approx([e.value for e in theirs.values()])
    assert triad_census(g) == triad_census(other)
    for kind in ("weak", "strong"):
        assert sorted(components(g, kind)) == sorted(components(other, kind))
    for measure in (out_degree_centralisation, total_degree_centralisation, betweenness_centralisation):
        assert measure(g).value == pytest.approx(measure(other).value)


@given(small, st.integers(0, 1000))
def test_bounds_hold_the_truth_when_answers_are_lost(g, seed) -> None:
    silent = np.random.default_rng(seed).random(g.size) < 0.4
    seen = digraph(g.ties, np.repeat(~silent[:, None], g.size, axis=1))
    true = reciprocities(g)
    for name, ends in vars(reciprocity_bounds(seen)).items():
        value = getattr(true, name).value
        assert value is None or ends[0] - 1e-12 <= value <= ends[1] + 1e-12
    for ends, value in (
        (in_degree_centralisation_bounds(seen), in_degree_centralisation(g).value),
        (out_degree_centralisation_bounds(seen), out_degree_centralisation(g).value),
        (bounds(seen, connectedness), connectedness(g).value),
        (bounds(seen, lambda x: distances(x).efficiency), distances(g).efficiency.value),
        (bounds(seen, lambda x: distances(x).reached), distances(g).reached.value),
        (bounds(seen, lambda x: float(k_core(x).max())), k_core(g).max()),
        (bounds(seen, lambda x: float(components(x).max())), components(g).max()),
    ):
        assert ends[0] - 1e-12 <= value <= ends[1] + 1e-12


def every_completion(seen: Network) -> list[Network]:
    hidden = np.argwhere(~seen.observed & ~np.eye(seen.size, dtype=bool))
    found = []
    for answers in range(2 ** len(hidden)):
        ties = seen.ties.copy()
        ties[hidden[:, 0], hidden[:, 1]] = [bool(answers >> bit & 1) for bit in range(len(hidden))]
        found.append(digraph(ties))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_bounds_are_reached_by_some_way_of_filling_the_gaps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    observed = rng.random((4, 4)) < 0.5
    seen = digraph(rng.random((4, 4)) < 0.5, observed)
    completions = every_completion(seen)
    for name, ends in vars(reciprocity_bounds(seen)).items():
        values = [getattr(reciprocities(g), name).value for g in completions]
        known = [v for v in values if v is not None]
        assert ends == pytest.approx((min(known), max(known)))
    for ends, measure in (
        (in_degree_centralisation_bounds, in_degree_centralisation),
        (out_degree_centralisation_bounds, out_degree_centralisation),
    ):
        values = [measure(g).value for g in completions]
        assert ends(seen) == pytest.approx((min(values), max(values)))


def lub_by_hand(g: Network) -> tuple[float | None, float | None]:
    graph = nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph)
    reach = {i: nx.descendants(graph, i) | {i} for i in graph}
    lacking, without_top, possible = 0, 0, 0
    for part in nx.weakly_connected_components(graph):
        possible += (len(part) - 1) * (len(part) - 2) // 2
        for i, j in combinations(part, 2):
            above = [k for k in part if {i, j} <= reach[k]]
            lacking += not any(all(k in reach[other] for other in above) for k in above)
            without_top += not any(all(other in reach[k] for other in above) for k in above)
    return (1 - lacking / possible, 1 - without_top / possible) if possible else (None, None)


@given(st.builds(random_digraph, st.integers(0, 10_000), st.integers(3, 9), st.sampled_from([0.1, 0.2, 0.3])))
def test_least_upper_bounds_equal_those_found_pair_by_pair(g) -> None:
    found = krackhardt(g)
    assert (found.lub.value, found.common_top.value) == pytest.approx(lub_by_hand(g))


def test_sna_least_upper_bound_is_a_top() -> None:
    # Two chiefs over one manager over two people. The manager is the least common superior of the two, so
    # that only the chiefs lack one; sna::lubness gives 1/3, against the definition in its own help page.
    ties = np.zeros((5, 5))
    ties[[0, 1, 2, 2], [2, 2, 3, 4]] = 1
    found = krackhardt(digraph(ties))
    assert found.lub.value == pytest.approx(5 / 6)
    assert found.common_top.value == pytest.approx(1 / 3)


def test_an_out_tree_is_a_pure_hierarchy_and_a_ring_is_none() -> None:
    tree = digraph(nx.to_numpy_array(nx.balanced_tree(2, 3, create_using=nx.DiGraph)))
    assert [e.value for e in vars(krackhardt(tree)).values()] == [1, 1, 1, 1, 1]
    ring = digraph(np.roll(np.eye(5), 1, axis=1))
    assert krackhardt(ring).hierarchy.value == 0


def test_components_are_numbered_by_size() -> None:
    g = network_of([[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]])
    assert components(g).tolist() == [1, 0, 0, 0]
    assert components(g, "strong").tolist() == [0, 1, 2, 3]


def test_a_bridge_and_its_ends() -> None:
    two_triangles = nx.Graph([(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5), (3, 5)])
    g = network_of(nx.to_numpy_array(two_triangles), directed=False)
    assert bridges(g).tolist() == [[2, 3]]
    assert np.nonzero(articulation_points(g))[0].tolist() == [2, 3]
    assert k_core(g).tolist() == [2] * 6


def test_a_mutual_tie_counts_once_in_the_collapsed_core_and_twice_in_all() -> None:
    g = network_of([[0, 1], [1, 0]])
    assert (k_core(g)[0], k_core(g, "all")[0], k_core(g, "in")[0]) == (1, 2, 1)


def test_an_isolate_changes_only_what_it_must() -> None:
    g = random_digraph(5, 8, 0.3)
    wider = digraph(np.pad(g.ties, (0, 1)))
    assert weak_transitivity(wider).value == weak_transitivity(g).value
    assert transitivity(wider).value == transitivity(g).value
    assert reciprocities(wider).edge_wise.value == reciprocities(g).edge_wise.value
    assert distances(wider).mean == distances(g).mean
    assert krackhardt(wider).lub == krackhardt(g).lub
    assert krackhardt(wider).connectedness.value == pytest.approx(
        krackhardt(g).connectedness.value * (8 * 7) / (9 * 8)
    )


EMPTY = digraph(np.zeros((4, 4)))
LINE = network_of([[0, 1, 0], [1, 0, 1], [0, 1, 0]], directed=False)


@pytest.mark.parametrize(
    ("estimate", "why"),
    [
        (reciprocities(EMPTY).edge_wise, "no ties between two that both answered"),
        (reciprocities(EMPTY).correlation, "undefined: no variation, all pairs are alike"),
        (reciprocities(EMPTY).log_ratio, "no ties between two that both answered"),
        (reciprocities(LINE).dyad_wise, "not defined: the network is undirected"),
        (weak_transitivity(EMPTY), "undefined: no triple of the kind was observed"),
        (mean_local_clustering(EMPTY), "undefined: no node has two partners"),
        (distances(EMPTY).mean, "undefined: nobody reaches anybody"),
        (distances(digraph(np.zeros((1, 1)))).reached, "undefined: fewer than two nodes"),
        (krackhardt(EMPTY).hierarchy, "undefined: nobody reaches anybody"),
        (krackhardt(EMPTY).efficiency, "undefined: no component could have ties to spare"),
        (krackhardt(EMPTY).lub, "undefined: no component of three or more"),
        (krackhardt(LINE).lub, "not defined: the network is undirected"),
        (out_degree_centralisation(LINE), "not defined: the network is undirected"),
        (out_degree_centralisation(digraph(np.zeros((1, 1)))), "undefined: too few nodes"),
        (betweenness_centralisation(digraph(np.zeros((2, 2)))), "undefined: too few nodes"),
    ],
)
def test_what_is_undefined_says_why(estimate, why) -> None:
    assert (estimate.value, estimate.why) == (None, why)
