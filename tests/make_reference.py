"""Writes ksn_research/templates/reference.docx: pandoc's own reference document in the report's style.

Run it again when a style changes; `test_docx.py` holds the file against what this makes.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import docx
import pypandoc
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from ksn_research.render.document_docx import EPOCH, RUNNING

PLACE = Path(__file__).parent.parent / "ksn_research" / "templates" / "reference.docx"
FONT = "Arial"  # word processors everywhere have it, or one with letters of the same width
INK, SOFT, LINK, RULE = "1F2933", "4A5560", "0B4A6F", "9AA5B1"
# name: size in points, bold, colour, points above and below, kept with what follows
STYLES: dict[str, tuple[float, bool, str, float, float, bool]] = {
    "Normal": (10, False, INK, 0, 6, False),
    "Body Text": (10, False, INK, 0, 6, False),
    "First Paragraph": (10, False, INK, 0, 6, False),
    "Compact": (10, False, INK, 2, 2, False),
    "Title": (26, True, INK, 48, 6, True),
    "Subtitle": (14, False, SOFT, 0, 6, True),
    "Author": (11, False, INK, 0, 2, False),
    "Date": (11, False, SOFT, 0, 24, False),
    "Heading 1": (18, True, INK, 24, 8, True),
    "Heading 2": (13, True, INK, 16, 6, True),
    "Heading 3": (11, True, INK, 12, 4, True),
    "TOC Heading": (13, True, INK, 12, 6, True),
    "Block Text": (10, False, INK, 6, 6, False),
    "Definition Term": (10, True, INK, 6, 0, True),
    "Definition": (10, False, INK, 0, 4, False),
    "Table Caption": (9.5, False, INK, 14, 4, True),
    "Image Caption": (9.5, False, INK, 4, 2, True),
    "Captioned Figure": (10, False, INK, 12, 2, True),
}
OWN = {  # made here, all based on Normal
    "Finding": (10, False, INK, 2, 6, False),
    "Note": (8, False, SOFT, 3, 3, False),
    "Box": (9, False, INK, 0, 0, False),
    "Table Text": (8.5, False, INK, 1.5, 1.5, False),
    "Table Text Small": (7, False, INK, 1, 1, False),
    "Table Heading": (8.5, True, INK, 1.5, 1.5, True),
    "Table Heading Small": (7, True, INK, 1, 1, True),
    "toc 1": (9.5, True, INK, 4, 1, False),
    "toc 2": (9.5, False, INK, 0, 1, False),
}


def reference() -> bytes:
    """The reference document's bytes, the same each time."""
    pandoc = [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"]
    whole = docx.Document(io.BytesIO(subprocess.run(pandoc, capture_output=True, check=True).stdout))
    _defaults(whole)
    for name, look in STYLES.items():
        _styled(whole.styles[name], *look)
    for name, look in OWN.items():
        made = whole.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc"))
        made.base_style, made.quick_style = whole.styles["Normal"], True
        _styled(made, *look)
    whole.styles["toc 2"].paragraph_format.left_indent = Cm(0.6)
    for name in ("Finding", "Box"):
        _edged(whole.styles[name], box=name == "Box")
    _emphasis(whole)
    _tables(whole)
    _page(whole.sections[0])
    return _fixed(whole)


def _defaults(whole: Any) -> None:
    """The base font stands in the defaults, so that table styles may differ from it."""
    fonts = whole.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:rFonts')}")
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for side in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{side}"), FONT)


def _styled(style: Any, size: float, bold: bool, colour: str, above: float, below: float, kept: bool) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for side in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{side}"), FONT)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(above), Pt(below)
    style.paragraph_format.keep_with_next = kept
    style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT if style.name not in TABLE_STYLES else None


TABLE_STYLES = ("Table Text", "Table Text Small", "Table Heading", "Table Heading Small")


def _edged(style: Any, *, box: bool) -> None:
    """A line at the left, or a box around."""
    style.paragraph_format.left_indent = Cm(0.25)
    edges = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right") if box else ("left",):
        edges.append(_edge(side, "8" if not box else "4", space="6"))
    properties = style.element.get_or_add_pPr()
    spacing = properties.find(qn("w:spacing"))
    spacing.addprevious(edges)


def _edge(side: str, width: str, *, space: str = "0") -> Any:
    edge = OxmlElement(f"w:{side}")
    for key, value in (("val", "single"), ("sz", width), ("space", space), ("color", RULE)):
        edge.set(qn(f"w:{key}"), value)
    return edge


def _emphasis(whole: Any) -> None:
    link = whole.styles["Hyperlink"]
    link.font.color.rgb = RGBColor.from_string(LINK)


def _tables(whole: Any) -> None:
    """Two table styles: of usual size and small; lines between rows, none between columns."""
    for name in ("Report Table", "Report Table Small"):
        style = whole.styles.add_style(name, WD_STYLE_TYPE.TABLE)
        style.base_style = None
        properties = OxmlElement("w:tblPr")
        borders = OxmlElement("w:tblBorders")
        for side, width in (("top", "6"), ("bottom", "6"), ("insideH", "2")):
            borders.append(_edge(side, width))
        properties.append(borders)
        margins = OxmlElement("w:tblCellMar")
        for side in ("left", "right"):
            margin = OxmlElement(f"w:{side}")
            margin.set(qn("w:w"), "60")
            margin.set(qn("w:type"), "dxa")
            margins.append(margin)
        properties.append(margins)
        style.element.append(properties)
        style.element.append(_first_row())


def _first_row() -> Any:
    look = OxmlElement("w:tblStylePr")
    look.set(qn("w:type"), "firstRow")
    cells = OxmlElement("w:tcPr")
    borders = OxmlElement("w:tcBorders")
    borders.append(_edge("bottom", "4"))
    cells.append(borders)
    look.append(cells)
    return look


def _page(section: Any) -> None:
    """A4, the title and a page number at the head and foot of all pages but the first."""
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2)
    section.header_distance = section.footer_distance = Cm(1)
    section.different_first_page_header_footer = True
    head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
    head.text = RUNNING
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(foot.add_run(), "PAGE")
    for line in (head, foot):
        for run in line.runs:
            run.font.size, run.font.color.rgb = Pt(8), RGBColor.from_string(SOFT)


def _field(run: Any, instruction: str) -> None:
    for kind in ("begin", "", "separate", "text", "end"):
        if kind == "":
            part = OxmlElement("w:instrText")
            part.text = f" {instruction} "
        elif kind == "text":
            part = OxmlElement("w:t")
            part.text = "1"
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)


def _fixed(whole: Any) -> bytes:
    raw, made = io.BytesIO(), io.BytesIO()
    whole.save(raw)
    with zipfile.ZipFile(raw) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in sorted(before.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            data = before.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, data)
    return made.getvalue()


if __name__ == "__main__":
    PLACE.write_bytes(reference())
    sys.stdout.write(f"{PLACE.name}: {PLACE.stat().st_size:,} bytes\n")
