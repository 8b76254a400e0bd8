"""Bytes into cells of text: encodings and separators, nothing interpreted."""

from __future__ import annotations

import csv
import io
import re

from ksn_research.errors import Finding, ReadError

SEPARATORS = ",;\t|"
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# A cell that undecodable bytes were put into by the `surrogateescape` handler.
UNDECODED = re.compile("[\udc80-\udcff]")


def cells(
    data: bytes, file: str, source: str, encoding: str | None = None
) -> tuple[list[list[str]], list[Finding]]:
    """All records of a separated-values file as lists of text, and what was odd about its encoding.

    Encodings: as declared, else by byte-order mark, else UTF-8; where that fails Windows-1252 is used and
    a finding names the first place where it mattered. Cells keep their line breaks; spaces around them are
    dropped, since every tool pads differently. Raises ReadError for an empty or a binary file.
    """
    if not data.strip():
        raise ReadError("the file is empty", remedy="export it again", file=file)
    text, findings = _decode(data, file, source, encoding)
    if "\x00" in text:
        raise ReadError(
            "the file is not text (it holds zero bytes)",
            remedy="export it as CSV, or declare its encoding in study.toml",
            file=file,
        )
    return [[cell.strip() for cell in row] for row in _parse(text, file)], findings


def _decode(data: bytes, file: str, source: str, encoding: str | None) -> tuple[str, list[Finding]]:
    known = encoding or next((name for bom, name in BOMS if data.startswith(bom)), "utf-8")
    try:
        return data.decode(known), []
    except LookupError:
        raise ReadError(
            f"the encoding `{encoding}` is unknown", remedy='use e.g. "utf-8" or "cp1252"', file=file
        ) from None
    except UnicodeDecodeError:
        if encoding is not None or known != "utf-8":
            raise ReadError(
                f"the file is not {known}", remedy="declare the right encoding in study.toml", file=file
            ) from None
    return data.decode("cp1252", errors="replace"), [_odd(data, file, source)]


def _odd(data: bytes, file: str, source: str) -> Finding:
    """Where the first cell stands that is not UTF-8."""
    rows = _parse(data.decode("utf-8", errors="surrogateescape"), file)
    bad = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if UNDECODED.search(cell)]
    row, column = bad[0]
    return Finding(
        severity="warn",
        source=source,
        file=file,
        row=row + 1,
        column=str(column + 1) if row == 0 else UNDECODED.sub("?", rows[0][column]) or str(column + 1),
        problem="the file is not UTF-8; it was read as Windows-1252",
        remedy='export it as UTF-8, or declare encoding = "cp1252" in study.toml if the letters look right',
        count=len(bad),
    )


def _parse(text: str, file: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=True))
    except csv.Error as error:
        raise ReadError(
            f"not a proper separated-values file ({error})",
            remedy="look for an unclosed quotation mark, or export it again",
            file=file,
        ) from None


def separator(text: str) -> str:
    """The separator of the header line: the candidate that splits it into most cells.

    >>> separator("a;b;c\\n1,5;2;3")
    ';'
    """
    line = next((line for line in text.splitlines() if line.strip()), "")
    counts = {mark: len(next(csv.reader([line], delimiter=mark), [])) for mark in SEPARATORS}
    return max(counts, key=lambda mark: counts[mark])
