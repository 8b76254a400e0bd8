"""Rows of boundary spanning: the E-I index and its bounds, its kin, and groups.

Expected numbers: tests/reference/network/{reference,exact}.json (R igraph and own R functions; exact
enumeration), counts by hand, and every way of filling in what was not observed.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.e_i_bounds import e_i_bounds
from ksn_research.analyse.network.mixing import e_i_index
from ksn_research.analyse.network.mixing_rows import mixing_rows
from ksn_research.analyse.network.setting import Setting
from ksn_research.analyse.network.structure import Network
from ksn_research.results import Row, collect
from tests.network_entries import NETWORKS, digraph, network
from tests.test_network import GOV
from tests.test_network_homophily import E_I, E_I_CASES, labels_of

FOLDER = Path(__file__).parent / "reference" / "network"
EXACT = json.loads((FOLDER / "exact.json").read_text(encoding="utf-8"))["ei_knoke_info_gov"]
WHOLE = {"e_i_index", "e_i_expected", "within_share", "e_i_low", "e_i_high", "e_i_directed", "e_i_rescaled",
         "odds_ratio_within", "assortativity"}  # fmt: skip


def setting_of(g: Network, labels: np.ndarray, units: str = "organisations", **more: np.ndarray) -> Setting:
    """One relation whose nodes have a region (and further columns), and nobody's attendance."""
    roster = pd.DataFrame({"region": labels, **more}, index=pd.Index(g.nodes))
    nobody = pd.DataFrame(columns=["event", "kind", "organisation", "member"])
    return Setting("net", 2025, "", "advice", units, g, roster, nobody, {"attributes": list(more)}, "")


def found(g: Network, labels: np.ndarray, **more: np.ndarray) -> dict[tuple[str, str, str], Row]:
    """Rows of mixing by statistic, level and category."""
    rows = list(mixing_rows(setting_of(g, labels, **more)))
    collect(rows)
    return {(row.statistic, row.level, row.category): row for row in rows if row.group == "region"}


def whole(g: Network, labels: np.ndarray) -> dict[str, Row]:
    return {name: row for (name, level, cell), row in found(g, labels).items() if not level and not cell}


@pytest.mark.parametrize("case", list(E_I_CASES))
def test_rows_hold_the_numbers_of_r(case: str) -> None:
    name, attribute = E_I_CASES[case]
    g, labels, told = network(name), labels_of(attribute).astype(str).astype(object), E_I[case]
    rows = found(g, labels)
    for statistic, number in (
        ("e_i_index", told["ei"]),
        ("e_i_low", told["ei"]),  # everybody answered: nothing is open
        ("e_i_high", told["ei"]),
        ("e_i_expected", told["expected"]),
        ("e_i_rescaled", told["rescaled_m1_1"]),
        *[("e_i_directed", told["directed"]["ei"])] * g.directed,
    ):
        assert rows[statistic, "", ""].estimate == pytest.approx(number, rel=1e-9), statistic
    for level, one in told["groups"].items():
        row = rows["e_i_index", level, ""]
        assert row.estimate == pytest.approx(one["ei_dyads"], rel=1e-9)
        assert (row.n, row.unit) == (one["internal_dyads"] + one["external_dyads"], "dyads")


@pytest.mark.parametrize(
    ("name", "attribute"), [(name, a) for name, one in NETWORKS.items() for a in one["attributes"] or ()]
)
def test_assortativity_is_that_of_igraph(name: str, attribute: str) -> None:
    g, told = network(name), NETWORKS[name]["attributes"][attribute]
    entry = "assortativity_nominal" if g.directed else "assortativity_nominal_undirected"
    row = whole(g, labels_of(attribute).astype(str).astype(object))["assortativity"]
    assert row.estimate == pytest.approx(told[entry], rel=1e-9)


def test_knoke_e_i_and_its_exact_p() -> None:
    rows = whole(network("knoke_info"), GOV)
    assert rows["e_i_index"].estimate == pytest.approx(EXACT["ei"], abs=1e-12)
    assert "all placements counted" in rows["e_i_index"].method


# a -> b, b -> a, a -> c, c -> d; d is silent; e has no region and names a
SAID = [[0, 1, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0]]
REGION = np.array(["North", "North", "South", "South", None], dtype=object)


def small() -> Network:
    observed = np.ones((5, 5), dtype=bool)
    observed[3] = False
    return digraph(np.array(SAID), observed)


