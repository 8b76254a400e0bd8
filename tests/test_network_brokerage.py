"""Brokerage. Expected numbers: tests/reference/network/reference.json (R sna 2.7), and every small network.

The expected values and standard deviations of sna for the whole network are not reproduced: they are not
the moments of the null they are printed for. Tests below say what they leave out.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network import brokerage as module
from ksn_research.analyse.network.brokerage import (
    NO_CHANCE,
    NO_TRIAD,
    NOBODY,
    brokerage,
    brokerage_counts,
    open_triads,
)
from ksn_research.analyse.network.brokerage_expected import (
    DIRECTED,
    UNDIRECTED,
    Role,
    node_moments,
    possible_triads,
    total_moments,
)
from ksn_research.analyse.network.mixing import every_labelling
from ksn_research.analyse.network.structure import Network
from tests.network_entries import digraph, network, random_digraph, transposed
from tests.test_network import GOV, edges_of, network_of

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "network" / "reference.json").read_text(encoding="utf-8")
)["brokerage"]
COVERED = tuple(
    f"brokerage.*.{entry}" for entry in ("raw", "expected", "sd", "z", "global_raw", "global_expected")
)
DIRECTED_CASES = ("ht_advice_dept", "ht_friends_dept", "knoke_info_gov")
ATTRIBUTES = {"dept": ("ht_nodes.csv", "DEPT"), "level": ("tc_TCdiss_nodes.csv", "agency_lvl")}


def labels_of(case: str) -> np.ndarray:
    if case.endswith("gov"):
        return GOV
    file, column = ATTRIBUTES[case.rsplit("_", 1)[1]]
    return edges_of(file)[column].to_numpy(dtype=object)


def found(case: str, draws: int = 99) -> module.Brokerage:
    return brokerage(network(case.rsplit("_", 1)[0]), labels_of(case), draws=draws)


def table(result: module.Brokerage, what: str) -> np.ndarray:
    return np.array([[getattr(role, what) for role in row] for row in result.by_node], dtype=float)


def z_scores(result: module.Brokerage) -> np.ndarray:
    return np.array([[role.z.value for role in row] for row in result.by_node], dtype=float)


def theirs(case: str, entry: str) -> np.ndarray:
    return np.array(REFERENCE[case][entry], dtype=float)


@pytest.mark.parametrize("case", DIRECTED_CASES)
def test_roles_of_nodes_equal_sna(case: str) -> None:
    ours = found(case)
    np.testing.assert_array_equal(ours.raw(), theirs(case, "raw"))
    for entry, values in (
        ("expected", table(ours, "expected")),
        ("sd", table(ours, "sd")),
        ("z", z_scores(ours)),
    ):
        np.testing.assert_allclose(values, theirs(case, entry), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("case", DIRECTED_CASES)
def test_sums_over_nodes_equal_sna(case: str) -> None:
    ours = found(case).overall
    assert [role.raw or 0 for role in ours] == list(REFERENCE[case]["global_raw"].values())
    told = list(REFERENCE[case]["global_expected"].values())
    assert [role.expected for role in ours] == pytest.approx(told, rel=1e-9)


def test_undirected_triads_count_once_where_sna_counts_them_from_both_ends() -> None:
    """sna takes each undirected tie for two independent arcs: twice the triads, and sqrt 2 in the sd.

    Nobody sends, so that its equal representatives and gatekeepers are one role.
    """
    case = "tc_diss_level"
    ours, halves = found(case), np.array([2, 2, 1, 2, 2])
    pick = [0, 1, 2, 4, 5]
    np.testing.assert_array_equal(theirs(case, "raw")[:, 2], theirs(case, "raw")[:, 3])
    np.testing.assert_array_equal(ours.raw() * halves, theirs(case, "raw")[:, pick])
    np.testing.assert_allclose(table(ours, "expected") * halves, theirs(case, "expected")[:, pick], rtol=1e-9)
    np.testing.assert_allclose(table(ours, "sd") * halves**0.5, theirs(case, "sd")[:, pick], rtol=1e-9)
    np.testing.assert_allclose(z_scores(ours) * halves**0.5, theirs(case, "z")[:, pick], rtol=1e-8)
    for entry, what in (("global_raw", "raw"), ("global_expected", "expected")):
        told = np.array(list(REFERENCE[case][entry].values()))[pick]
        assert [getattr(role, what) for role in ours.overall] == pytest.approx(told / halves, rel=1e-9)


# --- ties at random: every network there is

TRIPLES = list(itertools.permutations(range(4), 3))
ROLE_OF = {
    (True, True, True): 0,
    (False, False, True): 1,
    (True, False, False): 2,
    (False, True, False): 3,
    (False, False, False): 4,
}


def every_count(labels: str, observed: np.ndarray, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Ties and roles (networks x nodes x 6) of every network on four nodes, from the definition."""
    cells = np.argwhere(observed if directed else np.triu(observed))
    bits = (np.arange(2 ** len(cells))[:, None] >> np.arange(len(cells))) & 1
    A = np.zeros((len(bits), 4, 4), dtype=int)
    A[:, cells[:, 0], cells[:, 1]] = bits
    A = A if directed else A | A.transpose(0, 2, 1)
    counts = np.zeros((len(bits), 4, 6))
    for i, v, j in TRIPLES:
        if observed[i, v] and observed[v, j] and observed[i, j]:
            there = A[:, i, v] * A[:, v, j] * (1 - A[:, i, j])
            same = (labels[i] == labels[v], labels[v] == labels[j], labels[i] == labels[j])
            counts[:, v, ROLE_OF[same]] += there
            counts[:, v, 5] += there
    if not directed:
        counts = np.delete(counts, 3, axis=2) / np.array([2, 2, 1, 2, 2])
    return bits.sum(axis=1), counts


