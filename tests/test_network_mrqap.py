"""Linear and logistic MRQAP.

Expected numbers: tests/reference/network/reference.json (R sna netlm and netlogit, glm; reference.R beside
it), mrqap_highprec.json (a million permutations) and exact.json (all permutations). The networks are read
from the folder named by KSN_SHARED, else skipped.
"""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.logistic import logistic_fit, separating
from ksn_research.analyse.network.mrqap import METHODS, Mrqap, mrqap
from ksn_research.analyse.network.mrqap_logistic import logistic_mrqap
from ksn_research.analyse.network.permutations import shuffle, unranked
from ksn_research.analyse.network.predictors import predictors
from tests.test_network_qap import EXACT, FOLDER, REFERENCE, read, relation, within_error

HIGH = json.loads((FOLDER / "mrqap_highprec.json").read_text())
SOAK = bool(os.environ.get("KSN_SOAK"))
COVERED = ("netlm.*", "netlogit.*", "mrqap_highprec.*", "exact.mrqap_dsp_knoke_money_on_info_samegov")
FORMULAS = {
    "ht_advice": "relation(ht_friends) + relation(ht_reports) + same(DEPT) + absdiff(AGE) + absdiff(TENURE)"
    " + sender(LEVEL) + receiver(LEVEL)",
    "flo_marriage": "relation(flo_business) + absdiff(wealth)",
    "tc_diss": "relation(tc_frequency) + relation(tc_distance) + same(agency_lvl) + absdiff(tob_yrs)",
    "knoke_money": "relation(knoke_info) + same(gov)",
}
NODES = {
    "ht_advice": "ht_nodes.csv",
    "flo_marriage": "flo_marriage_nodes.csv",
    "tc_diss": "tc_TCdiss_nodes.csv",
    "knoke_money": "knoke_nodes.csv",
}
METHOD = {"qap": "double semi-partialing", "qapy": "y-permutation", "qapx": "x-permutation"}
LINEAR = [name for name in REFERENCE["netlm"] if not name.endswith("classical")]
LOGISTIC = [name for name in REFERENCE["netlogit"] if not name.startswith("ergm")]


def case(entry: str) -> tuple[str, np.ndarray, dict[str, np.ndarray], bool]:
    """Network, outcome, predictors and whether pairs have an order."""
    name = entry.rsplit("_", 1)[0] if entry.rsplit("_", 1)[1] in (*METHOD, "classical") else entry
    made = FORMULAS[name]
    others = [part.split(")")[0] for part in made.split("relation(")[1:]]
    found = predictors(made, read(NODES[name]), {other: relation(other) for other in others})
    return name, relation(name), found, name.startswith(("ht", "knoke"))


def close(found: list[float | None], told: list[float], rel: float) -> None:
    assert found == pytest.approx(told, rel=rel, abs=1e-11 * rel)


@pytest.mark.parametrize("entry", LINEAR)
def test_netlm(entry: str) -> None:
    told, draws = REFERENCE["netlm"][entry], 20_000 if SOAK else 2_000
    _, y, xs, directed = case(entry)
    method = METHOD[entry.rsplit("_", 1)[1]]
    found = mrqap(y, xs, method=method, directed=directed, draws=draws, exact=False)
    assert found.intercept is not None and found.intercept.test is None
    terms = [found.intercept, *found.terms]
    close([t.coefficient for t in terms], told["coef"], 1e-9)
    close([t.statistic for t in terms], told["t"], 1e-9)
    assert (found.r2, found.pairs) == (pytest.approx(told["r2"], rel=1e-9), told["n"])
    for j, term in enumerate(found.terms, start=1):  # the intercept's p means nothing
        test = term.test
        assert test is not None
        within_error(test.p, draws, told["pgreqabs"][j], told["reps"])
        # sna compares without tolerance, so that equal t (knoke has many) count only where rounding has it so
        for low, high, key in (
            (1 - test.p_less, test.p_greater, "pgreq"),
            (1 - test.p_greater, test.p_less, "pleeq"),
        ):
            p = told[key][j]
            within_error(min(max(p, low), high), draws, p, told["reps"])
        error = told["dist_sd"][j] * math.sqrt(1 / draws + 1 / told["reps"])
        assert test.mean == pytest.approx(told["dist_mean"][j], abs=4 * error)
        assert test.sd == pytest.approx(told["dist_sd"][j], abs=4 * error)


