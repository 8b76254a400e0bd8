"""Homophily and assortativity. Expected numbers: tests/reference/network/{reference,exact}.json (R igraph and
own R functions; exact enumeration)."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.assortativity import (
    assortativity,
    degree_assortativity,
    modularity,
    numeric_assortativity,
)
from ksn_research.analyse.network.homophily import (
    block_densities,
    coleman_index,
    e_i_directed,
    e_i_shuffled,
    group_mixing,
    rescaled_e_i,
    within_odds_ratio,
)
from ksn_research.analyse.network.mixing import (
    e_i_expected,
    e_i_index,
    ego_e_i,
    every_labelling,
    internal_moments,
    mixing,
    mixing_matrix,
)
from ksn_research.analyse.network.structure import Network
from tests.network_entries import NETWORKS, digraph, network, random_digraph, transposed
from tests.test_network import GOV, edges_of, network_of

FOLDER = Path(__file__).parent / "reference" / "network"
E_I = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))["ei"]
EXACT = json.loads((FOLDER / "exact.json").read_text(encoding="utf-8"))["ei_knoke_info_gov"]
COLUMNS = {
    "dept": ("ht_nodes.csv", "DEPT"),
    "level": ("ht_nodes.csv", "LEVEL"),
    "agency_cat": ("tc_TCcnt_nodes.csv", "agency_cat"),
    "agency_lvl": ("tc_TCcnt_nodes.csv", "agency_lvl"),
}
E_I_CASES = {
    "ht_advice_dept": ("ht_advice", "dept"),
    "ht_friends_dept": ("ht_friends", "dept"),
    "knoke_info_gov": ("knoke_info", "gov"),
    "tc_diss_level": ("tc_diss", "agency_lvl"),
    "tc_contact_cat": ("tc_contact", "agency_cat"),
}
OF_ATTRIBUTES = {
    "assortativity_nominal": lambda g, labels: assortativity(g, labels).value,
    "assortativity_nominal_undirected": lambda g, labels: assortativity(g, labels, False).value,
    "modularity_undirected": lambda g, labels: modularity(g, labels, False).value,
    "modularity_directed": lambda g, labels: modularity(g, labels).value,
    "blockmodel_density": lambda g, labels: blocks(g, labels),
}
OF_E_I = {
    "internal": lambda g, labels: crossing(g, labels)[0],
    "external": lambda g, labels: crossing(g, labels)[1],
    "ei": lambda g, labels: mixing(g, labels, draws=99).index.value,
    "possible_internal": lambda g, labels: possible(g, labels)[0],
    "possible_external": lambda g, labels: possible(g, labels)[1],
    "expected": lambda g, labels: e_i_expected(labels),
    "max_given_density": lambda g, labels: rescaled_e_i(g, labels).highest,
    "min_given_density": lambda g, labels: rescaled_e_i(g, labels).lowest,
    "rescaled_m1_1": lambda g, labels: rescaled_e_i(g, labels).index.value,
    "individual": ego_e_i,
}
COVERED = (
    *(f"networks.*.attributes.*.{entry}" for entry in OF_ATTRIBUTES),
    "networks.*.assortativity_degree",
    *(f"ei.*.{entry}" for entry in OF_E_I),
    *(f"ei.*.{entry}" for entry in ("groups", "directed", "perm_mean", "perm_sd", "p_ge", "p_le")),
    "exact.ei_knoke_info_gov",
)


def labels_of(attribute: str) -> np.ndarray:
    if attribute == "gov":
        return GOV
    file, column = COLUMNS[attribute]
    return edges_of(file)[column].to_numpy(dtype=object)


def blocks(g: Network, labels: np.ndarray) -> list[float]:
    return [x.value if x.value is not None else math.nan for x in block_densities(g, labels).values()]


def crossing(g: Network, labels: np.ndarray) -> tuple[int, int]:
    groups = group_mixing(g, labels)
    return sum(one.internal for one in groups), sum(one.external for one in groups) // 2


def possible(g: Network, labels: np.ndarray) -> tuple[int, int]:
    cells = mixing_matrix(network_of(g.symmetrised, directed=False), labels)
    inside = sum(cell.pairs for cell in cells if cell.sender == cell.receiver)
    return inside, sum(cell.pairs for cell in cells) - inside


def close(ours: object, told: object) -> None:
    flat = [np.asarray(x, dtype=float).ravel() for x in (ours, told)]
    np.testing.assert_allclose(*flat, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("entry", list(OF_ATTRIBUTES))
@pytest.mark.parametrize(
    ("name", "attribute"), [(name, a) for name, one in NETWORKS.items() for a in one["attributes"] or ()]
)
def test_attributes_equal_igraph(name: str, attribute: str, entry: str) -> None:
    told = NETWORKS[name]["attributes"][attribute].get(entry)
    g = network(name)
    if told is None or told == {}:
        assert not g.directed  # a directed number of an undirected network: R has none
        return
    close(OF_ATTRIBUTES[entry](g, labels_of(attribute)), told)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_degree_assortativity_equals_igraph(name: str) -> None:
    told, g = NETWORKS[name]["assortativity_degree"], network(name)
    close(degree_assortativity(g, False).value, told["undirected"])
    if g.directed:
        close(degree_assortativity(g).value, told["directed"])


@pytest.mark.parametrize("entry", list(OF_E_I))
@pytest.mark.parametrize("case", list(E_I_CASES))
def test_e_i_equals_the_definition_in_r(case: str, entry: str) -> None:
    name, attribute = E_I_CASES[case]
    close(OF_E_I[entry](network(name), labels_of(attribute)), E_I[case][entry])


@pytest.mark.parametrize("case", list(E_I_CASES))
def test_e_i_of_groups_and_of_arcs(case: str) -> None:
    name, attribute = E_I_CASES[case]
    g, labels, told = network(name), labels_of(attribute), E_I[case]
    for group in group_mixing(g, labels):
        one = told["groups"][str(group.group)]
        assert (group.internal, group.external) == (one["internal_dyads"], one["external_dyads"])
        close(group.index.value, one["ei_dyads"])
        close(group.index_of_ends.value, one["ei_tie_ends_ucinet"])
    close(e_i_directed(g, labels).value, told["directed"]["ei"])


@pytest.mark.parametrize("case", list(E_I_CASES))
def test_shuffled_labels_agree_with_20000_draws_of_r(case: str) -> None:
    name, attribute = E_I_CASES[case]
    ours, told = e_i_shuffled(network(name), labels_of(attribute)), E_I[case]
    # Monte-Carlo errors: of a mean sd/sqrt(R), of an sd about sd/sqrt(2R), of two shares .0061 together
    assert ours.mean == pytest.approx(told["perm_mean"], abs=4 * ours.sd / 20_000**0.5)
    assert ours.sd == pytest.approx(told["perm_sd"], rel=4 / 40_000**0.5)
    assert (ours.p_ge, ours.p_le) == pytest.approx((told["p_ge"], told["p_le"]), abs=0.024)


def test_knoke_over_all_210_labellings() -> None:
    g = network("knoke_info")
    ours = e_i_shuffled(g, GOV)
    told = [EXACT[k] for k in ("mean", "sd", "min", "max", "p_ge", "p_le", "n_labelings")]
    found = [ours.mean, ours.sd, ours.lowest, ours.highest, ours.p_ge, ours.p_le, ours.count]
    assert found == pytest.approx(told, rel=1e-12, abs=1e-12)
    assert mixing(g, GOV).index.value == pytest.approx(EXACT["ei"], abs=1e-12)
    assert ours.exact


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=7), st.integers(0, 2**31))
@settings(deadline=None)
def test_moments_of_shuffled_labels_are_those_of_every_labelling(labels: list[str], seed: int) -> None:
    ties = random_digraph(seed, len(labels), 0.3).symmetrised
    codes = np.unique(labels, return_inverse=True)[1]
    u, v = np.nonzero(np.triu(ties))
    inside = [(placed[u] == placed[v]).sum() for placed in every_labelling(codes)]
    assert internal_moments(ties, codes) == pytest.approx((np.mean(inside), np.std(inside)), abs=1e-7)


# By hand. Two of region N, three of S. N1-N2, N1-S1, S1-S2, S2-S3 (undirected).
LINE = network_of([[0, 1, 1, 0, 0], [0] * 5, [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0] * 5], directed=False)
REGION = np.array(["N", "N", "S", "S", "S"], dtype=object)


@pytest.mark.parametrize(
    ("what", "ours", "expected"),
    [
        ("3 of 4 ties inside, 4 of 10 pairs", within_odds_ratio(LINE, REGION).value, (3 / 1) / (1 / 5)),
        ("4 ties across possible, all 4 inside", rescaled_e_i(LINE, REGION).index.value, -0.5),
        # N: 2 of 3 tie ends inside, 1 of 4 partners: (2/3 - 1/4) / (3/4)
        ("Coleman N", group_mixing(LINE, REGION)[0].coleman.value, (2 / 3 - 1 / 4) / (3 / 4)),
        # S: 4 of 5 tie ends inside, 2 of 4 partners
        ("Coleman S", group_mixing(LINE, REGION)[1].coleman.value, (4 / 5 - 1 / 2) / (1 / 2)),
        ("Coleman below chance is in units of w", coleman_index(1, 10, 4, 10).value, -0.75),
    ],
)
def test_by_hand(what: str, ours: float, expected: float) -> None:
    assert ours == pytest.approx(expected, abs=1e-12), what


def test_silence_leaves_the_denominators() -> None:
    """a (N) names b (N) and not c (S), b names nobody, c is silent: no observed tie and no pair from c."""
    g = network_of([[0, 1, 0], [0, 0, 0], [1, 1, 0]], answered=[True, True, False])
    labels = np.array(list("NNS"), dtype=object)
    densities = block_densities(g, labels)
    assert (densities["N", "N"].value, densities["N", "S"].value) == (0.5, 0.0)
    assert densities["S", "N"].why == "no pair was observed"
    assert group_mixing(g, labels)[0].coleman.value == 1.0
    assert within_odds_ratio(g, labels).why == "no tie across the groups was observed"


def test_numeric_assortativity_is_the_correlation_over_ties() -> None:
    g = network("knoke_info")
    ages = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, math.nan])
    u, v = np.nonzero(g.ties[:9, :9])
    assert numeric_assortativity(g, ages).value == pytest.approx(np.corrcoef(ages[u], ages[v])[0, 1])
    graph = nx.from_numpy_array(g.ties[:9, :9].astype(int), create_using=nx.DiGraph)
    nx.set_node_attributes(graph, dict(enumerate(ages[:9])), "age")
    told = nx.numeric_assortativity_coefficient(graph, "age")
    assert numeric_assortativity(g, ages).value == pytest.approx(told)


def test_florentine_values_of_the_bare_clone() -> None:
    """networkx ships the network; igraph is the peer."""
    graph = nx.convert_node_labels_to_integers(nx.florentine_families_graph())
    g = network_of(nx.to_numpy_array(graph), directed=False)
    rich = np.arange(g.size) % 3
    peer = igraph.Graph.from_networkx(graph)
    assert modularity(g, rich).value == pytest.approx(peer.modularity(rich.tolist()))
    assert assortativity(g, rich).value == pytest.approx(peer.assortativity_nominal(rich.tolist(), False))
    assert degree_assortativity(g).value == pytest.approx(peer.assortativity_degree(False))


@pytest.mark.parametrize(
    ("matrix", "labels", "why"),
    [
        (np.zeros((4, 4)), "aabb", "no ties between nodes whose group is known"),
        (np.ones((4, 4)), "aaaa", "no variation: fewer than two groups"),
    ],
)
def test_undefined_says_why(matrix: np.ndarray, labels: str, why: str) -> None:
    g, groups = digraph(matrix), np.array(list(labels), dtype=object)
    assert assortativity(g, groups).why == why
    assert e_i_shuffled(g, groups) is None
    if not matrix.any():
        assert [f(g, groups).why for f in (e_i_directed, modularity)] == [why, why]
        assert rescaled_e_i(g, groups).index.why == why
        assert {one.coleman.why for one in group_mixing(g, groups)} == {"the group has no ties"}
        assert degree_assortativity(g).why == "no ties"
    else:
        assert within_odds_ratio(g, groups).why == why
        assert degree_assortativity(g).why.startswith("no variation")
        assert rescaled_e_i(g, groups).index.why.startswith("the number of ties")


@given(st.integers(0, 2**31), st.integers(4, 10))
@settings(max_examples=40, deadline=None)
def test_order_changes_nothing_and_direction_only_what_has_one(seed: int, n: int) -> None:
    g, rng = random_digraph(seed, n, 0.4, 0.2), np.random.default_rng(seed)
    labels, turn = rng.choice(list("ab"), n).astype(object), rng.permutation(n)
    for f in (e_i_directed, assortativity, modularity, within_odds_ratio):
        one, two = f(g, labels), f(g.restricted(turn), labels[turn])
        assert (one.value, one.se) == (pytest.approx(two.value), pytest.approx(two.se))
        assert one.value == pytest.approx(f(transposed(g), labels).value)
    assert group_mixing(g, labels) == group_mixing(g.restricted(turn), labels[turn])


def test_isolates_do_not_change_what_is_made_of_ties() -> None:
    g = random_digraph(5, 12, 0.3)
    labels = np.array(list("abc") * 4 + ["a"], dtype=object)
    A = np.zeros((13, 13))
    A[:12, :12] = g.ties
    for f in (e_i_directed, assortativity, modularity):
        assert f(digraph(A), labels).value == pytest.approx(f(g, labels[:12]).value)
    assert e_i_index(digraph(A).symmetrised, labels) == e_i_index(g.symmetrised, labels[:12])


def hubs(seed: int, n: int, ratio: float) -> tuple[Network, np.ndarray]:
    """Senders and receivers differ, a fifth did not answer; odds inside are `ratio` times those across."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % 3).astype(object)
    logit = -2.2 + rng.normal(0, 0.7, n)[:, None] + rng.normal(0, 0.7, n) + rng.normal(0, 0.3, (n, n))
    logit = logit + math.log(ratio) * np.equal.outer(labels, labels)
    answered = list(rng.random(n) < 0.8)
    return network_of(rng.random((n, n)) < 1 / (1 + np.exp(-logit)), answered=answered), labels


