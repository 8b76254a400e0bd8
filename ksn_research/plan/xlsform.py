"""Writing instruments as XLSForms: a workbook for Kobo, ODK and SurveyCTO, Markdown for review, CSV.

Imports form, specs. An instrument that was read from a form is written as that form, with its hints,
appearances and whatever else its sheets hold; one made in another way is written from its questions.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ksn_research.plan.form import ACKNOWLEDGED, PLAIN
from ksn_research.plan.specs import Choice, Instrument, Labels, Question

EPOCH = (1980, 1, 1, 0, 0, 0)
WIDEST = 60  # letters a column of the workbook is shown with
# Types of what is recorded that need more in their row than a name and a label.
NEEDING_MORE = ("rank", "osm", "background-geopoint", "select one external", "xml-external", "csv-external")
TYPES = {"datetime": "dateTime"}
WORDS = re.compile(r"label|caption|hint|guidance_hint|\w*message|\w*msg|form_title", re.IGNORECASE)
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Row = dict[str, str]


def xlsform_workbook(instrument: Instrument) -> bytes:
    """The instrument as an .xlsx XLSForm; the same instrument gives the same bytes."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets_of(instrument).items():
        sheet = book.create_sheet(name)
        for i, row in enumerate(rows, start=1):
            for j, text in enumerate(row, start=1):
                if text:
                    cell = sheet.cell(i, j)
                    # As text, whatever it looks like: "=..." is no formula here, and "00712" no number.
                    cell.value, cell.data_type = text, "s"
        sheet.freeze_panes = "A2"
        for column in sheet.iter_cols():
            longest = max((len(str(cell.value or "")) for cell in column), default=0)
            sheet.column_dimensions[column[0].column_letter].width = min(longest, WIDEST) + 2
    return fixed(book)


def xlsform_markdown(instrument: Instrument) -> str:
    """The instrument as a Markdown XLSForm, one table a sheet; a line break in a label is `<br>`."""
    return "\n".join(
        "".join(f"{line}\n" for line in _table(name, rows)) for name, rows in sheets_of(instrument).items()
    )


def xlsform_csv(instrument: Instrument) -> str:
    """The instrument as a CSV XLSForm: a sheet's name, then its rows one cell to the right."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for name, rows in sheets_of(instrument).items():
        width = len(rows[0])
        writer.writerow([name, *[""] * width])
        writer.writerows(["", *row] for row in rows)
    return text.getvalue()


def sheets_of(instrument: Instrument) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The sheets of an instrument's form, header first: those it was read from, else made from its questions.

    Groups stand for headings, questions with equal choices share a list, conditions stand at the question.
    What is recorded beside questions follows them; of what needs more than a name, the name is kept as a
    hidden field, so that conditions that use it hold.
    """
    if instrument.sheets:
        return {
            name: tuple(
                tuple(_clean(cell, bool(WORDS.match(head))) for head, cell in zip(rows[0], row, strict=True))
                for row in rows
            )
            for name, rows in instrument.sheets.items()
        }
    writing = _Writing(instrument.languages, _lists(instrument.questions.values()))
    made = {
        "survey": [*writing.survey(instrument), *writing.recorded(instrument)],
        "choices": list(writing.choices()),
        "settings": [_settings(instrument)],
    }
    return {name: _rows(rows, writing.columns[name]) for name, rows in made.items() if rows}


def same_question(a: Question, b: Question) -> bool:
    """Whether two questions say the same in a form; what a sidecar or a crosswalk adds does not count."""
    return _of_form(a) == _of_form(b)


def _of_form(question: Question) -> Question:
    choices = tuple(replace(choice, missing="") for choice in question.choices)
    return replace(question, choices=choices, change="", mark="", reported=True)


