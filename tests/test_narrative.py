"""The analyst's text: taken apart, drafted, filled in, and held against the results."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fake_publishable import publishable
from hypothesis import given, settings
from hypothesis import strategies as st

from ksn_research.audited import numbers
from ksn_research.disclose import Publishable, StudyInfo
from ksn_research.errors import Finding, PlanError
from ksn_research.plan.narrative import blocks, read_narrative
from ksn_research.render import pages, wording
from ksn_research.render.narrative import _parsed
from ksn_research.render.narrative_checks import narrative_findings, typed_numbers
from ksn_research.render.narrative_draft import draft
from ksn_research.render.wording import Label
from ksn_research.results import Row, collect

LABELS = {"survey": "Survey", "trust": "Trust in 3 circles", "giving": "Giving {{ x }} <b>& *taking*</b>"}
STUDY = StudyInfo("s", "S", "P", 2025, ("survey.trust", "survey.giving"))
TRUST, GIVING = "2025.survey.scales.trust.mean", "2025.survey.shares.giving.share"
CHANGE, OTHER = "2025.survey.change.trust.difference", "2025.survey.scales.other.mean"


def row(measure: str, statistic: str, estimate: float | None, **more: Any) -> Row:
    base: dict[str, Any] = {"year": 2025, "source": "survey", "analysis": "scales", "n": 234, "method": "m"}
    own = {"unit": "people", "measure": measure, "statistic": statistic, "estimate": estimate}
    return Row(**{**base, **own, **more})


ROWS = [
    row("trust", "mean", 3.4721, year=2024, ci_low=3.38, ci_high=3.56),
    row("trust", "mean", 3.6725, ci_low=3.58, ci_high=3.765),
    row("trust", "difference", 0.2004, analysis="change", ci_low=0.1, ci_high=0.3, p=0.01, p_adjusted=0.02),
    row("giving", "share", None, n=None, analysis="shares", status="suppressed", note="fewer than 5 people"),
    row("other", "mean", 2.0),
]
BARE = publishable(rows=[], circles=[], curves={}, labels=LABELS, study=STUDY)


def edition(text: str = "", rows: list[Row] = ROWS, **study: Any) -> Publishable:
    return replace(BARE, results=collect(rows).results, study=replace(STUDY, narrative=text, **study))


def html(text: str, **more: Any) -> str:
    return str(pages.section(edition(text, **more), "executive")[0].html)


def words(text: str, **more: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html(text, **more))).split())


def findings(text: str, rows: list[Row] = ROWS) -> list[Finding]:
    return narrative_findings(edition(text, rows))


# --- taken apart


def test_a_text_is_blocks_with_their_lines_and_stamps() -> None:
    stamp_ = "<!-- ksn: survey.trust\na.b = 1 n 2\n-->"
    text = f"<!-- mine -->\n# Findings\n\nIn short.\n\n## Trust\n{stamp_}\nIt {{{{ x | n }}}}\n"
    found = [one for one in blocks(text, "f") if not one.empty]
    assert [(one.heading, one.line, one.body.strip()) for one in found] == [
        ("Findings", 2, "In short."),
        ("Trust", 6, "It {{ x | n }}"),
    ]
    stamp = found[1].stamp
    assert stamp is not None and (stamp.measure, stamp.values, stamp.line) == (
        "survey.trust",
        {"a.b": "1 n 2"},
        7,
    )
    assert [(one.id, one.part, one.line) for one in found[1].inserts] == [("x", "n", 10)]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("# A\n\n<!-- begun", 3, "the comment is not closed"),
        ("# A\n<!-- ksn: survey.trust\na = 1\nnonsense\n-->", 4, "a line of the stamp is not `id = value`"),
    ],
)
def test_what_cannot_be_taken_apart_names_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(PlanError) as caught:
        blocks(text, "findings/2025.md")
    assert (caught.value.file, caught.value.row, caught.value.problem) == ("findings/2025.md", line, problem)


def test_the_file_is_read_from_the_study_and_need_not_be_there(tmp_path: Path) -> None:
    assert read_narrative(tmp_path, 2025) == ""
    (tmp_path / "findings").mkdir()
    (tmp_path / "findings" / "2025.md").write_bytes("\ufeff# Fünf\r\n".encode())
    assert read_narrative(tmp_path, 2025) == "# Fünf\n"
    (tmp_path / "findings" / "2025.md").write_bytes("# Fünf".encode("latin-1"))
    with pytest.raises(PlanError, match="not UTF-8"):
        read_narrative(tmp_path, 2025)


# --- filled in


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{{{{ {TRUST} }}}}", "3.67"),
        (f"{{{{{TRUST}|interval}}}}", "3.58\u20133.77"),
        (f"{{{{ {TRUST} | n }}}}", "234"),
        (f"p {{{{ {CHANGE} | p_adjusted }}}}", "p = .020"),
        (f"**{{{{ {CHANGE} }}}}** higher", "+0.20 higher"),
        (f"{{{{ {GIVING} }}}}", "s (fewer than 5 people)"),
        (f"{{{{ {GIVING} | n }}}}", "s"),
        (f"{{{{ {TRUST} | population }}}}", "\u2013"),
        ("# Of {{ " + TRUST + " }}\nand so on", "Of 3.67and so on"),
        ("said \\{{ id }} so", "said {{ id }} so"),
        ("<!-- to ask -->kept", "kept"),
        ("<script>alert(1)</script><img src=x>", "<script>alert(1)</script><img src=x>"),
        ("<svg onload=alert(1)>\n\n<iframe src=//x>", "<svg onload=alert(1)> <iframe src=//x>"),
        ("&lt;b&gt; &amp;lt;", "<b> &lt;"),
        ("[x](vbscript:a) [y](//evil.org) [z](HTTPS://a.b)", "[x](vbscript:a) [y](//evil.org) z"),
        ("![x](http://a.b/c.png)", "!x"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("`{% raw %}` ${x} #eval(1)", "`{% raw %}` ${x} #eval(1)"),
    ],
)  # fmt: skip
def test_a_text_is_filled_in_and_everything_else_is_text(text: str, shown: str) -> None:
    text = "# H\n<!-- ksn: survey.trust\n-->\n" + text
    assert words(text).removeprefix("H").strip().startswith(shown)
    seen = Tags()
    seen.feed(html(text))
    assert seen.tags <= HARMLESS and seen.attributes <= {"class", "id", "href", "value", "title"} | DATA


HARMLESS = {"div", "h3", "p", "data", "span", "a", "strong", "em", "ul", "ol", "li", "blockquote", "hr"}
DATA = {"data-id", "data-part"}


class Tags(HTMLParser):
    """Which tags and attributes there are."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_inserted_numbers_are_data_with_their_ids_and_a_link_to_their_table() -> None:
    told = html(f"# Trust\nIt was {{{{ {TRUST} }}}}.")
    assert f'<data class="r" value="3.6725" data-id="{TRUST}">3.67</data>' in told
    assert 'href="#table-scales"' in told