def test_netlm_classical() -> None:
    told = REFERENCE["netlm"]["ht_advice_classical"]
    _, y, xs, _ = case("ht_advice_classical")
    found = mrqap(y, xs, method="classical")
    close([t.coefficient for t in found.terms], told["coef"][1:], 1e-9)
    close([t.statistic for t in found.terms], told["t"][1:], 1e-9)
    close([t.test.p if t.test else None for t in found.terms], told["p"][1:], 1e-9)
    assert found.draws == 0 and "pairs were independent" in found.method


@pytest.mark.parametrize("entry", list(HIGH))
def test_a_million_permutations(entry: str) -> None:
    told, draws = HIGH[entry], 100_000 if SOAK else 8_000
    _, y, xs, directed = case(entry)
    found = mrqap(y, xs, directed=directed, draws=draws)
    close([t.coefficient for t in found.terms], told["coef"], 1e-9)
    close([t.statistic for t in found.terms], told["t"], 1e-9)
    for j, term in enumerate(found.terms):
        assert term.test is not None
        for p, key in ((term.test.p, "p_abs"), (term.test.p_greater, "p_ge"), (term.test.p_less, "p_le")):
            within_error(p, draws, told[key][j], told["reps"])


def knoke(**options: object) -> list[tuple[str, Mrqap]]:
    _, y, xs, _ = case("knoke_money")
    found = mrqap(y, xs, **options)  # type: ignore[arg-type]
    told = EXACT["mrqap_dsp_knoke_money_on_info_samegov"]
    for term, key in zip([found.intercept, *found.terms], ("(intercept)", "info", "same_gov"), strict=True):
        assert term is not None
        close([term.coefficient, term.statistic], [told[key]["coef"], told[key]["t"]], 1e-12)
    return [(key, term) for key, term in zip(("info", "same_gov"), found.terms, strict=True)]


@pytest.mark.soak
def test_all_permutations_of_ten_nodes() -> None:
    for key, term in knoke(exact=True):
        told = EXACT["mrqap_dsp_knoke_money_on_info_samegov"][key]
        assert [term.test.p, term.test.p_greater, term.test.p_less] == pytest.approx(
            [told["p_abs"], told["p_ge"], told["p_le"]], abs=1e-12
        )


def test_draws_agree_with_all_permutations_of_ten_nodes() -> None:
    for key, term in knoke(draws=20_000):
        told = EXACT["mrqap_dsp_knoke_money_on_info_samegov"][key]
        for p, other in ((term.test.p, told["p_abs"]), (term.test.p_greater, told["p_ge"])):
            within_error(p, 20_000, other, told["n_permutations"])


@pytest.mark.parametrize("entry", LOGISTIC)
@pytest.mark.parametrize("statistic", ["wald", "score"])
def test_netlogit(entry: str, statistic: str) -> None:
    """`ht_advice_qapy` permutes the outcome, which is not offered: its estimates are the same model's."""
    told, draws = REFERENCE["netlogit"][entry], 2_000 if SOAK or statistic == "score" else 500
    _, y, xs, directed = case(entry)
    found = logistic_mrqap(y, xs, statistic=statistic, directed=directed, draws=draws, exact=False)
    terms = [found.intercept, *found.terms]
    close([t.coefficient for t in terms if t], told["coef"], 1e-9)
    close([t.statistic for t in terms if t], told["z"], 1e-9)
    assert (found.deviance, found.aic) == pytest.approx((told["deviance"], told["aic"]), rel=1e-9)
    assert (found.null_deviance, found.pairs) == (pytest.approx(told["null_deviance"]), told["n"])
    if statistic == "wald" and not entry.endswith("qapy"):
        for j, term in enumerate(found.terms, start=1):
            assert term.test is not None
            within_error(term.test.p, draws, told["pgreqabs"][j], told["reps"])
            within_error(term.test.p_greater, draws, told["pgreq"][j], told["reps"])


@pytest.mark.parametrize("entry", ["ht_advice", "flo_marriage", "tc_diss"])
def test_score_and_wald_say_the_same_of_the_reference(entry: str) -> None:
    """p of two statistics of one hypothesis: near each other, not equal."""
    _, y, xs, directed = case(entry)
    score, wald = (
        logistic_mrqap(y, xs, statistic=s, directed=directed, draws=300).terms for s in ("score", "wald")
    )
    for a, b in zip(score, wald, strict=True):
        assert a.test is not None and b.test is not None
        assert a.test.p == pytest.approx(b.test.p, abs=0.06)


