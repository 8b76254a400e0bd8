"""The page of findings: counts first, what blocks first, each with its remedy; nothing is hidden."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from ksn_research.errors import Finding, findings_frame
from ksn_research.prepared import blank
from ksn_research.render.checks import checks_page


def finding(severity: str, source: str, **more: object) -> Finding:
    told = {"problem": "not one of the 3 allowed answers", "remedy": "add it to the choices"}
    return Finding(**{"severity": severity, "source": source, **told, **more})  # type: ignore[arg-type]


def page(*found: Finding) -> str:
    return checks_page(
        findings_frame(found), "A <study>", blank("accounts"), blank("answers"), pd.DataFrame()
    )


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("</style>")[1]).split())


def test_counts_come_first_and_what_blocks_before_the_rest() -> None:
    said = text(page(finding("note", "a"), finding("warn", "b"), finding("block", "c", row=3, column="q")))
    assert said.index("1 finding must be mended") < said.index("Must be mended") < said.index("To look at")
    assert said.index("To look at") < said.index("For information")


def test_a_file_that_cannot_be_read_stands_before_what_follows_from_it() -> None:
    absent = finding("block", "people", problem="there is no such file", file="people.csv")
    said = text(page(finding("block", "attendance", row=3, column="q"), absent))
    assert said.index("There is no such file") < said.index("attendance")


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        ("there is no such file", "There is no such file"),
        ("exclude: names no column", "exclude: names no column"),  # a key of study.toml keeps its letters
        ("9 rows differ", "9 rows differ"),
    ],
)
def test_a_finding_begins_with_a_capital_unless_with_a_name(problem: str, shown: str) -> None:
    assert shown in text(page(finding("warn", "a", problem=problem)))


def test_what_stands_in_backticks_is_code_and_markup_is_text() -> None:
    html = page(finding("warn", "a", remedy="run `ksn check <b>`", answer="<script>x</script>"))
    assert "run <code>ksn check &lt;b&gt;</code>" in html
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "A &lt;study&gt;" in html


def test_the_same_answer_in_several_places_is_one_line() -> None:
    same = [
        finding("warn", "a", year=y, file="f.csv", row=9, column="q", answer="Sunrise") for y in (2024, 2025)
    ]
    html = page(*same)
    assert html.count("Sunrise") == 1
    assert "f.csv, row 9, 2024 · f.csv, row 9, 2025" in html


@pytest.mark.parametrize(("answers", "hidden"), [(12, None), (40, "28 more")])
def test_many_answers_fold_and_all_are_on_the_page(answers: int, hidden: str | None) -> None:
    html = page(*(finding("block", "a", row=i, column="q", answer=f"word{i:03}") for i in range(answers)))
    assert len(set(re.findall(r"word\d{3}", html))) == answers
    assert (hidden in text(html)) if hidden else ("more" not in text(html))


def test_many_rows_of_one_finding_are_counted() -> None:
    html = page(*(finding("block", "a", row=i, column="code") for i in range(5000)))
    assert "and 4,988 more, in checks.csv" in html
    assert len(html) < 40_000
