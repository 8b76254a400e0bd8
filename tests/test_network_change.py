"""Change between two waves, gatherings, and the rows that the report reads.

Expected numbers of change: tests/reference/network/reference.json, `chg` of reference.R (R sna).
Networks that are not in the repository are read from the folder named by KSN_SHARED, else skipped.
"""

from __future__ import annotations

import itertools
import json
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.attendance_effect import attended, co_attendance
from ksn_research.analyse.network.change import (
    Change,
    aligned,
    fourfold_correlation,
    network_change,
    turnover,
)
from ksn_research.analyse.network.section import analyse_network
from ksn_research.analyse.network.structure import Network
from ksn_research.plan import Source, Study, Wave
from ksn_research.prepared import TABLES, Prepared
from ksn_research.results import Row, collect

COVERED: tuple[str, ...] = ("change.*",)
REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "network" / "reference.json").read_text(encoding="utf-8")
)
ENTRIES = [(case, entry) for case, told in REFERENCE["change"].items() for entry in told]
SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "networks"


def names(n: int) -> np.ndarray:
    return np.asarray([f"{i:03d}" for i in range(n)], dtype=object)


def network_of(matrix: np.ndarray, directed: bool = True, answered: np.ndarray | None = None) -> Network:
    M = np.asarray(matrix, dtype=bool)
    senders = np.ones(len(M), dtype=bool) if answered is None else answered
    known = np.repeat(senders[:, None], len(M), axis=1)
    M = M & known
    if not directed:
        M, known = M | M.T, known | known.T
    A = np.where(known, M.astype(float), np.nan)
    np.fill_diagonal(A, np.nan)
    return Network(names(len(M)), directed, A, senders)


def from_file(file: str, n: int, column: str, value: str) -> Network:
    if not (SHARED / file).exists():
        pytest.skip(f"{file} is not in the repository (licence) and KSN_SHARED does not hold it")
    edges = pd.read_csv(SHARED / file)
    edges = edges[edges[column] == value]
    A = np.zeros((n, n))
    A[edges["from"] - 1, edges["to"] - 1] = 1
    return network_of(A)


WAVES = {
    "sampson_1_2": ("sampson_edges.csv", 18, "relation", "SAMPLK1", "SAMPLK2"),
    "sampson_2_3": ("sampson_edges.csv", 18, "relation", "SAMPLK2", "SAMPLK3"),
    "coleman_1_2": ("coleman_edges.csv", 73, "wave", "Fall", "Spring"),
}


# By the names of reference.R: n11 etc. count ordered pairs; gcor is Pearson's r of the two waves off the
# diagonal; hdist counts the pairs that differ, normalised by n (n - 1).
BY_NAME = {
    "n11": lambda c: c.kept,
    "n10": lambda c: c.dissolved,
    "n01": lambda c: c.created,
    "n00": lambda c: c.absent,
    "jaccard": lambda c: c.jaccard.value,
    "hamming": lambda c: c.hamming,
    "hamming_normalised": lambda c: c.hamming_normalised.value,
    "gcor": lambda c: c.correlation.value,
}


def change_of(case: str) -> Change:
    file, n, column, first, second = WAVES[case]
    return network_change(from_file(file, n, column, first), from_file(file, n, column, second))


@pytest.mark.parametrize(
    ("case", "entry"), ENTRIES, ids=[f"change.{case}.{entry}" for case, entry in ENTRIES]
)
def test_change_equals_the_reference(case: str, entry: str) -> None:
    assert BY_NAME[entry](change_of(case)) == pytest.approx(REFERENCE["change"][case][entry], rel=1e-9)


@pytest.mark.parametrize("case", list(REFERENCE["change"]))
def test_shares_of_change_follow_from_the_fourfold_table(case: str) -> None:
    told, c, n = REFERENCE["change"][case], change_of(case), WAVES[case][1]
    assert c.density_difference.value == pytest.approx((told["n01"] - told["n10"]) / (n * (n - 1)))
    assert c.persistence.value == pytest.approx(told["n11"] / (told["n11"] + told["n10"]))
    assert c.creation.value == pytest.approx(told["n01"] / (told["n01"] + told["n00"]))
    assert (c.joined, c.left, c.senders) == (0, 0, n)


