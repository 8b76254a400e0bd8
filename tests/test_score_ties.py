"""Who named whom: names matched to the roster, and nothing lost without a word."""

from __future__ import annotations

import pandas as pd
import pytest
from exports import export, said, wave
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_study import roster

from ksn_research.prepared import blank
from ksn_research.score.names import only, roster_names
from ksn_research.score.ties import AGAIN, BELOW, OUTSIDE, SELF, read_ties
from tests.conftest import modest

ORGANISATIONS = roster(
    "organisations",
    {
        "organisation": ["O1", "O2", "O3"],
        "name": ["Alder", "Birch", "Cedar"],
        "aliases": ["The Alders; ALD", "tree house", "Tree House;"],
    },
)
NO_PEOPLE = roster("people", {"member": []})


def known_by(organisations: pd.DataFrame, people: pd.DataFrame, units: str) -> dict[str, str]:
    names = roster_names(organisations, people, units)
    return {**names.exact, **names.aliases}


KNOWN = known_by(ORGANISATIONS, NO_PEOPLE, "organisations")
ASK = {"ego": "We are", "relations": {"advice": "Advice *"}}
HEAD = ["We are", "Advice 1", "Advice 2"]


@pytest.mark.parametrize(
    ("called", "who"),
    [
        ("o1", "O1"), ("ALDER", "O1"), ("  the  alders", "O1"), ("Ald", "O1"), ("Cedar", "O3"),
        ("Tree House", None), ("Ald er", None), ("", None),
    ],
)  # fmt: skip
def test_a_name_is_known_by_identifier_name_or_alias_and_a_shared_one_is_nobodys(called, who) -> None:
    from ksn_research.score.answers import plain

    assert KNOWN.get(plain(called)) == who


def test_people_are_known_by_their_code() -> None:
    assert known_by(ORGANISATIONS, roster("people", {"member": ["M1"]}), "people") == {"m1": "M1"}


def named(*rows: list[str], head: list[str] = HEAD, **options):
    made = read_ties(export(head, *rows), wave(**{**ASK, **options}), "net", only(KNOWN))
    return made.ties, made.senders, made.accounts, made.findings


def pairs(ties: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(ties["ego"], ties["alter"], strict=True))


@pytest.mark.parametrize(
    ("cells", "kept", "lost"),
    [
        (["Birch", "cedar"], [("O1", "O2"), ("O1", "O3")], {}),
        (["Birch", "o2"], [("O1", "O2")], {AGAIN: 1}),
        (["The Alders", "Birch"], [("O1", "O2")], {SELF: 1}),
        (["Tree House", "sentinel"], [], {OUTSIDE: 2}),
        (["", ""], [], {}),
    ],
    ids=["two names", "one twice", "itself", "shared or unknown", "nobody"],
)
def test_each_name_is_a_tie_or_is_set_aside_for_a_reason(cells, kept, lost) -> None:
    ties, senders, (rows, names), findings = named(["Alder", *cells])
    assert pairs(ties) == kept
    assert {reason: n for reason, n in names.aside.items() if n} == lost
    assert (rows.read, rows.used) == (1, 1)
    assert names.used == len(ties) == names.read - sum(lost.values())
    assert senders.set_index("node")["observed"].to_dict() == {"O1": True, "O2": False, "O3": False}
    warned = [f for f in findings if f.severity == "warn"]
    assert len(warned) == lost.get(OUTSIDE, 0)
    assert all((f.row, f.column) == (2, "advice") and "sentinel" not in str(f) for f in warned)
    assert {f.answer for f in warned} <= {"Tree House", "sentinel"}
    assert ties.dtypes.astype("str").to_dict() == {n: str(t) for n, t in blank("ties").dtypes.items()}


@pytest.mark.parametrize(
    ("rule", "kept", "blocks", "aside"),
    [
        ("union", [("O1", "O2"), ("O1", "O3")], [], 0),
        ("first", [("O1", "O2")], [], 1),
        (None, [("O1", "O2")], [3], 1),
    ],
)
def test_two_respondents_of_one_organisation_follow_the_declared_rule(rule, kept, blocks, aside) -> None:
    options = {"duplicates": rule} if rule else {}
    ties, senders, (rows, names), findings = named(
        ["Alder", "Birch", ""], ["ALD", "Birch", "Cedar"], **options
    )
    assert pairs(ties) == kept
    assert [(f.row, f.column) for f in findings if f.severity == "block"] == [(r, "We are") for r in blocks]
    assert rows.aside["answered again by the same respondent"] == aside
    assert names.aside[AGAIN] == (1 if rule == "union" else 0)
    assert senders["observed"].sum() == 1


