"""A notebook that was run as a document: DOCX through pandoc, PDF through typst; the same bytes each time.

Both are made from one tree (see `render.document`), which the notebook's outputs carry beside their HTML.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ksn_research import resources
from ksn_research.disclose import Publishable, StudyInfo
from ksn_research.errors import EditionError
from ksn_research.render import document, document_typst
from ksn_research.render.document_ast import Node, visible
from ksn_research.render.document_docx import finished, prepared
from ksn_research.render.figures import Figure
from ksn_research.render.index_section import index_blocks, shortened

TEMPLATES = resources.PACKAGE / "templates"
PLACE = "ksn"  # what a block is called in whose place a section stands
RUNNING, TITLE = 70, 160  # letters of a title at the head of a page, and over the index section


@dataclass(frozen=True)
class Document:
    """A document before it has a format.

    title, subtitle, publisher, year  its cover; blocks: pandoc's, in order
    """

    title: str
    subtitle: str
    publisher: str
    year: str
    blocks: tuple[Node, ...]
    language: str = "en"

    @property
    def running(self) -> str:
        """The title as it stands at the head of a page."""
        return self.title if len(self.title) <= RUNNING else self.title[: RUNNING - 1].rstrip() + "\u2026"


def read_document(executed: Path, title: str, study: StudyInfo) -> Document:
    """The document in a notebook that was run: its text, and the sections that its cells show.

    Raises EditionError for a notebook whose outputs carry no document.
    """
    # Not through nbformat, which checks it all against a schema for a second; papermill has written it.
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    texts: list[str] = []
    sections: list[list[Node]] = []
    for cell in cells:
        texts += ["".join(cell["source"])] if cell["cell_type"] == "markdown" else []
        for output in cell.get("outputs", []):
            if document.MIME in output.get("data", {}):
                # A raw block of a format that nobody writes: it stands for a section.
                texts.append(f"```{{={PLACE}}}\n{len(sections)}\n```")
                sections.append(output["data"][document.MIME]["blocks"])
    if not sections:
        raise EditionError(
            "the notebook shows no section of a report", remedy="run it with `ksn report`", file=executed.name
        )
    return as_document(_in_place(_markdown("\n\n".join(texts)), sections), title, study)


def as_document(blocks: list[Node], title: str, study: StudyInfo, subtitle: str = "") -> Document:
    """Blocks with a cover; headings one level higher than on the page, where the title is the first."""
    told = document.bound(document.named(document.levelled(blocks)))
    publisher = visible(study.publisher)
    return Document(
        visible(title), subtitle or f"Edition {study.year}", publisher, str(study.year), tuple(told)
    )


def as_docx(made: Document, figures: Path) -> bytes:
    """The document for a word processor, styled by `templates/reference.docx`.

    figures  the folder with the PNG of each figure
    """
    return _docx(made, figures, listed=True)


def as_index_section(
    publishable: Publishable, drawn: Mapping[str, Figure], figures: Path, title: str = ""
) -> bytes:
    """The stand-alone section for an annual index, of two to four pages, for a word processor.

    drawn    the report's figures by name; figures: the folder with their PNG
    title    empty: the study's
    """
    study = publishable.study
    named = shortened(title or study.title, TITLE)
    made = as_document(
        index_blocks(publishable, drawn), named, study, f"Section for the index of {study.year}"
    )
    return _docx(made, figures, listed=False)


def as_pdf(made: Document, figures: Path) -> bytes:
    """The document as PDF/UA-1, tagged, with bookmarks; typst refuses to make one that is not.

    figures  the folder with the SVG of each figure
    Characters that the fonts shipped cannot draw are shown as their code point in brackets.
    """
    import typst

    known = drawable()
    shown = {name: document_typst.string(document_typst.drawn(words, known)) for name, words in _cover(made)}
    told = ", ".join(f"{name}: {words}" for name, words in shown.items())
    plain = document_typst.string(made.title)
    source = (
        f'#import "report.typ": *\n#show: report.with({told}, plain: {plain})\n'
        f"#{document_typst.source(made.blocks, known)}\n"
    )
    files = {
        "main.typ": source.encode(),
        "report.typ": (TEMPLATES / "report.typ").read_bytes(),
        **{
            f"{document.FOLDER}/{name}.svg": _picture(figures / f"{name}.svg")
            for name in document.pictures(made.blocks)
        },
    }
    try:
        return bytes(
            typst.compile(  # type: ignore[call-overload] # its types leave out the dictionary of files
                files, format="pdf", pdf_standards="ua-1", ignore_system_fonts=True,
                font_paths=[str(TEMPLATES / "fonts")], timestamp=0,
            )
        )  # fmt: skip
    except typst.TypstError as error:
        # What typst says may quote the source, and with it what somebody wrote.
        raise EditionError(
            f"the PDF could not be set ({type(error).__name__})",
            remedy="report this as a fault of the package; other formats: --formats html,docx",
        ) from None


def _docx(made: Document, figures: Path, *, listed: bool) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ksn-") as folder:
        # Relative names only: pandoc writes the name of each picture into the file.
        Path(folder, document.FOLDER).mkdir()
        for name in document.pictures(made.blocks):
            Path(folder, document.FOLDER, f"{name}.png").write_bytes(_picture(figures / f"{name}.png"))
        tree = json.dumps(prepared(made.blocks, _meta(made), listed)).encode()
        style = f"--reference-doc={TEMPLATES / 'reference.docx'}"
        options = ["--from=json", "--to=docx", style, "--output=-", "--fail-if-warnings"]
        return finished(_pandoc(options, tree, folder), made.running)


@lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Code points that every font shipped can draw."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    fonts = sorted((TEMPLATES / "fonts").glob("*.[ot]tf"))
    return frozenset.intersection(*(frozenset(TTFont(font, lazy=True).getBestCmap()) for font in fonts))


def _cover(made: Document) -> list[tuple[str, str]]:
    names = ("title", "running", "subtitle", "publisher", "year", "language")
    return [("name" if name == "title" else name, getattr(made, name)) for name in names]


def _picture(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError:
        raise EditionError(
            "a figure of the report has no picture", remedy="make the edition again", file=place.name
        ) from None


def _meta(made: Document) -> dict[str, Any]:
    told = {"title": made.title, "subtitle": made.subtitle, "author": made.publisher, "date": made.year}
    return {
        "lang": {"t": "MetaString", "c": made.language},
        **{
            name: {"t": "MetaInlines", "c": [{"t": "Str", "c": words}]}
            for name, words in told.items()
            if words
        },
    }


def _markdown(text: str) -> list[Node]:
    """The notebook's own text as blocks."""
    return list(json.loads(_pandoc(["--from=markdown", "--to=json"], text.encode()))["blocks"])


def _in_place(blocks: list[Node], sections: list[list[Node]]) -> list[Node]:
    told: list[Node] = []
    for one in blocks:
        ours = one["t"] == "RawBlock" and one["c"][0] == PLACE
        told += sections[int(one["c"][1])] if ours else [one]
    return told


def _pandoc(options: list[str], given: bytes, folder: str | None = None) -> bytes:
    import pypandoc

    done = subprocess.run(  # noqa: S603 - our own arguments
        [pypandoc.get_pandoc_path(), *options], input=given, capture_output=True, cwd=folder, check=False
    )
    if done.returncode:
        raise EditionError(
            f"pandoc could not write the document (it ended with {done.returncode})",
            remedy="report this as a fault of the package; other formats: --formats html,pdf",
        )
    return done.stdout
