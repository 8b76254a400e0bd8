"""One table of every sample of coded interviews: what it holds, or why it is not taken.

The counts are those of the files themselves, told without the readers: `CodeRef` inside `Coding`, `Code` and
sources with `grep -o`, rows of the databases' tables with `sqlite3`, records of tables with the `csv` module.
Positions: every passage that can be checked stands where the file says.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from ksn_research.errors import KsnError
from ksn_research.read.coded import read_coded

SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "interviews"
ATLAS = ("", "Friedrich Markgraf")


@dataclass(frozen=True)
class Sample:
    """A file and what comes of it; `rate` None where nothing can be verified, `reason` of a refusal."""

    path: str
    interviews: int = 0
    segments: int = 0
    codes: int = 0
    coders: tuple[str, ...] = ("",)
    attributes: tuple[str, ...] = ()
    rate: float | None = None
    quotable: int = 0
    reason: str = ""


SAMPLES = (
    Sample("atlas/TestProject.qdpx", 12, 16, 14, ATLAS, ("age", "gender")),
    Sample("atlas/Project.qde", 12, 16, 14, ATLAS, ("age", "gender")),
    Sample("refi-qda/with-text.qdpx", 2, 205, 262, ("", "cp"), rate=1.0, quotable=205),
    Sample("taguette/taguette_sample.sqlite3", 2, 4, 3, ("admin", "rho"), rate=1.0, quotable=4),
    # Words of a table are its own; nobody is named.
    Sample("taguette/highlights_all.csv", 2, 4, 3, quotable=4),
    Sample("taguette/highlights_all.xlsx", 2, 4, 3, quotable=4),
    Sample("taguette/codebook.csv", reason="no such column"),
    *(
        Sample(path, reason="this is a codebook")
        for path in (
            "taguette/codebook.qdc",
            "qdc/REFI-QDA-1-5.qdc",
            "qdc/doorstop-core-tests-files-exported.qdc",
            "qdc/portableQDA_Atlasti.qdc",
            "qdc/portableQDA_test_compare_Diff_destAtlas.qdc",
        )
    ),
    Sample("atlas/Project.xsd", reason="no REFI-QDA project"),
    Sample("refi-qda/Project-mrt2019.xsd", reason="no REFI-QDA project"),
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path)
def test_every_sample_is_read_whole_or_refused_with_a_remedy(sample: Sample) -> None:
    if not (SHARED / sample.path).exists():
        pytest.skip("the shared sample is not here; set KSN_SHARED")
    if sample.reason:
        assert sample.reason in _refusal(SHARED / sample.path)
        return
    found = read_coded(SHARED / sample.path, "s", {})
    coders = sorted({name for names in found.interviews["coders"] for name in names.split(";")})
    assert (len(found.interviews), len(found.segments), len(found.codes)) == (
        sample.interviews,
        sample.segments,
        sample.codes,
    )
    assert tuple(coders) == sample.coders
    assert tuple(found.interviews.columns[5:]) == sample.attributes
    assert found.match_rate == sample.rate
    assert int(found.segments["text"].notna().sum()) == sample.quotable
    assert found.notes and not found.findings
    for interview, start, end, text in (
        found.segments[["interview", "start", "end", "text"]].dropna().to_numpy()
    ):
        assert found.texts[interview][start:end] == text


def test_a_file_that_is_not_in_the_table_is_still_read_or_refused_with_a_remedy() -> None:
    """More files are added than the table knows."""
    if not SHARED.exists():
        pytest.skip("the shared samples are not here; set KSN_SHARED")
    known = {sample.path for sample in SAMPLES}
    places = [*(path for path in SHARED.rglob("*") if path.is_file()), *SHARED.rglob("*.qda")]
    for path in places:
        if str(path.relative_to(SHARED)) not in known:
            said = _refusal(path)
            assert said == "" or ";" in said, path


def _refusal(path: Path) -> str:
    try:
        found = read_coded(path, "s", {})
    except KsnError as error:
        assert error.remedy
        return str(error)
    return "; ".join(str(finding) for finding in found.findings)
