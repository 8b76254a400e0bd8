"""The time left is honest: whatever a machine's speed, it comes near the time that a run still takes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ksn_research import resources
from ksn_research.cli.steps import SHOWING, Course, of_report
from ksn_research.intake import prepare
from ksn_research.pipeline import SECTIONS
from ksn_research.plan import Study, load_study
from tests.small_study import survey_only


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(resources.demo())


@pytest.mark.parametrize("seed", range(20))
def test_the_time_left_is_within_a_third_once_a_third_is_done(seed: int, study: Study) -> None:
    rng = random.Random(seed)
    expected = of_report(study, SECTIONS)
    slowness = rng.choice([0.5, 1, 2, 5])  # of this machine
    taken = {step: slowness * seconds * rng.uniform(0.75, 1.25) for step, seconds in expected.items()}
    whole, now, course = sum(taken.values()), 0.0, Course(expected, begun=0.0)
    for step, seconds in taken.items():
        course.begin(step, now)
        if now > whole / 3:
            assert course.left(now) == pytest.approx(whole - now, rel=0.34)
        now += seconds
    assert course.share == pytest.approx(1 - expected[step] / sum(expected.values()))


def test_a_step_that_takes_long_never_makes_the_time_left_negative() -> None:
    course = Course({"reading": 1.0, "analysing": 1.0}, begun=0.0)
    course.begin("reading", 0.0)
    assert course.left(60.0) == pytest.approx(1.0)  # what is still to come
    course.begin("analysing", 60.0)
    assert course.left(1000.0) == 0.0


def test_every_step_of_a_run_is_expected(tmp_path: Path) -> None:
    begun: list[str] = []
    study = load_study(survey_only(tmp_path / "small"))
    prepare(study, study.years[-1], begun.append)
    expected = of_report(study, SECTIONS)
    assert begun and set(begun) <= set(expected)
    assert {f"analysing {name}" for name in SECTIONS} | set(SHOWING) <= set(expected)
