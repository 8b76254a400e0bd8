"""What a DOCX needs beyond what pandoc writes: a contents list, turned pages, styles of cells, fixed bytes.

pandoc gives every cell the style of compact text; here cells get styles of their own, so that a designer
changes a table's letters in one place. `finished` also takes out the clock.

Imports document, document_ast.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import escape

from ksn_research.render.document import contents
from ksn_research.render.document_ast import VERSION, Node, attributes, node, paragraph, text

EPOCH = (1980, 1, 1, 0, 0, 0)
RUNNING = "KSN-RUNNING-TITLE"  # stands for the title in the reference document's header
ASSUMED, UPRIGHT, TURNED = 7920, 9638, 14570  # twips: pandoc's line, that of A4 here, of A4 turned
SECTION = '<w:sectPr w:rsidR="{}" />'  # stands for a section's properties until `finished`
BREAK = '<w:p><w:r><w:br w:type="page" /></w:r></w:p>'
FIELD = '<w:r><w:fldChar w:fldCharType="{}" /></w:r>'
# Headings of two levels, linked; Word adds page numbers when the list is updated.
INSTRUCTION = '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'


def prepared(blocks: Sequence[Node], meta: Mapping[str, Any], listed: bool = True) -> dict[str, Any]:
    """The tree that pandoc writes as DOCX.

    listed  whether a contents list and a page break stand first
    """
    told = [part for one in _drawn(list(blocks)) for part in _turned(one)]
    first = [*_contents(blocks), _raw(BREAK)] if listed else []
    return {"pandoc-api-version": VERSION, "meta": dict(meta), "blocks": [*first, *told]}


def finished(raw: bytes, running: str) -> bytes:
    """pandoc's DOCX with the styles of cells, turned pages and the title at the head of each; its entries in
    order and without a time."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in sorted(before.namelist(), key=_first):
            data = before.read(name)
            if name == "word/document.xml":
                data = _document(data.decode()).encode()
            elif re.fullmatch(r"word/header\d+\.xml", name):
                data = data.replace(RUNNING.encode(), str(escape(running)).encode())
            elif name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            entry = zipfile.ZipInfo(name, EPOCH)
            # PNG is compressed already.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            after.writestr(entry, data)
    return made.getvalue()


def _drawn(one: Any) -> Any:
    """The tree with the PNG of each picture."""
    if isinstance(one, list):
        return [_drawn(part) for part in one]
    if not isinstance(one, dict) or "c" not in one:
        return one
    if one["t"] == "Image":
        attr, alt, (place, title) = one["c"]
        return node("Image", attr, alt, [f"{place}.png", title])
    return {"t": one["t"], "c": _drawn(one["c"])}


def _first(name: str) -> tuple[bool, str]:
    """Readers expect the list of content types before all."""
    return (name != "[Content_Types].xml", name)


def _contents(blocks: Sequence[Node]) -> list[Node]:
    heads = contents(blocks)
    if not heads:
        return []
    lines = [
        (level, [node("Link", attributes(), [text(words)], [f"#{name}", ""])]) for level, name, words in heads
    ]
    begin = _inline(FIELD.format("begin") + INSTRUCTION + FIELD.format("separate"))
    lines[0] = (lines[0][0], [begin, *lines[0][1]])
    lines[-1] = (lines[-1][0], [*lines[-1][1], _inline(FIELD.format("end"))])
    return [paragraph("TOC Heading", [text("Contents")]), *(paragraph(f"toc {n}", line) for n, line in lines)]


def _turned(one: Node) -> list[Node]:
    """A block that stands on turned pages, between the ends of two sections."""
    if one["t"] != "Div" or "turned" not in one["c"][0][1]:
        return [one]
    return [_section("upright"), *one["c"][1], _section("turned")]


def _section(way: str) -> Node:
    spacing = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact" />'
    return _raw(f"<w:p><w:pPr>{spacing}{SECTION.format(way)}</w:pPr></w:p>")


def _raw(xml: str) -> Node:
    return node("RawBlock", "openxml", xml)


def _inline(xml: str) -> Node:
    return node("RawInline", "openxml", xml)


def _document(xml: str) -> str:
    """The body, with what pandoc cannot say."""
    # The name of the file that the picture came from; the alternative text stands beside it.
    xml = re.sub(r'(<pic:cNvPr )descr="[^"]*" ', r"\1", xml)
    upright, turned = SECTION.format("upright"), SECTION.format("turned")
    parts = re.split(f"(?=<w:p><w:pPr>[^<]*<w:spacing[^>]*>{re.escape(upright)})", xml)
    xml = "".join(_part(one, turned) for one in parts)
    found = re.search(r"<w:sectPr>.*?</w:sectPr>(?=\s*</w:body>)", xml, flags=re.DOTALL)
    last = found[0] if found else "<w:sectPr></w:sectPr>"
    later = re.sub("<w:titlePg[^>]*>", "", last)  # only a document's first page goes without its title
    first, *rest = xml.split(upright)
    if rest:
        rest[-1] = later.join(rest[-1].rsplit(last, 1))
    return (first + last * bool(rest) + later.join(rest)).replace(turned, _sideways(later))


def _part(xml: str, turned: str) -> str:
    """What begins with a turned page, or the first upright ones."""
    inside, mark, after = xml.rpartition(turned)
    return _tables(inside, TURNED) + mark + _tables(after, UPRIGHT)


def _tables(xml: str, room: int) -> str:
    return re.sub(r"<w:tbl>.*?</w:tbl>", lambda found: _cells(_wide(found[0], room)), xml, flags=re.DOTALL)


def _wide(table: str, room: int) -> str:
    """A table with the widths of its columns in twips of this page; pandoc's are those of another."""
    shares = [int(share) * room / ASSUMED for share in re.findall(r'<w:gridCol w:w="(\d+)" />', table)]
    grid = "".join(f'<w:gridCol w:w="{round(share)}" />' for share in shares)
    table = re.sub(r"<w:tblGrid>.*?</w:tblGrid>", f"<w:tblGrid>{grid}</w:tblGrid>", table, flags=re.DOTALL)
    width = f'<w:tblW w:type="dxa" w:w="{round(sum(shares))}" /><w:tblLayout w:type="fixed" />'
    table = re.sub(r"<w:tblLayout [^>]*>", "", table)
    return re.sub(r"<w:tblW [^>]*>", width, table, count=1)


def _cells(table: str) -> str:
    """A table whose cells have styles of their own and whose lines stay on one page."""
    small = " Small" if 'w:val="ReportTableSmall"' in table else ""
    lines = re.split(r"(?=<w:tr>)", table)
    return "".join(_line(line, small.strip()) for line in lines)


def _line(line: str, small: str) -> str:
    style = "TableHeading" if "<w:tblHeader" in line else "TableText"
    line = line.replace('<w:pStyle w:val="Compact" />', f'<w:pStyle w:val="{style}{small}" />')
    return line.replace("<w:tr><w:tc>", "<w:tr><w:trPr><w:cantSplit /></w:trPr><w:tc>", 1)


def _sideways(section: str) -> str:
    size = re.search(r"<w:pgSz [^>]*>", section)
    sides = dict(re.findall(r'w:(w|h)="(\d+)"', size[0])) if size else {}
    if not size or len(sides) < 2:
        return section
    turned = f'<w:pgSz w:w="{sides["h"]}" w:h="{sides["w"]}" w:orient="landscape" />'
    return section.replace(size[0], turned)
