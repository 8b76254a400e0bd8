"""docs/programmes.md tells the truth: every programme once, and what its row names is there.

Sections, tables, figures and results are looked for in an edition of the demo study made by `ksn report`.
"""

from __future__ import annotations

import ast
import html
import importlib
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import REPOSITORY
from tests.demo_edition import demo_edition
from tests.editions import results

TEXT = (REPOSITORY / "docs" / "programmes.md").read_text(encoding="utf-8")
YEAR = 2025
APART = ("Workbook", "Circle pages")  # places outside the report
# A programme is a row of configuration: nothing in the package may be called as one.
CALLED = re.compile(
    r"(^|_)p\d{1,2}(_|$)|statewide|workspace_operator|experts_gathering|check_in|group_mentoring|peer_support|"
    r"mentoring_(day|cycle|social)|lunch_and_learn|exchange_forum|communit(y|ies)_of_excellence|instructor"
)


@dataclass(frozen=True)
class Line:
    """One row of the table; `where` are places with what of each is named."""

    name: str
    question: str
    where: tuple[tuple[str, str], ...]
    ids: tuple[str, ...]
    tests: tuple[str, ...]


def _line(text: str) -> Line:
    name, question, where, ids, tests = (cell.strip() for cell in text.strip().strip("|").split(" | "))
    places = tuple((p.partition(": ")[0].strip(), p.partition(": ")[2]) for p in where.split("; "))
    return Line(name, question, places, tuple(_ticked(ids)), tuple(_ticked(tests)))


def _ticked(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


LINES = [_line(text) for text in TEXT.splitlines() if re.match(r"\| P\d", text)]
NAMES = [line.name for line in LINES]


@dataclass(frozen=True)
class Edition:
    """What the edition shows: sections with the anchors in each, ids of numbers, the workbook's tables."""

    sections: dict[str, set[str]]
    shown: set[str]
    drawn: set[str]
    sheets: set[str]
    published: set[str]
    circles: int


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = demo_edition(tmp_path_factory, YEAR)
    report = (folder / "public" / "report.html").read_text(encoding="utf-8")
    found = results(folder)
    figures = [pd.read_csv(path, dtype=str) for path in (folder / "public" / "figures").glob("*.csv")]
    return Edition(
        _sections(report),
        set(map(html.unescape, re.findall(r'data-id="([^"]+)"', report))),
        {one for data in figures if "id" in data for one in data["id"].dropna()},
        _sheets(folder / "public" / "tables.xlsx"),
        set(found.index[found["status"] == "published"]),
        len(list((folder / "circles").glob("c*.html"))),
    )


def _sections(report: str) -> dict[str, set[str]]:
    parts = re.split(r"<h2[^>]*>(.*?)</h2>", report, flags=re.DOTALL)
    heads = [html.unescape(re.sub(r"<[^>]+>", "", head)).strip() for head in parts[1::2]]
    anchors = [set(re.findall(r'id="((?:table|figure|joint)-[^"]+)"', part)) for part in parts[2::2]]
    return dict(zip(heads, anchors, strict=True))


def _sheets(path: Path) -> set[str]:
    from openpyxl import load_workbook

    contents = load_workbook(path, read_only=True)["Contents"]
    return {str(row[1]) for row in contents.iter_rows(values_only=True) if len(row) > 1 and row[1]}


def test_every_programme_is_answered_once() -> None:
    assert [f"P{i}" for i in range(1, 17)] == NAMES
    assert all(line.question.endswith("?") for line in LINES)


def test_every_programme_says_what_to_quote() -> None:
    said = re.findall(r"^- \*\*(P\d+)\*\*: ", TEXT, re.MULTILINE)
    assert said == NAMES


@pytest.mark.parametrize("line", LINES, ids=NAMES)
def test_what_is_named_stands_in_that_section_of_the_report(edition: Edition, line: Line) -> None:
    inside = [(place, what) for place, what in line.where if place not in APART]
    assert inside
    for place, what in inside:
        assert _ticked(what), place
        assert set(_ticked(what)) <= edition.sections.get(place, set())


@pytest.mark.parametrize("line", LINES, ids=NAMES)
def test_what_is_named_of_the_workbook_and_the_circle_pages_is_there(edition: Edition, line: Line) -> None:
    for place, what in line.where:
        if place == "Workbook":
            assert set(re.findall(r'"([^"]+)"', what)) <= edition.sheets
        elif place == "Circle pages":
            assert edition.circles >= 10


@pytest.mark.parametrize("line", LINES, ids=NAMES)
def test_every_result_named_is_published(edition: Edition, line: Line) -> None:
    ids = [f"{YEAR}.{one}" for one in line.ids]
    assert len(set(ids)) == len(ids) >= 3
    assert sorted(set(ids) - edition.published) == []


@pytest.mark.parametrize("line", LINES, ids=NAMES)
def test_results_named_are_visible_in_the_report(edition: Edition, line: Line) -> None:
    """All of them, but for those of a table that is named as the workbook's: of these at most half."""
    seen = edition.shown | edition.drawn
    unseen = [one for one in line.ids if f"{YEAR}.{one}" not in seen]
    in_workbook = any(place == "Workbook" for place, _ in line.where)
    assert len(unseen) <= (len(line.ids) // 2 if in_workbook else 0), unseen


@pytest.mark.parametrize("line", LINES, ids=NAMES)
def test_every_test_named_is_one(line: Line) -> None:
    assert line.tests[0] == f"test_truth.py::test_what_was_planted_is_recovered[{line.name}]"
    for one in line.tests:
        file, _, name = one.partition("::")
        assert re.search(
            r"^def test_", (Path(__file__).parent / file).read_text(encoding="utf-8"), re.MULTILINE
        )
        function, _, case = name.partition("[")
        if function:
            module = importlib.import_module(f"tests.{Path(file).stem}")
            marks = getattr(getattr(module, function), "pytestmark", [])
            cases = {str(value) for mark in marks for value in mark.args[1]}
            assert not case or case.rstrip("]") in cases


def test_no_function_is_named_after_a_programme() -> None:
    names = set()
    for path in sorted((REPOSITORY / "ksn_research").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        names |= {path.stem, *(node.name for node in ast.walk(tree) if isinstance(node, kinds))}
    assert len(names) > 1000
    snake = {name: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in names}
    assert [name for name, said in sorted(snake.items()) if CALLED.search(said)] == []


@pytest.mark.parametrize(
    "name", ["p7_dose", "report_p10", "mentoring_day_funnel", "PeerSupport", "lunch_and_learns"]
)
def test_such_a_name_would_be_found(name: str) -> None:
    assert CALLED.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
