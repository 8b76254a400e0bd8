"""Cells under names: what a tick, a No, a rating and an empty cell mean, and what is never guessed."""

from __future__ import annotations

import os
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from exports import export, said, wave
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import roster

from ksn_research.analyse.network.adjacency import adjacency
from ksn_research.analyse.network.structure import density
from ksn_research.score.names import Names, roster_names
from ksn_research.score.ties import read_ties

SHARED = Path(os.environ.get("KSN_SHARED", "../shared")) / "data" / "networks"
NO_PEOPLE = roster("people", {"member": []})
IDS, TITLES = ["O1", "O2", "O3"], ["Alder", "Birch", "Cedar"]


def known(ids=IDS, titles=TITLES) -> Names:
    return roster_names(
        roster("organisations", {"organisation": ids, "name": titles}), NO_PEOPLE, "organisations"
    )


NAMES = known()
HEAD = ["We are", "Advice [Alder]", "Advice [Birch]", "Advice [Cedar]"]
ASK = {"ego": "We are", "relations": {"advice": "Advice [*]"}}


def grid(*rows: list[str], head: list[str] = HEAD, **options):
    return read_ties(export(head, *rows), wave(**{**ASK, **options}), "net", NAMES)


def pairs(frame: pd.DataFrame) -> list[str]:
    return [f"{ego[-1]}{alter[-1]}" for ego, alter in zip(frame["ego"], frame["alter"], strict=True)]


def observed(made) -> list[str]:
    return sorted(made.senders.loc[made.senders["observed"], "node"])


def strengths(made) -> dict[str, float]:
    return dict(zip(pairs(made.ties), made.ties["strength"], strict=True))


@pytest.mark.parametrize(
    ("cells", "options", "ties", "seen", "unseen"),
    [
        (["", "Yes", "No"], {}, ["12"], ["O1"], []),
        (["", "Yes", ""], {}, ["12"], ["O1"], []),
        (["", "", ""], {}, [], [], []),
        (["", "", ""], {"empty": "no tie"}, [], ["O1"], []),
        (["", "Yes", ""], {"empty": "not observed"}, ["12"], ["O1"], ["13"]),
        (["No", "No", ""], {}, [], ["O1"], ["13"]),
        (["No", "", ""], {}, [], [], []),
        (["", "Checked", "Unchecked"], {}, ["12"], ["O1"], []),
        (["", "birch", ""], {}, ["12"], ["O1"], []),
        (["", "Prefer not to say", "Prefer not to say"], {}, [], [], []),
        (["", "Yes", "Prefer not to say"], {}, ["12"], ["O1"], ["13"]),
        (["", "Yes", "Not sure"], {}, ["12"], ["O1"], ["13"]),
        (["", "1", "0"], {}, ["12"], ["O1"], []),
        (["", "1", ""], {}, ["12"], ["O1"], []),
        (["", "4", "0"], {}, ["12"], ["O1"], []),
        (["", "4", "1"], {"least": 2.0}, ["12"], ["O1"], []),
        (["", "4", "1"], {"least": 1.0, "empty": "no tie"}, ["12", "13"], ["O1"], []),
        (["", "Weekly", "Never"], {"answers": {"Weekly": 4}}, ["12"], ["O1"], []),
        (["", "1", "2"], {"answers": {"1": 1, "2": 0}}, ["12"], ["O1"], []),
        (["", "k. A.", "x"], {"answers": {"k. A.": "refused"}}, ["13"], ["O1"], ["12"]),
    ],
    ids=[
        "yes and no", "ticked only", "nothing ticked", "nothing ticked, declared", "ticked, declared",
        "no and empty", "of itself only", "REDCap", "its own label", "refused", "refused in part", "not sure",
        "0 and 1", "1 and empty", "rating from 0", "least", "least and empty", "words", "SPSS codes",
        "declared refusal",
    ],
)  # fmt: skip
def test_what_a_row_of_cells_says(cells, options, ties, seen, unseen) -> None:
    made = grid(["Alder", *cells], **options)
    assert said(made.findings) == []
    assert (pairs(made.ties), observed(made), pairs(made.unseen)) == (ties, seen, unseen)
    network = adjacency(made.ties, made.senders, IDS, "advice")
    assert network.senders.sum() == len(seen)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([["Alder", "", "1", "2"]], "no zero"),
        ([["Alder", "", "5", "1"], ["Birch", "3", "", "2"]], "no zero"),
        ([["Alder", "", "maybe", "No"]], "neither yes nor no"),
        ([["Alder", "", "-3", "No"]], "neither yes nor no"),
    ],
)
def test_what_a_cell_means_is_never_guessed(rows, problem) -> None:
    made = grid(*rows)
    blocking = said(made.findings)
    assert len(blocking) == 1 and problem in blocking[0] and "maybe" not in blocking[0]