def test_only_pairs_seen_twice_count_and_the_roster_is_counted_apart() -> None:
    before = network_of([[0, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 1], [0, 0, 0, 0]])
    after = network_of([[0, 1, 0], [0, 0, 1], [1, 1, 0]], answered=np.array([True, True, False]))
    c = network_change(before, after)  # node 003 left, 002 did not answer again
    assert (c.pairs, c.senders, c.left, c.joined) == (4, 2, 1, 0)
    # 000: 001 kept, 002 dissolved; 001: 000 dissolved, 002 created
    assert (c.kept, c.dissolved, c.created, c.absent) == (1, 2, 1, 0)
    assert c.density_difference.value == pytest.approx(-1 / 4)
    # by hand: sender sums -1 and 0 of 2 pairs each, ratio -1/4: residuals -.5, .5; sqrt(2 * .5) / 4
    assert c.density_difference.se == pytest.approx(1 / 4)


def test_undirected_pairs_are_counted_once() -> None:
    before = network_of([[0, 1, 1], [0, 0, 0], [0, 0, 0]], directed=False)
    after = network_of([[0, 1, 0], [0, 0, 1], [0, 0, 0]], directed=False)
    c = network_change(before, after)
    assert (c.pairs, c.kept, c.dissolved, c.created, c.absent) == (3, 1, 1, 1, 0)


def test_directed_and_undirected_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        network_change(network_of(np.eye(3)), network_of(np.eye(3), directed=False))


def random_wave(rng: np.random.Generator, n: int, directed: bool) -> Network:
    return network_of(rng.random((n, n)) < 0.3, directed, answered=rng.random(n) < 0.75)


def kept_nodes(network: Network, keep: np.ndarray) -> Network:
    return network.restricted(np.flatnonzero(keep))


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_every_tie_of_a_wave_is_compared_or_counted_apart(seed: int, directed: bool) -> None:
    rng = np.random.default_rng(seed)
    before = kept_nodes(random_wave(rng, 15, directed), rng.random(15) < 0.8)
    after = kept_nodes(random_wave(rng, 15, directed), rng.random(15) < 0.8)
    c, (left, joined) = network_change(before, after), turnover(before, after)
    assert before.tie_count == c.kept + c.dissolved + left.total
    assert after.tie_count == c.kept + c.created + joined.total
    assert (len(left.nodes), len(joined.nodes)) == (c.left, c.joined)
    assert c.pairs == c.kept + c.dissolved + c.created + c.absent


def test_ties_of_joiners_and_leavers_by_hand() -> None:
    before = network_of([[0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]])
    after = network_of([[0, 1, 0], [0, 0, 0], [1, 1, 0]], answered=np.array([True, False, True]))
    left, joined = turnover(before, after)  # node 003 left; 001 did not answer again
    assert (left.nodes, left.sent, left.received, left.among, left.seen_once) == (("003",), 1, 2, 0, 0)
    assert (joined.nodes, joined.total) == ((), 0)
    left, joined = turnover(after, before)  # now 003 joins, and 001's row is seen in the later wave only
    assert (joined.nodes, joined.sent, joined.received) == (("003",), 1, 2)
    assert (left.seen_once, joined.seen_once) == (0, 0)
    other = network_of([[0, 0, 0], [1, 0, 1], [0, 0, 0]])
    assert turnover(other, after)[0].seen_once == 2  # what 001 said the first time only


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_correlation_is_pearsons_over_the_pairs_seen_twice(seed: int, directed: bool) -> None:
    rng = np.random.default_rng(seed)
    before, after = (random_wave(rng, 12, directed) for _ in range(2))
    seen = before.observed & after.observed
    told = np.corrcoef(before.A[seen], after.A[seen])[0, 1]
    assert network_change(before, after).correlation.value == pytest.approx(told)


