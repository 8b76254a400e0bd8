"""Raw exports into frames of text, nothing interpreted. The only step that opens respondents' files.

`read_export` opens a table of answers or records; `read_file` what a parser takes whole (REFI-QDA).
One small module per format: `surveymonkey`, `export` (plain separated values), `refi_qda`, `segments`,
`events` (activity, lazily).
"""

from __future__ import annotations

from pathlib import Path

from ksn_research.errors import ReadError
from ksn_research.read.export import Export, build
from ksn_research.read.surveymonkey import looks_so, surveymonkey
from ksn_research.read.text import cells

FORMATS = ("csv", "surveymonkey")

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
    """One export as text. `format` is recognised (two header rows or one) unless it is declared.

    Raises ReadError (file, row, remedy) when the file is absent, empty, not text, or its records do not
    fit its header.
    """
    if format is not None and format not in FORMATS:
        raise ReadError(
            f"the format `{format}` is unknown", remedy=f"use one of {', '.join(FORMATS)}", file=path.name
        )
    rows, findings = cells(read_file(path), path.name, source, encoding)
    while rows and len(rows[-1]) < 2 and not any(rows[-1]):
        rows.pop()
    if not rows or not any(rows[0]):
        raise ReadError(
            "the first row is empty", remedy="remove it, so that row 1 is the header", file=path.name, row=1
        )
    if format == "surveymonkey" or (format is None and looks_so(rows)):
        return surveymonkey(rows, file=path.name, findings=findings)
    return build(rows, 1, file=path.name, format="csv", findings=findings)