def test_a_respondent_who_is_not_on_the_roster_is_said_and_set_aside() -> None:
    ties, senders, (rows, names), findings = named(["sentinel", "Birch", ""], ["", "Cedar", ""])
    assert (len(ties), senders["observed"].any(), rows.used, names.read) == (0, False, 0, 0)
    warned = [f for f in findings if f.severity == "warn"]
    assert [(f.row, f.column) for f in warned] == [(2, "We are"), (3, "We are")]
    assert "sentinel" not in " ".join(map(str, findings))


def test_several_relations_have_their_own_columns_and_senders() -> None:
    head = ["We are", "Advice [1]", "Joint 1"]
    relations = {"advice": "advice [1]", "joint": "Joint ?"}
    ties, senders, _, findings = named(["Alder", "Birch", "Cedar"], head=head, relations=relations)
    assert list(zip(ties["relation"], ties["alter"], strict=True)) == [("advice", "O2"), ("joint", "O3")]
    assert senders.groupby("relation")["observed"].sum().to_dict() == {"advice": 1, "joint": 1}
    assert said(findings) == []


@pytest.mark.parametrize(
    ("head", "column"),
    [(["Who", "Advice 1", "Advice 2"], "We are"), (["We are", "Help 1", "Help 2"], "Advice *")],
)
def test_a_column_that_is_not_there_blocks(head, column) -> None:
    ties, _, accounts, findings = named(["Alder", "Birch", ""], head=head)
    assert [(f.row, f.column) for f in findings if f.severity == "block"] == [(1, column)]
    assert len(ties) == 0
    assert all(a.read == a.used + sum(a.aside.values()) for a in accounts)


def listed(*rows: list[str], head: tuple[str, ...] = ("ego", "alter"), **options):
    made = read_ties(export(list(head), *rows), wave(**options), "help", only(KNOWN), "edges")
    return made.ties, made.senders, made.accounts, made.findings


@pytest.mark.parametrize(
    ("rows", "options", "kept", "lost"),
    [
        ([["Alder", "Birch"], ["Birch", "Alder"]], {}, [("O1", "O2"), ("O2", "O1")], {}),
        ([["Birch", "Alder"], ["Alder", "Birch"]], {"directed": False}, [("O2", "O1")], {AGAIN: 1}),
        ([["Alder", "o2"], ["Alder", "Birch"]], {}, [("O1", "O2")], {AGAIN: 1}),
        ([["Alder", "o2"], ["Alder", "Birch"]], {"log": True}, [("O1", "O2")] * 2, {}),
        ([["Alder", "alder"], ["Alder", ""], ["x", "y"]], {}, [], {SELF: 1, OUTSIDE: 2}),
        ([["Alder", "x"], ["x", "Alder"]], {"directed": False}, [], {OUTSIDE: 2}),
        ([["Alder", "x"]], {"directed": False}, [], {OUTSIDE: 1}),
        ([["", ""]], {"directed": False}, [], {"blank row": 1}),
        ([], {}, [], {}),
    ],
    ids=["directed", "both ends", "repeated", "a log repeats", "itself", "outside", "no alter known",
         "blank", "nothing"],
)  # fmt: skip
def test_an_edge_list_gives_a_tie_per_row_or_a_reason(rows, options, kept, lost) -> None:
    ties, senders, (account,), findings = listed(*rows, **options)
    assert pairs(ties) == kept
    assert {reason: n for reason, n in account.aside.items() if n} == lost
    assert account.used == len(ties) and account.read == len(rows)
    assert senders["observed"].all() and sorted(senders["node"]) == ["O1", "O2", "O3"]
    assert [f.count for f in findings if f.severity == "warn"] == ([lost[OUTSIDE]] if OUTSIDE in lost else [])


def test_ties_about_different_topics_are_different() -> None:
    head = ("ego", "alter", "topic", "strength", "date")
    rows = [["Alder", "Birch", t, "0,5", "2025-01-02"] for t in ("a", "b", "a")]
    ties, _, (account,), findings = listed(*rows, head=head, relation="asks")
    assert ties["topic"].tolist() == ["a", "b"] and account.aside[AGAIN] == 1
    assert ties[["relation", "strength"]].drop_duplicates().to_numpy().tolist() == [["asks", 0.5]]
    assert (ties["date"] == "2025-01-02").all() and findings == []


