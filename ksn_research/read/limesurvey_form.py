"""LimeSurvey's questionnaires: .lss, .lsg and .lsq (XML), and the tab-separated structure (.txt).

Both become the same plain questions, and these a `Dictionary` that knows what the columns of the responses
are called.
"""

from __future__ import annotations

from collections.abc import Mapping

from ksn_research.errors import Finding, ReadError
from ksn_research.read.dictionary import Dictionary, Draft
from ksn_research.read.limesurvey import is_structure
from ksn_research.read.limesurvey_asked import Asked, add_field, condition, languages
from ksn_research.read.limesurvey_xml import from_xml
from ksn_research.read.markup import plain_words
from ksn_research.read.text import text_sheet


def questionnaire(data: bytes, file: str, language: str | None = None) -> Dictionary:
    """A survey's, group's or question's definition.

    language  of the texts; the survey's own where it is not given. What is not translated stays in that

    Raises ReadError for anything else: an archive (.lsa), other XML, a DOCTYPE, a language that is not there.
    """
    if data.startswith(b"PK"):
        raise ReadError("this is an archive", remedy="unpack it and name the .lss in it", file=file)
    findings: tuple[Finding, ...] = ()
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        asked = from_xml(data, file, language)
    else:
        asked, findings = _from_structure(data, file, language)
    draft = Draft()
    for question in asked:
        add_field(draft, question)
    return draft.finish(file, "limesurvey", findings)


def _from_structure(data: bytes, file: str, language: str | None) -> tuple[list[Asked], tuple[Finding, ...]]:
    records = text_sheet(data, file, "")
    if not is_structure(records.head(1)):
        raise ReadError(
            "this is no questionnaire of LimeSurvey",
            remedy="export the survey's structure (.lss, or tab-separated .txt)",
            file=file,
            row=1,
        )
    names = records.head(1)[0]
    cells = records.frame.iloc[1:].to_numpy(dtype=object).tolist()
    rows = [dict(zip(names, line, strict=True)) for line in cells]
    base = next((row["text"] for row in rows if row["class"] == "S" and row["name"] == "language"), "")
    spoken = [row.get("language", "") for row in rows if row["class"] in ("G", "Q")]
    first, second = languages(language, base, spoken, file)
    translated = {question.code: question for question in _blocks(rows, first)}
    asked = _blocks(rows, second)
    for question in asked if first != second else ():
        _translate(question, translated.get(question.code))
    return asked, records.findings


def _blocks(rows: list[dict[str, str]], language: str) -> list[Asked]:
    """The questions of one language; lines and answers follow their question."""
    asked: list[Asked] = []
    group = ""
    for row in rows:
        if row.get("language", "") not in (language, ""):
            continue
        kind, text = row["class"], plain_words(row["text"])
        if kind == "G":
            group = row["relevance"]
        elif kind == "Q":
            asked.append(_question(row, text, group))
        elif kind in ("SQ", "A") and asked:
            scale = row["type/scale"] if row["type/scale"].isdecimal() else "0"
            held = asked[-1].lines if kind == "SQ" else asked[-1].answers
            held.append((row["name"], scale, text))
    return asked


def _question(row: Mapping[str, str], text: str, group: str) -> Asked:
    return Asked(
        code=row["name"],
        type=row["type/scale"][:1] or "T",
        text=text,
        relevant=condition(group, row["relevance"]),
        required=row.get("mandatory") == "Y",
        other=plain_words(row.get("other_replace_text", "") or "Other") if row.get("other") == "Y" else "",
        whole=row.get("num_value_int_only") == "1",
    )


def _translate(question: Asked, into: Asked | None) -> None:
    """Texts of another language, where it has them."""
    if into is None:
        return
    question.text, question.other = into.text or question.text, into.other or question.other
    for own, said in ((question.lines, into.lines), (question.answers, into.answers)):
        texts = {(code, scale): text for code, scale, text in said if text}
        own[:] = [(code, scale, texts.get((code, scale), text)) for code, scale, text in own]
