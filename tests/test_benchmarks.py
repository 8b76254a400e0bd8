"""Benchmarks give what their peers give, at a tiny size. Time decides nothing here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.__main__ import main
from benchmarks.cases import CASES, Case
from benchmarks.timing import measure

FIELDS = ["name", "n", "seconds", "peer", "peer_seconds", "ratio", "seconds_ratio", "what", "size", "runs"]


@pytest.mark.parametrize("name", list(CASES))
def test_ours_and_the_peer_give_the_same(name: str, tmp_path: Path) -> None:
    benchmark = CASES[name].make(tmp_path, **CASES[name].tiny)
    assert benchmark.name == name
    if benchmark.theirs is None:
        pytest.skip(benchmark.peer)
    benchmark.same(benchmark.ours(), benchmark.theirs())


def test_a_difference_is_found_before_anything_is_timed(tmp_path: Path) -> None:
    benchmark = CASES["wilson_cells"].make(tmp_path, **CASES["wilson_cells"].tiny)
    assert benchmark.theirs is not None
    low, high = benchmark.theirs()
    with pytest.raises(AssertionError):
        measure(replace(benchmark, theirs=lambda: (low, high + 1e-6)))


def test_a_peer_measured_on_a_part_by_its_own_clock_is_scaled(tmp_path: Path) -> None:
    made = CASES["wilson_cells"].make(tmp_path, **CASES["wilson_cells"].tiny)
    slow = replace(made, seconds_of=lambda result: 0.5, peer_scale=8.0, peer_runs=1)
    line = measure(slow)
    assert line["peer_seconds"] == 4.0
    assert line["ratio"] == pytest.approx(4.0 / line["seconds"], rel=0.01)
    assert line["seconds_ratio"] == pytest.approx(line["seconds"] / 4.0, rel=0.01)


def test_an_absent_peer_leaves_ours_alone(tmp_path: Path) -> None:
    made = CASES["wilson_cells"].make(tmp_path, **CASES["wilson_cells"].tiny)
    line = measure(replace(made, theirs=None, peer="R: not installed"))
    assert line["peer_seconds"] is None and line["ratio"] is None and line["seconds"] > 0


def test_one_line_of_json_with_the_agreed_fields(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES["wilson_cells"]
    monkeypatch.setitem(CASES, "wilson_cells", Case(case.make, case.tiny, case.tiny))  # type: ignore[arg-type]
    assert main(["wilson_cells"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and list(json.loads(lines[0])) == FIELDS and json.loads(lines[0])["runs"] >= 5


def test_an_unknown_name_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alpha"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("There is no benchmark `alpha`") and len(said.splitlines()) == 1
