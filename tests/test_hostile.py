"""Nothing that is written into a field does anything but be read: pages, workbook, CSV."""

from __future__ import annotations

import base64
import csv
import io
import re
import unicodedata
import zipfile
from pathlib import Path

import lxml.etree
import lxml.html
import nbformat
import openpyxl
import pytest
from fake_circles import small_network
from fake_publishable import publishable
from hostile_corpus import ALL, FAMILIES, STRINGS, hostile

from ksn_research.disclose import Publishable
from ksn_research.notebook import as_html
from ksn_research.render import figures, pages
from ksn_research.render.circle_data import pages_of
from ksn_research.render.circle_index import circle_index
from ksn_research.render.circle_pages import render_pages
from ksn_research.render.text import BREAKS, cell, cells, shown
from ksn_research.render.workbook import as_workbook

TURNS = (0, *(pytest.param(turn, marks=pytest.mark.soak) for turn in range(1, 8)))
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
ELEMENTS = """
    html head meta title style body main article section header footer nav a div p h1 h2 h3 h4 h5 ul ol li
    table caption thead tbody tr th td span data strong em small sup code br figure img figcaption blockquote
    dl dt dd details summary svg g line circle text rect path button input label script noscript
    b q abbr form select option
""".split()  # noqa: SIM905


def test_the_corpus_is_large_and_of_every_kind() -> None:
    assert len(STRINGS) >= 200 and min(map(len, FAMILIES.values())) >= 5
    assert len(set(STRINGS)) == len(STRINGS)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_shown_holds_nothing_that_acts(family: str) -> None:
    for text in FAMILIES[family]:
        said = shown(text)
        assert not ACTING.search(said) and shown(said) == said
        # Every letter is there still, or its code point in brackets.
        kept = [c for c in re.sub(BREAKS, "\n", text) if not ACTING.match(c) and c != "\t"]
        assert [c for c in kept if c not in said] == []
        assert all(f"[U+{ord(c):04X}]" in said for c in text if unicodedata.category(c) == "Cs")


@pytest.mark.parametrize("family", FAMILIES)
def test_no_cell_is_a_formula_wherever_it_is_opened(family: str) -> None:
    for text in FAMILIES[family]:
        said = cell(text)
        for apart in ([said], said.split(";"), said.splitlines(), said.split("\t")):
            assert not any(part.lstrip(' \u00a0"').startswith(STARTS) for part in apart), text
        assert cell(said) == said


@pytest.fixture(scope="module", params=TURNS)
def edition(request: pytest.FixtureRequest) -> Publishable:
    return hostile(publishable(), request.param)


def checked(html: str, scripts: int | None = 0) -> lxml.html.HtmlElement:
    """The page, in which nothing runs and nothing is asked for but what the template holds.

    scripts  how many scripts the template has; None: not counted
    """
    assert not ACTING.search(html)
    page = lxml.html.document_fromstring(html)
    for one in page.iter():
        if not isinstance(one.tag, str):
            continue
        assert one.tag in ELEMENTS, one.tag
        assert not [name for name in one.attrib if name.startswith("on") or name in ("action", "srcdoc")]
        assert re.match(r"#|[a-z0-9\-]+\.html(#|$)|index\.html", one.get("href", "#")), one.get("href")
        assert one.get("src", "data:image/svg+xml;base64,").startswith("data:image/svg+xml;base64,")
    assert scripts is None or len(page.findall(".//script")) == scripts
    for picture in page.iterfind(".//img"):
        drawn = lxml.etree.fromstring(base64.b64decode(picture.get("src").partition(",")[2]))
        assert not [
            one for one in drawn.iter() if one.tag in ("script", "{http://www.w3.org/2000/svg}script")
        ]
    return page


def _read(page: lxml.html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


def executed(edition: Publishable, folder: Path) -> Path:
    """The report's notebook as it is when it has run."""
    cells_ = []
    for name, title in pages.SECTIONS.items():
        cells_.append(nbformat.v4.new_markdown_cell(f"## {title}"))
        html = pages.show_section(edition, name)._repr_html_()
        output = nbformat.v4.new_output("display_data", {"text/html": html})
        cells_.append(nbformat.v4.new_code_cell("", outputs=[output]))
    path = folder / "report.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells_), path)
    return path


def test_the_report_shows_hostile_words_as_words(edition: Publishable, tmp_path: Path) -> None:
    html = as_html(executed(edition, tmp_path), ALL, edition.study)
    page = checked(html)
    said = _read(page)
    assert said.count(" ".join(shown(ALL).split())) >= 3  # title, heading, publisher
    for name in ("member_survey", "trust", "advice"):
        assert " ".join(shown(edition.labels[name]).split()) in said


def test_pages_of_circles_show_hostile_words_as_words() -> None:
    for turn in range(3):
        edition = hostile(small_network(), turn)
        made = dict(render_pages(pages_of(edition).pages.values()))
        assert len(made) == 9
        for page in made.values():
            assert isinstance(page, str)
            checked(page, scripts=1)
        index = checked(circle_index(edition, {}), scripts=1)
        names = [shown(name) for name in edition.reviews.circles["name"]]
        assert all(" ".join(name.split()) in _read(index) for name in names)


def test_no_cell_of_the_workbook_is_a_formula(edition: Publishable) -> None:
    made = as_workbook(edition)
    book = openpyxl.load_workbook(io.BytesIO(made))
    texts = [c for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    assert {c.data_type for c in texts} == {"s"} and len(texts) > 500
    assert not [c.value for c in texts if c.value.startswith(STARTS) or ACTING.search(c.value)]
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert sheets and not [one for one in sheets if b"<f" in one or b't="e"' in one or b't="str"' in one]


def test_no_cell_of_a_figures_data_is_a_formula(edition: Publishable) -> None:
    numbers = 0
    known = {shown(one) for one in (*edition.results["id"], *edition.earlier["id"])}
    for figure in figures.figures(edition).values():
        lines = list(csv.DictReader(io.StringIO(figure.csv)))
        assert {line["id"] for line in lines} <= known and lines
        for line in lines:
            for name, value in line.items():
                if name in ("estimate", "ci_low", "ci_high", "n") and value:
                    numbers += float(value) is not None
                else:
                    assert not value.startswith(STARTS) and not ACTING.search(value), value
    assert numbers > 300


def test_numbers_of_a_csv_stay_numbers() -> None:
    frame = publishable().results.head(1).assign(estimate=-0.5, level="-0.5", note="=1")
    line = cells(frame).iloc[0]
    assert line["estimate"] == -0.5 and line["level"] == "'-0.5" and line["note"] == "'=1"
