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
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from ksn_research.errors import ReadError

MAX_BYTES = 256 * 2**20  # of all entries that are read, uncompressed
MAX_TEXT = 64 * 2**20  # of one entry; a day's talk is half a megabyte
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
    """The parsed XML and the transcripts beside it, by lower-case path inside the archive."""

    root: Element
    entries: Mapping[str, bytes]
    file: str


# --- the container -------------------------------------------------------------------------------------


def open_project(data: bytes, file: str) -> Container:
    if not data.startswith(b"PK"):
        return Container(_project_root(parse(data, file), file), {}, file)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            held = [entry for entry in archive.infolist() if not entry.is_dir()]
            _refuse_climbing(held, file)
            project = _project_entry(held, file)
            texts = [entry for entry in held if entry.filename.lower().endswith((".txt", ".md"))]
            _refuse_bomb([project, *texts], file)
            entries = {flat(entry.filename): archive.read(entry) for entry in texts}
            root = _project_root(parse(archive.read(project), file), file)
            return Container(root, entries, file)
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


def _refuse_climbing(held: list[zipfile.ZipInfo], file: str) -> None:
    """Nothing is unpacked, so such a path harms nobody here; but no tool writes one."""
    paths = [entry.filename.replace("\\", "/") for entry in held]
    if any(".." in path.split("/") or path.startswith("/") or path[1:2] == ":" for path in paths):
        raise ReadError(
            "the archive holds a path that leads out of it",
            remedy="export the project again; if it was sent to you, ask where it comes from",
            file=file,
        )


def _refuse_bomb(entries: list[zipfile.ZipInfo], file: str) -> None:
    packed_hard = any(
        entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    sizes = [entry.file_size for entry in entries]
    if packed_hard or sum(sizes) > MAX_BYTES or max(sizes) > MAX_TEXT:
        raise ReadError(
            f"the archive unpacks to more than {MAX_BYTES // 2**20} MB of text, or one of its texts to more "
            f"than {MAX_TEXT // 2**20} MB, or is packed beyond belief",
            remedy="export fewer interviews at once",
            file=file,
        )


def base_name(path: str) -> str:
    return flat(path).rsplit("/", 1)[-1]


def flat(path: str) -> str:
    return path.replace("\\", "/").lower()


def text_entry(project: Container, path: str) -> bytes | None:
    """The transcript that a path in the project means: the entry of that file name; of several, the one
    whose folders fit too. None where there is none, or two fit alike."""
    name = base_name(path)
    found = [key for key in project.entries if key.rsplit("/", 1)[-1] in (name, unquote(name))]
    if name and len(found) > 1:
        inside = "/" + flat(path).rpartition("://")[2].lstrip("/")
        found = [key for key in found if inside.endswith(f"/{key}") or f"/{key}".endswith(inside)]
    return project.entries[found[0]] if name and len(found) == 1 else None


def parse(data: bytes, file: str, what: str = "REFI-QDA project", kind: str = ".qdpx") -> Element:
    """The root of an XML file. Raises ReadError for a DOCTYPE, damage, or what is too large or too deep."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    if len(data) > MAX_TEXT:
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
            f"this is no {what}: its XML cannot be read", remedy=f"export it again as {kind}", file=file
        ) from problem
    return Element("nothing") if root is None else root


def _project_root(root: Element, file: str) -> Element:
    space, _, tag = root.tag.rpartition("}")
    if tag == "Project" and (not space or space.startswith("{urn:QDA-XML:project:")):
        return root
    if tag == "CodeBook":
        remedy = "export the whole project as .qdpx; name a codebook as `codebook` beside the coded passages"
        raise ReadError("this is a codebook, it holds no interviews", remedy=remedy, file=file)
    raise ReadError("this is no REFI-QDA project", remedy="export the whole project as .qdpx", file=file)


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
