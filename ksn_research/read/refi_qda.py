"""Coded interviews as the REFI-QDA exchange format carries them (.qdpx, or a bare .qde).

A project is a zip with one XML file and the transcripts beside it. The standard (REFI-QDA 1.0, 2019) leaves
room that tools have used: file names in any case, attributes in four places, positions counted in several
ways (see `transcript`), a pseudo-user named like the tool. What is not carried is counted in `notes`, as the
standard asks of an importer. Bytes come in; nothing is unpacked to disk and no path in the file is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

import pandas as pd

from ksn_research.read import transcript
from ksn_research.read.attributes import SET_ATTRIBUTE, attributes
from ksn_research.read.placing import (
    UNNAMED,
    code_names,
    counted,
    document_names,
    interviews_frame,
    placed,
    refuse_drift,
    said,
    verified,
)
from ksn_research.read.qdpx import (
    Container,
    base_name,
    carriers,
    descendants,
    documents,
    guid_of,
    kids,
    open_project,
    tag_of,
    targets,
    text_entry,
)
from ksn_research.read.segments import CODES, SEGMENTS, CodedProject, typed

SELECTIONS = (
    "PlainTextSelection",
    "TranscriptSelection",
    "PDFSelection",
    "PictureSelection",
    "AudioSelection",
    "VideoSelection",
)
NOT_CARRIED = {
    "Note": "memos and notes",
    "Link": "links",
    "Graph": "graphs",
    "NoteRef": "references to notes",
}


def read_project(data: bytes, file: str) -> CodedProject:
    """Read a REFI-QDA project.

    data  the bytes of a .qdpx (zip) or of a bare .qde (XML, then without transcripts)
    file  its name, for messages only

    One interview is one source document; its key is the document's name without extension. A code whose name
    two codes share is called by its path ("parent/child"). Codings without a user have coder "".
    Positions are held against the transcripts: see `transcript.settle`. Where names do not repeat the coded
    words, or transcripts are absent, passages are counted and their text is missing.

    Raises ReadError where the file is no project, declares a DOCTYPE, is damaged, too deep or too large, or
    fewer than 95 % of the checkable passages stand where the file says.
    """
    project = open_project(data, file)
    guids = _interview_names(project)
    codes = codebook(project.root)
    raw, empty = _texts(project)
    codings = transcript.with_lines(_codings(project), raw)
    settled = transcript.settle(codings, raw)
    checked = int((transcript.repeats_words(codings) & codings["source"].isin(list(raw))).sum())
    refuse_drift(settled[1], checked, file)
    segments, lost = _segments(project, codings, codes, guids, raw, settled)
    words = {
        guid_of(source, "guid"): [transcript.canonical(raw[key]) for key, _ in carriers(source) if key in raw]
        for source in documents(project)
    }
    lost["transcripts hold next to nothing (the tool did not convert them) and are left out"] = empty
    notes = (verified(checked, bool(raw), settled[1]), *_notes(project, codings, lost))
    return CodedProject(
        segments,
        interviews_frame(_documents(project, guids), words, attributes(project), segments),
        typed(codes.drop(columns="key").reset_index(drop=True), CODES),
        said(notes),
        settled[1],
        str(settled[0]) + ("" if settled[1] is not None else " (assumed)"),
        texts={guids[key]: "\n".join(own) for key, own in words.items() if own},
    )


# --- documents, texts, codes ---------------------------------------------------------------------------


def _interview_names(project: Container) -> dict[str, str]:
    names = {}
    for source in documents(project):
        path = source.get("plainTextPath") or source.get("path") or ""
        guid = guid_of(source, "guid")
        names[guid] = source.get("name") or base_name(path) or guid
    return document_names(names)


def _documents(project: Container, guids: Mapping[str, str]) -> pd.DataFrame:
    rows = [(guid_of(source, "guid"), source.get("name")) for source in documents(project)]
    return pd.DataFrame(
        [(guid, guids[guid], name or guids[guid]) for guid, name in rows],
        columns=["key", "interview", "name"],
    )


def _texts(project: Container) -> tuple[dict[str, str], int]:
    """Raw text by carrier, for those whose text the file holds, and how many hold next to nothing: NVivo
    writes a letter where it did not convert the document."""
    found, empty = {}, 0
    for source in documents(project):
        for key, carrier in carriers(source):
            text = _text(carrier, project)
            if text is not None and len(transcript.canonical(text).strip()) > 1:
                found[key] = text
            empty += text is not None and key not in found
    return found, empty


def _text(carrier: Element, project: Container) -> str | None:
    for content in kids(carrier, "PlainTextContent"):
        return "".join(content.itertext())
    data = text_entry(project, carrier.get("plainTextPath", ""))
    return None if data is None else _decode(data)


def _decode(data: bytes) -> str:
    """UTF-8 with its mark kept (positions may count it), UTF-16 where marked so, else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def codebook(root: Element) -> pd.DataFrame:
    """key (GUID), code, parent, description, codable of the codes below `CodeBook`, in its order."""
    walked = [row for book in kids(root, "CodeBook") for row in _walk(book, ())]
    return code_names(pd.DataFrame(walked, columns=["key", "path", "description", "codable"]))