SOAK = bool(os.environ.get("KSN_SOAK"))


def test_interval_of_the_odds_ratio_covers_with_sender_and_receiver_effects() -> None:
    """95 % intervals under no homophily; 300 networks have a Monte-Carlo error of .013. They err to long."""
    runs = 2000 if SOAK else 300
    found = [within_odds_ratio(*hubs(seed, 40, 1.0)) for seed in range(runs)]
    share = np.mean([one.low <= 1 <= one.high for one in found])
    assert (0.94 if SOAK else 0.92) < share < (0.985 if SOAK else 0.995)


def test_shuffled_labels_reject_about_one_in_twenty_with_sender_and_receiver_effects() -> None:
    runs = 1000 if SOAK else 200
    p = np.array([mixing(*hubs(seed, 30, 1.0), seed=seed, draws=199).p for seed in range(runs)])
    # binomial: two and a half Monte-Carlo errors around 5 %
    assert abs((p <= 0.05).mean() - 0.05) < 2.5 * (0.05 * 0.95 / runs) ** 0.5


def test_planted_homophily_is_recovered() -> None:
    found = within_odds_ratio(*hubs(3, 120, 4.0))
    assert 1 < found.low < found.value < found.high
    assert found.low < 4.0 < found.high * 1.15  # marginal odds lie a little below those of the model
    assert assortativity(*hubs(3, 120, 4.0)).value > 0.1
