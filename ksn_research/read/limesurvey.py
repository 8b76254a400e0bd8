"""LimeSurvey's response files, under any of its headings: codes, full or shortened texts, code and text.

In code mode a column of several is "Q[SQ001]", or "Q_SQ001" in the form that its expressions use; the latter
can only be taken apart by the questionnaire (see `limesurvey_form`). Under full texts headings repeat, and
may be empty. Responses on no known date carry 1980-01-01; unfinished ones have no date at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ksn_research.errors import Finding, ReadError
from ksn_research.read.export import Export, build
from ksn_research.read.markup import plain_words
from ksn_research.read.sheet import Sheet

ROLES = {
    "id": "id",
    "submitdate": "submitted",
    "startdate": "started",
    "datestamp": "ended",
    "startlanguage": "language",
    "ipaddr": "device",
    "interviewtime": "duration",
    "lastpage": "meta",
    "seed": "meta",
    "refurl": "meta",
    "token": "meta",
}
# What those are headed in full, by language of the interface.
HEADED = {
    "response id": "id",
    "date submitted": "submitdate",
    "last page": "lastpage",
    "start language": "startlanguage",
    "seed": "seed",
    "date started": "startdate",
    "date last action": "datestamp",
    "ip address": "ipaddr",
    "referrer url": "refurl",
    "access code": "token",
    "token": "token",
    "total time": "interviewtime",
    "antwort id": "id",
    "datum abgeschickt": "submitdate",
    "letzte seite": "lastpage",
    "start-sprache": "startlanguage",
    "zufallsstartwert": "seed",
    "datum gestartet": "startdate",
    "datum letzte aktivität": "datestamp",
    "ip-adresse": "ipaddr",
    "weiterleitungs-url": "refurl",
    "zugangsschlüssel": "token",
    "gesamtzeit": "interviewtime",
    "id de la réponse": "id",
    "date de soumission": "submitdate",
    "dernière page": "lastpage",
    "langue de départ": "startlanguage",
    "id de respuesta": "id",
    "fecha de envío": "submitdate",
    "última página": "lastpage",
    "lenguaje inicial": "startlanguage",
    "antwoord id": "id",
    "datum verzonden": "submitdate",
    "laatste pagina": "lastpage",
    "starttaal": "startlanguage",
}
TELLING = {"submitdate", "lastpage", "startlanguage"}
TIMES = re.compile(r"(group|question) ?time[ :_]*\S+|(gruppenzeit|fragenzeit|frage-zeit): .+", re.IGNORECASE)
CODE = re.compile(r"([A-Za-z][A-Za-z0-9]*)\[([^\]]*)\](?:\[([^\]]*)\])?")
SCALES = 2  # brackets behind a heading: rows and columns of a grid
LONGEST = 200  # letters of a heading of LimeSurvey's own
SHORTENED = 8  # letters that a shortened heading must keep to be known
HIDDEN = "1980-01-01"
STRUCTURE = ("class", "type/scale", "name", "relevance", "text")


def looks_so(rows: list[list[str]]) -> bool:
    """Whether a header has LimeSurvey's own columns, whatever they are headed with, or is the header of a
    survey's structure (which `limesurvey` refuses).

    >>> looks_so([["id", "submitdate", "Q1"]]), looks_so([["Seed", "Last page", "How are you?"]])
    (True, True)
    >>> looks_so([["id", "token", "Q1"]])
    False
    """
    own = [_own(header) for header in rows[0]] + [_own(_before_text(header)) for header in rows[0]]
    known = set(own) - {""}
    return is_structure(rows) or bool(TELLING & known and len(known) >= 2)


def is_structure(rows: list[list[str]]) -> bool:
    """Whether a header is that of a survey's structure in tab-separated form."""
    return bool(rows) and set(STRUCTURE) <= set(rows[0])


def _own(heading: str) -> str:
    """LimeSurvey's name for one of its own columns, "" for any other.

    >>> _own("submitdate"), _own("Date last actio.."), _own("Start_language"), _own("Start")
    ('submitdate', 'datestamp', 'startlanguage', '')
    """
    plain = heading.replace("_", " ").casefold().strip()
    if plain in ROLES:
        return plain
    if plain in HEADED:
        return HEADED[plain]
    start = plain.removesuffix("..").rstrip()
    if start == plain or len(start) < SHORTENED:
        return ""
    return next((name for words, name in HEADED.items() if words.startswith(start)), "")


def _before_text(heading: str) -> str:
    return re.split(r"[^A-Za-z0-9]", heading, maxsplit=1)[0]