def test_links_lead_to_the_web_only_and_emphasis_and_lists_are_kept() -> None:
    told = html("# H\n- *a* [b](https://example.org/x)\n- [c](data:text/html,x)\n\n> d")
    assert '<a href="https://example.org/x">b</a>' in told and "<em>a</em>" in told
    assert "<li>[c](data:text/html,x)</li>" in told and "<blockquote>" in told


def test_headline_measures_without_a_text_are_said_by_rule_below_it() -> None:
    told = words(f"# Trust\nUp, at {{{{ {TRUST} }}}}.")
    assert told.startswith("TrustUp, at 3.67.") and "mean score" not in told
    assert "The share \u201cgiving {{ x }} <b>& *taking*</b>\u201d in 2025 is suppressed" in told


@pytest.mark.parametrize(
    ("insert", "problem"),
    [
        ("{{ 2025.nobody }}", "`2025.nobody` is no published result"),
        (f"{{{{ {TRUST} | mean }}}}", "`mean` is no part of a result"),
        (f"{{{{ {OTHER} }}}}", "of no headline measure, and only those enter the executive page"),
    ],
)
def test_what_may_not_be_inserted_is_an_error_with_file_line_and_remedy(insert: str, problem: str) -> None:
    text = f"# Trust\n\nIt was\nabout {insert}."
    with pytest.raises(PlanError) as caught:
        html(text)
    assert problem in caught.value.problem and caught.value.remedy
    assert (caught.value.file, caught.value.row) == ("findings/2025.md", 4)
    blocking = [one for one in findings(text) if one.severity == "block"]
    assert [(one.row, one.problem) for one in blocking] == [(4, caught.value.problem)]


