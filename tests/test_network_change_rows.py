"""Rows of change, of where nodes stood, and of gatherings: values, denominators, what is not defined, what is
hidden.

Expected numbers of change: tests/reference/network/reference.json, `chg` of reference.R (R sna); others are
worked out by hand or counted pair by pair in the test.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.analyse.network.attendance_effect import (
    attendance_strata,
    attended,
    co_attendance,
    meetings,
)
from ksn_research.analyse.network.change import turnover
from ksn_research.analyse.network.change_rows import CHANGES, ONE_WAVE, TURNOVER, TWO_KINDS, change_rows
from ksn_research.analyse.network.meeting_rows import NO_LATER, RATIOS, RISKS, STRATUM, co_attendance_rows
from ksn_research.analyse.network.membership_rows import NO_TIE, STATES, membership_rows, standing
from ksn_research.analyse.network.setting import Setting
from ksn_research.analyse.network.setting import settings as relations_of
from ksn_research.analyse.network.structure import Network, component_sizes, isolates
from ksn_research.analyse.survey.comparison.families import adjust
from ksn_research.disclose.cells import suppress
from ksn_research.pipeline import prepare
from ksn_research.plan import load_study
from ksn_research.results import Row, collect
from tests.conftest import REPOSITORY

SOAK = bool(os.environ.get("KSN_SOAK"))
REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "network" / "reference.json").read_text(encoding="utf-8")
)["change"]
SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "networks"
NOBODY = pd.DataFrame({name: pd.Series(dtype="str") for name in ("event", "kind", "organisation", "member")})


def network(
    ties: np.ndarray | list, *, names: Iterable[str] = (), silent: Iterable[int] = (), directed: bool = True
) -> Network:
    T = np.asarray(ties, dtype=bool)
    nodes = np.array(list(names) or [f"{i:03d}" for i in range(len(T))], dtype=object)
    answered = ~np.isin(np.arange(len(T)), list(silent))
    known = np.repeat(answered[:, None], len(T), axis=1)
    T = T & known
    if not directed:
        T, known = T | T.T, known | known.T
    A = np.where(known, T.astype(float), np.nan)
    np.fill_diagonal(A, np.nan)
    return Network(nodes, directed, A, answered)


def setting(
    g: Network, year: int | None = 2025, came: pd.DataFrame = NOBODY, units: str = "organisations", **options
) -> Setting:
    home = [f"O{int(str(node)[-3:]) // 3}" if units == "people" else node for node in g.nodes]
    roster = pd.DataFrame({"organisation": home}, index=pd.Index(g.nodes))
    return Setting("net", year, "", "advice", units, g, roster, came, options, "")


def gatherings(there: np.ndarray, kind: str = "social") -> pd.DataFrame:
    """Attendance of nodes 000, 001, ... at the events of one kind, from a nodes x events table."""
    who, which = np.nonzero(there)
    named = [f"{i:03d}" for i in who]
    events = [f"{kind}{e}" for e in which]
    return pd.DataFrame({"event": events, "kind": kind, "organisation": named, "member": named}, dtype="str")


def named(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.statistic: row for row in rows}


def published(rows: Iterable[Row]) -> pd.DataFrame:
    e = collect(rows)
    return suppress(e.results, e.support, e.totals, people=5, organisations=3)[0].set_index("id")


# --- change


WAVES = {
    "sampson_1_2": ("sampson_edges.csv", 18, "relation", "SAMPLK1", "SAMPLK2"),
    "sampson_2_3": ("sampson_edges.csv", 18, "relation", "SAMPLK2", "SAMPLK3"),
    "coleman_1_2": ("coleman_edges.csv", 73, "wave", "Fall", "Spring"),
}


def from_file(file: str, n: int, column: str, value: str) -> Network:
    if not (SHARED / file).exists():
        pytest.skip(f"{file} is not in the repository (licence) and KSN_SHARED does not hold it")
    edges = pd.read_csv(SHARED / file)
    edges = edges[edges[column] == value]
    ties = np.zeros((n, n))
    ties[edges["from"] - 1, edges["to"] - 1] = 1
    return network(ties)


@pytest.mark.parametrize("case", list(WAVES))
def test_rows_of_change_equal_the_reference_with_their_denominators(case: str) -> None:
    file, n, column, first, second = WAVES[case]
    one, two = (from_file(file, n, column, value) for value in (first, second))
    rows, told = named(change_rows(setting(one, 2024), setting(two))), REFERENCE[case]
    kept, dissolved, created, absent = (told[name] for name in ("n11", "n10", "n01", "n00"))
    for name, value, denominator, unit in (
        ("kept", kept, n * (n - 1), "dyads"),
        ("hamming", told["hamming"], n * (n - 1), "dyads"),
        ("correlation", told["gcor"], n * (n - 1), "dyads"),
        ("jaccard", told["jaccard"], kept + dissolved + created, "ties"),
        ("persistence", kept / (kept + dissolved), kept + dissolved, "ties"),
        ("creation", created / (created + absent), created + absent, "dyads"),
    ):
        assert rows[name].estimate == pytest.approx(value, rel=1e-9)
        assert (rows[name].n, rows[name].unit) == (denominator, unit)
        assert rows[name].population == (n * (n - 1) if unit == "dyads" else None)
    assert rows["correlation"].p == pytest.approx(1 / 2001)  # far out: no draw of 2,000 came near


@pytest.mark.parametrize("directed", [True, False])
def test_correlation_has_the_p_of_all_permutations(directed: bool) -> None:
    rng = np.random.default_rng(5)
    before, after = (network(rng.random((5, 5)) < 0.5, directed=directed) for _ in range(2))
    off = ~np.eye(5, dtype=bool)
    drawn = [
        np.corrcoef(after.A[off], before.A[np.ix_(turn, turn)][off])[0, 1]
        for turn in itertools.permutations(range(5))
    ]
    row = named(change_rows(setting(before, 2024), setting(after)))["correlation"]
    assert row.estimate == pytest.approx(drawn[0])
    assert row.p == pytest.approx(np.mean(np.abs(drawn) >= abs(drawn[0]) - 1e-9))
    assert "all permutations counted" in row.method
    assert row.n == (20 if directed else 10)


def test_correlation_is_over_pairs_observed_twice() -> None:
    rng = np.random.default_rng(6)
    before = network(rng.random((14, 14)) < 0.3, silent=[0, 1])
    after = network(rng.random((14, 14)) < 0.3, silent=[1, 2, 3])
    row = named(change_rows(setting(before, 2024), setting(after)))["correlation"]
    seen = before.observed & after.observed
    assert row.estimate == pytest.approx(np.corrcoef(before.A[seen], after.A[seen])[0, 1])
    assert (row.n, row.population, row.people) == (10 * 13, 14 * 13, 10)
    assert "2,000 seeded draws" in row.method


@pytest.fixture
def moved() -> tuple[Setting, Setting]:
    """Eight stay; j1, j2 join; l1 leaves. 000 answers the second time only, 001 the first time only."""
    stay = [f"{i:03d}" for i in range(8)]
    before = np.zeros((9, 9))
    for i, j in ((1, 2), (1, 3), (2, 3), (4, 5), (8, 0), (8, 1), (5, 8)):  # 8 is l1
        before[i, j] = 1
    after = np.zeros((10, 10))
    for i, j in ((0, 1), (2, 3), (4, 6), (8, 9), (8, 0), (9, 2), (3, 9)):  # 8, 9 are j1, j2
        after[i, j] = 1
    return (
        setting(network(before, names=[*stay, "l001"], silent=[0]), 2024),
        setting(network(after, names=[*stay, "j001", "j002"], silent=[1])),
    )


def test_ties_of_joiners_of_leavers_and_those_seen_once_by_hand(moved: tuple[Setting, Setting]) -> None:
    rows = named(change_rows(*moved))
    assert (rows["kept"].estimate, rows["dissolved"].estimate, rows["created"].estimate) == (1, 1, 1)
    told = {
        "joiners_ties": (4, 7, 1, "2 sent, 1 received, 1 among themselves"),
        "leavers_ties": (3, 7, 1, "2 sent, 1 received, 0 among themselves"),
        "seen_once": (3, 14, 1, "2 of the wave before, 1 of this one"),
    }
    for name, (count, n, fewest, note) in told.items():
        row = rows[name]
        assert (row.estimate, row.n, row.unit, row.note) == (count, n, "ties", note)
        # the fewest of those that joined (2) or left (1) and those that answered in this wave only (1)
        assert row.people == fewest


def test_few_who_joined_or_left_are_hidden_and_nothing_else(moved: tuple[Setting, Setting]) -> None:
    shown = published(change_rows(*moved))
    hidden = set(shown.loc[shown["status"] == "suppressed", "statistic"])
    assert hidden == set(TURNOVER)
    assert not shown.loc[shown["statistic"] == "seen_once", "note"].str.contains("wave").any()


def test_what_is_shown_of_turnover_cannot_be_subtracted_to_a_few() -> None:
    """Six joined, all answered twice but one leaver: joiners' ties are shown, the rest is not."""
    rng = np.random.default_rng(2)
    stay = [f"{i:03d}" for i in range(9)]
    before = network(rng.random((10, 10)) < 0.3, names=[*stay, "l001"])
    after = network(rng.random((15, 15)) < 0.3, names=[*stay, *(f"j00{i}" for i in range(6))])
    shown = published(change_rows(setting(before, 2024), setting(after)))
    of = shown.set_index("statistic")["status"]
    assert (of["joiners_ties"], of["leavers_ties"], of["seen_once"]) == (
        "published",
        "suppressed",
        "suppressed",
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), directed=st.booleans())
def test_ties_of_a_wave_are_compared_or_apart(seed: int, directed: bool) -> None:
    rng = np.random.default_rng(seed)
    names = np.array([f"{i:03d}" for i in range(12)])
    one, two = (
        network(
            rng.random((len(some), len(some))) < 0.4,
            names=some,
            silent=rng.choice(5, 2, replace=False),
            directed=directed,
        )
        for some in (names[rng.random(12) < 0.8], names[rng.random(12) < 0.8])
    )
    if min(one.size, two.size) < 6:
        return
    rows = named(change_rows(setting(one, 2024), setting(two)))
    kept, gone, made = (rows[name].estimate for name in ("kept", "dissolved", "created"))
    apart = sum(rows[name].estimate for name in TURNOVER)
    assert one.tie_count + two.tie_count == 2 * kept + gone + made + apart
    assert rows["hamming"].estimate == gone + made
    left, joined = turnover(one, two)
    assert rows["joiners_ties"].estimate == joined.sent + joined.received + joined.among
    assert (rows["joined"].estimate, rows["left"].estimate) == (len(joined.nodes), len(left.nodes))


