"""Rows of how far two relations of one wave go together (QAP).

Expected numbers: tests/reference/network/reference.json, `qap` of reference.R (R sna, `gcor`); else all
permutations counted in the test.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.network.relations_rows import relation_rows
from ksn_research.analyse.network.setting import Setting, how_drawn
from ksn_research.analyse.network.structure import Network
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.results import collect

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "network" / "reference.json").read_text(encoding="utf-8")
)["qap"]
SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "networks"


def network(ties: np.ndarray, silent: Iterable[int] = (), directed: bool = True) -> Network:
    answered = ~np.isin(np.arange(len(ties)), list(silent))
    known = np.repeat(answered[:, None], len(ties), axis=1)
    T = np.asarray(ties, dtype=bool) & known
    if not directed:
        T, known = T | T.T, known | known.T
    A = np.where(known, T.astype(float), np.nan)
    np.fill_diagonal(A, np.nan)
    return Network(np.array([f"{i:03d}" for i in range(len(ties))], dtype=object), directed, A, answered)


def wave(**relations: Network) -> list[Setting]:
    made = []
    for relation, g in relations.items():
        roster = pd.DataFrame({"organisation": g.nodes}, index=pd.Index(g.nodes))
        made.append(Setting("net", 2025, "", relation, "organisations", g, roster, pd.DataFrame(), {}, ""))
    return made


def drawn(seed: int, n: int = 12, share: float = 0.3) -> np.ndarray:
    return np.random.default_rng(seed).random((n, n)) < share


def test_rows_equal_the_reference() -> None:
    file, n = SHARED / "sampson_edges.csv", 18
    if not file.exists():
        pytest.skip("sampson_edges.csv is not in the repository (licence) and KSN_SHARED does not hold it")
    edges = pd.read_csv(file)
    liking = []
    for name in ("SAMPLK1", "SAMPLK3"):
        ties, ours = np.zeros((n, n)), edges[edges["relation"] == name]
        ties[ours["from"] - 1, ours["to"] - 1] = 1
        liking.append(network(ties))
    (row,) = relation_rows(wave(early=liking[0], late=liking[1]))
    assert row.estimate == pytest.approx(REFERENCE["sampson_lk1_lk3"]["gcor"], rel=1e-9)
    assert row.p == pytest.approx(1 / 2001)  # none of R's 20,000 draws came near either
    assert (row.n, row.population, row.unit) == (306, 306, "dyads")


def test_every_pair_of_relations_once_under_the_earlier_with_holm() -> None:
    names = ("advice", "referral", "joint")
    rows = list(relation_rows(wave(**{name: network(drawn(k)) for k, name in enumerate(names)})))
    assert [(row.measure, row.category) for row in rows] == list(itertools.combinations(names, 2))
    assert [row.p_adjusted for row in rows] == adjust([row.p for row in rows])
    assert {(row.analysis, row.statistic) for row in rows} == {("relations", "qap_correlation")}
    assert all("over 3 pairs of relations (Holm 1979); newest wave only" in row.method for row in rows)
    collect(rows)
    assert list(relation_rows(wave(advice=network(drawn(1))))) == []
    assert list(relation_rows([])) == []


@pytest.mark.parametrize(("first", "second"), [(True, True), (False, False), (True, False), (False, True)])
def test_small_networks_have_the_p_of_all_permutations(first: bool, second: bool) -> None:
    y, x = network(drawn(3, 5, 0.5), directed=first), network(drawn(4, 5, 0.5), directed=second)
    off = ~np.eye(5, dtype=bool)
    values = [
        np.corrcoef(y.A[off], x.A[np.ix_(turn, turn)][off])[0, 1] for turn in itertools.permutations(range(5))
    ]
    (row,) = relation_rows(wave(one=y, other=x))
    assert row.estimate == pytest.approx(values[0])
    assert row.p == pytest.approx(np.mean(np.abs(values) >= abs(values[0]) - 1e-9))
    pairs = 20 if first or second else 10
    assert (row.n, row.population) == (pairs, pairs)
    assert ("ordered pairs" in row.method) == (first or second)
    assert "all permutations counted" in row.method


def test_only_pairs_observed_in_both_count() -> None:
    y, x = network(drawn(5), silent=[0, 1]), network(drawn(6), silent=[1, 2])
    seen = y.observed & x.observed
    (row,) = relation_rows(wave(one=y, other=x))
    assert row.estimate == pytest.approx(np.corrcoef(y.A[seen], x.A[seen])[0, 1])
    assert (row.n, row.population) == (9 * 11, 12 * 11)
    assert (row.people, row.organisations) == (9, 9)


def test_a_relation_without_ties_is_undefined_and_no_test_of_the_family() -> None:
    rows = list(
        relation_rows(wave(one=network(drawn(7)), none=network(np.zeros((12, 12))), other=network(drawn(8))))
    )
    lost = [row for row in rows if "none" in (row.measure, row.category)]
    assert len(lost) == 2
    for row in lost:
        assert (row.status, row.estimate, row.p, row.p_adjusted) == ("undefined", None, None, None)
        assert "no variation" in row.note
    (left,) = (row for row in rows if row not in lost)
    assert left.p_adjusted == left.p
    collect(rows)


def test_planted_overlap_is_told_and_chance_is_not() -> None:
    """The second relation repeats 60 % of the first; the third is drawn apart."""
    rng = np.random.default_rng(1)
    lean = rng.lognormal(0, 0.5, (3, 60, 1)) * 0.08
    first = rng.random((60, 60)) < lean[0]
    second = np.where(first, rng.random((60, 60)) < 0.6, rng.random((60, 60)) < 0.03)
    relations = {"first": first, "second": second, "third": rng.random((60, 60)) < lean[2]}
    rows = {
        (row.measure, row.category): row
        for row in relation_rows(wave(**{name: network(ties) for name, ties in relations.items()}))
    }
    assert rows["first", "second"].estimate == pytest.approx(0.6, abs=0.1)
    assert rows["first", "second"].p_adjusted < 0.01
    for other in (("first", "third"), ("second", "third")):
        assert abs(rows[other].estimate) < 0.05
        assert rows[other].p > 0.05


def test_relabelling_leaves_the_correlation_and_its_exact_p() -> None:
    y, x = network(drawn(9, 7)), network(drawn(10, 7))
    turn = np.random.default_rng(2).permutation(7)
    (one,) = relation_rows(wave(one=y, other=x))
    turned = [network(g.ties[np.ix_(turn, turn)]) for g in (y, x)]
    (two,) = relation_rows(wave(one=turned[0], other=turned[1]))
    assert (two.estimate, two.p) == (pytest.approx(one.estimate), pytest.approx(one.p))


@pytest.mark.parametrize(
    ("exact", "words"), [(True, "all permutations counted"), (False, "1,500 seeded draws")]
)
def test_how_permutations_went_in_words(exact: bool, words: str) -> None:
    assert how_drawn(exact, 1500, "permutations").startswith(words)
