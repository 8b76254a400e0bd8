"""Formation and persistence of ties as two logistic regressions, and errors clustered by both nodes.

Expected numbers of the arithmetic network: R 4.2.2, `glm(after ~ same + distance + reciprocated, binomial)`
on the pairs without and with a tie before (epsilon 1e-14), standard errors from the inverse information at
the estimates, clustered ones by a double loop in R over all two rows that share a node.
Of the Florentine families: tests/reference/network.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.dyad_model import (
    INTERCEPT,
    SEPARATED,
    DyadModel,
    clustered_covariance,
    dyad_model,
)
from ksn_research.analyse.network.separable import (
    formation_outcome,
    persistence_outcome,
    reciprocated,
    separable,
    shared_partners,
)
from ksn_research.analyse.network.structure import Network

COVERED: tuple[str, ...] = ()
FLORENTINE = "ergm_dyad_independent_flomarriage_edges_nodecov_wealth"
FOLDER = Path(__file__).parent / "reference" / "network"
REFERENCE = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))
SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "networks"


def network(ties: np.ndarray, silent: tuple[int, ...] = (), directed: bool = True) -> Network:
    n = len(ties)
    senders = ~np.isin(np.arange(n), silent)
    known = np.repeat(senders[:, None], n, axis=1)
    ties = ties.astype(bool) & known
    if not directed:
        ties, known = ties | ties.T, known | known.T
    A = np.where(known, ties.astype(float), np.nan)
    np.fill_diagonal(A, np.nan)
    return Network(np.array([f"{i:03d}" for i in range(n)], dtype=object), directed, A, senders)


def arithmetic() -> tuple[Network, Network, dict[str, np.ndarray]]:
    """Two waves of 24 nodes by remainders; nodes 3 and 10 answered in neither."""
    i, j = np.indices((24, 24))
    before = (i * 7 + j * 11 + (i * j) % 5) % 13 < 3
    after = ((i * 5 + j * 3 + (i * j) % 7) % 11 < 3) | (before & ((i + 2 * j) % 3 > 0))
    one, two = (network(ties & (i != j), silent=(3, 10)) for ties in (before, after))
    same = (i % 4 == j % 4).astype(float)
    distance = np.abs((i * i) % 17 - (j * j) % 17).astype(float)
    return one, two, {"same": same, "distance": distance, "reciprocated": reciprocated(one)}


R = {
    "formation": {
        "pairs": (349, 99),
        "estimate": (-1.152970826439, 0.432768731195, 0.012747007724, 0.183341450362),
        "classical": (0.225056068845, 0.287177179487, 0.024761916437, 0.268050257794),
        "clustered": (0.249166160833, 0.243211779199, 0.022651361488, 0.181734063590),
        "fit": (413.027822410380, 421.027822410380),
    },
    "persistence": {
        "pairs": (113, 85),
        "estimate": (1.177111158850, 0.724024982996, -0.012384525556, -0.708659717144),
        "classical": (0.418204233191, 0.551525479334, 0.048833787035, 0.517471926159),
        "clustered": (0.479331421729, 0.435118109915, 0.047811534841, 0.688956357294),
        "fit": (122.775108159348, 130.775108159348),
    },
}


@pytest.mark.parametrize("half", list(R))
def test_coefficients_and_both_errors_equal_r(half: str) -> None:
    told, found = R[half], getattr(separable(*arithmetic()), half)
    assert (found.pairs, found.events) == told["pairs"]
    assert (found.deviance, found.aic) == pytest.approx(told["fit"], rel=1e-11)
    for name in ("estimate", "classical", "clustered"):
        assert [getattr(c, name) for c in found.coefficients] == pytest.approx(told[name], rel=1e-8)
    assert [c.name for c in found.coefficients] == [INTERCEPT, "same", "distance", "reciprocated"]


def test_every_pair_is_in_one_model_or_said_to_be_left_out() -> None:
    one, two, predictors = arithmetic()
    found = separable(one, two, predictors)
    seen = int((one.observed & two.observed).sum())
    halves = (found.formation, found.persistence)
    assert sum(m.pairs + m.left_out for m in halves) == seen
    assert sum(m.left_out for m in halves) == 22 * 2  # whether 3 or 10 had a tie back is not known
    for m, outcome in zip(halves, (formation_outcome(one, two), persistence_outcome(one, two)), strict=True):
        assert np.array_equal(m.outcome, outcome, equal_nan=True)
        assert m.nodes == 22


def test_the_dyad_independent_random_graph_of_the_florentine_families() -> None:
    """R glm, equal to ergm(flomarriage ~ edges + nodecov("wealth")): reference.json, netlogit."""
    if not (SHARED / "flo_marriage_edges.csv").exists():
        pytest.skip("the families' wealth is not in the repository (licence) and KSN_SHARED does not hold it")
    told = REFERENCE["netlogit"][FLORENTINE]
    edges, nodes = (pd.read_csv(SHARED / f"flo_marriage_{what}.csv") for what in ("edges", "nodes"))
    A = np.zeros((16, 16))
    A[edges["from"] - 1, edges["to"] - 1] = 1
    wealth = nodes["wealth"].to_numpy(dtype=float)
    found = dyad_model(network(A, directed=False).A, {"wealth": np.add.outer(wealth, wealth)}, directed=False)
    assert [c.estimate for c in found.coefficients] == pytest.approx(told["coef"], rel=1e-9)
    assert [c.classical for c in found.coefficients] == pytest.approx(
        told["se"], rel=1e-5
    )  # R: a step before
    assert (found.deviance, found.aic) == pytest.approx((told["deviance"], told["aic"]), rel=1e-10)


@pytest.mark.parametrize(
    ("file", "n", "waves"), [("sampson", 18, (1, 2)), ("coleman", 73, ("Fall", "Spring"))]
)
def test_formation_and_persistence_in_known_networks_equal_statsmodels(file: str, n: int, waves) -> None:
    import statsmodels.api as sm

    if not (SHARED / f"{file}_edges.csv").exists():
        pytest.skip(f"{file} is not in the repository (licence) and KSN_SHARED does not hold it")
    edges = pd.read_csv(SHARED / f"{file}_edges.csv").rename(columns={"relation": "wave"})
    edges["wave"] = edges["wave"].replace({"SAMPLK1": 1, "SAMPLK2": 2})
    pair = []
    for w in waves:
        A = np.zeros((n, n))
        chosen = edges[edges["wave"] == w]
        A[chosen["from"] - 1, chosen["to"] - 1] = 1
        pair.append(network(A))
    one, two = pair
    predictors = {"reciprocated": reciprocated(one), "shared": shared_partners(one)}
    found = separable(one, two, predictors)
    for m, risk in ((found.formation, one.A == 0), (found.persistence, one.A == 1)):
        X = sm.add_constant(np.column_stack([x[risk] for x in predictors.values()]))
        told = sm.GLM(two.A[risk], X, family=sm.families.Binomial()).fit(tol=1e-13)
        assert [c.estimate for c in m.coefficients] == pytest.approx(told.params, rel=1e-7)
        # its own errors are of the weights of the step before
        errors = np.sqrt(np.diag(np.linalg.inv(-told.model.hessian(told.params))))
        assert [c.classical for c in m.coefficients] == pytest.approx(errors, rel=1e-7)
    assert found.formation["reciprocated"].estimate > 0  # ties answer ties, in both
    assert found.formation.pairs + found.persistence.pairs == n * (n - 1)


@pytest.mark.parametrize("directed", [True, False])
def test_clustered_covariance_equals_the_sum_over_every_two_pairs_that_share_a_node(directed: bool) -> None:
    rng = np.random.default_rng(1)
    i, j = np.nonzero(~np.eye(7, dtype=bool) if directed else np.tri(7, k=-1))
    X, e, B = rng.normal(size=(len(i), 3)), rng.normal(size=len(i)), np.diag([1.0, 2.0, 3.0])
    meat = np.zeros((3, 3))
    for a in range(len(i)):
        for b in range(len(i)):
            if {i[a], j[a]} & {i[b], j[b]}:
                meat += np.outer(X[a], X[b]) * e[a] * e[b]
    assert clustered_covariance(X, e, B, i, j) == pytest.approx(B @ meat @ B)


def test_pairs_without_a_common_node_have_the_ordinary_sandwich() -> None:
    rng = np.random.default_rng(2)
    X, e, ends = rng.normal(size=(9, 2)), rng.normal(size=9), np.arange(18).reshape(2, 9)
    told = (X * e[:, None]).T @ (X * e[:, None])
    assert clustered_covariance(X, e, np.eye(2), *ends) == pytest.approx(told)


def test_planted_effects_are_recovered_apart_for_formation_and_persistence() -> None:
    """Meeting helps ties to form (1.1) and not to last; the same region helps them to last (0.9) only."""
    rng = np.random.default_rng(6)
    n = 150
    region, came = rng.integers(0, 5, n), rng.random((n, 4)) < 0.25
    same, met = np.equal.outer(region, region) * 1.0, ((came.astype(int) @ came.T) > 0) * 1.0
    before = rng.random((n, n)) < 0.08
    form, last = -3.0 + 1.1 * met, 0.3 + 0.9 * same
    after = rng.random((n, n)) < 1 / (1 + np.exp(-np.where(before, last, form)))
    found = separable(network(before), network(after), {"same": same, "met": met})
    truth = {"formation": {"same": 0.0, "met": 1.1}, "persistence": {"same": 0.9, "met": 0.0}}
    for half, effects in truth.items():
        for name, value in effects.items():
            c = getattr(found, half)[name]
            assert c.estimate == pytest.approx(value, abs=0.25)
            assert c.low < value < c.high
    assert found.formation["met"].p < 1e-6
    assert found.formation["met"].odds_ratio == pytest.approx(3, rel=0.25)


def rejections(n: int, networks: int) -> tuple[float, float]:
    """Clustered and classical, for the sender's and the receiver's attribute, which change nothing."""
    rng, clustered, classical = np.random.default_rng(n), [], []
    for _ in range(networks):
        lean = -3 + rng.normal(0, 0.7, (n, 1)) + rng.normal(0, 0.7, n)
        y = (rng.random((n, n)) < 1 / (1 + np.exp(-lean))).astype(float)
        y[rng.random(n) < 0.2] = np.nan
        np.fill_diagonal(y, np.nan)
        x = np.repeat(rng.normal(size=(n, 1)), n, axis=1)
        for c in dyad_model(y, {"sender": x, "receiver": x.T}).coefficients[1:]:
            clustered.append(c.p < 0.05)
            classical.append(abs(c.estimate / c.classical) > 1.96)
    return float(np.mean(clustered)), float(np.mean(classical))


def test_clustered_errors_mend_most_of_what_classical_ones_get_wrong() -> None:
    clustered, classical = rejections(110, 400 if os.environ.get("KSN_SOAK") else 60)
    assert classical > 0.2  # at the 5 % level
    assert 0.02 < clustered < 0.11


# --- what has no number, and why


def events(n: int, ones: int) -> np.ndarray:
    y = np.zeros((n, n))
    y.flat[np.flatnonzero(~np.eye(n, dtype=bool))[:: (n * n - n) // ones][:ones]] = 1
    np.fill_diagonal(y, np.nan)
    return y


ROW, COLUMN = np.indices((20, 20)).astype(float)


@pytest.mark.parametrize(
    ("ones", "predictors", "why"),
    [
        (9, {"a": ROW, "b": COLUMN}, "9 of the rarer outcome for 2 predictors: fewer than 5 for each"),
        (371, {"a": ROW, "b": COLUMN}, "9 of the rarer outcome for 2 predictors: fewer than 5 for each"),
        (0, {}, "0 of the rarer outcome for 1 predictor: fewer than 5 for each"),
        (60, {"a": ROW, "b": np.ones((20, 20))}, "no variation over these pairs: b"),
        (60, {"a": ROW, "b": COLUMN, "c": COLUMN - ROW}, "follows from the predictors before it: c"),
        (
            60,
            {"a": ROW * np.nan},
            "no pair is at risk and observed in both waves, with every predictor known",
        ),
    ],
)
def test_undefined_models_say_why(ones: int, predictors: dict[str, np.ndarray], why: str) -> None:
    y = events(20, ones) if ones else np.where(np.eye(20), np.nan, 0.0)
    found = dyad_model(y, predictors)
    assert (found.coefficients, found.deviance, found.why) == ((), None, why)


def test_few_events_are_noted_and_the_least_can_be_set() -> None:
    found = dyad_model(events(20, 12), {"a": ROW, "b": COLUMN})
    assert "12 of the rarer outcome for 2 predictors: fewer than 10 for each" in found.note
    assert "20 nodes: clustered errors are too small below 100" in found.note
    assert dyad_model(events(20, 12), {"a": ROW, "b": COLUMN}, least_events=10).why


def test_separation_is_said_and_the_others_keep_their_limits() -> None:
    """No tie forms across the line: its coefficient is endless, the others are those of the other side."""
    rng = np.random.default_rng(3)
    line = ((ROW < 4) & (COLUMN < 4)).astype(float)
    y = ((rng.random((20, 20)) < 0.4) & (line == 0)).astype(float)
    np.fill_diagonal(y, np.nan)
    found = dyad_model(y, {"line": line, "i": ROW})
    assert (found["line"].estimate, found["line"].clustered, found["line"].why) == (None, None, SEPARATED)
    told = dyad_model(np.where(line == 1, np.nan, y), {"i": ROW})
    assert numbers(found)[:4] == pytest.approx(numbers(told)[:4], rel=1e-6)
    assert numbers(found)[8:] == pytest.approx(numbers(told)[4:], rel=1e-6)


@pytest.mark.parametrize("border", [10.0, 10.0 - COLUMN / 30])
def test_complete_separation_leaves_no_number(border: float | np.ndarray) -> None:
    y = np.where(np.eye(20), np.nan, (border < ROW) * 1.0)
    found = dyad_model(y, {"i": ROW, "j": COLUMN})
    assert len(found.coefficients) == 3
    assert all(c.estimate is None and c.why == SEPARATED for c in found.coefficients)


@pytest.mark.parametrize(
    ("matrix", "directed", "said"),
    [
        (np.ones((19, 20)), True, "predictor 'x' is 19 x 20, not 20 x 20"),
        (ROW, False, "predictor 'x' is not symmetric"),
    ],
)
def test_predictors_of_the_wrong_form_are_refused_by_name(
    matrix: np.ndarray, directed: bool, said: str
) -> None:
    y = events(20, 60)
    with pytest.raises(ValueError, match=said):
        dyad_model(y if directed else np.maximum(y, y.T), {"x": matrix}, directed)


def test_undirected_pairs_are_counted_once() -> None:
    rng = np.random.default_rng(4)
    one, two = (network(rng.random((20, 20)) < p, directed=False) for p in (0.2, 0.3))
    found = separable(one, two, {"shared": shared_partners(one)})
    assert found.formation.pairs + found.persistence.pairs == 190


def test_shared_partners_by_hand() -> None:
    ties = np.zeros((4, 4))
    ties[0, 1] = ties[2, 1] = ties[3, 2] = ties[0, 3] = 1
    found = shared_partners(network(ties))
    assert np.nan_to_num(found, nan=-1).tolist() == [
        [-1, 0, 2, 0],
        [0, -1, 0, 2],
        [2, 0, -1, 0],
        [0, 2, 0, -1],
    ]
    assert np.isnan(reciprocated(network(ties, silent=(1,)))[:, 1]).all()


# --- properties


def numbers(model: DyadModel) -> list[float]:
    """Estimates and errors; -1 where the clustered variance is not positive."""
    each = ((c.estimate, c.classical, c.clustered, c.p) for c in model.coefficients)
    return [-1.0 if x is None else x for numbers in each for x in numbers]


def drawn(seed: int, n: int = 16) -> tuple[Network, Network, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    silent = tuple(np.flatnonzero(rng.random(n) < 0.15))
    one, two = (network(rng.random((n, n)) < 0.4, silent) for _ in range(2))
    return one, two, {"x": rng.normal(size=(n, n)), "reciprocated": reciprocated(one)}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_relabelling_changes_nothing(seed: int) -> None:
    one, two, predictors = drawn(seed)
    turn = np.random.default_rng(seed).permutation(16)
    at = np.ix_(turn, turn)
    turned = [replace(w, A=w.A[at], senders=w.senders[turn]) for w in (one, two)]
    first, second = (
        separable(one, two, predictors),
        separable(*turned, {k: x[at] for k, x in predictors.items()}),
    )
    for half in ("formation", "persistence"):
        assert numbers(getattr(first, half)) == pytest.approx(numbers(getattr(second, half)), rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_transposing_swaps_sender_and_receiver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = (rng.random((16, 16)) < 0.4) * 1.0
    np.fill_diagonal(y, np.nan)
    x = np.repeat(rng.normal(size=(16, 1)), 16, axis=1)
    first, second = (dyad_model(m, {"sender": x, "receiver": x.T}) for m in (y, y.T))
    assert first["sender"].estimate == pytest.approx(second["receiver"].estimate)
    assert first["receiver"].clustered == pytest.approx(second["sender"].clustered)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_an_isolate_changes_formation_only_and_a_silent_one_nothing(seed: int) -> None:
    one, two, _ = drawn(seed)
    rng = np.random.default_rng(seed + 1)
    wide = {"x": rng.normal(size=(17, 17)), "shared": rng.normal(size=(17, 17))}
    narrow = {k: x[:16, :16] for k, x in wide.items()}
    base = separable(one, two, narrow)
    for silent in (False, True):
        grown = []
        for w in (one, two):
            A = np.pad(w.A, (0, 1), constant_values=np.nan)
            A[:16, 16] = np.where(w.senders & (not silent), 0.0, np.nan)
            A[16, :16] = np.nan if silent else 0.0
            grown.append(
                Network(np.append(w.nodes, "999").astype(object), True, A, np.append(w.senders, not silent))
            )
        found = separable(*grown, wide)
        assert numbers(found.persistence) == pytest.approx(numbers(base.persistence), rel=1e-6)
        answered = int((one.senders & two.senders).sum())
        assert found.formation.pairs == base.formation.pairs + (0 if silent else answered + 16)
        if silent:
            assert numbers(found.formation) == pytest.approx(numbers(base.formation), rel=1e-6)