def test_one_wave_and_a_direction_that_changed_say_so_in_every_row() -> None:
    g = network(np.ones((4, 4)))
    for before, why in (
        (None, ONE_WAVE),
        (setting(network(np.ones((4, 4)), directed=False), 2024), TWO_KINDS),
    ):
        after = setting(g, came=gatherings(np.ones((4, 1), dtype=bool)))
        rows = [*change_rows(before, after), *co_attendance_rows(before, after)]
        assert {row.statistic for row in rows} == {*CHANGES, *TURNOVER, *RISKS, *RATIOS}
        assert {(row.status, row.note, row.n) for row in rows} == {("undefined", why, 0)}
        collect(rows)


def test_shares_without_a_denominator_say_why_in_their_rows() -> None:
    none, all_ = network(np.zeros((4, 4))), network(np.ones((4, 4)))
    rows = named(change_rows(setting(none, 2024), setting(all_)))
    assert rows["persistence"].note == "no ties in the first wave"
    assert (rows["persistence"].n, rows["creation"].estimate, rows["creation"].n) == (0, 1.0, 12)
    assert "no variation" in rows["correlation"].note
    assert rows["correlation"].p is None
    back = named(change_rows(setting(all_, 2024), setting(none)))
    assert back["creation"].note == "every pair seen in both waves had a tie in the first"


