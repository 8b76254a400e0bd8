"""The PDF: tagged, with language, title, bookmarks and alternative texts; hostile words are words."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fake_publishable import LABELS, publishable

from ksn_research.documents import as_document, as_pdf, drawable, read_document
from ksn_research.errors import EditionError
from ksn_research.render import tables
from ksn_research.render.document_ast import RIGHT, node, said, text
from ksn_research.render.document_table import Grid, tables_of
from tests.fake_notebook import executed, pictured

SECTIONS = ("executive", "participation", "mixed", "methods")
HOSTILE = (
    '#import "x.typ": *', "#eval('1')", "$x^2$ @label <label>", "`raw` *bold* _it_ = head",
    "\\u{41} \\ //c", '"; panic() //', "<script>alert(1)</script>", "{{ id }} {% x %}",
    "]]} ) , (", "/* open", "\u202eabc\u202c", "\x00\x1b[31m", "\u4e2d\u6587 \U0001f600",
    "\u05e9\u05dc\u05d5\u05dd", "x" * 300, "\ud800", "-- --- ...",
)  # fmt: skip
EDITION = publishable(labels={**LABELS, "trust": HOSTILE[0], "advice": HOSTILE[4]})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("pdf")
    pictured(EDITION, folder / "figures", SECTIONS)
    told = read_document(executed(EDITION, folder, SECTIONS), EDITION.study.title, EDITION.study)
    return as_pdf(told, folder / "figures")


@pytest.fixture(scope="module")
def pdf(made: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(made))


def words(raw: bytes) -> str:
    """The PDF's text, its blanks single; a word broken at a line's end is whole again."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed (Debian: poppler-utils)")
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=raw, capture_output=True, check=True)
    told = done.stdout.decode().replace("\u200b", "").replace("\u00ad\n", "")
    return re.sub(r"\s+", " ", told)


def elements(pdf: pikepdf.Pdf) -> list[Any]:
    """Every element of the structure tree."""
    found, todo = [], [pdf.Root.StructTreeRoot]
    while todo:
        one = todo.pop()
        found.append(one)
        inside = one.get("/K", [])
        inside = list(inside) if isinstance(inside, pikepdf.Array) else [inside]
        todo += [part for part in inside if isinstance(part, pikepdf.Dictionary)]
    return [one for one in found if "/S" in one]


def of_kind(pdf: pikepdf.Pdf, *names: str) -> list[Any]:
    return [one for one in elements(pdf) if str(one["/S"]).removeprefix("/") in names]


def test_it_says_that_it_is_tagged_and_universally_accessible(pdf: pikepdf.Pdf) -> None:
    assert bool(pdf.Root.MarkInfo.Marked)
    assert str(pdf.Root.Lang) == "en"
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    with pdf.open_metadata() as meta:
        assert str(meta["pdfuaid:part"]) == "1"
        assert meta["dc:title"] == EDITION.study.title


def test_bookmarks_lead_to_the_sections(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        heads = [str(one.title) for one in outline.root]
    # "Contents" is a heading too.
    assert heads[-4:] == [
        "Findings",
        "Who took part",
        "What is said beside what is scored",
        "Methods and data quality",
    ]


def test_every_picture_has_an_alternative_text(pdf: pikepdf.Pdf) -> None:
    found = of_kind(pdf, "Figure")
    assert len(found) >= 2
    assert all(len(str(one.get("/Alt", ""))) > 20 for one in found)


def test_tables_have_header_cells(pdf: pikepdf.Pdf) -> None:
    shown = [t for t in tables.tables(EDITION).values() if t.section in SECTIONS and not t.annex]
    assert len(of_kind(pdf, "Table")) >= len(shown)
    assert len(of_kind(pdf, "TH")) >= sum(len(t.columns) for t in shown)


def test_headings_are_tagged_and_leave_no_level_out(pdf: pikepdf.Pdf) -> None:
    levels = [str(one["/S"])[-1] for one in of_kind(pdf, "H1", "H2", "H3")]
    assert sorted(set(levels)) == [str(level) for level in range(1, len(set(levels)) + 1)]


def test_every_caption_stands_in_its_text_and_no_markup(made: bytes) -> None:
    told = words(made).replace("- ", "-")
    for table in tables.tables(EDITION).values():
        if table.section in SECTIONS and not table.annex:
            assert f"Table {table.number}. {table.title}".replace("- ", "-") in told
    assert "<span" not in told
    assert "data-id" not in told
    assert "linebreak()" not in told


def test_a_label_that_is_code_is_printed(made: bytes) -> None:
    assert HOSTILE[0] in words(made)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_printed_as_words_everywhere(hostile: str, tmp_path: Path) -> None:
    line = [text(hostile)]
    blocks = [
        node("Header", 2, ["", [], []], line),
        node("Para", [node("Strong", line), node("Link", ["", [], []], line, ["https://example.org", ""])]),
        node("DefinitionList", [[line, [[node("Para", line)]]]]),
        *tables_of(Grid(line, [("", line), (hostile, line)], [(hostile, [[line, line]])], [RIGHT], name="t")),
    ]
    made = as_pdf(as_document(blocks, hostile, EDITION.study), tmp_path)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
    known = drawable()
    expected = "".join(c if ord(c) in known else f"[U+{ord(c):04X}]" for c in said(line))
    assert expected.replace(" ", "") in words(made).replace(" ", "")


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = read_document(executed(EDITION, tmp_path, ("participation",)), "x", EDITION.study)
    with pytest.raises(EditionError, match=r"\.svg"):
        as_pdf(told, tmp_path)


def test_an_edition_without_results_has_a_pdf(tmp_path: Path) -> None:
    empty = publishable([], [], curves={})
    told = read_document(executed(empty, tmp_path), empty.study.title, empty.study)
    assert "Not collected." in words(as_pdf(told, tmp_path))
