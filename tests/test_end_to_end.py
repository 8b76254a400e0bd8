"""An analyst's two years: start a study with one CSV, publish, add a year, publish, and again when late
answers to the first year arrive."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ksn_research.cli import editions
from ksn_research.disclose import StudyInfo
from ksn_research.results import COLUMNS
from tests.editions import ksn, must, results

AGREE = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]
ITEMS = ["trust_1", "trust_2", "trust_3", "trust_4", "belonging_1", "belonging_2", "belonging_3", "value"]

PAGE = ("--formats", "html")  # of editions that another takes the place of, or of which only the page is read
cli_template = editions._template


def member_survey(path: Path, members: range, level: float, seed: int) -> pd.DataFrame:
    """Answers as labels, headed with the form's names; the mean of an item is about `level`."""
    rng = np.random.default_rng(seed)
    high = pd.DataFrame(
        {item: np.clip(np.rint(rng.normal(level, 0.8, len(members))), 1, 5).astype(int) for item in ITEMS}
    )
    high["trust_3"] = 6 - high["trust_3"]
    answers = high.map(lambda value: AGREE[value - 1])
    answers.insert(0, "member_code", [f"M{number:03d}" for number in members])
    answers["part"], answers["comment"] = "Online", ""
    answers.to_csv(path, index=False)
    return high


class Edits:
    """Counts the lines an analyst had to edit by hand."""

    def __init__(self) -> None:
        self.lines = 0

    def change(self, path: Path, old: str, new: str) -> None:
        before = path.read_text(encoding="utf-8")
        after = before.replace(old, new)
        told = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        self.lines += sum(line.startswith("+") and not line.startswith("+++") for line in told)
        path.write_text(after, encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def template() -> Iterator[None]:
    """One process to fork from for all commands here; a template of each run's own has the demo's edition."""
    with cli_template() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(editions, "_template", lambda: nullcontext(made))
        yield


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        study, edits = Path("surveys/mine"), Edits()
        must(ksn("new", study, "--year", "2025"))
        first = member_survey(study / "2025" / "member_survey.csv", range(40), 3.2, 1)
        must(ksn("check", study))
        must(ksn("report", study, *PAGE))
        before = results(Path("reports/mine-2025"))
        edits.change(study / "study.toml", 'title = "Our learning network"', 'title = "The mine network"')
        must(ksn("new-year", study, "2026"))
        form = study / "instruments" / "member_survey-2026.md"
        edits.change(form, "I would miss this network if it ended", "I would be sorry if this network ended")
        cross = study / "crosswalks" / "member_survey.toml"
        edits.change(
            cross,
            "# [[change]]",
            '[[change]]\nyear = 2026\nquestion = "belonging_3"\n'
            'comparable = "no"\nreason = "question reworded"',
        )
        second = member_survey(study / "2026" / "member_survey.csv", range(10, 55), 4.0, 2)
        must(ksn("report", study, *PAGE))
        # Five late answers to the first year.
        late = member_survey(study / "2025" / "late.csv", range(40, 45), 3.2, 3)
        path = study / "2025" / "member_survey.csv"
        pd.concat([pd.read_csv(path), pd.read_csv(study / "2025" / "late.csv")]).to_csv(path, index=False)
        must(ksn("report", study, "--year", "2025", *PAGE))
        must(ksn("report", study))
        # A copy that is verified after later editions were published.
        shutil.copytree("reports/mine-2026", "then")
        yield {
            "home": home,
            "edits": edits.lines,
            "before": before,
            "values": (first, late, second),
            "2025": results(Path("reports/mine-2025")),
            "2026": results(Path("reports/mine-2026")),
        }


def trust(high: pd.DataFrame) -> pd.Series:
    return high.assign(trust_3=6 - high["trust_3"])[["trust_1", "trust_2", "trust_3", "trust_4"]].mean(axis=1)


def test_fewer_than_ten_lines_are_edited_by_hand(story: dict) -> None:
    assert story["edits"] < 10


def test_both_editions_are_right(story: dict) -> None:
    first, late, second = story["values"]
    old = trust(pd.concat([first, late])).mean()
    for edition in ("2025", "2026"):
        row = story[edition].loc["2025.member_survey.scales.trust.mean"]
        assert row["estimate"] == pytest.approx(old, abs=1e-4)
        assert row["n"] == 45
    new = story["2026"].loc["2026.member_survey.scales.trust.mean"]
    assert new["estimate"] == pytest.approx(trust(second).mean(), abs=1e-4)
    change = story["2026"].loc["2026.member_survey.change.trust.difference"]
    assert change["estimate"] == pytest.approx(trust(second).mean() - old, abs=1e-4)
    assert story["before"].loc["2025.member_survey.scales.trust.mean", "n"] == 40


def test_a_reworded_question_is_not_compared(story: dict) -> None:
    row = story["2026"].loc["2026.member_survey.change.belonging.difference"]
    assert row["status"] == "not comparable"
    assert row["note"] == "question reworded"


def test_nothing_is_invented_where_nothing_was_collected(story: dict) -> None:
    rows = story["2025"]
    assert not (rows["statistic"] == "rate").any()
    assert set(rows["source"]) == {"member_survey"}
    page = (story["home"] / "reports" / "mine-2025" / "public" / "report.html").read_text(encoding="utf-8")
    assert page.count("Not collected") >= 3
    assert ["id", *rows.columns] == list(COLUMNS)


def test_an_edition_is_whole_and_its_manifest_names_no_place(story: dict) -> None:
    edition = story["home"] / "reports" / "mine-2026"
    for name in ("report.html", "results.csv", "tables.xlsx", "manifest.json"):
        assert (edition / "public" / name).stat().st_size > 0
    manifest = (edition / "internal" / "manifest.json").read_text(encoding="utf-8")
    assert str(story["home"]) not in manifest
    assert "member_survey.csv" in manifest
    assert not list((story["home"] / "reports").glob(".mine-*-*"))


def test_the_study_remembers_what_it_published(story: dict) -> None:
    published = story["home"] / "surveys" / "mine" / "published"
    for year in ("2025", "2026"):
        public = story["home"] / "reports" / f"mine-{year}" / "public" / "results.csv"
        assert (published / f"{year}.csv").read_bytes() == public.read_bytes()
    before = pd.read_csv(published / "2025-1.csv").set_index("id")["n"]
    assert before["2025.member_survey.scales.trust.mean"] == 40
    assert not list(story["home"].glob("**/.remember*")) + list(story["home"].glob("**/.*.run-*"))


ELSEWHERE = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "4711", "MPLBACKEND": "svg"}