# --- where nodes stood


def path(n: int, *chains: Iterable[int]) -> np.ndarray:
    ties = np.zeros((n, n))
    for chain in chains:
        for i, j in itertools.pairwise(chain):
            ties[i, j] = 1
    return ties


def test_where_nodes_stood_by_hand() -> None:
    before = network(path(9, range(5), (5, 6)), silent=[8])  # 0-4 the largest, 5-6 a pair, 7 and 8 alone
    names = [f"{i:03d}" for i in (0, 1, 2, 3, 5, 6, 7, 8, 10)]  # 004 left, 010 joined
    after = network(path(9, (0, 1, 2, 6, 7), (4, 5)), names=names, silent=[8])
    rows = list(membership_rows(setting(before, 2024), setting(after)))
    whole, cells = rows[0], {row.category: row for row in rows[1:]}
    assert (whole.estimate, whole.n, whole.unit, whole.category) == (10, 10, "organisations", "")
    assert whole.note == "of those without a tie 1 did not answer in the wave before, 1 in this one"
    assert {name: row.estimate for name, row in cells.items() if row.estimate} == {
        "largest part > largest part": 3,
        "largest part > no tie": 1,
        "largest part > not on the roster": 1,
        "smaller part > smaller part": 2,
        "no tie > largest part": 2,
        "not on the roster > no tie": 1,
    }
    assert len(cells) == 15  # of 16, since nobody is on neither roster
    assert {row.parents for row in cells.values()} == {(whole.id,)}
    assert all(row.people == row.estimate and row.n == 10 for row in cells.values())


