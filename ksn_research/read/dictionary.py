"""What a survey tool's own questionnaire says of its columns, and an export described by it.

Each tool names its columns in its own way; a `Dictionary` therefore lists them by name. Imports nothing of
this package but what every reader starts with.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from ksn_research.errors import Finding
from ksn_research.read.export import Export

FIELDS = ("name", "type", "label", "heading", "relevant", "required", "decimal")
SHOWN = 20  # fields without a column that are named one by one; the rest are counted


@dataclass(frozen=True)
class Dictionary:
    """A questionnaire as the tool that fielded it wrote it down.

    fields    one line per question or line of a grid: name; type in XLSForm's words (text, integer, decimal,
              date, select_one, select_multiple, note); label; heading (the section, or the grid's stem);
              relevant (the condition as the tool wrote it); required (bool); decimal ("," or "")
    choices   field -> code -> label
    columns   column of an export -> (field, choice); choice is "" but for one column per offered choice
    findings  what was odd about the file
    """

    file: str
    format: str
    fields: pd.DataFrame
    choices: Mapping[str, Mapping[str, str]]
    columns: Mapping[str, tuple[str, str]]
    findings: tuple[Finding, ...] = ()


@dataclass
class Draft:
    """A dictionary while its file is read, field by field; what comes first under a name stays."""

    lines: dict[str, tuple] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(
        self,
        name: str,
        type: str,
        label: str,
        *,
        heading: str = "",
        relevant: str = "",
        required: bool = False,
        decimal: str = "",
        choices: Mapping[str, str] | None = None,
        aliases: Iterable[str] = (),
    ) -> None:
        self.lines.setdefault(name, (name, type, label, heading, relevant, required, decimal))
        if choices:
            self.choices.setdefault(name, dict(choices))
        if type != "select_multiple":
            self.name_column(name, "", name, *aliases)
        else:
            self.name_column(name, "", name)

    def name_column(self, field: str, choice: str, *names: str) -> None:
        for name in names:
            self.columns.setdefault(name, (field, choice))

    def finish(self, file: str, format: str, findings: Iterable[Finding] = ()) -> Dictionary:
        frame = pd.DataFrame(list(self.lines.values()), columns=list(FIELDS))
        frame = frame.astype(dict.fromkeys(FIELDS, "str") | {"required": "bool"})
        return Dictionary(file, format, frame, self.choices, self.columns, tuple(findings))


def describe(export: Export, dictionary: Dictionary, source: str = "") -> Export:
    """The export with headings, items, decimals and codes as its dictionary gives them.

    A column is found by its name, else by its question and choice, else (where a tool exported words
    instead of names) by its words, when these fit one field only. A column that the dictionary has as a
    question is an answer, whatever its name looks like; an identifier stays one. Fields that have no column
    are noted, those of type "note" apart.
    """
    described = export.columns.to_dict("records")
    by_words = _by_words(dictionary)
    places = [_place(line, dictionary, by_words) for line in described]
    fields = {line["name"]: line for line in dictionary.fields.to_dict("records")}
    codes = dict(export.codes)
    for i, place in enumerate(places):
        if place is None:
            continue
        name, choice = place
        offered = dictionary.choices.get(name, {})
        described[i] |= _described(described[i], fields[name], choice, offered)
        if offered and not choice:
            codes[i] = offered
    columns = pd.DataFrame(described, index=export.columns.index, columns=export.columns.columns)
    held = {place[0] for place in places if place is not None}
    findings = (*export.findings, *dictionary.findings, *_lacking(export, dictionary, held, source))
    return replace(export, columns=columns.astype("str"), codes=codes, findings=findings)


def _place(
    line: Mapping[Hashable, Any], dictionary: Dictionary, by_words: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[str, str] | None:
    if not line["name"]:
        return by_words.get((_plain(line["heading"]), _plain(line["item"])))
    found = dictionary.columns.get(line["name"])
    if found is None and line["group"] and line["choice"] in dictionary.choices.get(line["group"], {}):
        return line["group"], line["choice"]
    return found


def _by_words(dictionary: Dictionary) -> dict[tuple[str, str], tuple[str, str]]:
    """Fields by heading and item, but for words that stand for several."""
    known: dict[tuple[str, str], tuple[str, str] | None] = {}
    fields = {line["name"]: line for line in dictionary.fields.to_dict("records")}
    for name, choice in dict.fromkeys(dictionary.columns.values()):
        heading, item = _texts(fields[name], choice, dictionary.choices.get(name, {}))
        key = _plain(heading), _plain(item)
        known[key] = None if key in known else (name, choice)
    return {key: place for key, place in known.items() if place is not None and any(key)}


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _texts(field: Mapping[Hashable, Any], choice: str, choices: Mapping[str, str]) -> tuple[str, str]:
    if choice:
        return field["label"], choices.get(choice, choice)
    return (field["heading"], field["label"]) if field["heading"] else (field["label"], "")


def _described(
    line: Mapping[Hashable, Any], field: Mapping[Hashable, Any], choice: str, offered: Mapping[str, str]
) -> dict[Hashable, Any]:
    heading, item = _texts(field, choice, offered)
    known = {"heading": heading or line["heading"], "item": item, "decimal": field["decimal"]}
    known["role"] = "id" if line["role"] == "id" else ""
    if choice:
        return known | {"group": field["name"], "choice": choice}
    # Without the questionnaire a line of a grid looks like one of several choices.
    return known | {"choice": "", "name": line["name"] or field["name"]}


def _lacking(export: Export, dictionary: Dictionary, held: set[str], source: str) -> list[Finding]:
    fields = dictionary.fields
    names = fields.loc[(fields["type"] != "note") & ~fields["name"].isin(held), "name"].tolist()
    remedy = "export all questions, or leave it if it was not fielded"

    def note(problem: str, column: str, count: int) -> Finding:
        return Finding(
            severity="note", source=source, file=export.file, row=1, column=column, problem=problem,
            remedy=remedy, count=count,
        )  # fmt: skip

    said = f"no column holds this field of {dictionary.file}"
    found = [note(said, name, 1) for name in names[:SHOWN]]
    rest = len(names) - len(found)
    return (
        [*found, note(f"{rest} more fields of {dictionary.file} have no column", "", rest)] if rest else found
    )


def holds_only(column: pd.Series, fits: Callable[[str], object]) -> bool:
    """Whether every filled cell fits; a column that holds nothing does."""
    return all(fits(text) for text in column.unique() if text)
