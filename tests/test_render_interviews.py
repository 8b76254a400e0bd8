"""The interviews section and its appendix: tables, sentences, figures, codebook, COREQ; what is not said."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake_interviews as fake
import pandas as pd
import pytest
from fake_publishable import publishable

from ksn_research.analyse.interviews.agreement_rows import band
from ksn_research.analyse.interviews.coefficients import Alpha
from ksn_research.analyse.interviews.coreq import coreq
from ksn_research.analyse.interviews.section import changed_codes
from ksn_research.audited import equal, numbers
from ksn_research.disclose import Publishable
from ksn_research.errors import PlanError
from ksn_research.plan.coreq import ITEMS, coreq_answers, load_coreq
from ksn_research.plan.specs import Source, Study, Wave
from ksn_research.prepared import Prepared
from ksn_research.render import (
    appendix,
    canvas,
    catalogue,
    chosen,
    figures,
    formats,
    interview_figures,
    interview_sentences,
    interview_tables,
    pages,
    tables,
)
from ksn_research.render.interview_figures import INTERVIEW_FIGURES
from ksn_research.render.interview_tables import ANNEX, INTERVIEWS, PAIRS, PARTS, QUOTES
from ksn_research.render.view import view
from ksn_research.results import Row


def edition(rows: list[Row] | None = None, **more: Any) -> Publishable:
    made = fake.rows() if rows is None else rows
    return publishable(rows=made, circles=[], **{"labels": fake.LABELS, "curves": fake.curves(), **more})


EDITION = edition()
MADE = tables.tables(EDITION)
SEEN = view(EDITION)
DRAWN = {spec.name: (spec, data) for one in INTERVIEW_FIGURES for spec, data in chosen.parts(SEEN, one)}


def plain(html: object) -> str:
    return unescape(re.sub(r"<[^>]*>", "", str(html))).replace("\u00a0", " ")


@cache
def section(name: str = "interviews") -> str:
    return pages.show_section(EDITION, name)._repr_html_()


def line(table: str, label: str, head: str = "") -> list[str]:
    """The cells of one line in words."""
    found = [one for one in MADE[table].lines if one.label == label and head in one.head]
    assert len(found) == 1, [(one.head, one.label) for one in MADE[table].lines]
    return [plain(cell.html()) for cell in found[0].cells]


def said(part: str, of: Publishable = EDITION) -> str:
    return " ".join(plain(one.html) for one in interview_sentences.by_part(view(of)).get(part, ()))


# --- tables ------------------------------------------------------------------------------------------------


def test_every_table_has_rows_and_stands_in_the_order_of_the_parts() -> None:
    assert {spec.name for spec in (*INTERVIEWS, *ANNEX)} <= set(MADE)
    order = list(dict.fromkeys(spec.part for spec in INTERVIEWS))
    assert order == [part for part in PARTS if part != QUOTES]  # quotes come through their own gate
    assert all(spec in catalogue.TABLES for spec in (*INTERVIEWS, *ANNEX))
    heads = [unescape(head) for head in re.findall(r'<h3 class="part">(.*?)</h3>', section())]
    assert heads == order


@pytest.mark.parametrize("name", [spec.name for spec in (*INTERVIEWS, *ANNEX)])
def test_every_number_of_a_table_carries_its_result(name: str) -> None:
    found = re.search(r"<table.*</table>", str(tables.as_html(MADE[name])), re.DOTALL)
    assert found
    read = numbers(found.group(0))
    assert not re.search(r"\d", read.left), read.left
    rows = EDITION.results.set_index("id")
    assert all(equal(float(value), rows.loc[result, part]) for result, part, value in read.ids)


def test_a_theme_says_n_of_n_and_how_far_its_coders_agree() -> None:
    assert line("themes", "Lack of time")[3:] == ["18", "23", "78 % (63–93)", "0.91*"]
    assert line("themes", "Trust")[-1] == "0.41‡"
    legend = " ".join(MADE["themes"].legend)
    assert "‡ trust: below .667: do not rest on this code".casefold() in legend.casefold()
    assert not any("All codes" in one.label for one in MADE["themes"].lines)


def test_a_share_of_interviews_differs_in_points() -> None:
    assert line("theme_change", "Lack of time")[0] == "+31 points (+11 to +51)"
    assert line("two_sources_differences", "Lack of time")[0] == "+28 points (+8 to +48)"
    assert line("theme_change", "Funding")[0] == "not comparable"
    assert any("not among the codes of 2024" in one for one in MADE["theme_change"].legend)


def test_a_code_that_one_source_has_alone_is_a_dash_and_in_no_line_of_differences() -> None:
    assert line("two_sources", "Patience") == ["–", "7 of 10"]
    assert line("two_sources", "Lack of time") == ["18 of 23", "5 of 10"]
    assert [one.label for one in MADE["two_sources_differences"].lines] == ["Lack of time"]
    assert MADE["two_sources"].lines[0].head == "What operators and experts say"


def test_a_suppressed_kind_shows_its_mark_and_why() -> None:
    assert line("themes_by_group", "Trust") == ["s", "7 of 11"]
    assert any("fewer than 5 people in the cell" in one for one in MADE["themes_by_group"].legend)


def test_the_report_has_the_most_frequent_pairs_and_the_workbook_all() -> None:
    short, long = MADE["co_occurrence"].lines, MADE["co_occurrence_all"].lines
    assert (len(short), len(long)) == (PAIRS, 14)
    counts = [float(one.cells[0].row["estimate"]) for one in short if one.cells[0].row]
    assert counts == sorted(counts, reverse=True) and counts[0] == 14
    assert "s" not in {plain(one.cells[0].html()) for one in short}  # suppressed pairs are in the workbook
    assert "s" in {plain(one.cells[0].html()) for one in long}


@pytest.mark.parametrize(
    ("statistic", "kind"),
    [
        ("negative_agreement", "percent"), ("prevalence", "percent"), ("orders_reaching", "percent"),
        ("new_in_last_run", "percent"), ("interviews", "count"), ("in_all", "count"), ("paragraphs", "count"),
        ("alpha", "mean"), ("ac1", "mean"), ("cohen_kappa", "mean"), ("cramers_v", "mean"),
        ("jaccard", "mean"), ("interviews_over_orders", "mean"),
    ],
)  # fmt: skip
def test_statistics_of_interviews_have_their_format(statistic: str, kind: str) -> None:
    assert formats.kind_of({"statistic": statistic}) == kind


# --- sentences ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [part for part in PARTS if part != QUOTES])
def test_every_number_of_a_sentence_carries_its_result(part: str) -> None:
    rows = EDITION.results.set_index("id")
    told = interview_sentences.by_part(SEEN)[part]
    for one in told:
        read = numbers(str(one.html))
        assert not re.search(r"\d", read.left), read.left
        assert all(equal(float(value), rows.loc[result, p]) for result, p, value in read.ids)
        assert {result for result, _, _ in read.ids} <= set(one.ids)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (interview_tables.THEMES, "“lack of time” in 18 of 23, “matching” in 15 of 23 and “trust” in 12"),
        (interview_tables.THEMES, "coders agree too little to rest anything on “trust”"),
        (interview_tables.KINDS, "“lack of time” +42 points (+22 to +62; p = .008, adjusted)"),
        (interview_tables.BESIDE, "“lack of time” in 18 of 23 of Interviews with workspace operators and 5"),
        (interview_tables.CHANGE, "since the year before: “lack of time” +31 points"),
        (interview_tables.AGREEMENT, "over all codes together alpha is 0.80 (0.72–0.88)"),
        (interview_tables.AGREEMENT, "Reliable: “lack of time”. For tentative conclusions only: “matching”."),
        (interview_tables.ENOUGH, "9 of 12 codes were heard in the first four of 23 interviews; after 6"),
        (interview_tables.TOGETHER, "in 14 of 23 (by chance 9.50)"),
    ],
)  # fmt: skip
def test_a_part_begins_with_what_it_shows(part: str, words: str) -> None:
    assert words in said(part)


def test_a_difference_that_is_not_clear_is_not_named() -> None:
    assert "matching" not in said(interview_tables.KINDS) + said(interview_tables.CHANGE)
    none = [replace(r, p_adjusted=0.3) for r in fake.differences(2025) if r.analysis == "theme_change"]
    assert "no clear difference" in said(interview_tables.CHANGE, edition(none))


def test_without_a_test_nothing_is_said_of_differences_but_why() -> None:
    untested = [replace(r, p=None, p_adjusted=None) for r in fake.differences(2025)]
    assert "so few interviews none could find" in said(interview_tables.CHANGE, edition(untested))


def test_suppressed_kinds_are_said_to_be_so() -> None:
    hidden = [
        replace(r, estimate=None, ci_low=None, ci_high=None, p=None, p_adjusted=None, status="suppressed",
                note="fewer than 5 people")
        for r in fake.differences(2025) if r.analysis == "theme_differences"
    ]  # fmt: skip
    told = said(interview_tables.KINDS, edition(hidden))
    assert "too few interviewees" in told and not re.search(r"\d", told.replace("2025", ""))


def test_saturation_that_is_not_reached_is_said_so() -> None:
    assert "new ones came up to the end" in said(
        interview_tables.ENOUGH, edition([*fake.saturation(2025, reached=False)])
    )


@pytest.mark.parametrize("alpha", [0.2, 0.7, 0.9])
def test_the_words_of_an_alpha_are_those_that_the_analysis_writes(alpha: float) -> None:
    assert any(band(Alpha(alpha, 10, 20, 2)).startswith(begins) for begins in interview_sentences.BANDS)


# --- figures -----------------------------------------------------------------------------------------------


def test_every_figure_is_drawn_and_has_an_alternative_text() -> None:
    assert {spec.name for spec in INTERVIEW_FIGURES} == set(DRAWN)
    for one in figures.figures(EDITION, INTERVIEW_FIGURES).values():
        assert one.svg.startswith("<?xml") and len(one.alt) > 60
        assert set(one.ids) <= set(EDITION.results["id"])


def test_two_sources_stand_in_the_order_of_the_analysis_and_say_n_of_n() -> None:
    spec, data = DRAWN["two_sources"]
    drawn = spec.draw(data, spec.quantity)
    texts = [text.get_text() for text in drawn.axes[0].texts]
    assert {"18 of 23", "5 of 10", "7 of 10"} <= set(texts)
    heads = [text for text in texts if "\n" in text]
    assert heads[0].startswith("Interviews\nwith")
    words = interview_figures.beside_words(data)
    assert "Notes of experts 5 of 10" in words and "Patience: Notes of experts 7 of 10" in words


def test_a_suppressed_count_of_a_source_is_no_dot() -> None:
    rows = [
        replace(r, estimate=None, status="suppressed", note="fewer than 5 people", n=None)
        if r.statistic == "count" and r.level == fake.OTHER and r.measure == "lack of time" else r
        for r in fake.two_sources(2025)
    ]  # fmt: skip
    (spec, data), *_ = chosen.parts(view(edition(rows)), INTERVIEW_FIGURES[2])
    drawn = spec.draw(data, spec.quantity)
    assert "s" in [text.get_text() for text in drawn.axes[0].texts]
    dots = [x for part in drawn.axes[0].lines if part.get_marker() == "o" for x in part.get_xdata()]
    assert sum(x == x for x in dots) == 3  # lack of time and matching here, patience there


def test_the_saturation_curve_shows_each_year_and_where_little_new_came() -> None:
    spec, data = DRAWN["saturation"]
    assert list(dict.fromkeys(data["label"])) == ["2024", "2025"] and set(data["reached"]) == {6.0}
    assert canvas.svg_of(spec.draw(data, spec.quantity)) == canvas.svg_of(spec.draw(data, spec.quantity))
    late = data.assign(reached=float("nan"))
    assert len(spec.draw(late, "x").axes[0].lines) == len(spec.draw(data, "x").axes[0].lines) - 1


# --- the appendix ------------------------------------------------------------------------------------------


def test_the_codebook_stands_in_the_appendix_with_definitions_and_counts() -> None:
    html = section("methods")
    assert "Codebook: Interviews with workspace operators, 2025" in html
    assert "Too little time &lt;b&gt;of anybody&lt;/b&gt;." in html and "<b>of" not in html
    assert re.search(r"\u2003<span[^>]*>lack of time</span></th>.*?>18<.*?>25<", html)
    assert re.search(r"trust</span></th><td><span class=\"absent\">not stated", html)


def test_changes_of_the_codebook_say_whether_codes_are_compared() -> None:
    assert re.search(
        r"hours.*?lack of time.*?renamed.*?yes, with a note.*?two words for one", section("methods")
    )


def test_coreq_counts_what_is_answered_and_shows_what_is_not() -> None:
    told = plain(section("methods"))
    assert "2 of 32 items answered" in told and told.count("not stated") == 1 + 30
    assert "COREQ, research team and reflexivity: 1 of 8 items answered" in told
    assert '<em><span class="label">Operators: 23 interviews</span></em>' in section("methods")


def test_quotes_that_are_printed_answer_the_item_on_quotations() -> None:
    quoted = SimpleNamespace(
        **{**vars(EDITION), "quotes": SimpleNamespace(frame=pd.DataFrame({"id": ["q"]}))}
    )
    told = " ".join(plain(html) for html in appendix.of_interviews(replace(SEEN, publishable=quoted)))
    assert "3 of 32 items answered" in told and "Under “In their words”" in told


def test_the_import_report_holds_notes_of_reading_and_of_the_codebook_only() -> None:
    notes = pd.DataFrame(
        [
            ("note", fake.SOURCE, "3 pictures not carried", "see the import report", 1),
            ("note", fake.SOURCE, "3 pictures not carried", "see the import report", 2),
            ("note", fake.SOURCE, "the code was never used", "remove it", 4),
            ("warn", fake.SOURCE, "something about a person", "mend it", 1),
            ("note", "member_survey", "of a survey", "see the import report", 1),
        ],
        columns=["severity", "source", "problem", "remedy", "count"],
    )  # fmt: skip
    waves = pd.DataFrame(
        [(fake.SOURCE, "Interviews", "interviews", "2025", True), ("member_survey", "S", "survey", "", True)],
        columns=["source", "label", "kind", "waves", "collected"],
    )
    told = plain(pages.show_section(edition(findings=notes, waves=waves), "methods")._repr_html_())
    assert "3 pictures not carried3" in told and "The code was never used4" in told
    assert "about a person" not in told and "of a survey" not in told


def test_without_interviews_the_appendix_has_none_of_it() -> None:
    told = plain(pages.show_section(edition([], curves={}), "methods")._repr_html_())
    assert "Codebook" not in told and "COREQ" not in told
    assert "Not collected" in pages.show_section(edition([], curves={}), "interviews")._repr_html_()


# --- coreq.toml ---------------------------------------------------------------------------------------------


def test_coreq_has_its_32_items_in_three_domains() -> None:
    # Tong, Sainsbury & Craig (2007): 8 items on the team, 15 on the design, 9 on analysis and findings.
    counts = pd.Series([item.domain for item in ITEMS]).value_counts(sort=False)
    assert counts.tolist() == [8, 15, 9] and [item.number for item in ITEMS] == list(range(1, 33))
    assert len({item.name for item in ITEMS}) == 32


def test_items_are_named_or_numbered_and_an_empty_text_answers_nothing(tmp_path: Path) -> None:
    assert load_coreq(tmp_path) == {}
    (tmp_path / "coreq.toml").write_text('1 = "Two\\n researchers."\ntheory = "Thematic."\nduration = " "\n')
    assert load_coreq(tmp_path) == {"interviewer": "Two researchers.", "theory": "Thematic."}


@pytest.mark.parametrize(
    ("told", "says"),
    [
        pytest.param({"theorie": "x"}, "unknown key `theorie`", id="a misspelt item"),
        pytest.param({"33": "x"}, "unknown key `33`", id="a number beyond the list"),
        pytest.param({"theory": 3}, "must be text", id="no text"),
        pytest.param({"9": "x", "theory": "y"}, "answered twice", id="by name and by number"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_a_remedy_and_without_what_was_written(
    told: dict[str, object], says: str
) -> None:
    with pytest.raises(PlanError, match=says) as caught:
        coreq_answers({**told, "setting": "a secret place"})
    assert caught.value.file == "coreq.toml" and caught.value.remedy
    assert "secret place" not in str(caught.value)


def test_the_template_of_a_study_offers_every_item_and_states_none(tmp_path: Path) -> None:
    from ksn_research import resources

    text = (resources.PACKAGE / "templates" / "study" / "coreq.toml").read_text(encoding="utf-8")
    (tmp_path / "coreq.toml").write_text(text)
    assert load_coreq(tmp_path) == {}
    opened = re.sub(r'(?m)^# (\w+ = )""', r'\1"said"', text)
    (tmp_path / "coreq.toml").write_text(opened)
    assert set(load_coreq(tmp_path)) == {item.name for item in ITEMS}


# --- what the records answer -------------------------------------------------------------------------------


def prepared(**options: Any) -> Prepared:
    """Eight interviews of 2025, one withdrawn, two coded by two people whose names are secret."""
    names = [f"I{i}" for i in range(8)]
    waves = tuple(Wave(year, "", Path("talk.qdpx")) for year in (2024, 2025))
    source = Source("talk", "interviews", "Talks", waves, {"groups": ("operator_type",), **options})
    study = Study("s", Path(), "S", "", (2024, 2025), {"talk": source})
    coders = ["Anna Secret;Bert Secret"] * 2 + ["Anna Secret"] * 6
    gone = [False] * 7 + [True]
    interviews = pd.DataFrame(
        {"year": 2025, "source": "talk", "interview": names, "coders": coders, "withdrawn": gone,
         "operator_type": ["company"] * 4 + ["public"] * 4}
    )  # fmt: skip
    segments = pd.DataFrame(
        {"year": 2025, "source": "talk", "interview": names[:7], "coder": "Anna Secret", "code": "time"}
    )
    codes = pd.DataFrame(
        {"year": [2024, 2025, 2025], "source": "talk", "code": ["hours", "time", "trust"], "parent": "",
         "description": ["", "Too little.", ""], "codable": True}
    )  # fmt: skip
    earlier = segments.head(3).assign(year=2024, code="hours")
    before = interviews.head(3).assign(year=2024)
    return Prepared(
        study, 2025, {"talk": waves}, codes=codes,
        segments=pd.concat([earlier, segments], ignore_index=True).astype({"year": "Int64"}),
        interviews=pd.concat([before, interviews], ignore_index=True).astype({"year": "Int64"}),
    )  # fmt: skip


def test_the_records_answer_what_they_can_and_nothing_else() -> None:
    found = coreq(prepared(), {"theory": "Thematic."}).set_index("name")
    answered = {
        "sample_size": "Talks: 7 interviews in 2025, coded and not withdrawn",
        "coders": "Talks: 2 coders, 2 of 7 interviews coded by two or more",
        "coding_tree": "Talks: 2 codes, 1 of them with a definition, printed as the codebook",
        "sample": "Talks: by operator type, with the tables by kind of interviewee",
    }
    assert {name: found.loc[name, "records"] for name in answered} == answered
    assert "Guest" in found.loc["saturation", "records"]
    assert found.loc["theory", "study"] == "Thematic."
    unsaid = found[(found["study"] == "") & (found["records"] == "")].index
    assert {"software", "gender", "derivation", "quotations", "non_participation"} <= set(unsaid)
    assert len(found) == 32 and "Secret" not in found.to_string()


def test_the_tool_is_named_where_the_format_gives_it_away() -> None:
    found = coreq(prepared(format="taguette"), {}).set_index("name")
    assert found.loc["software", "records"] == "Talks: passages were coded in Taguette"


def test_a_study_without_interviews_has_no_coreq() -> None:
    assert coreq(Prepared(Study("s", Path(), "S", "", (2025,), {}), 2025, {}), {"theory": "x"}).empty


def test_codes_that_came_and_went_are_listed() -> None:
    changed = changed_codes(prepared())
    assert dict(zip(changed["change"], changed["code"] + changed["was"], strict=True)) == {
        "new": "trust", "gone": "hours",
    }  # fmt: skip
    assert set(changed["year"]) == {2025}