def test_dyad_independent_ergm_is_a_logistic_regression() -> None:
    # ergm(flomarriage ~ edges + nodecov("wealth")), the numbers of the statnet tutorial
    told = REFERENCE["netlogit"]["ergm_dyad_independent_flomarriage_edges_nodecov_wealth"]
    xs = predictors("sum(wealth)", read("flo_marriage_nodes.csv"))
    found = logistic_mrqap(relation("flo_marriage"), xs, directed=False, draws=99)
    terms = [t for t in (found.intercept, *found.terms) if t]
    close([t.coefficient for t in terms], told["coef"], 1e-9)
    close([t.se for t in terms], told["se"], 1e-9)
    assert (found.deviance, found.aic) == pytest.approx((told["deviance"], told["aic"]), rel=1e-9)


# --- against a regression per permutation


def made(n: int, seed: int, k: int = 3) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    xs = rng.random((k, n, n))
    y = (rng.random((n, n)) + 0.3 * xs[0] + 0.3 * rng.random(n)[:, None] > 0.9) * 1.0
    return y, {f"x{j}": x for j, x in enumerate(xs)}


def off(n: int) -> np.ndarray:
    return ~np.eye(n, dtype=bool)


def t_last(y: np.ndarray, X: np.ndarray) -> float:
    b, rss, *_ = np.linalg.lstsq(X, y, rcond=None)
    return b[-1] / math.sqrt(rss[0] / (len(y) - X.shape[1]) * np.linalg.inv(X.T @ X)[-1, -1])


def brute(
    y: np.ndarray, xs: dict[str, np.ndarray], j: int, orders: np.ndarray, used: np.ndarray, seen: np.ndarray
) -> np.ndarray:
    """Double semi-partialing as it is described: residuals, moved, then a regression each time."""
    stack = list(xs.values())
    own, others = stack[j], [x for i, x in enumerate(stack) if i != j]
    Z = np.stack([np.ones(seen.sum()), *(x[seen] for x in others)], axis=1)
    residual = np.zeros_like(own)
    residual[seen] = own[seen] - Z @ np.linalg.lstsq(Z, own[seen], rcond=None)[0]
    beside = np.stack([np.ones(used.sum()), *(x[used] for x in others)], axis=1)
    moved = (residual[order][:, order][used] for order in orders)
    return np.array([t_last(y[used], np.column_stack([beside, r])) for r in moved])


@pytest.mark.parametrize("missing", ["nothing", "senders of the outcome", "senders of all", "single pairs"])
def test_each_permutation_is_a_regression_with_moved_residuals(missing: str) -> None:
    y, xs = made(6, 2)
    seen = off(6)
    if missing == "senders of the outcome":
        y[[1, 4]] = np.nan
    elif missing == "senders of all":
        y[[1, 4]] = xs["x1"][[1, 4]] = np.nan
    elif missing == "single pairs":
        y[0, 3] = y[2, 5] = xs["x2"][4, 1] = np.nan
    seen &= ~np.isnan(xs["x1"]) & ~np.isnan(xs["x2"])
    used = seen & ~np.isnan(y)
    blocks = np.array([0, 1, 0, 0, 1, 0]) if missing == "senders of all" else np.zeros(6)
    places = shuffle(blocks)
    found = mrqap(y, xs)
    assert (found.exact, found.draws, found.pairs) == (True, places.count, used.sum())
    orders = places.orders(0, places.count)
    whole = {name: np.where(seen, x, 0.0) for name, x in xs.items()}
    for j, term in enumerate(found.terms):
        told = brute(y, whole, j, orders, used, seen)
        assert term.statistic == pytest.approx(told[0], abs=1e-10) and term.test is not None
        assert term.test.p == pytest.approx((np.abs(told) >= abs(told[0]) - 1e-9).mean(), abs=1e-12)
        assert (term.test.mean, term.test.sd) == pytest.approx((told.mean(), told.std()), abs=1e-9)


def test_logistic_score_is_the_textbook_formula() -> None:
    """U'V^-1 U of the whole model at the estimate without the predictor (Rao 1948), here in one matrix."""
    y, xs = made(9, 5)
    found = logistic_mrqap(y, xs, draws=9, exact=False)
    X = np.stack([np.ones(72), *(x[off(9)] for x in xs.values())], axis=1)
    for j, score in enumerate(found.scores, start=1):
        Z = np.delete(X, j, axis=1)
        m = logistic_fit(Z, y[off(9)]).chance
        U = X.T @ (y[off(9)] - m)
        chi2 = U @ np.linalg.solve((X * (m * (1 - m))[:, None]).T @ X, U)
        assert score is not None and score**2 == pytest.approx(chi2, rel=1e-8)


