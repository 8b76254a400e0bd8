"""The field trial: real files that nobody here wrote, through `ksn report`. Figures: the owners' published
shares, reproduced from the raw files in ../shared/data/README.md."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ksn_research.check import check
from ksn_research.pipeline import prepare
from ksn_research.plan import load_study
from ksn_research.plan.drift import drift
from ksn_research.results import COLUMNS
from tests.demo_edition import TRIAL, trial_edition
from tests.editions import ksn, must, results


@pytest.fixture(scope="module")
def edition(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trial_edition(tmp_path_factory, shared)


@pytest.mark.parametrize(
    ("result", "percent", "n"),
    [
        ("2020.practice_survey.shares.critical.share", 55.8, 274),
        ("2021.practice_survey.shares.critical.share", 62.6, 241),
        ("2020.practice_survey.shares.over_10000.share", 24.2, 1021),
        ("2020.practice_survey.shares.up_to_250.share", 36.6, 1021),
        ("2020.practice_survey.shares.funding_increase.share", 37.1, 275),
        ("2020.practice_survey.shares.funding_decrease.share", 12.7, 275),
        ("2021.practice_survey.shares.formally_structured.share", 53.8, 312),
    ],
)
def test_the_owners_figures_come_out(edition: Path, result: str, percent: float, n: int) -> None:
    row = results(edition).loc[result]
    # 151 of 241 is 62.66 %, which its README cuts to 62.6.
    assert 100 * row["estimate"] == pytest.approx(percent, abs=0.06)
    assert row["n"] == n


@pytest.mark.parametrize(
    ("year", "file", "read", "blank"), [(2020, "2020_csv", 1404, 378), (2021, "2021_csv", 1146, 5)]
)
def test_every_row_of_the_exports_is_accounted_for(
    edition: Path, year: int, file: str, read: int, blank: int
) -> None:
    rows = results(edition)
    begin = f"{year}.practice_survey.rows.{file}"
    assert rows.loc[f"{begin}.read", "estimate"] == read
    assert rows.loc[f"{begin}[blank_row].set_aside", "estimate"] == blank
    assert rows.loc[f"{begin}.used", "estimate"] == read - blank


def test_an_undirected_network_of_one_time_says_what_is_not_defined(edition: Path) -> None:
    rows = results(edition)
    begin = "undated.dissemination.network"
    for one in ("network.dissemination.reciprocity", "network.dissemination.mean_in_degree"):
        assert rows.loc[f"undated.dissemination.{one}", "status"] == "undefined"
        assert "not defined" in rows.loc[f"undated.dissemination.{one}", "note"]
    assert "not defined" in rows.loc[f"{begin}_change.dissemination.jaccard", "note"]
    # igraph in R: 103 ties among 25 agencies.
    assert rows.loc[f"{begin}.dissemination.density", "estimate"] == pytest.approx(103 / 300, abs=1e-6)


def test_answers_that_name_no_event_are_in_the_totals_and_in_no_circle(edition: Path) -> None:
    rows = results(edition)
    answered = rows.loc["2017.training_feedback.response.response.respondents", "estimate"]
    shown = pd.read_parquet(edition / "internal" / "data" / "review_response.parquet")
    assert answered == 330
    assert not shown["circle"].str.contains("not listed").any()
    ours = shown[(shown["year"] == 2017) & shown["n"].notna()]
    assert (ours["n"] >= 5).all()
    assert ours["n"].sum() < 330 - 72 - 18 + 1
    assert len(ours) == 19  # of 28 events of 2017 that many have five answers, counted by hand in the file


def test_every_training_event_has_a_page_and_those_of_few_answers_say_why(edition: Path) -> None:
    data = edition / "internal" / "data"
    told = pd.read_parquet(data / "review_response.parquet")
    items = pd.read_parquet(data / "review_items.parquet")
    # Counted in the two files: 11 events of 2016 and 28 of 2017, two of them in both; 9 and 19 with five
    # answers.
    assert told.groupby("year").size().to_dict() == {2016: 11, 2017: 28}
    assert told["n"].notna().groupby(told["year"]).sum().to_dict() == {2016: 9, 2017: 19}
    shown = items[items["band"] != ""].groupby(["circle", "year"]).size()
    assert len(shown) == 28 and shown.min() >= 7
    pages = {path: path.read_text(encoding="utf-8") for path in (edition / "circles").glob("*.html")}
    assert len(pages) == told["circle"].nunique() + 1 == 38
    newest = told[told["newest"]]
    silent = sum("own answers are not shown" in page for page in pages.values())
    assert silent == newest["n"].isna().sum() >= 9


def test_the_edition_says_which_waves_it_uses_and_keeps_the_columns(edition: Path) -> None:
    page = (edition / "public" / "report.html").read_text(encoding="utf-8")
    for waves in ("2020, 2021", "2016, 2017", "undated", "2018"):
        assert f">{waves}<" in page
    assert list(pd.read_csv(edition / "public" / "results.csv", nrows=1).columns) == list(COLUMNS)
    assert (edition / "circles" / "index.html").exists()


def expected_drift() -> list[tuple[str, str, str]]:
    """Kind, question and choice of every line of expected-drift.md, which a person wrote."""
    lines = (TRIAL / "expected-drift.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [
        (kind, question, choice)
        for kind, questions, choices, _ in rows[1:]
        for question in questions.split(", ")
        for choice in choices.split(", ")
    ]


def test_the_drift_found_is_the_drift_that_a_person_found() -> None:
    before, now = (wave.instrument for wave in load_study(TRIAL).sources["practice_survey"].waves)
    assert before is not None and now is not None
    found = drift(before, now, now.changes)
    assert sorted(zip(found["kind"], found["question"], found["choice"], strict=True)) == sorted(
        expected_drift()
    )
    assert len(found) == 69
    # The platform's label for a size is no change of the questionnaire.
    assert "size" not in set(found["question"])
    assert set(found.loc[~found["kind"].isin(["added", "dropped"]), "comparable"]) == {
        "yes",
        "label-change",
        "no",
    }


def test_ksn_compare_shows_every_change_and_what_becomes_of_the_trends(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KSN_SHARED", str(shared))
    monkeypatch.setenv("COLUMNS", "2000")
    must(ksn("compare", "2020", "2021", TRIAL, "--out", tmp_path / "both.csv"))
    lines = capsys.readouterr().out.splitlines()
    assert "practice_survey: 69 changes" in lines[1]
    begin = lines.index("practice_survey: changes") + 2
    ends = [len(rule) for rule in lines[begin].split("  ")]
    pairs = set()
    for line in lines[begin + 1 : lines.index("practice_survey: trends") - 1]:
        kind, _, choices = line[2:][: ends[1]].strip().partition(": ")
        questions = line[4 + ends[1] :][: ends[2]].strip()
        pairs |= {(kind, q, c) for q in questions.split(", ") for c in choices.split(", ")}
    assert pairs == set(expected_drift())
    trends = "\n".join(lines[lines.index("practice_survey: trends") :])
    assert "shares programme_or_plans, often_use_commercial" in trends and "marked" in trends
    both = pd.read_csv(tmp_path / "both.csv")
    assert {"estimate_a", "estimate_b", "difference"} <= set(both.columns) and len(both) > 100


def test_both_exports_are_read_by_their_own_questionnaires(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KSN_SHARED", str(shared))
    findings = check(prepare(load_study(TRIAL), 2021))
    assert not (findings["severity"] == "block").any()
