"""Every notebook as it is committed, and run as an analyst or the report runs it."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import small_study

from ksn_research import edition, report, resources
from ksn_research.audited import Numbers, equal, numbers
from ksn_research.errors import BlockedError, EditionError, ParameterError
from ksn_research.notebook import run_notebook
from ksn_research.plan import Study, load_study
from ksn_research.report import DATA, load_publishable, make_edition, open_study

NOTEBOOKS = sorted(resources.shared("notebooks").glob("*.ipynb"))
ANALYSIS = [path for path in NOTEBOOKS if path.name[0].isdigit()]
REPORT = resources.shared("notebooks/annual_report.ipynb")
ANSWERED = {
    "02_engagement": {"attendance", "return"},
    "03_outcomes": {"scales", "change", "shares"},
    "04_network": {"network", "network_change", "mixing"},
    "05_interviews": {"themes", "agreement"},
}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
LONGEST = 12
UNSHOWN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)  # by a kernel


def name(path: Path) -> str:
    return path.stem


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_study.whole(tmp_path_factory.mktemp("study") / "small")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_study.survey_only(tmp_path_factory.mktemp("study") / "bare")


@pytest.fixture(scope="module", autouse=True)
def computed_once() -> Iterator[None]:
    """What several notebooks open is computed for the first of them; nbval runs each by itself."""
    kept: dict[tuple[Path, int], Any] = {}
    anew = report.compute

    def compute(study: Study, year: int) -> Any:
        if (study.folder, year) not in kept:
            kept[study.folder, year] = anew(study, year)
        return kept[study.folder, year]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "compute", compute)
        yield


@pytest.fixture(scope="module")
def results(study: Path) -> pd.DataFrame:
    return open_study(str(study)).publishable.results


@pytest.fixture(scope="module")
def made(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("reports") / "small-2025"
    return make_edition(load_study(study), 2025, target, {"title": "A year of learning", "formats": "html"})


def codes(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def outputs(path: Path) -> list[dict[str, Any]]:
    cells = nbformat.read(path, as_version=4).cells
    return [dict(output) for cell in cells for output in cell.get("outputs", [])]


def htmls(path: Path) -> list[str]:
    return [str(o["data"]["text/html"]) for o in outputs(path) if "text/html" in o.get("data", {})]


def shown(html: str) -> Numbers:
    """The numbers of whole sections. Skipped besides: what a source line says of method and n, the tables of
    words of the appendix, and the glossary."""
    return numbers(html, "source", "words", "glossary")


def assert_numbers_are_results(read: Numbers, results: pd.DataFrame) -> None:
    rows = results.set_index("id")
    for result, part, value in read.ids:
        assert equal(float(value), float(rows.loc[result, part])), (result, part)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_committed_notebook_carries_no_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None
        assert "injected-parameters" not in cell.metadata.get("tags", [])
        assert set(cell.metadata) <= {"tags"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_defines_nothing_and_its_cells_are_short_plain_python(path: Path) -> None:
    for source in codes(path):
        tree = ast.parse(source)  # a magic is no Python: nbval would let a failing one pass
        assert not [node for node in ast.walk(tree) if isinstance(node, DEFINITIONS)]
        assert len(source.splitlines()) <= LONGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_asks_one_question_and_has_readable_ids(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids) and all(part.isalpha() for i in ids for part in i.split("-"))
    assert notebook.metadata.kernelspec.name == "python3"
    titles = [c.source for c in notebook.cells if c.cell_type == "markdown" and c.source.startswith("# ")]
    assert path not in ANALYSIS or (len(titles) == 1 and titles[0].splitlines()[0].endswith("?"))


@pytest.mark.parametrize("path", ANALYSIS, ids=name)
def test_an_analysis_notebook_runs_and_shows_what_the_study_holds(
    path: Path,
    study: Path,
    results: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
) -> None:
    """In this process; nbval runs it in a kernel."""
    monkeypatch.setenv("KSN_STUDY", str(study))
    said = run_here(path)["said"]
    printed = capsys.readouterr()
    assert printed.err == "" and not [one for one in recwarn if not issubclass(one.category, UNSHOWN)]
    pages = [getattr(thing, "_repr_html_", str)() or "" for thing in said]
    assert small_study.SECRET not in "".join([printed.out, *pages, *map(repr, said)])
    read = shown("".join(html for html in pages if "<data" in html))
    assert_numbers_are_results(read, results)
    found = results.set_index("id").loc[[result for result, _, _ in read.ids], "analysis"]
    assert ANSWERED.get(path.stem, set()) <= set(found)


def test_the_first_notebook_accounts_for_every_row(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSN_STUDY", str(study))
    totals = run_here(NOTEBOOKS[0])["totals"].loc["member_survey"]
    # Planted: one blank row in each year's export.
    assert totals["set_aside"].tolist() == [1, 1] and totals["used"].tolist() == [small_study.PEOPLE] * 2


def run_here(path: Path) -> dict[str, Any]:
    """The notebook's cells in this process: quick, for what needs no kernel."""
    said: list[Any] = []
    scope: dict[str, Any] = {"display": said.append, "said": said}
    for source in codes(path):
        tree = ast.parse(source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, path.name, "exec"), scope)
        if isinstance(last, ast.Expr):
            said.append(eval(compile(ast.Expression(last.value), path.name, "eval"), scope))
    for thing in said:
        getattr(thing, "_repr_html_", lambda: "")()
    return scope