@pytest.mark.parametrize("table", [(0, 0, 3, 4), (2, 3, 0, 0), (0, 3, 0, 4), (2, 0, 3, 0)])
def test_correlation_without_variation_is_undefined(table: tuple[int, int, int, int]) -> None:
    found = fourfold_correlation(*table)
    assert found.value is None
    assert "no ties among these pairs" in found.why


def test_shares_without_a_denominator_say_why() -> None:
    none, all_ = network_of(np.zeros((3, 3))), network_of(np.ones((3, 3)))
    hidden = network_of(np.ones((3, 3)), answered=np.zeros(3, dtype=bool))
    assert network_change(none, all_).persistence.why == "no ties in the first wave"
    assert network_change(all_, none).creation.why == "every pair seen in both waves had a tie in the first"
    assert network_change(all_, hidden).creation.why == "no pair was seen in both waves"
    assert network_change(all_, hidden).hamming_normalised.why == "no pair was seen in both waves"


def told_of(c: Change) -> tuple[object, ...]:
    shares = (c.jaccard, c.persistence, c.creation, c.hamming_normalised, c.correlation, c.density_difference)
    exact = (c.senders, c.pairs, c.kept, c.dissolved, c.created, c.absent, c.joined, c.left)
    return (*exact, *(round(x, 10) for s in shares for x in (s.value, s.se) if x is not None))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), directed=st.booleans())
def test_relabelling_and_order_change_nothing(seed: int, directed: bool) -> None:
    rng = np.random.default_rng(seed)
    before, after = (random_wave(rng, 9, directed) for _ in range(2))
    turn = rng.permutation(9)
    turned = [
        replace(w, nodes=names(9), A=w.A[turn][:, turn], senders=w.senders[turn]) for w in (before, after)
    ]
    assert told_of(network_change(before, after)) == told_of(network_change(*turned))
    shuffled = after.restricted(rng.permutation(9))  # the same names in another order
    assert told_of(network_change(before, after)) == told_of(network_change(before, shuffled))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_an_isolate_adds_absent_pairs_and_reversal_swaps_made_and_dissolved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = (random_wave(rng, 9, True) for _ in range(2))
    c, back = network_change(before, after), network_change(after, before)
    assert (back.kept, back.created, back.dissolved) == (c.kept, c.dissolved, c.created)
    grown = [network_of(np.pad(w.ties, (0, 1)), answered=np.append(w.senders, True)) for w in (before, after)]
    more = network_change(*grown)
    assert (more.kept, more.dissolved, more.created) == (c.kept, c.dissolved, c.created)
    assert more.pairs == c.pairs + 9 + c.senders
    assert more.jaccard.value == c.jaccard.value


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_masking_a_sender_takes_its_row_from_every_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = (network_of(rng.random((9, 9)) < 0.4) for _ in range(2))
    silent = rng.random(9) < 0.3
    masked = network_of(after.ties, answered=~silent)
    c, rows = network_change(before, masked), ~silent[:, None] & ~np.eye(9, dtype=bool)
    assert c.kept == (before.ties & after.ties & rows).sum()
    assert c.absent == (~before.ties & ~after.ties & rows).sum()
    assert c.senders == (~silent).sum()
    assert aligned(before, masked)[1].observed_pairs == c.pairs


def test_interval_of_the_change_covers_with_uneven_senders() -> None:
    """Senders differ much in how many they name; the planted difference is .05."""
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(300):
        lean = rng.beta(2, 8, size=(40, 1)) * 0.9
        before = network_of(rng.random((40, 40)) < lean)
        after = network_of(rng.random((40, 40)) < lean + rng.uniform(0, 0.1, size=(40, 1)))
        found = network_change(before, after).density_difference
        covered += found.low <= 0.05 <= found.high
    assert 0.90 < covered / 300 < 0.98


# --- gatherings


def met_and_tied(n: int, ratio: float, seed: int) -> tuple[Network, Network, np.ndarray]:
    """Two waves in which a pair that met forms a tie with probability ratio * .03, else .03."""
    rng = np.random.default_rng(seed)
    there = rng.random((n, 6)) < 0.12
    met = (there.astype(int) @ there.T) > 0
    before = rng.random((n, n)) < 0.06
    after = np.where(before, rng.random((n, n)) < 0.7, rng.random((n, n)) < 0.03 * np.where(met, ratio, 1))
    answered = rng.random((2, n)) < 0.85
    return network_of(before, answered=answered[0]), network_of(after, answered=answered[1]), there