# --- drafted


def test_a_draft_printed_says_what_the_rules_say() -> None:
    def bare(told: str) -> str:
        return re.sub(r"Table\s\d+", "", told)

    text = draft(edition())
    by_rule = [re.sub(r"\s+", " ", bare(one)).strip() for one in _sentences(html(""))]
    printed = re.sub(r"\s+", " ", bare(unescape(re.sub(r"<[^>]+>", "", html(text)))))
    assert len(by_rule) == 2 and all(one in printed for one in by_rule)
    assert re.findall(r"data-id=\"([^\"]+)", html(text)) == re.findall(r"data-id=\"([^\"]+)", html(""))


def _sentences(told: str) -> list[str]:
    return [
        unescape(re.sub(r"<[^>]+>", "", one)) for one in re.findall(r"<li[^>]*>(.*?)</li>", told, re.DOTALL)
    ]


def test_a_draft_has_no_findings_and_is_taken_over_unchanged() -> None:
    text = draft(edition())
    assert findings(text) == []
    assert draft(edition(text)) == text


def test_a_draft_holds_ids_for_numbers_and_a_stamp_for_each_block() -> None:
    text = draft(edition())
    assert f"<!-- ksn: survey.trust\n{TRUST} = 3.6725 [3.58, 3.765] n 234\n" in text
    assert (
        f"**{{{{ {TRUST} }}}}** ({{{{ {TRUST} | interval }}}}; n\u00a0=\u00a0{{{{ {TRUST} | n }}}})" in text
    )
    assert f"{GIVING} = suppressed" in text
    assert "Giving \\{\\{ x \\}\\} &lt;b\\>\\& \\*taking\\*&lt;/b\\>" in text


def test_renewing_keeps_the_analysts_words_and_adds_what_is_left_out() -> None:
    mine = f"# Trust\n\nUp, at {{{{ {TRUST} }}}}. <!-- ask Ann -->\n"
    text = draft(edition(mine))
    assert "Up, at {{ " + TRUST + " }}. <!-- ask Ann -->" in text and "mean score" not in text
    assert f"<!-- ksn: \n{TRUST} = 3.6725" in text and "## Giving" in text
    assert draft(edition(text)) == text
    assert [one.severity for one in findings(text)] == []


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_label_comes_back_from_a_draft_as_it_was(label: str) -> None:
    flat = " ".join(label.split())
    made = str(_parsed(wording.markdown(["the ", Label(flat), " said"]), {}))
    told = re.sub(r'</?p>|<span class="typed">|</span>', "", made)
    assert unescape(told).strip() == f"the {flat} said".strip()
    assert "<" not in told


# --- held against the results

OWN = f"# Trust\n<!-- ksn: survey.trust\n{TRUST} = 3.6725 [3.58, 3.765] n 234\n-->\nIt was {{{{ {TRUST} }}}}"


