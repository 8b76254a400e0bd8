"""Rows of positions, which name nobody, and the internal table, which names everybody.

Expected numbers: tests/reference/network/reference.json (R sna and igraph; knoke stands in the repository,
the others are read from the folder named by KSN_SHARED, else skipped), networkx, and planted truths.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.brokerage import brokerage
from ksn_research.analyse.network.mixing import ego_e_i
from ksn_research.analyse.network.position_rows import (
    BROKERS,
    POSITIONS,
    ROLES,
    node_positions,
    position_rows,
    position_tables,
)
from ksn_research.analyse.network.structure import Network, popularity
from ksn_research.results import Row, collect
from tests.network_entries import NETWORKS, network, random_digraph, told
from tests.test_network import network_of
from tests.test_network_change import random_waves, study_of
from tests.test_network_shape_rows import setting_of

COVERED: tuple[str, ...] = ()
MEASURES = (
    "in_degree_share",
    "betweenness",
    "harmonic_closeness",
    "constraint",
    "effective_size",
    "efficiency",
)
Key = tuple[str, str, str, str]


def rows_of(g: Network, **roster: list[object]) -> dict[Key, Row]:
    rows = position_rows(setting_of(g, **roster))
    return {(row.category, row.group, row.level, row.statistic): row for row in rows}


def reference_positions(name: str) -> dict[str, np.ndarray]:
    """What R gave per node, divided as our rows divide it."""
    n, directed = told(name, "n"), told(name, "directed")
    degree = np.array(told(name, "indegree" if directed else "degree"), dtype=float)
    between = np.array(told(name, "betweenness"), dtype=float) / ((n - 1) * (n - 2) / (1 if directed else 2))
    size = np.array(told(name, "effective_size_whole"), dtype=float)
    constraint = np.array(told(name, "constraint_igraph"), dtype=float)
    ties = network(name).symmetrised
    partners = np.where(ties.any(axis=1), ties.sum(axis=1), np.nan)
    return {
        "in_degree_share": degree / (n - 1),
        "betweenness": between,
        "constraint": constraint,
        "effective_size": np.where(np.isnan(partners), np.nan, size),
        "efficiency": size / partners,
    }


@pytest.mark.parametrize("name", list(NETWORKS))
def test_means_and_medians_are_those_of_sna_and_igraph(name: str) -> None:
    rows = rows_of(network(name))
    for measure, values in reference_positions(name).items():
        mean, median = (rows[measure, "", "", statistic] for statistic in ("mean", "median"))
        assert mean.estimate == pytest.approx(np.nanmean(values), rel=1e-9), measure
        assert median.estimate == pytest.approx(np.nanmedian(values), rel=1e-9), measure
        assert (mean.n, mean.population) == ((~np.isnan(values)).sum(), told(name, "n")), measure


def test_harmonic_closeness_is_that_of_networkx_over_n_minus_1() -> None:
    g = random_digraph(3, 15, 0.15)
    theirs = nx.harmonic_centrality(nx.from_numpy_array(g.ties.astype(int), create_using=nx.DiGraph))
    row = rows_of(g)["harmonic_closeness", "", "", "mean"]
    assert row.estimate == pytest.approx(np.mean(list(theirs.values())) / 14)


def test_groups_have_the_means_that_were_planted() -> None:
    # Everybody names the North of .5 of its nodes, the South of .1.
    rng = np.random.default_rng(7)
    n, north = 120, np.arange(120) < 60
    g = network_of(rng.random((n, n)) < np.where(north, 0.5, 0.1))
    rows = rows_of(g, region=np.where(north, "North", "South").tolist(), type=["T"] * n)
    for level, truth in (("North", 0.5), ("South", 0.1)):
        row = rows["in_degree_share", "region", level, "mean"]
        assert row.estimate == pytest.approx(truth, abs=0.02)
        assert (row.n, row.population, row.people) == (60, 60, 60)
    assert rows["constraint", "type", "T", "mean"].estimate == rows["constraint", "", "", "mean"].estimate


def test_a_bridge_between_two_circles_has_planted_values() -> None:
    # Two closed triangles, one tie between them: nodes 2 and 3. Undirected; k - 2t / k by hand.
    A = np.zeros((6, 6), dtype=bool)
    A[[0, 0, 1, 3, 3, 4, 2], [1, 2, 2, 4, 5, 5, 3]] = True
    rows = rows_of(network_of(A, directed=False), region=[*"aabbaa"])
    between = [0, 0, 6 / 10, 6 / 10, 0, 0]  # 2 * 3 of the 10 pairs of others
    assert rows["betweenness", "region", "b", "mean"].estimate == pytest.approx(6 / 10)
    assert rows["betweenness", "", "", "mean"].estimate == pytest.approx(np.mean(between))
    assert rows["effective_size", "region", "b", "mean"].estimate == pytest.approx(3 - 2 / 3)
    assert rows["effective_size", "region", "a", "mean"].estimate == pytest.approx(2 - 2 / 2)
    assert rows["efficiency", "region", "b", "mean"].estimate == pytest.approx((3 - 2 / 3) / 3)


def test_denominators_leave_out_who_did_not_answer_and_say_so() -> None:
    # d did not answer, c answered and has no tie.
    g = network_of([[0, 1, 0, 1], [1, 0, 0, 0], [0] * 4, [0] * 4], answered=[True, True, True, False])
    rows = rows_of(g, region=["N", "N", "S", "S"])
    share = rows["in_degree_share", "", "", "mean"]
    assert share.estimate == pytest.approx(np.mean([1 / 2, 1 / 2, 0, 1 / 3]))
    assert (share.n, share.population, share.unit, share.people, share.note) == (4, 4, "organisations", 3, "")
    between = rows["betweenness", "", "", "mean"]
    assert (between.estimate, between.n, between.population) == (pytest.approx(1 / 6 / 3), 3, 4)
    assert between.note == "1 of 4 organisations left out: who did not answer"
    constraint = rows["constraint", "", "", "mean"]
    assert (constraint.n, constraint.people) == (2, 2)
    assert constraint.note == "2 of 4 organisations left out: who did not answer, or has no tie"
    south = rows["constraint", "region", "S", "mean"]
    assert (south.status, south.estimate, south.n, south.population) == ("undefined", None, 0, 2)
    assert "undefined for every node" in south.note


def test_rows_name_no_node_and_give_no_maximum() -> None:
    g = random_digraph(1, 12, 0.3, 0.2)
    rows = list(position_rows(setting_of(g, region=["N", "S"] * 6, type=[None] * 12)))
    evidence = collect(rows)
    assert set(evidence.results["statistic"]) == {"mean", "median"}
    assert {row.category for row in rows} == set(MEASURES)
    assert {(row.group, row.level) for row in rows} == {("", ""), ("region", "N"), ("region", "S")}
    for row in rows:
        assert not set(g.nodes) & set(row.id.replace("=", ".").split(".")), row.id
        assert row.statistic == "mean" or row.group == ""  # of a small group it is somebody's number
        assert row.people <= row.n


@pytest.mark.parametrize(
    ("g", "undefined"),
    [
        (network_of(np.zeros((4, 4))), ["constraint", "effective_size", "efficiency"]),
        (network_of(np.zeros((4, 4)), answered=[False] * 4), list(MEASURES)),
        (network_of([[0]]), list(MEASURES)),
        (network_of(np.zeros((0, 0))), list(MEASURES)),
    ],
)
def test_degenerate_networks_say_why(g: Network, undefined: list[str]) -> None:
    rows = rows_of(g)
    for measure in MEASURES:
        row = rows[measure, "", "", "mean"]
        assert (row.status == "undefined") == (measure in undefined), measure
        assert (row.estimate is None) == bool(row.note) == (measure in undefined), measure
    assert list(node_positions(setting_of(g)).columns) == list(POSITIONS)


# --- the internal table


def test_the_table_holds_every_node_of_the_newest_two_waves() -> None:
    found = position_tables(study_of(random_waves(2023, 2024, 2025)))
    assert list(found.columns) == list(POSITIONS)
    assert found.groupby("year")["node"].nunique().to_dict() == {2024: 24, 2025: 24}
    assert len(found) == 48
    assert set(found["relation"]) == {"advice"}
    silent = found[~found["answered"]]
    assert len(silent)
    assert silent[["out_degree", "betweenness", "constraint", "e_i_region", *BROKERS]].isna().all(axis=None)
    assert silent["why"].str.startswith("did not answer").all()
    assert silent["in_degree"].notna().all()


@pytest.mark.parametrize("options", [{"log": True}, {"predictor": True}, {"units": "events"}])
def test_what_is_no_network_has_no_positions(options: dict) -> None:
    found = position_tables(study_of(random_waves(2025), options=options))
    assert found.empty
    assert list(found.columns) == list(POSITIONS)


def test_people_and_undirected_networks_have_positions_too() -> None:
    found = position_tables(study_of(random_waves(2025), kind="edges", directed=False, units="people"))
    assert set(found["units"]) == {"people"}
    np.testing.assert_array_equal(found["in_degree"].dropna(), found["out_degree"].dropna())
    assert found["gatekeeper"].isna().all()
    assert not found["why"].str.contains("gatekeeper").any()


def table_of(g: Network, **roster: list[object]) -> pd.DataFrame:
    return node_positions(setting_of(g, **roster)).set_index("node")


def test_names_ranks_and_denominators_of_a_node() -> None:
    g = network_of([[0, 1, 0, 1], [1, 0, 0, 0], [0] * 4, [0] * 4], answered=[True, True, True, False])
    found = table_of(g, name=["Anna & Co", None, "Cape", ""], region=["N", "N", None, "S"])
    assert found["name"].tolist() == ["Anna & Co", "002", "Cape", "004"]
    assert found["region"].tolist() == ["N", "N", "", "S"]
    assert set(found["type"]) == {""}
    assert found["observed_senders"].tolist() == [2, 2, 2, 3]
    assert found["in_degree"].tolist() == [1, 1, 0, 1]
    assert found["in_degree_low"].tolist() == [1, 1, 0, 1]
    assert found["in_degree_high"].tolist() == [2, 2, 1, 1]
    assert found["in_degree_share"].tolist() == pytest.approx([1 / 2, 1 / 2, 0, 1 / 3])
    assert found["rank_best"].tolist() == [1, 1, 1, 1]
    assert found["rank_worst"].tolist() == [2, 2, 4, 3]
    assert found["component"].tolist() == [1, 1, 2, 1]
    assert found["core"].tolist() == [1, 1, 0, 1]
    assert "no ties" in found.loc["003", "why"]
    assert "region not known" in found.loc["003", "why"]
    assert "did not answer" in found.loc["004", "why"]
    assert found.loc["001", "e_i_region"] == 0.0


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("silent", [0.0, 0.3])
def test_roles_are_those_of_brokerage(directed: bool, silent: float) -> None:
    g = random_digraph(6, 16, 0.3, silent)
    g = g if directed else network_of(g.ties, directed=False, answered=list(g.senders))
    labels = [*"aaaaaabbbbbbccd", None]
    found = table_of(g, region=labels)
    told_of = brokerage(g, np.array(labels, dtype=object), draws=10)
    for node, roles in zip(told_of.nodes, told_of.by_node, strict=True):
        for role in roles[:-1]:
            name = ROLES[role.role]
            raw, z = found.loc[node, name], found.loc[node, f"{name}_z"]
            assert np.isnan(raw) == (role.raw is None), (node, name)
            assert np.isnan(z) == (role.z.value is None), (node, name)
            if role.raw is not None:
                assert (raw, found.loc[node, f"{name}_expected"]) == pytest.approx((role.raw, role.expected))
            if role.z.value is not None:
                assert z == pytest.approx(role.z.value, abs=1e-9)
    unlabelled = found.loc[g.nodes[-1]]
    assert unlabelled[list(BROKERS)].isna().all()
    assert "region not known" in unlabelled["why"]


def test_who_leads_out_of_its_region_is_a_representative() -> None:
    # A line of three, from a node's own region to another (Gould & Fernandez 1989).
    g = network_of([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    found = table_of(g, region=["N", "N", "S"])
    assert found.loc["002", "representative"] == 1
    assert found.loc["002", ["consultant", "gatekeeper"]].isna().sum() == 1  # N and S leave no S - N - S


def test_ego_e_i_is_that_of_mixing_and_the_share_that_of_structure() -> None:
    g = random_digraph(9, 20, 0.2, 0.2)
    labels = ["N", "S"] * 10
    found = table_of(g, region=labels, type=labels[::-1])
    np.testing.assert_array_equal(found["e_i_region"], ego_e_i(g, np.array(labels, dtype=object)))
    np.testing.assert_array_equal(found["in_degree_share"], popularity(g))


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_what_is_missing_is_explained_and_what_is_there_needs_no_reason(seed: int) -> None:
    rng = np.random.default_rng(seed)
    g = random_digraph(seed, int(rng.integers(1, 14)), 0.25, 0.3)
    g = g if seed % 2 else network_of(g.ties, directed=False, answered=list(g.senders))
    labels = [None if x == 0 else str(x) for x in rng.integers(0, 4, g.size)]
    found = table_of(g, region=labels, type=labels)
    wanted = [name for name in POSITIONS if not name.endswith("_z") and name not in ("node", "year")]
    gatekeepers = [] if g.directed else ["gatekeeper", "gatekeeper_expected"]
    missing = found[[name for name in wanted if name not in gatekeepers]].isna().any(axis=1)
    unlabelled = (found["region"] == "") | (found["type"] == "")
    np.testing.assert_array_equal(found["why"] != "", missing | unlabelled | ~found["answered"])


def test_renaming_moves_rows_along() -> None:
    g = random_digraph(4, 12, 0.3, 0.2)
    labels = np.array([*"aaaabbbbcccc"], dtype=object)
    order = np.random.default_rng(2).permutation(12)
    turned = g.restricted(order)
    one = table_of(g, region=labels.tolist())
    two = table_of(turned, region=labels[order].tolist()).loc[g.nodes]
    pd.testing.assert_frame_equal(one, two, atol=1e-9)