def test_planted_threefold_risk_is_recovered() -> None:
    found = co_attendance(*met_and_tied(120, 3.0, seed=2))
    assert found.ratio.value == pytest.approx(3.0, rel=0.25)
    assert found.ratio.low < 3.0 < found.ratio.high
    assert found.ratio.low > 1
    assert found.p < 0.001


def test_no_effect_gives_p_values_without_a_lean() -> None:
    p = [co_attendance(*met_and_tied(30, 1.0, seed), draws=199).p for seed in range(150)]
    assert 0.04 < np.mean(np.array(p) <= 0.1) < 0.17


@pytest.mark.parametrize("directed", [True, False])
def test_permutation_equals_brute_force_over_all_orders(directed: bool) -> None:
    rng = np.random.default_rng(6)
    n = 6
    before = network_of(rng.random((n, n)) < 0.2, directed, answered=np.arange(n) != 5)
    after = network_of(rng.random((n, n)) < 0.4, directed, answered=np.arange(n) > 0)
    there = rng.random((n, 2)) < 0.5
    met = (there.astype(int) @ there.T > 0) & ~np.eye(n, dtype=bool)
    eligible = ~np.isnan(before.A) & ~np.isnan(after.A) & (before.A == 0)
    formed = eligible & (after.A == 1)

    def difference(turn: tuple[int, ...]) -> float:
        m = met[list(turn)][:, list(turn)]
        with warnings.catch_warnings(action="ignore"):  # nobody met: NaN, counted as extreme
            return formed[m & eligible].mean() - formed[~m & eligible].mean()

    seen = difference(tuple(range(n)))
    every = np.array([difference(turn) for turn in itertools.permutations(range(n))])
    found = co_attendance(before, after, there)
    assert found.exact
    assert found.p == pytest.approx(np.mean(~(np.abs(every) < abs(seen) - 1e-12)))
    assert found.among.value - found.others.value == pytest.approx(seen)
    assert found.pairs_among + found.pairs_others == eligible.sum() / (1 if directed else 2)


def test_same_p_whatever_the_batch() -> None:
    case = met_and_tied(30, 1.5, seed=1)
    p = {co_attendance(*case, draws=600, batch=batch).p for batch in (1, 17, 500, 1000)}
    assert len(p) == 1


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (np.zeros((4, 1), dtype=bool), "no pair without a tie met at an event"),
        (np.ones((4, 1), dtype=bool), "every pair without a tie met at an event"),
    ],
)
def test_undefined_effect_says_why(there: np.ndarray, why: str) -> None:
    found = co_attendance(network_of(np.zeros((4, 4))), network_of(np.ones((4, 4))), there)
    assert (found.ratio.value, found.p, found.ratio.why) == (None, None, why)


def test_organisations_come_through_their_people_and_guests_do_not_count() -> None:
    attendance = pd.DataFrame(
        {"event": ["e1", "e1", "e2", "e2"], "kind": ["social", "social", "session", "session"]}
    ).assign(organisation=pd.Series(["000", "000", "001", None], dtype="str"))
    assert attended(attendance, "organisation", names(3)).tolist() == [
        [True, False],
        [False, True],
        [False, False],
    ]
    assert attended(attendance, "organisation", names(3), ["social"]).any(axis=1).tolist() == [
        True,
        False,
        False,
    ]


# --- rows


