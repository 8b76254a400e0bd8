"""Structure and mixing of networks.

Expected numbers: tests/reference/network.json (R sna, network and igraph; its own `source` line says more).
Networks that are not in the repository are read from the folder named by KSN_SHARED, else skipped.
"""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.analyse.network.adjacency import adjacency
from ksn_research.analyse.network.mixing import (
    e_i_expected,
    e_i_index,
    ego_e_i,
    every_labelling,
    internal_ties,
    labellings,
    mixing,
    mixing_matrix,
    relabellings,
    spanning,
)
from ksn_research.analyse.network.structure import (
    Network,
    component_sizes,
    degree_centralisation,
    density,
    density_bounds,
    dyad_census,
    in_degree_centralisation,
    isolates,
    mean_degree,
    mean_in_degree,
    ratio_by_sender,
    reciprocity,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "network.json").read_text(encoding="utf-8"))
SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "networks"
TWELVE_DIGITS = 1e-11


def names(n: int) -> list[str]:
    return [f"{i:03d}" for i in range(1, n + 1)]


def network_of(
    matrix: np.ndarray | list[list[int]], directed: bool = True, answered: list[bool] | None = None
) -> Network:
    """A network whose row is hidden where the node did not answer."""
    M = np.asarray(matrix, dtype=bool)
    senders = np.ones(len(M), dtype=bool) if answered is None else np.asarray(answered)
    known = np.repeat(senders[:, None], len(M), axis=1)
    M = M & known
    if not directed:
        M, known = M | M.T, known | known.T
    A = np.where(known, M.astype(float), np.nan)
    np.fill_diagonal(A, np.nan)
    return Network(np.asarray(names(len(M)), dtype=object), directed, A, senders)


def edges_of(file: str, **only: object) -> pd.DataFrame:
    if not (SHARED / file).exists():
        pytest.skip(f"{file} is not in the repository (licence) and KSN_SHARED does not hold it")
    edges = pd.read_csv(SHARED / file)
    for column, value in only.items():
        edges = edges[edges[column] >= value] if isinstance(value, int) else edges[edges[column] == value]
    return edges


def through_adjacency(edges: pd.DataFrame, n: int, directed: bool) -> Network:
    name = np.asarray(names(n))
    ties = pd.DataFrame(
        {
            "relation": "r",
            "directed": directed,
            "ego": name[edges["from"].to_numpy() - 1],
            "alter": name[edges["to"].to_numpy() - 1],
        }
    )
    senders = pd.DataFrame({"relation": "r", "node": name, "observed": True})
    return adjacency(ties, senders, list(name), "r", directed)


def florentine() -> Network:
    """Padgett's marriages as networkx ships them (15 families), with Pucci, who married nobody."""
    graph = nx.florentine_families_graph()
    families = sorted([*graph.nodes, "Pucci"])
    ties = pd.DataFrame(graph.edges, columns=["ego", "alter"]).assign(relation="marriage", directed=False)
    asked = pd.DataFrame({"relation": "marriage", "node": families, "observed": True})
    return adjacency(ties, asked, families, "marriage")


FILES = {
    "ht_advice": ("ht_advice_edges.csv", {}),
    "ht_friends": ("ht_friends_edges.csv", {}),
    "flo_marriage": ("flo_marriage_edges.csv", {}),
    "flo_business": ("flo_business_edges.csv", {}),
    "tc_contact": ("tc_TCcnt_edges.csv", {}),
    "tc_diss": ("tc_TCdiss_edges.csv", {}),
    "tc_collab2plus": ("tc_TCcoll_edges.csv", {"collaborate": 3}),
    "sampson_lk3": ("sampson_edges.csv", {"relation": "SAMPLK3"}),
    "coleman_w1": ("coleman_edges.csv", {"wave": "Fall"}),
}


def reference_network(name: str) -> Network:
    told = REFERENCE["networks"][name]
    if name.startswith("knoke"):
        return network_of(REFERENCE[name])
    file, only = FILES[name]
    return through_adjacency(edges_of(file, **only), told["n"], told["directed"])


