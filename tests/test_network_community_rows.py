"""Rows of brokerage and of communities.

Expected numbers: tests/reference/network/reference.json (R sna 2.7), optimal_modularity.json (igraph's
integer programme), enumeration of labellings and of digraphs in the test, networkx, and planted groups.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from ksn_research.analyse.network.brokerage_rows import brokerage_rows
from ksn_research.analyse.network.community_rows import NETWORKS as RANDOM
from ksn_research.analyse.network.community_rows import STATISTICS, community_rows
from ksn_research.analyse.network.mixing import every_labelling
from ksn_research.analyse.network.structure import Network
from ksn_research.results import Row, collect
from tests.network_entries import digraph, network
from tests.test_network import GOV, network_of
from tests.test_network_mixing_rows import planted, setting_of

FOLDER = Path(__file__).parent / "reference" / "network"
SNA = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))["brokerage"]["knoke_info_gov"]
OPTIMAL = json.loads((FOLDER / "optimal_modularity.json").read_text(encoding="utf-8"))
ROLES = {"w_I": "coordinator", "w_O": "consultant", "b_IO": "representative", "b_OI": "gatekeeper",
         "b_O": "liaison", "t": "total"}  # fmt: skip
Rows = dict[tuple[str, str], Row]


def roles(g: Network, labels: np.ndarray) -> Rows:
    rows = list(brokerage_rows(setting_of(g, labels)))
    collect(rows)
    assert {row.group for row in rows} == {"region"}
    return {(row.category, row.statistic): row for row in rows}


def parts(g: Network, labels: np.ndarray, units: str = "organisations") -> Rows:
    """By group and statistic."""
    rows = list(community_rows(setting_of(g, labels, units)))
    collect(rows)
    return {(row.group, row.statistic): row for row in rows}


# --- brokerage


@pytest.mark.parametrize("role", list(ROLES))
def test_roles_of_the_network_equal_sna(role: str) -> None:
    rows, raw, expected = (
        roles(network("knoke_info"), GOV),
        SNA["global_raw"][role],
        SNA["global_expected"][role],
    )
    if role == "b_O":  # there are two groups only: sna prints nought, we print that it cannot be
        assert {rows["liaison", name].status for name in ("triads", "expected", "z", "relative")} == {
            "undefined"
        }
        assert "no triad of this role is possible" in rows["liaison", "triads"].note
        return
    assert rows[ROLES[role], "triads"].estimate == raw
    assert rows[ROLES[role], "expected"].estimate == pytest.approx(expected, rel=1e-9)
    assert rows[ROLES[role], "relative"].estimate == pytest.approx(raw / expected, rel=1e-9)


def counted(A: np.ndarray, labels: np.ndarray) -> dict[str, int]:
    """Roles by their definition, one triad at a time."""
    found = dict.fromkeys(ROLES.values(), 0)
    for i, v, j in itertools.permutations(range(len(A)), 3):
        if A[i, v] == 1 and A[v, j] == 1 and A[i, j] == 0:
            first, second, ends = labels[i] == labels[v], labels[v] == labels[j], labels[i] == labels[j]
            role = {(1, 1, 1): "coordinator", (0, 0, 1): "consultant", (1, 0, 0): "representative",
                    (0, 1, 0): "gatekeeper", (0, 0, 0): "liaison"}[first, second, ends]  # fmt: skip
            found[role] += 1
            found["total"] += 1
    return found


def test_z_of_a_network_of_four_is_that_of_every_digraph() -> None:
    """Mean and sd over all 4,096 digraphs, each as likely as ties of chance 5/12 make it. (R's sna prints
    an sd of .9182 for the representatives and of 1.8556 for the total.)"""
    labels, cells = np.array(list("NNSS"), dtype=object), np.argwhere(~np.eye(4, dtype=bool))
    A, d = np.zeros((4, 4)), 5 / 12
    A[[0, 1, 2, 3, 0], [1, 2, 3, 0, 2]] = 1
    rows, drawn, chance = roles(digraph(A), labels), [], []
    for states in itertools.product([0, 1], repeat=12):
        one = np.zeros((4, 4))
        one[tuple(cells.T)] = states
        drawn.append(counted(one, labels))
        chance.append(d ** sum(states) * (1 - d) ** (12 - sum(states)))
    for role in ("representative", "total"):
        many = np.array([one[role] for one in drawn])
        mean = float(np.average(many, weights=chance))
        sd = float(np.average((many - mean) ** 2, weights=chance)) ** 0.5
        assert rows[role, "expected"].estimate == pytest.approx(mean)
        assert rows[role, "z"].estimate == pytest.approx((counted(A, labels)[role] - mean) / sd)


@pytest.mark.parametrize("seed", range(4))
def test_p_and_its_centre_are_those_of_all_labellings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    A = (rng.random((7, 7)) < 0.35).astype(float)
    observed = np.repeat(np.arange(7) != 2, 7).reshape(7, 7)  # one did not answer
    g, labels = digraph(A, observed), np.array(list("NNNSSWW"), dtype=object)
    rows = roles(g, labels)
    every = [counted(g.A, placed) for placed in every_labelling(np.array([0, 0, 0, 1, 1, 2, 2]))]
    ps = []
    for role, seen in counted(g.A, labels).items():
        row = rows[role, "triads"]
        if role == "total":
            assert row.p is None
            assert "shuffling labels does not change the total" in row.note
            continue
        many = np.array([one[role] for one in every])
        assert row.estimate == seen
        assert rows[role, "reshuffled"].estimate == pytest.approx(many.mean())
        assert row.p == pytest.approx((np.abs(many - many.mean()) >= abs(seen - many.mean()) - 1e-9).mean())
        assert "all placements counted" in row.method
        ps.append((row.p, row.p_adjusted))
    running = 0.0  # Holm (1979) over the five roles, step by step
    for k, (p, adjusted) in enumerate(sorted(ps)):
        running = max(running, min(1.0, p * (5 - k)))
        assert adjusted == pytest.approx(running)
    assert "p adjusted by Holm over 5 roles" in rows["liaison", "triads"].method


def test_the_denominator_is_the_triads_that_could_be() -> None:
    """Six nodes, one without a region, one that did not answer: three pairs seen, groups as the role asks."""
    observed = np.repeat(np.arange(6) != 1, 6).reshape(6, 6)
    labels = np.array(["N", "N", "S", "S", "W", None], dtype=object)
    rows = roles(digraph(np.ones((6, 6)) - np.eye(6), observed), labels)
    seen = [(i, v, j) for i, v, j in itertools.permutations(range(5), 3) if i != 1 and v != 1]
    assert (rows["total", "triads"].n, rows["total", "triads"].unit) == (len(seen), "triples")
    liaisons = [one for one in seen if len({labels[k] for k in one}) == 3]
    assert rows["liaison", "triads"].n == len(liaisons)
    assert rows["liaison", "triads"].note == (
        "1 organisations without a region left out; no p: there is no open triad at all"
    )
    assert rows["coordinator", "z"].status == "undefined"  # no group of three
    assert rows["total", "triads"].people == 4


def test_undirected_brokers_have_five_roles_and_each_triad_once() -> None:
    line = network_of([[0, 1, 0], [1, 0, 1], [0, 1, 0]], directed=False)
    rows = roles(line, np.array(["N", "N", "S"], dtype=object))
    assert {role for role, _ in rows} == {
        "coordinator", "consultant", "representative or gatekeeper", "liaison", "total",
    }  # fmt: skip
    assert rows["representative or gatekeeper", "triads"].estimate == rows["total", "triads"].estimate == 1


def test_one_group_has_no_brokers_between_groups() -> None:
    rows = roles(digraph(np.ones((4, 4))), np.array(["N"] * 4, dtype=object))
    assert {(row.status, row.estimate) for row in rows.values()} == {("undefined", None)}
    assert {row.note for row in rows.values()} == {"no variation: fewer than two groups"}


@pytest.mark.parametrize(("within", "across", "found"), [(0.2, 0.04, True), (0.08, 0.08, False)])
def test_planted_regions_make_coordinators_and_few_liaisons(
    within: float, across: float, found: bool
) -> None:
    rows = roles(*planted(5, within, across, n=60))
    more, less = rows["coordinator", "triads"], rows["liaison", "triads"]
    assert (more.p_adjusted < 0.05 and less.p_adjusted < 0.05) == found
    assert (rows["coordinator", "z"].estimate > 3) == found
    if found:
        assert more.estimate > rows["coordinator", "reshuffled"].estimate
        assert less.estimate < rows["liaison", "reshuffled"].estimate
    assert "1,000 seeded draws" in more.method
    assert all("newest wave only" in row.method for row in rows.values())


# --- communities


@pytest.mark.parametrize("name", ["knoke_info", "knoke_money"])
def test_modularity_is_the_optimum(name: str) -> None:
    g = network(name)
    rows = parts(g, GOV)
    assert rows["", "modularity"].estimate == pytest.approx(OPTIMAL[name]["modularity"], rel=1e-12)
    tied = g.symmetrised.any(axis=1)
    groups = np.array(OPTIMAL[name]["membership"])[tied]
    assert rows["", "communities"].estimate == (np.unique(groups, return_counts=True)[1] > 1).sum()
    graph = nx.from_numpy_array(g.symmetrised)
    own = [{int(i) for i in np.flatnonzero(level == GOV)} for level in sorted(set(GOV))]
    told = nx.community.modularity(graph, own)
    assert rows["region", "modularity"].estimate == pytest.approx(told, rel=1e-12)


def test_planted_communities_are_recovered_and_beat_random_networks() -> None:
    g, labels = planted(2, 0.5, 0.01, n=48)
    rows = parts(g, labels)
    assert rows["", "communities"].estimate == 4
    assert rows["region", "adjusted_rand"].estimate == 1.0
    assert rows["region", "mutual_information"].estimate == pytest.approx(1.0)
    assert rows["", "stability"].estimate == pytest.approx(1.0)
    assert rows["region", "modularity"].estimate == pytest.approx(rows["", "modularity"].estimate)
    assert rows["", "expected_modularity"].estimate < rows["", "modularity"].estimate
    assert rows["", "modularity_z"].estimate > 5
    assert rows["", "modularity_z"].p == pytest.approx(1 / (RANDOM + 1))


def test_ties_at_random_have_communities_too_but_no_more_than_their_degrees() -> None:
    g, labels = planted(4, 0.08, 0.08, n=48)
    rows = parts(g, labels)
    assert rows["", "modularity"].estimate > 0.2
    assert abs(rows["", "modularity_z"].estimate) < 3
    assert rows["", "modularity_z"].p > 0.02
    assert abs(rows["region", "adjusted_rand"].estimate) < 0.15
    assert rows["", "stability"].estimate < 0.9


def with_isolates() -> tuple[Network, np.ndarray]:
    """Two triangles joined by one tie, one node of them without a region, and two nodes without ties."""
    A = np.zeros((8, 8))
    for i, j in ((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)):
        A[i, j] = 1
    return digraph(A), np.array([None, "N", "N", "S", "S", "S", "S", "N"], dtype=object)


def test_nodes_without_ties_are_in_no_community() -> None:
    rows = parts(*with_isolates())
    count = rows["", "communities"]
    assert (count.estimate, count.n, count.population, count.unit) == (2, 6, 8, "organisations")
    assert (rows["", "modularity"].n, rows["", "modularity"].unit) == (7, "dyads")
    assert rows["", "modularity"].estimate == pytest.approx(2 * (3 / 7 - 1 / 4))  # by hand
    agreement = rows["region", "adjusted_rand"]
    assert (agreement.estimate, agreement.n, agreement.people) == (1.0, 5, 5)
    assert agreement.note == "1 organisations without a region left out"
    assert rows["region", "modularity"].n == 5  # ties between nodes of known region


def test_order_of_rows_changes_nothing() -> None:
    g, labels = with_isolates()
    turned = Network(g.nodes[::-1], True, g.A[::-1, ::-1], g.senders[::-1])
    assert parts(turned, labels[::-1]) == parts(g, labels)


def test_undefined_says_why() -> None:
    nothing = parts(digraph(np.zeros((4, 4))), np.array(list("NNSS"), dtype=object))
    assert set(nothing) == {("", name) for name in STATISTICS}
    assert {(row.status, row.note, row.n) for row in nothing.values()} == {("undefined", "no ties", 0)}
    one = parts(with_isolates()[0], np.array(["N"] * 8, dtype=object))
    for name in ("adjusted_rand", "mutual_information", "modularity"):
        assert one["region", name].note == "no variation: fewer than two groups"
    pair = np.zeros((3, 3))
    pair[0, 1] = 1
    rows = parts(digraph(pair), np.array(list("NSS"), dtype=object))
    assert rows["", "modularity_z"].status == "undefined"
    assert rows["", "modularity_z"].p is None
    assert "the degrees allow one modularity only" in rows["", "modularity_z"].note


def everything(g: Network, labels: np.ndarray) -> Iterator[Row]:
    yield from community_rows(setting_of(g, labels, "people"))
    yield from brokerage_rows(setting_of(g, labels, "people"))


def test_no_row_names_a_node() -> None:
    g, labels = planted(1, 0.3, 0.05, n=24)
    named = Network(np.array([f"Member-{i:02d}" for i in range(24)], dtype=object), True, g.A, g.senders)
    rows = list(everything(named, labels))
    assert rows
    assert not [row for row in rows if "Member-" in repr(row)]
    assert {row.people for row in rows} == {int(g.senders.sum())}
    assert all(row.method and row.n is not None for row in rows)
