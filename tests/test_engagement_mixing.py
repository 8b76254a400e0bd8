"""Who meets whom at events by role, against roles dealt by lot: by enumeration, and planted."""

from itertools import permutations

import numpy as np
import pytest
from survey_study import pick, roster

from ksn_research.analyse.engagement.mixing_at_events import (
    ONE_EVENT,
    event_mixing_rows,
    expected_pairs,
    role_mix,
    role_pairs,
)

EVENTS = np.array([0, 0, 0, 1, 1, 2, 2])
ROLES = np.array([0, 0, 1, 1, 1, 0, 2])


def enumerated() -> np.ndarray:
    """Pairs by role of all 5040 deals."""
    return np.array([role_pairs(EVENTS, np.array(dealt)) for dealt in permutations(ROLES)])


def test_pairs_are_counted_within_events():
    # event 0: one pair 0-0, two 0-1; event 1: one pair 1-1; event 2: one pair 0-2
    assert role_pairs(EVENTS, ROLES).tolist() == [[1, 2, 1], [2, 1, 0], [1, 0, 0]]


def test_the_expected_mix_is_the_mean_over_all_deals():
    np.testing.assert_allclose(expected_pairs(EVENTS, ROLES), enumerated().mean(axis=0))


def test_p_values_are_near_those_of_all_deals():
    deals, mix = enumerated(), role_mix(EVENTS, ROLES, draws=4000)
    across = 1 - np.trace(deals, axis1=1, axis2=2) / 5
    exact = (np.abs(across - across.mean()) >= abs(mix.across - across.mean()) - 1e-9).mean()
    assert mix.across_p == pytest.approx(exact, abs=0.03)
    far = (np.abs(deals - deals.mean(axis=0)) >= np.abs(mix.observed - deals.mean(axis=0)) - 1e-9).mean(
        axis=0
    )
    known = np.isfinite(mix.p)
    np.testing.assert_allclose(mix.p[known], far[known], atol=0.03)
    assert not known[2, 2]  # a single person has nobody of the same role, whatever the deal


def sheet(events, roles):
    return roster("attendance", {
        "year": [2025] * len(events), "event": [f"e{e}" for e in events], "kind": "social",
        "member": [f"m{i}" for i in range(len(events))], "came_as": list(roles),
    })  # fmt: skip


def test_rows_name_both_roles_and_rest_on_the_rarer():
    names = np.array(["current", "guest", "alumni"], dtype=object)
    rows = event_mixing_rows(sheet(EVENTS, names[ROLES]), 2025)
    pair = pick(rows, category="current & guest", statistic="ratio")
    # 3 current and 3 guests of 7: 5 pairs x 2 x 3 x 3 / 42
    assert (pair.estimate, pair.people, pair.unit) == (pytest.approx(2 / (5 * 18 / 42)), 3, "dyads")
    assert pick(rows, category="alumni & current", statistic="pairs").people == 1
    assert pick(rows, category="alumni & alumni", statistic="ratio").note == "no such pair is possible"
    assert pick(rows, statistic="across_share").estimate == pytest.approx(3 / 5)
    assert (pick(rows, statistic="all_roles_share").estimate, pick(rows, statistic="all_roles_share").n) == (
        0,
        3,
    )


def test_one_event_has_no_chance_to_compare_with():
    rows = event_mixing_rows(sheet([0, 0, 0], ["current", "current", "guest"]), 2025)
    across = pick(rows, statistic="across_share")
    assert (across.p, across.note) == (None, ONE_EVENT)
    assert across.estimate == pick(rows, statistic="across_expected").estimate


@pytest.mark.parametrize("roles", [["guest"] * 4, ["guest", "current"] * 2], ids=["one role", "alone"])
def test_one_role_or_nobody_to_meet_has_no_rows(roles):
    events = [0, 0, 1, 1] if len(set(roles)) == 1 else [0, 1, 2, 3]
    assert event_mixing_rows(sheet(events, roles), 2025) == []


def test_events_that_keep_roles_apart_are_found_and_chance_is_not():
    random = np.random.default_rng(2)
    events = np.repeat(np.arange(10), 12)
    apart = (events % 2 + (random.random(120) < 0.2)) % 2
    assert role_mix(events, apart).across_p < 0.01
    low = np.mean([role_mix(events, random.permutation(apart), 199).across_p <= 0.1 for _ in range(200)])
    assert low == pytest.approx(0.1, abs=0.06)