@pytest.mark.parametrize("name", list(REFERENCE["networks"]))
def test_structure_equals_sna_and_igraph(name: str) -> None:
    told, g = REFERENCE["networks"][name], reference_network(name)
    assert (g.size, g.tie_count) == (told["n"], told["ties"])
    assert density(g).value == pytest.approx(told["density"], abs=TWELVE_DIGITS)
    centralisation = in_degree_centralisation(g) if g.directed else degree_centralisation(g)
    assert centralisation.value == pytest.approx(told["centralisation"], abs=TWELVE_DIGITS)
    assert (len(component_sizes(g)), component_sizes(g)[0]) == (told["components"], told["largest"])
    assert isolates(g).sum() == told["isolates"]
    if g.directed:
        assert reciprocity(g).value == pytest.approx(told["reciprocity"], abs=TWELVE_DIGITS)
        assert list(dyad_census(g)) == told["dyads"]
        assert mean_in_degree(g).value == pytest.approx(told["ties"] / told["n"], abs=TWELVE_DIGITS)
    else:
        assert mean_degree(g).value == pytest.approx(2 * told["ties"] / told["n"], abs=TWELVE_DIGITS)


def test_florentine_families_of_the_bare_clone() -> None:
    told, g = REFERENCE["networks"]["flo_marriage"], florentine()
    assert g.tie_count == told["ties"]
    assert density(g).value == pytest.approx(told["density"], abs=TWELVE_DIGITS)
    assert degree_centralisation(g).value == pytest.approx(told["centralisation"], abs=TWELVE_DIGITS)
    assert component_sizes(g).tolist() == [15, 1]
    assert g.nodes[isolates(g)].tolist() == ["Pucci"]


@pytest.mark.parametrize("statistic", [reciprocity, mean_in_degree, in_degree_centralisation])
def test_what_needs_a_sender_is_not_defined_for_an_undirected_network(statistic) -> None:
    assert statistic(florentine()).value is None
    assert statistic(florentine()).why == "not defined: the network is undirected"


# Four nodes, d did not answer: a names b and d, b names a, c names nobody. By hand.
SILENT = network_of(
    [[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]], answered=[True, True, True, False]
)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("3 ties of 9 observed pairs, not of 12", (density(SILENT).value, 3 / 9)),
        ("all hidden pairs empty, all tied", (density_bounds(SILENT), (3 / 12, 6 / 12))),
        ("only dyads with two answers", (dyad_census(SILENT), (1, 0, 2))),
        ("both ties among those are returned", (reciprocity(SILENT).value, 1.0)),
        ("3 ties of 3 senders", (mean_in_degree(SILENT).value, 1.0)),
        # popularity a 1/2, b 1/2, c 0/2, d 1/3: sum of (1/2 - c) / 3
        (
            "popularity over those that could name",
            (in_degree_centralisation(SILENT).value, (1 / 2 + 1 / 6) / 3),
        ),
        ("c has no tie", (isolates(SILENT).tolist(), [False, False, True, False])),
    ],
)
def test_silence_is_not_no_tie(what: str, expected: tuple) -> None:
    assert expected[0] == pytest.approx(expected[1], abs=1e-12), what


def test_undirected_pair_is_observed_when_one_side_answered() -> None:
    g = network_of([[0, 1, 0], [0, 0, 0], [0, 0, 0]], directed=False, answered=[True, False, False])
    assert (g.tie_count, g.observed_pairs, g.possible_pairs) == (1, 2, 3)
    assert density_bounds(g) == pytest.approx((1 / 3, 2 / 3))


def test_a_node_that_named_somebody_was_observed_and_repeated_or_foreign_names_do_not_count() -> None:
    ties = pd.DataFrame({"relation": "r", "directed": True, "ego": list("aaab"), "alter": list("bbax")})
    senders = pd.DataFrame({"relation": "r", "node": ["c"], "observed": [True]})
    g = adjacency(ties, senders, ["a", "b", "c"], "r")
    assert (g.tie_count, g.senders.tolist()) == (1, [True, False, True])


@pytest.mark.parametrize(
    ("directed", "expected"), [(True, [True, False, False]), (False, [True, True, False])]
)
def test_without_a_list_of_senders_those_with_a_tie_count_as_observed(
    directed: bool, expected: list[bool]
) -> None:
    ties = pd.DataFrame({"relation": "r", "directed": directed, "ego": ["a"], "alter": ["b"]})
    none = pd.DataFrame({"relation": [], "node": [], "observed": []})
    assert adjacency(ties, none, ["a", "b", "c"], "r").senders.tolist() == expected


