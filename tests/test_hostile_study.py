"""A study whose records and labels are hostile, through `ksn report`: every file of the edition."""

from __future__ import annotations

import csv
import shutil
import subprocess
import zipfile
from pathlib import Path

import lxml.etree
import openpyxl
import pikepdf
import pytest
from hostile_study import hostile_study
from test_hostile import ACTING, STARTS, checked

from tests.editions import ksn, must

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    study = hostile_study(folder / "study")
    must(ksn("report", study, "--year", "2025", "--out", folder / "edition"))
    return folder / "edition"


@pytest.mark.soak
def test_every_page_of_a_hostile_study_is_only_read(edition: Path) -> None:
    without_script = ("report.html", "checks.html")
    for part in ("public", "internal"):
        for path in sorted((edition / part).glob("*.html")):
            page = checked(path.read_text(encoding="utf-8"), 0 if path.name in without_script else None)
            assert path.name != "report.html" or "window.__ksn" in page.text_content()


@pytest.mark.soak
def test_no_cell_of_a_hostile_study_starts_a_formula(edition: Path) -> None:
    files = [*sorted((edition / "public").rglob("*.csv")), edition / "internal" / "checks.csv"]
    assert len(files) > 3
    for path in files:
        with path.open(encoding="utf-8", newline="") as opened:
            for line in csv.DictReader(opened):
                for name, value in line.items():
                    number = name in ("estimate", "se", "ci_low", "ci_high", "p", "p_adjusted")
                    assert number or not value.startswith(STARTS), (path.name, name)
                    assert not ACTING.search(value)
    book = openpyxl.load_workbook(edition / "public" / "tables.xlsx")
    texts = [c for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    assert {c.data_type for c in texts} == {"s"} and not [c for c in texts if c.value.startswith(STARTS)]


@pytest.mark.soak
@pytest.mark.parametrize("name", ["report.docx", "index-section.docx"])
def test_a_document_makes_no_link_and_no_field_of_words(edition: Path, name: str) -> None:
    with zipfile.ZipFile(edition / "public" / name) as parts:
        body = lxml.etree.fromstring(parts.read("word/document.xml"))
        assert b'TargetMode="External"' not in parts.read("word/_rels/document.xml.rels")
    words = "".join(body.itertext(f"{WORD}t"))
    asked = {field.split()[0] for field in body.itertext(f"{WORD}instrText") if field.strip()}
    assert asked <= {"TOC", "PAGE", "SEQ", "REF", "PAGEREF"} and not ACTING.search(words)
    assert name != "report.docx" or "<script>window.__ksn=1</script>" in words


@pytest.mark.soak
def test_the_pdf_shows_words_as_words(edition: Path) -> None:
    path = edition / "public" / "report.pdf"
    with pikepdf.open(path) as opened:
        notes = [note for page in opened.pages for note in page.get("/Annots", [])]
        assert not [note for note in notes if "/URI" in note.get("/A", {})]
        assert "/OpenAction" not in opened.Root and "/JavaScript" not in opened.Root.get("/Names", {})
    if shutil.which("pdftotext"):
        said = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
        assert "window.__ksn" in said.stdout and "[U+202E]" in said.stdout