def test_an_edge_list_without_its_ends_blocks() -> None:
    ties, _, (account,), findings = listed(["Alder", "Birch"], ["", ""], head=("from", "alter"))
    assert [(f.row, f.column) for f in findings if f.severity == "block"] == [(1, "ego")]
    assert (len(ties), account.read, account.used) == (0, 2, 0)


NAMES = st.sampled_from(["", "Alder", "Birch", "cedar", "O1", "nobody"])


@settings(max_examples=modest(8, 20), deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES, NAMES), max_size=8), st.randoms(use_true_random=False))
def test_no_name_is_lost_in_any_order_of_rows(rows, random) -> None:
    found = []
    for order in (rows, random.sample(rows, len(rows))):
        ties, senders, accounts, _ = named(*map(list, order), duplicates="union")
        assert all(a.read == a.used + sum(a.aside.values()) for a in accounts)
        assert accounts[0].read == len(rows)
        assert accounts[1].used == len(ties) == len(set(pairs(ties)))
        found.append((accounts, sorted(pairs(ties)), senders["observed"].tolist()))
    assert found[0] == found[1]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(NAMES, NAMES), max_size=8), st.booleans(), st.booleans(),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_no_row_of_an_edge_list_is_lost_in_any_order(rows, directed, log, random) -> None:
    found = []
    for order in (rows, random.sample(rows, len(rows))):
        ties, _, (account,), _ = listed(*map(list, order), directed=directed, log=log)
        assert account.read == len(rows) == account.used + sum(account.aside.values())
        assert account.used == len(ties)
        found.append(account)
    assert found[0] == found[1]


def read(*rows: list[str], head: list[str] = HEAD, **options):
    return read_ties(export(head, *rows), wave(**{**ASK, **options}), "net", only(KNOWN))


def strengths(made) -> dict[tuple[str, str], float]:
    return dict(zip(pairs(made.ties), made.ties["strength"], strict=True))


def observed(made) -> list[str]:
    return sorted(made.senders.loc[made.senders["observed"], "node"])


@pytest.mark.parametrize(
    ("cells", "options", "ties", "seen", "unseen"),
    [
        (["", ""], {}, [], ["O1"], []),
        (["", ""], {"empty": "not observed"}, [], [], []),
        (["None of these", ""], {"empty": "not observed"}, [], ["O1"], []),
        (["Prefer not to say", ""], {}, [], [], []),
        (["Birch", "prefer not to answer"], {}, [("O1", "O2")], [], [("O1", "O3")]),
        (["keine", "Birch"], {"none": ["Keine"]}, [("O1", "O2")], ["O1"], []),
        (["k. A.", ""], {"refused": ["k. A."]}, [], [], []),
        (["Birch; cedar", ""], {}, [("O1", "O2"), ("O1", "O3")], ["O1"], []),
        (["Birch, Cedar", ""], {}, [("O1", "O2"), ("O1", "O3")], ["O1"], []),
        (["Cedar\nBirch|o3", ""], {}, [("O1", "O3"), ("O1", "O2")], ["O1"], []),
    ],
    ids=["silent", "silent, declared", "nobody", "refused", "refused after a name", "declared nobody",
         "declared refusal", "list", "commas", "lines and bars"],
)  # fmt: skip
def test_a_refusal_is_not_observed_and_nobody_is_an_answer(cells, options, ties, seen, unseen) -> None:
    made = read(["Alder", *cells], **options)
    assert (pairs(made.ties), observed(made), pairs(made.unseen)) == (ties, seen, unseen)
    assert made.findings == []


def test_strengths_stand_beside_names_in_numbers_or_in_declared_words() -> None:
    head = [*HEAD, "Advice how often 1", "Advice how often 2"]
    options = {"strength": {"advice": "Advice how often *"}, "answers": {"Weekly": 4, "Never": 0}}
    rows = [["Alder", "Birch", "Cedar", "weekly", "Never"], ["o1", "Birch", "", "5", ""]]
    made = read(*rows, head=head, duplicates="union", least=1.0, **options)
    assert strengths(made) == {("O1", "O2"): 5.0}
    assert made.accounts[1].aside[BELOW] == 1 and made.accounts[1].aside[AGAIN] == 1
    bad = read(["Alder", "Birch", "", "sentinel", ""], head=head, **options)
    assert ["no known strength" in line for line in said(bad.findings)] == [True]
    assert strengths(bad).keys() == {("O1", "O2")} and "sentinel" not in said(bad.findings)[0]


