"""An instrument drafted from the questionnaire of the tool that fielded it, for somebody to go over.

Imports dictionary, limesurvey_form, redcap, text. Names become such as XLSForm allows, choices and stems stay
as they are. A condition is taken over only where its sense is certain; the others are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ksn_research.errors import ReadError
from ksn_research.plan.form import ACKNOWLEDGED
from ksn_research.plan.instrument import RESERVED
from ksn_research.plan.specs import Choice, Instrument, Question
from ksn_research.read.dictionary import Dictionary
from ksn_research.read.limesurvey_form import questionnaire
from ksn_research.read.redcap import is_dictionary, redcap_dictionary
from ksn_research.read.text import text_sheet

LARGEST = 50 << 20
TYPES = ("text", "integer", "decimal", "date", "time", "datetime", "select_one", "select_multiple", "note")
NAME, CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*"), re.compile(r"[\w.-]+")
# REDCap's branching logic, piece by piece: a tick, a field, what XPath writes in the same way, and the rest.
TICK = re.compile(r"""\[(\w+)\(([\w-]+)\)\]\s*(=|<>|!=)\s*(['"]?)([01])\4""")
PIECE = re.compile(
    r"""\s+|\$\{[\w.-]+\}|selected\(\$\{[\w.-]+\}, '[\w-]+'\)|not\(|and\b|or\b|[()]|<>|!=|<=|>=|[=<>+*-]"""
    r"""|\d+(?:\.\d+)?|'[^'"]*'|"[^'"]*\""""
)


def draft_instrument(path: Path, language: str | None = None) -> Instrument:
    """Draft an instrument from a REDCap dictionary (.csv) or a LimeSurvey questionnaire (.lss, .lsg, .lsq,
    .txt); `language` is that of LimeSurvey's texts.

    `columns` holds the tool's names that had to change, by question, and `warnings` what was left out, in
    words. Raises ReadError when the file is neither.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise ReadError(
            f"the file cannot be opened ({error.strerror})", remedy="look at its name", file=path.name
        ) from None
    if data is None:
        raise ReadError("the file is larger than 50 MB", remedy="name a questionnaire", file=path.name)
    return instrument_from_dictionary(_dictionary(data, path, language))


def instrument_from_dictionary(dictionary: Dictionary) -> Instrument:
    """The dictionary's fields as questions; see `draft_instrument`."""
    lines: list[dict[Any, Any]] = dictionary.fields.to_dict("records")
    names = _names((line["name"] for line in lines), RESERVED, NAME)
    said: list[str] = []
    questions = {}
    for line in lines:
        relevant = _condition(line["relevant"], names)
        if relevant is None:
            said.append(f"{names[line['name']]}: the condition `{line['relevant']}` was left out")
        question = _question(line, names[line["name"]], dictionary.choices.get(line["name"], {}), relevant)
        if question.type != line["type"]:
            said.append(f"{question.name}: drafted as {question.type}, not {line['type']}")
        questions[question.name] = question
    stem = Path(dictionary.file).stem
    return Instrument(
        name=stem,
        title=stem,
        questions=questions,
        columns={new: old for old, new in names.items() if new != old},
        warnings=(*said, *(finding.problem for finding in dictionary.findings)),
    )


def _dictionary(data: bytes, path: Path, language: str | None) -> Dictionary:
    if path.suffix.lower() == ".csv":
        records = text_sheet(data, path.name, "")
        if is_dictionary(records.head()):
            return redcap_dictionary(records)
        raise ReadError(
            "this is no data dictionary of REDCap",
            remedy="download the dictionary itself, not the data, or name a LimeSurvey .lss",
            file=path.name,
        )
    return questionnaire(data, path.name, language)


def _question(
    line: Mapping[Any, Any], name: str, choices: Mapping[str, str], relevant: str | None
) -> Question:
    kind = line["type"] if line["type"] in TYPES else "text"
    if kind.startswith("select") and not choices:
        kind = "text"
    codes = _names(choices, (), CODE)
    offered = tuple(
        Choice(codes[code], _words(label) or code, float(code) if re.fullmatch(r"\d+", code) else None)
        for code, label in choices.items()
    )
    if [choice.name for choice in offered] == [ACKNOWLEDGED.name]:
        offered = (ACKNOWLEDGED,)
    return Question(
        name=name,
        type=kind,
        label=_words(line["label"]) or name,
        choices=offered if kind.startswith("select") else (),
        heading=_words(line["heading"]),
        relevant=relevant or "",
        required=bool(line["required"]),
    )


def _names(names: Iterable[str], taken: Iterable[str], allowed: re.Pattern[str]) -> dict[str, str]:
    """Old name -> one that a form can have, each once; those that are allowed stay.

    >>> _names(["Q02[SQ001]", "Q02_SQ001", "2nd", "row"], ["row"], NAME)
    {'Q02[SQ001]': 'Q02_SQ001_2', 'Q02_SQ001': 'Q02_SQ001', '2nd': 'q2nd', 'row': 'row_2'}
    """
    old, used = list(names), set(taken)
    made: dict[str, str] = {}
    for name in sorted(old, key=lambda one: not allowed.fullmatch(one)):
        plain = name if allowed.fullmatch(name) else re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_")
        plain = plain if allowed.fullmatch(plain) else f"q{plain}"
        free, n = plain, 2
        while free in used:
            free, n = f"{plain}_{n}", n + 1
        used.add(free)
        made[name] = free
    return {name: made[name] for name in old}


def _words(text: str) -> str:
    """Words as a form holds them: `${` would be taken for another question's answer."""
    return " ".join(str(text).replace("${", "{").split())


def _condition(text: str, names: Mapping[str, str]) -> str | None:
    """REDCap's branching logic as an XLSForm condition; None where a piece of it is not understood.

    >>> _condition("[age] > 17 and [ill(2)] = '1'", {"age": "age", "ill": "ill"})
    "${age} > 17 and selected(${ill}, '2')"
    >>> _condition("datediff([born], 'today', 'y') > 17", {"born": "born"}) is None
    True
    """

    def tick(found: re.Match[str]) -> str:
        chosen = f"selected(${{{names.get(found[1], found[1])}}}, '{found[2]}')"
        return chosen if (found[3] == "=") == (found[5] == "1") else f"not({chosen})"

    ticked = TICK.sub(tick, " ".join(text.split()))
    known = re.sub(r"\[(\w+)\]", lambda found: f"${{{names.get(found[1], found[1])}}}", ticked)
    if not set(re.findall(r"\$\{([^}]*)\}", known)) <= set(names.values()):
        return None
    at = 0
    while at < len(known):
        piece = PIECE.match(known, at)
        if piece is None:
            return None
        at = piece.end()
    return known.replace("<>", "!=") if known.count("(") == known.count(")") else None
