"""Rosters, attendance and other records: declared columns into typed tables."""

from __future__ import annotations

import pandas as pd
import pytest
from exports import export, said, wave
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.prepared import TABLES
from ksn_research.score.tables import records, table


def test_a_roster_is_typed_renamed_and_relabelled() -> None:
    made = export(
        ["ID", "Called ", "kind", "Since", "Size"],
        ["O1", "One", "1", "01/02/2020", "big"],
        ["O2", "", "2", "", ""],
    )
    frame, account, findings = table(
        made,
        wave(
            columns={
                "organisation": "id",
                "name": "Called",
                "type": "Kind",
                "joined": "since",
                "size": "Size",
            },
            values={"type": {"1": "school", "2": "library"}},
            date_format="%d/%m/%Y",
        ),
        "organisations",
        "organisations",
    )
    assert findings == []
    assert list(frame.columns) == [*TABLES["organisations"], "size"]
    assert frame["type"].tolist() == ["school", "library"]
    assert frame["joined"].tolist()[0] == pd.Timestamp("2020-02-01")
    assert frame["name"].isna().tolist() == [False, True]
    assert (account.read, account.used) == (2, 2)


@pytest.mark.parametrize(
    ("kind", "header", "rows", "severity", "place", "aside"),
    [
        ("people", ["member"], [["M1"], ["M2"], ["M1"]], "block", (4, "member"), {"repeated member": 1}),
        ("organisations", ["organisation"], [["O1"], ["O1"]], "block", (3, "organisation"),
         {"repeated organisation": 1}),
        ("circles", ["circle", "member"], [["C1", "M1"], ["C1", "M1"], ["C2", "M1"]], "warn", (3, "member"),
         {"repeated circle and member": 1}),
        ("attendance", ["event", "member"], [["E", "M1"], ["E", "M1"]], "warn", (3, "member"),
         {"repeated event and member": 1}),
        ("people", ["member", "role"], [["", "mentor"], ["M1", ""], ["", ""]], None, None,
         {"no member": 1, "blank row": 1}),
    ],
)  # fmt: skip
def test_a_key_stands_once(kind, header, rows, severity, place, aside) -> None:
    frame, account, findings = table(export(header, *rows), wave(), kind, kind)
    assert [(f.severity, (f.row, f.column)) for f in findings] == ([(severity, place)] if severity else [])
    assert {reason: n for reason, n in account.aside.items() if n} == aside
    assert account.used == len(frame) == account.read - sum(aside.values())


@pytest.mark.parametrize(
    ("kind", "options", "column"),
    [
        ("people", {}, "member"),
        ("people", {"columns": {"member": "Code"}}, "Code"),
        ("people", {"columns": {"member": "id", "role": "Roel"}}, "Roel"),
        ("organisations", {"columns": {"organisation": "id"}, "attributes": ["size"]}, "size"),
        ("organisations", {"columns": {"organisation": "id"}, "values": {"tpye": {"1": "x"}}}, "values.tpye"),
    ],
)
def test_a_column_that_is_named_and_not_there_blocks(kind, options, column) -> None:
    _, _, findings = table(export(["id"], ["1"]), wave(**options), kind, kind)
    assert [(f.severity, f.column) for f in findings] == [("block", column)]


@pytest.mark.parametrize(
    ("cell", "words", "came", "blocks"),
    [
        ("Guest", {}, "guest", False),
        ("", {}, None, False),
        ("visitor", {"visitor": "guest"}, "guest", False),
        ("sentinel", {}, "sentinel", True),
    ],
)
def test_how_somebody_came_is_one_of_four_ways(cell, words, came, blocks) -> None:
    made = export(["event", "member", "came_as"], ["E", "M1", cell])
    frame, _, findings = table(made, wave(came_as=words), "attendance", "attendance")
    assert frame["came_as"].fillna("").tolist() == [came or ""]
    assert [(f.row, f.column) for f in findings] == ([(2, "came_as")] if blocks else [])
    assert "sentinel" not in " ".join(map(str, findings))


def test_a_date_that_is_none_blocks_with_its_row() -> None:
    made = export(["member", "joined"], ["M1", "2020-01-01"], ["M2", "last spring"])
    frame, _, findings = table(made, wave(), "people", "people")
    assert [(f.row, f.column) for f in findings] == [(3, "joined")]
    assert frame["joined"].isna().tolist() == [False, True]
    assert "spring" not in said(findings)[0]


def test_records_take_exactly_what_is_declared() -> None:
    made = export(["Who", "Rating", "When", "Secret"], ["M1", "4,5", "2025-01-02", "x"], ["", "", "", ""])
    options = {"columns": {"member": "who", "rating": "Rating", "at": "When"}, "numbers": ["rating"]}
    frame, account, findings = records(made, wave(**options, dates=["at"]), "log")
    assert list(frame.columns) == ["year", "member", "rating", "at"]
    assert frame.iloc[0].tolist() == [2025, "M1", 4.5, pd.Timestamp("2025-01-02")]
    assert (account.read, account.used, account.aside, findings) == (2, 1, {"blank row": 1}, [])


@pytest.mark.parametrize(
    ("options", "column"),
    [
        ({"columns": {"rating": "Ratng"}, "numbers": ["rating"]}, "Ratng"),
        ({"columns": {"rating": "Rating"}, "numbers": ["score"]}, "score"),
        ({"dates": ["when"]}, "when"),
    ],
)
def test_a_number_column_that_is_not_there_blocks_and_does_not_crash(options, column) -> None:
    _, _, findings = records(export(["Rating"], ["4"]), wave(**options), "log")
    assert [(f.severity, f.column) for f in findings] == [("block", column)]


KEYED = st.lists(st.tuples(st.sampled_from(["", "E1", "E2"]), st.sampled_from(["", "M1", "M2"])), max_size=12)


@settings(max_examples=20, deadline=None)
@given(KEYED, st.randoms(use_true_random=False))
def test_every_row_is_used_or_set_aside_in_any_order(rows, random) -> None:
    accounts = []
    for order in (rows, random.sample(rows, len(rows))):
        made = export(["event", "member"], *map(list, order))
        frame, account, _ = table(made, wave(), "attendance", "attendance")
        assert account.used == len(frame) == len({row for row in rows if all(row)})
        assert account.read == len(rows) == account.used + sum(account.aside.values())
        accounts.append(account)
    assert accounts[0] == accounts[1]
