"""An edition is made again when anything that it follows from has changed, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ksn_research import edition, memory, provenance
from ksn_research.plan import Study, load_study, waves_for
from ksn_research.unchanged import unchanged
from tests.small_study import YEARS, survey_only

YEAR, TOLD = YEARS[0], {"title": "A title", "formats": "html"}


def as_made(target: Path, study: Study) -> None:
    """Files of an edition, with the manifests that `ksn report` writes."""
    for name in ("public/report.html", "circles/index.html", "internal/checks.csv"):
        edition.replace_file(target / name, name.encode())
    waves = {name: waves_for(source, YEAR) for name, source in study.sources.items()}
    provenance.write_manifests(target, study, YEAR, waves, TOLD, memory.state_of(study))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unchanged")
    as_made(folder / "edition", load_study(survey_only(folder / "study")))
    return folder


@pytest.fixture
def place(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "here"))


def append(name: str) -> Callable[[Path], object]:
    def change(place: Path) -> None:
        file = next(place.glob(name))
        file.write_bytes(file.read_bytes() + b"\n")

    return change


def write(name: str) -> Callable[[Path], object]:
    return lambda place: edition.replace_file(place / name, b"id\n")


def test_an_edition_stands_while_nothing_has_changed(place: Path) -> None:
    assert unchanged(place / "edition", load_study(place / "study"), YEAR, TOLD)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(append("study/study.toml"), id="the plan"),
        pytest.param(append("study/instruments/*"), id="a questionnaire"),
        pytest.param(append(f"study/{YEAR}/*.csv"), id="records"),
        pytest.param(write(f"study/published/{YEAR}.csv"), id="what was published since"),
        pytest.param(append("edition/public/report.html"), id="a file of the edition"),
        pytest.param(write("edition/public/other.html"), id="one more file"),
        pytest.param(lambda place: (place / "edition/circles/index.html").unlink(), id="one file less"),
        pytest.param(append("edition/public/manifest.json"), id="the public manifest"),
        pytest.param(lambda place: (place / "edition/internal/manifest.json").unlink(), id="no manifest"),
        pytest.param(lambda place: shutil.rmtree(place / "edition"), id="no edition"),
    ],
)
def test_an_edition_is_made_again_after_a_change(change: Callable[[Path], object], place: Path) -> None:
    change(place)
    assert not unchanged(place / "edition", load_study(place / "study"), YEAR, TOLD)


@pytest.mark.parametrize(
    ("name", "now"),
    [
        pytest.param("code_digest", lambda: "other", id="our code"),
        pytest.param("packages", lambda: {"python": "4.0.0", "ksn-research": "0"}, id="a package"),
    ],
)
def test_other_means_make_another_edition(
    name: str, now: Callable[[], object], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, name, now)
    assert not unchanged(place / "edition", load_study(place / "study"), YEAR, TOLD)


@pytest.mark.parametrize("told", [{**TOLD, "title": "Another"}, {**TOLD, "formats": "html,pdf"}, {}])
def test_other_parameters_make_another_edition(told: dict[str, str], place: Path) -> None:
    assert not unchanged(place / "edition", load_study(place / "study"), YEAR, told)
