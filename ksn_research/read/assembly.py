"""What a tool's own database says of interviews, codes and codings, made into a `CodedProject`.

The readers of databases (QualCoder, Taguette, requal, RQDA) fill a `Held`; unlike the exchange format, a
database keeps the coded words of every passage, so every passage is held against its transcript.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ksn_research.read import transcript
from ksn_research.read.attributes import widened
from ksn_research.read.placing import (
    UNNAMED,
    Breaks,
    broken,
    code_names,
    counted,
    document_names,
    interviews_frame,
    paths,
    placed,
    refuse_drift,
    said,
    verified,
)
from ksn_research.read.segments import CODES, SEGMENTS, CodedProject, typed

CODINGS = ("document", "start", "end", "name", "coder", "code")
NODES = ("key", "name", "above", "description", "codable")


@dataclass(frozen=True)
class Held:
    """A project as its database has it; keys are texts.

    documents   key -> name
    texts       key -> transcript, where there is one
    nodes       the codebook: key, name, above (key of the parent, "" at the top), description, codable
    codings     document, start, end (as stored; missing for pictures and sound), name (the coded words, ""
                where there are none), coder, code (keys)
    attributes  document, attribute, value, rank: see `attributes.widened`
    notes       what is not carried
    firsts      the numbers that the first character may have
    breaks      where paragraphs end, if the transcript does not say
    separator   what stands between parent and child in a code's name
    """

    documents: Mapping[str, str]
    texts: Mapping[str, str]
    nodes: pd.DataFrame
    codings: pd.DataFrame
    attributes: Iterable[tuple[str, str, str, int]] = ()
    notes: Sequence[str] = ()
    firsts: tuple[int, ...] = (0,)
    breaks: Breaks = field(default_factory=dict)
    separator: str = "::"


def project_of(held: Held, file: str) -> CodedProject:
    """The project. Raises ReadError where under 95 % of the passages stand where the database says."""
    names, codes = document_names(held.documents), _codes(held)
    raw = {key: text for key, text in held.texts.items() if text.strip()}
    codings, lost = _known(held, codes)
    settled = transcript.settle(codings, raw, exact=True, firsts=held.firsts)
    checked = int((transcript.checkable(codings, True) & codings["source"].isin(list(raw))).sum())
    refuse_drift(settled[1], checked, file)
    found = placed(codings, raw, settled, exact=True, breaks=held.breaks)
    labels = dict(zip(codes["key"], codes["code"], strict=True))
    frame = found.assign(
        interview=codings["document"].map(names), coder=codings["coder"], code=codings["code"].map(labels)
    )
    order = ["interview", "start", "end", "coder", "code"]
    segments = typed(frame, SEGMENTS).sort_values(order, kind="stable", ignore_index=True)
    texts = {key: broken(transcript.canonical(text), held.breaks.get(key)) for key, text in raw.items()}
    documents = pd.DataFrame(
        [(key, names[key], held.documents[key]) for key in names], columns=["key", "interview", "name"]
    )
    attributes = widened(held.attributes)
    outside = codings["start"].notna() & found["start"].isna()
    stale = found["text"].isna() & codings["name"].ne("") & codings["source"].isin(list(raw)) & ~outside
    lost["positions outside their transcript"] = int(outside.sum())
    lost["passages whose words changed since they were coded: counted, not quoted"] = int(stale.sum())
    return CodedProject(
        segments,
        interviews_frame(documents, {key: [text] for key, text in texts.items()}, attributes, segments),
        typed(codes.drop(columns="key"), CODES),
        said(
            (
                verified(checked, bool(raw), settled[1]),
                *held.notes,
                *(counted(n, what) for what, n in lost.items()),
            )
        ),
        settled[1],
        str(settled[0]) + ("" if settled[1] is not None else " (assumed)"),
        texts={names[key]: text for key, text in texts.items()},
    )


def _codes(held: Held) -> pd.DataFrame:
    nodes = held.nodes.reindex(columns=list(NODES))
    named = nodes.assign(name=nodes["name"].where(nodes["name"] != "", UNNAMED)).reset_index(drop=True)
    frame = named.assign(path=pd.Series(paths(named), dtype=object))
    return code_names(frame[["key", "path", "description", "codable"]], held.separator)


def _known(held: Held, codes: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Codings of documents and codes that there are, and how many are not."""
    codings = held.codings.reindex(columns=list(CODINGS)).reset_index(drop=True)
    document = codings["document"].isin(list(held.documents))
    code = codings["code"].isin(codes["key"])
    kept = codings[document & code].reset_index(drop=True)
    kept = kept.assign(source=kept["document"])
    for name in ("start", "end"):
        kept[name] = whole(kept[name])
    lost = {
        "codings of documents that the project lacks": int((~document).sum()),
        "codings of codes that the codebook lacks": int((document & ~code).sum()),
    }
    return kept.astype(dict.fromkeys(("document", "source", "name", "coder", "code"), "str")), lost


def whole(column: pd.Series) -> pd.Series:
    """Positions as whole numbers; what is none, or beyond any text, is missing."""
    numbers = pd.to_numeric(column.astype("str"), errors="coerce")
    return numbers.where((numbers >= 0) & (numbers < 2**40) & (numbers % 1 == 0)).astype("Int64")


def text(column: pd.Series) -> pd.Series:
    """Cells of a database as trimmed text, "" for nothing; whole numbers as such ("7", not "7.0").

    >>> text(pd.Series([None, 7, " a ", 2.0], dtype=object)).tolist()
    ['', '7', 'a', '2']
    """
    return column.map(_said).astype("str")


def _said(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