def moments_over_all(labels: str, observed: np.ndarray, directed: bool, d: float) -> list[np.ndarray]:
    ties, counts = every_count(labels, observed, directed)
    pairs = int((observed if directed else np.triu(observed)).sum())
    weight = (d**ties * (1 - d) ** (pairs - ties))[:, None, None]
    both = np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)
    mean = (weight * both).sum(axis=0)
    return [mean, (weight * (both - mean) ** 2).sum(axis=0)]


def our_moments(labels: str, observed: np.ndarray, directed: bool, d: float) -> list[np.ndarray]:
    same = np.equal.outer(list(labels), list(labels))
    columns = []
    for role in DIRECTED if directed else UNDIRECTED:
        triads = possible_triads(role, observed, same)
        node, total = node_moments(role, triads, d), total_moments(role, triads, d, directed)
        columns.append([np.append(node.mean, total.mean), np.append(node.variance, total.variance)])
    return [np.column_stack(part) for part in zip(*columns, strict=True)]


ALL = ~np.eye(4, dtype=bool)


@pytest.mark.parametrize("directed", [True, False], ids=["digraphs", "graphs"])
@pytest.mark.parametrize("d", [5 / 12, 0.2, 0.9])
@pytest.mark.parametrize("labels", ["aaaa", "aaab", "aabb", "aabc", "abab", "abcd"])
def test_moments_are_those_of_all_networks_on_four_nodes(labels: str, d: float, directed: bool) -> None:
    for ours, every in zip(
        our_moments(labels, ALL, directed, d), moments_over_all(labels, ALL, directed, d), strict=True
    ):
        np.testing.assert_allclose(ours, every, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("directed", [True, False], ids=["digraphs", "graphs"])
@pytest.mark.parametrize("seed", range(6))
def test_moments_hold_when_some_pairs_were_not_observed(seed: int, directed: bool) -> None:
    rng = np.random.default_rng(seed)
    seen = ALL & (rng.random((4, 4)) < 0.75)
    seen = seen if directed else seen | seen.T
    labels = "".join(rng.choice(list("aab"), 4))
    for ours, every in zip(
        our_moments(labels, seen, directed, 0.4), moments_over_all(labels, seen, directed, 0.4), strict=True
    ):
        np.testing.assert_allclose(ours, every, rtol=1e-10, atol=1e-12)


def variance_in_sna(role: str, sizes: np.ndarray, d: float) -> float:
    """What sna 2.7.1 computes for the whole network, from its source, in our letters."""
    n, N = sizes.astype(float), float(sizes.sum())
    mu, leg, side = d**2 * (1 - d), (d * (1 - d)) ** 3, d**5 * (1 - d)
    if role == "representative":
        triads = n * (N - n) * (n - 1)
        return float((triads * (mu * (1 - mu) + (N - 3) * leg + (n - 2) * side)).sum())
    n = n if role == "coordinator" else np.array([N])
    triads = n * (n - 1) * (n - 2)
    pairs = (4 * n - 10) * leg - 4 * (n - 3) * mu**2 + (n - 3) * side
    return float((triads * (mu * (1 - mu) + pairs)).sum())


HIGH_TECH = np.repeat(np.arange(5), [1, 5, 8, 3, 4])  # departments of the managers of ht_advice


@pytest.mark.parametrize(
    ("labels", "d", "role", "exact", "in_sna"),
    [
        # design notes, section 1.2, and every digraph above: classes of two, d = 5/12
        ("aabb", 5 / 12, "representative", 0.8723, 0.9182),
        ("aabb", 5 / 12, "total", 1.7178, 1.8556),
        # ht advice by department, d = 190/420; 20,000 simulated digraphs gave 20.21, 9.135, 61.78
        (HIGH_TECH, 190 / 420, "representative", 20.107, 23.836),
        (HIGH_TECH, 190 / 420, "coordinator", 9.103, 9.673),
        (HIGH_TECH, 190 / 420, "total", 62.015, 63.610),
    ],
)
def test_network_sd_of_sna_is_another_number_by_its_own_formula(labels, d, role, exact, in_sna) -> None:
    labels = np.array(list(labels))
    same, everybody = np.equal.outer(labels, labels), ~np.eye(len(labels), dtype=bool)
    one = next(r for r in DIRECTED if r.name == role)
    ours = total_moments(one, possible_triads(one, everybody, same), d)
    assert float(ours.variance) ** 0.5 == pytest.approx(exact, abs=5e-4)
    sizes = np.unique(labels, return_counts=True)[1]
    assert variance_in_sna(role, sizes, d) ** 0.5 == pytest.approx(in_sna, abs=5e-4)


@pytest.mark.parametrize("n", [4, 7, 21])
@pytest.mark.parametrize("d", [0.1, 190 / 420])
def test_total_variance_in_closed_form(n: int, d: float) -> None:
    # E(1 - mu) + N(N-1)(N-2) [(4N-10)(d^3(1-d)^3 - d^4(1-d)^2) + (N-3) d^5(1-d)]
    everybody, mu = ~np.eye(n, dtype=bool), d**2 * (1 - d)
    ours = total_moments(Role("total"), possible_triads(Role("total"), everybody, everybody), d)
    pairs = (4 * n - 10) * ((d * (1 - d)) ** 3 - mu**2) + (n - 3) * d**5 * (1 - d)
    assert float(ours.variance) == pytest.approx(n * (n - 1) * (n - 2) * (mu * (1 - mu) + pairs))


# --- what was not observed


def by_definition(g: Network, labels: np.ndarray) -> np.ndarray:
    counts = np.zeros((g.size, 6), dtype=int)
    for i, v, j in itertools.permutations(range(g.size), 3):
        if (g.A[i, v], g.A[v, j], g.A[i, j]) == (1, 1, 0):
            same = (labels[i] == labels[v], labels[v] == labels[j], labels[i] == labels[j])
            counts[v, ROLE_OF[same]] += 1
            counts[v, 5] += 1
    return counts


@given(st.integers(0, 2**31), st.integers(3, 8), st.floats(0, 0.6))
@settings(max_examples=60, deadline=None)
def test_counts_are_the_definition_and_silence_is_never_a_tie_nor_the_want_of_one(
    seed: int, n: int, silent: float
) -> None:
    g = random_digraph(seed, n, 0.4, silent)
    labels = np.random.default_rng(seed).choice(list("abc"), n)
    counts = by_definition(g, labels)
    np.testing.assert_array_equal(brokerage_counts(g, labels), counts)
    np.testing.assert_array_equal(np.bincount(open_triads(g)[1], minlength=n), counts[:, 5])


@given(st.integers(0, 2**31), st.integers(3, 9))
@settings(max_examples=30, deadline=None)
def test_order_changes_nothing_and_turning_ties_round_swaps_representative_and_gatekeeper(
    seed: int, n: int
) -> None:
    g, rng = random_digraph(seed, n, 0.4, 0.2), np.random.default_rng(seed)
    labels, turn = rng.choice(list("ab"), n), rng.permutation(n)
    counts = brokerage_counts(g, labels)
    np.testing.assert_array_equal(brokerage_counts(g.restricted(turn), labels[turn]), counts[turn])
    swapped = counts[:, [0, 1, 3, 2, 4, 5]]
    np.testing.assert_array_equal(brokerage_counts(transposed(g), labels), swapped)


def test_undirected_counts_are_half_the_symmetric_digraph() -> None:
    A = np.asarray(network("knoke_info").symmetrised)
    twice, once = (brokerage_counts(network_of(A, directed=way), GOV) for way in (True, False))
    np.testing.assert_array_equal(once[:, [0, 1, 3, 4]] * 2, twice[:, [0, 1, 4, 5]])
    np.testing.assert_array_equal(once[:, 2], twice[:, 2])


# --- labels shuffled over the fixed graph


@pytest.mark.parametrize("directed", [True, False], ids=["directed", "undirected"])
def test_knoke_p_counts_all_210_labellings(directed: bool) -> None:
    g = network_of(np.asarray(network("knoke_info").ties), directed=directed)
    codes = (GOV == "1").astype(int)
    every = np.array([brokerage_counts(g, placed) for placed in every_labelling(codes)])
    every = np.concatenate([every, every.sum(axis=1, keepdims=True)], axis=1)
    seen, centre = brokerage_counts(g, codes), every.mean(axis=0)
    far = np.abs(np.vstack([seen, seen.sum(axis=0)]) - centre) - 1e-9
    p = (np.abs(every - centre) >= far).mean(axis=0)
    ours = brokerage(g, GOV)
    for row, expected, middle in zip((*ours.by_node, ours.overall), p, centre, strict=True):
        for role, one, mean in zip(row[:-1], expected[:-1], middle[:-1], strict=True):
            assert role.exact
            assert role.reshuffled == pytest.approx(mean, abs=1e-12)
            assert role.p.value == (pytest.approx(one) if mean > 1e-9 else None)


@pytest.mark.parametrize("cells", [50, 4_000_000])
@pytest.mark.parametrize("batch", [7, 500])
def test_same_numbers_whatever_the_batch(monkeypatch, cells: int, batch: int) -> None:
    g = random_digraph(4, 24, 0.2, 0.2)
    labels = np.arange(24) % 3
    plain = brokerage(g, labels, draws=300)
    monkeypatch.setattr(module, "CELLS", cells)
    again = brokerage(g, labels, draws=300, batch=batch)
    assert again.by_node == plain.by_node
    assert again.overall == plain.overall
    assert not again.overall[0].exact


def test_random_places_give_p_values_without_a_lean() -> None:
    """Structure with hubs, labels at random: about one in ten p values is below .1."""
    p = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        chance = 0.5 * np.outer(rng.random(18), rng.random(18))
        g = digraph(rng.random((18, 18)) < chance)
        p.append(brokerage(g, rng.permutation(18) % 3, seed=seed, draws=199).overall[3].p.value)
    assert 0.02 < np.mean(np.array(p) <= 0.1) < 0.19


def test_planted_gatekeepers_are_found() -> None:
    """Three groups of ten; what enters a group enters through its first member."""
    n, labels = 30, np.repeat(list("abc"), 10)
    rng = np.random.default_rng(3)
    same, door = np.equal.outer(labels, labels), np.arange(n) % 10 == 0
    g = digraph(rng.random((n, n)) < np.where(same, 0.3, np.where(door[None, :], 0.4, 0.0)))
    ours = brokerage(g, labels, draws=999)
    gatekeeping = np.array([row[3].z.value for row in ours.by_node])
    assert gatekeeping[door].min() > 3
    assert gatekeeping[~door].max() < 0
    assert ours.overall[0].p.value == 1 / 1000  # groups hold together: far more coordinators than by labels
    assert ours.overall[0].raw > 2 * ours.overall[0].reshuffled


# --- what cannot be said


@pytest.mark.parametrize(
    ("labels", "node", "role", "why"),
    [
        ("aabbb", 0, 0, NO_TRIAD),  # nobody coordinates in a group of two
        ("aabbb", 2, 4, NO_TRIAD),  # a liaison needs three groups
        ("abbbb", 0, 1, ""),  # but one alone may stand between others
        ("abbbb", 0, 2, NO_TRIAD),
    ],
)
def test_groups_too_small_for_a_role_have_no_z(labels: str, node: int, role: int, why: str) -> None:
    found = brokerage(random_digraph(1, 5, 0.5), np.array(list(labels))).by_node[node][role]
    assert found.z.why == why
    assert (found.raw is None) == (found.z.value is None) == bool(why)
    assert (found.relative.why == NO_TRIAD) == bool(why)


@pytest.mark.parametrize("filled", [0, 1])
def test_no_ties_and_all_ties_leave_chance_nothing(filled: int) -> None:
    found = brokerage(digraph(np.full((6, 6), filled)), np.array(list("aabbcc")))
    assert {(role.raw, role.z.why) for role in found.overall[1:]} == {(0, NO_CHANCE)}
    assert {role.p.why for role in found.overall[1:5]} == {NOBODY}
    assert found.overall[5].p.why == "shuffling labels does not change the total"


def test_nodes_without_a_label_are_left_out_and_counted() -> None:
    labels = GOV.copy()
    labels[[0, 9]] = None
    keep = np.arange(1, 9)
    g = network("knoke_info")
    found, inner = brokerage(g, labels), brokerage(g.restricted(keep), labels[keep])
    assert (found.left_out, found.nodes.tolist()) == (2, g.nodes[keep].tolist())
    assert found.overall == inner.overall


def test_nobody_at_all() -> None:
    found = brokerage(digraph(np.zeros((0, 0))), np.array([], dtype=object))
    assert found.density is None
    assert {role.z.why for role in found.overall} == {NO_TRIAD}