def test_an_unreadable_cell_is_no_tie_and_its_pair_was_not_observed() -> None:
    made = grid(["Alder", "", "maybe", "Yes"], empty="not observed")
    assert (pairs(made.ties), pairs(made.unseen)) == (["13"], ["12"])
    assert made.audit[["named", "unreadable", "exact"]].iloc[0].tolist() == [2, 1, 1]


@pytest.mark.parametrize("mark", ["Yes", "x", "1", "None of these"])
def test_none_of_these_is_an_answer_without_ties(mark) -> None:
    head = [*HEAD, "Advice [None of these]", "Advice [Prefer not to say]"]
    rows = [["Alder", "", "", "", mark, ""], ["Birch", "", "", "", "", "x"], ["Cedar", "x", "", "", "", ""]]
    made = grid(*rows, head=head)
    assert (pairs(made.ties), observed(made), len(made.unseen)) == (["31"], ["O1", "O3"], 0)
    assert made.audit[["nobody", "refused", "silent", "respondents"]].iloc[0].tolist() == [1, 1, 0, 2]


def test_a_node_without_a_column_is_not_observed_and_a_column_without_a_node_is_said() -> None:
    head = ["We are", "Advice [Alder]", "Advice [Birch]", "Advice [Ceder]", "Advice [Sunrise]"]
    made = grid(
        ["Alder", "", "Yes", "Yes", "Yes"], ["Birch", "No", "", "No", "No"], head=head, shape="matrix"
    )
    assert (pairs(made.ties), pairs(made.unseen)) == (["12"], ["13", "23"])
    counts = made.audit.iloc[0]
    assert counts[["named", "exact", "outside", "near", "ties"]].tolist() == [3, 1, 2, 1, 1]
    assert [one.said for one in made.proposals] == ["Ceder"]
    warned = [f for f in made.findings if f.severity == "warn"]
    assert [(f.answer, f.count) for f in warned] == [("Ceder", 1), ("Sunrise", 1), ("", 1)]
    assert "O3" in warned[0].remedy and "Sunrise" not in " ".join(map(str, warned))


def test_two_columns_and_two_respondents_of_one_organisation_make_one_tie_of_the_stronger() -> None:
    head = ["We are", "Advice [Alder]", "Advice [Birch]", "Advice [o2]", "Advice [Cedar]"]
    rows = [["Alder", "", "2", "3", "0"], ["o1", "", "1", "", "5"]]
    made = grid(*rows, head=head, duplicates="union")
    assert strengths(made) == {"12": 3.0, "13": 5.0}
    assert made.audit[["named", "again", "ties", "answered_twice"]].iloc[0].tolist() == [4, 2, 2, 1]
    assert made.audit["rule"].tolist() == ["union"]


def test_a_tick_for_itself_is_counted_and_is_no_tie() -> None:
    made = grid(["Alder", "Yes", "Yes", "No"])
    assert pairs(made.ties) == ["12"]
    assert made.audit[["named", "self", "exact"]].iloc[0].tolist() == [2, 1, 1]


def test_columns_are_a_matrix_only_beyond_doubt() -> None:
    wide = grid(["Alder", "Birch", "Cedar"], head=["We are", "Advice [Alder]", "Advice [Birch]"])
    assert pairs(wide.ties) == [] and wide.audit["named"].tolist() == [
        0
    ]  # a box that says its own label only
    numbered = known(["1", "2", "3"])
    sheet = export(["We are", "Advice 1", "Advice 2"], ["Alder", "Birch", "Cedar"])
    made = read_ties(sheet, wave(ego="We are", relations={"advice": "Advice *"}), "net", numbered)
    assert made.ties["alter"].tolist() == ["2", "3"]


@pytest.mark.parametrize(
    ("columns", "pattern"),
    [
        ({"heading": ["We are", "Advice", "Advice"], "item": ["", "Birch", "Cedar"]}, "Advice"),
        ({"heading": ["We are", "Advice", "Advice"], "item": ["", "Birch", "Cedar"]}, "Advice [*]"),
        ({"heading": ["We are", "Who?", "Who?"], "choice": ["", "o2", "o3"], "group": ["", "q", "q"]}, "q"),
        ({"heading": ["We are", "w", "v"], "item": ["", "Birch", "Cedar"], "name": ["", "a_1", "a_2"]}, "a*"),
    ],
    ids=["line of a grid", "with brackets", "code of a choice", "the tool's name"],
)  # fmt: skip
def test_the_organisation_of_a_column_is_its_line_or_its_choice(columns, pattern) -> None:
    from ksn_research.read.export import build
    from ksn_research.read.sheet import sheet

    records = sheet([columns["heading"], ["Alder", "Yes", "No"]], file="x.csv")
    asked = wave(ego="We are", relations={"advice": pattern}, shape="matrix")
    made = read_ties(build(records, 1, format="csv", columns=columns), asked, "net", NAMES)
    assert pairs(made.ties) == ["12"] and observed(made) == ["O1"]