def test_node_jackknife_is_the_formula_of_snijders_and_borgatti() -> None:
    A = np.asarray(REFERENCE["knoke_info"])
    n = len(A)
    without = [
        nx.density(nx.from_numpy_array(np.delete(np.delete(A, i, 0), i, 1), create_using=nx.DiGraph))
        for i in range(n)
    ]
    expected = ((n - 2) / (2 * n) * ((np.array(without) - np.mean(without)) ** 2).sum()) ** 0.5
    assert density(network_of(A)).se == pytest.approx(expected, abs=1e-12)


def test_density_interval_covers_when_pairs_are_independent() -> None:
    """Seeded Bernoulli digraphs, n = 30, d = .15, 80 % answered: 95 % intervals cover about as often."""
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(400):
        found = density(network_of(rng.random((30, 30)) < 0.15, answered=list(rng.random(30) < 0.8)))
        covered += found.low <= 0.15 <= found.high
    assert 0.90 < covered / 400 < 0.98


def test_complete_and_empty_networks_have_no_interval() -> None:
    for matrix in (np.ones((6, 6)), np.zeros((6, 6))):
        assert density(network_of(matrix)).se is None
    assert reciprocity(network_of(np.zeros((6, 6)))).why == "no ties between two that both answered"
    assert density(network_of(np.ones((6, 6)), answered=[False] * 6)).why == "no pair was observed"


def test_ratio_by_sender_is_the_ratio_estimator() -> None:
    # By hand: y = 1, 0, 2, x = 2, 2, 4: ratio 3/8; residuals .25, -.75, .5; se = sqrt(3/2 * .875) / 8
    found = ratio_by_sender(np.array([1.0, 0, 2]), np.array([2.0, 2, 4]))
    assert (found.value, found.se) == pytest.approx((3 / 8, (1.5 * 0.875) ** 0.5 / 8))


