"""DOCX: headings, captions, tables, pictures and language as a word processor knows them; the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from fake_publishable import publishable

from ksn_research.documents import Document, as_document, as_docx, as_index_section, as_pdf, read_document
from ksn_research.errors import DisclosureError
from ksn_research.render import tables
from ksn_research.render.document_ast import RIGHT, text
from ksn_research.render.document_table import Grid, tables_of
from ksn_research.render.index_section import index_blocks, shortened
from tests.conftest import REPOSITORY
from tests.fake_notebook import executed, pictured
from tests.make_reference import PLACE, reference

EDITION = publishable()
SECTIONS = ("executive", "participation", "interviews", "methods")
LONG = "A label that goes on and on, as some questions do, with <b>markup</b> and more"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("docx")
    pictured(EDITION, place / "figures", SECTIONS)
    executed(EDITION, place, SECTIONS)
    return place


@pytest.fixture(scope="module")
def made(folder: Path) -> bytes:
    told = read_document(folder / "annual_report.ipynb", EDITION.study.title, EDITION.study)
    return as_docx(told, folder / "figures")


@pytest.fixture(scope="module")
def whole(made: bytes) -> Any:
    return docx.Document(io.BytesIO(made))


def styles(whole: Any) -> list[str]:
    return [one.style.name for one in whole.paragraphs]


def in_style(whole: Any, *names: str) -> list[str]:
    return [one.text for one in whole.paragraphs if one.style.name in names]


def pages(raw: bytes, folder: Path) -> int:
    """How many pages LibreOffice sets it on."""
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice is not installed (Debian: libreoffice-writer)")
    (folder / "one.docx").write_bytes(raw)
    own = f"-env:UserInstallation=file://{folder / 'profile'}"
    order = [
        office,
        own,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(folder / "one.docx"),
    ]
    subprocess.run(order, capture_output=True, check=True, timeout=180)
    import pikepdf

    with pikepdf.open(folder / "one.pdf") as pdf:
        return len(pdf.pages)


def test_headings_are_headings(whole: Any) -> None:
    assert in_style(whole, "Heading 1") == [
        "Findings",
        "Who took part",
        "Interviews",
        "Methods and data quality",
    ]
    assert "How far coders agree" in in_style(whole, "Heading 2")
    assert in_style(whole, "Title") == [EDITION.study.title]


def test_every_table_has_a_caption_a_header_and_our_style(whole: Any) -> None:
    shown = [t for t in tables.tables(EDITION).values() if t.section in SECTIONS and not t.annex]
    captions = in_style(whole, "Table Caption")
    assert {f"Table {t.number}. {t.title}" for t in shown} <= set(captions)
    assert len(captions) == len(whole.tables)
    for table in whole.tables:
        assert table.style.name in ("Report Table", "Report Table Small")
        assert table._tbl.tr_lst[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        named = {one.style.name for one in table.rows[-1].cells[0].paragraphs}
        assert named <= {"Table Text", "Table Text Small"}


def test_numbers_stand_at_the_right(whole: Any) -> None:
    at = in_style(whole, "Table Caption").index("Table 2. Known members by region and type")
    last = whole.tables[at].rows[-1].cells
    sides = [cell.paragraphs[0]._p.find(f"{qn('w:pPr')}/{qn('w:jc')}") for cell in last]
    assert [None if one is None else one.get(qn("w:val")) for one in sides] == ["left", "right", "right"]


def test_every_picture_has_a_caption_and_an_alternative_text(whole: Any) -> None:
    pictures = whole.element.body.findall(f".//{qn('wp:docPr')}")
    assert len(pictures) == len(in_style(whole, "Image Caption")) >= 3
    assert all(len(one.get("descr")) > 20 for one in pictures)
    assert not any(one.get("descr") for one in whole.element.body.findall(f".//{qn('pic:cNvPr')}"))


def test_language_title_and_running_head(whole: Any, made: bytes) -> None:
    assert whole.core_properties.title == EDITION.study.title
    assert whole.core_properties.language == "en"
    assert whole.styles.element.find(f".//{qn('w:lang')}").get(qn("w:val")) == "en"
    assert whole.sections[0].header.paragraphs[0].text == EDITION.study.title
    assert b"KSN-RUNNING" not in b"".join(zipfile.ZipFile(io.BytesIO(made)).read(n) for n in _parts(made))


def _parts(raw: bytes) -> list[str]:
    return [name for name in zipfile.ZipFile(io.BytesIO(raw)).namelist() if name.endswith(".xml")]


def test_the_contents_list_leads_to_the_headings(whole: Any) -> None:
    body = whole.element.body
    targets = {one.get(qn("w:name")) for one in body.findall(f".//{qn('w:bookmarkStart')}")}
    listed = [one for one in whole.paragraphs if one.style.name.startswith("toc ")]
    links = [one.get(qn("w:anchor")) for line in listed for one in line._p.findall(qn("w:hyperlink"))]
    assert len(links) == len(listed) == len(in_style(whole, "Heading 1", "Heading 2"))
    assert set(links) <= targets
    kinds = [one.get(qn("w:fldCharType")) for one in body.findall(f".//{qn('w:fldChar')}")]
    assert kinds == ["begin", "separate", "end"]


def test_a_wide_table_stands_on_a_turned_page_of_its_own(tmp_path: Path) -> None:
    columns = [("", [text("Group")]), *(("", [text(f"Column {i}")]) for i in range(20))]
    line = [[text("Trust")], *([text("41.23")] for _ in range(20))]
    blocks = tables_of(Grid([text("Wide")], columns, [("", [line])], [RIGHT] * 20))
    told = docx.Document(io.BytesIO(as_docx(as_document(blocks, "x", EDITION.study), tmp_path)))
    ways = [
        (one.page_width > one.page_height, one.different_first_page_header_footer) for one in told.sections
    ]
    assert ways == [(False, True), (True, False), (False, False)]
    widths = [int(one.get(qn("w:w"))) for one in told.tables[0]._tbl.tblGrid.findall(qn("w:gridCol"))]
    assert 9638 < sum(widths) <= 14570


@pytest.mark.parametrize(
    "hostile", ["<b>&amp;</b>", "=1+1", "\x00\x07", "\ud800", "\u202ex", "{{ a }}", "$x$ `y`"]
)
def test_words_are_words(hostile: str, tmp_path: Path) -> None:
    grid = Grid([text(hostile)], [("", [text(hostile)])], [("", [[[text(hostile)]]])], [])
    raw = as_docx(as_document(tables_of(grid), hostile, EDITION.study), tmp_path)
    told = docx.Document(io.BytesIO(raw))
    expected = text(hostile)["c"]
    assert told.tables[0].rows[1].cells[0].text == expected
    assert in_style(told, "Title", "Table Caption") == [expected, expected]
    assert told.sections[0].header.paragraphs[0].text == expected
    assert b"w:instrText" not in zipfile.ZipFile(io.BytesIO(raw)).read("word/document.xml")


@pytest.fixture(scope="module")
def section(folder: Path) -> bytes:
    return as_index_section(EDITION, pictured(EDITION, folder / "figures", ("outcomes",)), folder / "figures")


def test_the_index_section_has_findings_numbers_pictures_and_method(section: bytes) -> None:
    told = docx.Document(io.BytesIO(section))
    heads = in_style(told, "Heading 1")
    assert heads == ["What was found", "In numbers", "In pictures", "How this was done"]
    named = [row.cells[0].text for row in told.tables[0].rows[1:]]
    assert "Trust and safety" in named
    assert 1 <= len(told.element.body.findall(f".//{qn('wp:docPr')}")) <= 2
    assert any("fewer than five people" in line for line in in_style(told, "Box"))
    assert any("report.html" in line for line in in_style(told, "Box"))


def test_the_index_section_takes_two_to_four_pages(section: bytes, tmp_path: Path) -> None:
    assert 2 <= pages(section, tmp_path) <= 4


def test_the_index_section_of_a_study_of_long_words_takes_no_more(tmp_path: Path) -> None:
    names = {name: f"{LONG} {place}" for place, name in enumerate(EDITION.labels)}
    study = EDITION.study
    many = type(study)(**{**study.__dict__, "title": LONG, "publisher": LONG, "headline": study.headline * 6})
    edition = publishable(labels=names, study=many)
    drawn = pictured(edition, tmp_path / "figures", ("outcomes",))
    raw = as_index_section(edition, drawn, tmp_path / "figures")
    assert pages(raw, tmp_path) <= 4


def test_the_index_section_of_a_study_without_headline_measures() -> None:
    study = EDITION.study
    none = type(study)(**{**study.__dict__, "headline": ()})
    told = str(index_blocks(publishable([], [], curves={}, study=none), {}))
    assert "declares no headline measure" in told
    assert "In numbers" not in told


def test_the_index_section_refuses_what_disclosure_has_not_passed() -> None:
    with pytest.raises(DisclosureError):
        index_blocks(object(), {})


@pytest.mark.parametrize(
    ("words", "most", "expected"),
    [("short", 9, "short"), ("one two three", 9, "one two\u2026"), ("one, two", 7, "one\u2026")],
)
def test_words_are_cut_at_blanks(words: str, most: int, expected: str) -> None:
    assert shortened(words, most) == expected


def test_the_reference_document_is_what_its_script_makes() -> None:
    assert PLACE.read_bytes() == reference()


MAKE = """
import hashlib, sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from fake_publishable import publishable
from ksn_research import documents
edition, folder = publishable(), Path({folder!r})
told = documents.read_document(folder / "annual_report.ipynb", edition.study.title, edition.study)
for raw in (documents.as_docx(told, folder / "figures"), documents.as_pdf(told, folder / "figures")):
    print(hashlib.sha256(raw).hexdigest())
"""


def test_the_same_bytes_in_another_place_time_zone_locale_and_hash_order(
    folder: Path, made: bytes, tmp_path: Path
) -> None:
    told: Document = read_document(folder / "annual_report.ipynb", EDITION.study.title, EDITION.study)
    here = [hashlib.sha256(raw).hexdigest() for raw in (made, as_pdf(told, folder / "figures"))]
    order = MAKE.format(tests=str(REPOSITORY / "tests"), folder=str(folder))
    other = {
        **os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(REPOSITORY), "SOURCE_DATE_EPOCH": "1", "PYTHONUTF8": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", order], cwd=tmp_path, env=other, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == here


def test_no_time_and_no_path_is_in_it(made: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        text_ = b"".join(packed.read(name) for name in packed.namelist() if name.endswith((".xml", ".rels")))
    assert str(folder).encode() not in text_
    assert b"/tmp/" not in text_