def test_every_number_counts_what_it_says() -> None:
    """Connected pairs ab (inside), ac (across), cd (inside); ad and bd are open: one "no", one silence."""
    rows = found(small(), REGION)
    assert {name for name, level, cell in rows if not level and not cell} == WHOLE | {"ties"}
    low, high = rows["e_i_low", "", ""], rows["e_i_high", "", ""]
    assert (low.estimate, high.estimate) == ((1 - 2) / 3, pytest.approx((3 - 2) / 5))
    assert (low.n, low.population, low.unit) == (4, 6, "dyads")
    assert low.note == (
        "1 organisations without a region left out; "
        "0 pairs inside the groups and 2 across them not settled"
    )  # fmt: skip
    sent = rows["e_i_directed", "", ""]
    assert (sent.estimate, sent.n, sent.unit) == ((1 - 3) / 4, 4, "ties")  # ab and ba count twice
    odds = rows["odds_ratio_within", "", ""]
    # inside: 3 tied of 3 observed pairs (ab, ba, cd), so that no untied pair inside is left
    assert (odds.status, odds.n, odds.population) == ("undefined", 9, 12)
    assert "no untied pair inside the groups was observed" in odds.note
    # e = [[2, 1], [0, 1]] / 4: trace 3/4, chance 3/4 * 2/4 + 1/4 * 2/4 = 1/2
    assert rows["assortativity", "", ""].estimate == pytest.approx((3 / 4 - 1 / 2) / (1 - 1 / 2))
    assert {rows[name, "", ""].people for name in WHOLE} == {3}  # a, b, c: answered, and of known region


def test_groups_stand_on_their_own_ties_and_members() -> None:
    rows = found(small(), REGION)
    north, south = rows["e_i_index", "North", ""], rows["e_i_index", "South", ""]
    assert [(r.estimate, r.n, r.unit, r.people) for r in (north, south)] == [
        (0.0, 2, "dyads", 2),
        (0.0, 2, "dyads", 1),
    ]
    coleman = rows["coleman_index", "North", ""]
    # 2 of the 3 ties North sent stay inside, as 2 of its 6 observed pairs do
    assert coleman.estimate == pytest.approx((2 / 3 - 1 / 3) / (1 - 1 / 3))
    assert (coleman.n, coleman.unit) == (3, "ties")
    assert rows["coleman_index", "South", ""].estimate == 1.0  # its one tie, of 1 inside and 2 across


def test_an_odds_ratio_of_a_table_drawn_by_hand() -> None:
    """Inside 2 ties and 2 pairs without, across 1 and 7: (2 * 7) / (2 * 1) = 7."""
    A = np.zeros((4, 4))
    A[0, 1] = A[2, 3] = A[0, 2] = 1
    row = whole(digraph(A), np.array(["N", "N", "S", "S"], dtype=object))["odds_ratio_within"]
    assert (row.estimate, row.n, row.population) == (pytest.approx(7.0), 12, 12)
    assert row.ci_low < 7 < row.ci_high


@pytest.mark.parametrize(
    ("case", "matrix", "labels", "why"),
    [
        ("one group", np.ones((4, 4)), ["N"] * 4, "no variation: fewer than two groups"),
        ("no ties", np.zeros((4, 4)), ["N", "N", "S", "S"], "no ties between nodes whose group is known"),
        ("no two labelled", np.ones((4, 4)), ["N", None, None, None], "no variation: fewer than two groups"),
    ],
)
def test_undefined_says_why(case: str, matrix: np.ndarray, labels: list, why: str) -> None:
    rows = found(digraph(matrix), np.array(labels, dtype=object))
    for name in WHOLE - {"odds_ratio_within", "e_i_expected"}:
        row = rows[name, "", ""]
        assert (row.status, row.estimate) == ("undefined", None), (case, name)
        assert why in row.note, (case, name)
    assert rows["odds_ratio_within", "", ""].status == "undefined"
    for (name, level, _), row in rows.items():
        assert not level or row.estimate is None or name == "ties", case


def test_undirected_networks_have_no_arcs_and_one_report_settles_a_pair() -> None:
    A = np.array([[np.nan, 1, 0, 0], [1, np.nan, 0, 1], [0, 0, np.nan, np.nan], [0, 1, np.nan, np.nan]])
    g = Network(np.array(list("abcd"), dtype=object), False, A, np.array([True, True, False, False]))
    rows = found(g, np.array(["N", "N", "S", "S"], dtype=object))
    assert "not defined: the network is undirected" in rows["e_i_directed", "", ""].note
    # ab inside, bd across; cd is open and inside, for neither c nor d answered
    assert [rows[name, "", ""].estimate for name in ("e_i_index", "e_i_low", "e_i_high")] == [
        0.0,
        pytest.approx(-1 / 3),
        0.0,
    ]
    assert (rows["e_i_low", "", ""].n, rows["assortativity", "", ""].n) == (5, 2)
    assert rows["coleman_index", "N", ""].n == 2


