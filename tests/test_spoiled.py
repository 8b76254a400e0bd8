"""Spoiled inputs, end to end: the place and the remedy are named, nobody's words leave the internal table,
and the edition that stood there stays as it was."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from ksn_research import cli
from ksn_research.plan import load_study
from ksn_research.scaffold import new_study

SENTINEL = "xyzzyplugh"
MEMBER = "MEMBERQ77"
AGREE = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
Rows = list[dict[str, str]]


def synthetic_rows(study: Path, count: int = 30) -> Rows:
    """Answers of `count` invented members to the template's questionnaire."""
    draw = random.Random(1)
    instrument = load_study(study).sources["member_survey"].waves[0].instrument
    rows = []
    for i in range(count):
        row = {"member_code": MEMBER if i == 11 else f"M{i:03}"}
        for question in instrument.questions.values():
            if question.type == "select_one":
                labels = [choice.label for choice in question.choices]
                row[question.name] = draw.choice(labels[1:])
        rows.append(row | {"comment": f"{SENTINEL} {i}" if i in (3, 11) else ""})
    return rows


def written(rows: Rows) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@dataclass(frozen=True)
class Outcome:
    code: int
    screen: str


def run(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> Outcome:
    """One `ksn` command: its exit code and all that it said."""
    capfd.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ksn", *map(str, arguments)])
        patch.delenv("KSN_DEBUG", raising=False)
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    out, err = capfd.readouterr()
    return Outcome(code, out + err)


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """A folder with a study of one survey and its edition, made once."""
    place = tmp_path_factory.mktemp("good")
    export = new_study(place / "ours", 2025)
    export.write_text(written(synthetic_rows(place / "ours")), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ksn", "report", str(place / "ours"), "--out", str(place / "edition")])
        cli.main()
    return place


@pytest.fixture
def place(good, tmp_path, monkeypatch) -> Path:
    shutil.copytree(good, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def content(path: Path) -> str:
    """All that a file says, unpacked where it is packed."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as packed:
            return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def leaks(place: Path, *words: str) -> Iterator[str]:
    """Files that hold one of the words, but for the export itself and the internal checks."""
    for path in place.rglob("*"):
        if path.is_file() and path.name not in ("member_survey.csv", "checks.html", "checks.csv"):
            said = content(path)
            if any(word in said for word in words):
                yield path.relative_to(place).as_posix()


def missing_column(rows: Rows) -> bytes:
    return written([{k: v for k, v in row.items() if k != "trust_2"} for row in rows]).encode()


def odd_answer(rows: Rows) -> bytes:
    return written([row | ({"trust_3": SENTINEL} if i == 5 else {}) for i, row in enumerate(rows)]).encode()


def twice(rows: Rows) -> bytes:
    return written([*rows, rows[11]]).encode()


def unclosed(rows: Rows) -> bytes:
    return written(rows).encode() + f'M900,"{SENTINEL}\n'.encode()


def too_wide(rows: Rows) -> bytes:
    return written(rows).encode() + f"M900,{',' * 30}{SENTINEL}\n".encode()


@dataclass(frozen=True)
class Spoiled:
    """How an export is spoiled, and what the screen must say: row, column, and a word of the remedy."""

    data: Callable[[Rows], bytes | None]
    row: int | None
    column: str
    remedy: str
    shown_internally: bool = False


CASES = {
    "missing file": Spoiled(lambda rows: None, None, "", "put the export at 2025/member_survey.csv"),
    "empty file": Spoiled(lambda rows: b"", None, "", "export it again"),
    "missing column": Spoiled(missing_column, 1, "trust_2", "name its column under [columns.2025]"),
    "answer not offered": Spoiled(odd_answer, 7, "trust_3", "under [answers.2025]", True),
    "respondent twice": Spoiled(twice, 32, "member_code", 'declare duplicates = "first" or "last"'),
    "UTF-16 without a mark": Spoiled(
        lambda rows: written(rows).encode("utf-16-le"), None, "", "declare its encoding"
    ),
    "zero bytes": Spoiled(lambda rows: written(rows).encode() + b"\x00", None, "", "export it as CSV"),
    "unclosed quotation mark": Spoiled(unclosed, 32, "", "look for an unclosed quotation mark"),
    "a row too wide": Spoiled(too_wide, 32, "", "look for an unquoted separator"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_spoiled_export_blocks_and_says_where_and_what_to_do(place, capfd, name) -> None:
    case = CASES[name]
    before = fingerprints(place / "edition"), fingerprints(place / "ours" / "published")
    export = place / "ours" / "2025" / "member_survey.csv"
    data = case.data(synthetic_rows(place / "ours"))
    export.unlink() if data is None else export.write_bytes(data)
    where = "member_survey.csv"
    where += f", row {case.row}" if case.row else ""
    where += f", column {case.column}" if case.column else ""
    for command in (("report", place / "ours", "--out", place / "edition"),
                    ("check", place / "ours", "--out", place / "checks")):  # fmt: skip
        outcome = run(capfd, *command)
        assert outcome.code == 1
        screen = " ".join(outcome.screen.split())
        assert f"{where}: " in screen and case.remedy in screen
        assert "Traceback" not in screen and "defect" not in screen
        assert SENTINEL not in screen and MEMBER not in screen
    assert before == (fingerprints(place / "edition"), fingerprints(place / "ours" / "published"))
    assert list(leaks(place, SENTINEL, MEMBER)) == []
    table = pd.read_csv(place / "checks" / "checks.csv")
    blocking = table[table["severity"] == "block"]
    assert set(blocking["file"]) == {"member_survey.csv"}
    for page in ("checks.csv", "checks.html"):
        assert (SENTINEL in content(place / "checks" / page)) == case.shown_internally
        assert MEMBER not in content(place / "checks" / page)
    assert sorted(p.name for p in place.iterdir() if not p.name.startswith(".")) == [
        "checks", "edition", "ours",
    ]  # fmt: skip


def test_windows_1252_is_read_with_a_warning_that_names_row_and_column(place, capfd) -> None:
    rows = synthetic_rows(place / "ours")
    rows[8]["comment"] = f"{SENTINEL} café"
    export = place / "ours" / "2025" / "member_survey.csv"
    export.write_bytes(written(rows).encode("cp1252"))
    outcome = run(capfd, "check", place / "ours", "--out", place / "checks")
    assert outcome.code == 0
    assert "[warn] member_survey.csv, row 10, column comment: the file is not UTF-8" in outcome.screen
    assert "declare its encoding in study.toml" in outcome.screen
    assert SENTINEL not in outcome.screen
    assert list(leaks(place, SENTINEL, MEMBER)) == []
    study = place / "ours" / "study.toml"
    study.write_text(study.read_text().replace("respondent =", 'encoding = "cp1252"\nrespondent ='))
    assert "[warn]" not in run(capfd, "check", place / "ours", "--out", place / "checks").screen


def test_the_good_edition_holds_nobodys_words(good) -> None:
    assert (good / "edition" / "public" / "report.html").exists()
    assert list(leaks(good, SENTINEL, MEMBER)) == []
    results = pd.read_csv(good / "edition" / "public" / "results.csv")
    read = results[(results["analysis"] == "rows") & (results["statistic"] == "read")]
    assert read["estimate"].tolist() == [30]


def test_a_study_with_a_typing_error_stops_before_anything_is_read(place, capfd) -> None:
    before = fingerprints(place / "edition")
    study = place / "ours" / "study.toml"
    study.write_text(study.read_text().replace("respondent =", "respondnet ="))
    outcome = run(capfd, "report", place / "ours", "--out", place / "edition")
    assert outcome.code == 1
    assert "study.toml: [sources.member_survey] has the unknown key `respondnet`" in outcome.screen
    assert fingerprints(place / "edition") == before