@given(st.integers(3, 9), st.integers(0, 2**31))
def test_order_of_nodes_changes_nothing(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    A, answered, turn = rng.random((n, n)) < 0.4, rng.random(n) < 0.8, rng.permutation(n)
    one = network_of(A, answered=list(answered))
    two = network_of(A[turn][:, turn], answered=list(answered[turn]))
    for statistic in (density, reciprocity, in_degree_centralisation):
        assert statistic(one).value == pytest.approx(statistic(two).value)
        assert statistic(one).se == pytest.approx(statistic(two).se)


# --- mixing

GOV = np.asarray([str(x) for x in REFERENCE["knoke_gov"]], dtype=object)
ATTRIBUTES = {
    "dept": ("ht_nodes.csv", "DEPT"),
    "level": ("tc_TCdiss_nodes.csv", "agency_lvl"),
    "cat": ("tc_TCcnt_nodes.csv", "agency_cat"),
}


def reference_labels(case: str) -> np.ndarray:
    if case == "knoke_info_gov":
        return GOV
    file, column = ATTRIBUTES[case.rsplit("_", 1)[1]]
    return edges_of(file)[column].astype(str).to_numpy(dtype=object)


@pytest.mark.parametrize("case", list(REFERENCE["e_i"]))
def test_e_i_equals_the_reference(case: str) -> None:
    told, g = REFERENCE["e_i"][case], reference_network(case.rsplit("_", 1)[0])
    labels = reference_labels(case)
    found = mixing(g, labels, draws=2000)
    ties = told["internal"] + told["external"]
    assert (found.pairs, found.left_out) == (ties, 0)
    assert found.index.value == pytest.approx(told["index"], abs=TWELVE_DIGITS)
    assert found.expected == pytest.approx(told["expected"], abs=TWELVE_DIGITS)
    assert found.within.value == pytest.approx(told["internal"] / ties, abs=TWELVE_DIGITS)
    assert ego_e_i(g, labels).tolist() == pytest.approx(told["individual"], abs=TWELVE_DIGITS)


@pytest.mark.parametrize("case", list(REFERENCE["e_i"]))
def test_permutation_tails_agree_with_20000_draws_of_r(case: str) -> None:
    told, g = REFERENCE["e_i"][case], reference_network(case.rsplit("_", 1)[0])
    codes = pd.factorize(reference_labels(case))[0].astype(np.int16)
    u, v = np.nonzero(np.triu(g.symmetrised))
    internal = np.concatenate([internal_ties(u, v, placed) for placed in relabellings(codes, seed=1)])
    # standard error of the difference of two simulated shares is at most .006
    assert (internal <= told["internal"]).mean() == pytest.approx(told["p_ge"], abs=0.02)
    assert (internal >= told["internal"]).mean() == pytest.approx(told["p_le"], abs=0.02)


def test_knoke_permutation_distribution_is_exact() -> None:
    told = REFERENCE["knoke_exact"]
    g = network_of(REFERENCE["knoke_info"])
    ties = g.symmetrised
    every = [e_i_index(ties, placed) for placed in every_labelling(pd.factorize(GOV)[0])]
    assert len(every) == told["n_labelings"] == labellings(GOV)
    assert (np.mean(every), np.std(every)) == pytest.approx((told["mean"], told["sd"]))
    assert (min(every), max(every)) == (told["min"], told["max"])
    assert np.mean(np.array(every) >= 0.1875 - 1e-12) == pytest.approx(told["p_ge"])
    far = abs(0.1875 - told["mean"]) - 1e-12
    found = mixing(g, GOV)
    assert found.exact
    assert found.p == pytest.approx(np.mean(np.abs(np.array(every) - told["mean"]) >= far))


@pytest.mark.parametrize("sizes", [(2, 3), (1, 1, 2), (2, 2, 2), (1, 2, 1, 2), (4,), (1, 1, 1, 1)])
def test_every_labelling_once(sizes: tuple[int, ...]) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    expected = set(itertools.permutations(codes.tolist()))
    found = [tuple(row) for row in every_labelling(codes).tolist()]
    assert set(found) == expected
    assert len(found) == len(expected) == labellings(codes)


def planted(n: int, within: float, across: float, seed: int) -> tuple[Network, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.array(["North", "East", "South", "West"], dtype=object)[np.arange(n) % 4]
    chance = np.where(np.equal.outer(labels, labels), within, across)
    return network_of(rng.random((n, n)) < chance, answered=list(rng.random(n) < 0.8)), labels


@pytest.mark.parametrize("batch", [1, 7, 500, 10_000])
def test_same_numbers_whatever_the_batch(batch: int) -> None:
    g, labels = planted(40, 0.1, 0.08, seed=5)
    came = np.arange(40) % 3 == 0
    assert mixing(g, labels, draws=1000, batch=batch).p == mixing(g, labels, draws=1000, batch=333).p
    assert (
        spanning(g, labels, came, draws=1000, batch=batch).p
        == spanning(g, labels, came, draws=1000, batch=333).p
    )


@pytest.mark.parametrize(
    ("within", "across", "verdict"),
    [(0.15, 0.03, "inward"), (0.02, 0.08, "outward"), (0.06, 0.06, "neither")],
)
def test_planted_mixing_is_recovered(within: float, across: float, verdict: str) -> None:
    found = mixing(*planted(80, within, across, seed=3))
    assert not found.exact
    if verdict == "neither":
        assert found.p > 0.05
    else:
        assert found.p < 0.001
        assert (found.index.value < found.expected) == (verdict == "inward")


def test_no_mixing_means_p_values_without_a_lean() -> None:
    """Under the null about one in ten p values is below .1."""
    p = [mixing(*planted(24, 0.15, 0.15, seed), draws=199).p for seed in range(200)]
    assert 0.05 < np.mean(np.array(p) <= 0.1) < 0.16


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (["a"] * 10, "no variation: fewer than two groups"),
        ([None] * 10, "no variation: fewer than two groups"),
        (["a", None, "b"] + [None] * 7, "no ties between nodes whose group is known"),  # COUN and EDUC
    ],
)
def test_undefined_e_i_says_why(labels: list, why: str) -> None:
    found = mixing(network_of(REFERENCE["knoke_info"]), np.asarray(labels, dtype=object))
    assert (found.index.value, found.p, found.index.why) == (None, None, why)


def test_nodes_without_a_label_are_left_out_and_counted() -> None:
    labels = GOV.copy()
    labels[[0, 9]] = None
    keep = np.arange(1, 9)
    g = network_of(REFERENCE["knoke_info"])
    found = mixing(g, labels)
    assert found.left_out == 2
    assert found.index == mixing(g.restricted(keep), labels[keep]).index


