"""Platform activity: unusable rows are counted and left out, and never fetched."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import roster

from ksn_research.errors import Origin, ReadError
from ksn_research.read.events import COLUMNS, events
from ksn_research.score.events import activity

ORIGIN = Origin("log", 2025, "", "log")
NOBODY = roster("people", {"member": []})
PEOPLE = roster("people", {"member": ["M1", "M2"]})
ROWS = pd.DataFrame(
    [
        ("M1", "2025-01-02 03:04:05", "post", "t1", None),
        ("M1", "2025-01-02T03:04:05", "reply", "t1", "M2"),
        (None, "2025-01-02", "view", None, None),
        ("M2", "yesterday", "view", None, None),
        ("M2", "2025-02-30", "view", None, None),
        ("M9", "2025-01-02", "view", None, None),
        (None, None, "view", None, None),
    ],
    columns=list(COLUMNS),
)
ASIDE = {"no member": 2, "time not understood": 2, "member not on the roster": 1}


def scored(tmp_path, suffix: str, people: pd.DataFrame):
    path = tmp_path / f"log.{suffix}"
    ROWS.to_csv(path, index=False) if suffix == "csv" else ROWS.to_parquet(path)
    return activity(events(path, {}, 2025), ORIGIN, people)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_each_row_is_used_or_set_aside_for_its_first_reason(tmp_path, suffix) -> None:
    table, account, findings = scored(tmp_path, suffix, PEOPLE)
    assert isinstance(table, ibis.Table)
    assert (account.read, account.used, account.aside) == (7, 2, ASIDE)
    assert [(f.severity, f.count) for f in findings] == [("warn", n) for n in ASIDE.values()]
    assert not any("M9" in str(f) or "yesterday" in str(f) for f in findings)
    read = table.order_by("action").execute()
    assert read["action"].tolist() == ["post", "reply"]
    assert (read["time"] == pd.Timestamp("2025-01-02 03:04:05")).all()


def test_csv_and_parquet_give_the_same(tmp_path) -> None:
    read = [scored(tmp_path, suffix, PEOPLE)[0].order_by("action").execute() for suffix in ("csv", "parquet")]
    pd.testing.assert_frame_equal(*read)


def test_without_a_roster_nobody_is_a_stranger(tmp_path) -> None:
    _, account, _ = scored(tmp_path, "csv", NOBODY)
    assert (account.used, account.aside) == (3, {"no member": 2, "time not understood": 2})


@pytest.mark.parametrize(
    "data",
    [
        b"member,time,action\nM1,2025-01-01,caf\xe9 sentinel\n",
        b'member,time,action\nM1,2025-01-01,"sentinel\n',
    ],
    ids=["not utf-8", "unclosed quote"],
)
def test_a_broken_log_is_refused_without_its_lines(tmp_path, data) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(data)
    with pytest.raises(ReadError, match="not a proper CSV") as error:
        activity(events(path, {}, 2025), ORIGIN, NOBODY)[0].execute()
    assert "sentinel" not in str(error.value)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["M1", "M2", "M9", "", None]), st.sampled_from(["2025-01-01", "soon", "", None])
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_no_row_is_lost(rows, with_roster) -> None:
    raw = ibis.memtable(
        [(m, t, "view", None, None, 2025) for m, t in rows],
        schema={**dict.fromkeys(COLUMNS, "string"), "year": "int64"},
    )
    table, account, _ = activity(raw, ORIGIN, PEOPLE if with_roster else NOBODY)
    members = ("M1", "M2") if with_roster else ("M1", "M2", "M9")
    good = sum(member in members and time == "2025-01-01" for member, time in rows)
    assert account.used == good == table.count().execute()
    assert account.read == len(rows) == account.used + sum(account.aside.values())
