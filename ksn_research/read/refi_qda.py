"""Coded interviews as the REFI-QDA exchange format carries them (.qdpx, or a bare .qde).

A project is a zip with one XML file and the transcripts beside it. The standard (REFI-QDA 1.0, 2019) leaves
room that tools have used: file names in any case, attributes in four places, positions counted in several
ways (see `transcript`), a pseudo-user named like the tool. What is not carried is counted in `notes`, as the
standard asks of an importer. Bytes come in; nothing is unpacked to disk and no path in the file is opened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

import pandas as pd

from ksn_research.errors import ReadError
from ksn_research.read import transcript
from ksn_research.read.attributes import SET_ATTRIBUTE, attributes
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
)
from ksn_research.read.segments import (
    CODES,
    INTERVIEWS,
    SEGMENTS,
    CodedProject,
    coders_of,
    typed,
)
from ksn_research.results import slug

MATCH_RATE = 0.95
SELECTIONS = (
    "PlainTextSelection",
    "TranscriptSelection",
    "PDFSelection",
    "PictureSelection",
    "AudioSelection",
    "VideoSelection",
)
EXTENSION = re.compile(
    r"\.(txt|docx?|rtf|odt|pdf|md|html?|mp3|mp4|m4a|wav|mov|avi|jpe?g|png)$", re.IGNORECASE
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
    codes = _codes(project.root)
    raw = _texts(project)
    codings = _codings(project)
    convention, rate = transcript.settle(codings, raw)
    _refuse_drift(rate, codings, file)
    segments, lost = _segments(project, codings, codes, guids, raw, (convention, rate))
    interviews = _interviews(project, guids, raw, segments)
    notes = _notes(project, codings, raw, rate, lost)
    listed = typed(codes.drop(columns="guid").reset_index(drop=True), CODES)
    said = str(convention) + ("" if rate is not None else " (assumed)")
    return CodedProject(segments, interviews, listed, notes, rate, said)


# --- documents, texts, codes ---------------------------------------------------------------------------


def _interview_names(project: Container) -> dict[str, str]:
    """A readable, unique key per document: its name without extension."""
    names = {}
    for source in documents(project):
        path = source.get("plainTextPath") or source.get("path") or ""
        name = source.get("name") or base_name(path) or guid_of(source, "guid")
        names[guid_of(source, "guid")] = EXTENSION.sub("", name.strip())
    often = Counter(names.values())
    return {guid: name if often[name] == 1 else f"{name} ({guid[:8]})" for guid, name in names.items()}


def _texts(project: Container) -> dict[str, str]:
    """Raw text by carrier, for those whose text the file holds."""
    found = {}
    for source in documents(project):
        for key, carrier in carriers(source):
            text = _text(carrier, project.entries)
            if text is not None:
                found[key] = text
    return found


def _text(carrier: Element, entries: Mapping[str, bytes]) -> str | None:
    for content in kids(carrier, "PlainTextContent"):
        return "".join(content.itertext())
    data = entries.get(base_name(carrier.get("plainTextPath", "")))
    return None if data is None else _decode(data)


def _decode(data: bytes) -> str:
    """UTF-8 with its mark kept (positions may count it), UTF-16 where marked so, else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _codes(root: Element) -> pd.DataFrame:
    """guid, code, parent, description, codable; one row per code, in the codebook's order."""
    walked = [row for book in kids(root, "CodeBook") for row in _walk(book, ())]
    frame = pd.DataFrame(walked, columns=["guid", "path", "description", "codable"])
    names = frame["path"].str[-1]
    label = names
    for longer in (frame["path"].str[-2:].str.join("/"), frame["path"].str.join("/")):
        label = label.where(~_alike(label), longer)
    label = label.where(~_alike(label), label + " (" + frame["guid"].str[:8] + ")")
    by_path = dict(zip(frame["path"], label, strict=True))
    parents = [by_path.get(path[:-1], _prefix(path[-1], set(names))) for path in frame["path"]]
    return frame.assign(code=label.astype("str"), parent=parents).drop(columns="path")