def test_strength_columns_that_do_not_pair_block() -> None:
    head = ["We are", *(f"Advice {i}" for i in "123"), "Often 1", "Often 2"]
    made = read(["Alder", "Birch", "", "", "1", "2"], head=head, strength={"advice": "Often *"})
    assert len(said(made.findings)) == 1 and made.ties["strength"].isna().all()


def test_topics_of_one_relation_are_one_network_of_senders_who_answered_all() -> None:
    head = ["We are", "Law 1", "Money 1"]
    relations = {"asks: law": "Law *", "asks: money": "Money *"}
    rows = [["Alder", "Birch", "Prefer not to say"], ["Birch", "None", "Alder"]]
    made = read(*rows, head=head, relations=relations)
    assert made.ties["topic"].tolist() == ["law", "money"] and set(made.ties["relation"]) == {"asks"}
    assert observed(made) == ["O2"] and pairs(made.unseen) == [("O1", "O3")]
    assert made.audit[["topic", "respondents", "refused", "nobody"]].to_numpy().tolist() == [
        ["law", 2, 0, 1], ["money", 1, 1, 0],
    ]  # fmt: skip


def test_the_audit_says_what_became_of_rows_and_names() -> None:
    rows = [
        ["Alder", "Birch", "The Alders"], ["ALD", "Birch; sentinel", "Birch, elsewhere"],
        ["stranger", "Cedar", ""], ["Birch", "", "none"],
    ]  # fmt: skip
    made = read(*rows, duplicates="union")
    found = {name: value for name, value in made.audit.iloc[0].items() if value}
    assert found == {
        "source": "net", "year": 2025, "relation": "advice", "rule": "union", "rows": 4, "rows_used": 3,
        "rows_unknown": 1, "answered_twice": 1, "respondents": 2, "nobody": 1, "named": 5, "exact": 2,
        "self": 1, "outside": 1, "unreadable": 1, "again": 1, "ties": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("directed", "seen"), [(True, ["O1"]), (False, ["O1", "O2"])])
def test_an_incomplete_edge_list_observes_only_those_in_it(directed, seen) -> None:
    asked = wave(complete=False, directed=directed)
    made = read_ties(export(["ego", "alter"], ["Alder", "Birch"]), asked, "help", only(KNOWN), "edges")
    assert observed(made) == seen and len(made.unseen) == 0
    assert made.audit[["named", "ties"]].iloc[0].tolist() == [1, 1]


def test_words_in_an_edge_list_become_the_declared_strengths_and_the_strongest_stays() -> None:
    rows = [["Alder", "Birch", "monthly"], ["Alder", "Birch", "Weekly"], ["Birch", "Cedar", "never"]]
    asked = wave(answers={"Monthly": 2, "Weekly": 4, "Never": 0}, least=1.0)
    for order in (rows, rows[::-1]):
        sheet = export(["ego", "alter", "strength"], *order)
        made = read_ties(sheet, asked, "help", only(KNOWN), "edges")
        assert strengths(made) == {("O1", "O2"): 4.0}
        assert {r: n for r, n in made.accounts[0].aside.items() if n} == {BELOW: 1, AGAIN: 1}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["Alder", "Birch", "cedar", "ALD", "nowhere"]), max_size=4), max_size=4
    ),
    st.sampled_from([";", " ; ", "\n", "|"]),
    st.randoms(use_true_random=False),
)
def test_no_separator_no_order_and_no_case_changes_the_ties(lists, separator, random) -> None:
    wide = [["Birch", *names, *[""] * (4 - len(names))] for names in lists]
    turned = [
        ["BIRCH", separator.join(n.upper() for n in random.sample(names, len(names)))] for names in lists
    ]
    one = read(*wide, head=["We are", *(f"Advice {i}" for i in range(4))], duplicates="union")
    two = read(*random.sample(turned, len(turned)), head=["We are", "Advice list"], duplicates="union")
    assert sorted(pairs(one.ties)) == sorted(pairs(two.ties)) and observed(one) == observed(two)
    pd.testing.assert_frame_equal(one.audit, two.audit)
    c = one.audit.iloc[0]
    matched = c[["exact", "alias", "reviewed", "spelling"]].sum()
    assert c["named"] == sum(map(len, lists)) == matched + c["self"] + c["outside"] + c["unreadable"]