def _walk(element: Element, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], str, bool]]:
    for child in element:
        if tag_of(child) == "Codes":
            yield from _walk(child, path)
        elif tag_of(child) == "Code":
            here = (*path, child.get("name", "").strip() or UNNAMED)
            told = ["".join(d.itertext()).strip() for d in kids(child, "Description")]
            about = " ".join(told) or child.get("description", "").strip()
            codable = child.get("isCodable", "true").strip().lower() not in ("false", "0")
            yield guid_of(child, "guid"), here, about, codable
            yield from _walk(child, here)


# --- codings -------------------------------------------------------------------------------------------


def _codings(project: Container) -> pd.DataFrame:
    """One row per code reference: document, source (carrier), start, end, name, user, target, kind."""
    rows = [row for source in documents(project) for row in _of_document(source)]
    columns = ["document", "source", "start", "end", "name", "user", "target", "kind"]
    frame = pd.DataFrame(rows, columns=columns)
    positions = ["start", "end"]
    frame[positions] = frame[positions].apply(pd.to_numeric, errors="coerce").astype("Int64")
    return frame.astype({name: "str" for name in columns if name not in positions})


def _of_document(source: Element) -> Iterator[tuple[object, ...]]:
    document = guid_of(source, "guid")
    for key, carrier in carriers(source):
        for coding in kids(carrier, "Coding"):
            yield from _references(coding, (document, key, None, None, "", "whole"), "")
        points = {guid_of(p, "guid"): p.get("position") for p in kids(carrier, "SyncPoint")}
        for selection in kids(carrier, *SELECTIONS):
            start, end = _span(selection, points)
            where = (document, key, start, end, selection.get("name", ""), tag_of(selection))
            for coding in kids(selection, "Coding"):
                yield from _references(coding, where, guid_of(selection, "creatingUser"))


def _references(coding: Element, where: tuple[object, ...], marked: str) -> Iterator[tuple[object, ...]]:
    """One row per code; a coding without a user is that of who marked the passage."""
    *place, kind = where
    for target in targets(coding, "CodeRef"):
        yield (*place, guid_of(coding, "creatingUser") or marked, target, kind)


def _span(selection: Element, points: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    if tag_of(selection) == "TranscriptSelection":
        return points.get(guid_of(selection, "fromSyncPoint")), points.get(guid_of(selection, "toSyncPoint"))
    if tag_of(selection) == "PlainTextSelection":
        return selection.get("startPosition"), selection.get("endPosition")
    return None, None


def _segments(
    project: Container,
    codings: pd.DataFrame,
    codes: pd.DataFrame,
    guids: Mapping[str, str],
    raw: Mapping[str, str],
    settled: tuple[transcript.Convention, float | None],
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The segments, and how many codings were left out or could not be placed."""
    users = _users(project.root)
    names = dict(zip(codes["key"], codes["code"], strict=True))
    cases = {guid_of(case, "guid") for case in descendants(project.root, "Case")}
    known = codings["target"].isin(list(names))
    kept = codings[known]
    found = placed(kept, raw, settled)
    frame = found.assign(
        interview=kept["document"].map(guids),
        coder=kept["user"].map(users).fillna(""),
        code=kept["target"].map(names),
    )
    lost = {
        "codings of cases": int((~known & codings["target"].isin(list(cases))).sum()),
        "codings of codes that the codebook lacks": int(
            (~known & ~codings["target"].isin(list(cases))).sum()
        ),
        "codings by users that the project does not list": int(
            ((kept["user"] != "") & ~kept["user"].isin(list(users))).sum()
        ),
        "positions outside their transcript": int((kept["start"].notna() & found["start"].isna()).sum()),
    }
    order = ["interview", "start", "end", "coder", "code"]
    return typed(frame, SEGMENTS).sort_values(order, kind="stable", ignore_index=True), lost


def _users(root: Element) -> dict[str, str]:
    return {
        guid_of(user, "guid"): user.get("name") or user.get("id") or "" for user in descendants(root, "User")
    }


# --- the import report ---------------------------------------------------------------------------------


def _notes(project: Container, codings: pd.DataFrame, lost: Mapping[str, int]) -> list[str]:
    root = project.root
    told = [counted(count, what) for what, count in lost.items()]
    for tag, what in NOT_CARRIED.items():
        told.append(counted(len(descendants(root, tag)), f"{what} not carried"))
    memos = [s for s in descendants(root, *SELECTIONS) if not kids(s, "Coding")]
    told.append(counted(len(memos), "selections without a code (memos) not carried"))
    groups = [s for s in descendants(root, "Set") if not SET_ATTRIBUTE.fullmatch(s.get("name", ""))]
    told.append(counted(len(groups), "sets that are no attribute not carried"))
    told.append(
        counted(len(descendants(root, "SelectionRef")), "references from cases to selections not carried")
    )
    unplaced = int((codings["start"].isna() & (codings["kind"] != "whole")).sum())
    told.append(counted(unplaced, "codings of pictures, pages, sound or film: counted, without position"))
    several = sum(len(targets(case, "SourceRef")) > 1 for case in descendants(root, "Case"))
    told.append(counted(several, "cases with more than one document: each document is one interview"))
    return [*told, _pseudo(root, codings)]


def _pseudo(root: Element, codings: pd.DataFrame) -> str:
    """Codings by a user that is the tool itself ("ATLAS.ti"): kept, and said."""
    origin = root.get("origin", "").lower()
    tools = [guid for guid, name in _users(root).items() if name and origin.startswith(name.lower())]
    count = int(codings["user"].isin(tools).sum())
    return f"{len(tools)} users are named like the tool; {count} codings are theirs and kept" if tools else ""
