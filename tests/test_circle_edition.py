"""Circle pages on disk: whole, in spite of one that fails; the command's exit code says that one did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fake_circles import edition, small_network

from ksn_research import report
from ksn_research.circle_edition import Failed, Made, write_circles
from ksn_research.cli import cli
from ksn_research.errors import EditionError
from ksn_research.executors import Crew
from ksn_research.render import circle_pages

SMALL = small_network()


@pytest.fixture
def third_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    made = circle_pages.page

    def page(given: Any) -> str:
        if given.circle == "C03":
            raise ValueError("what somebody wrote")
        return made(given)

    monkeypatch.setattr(circle_pages, "page", page)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_circle_has_a_file_and_the_index_lists_them(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    assert write_circles(tmp_path, SMALL, tell=lambda *at: told.append(at)).pages == 9
    assert names(tmp_path) == [*(f"c{i:02}.html" for i in range(1, 10)), "index.html"]
    assert told == [(i, 9) for i in range(1, 10)]


def test_one_that_fails_stops_no_other_and_leaves_no_old_page(tmp_path: Path, third_fails: None) -> None:
    (tmp_path / "c03.html").write_text("of an earlier run")
    made = write_circles(tmp_path, SMALL)
    assert made.pages == 8 and [(one.circle, one.name) for one in made.failed] == [("C03", "North Shore")]
    assert made.failed[0].why.startswith("ValueError in test_circle_edition.py")
    assert "c03.html" not in names(tmp_path) and len(names(tmp_path)) == 9
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 page could not be made" in index and "what somebody wrote" not in index


@pytest.mark.parametrize("called", ["C02", "Rural <b>mentors</b>", "c02"])
def test_one_circle_alone(called: str, tmp_path: Path) -> None:
    (tmp_path / "c01.html").write_text("stays")
    assert write_circles(tmp_path, SMALL, called).pages == 1
    assert names(tmp_path) == ["c01.html", "c02.html", "index.html"]
    assert (tmp_path / "c01.html").read_text() == "stays"
    assert "c09.html" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_an_unknown_circle_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    (tmp_path / "c01.html").write_text("stays")
    with pytest.raises(EditionError, match="no page for the circle `C77`"):
        write_circles(tmp_path, SMALL, "C77")
    assert names(tmp_path) == ["c01.html"]


def test_pages_of_circles_that_are_gone_are_taken_away(tmp_path: Path) -> None:
    (tmp_path / "old.html").write_text("of a circle that has ended")
    write_circles(tmp_path, SMALL)
    assert "old.html" not in names(tmp_path)
    assert write_circles(tmp_path, edition()).pages == 0 and names(tmp_path) == []


def test_workers_make_the_same_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ksn_research.executors.WORTH", 2)
    for name, workers in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        assert write_circles(tmp_path / name, SMALL, crew=Crew(workers)).pages == 9
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two")
    )
    assert one == two


FAILED = Failed("C03", "North Shore", "ValueError in circle_items.py, line 3")


@pytest.mark.parametrize(("failed", "code"), [((), 0), ((FAILED,), 1)])
def test_the_exit_code_of_circles(failed: tuple, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def remake(
        study: Any,
        year: int,
        target: Path,
        circle: Any,
        step: Any,
        crew: Crew,
        tell: Any,
        anew: bool,
        say: Any,
    ) -> Made:
        assert (crew, anew) == (Crew(3), False)
        tell(1, 2)
        return Made(("A", "B")[: 2 - len(failed)], failed)

    monkeypatch.setattr(report, "remake_circles", remake)
    ran = CliRunner().invoke(cli, ["circles", "--workers", "3"])
    assert ran.exit_code == code, ran.output
    assert (f"no page for North Shore: {FAILED.why}" in ran.output) is bool(failed)
    assert f"{2 - len(failed)} circle pages are in" in ran.output


def test_the_exit_code_of_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(*given: Any, failing: Callable[[Failed], None], **more: Any) -> Path:
        (tmp_path / "circles").mkdir()
        failing(FAILED)
        return tmp_path

    monkeypatch.setattr(report, "make_edition", make)
    ran = CliRunner().invoke(cli, ["report", "--out", str(tmp_path)])
    assert (
        ran.exit_code == 1 and "The edition is in" in ran.output and "no page for North Shore" in ran.output
    )
