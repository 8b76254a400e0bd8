"""LimeSurvey's XML: .lss, .lsg and .lsq, with tables of translations or with texts beside the questions."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from ksn_research.errors import ReadError
from ksn_research.read.limesurvey_asked import Asked, condition, languages
from ksn_research.read.markup import plain_words

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 50
KINDS = ("Survey", "Group", "Question")


def from_xml(data: bytes, file: str, language: str | None) -> list[Asked]:
    root = _parse(data, file)
    tables = {table.tag: list(_rows(table)) for table in root if isinstance(table.tag, str)}
    spoken = [(element.text or "").strip() for element in root.findall("languages/language")]
    base = next((row["language"] for row in tables.get("surveys", []) if row.get("language")), "")
    first, second = languages(language, base, spoken, file)
    return _asked(_Texts(tables, first, second), tables)


def _parse(data: bytes, file: str) -> Element:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    if len(data) > MAX_BYTES:
        raise ReadError("the questionnaire is too large", remedy="export it again", file=file)
    depth, root = 0, None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > MAX_DEPTH:
                raise ReadError("the XML is nested too deeply", remedy="export it again", file=file)
    except DefusedXmlException:
        raise ReadError(
            "the XML declares a DOCTYPE or entities, which a questionnaire never needs",
            remedy="export it again",
            file=file,
        ) from None
    except (ParseError, ValueError, LookupError):
        raise ReadError(
            "the XML cannot be read", remedy="export the survey's structure (.lss) again", file=file
        ) from None
    kind = (root.findtext("LimeSurveyDocType") or "").strip() if root is not None else ""
    if root is None or kind not in KINDS:
        raise ReadError(
            "this is no questionnaire of LimeSurvey", remedy="export the survey's structure (.lss)", file=file
        )
    return root


def _rows(table: Element) -> Iterator[dict[str, str]]:
    for row in table.findall("rows/row"):
        yield {cell.tag: (cell.text or "").strip() for cell in row if isinstance(cell.tag, str)}


@dataclass(frozen=True)
class _Texts:
    """Texts of rows in one language: beside them in older files, in tables of translations since."""

    tables: Mapping[str, list[dict[str, str]]]
    first: str
    second: str

    def of(self, table: str, key: str, name: str, translations: str) -> dict[str, str]:
        found: dict[str, dict[str, str]] = {}
        for row in [*self.tables.get(translations, []), *self.tables.get(table, [])]:
            if row.get(name):
                found.setdefault(row.get(key, ""), {}).setdefault(
                    row.get("language", ""), plain_words(row[name])
                )
        return {own: self._spoken(texts) for own, texts in found.items()}

    def _spoken(self, texts: Mapping[str, str]) -> str:
        return next(
            (texts[name] for name in (self.first, self.second, "") if name in texts),
            next(iter(texts.values())),
        )


def _asked(texts: _Texts, tables: Mapping[str, list[dict[str, str]]]) -> list[Asked]:
    groups = {row.get("gid", ""): row for row in tables.get("groups", [])}
    questions = texts.of("questions", "qid", "question", "question_l10ns") | texts.of(
        "subquestions", "qid", "question", "question_l10ns"
    )
    rows = _once([*tables.get("questions", []), *tables.get("subquestions", [])], "qid")
    parts = [row for row in rows if row.get("parent_qid", "0") not in ("", "0")]
    heads = [row for row in rows if row.get("parent_qid", "0") in ("", "0")]
    heads.sort(key=lambda row: (_order(groups.get(row.get("gid", ""), {}), "group_order"), _order(row)))
    attributes = _attributes(tables.get("question_attributes", []))
    known = {
        row.get("qid", ""): _head(row, groups, questions, attributes[row.get("qid", "")]) for row in heads
    }
    for row in sorted(parts, key=_order):
        if row["parent_qid"] in known:
            line = row.get("title", ""), row.get("scale_id") or "0", questions.get(row.get("qid", ""), "")
            known[row["parent_qid"]].lines.append(line)
    _add_answers(known, texts, tables)
    return list(known.values())


def _attributes(rows: Iterable[Mapping[str, str]]) -> defaultdict[str, dict[str, str]]:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.get("value"):
            found[row.get("qid", "")].setdefault(row.get("attribute", ""), row["value"])
    return found


def _once(rows: Iterable[dict[str, str]], key: str) -> list[dict[str, str]]:
    """Rows without their repetitions in other languages, as older files have them."""
    return list({row.get(key, ""): row for row in reversed(list(rows))}.values())[::-1]


def _order(row: Mapping[str, str], key: str = "question_order") -> float:
    text = row.get(key, "")
    return float(text) if text.isdecimal() and len(text) < 16 else 0.0


def _head(
    row: Mapping[str, str],
    groups: Mapping[str, dict[str, str]],
    questions: Mapping[str, str],
    attributes: Mapping[str, str],
) -> Asked:
    own = row.get("qid", "")
    group = groups.get(row.get("gid", ""), {}).get("grelevance", "")
    return Asked(
        code=row.get("title", ""),
        type=row.get("type", "")[:1] or "T",
        text=questions.get(own, ""),
        relevant=condition(group, row.get("relevance", "")),
        required=row.get("mandatory") == "Y",
        other=plain_words(attributes.get("other_replace_text", "") or "Other")
        if row.get("other") == "Y"
        else "",
        whole=attributes.get("num_value_int_only", "") == "1",
    )


def _add_answers(
    known: Mapping[str, Asked], texts: _Texts, tables: Mapping[str, list[dict[str, str]]]
) -> None:
    key = "aid" if any(row.get("aid") for row in tables.get("answers", [])) else "code"
    said = texts.of("answers", key, "answer", "answer_l10ns") if key == "aid" else {}
    for row in sorted(tables.get("answers", []), key=lambda row: _order(row, "sortorder")):
        question = known.get(row.get("qid", ""))
        # Older files repeat an answer in every language.
        if question is None or row.get("language", texts.first) not in (texts.first, ""):
            continue
        label = said.get(row.get("aid", ""), "") or plain_words(row.get("answer", ""))
        question.answers.append((row.get("code", ""), row.get("scale_id") or "0", label))