def test_refits_are_logistic_regressions() -> None:
    y, xs = made(5, 8, k=2)
    found = logistic_mrqap(y, xs, statistic="wald")
    used, told = off(5), []
    Z = np.stack([np.ones(20), xs["x1"][used]], axis=1)
    residual = np.zeros((5, 5))
    residual[used] = xs["x0"][used] - Z @ np.linalg.lstsq(Z, xs["x0"][used], rcond=None)[0]
    for order in unranked(np.arange(120), 5):
        told.append(logistic_fit(np.column_stack([Z, residual[order][:, order][used]]), y[used]).z[-1])
    test = found.terms[0].test
    assert test is not None and found.exact
    assert test.p == pytest.approx((np.abs(told) >= abs(told[0]) - 1e-9).mean(), abs=1e-12)
    assert (test.mean, test.sd) == pytest.approx((np.mean(told), np.std(told)), abs=1e-3)


# --- properties


@settings(deadline=None, max_examples=15)
@given(st.integers(5, 6), st.integers(0, 2**31))
def test_names_of_nodes_and_transposing_change_nothing(n: int, seed: int) -> None:
    y, xs = made(n, seed, k=2)
    if np.ptp(y[off(n)]) == 0:
        return
    turn = np.random.default_rng(seed).permutation(n)
    other = mrqap(y[turn][:, turn], {name: x[turn][:, turn] for name, x in xs.items()})
    across = mrqap(y.T, {name: x.T for name, x in xs.items()})
    for a, *rest in zip(mrqap(y, xs).terms, other.terms, across.terms, strict=True):
        for b in rest:
            assert a.test is not None and b.test is not None
            assert a.coefficient == pytest.approx(b.coefficient, abs=1e-8) and a.test.p == b.test.p


@pytest.mark.parametrize("method", [m for m in METHODS if m != "classical"])
@pytest.mark.parametrize("batch", [1, 7, 5000])
def test_batches_change_no_p(method: str, batch: int) -> None:
    y, xs = made(14, 3)
    one = mrqap(y, xs, method=method, draws=300)
    two = mrqap(y, xs, method=method, draws=300, batch=batch)
    assert [t.test.p for t in one.terms if t.test] == [t.test.p for t in two.terms if t.test]


def test_unit_of_a_predictor_changes_its_coefficient_only() -> None:
    y, xs = made(12, 4)
    one, two = mrqap(y, xs, draws=200), mrqap(y, {**xs, "x1": 1e6 + 1e3 * xs["x1"]}, draws=200)
    assert [t.test.p for t in one.terms if t.test] == [t.test.p for t in two.terms if t.test]
    assert two.terms[1].coefficient == pytest.approx((one.terms[1].coefficient or 0) / 1e3, rel=1e-6)


def test_undirected_network_counts_each_pair_once() -> None:
    y, xs = made(12, 6)
    y, xs = np.maximum(y, y.T), {name: x + x.T for name, x in xs.items()}
    found, twice = mrqap(y, xs, directed=False, draws=300), mrqap(y, xs, draws=300)
    assert (found.pairs, twice.pairs) == (66, 132)
    for a, b in zip(found.terms, twice.terms, strict=True):
        assert a.coefficient == pytest.approx(b.coefficient) and a.se is not None and b.se is not None
        assert a.se == pytest.approx(b.se * math.sqrt((132 - 4) / (66 - 4)))
        assert a.test is not None and b.test is not None and a.test.p == b.test.p


def test_waves_side_by_side_permute_inside_each() -> None:
    """Two networks on the diagonal of one matrix: as many permutations as the two have together."""
    (y1, x1), (y2, x2) = made(4, 1, k=1), made(3, 2, k=1)
    y2[0, 1], y2[1, 0] = 1, 0
    y, x = np.full((7, 7), np.nan), np.full((7, 7), np.nan)
    y[:4, :4], x[:4, :4], y[4:, 4:], x[4:, 4:] = y1, x1["x0"], y2, x2["x0"]
    found = mrqap(y, {"x": x}, groups=np.array(["a"] * 4 + ["b"] * 3))
    assert (found.exact, found.draws, found.pairs) == (True, 24 * 6, 12 + 6)