def table(name: str, rows: list[Mapping[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TABLES[name])).astype(TABLES[name])


def study_of(
    matrices: Mapping[int | None, np.ndarray],
    *,
    kind: str = "nominations",
    directed: bool = True,
    units: str = "organisations",
    options: Mapping[str, object] | None = None,
    roster: bool = True,
    attendance: bool = True,
    answered: float = 0.8,
) -> Prepared:
    """A study with one network source; organisations sit in two regions, people in thirds of them."""
    rng = np.random.default_rng(9)
    ties, senders, organisations, people, came = [], [], [], [], []
    for year, A in matrices.items():
        ids = names(len(A))
        region = np.where(np.arange(len(A)) % 2, "West", "East")
        key = {"year": year, "wave": "", "source": "net", "relation": "advice"}
        seen = rng.random(len(A)) < answered
        senders += [{**key, "node": node, "observed": bool(o)} for node, o in zip(ids, seen, strict=True)]
        ties += [
            {**key, "directed": directed, "ego": ids[i], "alter": ids[j]}
            for i, j in zip(*np.nonzero(A), strict=True)
            if seen[i] and i != j
        ]
        for i, node in enumerate(ids):
            home = {"region": region[i], "type": "T"}
            organisations.append({"year": year, "organisation": node, **home})
            people.append({"year": year, "member": node, "organisation": f"O{i // 3}", **home})
            met = {"year": year, "member": node, "organisation": node, **home}
            came += [
                {**met, "event": f"{kind}{e}", "kind": kind}
                for kind in ("social", "session")
                for e in range(2)
                if rng.random() < 0.2
            ]
    waves = tuple(Wave(year, "", Path("network.csv")) for year in matrices)
    given = {"units": units, "directed": directed, "relations": {"advice": "Advice *"}, **(options or {})}
    source = Source("net", kind, "Network survey", waves, given)
    years = tuple(year for year in matrices if year is not None)
    study = Study("s", Path(), "S", "P", years, {"net": source})
    return Prepared(
        study=study,
        year=max(years, default=2025),
        waves={"net": waves[-2:]},
        organisations=table("organisations", organisations if roster else []),
        people=table("people", people if roster else []),
        ties=table("ties", ties),
        senders=table("senders", senders),
        attendance=table("attendance", came if attendance else []),
    )


def random_waves(*years: int | None, n: int = 24) -> dict[int | None, np.ndarray]:
    rng = np.random.default_rng(1)
    return {year: rng.random((n, n)) < 0.15 for year in years}


def by_name(rows: list[Row], year: int | None = 2025) -> dict[tuple[str, str, str, str], Row]:
    return {(r.analysis, r.statistic, r.group, r.category): r for r in rows if r.year == year}


def test_rows_keep_the_contract_and_the_catalogue_of_names() -> None:
    rows = analyse_network(study_of(random_waves(2023, 2024, 2025)))
    evidence = collect(rows)
    assert set(evidence.results["year"]) == {2024, 2025}
    assert set(evidence.totals["parent"]) <= set(evidence.results["id"])
    found = by_name(rows)
    for name in ("nodes", "respondents", "ties", "density", "density_low", "density_high", "reciprocity"):
        assert found["network", name, "", ""].status == "published"
    for name in ("mean_in_degree", "in_degree_centralisation", "isolates"):
        assert found["network", name, "", ""].status == "published"
    for name in ("e_i_index", "e_i_expected", "within_share"):
        assert found["mixing", name, "region", ""].status == "published"
    assert found["mixing", "ties", "region", "East > West"].status == "published"
    for name in ("kept", "dissolved", "created", "jaccard", "density_difference"):
        assert found["network_change", name, "", ""].status == "published"
    assert found["spanning", "e_i_difference", "region", ""].p is not None
    for category in ("", "social", "session"):
        row = found["co_attendance", "risk_ratio", "", category]
        assert row.p is not None
        assert (row.p_adjusted is None) == (category == "")  # Holm over the kinds of event
    assert found["mixing", "e_i_index", "type", ""].note == "no variation: fewer than two groups"


def test_same_rows_every_time() -> None:
    assert analyse_network(study_of(random_waves(2024, 2025))) == analyse_network(
        study_of(random_waves(2024, 2025))
    )


def test_mixing_cells_add_up_to_their_total() -> None:
    rows = [
        r
        for r in analyse_network(study_of(random_waves(2025)))
        if r.analysis == "mixing" and r.group == "region"
    ]
    total = next(r for r in rows if r.statistic == "ties" and not r.category)
    cells = [r for r in rows if r.parents]
    assert sum(r.estimate for r in cells) == total.estimate
    assert {r.parents for r in cells} == {(total.id,)}


def test_support_is_who_answered_and_for_a_cell_the_smaller_group() -> None:
    prepared = study_of(random_waves(2025), units="people")
    found = by_name(analyse_network(prepared))
    answered = prepared.senders[prepared.senders["observed"]]["node"].astype(int)
    assert found["network", "density", "", ""].people == len(answered)
    assert found["network", "density", "", ""].organisations == (answered // 3).nunique()
    east, west = answered[answered % 2 == 0], answered[answered % 2 == 1]
    cell = found["mixing", "ties", "region", "East > West"]
    assert cell.people == min(len(east), len(west))
    assert cell.organisations == min((east // 3).nunique(), (west // 3).nunique())


def test_undirected_and_single_wave_sources_say_what_is_not_defined() -> None:
    rows = analyse_network(
        study_of(random_waves(None), kind="edges", directed=False, roster=False, attendance=False)
    )
    found = by_name(rows, None)
    for name in ("reciprocity", "mean_in_degree", "in_degree_centralisation"):
        row = found["network", name, "", ""]
        assert (row.status, row.estimate) == ("undefined", None)
        assert "not defined: the network is undirected" in row.note
    for name in ("kept", "dissolved", "created", "jaccard", "density_difference"):
        row = found["network_change", name, "", ""]
        assert (row.status, row.estimate) == ("undefined", None)
        assert "not defined: only one wave" in row.note
    assert found["network", "density", "", ""].estimate > 0
    assert "no roster" in found["network", "density", "", ""].note
    assert not [r for r in rows if r.analysis in ("mixing", "spanning", "co_attendance")]
    collect(rows)


@pytest.mark.parametrize(
    ("case", "given"),
    [
        ("a log is no census of a relation", {"options": {"log": True}}),
        ("other units", {"units": "circles"}),
        ("other kinds of record", {"kind": "records"}),
    ],
)
def test_sources_that_are_no_network(case: str, given: dict) -> None:
    prepared = study_of(random_waves(2025), **given)
    assert analyse_network(prepared) == [], case


@pytest.mark.parametrize("answered", [0.0, 1.0])
@pytest.mark.parametrize("matrix", [np.zeros((5, 5)), np.ones((5, 5)), np.zeros((1, 1)), np.eye(2)])
def test_degenerate_networks_give_rows_and_no_nan(matrix: np.ndarray, answered: float) -> None:
    rows = analyse_network(study_of({2024: matrix, 2025: matrix}, answered=answered))
    collect(rows)
    numbers = [x for r in rows for x in (r.estimate, r.se, r.ci_low, r.ci_high, r.p) if x is not None]
    assert np.isfinite(numbers).all()


def test_a_relation_asked_in_one_wave_only_is_not_compared() -> None:
    prepared = study_of(random_waves(2024, 2025))
    for frame in (prepared.ties, prepared.senders):
        frame.loc[frame["year"] == 2024, "relation"] = "referral"
    rows = analyse_network(prepared)
    assert {r.measure for r in rows if r.year == 2024} == {"referral"}
    assert by_name(rows)["network_change", "jaccard", "", ""].status == "undefined"


def test_level_names_that_share_a_slug_do_not_share_an_id() -> None:
    prepared = study_of(random_waves(2025), options={"attributes": ["sector"]})
    level = ["Public", "School District", "Public School", "District"]
    prepared.organisations["sector"] = [level[i % 4] for i in range(24)]
    rows = analyse_network(prepared)
    collect(rows)
    assert len([r for r in rows if r.group == "sector" and r.statistic == "ties" and r.category]) == 16


@pytest.mark.soak
def test_500_nodes_with_10_000_permutations_take_seconds() -> None:
    prepared = study_of({y: np.random.default_rng(y).random((500, 500)) < 0.01 for y in (2024, 2025)})
    start = time.perf_counter()
    analyse_network(prepared)
    assert time.perf_counter() - start < 20
