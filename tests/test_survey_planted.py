"""What is planted in the demo study comes back: group mentoring, peer support, the cycle of three waves."""

from __future__ import annotations

import re

import pytest

from ksn_research.analyse.activity.outcomes import outcome_rows
from ksn_research.analyse.activity.setting import log_of
from ksn_research.analyse.survey.comparison.adjusted import adjusted_rows
from ksn_research.analyse.survey.course.nested import nested_rows
from ksn_research.analyse.survey.course.waves import wave_rows
from ksn_research.pipeline import prepare
from ksn_research.plan import load_study
from ksn_research.prepared import Prepared
from ksn_research.results import Row
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "surveys" / "demo"
LINE = re.compile(r"^\| P\d+ \| (\d{4}) \| `([^`]+)` \| ([^|]+) \| ([^|]+) \|")
ANALYSES = (".nested.", ".adjusted.", ".waves.")


def planted() -> dict[str, tuple[float, float]]:
    """Value and tolerance by id, of the rows that the analyses tested here make."""
    lines = map(LINE.match, (DEMO / "TRUTH.md").read_text(encoding="utf-8").splitlines())
    return {
        f"{m[1]}.{m[2]}": (float(m[3]), float(m[4]))
        for m in lines
        if m and any(part in m[2] for part in ANALYSES)
    }


@pytest.fixture(scope="module")
def demo() -> Prepared:
    return prepare(load_study(DEMO), 2025)


@pytest.fixture(scope="module")
def found(demo) -> dict[str, Row]:
    waves = {name: [w for w in own if w.instrument is not None] for name, own in demo.waves.items()}
    rows = [*nested_rows(demo), *adjusted_rows(demo), *outcome_rows(log_of(demo))]
    for name in ("cycle", "member_survey"):
        rows += wave_rows(name, demo.responses[name], waves[name], demo.linked)
    return {row.id: row for row in rows}


@pytest.mark.parametrize("result", sorted(r for r in planted() if r.startswith("2025.")))
def test_what_was_planted_is_recovered(found, result) -> None:
    value, tolerance = planted()[result]
    assert found[result].estimate == pytest.approx(value, abs=tolerance + 1e-6)


@pytest.mark.parametrize("programme", ["nested", "adjusted", "waves"])
def test_there_is_something_to_recover(programme) -> None:
    assert len([r for r in planted() if f".{programme}." in r]) >= 9


def test_of_mentoring_groups_the_year_before_is_recovered_too(found) -> None:
    earlier = {r: v for r, v in planted().items() if r.startswith("2024.mentoring_groups")}
    assert len(earlier) == 3
    for result, (value, tolerance) in earlier.items():
        assert found[result].estimate == pytest.approx(value, abs=tolerance + 1e-6)


def test_dropping_out_flatters_energy_and_the_model_mends_it(demo, found) -> None:
    frame = demo.responses["cycle"]
    mean = frame.groupby("wave")["energy"].mean()
    result = "2025.cycle.waves.energy[closing].change_modelled"
    value, _ = planted()[result]
    assert abs(found[result].estimate - value) < abs(mean["closing"] - mean["kick-off"] - value)
    assert found["2025.cycle.waves.energy[closing].drop_out_difference"].ci_low > 0


def test_people_lost_from_the_cycle_did_not_differ_in_skill(found) -> None:
    lost = found["2025.cycle.waves.skill[closing].drop_out_difference"]
    assert lost.ci_low < 0 < lost.ci_high
