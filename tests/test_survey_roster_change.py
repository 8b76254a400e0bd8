"""This year's members against last year's: the difference of two rosters, worked out by hand and covered."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from ksn_research.analyse.survey.roster.roster_change import Asked, roster_changes
from ksn_research.plan import Instrument, Question, Scale

SOAK = bool(os.environ.get("KSN_SOAK"))
FORM = Instrument(
    "pulse", "Pulse", {"a": Question("a", "integer", "A")}, {"safety": Scale("safety", "", ("a",))}
)


def asked(year, ids, scores, roster, change="", **more):
    people = pd.DataFrame({"member": roster, "organisation": "o1", "region": more.pop("region", "West")})
    frame = pd.DataFrame({"member": ids, "safety": np.asarray(scores, dtype=float)})
    scales = {"safety": Scale("safety", "", ("a",), change=change)}
    return Asked(year, frame, people, Instrument("pulse", "Pulse", FORM.questions, scales), **more)


def names(count, start=0):
    return [f"m{i:04}" for i in range(start, start + count)]


def difference(earlier, later):
    (row,) = roster_changes("pulse", earlier, later)
    assert (row.analysis, row.statistic, row.group, row.year) == ("roster", "difference", "", 2025)
    assert row.p is None
    return row


def test_everybody_answered_twice_and_nothing_is_left_to_chance():
    first, second = [1, 2, 3, 4], [2, 3, 4, 6]
    row = difference(asked(2024, names(4), first, names(4)), asked(2025, names(4), second, names(4)))
    assert (row.estimate, row.ci_low, row.ci_high) == (1.25, 1.25, 1.25)
    assert (row.n, row.population, row.people) == (4, 4, 4)


def test_strangers_on_two_rosters_have_the_variance_of_two_samples_with_their_corrections():
    x, y = [1.0, 2, 4, 5, 3], [2.0, 5, 5, 4]
    row = difference(asked(2024, names(5), x, names(10)), asked(2025, names(4, 50), y, names(8, 50)))
    expected = (1 - 5 / 10) * np.var(x, ddof=1) / 5 + (1 - 4 / 8) * np.var(y, ddof=1) / 4
    assert row.estimate == pytest.approx(4 - 3)
    assert row.se == pytest.approx(np.sqrt(expected))
    assert "Tam 1984" in row.method and "since 2024" in row.method


def test_what_the_plan_marks_as_changed_is_not_compared():
    row = difference(
        asked(2024, names(5), [1, 2, 3, 4, 5], names(9)),
        asked(2025, names(5), [1, 2, 3, 4, 5], names(9), change="reworded"),
    )
    assert (row.status, row.note, row.estimate) == ("not comparable", "reworded", None)


def test_nobody_on_a_roster_gives_no_row():
    stranger = asked(2024, ["x"], [3], names(4))
    assert roster_changes("pulse", stranger, asked(2025, names(2), [1, 2], names(4))) == []


@pytest.mark.parametrize("n", (40, 120, 400) if SOAK else (120,))
@pytest.mark.parametrize("raked", [False, True])
def test_the_interval_holds_the_difference_of_the_rosters(n, raked):
    """Rosters of 2n, three quarters of them the same people, who answer alike both years; those of the West
    answer less often and score lower, which raking takes out."""
    rng, size, draws = np.random.default_rng(8), 2 * n, 800 if SOAK else 60
    region = np.where(np.arange(size) % 2, "West", "East")
    lasting = rng.normal(3, 0.8, size)
    base = lasting - (0.6 * (region == "West") if raked else 0)
    later = np.concatenate([base[size // 4 :], rng.normal(3, 0.8, size // 4)])
    scores = base + rng.normal(0, 0.5, size), later + 0.2 + rng.normal(0, 0.5, size)
    people = names(size), names(size, size // 4)
    weight = np.where(region == "West", 1.0, 2.0 if raked else 1.0)
    hits = 0
    for _ in range(draws):
        years = []
        for k, year in enumerate((2024, 2025)):
            drawn = rng.choice(size, n, replace=False, p=weight / weight.sum())
            ids, own = np.array(people[k])[drawn], scores[k][drawn]
            design = {"rake": ["region"]} if raked else None
            years.append(asked(year, ids, own, people[k], region=region, design=design))
        row = difference(*years)
        hits += row.ci_low <= scores[1].mean() - scores[0].mean() <= row.ci_high
    print(n, raked, hits / draws)
    assert 0.93 - 0.08 * (not SOAK) <= hits / draws <= 0.97 + 0.03 * (not SOAK)
