"""Attributes of interviews in a REFI-QDA project, from the four places where tools keep them.

The standard ties variables to cases and to documents; ATLAS.ti, which has none, writes sets named
"gender: male"; NVivo calls variables "Cases:Age group" and may tie a case to a document by coding only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.etree.ElementTree import Element

import pandas as pd

from ksn_research.read.qdpx import Container, descendants, documents, guid_of, kids, targets
from ksn_research.read.segments import attribute_name

VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")
SET_ATTRIBUTE = re.compile(r"([^:]{1,60}): *([^:\s].*)")


def attributes(project: Container) -> pd.DataFrame:
    """One row per document guid, one text column per attribute; a document's own value goes before its
    case's, that before a set's; several values of one rank are joined by ";"."""
    return widened(_attribute_values(project))


def widened(values: Iterable[tuple[str, str, str, int]]) -> pd.DataFrame:
    """Document, attribute, value and rank as one row per document (`guid`), one text column per attribute;
    the lowest rank counts, several values of one rank are joined by ";"."""
    found = pd.DataFrame(values, columns=["guid", "attribute", "value", "rank"])
    if found.empty:
        return pd.DataFrame(index=pd.Index([], name="guid", dtype="str"))
    found["attribute"] = found["attribute"].map(attribute_name)
    best = found.groupby(["guid", "attribute"])["rank"].transform("min")
    chosen = found[found["rank"] == best].drop_duplicates().sort_values("value")
    wide = chosen.groupby(["guid", "attribute"])["value"].agg(";".join).unstack("attribute")
    return wide.astype("str")


def _attribute_values(project: Container) -> Iterator[tuple[str, str, str, int]]:
    root = project.root
    labels = {guid_of(v, "guid"): v.get("name", "") for v in descendants(root, "Variable")}
    for source in documents(project):
        for name, value in _values(source, labels):
            yield guid_of(source, "guid"), name, value, 0
    coded = _documents_of_cases(project)
    for case in descendants(root, "Case"):
        held = set(targets(case, "SourceRef")) | coded.get(guid_of(case, "guid"), set())
        for name, value in _values(case, labels):
            yield from ((document, name, value, 1) for document in sorted(held))
    for group in descendants(root, "Set"):
        match = SET_ATTRIBUTE.fullmatch(group.get("name", ""))
        for document in targets(group, "MemberSource") if match else ():
            yield document, match[1].strip(), match[2].strip(), 2  # type: ignore[index]


def _documents_of_cases(project: Container) -> dict[str, set[str]]:
    """Documents that NVivo ties to a case by coding, where the document is coded with that case alone."""
    cases = {guid_of(case, "guid") for case in descendants(project.root, "Case")}
    of_cases: dict[str, set[str]] = {}
    for source in documents(project):
        named = {
            target for coding in descendants(source, "Coding") for target in targets(coding, "CodeRef")
        } & cases
        if len(named) == 1:
            of_cases.setdefault(named.pop(), set()).add(guid_of(source, "guid"))
    return of_cases


def _values(element: Element, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for held in kids(element, "VariableValue"):
        name = next((labels.get(target, "") for target in targets(held, "VariableRef")), "")
        value = next(((child.text or "").strip() for child in kids(held, *VALUES)), "")
        if name and value:
            yield name, value
