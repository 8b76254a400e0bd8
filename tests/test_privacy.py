"""Personal data and formulas in open answers: what is found, and the near misses that are not."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.errors import Finding, Origin
from ksn_research.score.privacy import personal
from tests.conftest import modest

ORIGIN = Origin("pulse", 2025, "", "x.csv")
# Names as a roster has them; none is anybody's.
KNOWN = [
    "Ada Lovelace-Example",
    "Li Na",
    "Zoë Müller",
    "O'Neill Trust",
    "ACME",
    "IBM",
    "M1",
    "R2 D2",
    "Open",
    "",
]
ROWS = {"an e-mail address": "mail", "a phone number": "phone", "a web address": "url",
        "a name on the roster": "name", "a spreadsheet formula": "formula"}  # fmt: skip


def found(*texts: str | None, known: list[str] = KNOWN) -> list[Finding]:
    answers = pd.Series(list(texts), index=range(2, 2 + len(texts)), dtype="str")
    return personal({"say": answers}, known, ORIGIN)


def kinds(text: str) -> set[str]:
    return {ROWS[finding.problem.split("looks like ")[1]] for finding in found(text)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to someone@example.org", "mail"),
        ("SOME.ONE+tag@mail.example.co.uk!", "mail"),
        ("<someone@example.org>", "mail"),
        ("josé@exämple.org", "mail"),
        ("someone [at] example.org", "mail"),
        ("someone (at) example (dot) org", "mail"),
        ("line one\nsomeone@example.org", "mail"),
        ("call (405) 321-1111", "phone"),
        ("405-321-1111", "phone"),
        ("405.321.1111.", "phone"),
        ("1-405-321-1111", "phone"),
        ("4053211111", "phone"),
        ("+44 20 7946 0958", "phone"),
        ("+1 (405) 321-1111", "phone"),
        ("0044 20 7946 0958", "phone"),
        ("my number:+491701234567", "phone"),
        ("020 7946 0958", "phone"),
        ("(020) 7946 0958", "phone"),
        ("0161 496 0000, evenings", "phone"),
        ("0171/1234567", "phone"),
        ("07700900123", "phone"),
        ("06 12 34 56 78", "phone"),
        ("98765 43210", "phone"),
        ("phone: 946 0958", "phone"),
        ("mobile is 612 345 678", "phone"),
        ("tel. no 12 34 56 78", "phone"),
        ("see https://example.org/me", "url"),
        ("www.example.org", "url"),
        ("github.com/someone", "url"),
        ("I liked ada lovelace-EXAMPLE most", "name"),
        ("Ada\n Lovelace-Example", "name"),
        ("thanks, Li Na!", "name"),
        ("Zoe\u0308 Mu\u0308ller helped", "name"),
        ("ZOË MÜLLER", "name"),
        ("the O’Neill Trust", "name"),
        ("(acme)", "name"),
        ("ACME", "name"),
        ("=1+1", "formula"),
        ("=A1", "formula"),
        ("=SUM(A1:A9)", "formula"),
        ("= sum(A1)", "formula"),
        ("=-SUM(A1)", "formula"),
        ('=HYPERLINK("x")', "formula"),
        ('="a"&B1', "formula"),
        ("=(1+2)", "formula"),
        ("=cmd|' /C calc'!A0", "formula"),
        ("@SUM(1+1)", "formula"),
        ("+SUM(A1)", "formula"),
        ("-sum(A1)", "formula"),
        ("-2+3+cmd|' /C calc'!A0", "formula"),
        ("+A1", "formula"),
        ("+B2*2", "formula"),
        ("\t=1+1", "formula"),
    ],
)  # fmt: skip
def test_what_may_say_who_somebody_is_is_found(text, kind) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "no", "in 2024", "2019-2020", "2019 - 2020", "2019/2020", "1990s", "80 %", "80%", "+5 %",
        "-5", "-3,5", "+1", "+1 for that", "3-5", "3-5 people", "10-12-15", "24/7", "8:30-17:00", "08:30",
        "at 17.30",
        "2024-05-17", "17.05.2024", "05/06/2024", "05-06-2024", "2024-05-17T08:30:00Z", "2024-05-17 08:30",
        "1.2.3", "v10.0.19045.3803", "3.11", "192.168.100.100", "1,000,000", "1 000 000", "1.000.000,50",
        "$3,292,953,864", "100 000 000", "2500000000", "1700000000", "20240517083000", "114398765432109876",
        "00712", "978-3-16-148410-0", "405-321", "321-1111", "12345", "room 0123", "007",
        "phone calls 3-5 times a week", "mobile in 2019-2020", "1/2", "4 x 4", "+/- 5", "+-2", "3 + 4 = 7",
        "- point one\n- point two", "-point", "--", "---", "-", "+", "=", "==", "==>", "=> next", "=)", "=(",
        "=D", "=P", "=]", "-_-", ":-)", "^_^", "@", "@ 5.30 pm", "@home", "meet@5", "a @ b", "x@y",
        "@someone",
        "= more time", "+ peers, - venue", "-team(s) need time", "- A1 was good", "+B2B sales", "- 5 (or 6)",
        "e.g. this", "etc.So", "node.js", "Node.js and Next.js", "and/or", "he/she", "www", "http",
        "i.e.com", "reopen", "OpenStack", "acmes", "IBM", "M1", "Li Nam", "O'Neill", "Zoë",
        "D2 R2", "Lovelace", "cell 5", "telephone", "fax", "I is -2", "-2 - 3",
        "=5", "= 5", "-1/2", "@2x", "50/50", "9/11", "10am-12pm", "Q1-Q4", "C++", "#1", "1st", "100k+",
    ],
)  # fmt: skip
def test_a_near_miss_is_no_false_alarm(text) -> None:
    assert kinds(text) == set()


def test_one_finding_for_a_column_and_kind_says_how_many_and_where() -> None:
    made = found(None, "fine", "a@example.org", "b@example.org or 405-321-1111", "a@example.org", "")
    assert [(f.severity, f.row, f.column, f.count) for f in made] == [
        ("warn", 4, "say", 3),
        ("warn", 5, "say", 1),
    ]
    assert str(made[0]) == (
        "x.csv, row 4, column say: 3 answers hold what looks like an e-mail address; "
        "look at the rows in the export and take it out there; the answers are quoted nowhere"
    )


def test_the_answer_itself_is_never_repeated() -> None:
    for text in ("sentinel@example.org", "=SENTINEL(A1)", "http://sentinel", "thanks ACME sentinel"):
        for finding in found(text):
            assert "sentinel" not in repr(finding).lower()


@pytest.mark.parametrize(
    ("name", "text", "worth"),
    [
        ("Ann", "Ann said", False),
        ("Anna", "Anna said", True),
        ("An Na", "an na said", True),
        ("A 1", "A 1 said", False),
        ("7 Up", "7 up said", False),
        ("C&A", "C&A said", False),
        ("A.B. (Co) [x] | y+", "with a.b. (co) [x] | y+!", True),
        ("Straße eV", "in der STRASSE eV", False),
        ("Straße eV", "in der Straße EV", True),
        ("x" * 101, "x" * 101, False),
    ],
)
def test_short_names_are_not_looked_for_and_signs_are_taken_as_they_are(name, text, worth) -> None:
    assert bool(found(text, known=[name])) == worth


def test_without_a_roster_no_names_are_looked_for() -> None:
    assert found("ACME and Li Na", known=[]) == []


def test_columns_are_told_apart_and_an_empty_one_has_nothing() -> None:
    texts = {
        "a": pd.Series(["x@example.org"], index=[2], dtype="str"),
        "b": pd.Series([None], index=[2], dtype="str"),
        "c": pd.Series([], dtype="str"),
    }
    assert [f.column for f in personal(texts, KNOWN, ORIGIN)] == ["a"]


def test_many_names_are_all_found() -> None:
    names = [f"Person{i:04} Example" for i in range(1001)]
    made = found(*(f"with {name}." for name in names), known=names)
    assert [f.count for f in made] == [1001]


@settings(max_examples=modest(40, 100), deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5), st.lists(st.text(max_size=8), max_size=5))
def test_no_text_and_no_name_breaks_it(texts, names) -> None:
    for finding in found(*texts, known=names):
        assert 1 <= finding.count <= len(texts)


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"]), max_size=20))
def test_what_stands_around_an_address_does_not_hide_it(around) -> None:
    assert "mail" in kinds(f"{around} someone@example.org {around}")


def test_long_and_hostile_cells_take_no_time() -> None:
    cells = ["a@" * 500_000, "+1" * 500_000, "1 " * 500_000, "=" * 1_000_000, "acm" * 300_000, "0-" * 500_000]
    start = time.perf_counter()
    found(*cells)
    assert time.perf_counter() - start < 5


def test_a_hundred_thousand_comments_are_read_in_two_seconds() -> None:
    random = np.random.default_rng(5)
    words = np.array(["".join(random.choice(list("abcdefghij"), 6)) for _ in range(2000)])
    texts = pd.Series(
        [" ".join(line) for line in words[random.integers(0, 2000, (100_000, 15))]], dtype="str"
    )
    texts.iloc[[7, 70_000]] = "ask Zoë Müller"
    start = time.perf_counter()
    made = personal({"say": texts}, KNOWN + [f"Person{i} Example" for i in range(300)], ORIGIN)
    assert time.perf_counter() - start < 2
    assert [(f.row, f.count) for f in made] == [(7, 2)]
