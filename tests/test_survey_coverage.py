"""Do 95 % intervals hold the roster's mean 93 to 97 times in 100? Samples drawn anew from a known roster.

Small and seeded in ordinary runs, full with KSN_SOAK=1 (`python tests/test_survey_coverage.py` prints the
figures). Those who answer depend on region and type, and so do their answers.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from ksn_research.analyse.survey.estimation.design import Design, small_sample, survey_design
from ksn_research.analyse.survey.estimation.estimates import Estimates, means
from ksn_research.analyse.survey.estimation.weights import collapse, rake

SIZES, ROSTER = (40, 120, 400), 800
SOAK = bool(os.environ.get("KSN_SOAK"))
REPETITIONS = 4000 if SOAK else 80
ITEMS = ("a scale of four items", "one five-point item", "a rating from 0 to 10")
LEVELS = np.array(["north", "east", "south"])


def roster(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Region and type of everybody, and what they would answer, (N, 3)."""
    rng = np.random.default_rng(seed)
    region, kind = rng.choice(3, ROSTER, p=[0.5, 0.3, 0.2]), rng.choice(3, ROSTER, p=[0.4, 0.4, 0.2])
    tilt = 0.4 * (region - 1) + 0.5 * (kind - 1) + rng.normal(0, 0.7, ROSTER)
    items = np.clip(np.rint(3.4 + tilt[:, None] + rng.normal(0, 0.8, (ROSTER, 5))), 1, 5)
    rating = np.clip(np.rint(7 + 1.5 * tilt + rng.normal(0, 1.5, ROSTER)), 0, 10)
    return region, kind, np.column_stack([items[:, :4].mean(axis=1), items[:, 4], rating])


def answering(n: int, rng: np.random.Generator, region: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Rows of n who answer; in some levels twice as many do as in others."""
    willing = np.exp(0.35 * (region - 1) - 0.35 * (kind - 1))
    return np.argsort(rng.exponential(size=len(region)) / willing)[:n]


def raked(rows: np.ndarray, region: np.ndarray, kind: np.ndarray) -> Design:
    margins = []
    for codes in (region, kind):
        totals = dict(zip(LEVELS.tolist(), np.bincount(codes).tolist(), strict=True))
        joined = collapse(LEVELS[codes[rows]], totals, 4)
        margins.append((joined.labels, joined.totals))
    return rake(survey_design(len(rows), population=len(region)), margins)


def held(found: Estimates, truth: np.ndarray) -> np.ndarray:
    low, high = found.interval()
    return (low <= truth) & (truth <= high)


def simple_coverage(n: int, repetitions: int, seed: int) -> np.ndarray:
    """Of unweighted means of simple random samples, per item: one column a repetition."""
    _, _, y = roster(seed)
    rng = np.random.default_rng([seed, n])
    rows = np.argsort(rng.random((repetitions, ROSTER)), axis=1)[:, :n]
    design = small_sample(survey_design(n, population=ROSTER))
    return np.array([held(means(design, item[rows].T), item.mean()).mean() for item in y.T])


def raked_coverage(n: int, repetitions: int, seed: int) -> dict[str, np.ndarray]:
    """Of raked means per item: as R has them, with `small_sample`, and of regions with `small_sample`."""
    region, kind, y = roster(seed)
    rng = np.random.default_rng([seed, n, 1])
    of_region = np.array([y[region == level].mean(axis=0) for level in range(3)])
    hits: dict[str, list[np.ndarray]] = {"R": [], "small": [], "regions": []}
    for _ in range(repetitions):
        rows = answering(n, rng, region, kind)
        design = raked(rows, region, kind)
        small = small_sample(design)
        hits["R"].append(held(means(design, y[rows]), y.mean(axis=0))[0])
        hits["small"].append(held(means(small, y[rows]), y.mean(axis=0))[0])
        hits["regions"].append(held(means(small, y[rows], region[rows], 3), of_region).mean(axis=0))
    return {name: np.mean(found, axis=0) for name, found in hits.items()}


def near(repetitions: int) -> tuple[float, float]:
    """93 to 97 %, and four standard errors of the simulation about it in a small run."""
    error = 0.0 if SOAK else 4 * np.sqrt(0.95 * 0.05 / repetitions)
    return 0.93 - error, 0.97 + error


@pytest.mark.parametrize("n", SIZES)
def test_intervals_of_means_cover_the_roster(n):
    low, high = near(REPETITIONS)
    found = simple_coverage(n, REPETITIONS, 1)
    assert ((found >= low) & (found <= high)).all(), dict(zip(ITEMS, found, strict=True))


@pytest.mark.parametrize("n", SIZES)
def test_intervals_of_raked_means_cover_the_roster(n):
    low, high = near(REPETITIONS)
    found = raked_coverage(n, REPETITIONS, 1)
    for name in ("small", "regions"):
        assert ((found[name] >= low) & (found[name] <= high)).all(), (name, found[name])
    # Why `small_sample` is there: R's standard errors are too small by what the margins fitted.
    assert found["R"].mean() < found["small"].mean()


if __name__ == "__main__":
    for n in SIZES:
        print(n, "simple", simple_coverage(n, 4000, 1).round(3))
        print(n, {name: found.round(3) for name, found in raked_coverage(n, 4000, 1).items()})
