"""Permutations of nodes and the correlation of two relations.

Expected numbers: tests/reference/network/reference.json (R sna, reference.R beside it) and exact.json (all
permutations counted by brute force). The networks are read from the folder named by KSN_SHARED, else skipped.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.dyads import blocks_of, steady
from ksn_research.analyse.network.permutations import shuffle, unranked
from ksn_research.analyse.network.qap import Qap, qap_correlation
from ksn_research.analyse.network.structure import Network

FOLDER = Path(__file__).parent / "reference" / "network"
REFERENCE, EXACT = (json.loads((FOLDER / f"{name}.json").read_text()) for name in ("reference", "exact"))
SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "networks"
COVERED = ("qap.*", "exact.qap_friendship_advice_n5", "exact.qap_knoke_info_money")
SIZES = {"ht": 21, "flo": 16, "tc": 25, "sampson": 18, "coleman": 73}


def read(file: str, header: int | None = 0) -> pd.DataFrame:
    if not (SHARED / file).exists():
        pytest.skip(f"{file} is not in the repository (licence) and KSN_SHARED does not hold it")
    return pd.read_csv(SHARED / file, header=header)


def matrix(file: str, n: int, value: str = "", directed: bool = True, **only: str) -> np.ndarray:
    edges = read(file)
    for column, wanted in only.items():
        edges = edges[edges[column] == wanted]
    found = np.zeros((n, n))
    found[edges["from"] - 1, edges["to"] - 1] = edges[value] if value else 1.0
    found = found if directed else np.maximum(found, found.T)
    np.fill_diagonal(found, 0)
    return found


def plain(file: str) -> np.ndarray:
    return read(file, header=None).to_numpy(dtype=float)


RELATIONS = {
    "ht_advice": lambda: matrix("ht_advice_edges.csv", 21),
    "ht_friends": lambda: matrix("ht_friends_edges.csv", 21),
    "ht_reports": lambda: matrix("ht_reports_edges.csv", 21),
    "flo_marriage": lambda: matrix("flo_marriage_edges.csv", 16, directed=False),
    "flo_business": lambda: matrix("flo_business_edges.csv", 16, directed=False),
    "knoke_info": lambda: plain("knoke_info_matrix.csv"),
    "knoke_money": lambda: plain("knoke_money_matrix.csv"),
    "tc_diss": lambda: matrix("tc_TCdiss_edges.csv", 25, directed=False),
    "tc_contact": lambda: (matrix("tc_TCcnt_edges.csv", 25, "contact", directed=False) > 0).astype(float),
    "tc_frequency": lambda: matrix("tc_TCcnt_edges.csv", 25, "contact", directed=False),
    "tc_distance": lambda: matrix("tc_TCdist_edges.csv", 25, "distance"),
    "sampson_lk1": lambda: matrix("sampson_edges.csv", 18, relation="SAMPLK1"),
    "sampson_lk3": lambda: matrix("sampson_edges.csv", 18, relation="SAMPLK3"),
    "coleman_w1": lambda: matrix("coleman_edges.csv", 73, wave="Fall"),
    "coleman_w2": lambda: matrix("coleman_edges.csv", 73, wave="Spring"),
    "friendship_n5": lambda: plain("mrqappy_friendship_matrix.csv"),
    "advice_n5": lambda: plain("mrqappy_advice_matrix.csv"),
}


def relation(name: str) -> np.ndarray:
    return RELATIONS[name]()


def pair(entry: str) -> tuple[np.ndarray, np.ndarray]:
    """The two relations of an entry such as ht_advice_friends."""
    group, one, two = entry.split("_")
    return relation(f"{group}_{one}"), relation(f"{group}_{two}")


def within_error(p: float, draws: int, other: float, others: int) -> None:
    """Two Monte-Carlo shares agree within 4 standard errors of both together.

    Where one run counted (almost) nothing its own error is estimated from the two together.
    """
    both = (p * draws + other * others + 1) / (draws + others + 2)
    assert abs(p - other) <= 4 * math.sqrt(both * (1 - both) * (1 / draws + 1 / others)) + 1 / draws


@pytest.mark.parametrize("entry", list(REFERENCE["qap"]))
def test_correlation_equals_gcor_of_sna(entry: str) -> None:
    told = REFERENCE["qap"][entry]
    directed = not entry.startswith(("flo", "tc"))
    found = qap_correlation(*pair(entry), directed=directed, draws=4000, exact=False)
    assert found.r == pytest.approx(told["gcor"], rel=1e-9)
    assert found.test is not None and found.draws == 4000
    within_error(found.test.p_greater, 4000, told["pgreq"], told["reps"])
    within_error(found.test.p_less, 4000, told["pleeq"], told["reps"])
    error = told["dist_sd"] * math.sqrt(1 / 4000 + 1 / told["reps"])
    assert found.test.mean == pytest.approx(told["dist_mean"], abs=4 * error)
    # the standard error of a standard deviation, with room for tails heavier than the normal's
    assert found.test.sd == pytest.approx(told["dist_sd"], abs=4 * error)


def equal_exactly(found: Qap, told: dict[str, float]) -> None:
    assert found.exact and found.draws == told["n_permutations"]
    test = found.test
    assert test is not None and test.p_se is None
    assert [found.r, test.p_greater, test.p_less, test.p] == pytest.approx(
        [told["r"], told["p_ge"], told["p_le"], told["p_abs"]], abs=1e-12
    )
    assert (test.mean, test.sd) == pytest.approx((told["dist_mean"], told["dist_sd"]), abs=1e-12)


def test_all_permutations_of_five_nodes() -> None:
    found = qap_correlation(relation("friendship_n5"), relation("advice_n5"))
    equal_exactly(found, EXACT["qap_friendship_advice_n5"])


@pytest.mark.soak
def test_all_permutations_of_ten_nodes() -> None:
    equal_exactly(qap_correlation(*pair("knoke_info_money"), exact=True), EXACT["qap_knoke_info_money"])


def test_draws_agree_with_all_permutations_of_ten_nodes() -> None:
    told, found = EXACT["qap_knoke_info_money"], qap_correlation(*pair("knoke_info_money"), draws=20_000)
    assert not found.exact and found.test is not None
    assert found.r == pytest.approx(told["r"], abs=1e-12)
    for p, other in ((found.test.p, told["p_abs"]), (found.test.p_greater, told["p_ge"])):
        within_error(p, 20_000, other, told["n_permutations"])


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8])
def test_ranks_give_every_permutation_once_in_dictionary_order(n: int) -> None:
    found = unranked(np.arange(math.factorial(n)), n)
    assert np.array_equal(found, np.array(list(itertools.permutations(range(n)))))


def test_permutations_within_blocks_are_all_there_and_keep_the_blocks() -> None:
    blocks = np.array([0, 1, 0, 1, 0])
    places = shuffle(blocks)
    orders = places.orders(0, places.count)
    assert places.exact and places.count == 12 and len(np.unique(orders, axis=0)) == 12
    assert (blocks[orders] == blocks).all()
    drawn = shuffle(blocks, draws=64, exact=False).orders(0, 64)
    assert (blocks[drawn] == blocks).all() and len(np.unique(drawn, axis=0)) == 12


def test_too_many_permutations_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="more than 4,000,000 permutations"):
        shuffle(np.zeros(11), exact=True)


def random_pair(n: int, seed: int, holes: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y, x = rng.random((n, n)), rng.random((n, n))
    for M in (y, x):
        M[rng.random((n, n)) < holes] = np.nan
    return y, x


def brute(y: np.ndarray, x: np.ndarray, orders: np.ndarray) -> list[float]:
    """np.corrcoef of the pairs observed in both, one permutation at a time."""
    found = []
    for order in orders:
        moved = x[order][:, order]
        both = ~np.isnan(y) & ~np.isnan(moved) & ~np.eye(len(y), dtype=bool)
        found.append(np.corrcoef(y[both], moved[both])[0, 1])
    return found


@pytest.mark.parametrize("holes", [0.0, 0.2])
def test_each_permutation_is_the_correlation_of_the_pairs_seen(holes: float) -> None:
    y, x = random_pair(5, 4, holes)
    found = qap_correlation(y, x)
    told = np.array(brute(y, x, unranked(np.arange(120), 5)))
    assert found.test is not None
    assert found.r == pytest.approx(told[0], abs=1e-12)
    assert found.test.p == pytest.approx((np.abs(told) >= abs(told[0]) - 1e-12).mean(), abs=1e-12)
    assert (found.test.mean, found.test.sd) == pytest.approx((told.mean(), told.std()), abs=1e-12)


def test_nodes_that_did_not_answer_change_places_among_themselves() -> None:
    y, x = random_pair(7, 5)
    y[[1, 4]], x[[1, 4]] = np.nan, np.nan
    found = qap_correlation(y, x)
    assert found.draws == math.factorial(5) * 2 and found.pairs == 5 * 6
    blocks = blocks_of(7, None, ~np.isnan(y))
    told = np.array(brute(y, x, shuffle(blocks).orders(0, 240)))
    assert found.test is not None
    assert found.test.p == pytest.approx((np.abs(told) >= abs(told[0]) - 1e-12).mean(), abs=1e-12)


def test_undirected_pairs_count_once_and_p_is_that_of_both_halves() -> None:
    y, x = (M + M.T for M in random_pair(6, 6))
    half, whole = qap_correlation(y, x, directed=False), qap_correlation(y, x)
    assert (half.pairs, whole.pairs) == (15, 30)
    assert half.r == pytest.approx(whole.r, abs=1e-12)
    assert half.test is not None and whole.test is not None and half.test.p == whole.test.p


@pytest.mark.parametrize("batch", [1, 7, 64, 10_000])
def test_batches_change_no_p(batch: int) -> None:
    y, x = random_pair(15, 7, 0.1)
    one = qap_correlation(y, x, draws=500).test
    two = qap_correlation(y, x, draws=500, batch=batch).test
    assert one is not None and two is not None
    assert (one.p, one.p_greater, one.p_less) == (two.p, two.p_greater, two.p_less)


def test_another_seed_is_another_draw() -> None:
    y, x = random_pair(15, 7)
    ps = {qap_correlation(y, x, draws=300, seed=seed).test for seed in (1, 2, 3)}
    assert len(ps) == 3


@settings(deadline=None, max_examples=25)
@given(st.integers(4, 6), st.integers(0, 2**31))
def test_names_of_nodes_change_nothing(n: int, seed: int) -> None:
    y, x = random_pair(n, seed)
    turn = np.random.default_rng(seed).permutation(n)
    one, two = qap_correlation(y, x), qap_correlation(y[turn][:, turn], x[turn][:, turn])
    swapped = qap_correlation(y.T, x.T)
    assert one.test is not None and two.test is not None and swapped.test is not None
    assert one.r == pytest.approx(two.r, abs=1e-9) and one.r == pytest.approx(swapped.r, abs=1e-9)
    assert one.test.p == two.test.p == swapped.test.p


def test_p_of_draws_counts_what_was_seen_and_has_its_error() -> None:
    y, _ = random_pair(12, 8)
    test = qap_correlation(y, y, draws=199).test
    assert test is not None and test.p == 1 / 200
    assert test.p_se == pytest.approx(math.sqrt(1 / 200 * 199 / 200 / 199))


def test_null_mean_of_all_permutations_is_nought() -> None:
    test = qap_correlation(*random_pair(6, 9)).test
    assert test is not None and test.mean == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("y", "why"),
    [(np.ones((4, 4)), "no variation"), (np.full((4, 4), np.nan), "fewer than three pairs")],
)
def test_undefined_is_said_in_words(y: np.ndarray, why: str) -> None:
    found = qap_correlation(y, random_pair(4, 1)[0])
    assert found.r is None and found.test is None and why in found.why


def test_sizes_and_symmetry_are_checked() -> None:
    y, x = random_pair(5, 1)
    with pytest.raises(ValueError, match="5 and 4 nodes"):
        qap_correlation(y, x[:4, :4])
    with pytest.raises(ValueError, match="not symmetric"):
        qap_correlation(y, x, directed=False)


def test_network_and_its_matrix_give_the_same() -> None:
    y, x = (np.round(M) for M in random_pair(6, 3))
    A = y.copy()
    np.fill_diagonal(A, np.nan)
    network = Network(np.array(list("abcdef"), dtype=object), True, A, np.ones(6, dtype=bool))
    assert qap_correlation(network, x) == qap_correlation(y, x)


def test_steady_says_whether_moves_inside_blocks_leave_the_mask() -> None:
    mask = ~np.eye(4, dtype=bool)
    mask[3] = False
    assert steady(mask, blocks_of(4, None, mask))
    assert not steady(mask, np.zeros(4, dtype=int))