@pytest.mark.parametrize(
    ("typed", "severity"),
    [
        (", or 3.7", "warn"),
        (", of 235 people", "warn"),
        (", 41% of them", "warn"),
        (", \u22120.20 lower", "warn"),
        (", 12pp up", "warn"),
        (", .5 apart", "warn"),
        (", that is 3.67", "note"),
        (", 234 of them", "note"),
        (", 3.58\u2013", "note"),
        (", +0.20 up", "note"),
        (", p = .020", "note"),
        (" in 2025, after 2019\u201323", None),
        (" on 3 May 2025, or May 3, or 2025-05-03", None),
        (" (Tables 3 and 4, Figure A2)", None),
        (" (95 % interval)", None),
        (", trust in\n3 circles", None),
        (", see P13 and COVID-19", None),
        (" [here](https://example.org/77)", None),
        ("\n\n1. one\n2. two", None),
        ("<!-- 99 -->", None),
    ],
)
def test_numbers_typed_by_hand_are_found(typed: str, severity: str | None) -> None:
    ours = [one for one in findings(OWN + typed) if "typed by hand" in one.problem]
    assert [one.severity for one in ours][:1] == ([] if severity is None else [severity])
    assert all(one.row == 5 and one.file == "findings/2025.md" for one in ours)
    assert all(word not in one.problem for one in ours for word in ("It was", "people", "circles"))


def test_a_typed_number_that_is_a_result_is_told_what_to_write() -> None:
    (one,) = [one for one in findings(OWN + ", 234 of them") if one.severity == "note"]
    assert f"write {{{{ {TRUST} | n }}}}" in one.remedy


@pytest.mark.parametrize(
    ("changed", "moved"),
    [
        ({}, False),
        ({"estimate": 3.672501}, False),
        ({"estimate": 3.6735}, True),
        ({"n": 235}, True),
        ({"ci_high": 3.8}, True),
        ({"estimate": None, "status": "suppressed", "note": "few", "ci_low": None, "ci_high": None}, True),
    ],
)
def test_a_text_is_stale_when_the_results_move(changed: dict[str, Any], moved: bool) -> None:
    rows = [replace(one, **changed) if one.id == TRUST else one for one in ROWS]
    stale = [one for one in findings(OWN, rows) if "moved" in one.problem]
    assert [(one.severity, one.row, TRUST in one.problem) for one in stale] == [("warn", 1, True)] * moved


def test_a_result_that_is_gone_has_moved() -> None:
    gone = "2024.survey.gone.trust.mean"
    (one,) = [f for f in findings(OWN.replace("-->", f"{gone} = 1\n-->")) if "moved" in f.problem]
    assert one.problem.endswith(gone)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (OWN, "the headline measure `survey.giving` has no text"),
        (f"# Trust\nIt was {{{{ {TRUST} }}}}", "this text has no stamp"),
        (OWN + f" and {{{{ {CHANGE} }}}}", "one inserted result is not in the stamp"),
        (OWN + " and {{ broken }", "double braces that insert nothing"),
    ],
)
def test_what_else_is_told(text: str, problem: str) -> None:
    assert problem in " ".join(one.problem for one in findings(text))


def test_without_a_text_there_is_nothing_to_tell() -> None:
    assert findings("") == []


def test_typed_numbers_carry_their_lines() -> None:
    (block,) = blocks("# Of 7\n\nsome 12,5 and\n1,234.5 or -3\n", "f")
    assert typed_numbers(block) == [("7", 1), ("12,5", 3), ("1,234.5", 4), ("-3", 4)]


def test_the_manual_shows_a_text_that_can_be_taken_apart_and_every_part_of_a_result() -> None:
    manual = (Path(__file__).parent.parent / "docs" / "findings.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```md\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL)
    (block,) = blocks(example, "findings/2025.md")
    assert block.stamp is not None and {one.id for one in block.inserts} == set(block.stamp.values)
    assert set(wording.PARTS) - {"estimate"} <= set(re.findall(r"&#124; (\w+)", manual))


@pytest.mark.parametrize(
    "text", ["Of 1,204 came 12, or 1.5 % <b>3</b>", "in `2025` &lt;4&gt;", "**12** [7](https://a.org)"]
)
def test_the_audit_takes_a_typed_number_for_what_it_is(text: str) -> None:
    assert not re.search(r"\d", numbers(f"<div>{_parsed(text, {})}</div>").left)