def test_mixing_matrix_counts_every_tie_once() -> None:
    g = network_of(REFERENCE["knoke_info"])
    cells = {(c.sender, c.receiver): (c.ties, c.pairs) for c in mixing_matrix(g, GOV)}
    A, gov = np.asarray(REFERENCE["knoke_info"]), GOV == "1"
    assert cells["1", "0"] == (A[gov][:, ~gov].sum(), 24)
    assert cells["1", "1"] == (A[gov][:, gov].sum(), 12)
    assert sum(ties for ties, _ in cells.values()) == g.tie_count
    undirected = mixing_matrix(network_of(A, directed=False), GOV)
    assert [(c.sender, c.receiver) for c in undirected] == [("0", "0"), ("0", "1"), ("1", "1")]
    assert [c.ties for c in undirected] == [9, 19, 4]  # network.json, ei groups 0 and 1 of knoke_info_gov
    assert [c.pairs for c in undirected] == [15, 24, 6]


def test_planted_spanning_is_recovered_and_chance_is_not_called_spanning() -> None:
    rng = np.random.default_rng(8)
    n = 100
    labels = np.array(["A", "B", "C"], dtype=object)[np.arange(n) % 3]
    came = rng.random(n) < 0.4
    same = np.equal.outer(labels, labels)
    chance = np.where(came[:, None], 0.08, np.where(same, 0.2, 0.02))
    found = spanning(network_of(rng.random((n, n)) < chance), labels, came)
    assert found.difference.value > 0.2
    assert found.difference.low > 0
    assert found.p < 0.001
    shuffled = rng.permutation(came)
    assert spanning(network_of(rng.random((n, n)) < 0.1), labels, shuffled).p > 0.05


def test_spanning_p_is_exact_for_few_egos() -> None:
    g = network_of(REFERENCE["knoke_info"])
    came = np.array([True, True, False, False, False, True, False, False, False, False])
    x = ego_e_i(g, GOV)
    values = [x[list(c)].mean() - np.delete(x, c).mean() for c in itertools.combinations(range(10), 3)]
    found = spanning(g, GOV, came)
    assert found.exact
    assert found.difference.value == pytest.approx(x[came].mean() - x[~came].mean())
    assert found.p == pytest.approx(np.mean(np.abs(values) >= abs(found.difference.value) - 1e-12))


def test_spanning_needs_two_on_either_side() -> None:
    came = np.array([True] + [False] * 9)
    found = spanning(network_of(REFERENCE["knoke_info"]), GOV, came)
    assert (found.difference.value, found.p) == (None, None)
    assert found.difference.why.startswith("fewer than two")


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=7), st.integers(0, 2**31))
def test_expected_index_is_the_mean_over_all_labellings(labels: list[str], seed: int) -> None:
    n = len(labels)
    A = np.random.default_rng(seed).random((n, n)) < 0.5
    ties = np.triu(A, 1) | np.triu(A, 1).T
    if ties.any():
        every = every_labelling(np.unique(labels, return_inverse=True)[1])
        mean = np.mean([e_i_index(ties, placed) for placed in every])
        assert mean == pytest.approx(e_i_expected(np.asarray(labels)))


UNSEEN = {"relation": "advice", "ego": ["a", "a", "x"], "alter": ["c", "a", "b"]}


@pytest.mark.parametrize(
    ("directed", "expected"),
    [
        (True, [[np.nan, 1, np.nan], [0, np.nan, 0], [np.nan, np.nan, np.nan]]),
        (False, [[np.nan, 1, np.nan], [1, np.nan, 0], [np.nan, 0, np.nan]]),
    ],
)
def test_a_pair_that_was_asked_and_not_answered_is_not_observed(directed, expected):
    ties = pd.DataFrame({"relation": "advice", "directed": directed, "ego": ["a"], "alter": ["b"]})
    asked = pd.DataFrame({"relation": "advice", "node": ["a", "b", "c"], "observed": [True, True, False]})
    made = adjacency(ties, asked, ["a", "b", "c"], "advice", unseen=pd.DataFrame(UNSEEN))
    np.testing.assert_array_equal(made.A, expected)
    other = adjacency(
        ties, asked, ["a", "b", "c"], "advice", unseen=pd.DataFrame({**UNSEEN, "relation": "help"})
    )
    np.testing.assert_array_equal(other.A, adjacency(ties, asked, ["a", "b", "c"], "advice").A)
