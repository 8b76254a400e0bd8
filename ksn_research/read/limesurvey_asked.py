"""A LimeSurvey question, whichever file it was read from, into the fields of a `Dictionary`.

Texts have lost their HTML; conditions stay in LimeSurvey's words. Types are LimeSurvey's single letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ksn_research.errors import ReadError
from ksn_research.read.dictionary import Draft

NUMBERS = {str(number): str(number) for number in range(1, 11)}
# Answers that a type of question offers by itself.
FIXED: Mapping[str, Mapping[str, str]] = {
    "5": {code: NUMBERS[code] for code in list(NUMBERS)[:5]},
    "A": {code: NUMBERS[code] for code in list(NUMBERS)[:5]},
    "B": NUMBERS,
    "C": {"Y": "Yes", "N": "No", "U": "Uncertain"},
    "E": {"I": "Increase", "S": "Same", "D": "Decrease"},
    "G": {"F": "Female", "M": "Male"},
    "Y": {"Y": "Yes", "N": "No"},
}
ONE = "5GYL!O"
TEXT = {"N": "decimal", "D": "date", "X": "note"}
LINES = {"A": "select_one", "B": "select_one", "C": "select_one", "E": "select_one", "F": "select_one",
         "H": "select_one", "K": "decimal", "Q": "text"}  # fmt: skip


@dataclass
class Asked:
    """One question as either file has it; lines and answers are (code, scale, text)."""

    code: str
    type: str
    text: str
    heading: str = ""
    relevant: str = ""
    required: bool = False
    other: str = ""
    whole: bool = False
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    answers: list[tuple[str, str, str]] = field(default_factory=list)

    def offered(self, scale: str = "0") -> dict[str, str]:
        own = {code: text for code, on, text in self.answers if on == scale}
        return own or dict(FIXED.get(self.type, {}))


def add_field(draft: Draft, q: Asked) -> None:
    if q.type in "MP":
        _add_multiple(draft, q)
    elif q.type == "R":
        for i in range(1, len(q.offered()) + 1):
            _line(draft, q, f"{q.code}[{i}]", "select_one", str(i), q.offered(), f"{q.code}_{i}")
    elif q.type == "1":
        for scale, written in (("0", "1"), ("1", "2")):
            for code, _, text in q.lines:
                name, also = f"{q.code}[{code}][{written}]", f"{q.code}_{code}_{scale}"
                _line(draft, q, name, "select_one", text, q.offered(scale), also)
    elif q.type in ":;":
        _add_table(draft, q)
    elif q.type in LINES:
        for code, _, text in q.lines:
            kind = "integer" if q.type == "K" and q.whole else LINES[q.type]
            _line(draft, q, f"{q.code}[{code}]", kind, text, q.offered(), f"{q.code}_{code}")
    else:
        _add_single(draft, q)


def _add_single(draft: Draft, q: Asked) -> None:
    kind = "select_one" if q.type in ONE else TEXT.get(q.type, "text")
    kind = "integer" if q.type == "N" and q.whole else kind
    offered = q.offered() if q.type in ONE else {}
    if offered and q.other:
        offered |= {"-oth-": q.other}
    draft.add(q.code, kind, q.text, relevant=q.relevant, required=q.required, choices=offered)
    if offered and q.other:
        _beside(draft, q, "other", q.other)
    if q.type == "O":
        _beside(draft, q, "comment", "Comment")
    if q.type == "|":
        _beside(draft, q, "filecount", "Number of files")


def _add_multiple(draft: Draft, q: Asked) -> None:
    offered = {code: text for code, _, text in q.lines}
    if q.other:
        offered["other"] = q.other
    draft.add(q.code, "select_multiple", q.text, relevant=q.relevant, required=q.required, choices=offered)
    for code, text in offered.items():
        draft.name_column(q.code, code, f"{q.code}[{code}]", f"{q.code}_{code}")
        if q.type == "P":
            _beside(draft, q, f"{code}comment", f"{text}: comment")


def _add_table(draft: Draft, q: Asked) -> None:
    kind = "decimal" if q.type == ":" else "text"
    across = [(code, text) for code, scale, text in q.lines if scale == "1"]
    for row, scale, text in q.lines:
        for column, head in across if scale != "1" else ():
            code = f"{row}_{column}"
            _line(draft, q, f"{q.code}[{code}]", kind, f"{text} | {head}", {}, f"{q.code}_{code}")


def _line(
    draft: Draft, q: Asked, name: str, kind: str, label: str, offered: Mapping[str, str], *also: str
) -> None:
    draft.add(
        name,
        kind,
        label,
        heading=q.text,
        relevant=q.relevant,
        required=q.required,
        choices=offered if kind == "select_one" else None,
        aliases=also,
    )


def _beside(draft: Draft, q: Asked, code: str, label: str) -> None:
    """The text beside a choice."""
    _line(draft, q, f"{q.code}[{code}]", "text", label, {}, f"{q.code}_{code}")


def condition(group: str, own: str) -> str:
    """Both conditions; "1" is LimeSurvey's "always".

    >>> condition("1", "Q1 == 'Y'"), condition("a > 1", "b < 2"), condition("", "1")
    ("Q1 == 'Y'", '(a > 1) and (b < 2)', '')
    """
    held = [text.strip() for text in (group, own) if text.strip() not in ("", "1")]
    return f"({held[0]}) and ({held[1]})" if len(held) == 2 else "".join(held)


def languages(wanted: str | None, base: str, spoken: list[str], file: str) -> tuple[str, str]:
    """The language to take, and the one to take where that has no text."""
    known = list(dict.fromkeys(name for name in [base, *spoken] if name))
    if wanted is not None and wanted not in known:
        raise ReadError(
            f"the questionnaire has no texts in `{wanted}`",
            remedy=f"use one of {', '.join(known) or 'none'}",
            file=file,
        )
    own = known[0] if known else ""
    return wanted or own, own
