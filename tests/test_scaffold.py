"""Starting a study and going on to its next year."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ksn_research.errors import PlanError
from ksn_research.plan import load_study
from ksn_research.scaffold import add_year, new_study


@pytest.fixture
def study(tmp_path) -> Path:
    new_study(tmp_path / "ours", 2025)
    return tmp_path / "ours"


def test_a_new_study_can_be_loaded_as_it_stands(study) -> None:
    made = load_study(study)
    (wave,) = made.sources["member_survey"].waves
    assert (made.years, wave.file) == ((2025,), study / "2025/member_survey.csv")
    assert set(wave.instrument.scales) == {"trust", "belonging"}
    assert set(made.headline) == {"member_survey.trust", "member_survey.belonging", "member_survey.valuable"}


def test_the_place_of_the_first_export_is_told_and_is_there_to_be_filled(tmp_path) -> None:
    place = new_study(tmp_path / "ours", 2031)
    assert place == tmp_path / "ours/2031/member_survey.csv"
    assert place.parent.is_dir() and not place.exists()
    assert not [p for p in (tmp_path / "ours").rglob("*") if p.is_file() and "__YEAR__" in p.read_text()]


def test_every_source_that_the_template_offers_can_be_uncommented(study) -> None:
    path = study / "study.toml"
    kept = ["[sources", "kind", "label", "file", "columns", "numbers", "ego", "units", "relations", "format"]
    options = [*kept, "consent", "[analyses", "of", "by", "rake"]
    starts = tuple(f"# {option}" for option in options)
    opened = [line[2:] if line.startswith(starts) else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(opened))
    kinds = {source.kind for source in load_study(study).sources.values()}
    assert kinds == {
        "survey", "organisations", "people", "circles", "attendance", "records", "nominations", "interviews",
    }  # fmt: skip


@pytest.mark.parametrize("what", ["a folder with something in it", "a file"])
def test_a_new_study_never_writes_over_anything(tmp_path, what) -> None:
    target = tmp_path / "ours"
    if what == "a file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    with pytest.raises(PlanError, match="not empty"):
        new_study(target, 2025)
    kept = target if what == "a file" else target / "mine.txt"
    assert kept.read_text() == "mine"


def test_an_empty_folder_may_be_used(tmp_path) -> None:
    (tmp_path / "ours").mkdir()
    new_study(tmp_path / "ours", 2025)
    assert load_study(tmp_path / "ours").years == (2025,)


def test_the_next_year_keeps_the_comments_and_copies_the_questionnaire(study) -> None:
    before = (study / "study.toml").read_text()
    told = add_year(study, 2026)
    after = (study / "study.toml").read_text()
    assert after == before.replace("years = [2025]", "years = [2025, 2026]") != before
    forms = study / "instruments"
    old, new = forms / "member_survey-2025.md", forms / "member_survey-2026.md"
    assert new.read_bytes() == old.read_bytes()
    assert (study / "2026").is_dir()
    assert len(told) == 3 and "2026" in told[0]
    now = load_study(study).sources["member_survey"].waves[1].instrument
    assert not any(question.change for question in now.questions.values())


def test_a_questionnaire_that_is_there_already_is_not_replaced(study) -> None:
    form = study / "instruments" / "member_survey-2026.md"
    form.write_text((study / "instruments" / "member_survey-2025.md").read_text() + "\n")
    mine = form.read_bytes()
    add_year(study, 2026)
    assert form.read_bytes() == mine


def test_an_earlier_year_may_be_added_too(study) -> None:
    add_year(study, 2024)
    assert load_study(study).years == (2024, 2025)


def test_a_year_is_added_once(study) -> None:
    before = (study / "study.toml").read_bytes()
    assert add_year(study, 2025)[0].startswith("nothing to review")
    assert (study / "study.toml").read_bytes() == before


def test_a_list_of_years_over_several_lines_keeps_its_shape(study) -> None:
    path = study / "study.toml"
    path.write_text(path.read_text().replace("years = [2025]", "years = [\n  2025,  # the first\n]"))
    add_year(study, 2026)
    assert "# the first" in path.read_text()
    assert tomllib.loads(path.read_text())["study"]["years"] == [2025, 2026]
