"""Tables, figures, sentences and sections of a whole edition and of an empty one."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from functools import cache

import openpyxl
import pandas as pd
import pytest
from fake_circles import small_network
from fake_publishable import CODES, everything, publishable

from ksn_research.audited import equal, numbers
from ksn_research.errors import DisclosureError
from ksn_research.render import (
    canvas,
    catalogue,
    chosen,
    circle_data,
    circle_index,
    circle_pages,
    figures,
    pages,
    sentences,
    tables,
    workbook,
)
from ksn_research.results import Row, collect

EDITION = publishable()
TABLES = tables.tables(EDITION)
SEEN = figures.view(EDITION)
PARTS = [part for spec in figures.FIGURES for part in chosen.parts(SEEN, spec)]
EMPTY = publishable(
    rows=[],
    circles=[],
    curves={},
    findings=pd.DataFrame(columns=["severity", "source", "problem", "remedy", "count"]),
)  # fmt: skip


@cache
def drawn() -> dict[str, figures.Figure]:
    return figures.figures(EDITION)


@cache
def section(name: str) -> pages.Section:
    return pages.show_section(EDITION, name)


@cache
def whole() -> str:
    """All sections as they are shown."""
    return "".join(section(name)._repr_html_() for name in pages.SECTIONS)


def only(*rows: Row) -> object:
    return publishable(rows=list(rows))


@pytest.mark.parametrize(
    "shown",
    [
        lambda x: pages.section(x, "outcomes"),
        circle_index.circle_index,
        tables.tables,
        figures.figures,
        sentences.findings,
        workbook.as_workbook,
    ],
)
@pytest.mark.parametrize("thing", [pd.DataFrame(), collect(everything()), None])
def test_nothing_but_a_publishable_is_shown(shown, thing) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DisclosureError, match="publish"):
        shown(thing)


@pytest.mark.parametrize("name", list(TABLES))
def test_every_number_of_a_table_carries_its_result(name: str) -> None:
    found = re.search(r"<table.*</table>", str(tables.as_html(TABLES[name])), re.DOTALL)
    assert found
    read = numbers(found.group(0))
    assert not re.search(r"\d", read.left)
    rows = EDITION.results.set_index("id")
    for result, part, value in read.ids:
        assert equal(float(value), rows.loc[result, part])


def test_every_number_of_a_sentence_carries_its_result() -> None:
    rows = EDITION.results.set_index("id")
    for sentence in sentences.findings(EDITION):
        read = numbers(str(sentence.html))
        assert not re.search(r"\d", read.left), read.left
        assert all(equal(float(value), rows.loc[result, part]) for result, part, value in read.ids)


def test_tables_and_figures_are_numbered_in_the_order_in_which_they_stand() -> None:
    shown = [block.thing for name in pages.SECTIONS for block in section(name).blocks if block.thing]
    for kind in (tables.Table, figures.Figure):
        assert [int(one.number) for one in shown if isinstance(one, kind)] == list(
            range(1, 1 + sum(isinstance(one, kind) for one in shown))
        )


def test_every_figure_stands_beside_a_table_of_its_section() -> None:
    sections = {spec.name: spec.section for spec in catalogue.TABLES}
    assert all(sections[spec.beside] == spec.section for spec in figures.FIGURES)


def test_headings_are_scoped_and_cells_point_at_them() -> None:
    html = str(tables.as_html(TABLES["response"]))
    assert 'scope="col' in html and 'scope="row"' in html and "<caption>" in html and "<style" not in html


def test_a_label_is_text_never_markup() -> None:
    assert "<script>alert" not in whole() and "&lt;script&gt;alert" in whole()
    circles = small_network()
    index, inputs = circle_index.circle_index(circles), circle_data.pages_of(circles).pages.values()
    shown = [str(page) for _, page in circle_pages.render_pages(inputs)]
    assert shown and all("<b>mentors" not in page for page in [*shown, index])
    assert "Rural &lt;b&gt;mentors" in index


def test_marks_are_explained_below_the_table_and_only_those_that_occur() -> None:
    made = TABLES
    assert any(said.startswith("s suppressed: fewer than 5 people") for said in made["response"].legend)
    assert not any(said.startswith("s ") for said in made["attendance"].legend)
    assert any("question reworded in 2025" in said for said in made["change"].legend)
    assert any("no variation" in said for said in made["reliability"].legend)


def test_themes_are_ranked_and_say_n_of_n() -> None:
    made = TABLES
    assert made["themes"].lines[0].label == "Matching"
    assert len(made["themes"].lines) == len(CODES)
    cell = made["themes_by_group"].lines[0].cells[1]
    assert re.sub(r"<[^>]*>", "", cell.html()) == "3 of 7"


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("member_survey.trust", "It was higher than in 2024"),
        ("member_survey.donating", "There was no clear change from 2024"),
        ("member_survey.belonging", "It is not comparable with 2024: question reworded in 2025."),
        ("member_survey.valuable", "difference +4 percentage points"),
        ("network_survey.advice", "In 2024 it was 0.070."),
        ("member_survey.absent", "Absent: not collected."),
    ],
)
def test_findings_say_what_can_be_said(measure: str, said: str) -> None:
    by_measure = {one.measure: one for one in sentences.findings(EDITION)}
    assert said in re.sub(r"<[^>]*>", "", str(by_measure[measure].html)).replace("&#34;", '"')


def test_findings_never_say_why() -> None:
    text = " ".join(str(one.html) for one in sentences.findings(EDITION))
    assert not re.search(r"because|due to|led to|caused|improved|thanks to|effect", text)


def test_every_finding_links_to_a_table_that_is_there() -> None:
    links = re.findall(r'class="see" href="#([^"]+)"', whole())
    assert links and all(f'id="{link}"' in whole() for link in links)


def test_every_spec_is_drawn_and_figures_have_alternative_text_and_their_data() -> None:
    assert {spec.name for spec, _ in PARTS} <= set(drawn()) and len(drawn()) == len(PARTS)
    started = {spec.name for spec in figures.FIGURES if any(n.startswith(spec.name) for n in drawn())}
    assert started == {spec.name for spec in figures.FIGURES} - {"trends_of_shares"}  # two waves of shares
    for figure in drawn().values():
        assert len(figure.alt) > 40 and set(figure.ids) <= set(EDITION.results["id"]) | set(
            EDITION.earlier["id"]
        )
        assert list(pd.read_csv(io.StringIO(figure.csv))["id"]) == list(figure.ids)


@pytest.mark.parametrize("name", ["scales", "answers", "trends", "participants"])
def test_a_figure_has_the_same_bytes_each_time_and_no_date(name: str) -> None:
    spec, data = next(part for part in PARTS if part[0].name == name)
    once, twice = (spec.draw(data, spec.quantity) for _ in range(2))
    assert canvas.svg_of(once) == canvas.svg_of(twice) == drawn()[name].svg
    assert canvas.png_of(drawn()[name].svg) == canvas.png_of(drawn()[name].svg)
    ET.fromstring(drawn()[name].svg)
    assert "<dc:date>" not in drawn()[name].svg


def test_a_suppressed_value_is_in_no_figure() -> None:
    figure = drawn()["response"]
    hidden = figure.data[figure.data["status"] == "suppressed"]
    assert len(hidden) == 1 and hidden["estimate"].isna().all() and (hidden["text"] == "s").all()


@pytest.mark.parametrize(("spec", "data"), PARTS, ids=[spec.name for spec, _ in PARTS])
def test_a_figure_of_one_category_or_one_year_does_not_fail(
    spec: figures.FigureSpec, data: pd.DataFrame
) -> None:
    one, newest = data[data["label"] == data["label"].iloc[0]], data[data["newest"].astype(bool)]
    made = [
        spec.draw(some.reset_index(drop=True), spec.quantity)
        for some in (one, newest, data[data["status"] == "suppressed"])
        if len(some)
    ]
    assert canvas.svg_of(made[0]).startswith("<?xml")


@pytest.mark.parametrize("name", [name for name in pages.SECTIONS if name not in ("executive", "methods")])
def test_a_section_without_rows_says_not_collected(name: str) -> None:
    assert "Not collected" in pages.show_section(EMPTY, name)._repr_html_()


def test_an_edition_with_nothing_still_says_its_methods_and_makes_a_workbook() -> None:
    assert "suppressed" in pages.show_section(EMPTY, "methods")._repr_html_()
    assert openpyxl.load_workbook(io.BytesIO(workbook.as_workbook(EMPTY))).sheetnames == ["Contents", "Notes"]
    assert not circle_data.pages_of(EMPTY).pages


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(ValueError, match="no section"):
        pages.section(EDITION, "results")


def test_rows_of_every_file_are_accounted_for() -> None:
    html = section("methods")._repr_html_()
    text = re.sub(r"<[^>]*>", " ", html)
    assert re.search(r"231\s+214\s+17\s+blank row", text) and "not collected" in text


def test_workbook_has_the_same_bytes_and_the_numbers_as_they_are() -> None:
    once = workbook.as_workbook(EDITION)
    assert once == workbook.as_workbook(EDITION)
    book = openpyxl.load_workbook(io.BytesIO(once))
    made = TABLES
    assert book.sheetnames == ["Contents", *(f"Table {one.number}" for one in made.values()), "Notes"]
    sheet = book[f"Table {made['measures'].number}"]
    heads = [cell.value for cell in sheet[3]]
    line = dict(zip(heads, [cell.value for cell in sheet[4]], strict=True))
    assert line["2025: Share"] == pytest.approx(0.74) and line["2025: Share, low"] == pytest.approx(0.68)
    assert sheet[4][heads.index("2025: Share")].number_format == "0%"


def test_a_suppressed_cell_of_the_workbook_is_a_word() -> None:
    made = TABLES["response"]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.as_workbook(EDITION)))[f"Table {made.number}"]
    values = {row[1].value: [cell.value for cell in row[2:]] for row in sheet.iter_rows(min_row=4)}
    assert values["Cape and Islands"][0] == "s"


def test_a_label_never_becomes_a_formula() -> None:
    row = Row(year=2025, source="s", analysis="shares", measure="m", statistic="share", estimate=0.5, n=20,
              unit="people", method="")  # fmt: skip
    edition = publishable(rows=[row], labels={"m": "=1+1"})
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.as_workbook(edition)))["Table 1"]
    assert sheet["B4"].value == "'=1+1" and sheet["B4"].data_type == "s"
