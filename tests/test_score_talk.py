"""Coded interviews and their consent records: closed by default, a withdrawal is never lost."""

from __future__ import annotations

import pandas as pd
import pytest
from exports import export, said

from ksn_research.errors import Origin
from ksn_research.read.segments import segments_from_table
from ksn_research.score.talk import talk

ORIGIN = Origin("interviews", 2025, "", "coded.csv")
SHEET = segments_from_table(
    pd.DataFrame(
        {"interview": ["I1", "I1", "I2"], "code": ["trust", "time", "trust"], "coder": "A", "text": "words"}
    )
)
HEAD = ["interview", "quote_consent", "withdrawn_on"]


def told(*rows: list[str], head: list[str] = HEAD):
    return talk(SHEET, export(head, *rows, file="ledger.csv"), ORIGIN)


def test_without_a_ledger_everything_is_counted_and_nothing_may_be_quoted() -> None:
    segments, interviews, account, findings = talk(SHEET, None, ORIGIN)
    assert interviews["consent"].tolist() == ["none", "none"]
    assert not interviews["withdrawn"].any()
    assert (len(segments), account.read, account.used) == (3, 3, 3)
    assert said(findings, "warn") == []


def test_consent_is_taken_from_the_ledger_and_an_empty_one_is_none() -> None:
    _, interviews, _, findings = told(["I1", "role+type", ""], ["I2", "", ""])
    assert interviews.set_index("interview")["consent"].to_dict() == {"I1": "role+type", "I2": "none"}
    assert said(findings) == said(findings, "warn") == []


@pytest.mark.parametrize("name", ["I1", "i1", " I1 "])
def test_a_withdrawal_takes_the_interview_out_however_its_name_is_written(name) -> None:
    segments, interviews, account, _ = told([name.strip(), "named", "2025-03-01"], ["I2", "named", ""])
    assert segments["interview"].tolist() == ["I2"]
    assert interviews.set_index("interview")["withdrawn"].to_dict() == {"I1": True, "I2": False}
    assert (account.read, account.used, account.aside) == (3, 1, {"consent withdrawn": 2})


def test_a_record_that_names_no_interview_is_said() -> None:
    _, _, _, findings = told(["I1", "named", ""], ["I2", "named", ""], ["I7", "named", "2025-03-01"])
    assert [(f.severity, f.file, f.row, f.column) for f in findings if f.severity != "note"] == [
        ("warn", "ledger.csv", 4, "interview")
    ]


def test_a_second_record_of_an_interview_blocks() -> None:
    _, _, _, findings = told(["I1", "named", ""], ["I2", "named", ""], ["i1", "named", "2025-03-01"])
    assert [(f.file, f.row, f.column) for f in findings if f.severity == "block"] == [
        ("ledger.csv", 4, "interview")
    ]


def test_an_interview_without_a_record_is_counted_never_quoted() -> None:
    segments, interviews, _, findings = told(["I1", "named", ""])
    assert len(segments) == 3
    assert interviews["consent"].tolist() == ["named", "none"]
    assert said(findings, "warn") == [
        "coded.csv: 1 interviews have no consent record; "
        "add them to the ledger; until then they are counted, never quoted"
    ]


def test_a_kind_of_consent_that_is_none_blocks() -> None:
    _, _, _, findings = told(["I1", "sentinel", ""], ["I2", "named", ""])
    assert [(f.row, f.column) for f in findings if f.severity == "block"] == [(2, "quote_consent")]
    assert "sentinel" not in " ".join(map(str, findings))


def test_a_ledger_without_interviews_blocks_and_nothing_may_be_quoted() -> None:
    _, interviews, _, findings = told(["I1", "named", ""], head=["who", "quote_consent", "withdrawn_on"])
    assert [(f.row, f.column) for f in findings if f.severity == "block"] == [(1, "interview")]
    assert interviews["consent"].tolist() == ["none", "none"]