@dataclass(frozen=True)
class _Writing:
    """An instrument on its way to rows: its languages, and the lists of choices with their names."""

    languages: tuple[str, ...]
    lists: Mapping[tuple[tuple[str, str, Labels], ...], str]

    @property
    def labels(self) -> dict[str, str]:
        """Column of labels -> language, the default first."""
        return {("label" if name == PLAIN else f"label::{name}"): name for name in self.languages or (PLAIN,)}

    @property
    def columns(self) -> dict[str, list[str]]:
        conditions = ["required", "relevant", "constraint", "calculation", "appearance"]
        return {
            "survey": ["type", "name", *self.labels, *conditions],
            "choices": ["list_name", "name", *self.labels],
            "settings": ["form_title", "form_id", "default_language"],
        }

    def words(self, label: str, labels: Labels) -> Row:
        said = dict(labels) or {next(iter(self.languages), PLAIN): label}
        return {column: said.get(language, "") for column, language in self.labels.items()}

    def survey(self, instrument: Instrument) -> Iterator[Row]:
        """Questions in order, each repeat's together, in groups by heading."""
        where = {name: repeat for repeat, names in instrument.repeats.items() for name in names}
        taken = {*instrument.questions, *instrument.recorded, *instrument.repeats}
        done: set[str] = set()
        for repeat, run in groupby(instrument.questions.values(), lambda q: where.get(q.name, "")):
            if not repeat:
                yield from self.groups(list(run), taken)
            elif repeat not in done:
                done.add(repeat)
                yield {"type": "begin_repeat", "name": repeat}
                yield from self.groups([instrument.questions[n] for n in instrument.repeats[repeat]], taken)
                yield {"type": "end_repeat", "name": repeat}

    def groups(self, questions: list[Question], taken: set[str]) -> Iterator[Row]:
        for (heading, headings), run in groupby(questions, lambda q: (q.heading, q.headings)):
            group = list(run)
            if not heading:
                yield from map(self.question, group)
                continue
            name = _free(f"{group[0].name}_group", taken)
            words = self.words(heading, headings)
            yield {"type": "begin_group", "name": name, **words, "appearance": "field-list"}
            yield from map(self.question, group)
            yield {"type": "end_group", "name": name}

    def question(self, question: Question) -> Row:
        kind = TYPES.get(question.type, question.type)
        if _ticked(question):
            kind = "acknowledge"
        elif question.choices:
            kind = f"{kind} {self.lists[_offered(question.choices)]}"
        return {
            "type": kind,
            "name": question.name,
            **self.words(question.label, question.labels),
            "required": "yes" if question.required else "",
            "relevant": question.relevant,
            "constraint": question.constraint,
        }

    def recorded(self, instrument: Instrument) -> Iterator[Row]:
        for name, kind in instrument.recorded.items():
            expression = instrument.calculations.get(name, "")
            kept = "hidden" if kind in NEEDING_MORE or (kind == "calculate" and not expression) else kind
            yield {"type": kept, "name": name, **self.words(name, ()), "calculation": expression}

    def choices(self) -> Iterator[Row]:
        for offered, name in self.lists.items():
            for choice, label, labels in offered:
                yield {"list_name": name, "name": choice, **self.words(label, labels)}


def _offered(choices: Iterable[Choice]) -> tuple[tuple[str, str, Labels], ...]:
    return tuple((choice.name, choice.label, choice.labels) for choice in choices)


def _lists(questions: Iterable[Question]) -> dict[tuple[tuple[str, str, Labels], ...], str]:
    """Each list of choices once, named after the first question that offers it."""
    made: dict[tuple[tuple[str, str, Labels], ...], str] = {}
    for question in questions:
        if question.choices and not _ticked(question):
            made.setdefault(_offered(question.choices), question.name)
    return made


def _ticked(question: Question) -> bool:
    return question.type == "select_one" and [c.name for c in question.choices] == [ACKNOWLEDGED.name]


def _free(name: str, taken: set[str]) -> str:
    """A name that nothing else has; it is taken from now on."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _settings(instrument: Instrument) -> Row:
    default = next(iter(instrument.languages), PLAIN)
    return {
        "form_title": instrument.title,
        "form_id": re.sub(r"\W+", "_", instrument.name) or "form",
        "default_language": "" if default == PLAIN else default,
    }


def _rows(rows: Sequence[Row], columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Rows of cells under a header, without columns that stay empty."""
    cells = [
        {column: _clean(row.get(column, ""), bool(WORDS.match(column))) for column in columns} for row in rows
    ]
    used = tuple(column for column in columns if any(row[column] for row in cells))
    return used, *(tuple(row[column] for column in used) for row in cells)


def _clean(text: str, words: bool) -> str:
    """Text as a form can hold it: line breaks in words only, no control characters."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n")
    if words:
        broken = re.sub(r"(?i)<br\s*/?>", "\n", broken)
    return FORBIDDEN.sub("", broken if words else " ".join(broken.split("\n"))).strip()


def _table(name: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A sheet as lines of a Markdown table, as wide as its words."""
    cells = [[cell.replace("|", r"\|").replace("\n", "<br>") for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    yield f"| {name} |" + "  |" * len(widths)
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' ' * len(name)} | " + " | ".join(padded) + " |"


def fixed(book: object) -> bytes:
    """A workbook's bytes with fixed times, in its properties and in its zip entries."""
    raw, made = io.BytesIO(), io.BytesIO()
    book.properties.created = datetime.datetime(*EPOCH)  # type: ignore[attr-defined]
    book.properties.creator = "ksn_research"  # type: ignore[attr-defined]
    book.save(raw)  # type: ignore[attr-defined]
    with zipfile.ZipFile(raw) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in sorted(before.namelist()):
            data = before.read(name)
            if name == "docProps/core.xml":  # openpyxl writes the moment of saving as `modified`
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, data)
    return made.getvalue()