def limesurvey(records: Sheet) -> Export:
    """One header row. See `coded` and `worded` for what is said of the columns.

    Raises ReadError for a survey's structure, which holds no responses.
    """
    headers = records.head(1)[0]
    if is_structure([headers]):
        raise ReadError(
            "this is a survey's structure and holds no responses",
            remedy="export the responses; the structure is named beside them",
            file=records.file,
        )
    mark = _code_mark(headers)
    if mark:
        parts = [header.partition(mark) for header in headers]
        codes = [code for code, _, _ in parts]
        columns = worded([text for _, _, text in parts]) | coded(codes)
    elif set(ROLES) & set(headers):
        columns = coded(headers)
    else:
        columns = worded(headers)
    export = build(records, 1, format="limesurvey", columns=columns)
    return replace(export, findings=(*export.findings, *_undated(export)))


def _code_mark(headers: Sequence[str]) -> str:
    """What stands between code and text in every heading ("id. Response ID"), "" where there is but one."""
    for header in headers:
        code = _before_text(header)
        rest = header[len(code) :]
        found = re.match(r"[^\w\[]+", rest)
        if code in ROLES and found and _own(rest[found.end() :]) == code:
            return found[0]
    return ""


def coded(headers: Sequence[str]) -> dict[str, list[str]]:
    """Columns under codes: "Q[SQ001]" belongs to the question Q. Whether SQ001 is an offered choice or the
    line of a grid, only the questionnaire says; it is given as a choice."""
    parts = [CODE.fullmatch(header) for header in headers]
    asked = {part[1] if part else header for part, header in zip(parts, headers, strict=True)}
    return {
        "name": list(headers),
        "group": [part[1] if part else "" for part in parts],
        "choice": ["_".join(filter(None, part.groups()[1:])) if part else "" for part in parts],
        "role": [_role(header, asked) for header in headers],
    }


def worded(headers: Sequence[str]) -> dict[str, list[str]]:
    """Columns under texts: "question [line]", where a neighbour has the same question. There are no names."""
    plain = [plain_words(header) for header in headers]
    parts = [_bracket(text) for text in plain]
    stems = [stem if item is not None else text for (stem, item), text in zip(parts, plain, strict=True)]
    same = [before == after for before, after in pairwise(stems)]
    beside = [before or after for before, after in zip([False, *same], [*same, False], strict=True)]
    # An empty line is LimeSurvey's own; a lone bracket is part of the question.
    split = [item == "" or (item and near) for (_, item), near in zip(parts, beside, strict=True)]
    return {
        "heading": [stem if own else text for stem, text, own in zip(stems, plain, split, strict=True)],
        "item": [item or "" if own else "" for (_, item), own in zip(parts, split, strict=True)],
        "role": [_role(header, set()) for header in headers],
    }


def _bracket(text: str) -> tuple[str, str | None]:
    """A text without what its last brackets hold, and that; None where it does not end in one.

    >>> _bracket("How [x] is it? [The [old] way]"), _bracket("Grid [row][column]"), _bracket("Plain")
    (('How [x] is it?', 'The [old] way'), ('Grid', 'row | column'), ('Plain', None))
    """
    items: list[str] = []
    while text.endswith("]") and len(items) < SCALES:
        depth = 0
        for start in range(len(text) - 1, -1, -1):
            depth += {"]": 1, "[": -1}.get(text[start], 0)
            if not depth:
                break
        if depth:
            break
        items.insert(0, text[start + 1 : -1].strip())
        text = text[:start]
    return text.rstrip(), " | ".join(items) if items else None


def _role(heading: str, asked: set[str]) -> str:
    if len(heading) > LONGEST:
        return ""
    timed = heading.removesuffix("Time")
    if TIMES.fullmatch(heading) or (timed != heading and timed in asked):
        return "meta"
    return ROLES.get(_own(heading), "")


def _undated(export: Export) -> list[Finding]:
    places = export.columns.index[export.columns["role"] == "submitted"]
    if not len(places):
        return []
    hidden = export.frame.index[export.frame[places[0]].str.startswith(HIDDEN)]
    if not len(hidden):
        return []
    return [
        Finding(
            severity="note",
            source="",
            file=export.file,
            row=int(hidden[0]),
            column=str(export.columns.at[places[0], "name"] or export.columns.at[places[0], "heading"]),
            problem="responses carry 1980-01-01: they are finished, and the survey keeps no dates",
            remedy="do not read these dates as days",
            count=len(hidden),
        )
    ]