def test_planted_effects_come_back() -> None:
    rng = np.random.default_rng(11)
    n = 40
    x, z = rng.normal(size=(2, n, n))
    sender = rng.normal(size=n)[:, None]
    y = 1.0 + 0.5 * x - 0.2 * z + sender + rng.normal(size=(n, n))
    found = mrqap(y, {"x": x, "z": z}, draws=199)
    assert [t.coefficient for t in found.terms] == pytest.approx([0.5, -0.2], abs=0.1)
    assert all(t.test and t.test.p == 0.005 for t in found.terms)
    tied = (rng.random((n, n)) < 1 / (1 + np.exp(-(-1.0 + 0.8 * x)))) * 1.0
    logistic = logistic_mrqap(tied, {"x": x, "z": z}, draws=199)
    assert logistic.terms[0].coefficient == pytest.approx(0.8, abs=0.2)
    assert logistic.terms[0].test and logistic.terms[0].test.p == 0.005


# --- what cannot be done is said


def attributes(n: int = 10) -> dict[str, np.ndarray]:
    v = np.random.default_rng(1).normal(size=n)
    return {
        "sender(v)": np.repeat(v[:, None], n, axis=1),
        "receiver(v)": np.repeat(v[None, :], n, axis=0),
        "difference(v)": np.subtract.outer(v, v),
        "flat": np.full((n, n), 3.0),
    }


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["flat"], "flat: the same for every observed pair"),
        (
            ["sender(v)", "receiver(v)", "difference(v)"],
            r"difference\(v\): follows wholly from sender\(v\), receiver\(v\)",
        ),
        ([], "no predictors"),
    ],
)
@pytest.mark.parametrize("regression", [mrqap, logistic_mrqap])
def test_predictors_that_say_nothing_of_their_own_are_refused(regression, names, match) -> None:
    y, _ = made(10, 1)
    with pytest.raises(ValueError, match=match):
        regression(y, {name: attributes()[name] for name in names})


def test_wrong_uses_are_refused_in_words() -> None:
    y, xs = made(10, 1)
    with pytest.raises(ValueError, match=r"sender\(v\): not the same in both directions"):
        mrqap(np.maximum(y, y.T), attributes(), directed=False)
    with pytest.raises(ValueError, match="x0: has 9 nodes where the outcome has 10"):
        mrqap(y, {"x0": xs["x0"][:9, :9]})
    with pytest.raises(ValueError, match="no method 'dsp'"):
        mrqap(y, xs, method="dsp")
    with pytest.raises(ValueError, match="no statistic 'z'"):
        logistic_mrqap(y, xs, statistic="z")
    with pytest.raises(ValueError, match="values other than 0 and 1"):
        logistic_mrqap(3 * y, xs)
    y[2, 5] = np.nan
    with pytest.raises(ValueError, match="outcome cannot move"):
        mrqap(y, xs, method="y-permutation")


@pytest.mark.parametrize("regression", [mrqap, logistic_mrqap])
def test_undefined_is_said_in_words(regression) -> None:
    _, xs = made(10, 1)
    assert "every observed pair has the same outcome" in regression(np.zeros((10, 10)), xs).why
    assert "only 0 pairs were observed" in regression(np.full((10, 10), np.nan), xs).why


def test_separation_is_said_in_words_and_the_score_test_stands() -> None:
    y, xs = made(12, 9, k=2)
    xs["twin"] = y + 0.2 * xs["x0"]
    score, wald = (logistic_mrqap(y, xs, statistic=s, draws=99) for s in ("score", "wald"))
    for found in (score, wald):
        assert "twin" in found.separated
        assert found.terms[2].coefficient is None and found.terms[2].why.startswith("endless")
        assert found.terms[0].test is None  # beside a predictor that knows the outcome nothing can be tested
    assert score.terms[2].test is not None and score.terms[2].test.p == 0.01
    assert wald.terms[2].test is None


def test_separation_is_found_where_it_is() -> None:
    X = np.array([[1.0, 0], [1, 1], [1, 2], [1, 3]])
    assert separating(X, np.array([0, 0, 1, 1])).all()
    assert not separating(X, np.array([0, 1, 0, 1])).any()
    assert separating(X, np.array([0, 0, 0, 1]))[1]  # quasi: one tie, at the largest value
