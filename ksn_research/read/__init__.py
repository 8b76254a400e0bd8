"""Raw exports into frames of text, nothing interpreted. The only step that opens respondents' files.

`read_export` opens a table of answers or records; `read_file` what a parser takes whole (REFI-QDA).
One small module per format. A layout says whether the first records of a table look so and makes an `Export`
of a `Sheet`, whether that was a CSV or a worksheet; a format that is no table of cells (SPSS, Typeform) makes
it of the file. A tool's own questionnaire (`dictionary`) describes the columns where the export does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ksn_research.errors import ReadError
from ksn_research.read import (
    google_forms,
    kobo,
    limesurvey,
    odk,
    qualtrics,
    redcap,
    spss,
    surveymonkey,
    typeform,
    workbook,
)
from ksn_research.read.dictionary import Dictionary, describe
from ksn_research.read.export import Export
from ksn_research.read.limesurvey_form import questionnaire
from ksn_research.read.plain import offers_choices, plain_table
from ksn_research.read.repeats import join_parent, with_parents
from ksn_research.read.sheet import Sheet
from ksn_research.read.text import text_sheet

Layout = tuple[Callable[[list[list[str]]], bool], Callable[[Sheet], Export]]
# Layouts of tables by name: whether the first records look so, and the reader.
LAYOUTS: Mapping[str, Layout] = {
    "qualtrics": (qualtrics.looks_so, qualtrics.qualtrics),
    "surveymonkey": (surveymonkey.looks_so, surveymonkey.surveymonkey),
    "google_forms": (google_forms.looks_so, google_forms.google_forms),
    "limesurvey": (limesurvey.looks_so, limesurvey.limesurvey),
    "kobo": (kobo.looks_so, kobo.kobo),
    "odk": (odk.looks_so, odk.odk),
    "redcap": (redcap.looks_so, redcap.redcap),
}
FORMATS = ("csv", *LAYOUTS, "spss", "typeform")
MARKUP = (b"<?xml", b"<!doctype", b"<document", b"<html")

__all__ = ["FORMATS", "Export", "read_dictionary", "read_export", "read_file"]


def read_file(path: Path) -> bytes:
    """The whole file. Raises ReadError when it is not there."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ReadError(
            "there is no such file",
            remedy=f"put the export at {path.parent.name}/{path.name}, or correct study.toml",
            file=path.name,
        ) from None
    except OSError as error:
        raise ReadError(
            f"the file cannot be opened ({error.strerror})", remedy="look who may read it", file=path.name
        ) from None


def read_export(
    path: Path,
    source: str,
    format: str | None = None,
    encoding: str | None = None,
    *,
    sheet: str | None = None,
    dictionary: Path | None = None,
    parent: Path | None = None,
    language: str | None = None,
) -> Export:
    """One export as text. `format` is recognised unless it is declared.

    sheet       the worksheet, or of several forms in one Typeform file the one that is meant; a repeat's
                worksheet (Kobo) comes with the columns of what it stands in
    dictionary  the tool's questionnaire: REDCap's dictionary, LimeSurvey's .lss or .txt (in `language`)
    parent      ODK Central's main file, where this one holds a repeat

    Raises ReadError (file, row, remedy) when the file is absent, empty, no export, its records do not fit
    its header, or it may be of several formats.
    """
    if format is not None and format not in FORMATS:
        raise ReadError(
            f"the format `{format}` is unknown", remedy=f"use one of {', '.join(FORMATS)}", file=path.name
        )
    data = read_file(path)
    if format == "spss" or spss.looks_so(data):
        export = spss.spss(path)
    elif format == "typeform" or (format is None and typeform.looks_so(data)):
        export = typeform.typeform(data, path.name, form=sheet, source=source)
    else:
        export = _table(path, data, source, format, encoding, sheet, parent)
    if dictionary is not None:
        export = describe(export, read_dictionary(dictionary, language), source)
    return replace(export, findings=tuple(replace(finding, source=source) for finding in export.findings))


def read_dictionary(path: Path, language: str | None = None) -> Dictionary:
    """A survey tool's own questionnaire: REDCap's dictionary (CSV) or LimeSurvey's .lss, .lsg, .lsq, .txt.

    Raises ReadError when the file is neither.
    """
    data = read_file(path)
    if path.suffix.lower() == ".csv":
        records = text_sheet(data, path.name, "")
        if redcap.is_dictionary(records.head()):
            return redcap.redcap_dictionary(records)
    return questionnaire(data, path.name, language)


def _table(
    path: Path,
    data: bytes,
    source: str,
    format: str | None,
    encoding: str | None,
    sheet: str | None,
    parent: Path | None,
) -> Export:
    unread: tuple[str, ...] = ()
    if workbook.looks_so(data):
        records, unread = _worksheet(workbook.sheets(data, path.name, source), sheet, path.name)
    else:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith(MARKUP):
            raise ReadError(
                "the file is XML, no table of responses",
                remedy="export the responses as CSV; a LimeSurvey questionnaire is named as `dictionary`",
                file=path.name,
            )
        records = text_sheet(data, path.name, source, encoding)
    if parent is not None:
        above = text_sheet(read_file(parent), parent.name, source, encoding)
        records = join_parent(records, above, "PARENT_KEY", "KEY")
    return replace(read_layout(records, format), unread=unread)


def _worksheet(sheets: Sequence[Sheet], name: str | None, file: str) -> tuple[Sheet, tuple[str, ...]]:
    """The worksheet that is meant: the named one, with what it stands in, else the first that holds
    anything; and the names of the others."""
    if name is not None:
        return with_parents(sheets, name), ()
    filled = [page for page in sheets if len(page)]
    if not filled:
        raise ReadError("the workbook is empty", remedy="export it again", file=file)
    return filled[0], tuple(page.name for page in filled[1:])


def read_layout(records: Sheet, format: str | None = None) -> Export:
    """An export from a table's records, in the declared layout or the one that they are in."""
    head = records.head()
    if not head or not any(head[0]):
        raise ReadError(
            "the first row is empty",
            remedy="remove it, so that row 1 is the header",
            file=records.file,
            row=1,
        )
    _refuse_questionnaires(records, head, format)
    fits = [format] if format else [name for name, (looks_so, _) in LAYOUTS.items() if looks_so(head)]
    if len(fits) > 1:
        raise ReadError(
            f"the file may be of several formats ({', '.join(fits)})",
            remedy=f'declare format = "{fits[0]}" or another in study.toml',
            file=records.file,
        )
    return LAYOUTS[fits[0]][1](records) if fits and fits[0] in LAYOUTS else plain_table(records)


def _refuse_questionnaires(records: Sheet, head: list[list[str]], format: str | None) -> None:
    """Questionnaires that come as tables, and lists of choices beside them, hold no responses."""
    if redcap.is_dictionary(head) or limesurvey.is_structure(head):
        problem, remedy = "this is a questionnaire", "name it as `dictionary`, and the responses as `file`"
    elif [cell.lower() for cell in head[0] if cell] == ["survey"]:
        problem, remedy = "this is an XLSForm", "name it as `instrument`, and the responses as `file`"
    elif format is None and offers_choices(head):
        problem, remedy = "this is a form's list of choices", 'name the responses, or declare format = "csv"'
    else:
        return
    raise ReadError(f"{problem}, it holds no responses", remedy=remedy, file=records.file, row=1)