def test_a_matrix_without_columns_blocks() -> None:
    made = grid(["Alder", "", "", ""], shape="matrix", relations={"advice": "Help *"})
    assert [(f.row, f.column) for f in made.findings if f.severity == "block"] == [(1, "Help *")]


def square(matrix: list[list[str]], ids: list[str], **options):
    told = wave(shape="square", relation="ties", **options)
    return read_ties(export(*matrix), told, "net", known(ids, ids), "edges")


def test_a_square_matrix_gives_the_florentine_marriages() -> None:
    graph = nx.florentine_families_graph()
    ids = sorted([*graph, "Pucci"])  # networkx leaves out the family without a marriage
    rows = [[a, *(str(int(graph.has_edge(a, b))) for b in ids)] for a in ids]
    made = square([["", *ids], *rows], ids, directed=False)
    network = adjacency(made.ties, made.senders, ids, "ties")
    assert (network.tie_count, network.size, made.findings) == (20, 16, [])
    assert density(network).value == pytest.approx(20 / 120)  # Padgett's 20 marriages of 16 families


def test_knoke_information_matrix_has_its_49_ties() -> None:
    file = SHARED / "knoke_info_matrix.csv"
    if not file.exists():
        pytest.skip("the shared network data are not there")
    cells = np.loadtxt(file, delimiter=",", dtype=int).astype(str).tolist()
    ids = [f"K{i}" for i in range(10)]
    made = square([["", *ids], *([a, *row] for a, row in zip(ids, cells, strict=True))], ids)
    assert len(made.ties) == 49 and made.senders["observed"].all() and len(made.unseen) == 0


@pytest.mark.parametrize(
    ("rows", "ties", "seen", "unseen"),
    [
        ([["A", "-", "1", "0"], ["B", "0", "-", "1"], ["C", "", "", "-"]], ["AB", "BC"], ["A", "B"], []),
        ([["A", "", "1", ""], ["B", "", "", "1"]], ["AB", "BC"], ["A", "B"], []),
        ([["A", "0", "1", ""], ["B", "0", "0", "0"]], ["AB"], ["A", "B"], ["AC"]),
        ([["B", "x", "", "x"], ["A", "", "x", ""]], ["BA", "BC", "AB"], ["A", "B"], []),
    ],
    ids=["an empty row", "ones only", "an empty cell", "rows in another order"],
)
def test_what_is_empty_in_a_square_matrix(rows, ties, seen, unseen) -> None:
    made = square([["", "A", "B", "C"], *rows], ["A", "B", "C"])
    assert (pairs(made.ties), observed(made), pairs(made.unseen)) == (ties, seen, unseen)
    assert said(made.findings) == []


def test_halves_of_an_undirected_matrix_that_differ_are_said() -> None:
    made = square([["", "A", "B"], ["A", "0", "1"], ["B", "0", "0"]], ["A", "B"], directed=False)
    assert [f.count for f in made.findings if f.severity == "warn"] == [1]
    assert adjacency(made.ties, made.senders, ["A", "B"], "ties").tie_count == 1


CELL = st.sampled_from(["", "Yes", "No", "0", "3", "Prefer not to say", "none", "perhaps"])
ROW = st.tuples(st.sampled_from(["Alder", "BIRCH", "o3", "stranger"]), CELL, CELL, CELL)


@settings(max_examples=15, deadline=None)
@given(st.lists(ROW, max_size=6), st.permutations([1, 2, 3]), st.randoms(use_true_random=False))
def test_no_order_of_rows_or_columns_and_no_case_changes_a_matrix(rows, order, random) -> None:
    turned = [[row[0], *(row[k].upper() for k in order)] for row in random.sample(rows, len(rows))]
    head = [HEAD[0], *(HEAD[k].replace("Advice [", "ADVICE [ ") for k in order)]
    one = grid(*map(list, rows), duplicates="union", shape="matrix")
    two = grid(*turned, head=head, duplicates="union", shape="matrix")
    assert sorted(pairs(one.ties)) == sorted(pairs(two.ties))
    assert pairs(one.unseen) == pairs(two.unseen) and observed(one) == observed(two)
    pd.testing.assert_frame_equal(one.audit, two.audit)
    for made in (one, two):
        c = made.audit.iloc[0]
        matched = c[["exact", "alias", "reviewed", "spelling"]].sum()
        assert c["named"] == matched + c["self"] + c["outside"] + c["unreadable"]
        assert c["ties"] == matched - c["again"] - c["below"] == len(made.ties)
        assert c["rows"] == c["rows_used"] + c["rows_unknown"] + c["rows_again"] == len(rows)
        assert all(a.read == a.used + sum(a.aside.values()) for a in made.accounts)
        # Each pair has one state: a tie, not seen, or seen to be none; a tie is never also unseen.
        assert not set(pairs(made.ties)) & set(pairs(made.unseen))