def test_two_parts_of_the_greatest_size_are_both_the_largest() -> None:
    stood = standing(network(path(7, (0, 1, 2), (3, 4, 5))))
    assert stood.tolist() == ["largest part"] * 6 + [NO_TIE]
    assert standing(network(np.zeros((3, 3)))).tolist() == [NO_TIE] * 3
    assert standing(network(np.zeros((0, 0)))).empty


def test_small_cells_are_hidden_and_one_that_would_give_them_away() -> None:
    before, after = network(path(30, range(20))), network(path(30, range(24), (25, 26)))
    shown = published(membership_rows(setting(before, 2024), setting(after)))
    of = shown.set_index("category")["status"]
    assert of["largest part > largest part"] == "published"  # 20
    # hidden by themselves: 4 that joined the largest part, 2 a smaller one, 4 still alone
    lost = {"no tie > largest part", "no tie > smaller part", "no tie > no tie"}
    assert set(of.index[of == "suppressed"]) == lost
    one = published(membership_rows(setting(before, 2024), setting(network(path(30, range(24))))))
    of = one.set_index("category")["status"]
    assert of["no tie > no tie"] == "suppressed"  # 6, beside 4 that would follow from the total


def test_people_count_with_their_organisations() -> None:
    before, after = network(path(12, range(12))), network(path(9, range(9)))  # 009 to 011 left: O3
    rows = {
        row.category: row
        for row in membership_rows(setting(before, 2024, units="people"), setting(after, units="people"))
    }
    gone, stayed = rows["largest part > not on the roster"], rows["largest part > largest part"]
    assert (gone.people, gone.organisations, gone.unit) == (3, 1, "people")
    assert (stayed.people, stayed.organisations) == (9, 3)


def test_membership_of_one_wave_is_not_defined() -> None:
    (row,) = membership_rows(None, setting(network(np.zeros((3, 3)))))
    assert (row.status, row.note, row.n) == ("undefined", ONE_WAVE, 0)
    collect([row])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), directed=st.booleans())