def _alike(labels: pd.Series) -> pd.Series:
    """Which labels another one equals but for capitals and punctuation: result ids do not tell them apart."""
    return labels.map(slug).duplicated(keep=False)


def _walk(element: Element, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], str, bool]]:
    for child in element:
        if tag_of(child) == "Codes":
            yield from _walk(child, path)
        elif tag_of(child) == "Code":
            here = (*path, child.get("name", "").strip())
            about = " ".join("".join(d.itertext()).strip() for d in kids(child, "Description"))
            yield guid_of(child, "guid"), here, about, child.get("isCodable", "true").lower() != "false"
            yield from _walk(child, here)


def _prefix(name: str, names: set[str]) -> str:
    """ATLAS.ti writes a hierarchy into names: "Coke::diet Coke" stands under "Coke"."""
    above = name.rpartition("::")[0]
    return above if above in names else ""


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
            yield from _references(coding, (document, key, None, None, "", "whole"))
        points = {guid_of(p, "guid"): p.get("position") for p in kids(carrier, "SyncPoint")}
        for selection in kids(carrier, *SELECTIONS):
            start, end = _span(selection, points)
            where = (document, key, start, end, selection.get("name", ""), tag_of(selection))
            for coding in kids(selection, "Coding"):
                yield from _references(coding, where)


