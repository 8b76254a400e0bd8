"""Projects of Taguette: its database (documents as HTML), and the highlights it exports as a table.

Offsets count UTF-8 bytes over the text between the tags; the snippet of a highlight repeats its words. Who
highlighted stands in the log of commands only, and a project that was exported names the exporter for all:
so one export knows one coder, and agreement needs the server's database or one export per coder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html.parser import HTMLParser

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ksn_research.read.assembly import Held, project_of, text
from ksn_research.read.database import Base
from ksn_research.read.placing import chosen_project, counted
from ksn_research.read.segments import CodedProject

TABLES = ("documents", "highlights", "tags", "highlight_tags")
HIGHLIGHTS = {"id", "document", "tag", "content"}
BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "div", "dl",
    "dt", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
}  # fmt: skip
UNKNOWN = (
    "the export does not say who highlighted: agreement between coders cannot be computed from it; name one "
    "export per coder under `coders` in study.toml"
)


class _Text(HTMLParser):
    """Text between tags, and where blocks begin or end in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.length = 0
        self.breaks: set[int] = set()
        self.kept = 0

    def handle_data(self, data: str) -> None:
        shown = data if self.kept else data.translate(LINE_ENDS)
        self.parts.append(shown)
        self.length += len(shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.kept += tag == "pre"
        if tag in BLOCKS:
            self.breaks.add(self.length)

    def handle_endtag(self, tag: str) -> None:
        self.kept = max(0, self.kept - (tag == "pre"))
        if tag in BLOCKS:
            self.breaks.add(self.length)


LINE_ENDS = str.maketrans("\n\t\x0c", "   ")  # a line end in HTML is a blank


def html_text(html: str) -> tuple[str, NDArray[np.int64]]:
    """The text between the tags, and the positions in it where blocks (paragraphs) meet.

    >>> html_text("<p>one <b>two</b></p><p>three &amp; four</p>")
    ('one twothree & four', array([7]))
    """
    parser = _Text()
    parser.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    parser.close()
    inner = sorted(at for at in parser.breaks if 0 < at < parser.length)
    return "".join(parser.parts), np.array(inner, dtype=np.int64)


def taguette(base: Base, file: str, project: str = "") -> CodedProject:
    """The project in an open database; of several, the one with that name.

    Raises ReadError where it does not say which of several is meant, and see `assembly.project_of`.
    """
    listed = base.frame("projects", ("id", "name")).apply(text)
    chosen = chosen_project(listed["id"], listed["name"], project, file)
    documents = _of(base, "documents", ("id", "name", "contents"), chosen)
    tags = _of(base, "tags", ("id", "path", "description"), chosen)
    pages = zip(text(documents["id"]), documents["contents"], strict=True)
    pieces = {key: html_text(html) for key, html in pages if isinstance(html, str)}
    codings, notes = _codings(base, set(text(documents["id"])), chosen)
    named = {"key": text(tags["id"]), "name": text(tags["path"]), "description": text(tags["description"])}
    nodes = pd.DataFrame(named).assign(above="", codable=True)
    return project_of(
        Held(
            dict(zip(text(documents["id"]), text(documents["name"]), strict=True)),
            {key: words for key, (words, _) in pieces.items()},
            nodes,
            codings,
            notes=notes,
            breaks={key: at for key, (_, at) in pieces.items()},
            separator=".",
        ),
        file,
    )


def _of(base: Base, table: str, columns: Iterable[str], project: str) -> pd.DataFrame:
    frame = base.frame(table, (*columns, "project_id"))
    return frame[text(frame["project_id"]) == project].drop(columns="project_id").reset_index(drop=True)


def _codings(base: Base, documents: set[str], project: str) -> tuple[pd.DataFrame, list[str]]:
    """One row per highlight and tag; highlights without a tag are noted."""
    marks = base.frame("highlights", ("id", "document_id", "start_offset", "end_offset", "snippet"))
    marks["id"], marks["document_id"] = text(marks["id"]), text(marks["document_id"])
    marks = marks[marks["document_id"].isin(documents)]
    ties = base.frame("highlight_tags", ("highlight_id", "tag_id")).apply(text)
    both = marks.merge(ties, left_on="id", right_on="highlight_id")
    who, several = _coders(base, project)
    frame = pd.DataFrame(
        {
            "document": both["document_id"],
            "start": both["start_offset"],
            "end": both["end_offset"],
            "name": both["snippet"].map(lambda html: html_text(html)[0] if isinstance(html, str) else ""),
            "coder": both["id"].map(who).fillna("") if several else "",
            "code": both["tag_id"],
        }
    )
    bare = int((~marks["id"].isin(ties["highlight_id"])).sum())
    notes = [
        counted(bare, "highlights without a tag not carried"),
        "" if several else UNKNOWN,
        counted(int((frame["coder"] == "").sum()) if several else 0, "highlights of which nobody is named"),
    ]
    return frame, notes


def _coders(base: Base, project: str) -> tuple[dict[str, str], bool]:
    """Who made each highlight, from the log; and whether the log tells people apart."""
    log = base.frame("commands", ("project_id", "user_login", "payload"))
    log = log[text(log["project_id"]) == project]
    who: dict[str, str] = {}
    for login, payload in zip(text(log["user_login"]), log["payload"], strict=True):
        told = _told(payload)
        if told.get("type") == "highlight_add":
            who.setdefault(str(told.get("highlight_id")), login)
    return who, len(set(who.values()) - {""}) > 1


def _told(payload: object) -> dict[str, object]:
    try:
        told = json.loads(payload) if isinstance(payload, str) else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
