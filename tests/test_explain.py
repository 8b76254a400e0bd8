"""Where a number comes from: lines from the edition alone, in the digits that were published."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import small_study

from ksn_research import edition, ledger, memory, pipeline, provenance, report
from ksn_research.check import check
from ksn_research.disclose.quotes import judged
from ksn_research.errors import EditionError
from ksn_research.explain import explain_result, nearest
from ksn_research.plan import load_study

YEAR = 2024
MEAN = "2024.member_survey.scales.trust.mean"
CIRCLE = "2024.member_survey.scales.trust@circle=a.mean"
PAGE = """
<h2>Findings</h2><p>Something else. The mean score was
<data class="r" value="3" data-id="{0}">3.2</data> (<data data-id="{0}" data-part="ci_low">3</data> to 4) in
2024. More of it.</p>
<table><caption><span>Table 3.</span> Scale scores</caption><tr><td><data data-id="{0}">3.2</data></td></tr>
</table>
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition of what `explain` reads, from which the study is then taken away."""
    home = tmp_path_factory.mktemp("explained")
    study = load_study(small_study.survey_only(home / "study"))
    prepared = pipeline.prepare(study, YEAR)
    evidence = pipeline.analyse(prepared)
    earlier = memory.read_published(study, YEAR)
    shown = pipeline.publish(evidence, prepared, check(prepared), earlier, judged(prepared))
    one = shown.results[shown.results["id"] == MEAN].assign(
        id=CIRCLE, group="circle", level="a", status="suppressed", note="fewer than 5 people",
        estimate=None, n=pd.NA,
    )  # fmt: skip
    folder = home / "edition"
    for part in edition.PARTS:
        (folder / part).mkdir(parents=True)
    edition.save_csv(folder / "public" / "results.csv", shown.results)
    report.save_publishable(folder / report.DATA, replace(shown, circles=one.astype(shown.circles.dtypes)))
    (folder / "public" / "report.html").write_text(PAGE.format(MEAN), encoding="utf-8")
    (folder / "public" / "figures").mkdir()
    (folder / "public" / "figures" / "scales.csv").write_text(f"label,id\nTrust,{MEAN}\n")
    (folder / "public" / "figures" / "other.csv").write_text(f"label,id\n{MEAN},x\n")
    ledger.write_ledger(folder, prepared)
    provenance.write_manifests(folder, study, YEAR, prepared.waves, {"title": ""}, {})
    shutil.rmtree(study.folder)
    return folder


@pytest.fixture(scope="module")
def told(made: Path) -> list[str]:
    return [" ".join(line.split()) for line in explain_result(made, MEAN).splitlines()]


def published(made: Path, result: str) -> dict[str, str]:
    frame = pd.read_csv(made / "public" / "results.csv", dtype="str", keep_default_na=False)
    return frame.set_index("id").loc[result].to_dict()


def test_the_numbers_are_those_of_results_csv_digit_by_digit(made: Path, told: list[str]) -> None:
    row = published(made, MEAN)
    for name in ("estimate", "se", "ci_low", "ci_high"):
        assert f"{name.replace('_', ' ')} {row[name]}" in told
    assert f"denominator n = {row['n']} people" in told
    assert f"method {row['method']}" in told


def test_it_names_the_file_its_digest_and_what_became_of_its_rows(made: Path, told: list[str]) -> None:
    digest = provenance.read_record(made).inputs["2024/member_survey.csv"]
    assert f"file 2024/member_survey.csv sha256 {digest}" in told
    # small_study writes 60 members and one blank row.
    assert "rows member_survey.csv: 61 read, 60 used, 1 set aside" in told
    assert "1 set aside: blank row" in told


def test_it_gives_the_items_of_a_scale_in_the_words_of_the_form_and_which_are_reversed(
    told: list[str],
) -> None:
    assert "scale Trust in the network: mean of 4 items, answered by at least 80% of them" in told
    questions = [line for line in told if line.startswith("question ")]
    assert [line.split()[1].rstrip(":") for line in questions] == ["trust_1", "trust_2", "trust_3", "trust_4"]
    assert "[reversed: 6 - x]" in questions[2]
    assert questions[0].endswith("I can speak openly about what did not work")
    assert sum("5 = Strongly agree" in line for line in told) == 4


def test_it_says_where_the_number_is_printed(told: list[str]) -> None:
    assert [line for line in told if line.startswith("printed in")] == [
        "printed in public/report.html: \u201cThe mean score was 3.2 (3 to 4) in 2024.\u201d",
        "printed in public/report.html: Table 3. Scale scores",
        "printed in public/figures/scales",
        "printed in public/results.csv",
    ]


def test_it_names_the_programme_and_its_packages(made: Path, told: list[str]) -> None:
    record = provenance.read_record(made)
    assert f"programme ksn_research {record.packages['ksn-research']} sha256 {record.code}" in told
    assert f"package pandas {record.packages['pandas']}" in told
    assert "weights none: every answer counts the same" in told


def test_weights_are_told_where_the_plan_declares_them(made: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(made, tmp_path / "edition")
    book = json.loads((copy / ledger.FILE).read_text())
    book["sources"]["member_survey"]["options"]["design"] = {"rake": ["region", "type"], "trim": 5.0}
    (copy / ledger.FILE).write_text(json.dumps(book))
    results = (copy / "public" / "results.csv").read_text().replace(",scales,trust,", ",roster,trust,")
    (copy / "public" / "results.csv").write_text(results)
    assert "weights  rake region, type; trim 5.0" in explain_result(copy, MEAN)


@pytest.mark.parametrize("result", ["a row of the survey", CIRCLE])
def test_of_a_suppressed_number_everything_but_the_number_is_told(made: Path, result: str) -> None:
    if result != CIRCLE:
        frame = pd.read_csv(made / "public" / "results.csv")
        result = frame.loc[(frame["status"] == "suppressed") & (frame["analysis"] == "answers"), "id"].iloc[0]
    lines = explain_result(made, result).splitlines()
    named = {line[:12].strip(): line[14:] for line in lines}
    assert named["number"].startswith("not shown: fewer than 5 people")
    assert named["denominator"] == "people"
    assert named["disclosure"] == "suppressed; at least 5 people and 3 organisations"
    assert not {"estimate", "se", "ci low", "ci high"} & set(named)
    assert "question" in named and "file" in named


def test_a_mistyped_id_is_answered_with_the_nearest(made: Path) -> None:
    with pytest.raises(EditionError) as caught:
        explain_result(made, MEAN.replace("trust", "trsut"))
    assert f"the nearest are {MEAN}," in str(caught.value)
    assert nearest("x", []) == []


def test_an_edition_without_a_ledger_says_so(made: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(made, tmp_path / "edition")
    (copy / ledger.FILE).unlink()
    with pytest.raises(EditionError, match=r"ledger\.json: the edition has no ledger"):
        explain_result(copy, MEAN)


def test_the_ledger_names_no_place(made: Path) -> None:
    assert str(made.parent) not in (made / ledger.FILE).read_text(encoding="utf-8")
