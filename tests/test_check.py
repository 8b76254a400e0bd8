"""All findings in one table, whether a run may go on, and row conservation through `prepare`."""

from __future__ import annotations

import pandas as pd
import pytest

from ksn_research.check import SHOWN, check, stop_if_blocked
from ksn_research.errors import BlockedError, Finding, Origin, findings_frame
from ksn_research.pipeline import prepare, quality
from ksn_research.plan import Study, load_study
from ksn_research.prepared import Prepared
from ksn_research.score.accounts import Account, accounts_frame

ORIGIN = Origin("pulse", 2025, "", "pulse.csv")


def finding(severity: str, row: int | None = None, **rest) -> Finding:
    return ORIGIN.finding(severity, "it is odd", "mend it", row=row, column="q", **rest)


def prepared(tmp_path, findings=(), accounts=()) -> Prepared:
    study = Study("s", tmp_path, "S", "", (2025,), {})
    return Prepared(study, 2025, {}, findings=tuple(findings), accounts=accounts_frame(accounts))


def test_the_worst_findings_stand_first_and_keep_their_row(tmp_path) -> None:
    found = [finding("note"), finding("block", 7), finding("warn", 3), finding("block", 2, answer="words")]
    table = check(prepared(tmp_path, found))
    assert list(zip(table["severity"], table["row"].fillna(0), strict=True)) == [
        ("block", 2), ("block", 7), ("warn", 3), ("note", 0),
    ]  # fmt: skip
    assert table["answer"].tolist()[0] == "words"


def test_no_findings_are_a_table_too(tmp_path) -> None:
    table = check(prepared(tmp_path))
    assert table.empty and "remedy" in table
    stop_if_blocked(table)


@pytest.mark.parametrize("severity", ["warn", "note"])
def test_only_a_blocking_finding_stops_the_run(severity) -> None:
    stop_if_blocked(findings_frame([finding(severity)]))


@pytest.mark.parametrize("count", [1, SHOWN, SHOWN + 3])
def test_the_first_blocking_findings_are_told_without_the_answer(count) -> None:
    found = [finding("block", row, answer="sentinel") for row in range(2, count + 2)]
    with pytest.raises(BlockedError) as error:
        stop_if_blocked(findings_frame(found))
    told = str(error.value)
    assert told.startswith(f"{count} findings must be mended")
    assert "pulse.csv, row 2, column q: it is odd; mend it" in told
    assert ("... and 3 more" in told) == (count > SHOWN)
    assert "sentinel" not in told


@pytest.mark.parametrize(
    ("read", "used", "aside", "balanced"),
    [
        (5, 3, {"blank row": 2}, True),
        (5, 3, {"blank row": 1, "no member": 1}, True),
        (5, 3, {"blank row": 1}, False),
        (5, 6, {}, False),
        (0, 0, {}, True),
    ],
)
def test_a_row_that_is_lost_blocks(tmp_path, read, used, aside, balanced) -> None:
    table = check(prepared(tmp_path, accounts=[Account(ORIGIN, read, used, aside)]))
    assert (table["severity"].tolist(), table["file"].tolist()) == (
        ([], []) if balanced else (["block"], ["pulse.csv"])
    )


def test_an_account_has_a_line_per_reason_and_its_totals_once() -> None:
    frame = accounts_frame([Account(ORIGIN, 9, 6, {"blank row": 1, "twice": 2, "never": 0})])
    assert frame[["reason", "set_aside"]].to_numpy().tolist() == [["blank row", 1], ["twice", 2]]
    assert frame["read"].tolist() == [9, pd.NA] and frame["used"].sum() == 6


TOML = """
[study]
title = "T"
years = [2024, 2025]
[sources.people]
kind = "people"
file = "{year}/people.csv"
[sources.attendance]
kind = "attendance"
file = "{year}/attendance.csv"
[sources.help]
kind = "edges"
file = "{year}/help.csv"
units = "people"
[sources.notes]
kind = "records"
file = "notes.csv"
undated = true
[sources.activity]
kind = "activity"
file = "{year}/log.csv"
[sources.interviews]
kind = "interviews"
file = "{year}/coded.csv"
format = "segments"
"""
FILES = {
    "people.csv": "member,role\nM1,a\nM2,b\n,c\n,\n",
    "attendance.csv": "event,member,came_as\nE1,M1,guest\nE1,M1,guest\nE1,,guest\nE2,M2,\n",
    "help.csv": "ego,alter\nM1,M2\nM1,M2\nM1,M1\nM1,M9\n,\n",
    "log.csv": "member,time,action\nM1,2025-01-01,post\nM9,2025-01-01,post\nM1,soon,post\n,2025-01-01,post\n",
    "coded.csv": "interview,code\nI1,trust\nI1,time\n",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "study.toml").write_text(TOML)
    (tmp_path / "notes.csv").write_text("text\none\n\ntwo\n")
    for year in ("2024", "2025"):
        (tmp_path / year).mkdir()
        for name, text in FILES.items():
            (tmp_path / year / name).write_text(text)
    return tmp_path


def test_read_is_used_and_set_aside_for_every_file_of_a_study(folder) -> None:
    made = prepare(load_study(folder), 2025)
    table = check(made)
    assert table[table["severity"] == "block"].empty
    totals = made.accounts.groupby("source")[["read", "used", "set_aside"]].sum()
    assert totals.T.to_dict("list") == {
        "activity": [8, 2, 6],
        "attendance": [8, 4, 4],
        "help": [10, 2, 8],
        "interviews": [4, 4, 0],
        "notes": [3, 2, 1],
        "people": [8, 4, 4],
    }
    assert len(made.ties) == 2 and made.activity.count().execute() == 2 and len(made.attendance) == 4


def test_the_account_of_rows_becomes_results(folder) -> None:
    rows = [row for row in quality(prepare(load_study(folder), 2025)) if row.source == "help"]
    of_2025 = {(r.statistic, r.category): r.estimate for r in rows if r.year == 2025}
    assert of_2025 == {
        ("read", ""): 5,
        ("used", ""): 1,
        ("set_aside", "blank row"): 1,
        ("set_aside", "named itself"): 1,
        ("set_aside", "name not on the roster"): 1,
        ("set_aside", "named twice"): 1,
    }
    assert len({row.id for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("people.csv", None), ("help.csv", b"a\x00"), ("log.csv", b"x,y\n1,2\n"), ("coded.csv", b""),
        ("attendance.csv", b"event,who\nE1,sentinel\n"),
    ],
)  # fmt: skip
def test_one_run_shows_all_that_is_wrong(folder, name, data) -> None:
    path = folder / "2025" / name
    path.unlink() if data is None else path.write_bytes(data)
    (folder / "notes.csv").unlink()
    table = check(prepare(load_study(folder), 2025))
    blocking = table[table["severity"] == "block"]
    assert set(blocking["file"]) == {name, "notes.csv"}
    assert (blocking["remedy"] != "").all()
    assert not blocking["problem"].str.contains("sentinel").any()
    with pytest.raises(BlockedError):
        stop_if_blocked(table)
