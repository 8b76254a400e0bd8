"""Predictors of ties from what is known of nodes. Expected matrices by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksn_research.analyse.network.predictors import KINDS, Predictor, Product, formula, predictors
from ksn_research.analyse.network.structure import Network

COVERED: tuple[str, ...] = ()
NAN = np.nan
NODES = pd.DataFrame(
    {
        "region": ["North", "North", None],
        "staff": [2.0, 5.0, NAN],
        "lat": [0.0, 0.0, 90.0],
        "lon": [0.0, 90.0, 0.0],
        "came": [True, False, True],
    },
    index=pd.Index(["a", "b", "c"], dtype=object),
)
ADVICE = np.array([[NAN, 1, 0], [0, NAN, 0], [NAN, NAN, NAN]])
NETWORK = Network(NODES.index.to_numpy(), True, ADVICE, np.array([True, True, False]))
CAME = {"social": np.array([[1, 1], [1, 1], [0, 1]], dtype=bool)}
QUARTER = 6371.0088 * np.pi / 2


def made(text: str) -> np.ndarray:
    return predictors(text, NODES, {"advice": NETWORK}, CAME, {"advice": 4 * ADVICE})[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("same(region)", [[1, 1, NAN], [1, 1, NAN], [NAN, NAN, NAN]]),
        ("same(came)", [[1, 0, 1], [0, 1, 0], [1, 0, 1]]),
        ("both(region, North)", [[1, 1, NAN], [1, 1, NAN], [NAN, NAN, NAN]]),
        ("both(region, South)", [[0, 0, NAN], [0, 0, NAN], [NAN, NAN, NAN]]),
        ("absdiff(staff)", [[0, 3, NAN], [3, 0, NAN], [NAN, NAN, NAN]]),
        ("difference(staff)", [[0, -3, NAN], [3, 0, NAN], [NAN, NAN, NAN]]),
        ("sum(staff)", [[4, 7, NAN], [7, 10, NAN], [NAN, NAN, NAN]]),
        ("sender(came)", [[1, 1, 1], [0, 0, 0], [1, 1, 1]]),
        ("receiver(came)", [[1, 0, 1], [1, 0, 1], [1, 0, 1]]),
        ("distance(lat, lon)", QUARTER * (1 - np.eye(3))),
        ("relation(advice)", ADVICE),
        ("returned(advice)", ADVICE.T),
        ("strength(advice)", 4 * ADVICE),
        ("co_attendance(social)", [[2, 2, 1], [2, 2, 1], [1, 1, 1]]),
        ("co_attended(social)", np.ones((3, 3))),
        ("same(came):sender(came)", [[1, 0, 1], [0, 0, 0], [1, 0, 1]]),
        ("same(region):sender(came)", [[1, 1, NAN], [0, 0, NAN], [NAN, NAN, NAN]]),
    ],
)
def test_each_kind(text: str, expected: object) -> None:
    np.testing.assert_allclose(made(text), expected, atol=1e-9)


def test_every_kind_is_tested_above() -> None:
    marks = test_each_kind.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {term.kind for text, _ in marks for term in formula(text) if isinstance(term, Predictor)} == set(
        KINDS
    )


def test_formula_and_list_are_the_same() -> None:
    listed = (
        Predictor("same", ("region",)),
        Product((Predictor("sum", ("staff",)), Predictor("same", ("came",)))),
    )
    assert formula(" same( region )+sum(staff) : same(came)") == listed
    one, two = (predictors(terms, NODES) for terms in (listed, "same(region) + sum(staff):same(came)"))
    assert list(one) == list(two) == ["same(region)", "sum(staff):same(came)"]
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("region", "'region': not a predictor; write"),
        ("same(region) +", "'': not a predictor"),
        ("like(region)", r"like\(region\): no such predictor; there are same, both"),
        ("same(county)", "county: no such attribute; there are region, staff"),
        ("absdiff(region)", r"region: holds words, not numbers; use same\(region\)"),
        ("distance(lat)", "distance is of 2 names"),
        ("same()", "same is of 1 name$"),
        ("same(region, staff)", "same is of 1 name$"),
        ("relation(referral)", "referral: no such relation; there are advice"),
        ("strength(referral)", "referral: no such strengths; there are advice"),
        ("co_attended(retreat)", "retreat: no such kind of event; there are social"),
        ("same(region) + same(region)", r"same\(region\): said twice"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        made(text)


def test_a_network_of_other_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match="advice: its nodes are not those"):
        predictors("relation(advice)", NODES.iloc[::-1], {"advice": NETWORK})


UNDIRECTED = ["same(g)", "absdiff(v)", "sum(v)", "distance(v, w)", "co_attendance(e)"]
DIRECTED = [("sender(v)", "receiver(v)"), ("relation(r)", "returned(r)")]


@given(st.integers(2, 7), st.integers(0, 2**31))
def test_order_of_nodes_symmetry_and_transposing(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = pd.DataFrame({"g": rng.integers(0, 2, n), "v": rng.normal(size=n), "w": rng.normal(size=n)})
    r, came, turn = rng.random((n, n)), rng.random((n, 3)) < 0.5, rng.permutation(n)
    texts = " + ".join([*UNDIRECTED, "difference(v)", *(text for pair in DIRECTED for text in pair)])
    found = predictors(texts, nodes, {"r": r}, {"e": came})
    other = predictors(texts, nodes.iloc[turn], {"r": r[turn][:, turn]}, {"e": came[turn]})
    for name, matrix in found.items():
        np.testing.assert_allclose(other[name], matrix[turn][:, turn], atol=1e-9)
    for name in UNDIRECTED:
        np.testing.assert_allclose(found[name], found[name].T, atol=1e-9)
    for out, back in DIRECTED:
        np.testing.assert_array_equal(found[out], found[back].T)
    np.testing.assert_array_equal(found["difference(v)"], -found["difference(v)"].T)
