"""The network section: its tables with their denominators, its sentences and figures, what is not said."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache
from html import unescape
from typing import Any

import fake_network as fake
import openpyxl
import pandas as pd
import pytest
from fake_publishable import publishable

from ksn_research.audited import equal, numbers
from ksn_research.disclose import Publishable
from ksn_research.render import (
    canvas,
    catalogue,
    chosen,
    formats,
    network_figures,
    network_parts,
    network_sentences,
    network_words,
    pages,
    tables,
    workbook,
)
from ksn_research.render.circle_tables import CIRCLE_TABLES
from ksn_research.render.network_tables import ANNEX, NETWORK
from ksn_research.render.tie_tables import ANNEX as TIE_ANNEX
from ksn_research.render.tie_tables import TIE_TABLES
from ksn_research.render.view import view
from ksn_research.results import Row

OWN = (*NETWORK, *TIE_TABLES, *CIRCLE_TABLES)
PARTS = ("SHAPE", "POSITIONS", "BOUNDARIES", "TIES", "CHANGE", "GATHERINGS", "CIRCLES", "HELP", "EXPERTISE")
NOT_FAKED = {"mixing_matrix", "mixing_matrix_type"}  # stand in the other fake edition


def edition(rows: list[Row] | None = None, **more: Any) -> Publishable:
    made = fake.rows() if rows is None else rows
    return publishable(rows=made, circles=[], **{"labels": fake.LABELS, "curves": fake.curves(), **more})


EDITION = edition()
MADE = tables.tables(EDITION)
SEEN = view(EDITION)
DRAWN = {
    spec.name: (spec, data)
    for one in network_figures.NETWORK_FIGURES
    for spec, data in chosen.parts(SEEN, one)
}


@cache
def section() -> str:
    return pages.show_section(EDITION, "network")._repr_html_()


def plain(html: object) -> str:
    return unescape(re.sub(r"<[^>]*>", "", str(html))).replace("\u00a0", " ")


def line(table: str, label: str, head: str = "") -> list[str]:
    """The cells of one line in words."""
    found = [one for one in MADE[table].lines if one.label == label and head in one.head]
    assert len(found) == 1, [(one.head, one.label) for one in MADE[table].lines]
    return [plain(cell.html()) for cell in found[0].cells]


def test_every_table_of_the_section_has_rows_and_stands_in_its_part() -> None:
    assert {spec.name for spec in (*OWN, *ANNEX, *TIE_ANNEX)} - set(MADE) == NOT_FAKED
    order = [getattr(network_parts, name) for name in PARTS]
    assert list(dict.fromkeys(spec.part for spec in OWN)) == order
    assert all(spec in catalogue.TABLES for spec in OWN)


@pytest.mark.parametrize("spec", OWN, ids=lambda spec: spec.name)
def test_every_table_says_what_its_numbers_rest_on(spec: Any) -> None:
    counts = {"membership", "expertise_topics", "mixing_matrix", "mixing_matrix_type", "explained_models",
              "ideas_gatherings"}  # fmt: skip
    rests = [c for c in spec.columns if c.part in ("n", "n of what", "share of n")]
    # The pairs of what goes with a tie stand in the table of its models; counts rest on themselves.
    assert rests or spec.layout == "described" or spec.name in counts | {"explained"}


@pytest.mark.parametrize("name", list(MADE))
def test_every_number_of_a_table_carries_its_result(name: str) -> None:
    found = re.search(r"<table.*</table>", str(tables.as_html(MADE[name])), re.DOTALL)
    assert found
    read = numbers(found.group(0))
    assert not re.search(r"\d", read.left), read.left
    rows = EDITION.results.set_index("id")
    assert all(equal(float(value), rows.loc[result, part]) for result, part, value in read.ids)


def test_a_headline_measure_has_interval_bounds_and_denominator_in_one_line() -> None:
    before, now, low, high, rests = line("network", "Density", "Advice")
    assert (before, now) == ("0.041 (0.031–0.051)",) * 2
    assert (low, high, rests) == ("0.021", "0.061", "9,000 of 14,280 pairs")
    assert [heading for _, heading in MADE["network"].columns] == [
        "Estimate", "Estimate", "Lowest", "Highest", "Rests on",
    ]  # fmt: skip


def test_what_has_no_bounds_shows_none() -> None:
    assert line("network", "Ties", "Advice")[2:] == ["–", "–", "9,000 of 14,280 pairs"]


def test_a_column_names_the_category_of_its_result() -> None:
    assert line("expertise", "Topics needed that nobody offers") == ["1", "1", "163 people"]
    assert line("ideas_linked", "Ideas that travel") == ["23.9 % of 109", "2.7 % of 516", "8.79", "< .001"]
    assert line("turnover", "Joint programme")[2:] == ["16 of 509"] * 3


def test_a_declared_analysis_is_called_as_the_plan_calls_it() -> None:
    assert [one.label for one in MADE["ideas_linked"].lines] == ["Ideas that travel"]
    assert "What goes with advice" in section() and "Why advice" not in section()


@pytest.mark.parametrize(
    ("statistic", "value", "said"),
    [
        ("density", 0.041, "0.041"),
        ("reciprocity_low", 0.03, "3 %"),
        ("creation", 0.0186, "1.9 %"),
        ("articulation_points", 4.0, "4"),
        ("median_days", 247.5, "248"),
        ("coefficient", 0.0254, "+0.025"),
        ("e_i_low", -0.16, "−0.16"),
        ("outside_range", 0.45, "+45 points"),
        ("odds_ratio", 3.579, "3.58"),
    ],
)
def test_how_a_statistic_of_networks_is_written(statistic: str, value: float, said: str) -> None:
    assert formats.number(value, formats.KINDS.get(statistic, "mean")).replace("\u00a0", " ") == said


def test_the_share_of_those_who_name_somebody_is_in_per_cent_and_other_positions_are_not() -> None:
    assert line("positions", "Named by", "Advice")[0] == "4.0 %"
    assert line("positions", "Constraint", "Advice")[0] == "0.04"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("same(region)", "same region"),
        ("absdiff(tob_yrs)", "difference in tob yrs, either way"),
        ("relation(advice)", "tie of advice between organisations"),
        ("co_attended(social)", "came to the same social"),
        ("co_attendance(all)", "came to the same gathering, number of times"),
        ("same(region):sender(size)", "same region × size of the sender"),
        ("distance(lat, lon)", "distance by lat and lon"),
        ("intercept", "intercept"),
        ("something(else)", "something(else)"),
    ],
)
def test_a_predictor_is_said_in_words(name: str, said: str) -> None:
    assert network_words.predictor(name, lambda one: SEEN.label(one, "network_survey")) == said


def test_sentences_stand_at_the_head_of_their_part() -> None:
    html = section()
    shown = re.findall(r'<h3 class="part">([^<]*)</h3>', html)
    assert shown == [getattr(network_parts, name) for name in PARTS]
    for part, said in network_sentences.by_part(SEEN).items():
        after = html.split(f'<h3 class="part">{part}</h3>')[1]
        assert all(str(one.html) in after.split("<h3")[0] for one in said)


def said(part: str) -> str:
    return " ".join(plain(one.html) for one in network_sentences.by_part(SEEN)[getattr(network_parts, part)])


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("SHAPE", "104 of 120 organisations answered"),
        ("SHAPE", "Whatever the others would have said, it lies between 0.021 and 0.061"),
        ("BOUNDARIES", "38 % of 9,000 tied pairs stay within"),
        ("BOUNDARIES", "fewer go across than chance would give"),
        ("BOUNDARIES", "coordinator 340 (59.04 by lot; p = .005)"),
        ("BOUNDARIES", "6 communities among 117 organisations"),
        ("TIES", "Ties (9,000 pairs) go with “same region” (odds ratio 3.30; p = .002)."),
        ("CHANGE", "267 ties kept, 139 dissolved, 186 made, on 9,000 pairs"),
        ("CHANGE", "New ties (9,000 pairs) go with “same region” (odds ratio 3.30; 2.30–4.30; p = .002)."),
        ("GATHERINGS", "2.4 % of 5,294 made a tie; of the other pairs, 1.3 % of 4,696"),
        ("GATHERINGS", "among those equally ready to come 3.32 times"),
        ("GATHERINGS", "Social, 3.32 times (2.82–3.82; p = .002)."),
        ("CIRCLES", "16 of 157 people in circles sit in two or more"),
        ("CIRCLES", "8.79 times as often (p < .001)"),
        ("HELP", "87 % of 397 help ties (82–92)"),
        ("EXPERTISE", "Of 189 asks, 73 % (66–80) went to somebody who offers the topic"),
    ],
)  # fmt: skip
def test_what_the_section_says(part: str, words: str) -> None:
    assert words in said(part)


def test_a_sentence_speaks_of_headline_relations_only_where_there_are_any() -> None:
    shape = [one.measure for one in network_sentences.by_part(SEEN)[network_parts.SHAPE]]
    assert shape == ["network_survey.advice"]  # the fake study declares it; joint is not declared
    study = replace(EDITION.study, headline=())
    every = network_sentences.by_part(view(replace(EDITION, study=study)))[network_parts.SHAPE]
    assert [one.measure for one in every] == ["network_survey.advice", "network_survey.joint"]


def test_a_sentence_with_a_suppressed_number_is_not_said() -> None:
    hidden = [
        replace(one, estimate=None, status="suppressed", note="fewer than 5 people")
        if one.statistic == "adoption_ratio"
        else one
        for one in fake.rows()
    ]
    found = network_sentences.by_part(view(edition(hidden)))[network_parts.CIRCLES]
    assert [one.measure for one in found] == ["circles.bridges"]


def test_where_everybody_answered_no_bounds_are_told() -> None:
    full = [replace(one, estimate=120.0) if one.statistic == "respondents" else one for one in fake.rows()]
    (one,) = network_sentences.by_part(view(edition(full)))[network_parts.SHAPE]
    assert "120 of 120 organisations answered" in plain(one.html) and "it lies between" not in plain(one.html)


def test_nothing_is_said_to_be_an_effect() -> None:
    words = plain(section())
    assert not re.search(r"because|due to|led to|caused|thanks to", words)
    assert all(
        found in ("an association, not an effect",)
        for found in re.findall(r"an association, not an \w+", words)
    )
    assert not re.search(r"\beffects?\b", words.replace("not an effect", ""))


def test_why_a_number_is_undefined_is_said_without_its_counts() -> None:
    told = " ".join(MADE["co_attendance_kinds"].legend)
    assert "Not defined: no stratum has both." in told and "2352" not in told


def test_sources_of_headline_measures_stand_first() -> None:
    heads = list(dict.fromkeys(one.head for one in MADE["mixing"].lines))
    assert heads[0].startswith("Network survey")


@pytest.mark.parametrize("name", list(DRAWN))
def test_figures_are_drawn_the_same_each_time_and_know_their_results(name: str) -> None:
    spec, data = DRAWN[name]
    assert set(data["id"]) <= set(EDITION.results["id"])
    assert canvas.svg_of(spec.draw(data, spec.quantity)) == canvas.svg_of(spec.draw(data, spec.quantity))
    one = data[data["label"] == data["label"].iloc[0]].reset_index(drop=True)
    assert canvas.svg_of(spec.draw(one, spec.quantity)).startswith("<?xml")


def test_all_figures_have_something_to_show_and_a_table_beside_them() -> None:
    assert set(DRAWN) == {spec.name for spec in network_figures.NETWORK_FIGURES}
    assert {spec.beside for spec in network_figures.NETWORK_FIGURES} <= set(MADE)


def test_points_that_tell_of_a_few_are_not_drawn() -> None:
    _, data = DRAWN["bridges_leave"]
    targeted = data[data["label"].str.startswith("Most")]
    assert sorted(targeted["removed"]) == [0, 5, 6, 7, 8] and len(data) == 14


def test_a_suppressed_topic_has_its_mark_and_no_dot() -> None:
    spec, data = DRAWN["topics"]
    drawn = spec.draw(data, spec.quantity)
    texts = [str(one.get_text()) for one in drawn.findobj(match=lambda x: hasattr(x, "get_text"))]
    assert "s" in texts and {"14", "0", "12"} <= set(texts)
    dots = [len(one.get_xdata()) for one in drawn.axes[0].lines if one.get_marker() == "o"]
    assert sorted(dots) == [2, 3]


def test_topics_stand_by_what_is_wanting() -> None:
    spec, data = DRAWN["topics"]
    texts = [str(one.get_text()) for one in spec.draw(data, spec.quantity).axes[0].texts]
    assert [one for one in texts if one in ("Translation", "Schools")] == ["Translation", "Schools"]


def test_the_workbook_has_n_of_and_unit_in_cells_of_their_own() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.as_workbook(EDITION)))
    sheet = book[f"Table {MADE['network'].number}"]
    heads = [cell.value for cell in sheet[3]]
    density = next(row for row in sheet.iter_rows(min_row=4, values_only=True) if row[1] == "Density")
    told = dict(zip(heads, density, strict=True))
    assert told["2025: Rests on, n"] == 9000 and told["2025: Rests on, of"] == 14280
    assert told["2025: Rests on, unit"] == "pairs" and told["2025: Estimate"] == pytest.approx(0.041)
    came = book[f"Table {MADE['co_attendance'].number}"]
    heads = [cell.value for cell in came[3]]
    first = dict(zip(heads, [cell.value for cell in came[4]], strict=True))
    assert first["2025: Came together"] == pytest.approx(0.024) and first["2025: Came together, n"] == 5294


def test_long_tables_are_for_the_workbook_only() -> None:
    annexed = {name for name, table in MADE.items() if table.annex}
    assert {"triads", "robustness", "e_i_by_group", "co_attendance_by_kind", "positions_groups"} <= annexed


def test_a_network_of_one_wave_without_programmes_has_its_section() -> None:
    rows = [
        one
        for one in fake.rows()
        if one.year == 2025 and one.analysis == "network" and one.measure == "joint"
    ]
    html = pages.show_section(edition(rows, curves={}), "network")._repr_html_()
    assert network_parts.SHAPE in html and network_parts.CHANGE not in html


def test_a_curve_without_its_result_is_not_drawn() -> None:
    seen = view(edition([one for one in fake.rows() if one.analysis == "network"]))
    assert not [part for spec in network_figures.NETWORK_FIGURES for part in chosen.parts(seen, spec)]


def test_empty_curves_are_no_figures() -> None:
    blank = {name: table.iloc[:0] for name, table in fake.curves().items()}
    seen = view(edition(curves=blank))
    names = {spec.name for one in network_figures.NETWORK_FIGURES for spec, _ in chosen.parts(seen, one)}
    assert not {"bridges_leave", "idea_spread"} & names and "topics" in names
    assert isinstance(blank["idea_spread"], pd.DataFrame)