def test_groups_of_one_id_are_told_apart() -> None:
    labels = np.array(["Non-profit", "Non profit", "Public", "Public"], dtype=object)
    levels = {level for _, level, _ in found(digraph(np.ones((4, 4))), labels)} - {""}
    assert levels == {"Non profit", "Non-profit (2)", "Public"}  # in order of name


# --- bounds


def truth_of(full: np.ndarray, labels: np.ndarray) -> float | None:
    return e_i_index((full | full.T) & ~np.eye(len(full), dtype=bool), labels)


def fillings(g: Network, labels: np.ndarray) -> list[float]:
    """The index for every state that the unobserved pairs may have."""
    hidden = np.argwhere(np.isnan(g.A) & ~np.eye(g.size, dtype=bool))
    values = []
    for states in itertools.product([False, True], repeat=len(hidden)):
        full = g.ties.copy()
        full[tuple(hidden.T)] = states
        values.append(truth_of(full, labels))
    return [value for value in values if value is not None]


@pytest.mark.parametrize("seed", range(12))
def test_bounds_are_the_extremes_over_all_fillings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 5
    seen = rng.random((n, n)) < 0.6
    g = digraph(rng.random((n, n)) < rng.choice([0.0, 0.1, 0.4]), seen | (rng.random((n, n)) < 0.1))
    labels = np.array(list("NNSSS"), dtype=object)
    every, bounds = fillings(g, labels), e_i_bounds(g, labels)
    if not every:
        assert bounds.low.value is bounds.high.value is None
        return
    assert (bounds.low.value, bounds.high.value) == pytest.approx((min(every), max(every)), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12), st.floats(0, 1), st.floats(0.0, 0.6))
def test_bounds_contain_the_truth_when_answers_are_masked(
    seed: int, n: int, answered: float, chance: float
) -> None:
    rng = np.random.default_rng(seed)
    full = rng.random((n, n)) < chance
    labels = np.array([*"NS", *rng.choice(list("NSW"), n - 2)], dtype=object)
    observed = np.repeat(rng.random(n) < answered, n).reshape(n, n) & (rng.random((n, n)) < 0.9)
    bounds, truth = e_i_bounds(digraph(full, observed), labels), truth_of(full, labels)
    if truth is not None:
        assert bounds.low.value - 1e-12 <= truth <= bounds.high.value + 1e-12
    everything = e_i_bounds(digraph(full), labels)
    assert everything.low.value == everything.high.value == truth
    order = rng.permutation(n)
    moved = digraph(full[order][:, order], observed[order][:, order])
    assert e_i_bounds(moved, labels[order]) == bounds


# --- planted truth


def planted(seed: int, within: float, across: float, n: int = 80) -> tuple[Network, np.ndarray]:
    """Four regions, and one node in eight that did not answer."""
    rng = np.random.default_rng(seed)
    labels = np.array([f"R{i % 4}" for i in range(n)], dtype=object)
    chance = np.where(np.equal.outer(labels, labels), within, across)
    observed = np.repeat(rng.random(n) < 7 / 8, n).reshape(n, n)
    return digraph(rng.random((n, n)) < chance, observed), labels


@pytest.mark.parametrize(("within", "across"), [(0.15, 0.05), (0.06, 0.06), (0.03, 0.09)])
def test_planted_odds_are_recovered(within: float, across: float) -> None:
    odds = (within / (1 - within)) / (across / (1 - across))
    rows = whole(*planted(3, within, across))
    assert rows["odds_ratio_within"].ci_low < odds < rows["odds_ratio_within"].ci_high
    assert np.sign(round(rows["assortativity"].estimate, 1)) == np.sign(round(math.log(odds), 1))
    assert rows["e_i_low"].estimate < rows["e_i_index"].estimate < rows["e_i_high"].estimate


def test_intervals_cover_the_planted_odds_about_as_often_as_they_say() -> None:
    truth = (0.15 / 0.85) / (0.05 / 0.95)
    rows = [whole(*planted(seed, 0.15, 0.05, n=40))["odds_ratio_within"] for seed in range(20)]
    assert sum(row.ci_low < truth < row.ci_high for row in rows) >= 16