def test_cells_add_up_to_what_each_wave_tells_and_names_do_not_matter(seed: int, directed: bool) -> None:
    rng = np.random.default_rng(seed)
    waves = [network(rng.random((11, 11)) < 0.12, silent=[1], directed=directed) for _ in range(2)]
    before, after = waves[0].restricted(np.arange(9)), waves[1].restricted(np.arange(2, 11))
    rows = list(membership_rows(setting(before, 2024), setting(after)))
    cells = pd.Series({row.category: row.estimate for row in rows[1:]})
    ends = cells.index.str.split(" > ", expand=True)
    assert cells.sum() == rows[0].estimate == 11
    for g, end in ((before, 0), (after, 1)):
        by_state = cells.groupby(ends.get_level_values(end)).sum()
        assert by_state[NO_TIE] == isolates(g).sum()
        assert by_state[STATES[-1]] == 11 - g.size
        if (size := component_sizes(g))[0] > 1:
            assert by_state[STATES[0]] == size[size == size[0]].sum()
    turn = rng.permutation(11)
    turned = [
        replace(
            g,
            nodes=np.array([f"{np.flatnonzero(turn == int(v))[0]:03d}" for v in g.nodes], dtype=object),
        )
        for g in (before, after)
    ]
    again = membership_rows(setting(turned[0], 2024), setting(turned[1]))
    assert {row.category: row.estimate for row in again} == {row.category: row.estimate for row in rows}


# --- gatherings


def world(seed: int, n: int = 40, events: int = 40, tangled: float = 1.0, times: float = 1.0):
    """Two waves and who came between them; `tangled`: the readier to come send and receive more ties too."""
    rng = np.random.default_rng(seed)
    ready = rng.normal(size=n)
    lean = rng.normal(0, 0.7, (2, n)) + 0.6 * tangled * ready
    came = rng.random((n, events)) < 1 / (1 + np.exp(2.5 - rng.normal(0, 0.3, events) - ready[:, None]))
    log_odds = np.log(0.06 * 40 / n) + lean[0][:, None] + lean[1]
    before = rng.random((n, n)) < 1 / (1 + np.exp(-log_odds - 1.3))
    new = rng.random((n, n)) < 1 / (1 + np.exp(-log_odds - np.log(times) * meetings(came)))
    after = np.where(before, rng.random((n, n)) < 0.7, new)
    silent = np.flatnonzero(rng.random(n) < 0.15)
    return network(before, silent=silent), network(after, silent=silent), came


def mantel_haenszel(eligible: np.ndarray, formed: np.ndarray, met: np.ndarray, strata: np.ndarray) -> float:
    """Pair by pair in a loop over the cells stratum of the sender x stratum of the receiver."""
    top = bottom = 0.0
    for s, t in itertools.product(set(strata), repeat=2):
        cell = eligible & (strata == t) & (strata == s)[:, None]
        many, n_met = cell.sum(), (cell & met).sum()
        if many:
            top += (cell & met & formed).sum() * (many - n_met) / many
            bottom += (cell & ~met & formed).sum() * n_met / many
    return float(top / bottom)


def test_crude_stratified_and_placebo_ratios_pair_by_pair() -> None:
    before, after, came = world(3, events=6)
    rows = named(
        row
        for row in co_attendance_rows(setting(before, 2024), setting(after, came=gatherings(came)))
        if row.category == "social"
    )
    met, strata = meetings(came), attendance_strata(came, STRATUM)
    eligible = before.observed & after.observed & ~before.ties
    crude = rows["risk_co_attending"].estimate / rows["risk_others"].estimate
    assert rows["risk_ratio"].estimate == pytest.approx(crude)
    told = mantel_haenszel(eligible, eligible & after.ties, met, strata)
    assert rows["risk_ratio_stratified"].estimate == pytest.approx(told)
    placebo = rows["placebo_ratio"]
    standing_ties = mantel_haenszel(before.observed, before.ties, met, strata)
    assert placebo.estimate == pytest.approx(standing_ties)
    assert (rows["risk_ratio"].n, placebo.n) == (eligible.sum(), before.observed_pairs)
    assert placebo.note.startswith(
        f"{(before.ties & met).sum()} ties in {(before.observed & met).sum()} pairs"
    )
    assert placebo.people == before.senders.sum()
    assert rows["risk_ratio"].people == (before.senders & after.senders).sum()
    for row in rows.values():
        assert row.unit == "dyads"
        assert row.status == "published"
    assert all(0 < rows[name].p <= 1 for name in RATIOS)
    assert "association" in rows["risk_ratio_stratified"].method
    assert "cannot have made those ties" in placebo.method