@pytest.mark.parametrize("path", ANALYSIS, ids=name)
def test_an_analysis_notebook_runs_where_its_records_were_not_collected(
    path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KSN_STUDY", str(bare))
    said = run_here(path)["said"]
    collected = path.stem in ("01_check", "03_outcomes")
    assert collected or any("Not collected" in getattr(s, "_repr_html_", str)() for s in said)


def test_a_study_that_must_be_mended_opens_in_the_first_notebook_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_study.survey_only(tmp_path / "odd")
    export = folder / "2024" / "member_survey.csv"
    export.write_text(
        export.read_text(encoding="utf-8").replace("in_person", small_study.SECRET), encoding="utf-8"
    )
    monkeypatch.setenv("KSN_STUDY", str(folder))
    scope = run_here(NOTEBOOKS[0])
    blocking = scope["findings"].query("severity == 'block'")
    assert list(blocking["column"].unique()) == ["part"]
    assert "answer" not in scope["findings"] and small_study.SECRET not in scope["findings"].to_string()
    with pytest.raises(BlockedError) as caught:
        open_study()
    assert small_study.SECRET not in str(caught.value)


def test_a_study_is_opened_as_the_report_sees_it(study: Path, made: Path) -> None:
    opened = open_study(str(study))
    pd.testing.assert_frame_equal(
        opened.publishable.results, load_publishable(str(made / DATA)).results, check_exact=True
    )
    assert "answer" not in opened.findings
    assert open_study(str(study), 2024).publishable.study.year == 2024


def test_every_number_of_the_annual_report_is_a_result(made: Path) -> None:
    results = load_publishable(str(made / DATA)).results
    cells = htmls(made / "internal" / REPORT.name)
    read = shown("".join(cells))
    assert_numbers_are_results(read, results)
    assert {"2025.member_survey.scales.trust.mean"} <= {result for result, _, _ in read.ids}
    assert not [left for left in read.left.splitlines() if any(c.isdigit() for c in left)]
    # And the page shows what the notebook shows.
    page = re.search(
        r"<main.*</main>", (made / "public" / "report.html").read_text(encoding="utf-8"), re.DOTALL
    )
    assert page and shown(page[0]).ids == read.ids


def test_the_published_file_holds_the_numbers_of_the_report(made: Path) -> None:
    published = pd.read_csv(made / "public" / "results.csv").set_index("id")
    read = shown("".join(htmls(made / "internal" / REPORT.name)))
    for result, part, value in read.ids:
        # Six significant digits, as `formats.DIGITS` says.
        assert float(value) == pytest.approx(published.loc[result, part], rel=5.1e-6)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"titel": "x"}, "no parameter `titel`", id="undeclared"),
        pytest.param({"title": 3}, "`title` must be text", id="mistyped text"),
        pytest.param({"formats": 1.5}, "`formats` must be text", id="a number for formats"),
    ],
)
def test_a_wrong_parameter_stops_the_report_before_anything_is_written(
    given: dict[str, Any], said: str, study: Path, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=said):
        make_edition(load_study(study), 2025, tmp_path / "edition", given)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path not in ANALYSIS], ids=name)
def test_a_notebook_takes_only_parameters_that_it_declares(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no parameter `regoin`"):
        run_notebook(path, tmp_path / "out.ipynb", {"regoin": "West"})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("source", ["raise RuntimeError('no')", "%nosuchmagic"], ids=["error", "magic"])
def test_a_failing_notebook_leaves_the_earlier_edition_as_it_was(
    source: str, made: Path, tmp_path: Path
) -> None:
    target = tmp_path / "small-2025"
    shutil.copytree(made, target)
    before = digests(target)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="fails")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    failing = tmp_path / "failing.ipynb"
    nbformat.write(notebook, failing)
    with pytest.raises(EditionError, match=r"failing\.ipynb failed"), edition.staged(target) as staging:
        (staging / "public" / "half.html").write_text("half", encoding="utf-8")
        run_notebook(failing, staging / "internal" / "failing.ipynb", {})
    assert digests(target) == before
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {target.name}


def digests(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): edition.digest_of(p) for p in folder.rglob("*") if p.is_file()}
