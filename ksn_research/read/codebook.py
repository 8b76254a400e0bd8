"""Codebooks by themselves: read from REFI-QDA (.qdc, both namespaces) or a table, written as .qdc.

A codebook gives codes the definitions that an export left out (Taguette's highlights, a sheet of passages),
and takes this study's to the next tool. Older files write a code's description as an attribute.
"""

from __future__ import annotations

import re
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import pandas as pd

from ksn_research.errors import ReadError
from ksn_research.read.placing import paths
from ksn_research.read.qdpx import descendants, open_project, parse
from ksn_research.read.refi_qda import codebook as codes_below
from ksn_research.read.segments import CODES, CodedProject, typed
from ksn_research.read.text import text_sheet
from ksn_research.results import slug

SPACE = "urn:QDA-XML:codebook:1.0"
NAMESPACE = uuid5(NAMESPACE_URL, SPACE)
HEADS = {"code": ("code", "tag", "name"), "description": ("description", "definition", "memo")}
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_codebook(data: bytes, file: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The codes of a codebook (columns `segments.CODES`), and what it holds that is not carried.

    data  a .qdc, a whole REFI-QDA project, or a table with a column `code` (or `tag`), and where there are
          some `description` (or `definition`) and `parent`

    Raises ReadError where it is none of them.
    """
    if data.startswith(b"PK"):
        return _carried(open_project(data, file).root, file)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _carried(parse(data, file, "REFI-QDA codebook", ".qdc"), file)
    return _table(data, file), ()


def _carried(root: Element, file: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    tag = root.tag.rpartition("}")[2]
    if tag not in ("CodeBook", "Project"):
        raise ReadError("this is no codebook", remedy="export it as REFI-QDA codebook (.qdc)", file=file)
    book = root
    if tag == "CodeBook":
        book = Element("Project")
        book.append(root)
    codes = typed(codes_below(book).drop(columns="key").reset_index(drop=True), CODES)
    sets = len(descendants(root, "Set"))
    return codes, (f"{sets} sets of codes not carried",) if sets and tag == "CodeBook" else ()


def _table(data: bytes, file: str) -> pd.DataFrame:
    records = text_sheet(data, file, "")
    heads = [slug(head) for head in records.head(1)[0]]
    body = records.frame.iloc[1:].set_axis(range(records.frame.shape[1]), axis=1)
    found = {
        name: next((heads.index(head) for head in known if head in heads), None)
        for name, known in {**HEADS, "parent": ("parent",)}.items()
    }
    if found["code"] is None:
        raise ReadError(
            "the column is missing", remedy="name the column of codes `code`", file=file, row=1, column="code"
        )
    cells = {name: body[at].astype("str") if at is not None else "" for name, at in found.items()}
    frame = pd.DataFrame(cells, index=body.index)
    frame = frame[frame["code"] != ""]
    if frame["code"].map(slug).duplicated().any():
        row = frame.index[frame["code"].map(slug).duplicated()][0]
        raise ReadError(
            "the code stands above too", remedy="keep one of them", file=file, row=int(row), column="code"
        )
    return typed(frame.assign(codable=True).reset_index(drop=True), CODES)


def defined(project: CodedProject, codes: pd.DataFrame) -> CodedProject:
    """The project with the codebook's descriptions and parents where its own codes have none; codes that only
    the codebook has are added, so that what was never used is seen. Names meet but for capitals."""
    own = project.codes.copy()
    told = codes.drop_duplicates("code").set_index(codes.drop_duplicates("code")["code"].map(slug))
    keys = own["code"].map(slug)
    for name in ("description", "parent"):
        own[name] = own[name].where(own[name] != "", keys.map(told[name]).fillna(""))
    more = told[~told.index.isin(keys)]
    every = typed(pd.concat([own, more], ignore_index=True), CODES)
    return CodedProject(**{**_fields(project), "codes": every})


def _fields(project: CodedProject) -> dict:
    return {name: getattr(project, name) for name in project.__dataclass_fields__}


def write_codebook(codes: pd.DataFrame) -> bytes:
    """A REFI-QDA codebook (.qdc) of codes with their definitions; the same codes give the same bytes.

    codes  columns code, parent, description, codable. GUIDs are made of a code's path, so that a tool that
           reads a later codebook knows the codes again.

    Raises ValueError where there is no code: the standard has no empty codebook.
    """
    if codes.empty:
        raise ValueError("a codebook needs a code")
    root = Element("CodeBook", {"xmlns": SPACE, "origin": "ksn_research"})
    held = {"": SubElement(root, "Codes")}
    lines = _paths(codes)
    about = dict(zip(lines, codes[["description", "codable"]].itertuples(index=False), strict=True))
    for path in sorted(lines, key=len):
        held["\x1f".join(path)] = _element(held["\x1f".join(path[:-1])], path, *about[path])
    indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="utf-8") + b"\n"


def _element(above: Element, path: tuple[str, ...], description: str, codable: bool) -> Element:
    guid = str(uuid5(NAMESPACE, "\x1f".join(path)))
    name = _short(path)
    code = SubElement(
        above, "Code", {"guid": guid, "name": _plain(name), "isCodable": str(bool(codable)).lower()}
    )
    if description:
        SubElement(code, "Description").text = _plain(description)
    return code


def _paths(codes: pd.DataFrame) -> list[tuple[str, ...]]:
    nodes = pd.DataFrame({"key": codes["code"], "name": codes["code"], "above": codes["parent"]})
    return paths(nodes)


def _short(path: tuple[str, ...]) -> str:
    """A code that is called by its path because another has its name gets its own name back.

    >>> _short(("giving", "giving/time")), _short(("Coke", "Coke::diet")), _short(("a/b",))
    ('time', 'Coke::diet', 'a/b')
    """
    above = _short(path[:-1]) + "/" if len(path) > 1 else ""
    start, _, name = path[-1].rpartition(above) if above else ("", "", "")
    return name if name and (not start or start.endswith("/")) and above in path[-1] else path[-1]


def _plain(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return UNWRITABLE.sub("", text)