def test_those_who_left_are_in_no_placebo() -> None:
    before, after, came = world(4, events=6)
    stayed = after.restricted(np.arange(30))
    row = named(co_attendance_rows(setting(before, 2024), setting(stayed, came=gatherings(came[:30]))))
    both = before.restricted(np.arange(30))
    assert row["placebo_ratio"].n == both.observed_pairs
    assert row["placebo_ratio"].people == both.senders.sum()


def test_p_is_adjusted_over_the_kinds_of_event_for_each_ratio() -> None:
    before, after, came = world(5, events=12)
    shows = pd.concat(
        [gatherings(came[:, :6]), gatherings(came[:, 6:9], "talk"), gatherings(came[:, 9:], "day")]
    )
    rows = list(co_attendance_rows(setting(before, 2024), setting(after, came=shows)))
    for name in RATIOS:
        of = {row.category: row for row in rows if row.statistic == name}
        kinds = sorted({"social", "talk", "day"})
        assert [of[kind].p_adjusted for kind in kinds] == adjust([of[kind].p for kind in kinds])
        assert of[""].p_adjusted is None
        assert "Holm" in of["day"].method
        assert "Holm" not in of[""].method
    collect(rows)


@pytest.mark.parametrize(("first", "second"), [(2025, 2025), (None, None), (None, 2025)])
def test_a_placebo_needs_events_that_are_later(first: int | None, second: int | None) -> None:
    before, after, came = world(6, n=20, events=3)
    rows = named(co_attendance_rows(setting(before, first), setting(after, second, gatherings(came))))
    assert (rows["placebo_ratio"].status, rows["placebo_ratio"].note) == ("undefined", NO_LATER)
    assert rows["risk_ratio_stratified"].note.endswith("strata")


def test_strata_that_cannot_tell_say_so() -> None:
    """Everybody who came met everybody who came: no stratum holds a pair that did not meet."""
    before, after, _ = world(7, n=20, events=3)
    came = np.arange(20)[:, None] < 8
    rows = named(co_attendance_rows(setting(before, 2024), setting(after, came=gatherings(came))))
    for name in ("risk_ratio_stratified", "placebo_ratio"):
        row = rows[name]
        assert (row.status, row.p) == ("undefined", None)
        assert "no stratum has both" in row.note
    assert rows["risk_ratio"].status == "published"


def test_no_attendance_no_rows() -> None:
    before, after, _ = world(7, n=20, events=3)
    assert list(co_attendance_rows(setting(before, 2024), setting(after))) == []


@pytest.mark.parametrize("events", [4, 40])
def test_strata_joined_to_three_keep_five_in_a_hundred_though_the_ready_make_more_ties(events: int) -> None:
    """300 networks of a true 5 % test reject in 1.5 to 9.5 %; the soak has 2,000 for 3 to 7 %."""
    many, low, high = (2000, 0.03, 0.07) if SOAK else (300, 0.015, 0.095)
    drawn, ratios = [], []
    for seed in range(many):
        before, after, came = world(seed, events=events)
        found = co_attendance(before, after, came, draws=199, strata=attendance_strata(came, STRATUM))
        drawn.append(found.p is not None and found.p <= 0.05)
        ratios.append(found.ratio.value)
    assert low <= np.mean(drawn) <= high
    assert np.median([x for x in ratios if x is not None]) == pytest.approx(1, abs=0.1)


