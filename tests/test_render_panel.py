"""Members from year to year, and comparisons with a remark, as the report shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fake_publishable import LABELS, publishable

from ksn_research import resources, secret
from ksn_research.plan import load_study
from ksn_research.plan.specs import Panel
from ksn_research.render import figures, formats, pages, sentences, tables
from ksn_research.results import Row

SURVEY = "member_survey"
REASON = "worded more plainly"


def row(analysis: str, measure: str, statistic: str, estimate: float | None, **more: object) -> Row:
    base = {"year": 2025, "source": SURVEY, "n": 100, "unit": "people", "method": "m"}
    bounds = {"ci_low": estimate - 0.1, "ci_high": estimate + 0.1} if more.pop("bounded", False) else {}  # type: ignore[operator]
    return Row(**{**base, **bounds, **more, "analysis": analysis, "measure": measure, "statistic": statistic,
                  "estimate": estimate})  # fmt: skip


def linkage(statistic: str, estimate: float | None, category: str = "", **more: object) -> Row:
    return row("panel", "linkage", statistic, estimate, category=category, **more)


def attrition(measure: str, estimate: float) -> list[Row]:
    difference = row("panel", measure, "difference", estimate, bounded=True, p=0.01 if estimate else 0.9)
    return [difference, row("panel", measure, "hedges_g", estimate, bounded=True)]


PANEL = [
    linkage("rate", 0.96, year=2024),
    linkage("rate", 0.95),
    linkage("count", 95),
    linkage("count", 60, "stayed"),
    linkage("count", 35, "newcomers", note="returners among them"),
    linkage("count", None, "returners", status="undefined", note="no year before"),
    linkage("share", 60 / 95, "stayed", bounded=True),
    linkage("count", 80, "wave before"),
    linkage("retention", 0.75, "stayed", bounded=True),
    linkage("count", 20, "losses"),
    linkage("count", 12, "still on the roster"),
    linkage("count", 8, "left the roster"),
    linkage("retention", 0.5, "stayed", group="region", level="North", bounded=True),
    *attrition("trust", 0.0),
    *attrition("collecting", -0.4),
]
# What is read in the table: heading -> what stands in its line.
READ = {
    "Linkage rate": "95\u00a0%",
    "Linked members who answered": "95",
    "also in the wave before": "60",
    "their share": "63\u00a0%",
    "newcomers": "35",
    "returners": "not defined",
    "Linked members of the wave before": "80",
    "share who answered again (retention)": "75\u00a0%",
    "losses": "20",
    "still on the roster": "12",
    "left the roster": "8",
}


def test_the_panel_is_one_table_of_the_newest_wave_a_line_each() -> None:
    table = tables.tables(publishable(rows=PANEL))["panel"]
    assert table.columns == (("", "2025"),)
    read = {line.label.strip(): formats.show(line.cells[0].row) for line in table.lines if line.cells[0].row}
    assert read == READ
    assert table.legend[0] == "* Newcomers: returners among them."
    assert "Not defined: no year before." in table.legend


def test_retention_by_group_and_attrition_have_tables_of_their_own() -> None:
    made = tables.tables(publishable(rows=PANEL))
    assert [line.label for line in made["retention_by_group"].lines] == ["North"]
    lost = made["attrition"]
    assert [formats.show(cell.row, "interval") for cell in lost.lines[1].cells[:2] if cell.row] == [
        "\u22120.50 to \u22120.30"
    ] * 2


def test_the_sentence_says_who_answered_again_and_who_did_not() -> None:
    (said,) = sentences.panel_findings(publishable(rows=PANEL))
    text = " ".join(pd.Series([str(said.html)]).str.replace(r"<[^>]+>", "", regex=True)[0].split())
    assert "of 80 linked members who answered in the wave before, 75 % (65\u201385) answered again" in text
    assert "Of 95 linked members who answered in 2025, 35 are newcomers." in text
    size = "difference \u22120.40; \u22120.50 to \u22120.30; unadjusted p = .010"
    assert f"had scored lower on knowledge received ({size})" in text
    assert "their other scores did not differ clearly" in text


@pytest.mark.parametrize(
    ("kept", "count"),
    [
        (PANEL[:2], 0),  # one wave only: nobody to compare with
        ([r if r.statistic != "retention" else replace(r, estimate=None, status="suppressed", note="few")
          for r in PANEL], 0),
        (PANEL[:-4], 1),  # no scale in the wave before
    ],
)  # fmt: skip
def test_there_is_no_sentence_without_its_numbers(kept: list[Row], count: int) -> None:
    assert len(sentences.panel_findings(publishable(rows=kept))) == count


def words(edition: object) -> str:
    return "\n".join(str(block.html) for block in pages.section(edition, "participation"))


def test_without_the_secret_the_section_says_that_nobody_is_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KSN_SECRETS", str(tmp_path))
    study = replace(load_study(resources.demo()), panel=Panel(SURVEY, "absent", "0" * 16))
    _, (finding,) = secret.at_hand(study)
    findings = pd.DataFrame([{"severity": "warn", "source": SURVEY, "problem": finding.problem,
                              "remedy": finding.remedy, "count": 1}])  # fmt: skip
    said = words(publishable(rows=[row("change", "trust", "difference", 0.1)], findings=findings))
    assert "Members are not linked across years" in said
    assert "the secret is not in the folder for secrets" in said


def test_where_answers_carry_no_code_the_section_says_that() -> None:
    said = words(publishable(rows=[row("change", "trust", "difference", 0.1)]))
    assert "answers carry no member code" in said
    assert "linked across years" not in words(publishable(rows=PANEL))


CHANGES = [
    row("scales", "trust", "mean", 3.0, year=2024, bounded=True),
    row("scales", "trust", "mean", 3.2, bounded=True),
    row("scales", "belonging", "mean", 3.0, year=2024, bounded=True),
    row("scales", "belonging", "mean", 3.2, bounded=True),
    row("change", "trust", "difference", 0.2, bounded=True, p=0.01, note=REASON),
    row("change", "belonging", "difference", None, status="not comparable", note="another question"),
]


def test_a_change_with_a_remark_is_signed_and_a_broken_line_says_why() -> None:
    edition = publishable(rows=CHANGES)
    made = tables.tables(edition)
    assert f"{REASON}." in made["change"].legend[0]
    assert "Not comparable: another question." in made["change"].legend
    assert str(made["change"].lines[0].cells[0].html()).endswith('<sup class="sign">*</sup>')
    signs = {line.label: [cell.sign for cell in line.cells] for line in made["scales"].lines}
    assert set(map(tuple, signs.values())) == {("", "", "", ""), ("*", "", "", "")}
    assert "2024 is not comparable with 2025 (another question)" in made["scales"].legend[0]


def test_an_older_score_that_is_not_comparable_is_not_drawn_beside_the_newest() -> None:
    drawn = figures.figures(publishable(rows=CHANGES))
    scales = drawn["scales"].data
    assert list(scales["text"][scales["label"] == LABELS["belonging"]]) == ["3.00 *", "3.20 *"]
    assert "2024 is not comparable with 2025" in drawn["scales"].source
    assert f"{REASON}" in drawn["change"].source


def test_a_finding_repeats_the_remark() -> None:
    said = {one.measure: str(one.html) for one in sentences.findings(publishable(rows=CHANGES))}
    assert f'Note: <span class="label">{REASON}</span>.' in said["member_survey.trust"]
    assert "not comparable with" in said["member_survey.belonging"]


def test_methods_list_what_is_not_compared_and_what_is_with_a_note() -> None:
    said = "\n".join(str(block.html) for block in pages.section(publishable(rows=CHANGES), "methods"))
    assert "What changed between the waves" in said
    assert "yes, with a note" in said and "another question" in said