def _references(coding: Element, where: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    *place, kind = where
    for target in targets(coding, "CodeRef"):
        yield (*place, guid_of(coding, "creatingUser"), target, kind)


def _span(selection: Element, points: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    if tag_of(selection) == "TranscriptSelection":
        return points.get(guid_of(selection, "fromSyncPoint")), points.get(guid_of(selection, "toSyncPoint"))
    if tag_of(selection) == "PlainTextSelection":
        return selection.get("startPosition"), selection.get("endPosition")
    return None, None


def _refuse_drift(rate: float | None, codings: pd.DataFrame, file: str) -> None:
    if rate is not None and rate < MATCH_RATE:
        raise ReadError(
            f"only {rate:.0%} of {int(transcript.repeats_words(codings).sum())} checkable passages stand in "
            "the transcripts where the project says, under any known way of counting",
            remedy="the transcripts were probably changed after coding; export the project again from the "
            "tool that coded it",
            file=file,
        )


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
    names = dict(zip(codes["guid"], codes["code"], strict=True))
    cases = {guid_of(case, "guid") for case in descendants(project.root, "Case")}
    known = codings["target"].isin(list(names))
    kept = codings[known]
    placed = _placed(kept, raw, *settled)
    frame = placed.assign(
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
        "positions outside their transcript": int((kept["start"].notna() & placed["start"].isna()).sum()),
    }
    order = ["interview", "start", "end", "coder", "code"]
    return typed(frame, SEGMENTS).sort_values(order, kind="stable", ignore_index=True), lost


def _placed(
    kept: pd.DataFrame, raw: Mapping[str, str], convention: transcript.Convention, rate: float | None
) -> pd.DataFrame:
    """start, end, unit, unit_last, text of codings; text only where the way of counting was verified and
    the name, if it can be held against the passage, agrees."""
    found = transcript.locate(kept, raw, convention)
    touched = [pd.DataFrame(columns=["unit", "unit_last"], dtype="float64")]
    before: dict[str, int] = {}
    for key, text in raw.items():
        part, document = found[kept["source"] == key], key.partition("/")[0]
        plain = transcript.canonical(text)
        if len(part) and (rate is not None or transcript.plain(text)):
            units = transcript.units_of(plain, part["start"], part["end"])
            touched.append(units + before.get(document, 0))
        before[document] = before.get(document, 0) + len(transcript.paragraphs(plain)[0])
    units = pd.concat(touched[min(1, len(touched) - 1) :]).reindex(kept.index)
    return found[["start", "end"]].join(units).assign(text=_verified(kept, found["passage"], rate))


def _verified(kept: pd.DataFrame, passages: pd.Series, rate: float | None) -> pd.Series:
    if rate is None:
        return pd.Series(None, index=kept.index, dtype=object)
    fit = [transcript.fits(name, words) > 0 for name, words in zip(kept["name"], passages, strict=True)]
    return passages.where(pd.Series(fit, index=kept.index, dtype=bool) | ~transcript.repeats_words(kept))


def _users(root: Element) -> dict[str, str]:
    return {
        guid_of(user, "guid"): user.get("name") or user.get("id") or "" for user in descendants(root, "User")
    }


# --- interviews and their attributes -------------------------------------------------------------------


def _interviews(
    project: Container, guids: Mapping[str, str], raw: Mapping[str, str], segments: pd.DataFrame
) -> pd.DataFrame:
    rows = []
    for source in documents(project):
        texts = [transcript.canonical(raw[key]) for key, _ in carriers(source) if key in raw]
        key = guid_of(source, "guid")
        rows.append(
            {
                "guid": key,
                "interview": guids[key],
                "name": source.get("name") or guids[key],
                "length": sum(map(len, texts)) if texts else None,
                "units": sum(len(transcript.paragraphs(text)[0]) for text in texts) if texts else None,
            }
        )
    frame = pd.DataFrame(rows, columns=["guid", "interview", "name", "length", "units"])
    coders = frame["interview"].map(coders_of(segments)).fillna("")
    held = frame.assign(coders=coders).join(attributes(project), on="guid").drop(columns="guid")
    return typed(held, INTERVIEWS).sort_values("interview", kind="stable", ignore_index=True)


# --- the import report ---------------------------------------------------------------------------------


def _notes(
    project: Container,
    codings: pd.DataFrame,
    raw: Mapping[str, str],
    rate: float | None,
    lost: Mapping[str, int],
) -> tuple[str, ...]:
    root = project.root
    said = [_verification(codings, raw, rate)]
    said += [f"{count} {what}" for what, count in lost.items() if count]
    for tag, what in NOT_CARRIED.items():
        said.append(_counted(len(descendants(root, tag)), f"{what} not carried"))
    memos = [s for s in descendants(root, *SELECTIONS) if not kids(s, "Coding")]
    said.append(_counted(len(memos), "selections without a code (memos) not carried"))
    groups = [s for s in descendants(root, "Set") if not SET_ATTRIBUTE.fullmatch(s.get("name", ""))]
    said.append(_counted(len(groups), "sets that are no attribute not carried"))
    said.append(
        _counted(len(descendants(root, "SelectionRef")), "references from cases to selections not carried")
    )
    unplaced = int((codings["start"].isna() & (codings["kind"] != "whole")).sum())
    said.append(_counted(unplaced, "codings of pictures, pages, sound or film: counted, without position"))
    several = sum(len(targets(case, "SourceRef")) > 1 for case in descendants(root, "Case"))
    said.append(_counted(several, "cases with more than one document: each document is one interview"))
    said += [_pseudo(root, codings)]
    return tuple(note for note in said if note)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count else ""


def _verification(codings: pd.DataFrame, raw: Mapping[str, str], rate: float | None) -> str:
    if not raw:
        return "not verifiable: the file holds no transcripts; passages are counted, never quoted"
    if rate is None:
        return "not verifiable: no selection's name repeats its words; passages are counted, never quoted"
    checked = transcript.repeats_words(codings) & codings["source"].isin(list(raw))
    return f"{rate:.1%} of {int(checked.sum())} checkable passages stand where the file says"


def _pseudo(root: Element, codings: pd.DataFrame) -> str:
    """Codings by a user that is the tool itself ("ATLAS.ti"): kept, and said."""
    origin = root.get("origin", "").lower()
    tools = [guid for guid, name in _users(root).items() if name and origin.startswith(name.lower())]
    count = int(codings["user"].isin(tools).sum())
    return f"{len(tools)} users are named like the tool; {count} codings are theirs and kept" if tools else ""