def test_planted_threefold_is_told_by_the_rows_and_readiness_by_the_crude_ratio_only() -> None:
    found = []
    for seed in range(5):
        for times in (1.0, 3.0):
            before, after, came = world(seed, n=90, events=12, times=times)
            rows = named(co_attendance_rows(setting(before, 2024), setting(after, came=gatherings(came))))
            found.append({"times": times} | {name: rows[name].estimate for name in RATIOS})
    middle = pd.DataFrame(found).groupby("times").median()
    assert middle.loc[3.0, "risk_ratio_stratified"] == pytest.approx(2.8, rel=0.2)  # odds 3, risks of 2 %
    assert middle.loc[1.0, "risk_ratio_stratified"] == pytest.approx(1, abs=0.2)
    assert middle.loc[1.0, "risk_ratio"] > 1.4
    assert middle["placebo_ratio"].to_numpy() == pytest.approx([1, 1], abs=0.25)


# --- the demo


@pytest.fixture(scope="module")
def demo() -> pd.DataFrame:
    """co_attendance of the demo's newest wave, one line per relation and kind."""
    study = load_study(REPOSITORY / "surveys" / "demo")
    wanted = ("organisations", "people", "attendance", "network_survey")
    prepared = prepare(replace(study, sources={name: study.sources[name] for name in wanted}), 2025)
    source = study.sources["network_survey"]
    older, newer = (list(relations_of(prepared, source, wave)) for wave in prepared.waves["network_survey"])
    rows = [row for b, a in zip(older, newer, strict=True) for row in co_attendance_rows(b, a)]
    e = collect(rows)
    return e.results.pivot(index=["category", "measure"], columns="statistic", values=["estimate", "p"])


def test_in_the_demo_socials_go_with_three_times_as_many_new_ties_and_not_with_older_ones(demo) -> None:
    """P10: risks of new ties are planted 3 : 1 for pairs that met at a social (surveys/demo/TRUTH.md)."""
    socials = demo.loc["social"]
    for name in ("risk_ratio", "risk_ratio_stratified"):
        assert np.median(socials["estimate", name]) == pytest.approx(3, rel=0.15)
        assert (socials["p", name] < 0.05).sum() >= 3
    assert math.exp(np.log(socials["estimate", "placebo_ratio"]).mean()) == pytest.approx(1, abs=0.25)
    assert (socials["p", "placebo_ratio"] > 0.05).all()


def test_in_the_demo_strata_take_away_what_other_gatherings_only_share_with_socials(demo) -> None:
    """Nothing is planted for the mentoring day: those readier to come came to the socials as well."""
    day = demo.loc["mentoring day"]
    assert (day["p", "risk_ratio"] < 0.01).all()
    assert np.median(day["estimate", "risk_ratio_stratified"]) == pytest.approx(1, abs=0.2)


def test_attendance_of_the_rows_is_that_of_nodes_on_both_rosters() -> None:
    before, after, came = world(8, n=20, events=3)
    table = gatherings(came)
    kept = after.restricted(np.arange(5, 20))
    rows = named(co_attendance_rows(setting(before, 2024), setting(kept, came=table)))
    found = co_attendance(before, kept, attended(table, "organisation", kept.nodes), draws=9)
    assert rows["risk_co_attending"].n == found.pairs_among
    assert rows["risk_others"].estimate == found.others.value


def told(rows: Iterable[Row]) -> Mapping[tuple[str, str], float | None]:
    return {(row.statistic, row.category): row.p for row in rows}


def test_same_rows_every_time() -> None:
    before, after, came = world(9, n=30, events=5)
    both = setting(before, 2024), setting(after, came=gatherings(came))
    for rows in (change_rows, co_attendance_rows, membership_rows):
        assert told(rows(*both)) == told(rows(*both))
