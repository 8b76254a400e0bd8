"""The memory of circle pages: read back as written, never changed, refused where it is something else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import small_study

from ksn_research.errors import ReadError
from ksn_research.plan import Study, load_study
from ksn_research.prepared import blank
from ksn_research.read.shown_pages import as_text, load_shown, of_file, path_of, with_new

HEAD = "source,year,wave,circle,measure,n,band,low,high\n"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return load_study(small_study.survey_only(tmp_path / "small"))


def lines(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=HEAD.strip().split(",")).astype(blank("shown").dtypes.to_dict())


def keep(study: Study, year: int, text: str) -> Path:
    path = path_of(study, year)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_study_without_pages_remembers_nothing(study: Study) -> None:
    assert load_shown(study, 2025).empty
    assert of_file(study, 2025).empty


def test_what_is_written_is_read_back_and_the_first_that_was_shown_wins(study: Study) -> None:
    first = lines(
        ("f", 2024, "", "A, B", "safe", 8, "most", 5, 7),
        ("f", pd.NA, "closing", "Ünal", "", 8, "", None, None),
    )
    keep(study, 2024, as_text(first))
    second = lines(
        ("f", 2024, "", "A, B", "safe", 9, "few", 0, 3), ("f", 2025, "", "C", "safe", 9, "few", 0, 3)
    )
    keep(study, 2025, as_text(second))
    assert as_text(of_file(study, 2024)) == as_text(first)
    told = load_shown(study, 2025)
    assert told.loc[told["circle"] == "A, B", ["n", "band"]].to_numpy().tolist() == [[8, "most"]]
    assert len(told) == 3
    assert len(load_shown(study, 2024)) == 2


def test_lines_are_added_and_none_is_changed() -> None:
    known = lines(("f", 2025, "", "A", "safe", 8, "most", 5, 7))
    shown = lines(("f", 2025, "", "A", "safe", 9, "few", 0, 3), ("f", 2025, "", "A", "", 9, "", None, None))
    kept = with_new(known, shown)
    assert kept[["measure", "n"]].to_numpy().tolist() == [["", 9], ["safe", 8]]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("", 1),
        ("circle,n\nA,8\n", 1),
        (HEAD + "f,2025,,A,safe,8,most,5,7\nf,2025,,A\n", 3),
        (HEAD + "f,2025,,A,safe,,most,5,7\n", 2),
        (HEAD + "f,twenty,,A,safe,8,most,5,7\n", 2),
        (HEAD + "f,2025,,A,safe,8,most,5,7\nf,2025,,A,safe,8,most,5,7\n", 3),
    ],
)
def test_a_file_that_is_something_else_is_refused_by_row(study: Study, text: str, row: int) -> None:
    keep(study, 2025, text)
    with pytest.raises(ReadError) as error:
        load_shown(study, 2025)
    assert (error.value.file, error.value.row) == ("2025.csv", row)
