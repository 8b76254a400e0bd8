"""A large wave of coded interviews: a REFI-QDA project with its transcripts read, every passage located in
its text, themes counted and the codebook linted. The peer, a plain script, parses the same XML and only
counts in how many interviews each code is: it opens no transcript and checks nothing."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from uuid import UUID, uuid5
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np
import pandas as pd

from ksn_research.analyse.interviews.codebook import codebook_findings
from ksn_research.analyse.interviews.cooccurrence import co_occurrence
from ksn_research.analyse.interviews.theme_differences import theme_differences
from ksn_research.analyse.interviews.themes import themes
from ksn_research.errors import Finding, Origin
from ksn_research.read.coded import read_coded
from ksn_research.read.segments import CodedProject
from ksn_research.results import Row
from ksn_research.score.talk import talk

from .timing import Benchmark

SPACE = "urn:QDA-XML:project:1.0"
NAMESPACE = UUID("0d6f2a51-6c1b-4f6e-9a0c-3b9e0b6b7c11")
SAID = """
we meet every month and somebody tells how their café grew – naïve plans, a 😀 and a coffee; later the others
ask what it cost, who helped and what they would leave out
"""
WORDS = np.array(SAID.split())
KINDS = ("nonprofit", "company", "university", "public", "other")
PARAGRAPHS, WORDS_EACH, LONGEST, CODERS = 60, 25, 40, 2
NS = {"q": SPACE}
Ours = tuple[CodedProject, list[Row], list[Finding]]


def interviews_10k_segments(folder: Path, interviews: int, segments: int, codes: int) -> Benchmark:
    path = folder / "interviews.qdpx"
    _write(path, interviews, segments, codes)

    def ours() -> Ours:
        project = read_coded(path, "interviews", {})
        passages, asked, _, found = talk(project, None, Origin("interviews", 2025, "", path.name))
        told = {"source": "interviews", "year": 2025}
        groups = ("operator_type",)
        rows = [
            *themes(passages, asked, groups=groups, **told),
            *theme_differences(passages, asked, groups=groups, **told),
            *co_occurrence(passages, asked, **told),
        ]
        return project, rows, [*found, *codebook_findings(project.codes, passages)]

    def theirs() -> pd.Series:
        with zipfile.ZipFile(path) as archive:
            root = ElementTree.fromstring(archive.read("project.qde"))
        names = {code.get("guid"): code.get("name") for code in root.iterfind(".//q:Code", NS)}
        pairs = [
            (source.get("name"), names[mark.get("targetGUID")])
            for source in root.iterfind(".//q:TextSource", NS)
            for mark in source.iterfind(".//q:CodeRef", NS)
        ]
        table = pd.DataFrame(pairs, columns=["interview", "code"])
        return table.groupby("code")["interview"].nunique()

    def same(a: Ours, b: pd.Series) -> None:
        project, rows, _ = a
        assert project.match_rate == 1.0 and len(project.segments) == segments
        assert project.segments["text"].notna().all()
        counts = {r.measure: r.count for r in rows if r.analysis == "themes" and not r.group}
        assert {code: counts[code] for code in b.index} == b.to_dict()

    what = (
        "coded interviews read, every passage located, themes counted, codebook linted (theirs only counts)"
    )
    size = f"{interviews} interviews, {segments} segments, {codes} codes"
    peer = f"pandas {pd.__version__} and ElementTree, codes per interview only"
    return Benchmark("interviews_10k_segments", what, peer, size, interviews, ours, theirs, same)


def _write(path: Path, interviews: int, segments: int, codes: int) -> None:
    """A project as tools write it: transcripts with Windows line ends beside the XML, positions in code
    points, a selection's name its words. Passages are whole words, within a paragraph or over several."""
    rng = np.random.default_rng(9)
    root = Element("Project", {"xmlns": SPACE, "name": "Large", "origin": "a made project"})
    users = SubElement(root, "Users")
    for coder in range(CODERS):
        SubElement(users, "User", {"guid": _guid("user", coder), "name": f"Coder {coder}"})
    book = SubElement(SubElement(root, "CodeBook"), "Codes")
    for code in range(codes):
        told = {"guid": _guid("code", code), "name": f"theme {code}", "isCodable": "true"}
        SubElement(SubElement(book, "Code", told), "Description").text = f"What is told of the matter {code}."
    variable = SubElement(SubElement(root, "Variables"), "Variable", _of_kind())
    SubElement(variable, "Description").text = "the operator's kind"
    sources = SubElement(root, "Sources")
    holders = rng.integers(0, interviews, segments)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(interviews):
            text = _transcript(rng)
            archive.writestr(f"Sources/{_guid('text', at)}.txt", text.encode())
            _source(sources, at, text, int((holders == at).sum()), codes, rng)
        xml = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        archive.writestr("project.qde", xml)


def _of_kind() -> dict[str, str]:
    return {"guid": _guid("variable", 0), "name": "Operator type", "typeOfVariable": "Text"}


def _transcript(rng: np.random.Generator) -> str:
    words = WORDS[rng.integers(0, len(WORDS), (PARAGRAPHS, WORDS_EACH))]
    return "\r\n".join(" ".join(row) for row in words)


def _source(sources: Element, at: int, text: str, marks: int, codes: int, rng: np.random.Generator) -> None:
    told = {"guid": _guid("source", at), "name": f"I{at:03}"}
    place = f"internal://{_guid('text', at)}.txt"
    source = SubElement(sources, "TextSource", {**told, "plainTextPath": place})
    words = np.array([found.span() for found in re.finditer(r"\S+", text)])
    firsts = rng.integers(0, len(words) - LONGEST, marks)
    lasts = firsts + rng.integers(4, LONGEST, marks)
    spans = zip(words[firsts, 0].tolist(), words[lasts, 1].tolist(), strict=True)
    for i, (start, end) in enumerate(spans):
        guid, by = _guid(f"mark {at}", i), _guid("user", int(rng.integers(CODERS)))
        span = {"guid": guid, "name": text[start:end], "startPosition": str(start), "endPosition": str(end)}
        coded = SubElement(source, "PlainTextSelection", {**span, "creatingUser": by})
        coding = SubElement(coded, "Coding", {"guid": _guid(f"coding {at}", i), "creatingUser": by})
        SubElement(coding, "CodeRef", {"targetGUID": _guid("code", int(rng.integers(codes)))})
    value = SubElement(source, "VariableValue")
    SubElement(value, "VariableRef", {"targetGUID": _guid("variable", 0)})
    SubElement(value, "TextValue").text = KINDS[at % len(KINDS)]


def _guid(kind: str, number: int) -> str:
    return str(uuid5(NAMESPACE, f"{kind} {number}"))
