"""The container of a REFI-QDA project: a zip with one XML file and transcripts beside it, opened safely.

Tools differ in the case of names, in where the XML file stands and in the namespace's version; all of that
ends here. Nothing is unpacked to disk, no path named in the file is opened, and what is too large, too deep
or declares entities is refused. Imports errors only.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from ksn_research.errors import ReadError

MAX_BYTES = 256 * 2**20  # of all entries that are read, uncompressed
MAX_RATIO, RATIO_FROM = 200, 2**20  # coded XML packs about 30 to 1; a bomb nears 1000 to 1
MAX_DEPTH = 200
DOCUMENTS = ("TextSource", "PDFSource", "AudioSource", "VideoSource", "PictureSource")
# What zipfile raises on damaged archives: negative offsets, unknown methods, sums that do not fit.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ArithmeticError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)
CARRIERS = ("Representation", "Transcript", "TextDescription")


@dataclass(frozen=True)
class Container:
    """The parsed XML and the transcripts beside it, by lower-case file name."""

    root: Element
    entries: Mapping[str, bytes]
    file: str


# --- the container -------------------------------------------------------------------------------------


def open_project(data: bytes, file: str) -> Container:
    if not data.startswith(b"PK"):
        return Container(_parse(data, file), {}, file)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            held = [entry for entry in archive.infolist() if not entry.is_dir()]
            project = _project_entry(held, file)
            texts = [entry for entry in held if entry.filename.lower().endswith((".txt", ".md"))]
            _refuse_bomb([project, *texts], file)
            entries = {base_name(entry.filename): archive.read(entry) for entry in texts}
            return Container(_parse(archive.read(project), file), entries, file)
    except DAMAGED as problem:
        raise ReadError(
            "the archive is damaged or encrypted", remedy="export the project again", file=file
        ) from problem


def _project_entry(held: list[zipfile.ZipInfo], file: str) -> zipfile.ZipInfo:
    found = [entry for entry in held if entry.filename.lower().endswith(".qde")]
    exact = [entry for entry in found if entry.filename.lower() == "project.qde"]
    chosen = exact if len(exact) == 1 else found
    if len(chosen) == 1:
        return chosen[0]
    raise ReadError(
        f"the archive holds {len(found)} project files (.qde), not one",
        remedy="export the project as REFI-QDA (.qdpx) again",
        file=file,
    )


def _refuse_bomb(entries: list[zipfile.ZipInfo], file: str) -> None:
    packed_hard = any(
        entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if packed_hard or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise ReadError(
            f"the archive unpacks to more than {MAX_BYTES // 2**20} MB of text, or is packed beyond belief",
            remedy="export fewer interviews at once",
            file=file,
        )


def base_name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].lower()


def _parse(data: bytes, file: str) -> Element:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    if len(data) > MAX_BYTES:
        raise ReadError("the project is too large", remedy="export fewer interviews at once", file=file)
    depth, root = 0, None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > MAX_DEPTH:
                raise ReadError("the XML is nested too deeply", remedy="export the project again", file=file)
    except DefusedXmlException as problem:
        raise ReadError(
            "the XML declares a DOCTYPE or entities, which a project never needs",
            remedy="export it again",
            file=file,
        ) from problem
    except (ParseError, ValueError, LookupError) as problem:
        raise ReadError(
            "this is no REFI-QDA project: its XML cannot be read",
            remedy="export it again as .qdpx",
            file=file,
        ) from problem
    return _project_root(root, file)


def _project_root(root: Element | None, file: str) -> Element:
    space, _, tag = root.tag.rpartition("}") if root is not None else ("", "", "")
    if root is not None and tag == "Project" and (not space or space.startswith("{urn:QDA-XML:project:")):
        return root
    kind = "a codebook" if tag == "CodeBook" else "no REFI-QDA project"
    raise ReadError(f"this is {kind}", remedy="export the whole project as .qdpx", file=file)


# --- elements ------------------------------------------------------------------------------------------


def tag_of(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def kids(element: Element, *tags: str) -> list[Element]:
    return [child for child in element if tag_of(child) in tags]


def descendants(element: Element, *tags: str) -> list[Element]:
    return [child for child in element.iter() if tag_of(child) in tags]


def guid_of(element: Element, *names: str) -> str:
    """The first attribute of these names as a GUID: no braces, lower case.

    >>> guid_of(Element("Code", {"guid": "{AB-12}"}), "guid")
    'ab-12'
    """
    return next((element.get(name, "") for name in names if name in element.attrib), "").strip("{} ").lower()


def targets(element: Element, tag: str) -> list[str]:
    return [guid_of(child, "targetGUID", "guid") for child in kids(element, tag)]


def documents(project: Container) -> list[Element]:
    return [source for sources in kids(project.root, "Sources") for source in kids(sources, *DOCUMENTS)]


def carriers(source: Element) -> list[tuple[str, Element]]:
    """What in a document can hold text, with a key: itself, a PDF's text, transcripts."""
    own = guid_of(source, "guid")
    inside = [(f"{own}/{i}", child) for i, child in enumerate(kids(source, *CARRIERS))]
    return [(own, source), *inside]
