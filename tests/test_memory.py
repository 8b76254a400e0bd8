"""What a study remembers of its editions: runs of a year, their names, and what a run takes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import small_study
from fake_publishable import publishable

from ksn_research import edition, memory
from ksn_research.disclose import Publishable
from ksn_research.errors import ReadError
from ksn_research.plan import Study, load_study
from ksn_research.read import shown_pages
from ksn_research.results import COLUMNS

YEAR = 2025
WHOLE = publishable()


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return load_study(small_study.survey_only(tmp_path / "study"))


def shifted(by: float) -> Publishable:
    results = WHOLE.results.head(20)
    return replace(WHOLE, results=results.assign(estimate=results["estimate"] + by))


def run(study: Study, year: int, shown: Publishable, anew: bool = False) -> memory.Taken:
    """One run, as far as its memory goes."""
    target = study.folder.parent / f"edition-{year}"
    with edition.staged(target) as staging:
        taken = memory.take(study, year, staging)
        if anew:
            memory.forget_runs(taken, year)
        notes = memory.notes_of_results(taken, year, shown)
        left = memory.after(taken, notes)
        edition.save_json(staging / "internal" / edition.MANIFEST, left)
        memory.hand_over(taken, notes, staging, target, pytest.fail)
    assert memory.state_of(study) == left
    return taken


def files(study: Study) -> list[str]:
    return sorted(path.stem for path in (study.folder / "published").glob("*"))


def labels(study: Study, year: int) -> list[str]:
    return list(dict.fromkeys(memory.read_published(study, year)["edition"]))


def test_a_later_run_keeps_what_the_former_published_and_the_same_again_writes_nothing(study: Study) -> None:
    run(study, YEAR, shifted(0))
    first = (study.folder / "published" / "2025.csv").read_bytes()
    run(study, YEAR, shifted(0))
    assert files(study) == ["2025"]
    run(study, YEAR, shifted(1))
    run(study, YEAR, shifted(2))
    assert files(study) == ["2025", "2025-1", "2025-2"]
    assert (study.folder / "published" / "2025-1.csv").read_bytes() == first


def test_runs_are_read_oldest_first_and_keep_their_names(study: Study) -> None:
    for year, by in ((2023, 0), (2024, 0), (2024, 1), (2025, 0)):
        run(study, year, shifted(by))
    assert labels(study, 2025) == ["2023", "2024-1", "2024", "2025-1"]
    run(study, 2025, shifted(1))
    assert labels(study, 2025) == ["2023", "2024-1", "2024", "2025-1", "2025-2"]
    # Readers of later editions know what these say of an earlier year.
    assert labels(study, 2024) == ["2023", "2024-1", "2024-2", "2025-1", "2025"]


def test_eleven_runs_stand_in_the_order_of_their_numbers(study: Study) -> None:
    for by in range(11):
        run(study, YEAR, shifted(by))
    assert labels(study, YEAR) == [f"2025-{k}" for k in range(1, 12)]


def test_what_is_read_is_what_was_published_with_all_columns(study: Study) -> None:
    assert memory.read_published(study, YEAR).empty
    assert list(memory.read_published(study, YEAR)) == [*COLUMNS, "edition"]
    run(study, YEAR, WHOLE)
    frame = memory.read_published(study, YEAR)
    assert list(frame) == [*COLUMNS, "edition"]
    assert frame.dtypes.astype(str).to_dict() == {**COLUMNS, "edition": "str"}
    texts = [name for name, kind in COLUMNS.items() if kind == "str"]
    pd.testing.assert_frame_equal(frame[texts], WHOLE.results[texts])
    pd.testing.assert_frame_equal(
        frame[["estimate", "n", "p"]], WHOLE.results[["estimate", "n", "p"]], rtol=5e-6
    )
    assert (frame["status"] == "suppressed").any()


def test_a_run_computes_from_a_copy_that_later_runs_do_not_change(study: Study) -> None:
    run(study, YEAR, shifted(0))
    run(study, YEAR, shifted(1))
    kept = study.folder.parent / "edition-2025" / memory.KEPT
    before = edition.digests(kept)
    assert list(before) == ["published/2025-1.csv"]
    then = replace(study, memory=kept)
    first = memory.read_published(then, YEAR)
    run(study, 2024, shifted(5))
    pd.testing.assert_frame_equal(memory.read_published(then, YEAR), first)
    # Taking the copy again gives the same copy, under the same names.
    again = memory.take(then, YEAR, study.folder.parent / "rebuilt")
    assert edition.digests(study.folder.parent / "rebuilt" / memory.KEPT) == before
    assert labels(again.study, YEAR) == ["2025-1"]


def test_anew_forgets_the_runs_of_the_year_and_what_its_pages_showed(study: Study) -> None:
    for year, by in ((2024, 0), (2025, 0), (2025, 1)):
        run(study, year, shifted(by))
    for year in (2024, 2025):
        line = {**dict.fromkeys(shown_pages.HEADER, ""), "source": "f", "circle": "A", "year": year, "n": 8}
        text = shown_pages.as_text(pd.DataFrame([line]))
        edition.replace_file(shown_pages.path_of(study, year), text.encode())
    taken = run(study, 2025, shifted(2), anew=True)
    assert files(study) == ["2024", "2025"]
    assert (
        list(shown_pages.load_shown(taken.study, 2025)["year"]) == []
    )  # the copy went with the run's folder
    with edition.staged(study.folder.parent / "other") as staging:
        taken = memory.take(study, 2025, staging)
        memory.forget_runs(taken, 2025)
        assert list(shown_pages.load_shown(taken.study, 2025)["year"]) == [2024]
        notes = memory.notes_of_pages(taken, 2025, WHOLE, [])
    assert notes == {"circle_pages/2025.csv": None}


def test_a_file_that_is_no_memory_is_refused_by_name(study: Study) -> None:
    edition.replace_file(study.folder / "published" / "2024.csv", b"id,estimate\na,1\n")
    with pytest.raises(ReadError, match=r"2024\.csv: this is no list"):
        memory.read_published(study, 2025)
