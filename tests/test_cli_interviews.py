"""`ksn` on coded interviews: codebooks and passages written for other tools; nothing slow at its start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from ksn_research.cli import cli
from ksn_research.errors import KsnError, PlanError, ReadError
from ksn_research.plan import load_study
from ksn_research.read.codebook import read_codebook
from ksn_research.read.coded import read_coded
from ksn_research.scaffold import coded_of
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "surveys" / "demo"
SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "interviews"
# pandas takes half a second, pyxform and JupyterLab longer.
SLOW = {
    "pandas",
    "numpy",
    "scipy",
    "matplotlib",
    "ibis",
    "duckdb",
    "pyxform",
    "statsmodels",
    "jinja2",
    "rich",
}
SECRET = "my brother Anselm lent us the van"
HEAD = '[study]\ntitle = "T"\nyears = [2025]\n\n[sources.talks]\nkind = "interviews"\n'


def ksn(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def study(folder: Path, more: str = 'file = "talks.csv"\n', rows: str = "", ledger: str = "") -> Path:
    """A study of one coding sheet; the words of one passage are to stand nowhere but in the written sheet."""
    (folder / "study.toml").write_text(HEAD + more, encoding="utf-8")
    sheet = f"interview,coder,code,text\nt1,A,trust,{SECRET}\nt2,A,time,none is left\nt3,A,,\n{rows}"
    (folder / "talks.csv").write_text(sheet, encoding="utf-8")
    (folder / "ledger.csv").write_text(ledger, encoding="utf-8")
    return folder


def ordered(segments: pd.DataFrame) -> pd.DataFrame:
    return segments.sort_values(["interview", "start", "end", "coder", "code"], ignore_index=True)


WITH_LEDGER = 'file = "talks.csv"\nconsent = "ledger.csv"\n'


def test_the_start_imports_nothing_that_takes_long() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, ksn_research.cli; print(' '.join(sys.modules))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {"click", "ksn_research.cli.instruments"} <= set(said.stdout.split())
    assert not SLOW & set(said.stdout.split())


def test_the_codebook_is_written_with_definitions_and_reads_the_same(tmp_path: Path) -> None:
    target = tmp_path / "book.qdc"
    said = ksn("instrument", "export", "interviews", DEMO, "--year", "2024", "--out", target)
    assert said.exit_code == 0 and "16 codes" in said.output, said.output
    held = read_coded(DEMO / "2024" / "interviews.qdpx", "interviews", {}).codes
    codes, notes = read_codebook(target.read_bytes(), "book.qdc")
    pd.testing.assert_frame_equal(codes, held)
    assert notes == () and list(tmp_path.iterdir()) == [target]


def test_without_a_name_the_codebook_of_the_newest_year_goes_to_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ksn("instrument", "export", "interviews", DEMO).exit_code == 0
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["interviews-2025.qdc"]


@pytest.mark.parametrize("source", ["interviews", "expert_notes"])
def test_passages_are_written_and_read_again_without_the_withdrawn(tmp_path: Path, source: str) -> None:
    target = tmp_path / "passages.csv"
    said = ksn("instrument", "export", source, DEMO, "--year", "2025", "--out", target)
    assert said.exit_code == 0 and "keep it where the transcripts are kept" in said.output
    projects, year = coded_of(load_study(DEMO), source, 2025)
    again = read_coded(target, source, {})
    assert year == 2025 and not again.findings
    pd.testing.assert_frame_equal(ordered(again.segments), ordered(projects[0].segments))
    same = [name for name in again.interviews if name not in ("name", "length", "units")]
    pd.testing.assert_frame_equal(again.interviews[same], projects[0].interviews[same].reset_index(drop=True))
    assert f"{len(again.segments)} passages" in said.output


def test_who_withdrew_is_in_no_export(tmp_path: Path) -> None:
    made = study(tmp_path, WITH_LEDGER, ledger="interview,quote_consent,withdrawn_on\nT1,named,2025-06-01\n")
    out = tmp_path / "out.csv"
    assert ksn("instrument", "export", "talks", made, "--out", out).exit_code == 0
    sheet = pd.read_csv(out, keep_default_na=False)
    assert list(sheet["interview"]) == ["t2", "t3"]
    assert SECRET not in out.read_text(encoding="utf-8")
    said = ksn("instrument", "codebook", "talks", made).output
    assert "trust (0 interviews, 0 passages): no definition" in said
    assert "time (1 interview, 1 passage): no definition" in said


def test_a_ledger_that_is_not_understood_keeps_the_export_from_being_written(tmp_path: Path) -> None:
    made = study(tmp_path, WITH_LEDGER, ledger="interview,quote_consent,withdrawn_on\nt1,perhaps,\n")
    out = tmp_path / "out.csv"
    out.write_text("what was there", encoding="utf-8")
    said = ksn("instrument", "export", "talks", made, "--out", out)
    assert isinstance(said.exception, ReadError)
    assert str(said.exception).startswith("ledger.csv, row 2, column quote_consent: ")
    assert out.read_text(encoding="utf-8") == "what was there"


def no_sheet(folder: Path) -> None:
    (folder / "talks.csv").unlink()


def no_code_column(folder: Path) -> None:
    (folder / "talks.csv").write_text(f"interview,text\nt1,{SECRET}\n", encoding="utf-8")


def nameless(folder: Path) -> None:
    (folder / "talks.csv").write_text(f"interview,code,text\n,trust,{SECRET}\n", encoding="utf-8")


def codeless(folder: Path) -> None:
    (folder / "talks.csv").write_text("interview,code,text\nt1,,\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "words", "kind", "said"),
    [
        (no_sheet, ["talks", "--out", "o.qdc"], ReadError, "talks.csv"),
        (no_code_column, ["talks", "--out", "o.qdc"], ReadError, "talks.csv, row 1, column code: "),
        (nameless, ["talks", "--out", "o.csv"], ReadError, "talks.csv, row 2, column interview: "),
        (codeless, ["talks", "--out", "o.qdc"], PlanError, "o.qdc: there is no code to write; "),
        (None, ["talks", "--out", "o.docx"], PlanError, "o.docx: coded interviews cannot be written as "),
        (None, ["nothing", "--out", "o.qdc"], PlanError, "study.toml: there is no source `nothing`; use one"),
        (None, ["talks", "--year", "2019", "--out", "o.qdc"], PlanError, "`talks` has no wave up to 2019"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_sentence_without_anybodys_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None] | None,
    words: list[str],
    kind: type[KsnError],
    said: str,
) -> None:
    made = study(tmp_path)
    monkeypatch.chdir(tmp_path)
    if spoil is not None:
        spoil(made)
    source, *rest = words
    found = ksn("instrument", "export", source, made, *rest)
    assert isinstance(found.exception, kind), found.output
    assert said in str(found.exception) and found.exception.remedy
    assert SECRET not in str(found.exception) + found.output
    assert not any(path.name.startswith(("o.", ".o.")) for path in tmp_path.iterdir())


def test_the_codebook_is_printed_with_its_hierarchy_and_use() -> None:
    lines = ksn("instrument", "codebook", "interviews", DEMO, "--year", "2025").output.splitlines()
    assert lines[0] == "mentoring (0 interviews, 0 passages): Everything about mentoring; not coded itself."
    # 9 of 23: TRUTH.md, P2.
    assert lines[1].startswith("    offers mentoring (9 interviews, ")


def test_several_waves_of_a_year_are_one_codebook_and_one_table(tmp_path: Path) -> None:
    made = study(tmp_path, '[sources.talks.waves]\nspring = "talks.csv"\nautumn = "more.csv"\n')
    more = "interview,code,text,region\nt4,trust,at last,North\n"
    (made / "more.csv").write_text(more, encoding="utf-8")
    assert ksn("instrument", "export", "talks", made, "--out", tmp_path / "o.csv").exit_code == 0
    sheet = pd.read_csv(tmp_path / "o.csv", keep_default_na=False)
    assert list(sheet["interview"]) == ["t1", "t2", "t3", "t4"]
    assert list(sheet["region"]) == ["", "", "", "North"]
    assert ksn("instrument", "export", "talks", made, "--out", tmp_path / "o.qdc").output.endswith(
        "2 codes\n"
    )


@pytest.mark.parametrize(
    ("path", "codes", "passages"),
    [("refi-qda/with-text.qdpx", 262, 205), ("taguette/taguette_sample.sqlite3", 3, 4)],
)
def test_real_projects_survive_the_way_out_and_in(
    tmp_path: Path, path: str, codes: int, passages: int
) -> None:
    if not (SHARED / path).exists():
        pytest.skip("the shared sample is not here; set KSN_SHARED")
    place = (SHARED / path).resolve().as_posix()
    (tmp_path / "study.toml").write_text(f'{HEAD}file = "{place}"\n', encoding="utf-8")
    for kind in (".qdc", ".csv"):
        said = ksn("instrument", "export", "talks", tmp_path, "--out", tmp_path / f"o{kind}")
        assert said.exit_code == 0, said.exception
    held = read_coded(SHARED / path, "talks", {})
    book, _ = read_codebook((tmp_path / "o.qdc").read_bytes(), "o.qdc")
    assert sorted(book["code"]) == sorted(held.codes["code"]) and len(book) == codes
    again = read_coded(tmp_path / "o.csv", "talks", {}).segments
    assert len(again) == passages
    # A sheet keeps no blanks at the edges of a cell.
    pd.testing.assert_frame_equal(
        ordered(again).drop(columns="text"), ordered(held.segments).drop(columns="text")
    )