def test_an_edition_is_reproduced_byte_for_byte_elsewhere(story: dict, tmp_path: Path) -> None:
    """By another process in another folder, time zone and locale, under another seed of hashes, although what
    the edition published has been remembered since."""
    home = story["home"]
    call = [sys.executable, "-c", "from ksn_research.cli import main; main()", "verify"]
    ended = subprocess.run(
        [*call, home / "then", home / "surveys" / "mine"],
        cwd=tmp_path,
        env={**os.environ, **ELSEWHERE},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.strip() == "The edition is reproduced, byte for byte."


def test_a_record_that_changed_is_named_with_the_files_that_differ(
    story: dict, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(story["home"])
        path = Path("surveys/mine/2026/member_survey.csv")
        records = path.read_bytes()
        path.write_bytes(records.replace(b"Strongly agree", b"Agree", 1))
        assert ksn("verify", "then", "surveys/mine") == 1
        path.write_bytes(records)
    told = capsys.readouterr().out.splitlines()
    assert "  input 2026/member_survey.csv: changed since then" in told
    assert "  public/results.csv: different" in told
    assert told[-1] == "The edition is not reproduced."


def test_a_number_is_explained_and_years_are_compared(
    story: dict, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(story["home"])
        must(ksn("explain", "reports/mine-2026", "2026.member_survey.scales.trust.mean"))
        told = capsys.readouterr().out
        assert "member_survey.csv" in told
        assert "sha256" in told
        must(ksn("compare", "2025", "2026", "surveys/mine"))
        told = capsys.readouterr().out
        assert "1 reworded" in told and "question reworded" in told
        assert ksn("explain", "reports/mine-2026", "no.such.id") == 1


def test_an_undeclared_report_parameter_is_an_error(story: dict, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(story["home"])
        assert ksn("report", "surveys/mine", "-p", "titel=x") == 1
        assert ksn("report", "surveys/mine", "--year", "1999") == 1
    assert "titel" in capsys.readouterr().err


def test_suppression_is_on_by_default() -> None:
    assert (StudyInfo("s", "t", "", 2025).people, StudyInfo("s", "t", "", 2025).organisations) == (5, 3)
