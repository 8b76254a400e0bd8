"""Raw exports into frames of text, nothing interpreted. The only step that opens respondents' files.

`read_export` opens a table of answers or records; `read_file` what a parser takes whole (REFI-QDA).
One small module per format. Each says whether the first records look so (`looks_so`) and makes an `Export`
of a `Sheet`; a format that is no table of cells (SPSS, Typeform) makes it of bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ksn_research.errors import ReadError
from ksn_research.read import surveymonkey
from ksn_research.read.export import Export
from ksn_research.read.plain import plain_table
from ksn_research.read.sheet import Sheet
from ksn_research.read.text import text_sheet

Layout = tuple[Callable[[list[list[str]]], bool], Callable[[Sheet], Export]]
# Layouts of tables by name: whether the first records look so, and the reader.
LAYOUTS: Mapping[str, Layout] = {
    "surveymonkey": (surveymonkey.looks_so, surveymonkey.surveymonkey),
}
FORMATS = ("csv", *LAYOUTS)

__all__ = ["FORMATS", "Export", "read_export", "read_file"]


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


def read_export(path: Path, source: str, format: str | None = None, encoding: str | None = None) -> Export:
    """One export as text. `format` is recognised unless it is declared.

    Raises ReadError (file, row, remedy) when the file is absent, empty, not text, its records do not fit
    its header, or it may be of several formats.
    """
    if format is not None and format not in FORMATS:
        raise ReadError(
            f"the format `{format}` is unknown", remedy=f"use one of {', '.join(FORMATS)}", file=path.name
        )
    return read_layout(text_sheet(read_file(path), path.name, source, encoding), format)


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
    fits = [format] if format else [name for name, (looks_so, _) in LAYOUTS.items() if looks_so(head)]
    if len(fits) > 1:
        raise ReadError(
            f"the file may be of several formats ({', '.join(fits)})",
            remedy=f'declare format = "{fits[0]}" or another in study.toml',
            file=records.file,
        )
    return LAYOUTS[fits[0]][1](records) if fits and fits[0] in LAYOUTS else plain_table(records)
