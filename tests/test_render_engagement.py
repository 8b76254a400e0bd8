"""The engagement section: tables, what their numbers rest on, sentences, curves, what is hidden."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import unescape
from typing import Any

import fake_engagement as fake
import pandas as pd
import pytest
from fake_publishable import publishable

from ksn_research.audited import equal, numbers
from ksn_research.disclose import Publishable
from ksn_research.render import (
    canvas,
    catalogue,
    chosen,
    engagement_figures,
    engagement_parts,
    engagement_sentences,
    engagement_words,
    formats,
    pages,
    tables,
)
from ksn_research.render.engagement_annex import ENGAGEMENT_ANNEX
from ksn_research.render.engagement_tables import ENGAGEMENT
from ksn_research.render.view import view
from ksn_research.results import Row

PARTS = ("GATHERINGS", "AGAIN", "GUESTS", "SESSIONS", "THANKS", "PLATFORM", "LASTING", "AFTERWARDS")


def edition(rows: list[Row] | None = None, **more: Any) -> Publishable:
    made = fake.rows() if rows is None else rows
    return publishable(rows=made, circles=[], **{"labels": fake.LABELS, "curves": fake.curves(), **more})


EDITION = edition()
MADE = tables.tables(EDITION)
SEEN = view(EDITION)


def drawn(seen: Any = SEEN) -> dict[str, Any]:
    return {
        spec.name: (spec, data)
        for one in engagement_figures.ENGAGEMENT_FIGURES
        for spec, data in chosen.parts(seen, one)
    }


DRAWN = drawn()


@cache
def section() -> str:
    return pages.show_section(EDITION, "engagement")._repr_html_()


def plain(html: object) -> str:
    return unescape(re.sub(r"<[^>]*>", "", str(html))).replace("\u00a0", " ")


def line(table: str, label: str, head: str = "") -> list[str]:
    found = [one for one in MADE[table].lines if one.label == label and head in one.head]
    assert len(found) == 1, [(one.head, one.label) for one in MADE[table].lines]
    return [plain(cell.html()) for cell in found[0].cells]


def said(rows: list[Row] | None = None, part: str = "") -> str:
    every = engagement_sentences.by_part(view(edition(rows)))
    wanted = [getattr(engagement_parts, part)] if part else list(every)
    return " ".join(plain(one.html) for name in wanted for one in every[name])


def changed(statistic: str, **fields: Any) -> list[Row]:
    """All rows, those of one statistic (and analysis, category) otherwise."""
    about = {name: fields.pop(name) for name in ("analysis", "category", "measure") if name in fields}
    return [
        replace(row, **fields)
        if row.statistic == statistic and all(getattr(row, name) == value for name, value in about.items())
        else row
        for row in fake.rows()
    ]


def test_every_table_has_rows_and_stands_in_its_part() -> None:
    assert {spec.name for spec in (*ENGAGEMENT, *ENGAGEMENT_ANNEX)} <= set(MADE)
    assert list(dict.fromkeys(spec.part for spec in ENGAGEMENT)) == [
        getattr(engagement_parts, name) for name in PARTS
    ]
    assert all(spec in catalogue.TABLES for spec in (*ENGAGEMENT, *ENGAGEMENT_ANNEX))
    assert len(ENGAGEMENT) <= 9 and len(DRAWN) == len(engagement_figures.ENGAGEMENT_FIGURES) == 6


@pytest.mark.parametrize("spec", ENGAGEMENT, ids=lambda spec: spec.name)
def test_every_table_says_what_its_numbers_rest_on(spec: Any) -> None:
    rests = any(column.part in ("n", "n of what") for column in spec.columns)
    assert rests or spec.layout == "described" or spec.name == "attendance"  # its counts rest on themselves


@pytest.mark.parametrize("name", list(MADE))
def test_every_number_of_a_table_carries_its_result(name: str) -> None:
    found = re.search(r"<table.*</table>", str(tables.as_html(MADE[name])), re.DOTALL)
    assert found
    read = numbers(found.group(0))
    assert not re.search(r"\d", read.left), read.left
    rows = EDITION.results.set_index("id")
    assert all(equal(float(value), rows.loc[result, part]) for result, part, value in read.ids)


@pytest.mark.parametrize(
    ("table", "label", "cells"),
    [
        pytest.param("came_as", "Social", ["70 %", "30 %", "400", "50 %", "42 %", ".002", "900"], id="roles"),
        pytest.param(
            "coming_again",
            "Social",
            ["10 % (2–18)", "s", "60 % (52–68)", "66 %", "50 %", "40 %", "20 %", "120"],
            id="a hidden cell keeps its place",
        ),
        pytest.param(
            "guests", "Joined within 30 days of coming as a guest", ["s", "s", "120 people"], id="hidden"
        ),
        pytest.param(
            "sessions",
            "Change of ratings a month",
            ["+0.027 (+0.014 to +0.040)"] * 2 + ["500 ratings"],
            id="a slope has three decimals and a sign",
        ),
        pytest.param(
            "sessions",
            "Share that took away minus share that brought",
            ["+5 points (+2 to +8)"] * 2 + ["500 sheets"],
            id="a balance is in points",
        ),
        pytest.param(
            "recognition",
            "Pairs that thanked whose thanks are returned",
            ["27 % (22–32)"] * 2 + ["451 pairs that thanked"],
            id="returned thanks",
        ),
        pytest.param(
            "activity",
            "Events per active member, median",
            ["107 (83–131)"] * 2 + ["120 people"],
            id="a median of counts is whole",
        ),
        pytest.param(
            "retention",
            "Months after which half have gone quiet",
            ["9", "9", "70 people"],
            id="months are whole",
        ),
        pytest.param(
            "funnel",
            "Watched half of one",
            ["133", "133", "37 % (32–42)", "356", "70 % (65–75)", "356"],
            id="a step of all and of the one before",
        ),
    ],
)
def test_what_a_line_says(table: str, label: str, cells: list[str]) -> None:
    assert line(table, label) == cells


def test_steps_stand_in_the_order_in_which_they_are_taken() -> None:
    assert [one.label for one in MADE["funnel"].lines] == [
        "On the roster that day",
        "Opened at least one",
        "Watched half of one",
        "Watched one to the end",
    ]


def test_a_table_of_some_categories_has_no_others() -> None:
    assert [one.label for one in MADE["funnel_items"].lines] == ["V1", "All of them together"]
    weeks = {one.label for one in MADE["funnel_weeks"].lines}
    assert weeks == {*(f"Week {n}" for n in range(1, 13)), "Fading of views"}


@pytest.mark.parametrize(
    ("statistic", "value", "text"),
    [
        ("never_thanked_share", 0.62, "62 %"),
        ("across_expected", 0.5, "50 %"),
        ("balance", -0.04, "−4 points"),
        ("slope_per_month", -0.0134, "−0.013"),
        ("half_life_days", 13.44, "13"),
        ("median_months", 9.0, "9"),
        ("median_events", 106.5, "107"),
        ("mean_active_months", 5.607, "5.61"),
        ("pairs_expected", 1312.77, "1,313"),
        ("thanks_per_person", 1.233, "1.23"),
    ],
)
def test_how_a_statistic_of_engagement_is_written(statistic: str, value: float, text: str) -> None:
    assert formats.number(value, formats.KINDS.get(statistic, "mean")).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("analysis", "name", "words"),
    [
        ("frequency", "2-3", "2 or 3 times"),
        ("conversion", "", "Guests of the year"),
        ("conversion_by_kind", "social", "Came to: SOCIAL"),
        ("exchange", "brought: tool", "Brought: TOOL"),
        ("funnel", "week 03", "Week 3"),
        ("funnel", "item V1", "V1"),
        ("recognition", "sheets", "SHEETS"),
        ("funnel", "", ""),
    ],
)
def test_a_category_is_said_in_words(analysis: str, name: str, words: str) -> None:
    told = engagement_words.category({"analysis": analysis, "category": name}, str.upper)
    assert told == (words.upper() if analysis == "funnel" and name.startswith("item") else words)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("GATHERINGS", "70 % of 300 people and 80 % of 90 organisations on the roster came to at least one"),
        ("GATHERINGS", "in 2024 it was 70 % and 80 %"),
        ("GATHERINGS", "Clearly more often than by lot: social, 50 % of 900 pairs (42 % by lot; p = .002)"),
        ("GATHERINGS", "No clear departure from lot: session, 42 % of 900 pairs"),
        ("AGAIN", "Of 120 people who came to a gathering in 2025, 50 % (42–58) came to another"),
        ("AGAIN", "30 % came once, 50 % four times or more. 20 % had last come"),
        ("GUESTS", "23 % of 65 guests of 2025 had become members by its end"),
        ("GUESTS", "social 29 % (19–39) of 52 guests"),
        ("SESSIONS", "Within the year ratings rose: +0.027 points a month (+0.014 to +0.040)."),
        ("SESSIONS", "more is taken than brought (difference +5 points; +2 to +8)"),
        ("THANKS", "480 thanks in 2025 went to 147 people; the most thanked tenth of them got 38 % (33–43)"),
        ("THANKS", "Of 451 pairs of whom one thanked the other, thanks are returned in 27 % (22–32)."),
        ("THANKS", "62 % (57–67) of 380 contributors were thanked by nobody in 2025"),
        ("THANKS", "Clearly above this: Western 88 % (83–93) of 50 contributors."),
        ("PLATFORM", "328 members were active on the platform in 2025, 81 % of the 403 on the roster"),
        ("PLATFORM", "In single months it was between 101 and 112."),
        ("PLATFORM", "39 % (36–42) of 1,405 reply ties are returned."),
        ("LASTING", "Of 70 members who joined in 2025, 70 % (65–75) had not gone quiet after six months"),
        ("LASTING", "Half had gone quiet after 9 months."),
        ("AFTERWARDS", "“The mentoring day”: 174 people came in 2025, 59 % to one session, 17 % to three"),
        ("AFTERWARDS", "Of 356 people on the roster that day, 49 % (44–54) opened at least one"),
        ("AFTERWARDS", "Views fell by half every 13 days (12–15), from 380 views."),
    ],
)  # fmt: skip
def test_what_the_section_says(part: str, words: str) -> None:
    assert words in said(part=part)


@pytest.mark.parametrize(
    ("statistic", "fields", "words"),
    [
        pytest.param("slope_per_month", fake.bounded(-0.03, 0.01), "ratings fell: −0.030", id="fall"),
        pytest.param("slope_per_month", fake.bounded(0.01, 0.02), "there was no clear change: +0.010",
                     id="flat"),
        pytest.param("balance", fake.bounded(-0.06, 0.03), "more is brought than taken (", id="given more"),
        pytest.param("balance", fake.bounded(0.01, 0.03), "no clear difference (difference +1 point;",
                     id="even, in the singular"),
        pytest.param("across_share", {"estimate": 0.3, "p": 0.01}, "Clearly less often than by lot: ",
                     id="apart"),
        pytest.param("receivers", {"estimate": 1.0}, "went to 1 person;", id="one person"),
        pytest.param("thanks", {"estimate": 1.0}, "1 thank-you in 2025", id="one thank-you"),
        pytest.param("median_months", {"estimate": 1.0}, "quiet after 1 month.", id="one month"),
        pytest.param("half_life_days", fake.bounded(1.0, 0.2), "every 1 day (1–1)", id="one day"),
        pytest.param("people", {"estimate": 1.0, "measure": "active_members"}, "1 member was active",
                     id="one member"),
    ],
)  # fmt: skip
def test_a_sentence_follows_its_numbers(statistic: str, fields: dict[str, Any], words: str) -> None:
    assert words in said(changed(statistic, **fields))


@pytest.mark.parametrize(
    ("statistic", "about", "words"),
    [
        ("slope_per_month", {}, "Within the year"),
        ("balance", {}, "more is taken"),
        ("median_months", {}, "Half had gone quiet"),
        ("share", {"analysis": "conversion_by_kind"}, "By the kind of gathering"),
        ("never_thanked_share", {}, "thanked by nobody"),
        ("reciprocity", {"analysis": "recognition"}, "of whom one thanked"),
        ("half_life_days", {}, "Views fell"),
        ("share", {"analysis": "coming_again", "category": "within 90 days"}, "came to another"),
        ("share", {"analysis": "lasting", "category": "after 6 months"}, "after six months"),
    ],
)
@pytest.mark.parametrize("status", ["suppressed", "undefined"])
def test_what_is_hidden_or_undefined_is_not_said(
    statistic: str, about: dict[str, Any], words: str, status: str
) -> None:
    assert words in said()
    gone = {"estimate": None, "ci_low": None, "ci_high": None, "status": status, "note": "few"}
    assert words not in said(changed(statistic, **about, **gone))


def test_a_number_without_interval_has_no_verdict() -> None:
    assert "Within the year" not in said(changed("slope_per_month", ci_low=None, ci_high=None))
    assert "more is taken" not in said(changed("balance", ci_low=None, ci_high=None))


def test_where_no_region_stands_apart_it_is_said() -> None:
    level = changed("never_thanked_share", **fake.bounded(0.6))
    assert "No region stands clearly above this." in said(level)


def test_a_year_alone_is_compared_with_none() -> None:
    words = said(fake.rows((2025,)))
    assert "2024" not in words and "70 % of 300 people" in words


def test_every_number_of_a_sentence_is_a_result() -> None:
    rows = EDITION.results.set_index("id")
    for sentences in engagement_sentences.by_part(SEEN).values():
        for one in sentences:
            read = numbers(str(one.html))
            assert not re.search(r"\d", read.left), read.left
            assert all(equal(float(v), rows.loc[i, part]) for i, part, v in read.ids)
            assert {i for i, _, _ in read.ids} <= set(one.ids)


def test_nothing_is_said_to_be_an_effect() -> None:
    assert not re.search(r"because|due to|led to|caused|thanks to|\beffects?\b", plain(section()))


def test_sentences_stand_at_the_head_of_their_part() -> None:
    html = section()
    shown = re.findall(r'<h3 class="part">([^<]*)</h3>', html)
    assert shown == [getattr(engagement_parts, name) for name in PARTS]
    for part, told in engagement_sentences.by_part(SEEN).items():
        after = html.split(f'<h3 class="part">{part}</h3>')[1]
        assert told and all(str(one.html) in after.split("<h3")[0] for one in told)


@pytest.mark.parametrize("name", list(DRAWN))
def test_figures_are_drawn_the_same_each_time_and_know_their_results(name: str) -> None:
    spec, data = DRAWN[name]
    assert set(data["id"]) <= set(EDITION.results["id"]) and spec.beside in MADE
    assert canvas.svg_of(spec.draw(data, spec.quantity)) == canvas.svg_of(spec.draw(data, spec.quantity))
    one = data[data["label"] == data["label"].iloc[0]].reset_index(drop=True)
    assert canvas.svg_of(spec.draw(one, spec.quantity)).startswith("<?xml")


def texts(name: str) -> list[str]:
    spec, data = DRAWN[name]
    found = spec.draw(data, spec.quantity).findobj(match=lambda x: hasattr(x, "get_text"))
    return [str(one.get_text()) for one in found]


def test_a_curve_leaves_out_what_is_hidden_and_the_sum_of_all_kinds() -> None:
    _, data = DRAWN["coming_again"]
    assert set(data["label"]) == {"Session", "Social"} and len(data) == 12
    assert data["published"].all() and set(data["wave"]) == {"2025"}
    _, last = DRAWN["lasting"]
    assert set(last["label"]) == {"Joined in 2024", "Joined in 2025"}


def test_a_suppressed_cohort_and_week_have_their_mark() -> None:
    _, data = DRAWN["cohorts"]
    assert (data["status"] == "suppressed").sum() == texts("cohorts").count("s") == 4
    assert texts("views").count("s") == 2
    assert "Of 10 cells 4 are suppressed" in engagement_figures.cohort_words(data)


def test_a_heat_map_has_a_mark_for_each_result_of_the_year() -> None:
    spec, data = DRAWN["cohorts"]
    own = SEEN.rows(**spec.where, year=2025)
    assert sorted(data["id"]) == sorted(row["id"] for row in own) and len(own) == 10
    shown = data[data["published"]].groupby("label")["time"].agg(list)
    assert shown.to_dict() == {"2025 Q1": [1, 2, 3, 4], "2025 Q3": [1], "2025 Q4": [1]}
    assert data.loc[~data["published"], "estimate"].isna().all()


@pytest.mark.parametrize(
    ("cohorts", "cells"),
    [(["2025"], 11), ([f"2025-{m:02d}" for m in range(1, 12)], 66)],
    ids=["one", "as many as months"],
)
def test_a_heat_map_has_a_box_for_each_cell_and_none_for_what_is_not_over(
    cohorts: list[str], cells: int
) -> None:
    spec, data = DRAWN["cohorts"]
    many = [
        data.iloc[[0]].assign(label=name, time=float(month))
        for place, name in enumerate(cohorts)
        for month in range(1, 12 - place)
    ]
    axes = spec.draw(pd.concat(many, ignore_index=True), spec.quantity).axes[0]
    boxes = {(box.get_x() + 0.5, box.get_y() + 0.5) for box in axes.patches}
    assert len(boxes) == len(axes.patches) == cells
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [str(month) for month in range(1, 12)]


def test_a_heat_map_of_suppressed_cells_only_is_not_drawn() -> None:
    gone: dict[str, Any] = {"estimate": None, "ci_low": None, "ci_high": None, **fake.HIDDEN}
    rows = [replace(row, **gone) if row.group == "cohort" else row for row in fake.rows()]
    assert "cohorts" not in drawn(view(edition(rows)))


def test_the_report_has_few_months_since_joining_and_the_workbook_all_by_cohort() -> None:
    assert [one.label for one in MADE["retention"].lines][:3] == [
        f"Active in month {n} after joining" for n in (1, 3, 6)
    ]
    table = MADE["retention_by_cohort"]
    assert table.annex
    assert [one.label for one in table.lines] == ["All", *(f"2025 Q{n}" for n in range(1, 5))]
    assert line("retention_by_cohort", "2025 Q3") == ["70 %", "120", "s", "s", *["\u2013"] * 6]


@pytest.mark.parametrize("curves", [{}, {name: t.iloc[:0] for name, t in fake.curves().items()}])
def test_without_curves_there_are_the_figures_of_results(curves: dict[str, Any]) -> None:
    assert set(drawn(view(edition(curves=curves)))) == {
        "ratings",
        "monthly_active_members",
        "cohorts",
        "views",
    }


@pytest.mark.parametrize("analysis", sorted({row.analysis for row in fake.rows()}))
def test_a_study_with_one_kind_of_record_has_its_section(analysis: str) -> None:
    rows = [row for row in fake.rows((2025,)) if row.analysis == analysis]
    html = pages.show_section(edition(rows, curves={}), "engagement")._repr_html_()
    assert html and "nan" not in plain(html)
